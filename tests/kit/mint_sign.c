/* Signing as a platform does, and as one who attacks it. */
#include "kit/mint.h"

#include <openssl/ec.h>
#include <openssl/hmac.h>
#include <openssl/x509.h>

static size_t mint_sig_pkey(EVP_PKEY *k, const char *hash, const char *in, size_t n,
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

static size_t mint_sig_ec(EVP_PKEY *k, const char *in, size_t n, unsigned char *out)
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
size_t mint_public(EVP_PKEY *k, bool pem, unsigned char *out, size_t max)
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

size_t mint_signature(const struct mint_sign *s, const char *in, unsigned char out[1100])
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
char *mint_raw(const char *header, const char *payload, size_t payload_n,
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

char *mint_token(json_t *header, json_t *claims, const struct mint_sign *s)
{
	char *h = json_dumps(header, JSON_COMPACT), *c = json_dumps(claims, JSON_COMPACT);
	char *t = mint_raw(h, c, strlen(c), s);

	free(h);
	free(c);
	return t;
}
