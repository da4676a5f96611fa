/* lintel platform: registrations of LMSs, and their deployments. */
#include "platform.h"

#include "base/json.h"
#include "base/magic.h"
#include "store/audit.h"
#include "store/session.h"

struct platform_op {
	struct cli *c;
	const char *which, *issuer, *client_id, *tenant, *state;
	struct cli_list deployments;
	struct platform p, *list;
	struct deployment *dep;
	struct registration reg[2];
	unsigned n, ndep, nreg;
};

/* Another --name makes two registrations of one issuer tell apart. */
static enum err find_it(struct db *db, struct platform_op *op)
{
	enum err err;

	if (op->which != NULL)
		err = platform_find(db, &op->c->a, op->which, &op->p);
	else
		err = platform_by_client(db, &op->c->a, op->issuer, op->client_id, &op->p);
	if (err == E_MISSING)
		return FAULT(db_fault(db), err, "there is no such platform; `lintel platform list`");
	if (err == E_CONFLICT)
		return FAULT(db_fault(db), err, "two platforms have this name: use the id");
	return err;
}

static enum err do_add(struct db *db, void *arg)
{
	struct platform_op *op = arg;
	int64_t now = op->c->now_ms;
	struct platform other;
	enum err err;

	err = platform_find(db, &op->c->a, op->p.name, &other);
	if (err == E_OK || err == E_CONFLICT)
		return FAULT(db_fault(db), E_CONFLICT, "there is a platform of this name already");
	if (err != E_MISSING)
		return err;
	if (op->tenant == NULL) {
		err = tenant_find(db, op->p.name, &op->p.tenant);
		if (err == E_MISSING)
			err = tenant_add(db, op->p.name, now, &op->p.tenant);
	} else {
		err = tenant_find(db, op->tenant, &op->p.tenant);
		if (err == E_MISSING)
			return FAULT(db_fault(db), err, "there is no such tenant; `lintel tenant add`");
	}
	if (err != E_OK)
		return err;
	assert(op->p.tenant > 0 && now > 0);
	op->p.id = store_new_id(now);
	op->p.created_at = now;
	err = platform_add(db, &op->p);
	if (err == E_CONFLICT)
		return FAULT(db_fault(db), err, "this issuer and client id are registered already");
	for (unsigned i = 0; err == E_OK && i < op->deployments.n; i++)
		err = deployment_put(db, op->p.id, op->p.tenant, op->deployments.v[i], "approved", now);
	return err;
}

static bool one_of(const char *v, const char *a, const char *b, const char *c)
{
	return str_eq(v, a) || str_eq(v, b) || (c != NULL && str_eq(v, c));
}

static bool url_ok(const struct cli *c, const char *url)
{
	if (url == NULL || !utf8_valid(span_of(url)) || strpbrk(url, " \t\r\n\"<>\\") != NULL)
		return false;
	return str_starts(url, "https://") ||
	       (c->conf.lab_mode && str_starts(url, "http://") && conf_is_loopback(url));
}

static int check_add(const struct cli *c, const struct platform *p)
{
	const struct {
		const char *name, *url;
	} url[] = { { "auth-url", p->auth_url }, { "token-url", p->token_url },
		    { "jwks-url", p->jwks_url } };

	assert(p->family != NULL && p->match_by != NULL && p->alg != NULL);
	if (p->issuer == NULL || p->client_id == NULL)
		return cli_fail("--issuer and --client-id are needed");
	for (unsigned i = 0; i < ARRAY_LEN(url); i++)
		if (!url_ok(c, url[i].url))
			return cli_fail("--%s must be an https:// address%s", url[i].name,
					c->conf.lab_mode ? " (or http:// on this machine)" : "");
	if (!one_of(p->family, "moodle", "canvas", "other"))
		return cli_fail("--family must be moodle, canvas or other");
	if (!one_of(p->match_by, "none", "username", "sourcedid"))
		return cli_fail("--match must be none, username or sourcedid");
	if (!one_of(p->alg, "RS256", "ES256", NULL))
		return cli_fail("--alg must be RS256 or ES256");
	if (!one_of(p->accept_deployments, "approve", "auto", NULL))
		return cli_fail("--accept-deployments must be approve or auto");
	return -1;
}

static int run_add(int argc, char **argv)
{
	struct cli c;
	struct platform_op op = { .c = &c, .p = { .name = NULL, .family = "other", .match_by = "none",
						  .alg = "RS256", .state = "approved", .guid = "",
						  .accept_deployments = "approve" } };
	const struct cli_opt opt[] = {
		{ "issuer", CLI_STR, &op.p.issuer, "URL", "issuer, as it stands in its tokens" },
		{ "client-id", CLI_STR, &op.p.client_id, "ID", "client id it gave Lintel" },
		{ "deployment", CLI_LIST, &op.deployments, "ID", "approved deployment; repeatable" },
		{ "auth-url", CLI_STR, &op.p.auth_url, "URL", "its authorization endpoint" },
		{ "token-url", CLI_STR, &op.p.token_url, "URL", "its token endpoint" },
		{ "jwks-url", CLI_STR, &op.p.jwks_url, "URL", "its public key set" },
		{ "name", CLI_STR, &op.p.name, "N", "how to call it; default: the issuer" },
		{ "family", CLI_STR, &op.p.family, "F", "moodle, canvas or other" },
		{ "tenant", CLI_STR, &op.tenant, "T", "district; default: a new one" },
		{ "match", CLI_STR, &op.p.match_by, "M", "none, username or sourcedid" },
		{ "alg", CLI_STR, &op.p.alg, "A", "RS256 or ES256" },
		{ "accept-deployments", CLI_STR, &op.p.accept_deployments, "H", "approve or auto" },
		{ 0 },
	};
	const struct cli_usage u = { "lintel platform add --issuer URL --client-id ID --auth-url URL "
				     "--token-url URL --jwks-url URL [--deployment ID]… [options]",
				     "Registers an LMS; approved at once. Prints its id.", opt, 0, 0 };
	struct cli_list pos;
	int rc = cli_parse(argc, argv, &u, &pos);

	if (rc >= 0)
		return rc;
	if (op.p.name == NULL)
		op.p.name = op.p.issuer;
	rc = cli_open(&c, STORE_CLI);
	if (rc < 0)
		rc = check_add(&c, &op.p);
	if (rc < 0)
		rc = cli_write(&c, do_add, &op, "platform");
	if (rc == 0)
		printf("%lld\n", (long long)op.p.id);
	cli_close(&c);
	return rc;
}

static enum err do_list(struct db *db, void *arg)
{
	struct platform_op *op = arg;

	return platform_list(db, &op->c->a, 0, &op->list, &op->n);
}

static void json_platform(struct json *j, const struct platform *p)
{
	json_open(j, NULL, '{');
	json_id(j, "id", p->id);
	json_id(j, "tenant", p->tenant);
	json_str(j, "name", p->name);
	json_str(j, "family", p->family);
	json_str(j, "issuer", p->issuer);
	json_str(j, "client_id", p->client_id);
	json_str(j, "auth_url", p->auth_url);
	json_str(j, "token_url", p->token_url);
	json_str(j, "jwks_url", p->jwks_url);
	json_str(j, "alg", p->alg);
	json_str(j, "match", p->match_by);
	json_str(j, "state", p->state);
	json_str(j, "accept_deployments", p->accept_deployments);
	json_close(j, '}');
}

static int run_list(int argc, char **argv)
{
	bool json = false;
	const struct cli_opt opt[] = { { "json", CLI_FLAG, &json, NULL, "for scripts" }, { 0 } };
	const struct cli_usage u = { "lintel platform list [--json]", "Lists the platforms.", opt, 0, 0 };
	struct buf b = BUF_INIT(4 << 20);
	struct cli_list pos;
	struct cli c;
	struct platform_op op = { .c = &c };
	struct json j;
	int rc = cli_parse(argc, argv, &u, &pos);

	if (rc >= 0)
		return rc;
	rc = cli_open(&c, STORE_CLI);
	if (rc < 0)
		rc = cli_read(&c, do_list, &op, "platforms");
	json_init(&j, &b);
	json_open(&j, NULL, '[');
	for (unsigned i = 0; rc == 0 && i < op.n; i++) {
		json_platform(&j, &op.list[i]);
		if (!json)
			printf("%lld  %-9s %-7s %s  (%s)\n", (long long)op.list[i].id, op.list[i].state,
			       op.list[i].family, op.list[i].name, op.list[i].client_id);
	}
	json_close(&j, ']');
	if (json && rc == 0)
		puts(b.p);
	buf_release(&b);
	cli_close(&c);
	return rc;
}

static enum err do_show(struct db *db, void *arg)
{
	struct platform_op *op = arg;
	static const char *const state[] = { "waiting", "current" };
	enum err err = find_it(db, op);

	op->nreg = 0;
	for (unsigned i = 0; err == E_OK && i < ARRAY_LEN(state); i++) {
		err = registration_get(db, &op->c->a, op->p.id, state[i], &op->reg[op->nreg]);
		if (err == E_OK)
			op->nreg++;
		if (err == E_MISSING)
			err = E_OK;
	}
	return err == E_OK ? deployment_list(db, &op->c->a, op->p.id, &op->dep, &op->ndep) : err;
}

static enum err do_approve(struct db *db, void *arg)
{
	struct platform_op *op = arg;
	bool changed;
	enum err err = find_it(db, op);

	if (err == E_OK)
		err = registration_approve(db, &op->c->a, op->p.id, NULL, op->c->now_ms, &changed);
	if (err == E_OK)
		err = audit_write(db, &(struct audit_event){ .tenant = op->p.tenant,
							     .now_ms = op->c->now_ms,
							     .action = "platform.approve",
							     .object = op->p.id });
	return err;
}

static enum err do_state(struct db *db, void *arg)
{
	struct platform_op *op = arg;
	enum err err = find_it(db, op);

	if (err == E_OK)
		err = platform_set_state(db, op->p.id, op->state);
	/* Approved again, it starts anew: nobody comes back by an old visit. */
	if (err == E_OK && str_eq(op->state, "disabled"))
		err = session_end_platform(db, op->p.id);
	return err;
}

static void print_platform(const struct platform_op *op)
{
	const struct platform *p = &op->p;
	const char *us = op->c->conf.public_url;

	assert(p->id > 0 && us != NULL);
	printf("id          %lld\nname        %s\nstate       %s\nfamily      %s\nissuer      %s\n"
	       "client id   %s\nauth url    %s\ntoken url   %s\nkey set     %s\nalgorithm   %s\n"
	       "match       %s\ndeployments %s\n",
	       (long long)p->id, p->name, p->state, p->family, p->issuer, p->client_id, p->auth_url,
	       p->token_url, p->jwks_url, p->alg, p->match_by, p->accept_deployments);
	for (unsigned i = 0; i < op->nreg; i++)
		platform_print_registration(&op->reg[i]);
	for (unsigned i = 0; i < op->ndep; i++)
		printf("  %-9s %s%s\n", op->dep[i].state, op->dep[i].id,
		       str_eq(op->dep[i].state, "pending") ?
			       "   (lintel platform deployment add P ID lets it in)" : "");
	printf("to enter in the LMS\n  tool        %s/\n  login       %s/lti/login\n"
	       "  redirection %s/lti/launch\n  key set     %s/lti/keys.json\n",
	       us, us, us, us);
}

/* show, approve, disable: one platform, named or by --issuer and --client-id. */
static int on_one(int argc, char **argv, const char *line, const char *about, store_fn fn,
		  const char *state)
{
	struct cli c;
	struct platform_op op = { .c = &c, .state = state };
	const struct cli_opt opt[] = {
		{ "issuer", CLI_STR, &op.issuer, "URL", "with --client-id, instead of a name" },
		{ "client-id", CLI_STR, &op.client_id, "ID", "see --issuer" },
		{ 0 },
	};
	const struct cli_usage u = { line, about, opt, 0, 1 };
	struct cli_list pos;
	int rc = cli_parse(argc, argv, &u, &pos);

	if (rc >= 0)
		return rc;
	assert(pos.n <= 1 && (state == NULL) == (fn == do_show));
	op.which = pos.n > 0 ? pos.v[0] : NULL;
	if (op.which == NULL && (op.issuer == NULL || op.client_id == NULL)) {
		fprintf(stderr, "lintel: say which platform\nusage: %s\n", line);
		return 2;
	}
	rc = cli_open(&c, STORE_CLI);
	if (rc < 0)
		rc = state == NULL ? cli_read(&c, fn, &op, "platform") :
				     cli_write(&c, fn, &op, "platform");
	/* A server that does not hear it finds out within a minute. */
	if (rc == 0 && state != NULL)
		store_tell(c.store);
	if (rc == 0 && state == NULL)
		print_platform(&op);
	cli_close(&c);
	return rc;
}

static int run_show(int argc, char **argv)
{
	return on_one(argc, argv, "lintel platform show P", "Shows a platform and its deployments.",
		      do_show, NULL);
}

static int run_approve(int argc, char **argv)
{
	return on_one(argc, argv, "lintel platform approve P", "Lets launches of this platform in, "
		      "with what it registered last.", do_approve, "approved");
}

static int run_disable(int argc, char **argv)
{
	return on_one(argc, argv, "lintel platform disable P",
		      "Refuses launches of this platform and closes its sessions.", do_state,
		      "disabled");
}

static enum err do_deployment_add(struct db *db, void *arg)
{
	struct platform_op *op = arg;
	enum err err = find_it(db, op);

	if (err == E_OK)
		err = deployment_put(db, op->p.id, op->p.tenant, op->deployments.v[0], "approved",
				     op->c->now_ms);
	if (err == E_OK)
		err = deployment_set_state(db, op->p.id, op->deployments.v[0], "approved");
	return err;
}

static int run_deployment_add(int argc, char **argv)
{
	const struct cli_usage u = { "lintel platform deployment add P ID",
				     "Approves a deployment of a platform.", NULL, 2, 2 };
	struct cli c;
	struct platform_op op = { .c = &c };
	struct cli_list pos;
	int rc = cli_parse(argc, argv, &u, &pos);

	if (rc >= 0)
		return rc;
	assert(pos.n == 2);
	op.which = pos.v[0];
	op.deployments.v[0] = pos.v[1];
	rc = cli_open(&c, STORE_CLI);
	if (rc < 0)
		rc = cli_write(&c, do_deployment_add, &op, "deployment");
	cli_close(&c);
	return rc;
}

static int run_deployment_list(int argc, char **argv)
{
	return on_one(argc, argv, "lintel platform deployment list P",
		      "Shows a platform and its deployments.", do_show, NULL);
}

static int run_deployment(int argc, char **argv)
{
	static const struct cli_command cmd[] = {
		{ "add", run_deployment_add, "approve a deployment" },
		{ "list", run_deployment_list, "list the deployments" },
		{ 0 },
	};

	return cli_dispatch("lintel platform deployment", cmd, argc, argv);
}

int cli_platform(int argc, char **argv)
{
	static const struct cli_command cmd[] = {
		{ "add", run_add, "register an LMS" },
		{ "list", run_list, "list the registrations" },
		{ "show", run_show, "one registration and its deployments" },
		{ "invite", platform_invite_run, "an address at which an LMS registers itself" },
		{ "approve", run_approve, "let its launches in" },
		{ "disable", run_disable, "refuse its launches" },
		{ "deployment", run_deployment, "add, list" },
		{ 0 },
	};

	return cli_dispatch("lintel platform", cmd, argc, argv);
}
