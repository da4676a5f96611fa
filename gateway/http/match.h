/* Which row of the routes a path means, and what it says beside (route.c). */
#ifndef LINTEL_HTTP_MATCH_H
#define LINTEL_HTTP_MATCH_H

#include <stdbool.h>
#include <stdint.h>

#include "gw/req.h"
#include "gw/route.h"

#define ROUTE_SEGS 10
#define ROUTE_LOCAL_HOST (1u << 16)	/* may be asked by the listener's loopback name */

struct route_row {
	const struct route *route;
	struct span seg[ROUTE_SEGS];
	enum obj kind[ROUTE_SEGS];	/* OBJ_NONE: literal */
	unsigned n;
	bool wild;
};

struct route_hit {
	const struct route_row *row;
	int64_t id[REQ_OBJECTS];
	unsigned n_id;
	struct span rest;
	bool wrong_method;		/* the path exists for another method */
};

void route_match(struct span path, bool top, enum method method, struct route_hit *hit);
enum act route_policy_act(enum policy p);
extern const struct feature http_feature;	/* health, metrics, static files (builtin.c) */

#endif
