/* Notes of a class and of a child as others need them: glance, addressees, export. */
#include "base/magic.h"
#include "base/vec.h"
#include "each.h"
#include "in_class.h"
#include "note_private.h"
#include "store/links.h"

/* ---- whom a family may write to ------------------------------------------- */

struct teaches {
	int64_t context, person;
	const char *title, *name, *phase;
};

/* The teachers of the child's classes, whoever said that they teach there. */
#define TEACHERS(table, there)                                                              \
	"SELECT x.id, x.title, p.id, p.full_name, "                                         \
	"CASE WHEN x.phase <> '' THEN x.phase ELSE COALESCE(s.phase, '') END "              \
	"FROM context x CROSS JOIN " table " t "                                            \
	"JOIN person p ON p.tenant_id = $1 AND p.id = t.person_id "                         \
	"LEFT JOIN school s ON s.tenant_id = $1 AND s.id = x.school_id "                    \
	"WHERE x.tenant_id = $1 AND x.ended_at = 0 AND x.id IN " CLASSES_OF_CHILD           \
	" AND " there "AND t.role = 'teacher' "                                             \
	"AND NOT EXISTS (SELECT 1 FROM prohibition y WHERE y.tenant_id = $1 "               \
	"AND y.child_id = $2 AND y.person_id = p.id AND " PROHIBITION_IN_FORCE("y", "$3") ") "

static enum err read_teachers(struct db *db, struct arena *a, int64_t tenant, int64_t child,
			      int64_t now_ms, struct teaches **v_out, unsigned *n_out)
{
	struct db_each q = DB_LIST(db, a, v_out, n_out);
	struct teaches *row;

	db_select(&q,
		  TEACHERS("member", MEMBER_OF("x")) "UNION "
		  TEACHERS("roster_member", ROSTER_MEMBER_OF("x")) "ORDER BY 2, 1, 4, 3 LIMIT 100",
		  "iii", tenant, child, now_ms);
	while ((row = db_each(&q)) != NULL)
		*row = (struct teaches){ db_int(q.rows, 0), db_int(q.rows, 2), db_str(q.rows, 1, a),
					 db_str(q.rows, 3, a), db_str(q.rows, 4, a) };
	return db_end(&q);
}

/* One class: its team and its teachers, the usual one first; of one teacher just that. */
static unsigned add_class(struct note_to *out, const struct teaches *v, unsigned n)
{
	bool alone_first = str_eq(v->phase, "secondary");
	struct note_to team = { v->context, 0, v->title, "", v->phase };
	unsigned k = 0;

	assert(n > 0);
	if (!alone_first)
		out[k++] = team;
	for (unsigned i = 0; i < n && (alone_first || n > 1); i++)
		out[k++] = (struct note_to){ v->context, v[i].person, v->title, v[i].name, v->phase };
	if (alone_first && n > 1)
		out[k++] = team;
	return k;
}

enum err note_recipients(struct db *db, struct arena *a, int64_t tenant, int64_t child,
			 int64_t now_ms, struct note_to **v_out, unsigned *n_out)
{
	struct teaches *t = NULL;
	unsigned n = 0, end;
	enum err err = read_teachers(db, a, tenant, child, now_ms, &t, &n);

	*n_out = 0;
	*v_out = arena_array(a, 2 * (size_t)n + 1, sizeof(**v_out));
	if (err != E_OK)
		return err;
	if (*v_out == NULL)
		return E_NOMEM;
	for (unsigned i = 0; i < n; i = end) {
		for (end = i + 1; end < n && t[end].context == t[i].context; end++)
			;
		*n_out += add_class(*v_out + *n_out, t + i, end - i);
	}
	assert(*n_out <= 2 * n);
	return E_OK;
}

/* ---- the class at a glance ------------------------------------------------ */

/* As note_due(), per thread, folded by child. */
#define DUE                                                                             \
	"CASE WHEN COALESCE(t.closed, 0) = 1 THEN 0 "                                   \
	"WHEN n.side = 'home' AND COALESCE(t.school_at, 0) = 0 THEN 1 "                 \
	"WHEN t.home_at > t.school_at AND t.home_at > COALESCE((SELECT MAX(v.seen_at) " \
	"FROM note_seen v WHERE v.tenant_id = $1 AND v.note_id = n.id "                 \
	"AND v.side = 'school'), 0) THEN 1 ELSE 0 END"

static void fold(struct db_rows *rows, struct note_glance *g)
{
	int64_t home = db_int(rows, 1), school = db_int(rows, 2);

	if (db_int(rows, 3) > home)
		home = db_int(rows, 3);
	if (db_int(rows, 4) > school)
		school = db_int(rows, 4);
	*g = (struct note_glance){ .child = db_int(rows, 0),
				   .last_at = home > school ? home : school, .home_at = home,
				   .last_side = home > school ? NOTE_HOME : NOTE_SCHOOL,
				   .due = db_int(rows, 5) > 0 };
}

enum err note_glance(struct db *db, struct arena *a, const struct actor *who, int64_t now_ms,
		     struct note_glance **v_out, unsigned *n_out)
{
	struct db_each q = DB_LIST(db, a, v_out, n_out);
	struct note_glance *g;

	assert(who->tenant > 0);
	*v_out = NULL;
	*n_out = 0;
	if (who->door != DOOR_CLASS || who->held || who->aide || who->context == 0)
		return E_OK;
	db_select(&q,
		  "SELECT n.child_id, MAX(CASE WHEN n.side = 'home' THEN n.created_at ELSE 0 END), "
		  "MAX(CASE WHEN n.side = 'school' THEN n.created_at ELSE 0 END), "
		  "MAX(COALESCE(t.home_at, 0)), MAX(COALESCE(t.school_at, 0)), MAX(" DUE ") "
		  "FROM note n LEFT JOIN (SELECT w.note_id, w.household_id, "
		  "MAX(CASE WHEN w.side = 'home' AND w.kind <> 'close' THEN w.created_at ELSE 0 END) "
		  "AS home_at, "
		  "MAX(CASE WHEN w.side = 'school' AND w.kind <> 'close' THEN w.created_at ELSE 0 END) "
		  "AS school_at, MAX(CASE WHEN w.kind = 'close' THEN 1 ELSE 0 END) AS closed "
		  "FROM note_word w WHERE w.tenant_id = $1 AND w.context_id = $3 "
		  "GROUP BY w.note_id, w.household_id) t ON t.note_id = n.id "
		  "WHERE n.tenant_id = $1 AND n.context_id = $3 AND n.gone_at = 0 "
		  "AND (n.staff_id IN (0, $2) OR n.author_id = $2) "
		  "AND NOT EXISTS (SELECT 1 FROM prohibition p WHERE p.tenant_id = $1 "
		  "AND p.person_id = $2 AND p.child_id = n.child_id "
		  "AND " PROHIBITION_IN_FORCE("p", "$4") ") GROUP BY n.child_id",
		  "iiii", who->tenant, who->person, who->context, now_ms);
	while ((g = db_each(&q)) != NULL)
		fold(q.rows, g);
	return db_end(&q);
}

/* ---- export --------------------------------------------------------------- */

enum err note_export(struct db *db, int64_t tenant, int64_t child, int64_t household,
		     struct buf *json)
{
	static const char *const key[] = { "id", "note", "side", "by", "kind", "text", "at",
					   "household" };
	struct db_each q = DB_ROWS(db);
	struct json j;

	assert(tenant > 0 && child > 0);
	db_select(&q,
		  "SELECT n.id, n.id, n.side, COALESCE(p.full_name, ''), "
		  "CASE WHEN n.gone_at > 0 THEN 'taken back' ELSE 'note' END, n.body, "
		  "n.created_at, n.household_id FROM note n "
		  "LEFT JOIN person p ON p.tenant_id = $1 AND p.id = n.author_id "
		  "WHERE n.tenant_id = $1 AND n.child_id = $2 "
		  "AND ($3 = 0 OR n.side = 'school' OR n.household_id = $3) "
		  "UNION ALL SELECT w.id, w.note_id, w.side, COALESCE(p.full_name, ''), w.kind, "
		  "w.body, w.created_at, w.household_id FROM note_word w "
		  "LEFT JOIN person p ON p.tenant_id = $1 AND p.id = w.author_id "
		  "WHERE w.tenant_id = $1 AND w.child_id = $2 AND ($3 = 0 OR w.household_id = $3) "
		  "ORDER BY 7, 1",
		  "iii", tenant, child, household);
	json_init(&j, json);
	return db_json(&q, &j, NULL, household == 0 ? "ddssssid" : "ddssssi", key);
}
