#include "base/b64.h"
#include "base/magic.h"
#include "t.h"

static bool decode(const char *s, char *out)
{
	size_t n = 0;
	bool ok = b64url_decode(span_of(s), out, &n);

	out[ok ? n : 0] = '\0';
	return ok;
}

TEST(b64_round_trip_of_every_length)
{
	unsigned char in[256], back[300];
	char text[400];

	for (unsigned i = 0; i < sizeof(in); i++)
		in[i] = (unsigned char)(i * 37 + 11);
	for (size_t n = 0; n <= sizeof(in); n++) {
		size_t len = b64url_encode(in, n, text), got = 0;

		CHECK_INT(len, b64url_encoded_len(n));
		CHECK(b64url_decode(span_mk(text, len), back, &got));
		CHECK(got == n && memcmp(in, back, n) == 0);
	}
}

TEST(b64_has_one_spelling)
{
	char out[32];

	CHECK(decode("YQ", out) && strcmp(out, "a") == 0);
	CHECK(!decode("YR", out));	/* unused bits set */
	CHECK(!decode("YQ==", out));	/* padding */
	CHECK(!decode("Y", out));	/* 4k+1 */
	CHECK(!decode("Y Q", out));
	CHECK(!decode("-_8\n", out));
	CHECK(!decode("+/8A", out));	/* the other alphabet */
	CHECK(decode("-_8A", out));
}
