/*
 * The key-set cache with a fetch and a clock that do what the test says.
 */
#include <pthread.h>
#include <stdatomic.h>
#include <unistd.h>

#include "gw/clock.h"
#include "gw/keys.h"
#include "kit/mint.h"
#include "t.h"

static struct {
	atomic_int fetches;
	atomic_int hold;	/* while 1, fetches do not return */
	int64_t now;
	enum err answer;
	enum mint_key key;
	const char *kid;
	const char *body;	/* instead of a key set */
	char url[100];
} fake;

static enum err fake_fetch(void *cls, const char *url, struct buf *body, int64_t deadline_ms,
			   struct fault *f)
{
	json_t *doc;
	char *text;

	(void)cls;
	(void)deadline_ms;
	atomic_fetch_add(&fake.fetches, 1);
	snprintf(fake.url, sizeof(fake.url), "%s", url);
	while (atomic_load(&fake.hold))
		usleep(1000);
	if (fake.answer != E_OK)
		return FAULT(f, fake.answer, "the test says so");
	if (fake.body != NULL) {
		buf_addz(body, fake.body);
		return body->err;
	}
	doc = json_pack("{s:[o]}", "keys", mint_jwk(fake.key, fake.kid));
	text = json_dumps(doc, JSON_COMPACT);
	buf_addz(body, text);
	free(text);
	json_decref(doc);
	return body->err;
}

static int64_t fake_clock(void)
{
	return fake.now;
}

static struct lti_keys *keys;
static struct lti_platform plat;

static void begin(void)
{
	atomic_store(&fake.fetches, 0);
	atomic_store(&fake.hold, 0);
	fake.now = 5000;
	fake.answer = E_OK;
	fake.key = KEY_GOOD;
	fake.kid = "k1";
	fake.body = NULL;
	plat = (struct lti_platform){ .id = 7, .jwks_url = "https://a.lti.test/keys",
				      .alg = LTI_ALG_RS256 };
	CHECK(keys_new(&keys, fake_fetch, NULL) == E_OK);
	keys_set_clock(keys, fake_clock);
}

static bool knows(const char *kid)
{
	struct lti_keyset *ks = keys_get(keys, &plat);
	bool has = ks != NULL && lti_keyset_find(ks, span_of(kid), LTI_ALG_RS256, 0) != NULL;

	lti_keyset_free(ks);
	return has;
}

static int64_t soon(void)
{
	return clock_monotonic_ms() + 5000;
}

static uint64_t serial(void)
{
	struct lti_keyset *ks = keys_get(keys, &plat);
	uint64_t s = ks == NULL ? 0 : lti_keyset_serial(ks);

	lti_keyset_free(ks);
	return s;
}

static enum err ask(void)
{
	return keys_fetch(keys, &plat, serial(), soon(), NULL);
}

TEST(the_first_fetch_brings_keys)
{
	begin();
	CHECK(serial() == 0);
	CHECK(ask() == E_OK && knows("k1") && fake.fetches == 1);
	CHECK_STR(fake.url, "https://a.lti.test/keys");
	/* who has seen less than we know is not a reason to ask */
	CHECK(keys_fetch(keys, &plat, 0, soon(), NULL) == E_OK && fake.fetches == 1);
	keys_free(keys);
}

/* JWKS-35 */
TEST(a_flood_of_strange_kids_asks_three_times)
{
	unsigned limited = 0;

	begin();
	for (int i = 0; i < 30; i++)
		limited += ask() == E_BUSY;
	CHECK_INT(fake.fetches, 3);
	CHECK_INT(limited, 27);
	CHECK(knows("k1"));
	fake.now += KEYS_TOKEN_MS - 1;
	CHECK(ask() == E_BUSY);
	fake.now += 1;
	CHECK(ask() == E_OK && ask() == E_BUSY && fake.fetches == 4);
	fake.now += 100 * (int64_t)KEYS_TOKEN_MS;
	CHECK(ask() == E_OK && ask() == E_OK && ask() == E_BUSY && fake.fetches == 6);
	keys_free(keys);
}

/* JWKS-33, JWKS-34 */
TEST(a_rotation_is_followed)
{
	begin();
	CHECK(ask() == E_OK && knows("k1"));
	fake.kid = "k2";
	CHECK(!knows("k2") && ask() == E_OK && knows("k2") && !knows("k1"));
	keys_free(keys);
}

/* JWKS-37 */
TEST(known_keys_serve_a_day_while_the_platform_is_down)
{
	begin();
	CHECK(ask() == E_OK);
	fake.answer = E_IO;
	CHECK(ask() == E_IO && knows("k1"));
	fake.now += KEYS_SERVE_MS;
	CHECK(knows("k1"));
	fake.now += 1;
	CHECK(!knows("k1") && serial() == 0);
	CHECK(ask() == E_IO && !knows("k1"));
	fake.answer = E_OK;
	CHECK(ask() == E_OK && knows("k1"));
	keys_free(keys);
}

TEST(a_document_that_is_no_key_set_changes_nothing)
{
	begin();
	CHECK(ask() == E_OK);
	fake.body = "<html>maintenance</html>";
	CHECK(ask() == E_INPUT && knows("k1"));
	keys_free(keys);
}

TEST(a_dead_platform_is_asked_three_times_too)
{
	begin();
	fake.answer = E_TIMEOUT;
	for (int i = 0; i < 10; i++)
		CHECK(ask() == (i < 3 ? E_TIMEOUT : E_BUSY));
	CHECK_INT(fake.fetches, 3);
	keys_free(keys);
}

TEST(keys_in_use_are_renewed_every_hour)
{
	begin();
	CHECK(ask() == E_OK && keys_refresh(keys, soon()) == 0);
	fake.now += KEYS_RENEW_MS + 1;
	CHECK(keys_refresh(keys, soon()) == 0);		/* nobody used them since */
	CHECK(knows("k1"));
	fake.kid = "k2";
	CHECK(keys_refresh(keys, soon()) == 1 && knows("k2") && fake.fetches == 2);
	CHECK(keys_refresh(keys, soon()) == 0);
	fake.now += KEYS_RENEW_MS + 1;
	fake.answer = E_IO;
	CHECK(knows("k2"));
	CHECK(keys_refresh(keys, soon()) == 0 && keys_refresh(keys, soon()) == 0 && fake.fetches == 3);
	fake.now += 5 * 60 * 1000;
	CHECK(keys_refresh(keys, soon()) == 0 && fake.fetches == 4 && knows("k2"));
	keys_free(keys);
}

TEST(another_address_is_another_platform)
{
	begin();
	CHECK(ask() == E_OK);
	plat.jwks_url = "https://b.lti.test/keys";
	CHECK(!knows("k1"));
	fake.kid = "b1";
	CHECK(ask() == E_OK && knows("b1") && !knows("k1"));
	keys_forget(keys, 7);
	CHECK(serial() == 0);
	keys_forget(keys, 8);
	plat.id = 8;
	CHECK(serial() == 0);
	keys_free(keys);
}

/* ---- threads ---- */

static struct lti_keyset *through_cache(void *cls, const struct lti_platform *p)
{
	(void)cls;
	return keys_get(keys, p);
}

static void *ask_once(void *out)
{
	*(enum err *)out = keys_fetch(keys, &plat, 0, soon(), NULL);
	return NULL;
}

static void wait_flying(void)
{
	for (int i = 0; i < 2000 && fake.fetches == 0; i++)
		usleep(1000);
}

TEST(one_fetch_is_in_flight_and_others_share_it)
{
	enum { ALL = 12 };
	enum err got[ALL];
	pthread_t t[ALL];
	unsigned ok = 0, busy = 0;

	begin();
	atomic_store(&fake.hold, 1);
	pthread_create(&t[0], NULL, ask_once, &got[0]);
	wait_flying();
	for (int i = 1; i < ALL; i++)
		pthread_create(&t[i], NULL, ask_once, &got[i]);
	/* while one asks, keys_get() answers at once, and other platforms are served */
	CHECK(serial() == 0);
	usleep(100000);
	atomic_store(&fake.hold, 0);
	for (int i = 0; i < ALL; i++) {
		pthread_join(t[i], NULL);
		ok += got[i] == E_OK;
		busy += got[i] == E_BUSY;
	}
	CHECK_INT(fake.fetches, 1);
	CHECK(ok == ALL && busy == 0);
	CHECK(knows("k1"));
	keys_free(keys);
}

/* JWKS-04: a platform that hangs must not hold every job thread. */
TEST(few_wait_for_a_platform_that_hangs)
{
	enum { ALL = 12 };
	enum err got[ALL];
	pthread_t t[ALL];
	unsigned ok = 0, busy = 0;

	begin();
	atomic_store(&fake.hold, 1);
	pthread_create(&t[0], NULL, ask_once, &got[0]);
	wait_flying();
	for (int i = 1; i < ALL; i++)
		pthread_create(&t[i], NULL, ask_once, &got[i]);
	usleep(1500000);
	atomic_store(&fake.hold, 0);
	for (int i = 0; i < ALL; i++) {
		pthread_join(t[i], NULL);
		ok += got[i] == E_OK;
		busy += got[i] == E_BUSY;
	}
	CHECK_INT(ok, 1 + KEYS_WAITERS);
	CHECK_INT(busy, ALL - 1 - KEYS_WAITERS);
	keys_free(keys);
}

TEST(health_tells_both_stories)
{
	struct keys_health h;

	begin();
	keys_health(keys, 7, &h);
	CHECK(h.fetched_at == 0 && h.failed_at == 0 && h.usable == 0);
	CHECK(ask() == E_OK);
	fake.answer = E_TIMEOUT;
	CHECK(ask() == E_TIMEOUT);
	keys_health(keys, 7, &h);
	CHECK(h.fetched_at > 0 && h.failed_at >= h.fetched_at && h.usable == 1);
	CHECK(h.last_error == E_TIMEOUT && keys_fetches(keys) == 2);
	keys_free(keys);
}

/* JWKS-09: an empty set is an answer: the token is refused, not the server blamed. */
TEST(an_empty_set_is_kept)
{
	struct mint_world w;

	begin();
	mint_open(&w);
	fake.body = "{\"keys\":[]}";
	CHECK(ask() == E_OK && serial() != 0);
	w.env.keys_cached = through_cache;
	CHECK(mint_try(&w, mint_claims(w.nonce)) == LTI_REFUSED);
	CHECK_STR(lti_reason_code(w.why.reason), "kid-unknown");
	mint_close(&w);
	keys_free(keys);
}

TEST(those_who_wait_learn_of_the_failure)
{
	enum err got[3];
	pthread_t t[3];

	begin();
	fake.answer = E_TIMEOUT;
	atomic_store(&fake.hold, 1);
	pthread_create(&t[0], NULL, ask_once, &got[0]);
	wait_flying();
	pthread_create(&t[1], NULL, ask_once, &got[1]);
	pthread_create(&t[2], NULL, ask_once, &got[2]);
	usleep(50000);
	atomic_store(&fake.hold, 0);
	for (int i = 0; i < 3; i++) {
		pthread_join(t[i], NULL);
		CHECK(got[i] == E_TIMEOUT);
	}
	CHECK_INT(fake.fetches, 1);
	keys_free(keys);
}

TEST(a_registration_changed_during_the_fetch)
{
	enum err got;
	pthread_t t;

	begin();
	atomic_store(&fake.hold, 1);
	pthread_create(&t, NULL, ask_once, &got);
	wait_flying();
	keys_forget(keys, 7);
	atomic_store(&fake.hold, 0);
	pthread_join(t, NULL);
	CHECK(got == E_CONFLICT && serial() == 0);
	CHECK(ask() == E_OK && knows("k1"));
	keys_free(keys);
}

/* ---- the whole way: verify, fetch, verify ---- */

TEST(verify_fetch_verify)
{
	struct mint_world w;

	begin();
	mint_open(&w);
	w.env.keys_cached = through_cache;
	w.x.keys_final = false;
	CHECK(mint_try(&w, mint_claims(w.nonce)) == LTI_NEED_KEYS);
	CHECK(keys_fetch(keys, &w.p, w.seen, soon(), NULL) == E_OK);
	w.x.keys_final = true;
	CHECK(mint_try(&w, mint_claims(w.nonce)) == LTI_OK);
	/* the same kid, another key (JWKS-34) */
	fake.key = KEY_EVIL;
	keys_forget(keys, w.p.id);
	CHECK(keys_fetch(keys, &w.p, 0, soon(), NULL) == E_OK);
	w.x.keys_final = false;
	CHECK(mint_try(&w, mint_claims(w.nonce)) == LTI_NEED_KEYS);
	fake.key = KEY_GOOD;
	CHECK(keys_fetch(keys, &w.p, w.seen, soon(), NULL) == E_OK);
	CHECK(mint_try(&w, mint_claims(w.nonce)) == LTI_OK);
	mint_close(&w);
	keys_free(keys);
}
