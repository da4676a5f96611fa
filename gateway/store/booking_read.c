/* Reading bookings and free times; export and erasure. */
#include "store/booking_read.h"

#include "base/magic.h"
#include "each.h"
#include "in_class.h"
#include "round_private.h"
#include "store/links.h"

/* $2 is the instant of the request in every query that uses these columns. */
#define BOOKING_COLUMNS                                                                     \
	"SELECT b.id, b.round_id, b.slot_id, b.child_id, b.household_id, b.guardian_id, "   \
	"COALESCE(c.full_name, ''), COALESCE(g.full_name, ''), COALESCE(t.full_name, ''), " \
	"r.title, b.mode, b.phone, b.topic, b.channel, b.reason, b.state, b.cancelled_by, " \
	"b.seen_at, r.zone, r.place, r.video, s.day, s.start_min, s.starts_at, s.ends_at, " \
	"b.seq + r.rev, b.created_at, b.changed_at, r.state, r.notice_hours, "              \
	"(SELECT COUNT(*) FROM prohibition x WHERE x.tenant_id = $1 "                       \
	"AND x.child_id = b.child_id AND x.person_id IN (b.guardian_id, r.teacher_id) AND " \
	PROHIBITION_IN_FORCE("x", "$2") "), "                                               \
	AS_NUMBER(IS_PUPIL("x", "b.child_id")) " "                                          \
	"FROM conf_booking b JOIN conf_round r ON r.tenant_id = $1 AND r.id = b.round_id "  \
	"JOIN conf_slot s ON s.tenant_id = $1 AND s.id = b.slot_id "                        \
	"LEFT JOIN context x ON x.tenant_id = $1 AND x.id = r.context_id "                  \
	"LEFT JOIN person c ON c.tenant_id = $1 AND c.id = b.child_id "                     \
	"LEFT JOIN person g ON g.tenant_id = $1 AND g.id = b.guardian_id "                  \
	"LEFT JOIN person t ON t.tenant_id = $1 AND t.id = r.teacher_id "                   \
	"WHERE b.tenant_id = $1 "

static void read_booking(struct db_rows *rows, struct arena *a, struct booking *out)
{
	*out = (struct booking){
		.id = db_int(rows, 0),
		.round = db_int(rows, 1),
		.slot = db_int(rows, 2),
		.child = db_int(rows, 3),
		.household = db_int(rows, 4),
		.guardian = db_int(rows, 5),
		.child_name = db_str(rows, 6, a),
		.guardian_name = db_str(rows, 7, a),
		.teacher_name = db_str(rows, 8, a),
		.round_title = db_str(rows, 9, a),
		.mode = (enum round_mode)db_int(rows, 10),
		.phone = db_str(rows, 11, a),
		.topic = db_str(rows, 12, a),
		.channel = db_str(rows, 13, a),
		.reason = db_str(rows, 14, a),
		.cancelled = span_eqz(db_span(rows, 15), "cancelled"),
		.by_school = span_eqz(db_span(rows, 16), "school"),
		.seen = db_int(rows, 17) > 0,
		.zone = db_str(rows, 18, a),
		.place = db_str(rows, 19, a),
		.video = db_str(rows, 20, a),
		.day = db_str(rows, 21, a),
		.start_min = (int)db_int(rows, 22),
		.starts_at = db_int(rows, 23),
		.ends_at = db_int(rows, 24),
		.seq = db_int(rows, 25),
		.created_at = db_int(rows, 26),
		.changed_at = db_int(rows, 27),
		.round_state = round_state_of(db_str(rows, 28, a)),
		.notice_hours = (int)db_int(rows, 29),
		.office_first = db_int(rows, 30) > 0,
		.left_class = db_int(rows, 31) == 0,
	};
}

/* Ends q. */
static enum err take_bookings(struct db_each *q, struct arena *a)
{
	struct booking *b;

	while ((b = db_each(q)) != NULL)
		read_booking(q->rows, a, b);
	return db_end(q);
}

static enum err only_one(const struct booking *v, unsigned n, enum err err, struct booking *out)
{
	assert(n <= 1);
	if (err == E_OK && n == 0)
		return E_MISSING;
	if (err == E_OK)
		*out = v[0];
	return err;
}

enum err booking_load(struct db *db, struct arena *a, int64_t tenant, int64_t id, int64_t now_ms,
		      struct booking *out)
{
	struct booking *v = NULL;
	unsigned n = 0;
	struct db_each q = DB_LIST(db, a, &v, &n);
	enum err err;

	db_select(&q, BOOKING_COLUMNS "AND b.id = $3", "iii", tenant, now_ms, id);
	err = take_bookings(&q, a);
	return only_one(v, n, err, out);
}

enum err booking_of(struct db *db, struct arena *a, int64_t tenant, int64_t round, int64_t child,
		    int64_t household, int64_t now_ms, struct booking *out)
{
	struct booking *v = NULL;
	unsigned n = 0;
	struct db_each q = DB_LIST(db, a, &v, &n);
	enum err err;

	db_select(&q,
		  BOOKING_COLUMNS "AND b.round_id = $3 AND b.child_id = $4 "
		  "AND b.household_id = $5",
		  "iiiii", tenant, now_ms, round, child, household);
	err = take_bookings(&q, a);
	return only_one(v, n, err, out);
}

enum err booking_of_child(struct db *db, struct arena *a, int64_t tenant, int64_t child,
			  int64_t household, int64_t now_ms, struct booking **v_out,
			  unsigned *n_out)
{
	struct db_each q = DB_LIST(db, a, v_out, n_out);

	assert(tenant > 0 && child > 0);
	db_select(&q,
		  BOOKING_COLUMNS "AND b.child_id = $3 AND b.household_id = $4 "
		  "ORDER BY s.starts_at DESC, b.id LIMIT 100",
		  "iiii", tenant, now_ms, child, household);
	return take_bookings(&q, a);
}

enum err booking_of_pupil(struct db *db, struct arena *a, int64_t tenant, int64_t context,
			  int64_t teacher, int64_t child, int64_t now_ms, struct booking **v_out,
			  unsigned *n_out)
{
	struct db_each q = DB_LIST(db, a, v_out, n_out);

	assert(tenant > 0 && teacher > 0);
	db_select(&q,
		  BOOKING_COLUMNS "AND b.child_id = $3 AND r.context_id = $4 "
		  "AND r.teacher_id = $5 ORDER BY s.starts_at DESC, b.id LIMIT 100",
		  "iiiii", tenant, now_ms, child, context, teacher);
	return take_bookings(&q, a);
}

/* ---- slots ---------------------------------------------------------------- */

/* held: no row, 0 = blocked, else the booking. */
#define SLOT_COLUMNS                                                                     \
	"SELECT s.id, s.day, s.start_min, s.starts_at, s.ends_at, "                      \
	"COALESCE(h.booking_id, -1), "                                                   \
	"CASE WHEN EXISTS (SELECT 1 FROM conf_minute m WHERE m.tenant_id = $1 "          \
	"AND m.person_id = s.teacher_id AND m.minute >= s.starts_at / 60000 "            \
	"AND m.minute < s.ends_at / 60000) THEN 1 ELSE 0 END "                           \
	"FROM conf_slot s LEFT JOIN conf_hold h ON h.tenant_id = $1 AND h.slot_id = s.id " \
	"WHERE s.tenant_id = $1 AND s.round_id = $2 "

static enum err take_slots(struct db_each *q, struct arena *a, struct booking *b, unsigned nb)
{
	struct slot_view *v;
	unsigned next = 0;

	while (q->n < ROUND_SLOTS_MAX && (v = db_each(q)) != NULL) {
		int64_t held = db_int(q->rows, 5);

		*v = (struct slot_view){
			.slot = db_int(q->rows, 0),
			.day = db_str(q->rows, 1, a),
			.start_min = (int)db_int(q->rows, 2),
			.starts_at = db_int(q->rows, 3),
			.ends_at = db_int(q->rows, 4),
			.blocked = held == 0,
			.busy = held < 0 && db_int(q->rows, 6) > 0,
		};
		/* both lists are in time order */
		while (next < nb && b[next].starts_at < v->starts_at)
			next++;
		if (held > 0 && next < nb && b[next].id == held)
			v->booking = &b[next];
	}
	return db_end(q);
}

enum err booking_order(struct db *db, struct arena *a, const struct round *r, int64_t now_ms,
		       struct slot_view **v_out, unsigned *n_out)
{
	struct booking *b = NULL;
	unsigned nb = 0;
	struct db_each booked = DB_LIST(db, a, &b, &nb), slots = DB_LIST(db, a, v_out, n_out);
	enum err err;

	assert(r->tenant > 0 && r->id > 0);
	db_select(&booked,
		  BOOKING_COLUMNS "AND b.round_id = $3 AND b.state = 'confirmed' "
		  "ORDER BY s.starts_at, b.id",
		  "iii", r->tenant, now_ms, r->id);
	err = take_bookings(&booked, a);
	if (err != E_OK)
		return err;
	db_select(&slots, SLOT_COLUMNS "ORDER BY s.starts_at", "ii", r->tenant, r->id);
	return take_slots(&slots, a, b, nb);
}

/* One shape for every reason a time is not offered: it is not there. */
enum err booking_free(struct db *db, struct arena *a, const struct round *r, int64_t guardian,
		      int64_t now_ms, struct slot_view **v_out, unsigned *n_out)
{
	int64_t notice = guardian == 0 ? 0 : r->notice_hours * 3600000LL;
	struct db_each q = DB_LIST(db, a, v_out, n_out);

	assert(r->tenant > 0 && r->id > 0);
	db_select(&q,
		  SLOT_COLUMNS "AND s.open_to >= $3 AND s.starts_at > $4 AND h.slot_id IS NULL "
		  "AND NOT EXISTS (SELECT 1 FROM conf_minute m WHERE m.tenant_id = $1 "
		  "AND m.person_id IN (s.teacher_id, $5) AND m.minute >= s.starts_at / 60000 "
		  "AND m.minute < s.ends_at / 60000) ORDER BY s.starts_at",
		  "iiiii", r->tenant, r->id, (int64_t)(guardian == 0 ? SLOT_STAFF : SLOT_FAMILIES),
		  now_ms + notice, guardian);
	return take_slots(&q, a, NULL, 0);
}

/* ---- export and erasure --------------------------------------------------- */

enum err booking_export(struct db *db, int64_t tenant, int64_t child, int64_t household,
			struct buf *json)
{
	static const char *const key[] = { "id", "teacher", "round", "zone", "starts_at", "ends_at",
					   "state", "question", "phone", "reason", "channel",
					   "created_at", "household" };
	struct db_each q = DB_ROWS(db);
	struct json j;

	assert(tenant > 0 && child > 0);
	db_select(&q,
		  "SELECT b.id, t.full_name, r.title, r.zone, s.starts_at, s.ends_at, b.state, "
		  "b.topic, b.phone, b.reason, b.channel, b.created_at, b.household_id "
		  "FROM conf_booking b JOIN conf_round r ON r.tenant_id = $1 AND r.id = b.round_id "
		  "JOIN conf_slot s ON s.tenant_id = $1 AND s.id = b.slot_id "
		  "LEFT JOIN person t ON t.tenant_id = $1 AND t.id = r.teacher_id "
		  "WHERE b.tenant_id = $1 AND b.child_id = $2 AND ($3 = 0 OR b.household_id = $3) "
		  "ORDER BY s.starts_at, b.id",
		  "iii", tenant, child, household);
	json_init(&j, json);
	return db_json(&q, &j, NULL, household == 0 ? "dsssiisssssid" : "dsssiisssssi", key);
}

enum err booking_erase(struct db *db, int64_t tenant, int64_t child)
{
	static const char *const step[] = {
		"DELETE FROM conf_minute WHERE tenant_id = $1 AND booking_id IN "
		"(SELECT id FROM conf_booking WHERE tenant_id = $1 AND child_id = $2)",
		"DELETE FROM conf_hold WHERE tenant_id = $1 AND booking_id IN "
		"(SELECT id FROM conf_booking WHERE tenant_id = $1 AND child_id = $2)",
		"DELETE FROM conf_event WHERE tenant_id = $1 AND booking_id IN "
		"(SELECT id FROM conf_booking WHERE tenant_id = $1 AND child_id = $2)",
		"DELETE FROM conf_booking WHERE tenant_id = $1 AND child_id = $2",
	};
	enum err err = E_OK;

	assert(tenant > 0 && child > 0);
	for (unsigned i = 0; err == E_OK && i < ARRAY_LEN(step); i++)
		err = db_run(db, NULL, step[i], "ii", tenant, child);
	return err;
}
