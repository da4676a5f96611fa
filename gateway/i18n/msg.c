/*
 * Reads the texts that gateway/tools/catc encoded. Their marks:
 *   \1 NAME                   an argument
 *   \2 NAME CASES { FORM LEN_HI LEN_LO text } ...     a plural
 */
#include <string.h>
#include <unicode/uchar.h>
#include <unicode/utf8.h>

#include "base/str.h"
#include "loc_private.h"

static const char *msg_raw(const struct loc *l, enum msg m)
{
	const struct msg_lang *lang;

	assert(l != NULL);
	assert(l->lang < MSG_LANGS);
	assert((unsigned)m < MSG_COUNT);
	lang = &msg_lang[l->lang];
	return lang->text + lang->at[m];
}

const char *loc_str(const struct loc *l, enum msg m)
{
	const char *s = msg_raw(l, m);

	/* A message with arguments needs loc_msg(): its marks are no text. */
	assert(strpbrk(s, "\1\2") == NULL);
	return s;
}

/* Does a text hold letters of the other direction than its surroundings? */
static bool turns(const struct loc *l, const char *s, int32_t n)
{
	for (int32_t i = 0; i < n;) {
		UChar32 c;
		UCharDirection d;

		U8_NEXT(s, i, n, c);
		d = c < 0 ? U_OTHER_NEUTRAL : u_charDirection(c);
		if (loc_rtl(l) ? d == U_LEFT_TO_RIGHT :
			     d == U_RIGHT_TO_LEFT || d == U_RIGHT_TO_LEFT_ARABIC)
			return true;
	}
	return false;
}

/* A name of another script stands in isolates (UAX 9 2.4), so it moves nothing. */
static void add_name(const struct loc *l, struct buf *out, const char *s)
{
	size_t n = strlen(s);

	if (n > INT32_MAX || !turns(l, s, (int32_t)n)) {
		buf_addz(out, s);
		return;
	}
	buf_addz(out, "\u2068");
	buf_add(out, s, n);
	buf_addz(out, "\u2069");
}

struct filling {
	const struct loc *l;
	struct buf *out;
	const struct msg_arg *arg;
	unsigned n;
};

static const struct msg_arg *find_arg(const struct filling *f, const char *name)
{
	for (unsigned i = 0; i < f->n; i++)
		if (str_eq(f->arg[i].name, name))
			return &f->arg[i];
	fprintf(stderr, "lintel: a message lacks its argument {%s}\n", name);
	WRONG("a message is drawn without an argument of its catalogue text");
}

static const char *arg_name(char code)
{
	unsigned at = (unsigned char)code;

	assert(at > 0);
	return msg_arg_name[at - 1];
}

static void fill_run(const struct filling *f, const char *p, const char *end);

/* p stands on the name; returns the first byte after the plural. */
static const char *fill_plural(const struct filling *f, const char *p)
{
	const struct msg_arg *a = find_arg(f, arg_name(*p++));
	unsigned cases = (unsigned char)*p++, want;
	const char *text = NULL;
	size_t text_n = 0;

	assert(a->text == NULL);
	want = loc_plural(f->l, a->num);
	for (; cases > 0; cases--) {
		unsigned form = (unsigned char)*p - 1u;
		size_t n = ((size_t)p[1] & 0x7f) << 7 | ((size_t)p[2] & 0x7f);

		assert(form < PLURAL_FORMS);
		p += 3;
		if (form == want || (form == PLURAL_FORMS - 1 && text == NULL)) {
			text = p;
			text_n = n;
		}
		p += n;
	}
	assert(text != NULL);
	fill_run(f, text, text + text_n);
	return p;
}

static void fill_run(const struct filling *f, const char *p, const char *end)
{
	while (p < end) {
		size_t n = 0;

		while (p + n < end && p[n] != '\1' && p[n] != '\2')
			n++;
		buf_add(f->out, p, n);
		p += n;
		if (p == end)
			break;
		if (*p == '\2') {
			p = fill_plural(f, p + 1);
		} else {
			const struct msg_arg *a = find_arg(f, arg_name(p[1]));

			if (a->text != NULL)
				add_name(f->l, f->out, a->text);
			else
				loc_number(f->l, a->num, f->out);
			p += 2;
		}
	}
}

void loc_msg(const struct loc *l, struct buf *out, enum msg m, const struct msg_arg *arg,
	     unsigned n)
{
	struct filling f = { l, out, arg, n };
	const char *s = msg_raw(l, m);

	fill_run(&f, s, s + strlen(s));
}
