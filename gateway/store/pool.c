/*
 * PostgreSQL connections: made when first needed, at most POOL_MAX, handed to
 * one closure at a time. A closure that met a serialization failure, or lost its
 * connection before COMMIT, runs again; never after a COMMIT of unknown outcome.
 */
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/magic.h"
#include "gw/crypt.h"
#include "store_private.h"

#define POOL_MAGIC 0x9001e001u
#define POOL_MAX 16
#define POOL_WAIT_MS 2000
#define RETRY_MS 2000	/* by the clock: a busy machine is through eight tries too soon */
#define DOWN_MS 200		/* after a failed connect, others fail at once */

struct pool {
	unsigned magic;
	const struct db_driver *drv;
	char *where;
	pthread_mutex_t lock;
	pthread_cond_t freed;
	struct db *idle;
	unsigned total;
	unsigned long gen;	/* rises when a connection broke: older ones are suspect */
	int64_t down_until;
	uint64_t retries, lost;
};

enum err pool_new(struct pool **out, const struct db_driver *drv, const char *where,
		  struct fault *f)
{
	struct pool *p = calloc(1, sizeof(*p));
	pthread_condattr_t attr;

	if (p == NULL || (p->where = strdup(where)) == NULL) {
		free(p);
		return FAULT(f, E_NOMEM, "no memory for the store");
	}
	p->magic = POOL_MAGIC;
	p->drv = drv;
	pthread_mutex_init(&p->lock, NULL);
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&p->freed, &attr);
	pthread_condattr_destroy(&attr);
	*out = p;
	return E_OK;
}

void pool_free(struct pool *p)
{
	struct db *db;

	if (p == NULL)
		return;
	CHECK_MAGIC(p, POOL_MAGIC);
	while ((db = p->idle) != NULL) {
		p->idle = db->next;
		db_free(db);
		p->total--;
	}
	assert(p->total == 0);
	pthread_mutex_destroy(&p->lock);
	pthread_cond_destroy(&p->freed);
	p->magic = 0;
	free(p->where);
	free(p);
}

/* Under lock, which it gives up while connecting. */
static enum err open_one(struct pool *p, struct db **out, struct fault *f)
{
	unsigned long gen = p->gen;
	enum err e;

	if (store_ticks_ms() < p->down_until)
		return FAULT(f, E_BUSY, "the database does not answer");
	p->total++;
	pthread_mutex_unlock(&p->lock);
	e = db_open(out, p->drv, p->where, DB_WRITER, f);
	pthread_mutex_lock(&p->lock);
	if (e == E_OK) {
		(*out)->gen = gen;
		return E_OK;
	}
	p->total--;
	p->down_until = store_ticks_ms() + DOWN_MS;
	pthread_cond_signal(&p->freed);
	return e;
}

/* Under lock: an idle connection of the present generation, or NULL. */
static struct db *take_idle(struct pool *p)
{
	struct db *db;

	while ((db = p->idle) != NULL) {
		p->idle = db->next;
		if (db->gen == p->gen)
			return db;
		p->total--;
		db_free(db);
	}
	return NULL;
}

/* Whose patience ends takes what came back in that moment, all the same. */
static enum err pool_get(struct pool *p, struct db **out, struct fault *f)
{
	struct timespec until;
	enum err e = E_OK;
	bool late = false;

	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_sec += POOL_WAIT_MS / 1000;
	pthread_mutex_lock(&p->lock);
	while ((*out = take_idle(p)) == NULL) {
		if (p->total < POOL_MAX) {
			e = open_one(p, out, f);
			break;
		}
		if (late) {
			e = FAULT(f, E_BUSY, "all %d database connections are in use", POOL_MAX);
			break;
		}
		late = pthread_cond_timedwait(&p->freed, &p->lock, &until) != 0;
	}
	pthread_mutex_unlock(&p->lock);
	return e;
}

static void pool_put(struct pool *p, struct db *db)
{
	pthread_mutex_lock(&p->lock);
	assert(p->total > 0);
	if (db->lost) {
		p->lost++;
		if (db->gen == p->gen)
			p->gen++;
		p->total--;
	} else {
		db->next = p->idle;
		p->idle = db;
	}
	pthread_cond_signal(&p->freed);
	pthread_mutex_unlock(&p->lock);
	if (db->lost)
		db_free(db);
}

/* Full jitter: two that met shall not meet again. */
static void pause_before(unsigned attempt)
{
	unsigned most = attempt < 6 ? 5u << attempt : 200, r;
	struct timespec ts = { 0 };

	crypt_random(&r, sizeof(r));
	ts.tv_nsec = (long)(r % (most * 1000)) * 1000;
	nanosleep(&ts, NULL);
}

static void count_retry(struct pool *p)
{
	pthread_mutex_lock(&p->lock);
	p->retries++;
	pthread_mutex_unlock(&p->lock);
}

void pool_counts(struct pool *p, uint64_t *retries_out, uint64_t *lost_out)
{
	CHECK_MAGIC(p, POOL_MAGIC);
	pthread_mutex_lock(&p->lock);
	*retries_out = p->retries;
	*lost_out = p->lost;
	pthread_mutex_unlock(&p->lock);
}

enum err pool_run(struct pool *p, enum db_tx tx, store_fn fn, void *arg, struct fault *f)
{
	int64_t until = store_ticks_ms() + RETRY_MS;
	bool was_lost = false, again;
	struct fault one;
	struct db *db;
	enum err e;

	CHECK_MAGIC(p, POOL_MAGIC);
	for (unsigned attempt = 1;; attempt++) {
		fault_clear(&one);
		e = pool_get(p, &db, &one);
		again = e != E_OK && was_lost;
		if (e == E_OK) {
			e = store_tx(db, tx, fn, arg, &one);
			again = e != E_OK && (db->again || (db->met && attempt == 1));
			was_lost |= db->lost;
			pool_put(p, db);
		}
		if (!again || store_ticks_ms() >= until)
			break;
		count_retry(p);
		pause_before(attempt);
	}
	if (one.err != E_OK)
		fault_at(f, one.err, one.where, "%s", one.text);
	return e;
}
