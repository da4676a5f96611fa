/* The encoding of forms, and typed values: the table of gw/form.h row by row. */
#include "t.h"

#include "../../gateway/http/parse.h"

static struct arena a;
static struct pairs p;

static enum err add(const char *raw)
{
	return pairs_add(&a, span_of(raw), &p);
}

static enum err parse(const char *raw)
{
	if (a.magic == ARENA_MAGIC)
		arena_release(&a);
	arena_init(&a, 1 << 20);
	p = (struct pairs){ .n = 0 };
	return add(raw);
}

TEST(pairs_decode)
{
	CHECK_INT(parse("a=1&b=x+y%2Bz&c=&d=%C3%A9&e"), E_OK);
	CHECK_INT(p.n, 5);
	CHECK_STR(pairs_find(&p, "a")->value.p, "1");
	CHECK_STR(pairs_find(&p, "b")->value.p, "x y+z");
	CHECK_STR(pairs_find(&p, "c")->value.p, "");
	CHECK_STR(pairs_find(&p, "d")->value.p, "\xc3\xa9");
	CHECK_STR(pairs_find(&p, "e")->value.p, "");
	CHECK(pairs_find(&p, "f") == NULL);
	CHECK_INT(parse(""), E_OK);
	CHECK_INT(p.n, 0);
	CHECK_INT(parse("a=b=c"), E_OK);
	CHECK_STR(pairs_find(&p, "a")->value.p, "b=c");
}

TEST(pairs_refuse)
{
	static const char *const bad[] = {
		"a=1&a=2", "a=1&%61=2", "a=1&b=2&a=1", "=1", "&a=1", "a=1&", "a=1&&b=2", "a=%",
		"a=%4", "a=%zz", "a=%00", "%00=1", "a=b c", "a=\x01", "a=\x7f", "a=\xc3\xa9", "a=b\n",
		"%ff=1", "a%0a=1", "a=%4g", "+%",
	};

	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		if (!CHECK_INT(parse(bad[i]), E_INPUT))
			printf("#   %s\n", bad[i]);
	CHECK_INT(parse("a=1"), E_OK);
	CHECK_INT(add("b=1"), E_OK);
	CHECK_INT(add("a=2"), E_INPUT);
}

TEST(pairs_are_bounded)
{
	char raw[2000];
	size_t n = 0;

	for (int i = 0; i < PAIRS_MAX; i++)
		n += (size_t)snprintf(raw + n, sizeof(raw) - n, "%sn%d=1", i > 0 ? "&" : "", i);
	CHECK_INT(parse(raw), E_OK);
	CHECK_INT(p.n, PAIRS_MAX);
	snprintf(raw + n, sizeof(raw) - n, "&more=1");
	CHECK_INT(parse(raw), E_LIMIT);
	memset(raw, 'n', 129);
	raw[129] = '\0';
	CHECK_INT(parse(raw), E_INPUT);
}

static const char *const words[] = { "school", "home", NULL };
static const struct field one[] = { { .name = "v" } };
static struct field f;
static struct form form;

static const struct form_val *value(const char *encoded)
{
	static const struct form_def def = { &f, 1 };
	char raw[4000];

	f.name = one[0].name;
	snprintf(raw, sizeof(raw), "%s%s", encoded != NULL ? "v=" : "other=", encoded != NULL ?
		 encoded : "1");
	form = (struct form){ .bad = 99 };
	if (parse(raw) != E_OK || form_read(&a, &def, &p, "other", &form) != E_OK)
		return NULL;
	return &form.v[0];
}

#define TYPED(enc, want_text, want_num, want_error)                            \
	do {                                                                   \
		const struct form_val *v_ = value(enc);                        \
		NEED(v_ != NULL);                                              \
		CHECK_INT(v_->error, want_error);                              \
		CHECK_STR(v_->text, want_text);                                \
		CHECK_INT(v_->num, want_num);                                  \
		CHECK_INT(form.bad, (want_error) != FORM_OK);                  \
	} while (0)

TEST(lines)
{
	f = (struct field){ .type = F_LINE, .min = 2, .max = 4 };
	TYPED("abc", "abc", 0, FORM_OK);
	TYPED("++abc%09", "abc", 0, FORM_OK);
	TYPED("%C2%A0ab%E3%80%80", "ab", 0, FORM_OK);
	TYPED("%D8%A3%D9%87%D9%84%D8%A7", "\xd8\xa3\xd9\x87\xd9\x84\xd8\xa7", 0, FORM_OK);
	TYPED("a", "a", 0, FORM_TOO_SHORT);
	TYPED("abcde", "abcde", 0, FORM_TOO_LONG);
	TYPED("a%0Ab", "a b", 0, FORM_BAD_TEXT);
	TYPED("a%0D%0Ab", "a  b", 0, FORM_BAD_TEXT);
	TYPED("a%7Fb", "a b", 0, FORM_BAD_TEXT);
	TYPED("a%C2%85b", "a b", 0, FORM_BAD_TEXT);
	TYPED("a%E2%80%A8b", "a b", 0, FORM_BAD_TEXT);
	TYPED("a%FFb", "", 0, FORM_BAD_TEXT);
	TYPED("a%ED%A0%80", "", 0, FORM_BAD_TEXT);
	TYPED("", "", 0, FORM_OK);
	TYPED(NULL, "", 0, FORM_OK);
	f.required = true;
	TYPED("", "", 0, FORM_MISSING);
	TYPED("+++", "", 0, FORM_MISSING);
	TYPED(NULL, "", 0, FORM_MISSING);
	CHECK(!form.v[0].present);
}

TEST(texts)
{
	f = (struct field){ .type = F_TEXT, .max = 8 };
	TYPED("a%0D%0Ab%0Dc%0Ad", "a\nb\nc\nd", 0, FORM_OK);
	TYPED("%0D%0Aa%09b%0A", "a\tb", 0, FORM_OK);
	TYPED("a%1Bb", "a b", 0, FORM_BAD_TEXT);
	TYPED("123456789", "123456789", 0, FORM_TOO_LONG);
	TYPED("%F0%9F%98%80%F0%9F%98%80%F0%9F%98%80", "\xf0\x9f\x98\x80\xf0\x9f\x98\x80\xf0\x9f\x98\x80",
	      0, FORM_OK);
}

TEST(numbers_and_ids)
{
	f = (struct field){ .type = F_INT, .min = -5, .max = 20 };
	TYPED("7", "7", 7, FORM_OK);
	TYPED("+05+", "05", 5, FORM_OK);
	TYPED("-5", "-5", -5, FORM_OK);
	TYPED("0", "0", 0, FORM_OK);
	TYPED("21", "21", 21, FORM_OUT_OF_RANGE);
	TYPED("-6", "-6", -6, FORM_OUT_OF_RANGE);
	TYPED("x", "x", 0, FORM_NOT_A_NUMBER);
	TYPED("1.5", "1.5", 0, FORM_NOT_A_NUMBER);
	TYPED("%2B1", "+1", 0, FORM_NOT_A_NUMBER);
	TYPED("--1", "--1", 0, FORM_NOT_A_NUMBER);
	TYPED("-", "-", 0, FORM_NOT_A_NUMBER);
	TYPED("9223372036854775808", "9223372036854775808", 0, FORM_NOT_A_NUMBER);
	f = (struct field){ .type = F_ID };
	TYPED("9223372036854775807", "9223372036854775807", INT64_MAX, FORM_OK);
	TYPED("0", "0", 0, FORM_NOT_A_NUMBER);
	TYPED("-1", "-1", 0, FORM_NOT_A_NUMBER);
	TYPED("01", "01", 0, FORM_NOT_A_NUMBER);
	TYPED("9223372036854775808", "9223372036854775808", 0, FORM_NOT_A_NUMBER);
}

TEST(choices_and_checks)
{
	f = (struct field){ .type = F_CHOICE, .choices = words };
	TYPED("school", "school", 0, FORM_OK);
	TYPED("home", "home", 1, FORM_OK);
	TYPED("Home", "Home", 0, FORM_NOT_A_CHOICE);
	TYPED("1", "1", 0, FORM_NOT_A_CHOICE);
	f = (struct field){ .type = F_CHECK };
	TYPED(NULL, "", 0, FORM_OK);
	TYPED("1", "1", 1, FORM_OK);
	TYPED("on", "on", 1, FORM_NOT_A_CHOICE);
}

TEST(dates_and_times)
{
	f = (struct field){ .type = F_DATE };
	TYPED("1970-01-01", "1970-01-01", 0, FORM_OK);
	TYPED("2026-12-03", "2026-12-03", 20790, FORM_OK);
	TYPED("2000-02-29", "2000-02-29", 11016, FORM_OK);
	TYPED("1969-12-31", "1969-12-31", -1, FORM_OK);
	TYPED("1900-01-01", "1900-01-01", -25567, FORM_OK);
	TYPED("1900-02-29", "1900-02-29", 0, FORM_NOT_A_DATE);
	TYPED("2026-02-29", "2026-02-29", 0, FORM_NOT_A_DATE);
	TYPED("2026-04-31", "2026-04-31", 0, FORM_NOT_A_DATE);
	TYPED("2026-13-01", "2026-13-01", 0, FORM_NOT_A_DATE);
	TYPED("2026-00-10", "2026-00-10", 0, FORM_NOT_A_DATE);
	TYPED("2026-1-1", "2026-1-1", 0, FORM_NOT_A_DATE);
	TYPED("03.12.2026", "03.12.2026", 0, FORM_NOT_A_DATE);
	TYPED("9999-12-31", "9999-12-31", 0, FORM_NOT_A_DATE);
	f = (struct field){ .type = F_TIME };
	TYPED("16:20", "16:20", 980, FORM_OK);
	TYPED("00:00", "00:00", 0, FORM_OK);
	TYPED("24:00", "24:00", 0, FORM_NOT_A_TIME);
	TYPED("12:60", "12:60", 0, FORM_NOT_A_TIME);
	TYPED("4:20", "4:20", 0, FORM_NOT_A_TIME);
	TYPED("16:20:00", "16:20:00", 0, FORM_NOT_A_TIME);
}

TEST(forms_know_their_names)
{
	static const struct field two[] = {
		{ .name = "a", .type = F_INT, .required = true, .max = 9 },
		{ .name = "b", .type = F_LINE, .required = true, .max = 9 },
	};
	static const struct form_def def = { two, 2 };

	CHECK_INT(parse("b=x&csrf=1&a=2"), E_OK);
	CHECK_INT(form_read(&a, &def, &p, "csrf", &form), E_OK);
	CHECK_INT(form.v[0].num, 2);
	CHECK_STR(form.v[1].text, "x");
	CHECK_INT(form.bad, 0);
	CHECK_INT(form_read(&a, &def, &p, NULL, &form), E_INPUT);
	CHECK_INT(parse("a=2&c=1"), E_OK);
	CHECK_INT(form_read(&a, &def, &p, "csrf", &form), E_INPUT);
	CHECK_INT(parse("a=x"), E_OK);
	CHECK_INT(form_read(&a, &def, &p, "csrf", &form), E_OK);
	CHECK_INT(form.bad, 2);
	form_mark(&form, 0, FORM_CLASH);
	CHECK_INT(form.bad, 2);
	CHECK_INT(form.v[0].error, FORM_CLASH);
}

TEST(no_memory_is_no_answer)
{
	arena_release(&a);
	arena_init(&a, 64);
	p = (struct pairs){ .n = 0 };
	CHECK_INT(add("a=0123456789012345678901234567890123456789012345678901234567890123"), E_NOMEM);
}
