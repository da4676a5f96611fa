/*
 * The little school of the goal tests: a teacher, an aide, Lina with a mother, her
 * partner (one household) and a father of another household; a classmate with a
 * mother of his own. Every world is a fresh tenant.
 */
#ifndef LINTEL_TESTS_GOAL_WORLD_H
#define LINTEL_TESTS_GOAL_WORLD_H

#include "base/magic.h"
#include "db.h"
#include "gw/crypt.h"
#include "store/audit.h"
#include "store/goal_class.h"
#include "store/links.h"
#include "store/people.h"
#include "store/platform.h"
#include "t.h"

#define NOW 1764000000000LL	/* Monday 24 November 2025, 16:00 UTC */
#define TODAY (NOW / (24 * 3600 * 1000LL))
#define WEEK (goal_monday(TODAY))
#define MAYBE __attribute__((unused)) static

static struct store *st;
static struct arena mem;

static struct {
	int64_t tenant, platform, course, course2;
	struct account teacher, aide, teacher2, lina, tomas, mother, partner, father, other;
} w;

static enum err make_people(struct db *db)
{
	const struct { const char *sub, *name; struct account *out; } people[] = {
		{ "t", "Mr Haile", &w.teacher },    { "a", "Mr Lund", &w.aide },
		{ "t2", "Ms Okafor", &w.teacher2 }, { "l", "Lina Haddad", &w.lina },
		{ "n", "Tomás Núñez", &w.tomas },   { "m", "Rima Haddad", &w.mother },
		{ "p", "Jo Berg", &w.partner },     { "f", "Karim Haddad", &w.father },
		{ "o", "Ana Núñez", &w.other },
	};
	const struct { struct account *who; int64_t *course; const char *role; } in[] = {
		{ &w.teacher, &w.course, "teacher" }, { &w.aide, &w.course, "aide" },
		{ &w.teacher2, &w.course2, "teacher" }, { &w.lina, &w.course, "pupil" },
		{ &w.tomas, &w.course, "pupil" },
	};
	struct account *const guardian[] = { &w.mother, &w.partner, &w.father };
	enum err err = E_OK;

	for (unsigned i = 0; err == E_OK && i < ARRAY_LEN(people); i++) {
		struct account_facts f = { .tenant = w.tenant, .platform = w.platform,
					   .sub = people[i].sub, .full_name = people[i].name,
					   .now_ms = NOW };

		err = account_upsert(db, &mem, &f, people[i].out);
	}
	for (unsigned i = 0; err == E_OK && i < ARRAY_LEN(in); i++)
		err = member_seen(db, w.tenant, *in[i].course, in[i].who->person, in[i].role,
				  "launch", NOW);
	for (unsigned i = 0; err == E_OK && i < ARRAY_LEN(guardian); i++)
		err = link_replace(db, w.tenant, guardian[i]->person, "mentor", 0, &w.lina.person,
				   1, NOW);
	if (err == E_OK)
		err = link_replace(db, w.tenant, w.other.person, "mentor", 0, &w.tomas.person, 1,
				   NOW);
	/* The mother's partner belongs to her household. */
	for (unsigned i = 0; err == E_OK && i < 2; i++)
		err = db_run(db, NULL,
			     "INSERT INTO household_member (tenant_id, child_id, person_id, "
			     "household_id) VALUES ($1, $2, $3, 4711)",
			     "iii", w.tenant, w.lina.person, guardian[i]->person);
	return err;
}

static enum err make_world(struct db *db, void *arg)
{
	struct platform p = { .name = "Practice", .family = "moodle", .issuer = "https://a.example",
			      .client_id = "c1", .auth_url = "u", .token_url = "u", .jwks_url = "u",
			      .alg = "RS256", .match_by = "none", .state = "approved",
			      .accept_deployments = "approve", .guid = "", .created_at = NOW };
	struct context_facts cf = { .ext_id = "2", .title = "Grade 3", .now_ms = NOW };
	struct context c;
	enum err err = db_run(db, NULL, "DELETE FROM platform", "");

	(void)arg;
	if (err == E_OK)
		err = tenant_add(db, "District", NOW, &w.tenant);
	p.id = w.platform = store_new_id(NOW);
	p.tenant = cf.tenant = w.tenant;
	cf.platform = p.id;
	if (err == E_OK)
		err = platform_add(db, &p);
	if (err == E_OK)
		err = context_upsert(db, &mem, &cf, &c);
	w.course = c.id;
	cf.ext_id = "3";
	if (err == E_OK)
		err = context_upsert(db, &mem, &cf, &c);
	w.course2 = c.id;
	return err == E_OK ? make_people(db) : err;
}

static bool world(void)
{
	struct fault f = { 0 };
	uint8_t root[32] = { 7 };
	static const char *const old[] = {
		"DELETE FROM goal",	 "DELETE FROM goal_version", "DELETE FROM goal_sign",
		"DELETE FROM goal_home", "DELETE FROM goal_checkin", "DELETE FROM goal_event",
		"DELETE FROM goal_cheer",
	};

	if (st == NULL) {
		st = test_store();
		audit_setup(root, 0);
		arena_init(&mem, 64 << 20);
		if (!CHECK_INT(store_migrate(st, &f), E_OK)) {
			printf("# %s\n", f.text);
			return false;
		}
	}
	for (unsigned i = 0; i < ARRAY_LEN(old); i++)
		if (!test_sql(st, old[i]))
			return false;
	fault_clear(&f);
	if (!CHECK_INT(store_write(st, make_world, NULL, &f), E_OK)) {
		printf("# %s\n", f.text);
		return false;
	}
	return true;
}

/* ---- acting: one closure for every verb ----------------------------------- */

enum verb { PROPOSE, CHANGE, SIGN, STEP, OWN_WORDS, TURN, CHECKIN, CHEER };

struct deed {
	enum verb verb;
	const struct account *person;
	enum door door;
	int64_t goal, version, week, now, child;
	struct goal_words words;
	const char *text;
	bool only;
	enum goal_state to;
	int value;
	bool agreed;
};

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

static enum err act(struct deed *d)
{
	struct fault f = { 0 };
	enum err err = store_write(st, deed_fn, d, &f);

	if (err == E_DB || err == E_INTERNAL)
		printf("# %s\n", f.text);
	return err;
}

#define DO(...) act(&(struct deed){ __VA_ARGS__ })
#define TEACHER .person = &w.teacher, .door = DOOR_CLASS
#define MOTHER .person = &w.mother, .door = DOOR_FAMILY
#define PARTNER .person = &w.partner, .door = DOOR_FAMILY
#define FATHER .person = &w.father, .door = DOOR_FAMILY
#define LINA .person = &w.lina, .door = DOOR_STUDENT

static const struct goal_words reading = {
	.domain = GOAL_ACADEMIC, .words = "Reads aloud ten minutes a day",
	.measure = "How many days this week", .home_step = "We read before bed",
	.school_step = "Two minutes with Mr Haile after lunch",
	.start_day = TODAY - 21, .review_day = TODAY + 35,
};

/* Proposed by the teacher, with both steps; id 0 on failure. */
MAYBE int64_t proposed(void)
{
	struct deed d = { .verb = PROPOSE, TEACHER, .words = reading };

	return CHECK_INT(act(&d), E_OK) ? d.goal : 0;
}

/* Proposed and signed by the mother: active. */
MAYBE int64_t agreed(void)
{
	struct deed d = { .verb = SIGN, MOTHER, .goal = proposed(), .version = 1 };

	return d.goal && CHECK_INT(act(&d), E_OK) && CHECK(d.agreed) ? d.goal : 0;
}

/* ---- looking -------------------------------------------------------------- */

struct view {
	const struct account *person;
	enum door door;
	int64_t goal, child;
	struct goal g, *list;
	struct goal_event *event;
	struct goal_mark *mark;
	struct goal_household *home;
	struct goal_cheer *cheer;
	struct goal_need *need;
	struct goal_count count;
	unsigned n, nevent, nmark, nhome, ncheer, nneed;
};

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

static struct view see_err(const struct account *person, enum door door, int64_t goal,
			   enum err *err_out)
{
	struct view v = { .person = person, .door = door, .goal = goal };
	struct fault f = { 0 };

	*err_out = store_read(st, view_fn, &v, &f);
	if (*err_out == E_DB)
		printf("# %s\n", f.text);
	return v;
}

MAYBE struct view see(const struct account *person, enum door door, int64_t goal)
{
	enum err err;
	struct view v = see_err(person, door, goal, &err);

	CHECK_INT(err, E_OK);
	return v;
}

#define AS_TEACHER(goal) see(&w.teacher, DOOR_CLASS, goal)
#define AS_MOTHER(goal) see(&w.mother, DOOR_FAMILY, goal)
#define AS_FATHER(goal) see(&w.father, DOOR_FAMILY, goal)
#define AS_LINA(goal) see(&w.lina, DOOR_STUDENT, goal)

MAYBE bool has_need(const struct view *v, enum goal_need_kind kind)
{
	for (unsigned i = 0; i < v->nneed; i++)
		if (v->need[i].kind == kind)
			return true;
	return false;
}

#endif
