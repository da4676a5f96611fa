/*
 * Template compiler: tplc IN.html OUT.h
 *
 * Turns a template into C functions view_NAME(struct out *o, const struct MODEL *m).
 * It reads the page's literal HTML with a small state machine, so it knows the
 * place of every value (element content, quoted attribute, address) and chooses
 * the escaper itself. A value in any other place stops the build: unquoted
 * attributes, tag and attribute names, scripts, styles, comments, event handlers.
 * There is no raw output and no inline script or style (our CSP allows neither).
 *
 * docs/templates.md describes the language; tplc_html.c holds the state machine.
 */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/magic.h"
#include "base/str.h"
#include "text.h"
#include "tplc.h"

static const char *in_path;
static unsigned line = 1;

void refuse(const char *fmt, ...)
{
	va_list ap;

	fprintf(stderr, "%s:%u: ", in_path, line);
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fputc('\n', stderr);
	exit(1);
}

#define MAX_DEPTH 24

struct block {
	char kind;		/* 'i'f or 'f'or */
	bool has_else, has_merged;
	unsigned line;
	struct html start, merged;
};

static struct buf c = { .max = 16u << 20 };	/* the C we write */
static struct buf lit = { .max = 4u << 20 };	/* literal HTML not yet written */
static struct html h;
static struct block block[MAX_DEPTH];
static unsigned depth;
static char after;		/* the character after the directive */
static bool in_view;
static unsigned view_line;

/* ---- literal text --------------------------------------------------------- */

static char pending;		/* white space seen in text: 0, ' ' or '\n' */
static bool fresh;		/* nothing of this view is written yet */
static bool swallow;		/* after a directive alone on its line */

static void flush_pending(void)
{
	if (pending != 0 && !fresh)
		buf_addc(&lit, pending);
	pending = 0;
}

static void flush_lit(void)
{
	if (lit.len == 0)
		return;
	buf_addz(&c, "\tbuf_add(o->b, ");
	c_string(&c, lit.p, lit.len);
	buf_printf(&c, ", %zu);\n", lit.len);
	buf_reset(&lit);
}

/* Runs of white space become one blank, or one line end if they held one. */
static void literal_blank(char ch)
{
	char as = ch == '\n' ? '\n' : ' ';

	if (swallow)
		return;
	if (h.s != S_TEXT && as == '\n')
		as = ' ';
	if (pending != '\n')
		pending = as;
}

static void literal(char ch)
{
	bool was_text = h.s == S_TEXT;
	bool drop;

	if (!in_view) {
		if (!is_blank(ch))
			refuse("text outside {{view}}");
		return;
	}
	drop = h.s == S_COMMENT;
	if (is_blank(ch) && !h.keep && h.s != S_SQ && h.s != S_UNQ) {
		html_char(&h, ch);
		if (!drop)
			literal_blank(ch);
		return;
	}
	swallow = false;
	if (drop || (was_text && ch == '<')) {
		/* '<' waits: a comment leaves nothing behind. */
		html_char(&h, ch);
		return;
	}
	if (h.s == S_LT && ch == '!') {
		html_char(&h, ch);
		return;
	}
	if (h.s == S_BANG) {
		html_char(&h, ch);
		if (h.s == S_COMMENT || h.s == S_BANG)
			return;
		flush_pending();
		buf_addz(&lit, "<!");
	} else if (h.s == S_LT) {
		html_char(&h, ch);
		flush_pending();
		buf_addc(&lit, '<');
	} else {
		flush_pending();
		html_char(&h, ch);
	}
	fresh = false;
	buf_addc(&lit, ch);
}

/* ---- directives ----------------------------------------------------------- */

static void skip_blanks(struct span *s)
{
	while (s->n > 0 && is_blank(s->p[0]))
		*s = span_mk(s->p + 1, s->n - 1);
}

static struct span trim(struct span s)
{
	skip_blanks(&s);
	while (s.n > 0 && is_blank(s.p[s.n - 1]))
		s.n--;
	return s;
}

static struct span take_ident(struct span *s)
{
	size_t n = 0;

	skip_blanks(s);
	while (n < s->n && (isalnum((unsigned char)s->p[n]) || s->p[n] == '_'))
		n++;
	*s = span_mk(s->p + n, s->n - n);
	return span_mk(s->p - n, n);
}


/* The end of a C string or character that begins at i; e.n if it has none. */
static size_t quote_end(struct span e, size_t i)
{
	char quote = e.p[i];

	assert(i < e.n && (quote == '"' || quote == '\''));
	for (i++; i < e.n && e.p[i] != quote; i++)
		if (e.p[i] == '\\')
			i++;
	return i;
}

/* One C expression up to a blank outside brackets and quotes. */
static struct span take_expr(struct span *s)
{
	size_t n = 0;
	int deep = 0;

	for (; n < s->n; n++) {
		char ch = s->p[n];

		if (ch == '"' || ch == '\'')
			n = quote_end(*s, n);
		deep += ch == '(' || ch == '[' || ch == '{';
		deep -= ch == ')' || ch == ']' || ch == '}';
		if (is_blank(ch) && deep == 0)
			break;
	}
	n = n < s->n ? n : s->n;
	*s = span_mk(s->p + n, s->n - n);
	return span_mk(s->p - n, n);
}

static void need_expr(struct span e, const char *what)
{
	int deep = 0;

	if (e.n == 0)
		refuse("{{%s}} needs an expression", what);
	for (size_t i = 0; i < e.n && deep >= 0; i++) {
		char ch = e.p[i];

		if (ch == '"' || ch == '\'')
			i = quote_end(e, i);
		else if (ch == ';' || ch == '#')
			refuse("a '%c' in an expression", ch);
		deep += ch == '(' || ch == '[' || ch == '{';
		deep -= ch == ')' || ch == ']' || ch == '}';
	}
	if (deep != 0)
		refuse("brackets do not match in {{%s}}", what);
}

/* Everything written so far goes out, then a line that points to the template. */
static void statement(void)
{
	assert(in_view && line >= view_line);
	flush_pending();
	flush_lit();
	buf_printf(&c, "#line %u ", line);
	c_string(&c, in_path, strlen(in_path));
	buf_addc(&c, '\n');
}

static void value_written(void)
{
	fresh = false;
	swallow = false;
	h.some = true;
	h.bare = false;
}

static void put_value(struct span e)
{
	static const char *const fn[] = {
		[AT_TEXT] = "out_text", [AT_ATTR] = "out_attr",
		[AT_URL] = "out_url", [AT_URL_REST] = "out_url_part",
	};
	enum place at = html_place(&h);
	/* "/" and "/x" would make "//x", another site: the value loses its last '/'. */
	bool base = at == AT_URL && after == '/';

	assert((size_t)at < ARRAY_LEN(fn));
	need_expr(e, "=");
	if (at == AT_URL && html_static_only(&h))
		refuse("%s of <%s> takes {{static NAME}} or plain text only", h.attr, h.tag);
	statement();
	buf_printf(&c, "\tOUT_ANY(%s, o, %.*s);\n", base ? "out_url_base" : fn[at], (int)e.n, e.p);
	value_written();
	h.bare = at == AT_URL && !base;
}

static void put_number(struct span e, const char *fn, const char *what)
{
	enum place at = html_place(&h);

	need_expr(e, what);
	if (at == AT_URL || (at == AT_URL_REST && !str_eq(what, "int")))
		refuse("{{%s}} cannot stand here in an address", what);
	statement();
	buf_printf(&c, "\t%s(o, %.*s);\n", fn, (int)e.n, e.p);
	value_written();
}

/* {{date ms STYLE}}, {{day days STYLE}}: the last word is the style. */
static void put_date(struct span e, const char *fn)
{
	enum place at = html_place(&h);
	size_t n = e.n;

	while (n > 0 && !is_blank(e.p[n - 1]))
		n--;
	if (n == 0 || !span_starts(span_mk(e.p + n, e.n - n), SPAN("DATE_")))
		refuse("{{date}} needs an expression and a style like DATE_DAY");
	if (at == AT_URL || at == AT_URL_REST)
		refuse("{{date}} cannot stand in an address");
	statement();
	buf_printf(&c, "\t%s(o, %.*s, %.*s);\n", fn, (int)n, e.p, (int)(e.n - n), e.p + n);
	value_written();
}

struct targ {
	struct span name, expr;
	bool number;
};

static unsigned take_args(struct span s, struct targ *arg, unsigned max)
{
	unsigned n = 0;

	for (skip_blanks(&s); s.n > 0; skip_blanks(&s)) {
		struct targ a = { .name = take_ident(&s) };

		if (n == max)
			refuse("more than %u arguments", max);
		assert(n < max);
		a.number = s.n > 0 && s.p[0] == '#';
		if (a.number)
			s = span_mk(s.p + 1, s.n - 1);
		if (a.name.n == 0 || s.n < 2 || s.p[0] != '=')
			refuse("an argument is name=expression or name#=expression");
		s = span_mk(s.p + 1, s.n - 1);
		a.expr = take_expr(&s);
		need_expr(a.expr, "t");
		arg[n++] = a;
	}
	return n;
}

static void put_args(const struct targ *arg, unsigned n)
{
	if (n == 0) {
		buf_addz(&c, "NULL, 0);\n");
		return;
	}
	buf_addz(&c, "(const struct msg_arg[]){ ");
	for (unsigned i = 0; i < n; i++)
		buf_printf(&c, "{ \"%.*s\", %s%.*s%s }, ", (int)arg[i].name.n, arg[i].name.p,
			   arg[i].number ? "NULL, (" : "msg_text(", (int)arg[i].expr.n,
			   arg[i].expr.p, arg[i].number ? ")" : "), 0");
	buf_printf(&c, "}, %u);\n", n);
}

/* {{t key name=expr n#=expr}}: the C compiler compares with the catalogue. */
static void put_t(struct span s)
{
	struct span key = take_expr(&s);
	struct targ arg[8];
	char id[96];
	unsigned n;
	enum place at = html_place(&h);

	if (at == AT_URL || at == AT_URL_REST)
		refuse("{{t}} cannot stand in an address");
	if (key.n == 0 || key.n >= sizeof(id))
		refuse("{{t}} needs a key");
	for (size_t i = 0; i < key.n; i++) {
		char ch = key.p[i];

		if (!(ch >= 'a' && ch <= 'z') && !(ch >= '0' && ch <= '9') &&
		    (ch == '\0' || strchr("._-", ch) == NULL))
			refuse("'%.*s' is not a key: [a-z0-9._-]", (int)key.n, key.p);
		id[i] = ch == '.' || ch == '-' ? '_' : ch;
	}
	id[key.n] = '\0';
	n = take_args(s, arg, 8);
	statement();
	buf_printf(&c, "\t_Static_assert(MSGARGS_%s == %u, \"arguments of %.*s\");\n", id, n,
		   (int)key.n, key.p);
	for (unsigned i = 0; i < n; i++)
		buf_printf(&c, "\t_Static_assert(MSGARG_%s__%.*s <= %d, \"%.*s is a number: "
			   "name#=\");\n", id, (int)arg[i].name.n, arg[i].name.p, arg[i].number,
			   (int)arg[i].name.n, arg[i].name.p);
	buf_printf(&c, "\tout_msg(o, MSG_%s, ", id);
	put_args(arg, n);
	value_written();
}

/* {{msg expr name=expr}}: a message the model chose. */
static void put_msg(struct span s)
{
	struct span e = take_expr(&s);
	struct targ arg[8];
	enum place at = html_place(&h);
	unsigned n;

	need_expr(e, "msg");
	if (at == AT_URL || at == AT_URL_REST)
		refuse("{{msg}} cannot stand in an address");
	n = take_args(s, arg, 8);
	statement();
	buf_printf(&c, "\tout_msg(o, %.*s, ", (int)e.n, e.p);
	put_args(arg, n);
	value_written();
}

static void put_static(struct span s)
{
	struct span name = trim(s);

	if (html_place(&h) != AT_URL)
		refuse("{{static}} stands at the start of an address");
	for (size_t i = 0; i < name.n; i++)
		if (!isalnum((unsigned char)name.p[i]) && strchr("._-", name.p[i]) == NULL)
			refuse("'%.*s' is not a file name", (int)name.n, name.p);
	if (name.n == 0)
		refuse("{{static}} needs a file name");
	statement();
	buf_printf(&c, "\tout_static(o, \"%.*s\");\n", (int)name.n, name.p);
	value_written();
}

static void put_call(struct span s)
{
	struct span name = take_ident(&s);

	s = trim(s);
	if (name.n == 0 || s.n < 2 || s.p[0] != '(' || s.p[s.n - 1] != ')')
		refuse("{{call other_view(model)}} expected");
	if (h.s != S_TEXT || h.raw)
		refuse("{{call}} stands between elements only");
	statement();
	s = trim(span_mk(s.p + 1, s.n - 2));
	buf_printf(&c, "\tview_%.*s(o%s%.*s);\n", (int)name.n, name.p, s.n > 0 ? ", " : "",
		   (int)s.n, s.p);
	value_written();
}

static struct block *push(char kind)
{
	struct block *b;

	if (depth == MAX_DEPTH)
		refuse("blocks nest more than %d deep", MAX_DEPTH);
	html_settle(&h);
	b = &block[depth++];
	*b = (struct block){ .kind = kind, .line = line, .start = h };
	return b;
}

static void put_if(struct span e)
{
	need_expr(e, "if");
	push('i');
	statement();
	buf_printf(&c, "\tif (%.*s) {\n", (int)e.n, e.p);
}

static void put_for(struct span s)
{
	struct span i = take_ident(&s), in = take_ident(&s), e = trim(s);

	if (i.n == 0 || !span_eqz(in, "in"))
		refuse("{{for i in count}} expected");
	need_expr(e, "for");
	push('f');
	statement();
	buf_printf(&c, "\tfor (size_t %.*s = 0, %.*s_n = (size_t)(%.*s); %.*s < %.*s_n; %.*s++) {\n",
		   (int)i.n, i.p, (int)i.n, i.p, (int)e.n, e.p, (int)i.n, i.p, (int)i.n, i.p,
		   (int)i.n, i.p);
}

static void close_branch(struct block *b)
{
	assert(b >= block && b < block + MAX_DEPTH);
	html_settle(&h);
	if (!b->has_merged)
		b->merged = h;
	else if (!html_merge(&b->merged, &h))
		refuse("the branches of {{if}} at line %u end in different places of the page",
		       b->line);
	b->has_merged = true;
}

static void put_else(struct span s)
{
	struct block *b = depth > 0 ? &block[depth - 1] : NULL;

	if (b == NULL || b->kind != 'i' || b->has_else)
		refuse("{{else}} without {{if}}");
	flush_pending();
	close_branch(b);
	h = b->start;
	statement();
	if (s.n == 0) {
		b->has_else = true;
		buf_addz(&c, "\t} else {\n");
		return;
	}
	if (!span_starts(s, SPAN("if ")))
		refuse("{{else}} or {{else if condition}} expected");
	s = trim(span_mk(s.p + 3, s.n - 3));
	need_expr(s, "else if");
	buf_printf(&c, "\t} else if (%.*s) {\n", (int)s.n, s.p);
}

static void put_end_block(void)
{
	struct block *b;

	if (depth == 0)
		refuse("{{end}} without {{if}} or {{for}}");
	b = &block[--depth];
	assert(b->kind == 'i' || b->kind == 'f');
	flush_pending();
	close_branch(b);
	if (b->kind == 'f' && !html_same(&b->merged, &b->start))
		refuse("{{for}} at line %u ends in another place of the page than it began",
		       b->line);
	if (b->kind == 'i' && !b->has_else && !html_merge(&b->merged, &b->start))
		refuse("{{if}} at line %u ends in another place of the page than it began",
		       b->line);
	assert(b->has_merged);
	h = b->merged;
	statement();
	buf_addz(&c, "\t}\n");
}

static void put_view(struct span s, bool shared)
{
	struct span name = take_ident(&s), word = take_ident(&s), model = { "", 0 };

	if (in_view)
		refuse("{{view}} inside a view (line %u)", view_line);
	if (name.n == 0)
		refuse("{{view NAME struct MODEL}} expected");
	if (span_eqz(word, "struct")) {
		model = take_ident(&s);
		word = take_ident(&s);
		if (model.n == 0)
			refuse("{{view NAME struct MODEL}} expected");
	}
	h = (struct html){ .s = S_TEXT, .half = span_eqz(word, "open") };
	if ((word.n > 0 && !h.half) || trim(s).n > 0)
		refuse("{{view NAME struct MODEL}} expected");
	assert(depth == 0 && lit.len == 0);
	in_view = fresh = true;
	view_line = line;
	pending = 0;
	buf_printf(&c, "\n%svoid view_%.*s(struct out *o%s%.*s%s)\n{\n",
		   shared ? "" : "__attribute__((unused))\nstatic ", (int)name.n, name.p,
		   model.n > 0 ? ", const struct " : "", (int)model.n, model.p,
		   model.n > 0 ? " *m" : "");
	if (model.n > 0)
		buf_addz(&c, "\t(void)m;\n");
}

static void put_end_view(void)
{
	if (!in_view)
		refuse("{{end view}} without {{view}}");
	if (depth > 0)
		refuse("the block of line %u is not closed", block[depth - 1].line);
	if (h.s != S_TEXT || h.raw || h.keep)
		refuse("the view of line %u ends inside a tag", view_line);
	if (!h.half && h.n_open > 0)
		refuse("<%s> is not closed in the view of line %u", h.open[h.n_open - 1],
		       view_line);
	pending = 0;
	flush_lit();
	buf_addz(&c, "}\n");
	in_view = false;
}

static void put_let(struct span e)
{
	need_expr(e, "let");
	if (memchr(e.p, '=', e.n) == NULL)
		refuse("{{let type name = expression}} expected");
	statement();
	buf_printf(&c, "\t%.*s;\n", (int)e.n, e.p);
}

static void put_include(struct span s)
{
	if (in_view)
		refuse("{{include}} stands outside a view");
	if (s.n < 3 || s.p[0] != '"' || s.p[s.n - 1] != '"' || memchr(s.p, '\n', s.n) != NULL)
		refuse("{{include \"file.h\"}} expected");
	buf_printf(&c, "#include %.*s\n", (int)s.n, s.p);
}

/* Directives that write nothing: alone on a line, the line leaves no trace. */
static bool control(struct span word, struct span rest)
{
	if (span_eqz(word, "if"))
		put_if(rest);
	else if (span_eqz(word, "for"))
		put_for(rest);
	else if (span_eqz(word, "else"))
		put_else(rest);
	else if (span_eqz(word, "end") && rest.n == 0)
		put_end_block();
	else if (span_eqz(word, "let"))
		put_let(rest);
	else
		return false;
	return true;
}

static bool value(struct span word, struct span rest)
{
	if (span_eqz(word, "int"))
		put_number(rest, "out_int", "int");
	else if (span_eqz(word, "num"))
		put_number(rest, "out_num", "num");
	else if (span_eqz(word, "date"))
		put_date(rest, "out_date");
	else if (span_eqz(word, "day"))
		put_date(rest, "out_day");
	else if (span_eqz(word, "t"))
		put_t(rest);
	else if (span_eqz(word, "msg"))
		put_msg(rest);
	else if (span_eqz(word, "static"))
		put_static(rest);
	else if (span_eqz(word, "call"))
		put_call(rest);
	else
		return false;
	return true;
}

static void directive(struct span s, bool own_line)
{
	struct span rest = trim(s), word;

	if (rest.n >= 2 && rest.p[0] == '-' && rest.p[1] == '-') {
		if (rest.n < 4 || rest.p[rest.n - 1] != '-' || rest.p[rest.n - 2] != '-')
			refuse("a comment ends with --}}");
		swallow = own_line;
		return;
	}
	if (rest.n > 0 && rest.p[0] == '=') {
		if (!in_view)
			refuse("a value outside {{view}}");
		put_value(trim(span_mk(rest.p + 1, rest.n - 1)));
		return;
	}
	word = take_ident(&rest);
	rest = trim(rest);
	if (span_eqz(word, "include")) {
		put_include(rest);
	} else if (span_eqz(word, "view")) {
		put_view(rest, false);
	} else if (span_eqz(word, "export") && span_starts(rest, SPAN("view "))) {
		put_view(trim(span_mk(rest.p + 5, rest.n - 5)), true);
	} else if (span_eqz(word, "end") && span_eqz(rest, "view")) {
		put_end_view();
	} else if (!in_view) {
		refuse("{{%.*s}} outside {{view}}", (int)word.n, word.p);
	} else if (control(word, rest)) {
		swallow = own_line;
	} else if (!value(word, rest)) {
		refuse("unknown directive {{%.*s}}", (int)s.n, s.p);
	}
}

/* Where the directive that starts at p (after "{{") ends; counts no lines. */
static const char *directive_end(const char *p, const char *end)
{
	bool comment = end - p >= 2 && p[0] == '-' && p[1] == '-';
	char quote = 0;
	int deep = 0;

	for (; p + 1 < end; p++) {
		if (comment) {
			if (p[0] == '}' && p[1] == '}' && p[-1] == '-')
				return p;
		} else if (quote != 0) {
			if (*p == '\\')
				p++;
			else if (*p == quote)
				quote = 0;
		} else if (*p == '"' || *p == '\'') {
			quote = *p;
		} else if (*p == '{') {
			deep++;
		} else if (*p == '}' && deep > 0) {
			deep--;
		} else if (*p == '}' && p[1] == '}') {
			return p;
		}
	}
	refuse("{{ is not closed");
}

static void compile(const char *s, size_t n)
{
	const char *end = s + n, *p = s, *line_start = s;

	while (p < end) {
		const char *close;
		bool alone = true;

		if (p + 1 < end && p[0] == '{' && p[1] == '{') {
			close = directive_end(p + 2, end);
			for (const char *q = line_start; q < p; q++)
				alone = alone && is_blank(*q);
			for (const char *q = close + 2; alone && q < end && *q != '\n'; q++)
				alone = is_blank(*q);
			assert(close >= p + 2 && close + 2 <= end);
			after = close + 2 < end ? close[2] : '\0';
			directive(span_mk(p + 2, (size_t)(close - p - 2)), alone);
			for (; p < close + 2; p++)
				line += *p == '\n';
			continue;
		}
		literal(*p);
		if (*p++ == '\n') {
			line++;
			line_start = p;
		}
	}
	if (in_view)
		refuse("the view of line %u has no {{end view}}", view_line);
}

int main(int argc, char **argv)
{
	size_t n;
	char *text;
	FILE *f;

	if (argc != 3) {
		fprintf(stderr, "usage: tplc IN.html OUT.h\n");
		return 2;
	}
	in_path = argv[1];
	text = slurp(in_path, &n);
	if (text == NULL)
		refuse("cannot be read whole");
	if (!utf8_valid(span_mk(text, n)) || memchr(text, '\0', n) != NULL)
		refuse("not UTF-8");
	buf_printf(&c, "/* Made by gateway/tools/tplc from %s; do not edit. */\n"
		   "#include \"gw/view.h\"\n", in_path);
	compile(text, n);
	free(text);
	assert(!in_view && depth == 0 && lit.len == 0);
	f = fopen(argv[2], "wb");
	if (c.err != E_OK || f == NULL || fwrite(c.p, 1, c.len, f) != c.len || fclose(f) != 0) {
		fprintf(stderr, "tplc: %s cannot be written\n", argv[2]);
		return 1;
	}
	buf_release(&c);
	buf_release(&lit);
	return 0;
}
