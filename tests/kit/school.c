#include "kit/school.h"

#include "store/check.h"
#include "t_check.h"

struct school_world w;

static enum err make_people(struct db *db)
{
	const struct { const char *sub, *name; struct account *out; } people[] = {
		{ "t", "Mr Haile", &w.teacher },    { "a", "Mr Lund", &w.aide },
		{ "t2", "Ms Okafor", &w.teacher2 }, { "l", "Lina Haddad", &w.lina },
		{ "s", "Sami Haddad", &w.sami },    { "n", "Tomás Núñez", &w.tomas },
		{ "m", "Rima Haddad", &w.mother },  { "p", "Jo Berg", &w.partner },
		{ "f", "Karim Haddad", &w.father }, { "o", "Ana Núñez", &w.other },
	};
	const struct { struct account *who; int64_t *course; const char *role; } in[] = {
		{ &w.teacher, &w.course, "teacher" }, { &w.teacher2, &w.course2, "teacher" },
		{ &w.lina, &w.course, "pupil" },      { &w.tomas, &w.course, "pupil" },
	};
	const struct { struct account *guardian, *child; } family[] = {
		{ &w.mother, &w.lina }, { &w.father, &w.lina }, { &w.other, &w.tomas },
	};
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
	for (unsigned i = 0; err == E_OK && i < ARRAY_LEN(family); i++)
		err = link_replace(db, w.tenant, family[i].guardian->person, "mentor", 0,
				   &family[i].child->person, 1, NOW);
	return err;
}

static enum err make_school(struct db *db, void *arg)
{
	store_fn *more = arg;
	enum err err = world_platform(db, NOW, &w.tenant, &w.platform);

	if (err == E_OK)
		err = world_course(db, w.tenant, w.platform, "2", NOW, &w.course);
	if (err == E_OK)
		err = world_course(db, w.tenant, w.platform, "3", NOW, &w.course2);
	if (err == E_OK)
		err = make_people(db);
	return err == E_OK ? (*more)(db, NULL) : err;
}

bool school_open(store_fn more)
{
	return world_make(make_school, &more);
}

static enum err check_fn(struct db *db, void *arg)
{
	return check_rules(db, arg);
}

const char *broken_rule(void)
{
	struct check_broken b = { 0 };
	struct fault f = { 0 };

	if (!CHECK_INT(store_read(st, check_fn, &b, &f), E_OK)) {
		printf("# %s\n", f.text);
		return "the check failed";
	}
	return b.rule == NULL ? "" : b.rule;
}
