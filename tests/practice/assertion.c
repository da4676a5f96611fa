/* Client assertions (RFC 7523 3) against the key set the tool publishes. */
#include <curl/curl.h>
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <stdlib.h>
#include <string.h>

#include "base/b64.h"
#include "base/magic.h"
#include "base/str.h"
#include "practice/services.h"

/* ---- the tool's keys ------------------------------------------------------------------ */

static size_t on_data(char *p, size_t size, size_t n, void *cls)
{
	struct buf *b = cls;

	buf_add(b, p, size * n);
	return b->err == E_OK ? size * n : 0;
}

static json_t *fetch_keys(void)
{
	struct buf b = BUF_INIT(1u << 20);
	CURL *c = curl_easy_init();
	char url[300];
	json_t *o = NULL;

	snprintf(url, sizeof(url), "%s/lti/keys.json", lms.tool);
	if (c != NULL) {
		curl_easy_setopt(c, CURLOPT_URL, url);
		curl_easy_setopt(c, CURLOPT_WRITEFUNCTION, on_data);
		curl_easy_setopt(c, CURLOPT_WRITEDATA, &b);
		curl_easy_setopt(c, CURLOPT_TIMEOUT, 5L);
		curl_easy_setopt(c, CURLOPT_NOSIGNAL, 1L);
		/* A tool of the browser tests has a throw-away certificate. */
		curl_easy_setopt(c, CURLOPT_SSL_VERIFYPEER, lms.tls ? 0L : 1L);
		if (curl_easy_perform(c) == CURLE_OK && b.p != NULL)
			o = json_loads(b.p, JSON_REJECT_DUPLICATES, NULL);
		curl_easy_cleanup(c);
	}
	buf_release(&b);
	return o;
}

static BIGNUM *number(const json_t *jwk, const char *name)
{
	const char *text = json_string_value(json_object_get(jwk, name));
	unsigned char bin[1100];
	size_t n = 0;

	if (text == NULL || strlen(text) > 1400 || !b64url_decode(span_of(text), bin, &n))
		return NULL;
	return BN_bin2bn(bin, (int)n, NULL);
}

static EVP_PKEY *rsa_key(const json_t *jwk)
{
	BIGNUM *n = number(jwk, "n"), *e = number(jwk, "e");
	OSSL_PARAM_BLD *bld = OSSL_PARAM_BLD_new();
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, "RSA", NULL);
	OSSL_PARAM *params = NULL;
	EVP_PKEY *key = NULL;

	if (n != NULL && e != NULL && bld != NULL && ctx != NULL &&
	    OSSL_PARAM_BLD_push_BN(bld, OSSL_PKEY_PARAM_RSA_N, n) == 1 &&
	    OSSL_PARAM_BLD_push_BN(bld, OSSL_PKEY_PARAM_RSA_E, e) == 1 &&
	    (params = OSSL_PARAM_BLD_to_param(bld)) != NULL &&
	    EVP_PKEY_fromdata_init(ctx) == 1 &&
	    EVP_PKEY_fromdata(ctx, &key, EVP_PKEY_PUBLIC_KEY, params) != 1)
		key = NULL;
	OSSL_PARAM_free(params);
	OSSL_PARAM_BLD_free(bld);
	EVP_PKEY_CTX_free(ctx);
	BN_free(n);
	BN_free(e);
	return key;
}

static EVP_PKEY *key_named(const json_t *set, const char *kid)
{
	json_t *jwk;
	size_t i;

	json_array_foreach(json_object_get(set, "keys"), i, jwk)
		if (str_eq(json_string_value(json_object_get(jwk, "kid")), kid))
			return rsa_key(jwk);
	return NULL;
}

/* ---- the assertion --------------------------------------------------------------------- */

static json_t *decoded_part(const char *p, size_t n)
{
	char *text = calloc(1, b64url_decoded_max(n) + 1);
	json_t *o = NULL;
	size_t len = 0;

	if (text != NULL && b64url_decode(span_mk(p, n), text, &len))
		o = json_loadb(text, len, JSON_REJECT_DUPLICATES, NULL);
	free(text);
	return o;
}

static bool signature_holds(EVP_PKEY *key, const char *jwt, const char *dot2)
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	unsigned char sig[1100];
	size_t n = 0;
	bool ok = ctx != NULL && strlen(dot2 + 1) < 1400 &&
		  b64url_decode(span_of(dot2 + 1), sig, &n) &&
		  EVP_DigestVerifyInit(ctx, NULL, EVP_sha256(), NULL, key) == 1 &&
		  EVP_DigestVerify(ctx, sig, n, (const unsigned char *)jwt,
				   (size_t)(dot2 - jwt)) == 1;

	EVP_MD_CTX_free(ctx);
	return ok;
}

static enum assertion judge(const char *jwt, const char *dot2, const json_t *head)
{
	const char *kid = json_string_value(json_object_get(head, "kid"));
	enum assertion a = A_OK;
	EVP_PKEY *key;
	json_t *set;

	if (kid == NULL)
		return A_NO_KID;
	set = fetch_keys();
	if (set == NULL)
		return A_NO_KEYS;
	key = key_named(set, kid);
	if (key == NULL)
		a = A_WRONG_KID;
	else if (!str_eq(json_string_value(json_object_get(head, "alg")), "RS256") ||
		 !signature_holds(key, jwt, dot2))
		a = A_BAD_SIGNATURE;
	EVP_PKEY_free(key);
	json_decref(set);
	return a;
}

enum assertion assertion_read(const char *jwt, json_t **claims_out)
{
	const char *dot = strchr(jwt, '.'), *dot2 = dot == NULL ? NULL : strchr(dot + 1, '.');
	enum assertion a = A_MALFORMED;
	json_t *head, *claims;

	*claims_out = NULL;
	if (dot2 == NULL)
		return A_MALFORMED;
	head = decoded_part(jwt, (size_t)(dot - jwt));
	claims = decoded_part(dot + 1, (size_t)(dot2 - dot - 1));
	if (json_is_object(head) && json_is_object(claims))
		a = judge(jwt, dot2, head);
	if (a == A_OK)
		*claims_out = json_incref(claims);
	assert((a == A_OK) == (*claims_out != NULL));
	json_decref(head);
	json_decref(claims);
	return a;
}
