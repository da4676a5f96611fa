/*
 * Deep linking settings and answers, submission review, and the proof of an LTI 1.1
 * key: each as the specification says, and each as an attacker would have it.
 */
#include <openssl/hmac.h>

#include "base/b64.h"
#include "kit/mint.h"
#include "lti/deeplink.h"
#include "lti/migrate.h"
#include "lti/ownkeys.h"
#include "t.h"

#define DL "https://purl.imsglobal.org/spec/lti-dl/claim/"
#define AGS "https://purl.imsglobal.org/spec/lti-ags/claim/endpoint"

static struct mint_world w;

static bool refused_as(const char *code)
{
	return CHECK_STR(lti_reason_code(w.why.reason), code);
}

static json_t *good_settings(void)
{
	return json_pack("{s:s, s:[s,s], s:[s,s], s:b, s:s}", "deep_link_return_url",
			 "https://a.lti.test/dl?sesskey=5ecret", "accept_types", "link",
			 "ltiResourceLink", "accept_presentation_document_targets", "iframe",
			 "window", "accept_multiple", 1, "data", "a \"b\"\n<c>&\xc3\xa9");
}

/* Takes over the settings; NULL leaves the claim out. */
static enum lti_result asked_with(json_t *settings)
{
	json_t *c = mint_claims(w.nonce);

	json_object_set_new(c, MINT_CLAIM("message_type"), json_string("LtiDeepLinkingRequest"));
	json_object_del(c, MINT_CLAIM("resource_link"));
	if (settings != NULL)
		json_object_set_new(c, DL "deep_linking_settings", settings);
	return mint_try(&w, c);
}

static enum lti_result asked_to(const char *url)
{
	json_t *s = good_settings();

	json_object_set_new(s, "deep_link_return_url", json_string(url));
	return asked_with(s);
}

TEST(deep_linking_settings_are_read)
{
	const struct lti_deep_link *d;

	mint_open(&w);
	NEED(asked_with(good_settings()) == LTI_OK);
	d = w.l.deep_link;
	NEED(w.l.message == LTI_MESSAGE_DEEP_LINKING && d != NULL);
	CHECK_STR(d->return_url, "https://a.lti.test/dl?sesskey=5ecret");
	CHECK_STR(d->return_origin, "https://a.lti.test");
	CHECK(span_eqz(d->data, "a \"b\"\n<c>&\xc3\xa9"));
	CHECK(d->links && d->multiple && d->frame && d->window && d->accept_types.n == 2);
	CHECK(w.l.target_link_uri != NULL && w.l.resource_link == NULL && w.l.for_user == NULL);
	mint_close(&w);
}

TEST(what_is_not_said_is_not_assumed)
{
	json_t *s = json_pack("{s:s, s:[]}", "deep_link_return_url", "https://a.lti.test/dl",
			      "accept_types");
	const struct lti_deep_link *d;

	mint_open(&w);
	NEED(asked_with(s) == LTI_OK);
	d = w.l.deep_link;
	CHECK(d->data.p == NULL && !d->links && !d->multiple && !d->frame && !d->window);
	s = good_settings();
	json_object_set_new(s, "data", json_string(""));
	json_object_set_new(s, "accept_multiple", json_string("true"));
	NEED(asked_with(s) == LTI_OK);
	CHECK(w.l.deep_link->data.p != NULL && w.l.deep_link->data.n == 0);
	CHECK(!w.l.deep_link->multiple);
	NEED(mint_try(&w, mint_claims(w.nonce)) == LTI_OK);
	CHECK(w.l.deep_link == NULL);
	mint_close(&w);
}

TEST(settings_of_the_wrong_kind_are_refused)
{
	static const char *const names[] = { "deep_link_return_url", "accept_types",
					     "accept_presentation_document_targets", "data" };
	static const char *const value[] = { "7", "{}", "true", "[1]", "[{}]", "[null]" };
	unsigned n = 0;

	mint_open(&w);
	CHECK(asked_with(NULL) == LTI_REFUSED && refused_as("deep-link"));
	for (size_t i = 0; i < ARRAY_LEN(value); i++, n++)
		CHECK(asked_with(json_loads(value[i], JSON_DECODE_ANY, NULL)) == LTI_REFUSED);
	for (size_t k = 0; k < ARRAY_LEN(names); k++)
		for (size_t i = 0; i < ARRAY_LEN(value); i++, n++) {
			json_t *s = good_settings();

			json_object_set_new(s, names[k], json_loads(value[i], JSON_DECODE_ANY, NULL));
			if (!CHECK(asked_with(s) == LTI_REFUSED && refused_as("deep-link")))
				printf("#   %s = %s\n", names[k], value[i]);
			CHECK(w.l.deep_link == NULL);
		}
	printf("# %u settings\n", n);
	mint_close(&w);
}

TEST(data_has_a_limit)
{
	static char text[LTI_DEEP_LINK_DATA_MAX + 2];
	json_t *s = good_settings();

	mint_open(&w);
	memset(text, 'x', LTI_DEEP_LINK_DATA_MAX);
	json_object_set_new(s, "data", json_string(text));
	CHECK(asked_with(s) == LTI_OK);
	text[LTI_DEEP_LINK_DATA_MAX] = 'x';
	s = good_settings();
	json_object_set_new(s, "data", json_string(text));
	CHECK(asked_with(s) == LTI_REFUSED && refused_as("deep-link"));
	mint_close(&w);
}

TEST(the_answer_goes_to_the_platform_only)
{
	static const char *const bad[] = {
		"https://evil.test/dl", "https://a.lti.test.evil.test/dl", "https://a.lti.test:8443/dl",
		"http://a.lti.test/dl", "https://user@a.lti.test/dl", "https://a.lti.test\\@evil.test/",
		"javascript:alert(1)", "//a.lti.test/dl", "/dl", "", " https://a.lti.test/dl",
		"https://a.lti.test/d l", "https://a.lti.tes\xe2\x84\xaa/dl", "data:text/html,x",
		"https://tool.example/dl", "https://evil.test/https://a.lti.test/",
	};

	mint_open(&w);
	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		if (!CHECK(asked_to(bad[i]) == LTI_REFUSED && refused_as("deep-link")))
			printf("#   %s\n", bad[i]);
	CHECK(asked_to("https://A.LTI.test:443/dl") == LTI_OK);
	/* also where the platform signs people in */
	w.p.auth_url = "https://sso.test/auth";
	CHECK(asked_to("https://sso.test/dl") == LTI_OK);
	mint_close(&w);
}

/* ---- the answer ---- */

static json_t *answer(const struct lti_deep_link_answer *a)
{
	struct buf b = BUF_INIT(1u << 17);
	json_t *o = NULL;

	if (CHECK(lti_deep_link_claims(&w.env, a, &b) == E_OK))
		o = json_loadb(b.p, b.len, JSON_REJECT_DUPLICATES, NULL);
	buf_release(&b);
	return o;
}

static const char *text_of(const json_t *o, const char *name)
{
	return json_string_value(json_object_get(o, name));
}

TEST(the_answer_says_what_the_specification_asks)
{
	const struct lti_custom custom[] = { { "lintel_page", "plan" }, { "b", "\"" } };
	const struct lti_item item[] = {
		{ .title = "My child's plan", .text = "T", .url = "https://tool.example/x",
		  .custom = custom, .custom_n = 2, .frame_width = 800, .frame_height = 640 },
		{ .title = "Family door", .window = true },
	};
	struct lti_deep_link_answer a = { .issuer = "https://a.lti.test", .client_id = "client-a",
					  .deployment = "dep-a1", .data = span_of("d\xc3\xa9\x01<"),
					  .items = item, .n = 2 };
	json_t *o, *p, *list;

	mint_open(&w);
	o = answer(&a);
	NEED(o != NULL);
	CHECK_STR(text_of(o, "iss"), "client-a");
	CHECK_STR(text_of(o, "aud"), "https://a.lti.test");
	CHECK_INT(json_integer_value(json_object_get(o, "iat")), MINT_NOW / 1000);
	CHECK_INT(json_integer_value(json_object_get(o, "exp")), MINT_NOW / 1000 + 300);
	CHECK(strlen(text_of(o, "nonce")) == 32);
	CHECK_STR(text_of(o, MINT_CLAIM("message_type")), "LtiDeepLinkingResponse");
	CHECK_STR(text_of(o, MINT_CLAIM("version")), "1.3.0");
	CHECK_STR(text_of(o, MINT_CLAIM("deployment_id")), "dep-a1");
	CHECK_STR(text_of(o, DL "data"), "d\xc3\xa9\x01<");
	list = json_object_get(o, DL "content_items");
	NEED(json_array_size(list) == 2);
	p = json_pack("{s:s,s:s,s:s,s:s,s:{s:s,s:s},s:{s:i,s:i}}", "type", "ltiResourceLink", "title",
		      "My child's plan", "text", "T", "url", "https://tool.example/x", "custom",
		      "lintel_page", "plan", "b", "\"", "iframe", "width", 800, "height", 640);
	CHECK(json_equal(json_array_get(list, 0), p));
	json_decref(p);
	p = json_pack("{s:s,s:s,s:{s:s}}", "type", "ltiResourceLink", "title", "Family door",
		      "window", "targetName", "_blank");
	CHECK(json_equal(json_array_get(list, 1), p));
	json_decref(p);
	a.n = 0;
	a.data = (struct span){ 0 };
	p = answer(&a);
	CHECK(json_is_array(json_object_get(p, DL "content_items")) &&
	      json_array_size(json_object_get(p, DL "content_items")) == 0);
	CHECK(json_object_get(p, DL "data") == NULL);
	CHECK(strcmp(text_of(p, "nonce"), text_of(o, "nonce")) != 0);
	json_decref(p);
	json_decref(o);
	mint_close(&w);
}

/* From the platform's token through our signature, every byte of data comes back. */
TEST(data_survives_the_signature)
{
	struct buf claims = BUF_INIT(1u << 17), token = BUF_INIT(1u << 18);
	char data[800], *mid, raw[8192];
	struct lti_ownkey *k = NULL;
	json_t *s = good_settings(), *o;
	size_t n = 0;

	mint_open(&w);
	for (unsigned c = 1; c < 0x700 && n + 4 < sizeof(data); c += c < 0x80 ? 1 : 7) {
		if (c >= 0x80) {
			data[n++] = (char)(0xc0 | c >> 6);
			data[n++] = (char)(0x80 | (c & 0x3f));
		} else {
			data[n++] = (char)c;
		}
	}
	json_object_set_new(s, "data", json_stringn(data, n));
	NEED(asked_with(s) == LTI_OK);
	NEED(lti_deep_link_claims(&w.env, &(struct lti_deep_link_answer){
			.issuer = "i", .client_id = "c", .deployment = "d",
			.data = w.l.deep_link->data }, &claims) == E_OK);
	NEED(lti_ownkey_make(LTI_ALG_ES256, &k) == E_OK);
	NEED(lti_sign(k, span_mk(claims.p, claims.len), &token) == E_OK);
	mid = strchr(token.p, '.') + 1;
	*strchr(mid, '.') = '\0';
	NEED(strlen(mid) < sizeof(raw));
	NEED(b64url_decode(span_of(mid), (uint8_t *)raw, &n));
	o = json_loadb(raw, n, 0, NULL);
	NEED(o != NULL);
	CHECK(span_eq(span_of(text_of(o, DL "data")), w.l.deep_link->data));
	json_decref(o);
	lti_ownkey_free(k);
	buf_release(&claims);
	buf_release(&token);
	mint_close(&w);
}

/* ---- submission review ---- */

static enum lti_result review(const char *role, const char *whom)
{
	json_t *c = mint_claims(w.nonce);

	json_object_set_new(c, MINT_CLAIM("message_type"),
			    json_string("LtiSubmissionReviewRequest"));
	json_object_set_new(c, MINT_CLAIM("roles"), json_pack("[s]", role));
	json_object_set_new(c, MINT_CLAIM("for_user"), json_pack("{s:s}", "user_id", whom));
	json_object_set_new(c, AGS, json_pack("{s:s}", "lineitem", "https://a.lti.test/li/1"));
	return mint_try(&w, c);
}

TEST(a_review_is_for_staff_or_about_oneself)
{
	mint_open(&w);
	CHECK(review(MINT_MEMBER "Instructor", "user-7") == LTI_OK);
	CHECK(w.l.message == LTI_MESSAGE_SUBMISSION_REVIEW);
	CHECK_STR(w.l.for_user, "user-7");
	CHECK(review(MINT_MEMBER "Learner", "user-1") == LTI_OK);
	CHECK(review(MINT_MEMBER "Learner", "user-7") == LTI_REFUSED && refused_as("review-other"));
	CHECK(review(MINT_MEMBER "Mentor", "user-7") == LTI_REFUSED && refused_as("review-other"));
	CHECK(strstr(w.why.got, "user") == NULL && strstr(w.why.expected, "user") == NULL);
	CHECK(review("http://purl.imsglobal.org/vocab/lis/v2/institution/person#Instructor",
		     "user-7") == LTI_REFUSED);
	CHECK(review(MINT_MEMBER "Instructor", "") == LTI_REFUSED && refused_as("review"));
	mint_close(&w);
}

/* ---- LTI 1.1 ---- */

static char *sign_of(const char *secret, const char *text)
{
	unsigned char mac[32];
	unsigned int n = sizeof(mac);
	char *out = malloc(64);

	HMAC(EVP_sha256(), secret, (int)strlen(secret), (const unsigned char *)text, strlen(text),
	     mac, &n);
	EVP_EncodeBlock((unsigned char *)out, mac, 32);
	return out;
}

/* Takes over the signature; NULL leaves it out. */
static enum lti_migration migrated(char *sign, json_t *exp)
{
	json_t *c = mint_claims(w.nonce), *old = json_pack("{s:s, s:s}", "user_id", "old-1",
							    "oauth_consumer_key", "key1");
	enum lti_migration m = LTI_MIGRATION_NONE;

	if (sign != NULL)
		json_object_set_new(old, "oauth_consumer_key_sign", json_string(sign));
	json_object_set_new(c, MINT_CLAIM("lti1p1"), old);
	if (exp != NULL)
		json_object_set_new(c, "exp", exp);
	if (CHECK(mint_try(&w, c) == LTI_OK)) {
		CHECK_STR(w.l.legacy_user_id, "old-1");
		m = lti_migration_check(&w.l, SPAN("shared secret"));
	}
	free(sign);
	return m;
}

TEST(only_the_old_secret_proves_the_old_key)
{
	char base[200], *sign;

	mint_open(&w);
	snprintf(base, sizeof(base), "key1&dep-a1&https://a.lti.test&client-a&%lld&%s",
		 MINT_NOW / 1000 + 300, w.nonce);
	CHECK(migrated(sign_of("shared secret", base), NULL) == LTI_MIGRATION_PROVED);
	CHECK(lti_migration_check(&w.l, SPAN("another")) == LTI_MIGRATION_WRONG);
	CHECK(lti_migration_check(&w.l, SPAN("")) == LTI_MIGRATION_WRONG);
	CHECK(migrated(sign_of("another", base), NULL) == LTI_MIGRATION_WRONG);
	CHECK(migrated(NULL, NULL) == LTI_MIGRATION_UNSIGNED);
	CHECK(migrated(strdup("AAAA"), NULL) == LTI_MIGRATION_WRONG);
	CHECK(migrated(strdup(""), NULL) == LTI_MIGRATION_UNSIGNED);
	/* 32 bytes of an exp with a fraction have no one spelling: nothing is proved */
	CHECK(migrated(sign_of("shared secret", base), json_real((double)(MINT_NOW / 1000) + 300.0)) ==
	      LTI_MIGRATION_WRONG);
	NEED(mint_try(&w, mint_claims(w.nonce)) == LTI_OK);
	CHECK(lti_migration_check(&w.l, SPAN("shared secret")) == LTI_MIGRATION_NONE);
	/* every character of the signature counts, and so does every spelling of its last */
	for (size_t i = 0; i < 44; i++) {
		sign = sign_of("shared secret", base);
		sign[i] = sign[i] == 'A' ? 'B' : 'A';
		if (!CHECK(migrated(sign, NULL) == LTI_MIGRATION_WRONG))
			printf("#   character %zu\n", i);
	}
	sign = sign_of("shared secret", base);
	sign[42]++;	/* the same 32 bytes, other unused bits */
	CHECK(migrated(sign, NULL) == LTI_MIGRATION_WRONG);
	mint_close(&w);
}
