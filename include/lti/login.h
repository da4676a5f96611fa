/*
 * The way there and back: third-party initiated login (Security Framework
 * 5.1.1), the authorization request, the signed state, and the form post that
 * brings the token. Nothing is stored: all that is known about a pending login
 * stands in its state, which the caller's key signs and its cookie binds.
 *
 *   login:  lti_login_read() -> caller finds the registration -> caller settles
 *           the cookie -> lti_login_begin() -> 302 to .url
 *   launch: lti_answer_read() -> lti_state_open() -> caller finds the
 *           registration by .platform and the cookie by .tag
 *           -> lti_state_bind() -> lti_verify()
 *
 * Results: LTI_REFUSED fills the refusal. Strings live in the arena or the input.
 * Threads: any, each with its own arena.
 */
#ifndef LINTEL_LTI_LOGIN_H
#define LINTEL_LTI_LOGIN_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"
#include "lti/env.h"
#include "lti/platform.h"
#include "lti/reason.h"
#include "lti/result.h"

/* One decoded form or query field; values may hold any byte. */
struct lti_param {
	struct span name, value;
};

#define LTI_HINT_MAX 8192u
#define LTI_STATE_KEY_LEN 32u
#define LTI_STATE_LEN 163u	/* characters of a state */
#define LTI_TAG_MAX 16u

struct lti_login {
	const char *iss;
	const char *client_id;		/* NULL if not sent */
	const char *deployment;		/* lti_deployment_id, else Canvas's deployment_id; or NULL */
	const char *target_link_uri;
	struct span login_hint, message_hint;	/* byte for byte; message_hint.p NULL: not sent */
	const char *storage_target;	/* lti_storage_target, or NULL */
};

/* `origins`: where this tool lives ("https://tool.example"), NULL-terminated. Names that LTI
 * does not know are ignored; one that it knows must come once. */
enum lti_result lti_login_read(struct arena *a, const struct lti_param *v, unsigned n,
			       const char *const *origins, struct lti_login *out,
			       struct lti_refusal *why);

struct lti_begin {
	uint8_t key[LTI_STATE_KEY_LEN];	/* signs states; the same on every node */
	const char *redirect_uri;	/* our /lti/launch, as registered */
	const char *tag;		/* [A-Za-z0-9_-]{1,16}: names the cookie */
	struct span secret;		/* what the cookie holds, >= 16 random bytes as text */
	uint8_t flags;			/* the caller's, come back in lti_state */
};

/*
 * url_out: the authorization URL (Security Framework 5.1.1.2). E_INPUT if auth_url or
 * redirect_uri is no plain URL, E_NOMEM.
 */
enum err lti_login_begin(struct arena *a, const struct lti_env *env, const struct lti_platform *p,
			 const struct lti_login *l, const struct lti_begin *b,
			 const char **url_out);

/* ---- the way back ---- */

struct lti_answer {
	struct span state, id_token;	/* token.p NULL only together with error */
	const char *error;		/* OIDC Core 3.1.2.6: a code word, safe to show; or NULL */
	const char *storage_target;
};

/* LTI_REFUSED with PLATFORM_ERROR still fills `out`, so that the caller can burn the state.
 * An error beside a token is an error. Unknown names (utf8, authenticity_token) are ignored. */
enum lti_result lti_answer_read(struct arena *a, const struct lti_param *v, unsigned n,
				struct lti_answer *out, struct lti_refusal *why);

struct lti_state {
	int64_t platform;
	char tag[LTI_TAG_MAX + 1];
	uint8_t flags;
	bool bound;			/* set by lti_state_bind() only */
	int64_t issued_ms;
	uint8_t nonce_hash[32];
	uint8_t binding[16];		/* hash of the browser's secret */
	bool has_deployment;
	uint8_t deployment_hash[16];
};

/* Signature and age; says nothing about the browser yet. */
enum lti_result lti_state_open(struct span text, const uint8_t key[LTI_STATE_KEY_LEN],
			       int64_t now_ms, int64_t ttl_s, struct lti_state *out,
			       struct lti_refusal *why);
/* The secret from the cookie named by .tag, or from platform storage. Constant time. */
enum lti_result lti_state_bind(struct lti_state *st, struct span secret, struct lti_refusal *why);

#endif
