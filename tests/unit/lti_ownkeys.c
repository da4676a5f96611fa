/*
 * Our own keys, roles and addresses.
 */
#include <openssl/pem.h>

#include "base/buf.h"
#include "lti/ownkeys.h"
#include "lti/util.h"
#include "kit/mint.h"
#include "t.h"

/* What we sign, our own key set proves: through the same check as any platform's. */
static void round_trip(enum lti_alg alg)
{
	struct lti_ownkey *k = NULL, *again = NULL;
	struct buf pem = BUF_INIT(1u << 16), jwks = BUF_INIT(1u << 16), t = BUF_INIT(1u << 16);
	struct mint_world w;
	json_t *c;
	char *text;

	mint_open(&w);
	NEED(lti_ownkey_make(alg, &k) == E_OK);
	CHECK(lti_ownkey_alg(k) == alg && strlen(lti_ownkey_kid(k)) == 43);
	CHECK(lti_ownkey_pem(k, &pem) == E_OK);
	NEED(lti_ownkey_load(span_mk(pem.p, pem.len), &again) == E_OK);
	CHECK_STR(lti_ownkey_kid(again), lti_ownkey_kid(k));
	CHECK(lti_ownkeys_jwks((const struct lti_ownkey *const[]){ k, again }, 2, &jwks) == E_OK);
	CHECK(strstr(jwks.p, "\"d\"") == NULL && strstr(jwks.p, "\"use\":\"sig\"") != NULL);
	lti_keyset_free(w.keys);
	NEED(lti_keyset_parse(span_mk(jwks.p, jwks.len), &w.keys, NULL) == E_OK);
	CHECK(lti_keyset_usable(w.keys) == 1);	/* the same key twice is one */
	c = mint_claims(w.nonce);
	json_object_set_new(c, "exp", json_real((double)(MINT_NOW / 1000) + 30.25));
	json_object_set_new(c, "aud", json_pack("[s]", "client-a"));
	text = json_dumps(c, 0);
	NEED(lti_sign(again, span_of(text), &t) == E_OK);
	w.p.alg = alg;
	CHECK(mint_verify(&w, t.p, t.len) == LTI_OK);
	CHECK_INT(w.l.expires_ms, MINT_NOW + 30250);
	free(text);
	json_decref(c);
	buf_wipe(&pem);
	buf_release(&jwks);
	buf_release(&t);
	lti_ownkey_free(k);
	lti_ownkey_free(again);
	mint_close(&w);
}

TEST(an_rsa_key_of_ours) { round_trip(LTI_ALG_RS256); }
TEST(an_ec_key_of_ours) { round_trip(LTI_ALG_ES256); }

static char *pem_of(EVP_PKEY *k, const char *pass)
{
	BIO *b = BIO_new(BIO_s_mem());
	char *p = NULL, *out;
	long n;

	PEM_write_bio_PKCS8PrivateKey(b, k, pass ? EVP_aes_128_cbc() : NULL, pass,
				      pass ? (int)strlen(pass) : 0, NULL, NULL);
	n = BIO_get_mem_data(b, &p);
	out = strndup(p, (size_t)n);
	BIO_free(b);
	return out;
}

TEST(keys_we_do_not_load)
{
	EVP_PKEY *p384 = EVP_EC_gen("P-384");
	char *bad[] = {
		strdup(""), strdup("x"), strdup("-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"),
		pem_of(mint_key(KEY_SHORT), NULL), pem_of(p384, NULL),
		pem_of(mint_key(KEY_GOOD), "secret"),
	};
	struct lti_ownkey *k;

	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		CHECK(lti_ownkey_load(span_of(bad[i]), &k) == E_INPUT && k == NULL);
		free(bad[i]);
	}
	EVP_PKEY_free(p384);
}

TEST(only_objects_are_signed)
{
	static const char *const bad[] = { "", "[]", "{", "{\"a\":1,\"a\":2}", "{\"a\":\"\\u0000\"}" };
	struct buf out = BUF_INIT(4096);
	struct lti_ownkey *k = NULL;

	NEED(lti_ownkey_make(LTI_ALG_ES256, &k) == E_OK);
	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		CHECK(lti_sign(k, span_of(bad[i]), &out) == E_INPUT && out.len == 0);
	lti_ownkey_free(k);
	buf_release(&out);
}

TEST(roles_by_exact_spelling)
{
#define LIS "http://purl.imsglobal.org/vocab/lis/v2/"
	static const struct {
		const char *uri;
		uint32_t bits;
	} row[] = {
		{ LIS "membership#Instructor", LTI_ROLE_INSTRUCTOR }, { "Instructor", LTI_ROLE_INSTRUCTOR },
		{ LIS "membership#Learner", LTI_ROLE_LEARNER }, { "Mentor", LTI_ROLE_MENTOR },
		{ LIS "membership#ContentDeveloper", LTI_ROLE_DEVELOPER },
		{ LIS "membership/Instructor#TeachingAssistant", LTI_ROLE_TA },
		{ LIS "membership/Instructor#Grader", 0 }, { LIS "membership/Learner#Guest", 0 },
		{ LIS "membership#Administrator", LTI_ROLE_ADMIN_CLAIM },
		{ LIS "institution/person#Administrator", LTI_ROLE_ADMIN_CLAIM },
		{ LIS "system/person#SysAdmin", LTI_ROLE_ADMIN_CLAIM },
		{ LIS "person#Administrator", LTI_ROLE_ADMIN_CLAIM },
		{ LIS "institution/person#Student", LTI_ROLE_INST_STUDENT },
		{ LIS "institution/person#Instructor", LTI_ROLE_INST_STAFF },
		{ LIS "institution/person#Observer", LTI_ROLE_INST_GUARDIAN },
		{ LIS "system/person#User", 0 }, { LIS "system/person#None", LTI_ROLE_NO_PERSON },
		{ "http://purl.imsglobal.org/vocab/lti/system/person#TestUser", LTI_ROLE_TEST_USER },
		{ "http://purl.imsglobal.org/vocab/lti/system/person#Administrator", 0 },
		{ LIS "membership#instructor", 0 }, { LIS "membership#Instructor ", 0 },
		{ LIS "membership#Instructor#x", 0 }, { LIS "membership#", 0 }, { "", 0 },
		{ "https://purl.imsglobal.org/vocab/lis/v2/membership#Instructor", 0 },
		{ "urn:lti:role:ims/lis/Instructor", 0 }, { "instructor", 0 }, { "Student", 0 },
		{ "#Instructor", 0 }, { "http://evil/membership#Instructor", 0 },
		{ LIS "institution/person#Mentor", LTI_ROLE_INST_GUARDIAN },
	};

	for (size_t i = 0; i < ARRAY_LEN(row); i++)
		if (!CHECK(lti_role_bits(span_of(row[i].uri)) == row[i].bits))
			printf("#   %s\n", row[i].uri);
	/* no institution or system role opens a door */
	for (size_t i = 0; i < ARRAY_LEN(row); i++)
		if (strstr(row[i].uri, "person#") != NULL)
			CHECK((lti_role_bits(span_of(row[i].uri)) & LTI_ROLE_MEMBERSHIP) == 0);
}

/* T6: any set of roles gives exactly the union of its members, and no more. */
TEST(two_hundred_random_role_sets)
{
	static const char *const uri[] = {
		LIS "membership#Instructor", LIS "membership#Learner", LIS "membership#Mentor",
		LIS "institution/person#Administrator", LIS "institution/person#Instructor",
		LIS "membership#Instructors", "x", "", LIS "membership/Instructor#TeachingAssistant",
		"http://purl.imsglobal.org/vocab/lti/system/person#TestUser",
	};
	static const uint32_t bits[] = {
		LTI_ROLE_INSTRUCTOR, LTI_ROLE_LEARNER, LTI_ROLE_MENTOR, LTI_ROLE_ADMIN_CLAIM,
		LTI_ROLE_INST_STAFF, 0, 0, 0, LTI_ROLE_TA, LTI_ROLE_TEST_USER,
	};
	struct mint_world w;

	mint_open(&w);
	for (unsigned n = 0; n < 200; n++) {
		json_t *c = mint_claims(w.nonce), *r = json_array();
		unsigned set = n * 2654435761u >> 22;
		uint32_t want = 0;

		for (size_t i = 0; i < ARRAY_LEN(uri); i++) {
			if ((set >> i & 1) == 0)
				continue;
			json_array_append_new(r, json_string(uri[i]));
			want |= bits[i];
		}
		json_object_set_new(c, MINT_CLAIM("roles"), r);
		CHECK(mint_try(&w, c) == LTI_OK);
		CHECK_INT(w.l.roles, want);
		CHECK(w.l.student_view == ((want & LTI_ROLE_TEST_USER) != 0));
	}
	mint_close(&w);
}

TEST(origins)
{
	static const struct {
		const char *url, *origin;
	} row[] = {
		{ "https://a.example", "https://a.example" }, { "HTTPS://A.Example:443/x", "https://a.example" },
		{ "https://a.example:8443/x?y", "https://a.example:8443" },
		{ "https://[2001:db8::1]:8443/", "https://[2001:db8::1]:8443" },
		{ "http://a.example/", NULL }, { "https://u@a.example/", NULL },
		{ "https://a.example:0/", NULL }, { "https://a.example:70000/", NULL },
		{ "https://a.example:/", NULL }, { "https:///x", NULL }, { "ftp://a", NULL },
		{ "https://a b/", NULL }, { "https://a.example\\x", NULL }, { "", NULL },
		{ "https://[::1/", NULL }, { "https://a.example:+443/", NULL },
	};
	struct arena a;

	arena_init(&a, 1u << 16);
	for (size_t i = 0; i < ARRAY_LEN(row); i++)
		CHECK_STR(lti_url_origin(&a, span_of(row[i].url), false), row[i].origin);
	CHECK_STR(lti_url_origin(&a, SPAN("http://localhost:80/x"), true), "http://localhost");
	CHECK(lti_same_origin(SPAN("https://a/x"), SPAN("https://A:443")));
	CHECK(!lti_same_origin(SPAN("https://a/x"), SPAN("http://a/x")));
	CHECK(!lti_same_origin(SPAN("https://a"), SPAN("https://ab")));
	CHECK(!lti_same_origin(SPAN(""), SPAN("")));
	arena_release(&a);
}
