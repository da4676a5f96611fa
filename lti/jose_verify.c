/*
 * The signature (RFC 7515 5.2, RFC 7518 3.3 and 3.4) by OpenSSL on a key that
 * was built when the key set came.
 */
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>

#include "base/magic.h"
#include "jose_md.h"
#include "priv.h"

#define ES256_LEN 64
#define DER_MAX 80

/* ES256 signs R and S as 32 bytes each; OpenSSL wants them as an ASN.1 sequence. */
static bool es256_der(struct span sig, unsigned char der[DER_MAX], size_t *n_out)
{
	const unsigned char *raw = (const unsigned char *)sig.p;
	ECDSA_SIG *s = ECDSA_SIG_new();
	BIGNUM *r = BN_bin2bn(raw, ES256_LEN / 2, NULL);
	BIGNUM *v = BN_bin2bn(raw + ES256_LEN / 2, ES256_LEN / 2, NULL);
	unsigned char *end = der;
	int n = -1;

	if (s != NULL && r != NULL && v != NULL && ECDSA_SIG_set0(s, r, v) == 1) {
		r = v = NULL;		/* the signature owns them now */
		n = i2d_ECDSA_SIG(s, NULL);
		if (n > 0 && n <= DER_MAX)
			n = i2d_ECDSA_SIG(s, &end);
	}
	BN_free(r);
	BN_free(v);
	ECDSA_SIG_free(s);
	if (n <= 0 || n > DER_MAX)
		return false;
	*n_out = (size_t)n;
	return true;
}

enum jose_sig jose_verify(struct evp_pkey_st *k, enum lti_alg alg, struct span signed_part,
			  struct span sig)
{
	enum jose_sig verdict = JOSE_SIG_BROKEN;
	unsigned char der[DER_MAX];
	EVP_MD_CTX *ctx;
	int rc;

	assert(k != NULL && jose_key_alg(k) == alg);
	if (alg == LTI_ALG_RS256 && sig.n != (size_t)EVP_PKEY_get_size(k))
		return JOSE_SIG_BAD;
	if (alg == LTI_ALG_ES256) {
		if (sig.n != ES256_LEN)
			return JOSE_SIG_BAD;
		if (!es256_der(sig, der, &sig.n))
			return JOSE_SIG_BROKEN;
		sig.p = (const char *)der;
	}
	ctx = EVP_MD_CTX_new();
	if (ctx != NULL && jose_md() != NULL &&
	    EVP_DigestVerifyInit(ctx, NULL, jose_md(), NULL, k) == 1) {
		rc = EVP_DigestVerify(ctx, (const unsigned char *)sig.p, sig.n,
				      (const unsigned char *)signed_part.p, signed_part.n);
		verdict = rc == 1 ? JOSE_SIG_GOOD : JOSE_SIG_BAD;
	}
	EVP_MD_CTX_free(ctx);
	ERR_clear_error();	/* libcurl and others on this thread read the same queue */
	return verdict;
}
