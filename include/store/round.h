/*
 * Conference rounds: what a teacher offers. One round stands for one teacher in
 * one context; its days are wall time in the school's zone, its slots are made by
 * the caller (gw/plan.h gives the minutes, gw/i18n.h the instants) when it opens.
 *
 * draft → open ⇄ locked → closed; draft, open, locked → cancelled. Every change
 * names the `rev` it saw: E_CONFLICT when somebody was faster.
 *
 * Ownership: strings live in the arena passed. Threads: inside a closure.
 */
#ifndef LINTEL_STORE_ROUND_H
#define LINTEL_STORE_ROUND_H

#include "store/access.h"
#include "store/db.h"

#define ROUND_DAYS_MAX 10
#define ROUND_SLOTS_MAX 240
#define ROUND_LIST_MAX 100
#define ROUND_LINE_MAX 200	/* code points: title, place, video */
#define ROUND_TEXT_MAX 2000	/* note */
#define ROUND_NOTICE_MAX 168	/* hours */

enum round_state { ROUND_DRAFT, ROUND_OPEN, ROUND_LOCKED, ROUND_CLOSED, ROUND_CANCELLED };

enum round_mode { ROUND_PLACE = 1, ROUND_PHONE = 2, ROUND_VIDEO = 4 };	/* a bit set */

struct round {
	int64_t tenant, id, context, teacher;
	const char *teacher_name, *class_title;	/* read only */
	enum round_state state;
	const char *title, *note, *zone, *place, *video;
	unsigned modes;
	int length, gap, pause_every, pause, notice_hours;
	int64_t opens_at, closes_at;	/* families book from, and until before; 0: no limit */
	int64_t rev, created_at;
	int64_t slots, booked;		/* read only: how many there are */
	int64_t first_at, last_at;	/* read only: first start, last end; 0 before opening */
};

struct round_day {
	const char *day;		/* YYYY-MM-DD */
	int from, to, break_from, break_to;
};

/* A slot to make. */
struct round_time {
	const char *day;
	int start_min;
	int64_t starts_at, ends_at;
};

/* Who acts, on which state of which round. */
struct round_act {
	int64_t tenant, round, who, now_ms, rev;
};

enum err round_create(struct db *db, const struct round *in, int64_t now_ms, int64_t *id_out);
/* A draft may change in everything; later only words, modes and booking times do. */
enum err round_edit(struct db *db, const struct round_act *act, const struct round *in);
/* E_CONFLICT: that day is there. E_LIMIT: days or slots. t, n: its slots, 0 for a draft. */
enum err round_add_day(struct db *db, const struct round_act *act, const struct round_day *d,
		       const struct round_time *t, unsigned n);
enum err round_drop_day(struct db *db, const struct round_act *act, const char *day);
enum err round_open(struct db *db, const struct round_act *act, const struct round_time *t,
		    unsigned n);
/* open → locked, locked → open, open or locked → closed. Bookings stay. */
enum err round_turn(struct db *db, const struct round_act *act, enum round_state to);
/* Cancels every booking, each with the reason; `seen` is the count the teacher confirmed. */
enum err round_cancel(struct db *db, const struct round_act *act, int64_t seen,
		      const char *reason);
/* act->rev is not looked at. E_CONFLICT: taken meanwhile, or not blocked. */
enum err round_block(struct db *db, const struct round_act *act, int64_t slot, bool block);

enum err round_load(struct db *db, struct arena *a, int64_t tenant, int64_t id, struct round *out);
enum err round_days(struct db *db, struct arena *a, int64_t tenant, int64_t id,
		    struct round_day **v_out, unsigned *n_out);
/* The teacher's rounds in this context, newest first, at most ROUND_LIST_MAX. */
enum err round_list(struct db *db, struct arena *a, int64_t tenant, int64_t context,
		    int64_t teacher, struct round **v_out, unsigned *n_out);
/* Which round a slot belongs to, and when it starts. */
enum err round_of_slot(struct db *db, int64_t tenant, int64_t slot, int64_t *round_out,
		       int64_t *starts_out);

struct round_child {
	int64_t child, guardian, household;	/* guardian 0 in a list of children */
	const char *name, *guardian_name;
};

/* Pupils of the context without a living booking of any household in this round. */
enum err round_not_booked(struct db *db, struct arena *a, const struct round *r,
			  struct round_child **v_out, unsigned *n_out);
/* Who may be booked for: each pupil with each guardian the object policy lets in. */
enum err round_families(struct db *db, struct arena *a, const struct round *r, int64_t child,
			int64_t now_ms, struct round_child **v_out, unsigned *n_out);

/* For object.def. */
enum err access_round(struct db *db, const struct actor *who, int64_t now_ms, int64_t id,
		      struct access *out);
enum err access_slot(struct db *db, const struct actor *who, int64_t now_ms, int64_t id,
		     struct access *out);
enum err access_booking(struct db *db, const struct actor *who, int64_t now_ms, int64_t id,
			struct access *out);

#endif
