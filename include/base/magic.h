/*
 * Assertions that stay on in release, and magic numbers for objects that travel
 * through void pointers.
 *
 * assert() is for our own bugs, never for input. It prints where it stood and
 * aborts: a wrong answer about a child is worse than none. Do not include
 * <assert.h>: this header replaces it.
 */
#ifndef LINTEL_BASE_MAGIC_H
#define LINTEL_BASE_MAGIC_H

#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

__attribute__((noreturn, cold))
static inline void assert_failed(const char *what, const char *file, int line, const char *fn)
{
	fprintf(stderr, "lintel: bug: %s, %s:%d in %s\n", what, file, line, fn);
	fflush(stderr);
	abort();
}

#undef assert
#define assert(e)                                                              \
	do {                                                                   \
		if (__builtin_expect(!(e), 0))                                 \
			assert_failed(#e, __FILE__, __LINE__, __func__);       \
	} while (0)

/* A place that cannot be reached; says why in words. */
#define WRONG(why) assert_failed(why, __FILE__, __LINE__, __func__)

/* An object with `unsigned magic` first set to its type's own constant. */
#define CHECK_MAGIC(p, m)                                                      \
	do {                                                                   \
		assert((p) != NULL);                                           \
		assert((p)->magic == (m));                                     \
	} while (0)

/* struct thing *t = CAST_MAGIC(struct thing, void_pointer, THING_MAGIC); */
#define CAST_MAGIC(type, vp, m)                                                \
	({                                                                     \
		type *cast_p_ = (vp);                                          \
		CHECK_MAGIC(cast_p_, m);                                       \
		cast_p_;                                                       \
	})

#define ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))

#endif
