/*
 * Tenants, platforms (registrations) and deployments. A platform has an id of its
 * own; (issuer, client_id) are attributes that an approved re-registration may
 * replace (LTI Core 3.1.3). A launch is accepted only from a platform and a
 * deployment that are both `approved`.
 *
 * Ownership: strings live in the arena the caller passed. Threads: inside a
 * store_read() or store_write() closure.
 */
#ifndef LINTEL_STORE_PLATFORM_H
#define LINTEL_STORE_PLATFORM_H

#include "store/db.h"

struct platform {
	int64_t id, tenant;
	const char *name;
	const char *family;		/* moodle, canvas, other */
	const char *issuer, *client_id;
	const char *auth_url, *token_url, *jwks_url;
	const char *alg;		/* RS256, ES256 */
	const char *match_by;		/* none, username, sourcedid */
	const char *state;		/* pending, approved, disabled */
	const char *accept_deployments;	/* approve, auto */
	const char *guid;		/* tool_platform.guid of the first approved deployment */
	int64_t created_at;
};

struct deployment {
	int64_t platform, tenant;
	const char *id;
	const char *state;		/* pending, approved, refused */
	const char *guid, *embed_origin;
	int64_t created_at, last_launch_at;
};

struct tenant {
	int64_t id;
	const char *name;
	int64_t created_at;
};

enum err tenant_add(struct db *db, const char *name, int64_t now_ms, int64_t *id_out);
enum err tenant_find(struct db *db, const char *name_or_id, int64_t *id_out);
enum err tenant_list(struct db *db, struct arena *a, struct tenant **v_out, unsigned *n_out);

/* E_CONFLICT: (issuer, client_id) is registered already. p->id is set by the caller. */
enum err platform_add(struct db *db, const struct platform *p);
enum err platform_get(struct db *db, struct arena *a, int64_t id, struct platform *out);
/* By name or by id, as the command line names it; E_CONFLICT when two share the name. */
enum err platform_find(struct db *db, struct arena *a, const char *name_or_id,
		       struct platform *out);
enum err platform_by_client(struct db *db, struct arena *a, const char *issuer,
			    const char *client_id, struct platform *out);
/*
 * For a login without client_id: E_MISSING none, E_CONFLICT several registrations
 * of this issuer (then the platform must send client_id).
 */
enum err platform_by_issuer(struct db *db, struct arena *a, const char *issuer,
			    struct platform *out);
/* tenant 0: all. */
enum err platform_list(struct db *db, struct arena *a, int64_t tenant, struct platform **v_out,
		       unsigned *n_out);
enum err platform_set_state(struct db *db, int64_t id, const char *state);
enum err platform_set_match(struct db *db, int64_t id, const char *match_by);

enum err deployment_get(struct db *db, struct arena *a, int64_t platform, const char *id,
			struct deployment *out);
enum err deployment_put(struct db *db, int64_t platform, int64_t tenant, const char *id,
			const char *state, int64_t now_ms);
/*
 * A deployment nobody has seen before. It waits for approval, unless the platform's
 * row says auto and `guid` (tool_platform.guid of a verified token) is that of the
 * first approved deployment (DESIGN 3). *out: as it stands now.
 */
enum err deployment_meet(struct db *db, struct arena *a, const struct platform *p,
			 const char *id, const char *guid, int64_t now_ms, struct deployment *out);
/* An approved deployment launched: the first one's guid is the platform's from then on. */
enum err platform_learn_guid(struct db *db, int64_t platform, const char *guid);
enum err deployment_set_state(struct db *db, int64_t platform, const char *id, const char *state);
enum err deployment_list(struct db *db, struct arena *a, int64_t platform,
			 struct deployment **v_out, unsigned *n_out);

#endif
