/* lintel db: schema, integrity, copies. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/magic.h"
#include "gw/cli.h"
#include "store/audit.h"
#include "store/check.h"
#include "store/journal.h"
#include "store/platform.h"

static int run_migrate(int argc, char **argv)
{
	const struct cli_usage u = { "lintel db migrate",
				     "Brings the database to this program's schema; stop the server first.",
				     NULL, 0, 0 };
	int have = 0, want = 0;
	struct cli_list pos;
	uint8_t root[32];
	struct cli c;
	enum err err;
	int rc = cli_parse(argc, argv, &u, &pos);

	if (rc >= 0)
		return rc;
	rc = cli_open_raw(&c, STORE_CLI);
	if (rc < 0) {
		err = store_schema_version(c.store, &have, &want, &c.fault);
		/* like a first start of the server: whoever begins here is not stuck there */
		if (err == E_OK)
			err = key_file_load(&c.conf, have == 0, root, &c.fault);
		explicit_bzero(root, sizeof(root));
		if (err == E_OK)
			err = store_migrate(c.store, &c.fault);
		if (err == E_OK)
			err = store_schema_version(c.store, &have, &want, &c.fault);
		rc = err == E_OK ? 0 : cli_fail_err(&c, err, "migration");
	}
	if (rc == 0)
		printf("The database has schema %d.\n", have);
	cli_close(&c);
	return rc;
}

static enum err check_fn(struct db *db, void *arg)
{
	return check_rules(db, arg);
}

static int run_check(int argc, char **argv)
{
	const struct cli_usage u = { "lintel db check",
				     "Reads the whole database: its pages, schema and rules.", NULL,
				     0, 0 };
	struct check_broken broken = { 0 };
	int have = 0, want = 0;
	struct cli_list pos;
	struct cli c;
	enum err err;
	int rc = cli_parse(argc, argv, &u, &pos);

	if (rc >= 0)
		return rc;
	rc = cli_open_raw(&c, STORE_CLI);
	if (rc < 0) {
		err = store_schema_version(c.store, &have, &want, &c.fault);
		if (err == E_OK)
			err = store_check(c.store, &c.fault);
		if (err == E_OK && have == want)
			err = store_read(c.store, check_fn, &broken, &c.fault);
		rc = err == E_OK ? 0 : cli_fail_err(&c, err, "database");
	}
	if (rc == 0 && have != want)
		rc = cli_fail("the database has schema %d, this program needs %d: run `lintel db migrate`",
			      have, want);
	if (rc == 0 && broken.rule != NULL)
		rc = cli_fail("not so everywhere: %s (%lld rows); keep a copy and tell the developers",
			      broken.rule, (long long)broken.n);
	if (rc == 0)
		printf("The database is sound; schema %d.\n", have);
	cli_close(&c);
	return rc;
}

static int run_backup(int argc, char **argv)
{
	const struct cli_usage u = { "lintel db backup FILE",
				     "Writes a checked copy of a SQLite database; the server may run. Keep "
				     "the key file with it, in another place.",
				     NULL, 1, 1 };
	struct cli_list pos;
	struct cli c;
	enum err err;
	int rc = cli_parse(argc, argv, &u, &pos);

	if (rc >= 0)
		return rc;
	rc = cli_open(&c, STORE_CLI);
	if (rc < 0) {
		err = store_backup(c.store, pos.v[0], &c.fault);
		rc = err == E_OK ? 0 : cli_fail_err(&c, err, "backup");
	}
	if (rc == 0)
		printf("Copied to %s.\n", pos.v[0]);
	cli_close(&c);
	return rc;
}

static int copy_file(const char *from, const char *to)
{
	int in = open(from, O_RDONLY | O_CLOEXEC), out = -1, rc = -1;
	char chunk[65536];
	ssize_t n;

	if (in < 0)
		return cli_fail("cannot read %s: %s", from, strerror(errno));
	out = open(to, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (out < 0) {
		rc = errno == EEXIST ?
			     cli_fail("%s exists: move it away first, nothing is overwritten", to) :
			     cli_fail("cannot create %s: %s", to, strerror(errno));
		close(in);
		return rc;
	}
	while ((n = read(in, chunk, sizeof(chunk))) > 0)
		if (write(out, chunk, (size_t)n) != n)
			break;
	if (n != 0 || fsync(out) != 0) {
		rc = cli_fail("cannot copy to %s: %s", to, strerror(errno));
		unlink(to);
	}
	close(in);
	close(out);
	return rc;
}

/* Opens the copy as a database before it becomes ours. */
static int check_copy(const char *path, const char *data_dir)
{
	char url[4096];
	struct store *st = NULL;
	struct fault f = { 0 };
	enum err err;

	if ((size_t)snprintf(url, sizeof(url), "sqlite:%s", path) >= sizeof(url))
		return cli_fail("the path is too long");
	err = store_open(&st, url, data_dir, STORE_TEST, &f);
	if (err == E_OK)
		err = store_check(st, &f);
	store_close(st);
	return err == E_OK ? -1 : cli_fail("%s is not a sound Lintel database: %s", path, f.text);
}

static int restore_to(const struct conf *conf, const char *file)
{
	const char *to = conf->database + strlen("sqlite:");
	char part[4096];
	int rc;

	if (access(to, F_OK) == 0)
		return cli_fail("%s exists: move it away first, nothing is overwritten", to);
	if ((size_t)snprintf(part, sizeof(part), "%s.restore", to) >= sizeof(part))
		return cli_fail("the path is too long");
	rc = copy_file(file, part);
	if (rc < 0)
		rc = check_copy(part, conf->data_dir);
	if (rc < 0 && rename(part, to) != 0)
		rc = cli_fail("cannot move the copy to %s: %s", to, strerror(errno));
	if (rc >= 0) {
		unlink(part);
		return rc;
	}
	printf("Restored to %s. The next start does again what the journal in data_dir knows and the copy "
	       "does not; without that journal guardians wait until an admin confirms.\n",
	       to);
	return 0;
}

static int run_restore(int argc, char **argv)
{
	const struct cli_usage u = { "lintel db restore FILE",
				     "Puts a copy made by `lintel db backup` in the place of a missing "
				     "database; stop the server first.",
				     NULL, 1, 1 };
	struct fault f = { 0 };
	struct cli_list pos;
	struct conf conf;
	int rc = cli_parse(argc, argv, &u, &pos);

	if (rc >= 0)
		return rc;
	if (conf_load(&conf, cli_conf_path, &f) != E_OK)
		rc = cli_fail("configuration: %s", f.text);
	else if (!str_starts(conf.database, "sqlite:"))
		rc = cli_fail("this Lintel keeps its data in PostgreSQL: restore it with pg_restore");
	else
		rc = restore_to(&conf, pos.v[0]);
	conf_release(&conf);
	return rc;
}

static enum err do_confirm(struct db *db, void *arg)
{
	struct cli *c = arg;
	struct tenant *v = NULL;
	unsigned n = 0, waited = 0;
	enum err err = tenant_list(db, &c->a, &v, &n);

	for (unsigned i = 0; err == E_OK && i < n; i++) {
		err = guardians_confirm(db, v[i].id);
		if (err == E_OK)
			err = audit_write(db, &(struct audit_event){ .tenant = v[i].id,
								     .now_ms = c->now_ms,
								     .action = "guardians.confirm" });
		waited += err == E_OK;
		err = err == E_MISSING ? E_OK : err;
	}
	if (err == E_OK && waited == 0)
		return FAULT(db_fault(db), E_MISSING, "guardians wait in no district");
	return err;
}

static int run_confirm(int argc, char **argv)
{
	const struct cli_usage u = { "lintel db confirm",
				     "Lets guardians in again after a copy was put back without its "
				     "journal: say so only when every court order since then is entered "
				     "again.",
				     NULL, 0, 0 };
	struct cli_list pos;
	struct cli c;
	int rc = cli_parse(argc, argv, &u, &pos);

	if (rc >= 0)
		return rc;
	rc = cli_open(&c, STORE_CLI);
	if (rc < 0)
		rc = cli_write(&c, do_confirm, &c, "confirm");
	if (rc == 0)
		puts("Guardians come in again.");
	cli_close(&c);
	return rc;
}

int cli_db(int argc, char **argv)
{
	static const struct cli_command cmd[] = {
		{ "migrate", run_migrate, "bring the schema up to date" },
		{ "check", run_check, "read everything once" },
		{ "backup", run_backup, "write a copy" },
		{ "restore", run_restore, "put a copy back" },
		{ "confirm", run_confirm, "let guardians in after a restore without journal" },
		{ 0 },
	};

	return cli_dispatch("lintel db", cmd, argc, argv);
}
