/* lintel platform invite: an address at which an LMS may register itself, once. */
#include "platform.h"

#include <stdio.h>

#include "base/magic.h"
#include "lti/register.h"
#include "store/audit.h"

struct invite_op {
	struct cli *c;
	const char *tenant, *host;
	char word[REGISTER_INVITE_LEN];
};

static enum err do_invite(struct db *db, void *arg)
{
	struct invite_op *op = arg;
	int64_t tenant = 0, id = 0;
	enum err err = tenant_find(db, op->tenant, &tenant);

	if (err == E_MISSING)
		return FAULT(db_fault(db), err, "there is no such tenant; `lintel tenant list`");
	if (err == E_CONFLICT)
		return FAULT(db_fault(db), err, "two tenants have this name: use the id");
	if (err == E_OK)
		err = register_invite_add(db, tenant, op->host, 0, op->c->now_ms, op->word, &id);
	if (err == E_OK)
		err = audit_write(db, &(struct audit_event){ .tenant = tenant,
							     .now_ms = op->c->now_ms,
							     .action = "platform.invite",
							     .object = id });
	return err;
}

int platform_invite_run(int argc, char **argv)
{
	struct cli c;
	struct invite_op op = { .c = &c, .host = "" };
	const struct cli_opt opt[] = {
		{ "tenant", CLI_STR, &op.tenant, "T", "the district, by name or id" },
		{ "discovery-host", CLI_STR, &op.host, "H",
		  "the one host its configuration may come from, if that is not the issuer's" },
		{ 0 },
	};
	const struct cli_usage u = { "lintel platform invite --tenant T [--discovery-host H]",
				     "Prints an address, good once and for 7 days: an administrator of the "
				     "LMS enters it there, and the LMS registers itself. It then waits for "
				     "`lintel platform approve`.",
				     opt, 0, 0 };
	struct cli_list pos;
	int rc = cli_parse(argc, argv, &u, &pos);

	if (rc >= 0)
		return rc;
	if (op.tenant == NULL) {
		fprintf(stderr, "lintel: say which district\nusage: %s\n", u.line);
		return 2;
	}
	rc = cli_open(&c, STORE_CLI);
	if (rc < 0 && op.host[0] != '\0') {
		op.host = lti_plain_host(&c.a, op.host);
		if (op.host == NULL)
			rc = cli_fail("--discovery-host must be a host name, such as lms.example");
	}
	if (rc < 0)
		rc = cli_write(&c, do_invite, &op, "invite");
	if (rc == 0)
		printf("%s/lti/register?invite=%s\n", c.conf.public_url, op.word);
	cli_close(&c);
	return rc;
}

void platform_print_registration(const struct registration *g)
{
	bool waits = str_eq(g->state, "waiting");

	assert(g->platform > 0);
	printf("%s\n  client id   %s\n  domains     %s\n  key set     %s\n  key print   %s\n"
	       "  product     %s %s%s%s\n  asked       %s\n  granted     %s\n",
	       waits ? "registration that waits (lintel platform approve P)" : "registration",
	       g->client_id, g->domains, g->jwks_url, g->key_thumb, g->product, g->version,
	       g->account[0] != '\0' ? ", " : "", g->account, g->scopes_asked,
	       g->scopes_granted[0] != '\0' ? g->scopes_granted : "nothing");
	if (!lti_scope_has(g->scopes_granted, LTI_SCOPE_NRPS))
		printf("  missing     class lists: who joins or leaves a course is known only when they "
		       "open Lintel, or by a roster\n");
}
