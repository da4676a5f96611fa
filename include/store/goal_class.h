/*
 * Goals of a whole class or family at a glance, for rooms that show many children:
 * one query each. Strings live in the arena passed. Threads: inside a closure.
 */
#ifndef LINTEL_STORE_GOAL_CLASS_H
#define LINTEL_STORE_GOAL_CLASS_H

#include "store/goal_read.h"

#define GOAL_DOTS 4

struct goal_count {
	int64_t child;
	unsigned active;		/* active, adjusted or paused */
	unsigned wait_school, wait_home;
	int64_t home_at, school_at;	/* last check-in, 0: none */
	bool by_home;			/* home proposed or agreed to one, also a finished one */
	/* The last GOAL_DOTS weeks, oldest first: bit 0 home, bit 1 school. */
	unsigned char dots[GOAL_DOTS];
};

/*
 * Every pupil of the context this member of staff may know of, by child id; also
 * those without a goal. this_week: its Monday.
 */
enum err goal_counts(struct db *db, struct arena *a, const struct actor *who, int64_t now_ms,
		     int64_t this_week, struct goal_count **v_out, unsigned *n_out);
/* The same for one child as this reader sees it: a guardian's dots are the own home's. */
enum err goal_count_child(struct db *db, struct arena *a, const struct goal_who *by, int64_t child,
			  int64_t this_week, struct goal_count *out);

enum goal_need_kind {
	GOAL_NEED_SIGN,		/* waits for this side */
	GOAL_NEED_DIFFER,	/* home and school saw this week differently */
	GOAL_NEED_REVIEW,	/* its review day is here */
	GOAL_NEED_CHECKIN,
};

struct goal_need {
	enum goal_need_kind kind;
	int64_t goal, child;
	const char *child_name, *title;
	int64_t day;		/* of the review */
	bool other_signed;	/* the other side has agreed already */
};

/* For staff of a class: what waits for school. At most GOAL_LIST_MAX. */
enum err goal_class_needs(struct db *db, struct arena *a, const struct actor *who, int64_t now_ms,
			  int64_t today, struct goal_need **v_out, unsigned *n_out);
/* For a guardian or the student, about one child: agreement, review, this week. */
enum err goal_child_needs(struct db *db, struct arena *a, const struct goal_who *by,
			  int64_t child, int64_t today, struct goal_need **v_out,
			  unsigned *n_out);

#endif
