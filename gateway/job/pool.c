/*
 * The job pool: a ring of waiting jobs, a fixed number of threads, a deadline
 * for each job. Nothing is ever dropped: whoever submitted a job counts on its
 * one call, because a suspended connection hangs on it.
 */
#include "gw/job.h"

#include <pthread.h>
#include <stdlib.h>

#include "base/magic.h"
#include "gw/clock.h"

#define POOL_MAGIC 0x70b0071eu
#define THREADS_MAX 64u
#define THREAD_STACK (1u << 20)

struct job {
	job_fn fn;
	void *arg;
	int64_t deadline_ms;
};

struct job_pool {
	unsigned magic;
	pthread_mutex_t lock;
	pthread_cond_t work;
	struct job *ring;
	unsigned cap, head, n, running, threads;
	bool stopping;
	int64_t stop_ms;	/* no deadline is later than this once stopping */
	pthread_t thread[THREADS_MAX];
};

int64_t job_left_ms(int64_t deadline_ms)
{
	int64_t left = deadline_ms - clock_monotonic_ms();

	return left > 0 ? left : 0;
}

static void *pool_thread(void *arg)
{
	struct job_pool *p = CAST_MAGIC(struct job_pool, arg, POOL_MAGIC);
	struct job j;

	pthread_mutex_lock(&p->lock);
	for (;;) {
		while (p->n == 0 && !p->stopping)
			pthread_cond_wait(&p->work, &p->lock);
		if (p->n == 0)
			break;
		j = p->ring[p->head];
		p->head = (p->head + 1) % p->cap;
		p->n--;
		p->running++;
		if (p->stopping && j.deadline_ms > p->stop_ms)
			j.deadline_ms = p->stop_ms;
		pthread_mutex_unlock(&p->lock);
		j.fn(j.arg, j.deadline_ms);
		pthread_mutex_lock(&p->lock);
		assert(p->running > 0);
		p->running--;
	}
	pthread_mutex_unlock(&p->lock);
	return NULL;
}

enum err job_pool_start(struct job_pool **out, unsigned threads, unsigned queue_max,
			struct fault *f)
{
	struct job_pool *p = calloc(1, sizeof(*p));
	pthread_attr_t attr;

	assert(threads >= 1 && threads <= THREADS_MAX && queue_max > 0);
	if (p == NULL)
		return FAULT(f, E_NOMEM, "no memory for a job pool");
	p->ring = calloc(queue_max, sizeof(*p->ring));
	if (p->ring == NULL) {
		free(p);
		return FAULT(f, E_NOMEM, "no memory for %u waiting jobs", queue_max);
	}
	p->magic = POOL_MAGIC;
	p->cap = queue_max;
	pthread_mutex_init(&p->lock, NULL);
	pthread_cond_init(&p->work, NULL);
	pthread_attr_init(&attr);
	pthread_attr_setstacksize(&attr, THREAD_STACK);
	while (p->threads < threads) {
		if (pthread_create(&p->thread[p->threads], &attr, pool_thread, p) != 0)
			break;
		p->threads++;
	}
	pthread_attr_destroy(&attr);
	if (p->threads < threads) {
		job_pool_stop(p, 0);
		return FAULT(f, E_LIMIT, "cannot start %u job threads", threads);
	}
	*out = p;
	return E_OK;
}

enum err job_submit(struct job_pool *p, job_fn fn, void *arg, int64_t timeout_ms)
{
	enum err e = E_BUSY;

	CHECK_MAGIC(p, POOL_MAGIC);
	assert(fn != NULL && timeout_ms >= 0);
	pthread_mutex_lock(&p->lock);
	if (!p->stopping && p->n < p->cap) {
		p->ring[(p->head + p->n) % p->cap] = (struct job){
			.fn = fn, .arg = arg, .deadline_ms = clock_monotonic_ms() + timeout_ms,
		};
		p->n++;
		pthread_cond_signal(&p->work);
		e = E_OK;
	}
	pthread_mutex_unlock(&p->lock);
	return e;
}

void job_pool_drain(struct job_pool *p, int64_t grace_ms)
{
	CHECK_MAGIC(p, POOL_MAGIC);
	pthread_mutex_lock(&p->lock);
	assert(!p->stopping);
	p->stop_ms = clock_monotonic_ms() + grace_ms;
	p->stopping = true;
	pthread_cond_broadcast(&p->work);
	pthread_mutex_unlock(&p->lock);
	for (unsigned i = 0; i < p->threads; i++)
		pthread_join(p->thread[i], NULL);
	assert(p->n == 0 && p->running == 0);
}

void job_pool_stop(struct job_pool *p, int64_t grace_ms)
{
	if (p == NULL)
		return;
	if (!job_pool_stopping(p))
		job_pool_drain(p, grace_ms);
	pthread_cond_destroy(&p->work);
	pthread_mutex_destroy(&p->lock);
	free(p->ring);
	p->magic = 0;
	free(p);
}

bool job_pool_stopping(struct job_pool *p)
{
	bool stopping;

	CHECK_MAGIC(p, POOL_MAGIC);
	pthread_mutex_lock(&p->lock);
	stopping = p->stopping;
	pthread_mutex_unlock(&p->lock);
	return stopping;
}

unsigned job_pool_load(struct job_pool *p)
{
	unsigned load;

	CHECK_MAGIC(p, POOL_MAGIC);
	pthread_mutex_lock(&p->lock);
	load = p->n + p->running;
	pthread_mutex_unlock(&p->lock);
	return load;
}
