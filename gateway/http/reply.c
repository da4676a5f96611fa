/*
 * Answers: one a request, with the security headers of DESIGN 3 on every one of
 * them. This file alone hands a response to microhttpd.
 */
#include <inttypes.h>
#include <microhttpd.h>

#include "base/magic.h"
#include "gw/auth.h"
#include "gw/clock.h"
#include "gw/conf.h"
#include "gw/log.h"
#include "server.h"

#define RETRY_AFTER "5"

static void (*error_page)(struct req *r, enum refusal code);

void server_set_error_page(void (*draw)(struct req *r, enum refusal code))
{
	error_page = draw;
}

void reply_release(struct reply *p)
{
	buf_release(&p->body);
	*p = (struct reply){ .set = false };
}

/* The reply to fill. A second one is our bug; the first is thrown away. */
static struct reply *begin(struct req *r, int status)
{
	struct reply *p = r->reply;

	assert(p != NULL);
	if (p->set) {
		count_bug("reply: two answers to one request");
		buf_release(&p->body);
		p->page = false;
		p->download = NULL;
	}
	p->set = true;
	p->status = status;
	return p;
}

struct buf *reply_html(struct req *r)
{
	enum refusal refused = r->reply->refused;
	struct reply *p = begin(r, refused != REFUSE_NONE ? refusal_status(refused) :
				r->form.bad > 0 ? 422 : 200);

	p->type = "text/html; charset=utf-8";
	p->page = true;
	p->body = BUF_INIT(REPLY_MAX);
	return &p->body;
}

enum err reply_body(struct req *r, int status, const char *type, struct buf *body,
		    const char *download)
{
	struct reply *p = begin(r, status);

	p->type = type;
	p->body = *body;
	*body = (struct buf){ .max = body->max };
	p->download = download;
	return p->body.err;
}

void reply_conflict(struct req *r)
{
	assert(r->reply->set && r->reply->page);
	r->reply->status = 409;
}

void reply_refused(struct req *r, enum refusal code)
{
	assert(r->reply->set && r->reply->page);
	assert(code > REFUSE_NONE && code < REFUSE_COUNT);
	r->reply->status = refusal_status(code);
	r->reply->refused = code;
}

void reply_header(struct req *r, const char *name, const char *value)
{
	struct reply *p = r->reply;

	assert(p->n < REPLY_HEADERS);
	assert(name != NULL && value != NULL);
	p->name[p->n] = name;
	p->value[p->n++] = value;
}

enum err reply_redirect(struct req *r, int status, const char *url)
{
	struct reply *p = begin(r, status);

	assert(status == 302 || status == 303 || status == 307);
	p->body = BUF_INIT(0);
	reply_header(r, "Location", url);
	return E_OK;
}

#define PATH_MAX_LEN 4096

__attribute__((format(printf, 2, 0)))
static char *session_path(struct req *r, const char *fmt, va_list ap)
{
	bool inside = r->tag[0] != '\0';
	char path[PATH_MAX_LEN];	/* a page of links makes fifty of them */
	int n = snprintf(path, sizeof(path), "%s%s", inside ? "/app/" : "", inside ? r->tag : "");
	int more = vsnprintf(path + n, sizeof(path) - (size_t)n, fmt, ap);

	assert(n >= 0 && (size_t)n < sizeof(path));
	if (more < 0 || (size_t)more >= sizeof(path) - (size_t)n)
		return NULL;
	return arena_strndup(&r->a, path, (size_t)n + (size_t)more);
}

const char *req_path(struct req *r, const char *fmt, ...)
{
	va_list ap;
	char *s;

	va_start(ap, fmt);
	s = session_path(r, fmt, ap);
	va_end(ap);
	return s != NULL ? s : "";
}

enum err reply_see(struct req *r, const char *fmt, ...)
{
	va_list ap;
	char *s;

	va_start(ap, fmt);
	s = session_path(r, fmt, ap);
	va_end(ap);
	return s != NULL ? reply_redirect(r, 303, s) : E_NOMEM;
}

enum err reply_done(struct req *r, enum msg done, const char *fmt, ...)
{
	va_list ap;
	char *s;

	va_start(ap, fmt);
	s = session_path(r, fmt, ap);
	va_end(ap);
	if (s != NULL)
		s = arena_printf(&r->a, "%s%cok=%d", s, strchr(s, '?') ? '&' : '?', (int)done);
	return s != NULL ? reply_redirect(r, 303, s) : E_NOMEM;
}

void reply_form_action(struct req *r, const char *origin)
{
	assert(origin != NULL);
	r->reply->form_action = origin;
}

static bool cookie_value_ok(const char *v)
{
	for (; *v != '\0'; v++)
		if (*v <= 0x20 || *v >= 0x7f || strchr("\",;\\", *v) != NULL)
			return false;
	return true;
}

void reply_cookie(struct req *r, const char *name, const char *value, int64_t max_age_s)
{
	char age[48] = "", *s;

	assert(str_starts(name, "__Host-") && cookie_value_ok(name));
	assert(cookie_value_ok(value));
	if (max_age_s >= 0)
		snprintf(age, sizeof(age), "; Max-Age=%" PRId64, max_age_s);
	s = arena_printf(&r->a, "%s=%s; Path=/; Secure; HttpOnly; SameSite=None; Partitioned%s",
			 name, value, age);
	if (s != NULL)
		reply_header(r, "Set-Cookie", s);
}

/* Before the view layer has its own: no words but the code. */
static void plain_error_page(struct req *r, enum refusal code)
{
	struct buf *b = reply_html(r);

	buf_printf(b, "<!DOCTYPE html><html lang=\"en\"><head><meta charset=\"utf-8\">"
		   "<title>%s</title></head><body data-refused=\"%s\"><p>%s (%s)</p></body></html>\n",
		   refusal_code(code), refusal_code(code), refusal_code(code), r->id);
}

enum err reply_refuse(struct req *r, enum refusal code)
{
	struct reply *p = r->reply;
	const char *name[REPLY_HEADERS], *value[REPLY_HEADERS];
	unsigned n = 0;

	assert(code > REFUSE_NONE && code < REFUSE_COUNT);
	/* Cookies may be dropped together with a refusal; nothing else survives. */
	for (unsigned i = 0; i < p->n; i++) {
		if (str_eq(p->name[i], "Set-Cookie") || str_eq(p->name[i], "Allow")) {
			name[n] = p->name[i];
			value[n++] = p->value[i];
		}
	}
	reply_release(p);
	p->refused = code;
	for (unsigned i = 0; i < n; i++)
		reply_header(r, name[i], value[i]);
	if (error_page != NULL)
		error_page(r, code);
	else
		plain_error_page(r, code);
	if (p->set && p->body.err == E_OK)
		return E_OK;
	count_bug("reply: the error page failed");
	reply_release(p);
	p->refused = code;
	plain_error_page(r, code);
	return E_OK;
}

/* ---- headers ---- */

static void add(struct MHD_Response *m, const char *name, const char *value)
{
	if (MHD_add_response_header(m, name, value) != MHD_YES)
		count_bug("reply: a header that cannot be sent");
}

/* DESIGN 3, Sessions: who may frame this page. */
static const char *frame_ancestors(struct exchange *x)
{
	struct req *r = &x->r;
	const char *any = r->gw->conf->lab_mode ?
		"https: http://localhost:* http://127.0.0.1:*" : "https:", *o;

	if (r->route != NULL && (r->route->flags & ROUTE_FRAMED) != 0)
		return any;
	if (r->s == NULL)
		/* A refusal inside the frame must be readable there; it holds no data. */
		return x->reply.refused != REFUSE_NONE && r->tag[0] != '\0' ? any : "'none'";
	o = auth_frame_origin(r);
	return o != NULL ? o : "'none'";
}

static void add_page_headers(struct exchange *x, struct MHD_Response *m)
{
	const char *fa = x->reply.form_action;
	char *csp = arena_printf(&x->r.a,
		"default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; "
		"form-action 'self'%s%s; frame-ancestors %s; base-uri 'none'",
		fa != NULL ? " " : "", fa != NULL ? fa : "", frame_ancestors(x));

	add(m, "Content-Security-Policy", csp != NULL ? csp :
	    "default-src 'none'; frame-ancestors 'none'");
	add(m, "Permissions-Policy", "camera=(), microphone=(), geolocation=(), payment=(), "
	    "usb=(), browsing-topics=()");
}

static bool says(const struct reply *p, const char *name)
{
	for (unsigned i = 0; i < p->n; i++)
		if (str_eq(p->name[i], name))
			return true;
	return false;
}

/*
 * Referrer-Policy is same-origin and not no-referrer: under the latter browsers
 * send "Origin: null" with our own forms (Fetch, "append a request Origin
 * header"), which would blind the Origin check. Nothing leaves our origin.
 */
static void add_headers(struct exchange *x, struct MHD_Response *m)
{
	struct reply *p = &x->reply;

	if (p->page)
		add_page_headers(x, m);
	else
		add(m, "Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'");
	if (p->type != NULL)
		add(m, "Content-Type", p->type);
	add(m, "X-Content-Type-Options", "nosniff");
	add(m, "Referrer-Policy", "same-origin");
	add(m, "Cross-Origin-Resource-Policy", "same-origin");
	if (!says(p, "Cache-Control"))
		add(m, "Cache-Control", p->immutable ? "public, max-age=31536000, immutable" :
						       "no-store");
	if (str_starts(x->r.gw->public_origin, "https:"))
		add(m, "Strict-Transport-Security", "max-age=31536000");
	if (p->status == 503)
		add(m, "Retry-After", RETRY_AFTER);
	if (p->download != NULL) {
		char *d = arena_printf(&x->r.a, "attachment; filename=\"%s\"", p->download);

		add(m, "Content-Disposition", d != NULL ? d : "attachment");
	}
	for (unsigned i = 0; i < p->n; i++)
		add(m, p->name[i], p->value[i]);
	if (x->close || atomic_load(&x->srv->stopping))
		add(m, "Connection", "close");
}

/* The route's pattern, never the path: ids and tags stay out of the log. */
static void log_answer(struct exchange *x)
{
	const struct route *rt = x->r.route;

	metric_answer(x->reply.status, x->reply.refused);
	if (rt != NULL && x->reply.status < 400 && x->r.method == METHOD_POST &&
	    str_eq(rt->path, "/lti/launch"))
		metric_launch();
	log_event(LOG_INFO, "request", "req=%s method=%s route=%s%s status=%d ms=%" PRId64
		  " refused=%s", x->r.id, x->head ? "HEAD" :
		  x->r.method == METHOD_POST ? "POST" : "GET",
		  rt != NULL && !(rt->flags & ROUTE_TOP) ? "/app/*" : "",
		  rt != NULL ? rt->path : "-", x->reply.status,
		  clock_monotonic_ms() - x->t0_ms,
		  x->reply.refused != REFUSE_NONE ? refusal_code(x->reply.refused) : "-");
}

bool reply_send(struct exchange *x)
{
	struct reply *p = &x->reply;
	struct MHD_Response *m;
	enum MHD_Result ok;
	size_t n = p->fixed.n;
	void *mem;

	if (p->body.err != E_OK) {
		count_bug("reply: a page grew past its limit or memory");
		reply_refuse(&x->r, REFUSE_OUR_FAULT);
	}
	assert(p->set && p->status >= 200 && p->status <= 599);
	if (p->fixed.p != NULL) {
		m = MHD_create_response_from_buffer(n, (void *)(uintptr_t)p->fixed.p,
						    MHD_RESPMEM_PERSISTENT);
	} else {
		mem = buf_take(&p->body, &n);
		m = MHD_create_response_from_buffer(n, mem, MHD_RESPMEM_MUST_FREE);
		if (m == NULL)
			free(mem);
	}
	if (m == NULL)
		return false;
	add_headers(x, m);
	log_answer(x);
	conn_phase(x->conn, PHASE_SEND, (int64_t)n);
	x->step = STEP_SENT;
	ok = MHD_queue_response(x->con, (unsigned)p->status, m);
	MHD_destroy_response(m);
	return ok == MHD_YES;
}
