/*
 * Outgoing HTTP GET, guarded: https only (plain http in lab mode), the address is
 * judged when the socket is opened, after name resolution, so that a name that
 * turns private is caught; no redirect, no proxy, no compression, no cookies.
 *
 * Threads: any but the HTTP server's; a call waits for the network.
 */
#ifndef LINTEL_GW_FETCH_H
#define LINTEL_GW_FETCH_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"

enum fetch_reach {
	FETCH_PUBLIC,		/* public addresses over https */
	FETCH_PRIVATE,		/* also private ones, https (allow_private_platforms) */
	FETCH_LAB,		/* also loopback and plain http (lab_mode) */
};

/* Once, before threads start. */
enum err fetch_init(struct fault *f);

/*
 * GET url into body (its max is the cap) before the monotonic deadline.
 * accept: the Accept header. E_DENIED: the address or scheme is not allowed;
 * E_LIMIT: larger than the cap; E_TIMEOUT; E_INPUT: not 200; E_IO: the rest.
 */
enum err fetch_get(enum fetch_reach reach, const char *url, const char *accept, struct buf *body,
		   int64_t deadline_ms, struct fault *f);

#endif
