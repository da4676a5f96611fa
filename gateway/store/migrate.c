/*
 * Migrations: forward only, each in one transaction, its row in lintel_schema
 * written first, so that of two processes starting at once the second waits for
 * that row, fails on it, and finds the work done.
 */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/buf.h"
#include "base/magic.h"
#include "each.h"
#include "migrate.h"
#include "store_private.h"

#define STATEMENT_MAX (256u << 10)
#define RACES_MAX 20

struct state {
	const struct migration *m;
	int have;
};

static int64_t now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_REALTIME, &ts);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

static int count_of(const struct migration *m)
{
	int n = 0;

	while (m[n].name != NULL) {
		assert(m[n].number == n + 1);
		n++;
	}
	return n;
}

/* The one question the engines answer in different words. */
static enum err has_table(struct db *db, bool *yes_out)
{
	int64_t n = 0;
	enum err e;

	if (db_is_pg(db))
		e = db_one(db, NULL, "i", (void *[]){ &n },
			   "SELECT count(to_regclass('lintel_schema'))", "");
	else
		e = db_one(db, NULL, "i", (void *[]){ &n },
			   "SELECT count(*) FROM sqlite_master WHERE type = 'table' AND "
			   "name = 'lintel_schema'", "");
	*yes_out = n > 0;
	return e;
}

/* Compares one applied row with what this binary holds. */
static enum err compare(struct db *db, const struct state *s, struct db_rows *rows)
{
	int64_t number = db_int(rows, 0);
	int want = count_of(s->m);

	if (number > want)
		return FAULT(db_fault(db), E_DENIED, "the database has migration %d, this program "
			     "knows %d: a newer version has used it", (int)number, want);
	if (number != s->have + 1)
		return FAULT(db_fault(db), E_DENIED, "the database lacks migration %d but has %d",
			     s->have + 1, (int)number);
	if (!span_eqz(db_span(rows, 1), s->m[number - 1].sha256))
		return FAULT(db_fault(db), E_DENIED, "migration %d (%s) differs from what was "
			     "applied to this database", (int)number, s->m[number - 1].name);
	return E_OK;
}

static enum err read_state(struct db *db, void *arg)
{
	struct state *s = arg;
	struct db_each q = DB_ROWS(db);
	bool yes;
	enum err e;

	s->have = 0;
	e = has_table(db, &yes);
	if (e != E_OK || !yes)
		return e;
	db_select(&q, "SELECT number, checksum FROM lintel_schema ORDER BY number", "");
	while (db_step(&q)) {
		q.err = compare(db, s, q.rows);
		s->have += q.err == E_OK;
	}
	return db_end(&q);
}

static enum err make_table(struct db *db, void *arg)
{
	(void)arg;
	return db->drv->exec(db, "CREATE TABLE IF NOT EXISTS lintel_schema ("
			     "number INTEGER PRIMARY KEY, name TEXT NOT NULL, "
			     "checksum TEXT NOT NULL, applied_at BIGINT NOT NULL)");
}

/* ---- one migration ---- */

static struct span next_line(struct span *rest)
{
	const char *nl = memchr(rest->p, '\n', rest->n);
	struct span line = { rest->p, nl == NULL ? rest->n : (size_t)(nl - rest->p) };
	size_t used = line.n + (nl != NULL);

	rest->p += used;
	rest->n -= used;
	while (line.n > 0 && strchr(" \t\r", line.p[line.n - 1]) != NULL)
		line.n--;
	return line;
}

/* Runs a file statement by statement; a statement ends with ';' at a line's end. */
static enum err run_file(struct db *db, const char *sql)
{
	struct span rest = span_of(sql), line;
	struct buf b = BUF_INIT(STATEMENT_MAX);
	enum err e = E_OK;

	while (rest.n > 0 && e == E_OK) {
		line = next_line(&rest);
		if (line.n == 0 || span_starts(line, SPAN("--")))
			continue;
		buf_add(&b, line.p, line.n);
		buf_addc(&b, '\n');
		if (line.p[line.n - 1] != ';')
			continue;
		e = b.err != E_OK ? DB_FAIL(db, b.err, "a statement is too long")
				  : db->drv->exec(db, b.p);
		buf_reset(&b);
	}
	if (e == E_OK && b.len > 0)
		e = DB_FAIL(db, E_INTERNAL, "a migration does not end with ';'");
	buf_release(&b);
	return e;
}

static enum err apply(struct db *db, void *arg)
{
	const struct state *s = arg;
	const struct migration *m = &s->m[s->have];
	enum err e;

	e = db_run(db, NULL, "INSERT INTO lintel_schema (number, name, checksum, applied_at) "
		   "VALUES ($1, $2, $3, $4)", "issi", (int64_t)m->number, m->name, m->sha256,
		   now_ms());
	return e == E_OK ? run_file(db, m->sql) : e;
}

/* ---- all of them ---- */

enum err migrate_version(struct store *st, const struct migration *m, int *have_out,
			 int *want_out, struct fault *f)
{
	struct state s = { .m = m };
	enum err e = store_read(st, read_state, &s, f);

	*have_out = s.have;
	*want_out = count_of(m);
	return e;
}

enum err migrate_run(struct store *st, const struct migration *m, struct fault *f)
{
	struct state s = { .m = m };
	int want = count_of(m), races = 0;
	struct fault one;
	enum err e;

	for (;;) {
		fault_clear(&one);
		e = store_read(st, read_state, &s, &one);
		if (e == E_OK && s.have == want)
			return E_OK;
		if (e == E_OK && s.have == 0)
			e = store_load(st, make_table, NULL, &one);
		if (e == E_OK)
			e = store_load(st, apply, &s, &one);
		/* Another process was first: look again. */
		if (e == E_CONFLICT && races++ < RACES_MAX)
			continue;
		if (e != E_OK)
			return fault_at(f, e, one.where, "%s", one.text);
	}
}
