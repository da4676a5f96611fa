/*
 * SHA-256, HMAC-SHA-256 and a comparison that takes as long for any input.
 */
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "base/magic.h"
#include "jose_md.h"
#include "priv.h"

static pthread_once_t once = PTHREAD_ONCE_INIT;
static EVP_MD *sha256;

/* Fetched once: an implicit fetch costs a fifth of a small hash (OpenSSL 3.0). */
static void fetch(void)
{
	sha256 = EVP_MD_fetch(NULL, "SHA256", NULL);
}

const EVP_MD *jose_md(void)
{
	int rc = pthread_once(&once, fetch);

	assert(rc == 0);
	return sha256;
}

bool jose_sha256(struct span data, uint8_t out[32])
{
	unsigned n = 0;

	if (jose_md() == NULL || EVP_Digest(data.p, data.n, out, &n, jose_md(), NULL) != 1) {
		ERR_clear_error();
		return false;
	}
	assert(n == 32);
	return true;
}

bool jose_hmac(struct span key, struct span data, uint8_t out[32])
{
	unsigned n = 0;

	assert(key.n > 0 && key.n <= 1024);
	if (jose_md() == NULL ||
	    HMAC(jose_md(), key.p, (int)key.n, (const unsigned char *)data.p, data.n, out, &n) ==
		    NULL) {
		ERR_clear_error();
		return false;
	}
	assert(n == 32);
	return true;
}

bool jose_equal(const void *a, const void *b, size_t n)
{
	return CRYPTO_memcmp(a, b, n) == 0;
}
