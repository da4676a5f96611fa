/*
 * A deep linking request that waits for its person to choose, and the pages that a
 * link made of the answer leads to.
 *
 * Threads: inside a closure. Times: UTC milliseconds.
 */
#ifndef LINTEL_STORE_DEEPLINK_H
#define LINTEL_STORE_DEEPLINK_H

#include "store/db.h"

#define DEEP_LINK_LIFE_MS (60LL * 60 * 1000)

enum deep_link_flag {
	DEEP_LINK_MAY = 1 << 0,		/* the launch was of somebody who adds links here */
	DEEP_LINK_LINKS = 1 << 1,	/* the platform takes resource links */
	DEEP_LINK_MULTIPLE = 1 << 2,	/* several at once */
	DEEP_LINK_FRAME = 1 << 3,	/* they may stand in a frame */
	DEEP_LINK_WINDOW = 1 << 4,	/* or open in a window */
	DEEP_LINK_DATA = 1 << 5,	/* .data came, and goes back */
};

struct deep_link {
	int64_t tenant;
	const char *session;		/* hash of the session it was asked in */
	const char *deployment;
	const char *return_url;		/* holds a secret of the user on Moodle: never log */
	const char *return_origin;
	const char *data;		/* "" without DEEP_LINK_DATA */
	unsigned flags;
	int64_t expires_at;
};

enum err deep_link_add(struct db *db, const struct deep_link *d);
/* E_MISSING: none, answered, or too old. */
enum err deep_link_get(struct db *db, struct arena *a, int64_t tenant, const char *session,
		       int64_t now_ms, struct deep_link *out);
/* Takes it away; the first who does may answer. E_CONFLICT: it was answered, or too old. */
enum err deep_link_use(struct db *db, int64_t tenant, const char *session, int64_t now_ms);

/* ---- where a link leads: a word in the link, a page in the room of whoever opens it ---- */

#define START_PARAM "lintel_page"	/* custom parameter, and parameter of target_link_uri */

/* NULL-terminated: "family", "class", "conferences", "plan". */
extern const char *const start_words[];

enum start { START_FAMILY, START_CLASS, START_CONFERENCES, START_PLAN, START_COUNT };

/* Of what a launch said: the word as ours, NULL for anything we do not know. */
const char *start_word(const char *said);

#endif
