/* The office's counts, schools and courses, in its own tenant only, on both engines. */
#include "kit/db.h"
#include "kit/world.h"
#include "store/admin.h"
#include "store/admin_people.h"
#include "store/grant.h"
#include "store/audit.h"
#include "store/links.h"
#include "store/people.h"
#include "store/platform.h"
#include "t.h"

#define NOW 1700000000000LL
#define DAY (24 * 3600 * 1000LL)

static struct {
	int64_t tenant, other, platform, course;
	struct account teacher, lina, tomas, rima, dale;
} w;

static enum err make_people(struct db *db)
{
	const struct { const char *sub, *name, *role; struct account *out; } people[] = {
		{ "t", "Ms Okafor", "teacher", &w.teacher }, { "l", "Lina Haddad", "pupil", &w.lina },
		{ "c", "Tomás Núñez", "pupil", &w.tomas },   { "m", "Rima Haddad", "parent", &w.rima },
		{ "d", "Dale Carter", "unsorted", &w.dale },
	};
	enum err err = E_OK;

	for (unsigned i = 0; err == E_OK && i < ARRAY_LEN(people); i++) {
		struct account_facts f = { .tenant = w.tenant, .platform = w.platform,
					   .sub = people[i].sub, .full_name = people[i].name,
					   .username = people[i].sub, .now_ms = NOW };

		err = account_upsert(db, &mem, &f, people[i].out);
		if (err == E_OK)
			err = member_seen(db, w.tenant, w.course, people[i].out->person, people[i].role,
					  "launch", NOW);
	}
	return err;
}

static enum err make_world(struct db *db, void *arg)
{
	enum err err = world_platform(db, NOW, &w.tenant, &w.platform);

	(void)arg;
	if (err == E_OK)
		err = tenant_add(db, "Elsewhere", NOW, &w.other);
	if (err == E_OK)
		err = deployment_put(db, w.platform, w.tenant, "1", "approved", NOW);
	if (err == E_OK)
		err = deployment_put(db, w.platform, w.tenant, "2", "pending", NOW);
	if (err == E_OK)
		err = world_course(db, w.tenant, w.platform, "2", NOW, &w.course);
	if (err == E_OK)
		err = make_people(db);
	if (err == E_OK)
		err = link_replace(db, w.tenant, w.rima.person, "mentor", w.course, &w.lina.person, 1,
				   NOW);
	return err;
}

static bool world(void)
{
	return world_make(make_world, NULL);
}

struct ask {
	int64_t tenant, now;
	struct admin_counts c;
};

static enum err ask_counts(struct db *db, void *arg)
{
	struct ask *a = arg;

	return admin_count(db, a->tenant, a->now, NOW - DAY, "2006-11-14", &a->c);
}

static struct admin_counts counts(int64_t tenant, int64_t now)
{
	struct ask a = { .tenant = tenant, .now = now };
	struct fault f = { 0 };

	CHECK_INT(store_read(st, ask_counts, &a, &f), E_OK);
	if (f.err != E_OK)
		printf("# %s\n", f.text);
	return a.c;
}

TEST(counts_are_of_this_tenant_and_this_day)
{
	struct admin_counts c;

	NEED(world());
	c = counts(w.tenant, NOW);
	CHECK_INT(c.pupils, 2);
	CHECK_INT(c.staff, 1);
	CHECK_INT(c.guardians, 1);
	CHECK_INT(c.unsorted, 1);
	CHECK_INT(c.courses, 1);
	CHECK_INT(c.courses_unassigned, 1);
	CHECK_INT(c.links_active, 1);
	CHECK_INT(c.links_held, 0);
	CHECK_INT(c.links_expired, 0);
	CHECK_INT(c.pupils_alone, 1);
	CHECK_INT(c.deployments_waiting, 1);
	CHECK_INT(c.to_confirm, 0);
	c = counts(w.tenant, NOW + LINK_LIFE_MS + 1);
	CHECK_INT(c.links_expired, 1);
	CHECK_INT(c.links_active, 0);
	CHECK_INT(c.pupils_alone, 2);
	c = counts(w.other, NOW);
	CHECK_INT(c.pupils + c.staff + c.guardians + c.courses + c.deployments_waiting, 0);
}

static enum err forbid(struct db *db, void *arg)
{
	(void)arg;
	return prohibition_add(db, w.tenant, w.lina.person, w.dale.person, "office", 0, NOW);
}

TEST(a_prohibition_makes_other_links_of_that_child_wait)
{
	struct fault f = { 0 };
	struct admin_counts c;

	NEED(world());
	CHECK_INT(store_write(st, forbid, NULL, &f), E_OK);
	c = counts(w.tenant, NOW);
	CHECK_INT(c.links_held, 1);
	CHECK_INT(c.links_active, 0);
}

struct put {
	int64_t tenant, school, course;
	const char *phase;
	struct school s;
	struct school_holiday h;
	int64_t id;
};

static enum err put_school(struct db *db, void *arg)
{
	struct put *p = arg;

	return school_put(db, p->tenant, &p->s, NOW, &p->id);
}

static enum err assign(struct db *db, void *arg)
{
	struct put *p = arg;

	return course_assign(db, p->tenant, p->course, p->school, p->phase);
}

static enum err close_days(struct db *db, void *arg)
{
	struct put *p = arg;

	return school_holiday_add(db, p->tenant, p->school, &p->h);
}

static enum err open_days(struct db *db, void *arg)
{
	struct put *p = arg;

	return school_holiday_drop(db, p->tenant, p->school, p->h.first_day);
}

static enum err act(store_fn fn, struct put *p)
{
	struct fault f = { 0 };

	return store_write(st, fn, p, &f);
}

static const struct school harbour = { .name = "Harbour Lane", .phase = "primary",
				       .zone = "America/Chicago", .office_contact = "555 0100",
				       .safeguarding_lead = "Mr Fraser", .emergency_number = "911" };

TEST(a_school_is_kept_changed_and_belongs_to_its_tenant)
{
	struct put p = { .s = harbour };

	NEED(world());
	p.tenant = w.tenant;
	CHECK_INT(act(put_school, &p), E_OK);
	p.s.id = p.id;
	p.s.name = "Harbour Lane School";
	CHECK_INT(act(put_school, &p), E_OK);
	p.tenant = w.other;
	CHECK_INT(act(put_school, &p), E_MISSING);
}

TEST(a_course_goes_only_to_a_school_of_its_own_tenant)
{
	struct put p = { .s = harbour, .phase = "early" };

	NEED(world());
	p.tenant = w.other;
	CHECK_INT(act(put_school, &p), E_OK);
	p.tenant = w.tenant;
	p.course = w.course;
	p.school = p.id;
	CHECK_INT(act(assign, &p), E_MISSING);
	CHECK_INT(act(put_school, &p), E_OK);
	p.school = p.id;
	CHECK_INT(act(assign, &p), E_OK);
	CHECK_INT(counts(w.tenant, NOW).courses_unassigned, 0);
	p.tenant = w.other;
	p.school = 0;
	CHECK_INT(act(assign, &p), E_MISSING);
	p.tenant = w.tenant;
	CHECK_INT(act(assign, &p), E_OK);
	CHECK_INT(counts(w.tenant, NOW).courses_unassigned, 1);
}

TEST(free_days_begin_once)
{
	struct put p = { .s = harbour, .h = { "2026-12-21", "2027-01-01", "Winter" } };

	NEED(world());
	p.tenant = w.tenant;
	CHECK_INT(act(put_school, &p), E_OK);
	p.school = p.id;
	CHECK_INT(act(close_days, &p), E_OK);
	CHECK_INT(act(close_days, &p), E_CONFLICT);
	CHECK_INT(act(open_days, &p), E_OK);
	CHECK_INT(act(open_days, &p), E_MISSING);
	p.tenant = w.other;
	CHECK_INT(act(close_days, &p), E_MISSING);
}

/* ---- people ---- */

/* An officer of the tenant: the teacher's person, with a grant for all or one school. */
struct office {
	struct actor who;
	int64_t school, child, adult, id, now;
	struct office_link *link;
	struct office_person *found;
	struct office_prohibition *ban;
	struct candidate *cand;
	unsigned n;
	bool yes;
	const char *text;
};

static enum err give_grant(struct db *db, void *arg)
{
	struct office *o = arg;
	struct staff_grant g = { .person = o->who.person, .bits = GRANT_OFFICE, .school = o->school };
	int64_t id;

	return grant_add(db, o->who.tenant, &g, 0, NOW, &id);
}

static struct office officer(int64_t school)
{
	struct office o = { .who = { .tenant = w.tenant, .person = w.teacher.person,
				     .door = DOOR_ADMIN, .grants = GRANT_OFFICE },
			    .school = school, .child = w.lina.person, .adult = w.dale.person,
			    .now = NOW + 1000 };
	struct fault f = { 0 };

	CHECK_INT(store_write(st, give_grant, &o, &f), E_OK);
	return o;
}

static enum err run(store_fn fn, struct office *o)
{
	struct fault f = { 0 };
	enum err err = store_write(st, fn, o, &f);

	if (err == E_DB)
		printf("# %s\n", f.text);
	return err;
}

static enum err see_waiting(struct db *db, void *arg)
{
	struct office *o = arg;

	return links_waiting(db, &mem, &o->who, o->now, &o->link, &o->n);
}

static enum err do_decide(struct db *db, void *arg)
{
	struct office *o = arg;

	return link_decide(db, &o->who, o->now, o->child, o->adult, o->yes);
}

static enum err do_confirm(struct db *db, void *arg)
{
	struct office *o = arg;

	return link_confirm(db, &o->who, o->now, o->child, o->adult);
}

static enum err do_end(struct db *db, void *arg)
{
	struct office *o = arg;

	return link_end(db, &o->who, o->now, o->child, o->adult);
}

static enum err do_prohibit(struct db *db, void *arg)
{
	struct office *o = arg;

	return prohibit(db, &o->who, o->now, o->child, o->adult, o->now, 0);
}

static enum err see_bans(struct db *db, void *arg)
{
	struct office *o = arg;
	enum err err = prohibitions(db, &mem, &o->who, o->now, 0, &o->ban, &o->n);

	if (err == E_OK && o->n > 0)
		o->id = o->ban[0].id;
	return err;
}

static enum err do_lift(struct db *db, void *arg)
{
	struct office *o = arg;
	int64_t child = 0;
	enum err err = prohibition_end(db, &o->who, o->now, o->id, &child);

	return err == E_OK && child != w.lina.person ? E_INTERNAL : err;
}

static enum err find(struct db *db, void *arg)
{
	struct office *o = arg;

	return person_find(db, &mem, &o->who, o->now, o->text, &o->found, &o->n);
}

TEST(the_office_confirms_a_waiting_link_once)
{
	struct office o;

	NEED(world());
	o = officer(0);
	CHECK_INT(run(see_waiting, &o), E_OK);
	CHECK_INT(o.n, 0);
	CHECK_INT(run(do_prohibit, &o), E_OK);
	CHECK_INT(run(do_prohibit, &o), E_CONFLICT);
	CHECK_INT(run(see_waiting, &o), E_OK);
	CHECK_INT(o.n, 1);
	CHECK(o.n == 1 && o.link[0].guardian == w.rima.person && o.link[0].child == w.lina.person);
	o.adult = w.rima.person;
	o.yes = true;
	CHECK_INT(run(do_decide, &o), E_OK);
	CHECK_INT(run(do_decide, &o), E_CONFLICT);
	CHECK_INT(run(see_waiting, &o), E_OK);
	CHECK_INT(o.n, 0);
	CHECK_INT(counts(w.tenant, o.now).links_active, 1);
	o.adult = 4711;
	CHECK_INT(run(do_decide, &o), E_MISSING);
}

TEST(the_offices_own_word_bows_to_a_prohibition_and_to_nobodys_own_interest)
{
	struct office o;

	NEED(world());
	o = officer(0);
	CHECK_INT(run(do_confirm, &o), E_OK);
	CHECK_INT(counts(w.tenant, o.now).links_active, 2);
	CHECK_INT(run(do_end, &o), E_OK);
	CHECK_INT(run(do_end, &o), E_CONFLICT);
	CHECK_INT(run(do_prohibit, &o), E_OK);
	CHECK_INT(run(do_confirm, &o), E_DENIED);
	o.adult = w.teacher.person;	/* the officer */
	CHECK_INT(run(do_confirm, &o), E_DENIED);
	CHECK_INT(run(do_prohibit, &o), E_DENIED);
	o.child = w.rima.person;	/* not a pupil */
	o.adult = w.dale.person;
	CHECK_INT(run(do_confirm, &o), E_MISSING);
	o.child = w.lina.person;
	o.who.tenant = w.other;
	CHECK_INT(run(do_confirm, &o), E_MISSING);
}

TEST(a_prohibition_is_lifted_by_an_officer_it_does_not_bind)
{
	struct office o, other;

	NEED(world());
	o = officer(0);
	CHECK_INT(run(do_prohibit, &o), E_OK);
	CHECK_INT(run(see_bans, &o), E_OK);
	CHECK_INT(o.n, 1);
	/* The person it binds holds the same task: sees neither it nor the child. */
	other = o;
	other.who.person = w.dale.person;
	CHECK_INT(run(give_grant, &other), E_OK);
	CHECK_INT(run(see_bans, &other), E_OK);
	CHECK_INT(other.n, 0);
	CHECK_INT(run(do_lift, &other), E_MISSING);
	other.text = "haddad";
	CHECK_INT(run(find, &other), E_OK);
	CHECK_INT(other.n, 1);		/* Rima, not Lina */
	CHECK_INT(run(do_lift, &o), E_OK);
	CHECK_INT(run(do_lift, &o), E_MISSING);
	CHECK_INT(run(find, &other), E_OK);
	CHECK_INT(other.n, 2);
}

TEST(an_officer_of_one_school_knows_only_its_people)
{
	struct put p = { .s = harbour, .phase = "" };
	struct office o;

	NEED(world());
	p.tenant = w.tenant;
	CHECK_INT(act(put_school, &p), E_OK);
	o = officer(p.id);
	o.text = "Haddad";
	CHECK_INT(run(find, &o), E_OK);
	CHECK_INT(o.n, 0);
	CHECK_INT(run(do_prohibit, &o), E_MISSING);
	p.course = w.course;
	p.school = p.id;
	CHECK_INT(act(assign, &p), E_OK);
	CHECK_INT(run(find, &o), E_OK);
	CHECK_INT(o.n, 2);
	CHECK_INT(run(do_prohibit, &o), E_OK);
}
