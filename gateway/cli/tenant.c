/* lintel tenant: districts. */
#include "gw/cli.h"

#include "base/json.h"
#include "base/magic.h"
#include "store/platform.h"

struct tenant_op {
	struct cli *c;
	const char *name;
	int64_t id;
	struct tenant *list;
	unsigned n;
};

static enum err do_add(struct db *db, void *arg)
{
	struct tenant_op *op = arg;
	int64_t have = 0;
	enum err err = tenant_find(db, op->name, &have);

	if (err == E_OK)
		return FAULT(db_fault(db), E_CONFLICT, "there is a tenant of this name already");
	return err == E_MISSING ? tenant_add(db, op->name, op->c->now_ms, &op->id) : err;
}

static enum err do_list(struct db *db, void *arg)
{
	struct tenant_op *op = arg;

	return tenant_list(db, &op->c->a, &op->list, &op->n);
}

static int run_add(int argc, char **argv)
{
	const struct cli_usage u = { "lintel tenant add NAME", "Adds a district; prints its id.", NULL,
				     1, 1 };
	struct cli_list pos;
	struct cli c;
	struct tenant_op op = { .c = &c };
	int rc = cli_parse(argc, argv, &u, &pos);

	if (rc >= 0)
		return rc;
	assert(pos.n == 1);
	op.name = pos.v[0];
	if (op.name[0] == '\0' || !utf8_valid(span_of(op.name)) || utf8_count(span_of(op.name)) > 200)
		return cli_fail("the name must be 1 to 200 characters");
	rc = cli_open(&c, STORE_CLI);
	if (rc < 0)
		rc = cli_write(&c, do_add, &op, "tenant");
	if (rc == 0)
		printf("%lld\n", (long long)op.id);
	cli_close(&c);
	return rc;
}

static void print_list(const struct tenant_op *op, bool json)
{
	struct buf b = BUF_INIT(1 << 20);
	struct json j;

	json_init(&j, &b);
	json_open(&j, NULL, '[');
	for (unsigned i = 0; i < op->n; i++) {
		if (!json)
			printf("%lld  %s\n", (long long)op->list[i].id, op->list[i].name);
		json_open(&j, NULL, '{');
		json_id(&j, "id", op->list[i].id);
		json_str(&j, "name", op->list[i].name);
		json_close(&j, '}');
	}
	json_close(&j, ']');
	if (json && b.err == E_OK)
		puts(b.p);
	buf_release(&b);
}

static int run_list(int argc, char **argv)
{
	bool json = false;
	const struct cli_opt opt[] = { { "json", CLI_FLAG, &json, NULL, "for scripts" }, { 0 } };
	const struct cli_usage u = { "lintel tenant list [--json]", "Lists the districts.", opt, 0, 0 };
	struct cli_list pos;
	struct cli c;
	struct tenant_op op = { .c = &c };
	int rc = cli_parse(argc, argv, &u, &pos);

	if (rc >= 0)
		return rc;
	rc = cli_open(&c, STORE_CLI);
	if (rc < 0)
		rc = cli_read(&c, do_list, &op, "tenants");
	if (rc == 0)
		print_list(&op, json);
	cli_close(&c);
	return rc;
}

int cli_tenant(int argc, char **argv)
{
	static const struct cli_command cmd[] = {
		{ "add", run_add, "add a district" },
		{ "list", run_list, "list the districts" },
		{ 0 },
	};

	return cli_dispatch("lintel tenant", cmd, argc, argv);
}
