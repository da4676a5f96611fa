/* Randomness, SHA-256, HMAC and key derivation on OpenSSL's EVP interface. */
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>
#include <pthread.h>

#include "base/b64.h"
#include "base/magic.h"
#include "gw/crypt.h"

#define TOKEN_MAX 64

static pthread_once_t fetched = PTHREAD_ONCE_INIT;
static EVP_MD *sha256;

/* An implicit fetch in every call costs more than the hash of a short text. */
static void fetch(void)
{
	sha256 = EVP_MD_fetch(NULL, "SHA256", NULL);
	assert(sha256 != NULL);
}

static const EVP_MD *md_sha256(void)
{
	pthread_once(&fetched, fetch);
	return sha256;
}

void crypt_random(void *out, size_t n)
{
	assert(out != NULL);
	assert(n <= INT32_MAX);
	if (RAND_bytes(out, (int)n) != 1)
		WRONG("the random generator gave no answer");
}

void crypt_token(char *out, size_t bytes)
{
	uint8_t raw[TOKEN_MAX];

	assert(bytes > 0 && bytes <= sizeof(raw));
	crypt_random(raw, bytes);
	b64url_encode(raw, bytes, out);
	OPENSSL_cleanse(raw, sizeof(raw));
}

void crypt_sha256(struct span data, uint8_t out[SHA256_LEN])
{
	unsigned len = 0;
	int ok = EVP_Digest(data.n == 0 ? "" : data.p, data.n, out, &len, md_sha256(), NULL);

	assert(ok == 1);
	assert(len == SHA256_LEN);
}

void crypt_hmac(struct span key, struct span data, uint8_t out[SHA256_LEN])
{
	const void *k = key.n == 0 ? "" : key.p;
	const void *d = data.n == 0 ? "" : data.p;
	unsigned len = 0;

	assert(key.n <= INT32_MAX);
	if (HMAC(md_sha256(), k, (int)key.n, d, data.n, out, &len) == NULL)
		WRONG("HMAC-SHA256 failed");
	assert(len == SHA256_LEN);
}

bool crypt_equal(const void *a, const void *b, size_t n)
{
	return CRYPTO_memcmp(a, b, n) == 0;
}

/* RFC 5869 with no salt; one block of output is exactly the key we need. */
void crypt_derive(struct span root, const char *purpose, uint8_t out[SEAL_KEY_LEN])
{
	static const uint8_t no_salt[SHA256_LEN];
	uint8_t prk[SHA256_LEN];
	uint8_t info[65];
	size_t n;

	_Static_assert(SEAL_KEY_LEN == SHA256_LEN, "one block of HKDF-Expand");
	assert(purpose != NULL);
	n = strlen(purpose);
	assert(n < sizeof(info));
	crypt_hmac(span_mk(no_salt, sizeof(no_salt)), root, prk);	/* 2.2 */
	memcpy(info, purpose, n);
	info[n] = 1;
	crypt_hmac(span_mk(prk, sizeof(prk)), span_mk(info, n + 1), out); /* 2.3 */
	OPENSSL_cleanse(prk, sizeof(prk));
}
