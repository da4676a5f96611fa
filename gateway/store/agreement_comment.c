/* What students say about agreements. */
#include "store/agreement_comment.h"

#include "agreement_private.h"
#include "base/json.h"
#include "each.h"
#include "store/audit.h"
#include "store/store.h"

static enum err kept(struct db *db, const struct agreement_by *by, int64_t id, const char *what,
		     const char *action)
{
	enum err err = db_run(db, NULL,
			      "INSERT INTO agreement_event (tenant_id, id, agreement_id, version, side, "
			      "who, what, at) SELECT g.tenant_id, CAST($3 AS BIGINT), g.id, "
			      "g.agreed_version, 'student', CAST($4 AS BIGINT), CAST($5 AS TEXT), "
			      "CAST($6 AS BIGINT) FROM agreement g WHERE g.tenant_id = $1 AND g.id = $2",
			      "iiiisi", by->who->tenant, id, store_new_id(by->now_ms), by->who->person,
			      what, by->now_ms);

	return err == E_OK ? audit_by(db, by->who, by->now_ms, action, by->acc->child, id) : err;
}

static enum err count_said(struct db *db, const struct agreement_by *by, int64_t id,
			   const char *body, int64_t *all_out, int64_t *same_out)
{
	return db_one(db, NULL, "ii", (void *[]){ all_out, same_out },
		      "SELECT COUNT(*), COALESCE(SUM(CASE WHEN gone_at = 0 AND author_id = $3 "
		      "AND body = $4 THEN 1 ELSE 0 END), 0) FROM agreement_comment "
		      "WHERE tenant_id = $1 AND agreement_id = $2",
		      "iiis", by->who->tenant, id, by->who->person, body);
}

enum err agreement_comment_add(struct db *db, const struct agreement_by *by, int64_t id,
			       const char *body)
{
	int64_t changed = 0, all = 0, same = 0;
	enum err err;

	assert(by->acc->rel == REL_SELF && by->acc->child == by->who->person);
	if (body[0] == '\0')
		return E_INPUT;
	err = count_said(db, by, id, body, &all, &same);
	if (err != E_OK || same > 0)
		return err;
	if (all >= AGREEMENT_COMMENTS_MAX)
		return E_LIMIT;
	err = db_run(db, &changed,
		     "INSERT INTO agreement_comment (tenant_id, id, agreement_id, version, author_id, "
		     "body, created_at, gone_at, school_seen_at, home_seen_at) "
		     "SELECT g.tenant_id, CAST($3 AS BIGINT), g.id, g.agreed_version, "
		     "CAST($4 AS BIGINT), CAST($5 AS TEXT), CAST($6 AS BIGINT), 0, 0, 0 "
		     "FROM agreement g WHERE g.tenant_id = $1 AND g.id = $2 AND g.child_id = $4 "
		     "AND g.agreed_version > 0 AND g.state <> 'ended'",
		     "iiiisi", by->who->tenant, id, store_new_id(by->now_ms), by->who->person, body,
		     by->now_ms);
	if (err == E_OK && changed == 0)
		err = E_CONFLICT;
	return err == E_OK ? kept(db, by, id, "commented", "agreement.comment") : err;
}

enum err agreement_comment_undo(struct db *db, const struct agreement_by *by, int64_t id,
				int64_t comment)
{
	int64_t changed = 0;
	enum err err = db_run(db, &changed,
			      "UPDATE agreement_comment SET body = '', gone_at = $5 "
			      "WHERE tenant_id = $1 AND agreement_id = $2 AND id = $3 "
			      "AND author_id = $4 AND gone_at = 0 AND created_at > $6",
			      "iiiiii", by->who->tenant, id, comment, by->who->person, by->now_ms,
			      by->now_ms - AGREEMENT_COMMENT_UNDO_MS);

	assert(by->acc->rel == REL_SELF);
	if (err == E_OK && changed == 0)
		err = E_CONFLICT;
	return err == E_OK ? kept(db, by, id, "uncommented", "agreement.comment_back") : err;
}

enum err agreement_comments(struct db *db, struct arena *a, const struct agreement_by *by,
			    int64_t id, struct agreement_comment **v_out, unsigned *n_out)
{
	struct db_each q = DB_LIST(db, a, v_out, n_out);
	struct agreement_comment *k;

	db_select(&q,
		  "SELECT k.id, k.created_at, k.version, COALESCE(p.full_name, ''), k.body, "
		  "k.author_id FROM agreement_comment k LEFT JOIN person p ON p.tenant_id = $1 "
		  "AND p.id = k.author_id WHERE k.tenant_id = $1 AND k.agreement_id = $2 "
		  "AND k.gone_at = 0 ORDER BY k.created_at, k.id LIMIT 100",
		  "ii", by->who->tenant, id);
	while ((k = db_each(&q)) != NULL) {
		bool mine = by->acc->rel == REL_SELF && db_int(q.rows, 5) == by->who->person;

		*k = (struct agreement_comment){
			.id = db_int(q.rows, 0), .at = db_int(q.rows, 1),
			.version = db_int(q.rows, 2), .author_name = db_str(q.rows, 3, a),
			.body = db_str(q.rows, 4, a), .mine = mine,
			.may_undo = mine && db_int(q.rows, 1) >
				    by->now_ms - AGREEMENT_COMMENT_UNDO_MS,
		};
	}
	return db_end(&q);
}

/* The class's own staff; who only reads leaves no mark. */
enum err agreement_comments_seen(struct db *db, const struct agreement_by *by, int64_t id)
{
	static const char school[] =
		"UPDATE agreement_comment SET school_seen_at = $3 WHERE tenant_id = $1 "
		"AND agreement_id = $2 AND school_seen_at = 0";
	static const char home[] =
		"UPDATE agreement_comment SET home_seen_at = $3 WHERE tenant_id = $1 "
		"AND agreement_id = $2 AND home_seen_at = 0";

	assert(!by->acc->read_only);
	return db_run(db, NULL, agreement_actor(by->acc) == AGREEMENT_HOME ? home : school, "iii",
		      by->who->tenant, id, by->now_ms);
}

enum err agreement_comment_export(struct db *db, int64_t tenant, int64_t child,
				  int64_t household, struct buf *json)
{
	struct db_each q = DB_ROWS(db);
	struct json j;
	enum err err;

	db_select(&q,
		  "SELECT k.agreement_id, k.version, k.created_at, COALESCE(p.full_name, ''), k.body "
		  "FROM agreement g JOIN agreement_comment k ON k.tenant_id = $1 "
		  "AND k.agreement_id = g.id LEFT JOIN person p ON p.tenant_id = $1 "
		  "AND p.id = k.author_id WHERE g.tenant_id = $1 AND g.child_id = $2 "
		  "AND k.gone_at = 0 AND ($3 = 0 OR g.household_id = $3) "
		  "ORDER BY g.id, k.created_at, k.id",
		  "iii", tenant, child, household);
	json_init(&j, json);
	json_open(&j, NULL, '[');
	while (db_step(&q)) {
		json_open(&j, NULL, '{');
		json_id(&j, "agreement", db_int(q.rows, 0));
		json_int(&j, "version", db_int(q.rows, 1));
		json_int(&j, "at", db_int(q.rows, 2));
		json_span(&j, "by", db_span(q.rows, 3));
		json_span(&j, "words", db_span(q.rows, 4));
		json_close(&j, '}');
	}
	json_close(&j, ']');
	err = db_end(&q);
	return err == E_OK ? json->err : err;
}
