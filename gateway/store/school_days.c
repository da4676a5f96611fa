#include "store/school_days.h"

#include "base/day.h"
#include "base/magic.h"
#include "each.h"

static enum err read_closed(struct db *db, struct arena *a, int64_t tenant,
			    struct school_days *days)
{
	struct db_each q = DB_LIST(db, a, &days->v, &days->n);
	struct school_closed *c;

	db_select(&q,
		  "SELECT school_id, first_day, last_day FROM school_closed WHERE tenant_id = $1 "
		  "ORDER BY last_day DESC, school_id LIMIT 500",
		  "i", tenant);
	while ((c = db_each(&q)) != NULL) {
		c->school = db_int(q.rows, 0);
		c->first = day_read(db_span(q.rows, 1));
		c->last = day_read(db_span(q.rows, 2));
		/* What is no date closes nothing. */
		if (c->first == DAY_NONE)
			c->last = DAY_NONE;
	}
	return db_end(&q);
}

enum err school_days_read(struct db *db, struct arena *a, int64_t tenant,
			  struct school_days **out)
{
	*out = arena_new(a, struct school_days);
	return *out != NULL ? read_closed(db, a, tenant, *out) : E_NOMEM;
}

static bool is_closed(const struct school_days *days, int64_t school, int64_t day)
{
	for (unsigned i = 0; days != NULL && i < days->n; i++)
		if (days->v[i].school == school && days->v[i].first <= day &&
		    day <= days->v[i].last)
			return true;
	return false;
}

int64_t school_day_after(const struct school_days *days, int64_t school, int64_t day, unsigned n)
{
	int64_t far = day + SCHOOL_DAYS_FAR;

	assert(day >= 0 && n < SCHOOL_DAYS_FAR);
	while (n > 0 && day < far) {
		int64_t weekday = (++day + 3) % 7;	/* 1970-01-01 was a Thursday */

		n -= weekday < 5 && !is_closed(days, school, day);
	}
	return day;
}
