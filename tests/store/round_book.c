/* Booking, moving and cancelling a conference, step by step, on both engines. */
#include "kit/round_world.h"
#include "store/admin_people.h"
#include "store/grant.h"
#include "t.h"

static enum booking_why why(struct booking_ask ask, int64_t booking);

struct why_arg {
	struct booking_ask ask;
	int64_t booking;
	enum booking_why got;
};

static enum err why_fn(struct db *db, void *arg)
{
	struct why_arg *a = arg;

	return booking_why(db, &a->ask, a->booking, &a->got);
}

static enum booking_why why(struct booking_ask ask, int64_t booking)
{
	struct why_arg a = { ask, booking, BOOKING_FINE };
	struct fault f = { 0 };

	CHECK_INT(store_read(st, why_fn, &a, &f), E_OK);
	return a.got;
}

static struct booking now_is;

static enum err load_fn(struct db *db, void *arg)
{
	return booking_load(db, &mem, w.tenant, *(int64_t *)arg, NOW, &now_is);
}

static enum err load(int64_t id)
{
	struct fault f = { 0 };

	return store_read(st, load_fn, &id, &f);
}

TEST(a_family_books_and_both_see_it)
{
	struct deed d;

	NEED(round_world());
	d = book(&w.lina, &w.mother, w.slot[2]);
	CHECK_INT(d.err, E_OK);
	CHECK(!d.again);
	NEED(load(d.booking) == E_OK);
	CHECK_STR(now_is.child_name, "Lina Haddad");
	CHECK_STR(now_is.guardian_name, "Rima Haddad");
	CHECK_STR(now_is.teacher_name, "Mr Haile");
	CHECK_INT(now_is.starts_at, EVENING + 40 * MINUTE);
	CHECK(!now_is.cancelled && !now_is.office_first && !now_is.left_class);
	books_balance();
}

TEST(one_slot_one_family)
{
	struct deed d;

	NEED(round_world());
	CHECK_INT(book(&w.lina, &w.mother, w.slot[0]).err, E_OK);
	d = book(&w.tomas, &w.other, w.slot[0]);
	CHECK_INT(d.err, E_CONFLICT);
	CHECK_INT(why(d.ask, 0), BOOKING_TAKEN);
	/* the other household of the same child is just another family */
	d = book(&w.lina, &w.father, w.slot[0]);
	CHECK_INT(d.err, E_CONFLICT);
	CHECK_INT(why(d.ask, 0), BOOKING_TAKEN);
	CHECK_INT(book(&w.lina, &w.father, w.slot[1]).err, E_OK);
	books_balance();
}

TEST(a_second_tap_answers_the_same_booking)
{
	struct deed a, b;

	NEED(round_world());
	a = book(&w.lina, &w.mother, w.slot[0]);
	b = book(&w.lina, &w.mother, w.slot[0]);
	CHECK_INT(b.err, E_OK);
	CHECK(b.again && b.booking == a.booking);
	b = book(&w.lina, &w.mother, w.slot[1]);
	CHECK_INT(b.err, E_CONFLICT);
	CHECK_INT(why(b.ask, 0), BOOKING_HAVE_ONE);
	CHECK_INT(test_count(st, "SELECT COUNT(*) FROM conf_event WHERE what = 'booked'"), 1 + 3);
	books_balance();
}

TEST(siblings_conferences_may_not_overlap)
{
	struct deed d = { .what = BOOK };

	NEED(round_world());
	CHECK_INT(book(&w.lina, &w.mother, w.slot[1]).err, E_OK);
	/* the other teacher's slots are seven minutes later: 0 and 1 both touch slot 1 */
	d.ask = ask_for(&w.sami, &w.mother, w.round2, w.slot2[1]);
	CHECK_INT(run_deed(&d), E_CONFLICT);
	CHECK_INT(why(d.ask, 0), BOOKING_YOU_BUSY);
	d.ask.slot = w.slot2[0];
	CHECK_INT(run_deed(&d), E_CONFLICT);
	d.ask.slot = w.slot2[2];
	CHECK_INT(run_deed(&d), E_OK);
	/* the father is free then: his household knows nothing of hers */
	d.ask = ask_for(&w.sami, &w.father, w.round2, w.slot2[1]);
	CHECK_INT(run_deed(&d), E_OK);
	books_balance();
}

TEST(moving_takes_the_new_time_and_frees_the_old)
{
	struct deed d;

	NEED(round_world());
	d = book(&w.lina, &w.mother, w.slot[0]);
	NEED(load(d.booking) == E_OK);
	int64_t seq = now_is.seq;

	CHECK_INT(book(&w.tomas, &w.other, w.slot[1]).err, E_OK);
	d.what = MOVE;
	d.ask.slot = w.slot[1];
	CHECK_INT(run_deed(&d), E_CONFLICT);
	CHECK_INT(why(d.ask, d.booking), BOOKING_TAKEN);
	NEED(load(d.booking) == E_OK);
	CHECK_INT(now_is.slot, w.slot[0]);	/* a lost move loses nothing */
	d.ask.slot = w.slot[4];
	CHECK_INT(run_deed(&d), E_OK);
	NEED(load(d.booking) == E_OK);
	CHECK_INT(now_is.slot, w.slot[4]);
	CHECK(now_is.seq > seq);
	CHECK_INT(book(&w.lina, &w.father, w.slot[0]).err, E_OK);
	books_balance();
}

TEST(cancelling_frees_and_booking_again_keeps_the_row)
{
	struct deed d, e;

	NEED(round_world());
	d = book(&w.lina, &w.mother, w.slot[0]);
	d.what = CANCEL;
	CHECK_INT(run_deed(&d), E_OK);
	CHECK_INT(run_deed(&d), E_CONFLICT);
	CHECK_INT(why(d.ask, d.booking), BOOKING_CHANGED);
	NEED(load(d.booking) == E_OK);
	CHECK(now_is.cancelled && !now_is.by_school);
	CHECK_INT(book(&w.tomas, &w.other, w.slot[0]).err, E_OK);
	e = book(&w.lina, &w.mother, w.slot[3]);
	CHECK_INT(e.err, E_OK);
	CHECK_INT(e.booking, d.booking);
	NEED(load(e.booking) == E_OK);
	CHECK(!now_is.cancelled && now_is.seq == 3 + 2);
	books_balance();
}

TEST(notice_time_binds_families_and_not_the_teacher)
{
	struct deed d = { .what = BOOK };

	NEED(round_world());
	d.ask = ask_for(&w.lina, &w.mother, w.round, w.slot[0]);
	d.ask.now_ms = EVENING - 12 * HOUR;
	CHECK_INT(run_deed(&d), E_CONFLICT);
	CHECK_INT(why(d.ask, 0), BOOKING_TOO_LATE);
	d.ask.now_ms--;
	CHECK_INT(run_deed(&d), E_OK);
	d.ask.now_ms++;
	d.what = CANCEL;
	CHECK_INT(run_deed(&d), E_CONFLICT);
	CHECK_INT(why(d.ask, d.booking), BOOKING_TOO_LATE);
	d.what = MOVE;
	d.ask.slot = w.slot[5];
	CHECK_INT(run_deed(&d), E_CONFLICT);
	d.ask.staff = true;
	d.ask.by = w.teacher.person;
	CHECK_INT(run_deed(&d), E_OK);
	books_balance();
}

TEST(booking_times_bind_families)
{
	struct deed d = { .what = BOOK };

	NEED(round_world());
	d.ask = ask_for(&w.lina, &w.mother, w.round, w.slot[0]);
	d.ask.now_ms = NOW - 2 * HOUR;
	CHECK_INT(run_deed(&d), E_CONFLICT);
	CHECK_INT(why(d.ask, 0), BOOKING_NOT_OPEN);
	d.ask.now_ms = NOW;
	d.ask.mode = ROUND_VIDEO;	/* not offered */
	CHECK_INT(run_deed(&d), E_INPUT);
	d.ask.mode = ROUND_PHONE;
	CHECK_INT(run_deed(&d), E_OK);
}

TEST(only_pupils_of_the_class_and_only_slots_of_the_round)
{
	struct deed d = { .what = BOOK };

	NEED(round_world());
	d.ask = ask_for(&w.sami, &w.mother, w.round, w.slot[0]);
	CHECK_INT(run_deed(&d), E_MISSING);
	d.ask = ask_for(&w.lina, &w.mother, w.round, w.slot2[0]);
	CHECK_INT(run_deed(&d), E_MISSING);
	d.ask = ask_for(&w.lina, &w.mother, w.round, w.slot[0] + 99999);
	CHECK_INT(run_deed(&d), E_MISSING);
	books_balance();
}

TEST(a_blocked_slot_is_like_a_taken_one)
{
	struct deed d = { .what = BLOCK };

	NEED(round_world());
	d.ask = (struct booking_ask){ .round = w.round, .slot = w.slot[0], .by = w.teacher.person,
				      .now_ms = NOW };
	CHECK_INT(run_deed(&d), E_OK);
	CHECK_INT(run_deed(&d), E_CONFLICT);
	CHECK_INT(book(&w.lina, &w.mother, w.slot[0]).err, E_CONFLICT);
	CHECK_INT(why(ask_for(&w.lina, &w.mother, w.round, w.slot[0]), 0), BOOKING_TAKEN);
	d.what = UNBLOCK;
	CHECK_INT(run_deed(&d), E_OK);
	CHECK_INT(run_deed(&d), E_CONFLICT);
	CHECK_INT(book(&w.lina, &w.mother, w.slot[0]).err, E_OK);
	/* a booking is not a block: unblocking frees nothing */
	CHECK_INT(run_deed(&d), E_CONFLICT);
	d.what = BLOCK;
	CHECK_INT(run_deed(&d), E_CONFLICT);
	books_balance();
}

TEST(a_locked_round_is_the_teachers_alone)
{
	struct deed d = { .what = LOCK, .rev = 3 }, b;

	NEED(round_world());
	b = book(&w.lina, &w.mother, w.slot[0]);
	d.ask = (struct booking_ask){ .round = w.round, .by = w.teacher.person, .now_ms = NOW };
	CHECK_INT(run_deed(&d), E_OK);
	CHECK_INT(run_deed(&d), E_CONFLICT);
	b = book(&w.tomas, &w.other, w.slot[1]);
	CHECK_INT(b.err, E_CONFLICT);
	CHECK_INT(why(b.ask, 0), BOOKING_NOT_OPEN);
	b.ask.staff = true;
	b.ask.channel = "phone";
	b.ask.by = w.teacher.person;
	CHECK_INT(run_deed(&b), E_OK);
	books_balance();
}

TEST(cancelling_a_round_shows_every_booking_first)
{
	struct deed d = { .what = CANCEL_ROUND, .rev = 3, .seen = 1 }, a, b;

	NEED(round_world());
	a = book(&w.lina, &w.mother, w.slot[0]);
	b = book(&w.tomas, &w.other, w.slot[1]);
	d.ask = (struct booking_ask){ .round = w.round, .by = w.teacher.person, .now_ms = NOW };
	CHECK_INT(run_deed(&d), E_CONFLICT);	/* one more than the teacher saw */
	NEED(load(a.booking) == E_OK);
	CHECK(!now_is.cancelled);
	d.seen = 2;
	CHECK_INT(run_deed(&d), E_OK);
	NEED(load(b.booking) == E_OK);
	CHECK(now_is.cancelled && now_is.by_school && !now_is.seen);
	CHECK_STR(now_is.reason, "ill");
	books_balance();
}

struct list_arg {
	int64_t guardian, child, household, now;
	struct round r;
	struct slot_view *v;
	struct round *rounds;
	struct round_child *kids;
	unsigned n, nrounds, nkids;
};

static enum err free_fn(struct db *db, void *arg)
{
	struct list_arg *l = arg;
	enum err err = round_load(db, &mem, w.tenant, w.round, &l->r);

	if (err == E_OK)
		err = booking_free(db, &mem, &l->r, l->guardian, l->now, &l->v, &l->n);
	if (err == E_OK && l->child != 0)
		err = booking_rounds(db, &mem, w.tenant, l->child, l->household, l->now, &l->rounds,
				     &l->nrounds);
	if (err == E_OK)
		err = round_not_booked(db, &mem, &l->r, &l->kids, &l->nkids);
	return err;
}

static struct list_arg lists(struct account *guardian, struct account *child)
{
	struct list_arg l = { .guardian = guardian ? guardian->person : 0, .now = NOW };
	struct fault f = { 0 };

	if (child != NULL) {
		l.child = child->person;
		l.household = guardian->person;
	}
	if (!CHECK_INT(store_read(st, free_fn, &l, &f), E_OK))
		printf("# %s\n", f.text);
	return l;
}

TEST(free_times_leave_out_every_reason_alike)
{
	struct deed d = { .what = BOOK };
	struct list_arg l;

	NEED(round_world());
	CHECK_INT(lists(&w.mother, &w.lina).n, SLOTS);
	CHECK_INT(lists(&w.mother, &w.lina).nkids, 2);
	CHECK_INT(book(&w.tomas, &w.other, w.slot[3]).err, E_OK);
	d.what = BLOCK;
	d.ask = (struct booking_ask){ .round = w.round, .slot = w.slot[4], .by = w.teacher.person,
				      .now_ms = NOW };
	CHECK_INT(run_deed(&d), E_OK);
	/* the mother is with Sami's teacher during slots 0 and 1 */
	d.what = BOOK;
	d.ask = ask_for(&w.sami, &w.mother, w.round2, w.slot2[0]);
	CHECK_INT(run_deed(&d), E_OK);
	l = lists(&w.mother, &w.lina);
	CHECK_INT(l.n, 2);
	CHECK(l.n == 2 && l.v[0].slot == w.slot[2] && l.v[1].slot == w.slot[5]);
	CHECK_INT(lists(&w.father, &w.lina).n, 4);
	CHECK_INT(lists(NULL, NULL).n, 4);
	CHECK_INT(l.nkids, 1);
	CHECK(l.nkids == 1 && l.kids[0].child == w.lina.person);
	CHECK_INT(l.nrounds, 2);		/* Lina is a pupil of both classes */
	CHECK_INT(lists(&w.mother, &w.sami).nrounds, 1);
	CHECK_INT(lists(&w.other, &w.tomas).nrounds, 1);
}

struct order_arg {
	struct round r;
	struct slot_view *v;
	struct round_child *kin;
	unsigned n, nkin;
};

static enum err order_fn(struct db *db, void *arg)
{
	struct order_arg *o = arg;
	enum err err = round_load(db, &mem, w.tenant, w.round, &o->r);

	if (err == E_OK)
		err = booking_order(db, &mem, &o->r, NOW, &o->v, &o->n);
	if (err == E_OK)
		err = round_families(db, &mem, &o->r, w.lina.person, NOW, &o->kin, &o->nkin);
	return err;
}

static enum err forbid_fn(struct db *db, void *arg)
{
	enum err err = db_run(db, NULL,
			      "UPDATE family_link SET state = 'confirmed' WHERE tenant_id = $1 "
			      "AND guardian_id = $2",
			      "ii", w.tenant, w.mother.person);

	(void)arg;
	if (err != E_OK)
		return err;
	return prohibition_add(db, w.tenant, w.lina.person, w.father.person, "office", 1, NOW);
}

TEST(the_running_order_has_every_slot_and_flags_what_the_office_knows)
{
	struct order_arg o = { 0 };
	struct fault f = { 0 };

	NEED(round_world());
	book(&w.lina, &w.father, w.slot[1]);
	book(&w.lina, &w.mother, w.slot[0]);
	book(&w.tomas, &w.other, w.slot[5]);
	CHECK_INT(store_read(st, order_fn, &o, &f), E_OK);
	CHECK_INT(o.n, SLOTS);
	CHECK_INT(o.nkin, 2);
	NEED(o.n == SLOTS && o.v[0].booking && o.v[1].booking && o.v[5].booking);
	CHECK_STR(o.v[0].booking->guardian_name, "Rima Haddad");
	CHECK_STR(o.v[1].booking->guardian_name, "Karim Haddad");
	CHECK(o.v[2].booking == NULL && !o.v[1].booking->office_first);
	CHECK_INT(o.r.booked, 3);
	NEED(store_write(st, forbid_fn, NULL, &f) == E_OK);
	CHECK_INT(store_read(st, order_fn, &o, &f), E_OK);
	NEED(o.n == SLOTS && o.v[0].booking && o.v[1].booking);
	CHECK(o.v[1].booking->office_first && !o.v[0].booking->office_first);
	/* a prohibited guardian cannot be booked for */
	CHECK(o.nkin == 1 && o.kin[0].guardian == w.mother.person);
}

static enum err erase_fn(struct db *db, void *arg)
{
	(void)arg;
	return booking_erase(db, w.tenant, w.lina.person);
}

struct export_arg {
	int64_t household;
	struct buf json;
};

static enum err export_fn(struct db *db, void *arg)
{
	struct export_arg *e = arg;

	buf_reset(&e->json);
	return booking_export(db, w.tenant, w.lina.person, e->household, &e->json);
}

TEST(export_is_the_households_own_and_erasure_leaves_nothing)
{
	struct export_arg e = { .json = BUF_INIT(1 << 16) };
	struct fault f = { 0 };
	struct deed d = { .what = BOOK };

	NEED(round_world());
	d.ask = ask_for(&w.lina, &w.mother, w.round, w.slot[0]);
	d.ask.topic = "CANARYmother";
	CHECK_INT(run_deed(&d), E_OK);
	d.ask = ask_for(&w.lina, &w.father, w.round, w.slot[1]);
	d.ask.topic = "CANARYfather";
	CHECK_INT(run_deed(&d), E_OK);
	e.household = w.mother.person;
	CHECK_INT(store_read(st, export_fn, &e, &f), E_OK);
	CHECK(strstr(e.json.p, "CANARYmother") != NULL && strstr(e.json.p, "CANARYfather") == NULL);
	e.household = 0;
	CHECK_INT(store_read(st, export_fn, &e, &f), E_OK);
	CHECK(strstr(e.json.p, "CANARYmother") != NULL && strstr(e.json.p, "CANARYfather") != NULL);
	buf_release(&e.json);
	CHECK_INT(store_write(st, erase_fn, NULL, &f), E_OK);
	CHECK_INT(test_count(st, "SELECT COUNT(*) FROM conf_booking WHERE topic <> ''"), 0);
	CHECK_INT(book(&w.tomas, &w.other, w.slot[0]).err, E_OK);
	books_balance();
}

/* ---- a prohibition that comes after the booking ------------------------------------ */

struct office_ban {
	int64_t person, from_at;
	enum err err;
};

static enum err office_fn(struct db *db, void *arg)
{
	struct office_ban *o = arg;
	struct actor who = { .tenant = w.tenant, .person = w.teacher2.person, .door = DOOR_ADMIN,
			     .grants = GRANT_DISTRICT };
	int64_t id;
	struct staff_grant g = { .person = who.person, .bits = GRANT_DISTRICT };
	enum err err = grant_add(db, w.tenant, &g, 0, NOW, &id);

	return err == E_OK ? prohibit(db, &who, NOW, w.lina.person, o->person, o->from_at, 0) : err;
}

static enum err sweep_fn(struct db *db, void *arg)
{
	unsigned n = 0;
	enum err err = booking_end_forbidden(db, w.tenant, *(int64_t *)arg, &n);

	return err == E_OK && n == 0 ? E_MISSING : err;
}

static int64_t standing(void)
{
	return test_count(st, "SELECT COUNT(*) FROM conf_booking WHERE state = 'confirmed'");
}

static int64_t told_why(void)
{
	return test_count(st, "SELECT COUNT(*) FROM conf_booking WHERE state = 'cancelled' "
			  "AND (reason <> '' OR cancelled_by <> 'school')");
}

static int64_t held_for_nobody(void)
{
	return test_count(st, "SELECT COUNT(*) FROM conf_hold h WHERE NOT EXISTS (SELECT 1 "
			  "FROM conf_booking b WHERE b.tenant_id = h.tenant_id "
			  "AND b.id = h.booking_id AND b.state = 'confirmed')");
}

TEST(a_later_prohibition_frees_the_guardians_time_at_once_and_says_no_reason)
{
	struct office_ban o = { .person = 0 };
	int64_t before, odd, now = NOW;

	NEED(round_world());
	before = standing();
	odd = told_why() + held_for_nobody();
	NEED(book(&w.lina, &w.father, w.slot[1]).err == E_OK);
	NEED(book(&w.tomas, &w.other, w.slot[2]).err == E_OK);
	NEED(book(&w.lina, &w.mother, w.slot[0]).err == E_OK);
	o.person = w.father.person;
	CHECK_INT(store_write(st, office_fn, &o, NULL), E_OK);
	/* his for Lina is gone; hers for Lina and another family's stand */
	CHECK_INT(standing(), before + 2);
	/* the time is anybody's, and he may not have it again */
	CHECK_INT(told_why() + held_for_nobody(), odd);
	CHECK_INT(store_write(st, sweep_fn, &now, NULL), E_MISSING);
	CHECK(books_balance());
}

TEST(a_prohibition_frees_the_teachers_appointment_and_one_that_starts_later_by_the_clock)
{
	struct office_ban o = { .from_at = NOW + 5000 };
	int64_t before, now = NOW + 4000;

	NEED(round_world());
	before = standing();
	NEED(book(&w.lina, &w.mother, w.slot[0]).err == E_OK);
	o.person = w.teacher.person;
	CHECK_INT(store_write(st, office_fn, &o, NULL), E_OK);
	CHECK_INT(standing(), before + 1);
	CHECK_INT(store_write(st, sweep_fn, &now, NULL), E_MISSING);
	now = NOW + 5000;
	CHECK_INT(store_write(st, sweep_fn, &now, NULL), E_OK);
	CHECK_INT(standing(), before);
	CHECK(books_balance());
}
