/*
 * Text in an arena: copies and formatted text, NUL-terminated, owned by the arena.
 * NULL when the arena is full; its `failed` then stays set.
 */
#ifndef LINTEL_BASE_ARENA_TEXT_H
#define LINTEL_BASE_ARENA_TEXT_H

#include <stdarg.h>
#include <stdio.h>

#include "base/arena.h"
#include "base/magic.h"

static inline char *arena_strndup(struct arena *a, const char *s, size_t n)
{
	char *p;

	assert(s != NULL || n == 0);
	if (n > a->cap)
		return arena_fail(a);
	p = arena_alloc(a, n + 1);
	if (p != NULL && n > 0)
		memcpy(p, s, n);
	return p;
}

static inline char *arena_strdup(struct arena *a, const char *s)
{
	return arena_strndup(a, s, strlen(s));
}

__attribute__((format(printf, 2, 3)))
static inline char *arena_printf(struct arena *a, const char *fmt, ...)
{
	va_list ap;
	char *p;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(NULL, 0, fmt, ap);
	va_end(ap);
	if (n < 0)
		return arena_fail(a);
	p = arena_alloc(a, (size_t)n + 1);
	if (p == NULL)
		return NULL;
	va_start(ap, fmt);
	vsnprintf(p, (size_t)n + 1, fmt, ap);
	va_end(ap);
	return p;
}

#endif
