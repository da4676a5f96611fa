/*
 * A background thread that calls a function every so often, until stopped. For
 * slow chores: refreshing key sets, sweeping. One chore a ticker, so that a
 * platform that hangs delays nothing else.
 *
 * Threads: start and stop from one thread; fn runs on the ticker's own.
 */
#ifndef LINTEL_GW_TICKER_H
#define LINTEL_GW_TICKER_H

#include <stdint.h>

#include "base/err.h"

struct ticker;

/* deadline_ms: monotonic; fn should be back by then. */
typedef void (*ticker_fn)(void *arg, int64_t deadline_ms);

/* First call after one period. */
enum err ticker_start(struct ticker **out, ticker_fn fn, void *arg, int64_t period_ms,
		      struct fault *f);
void ticker_stop(struct ticker *t);	/* waits for a call under way; NULL allowed */

#endif
