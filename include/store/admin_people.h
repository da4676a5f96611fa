/*
 * The office's work with people: whose login is whom, which links wait, who must
 * not see whom. Names stand here, because finding the right person is its job;
 * every caller audits what it showed.
 *
 * Each function keeps to what this officer may know of: the own tenant, the
 * school of a grant that names one, and nobody with a prohibition against the
 * officer. What is outside answers E_MISSING, like what never was.
 *
 * Ownership: strings live in the arena passed. Threads: inside a closure.
 */
#ifndef LINTEL_STORE_ADMIN_PEOPLE_H
#define LINTEL_STORE_ADMIN_PEOPLE_H

#include "store/actor.h"
#include "store/db.h"

#define PEOPLE_MAX 100
#define FIND_MAX 30

/* A login and the one person of the roster with the same number or user name. */
struct candidate {
	int64_t account, person, child;	/* child: the person, when a pupil */
	const char *account_name, *person_name, *platform_name;
	const char *by, *value;		/* sourcedid or username */
};

enum err people_to_confirm(struct db *db, struct arena *a, const struct actor *who, int64_t now_ms,
			   struct candidate **v_out, unsigned *n_out);
/* E_MISSING unless the pair stands in that list now. */
enum err people_join(struct db *db, const struct actor *who, int64_t now_ms, int64_t account,
		     int64_t person);

struct office_link {
	int64_t child, guardian;
	const char *child_name, *guardian_name;
	const char *source, *state;
	bool open;
};

/* Links that a launch asserted about a child with a prohibition: one row a pair. */
enum err links_waiting(struct db *db, struct arena *a, const struct actor *who, int64_t now_ms,
		       struct office_link **v_out, unsigned *n_out);
/* E_CONFLICT: nothing of this pair waits any more. */
enum err link_decide(struct db *db, const struct actor *who, int64_t now_ms, int64_t child,
		     int64_t guardian, bool yes);
/* The office's own word. E_DENIED: a prohibition stands between the two. */
enum err link_confirm(struct db *db, const struct actor *who, int64_t now_ms, int64_t child,
		      int64_t guardian);
/* Takes back every word but the roster's. */
enum err link_end(struct db *db, const struct actor *who, int64_t now_ms, int64_t child,
		  int64_t guardian);
/* Of this person, as child or as guardian. */
enum err links_of(struct db *db, struct arena *a, const struct actor *who, int64_t now_ms,
		  int64_t person, struct office_link **v_out, unsigned *n_out);

struct office_person {
	int64_t id;
	const char *name, *sourcedid, *birth_day, *rights_day;
	bool pupil, staff, guardian;
};

enum err person_get(struct db *db, struct arena *a, const struct actor *who, int64_t now_ms,
		    int64_t id, struct office_person *out);
/* Part of a name in any ASCII case, or a whole number or user name. At most FIND_MAX. */
enum err person_find(struct db *db, struct arena *a, const struct actor *who, int64_t now_ms,
		     const char *text, struct office_person **v_out, unsigned *n_out);
/* Logins that a teacher called a parent and that are linked to no child. */
enum err parents_waiting(struct db *db, struct arena *a, const struct actor *who, int64_t now_ms,
			 struct office_person **v_out, unsigned *n_out);
/* Pupils of RIGHTS_AGE whose day is missing; born_before as in admin_count(). */
enum err rights_missing(struct db *db, struct arena *a, const struct actor *who, int64_t now_ms,
			const char *born_before, struct office_person **v_out, unsigned *n_out);
/* at: the midnight at school with which that day begins. */
enum err person_set_rights(struct db *db, const struct actor *who, int64_t now_ms, int64_t id,
			   const char *day, int64_t at);
/* Of a school where this person is a pupil; '' when none is known. */
enum err pupil_zone(struct db *db, struct arena *a, int64_t tenant, int64_t id,
		    const char **zone_out);

struct office_prohibition {
	int64_t id, child, person, from_at, until_at;
	const char *child_name, *person_name, *source;
};

/* Not lifted, the newest first; child 0: of everybody. */
enum err prohibitions(struct db *db, struct arena *a, const struct actor *who, int64_t now_ms,
		      int64_t child, struct office_prohibition **v_out, unsigned *n_out);
/* until_at 0: open. E_CONFLICT: the office has entered one for this pair already. */
enum err prohibit(struct db *db, const struct actor *who, int64_t now_ms, int64_t child,
		  int64_t person, int64_t from_at, int64_t until_at);
/* child_out: whom it was about. */
enum err prohibition_end(struct db *db, const struct actor *who, int64_t now_ms, int64_t id,
			 int64_t *child_out);

#endif
