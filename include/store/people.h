/*
 * People as a launch finds them: accounts (platform, sub), the persons behind
 * them, who is in a context, and which roster person an account is.
 *
 * Names and e-mail addresses never join anything; only `match` (username or
 * sourcedid, set by the admin) and the office do.
 *
 * Ownership: strings live in the arena passed. Threads: inside a closure.
 */
#ifndef LINTEL_STORE_PEOPLE_H
#define LINTEL_STORE_PEOPLE_H

#include "store/db.h"

struct account {
	int64_t id, person, platform;
	const char *sub, *username, *sourcedid;
	const char *given, *family, *full_name;
	const char *sorted;		/* '', pupil, parent, staff */
	const char *joined_by;		/* '', match, office */
	bool fresh;			/* made by this very launch */
};

/* What a launch knows about its user; NULL where the platform kept silent. */
struct account_facts {
	int64_t tenant, platform;
	const char *sub, *alias;
	const char *given, *family, *full_name;
	const char *username, *sourcedid;
	int64_t now_ms;
};

/*
 * Finds the account or makes it, together with a person of its own; refreshes
 * the names of that person while no roster speaks for them.
 */
enum err account_upsert(struct db *db, struct arena *a, const struct account_facts *f,
			struct account *out);
/* By sub, else by the platform's older id (lti1p1). E_MISSING: never seen. */
enum err account_find(struct db *db, struct arena *a, int64_t tenant, int64_t platform,
		      const char *sub, struct account *out);

/*
 * match = username | sourcedid: joins the account to the one roster person that
 * fits; nobody or more than one leaves it alone. joined_out says whether it did.
 */
enum err account_match(struct db *db, struct arena *a, int64_t tenant, struct account *acc,
		       const char *match_by, bool *joined_out);
/* Makes `account` a login of `person`: everything its own person held moves over. */
enum err account_join(struct db *db, int64_t tenant, int64_t account, int64_t person,
		      const char *joined_by);
enum err account_sort(struct db *db, int64_t tenant, int64_t account, const char *sorted);

/* role: teacher, aide, pupil, parent, unsorted, listed. Writes at most once an hour. */
enum err member_seen(struct db *db, int64_t tenant, int64_t context, int64_t person,
		     const char *role, const char *source, int64_t now_ms);
enum err member_gone(struct db *db, int64_t tenant, int64_t context, int64_t person,
		     const char *role, const char *source, int64_t now_ms);

/* What is known of this person here, whoever said so. */
struct standing {
	bool teacher, aide, pupil;	/* in this context */
	bool known_staff;		/* the context has staff that a roster named */
	bool roster_staff;		/* this person is among them */
	bool roster_aide;		/* as an aide, and not as a teacher */
	bool guardian;			/* holds an active family link, anywhere in the tenant */
	bool own_rights;		/* a student whose rights have passed to them */
	bool roster;			/* is a roster person */
	unsigned grants;		/* enum grant, in force */
	int64_t grant_school;
};

enum err standing_read(struct db *db, int64_t tenant, int64_t context, int64_t person,
		       int64_t now_ms, struct standing *out);

struct context {
	int64_t id, platform, school, class_id;
	const char *ext_id, *kind, *label, *title, *sourcedid;
	const char *phase;		/* early, primary, secondary; its own or the school's */
	const char *zone;		/* the school's, '' unknown */
	int64_t ended_at;
};

struct context_facts {
	int64_t tenant, platform;
	const char *ext_id, *kind, *label, *title, *sourcedid;
	const char *nrps_url;		/* where its list of people is; NULL: not told */
	int64_t now_ms;
};

enum err context_upsert(struct db *db, struct arena *a, const struct context_facts *f,
			struct context *out);
/*
 * Joins the context to the roster class with its sourcedid, if this Instructor
 * teaches that class in the roster (else an admin must confirm).
 */
enum err context_join_class(struct db *db, int64_t tenant, struct context *c, int64_t instructor,
			    bool *joined_out);

/*
 * The line between "Student <11" and ">=11" of PRODUCT 5.4: by the roster's birth date,
 * else by the course's phase (DESIGN 3). today: days since 1970, at school.
 */
#define STUDENT_OLDER_AGE 11
enum err student_is_older(struct db *db, int64_t tenant, int64_t person, int64_t today,
			  const char *phase, bool *out);

/* "Lina Haddad"; '' when nobody has told us yet. */
enum err person_name(struct db *db, struct arena *a, int64_t tenant, int64_t person,
		     const char **name_out);

#endif
