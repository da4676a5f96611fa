/*
 * The database of one Lintel: connections, transactions, migrations.
 *
 * store_read() and store_write() take a closure. The closure
 *   - gets its data through `arg`, never queues a reply, never waits for
 *     anything but the database;
 *   - may run again from the start (a serialization failure), so it sets all its
 *     outputs and holds no state between runs;
 *   - answers E_OK to commit, anything else to roll back; that code is returned.
 *
 * A write on SQLite runs on the one writer thread, together with others waiting
 * at the same moment, and is on disk when store_write() returns (WAL,
 * synchronous=FULL, group commit). On PostgreSQL it runs on the caller's thread.
 *
 * Threads: every function may be called from any thread, except that a closure
 * must not call store_read() or store_write() itself.
 */
#ifndef LINTEL_STORE_STORE_H
#define LINTEL_STORE_STORE_H

#include "store/db.h"

struct store;

enum store_use {
	STORE_SERVE,	/* the server: takes the lock of data_dir, opens the control socket */
	STORE_CLI,	/* a command, also beside a running server */
	STORE_TEST,	/* no lock, no socket */
};

/*
 * url: "sqlite:PATH" or "postgresql://…". data_dir may be NULL for STORE_TEST.
 *
 * SQLite has one writer at a time, and nobody else may checkpoint. STORE_SERVE
 * holds data_dir/lock and listens on data_dir/control; each write of a STORE_CLI
 * store borrows the right from the server there (5 s, for store_load() 60 s; what
 * takes longer is rolled back with E_BUSY), or takes the lock when no server runs.
 * So a command should write in short transactions. PostgreSQL needs none of this;
 * there the lock only keeps two servers out of one data_dir.
 */
enum err store_open(struct store **out, const char *url, const char *data_dir,
		    enum store_use use, struct fault *f);
void store_close(struct store *st);	/* waits for writes under way; NULL allowed */

typedef enum err (*store_fn)(struct db *db, void *arg);

enum err store_read(struct store *st, store_fn fn, void *arg, struct fault *f);
__attribute__((warn_unused_result))
enum err store_write(struct store *st, store_fn fn, void *arg, struct fault *f);

/*
 * store_write() for a caller that has other things to do. `done` is told, once, what
 * store_write() would have returned: on SQLite from the writer's thread, where it
 * should be quick and must not touch the store; on PostgreSQL, and for a command,
 * before this function returns. `arg` and `f` stay alive until then.
 */
typedef void (*store_done_fn)(void *cls, enum err err);

void store_write_later(struct store *st, store_fn fn, void *arg, struct fault *f,
		       store_done_fn done, void *cls);

/*
 * A write for long work on rows that nobody else writes meanwhile: a slice of an
 * import, a migration. On PostgreSQL it has minutes instead of two seconds, and
 * does not run as if alone; on SQLite it is store_write(), so slices stay short.
 */
__attribute__((warn_unused_result))
enum err store_load(struct store *st, store_fn fn, void *arg, struct fault *f);

/*
 * A command has changed what a running server may keep in memory, such as a platform
 * that was closed: the server of the same data_dir calls `fn` on a thread of its own,
 * where it may read. True: it has done so. `fn` NULL: no longer, and none is under way.
 */
bool store_tell(struct store *st);
void store_on_tell(struct store *st, void (*fn)(void *arg), void *arg);

/* Since store_open(), for /metrics and doctor. */
struct store_stats {
	uint64_t reads, writes;
	uint64_t groups;	/* SQLite: commits, each for one or more writes */
	uint64_t retries;	/* PostgreSQL: closures that ran again */
	uint64_t lost;		/* PostgreSQL: connections that broke */
};

void store_stats(struct store *st, struct store_stats *out);

/* A cheap SELECT 1 for /readyz. */
enum err store_ping(struct store *st, struct fault *f);

/*
 * Forward-only numbered migrations, compiled in. E_DENIED when the database is
 * newer than this binary or a checksum differs from what was applied.
 */
enum err store_migrate(struct store *st, struct fault *f);
enum err store_schema_version(struct store *st, int *have_out, int *want_out, struct fault *f);

/* Integrity as the engine sees it (PRAGMA integrity_check, or a full read on PostgreSQL). */
enum err store_check(struct store *st, struct fault *f);

/*
 * A consistent, checked copy of a running SQLite database into a new file (0600).
 * E_CONFLICT when the file exists; E_DENIED on PostgreSQL, where pg_dump does it.
 */
enum err store_backup(struct store *st, const char *path, struct fault *f);

/*
 * A new 64-bit id: 42 bits of milliseconds, then randomness, positive. Those of one
 * process are distinct and grow, also where now_ms falls back. Two processes may draw
 * one id: the primary key decides, and store_write runs the closure once more.
 */
int64_t store_new_id(int64_t now_ms);

/* A random id of that millisecond, which others may draw too: for runs with a range of their own. */
int64_t store_id_at(int64_t ms);

#endif
