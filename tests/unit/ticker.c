#include "gw/ticker.h"

#include <stdatomic.h>
#include <time.h>

#include "t.h"

static atomic_int calls;

static void count(void *arg, int64_t deadline_ms)
{
	(void)deadline_ms;
	atomic_fetch_add((atomic_int *)arg, 1);
}

static void nap(int ms)
{
	nanosleep(&(struct timespec){ .tv_nsec = ms * 1000000L }, NULL);
}

TEST(a_ticker_calls_again_and_again_until_it_is_stopped)
{
	struct ticker *t = NULL;
	struct fault f = { 0 };
	int seen;

	NEED(ticker_start(&t, count, &calls, 5, &f) == E_OK);
	for (int i = 0; i < 400 && atomic_load(&calls) < 3; i++)
		nap(5);
	CHECK(atomic_load(&calls) >= 3);
	ticker_stop(t);
	seen = atomic_load(&calls);
	nap(30);
	CHECK_INT(atomic_load(&calls), seen);
}

TEST(a_ticker_stops_without_waiting_for_its_period)
{
	struct ticker *t = NULL;
	struct fault f = { 0 };
	time_t before = time(NULL);

	NEED(ticker_start(&t, count, &calls, 3600 * 1000, &f) == E_OK);
	ticker_stop(t);
	CHECK(time(NULL) - before < 60);
	ticker_stop(NULL);
}
