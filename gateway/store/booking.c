/*
 * Booking, moving, cancelling. Every claim is an insert under a unique key: the
 * slot (conf_hold), each minute of each person (conf_minute), the household
 * (conf_booking). What is checked here besides is only what may be told early.
 */
#include "store/booking.h"

#include "base/magic.h"
#include "each.h"
#include "in_class.h"
#include "round_private.h"
#include "store/links.h"
#include "store/store.h"

#define HOUR_MS (3600 * 1000LL)
#define FORBIDDEN_MAX 64	/* a slice */

/* What a slot's round allows, and what the asking family already has there. */
struct terms {
	int64_t open, opens_at, closes_at, notice_hours, modes, teacher;
	int64_t starts_at, ends_at, pupil;
};

static enum err read_terms(struct db *db, const struct booking_ask *ask, struct terms *t)
{
	return db_one(db, NULL, "iiiiiiiii",
		      (void *[]){ &t->open, &t->opens_at, &t->closes_at, &t->notice_hours,
				  &t->modes, &t->teacher, &t->starts_at, &t->ends_at, &t->pupil },
		      "SELECT s.open_to, r.opens_at, r.closes_at, r.notice_hours, r.modes, "
		      "s.teacher_id, s.starts_at, s.ends_at, "
		      AS_NUMBER(IS_PUPIL("x", "$4")) " "
		      "FROM conf_slot s JOIN conf_round r ON r.tenant_id = $1 AND r.id = s.round_id "
		      "LEFT JOIN context x ON x.tenant_id = $1 AND x.id = r.context_id "
		      "WHERE s.tenant_id = $1 AND s.id = $2 AND s.round_id = $3",
		      "iiii", ask->tenant, ask->slot, ask->round, ask->child);
}

static bool inside_notice(const struct terms *t, const struct booking_ask *ask)
{
	int64_t notice = ask->staff ? 0 : t->notice_hours * HOUR_MS;

	return t->starts_at - notice <= ask->now_ms;
}

static enum booking_why judge(const struct terms *t, const struct booking_ask *ask)
{
	if (t->open < (ask->staff ? SLOT_STAFF : SLOT_FAMILIES))
		return BOOKING_NOT_OPEN;
	if (!ask->staff && ask->now_ms < t->opens_at)
		return BOOKING_NOT_OPEN;
	if (!ask->staff && t->closes_at != 0 && ask->now_ms >= t->closes_at)
		return BOOKING_NOT_OPEN;
	return inside_notice(t, ask) ? BOOKING_TOO_LATE : BOOKING_FINE;
}

/* Meets round_turn() and round_cancel() on the slot's own row. */
static enum err touch_slot(struct db *db, const struct booking_ask *ask)
{
	return db_run_or(db, E_CONFLICT,
			 "UPDATE conf_slot SET touched = touched + 1 WHERE tenant_id = $1 "
			 "AND id = $2 AND open_to >= $3",
			 "iii", ask->tenant, ask->slot,
			 (int64_t)(ask->staff ? SLOT_STAFF : SLOT_FAMILIES));
}

static enum err take_minutes(struct db *db, int64_t tenant, int64_t person, int64_t booking,
			     const struct terms *t)
{
	assert(t->starts_at < t->ends_at && t->ends_at - t->starts_at <= 3 * HOUR_MS);
	return db_run(db, NULL,
		      "WITH RECURSIVE m (minute) AS (SELECT CAST($4 AS BIGINT) UNION ALL "
		      "SELECT minute + 1 FROM m WHERE minute + 1 < CAST($5 AS BIGINT)) "
		      "INSERT INTO conf_minute (tenant_id, person_id, minute, booking_id) "
		      "SELECT CAST($1 AS BIGINT), CAST($2 AS BIGINT), minute, CAST($3 AS BIGINT) FROM m",
		      "iiiii", tenant, person, booking, t->starts_at / 60000, t->ends_at / 60000);
}

static enum err claim(struct db *db, const struct booking_ask *ask, const struct terms *t,
		      int64_t guardian, int64_t booking)
{
	enum err err = db_run(db, NULL,
			      "INSERT INTO conf_hold (tenant_id, slot_id, booking_id) "
			      "VALUES ($1, $2, $3)",
			      "iii", ask->tenant, ask->slot, booking);

	if (err == E_OK)
		err = take_minutes(db, ask->tenant, t->teacher, booking, t);
	if (err == E_OK && guardian != t->teacher)
		err = take_minutes(db, ask->tenant, guardian, booking, t);
	return err;
}

static enum err free_minutes(struct db *db, int64_t tenant, int64_t booking)
{
	return db_run(db, NULL, "DELETE FROM conf_minute WHERE tenant_id = $1 AND booking_id = $2",
		      "ii", tenant, booking);
}

static enum err free_slot(struct db *db, int64_t tenant, int64_t slot, int64_t booking)
{
	return db_run(db, NULL,
		      "DELETE FROM conf_hold WHERE tenant_id = $1 AND slot_id = $2 "
		      "AND booking_id = $3",
		      "iii", tenant, slot, booking);
}

static enum err booking_event(struct db *db, const struct booking_ask *ask, int64_t round,
			      int64_t booking, const char *what, int64_t slot)
{
	return conf_event_add(db, &(struct conf_event){
		.tenant = ask->tenant, .round = round, .booking = booking, .slot = slot,
		.who = ask->by, .now_ms = ask->now_ms, .what = what });
}

/* ---- booking -------------------------------------------------------------- */

struct own {
	int64_t id, slot, living;
};

static enum err read_own(struct db *db, const struct booking_ask *ask, struct own *o)
{
	enum err err = db_one(db, NULL, "iii", (void *[]){ &o->id, &o->slot, &o->living },
			      "SELECT id, slot_id, CASE WHEN state = 'confirmed' THEN 1 ELSE 0 END "
			      "FROM conf_booking WHERE tenant_id = $1 AND round_id = $2 "
			      "AND child_id = $3 AND household_id = $4",
			      "iiii", ask->tenant, ask->round, ask->child, ask->household);

	return err == E_MISSING ? E_OK : err;
}

static enum err insert_booking(struct db *db, const struct booking_ask *ask, int64_t id)
{
	return db_run(db, NULL,
		      "INSERT INTO conf_booking (tenant_id, id, round_id, slot_id, child_id, "
		      "household_id, guardian_id, mode, phone, topic, state, channel, seq, "
		      "cancelled_by, reason, seen_at, created_at, changed_at) VALUES ($1, $2, $3, "
		      "$4, $5, $6, $7, $8, $9, $10, 'confirmed', $11, 0, '', '', 0, $12, $13)",
		      "iiiiiiiisssii", ask->tenant, id, ask->round, ask->slot, ask->child,
		      ask->household, ask->guardian, (int64_t)ask->mode, ask->phone, ask->topic,
		      ask->channel, ask->now_ms, ask->now_ms);
}

/* The family's row comes back to life; its UID stays, its sequence rises. */
static enum err revive_booking(struct db *db, const struct booking_ask *ask, int64_t id)
{
	return db_run_or(db, E_CONFLICT,
			 "UPDATE conf_booking SET slot_id = $3, guardian_id = $4, mode = $5, "
			 "phone = $6, topic = $7, channel = $8, state = 'confirmed', "
			 "seq = seq + 1, cancelled_by = '', reason = '', seen_at = 0, "
			 "changed_at = $9 WHERE tenant_id = $1 AND id = $2 "
			 "AND state = 'cancelled'",
			 "iiiiisssi", ask->tenant, id, ask->slot, ask->guardian,
			 (int64_t)ask->mode, ask->phone, ask->topic, ask->channel, ask->now_ms);
}

enum err booking_make(struct db *db, const struct booking_ask *ask, int64_t *id_out,
		      bool *again_out)
{
	struct terms t = { 0 };
	struct own own = { 0 };
	int64_t id;
	enum err err = read_terms(db, ask, &t);

	assert(ask->guardian > 0 && ask->household > 0 && ask->by > 0);
	*again_out = false;
	if (err == E_OK)
		err = read_own(db, ask, &own);
	if (err != E_OK)
		return err;
	if (t.pupil == 0)
		return E_MISSING;
	if (own.living && own.slot == ask->slot) {
		*id_out = own.id;
		*again_out = true;
		return E_OK;
	}
	if (own.living || judge(&t, ask) != BOOKING_FINE)
		return E_CONFLICT;
	if ((t.modes & (int64_t)ask->mode) == 0)
		return E_INPUT;
	id = own.id != 0 ? own.id : store_new_id(ask->now_ms);
	err = touch_slot(db, ask);
	if (err == E_OK)
		err = own.id != 0 ? revive_booking(db, ask, id) : insert_booking(db, ask, id);
	if (err == E_OK)
		err = claim(db, ask, &t, ask->guardian, id);
	*id_out = id;
	return err == E_OK ? booking_event(db, ask, ask->round, id, "booked", ask->slot) : err;
}

/* ---- moving --------------------------------------------------------------- */

/* A living booking with the times of the slot it has now. */
struct standing_booking {
	int64_t round, child, guardian, slot, starts_at, notice_hours;
};

static enum err read_standing(struct db *db, int64_t tenant, int64_t booking,
			      struct standing_booking *b)
{
	enum err err = db_one(db, NULL, "iiiiii",
			      (void *[]){ &b->round, &b->child, &b->guardian, &b->slot,
					  &b->starts_at, &b->notice_hours },
			      "SELECT b.round_id, b.child_id, b.guardian_id, b.slot_id, s.starts_at, "
			      "r.notice_hours FROM conf_booking b "
			      "JOIN conf_slot s ON s.tenant_id = $1 AND s.id = b.slot_id "
			      "JOIN conf_round r ON r.tenant_id = $1 AND r.id = b.round_id "
			      "WHERE b.tenant_id = $1 AND b.id = $2 AND b.state = 'confirmed'",
			      "ii", tenant, booking);

	return err == E_MISSING ? E_CONFLICT : err;
}

static bool too_late_to_leave(const struct standing_booking *b, const struct booking_ask *ask)
{
	struct terms t = { .starts_at = b->starts_at, .notice_hours = b->notice_hours };

	return inside_notice(&t, ask);
}

/* Of two movers one finds the row as it read it; the row lock makes them take turns. */
static enum err repoint(struct db *db, int64_t booking, const struct booking_ask *ask, int64_t from)
{
	return db_run_or(db, E_CONFLICT,
			 "UPDATE conf_booking SET slot_id = $4, seq = seq + 1, changed_at = $5 "
			 "WHERE tenant_id = $1 AND id = $2 AND slot_id = $3 "
			 "AND state = 'confirmed'",
			 "iiiii", ask->tenant, booking, from, ask->slot, ask->now_ms);
}

enum err booking_move(struct db *db, int64_t booking, const struct booking_ask *in)
{
	struct booking_ask ask = *in;
	struct standing_booking b = { 0 };
	struct terms t = { 0 };
	enum err err = read_standing(db, ask.tenant, booking, &b);

	assert(in->tenant > 0 && in->now_ms > 0);
	if (err != E_OK)
		return err;
	ask.round = b.round;
	ask.child = b.child;
	err = read_terms(db, &ask, &t);
	if (err != E_OK || b.slot == ask.slot)
		return err;
	if (judge(&t, &ask) != BOOKING_FINE || too_late_to_leave(&b, &ask))
		return E_CONFLICT;
	err = repoint(db, booking, &ask, b.slot);
	if (err == E_OK)
		err = touch_slot(db, &ask);
	if (err == E_OK)
		err = free_minutes(db, ask.tenant, booking);
	if (err == E_OK)
		err = claim(db, &ask, &t, b.guardian, booking);
	if (err == E_OK)
		err = free_slot(db, ask.tenant, b.slot, booking);
	return err == E_OK ? booking_event(db, &ask, b.round, booking, "moved", ask.slot) : err;
}

/* ---- cancelling ----------------------------------------------------------- */

static enum err end_booking(struct db *db, int64_t booking, const struct booking_ask *ask,
			    const char *reason)
{
	return db_run_or(db, E_CONFLICT,
			 "UPDATE conf_booking SET state = 'cancelled', seq = seq + 1, "
			 "cancelled_by = $3, reason = $4, seen_at = 0, changed_at = $5 "
			 "WHERE tenant_id = $1 AND id = $2 AND state = 'confirmed'",
			 "iissi", ask->tenant, booking, ask->staff ? "school" : "home", reason,
			 ask->now_ms);
}

static enum err release(struct db *db, int64_t tenant, int64_t booking)
{
	enum err err = db_run(db, NULL,
			      "DELETE FROM conf_hold WHERE tenant_id = $1 AND booking_id = $2 "
			      "AND slot_id IN (SELECT b.slot_id FROM conf_booking b "
			      "WHERE b.tenant_id = $1 AND b.id = $2)",
			      "ii", tenant, booking);

	return err == E_OK ? free_minutes(db, tenant, booking) : err;
}

enum err booking_cancel(struct db *db, int64_t booking, const struct booking_ask *ask,
			const char *reason)
{
	struct standing_booking b = { 0 };
	enum err err = read_standing(db, ask->tenant, booking, &b);

	assert(ask->tenant > 0 && reason != NULL);
	if (err == E_OK && too_late_to_leave(&b, ask))
		return E_CONFLICT;
	if (err == E_OK)
		err = end_booking(db, booking, ask, reason);
	if (err == E_OK)
		err = release(db, ask->tenant, booking);
	return err == E_OK ? booking_event(db, ask, b.round, booking, "cancelled", b.slot) : err;
}

enum err booking_cancel_all(struct db *db, const struct round_act *act, const char *reason,
			    int64_t *n_out)
{
	struct booking_ask ask = { .tenant = act->tenant, .by = act->who, .now_ms = act->now_ms,
				   .staff = true };
	int64_t id[ROUND_SLOTS_MAX], *next;	/* each holds a slot of its own */
	unsigned n = 0;
	struct db_each q = DB_ARRAY(db, id, &n);
	enum err err;

	assert(act->tenant > 0 && act->who > 0);
	db_select(&q,
		  "SELECT id FROM conf_booking WHERE tenant_id = $1 AND round_id = $2 "
		  "AND state = 'confirmed' ORDER BY id",
		  "ii", act->tenant, act->round);
	while ((next = db_each(&q)) != NULL)
		*next = db_int(q.rows, 0);
	err = db_end(&q);
	for (unsigned i = 0; err == E_OK && i < n; i++) {
		err = end_booking(db, id[i], &ask, reason);
		if (err == E_OK)
			err = release(db, act->tenant, id[i]);
		if (err == E_OK)
			err = conf_event_add(db, &(struct conf_event){
				.tenant = act->tenant, .round = act->round, .booking = id[i],
				.who = act->who, .now_ms = act->now_ms, .what = "cancelled" });
	}
	*n_out = n;
	return err;
}

/*
 * PRODUCT 0.3 and DESIGN 3: who must not know of a child loses its appointments at
 * once, as guardian and as teacher. The time is free again, the child's home books
 * anew; the row says "school" as any cancellation does, and no reason.
 */
enum err booking_end_forbidden(struct db *db, int64_t tenant, int64_t now_ms, unsigned *n_out)
{
	struct forbidden {
		int64_t tenant, round, booking, teacher;
	} v[FORBIDDEN_MAX], *next;
	unsigned n = 0;
	struct db_each q = DB_ARRAY(db, v, &n);
	enum err err;

	db_select(&q,
		  "SELECT DISTINCT b.tenant_id, b.round_id, b.id, s.teacher_id FROM prohibition x "
		  "JOIN conf_booking b ON b.tenant_id = x.tenant_id AND b.child_id = x.child_id "
		  "AND b.state = 'confirmed' "
		  "JOIN conf_slot s ON s.tenant_id = b.tenant_id AND s.id = b.slot_id "
		  "AND s.ends_at > $2 AND x.person_id IN (b.guardian_id, s.teacher_id) "
		  "WHERE ($1 = 0 OR x.tenant_id = $1) AND " PROHIBITION_IN_FORCE("x", "$2")
		  " ORDER BY b.tenant_id, b.id",
		  "ii", tenant, now_ms);
	while ((next = db_each(&q)) != NULL)
		*next = (struct forbidden){ db_int(q.rows, 0), db_int(q.rows, 1),
					    db_int(q.rows, 2), db_int(q.rows, 3) };
	err = db_end(&q);
	for (unsigned i = 0; err == E_OK && i < n; i++) {
		struct booking_ask ask = { .tenant = v[i].tenant, .now_ms = now_ms, .staff = true };

		err = end_booking(db, v[i].booking, &ask, "");
		if (err == E_OK)
			err = release(db, v[i].tenant, v[i].booking);
		if (err == E_OK)
			err = conf_event_add(db, &(struct conf_event){
				.tenant = v[i].tenant, .round = v[i].round,
				.booking = v[i].booking, .who = v[i].teacher, .now_ms = now_ms,
				.what = "cancelled" });
	}
	*n_out = n;
	return err;
}

/* ---- words, and why not --------------------------------------------------- */

enum err booking_words(struct db *db, int64_t booking, const struct booking_ask *ask)
{
	struct standing_booking b = { 0 };
	int64_t changed = 0;
	enum err err = read_standing(db, ask->tenant, booking, &b);

	assert(ask->tenant > 0 && ask->phone != NULL && ask->topic != NULL);
	if (err == E_OK)
		err = db_run(db, &changed,
			     "UPDATE conf_booking SET mode = $3, phone = $4, topic = $5, "
			     "seq = seq + 1, changed_at = $6 WHERE tenant_id = $1 AND id = $2 "
			     "AND state = 'confirmed' AND EXISTS (SELECT 1 FROM conf_round r "
			     "WHERE r.tenant_id = $1 AND r.id = conf_booking.round_id "
			     "AND r.modes & $3 <> 0)",
			     "iiissi", ask->tenant, booking, (int64_t)ask->mode, ask->phone,
			     ask->topic, ask->now_ms);
	if (err == E_OK && changed == 0)
		return E_CONFLICT;
	return err == E_OK ? booking_event(db, ask, b.round, booking, "words", b.slot) : err;
}

enum err booking_seen(struct db *db, int64_t tenant, int64_t booking, int64_t now_ms)
{
	assert(now_ms > 0);
	return db_run(db, NULL,
		      "UPDATE conf_booking SET seen_at = $3 WHERE tenant_id = $1 AND id = $2 "
		      "AND state = 'cancelled' AND cancelled_by = 'school' AND seen_at = 0",
		      "iii", tenant, booking, now_ms);
}

static enum err guardian_busy(struct db *db, const struct booking_ask *ask, const struct terms *t,
			      int64_t guardian, int64_t booking, bool *busy_out)
{
	int64_t n = 0;
	enum err err = db_one(db, NULL, "i", (void *[]){ &n },
			      "SELECT COUNT(*) FROM conf_minute WHERE tenant_id = $1 "
			      "AND person_id = $2 AND minute >= $3 AND minute < $4 "
			      "AND booking_id <> $5",
			      "iiiii", ask->tenant, guardian, t->starts_at / 60000,
			      t->ends_at / 60000, booking);

	*busy_out = n > 0;
	return err;
}

enum err booking_why(struct db *db, const struct booking_ask *in, int64_t booking,
		     enum booking_why *out)
{
	struct booking_ask ask = *in;
	struct standing_booking b = { 0 };
	struct terms t = { 0 };
	struct own own = { 0 };
	bool busy = false;
	enum err err = E_OK;

	*out = BOOKING_CHANGED;
	if (booking != 0) {
		err = read_standing(db, ask.tenant, booking, &b);
		if (err != E_OK)
			return err == E_CONFLICT ? E_OK : err;
		ask.round = b.round;
		ask.child = b.child;
		ask.guardian = b.guardian;
		if (ask.slot == 0)
			ask.slot = b.slot;
	}
	err = read_terms(db, &ask, &t);
	if (err == E_OK && booking == 0)
		err = read_own(db, &ask, &own);
	if (err == E_OK)
		err = guardian_busy(db, &ask, &t, ask.guardian, booking, &busy);
	if (err != E_OK)
		return err;
	*out = judge(&t, &ask);
	if (own.living)
		*out = BOOKING_HAVE_ONE;
	else if (booking != 0 && too_late_to_leave(&b, &ask))
		*out = BOOKING_TOO_LATE;
	else if (*out == BOOKING_FINE)
		*out = busy && ask.guardian != t.teacher ? BOOKING_YOU_BUSY : BOOKING_TAKEN;
	return E_OK;
}
