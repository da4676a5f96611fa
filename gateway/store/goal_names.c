/* Goals: words of the database, whose turn it is, what every act leaves behind. */
#include "base/magic.h"
#include "each.h"
#include "goal_private.h"
#include "store/audit.h"
#include "store/store.h"

static const char *const state_name[GOAL_STATES] = {
	[GOAL_PROPOSED] = "proposed", [GOAL_ACTIVE] = "active", [GOAL_ADJUSTED] = "adjusted",
	[GOAL_PAUSED] = "paused",     [GOAL_MET] = "met",	[GOAL_UNMET] = "unmet",
	[GOAL_ARCHIVED] = "archived",
};
static const char *const domain_name[GOAL_DOMAINS] = {
	[GOAL_ACADEMIC] = "academic", [GOAL_SOCIAL] = "social", [GOAL_EMOTIONAL] = "emotional",
};
static const char *const side_name[] = {
	[GOAL_SCHOOL] = "school", [GOAL_HOME] = "home", [GOAL_STUDENT] = "student",
};

static unsigned find_name(const char *const *names, unsigned n, struct span name)
{
	for (unsigned i = 0; i < n; i++)
		if (span_eqz(name, names[i]))
			return i;
	WRONG("a word that no goal of ours has");
}

const char *goal_state_name(enum goal_state s)
{
	assert((unsigned)s < GOAL_STATES);
	return state_name[s];
}

enum goal_state goal_state_of(struct span name)
{
	return (enum goal_state)find_name(state_name, GOAL_STATES, name);
}

const char *goal_domain_name(enum goal_domain d)
{
	assert((unsigned)d < GOAL_DOMAINS);
	return domain_name[d];
}

enum goal_domain goal_domain_of(struct span name)
{
	return (enum goal_domain)find_name(domain_name, GOAL_DOMAINS, name);
}

const char *goal_side_name(enum goal_side s)
{
	assert((unsigned)s < ARRAY_LEN(side_name));
	return side_name[s];
}

enum goal_side goal_side_of(struct span name)
{
	return (enum goal_side)find_name(side_name, ARRAY_LEN(side_name), name);
}

struct goal_who goal_who(const struct actor *who, const struct access *acc, int64_t now_ms)
{
	struct goal_who by = { .who = who, .now_ms = now_ms };

	switch (acc->rel) {
	case REL_GUARDIAN:
		assert(acc->household > 0);
		by.side = GOAL_HOME;
		by.household = acc->household;
		return by;
	case REL_SELF:
		by.side = GOAL_STUDENT;
		return by;
	case REL_TEACHES:
		by.side = GOAL_SCHOOL;
		return by;
	case REL_NONE:
	case REL_STAFF:
		break;
	}
	WRONG("nobody else has a side in a goal");
}

int64_t goal_reader_household(const struct goal_who *by)
{
	assert((by->side == GOAL_HOME) == (by->household > 0));
	return by->side == GOAL_SCHOOL ? GOAL_ALL : by->household;
}

bool goal_may_edit(const struct goal_who *by, const struct goal_row *row)
{
	if (by->side == GOAL_STUDENT)
		return false;
	return by->side == GOAL_SCHOOL || row->household == 0 || row->household == by->household;
}

enum err goal_row_read(struct db *db, int64_t tenant, int64_t goal, struct goal_row *out)
{
	struct db_rows *rows;
	enum err err = db_first(db, &rows,
				"SELECT child_id, state, version, household_id, only_household, "
				"home_signed, school_signed, mark_week, home_marks, school_marks "
				"FROM goal WHERE tenant_id = $1 AND id = $2",
				"ii", tenant, goal);

	if (err != E_OK)
		return err;
	*out = (struct goal_row){
		.child = db_int(rows, 0),
		.state = goal_state_of(db_span(rows, 1)),
		.version = db_int(rows, 2),
		.household = db_int(rows, 3),
		.only_household = db_int(rows, 4),
		.home_signed = db_int(rows, 5),
		.school_signed = db_int(rows, 6),
		.mark_week = db_int(rows, 7),
		.home_marks = db_int(rows, 8),
		.school_marks = db_int(rows, 9),
	};
	return db_only(rows);
}

enum err goal_version_read(struct db *db, struct arena *a, int64_t tenant, int64_t goal,
			   int64_t version, struct goal_version *out)
{
	struct db_rows *rows;
	enum err err = db_first(db, &rows,
				"SELECT words, measure, home_step, school_step, home_household, "
				"home_by, home_only, school_by, school_only, start_day, review_day, "
				"hush FROM goal_version WHERE tenant_id = $1 AND goal_id = $2 "
				"AND version = $3",
				"iii", tenant, goal, version);

	if (err != E_OK)
		return err;
	*out = (struct goal_version){
		.words = db_str(rows, 0, a),
		.measure = db_str(rows, 1, a),
		.home_step = db_str(rows, 2, a),
		.school_step = db_str(rows, 3, a),
		.home_household = db_int(rows, 4),
		.home_by = db_int(rows, 5),
		.home_only = db_int(rows, 6),
		.school_by = db_int(rows, 7),
		.school_only = db_int(rows, 8),
		.start_day = db_int(rows, 9),
		.review_day = db_int(rows, 10),
		.hush = db_int(rows, 11),
	};
	return db_only(rows);
}

enum err goal_note_event(struct db *db, const struct goal_who *by, int64_t child,
			 const struct goal_event_in *e, const char *action)
{
	enum err err;

	assert(by->who->tenant > 0 && by->who->person > 0 && by->now_ms > 0);
	assert(e->goal > 0 && e->version > 0 && e->what != NULL);
	err = db_run(db, NULL,
		     "INSERT INTO goal_event (tenant_id, goal_id, id, version, side, household_id, "
		     "hush, who, what, at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
		     "iiiisiiisi", by->who->tenant, e->goal, store_new_id(by->now_ms), e->version,
		     goal_side_name(by->side), e->household, (int64_t)e->hush, by->who->person,
		     e->what, by->now_ms);
	return err == E_OK && action != NULL ?
		audit_by(db, by->who, by->now_ms, action, child, e->goal) : err;
}

enum err access_goal(struct db *db, const struct actor *who, int64_t now_ms, int64_t id,
		     struct access *out)
{
	struct goal_row row = { 0 };
	enum err err = goal_row_read(db, who->tenant, id, &row), child;

	if (err != E_OK && err != E_MISSING)
		return err;
	/* Also for a goal that never was, so that it costs the same as a foreign one. */
	child = access_child(db, who, now_ms, row.child, out);
	if (err != E_OK || child != E_OK)
		return err != E_OK ? err : child;
	if (row.only_household != 0 && out->rel != REL_TEACHES && out->household != row.household)
		return E_MISSING;
	return E_OK;
}
