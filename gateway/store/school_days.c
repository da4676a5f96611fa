#include "store/school_days.h"

#include "base/magic.h"
#include "each.h"

static bool digits(struct span s, size_t from, size_t n, int64_t *out)
{
	*out = 0;
	for (size_t i = from; i < from + n; i++) {
		if (s.p[i] < '0' || s.p[i] > '9')
			return false;
		*out = *out * 10 + (s.p[i] - '0');
	}
	return true;
}

/* YYYY-MM-DD, as forms have checked it; days from civil, Howard Hinnant's way. */
static bool day_number(struct span s, int64_t *out)
{
	int64_t y, m, d, era, yoe, doy;

	if (s.n != 10 || !digits(s, 0, 4, &y) || !digits(s, 5, 2, &m) || !digits(s, 8, 2, &d) ||
	    m < 1 || m > 12 || d < 1 || d > 31)
		return false;
	y -= m <= 2;
	era = y / 400;
	yoe = y - era * 400;
	doy = (153 * (m > 2 ? m - 3 : m + 9) + 2) / 5 + d - 1;
	*out = era * 146097 + yoe * 365 + yoe / 4 - yoe / 100 + doy - 719468;
	return true;
}

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
		/* What is no date closes nothing. */
		if (!day_number(db_span(q.rows, 1), &c->first) ||
		    !day_number(db_span(q.rows, 2), &c->last))
			c->first = c->last = -1;
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
