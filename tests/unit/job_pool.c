/* The job pool: each job once, bounds, deadlines, an orderly end. */
#include "t.h"

#include <stdatomic.h>
#include <time.h>

#include "base/magic.h"
#include "gw/clock.h"
#include "gw/job.h"

static atomic_int ran, late, gate, at_once, most;

static void pause_ms(long ms)
{
	struct timespec ts = { ms / 1000, ms % 1000 * 1000000L };

	nanosleep(&ts, NULL);
}

static void count(void *arg, int64_t deadline_ms)
{
	int now = atomic_fetch_add(&at_once, 1) + 1;

	if (now > most)
		most = now;
	while (arg != NULL && gate == 0)
		pause_ms(1);
	late += job_left_ms(deadline_ms) == 0;
	atomic_fetch_sub(&at_once, 1);
	ran++;
}

static struct job_pool *start(unsigned threads, unsigned queue)
{
	struct fault f = { .err = E_OK };
	struct job_pool *p = NULL;

	ran = late = gate = at_once = most = 0;
	CHECK_INT(job_pool_start(&p, threads, queue, &f), E_OK);
	return p;
}

TEST(each_job_runs_once)
{
	struct job_pool *p = start(4, 1000);
	int sent = 0;

	NEED(p != NULL);
	for (int i = 0; i < 1000; i++)
		sent += job_submit(p, count, NULL, 10000) == E_OK;
	CHECK_INT(sent, 1000);
	job_pool_stop(p, 5000);
	CHECK_INT(ran, 1000);
	CHECK_INT(late, 0);
	CHECK(most <= 4);
}

TEST(the_queue_is_bounded)
{
	struct job_pool *p = start(1, 2);
	int ok = 0, busy = 0;

	NEED(p != NULL);
	for (int i = 0; i < 10; i++) {
		enum err e = job_submit(p, count, &gate, 10000);

		ok += e == E_OK;
		busy += e == E_BUSY;
		pause_ms(2);
	}
	CHECK_INT(ok, 3);
	CHECK_INT(busy, 7);
	CHECK_INT(job_pool_load(p), 3);
	gate = 1;
	job_pool_stop(p, 5000);
	CHECK_INT(ran, 3);
}

TEST(a_late_job_is_called_and_told)
{
	struct job_pool *p = start(1, 4);

	NEED(p != NULL);
	CHECK_INT(job_submit(p, count, &gate, 10000), E_OK);
	CHECK_INT(job_submit(p, count, NULL, 10), E_OK);
	pause_ms(40);
	gate = 1;
	job_pool_stop(p, 5000);
	CHECK_INT(ran, 2);
	CHECK_INT(late, 1);
}

TEST(draining_shortens_deadlines_and_refuses_more)
{
	struct job_pool *p = start(1, 4);

	NEED(p != NULL);
	CHECK_INT(job_submit(p, count, NULL, 100000), E_OK);
	CHECK(!job_pool_stopping(p));
	job_pool_drain(p, 0);
	CHECK(job_pool_stopping(p));
	CHECK_INT(job_submit(p, count, NULL, 10), E_BUSY);
	CHECK_INT(ran, 1);
	job_pool_stop(p, 0);
	job_pool_stop(NULL, 0);
	CHECK_INT(job_left_ms(clock_monotonic_ms() - 5), 0);
	CHECK(job_left_ms(clock_monotonic_ms() + 5000) > 4000);
}
