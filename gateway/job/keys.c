/*
 * The cache of platform key sets. See gw/keys.h.
 *
 * One mutex guards the whole table and is never held during a fetch. An entry,
 * once made, lives until keys_free(), so a thread that waits may keep a pointer.
 */
#include "gw/keys.h"

#include <inttypes.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/magic.h"
#include "gw/clock.h"
#include "gw/log.h"

#define KEYS_MAGIC 0x6e7ca5e1u
#define BUCKETS 256u
#define REFRESH_BATCH 16u
#define RETRY_MS (5 * 60 * 1000)
#define PROMPT_MS 1000		/* a healthy platform has answered by then */

struct entry {
	int64_t platform;
	char *url;
	struct lti_keyset *set;
	int64_t got_ms;		/* when `set` came */
	int64_t tried_ms;	/* when the last fetch began */
	int64_t began_ms;	/* the same by the real clock: bounds how long others wait */
	int64_t fetched_at, failed_at;	/* UTC, for people */
	int64_t token_ms;	/* up to when tokens are counted */
	unsigned tokens, waiting;
	bool asked;		/* the free fetch is used */
	bool flying;
	bool wanted;		/* used since it became due */
	unsigned epoch;		/* keys_forget() makes a fetch under way worthless */
	unsigned flights;	/* ended ones */
	enum err last;
	struct entry *next;
};

struct lti_keys {
	unsigned magic;
	keys_fetch_fn fetch;
	void *cls;
	int64_t (*mono_ms)(void);
	uint64_t fetches;
	pthread_mutex_t lock;
	pthread_cond_t landed;
	struct entry *bucket[BUCKETS];
};

/* ---- the table; all under the lock ---- */

static void lock(struct lti_keys *k)
{
	int rc;

	CHECK_MAGIC(k, KEYS_MAGIC);
	rc = pthread_mutex_lock(&k->lock);
	assert(rc == 0);
}

static void unlock(struct lti_keys *k)
{
	int rc = pthread_mutex_unlock(&k->lock);

	assert(rc == 0);
}

static int64_t now(struct lti_keys *k)
{
	return k->mono_ms();
}

static struct entry **slot(struct lti_keys *k, int64_t platform)
{
	uint64_t h = (uint64_t)platform * 0x9e3779b97f4a7c15u;

	return &k->bucket[h >> 56];
}

static struct entry *find(struct lti_keys *k, int64_t platform)
{
	struct entry *e = *slot(k, platform);

	while (e != NULL && e->platform != platform)
		e = e->next;
	return e;
}

/* What was learnt from one address says nothing about another. */
static void forget(struct entry *e)
{
	lti_keyset_free(e->set);
	e->set = NULL;
	e->asked = e->wanted = false;
	e->tokens = KEYS_TOKENS;
	e->epoch++;
}

static struct entry *find_or_add(struct lti_keys *k, int64_t platform, const char *url)
{
	struct entry *e = find(k, platform);
	char *copy;

	if (e != NULL && strcmp(e->url, url) == 0)
		return e;
	copy = strdup(url);
	if (copy == NULL)
		return NULL;
	if (e != NULL) {
		free(e->url);
		e->url = copy;
		forget(e);
		return e;
	}
	e = calloc(1, sizeof(*e));
	if (e == NULL) {
		free(copy);
		return NULL;
	}
	e->platform = platform;
	e->url = copy;
	e->tokens = KEYS_TOKENS;
	e->next = *slot(k, platform);
	*slot(k, platform) = e;
	return e;
}

static bool serves(struct lti_keys *k, const struct entry *e)
{
	return e->set != NULL && now(k) - e->got_ms <= KEYS_SERVE_MS;
}

/* Takes the right to one fetch. */
static bool take_token(struct entry *e, int64_t t)
{
	int64_t back;

	if (!e->asked) {
		e->asked = true;
		e->token_ms = t;
		return true;
	}
	back = (t - e->token_ms) / KEYS_TOKEN_MS;
	if (back > 0) {
		e->token_ms += back * KEYS_TOKEN_MS;
		e->tokens = back >= KEYS_TOKENS - (int64_t)e->tokens ? KEYS_TOKENS :
								     e->tokens + (unsigned)back;
	}
	if (e->tokens == 0)
		return false;
	if (e->tokens == KEYS_TOKENS)
		e->token_ms = t;	/* the way back begins now */
	e->tokens--;
	return true;
}

/* ---- public ---- */

enum err keys_new(struct lti_keys **out, keys_fetch_fn fetch_fn, void *cls)
{
	struct lti_keys *k = calloc(1, sizeof(*k));
	pthread_condattr_t attr;
	int rc;

	*out = NULL;
	if (k == NULL)
		return E_NOMEM;
	k->magic = KEYS_MAGIC;
	k->fetch = fetch_fn;
	k->cls = cls;
	k->mono_ms = clock_monotonic_ms;
	rc = pthread_mutex_init(&k->lock, NULL);
	assert(rc == 0);
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	rc = pthread_cond_init(&k->landed, &attr);
	assert(rc == 0);
	pthread_condattr_destroy(&attr);
	*out = k;
	return E_OK;
}

void keys_free(struct lti_keys *k)
{
	struct entry *e;

	if (k == NULL)
		return;
	CHECK_MAGIC(k, KEYS_MAGIC);
	for (size_t i = 0; i < BUCKETS; i++) {
		while ((e = k->bucket[i]) != NULL) {
			assert(!e->flying && e->waiting == 0);
			k->bucket[i] = e->next;
			lti_keyset_free(e->set);
			free(e->url);
			free(e);
		}
	}
	pthread_cond_destroy(&k->landed);
	pthread_mutex_destroy(&k->lock);
	k->magic = 0;
	free(k);
}

struct lti_keyset *keys_get(struct lti_keys *k, const struct lti_platform *p)
{
	struct lti_keyset *set = NULL;
	struct entry *e;

	lock(k);
	e = find(k, p->id);
	if (e != NULL && serves(k, e) && str_eq(e->url, p->jwks_url)) {
		set = lti_keyset_ref(e->set);
		if (now(k) - e->got_ms > KEYS_RENEW_MS)
			e->wanted = true;
	}
	unlock(k);
	return set;
}

void keys_set_clock(struct lti_keys *k, int64_t (*mono_ms)(void))
{
	lock(k);
	k->mono_ms = mono_ms;
	unlock(k);
}

/*
 * Another thread is asking: its answer is ours. Lock held; gives it up while waiting.
 * A platform that hangs must not hold every job thread of the others: beyond
 * KEYS_WAITERS nobody waits longer than a healthy platform would take.
 */
static enum err wait_for(struct lti_keys *k, struct entry *e, uint64_t seen, int64_t deadline_ms,
			 struct fault *f)
{
	unsigned flights = e->flights;
	struct timespec until;
	int rc = 0;

	if (e->waiting >= KEYS_WAITERS && deadline_ms > e->began_ms + PROMPT_MS)
		deadline_ms = e->began_ms + PROMPT_MS;
	until = (struct timespec){ .tv_sec = deadline_ms / 1000,
				   .tv_nsec = deadline_ms % 1000 * 1000000 };
	e->waiting++;
	while (e->flights == flights && rc == 0)
		rc = pthread_cond_timedwait(&k->landed, &k->lock, &until);
	e->waiting--;
	if (e->flights == flights)
		return FAULT(f, E_BUSY, "others wait for this key set already");
	if (serves(k, e) && lti_keyset_serial(e->set) != seen)
		return E_OK;
	return FAULT(f, e->last == E_OK ? E_IO : e->last, "another thread could not fetch it");
}

/* Lock held; gives it up during the fetch. `e` stays: entries live until keys_free(). */
static enum err fly(struct lti_keys *k, struct entry *e, int64_t deadline_ms,
		    struct fault *f)
{
	struct buf body = BUF_INIT(LTI_JWKS_MAX_BYTES);
	struct lti_keyset *set = NULL;
	unsigned epoch = e->epoch;
	char *url = strdup(e->url);
	enum err err = E_NOMEM;

	e->flying = true;
	e->tried_ms = now(k);
	e->began_ms = clock_monotonic_ms();
	k->fetches++;
	unlock(k);
	if (url != NULL)
		err = k->fetch(k->cls, url, &body, deadline_ms, f);
	if (err == E_OK)
		err = lti_keyset_parse(span_mk(body.p, body.len), &set, f);
	buf_release(&body);
	free(url);
	lock(k);
	e->flying = false;
	e->flights++;
	if (err == E_OK && e->epoch != epoch)
		err = FAULT(f, E_CONFLICT, "the registration changed during the fetch");
	e->last = err;
	if (err == E_OK) {
		lti_keyset_free(e->set);
		e->set = set;
		e->got_ms = now(k);
		e->fetched_at = clock_now_ms();
		e->wanted = false;
		set = NULL;
	} else {
		e->failed_at = clock_now_ms();
	}
	lti_keyset_free(set);
	pthread_cond_broadcast(&k->landed);
	return err;
}

static enum err bring(struct lti_keys *k, struct entry *e, uint64_t seen, int64_t deadline_ms,
		      struct fault *f)
{
	if (serves(k, e) && lti_keyset_serial(e->set) != seen)
		return E_OK;		/* somebody was faster */
	if (e->flying)
		return wait_for(k, e, seen, deadline_ms, f);
	if (!take_token(e, now(k)))
		return FAULT(f, E_BUSY, "this platform was asked for its keys too often");
	return fly(k, e, deadline_ms, f);
}

enum err keys_fetch(struct lti_keys *k, const struct lti_platform *p, uint64_t seen,
		    int64_t deadline_ms, struct fault *f)
{
	struct entry *e;
	enum err err;

	assert(p->id != 0 && p->jwks_url != NULL);
	lock(k);
	e = find_or_add(k, p->id, p->jwks_url);
	err = e == NULL ? FAULT(f, E_NOMEM, "no memory for a key set") :
			  bring(k, e, seen, deadline_ms, f);
	unlock(k);
	if (err != E_OK && err != E_BUSY)
		log_event(LOG_WARN, "keys", "platform=%" PRId64 " fetch=%s", p->id, err_name(err));
	return err;
}

/* A platform that is down is not asked at every call. Lock held. */
static struct entry *next_due(struct lti_keys *k)
{
	for (size_t i = 0; i < BUCKETS; i++)
		for (struct entry *e = k->bucket[i]; e != NULL; e = e->next)
			if (e->wanted && e->set != NULL && !e->flying &&
			    now(k) - e->tried_ms >= RETRY_MS)
				return e;
	return NULL;
}

unsigned keys_refresh(struct lti_keys *k, int64_t deadline_ms)
{
	unsigned good = 0;
	struct entry *e;

	lock(k);
	for (unsigned i = 0; i < REFRESH_BATCH && (e = next_due(k)) != NULL; i++) {
		e->tried_ms = now(k);	/* also when the limit says no: never twice here */
		good += bring(k, e, lti_keyset_serial(e->set), deadline_ms, NULL) == E_OK;
	}
	unlock(k);
	return good;
}

void keys_forget(struct lti_keys *k, int64_t platform)
{
	struct entry *e;

	lock(k);
	e = find(k, platform);
	if (e != NULL)
		forget(e);
	unlock(k);
}

void keys_health(struct lti_keys *k, int64_t platform, struct keys_health *out)
{
	struct entry *e;

	*out = (struct keys_health){ .last_error = E_OK };
	lock(k);
	e = find(k, platform);
	if (e != NULL) {
		out->fetched_at = e->fetched_at;
		out->failed_at = e->failed_at;
		out->last_error = e->last;
	}
	if (e != NULL && e->set != NULL) {
		out->usable = lti_keyset_usable(e->set);
		out->unusable = lti_keyset_unusable(e->set);
	}
	unlock(k);
}

uint64_t keys_fetches(struct lti_keys *k)
{
	uint64_t n;

	lock(k);
	n = k->fetches;
	unlock(k);
	return n;
}
