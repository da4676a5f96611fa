/*
 * The registered claims: whose token, for whom, when, which login, which person
 * (RFC 7519 4.1, OpenID Connect Core 3.1.3.7, Security Framework 5.1.3).
 */
#include <stdio.h>
#include <string.h>

#include "base/magic.h"
#include "priv.h"
#include "text.h"

#define AUD_MAX 16u
#define YEAR_10000 253402300800.0	/* later "seconds" are a mistake in the unit */

static bool is_text(const json_t *v, const char *want)
{
	return json_is_string(v) && span_eqz(lti_json_span(v), want);
}

static enum lti_result read_audience(struct lti_reading *r)
{
	const json_t *aud = json_object_get(r->claims, "aud");
	const json_t *azp = json_object_get(r->claims, "azp");
	size_t n = json_array_size(aud);
	bool ours = is_text(aud, r->p->client_id);

	if (json_is_array(aud)) {
		if (n > AUD_MAX)
			return lti_refuse(r->why, LTI_REASON_AUDIENCE, "at most 16 audiences",
					  SPAN("more"));
		for (size_t i = 0; i < n; i++) {
			const json_t *v = json_array_get(aud, i);

			if (!json_is_string(v))
				return lti_refuse(r->why, LTI_REASON_AUDIENCE, r->p->client_id,
						  SPAN("a list of something else than texts"));
			ours = ours || is_text(v, r->p->client_id);
		}
		if (!ours && n > 0)
			aud = json_array_get(aud, 0);
	}
	if (!ours)
		return lti_refuse_json(r->why, LTI_REASON_AUDIENCE, r->p->client_id, aud);
	/* Security Framework 5.1.3, 4 and 5 */
	if (azp != NULL && !json_is_null(azp) && !is_text(azp, r->p->client_id))
		return lti_refuse_json(r->why, LTI_REASON_AZP, r->p->client_id, azp);
	if (n > 1 && !is_text(azp, r->p->client_id))
		return lti_refuse_json(r->why, LTI_REASON_AZP, r->p->client_id, azp);
	return LTI_OK;
}

enum lti_result lti_read_registration(struct lti_reading *r)
{
	const json_t *iss = json_object_get(r->claims, "iss");

	if (!is_text(iss, r->p->issuer))
		return lti_refuse_json(r->why, LTI_REASON_ISSUER, r->p->issuer, iss);
	return read_audience(r);
}

/* NumericDate: whole or finite fraction, not negative, in seconds (RFC 7519 2). */
static bool time_of(const json_t *v, int64_t *ms_out)
{
	double s;

	if (!json_is_number(v))
		return false;
	s = json_number_value(v);
	if (!(s >= 0 && s < YEAR_10000))
		return false;
	*ms_out = (int64_t)(s * 1000.0);
	return true;
}

static enum lti_result refuse_time(struct lti_reading *r, enum lti_reason reason,
				   const char *what, int64_t off_ms)
{
	char want[80], got[80];

	snprintf(want, sizeof(want), "%s, clocks up to %d s apart", what, (int)r->x->leeway_s);
	snprintf(got, sizeof(got), "%lld s off", (long long)(off_ms / 1000));
	return lti_refuse(r->why, reason, want, span_of(got));
}

static enum lti_result check_times(struct lti_reading *r, int64_t nbf_ms)
{
	const struct lti_launch *l = r->l;
	int64_t leeway = r->x->leeway_s * 1000, age = r->x->max_age_s * 1000;
	int64_t now = r->now_ms;

	if (l->expires_ms < now - leeway)
		return refuse_time(r, LTI_REASON_TOKEN_EXPIRED, "exp ahead",
				   now - l->expires_ms);
	if (l->issued_ms > now + leeway)
		return refuse_time(r, LTI_REASON_TOKEN_FUTURE, "iat not ahead",
				   l->issued_ms - now);
	if (nbf_ms > now + leeway)
		return refuse_time(r, LTI_REASON_TOKEN_FUTURE, "nbf not ahead", nbf_ms - now);
	if (l->issued_ms < now - age - leeway)
		return refuse_time(r, LTI_REASON_TOKEN_OLD, "a fresh iat", now - l->issued_ms);
	if (l->expires_ms <= l->issued_ms)
		return lti_refuse(r->why, LTI_REASON_TOKEN_TIMES, "exp after iat", SPAN("before"));
	return LTI_OK;
}

static enum lti_result read_times(struct lti_reading *r)
{
	const json_t *exp = json_object_get(r->claims, "exp");
	const json_t *iat = json_object_get(r->claims, "iat");
	const json_t *nbf = json_object_get(r->claims, "nbf");
	int64_t nbf_ms = 0, old;
	enum lti_result rc;

	if (!time_of(exp, &r->l->expires_ms))
		return lti_refuse_json(r->why, LTI_REASON_EXP, "seconds since 1970", exp);
	if (!time_of(iat, &r->l->issued_ms))
		return lti_refuse_json(r->why, LTI_REASON_IAT, "seconds since 1970", iat);
	if (nbf != NULL && !json_is_null(nbf) && !time_of(nbf, &nbf_ms))
		return lti_refuse_json(r->why, LTI_REASON_CLAIM_TYPE, "nbf in seconds", nbf);
	rc = check_times(r, nbf_ms);
	if (rc != LTI_OK)
		return rc;
	/* after this moment the checks above refuse it, whatever the nonce table says */
	old = r->l->issued_ms + r->x->max_age_s * 1000;
	r->l->nonce_until_ms = (r->l->expires_ms < old ? r->l->expires_ms : old) +
			       r->x->leeway_s * 1000 + 1000;
	return LTI_OK;
}

static enum lti_result read_nonce(struct lti_reading *r)
{
	const json_t *v = json_object_get(r->claims, "nonce");
	struct span s = lti_json_span(v);

	if (s.n == 0)
		return lti_refuse(r->why, LTI_REASON_NONCE_MISSING, "the nonce of the login",
				  v == NULL ? SPAN("(nothing)") : SPAN("(no text)"));
	if (!jose_sha256(s, r->l->nonce_hash))
		return LTI_INTERNAL;
	if (!jose_equal(r->l->nonce_hash, r->x->state->nonce_hash, sizeof(r->l->nonce_hash)))
		return lti_refuse(r->why, LTI_REASON_NONCE, "the nonce of this login",
				  SPAN("another"));
	return LTI_OK;
}

enum lti_result lti_read_registered(struct lti_reading *r)
{
	const json_t *sub = json_object_get(r->claims, "sub");
	enum lti_result rc = read_times(r);

	if (rc == LTI_OK)
		rc = read_nonce(r);
	if (rc != LTI_OK)
		return rc;
	/* what came is never shown: it is a person's id */
	switch (lti_text_id(r->a, sub, &r->l->sub)) {
	case TEXT_OK:
		break;
	case TEXT_ABSENT:
		return lti_refuse(r->why, LTI_REASON_SUB_MISSING, "a user id", SPAN("(nothing)"));
	case TEXT_BAD:
		return lti_refuse(r->why, LTI_REASON_SUB, "text of at most 255 characters",
				  json_is_string(sub) ? SPAN("longer, or control characters") :
							SPAN("(no text)"));
	}
	return LTI_OK;
}
