/* Where the platform keeps the list of a course's people, and whether we may ask there. */
#include "base/magic.h"
#include "launch.h"
#include "lti/util.h"

/*
 * Whoever is asked gets an access token of this platform, so the address has to lie on
 * one of the platform's own origins: those of its registration, on Canvas also the
 * school's, which the same signed launch names.
 */
const char *launch_list_url(const struct platform *p, const struct lti_launch *l)
{
	const char *const own[] = {
		p->token_url, p->auth_url, p->issuer,
		str_eq(p->family, "canvas") ? lti_launch_custom(l, LTI_CUSTOM_API_BASE) : NULL,
	};

	assert(p->id != 0);
	for (unsigned i = 0; l->nrps_url != NULL && i < ARRAY_LEN(own); i++)
		if (own[i] != NULL && lti_same_origin(span_of(own[i]), span_of(l->nrps_url)))
			return l->nrps_url;
	return NULL;
}
