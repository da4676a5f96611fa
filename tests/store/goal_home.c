/* Two homes and one child: what each may know, and who may not know at all. */
#include "kit/goal_world.h"
#include "t.h"

static const char canary[] = "a canary of one home";

static enum err may(const struct account *person, enum door door, int64_t goal)
{
	struct view v = { .person = person, .door = door };
	struct deed d = { .verb = SIGN, .person = person, .door = door, .goal = goal, .version = 99 };
	enum err err = act(&d);

	(void)v;
	return err == E_CONFLICT ? E_OK : err;	/* known, but that version never was */
}

TEST(a_goal_for_one_home_and_school_does_not_exist_for_the_other_home)
{
	struct goal_words secret = reading;
	struct deed d = { .verb = PROPOSE, MOTHER };
	struct view v;
	enum err err;

	NEED(goal_world());
	secret.words = canary;
	secret.only_household = true;
	d.words = secret;
	CHECK_INT(act(&d), E_OK);
	CHECK_INT(DO(.verb = SIGN, TEACHER, .goal = d.goal, .version = 1), E_OK);
	CHECK_INT(DO(.verb = CHECKIN, MOTHER, .goal = d.goal, .value = 1), E_OK);
	CHECK_INT(DO(.verb = CHECKIN, TEACHER, .goal = d.goal, .value = 1), E_OK);
	CHECK_INT(AS_MOTHER(d.goal).n, 1);
	CHECK_INT(see(&w.partner, DOOR_FAMILY, d.goal).n, 1);
	CHECK_INT(AS_TEACHER(d.goal).n, 1);
	v = see_err(&w.father, DOOR_FAMILY, d.goal, &err);
	CHECK_INT(err, E_MISSING);
	CHECK_INT(v.n, 0);
	v = AS_FATHER(0);
	CHECK(v.n == 0 && v.nmark == 0 && v.nneed == 0 && v.count.active == 0);
	CHECK(v.count.dots[GOAL_DOTS - 1] == 0 && v.count.school_at == 0);
	CHECK_INT(may(&w.father, DOOR_FAMILY, d.goal), E_MISSING);
	CHECK_INT(may(&w.lina, DOOR_STUDENT, d.goal), E_MISSING);
	CHECK_INT(may(&w.partner, DOOR_FAMILY, d.goal), E_OK);
	CHECK_INT(AS_LINA(0).n, 0);
	/* it does not count against the other home's limit either */
	struct deed many = { .verb = PROPOSE, FATHER, .words = reading };

	for (int i = 0; i < GOAL_OPEN_MAX; i++, many.goal = 0)
		CHECK_INT(act(&many), E_OK);
	CHECK_INT(act(&many), E_LIMIT);
}

TEST(the_other_home_reads_a_shared_goal_without_names_and_checkins)
{
	struct goal_words shared = reading;
	struct deed d = { .verb = PROPOSE, MOTHER, .words = shared };
	struct view v;

	NEED(goal_world());
	CHECK_INT(act(&d), E_OK);
	CHECK_INT(DO(.verb = SIGN, TEACHER, .goal = d.goal, .version = 1), E_OK);
	CHECK_INT(DO(.verb = CHECKIN, MOTHER, .goal = d.goal, .value = 2, .text = canary), E_OK);
	CHECK_INT(DO(.verb = CHECKIN, TEACHER, .goal = d.goal, .value = 1, .text = "Fine"), E_OK);
	v = AS_FATHER(d.goal);
	CHECK_STR(v.g.home_step, "We read before bed");
	CHECK_STR(v.g.home_name, "");
	CHECK_STR(v.g.proposed_name, "");
	CHECK(!v.g.home_mine && !v.g.may_edit && !v.g.mine_signed);
	NEED(v.nmark == 1);
	CHECK_INT(v.mark[0].side, GOAL_SCHOOL);
	CHECK_INT(v.nhome, 0);
	for (unsigned i = 0; i < v.nevent; i++)
		CHECK(strstr(v.event[i].name, "Rima") == NULL);
	CHECK(v.count.dots[GOAL_DOTS - 1] == 2);
	v = AS_MOTHER(d.goal);
	CHECK_STR(v.g.home_name, "Rima Haddad");
	CHECK_INT(v.nmark, 2);
	CHECK(v.count.dots[GOAL_DOTS - 1] == 3);
	CHECK_INT(see(&w.partner, DOOR_FAMILY, d.goal).nmark, 2);
	v = AS_TEACHER(d.goal);
	NEED(v.nhome == 1);
	CHECK_STR(v.home[0].names, "Jo Berg, Rima Haddad");
}

TEST(the_other_home_may_not_change_or_close_but_may_add_its_own_step)
{
	struct deed d = { .verb = PROPOSE, MOTHER, .words = reading };
	struct view v;

	NEED(goal_world());
	CHECK_INT(act(&d), E_OK);
	CHECK_INT(DO(.verb = CHANGE, FATHER, .goal = d.goal, .version = 1, .words = reading), E_DENIED);
	CHECK_INT(DO(.verb = TURN, FATHER, .goal = d.goal, .to = GOAL_ARCHIVED), E_DENIED);
	CHECK_INT(DO(.verb = SIGN, FATHER, .goal = d.goal, .version = 1, .text = canary, .only = true),
		  E_OK);
	v = AS_FATHER(d.goal);
	CHECK_STR(v.g.own_step, canary);
	CHECK(v.g.mine_signed && v.g.own_only);
	v = AS_MOTHER(d.goal);
	CHECK_STR(v.g.own_step, "");
	CHECK_STR(v.g.home_step, "We read before bed");
	for (unsigned i = 0; i < v.nevent; i++)
		CHECK(strcmp(v.event[i].what, "step") != 0 && strstr(v.event[i].name, "Karim") == NULL);
	CHECK_INT(DO(.verb = STEP, FATHER, .goal = d.goal, .text = ""), E_OK);
	CHECK_STR(AS_FATHER(d.goal).g.own_step, "");
}

TEST(a_home_step_kept_to_one_home_is_hidden_and_so_is_its_change)
{
	struct goal_words kept = reading;
	struct view v;
	unsigned before;
	int64_t g;

	NEED(goal_world());
	NEED(g = agreed());
	before = AS_FATHER(g).nevent;
	kept.home_step = canary;
	kept.home_only = true;
	CHECK_INT(DO(.verb = CHANGE, MOTHER, .goal = g, .version = 1, .words = kept), E_OK);
	v = AS_FATHER(g);
	CHECK_STR(v.g.home_step, "");
	CHECK_INT(v.g.state, GOAL_ACTIVE);	/* not "adjusted": he hears of no change */
	CHECK(v.g.home_signed && v.g.school_signed);
	CHECK_INT(v.nevent, before);
	v = AS_TEACHER(g);
	CHECK_STR(v.g.home_step, canary);
	CHECK_INT(v.g.state, GOAL_ADJUSTED);
	CHECK_INT(v.nevent, before + 1);
	CHECK_INT(DO(.verb = SIGN, TEACHER, .goal = g, .version = 2), E_OK);
	CHECK_INT(AS_FATHER(g).nevent, before);
	CHECK_INT(AS_TEACHER(g).nevent, before + 3);
	CHECK_STR(AS_LINA(g).g.home_step, canary);
}

TEST(either_home_may_change_what_the_school_proposed)
{
	struct goal_words more = reading;
	int64_t g;

	NEED(goal_world());
	NEED(g = agreed());
	more.words = "Reads to a grandparent";
	more.home_step = "We call on Sundays";
	CHECK_INT(DO(.verb = CHANGE, FATHER, .goal = g, .version = 1, .words = more), E_OK);
	struct view v = AS_FATHER(g);

	/* the first home's step stays the first home's */
	CHECK_STR(v.g.home_step, "We read before bed");
	CHECK_STR(v.g.own_step, "We call on Sundays");
	CHECK_STR(AS_MOTHER(g).g.words, "Reads to a grandparent");
	CHECK(AS_MOTHER(g).g.home_mine);
}

static enum err forbid(struct db *db, void *arg)
{
	return prohibition_add(db, w.tenant, w.lina.person, *(int64_t *)arg, "office", 1, NOW);
}

TEST(a_prohibited_guardian_and_strangers_know_nothing)
{
	struct fault f = { 0 };
	enum err err;
	int64_t g;

	NEED(goal_world());
	NEED(g = agreed());
	CHECK_INT(DO(.verb = CHEER, FATHER, .goal = g, .value = 1), E_OK);
	CHECK_INT(AS_LINA(g).ncheer, 1);
	CHECK_INT(may(&w.father, DOOR_FAMILY, g), E_OK);
	CHECK_INT(store_write(st, forbid, &w.father.person, &f), E_OK);
	CHECK_INT(may(&w.father, DOOR_FAMILY, g), E_MISSING);
	see_err(&w.father, DOOR_FAMILY, g, &err);
	CHECK_INT(err, E_MISSING);
	CHECK_INT(AS_LINA(g).ncheer, 0);	/* and is not heard from any more */
	CHECK_INT(may(&w.other, DOOR_FAMILY, g), E_MISSING);
	CHECK_INT(may(&w.tomas, DOOR_STUDENT, g), E_MISSING);
	CHECK_INT(may(&w.teacher2, DOOR_CLASS, g), E_MISSING);
	CHECK_INT(may(&w.teacher, DOOR_FAMILY, g), E_MISSING);
	CHECK_INT(may(&w.teacher, DOOR_ADMIN, g), E_MISSING);
	CHECK_INT(may(&w.teacher, DOOR_CLASS, g + 1), E_MISSING);
	CHECK_INT(may(&w.teacher, DOOR_CLASS, g), E_OK);
	CHECK_INT(may(&w.aide, DOOR_CLASS, g), E_OK);
}

static enum err join_fn(struct db *db, void *arg)
{
	int64_t person = *(int64_t *)arg;
	enum err err = db_run(db, NULL,
			      "INSERT INTO person (tenant_id, id, origin, source, sourcedid, given, "
			      "family, full_name, email, username, birth_day, rights_day, roster_hash, "
			      "roster_run, created_at, gone_at) VALUES ($1, $2, 'roster', 'SIS', 'P-1', "
			      "'Karim', 'Haddad', 'Karim Haddad', '', 'karim', '', '', 0, 0, $3, 0)",
			      "iii", w.tenant, person, NOW);

	return err == E_OK ? account_join(db, w.tenant, w.father.id, person, "office") : err;
}

TEST(joining_an_account_to_its_person_carries_the_goals_along)
{
	struct fault f = { 0 };
	struct deed d = { .verb = PROPOSE, FATHER, .words = reading };
	int64_t person = store_new_id(NOW);

	NEED(goal_world());
	d.words.only_household = true;
	CHECK_INT(act(&d), E_OK);
	CHECK_INT(DO(.verb = SIGN, TEACHER, .goal = d.goal, .version = 1), E_OK);
	CHECK_INT(DO(.verb = CHECKIN, FATHER, .goal = d.goal, .value = 1), E_OK);
	CHECK_INT(store_write(st, join_fn, &person, &f), E_OK);
	w.father.person = person;
	struct view v = AS_FATHER(d.goal);

	CHECK(v.g.home_mine && v.g.mine_signed && v.g.may_edit);
	CHECK_INT(v.nmark, 1);
}
