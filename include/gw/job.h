/*
 * Job threads: a bounded number, a bounded queue, a deadline for each job.
 *
 * Whatever waits for the network or a disk for long runs here, never on a thread
 * of the HTTP server. A job is called exactly once, also when its deadline passed
 * while it was queued or the pool is stopping: it looks at job_left_ms() and
 * decides. Deadlines are monotonic milliseconds (gw/clock.h).
 *
 * Threads: every function may be called from any thread; job_pool_drain() and
 * job_pool_stop() once each, and not from a job of the same pool.
 */
#ifndef LINTEL_GW_JOB_H
#define LINTEL_GW_JOB_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"

struct job_pool;

typedef void (*job_fn)(void *arg, int64_t deadline_ms);

/* 1..64 threads; at most `queue_max` jobs wait. */
enum err job_pool_start(struct job_pool **out, unsigned threads, unsigned queue_max,
			struct fault *f);

/* E_BUSY: the queue is full, or the pool is stopping; fn is not called then. */
__attribute__((warn_unused_result))
enum err job_submit(struct job_pool *p, job_fn fn, void *arg, int64_t timeout_ms);

/*
 * Drain: takes no more (E_BUSY from now on), brings every deadline to at most
 * `grace_ms` from now, runs what is queued and waits for it. Stop: drains if
 * nobody did, and frees; NULL allowed.
 */
void job_pool_drain(struct job_pool *p, int64_t grace_ms);
void job_pool_stop(struct job_pool *p, int64_t grace_ms);

/* For long background jobs: time to leave. */
bool job_pool_stopping(struct job_pool *p);

unsigned job_pool_load(struct job_pool *p);	/* queued and running, for /metrics */

/* Milliseconds until the deadline; 0 when it has passed. */
int64_t job_left_ms(int64_t deadline_ms);

#endif
