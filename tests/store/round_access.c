/* Who may know of a round, a slot, a booking: typed from the product's matrix. */
#include "kit/round_world.h"
#include "t.h"

struct look {
	struct actor who;
	enum obj kind;
	int64_t id;
	struct access got;
};

static enum err look_fn(struct db *db, void *arg)
{
	struct look *l = arg;

	return access_check(db, &l->who, NOW, l->kind, l->id, &l->got);
}

static struct access got;

static enum err may(struct account *a, enum door door, int64_t context, enum obj kind, int64_t id)
{
	struct look l = { .who = { .tenant = w.tenant, .person = a->person, .door = door,
				   .context = context }, .kind = kind, .id = id };
	struct fault f = { 0 };
	enum err err = store_read(st, look_fn, &l, &f);

	got = l.got;
	return err;
}

static enum err sql_fn(struct db *db, void *arg)
{
	return db_run(db, NULL, arg, "ii", w.tenant, w.round);
}

static bool run_sql(const char *sql)
{
	struct fault f = { 0 };

	return CHECK_INT(store_write(st, sql_fn, (void *)(uintptr_t)sql, &f), E_OK);
}

TEST(an_open_round_is_the_teachers_and_the_classs_guardians)
{
	NEED(round_world());
	for (int i = 0; i < 2; i++) {
		enum obj kind = i ? OBJ_SLOT : OBJ_ROUND;
		int64_t id = i ? w.slot[0] : w.round;

		CHECK_INT(may(&w.teacher, DOOR_CLASS, w.course, kind, id), E_OK);
		CHECK(got.rel == REL_TEACHES && got.context == w.course);
		CHECK_INT(may(&w.teacher, DOOR_CLASS, w.course2, kind, id), E_MISSING);
		CHECK_INT(may(&w.teacher2, DOOR_CLASS, w.course, kind, id), E_MISSING);
		CHECK_INT(may(&w.mother, DOOR_FAMILY, 0, kind, id), E_OK);
		CHECK(got.rel == REL_GUARDIAN);
		CHECK_INT(may(&w.father, DOOR_FAMILY, 0, kind, id), E_OK);
		CHECK_INT(may(&w.lina, DOOR_STUDENT, w.course, kind, id), E_MISSING);
		CHECK_INT(may(&w.mother, DOOR_CLASS, w.course, kind, id), E_MISSING);
		CHECK_INT(may(&w.teacher, DOOR_FAMILY, w.course, kind, id), E_MISSING);
		CHECK_INT(may(&w.mother, DOOR_ADMIN, 0, kind, id), E_MISSING);
		CHECK_INT(may(&w.mother, DOOR_FAMILY, 0, kind, id + 99999), E_MISSING);
	}
	/* Tomás is in the first class only */
	CHECK_INT(may(&w.other, DOOR_FAMILY, 0, OBJ_ROUND, w.round), E_OK);
	CHECK_INT(may(&w.other, DOOR_FAMILY, 0, OBJ_ROUND, w.round2), E_MISSING);
}

TEST(a_round_that_is_not_open_is_for_those_who_booked)
{
	NEED(round_world());
	CHECK_INT(book(&w.lina, &w.mother, w.slot[0]).err, E_OK);
	NEED(run_sql("UPDATE conf_round SET state = 'locked' WHERE tenant_id = $1 AND id = $2"));
	CHECK_INT(may(&w.mother, DOOR_FAMILY, 0, OBJ_ROUND, w.round), E_OK);
	CHECK_INT(may(&w.father, DOOR_FAMILY, 0, OBJ_ROUND, w.round), E_MISSING);
	CHECK_INT(may(&w.other, DOOR_FAMILY, 0, OBJ_ROUND, w.round), E_MISSING);
	NEED(run_sql("UPDATE conf_round SET state = 'draft' WHERE tenant_id = $1 AND id = $2"));
	CHECK_INT(may(&w.other, DOOR_FAMILY, 0, OBJ_SLOT, w.slot[0]), E_MISSING);
	CHECK_INT(may(&w.teacher, DOOR_CLASS, w.course, OBJ_ROUND, w.round), E_OK);
}

static enum err one_home_fn(struct db *db, void *arg)
{
	enum err err = db_run(db, NULL,
			      "INSERT INTO household_member (tenant_id, child_id, person_id, "
			      "household_id) VALUES ($1, $2, $3, 77)",
			      "iii", w.tenant, w.lina.person, w.mother.person);

	(void)arg;
	if (err == E_OK)
		err = db_run(db, NULL,
			     "INSERT INTO household_member (tenant_id, child_id, person_id, "
			     "household_id) VALUES ($1, $2, $3, 77)",
			     "iii", w.tenant, w.lina.person, w.father.person);
	return err;
}

TEST(a_booking_belongs_to_one_household)
{
	struct deed d, e = { .what = BOOK };
	struct fault f = { 0 };

	NEED(round_world());
	d = book(&w.lina, &w.mother, w.slot[0]);
	NEED(d.err == E_OK);
	CHECK_INT(may(&w.mother, DOOR_FAMILY, 0, OBJ_BOOKING, d.booking), E_OK);
	CHECK(got.child == w.lina.person && got.household == w.mother.person);
	CHECK_INT(may(&w.father, DOOR_FAMILY, 0, OBJ_BOOKING, d.booking), E_MISSING);
	CHECK_INT(may(&w.other, DOOR_FAMILY, 0, OBJ_BOOKING, d.booking), E_MISSING);
	CHECK_INT(may(&w.lina, DOOR_STUDENT, w.course, OBJ_BOOKING, d.booking), E_MISSING);
	CHECK_INT(may(&w.teacher2, DOOR_CLASS, w.course2, OBJ_BOOKING, d.booking), E_MISSING);
	CHECK_INT(may(&w.teacher, DOOR_CLASS, w.course, OBJ_BOOKING, d.booking), E_OK);
	CHECK(got.child == w.lina.person && got.rel == REL_TEACHES);
	/* under one roof both reach what the household booked */
	NEED(store_write(st, one_home_fn, NULL, &f) == E_OK);
	CHECK_INT(may(&w.father, DOOR_FAMILY, 0, OBJ_BOOKING, d.booking), E_MISSING);
	e.ask = ask_for(&w.lina, &w.mother, w.round, w.slot[1]);
	e.ask.household = 77;
	CHECK_INT(run_deed(&e), E_OK);
	CHECK_INT(may(&w.father, DOOR_FAMILY, 0, OBJ_BOOKING, e.booking), E_OK);
	CHECK(got.household == 77);
}

static enum err forbid_fn(struct db *db, void *arg)
{
	struct account *who = arg;

	return prohibition_add(db, w.tenant, w.lina.person, who->person, "office", 1, NOW);
}

TEST(a_prohibition_closes_it_through_every_role)
{
	struct fault f = { 0 };
	struct deed d;

	NEED(round_world());
	d = book(&w.lina, &w.father, w.slot[0]);
	NEED(d.err == E_OK);
	NEED(store_write(st, forbid_fn, &w.father, &f) == E_OK);
	CHECK_INT(may(&w.father, DOOR_FAMILY, 0, OBJ_BOOKING, d.booking), E_MISSING);
	CHECK_INT(may(&w.father, DOOR_FAMILY, 0, OBJ_ROUND, w.round), E_MISSING);
	CHECK_INT(may(&w.father, DOOR_FAMILY, 0, OBJ_SLOT, w.slot[0]), E_MISSING);
	NEED(store_write(st, forbid_fn, &w.teacher, &f) == E_OK);
	CHECK_INT(may(&w.teacher, DOOR_CLASS, w.course, OBJ_BOOKING, d.booking), E_MISSING);
}

TEST(a_child_that_left_the_class_takes_its_booking_along)
{
	struct deed d;

	NEED(round_world());
	d = book(&w.lina, &w.mother, w.slot[0]);
	NEED(d.err == E_OK);
	NEED(run_sql("UPDATE member SET gone_at = 1 WHERE tenant_id = $1 AND role = 'pupil' "
		     "AND $2 = $2"));
	CHECK_INT(may(&w.teacher, DOOR_CLASS, w.course, OBJ_BOOKING, d.booking), E_MISSING);
	CHECK_INT(may(&w.mother, DOOR_FAMILY, 0, OBJ_BOOKING, d.booking), E_OK);
	CHECK_INT(may(&w.mother, DOOR_FAMILY, 0, OBJ_ROUND, w.round), E_MISSING);
}
