/*
 * A guardian moves homes (docs/data.md, "Households"): what was written stays with the
 * household it was written in, the mover reads the new home's, and nobody reads both.
 */
#include "kit/round_world.h"
#include "store/agreement.h"
#include "store/goal_read.h"
#include "store/note.h"
#include "t.h"

static struct actor as(struct account *a, enum door door)
{
	return (struct actor){ .tenant = w.tenant, .person = a->person, .door = door,
			       .context = door == DOOR_CLASS ? w.course : 0 };
}

struct home_move {
	struct account *who;
	int64_t household;
};

/* household 0: the guardian is a home of their own again. */
static enum err move_fn(struct db *db, void *arg)
{
	struct home_move *m = arg;
	enum err err = db_run(db, NULL,
			      "DELETE FROM household_member WHERE tenant_id = $1 AND child_id = $2 "
			      "AND person_id = $3",
			      "iii", w.tenant, w.lina.person, m->who->person);

	if (err != E_OK || m->household == 0)
		return err;
	return db_run(db, NULL,
		      "INSERT INTO household_member (tenant_id, child_id, person_id, household_id) "
		      "VALUES ($1, $2, $3, $4)",
		      "iiii", w.tenant, w.lina.person, m->who->person, m->household);
}

static void move(struct account *who, int64_t household)
{
	struct home_move m = { who, household };

	CHECK_INT(store_write(st, move_fn, &m, NULL), E_OK);
}

static int64_t note_id, goal_id;

static enum err write_fn(struct db *db, void *arg)
{
	struct actor who = as(arg, DOOR_FAMILY);
	struct access acc = { 0 };
	struct note_by by = { &who, &acc, NOW };
	struct note_to to = { .context = w.course };
	struct goal_words g = { .words = "canary-goal", .home_step = "canary-step",
				.school_step = "", .measure = "", .school_only = true,
				.only_household = true, .start_day = 100, .review_day = 200 };
	struct goal_who gw;
	enum err err = access_child(db, &who, NOW, w.lina.person, &acc);

	if (err == E_OK)
		err = note_write(db, &by, &to, false, "canary-note", &note_id);
	gw = goal_who(&who, &acc, NOW);
	return err == E_OK ? goal_propose(db, &gw, w.lina.person, &g, &goal_id) : err;
}

struct look {
	struct actor who;
	enum obj kind;
	int64_t id;
	unsigned notes;
};

static enum err look_fn(struct db *db, void *arg)
{
	struct look *l = arg;
	struct access acc = { 0 };
	struct note_by by = { &l->who, &acc, NOW };
	struct note *v = NULL;
	enum err err;

	if (l->kind != OBJ_NONE)
		return access_check(db, &l->who, NOW, l->kind, l->id, &acc);
	err = access_child(db, &l->who, NOW, w.lina.person, &acc);
	return err == E_OK ? note_of_child(db, &mem, &by, &v, &l->notes) : err;
}

static enum err reads(struct account *who, enum door door, enum obj kind, int64_t id)
{
	struct look l = { .who = as(who, door), .kind = kind, .id = id };

	return store_read(st, look_fn, &l, NULL);
}

static unsigned list_of(struct account *who)
{
	struct look l = { .who = as(who, DOOR_FAMILY) };

	CHECK_INT(store_read(st, look_fn, &l, NULL), E_OK);
	return l.notes;
}

TEST(what_was_written_stays_with_its_household)
{
	NEED(round_world());
	CHECK_INT(store_write(st, write_fn, &w.mother, NULL), E_OK);
	CHECK_INT(reads(&w.mother, DOOR_FAMILY, OBJ_NOTE, note_id), E_OK);
	CHECK_INT(reads(&w.mother, DOOR_FAMILY, OBJ_GOAL, goal_id), E_OK);
	CHECK_INT(list_of(&w.mother), 1);
	/* both move under one roof: the old home's words are no longer anybody's at home */
	move(&w.mother, 777);
	move(&w.father, 777);
	CHECK_INT(reads(&w.mother, DOOR_FAMILY, OBJ_NOTE, note_id), E_MISSING);
	CHECK_INT(reads(&w.father, DOOR_FAMILY, OBJ_NOTE, note_id), E_MISSING);
	CHECK_INT(reads(&w.father, DOOR_FAMILY, OBJ_GOAL, goal_id), E_MISSING);
	CHECK_INT(list_of(&w.mother), 0);
	CHECK_INT(list_of(&w.father), 0);
	/* school still answers, and the address did not change either */
	CHECK_INT(reads(&w.teacher, DOOR_CLASS, OBJ_NOTE, note_id), E_OK);
	CHECK_INT(reads(&w.teacher, DOOR_CLASS, OBJ_GOAL, goal_id), E_OK);
	/* back home: it was kept */
	move(&w.mother, 0);
	CHECK_INT(reads(&w.mother, DOOR_FAMILY, OBJ_NOTE, note_id), E_OK);
	CHECK_INT(list_of(&w.mother), 1);
}

TEST(who_leaves_a_home_reads_no_more_of_it)
{
	NEED(round_world());
	move(&w.mother, 777);
	move(&w.father, 777);
	CHECK_INT(store_write(st, write_fn, &w.mother, NULL), E_OK);
	CHECK_INT(reads(&w.father, DOOR_FAMILY, OBJ_NOTE, note_id), E_OK);
	move(&w.father, 0);
	CHECK_INT(reads(&w.father, DOOR_FAMILY, OBJ_NOTE, note_id), E_MISSING);
	CHECK_INT(reads(&w.father, DOOR_FAMILY, OBJ_GOAL, goal_id), E_MISSING);
	CHECK_INT(list_of(&w.father), 0);
	CHECK_INT(reads(&w.mother, DOOR_FAMILY, OBJ_NOTE, note_id), E_OK);
}

TEST(an_appointment_of_the_old_home_stands_and_is_schools_to_change)
{
	struct deed d;

	NEED(round_world());
	d = book(&w.lina, &w.mother, w.slot[0]);
	NEED(d.err == E_OK);
	move(&w.mother, 777);
	CHECK_INT(reads(&w.mother, DOOR_FAMILY, OBJ_BOOKING, d.booking), E_MISSING);
	CHECK_INT(reads(&w.teacher, DOOR_CLASS, OBJ_BOOKING, d.booking), E_OK);
}
