/*
 * The platforms' key sets: cached, fetched by jobs, never on a request's thread.
 *
 * keys_get() answers from memory. keys_fetch() is the slow call: it fetches
 * unless somebody else just did, and answers E_OK when a newer set than `seen` is
 * known. Rules (docs/threat-model.md): the first fetch is free; then a bucket of
 * two a platform, one back every 30 s; one in flight, the others wait for it;
 * while a platform is down its known keys serve for 24 hours.
 *
 * Threads: all functions from any thread.
 */
#ifndef LINTEL_GW_KEYS_H
#define LINTEL_GW_KEYS_H

#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "lti/jwks.h"
#include "lti/platform.h"

struct lti_keys;

/* Fetches `url` into `body` before the monotonic deadline; gw/fetch.h, or a test's own. */
typedef enum err (*keys_fetch_fn)(void *cls, const char *url, struct buf *body,
				  int64_t deadline_ms, struct fault *f);

enum err keys_new(struct lti_keys **out, keys_fetch_fn fetch, void *cls);
void keys_free(struct lti_keys *k);		/* NULL allowed; nobody may be inside */

/* A reference for the caller, or NULL: none known, or known too long ago. */
struct lti_keyset *keys_get(struct lti_keys *k, const struct lti_platform *p);

/*
 * seen: serial of the set that did not do, 0 = none (lti_verify()'s keys_seen_out).
 * E_OK: there is a newer one now. E_BUSY: the bucket is empty. Else why the fetch failed.
 */
enum err keys_fetch(struct lti_keys *k, const struct lti_platform *p, uint64_t seen,
		    int64_t deadline_ms, struct fault *f);

/* For doctors and the admin's page. */
struct keys_health {
	int64_t fetched_at, failed_at;	/* UTC ms, 0 = never */
	unsigned usable, unusable;
	enum err last_error;
};
void keys_health(struct lti_keys *k, int64_t platform, struct keys_health *out);
uint64_t keys_fetches(struct lti_keys *k);	/* since start, for tests and metrics */

#endif
