/* Tokens for services, the Link header and the walk from page to page. */
#include <string.h>

#include "base/b64.h"
#include "base/magic.h"
#include "kit/mint.h"
#include "lti/pages.h"
#include "lti/service.h"
#include "lti/util.h"
#include "t.h"

static struct arena a;

static void fresh(void)
{
	if (a.magic == 0)
		arena_init(&a, 16u << 20);
	else
		arena_clear(&a);
}

/* ---- asking ---- */

static char *unescaped(const char *s, size_t n)
{
	char *p = arena_alloc(&a, n + 1);
	size_t o = 0;

	for (size_t i = 0; i < n; i++)
		if (s[i] == '%' && i + 2 < n) {
			p[o++] = (char)(hex_digit(s[i + 1]) << 4 | hex_digit(s[i + 2]));
			i += 2;
		} else {
			p[o++] = s[i];
		}
	return p;
}

static const char *field(const char *body, const char *name)
{
	char want[80];
	const char *p = body;

	snprintf(want, sizeof(want), "%s=", name);
	while (p != NULL && !str_starts(p, want)) {
		p = strchr(p, '&');
		p = p == NULL ? NULL : p + 1;
	}
	return p == NULL ? NULL : unescaped(p + strlen(want), strcspn(p + strlen(want), "&"));
}

static json_t *part(const char *jws, unsigned nth)
{
	char text[4096];
	size_t n = 0;

	while (nth-- > 0)
		jws = strchr(jws, '.') + 1;
	if (!b64url_decode(span_mk(jws, strcspn(jws, ".")), text, &n))
		return NULL;
	return json_loadb(text, n, 0, NULL);
}

static const char *text(const json_t *o, const char *name)
{
	return json_string_value(json_object_get(o, name));
}

static void asked(const struct lti_token_ask *q, const char *aud)
{
	struct lti_ownkey *k = NULL;
	struct buf b = BUF_INIT(1u << 16), more = BUF_INIT(1u << 16);
	struct mint_world w;
	json_t *c, *again, *head;
	json_int_t iat;

	fresh();
	mint_open(&w);
	NEED(lti_ownkey_make(LTI_ALG_ES256, &k) == E_OK);
	NEED(lti_token_request(k, &w.env, q, &b) == E_OK);
	NEED(lti_token_request(k, &w.env, q, &more) == E_OK);
	CHECK_STR(field(b.p, "grant_type"), "client_credentials");
	CHECK_STR(field(b.p, "client_assertion_type"),
		  "urn:ietf:params:oauth:client-assertion-type:jwt-bearer");
	CHECK_STR(field(b.p, "scope"), q->scope);
	c = part(field(b.p, "client_assertion"), 1);
	again = part(field(more.p, "client_assertion"), 1);
	head = part(field(b.p, "client_assertion"), 0);
	CHECK_STR(text(head, "kid"), lti_ownkey_kid(k));
	CHECK_STR(text(c, "iss"), q->client_id);
	CHECK_STR(text(c, "sub"), q->client_id);
	CHECK_STR(text(c, "aud"), aud);
	iat = json_integer_value(json_object_get(c, "iat"));
	CHECK_INT(iat, MINT_NOW / 1000 - LTI_ASSERTION_BACK_S);
	CHECK_INT(json_integer_value(json_object_get(c, "exp")) - iat, 300);
	CHECK(strlen(text(c, "jti")) >= 32 && strcmp(text(c, "jti"), text(again, "jti")) != 0);
	CHECK(json_object_size(c) == 6);
	json_decref(c);
	json_decref(again);
	json_decref(head);
	lti_ownkey_free(k);
	buf_release(&b);
	buf_release(&more);
	mint_close(&w);
}

TEST(the_assertion_is_for_exactly_the_token_address)
{
	asked(&(struct lti_token_ask){ "client-a", "https://a.lti.test/Token?x=1", NULL, LTI_SCOPE_NRPS },
	      "https://a.lti.test/Token?x=1");
}

TEST(the_assertion_is_for_whom_the_platform_names)
{
	asked(&(struct lti_token_ask){ "10000000000004", "https://a.lti.test/token",
				       "https://a.lti.test/aud", LTI_SCOPE_SCORE " " LTI_SCOPE_LINEITEM },
	      "https://a.lti.test/aud");
}

/* ---- the answer ---- */

#define ANSWER(rest) "{\"access_token\":\"abc\",\"token_type\":\"Bearer\",\"expires_in\":3600" rest "}"

TEST(token_answers)
{
	static const struct {
		int status;
		const char *body;
		enum err err;
		const char *words;	/* part of the fault */
		int64_t lives;
	} row[] = {
		{ 200, ANSWER(",\"scope\":\"" LTI_SCOPE_NRPS "\""), E_OK, NULL, 3600 },
		{ 200, ANSWER(""), E_OK, NULL, 3600 },
		{ 201, ANSWER(",\"scope\":\"x " LTI_SCOPE_NRPS " y\""), E_OK, NULL, 3600 },
		{ 200, "{\"access_token\":\"abc\",\"token_type\":\"bearer\"}", E_OK, NULL, 300 },
		{ 200, "{\"access_token\":\"abc\",\"token_type\":\"BEARER\",\"expires_in\":\"120\"}", E_OK, NULL, 120 },
		{ 200, "{\"access_token\":\"abc\",\"token_type\":\"Bearer\",\"expires_in\":1e300}", E_OK, NULL, 300 },
		{ 200, "{\"access_token\":\"abc\",\"token_type\":\"Bearer\",\"expires_in\":-5}", E_OK, NULL, 300 },
		{ 200, "{\"access_token\":\"abc\",\"token_type\":\"Bearer\",\"expires_in\":99999999}", E_OK, NULL, 86400 },
		{ 200, "{\"access_token\":\"abc\",\"token_type\":\"Bearer\",\"expires_in\":null}", E_OK, NULL, 300 },
		{ 200, ANSWER(",\"scope\":\"other\""), E_DENIED, "grants other", 0 },
		{ 200, ANSWER(",\"scope\":\"\""), E_DENIED, "no scope at all", 0 },
		{ 200, ANSWER(",\"scope\":\"" LTI_SCOPE_NRPS "x\""), E_DENIED, "grants", 0 },
		{ 200, "{\"access_token\":\"a b\",\"token_type\":\"Bearer\"}", E_INPUT, "no usable", 0 },
		{ 200, "{\"access_token\":\"a\\r\\nX: y\",\"token_type\":\"Bearer\"}", E_INPUT, "no usable", 0 },
		{ 200, "{\"access_token\":\"\",\"token_type\":\"Bearer\"}", E_INPUT, "no usable", 0 },
		{ 200, "{\"access_token\":7,\"token_type\":\"Bearer\"}", E_INPUT, "no usable", 0 },
		{ 200, "{\"access_token\":\"abc\",\"token_type\":\"mac\"}", E_INPUT, "another type", 0 },
		{ 200, "{\"access_token\":\"abc\"}", E_INPUT, "another type", 0 },
		{ 200, "{\"access_token\":\"secret\",", E_INPUT, "not with JSON", 0 },
		{ 200, "{\"access_token\":\"secret\",\"access_token\":\"b\",\"token_type\":\"Bearer\"}", E_INPUT,
		  "not with JSON", 0 },
		{ 200, "<!DOCTYPE html><title>Log in</title>", E_INPUT, "a page", 0 },
		{ 200, "", E_INPUT, "JSON", 0 },
		{ 200, "[]", E_INPUT, "JSON", 0 },
		{ 302, "", E_INPUT, "302", 0 },
		{ 400, "{\n  \"error\" : \"invalid_scope\"\n}", E_DENIED, "invalid_scope", 0 },
		{ 400, "{\"error\":\"invalid_request\",\"error_description\":\"the 'aud' is invalid\"}", E_DENIED,
		  "invalid_request: the 'aud' is invalid", 0 },
		/* Moodle pastes the words in without escaping */
		{ 400, "{\n  \"error\" : \"\"kid\" invalid, unable to lookup correct key\"\n}", E_DENIED, "kid", 0 },
		{ 404, "\n <!DOCTYPE html><html>Error</html>", E_DENIED, "answered 404 with a page", 0 },
		{ 401, "", E_DENIED, "nothing else", 0 },
		{ 429, "slow down", E_BUSY, "slow down", 0 },
		{ 503, "<html>", E_BUSY, "a page", 0 },
		{ 400, "\x01\xff\n", E_DENIED, "???", 0 },
	};

	for (size_t i = 0; i < ARRAY_LEN(row); i++) {
		struct lti_access got;
		struct fault f = { 0 };

		fresh();
		if (!CHECK_INT(lti_token_answer(&a, row[i].status, span_of(row[i].body), LTI_SCOPE_NRPS, &got, &f),
			       row[i].err))
			printf("#   %s\n", row[i].body);
		if (row[i].words != NULL && !CHECK(strstr(f.text, row[i].words) != NULL))
			printf("#   %s\n", f.text);
		CHECK(strstr(f.text, "secret") == NULL);
		CHECK_INT(got.lives_s, row[i].lives);
		if (row[i].err == E_OK)
			CHECK_STR(got.token, "abc");
		else
			CHECK(got.token == NULL);
	}
}

TEST(what_moodle_really_answered)
{
	json_t *all = json_load_file("tests/data/practice/moodle-token-cases.json", 0, NULL), *c;
	unsigned good = 0, bad = 0;
	size_t i;

	NEED(json_array_size(all) > 10);
	json_array_foreach(all, i, c) {
		int status = (int)json_integer_value(json_object_get(c, "status"));
		struct lti_access got;
		struct fault f = { 0 };
		enum err e;

		fresh();
		e = lti_token_answer(&a, status, span_of(text(c, "body")), LTI_SCOPE_NRPS, &got, &f);
		CHECK(status == 200 ? e == E_OK || e == E_DENIED : e == E_DENIED || e == E_BUSY);
		CHECK(e == E_OK || f.text[0] != '\0');
		good += e == E_OK;
		bad += e != E_OK;
	}
	CHECK(good > 2 && bad > 5);
	json_decref(all);
}

TEST(how_long_a_token_is_kept)
{
	CHECK_INT(lti_token_keep_until(1000, 3600), 1000 + 3540 * 1000);
	CHECK_INT(lti_token_keep_until(1000, 100), 1000 + 75 * 1000);
	CHECK_INT(lti_token_keep_until(1000, 0), 1000);
	CHECK_INT(lti_token_keep_until(1000, -7), 1000);
	CHECK_INT(lti_token_keep_until(1000, INT64_MAX), 1000 + (86400 - 60) * 1000LL);
	CHECK(lti_scope_has("a b c", "b") && lti_scope_has("b", "b") && !lti_scope_has("bb", "b"));
	CHECK(!lti_scope_has("", "b") && !lti_scope_has("a  bc", "b") && lti_scope_has(" a  b", "b"));
}

/* ---- links ---- */

TEST(link_headers)
{
#define U "https://l.example/api/x?Page=Ab%2Fc&per_page=50"
	static const struct {
		const char *header, *next;
		enum err err;
	} row[] = {
		{ "<" U ">; rel=\"next\"", U, E_OK },
		{ "<" U ">; rel=next", U, E_OK },
		{ "<" U ">;rel=\"prev next\"", U, E_OK },
		{ "<" U "> ; REL = \"NEXT\"", U, E_OK },
		{ "<https://l.example/1>; rel=\"current\",<" U ">; rel=\"next\",<https://l.example/9>; rel=\"last\"", U, E_OK },
		{ "<https://l.example/a,b;c>; rel=\"first\", <" U ">; title=\"x, <y>; rel=next\"; rel=\"next\"", U, E_OK },
		{ "<" U ">; title=\"a \\\" b\"; rel=\"next\"", U, E_OK },
		{ " ,, <" U ">; rel=next ,", U, E_OK },
		{ "<https://l.example/1>; rel=\"current\"", NULL, E_MISSING },
		{ "<https://l.example/1>; rel=\"nextish\"", NULL, E_MISSING },
		{ "<https://l.example/1>; rel=\"prev\"; rel=\"next\"", NULL, E_MISSING },
		{ "<https://l.example/1>; rel=\"next\"; anchor=\"https://o.example/\"", NULL, E_MISSING },
		{ "<https://l.example/1>", NULL, E_MISSING },
		{ "", NULL, E_MISSING },
		{ " , ", NULL, E_MISSING },
		{ "https://l.example/1; rel=next", NULL, E_INPUT },
		{ "<https://l.example/1; rel=next", NULL, E_INPUT },
		{ "<" U ">; rel=\"next", NULL, E_INPUT },
		{ "<" U ">; rel=\"next\" junk", NULL, E_INPUT },
		{ "</relative?page=2>; rel=next", NULL, E_INPUT },
		{ "<javascript:alert(1)>; rel=next", NULL, E_INPUT },
		{ "<https://u@l.example/>; rel=next", NULL, E_INPUT },
		{ "<https://l.example/\x01>; rel=next", NULL, E_INPUT },
		{ "<>; rel=next", NULL, E_INPUT },
	};

	for (size_t i = 0; i < ARRAY_LEN(row); i++) {
		const char *url;

		fresh();
		if (!CHECK_INT(lti_link_find(&a, span_of(row[i].header), "next", &url), row[i].err))
			printf("#   %s\n", row[i].header);
		CHECK_STR(url, row[i].next);
	}
}

TEST(differences_are_another_relation)
{
	const char *h = "<https://l.example/a?since=Q>; rel=differences, <https://l.example/b>; rel=next", *url;

	fresh();
	CHECK_INT(lti_link_find(&a, span_of(h), "differences", &url), E_OK);
	CHECK_STR(url, "https://l.example/a?since=Q");
}

static enum err step(struct lti_walk *w, const char *url, const char **next)
{
	return lti_walk_next(w, span_of(arena_printf(&a, "<%s>; rel=next", url)), next, NULL);
}

TEST(a_walk_stays_on_its_server_and_ends)
{
	struct lti_walk w;
	const char *next;

	fresh();
	CHECK_INT(lti_walk_begin(&w, &a, "nothing"), E_INPUT);
	NEED(lti_walk_begin(&w, &a, "https://L.example/x?p=1") == E_OK);
	CHECK_INT(step(&w, "https://l.example:443/x?p=2", &next), E_OK);
	CHECK_STR(next, "https://l.example:443/x?p=2");
	CHECK_INT(step(&w, "https://l.example/x?P=2", &next), E_OK);	/* another cursor */
	CHECK_INT(step(&w, "https://evil.example/x?p=3", &next), E_DENIED);
	CHECK(next == NULL);
	CHECK_INT(step(&w, "http://l.example/x?p=3", &next), E_DENIED);
	CHECK_INT(step(&w, "https://l.example:8443/x?p=3", &next), E_DENIED);
	CHECK_INT(step(&w, "https://l.example:443/x?p=2", &next), E_CONFLICT);
	CHECK_INT(step(&w, "https://L.example/x?p=1", &next), E_CONFLICT);
	CHECK_INT(lti_walk_next(&w, span_of("garbage"), &next, NULL), E_INPUT);
	CHECK_INT(lti_walk_next(&w, span_of(""), &next, NULL), E_OK);
	CHECK(next == NULL && w.pages == 3);
}

TEST(a_walk_is_bounded)
{
	struct lti_walk w;
	const char *next;
	unsigned n = 1;

	fresh();
	NEED(lti_walk_begin(&w, &a, "https://l.example/0") == E_OK);
	while (step(&w, arena_printf(&a, "https://l.example/%u", n), &next) == E_OK && n < 10000)
		n++;
	CHECK_INT(n, LTI_PAGES_MAX);
	CHECK_INT(step(&w, "https://l.example/more", &next), E_LIMIT);
}
