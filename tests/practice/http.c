/* libmicrohttpd for the practice LMS: a thread a connection, loopback only. */
#include "practice/http.h"

#include <arpa/inet.h>
#include <microhttpd.h>
#include <netinet/in.h>
#include <stdarg.h>
#include <string.h>
#include <time.h>

#include "base/magic.h"
#include "base/str.h"

#define BODY_MAX (256u * 1024)
#define MEM_MAX (4u * 1024 * 1024)

static struct MHD_Daemon *daemons[2];
static void (*handler)(struct req *, struct reply *);

/* ---- arguments --------------------------------------------------------------- */

const char *arg_get(const struct arg *a, const char *name)
{
	for (; a != NULL; a = a->next)
		if (str_eq(a->name, name))
			return a->value;
	return NULL;
}

const char *arg_str(const struct arg *a, const char *name)
{
	const char *v = arg_get(a, name);

	return v == NULL ? "" : v;
}

static char *unescape(struct arena *mem, const char *s, size_t n)
{
	char *p = arena_strndup(mem, s, n);
	size_t o = 0;

	for (size_t i = 0; p != NULL && i < n; i++) {
		if (p[i] == '%' && i + 2 < n && hex_digit(p[i + 1]) >= 0 &&
		    hex_digit(p[i + 2]) >= 0) {
			p[o++] = (char)(hex_digit(p[i + 1]) * 16 + hex_digit(p[i + 2]));
			i += 2;
		} else {
			p[o++] = p[i] == '+' ? ' ' : p[i];
		}
	}
	if (p != NULL)
		p[o] = '\0';
	return p;
}

struct arg *arg_parse(struct arena *mem, const char *s)
{
	struct arg *first = NULL, **last = &first;

	while (s != NULL && *s != '\0') {
		size_t n = strcspn(s, "&"), k = strcspn(s, "=&");
		struct arg *a = arena_new(mem, struct arg);

		if (a == NULL)
			break;
		a->name = unescape(mem, s, k);
		a->value = k < n ? unescape(mem, s + k + 1, n - k - 1) : "";
		if (a->name == NULL || a->value == NULL)
			break;
		*last = a;
		last = &a->next;
		s += n + (s[n] == '&');
	}
	return first;
}

struct arg *req_args(struct req *q)
{
	return str_eq(q->method, "POST") ? q->form : q->get;
}

const char *req_arg(struct req *q, const char *name)
{
	const char *v = arg_get(q->get, name);

	return v != NULL ? v : arg_get(q->form, name);
}

static struct arg *parse_cookies(struct arena *mem, const char *s)
{
	struct arg *first = NULL, **last = &first;

	while (s != NULL && *s != '\0') {
		size_t n = strcspn(s, ";"), k = strcspn(s, "=;");
		struct arg *a = arena_new(mem, struct arg);

		if (a == NULL)
			break;
		a->name = arena_strndup(mem, s, k);
		a->value = k < n ? arena_strndup(mem, s + k + 1, n - k - 1) : "";
		if (a->name == NULL || a->value == NULL)
			break;
		*last = a;
		last = &a->next;
		s += n;
		s += strspn(s, "; ");
	}
	return first;
}

/* ---- writing ------------------------------------------------------------------- */

void reply_header(struct reply *r, const char *name, const char *fmt, ...)
{
	va_list ap;
	char *value;

	assert(r->n_headers < ARRAY_LEN(r->headers));
	va_start(ap, fmt);
	if (vasprintf(&value, fmt, ap) < 0)
		value = NULL;
	va_end(ap);
	r->headers[r->n_headers].name = name;
	r->headers[r->n_headers++].value = value;
}

void add_html(struct buf *b, const char *text)
{
	for (; *text != '\0'; text++) {
		switch (*text) {
		case '&':
			buf_addz(b, "&amp;");
			break;
		case '<':
			buf_addz(b, "&lt;");
			break;
		case '>':
			buf_addz(b, "&gt;");
			break;
		case '"':
			buf_addz(b, "&quot;");
			break;
		case '\'':
			buf_addz(b, "&#39;");
			break;
		default:
			buf_addc(b, *text);
		}
	}
}

void add_url(struct buf *b, const char *text)
{
	static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
				    "0123456789-_.~";

	for (; *text != '\0'; text++) {
		if (strchr(plain, *text) != NULL)
			buf_addc(b, *text);
		else
			buf_printf(b, "%%%02X", (unsigned char)*text);
	}
}

/* ---- libmicrohttpd ---------------------------------------------------------------- */

static bool from_loopback(struct MHD_Connection *conn)
{
	const union MHD_ConnectionInfo *info =
		MHD_get_connection_info(conn, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
	const struct sockaddr *sa = info == NULL ? NULL : info->client_addr;

	if (sa == NULL)
		return false;
	if (sa->sa_family == AF_INET)
		return ntohl(((const struct sockaddr_in *)sa)->sin_addr.s_addr) >> 24 == 127;
	return sa->sa_family == AF_INET6 &&
	       IN6_IS_ADDR_LOOPBACK(&((const struct sockaddr_in6 *)sa)->sin6_addr);
}

/* The query as it stands in the request line; the library only hands out parts. */
static void *on_uri(void *cls, const char *uri, struct MHD_Connection *conn)
{
	struct req *q = calloc(1, sizeof(*q));
	const char *mark = strchr(uri, '?');

	(void)cls;
	if (q == NULL)
		return NULL;
	arena_init(&q->mem, MEM_MAX);
	q->body = BUF_INIT(BODY_MAX);
	q->conn = conn;
	q->query = mark == NULL ? "" : arena_strdup(&q->mem, mark + 1);
	return q;
}

static void on_done(void *cls, struct MHD_Connection *conn, void **ctx,
		    enum MHD_RequestTerminationCode why)
{
	struct req *q = *ctx;

	(void)cls, (void)conn, (void)why;
	if (q == NULL)
		return;
	buf_release(&q->body);
	arena_release(&q->mem);
	free(q);
	*ctx = NULL;
}

static enum MHD_Result send_reply(struct MHD_Connection *conn, struct reply *r)
{
	size_t len = 0;
	char *p = buf_take(&r->body, &len);
	struct MHD_Response *resp =
		MHD_create_response_from_buffer(len, p, MHD_RESPMEM_MUST_FREE);
	enum MHD_Result res;

	if (resp == NULL) {
		free(p);
		return MHD_NO;
	}
	MHD_add_response_header(resp, "Content-Type", r->type);
	for (unsigned i = 0; i < r->n_headers; i++) {
		if (r->headers[i].value != NULL)
			MHD_add_response_header(resp, r->headers[i].name, r->headers[i].value);
		free(r->headers[i].value);
	}
	res = MHD_queue_response(conn, (unsigned)r->status, resp);
	MHD_destroy_response(resp);
	return res;
}

static enum MHD_Result on_request(void *cls, struct MHD_Connection *conn, const char *url,
				  const char *method, const char *version, const char *data,
				  size_t *size, void **ctx)
{
	struct req *q = *ctx;
	struct reply r = { .status = 200, .type = "text/html; charset=utf-8",
			   .body = BUF_INIT(16u * 1024 * 1024) };

	(void)cls, (void)version;
	if (q == NULL)
		return MHD_NO;
	if (q->method == NULL) {
		q->method = arena_strdup(&q->mem, method);
		q->path = arena_strdup(&q->mem, url);
		return MHD_YES;
	}
	if (*size > 0) {
		buf_add(&q->body, data, *size);
		*size = 0;
		return MHD_YES;
	}
	q->loopback = from_loopback(conn);
	q->get = arg_parse(&q->mem, q->query);
	q->form = arg_parse(&q->mem, q->body.p);
	q->cookie = parse_cookies(&q->mem, MHD_lookup_connection_value(conn, MHD_HEADER_KIND,
								       "Cookie"));
	q->authorization = MHD_lookup_connection_value(conn, MHD_HEADER_KIND, "Authorization");
	q->accept = MHD_lookup_connection_value(conn, MHD_HEADER_KIND, "Accept");
	handler(q, &r);
	if (r.delay_ms > 0) {
		struct timespec t = { r.delay_ms / 1000, (long)(r.delay_ms % 1000) * 1000000 };

		nanosleep(&t, NULL);
	}
	return send_reply(conn, &r);
}

static struct MHD_Daemon *listen_on(const struct http_conf *conf, bool six)
{
	struct sockaddr_in a4 = { .sin_family = AF_INET, .sin_port = htons(conf->port),
				  .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	struct sockaddr_in6 a6 = { .sin6_family = AF_INET6, .sin6_port = htons(conf->port),
				   .sin6_addr = IN6ADDR_LOOPBACK_INIT };
	unsigned flags = MHD_USE_THREAD_PER_CONNECTION | MHD_USE_INTERNAL_POLLING_THREAD |
			 MHD_USE_POLL | MHD_USE_ITC | (six ? MHD_USE_IPv6 : 0) |
			 (conf->cert_pem != NULL ? MHD_USE_TLS : 0);
	struct MHD_OptionItem tls[] = {
		{ MHD_OPTION_HTTPS_MEM_CERT, 0, (void *)(uintptr_t)conf->cert_pem },
		{ MHD_OPTION_HTTPS_MEM_KEY, 0, (void *)(uintptr_t)conf->key_pem },
		{ MHD_OPTION_END, 0, NULL },
	};

	if (conf->cert_pem == NULL)
		tls[0].option = MHD_OPTION_END;
	return MHD_start_daemon(flags, conf->port, NULL, NULL, on_request, NULL,
				MHD_OPTION_SOCK_ADDR,
				six ? (struct sockaddr *)&a6 : (struct sockaddr *)&a4,
				MHD_OPTION_URI_LOG_CALLBACK, on_uri, NULL,
				MHD_OPTION_NOTIFY_COMPLETED, on_done, NULL,
				MHD_OPTION_CONNECTION_TIMEOUT, 120u,
				MHD_OPTION_ARRAY, tls, MHD_OPTION_END);
}

bool http_start(const struct http_conf *conf, void (*handle)(struct req *, struct reply *))
{
	handler = handle;
	daemons[0] = listen_on(conf, false);
	if (daemons[0] == NULL) {
		fprintf(stderr, "practice-lms: cannot listen on 127.0.0.1:%u; is the port taken?\n",
			conf->port);
		return false;
	}
	/* Browsers try ::1 first for localhost; a machine without IPv6 is fine too. */
	daemons[1] = listen_on(conf, true);
	return true;
}

void http_stop(void)
{
	for (size_t i = 0; i < ARRAY_LEN(daemons); i++)
		if (daemons[i] != NULL)
			MHD_stop_daemon(daemons[i]);
}
