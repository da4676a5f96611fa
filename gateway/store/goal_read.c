/* Goals as one reader may see them. */
#include "store/goal_read.h"

#include "base/magic.h"
#include "each.h"
#include "goal_private.h"
#include "store/store.h"

const char *goal_title(const struct goal *g)
{
	return g->student_words[0] != '\0' ? g->student_words : g->words;
}

enum err goal_child(struct db *db, struct arena *a, int64_t tenant, int64_t child,
		    const char **name_out, const char **given_out)
{
	enum err err;

	assert(tenant > 0 && child > 0);
	err = db_one(db, a, "ss", (void *[]){ name_out, given_out },
		     "SELECT full_name, given FROM person WHERE tenant_id = $1 AND id = $2", "ii",
		     tenant, child);
	if (err == E_OK && (*given_out)[0] == '\0')
		*given_out = *name_out;
	return err;
}

/* $1 tenant, $2 the reader's household (GOAL_SEEN). */
#define GOAL_COLUMNS                                                                             \
	"SELECT g.id, g.child_id, g.context_id, g.version, g.domain, g.state, g.proposed_side, " \
	"g.household_id, g.only_household, g.student_words, g.home_signed, g.school_signed, "    \
	"g.mark_week, g.home_marks, g.school_marks, g.created_at, g.active_at, g.closed_at, "    \
	"v.words, v.measure, v.home_step, v.home_household, v.home_only, v.school_step, "        \
	"v.school_by, v.school_only, v.start_day, v.review_day, v.hush, "                        \
	"COALESCE(p.full_name, ''), COALESCE(p.given, ''), COALESCE(b.full_name, ''), "          \
	"COALESCE(h.full_name, ''), COALESCE(s.full_name, ''), "                                 \
	"COALESCE(o.step, ''), COALESCE(o.only_ours, 0), "                                       \
	"CASE WHEN EXISTS (SELECT 1 FROM goal_sign x WHERE x.tenant_id = $1 "                    \
	"AND x.goal_id = g.id AND x.version = g.version AND x.side = 'home' "                    \
	"AND x.household_id = $2) THEN 1 ELSE 0 END, "                                           \
	"CASE WHEN EXISTS (SELECT 1 FROM goal_sign x WHERE x.tenant_id = $1 "                    \
	"AND x.goal_id = g.id AND x.version = g.version AND x.side = 'student') "                \
	"THEN 1 ELSE 0 END "                                                                     \
	"FROM goal g JOIN goal_version v ON v.tenant_id = $1 AND v.goal_id = g.id "              \
	"AND v.version = g.version "                                                             \
	"LEFT JOIN person p ON p.tenant_id = $1 AND p.id = g.child_id "                          \
	"LEFT JOIN person b ON b.tenant_id = $1 AND b.id = g.proposed_by "                       \
	"LEFT JOIN person h ON h.tenant_id = $1 AND h.id = v.home_by "                           \
	"LEFT JOIN person s ON s.tenant_id = $1 AND s.id = v.school_by "                         \
	"LEFT JOIN goal_home o ON o.tenant_id = $1 AND o.goal_id = g.id "                        \
	"AND o.household_id = $2 "                                                               \
	"WHERE g.tenant_id = $1 AND " GOAL_SEEN("g", "$2") " "

static void take_columns(struct db_rows *rows, struct arena *a, struct goal *g)
{
	*g = (struct goal){
		.id = db_int(rows, 0), .child = db_int(rows, 1), .context = db_int(rows, 2),
		.version = db_int(rows, 3),
		.domain = goal_domain_of(db_span(rows, 4)),
		.state = goal_state_of(db_span(rows, 5)),
		.proposed_side = goal_side_of(db_span(rows, 6)),
		.only_household = db_int(rows, 8) != 0,
		.student_words = db_str(rows, 9, a),
		.home_signed = db_int(rows, 10) != 0, .school_signed = db_int(rows, 11) != 0,
		.mark_week = db_int(rows, 12), .home_marks = (uint64_t)db_int(rows, 13),
		.school_marks = (uint64_t)db_int(rows, 14),
		.created_at = db_int(rows, 15), .active_at = db_int(rows, 16),
		.closed_at = db_int(rows, 17),
		.words = db_str(rows, 18, a), .measure = db_str(rows, 19, a),
		.home_step = db_str(rows, 20, a), .home_only = db_int(rows, 22) != 0,
		.school_step = db_str(rows, 23, a), .school_only = db_int(rows, 25) != 0,
		.start_day = db_int(rows, 26), .review_day = db_int(rows, 27),
		.child_name = db_str(rows, 29, a), .child_given = db_str(rows, 30, a),
		.proposed_name = db_str(rows, 31, a), .home_name = db_str(rows, 32, a),
		.school_name = db_str(rows, 33, a),
		.own_step = db_str(rows, 34, a), .own_only = db_int(rows, 35) != 0,
		.home_suggested = db_int(rows, 21) == 0,
		.school_suggested = db_int(rows, 24) == 0,
	};
}

/* Takes away what another household wrote, or keeps to itself. */
static void hide_foreign_home(struct goal *g, int64_t home_household, bool hush)
{
	if (g->home_suggested || g->home_mine)
		return;
	assert(home_household > 0);
	g->home_name = "";
	if (g->home_only)
		g->home_step = "";
	g->home_only = false;
	if (!hush)
		return;
	/* Of this version it hears nothing: the goal stands as it was agreed. */
	if (g->state == GOAL_ADJUSTED)
		g->state = GOAL_ACTIVE;
	if (g->active_at != 0)
		g->home_signed = g->school_signed = g->mine_signed = true;
}

static void as_reader(struct db_rows *rows, const struct goal_who *by, struct goal *g)
{
	int64_t household = db_int(rows, 7), home_household = db_int(rows, 21);
	bool hush = db_int(rows, 28) != 0;
	struct goal_row row = { .household = household };

	g->may_edit = goal_may_edit(by, &row);
	g->home_mine = by->side == GOAL_HOME && home_household == by->household;
	if (by->side == GOAL_SCHOOL)
		g->mine_signed = g->school_signed;
	else
		g->mine_signed = db_int(rows, by->side == GOAL_HOME ? 36 : 37) != 0;
	if (by->side == GOAL_SCHOOL)
		return;
	g->mark_week = 0;
	g->home_marks = g->school_marks = 0;
	if (by->side == GOAL_STUDENT)
		return;
	if (household != 0 && household != by->household)
		g->proposed_name = "";
	hide_foreign_home(g, home_household, hush);
}

static enum err take_goals(struct db_each *q, struct arena *a,
			   const struct goal_who *by)
{
	struct goal *g;

	while ((g = db_each(q)) != NULL) {
		take_columns(q->rows, a, g);
		as_reader(q->rows, by, g);
	}
	return db_end(q);
}

enum err goal_load(struct db *db, struct arena *a, const struct goal_who *by, int64_t goal,
		   struct goal *out)
{
	struct goal *v;
	unsigned n;
	struct db_each q = DB_LIST(db, a, &v, &n);
	enum err err;

	db_select(&q, GOAL_COLUMNS "AND g.id = $3", "iii", by->who->tenant,
		  goal_reader_household(by), goal);
	err = take_goals(&q, a, by);
	if (err != E_OK || n == 0)
		return err == E_OK ? E_MISSING : err;
	*out = v[0];
	return E_OK;
}

enum err goal_list(struct db *db, struct arena *a, const struct goal_who *by, int64_t child,
		   bool closed, struct goal **v_out, unsigned *n_out)
{
	struct db_each q = DB_LIST(db, a, v_out, n_out);

	assert(by->who->tenant > 0);
	db_select(&q,
		  GOAL_COLUMNS "AND g.child_id = $3 AND ($4 = 1 OR g.state IN "
		  "('proposed', 'active', 'adjusted', 'paused')) "
		  "ORDER BY CASE g.domain WHEN 'academic' THEN 0 WHEN 'social' THEN 1 "
		  "ELSE 2 END, CASE g.state WHEN 'active' THEN 0 WHEN 'adjusted' THEN 0 "
		  "WHEN 'proposed' THEN 1 WHEN 'paused' THEN 2 ELSE 3 END, "
		  "g.created_at, g.id LIMIT 100",
		  "iiii", by->who->tenant, goal_reader_household(by), child,
		  (int64_t)closed);
	return take_goals(&q, a, by);
}

/* ---- check-ins and history ------------------------------------------------ */

enum err goal_marks(struct db *db, struct arena *a, const struct goal_who *by, int64_t child,
		    int64_t goal, int64_t since_week, struct goal_mark **v_out, unsigned *n_out)
{
	struct db_each q = DB_LIST(db, a, v_out, n_out);
	struct goal_mark *m;

	assert(since_week == goal_monday(since_week));
	db_select(&q,
		  "SELECT c.goal_id, c.week, c.side, c.household_id, c.value, c.note, "
		  "COALESCE(p.full_name, ''), c.at FROM goal g CROSS JOIN goal_checkin c "
		  "LEFT JOIN person p ON p.tenant_id = $1 AND p.id = c.by_person "
		  "WHERE g.tenant_id = $1 AND g.child_id = $3 AND ($4 = 0 OR g.id = $4) "
		  "AND c.tenant_id = $1 AND c.goal_id = g.id AND c.week >= $5 "
		  "AND " GOAL_SEEN("g", "$2") " "
		  "AND (c.side <> 'home' OR $2 <= 0 OR c.household_id = $2) "
		  "ORDER BY c.week, c.side, c.household_id, c.goal_id",
		  "iiiii", by->who->tenant, goal_reader_household(by), child, goal, since_week);
	while ((m = db_each(&q)) != NULL)
		*m = (struct goal_mark){
			.goal = db_int(q.rows, 0), .week = db_int(q.rows, 1),
			.side = goal_side_of(db_span(q.rows, 2)), .household = db_int(q.rows, 3),
			.value = (int)db_int(q.rows, 4), .note = db_str(q.rows, 5, a),
			.name = db_str(q.rows, 6, a), .at = db_int(q.rows, 7),
		};
	return db_end(&q);
}

enum err goal_history(struct db *db, struct arena *a, const struct goal_who *by, int64_t goal,
		      struct goal_event **v_out, unsigned *n_out)
{
	struct db_each q = DB_LIST(db, a, v_out, n_out);
	struct goal_event *to;

	assert(by->who->tenant > 0);
	db_select(&q,
		  "SELECT e.at, e.version, e.side, e.what, "
		  "CASE WHEN $2 <= 0 OR e.side <> 'home' OR e.household_id = $2 "
		  "THEN COALESCE(p.full_name, '') ELSE '' END "
		  "FROM goal g JOIN goal_event e ON e.tenant_id = $1 AND e.goal_id = g.id "
		  "LEFT JOIN person p ON p.tenant_id = $1 AND p.id = e.who "
		  "WHERE g.tenant_id = $1 AND g.id = $3 AND " GOAL_SEEN("g", "$2") " "
		  "AND (e.hush = 0 OR $2 <= 0 OR e.household_id = $2) "
		  "ORDER BY e.at DESC, e.id DESC LIMIT 100",
		  "iii", by->who->tenant, goal_reader_household(by), goal);
	while ((to = db_each(&q)) != NULL)
		*to = (struct goal_event){
			.at = db_int(q.rows, 0), .version = db_int(q.rows, 1),
			.side = goal_side_of(db_span(q.rows, 2)), .what = db_str(q.rows, 3, a),
			.name = db_str(q.rows, 4, a),
		};
	return db_end(&q);
}

/* A household is one person, or is called by its people. */
#define HOMES                                                                             \
	"WHERE c.tenant_id = $1 AND c.goal_id = $3 AND c.side = 'home' "                  \
	"AND ($2 <= 0 OR c.household_id = $2) "

enum err goal_households(struct db *db, struct arena *a, const struct goal_who *by, int64_t goal,
			 struct goal_household **v_out, unsigned *n_out)
{
	struct db_each q = DB_LIST(db, a, v_out, n_out);

	db_select(&q,
		  "SELECT c.household_id, COALESCE(p.full_name, '') FROM goal_checkin c "
		  "LEFT JOIN person p ON p.tenant_id = $1 AND p.id = c.household_id " HOMES
		  "UNION SELECT c.household_id, p.full_name FROM goal_checkin c "
		  "JOIN goal g ON g.tenant_id = $1 AND g.id = c.goal_id "
		  "JOIN household_member m ON m.tenant_id = $1 AND m.child_id = g.child_id "
		  "AND m.household_id = c.household_id "
		  "JOIN person p ON p.tenant_id = $1 AND p.id = m.person_id " HOMES
		  "ORDER BY 1, 2 LIMIT 32",
		  "iii", by->who->tenant, goal_reader_household(by), goal);
	while (db_step(&q)) {
		const char *name = db_str(q.rows, 1, a);
		struct goal_household *h = db_last(&q);

		if (h != NULL && h->id == db_int(q.rows, 0))
			h->names = h->names[0] == '\0' ? name :
				   arena_printf(a, "%s, %s", h->names, name);
		else if ((h = db_add(&q)) != NULL)
			*h = (struct goal_household){ db_int(q.rows, 0), name };
	}
	return db_end(&q);
}
