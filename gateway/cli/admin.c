/* lintel admin: the first administrator of a district. */
#include "gw/cli.h"

#include "base/b64.h"
#include "gw/crypt.h"
#include "store/audit.h"
#include "store/grant.h"
#include "store/platform.h"

#define INVITE_BYTES 24

struct invite_op {
	struct cli *c;
	const char *tenant;
	char code[INVITE_BYTES * 2];
};

static enum err do_invite(struct db *db, void *arg)
{
	struct invite_op *op = arg;
	int64_t tenant = 0;
	enum err err = tenant_find(db, op->tenant, &tenant);

	if (err == E_MISSING)
		return FAULT(db_fault(db), err, "there is no such tenant; `lintel tenant list`");
	if (err == E_CONFLICT)
		return FAULT(db_fault(db), err, "two tenants have this name: use the id");
	if (err == E_OK)
		err = invite_add(db, tenant, op->code, op->c->now_ms);
	if (err == E_OK)
		err = audit_write(db, &(struct audit_event){ .tenant = tenant,
							     .now_ms = op->c->now_ms,
							     .action = "admin.invite" });
	return err;
}

static int run_invite(int argc, char **argv)
{
	struct cli c;
	struct invite_op op = { .c = &c };
	const struct cli_opt opt[] = {
		{ "tenant", CLI_STR, &op.tenant, "T", "the district, by name or id" },
		{ 0 },
	};
	const struct cli_usage u = { "lintel admin invite --tenant T",
				     "Prints a code, good once and for 24 hours: open Lintel from the LMS as "
				     "an administrator and enter it.",
				     opt, 0, 0 };
	struct cli_list pos;
	int rc = cli_parse(argc, argv, &u, &pos);

	if (rc >= 0)
		return rc;
	if (op.tenant == NULL) {
		fprintf(stderr, "lintel: say which district\nusage: %s\n", u.line);
		return 2;
	}
	crypt_token(op.code, INVITE_BYTES);
	rc = cli_open(&c, STORE_CLI);
	if (rc < 0)
		rc = cli_write(&c, do_invite, &op, "invite");
	if (rc == 0)
		puts(op.code);
	cli_close(&c);
	return rc;
}

int cli_admin(int argc, char **argv)
{
	static const struct cli_command cmd[] = {
		{ "invite", run_invite, "a one-time code for the first administrator" },
		{ 0 },
	};

	return cli_dispatch("lintel admin", cmd, argc, argv);
}
