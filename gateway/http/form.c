/*
 * From pairs to typed values by the route's table. A wrong value keeps what was
 * typed, cleaned so far that a page can show it again.
 */
#include "gw/form.h"

#include "base/day.h"
#include "base/magic.h"
#include "parse.h"

#define YEAR_MIN 1900
#define YEAR_MAX 2199

void form_mark(struct form *f, unsigned field, enum form_error e)
{
	assert(f->def != NULL && field < f->def->n && field < FORM_MAX);
	assert(e != FORM_OK);
	if (f->v[field].error == FORM_OK)
		f->bad++;
	f->v[field].error = e;
}

/* Space at the edge of what people type or paste: ASCII, no-break, ideographic. */
static size_t space_len(const char *p, size_t n)
{
	if (n >= 1 && (*p == ' ' || *p == '\t' || *p == '\n' || *p == '\r'))
		return 1;
	if (n >= 2 && memcmp(p, "\xc2\xa0", 2) == 0)
		return 2;
	if (n >= 3 && memcmp(p, "\xe3\x80\x80", 3) == 0)
		return 3;
	return 0;
}

static struct span trim(struct span s)
{
	size_t k;

	while ((k = space_len(s.p, s.n)) > 0) {
		s.p += k;
		s.n -= k;
	}
	for (;;) {
		if (s.n >= 1 && space_len(s.p + s.n - 1, 1) == 1)
			s.n -= 1;
		else if (s.n >= 2 && space_len(s.p + s.n - 2, 2) == 2)
			s.n -= 2;
		else if (s.n >= 3 && space_len(s.p + s.n - 3, 3) == 3)
			s.n -= 3;
		else
			return s;
	}
}

/*
 * Copies text in one spelling: CRLF and CR become LF. A control character (C0,
 * DEL, C1, U+2028, U+2029; a line's end in a one-line field) becomes a space and
 * is reported: names and subjects travel on into mail headers and calendars.
 */
static char *clean(struct arena *a, struct span s, bool lines, bool *control_out)
{
	char *d = arena_alloc(a, s.n + 1);
	size_t o = 0, k;

	*control_out = false;
	if (d == NULL)
		return NULL;
	for (size_t i = 0; i < s.n; i += k) {
		const unsigned char *p = (const unsigned char *)s.p + i;
		bool bad;

		k = utf8_len(p, s.n - i);
		assert(k > 0);
		if (lines && *p == '\r') {
			d[o++] = '\n';
			if (s.n - i > 1 && p[1] == '\n')
				k = 2;
			continue;
		}
		bad = (*p < 0x20 && !(lines && (*p == '\n' || *p == '\t'))) || *p == 0x7f ||
		      (k == 2 && p[0] == 0xc2 && p[1] < 0xa0) ||
		      (k == 3 && p[0] == 0xe2 && p[1] == 0x80 && (p[2] == 0xa8 || p[2] == 0xa9));
		if (bad) {
			*control_out = true;
			d[o++] = ' ';
			continue;
		}
		memcpy(d + o, p, k);
		o += k;
	}
	d[o] = '\0';
	return d;
}

static enum form_error read_text(const struct field *f, struct form_val *v)
{
	int64_t n = (int64_t)utf8_count(span_of(v->text));

	if (n > f->max)
		return FORM_TOO_LONG;
	return n < f->min ? FORM_TOO_SHORT : FORM_OK;
}

static enum form_error read_int(const struct field *f, struct form_val *v)
{
	struct span s = span_of(v->text);
	bool neg = s.n > 0 && s.p[0] == '-';
	size_t i = neg ? 1 : 0;

	/* A number field of a browser sends "05" as it was typed. */
	while (s.n - i > 1 && s.p[i] == '0')
		i++;
	if (!span_int64(span_mk(s.p + i, s.n - i), &v->num) || v->num < 0) {
		v->num = 0;
		return FORM_NOT_A_NUMBER;
	}
	if (neg)
		v->num = -v->num;
	return v->num < f->min || v->num > f->max ? FORM_OUT_OF_RANGE : FORM_OK;
}

static enum form_error read_id(struct form_val *v)
{
	if (!span_int64(span_of(v->text), &v->num) || v->num <= 0) {
		v->num = 0;
		return FORM_NOT_A_NUMBER;
	}
	return FORM_OK;
}

static enum form_error read_choice(const struct field *f, struct form_val *v)
{
	for (unsigned i = 0; f->choices[i] != NULL; i++) {
		if (str_eq(f->choices[i], v->text)) {
			v->num = i;
			return FORM_OK;
		}
	}
	return FORM_NOT_A_CHOICE;
}

static enum form_error read_date(struct form_val *v)
{
	int64_t day = day_read(span_of(v->text)), year;

	if (day == DAY_NONE)
		return FORM_NOT_A_DATE;
	year = day_date(day).year;
	if (year < YEAR_MIN || year > YEAR_MAX)
		return FORM_NOT_A_DATE;
	v->num = day;
	return FORM_OK;
}

static enum form_error read_time(struct form_val *v)
{
	const char *t = v->text;
	int h, m;

	if (strlen(t) != 5 || t[2] != ':')
		return FORM_NOT_A_TIME;
	h = day_digits(t, 2);
	m = day_digits(t + 3, 2);
	if (h < 0 || h > 23 || m < 0 || m > 59)
		return FORM_NOT_A_TIME;
	v->num = h * 60 + m;
	return FORM_OK;
}

static enum form_error read_check(struct form_val *v)
{
	v->num = 1;
	return str_eq(v->text, "1") ? FORM_OK : FORM_NOT_A_CHOICE;
}

static enum form_error read_typed(const struct field *f, struct form_val *v)
{
	switch (f->type) {
	case F_TEXT:
	case F_LINE:
		return read_text(f, v);
	case F_INT:
		return read_int(f, v);
	case F_ID:
		return read_id(v);
	case F_CHOICE:
		return read_choice(f, v);
	case F_DATE:
		return read_date(v);
	case F_TIME:
		return read_time(v);
	case F_CHECK:
		return read_check(v);
	}
	WRONG("a field of no type");
}

/* One field; false: no memory. */
static bool read_field(struct arena *a, const struct field *f, const struct pair *p,
		       struct form *out, unsigned i)
{
	struct form_val *v = &out->v[i];
	enum form_error e = FORM_OK;
	bool control = false;

	*v = (struct form_val){ .text = "" };
	if (p != NULL && !utf8_valid(p->value)) {
		v->present = true;
		form_mark(out, i, FORM_BAD_TEXT);
		return true;
	}
	if (p != NULL) {
		char *t = clean(a, trim(p->value), f->type == F_TEXT, &control);

		if (t == NULL)
			return false;
		v->text = t;
	}
	v->present = v->text[0] != '\0';
	if (control)
		e = FORM_BAD_TEXT;
	else if (v->present)
		e = read_typed(f, v);
	else if (f->required)
		e = FORM_MISSING;
	if (e != FORM_OK)
		form_mark(out, i, e);
	return true;
}

static bool known(const struct form_def *def, struct span name, const char *also)
{
	if (also != NULL && span_eqz(name, also))
		return true;
	for (unsigned i = 0; def != NULL && i < def->n; i++)
		if (span_eqz(name, def->field[i].name))
			return true;
	return false;
}

enum err form_read(struct arena *a, const struct form_def *def, const struct pairs *p,
		   const char *also, struct form *out)
{
	assert(def == NULL || def->n <= FORM_MAX);
	out->def = def;
	out->bad = 0;
	for (unsigned i = 0; i < p->n; i++)
		if (!known(def, p->v[i].name, also))
			return E_INPUT;
	for (unsigned i = 0; def != NULL && i < def->n; i++)
		if (!read_field(a, &def->field[i], pairs_find(p, def->field[i].name), out, i))
			return E_NOMEM;
	return E_OK;
}
