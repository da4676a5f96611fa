/*
 * School days: what "two school days" means. Monday to Friday, without the days on
 * which the school is closed (table school_closed, entered by the office). Day
 * numbers count from 1970-01-01, as zone_from_utc() gives them.
 *
 * Ownership: rows live in the arena. Threads: school_days_read() inside a closure.
 */
#ifndef LINTEL_STORE_SCHOOL_DAYS_H
#define LINTEL_STORE_SCHOOL_DAYS_H

#include "store/db.h"

#define SCHOOL_CLOSED_MAX 500	/* closed times read for a district, the latest first */
#define SCHOOL_DAYS_FAR 366	/* a timer never runs longer, whatever was entered */

struct school_closed {
	int64_t school, first, last;
};

struct school_days {
	struct school_closed *v;
	unsigned n;
};

enum err school_days_read(struct db *db, struct arena *a, int64_t tenant,
			  struct school_days **out);

/* The day that is n school days of this school after `day`. days may be NULL. */
int64_t school_day_after(const struct school_days *days, int64_t school, int64_t day, unsigned n);

#endif
