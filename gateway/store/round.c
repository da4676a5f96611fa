/* Rounds: their words, days and slots, and the states they pass through. */
#include "store/round.h"

#include <string.h>

#include "base/magic.h"
#include "each.h"
#include "round_private.h"
#include "store/booking.h"
#include "store/store.h"

static const char *const state_name[] = {
	[ROUND_DRAFT] = "draft",   [ROUND_OPEN] = "open",	    [ROUND_LOCKED] = "locked",
	[ROUND_CLOSED] = "closed", [ROUND_CANCELLED] = "cancelled",
};

enum round_state round_state_of(const char *name)
{
	for (unsigned i = 0; i < ARRAY_LEN(state_name); i++)
		if (strcmp(state_name[i], name) == 0)
			return (enum round_state)i;
	WRONG("a round in no state");
}

static const char *name_of(enum round_state s)
{
	assert((unsigned)s < ARRAY_LEN(state_name));
	return state_name[s];
}

enum err conf_event_add(struct db *db, const struct conf_event *e)
{
	assert(e->round > 0 && e->who > 0 && e->what != NULL);
	return db_run(db, NULL,
		      "INSERT INTO conf_event (tenant_id, id, round_id, booking_id, at, who, what, "
		      "slot_id) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
		      "iiiiiisi", e->tenant, store_new_id(e->now_ms), e->round, e->booking,
		      e->now_ms, e->who, e->what, e->slot);
}

static enum err round_event(struct db *db, const struct round_act *act, const char *what,
			    int64_t slot)
{
	return conf_event_add(db, &(struct conf_event){
		.tenant = act->tenant, .round = act->round, .who = act->who,
		.now_ms = act->now_ms, .slot = slot, .what = what });
}

enum err round_create(struct db *db, const struct round *in, int64_t now_ms, int64_t *id_out)
{
	struct round_act act = { .tenant = in->tenant, .who = in->teacher, .now_ms = now_ms };
	enum err err;

	assert(in->tenant > 0 && in->context > 0 && in->teacher > 0 && in->modes != 0);
	act.round = store_new_id(now_ms);
	err = db_run(db, NULL,
		     "INSERT INTO conf_round (tenant_id, id, context_id, teacher_id, state, title, "
		     "note, zone, length_min, gap_min, pause_every, pause_min, modes, place, video, "
		     "opens_at, closes_at, notice_hours, rev, created_at) VALUES ($1, $2, $3, $4, "
		     "'draft', $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, 1, $18)",
		     "iiiisssiiiiissiiii", in->tenant, act.round, in->context, in->teacher, in->title,
		     in->note, in->zone, (int64_t)in->length, (int64_t)in->gap,
		     (int64_t)in->pause_every, (int64_t)in->pause, (int64_t)in->modes, in->place,
		     in->video, in->opens_at, in->closes_at, (int64_t)in->notice_hours, now_ms);
	if (err == E_OK)
		err = round_event(db, &act, "created", 0);
	*id_out = act.round;
	return err;
}

/* Slots exist once a round is open: their geometry is a promise to families. */
static enum err edit_geometry(struct db *db, const struct round_act *act, const struct round *in)
{
	return db_run(db, NULL,
		      "UPDATE conf_round SET zone = $3, length_min = $4, gap_min = $5, "
		      "pause_every = $6, pause_min = $7 WHERE tenant_id = $1 AND id = $2 "
		      "AND state = 'draft'",
		      "iisiiii", act->tenant, act->round, in->zone, (int64_t)in->length,
		      (int64_t)in->gap, (int64_t)in->pause_every, (int64_t)in->pause);
}

enum err round_edit(struct db *db, const struct round_act *act, const struct round *in)
{
	int64_t changed = 0;
	enum err err;

	assert(in->modes != 0);
	err = db_run(db, &changed,
		     "UPDATE conf_round SET title = $4, note = $5, modes = $6, place = $7, "
		     "video = $8, opens_at = $9, closes_at = $10, notice_hours = $11, rev = rev + 1 "
		     "WHERE tenant_id = $1 AND id = $2 AND rev = $3 "
		     "AND state IN ('draft', 'open', 'locked')",
		     "iiississiii", act->tenant, act->round, act->rev, in->title, in->note,
		     (int64_t)in->modes, in->place, in->video, in->opens_at, in->closes_at,
		     (int64_t)in->notice_hours);
	if (err == E_OK && changed == 0)
		return E_CONFLICT;
	if (err == E_OK)
		err = edit_geometry(db, act, in);
	return err == E_OK ? round_event(db, act, "changed", 0) : err;
}

/* Bumps rev; E_CONFLICT unless the round is as the caller saw it. */
static enum err round_step(struct db *db, const struct round_act *act, enum round_state from,
			   enum round_state to)
{
	return db_run_or(db, E_CONFLICT,
			 "UPDATE conf_round SET state = $5, rev = rev + 1 WHERE tenant_id = $1 "
			 "AND id = $2 AND rev = $3 AND state = $4",
			 "iiiss", act->tenant, act->round, act->rev, name_of(from),
			 name_of(to));
}

static enum err round_look(struct db *db, const struct round_act *act, enum round_state *state_out,
			   int64_t *teacher_out, int64_t *slots_out, int64_t *days_out)
{
	struct span state = { 0 };
	char name[16];
	struct db_rows *rows;
	enum err err;

	err = db_first(db, &rows,
		       "SELECT r.state, r.teacher_id, "
		       "(SELECT COUNT(*) FROM conf_slot s WHERE s.tenant_id = $1 AND s.round_id = $2), "
		       "(SELECT COUNT(*) FROM conf_day d WHERE d.tenant_id = $1 AND d.round_id = $2) "
		       "FROM conf_round r WHERE r.tenant_id = $1 AND r.id = $2",
		       "ii", act->tenant, act->round);
	if (err != E_OK)
		return err;
	state = db_span(rows, 0);
	assert(state.n < sizeof(name));
	memcpy(name, state.p, state.n);
	name[state.n] = '\0';
	*state_out = round_state_of(name);
	*teacher_out = db_int(rows, 1);
	*slots_out = db_int(rows, 2);
	*days_out = db_int(rows, 3);
	return db_only(rows);
}

static enum err put_slots(struct db *db, const struct round_act *act, int64_t teacher,
			  int64_t open_to, const struct round_time *t, unsigned n)
{
	enum err err = E_OK;

	for (unsigned i = 0; err == E_OK && i < n; i++) {
		assert(t[i].starts_at < t[i].ends_at && t[i].starts_at % 60000 == 0);
		err = db_run(db, NULL,
			     "INSERT INTO conf_slot (tenant_id, id, round_id, teacher_id, day, "
			     "start_min, starts_at, ends_at, open_to, touched) "
			     "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, 0)",
			     "iiiisiiii", act->tenant, store_new_id(act->now_ms), act->round,
			     teacher, t[i].day, (int64_t)t[i].start_min, t[i].starts_at,
			     t[i].ends_at, open_to);
	}
	return err;
}

static enum err put_day(struct db *db, const struct round_act *act, const struct round_day *d)
{
	return db_run(db, NULL,
		      "INSERT INTO conf_day (tenant_id, round_id, day, from_min, to_min, break_from, "
		      "break_to) VALUES ($1, $2, $3, $4, $5, $6, $7)",
		      "iisiiii", act->tenant, act->round, d->day, (int64_t)d->from, (int64_t)d->to,
		      (int64_t)d->break_from, (int64_t)d->break_to);
}

enum err round_add_day(struct db *db, const struct round_act *act, const struct round_day *d,
		       const struct round_time *t, unsigned n)
{
	int64_t teacher = 0, slots = 0, days = 0;
	enum round_state s = ROUND_DRAFT;
	enum err err = round_look(db, act, &s, &teacher, &slots, &days);

	if (err != E_OK)
		return err;
	if (s > ROUND_LOCKED)
		return E_CONFLICT;
	if (days >= ROUND_DAYS_MAX || slots + n > ROUND_SLOTS_MAX)
		return E_LIMIT;
	assert(s != ROUND_DRAFT || n == 0);
	err = round_step(db, act, s, s);
	if (err == E_OK)
		err = put_day(db, act, d);
	if (err == E_OK)
		err = put_slots(db, act, teacher, s == ROUND_OPEN ? SLOT_FAMILIES : SLOT_STAFF, t, n);
	return err == E_OK ? round_event(db, act, "day", 0) : err;
}

enum err round_drop_day(struct db *db, const struct round_act *act, const char *day)
{
	enum err err = round_step(db, act, ROUND_DRAFT, ROUND_DRAFT);

	if (err == E_OK)
		err = db_run_or(db, E_CONFLICT,
				"DELETE FROM conf_day WHERE tenant_id = $1 AND round_id = $2 "
				"AND day = $3",
				"iis", act->tenant, act->round, day);
	return err;
}

enum err round_open(struct db *db, const struct round_act *act, const struct round_time *t,
		    unsigned n)
{
	int64_t teacher = 0, slots = 0, days = 0;
	enum round_state s = ROUND_DRAFT;
	enum err err;

	assert(act->tenant > 0 && n > 0);
	if (n == 0)
		return E_INPUT;
	if (n > ROUND_SLOTS_MAX)
		return E_LIMIT;
	err = round_look(db, act, &s, &teacher, &slots, &days);
	if (err == E_OK)
		err = round_step(db, act, ROUND_DRAFT, ROUND_OPEN);
	if (err == E_OK)
		err = put_slots(db, act, teacher, SLOT_FAMILIES, t, n);
	return err == E_OK ? round_event(db, act, "opened", 0) : err;
}

/* A booking under way touches its slot's row, so it comes wholly before or after this. */
static enum err set_open_to(struct db *db, const struct round_act *act, int64_t open_to)
{
	return db_run(db, NULL,
		      "UPDATE conf_slot SET open_to = $3 WHERE tenant_id = $1 AND round_id = $2",
		      "iii", act->tenant, act->round, open_to);
}

enum err round_turn(struct db *db, const struct round_act *act, enum round_state to)
{
	static const char *const what[] = { [ROUND_OPEN] = "unlocked", [ROUND_LOCKED] = "locked",
					    [ROUND_CLOSED] = "closed" };
	static const int64_t open_to[] = { [ROUND_OPEN] = SLOT_FAMILIES,
					   [ROUND_LOCKED] = SLOT_STAFF,
					   [ROUND_CLOSED] = SLOT_SHUT };
	int64_t teacher = 0, slots = 0, days = 0;
	enum round_state from = ROUND_DRAFT;
	enum err err;

	assert(to == ROUND_OPEN || to == ROUND_LOCKED || to == ROUND_CLOSED);
	err = round_look(db, act, &from, &teacher, &slots, &days);
	if (err != E_OK)
		return err;
	if (from == to || (from != ROUND_OPEN && from != ROUND_LOCKED))
		return E_CONFLICT;
	err = round_step(db, act, from, to);
	if (err == E_OK)
		err = set_open_to(db, act, open_to[to]);
	return err == E_OK ? round_event(db, act, what[to], 0) : err;
}

enum err round_cancel(struct db *db, const struct round_act *act, int64_t seen, const char *reason)
{
	int64_t teacher = 0, slots = 0, days = 0, n = 0;
	enum round_state from = ROUND_DRAFT;
	enum err err = round_look(db, act, &from, &teacher, &slots, &days);

	assert(act->tenant > 0 && reason != NULL);
	if (err != E_OK)
		return err;
	if (from > ROUND_LOCKED)
		return E_CONFLICT;
	err = round_step(db, act, from, ROUND_CANCELLED);
	if (err == E_OK)
		err = set_open_to(db, act, SLOT_SHUT);
	if (err == E_OK)
		err = booking_cancel_all(db, act, reason, &n);
	/* A family that booked after the teacher read the page is not cancelled unseen. */
	if (err == E_OK && n > seen)
		return E_CONFLICT;
	return err == E_OK ? round_event(db, act, "cancelled", 0) : err;
}

enum err round_block(struct db *db, const struct round_act *act, int64_t slot, bool block)
{
	int64_t changed = 0;
	enum err err;

	assert(act->tenant > 0);
	err = db_run(db, &changed,
		     "UPDATE conf_slot SET touched = touched + 1 WHERE tenant_id = $1 AND id = $2 "
		     "AND round_id = $3 AND open_to > 0",
		     "iii", act->tenant, slot, act->round);
	if (err == E_OK && changed == 0)
		return E_CONFLICT;
	if (err == E_OK && block)
		err = db_run(db, NULL,
			     "INSERT INTO conf_hold (tenant_id, slot_id, booking_id) "
			     "VALUES ($1, $2, 0)",
			     "ii", act->tenant, slot);
	else if (err == E_OK)
		err = db_run(db, &changed,
			     "DELETE FROM conf_hold WHERE tenant_id = $1 AND slot_id = $2 "
			     "AND booking_id = 0",
			     "ii", act->tenant, slot);
	if (err == E_OK && changed == 0)
		return E_CONFLICT;
	return err == E_OK ? round_event(db, act, block ? "blocked" : "unblocked", slot) : err;
}
