/* lintel staff: grants to people who have opened Lintel at least once, or whom a roster names. */
#include "gw/cli.h"

#include "base/json.h"
#include "base/magic.h"
#include "store/audit.h"
#include "store/grant.h"
#include "store/people.h"
#include "store/platform.h"

struct staff_op {
	struct cli *c;
	const char *tenant_name, *platform, *sub, *grant;
	int64_t tenant, id, days;
	struct staff_grant g, *list;
	unsigned n;
};

static enum err find_tenant(struct db *db, struct staff_op *op)
{
	enum err err = tenant_find(db, op->tenant_name, &op->tenant);

	if (err == E_MISSING)
		return FAULT(db_fault(db), err, "there is no such tenant; `lintel tenant list`");
	return err;
}

static enum err do_grant(struct db *db, void *arg)
{
	struct staff_op *op = arg;
	struct account acc;
	struct platform p;
	enum err err = platform_find(db, &op->c->a, op->platform, &p);

	if (err == E_MISSING)
		return FAULT(db_fault(db), err, "there is no such platform; `lintel platform list`");
	if (err == E_OK)
		err = account_find(db, &op->c->a, p.tenant, p.id, op->sub, &acc);
	if (err == E_MISSING)
		return FAULT(db_fault(db), err, "nobody with this user id has opened Lintel yet");
	if (err != E_OK)
		return err;
	op->tenant = p.tenant;
	op->g.person = acc.person;
	if (op->days > 0)
		op->g.until_at = op->c->now_ms + op->days * 24 * 3600 * 1000;
	err = grant_add(db, op->tenant, &op->g, 0, op->c->now_ms, &op->id);
	if (err == E_OK)
		err = audit_write(db, &(struct audit_event){ .tenant = op->tenant,
							     .now_ms = op->c->now_ms,
							     .action = "staff.grant",
							     .object = op->id });
	return err;
}

static int run_grant(int argc, char **argv)
{
	struct cli c;
	struct staff_op op = { .c = &c };
	const struct cli_opt opt[] = {
		{ "platform", CLI_STR, &op.platform, "P", "the LMS the person signs in to" },
		{ "user", CLI_STR, &op.sub, "ID", "the person's user id there (sub)" },
		{ "grant", CLI_STR, &op.grant, "G",
		  "district, leader, office, safeguarding, interpreter or teach" },
		{ "school", CLI_INT, &op.g.school, "ID", "only for this school" },
		{ "days", CLI_INT, &op.days, "N", "ends after N days" },
		{ 0 },
	};
	const struct cli_usage u = { "lintel staff grant --platform P --user ID --grant G [--days N]",
				     "Gives a member of staff a task; prints the grant's id.", opt, 0, 0 };
	struct cli_list pos;
	int rc = cli_parse(argc, argv, &u, &pos);

	if (rc >= 0)
		return rc;
	op.g.bits = op.grant != NULL ? grant_by_name(op.grant) : 0;
	if (op.platform == NULL || op.sub == NULL || op.g.bits == 0 || op.days < 0 ||
	    op.days > 3660) {
		fprintf(stderr, "lintel: platform, user and a known grant are needed\nusage: %s\n",
			u.line);
		return 2;
	}
	rc = cli_open(&c, STORE_CLI);
	if (rc < 0)
		rc = cli_write(&c, do_grant, &op, "grant");
	if (rc == 0)
		printf("%lld\n", (long long)op.id);
	cli_close(&c);
	return rc;
}

static enum err do_list(struct db *db, void *arg)
{
	struct staff_op *op = arg;
	enum err err = find_tenant(db, op);

	return err == E_OK ? grant_list(db, &op->c->a, op->tenant, op->c->now_ms, &op->list, &op->n) :
			     err;
}

static void print_list(const struct staff_op *op, bool json)
{
	struct buf b = BUF_INIT(4 << 20);
	struct json j;

	json_init(&j, &b);
	json_open(&j, NULL, '[');
	for (unsigned i = 0; i < op->n; i++) {
		const struct staff_grant *g = &op->list[i];

		json_open(&j, NULL, '{');
		json_id(&j, "id", g->id);
		json_id(&j, "person", g->person);
		json_str(&j, "grant", grant_name(g->bits));
		json_id(&j, "school", g->school);
		json_int(&j, "until", g->until_at);
		json_close(&j, '}');
		if (!json)
			printf("%lld  %-12s %s\n", (long long)g->id, grant_name(g->bits),
			       g->person_name);
	}
	json_close(&j, ']');
	if (json && b.err == E_OK)
		puts(b.p);
	buf_release(&b);
}

static int run_list(int argc, char **argv)
{
	struct cli c;
	struct staff_op op = { .c = &c };
	bool json = false;
	const struct cli_opt opt[] = {
		{ "tenant", CLI_STR, &op.tenant_name, "T", "the district, by name or id" },
		{ "json", CLI_FLAG, &json, NULL, "for scripts" },
		{ 0 },
	};
	const struct cli_usage u = { "lintel staff list --tenant T [--json]", "Lists the grants in force.",
				     opt, 0, 0 };
	struct cli_list pos;
	int rc = cli_parse(argc, argv, &u, &pos);

	if (rc >= 0)
		return rc;
	if (op.tenant_name == NULL) {
		fprintf(stderr, "lintel: say which district\nusage: %s\n", u.line);
		return 2;
	}
	rc = cli_open(&c, STORE_CLI);
	if (rc < 0)
		rc = cli_read(&c, do_list, &op, "grants");
	if (rc == 0)
		print_list(&op, json);
	cli_close(&c);
	return rc;
}

static enum err do_revoke(struct db *db, void *arg)
{
	struct staff_op *op = arg;
	enum err err = find_tenant(db, op);

	if (err == E_OK)
		err = grant_revoke(db, op->tenant, op->id, op->c->now_ms);
	if (err == E_MISSING)
		return FAULT(db_fault(db), err, "there is no such grant in force; `lintel staff list`");
	if (err == E_OK)
		err = audit_write(db, &(struct audit_event){ .tenant = op->tenant,
							     .now_ms = op->c->now_ms,
							     .action = "staff.revoke",
							     .object = op->id });
	return err;
}

static int run_revoke(int argc, char **argv)
{
	struct cli c;
	struct staff_op op = { .c = &c };
	const struct cli_opt opt[] = {
		{ "tenant", CLI_STR, &op.tenant_name, "T", "the district, by name or id" },
		{ 0 },
	};
	const struct cli_usage u = { "lintel staff revoke --tenant T GRANT", "Ends a grant at once.", opt,
				     1, 1 };
	struct cli_list pos;
	int rc = cli_parse(argc, argv, &u, &pos);

	if (rc >= 0)
		return rc;
	assert(pos.n == 1);
	if (op.tenant_name == NULL || !span_int64(span_of(pos.v[0]), &op.id)) {
		fprintf(stderr, "lintel: say which district and which grant\nusage: %s\n", u.line);
		return 2;
	}
	rc = cli_open(&c, STORE_CLI);
	if (rc < 0)
		rc = cli_write(&c, do_revoke, &op, "grant");
	cli_close(&c);
	return rc;
}

int cli_staff(int argc, char **argv)
{
	static const struct cli_command cmd[] = {
		{ "grant", run_grant, "give a task" },
		{ "list", run_list, "grants in force" },
		{ "revoke", run_revoke, "end a grant" },
		{ 0 },
	};

	return cli_dispatch("lintel staff", cmd, argc, argv);
}
