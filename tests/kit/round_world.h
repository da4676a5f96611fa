/* Two opened rounds of conferences in the little school of school.h, and booking in them. */
#ifndef LINTEL_TESTS_KIT_ROUND_WORLD_H
#define LINTEL_TESTS_KIT_ROUND_WORLD_H

#include "kit/db.h"
#include "kit/school.h"
#include "store/booking.h"
#include "store/booking_read.h"
#include "t_check.h"

#define HOUR (3600 * 1000LL)
#define MINUTE 60000LL
#define EVENING (NOW / HOUR * HOUR + 240 * HOUR)	/* ten days on */

/* The school with the siblings in both courses, and a round of each teacher. */
bool round_world(void);

/* One thing a person does, in a transaction of its own, from any thread. */
struct deed {
	enum { BOOK, MOVE, CANCEL, BLOCK, UNBLOCK, LOCK, CANCEL_ROUND } what;
	struct booking_ask ask;
	int64_t booking, rev, seen;
	bool again;
	enum err err;
	struct fault fault;
};

enum err run_deed(struct deed *d);
struct booking_ask ask_for(struct account *child, struct account *guardian, int64_t round,
			   int64_t slot);
struct deed book(struct account *child, struct account *guardian, int64_t slot);

/*
 * What must hold whatever happened: a held slot has one living booking that points
 * back at it; each living booking holds its slot and its minutes; nothing else does.
 */
bool books_balance(void);

#endif
