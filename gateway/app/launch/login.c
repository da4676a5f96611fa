/*
 * Third-party initiated login. Nothing is written to the database. The order
 * matters, because the platforms' hints are good for one use: the authorization
 * endpoint is called only when our binding cookie will come back.
 *
 *   top-level, or a cookie of ours arrived in this frame   302 to the platform
 *   in a frame without one                                  set it, 307 to itself once
 *   still none                                              a page: "Open in a new window"
 */
#include <stdlib.h>
#include <string.h>

#include "base/magic.h"
#include "gw/conf.h"
#include "gw/session.h"
#include "gw/view.h"
#include "launch.h"
#include "lti/util.h"
#include "store/register.h"

#define SECRET_BYTES 18
#define TAG_BYTES 6
#define LOGIN_COOKIES_MAX 12
#define SETTLE_PARAM "lintel_settle"
#define PARAMS_MAX 16

struct settle_page {
	const char *action;
	const struct lti_param *v;
	unsigned n;
};

#include "tpl/launch/settle.h"

struct find {
	struct req *r;
	const struct lti_login *l;
	struct platform p;
};

static enum err find_platform(struct db *db, void *arg)
{
	struct find *f = arg;
	enum err err;

	if (f->l->client_id == NULL)
		return platform_by_issuer(db, &f->r->a, f->l->iss, &f->p);
	err = platform_by_client(db, &f->r->a, f->l->iss, f->l->client_id, &f->p);
	/* It may have registered anew, and somebody still has to say yes. */
	return err != E_MISSING ? err : registration_by_client(db, &f->r->a, f->l->iss,
							       f->l->client_id, &f->p);
}

/* A pending login's cookie: "seconds.secret", so that the oldest can be told. */
struct pending {
	const char *oldest;
	int64_t oldest_at;
	unsigned n;
};

static bool count_pending(void *arg, const char *name, const char *value)
{
	struct pending *p = arg;
	int64_t at = strtoll(value, NULL, 10);

	if (p->n == 0 || at < p->oldest_at) {
		p->oldest = name;
		p->oldest_at = at;
	}
	p->n++;
	return true;
}

static bool note_any(void *arg, const char *name, const char *value)
{
	(void)name;
	(void)value;
	*(bool *)arg = true;
	return false;
}

/* A browser that sends any cookie of ours in this frame keeps the next one, too. */
static bool cookies_work(struct req *r)
{
	bool any = false;

	req_cookies(r, LOGIN_COOKIE, note_any, &any);
	if (!any)
		req_cookies(r, SESSION_COOKIE, note_any, &any);
	return any;
}

/* Fetch Metadata: only a browser that says "iframe" is known to be in one. */
static bool in_frame(struct req *r)
{
	const char *dest = req_header(r, "Sec-Fetch-Dest");

	return str_eq(dest, "iframe") || str_eq(dest, "frame") || str_eq(dest, "embed") ||
	       str_eq(dest, "object");
}

static const char *set_binding(struct req *r, const char *tag)
{
	struct pending had = { 0 };
	char secret[2 * SECRET_BYTES];
	const char *name = arena_printf(&r->a, LOGIN_COOKIE "%s", tag), *value;

	auth_token(secret, SECRET_BYTES);
	value = arena_printf(&r->a, "%lld.%s", (long long)(r->now_ms / 1000), secret);
	if (name == NULL || value == NULL)
		return NULL;
	req_cookies(r, LOGIN_COOKIE, count_pending, &had);
	if (had.n >= LOGIN_COOKIES_MAX)
		reply_cookie(r, had.oldest, "", 0);
	reply_cookie(r, name, value, r->gw->conf->state_ttl);
	return value;
}

static enum err go_to_platform(struct req *r, const struct platform *row, const struct lti_login *l,
			       const char *tag, const char *secret)
{
	const struct lti_platform p = launch_platform(r, row);
	const struct lti_env env = launch_env(r);
	struct lti_begin b = { .redirect_uri = arena_printf(&r->a, "%s/lti/launch",
							    r->gw->public_origin),
			       .tag = tag, .secret = span_of(secret) };
	const char *url = NULL;
	enum err err;

	if (b.redirect_uri == NULL)
		return E_NOMEM;
	memcpy(b.key, r->gw->state_key, sizeof(b.key));
	err = lti_login_begin(&r->a, &env, &p, l, &b, &url);
	explicit_bzero(b.key, sizeof(b.key));
	return err == E_OK ? reply_redirect(r, 302, url) : err;
}

/* Browsers hold a form's redirects to form-action, too, and ours leads to the platform. */
static enum err settle_page(struct req *r, const struct platform *row, const struct lti_param *v,
			    unsigned n)
{
	struct settle_page m = { .action = "/lti/login", .v = v, .n = n };
	struct page p = { .title = loc_str(r->loc, MSG_launch_settle_title), .room = "waiting" };
	const char *platform = lti_url_origin(&r->a, span_of(row->auth_url),
					      r->gw->conf->lab_mode);
	struct out o = out_page(r);

	if (platform != NULL)
		reply_form_action(r, platform);
	page_begin(&o, &p);
	view_settle(&o, &m);
	page_end(&o, &p);
	return E_OK;
}

/* The same request again, method and body kept, with the tag of the cookie just set. */
static enum err once_more(struct req *r, const struct lti_param *v, unsigned n, const char *tag)
{
	struct buf url = BUF_INIT(64 << 10);
	const char *where;

	buf_addz(&url, "/lti/login?" SETTLE_PARAM "=");
	buf_addz(&url, tag);
	for (unsigned i = 0; r->method == METHOD_GET && i < n; i++) {
		buf_printf(&url, "&%.*s=", (int)v[i].name.n, v[i].name.p);
		lti_url_escape(&url, v[i].value);
	}
	where = url.err == E_OK ? arena_strndup(&r->a, url.p, url.len) : NULL;
	buf_release(&url);
	return where != NULL ? reply_redirect(r, 307, where) : E_NOMEM;
}

/* The browser's secret for a tag it claims, or NULL. */
static const char *binding_of(struct req *r, const char *tag)
{
	if (tag == NULL || strlen(tag) > LTI_TAG_MAX ||
	    strspn(tag, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_") !=
		    strlen(tag))
		return NULL;
	return req_cookie(r, arena_printf(&r->a, LOGIN_COOKIE "%s", tag));
}

static enum err settle(struct req *r, const struct platform *p, const struct lti_login *l,
		       const struct lti_param *v, unsigned n)
{
	const char *again = req_param(r, SETTLE_PARAM), *secret = binding_of(r, again);
	char *tag;

	if (secret != NULL)
		return go_to_platform(r, p, l, again, secret);
	if (again != NULL && in_frame(r))
		return settle_page(r, p, v, n);
	tag = arena_alloc(&r->a, 2 * TAG_BYTES);
	if (tag == NULL)
		return E_NOMEM;
	auth_token(tag, TAG_BYTES);
	secret = set_binding(r, tag);
	if (secret == NULL)
		return E_NOMEM;
	if (in_frame(r) && !cookies_work(r))
		return once_more(r, v, n, tag);
	return go_to_platform(r, p, l, tag, secret);
}

enum err launch_login(struct req *r)
{
	const char *const origins[] = { r->gw->public_origin, NULL };
	struct lti_param v[PARAMS_MAX];
	struct lti_refusal why = { 0 };
	struct lti_login l;
	struct find f = { .r = r, .l = &l };
	unsigned n = launch_params(r, v, PARAMS_MAX);
	enum lti_result got;
	enum refusal state;
	enum err err;

	got = lti_login_read(&r->a, v, n, origins, &l, &why);
	if (got == LTI_REFUSED)
		return launch_refuse(r, NULL, launch_reason(why.reason), &why);
	if (got != LTI_OK)
		return E_INTERNAL;
	err = store_read(r->gw->store, find_platform, &f, &r->fault);
	if (err == E_MISSING)
		return launch_refuse(r, NULL, REFUSE_PLATFORM_UNKNOWN, NULL);
	if (err == E_CONFLICT)
		return launch_refuse(r, NULL, REFUSE_CLIENT_NEEDED, NULL);
	if (err != E_OK)
		return err;
	state = launch_platform_state(&f.p);
	if (state != REFUSE_NONE)
		return launch_refuse(r, &f.p, state, NULL);
	return settle(r, &f.p, &l, v, n);
}
