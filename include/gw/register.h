/*
 * Asking a platform that wants to register (LTI Dynamic Registration 1.0): its
 * configuration, its keys, then our registration with the platform's own token.
 * Addresses come from whoever holds an invitation: every one is checked by
 * lti/register.h and goes through gw/fetch.h, with its limits.
 *
 * Blocks: for job threads only. Ownership: text lives in the arena passed.
 */
#ifndef LINTEL_GW_REGISTER_H
#define LINTEL_GW_REGISTER_H

#include "lti/jwks.h"
#include "lti/register.h"

struct conf;

struct register_ask {
	const char *url;		/* of the configuration; lti_openid_address() allowed it */
	const char *token;		/* registration_token; "" none */
	const char *invited_host;	/* "" none */
	struct lti_tool tool;
	int64_t deadline_ms;		/* monotonic; each step has FETCH_TIMEOUT_MS at most */
};

struct register_told {
	struct lti_openid openid;
	char key_thumb[LTI_THUMBPRINT_LEN + 1];
	struct lti_registered answer;
};

/* False: nothing is to be kept, and `why` says so. Nothing was sent before the keys were read. */
bool register_ask(struct arena *a, const struct conf *c, const struct register_ask *q,
		  struct register_told *out, struct lti_unregistered *why);

#endif
