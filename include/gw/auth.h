/*
 * What the request pipeline asks of sessions. gateway/auth answers; nothing here
 * lets anybody in when the database fails.
 *
 * Ownership: text dies with the request. Threads: the one that runs the request.
 */
#ifndef LINTEL_GW_AUTH_H
#define LINTEL_GW_AUTH_H

#include <stdbool.h>

#include "gw/refusal.h"
#include "gw/req.h"
#include "store/access.h"

/*
 * Loads the session that the cookie "__Host-s-TAG" proves: fills r->s, r->who,
 * r->loc and r->zone. REFUSE_NONE: it is there and alive.
 */
enum refusal auth_session(struct req *r, const char *tag);

/* The tag of this browser's newest living session; NULL: none. */
const char *auth_newest_tag(struct req *r);

/* The WHO_ bits (gw/route.h) of this session, without WHO_ANYONE and WHO_PUBLIC. */
unsigned auth_who(const struct req *r);

/* The origin this session's platform frames us from, "https://host[:port]"; NULL: none. */
const char *auth_frame_origin(const struct req *r);

/*
 * The hidden field `csrf`: its value for this reader, and whether a posted value
 * is right. Without a session (ROUTE_TOP forms of our own) it is bound to the path.
 */
const char *auth_csrf_field(struct req *r);
bool auth_csrf_ok(struct req *r, const char *field);

/* After a successful ACT_READ of an object about a child. Never fails the request. */
void auth_read_audit(struct req *r, const struct access *acc);

#endif
