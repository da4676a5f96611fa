/*
 * Hostile text in every place a template may put a value. A reader of its own
 * (the tokenizer below, not the compiler's) sees the page: it must hold the same
 * tags and attributes as with the harmless word, and no address that leaves the
 * site by another way than http(s).
 */
#include "base/str.h"
#include "gw/view.h"
#include "t.h"

struct xss {
	const char *v;
	struct span s;
	bool yes;
};

#include "tpl/test/xss.h"

static const char *const polyglots[] = {
	"<script>alert(1)</script>", "</script><script>alert(1)</script>", "\"><script>alert(1)</script>",
	"'><script>alert(1)</script>", "<img src=x onerror=alert(1)>", "\"><img src=x onerror=alert(1)>",
	"'><img src=x onerror=alert(1)>", "</title><script>alert(1)</script>",
	"</textarea><script>alert(1)</script>", "</style><script>alert(1)</script>",
	"--><script>alert(1)</script>", "<!--<img src=\"--><img src=x onerror=alert(1)//\">",
	"<svg/onload=alert(1)>", "<svg><script>alert(1)</script></svg>", "<math><mi//xlink:href=\"data:x,<script>alert(1)</script>\">",
	"\" onmouseover=\"alert(1)", "' onmouseover='alert(1)", "\" autofocus onfocus=alert(1) x=\"",
	"` onmouseover=alert(1)", "x onmouseover=alert(1)", "\tonmouseover=alert(1)", "\" style=\"x:expression(alert(1))",
	"javascript:alert(1)", "JaVaScRiPt:alert(1)", " javascript:alert(1)", "java\tscript:alert(1)",
	"java\nscript:alert(1)", "java\rscript:alert(1)", "\x01javascript:alert(1)", "javascript&colon;alert(1)",
	"javascript&#58;alert(1)", "&#106;avascript:alert(1)", "javascript://%0aalert(1)", "javascript:/*--></title></style></textarea></script></xmp><svg/onload='+/\"/+/onmouseover=1/+/[*/[]/+alert(1)//'>",
	"vbscript:msgbox(1)", "data:text/html,<script>alert(1)</script>", "data:text/html;base64,PHNjcmlwdD5hbGVydCgxKTwvc2NyaXB0Pg==",
	"//evil.example", "/\\evil.example", "\\\\evil.example", "/\t/evil.example", "/\n/evil.example", "///evil.example",
	"https:evil.example", "https:/evil.example", "http:\\\\evil.example", "https://", "http://", "mailto:x@y", "ftp://x", "file:///etc/passwd", "blob:x", "filesystem:x",
	"#\" onclick=\"alert(1)", "/x\" onclick=\"alert(1)", "https://x/\"><script>alert(1)</script>", "/x' onclick='alert(1)",
	"../../admin", "..%2f..%2fadmin", "?a=b&c=d#e", "/x?csrf=1&amp;y", "%22onload=1", "%00", "%", "%zz",
	"{{= m->v}}", "}}{{end view}}", "${alert(1)}", "{% raw %}", "<%= x %>", "<?php x ?>", "<?xml version=\"1.0\"?>", "<![CDATA[<script>alert(1)</script>]]>",
	"<a href=\"javascript:alert(1)\">x</a>", "<iframe srcdoc=\"<script>alert(1)</script>\">", "<base href=//evil>", "<meta http-equiv=refresh content=0>",
	"<link rel=stylesheet href=//evil>", "<form><button formaction=javascript:alert(1)>", "<details open ontoggle=alert(1)>", "<x contenteditable onblur=alert(1)>",
	"<plaintext>", "<noscript><p title=\"</noscript><img src=x onerror=alert(1)>\">", "<template><script>alert(1)</script></template>",
	"<select><option><img src=x onerror=alert(1)>", "<table><td background=javascript:alert(1)>", "<b", "<", ">", "&", "&lt;script&gt;", "&amp;lt;", "\"", "'", "`", "=", "/", "/>",
	"</p>", "</body></html>", "<!", "<!doctype x>", "<!-", "]]>", "\xe2\x80\xae" "evil", "\xe2\x80\xa8" "alert(1)", "\xef\xbb\xbf<script>", "\xc2\xa0javascript:alert(1)",
	"\xef\xbc\x9cscript\xef\xbc\x9e", "\x0b\"\x0conclick=alert(1)", "\x7f", "a\xc3\xa9\xf0\xa0\xae\xb7",
	"jaVasCript:/*-/*`/*\\`/*'/*\"/**/(/* */oNcliCk=alert() )//%0D%0A%0d%0a//</stYle/</titLe/</teXtarEa/</scRipt/--!>\\x3csVg/<sVg/oNloAd=alert()//>\\x3e",
	"\">'><details/open/ontoggle=confirm(1)>", "'\"()&%<acx><ScRiPt >prompt(1)</ScRiPt>", "\"/><svg/onload=alert(1)//", "</option></select><img src=x onerror=alert(1)>",
};
#define N_POLY (sizeof(polyglots) / sizeof(polyglots[0]))

/* ---- a reader of HTML, after the Living Standard 13.2.5 --------------------- */

struct reader {
	const char *p, *end;
	struct buf shape;	/* tags and attribute names, in order */
	unsigned bad;		/* addresses that leave by another way */
	char why[120];
};

static bool letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool blank(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\f' || c == '\r';
}

/* Decodes what our escaper writes, and the named ones a browser knows in attributes. */
static void decode(struct span s, char *out, size_t room)
{
	static const struct {
		const char *name;
		char c;
	} known[] = {
		{ "&amp;", '&' }, { "&lt;", '<' }, { "&gt;", '>' }, { "&#34;", '"' }, { "&#39;", '\'' },
		{ "&colon;", ':' }, { "&#58;", ':' }, { "&#106;", 'j' }, { "&quot;", '"' },
	};
	size_t n = 0;

	for (size_t i = 0; i < s.n && n + 1 < room; i++) {
		char c = s.p[i];

		for (size_t k = 0; c == '&' && k < sizeof(known) / sizeof(known[0]); k++) {
			size_t len = strlen(known[k].name);

			if (s.n - i >= len && memcmp(s.p + i, known[k].name, len) == 0) {
				c = known[k].c;
				i += len - 1;
				break;
			}
		}
		out[n++] = c;
	}
	out[n] = '\0';
}

/* As a browser reads an address: leading controls off, tabs and line ends out. */
static bool address_ok(struct span raw)
{
	char all[2048], s[2048];
	size_t n = 0;
	const char *p = all;

	decode(raw, all, sizeof(all));
	while (*p != '\0' && (unsigned char)*p <= ' ')
		p++;
	for (; *p != '\0'; p++)
		if (*p != '\t' && *p != '\n' && *p != '\r')
			s[n++] = (char)(*p >= 'A' && *p <= 'Z' ? *p + 32 : *p);
	s[n] = '\0';
	if (s[0] == '/')
		return s[1] != '/' && s[1] != '\\';
	return s[0] == '#' || str_starts(s, "http://") || str_starts(s, "https://");
}

static void attribute(struct reader *r, struct span name, struct span value)
{
	static const char *const url[] = { "href", "src", "action", "formaction" };

	buf_printf(&r->shape, " %.*s", (int)name.n, name.p);
	for (size_t i = 0; i < 4; i++) {
		if (!span_eqz(name, url[i]) || address_ok(value))
			continue;
		r->bad++;
		snprintf(r->why, sizeof(r->why), "%.*s", (int)(value.n < 100 ? value.n : 100), value.p);
	}
}

static void read_tag(struct reader *r)
{
	const char *s = r->p;

	while (r->p < r->end && !blank(*r->p) && *r->p != '>' && (*r->p != '/' || r->p == s))
		r->p++;
	buf_printf(&r->shape, "<%.*s", (int)(r->p - s), s);
	for (;;) {
		struct span name, value = { "", 0 };

		while (r->p < r->end && (blank(*r->p) || *r->p == '/'))
			r->p++;
		if (r->p >= r->end || *r->p == '>')
			break;
		s = r->p++;
		while (r->p < r->end && !blank(*r->p) && *r->p != '=' && *r->p != '>' && *r->p != '/')
			r->p++;
		name = span_mk(s, (size_t)(r->p - s));
		if (r->p < r->end && *r->p == '=') {
			char q = *++r->p;
			bool quoted = q == '"' || q == '\'';

			s = quoted ? ++r->p : r->p;
			while (r->p < r->end && (quoted ? *r->p != q : !blank(*r->p) && *r->p != '>'))
				r->p++;
			value = span_mk(s, (size_t)(r->p - s));
			r->p += quoted;
		}
		attribute(r, name, value);
	}
	buf_addz(&r->shape, ">");
	r->p++;
}

static void read_page(struct reader *r, const struct buf *b)
{
	*r = (struct reader){ .p = b->p, .end = b->p + b->len, .shape = BUF_INIT(65536) };
	while (r->p < r->end) {
		const char *q = r->p + 1;

		if (*r->p == '<' && q < r->end &&
		    (letter(*q) || *q == '!' || *q == '?' || (*q == '/' && q + 1 < r->end && letter(q[1])))) {
			r->p++;
			read_tag(r);
		} else {
			r->p++;
		}
	}
}

static void draw(struct buf *b, const char *v, const char *tag)
{
	struct xss m = { .v = v, .s = span_of(v), .yes = true };
	struct out o = { .b = b, .loc = loc_find(tag) };

	buf_reset(b);
	view_xss(&o, &m);
}

/* ---- the tests -------------------------------------------------------------- */

static unsigned run(const char *v, const char *shape, const char *tag)
{
	struct buf b = BUF_INIT(1u << 20);
	struct reader r;
	unsigned bad = 0;

	draw(&b, v, tag);
	read_page(&r, &b);
	if (b.err != E_OK || !str_eq(r.shape.p, shape)) {
		printf("# %s changes the page\n#   %s\n#   %s\n", v, shape, r.shape.p);
		bad++;
	}
	if (r.bad > 0) {
		printf("# %s becomes an address: %s\n", v, r.why);
		bad++;
	}
	buf_release(&r.shape);
	buf_release(&b);
	return bad;
}

TEST(polyglots_stay_text_in_every_place)
{
	struct buf b = BUF_INIT(1u << 20);
	struct reader plain;
	unsigned bad = 0, n = 0;
	char v[64];

	draw(&b, "word", "en");
	read_page(&plain, &b);
	CHECK(plain.shape.len > 400);
	CHECK_INT(plain.bad, 0);
	for (size_t i = 0; i < N_POLY; i++, n++) {
		bad += run(polyglots[i], plain.shape.p, "en");
		bad += run(polyglots[i], plain.shape.p, "ar");
	}
	for (int c = 1; c < 128; c++) {
		snprintf(v, sizeof(v), "%cjavascript:alert(1)", c);
		bad += run(v, plain.shape.p, "en");
		snprintf(v, sizeof(v), "java%cscript:x", c);
		bad += run(v, plain.shape.p, "en");
		snprintf(v, sizeof(v), "/%c/evil.example", c);
		bad += run(v, plain.shape.p, "en");
		snprintf(v, sizeof(v), "%c", c);
		bad += run(v, plain.shape.p, "en");
		n += 4;
	}
	printf("# %u hostile texts\n", n);
	CHECK(n >= 100);
	CHECK_INT(bad, 0);
	buf_release(&plain.shape);
	buf_release(&b);
}

/* The reader above must see an attack when there is one. */
TEST(the_reader_sees_a_broken_escape)
{
	static const char *const page[] = {
		"<p>a</p>", "<p><img src=/x onerror=a></p>", "<p title=\"\" onclick=\"\">a</p>",
	};
	struct reader r[3];

	for (int i = 0; i < 3; i++) {
		struct buf b = BUF_INIT(1000);

		buf_addz(&b, page[i]);
		read_page(&r[i], &b);
		buf_release(&b);
	}
	CHECK_STR(r[0].shape.p, "<p></p>");
	CHECK_STR(r[1].shape.p, "<p><img src onerror></p>");
	CHECK_STR(r[2].shape.p, "<p title onclick></p>");
	for (int i = 0; i < 3; i++)
		buf_release(&r[i].shape);
	CHECK(!address_ok(SPAN("javascript&colon;x")) && !address_ok(SPAN("/\t/x")));
}

TEST(values_read_back_as_they_were)
{
	struct buf b = BUF_INIT(1u << 20);

	draw(&b, "Tom & \"Jo\" <3 'x'", "en");
	CHECK(strstr(b.p, "<p>Tom &amp; \"Jo\" &lt;3 'x'</p>") != NULL);
	CHECK(strstr(b.p, "data-x=\"Tom &amp; &#34;Jo&#34; &lt;3 &#39;x&#39;\"") != NULL);
	CHECK(strstr(b.p, "<a href=\"#\">1</a>") != NULL);
	CHECK(strstr(b.p, "href=\"/app/Tom%20%26%20%22Jo%22%20%3C3%20%27x%27/x\"") != NULL);
	draw(&b, "https://lms.example/course?id=7&x=1", "en");
	CHECK(strstr(b.p, "<a href=\"https://lms.example/course?id=7&amp;x=1\">1</a>") != NULL);
	CHECK(strstr(b.p, "/app/https%3A%2F%2Flms%2Eexample%2F") != NULL);
	draw(&b, "", "en");
	CHECK(strstr(b.p, "<p></p>") != NULL);
	buf_release(&b);
}

TEST(a_missing_text_writes_nothing)
{
	struct buf b = BUF_INIT(1u << 20);
	struct xss m = { .v = NULL };
	struct out o = { .b = &b, .loc = loc_find("en") };

	view_xss(&o, &m);
	CHECK_INT(b.err, E_OK);
	CHECK(strstr(b.p, "<p></p>") != NULL && strstr(b.p, "(null)") == NULL);
	buf_release(&b);
}
