/*
 * Tokens for services: what is asked, and what came back.
 */
#include "lti/service.h"

#include <strings.h>

#include "base/b64.h"
#include "base/json.h"
#include "base/magic.h"
#include "lti/util.h"
#include "priv.h"
#include "text.h"

#define JTI_BYTES 24
#define TOKEN_BYTES_MAX 8192u
#define SCOPE_BYTES_MAX 4096u
#define ANSWER_DEPTH 8u
#define LIVES_UNTOLD_S 300	/* RFC 6749 5.1: expires_in may be missing */
#define DAY_S 86400

/* ---- asking ---- */

/* RFC 7523 3: iss and sub are the client, aud the server, jti never the same again. */
static void write_assertion(struct buf *b, const struct lti_env *env,
			    const struct lti_token_ask *q)
{
	int64_t iat = env->now_ms(env->cls) / 1000 - LTI_ASSERTION_BACK_S;
	char jti[JTI_BYTES * 4 / 3 + 4];
	uint8_t dice[JTI_BYTES];
	struct json j;

	env->random(env->cls, dice, sizeof(dice));
	b64url_encode(dice, sizeof(dice), jti);
	json_init(&j, b);
	json_open(&j, NULL, '{');
	json_str(&j, "iss", q->client_id);
	json_str(&j, "sub", q->client_id);
	json_str(&j, "aud", q->audience != NULL ? q->audience : q->token_url);
	json_int(&j, "iat", iat);
	json_int(&j, "exp", iat + LTI_ASSERTION_S);
	json_str(&j, "jti", jti);
	json_close(&j, '}');
}

enum err lti_token_request(const struct lti_ownkey *k, const struct lti_env *env,
			   const struct lti_token_ask *q, struct buf *body_out)
{
	struct buf claims = BUF_INIT(16384), jws = BUF_INIT(32768);
	enum err e;

	assert(q->client_id != NULL && q->token_url != NULL && q->scope != NULL);
	write_assertion(&claims, env, q);
	e = claims.err;
	if (e == E_OK)
		e = lti_sign(k, span_mk(claims.p, claims.len), &jws);
	if (e == E_OK) {
		buf_addz(body_out, "grant_type=client_credentials&client_assertion_type="
				   "urn%3Aietf%3Aparams%3Aoauth%3Aclient-assertion-type%3Ajwt-bearer"
				   "&client_assertion=");
		buf_add(body_out, jws.p, jws.len);	/* base64url and dots: nothing to escape */
		buf_addz(body_out, "&scope=");
		lti_url_escape(body_out, span_of(q->scope));
		e = body_out->err;
	}
	buf_release(&claims);
	buf_wipe(&jws);
	return e;
}

/* ---- reading ---- */

static bool is_page(struct span s)
{
	size_t i = 0;

	while (i < s.n && (unsigned char)s.p[i] <= ' ')
		i++;
	return i < s.n && s.p[i] == '<';
}

static enum err how_bad(int status)
{
	return status == 429 || status >= 500 ? E_BUSY : status >= 400 ? E_DENIED : E_INPUT;
}

/* RFC 6749 5.2, where the platform keeps to it; else the beginning of what it said. */
static enum err refused(int status, struct span body, struct fault *f)
{
	json_t *o = lti_json_object(body, ANSWER_DEPTH);
	struct span code = lti_json_span(json_object_get(o, "error"));
	struct span words = lti_json_span(json_object_get(o, "error_description"));
	char one[80], two[90];
	enum err e = how_bad(status);

	lti_safe_text(one, sizeof(one), code.n > 0 ? code : body);
	lti_safe_text(two, sizeof(two), words);
	json_decref(o);
	if (is_page(body))
		return FAULT(f, e, "answered %d with a page instead of a token", status);
	if (one[0] == '\0')
		return FAULT(f, e, "answered %d and nothing else", status);
	return FAULT(f, e, "answered %d: %s%s%s", status, one, two[0] != '\0' ? ": " : "", two);
}

/* What may stand in a header line (RFC 6750 2.1); anything else never leaves us again. */
static const char *read_token(struct arena *a, const json_t *v)
{
	struct span s = lti_json_span(v);

	if (s.n == 0 || s.n > TOKEN_BYTES_MAX)
		return NULL;
	for (size_t i = 0; i < s.n; i++)
		if (s.p[i] <= 0x20 || s.p[i] > 0x7e)
			return NULL;
	return arena_strndup(a, s.p, s.n);
}

/* Seconds, as a number or, from some, as text. */
static int64_t read_life(const json_t *v)
{
	int64_t s = LIVES_UNTOLD_S;
	double d = json_number_value(v);

	if (json_is_number(v) && d >= 0 && d < 1e12)
		s = (int64_t)d;
	else if (json_is_string(v) && !span_int64(lti_json_span(v), &s))
		s = LIVES_UNTOLD_S;
	return s < 0 ? 0 : s > DAY_S ? DAY_S : s;
}

/* Left out: everything that was asked (RFC 6749 5.1). */
static const char *read_scope(struct arena *a, const json_t *v, const char *asked)
{
	struct span s = lti_json_span(v);
	char *p;

	if (!json_is_string(v))
		return asked;
	if (s.n > SCOPE_BYTES_MAX)
		return "";
	p = arena_strndup(a, s.p, s.n);
	for (size_t i = 0; p != NULL && i < s.n; i++)
		if (p[i] <= 0x20 || p[i] > 0x7e)
			p[i] = ' ';
	return p;
}

bool lti_scope_has(const char *list, const char *scope)
{
	size_t n = strlen(scope);

	assert(list != NULL && n > 0);
	for (const char *p = list; *p != '\0';) {
		size_t k = strcspn(p, " ");

		if (k == n && memcmp(p, scope, n) == 0)
			return true;
		p += k;
		p += *p == ' ';
	}
	return false;
}

static bool grants_any(const char *granted, const char *asked)
{
	char one[SCOPE_BYTES_MAX];

	for (const char *p = asked; *p != '\0';) {
		size_t k = strcspn(p, " ");

		if (k > 0 && k < sizeof(one)) {
			memcpy(one, p, k);
			one[k] = '\0';
			if (lti_scope_has(granted, one))
				return true;
		}
		p += k;
		p += *p == ' ';
	}
	return false;
}

static enum err read_answer(struct arena *a, const json_t *o, const char *asked,
			    struct lti_access *out, struct fault *f)
{
	struct span type = lti_json_span(json_object_get(o, "token_type"));
	char words[100];

	out->token = read_token(a, json_object_get(o, "access_token"));
	out->scope = read_scope(a, json_object_get(o, "scope"), asked);
	out->lives_s = read_life(json_object_get(o, "expires_in"));
	if (a->failed || out->scope == NULL)
		return E_NOMEM;
	if (out->token == NULL)
		return FAULT(f, E_INPUT, "the token answer holds no usable access_token");
	/* compared without case: RFC 6749 5.1 */
	if (type.n != 6 || strncasecmp(type.p, "bearer", 6) != 0)
		return FAULT(f, E_INPUT, "the token is of another type than Bearer");
	if (!grants_any(out->scope, asked)) {
		lti_safe_text(words, sizeof(words), span_of(out->scope));
		return FAULT(f, E_DENIED, "the platform grants %s",
			     words[0] == '\0' ? "no scope at all" : words);
	}
	return E_OK;
}

enum err lti_token_answer(struct arena *a, int status, struct span body, const char *asked,
			  struct lti_access *out, struct fault *f)
{
	json_t *o;
	enum err e;

	assert(asked != NULL && asked[0] != '\0');
	*out = (struct lti_access){ 0 };
	if (status < 200 || status > 299)
		return refused(status, body, f);
	o = body.n > LTI_TOKEN_ANSWER_MAX ? NULL : lti_json_object(body, ANSWER_DEPTH);
	if (o == NULL)	/* it may hold a token: nothing of it is repeated */
		return FAULT(f, E_INPUT, "answered %d, but not with %s", status,
			     is_page(body) ? "a token: a page" : "JSON");
	e = read_answer(a, o, asked, out, f);
	if (e != E_OK)
		*out = (struct lti_access){ 0 };
	json_decref(o);
	return e;
}

int64_t lti_token_keep_until(int64_t now_ms, int64_t lives_s)
{
	int64_t s = lives_s < 0 ? 0 : lives_s > DAY_S ? DAY_S : lives_s;
	int64_t margin = s / 4 < 60 ? s / 4 : 60;

	assert(now_ms > 0);
	return now_ms + (s - margin) * 1000;
}
