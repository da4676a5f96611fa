/* PostgreSQL's wire formats, byte by byte. */
#include <string.h>

#include "../../gateway/store/db_pgwire.h"
#include "t.h"

/* ndigits, weight, sign, dscale, then digits of base 10,000. */
static int64_t numeric(int n, int weight, int sign, const int *digit)
{
	int word[40] = { n, weight, sign, 0 };
	char b[80];

	for (int i = 0; i < n; i++)
		word[4 + i] = digit[i];
	for (int i = 0; i < 4 + n; i++) {
		b[2 * i] = (char)(word[i] >> 8);
		b[2 * i + 1] = (char)word[i];
	}
	return pgwire_numeric(b);
}

TEST(numeric_without_fraction_is_an_integer)
{
	CHECK_INT(numeric(0, 0, 0, NULL), 0);
	CHECK_INT(numeric(1, 0, 0, (int[]){ 7 }), 7);
	CHECK_INT(numeric(1, 1, 0, (int[]){ 3 }), 30000);	/* trailing zeros are left out */
	CHECK_INT(numeric(2, 1, 0x4000, (int[]){ 1, 2345 }), -12345);
	CHECK_INT(numeric(5, 4, 0, (int[]){ 922, 3372, 368, 5477, 5807 }), INT64_MAX);
	CHECK_INT(numeric(5, 4, 0x4000, (int[]){ 922, 3372, 368, 5477, 5808 }), INT64_MIN);
}

TEST(copy_escapes_what_would_end_a_value)
{
	struct buf b = BUF_INIT(1000);
	struct db_val v[] = {
		{ .kind = 'i', .i = INT64_MIN },
		{ .kind = 't', .s = SPAN("a\tb\nc\rd\\e") },
		{ .kind = 't', .s = { NULL, 0 } },
		{ .kind = 't', .s = SPAN("") },
		{ .kind = 'b', .s = SPAN("\x00\xff\\") },
		{ .kind = 'b', .s = SPAN("") },
		{ .kind = 'n' },
	};

	pgwire_copy_row(&b, v, 7);
	CHECK_STR(b.p, "-9223372036854775808\ta\\tb\\nc\\rd\\\\e\t\\N\t\t\\\\x00ff5c\t\\\\x\t\\N\n");
	buf_release(&b);
	b = BUF_INIT(10);
	pgwire_copy_row(&b, v, 7);
	CHECK(b.err == E_LIMIT);
	buf_release(&b);
}
