/*
 * Our own signing keys: made here, kept by the caller (sealed), published as a
 * key set, used for deep linking answers and client assertions (RFC 7523).
 *
 * Ownership: lti_ownkey_free() wipes and frees. Threads: a key is immutable;
 * any thread may sign with one. Making an RSA key takes about half a second:
 * never on a request.
 */
#ifndef LINTEL_LTI_OWNKEYS_H
#define LINTEL_LTI_OWNKEYS_H

#include "base/buf.h"
#include "base/err.h"
#include "base/str.h"
#include "lti/jwks.h"
#include "lti/platform.h"

struct lti_ownkey;

/* RS256: RSA 3072; ES256: P-256. */
enum err lti_ownkey_make(enum lti_alg alg, struct lti_ownkey **out);
/* PKCS #8 PEM without a passphrase (never asks for one). E_INPUT: not such a key, or RSA
 * under 2048 bits, or another curve. */
enum err lti_ownkey_load(struct span pem, struct lti_ownkey **out);
/* Secret: wipe the buffer with buf_wipe(). */
enum err lti_ownkey_pem(const struct lti_ownkey *k, struct buf *out);
void lti_ownkey_free(struct lti_ownkey *k);

const char *lti_ownkey_kid(const struct lti_ownkey *k);	/* its RFC 7638 thumbprint */
enum lti_alg lti_ownkey_alg(const struct lti_ownkey *k);

/* {"keys":[{kty, use, alg, kid, ...}]}: public members only. */
enum err lti_ownkeys_jwks(const struct lti_ownkey *const *keys, unsigned n, struct buf *out);

/* Compact JWS over the claims object; header alg, typ JWT, kid. Signed by libjwt and read back
 * with our own check before it leaves. E_INPUT: not a JSON object with unique names. */
enum err lti_sign(const struct lti_ownkey *k, struct span claims_json, struct buf *out);

#endif
