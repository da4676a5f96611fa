#include "store/platform.h"

#include "base/magic.h"
#include "each.h"
#include "store/audit.h"
#include "store/store.h"

#define PLATFORM_COLUMNS                                                       \
	"id, tenant_id, name, family, issuer, client_id, auth_url, token_url, jwks_url, alg, " \
	"match_by, state, accept_deployments, guid, created_at"

enum err tenant_add(struct db *db, const char *name, int64_t now_ms, int64_t *id_out)
{
	assert(name != NULL && name[0] != '\0' && now_ms > 0);
	*id_out = store_new_id(now_ms);
	return db_run(db, NULL, "INSERT INTO tenant (id, name, created_at) VALUES ($1, $2, $3)",
		      "isi", *id_out, name, now_ms);
}

enum err tenant_find(struct db *db, const char *name_or_id, int64_t *id_out)
{
	struct db_rows *rows;
	int64_t id = 0;
	enum err err;

	span_int64(span_of(name_or_id), &id);
	err = db_first(db, &rows, "SELECT id FROM tenant WHERE name = $1 OR id = $2 LIMIT 2", "si",
		       name_or_id, id);
	if (err != E_OK)
		return err;
	*id_out = db_int(rows, 0);
	return db_only(rows);
}

enum err tenant_list(struct db *db, struct arena *a, struct tenant **v_out, unsigned *n_out)
{
	struct db_each q = DB_LIST(db, a, v_out, n_out);
	struct tenant *t;

	db_select(&q, "SELECT id, name, created_at FROM tenant ORDER BY name LIMIT 1000",
		  "");
	while ((t = db_each(&q)) != NULL)
		*t = (struct tenant){ db_int(q.rows, 0), db_str(q.rows, 1, a), db_int(q.rows, 2) };
	return db_end(&q);
}

static void read_platform(struct db_rows *rows, struct arena *a, struct platform *p)
{
	*p = (struct platform){
		.id = db_int(rows, 0),
		.tenant = db_int(rows, 1),
		.name = db_str(rows, 2, a),
		.family = db_str(rows, 3, a),
		.issuer = db_str(rows, 4, a),
		.client_id = db_str(rows, 5, a),
		.auth_url = db_str(rows, 6, a),
		.token_url = db_str(rows, 7, a),
		.jwks_url = db_str(rows, 8, a),
		.alg = db_str(rows, 9, a),
		.match_by = db_str(rows, 10, a),
		.state = db_str(rows, 11, a),
		.accept_deployments = db_str(rows, 12, a),
		.guid = db_str(rows, 13, a),
		.created_at = db_int(rows, 14),
	};
}

/* Takes over what db_first() answered. */
static enum err only_platform(struct db_rows *rows, enum err err, struct arena *a,
			      struct platform *out)
{
	if (err != E_OK)
		return err;
	read_platform(rows, a, out);
	return db_only(rows);
}

enum err platform_add(struct db *db, const struct platform *p)
{
	assert(p->id > 0 && p->tenant > 0);
	return db_run(db, NULL,
		      "INSERT INTO platform (" PLATFORM_COLUMNS ") VALUES "
		      "($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)",
		      "iissssssssssssi", p->id, p->tenant, p->name, p->family, p->issuer,
		      p->client_id, p->auth_url, p->token_url, p->jwks_url, p->alg, p->match_by,
		      p->state, p->accept_deployments, p->guid, p->created_at);
}

enum err platform_get(struct db *db, struct arena *a, int64_t id, struct platform *out)
{
	struct db_rows *rows;
	enum err err = db_first(db, &rows, "SELECT " PLATFORM_COLUMNS " FROM platform WHERE id = $1",
				"i", id);

	return only_platform(rows, err, a, out);
}

enum err platform_find(struct db *db, struct arena *a, const char *name_or_id,
		       struct platform *out)
{
	struct db_rows *rows;
	int64_t id = 0;
	enum err err;

	span_int64(span_of(name_or_id), &id);
	err = db_first(db, &rows,
		       "SELECT " PLATFORM_COLUMNS " FROM platform WHERE name = $1 OR id = $2 LIMIT 2",
		       "si", name_or_id, id);
	return only_platform(rows, err, a, out);
}

enum err platform_by_client(struct db *db, struct arena *a, const char *issuer,
			    const char *client_id, struct platform *out)
{
	struct db_rows *rows;
	enum err err = db_first(db, &rows,
				"SELECT " PLATFORM_COLUMNS
				" FROM platform WHERE issuer = $1 AND client_id = $2",
				"ss", issuer, client_id);

	return only_platform(rows, err, a, out);
}

enum err platform_by_issuer(struct db *db, struct arena *a, const char *issuer,
			    struct platform *out)
{
	struct db_rows *rows;
	enum err err = db_first(db, &rows,
				"SELECT " PLATFORM_COLUMNS
				" FROM platform WHERE issuer = $1 LIMIT 2",
				"s", issuer);

	return only_platform(rows, err, a, out);
}

enum err platform_list(struct db *db, struct arena *a, int64_t tenant, struct platform **v_out,
		       unsigned *n_out)
{
	struct db_each q = DB_LIST(db, a, v_out, n_out);
	struct platform *p;

	db_select(&q,
		  "SELECT " PLATFORM_COLUMNS
		  " FROM platform WHERE tenant_id = $1 OR $1 = 0 ORDER BY name, id LIMIT 1000",
		  "i", tenant);
	while ((p = db_each(&q)) != NULL)
		read_platform(q.rows, a, p);
	return db_end(&q);
}

enum err platform_set_state(struct db *db, int64_t id, const char *state)
{
	assert(state != NULL);
	return db_run_or(db, E_MISSING, "UPDATE platform SET state = $2 WHERE id = $1", "is", id,
			 state);
}

enum err platform_set_match(struct db *db, int64_t id, const char *match_by)
{
	assert(match_by != NULL);
	return db_run_or(db, E_MISSING, "UPDATE platform SET match_by = $2 WHERE id = $1", "is",
			 id, match_by);
}

#define DEPLOYMENT_COLUMNS                                                     \
	"platform_id, tenant_id, deployment_id, state, guid, embed_origin, created_at, last_launch_at"

static void read_deployment(struct db_rows *rows, struct arena *a, struct deployment *d)
{
	*d = (struct deployment){
		.platform = db_int(rows, 0),
		.tenant = db_int(rows, 1),
		.id = db_str(rows, 2, a),
		.state = db_str(rows, 3, a),
		.guid = db_str(rows, 4, a),
		.embed_origin = db_str(rows, 5, a),
		.created_at = db_int(rows, 6),
		.last_launch_at = db_int(rows, 7),
	};
}

enum err deployment_get(struct db *db, struct arena *a, int64_t platform, const char *id,
			struct deployment *out)
{
	struct db_rows *rows;
	enum err err = db_first(db, &rows,
				"SELECT " DEPLOYMENT_COLUMNS
				" FROM deployment WHERE platform_id = $1 AND deployment_id = $2",
				"is", platform, id);

	if (err != E_OK)
		return err;
	read_deployment(rows, a, out);
	return db_only(rows);
}

enum err deployment_put(struct db *db, int64_t platform, int64_t tenant, const char *id,
			const char *state, int64_t now_ms)
{
	assert(tenant > 0 && id != NULL && state != NULL);
	return db_run(db, NULL,
		      "INSERT INTO deployment (" DEPLOYMENT_COLUMNS ") "
		      "VALUES ($1, $2, $3, $4, '', '', $5, 0) "
		      "ON CONFLICT (platform_id, deployment_id) DO NOTHING",
		      "iissi", platform, tenant, id, state, now_ms);
}

enum err platform_learn_guid(struct db *db, int64_t platform, const char *guid)
{
	assert(guid != NULL && guid[0] != '\0');
	return db_run(db, NULL, "UPDATE platform SET guid = $2 WHERE id = $1 AND guid = ''", "is",
		      platform, guid);
}

enum err deployment_meet(struct db *db, struct arena *a, const struct platform *p,
			 const char *id, const char *guid, int64_t now_ms, struct deployment *out)
{
	struct platform now;
	bool known = guid != NULL && guid[0] != '\0', itself;
	int64_t fresh = 0;
	enum err err = platform_get(db, a, p->id, &now);

	if (err != E_OK)
		return err;
	itself = known && str_eq(now.accept_deployments, "auto") && str_eq(now.guid, guid);
	err = db_run(db, &fresh,
		     "INSERT INTO deployment (" DEPLOYMENT_COLUMNS ") "
		     "VALUES ($1, $2, $3, $4, $5, '', $6, 0) "
		     "ON CONFLICT (platform_id, deployment_id) DO NOTHING",
		     "iisssi", now.id, now.tenant, id, itself ? "approved" : "pending",
		     known ? guid : "", now_ms);
	if (err == E_OK && itself && fresh > 0)
		err = audit_write(db, &(struct audit_event){ .tenant = now.tenant, .now_ms = now_ms,
							     .action = "deployment.auto",
							     .object = now.id });
	return err == E_OK ? deployment_get(db, a, now.id, id, out) : err;
}

enum err deployment_set_state(struct db *db, int64_t platform, const char *id, const char *state)
{
	assert(id != NULL && state != NULL);
	return db_run_or(db, E_MISSING,
			 "UPDATE deployment SET state = $3 "
			 "WHERE platform_id = $1 AND deployment_id = $2",
			 "iss", platform, id, state);
}

enum err deployment_list(struct db *db, struct arena *a, int64_t platform,
			 struct deployment **v_out, unsigned *n_out)
{
	struct db_each q = DB_LIST(db, a, v_out, n_out);
	struct deployment *d;

	assert(platform > 0);
	db_select(&q,
		  "SELECT " DEPLOYMENT_COLUMNS
		  " FROM deployment WHERE platform_id = $1 ORDER BY created_at, deployment_id "
		  "LIMIT 1000",
		  "i", platform);
	while ((d = db_each(&q)) != NULL)
		read_deployment(q.rows, a, d);
	return db_end(&q);
}
