#include "gw/keys.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/magic.h"
#include "gw/clock.h"
#include "gw/log.h"

#define BUCKET_MAX 2
#define REFILL_MS 30000LL
#define STALE_MS (24 * 3600 * 1000LL)	/* known keys serve this long while a platform is down */
#define SLOTS 4096u

struct entry {
	int64_t platform;
	struct lti_keyset *set;
	int64_t fetched_mono, fetched_at, failed_at;
	int64_t refilled_mono;
	int tokens;
	bool asked, in_flight;
	enum err last_error;
	struct entry *next;
};

struct lti_keys {
	pthread_mutex_t lock;
	pthread_cond_t done;
	keys_fetch_fn fetch;
	void *cls;
	uint64_t fetches;
	struct entry *slot[SLOTS];
};

enum err keys_new(struct lti_keys **out, keys_fetch_fn fetch, void *cls)
{
	struct lti_keys *k = calloc(1, sizeof(*k));
	pthread_condattr_t attr;

	if (k == NULL)
		return E_NOMEM;
	k->fetch = fetch;
	k->cls = cls;
	pthread_mutex_init(&k->lock, NULL);
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&k->done, &attr);
	pthread_condattr_destroy(&attr);
	*out = k;
	return E_OK;
}

void keys_free(struct lti_keys *k)
{
	if (k == NULL)
		return;
	for (unsigned i = 0; i < SLOTS; i++) {
		struct entry *e = k->slot[i], *next;

		for (; e != NULL; e = next) {
			next = e->next;
			lti_keyset_free(e->set);
			free(e);
		}
	}
	pthread_cond_destroy(&k->done);
	pthread_mutex_destroy(&k->lock);
	free(k);
}

/* With the lock held. NULL: no memory, when `make`. */
static struct entry *find(struct lti_keys *k, int64_t platform, bool make)
{
	struct entry **at = &k->slot[(uint64_t)platform * 0x9e3779b97f4a7c15ull >> 52];
	struct entry *e = *at;

	assert(platform != 0);
	while (e != NULL && e->platform != platform)
		e = e->next;
	if (e == NULL && make) {
		e = calloc(1, sizeof(*e));
		if (e == NULL)
			return NULL;
		e->platform = platform;
		e->tokens = BUCKET_MAX;
		e->refilled_mono = clock_monotonic_ms();
		e->next = *at;
		*at = e;
	}
	return e;
}

struct lti_keyset *keys_get(struct lti_keys *k, const struct lti_platform *p)
{
	struct lti_keyset *set = NULL;
	struct entry *e;

	pthread_mutex_lock(&k->lock);
	e = find(k, p->id, false);
	if (e != NULL && e->set != NULL && clock_monotonic_ms() - e->fetched_mono < STALE_MS)
		set = lti_keyset_ref(e->set);
	pthread_mutex_unlock(&k->lock);
	return set;
}

/* The first fetch of a platform is free; later ones take from the bucket. */
static bool take_token(struct entry *e, int64_t now)
{
	int64_t back = (now - e->refilled_mono) / REFILL_MS;

	if (back > 0) {
		e->tokens = back > BUCKET_MAX - e->tokens ? BUCKET_MAX : e->tokens + (int)back;
		e->refilled_mono += back * REFILL_MS;
	}
	if (!e->asked) {
		e->asked = true;
		return true;
	}
	if (e->tokens == 0)
		return false;
	e->tokens--;
	return true;
}

static bool newer(const struct entry *e, uint64_t seen)
{
	return e->set != NULL && lti_keyset_serial(e->set) > seen;
}

static enum err wait_for_flight(struct lti_keys *k, struct entry *e, int64_t deadline_ms)
{
	struct timespec until = { .tv_sec = deadline_ms / 1000,
				  .tv_nsec = deadline_ms % 1000 * 1000000 };

	while (e->in_flight)
		if (pthread_cond_timedwait(&k->done, &k->lock, &until) == ETIMEDOUT)
			return E_TIMEOUT;
	return E_OK;
}

static enum err fetch_set(struct lti_keys *k, const struct lti_platform *p, int64_t deadline_ms,
			  struct lti_keyset **out, struct fault *f)
{
	struct buf body = BUF_INIT(LTI_JWKS_MAX_BYTES);
	enum err err = k->fetch(k->cls, p->jwks_url, &body, deadline_ms, f);

	if (err == E_OK)
		err = lti_keyset_parse(span_mk(body.p, body.len), out, f);
	if (err == E_OK && lti_keyset_usable(*out) == 0) {
		lti_keyset_free(*out);
		*out = NULL;
		err = FAULT(f, E_INPUT, "the key set holds no key we can use");
	}
	buf_release(&body);
	return err;
}

static void land(struct lti_keys *k, struct entry *e, enum err err, struct lti_keyset *set)
{
	int64_t now = clock_now_ms();

	e->in_flight = false;
	e->last_error = err;
	if (err == E_OK) {
		lti_keyset_free(e->set);
		e->set = set;
		e->fetched_mono = clock_monotonic_ms();
		e->fetched_at = now;
	} else {
		e->failed_at = now;
	}
	pthread_cond_broadcast(&k->done);
}

enum err keys_fetch(struct lti_keys *k, const struct lti_platform *p, uint64_t seen,
		    int64_t deadline_ms, struct fault *f)
{
	struct lti_keyset *set = NULL;
	struct entry *e;
	enum err err;

	pthread_mutex_lock(&k->lock);
	e = find(k, p->id, true);
	if (e == NULL) {
		pthread_mutex_unlock(&k->lock);
		return E_NOMEM;
	}
	if (e->in_flight) {
		err = wait_for_flight(k, e, deadline_ms);
		if (err == E_OK && !newer(e, seen))
			err = e->last_error != E_OK ? e->last_error : E_BUSY;
	} else if (newer(e, seen)) {
		err = E_OK;
	} else if (!take_token(e, clock_monotonic_ms())) {
		err = FAULT(f, E_BUSY, "asked too often; once more in %d s", (int)(REFILL_MS / 1000));
	} else {
		e->in_flight = true;
		k->fetches++;
		pthread_mutex_unlock(&k->lock);
		err = fetch_set(k, p, deadline_ms, &set, f);
		log_event(err == E_OK ? LOG_INFO : LOG_WARN, "keys", "platform=%lld result=%s",
			  (long long)p->id, err_name(err));
		pthread_mutex_lock(&k->lock);
		land(k, e, err, set);
	}
	pthread_mutex_unlock(&k->lock);
	return err;
}

void keys_health(struct lti_keys *k, int64_t platform, struct keys_health *out)
{
	struct entry *e;

	*out = (struct keys_health){ 0 };
	pthread_mutex_lock(&k->lock);
	e = find(k, platform, false);
	if (e != NULL) {
		out->fetched_at = e->fetched_at;
		out->failed_at = e->failed_at;
		out->last_error = e->last_error;
		if (e->set != NULL) {
			out->usable = lti_keyset_usable(e->set);
			out->unusable = lti_keyset_unusable(e->set);
		}
	}
	pthread_mutex_unlock(&k->lock);
}

uint64_t keys_fetches(struct lti_keys *k)
{
	uint64_t n;

	pthread_mutex_lock(&k->lock);
	n = k->fetches;
	pthread_mutex_unlock(&k->lock);
	return n;
}
