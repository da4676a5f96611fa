/* Goals week by week: check-ins, how far home and school agree, cheers. */
#include "base/magic.h"
#include "each.h"
#include "goal_private.h"
#include "store/audit.h"
#include "store/goal_read.h"
#include "store/store.h"

#define DAY_MS (24 * 3600 * 1000LL)

/* 1970-01-05 was a Monday. */
int64_t goal_monday(int64_t day)
{
	int64_t off = (day - 4) % 7;

	return day - (off < 0 ? off + 7 : off);
}

void goal_congruence(const signed char *home, const signed char *school, unsigned weeks,
		     struct goal_congruence *out)
{
	*out = (struct goal_congruence){ 0 };
	for (unsigned i = 0; i < weeks; i++) {
		int apart = home[i] - school[i];

		assert(home[i] >= -1 && home[i] <= 2 && school[i] >= -1 && school[i] <= 2);
		if (home[i] < 0 || school[i] < 0)
			continue;
		out->both++;
		out->same += apart == 0;
		out->far += apart == 2 || apart == -2;
		out->differ_last = apart != 0;
	}
}

/* ---- check-ins ------------------------------------------------------------ */

static enum err mark_week(struct db *db, const struct goal_who *by, int64_t goal, int64_t week,
			  const struct goal_row *row)
{
	int64_t newest = week > row->mark_week ? week : row->mark_week;
	int64_t shift = row->mark_week == 0 ? GOAL_MARKS : (newest - row->mark_week) / 7;
	int64_t at = (newest - week) / 7;
	uint64_t keep = (1ULL << GOAL_MARKS) - 1, home = (uint64_t)row->home_marks,
		 school = (uint64_t)row->school_marks;

	home = shift >= GOAL_MARKS ? 0 : home << shift & keep;
	school = shift >= GOAL_MARKS ? 0 : school << shift & keep;
	if (at < GOAL_MARKS && by->side == GOAL_HOME)
		home |= 1ULL << at;
	if (at < GOAL_MARKS && by->side == GOAL_SCHOOL)
		school |= 1ULL << at;
	return db_run(db, NULL,
		      "UPDATE goal SET mark_week = $3, home_marks = $4, school_marks = $5, "
		      "home_at = CASE WHEN $6 = 1 THEN $8 ELSE home_at END, "
		      "school_at = CASE WHEN $7 = 1 THEN $8 ELSE school_at END "
		      "WHERE tenant_id = $1 AND id = $2",
		      "iiiiiiii", by->who->tenant, goal, newest, (int64_t)home, (int64_t)school,
		      (int64_t)(by->side == GOAL_HOME), (int64_t)(by->side == GOAL_SCHOOL),
		      by->now_ms);
}

static enum err start_week(struct db *db, int64_t tenant, int64_t goal, int64_t version,
			   int64_t *week_out)
{
	int64_t start = 0;
	enum err err = db_one(db, NULL, "i", (void *[]){ &start },
			      "SELECT start_day FROM goal_version WHERE tenant_id = $1 "
			      "AND goal_id = $2 AND version = $3",
			      "iii", tenant, goal, version);

	*week_out = goal_monday(start);
	return err;
}

enum err goal_checkin(struct db *db, const struct goal_who *by, int64_t goal, int64_t week,
		      int64_t this_week, int value, const char *note)
{
	int64_t first = 0;
	struct goal_row row;
	enum err err;

	assert(week == goal_monday(week) && this_week == goal_monday(this_week));
	assert(value >= 0 && value <= 2);
	err = goal_row_read(db, by->who->tenant, goal, &row);
	if (err == E_OK)
		err = start_week(db, by->who->tenant, goal, row.version, &first);
	if (err != E_OK)
		return err;
	if ((row.state != GOAL_ACTIVE && row.state != GOAL_ADJUSTED) || week != this_week ||
	    week < first)
		return E_CONFLICT;
	err = db_run(db, NULL,
		     "INSERT INTO goal_checkin (tenant_id, goal_id, week, side, household_id, "
		     "value, note, by_person, at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) "
		     "ON CONFLICT (tenant_id, goal_id, week, side, household_id) DO UPDATE "
		     "SET value = $6, note = $7, by_person = $8, at = $9",
		     "iiisiisii", by->who->tenant, goal, week, goal_side_name(by->side),
		     by->household, (int64_t)value, note == NULL ? "" : note, by->who->person,
		     by->now_ms);
	if (err == E_OK)
		err = mark_week(db, by, goal, week, &row);
	return err == E_OK ?
		audit_by(db, by->who, by->now_ms, "goal.checkin", row.child, goal) : err;
}

/* ---- cheers --------------------------------------------------------------- */

static enum err cheers_today(struct db *db, const struct goal_who *by, int64_t *n_out)
{
	return db_one(db, NULL, "i", (void *[]){ n_out },
		      "SELECT COUNT(*) FROM goal_cheer c WHERE c.tenant_id = $1 "
		      "AND c.by_person = $2 AND c.at > $3",
		      "iii", by->who->tenant, by->who->person, by->now_ms - DAY_MS);
}

enum err goal_cheer(struct db *db, const struct goal_who *by, int64_t goal, int phrase,
		    const char *words)
{
	struct goal_row row;
	int64_t n = 0;
	enum err err;

	assert(phrase >= 0 && phrase <= GOAL_PHRASES);
	if (by->side != GOAL_HOME)
		return E_DENIED;
	if (phrase == 0 && (words == NULL || words[0] == '\0'))
		return E_INPUT;
	err = goal_row_read(db, by->who->tenant, goal, &row);
	if (err != E_OK)
		return err;
	/* What the student may not know of, nobody can cheer about. */
	if (row.only_household || row.state == GOAL_PROPOSED || row.state >= GOAL_UNMET)
		return E_CONFLICT;
	err = cheers_today(db, by, &n);
	if (err == E_OK && n >= GOAL_CHEERS_A_DAY)
		return E_LIMIT;
	if (err == E_OK)
		err = db_run(db, NULL,
			     "INSERT INTO goal_cheer (tenant_id, goal_id, id, household_id, by_person, "
			     "phrase, words, at, seen_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 0)",
			     "iiiiiisi", by->who->tenant, goal, store_new_id(by->now_ms), by->household,
			     by->who->person, (int64_t)phrase, phrase == 0 ? words : "", by->now_ms);
	return err == E_OK ?
		audit_by(db, by->who, by->now_ms, "goal.cheer", row.child, goal) : err;
}

static enum err take_cheers(struct db_each *q, struct arena *a)
{
	struct goal_cheer *c;

	while ((c = db_each(q)) != NULL)
		*c = (struct goal_cheer){
			.id = db_int(q->rows, 0), .goal = db_int(q->rows, 1),
			.phrase = (int)db_int(q->rows, 2), .words = db_str(q->rows, 3, a),
			.at = db_int(q->rows, 4), .fresh = db_int(q->rows, 5) == 0,
			.name = db_str(q->rows, 6, a), .relation = db_str(q->rows, 7, a),
		};
	return db_end(q);
}

/* A sender the law keeps from the child is not heard from any more. */
enum err goal_cheers(struct db *db, struct arena *a, const struct goal_who *by, int64_t child,
		     int64_t goal, struct goal_cheer **v_out, unsigned *n_out)
{
	struct db_each q = DB_LIST(db, a, v_out, n_out);

	assert(by->who->tenant > 0);
	*v_out = NULL;
	*n_out = 0;
	if (by->side == GOAL_SCHOOL)
		return E_OK;
	db_select(&q,
		  "SELECT c.id, c.goal_id, c.phrase, c.words, c.at, c.seen_at, "
		  "COALESCE(p.full_name, ''), COALESCE((SELECT MAX(l.relation) FROM family_link l "
		  "WHERE l.tenant_id = $1 AND l.child_id = $2 AND l.guardian_id = c.by_person), '') "
		  "FROM goal g CROSS JOIN goal_cheer c "
		  "LEFT JOIN person p ON p.tenant_id = $1 AND p.id = c.by_person "
		  "WHERE g.tenant_id = $1 AND g.child_id = $2 AND ($3 = 0 OR g.id = $3) "
		  "AND c.tenant_id = $1 AND c.goal_id = g.id "
		  "AND ($4 = 0 OR c.household_id = $4) "
		  "AND NOT EXISTS (SELECT 1 FROM prohibition x WHERE x.tenant_id = $1 "
		  "AND x.child_id = $2 AND x.person_id = c.by_person AND x.lifted_at = 0 "
		  "AND x.from_at <= $5 AND (x.until_at = 0 OR x.until_at > $5)) "
		  "ORDER BY c.at DESC, c.id DESC LIMIT 20",
		  "iiiii", by->who->tenant, child, goal, by->household, by->now_ms);
	return take_cheers(&q, a);
}

enum err goal_cheers_seen(struct db *db, const struct goal_who *by)
{
	assert(by->side == GOAL_STUDENT);
	return db_run(db, NULL,
		      "UPDATE goal_cheer SET seen_at = $3 WHERE tenant_id = $1 AND seen_at = 0 "
		      "AND goal_id IN (SELECT id FROM goal WHERE tenant_id = $1 AND child_id = $2)",
		      "iii", by->who->tenant, by->who->person, by->now_ms);
}
