/*
 * base64url without padding, RFC 4648 5 as RFC 7515 2 uses it. Strict: no '=',
 * no blanks, no '+' or '/', no length of 4k+1, and the unused bits of the last
 * character are zero, so that every value has exactly one spelling.
 */
#ifndef LINTEL_BASE_B64_H
#define LINTEL_BASE_B64_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/magic.h"
#include "base/str.h"

static inline size_t b64url_encoded_len(size_t n)
{
	return n / 3 * 4 + (n % 3 == 0 ? 0 : n % 3 + 1);
}

static inline size_t b64url_decoded_max(size_t n)
{
	return n / 4 * 3 + 3;
}

/* Writes b64url_encoded_len(n) characters and a NUL; returns the length. */
static inline size_t b64url_encode(const void *src, size_t n, char *out)
{
	static const char abc[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
	const unsigned char *s = src;
	uint32_t acc = 0;
	unsigned bits = 0;
	size_t o = 0;

	for (size_t i = 0; i < n; i++) {
		acc = (acc << 8 | s[i]) & 0xffffu;
		for (bits += 8; bits >= 6; bits -= 6)
			out[o++] = abc[acc >> (bits - 6) & 63];
	}
	if (bits > 0)
		out[o++] = abc[acc << (6 - bits) & 63];
	assert(o == b64url_encoded_len(n));
	out[o] = '\0';
	return o;
}

/* 0 to 63, or negative: no character of the alphabet. */
static inline int b64url_value(char c)
{
	static const signed char value[128] = {
		-1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1,
		-1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1,
		-1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, 62, -1, -1,
		52, 53, 54, 55, 56, 57, 58, 59, 60, 61, -1, -1, -1, -1, -1, -1,
		-1, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14,
		15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, -1, -1, -1, -1, 63,
		-1, 26, 27, 28, 29, 30, 31, 32, 33, 34, 35, 36, 37, 38, 39, 40,
		41, 42, 43, 44, 45, 46, 47, 48, 49, 50, 51, -1, -1, -1, -1, -1,
	};

	return (unsigned char)c < 128 ? value[(unsigned char)c] : -1;
}

/* `out` has room for b64url_decoded_max(s.n). */
static inline bool b64url_decode(struct span s, void *out, size_t *n_out)
{
	unsigned char *d = out;
	const char *p = s.p;
	size_t i = 0, o = 0;
	uint32_t acc = 0;
	unsigned bits = 0;

	if (s.n % 4 == 1)
		return false;
	for (; i + 4 <= s.n; i += 4) {
		int v0 = b64url_value(p[i]), v1 = b64url_value(p[i + 1]);
		int v2 = b64url_value(p[i + 2]), v3 = b64url_value(p[i + 3]);

		if ((v0 | v1 | v2 | v3) < 0)
			return false;
		d[o++] = (unsigned char)(v0 << 2 | v1 >> 4);
		d[o++] = (unsigned char)((v1 << 4 | v2 >> 2) & 255);
		d[o++] = (unsigned char)((v2 << 6 | v3) & 255);
	}
	for (; i < s.n; i++) {
		int v = b64url_value(p[i]);

		if (v < 0)
			return false;
		acc = (acc << 6 | (uint32_t)v) & 0xffffu;
		bits += 6;
		if (bits >= 8) {
			bits -= 8;
			d[o++] = (unsigned char)(acc >> bits & 255);
		}
	}
	if ((acc & ((1u << bits) - 1)) != 0)
		return false;
	assert(o <= b64url_decoded_max(s.n));
	*n_out = o;
	return true;
}

#endif
