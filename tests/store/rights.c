/*
 * The day on which rights pass to the student (PRODUCT 0.8): to the millisecond of that
 * midnight every guardian loses every object, and the student has a household of their
 * own, which meets nothing of what the others wrote. Typed from the product's text.
 */
#include "kit/round_world.h"
#include "gw/i18n.h"
#include "store/access.h"
#include "store/agreement.h"
#include "store/goal.h"
#include "store/people.h"
#include "store/note.h"
#include "store/roll.h"
#include "t.h"

#define DAY (24 * 3600 * 1000LL)
#define MIDNIGHT (NOW + 10 * DAY)

enum { CHILD, SCHOOL_GOAL, HOME_GOAL, SCHOOL_NOTE, HOME_NOTE, AGREEMENT, BOOKING, ROUND, N_OBJECTS };

static const enum obj kind_of[N_OBJECTS] = { OBJ_CHILD, OBJ_GOAL, OBJ_GOAL, OBJ_NOTE, OBJ_NOTE,
					     OBJ_AGREEMENT, OBJ_BOOKING, OBJ_ROUND };
static int64_t object[N_OBJECTS];

static struct actor as(struct account *a, enum door door)
{
	return (struct actor){ .tenant = w.tenant, .person = a->person, .door = door,
			       .context = door == DOOR_FAMILY ? 0 : w.course };
}

/* What one person writes about Lina: a goal, a note, an agreement. */
struct writing {
	struct actor who;
	int64_t now, with, goal, note, agreement;
};

static enum err write_fn(struct db *db, void *arg)
{
	struct writing *x = arg;
	struct access acc = { 0 };
	struct note_by nb = { &x->who, &acc, x->now };
	struct agreement_by ab = { &x->who, &acc, x->now };
	struct note_to to = { .context = w.course };
	bool home = x->who.door == DOOR_FAMILY;
	struct goal_words g = { .words = "goal", .home_step = home ? "step" : "",
				.school_step = home ? "" : "step", .measure = "",
				.school_only = home, .only_household = home, .start_day = 100,
				.review_day = 200 };
	struct agreement_words words = { "expect", "school", "home", "", "2026-03-01" };
	struct goal_who gw;
	enum err err = access_child(db, &x->who, x->now, w.lina.person, &acc);

	if (err != E_OK)
		return err;
	gw = goal_who(&x->who, &acc, x->now);
	err = goal_propose(db, &gw, w.lina.person, &g, &x->goal);
	if (err == E_OK)
		err = note_write(db, &nb, &to, false, "note", &x->note);
	if (err == E_OK)
		err = agreement_create(db, &ab, x->with, &words, true, &x->agreement);
	return err;
}

static enum err writes(struct writing *x)
{
	struct fault f = { 0 };
	enum err err = store_write(st, write_fn, x, &f);

	if (err != E_OK && err != E_MISSING && err != E_INPUT)
		printf("# %s\n", f.text);
	return err;
}

static enum err agree_fn(struct db *db, void *arg)
{
	struct actor who = as(&w.mother, DOOR_FAMILY);
	struct access acc = { 0 };
	struct agreement_by by = { &who, &acc, NOW };
	enum err err = access_check(db, &who, NOW, OBJ_AGREEMENT, object[AGREEMENT], &acc);

	(void)arg;
	return err == E_OK ? agreement_agree(db, &by, object[AGREEMENT], 1) : err;
}

/* As the office enters it; 0 takes it back. */
static enum err set_rights(struct db *db, void *arg)
{
	return db_run(db, NULL, "UPDATE person SET rights_day = '2025-12-04', rights_at = $3 "
		      "WHERE tenant_id = $1 AND id = $2", "iii", w.tenant, w.lina.person,
		      *(int64_t *)arg);
}

/* One of everything about Lina, by school and by her mother's home. */
static bool world(void)
{
	struct writing school = { .now = NOW }, home = { .now = NOW };
	int64_t at = MIDNIGHT;

	if (!round_world())
		return false;
	school.who = as(&w.teacher, DOOR_CLASS);
	school.with = w.mother.person;
	home.who = as(&w.mother, DOOR_FAMILY);
	home.with = w.course;
	if (!CHECK_INT(writes(&school), E_OK) || !CHECK_INT(writes(&home), E_OK))
		return false;
	if (!CHECK_INT(book(&w.lina, &w.mother, w.slot[0]).err, E_OK))
		return false;
	object[CHILD] = w.lina.person;
	object[SCHOOL_GOAL] = school.goal;
	object[HOME_GOAL] = home.goal;
	object[SCHOOL_NOTE] = school.note;
	object[HOME_NOTE] = home.note;
	object[AGREEMENT] = school.agreement;
	object[ROUND] = w.round;
	object[BOOKING] = test_count(st, "SELECT MAX(id) FROM conf_booking");
	return CHECK_INT(store_write(st, agree_fn, NULL, NULL), E_OK) &&
	       CHECK_INT(store_write(st, set_rights, &at, NULL), E_OK);
}

struct look {
	struct actor who;
	int64_t now;
	char seen[N_OBJECTS + 1];
	struct family_child *child;
	unsigned n_child;
	struct standing standing;
};

/* A letter for each object: y, or a dot for what is as if it did not exist. */
static enum err look_fn(struct db *db, void *arg)
{
	struct look *l = arg;
	struct access acc;

	for (unsigned i = 0; i < N_OBJECTS; i++) {
		enum err err = access_check(db, &l->who, l->now, kind_of[i], object[i], &acc);

		if (err != E_OK && err != E_MISSING)
			return err;
		if (err == E_OK && acc.read_only)
			return E_DENIED;
		l->seen[i] = err == E_OK ? 'y' : '.';
		if (err == E_OK && l->who.door == DOOR_FAMILY && i != ROUND)
			CHECK_INT(acc.household, l->who.person);
	}
	l->seen[N_OBJECTS] = '\0';
	return E_OK;
}

static const char *sees(struct account *a, enum door door, int64_t now)
{
	static struct look l;

	l = (struct look){ .who = as(a, door), .now = now };
	CHECK_INT(store_read(st, look_fn, &l, NULL), E_OK);
	return l.seen;
}

/* child, school's goal, home's goal, school's note, home's note, agreement, booking, round */
TEST(on_that_midnight_guardians_lose_everything_and_the_student_has_a_household)
{
	NEED(world());
	for (int64_t now = MIDNIGHT - 1; now < MIDNIGHT; now++) {
		CHECK_STR(sees(&w.mother, DOOR_FAMILY, now), "yyyyyyyy");
		CHECK_STR(sees(&w.father, DOOR_FAMILY, now), "yy.y...y");
		CHECK_STR(sees(&w.lina, DOOR_FAMILY, now), "........");
		CHECK_STR(sees(&w.teacher, DOOR_CLASS, now), "yyyyyyyy");
	}
	for (int64_t now = MIDNIGHT; now < MIDNIGHT + 3 * DAY; now += DAY) {
		CHECK_STR(sees(&w.mother, DOOR_FAMILY, now), "........");
		CHECK_STR(sees(&w.father, DOOR_FAMILY, now), "........");
		CHECK_STR(sees(&w.lina, DOOR_FAMILY, now), "yy.y...y");
		CHECK_STR(sees(&w.teacher, DOOR_CLASS, now), "yyyyyyyy");
		CHECK_STR(sees(&w.other, DOOR_FAMILY, now), ".......y");
	}
}

TEST(the_student_s_own_room_does_not_grow_by_what_a_home_wrote)
{
	char before[N_OBJECTS + 1];

	NEED(world());
	snprintf(before, sizeof(before), "%s", sees(&w.lina, DOOR_STUDENT, MIDNIGHT - 1));
	CHECK_STR(sees(&w.lina, DOOR_STUDENT, MIDNIGHT), before);
	CHECK_STR(before, "yy...y..");
}

TEST(what_they_write_from_then_on_is_theirs_and_school_s)
{
	struct writing own = { .now = MIDNIGHT }, late = { .now = MIDNIGHT };
	struct booking_ask ask;
	struct deed d;

	NEED(world());
	own.who = as(&w.lina, DOOR_FAMILY);
	late.who = as(&w.mother, DOOR_FAMILY);
	own.with = late.with = w.course;
	CHECK_INT(writes(&late), E_MISSING);
	CHECK_INT(writes(&own), E_OK);
	ask = ask_for(&w.lina, &w.lina, w.round, w.slot[1]);
	ask.household = w.lina.person;
	d = (struct deed){ .what = BOOK, .ask = ask };
	CHECK_INT(run_deed(&d), E_OK);
	object[HOME_GOAL] = own.goal;
	object[HOME_NOTE] = own.note;
	object[AGREEMENT] = own.agreement;
	object[BOOKING] = d.booking;
	CHECK_STR(sees(&w.lina, DOOR_FAMILY, MIDNIGHT), "yyyyyyyy");
	CHECK_STR(sees(&w.teacher, DOOR_CLASS, MIDNIGHT), "yyyyyyyy");
	CHECK_STR(sees(&w.mother, DOOR_FAMILY, MIDNIGHT), "........");
	CHECK(books_balance());
}

/* ---- lists say the same --------------------------------------------------- */

static enum err children_fn(struct db *db, void *arg)
{
	struct look *l = arg;
	enum err err = family_children(db, &mem, w.tenant, l->who.person, l->now, &l->child,
				       &l->n_child);

	return err == E_OK ? standing_read(db, w.tenant, w.course, l->who.person, l->now,
					   &l->standing) : err;
}

static struct look family(struct account *a, int64_t now)
{
	struct look l = { .who = as(a, DOOR_FAMILY), .now = now };

	CHECK_INT(store_read(st, children_fn, &l, NULL), E_OK);
	return l;
}

static bool has_lina(const struct look *l)
{
	for (unsigned i = 0; i < l->n_child; i++)
		if (l->child[i].child == w.lina.person)
			return true;
	return false;
}

TEST(the_list_of_children_and_the_door_agree_with_the_rule)
{
	struct look l;
	unsigned before;

	NEED(world());
	l = family(&w.mother, MIDNIGHT - 1);
	before = l.n_child;
	CHECK(has_lina(&l) && l.standing.guardian && !l.standing.own_rights);
	for (unsigned i = 0; i < l.n_child; i++)
		CHECK_INT(l.child[i].rights_at, l.child[i].child == w.lina.person ? MIDNIGHT : 0);
	l = family(&w.mother, MIDNIGHT);
	CHECK(!has_lina(&l));
	CHECK_INT(l.n_child, before - 1);
	l = family(&w.father, MIDNIGHT);
	CHECK(!has_lina(&l));
	l = family(&w.lina, MIDNIGHT - 1);
	CHECK(l.n_child == 0 && !l.standing.own_rights && !l.standing.guardian);
	l = family(&w.lina, MIDNIGHT);
	NEED(l.n_child == 1);
	CHECK(l.child[0].own && !l.child[0].read_only && l.standing.own_rights);
	CHECK_INT(l.child[0].household, w.lina.person);
}

/* Whatever a roster says of homes: an adult shares none with who was their guardian. */
static enum err one_home_fn(struct db *db, void *arg)
{
	(void)arg;
	return db_run(db, NULL,
		      "INSERT INTO household_member (tenant_id, child_id, person_id, household_id) "
		      "VALUES ($1, $2, $2, $3)", "iii", w.tenant, w.lina.person, w.mother.person);
}

TEST(no_household_is_shared_with_who_was_the_guardian)
{
	struct look l;

	NEED(world());
	CHECK_INT(store_write(st, one_home_fn, NULL, NULL), E_OK);
	CHECK_STR(sees(&w.lina, DOOR_FAMILY, MIDNIGHT), "yy.y...y");
	l = family(&w.lina, MIDNIGHT);
	NEED(l.n_child == 1);
	CHECK_INT(l.child[0].household, w.lina.person);
}

struct homes {
	int64_t now;
	struct agreement_home *home;
	struct round_child *booker;
	const char **name;
	unsigned n_home, n_booker, n_name;
};

static enum err homes_fn(struct db *db, void *arg)
{
	struct homes *h = arg;
	struct round r;
	enum err err = agreement_homes(db, &mem, w.tenant, w.lina.person, h->now, &h->home, &h->n_home);

	if (err == E_OK)
		err = round_load(db, &mem, w.tenant, w.round, &r);
	if (err == E_OK)
		err = round_families(db, &mem, &r, w.lina.person, h->now, &h->booker, &h->n_booker);
	if (err == E_OK)
		err = roll_household(db, &mem, w.tenant, w.lina.person, w.mother.person, h->now,
				     &h->name, &h->n_name);
	return err;
}

TEST(school_turns_to_the_student_instead)
{
	struct homes h = { .now = MIDNIGHT - 1 };

	NEED(world());
	CHECK_INT(store_read(st, homes_fn, &h, NULL), E_OK);
	CHECK_INT(h.n_home, 2);
	CHECK_INT(h.n_booker, 2);
	CHECK_INT(h.n_name, 1);
	h.now = MIDNIGHT;
	CHECK_INT(store_read(st, homes_fn, &h, NULL), E_OK);
	NEED(h.n_home == 1 && h.n_booker == 1);
	CHECK_INT(h.home[0].household, w.lina.person);
	CHECK_STR(h.home[0].names, "Lina Haddad");
	CHECK_INT(h.booker[0].guardian, w.lina.person);
	CHECK_INT(h.booker[0].household, w.lina.person);
	CHECK_INT(h.n_name, 0);
}

/* The office enters a day; it begins at school's own midnight, also when clocks change. */
TEST(the_day_begins_at_the_school_s_midnight)
{
	static const struct { const char *zone, *instant; int64_t day, at; } v[] = {
		{ "America/Chicago", "2026-03-08T06:00Z, clocks change that day", 20520, 1772949600000 },
		{ "Pacific/Auckland", "2026-04-04T11:00Z, daylight time ends", 20548, 1775300400000 },
		{ "Asia/Kathmandu", "2026-05-01T18:15Z", 20575, 1777659300000 },
	};

	for (unsigned i = 0; i < ARRAY_LEN(v); i++) {
		int64_t at = zone_to_utc(v[i].zone, v[i].day, 0), day = 0;
		int minute = 0;

		CHECK_INT(at, v[i].at);
		zone_from_utc(v[i].zone, at - 1, &day, &minute);
		CHECK(day == v[i].day - 1 && minute == 24 * 60 - 1);
	}
}
