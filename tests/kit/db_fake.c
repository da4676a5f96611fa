/* The scripted driver of db_fake.h. */
#include <pthread.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "base/magic.h"
#include "db_fake.h"

#define STEPS 64
#define CELLS 64

struct cell {
	char kind;
	int64_t i;
	const char *s;
};

struct step {
	const char *fragment;
	enum err answer, breaks;
	bool again, lost, tx_gone;
	int64_t changed;
	unsigned cols, cells;
	struct cell cell[CELLS];
};

struct fake_conn {
	bool in_tx;
};

struct fake_stmt {
	const char *sql;
	const struct step *step;
	unsigned row;		/* 1-based while on a row */
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct step script[STEPS];
static unsigned count, next, wrong, opened;
static char trace[2000];

void fake_reset(void)
{
	memset(script, 0, sizeof(script));
	count = next = wrong = opened = 0;
	trace[0] = '\0';
}

void fake_expect(const char *fragment, enum err answer)
{
	assert(count < STEPS);
	script[count++] = (struct step){ .fragment = fragment, .answer = answer };
}

static struct step *last(void)
{
	assert(count > 0);
	return &script[count - 1];
}

void fake_row(const char *fmt, ...)
{
	struct step *s = last();
	va_list ap;

	s->cols = (unsigned)strlen(fmt);
	assert(s->cells + s->cols <= CELLS);
	va_start(ap, fmt);
	for (; *fmt != '\0'; fmt++) {
		struct cell *c = &s->cell[s->cells++];

		c->kind = *fmt;
		if (*fmt == 'i')
			c->i = va_arg(ap, int64_t);
		else if (*fmt == 's')
			c->s = va_arg(ap, const char *);
	}
	va_end(ap);
}

void fake_breaks(enum err after_its_rows)
{
	last()->breaks = after_its_rows;
}

void fake_again(void)
{
	last()->again = true;
}

void fake_lost(void)
{
	last()->again = last()->lost = true;
}

void fake_tx_gone(void)
{
	last()->tx_gone = true;
}

unsigned fake_left(void)
{
	return count - next;
}

unsigned fake_wrong(void)
{
	return wrong;
}

unsigned fake_opened(void)
{
	return opened;
}

const char *fake_trace(void)
{
	return trace;
}

/* Under lock. */
static void note(const char *sql)
{
	size_t have = strlen(trace), n = strcspn(sql, " ");

	if (have + n + 2 > sizeof(trace))
		return;
	if (have > 0)
		trace[have++] = ' ';
	memcpy(trace + have, sql, n);
	trace[have + n] = '\0';
}

/* The step that answers this statement; optional ones may have none. */
static enum err answer(struct db *db, const char *sql, bool optional, const struct step **out)
{
	struct fake_conn *conn = db->conn;
	const struct step *s = NULL;

	pthread_mutex_lock(&lock);
	note(sql);
	if (next < count && strstr(sql, script[next].fragment) != NULL)
		s = &script[next++];
	else if (!optional)
		wrong++;
	pthread_mutex_unlock(&lock);
	if (out != NULL)
		*out = s;
	if (s == NULL)
		return optional ? E_OK : DB_FAIL(db, E_INTERNAL, "not in the script: %.80s", sql);
	if (s->answer == E_OK)
		return E_OK;
	db->again |= s->again;
	db->lost |= s->lost;
	if (s->tx_gone || s->lost)
		conn->in_tx = false;
	return DB_FAIL(db, s->answer, "scripted: %.80s", sql);
}

static enum err fake_open(const char *where, enum db_role role, void **conn_out, struct fault *f)
{
	(void)role;
	pthread_mutex_lock(&lock);
	opened++;
	pthread_mutex_unlock(&lock);
	if (strcmp(where, "down") == 0)
		return FAULT(f, E_BUSY, "scripted: cannot connect");
	*conn_out = calloc(1, sizeof(struct fake_conn));
	return *conn_out == NULL ? E_NOMEM : E_OK;
}

static void fake_close(void *conn)
{
	free(conn);
}

static enum err fake_begin(struct db *db, enum db_tx tx)
{
	struct fake_conn *c = db->conn;
	enum err e;

	(void)tx;
	assert(!c->in_tx);
	e = answer(db, "BEGIN", true, NULL);
	c->in_tx = e == E_OK;
	return e;
}

static enum err fake_commit(struct db *db)
{
	struct fake_conn *c = db->conn;
	enum err e;

	assert(c->in_tx);
	e = answer(db, "COMMIT", true, NULL);
	if (e == E_OK)
		c->in_tx = false;
	return e;
}

static void fake_rollback(struct db *db)
{
	struct fake_conn *c = db->conn;

	if (!c->in_tx)
		return;
	answer(db, "ROLLBACK", true, NULL);
	c->in_tx = false;
}

static bool fake_in_tx(struct db *db)
{
	return ((struct fake_conn *)db->conn)->in_tx;
}

static enum err fake_save(struct db *db)
{
	return answer(db, "SAVE", true, NULL);
}

static enum err fake_save_release(struct db *db)
{
	return answer(db, "RELEASE", true, NULL);
}

static enum err fake_save_undo(struct db *db)
{
	return answer(db, "UNDO", true, NULL);
}

static enum err fake_exec(struct db *db, const char *sql)
{
	return answer(db, sql, false, NULL);
}

static enum err fake_prepare(struct db *db, const char *sql, const struct db_val *v, unsigned n,
			     void **stmt_out)
{
	struct fake_stmt *st = calloc(1, sizeof(*st));

	(void)v;
	(void)n;
	if (st == NULL)
		return DB_FAIL(db, E_NOMEM, "no memory for a statement");
	st->sql = sql;
	*stmt_out = st;
	return E_OK;
}

static enum err fake_bind(struct db *db, void *stmt, const struct db_val *v, unsigned n)
{
	struct fake_stmt *st = stmt;

	(void)v;
	(void)n;
	st->row = 0;
	return answer(db, st->sql, false, &st->step);
}

static enum err fake_step(struct db *db, void *stmt)
{
	struct fake_stmt *st = stmt;

	if (st->step->cols > 0 && st->row < st->step->cells / st->step->cols) {
		st->row++;
		return E_OK;
	}
	if (st->step->breaks != E_OK)
		return DB_FAIL(db, st->step->breaks, "scripted: %.80s", st->sql);
	return E_MISSING;
}

static int64_t fake_changes(struct db *db, void *stmt)
{
	(void)db;
	return ((struct fake_stmt *)stmt)->step->changed;
}

static void fake_stmt_reset(struct db *db, void *stmt)
{
	(void)db;
	((struct fake_stmt *)stmt)->step = NULL;
}

static void fake_finish(struct db *db, void *stmt)
{
	(void)db;
	free(stmt);
}

static const struct cell *cell_at(void *stmt, int col)
{
	struct fake_stmt *st = stmt;

	assert(st->row > 0);
	return &st->step->cell[(st->row - 1) * st->step->cols + (unsigned)col];
}

static int fake_col_count(void *stmt)
{
	return (int)((struct fake_stmt *)stmt)->step->cols;
}

static bool fake_col_null(void *stmt, int col)
{
	return cell_at(stmt, col)->kind == 'n';
}

static int64_t fake_col_int(void *stmt, int col)
{
	assert(cell_at(stmt, col)->kind == 'i');
	return cell_at(stmt, col)->i;
}

static struct span fake_col_span(void *stmt, int col)
{
	assert(cell_at(stmt, col)->kind == 's');
	return span_of(cell_at(stmt, col)->s);
}

static enum err fake_bulk_begin(struct db *db, const char *table, const char *columns, int ncols)
{
	(void)columns;
	(void)ncols;
	return answer(db, table, false, NULL);
}

static enum err fake_bulk_row(struct db *db, const struct db_val *v, unsigned n)
{
	(void)v;
	(void)n;
	return answer(db, "ROW", true, NULL);
}

static enum err fake_bulk_end(struct db *db)
{
	return answer(db, "END", true, NULL);
}

static enum err fake_check(struct db *db)
{
	return answer(db, "CHECK", true, NULL);
}

static enum err fake_backup(struct db *db, const char *path)
{
	(void)path;
	return answer(db, "BACKUP", true, NULL);
}

#define FAKE_COMMON                                                                       \
	.open = fake_open, .close = fake_close, .begin = fake_begin, .commit = fake_commit, \
	.rollback = fake_rollback, .in_tx = fake_in_tx, .save = fake_save,               \
	.save_release = fake_save_release, .save_undo = fake_save_undo, .exec = fake_exec, \
	.prepare = fake_prepare, .bind = fake_bind, .step = fake_step,                   \
	.changed = fake_changes, .reset = fake_stmt_reset, .finish = fake_finish,        \
	.col_count = fake_col_count, .col_null = fake_col_null,                          \
	.col_int = fake_col_int, .col_span = fake_col_span,                              \
	.bulk_begin = fake_bulk_begin, .bulk_row = fake_bulk_row,                        \
	.bulk_end = fake_bulk_end, .check = fake_check, .backup = fake_backup

const struct db_driver db_fake = { .pg = false, FAKE_COMMON };
const struct db_driver db_fake_pg = { .pg = true, FAKE_COMMON };
