/*
 * Key sets: what is used, what is passed over, what is no key set at all.
 */
#include "kit/mint.h"
#include "t.h"

/* One key, spoiled by setting `name` to the JSON `value` (NULL: deleted). */
static const char *why_of(enum mint_key which, const char *name, const char *value)
{
	json_t *k = mint_jwk(which, "k1");
	struct lti_keyset *ks;
	const char *why = "no set";

	if (value == NULL)
		json_object_del(k, name);
	else
		json_object_set_new(k, name, json_loads(value, JSON_DECODE_ANY, NULL));
	ks = mint_keyset(json_pack("[o,o]", k, mint_jwk(KEY_B, "other")));
	if (ks != NULL && lti_keyset_count(ks) == 2) {
		lti_keyset_kid(ks, 0, &why);
		/* a strange key never costs the platform its good ones */
		CHECK(lti_keyset_find(ks, SPAN("other"), LTI_ALG_RS256, 0) != NULL);
		CHECK((why == NULL) ==
		      (lti_keyset_find(ks, lti_keyset_kid(ks, 0, &why), which == KEY_EC ? LTI_ALG_ES256 :
				       LTI_ALG_RS256, 0) != NULL));
		CHECK_INT(lti_keyset_usable(ks), why == NULL ? 2 : 1);
	}
	lti_keyset_free(ks);
	return why;
}

static void unfit(enum mint_key which, const char *name, const char *value)
{
	if (!CHECK(why_of(which, name, value) != NULL))
		printf("#   %s = %s was accepted\n", name, value);
}

static void fit(enum mint_key which, const char *name, const char *value)
{
	if (!CHECK(why_of(which, name, value) == NULL))
		printf("#   %s = %s: %s\n", name, value, why_of(which, name, value));
}

TEST(keys_that_are_used)
{
	fit(KEY_GOOD, "x", "1");
	fit(KEY_GOOD, "alg", NULL);
	fit(KEY_GOOD, "use", NULL);
	fit(KEY_GOOD, "key_ops", "[\"verify\"]");
	fit(KEY_GOOD, "key_ops", "[\"sign\",\"verify\"]");
	fit(KEY_GOOD, "x5c", "[\"MIIB\"]");
	fit(KEY_EC, "alg", NULL);
	fit(KEY_GOOD, "kid", "\"2018-06-18T22:33:20Z\"");
}

TEST(keys_that_are_passed_over)
{
	static const char *const bad_e[] = {
		"\"AQ\"", "\"AA\"", "\"\"", "\"AQABAA\"", "\"AgAB\"", "5", "null", "\"Ag\"",
		"\"AQ==\"", "\"____________\"", "\"AQAB \"",
	};
	char text[4000], *big;

	for (size_t i = 0; i < ARRAY_LEN(bad_e); i++)
		if (strcmp(bad_e[i], "\"AgAB\"") != 0)	/* 131073 is odd: allowed */
			unfit(KEY_GOOD, "e", bad_e[i]);
	fit(KEY_GOOD, "e", "\"AAAAAQAB\"");
	unfit(KEY_SHORT, "x", "1");
	unfit(KEY_GOOD, "n", "\"AQAB\"");
	unfit(KEY_GOOD, "n", NULL);
	big = mint_b64((char[2250]){ 1 }, 2250);
	snprintf(text, sizeof(text), "\"%s\"", big);
	free(big);
	unfit(KEY_GOOD, "n", text);
	unfit(KEY_GOOD, "use", "\"enc\"");
	unfit(KEY_GOOD, "use", "5");
	unfit(KEY_GOOD, "key_ops", "[\"encrypt\"]");
	unfit(KEY_GOOD, "key_ops", "[]");
	unfit(KEY_GOOD, "key_ops", "\"verify\"");
	unfit(KEY_GOOD, "alg", "\"RS512\"");
	unfit(KEY_GOOD, "alg", "\"ES256\"");
	unfit(KEY_GOOD, "alg", "\"HS256\"");
	unfit(KEY_GOOD, "alg", "null");
	unfit(KEY_GOOD, "kty", "\"oct\"");
	unfit(KEY_GOOD, "kty", "\"EC\"");
	unfit(KEY_GOOD, "kty", "\"OKP\"");
	unfit(KEY_GOOD, "kty", "\"rsa\"");
	unfit(KEY_GOOD, "kty", NULL);
	unfit(KEY_GOOD, "kid", NULL);
	unfit(KEY_GOOD, "kid", "7");
	unfit(KEY_GOOD, "kid", "\"\"");
	unfit(KEY_GOOD, "d", "\"AQAB\"");
	unfit(KEY_GOOD, "p", "null");
	unfit(KEY_GOOD, "k", "\"c2VjcmV0\"");
	unfit(KEY_EC, "d", "\"AQAB\"");
	unfit(KEY_EC, "crv", "\"P-384\"");
	unfit(KEY_EC, "crv", NULL);
	unfit(KEY_EC, "x", "\"AQAB\"");
	unfit(KEY_EC, "y", "\"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\"");
	unfit(KEY_EC, "y", NULL);
	unfit(KEY_EC, "alg", "\"RS256\"");
}

TEST(even_modulus_is_refused)
{
	json_t *k = mint_jwk(KEY_GOOD, "k1");
	char n[400];
	size_t len;

	snprintf(n, sizeof(n), "\"%s\"", json_string_value(json_object_get(k, "n")));
	len = strlen(n);
	/* 256 bytes are 342 letters; the last one carries two bits, "A" makes them zero */
	n[len - 2] = 'A';
	unfit(KEY_GOOD, "n", n);
	json_decref(k);
}

TEST(what_is_no_key_set)
{
	static const char *const bad[] = {
		"", "{}", "[]", "null", "{\"keys\":{}}", "{\"keys\":null}", "<html></html>",
		"{\"keys\":[]", "{\"keys\":[],\"keys\":[]}", "{\"keys\":[]} x",
		"\x1f\x8b\x08\x00", "{\"keys\":[{\"kid\":\"a\",\"kid\":\"b\"}]}",
		"{\"keys\":[[[[[[[[[1]]]]]]]]]}",
	};
	struct lti_keyset *ks;
	struct fault f = { .err = E_OK };

	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		CHECK(lti_keyset_parse(span_of(bad[i]), &ks, &f) == E_INPUT && ks == NULL);
	CHECK(f.err == E_INPUT && f.text[0] != '\0');
	CHECK(lti_keyset_parse(SPAN("{\"keys\":[]}"), &ks, NULL) == E_OK);
	CHECK(lti_keyset_usable(ks) == 0);
	lti_keyset_free(ks);
	CHECK(lti_keyset_parse(SPAN("{\"keys\":[1,null,\"x\",[],{}]}"), &ks, NULL) == E_OK);
	CHECK(lti_keyset_usable(ks) == 0 && lti_keyset_unusable(ks) == 5);
	lti_keyset_free(ks);
}

TEST(sizes_have_limits)
{
	json_t *keys = json_array();
	struct lti_keyset *ks;
	char *big = malloc(LTI_JWKS_MAX_BYTES + 1);

	memset(big, ' ', LTI_JWKS_MAX_BYTES + 1);
	CHECK(lti_keyset_parse(span_mk(big, LTI_JWKS_MAX_BYTES + 1), &ks, NULL) == E_LIMIT);
	memcpy(big, "{\"keys\":[]}", 11);
	CHECK(lti_keyset_parse(span_mk(big, LTI_JWKS_MAX_BYTES), &ks, NULL) == E_OK);
	lti_keyset_free(ks);
	free(big);
	for (int i = 0; i < 500; i++) {
		char kid[30];

		snprintf(kid, sizeof(kid), "key-%d", i);
		json_array_append_new(keys, mint_jwk(i == 499 ? KEY_GOOD : KEY_B, kid));
	}
	ks = mint_keyset(json_incref(keys));
	NEED(ks != NULL);
	CHECK(lti_keyset_usable(ks) == 500);
	CHECK(lti_keyset_find(ks, SPAN("key-499"), LTI_ALG_RS256, 0) != NULL);
	CHECK(lti_keyset_find(ks, SPAN("KEY-499"), LTI_ALG_RS256, 0) == NULL);
	lti_keyset_free(ks);
	while (json_array_size(keys) <= LTI_JWKS_MAX_KEYS)
		json_array_append_new(keys, json_object());
	CHECK(mint_keyset(keys) == NULL);
}

TEST(names_that_come_twice)
{
	struct lti_keyset *ks = mint_keyset(json_pack("[o,o,o,o]", mint_jwk(KEY_GOOD, "k"),
		mint_jwk(KEY_B, "k"), mint_jwk(KEY_GOOD, "k"), mint_jwk(KEY_EC, "k")));
	char a[44], b[44];

	NEED(ks != NULL);
	CHECK(lti_keyset_usable(ks) == 3);
	NEED(lti_keyset_find(ks, SPAN("k"), LTI_ALG_RS256, 1) != NULL);
	lti_key_thumbprint(lti_keyset_find(ks, SPAN("k"), LTI_ALG_RS256, 0), a);
	lti_key_thumbprint(lti_keyset_find(ks, SPAN("k"), LTI_ALG_RS256, 1), b);
	CHECK(strcmp(a, b) != 0);
	CHECK(lti_keyset_find(ks, SPAN("k"), LTI_ALG_RS256, 2) == NULL);
	CHECK(lti_keyset_find(ks, SPAN("k"), LTI_ALG_ES256, 0) != NULL);
	lti_keyset_free(ks);
}

TEST(why_a_name_does_not_do)
{
	struct lti_keyset *ks = mint_keyset(json_pack("[o,o]", mint_jwk(KEY_SHORT, "short"),
						      mint_jwk(KEY_EC, "ec")));

	NEED(ks != NULL);
	CHECK_STR(lti_keyset_why_not(ks, SPAN("short"), LTI_ALG_RS256),
		  "RSA key shorter than 2048 bits");
	CHECK(lti_keyset_why_not(ks, SPAN("ec"), LTI_ALG_RS256) != NULL);
	CHECK(lti_keyset_why_not(ks, SPAN("nobody"), LTI_ALG_RS256) == NULL);
	lti_keyset_free(ks);
}

/* RFC 7638 3.1: the example key and its thumbprint. */
TEST(thumbprint_of_the_rfc)
{
	static const char doc[] =
		"{\"keys\":[{\"kty\":\"RSA\",\"n\":\"0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78"
		"LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc"
		"5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHz"
		"u6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBni"
		"Iqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw\",\"e\":\"AQAB\",\"alg\":\"RS256\","
		"\"kid\":\"2011-04-29\"}]}";
	struct lti_keyset *ks = NULL;
	char t[LTI_THUMBPRINT_LEN + 1];

	NEED(lti_keyset_parse(span_of(doc), &ks, NULL) == E_OK);
	NEED(lti_keyset_find(ks, SPAN("2011-04-29"), LTI_ALG_RS256, 0) != NULL);
	lti_key_thumbprint(lti_keyset_find(ks, SPAN("2011-04-29"), LTI_ALG_RS256, 0), t);
	CHECK_STR(t, "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs");
	lti_keyset_free(ks);
}

TEST(a_set_is_known_by_its_keys_in_any_order)
{
	struct lti_keyset *a = mint_keyset(json_pack("[o,o]", mint_jwk(KEY_GOOD, "1"),
						     mint_jwk(KEY_EC, "2")));
	struct lti_keyset *b = mint_keyset(json_pack("[o,o]", mint_jwk(KEY_EC, "x"),
						     mint_jwk(KEY_GOOD, "y")));
	struct lti_keyset *c = mint_keyset(json_pack("[o]", mint_jwk(KEY_EC, "2")));
	char ta[44], tb[44], tc[44];

	lti_keyset_thumbprint(a, ta);
	lti_keyset_thumbprint(b, tb);
	lti_keyset_thumbprint(c, tc);
	CHECK_STR(ta, tb);
	CHECK(strcmp(ta, tc) != 0 && strlen(tc) == 43);
	CHECK(lti_keyset_serial(b) > lti_keyset_serial(a));
	lti_keyset_free(lti_keyset_ref(a));
	CHECK(lti_keyset_usable(a) == 2);
	lti_keyset_free(a);
	lti_keyset_free(b);
	lti_keyset_free(c);
}
