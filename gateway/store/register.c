/* What a platform said when it registered, and what becomes of it. */
#include "store/register.h"

#include "base/magic.h"
#include "each.h"
#include "store/store.h"

#define REGISTRATION_COLUMNS                                                   \
	"platform_id, state, tenant_id, issuer, client_id, auth_url, token_url, jwks_url, alg, " \
	"deployment_id, guid, product, version, account, key_thumb, domains, scopes_asked, " \
	"scopes_granted, invite_id, created_at, decided_at"

static void read_registration(struct db_rows *rows, struct arena *a, struct registration *g)
{
	*g = (struct registration){
		.platform = db_int(rows, 0),
		.state = db_str(rows, 1, a),
		.tenant = db_int(rows, 2),
		.issuer = db_str(rows, 3, a),
		.client_id = db_str(rows, 4, a),
		.auth_url = db_str(rows, 5, a),
		.token_url = db_str(rows, 6, a),
		.jwks_url = db_str(rows, 7, a),
		.alg = db_str(rows, 8, a),
		.deployment = db_str(rows, 9, a),
		.guid = db_str(rows, 10, a),
		.product = db_str(rows, 11, a),
		.version = db_str(rows, 12, a),
		.account = db_str(rows, 13, a),
		.key_thumb = db_str(rows, 14, a),
		.domains = db_str(rows, 15, a),
		.scopes_asked = db_str(rows, 16, a),
		.scopes_granted = db_str(rows, 17, a),
		.invite = db_int(rows, 18),
		.created_at = db_int(rows, 19),
		.decided_at = db_int(rows, 20),
	};
}

enum err registration_get(struct db *db, struct arena *a, int64_t platform, const char *state,
			  struct registration *out)
{
	struct db_rows *rows;
	enum err err = db_first(db, &rows,
				"SELECT " REGISTRATION_COLUMNS " FROM platform_registration "
				"WHERE platform_id = $1 AND state = $2",
				"is", platform, state);

	if (err != E_OK)
		return err;
	read_registration(rows, a, out);
	return db_only(rows);
}

/* ---- whose is it ---- */

/* Registered already under this client: of this tenant, or E_CONFLICT. */
static enum err client_of(struct db *db, struct arena *a, const struct registration *g,
			  int64_t *platform_out)
{
	struct platform p;
	enum err err = platform_by_client(db, a, g->issuer, g->client_id, &p);

	*platform_out = 0;
	if (err == E_MISSING)
		err = registration_by_client(db, a, g->issuer, g->client_id, &p);
	if (err == E_MISSING)
		return E_OK;
	if (err == E_OK && p.tenant != g->tenant)
		return E_CONFLICT;
	if (err == E_OK)
		*platform_out = p.id;
	return err;
}

/* The one of this tenant with the issuer; several: the one of the same account. */
static enum err issuer_of(struct db *db, struct arena *a, const struct registration *g,
			  int64_t *platform_out)
{
	struct db_each q = DB_ROWS(db);
	unsigned n = 0, same = 0;
	int64_t first = 0, match = 0;

	db_select(&q,
		  "SELECT id, guid FROM platform WHERE tenant_id = $1 AND issuer = $2 "
		  "ORDER BY id LIMIT 100",
		  "is", g->tenant, g->issuer);
	while (db_step(&q)) {
		const char *guid = db_str(q.rows, 1, a);
		bool both = guid != NULL && guid[0] != '\0' && g->guid[0] != '\0';

		/* Two accounts of one hosted Canvas are two platforms. */
		if (both && !str_eq(guid, g->guid))
			continue;
		if (both) {
			same++;
			match = db_int(q.rows, 0);
		}
		n++;
		first = db_int(q.rows, 0);
	}
	*platform_out = same == 1 ? match : n == 1 ? first : 0;
	return db_end(&q);
}

static enum err find_platform(struct db *db, struct arena *a, const struct registration *g,
			      int64_t *platform_out)
{
	enum err err = client_of(db, a, g, platform_out);

	if (err == E_OK && *platform_out == 0)
		err = issuer_of(db, a, g, platform_out);
	return err;
}

/* ---- keeping it ---- */

enum err platform_free_name(struct db *db, struct arena *a, const char *wanted,
			    const char **name_out)
{
	struct platform other;
	enum err err = E_OK;

	*name_out = wanted;
	for (unsigned i = 2; i < 100; i++) {
		err = platform_find(db, a, *name_out, &other);
		if (err == E_MISSING)
			return E_OK;
		if (err != E_OK && err != E_CONFLICT)
			return err;
		*name_out = arena_printf(a, "%s (%u)", wanted, i);
		if (*name_out == NULL)
			return E_NOMEM;
	}
	return E_LIMIT;
}

static enum err new_platform(struct db *db, struct arena *a, struct registration *g,
			     const char *name, const char *family, int64_t now_ms)
{
	struct platform p = {
		.id = store_new_id(now_ms), .tenant = g->tenant, .family = family,
		.issuer = g->issuer, .client_id = g->client_id, .auth_url = g->auth_url,
		.token_url = g->token_url, .jwks_url = g->jwks_url, .alg = g->alg,
		.match_by = "none", .state = "pending", .accept_deployments = "approve",
		.guid = "", .created_at = now_ms,
	};
	enum err err = platform_free_name(db, a, name, &p.name);

	if (err == E_OK)
		err = platform_add(db, &p);
	if (err == E_OK)
		g->platform = p.id;
	return err;
}

static enum err insert(struct db *db, const struct registration *g)
{
	enum err err;

	assert(g->platform > 0 && g->tenant > 0 && str_eq(g->state, "waiting"));
	err = db_run(db, NULL,
		     "DELETE FROM platform_registration WHERE platform_id = $1 AND state = $2", "is",
		     g->platform, g->state);
	if (err != E_OK)
		return err;
	return db_run(db, NULL,
		      "INSERT INTO platform_registration (" REGISTRATION_COLUMNS ") VALUES ($1, $2, "
		      "$3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, "
		      "$20, 0)",
		      "isisssssssssssssssii", g->platform, g->state, g->tenant, g->issuer,
		      g->client_id, g->auth_url, g->token_url, g->jwks_url, g->alg, g->deployment,
		      g->guid, g->product, g->version, g->account, g->key_thumb, g->domains,
		      g->scopes_asked, g->scopes_granted, g->invite, g->created_at);
}

enum err registration_put(struct db *db, struct arena *a, struct registration *g, const char *name,
			  const char *family, int64_t now_ms, bool *fresh_out)
{
	enum err err;

	assert(g->tenant > 0 && g->issuer != NULL && g->client_id != NULL);
	g->state = "waiting";
	g->created_at = now_ms;
	err = find_platform(db, a, g, &g->platform);
	if (err != E_OK)
		return err;
	*fresh_out = g->platform == 0;
	if (*fresh_out)
		err = new_platform(db, a, g, name, family, now_ms);
	return err == E_OK ? insert(db, g) : err;
}

enum err registration_by_client(struct db *db, struct arena *a, const char *issuer,
				const char *client_id, struct platform *out)
{
	struct registration g;
	struct db_rows *rows;
	enum err err = db_first(db, &rows,
				"SELECT " REGISTRATION_COLUMNS " FROM platform_registration "
				"WHERE issuer = $1 AND client_id = $2 AND state = 'waiting'",
				"ss", issuer, client_id);

	if (err != E_OK)
		return err;
	read_registration(rows, a, &g);
	err = db_only(rows);
	if (err == E_OK)
		err = platform_get(db, a, g.platform, out);
	if (err != E_OK)
		return err;
	out->issuer = g.issuer;
	out->client_id = g.client_id;
	out->auth_url = g.auth_url;
	out->token_url = g.token_url;
	out->jwks_url = g.jwks_url;
	out->alg = g.alg;
	out->state = "pending";
	return E_OK;
}

/* ---- the word about it ---- */

/* What waits becomes what holds. The row's issuer stays: it is the same by registration_put(). */
static enum err settle(struct db *db, const struct registration *g, int64_t now_ms)
{
	enum err err = db_run_or(db, E_MISSING,
				 "UPDATE platform SET client_id = $2, auth_url = $3, token_url = $4, "
				 "jwks_url = $5, alg = $6 WHERE id = $1 AND issuer = $7",
				 "issssss", g->platform, g->client_id, g->auth_url, g->token_url,
				 g->jwks_url, g->alg, g->issuer);

	if (err == E_OK)
		err = db_run(db, NULL,
			     "DELETE FROM platform_registration WHERE platform_id = $1 "
			     "AND state = 'current'",
			     "i", g->platform);
	if (err == E_OK)
		err = db_run_or(db, E_CONFLICT,
				"UPDATE platform_registration SET state = 'current', decided_at = $2 "
				"WHERE platform_id = $1 AND state = 'waiting'",
				"ii", g->platform, now_ms);
	if (err != E_OK || g->deployment[0] == '\0')
		return err;
	return deployment_put(db, g->platform, g->tenant, g->deployment, "approved", now_ms);
}

enum err registration_approve(struct db *db, struct arena *a, int64_t platform, const char *seen,
			      int64_t now_ms, bool *changed_out)
{
	struct registration g;
	struct platform p;
	enum err err = platform_get(db, a, platform, &p);

	*changed_out = false;
	if (err != E_OK)
		return err;
	err = registration_get(db, a, platform, "waiting", &g);
	if (err == E_OK && seen != NULL && !str_eq(seen, g.client_id))
		return E_CONFLICT;
	if (err == E_OK) {
		*changed_out = !str_eq(p.client_id, g.client_id) || !str_eq(p.jwks_url, g.jwks_url);
		err = settle(db, &g, now_ms);
	} else if (err == E_MISSING) {
		/* Shown with something that waits, which is gone. */
		err = seen != NULL && !str_eq(seen, p.client_id) ? E_CONFLICT : E_OK;
	}
	return err == E_OK ? platform_set_state(db, platform, "approved") : err;
}

enum err registration_refuse(struct db *db, struct arena *a, int64_t platform, const char *seen)
{
	struct platform p;
	enum err err = platform_get(db, a, platform, &p);

	assert(seen != NULL);
	if (err == E_OK)
		err = db_run_or(db, E_CONFLICT,
				"DELETE FROM platform_registration WHERE platform_id = $1 "
				"AND state = 'waiting' AND client_id = $2",
				"is", platform, seen);
	if (err == E_OK && str_eq(p.state, "pending"))
		err = platform_set_state(db, platform, "disabled");
	return err;
}
