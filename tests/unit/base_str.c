#include "base/arena.h"
#include "base/buf.h"
#include "base/json.h"
#include "base/str.h"
#include "t.h"

TEST(int64_takes_the_whole_span_or_refuses)
{
	int64_t v = 7;

	CHECK(span_int64(SPAN("0"), &v) && v == 0);
	CHECK(span_int64(SPAN("-9223372036854775808"), &v) && v == INT64_MIN);
	CHECK(span_int64(SPAN("9223372036854775807"), &v) && v == INT64_MAX);
	CHECK(!span_int64(SPAN("9223372036854775808"), &v));
	CHECK(!span_int64(SPAN(""), &v));
	CHECK(!span_int64(SPAN("-"), &v));
	CHECK(!span_int64(SPAN("+1"), &v));
	CHECK(!span_int64(SPAN("01"), &v));
	CHECK(!span_int64(SPAN("1 "), &v));
	CHECK(!span_int64(SPAN("1\0"), &v));
}

TEST(utf8_refuses_what_rfc_3629_refuses)
{
	CHECK(utf8_valid(SPAN("Łukasz 𠮷 لينا")));
	CHECK(!utf8_valid(SPAN("\xc0\xaf")));		/* overlong slash */
	CHECK(!utf8_valid(SPAN("\xe0\x80\xaf")));
	CHECK(!utf8_valid(SPAN("\xed\xa0\x80")));	/* surrogate */
	CHECK(!utf8_valid(SPAN("\xf4\x90\x80\x80")));	/* past U+10FFFF */
	CHECK(!utf8_valid(SPAN("\xf0\x80\x80\xaf")));
	CHECK(!utf8_valid(SPAN("a\xc3")));		/* cut */
	CHECK_INT(utf8_count(SPAN("é𠮷a")), 3);
}

TEST(arena_stays_under_its_cap_and_says_so)
{
	struct arena a;

	arena_init(&a, 1000);
	CHECK(arena_alloc(&a, 900) != NULL);
	CHECK(arena_alloc(&a, 200) == NULL && a.failed);
	CHECK(arena_array(&a, SIZE_MAX / 2, 3) == NULL);
	arena_clear(&a);
	CHECK_STR(arena_printf(&a, "%s-%d", "x", 5), "x-5");
	CHECK(!a.failed);
	arena_release(&a);
}

TEST(buf_error_is_sticky)
{
	struct buf b = BUF_INIT(8);

	buf_addz(&b, "12345678");
	CHECK(b.err == E_OK);
	buf_addc(&b, '9');
	CHECK(b.err == E_LIMIT && b.len == 8);
	buf_reset(&b);
	buf_addz(&b, "ok");
	CHECK_STR(b.p, "ok");
	buf_release(&b);
}

TEST(json_escapes_what_could_leave_the_string)
{
	struct buf b = BUF_INIT(1000);
	struct json j;

	json_init(&j, &b);
	json_open(&j, NULL, '{');
	json_str(&j, "a", "</script>&\"\\\n");
	json_str(&j, "none", NULL);
	json_open(&j, "list", '[');
	json_int(&j, NULL, -3);
	json_bool(&j, NULL, true);
	json_close(&j, ']');
	json_close(&j, '}');
	CHECK_STR(b.p, "{\"a\":\"\\u003c/script>\\u0026\\\"\\\\\\u000a\",\"none\":null,\"list\":[-3,true]}");
	buf_reset(&b);
	json_init(&j, &b);
	json_str(&j, NULL, "\xff");
	CHECK(b.err == E_INPUT);
	buf_release(&b);
}
