/*
 * Text that carries its length, and the few strict readings of it we need.
 *
 * A span owns nothing and is not NUL-terminated; whoever made it says how long
 * the bytes live. All parsers here take the whole span or refuse it.
 */
#ifndef LINTEL_BASE_STR_H
#define LINTEL_BASE_STR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct span {
	const char *p;
	size_t n;
};

#define SPAN(lit) ((struct span){ "" lit, sizeof(lit) - 1 })

static inline struct span span_of(const char *s)
{
	return (struct span){ s, s == NULL ? 0 : strlen(s) };
}

static inline struct span span_mk(const void *p, size_t n)
{
	return (struct span){ p, n };
}

static inline bool span_eq(struct span a, struct span b)
{
	return a.n == b.n && (a.n == 0 || memcmp(a.p, b.p, a.n) == 0);
}

static inline bool span_eqz(struct span a, const char *s)
{
	return span_eq(a, span_of(s));
}

static inline bool str_eq(const char *a, const char *b)
{
	return a != NULL && b != NULL && strcmp(a, b) == 0;
}

static inline bool span_starts(struct span a, struct span pre)
{
	return a.n >= pre.n && memcmp(a.p, pre.p, pre.n) == 0;
}

static inline bool str_ends(const char *s, const char *post)
{
	size_t n = strlen(s), k = strlen(post);

	return n >= k && memcmp(s + n - k, post, k) == 0;
}

static inline bool str_starts(const char *s, const char *pre)
{
	return strncmp(s, pre, strlen(pre)) == 0;
}

static inline bool span_has_nul(struct span a)
{
	return a.n > 0 && memchr(a.p, '\0', a.n) != NULL;
}

/* Decimal, optional minus, no plus, no blanks, no leading zeros, no overflow. */
static inline bool span_int64(struct span s, int64_t *out)
{
	bool neg = s.n > 0 && s.p[0] == '-';
	size_t i = neg ? 1 : 0;
	int64_t v = 0;

	if (i == s.n || s.n > 20 || (s.p[i] == '0' && s.n - i > 1))
		return false;
	for (; i < s.n; i++) {
		if (s.p[i] < '0' || s.p[i] > '9')
			return false;
		if (__builtin_mul_overflow(v, 10, &v) ||
		    __builtin_sub_overflow(v, s.p[i] - '0', &v))
			return false;
	}
	if (!neg && __builtin_sub_overflow(0, v, &v))
		return false;
	*out = v;
	return true;
}

static inline int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

/* `out` has room for 2 * n + 1. */
static inline void hex_encode(const void *src, size_t n, char *out)
{
	static const char digit[] = "0123456789abcdef";
	const unsigned char *s = src;

	for (size_t i = 0; i < n; i++) {
		out[2 * i] = digit[s[i] >> 4];
		out[2 * i + 1] = digit[s[i] & 15];
	}
	out[2 * n] = '\0';
}

#include "base/utf8.h"

#endif
