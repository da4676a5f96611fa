/* Rules between tables, each as the number of rows that break it. */
#include "store/check.h"

#include "base/magic.h"
#include "each.h"
#include "goal_private.h"

#define SIGNED(side) \
	"(SELECT COUNT(DISTINCT s.side) FROM goal_sign s WHERE s.tenant_id = g.tenant_id " \
	"AND s.goal_id = g.id AND s.version = g.version AND s.side = '" side "')"

static const struct {
	const char *words, *sql;
} rules[] = {
	{ "a goal is signed by whom its current version is signed",
	  "SELECT COUNT(*) FROM goal g WHERE g.home_signed <> " SIGNED("home")
	  " OR g.school_signed <> " SIGNED("school") },
	{ "a goal's current version exists",
	  "SELECT COUNT(*) FROM goal g WHERE NOT EXISTS (SELECT 1 FROM goal_version v "
	  "WHERE v.tenant_id = g.tenant_id AND v.goal_id = g.id AND v.version = g.version)" },
	{ "an agreed version exists",
	  "SELECT COUNT(*) FROM agreement a WHERE a.agreed_version <> 0 AND NOT EXISTS "
	  "(SELECT 1 FROM agreement_version v WHERE v.tenant_id = a.tenant_id "
	  "AND v.agreement_id = a.id AND v.version = a.agreed_version)" },
	{ "a booking holds its time",
	  "SELECT COUNT(*) FROM conf_booking b WHERE b.state = 'confirmed' AND NOT EXISTS "
	  "(SELECT 1 FROM conf_hold h WHERE h.tenant_id = b.tenant_id AND h.slot_id = b.slot_id "
	  "AND h.booking_id = b.id)" },
	{ "a time is held by a booking of it",
	  "SELECT COUNT(*) FROM conf_hold h WHERE h.booking_id <> 0 AND NOT EXISTS "
	  "(SELECT 1 FROM conf_booking b WHERE b.tenant_id = h.tenant_id "
	  "AND b.id = h.booking_id AND b.slot_id = h.slot_id AND b.state = 'confirmed')" },
	{ "a person's minute belongs to a booking at that time",
	  "SELECT COUNT(*) FROM conf_minute m WHERE NOT EXISTS (SELECT 1 FROM conf_booking b "
	  "JOIN conf_slot s ON s.tenant_id = b.tenant_id AND s.id = b.slot_id "
	  "WHERE b.tenant_id = m.tenant_id AND b.id = m.booking_id AND b.state = 'confirmed' "
	  "AND m.minute * 60000 >= s.starts_at AND m.minute * 60000 < s.ends_at)" },
};

/* The marks of one goal, made again from its check-ins. */
struct marks {
	int64_t tenant, goal, week, home, school;	/* as the goal has them */
	int64_t newest;
	uint64_t home_again, school_again;
};

static bool marks_differ(const struct marks *m)
{
	return m->goal != 0 && (m->newest != m->week || (uint64_t)m->home != m->home_again ||
				(uint64_t)m->school != m->school_again);
}

static void add_checkin(struct marks *m, int64_t week, struct span side)
{
	int64_t ago = (m->week - week) / 7;

	if (week > m->newest)
		m->newest = week;
	if (ago < 0 || ago >= GOAL_MARKS)
		return;
	if (span_eqz(side, "home"))
		m->home_again |= 1ULL << ago;
	if (span_eqz(side, "school"))
		m->school_again |= 1ULL << ago;
}

static enum err check_marks(struct db *db, int64_t *n_out)
{
	struct db_each q = DB_ROWS(db);
	struct marks m = { 0 };

	*n_out = 0;
	db_select(&q,
		  "SELECT g.tenant_id, g.id, g.mark_week, g.home_marks, g.school_marks, "
		  "COALESCE(c.week, 0), COALESCE(c.side, '') FROM goal g LEFT JOIN "
		  "(SELECT DISTINCT tenant_id, goal_id, week, side FROM goal_checkin) c "
		  "ON c.tenant_id = g.tenant_id AND c.goal_id = g.id ORDER BY g.tenant_id, g.id",
		  "");
	while (db_step(&q)) {
		if (m.tenant != db_int(q.rows, 0) || m.goal != db_int(q.rows, 1)) {
			*n_out += marks_differ(&m);
			m = (struct marks){ db_int(q.rows, 0), db_int(q.rows, 1),
					    db_int(q.rows, 2), db_int(q.rows, 3),
					    db_int(q.rows, 4), 0, 0, 0 };
		}
		if (db_int(q.rows, 5) != 0)
			add_checkin(&m, db_int(q.rows, 5), db_span(q.rows, 6));
	}
	*n_out += marks_differ(&m);
	return db_end(&q);
}

enum err check_rules(struct db *db, struct check_broken *out)
{
	int64_t n = 0;
	enum err err = E_OK;

	*out = (struct check_broken){ 0 };
	for (unsigned i = 0; err == E_OK && n == 0 && i < ARRAY_LEN(rules); i++) {
		err = db_one(db, NULL, "i", (void *[]){ &n }, rules[i].sql, "");
		out->rule = rules[i].words;
	}
	if (err == E_OK && n == 0) {
		err = check_marks(db, &n);
		out->rule = "a goal's marks are the weeks of its check-ins";
	}
	if (err != E_OK || n == 0)
		out->rule = NULL;
	out->n = n;
	return err;
}
