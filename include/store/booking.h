/*
 * Booking a conference: one household, one child, one round.
 *
 * Double booking is refused by unique keys (slot, person and minute, household):
 * E_CONFLICT rolls the closure back, and booking_why() then says, in a fresh
 * closure, what the family should read. A guardian of another household learns
 * nothing: a slot it holds is simply not among the free ones.
 * Strings live in the arena passed. Threads: inside a closure.
 */
#ifndef LINTEL_STORE_BOOKING_H
#define LINTEL_STORE_BOOKING_H

#include "store/round.h"

#define BOOKING_TOPIC_MAX 500	/* code points */
#define BOOKING_PHONE_MAX 40

enum booking_why {
	BOOKING_FINE = 0,
	BOOKING_TAKEN,		/* somebody was first */
	BOOKING_HAVE_ONE,	/* this household has a time for this child in this round */
	BOOKING_YOU_BUSY,	/* the guardian is at another conference then */
	BOOKING_NOT_OPEN,	/* the round is not open to families, or not now */
	BOOKING_TOO_LATE,	/* inside the notice time */
	BOOKING_CHANGED,	/* the booking itself is not as it was seen */
};

/* channel: self, phone, paper. staff: the teacher acts; booking times do not bind. */
struct booking_ask {
	int64_t tenant, round, slot, child, household, guardian, by, now_ms;
	const char *channel;
	bool staff;
	enum round_mode mode;
	const char *phone, *topic;
};

/*
 * Books, or books again after a cancellation. The same household asking for the
 * same slot twice gets the same booking: *again_out, and nothing is written.
 */
enum err booking_make(struct db *db, const struct booking_ask *ask, int64_t *id_out,
		      bool *again_out);
/* Takes the new slot and frees the old one. ask: tenant, slot, by, now_ms, staff. */
enum err booking_move(struct db *db, int64_t booking, const struct booking_ask *ask);
enum err booking_cancel(struct db *db, int64_t booking, const struct booking_ask *ask,
			const char *reason);
/* ask: mode, phone, topic. */
enum err booking_words(struct db *db, int64_t booking, const struct booking_ask *ask);
/* The family has read that the school cancelled. */
enum err booking_seen(struct db *db, int64_t tenant, int64_t booking, int64_t now_ms);
/* Frees whatever this round's bookings hold; round_cancel() builds on it. */
enum err booking_cancel_all(struct db *db, const struct round_act *act, const char *reason,
			    int64_t *n_out);

/*
 * Frees appointments that a prohibition in force forbids; with it in one transaction,
 * and by the clock, for one that starts later. tenant 0: all. A slice; again while
 * *n_out is not 0.
 */
enum err booking_end_forbidden(struct db *db, int64_t tenant, int64_t now_ms, unsigned *n_out);

/* After E_CONFLICT; booking 0 for a new one. */
enum err booking_why(struct db *db, const struct booking_ask *ask, int64_t booking,
		     enum booking_why *out);

#endif
