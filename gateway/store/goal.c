/* Goals: proposing, changing, signing, and the states they pass through. */
#include "store/goal.h"

#include "base/magic.h"
#include "goal_private.h"
#include "in_class.h"
#include "store/audit.h"
#include "store/store.h"

#define TEXTS_MAX (64u << 10)	/* one version's texts */

static bool said(const char *s)
{
	return s != NULL && s[0] != '\0';
}

static const char *or_empty(const char *s)
{
	return s == NULL ? "" : s;
}

/* ---- versions and signatures ---------------------------------------------- */

static enum err version_add(struct db *db, const struct goal_who *by, int64_t goal,
			    int64_t version, const struct goal_version *v)
{
	assert(version > 0 && v->review_day >= v->start_day);
	return db_run(db, NULL,
		      "INSERT INTO goal_version (tenant_id, goal_id, version, words, measure, "
		      "home_step, home_household, home_by, home_only, school_step, school_by, "
		      "school_only, start_day, review_day, hush, by_person, at) VALUES ($1, $2, $3, "
		      "$4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)",
		      "iiisssiiisiiiiiii", by->who->tenant, goal, version, v->words, v->measure,
		      v->home_step, v->home_household, v->home_by, v->home_only, v->school_step,
		      v->school_by, v->school_only, v->start_day, v->review_day, v->hush,
		      by->who->person, by->now_ms);
}

static enum err sign_add(struct db *db, const struct goal_who *by, int64_t goal, int64_t version,
			 bool *fresh_out)
{
	int64_t changed = 0;
	enum err err = db_run(db, &changed,
			      "INSERT INTO goal_sign (tenant_id, goal_id, version, side, "
			      "household_id, by_person, at) VALUES ($1, $2, $3, $4, $5, $6, $7) "
			      "ON CONFLICT (tenant_id, goal_id, version, side, household_id) "
			      "DO NOTHING",
			      "iiisiii", by->who->tenant, goal, version, goal_side_name(by->side),
			      by->household, by->who->person, by->now_ms);

	*fresh_out = changed > 0;
	return err;
}

/* A half belongs to who wrote or signed it on its own side first; else it is a suggestion. */
static void own_halves(const struct goal_who *by, struct goal_version *v)
{
	if (by->side == GOAL_HOME && said(v->home_step) && v->home_household == 0) {
		v->home_household = by->household;
		v->home_by = by->who->person;
	}
	if (by->side == GOAL_SCHOOL && said(v->school_step) && v->school_by == 0)
		v->school_by = by->who->person;
}

/* The signing side promises something itself, or both agree that school acts alone. */
static bool own_step_stands(const struct goal_who *by, const struct goal_version *v)
{
	if (by->side == GOAL_SCHOOL)
		return said(v->school_step);
	return by->side == GOAL_STUDENT || v->school_only || said(v->home_step);
}

/* ---- proposing ------------------------------------------------------------ */

static enum err count_open(struct db *db, const struct goal_who *by, int64_t child,
			   int64_t *n_out)
{
	return db_one(db, NULL, "i", (void *[]){ n_out },
		      "SELECT COUNT(*) FROM goal g WHERE g.tenant_id = $1 AND g.child_id = $2 "
		      "AND g.state IN ('proposed', 'active', 'adjusted', 'paused') "
		      "AND " GOAL_SEEN("g", "$3"),
		      "iii", by->who->tenant, child, goal_reader_household(by));
}

/* Where it lives: here if the child is a pupil here, else where the child learns now. */
static enum err pick_context(struct db *db, const struct goal_who *by, int64_t child,
			     int64_t *context_out)
{
	enum err err = db_one(db, NULL, "i", (void *[]){ context_out },
			      "SELECT c.id FROM context c WHERE c.tenant_id = $1 "
			      "AND c.id IN " CLASSES_OF_CHILD " ORDER BY CASE WHEN c.id = $3 THEN 0 "
			      "WHEN c.ended_at = 0 THEN 1 ELSE 2 END, c.last_launch_at DESC, c.id "
			      "LIMIT 1",
			      "iii", by->who->tenant, child, by->who->context);

	if (err == E_MISSING)
		*context_out = 0;
	return err == E_MISSING ? E_OK : err;
}

static enum err goal_insert(struct db *db, const struct goal_who *by, int64_t child, int64_t goal,
			    const struct goal_words *w)
{
	bool home = by->side == GOAL_HOME;
	int64_t context = 0;
	enum err err = pick_context(db, by, child, &context);

	if (err != E_OK)
		return err;
	return db_run(db, NULL,
		      "INSERT INTO goal (tenant_id, id, child_id, context_id, domain, state, version, "
		      "proposed_side, proposed_by, household_id, only_household, student_words, "
		      "student_at, home_signed, school_signed, mark_week, home_marks, school_marks, "
		      "home_at, school_at, created_at, active_at, changed_at, closed_at) VALUES ($1, "
		      "$2, $3, $4, $5, 'proposed', 1, $6, $7, $8, $9, $10, $11, $12, $13, 0, 0, 0, "
		      "0, 0, $14, 0, $14, 0)",
		      "iiiissiiisiiii", by->who->tenant, goal, child, context,
		      goal_domain_name(w->domain), goal_side_name(by->side), by->who->person,
		      by->household, (int64_t)(home && w->only_household),
		      by->side == GOAL_STUDENT ? w->student_words : "",
		      by->side == GOAL_STUDENT ? by->now_ms : 0, (int64_t)home,
		      (int64_t)(by->side == GOAL_SCHOOL), by->now_ms);
}

enum err goal_propose(struct db *db, const struct goal_who *by, int64_t child,
		      const struct goal_words *w, int64_t *id_out)
{
	struct goal_version v = {
		.words = or_empty(w->words), .measure = or_empty(w->measure),
		.home_step = or_empty(w->home_step), .school_step = or_empty(w->school_step),
		.home_only = by->side == GOAL_HOME && w->home_only,
		.school_only = w->school_only,
		.start_day = w->start_day, .review_day = w->review_day,
	};
	struct goal_event_in e = { .version = 1, .household = by->household, .what = "proposed" };
	int64_t open = 0;
	bool fresh;
	enum err err;

	assert(child > 0 && (unsigned)w->domain < GOAL_DOMAINS);
	if (!said(by->side == GOAL_STUDENT ? w->student_words : w->words) ||
	    !own_step_stands(by, &v) || v.review_day < v.start_day)
		return E_INPUT;
	err = count_open(db, by, child, &open);
	if (err == E_OK && open >= GOAL_OPEN_MAX)
		return E_LIMIT;
	e.goal = *id_out = store_new_id(by->now_ms);
	own_halves(by, &v);
	if (err == E_OK)
		err = goal_insert(db, by, child, e.goal, w);
	if (err == E_OK)
		err = version_add(db, by, e.goal, 1, &v);
	if (err == E_OK)
		err = sign_add(db, by, e.goal, 1, &fresh);
	return err == E_OK ? goal_note_event(db, by, child, &e, "goal.propose") : err;
}

/* ---- changing ------------------------------------------------------------- */

static bool same_home(const struct goal_version *a, const struct goal_version *b)
{
	return str_eq(a->home_step, b->home_step) && a->home_only == b->home_only;
}

static bool same_rest(const struct goal_version *a, const struct goal_version *b)
{
	return str_eq(a->words, b->words) && str_eq(a->measure, b->measure) &&
	       str_eq(a->school_step, b->school_step) && a->school_only == b->school_only &&
	       a->start_day == b->start_day && a->review_day == b->review_day;
}

/* Another household's home step stands as it is: this household keeps one of its own. */
static bool step_is_foreign(const struct goal_who *by, const struct goal_version *v)
{
	return by->side == GOAL_HOME && v->home_household != 0 &&
	       v->home_household != by->household;
}

static void next_version(const struct goal_who *by, const struct goal_row *row,
			 const struct goal_version *now, const struct goal_words *w,
			 struct goal_version *v)
{
	*v = *now;
	v->words = or_empty(w->words);
	v->measure = or_empty(w->measure);
	v->school_only = w->school_only;
	v->start_day = w->start_day;
	v->review_day = w->review_day;
	if (!str_eq(now->school_step, or_empty(w->school_step))) {
		v->school_step = or_empty(w->school_step);
		v->school_by = 0;
	}
	if (!step_is_foreign(by, now)) {
		if (!str_eq(now->home_step, or_empty(w->home_step)))
			v->home_household = v->home_by = 0;
		v->home_step = or_empty(w->home_step);
		if (by->side == GOAL_HOME)
			v->home_only = w->home_only;
	}
	own_halves(by, v);
	v->hush = by->side == GOAL_HOME && row->only_household == 0 && same_rest(now, v) &&
		  (now->home_only || v->home_only);
}

static enum err put_version(struct db *db, const struct goal_who *by, int64_t goal,
			    const struct goal_row *row, const struct goal_version *v)
{
	struct goal_event_in e = { .goal = goal, .version = row->version + 1,
				   .household = by->household, .hush = v->hush != 0,
				   .what = "changed" };
	enum goal_state to = row->state == GOAL_ACTIVE ? GOAL_ADJUSTED : row->state;
	int64_t changed = 0;
	bool fresh;
	enum err err;

	err = db_run(db, &changed,
		     "UPDATE goal SET version = $4, state = $5, home_signed = $6, school_signed = $7, "
		     "changed_at = $8 WHERE tenant_id = $1 AND id = $2 AND version = $3",
		     "iiiisiii", by->who->tenant, goal, row->version, e.version,
		     goal_state_name(to), (int64_t)(by->side == GOAL_HOME),
		     (int64_t)(by->side == GOAL_SCHOOL), by->now_ms);
	if (err == E_OK && changed == 0)
		return E_CONFLICT;
	if (err == E_OK)
		err = version_add(db, by, goal, e.version, v);
	if (err == E_OK)
		err = sign_add(db, by, goal, e.version, &fresh);
	return err == E_OK ? goal_note_event(db, by, row->child, &e, "goal.change") : err;
}

static bool open_state(enum goal_state s)
{
	return s == GOAL_PROPOSED || s == GOAL_ACTIVE || s == GOAL_ADJUSTED || s == GOAL_PAUSED;
}

/* The goal as the acting person saw it, still open, and its current version. */
static enum err look(struct db *db, struct arena *a, const struct goal_who *by, int64_t goal,
		     int64_t version, struct goal_row *row, struct goal_version *v)
{
	enum err err = goal_row_read(db, by->who->tenant, goal, row);

	if (err != E_OK)
		return err;
	if (row->version != version || !open_state(row->state))
		return E_CONFLICT;
	return goal_version_read(db, a, by->who->tenant, goal, version, v);
}

enum err goal_change(struct db *db, const struct goal_who *by, int64_t goal, int64_t version,
		     const struct goal_words *w)
{
	struct goal_version now, next;
	struct goal_row row;
	struct arena a;
	enum err err;

	arena_init(&a, TEXTS_MAX);
	err = look(db, &a, by, goal, version, &row, &now);
	if (err != E_OK)
		goto out;
	if (!goal_may_edit(by, &row)) {
		err = E_DENIED;
		goto out;
	}
	next_version(by, &row, &now, w, &next);
	if (!said(next.words) || !own_step_stands(by, &next) || next.review_day < next.start_day)
		err = E_INPUT;
	else if (!same_rest(&now, &next) || !same_home(&now, &next))
		err = put_version(db, by, goal, &row, &next);
	if (err == E_OK && step_is_foreign(by, &now) && w->home_step != NULL)
		err = goal_home_step(db, by, goal, w->home_step, w->home_only);
out:
	arena_release(&a);
	return err;
}

/* ---- signing -------------------------------------------------------------- */

/* What the signing side adds to the version: its name under its half, its empty step. */
static enum err fill_half(struct db *db, const struct goal_who *by, int64_t goal, int64_t version,
			  struct goal_version *v, const char *step, bool only_ours)
{
	bool fill;

	if (by->side == GOAL_STUDENT)
		return E_OK;
	if (step_is_foreign(by, v))
		return said(step) ? goal_home_step(db, by, goal, step, only_ours) : E_OK;
	fill = !said(by->side == GOAL_HOME ? v->home_step : v->school_step) && said(step);
	if (fill && by->side == GOAL_HOME) {
		v->home_step = step;
		v->home_only = only_ours;
	} else if (fill) {
		v->school_step = step;
	}
	own_halves(by, v);
	return db_run(db, NULL,
		      "UPDATE goal_version SET home_step = $4, home_household = $5, home_by = $6, "
		      "home_only = $7, school_step = $8, school_by = $9 WHERE tenant_id = $1 "
		      "AND goal_id = $2 AND version = $3",
		      "iiisiiisi", by->who->tenant, goal, version, v->home_step, v->home_household,
		      v->home_by, v->home_only, v->school_step, v->school_by);
}

static enum err put_signature(struct db *db, const struct goal_who *by, int64_t goal,
			      struct goal_row *row, const struct goal_version *v,
			      bool *agreed_out)
{
	struct goal_event_in e = { .goal = goal, .version = row->version, .hush = v->hush != 0,
				   .household = v->hush ? v->home_household : by->household,
				   .what = "signed" };
	enum goal_state to = row->state;
	enum err err;

	row->home_signed |= by->side == GOAL_HOME;
	row->school_signed |= by->side == GOAL_SCHOOL;
	if (row->home_signed && row->school_signed &&
	    (to == GOAL_PROPOSED || to == GOAL_ADJUSTED))
		to = GOAL_ACTIVE;
	*agreed_out = to != row->state;
	err = db_run(db, NULL,
		     "UPDATE goal SET home_signed = $4, school_signed = $5, state = $6, "
		     "active_at = CASE WHEN active_at = 0 AND $7 = 1 THEN $8 ELSE active_at END "
		     "WHERE tenant_id = $1 AND id = $2 AND version = $3",
		     "iiiiisii", by->who->tenant, goal, row->version, row->home_signed,
		     row->school_signed, goal_state_name(to), (int64_t)*agreed_out, by->now_ms);
	if (err == E_OK)
		err = goal_note_event(db, by, row->child, &e, "goal.sign");
	e.what = "agreed";
	return err == E_OK && *agreed_out ? goal_note_event(db, by, row->child, &e, NULL) : err;
}

enum err goal_sign(struct db *db, const struct goal_who *by, int64_t goal, int64_t version,
		   const char *step, bool only_ours, bool *agreed_out)
{
	struct goal_version v;
	struct goal_row row;
	bool fresh = false;
	struct arena a;
	enum err err;

	*agreed_out = false;
	arena_init(&a, TEXTS_MAX);
	err = look(db, &a, by, goal, version, &row, &v);
	if (err == E_OK && !said(v.words))
		err = E_INPUT;	/* a student's own: a grown-up adds how they will help first */
	if (err == E_OK)
		err = fill_half(db, by, goal, version, &v, step, only_ours);
	if (err == E_OK && !own_step_stands(by, &v))
		err = E_INPUT;
	if (err == E_OK)
		err = sign_add(db, by, goal, version, &fresh);
	if (err == E_OK && fresh)
		err = put_signature(db, by, goal, &row, &v, agreed_out);
	arena_release(&a);
	return err;
}

/* ---- one side's own words ------------------------------------------------- */

enum err goal_home_step(struct db *db, const struct goal_who *by, int64_t goal, const char *step,
			bool only_ours)
{
	struct goal_event_in e = { .goal = goal, .household = by->household, .hush = only_ours,
				   .what = "step" };
	struct goal_row row;
	enum err err = goal_row_read(db, by->who->tenant, goal, &row);

	assert(by->side == GOAL_HOME && by->household > 0);
	if (err != E_OK)
		return err;
	if (!open_state(row.state))
		return E_CONFLICT;
	e.version = row.version;
	if (said(step))
		err = db_run(db, NULL,
			     "INSERT INTO goal_home (tenant_id, goal_id, household_id, step, "
			     "only_ours, by_person, at) VALUES ($1, $2, $3, $4, $5, $6, $7) "
			     "ON CONFLICT (tenant_id, goal_id, household_id) DO UPDATE "
			     "SET step = $4, only_ours = $5, by_person = $6, at = $7",
			     "iiisiii", by->who->tenant, goal, by->household, step,
			     (int64_t)only_ours, by->who->person, by->now_ms);
	else
		err = db_run(db, NULL,
			     "DELETE FROM goal_home WHERE tenant_id = $1 AND goal_id = $2 "
			     "AND household_id = $3",
			     "iii", by->who->tenant, goal, by->household);
	return err == E_OK ? goal_note_event(db, by, row.child, &e, "goal.step") : err;
}

enum err goal_own_words(struct db *db, const struct goal_who *by, int64_t goal, const char *words)
{
	struct goal_event_in e = { .goal = goal, .what = "words" };
	struct goal_row row;
	enum err err = goal_row_read(db, by->who->tenant, goal, &row);

	if (err != E_OK)
		return err;
	if (by->side != GOAL_STUDENT || row.child != by->who->person || row.only_household)
		return E_DENIED;
	if (!open_state(row.state))
		return E_CONFLICT;
	e.version = row.version;
	err = db_run(db, NULL,
		     "UPDATE goal SET student_words = $3, student_at = $4 WHERE tenant_id = $1 "
		     "AND id = $2",
		     "iisi", by->who->tenant, goal, or_empty(words), by->now_ms);
	return err == E_OK ? goal_note_event(db, by, row.child, &e, "goal.words") : err;
}

/* ---- states --------------------------------------------------------------- */

static bool turn_allowed(enum goal_state from, enum goal_state to)
{
	bool going = from == GOAL_ACTIVE || from == GOAL_ADJUSTED;

	switch (to) {
	case GOAL_PAUSED:
		return going;
	case GOAL_MET:
	case GOAL_UNMET:
		return going || from == GOAL_PAUSED;
	case GOAL_ACTIVE:
		return from == GOAL_PAUSED;
	case GOAL_ARCHIVED:
		return from == GOAL_PROPOSED || from == GOAL_MET || from == GOAL_UNMET;
	default:
		return false;
	}
}

enum err goal_turn(struct db *db, const struct goal_who *by, int64_t goal, enum goal_state to)
{
	static const char *const what[GOAL_STATES] = {
		[GOAL_ACTIVE] = "resumed", [GOAL_PAUSED] = "paused", [GOAL_MET] = "met",
		[GOAL_UNMET] = "unmet",	   [GOAL_ARCHIVED] = "archived",
	};
	struct goal_event_in e = { .goal = goal, .household = by->household };
	struct goal_row row;
	int64_t changed = 0;
	enum err err = goal_row_read(db, by->who->tenant, goal, &row);

	if (err != E_OK)
		return err;
	if (!goal_may_edit(by, &row))
		return E_DENIED;
	if (!turn_allowed(row.state, to))
		return E_CONFLICT;
	e.version = row.version;
	e.what = what[to];
	if (to == GOAL_ACTIVE && (row.home_signed == 0 || row.school_signed == 0))
		to = GOAL_ADJUSTED;
	err = db_run(db, &changed,
		     "UPDATE goal SET state = $4, closed_at = $5 WHERE tenant_id = $1 AND id = $2 "
		     "AND state = $3",
		     "iissi", by->who->tenant, goal, goal_state_name(row.state),
		     goal_state_name(to), to >= GOAL_MET ? by->now_ms : 0);
	if (err == E_OK && changed == 0)
		return E_CONFLICT;
	return err == E_OK ? goal_note_event(db, by, row.child, &e, "goal.turn") : err;
}
