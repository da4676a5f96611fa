/*
 * The little school of the store tests: two teachers and an aide, Lina and Sami with
 * a mother, her partner and a father of another household; a classmate with a mother
 * of his own. Every world is a fresh tenant.
 *
 * In class: Mr Haile teaches Lina and Tomás, Ms Okafor the second course. The mother
 * and the father have a link to Lina. goal_world.c and round_world.c add to this.
 */
#ifndef LINTEL_TESTS_KIT_SCHOOL_H
#define LINTEL_TESTS_KIT_SCHOOL_H

#include "kit/world.h"
#include "store/links.h"

#define NOW 1764000000000LL	/* Monday 24 November 2025, 16:00 UTC */
#define SLOTS 6

struct school_world {
	int64_t tenant, platform, course, course2;
	struct account teacher, aide, teacher2, lina, sami, tomas, mother, partner, father, other;
	/* of round_world.c */
	int64_t round, round2;
	int64_t slot[SLOTS], slot2[SLOTS];
};

extern struct school_world w;

/* Makes the school, then what `more` adds to it, in one transaction. */
bool school_open(store_fn more);

/* The first rule between tables that does not hold (store/check.h); "": all do. */
const char *broken_rule(void);

#endif
