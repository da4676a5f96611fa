/*
 * Character references of HTML in a text that should have been plain. Moodle sends
 * names through its HTML filter before it puts them into JSON.
 */
#include <string.h>

#include "base/magic.h"
#include "lti/nrps.h"

#define REF_MAX 10u	/* "&#x10ffff;" */

static const struct {
	const char *name;
	uint32_t c;
} named[] = {
	{ "amp", '&' }, { "lt", '<' }, { "gt", '>' }, { "quot", '"' }, { "apos", '\'' },
	{ "nbsp", ' ' },
};

/* "#39", "#x27": a character that may stand in a line, else 0. */
static uint32_t number(struct span s)
{
	bool hex = s.n > 1 && (s.p[1] == 'x' || s.p[1] == 'X');
	uint32_t c = 0;

	if (s.n < (hex ? 3u : 2u))
		return 0;
	for (size_t i = hex ? 2 : 1; i < s.n; i++) {
		int d = hex_digit(s.p[i]);

		if (d < 0 || (!hex && d > 9))
			return 0;
		c = c * (hex ? 16u : 10u) + (uint32_t)d;
		if (c > 0x10ffff)
			return 0;
	}
	if (c == 0 || (c >= 0xd800 && c <= 0xdfff))
		return 0;
	return c < 0x20 || (c >= 0x7f && c < 0xa0) ? ' ' : c;
}

static uint32_t reference(struct span s)
{
	if (s.n > 0 && s.p[0] == '#')
		return number(s);
	for (size_t i = 0; i < ARRAY_LEN(named); i++)
		if (span_eqz(s, named[i].name))
			return named[i].c;
	return 0;
}

static size_t utf8_put(char *out, uint32_t c)
{
	assert(c > 0 && c <= 0x10ffff);
	if (c < 0x80) {
		out[0] = (char)c;
		return 1;
	}
	if (c < 0x800) {
		out[0] = (char)(0xc0 | c >> 6);
		out[1] = (char)(0x80 | (c & 63));
		return 2;
	}
	if (c < 0x10000) {
		out[0] = (char)(0xe0 | c >> 12);
		out[1] = (char)(0x80 | (c >> 6 & 63));
		out[2] = (char)(0x80 | (c & 63));
		return 3;
	}
	out[0] = (char)(0xf0 | c >> 18);
	out[1] = (char)(0x80 | (c >> 12 & 63));
	out[2] = (char)(0x80 | (c >> 6 & 63));
	out[3] = (char)(0x80 | (c & 63));
	return 4;
}

/* No reference is shorter than the character it stands for: the text fits its own place. */
const char *lti_html_text(struct arena *a, const char *html)
{
	size_t n = strlen(html), o = 0, k;
	char *p = arena_strndup(a, html, n);
	uint32_t c;

	for (size_t i = 0; p != NULL && i < n;) {
		const char *end = p[i] != '&' ? NULL : memchr(p + i, ';', n - i < REF_MAX ? n - i : REF_MAX);

		k = end == NULL ? 0 : (size_t)(end - (p + i));
		c = k == 0 ? 0 : reference(span_mk(p + i + 1, k - 1));
		if (c == 0) {
			p[o++] = p[i++];
			continue;
		}
		i += k + 1;
		o += utf8_put(p + o, c);
		assert(o <= i);
	}
	if (p != NULL)
		p[o] = '\0';
	return p;
}
