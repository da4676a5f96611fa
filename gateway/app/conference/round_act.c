/* What the teacher does with a round; a conflict shows it as it is now. */
#include <inttypes.h>

#include "base/magic.h"
#include "conference.h"
#include "store/audit.h"
#include "words.h"

struct deed {
	struct req *r;
	struct round v;
	struct round_day *day;
	unsigned n_day;
	struct round_day more;
	struct round_time *t;
	unsigned n;
	struct round_act act;
	enum round_state to;
	int64_t slot, seen;
	bool block;
	const char *reason, *audit;
	enum err (*fn)(struct db *db, struct deed *a);
};

static enum err deed_fn(struct db *db, void *arg)
{
	struct deed *a = arg;
	struct req *r = a->r;
	enum err err = a->fn(db, a);

	return err == E_OK ? audit_by(db, &r->who, r->now_ms, a->audit, 0, r->obj[0].id) : err;
}

static enum err load_fn(struct db *db, void *arg)
{
	struct deed *a = arg;
	struct req *r = a->r;
	enum err err = round_load(db, &r->a, r->who.tenant, r->obj[0].id, &a->v);

	return err == E_OK ? round_days(db, &r->a, r->who.tenant, a->v.id, &a->day, &a->n_day) : err;
}

static void deed_begin(struct deed *a, struct req *r, int64_t rev, const char *audit)
{
	a->r = r;
	a->audit = audit;
	a->act = (struct round_act){ .tenant = r->who.tenant, .round = r->obj[0].id,
				     .who = r->who.person, .now_ms = r->now_ms, .rev = rev };
}

/* Conflicts show the round as it is now; everything else is the pipeline's. */
static enum err deed_run(struct deed *a, enum msg done)
{
	struct req *r = a->r;
	enum err err = store_write(r->gw->store, deed_fn, a, &r->fault);

	if (err == E_CONFLICT) {
		fault_clear(&r->fault);
		r->form.def = NULL;
		return round_draw(r, loc_str(r->loc, MSG_conference_round_changed));
	}
	return err == E_OK ? reply_done(r, done, "/conferences/round/%" PRId64, r->obj[0].id) : err;
}

static enum err do_add_day(struct db *db, struct deed *a)
{
	return round_add_day(db, &a->act, &a->more, a->t, a->n);
}

/* A day that is there, too many days or slots, hours that hold no time. */
static enum err day_problem(struct deed *a, bool draft)
{
	struct form *f = &a->r->form;
	unsigned n = 0;
	enum err err;

	if (f->v[DF_BREAK_FROM].present != f->v[DF_BREAK_TO].present)
		form_mark(f, DF_BREAK_TO, FORM_CLASH);
	for (unsigned i = 0; i < a->n_day; i++)
		if (str_eq(a->day[i].day, a->more.day))
			form_mark(f, DF_DAY, FORM_CLASH);
	if (a->n_day >= ROUND_DAYS_MAX)
		form_mark(f, DF_DAY, FORM_OUT_OF_RANGE);
	if (f->bad > 0)
		return E_OK;
	err = times_make(&a->r->a, &a->v, &a->more, 1, &a->t, &n);
	if (err == E_INPUT)
		form_mark(f, f->v[DF_BREAK_TO].present ? DF_BREAK_TO : DF_TO, FORM_CLASH);
	else if (err == E_LIMIT || (err == E_OK && (n == 0 || a->v.slots + n > ROUND_SLOTS_MAX)))
		form_mark(f, DF_TO, FORM_CLASH);
	else if (err != E_OK)
		return err;
	a->n = draft ? 0 : n;
	return E_OK;
}

enum err round_day_post(struct req *r)
{
	const struct form_val *f = r->form.v;
	struct deed a = { .fn = do_add_day };
	enum err err;

	assert(r->obj[0].kind == OBJ_ROUND);
	assert(r->who.door == DOOR_CLASS);
	deed_begin(&a, r, f[DF_REV].num, "conference.day");
	err = store_read(r->gw->store, load_fn, &a, &r->fault);
	if (err != E_OK)
		return err;
	a.more = (struct round_day){ f[DF_DAY].text, (int)f[DF_FROM].num, (int)f[DF_TO].num,
				     (int)f[DF_BREAK_FROM].num, (int)f[DF_BREAK_TO].num };
	err = day_problem(&a, a.v.state == ROUND_DRAFT);
	if (err != E_OK)
		return err;
	return r->form.bad > 0 ? round_page(r) : deed_run(&a, MSG_done_conference_day);
}

static enum err do_drop(struct db *db, struct deed *a)
{
	return round_drop_day(db, &a->act, a->more.day);
}

enum err round_drop_post(struct req *r)
{
	struct deed a = { .fn = do_drop, .more = { .day = r->form.v[1].text } };

	assert(r->obj[0].kind == OBJ_ROUND);
	assert(r->who.door == DOOR_CLASS);
	deed_begin(&a, r, r->form.v[0].num, "conference.day");
	return deed_run(&a, MSG_done_conference_changed);
}

static enum err do_open(struct db *db, struct deed *a)
{
	return round_open(db, &a->act, a->t, a->n);
}

enum err round_open_post(struct req *r)
{
	struct deed a = { .fn = do_open };
	enum err err;

	assert(r->obj[0].kind == OBJ_ROUND);
	assert(r->who.door == DOOR_CLASS);
	deed_begin(&a, r, r->form.v[0].num, "conference.open");
	err = store_read(r->gw->store, load_fn, &a, &r->fault);
	if (err == E_OK)
		err = times_make(&r->a, &a.v, a.day, a.n_day, &a.t, &a.n);
	if (err == E_INPUT || err == E_LIMIT || (err == E_OK && a.n == 0)) {
		r->form.def = NULL;
		return round_draw(r, loc_str(r->loc, MSG_conference_no_times_yet));
	}
	return err == E_OK ? deed_run(&a, MSG_done_conference_opened) : err;
}

static enum err do_turn(struct db *db, struct deed *a)
{
	return round_turn(db, &a->act, a->to);
}

enum err round_turn_post(struct req *r)
{
	bool lock = r->form.v[1].num == 0;
	struct deed a = { .fn = do_turn, .to = lock ? ROUND_LOCKED : ROUND_OPEN };

	assert(r->obj[0].kind == OBJ_ROUND);
	assert(r->who.door == DOOR_CLASS);
	deed_begin(&a, r, r->form.v[0].num, lock ? "conference.lock" : "conference.unlock");
	return deed_run(&a, lock ? MSG_done_conference_locked : MSG_done_conference_unlocked);
}

static enum err do_block(struct db *db, struct deed *a)
{
	return round_block(db, &a->act, a->slot, a->block);
}

enum err round_block_post(struct req *r)
{
	bool block = r->form.v[0].present;
	struct deed a = { .fn = do_block, .block = block, .slot = r->form.v[block ? 0 : 1].num };

	assert(r->obj[0].kind == OBJ_ROUND);
	assert(r->who.door == DOOR_CLASS);
	deed_begin(&a, r, 0, block ? "conference.block" : "conference.unblock");
	return deed_run(&a, block ? MSG_done_conference_blocked : MSG_done_conference_unblocked);
}
