/*
 * Opening and closing sessions, and their cookies. Each session has a cookie of
 * its own, "__Host-s-TAG"; pages live at /app/TAG/…, so two tabs of two accounts
 * or courses never mix. The tag is no secret: without its cookie it opens nothing.
 *
 * Threads: the one that runs the request.
 */
#ifndef LINTEL_GW_SESSION_H
#define LINTEL_GW_SESSION_H

#include "gw/req.h"
#include "store/session.h"

#define SESSION_TAG_LEN 8
#define SESSION_COOKIE "__Host-s-"
#define SESSION_COOKIES_MAX 12

/* What the browser will hold; made before the row is written. */
struct session_ticket {
	char tag[SESSION_TAG_LEN + 1];
	char cookie[64];			/* the value: tenant and secret */
	char hash[SESSION_HASH_LEN];		/* what the row is found by */
};

void session_ticket_make(int64_t tenant, struct session_ticket *out);
/* After the row is committed: sets the cookie. */
void session_ticket_give(struct req *r, const struct session_ticket *t);

/* A session cookie of this browser, decoded; nothing is said about its row. */
struct session_ref {
	const char *name;			/* cookie name */
	int64_t tenant;
	char hash[SESSION_HASH_LEN];
};

/* At most `max` of them; returns how many. */
unsigned session_refs(struct req *r, struct session_ref *v, unsigned max);

/* `bytes` of randomness as base64url, for one-use secrets of a feature; and the raw kind. */
void auth_token(char *out, size_t bytes);
void auth_random(void *out, size_t n);

/* The background writer of read audits and the sweeper of what is over. */
enum err auth_start(struct gw *gw, struct fault *f);
void auth_stop(void);		/* writes what is queued */

#endif
