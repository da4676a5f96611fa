/*
 * The store: which engine, and on which connection a closure runs.
 */
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/magic.h"
#include "gw/crypt.h"
#include "migrate.h"
#include "permit.h"
#include "store/journal.h"
#include "store_private.h"

#define STORE_MAGIC 0x5704e001u
#define LOCK_WAIT_MS 2000	/* a command holds it for one write only */

struct store {
	unsigned magic;
	const struct db_driver *drv;
	enum store_use use;
	struct readers *readers;
	struct writer *writer;
	struct pool *pool;
	struct guest *guest;
	struct control *control;
	char *data_dir;			/* NULL: STORE_TEST may have none */
	int lock_fd;
	_Atomic uint64_t reads, writes;
};

static _Thread_local bool in_closure;

void store_closure_begins(void)
{
	assert(!in_closure);	/* a closure called store_read() or store_write() */
	in_closure = true;
}

void store_closure_ends(void)
{
	assert(in_closure);
	in_closure = false;
}

enum err store_tx(struct db *db, enum db_tx tx, store_fn fn, void *arg, struct fault *f)
{
	enum err e;

	db_enter(db, f);
	e = db->drv->begin(db, tx);
	if (e == E_OK) {
		store_closure_begins();
		e = fn(db, arg);
		store_closure_ends();
	}
	e = db_leave(db, e);
	if (e == E_OK)
		e = db->drv->commit(db);
	if (e != E_OK)
		db->drv->rollback(db);
	db->fault = &db->own;
	return e;
}

static enum err open_sqlite(struct store *st, const char *where, const char *data_dir,
			    struct fault *f)
{
	enum err e = E_OK;

	if (st->use == STORE_CLI)
		e = guest_new(&st->guest, st->drv, where, data_dir, f);
	else
		e = writer_start(&st->writer, st->drv, where, f);
	return e == E_OK ? readers_new(&st->readers, st->drv, where, f) : e;
}

enum err store_open_with(struct store **out, const struct db_driver *drv, const char *where,
			 const char *data_dir, enum store_use use, struct fault *f)
{
	struct store *st = calloc(1, sizeof(*st));
	enum err e;

	if (st == NULL)
		return FAULT(f, E_NOMEM, "no memory for the store");
	assert(data_dir != NULL || use == STORE_TEST);
	if (use != STORE_TEST)
		journal_place(data_dir);
	st->magic = STORE_MAGIC;
	st->drv = drv;
	st->use = use;
	st->lock_fd = -1;
	st->data_dir = data_dir != NULL ? strdup(data_dir) : NULL;
	e = data_dir != NULL && st->data_dir == NULL ? FAULT(f, E_NOMEM, "no memory for the store") :
	    use == STORE_SERVE ? lock_take(data_dir, LOCK_WAIT_MS, &st->lock_fd, f) : E_OK;
	if (e == E_OK)
		e = drv->pg ? pool_new(&st->pool, drv, where, f)
			    : open_sqlite(st, where, data_dir, f);
	if (e == E_OK && use == STORE_SERVE)
		e = control_start(&st->control, data_dir, st->writer, f);
	if (e != E_OK) {
		store_close(st);
		return e;
	}
	*out = st;
	return E_OK;
}

enum err store_open(struct store **out, const char *url, const char *data_dir,
		    enum store_use use, struct fault *f)
{
	*out = NULL;
	if (str_starts(url, "sqlite:") && url[7] != '\0')
		return store_open_with(out, &db_sqlite, url + 7, data_dir, use, f);
	if (str_starts(url, "postgresql://") || str_starts(url, "postgres://"))
		return store_open_with(out, &db_pg, url, data_dir, use, f);
	return FAULT(f, E_INPUT, "database: want sqlite:PATH or postgresql://…");
}

void store_close(struct store *st)
{
	if (st == NULL)
		return;
	CHECK_MAGIC(st, STORE_MAGIC);
	control_stop(st->control);
	/* Readers before the writer: its connection is the last, and checkpoints. */
	readers_free(st->readers);
	writer_stop(st->writer);
	guest_free(st->guest);
	pool_free(st->pool);
	if (st->lock_fd >= 0)
		close(st->lock_fd);
	free(st->data_dir);
	st->magic = 0;
	free(st);
}

void store_on_tell(struct store *st, void (*fn)(void *arg), void *arg)
{
	CHECK_MAGIC(st, STORE_MAGIC);
	if (st->control != NULL)
		control_on_look(st->control, fn, arg);
}

bool store_tell(struct store *st)
{
	CHECK_MAGIC(st, STORE_MAGIC);
	return st->use == STORE_CLI && control_tell(st->data_dir);
}

enum err store_read(struct store *st, store_fn fn, void *arg, struct fault *f)
{
	struct db *db;
	enum err e;

	CHECK_MAGIC(st, STORE_MAGIC);
	assert(!in_closure);
	atomic_fetch_add_explicit(&st->reads, 1, memory_order_relaxed);
	if (st->pool != NULL)
		return pool_run(st->pool, DB_TX_READ, fn, arg, f);
	e = readers_get(st->readers, &db, f);
	return e == E_OK ? store_tx(db, DB_TX_READ, fn, arg, f) : e;
}

static enum err change(struct store *st, enum db_tx tx, store_fn fn, void *arg, struct fault *f)
{
	CHECK_MAGIC(st, STORE_MAGIC);
	assert(!in_closure);
	atomic_fetch_add_explicit(&st->writes, 1, memory_order_relaxed);
	if (st->pool != NULL)
		return pool_run(st->pool, tx, fn, arg, f);
	if (st->guest != NULL)
		return guest_run(st->guest, tx, fn, arg, f);
	return writer_run(st->writer, fn, arg, f);
}

enum err store_write(struct store *st, store_fn fn, void *arg, struct fault *f)
{
	return change(st, DB_TX_WRITE, fn, arg, f);
}

void store_write_later(struct store *st, store_fn fn, void *arg, struct fault *f,
		       store_done_fn done, void *cls)
{
	CHECK_MAGIC(st, STORE_MAGIC);
	assert(!in_closure);
	if (st->writer == NULL) {
		done(cls, store_write(st, fn, arg, f));
		return;
	}
	atomic_fetch_add_explicit(&st->writes, 1, memory_order_relaxed);
	writer_later(st->writer, fn, arg, f, done, cls);
}

enum err store_load(struct store *st, store_fn fn, void *arg, struct fault *f)
{
	return change(st, DB_TX_LOAD, fn, arg, f);
}

void store_stats(struct store *st, struct store_stats *out)
{
	CHECK_MAGIC(st, STORE_MAGIC);
	*out = (struct store_stats){ .reads = atomic_load(&st->reads),
				     .writes = atomic_load(&st->writes) };
	if (st->writer != NULL)
		out->groups = writer_groups(st->writer);
	if (st->pool != NULL)
		pool_counts(st->pool, &out->retries, &out->lost);
}

static enum err select_one(struct db *db, void *arg)
{
	int64_t one = 0;
	enum err e = db_one(db, NULL, "i", (void *[]){ &one }, "SELECT 1", "");

	(void)arg;
	return e == E_OK && one != 1 ? E_DB : e;
}

enum err store_ping(struct store *st, struct fault *f)
{
	return store_read(st, select_one, NULL, f);
}

static enum err run_check(struct db *db, void *arg)
{
	(void)arg;
	return db->drv->check(db);
}

enum err store_check(struct store *st, struct fault *f)
{
	return store_read(st, run_check, NULL, f);
}

static enum err run_backup(struct db *db, void *arg)
{
	return db->drv->backup(db, arg);
}

enum err store_backup(struct store *st, const char *path, struct fault *f)
{
	CHECK_MAGIC(st, STORE_MAGIC);
	assert(path != NULL);
	return store_read(st, run_backup, (void *)(uintptr_t)path, f);
}

enum err store_migrate(struct store *st, struct fault *f)
{
	return migrate_run(st, migrations, f);
}

enum err store_schema_version(struct store *st, int *have_out, int *want_out, struct fault *f)
{
	return migrate_version(st, migrations, have_out, want_out, f);
}

int64_t store_id_at(int64_t ms)
{
	uint32_t r;

	assert(ms > 0 && ms < INT64_C(1) << 42);
	crypt_random(&r, sizeof(r));
	return ms << 21 | (r & ((1u << 20) - 1));
}

/*
 * The first id of a millisecond is random and in the lower half. Every other steps on
 * from the last of this process, also when the caller's clock is behind it: a thousand
 * random ones would meet with a chance of one in five.
 */
int64_t store_new_id(int64_t now_ms)
{
	static _Atomic int64_t last;
	int64_t seen = atomic_load(&last), fresh = store_id_at(now_ms), id;

	do
		id = seen >> 21 >= now_ms ? seen + 1 + (fresh & 15) : fresh;
	while (!atomic_compare_exchange_weak(&last, &seen, id));
	return id;
}
