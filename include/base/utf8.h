/*
 * UTF-8 as RFC 3629 defines it: no overlong form, no surrogate, nothing past
 * U+10FFFF.
 */
#ifndef LINTEL_BASE_UTF8_H
#define LINTEL_BASE_UTF8_H

#include <stdint.h>
#include <string.h>

#include "base/str.h"

/* Length of the UTF-8 sequence at p (RFC 3629), 0 if it is not one. */
static inline size_t utf8_len(const unsigned char *p, size_t n)
{
	static const unsigned char low[5] = { 0, 0, 0x80, 0xa0, 0x90 };
	size_t len;

	if (n == 0)
		return 0;
	if (p[0] < 0x80)
		return 1;
	if (p[0] < 0xc2 || p[0] > 0xf4)
		return 0;
	len = p[0] < 0xe0 ? 2 : p[0] < 0xf0 ? 3 : 4;
	if (n < len)
		return 0;
	for (size_t i = 1; i < len; i++)
		if ((p[i] & 0xc0) != 0x80)
			return 0;
	if ((p[0] == 0xe0 || p[0] == 0xf0) && p[1] < low[len])
		return 0;
	if ((p[0] == 0xed && p[1] > 0x9f) || (p[0] == 0xf4 && p[1] > 0x8f))
		return 0;
	return len;
}

static inline bool utf8_valid(struct span s)
{
	size_t i = 0, k;
	uint64_t eight;

	for (; i < s.n; i += k) {
		/* most texts are ASCII: eight at a time */
		for (; s.n - i >= sizeof(eight); i += sizeof(eight)) {
			memcpy(&eight, s.p + i, sizeof(eight));
			if ((eight & UINT64_C(0x8080808080808080)) != 0)
				break;
		}
		if (i == s.n)
			break;
		k = utf8_len((const unsigned char *)s.p + i, s.n - i);
		if (k == 0)
			return false;
	}
	return true;
}

/* Code points in a valid text. */
static inline size_t utf8_count(struct span s)
{
	size_t c = 0;

	for (size_t i = 0; i < s.n; i++)
		c += ((unsigned char)s.p[i] & 0xc0) != 0x80;
	return c;
}

#endif
