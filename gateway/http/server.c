/*
 * The microhttpd daemons: a few epoll threads. A handler may wait a few
 * milliseconds for the database there; whatever waits longer is suspended and
 * handed to the job pool (facts: a blocking handler stalls every connection of
 * its thread).
 *
 * An exchange is born in the URI callback, the only place that sees the target
 * as sent, and dies in the completion callback.
 */
#include <microhttpd.h>
#include <stdlib.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "base/magic.h"
#include "gw/clock.h"
#include "gw/conf.h"
#include "gw/job.h"
#include "gw/log.h"
#include "server.h"
#include "upload.h"

#define CONN_MEMORY (40u << 10)		/* above our own cap on headers, see gate.c */
#define INACTIVE_S 80u			/* beyond idle_ms, and for a body that stops */
#define THREAD_STACK ((size_t)2 << 20)
#define FD_RESERVE 128
#define BACKLOG_SLACK 64	/* taken by the acceptor, not yet counted */
#define DEFER_QUEUE 512

static struct server_limits limits;

void server_set_limits(const struct server_limits *l)
{
	limits = *l;
}

static struct server_limits limits_now(void)
{
	struct server_limits l = limits;
	struct rlimit rl;

#define DEFAULT(field, n) l.field = l.field > 0 ? l.field : (n)
	DEFAULT(header_ms, 10000);
	DEFAULT(body_ms, 30000);
	DEFAULT(body_rate, 1024);
	DEFAULT(idle_ms, 75000);
	DEFAULT(connections, 12000);
	DEFAULT(threads, 8);
	DEFAULT(defer_ms, 15000);
	DEFAULT(defer_threads, 8);
#undef DEFAULT
	if (getrlimit(RLIMIT_NOFILE, &rl) == 0) {
		rl.rlim_cur = rl.rlim_max;
		if (setrlimit(RLIMIT_NOFILE, &rl) == 0 && rl.rlim_cur != RLIM_INFINITY &&
		    rl.rlim_cur < (rlim_t)l.connections + FD_RESERVE)
			l.connections = rl.rlim_cur > 2 * FD_RESERVE ?
				(int)rl.rlim_cur - FD_RESERVE : FD_RESERVE;
	}
	return l;
}

/* ---- exchanges ---- */

/* A bijection of a counter under a random start: unique, says nothing. */
static uint64_t new_request_id(void)
{
	static _Atomic uint64_t next;
	uint64_t z = atomic_fetch_add(&next, 1);

	if (z == 0) {
		if (getrandom(&z, sizeof(z), 0) != (ssize_t)sizeof(z))
			z = (uint64_t)clock_now_ms();
		z |= 1;
		atomic_store(&next, z + 1);
	}
	z *= 0x9e3779b97f4a7c15u;
	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
	z = (z ^ z >> 27) * 0x94d049bb133111ebu;
	return z ^ z >> 31;
}

static struct exchange *exchange_new(struct server *s, struct MHD_Connection *con,
				     const char *target)
{
	struct exchange *x = calloc(1, sizeof(*x));
	uint64_t id;

	if (x == NULL)
		return NULL;
	x->magic = EXCHANGE_MAGIC;
	x->srv = s;
	x->con = con;
	x->upload_fd = -1;
	x->t0_ms = clock_monotonic_ms();
	x->r.magic = REQ_MAGIC;
	x->r.gw = s->gw;
	arena_init(&x->r.a, REQ_ARENA_CAP);
	x->r.now_ms = clock_now_ms();
	x->r.path = x->r.tag = x->r.rest = "";
	x->r.loc = loc_default();
	x->r.zone = s->gw->conf->timezone;
	x->r.reply = &x->reply;
	id = new_request_id();
	hex_encode(&id, sizeof(id), x->r.id);
	x->target_n = strlen(target);
	x->target = arena_strndup(&x->r.a, target, x->target_n);
	if (x->target == NULL) {
		arena_release(&x->r.a);
		free(x);
		return NULL;
	}
	return x;
}

static void exchange_free(struct exchange *x)
{
	CHECK_MAGIC(x, EXCHANGE_MAGIC);
	assert(x->step != STEP_DEFERRED);
	upload_release(x);
	reply_release(&x->reply);
	buf_wipe(&x->body);
	arena_release(&x->r.a);
	x->magic = 0;
	free(x);
}

bool peer_is_local(struct exchange *x)
{
	const union MHD_ConnectionInfo *i =
		MHD_get_connection_info(x->con, MHD_CONNECTION_INFO_CLIENT_ADDRESS);

	return i != NULL && i->client_addr != NULL && addr_is_local(i->client_addr);
}

static enum MHD_Result add_header(void *cls, enum MHD_ValueKind kind, const char *name,
				  size_t name_n, const char *value, size_t value_n)
{
	struct gate *g = cls;

	assert(kind == MHD_HEADER_KIND);
	if (g->n == GATE_HEADERS_MAX) {
		g->too_many = true;
		return MHD_NO;
	}
	g->v[g->n++] = (struct gate_header){
		span_mk(name, name_n), span_mk(value != NULL ? value : "", value_n),
	};
	return MHD_YES;
}

static void fill_gate(struct exchange *x, const char *method, const char *version)
{
	const union MHD_ConnectionInfo *i =
		MHD_get_connection_info(x->con, MHD_CONNECTION_INFO_REQUEST_HEADER_SIZE);
	struct gate *g = &x->gate;

	g->method = method;
	g->version = version;
	g->target = span_mk(x->target, x->target_n);
	g->header_size = i != NULL ? i->header_size : 0;
	g->host = x->srv->host;
	g->host_port = x->srv->host_port;
	g->own_port = x->srv->listener.loopback ? x->srv->listener.own_port : NULL;
	MHD_get_connection_values_n(x->con, MHD_HEADER_KIND, add_header, g);
}

/* ---- callbacks of the daemon ---- */

static enum MHD_Result send_now(struct exchange *x)
{
	return reply_send(x) ? MHD_YES : MHD_NO;
}

static enum MHD_Result on_head(struct exchange *x, const char *method, const char *version)
{
	enum refusal code;

	fill_gate(x, method, version);
	x->head = strcmp(method, "HEAD") == 0;
	code = pipeline_head(x);
	if (code != REFUSE_NONE) {
		/* Whoever disagrees with us about this request may about the next. */
		x->close = x->r.route == NULL || x->gate.content_length > 0;
		reply_refuse(&x->r, code);
		return send_now(x);
	}
	x->step = STEP_BODY;
	conn_phase(x->conn, x->gate.content_length > 0 ? PHASE_BODY : PHASE_WORK, 0);
	return MHD_YES;
}

static enum MHD_Result on_body(struct exchange *x, const char *p, size_t *n)
{
	if (*n > 0) {
		conn_got(x->conn, *n);
		if (x->mp != NULL)
			upload_data(x, p, *n);
		else
			buf_add(&x->body, p, *n);
		*n = 0;
		return MHD_YES;
	}
	if (x->body.err != E_OK)
		return MHD_NO;
	conn_phase(x->conn, PHASE_WORK, 0);
	pipeline_run(x);
	if (!exchange_waits(x))
		return send_now(x);
	exchange_wait(x);
	return MHD_YES;
}

static enum MHD_Result on_request(void *cls, struct MHD_Connection *con, const char *url,
				  const char *method, const char *version, const char *data,
				  size_t *data_n, void **con_cls)
{
	struct exchange *x = *con_cls;

	(void)url;	/* decoded and cut; the target as sent is in the exchange */
	(void)cls;
	if (x == NULL)
		return MHD_NO;
	CHECK_MAGIC(x, EXCHANGE_MAGIC);
	assert(x->con == con);
	switch (x->step) {
	case STEP_HEAD:
		return on_head(x, method, version);
	case STEP_BODY:
		return on_body(x, data, data_n);
	case STEP_WROTE:
		exchange_wrote(x);
		return send_now(x);
	case STEP_ANSWER:
		return send_now(x);
	case STEP_DEFERRED:
	case STEP_SENT:
		break;
	}
	/* A refused body still arriving: read on and drop it. */
	*data_n = 0;
	return MHD_YES;
}

static struct conn *conn_of(struct MHD_Connection *con)
{
	const union MHD_ConnectionInfo *i =
		MHD_get_connection_info(con, MHD_CONNECTION_INFO_SOCKET_CONTEXT);

	return i != NULL ? i->socket_context : NULL;
}

static void *on_uri(void *cls, const char *uri, struct MHD_Connection *con)
{
	struct server *s = CAST_MAGIC(struct server, cls, SERVER_MAGIC);
	struct exchange *x = exchange_new(s, con, uri);

	if (x == NULL)
		return NULL;
	x->conn = conn_of(con);
	conn_phase(x->conn, PHASE_HEADER, 0);
	atomic_fetch_add(&s->in_flight, 1);
	return x;
}

static void on_completed(void *cls, struct MHD_Connection *con, void **con_cls,
			 enum MHD_RequestTerminationCode why)
{
	struct server *s = CAST_MAGIC(struct server, cls, SERVER_MAGIC);

	(void)con;
	(void)why;
	if (*con_cls == NULL)
		return;
	conn_phase(((struct exchange *)*con_cls)->conn, PHASE_IDLE, 0);
	exchange_free(*con_cls);
	*con_cls = NULL;
	atomic_fetch_sub(&s->in_flight, 1);
}

static void on_connection(void *cls, struct MHD_Connection *con, void **socket_context,
			  enum MHD_ConnectionNotificationCode code)
{
	struct worker *w = cls;
	struct server *s = w->srv;
	const union MHD_ConnectionInfo *i;

	CHECK_MAGIC(s, SERVER_MAGIC);
	if (code == MHD_CONNECTION_NOTIFY_STARTED) {
		i = MHD_get_connection_info(con, MHD_CONNECTION_INFO_CONNECTION_FD);
		*socket_context = i != NULL ? conn_open(s->deadlines, i->connect_fd) : NULL;
		return;
	}
	if (*socket_context != NULL)
		conn_close(s->deadlines, *socket_context);
	*socket_context = NULL;
	atomic_fetch_sub(&w->open, 1);
}

/* The library's own words may quote a request: counted, never printed. */
__attribute__((format(printf, 2, 0)))
static void on_log(void *cls, const char *fmt, va_list ap)
{
	(void)cls;
	(void)fmt;
	(void)ap;
}

/* ---- start and stop ---- */

static enum err learn_host(struct server *s, struct fault *f)
{
	const char *o = s->gw->public_origin, *host, *colon;
	bool https = o != NULL && str_starts(o, "https://");
	int n;

	if (!https && (o == NULL || !str_starts(o, "http://")))
		return FAULT(f, E_INPUT, "public_url must start with https://");
	host = o + (https ? 8 : 7);
	colon = strchr(host[0] == '[' ? host + strcspn(host, "]") : host, ':');
	if (colon != NULL)
		n = snprintf(s->host_buf, sizeof(s->host_buf), "%s", host);
	else
		n = snprintf(s->host_buf, sizeof(s->host_buf), "%s:%s", host, https ? "443" : "80");
	if (n <= 0 || (size_t)n >= sizeof(s->host_buf) || host[0] == '\0')
		return FAULT(f, E_INPUT, "public_url holds no proper host");
	s->host_port = span_mk(s->host_buf, (size_t)n);
	if (colon == NULL || str_eq(colon, https ? ":443" : ":80"))
		s->host = span_mk(s->host_buf, colon == NULL ? strlen(host) :
				  (size_t)(colon - host));
	return E_OK;
}

static enum err workers_start(struct server *s, struct fault *f)
{
	for (unsigned i = 0; i < (unsigned)s->lim.threads && i < WORKERS_MAX; i++) {
		struct worker *w = &s->worker[i];

		w->srv = s;
		w->daemon = MHD_start_daemon(MHD_USE_EPOLL_INTERNAL_THREAD | MHD_USE_ITC |
			MHD_ALLOW_SUSPEND_RESUME | MHD_USE_NO_LISTEN_SOCKET | MHD_USE_ERROR_LOG,
			0, NULL, NULL, on_request, s,
			MHD_OPTION_EXTERNAL_LOGGER, on_log, NULL,
			MHD_OPTION_THREAD_STACK_SIZE, THREAD_STACK,
			MHD_OPTION_CONNECTION_LIMIT, (unsigned)s->lim.connections + BACKLOG_SLACK,
			MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)CONN_MEMORY,
			MHD_OPTION_CONNECTION_TIMEOUT, INACTIVE_S,
			MHD_OPTION_STRICT_FOR_CLIENT, 1,
			MHD_OPTION_URI_LOG_CALLBACK, on_uri, s,
			MHD_OPTION_NOTIFY_COMPLETED, on_completed, s,
			MHD_OPTION_NOTIFY_CONNECTION, on_connection, w,
			MHD_OPTION_END);
		if (w->daemon == NULL)
			return FAULT(f, E_IO, "the HTTP server does not start");
		s->n_workers++;
	}
	return E_OK;
}

static void workers_stop(struct server *s)
{
	for (unsigned i = 0; i < s->n_workers; i++)
		MHD_stop_daemon(s->worker[i].daemon);
	s->n_workers = 0;
}

enum err server_start(struct gw *gw, struct server **out, struct fault *f)
{
	struct server *s = calloc(1, sizeof(*s));
	enum err e;

	assert(gw->conf != NULL);
	if (s == NULL)
		return FAULT(f, E_NOMEM, "no memory for the server");
	s->magic = SERVER_MAGIC;
	s->gw = gw;
	s->listener.fd = -1;
	s->lim = limits_now();
	e = routes_check(f);
	if (e == E_OK)
		e = learn_host(s, f);
	if (e == E_OK)
		e = listen_open(gw->conf, &s->listener, f);
	if (e == E_OK)
		e = deadlines_start(&s->deadlines, &s->lim, f);
	if (e == E_OK)
		e = job_pool_start(&s->defer, (unsigned)s->lim.defer_threads, DEFER_QUEUE, f);
	if (e == E_OK) {
		upload_sweep(gw->conf->data_dir);
		e = workers_start(s, f);
	}
	if (e == E_OK)
		e = accept_start(s, f);
	if (e != E_OK) {
		workers_stop(s);
		job_pool_stop(s->defer, 0);
		deadlines_stop(s->deadlines);
		listen_close(&s->listener, s->listener.fd);
		free(s);
		return e;
	}
	*out = s;
	return E_OK;
}

static void pause_ms(long ms)
{
	struct timespec ts = { 0, ms * 1000000L };

	nanosleep(&ts, NULL);
}

/*
 * Answers from now on say "Connection: close", so clients leave by themselves;
 * connections that stay silent are given half a second.
 */
static void drain(struct server *s, int64_t until_ms)
{
	int64_t quiet_ms = clock_monotonic_ms();

	while (job_left_ms(until_ms) > 0) {
		if (atomic_load(&s->in_flight) > 0)
			quiet_ms = clock_monotonic_ms();
		if (deadlines_open(s->deadlines) == 0 || clock_monotonic_ms() - quiet_ms > 500)
			return;
		pause_ms(5);
	}
}

void server_stop(struct server *s, int grace_ms)
{
	int64_t until_ms = clock_monotonic_ms() + grace_ms;

	if (s == NULL)
		return;
	CHECK_MAGIC(s, SERVER_MAGIC);
	atomic_store(&s->stopping, true);
	accept_stop(s);
	drain(s, until_ms);
	/* Every suspended connection hangs on a job or a write: run them all, then answer. */
	job_pool_drain(s->defer, job_left_ms(until_ms));
	while (atomic_load(&s->writing) > 0)
		pause_ms(1);
	for (int i = 0; i < 200 && atomic_load(&s->in_flight) > 0; i++)
		pause_ms(5);
	workers_stop(s);
	assert(atomic_load(&s->in_flight) == 0);
	job_pool_stop(s->defer, 0);
	deadlines_stop(s->deadlines);
	s->magic = 0;
	free(s);
}
