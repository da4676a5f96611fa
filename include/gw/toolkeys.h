/*
 * The tool's own signing keys: private part sealed under the key file, public part
 * served at /lti/keys.json.
 *
 * A new key is published a day before it signs, because platforms keep our key set for
 * hours, and the old one stays for a day after: nothing signed is ever without its key
 * (Security Framework 6.3). Keys are renewed every half year, or by `lintel keys rotate`.
 *
 * Threads: at start and on job threads. Making an RSA key takes about half a second.
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

#define TOOLKEY_LEAD_MS (24 * 60 * 60 * 1000LL)		/* published before it signs */
#define TOOLKEY_STAY_MS (24 * 60 * 60 * 1000LL)		/* published after it signed */
#define TOOLKEY_LIFE_MS (180 * 24 * 60 * 60 * 1000LL)
#define TOOLKEY_KEEP_MS (7 * 24 * 60 * 60 * 1000LL)	/* kept after it retired */

/*
 * A new key. In an emergency it signs at once and every other is gone at once: answers
 * under way under an old one are refused by the platform. E_CONFLICT: a new key waits
 * for its day already.
 */
enum err toolkeys_rotate(struct store *st, const uint8_t root[32], bool emergency,
			 int64_t now_ms, struct fault *f);

struct conf;
/* Once an hour or so: renews what is old, forgets what is long retired. */
enum err toolkeys_tend(struct store *st, const struct conf *c, int64_t now_ms, struct fault *f);

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
