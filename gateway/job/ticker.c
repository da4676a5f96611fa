#include "gw/ticker.h"

#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <time.h>

#include "base/magic.h"
#include "gw/clock.h"

#define CALL_MS 30000

struct ticker {
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t wake;
	bool stop;
	ticker_fn fn;
	void *arg;
	int64_t period_ms;
};

static struct timespec after(int64_t ms)
{
	int64_t at = clock_monotonic_ms() + ms;

	return (struct timespec){ .tv_sec = at / 1000, .tv_nsec = at % 1000 * 1000000 };
}

static void *run(void *arg)
{
	struct ticker *t = arg;

	pthread_mutex_lock(&t->lock);
	while (!t->stop) {
		struct timespec until = after(t->period_ms);
		int rc = 0;

		while (!t->stop && rc != ETIMEDOUT)
			rc = pthread_cond_timedwait(&t->wake, &t->lock, &until);
		if (t->stop)
			break;
		pthread_mutex_unlock(&t->lock);
		t->fn(t->arg, clock_monotonic_ms() + CALL_MS);
		pthread_mutex_lock(&t->lock);
	}
	pthread_mutex_unlock(&t->lock);
	return NULL;
}

enum err ticker_start(struct ticker **out, ticker_fn fn, void *arg, int64_t period_ms,
		      struct fault *f)
{
	struct ticker *t = calloc(1, sizeof(*t));
	pthread_condattr_t attr;

	assert(period_ms > 0);
	if (t == NULL)
		return FAULT(f, E_NOMEM, "no memory");
	t->fn = fn;
	t->arg = arg;
	t->period_ms = period_ms;
	pthread_mutex_init(&t->lock, NULL);
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&t->wake, &attr);
	pthread_condattr_destroy(&attr);
	if (pthread_create(&t->thread, NULL, run, t) != 0) {
		free(t);
		return FAULT(f, E_INTERNAL, "cannot start a thread");
	}
	*out = t;
	return E_OK;
}

void ticker_stop(struct ticker *t)
{
	if (t == NULL)
		return;
	pthread_mutex_lock(&t->lock);
	t->stop = true;
	pthread_cond_signal(&t->wake);
	pthread_mutex_unlock(&t->lock);
	pthread_join(t->thread, NULL);
	pthread_cond_destroy(&t->wake);
	pthread_mutex_destroy(&t->lock);
	free(t);
}
