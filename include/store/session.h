/*
 * Sessions and one-use nonces. The cookie holds the tenant and a 192-bit secret;
 * the row is found by the hash of the secret, so a stolen database opens nothing.
 *
 * Threads: inside a closure. Times: UTC milliseconds.
 */
#ifndef LINTEL_STORE_SESSION_H
#define LINTEL_STORE_SESSION_H

#include "store/actor.h"
#include "store/db.h"

#define SESSION_IDLE_MS (30LL * 60 * 1000)
#define SESSION_LIFE_MS (8LL * 3600 * 1000)
#define SESSION_HASH_LEN 65	/* hex of SHA-256 and a NUL */

enum session_flag {
	SESSION_READ_ONLY = 1 << 0,	/* masquerade */
	SESSION_SAMPLE = 1 << 1,	/* test student */
	SESSION_HELD = 1 << 2,		/* Instructor who must wait for a grant */
	SESSION_ADMIN_CLAIM = 1 << 3,	/* may redeem an admin invite */
};

struct session {
	int64_t tenant, account, person, platform, context;
	char hash[SESSION_HASH_LEN];
	const char *tag;		/* filled by the caller: the cookie's name says it */
	const char *deployment;
	enum door door;
	unsigned doors;			/* bit set 1 << enum door */
	unsigned flags;
	const char *real_user;		/* masquerade: who it really is, platform's id */
	const char *locale, *zone;
	const char *embed_origin, *return_url;
	int64_t created_at, seen_at, expires_at;
	/* joined in for the page: */
	const char *context_title, *person_name, *context_phase, *context_zone;
	int64_t school;
	unsigned grants;
	bool teaches;			/* DOOR_CLASS: has a teacher's seat there now */
	bool own_rights;		/* a student whose day has come: PRODUCT 0.8 */
	/* by launch_commit() only: */
	int64_t child;			/* of a submission review, if this reader may know them */
};

enum err session_add(struct db *db, const struct session *s);
/* E_MISSING: unknown, idle too long, or over. */
enum err session_get(struct db *db, struct arena *a, int64_t tenant, const char *hash,
		     int64_t now_ms, struct session *out);
enum err session_touch(struct db *db, int64_t tenant, const char *hash, int64_t now_ms);
enum err session_set_door(struct db *db, int64_t tenant, const char *hash, enum door door);
enum err session_set_doors(struct db *db, int64_t tenant, const char *hash, unsigned doors,
			   enum door door);
enum err session_set_locale(struct db *db, const struct session *s, const char *locale);
enum err session_end(struct db *db, int64_t tenant, const char *hash);
/* All of a platform that was closed, in every district it serves. */
enum err session_end_platform(struct db *db, int64_t platform);
/* Ends it if it belongs to another account. */
enum err session_end_other(struct db *db, int64_t tenant, const char *hash, int64_t account);

/* E_CONFLICT: used before. A database error is never "fresh". */
__attribute__((warn_unused_result))
enum err nonce_consume(struct db *db, int64_t tenant, int64_t platform, const char *nonce_hash,
		       int64_t expires_at);

/* Removes what is over; a bounded slice, call again while it answers more. */
enum err session_purge(struct db *db, int64_t now_ms, int64_t *removed_out);

#endif
