/*
 * A registration as the library sees it: one (issuer, client_id) pair that an
 * admin approved. The caller keeps the table of them; the library only reads.
 *
 * Ownership: every string belongs to the caller and outlives the call it is
 * passed to. Threads: read-only.
 */
#ifndef LINTEL_LTI_PLATFORM_H
#define LINTEL_LTI_PLATFORM_H

#include <stdbool.h>
#include <stdint.h>

/* One algorithm is pinned per platform; a token cannot choose (RFC 8725 3.1). */
enum lti_alg {
	LTI_ALG_RS256 = 1,
	LTI_ALG_ES256,
};

/* What may be believed beyond the standard differs by make. */
enum lti_family {
	LTI_FAMILY_OTHER = 0,
	LTI_FAMILY_MOODLE,
	LTI_FAMILY_CANVAS,
};

struct lti_platform {
	int64_t id;			/* the caller's own id; never 0 */
	const char *issuer;		/* compared byte for byte (OIDC Core 3.1.3.7) */
	const char *client_id;
	const char *auth_url;		/* authorization endpoint */
	const char *jwks_url;
	enum lti_alg alg;
	enum lti_family family;
	bool allow_http;		/* a laboratory: plain http addresses pass */
};

static inline const char *lti_alg_name(enum lti_alg a)
{
	return a == LTI_ALG_RS256 ? "RS256" : a == LTI_ALG_ES256 ? "ES256" : "?";
}

#endif
