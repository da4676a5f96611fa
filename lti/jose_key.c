/*
 * JWK members to EVP_PKEY and back (RFC 7518 6.2, 6.3; RFC 7638).
 *
 * Building from parameters costs about 10 microseconds a key; parsing PEM costs
 * seventy times more. EVP_PKEY_public_check() is left out for RSA on purpose: it
 * searches primes in a modulus the platform chose and nobody else can profit by.
 */
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <openssl/params.h>

#include "base/b64.h"
#include "base/buf.h"
#include "base/magic.h"
#include "jose_md.h"
#include "priv.h"

#define RSA_MIN_BITS 2048
#define RSA_MAX_BITS 8192
#define RSA_MAX_E_BITS 33
#define P256_LEN 32

static EVP_PKEY *build(const char *type, OSSL_PARAM_BLD *bld)
{
	OSSL_PARAM *params = OSSL_PARAM_BLD_to_param(bld);
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, type, NULL);
	EVP_PKEY *k = NULL;

	if (params == NULL || ctx == NULL || EVP_PKEY_fromdata_init(ctx) != 1 ||
	    EVP_PKEY_fromdata(ctx, &k, EVP_PKEY_PUBLIC_KEY, params) != 1)
		k = NULL;
	EVP_PKEY_CTX_free(ctx);
	OSSL_PARAM_free(params);
	ERR_clear_error();
	return k;
}

/* RFC 7518 2: Base64urlUInt; zero bytes in front are a common slip and harmless. */
static BIGNUM *uint_of(struct span s, size_t max_bytes)
{
	unsigned char raw[RSA_MAX_BITS / 8 + 8];
	size_t n;

	assert(max_bytes + 4 <= sizeof(raw));
	if (s.n == 0 || b64url_decoded_max(s.n) > max_bytes + 7 || !b64url_decode(s, raw, &n))
		return NULL;
	return BN_bin2bn(raw, (int)n, NULL);
}

static const char *rsa_flaw(const BIGNUM *n, const BIGNUM *e)
{
	if (n == NULL || e == NULL)
		return "n or e is no base64url number of sane size";
	if (BN_num_bits(n) < RSA_MIN_BITS)
		return "RSA key shorter than 2048 bits";
	if (BN_num_bits(n) > RSA_MAX_BITS)
		return "RSA key longer than 8192 bits";
	if (!BN_is_odd(n))
		return "RSA modulus is even";
	if (!BN_is_odd(e) || BN_is_one(e) || BN_num_bits(e) > RSA_MAX_E_BITS)
		return "RSA exponent is even, one, or too large";
	return NULL;
}

const char *jose_key_rsa(struct span n_text, struct span e_text, struct evp_pkey_st **out)
{
	BIGNUM *n = uint_of(n_text, RSA_MAX_BITS / 8 + 1), *e = uint_of(e_text, 16);
	OSSL_PARAM_BLD *bld = OSSL_PARAM_BLD_new();
	const char *why = rsa_flaw(n, e);

	*out = NULL;
	if (why != NULL)
		goto out;
	why = "RSA key was not accepted";
	if (bld == NULL || OSSL_PARAM_BLD_push_BN(bld, OSSL_PKEY_PARAM_RSA_N, n) != 1 ||
	    OSSL_PARAM_BLD_push_BN(bld, OSSL_PKEY_PARAM_RSA_E, e) != 1)
		goto out;
	*out = build("RSA", bld);
	if (*out != NULL)
		why = NULL;
out:
	OSSL_PARAM_BLD_free(bld);
	BN_free(n);
	BN_free(e);
	ERR_clear_error();
	return why;
}

/* RFC 7518 6.2.1.2: exactly the field size. */
static bool coordinate(struct span s, unsigned char out[P256_LEN])
{
	unsigned char raw[P256_LEN + 8];
	size_t n;

	if (b64url_decoded_max(s.n) > sizeof(raw) || !b64url_decode(s, raw, &n) || n != P256_LEN)
		return false;
	memcpy(out, raw, P256_LEN);
	return true;
}

const char *jose_key_ec(struct span x, struct span y, struct evp_pkey_st **out)
{
	unsigned char point[1 + 2 * P256_LEN] = { 4 };
	OSSL_PARAM_BLD *bld = NULL;
	EVP_PKEY_CTX *ctx = NULL;
	const char *why = "x or y has not 32 bytes";

	*out = NULL;
	if (!coordinate(x, point + 1) || !coordinate(y, point + 1 + P256_LEN))
		return why;
	why = "the point is not on P-256";
	bld = OSSL_PARAM_BLD_new();
	if (bld == NULL ||
	    OSSL_PARAM_BLD_push_utf8_string(bld, OSSL_PKEY_PARAM_GROUP_NAME, "prime256v1", 0) != 1 ||
	    OSSL_PARAM_BLD_push_octet_string(bld, OSSL_PKEY_PARAM_PUB_KEY, point,
					     sizeof(point)) != 1)
		goto out;
	*out = build("EC", bld);
	ctx = *out == NULL ? NULL : EVP_PKEY_CTX_new_from_pkey(NULL, *out, NULL);
	if (ctx != NULL && EVP_PKEY_public_check(ctx) == 1) {
		why = NULL;
	} else {
		EVP_PKEY_free(*out);
		*out = NULL;
	}
out:
	EVP_PKEY_CTX_free(ctx);
	OSSL_PARAM_BLD_free(bld);
	ERR_clear_error();
	return why;
}

void jose_key_free(struct evp_pkey_st *k)
{
	EVP_PKEY_free(k);
}

enum lti_alg jose_key_alg(const struct evp_pkey_st *k)
{
	return EVP_PKEY_is_a(k, "RSA") ? LTI_ALG_RS256 : LTI_ALG_ES256;
}

/* Fixed width for EC coordinates, no zeros in front for RSA numbers. */
static bool put_number(struct buf *out, const EVP_PKEY *k, const char *param, size_t width)
{
	unsigned char raw[RSA_MAX_BITS / 8 + 8];
	char text[(RSA_MAX_BITS / 8 + 8) / 3 * 4 + 8];
	BIGNUM *v = NULL;
	size_t n;
	bool ok = false;

	if (EVP_PKEY_get_bn_param(k, param, &v) == 1 &&
	    (size_t)BN_num_bytes(v) <= (width > 0 ? width : sizeof(raw))) {
		n = width > 0 ? width : (size_t)BN_num_bytes(v);
		if (BN_bn2binpad(v, raw, (int)n) == (int)n) {
			b64url_encode(raw, n, text);
			buf_addz(out, text);
			ok = true;
		}
	}
	BN_free(v);
	ERR_clear_error();
	return ok;
}

bool jose_key_members(const struct evp_pkey_st *k, struct buf *out)
{
	bool ok;

	if (jose_key_alg(k) == LTI_ALG_RS256) {
		buf_addz(out, "\"e\":\"");
		ok = put_number(out, k, OSSL_PKEY_PARAM_RSA_E, 0);
		buf_addz(out, "\",\"kty\":\"RSA\",\"n\":\"");
		ok = ok && put_number(out, k, OSSL_PKEY_PARAM_RSA_N, 0);
		buf_addz(out, "\"");
	} else {
		buf_addz(out, "\"crv\":\"P-256\",\"kty\":\"EC\",\"x\":\"");
		ok = put_number(out, k, OSSL_PKEY_PARAM_EC_PUB_X, P256_LEN);
		buf_addz(out, "\",\"y\":\"");
		ok = ok && put_number(out, k, OSSL_PKEY_PARAM_EC_PUB_Y, P256_LEN);
		buf_addz(out, "\"");
	}
	return ok && out->err == E_OK;
}

bool jose_key_thumb(const struct evp_pkey_st *k, uint8_t out[32])
{
	struct buf b = BUF_INIT(4096);
	bool ok;

	buf_addc(&b, '{');
	ok = jose_key_members(k, &b);
	buf_addc(&b, '}');
	ok = ok && b.err == E_OK && jose_sha256(span_mk(b.p, b.len), out);
	buf_release(&b);
	return ok;
}
