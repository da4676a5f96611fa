/*
 * The id_token check, in this order: size, shape, header, registration, kid,
 * key, signature, claims (read once by us, once by libjwt, and both must agree),
 * LTI claims. The first check that fails ends it; nothing of a token is used
 * before its signature is proved, except that a token made for another
 * registration is called so instead of "unknown key".
 *
 * LTI_NEED_KEYS: the key set known now does not prove the token: none is cached,
 * the kid is unknown, or the signature does not fit a cached key. Fetch on a job
 * thread (never on the caller's), call again with `keys_final`. If the fetch is
 * not allowed or fails, show `why`, which is filled as if refused.
 *
 * The launch is not finished when LTI_OK comes back: the caller must consume
 * (platform, nonce_hash) by a unique insert in the transaction that opens the
 * session, keep it until nonce_until_ms, and open nothing while !bound.
 *
 * Threads: any; no state is shared but the key sets. Cost: about 0.2 ms.
 */
#ifndef LINTEL_LTI_VERIFY_H
#define LINTEL_LTI_VERIFY_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/str.h"
#include "lti/env.h"
#include "lti/launch.h"
#include "lti/login.h"
#include "lti/platform.h"
#include "lti/reason.h"
#include "lti/result.h"

#define LTI_TOKEN_MAX (128u << 10)
#define LTI_CLAIMS_DEPTH 32u
#define LTI_LEEWAY_MAX 180

struct lti_expect {
	const struct lti_state *state;	/* opened, and bound or knowingly not */
	const char *const *origins;	/* ours, NULL-terminated */
	int64_t leeway_s;		/* clock difference allowed, 0..LTI_LEEWAY_MAX */
	int64_t max_age_s;		/* oldest iat; the state's time to live */
	bool keys_final;		/* refuse instead of LTI_NEED_KEYS */
};

/* keys_seen_out (may be NULL): serial of the key set that was used, 0 if none was known. */
__attribute__((warn_unused_result))
enum lti_result lti_verify(struct arena *a, const struct lti_env *env,
			   const struct lti_platform *p, const struct lti_expect *x,
			   struct span token, struct lti_launch *out,
			   struct lti_refusal *why, uint64_t *keys_seen_out);

#endif
