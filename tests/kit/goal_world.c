#include "kit/goal_world.h"

static enum err more(struct db *db, void *arg)
{
	struct account *const home[] = { &w.mother, &w.partner };
	enum err err = member_seen(db, w.tenant, w.course, w.aide.person, "aide", "launch", NOW);

	(void)arg;
	if (err == E_OK)
		err = link_replace(db, w.tenant, w.partner.person, "mentor", 0, &w.lina.person, 1,
				   NOW);
	for (unsigned i = 0; err == E_OK && i < ARRAY_LEN(home); i++)
		err = db_run(db, NULL,
			     "INSERT INTO household_member (tenant_id, child_id, person_id, "
			     "household_id) VALUES ($1, $2, $3, 4711)",
			     "iii", w.tenant, w.lina.person, home[i]->person);
	return err;
}

bool goal_world(void)
{
	static const char *const old[] = {
		"DELETE FROM goal",	 "DELETE FROM goal_version", "DELETE FROM goal_sign",
		"DELETE FROM goal_home", "DELETE FROM goal_checkin", "DELETE FROM goal_event",
		"DELETE FROM goal_cheer",
	};

	if (!school_open(more))
		return false;
	for (unsigned i = 0; i < ARRAY_LEN(old); i++)
		if (!test_sql(st, old[i]))
			return false;
	return true;
}

static enum err deed_fn(struct db *db, void *arg)
{
	struct deed *d = arg;
	struct actor who = { .tenant = w.tenant, .person = d->person->person, .door = d->door,
			     .context = w.course };
	int64_t now = d->now ? d->now : NOW, child = d->child ? d->child : w.lina.person;
	struct access acc = { 0 };
	struct goal_who by;
	enum err err = access_check(db, &who, now, d->goal ? OBJ_GOAL : OBJ_CHILD,
				    d->goal ? d->goal : child, &acc);

	if (err != E_OK)
		return err;
	by = goal_who(&who, &acc, now);
	switch (d->verb) {
	case PROPOSE:
		return goal_propose(db, &by, child, &d->words, &d->goal);
	case CHANGE:
		return goal_change(db, &by, d->goal, d->version, &d->words);
	case SIGN:
		return goal_sign(db, &by, d->goal, d->version, d->text, d->only, &d->agreed);
	case STEP:
		return goal_home_step(db, &by, d->goal, d->text, d->only);
	case OWN_WORDS:
		return goal_own_words(db, &by, d->goal, d->text);
	case TURN:
		return goal_turn(db, &by, d->goal, d->to);
	case CHECKIN:
		return goal_checkin(db, &by, d->goal, d->week ? d->week : WEEK, WEEK, d->value,
				    d->text);
	case CHEER:
		return goal_cheer(db, &by, d->goal, d->value, d->text);
	}
	return E_INTERNAL;
}

enum err act(struct deed *d)
{
	struct fault f = { 0 };
	enum err err = store_write(st, deed_fn, d, &f);

	if (err == E_DB || err == E_INTERNAL)
		printf("# %s\n", f.text);
	CHECK_STR(broken_rule(), "");
	return err;
}

const struct goal_words reading = {
	.domain = GOAL_ACADEMIC, .words = "Reads aloud ten minutes a day",
	.measure = "How many days this week", .home_step = "We read before bed",
	.school_step = "Two minutes with Mr Haile after lunch",
	.start_day = TODAY - 21, .review_day = TODAY + 35,
};

/* Proposed by the teacher, with both steps; id 0 on failure. */
int64_t proposed(void)
{
	struct deed d = { .verb = PROPOSE, TEACHER, .words = reading };

	return CHECK_INT(act(&d), E_OK) ? d.goal : 0;
}

/* Proposed and signed by the mother: active. */
int64_t agreed(void)
{
	struct deed d = { .verb = SIGN, MOTHER, .goal = proposed(), .version = 1 };

	return d.goal && CHECK_INT(act(&d), E_OK) && CHECK(d.agreed) ? d.goal : 0;
}

static enum err view_fn(struct db *db, void *arg)
{
	struct view *v = arg;
	struct actor who = { .tenant = w.tenant, .person = v->person->person, .door = v->door,
			     .context = w.course };
	int64_t child = v->child ? v->child : w.lina.person;
	struct access acc = { 0 };
	struct goal_who by;
	enum err err = access_check(db, &who, NOW, OBJ_CHILD, child, &acc);

	if (err != E_OK)
		return err;
	by = goal_who(&who, &acc, NOW);
	err = goal_list(db, &mem, &by, child, true, &v->list, &v->n);
	if (err == E_OK && v->goal != 0)
		err = goal_load(db, &mem, &by, v->goal, &v->g);
	if (err == E_OK && v->goal != 0)
		err = goal_history(db, &mem, &by, v->goal, &v->event, &v->nevent);
	if (err == E_OK && v->goal != 0)
		err = goal_households(db, &mem, &by, v->goal, &v->home, &v->nhome);
	if (err == E_OK)
		err = goal_marks(db, &mem, &by, child, v->goal, WEEK - 70, &v->mark, &v->nmark);
	if (err == E_OK)
		err = goal_cheers(db, &mem, &by, child, v->goal, &v->cheer, &v->ncheer);
	if (err == E_OK)
		err = goal_count_child(db, &mem, &by, child, WEEK, &v->count);
	if (err == E_OK && by.side == GOAL_SCHOOL)
		err = goal_class_needs(db, &mem, &who, NOW, TODAY, &v->need, &v->nneed);
	else if (err == E_OK)
		err = goal_child_needs(db, &mem, &by, child, TODAY, &v->need, &v->nneed);
	return err;
}

struct view see_err(const struct account *person, enum door door, int64_t goal,
		    enum err *err_out)
{
	struct view v = { .person = person, .door = door, .goal = goal };
	struct fault f = { 0 };

	*err_out = store_read(st, view_fn, &v, &f);
	if (*err_out == E_DB)
		printf("# %s\n", f.text);
	return v;
}

struct view see(const struct account *person, enum door door, int64_t goal)
{
	enum err err;
	struct view v = see_err(person, door, goal, &err);

	CHECK_INT(err, E_OK);
	return v;
}

bool has_need(const struct view *v, enum goal_need_kind kind)
{
	for (unsigned i = 0; i < v->nneed; i++)
		if (v->need[i].kind == kind)
			return true;
	return false;
}
