/* Key pairs of the minting platform, and what it publishes of them. */
#include "kit/mint.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/rsa.h>

#include "base/b64.h"

EVP_PKEY *mint_key(enum mint_key k)
{
	static EVP_PKEY *key[KEY_COUNT];

	if (key[k] == NULL)
		key[k] = k == KEY_EC ? EVP_EC_gen("P-256") :
			 k == KEY_SHORT ? EVP_RSA_gen(1024) : EVP_RSA_gen(2048);
	return key[k];
}

char *mint_b64(const void *p, size_t n)
{
	char *out = malloc(b64url_encoded_len(n) + 1);

	b64url_encode(p, n, out);
	return out;
}

static json_t *mint_number(EVP_PKEY *k, const char *name, int width)
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
json_t *mint_jwk(enum mint_key which, const char *kid)
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
struct lti_keyset *mint_keyset(json_t *keys)
{
	json_t *doc = json_pack("{s:o}", "keys", keys);
	char *text = json_dumps(doc, JSON_COMPACT);
	struct lti_keyset *ks = NULL;

	lti_keyset_parse(span_of(text), &ks, NULL);
	free(text);
	json_decref(doc);
	return ks;
}
