/*
 * A request on its one way: gate, route, session, role, body, object policy,
 * handler, store, view. Handlers see it after all of that has said yes.
 *
 * Ownership: everything a handler allocates comes from r->a and dies with the
 * request. Threads: one at a time; req_defer() hands the request to a job thread.
 */
#ifndef LINTEL_GW_REQ_H
#define LINTEL_GW_REQ_H

#include "base/arena.h"
#include "base/buf.h"
#include "gw/form.h"
#include "gw/i18n.h"
#include "gw/refusal.h"
#include "store/access.h"
#include "store/store.h"

struct conf;
struct req;
struct session;

enum method { METHOD_GET, METHOD_POST };	/* HEAD runs as GET, the body is dropped */
/* What the process shares; set up by `serve`, read-only afterwards. */
struct gw {
	const struct conf *conf;
	struct store *store;
	const char *public_origin;	/* scheme://host[:port] of public_url */
	uint8_t state_key[32];		/* signs login state and CSRF fields */
	struct lti_keys *keys;		/* platform key sets, see gw/keys.h */
};

#define REQ_MAGIC 0x4e90e57au
#define REQ_ARENA_CAP (8u << 20)
#define REQ_OBJECTS 2

struct req {
	unsigned magic;
	struct gw *gw;
	struct arena a;
	struct fault fault;
	int64_t now_ms;			/* the clock, read once */
	enum method method;
	const char *path;		/* as matched, no query */
	const struct route *route;
	char id[17];			/* for the log and for error pages */
	const char *tag;		/* of /app/TAG/; "" outside */
	const char *rest;		/* what a path's final "*" stood for; else "" */
	int64_t ok;			/* ?ok=: the enum msg of reply_done(), 0 if none */
	int64_t deadline_ms;		/* monotonic; set while deferred work runs */

	struct session *s;		/* NULL outside /app/TAG/ */
	struct actor who;		/* zero outside a session */
	const struct loc *loc;		/* language; never NULL */
	const char *zone;		/* IANA zone of the reader; never NULL */

	struct access obj[REQ_OBJECTS];	/* path parameters, in order, already allowed */
	struct form form;		/* the body, by route->form */
	struct form query;		/* the query, by route->query */
	struct span upload;		/* ROUTE_UPLOAD: path of the spooled file */

	struct reply *reply;
	void *carry;			/* a handler's word to its own deferred work; arena */
};

typedef enum err (*handler_fn)(struct req *r);

/* ---- answering: exactly one of these per request ---- */

/* An HTML page; write into the buffer. Status 200 unless the form was bad (422). */
struct buf *reply_html(struct req *r);
/* Any other body; the buffer is taken over. `download` NULL or a file name (ASCII). */
enum err reply_body(struct req *r, int status, const char *type, struct buf *body,
		    const char *download);
/* 303 inside this session: "/app/TAG" + the formatted path. */
__attribute__((format(printf, 2, 3)))
enum err reply_see(struct req *r, const char *fmt, ...);
/* The same, and the next page shows `done` (a key that starts with "done."). */
__attribute__((format(printf, 3, 4)))
enum err reply_done(struct req *r, enum msg done, const char *fmt, ...);
/* 302, 303 or 307 to an absolute address the caller has checked. */
enum err reply_redirect(struct req *r, int status, const char *url);
/* A refusal page with its code, HTTP status and words from refusal.def. */
enum err reply_refuse(struct req *r, enum refusal code);
void reply_conflict(struct req *r);	/* the page begun says that somebody was faster: 409 */
void reply_refused(struct req *r, enum refusal code);	/* the page begun says that no: its status */
void reply_header(struct req *r, const char *name, const char *value);
/* Named "__Host-…", all guards on. max_age_s 0 drops it, < 0 ends with the browser. */
void reply_cookie(struct req *r, const char *name, const char *value, int64_t max_age_s);
void reply_form_action(struct req *r, const char *origin);	/* a form here may lead there */

__attribute__((format(printf, 2, 3)))	/* inside this session: "/app/TAG/…" */
const char *req_path(struct req *r, const char *fmt, ...);

/* ---- asking; all text dies with the request ---- */

/* NULL: not sent. The gate refuses a header of ours that comes twice. */
const char *req_header(struct req *r, const char *name);
/* NULL: not sent, or sent twice with different values. */
const char *req_cookie(struct req *r, const char *name);
/* Every cookie whose name starts with the prefix; false from `fn` stops. */
void req_cookies(struct req *r, const char *prefix,
		 bool (*fn)(void *arg, const char *name, const char *value), void *arg);
/* ROUTE_FOREIGN_POST: a value from body or query as sent, valid UTF-8; NULL: not sent. */
const char *req_param(struct req *r, const char *name);

/*
 * Slow work (network, disk): the connection waits, `work` runs on a job thread and
 * answers like a handler, within `deadline_ms` of monotonic time.
 */
enum err req_defer(struct req *r, handler_fn work);

/*
 * A write the connection waits for and no thread: `then` answers, like a handler, with
 * what became of `fn`. For the launch, which a whole school passes in one minute.
 */
typedef enum err (*wrote_fn)(struct req *r, void *arg, enum err wrote);
enum err req_write(struct req *r, store_fn fn, void *arg, wrote_fn then);

#endif
