/*
 * Our own keys: made, stored as PEM, published, used through libjwt.
 */
#include <jwt.h>
#include <openssl/bio.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <stdlib.h>
#include <string.h>

#include "base/b64.h"
#include "base/json.h"
#include "base/magic.h"
#include "jose_md.h"
#include "lti/ownkeys.h"
#include "priv.h"

#define OWNKEY_MAGIC 0x0e4c3a11u
#define PEM_MAX 16384u

struct lti_ownkey {
	unsigned magic;
	enum lti_alg alg;
	EVP_PKEY *pkey;
	struct buf pem;		/* for libjwt, which parses it at each use */
	char kid[LTI_THUMBPRINT_LEN + 1];
};

static enum err fill_pem(struct lti_ownkey *k)
{
	BIO *bio = BIO_new(BIO_s_secmem());
	enum err e = E_NOMEM;
	char *p = NULL;
	long n;

	k->pem = BUF_INIT(PEM_MAX);
	if (bio == NULL || PEM_write_bio_PKCS8PrivateKey(bio, k->pkey, NULL, NULL, 0, NULL,
							 NULL) != 1)
		goto out;
	n = BIO_get_mem_data(bio, &p);
	if (n <= 0)
		goto out;
	buf_add(&k->pem, p, (size_t)n);
	e = k->pem.err;
out:
	BIO_free(bio);
	ERR_clear_error();
	return e;
}

/* Takes over the key, also when it fails. */
static enum err wrap(EVP_PKEY *pkey, struct lti_ownkey **out)
{
	struct lti_ownkey *k = calloc(1, sizeof(*k));
	uint8_t thumb[32];
	enum err e = E_NOMEM;

	*out = NULL;
	if (k == NULL) {
		EVP_PKEY_free(pkey);
		return E_NOMEM;
	}
	k->magic = OWNKEY_MAGIC;
	k->pkey = pkey;
	k->alg = jose_key_alg(pkey);
	if (jose_key_thumb(pkey, thumb))
		e = fill_pem(k);
	if (e != E_OK) {
		lti_ownkey_free(k);
		return e;
	}
	b64url_encode(thumb, sizeof(thumb), k->kid);
	*out = k;
	return E_OK;
}

enum err lti_ownkey_make(enum lti_alg alg, struct lti_ownkey **out)
{
	EVP_PKEY *pkey = alg == LTI_ALG_RS256 ? EVP_RSA_gen(3072) : EVP_EC_gen("P-256");

	*out = NULL;
	ERR_clear_error();
	return pkey == NULL ? E_INTERNAL : wrap(pkey, out);
}

/* Never a prompt on the terminal: an encrypted key is refused instead. */
static int no_passphrase(char *buf, int size, int rw, void *cls)
{
	(void)buf;
	(void)size;
	(void)rw;
	(void)cls;
	return -1;
}

static bool acceptable(const EVP_PKEY *k)
{
	char group[32];
	size_t n;

	if (EVP_PKEY_is_a(k, "RSA"))
		return EVP_PKEY_get_bits(k) >= 2048 && EVP_PKEY_get_bits(k) <= 8192;
	return EVP_PKEY_is_a(k, "EC") &&
	       EVP_PKEY_get_group_name(k, group, sizeof(group), &n) == 1 &&
	       strcmp(group, "prime256v1") == 0;
}

enum err lti_ownkey_load(struct span pem, struct lti_ownkey **out)
{
	EVP_PKEY *pkey = NULL;
	BIO *bio;

	*out = NULL;
	if (pem.n == 0 || pem.n > PEM_MAX)
		return E_INPUT;
	bio = BIO_new_mem_buf(pem.p, (int)pem.n);
	if (bio == NULL)
		return E_NOMEM;
	pkey = PEM_read_bio_PrivateKey(bio, NULL, no_passphrase, NULL);
	BIO_free(bio);
	ERR_clear_error();
	if (pkey == NULL)
		return E_INPUT;
	if (!acceptable(pkey)) {
		EVP_PKEY_free(pkey);
		return E_INPUT;
	}
	return wrap(pkey, out);
}

enum err lti_ownkey_pem(const struct lti_ownkey *k, struct buf *out)
{
	CHECK_MAGIC(k, OWNKEY_MAGIC);
	buf_add(out, k->pem.p, k->pem.len);
	return out->err;
}

void lti_ownkey_free(struct lti_ownkey *k)
{
	if (k == NULL)
		return;
	CHECK_MAGIC(k, OWNKEY_MAGIC);
	EVP_PKEY_free(k->pkey);
	buf_wipe(&k->pem);
	k->magic = 0;
	free(k);
}

const char *lti_ownkey_kid(const struct lti_ownkey *k)
{
	CHECK_MAGIC(k, OWNKEY_MAGIC);
	return k->kid;
}

enum lti_alg lti_ownkey_alg(const struct lti_ownkey *k)
{
	CHECK_MAGIC(k, OWNKEY_MAGIC);
	return k->alg;
}

enum err lti_ownkeys_jwks(const struct lti_ownkey *const *keys, unsigned n, struct buf *out)
{
	buf_addz(out, "{\"keys\":[");
	for (unsigned i = 0; i < n; i++) {
		CHECK_MAGIC(keys[i], OWNKEY_MAGIC);
		buf_printf(out, "%s{\"alg\":\"%s\",\"kid\":\"%s\",\"use\":\"sig\",",
			   i == 0 ? "" : ",", lti_alg_name(keys[i]->alg), keys[i]->kid);
		if (!jose_key_members(keys[i]->pkey, out))
			return out->err != E_OK ? out->err : E_INTERNAL;
		buf_addc(out, '}');
	}
	buf_addz(out, "]}");
	return out->err;
}

/* What leaves us is what we would accept: catches a fault in the signature as well. */
static bool reads_back(const struct lti_ownkey *k, struct span token)
{
	struct lti_refusal why;
	struct lti_token t;
	struct arena a;
	bool good;

	arena_init(&a, 4 * LTI_TOKEN_MAX);
	good = lti_token_split(&a, token, &t, &why) == LTI_OK &&
	       lti_token_header(&a, &t, k->alg, &why) == LTI_OK && strcmp(t.kid, k->kid) == 0 &&
	       jose_verify(k->pkey, k->alg, t.signed_part, t.sig) == JOSE_SIG_GOOD;
	arena_release(&a);
	return good;
}

enum err lti_sign(const struct lti_ownkey *k, struct span claims_json, struct buf *out)
{
	json_t *claims = lti_json_object(claims_json, LTI_CLAIMS_DEPTH);
	char *text = NULL, *token = NULL;
	enum err e = E_INTERNAL;
	jwt_t *jwt = NULL;

	CHECK_MAGIC(k, OWNKEY_MAGIC);
	if (claims == NULL)
		return E_INPUT;
	text = json_dumps(claims, JSON_COMPACT);
	if (text == NULL || jwt_new(&jwt) != 0 || jwt_add_grants_json(jwt, text) != 0 ||
	    jwt_add_header(jwt, "kid", k->kid) != 0 ||
	    jwt_set_alg(jwt, k->alg == LTI_ALG_RS256 ? JWT_ALG_RS256 : JWT_ALG_ES256,
			(const unsigned char *)k->pem.p, (int)k->pem.len) != 0)
		goto out;
	token = jwt_encode_str(jwt);
	if (token == NULL || !reads_back(k, span_of(token)))
		goto out;
	buf_addz(out, token);
	e = out->err;
out:
	ERR_clear_error();
	free(token);
	jwt_free(jwt);
	free(text);
	json_decref(claims);
	return e;
}
