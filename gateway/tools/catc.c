/*
 * Catalogue compiler: catc OUT.h OUT.c CATDIR
 *
 * Reads CATDIR/LANG/AREA.cat for every language and writes enum msg, the checks
 * of message arguments that compiled templates use, and one table of texts a
 * language. Fails, naming file and line, on anything a reader would later see as
 * a hole: a key missing or unknown in a language, other arguments than the
 * source language has, a plural form the language needs, bytes that are not UTF-8.
 *
 * A text is stored as plain UTF-8 with two marks (gateway/i18n/msg.c reads them):
 *   \1 NAME                     the argument NAME (position in msg_arg_name, + 1)
 *   \2 NAME CASES { CATEGORY LEN_HI LEN_LO text } ...       lengths as 0x80 | 7 bits
 * Neither holds a NUL, so a text without arguments is a C string as it stands.
 *
 * docs/templates.md describes the language of the catalogues.
 */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/magic.h"
#include "base/str.h"
#include "text.h"

#define SOURCE "en"
#define MAX_LANG 32
#define MAX_MSG 8000
#define MAX_NAME 250
#define MAX_ARG 8
#define MAX_ERRORS 30

/* In the order of gateway/i18n/msg.c. */
static const char *const category[] = { "zero", "one", "two", "few", "many", "other" };
#define N_CATEGORY (sizeof(category) / sizeof(category[0]))

/*
 * The forms whole numbers need (CLDR 42 plural rules, the ICU 72 of Debian 12).
 * A form in brackets stands for rare numbers (a million in Spanish) and may be
 * left out: `other` then serves.
 */
static const struct rule {
	const char *lang, *forms;
} rules[] = {
	{ "am", "one other" }, { "ar", "zero one two few many other" },
	{ "bg", "one other" }, { "ca", "one (many) other" },
	{ "cs", "one few other" }, { "cy", "zero one two few many other" },
	{ "da", "one other" }, { "de", "one other" }, { "el", "one other" },
	{ "en", "one other" }, { "es", "one (many) other" }, { "fa", "one other" },
	{ "fr", "one (many) other" }, { "ga", "one two few many other" },
	{ "he", "one two other" }, { "hi", "one other" }, { "hr", "one few other" },
	{ "hu", "one other" }, { "is", "one other" }, { "it", "one (many) other" },
	{ "ja", "other" }, { "ko", "other" }, { "lt", "one few other" },
	{ "lv", "zero one other" }, { "nb", "one other" }, { "nl", "one other" },
	{ "pl", "one few many other" }, { "ps", "one other" },
	{ "pt", "one (many) other" }, { "ro", "one few other" },
	{ "ru", "one few many other" }, { "sk", "one few other" },
	{ "sl", "one two few other" }, { "so", "one other" }, { "sq", "one other" },
	{ "sv", "one other" }, { "sw", "one other" }, { "th", "other" },
	{ "ti", "one other" }, { "tr", "one other" }, { "uk", "one few many other" },
	{ "ur", "one other" }, { "vi", "other" }, { "zh", "other" },
};

struct arg {
	unsigned name;		/* position in names[] */
	bool number;		/* stands in a plural */
};

struct text {
	const char *bytes;	/* encoded; NULL: missing */
	const char *file;
	unsigned line;
	struct arg arg[MAX_ARG];
	unsigned n_arg;
};

struct msg {
	const char *key, *id;
	struct text *in[MAX_LANG];
};

struct place {
	const char *file;
	unsigned line;
};

static struct arena mem;
static struct msg *msgs;
static unsigned n_msg, n_lang, n_name, errors;
static const char *lang[MAX_LANG];
static const char *names[MAX_NAME];

__attribute__((format(printf, 2, 3)))
static void complain(struct place at, const char *fmt, ...)
{
	va_list ap;

	fprintf(stderr, "%s:%u: ", at.file, at.line);
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fputc('\n', stderr);
	if (++errors >= MAX_ERRORS)
		exit(1);
}

__attribute__((noreturn))
static void die(const char *what, const char *which)
{
	fprintf(stderr, "catc: %s: %s\n", which, what);
	exit(1);
}

static void *need(void *p)
{
	if (p == NULL)
		die("out of memory", "catalogues");
	return p;
}

/* ---- one text ------------------------------------------------------------- */

struct reader {
	const char *p;
	struct place at;
	struct text *t;
	const char *forms;	/* the language's plural forms */
	struct buf out;
	bool in_plural;
};

static bool name_char(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
}

static unsigned intern(struct place at, const char *s, size_t n)
{
	assert(n > 0 && n_name <= MAX_NAME);
	for (unsigned i = 0; i < n_name; i++)
		if (span_eq(span_of(names[i]), span_mk(s, n)))
			return i;
	if (n_name == MAX_NAME) {
		complain(at, "more than %d argument names", MAX_NAME);
		return 0;
	}
	names[n_name] = need(arena_strndup(&mem, s, n));
	return n_name++;
}

static unsigned text_arg(struct reader *r, unsigned name, bool number)
{
	struct text *t = r->t;

	assert(name < n_name && t->n_arg <= MAX_ARG);
	for (unsigned i = 0; i < t->n_arg; i++) {
		if (t->arg[i].name == name) {
			t->arg[i].number |= number;
			return name;
		}
	}
	if (t->n_arg == MAX_ARG) {
		complain(r->at, "more than %d arguments", MAX_ARG);
		return name;
	}
	t->arg[t->n_arg++] = (struct arg){ name, number };
	return name;
}

static void skip_blank(struct reader *r)
{
	while (*r->p == ' ')
		r->p++;
}

static struct span word(struct reader *r)
{
	const char *start = r->p;

	while (name_char(*r->p))
		r->p++;
	return span_mk(start, (size_t)(r->p - start));
}

static bool read_run(struct reader *r, char end);

/* Which plural forms a language has: 2 needed, 1 allowed, 0 unknown to it. */
static int form_use(const char *forms, const char *cat)
{
	size_t n = strlen(cat);

	for (const char *p = forms; (p = strstr(p, cat)) != NULL; p += n) {
		bool open = p > forms && p[-1] == '(';

		if ((p == forms || p[-1] == ' ' || open) &&
		    (p[n] == '\0' || p[n] == ' ' || p[n] == ')'))
			return open ? 1 : 2;
	}
	return 0;
}

static bool read_case(struct reader *r, unsigned *seen)
{
	struct span w = word(r);
	struct buf outer;
	unsigned c = 0;
	bool ok;

	while (c < N_CATEGORY && !span_eqz(w, category[c]))
		c++;
	if (c == N_CATEGORY || form_use(r->forms, category[c]) == 0) {
		complain(r->at, "'%.*s' is not a plural form of this language", (int)w.n, w.p);
		return false;
	}
	if ((*seen & 1u << c) != 0) {
		complain(r->at, "plural form '%s' stands twice", category[c]);
		return false;
	}
	*seen |= 1u << c;
	skip_blank(r);
	if (*r->p++ != '{') {
		complain(r->at, "'{' expected after plural form '%s'", category[c]);
		return false;
	}
	outer = r->out;
	r->out = BUF_INIT(16000);
	ok = read_run(r, '}');
	/* Fourteen bits hold its length. */
	assert(r->out.len < 1u << 14);
	buf_addc(&outer, (char)(c + 1));
	buf_addc(&outer, (char)(0x80 | r->out.len >> 7));
	buf_addc(&outer, (char)(0x80 | (r->out.len & 0x7f)));
	buf_add(&outer, r->out.p, r->out.len);
	buf_release(&r->out);
	r->out = outer;
	return ok;
}

static bool read_plural(struct reader *r, unsigned name)
{
	unsigned seen = 0, count = 0;
	size_t count_at;

	if (r->in_plural) {
		complain(r->at, "a plural inside a plural: make it two messages");
		return false;
	}
	assert(name < n_name);
	r->in_plural = true;
	buf_addc(&r->out, '\2');
	buf_addc(&r->out, (char)(name + 1));
	count_at = r->out.len;
	buf_addc(&r->out, '\0');
	for (skip_blank(r); *r->p != '}'; skip_blank(r)) {
		if (*r->p == '\0') {
			complain(r->at, "the plural of '%s' is not closed", names[name]);
			return false;
		}
		if (!read_case(r, &seen))
			return false;
		count++;
	}
	r->p++;
	r->in_plural = false;
	for (unsigned c = 0; c < N_CATEGORY; c++) {
		if (form_use(r->forms, category[c]) == 2 && (seen & 1u << c) == 0) {
			complain(r->at, "plural form '%s' is missing", category[c]);
			return false;
		}
	}
	assert(count <= N_CATEGORY && count_at <= r->out.len);
	r->out.p[count_at] = (char)count;
	return true;
}

static bool read_arg(struct reader *r)
{
	struct span w;
	unsigned name;

	skip_blank(r);
	w = word(r);
	skip_blank(r);
	if (w.n == 0) {
		complain(r->at, "an argument needs a name: {who}; a brace itself is \\{");
		return false;
	}
	name = intern(r->at, w.p, w.n);
	if (*r->p == '}') {
		r->p++;
		buf_addc(&r->out, '\1');
		buf_addc(&r->out, (char)(text_arg(r, name, false) + 1));
		return true;
	}
	if (!str_starts(r->p, ", plural, ")) {
		complain(r->at, "'}' or ', plural, ' expected after {%s", names[name]);
		return false;
	}
	r->p += strlen(", plural, ");
	return read_plural(r, text_arg(r, name, true));
}

static bool read_run(struct reader *r, char end)
{
	for (; *r->p != end; r->p++) {
		switch (*r->p) {
		case '\0':
			complain(r->at, "'}' is missing");
			return false;
		case '{':
			r->p++;
			if (!read_arg(r))
				return false;
			r->p--;
			break;
		case '}':
			complain(r->at, "'}' without '{'");
			return false;
		case '\\':
			r->p++;
			if (*r->p == '\0' || strchr("n{}\\", *r->p) == NULL) {
				complain(r->at, "only \\n \\{ \\} \\\\ may follow a backslash");
				return false;
			}
			buf_addc(&r->out, *r->p == 'n' ? '\n' : *r->p);
			break;
		default:
			if ((unsigned char)*r->p < 0x20) {
				complain(r->at, "a control character in the text");
				return false;
			}
			buf_addc(&r->out, *r->p);
		}
	}
	if (end != '\0')
		r->p++;
	return true;
}

static void encode(struct text *t, const char *raw, const char *forms)
{
	struct reader r = {
		.p = raw, .at = { t->file, t->line }, .t = t, .forms = forms,
		.out = BUF_INIT(16000),
	};
	char *bytes;

	assert(t->bytes == NULL && forms != NULL);
	if (*raw == '\0')
		complain(r.at, "the text is empty");
	else if (read_run(&r, '\0') && r.out.err != E_OK)
		complain(r.at, "the text is too long");
	bytes = need(buf_take(&r.out, NULL));
	t->bytes = need(arena_strdup(&mem, bytes));
	free(bytes);
}

/* ---- files ---------------------------------------------------------------- */

static bool key_ok(struct span k)
{
	if (k.n == 0 || k.n > 80 || k.p[0] < 'a' || k.p[0] > 'z' || k.p[k.n - 1] == '.')
		return false;
	for (size_t i = 0; i < k.n; i++)
		if (!name_char(k.p[i]) && k.p[i] != '.' && k.p[i] != '-')
			return false;
	return true;
}

static struct msg *msg_find(struct span key)
{
	for (unsigned i = 0; i < n_msg; i++)
		if (span_eqz(key, msgs[i].key))
			return &msgs[i];
	return NULL;
}

static struct msg *msg_new(struct place at, struct span key)
{
	struct msg *m;
	char *id = need(arena_strndup(&mem, key.p, key.n));

	if (n_msg == MAX_MSG)
		die("too many messages", at.file);
	for (char *c = id; *c != '\0'; c++)
		if (*c == '.' || *c == '-')
			*c = '_';
	for (unsigned i = 0; i < n_msg; i++)
		if (str_eq(msgs[i].id, id))
			complain(at, "key '%.*s' becomes MSG_%s, as '%s' does", (int)key.n,
				 key.p, id, msgs[i].key);
	assert(n_msg < MAX_MSG);
	m = &msgs[n_msg++];
	m->key = need(arena_strndup(&mem, key.p, key.n));
	m->id = id;
	return m;
}

static const char *forms_of(const char *tag)
{
	size_t n = strcspn(tag, "-");

	for (size_t i = 0; i < sizeof(rules) / sizeof(rules[0]); i++)
		if (span_eq(span_of(rules[i].lang), span_mk(tag, n)))
			return rules[i].forms;
	die("no plural rules for this language; add a row to rules[] in catc.c", tag);
}

/* One `key = text`, continuation lines already joined. */
static void entry(unsigned l, struct place at, struct span key, const char *raw, bool noted)
{
	struct text *t = need(arena_new(&mem, struct text));
	struct msg *m;

	assert(l < n_lang);
	if (!key_ok(key)) {
		complain(at, "'%.*s' is not a key: [a-z][a-z0-9._-]*", (int)key.n, key.p);
		return;
	}
	m = msg_find(key);
	if (m == NULL && l != 0) {
		complain(at, "key '%.*s' does not exist in " SOURCE, (int)key.n, key.p);
		return;
	}
	if (m == NULL)
		m = msg_new(at, key);
	if (m->in[l] != NULL) {
		complain(at, "key '%s' stands already at %s:%u", m->key, m->in[l]->file,
			 m->in[l]->line);
		return;
	}
	if (l == 0 && !noted)
		complain(at, "key '%s' has no note for translators above it", m->key);
	*t = (struct text){ .file = at.file, .line = at.line };
	m->in[l] = t;
	encode(t, raw, forms_of(lang[l]));
}

static char *read_all(const char *path, size_t *n_out)
{
	char *s = slurp(path, n_out);

	if (s == NULL)
		die("cannot be read whole", path);
	return s;
}

static struct span trim(struct span s)
{
	while (s.n > 0 && (s.p[0] == ' ' || s.p[0] == '\t'))
		s = span_mk(s.p + 1, s.n - 1);
	while (s.n > 0 && (s.p[s.n - 1] == ' ' || s.p[s.n - 1] == '\t'))
		s.n--;
	return s;
}

struct pending {
	struct place at;
	struct span key;
	struct buf text;
	bool some, noted;
};

static void flush_entry(unsigned l, struct pending *p)
{
	if (p->some)
		entry(l, p->at, p->key, p->text.p, p->noted);
	buf_reset(&p->text);
	p->some = false;
}

static void one_line(unsigned l, struct pending *p, struct place at, struct span s, bool *note)
{
	struct span body = trim(s);
	const char *eq;

	assert(at.line > 0 && l < n_lang);
	if (s.n > 0 && s.p[0] == '\t' && body.n > 0) {
		if (!p->some) {
			complain(at, "a line that starts with a tab continues nothing");
			return;
		}
		buf_addc(&p->text, ' ');
		buf_add(&p->text, body.p, body.n);
		return;
	}
	flush_entry(l, p);
	if (body.n == 0 || body.p[0] == '#') {
		*note = body.n > 1;
		return;
	}
	eq = memchr(s.p, '=', s.n);
	if (eq == NULL) {
		complain(at, "'key = text' expected");
		return;
	}
	body = trim(span_mk(eq + 1, s.n - (size_t)(eq + 1 - s.p)));
	*p = (struct pending){
		.at = at, .some = true, .noted = *note, .text = p->text,
		.key = trim(span_mk(s.p, (size_t)(eq - s.p))),
	};
	buf_add(&p->text, body.p, body.n);
	*note = false;
}

static void read_file(unsigned l, const char *path)
{
	struct pending p = { .text = BUF_INIT(16000) };
	struct place at = { need(arena_strdup(&mem, path)), 0 };
	bool note = false;
	size_t n;
	char *all = read_all(path, &n), *s = all, *end;

	for (; s < all + n; s = end + 1) {
		end = memchr(s, '\n', (size_t)(all + n - s));
		if (end == NULL)
			end = all + n;
		at.line++;
		if (!utf8_valid(span_mk(s, (size_t)(end - s))) ||
		    memchr(s, '\0', (size_t)(end - s)) != NULL) {
			complain(at, "not UTF-8");
			continue;
		}
		one_line(l, &p, at, span_mk(s, (size_t)(end - s)), &note);
	}
	flush_entry(l, &p);
	buf_release(&p.text);
	free(all);
}

static int visible(const struct dirent *d)
{
	return d->d_name[0] != '.';
}

static void read_lang(unsigned l, const char *dir)
{
	struct dirent **d;
	char *path = need(arena_printf(&mem, "%s/%s", dir, lang[l]));
	int n = scandir(path, &d, visible, alphasort);

	if (n < 0)
		die("cannot be listed", path);
	for (int i = 0; i < n; i++) {
		size_t len = strlen(d[i]->d_name);

		if (len > 4 && str_eq(d[i]->d_name + len - 4, ".cat"))
			read_file(l, need(arena_printf(&mem, "%s/%s", path, d[i]->d_name)));
		free(d[i]);
	}
	free(d);
}

static void find_langs(const char *dir)
{
	struct dirent **d;
	int n = scandir(dir, &d, visible, alphasort);

	if (n < 0)
		die("cannot be listed", dir);
	lang[n_lang++] = SOURCE;
	for (int i = 0; i < n; i++) {
		if (!str_eq(d[i]->d_name, SOURCE) && n_lang < MAX_LANG)
			lang[n_lang++] = need(arena_strdup(&mem, d[i]->d_name));
		free(d[i]);
	}
	free(d);
}

/* ---- checks between languages --------------------------------------------- */

static bool has_arg(const struct text *t, unsigned name)
{
	for (unsigned i = 0; i < t->n_arg; i++)
		if (t->arg[i].name == name)
			return true;
	return false;
}

/* "done." words are shown by an address (?ok=), which carries no arguments. */
static void check_source(const struct msg *m)
{
	const struct text *t = m->in[0];
	struct place at;

	if (t == NULL || t->n_arg == 0 || !str_starts(m->key, "done."))
		return;
	at = (struct place){ t->file, t->line };
	complain(at, "'%s' takes an argument; words of \"done.\" take none", m->key);
}

static void compare(const struct msg *m, unsigned l)
{
	struct text *src = m->in[0], *t = m->in[l];
	struct place at;

	assert(l > 0 && l < n_lang && src != NULL);
	if (t == NULL) {
		at = (struct place){ src->file, src->line };
		complain(at, "key '%s' is missing in %s", m->key, lang[l]);
		return;
	}
	at = (struct place){ t->file, t->line };
	for (unsigned i = 0; i < t->n_arg; i++)
		if (!has_arg(src, t->arg[i].name))
			complain(at, "{%s} is not an argument of '%s' in " SOURCE,
				 names[t->arg[i].name], m->key);
	for (unsigned i = 0; i < src->n_arg; i++)
		if (!has_arg(t, src->arg[i].name))
			complain(at, "argument {%s} of '%s' is missing", names[src->arg[i].name],
				 m->key);
	/* A plural in any language makes the argument a number for all. */
	for (unsigned i = 0; i < src->n_arg; i++)
		for (unsigned k = 0; k < t->n_arg; k++)
			if (t->arg[k].name == src->arg[i].name)
				src->arg[i].number |= t->arg[k].number;
}

/* ---- output --------------------------------------------------------------- */

static void write_h(struct buf *o)
{
	assert(errors == 0 && n_lang > 0);
	buf_addz(o, "/* Made by gateway/tools/catc from gateway/i18n/cat; do not edit. */\n"
		    "#ifndef LINTEL_GEN_MSG_H\n#define LINTEL_GEN_MSG_H\n\n"
		    "#include <stdint.h>\n\nenum msg {\n\tMSG_NONE = 0,\n");
	for (unsigned i = 0; i < n_msg; i++)
		buf_printf(o, "\tMSG_%s,\n", msgs[i].id);
	buf_addz(o, "\tMSG_COUNT,\n};\n\n"
		    "/* How many arguments, and of each: 1 = a number, 0 = text or number. */\nenum {\n");
	for (unsigned i = 0; i < n_msg; i++) {
		const struct text *t = msgs[i].in[0];

		buf_printf(o, "\tMSGARGS_%s = %u,\n", msgs[i].id, t->n_arg);
		for (unsigned k = 0; k < t->n_arg; k++)
			buf_printf(o, "\tMSGARG_%s__%s = %d,\n", msgs[i].id,
				   names[t->arg[k].name], t->arg[k].number);
	}
	buf_printf(o, "};\n\n#define MSG_LANGS %u\n\n", n_lang);
	buf_addz(o, "struct msg_lang {\n\tconst char *tag;\n\tconst char *text;\n"
		    "\tconst uint32_t *at;\t/* by enum msg: where its text starts */\n};\n\n"
		    "extern const struct msg_lang msg_lang[MSG_LANGS];\t/* the source first */\n"
		    "extern const char *const msg_key[MSG_COUNT];\n"
		    "extern const char *const msg_arg_name[];\n"
		    "\n#endif\n");
}

static void write_lang(struct buf *o, unsigned l)
{
	size_t at = 1;

	buf_printf(o, "\nstatic const char text_%u[] =\n\t\"\\000\"\n", l);
	for (unsigned i = 0; i < n_msg; i++) {
		assert(msgs[i].in[l] != NULL && msgs[i].in[l]->bytes != NULL);
		buf_addc(o, '\t');
		c_string(o, msgs[i].in[l]->bytes, strlen(msgs[i].in[l]->bytes));
		buf_addz(o, " \"\\000\"\n");
	}
	buf_printf(o, "\t;\n\nstatic const uint32_t at_%u[MSG_COUNT] = {\n\t[MSG_NONE] = 0,\n", l);
	for (unsigned i = 0; i < n_msg; i++) {
		buf_printf(o, "\t[MSG_%s] = %zu,\n", msgs[i].id, at);
		at += strlen(msgs[i].in[l]->bytes) + 1;
	}
	buf_addz(o, "};\n");
}

static void write_c(struct buf *o)
{
	buf_addz(o, "/* Made by gateway/tools/catc from gateway/i18n/cat; do not edit. */\n"
		    "#include \"gen/msg.h\"\n");
	for (unsigned l = 0; l < n_lang; l++)
		write_lang(o, l);
	buf_addz(o, "\nconst struct msg_lang msg_lang[MSG_LANGS] = {\n");
	for (unsigned l = 0; l < n_lang; l++)
		buf_printf(o, "\t{ \"%s\", text_%u, at_%u },\n", lang[l], l, l);
	buf_addz(o, "};\n\nconst char *const msg_key[MSG_COUNT] = {\n\t\"\",\n");
	for (unsigned i = 0; i < n_msg; i++)
		buf_printf(o, "\t\"%s\",\n", msgs[i].key);
	buf_addz(o, "};\n\nconst char *const msg_arg_name[] = {\n");
	for (unsigned i = 0; i < n_name; i++)
		buf_printf(o, "\t\"%s\",\n", names[i]);
	buf_addz(o, "\t0,\n};\n");
}

/* Leaves an unchanged file alone, so that a new text does not rebuild the house. */
static void save(const char *path, struct buf *o)
{
	FILE *f;
	size_t n = 0;
	char *old = NULL;

	if (o->err != E_OK)
		die("too large", path);
	f = fopen(path, "rb");
	if (f != NULL) {
		fclose(f);
		old = read_all(path, &n);
	}
	if (old == NULL || !span_eq(span_mk(old, n), span_mk(o->p, o->len))) {
		f = fopen(path, "wb");
		if (f == NULL || fwrite(o->p, 1, o->len, f) != o->len || fclose(f) != 0)
			die("cannot be written", path);
	}
	free(old);
	buf_release(o);
}

int main(int argc, char **argv)
{
	struct buf h = BUF_INIT(8u << 20), c = BUF_INIT(32u << 20);

	if (argc != 4) {
		fprintf(stderr, "usage: catc OUT.h OUT.c CATDIR\n");
		return 2;
	}
	arena_init(&mem, 256u << 20);
	msgs = need(arena_array(&mem, MAX_MSG, sizeof(*msgs)));
	find_langs(argv[3]);
	for (unsigned l = 0; l < n_lang; l++)
		read_lang(l, argv[3]);
	for (unsigned i = 0; i < n_msg; i++)
		check_source(&msgs[i]);
	for (unsigned i = 0; i < n_msg; i++)
		for (unsigned l = 1; l < n_lang; l++)
			compare(&msgs[i], l);
	if (errors > 0)
		return 1;
	write_h(&h);
	write_c(&c);
	/* The table of texts first: the header is what other files wait for. */
	save(argv[2], &c);
	save(argv[1], &h);
	arena_release(&mem);
	return 0;
}
