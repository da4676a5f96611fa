/* SHA-256 of a file too large to hold. */
#include <errno.h>
#include <openssl/evp.h>
#include <unistd.h>

#include "base/magic.h"
#include "gw/crypt.h"

#define CHUNK 65536

static enum err hash_rest(int fd, EVP_MD_CTX *ctx, uint8_t out[SHA256_LEN])
{
	unsigned char chunk[CHUNK];
	unsigned n = 0;
	ssize_t got;

	if (EVP_DigestInit_ex(ctx, EVP_sha256(), NULL) != 1)
		return E_NOMEM;
	while ((got = read(fd, chunk, sizeof(chunk))) != 0) {
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return E_IO;
		if (EVP_DigestUpdate(ctx, chunk, (size_t)got) != 1)
			return E_NOMEM;
	}
	if (EVP_DigestFinal_ex(ctx, out, &n) != 1)
		return E_NOMEM;
	assert(n == SHA256_LEN);
	return E_OK;
}

enum err crypt_sha256_fd(int fd, uint8_t out[SHA256_LEN])
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	enum err e = ctx == NULL ? E_NOMEM : hash_rest(fd, ctx, out);

	EVP_MD_CTX_free(ctx);
	return e;
}
