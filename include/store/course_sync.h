/*
 * Course lists of the platform (NRPS): whose turn it is, and how it went.
 *
 *   sync_due() -> sync_claim() -> the list is fetched, sync_progress() after each page
 *   -> store/members.h takes what came -> sync_end(), also after a failure
 *
 * A claim is a lease: it ends by itself, and whoever lost it gets E_CONFLICT and stops.
 * Ownership: strings live in the arena passed. Threads: inside a closure.
 */
#ifndef LINTEL_STORE_COURSE_SYNC_H
#define LINTEL_STORE_COURSE_SYNC_H

#include "store/db.h"

#define SYNC_LEASE_MS (10 * 60 * 1000LL)
#define SYNC_EVERY_MS (24 * 3600 * 1000LL)
#define SYNC_RETRY_MS (15 * 60 * 1000LL)	/* after a failure; doubles up to SYNC_EVERY_MS */
#define SYNC_ACTIVE_MS (30 * 24 * 3600 * 1000LL) /* without a launch so long: not asked */
#define SYNC_RUNS_KEPT 10

/* SYNC_WHY(NAME, word): what an admin is told; the words for people are in the catalogues. */
enum sync_why {
	SYNC_FINE,
#define SYNC_WHY(NAME, word) SYNC_##NAME,
#include "store/course_sync.def"
#undef SYNC_WHY
	SYNC_WHYS,
};
const char *sync_why_word(enum sync_why why);		/* "" for SYNC_FINE */
enum sync_why sync_why_of(const char *word);

struct sync_job {
	int64_t tenant, context, platform, run;
	const char *ext_id, *url;
	bool take_short;
	int64_t known;			/* people listed last time, who are still members */
};

struct sync_count {
	int64_t pages, seen, added, gone;
};

/* Is there anything to do? A cheap look, before claiming. */
enum err sync_due(struct db *db, int64_t now_ms, bool *out);
/* out->run 0: nothing is due. Courses that nobody opens any more are put off. */
enum err sync_claim(struct db *db, struct arena *a, int64_t now_ms, struct sync_job *out);
/* This one, now. E_MISSING: no such course, or no list was ever told. E_BUSY: under way. */
enum err sync_claim_course(struct db *db, struct arena *a, int64_t tenant, int64_t context,
			   int64_t now_ms, struct sync_job *out);
enum err sync_progress(struct db *db, const struct sync_job *j, const struct sync_count *c,
		       int64_t now_ms);
/* detail: a line for admins, without names. wait_ms: at least so long until next time. */
enum err sync_end(struct db *db, const struct sync_job *j, const struct sync_count *c,
		  enum sync_why why, const char *detail, int64_t wait_ms, int64_t now_ms);
/* As soon as may be; take_short: whatever its length. E_MISSING: no such course. */
enum err sync_ask(struct db *db, int64_t tenant, int64_t context, bool take_short, int64_t now_ms);

#endif
