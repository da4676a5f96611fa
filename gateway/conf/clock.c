/* The one clock. Only a test or lab mode may shift the wall clock. */
#include <stdatomic.h>
#include <time.h>

#include "base/magic.h"
#include "gw/clock.h"

static _Atomic int64_t shift_ms;

static int64_t read_ms(clockid_t id)
{
	struct timespec ts;
	int rc = clock_gettime(id, &ts);

	assert(rc == 0);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

int64_t clock_now_ms(void)
{
	return read_ms(CLOCK_REALTIME) + atomic_load_explicit(&shift_ms, memory_order_relaxed);
}

int64_t clock_monotonic_ms(void)
{
	return read_ms(CLOCK_MONOTONIC);
}

void clock_shift_for_tests(int64_t offset_ms)
{
	atomic_store_explicit(&shift_ms, offset_ms, memory_order_relaxed);
}
