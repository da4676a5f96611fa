/* Shared by the goal files of the store: names in the database, rows, events. */
#ifndef LINTEL_STORE_GOAL_PRIVATE_H
#define LINTEL_STORE_GOAL_PRIVATE_H

#include "store/goal.h"

#define GOAL_MARKS 60		/* weeks that home_marks and school_marks hold */

/* For parameter `h` of a reader: staff give GOAL_ALL, students 0. */
#define GOAL_ALL (-1)
#define GOAL_SEEN(g, h) \
	"(" g ".only_household = 0 OR " g ".household_id = " h " OR " h " = -1)"

struct goal_row {
	int64_t child, version, household, only_household, home_signed, school_signed;
	int64_t mark_week, home_marks, school_marks;
	enum goal_state state;
};

struct goal_version {
	const char *words, *measure, *home_step, *school_step;
	int64_t home_household, home_by, home_only, school_by, school_only;
	int64_t start_day, review_day, hush;
};

struct goal_event_in {
	int64_t goal, version, household;
	bool hush;
	const char *what;
};

const char *goal_state_name(enum goal_state s);
enum goal_state goal_state_of(struct span name);
const char *goal_domain_name(enum goal_domain d);
enum goal_domain goal_domain_of(struct span name);
const char *goal_side_name(enum goal_side s);
enum goal_side goal_side_of(struct span name);

/* GOAL_ALL, 0, or the household: what GOAL_SEEN() asks for. */
int64_t goal_reader_household(const struct goal_who *by);

enum err goal_row_read(struct db *db, int64_t tenant, int64_t goal, struct goal_row *out);
enum err goal_version_read(struct db *db, struct arena *a, int64_t tenant, int64_t goal,
			   int64_t version, struct goal_version *out);
/* The event and the audit row of one act. */
enum err goal_note_event(struct db *db, const struct goal_who *by, int64_t child,
			 const struct goal_event_in *e, const char *action);
/* Home may change and close what its own household or the school wrote. */
bool goal_may_edit(const struct goal_who *by, const struct goal_row *row);

#endif
