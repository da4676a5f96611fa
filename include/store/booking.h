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

#include "base/buf.h"
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

/* After E_CONFLICT; booking 0 for a new one. */
enum err booking_why(struct db *db, const struct booking_ask *ask, int64_t booking,
		     enum booking_why *out);

struct booking {
	int64_t id, round, slot, child, household, guardian;
	const char *child_name, *guardian_name, *teacher_name, *round_title;
	enum round_mode mode;
	const char *phone, *topic, *channel, *reason;
	bool cancelled, by_school, seen;
	const char *zone, *place, *video;
	const char *day;		/* of the slot, in the school's zone */
	int start_min;
	int64_t starts_at, ends_at, seq, created_at, changed_at;
	enum round_state round_state;
	int notice_hours;
	bool office_first;		/* for staff: a prohibition touches it; ask the office */
	bool left_class;		/* for staff: the child is no pupil here any more */
};

enum err booking_load(struct db *db, struct arena *a, int64_t tenant, int64_t id, int64_t now_ms,
		      struct booking *out);
/* This household's booking for this child, living or cancelled. E_MISSING: none. */
enum err booking_of(struct db *db, struct arena *a, int64_t tenant, int64_t round, int64_t child,
		    int64_t household, int64_t now_ms, struct booking *out);
/* All of a household for a child, newest first, at most ROUND_LIST_MAX. */
enum err booking_of_child(struct db *db, struct arena *a, int64_t tenant, int64_t child,
			  int64_t household, int64_t now_ms, struct booking **v_out,
			  unsigned *n_out);

struct slot_view {
	int64_t slot;
	const char *day;
	int start_min;
	int64_t starts_at, ends_at;
	bool blocked, busy;		/* busy: the teacher has another conference then */
	struct booking *booking;	/* living ones only; NULL: free */
};

/* The teacher's running order: every slot, in time order, with its booking. */
enum err booking_order(struct db *db, struct arena *a, const struct round *r, int64_t now_ms,
		       struct slot_view **v_out, unsigned *n_out);
/*
 * What may be booked now. guardian 0: whatever the teacher could give (staff);
 * else without times inside the notice and without this guardian's own conferences.
 */
enum err booking_free(struct db *db, struct arena *a, const struct round *r, int64_t guardian,
		      int64_t now_ms, struct slot_view **v_out, unsigned *n_out);
/* Rounds a guardian of this child may know of: open ones, and those of own bookings. */
enum err booking_rounds(struct db *db, struct arena *a, int64_t tenant, int64_t child,
			int64_t household, int64_t now_ms, struct round **v_out, unsigned *n_out);

/* For the class at a glance: the next living conference of each pupil, any household. */
struct booking_next { int64_t child, starts_at; };
enum err booking_class_next(struct db *db, struct arena *a, int64_t tenant, int64_t context,
			    int64_t now_ms, struct booking_next **v_out, unsigned *n_out);

/* household 0: all of them (an admin's export). */
enum err booking_export(struct db *db, int64_t tenant, int64_t child, int64_t household,
			struct buf *json);
enum err booking_erase(struct db *db, int64_t tenant, int64_t child);

#endif
