/* From a teacher's days to slots: wall time is the promise, UTC follows from it. */
#include <inttypes.h>

#include "base/day.h"
#include "base/magic.h"
#include "conference.h"
#include "gw/plan.h"


/* Is minute m of that day shown once by the zone's clock, and is it `ms`? */
static bool shown_at(const char *zone, int64_t ms, int64_t day, int minute)
{
	int64_t d;
	int m;

	zone_from_utc(zone, ms, &d, &m);
	return d * PLAN_DAY_MINUTES + m == day * PLAN_DAY_MINUTES + minute;
}

static enum err times_of_day(const struct round *r, const struct round_day *d,
			     struct round_time *t, unsigned room, unsigned *n_out)
{
	struct plan_window w = { d->from, d->to, d->break_from, d->break_to };
	struct plan_rule rule = { r->length, r->gap, r->pause_every, r->pause };
	int start[PLAN_DAY_MINUTES / PLAN_LENGTH_MIN];
	int64_t day = day_read(span_of(d->day)), from, to;
	unsigned n = 0, made = 0;
	enum err err = day == DAY_NONE ? E_INTERNAL :
		       plan_slots(&w, &rule, start, ARRAY_LEN(start), &n);

	for (unsigned i = 0; err == E_OK && i < n; i++) {
		from = zone_to_utc(r->zone, day, start[i]);
		to = from + r->length * 60000LL;
		if (!shown_at(r->zone, from, day, start[i]) ||
		    !shown_at(r->zone, to, day, start[i] + r->length))
			continue;
		if (made == room)
			return E_LIMIT;
		t[made++] = (struct round_time){ d->day, start[i], from, to };
	}
	*n_out = made;
	return err;
}

enum err times_make(struct arena *a, const struct round *r, const struct round_day *d, unsigned n,
		    struct round_time **t_out, unsigned *n_out)
{
	struct round_time *t = arena_array(a, ROUND_SLOTS_MAX, sizeof(*t));
	unsigned total = 0, k = 0;
	enum err err = t == NULL ? E_NOMEM : E_OK;

	for (unsigned i = 0; err == E_OK && i < n; i++) {
		err = times_of_day(r, &d[i], t + total, ROUND_SLOTS_MAX - total, &k);
		if (err == E_OK)
			total += k;
	}
	*t_out = t;
	*n_out = err == E_OK ? total : 0;
	return err;
}
