/*
 * SQLite behind the vtable; the only home of sqlite3.h.
 *
 * WAL with synchronous=FULL: what was acknowledged survives a power cut. Nobody
 * but the writer may checkpoint, because SQLite before 3.51.3 can corrupt a WAL
 * that two connections write and reset at once. Memory mapping stays off: an I/O
 * error must be an error code, not a signal.
 */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/magic.h"
#include "db_driver.h"

#define LITE_MAGIC 0x5a17e001u
#define CHECKPOINT_FRAMES 1000
#define BUSY_MS 5000

/* Fixed statements of a connection, prepared once. */
enum fixed { BEGIN_READ, BEGIN_WRITE, COMMIT, ROLLBACK, SAVE, SAVE_RELEASE, SAVE_UNDO, FIXED };

static const char *const fixed_sql[FIXED] = {
	[BEGIN_READ] = "BEGIN",
	[BEGIN_WRITE] = "BEGIN IMMEDIATE",
	[COMMIT] = "COMMIT",
	[ROLLBACK] = "ROLLBACK",
	[SAVE] = "SAVEPOINT one",
	[SAVE_RELEASE] = "RELEASE one",
	[SAVE_UNDO] = "ROLLBACK TO one",
};

struct lite {
	unsigned magic;
	sqlite3 *h;
	enum db_role role;
	int frames;		/* in the WAL after the last commit */
	int tidied_at;		/* frames when the last checkpoint was tried */
	sqlite3_stmt *fixed[FIXED];
	struct lite_stmt *bulk;
};

struct lite_stmt {
	sqlite3_stmt *s;
	unsigned n;
	unsigned char index[DB_PARAMS_MAX];	/* $k+1 is SQLite's parameter index[k] */
};

static struct lite *lite_of(struct db *db)
{
	return CAST_MAGIC(struct lite, db->conn, LITE_MAGIC);
}

/* SQLite's message names tables and columns, never values. */
static enum err lite_fail(struct db *db, int rc, const char *what)
{
	enum err e = E_DB;

	switch (rc) {
	case SQLITE_CONSTRAINT_UNIQUE:
	case SQLITE_CONSTRAINT_PRIMARYKEY:
	case SQLITE_CONSTRAINT_ROWID:
		e = E_CONFLICT;
		break;
	case SQLITE_INTERRUPT:
		e = E_TIMEOUT;
		break;
	default:
		if ((rc & 0xff) == SQLITE_BUSY || (rc & 0xff) == SQLITE_LOCKED)
			e = E_BUSY;
		else if ((rc & 0xff) == SQLITE_NOMEM)
			e = E_NOMEM;
	}
	return DB_FAIL(db, e, "sqlite %d (%s): %.60s", rc, sqlite3_errmsg(lite_of(db)->h), what);
}

/* ---- opening ---- */

/* Its allocation statistics would cost a global lock on every malloc. */
static void global_setup(void)
{
	sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
}

static int on_wal(void *arg, sqlite3 *h, const char *name, int frames)
{
	struct lite *l = CAST_MAGIC(struct lite, arg, LITE_MAGIC);

	(void)h;
	(void)name;
	l->frames = frames;
	return SQLITE_OK;
}

/* The database holds children's data: mine alone, whatever the umask. */
static enum err touch(const char *path, struct fault *f)
{
	int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);

	if (fd < 0)
		return FAULT(f, E_IO, "cannot open the database file: %s", strerror(errno));
	close(fd);
	return E_OK;
}

static int setup(struct lite *l)
{
	static const char *const every =
		"PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON; PRAGMA trusted_schema=OFF;"
		"PRAGMA mmap_size=0; PRAGMA temp_store=MEMORY; PRAGMA cell_size_check=ON;";
	static const char *const writer =
		"PRAGMA journal_mode=WAL; PRAGMA secure_delete=ON; PRAGMA cache_size=-4096;"
		"PRAGMA journal_size_limit=67108864;";
	static const char *const reader = "PRAGMA query_only=ON; PRAGMA cache_size=-1024;";
	int rc;

	sqlite3_busy_timeout(l->h, BUSY_MS);
	sqlite3_db_config(l->h, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
	sqlite3_db_config(l->h, SQLITE_DBCONFIG_DQS_DDL, 0, NULL);
	sqlite3_db_config(l->h, SQLITE_DBCONFIG_DQS_DML, 0, NULL);
	sqlite3_db_config(l->h, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, l->role != DB_WRITER, NULL);
	sqlite3_limit(l->h, SQLITE_LIMIT_ATTACHED, 0);
	rc = sqlite3_exec(l->h, every, NULL, NULL, NULL);
	if (rc == SQLITE_OK)
		rc = sqlite3_exec(l->h, l->role == DB_READER ? reader : writer, NULL, NULL, NULL);
	/* The hook replaces the automatic checkpoint. */
	sqlite3_wal_hook(l->h, on_wal, l);
	return rc;
}

static void lite_close(void *conn)
{
	struct lite *l = CAST_MAGIC(struct lite, conn, LITE_MAGIC);
	int rc;

	for (unsigned i = 0; i < FIXED; i++)
		sqlite3_finalize(l->fixed[i]);
	rc = sqlite3_close(l->h);
	assert(rc == SQLITE_OK);	/* else a statement was left behind */
	l->magic = 0;
	free(l);
}

static enum err lite_open(const char *path, enum db_role role, void **conn_out, struct fault *f)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;
	const int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE;
	struct lite *l;
	enum err e = E_OK;
	int rc;

	pthread_once(&once, global_setup);
	if (role != DB_READER)
		e = touch(path, f);
	if (e != E_OK)
		return e;
	l = calloc(1, sizeof(*l));
	if (l == NULL)
		return FAULT(f, E_NOMEM, "no memory for a connection");
	l->magic = LITE_MAGIC;
	l->role = role;
	rc = sqlite3_open_v2(path, &l->h, flags, NULL);
	if (rc == SQLITE_OK)
		rc = setup(l);
	for (unsigned i = 0; i < FIXED && rc == SQLITE_OK; i++)
		rc = sqlite3_prepare_v3(l->h, fixed_sql[i], -1, SQLITE_PREPARE_PERSISTENT,
					&l->fixed[i], NULL);
	if (rc != SQLITE_OK) {
		e = (rc & 0xff) == SQLITE_BUSY ? E_BUSY : E_DB;
		FAULT(f, e, "cannot open the database: sqlite %d (%s)", rc, sqlite3_errstr(rc));
		lite_close(l);
		return e;
	}
	*conn_out = l;
	return E_OK;
}

/* ---- transactions ---- */

static enum err fixed_step(struct db *db, enum fixed which)
{
	sqlite3_stmt *s = lite_of(db)->fixed[which];
	int rc = sqlite3_step(s);

	sqlite3_reset(s);
	return rc == SQLITE_DONE ? E_OK : lite_fail(db, rc, fixed_sql[which]);
}

static enum err lite_begin(struct db *db, enum db_tx tx)
{
	return fixed_step(db, tx == DB_TX_READ ? BEGIN_READ : BEGIN_WRITE);
}

static enum err lite_commit(struct db *db)
{
	return fixed_step(db, COMMIT);
}

static bool lite_in_tx(struct db *db)
{
	return sqlite3_get_autocommit(lite_of(db)->h) == 0;
}

/* After some failures (disk full, I/O) SQLite has rolled back by itself. */
static void lite_rollback(struct db *db)
{
	if (lite_in_tx(db))
		fixed_step(db, ROLLBACK);
}

static enum err lite_save(struct db *db)
{
	return fixed_step(db, SAVE);
}

static enum err lite_save_release(struct db *db)
{
	return fixed_step(db, SAVE_RELEASE);
}

static enum err lite_save_undo(struct db *db)
{
	enum err e = fixed_step(db, SAVE_UNDO);

	return e == E_OK ? fixed_step(db, SAVE_RELEASE) : e;
}

static enum err lite_exec(struct db *db, const char *sql)
{
	struct lite *l = lite_of(db);
	int rc = sqlite3_exec(l->h, sql, NULL, NULL, NULL);

	return rc == SQLITE_OK ? E_OK : lite_fail(db, rc, sql);
}

/* ---- statements ---- */

/* Which of SQLite's parameters is $k: it numbers them by first appearance. */
static void map_parameters(struct lite_stmt *st, const char *sql)
{
	int count = sqlite3_bind_parameter_count(st->s);

	assert(count >= 0 && count <= DB_PARAMS_MAX);
	st->n = (unsigned)count;
	for (int i = 1; i <= count; i++) {
		const char *name = sqlite3_bind_parameter_name(st->s, i);
		int64_t k = 0;

		if (name == NULL || name[0] != '$' || !span_int64(span_of(name + 1), &k) ||
		    k < 1 || k > count)
			assert_failed(sql, __FILE__, __LINE__, "parameters are $1..$n, all used");
		st->index[k - 1] = (unsigned char)i;
	}
}

static enum err lite_prepare(struct db *db, const char *sql, const struct db_val *v, unsigned n,
			     void **stmt_out)
{
	struct lite_stmt *st = calloc(1, sizeof(*st));
	const char *tail = "";
	int rc;

	(void)v;
	if (st == NULL)
		return DB_FAIL(db, E_NOMEM, "no memory for a statement");
	rc = sqlite3_prepare_v3(lite_of(db)->h, sql, -1, SQLITE_PREPARE_PERSISTENT, &st->s, &tail);
	if (rc != SQLITE_OK) {
		free(st);
		return lite_fail(db, rc, sql);
	}
	assert(st->s != NULL);
	assert(tail[strspn(tail, " \t\n;")] == '\0');	/* one statement at a time */
	map_parameters(st, sql);
	assert(st->n == n);
	*stmt_out = st;
	return E_OK;
}

static int bind_one(sqlite3_stmt *s, int at, const struct db_val *v, sqlite3_destructor_type keep)
{
	switch (v->kind) {
	case 'i':
		return sqlite3_bind_int64(s, at, v->i);
	case 't':
		return v->s.p == NULL ? sqlite3_bind_null(s, at)
				      : sqlite3_bind_text64(s, at, v->s.p, v->s.n, keep,
							    SQLITE_UTF8);
	case 'b':
		return v->s.p == NULL ? sqlite3_bind_null(s, at)
				      : sqlite3_bind_blob64(s, at, v->s.p, v->s.n, keep);
	default:
		assert(v->kind == 'n');
		return sqlite3_bind_null(s, at);
	}
}

static enum err lite_bind(struct db *db, void *stmt, const struct db_val *v, unsigned n)
{
	struct lite_stmt *st = stmt;

	assert(st->n == n);
	for (unsigned i = 0; i < n; i++) {
		int rc = bind_one(st->s, st->index[i], &v[i], SQLITE_TRANSIENT);

		if (rc != SQLITE_OK)
			return lite_fail(db, rc, "bind");
	}
	return E_OK;
}

static enum err lite_step(struct db *db, void *stmt)
{
	struct lite_stmt *st = stmt;
	int rc = sqlite3_step(st->s);

	if (rc == SQLITE_ROW)
		return E_OK;
	return rc == SQLITE_DONE ? E_MISSING : lite_fail(db, rc, sqlite3_sql(st->s));
}

static int64_t lite_changed(struct db *db, void *stmt)
{
	(void)stmt;
	return sqlite3_changes64(lite_of(db)->h);
}

/* Bound values are forgotten too: no personal data lingers in idle statements. */
static void lite_reset(struct db *db, void *stmt)
{
	struct lite_stmt *st = stmt;

	(void)db;
	sqlite3_reset(st->s);
	sqlite3_clear_bindings(st->s);
}

static void lite_finish(struct db *db, void *stmt)
{
	struct lite_stmt *st = stmt;

	(void)db;
	sqlite3_finalize(st->s);
	free(st);
}

/* ---- columns ---- */

static int lite_col_count(void *stmt)
{
	return sqlite3_column_count(((struct lite_stmt *)stmt)->s);
}

static bool lite_col_null(void *stmt, int col)
{
	return sqlite3_column_type(((struct lite_stmt *)stmt)->s, col) == SQLITE_NULL;
}

/* The types PostgreSQL would insist on; SQLite would convert in silence. */
static int64_t lite_col_int(void *stmt, int col)
{
	sqlite3_stmt *s = ((struct lite_stmt *)stmt)->s;

	assert(sqlite3_column_type(s, col) == SQLITE_INTEGER);
	return sqlite3_column_int64(s, col);
}

static struct span lite_col_span(void *stmt, int col)
{
	sqlite3_stmt *s = ((struct lite_stmt *)stmt)->s;
	int type = sqlite3_column_type(s, col);
	const void *p;

	assert(type == SQLITE_TEXT || type == SQLITE_BLOB);
	p = type == SQLITE_TEXT ? (const void *)sqlite3_column_text(s, col)
				: sqlite3_column_blob(s, col);
	/* An empty blob comes as NULL; for us NULL means SQL NULL. */
	return span_mk(p == NULL ? "" : p, (size_t)sqlite3_column_bytes(s, col));
}

/* ---- many rows ---- */

static enum err lite_bulk_begin(struct db *db, const char *table, const char *columns, int ncols)
{
	struct buf sql = BUF_INIT(8192);
	struct lite *l = lite_of(db);
	void *st = NULL;
	enum err e;

	assert(l->bulk == NULL);
	buf_printf(&sql, "INSERT INTO %s (%s) VALUES ($1", table, columns);
	for (int i = 2; i <= ncols; i++)
		buf_printf(&sql, ",$%d", i);
	buf_addc(&sql, ')');
	e = sql.err != E_OK ? DB_FAIL(db, sql.err, "bulk load of %.60s", table)
			    : lite_prepare(db, sql.p, NULL, (unsigned)ncols, &st);
	l->bulk = st;
	buf_release(&sql);
	return e;
}

static enum err lite_bulk_row(struct db *db, const struct db_val *v, unsigned n)
{
	struct lite_stmt *st = lite_of(db)->bulk;
	int rc = SQLITE_OK;

	assert(st != NULL && st->n == n);
	for (unsigned i = 0; i < n && rc == SQLITE_OK; i++)
		rc = bind_one(st->s, st->index[i], &v[i], SQLITE_STATIC);
	if (rc == SQLITE_OK)
		rc = sqlite3_step(st->s);
	sqlite3_reset(st->s);
	return rc == SQLITE_DONE ? E_OK : lite_fail(db, rc, "bulk row");
}

static enum err lite_bulk_end(struct db *db)
{
	struct lite *l = lite_of(db);

	if (l->bulk != NULL)
		lite_finish(db, l->bulk);
	l->bulk = NULL;
	return E_OK;
}

/* ---- upkeep ---- */

/*
 * A passive checkpoint never waits for readers. When a long read holds it up the
 * WAL grows, and it is tried again a thousand frames later.
 */
static void lite_tidy(struct db *db, bool all)
{
	struct lite *l = lite_of(db);

	if (l->frames < l->tidied_at)
		l->tidied_at = 0;
	if (!all && l->frames < l->tidied_at + CHECKPOINT_FRAMES)
		return;
	l->tidied_at = l->frames;
	sqlite3_wal_checkpoint_v2(l->h, NULL, SQLITE_CHECKPOINT_PASSIVE, NULL, NULL);
}

static int on_check_row(void *arg, int n, char **v, char **names)
{
	char *first = arg;

	(void)names;
	if (first[0] == '\0' && n > 0 && v[0] != NULL)
		snprintf(first, 80, "%s", v[0]);
	return 0;
}

static enum err check_handle(struct db *db, sqlite3 *h)
{
	char first[80] = "", keys[80] = "";
	int rc = sqlite3_exec(h, "PRAGMA integrity_check(1)", on_check_row, first, NULL);

	if (rc == SQLITE_OK && strcmp(first, "ok") == 0)
		rc = sqlite3_exec(h, "PRAGMA foreign_key_check", on_check_row, keys, NULL);
	if (rc != SQLITE_OK)
		return DB_FAIL(db, E_DB, "the check failed: sqlite %d", rc);
	if (strcmp(first, "ok") != 0)
		return DB_FAIL(db, E_DB, "the database is damaged: %s", first);
	if (keys[0] != '\0')
		return DB_FAIL(db, E_DB, "a row of %s points at a row that is gone", keys);
	return E_OK;
}

static enum err lite_check(struct db *db)
{
	return check_handle(db, lite_of(db)->h);
}

/* The copy is made in one step inside the reader's snapshot; writers go on. */
static enum err copy_into(struct db *db, sqlite3 *to)
{
	sqlite3_backup *b = sqlite3_backup_init(to, "main", lite_of(db)->h, "main");
	int rc;

	if (b == NULL)
		return DB_FAIL(db, E_DB, "the backup cannot start: sqlite %d",
			       sqlite3_extended_errcode(to));
	rc = sqlite3_backup_step(b, -1);
	sqlite3_backup_finish(b);
	if (rc != SQLITE_DONE)
		return DB_FAIL(db, E_IO, "the backup stopped: sqlite %d", rc);
	/* One file, without a WAL beside it. */
	rc = sqlite3_exec(to, "PRAGMA journal_mode=DELETE", NULL, NULL, NULL);
	if (rc != SQLITE_OK)
		return DB_FAIL(db, E_IO, "the backup cannot be closed: sqlite %d", rc);
	return check_handle(db, to);
}

static enum err lite_backup(struct db *db, const char *path)
{
	int fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	sqlite3 *to = NULL;
	enum err e = E_OK;

	if (fd < 0)
		return DB_FAIL(db, errno == EEXIST ? E_CONFLICT : E_IO,
			       "cannot create the backup file: %s", strerror(errno));
	close(fd);
	if (sqlite3_open_v2(path, &to, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX |
			    SQLITE_OPEN_EXRESCODE, NULL) != SQLITE_OK)
		e = DB_FAIL(db, E_IO, "cannot open the backup file");
	if (e == E_OK)
		e = copy_into(db, to);
	sqlite3_close(to);
	if (e != E_OK)
		unlink(path);
	return e;
}

const struct db_driver db_sqlite = {
	.pg = false,
	.open = lite_open, .close = lite_close,
	.begin = lite_begin, .commit = lite_commit, .rollback = lite_rollback,
	.in_tx = lite_in_tx,
	.save = lite_save, .save_release = lite_save_release, .save_undo = lite_save_undo,
	.exec = lite_exec,
	.prepare = lite_prepare, .bind = lite_bind, .step = lite_step,
	.changed = lite_changed, .reset = lite_reset, .finish = lite_finish,
	.col_count = lite_col_count, .col_null = lite_col_null,
	.col_int = lite_col_int, .col_span = lite_col_span,
	.bulk_begin = lite_bulk_begin, .bulk_row = lite_bulk_row, .bulk_end = lite_bulk_end,
	.tidy = lite_tidy, .check = lite_check, .backup = lite_backup,
};
