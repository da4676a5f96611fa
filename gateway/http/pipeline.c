/*
 * The one way of a request. Before the body: gate, match, session, role policy,
 * Origin and Sec-Fetch-Site, size and type of what is announced. With the body:
 * CSRF, typed values, object policy, handler. Every step can only refuse.
 */
#include <strings.h>

#include "base/magic.h"
#include "gw/auth.h"
#include "gw/conf.h"
#include "gw/log.h"
#include "http.h"
#include "upload.h"

#define FORM_BYTES (64u << 10)
#define BIG_FORM_BYTES (192u << 10)
#define TAG_MAX 32
#define OK_MAX 100000

/* ---- what handlers may ask ---- */

const char *req_header(struct req *r, const char *name)
{
	struct exchange *x = EXCHANGE_OF(r);
	size_t n = strlen(name);

	for (unsigned i = 0; i < x->gate.n; i++)
		if (x->gate.v[i].name.n == n && strncasecmp(x->gate.v[i].name.p, name, n) == 0)
			return x->gate.v[i].value.p;
	return NULL;
}

/* Calls fn for each name=value of every Cookie header (RFC 6265 5.4). */
static void each_cookie(struct req *r, bool (*fn)(void *arg, struct span name, struct span value),
			void *arg)
{
	struct exchange *x = EXCHANGE_OF(r);

	for (unsigned i = 0; i < x->gate.n; i++) {
		const char *p = x->gate.v[i].value.p;

		if (x->gate.v[i].name.n != 6 || strncasecmp(x->gate.v[i].name.p, "cookie", 6) != 0)
			continue;
		while (*p != '\0') {
			size_t n, eq;

			p += strspn(p, " ;");
			n = strcspn(p, ";");
			eq = strcspn(p, "=");
			if (eq > 0 && eq < n &&
			    !fn(arg, span_mk(p, eq), span_mk(p + eq + 1, n - eq - 1)))
				return;
			p += n;
		}
	}
}

struct cookie_find {
	const char *name;
	struct span found;
	bool twice;
};

static bool on_cookie_find(void *arg, struct span name, struct span value)
{
	struct cookie_find *c = arg;

	if (!span_eqz(name, c->name))
		return true;
	if (c->found.p != NULL && !span_eq(c->found, value))
		c->twice = true;
	c->found = value;
	return true;
}

const char *req_cookie(struct req *r, const char *name)
{
	struct cookie_find c = { .name = name };

	each_cookie(r, on_cookie_find, &c);
	if (c.found.p == NULL || c.twice)
		return NULL;
	return arena_strndup(&r->a, c.found.p, c.found.n);
}

struct cookie_each {
	struct req *r;
	const char *prefix;
	bool (*fn)(void *arg, const char *name, const char *value);
	void *arg;
};

static bool on_cookie_each(void *arg, struct span name, struct span value)
{
	struct cookie_each *c = arg;
	const char *n, *v;

	if (!span_starts(name, span_of(c->prefix)))
		return true;
	n = arena_strndup(&c->r->a, name.p, name.n);
	v = arena_strndup(&c->r->a, value.p, value.n);
	return n != NULL && v != NULL && c->fn(c->arg, n, v);
}

void req_cookies(struct req *r, const char *prefix,
		 bool (*fn)(void *arg, const char *name, const char *value), void *arg)
{
	struct cookie_each c = { .r = r, .prefix = prefix, .fn = fn, .arg = arg };

	assert(prefix != NULL && fn != NULL);
	each_cookie(r, on_cookie_each, &c);
}

const char *req_param(struct req *r, const char *name)
{
	const struct pair *p = pairs_find(&EXCHANGE_OF(r)->pairs, name);

	assert(r->route != NULL && (r->route->flags & ROUTE_FOREIGN_POST) != 0);
	return p != NULL ? p->value.p : NULL;
}

/* ---- before the body ---- */

/* The first language the browser names; the session's own replaces it later. */
static void guess_language(struct exchange *x)
{
	const char *al = req_header(&x->r, "Accept-Language");
	char tag[36];
	size_t n;

	if (al == NULL)
		return;
	al += strspn(al, " ");
	n = strcspn(al, ",; ");
	if (n == 0 || n >= sizeof(tag))
		return;
	memcpy(tag, al, n);
	tag[n] = '\0';
	x->r.loc = loc_find(tag);
}

static bool tag_ok(struct span s)
{
	for (size_t i = 0; i < s.n; i++) {
		char c = s.p[i];

		if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
		      (c >= '0' && c <= '9') || c == '-' || c == '_'))
			return false;
	}
	return s.n > 0 && s.n <= TAG_MAX;
}

/* "/app/TAG/rest" belongs to a session, everything else stands at the root. */
static enum refusal match(struct exchange *x)
{
	struct span path = { x->target, x->gate.path_n };
	struct req *r = &x->r;
	bool top = true;

	if (span_starts(path, SPAN("/app/")) && path.n > 5) {
		const char *end = memchr(path.p + 5, '/', path.n - 5);
		struct span tag = { path.p + 5, end != NULL ? (size_t)(end - path.p) - 5 : 0 };

		if (end == NULL || !tag_ok(tag))
			return REFUSE_NOT_FOUND;
		r->tag = arena_strndup(&r->a, tag.p, tag.n);
		if (r->tag == NULL) {
			r->tag = "";
			return REFUSE_OUR_FAULT;
		}
		path = span_mk(end, path.n - 5 - tag.n);
		top = false;
	}
	route_match(path, top, r->method, &x->hit);
	if (x->hit.row == NULL) {
		if (!x->hit.wrong_method)
			return REFUSE_NOT_FOUND;
		reply_header(r, "Allow", r->method == METHOD_GET ? "POST" : "GET, HEAD");
		return REFUSE_METHOD;
	}
	r->route = x->hit.row->route;
	r->path = arena_strndup(&r->a, path.p, path.n);
	r->rest = arena_strndup(&r->a, x->hit.rest.p, x->hit.rest.n);
	if (r->path == NULL || r->rest == NULL)
		return REFUSE_OUR_FAULT;
	return REFUSE_NONE;
}

/* The listener's loopback name is for the machine's own monitoring only. */
static enum refusal check_host_use(struct exchange *x)
{
	if (x->gate.public_host || (x->r.route->flags & ROUTE_LOCAL_HOST) != 0)
		return REFUSE_NONE;
	return REFUSE_BAD_REQUEST;
}

/* A form nobody may send is not shown either: what is typed there would be lost. */
static bool leads_to_write(const struct req *r)
{
	enum act act = route_policy_act(r->route->policy);

	return act == ACT_WRITE || act == ACT_FORM;
}

static enum refusal session_and_role(struct exchange *x)
{
	struct req *r = &x->r;
	unsigned who = route_policy_who(r->route->policy);
	enum refusal code;

	if (r->route->flags & ROUTE_TOP)
		return REFUSE_NONE;
	code = auth_session(r, r->tag);
	if (code != REFUSE_NONE) {
		r->s = NULL;
		return code;
	}
	assert(r->s != NULL && r->loc != NULL && r->zone != NULL);
	if ((who & WHO_ANYONE) == 0 && (who & auth_who(r)) == 0)
		return REFUSE_NOT_YOURS;
	if (r->who.read_only && leads_to_write(r) && (who & WHO_ANYONE) == 0)
		return REFUSE_READ_ONLY;
	return REFUSE_NONE;
}

/*
 * Unsafe methods come from our own pages. A browser sends Origin with every
 * POST; one that does not must at least prove the site by Fetch Metadata.
 */
static enum refusal check_origin(struct exchange *x)
{
	const char *origin = req_header(&x->r, "Origin");
	const char *site = req_header(&x->r, "Sec-Fetch-Site");

	if (x->r.method != METHOD_POST || (x->r.route->flags & ROUTE_FOREIGN_POST) != 0)
		return REFUSE_NONE;
	if (site != NULL && !str_eq(site, "same-origin"))
		return REFUSE_FOREIGN_ORIGIN;
	if (origin == NULL)
		return site != NULL ? REFUSE_NONE : REFUSE_FOREIGN_ORIGIN;
	return str_eq(origin, x->r.gw->public_origin) ? REFUSE_NONE : REFUSE_FOREIGN_ORIGIN;
}

static bool type_is_form(const char *type)
{
	static const char want[] = "application/x-www-form-urlencoded";
	size_t n = sizeof(want) - 1;

	if (type == NULL || strncasecmp(type, want, n) != 0)
		return false;
	type += n + strspn(type + n, " ");
	return *type == '\0' || *type == ';';
}

static enum refusal announce_body(struct exchange *x)
{
	struct req *r = &x->r;
	int64_t n = x->gate.content_length;
	int64_t max = (r->route->flags & ROUTE_BIG_FORM) != 0 ? BIG_FORM_BYTES : FORM_BYTES;

	if (r->method != METHOD_POST)
		return REFUSE_NONE;
	if (r->route->flags & ROUTE_UPLOAD)
		return upload_begin(x);
	if (n > max)
		return REFUSE_TOO_LARGE;
	if (n > 0 && !type_is_form(req_header(r, "Content-Type")))
		return REFUSE_BAD_TYPE;
	x->body = BUF_INIT((size_t)max);
	return REFUSE_NONE;
}

static enum refusal pairs_refusal(enum err e)
{
	return e == E_OK ? REFUSE_NONE : e == E_NOMEM ? REFUSE_OUR_FAULT : REFUSE_BAD_REQUEST;
}

/* Takes "ok" out of the pairs: it is ours on every page. */
static enum refusal take_ok(struct exchange *x, const struct pairs *p)
{
	const struct pair *ok = pairs_find(p, "ok");

	if (ok != NULL && (!span_int64(ok->value, &x->r.ok) || x->r.ok < 0 || x->r.ok > OK_MAX))
		return REFUSE_BAD_REQUEST;
	return REFUSE_NONE;
}

static enum refusal read_query(struct exchange *x)
{
	struct req *r = &x->r;
	struct pairs *p;
	enum refusal code;

	if (r->route->flags & ROUTE_FOREIGN_POST)
		return pairs_refusal(pairs_add(&r->a, x->gate.query, &x->pairs));
	if (x->gate.query.n == 0 && r->route->query == NULL)
		return REFUSE_NONE;
	p = arena_new(&r->a, struct pairs);
	if (p == NULL)
		return REFUSE_OUR_FAULT;
	code = pairs_refusal(pairs_add(&r->a, x->gate.query, p));
	if (code == REFUSE_NONE)
		code = take_ok(x, p);
	if (code == REFUSE_NONE)
		code = pairs_refusal(form_read(&r->a, r->route->query, p, "ok", &r->query));
	if (code == REFUSE_NONE && r->query.bad > 0)
		code = REFUSE_BAD_REQUEST;
	return code;
}

enum refusal pipeline_head(struct exchange *x)
{
	static enum refusal (*const steps[])(struct exchange *x) = {
		match, check_host_use, session_and_role, check_origin, read_query, announce_body,
	};
	enum refusal code = gate_check(&x->gate);

	CHECK_MAGIC(x, EXCHANGE_MAGIC);
	if (code == REFUSE_METHOD)
		reply_header(&x->r, "Allow", "GET, HEAD, POST");
	if (code != REFUSE_NONE) {
		count_peer_fault("gate");
		return code;
	}
	x->r.method = strcmp(x->gate.method, "POST") == 0 ? METHOD_POST : METHOD_GET;
	guess_language(x);
	for (size_t i = 0; code == REFUSE_NONE && i < ARRAY_LEN(steps); i++)
		code = steps[i](x);
	return code;
}

/* ---- with the body ---- */

static bool foreign_values_ok(const struct pairs *p)
{
	for (unsigned i = 0; i < p->n; i++)
		if (!utf8_valid(p->v[i].value))
			return false;
	return true;
}

static enum refusal read_body(struct exchange *x)
{
	struct req *r = &x->r;
	const struct pair *csrf;
	enum refusal code;

	if (r->route->flags & ROUTE_FOREIGN_POST) {
		code = pairs_refusal(pairs_add(&r->a, span_mk(x->body.p, x->body.len), &x->pairs));
		if (code == REFUSE_NONE && !foreign_values_ok(&x->pairs))
			code = REFUSE_BAD_REQUEST;
		return code;
	}
	if (r->method != METHOD_POST)
		return REFUSE_NONE;
	if (r->route->flags & ROUTE_UPLOAD) {
		code = upload_finish(x);
	} else {
		code = pairs_refusal(pairs_add(&r->a, span_mk(x->body.p, x->body.len), &x->pairs));
		csrf = pairs_find(&x->pairs, "csrf");
		if (code == REFUSE_NONE && (csrf == NULL || !auth_csrf_ok(r, csrf->value.p)))
			code = REFUSE_CSRF;
	}
	if (code != REFUSE_NONE)
		return code;
	return pairs_refusal(form_read(&r->a, r->route->form, &x->pairs, "csrf", &r->form));
}

static enum err check_objects(struct db *db, void *arg)
{
	struct exchange *x = arg;
	unsigned k = 0;

	for (unsigned i = 0; i < x->hit.row->n; i++) {
		enum err e;

		if (x->hit.row->kind[i] == OBJ_NONE)
			continue;
		assert(k < x->hit.n_id && k < REQ_OBJECTS);
		e = access_check(db, &x->r.who, x->r.now_ms, x->hit.row->kind[i], x->hit.id[k],
				 &x->r.obj[k]);
		if (e != E_OK)
			return e;
		k++;
	}
	return E_OK;
}

/* Foreign and missing answer alike: access_check() says E_MISSING for both. */
static enum refusal object_policy(struct exchange *x)
{
	struct req *r = &x->r;
	enum err e;

	if (x->hit.n_id == 0)
		return REFUSE_NONE;
	e = store_read(r->gw->store, check_objects, x, &r->fault);
	if (e != E_OK)
		return refusal_of(e);
	for (unsigned i = 0; i < x->hit.n_id; i++) {
		assert(r->obj[i].rel != REL_NONE);
		if (r->obj[i].read_only && leads_to_write(r))
			return REFUSE_READ_ONLY;
	}
	return REFUSE_NONE;
}

void pipeline_settle(struct exchange *x, enum err e)
{
	struct req *r = &x->r;

	if (r->fault.err != E_OK)
		log_event(e == E_DB || e == E_IO || e == E_NOMEM || e == E_INTERNAL ?
			  LOG_ERROR : LOG_INFO, "fault", "req=%s err=%s at=%s text=\"%s\"", r->id,
			  err_name(r->fault.err), r->fault.where, r->fault.text);
	if (e == E_OK && !x->reply.set) {
		count_bug("pipeline: a handler without an answer");
		e = E_INTERNAL;
	}
	/* Something was left out of this page: rather none than half of it. */
	if (e == E_OK && r->a.failed)
		e = E_NOMEM;
	if (e != E_OK) {
		reply_refuse(r, refusal_of(e));
		return;
	}
	if (route_policy_act(r->route->policy) != ACT_READ || x->reply.status >= 400)
		return;
	for (unsigned i = 0; i < x->hit.n_id; i++)
		if (r->obj[i].child != 0)
			auth_read_audit(r, &r->obj[i]);
}

void pipeline_run(struct exchange *x)
{
	struct req *r = &x->r;
	enum refusal code = read_body(x);
	enum err e;

	if (code == REFUSE_NONE)
		code = object_policy(x);
	if (code == REFUSE_NONE && r->form.bad > 0 && r->route->again == NULL)
		code = REFUSE_FORM;
	if (code != REFUSE_NONE) {
		if (r->fault.err != E_OK)
			log_event(LOG_WARN, "fault", "req=%s err=%s at=%s text=\"%s\"", r->id,
				  err_name(r->fault.err), r->fault.where, r->fault.text);
		reply_refuse(r, code);
		return;
	}
	e = r->form.bad > 0 ? r->route->again(r) : r->route->handler(r);
	if (e == E_OK && exchange_waits(x))
		return;
	x->wait = (struct wait){ 0 };
	pipeline_settle(x, e);
}
