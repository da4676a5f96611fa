/*
 * Staff grants and the invitation of a district's first administrator.
 * Threads: inside a closure. Strings live in the arena passed.
 */
#ifndef LINTEL_STORE_GRANT_H
#define LINTEL_STORE_GRANT_H

#include "store/actor.h"
#include "store/db.h"

#define INVITE_LIFE_MS (24LL * 3600 * 1000)

struct staff_grant {
	int64_t id, person, school, context, until_at, created_at;
	unsigned bits;
	const char *person_name;
};

/* "district", "leader", "office", "safeguarding", "interpreter", "teach"; 0 unknown. */
unsigned grant_by_name(const char *name);
const char *grant_name(unsigned bit);

enum err grant_add(struct db *db, int64_t tenant, const struct staff_grant *g, int64_t by,
		   int64_t now_ms, int64_t *id_out);
enum err grant_revoke(struct db *db, int64_t tenant, int64_t id, int64_t now_ms);
enum err grant_list(struct db *db, struct arena *a, int64_t tenant, int64_t now_ms,
		    struct staff_grant **v_out, unsigned *n_out);

/* What a person's grants give in a context, and the school of the first that names one. */
enum err grants_in(struct db *db, int64_t tenant, int64_t person, int64_t context, int64_t now_ms,
		   unsigned *bits_out, int64_t *school_out);

/* code is shown once; only its hash is kept. Lives 24 hours. */
enum err invite_add(struct db *db, int64_t tenant, const char *code, int64_t now_ms);
/* Uses the code up and grants GRANT_DISTRICT. E_MISSING: wrong, used or over. */
__attribute__((warn_unused_result))
enum err invite_redeem(struct db *db, int64_t tenant, const char *code, int64_t person,
		       int64_t now_ms);

#endif
