/*
 * Between db.c (what callers see) and the engines: the vtable, and the inside of
 * struct db. Only gateway/store includes this.
 *
 * A driver reports every failure through db_fail(), which dooms the transaction:
 * on PostgreSQL it is aborted anyway, and SQLite shall behave the same.
 */
#ifndef LINTEL_STORE_DB_DRIVER_H
#define LINTEL_STORE_DB_DRIVER_H

#include <stdarg.h>

#include "store/db.h"

#define DB_MAGIC 0xdb0c0de1u
#define DB_ROWS_MAGIC 0xdb0c0de2u
#define DB_PARAMS_MAX 64
#define DB_BUCKETS 256

enum db_role {
	DB_READER,
	DB_WRITER,	/* writes; checkpoints also when it closes */
	DB_GUEST,	/* a command's: checkpoints only where permit.h allows it */
};

enum db_tx {
	DB_TX_READ,	/* one snapshot, no writes */
	DB_TX_WRITE,	/* as if alone in the database */
	DB_TX_LOAD,	/* long work on rows nobody else writes */
};

struct db_val {
	char kind;	/* 'i', 't', 'b', 'n' */
	int64_t i;
	struct span s;
};

struct db_driver {
	bool pg;		/* many writers, serialization failures */

	enum err (*open)(const char *where, enum db_role role, void **conn_out, struct fault *f);
	void (*close)(void *conn);

	enum err (*begin)(struct db *db, enum db_tx tx);
	enum err (*commit)(struct db *db);
	void (*rollback)(struct db *db);
	bool (*in_tx)(struct db *db);
	/* Only where there is one writer (SQLite). */
	enum err (*save)(struct db *db);
	enum err (*save_release)(struct db *db);
	enum err (*save_undo)(struct db *db);

	/* One statement without parameters, not cached: DDL. */
	enum err (*exec)(struct db *db, const char *sql);

	enum err (*prepare)(struct db *db, const char *sql, const struct db_val *v, unsigned n,
			    void **stmt_out);
	enum err (*bind)(struct db *db, void *stmt, const struct db_val *v, unsigned n);
	enum err (*step)(struct db *db, void *stmt);	/* E_OK row, E_MISSING no more */
	int64_t (*changed)(struct db *db, void *stmt);
	void (*reset)(struct db *db, void *stmt);
	void (*finish)(struct db *db, void *stmt);

	int (*col_count)(void *stmt);
	bool (*col_null)(void *stmt, int col);
	int64_t (*col_int)(void *stmt, int col);
	struct span (*col_span)(void *stmt, int col);

	enum err (*bulk_begin)(struct db *db, const char *table, const char *columns, int ncols);
	enum err (*bulk_row)(struct db *db, const struct db_val *v, unsigned n);
	enum err (*bulk_end)(struct db *db);

	/* Housekeeping outside transactions, only for whoever may checkpoint; may be NULL. */
	void (*tidy)(struct db *db, bool all);
	/* Integrity as the engine sees it. */
	enum err (*check)(struct db *db);
	/* A consistent copy of the database into a new file. */
	enum err (*backup)(struct db *db, const char *path);
};

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

/* Forgets all prepared statements (before a schema change or a backup). */
void db_forget(struct db *db);

/* Keeps the first failure. */
__attribute__((format(printf, 4, 5)))
enum err db_fail(struct db *db, enum err e, const char *where, const char *fmt, ...);
#define DB_FAIL(db, e, ...) db_fail((db), (e), __FILE__ ":" FAULT_STR(__LINE__), __VA_ARGS__)

extern const struct db_driver db_sqlite, db_pg, db_fake;

#endif
