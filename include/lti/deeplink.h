/*
 * Deep Linking 2.0: what the platform asks for (LtiDeepLinkingRequest, 4.4.1), and
 * the claims of our answer (LtiDeepLinkingResponse, 4.4.2). The answer is signed by
 * lti_sign() (ownkeys.h) and posted by the person's browser, as the form field JWT,
 * to the return address.
 *
 * Ownership: what a request holds lies in the arena of its launch; an answer only
 * borrows. Threads: any.
 */
#ifndef LINTEL_LTI_DEEPLINK_H
#define LINTEL_LTI_DEEPLINK_H

#include <stdbool.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/str.h"
#include "lti/env.h"
#include "lti/launch.h"

#define LTI_DEEP_LINK_DATA_MAX (32u << 10)
#define LTI_DEEP_LINK_LIFE_S 300	/* exp - iat of the answer */

struct lti_deep_link {
	const char *return_url;		/* never log: Moodle puts a secret of the user there */
	const char *return_origin;	/* its origin: of the platform, or where it frames us */
	struct span data;		/* p NULL: none was sent; else it goes back as it is */
	struct lti_list accept_types;
	bool links;			/* ltiResourceLink is among them */
	bool multiple;			/* more than one item at once; not said: one */
	bool frame, window;		/* accept_presentation_document_targets */
};

/* One ltiResourceLink (Deep Linking 3.2.2); NULL and 0 leave a member out. */
struct lti_item {
	const char *title, *text;
	const char *url;		/* target_link_uri of the launches; NULL: the tool's own */
	const struct lti_custom *custom;
	unsigned custom_n;
	unsigned frame_width, frame_height;
	bool window;			/* may open in a window of its own */
};

struct lti_deep_link_answer {
	const char *issuer, *client_id;	/* of the platform: aud and iss */
	const char *deployment;		/* of the request */
	struct span data;		/* of the request */
	const struct lti_item *items;	/* n == 0: nothing was chosen, which is valid */
	unsigned n;
};

/* Appends one JSON object for lti_sign(). E_INPUT: text that is not UTF-8. */
enum err lti_deep_link_claims(const struct lti_env *env, const struct lti_deep_link_answer *a,
			      struct buf *json_out);

#endif
