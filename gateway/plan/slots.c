/*
 * Slot generation. A family is offered whole conferences only: no start whose
 * end would pass the window, and none that leans into the break.
 */
#include <stdbool.h>

#include "base/magic.h"
#include "gw/plan.h"

static bool in_day(int minute)
{
	return minute >= 0 && minute <= PLAN_DAY_MINUTES;
}

static bool window_ok(const struct plan_window *w)
{
	if (!in_day(w->from) || !in_day(w->to) || w->from >= w->to)
		return false;
	if (w->break_from == w->break_to)
		return true;
	return w->break_from < w->break_to && w->from <= w->break_from && w->break_to <= w->to;
}

static bool rule_ok(const struct plan_rule *r)
{
	return r->length >= PLAN_LENGTH_MIN && r->length <= PLAN_LENGTH_MAX &&
	       r->gap >= 0 && r->gap <= PLAN_GAP_MAX &&
	       r->pause_every >= 0 && r->pause_every <= PLAN_EVERY_MAX &&
	       r->pause >= 0 && r->pause <= PLAN_PAUSE_MAX;
}

static bool leans_into_break(const struct plan_window *w, int start, int end)
{
	return w->break_from != w->break_to && start < w->break_to && end > w->break_from;
}

/* Minutes between the end of the n-th conference in a row and the next start. */
static int wait_after(const struct plan_rule *r, int in_row)
{
	bool rest = r->pause_every > 0 && in_row % r->pause_every == 0;

	return rest && r->pause > r->gap ? r->pause : r->gap;
}

enum err plan_slots(const struct plan_window *w, const struct plan_rule *r, int *start,
		    unsigned cap, unsigned *n_out)
{
	int t = w->from, in_row = 0;
	unsigned n = 0;

	*n_out = 0;
	if (!window_ok(w) || !rule_ok(r))
		return E_INPUT;
	while (t + r->length <= w->to) {
		if (leans_into_break(w, t, t + r->length)) {
			assert(t < w->break_to);
			t = w->break_to;
			in_row = 0;
			continue;
		}
		*n_out = n;
		if (n == cap)
			return E_LIMIT;
		start[n++] = t;
		t += r->length + wait_after(r, ++in_row);
	}
	*n_out = n;
	return E_OK;
}
