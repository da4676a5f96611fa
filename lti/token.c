/*
 * Shape and header of a compact JWS (RFC 7515 7.1, 4.1): what can be refused
 * before any key is looked at.
 */
#include <string.h>
#include <strings.h>

#include "base/b64.h"
#include "base/magic.h"
#include "priv.h"
#include "text.h"

#define HEADER_MAX 4096u
#define HEADER_DEPTH 4u

/* Counts brackets outside of strings, so that no parser recurses for a stranger. */
static bool depth_ok(struct span s, unsigned max)
{
	unsigned depth = 0;
	bool text = false;

	for (size_t i = 0; i < s.n; i++) {
		char c = s.p[i];

		if (text) {
			if (c == '\\')
				i++;
			else if (c == '"')
				text = false;
		} else if (c == '"') {
			text = true;
		} else if (c == '{' || c == '[') {
			if (++depth > max)
				return false;
		} else if ((c == '}' || c == ']') && depth > 0) {
			depth--;
		}
	}
	return true;
}

json_t *lti_json_object(struct span text, unsigned depth)
{
	json_t *v;

	if (text.n == 0 || !depth_ok(text, depth))
		return NULL;
	/* no JSON_ALLOW_NUL: a "\u0000" in any text refuses the whole */
	v = json_loadb(text.p, text.n, JSON_REJECT_DUPLICATES, NULL);
	if (v != NULL && !json_is_object(v)) {
		json_decref(v);
		v = NULL;
	}
	return v;
}

static bool decode(struct arena *a, struct span s, struct span *out)
{
	char *p = arena_alloc(a, b64url_decoded_max(s.n) + 1);

	if (p == NULL)
		return false;
	out->p = p;
	return s.n > 0 && b64url_decode(s, p, &out->n);
}

enum lti_result lti_token_split(struct arena *a, struct span text, struct lti_token *out,
				struct lti_refusal *why)
{
	struct span part[3] = { { NULL, 0 } };
	size_t from = 0;
	unsigned n = 0;

	if (text.n == 0)
		return lti_refuse(why, LTI_REASON_TOKEN_MISSING, "an id_token", SPAN(""));
	if (text.n > LTI_TOKEN_MAX)
		return lti_refuse(why, LTI_REASON_TOKEN_SIZE, "at most 128 KiB", SPAN("more"));
	while (from <= text.n) {
		const char *dot = memchr(text.p + from, '.', text.n - from);
		size_t end = dot == NULL ? text.n : (size_t)(dot - text.p);

		if (n == ARRAY_LEN(part))
			return lti_refuse(why, LTI_REASON_TOKEN_SHAPE, "three parts", SPAN("more"));
		part[n++] = span_mk(text.p + from, end - from);
		from = end + 1;
	}
	if (n != ARRAY_LEN(part))
		return lti_refuse(why, LTI_REASON_TOKEN_SHAPE, "three parts", SPAN("fewer"));
	if (part[0].n > HEADER_MAX)
		return lti_refuse(why, LTI_REASON_TOKEN_SIZE, "a header of at most 4 KiB",
				  SPAN("more"));
	out->text = text;
	out->signed_part = span_mk(text.p, part[0].n + 1 + part[1].n);
	if (!decode(a, part[0], &out->header) || !decode(a, part[1], &out->payload) ||
	    !decode(a, part[2], &out->sig)) {
		if (a->failed)
			return LTI_INTERNAL;
		return lti_refuse(why, LTI_REASON_TOKEN_SHAPE, "strict base64url in each part",
				  SPAN("something else"));
	}
	return LTI_OK;
}

/* Names that change what the token means or where keys come from. */
static enum lti_result foreign_names(const json_t *h, struct lti_refusal *why)
{
	static const char *const key[] = { "jku", "x5u", "jwk" };
	static const char *const other[] = { "crit", "zip" };

	for (size_t i = 0; i < ARRAY_LEN(key); i++)
		if (json_object_get(h, key[i]) != NULL)
			return lti_refuse(why, LTI_REASON_HEADER_KEY, "no key in the header",
					  span_of(key[i]));
	for (size_t i = 0; i < ARRAY_LEN(other); i++)
		if (json_object_get(h, other[i]) != NULL)
			return lti_refuse(why, LTI_REASON_HEADER_CRIT, "no extension",
					  span_of(other[i]));
	return LTI_OK;
}

static enum lti_result read_header(struct arena *a, const json_t *h, struct lti_token *t,
				   enum lti_alg alg, struct lti_refusal *why)
{
	const json_t *v = json_object_get(h, "alg");
	struct span kid;
	enum lti_result rc;

	/* exact case (RFC 7515 4.1.1), exactly the one agreed (RFC 8725 3.1) */
	if (!json_is_string(v) || !span_eqz(lti_json_span(v), lti_alg_name(alg)))
		return lti_refuse_json(why, LTI_REASON_HEADER_ALG, lti_alg_name(alg), v);
	rc = foreign_names(h, why);
	if (rc != LTI_OK)
		return rc;
	v = json_object_get(h, "typ");
	if (v != NULL && (!json_is_string(v) || strcasecmp(json_string_value(v), "JWT") != 0))
		return lti_refuse_json(why, LTI_REASON_HEADER_TYP, "JWT", v);
	v = json_object_get(h, "kid");
	kid = lti_json_span(v);
	if (kid.n == 0 || kid.n > LTI_KID_MAX)
		return lti_refuse(why, LTI_REASON_KID_MISSING, "a kid of 1 to 255 bytes",
				  v == NULL ? SPAN("(nothing)") : SPAN("(something else)"));
	t->kid = arena_strndup(a, kid.p, kid.n);
	return t->kid == NULL ? LTI_INTERNAL : LTI_OK;
}

enum lti_result lti_token_header(struct arena *a, struct lti_token *t, enum lti_alg alg,
				 struct lti_refusal *why)
{
	json_t *h = lti_json_object(t->header, HEADER_DEPTH);
	enum lti_result rc;

	assert(alg == LTI_ALG_RS256 || alg == LTI_ALG_ES256);
	if (h == NULL)
		return lti_refuse(why, LTI_REASON_HEADER_JSON, "one JSON object",
				  SPAN("something else"));
	rc = read_header(a, h, t, alg, why);
	json_decref(h);
	return rc;
}
