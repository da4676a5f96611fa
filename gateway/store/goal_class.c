/* Goals of many children at once: the class at a glance, what waits for whom. */
#include "store/goal_class.h"

#include "base/magic.h"
#include "each.h"
#include "in_class.h"
#include "goal_private.h"
#include "store/links.h"

/* Bit n of marks stands for n weeks before mark_week. */
static void add_dots(struct goal_count *c, int64_t this_week, int64_t mark_week, uint64_t home,
		     uint64_t school)
{
	if (mark_week == 0)
		return;
	for (int i = 0; i < GOAL_DOTS; i++) {
		int64_t week = this_week - 7 * (GOAL_DOTS - 1 - i), bit = (mark_week - week) / 7;

		if (bit < 0 || bit > 62)
			continue;
		c->dots[i] |= (home >> bit & 1) != 0 ? 1 : 0;
		c->dots[i] |= (school >> bit & 1) != 0 ? 2 : 0;
	}
}

static void add_state(struct goal_count *c, enum goal_state s, bool home_signed,
		      bool school_signed)
{
	if (s == GOAL_ACTIVE || s == GOAL_ADJUSTED || s == GOAL_PAUSED)
		c->active++;
	if (s != GOAL_PROPOSED && s != GOAL_ADJUSTED)
		return;
	c->wait_home += !home_signed;
	c->wait_school += !school_signed;
}

static int64_t later(int64_t a, int64_t b)
{
	return a > b ? a : b;
}

static void add_goal(struct db_rows *rows, int64_t this_week, struct goal_count *c)
{
	if (db_is_null(rows, 1))
		return;
	add_state(c, goal_state_of(db_span(rows, 1)), db_int(rows, 2) != 0, db_int(rows, 3) != 0);
	add_dots(c, this_week, db_int(rows, 4), (uint64_t)db_int(rows, 5),
		 (uint64_t)db_int(rows, 6));
	c->by_home |= db_int(rows, 2) != 0;
	c->home_at = later(c->home_at, db_int(rows, 7));
	c->school_at = later(c->school_at, db_int(rows, 8));
}

enum err goal_counts(struct db *db, struct arena *a, const struct actor *who, int64_t now_ms,
		     int64_t this_week, struct goal_count **v_out, unsigned *n_out)
{
	struct db_each q = DB_LIST(db, a, v_out, n_out);

	assert(this_week == goal_monday(this_week));
	*v_out = NULL;
	*n_out = 0;
	if (who->held || who->sample_only || who->door != DOOR_CLASS)
		return E_OK;
	db_select(&q,
		  "SELECT m.person_id, g.state, g.home_signed, g.school_signed, g.mark_week, "
		  "g.home_marks, g.school_marks, g.home_at, g.school_at "
		  "FROM (SELECT DISTINCT person_id FROM class_member WHERE tenant_id = $1 "
		  "AND context_id = $2 AND role = 'pupil') m "
		  "LEFT JOIN goal g ON g.tenant_id = $1 AND g.child_id = m.person_id "
		  "WHERE NOT EXISTS (SELECT 1 FROM prohibition x WHERE x.tenant_id = $1 "
		  "AND x.child_id = m.person_id AND x.person_id = $3 "
		  "AND " PROHIBITION_IN_FORCE("x", "$4") ") ORDER BY m.person_id",
		  "iiii", who->tenant, who->context, who->person, now_ms);
	while (db_step(&q)) {
		struct goal_count *c = db_last(&q);

		if (c == NULL || c->child != db_int(q.rows, 0)) {
			c = db_add(&q);
			if (c == NULL)
				break;
			c->child = db_int(q.rows, 0);
		}
		add_goal(q.rows, this_week, c);
	}
	return db_end(&q);
}

/* From the check-ins themselves: the marks on the goal join all households. */
static void add_mark(struct goal_count *c, const struct goal_mark *m, int64_t this_week)
{
	int64_t ago = (this_week - m->week) / 7;

	if (m->side == GOAL_STUDENT || ago < 0 || ago >= GOAL_DOTS)
		return;
	c->dots[GOAL_DOTS - 1 - ago] |= m->side == GOAL_HOME ? 1 : 2;
	if (m->side == GOAL_HOME)
		c->home_at = later(c->home_at, m->at);
	else
		c->school_at = later(c->school_at, m->at);
}

enum err goal_count_child(struct db *db, struct arena *a, const struct goal_who *by, int64_t child,
			  int64_t this_week, struct goal_count *out)
{
	struct goal_mark *m = NULL;
	struct goal *g = NULL;
	unsigned ng = 0, nm = 0;
	enum err err;

	*out = (struct goal_count){ .child = child };
	err = goal_list(db, a, by, child, false, &g, &ng);
	if (err == E_OK)
		err = goal_marks(db, a, by, child, 0, this_week - 7 * (GOAL_DOTS - 1), &m, &nm);
	if (err != E_OK)
		return err;
	for (unsigned i = 0; i < ng; i++)
		add_state(out, g[i].state, g[i].home_signed, g[i].school_signed);
	for (unsigned i = 0; i < nm; i++)
		add_mark(out, &m[i], this_week);
	return E_OK;
}

/* ---- what waits ----------------------------------------------------------- */

struct needs {
	struct goal_need *v;
	unsigned n, cap;
};

static enum err add_need(struct arena *a, struct needs *l, struct goal_need need)
{
	if (l->n >= GOAL_LIST_MAX)
		return E_OK;
	l->v = arena_grow(a, l->v, l->n, &l->cap, sizeof(*l->v));
	if (l->v == NULL)
		return E_NOMEM;
	l->v[l->n++] = need;
	return E_OK;
}

/*
 * A class's goals: those that live here, and those whose class the child has left.
 * States are told apart by a CASE: an IN list of three is a table that SQLite builds
 * anew for every page.
 * $1 tenant, $2 context, $3 the reader, $4 now.
 */
#define CLASS_GOALS                                                                              \
	"FROM goal g LEFT JOIN context o ON o.tenant_id = $1 AND o.id = g.context_id "           \
	"JOIN goal_version v ON v.tenant_id = $1 AND v.goal_id = g.id AND v.version = g.version " \
	"JOIN person p ON p.tenant_id = $1 AND p.id = g.child_id "                               \
	"WHERE g.tenant_id = $1 AND g.child_id IN (SELECT m.person_id FROM class_member m "      \
	"WHERE m.tenant_id = $1 AND m.context_id = $2 AND m.role = 'pupil') "                    \
	"AND (g.context_id = $2 OR NOT " IS_PUPIL("o", "g.child_id") ") "                        \
	"AND NOT EXISTS (SELECT 1 FROM prohibition x WHERE x.tenant_id = $1 "                    \
	"AND x.child_id = g.child_id AND x.person_id = $3 "                                      \
	"AND " PROHIBITION_IN_FORCE("x", "$4") ") "

static enum err class_need(struct db_rows *rows, struct arena *a, int64_t today,
			   struct needs *l)
{
	enum goal_state state = goal_state_of(db_span(rows, 4));
	bool going = state == GOAL_ACTIVE || state == GOAL_ADJUSTED;
	const char *own = db_str(rows, 3, a), *words = db_str(rows, 5, a);
	struct goal_need need = {
		.goal = db_int(rows, 0), .child = db_int(rows, 1),
		.child_name = db_str(rows, 2, a), .day = db_int(rows, 7),
		.other_signed = db_int(rows, 9) != 0,
	};
	enum err err = E_OK;

	if (own == NULL || words == NULL || need.child_name == NULL)
		return E_NOMEM;
	need.title = own[0] != '\0' ? own : words;
	if ((state == GOAL_PROPOSED || state == GOAL_ADJUSTED) && db_int(rows, 6) == 0) {
		need.kind = GOAL_NEED_SIGN;
		err = add_need(a, l, need);
	}
	if (err == E_OK && going && need.day <= today) {
		need.kind = GOAL_NEED_REVIEW;
		err = add_need(a, l, need);
	}
	if (err == E_OK && going && db_int(rows, 8) != 0) {
		need.kind = GOAL_NEED_DIFFER;
		err = add_need(a, l, need);
	}
	return err;
}

enum err goal_class_needs(struct db *db, struct arena *a, const struct actor *who, int64_t now_ms,
			  int64_t today, struct goal_need **v_out, unsigned *n_out)
{
	struct db_each q = DB_ROWS(db);
	struct needs l = { 0 };

	*v_out = NULL;
	*n_out = 0;
	if (who->held || who->sample_only || who->door != DOOR_CLASS)
		return E_OK;
	db_select(&q,
		  "SELECT g.id, g.child_id, p.full_name, g.student_words, g.state, v.words, "
		  "g.school_signed, v.review_day, "
		  "CASE WHEN EXISTS (SELECT 1 FROM goal_checkin c JOIN goal_checkin d "
		  "ON d.tenant_id = $1 AND d.goal_id = c.goal_id AND d.week = c.week "
		  "AND d.side = 'home' AND d.value <> c.value WHERE c.tenant_id = $1 "
		  "AND c.goal_id = g.id AND c.week = $5 AND c.side = 'school') "
		  "THEN 1 ELSE 0 END, g.home_signed "
		  CLASS_GOALS "AND CASE g.state WHEN 'proposed' THEN 1 WHEN 'active' THEN 1 "
		  "WHEN 'adjusted' THEN 1 ELSE 0 END = 1 "
		  "ORDER BY g.changed_at, g.id LIMIT 400",
		  "iiiii", who->tenant, who->context, who->person, now_ms,
		  goal_monday(today));
	while (db_step(&q))
		q.err = class_need(q.rows, a, today, &l);
	*v_out = l.v;
	*n_out = l.n;
	return db_end(&q);
}

/* Has this side said how the week went? */
static bool checked_in(const struct goal_who *by, int64_t goal, const struct goal_mark *m,
		       unsigned n)
{
	for (unsigned i = 0; i < n; i++)
		if (m[i].goal == goal && m[i].side == by->side)
			return true;
	return false;
}

static enum err child_need(struct arena *a, const struct goal_who *by, const struct goal *g,
			   int64_t today, bool given, struct needs *l)
{
	bool going = g->state == GOAL_ACTIVE || g->state == GOAL_ADJUSTED;
	struct goal_need need = { .goal = g->id, .child = g->child, .child_name = g->child_name,
				  .title = goal_title(g), .day = g->review_day,
				  .other_signed = g->school_signed };
	enum err err = E_OK;

	/* Home's word is given once one of the homes has given it. */
	if (by->side == GOAL_HOME && (g->state == GOAL_PROPOSED || g->state == GOAL_ADJUSTED) &&
	    !g->home_signed && g->words[0] != '\0') {
		need.kind = GOAL_NEED_SIGN;
		err = add_need(a, l, need);
	}
	if (err == E_OK && by->side == GOAL_HOME && going && g->review_day <= today) {
		need.kind = GOAL_NEED_REVIEW;
		err = add_need(a, l, need);
	}
	if (err == E_OK && going && !given && goal_monday(g->start_day) <= today) {
		need.kind = GOAL_NEED_CHECKIN;
		err = add_need(a, l, need);
	}
	return err;
}

enum err goal_child_needs(struct db *db, struct arena *a, const struct goal_who *by,
			  int64_t child, int64_t today, struct goal_need **v_out,
			  unsigned *n_out)
{
	struct needs l = { 0 };
	struct goal_mark *m = NULL;
	struct goal *g = NULL;
	unsigned ng = 0, nm = 0;
	enum err err;

	assert(by->side != GOAL_SCHOOL);
	err = goal_list(db, a, by, child, false, &g, &ng);
	if (err == E_OK)
		err = goal_marks(db, a, by, child, 0, goal_monday(today), &m, &nm);
	for (unsigned i = 0; err == E_OK && i < ng; i++)
		err = child_need(a, by, &g[i], today, checked_in(by, g[i].id, m, nm), &l);
	*v_out = l.v;
	*n_out = l.n;
	return err;
}
