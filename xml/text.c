/* Values as a person meant them: trimmed, blanks joined, no invisible controls. */
#include "text.h"

#include <strings.h>

#include "base/magic.h"

static bool plain(const char *s, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		unsigned char c = (unsigned char)s[i];

		if (c < ' ' || c == 0x7f || (c == ' ' && (i == 0 || i + 1 == n || s[i - 1] == ' ')))
			return false;
		/* C2 80..9F are C1 controls; E2 80/81 and EF hold the marks dropped below */
		if (c == 0xc2 || c == 0xe2 || c == 0xef)
			return false;
	}
	return true;
}

/*
 * Code points that make text look like another text: C1 controls, embeddings,
 * overrides and isolates (UAX 9), line and paragraph separators, BOM. Joiners and
 * the plain direction marks stay: names need them.
 */
static bool hidden(uint32_t c)
{
	return c == 0x7f || (c >= 0x80 && c < 0xa0) || (c >= 0x2028 && c <= 0x202e) ||
	       (c >= 0x2060 && c <= 0x206f) || c == 0xfeff || c == 0xfffe || c == 0xffff;
}

static uint32_t code_point(const char *s, size_t k)
{
	static const uint8_t mask[5] = { 0, 0x7f, 0x1f, 0x0f, 0x07 };
	uint32_t c = (unsigned char)s[0] & mask[k];

	for (size_t i = 1; i < k; i++)
		c = c << 6 | ((unsigned char)s[i] & 0x3f);
	return c;
}

enum text_state text_tidy(char *s, uint16_t *n)
{
	enum text_state st = TEXT_CLEAN;
	size_t o = 0, k;
	bool blank = false;

	if (plain(s, *n))
		return st;
	for (size_t i = 0; i < *n; i += k) {
		uint32_t c;

		k = utf8_len((const unsigned char *)s + i, *n - i);
		if (k == 0) {		/* a value cut at its cap */
			k = 1;
			st = TEXT_SUSPECT;
			continue;
		}
		c = code_point(s + i, k);
		if (c <= ' ' || c == 0x85) {
			blank = o > 0;
		} else if (hidden(c)) {
			st = TEXT_SUSPECT;
		} else {
			if (blank)
				s[o++] = ' ';
			blank = false;
			memmove(s + o, s + i, k);
			o += k;
		}
	}
	assert(o <= *n);
	*n = (uint16_t)o;
	return st;
}

static bool number(const char *p, size_t n, unsigned *out)
{
	unsigned v = 0;

	for (size_t i = 0; i < n; i++) {
		if (p[i] < '0' || p[i] > '9')
			return false;
		v = v * 10 + (unsigned)(p[i] - '0');
	}
	*out = v;
	return true;
}

bool text_day(struct span s, char out[11])
{
	static const uint8_t days[13] = { 0, 31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
	unsigned y, m, d;

	out[0] = '\0';
	if (s.n < 10 || s.p[4] != '-' || s.p[7] != '-')
		return false;
	if (s.n > 10 && s.p[10] != 'T' && s.p[10] != ' ' && s.p[10] != 'Z' && s.p[10] != '+')
		return false;
	if (!number(s.p, 4, &y) || !number(s.p + 5, 2, &m) || !number(s.p + 8, 2, &d))
		return false;
	if (y < 1850 || y > 2200 || m < 1 || m > 12 || d < 1 || d > days[m])
		return false;
	if (m == 2 && d == 29 && !(y % 4 == 0 && (y % 100 != 0 || y % 400 == 0)))
		return false;
	memcpy(out, s.p, 10);
	out[10] = '\0';
	return true;
}

bool span_is(struct span s, const char *word)
{
	return strlen(word) == s.n && strncasecmp(s.p, word, s.n) == 0;
}
