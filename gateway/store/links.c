#include "store/links.h"

#include "base/magic.h"
#include "each.h"
#include "store/journal.h"
#include "store/store.h"

static enum err link_put(struct db *db, int64_t tenant, int64_t guardian, const char *source,
			 int64_t scope, int64_t child, int64_t now_ms)
{
	return db_run(db, NULL,
		      "INSERT INTO family_link (tenant_id, child_id, guardian_id, source, scope, "
		      "relation, legal, lives_with, is_primary, emergency, priority, state, "
		      "asserted_at, expires_at, ended_at, roster_hash, roster_run) "
		      "VALUES ($1, $2, $3, $4, $5, '', 0, 0, 0, 0, 0, 'active', $6, $7, 0, 0, 0) "
		      "ON CONFLICT (tenant_id, child_id, guardian_id, source, scope) DO UPDATE "
		      "SET state = CASE WHEN family_link.state = 'confirmed' THEN 'confirmed' "
		      "ELSE 'active' END, asserted_at = $6, expires_at = $7, ended_at = 0",
		      "iiisiii", tenant, child, guardian, source, scope, now_ms,
		      now_ms + LINK_LIFE_MS);
}

static bool among(int64_t id, const int64_t *v, unsigned n)
{
	for (unsigned i = 0; i < n; i++)
		if (v[i] == id)
			return true;
	return false;
}

enum err link_replace(struct db *db, int64_t tenant, int64_t guardian, const char *source,
		      int64_t scope, const int64_t *child, unsigned n, int64_t now_ms)
{
	int64_t gone[LINK_CHILDREN_MAX], *id;
	unsigned ngone = 0;
	struct db_each q = DB_ARRAY(db, gone, &ngone);
	enum err err;

	assert(n <= LINK_CHILDREN_MAX);
	db_select(&q,
		  "SELECT child_id FROM family_link WHERE tenant_id = $1 AND guardian_id = $2 "
		  "AND source = $3 AND scope = $4 AND ended_at = 0",
		  "iisi", tenant, guardian, source, scope);
	while (db_step(&q))
		if (!among(db_int(q.rows, 0), child, n) && (id = db_add(&q)) != NULL)
			*id = db_int(q.rows, 0);
	err = db_end(&q);
	for (unsigned i = 0; err == E_OK && i < ngone; i++)
		err = db_run(db, NULL,
			     "UPDATE family_link SET state = 'ended', ended_at = $6 "
			     "WHERE tenant_id = $1 AND child_id = $2 AND guardian_id = $3 "
			     "AND source = $4 AND scope = $5",
			     "iiisii", tenant, gone[i], guardian, source, scope, now_ms);
	for (unsigned i = 0; err == E_OK && i < n; i++)
		if (child[i] != guardian)
			err = link_put(db, tenant, guardian, source, scope, child[i], now_ms);
	return err;
}

enum err prohibition_add(struct db *db, int64_t tenant, int64_t child, int64_t person,
			 const char *source, int64_t by, int64_t now_ms)
{
	int64_t have = 0;
	enum err err;

	assert(child > 0 && person > 0);
	err = db_one(db, NULL, "i", (void *[]){ &have },
		     "SELECT COUNT(*) FROM prohibition WHERE tenant_id = $1 AND child_id = $2 "
		     "AND person_id = $3 AND source = $4 AND lifted_at = 0",
		     "iiis", tenant, child, person, source);
	if (err != E_OK || have > 0)
		return err;
	return db_run(db, NULL,
		      "INSERT INTO prohibition (tenant_id, child_id, person_id, id, source, from_at, "
		      "until_at, entered_by, lifted_at, lifted_by) "
		      "VALUES ($1, $2, $3, $4, $5, $6, 0, $7, 0, 0)",
		      "iiiisii", tenant, child, person, store_new_id(now_ms), source, now_ms, by);
}

enum err prohibition_lift(struct db *db, int64_t tenant, int64_t child, int64_t person,
			  const char *source, int64_t by, int64_t now_ms)
{
	assert(tenant > 0 && source != NULL);
	return db_run(db, NULL,
		      "UPDATE prohibition SET lifted_at = $5, lifted_by = $6 "
		      "WHERE tenant_id = $1 AND child_id = $2 AND person_id = $3 AND source = $4 "
		      "AND lifted_at = 0",
		      "iiisii", tenant, child, person, source, now_ms, by);
}

enum err family_children(struct db *db, struct arena *a, int64_t tenant, int64_t guardian,
			 int64_t now_ms, struct family_child **v_out, unsigned *n_out)
{
	struct db_each q = DB_LIST(db, a, v_out, n_out);
	struct family_child *c;

	assert(tenant > 0 && guardian > 0);
	db_select(&q,
		  "SELECT * FROM (SELECT p.id, p.full_name, p.given, "
		  "COALESCE(h.household_id, $2), " TIE_BEST("l", "$3") " AS best, "
		  "MAX(l.until_at) AS rights_at FROM family_tie l "
		  "JOIN person p ON p.tenant_id = $1 AND p.id = l.child_id "
		  "JOIN person g ON g.tenant_id = $1 AND g.id = $2 "
		  "LEFT JOIN household_member h ON h.tenant_id = $1 AND h.child_id = l.child_id "
		  "AND h.person_id = $2 "
		  "WHERE l.tenant_id = $1 AND l.guardian_id = $2 AND " GUARDIANS_OPEN("$1")
		  " AND NOT EXISTS (SELECT 1 FROM prohibition x WHERE x.tenant_id = $1 "
		  "AND x.child_id = l.child_id AND x.person_id = $2 AND "
		  PROHIBITION_IN_FORCE("x", "$3") ") "
		  "AND (l.source = 'roster' OR l.state = 'confirmed' OR g.origin = 'roster' "
		  "OR NOT EXISTS (SELECT 1 FROM prohibition y WHERE y.tenant_id = $1 "
		  "AND y.child_id = l.child_id AND " PROHIBITION_IN_FORCE("y", "$3") ")) "
		  "GROUP BY p.id, p.full_name, p.given, h.household_id) x WHERE x.best > 0 "
		  "ORDER BY x.full_name, x.id LIMIT 64",
		  "iii", tenant, guardian, now_ms);
	while ((c = db_each(&q)) != NULL) {
		int64_t best = db_int(q.rows, 4);

		*c = (struct family_child){
			.child = db_int(q.rows, 0),
			.name = db_str(q.rows, 1, a),
			.given = db_str(q.rows, 2, a),
			.household = db_int(q.rows, 0) == guardian ? guardian : db_int(q.rows, 3),
			.own = db_int(q.rows, 0) == guardian,
			.rights_at = db_int(q.rows, 5),
			.read_only = best != TIE_FULL,
			.until = best != TIE_FULL ? best + COURSE_READ_MS : 0,
		};
	}
	return db_end(&q);
}
