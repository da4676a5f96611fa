/* The three questions of a registration, one after the other; each may end it. */
#include "gw/register.h"

#include <stdio.h>

#include "base/magic.h"
#include "gw/clock.h"
#include "gw/conf.h"
#include "gw/fetch.h"

#define JSON_TYPE "application/json"

struct asking {
	struct arena *a;
	const struct conf *c;
	const struct register_ask *q;
	struct register_told *out;
	struct lti_unregistered *why;
};

static enum fetch_reach reach_of(const struct conf *c)
{
	return c->lab_mode ? FETCH_LAB : c->allow_private_platforms ? FETCH_PRIVATE : FETCH_PUBLIC;
}

static bool failed(struct asking *w, enum lti_register why, const char *what)
{
	w->why->why = why;
	snprintf(w->why->what, sizeof(w->why->what), "%s", what);
	return false;
}

/* Of what a fetch tells, no more than helps: no address, and nothing about who listens where. */
static const char *fetch_words(enum err err)
{
	return err == E_DENIED	? "that address may not be asked" :
	       err == E_LIMIT	? "too large" :
	       err == E_TIMEOUT ? "no answer in time" :
				  "no connection, a redirect, or no good certificate";
}

static int64_t until(const struct asking *w)
{
	int64_t mine = clock_monotonic_ms() + FETCH_TIMEOUT_MS, whole = w->q->deadline_ms;

	return whole != 0 && whole < mine ? whole : mine;
}

static const char *bearer(const struct asking *w)
{
	return w->q->token[0] != '\0' ? w->q->token : NULL;
}

/* Canvas asks for the token here, too. */
static bool read_configuration(struct asking *w)
{
	const struct fetch_req q = { .url = w->q->url, .accept = JSON_TYPE, .bearer = bearer(w),
				     .max_bytes = LTI_CONFIGURATION_MAX, .deadline_ms = until(w) };
	struct fetch_answer a = { .status = 0 };
	struct fault f = { .err = E_OK };
	enum err err = fetch(reach_of(w->c), &q, &a, &f);
	bool ok = false;
	char told[24];

	if (err != E_OK) {
		failed(w, LTI_REGISTER_FETCH, fetch_words(err));
	} else if (a.status != 200) {
		snprintf(told, sizeof(told), "HTTP %d", a.status);
		failed(w, LTI_REGISTER_FETCH, told);
	} else {
		ok = lti_openid_read(w->a, span_mk(a.body.p, a.body.len), w->q->url,
				     w->q->invited_host, w->c->lab_mode, &w->out->openid, w->why);
	}
	buf_release(&a.body);
	return ok;
}

/* Without keys no launch could ever be checked; and whoever approves compares them. */
static bool read_keys(struct asking *w)
{
	struct buf body = BUF_INIT(LTI_JWKS_MAX_BYTES);
	struct lti_keyset *ks = NULL;
	struct fault f = { .err = E_OK };
	enum err err = fetch_get(reach_of(w->c), w->out->openid.jwks_url,
				 JSON_TYPE ", application/jwk-set+json", &body, until(w), &f);
	bool ok = false;

	if (err == E_OK)
		err = lti_keyset_parse(span_mk(body.p, body.len), &ks, &f);
	if (err != E_OK) {
		failed(w, LTI_REGISTER_KEYS, err == E_INPUT ? "no key set" : fetch_words(err));
	} else if (lti_keyset_usable(ks) == 0) {
		failed(w, LTI_REGISTER_KEYS, "no usable key");
	} else {
		lti_keyset_thumbprint(ks, w->out->key_thumb);
		ok = w->out->key_thumb[0] != '\0' || failed(w, LTI_REGISTER_KEYS, "");
	}
	lti_keyset_free(ks);
	buf_release(&body);
	return ok;
}

static bool send_ours(struct asking *w)
{
	struct buf doc = BUF_INIT(LTI_CONFIGURATION_MAX);
	struct fetch_answer a = { .status = 0 };
	struct fault f = { .err = E_OK };
	enum err err = lti_register_write(&doc, &w->q->tool, w->out->openid.family);
	const struct fetch_req q = { .url = w->out->openid.register_url, .accept = JSON_TYPE,
				     .bearer = bearer(w), .body_type = JSON_TYPE,
				     .body = span_mk(doc.p, doc.len),
				     .max_bytes = LTI_CONFIGURATION_MAX, .deadline_ms = until(w) };
	bool ok = false;

	if (err == E_OK)
		err = fetch(reach_of(w->c), &q, &a, &f);
	if (err != E_OK)
		failed(w, LTI_REGISTER_SEND, fetch_words(err));
	else
		ok = lti_registered_read(w->a, a.status, span_mk(a.body.p, a.body.len),
					 &w->out->answer, w->why);
	buf_release(&a.body);
	buf_release(&doc);
	return ok;
}

bool register_ask(struct arena *a, const struct conf *c, const struct register_ask *q,
		  struct register_told *out, struct lti_unregistered *why)
{
	struct asking w = { a, c, q, out, why };
	bool ok;

	assert(q->url != NULL && q->token != NULL && q->invited_host != NULL);
	*out = (struct register_told){ .key_thumb = "" };
	*why = (struct lti_unregistered){ .why = LTI_REGISTER_OK };
	ok = read_configuration(&w) && read_keys(&w) && send_ours(&w);
	assert(ok == (why->why == LTI_REGISTER_OK));
	return ok;
}
