/*
 * The inside of struct db, for db.c and the engines under it (db_engine.h). Only
 * gateway/store includes this.
 */
#ifndef LINTEL_STORE_DB_DRIVER_H
#define LINTEL_STORE_DB_DRIVER_H

#include <stdarg.h>

#include "db_engine.h"

#define DB_MAGIC 0xdb0c0de1u
#define DB_ROWS_MAGIC 0xdb0c0de2u
#define DB_PARAMS_MAX 64
#define DB_BUCKETS 256

/* One prepared statement, which is also the cursor over its rows. */
struct db_rows {
	unsigned magic;
	bool busy, cached, on_row;
	struct db *db;
	const char *sql;	/* the caller's literal: the key */
	char *text;		/* a copy, to prove the literal was one */
	void *stmt;
	struct db_rows *next;
};

struct db {
	unsigned magic;
	const struct db_driver *drv;
	void *conn;
	struct fault *fault;	/* where this closure's words go */
	struct fault own;
	enum err failed;	/* the first failure; the transaction is doomed */
	bool again;		/* a new run of the closure may succeed */
	bool met;		/* a primary key was taken: one new run draws new ids */
	bool lost;		/* the connection is of no more use */
	bool active;		/* inside a closure */
	unsigned open_rows;
	int bulk_cols;		/* > 0 while a bulk load runs */
	struct db_rows *bucket[DB_BUCKETS];
	unsigned long gen;	/* pool: connections older than a breakdown go */
	struct db *next;
};

/* Opens a connection; the driver's own text stands in f. */
enum err db_open(struct db **out, const struct db_driver *drv, const char *where,
		 enum db_role role, struct fault *f);
void db_free(struct db *db);	/* NULL allowed */

/* Around one transaction (or one savepoint of it). */
void db_enter(struct db *db, struct fault *f);
/* Checks that all rows are closed; the closure's code, or the failure it ignored. */
enum err db_leave(struct db *db, enum err closure);

enum err db_vquery(struct db *db, struct db_rows **out, const char *sql, const char *fmt,
		   va_list ap);

/* Keeps the first failure. */
__attribute__((format(printf, 4, 5)))
enum err db_fail(struct db *db, enum err e, const char *where, const char *fmt, ...);
#define DB_FAIL(db, e, ...) db_fail((db), (e), __FILE__ ":" FAULT_STR(__LINE__), __VA_ARGS__)

#endif
