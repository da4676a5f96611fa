/*
 * Read audits: one row per person, child and quarter of an hour, written by a
 * thread of its own within a second, so that a page never waits for its audit.
 * The filter is a direct-mapped table: a collision costs one row too many, never
 * one too few.
 */
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <time.h>

#include "base/magic.h"
#include "gw/auth.h"
#include "gw/clock.h"
#include "gw/log.h"
#include "gw/session.h"
#include "store/audit.h"
#include "store/booking.h"

#define QUARTER_MS (15 * 60 * 1000LL)
#define SEEN_SLOTS 16384u
#define QUEUE_MAX 8192u
#define FLUSH_MS 500
#define SWEEP_MS (60 * 1000LL)


static struct {
	pthread_mutex_t lock;
	pthread_cond_t wake;
	pthread_t thread;
	bool running, stop;
	struct gw *gw;
	uint64_t seen[SEEN_SLOTS];
	struct audit_event queue[QUEUE_MAX];
	unsigned n;
} log_of_reads = { .lock = PTHREAD_MUTEX_INITIALIZER, .wake = PTHREAD_COND_INITIALIZER };

static uint64_t mix(uint64_t h, uint64_t v)
{
	h ^= v;
	h *= 0x9e3779b97f4a7c15ull;
	return h ^ h >> 29;
}

static uint64_t key_of(const struct audit_event *e)
{
	uint64_t h = mix(0x51ed270b, (uint64_t)e->tenant);

	h = mix(h, (uint64_t)e->actor);
	h = mix(h, (uint64_t)e->child);
	h = mix(h, (uint64_t)(e->now_ms / QUARTER_MS));
	return h == 0 ? 1 : h;
}

void auth_read_audit(struct req *r, const struct access *acc)
{
	struct audit_event e = { .tenant = r->who.tenant, .now_ms = r->now_ms, .child = acc->child,
				 .actor = r->who.person, .door = r->who.door,
				 .action = "record.read" };
	uint64_t key = key_of(&e);

	assert(acc->child > 0);
	pthread_mutex_lock(&log_of_reads.lock);
	if (log_of_reads.seen[key % SEEN_SLOTS] != key && log_of_reads.n < QUEUE_MAX) {
		log_of_reads.seen[key % SEEN_SLOTS] = key;
		log_of_reads.queue[log_of_reads.n++] = e;
	} else if (log_of_reads.n == QUEUE_MAX) {
		count_bug("read-audit-queue-full");
	}
	pthread_mutex_unlock(&log_of_reads.lock);
}

struct batch {
	struct audit_event *v;
	unsigned n;
};

static enum err write_batch(struct db *db, void *arg)
{
	const struct batch *b = arg;
	enum err err = E_OK;

	for (unsigned i = 0; err == E_OK && i < b->n; i++)
		err = audit_write(db, &b->v[i]);
	return err;
}

static enum err sweep(struct db *db, void *arg)
{
	int64_t removed = 0, now = *(int64_t *)arg;
	unsigned freed = 0;
	enum err err = session_purge(db, now, &removed);

	/* A prohibition may begin on a day to come. */
	return err == E_OK ? booking_end_forbidden(db, 0, now, &freed) : err;
}

/* Called with the lock held; gives it up while writing. Failed rows stay queued. */
static void flush(void)
{
	struct fault f = { 0 };
	struct batch b;
	unsigned n = log_of_reads.n;
	enum err err;

	if (n == 0)
		return;
	b.v = malloc(n * sizeof(*b.v));
	b.n = n;
	if (b.v == NULL)
		return;
	memcpy(b.v, log_of_reads.queue, n * sizeof(*b.v));
	pthread_mutex_unlock(&log_of_reads.lock);
	err = store_write(log_of_reads.gw->store, write_batch, &b, &f);
	free(b.v);
	pthread_mutex_lock(&log_of_reads.lock);
	if (err != E_OK) {
		log_event(LOG_ERROR, "read-audit", "rows=%u why=%s", n, f.text);
		return;
	}
	log_of_reads.n -= n;
	memmove(log_of_reads.queue, log_of_reads.queue + n,
		log_of_reads.n * sizeof(log_of_reads.queue[0]));
}

static void *run(void *arg)
{
	int64_t swept = clock_monotonic_ms();

	(void)arg;
	pthread_mutex_lock(&log_of_reads.lock);
	while (!log_of_reads.stop) {
		struct timespec until;

		clock_gettime(CLOCK_REALTIME, &until);
		until.tv_nsec += FLUSH_MS * 1000000L;
		until.tv_sec += until.tv_nsec / 1000000000L;
		until.tv_nsec %= 1000000000L;
		pthread_cond_timedwait(&log_of_reads.wake, &log_of_reads.lock, &until);
		flush();
		if (clock_monotonic_ms() - swept > SWEEP_MS) {
			struct fault f = { 0 };
			int64_t now = clock_now_ms();

			swept = clock_monotonic_ms();
			pthread_mutex_unlock(&log_of_reads.lock);
			if (store_write(log_of_reads.gw->store, sweep, &now, &f) != E_OK)
				log_event(LOG_WARN, "sweep", "why=%s", f.text);
			pthread_mutex_lock(&log_of_reads.lock);
		}
	}
	flush();
	pthread_mutex_unlock(&log_of_reads.lock);
	return NULL;
}

enum err auth_start(struct gw *gw, struct fault *f)
{
	assert(!log_of_reads.running);
	log_of_reads.gw = gw;
	log_of_reads.stop = false;
	if (pthread_create(&log_of_reads.thread, NULL, run, NULL) != 0)
		return FAULT(f, E_INTERNAL, "cannot start the audit thread");
	log_of_reads.running = true;
	return E_OK;
}

void auth_stop(void)
{
	if (!log_of_reads.running)
		return;
	pthread_mutex_lock(&log_of_reads.lock);
	log_of_reads.stop = true;
	pthread_cond_signal(&log_of_reads.wake);
	pthread_mutex_unlock(&log_of_reads.lock);
	pthread_join(log_of_reads.thread, NULL);
	log_of_reads.running = false;
}
