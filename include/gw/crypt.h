/*
 * Randomness, hashes and sealing. OpenSSL stands behind it and nowhere else in
 * the gateway. Threads: all functions may be called from any thread.
 */
#ifndef LINTEL_GW_CRYPT_H
#define LINTEL_GW_CRYPT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/str.h"

#define SHA256_LEN 32
#define SEAL_KEY_LEN 32
#define SEAL_OVERHEAD (12 + 16)		/* nonce and tag of AES-256-GCM */

/* Fails closed: a generator that cannot answer aborts the process. */
void crypt_random(void *out, size_t n);
/* `bytes` of randomness as base64url; out has room for b64url_encoded_len + 1. */
void crypt_token(char *out, size_t bytes);

void crypt_sha256(struct span data, uint8_t out[SHA256_LEN]);
/* What is left to read from a file, piece by piece. E_IO: it cannot be read. */
enum err crypt_sha256_fd(int fd, uint8_t out[SHA256_LEN]);
void crypt_hmac(struct span key, struct span data, uint8_t out[SHA256_LEN]);
bool crypt_equal(const void *a, const void *b, size_t n);	/* constant time */

/* HKDF-SHA256: one root key, one purpose word, one subkey. */
void crypt_derive(struct span root, const char *purpose, uint8_t out[SEAL_KEY_LEN]);

/* out has room for plain.n + SEAL_OVERHEAD / gets at most sealed.n bytes. */
enum err crypt_seal(const uint8_t key[SEAL_KEY_LEN], struct span aad, struct span plain,
		    uint8_t *out, size_t *n_out);
enum err crypt_open(const uint8_t key[SEAL_KEY_LEN], struct span aad, struct span sealed,
		    uint8_t *out, size_t *n_out);

#endif
