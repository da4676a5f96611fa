/*
 * Conference times as pure computation: which starting times a teacher's day
 * holds. No clock, no zone, no database: minutes of the school's wall clock in,
 * minutes out. Threads: any. Ownership: the caller owns every array.
 */
#ifndef LINTEL_GW_PLAN_H
#define LINTEL_GW_PLAN_H

#include "base/err.h"

#define PLAN_DAY_MINUTES 1440
#define PLAN_LENGTH_MIN 5
#define PLAN_LENGTH_MAX 120
#define PLAN_GAP_MAX 60
#define PLAN_PAUSE_MAX 120
#define PLAN_EVERY_MAX 50

/* One day: minutes since midnight. break_from == break_to: no fixed break. */
struct plan_window {
	int from, to;
	int break_from, break_to;
};

/*
 * length: one conference; gap: minutes between two; after pause_every of them in
 * a row (0: never) the wait is `pause` minutes instead of the gap, if longer.
 */
struct plan_rule {
	int length, gap;
	int pause_every, pause;
};

/*
 * Starting times, rising: from, from + length + gap, … while the end is inside
 * the window. No time touches the fixed break; the row starts anew behind it.
 * E_LIMIT when more than `cap` times fit; *n_out is then `cap`.
 */
enum err plan_slots(const struct plan_window *w, const struct plan_rule *r, int *start,
		    unsigned cap, unsigned *n_out);

#endif
