/*
 * The front of the drivers: values from varargs, the statement cache, and the
 * rule that one failed statement dooms the whole transaction.
 */
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/magic.h"
#include "db_driver.h"

enum err db_fail(struct db *db, enum err e, const char *where, const char *fmt, ...)
{
	char text[sizeof(db->own.text)];
	va_list ap;

	CHECK_MAGIC(db, DB_MAGIC);
	assert(e != E_OK);
	if (db->failed == E_OK)
		db->failed = e;
	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	return fault_at(db->fault, e, where, "%s", text);
}

enum err db_open(struct db **out, const struct db_driver *drv, const char *where,
		 enum db_role role, struct fault *f)
{
	struct db *db = calloc(1, sizeof(*db));
	enum err e;

	if (db == NULL)
		return FAULT(f, E_NOMEM, "no memory for a database connection");
	e = drv->open(where, role, &db->conn, f);
	if (e != E_OK) {
		free(db);
		return e;
	}
	db->magic = DB_MAGIC;
	db->drv = drv;
	db->fault = &db->own;
	*out = db;
	return E_OK;
}

static void rows_free(struct db *db, struct db_rows *r)
{
	CHECK_MAGIC(r, DB_ROWS_MAGIC);
	db->drv->finish(db, r->stmt);
	r->magic = 0;
	free(r->text);
	free(r);
}

static void db_forget(struct db *db)
{
	struct db_rows *r;

	CHECK_MAGIC(db, DB_MAGIC);
	for (unsigned i = 0; i < DB_BUCKETS; i++) {
		while ((r = db->bucket[i]) != NULL) {
			assert(!r->busy);
			db->bucket[i] = r->next;
			rows_free(db, r);
		}
	}
}

void db_free(struct db *db)
{
	if (db == NULL)
		return;
	CHECK_MAGIC(db, DB_MAGIC);
	assert(!db->active);
	assert(db->open_rows == 0);
	db_forget(db);
	db->drv->close(db->conn);
	db->magic = 0;
	free(db);
}

void db_enter(struct db *db, struct fault *f)
{
	CHECK_MAGIC(db, DB_MAGIC);
	assert(!db->active);
	fault_clear(&db->own);
	db->fault = f != NULL ? f : &db->own;
	db->failed = E_OK;
	db->again = false;
	db->met = false;
	db->active = true;
}

enum err db_leave(struct db *db, enum err closure)
{
	CHECK_MAGIC(db, DB_MAGIC);
	assert(db->active);
	assert(db->open_rows == 0);	/* a db_close() is missing */
	assert(db->bulk_cols == 0 || db->failed != E_OK || closure != E_OK);
	db->active = false;
	/* A bulk load given up half way ends here; its rows go with the transaction. */
	if (db->bulk_cols > 0) {
		db->bulk_cols = 0;
		db->drv->bulk_end(db);
	}
	if (db->failed != E_OK && (closure == E_OK || db->again))
		return db->failed;
	return closure;
}

struct fault *db_fault(struct db *db)
{
	CHECK_MAGIC(db, DB_MAGIC);
	return db->fault;
}

bool db_is_pg(const struct db *db)
{
	CHECK_MAGIC(db, DB_MAGIC);
	return db->drv->pg;
}

/* ---- values ---- */

/* Text that one engine would take and the other refuse is refused by both. */
static enum err text_ok(struct db *db, struct span s)
{
	if (s.p == NULL || (!span_has_nul(s) && utf8_valid(s)))
		return E_OK;
	return DB_FAIL(db, E_INPUT, "text that is not UTF-8, or holds a NUL");
}

static enum err take_values(struct db *db, const char *fmt, va_list ap, struct db_val *v,
			    unsigned *n_out)
{
	enum err e = E_OK;
	unsigned n = 0;

	for (; fmt[n] != '\0' && e == E_OK; n++) {
		assert(n < DB_PARAMS_MAX);
		v[n] = (struct db_val){ .kind = fmt[n] };
		switch (fmt[n]) {
		case 'i':
			v[n].i = va_arg(ap, int64_t);
			break;
		case 's':
			v[n].kind = 't';
			v[n].s = span_of(va_arg(ap, const char *));
			e = text_ok(db, v[n].s);
			break;
		case 't':
			v[n].s = va_arg(ap, struct span);
			e = text_ok(db, v[n].s);
			break;
		case 'b':
			v[n].s = va_arg(ap, struct span);
			break;
		case 'n':
			break;
		default:
			WRONG("a letter that db.h does not list");
		}
	}
	*n_out = n;
	return e;
}

/* ---- statements ---- */

static struct db_rows **bucket_of(struct db *db, const char *sql)
{
	uint64_t h = (uint64_t)(uintptr_t)sql * 0x9e3779b97f4a7c15u;

	return &db->bucket[h >> 32 & (DB_BUCKETS - 1)];
}

/* A free prepared statement for this literal; a second one while the first is open. */
static enum err statement(struct db *db, const char *sql, const struct db_val *v, unsigned n,
			  struct db_rows **out)
{
	struct db_rows **head = bucket_of(db, sql), *r;
	bool in_use = false;
	enum err e;

	for (r = *head; r != NULL; r = r->next) {
		if (r->sql != sql)
			continue;
		assert(strcmp(r->text, sql) == 0);	/* SQL made at run time */
		if (!r->busy)
			goto found;
		in_use = true;
	}
	r = calloc(1, sizeof(*r));
	if (r == NULL || (r->text = strdup(sql)) == NULL) {
		free(r);
		return DB_FAIL(db, E_NOMEM, "no memory for a statement");
	}
	e = db->drv->prepare(db, sql, v, n, &r->stmt);
	if (e != E_OK) {
		free(r->text);
		free(r);
		return e;
	}
	r->magic = DB_ROWS_MAGIC;
	r->db = db;
	r->sql = sql;
	r->cached = !in_use;
	if (r->cached) {
		r->next = *head;
		*head = r;
	}
found:
	r->busy = true;
	r->on_row = false;
	db->open_rows++;
	*out = r;
	return E_OK;
}

void db_close(struct db_rows *r)
{
	struct db *db;

	if (r == NULL)
		return;
	CHECK_MAGIC(r, DB_ROWS_MAGIC);
	assert(r->busy);
	db = r->db;
	assert(db->open_rows > 0);
	db->open_rows--;
	db->drv->reset(db, r->stmt);
	r->busy = false;
	if (!r->cached)
		rows_free(db, r);
}

enum err db_vquery(struct db *db, struct db_rows **out, const char *sql, const char *fmt,
		   va_list ap)
{
	struct db_val v[DB_PARAMS_MAX];
	struct db_rows *r = NULL;
	unsigned n;
	enum err e;

	CHECK_MAGIC(db, DB_MAGIC);
	assert(db->active);
	assert(db->bulk_cols == 0);
	assert(sql != NULL);
	*out = NULL;
	if (db->failed != E_OK)
		return db->failed;
	e = take_values(db, fmt, ap, v, &n);
	if (e != E_OK)
		return e;
	e = statement(db, sql, v, n, &r);
	if (e != E_OK)
		return e;
	e = db->drv->bind(db, r->stmt, v, n);
	if (e != E_OK) {
		db_close(r);
		return e;
	}
	*out = r;
	return E_OK;
}

enum err db_next(struct db_rows *r)
{
	enum err e;

	CHECK_MAGIC(r, DB_ROWS_MAGIC);
	assert(r->busy);
	r->on_row = false;
	if (r->db->failed != E_OK)
		return r->db->failed;
	e = r->db->drv->step(r->db, r->stmt);
	r->on_row = e == E_OK;
	return e;
}

enum err db_query(struct db *db, struct db_rows **rows_out, const char *sql, const char *fmt, ...)
{
	va_list ap;
	enum err e;

	va_start(ap, fmt);
	e = db_vquery(db, rows_out, sql, fmt, ap);
	va_end(ap);
	return e;
}

static enum err vrun(struct db *db, int64_t *changed_out, const char *sql, const char *fmt,
		     va_list ap)
{
	struct db_rows *r;
	enum err e = db_vquery(db, &r, sql, fmt, ap);

	*changed_out = 0;
	if (e != E_OK)
		return e;
	do
		e = db_next(r);
	while (e == E_OK);
	if (e == E_MISSING) {
		e = E_OK;
		*changed_out = db->drv->changed(db, r->stmt);
	}
	db_close(r);
	return e;
}

enum err db_run(struct db *db, int64_t *changed_out, const char *sql, const char *fmt, ...)
{
	int64_t changed;
	va_list ap;
	enum err e;

	va_start(ap, fmt);
	e = vrun(db, changed_out != NULL ? changed_out : &changed, sql, fmt, ap);
	va_end(ap);
	return e;
}

enum err db_run_or(struct db *db, enum err none, const char *sql, const char *fmt, ...)
{
	int64_t changed;
	va_list ap;
	enum err e;

	assert(none != E_OK);
	va_start(ap, fmt);
	e = vrun(db, &changed, sql, fmt, ap);
	va_end(ap);
	return e == E_OK && changed == 0 ? none : e;
}

/* ---- columns ---- */

static void *ready(struct db_rows *r, int col)
{
	CHECK_MAGIC(r, DB_ROWS_MAGIC);
	assert(r->on_row);
	assert(col >= 0 && col < r->db->drv->col_count(r->stmt));
	return r->stmt;
}

bool db_is_null(struct db_rows *r, int col)
{
	void *stmt = ready(r, col);

	return r->db->drv->col_null(stmt, col);
}

int64_t db_int(struct db_rows *r, int col)
{
	void *stmt = ready(r, col);

	return r->db->drv->col_null(stmt, col) ? 0 : r->db->drv->col_int(stmt, col);
}

struct span db_span(struct db_rows *r, int col)
{
	void *stmt = ready(r, col);

	if (r->db->drv->col_null(stmt, col))
		return span_mk(NULL, 0);
	return r->db->drv->col_span(stmt, col);
}

struct span db_bytes(struct db_rows *r, int col, struct arena *a)
{
	struct span s = db_span(r, col);

	if (s.p == NULL)
		return s;
	s.p = arena_strndup(a, s.p, s.n);
	if (s.p == NULL) {
		DB_FAIL(r->db, E_NOMEM, "no room for a column of %zu bytes", s.n);
		s.n = 0;
	}
	return s;
}

const char *db_str(struct db_rows *r, int col, struct arena *a)
{
	return db_bytes(r, col, a).p;
}

static void put_column(struct db_rows *r, struct arena *a, char letter, int col, void *to)
{
	switch (letter) {
	case 'i':
		*(int64_t *)to = db_int(r, col);
		return;
	case 's':
		*(const char **)to = db_str(r, col, a);
		return;
	case 'b':
		*(struct span *)to = db_bytes(r, col, a);
		return;
	default:
		WRONG("a letter that db_one() does not know");
	}
}

enum err db_one(struct db *db, struct arena *a, const char *out, void *const *ptr,
		const char *sql, const char *fmt, ...)
{
	struct db_rows *r;
	va_list ap;
	enum err e;

	va_start(ap, fmt);
	e = db_vquery(db, &r, sql, fmt, ap);
	va_end(ap);
	if (e != E_OK)
		return e;
	e = db_next(r);
	if (e != E_OK)
		goto out;
	assert((size_t)db->drv->col_count(r->stmt) == strlen(out));
	for (int i = 0; out[i] != '\0'; i++)
		put_column(r, a, out[i], i, ptr[i]);
	e = db_next(r);
	if (e == E_MISSING)
		e = E_OK;
	else if (e == E_OK)
		e = DB_FAIL(db, E_INTERNAL, "two rows where one was expected: %.80s", sql);
out:
	db_close(r);
	return e;
}

/* ---- many rows ---- */

enum err db_bulk_begin(struct db *db, const char *table, const char *columns, int ncols)
{
	enum err e;

	CHECK_MAGIC(db, DB_MAGIC);
	assert(db->active && db->bulk_cols == 0);
	assert(ncols > 0 && ncols <= DB_PARAMS_MAX);
	assert(db->open_rows == 0);
	if (db->failed != E_OK)
		return db->failed;
	e = db->drv->bulk_begin(db, table, columns, ncols);
	if (e == E_OK)
		db->bulk_cols = ncols;
	return e;
}

enum err db_bulk_row(struct db *db, const char *fmt, ...)
{
	struct db_val v[DB_PARAMS_MAX];
	unsigned n;
	va_list ap;
	enum err e;

	CHECK_MAGIC(db, DB_MAGIC);
	if (db->failed != E_OK)
		return db->failed;
	assert(db->bulk_cols > 0);
	va_start(ap, fmt);
	e = take_values(db, fmt, ap, v, &n);
	va_end(ap);
	if (e != E_OK)
		return e;
	assert(n == (unsigned)db->bulk_cols);
	return db->drv->bulk_row(db, v, n);
}

enum err db_bulk_end(struct db *db)
{
	enum err e;

	CHECK_MAGIC(db, DB_MAGIC);
	if (db->failed != E_OK && db->bulk_cols == 0)
		return db->failed;
	assert(db->bulk_cols > 0);
	db->bulk_cols = 0;
	e = db->drv->bulk_end(db);
	return db->failed != E_OK ? db->failed : e;
}
