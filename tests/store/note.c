/* Notes between home and school: who may know what, states, the edit window. */
#include "kit/round_world.h"
#include "store/note.h"
#include "t.h"

static struct actor as(struct account *a, enum door door, int64_t context)
{
	return (struct actor){ .tenant = w.tenant, .person = a->person, .door = door,
			       .context = context };
}

static struct actor teacher(void) { return as(&w.teacher, DOOR_CLASS, w.course); }
static struct actor teacher2(void) { return as(&w.teacher2, DOOR_CLASS, w.course2); }
static struct actor mother(void) { return as(&w.mother, DOOR_FAMILY, 0); }
static struct actor father(void) { return as(&w.father, DOOR_FAMILY, 0); }

/* One act or look by one person, through the object policy as the pipeline does it. */
struct act {
	enum { WRITE, EDIT, BACK, ANSWER, SEE, LOOK, CHILD, CLASS, GLANCE, TO } what;
	struct actor who;
	int64_t child, note, household, rev, now;
	const char *body;
	enum note_kind kind;
	struct note_to to;
	bool alone;
	int64_t id;
	struct note *v;
	struct note_word *word;
	struct note_glance *glance;
	struct note_to *tos;
	unsigned n, n_word;
	struct access acc;
};

static enum err reach(struct db *db, struct act *a)
{
	if (a->what == CLASS || a->what == GLANCE || a->what == TO)
		return E_OK;
	if (a->note != 0)
		return access_check(db, &a->who, a->now, OBJ_NOTE, a->note, &a->acc);
	return access_check(db, &a->who, a->now, OBJ_CHILD, a->child, &a->acc);
}

static enum err act_fn(struct db *db, void *arg)
{
	struct act *a = arg;
	struct note_by by = { &a->who, &a->acc, a->now };
	enum err err = reach(db, a);

	if (err != E_OK)
		return err;
	switch (a->what) {
	case WRITE:
		return note_write(db, &by, &a->to, a->alone, a->body, &a->id);
	case EDIT:
		return note_edit(db, &by, a->note, a->rev, a->body);
	case BACK:
		return note_take_back(db, &by, a->note, a->rev);
	case ANSWER:
		return note_answer(db, &by, a->note, a->household, a->rev, a->kind, a->body);
	case SEE:
		return note_see(db, &by, a->note);
	case LOOK:
		err = note_threads(db, &mem, &by, a->note, &a->v, &a->n);
		return err == E_OK ? note_words(db, &mem, &by, a->note, &a->word, &a->n_word) : err;
	case CHILD:
		return note_of_child(db, &mem, &by, &a->v, &a->n);
	case CLASS:
		return note_of_class(db, &mem, &a->who, a->now, &a->v, &a->n);
	case GLANCE:
		return note_glance(db, &mem, &a->who, a->now, &a->glance, &a->n);
	case TO:
		return note_recipients(db, &mem, w.tenant, a->child, a->now, &a->tos, &a->n);
	}
	return E_INTERNAL;
}

static enum err run(struct act *a)
{
	struct fault f = { 0 };
	enum err err;

	if (a->now == 0)
		a->now = NOW;
	err = store_write(st, act_fn, a, &f);
	if (err == E_DB || err == E_INTERNAL)
		printf("# %s\n", f.text);
	return err;
}

static int64_t school_writes(const char *body)
{
	struct act a = { .what = WRITE, .who = teacher(), .child = w.lina.person, .body = body };

	CHECK_INT(run(&a), E_OK);
	return a.id;
}

static int64_t home_writes(struct actor who, int64_t staff, const char *body)
{
	struct act a = { .what = WRITE, .who = who, .child = w.lina.person, .body = body,
			 .to = { .context = w.course, .staff = staff } };

	CHECK_INT(run(&a), E_OK);
	return a.id;
}

static enum err answer(struct actor who, int64_t note, int64_t household, int64_t rev,
		       const char *body, int64_t later)
{
	struct act a = { .what = ANSWER, .who = who, .note = note, .household = household,
			 .rev = rev, .body = body, .now = NOW + later };

	return run(&a);
}

static struct act look(struct actor who, int64_t note)
{
	struct act a = { .what = LOOK, .who = who, .note = note };

	CHECK_INT(run(&a), E_OK);
	return a;
}

static struct act list(struct actor who, int64_t child)
{
	struct act a = { .what = CHILD, .who = who, .child = child };

	CHECK_INT(run(&a), E_OK);
	return a;
}

TEST(each_household_answers_a_school_note_in_a_thread_of_its_own)
{
	struct act a;
	int64_t note;

	NEED(round_world());
	note = school_writes("Trip on Friday");
	CHECK_INT(answer(mother(), note, 0, 1, "canary-mother", 10), E_OK);
	/* The father's first word meets nothing: his thread is as he saw it. */
	CHECK_INT(answer(father(), note, 0, 1, "canary-father", 20), E_OK);
	a = look(mother(), note);
	NEED(a.n == 1 && a.n_word == 1);
	CHECK_STR(a.word[0].body, "canary-mother");
	CHECK(a.v[0].state == NOTE_ANSWERED && a.v[0].rev == 2 && a.v[0].last_at == NOW + 10);
	a = look(father(), note);
	NEED(a.n == 1 && a.n_word == 1);
	CHECK_STR(a.word[0].body, "canary-father");
	a = look(teacher(), note);
	CHECK_INT(a.n, 2);
	CHECK_INT(a.n_word, 2);
	a = list(mother(), w.lina.person);
	NEED(a.n == 1);
	CHECK_INT(a.v[0].household, w.mother.person);
	CHECK_STR(a.v[0].said, "canary-mother");
	CHECK_STR(a.v[0].said_by, "Rima Haddad");
	/* naming another household's thread does not lead into it */
	CHECK_INT(answer(mother(), note, w.father.person, 2, "again", 30), E_OK);
	a = look(father(), note);
	CHECK_INT(a.n_word, 1);
}

TEST(an_unanswered_note_looks_the_same_after_the_other_household_answered)
{
	struct act before, after;
	int64_t note;

	NEED(round_world());
	note = school_writes("Trip on Friday");
	before = look(father(), note);
	CHECK_INT(answer(mother(), note, 0, 1, "yes", 10), E_OK);
	after = look(father(), note);
	NEED(before.n == 1 && after.n == 1);
	CHECK_INT(after.v[0].rev, before.v[0].rev);
	CHECK(after.v[0].state == NOTE_OPEN && after.v[0].answered_ever == before.v[0].answered_ever);
	CHECK(after.v[0].last_at == before.v[0].last_at && after.v[0].home_seen == before.v[0].home_seen);
	CHECK(after.n_word == 0 && after.v[0].said == NULL && after.v[0].said_by == NULL);
}

TEST(a_note_from_home_is_the_households_and_those_it_is_addressed_to)
{
	struct act a = { .what = LOOK, .who = father() };
	int64_t team, one;

	NEED(round_world());
	team = home_writes(mother(), 0, "Lina sleeps badly");
	one = home_writes(mother(), w.teacher.person, "Only for you");
	a.who = father();
	a.note = team;
	CHECK_INT(run(&a), E_MISSING);
	CHECK_INT(list(father(), w.lina.person).n, 0);
	CHECK_INT(list(mother(), w.lina.person).n, 2);
	CHECK_INT(list(teacher(), w.lina.person).n, 2);
	CHECK_INT(look(teacher(), one).n, 1);
	/* Ms Okafor teaches Lina too, in another class. */
	a.who = teacher2();
	CHECK_INT(run(&a), E_MISSING);
	CHECK_INT(list(teacher2(), w.lina.person).n, 0);
	a = (struct act){ .what = LOOK, .who = as(&w.lina, DOOR_STUDENT, w.course), .note = team };
	CHECK_INT(run(&a), E_MISSING);
	a = (struct act){ .what = LOOK, .who = as(&w.other, DOOR_FAMILY, 0), .note = team };
	CHECK_INT(run(&a), E_MISSING);
}

static enum err add_teacher2(struct db *db, void *arg)
{
	(void)arg;
	return member_seen(db, w.tenant, w.course, w.teacher2.person, "teacher", "launch", NOW);
}

TEST(a_note_to_one_teacher_is_not_the_teams)
{
	struct actor co;
	struct fault f = { 0 };
	struct act a = { .what = LOOK };
	int64_t one;

	NEED(round_world());
	CHECK_INT(store_write(st, add_teacher2, NULL, &f), E_OK);
	co = as(&w.teacher2, DOOR_CLASS, w.course);
	one = home_writes(mother(), w.teacher.person, "Only for you");
	CHECK_INT(list(co, w.lina.person).n, 0);
	a.who = co;
	a.note = one;
	CHECK_INT(run(&a), E_MISSING);
	a = (struct act){ .what = GLANCE, .who = co };
	CHECK_INT(run(&a), E_OK);
	CHECK_INT(a.n, 0);
	home_writes(mother(), 0, "For all of you");
	CHECK_INT(list(co, w.lina.person).n, 1);
}

TEST(nobody_writes_to_strangers)
{
	struct act a = { .what = WRITE, .child = 0, .body = "hello" };

	NEED(round_world());
	a.who = mother();
	a.child = w.lina.person;
	a.to = (struct note_to){ .context = w.course, .staff = w.teacher2.person };
	CHECK_INT(run(&a), E_INPUT);
	a.child = w.sami.person;
	a.to = (struct note_to){ .context = w.course };
	CHECK_INT(run(&a), E_INPUT);
	a.child = w.tomas.person;
	CHECK_INT(run(&a), E_MISSING);
}

TEST(somebody_faster_is_a_conflict_and_nothing_is_kept)
{
	struct act a;
	int64_t note;

	NEED(round_world());
	note = home_writes(mother(), 0, "Lina sleeps badly");
	CHECK_INT(answer(teacher(), note, w.mother.person, 1, "Thank you", 10), E_OK);
	CHECK_INT(answer(teacher(), note, w.mother.person, 1, "Thank you", 11), E_CONFLICT);
	CHECK_INT(answer(mother(), note, 0, 1, "too late", 12), E_CONFLICT);
	a = look(mother(), note);
	CHECK_INT(a.n_word, 1);
	CHECK_INT(a.v[0].state, NOTE_ANSWERED);
}

TEST(open_answered_closed_in_this_order)
{
	struct act c = { .what = ANSWER, .kind = NOTE_CLOSE, .body = "" };
	int64_t note, school;

	NEED(round_world());
	note = home_writes(mother(), 0, "Lina sleeps badly");
	c.who = teacher();
	c.note = note;
	c.household = w.mother.person;
	c.rev = 1;
	CHECK_INT(run(&c), E_CONFLICT);
	CHECK_INT(answer(teacher(), note, w.mother.person, 1, "Thank you", 10), E_OK);
	c.rev = 2;
	CHECK_INT(run(&c), E_OK);
	CHECK_INT(look(mother(), note).v[0].state, NOTE_CLOSED);
	CHECK_INT(answer(mother(), note, 0, 3, "one more", 20), E_CONFLICT);
	/* the school does not open a thread in a family's name */
	school = school_writes("Trip on Friday");
	CHECK_INT(answer(teacher(), school, w.mother.person, 1, "hello?", 10), E_CONFLICT);
	CHECK_INT(answer(teacher(), note, w.father.person, 1, "wrong home", 10), E_CONFLICT);
}

TEST(a_note_may_change_for_fifteen_minutes_while_nobody_answered)
{
	struct act e = { .what = EDIT, .body = "Trip on Thursday", .rev = 1 };
	struct act b = { .what = BACK, .rev = 2 };
	struct act a;
	int64_t note;

	NEED(round_world());
	note = school_writes("Trip on Friday");
	e.who = teacher();
	e.note = b.note = note;
	e.now = NOW + NOTE_EDIT_MS;
	CHECK_INT(run(&e), E_CONFLICT);
	e.now = NOW + NOTE_EDIT_MS - 1;
	CHECK_INT(run(&e), E_OK);
	CHECK_STR(look(mother(), note).v[0].body, "Trip on Thursday");
	/* who read the first words does not answer the second ones unknowingly */
	CHECK_INT(answer(mother(), note, 0, 1, "Friday is fine", 10), E_CONFLICT);
	CHECK_INT(answer(mother(), note, 0, 2, "Thursday is fine", 10), E_OK);
	b.who = teacher();
	b.now = NOW + 20;
	CHECK_INT(run(&b), E_CONFLICT);
	b.note = school_writes("Wrong child");
	b.rev = 1;
	CHECK_INT(run(&b), E_OK);
	a = look(mother(), b.note);
	CHECK_STR(a.v[0].body, "");
	CHECK_INT(a.v[0].state, NOTE_TAKEN_BACK);
	CHECK_INT(answer(mother(), b.note, 0, 2, "what?", 30), E_CONFLICT);
	e = (struct act){ .what = EDIT, .who = teacher(), .note = home_writes(mother(), 0, "mine"),
			  .rev = 1, .body = "not yours" };
	CHECK_INT(run(&e), E_CONFLICT);
}

TEST(seen_counts_only_what_was_there_and_only_the_own_household)
{
	struct act s = { .what = SEE };
	struct act a;
	int64_t note, marks;

	NEED(round_world());
	note = school_writes("Trip on Friday");
	CHECK(note_unread(&look(mother(), note).v[0], NOTE_HOME));
	s.who = father();
	s.note = note;
	s.now = NOW + 5;
	CHECK_INT(run(&s), E_OK);
	CHECK(note_unread(&look(mother(), note).v[0], NOTE_HOME));
	CHECK(!note_unread(&look(father(), note).v[0], NOTE_HOME));
	marks = test_count(st, "SELECT COUNT(*) FROM note_seen");
	s.now = NOW + 6;
	CHECK_INT(run(&s), E_OK);
	CHECK_INT(test_count(st, "SELECT COUNT(*) FROM note_seen"), marks);
	CHECK_INT(answer(mother(), note, 0, 1, "yes", 10), E_OK);
	a = look(teacher(), note);
	NEED(a.n == 1);
	CHECK(note_due(&a.v[0]) && note_unread(&a.v[0], NOTE_SCHOOL));
	s = (struct act){ .what = SEE, .who = teacher(), .note = note, .now = NOW + 20 };
	s.who.read_only = true;
	CHECK_INT(run(&s), E_OK);
	CHECK(note_due(&look(teacher(), note).v[0]));
	s.who.read_only = false;
	CHECK_INT(run(&s), E_OK);
	a = look(teacher(), note);
	CHECK(!note_due(&a.v[0]) && a.v[0].school_seen);
	CHECK(look(mother(), note).v[0].school_seen);
	/* a note from home asks until it is answered, read or not */
	note = home_writes(mother(), 0, "Lina sleeps badly");
	s.note = note;
	CHECK_INT(run(&s), E_OK);
	CHECK(note_due(&look(teacher(), note).v[0]));
	CHECK(!note_unread(&look(teacher(), note).v[0], NOTE_SCHOOL));
}

static enum err seat_an_aide(struct db *db, void *arg)
{
	(void)arg;
	return member_seen(db, w.tenant, w.course, w.other.person, "aide", "launch", NOW);
}

/* PRODUCT 5.4: other staff have no part in notes; "to the teachers" is what families read. */
TEST(an_aide_reads_no_note_not_even_one_to_the_team)
{
	struct act a = { .what = LOOK, .now = NOW };
	int64_t note;

	NEED(round_world());
	CHECK_INT(store_write(st, seat_an_aide, NULL, NULL), E_OK);
	note = home_writes(mother(), 0, "Lina sleeps badly");
	CHECK(look(teacher(), note).n == 1);
	a.who = as(&w.other, DOOR_CLASS, w.course);
	a.note = note;
	CHECK_INT(run(&a), E_MISSING);
	a = (struct act){ .what = CHILD, .who = a.who, .child = w.lina.person, .now = NOW };
	CHECK_INT(run(&a), E_OK);
	CHECK_INT(a.n, 0);
	CHECK(a.acc.read_only && a.acc.aide);
	a = (struct act){ .what = CLASS, .who = a.who, .now = NOW };
	a.who.aide = true;
	CHECK_INT(run(&a), E_OK);
	CHECK_INT(a.n, 0);
}

TEST(the_glance_has_one_row_a_pupil_and_says_what_is_due)
{
	struct act g = { .what = GLANCE };
	int64_t note;

	NEED(round_world());
	school_writes("Trip on Friday");
	g.who = teacher();
	CHECK_INT(run(&g), E_OK);
	NEED(g.n == 1);
	CHECK(g.glance[0].child == w.lina.person && !g.glance[0].due);
	CHECK(g.glance[0].last_side == NOTE_SCHOOL && g.glance[0].last_at == NOW);
	note = home_writes(mother(), 0, "Lina sleeps badly");
	CHECK_INT(run(&g), E_OK);
	NEED(g.n == 1);
	CHECK(g.glance[0].due);
	CHECK_INT(answer(teacher(), note, w.mother.person, 1, "Thank you", 10), E_OK);
	CHECK_INT(run(&g), E_OK);
	CHECK(!g.glance[0].due && g.glance[0].last_at == NOW + 10);
	g.who = mother();
	CHECK_INT(run(&g), E_OK);
	CHECK_INT(g.n, 0);
}

static enum err forbid(struct db *db, void *arg)
{
	return prohibition_add(db, w.tenant, w.lina.person, *(int64_t *)arg, "office", 1, NOW);
}

TEST(a_prohibition_closes_every_list_and_every_note)
{
	struct act a = { .what = LOOK };
	struct fault f = { 0 };

	NEED(round_world());
	a.note = school_writes("Trip on Friday");
	CHECK_INT(store_write(st, forbid, &w.father.person, &f), E_OK);
	a.who = father();
	CHECK_INT(run(&a), E_MISSING);
	CHECK_INT(store_write(st, forbid, &w.teacher.person, &f), E_OK);
	a.who = teacher();
	CHECK_INT(run(&a), E_MISSING);
	a = (struct act){ .what = CLASS, .who = teacher() };
	CHECK_INT(run(&a), E_OK);
	CHECK_INT(a.n, 0);
	a.what = GLANCE;
	CHECK_INT(run(&a), E_OK);
	CHECK_INT(a.n, 0);
	a = (struct act){ .what = TO, .who = mother(), .child = w.lina.person };
	CHECK_INT(run(&a), E_OK);
	for (unsigned i = 0; i < a.n; i++)
		CHECK(a.tos[i].staff != w.teacher.person && a.tos[i].context != w.course);
}

static enum err make_secondary(struct db *db, void *arg)
{
	(void)arg;
	return db_run(db, NULL, "UPDATE context SET phase = 'secondary' WHERE tenant_id = $1 AND id = $2",
		      "ii", w.tenant, w.course);
}

TEST(in_secondary_one_teacher_is_offered_first_elsewhere_the_team)
{
	struct act a = { .what = TO };
	struct fault f = { 0 };

	NEED(round_world());
	CHECK_INT(store_write(st, add_teacher2, NULL, &f), E_OK);
	a.child = w.tomas.person;
	CHECK_INT(run(&a), E_OK);
	NEED(a.n == 3);
	CHECK(a.tos[0].context == w.course && a.tos[0].staff == 0 && a.tos[1].staff != 0);
	CHECK_INT(store_write(st, make_secondary, NULL, &f), E_OK);
	CHECK_INT(run(&a), E_OK);
	NEED(a.n == 3);
	CHECK(a.tos[0].staff != 0 && a.tos[1].staff != 0 && a.tos[2].staff == 0);
}

TEST(a_day_holds_only_so_many_notes)
{
	struct act a = { .what = WRITE, .body = "again" };

	NEED(round_world());
	a.who = teacher();
	a.child = w.lina.person;
	for (int i = 0; i < NOTE_A_DAY; i++)
		NEED(run(&a) == E_OK);
	CHECK_INT(run(&a), E_LIMIT);
	a.now = NOW + 25 * HOUR;
	CHECK_INT(run(&a), E_OK);
}

struct take {
	struct buf out;
	int64_t household;
};

static enum err export_fn(struct db *db, void *arg)
{
	struct take *t = arg;

	buf_release(&t->out);
	t->out = (struct buf)BUF_INIT(1 << 20);
	return note_export(db, w.tenant, w.lina.person, t->household, &t->out);
}

static enum err erase_fn(struct db *db, void *arg)
{
	(void)arg;
	return note_erase(db, w.tenant, w.lina.person);
}

static bool holds(const struct buf *b, const char *s)
{
	return memmem(b->p, b->len, s, strlen(s)) != NULL;
}

TEST(an_export_is_what_that_guardian_sees_and_erasing_leaves_nothing)
{
	struct take t = { .out = BUF_INIT(1 << 20) };
	struct fault f = { 0 };
	int64_t note;

	NEED(round_world());
	note = school_writes("Trip on Friday");
	CHECK_INT(answer(mother(), note, 0, 1, "canary-mother", 10), E_OK);
	home_writes(father(), 0, "canary-father");
	t.household = w.father.person;
	CHECK_INT(store_read(st, export_fn, &t, &f), E_OK);
	CHECK(holds(&t.out, "Trip on Friday") && holds(&t.out, "canary-father"));
	CHECK(!holds(&t.out, "canary-mother") && !holds(&t.out, "Rima"));
	t.household = 0;
	CHECK_INT(store_read(st, export_fn, &t, &f), E_OK);
	CHECK(holds(&t.out, "canary-mother") && holds(&t.out, "canary-father"));
	CHECK_INT(store_write(st, erase_fn, NULL, &f), E_OK);
	CHECK_INT(store_read(st, export_fn, &t, &f), E_OK);
	CHECK_INT(t.out.len, 2);
	CHECK_INT(list(teacher(), w.lina.person).n, 0);
	buf_release(&t.out);
}
