/*
 * Reading goals, always as one reader may see them: staff all of it; a guardian
 * without what another household keeps to itself, without its check-ins and
 * without its names; the student without what a household shares with school only.
 *
 * Strings live in the arena passed. Threads: inside a closure.
 */
#ifndef LINTEL_STORE_GOAL_READ_H
#define LINTEL_STORE_GOAL_READ_H

#include "base/buf.h"
#include "store/goal.h"

struct goal {
	int64_t id, child, context, version;
	enum goal_domain domain;
	enum goal_state state;
	enum goal_side proposed_side;
	bool only_household;
	const char *child_name, *child_given;
	const char *student_words, *words, *measure, *home_step, *school_step;
	const char *proposed_name, *home_name, *school_name;	/* "" when not for this reader */
	bool home_mine, home_suggested, home_only, school_suggested, school_only;
	const char *own_step;		/* of this household beside another's home_step; or "" */
	bool own_only;
	bool home_signed, school_signed;
	bool mine_signed;		/* this side, for guardians this household */
	bool may_edit;
	int64_t start_day, review_day, created_at, active_at, closed_at;
	/* Bit n: somebody of that side checked in n weeks before mark_week. Staff only. */
	int64_t mark_week;
	uint64_t home_marks, school_marks;
};

/* Full and first name of a child the reader may know of; '' while nobody told us. */
enum err goal_child(struct db *db, struct arena *a, int64_t tenant, int64_t child,
		    const char **name_out, const char **given_out);

/* What adults call it: the student's words if there are any. */
const char *goal_title(const struct goal *g);

enum err goal_load(struct db *db, struct arena *a, const struct goal_who *by, int64_t goal,
		   struct goal *out);
/* By domain, open ones first; `closed` adds met, unmet and archived ones. */
enum err goal_list(struct db *db, struct arena *a, const struct goal_who *by, int64_t child,
		   bool closed, struct goal **v_out, unsigned *n_out);

struct goal_mark {
	int64_t goal, week, household;	/* household: home only */
	enum goal_side side;
	int value;
	const char *note, *name;
	int64_t at;
};

/* Check-ins since that week, oldest first; goal 0: of all the child's goals. */
enum err goal_marks(struct db *db, struct arena *a, const struct goal_who *by, int64_t child,
		    int64_t goal, int64_t since_week, struct goal_mark **v_out, unsigned *n_out);

struct goal_event {
	int64_t at, version;
	enum goal_side side;
	const char *what, *name;	/* name "" when not for this reader */
};

/* Newest first, at most GOAL_LIST_MAX. */
enum err goal_history(struct db *db, struct arena *a, const struct goal_who *by, int64_t goal,
		      struct goal_event **v_out, unsigned *n_out);

struct goal_household {
	int64_t id;
	const char *names;		/* its guardians, for staff */
};

/* Homes that may be shown apart: staff see each that checked in, a guardian the own. */
enum err goal_households(struct db *db, struct arena *a, const struct goal_who *by, int64_t goal,
			 struct goal_household **v_out, unsigned *n_out);

/* Same in `same` of `both` weeks; far: a difference of two. -1 = nothing said. */
struct goal_congruence {
	unsigned both, same, far;
	bool differ_last;		/* the last week with both differs */
};
void goal_congruence(const signed char *home, const signed char *school, unsigned weeks,
		     struct goal_congruence *out);

struct goal_cheer {
	int64_t id, goal, at;
	int phrase;
	const char *words, *name, *relation;
	bool fresh;			/* not seen by the student yet */
};

/* The student's own newest; a guardian's: those of the own household. Staff: none. */
enum err goal_cheers(struct db *db, struct arena *a, const struct goal_who *by, int64_t child,
		     int64_t goal, struct goal_cheer **v_out, unsigned *n_out);
enum err goal_cheers_seen(struct db *db, const struct goal_who *by);

/* household: as goal_reader_household(): -1 all, else what that household may see. */
enum err goal_export(struct db *db, int64_t tenant, int64_t child, int64_t household,
		     struct buf *json);
enum err goal_erase(struct db *db, int64_t tenant, int64_t child);

#endif
