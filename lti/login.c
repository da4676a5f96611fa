/*
 * Reading a login and an answer, and the authorization request between them
 * (Security Framework 5.1.1).
 */
#include "lti/login.h"

#include <string.h>

#include "base/b64.h"
#include "base/buf.h"
#include "base/magic.h"
#include "lti/util.h"
#include "priv.h"
#include "state.h"

#define FIELD_MAX 2048u
#define URL_OUT_MAX (64u << 10)

/* The one value of that name; false if it comes twice. Missing: p NULL. */
static bool once(const struct lti_param *v, unsigned n, const char *name, struct span *out)
{
	bool found = false;

	*out = span_mk(NULL, 0);
	for (unsigned i = 0; i < n; i++) {
		if (!span_eqz(v[i].name, name))
			continue;
		if (found)
			return false;
		found = true;
		*out = span_mk(v[i].value.p == NULL ? "" : v[i].value.p, v[i].value.n);
	}
	return true;
}

static bool is_plain(struct span s)
{
	for (size_t i = 0; i < s.n; i++)
		if ((unsigned char)s.p[i] < 0x20 || s.p[i] == 0x7f)
			return false;
	return utf8_valid(s);
}

/* The texts of a login; empty counts as not sent. The hints are opaque bytes. */
struct field {
	const char *name;
	struct span v;
	size_t max;
	bool opaque;
};

enum { ISS, CLIENT, LTI_DEPLOYMENT, DEPLOYMENT, TARGET, STORAGE, HINT, MESSAGE, FIELDS };

static enum lti_result read_fields(struct field *f, const struct lti_param *v, unsigned n,
				   struct lti_refusal *why)
{
	for (unsigned i = 0; i < FIELDS; i++) {
		if (!once(v, n, f[i].name, &f[i].v))
			return lti_refuse(why, LTI_REASON_LOGIN_TWICE, "each parameter once",
					  span_of(f[i].name));
		if (f[i].v.n > f[i].max)
			return lti_refuse(why, LTI_REASON_LOGIN_LONG, "a shorter value",
					  span_of(f[i].name));
		if (!f[i].opaque && !is_plain(f[i].v))
			return lti_refuse(why, LTI_REASON_LOGIN_TEXT, "plain text",
					  span_of(f[i].name));
	}
	return LTI_OK;
}

static const char *keep(struct arena *a, struct span s)
{
	return s.n == 0 ? NULL : arena_strndup(a, s.p, s.n);
}

static bool on_own_origin(const char *const *origins, struct span url)
{
	for (; *origins != NULL; origins++)
		if (lti_same_origin(span_of(*origins), url))
			return true;
	return false;
}

enum lti_result lti_login_read(struct arena *a, const struct lti_param *v, unsigned n,
			       const char *const *origins, struct lti_login *out,
			       struct lti_refusal *why)
{
	struct field f[FIELDS] = {
		[ISS] = { .name = "iss", .max = FIELD_MAX },
		[CLIENT] = { .name = "client_id", .max = 255 },
		[LTI_DEPLOYMENT] = { .name = "lti_deployment_id", .max = 1020 },
		[DEPLOYMENT] = { .name = "deployment_id", .max = 1020 },
		[TARGET] = { .name = "target_link_uri", .max = FIELD_MAX },
		[STORAGE] = { .name = "lti_storage_target", .max = 255 },
		[HINT] = { .name = "login_hint", .max = LTI_HINT_MAX, .opaque = true },
		[MESSAGE] = { .name = "lti_message_hint", .max = LTI_HINT_MAX, .opaque = true },
	};
	enum lti_result rc;

	*out = (struct lti_login){ .iss = NULL };
	*why = (struct lti_refusal){ .reason = LTI_REASON_NONE };
	rc = read_fields(f, v, n, why);
	if (rc != LTI_OK)
		return rc;
	if (f[ISS].v.n == 0)
		return lti_refuse(why, LTI_REASON_LOGIN_ISS, "iss", SPAN("(nothing)"));
	if (f[HINT].v.n == 0)
		return lti_refuse(why, LTI_REASON_LOGIN_HINT, "login_hint", SPAN("(nothing)"));
	if (!on_own_origin(origins, f[TARGET].v))
		return lti_refuse(why, LTI_REASON_LOGIN_TARGET, origins[0],
				  f[TARGET].v.n == 0 ? SPAN("(nothing)") : SPAN("another place"));
	out->iss = keep(a, f[ISS].v);
	out->client_id = keep(a, f[CLIENT].v);
	out->deployment = keep(a, f[f[LTI_DEPLOYMENT].v.n > 0 ? LTI_DEPLOYMENT : DEPLOYMENT].v);
	out->target_link_uri = keep(a, f[TARGET].v);
	out->storage_target = keep(a, f[STORAGE].v);
	out->login_hint = f[HINT].v;
	out->message_hint = f[MESSAGE].v;
	return a->failed ? LTI_INTERNAL : LTI_OK;
}

static void add(struct buf *b, const char *name, struct span v)
{
	buf_printf(b, "&%s=", name);
	lti_url_escape(b, v);
}

/* Security Framework 5.1.1.2; LTI Core 4.1.1 for lti_message_hint: unaltered, if it was sent. */
static void write_url(struct buf *b, const struct lti_platform *p, const struct lti_login *l,
		      const char *redirect_uri, const char *state, const char *nonce)
{
	buf_addz(b, p->auth_url);
	buf_addz(b, strchr(p->auth_url, '?') == NULL ? "?" : "&");
	buf_addz(b, "scope=openid&response_type=id_token&response_mode=form_post&prompt=none");
	add(b, "client_id", span_of(p->client_id));
	add(b, "redirect_uri", span_of(redirect_uri));
	add(b, "login_hint", l->login_hint);
	add(b, "state", span_of(state));
	add(b, "nonce", span_of(nonce));
	if (l->message_hint.p != NULL)
		add(b, "lti_message_hint", l->message_hint);
}

enum err lti_login_begin(struct arena *a, const struct lti_env *env, const struct lti_platform *p,
			 const struct lti_login *l, const struct lti_begin *b,
			 const char **url_out)
{
	char state[LTI_STATE_LEN + 1], nonce[44];
	struct buf url = BUF_INIT(URL_OUT_MAX);
	struct lti_url auth, back;
	uint8_t raw[32];
	enum err e;

	*url_out = NULL;
	assert(p->id != 0 && l->iss != NULL && b->secret.n >= 16);
	if (!lti_url_parse(span_of(p->auth_url), &auth) || auth.fragment ||
	    (!auth.https && !p->allow_http) ||
	    !lti_url_parse(span_of(b->redirect_uri), &back) || back.fragment)
		return E_INPUT;
	/* 256 bits, unrelated to anything in the state but by its hash */
	env->random(env->cls, raw, sizeof(raw));
	b64url_encode(raw, sizeof(raw), nonce);
	e = lti_state_make(p->id, l->deployment, span_of(nonce), b, env->now_ms(env->cls), state);
	if (e != E_OK)
		return e;
	write_url(&url, p, l, b->redirect_uri, state, nonce);
	e = url.err;
	if (e == E_OK) {
		*url_out = arena_strndup(a, url.p, url.len);
		e = *url_out == NULL ? E_NOMEM : E_OK;
	}
	buf_release(&url);
	return e;
}

/* OIDC Core 3.1.2.6: a code word; anything else is called by a fixed name. */
static const char *error_word(struct arena *a, struct span s)
{
	if (s.n == 0 || s.n > 64)
		return "unreadable";
	for (size_t i = 0; i < s.n; i++)
		if (!((s.p[i] >= 'a' && s.p[i] <= 'z') || s.p[i] == '_'))
			return "unreadable";
	return arena_strndup(a, s.p, s.n);
}

enum lti_result lti_answer_read(struct arena *a, const struct lti_param *v, unsigned n,
				struct lti_answer *out, struct lti_refusal *why)
{
	static const char *const name[] = { "state", "id_token", "error", "lti_storage_target" };
	struct span s[ARRAY_LEN(name)];

	*out = (struct lti_answer){ .error = NULL };
	*why = (struct lti_refusal){ .reason = LTI_REASON_NONE };
	for (size_t i = 0; i < ARRAY_LEN(name); i++)
		if (!once(v, n, name[i], &s[i]))
			return lti_refuse(why, LTI_REASON_ANSWER_TWICE, "each parameter once",
					  span_of(name[i]));
	out->state = s[0];
	out->id_token = s[1];
	if (s[3].n > 0 && s[3].n <= 255 && is_plain(s[3]))
		out->storage_target = keep(a, s[3]);
	if (s[2].p != NULL) {
		out->error = error_word(a, s[2]);
		return lti_refuse(why, LTI_REASON_PLATFORM_ERROR, "an id_token",
				  span_of(out->error));
	}
	if (s[0].n == 0)
		return lti_refuse(why, LTI_REASON_STATE_MISSING, "our state", SPAN("(nothing)"));
	if (s[1].n == 0)
		return lti_refuse(why, LTI_REASON_TOKEN_MISSING, "an id_token", SPAN("(nothing)"));
	return a->failed ? LTI_INTERNAL : LTI_OK;
}
