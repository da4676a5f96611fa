/*
 * For tests of lti/: a small platform that signs whatever it is told to, with
 * OpenSSL and jansson only, so that no bug of the library sits on both ends.
 */
#ifndef LINTEL_TESTS_LTI_MINT_H
#define LINTEL_TESTS_LTI_MINT_H

#include <jansson.h>
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#include "base/arena.h"
#include "base/b64.h"
#include "lti/jwks.h"
#include "lti/login.h"
#include "lti/verify.h"

#define MINT_NOW 1795450400000LL	/* the clock of these tests, ms */
#define MINT_ORIGIN "https://tool.example"
#define MINT_CLAIM(n) "https://purl.imsglobal.org/spec/lti/claim/" n
#define MINT_MEMBER "http://purl.imsglobal.org/vocab/lis/v2/membership#"
#define MINT __attribute__((unused)) static

enum mint_key { KEY_GOOD, KEY_EVIL, KEY_B, KEY_EC, KEY_SHORT, KEY_COUNT };

MINT EVP_PKEY *mint_key(enum mint_key k)
{
	static EVP_PKEY *key[KEY_COUNT];

	if (key[k] == NULL)
		key[k] = k == KEY_EC ? EVP_EC_gen("P-256") :
			 k == KEY_SHORT ? EVP_RSA_gen(1024) : EVP_RSA_gen(2048);
	return key[k];
}

MINT char *mint_b64(const void *p, size_t n)
{
	char *out = malloc(b64url_encoded_len(n) + 1);

	b64url_encode(p, n, out);
	return out;
}

MINT json_t *mint_number(EVP_PKEY *k, const char *name, int width)
{
	unsigned char raw[1100];
	BIGNUM *v = NULL;
	json_t *j;
	char *t;
	int n;

	EVP_PKEY_get_bn_param(k, name, &v);
	n = width > 0 ? BN_bn2binpad(v, raw, width) : BN_bn2bin(v, raw);
	t = mint_b64(raw, (size_t)n);
	j = json_string(t);
	free(t);
	BN_free(v);
	return j;
}

/* A JWK with kid, alg and use; the caller may spoil it. */
MINT json_t *mint_jwk(enum mint_key which, const char *kid)
{
	EVP_PKEY *k = mint_key(which);

	if (which == KEY_EC)
		return json_pack("{s:s,s:s,s:s,s:s,s:s,s:o,s:o}", "kty", "EC", "crv", "P-256",
				 "use", "sig", "alg", "ES256", "kid", kid,
				 "x", mint_number(k, OSSL_PKEY_PARAM_EC_PUB_X, 32),
				 "y", mint_number(k, OSSL_PKEY_PARAM_EC_PUB_Y, 32));
	return json_pack("{s:s,s:s,s:s,s:s,s:o,s:o}", "kty", "RSA", "use", "sig", "alg", "RS256",
			 "kid", kid, "n", mint_number(k, OSSL_PKEY_PARAM_RSA_N, 0),
			 "e", mint_number(k, OSSL_PKEY_PARAM_RSA_E, 0));
}

/* Parses {"keys":[...]} and takes over the list; NULL if refused. */
MINT struct lti_keyset *mint_keyset(json_t *keys)
{
	json_t *doc = json_pack("{s:o}", "keys", keys);
	char *text = json_dumps(doc, JSON_COMPACT);
	struct lti_keyset *ks = NULL;

	lti_keyset_parse(span_of(text), &ks, NULL);
	free(text);
	json_decref(doc);
	return ks;
}

/* ---- signing ---- */

struct mint_sign {
	const char *alg;	/* of the arithmetic: RS256, RS512, ES256, HS256, none */
	enum mint_key key;
	const char *hash;	/* another digest for RS256: "SHA1" */
	const char *secret;	/* HS256: "spki-der", "spki-pem", or the secret itself */
	bool graft;		/* none: keep the bytes of a good signature */
};

MINT size_t mint_sig_pkey(EVP_PKEY *k, const char *hash, const char *in, size_t n,
			  unsigned char *out, size_t max)
{
	EVP_MD_CTX *c = EVP_MD_CTX_new();
	size_t len = max;

	if (EVP_DigestSignInit_ex(c, NULL, hash, NULL, NULL, k, NULL) != 1 ||
	    EVP_DigestSign(c, out, &len, (const unsigned char *)in, n) != 1)
		len = 0;
	EVP_MD_CTX_free(c);
	return len;
}

MINT size_t mint_sig_ec(EVP_PKEY *k, const char *in, size_t n, unsigned char *out)
{
	unsigned char der[256];
	const unsigned char *p = der;
	ECDSA_SIG *s;
	long len = (long)mint_sig_pkey(k, "SHA256", in, n, der, sizeof(der));

	s = d2i_ECDSA_SIG(NULL, &p, len);
	BN_bn2binpad(ECDSA_SIG_get0_r(s), out, 32);
	BN_bn2binpad(ECDSA_SIG_get0_s(s), out + 32, 32);
	ECDSA_SIG_free(s);
	return 64;
}

/* The text an attacker rebuilds from the public key set. */
MINT size_t mint_public(EVP_PKEY *k, bool pem, unsigned char *out, size_t max)
{
	unsigned char *der = NULL;
	int n = i2d_PUBKEY(k, &der);
	size_t len = (size_t)n;
	char line[2048];

	if (!pem) {
		memcpy(out, der, len);
	} else {
		EVP_EncodeBlock((unsigned char *)line, der, n);
		len = (size_t)snprintf((char *)out, max, "-----BEGIN PUBLIC KEY-----\n");
		for (const char *p = line; *p != '\0'; p += strnlen(p, 64))
			len += (size_t)snprintf((char *)out + len, max - len, "%.64s\n", p);
		len += (size_t)snprintf((char *)out + len, max - len, "-----END PUBLIC KEY-----\n");
	}
	OPENSSL_free(der);
	return len;
}

MINT size_t mint_signature(const struct mint_sign *s, const char *in, unsigned char out[1100])
{
	unsigned char secret[4096];
	size_t n;
	unsigned len = 0;

	if (strcmp(s->alg, "none") == 0 && !s->graft)
		return 0;
	if (strcmp(s->alg, "HS256") == 0) {
		bool der = strcmp(s->secret, "spki-der") == 0;

		if (der || strcmp(s->secret, "spki-pem") == 0) {
			n = mint_public(mint_key(s->key), !der, secret, sizeof(secret));
		} else {
			n = strlen(s->secret);
			memcpy(secret, s->secret, n);
		}
		HMAC(EVP_sha256(), secret, (int)n, (const unsigned char *)in, strlen(in), out,
		     &len);
		return len;
	}
	if (strcmp(s->alg, "ES256") == 0)
		return mint_sig_ec(mint_key(KEY_EC), in, strlen(in), out);
	return mint_sig_pkey(mint_key(s->key), s->hash != NULL ? s->hash :
			     strcmp(s->alg, "RS512") == 0 ? "SHA512" : "SHA256",
			     in, strlen(in), out, 1100);
}

/* header and payload as raw texts, so that broken JSON can be signed too. free() it. */
MINT char *mint_raw(const char *header, const char *payload, size_t payload_n,
		    const struct mint_sign *s)
{
	char *h = mint_b64(header, strlen(header)), *p = mint_b64(payload, payload_n);
	size_t n = strlen(h) + strlen(p) + 2;
	char *in = malloc(n), *sig, *token;
	unsigned char raw[1100];

	snprintf(in, n, "%s.%s", h, p);
	sig = mint_b64(raw, mint_signature(s, in, raw));
	n += strlen(sig) + 1;
	token = malloc(n);
	snprintf(token, n, "%s.%s", in, sig);
	free(h);
	free(p);
	free(in);
	free(sig);
	return token;
}

MINT char *mint_token(json_t *header, json_t *claims, const struct mint_sign *s)
{
	char *h = json_dumps(header, JSON_COMPACT), *c = json_dumps(claims, JSON_COMPACT);
	char *t = mint_raw(h, c, strlen(c), s);

	free(h);
	free(c);
	return t;
}

/* ---- the good launch ---- */

MINT json_t *mint_header(const char *alg, const char *kid)
{
	return json_pack("{s:s,s:s,s:s}", "alg", alg, "typ", "JWT", "kid", kid);
}

MINT json_t *mint_claims(const char *nonce)
{
	json_int_t now = MINT_NOW / 1000;

	return json_pack(
		"{s:s,s:s,s:s,s:I,s:I,s:s, s:s,s:s,s:s,s:s,s:s,"
		" s:s,s:s,s:s,s:s, s:{s:s,s:s}, s:[s], s:{s:s,s:s,s:s,s:[s]},"
		" s:{s:s,s:s}, s:{s:s,s:s,s:s}, s:{s:s}}",
		"iss", "https://a.lti.test", "aud", "client-a", "sub", "user-1",
		"exp", now + 300, "iat", now, "nonce", nonce,
		"name", "Ada Learner", "given_name", "Ada", "family_name", "Learner",
		"email", "ada@example.org", "locale", "en",
		MINT_CLAIM("message_type"), "LtiResourceLinkRequest",
		MINT_CLAIM("version"), "1.3.0", MINT_CLAIM("deployment_id"), "dep-a1",
		MINT_CLAIM("target_link_uri"), MINT_ORIGIN "/lti/launch",
		MINT_CLAIM("resource_link"), "id", "link-1", "title", "Partners",
		MINT_CLAIM("roles"), MINT_MEMBER "Learner",
		MINT_CLAIM("context"), "id", "ctx-1", "label", "M7", "title", "Mathematics 7",
		"type", "CourseSection",
		MINT_CLAIM("tool_platform"), "guid", "g-1", "product_family_code", "other",
		MINT_CLAIM("launch_presentation"), "document_target", "iframe",
		"return_url", "https://a.lti.test/back", "locale", "en-GB",
		MINT_CLAIM("custom"), "colour", "blue");
}

/* ---- the world of one test ---- */

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

MINT struct lti_keyset *mint_cached(void *cls, const struct lti_platform *p)
{
	struct mint_world *w = cls;

	(void)p;
	return w->keys == NULL ? NULL : lti_keyset_ref(w->keys);
}

MINT void mint_random(void *cls, void *out, size_t n)
{
	struct mint_world *w = cls;
	unsigned char *p = out;

	for (size_t i = 0; i < n; i++) {
		w->dice = w->dice * 6364136223846793005u + 1442695040888963407u;
		p[i] = (unsigned char)(w->dice >> 56);
	}
}

MINT int64_t mint_now(void *cls)
{
	return ((struct mint_world *)cls)->now_ms;
}

MINT const char *const mint_origins[] = { MINT_ORIGIN, NULL };

MINT void mint_open(struct mint_world *w)
{
	*w = (struct mint_world){ .now_ms = MINT_NOW, .dice = 1 };
	arena_init(&w->a, 4u << 20);
	w->env = (struct lti_env){ w, mint_cached, mint_random, mint_now };
	w->p = (struct lti_platform){
		.id = 7, .issuer = "https://a.lti.test", .client_id = "client-a",
		.auth_url = "https://a.lti.test/auth", .jwks_url = "https://a.lti.test/keys",
		.alg = LTI_ALG_RS256,
	};
	w->keys = mint_keyset(json_pack("[o]", mint_jwk(KEY_GOOD, "k1")));
	snprintf(w->nonce, sizeof(w->nonce), "nonce-of-this-login");
	w->st = (struct lti_state){ .platform = 7, .tag = "tag", .bound = true,
				    .issued_ms = MINT_NOW };
	EVP_Digest(w->nonce, strlen(w->nonce), w->st.nonce_hash, NULL, EVP_sha256(), NULL);
	w->x = (struct lti_expect){ .state = &w->st, .origins = mint_origins, .leeway_s = 60,
				    .max_age_s = 600, .keys_final = true };
}

MINT void mint_close(struct mint_world *w)
{
	lti_keyset_free(w->keys);
	arena_release(&w->a);
}

MINT enum lti_result mint_verify(struct mint_world *w, const char *token, size_t n)
{
	arena_clear(&w->a);
	return lti_verify(&w->a, &w->env, &w->p, &w->x, span_mk(token, n), &w->l, &w->why,
			  &w->seen);
}

/* Signs with the good key and reads back; takes over the claims. */
MINT enum lti_result mint_try(struct mint_world *w, json_t *claims)
{
	const struct mint_sign s = { .alg = "RS256" };
	json_t *h = mint_header("RS256", "k1");
	char *t = mint_token(h, claims, &s);
	enum lti_result rc = mint_verify(w, t, strlen(t));

	free(t);
	json_decref(h);
	json_decref(claims);
	return rc;
}

#endif
