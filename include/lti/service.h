/*
 * Asking a platform's services: the token (Security Framework 4.1, RFC 7523, 6749 4.4).
 *
 * lti_token_request() is posted to the token address; lti_token_answer() reads what came.
 * Then GET with "Authorization: Bearer"; nrps.h or ags.h reads the body, pages.h leads on.
 * The caller fetches. Give the body as it came, whatever its media type says: Moodle
 * sends tokens as text/html and errors that are no JSON. Faults hold no names.
 * Strings live in the arena passed. Threads: any, each with its own arena.
 */
#ifndef LINTEL_LTI_SERVICE_H
#define LINTEL_LTI_SERVICE_H

#include "base/arena.h"
#include "lti/env.h"
#include "lti/ownkeys.h"

#define LTI_SCOPE_NRPS "https://purl.imsglobal.org/spec/lti-nrps/scope/contextmembership.readonly"
#define LTI_SCOPE_LINEITEM "https://purl.imsglobal.org/spec/lti-ags/scope/lineitem"
#define LTI_SCOPE_LINEITEM_READ "https://purl.imsglobal.org/spec/lti-ags/scope/lineitem.readonly"
#define LTI_SCOPE_RESULT_READ "https://purl.imsglobal.org/spec/lti-ags/scope/result.readonly"
#define LTI_SCOPE_SCORE "https://purl.imsglobal.org/spec/lti-ags/scope/score"

#define LTI_TOKEN_REQUEST_TYPE "application/x-www-form-urlencoded"
#define LTI_TOKEN_ANSWER_MAX (64u << 10)
/* exp - iat. iat lies a little back: Moodle refuses one that is a second ahead of it. */
#define LTI_ASSERTION_S 300
#define LTI_ASSERTION_BACK_S 10

struct lti_token_ask {
	const char *client_id;
	const char *token_url;
	const char *audience;	/* NULL: token_url, byte for byte; or what the platform names */
	const char *scope;	/* one, or several with a blank between */
};

/* The form body. Signs, so it belongs on a thread that has time. E_INPUT: not UTF-8. */
enum err lti_token_request(const struct lti_ownkey *k, const struct lti_env *env,
			   const struct lti_token_ask *q, struct buf *body_out);

struct lti_access {
	const char *token;	/* a secret */
	const char *scope;	/* what was granted: may be less than asked */
	int64_t lives_s;
};

/*
 * E_DENIED: the platform says no, or grants nothing that was asked for; E_BUSY: not now
 * (429, 5xx); E_INPUT: no token answer. The fault holds the platform's own words.
 */
enum err lti_token_answer(struct arena *a, int status, struct span body, const char *asked,
			  struct lti_access *out, struct fault *f);

/* A word of a list with blanks between (RFC 6749 3.3). */
bool lti_scope_has(const char *list, const char *scope);

/* Keep a token for (platform, scope) until then: a minute less than its life, a quarter
 * less if it is short, a day at most. */
int64_t lti_token_keep_until(int64_t now_ms, int64_t lives_s);

#endif
