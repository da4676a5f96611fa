/*
 * Lists of people for rooms: the pupils of a class, the people of a course that
 * nobody has sorted yet, the staff of a child.
 *
 * Lists are bounded; a longer class is cut and says so. A child with a prohibition
 * against the reader is not in the list.
 *
 * Ownership: strings live in the arena passed. Threads: inside a closure.
 */
#ifndef LINTEL_STORE_ROLL_H
#define LINTEL_STORE_ROLL_H

#include "store/actor.h"
#include "store/db.h"

#define ROLL_MAX 500

struct roll_child {
	int64_t child;
	const char *name, *given;	/* '' while nobody has told us the name */
	int64_t conference_at;		/* next one booked with the reader; 0: none */
};

/* The pupils of the reader's context, by name as stored; the caller collates. */
enum err roll_class(struct db *db, struct arena *a, const struct actor *who, int64_t now_ms,
		    struct roll_child **v_out, unsigned *n_out);

struct roll_person {
	int64_t account, person;
	const char *name, *sorted;
};

/* Learners of this context whom no roster, claim or teacher has called pupil or parent. */
enum err roll_unsorted(struct db *db, struct arena *a, int64_t tenant, int64_t context,
		       struct roll_person **v_out, unsigned *n_out);
/* pupil or parent, or '' to take it back; only for people seen in this context. */
enum err roll_sort(struct db *db, int64_t tenant, int64_t context, int64_t account,
		   const char *sorted, int64_t now_ms);
/* Named as somebody's child by a platform that calls parents Learner, too: a pupil wherever
 * they stand unsorted. For an account nobody has sorted or joined. */
struct account;
enum err roll_named(struct db *db, int64_t tenant, const struct account *a, int64_t now_ms);

/* Names of the staff who teach this child now, for "who can see this". */
enum err roll_staff_of(struct db *db, struct arena *a, int64_t tenant, int64_t child,
		       int64_t now_ms, const char ***v_out, unsigned *n_out);
/* Names of the guardians of one household of this child. */
enum err roll_household(struct db *db, struct arena *a, int64_t tenant, int64_t child,
			int64_t household, int64_t now_ms, const char ***v_out, unsigned *n_out);

#endif
