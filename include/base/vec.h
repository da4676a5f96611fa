/*
 * Arrays in an arena, also such as grow.
 */
#ifndef LINTEL_BASE_VEC_H
#define LINTEL_BASE_VEC_H

#include "base/arena.h"
#include "base/magic.h"

static inline void *arena_array(struct arena *a, size_t count, size_t size)
{
	size_t n;

	if (__builtin_mul_overflow(count, size, &n))
		return arena_fail(a);
	return arena_alloc(a, n);
}

/*
 * Room for one more element in an array that grows inside the arena:
 *	v = arena_grow(a, v, n, &cap, sizeof(*v));
 *	if (v == NULL) return E_NOMEM;
 *	v[n++] = ...;
 */
static inline void *arena_grow(struct arena *a, void *v, unsigned n, unsigned *cap, size_t size)
{
	unsigned want = *cap == 0 ? 8 : *cap * 2;
	void *w;

	assert(n <= *cap && size > 0);
	if (n < *cap)
		return v;
	if (want < *cap || (w = arena_array(a, want, size)) == NULL)
		return arena_fail(a);
	if (n > 0)
		memcpy(w, v, (size_t)n * size);
	*cap = want;
	return w;
}

#endif
