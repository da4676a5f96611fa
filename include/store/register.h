/*
 * Registration by the platform itself: one-time invitations, what a platform said of
 * itself, and the word of somebody who approves it. Nothing of a waiting registration
 * lets anybody in; a registration of a platform in use waits beside the current one,
 * and approving it changes the client of the same row, so that accounts, contexts and
 * sessions keep their platform.
 *
 * Ownership: strings live in the arena passed. Threads: inside a closure.
 */
#ifndef LINTEL_STORE_REGISTER_H
#define LINTEL_STORE_REGISTER_H

#include "store/actor.h"
#include "store/platform.h"

#define REGISTER_INVITE_LIFE_MS (7LL * 24 * 3600 * 1000)
#define REGISTER_INVITE_BYTES 24		/* of randomness */
#define REGISTER_INVITE_LEN 64			/* of the word in the address, with its NUL */
#define REGISTER_INVITES_MAX 50			/* listed, newest first */

struct platform_invite {
	int64_t id, tenant;
	int64_t created_by, created_at, expires_at, used_at, revoked_at, platform;
	const char *discovery_host;	/* "host[:port]", "" none */
	const char *outcome;		/* "", "registered", or a code of lti/register.def */
	const char *detail;		/* what that was about, ASCII; "" if nothing is to say */
	const char *tenant_name;
	const char *platform_name;	/* NULL: none came of it */
};

/* word_out: what stands in the address, told once; it names the tenant and a secret. */
enum err register_invite_add(struct db *db, int64_t tenant, const char *discovery_host, int64_t by,
			     int64_t now_ms, char word_out[REGISTER_INVITE_LEN], int64_t *id_out);
/* Open now: E_MISSING for a wrong word, and one used, over or taken back. Changes nothing. */
enum err register_invite_get(struct db *db, struct arena *a, const char *word, int64_t now_ms,
			     struct platform_invite *out);
/* Uses it up; E_MISSING likewise. */
__attribute__((warn_unused_result))
enum err register_invite_use(struct db *db, struct arena *a, const char *word, int64_t now_ms,
			     struct platform_invite *out);
/* What came of one that was used: a platform, or a code and what it was about. */
enum err register_invite_done(struct db *db, int64_t tenant, int64_t id, int64_t platform);
enum err register_invite_failed(struct db *db, int64_t tenant, int64_t id, const char *code,
				const char *what);
/* E_MISSING: no such one in this tenant, or none that is open. */
enum err register_invite_revoke(struct db *db, int64_t tenant, int64_t id, int64_t now_ms);
enum err register_invite_list(struct db *db, struct arena *a, int64_t tenant,
			      struct platform_invite **v_out, unsigned *n_out);

struct registration {
	int64_t platform, tenant, invite, created_at, decided_at;
	const char *state;		/* waiting, current */
	const char *issuer, *client_id, *auth_url, *token_url, *jwks_url, *alg;
	const char *deployment;		/* "" not told */
	const char *guid, *account;	/* of Canvas's root account; "" not told */
	const char *product, *version;
	const char *key_thumb;		/* of the key set when it registered */
	const char *domains;		/* hosts of its addresses */
	const char *scopes_asked, *scopes_granted;
};

/*
 * Keeps what a platform said, waiting: beside the platform of this tenant with the same
 * issuer (and client, or account, where several have it), else with a new platform of
 * `name` and `family`, pending. Sets g->platform; fresh_out: a new one.
 * E_CONFLICT: the client belongs to another district, or waits there.
 */
enum err registration_put(struct db *db, struct arena *a, struct registration *g, const char *name,
			  const char *family, int64_t now_ms, bool *fresh_out);
/* `wanted`, or "wanted (2)" and so on where other platforms have that name. */
enum err platform_free_name(struct db *db, struct arena *a, const char *wanted,
			    const char **name_out);
/* state: waiting or current. E_MISSING: none. */
enum err registration_get(struct db *db, struct arena *a, int64_t platform, const char *state,
			  struct registration *out);
/* Whose waiting registration this is: the platform as it would be, state "pending". */
enum err registration_by_client(struct db *db, struct arena *a, const char *issuer,
				const char *client_id, struct platform *out);
/*
 * The yes: the platform is approved, with the waiting client and addresses if there are
 * any, and the deployment the platform told. `seen`: the client that was read, or NULL
 * for whatever waits; E_CONFLICT when another came meanwhile. changed_out: a client or
 * key set changed, so what is kept in memory about it is old.
 */
enum err registration_approve(struct db *db, struct arena *a, int64_t platform, const char *seen,
			      int64_t now_ms, bool *changed_out);
/*
 * The no: what waits under this client is dropped; a platform that was never approved
 * is closed. E_CONFLICT: another client waits meanwhile, or none.
 */
enum err registration_refuse(struct db *db, struct arena *a, int64_t platform, const char *seen);

#endif
