/*
 * Dates without a time: days since 1970-01-01 in the Gregorian calendar, and their
 * text YYYY-MM-DD as tables and forms hold it. Time zones: gw/i18n.h.
 *
 * Years are counted from March, so that the odd day stands at their end, in eras of
 * 400 years (146,097 days); 1970-01-01 is day 719,468 of the first.
 */
#ifndef LINTEL_BASE_DAY_H
#define LINTEL_BASE_DAY_H

#include <stdbool.h>

#include "base/arena_text.h"
#include "base/magic.h"
#include "base/str.h"

#define DAY_NONE INT64_MIN	/* a text that is no date */

struct date {
	int64_t year;
	int month, day;
};

static inline int64_t day_number(int64_t year, int month, int day)
{
	int64_t y = month > 2 ? year : year - 1;
	int64_t era = (y >= 0 ? y : y - 399) / 400, yoe = y - era * 400;
	int64_t doy = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1;

	assert(month >= 1 && month <= 12);
	return era * 146097 + yoe * 365 + yoe / 4 - yoe / 100 + doy - 719468;
}

static inline struct date day_date(int64_t day)
{
	int64_t z = day + 719468, era = (z >= 0 ? z : z - 146096) / 146097, doe = z - era * 146097;
	int64_t yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
	int64_t doy = doe - (365 * yoe + yoe / 4 - yoe / 100), mp = (5 * doy + 2) / 153;
	int month = (int)(mp < 10 ? mp + 3 : mp - 9);

	assert(doe >= 0 && doe < 146097);
	return (struct date){ yoe + era * 400 + (month <= 2), month,
			      (int)(doy - (153 * mp + 2) / 5 + 1) };
}

/* -1: not only digits. */
static inline int day_digits(const char *p, size_t n)
{
	int v = 0;

	for (size_t i = 0; i < n; i++) {
		if (p[i] < '0' || p[i] > '9')
			return -1;
		v = v * 10 + (p[i] - '0');
	}
	return v;
}

/* Only a date that the calendar has: DAY_NONE for 2026-02-29. */
static inline int64_t day_read(struct span s)
{
	int64_t n;
	int y, m, d;

	if (s.n != 10 || s.p[4] != '-' || s.p[7] != '-')
		return DAY_NONE;
	y = day_digits(s.p, 4);
	m = day_digits(s.p + 5, 2);
	d = day_digits(s.p + 8, 2);
	if (y < 0 || m < 1 || m > 12 || d < 1)
		return DAY_NONE;
	n = day_number(y, m, d);
	return day_date(n).month == m && d <= 31 ? n : DAY_NONE;
}

/* In the arena, NULL when it is full. */
static inline const char *day_text(struct arena *a, int64_t day)
{
	struct date d = day_date(day);

	assert(d.year >= 0 && d.year <= 9999);
	return arena_printf(a, "%04d-%02d-%02d", (int)d.year, d.month, d.day);
}

#endif
