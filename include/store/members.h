/*
 * What a course's list (NRPS) makes of its members.
 *
 * members_take() for every slice of a complete list: unknown people become accounts,
 * known ones get the role that the list may give. Roles by launch, roster or the
 * teacher's sorting stand in rows of their own and are never lowered:
 *   - Moodle calls parents and non-editing teachers Learner: such a person stays
 *     unsorted, or what a launch or the teacher has said;
 *   - where a roster names the staff of the class, a list adds none;
 *   - a Canvas observer becomes a parent of this course, of no child.
 * members_settle() then ends what was missing in two complete lists, never after a
 * short one; on Canvas also the links of an observer who is missing twice.
 *
 * Threads: inside a closure. Strings live in the arena passed.
 */
#ifndef LINTEL_STORE_MEMBERS_H
#define LINTEL_STORE_MEMBERS_H

#include "store/course_sync.h"
#include "store/launch.h"

struct listed {
	struct account_facts user;
	unsigned roles;			/* enum launch_role */
};

#define MEMBERS_SLICE 100

/* person_out: n of them, who they are. added_out: how many were not members before. */
enum err members_take(struct db *db, struct arena *a, const struct sync_job *j,
		      const struct platform *p, const struct listed *v, unsigned n, int64_t now_ms,
		      int64_t *person_out, int64_t *added_out);

/* person: everybody of the list, in order of their number. */
enum err members_settle(struct db *db, struct arena *a, const struct sync_job *j,
			const struct platform *p, const int64_t *person, unsigned n, int64_t now_ms,
			int64_t *gone_out);

/* Fewer than half of a class that was known: somebody should look before anybody goes. */
bool members_short(const struct sync_job *j, unsigned n);

#endif
