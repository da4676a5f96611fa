/*
 * The second reading: libjwt's view of a token against ours. Equal values pass,
 * whatever their text; any other value does not, however near it is.
 */
#include "base/b64.h"
#include "t.h"

#include "../../lti/priv.h"

static bool agree(const char *header, const char *theirs, const char *ours)
{
	char token[2048], *p = token;
	json_t *claims = json_loads(ours, JSON_REJECT_DUPLICATES, NULL);
	bool same;

	CHECK(claims != NULL);
	p += b64url_encode(header, strlen(header), p);
	*p++ = '.';
	p += b64url_encode(theirs, strlen(theirs), p);
	*p++ = '.';
	*p = '\0';
	same = jose_second_reading(token, LTI_ALG_RS256, claims);
	json_decref(claims);
	return same;
}

#define RS "{\"alg\":\"RS256\",\"typ\":\"JWT\"}"
#define NONE "{\"alg\":\"none\"}"

TEST(equal_values_agree_whatever_their_text)
{
	static const char *const text[][2] = {
		{ "{}", "{ }" },
		{ "{\"b\":1,\"a\":[true,null,\"\"]}", "{\"a\":[true,null,\"\"],\"b\":1}" },
		{ "{\"t\":\"\\u0628\\u064a\\u062a \\u00e9\\/\"}", "{\"t\":\"بيت é/\"}" },
		{ "{\"t\":\"a\\u0001\\\"\\\\\\u007f\"}", "{\"t\":\"a\\u0001\\\"\\\\\x7f\"}" },
		{ "{\"exp\":1795522796.25,\"n\":-0.0}", "{\"exp\":17955227962.5e-1,\"n\":-0.0}" },
		{ "{\"o\":{\"o\":{\"l\":[[],[{}]]}}}", "{\"o\":{\"o\":{\"l\":[[],[{}]]}}}" },
		{ "{\"big\":9223372036854775807}", "{\"big\":9223372036854775807}" },
	};

	for (size_t i = 0; i < sizeof(text) / sizeof(text[0]); i++)
		if (!CHECK(agree(NONE, text[i][0], text[i][1]) == false) ||
		    !CHECK(agree(RS, text[i][0], text[i][1])))
			printf("# %s\n", text[i][0]);
}

TEST(near_values_do_not_agree)
{
	static const char *const text[][2] = {
		{ "{\"a\":1}", "{\"a\":1.0}" },
		{ "{\"a\":1}", "{\"a\":\"1\"}" },
		{ "{\"a\":[1,2]}", "{\"a\":[2,1]}" },
		{ "{\"a\":[1]}", "{\"a\":[1,1]}" },
		{ "{\"a\":1}", "{\"a\":1,\"b\":2}" },
		{ "{\"a\":1,\"b\":2}", "{\"a\":1}" },
		{ "{\"a\":\"x\"}", "{\"a\":\"X\"}" },
		{ "{\"a\":\"x\"}", "{\"a\":\"xy\"}" },
		{ "{\"a\":null}", "{}" },
		{ "{\"a\":1,\"a\":2}", "{\"a\":1}" },
		{ "{\"e\":1795522796.25}", "{\"e\":1795522796.5}" },
	};

	for (size_t i = 0; i < sizeof(text) / sizeof(text[0]); i++)
		if (!CHECK(!agree(RS, text[i][0], text[i][1])))
			printf("# %s\n", text[i][0]);
}

TEST(another_alg_in_the_header_does_not_agree)
{
	CHECK(!agree("{\"alg\":\"HS256\"}", "{}", "{}"));
	CHECK(!agree("{\"typ\":\"JWT\"}", "{}", "{}"));
}
