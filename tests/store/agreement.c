/* Two-column agreements: states, versions, and one copy a household. */
#include "kit/round_world.h"
#include "store/agreement_comment.h"
#include "t.h"

static struct actor as(struct account *a, enum door door, int64_t context)
{
	return (struct actor){ .tenant = w.tenant, .person = a->person, .door = door,
			       .context = context };
}

static struct actor teacher(void) { return as(&w.teacher, DOOR_CLASS, w.course); }
static struct actor mother(void) { return as(&w.mother, DOOR_FAMILY, 0); }
static struct actor father(void) { return as(&w.father, DOOR_FAMILY, 0); }
static struct actor lina(void) { return as(&w.lina, DOOR_STUDENT, w.course); }

/* One act or look by one person, through the object policy as the pipeline does it. */
struct act {
	enum { CREATE, DRAFT, CHANGE, AGREE, KEEP, RENEW, END, LOAD, CHILD, CLASS, HISTORY,
	       HOMES } what;
	struct actor who;
	int64_t child, id, rev, with, now;
	struct agreement_words w;
	bool offer;
	struct agreement_copy one, *v;
	struct agreement_event *event;
	struct agreement_home *home;
	unsigned n;
	struct access acc;
};

static enum err reach(struct db *db, struct act *a)
{
	if (a->what == CLASS || a->what == HOMES)
		return E_OK;
	if (a->id != 0)
		return access_check(db, &a->who, a->now, OBJ_AGREEMENT, a->id, &a->acc);
	return access_check(db, &a->who, a->now, OBJ_CHILD, a->child, &a->acc);
}

static enum err act_fn(struct db *db, void *arg)
{
	struct act *a = arg;
	struct agreement_by by = { &a->who, &a->acc, a->now };
	enum err err = reach(db, a);

	if (err != E_OK)
		return err;
	switch (a->what) {
	case CREATE:
		return agreement_create(db, &by, a->with, &a->w, a->offer, &a->id);
	case DRAFT:
		return agreement_draft(db, &by, a->id, a->rev, &a->w, a->offer);
	case CHANGE:
		return agreement_change(db, &by, a->id, a->rev, &a->w);
	case AGREE:
		return agreement_agree(db, &by, a->id, a->rev);
	case KEEP:
		return agreement_keep(db, &by, a->id, a->rev);
	case RENEW:
		return agreement_renew(db, &by, a->id, a->rev, a->w.review_day);
	case END:
		return agreement_end(db, &by, a->id, a->rev);
	case LOAD:
		return agreement_load(db, &mem, &by, a->id, &a->one);
	case CHILD:
		return agreement_of_child(db, &mem, &by, &a->v, &a->n);
	case CLASS:
		return agreement_of_class(db, &mem, &a->who, a->now, &a->v, &a->n);
	case HISTORY:
		return agreement_history(db, &mem, &by, a->id, &a->event, &a->n);
	case HOMES:
		return agreement_homes(db, &mem, w.tenant, a->child, a->now, &a->home, &a->n);
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

static struct agreement_words words(const char *home)
{
	return (struct agreement_words){ "Lina reads every day", "read aloud after lunch", home, "",
					 "2026-01-15" };
}

static int64_t offer_to(struct account *guardian, const char *home)
{
	struct act a = { .what = CREATE, .who = teacher(), .child = w.lina.person,
			 .with = guardian->person, .w = words(home), .offer = true };

	CHECK_INT(run(&a), E_OK);
	return a.id;
}

static enum err go(int what, struct actor who, int64_t id, int64_t rev, const char *home)
{
	struct act a = { .what = what, .who = who, .id = id, .rev = rev };

	if (home != NULL)
		a.w = words(home);
	return run(&a);
}

static struct agreement_copy load(struct actor who, int64_t id)
{
	struct act a = { .what = LOAD, .who = who, .id = id };

	CHECK_INT(run(&a), E_OK);
	return a.one;
}

static unsigned count(struct actor who)
{
	struct act a = { .what = CHILD, .who = who, .child = w.lina.person };

	CHECK_INT(run(&a), E_OK);
	return a.n;
}

TEST(offered_and_agreed_by_the_other_side_only)
{
	struct agreement_copy g;
	int64_t id;

	NEED(round_world());
	id = offer_to(&w.mother, "read at bedtime");
	g = load(mother(), id);
	CHECK(g.state == AGREEMENT_OFFERED && agreement_waits(&g, AGREEMENT_HOME));
	CHECK(!agreement_waits(&g, AGREEMENT_SCHOOL) && g.held.version == 0);
	CHECK_INT(go(AGREE, teacher(), id, 1, NULL), E_CONFLICT);
	CHECK_INT(go(AGREE, mother(), id, 1, NULL), E_OK);
	CHECK_INT(go(AGREE, mother(), id, 1, NULL), E_CONFLICT);
	g = load(teacher(), id);
	CHECK(g.state == AGREEMENT_AGREED && g.held.version == 1 && g.agreed_at == NOW);
	CHECK_STR(g.held.w.home, "read at bedtime");
	CHECK(!agreement_review_due(&g, "2026-01-14") && agreement_review_due(&g, "2026-01-15"));
}

TEST(a_change_waits_for_the_other_side_while_the_old_words_hold)
{
	struct agreement_copy g;
	int64_t id;

	NEED(round_world());
	id = offer_to(&w.mother, "read at bedtime");
	CHECK_INT(go(CHANGE, mother(), id, 1, "read at breakfast"), E_OK);
	g = load(teacher(), id);
	CHECK(g.state == AGREEMENT_COUNTERED && agreement_waits(&g, AGREEMENT_SCHOOL));
	CHECK_INT(go(AGREE, mother(), id, 2, NULL), E_CONFLICT);
	CHECK_INT(go(AGREE, teacher(), id, 2, NULL), E_OK);
	CHECK_INT(go(CHANGE, teacher(), id, 3, "read at noon"), E_OK);
	g = load(mother(), id);
	CHECK(g.state == AGREEMENT_OFFERED && g.now.version == 3 && g.held.version == 2);
	CHECK_STR(g.now.w.home, "read at noon");
	CHECK_STR(g.held.w.home, "read at breakfast");
	CHECK_STR(load(lina(), id).now.w.home, "read at breakfast");
	CHECK_INT(go(KEEP, mother(), id, 4, NULL), E_OK);
	g = load(teacher(), id);
	CHECK(g.state == AGREEMENT_AGREED);
	CHECK_STR(g.now.w.home, "read at breakfast");
	/* the words as they are make no new version; a later change gets a number of its own */
	CHECK_INT(go(CHANGE, mother(), id, 5, "read at breakfast"), E_OK);
	CHECK_INT(load(teacher(), id).rev, 5);
	CHECK_INT(go(CHANGE, mother(), id, 5, "read at night"), E_OK);
	CHECK_INT(load(teacher(), id).now.version, 4);
}

TEST(two_households_never_meet)
{
	struct act a = { .what = LOAD };
	int64_t hers, his;

	NEED(round_world());
	hers = offer_to(&w.mother, "canary-mother");
	his = offer_to(&w.father, "canary-father");
	CHECK_INT(count(mother()), 1);
	CHECK_INT(count(father()), 1);
	CHECK_INT(count(teacher()), 2);
	CHECK_STR(load(mother(), hers).now.w.home, "canary-mother");
	a.who = mother();
	a.id = his;
	CHECK_INT(run(&a), E_MISSING);
	CHECK_INT(go(AGREE, father(), hers, 1, NULL), E_MISSING);
	CHECK_INT(go(CHANGE, father(), hers, 1, "mine"), E_MISSING);
	CHECK_INT(go(AGREE, as(&w.other, DOOR_FAMILY, 0), hers, 1, NULL), E_MISSING);
	/* staff of the child's other class read it (PRODUCT 5.4), and write nothing */
	a = (struct act){ .what = LOAD, .who = as(&w.teacher2, DOOR_CLASS, w.course2), .id = hers };
	CHECK_INT(run(&a), E_OK);
	CHECK(a.acc.read_only);
	/* nothing is in effect yet: not for the student */
	a = (struct act){ .what = LOAD, .who = lina(), .id = hers };
	CHECK_INT(run(&a), E_MISSING);
	CHECK_INT(count(lina()), 0);
}

TEST(a_draft_is_its_own_sides)
{
	struct act a = { .what = CREATE };
	struct act l = { .what = LOAD };

	NEED(round_world());
	a.who = mother();
	a.child = w.lina.person;
	a.with = w.course;
	a.w = words("");
	a.offer = true;
	CHECK_INT(run(&a), E_INPUT);
	a.offer = false;
	CHECK_INT(run(&a), E_OK);
	CHECK_INT(count(teacher()), 0);
	CHECK_INT(count(mother()), 1);
	l.who = teacher();
	l.id = a.id;
	CHECK_INT(run(&l), E_MISSING);
	CHECK_INT(go(AGREE, mother(), a.id, 1, NULL), E_CONFLICT);
	CHECK_INT(go(DRAFT, mother(), a.id, 1, "read at bedtime"), E_OK);
	CHECK_INT(go(DRAFT, mother(), a.id, 1, "read at bedtime"), E_CONFLICT);
	a = (struct act){ .what = DRAFT, .who = mother(), .id = a.id, .rev = 2,
			  .w = words("read at bedtime"), .offer = true };
	CHECK_INT(run(&a), E_OK);
	CHECK_INT(count(teacher()), 1);
	CHECK_INT(go(AGREE, teacher(), a.id, 3, NULL), E_OK);
	/* a draft that ends was never the other side's business */
	a = (struct act){ .what = CREATE, .who = teacher(), .child = w.lina.person,
			  .with = w.mother.person, .w = words("x") };
	CHECK_INT(run(&a), E_OK);
	CHECK_INT(go(END, teacher(), a.id, 1, NULL), E_OK);
	l = (struct act){ .what = LOAD, .who = mother(), .id = a.id };
	CHECK_INT(run(&l), E_MISSING);
}

TEST(renewed_on_a_later_day_or_ended)
{
	struct act a = { .what = RENEW, .rev = 2 };
	struct act h = { .what = HISTORY };
	int64_t id;

	NEED(round_world());
	id = offer_to(&w.mother, "read at bedtime");
	a.who = mother();
	a.id = h.id = id;
	a.w.review_day = "2026-03-01";
	CHECK_INT(run(&a), E_CONFLICT);
	CHECK_INT(go(AGREE, mother(), id, 1, NULL), E_OK);
	a.w.review_day = "2026-01-15";
	CHECK_INT(run(&a), E_CONFLICT);
	a.w.review_day = "2026-03-01";
	CHECK_INT(run(&a), E_OK);
	CHECK_STR(load(teacher(), id).held.w.review_day, "2026-03-01");
	CHECK_STR(load(teacher(), id).held.w.home, "read at bedtime");
	CHECK_INT(go(END, teacher(), id, 3, NULL), E_OK);
	CHECK_INT(go(END, mother(), id, 4, NULL), E_CONFLICT);
	CHECK_INT(go(CHANGE, mother(), id, 4, "again"), E_CONFLICT);
	h.who = mother();
	CHECK_INT(run(&h), E_OK);
	NEED(h.n == 4);
	CHECK_STR(h.event[0].what, "offered");
	CHECK_STR(h.event[3].what, "ended");
}

TEST(only_with_a_household_that_may_and_a_class_that_is)
{
	struct act a = { .what = CREATE, .offer = true };

	NEED(round_world());
	a.who = teacher();
	a.child = w.lina.person;
	a.with = w.other.person;
	a.w = words("read");
	CHECK_INT(run(&a), E_INPUT);
	a.who = mother();
	a.child = w.sami.person;
	a.with = w.course;
	CHECK_INT(run(&a), E_INPUT);
	for (int i = 0; i < AGREEMENT_OPEN_MAX; i++)
		offer_to(&w.mother, "read");
	a.who = teacher();
	a.child = w.lina.person;
	a.with = w.mother.person;
	CHECK_INT(run(&a), E_LIMIT);
	offer_to(&w.father, "read");
}

static enum err forbid(struct db *db, void *arg)
{
	return prohibition_add(db, w.tenant, w.lina.person, *(int64_t *)arg, "office", 1, NOW);
}

TEST(a_prohibition_closes_everything)
{
	struct act a = { .what = HOMES };
	struct fault f = { 0 };
	int64_t id;

	NEED(round_world());
	id = offer_to(&w.father, "read");
	a.child = w.lina.person;
	CHECK_INT(run(&a), E_OK);
	CHECK_INT(a.n, 2);
	CHECK_INT(store_write(st, forbid, &w.father.person, &f), E_OK);
	CHECK_INT(run(&a), E_OK);
	NEED(a.n == 1);
	CHECK(a.home[0].household == w.mother.person);
	CHECK_STR(a.home[0].names, "Rima Haddad");
	CHECK_INT(go(AGREE, father(), id, 1, NULL), E_MISSING);
	a = (struct act){ .what = CREATE, .who = teacher(), .child = w.lina.person,
			  .with = w.father.person, .w = words("read"), .offer = true };
	CHECK_INT(run(&a), E_INPUT);
	CHECK_INT(store_write(st, forbid, &w.teacher.person, &f), E_OK);
	a = (struct act){ .what = CLASS, .who = teacher() };
	CHECK_INT(run(&a), E_OK);
	CHECK_INT(a.n, 0);
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
	return agreement_export(db, w.tenant, w.lina.person, t->household, &t->out);
}

static enum err erase_fn(struct db *db, void *arg)
{
	(void)arg;
	return agreement_erase(db, w.tenant, w.lina.person);
}

static bool holds(const struct buf *b, const char *s)
{
	return memmem(b->p, b->len, s, strlen(s)) != NULL;
}

TEST(an_export_is_that_households_and_erasing_leaves_nothing)
{
	struct take t = { .out = BUF_INIT(1 << 20) };
	struct fault f = { 0 };

	NEED(round_world());
	offer_to(&w.mother, "canary-mother");
	offer_to(&w.father, "canary-father");
	t.household = w.father.person;
	CHECK_INT(store_read(st, export_fn, &t, &f), E_OK);
	CHECK(holds(&t.out, "canary-father") && !holds(&t.out, "canary-mother"));
	t.household = 0;
	CHECK_INT(store_read(st, export_fn, &t, &f), E_OK);
	CHECK(holds(&t.out, "canary-father") && holds(&t.out, "canary-mother"));
	CHECK_INT(store_write(st, erase_fn, NULL, &f), E_OK);
	CHECK_INT(store_read(st, export_fn, &t, &f), E_OK);
	CHECK_INT(t.out.len, 2);
	CHECK_INT(count(teacher()), 0);
	buf_release(&t.out);
}

/* ---- what the student says ------------------------------------------------ */

struct say {
	enum { SAY, UNDO, SEEN, LIST } what;
	struct actor who;
	int64_t id, now, comment;
	const char *body;
	struct agreement_comment *v;
	unsigned n;
};

static enum err say_fn(struct db *db, void *arg)
{
	struct say *s = arg;
	struct access acc = { 0 };
	struct agreement_by by = { &s->who, &acc, s->now };
	enum err err = access_check(db, &s->who, s->now, OBJ_AGREEMENT, s->id, &acc);

	if (err != E_OK)
		return err;
	switch (s->what) {
	case SAY:
		return agreement_comment_add(db, &by, s->id, s->body);
	case UNDO:
		return agreement_comment_undo(db, &by, s->id, s->comment);
	case SEEN:
		return agreement_comments_seen(db, &by, s->id);
	case LIST:
		return agreement_comments(db, &mem, &by, s->id, &s->v, &s->n);
	}
	return E_INTERNAL;
}

static enum err speak(struct say *s)
{
	struct fault f = { 0 };
	enum err err;

	if (s->now == 0)
		s->now = NOW;
	err = store_write(st, say_fn, s, &f);
	if (err == E_DB || err == E_INTERNAL)
		printf("# %s\n", f.text);
	return err;
}

static enum err say(int64_t id, const char *body)
{
	return speak(&(struct say){ .what = SAY, .who = lina(), .id = id, .body = body });
}

static struct say heard(struct actor who, int64_t id, int64_t now)
{
	struct say s = { .what = LIST, .who = who, .id = id, .now = now };

	CHECK_INT(speak(&s), E_OK);
	return s;
}

static int64_t agreed_with(struct account *guardian, struct actor home)
{
	int64_t id = offer_to(guardian, "read at bedtime");

	CHECK_INT(go(AGREE, home, id, 1, NULL), E_OK);
	return id;
}

TEST(a_student_speaks_of_what_is_in_effect_to_those_who_read_it)
{
	int64_t hers, offered;
	struct say s;

	NEED(round_world());
	offered = offer_to(&w.mother, "later");
	CHECK_INT(say(offered, "too early"), E_MISSING);
	hers = agreed_with(&w.mother, mother());
	CHECK_INT(say(hers, ""), E_INPUT);
	CHECK_INT(say(hers, "bedtime is fine"), E_OK);
	CHECK_INT(say(hers, "bedtime is fine"), E_OK);
	s = heard(teacher(), hers, NOW);
	NEED(s.n == 1);
	CHECK_STR(s.v[0].body, "bedtime is fine");
	CHECK_STR(s.v[0].author_name, "Lina Haddad");
	CHECK(!s.v[0].mine && !s.v[0].may_undo && s.v[0].version == 1);
	CHECK_INT(heard(mother(), hers, NOW).n, 1);
	CHECK(heard(lina(), hers, NOW).v[0].mine);
	s = (struct say){ .what = LIST, .who = father(), .id = hers };
	CHECK_INT(speak(&s), E_MISSING);
	/* a change that waits does not shut the student's mouth; the end does */
	CHECK_INT(go(CHANGE, teacher(), hers, 2, "read at noon"), E_OK);
	CHECK_INT(say(hers, "noon is late"), E_OK);
	CHECK_INT(go(END, teacher(), hers, 3, NULL), E_OK);
	CHECK_INT(say(hers, "over"), E_CONFLICT);
	CHECK_INT(heard(teacher(), hers, NOW).n, 2);
}

TEST(each_side_is_told_until_it_has_read)
{
	int64_t hers;

	NEED(round_world());
	hers = agreed_with(&w.mother, mother());
	CHECK_INT(say(hers, "one"), E_OK);
	CHECK_INT(load(teacher(), hers).said_school, 1);
	CHECK_INT(load(mother(), hers).said_home, 1);
	CHECK_INT(speak(&(struct say){ .what = SEEN, .who = teacher(), .id = hers }), E_OK);
	CHECK_INT(load(teacher(), hers).said_school, 0);
	CHECK_INT(load(mother(), hers).said_home, 1);
	CHECK_INT(say(hers, "two"), E_OK);
	CHECK_INT(load(teacher(), hers).said_school, 1);
	CHECK_INT(speak(&(struct say){ .what = SEEN, .who = mother(), .id = hers }), E_OK);
	CHECK_INT(load(mother(), hers).said_home, 0);
}

TEST(taken_back_for_fifteen_minutes_by_its_author_only)
{
	struct say s, undo = { .what = UNDO };
	struct act h = { .what = HISTORY };
	int64_t hers, his;

	NEED(round_world());
	hers = agreed_with(&w.mother, mother());
	his = agreed_with(&w.father, father());
	CHECK_INT(say(hers, "canary-said"), E_OK);
	s = heard(lina(), hers, NOW + AGREEMENT_COMMENT_UNDO_MS - 1);
	NEED(s.n == 1);
	CHECK(s.v[0].may_undo);
	CHECK(!heard(lina(), hers, NOW + AGREEMENT_COMMENT_UNDO_MS).v[0].may_undo);
	undo.who = lina();
	undo.comment = s.v[0].id;
	undo.id = his;
	CHECK_INT(speak(&undo), E_CONFLICT);
	undo.id = hers;
	undo.now = NOW + AGREEMENT_COMMENT_UNDO_MS;
	CHECK_INT(speak(&undo), E_CONFLICT);
	undo.now = NOW + AGREEMENT_COMMENT_UNDO_MS - 1;
	CHECK_INT(speak(&undo), E_OK);
	CHECK_INT(speak(&undo), E_CONFLICT);
	CHECK_INT(heard(teacher(), hers, NOW).n, 0);
	CHECK_INT(load(teacher(), hers).said_school, 0);
	CHECK_INT(test_count(st, "SELECT COUNT(*) FROM agreement_comment WHERE body = 'canary-said'"), 0);
	h.who = mother();
	h.id = hers;
	CHECK_INT(run(&h), E_OK);
	NEED(h.n == 4);
	CHECK_STR(h.event[2].what, "commented");
	CHECK(h.event[2].side == AGREEMENT_STUDENT && h.event[3].side == AGREEMENT_STUDENT);
	CHECK_STR(h.event[3].what, "uncommented");
}

TEST(enough_said)
{
	char body[20];
	int64_t hers;

	NEED(round_world());
	hers = agreed_with(&w.mother, mother());
	for (int i = 0; i < AGREEMENT_COMMENTS_MAX; i++) {
		snprintf(body, sizeof(body), "word %d", i);
		CHECK_INT(say(hers, body), E_OK);
	}
	CHECK_INT(say(hers, "one more"), E_LIMIT);
}

static enum err export_said(struct db *db, void *arg)
{
	struct take *t = arg;

	buf_release(&t->out);
	t->out = (struct buf)BUF_INIT(1 << 20);
	return agreement_comment_export(db, w.tenant, w.lina.person, t->household, &t->out);
}

TEST(what_was_said_goes_with_that_homes_export_and_with_the_child)
{
	struct take t = { .out = BUF_INIT(1 << 20) };
	struct fault f = { 0 };
	int64_t hers;

	NEED(round_world());
	hers = agreed_with(&w.mother, mother());
	CHECK_INT(say(hers, "canary-said"), E_OK);
	t.household = w.father.person;
	CHECK_INT(store_read(st, export_said, &t, &f), E_OK);
	CHECK_STR(t.out.p, "[]");
	t.household = w.mother.person;
	CHECK_INT(store_read(st, export_said, &t, &f), E_OK);
	CHECK(holds(&t.out, "canary-said") && holds(&t.out, "Lina Haddad"));
	CHECK_INT(store_write(st, erase_fn, NULL, &f), E_OK);
	CHECK_INT(test_count(st, "SELECT COUNT(*) FROM agreement_comment WHERE body = 'canary-said'"), 0);
	buf_release(&t.out);
}
