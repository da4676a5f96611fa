/*
 * What a district's office asks of the whole tenant: counts, schools, courses.
 * Counts hold no name and no content; people are in store/admin_people.h.
 *
 * Ownership: strings live in the arena passed. Threads: inside a closure.
 * E_MISSING: no such thing in this tenant, which is also what a foreign id says.
 */
#ifndef LINTEL_STORE_ADMIN_H
#define LINTEL_STORE_ADMIN_H

#include "store/actor.h"
#include "store/db.h"

#define ADMIN_LIST_MAX 200
#define RIGHTS_AGE 17			/* years: from here on the office says when rights pass */

struct admin_counts {
	int64_t pupils, staff, guardians, unsorted;
	int64_t courses, courses_unassigned;
	int64_t links_active, links_held, links_expired, pupils_alone;
	int64_t launches_today, refused_today;
	/* what waits for the office */
	int64_t to_confirm, parents_waiting, deployments_waiting, rights_missing;
	int64_t platforms_waiting;	/* registrations, store/register.h */
};

/* day_start: UTC ms of this morning; born_before: "YYYY-MM-DD", RIGHTS_AGE years ago. */
enum err admin_count(struct db *db, int64_t tenant, int64_t now_ms, int64_t day_start,
		     const char *born_before, struct admin_counts *out);

/* ---- schools ---- */

struct school {
	int64_t id, courses;
	const char *name;
	const char *phase;		/* early, primary, secondary, '' */
	const char *zone;		/* IANA, '' = the district's */
	const char *office_contact, *safeguarding_lead, *emergency_number;
};

struct school_holiday {
	const char *first_day, *last_day, *label;
};

enum err school_list(struct db *db, struct arena *a, int64_t tenant, struct school **v_out,
		     unsigned *n_out);
enum err school_get(struct db *db, struct arena *a, int64_t tenant, int64_t id,
		    struct school *out);
/* id 0: a new one; then id_out. */
enum err school_put(struct db *db, int64_t tenant, const struct school *s, int64_t now_ms,
		    int64_t *id_out);
enum err school_holidays(struct db *db, struct arena *a, int64_t tenant, int64_t school,
			 struct school_holiday **v_out, unsigned *n_out);
/* E_CONFLICT: one begins on that day already. */
enum err school_holiday_add(struct db *db, int64_t tenant, int64_t school,
			    const struct school_holiday *h);
enum err school_holiday_drop(struct db *db, int64_t tenant, int64_t school, const char *first_day);

/* ---- roster runs ---- */

struct admin_run {
	int64_t created, updated, removed, rejected;	/* people, classes, places, links */
};

enum err admin_run_read(struct db *db, struct arena *a, int64_t tenant, int64_t run,
			struct admin_run *out);

/* ---- courses ---- */

struct admin_course {
	int64_t id, school, last_launch_at;
	const char *title, *label;	/* title may be '' */
	const char *phase;		/* its own; '' = the school's */
	const char *school_name, *platform_name;
};

/* Those without a school first, then by name; at most ADMIN_LIST_MAX. */
enum err course_list(struct db *db, struct arena *a, int64_t tenant, struct admin_course **v_out,
		     unsigned *n_out);
enum err course_get(struct db *db, struct arena *a, int64_t tenant, int64_t id,
		    struct admin_course *out);
/* school 0 takes it back. */
enum err course_assign(struct db *db, int64_t tenant, int64_t course, int64_t school,
		       const char *phase);

#endif
