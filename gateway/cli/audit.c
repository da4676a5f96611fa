/* lintel audit: reads every chain from its first row. */
#include "gw/cli.h"

#include "store/audit.h"

static enum err do_verify(struct db *db, void *arg)
{
	return audit_verify(db, arg);
}

int cli_audit(int argc, char **argv)
{
	const struct cli_usage u = { "lintel audit [verify]",
				     "Reads every audit chain and says where one is broken.", NULL, 0, 1 };
	struct audit_report report;
	struct cli_list pos;
	struct cli c;
	int rc = cli_parse(argc, argv, &u, &pos);

	if (rc >= 0)
		return rc;
	if (pos.n == 1 && !str_eq(pos.v[0], "verify")) {
		fprintf(stderr, "lintel: only `verify` is known\nusage: %s\n", u.line);
		return 2;
	}
	rc = cli_open(&c, STORE_CLI);
	if (rc < 0)
		rc = cli_read(&c, do_verify, &report, "audit");
	if (rc == 0 && report.bad_seq != 0)
		rc = cli_fail("the chain of node %lld is broken at row %lld: rows were changed, removed "
			      "or moved; %lld rows before it are sound",
			      (long long)report.bad_node, (long long)report.bad_seq,
			      (long long)report.rows);
	else if (rc == 0)
		printf("%lld rows in %lld chains, all sound.\n", (long long)report.rows,
		       (long long)report.nodes);
	cli_close(&c);
	return rc;
}
