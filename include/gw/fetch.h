/*
 * Asking another server: the only place of the gateway that speaks HTTP as a
 * client. Deny by default: https only, certificates checked, no redirect, no
 * compression, no proxy, no cookie, a size and a time limit, and never an address
 * inside our own network, whatever name or spelling leads there (the check is on
 * the address about to be connected, so a name that changes its mind is caught).
 *
 * Blocks: for job threads only, until its deadline. Threads: any number at once;
 * each call has a connection of its own, because a reused one skips the check.
 */
#ifndef LINTEL_GW_FETCH_H
#define LINTEL_GW_FETCH_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/str.h"

struct sockaddr;

#define FETCH_TIMEOUT_MS 5000	/* a deadline further away counts as this one */
#define FETCH_CONNECT_MS 3000

enum fetch_reach {
	FETCH_PUBLIC,		/* public addresses over https */
	FETCH_PRIVATE,		/* also 10/8, 172.16/12, 192.168/16, 100.64/10, fc00::/7, https */
	FETCH_LAB,		/* also loopback, and plain http (lab_mode) */
};

struct fetch_req {
	const char *url;
	const char *accept;	/* NULL: anything */
	const char *bearer;	/* access token; NULL: none */
	const char *body_type;	/* with a body: its media type; the method is POST then */
	struct span body;	/* p NULL: GET */
	size_t max_bytes;	/* of the answer */
	int64_t deadline_ms;	/* monotonic, gw/clock.h */
};

struct fetch_answer {
	int status;
	char type[100];		/* Content-Type, "" if none */
	char link[8192];	/* Link header, several in one line; "" if none */
	bool link_cut;		/* there was more of it: nobody knows what comes next */
	int64_t retry_after_s;	/* 0 if not told in seconds */
	struct buf body;	/* buf_release() it, also after an error */
};

/*
 * E_OK: an answer came that is no redirect; look at .status. E_DENIED: no address or
 * scheme that we may ask. E_LIMIT: too large. E_TIMEOUT. E_IO: no connection, a bad
 * certificate, a redirect, a compressed body.
 */
enum err fetch(enum fetch_reach reach, const struct fetch_req *q, struct fetch_answer *out,
	       struct fault *f);

/* GET into body (its max is the cap); also E_INPUT: the status is not 200. */
enum err fetch_get(enum fetch_reach reach, const char *url, const char *accept, struct buf *body,
		   int64_t deadline_ms, struct fault *f);

/* May we connect there? IPv4, IPv6, and IPv4 inside IPv6. */
bool fetch_address_ok(enum fetch_reach reach, const struct sockaddr *a);

#endif
