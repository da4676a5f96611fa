/* lintel roster: import files, list what was imported. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/json.h"
#include "base/magic.h"
#include "base/str.h"
#include "gw/cli.h"
#include "gw/roster_import.h"
#include "roster.h"
#include "store/platform.h"
#include "store/roster_runs.h"

#define REPORT_MAX (32u << 20)

struct rosters {
	struct cli *c;
	const char *platform, *issuer, *client_id;
	struct platform p;
	int64_t limit;
	struct roster_run_row *run;
	unsigned runs;
};

static enum err find_platform(struct db *db, void *arg)
{
	struct rosters *op = arg;

	if (op->platform != NULL)
		return platform_find(db, &op->c->a, op->platform, &op->p);
	return platform_by_client(db, &op->c->a, op->issuer, op->client_id, &op->p);
}

/* -1: found. */
static int need_platform(struct rosters *op)
{
	enum err e;

	if (op->platform == NULL && (op->issuer == NULL || op->client_id == NULL)) {
		fputs("lintel: which platform? --platform P, or --issuer URL --client-id ID\n", stderr);
		return 2;
	}
	e = store_read(op->c->store, find_platform, op, &op->c->fault);
	if (e == E_MISSING)
		return cli_fail("there is no such platform: `lintel platform list` names them");
	return e == E_OK ? -1 : cli_fail_err(op->c, e, "platform");
}

/* ---- import ---- */

static void show_progress(void *arg, const char *phase, int64_t done, int64_t total)
{
	int *last = arg;
	int percent = total > 0 ? (int)(done * 100 / total) : 100;

	if (percent == *last)
		return;
	*last = percent;
	fprintf(stderr, "\r%-6s [%-40.*s] %3d %%", phase, percent * 40 / 100,
		"########################################", percent);
}

static void print_counts(const char *name, const struct roster_counts *c)
{
	printf("%-8s %8lld seen %8lld new %8lld changed %8lld same %8lld removed %8lld missing "
	       "%8lld rejected\n", name, (long long)c->seen, (long long)c->created,
	       (long long)c->updated, (long long)c->unchanged, (long long)c->removed,
	       (long long)c->missing, (long long)c->rejected);
}

static int refused(const struct roster_report *rep)
{
	const struct xml_fault *f = &rep->fault;

	return cli_fail("the file was not taken, nothing changed: line %u: %s (%s)%s%s", f->line,
			xml_code_words(f->code), xml_code_name(f->code),
			f->detail[0] == '\0' ? "" : ": ", f->detail);
}

static int outcome(const struct roster_report *rep)
{
	static const char *const name[] = { "file", "persons", "groups", "members", "links" };

	if (rep->state == ROSTER_REFUSED)
		return refused(rep);
	printf("%s\n", roster_state_name(rep->state));
	if (rep->state == ROSTER_UNCHANGED)
		return 0;
	for (unsigned k = RK_PERSON; k < RK_COUNT; k++)
		print_counts(name[k], &rep->count[k]);
	if (rep->state == ROSTER_HELD)
		return cli_fail("the file would remove more than the limit allows, so nothing "
				"changed: look at the report, then import it with --threshold 100");
	return 0;
}

static int write_report(const char *path, const struct buf *json)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	size_t done = 0;

	if (fd < 0)
		return cli_fail("cannot write the report %s: %s", path, strerror(errno));
	while (done < json->len) {
		ssize_t n = write(fd, json->p + done, json->len - done);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			break;
		done += (size_t)n;
	}
	if (close(fd) != 0 || done < json->len)
		return cli_fail("cannot write the report %s: %s", path, strerror(errno));
	return 0;
}

static int import_file(struct rosters *op, struct roster_import_opts *o, const char *report)
{
	struct buf json = BUF_INIT(REPORT_MAX);
	struct roster_report rep;
	uint8_t root[32];
	int last = -1, rc;
	enum err e;

	e = key_file_load(&op->c->conf, false, root, &op->c->fault);
	if (e != E_OK)
		return cli_fail_err(op->c, e, "key");
	if (isatty(STDERR_FILENO)) {
		o->progress = show_progress;
		o->progress_arg = &last;
	}
	e = roster_import(op->c->store, root, o, &rep, &json, &op->c->fault);
	explicit_bzero(root, sizeof(root));
	if (last >= 0)
		fputs("\r\033[K", stderr);
	rc = e == E_OK ? outcome(&rep) : cli_fail_err(op->c, e, "roster import");
	if (e == E_OK && report != NULL && write_report(report, &json) != 0)
		rc = 1;
	buf_release(&json);
	return rc;
}

static bool known_format(const char *s)
{
	return s == NULL || str_eq(s, "auto") || str_eq(s, "imsent");
}

static bool mode_of(const char *s, enum roster_mode *out)
{
	*out = s == NULL || str_eq(s, "auto") ? ROSTER_MODE_UNKNOWN :
		str_eq(s, "full") ? ROSTER_FULL : ROSTER_DELTA;
	return s == NULL || str_eq(s, "auto") || str_eq(s, "full") || str_eq(s, "delta");
}

static int run_import(int argc, char **argv)
{
	struct cli c;
	struct rosters op = { .c = &c };
	struct roster_import_opts o = { .threshold = -1 };
	const char *format = NULL, *mode = NULL, *report = NULL;
	const struct cli_opt opt[] = {
		{ "platform", CLI_STR, &op.platform, "P", "whose roster: a name or an id" },
		{ "issuer", CLI_STR, &op.issuer, "URL", "the platform by its registration" },
		{ "client-id", CLI_STR, &op.client_id, "ID", "the platform by its registration" },
		{ "format", CLI_STR, &format, "F", "auto (default) or imsent" },
		{ "mode", CLI_STR, &mode, "M", "auto (default: as the file says), full or delta" },
		{ "threshold", CLI_INT, &o.threshold, "N", "most percent a full file may remove (10)" },
		{ "dry-run", CLI_FLAG, &o.dry_run, NULL, "count and report, change nothing" },
		{ "report", CLI_STR, &report, "FILE", "write the whole report as JSON" },
		{ 0 },
	};
	const struct cli_usage u = { "lintel roster import FILE --platform P [options]",
				     "Brings a roster file in: people, classes, guardians.", opt, 1, 1 };
	struct cli_list pos;
	int rc = cli_parse(argc, argv, &u, &pos);

	if (rc >= 0)
		return rc;
	if (!known_format(format) || !mode_of(mode, &o.mode) || o.threshold > 100) {
		fprintf(stderr, "lintel: no such format, mode or threshold\nusage: %s\n", u.line);
		return 2;
	}
	rc = cli_open(&c, STORE_CLI);
	if (rc < 0)
		rc = need_platform(&op);
	if (rc < 0) {
		o.path = pos.v[0];
		o.tenant = op.p.tenant;
		o.platform = op.p.id;
		o.now_ms = c.now_ms;
		rc = import_file(&op, &o, report);
	}
	cli_close(&c);
	return rc;
}

/* ---- runs ---- */

static enum err read_runs(struct db *db, void *arg)
{
	struct rosters *op = arg;

	return roster_runs(db, &op->c->a, op->p.tenant, (unsigned)op->limit, false, &op->run,
			   &op->runs);
}

static void print_run(const struct roster_run_row *r)
{
	char when[24];
	time_t t = (time_t)(r->started_at / 1000);
	struct tm tm;

	gmtime_r(&t, &tm);
	strftime(when, sizeof(when), "%Y-%m-%d %H:%M", &tm);
	printf("%lld  %s UTC  %-20s  %-6s  %10lld bytes  %s\n", (long long)r->id, when, r->state,
	       r->mode, (long long)r->bytes, r->file_name);
}

static void print_runs(const struct rosters *op, bool json)
{
	struct buf b = BUF_INIT(REPORT_MAX);
	struct json j;

	json_init(&j, &b);
	json_open(&j, NULL, '[');
	for (unsigned i = 0; i < op->runs; i++) {
		const struct roster_run_row *r = &op->run[i];

		if (!json)
			print_run(r);
		json_open(&j, NULL, '{');
		json_id(&j, "id", r->id);
		json_id(&j, "platform", r->platform);
		json_str(&j, "state", r->state);
		json_str(&j, "mode", r->mode);
		json_str(&j, "format", r->format);
		json_str(&j, "file", r->file_name);
		json_int(&j, "bytes", r->bytes);
		json_int(&j, "started_at", r->started_at);
		json_int(&j, "ended_at", r->ended_at);
		json_close(&j, '}');
	}
	json_close(&j, ']');
	if (json && b.err == E_OK)
		puts(b.p);
	buf_release(&b);
}

static int run_runs(int argc, char **argv)
{
	struct cli c;
	struct rosters op = { .c = &c, .limit = 20 };
	bool json = false;
	const struct cli_opt opt[] = {
		{ "platform", CLI_STR, &op.platform, "P", "of this platform's district" },
		{ "issuer", CLI_STR, &op.issuer, "URL", "the platform by its registration" },
		{ "client-id", CLI_STR, &op.client_id, "ID", "the platform by its registration" },
		{ "limit", CLI_INT, &op.limit, "N", "so many of the newest (20)" },
		{ "json", CLI_FLAG, &json, NULL, "for scripts" },
		{ 0 },
	};
	const struct cli_usage u = { "lintel roster runs --platform P [--json]",
				     "Lists imports, the newest first.", opt, 0, 0 };
	struct cli_list pos;
	int rc = cli_parse(argc, argv, &u, &pos);

	if (rc >= 0)
		return rc;
	if (op.limit < 1 || op.limit > 1000)
		return cli_fail("--limit: 1 to 1000");
	rc = cli_open(&c, STORE_CLI);
	if (rc < 0)
		rc = need_platform(&op);
	if (rc < 0)
		rc = cli_read(&c, read_runs, &op, "roster runs");
	if (rc == 0)
		print_runs(&op, json);
	cli_close(&c);
	return rc;
}

int cli_roster(int argc, char **argv)
{
	static const struct cli_command cmd[] = {
		{ "import", run_import, "bring a roster file in" },
		{ "pull", cli_roster_pull, "ask a platform who is in its courses" },
		{ "runs", run_runs, "list imports" },
		{ NULL, NULL, NULL },
	};

	return cli_dispatch("lintel roster", cmd, argc, argv);
}
