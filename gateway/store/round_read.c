/* Reading rounds: for the teacher's pages and for what a family may know. */
#include "base/magic.h"
#include "each.h"
#include "in_class.h"
#include "round_private.h"
#include "store/booking_read.h"
#include "store/links.h"

#define ROUND_COLUMNS                                                                   \
	"SELECT r.id, r.context_id, r.teacher_id, r.state, r.title, r.note, r.zone, "   \
	"r.length_min, r.gap_min, r.pause_every, r.pause_min, r.modes, r.place, "       \
	"r.video, r.opens_at, r.closes_at, r.notice_hours, r.rev, r.created_at, "       \
	"COALESCE(p.full_name, ''), COALESCE(c.title, ''), "                            \
	"(SELECT COUNT(*) FROM conf_slot s WHERE s.tenant_id = r.tenant_id "            \
	"AND s.round_id = r.id), "                                                      \
	"(SELECT COUNT(*) FROM conf_booking b WHERE b.tenant_id = r.tenant_id "         \
	"AND b.round_id = r.id AND b.state = 'confirmed'), "                            \
	"(SELECT MIN(s.starts_at) FROM conf_slot s WHERE s.tenant_id = r.tenant_id "    \
	"AND s.round_id = r.id), "                                                      \
	"(SELECT MAX(s.ends_at) FROM conf_slot s WHERE s.tenant_id = r.tenant_id "      \
	"AND s.round_id = r.id) FROM conf_round r "                                     \
	"LEFT JOIN person p ON p.tenant_id = r.tenant_id AND p.id = r.teacher_id "      \
	"LEFT JOIN context c ON c.tenant_id = r.tenant_id AND c.id = r.context_id "

static void read_round(struct db_rows *rows, struct arena *a, int64_t tenant, struct round *out)
{
	*out = (struct round){
		.tenant = tenant,
		.id = db_int(rows, 0),
		.context = db_int(rows, 1),
		.teacher = db_int(rows, 2),
		.state = round_state_of(db_str(rows, 3, a)),
		.title = db_str(rows, 4, a),
		.note = db_str(rows, 5, a),
		.zone = db_str(rows, 6, a),
		.length = (int)db_int(rows, 7),
		.gap = (int)db_int(rows, 8),
		.pause_every = (int)db_int(rows, 9),
		.pause = (int)db_int(rows, 10),
		.modes = (unsigned)db_int(rows, 11),
		.place = db_str(rows, 12, a),
		.video = db_str(rows, 13, a),
		.opens_at = db_int(rows, 14),
		.closes_at = db_int(rows, 15),
		.notice_hours = (int)db_int(rows, 16),
		.rev = db_int(rows, 17),
		.created_at = db_int(rows, 18),
		.teacher_name = db_str(rows, 19, a),
		.class_title = db_str(rows, 20, a),
		.slots = db_int(rows, 21),
		.booked = db_int(rows, 22),
		.first_at = db_int(rows, 23),
		.last_at = db_int(rows, 24),
	};
}

/* Ends q. */
static enum err take_rounds(struct db_each *q, struct arena *a, int64_t tenant)
{
	struct round *r;

	while ((r = db_each(q)) != NULL)
		read_round(q->rows, a, tenant, r);
	return db_end(q);
}

enum err round_load(struct db *db, struct arena *a, int64_t tenant, int64_t id, struct round *out)
{
	struct db_rows *rows;
	enum err err = db_first(db, &rows, ROUND_COLUMNS "WHERE r.tenant_id = $1 AND r.id = $2",
				"ii", tenant, id);

	if (err != E_OK)
		return err;
	read_round(rows, a, tenant, out);
	return db_only(rows);
}

enum err round_list(struct db *db, struct arena *a, int64_t tenant, int64_t context,
		    int64_t teacher, struct round **v_out, unsigned *n_out)
{
	struct db_each q = DB_LIST(db, a, v_out, n_out);

	assert(tenant > 0 && teacher > 0);
	db_select(&q,
		  ROUND_COLUMNS "WHERE r.tenant_id = $1 AND r.context_id = $2 "
		  "AND r.teacher_id = $3 ORDER BY r.created_at DESC, r.id LIMIT 100",
		  "iii", tenant, context, teacher);
	return take_rounds(&q, a, tenant);
}

/* Whether the child is a pupil is asked here too: a round never leaves its class. */
enum err booking_rounds(struct db *db, struct arena *a, int64_t tenant, int64_t child,
			int64_t household, int64_t now_ms, struct round **v_out, unsigned *n_out)
{
	struct db_each q = DB_LIST(db, a, v_out, n_out);

	assert(tenant > 0 && child > 0);
	db_select(&q,
		  ROUND_COLUMNS "WHERE r.tenant_id = $1 AND r.context_id IN " CLASSES_OF_CHILD
		  " AND ((r.state = 'open' "
		  "AND EXISTS (SELECT 1 FROM conf_slot s WHERE s.tenant_id = $1 "
		  "AND s.round_id = r.id AND s.starts_at > $4)) "
		  "OR EXISTS (SELECT 1 FROM conf_booking b WHERE b.tenant_id = $1 "
		  "AND b.round_id = r.id AND b.child_id = $2 AND b.household_id = $3)) "
		  "ORDER BY r.created_at DESC, r.id LIMIT 100",
		  "iiii", tenant, child, household, now_ms);
	return take_rounds(&q, a, tenant);
}

enum err round_days(struct db *db, struct arena *a, int64_t tenant, int64_t id,
		    struct round_day **v_out, unsigned *n_out)
{
	struct db_each q = DB_LIST(db, a, v_out, n_out);
	struct round_day *d;

	assert(tenant > 0);
	db_select(&q,
		  "SELECT day, from_min, to_min, break_from, break_to FROM conf_day "
		  "WHERE tenant_id = $1 AND round_id = $2 ORDER BY day",
		  "ii", tenant, id);
	while (q.n < ROUND_DAYS_MAX && (d = db_each(&q)) != NULL)
		*d = (struct round_day){
			.day = db_str(q.rows, 0, a),
			.from = (int)db_int(q.rows, 1),
			.to = (int)db_int(q.rows, 2),
			.break_from = (int)db_int(q.rows, 3),
			.break_to = (int)db_int(q.rows, 4),
		};
	return db_end(&q);
}

enum err round_of_slot(struct db *db, int64_t tenant, int64_t slot, int64_t *round_out,
		       int64_t *starts_out)
{
	return db_one(db, NULL, "ii", (void *[]){ round_out, starts_out },
		      "SELECT round_id, starts_at FROM conf_slot WHERE tenant_id = $1 AND id = $2",
		      "ii", tenant, slot);
}

/* Closes rows of (child, child name, guardian, guardian name). */
static enum err take_children(struct db_each *q, struct arena *a)
{
	struct round_child *c;

	while ((c = db_each(q)) != NULL)
		*c = (struct round_child){ .child = db_int(q->rows, 0),
					   .name = db_str(q->rows, 1, a),
					   .guardian = db_int(q->rows, 2),
					   .guardian_name = db_str(q->rows, 3, a) };
	return db_end(q);
}

enum err round_not_booked(struct db *db, struct arena *a, const struct round *r,
			  struct round_child **v_out, unsigned *n_out)
{
	struct db_each q = DB_LIST(db, a, v_out, n_out);

	assert(r->tenant > 0 && r->id > 0);
	db_select(&q,
		  "SELECT DISTINCT p.id, p.full_name, 0, '' FROM class_member m "
		  "JOIN person p ON p.tenant_id = $1 AND p.id = m.person_id "
		  "WHERE m.tenant_id = $1 AND m.context_id = $2 AND m.role = 'pupil' "
		  "AND NOT EXISTS (SELECT 1 FROM conf_booking b WHERE b.tenant_id = $1 "
		  "AND b.round_id = $3 AND b.child_id = p.id AND b.state = 'confirmed') "
		  "ORDER BY p.full_name, p.id LIMIT 100",
		  "iii", r->tenant, r->context, r->id);
	return take_children(&q, a);
}

enum err round_families(struct db *db, struct arena *a, const struct round *r, int64_t child,
			int64_t now_ms, struct round_child **v_out, unsigned *n_out)
{
	struct actor as = { .tenant = r->tenant, .door = DOOR_FAMILY, .context = r->context };
	struct round_child *v = NULL;
	struct access acc = { 0 };
	unsigned n = 0, kept = 0;
	struct db_each q = DB_LIST(db, a, &v, &n);
	enum err err;

	assert(r->tenant > 0 && r->id > 0);
	db_select(&q,
		  "SELECT DISTINCT p.id, p.full_name, g.id, g.full_name FROM class_member m "
		  "JOIN person p ON p.tenant_id = $1 AND p.id = m.person_id "
		  "JOIN family_tie l ON l.tenant_id = $1 AND l.child_id = m.person_id "
		  "JOIN person g ON g.tenant_id = $1 AND g.id = l.guardian_id "
		  "WHERE m.tenant_id = $1 AND m.context_id = $2 AND m.role = 'pupil' "
		  "AND l.child_id = $3 AND m.person_id = $3 AND " TIE_WRITES("l", "$4")
		  " ORDER BY p.full_name, p.id, g.full_name, g.id LIMIT 20",
		  "iiii", r->tenant, r->context, child, now_ms);
	err = take_children(&q, a);
	/* The object policy has the last word on each of them, prohibitions included. */
	for (unsigned i = 0; err == E_OK && i < n; i++) {
		as.person = v[i].guardian;
		err = access_child(db, &as, now_ms, v[i].child, &acc);
		if (err == E_OK && !acc.read_only) {
			v[i].household = acc.household;
			v[kept++] = v[i];
		} else if (err == E_MISSING) {
			err = E_OK;
		}
	}
	*v_out = v;
	*n_out = kept;
	return err;
}
