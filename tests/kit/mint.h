/*
 * For tests of lti/: a small platform that signs whatever it is told to, with
 * OpenSSL and jansson only, so that no bug of the library sits on both ends.
 *   mint_key.c   key pairs and key sets      mint_sign.c   signing, also badly
 *   mint.c       the good launch, and the world of one test
 */
#ifndef LINTEL_TESTS_KIT_MINT_H
#define LINTEL_TESTS_KIT_MINT_H

#include <jansson.h>
#include <openssl/evp.h>

#include "base/arena.h"
#include "lti/jwks.h"
#include "lti/login.h"
#include "lti/verify.h"

#define MINT_NOW 1795450400000LL	/* the clock of these tests, ms */
#define MINT_ORIGIN "https://tool.example"
#define MINT_CLAIM(n) "https://purl.imsglobal.org/spec/lti/claim/" n
#define MINT_MEMBER "http://purl.imsglobal.org/vocab/lis/v2/membership#"

/* ---- mint_key.c ---- */

enum mint_key { KEY_GOOD, KEY_EVIL, KEY_B, KEY_EC, KEY_SHORT, KEY_COUNT };

EVP_PKEY *mint_key(enum mint_key k);	/* made when first asked for */
char *mint_b64(const void *p, size_t n);		/* free() it */
/* A JWK with kid, alg and use; the caller may spoil it. */
json_t *mint_jwk(enum mint_key which, const char *kid);
/* Parses {"keys":[...]} and takes over the list; NULL if refused. */
struct lti_keyset *mint_keyset(json_t *keys);

/* ---- mint_sign.c ---- */

struct mint_sign {
	const char *alg;	/* of the arithmetic: RS256, RS512, ES256, HS256, none */
	enum mint_key key;
	const char *hash;	/* another digest for RS256: "SHA1" */
	const char *secret;	/* HS256: "spki-der", "spki-pem", or the secret itself */
	bool graft;		/* none: keep the bytes of a good signature */
};

/* The text an attacker rebuilds from the public key set. */
size_t mint_public(EVP_PKEY *k, bool pem, unsigned char *out, size_t max);
size_t mint_signature(const struct mint_sign *s, const char *in, unsigned char out[1100]);
/* header and payload as raw texts, so that broken JSON can be signed too. free() it. */
char *mint_raw(const char *header, const char *payload, size_t payload_n,
	       const struct mint_sign *s);
char *mint_token(json_t *header, json_t *claims, const struct mint_sign *s);

/* ---- mint.c ---- */

extern const char *const mint_origins[];
json_t *mint_header(const char *alg, const char *kid);
json_t *mint_claims(const char *nonce);

struct mint_world {
	struct arena a;
	struct lti_env env;
	struct lti_platform p;
	struct lti_keyset *keys;
	int64_t now_ms;
	uint64_t dice;
	struct lti_state st;
	struct lti_expect x;
	char nonce[64];
	struct lti_launch l;
	struct lti_refusal why;
	uint64_t seen;
};

void mint_open(struct mint_world *w);
void mint_close(struct mint_world *w);
enum lti_result mint_verify(struct mint_world *w, const char *token, size_t n);
/* Signs with the good key and reads back; takes over the claims. */
enum lti_result mint_try(struct mint_world *w, json_t *claims);

#endif
