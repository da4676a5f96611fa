/* The template compiler: what it writes, and what it refuses, each at its line. */
#include <libgen.h>
#include <sys/wait.h>
#include <unistd.h>

#include "t.h"

static char dir[64], tool[512], said[4096], made[65536];

static void begin(void)
{
	char self[400];
	ssize_t n;

	if (dir[0] != '\0')
		return;
	snprintf(dir, sizeof(dir), "/tmp/lintel-tplc-XXXXXX");
	n = readlink("/proc/self/exe", self, sizeof(self) - 1);
	if (mkdtemp(dir) == NULL || n < 0)
		exit(1);
	self[n] = '\0';
	snprintf(tool, sizeof(tool), "%s/../../host/tplc", dirname(self));
}

static size_t slurp(const char *name, char *out, size_t room)
{
	char path[200];
	size_t n = 0;
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	f = fopen(path, "rb");
	if (f != NULL) {
		n = fread(out, 1, room - 1, f);
		fclose(f);
	}
	out[n] = '\0';
	return n;
}

static int compile(const char *text)
{
	char cmd[900], path[200];
	FILE *f;
	int rc;

	begin();
	snprintf(path, sizeof(path), "%s/t.html", dir);
	f = fopen(path, "wb");
	if (f == NULL)
		return -1;
	fputs(text, f);
	fclose(f);
	snprintf(cmd, sizeof(cmd), "cd %s && rm -f t.h && %s t.html t.h 2>said", dir, tool);
	rc = system(cmd);
	slurp("said", said, sizeof(said));
	slurp("t.h", made, sizeof(made));
	return WIFEXITED(rc) ? WEXITSTATUS(rc) : -1;
}

/* One view around a body that begins on line 2. */
static int body(const char *html)
{
	char text[4096];

	snprintf(text, sizeof(text), "{{view v struct m}}\n%s\n{{end view}}\n", html);
	return compile(text);
}

static bool writes(const char *html, const char *want)
{
	bool ok = body(html) == 0 && strstr(made, want) != NULL;

	if (!ok)
		printf("# %s\n# %s# %s\n", html, said, made);
	return ok;
}

TEST(the_place_chooses_the_escaper)
{
	CHECK(writes("<p>{{= m->a}}</p>", "OUT_ANY(out_text, o, m->a);"));
	CHECK(writes("<p title=\"{{= m->a}}\">x</p>", "OUT_ANY(out_attr, o, m->a);"));
	CHECK(writes("<a href=\"{{= m->a}}\">x</a>", "OUT_ANY(out_url, o, m->a);"));
	CHECK(writes("<a href=\"{{= m->a}}/x\">x</a>", "OUT_ANY(out_url_base, o, m->a);"));
	CHECK(writes("<a href=\"/x/{{= m->a}}\">x</a>", "OUT_ANY(out_url_part, o, m->a);"));
	CHECK(writes("<a HREF=\"/x?{{= m->a}}\">x</a>", "OUT_ANY(out_url_part, o, m->a);"));
	CHECK(writes("<button formaction=\"{{= m->a}}\">x</button>", "OUT_ANY(out_url, o, m->a);"));
	CHECK(writes("<title>{{= m->a}}</title>", "OUT_ANY(out_text, o, m->a);"));
	CHECK(writes("<img alt=\"{{= m->a}}\" src=\"/x\">", "OUT_ANY(out_attr, o, m->a);"));
	CHECK(writes("<link href=\"{{static a.css}}\">", "out_static(o, \"a.css\");"));
}

TEST(directives_become_c)
{
	CHECK(writes("{{int m->n}}", "out_int(o, m->n);"));
	CHECK(writes("{{num m->n}}", "out_num(o, m->n);"));
	CHECK(writes("{{date m->n + 1 DATE_DAY}}", "out_date(o, m->n + 1 , DATE_DAY);"));
	CHECK(writes("{{day m->d DATE_FULL}}", "out_day(o, m->d , DATE_FULL);"));
	CHECK(writes("{{t a.b-c}}", "out_msg(o, MSG_a_b_c, NULL, 0);"));
	CHECK(writes("{{t a.b who=f(m->x, \"a b\") n#=(1 + 2)}}",
		     "{ \"who\", msg_text(f(m->x, \"a b\")), 0 }, { \"n\", NULL, ((1 + 2)) }"));
	CHECK(writes("{{t a.b n#=m->n}}", "_Static_assert(MSGARG_a_b__n <= 1,"));
	CHECK(writes("{{msg m->word}}", "out_msg(o, m->word, NULL, 0);"));
	CHECK(writes("{{call other(&m->x, (struct y){{0}})}}", "view_other(o, &m->x, (struct y){{0}});"));
	CHECK(writes("{{if m->a == '}'}}x{{else if m->b}}y{{else}}z{{end}}", "if (m->a == '}') {"));
	CHECK(writes("{{for i in m->n}}<b>{{int i}}</b>{{end}}",
		     "for (size_t i = 0, i_n = (size_t)(m->n); i < i_n; i++) {"));
	CHECK(writes("{{let const char *x = m->y}}{{= x}}", "const char *x = m->y;"));
	CHECK(writes("a\n\n{{= m->a}}", "#line 4 \"t.html\""));
	CHECK(compile("{{include \"tpl/x.h\"}}\n{{export view v}}x{{end view}}") == 0 &&
	      strstr(made, "#include \"tpl/x.h\"") != NULL &&
	      strstr(made, "\nvoid view_v(struct out *o)") != NULL);
}

TEST(indentation_and_comments_leave_no_trace)
{
	CHECK(writes("<ul>\n\t\t<li>a</li>\n\n\n\t<li>b  c</li>\n</ul>", "\"<ul>\\n<li>a</li>\\n<li>b c</li>\\n</ul>\""));
	CHECK(writes("<p>a</p>\n\t{{if m->x}}\n\t<p>b</p>\n\t{{end}}\n<p>c</p>", "\"<p>a</p>\\n\""));
	CHECK(writes("<p>a</p>\n\t{{if m->x}}\n\t<p>b</p>\n\t{{end}}\n<p>c</p>", "\"<p>b</p>\\n\""));
	CHECK(writes("<p\n\t\tclass=\"a\n\t b\">x</p>", "<p class=\\042a b\\042>x"));
	CHECK(writes("a<!-- {nothing} -->b{{-- }} --}}c", "\"abc\""));
	CHECK(writes("<pre>a\n  b</pre>", "<pre>a\\n  b</pre>"));
	CHECK(writes("<textarea>\n{{= m->a}}</textarea>", "\"<textarea>\\n\""));
	CHECK(writes("<input {{if m->a}}checked{{end}}>", "\"checked\""));
	CHECK(writes("<p{{if m->a}} class=\"b\"{{end}}>x</p>", "\" class=\\042b\\042\""));
}

static const struct {
	const char *html, *want;
} refused[] = {
	/* places without a safe escaper */
	{ "<p title={{= m->a}}>x</p>", "needs double quotes" },
	{ "<p title='{{= m->a}}'>x</p>", "needs double quotes" },
	{ "<p title=x{{= m->a}}>x</p>", "needs double quotes" },
	{ "<{{= m->a}}>x", "name of a tag" },
	{ "<p{{= m->a}}>x", "name of a tag" },
	{ "</{{= m->a}}>x", "name of a tag" },
	{ "<p {{= m->a}}>x</p>", "name of an attribute" },
	{ "<p x{{= m->a}}=\"1\">x</p>", "name of an attribute" },
	{ "<p x=\"1\"{{= m->a}}>x</p>", "name of an attribute" },
	{ "<script>{{= m->a}}</script>", "inside <script>" },
	{ "<script>alert(1)</script>", "script inside a page" },
	{ "<script><b></script>", "script inside a page" },
	{ "<style>a{}</style>", "<style> has no place" },
	{ "<style>{{= m->a}}</style>", "<style> has no place" },
	{ "<!doctype {{= m->a}}>", "inside a comment" },
	{ "<p onclick=\"{{= m->a}}\">x</p>", "event handlers" },
	{ "<p ONCLICK=\"x\">x</p>", "event handlers" },
	{ "<p onclick>x</p>", "event handlers" },
	{ "<p style=\"{{= m->a}}\">x</p>", "style is not allowed" },
	{ "<p style=\"color:red\">x</p>", "style is not allowed" },
	{ "<iframe srcdoc=\"x\"></iframe>", "<iframe> has no place" },
	{ "<p srcdoc=\"{{= m->a}}\">x</p>", "srcdoc is not allowed" },
	{ "<base href=\"/x\">", "<base> has no place" },
	{ "<object data=\"/x\"></object>", "<object> has no place" },
	{ "<svg><set to=\"x\"/></svg>", "<set> has no place" },
	{ "<img srcset=\"{{= m->a}}\">", "attribute srcset" },
	{ "<meta http-equiv=\"refresh\" content=\"{{= m->a}}\">", "attribute content" },
	/* addresses */
	{ "<a href=\"javascript:x\">x</a>", "scheme javascript:" },
	{ "<a href=\"JAVAscript:x\">x</a>", "scheme javascript:" },
	{ "<a href=\" javascript:x\">x</a>", "start of an address" },
	{ "<a href=\"java&#115;cript:x\">x</a>", "start of an address" },
	{ "<a href=\"data:text/html,x\">x</a>", "scheme data:" },
	{ "<a href=\"//x.example/\">x</a>", "leaves this site" },
	{ "<a href=\"/\\x.example/\">x</a>", "leaves this site" },
	{ "<a href=\"{{= m->a}}{{if m->b}}/x{{end}}\">x</a>", "right after the value" },
	{ "<a href=\"{{t a.b}}\">x</a>", "{{t}} cannot stand in an address" },
	{ "<a href=\"{{num m->n}}\">x</a>", "cannot stand here in an address" },
	{ "<a href=\"/x/{{num m->n}}\">x</a>", "cannot stand here in an address" },
	{ "<a href=\"{{int m->n}}\">x</a>", "cannot stand here in an address" },
	{ "<a href=\"/{{date m->n DATE_DAY}}\">x</a>", "cannot stand in an address" },
	{ "<script src=\"{{= m->a}}\"></script>", "{{static NAME}} or plain text only" },
	{ "<link href=\"{{= m->a}}\">", "{{static NAME}} or plain text only" },
	{ "<p title=\"{{static a.css}}\">x</p>", "start of an address" },
	{ "<a href=\"/x/{{static a.css}}\">x</a>", "start of an address" },
	{ "<a href=\"{{static ../a}}\">x</a>", "not a file name" },
	/* shape of the page */
	{ "<p>x", "<p> is not closed" },
	{ "<p>x</b>", "</b> closes nothing" },
	{ "<p><b>x</p></b>", "</p> closes nothing" },
	{ "x</p>", "</p> closes nothing" },
	{ "<p>a < b</p>", "write &lt;" },
	{ "<p title=\"a<b\">x</p>", "'<' in the value" },
	{ "<p a=\"1\"b=\"2\">x</p>", "blank between attributes" },
	{ "<p a=>x</p>", "'=' and no value" },
	{ "<p a=\"x", "ends inside a tag" },
	{ "<![CDATA[x]]>", "comment or the doctype" },
	/* blocks */
	{ "{{if m->a}}x", "is not closed" },
	{ "{{end}}", "{{end}} without" },
	{ "{{else}}", "{{else}} without" },
	{ "{{if a}}{{else}}{{else}}{{end}}", "{{else}} without" },
	{ "{{for i in n}}{{else}}{{end}}", "{{else}} without" },
	{ "{{if a}}<p>{{end}}x</p>", "another place" },
	{ "{{if a}}<p>{{else}}<b>{{end}}x</p>", "different places" },
	{ "{{for i in n}}<p>{{end}}", "another place" },
	{ "<p {{for i in n}}a=\"1\"{{end}}>x</p>", "another place" },
	{ "<p {{if a}}b=\"{{end}}\">x</p>", "different places|another place" },
	{ "<p {{if a}}checked{{end}}b>x</p>", "blank between attributes" },
	{ "<p a={{if b}}1{{end}}>x</p>", "cannot begin or end here" },
	{ "<a href=\"{{if b}}/x{{end}}{{= m->a}}\">x</a>", "another place" },
	{ "{{for i of n}}x{{end}}", "{{for i in count}}" },
	/* words */
	{ "{{raw m->a}}", "unknown directive" },
	{ "{{! m->a}}", "unknown directive" },
	{ "{{}}", "unknown directive" },
	{ "{{= }}", "needs an expression" },
	{ "{{= f(}}", "is not closed|brackets do not match" },
	{ "{{= a; b}}", "';' in an expression" },
	{ "{{if }}x{{end}}", "needs an expression" },
	{ "{{t A.b}}", "is not a key" },
	{ "{{t a/b}}", "is not a key" },
	{ "{{t}}", "needs a key" },
	{ "{{t a.b who}}", "name=expression" },
	{ "{{t a.b =x}}", "name=expression" },
	{ "{{date m->n}}", "style like DATE_DAY" },
	{ "{{call x}}", "{{call other_view(model)}}" },
	{ "<p {{call x(m)}}>x</p>", "between elements only" },
	{ "{{include \"x.h\"}}", "outside a view" },
	{ "{{view w}}", "inside a view" },
	{ "{{= m->a", "is not closed" },
};

/* `want` may name two ways of saying it, with '|' between. */
static bool said_it(const char *want)
{
	char one[200];
	char *bar;

	snprintf(one, sizeof(one), "%s", want);
	bar = strchr(one, '|');
	if (bar != NULL)
		*bar++ = '\0';
	return strstr(said, one) != NULL || (bar != NULL && strstr(said, bar) != NULL);
}

TEST(unsafe_places_and_broken_pages_stop_the_build)
{
	for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
		int rc = body(refused[i].html);

		if (!CHECK_INT(rc, 1) || !CHECK(said_it(refused[i].want)))
			printf("# %s\n# it said: %s\n", refused[i].html, said);
		if (!CHECK(strncmp(said, "t.html:", 7) == 0 && made[0] == '\0'))
			printf("# %s\n", said);
	}
}

TEST(the_line_is_the_line_of_the_fault)
{
	CHECK_INT(body("<p>\n<b>\nx</b>\n<i title={{= m->a}}>"), 1);
	CHECK(strncmp(said, "t.html:5:", 9) == 0);
}

TEST(nothing_stands_outside_a_view)
{
	static const char *const text[] = { "<p>x</p>", "{{= x}}", "{{if x}}", "{{t a.b}}", "{{end view}}" };

	for (size_t i = 0; i < sizeof(text) / sizeof(text[0]); i++)
		CHECK_INT(compile(text[i]), 1);
	CHECK_INT(compile("{{view v}}x"), 1);
	CHECK(strstr(said, "has no {{end view}}") != NULL);
	CHECK_INT(compile("{{view v open}}<b>{{end view}}\n{{view w open}}</b>{{end view}}"), 0);
	CHECK_INT(compile("{{view v}}\xc3{{end view}}"), 1);
}

TEST(wrong_arguments_do_not_compile)
{
	/* what the C compiler is handed, with a catalogue of one message */
	static const struct {
		const char *html;
		bool good;
	} t[] = {
		{ "{{t a.b who=m->a n#=m->n}}", true }, { "{{t a.b who=m->a}}", false },
		{ "{{t a.b who=m->a x#=m->n}}", false }, { "{{t a.b who=m->a n=m->a}}", false },
		{ "{{t a.x}}", false }, { "{{= m->n}}", false }, { "{{= m->a}}", true },
		{ "{{= m->missing}}", false },
	};
	static const char head[] =
		"struct span { const char *p; unsigned long n; };\nstruct out { void *b; };\n"
		"struct m { const char *a; int n; };\nstruct msg_arg { const char *name, *text; long num; };\n"
		"enum { MSG_a_b, MSGARGS_a_b = 2, MSGARG_a_b__who = 0, MSGARG_a_b__n = 1 };\n"
		"#define NULL ((void *)0)\ntypedef unsigned long size_t;\n"
		"void buf_add(void *b, const char *p, size_t n);\nconst char *msg_text(const char *s);\n"
		"void out_msg(struct out *o, int m, const struct msg_arg *a, unsigned n);\n"
		"void out_text(struct out *o, const char *s);\nvoid out_text_span(struct out *o, struct span s);\n"
		"#define OUT_ANY(fn, o, e) _Generic((e), struct span: fn##_span, char *: fn, const char *: fn)((o), (e))\n";
	char cmd[400], path[200];
	FILE *f;

	for (size_t i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		NEED(body(t[i].html) == 0);
		snprintf(cmd, sizeof(cmd), "mkdir -p %s/gw && rm -f %s/gw/view.h", dir, dir);
		NEED(system(cmd) == 0);
		snprintf(path, sizeof(path), "%s/gw/view.h", dir);
		f = fopen(path, "wb");
		NEED(f != NULL);
		fputs(head, f);
		fclose(f);
		snprintf(cmd, sizeof(cmd), "cd %s && gcc -std=c17 -Wall -Wextra -Werror -I. -x c -fsyntax-only t.h 2>said", dir);
		if (!CHECK((system(cmd) == 0) == t[i].good)) {
			slurp("said", said, sizeof(said));
			printf("# %s\n# %s\n", t[i].html, said);
		}
	}
	snprintf(cmd, sizeof(cmd), "rm -rf %s", dir);
	CHECK(system(cmd) == 0);
}
