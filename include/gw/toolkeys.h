/*
 * The tool's own signing keys: made once, private part sealed under the key
 * file, public part served at /lti/keys.json.
 *
 * Threads: at start. Making an RSA key takes about half a second.
 */
#ifndef LINTEL_GW_TOOLKEYS_H
#define LINTEL_GW_TOOLKEYS_H

#include "base/buf.h"
#include "store/store.h"

struct gw;
struct lti_ownkey;

/* Makes the first key if there is none. root: the bytes of key_file. */
enum err toolkeys_ensure(struct store *st, const uint8_t root[32], int64_t now_ms,
			 struct fault *f);

/*
 * The key that signs now: the newest RS256 one whose time has come. The caller frees it
 * with lti_ownkey_free(). E_MISSING: there is none. Any thread but those of requests.
 */
enum err toolkeys_signer(struct store *st, const uint8_t root[32], int64_t now_ms,
			 struct lti_ownkey **out, struct fault *f);

/* A compact JWS by that key over one JSON object. Likewise not on a request's thread. */
enum err toolkeys_sign(const struct gw *gw, int64_t now_ms, struct span claims_json,
		       struct buf *out, struct fault *f);

#endif
