/*
 * What an engine does for db.c: the vtable of db_sqlite.c and db_pg.c.
 *
 * A driver reports every failure through db_fail() of db_driver.h, which dooms the
 * transaction: on PostgreSQL it is aborted anyway, and SQLite shall behave the same.
 */
#ifndef LINTEL_STORE_DB_ENGINE_H
#define LINTEL_STORE_DB_ENGINE_H

#include "store/db.h"

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

extern const struct db_driver db_sqlite, db_pg;

#endif
