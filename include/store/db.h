/*
 * One connection to one database engine, behind a thin vtable.
 *
 * SQL is written once, in the subset both engines accept (docs/new-feature.md):
 * parameters are $1..$n, statements are string literals (the pointer is the key
 * of the statement cache; text made at run time never reaches this interface),
 * columns are read by position from 0.
 *
 * Parameters follow a format, one letter each:
 *   i  int64_t                  s  const char * (NULL becomes SQL NULL)
 *   t  struct span, text        b  struct span, bytes (p == NULL: SQL NULL)
 *   n  no argument, SQL NULL
 *
 * Errors: E_CONFLICT for a unique constraint, E_BUSY where trying again helps,
 * E_DB for the rest. A failed statement inside store_write() rolls the whole
 * closure back.
 *
 * Threads: a struct db belongs to the thread that got it from store_read() or
 * store_write(), and only until that call returns.
 */
#ifndef LINTEL_STORE_DB_H
#define LINTEL_STORE_DB_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"

struct db;
struct db_rows;

/* Runs a statement that answers no rows; changed_out (may be NULL) counts rows. */
enum err db_run(struct db *db, int64_t *changed_out, const char *sql, const char *fmt, ...);

/* The same for one that has to change something: `none` when no row was there to change. */
enum err db_run_or(struct db *db, enum err none, const char *sql, const char *fmt, ...);

/*
 * Starts a query. On E_OK *rows_out must be closed by db_close(), also after an
 * error of db_next().
 */
enum err db_query(struct db *db, struct db_rows **rows_out, const char *sql, const char *fmt, ...);

/* E_OK: a row stands ready. E_MISSING: no more rows. */
enum err db_next(struct db_rows *rows);

bool db_is_null(struct db_rows *rows, int col);
int64_t db_int(struct db_rows *rows, int col);			/* NULL reads as 0 */
struct span db_span(struct db_rows *rows, int col);		/* dies with the row */
const char *db_str(struct db_rows *rows, int col, struct arena *a); /* NULL stays NULL */
struct span db_bytes(struct db_rows *rows, int col, struct arena *a);

/* NULL is allowed and does nothing. */
void db_close(struct db_rows *rows);

/*
 * The common case: exactly one row expected. Reads its columns by `out`, one
 * letter each: i int64_t *, s const char ** (copied into a), b struct span *.
 * E_MISSING when there is none; a second row is our bug.
 */
enum err db_one(struct db *db, struct arena *a, const char *out, void *const *ptr,
		const char *sql, const char *fmt, ...);

/*
 * Many rows into one table, as fast as the engine can (prepared insert, COPY).
 * `columns` is "a, b, c"; each row then gives fmt and values as above.
 */
enum err db_bulk_begin(struct db *db, const char *table, const char *columns, int ncols);
enum err db_bulk_row(struct db *db, const char *fmt, ...);
enum err db_bulk_end(struct db *db);

/* For the log of this closure; never NULL. */
struct fault *db_fault(struct db *db);

/* Which engine: for ANALYZE-like housekeeping and doctor, not for SQL dialects. */
bool db_is_pg(const struct db *db);

#endif
