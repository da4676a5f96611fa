/*
 * The tool's own signing keys: made once, private part sealed under the key
 * file, public part served at /lti/keys.json.
 *
 * Threads: at start. Making an RSA key takes about half a second.
 */
#ifndef LINTEL_GW_TOOLKEYS_H
#define LINTEL_GW_TOOLKEYS_H

#include "store/store.h"

/* Makes the first key if there is none. root: the bytes of key_file. */
enum err toolkeys_ensure(struct store *st, const uint8_t root[32], int64_t now_ms,
			 struct fault *f);

#endif
