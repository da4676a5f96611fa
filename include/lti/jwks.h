/*
 * The public keys of a platform: RFC 7517 read with suspicion.
 *
 * lti_keyset_parse() turns a document into ready keys (a PEM or JWK parsed per
 * token costs 25 times more than the check). A key that cannot be used is kept
 * as a name and a reason, so that one strange key never closes a platform:
 * another kty than RSA or EC, RSA outside 2048..8192 bits or with an even or
 * large exponent, another curve than P-256 or a point off it, `use` other than
 * sig, key_ops without verify, an `alg` that is not RS256/ES256 for its kty,
 * private members (whoever reads the set could sign), no kid.
 *
 * Ownership: counted references; parse returns one, lti_keyset_free() gives one
 * back. Threads: a set is immutable; any thread may hold, read and free one.
 */
#ifndef LINTEL_LTI_JWKS_H
#define LINTEL_LTI_JWKS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/str.h"
#include "lti/platform.h"

#define LTI_JWKS_MAX_BYTES (1u << 20)
#define LTI_JWKS_MAX_KEYS 1000u
#define LTI_KID_MAX 255u
#define LTI_THUMBPRINT_LEN 43u		/* base64url of a SHA-256, without the NUL */

struct lti_keyset;
struct lti_key;				/* borrowed from its set */

/* E_INPUT: not a key set. E_LIMIT: too large. A set without usable keys is E_OK. */
enum err lti_keyset_parse(struct span doc, struct lti_keyset **out, struct fault *f);
struct lti_keyset *lti_keyset_ref(struct lti_keyset *ks);
void lti_keyset_free(struct lti_keyset *ks);	/* NULL is allowed */

unsigned lti_keyset_usable(const struct lti_keyset *ks);
unsigned lti_keyset_unusable(const struct lti_keyset *ks);
/* Grows with each parsed set of this process; tells an old set from its successor. Never 0. */
uint64_t lti_keyset_serial(const struct lti_keyset *ks);

/*
 * The nth key (from 0) of that name and algorithm; NULL if there are not so many.
 * Platforms that publish two keys by one name have both tried, four at most.
 */
const struct lti_key *lti_keyset_find(const struct lti_keyset *ks, struct span kid,
				      enum lti_alg alg, unsigned nth);
/* Why the key of that name cannot be used with that algorithm (static words); NULL if
 * the set has no such name at all. Makes sense after lti_keyset_find() found none. */
const char *lti_keyset_why_not(const struct lti_keyset *ks, struct span kid, enum lti_alg alg);

/* For lists and doctors: the i-th entry, usable or not (why_out NULL = usable). */
unsigned lti_keyset_count(const struct lti_keyset *ks);
struct span lti_keyset_kid(const struct lti_keyset *ks, unsigned i, const char **why_out);

/* RFC 7638, base64url; of the set: over the sorted thumbprints of its usable keys. */
void lti_key_thumbprint(const struct lti_key *k, char out[LTI_THUMBPRINT_LEN + 1]);
void lti_keyset_thumbprint(const struct lti_keyset *ks, char out[LTI_THUMBPRINT_LEN + 1]);

#endif
