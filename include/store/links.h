/*
 * Family links and prohibitions: who is whose guardian, and who must not be.
 *
 * A link is one source's word. It gives access while it is active or confirmed,
 * not expired, and no prohibition between this human and this child is in force.
 * While a child has any prohibition, a link asserted by an account that is not
 * joined to a roster person waits for the office (state stays active, access is
 * refused: access.c decides at each request).
 */
#ifndef LINTEL_STORE_LINKS_H
#define LINTEL_STORE_LINKS_H

#include "store/db.h"

#define LINK_LIFE_MS (30LL * 24 * 3600 * 1000)	/* unrefreshed, for launch-asserted links */
#define LINK_CHILDREN_MAX 64			/* children one launch may name */

/*
 * The launch's whole word for this guardian and source in this scope: links in
 * `child` are refreshed or made, others of the same source and scope end.
 */
enum err link_replace(struct db *db, int64_t tenant, int64_t guardian, const char *source,
		      int64_t scope, const int64_t *child, unsigned n, int64_t now_ms);

enum err prohibition_add(struct db *db, int64_t tenant, int64_t child, int64_t person,
			 const char *source, int64_t by, int64_t now_ms);
/* Only an explicit act lifts one: by = the officer, or 0 for a roster row that says so. */
enum err prohibition_lift(struct db *db, int64_t tenant, int64_t child, int64_t person,
			  const char *source, int64_t by, int64_t now_ms);

/* The SQL rule "this link lets its guardian in", for joins; $now is parameter N. */
#define LINK_OPEN(l, now) \
	"(" l ".state IN ('active', 'confirmed') AND (" l ".expires_at = 0 OR " l \
	".expires_at > " now "))"
/* "A prohibition row p is in force". */
#define PROHIBITION_IN_FORCE(p, now) \
	"(" p ".lifted_at = 0 AND " p ".from_at <= " now " AND (" p ".until_at = 0 OR " p \
	".until_at > " now "))"

/*
 * After a course ends its links read for 60 days and change nothing, whether anybody
 * launches it or not; then they let nobody in (DESIGN 3, Identity). On the day on which
 * rights pass to the student, every guardian's tie ends, and the student gets one to
 * themselves: a household of their own, which meets nothing of the others' (PRODUCT 0.8).
 * t is a row of the view family_tie, which knows these instants (0: none).
 */
#define TIE_RUNS(t, now) \
	"(" t ".from_at <= " now " AND (" t ".until_at = 0 OR " t ".until_at > " now "))"
#define COURSE_READ_MS (60LL * 24 * 3600 * 1000)
#define TIE_WRITES(t, now) \
	"(" TIE_RUNS(t, now) " AND " LINK_OPEN(t, now) \
	" AND (" t ".end_at = 0 OR " t ".end_at > " now "))"
#define TIE_READS(t, now) \
	"(" TIE_RUNS(t, now) " AND " t ".state IN ('active', 'confirmed') AND " t \
	".end_at > 0 AND " t ".end_at <= " now \
	" AND " t ".end_at > " now " - 5184000000 AND (" t ".expires_at = 0 OR " t \
	".expires_at > " t ".end_at))"
/* What several ties of one guardian to one child come to: 0 nothing, TIE_FULL, else the end. */
#define TIE_FULL INT64_MAX
#define TIE_BEST(t, now) \
	"MAX(CASE WHEN " TIE_WRITES(t, now) " THEN 9223372036854775807 " \
	"WHEN " TIE_READS(t, now) " THEN " t ".end_at ELSE 0 END)"

struct family_child {
	int64_t child;
	const char *name, *given;
	int64_t household;
	bool read_only;			/* the child's course has ended */
	int64_t until;			/* then: when reading ends, too */
	bool own;			/* the reader: their rights have passed */
	int64_t rights_at;		/* when they pass, if that day is known */
};

/* The children this guardian may know of now, by name. */
enum err family_children(struct db *db, struct arena *a, int64_t tenant, int64_t guardian,
			 int64_t now_ms, struct family_child **v_out, unsigned *n_out);

#endif
