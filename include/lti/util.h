/*
 * Addresses: the few questions LTI asks of a URL. Strict: no user info, no
 * blanks, no control or non-ASCII bytes, no backslash, so that a browser and we
 * cannot read the same text differently.
 *
 * Threads: any. Nothing here allocates but the functions that take an arena.
 */
#ifndef LINTEL_LTI_UTIL_H
#define LINTEL_LTI_UTIL_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/str.h"

/* Once, before any thread reads JSON: what decides the order of its tables is random, too. */
void lti_start(void);

struct lti_url {
	bool https;
	struct span host;	/* as written; an IPv6 address keeps its brackets */
	unsigned port;		/* 443 or 80 if none is written */
	struct span path;	/* from the first '/', "" if none; no query or fragment */
	bool query, fragment;	/* there is one */
};

/* http and https only; parts point into `s`. */
bool lti_url_parse(struct span s, struct lti_url *out);

/* "https://host[:port]", lower case, default port left out (RFC 6454 6.2); NULL if not a URL
 * or if it is http and `allow_http` is false. */
const char *lti_url_origin(struct arena *a, struct span s, bool allow_http);

/* Both are URLs of one scheme, host and port. */
bool lti_same_origin(struct span a, struct span b);

/* Percent-encodes all but the unreserved characters of RFC 3986 2.3. */
void lti_url_escape(struct buf *b, struct span s);

/* Printable ASCII copy for logs, cut to size; other bytes become '?'. */
void lti_safe_text(char *out, size_t size, struct span s);

#endif
