/*
 * Our own signing keys in the database: public part as JSON, private part sealed
 * under the key file. Threads: inside a closure.
 */
#ifndef LINTEL_STORE_TOOLKEY_H
#define LINTEL_STORE_TOOLKEY_H

#include "store/db.h"

struct tool_key {
	const char *kid, *alg;
	const char *public_jwk;		/* one JSON object */
	struct span private_sealed;
	int64_t created_at, sign_from, retire_at;	/* retire_at 0: in use */
};

enum err tool_key_add(struct db *db, const struct tool_key *k);
/* Those not retired, oldest first. */
enum err tool_key_list(struct db *db, struct arena *a, int64_t now_ms, struct tool_key **v_out,
		       unsigned *n_out);

#endif
