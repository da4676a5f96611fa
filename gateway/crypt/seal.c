/*
 * Sealing with AES-256-GCM: nonce (12, random) | ciphertext | tag (16). A random
 * nonce is safe for 2^32 seals under one key (NIST SP 800-38D 8.3); what we seal
 * are keys and secrets, a few thousand in the life of an installation.
 */
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <pthread.h>

#include "base/magic.h"
#include "gw/crypt.h"

#define NONCE_LEN 12
#define TAG_LEN 16

static pthread_once_t fetched = PTHREAD_ONCE_INIT;
static EVP_CIPHER *gcm;

static void fetch(void)
{
	gcm = EVP_CIPHER_fetch(NULL, "AES-256-GCM", NULL);
	assert(gcm != NULL);
}

static bool fits(struct span s)
{
	return s.n <= INT32_MAX - SEAL_OVERHEAD;
}

/* Context with key, nonce and additional data taken in; NULL when memory is out. */
static EVP_CIPHER_CTX *begin(const uint8_t *key, const uint8_t *nonce, struct span aad, int seal)
{
	EVP_CIPHER_CTX *c;
	int n;

	pthread_once(&fetched, fetch);
	c = EVP_CIPHER_CTX_new();
	if (c == NULL)
		return NULL;
	/* GCM's default nonce length is 12 bytes. */
	if (EVP_CipherInit_ex2(c, gcm, key, nonce, seal, NULL) != 1 ||
	    (aad.n > 0 && EVP_CipherUpdate(c, NULL, &n, (const uint8_t *)aad.p,
					   (int)aad.n) != 1)) {
		EVP_CIPHER_CTX_free(c);
		return NULL;
	}
	return c;
}

enum err crypt_seal(const uint8_t key[SEAL_KEY_LEN], struct span aad, struct span plain,
		    uint8_t *out, size_t *n_out)
{
	EVP_CIPHER_CTX *c;
	enum err e = E_INTERNAL;
	int n = 0, rest = 0;

	assert(key != NULL);
	if (!fits(aad) || !fits(plain))
		return E_LIMIT;
	crypt_random(out, NONCE_LEN);
	c = begin(key, out, aad, 1);
	if (c == NULL)
		return E_NOMEM;
	if (plain.n > 0 && EVP_CipherUpdate(c, out + NONCE_LEN, &n, (const uint8_t *)plain.p,
					    (int)plain.n) != 1)
		goto out;
	if (EVP_CipherFinal_ex(c, out + NONCE_LEN + n, &rest) != 1)
		goto out;
	assert((size_t)n + (size_t)rest == plain.n);
	if (EVP_CIPHER_CTX_ctrl(c, EVP_CTRL_AEAD_GET_TAG, TAG_LEN, out + NONCE_LEN + n) != 1)
		goto out;
	*n_out = plain.n + SEAL_OVERHEAD;
	e = E_OK;
out:
	EVP_CIPHER_CTX_free(c);
	return e;
}

/* E_INPUT for anything that was not sealed under this key with this aad. */
enum err crypt_open(const uint8_t key[SEAL_KEY_LEN], struct span aad, struct span sealed,
		    uint8_t *out, size_t *n_out)
{
	uint8_t tag[TAG_LEN], last[16];
	const uint8_t *s = (const uint8_t *)sealed.p;
	EVP_CIPHER_CTX *c;
	enum err e = E_INPUT;
	size_t len;
	int n = 0, rest = 0;

	assert(key != NULL);
	if (!fits(aad) || !fits(sealed) || sealed.n < SEAL_OVERHEAD)
		return E_INPUT;
	len = sealed.n - SEAL_OVERHEAD;
	memcpy(tag, s + NONCE_LEN + len, TAG_LEN);
	c = begin(key, s, aad, 0);
	if (c == NULL)
		return E_NOMEM;
	if (len > 0 && EVP_CipherUpdate(c, out, &n, s + NONCE_LEN, (int)len) != 1)
		goto out;
	if (EVP_CIPHER_CTX_ctrl(c, EVP_CTRL_AEAD_SET_TAG, TAG_LEN, tag) != 1)
		goto out;
	if (EVP_CipherFinal_ex(c, last, &rest) != 1)
		goto out;
	assert((size_t)n == len && rest == 0);
	*n_out = len;
	e = E_OK;
out:
	/* What did not prove itself is not shown to anyone. */
	if (e != E_OK && len > 0)
		OPENSSL_cleanse(out, len);
	EVP_CIPHER_CTX_free(c);
	return e;
}
