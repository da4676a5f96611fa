/*
 * PostgreSQL and its relatives behind the vtable; the only home of libpq-fe.h.
 *
 * Everything is sent without waiting and awaited with a deadline of our own,
 * because a stopped server behind a Unix socket answers no keepalive. Values and
 * results travel in binary. Errors are told by SQLSTATE alone; PostgreSQL's texts
 * may quote values and stay out of our log, except for class 42 (our own SQL).
 *
 * Round trips are what a page costs here, so BEGIN travels with the first statement,
 * and the end of a read is not waited for: whoever uses the connection next finds
 * its answer.
 */
#include <endian.h>
#include <libpq-fe.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/lazy.h"
#include "base/magic.h"
#include "db_driver.h"
#include "db_pgwire.h"
#include "store_private.h"

#define PG_MAGIC 0x9057e401u
#define STATEMENT_MS 2000
#define LOAD_MS 600000
#define GRACE_MS 1000		/* the server's own timeout speaks first */
#define COPY_CHUNK (64u << 10)

enum oid {
	OID_BOOL = 16, OID_BYTEA = 17, OID_NAME = 19, OID_INT8 = 20, OID_INT2 = 21,
	OID_INT4 = 23, OID_TEXT = 25, OID_VARCHAR = 1043, OID_NUMERIC = 1700,
};

struct pg {
	unsigned magic;
	PGconn *c;
	int64_t wait_ms;
	unsigned long names;
	enum db_tx tx;
	const char *begin;	/* not sent yet */
	bool ending;		/* the end of a read is sent, its answer not read */
	struct buf copy;
};

struct pg_stmt {
	char name[24];
	const char *sql;
	unsigned n;
	Oid type[DB_PARAMS_MAX];
	PGresult *res;
	int row;
	bool checked;
};

/* ---- the library, loaded for the first connection ---- */

#define PQ_FUNCTIONS(X) \
	X(PQ, clear) X(PQ, cmdStatus) X(PQ, cmdTuples) X(PQ, connectdbParams)			\
	X(PQ, conninfoFree) X(PQ, conninfoParse) X(PQ, consumeInput)				\
	X(PQ, enterPipelineMode) X(PQ, exitPipelineMode) X(PQ, finish) X(PQ, flush)		\
	X(PQ, ftype) X(PQ, getResult) X(PQ, getisnull) X(PQ, getlength) X(PQ, getvalue)		\
	X(PQ, isBusy) X(PQ, nfields) X(PQ, ntuples) X(PQ, parameterStatus)			\
	X(PQ, pipelineSync) X(PQ, putCopyData) X(PQ, putCopyEnd) X(PQ, resultErrorField)	\
	X(PQ, resultStatus) X(PQ, sendPrepare) X(PQ, sendQuery) X(PQ, sendQueryParams)		\
	X(PQ, sendQueryPrepared) X(PQ, setNoticeReceiver) X(PQ, setnonblocking)			\
	X(PQ, socket) X(PQ, status) X(PQ, transactionStatus)
#define PQ_ROW(prefix, f) LAZY_ROW(pq, prefix, f)

static struct { PQ_FUNCTIONS(LAZY_MEMBER) } pq;
static pthread_once_t pq_begun = PTHREAD_ONCE_INIT;
static bool pq_here;

static void pq_begin(void)
{
	static const struct lazy_fn fn[] = { PQ_FUNCTIONS(PQ_ROW) };

	pq_here = lazy_load("libpq.so.5", fn, ARRAY_LEN(fn));
}

static struct pg *pg_of(struct db *db)
{
	return CAST_MAGIC(struct pg, db->conn, PG_MAGIC);
}

/* ---- failures ---- */

static bool state_is(const char *state, const char *const *list)
{
	for (; *list != NULL; list++)
		if (strncmp(state, *list, strlen(*list)) == 0)
			return true;
	return false;
}

static enum err lost(struct db *db, const char *what)
{
	db->lost = true;
	db->again = true;
	return DB_FAIL(db, E_BUSY, "the connection to the database was lost: %.40s", what);
}

/* Codes of PostgreSQL's appendix A. */
static enum err pg_fail(struct db *db, const PGresult *res, const char *what)
{
	static const char *const gone[] = { "08", "57P01", "57P02", "57P03", "57P05", "25P03",
					    /* plans of an older schema, or of another session */
					    "0A000", "26000", NULL };
	/* the last two: CREATE … IF NOT EXISTS by two at once, which looks before it leaps */
	static const char *const retry[] = { "40001", "40P01", "42710", "42P07", NULL };
	static const char *const busy[] = { "55P03", "53300", "53200", NULL };
	const char *state = pq.resultErrorField(res, PG_DIAG_SQLSTATE);
	const char *rule = pq.resultErrorField(res, PG_DIAG_CONSTRAINT_NAME);
	const char *text = pq.resultErrorField(res, PG_DIAG_MESSAGE_PRIMARY);

	if (state == NULL || pq.status(pg_of(db)->c) == CONNECTION_BAD || state_is(state, gone))
		return lost(db, state == NULL ? what : state);
	if (state_is(state, retry)) {
		db->again = true;
		return DB_FAIL(db, E_BUSY, "postgresql %s: another transaction was first", state);
	}
	if (strcmp(state, "23505") == 0) {
		db->met = rule != NULL && str_ends(rule, "_pkey");
		return DB_FAIL(db, E_CONFLICT, "postgresql 23505 on %.60s", rule ? rule : "?");
	}
	if (strcmp(state, "57014") == 0)
		return DB_FAIL(db, E_TIMEOUT, "postgresql 57014: too slow: %.80s", what);
	if (state_is(state, busy))
		return DB_FAIL(db, E_BUSY, "postgresql %s", state);
	if (strncmp(state, "42", 2) == 0 && text != NULL)
		return DB_FAIL(db, E_DB, "postgresql %s (%.80s): %.60s", state, text, what);
	return DB_FAIL(db, E_DB, "postgresql %s %.40s: %.80s", state, rule ? rule : "", what);
}

/* ---- waiting ---- */

/* Waits until libpq has a whole result; false when time or the connection ran out. */
static bool settle(struct pg *p)
{
	int64_t until = store_ticks_ms() + p->wait_ms + GRACE_MS;
	struct pollfd fd = { .fd = pq.socket(p->c) };
	int left;

	for (;;) {
		int64_t rest = until - store_ticks_ms();
		int unsent = pq.flush(p->c);

		if (unsent < 0 || rest <= 0)
			return false;
		if (unsent == 0 && pq.isBusy(p->c) == 0)
			return true;
		fd.events = (short)(POLLIN | (unsent > 0 ? POLLOUT : 0));
		left = poll(&fd, 1, (int)rest);
		if (left > 0 && (fd.revents & (POLLIN | POLLHUP | POLLERR)) != 0 &&
		    pq.consumeInput(p->c) == 0)
			return false;
	}
}

/* The last result of what was sent; NULL (and lost) when there will be none. */
static PGresult *await(struct db *db, const char *what)
{
	struct pg *p = pg_of(db);
	PGresult *res = NULL, *next;

	for (;;) {
		if (!settle(p)) {
			pq.clear(res);
			lost(db, what);
			return NULL;
		}
		next = pq.getResult(p->c);
		if (next == NULL)
			break;
		/* The first error of several results tells the cause. */
		if (res != NULL && pq.resultStatus(res) == PGRES_FATAL_ERROR) {
			pq.clear(next);
			continue;
		}
		pq.clear(res);
		res = next;
		if (pq.resultStatus(res) == PGRES_COPY_IN ||
		    pq.resultStatus(res) == PGRES_PIPELINE_SYNC)
			break;
	}
	if (res == NULL)
		lost(db, what);
	return res;
}

static enum err begin_now(struct db *db);

static enum err run_text(struct db *db, const char *sql, PGresult **res_out)
{
	PGresult *res;
	ExecStatusType s;
	enum err e = begin_now(db);

	if (e != E_OK)
		return e;
	if (pq.sendQuery(pg_of(db)->c, sql) == 0)
		return lost(db, "send");
	res = await(db, sql);
	if (res == NULL)
		return E_BUSY;
	s = pq.resultStatus(res);
	if (s != PGRES_COMMAND_OK && s != PGRES_TUPLES_OK && s != PGRES_COPY_IN)
		e = pg_fail(db, res, sql);
	if (e == E_OK && res_out != NULL)
		*res_out = res;
	else
		pq.clear(res);
	return e;
}

static enum err begin_now(struct db *db)
{
	struct pg *p = pg_of(db);
	const char *sql = p->begin;

	p->begin = NULL;
	return sql == NULL ? E_OK : run_text(db, sql, NULL);
}

/* ---- opening ---- */

static void no_notice(void *arg, const PGresult *res)
{
	(void)arg;
	(void)res;
}

/* What the address does not say; its own words win, except where they would break us. */
static PGconn *connect_to(const char *url, const char **why)
{
	const char *key[64] = { "connect_timeout", "application_name", "keepalives_idle",
				"keepalives_interval", "keepalives_count", "tcp_user_timeout" };
	const char *val[64] = { "2", "lintel", "30", "10", "3", "3000" };
	struct buf options = BUF_INIT(4000);
	PQconninfoOption *given = pq.conninfoParse(url, NULL), *o;
	const char *base = getenv("PGOPTIONS");
	PGconn *c = NULL;
	unsigned n = 6;

	*why = "the address cannot be read";
	for (o = given; o != NULL && o->keyword != NULL; o++) {
		if (o->val == NULL)
			continue;
		if (strcmp(o->keyword, "options") == 0) {
			base = o->val;
			continue;
		}
		assert(n < ARRAY_LEN(key) - 3);
		key[n] = o->keyword;
		val[n++] = o->val;
	}
	buf_printf(&options, "%s -c statement_timeout=%d -c idle_in_transaction_session_timeout=10000",
		   base == NULL ? "" : base, STATEMENT_MS);
	key[n] = "options";
	val[n++] = options.p;
	key[n] = "client_encoding";
	val[n] = "UTF8";
	if (given != NULL && options.err == E_OK) {
		c = pq.connectdbParams(key, val, 0);
		*why = "no answer, or refused";
	}
	pq.conninfoFree(given);
	buf_release(&options);
	return c;
}

static void pg_close(void *conn)
{
	struct pg *p = CAST_MAGIC(struct pg, conn, PG_MAGIC);

	pq.finish(p->c);
	buf_release(&p->copy);
	p->magic = 0;
	free(p);
}

static enum err pg_open(const char *url, enum db_role role, void **conn_out, struct fault *f)
{
	struct pg *p = calloc(1, sizeof(*p));
	const char *why, *encoding;

	(void)role;
	pthread_once(&pq_begun, pq_begin);
	if (!pq_here) {
		free(p);
		return FAULT(f, E_IO, "libpq.so.5 is not installed here (Debian: libpq5)");
	}
	if (p == NULL)
		return FAULT(f, E_NOMEM, "no memory for a connection");
	p->magic = PG_MAGIC;
	p->wait_ms = STATEMENT_MS;
	p->copy = BUF_INIT(64u << 20);
	p->c = connect_to(url, &why);
	if (p->c == NULL || pq.status(p->c) != CONNECTION_OK) {
		pg_close(p);
		return FAULT(f, E_BUSY, "cannot connect to the database: %s", why);
	}
	encoding = pq.parameterStatus(p->c, "server_encoding");
	if (encoding == NULL || strcmp(encoding, "UTF8") != 0) {
		pg_close(p);
		return FAULT(f, E_DB, "the database must be made with ENCODING 'UTF8'");
	}
	pq.setNoticeReceiver(p->c, no_notice, NULL);
	pq.setnonblocking(p->c, 1);
	*conn_out = p;
	return E_OK;
}

/* ---- transactions ---- */

static enum err pg_begin(struct db *db, enum db_tx tx)
{
	static const char *const sql[] = {
		[DB_TX_READ] = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY",
		[DB_TX_WRITE] = "BEGIN ISOLATION LEVEL SERIALIZABLE READ WRITE",
		[DB_TX_LOAD] = "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE; "
			       "SET LOCAL statement_timeout = " FAULT_STR(LOAD_MS),
	};

	struct pg *p = pg_of(db);
	PGresult *res;

	p->wait_ms = tx == DB_TX_LOAD ? LOAD_MS : STATEMENT_MS;
	p->tx = tx;
	if (p->ending) {
		p->ending = false;
		res = await(db, "end of a read");
		if (res == NULL)
			return E_BUSY;
		pq.clear(res);
	}
	p->begin = sql[tx];
	return E_OK;
}

/* A read has nothing to lose at its end; a broken connection is noticed later. */
static void end_read(struct db *db, const char *sql)
{
	struct pg *p = pg_of(db);

	if (pq.sendQuery(p->c, sql) == 0 || pq.flush(p->c) != 0)
		db->lost = true;
	else
		p->ending = true;
}

/*
 * When the connection dies here, nobody knows whether the work is done: no new
 * run then, the caller must look (an idempotency key, a unique row).
 */
static enum err pg_commit(struct db *db)
{
	PGresult *res = NULL;
	enum err e;

	if (pg_of(db)->begin != NULL) {
		pg_of(db)->begin = NULL;	/* nothing was asked */
		return E_OK;
	}
	if (pg_of(db)->tx == DB_TX_READ) {
		end_read(db, "COMMIT");
		return E_OK;
	}
	e = run_text(db, "COMMIT", &res);
	if (e == E_OK && strcmp(pq.cmdStatus(res), "COMMIT") != 0)
		e = DB_FAIL(db, E_DB, "COMMIT was answered by %.20s", pq.cmdStatus(res));
	pq.clear(res);
	if (e == E_OK || !db->lost)
		return e;
	db->again = false;
	fault_clear(db->fault);
	return DB_FAIL(db, E_DB, "the connection was lost during COMMIT: outcome unknown");
}

static bool pg_in_tx(struct db *db)
{
	PGTransactionStatusType s = pq.transactionStatus(pg_of(db)->c);

	return s != PQTRANS_IDLE && s != PQTRANS_UNKNOWN;
}

static void pg_rollback(struct db *db)
{
	struct fault keep = *db->fault;
	bool again = db->again;

	pg_of(db)->begin = NULL;
	if (db->lost || pg_of(db)->ending || !pg_in_tx(db))
		return;
	if (pg_of(db)->tx == DB_TX_READ) {
		end_read(db, "ROLLBACK");
		return;
	}
	/* What went wrong before stays the cause. */
	if (run_text(db, "ROLLBACK", NULL) != E_OK)
		db->lost = true;
	db->again = again;
	*db->fault = keep;
}

static enum err pg_exec(struct db *db, const char *sql)
{
	return run_text(db, sql, NULL);
}

/* ---- statements ---- */

static Oid type_for(char kind)
{
	switch (kind) {
	case 'i':
		return OID_INT8;
	case 't':
		return OID_TEXT;
	case 'b':
		return OID_BYTEA;
	default:
		assert(kind == 'n');
		return 0;
	}
}

/* Under a new name each time: also when a parameter's type is learnt later. */
static enum err make(struct db *db, struct pg_stmt *st)
{
	struct pg *p = pg_of(db);
	PGresult *res;
	enum err e = begin_now(db);

	if (e != E_OK)
		return e;
	snprintf(st->name, sizeof(st->name), "l%lu", ++p->names);
	if (pq.sendPrepare(p->c, st->name, st->sql, (int)st->n, st->type) == 0)
		return lost(db, "send");
	res = await(db, st->sql);
	if (res == NULL)
		return E_BUSY;
	if (pq.resultStatus(res) != PGRES_COMMAND_OK)
		e = pg_fail(db, res, st->sql);
	pq.clear(res);
	return e;
}

static enum err pg_prepare(struct db *db, const char *sql, const struct db_val *v, unsigned n,
			   void **stmt_out)
{
	struct pg_stmt *st = calloc(1, sizeof(*st));
	enum err e;

	if (st == NULL)
		return DB_FAIL(db, E_NOMEM, "no memory for a statement");
	assert(n <= DB_PARAMS_MAX);
	st->sql = sql;
	st->n = n;
	for (unsigned i = 0; i < n; i++)
		st->type[i] = type_for(v[i].kind);
	e = make(db, st);
	if (e != E_OK) {
		free(st);
		return e;
	}
	*stmt_out = st;
	return E_OK;
}

/* A parameter first seen as 'n' has no type yet; the first real value gives it one. */
static enum err learn_types(struct db *db, struct pg_stmt *st, const struct db_val *v)
{
	bool learnt = false;

	for (unsigned i = 0; i < st->n; i++) {
		Oid t = type_for(v[i].kind);

		if (t == 0 || t == st->type[i])
			continue;
		assert(st->type[i] == 0);	/* one literal, two kinds of value */
		st->type[i] = t;
		learnt = true;
	}
	return learnt ? make(db, st) : E_OK;
}

static enum err check_columns(struct db *db, struct pg_stmt *st)
{
	for (int i = 0; i < pq.nfields(st->res); i++) {
		switch (pq.ftype(st->res, i)) {
		case OID_BOOL: case OID_BYTEA: case OID_NAME: case OID_INT8: case OID_INT2:
		case OID_INT4: case OID_TEXT: case OID_VARCHAR: case OID_NUMERIC:
			break;
		default:
			return DB_FAIL(db, E_INTERNAL, "column %d has type %u: %.80s", i,
				       pq.ftype(st->res, i), st->sql);
		}
	}
	st->checked = true;
	return E_OK;
}

/* BEGIN and the first statement in one round trip. */
static enum err with_begin(struct db *db, struct pg_stmt *st, const char *const *value,
			   const int *length, const int *binary)
{
	struct pg *p = pg_of(db);
	const char *begin = p->begin;
	PGresult *first, *sync;
	enum err e = E_OK;

	p->begin = NULL;
	if (pq.enterPipelineMode(p->c) == 0 ||
	    pq.sendQueryParams(p->c, begin, 0, NULL, NULL, NULL, NULL, 0) == 0 ||
	    pq.sendQueryPrepared(p->c, st->name, (int)st->n, value, length, binary, 1) == 0 ||
	    pq.pipelineSync(p->c) == 0)
		return lost(db, "send");
	first = await(db, begin);
	if (first == NULL)
		return E_BUSY;
	if (pq.resultStatus(first) != PGRES_COMMAND_OK)
		e = pg_fail(db, first, begin);
	pq.clear(first);
	st->res = await(db, st->sql);
	sync = st->res == NULL ? NULL : await(db, "sync");
	pq.clear(sync);
	if (sync == NULL || pq.exitPipelineMode(p->c) == 0)
		return lost(db, "pipeline");
	return e;
}

static enum err execute(struct db *db, struct pg_stmt *st, const struct db_val *v, unsigned n)
{
	static const int binary[DB_PARAMS_MAX] = { [0 ... DB_PARAMS_MAX - 1] = 1 };
	const char *value[DB_PARAMS_MAX];
	int64_t number[DB_PARAMS_MAX];
	int length[DB_PARAMS_MAX];
	struct pg *p = pg_of(db);

	for (unsigned i = 0; i < n; i++) {
		if (v[i].s.n > INT32_MAX / 2)
			return DB_FAIL(db, E_LIMIT, "a value of %zu bytes", v[i].s.n);
		number[i] = (int64_t)htobe64((uint64_t)v[i].i);
		value[i] = v[i].kind == 'i' ? (const char *)&number[i] : v[i].s.p;
		length[i] = v[i].kind == 'i' ? 8 : (int)v[i].s.n;
	}
	if (p->begin != NULL && p->tx != DB_TX_LOAD)
		return with_begin(db, st, value, length, binary);
	if (begin_now(db) != E_OK)
		return db->failed;
	if (pq.sendQueryPrepared(p->c, st->name, (int)n, value, length, binary, 1) == 0)
		return lost(db, "send");
	st->res = await(db, st->sql);
	return st->res == NULL ? E_BUSY : E_OK;
}

static enum err pg_bind(struct db *db, void *stmt, const struct db_val *v, unsigned n)
{
	struct pg_stmt *st = stmt;
	ExecStatusType s;
	enum err e;

	assert(st->n == n);
	assert(st->res == NULL);
	e = learn_types(db, st, v);
	if (e == E_OK)
		e = execute(db, st, v, n);
	if (e != E_OK)
		return e;
	st->row = -1;
	s = pq.resultStatus(st->res);
	if (s != PGRES_TUPLES_OK && s != PGRES_COMMAND_OK)
		return pg_fail(db, st->res, st->sql);
	return st->checked ? E_OK : check_columns(db, st);
}

static enum err pg_step(struct db *db, void *stmt)
{
	struct pg_stmt *st = stmt;

	(void)db;
	assert(st->res != NULL);
	if (st->row + 1 >= pq.ntuples(st->res))
		return E_MISSING;
	st->row++;
	return E_OK;
}

static int64_t pg_changed(struct db *db, void *stmt)
{
	struct pg_stmt *st = stmt;

	(void)db;
	return strtoll(pq.cmdTuples(st->res), NULL, 10);
}

static void pg_reset(struct db *db, void *stmt)
{
	struct pg_stmt *st = stmt;

	(void)db;
	pq.clear(st->res);
	st->res = NULL;
}

/* The server forgets its half with the session. */
static void pg_finish(struct db *db, void *stmt)
{
	pg_reset(db, stmt);
	free(stmt);
}

/* ---- columns ---- */

static int pg_col_count(void *stmt)
{
	return pq.nfields(((struct pg_stmt *)stmt)->res);
}

static bool pg_col_null(void *stmt, int col)
{
	struct pg_stmt *st = stmt;

	return pq.getisnull(st->res, st->row, col) == 1;
}

static int64_t pg_col_int(void *stmt, int col)
{
	struct pg_stmt *st = stmt;
	const char *p = pq.getvalue(st->res, st->row, col);
	uint64_t v8;
	uint32_t v4;

	switch (pq.ftype(st->res, col)) {
	case OID_INT8:
		memcpy(&v8, p, 8);
		return (int64_t)be64toh(v8);
	case OID_INT4:
		memcpy(&v4, p, 4);
		return (int32_t)be32toh(v4);
	case OID_INT2:
		return pgwire_int16(p);
	case OID_BOOL:
		return p[0] != 0;
	case OID_NUMERIC:
		return pgwire_numeric(p);
	default:
		WRONG("db_int() of a column that is not a number");
	}
}

static struct span pg_col_span(void *stmt, int col)
{
	struct pg_stmt *st = stmt;

	switch (pq.ftype(st->res, col)) {
	case OID_TEXT: case OID_VARCHAR: case OID_NAME: case OID_BYTEA:
		return span_mk(pq.getvalue(st->res, st->row, col),
			       (size_t)pq.getlength(st->res, st->row, col));
	default:
		WRONG("db_span() of a column that is not text or bytes");
	}
}

/* ---- many rows: COPY in text format ---- */

static enum err pg_bulk_begin(struct db *db, const char *table, const char *columns, int ncols)
{
	struct buf sql = BUF_INIT(8192);
	struct pg *p = pg_of(db);
	enum err e;

	(void)ncols;
	buf_reset(&p->copy);
	buf_printf(&sql, "COPY %s (%s) FROM STDIN", table, columns);
	e = sql.err != E_OK ? DB_FAIL(db, sql.err, "bulk load of %.60s", table)
			    : run_text(db, sql.p, NULL);
	buf_release(&sql);
	return e;
}

static enum err copy_flush(struct db *db)
{
	struct pg *p = pg_of(db);
	int rc;

	if (p->copy.err != E_OK)
		return DB_FAIL(db, p->copy.err, "a bulk row is too long");
	while ((rc = pq.putCopyData(p->c, p->copy.p, (int)p->copy.len)) == 0) {
		struct pollfd fd = { .fd = pq.socket(p->c), .events = POLLOUT };

		/* Full: wait until the server has read some. */
		if (poll(&fd, 1, (int)p->wait_ms) <= 0 || pq.flush(p->c) < 0)
			return lost(db, "copy");
	}
	buf_reset(&p->copy);
	return rc < 0 ? lost(db, "copy") : E_OK;
}

static enum err pg_bulk_row(struct db *db, const struct db_val *v, unsigned n)
{
	struct buf *b = &pg_of(db)->copy;

	pgwire_copy_row(b, v, n);
	return b->err != E_OK || b->len >= COPY_CHUNK ? copy_flush(db) : E_OK;
}

/* Also for a load given up half way: its rows go with the transaction. */
static enum err pg_bulk_end(struct db *db)
{
	struct pg *p = pg_of(db);
	enum err e = E_OK;
	PGresult *res;

	if (p->copy.len > 0 && p->copy.err == E_OK)
		e = copy_flush(db);
	buf_reset(&p->copy);
	if (e != E_OK || db->lost)
		return e;
	if (pq.putCopyEnd(p->c, NULL) < 0)
		return lost(db, "copy");
	res = await(db, "copy");
	if (res == NULL)
		return E_BUSY;
	if (pq.resultStatus(res) != PGRES_COMMAND_OK)
		e = pg_fail(db, res, "copy");
	pq.clear(res);
	return e;
}

/* ---- upkeep ---- */

/* Every row of every table is read whole; what cannot be read is an error. */
static enum err pg_check(struct db *db)
{
	PGresult *list = NULL, *res;
	struct pg *p = pg_of(db);
	struct buf sql = BUF_INIT(1000);
	enum err e;

	p->wait_ms = LOAD_MS;
	e = run_text(db, "SET LOCAL statement_timeout = " FAULT_STR(LOAD_MS), NULL);
	if (e == E_OK)
		e = run_text(db, "SELECT quote_ident(table_name) FROM information_schema.tables "
			     "WHERE table_schema = current_schema() AND table_type = 'BASE TABLE'", &list);
	for (int i = 0; e == E_OK && i < pq.ntuples(list); i++) {
		res = NULL;
		buf_reset(&sql);
		buf_printf(&sql, "SELECT count(*) FROM %s t WHERE t::text IS NULL",
			   pq.getvalue(list, i, 0));
		e = run_text(db, sql.p, &res);
		pq.clear(res);
	}
	pq.clear(list);
	buf_release(&sql);
	return e;
}

static enum err pg_backup(struct db *db, const char *path)
{
	(void)path;
	return DB_FAIL(db, E_DENIED, "PostgreSQL is backed up by its own tools: use pg_dump, "
		       "or continuous archiving");
}

const struct db_driver db_pg = {
	.pg = true,
	.open = pg_open, .close = pg_close,
	.begin = pg_begin, .commit = pg_commit, .rollback = pg_rollback, .in_tx = pg_in_tx,
	.exec = pg_exec,
	.prepare = pg_prepare, .bind = pg_bind, .step = pg_step,
	.changed = pg_changed, .reset = pg_reset, .finish = pg_finish,
	.col_count = pg_col_count, .col_null = pg_col_null,
	.col_int = pg_col_int, .col_span = pg_col_span,
	.bulk_begin = pg_bulk_begin, .bulk_row = pg_bulk_row, .bulk_end = pg_bulk_end,
	.check = pg_check, .backup = pg_backup,
};
