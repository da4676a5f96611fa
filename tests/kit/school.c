#include "kit/school.h"

#include "gw/crypt.h"
#include "store/audit.h"
#include "store/check.h"
#include "store/db.h"
#include "store/platform.h"
#include "kit/db.h"
#include "t_check.h"

struct store *st;
struct arena mem;
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
	struct platform p = { .name = "Practice", .family = "moodle", .issuer = "https://a.example",
			      .client_id = "c1", .auth_url = "u", .token_url = "u", .jwks_url = "u",
			      .alg = "RS256", .match_by = "none", .state = "approved",
			      .accept_deployments = "approve", .guid = "", .created_at = NOW };
	struct context_facts cf = { .ext_id = "2", .title = "Grade 3", .now_ms = NOW };
	store_fn *more = arg;
	struct context c;
	enum err err = db_run(db, NULL, "DELETE FROM platform", "");

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
	if (err == E_OK)
		err = make_people(db);
	return err == E_OK ? (*more)(db, NULL) : err;
}

bool school_open(store_fn more)
{
	struct fault f = { 0 };
	uint8_t root[32] = { 7 };

	if (st == NULL) {
		st = test_store();
		audit_setup(root, 0);
		arena_init(&mem, 64 << 20);
		if (!CHECK_INT(store_migrate(st, &f), E_OK)) {
			printf("# %s\n", f.text);
			return false;
		}
	}
	fault_clear(&f);
	if (!CHECK_INT(store_write(st, make_school, &more, &f), E_OK)) {
		printf("# %s\n", f.text);
		return false;
	}
	return true;
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
