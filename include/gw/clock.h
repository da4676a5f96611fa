/*
 * One clock. A request reads it once (req.now_ms) and passes the value down;
 * deadlines use the monotonic clock. Tests and `lintel serve` in lab mode may
 * shift the wall clock with LINTEL_TEST_CLOCK_OFFSET_MS; nothing else may.
 */
#ifndef LINTEL_GW_CLOCK_H
#define LINTEL_GW_CLOCK_H

#include <stdint.h>

int64_t clock_now_ms(void);		/* UTC, milliseconds since 1970 */
int64_t clock_monotonic_ms(void);	/* for deadlines only */
void clock_shift_for_tests(int64_t offset_ms);

#endif
