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
	int64_t created_at, sign_from, retire_at;	/* retire_at 0: for good */
};

enum err tool_key_add(struct db *db, const struct tool_key *k);
/* Every key but this one is gone at that time, if it was not to go sooner. */
enum err tool_key_retire_others(struct db *db, const char *kid, int64_t at);
/* Forgets the private parts of keys that nobody can ask for any more. */
enum err tool_key_purge(struct db *db, int64_t retired_before);
/* Those not retired, oldest first. */
enum err tool_key_list(struct db *db, struct arena *a, int64_t now_ms, struct tool_key **v_out,
		       unsigned *n_out);

#endif
