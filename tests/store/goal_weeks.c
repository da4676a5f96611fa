/* Check-ins week by week, what waits for whom, the class at a glance. */
#include <time.h>

#include "kit/goal_world.h"
#include "t.h"

TEST(a_week_is_said_once_by_each_side_and_may_be_changed_within_it)
{
	struct view v;
	int64_t g;

	NEED(goal_world());
	NEED(g = agreed());
	v = AS_MOTHER(g);
	CHECK(has_need(&v, GOAL_NEED_CHECKIN));
	CHECK_INT(DO(.verb = CHECKIN, MOTHER, .goal = g, .value = 0, .text = "Hard week"), E_OK);
	CHECK_INT(DO(.verb = CHECKIN, PARTNER, .goal = g, .value = 2, .text = "Better now"), E_OK);
	CHECK_INT(DO(.verb = CHECKIN, TEACHER, .goal = g, .value = 1), E_OK);
	CHECK_INT(DO(.verb = CHECKIN, LINA, .goal = g, .value = 2), E_OK);
	v = AS_MOTHER(g);
	NEED(v.nmark == 3);
	CHECK(!has_need(&v, GOAL_NEED_CHECKIN));
	CHECK_INT(v.mark[0].side, GOAL_HOME);
	CHECK_INT(v.mark[0].value, 2);
	CHECK_STR(v.mark[0].note, "Better now");
	CHECK_STR(v.mark[0].name, "Jo Berg");
	/* the other household has not said anything yet */
	v = AS_FATHER(g);
	CHECK(has_need(&v, GOAL_NEED_CHECKIN));
}

TEST(only_this_week_can_be_said_and_none_before_the_start)
{
	struct goal_words later = reading;
	struct deed d = { .verb = PROPOSE, TEACHER };
	int64_t g;

	NEED(goal_world());
	NEED(g = agreed());
	CHECK_INT(DO(.verb = CHECKIN, MOTHER, .goal = g, .week = WEEK - 7, .value = 1), E_CONFLICT);
	CHECK_INT(DO(.verb = CHECKIN, MOTHER, .goal = g, .week = WEEK + 7, .value = 1), E_CONFLICT);
	CHECK_INT(AS_MOTHER(g).nmark, 0);
	later.start_day = WEEK + 7;
	d.words = later;
	CHECK_INT(act(&d), E_OK);
	CHECK_INT(DO(.verb = SIGN, MOTHER, .goal = d.goal, .version = 1), E_OK);
	CHECK_INT(DO(.verb = CHECKIN, MOTHER, .goal = d.goal, .value = 1), E_CONFLICT);
	later.start_day = WEEK + 6;	/* the Sunday of this week */
	d.words = later;
	d.goal = 0;
	CHECK_INT(act(&d), E_OK);
	CHECK_INT(DO(.verb = SIGN, MOTHER, .goal = d.goal, .version = 1), E_OK);
	CHECK_INT(DO(.verb = CHECKIN, MOTHER, .goal = d.goal, .value = 1), E_OK);
}

TEST(weeks_begin_on_monday)
{
	/* 24 November 2025 is a Monday */
	CHECK_INT(goal_monday(20416), 20416);
	CHECK_INT(goal_monday(20415), 20409);
	CHECK_INT(goal_monday(20422), 20416);
	CHECK_INT(goal_monday(20423), 20423);
	CHECK_INT(goal_monday(4), 4);
	CHECK_INT(goal_monday(0), -3);
	CHECK_INT(goal_monday(-3), -3);
	CHECK_INT(goal_monday(-4), -10);
	CHECK_INT(WEEK, 20416);
}

TEST(review_days_and_different_weeks_wait_for_school)
{
	struct goal_words due = reading;
	struct deed d = { .verb = PROPOSE, MOTHER };
	struct view v;

	NEED(goal_world());
	due.review_day = TODAY;
	d.words = due;
	CHECK_INT(act(&d), E_OK);
	v = AS_TEACHER(0);
	CHECK(has_need(&v, GOAL_NEED_SIGN) && !has_need(&v, GOAL_NEED_REVIEW));
	NEED(v.nneed == 1);
	CHECK_STR(v.need[0].child_name, "Lina Haddad");
	CHECK(v.need[0].other_signed);
	CHECK_STR(v.need[0].title, "Reads aloud ten minutes a day");
	CHECK_INT(DO(.verb = SIGN, TEACHER, .goal = d.goal, .version = 1), E_OK);
	v = AS_TEACHER(0);
	CHECK(!has_need(&v, GOAL_NEED_SIGN) && has_need(&v, GOAL_NEED_REVIEW));
	CHECK_INT(DO(.verb = CHECKIN, TEACHER, .goal = d.goal, .value = 1), E_OK);
	CHECK_INT(DO(.verb = CHECKIN, MOTHER, .goal = d.goal, .value = 1), E_OK);
	v = AS_TEACHER(0);
	CHECK(!has_need(&v, GOAL_NEED_DIFFER));
	CHECK_INT(DO(.verb = CHECKIN, MOTHER, .goal = d.goal, .value = 2), E_OK);
	v = AS_TEACHER(0);
	CHECK(has_need(&v, GOAL_NEED_DIFFER));
	v = AS_MOTHER(0);
	CHECK(has_need(&v, GOAL_NEED_REVIEW));
	CHECK_INT(see(&w.teacher, DOOR_CLASS, 0).nneed, 2);
}

TEST(home_is_asked_until_a_home_has_agreed)
{
	struct view v;
	int64_t g;

	NEED(goal_world());
	NEED(g = proposed());
	v = AS_MOTHER(0);
	CHECK(has_need(&v, GOAL_NEED_SIGN));
	v = AS_FATHER(0);
	CHECK(has_need(&v, GOAL_NEED_SIGN));
	v = AS_LINA(0);
	CHECK(!has_need(&v, GOAL_NEED_SIGN));
	CHECK_INT(DO(.verb = SIGN, FATHER, .goal = g, .version = 1), E_OK);
	v = AS_MOTHER(0);
	CHECK(!has_need(&v, GOAL_NEED_SIGN));
}

TEST(cheers_reach_the_student_and_nobody_counts_them)
{
	struct view v;
	int64_t g;

	NEED(goal_world());
	NEED(g = proposed());
	CHECK_INT(DO(.verb = CHEER, MOTHER, .goal = g, .value = 1), E_CONFLICT);
	CHECK_INT(DO(.verb = SIGN, MOTHER, .goal = g, .version = 1), E_OK);
	CHECK_INT(DO(.verb = CHEER, MOTHER, .goal = g, .text = ""), E_INPUT);
	CHECK_INT(DO(.verb = CHEER, TEACHER, .goal = g, .value = 1), E_DENIED);
	CHECK_INT(DO(.verb = CHEER, MOTHER, .goal = g, .value = 2), E_OK);
	CHECK_INT(DO(.verb = CHEER, FATHER, .goal = g, .text = "I heard you read!"), E_OK);
	v = AS_LINA(g);
	NEED(v.ncheer == 2);
	CHECK(v.cheer[0].fresh && v.cheer[1].fresh);
	CHECK_INT(AS_MOTHER(g).ncheer, 1);
	CHECK_INT(AS_FATHER(g).ncheer, 1);
	CHECK_INT(AS_TEACHER(g).ncheer, 0);
	for (int i = 1; i < GOAL_CHEERS_A_DAY; i++)
		CHECK_INT(DO(.verb = CHEER, MOTHER, .goal = g, .value = 2), E_OK);
	CHECK_INT(DO(.verb = CHEER, MOTHER, .goal = g, .value = 2), E_LIMIT);
}

struct glance {
	struct goal_count *v;
	unsigned n;
	struct actor who;
	int64_t week;
	double us;
};

static enum err glance_fn(struct db *db, void *arg)
{
	struct glance *c = arg;
	struct timespec a, b;
	enum err err;

	clock_gettime(CLOCK_MONOTONIC, &a);
	err = goal_counts(db, &mem, &c->who, NOW, c->week, &c->v, &c->n);
	clock_gettime(CLOCK_MONOTONIC, &b);
	c->us = (double)(b.tv_sec - a.tv_sec) * 1e6 + (double)(b.tv_nsec - a.tv_nsec) / 1e3;
	return err;
}

static struct glance glance(const struct account *person, int64_t week)
{
	struct glance c = { .week = week, .who = { .tenant = w.tenant, .person = person->person,
						   .door = DOOR_CLASS, .context = w.course } };
	struct fault f = { 0 };

	CHECK_INT(store_read(st, glance_fn, &c, &f), E_OK);
	return c;
}

static struct goal_count of(const struct glance *c, int64_t child)
{
	for (unsigned i = 0; i < c->n; i++)
		if (c->v[i].child == child)
			return c->v[i];
	return (struct goal_count){ 0 };
}

TEST(the_class_at_a_glance_counts_goals_waits_and_weeks)
{
	struct goal_count lina, tomas;
	struct glance c;
	int64_t g;

	NEED(goal_world());
	NEED(g = agreed());
	NEED(proposed());
	CHECK_INT(DO(.verb = CHECKIN, MOTHER, .goal = g, .value = 2), E_OK);
	CHECK_INT(DO(.verb = CHECKIN, TEACHER, .goal = g, .value = 2), E_OK);
	c = glance(&w.teacher, WEEK);
	CHECK_INT(c.n, 2);
	lina = of(&c, w.lina.person);
	tomas = of(&c, w.tomas.person);
	CHECK(lina.active == 1 && lina.wait_home == 1 && lina.wait_school == 0);
	CHECK(lina.home_at == NOW && lina.school_at == NOW);
	CHECK(lina.dots[3] == 3 && lina.dots[2] == 0);
	CHECK(tomas.child == w.tomas.person && tomas.active == 0 && tomas.home_at == 0);
	/* two weeks later the mark has moved on */
	c = glance(&w.teacher, WEEK + 14);
	lina = of(&c, w.lina.person);
	CHECK(lina.dots[1] == 3 && lina.dots[3] == 0);
	c = glance(&w.teacher, WEEK + 28);
	lina = of(&c, w.lina.person);
	CHECK(lina.dots[0] == 0 && lina.dots[3] == 0);
}

static enum err week_fn(struct db *db, void *arg)
{
	const int64_t *v = arg;		/* goal, week, school? */
	struct actor who = { .tenant = w.tenant, .context = w.course,
			     .person = v[2] ? w.teacher.person : w.mother.person,
			     .door = v[2] ? DOOR_CLASS : DOOR_FAMILY };
	struct goal_who by = { .who = &who, .now_ms = NOW, .household = v[2] ? 0 : 4711,
			       .side = v[2] ? GOAL_SCHOOL : GOAL_HOME };

	return goal_checkin(db, &by, v[0], v[1], v[1], 1, "");
}

TEST(week_dots_move_with_the_weeks)
{
	struct fault f = { 0 };
	struct goal_count lina;
	struct glance c;
	int64_t g;

	NEED(goal_world());
	NEED(g = agreed());
	CHECK_INT(store_write(st, week_fn, (int64_t[]){ g, WEEK - 14, 0 }, &f), E_OK);
	CHECK_INT(store_write(st, week_fn, (int64_t[]){ g, WEEK - 14, 1 }, &f), E_OK);
	CHECK_INT(store_write(st, week_fn, (int64_t[]){ g, WEEK - 7, 1 }, &f), E_OK);
	CHECK_INT(store_write(st, week_fn, (int64_t[]){ g, WEEK, 0 }, &f), E_OK);
	c = glance(&w.teacher, WEEK);
	lina = of(&c, w.lina.person);
	CHECK(lina.dots[0] == 0 && lina.dots[1] == 3 && lina.dots[2] == 2 && lina.dots[3] == 1);
	lina = AS_MOTHER(g).count;
	CHECK(lina.dots[1] == 3 && lina.dots[2] == 2 && lina.dots[3] == 1);
	/* a year without a word leaves no ghost of the old weeks */
	CHECK_INT(store_write(st, week_fn, (int64_t[]){ g, WEEK + 364 + 70, 1 }, &f), E_OK);
	c = glance(&w.teacher, WEEK + 364 + 70);
	lina = of(&c, w.lina.person);
	CHECK(lina.dots[3] == 2 && lina.dots[2] == 0 && lina.dots[0] == 0);
}

static enum err forbid_teacher(struct db *db, void *arg)
{
	(void)arg;
	return prohibition_add(db, w.tenant, w.lina.person, w.teacher.person, "office", 1, NOW);
}

TEST(a_glance_shows_nobody_the_reader_must_not_know)
{
	struct fault f = { 0 };
	struct glance c;

	NEED(goal_world());
	NEED(agreed());
	CHECK_INT(store_write(st, forbid_teacher, NULL, &f), E_OK);
	c = glance(&w.teacher, WEEK);
	CHECK_INT(c.n, 1);
	CHECK_INT(c.v[0].child, w.tomas.person);
	c = glance(&w.aide, WEEK);
	CHECK_INT(c.n, 2);
}

static enum err fill_class(struct db *db, void *arg)
{
	enum err err = E_OK;

	(void)arg;
	for (int i = 0; err == E_OK && i < 28; i++) {
		char sub[16];
		struct account_facts f = { .tenant = w.tenant, .platform = w.platform, .sub = sub,
					   .full_name = "A Pupil", .now_ms = NOW };
		struct actor who = { .tenant = w.tenant, .context = w.course,
				     .person = w.teacher.person, .door = DOOR_CLASS };
		struct goal_who by = { .who = &who, .side = GOAL_SCHOOL, .now_ms = NOW };
		struct account a;
		int64_t id;

		snprintf(sub, sizeof(sub), "x%d", i);
		err = account_upsert(db, &mem, &f, &a);
		if (err == E_OK)
			err = member_seen(db, w.tenant, w.course, a.person, "pupil", "launch", NOW);
		for (int k = 0; err == E_OK && k < 2; k++)
			err = goal_propose(db, &by, a.person, &reading, &id);
	}
	return err;
}

TEST(a_class_of_thirty_is_one_cheap_query)
{
	struct fault f = { 0 };
	struct glance c;
	double best = 1e9;

	NEED(goal_world());
	CHECK_INT(store_write(st, fill_class, NULL, &f), E_OK);
	for (int i = 0; i < 50; i++) {
		c = glance(&w.teacher, WEEK);
		best = c.us < best ? c.us : best;
	}
	CHECK_INT(c.n, 30);
	printf("# class of 30, 56 goals: %.0f us\n", best);
}

/* What the class page reads of a goal is kept beside what it is made from. */
TEST(a_goal_that_drifted_from_its_check_ins_is_found)
{
	static const struct { const char *harm, *heal, *rule; } drift[] = {
		{ "UPDATE goal SET home_signed = 0", "UPDATE goal SET home_signed = 1",
		  "a goal is signed by whom its current version is signed" },
		{ "UPDATE goal SET school_marks = 3", "UPDATE goal SET school_marks = 1",
		  "a goal's marks are the weeks of its check-ins" },
		{ "UPDATE goal SET mark_week = mark_week + 7",
		  "UPDATE goal SET mark_week = mark_week - 7",
		  "a goal's marks are the weeks of its check-ins" },
		{ "UPDATE goal SET version = 2", "UPDATE goal SET version = 1",
		  "a goal is signed by whom its current version is signed" },
	};
	int64_t g;

	NEED(goal_world());
	NEED(g = agreed());
	CHECK_INT(DO(.verb = CHECKIN, TEACHER, .goal = g, .value = 1), E_OK);
	CHECK_STR(broken_rule(), "");
	for (unsigned i = 0; i < ARRAY_LEN(drift); i++) {
		NEED(test_sql(st, drift[i].harm));
		CHECK_STR(broken_rule(), drift[i].rule);
		NEED(test_sql(st, drift[i].heal));
		CHECK_STR(broken_rule(), "");
	}
}
