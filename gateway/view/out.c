/*
 * The escapers compiled templates call. Each is safe in its own place only; the
 * template compiler knows the place (gateway/tools/tplc_html.c).
 */
#include <inttypes.h>
#include <string.h>

#include "base/str.h"
#include "gw/log.h"
#include "gw/static.h"
#include "gw/view.h"

static const char *entity(unsigned char c, bool attr)
{
	switch (c) {
	case '&':
		return "&amp;";
	case '<':
		return "&lt;";
	case '>':
		return "&gt;";
	case '"':
		return attr ? "&#34;" : NULL;
	case '\'':
		return attr ? "&#39;" : NULL;
	case '\0':
		return "\xef\xbf\xbd";	/* U+FFFD, as an HTML reader shows it */
	default:
		return NULL;
	}
}

/* What entity() may know; most characters are none of these. */
static const bool special[256] = {
	['&'] = true, ['<'] = true, ['>'] = true, ['"'] = true, ['\''] = true, ['\0'] = true,
};

static void escape(struct buf *b, struct span s, bool attr)
{
	size_t from = 0;

	for (size_t i = 0; i < s.n; i++) {
		unsigned char c = (unsigned char)s.p[i];
		const char *e = special[c] ? entity(c, attr) : NULL;

		if (e == NULL)
			continue;
		buf_add(b, s.p + from, i - from);
		buf_addz(b, e);
		from = i + 1;
	}
	if (from < s.n)
		buf_add(b, s.p + from, s.n - from);
}

void out_text_span(struct out *o, struct span s)
{
	escape(o->b, s, false);
}

void out_text(struct out *o, const char *s)
{
	escape(o->b, span_of(s), false);
}

void out_attr_span(struct out *o, struct span s)
{
	escape(o->b, s, true);
}

void out_attr(struct out *o, const char *s)
{
	escape(o->b, span_of(s), true);
}

/*
 * An address made at run time: a path of this site, a fragment, or http(s). A
 * browser drops tabs and line ends and reads '\' as '/', so "/\t/host" and
 * "/\host" would leave the site: any such byte makes the address nothing.
 */
static bool url_ok(struct span s)
{
	for (size_t i = 0; i < s.n; i++)
		if ((unsigned char)s.p[i] <= ' ' || s.p[i] == '\\' || s.p[i] == 0x7f)
			return false;
	if (s.n > 0 && s.p[0] == '/')
		return s.n == 1 || s.p[1] != '/';
	return (s.n > 0 && s.p[0] == '#') ||
	       (span_starts(s, SPAN("https://")) && s.n > strlen("https://")) ||
	       (span_starts(s, SPAN("http://")) && s.n > strlen("http://"));
}

void out_url_span(struct out *o, struct span s)
{
	escape(o->b, url_ok(s) ? s : SPAN("#"), true);
}

void out_url(struct out *o, const char *s)
{
	out_url_span(o, span_of(s));
}

void out_url_base_span(struct out *o, struct span s)
{
	if (!url_ok(s))
		s = SPAN("#");
	while (s.n > 0 && s.p[s.n - 1] == '/')
		s.n--;
	escape(o->b, s, true);
}

void out_url_base(struct out *o, const char *s)
{
	out_url_base_span(o, span_of(s));
}

void out_url_part_span(struct out *o, struct span s)
{
	for (size_t i = 0; i < s.n; i++) {
		unsigned char c = (unsigned char)s.p[i];

		/* RFC 3986 2.3, unreserved; '.' stays out so that no ".." appears */
		if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
		    c == '-' || c == '_' || c == '~')
			buf_addc(o->b, (char)c);
		else
			buf_printf(o->b, "%%%02X", c);
	}
}

void out_url_part(struct out *o, const char *s)
{
	out_url_part_span(o, span_of(s));
}

void out_int(struct out *o, int64_t n)
{
	buf_printf(o->b, "%" PRId64, n);
}

/* What ICU or the catalogue made is text like any other. */
static void out_made(struct out *o, struct buf *made)
{
	if (made->err != E_OK)
		buf_fail(o->b, made->err);
	else
		escape(o->b, span_mk(made->p, made->len), true);
	buf_release(made);
}

void out_num(struct out *o, int64_t n)
{
	struct buf b = BUF_INIT(128);

	loc_number(o->loc, n, &b);
	out_made(o, &b);
}

void out_date(struct out *o, int64_t ms, enum date_style style)
{
	const char *zone = o->r != NULL && o->r->zone != NULL ? o->r->zone : "UTC";
	struct buf b = BUF_INIT(512);

	loc_date(o->loc, zone, ms, style, &b);
	out_made(o, &b);
}

void out_day(struct out *o, int64_t day, enum date_style style)
{
	struct buf b = BUF_INIT(512);

	assert(day > -1000000 && day < 10000000);
	loc_date(o->loc, "UTC", day * INT64_C(86400000), style, &b);
	out_made(o, &b);
}

void out_msg(struct out *o, enum msg m, const struct msg_arg *arg, unsigned n)
{
	struct buf b = BUF_INIT(65536);

	if (n == 0) {
		escape(o->b, span_of(loc_str(o->loc, m)), true);
		return;
	}
	loc_msg(o->loc, &b, m, arg, n);
	out_made(o, &b);
}

void out_static(struct out *o, const char *name)
{
	for (const struct static_file *f = static_files; f->name != NULL; f++) {
		if (str_eq(f->name, name)) {
			buf_printf(o->b, "/static/%.16s/%s", f->hash, f->name);
			return;
		}
	}
	/* Our bug, but a page without its style is better than none. */
	count_bug("view: a template names a static file that does not exist");
	out_url(o, "#");
}
