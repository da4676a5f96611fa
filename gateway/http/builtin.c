/*
 * Routes that belong to the server itself: health, metrics, static files and
 * the way from /app/ to the newest session.
 */
#include "base/magic.h"
#include "gw/auth.h"
#include "gw/static.h"
#include "server.h"

static enum err text(struct req *r, int status, const char *s)
{
	struct buf b = BUF_INIT(256);

	buf_addz(&b, s);
	return reply_body(r, status, "text/plain; charset=utf-8", &b, NULL);
}

static enum err healthz(struct req *r)
{
	return text(r, 200, "ok\n");
}

static enum err readyz(struct req *r)
{
	struct exchange *x = EXCHANGE_OF(r);

	if (atomic_load(&x->srv->stopping) || store_ping(r->gw->store, &r->fault) != E_OK)
		return text(r, 503, "not ready\n");
	return text(r, 200, "ready\n");
}

/*
 * The machine's own monitoring only. A proxy on this machine is a loopback peer
 * too, so what it forwards must not look like the monitor: the name in Host is
 * the listener's own, and no forwarding header is there.
 */
static enum err metrics(struct req *r)
{
	static const char *const forwarded[] = {
		"X-Forwarded-For", "X-Forwarded-Host", "X-Real-IP", "Forwarded", "Via",
	};
	struct exchange *x = EXCHANGE_OF(r);
	struct buf b = BUF_INIT(1u << 20);

	if (!peer_is_local(x) || !x->gate.local_host)
		return E_MISSING;
	for (size_t i = 0; i < ARRAY_LEN(forwarded); i++)
		if (req_header(r, forwarded[i]) != NULL)
			return E_MISSING;
	metrics_write(&b, x->srv);
	return reply_body(r, 200, "text/plain; version=0.0.4; charset=utf-8", &b, NULL);
}

/* /static/HASH/name: the hash names the content, so it may be kept for ever. */
static enum err static_file(struct req *r)
{
	const char *slash = strchr(r->rest, '/');
	size_t hash_n = slash != NULL ? (size_t)(slash - r->rest) : 0;
	struct reply *p = r->reply;

	for (const struct static_file *f = static_files; slash != NULL && f->name != NULL; f++) {
		if (!str_eq(f->name, slash + 1) || hash_n < 8 || hash_n > strlen(f->hash) ||
		    strncmp(r->rest, f->hash, hash_n) != 0)
			continue;
		p->set = true;
		p->status = 200;
		p->fixed = span_mk(f->bytes, f->n);
		p->type = f->type;
		p->immutable = true;
		return E_OK;
	}
	return E_MISSING;
}

static enum err newest_session(struct req *r)
{
	const char *tag = auth_newest_tag(r), *path;

	if (tag == NULL)
		return reply_refuse(r, REFUSE_NO_SESSION);
	path = arena_printf(&r->a, "/app/%s/", tag);
	return path != NULL ? reply_redirect(r, 303, path) : E_NOMEM;
}

#define LOCAL (ROUTE_TOP | ROUTE_LOCAL_HOST)

static const struct route routes[] = {
	{ METHOD_GET, "/healthz", healthz, POLICY_public_page, .flags = LOCAL },
	{ METHOD_GET, "/readyz", readyz, POLICY_public_page, .flags = LOCAL },
	{ METHOD_GET, "/metrics", metrics, POLICY_public_page, .flags = LOCAL },
	{ METHOD_GET, "/static/*", static_file, POLICY_public_page, .flags = ROUTE_TOP },
	/* Asked for inside the course page too, where its refusal must be readable. */
	{ METHOD_GET, "/app/", newest_session, POLICY_public_page,
	  .flags = ROUTE_TOP | ROUTE_FRAMED },
	{ .path = NULL },
};

const struct feature http_feature = { .name = "http", .routes = routes };
