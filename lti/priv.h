/*
 * What the files of lti/ share among themselves. OpenSSL and libjwt stay in
 * jose_*.c; the rest sees a key only as an opaque pointer.
 */
#ifndef LINTEL_LTI_PRIV_H
#define LINTEL_LTI_PRIV_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/str.h"
#include "lti/jwks.h"
#include "lti/launch.h"
#include "lti/reason.h"
#include "lti/result.h"
#include "lti/verify.h"

struct evp_pkey_st;		/* OpenSSL's EVP_PKEY */

/* ---- reason.c ---- */

/* Fills `why` and returns LTI_REFUSED. `expected` is our own words; `got` may be a peer's. */
enum lti_result lti_refuse(struct lti_refusal *why, enum lti_reason r, const char *expected,
			   struct span got);
enum lti_result lti_refuse_json(struct lti_refusal *why, enum lti_reason r,
				const char *expected, const json_t *got);

/* ---- jose_hash.c: false only if OpenSSL could not work at all ---- */

bool jose_sha256(struct span data, uint8_t out[32]);
bool jose_hmac(struct span key, struct span data, uint8_t out[32]);
bool jose_equal(const void *a, const void *b, size_t n);

/* ---- jose_key.c ---- */

/* NULL on success, else why not (static words). Inputs are base64url texts of a JWK. */
const char *jose_key_rsa(struct span n, struct span e, struct evp_pkey_st **out);
const char *jose_key_ec(struct span x, struct span y, struct evp_pkey_st **out);
void jose_key_free(struct evp_pkey_st *k);
/* The JWK members of a public key in the order of RFC 7638 3.2; false: memory. */
bool jose_key_members(const struct evp_pkey_st *k, struct buf *out);
bool jose_key_thumb(const struct evp_pkey_st *k, uint8_t out[32]);
enum lti_alg jose_key_alg(const struct evp_pkey_st *k);

/* ---- jose_verify.c ---- */

enum jose_sig { JOSE_SIG_GOOD, JOSE_SIG_BAD, JOSE_SIG_BROKEN };

enum jose_sig jose_verify(struct evp_pkey_st *k, enum lti_alg alg, struct span signed_part,
			  struct span sig);

/* ---- jose_libjwt.c ---- */

/* Reads an already proved token once more with libjwt: same alg, same claims? */
bool jose_second_reading(const char *token, enum lti_alg alg, const json_t *claims);

/* ---- jwks.c ---- */

struct lti_key {
	struct span kid;
	enum lti_alg alg;		/* 0 with why */
	struct evp_pkey_st *pkey;	/* NULL with why */
	const char *why;
	uint8_t thumb[32];
};

/* ---- token.c ---- */

struct lti_token {
	struct span text, signed_part;
	struct span header, payload, sig;	/* decoded, arena */
	const char *kid;
};

enum lti_result lti_token_split(struct arena *a, struct span text, struct lti_token *out,
				struct lti_refusal *why);
enum lti_result lti_token_header(struct arena *a, struct lti_token *t, enum lti_alg alg,
				 struct lti_refusal *why);
/* A JSON object with unique names, at most `depth` deep; NULL if not. json_decref() it. */
json_t *lti_json_object(struct span text, unsigned depth);

/* ---- claims.c, message.c, person.c, migrate.c, deeplink.c, review.c ---- */

struct lti_reading {
	struct arena *a;
	const struct lti_platform *p;
	const struct lti_expect *x;
	const json_t *claims;
	int64_t now_ms;
	struct lti_launch *l;
	struct lti_refusal *why;
};

#define LTI_CLAIM(name) "https://purl.imsglobal.org/spec/lti/claim/" name

enum lti_result lti_read_registration(struct lti_reading *r);	/* iss, aud, azp */
enum lti_result lti_read_registered(struct lti_reading *r);	/* times, nonce, sub */
enum lti_result lti_read_message(struct lti_reading *r);	/* LTI claims */
enum lti_result lti_read_place(struct lti_reading *r);		/* context, links, addresses */
enum lti_result lti_read_person(struct lti_reading *r);		/* roles, names, mentees */
enum lti_result lti_read_custom(struct lti_reading *r);		/* custom and what Canvas says */
void lti_read_legacy(struct lti_reading *r);			/* lti1p1 */
enum lti_result lti_read_deep_link(struct lti_reading *r);	/* its settings */
enum lti_result lti_read_review(struct lti_reading *r);		/* whose submission */

#endif
