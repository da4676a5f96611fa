/* Goals that leave: a child's export and erasure. */
#include "base/magic.h"
#include "each.h"
#include "goal_private.h"
#include "store/goal_read.h"
#include "store/store.h"

/* The list `name` of what the query answers; db_json(). */
struct part {
	const char *name, *sql, *cols;
	const char *key[9];
};

/* $1 tenant, $2 child, $3 the reader's household (GOAL_SEEN). */
#define OF_CHILD "AND g.tenant_id = $1 AND g.child_id = $2 AND " GOAL_SEEN("g", "$3") " "

static const struct part parts[] = {
	{ "goals",
	  "SELECT g.id, g.domain, g.state, g.proposed_side, g.student_words, "
	  "g.created_at, g.closed_at FROM goal g WHERE 1 = 1 "
	  OF_CHILD "ORDER BY g.created_at, g.id",
	  "dssssii",
	  { "id", "domain", "state", "proposed_by", "student_words", "created_at", "closed_at" } },
	{ "versions",
	  "SELECT v.goal_id, v.version, v.words, v.measure, CASE WHEN v.home_only = 1 AND $3 > 0 "
	  "AND v.home_household <> $3 THEN '' ELSE v.home_step END, v.school_step, v.start_day, "
	  "v.review_day, v.at FROM goal g JOIN goal_version v ON v.tenant_id = $1 "
	  "AND v.goal_id = g.id WHERE (v.hush = 0 OR $3 <= 0 OR v.home_household = $3) "
	  OF_CHILD "ORDER BY v.goal_id, v.version",
	  "dissssiii",
	  { "goal", "version", "words", "measure", "home_step", "school_step", "start_day", "review_day",
	    "at" } },
	{ "signatures",
	  "SELECT s.goal_id, s.version, s.side, s.at FROM goal g JOIN goal_sign s "
	  "ON s.tenant_id = $1 AND s.goal_id = g.id WHERE (s.side <> 'home' OR $3 <= 0 "
	  "OR s.household_id = $3) " OF_CHILD "ORDER BY s.goal_id, s.at",
	  "disi", { "goal", "version", "side", "at" } },
	{ "home_steps",
	  "SELECT o.goal_id, o.step, o.at FROM goal g JOIN goal_home o ON o.tenant_id = $1 "
	  "AND o.goal_id = g.id WHERE (o.only_ours = 0 OR $3 <= 0 OR o.household_id = $3) "
	  OF_CHILD "ORDER BY o.goal_id, o.at",
	  "dsi", { "goal", "step", "at" } },
	{ "checkins",
	  "SELECT c.goal_id, c.week, c.side, c.value, c.note, c.at FROM goal g "
	  "JOIN goal_checkin c ON c.tenant_id = $1 AND c.goal_id = g.id WHERE (c.side <> 'home' "
	  "OR $3 <= 0 OR c.household_id = $3) " OF_CHILD "ORDER BY c.goal_id, c.week, c.side",
	  "disisi", { "goal", "week", "side", "value", "note", "at" } },
	{ "events",
	  "SELECT e.goal_id, e.version, e.side, e.what, e.at FROM goal g JOIN goal_event e "
	  "ON e.tenant_id = $1 AND e.goal_id = g.id WHERE (e.hush = 0 OR $3 <= 0 "
	  "OR e.household_id = $3) " OF_CHILD "ORDER BY e.goal_id, e.at, e.id",
	  "dissi", { "goal", "version", "side", "what", "at" } },
	{ "cheers",
	  "SELECT c.goal_id, c.phrase, c.words, c.at FROM goal g JOIN goal_cheer c "
	  "ON c.tenant_id = $1 AND c.goal_id = g.id WHERE ($3 <= 0 OR c.household_id = $3) "
	  OF_CHILD "ORDER BY c.goal_id, c.at",
	  "disi", { "goal", "phrase", "words", "at" } },
};

enum err goal_export(struct db *db, int64_t tenant, int64_t child, int64_t household,
		     struct buf *json)
{
	struct json j;
	enum err err = E_OK;

	assert(tenant > 0 && child > 0);
	json_init(&j, json);
	json_open(&j, NULL, '{');
	for (const struct part *p = parts; err == E_OK && p < parts + ARRAY_LEN(parts); p++) {
		struct db_each q = DB_ROWS(db);

		db_select(&q, p->sql, "iii", tenant, child, household);
		err = db_json(&q, &j, p->name, p->cols, p->key);
	}
	json_close(&j, '}');
	return err == E_OK ? json->err : err;
}

enum err goal_erase(struct db *db, int64_t tenant, int64_t child)
{
#define ERASE(table) \
	"DELETE FROM " table " WHERE tenant_id = $1 AND goal_id IN " \
	"(SELECT id FROM goal WHERE tenant_id = $1 AND child_id = $2)"
	static const char *const step[] = {
		ERASE("goal_cheer"), ERASE("goal_event"),   ERASE("goal_checkin"),
		ERASE("goal_home"),  ERASE("goal_sign"),    ERASE("goal_version"),
		"DELETE FROM goal WHERE tenant_id = $1 AND child_id = $2",
	};
#undef ERASE
	enum err err = E_OK;

	for (unsigned i = 0; err == E_OK && i < ARRAY_LEN(step); i++)
		err = db_run(db, NULL, step[i], "ii", tenant, child);
	return err;
}
