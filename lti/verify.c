/*
 * lti_verify(): the checks in their order. See lti/verify.h.
 */
#include "lti/verify.h"

#include <string.h>

#include "base/magic.h"
#include "priv.h"

/*
 * The key does not prove the token. Before that is said: a token of another
 * registration should be called so, and should never make us fetch keys. The
 * claims are not trusted for anything but this refusal.
 */
static enum lti_result unproved(struct lti_reading *r, const struct lti_token *t,
				enum lti_reason reason, const char *expected, struct span got)
{
	json_t *claims = lti_json_object(t->payload, LTI_CLAIMS_DEPTH);
	enum lti_result rc = LTI_OK;

	if (claims != NULL) {
		r->claims = claims;
		rc = lti_read_registration(r);
		r->claims = NULL;
		json_decref(claims);
	}
	if (rc != LTI_OK)
		return rc;
	lti_refuse(r->why, reason, expected, got);
	return r->x->keys_final ? LTI_REFUSED : LTI_NEED_KEYS;
}

static enum lti_result check_signature(struct lti_reading *r, const struct lti_token *t,
				       const struct lti_keyset *ks)
{
	struct span kid = span_of(t->kid);
	enum lti_alg alg = r->p->alg;
	const struct lti_key *k;
	const char *why;
	unsigned i;

	if (ks == NULL)
		return unproved(r, t, LTI_REASON_KEYS_UNAVAILABLE, "the platform's key set",
				SPAN("none yet"));
	for (i = 0; (k = lti_keyset_find(ks, kid, alg, i)) != NULL; i++) {
		switch (jose_verify(k->pkey, alg, t->signed_part, t->sig)) {
		case JOSE_SIG_GOOD:
			return LTI_OK;
		case JOSE_SIG_BROKEN:
			return LTI_INTERNAL;
		case JOSE_SIG_BAD:
			break;
		}
	}
	if (i > 0)
		return unproved(r, t, LTI_REASON_SIGNATURE, "a signature by the key", kid);
	why = lti_keyset_why_not(ks, kid, alg);
	if (why != NULL)
		return unproved(r, t, LTI_REASON_KEY_UNFIT, "a usable key", span_of(why));
	return unproved(r, t, LTI_REASON_KID_UNKNOWN, "a kid of the platform's key set", kid);
}

static enum lti_result read_claims(struct lti_reading *r)
{
	enum lti_result rc = lti_read_registration(r);

	if (rc == LTI_OK)
		rc = lti_read_registered(r);
	if (rc == LTI_OK)
		rc = lti_read_message(r);
	if (rc == LTI_OK)
		rc = lti_read_place(r);
	if (rc == LTI_OK)
		rc = lti_read_person(r);
	if (rc == LTI_OK)
		rc = lti_read_custom(r);
	if (rc == LTI_OK)
		rc = lti_read_deep_link(r);
	if (rc == LTI_OK)
		rc = lti_read_review(r);
	return rc;
}

static enum lti_result read_twice(struct lti_reading *r, const struct lti_token *t)
{
	json_t *claims = lti_json_object(t->payload, LTI_CLAIMS_DEPTH);
	char *text = arena_strndup(r->a, t->text.p, t->text.n);
	enum lti_result rc = LTI_INTERNAL;

	if (claims == NULL) {
		rc = lti_refuse(r->why, LTI_REASON_CLAIMS_JSON, "one JSON object, unique names",
				SPAN("something else"));
		goto out;
	}
	if (text == NULL)
		goto out;
	if (!jose_second_reading(text, r->p->alg, claims)) {
		rc = lti_refuse(r->why, LTI_REASON_SECOND_READING, "the same twice",
				SPAN("two readings"));
		goto out;
	}
	r->claims = claims;
	rc = read_claims(r);
	r->claims = NULL;
out:
	json_decref(claims);
	return rc;
}

static enum lti_result prove_and_read(struct lti_reading *r, const struct lti_env *env,
				      struct span token, uint64_t *seen)
{
	struct lti_token t = { .kid = NULL };
	struct lti_keyset *ks;
	enum lti_result rc = lti_token_split(r->a, token, &t, r->why);

	if (rc == LTI_OK)
		rc = lti_token_header(r->a, &t, r->p->alg, r->why);
	if (rc != LTI_OK)
		return rc;
	ks = env->keys_cached(env->cls, r->p);
	*seen = ks == NULL ? 0 : lti_keyset_serial(ks);
	rc = check_signature(r, &t, ks);
	lti_keyset_free(ks);
	return rc == LTI_OK ? read_twice(r, &t) : rc;
}

enum lti_result lti_verify(struct arena *a, const struct lti_env *env,
			   const struct lti_platform *p, const struct lti_expect *x,
			   struct span token, struct lti_launch *out,
			   struct lti_refusal *why, uint64_t *keys_seen_out)
{
	struct lti_launch l = { .platform = p->id };
	struct lti_reading r = { .a = a, .p = p, .x = x, .l = &l, .why = why };
	uint64_t seen = 0;
	enum lti_result rc;

	assert(p->id != 0 && p->id == x->state->platform);
	assert(x->leeway_s >= 0 && x->leeway_s <= LTI_LEEWAY_MAX);
	assert(x->max_age_s > 0 && x->origins != NULL && x->origins[0] != NULL);
	*out = (struct lti_launch){ .platform = 0 };
	*why = (struct lti_refusal){ .reason = LTI_REASON_NONE };
	r.now_ms = env->now_ms(env->cls);
	l.bound = x->state->bound;
	memcpy(l.tag, x->state->tag, sizeof(l.tag));
	rc = prove_and_read(&r, env, token, &seen);
	if (keys_seen_out != NULL)
		*keys_seen_out = seen;
	/* a text that memory was missing for would look like an absent claim */
	if (rc == LTI_OK && a->failed)
		rc = LTI_INTERNAL;
	if (rc == LTI_OK)
		*out = l;
	return rc;
}
