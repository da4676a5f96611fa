/*
 * The platforms' key sets, kept in memory.
 *
 * keys_get() answers from memory and never waits. keys_fetch() is the slow call,
 * for job threads: it brings a newer set than the one the caller has seen, or says
 * why not. A platform is asked at most three times in a flood of strange tokens:
 * the first fetch is free, then there are two tokens, one comes back every 30 s.
 * One fetch is in flight per platform; others wait for its result. While a
 * platform is down, its known keys serve for 24 hours; sets in use are renewed
 * every hour by keys_refresh().
 *
 * Threads: all functions, any thread.
 */
#ifndef LINTEL_GW_KEYS_H
#define LINTEL_GW_KEYS_H

#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "lti/jwks.h"
#include "lti/platform.h"

struct lti_keys;

#define KEYS_TOKENS 2
#define KEYS_TOKEN_MS 30000
#define KEYS_RENEW_MS (60 * 60 * 1000)
#define KEYS_SERVE_MS (24 * 60 * 60 * 1000)
#define KEYS_WAITERS 6		/* may wait for a platform that takes longer than a second */

/* Fetches `url` into `body` before the monotonic deadline; gw/fetch.h, or a test's own. */
typedef enum err (*keys_fetch_fn)(void *cls, const char *url, struct buf *body,
				  int64_t deadline_ms, struct fault *f);

enum err keys_new(struct lti_keys **out, keys_fetch_fn fetch, void *cls);
void keys_free(struct lti_keys *k);		/* NULL allowed; nobody may be inside */
/* Ages and tokens go by this clock instead of clock_monotonic_ms(). For tests. */
void keys_set_clock(struct lti_keys *k, int64_t (*mono_ms)(void));

/* A reference for the caller, or NULL: none known, or too old, or of another address. */
struct lti_keyset *keys_get(struct lti_keys *k, const struct lti_platform *p);

/*
 * seen: serial of the set that did not do, 0 = none (lti_verify()'s keys_seen_out).
 * E_OK: keys_get() gives another set than that now. E_BUSY: asked too often, or too
 * many wait already. Else why the platform could not be read.
 */
enum err keys_fetch(struct lti_keys *k, const struct lti_platform *p, uint64_t seen,
		    int64_t deadline_ms, struct fault *f);

/* Renews what is in use and older than an hour; call it every minute on a job thread. */
unsigned keys_refresh(struct lti_keys *k, int64_t deadline_ms);

/* A registration was changed or closed: forget its keys, and a fetch under way. */
void keys_forget(struct lti_keys *k, int64_t platform);

/* For doctors and the admin's page. */
struct keys_health {
	int64_t fetched_at, failed_at;	/* UTC ms, 0 = never */
	unsigned usable, unusable;
	enum err last_error;
};
void keys_health(struct lti_keys *k, int64_t platform, struct keys_health *out);
uint64_t keys_fetches(struct lti_keys *k);	/* since start, for tests and metrics */

#endif
