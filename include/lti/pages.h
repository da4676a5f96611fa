/*
 * From page to page of a service's answer: the Link header (NRPS 2.4.2, AGS 3.2.6,
 * RFC 8288 3), byte for byte, on one server, never in a circle, and not for ever.
 *
 * Strings live in the arena passed. Threads: any, each with its own arena.
 */
#ifndef LINTEL_LTI_PAGES_H
#define LINTEL_LTI_PAGES_H

#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"

#define LTI_PAGES_MAX 500u

/*
 * The target of the first link with this relation ("next", "differences"), byte for
 * byte: cursors are case-sensitive. E_MISSING: there is none. E_INPUT: not a Link
 * header, or the target is no address; then nobody knows whether more would come.
 */
enum err lti_link_find(struct arena *a, struct span header, const char *rel, const char **url_out);

struct lti_walk_page;
struct lti_walk {
	struct arena *a;
	struct lti_walk_page *seen;
	unsigned pages;
};

/* The first page; E_INPUT: no address, E_NOMEM. */
enum err lti_walk_begin(struct lti_walk *w, struct arena *a, const char *url);
/*
 * next_out NULL: that was the last page. E_DENIED: the next one lies on another origin,
 * where the token must not go. E_CONFLICT: it was read already. E_LIMIT: too many.
 */
enum err lti_walk_next(struct lti_walk *w, struct span link, const char **next_out,
		       struct fault *f);

#endif
