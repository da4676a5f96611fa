/*
 * Reading bookings and free times; what a child's export and erasure need.
 * Strings live in the arena passed. Threads: inside a closure.
 */
#ifndef LINTEL_STORE_BOOKING_READ_H
#define LINTEL_STORE_BOOKING_READ_H

#include "base/buf.h"
#include "store/round.h"

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

/* The same for a teacher: any household, in the teacher's own rounds of a class. */
enum err booking_of_pupil(struct db *db, struct arena *a, int64_t tenant, int64_t context,
			  int64_t teacher, int64_t child, int64_t now_ms, struct booking **v_out,
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

/* household 0: all of them (an admin's export). */
enum err booking_export(struct db *db, int64_t tenant, int64_t child, int64_t household,
			struct buf *json);
enum err booking_erase(struct db *db, int64_t tenant, int64_t child);

#endif
