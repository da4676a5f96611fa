/* lintel doctor: one line a check; exit 1 when something is broken. */
#include <errno.h>
#include <stdarg.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/timex.h>
#include <time.h>

#include "base/magic.h"
#include "doctor.h"
#include "gw/cli.h"
#include "gw/clock.h"
#include "gw/i18n.h"
#include "store/doctor.h"
#include "store/toolkey.h"

#define YEAR_2026_MS 1767225600000LL
#define CLOCK_APART_MS 5000

void doctor_say(struct doctor *d, enum verdict v, const char *what, const char *fmt, ...)
{
	static const char *const word[] = { "ok", "note", "warn", "broken" };
	va_list ap;

	assert((unsigned)v < ARRAY_LEN(word));
	printf("%-7s %-14s ", word[v], what);
	va_start(ap, fmt);
	vprintf(fmt, ap);
	va_end(ap);
	putchar('\n');
	d->broken += v == V_BROKEN;
}

static void say_err(struct doctor *d, const char *what, enum err err)
{
	doctor_say(d, V_BROKEN, what, "%s",
		   d->c.fault.text[0] != '\0' ? d->c.fault.text : err_name(err));
	fault_clear(&d->c.fault);
}

static void check_conf(struct doctor *d)
{
	const struct conf *c = &d->c.conf;
	enum err err = conf_check(c, &d->c.fault);

	if (err != E_OK)
		say_err(d, "configuration", err);
	else
		doctor_say(d, V_OK, "configuration", "%s", c->path != NULL ? c->path :
						     "no file: defaults and environment");
	if (c->lab_mode)
		doctor_say(d, V_WARN, "lab_mode", "on: for trying out on this machine only");
	if (c->public_url[0] != '\0')
		doctor_say(d, !c->lab_mode && !str_starts(c->public_url, "https://") ? V_BROKEN : V_OK,
			   "public_url", "%s", c->public_url);
}

/* Others on this machine may not read it. */
static void check_mode(struct doctor *d, const char *what, const char *path, bool folder)
{
	struct stat s;

	if (lstat(path, &s) != 0)
		doctor_say(d, V_BROKEN, what, "%s: %s", path, strerror(errno));
	else if (folder ? !S_ISDIR(s.st_mode) : !S_ISREG(s.st_mode))
		doctor_say(d, V_BROKEN, what, "%s is no %s", path, folder ? "folder" : "file");
	else if (s.st_mode & (folder ? 022 : 077))
		doctor_say(d, V_BROKEN, what, "%s has mode %04o: chmod %s", path,
			   (unsigned)s.st_mode & 07777, folder ? "0700" : "0600");
	else
		doctor_say(d, V_OK, what, "%s, mode %04o", path, (unsigned)s.st_mode & 07777);
}

static void check_key(struct doctor *d)
{
	uint8_t root[32];
	enum err err;

	check_mode(d, "key_file", d->c.conf.key_file, false);
	err = key_file_load(&d->c.conf, false, root, &d->c.fault);
	explicit_bzero(root, sizeof(root));
	if (err != E_OK)
		say_err(d, "key_file", err);
}

static void check_clock(struct doctor *d)
{
	struct timex t = { .modes = 0 };
	int state = ntp_adjtime(&t);

	if (d->c.now_ms < YEAR_2026_MS)
		doctor_say(d, V_BROKEN, "clock", "this machine's clock stands before 2026");
	else if (state == -1 || (t.status & STA_UNSYNC))
		doctor_say(d, V_WARN, "clock", "no time service keeps this clock; tokens live a few minutes");
	else
		doctor_say(d, V_OK, "clock", "kept by a time service");
	if (zone_check(d->c.conf.timezone) != E_OK)
		doctor_say(d, V_BROKEN, "timezone", "%s is no IANA time zone", d->c.conf.timezone);
}

/* ---- the database ---- */

struct facts {
	struct doctor *d;
	struct doctor_engine e;
	struct tool_key *key;
	unsigned n;
};

static enum err read_engine(struct db *db, void *arg)
{
	struct facts *f = arg;

	return doctor_engine(db, &f->d->c.a, &f->e);
}

static enum err read_keys(struct db *db, void *arg)
{
	struct facts *f = arg;

	return tool_key_list(db, &f->d->c.a, f->d->c.now_ms, &f->key, &f->n);
}

/* SQLite 3.7.0 to 3.51.2 can lose a commit when two connections checkpoint at one moment. */
static bool wal_reset_bug(const char *version)
{
	unsigned a = 0, b = 0, c = 0;

	if (sscanf(version, "%3u.%3u.%3u", &a, &b, &c) != 3 || a != 3)
		return false;
	return b >= 7 && (b < 51 || (b == 51 && c <= 2));
}

static void say_engine(struct doctor *d, const struct doctor_engine *e)
{
	if (!e->pg && wal_reset_bug(e->version))
		doctor_say(d, V_WARN, "database",
			   "SQLite %s has the WAL-reset bug of 3.7.0 to 3.51.2: let no other program "
			   "write to the file or checkpoint it", e->version);
	else
		doctor_say(d, V_OK, "database", "%s%s", e->pg ? "" : "SQLite ", e->version);
	if (e->now_ms != 0 && (e->now_ms - clock_now_ms() > CLOCK_APART_MS ||
			       clock_now_ms() - e->now_ms > CLOCK_APART_MS))
		doctor_say(d, V_WARN, "clock", "the database server's clock is %lld s away",
			   (long long)((e->now_ms - clock_now_ms()) / 1000));
}

static bool check_schema(struct doctor *d)
{
	int have = 0, want = 0;
	enum err err = store_schema_version(d->c.store, &have, &want, &d->c.fault);

	if (err != E_OK)
		say_err(d, "schema", err);
	else if (have != want)
		doctor_say(d, V_BROKEN, "schema", "the database has %d, this program needs %d: %s", have,
			   want, have < want ? "lintel db migrate" : "use a newer lintel");
	else
		doctor_say(d, V_OK, "schema", "%d", have);
	return err == E_OK && have == want;
}

static void check_own_key(struct doctor *d)
{
	struct facts f = { .d = d };
	enum err err = store_read(d->c.store, read_keys, &f, &d->c.fault);

	if (err != E_OK)
		say_err(d, "own key", err);
	else if (f.n == 0)
		doctor_say(d, V_BROKEN, "own key", "none: `lintel serve` makes one at its start");
	else
		doctor_say(d, V_OK, "own key", "%s %s", f.key[f.n - 1].alg, f.key[f.n - 1].kid);
}

/* True: tables may be asked. */
static bool check_database(struct doctor *d)
{
	struct facts f = { .d = d };
	const struct conf *c = &d->c.conf;
	enum err err = store_open(&d->c.store, c->database, c->data_dir, STORE_CLI, &d->c.fault);

	if (err == E_OK)
		err = store_read(d->c.store, read_engine, &f, &d->c.fault);
	if (err != E_OK) {
		say_err(d, "database", err);
		return false;
	}
	say_engine(d, &f.e);
	if (!check_schema(d))
		return false;
	check_own_key(d);
	return true;
}

int cli_doctor(int argc, char **argv)
{
	struct doctor d = { .broken = 0 };
	const struct cli_opt opt[] = {
		{ "platform", CLI_STR, &d.platform, "P", "look at this platform, too: a name or an id" },
		{ 0 },
	};
	const struct cli_usage u = { "lintel doctor [--platform P]",
				     "Looks whether everything is in place: one line a check.", opt, 0, 0 };
	struct cli_list pos;
	int rc = cli_parse(argc, argv, &u, &pos);

	if (rc >= 0)
		return rc;
	d.c.now_ms = clock_now_ms();
	arena_init(&d.c.a, 16 << 20);
	if (conf_load(&d.c.conf, cli_conf_path, &d.c.fault) != E_OK) {
		say_err(&d, "configuration", d.c.fault.err);
	} else {
		check_conf(&d);
		check_mode(&d, "data_dir", d.c.conf.data_dir, true);
		check_key(&d);
		check_clock(&d);
		if (check_database(&d) && d.platform != NULL)
			doctor_platform(&d);
	}
	cli_close(&d.c);
	return d.broken > 0 ? 1 : 0;
}
