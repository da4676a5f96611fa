/*
 * Courses with a list of the platform's, and how it went last time, for the office and
 * the command line. Strings live in the arena passed. Threads: inside a closure.
 */
#ifndef LINTEL_STORE_COURSE_LIST_H
#define LINTEL_STORE_COURSE_LIST_H

#include "store/course_sync.h"

struct sync_course {
	int64_t context, platform;
	const char *ext_id, *title, *platform_name;
	int64_t due_at, ok_at;
	int64_t started_at, ended_at;	/* of the last run; 0: none yet */
	const char *state, *detail;
	enum sync_why why;
	struct sync_count count;
};

/* Courses with a list: those that need somebody first. platform 0: all. At most 100. */
enum err sync_list(struct db *db, struct arena *a, int64_t tenant, int64_t platform,
		   struct sync_course **v_out, unsigned *n_out);

#endif
