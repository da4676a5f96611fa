/*
 * What a verified launch does to the database, in one transaction: consume the
 * nonce, know the account and the context, refresh memberships and family links,
 * decide the doors, end other people's sessions of this browser, open the
 * session. Either all of it is on disk or nobody is in.
 *
 * Threads: launch_commit() inside a store_write() closure.
 */
#ifndef LINTEL_STORE_LAUNCH_H
#define LINTEL_STORE_LAUNCH_H

#include "store/deeplink.h"
#include "store/people.h"
#include "store/platform.h"
#include "store/session.h"

/* Roles of this launch; membership roles only open doors (DESIGN 3, Identity). */
enum launch_role {
	LAUNCH_INSTRUCTOR = 1 << 0,
	LAUNCH_TA = 1 << 1,
	LAUNCH_LEARNER = 1 << 2,
	LAUNCH_MENTOR = 1 << 3,
	LAUNCH_ADMIN_CLAIM = 1 << 4,
	LAUNCH_TEST_USER = 1 << 5,
};

struct session_key {
	int64_t tenant;
	const char *hash;
};

struct launch_facts {
	const struct platform *platform;
	int64_t tenant;			/* the deployment's */
	const char *deployment;
	const char *nonce_hash;		/* hex of SHA-256 */
	int64_t nonce_expires_at;
	struct account_facts user;
	struct context_facts context;	/* ext_id NULL: none */
	unsigned roles;
	/* The children the platform named; `children` NULL: it said nothing about them. */
	const char *const *children;
	unsigned nchildren;
	const char *children_source;	/* mentor, observees */
	bool masquerade;
	const char *real_user;
	const char *locale, *zone, *embed_origin, *return_url;
	const char *session_hash;
	const struct session_key *others;	/* this browser's other sessions */
	unsigned nothers;
	const struct deep_link *deep_link;	/* asked for links; .tenant and .session are ours */
	const char *for_user;		/* submission review: whose work, a platform id */
	int64_t now_ms;
};

/* E_CONFLICT: the nonce was used. Strings of *out live in `a`. */
__attribute__((warn_unused_result))
enum err launch_commit(struct db *db, struct arena *a, const struct launch_facts *f,
		       struct session *out);

struct refused_launch {
	int64_t at, platform;
	const char *code, *expected, *got;
	const char *platform_name;
};

/* Keeps the newest 200 of a tenant. No personal data in expected and got. */
enum err refusal_record(struct db *db, int64_t tenant, int64_t platform, const char *code,
			const char *expected, const char *got, int64_t now_ms);
enum err refusal_list(struct db *db, struct arena *a, int64_t tenant, unsigned limit,
		      struct refused_launch **v_out, unsigned *n_out);

#endif
