/*
 * Access tokens of the platforms, kept in memory for as long as they are good.
 */
#include <stdlib.h>
#include <string.h>

#include "base/magic.h"
#include "gw/clock.h"
#include "gw/conf.h"
#include "gw/crypt.h"
#include "gw/toolkeys.h"
#include "lti/service.h"
#include "services_private.h"

#define TOKEN_MAX 8192u
#define ASK_ARENA (1u << 20)
#define KEPT_MAX 256u		/* platforms times scopes */

struct kept_token {
	struct kept_token *next;
	int64_t platform, until_ms;	/* monotonic */
	char *scope, *client, *url;	/* a registration that was replaced has another */
	char *token;
};

static enum err ask_network(void *cls, const struct fetch_req *q, struct fetch_answer *out,
			    struct fault *f)
{
	const struct conf *c = cls;

	return fetch(c->lab_mode ? FETCH_LAB : c->allow_private_platforms ? FETCH_PRIVATE : FETCH_PUBLIC,
		     q, out, f);
}

enum err services_new(struct services **out, struct store *st, const struct conf *conf,
		      const uint8_t root[32], services_fetch_fn ask, void *cls)
{
	struct services *s = calloc(1, sizeof(*s));

	assert(st != NULL && conf != NULL);
	*out = s;
	if (s == NULL)
		return E_NOMEM;
	s->magic = SERVICES_MAGIC;
	s->st = st;
	s->conf = conf;
	memcpy(s->root, root, sizeof(s->root));
	s->fetch = ask != NULL ? ask : ask_network;
	s->cls = ask != NULL ? cls : (void *)(uintptr_t)conf;
	pthread_mutex_init(&s->lock, NULL);
	return E_OK;
}

static void token_free(struct kept_token *t)
{
	explicit_bzero(t->token, strlen(t->token));
	free(t->token);
	free(t->scope);
	free(t->client);
	free(t->url);
	free(t);
}

void services_free(struct services *s)
{
	struct kept_token *t;

	if (s == NULL)
		return;
	CHECK_MAGIC(s, SERVICES_MAGIC);
	while ((t = s->tokens) != NULL) {
		s->tokens = t->next;
		token_free(t);
	}
	pthread_mutex_destroy(&s->lock);
	explicit_bzero(s, sizeof(*s));
	free(s);
}

void services_stop(struct services *s)
{
	CHECK_MAGIC(s, SERVICES_MAGIC);
	atomic_store(&s->stop, true);
}

/* ---- what is kept ---- */

static bool is_for(const struct kept_token *t, const struct platform *p, const char *scope)
{
	return t->platform == p->id && str_eq(t->scope, scope) && str_eq(t->client, p->client_id) &&
	       str_eq(t->url, p->token_url);
}

static bool take_kept(struct services *s, const struct platform *p, const char *scope,
		      char out[TOKEN_MAX + 1])
{
	bool found = false;

	pthread_mutex_lock(&s->lock);
	for (const struct kept_token *t = s->tokens; t != NULL && !found; t = t->next)
		if (is_for(t, p, scope) && t->until_ms > clock_monotonic_ms()) {
			snprintf(out, TOKEN_MAX + 1, "%s", t->token);
			found = true;
		}
	pthread_mutex_unlock(&s->lock);
	return found;
}

/* What is over, and this one if it is still the one that did not do (NULL: whichever). */
static void forget(struct services *s, const struct platform *p, const char *scope,
		   const char *token)
{
	struct kept_token **at, *t;

	pthread_mutex_lock(&s->lock);
	for (at = &s->tokens; (t = *at) != NULL;) {
		bool this = t->platform == p->id && str_eq(t->scope, scope) &&
			    (token == NULL || str_eq(t->token, token));

		if (this || t->until_ms <= clock_monotonic_ms()) {
			*at = t->next;
			token_free(t);
		} else {
			at = &t->next;
		}
	}
	pthread_mutex_unlock(&s->lock);
}

static void keep(struct services *s, const struct platform *p, const char *scope,
		 const struct lti_access *got)
{
	struct kept_token *t = calloc(1, sizeof(*t));
	unsigned n = 0;

	if (t == NULL)
		return;
	forget(s, p, scope, NULL);
	t->platform = p->id;
	t->until_ms = lti_token_keep_until(clock_monotonic_ms(), got->lives_s);
	t->scope = strdup(scope);
	t->client = strdup(p->client_id);
	t->url = strdup(p->token_url);
	t->token = strdup(got->token);
	pthread_mutex_lock(&s->lock);
	for (const struct kept_token *k = s->tokens; k != NULL; k = k->next)
		n++;
	if (t->scope != NULL && t->client != NULL && t->url != NULL && t->token != NULL &&
	    n < KEPT_MAX) {
		t->next = s->tokens;
		s->tokens = t;
		t = NULL;
	}
	pthread_mutex_unlock(&s->lock);
	if (t != NULL) {
		if (t->token == NULL)
			t->token = strdup("");
		if (t->token != NULL)
			token_free(t);
	}
}

/* ---- asking ---- */

static void env_random(void *cls, void *out, size_t n)
{
	(void)cls;
	crypt_random(out, n);
}

static int64_t env_now(void *cls)
{
	(void)cls;
	return clock_now_ms();
}

static enum err write_request(struct services *s, const struct platform *p, const char *scope,
			      struct buf *body, struct fault *f)
{
	const struct lti_env env = { .random = env_random, .now_ms = env_now };
	const struct lti_token_ask q = { .client_id = p->client_id, .token_url = p->token_url,
					 .scope = scope };
	struct lti_ownkey *key = NULL;
	enum err err = toolkeys_signer(s->st, s->root, clock_now_ms(), &key, f);

	if (err == E_OK)
		err = lti_token_request(key, &env, &q, body);
	lti_ownkey_free(key);
	return err == E_OK ? E_OK : FAULT(f, err, "the token request could not be signed");
}

static enum sync_why why_of(enum err err)
{
	return err == E_TIMEOUT ? SYNC_SLOW : err == E_IO || err == E_BUSY ? SYNC_DOWN :
	       err == E_DENIED || err == E_INPUT || err == E_LIMIT ? SYNC_TOKEN : SYNC_OURS;
}

static enum err ask_token(struct services *s, const struct platform *p, const char *scope,
			  int64_t deadline_ms, struct arena *a, struct lti_access *got,
			  enum sync_why *why_out, struct fault *f)
{
	struct buf body = BUF_INIT(32768);
	struct fetch_answer out = { 0 };
	enum err err = write_request(s, p, scope, &body, f);

	*why_out = SYNC_OURS;
	if (err == E_OK) {
		err = s->fetch(s->cls,
			       &(struct fetch_req){ .url = p->token_url, .accept = "application/json",
						    .body_type = LTI_TOKEN_REQUEST_TYPE,
						    .body = span_mk(body.p, body.len),
						    .max_bytes = LTI_TOKEN_ANSWER_MAX,
						    .deadline_ms = deadline_ms },
			       &out, f);
		if (err == E_OK)
			err = lti_token_answer(a, out.status, span_mk(out.body.p, out.body.len), scope,
					       got, f);
		*why_out = why_of(err);
	}
	buf_wipe(&out.body);
	buf_wipe(&body);
	return err;
}

static enum err new_token(struct services *s, const struct platform *p, const char *scope,
			  int64_t deadline_ms, char out[TOKEN_MAX + 1], enum sync_why *why_out,
			  struct fault *f)
{
	struct lti_access got = { 0 };
	struct arena a;
	enum err err;

	arena_init(&a, ASK_ARENA);
	err = ask_token(s, p, scope, deadline_ms, &a, &got, why_out, f);
	if (err == E_OK) {
		snprintf(out, TOKEN_MAX + 1, "%s", got.token);
		keep(s, p, scope, &got);
		explicit_bzero((char *)(uintptr_t)got.token, strlen(got.token));
	}
	arena_release(&a);
	return err;
}

enum err services_get(struct services *s, const struct platform *p, const char *scope,
		      const struct fetch_req *q, struct fetch_answer *out, enum sync_why *why_out,
		      struct fault *f)
{
	struct fetch_req with = *q;
	char token[TOKEN_MAX + 1];
	enum err err = E_OK;

	CHECK_MAGIC(s, SERVICES_MAGIC);
	assert(p->id != 0 && q->bearer == NULL && q->body.p == NULL);
	*out = (struct fetch_answer){ 0 };
	*why_out = SYNC_FINE;
	with.bearer = token;
	/* a token that was kept may have been taken back: once more with a new one */
	for (unsigned i = 0; i < 2; i++) {
		if (!take_kept(s, p, scope, token))
			err = new_token(s, p, scope, q->deadline_ms, token, why_out, f);
		if (err != E_OK)
			break;
		buf_release(&out->body);
		err = s->fetch(s->cls, &with, out, f);
		*why_out = err == E_OK ? SYNC_FINE : err == E_LIMIT ? SYNC_ANSWER : why_of(err);
		if (err != E_OK || out->status != 401)
			break;
		forget(s, p, scope, token);
	}
	explicit_bzero(token, sizeof(token));
	return err;
}
