/*
 * URLs, origins and safe text.
 */
#include "lti/util.h"

#include "base/magic.h"

static bool is_unreserved(unsigned char c)
{
	return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
	       c == '-' || c == '.' || c == '_' || c == '~';
}

static char lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c + 32) : c;
}

static bool starts_nocase(struct span s, const char *pre)
{
	size_t n = strlen(pre);

	if (s.n < n)
		return false;
	for (size_t i = 0; i < n; i++)
		if (lower(s.p[i]) != pre[i])
			return false;
	return true;
}

/* Letters, digits, '-', '.', '_'; or an IPv6 literal in brackets. */
static bool host_ok(struct span h)
{
	bool v6 = h.n > 2 && h.p[0] == '[' && h.p[h.n - 1] == ']';
	struct span in = v6 ? span_mk(h.p + 1, h.n - 2) : h;

	if (in.n == 0 || in.n > 255)
		return false;
	for (size_t i = 0; i < in.n; i++) {
		char c = in.p[i];

		if (v6 ? !(hex_digit(c) >= 0 || c == ':' || c == '.') :
			 !(is_unreserved((unsigned char)c) && c != '~'))
			return false;
	}
	return true;
}

static bool port_ok(struct span s, unsigned *out)
{
	int64_t v;

	if (s.n > 5 || !span_int64(s, &v) || v < 1 || v > 65535)
		return false;
	*out = (unsigned)v;
	return true;
}

bool lti_url_parse(struct span s, struct lti_url *out)
{
	struct lti_url u = { .https = false };
	size_t i, end, colon;

	/* blanks, controls, backslash and non-ASCII are where parsers disagree */
	for (i = 0; i < s.n; i++)
		if (s.p[i] <= 0x20 || s.p[i] == 0x7f || s.p[i] == '\\')
			return false;
	if (starts_nocase(s, "https://"))
		u.https = true;
	else if (!starts_nocase(s, "http://"))
		return false;
	s.p += u.https ? 8 : 7;
	s.n -= u.https ? 8 : 7;
	for (end = 0; end < s.n && strchr("/?#", s.p[end]) == NULL; end++)
		if (s.p[end] == '@')
			return false;
	colon = end;
	for (i = end; i > 0 && s.p[i - 1] != ']'; i--)
		if (s.p[i - 1] == ':')
			colon = i - 1;
	u.host = span_mk(s.p, colon);
	u.port = u.https ? 443 : 80;
	if (!host_ok(u.host))
		return false;
	if (colon < end && !port_ok(span_mk(s.p + colon + 1, end - colon - 1), &u.port))
		return false;
	for (i = end; i < s.n && s.p[i] != '?' && s.p[i] != '#'; i++)
		;
	u.path = span_mk(s.p + end, i - end);
	u.query = i < s.n && s.p[i] == '?';
	u.fragment = memchr(s.p + end, '#', s.n - end) != NULL;
	*out = u;
	return true;
}

const char *lti_url_origin(struct arena *a, struct span s, bool allow_http)
{
	struct lti_url u;
	char *o;

	if (!lti_url_parse(s, &u) || (!u.https && !allow_http))
		return NULL;
	o = u.port == (u.https ? 443u : 80u) ?
		arena_printf(a, "%s://%.*s", u.https ? "https" : "http",
			     (int)u.host.n, u.host.p) :
		arena_printf(a, "%s://%.*s:%u", u.https ? "https" : "http",
			     (int)u.host.n, u.host.p, u.port);
	for (char *p = o; p != NULL && *p != '\0'; p++)
		*p = lower(*p);
	return o;
}

bool lti_same_origin(struct span a, struct span b)
{
	struct lti_url x, y;

	if (!lti_url_parse(a, &x) || !lti_url_parse(b, &y))
		return false;
	if (x.https != y.https || x.port != y.port || x.host.n != y.host.n)
		return false;
	for (size_t i = 0; i < x.host.n; i++)
		if (lower(x.host.p[i]) != lower(y.host.p[i]))
			return false;
	return true;
}

void lti_url_escape(struct buf *b, struct span s)
{
	static const char digit[] = "0123456789ABCDEF";

	for (size_t i = 0; i < s.n; i++) {
		unsigned char c = (unsigned char)s.p[i];

		if (is_unreserved(c)) {
			buf_addc(b, (char)c);
			continue;
		}
		buf_addc(b, '%');
		buf_addc(b, digit[c >> 4]);
		buf_addc(b, digit[c & 15]);
	}
}

void lti_safe_text(char *out, size_t size, struct span s)
{
	size_t i;

	assert(size > 0);
	for (i = 0; i < s.n && i + 1 < size; i++)
		out[i] = s.p[i] >= 0x20 && s.p[i] < 0x7f ? s.p[i] : '?';
	out[i] = '\0';
}
