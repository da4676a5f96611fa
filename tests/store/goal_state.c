/* A goal's way from proposed to archived: versions, signatures, wrong turns. */
#include "kit/goal_world.h"
#include "t.h"

TEST(a_goal_is_agreed_by_one_home_and_one_school_signature)
{
	int64_t g;

	NEED(goal_world());
	NEED(g = proposed());
	struct view v = AS_TEACHER(g);

	CHECK_INT(v.g.state, GOAL_PROPOSED);
	CHECK(v.g.school_signed && !v.g.home_signed && v.g.mine_signed);
	CHECK_STR(v.g.proposed_name, "Mr Haile");
	CHECK_INT(v.g.context, w.course);
	/* the same side twice is one signature */
	CHECK_INT(DO(.verb = SIGN, TEACHER, .goal = g, .version = 1), E_OK);
	CHECK_INT(AS_TEACHER(g).g.state, GOAL_PROPOSED);
	CHECK_INT(DO(.verb = SIGN, MOTHER, .goal = g, .version = 1), E_OK);
	v = AS_MOTHER(g);
	CHECK_INT(v.g.state, GOAL_ACTIVE);
	CHECK(v.g.home_mine && v.g.mine_signed && v.g.active_at == NOW);
	CHECK_INT(v.nevent, 3);
	CHECK_STR(v.event[2].what, "proposed");
	CHECK_INT(test_count(st, "SELECT COUNT(*) FROM goal_sign"), 2);
}

TEST(two_staff_or_two_guardians_do_not_make_an_agreement)
{
	struct deed d = { .verb = PROPOSE, MOTHER, .words = reading };

	NEED(goal_world());
	CHECK_INT(act(&d), E_OK);
	CHECK_INT(DO(.verb = SIGN, PARTNER, .goal = d.goal, .version = 1), E_OK);
	CHECK_INT(DO(.verb = SIGN, FATHER, .goal = d.goal, .version = 1), E_OK);
	CHECK_INT(DO(.verb = SIGN, LINA, .goal = d.goal, .version = 1), E_OK);
	CHECK_INT(AS_TEACHER(d.goal).g.state, GOAL_PROPOSED);
	CHECK_INT(DO(.verb = CHECKIN, MOTHER, .goal = d.goal), E_CONFLICT);
	CHECK_INT(DO(.verb = TURN, MOTHER, .goal = d.goal, .to = GOAL_MET), E_CONFLICT);
	CHECK_INT(DO(.verb = TURN, MOTHER, .goal = d.goal, .to = GOAL_ACTIVE), E_CONFLICT);
	CHECK_INT(DO(.verb = SIGN, TEACHER, .goal = d.goal, .version = 1), E_OK);
	CHECK_INT(AS_TEACHER(d.goal).g.state, GOAL_ACTIVE);
}

TEST(a_change_needs_both_again_and_the_goal_goes_on_meanwhile)
{
	struct goal_words more = reading;
	int64_t g;

	NEED(goal_world());
	NEED(g = agreed());
	more.words = "Reads aloud fifteen minutes a day";
	CHECK_INT(DO(.verb = CHANGE, MOTHER, .goal = g, .version = 1, .words = more), E_OK);
	struct view v = AS_TEACHER(g);

	CHECK_INT(v.g.state, GOAL_ADJUSTED);
	CHECK_INT(v.g.version, 2);
	CHECK(v.g.home_signed && !v.g.school_signed);
	CHECK(has_need(&v, GOAL_NEED_SIGN));
	CHECK_STR(v.g.words, more.words);
	CHECK_INT(DO(.verb = CHECKIN, TEACHER, .goal = g, .value = 1), E_OK);
	/* who signs must have seen the current version */
	CHECK_INT(DO(.verb = SIGN, TEACHER, .goal = g, .version = 1), E_CONFLICT);
	CHECK_INT(DO(.verb = CHANGE, TEACHER, .goal = g, .version = 1, .words = reading), E_CONFLICT);
	CHECK_INT(DO(.verb = SIGN, TEACHER, .goal = g, .version = 2), E_OK);
	CHECK_INT(AS_TEACHER(g).g.state, GOAL_ACTIVE);
	/* nothing changed: nothing to sign */
	CHECK_INT(DO(.verb = CHANGE, TEACHER, .goal = g, .version = 2, .words = more), E_OK);
	CHECK_INT(AS_TEACHER(g).g.version, 2);
	CHECK_INT(test_count(st, "SELECT COUNT(*) FROM goal_version"), 2);
}

TEST(each_side_brings_its_own_step)
{
	struct goal_words half = reading;
	struct deed d = { .verb = PROPOSE, MOTHER };

	NEED(goal_world());
	half.school_step = "";
	half.home_step = "";
	d.words = half;
	CHECK_INT(act(&d), E_INPUT);
	half.home_step = "We read before bed";
	d.words = half;
	CHECK_INT(act(&d), E_OK);
	CHECK_INT(DO(.verb = SIGN, TEACHER, .goal = d.goal, .version = 1, .text = ""), E_INPUT);
	CHECK_INT(AS_TEACHER(d.goal).g.school_signed, 0);
	CHECK_INT(DO(.verb = SIGN, TEACHER, .goal = d.goal, .version = 1, .text = "A quiet corner"),
		  E_OK);
	struct view v = AS_MOTHER(d.goal);

	/* an empty own step filled in while signing takes nothing from the other side */
	CHECK_INT(v.g.state, GOAL_ACTIVE);
	CHECK_INT(v.g.version, 1);
	CHECK_STR(v.g.school_step, "A quiet corner");
	CHECK_STR(v.g.school_name, "Mr Haile");
}

TEST(school_only_needs_no_home_step_but_homes_agreement)
{
	struct goal_words school = reading;
	struct deed d = { .verb = PROPOSE, TEACHER };

	NEED(goal_world());
	school.home_step = "";
	school.school_only = true;
	d.words = school;
	CHECK_INT(act(&d), E_OK);
	CHECK_INT(AS_MOTHER(d.goal).g.state, GOAL_PROPOSED);
	CHECK_INT(DO(.verb = SIGN, MOTHER, .goal = d.goal, .version = 1), E_OK);
	CHECK_INT(AS_MOTHER(d.goal).g.state, GOAL_ACTIVE);
	school.school_only = false;
	d.words = school;
	d.goal = 0;
	CHECK_INT(act(&d), E_OK);
	CHECK_INT(DO(.verb = SIGN, MOTHER, .goal = d.goal, .version = 1), E_INPUT);
	CHECK_INT(DO(.verb = SIGN, MOTHER, .goal = d.goal, .version = 1, .text = "We try"), E_OK);
	CHECK_STR(AS_MOTHER(d.goal).g.home_step, "We try");
}

TEST(states_turn_only_where_they_may)
{
	static const struct { enum goal_state to; enum err err; enum goal_state is; } walk[] = {
		{ GOAL_ACTIVE, E_CONFLICT, GOAL_ACTIVE },   { GOAL_ARCHIVED, E_CONFLICT, GOAL_ACTIVE },
		{ GOAL_PROPOSED, E_CONFLICT, GOAL_ACTIVE }, { GOAL_PAUSED, E_OK, GOAL_PAUSED },
		{ GOAL_PAUSED, E_CONFLICT, GOAL_PAUSED },   { GOAL_ACTIVE, E_OK, GOAL_ACTIVE },
		{ GOAL_MET, E_OK, GOAL_MET },		    { GOAL_UNMET, E_CONFLICT, GOAL_MET },
		{ GOAL_PAUSED, E_CONFLICT, GOAL_MET },	    { GOAL_ARCHIVED, E_OK, GOAL_ARCHIVED },
		{ GOAL_ACTIVE, E_CONFLICT, GOAL_ARCHIVED },
	};
	int64_t g;

	NEED(goal_world());
	NEED(g = agreed());
	CHECK_INT(DO(.verb = TURN, LINA, .goal = g, .to = GOAL_MET), E_DENIED);
	for (unsigned i = 0; i < ARRAY_LEN(walk); i++) {
		CHECK_INT(DO(.verb = TURN, TEACHER, .goal = g, .to = walk[i].to), walk[i].err);
		CHECK_INT(AS_TEACHER(g).g.state, walk[i].is);
	}
	CHECK_INT(DO(.verb = CHANGE, TEACHER, .goal = g, .version = 1, .words = reading), E_CONFLICT);
	CHECK_INT(DO(.verb = SIGN, MOTHER, .goal = g, .version = 1), E_CONFLICT);
	CHECK_INT(DO(.verb = OWN_WORDS, LINA, .goal = g, .text = "x"), E_CONFLICT);
	CHECK_INT(AS_TEACHER(0).count.active, 0);
}

TEST(a_paused_goal_with_a_change_resumes_as_adjusted)
{
	struct goal_words more = reading;
	int64_t g;

	NEED(goal_world());
	NEED(g = agreed());
	CHECK_INT(DO(.verb = TURN, TEACHER, .goal = g, .to = GOAL_PAUSED), E_OK);
	more.measure = "Minutes";
	CHECK_INT(DO(.verb = CHANGE, TEACHER, .goal = g, .version = 1, .words = more), E_OK);
	CHECK_INT(AS_TEACHER(g).g.state, GOAL_PAUSED);
	CHECK_INT(DO(.verb = TURN, TEACHER, .goal = g, .to = GOAL_ACTIVE), E_OK);
	CHECK_INT(AS_TEACHER(g).g.state, GOAL_ADJUSTED);
	CHECK_INT(DO(.verb = SIGN, MOTHER, .goal = g, .version = 2), E_OK);
	CHECK_INT(AS_TEACHER(g).g.state, GOAL_ACTIVE);
}

TEST(a_student_proposes_in_own_words_and_grown_ups_add_theirs)
{
	struct goal_words own = { .domain = GOAL_SOCIAL, .student_words = "I want to join in at break",
				  .start_day = TODAY, .review_day = TODAY + 56 };
	struct goal_words with = reading;
	struct deed d = { .verb = PROPOSE, LINA, .words = own };

	NEED(goal_world());
	CHECK_INT(act(&d), E_OK);
	struct view v = AS_MOTHER(d.goal);

	CHECK_STR(goal_title(&v.g), "I want to join in at break");
	CHECK_INT(v.g.proposed_side, GOAL_STUDENT);
	CHECK(!v.g.home_signed && !v.g.school_signed);
	CHECK(AS_LINA(d.goal).g.mine_signed);
	CHECK(!has_need(&v, GOAL_NEED_SIGN));	/* nothing to sign yet */
	CHECK_INT(DO(.verb = SIGN, MOTHER, .goal = d.goal, .version = 1, .text = "We play"), E_INPUT);
	CHECK_INT(DO(.verb = CHANGE, TEACHER, .goal = d.goal, .version = 1, .words = with), E_OK);
	CHECK_INT(DO(.verb = SIGN, MOTHER, .goal = d.goal, .version = 2), E_OK);
	CHECK_INT(AS_LINA(d.goal).g.state, GOAL_ACTIVE);
	/* own words stay first, change at will, and need nobody */
	CHECK_INT(DO(.verb = OWN_WORDS, LINA, .goal = d.goal, .text = "I play with Maja"), E_OK);
	v = AS_TEACHER(d.goal);
	CHECK_STR(goal_title(&v.g), "I play with Maja");
	CHECK_INT(v.g.version, 2);
	CHECK_INT(v.g.state, GOAL_ACTIVE);
	CHECK_INT(DO(.verb = OWN_WORDS, MOTHER, .goal = d.goal, .text = "x"), E_DENIED);
	CHECK_INT(DO(.verb = CHANGE, LINA, .goal = d.goal, .version = 2, .words = with), E_DENIED);
}

TEST(a_child_has_only_so_many_open_goals)
{
	struct deed d = { .verb = PROPOSE, TEACHER, .words = reading };

	NEED(goal_world());
	for (int i = 0; i < GOAL_OPEN_MAX; i++, d.goal = 0)
		CHECK_INT(act(&d), E_OK);
	CHECK_INT(act(&d), E_LIMIT);
	CHECK_INT(AS_TEACHER(0).n, GOAL_OPEN_MAX);
}

TEST(every_write_leaves_an_audit_row_and_a_failed_one_nothing)
{
	int64_t g, rows;

	NEED(goal_world());
	NEED(test_sql(st, "DELETE FROM audit"));
	NEED(g = agreed());
	rows = test_count(st, "SELECT COUNT(*) FROM audit WHERE action IN "
			      "('goal.propose', 'goal.sign')");
	CHECK_INT(rows, 2);
	CHECK_INT(DO(.verb = TURN, TEACHER, .goal = g, .to = GOAL_ARCHIVED), E_CONFLICT);
	CHECK_INT(test_count(st, "SELECT COUNT(*) FROM audit"), 2);
	CHECK_INT(DO(.verb = CHECKIN, MOTHER, .goal = g, .value = 2), E_OK);
	CHECK_INT(DO(.verb = CHEER, MOTHER, .goal = g, .value = 3), E_OK);
	CHECK_INT(DO(.verb = TURN, TEACHER, .goal = g, .to = GOAL_MET), E_OK);
	CHECK_INT(test_count(st, "SELECT COUNT(*) FROM audit"), 5);
	NEED(test_sql(st, "DELETE FROM audit"));
}

struct gone {
	struct buf json;
	int64_t household;
};

static enum err export_fn(struct db *db, void *arg)
{
	struct gone *x = arg;

	x->json.len = 0;
	return goal_export(db, w.tenant, w.lina.person, x->household, &x->json);
}

static enum err erase_fn(struct db *db, void *arg)
{
	(void)arg;
	return goal_erase(db, w.tenant, w.lina.person);
}

TEST(export_holds_it_all_and_erasure_leaves_nothing)
{
	struct gone x = { .json = BUF_INIT(1 << 20), .household = -1 };
	struct fault f = { 0 };
	int64_t g;

	NEED(goal_world());
	NEED(g = agreed());
	CHECK_INT(DO(.verb = CHECKIN, MOTHER, .goal = g, .value = 2, .text = "Went well"), E_OK);
	CHECK_INT(DO(.verb = CHEER, MOTHER, .goal = g, .text = "Proud"), E_OK);
	CHECK_INT(store_read(st, export_fn, &x, &f), E_OK);
	CHECK(strstr(x.json.p, "Reads aloud") && strstr(x.json.p, "Went well") &&
	      strstr(x.json.p, "Proud") && strstr(x.json.p, "\"signed\""));
	x.household = w.father.person;
	CHECK_INT(store_read(st, export_fn, &x, &f), E_OK);
	CHECK(strstr(x.json.p, "Reads aloud") && !strstr(x.json.p, "Went well") &&
	      !strstr(x.json.p, "Proud"));
	CHECK_INT(store_write(st, erase_fn, NULL, &f), E_OK);
	CHECK_INT(AS_TEACHER(0).n, 0);
	CHECK_INT(test_count(st, "SELECT (SELECT COUNT(*) FROM goal_version) + "
				 "(SELECT COUNT(*) FROM goal_sign) + "
				 "(SELECT COUNT(*) FROM goal_checkin) + "
				 "(SELECT COUNT(*) FROM goal_event) + "
				 "(SELECT COUNT(*) FROM goal_cheer)"), 0);
	buf_release(&x.json);
}
