/*
 * Inside the store: how a closure reaches a connection.
 *
 *   SQLite reads   reader.c   one connection a thread, released at thread end
 *   SQLite writes  writer.c   one thread, group commit
 *                  permit.c   a command: own connection, by leave of the server
 *   PostgreSQL     pool.c     both, on the caller's thread, with retries
 */
#ifndef LINTEL_STORE_PRIVATE_H
#define LINTEL_STORE_PRIVATE_H

#include <time.h>

#include "db_driver.h"
#include "store/store.h"

/* One transaction on this connection: begin, closure, commit or roll back. */
enum err store_tx(struct db *db, enum db_tx tx, store_fn fn, void *arg, struct fault *f);

/* A store on any driver: for tests with the fake one. */
enum err store_open_with(struct store **out, const struct db_driver *drv, const char *where,
			 const char *data_dir, enum store_use use, struct fault *f);

/* The closure may neither read nor write the store by itself. */
void store_closure_begins(void);
void store_closure_ends(void);

/* ---- reader.c ---- */

struct readers;

enum err readers_new(struct readers **out, const struct db_driver *drv, const char *where,
		     struct fault *f);
void readers_free(struct readers *rs);	/* no read may be under way; NULL allowed */
/* This thread's connection; valid until the thread ends or readers_free(). */
enum err readers_get(struct readers *rs, struct db **out, struct fault *f);

/* ---- writer.c ---- */

struct writer;

enum err writer_start(struct writer **out, const struct db_driver *drv, const char *where,
		      struct fault *f);
enum err writer_run(struct writer *w, store_fn fn, void *arg, struct fault *f);
/* Comes back at once; `done` is called from the writer's thread. */
void writer_later(struct writer *w, store_fn fn, void *arg, struct fault *f, store_done_fn done,
		  void *cls);
/* Between hold and resume no group runs; hold waits for the one under way. */
void writer_hold(struct writer *w);
void writer_resume(struct writer *w);
/* While a guest may still be writing, nobody checkpoints. */
void writer_guest(struct writer *w, bool present);
uint64_t writer_groups(struct writer *w);
void writer_stop(struct writer *w);	/* runs what is queued first; NULL allowed */

/* ---- pool.c ---- */

struct pool;

enum err pool_new(struct pool **out, const struct db_driver *drv, const char *where,
		  struct fault *f);
void pool_free(struct pool *p);		/* no closure may be under way; NULL allowed */
void pool_counts(struct pool *p, uint64_t *retries_out, uint64_t *lost_out);
enum err pool_run(struct pool *p, enum db_tx tx, store_fn fn, void *arg, struct fault *f);

static inline int64_t store_ticks_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

#endif
