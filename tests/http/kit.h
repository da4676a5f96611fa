/*
 * A server in this process with toy routes, a fake session and raw sockets, for
 * the programs of tests/http. The fakes live in the test program alone.
 *
 * Sessions: the cookie __Host-s-TAG=ok is a teacher's, =parent a guardian's,
 * =masked a read-only teacher's. The CSRF field is "token".
 * Objects: child 7 may be read and written, 8 is read-only, all others are missing.
 */
#ifndef LINTEL_TESTS_HTTP_KIT_H
#define LINTEL_TESTS_HTTP_KIT_H

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "gw/auth.h"
#include "gw/clock.h"
#include "gw/conf.h"
#include "gw/log.h"
#include "gw/route.h"
#include "gw/server.h"
#include "gw/static.h"

#define KIT __attribute__((unused)) static

/* ---- fakes ---- */

struct session {
	int n;
};

static struct session kit_session;
static atomic_int kit_audits, kit_writes, kit_upload_bytes, kit_ping_fails;

enum refusal auth_session(struct req *r, const char *tag)
{
	char name[64];
	const char *v;

	snprintf(name, sizeof(name), "__Host-s-%s", tag);
	v = req_cookie(r, name);
	if (v == NULL)
		return REFUSE_NO_SESSION;
	if (!strcmp(v, "broken"))
		return REFUSE_DATABASE;
	r->s = &kit_session;
	r->who = (struct actor){ .tenant = 1, .person = 2,
		.door = !strcmp(v, "parent") ? DOOR_FAMILY : DOOR_CLASS,
		.read_only = !strcmp(v, "masked") };
	return REFUSE_NONE;
}

static bool kit_newest(void *arg, const char *name, const char *value)
{
	(void)value;
	*(const char **)arg = name + strlen("__Host-s-");
	return true;
}

const char *auth_newest_tag(struct req *r)
{
	const char *tag = NULL;

	req_cookies(r, "__Host-s-", kit_newest, &tag);
	return tag;
}

unsigned auth_who(const struct req *r)
{
	return r->who.door == DOOR_FAMILY ? WHO_GUARDIAN : WHO_TEACHER;
}

const char *auth_frame_origin(const struct req *r)
{
	(void)r;
	return "https://moodle.example";
}

const char *auth_csrf_field(struct req *r)
{
	(void)r;
	return "token";
}

bool auth_csrf_ok(struct req *r, const char *field)
{
	(void)r;
	return field != NULL && !strcmp(field, "token");
}

void auth_read_audit(struct req *r, const struct access *acc)
{
	(void)r;
	kit_audits += acc->child == 7;
}

enum err access_check(struct db *db, const struct actor *who, int64_t now_ms, enum obj kind,
		      int64_t id, struct access *out)
{
	(void)db;
	(void)who;
	(void)now_ms;
	if (id != 7 && id != 8)
		return id == 13 ? E_DB : E_MISSING;
	*out = (struct access){ .kind = kind, .id = id, .child = id, .rel = REL_TEACHES,
				.read_only = id == 8 };
	return E_OK;
}

enum obj obj_by_name(struct span name)
{
	return span_eqz(name, "child") ? OBJ_CHILD : OBJ_NONE;
}

enum err store_read(struct store *st, store_fn fn, void *arg, struct fault *f)
{
	(void)st;
	(void)f;
	return fn(NULL, arg);
}

/* A writer of one: every write later has a thread that takes its time. */
struct kit_write {
	store_fn fn;
	void *arg;
	store_done_fn done;
	void *cls;
};

KIT void *kit_writer(void *arg)
{
	struct kit_write w = *(struct kit_write *)arg;
	struct timespec ts = { 0, 300 * 1000000L };

	free(arg);
	nanosleep(&ts, NULL);
	w.done(w.cls, w.fn(NULL, w.arg));
	return NULL;
}

void store_write_later(struct store *st, store_fn fn, void *arg, struct fault *f,
		       store_done_fn done, void *cls)
{
	struct kit_write *w = calloc(1, sizeof(*w));
	pthread_t t;

	(void)st;
	(void)f;
	*w = (struct kit_write){ .fn = fn, .arg = arg, .done = done, .cls = cls };
	pthread_create(&t, NULL, kit_writer, w);
	pthread_detach(t);
}

enum err store_write(struct store *st, store_fn fn, void *arg, struct fault *f)
{
	(void)st;
	(void)f;
	return fn(NULL, arg);
}

enum err store_ping(struct store *st, struct fault *f)
{
	(void)st;
	return kit_ping_fails ? FAULT(f, E_DB, "no database") : E_OK;
}

const struct static_file static_files[] = {
	{ "a.css", "text/css; charset=utf-8", (const unsigned char *)"p{}", 3,
	  "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef" },
	{ .name = NULL },
};

/* ---- toy routes ---- */

KIT enum err toy_hello(struct req *r)
{
	buf_addz(reply_html(r), "<p>hello</p>");
	return E_OK;
}

KIT enum err toy_ten(struct req *r)
{
	struct buf *b = reply_html(r);

	for (int i = 0; i < 160; i++)
		buf_printf(b, "<tr><td>%04d</td><td>the row of a page that is ten kB</td></tr>\n", i);
	return E_OK;
}

KIT enum err toy_child(struct req *r)
{
	buf_printf(reply_html(r), "child %d", (int)r->obj[0].id);
	return E_OK;
}

KIT enum err toy_write(struct req *r)
{
	kit_writes++;
	return reply_see(r, "/children/%d", 7);
}

KIT enum err toy_again(struct req *r)
{
	buf_printf(reply_html(r), "again bad=%u note=%s", r->form.bad, r->form.v[0].text);
	return E_OK;
}

KIT enum err toy_done(struct req *r)
{
	reply_cookie(r, "__Host-s-one", "v1", 60);
	reply_cookie(r, "__Host-s-two", "v2", 0);
	return reply_done(r, (enum msg)3, "/children/%d", 7);
}

KIT enum err toy_echo(struct req *r)
{
	const char *a = req_param(r, "a"), *b = req_param(r, "b");

	buf_printf(reply_html(r), "a=%zu b=%s", a != NULL ? strlen(a) : 0, b != NULL ? b : "-");
	return E_OK;
}

KIT enum err toy_upload(struct req *r)
{
	struct stat st;

	if (stat(r->upload.p, &st) != 0)
		return E_IO;
	kit_upload_bytes = (int)st.st_size;
	buf_printf(reply_html(r), "upload %d kind=%d", (int)st.st_size, (int)r->form.v[0].num);
	return E_OK;
}

KIT enum err toy_slow_work(struct req *r)
{
	struct timespec ts = { 0, 400 * 1000000L };

	nanosleep(&ts, NULL);
	buf_addz(reply_html(r), "slow done");
	return r->deadline_ms > 0 ? E_OK : E_INTERNAL;
}

KIT enum err toy_slow(struct req *r)
{
	return req_defer(r, toy_slow_work);
}

KIT enum err toy_writes(struct db *db, void *arg)
{
	struct req *r = arg;

	(void)db;
	kit_writes++;
	return (enum err)r->query.v[0].num;
}

KIT enum err toy_wrote(struct req *r, void *arg, enum err wrote)
{
	if (arg != r || (wrote != E_OK && wrote != E_CONFLICT))
		return wrote;
	buf_addz(reply_html(r), wrote == E_OK ? "written" : "somebody was faster");
	return E_OK;
}

/* With ?e=: what the write comes to. On a job thread, too. */
KIT enum err toy_write_later(struct req *r)
{
	return req_write(r, toy_writes, r, toy_wrote);
}

KIT enum err toy_write_on_job(struct req *r)
{
	return req_defer(r, toy_write_later);
}

KIT enum err toy_silent(struct req *r)
{
	(void)r;
	return E_OK;
}

KIT enum err toy_error(struct req *r)
{
	buf_addz(reply_html(r), "half a page about somebody");
	return (enum err)r->query.v[0].num;
}

KIT enum err toy_rest(struct req *r)
{
	buf_printf(reply_html(r), "rest=%s", r->rest);
	return E_OK;
}

KIT enum err toy_form_action(struct req *r)
{
	reply_form_action(r, "https://lms.example");
	return toy_hello(r);
}

static const struct field toy_note[] = {
	{ .name = "note", .type = F_LINE, .required = true, .min = 2, .max = 20 },
};
static const struct form_def toy_note_form = { toy_note, 1 };
static const struct field toy_kind[] = { { .name = "kind", .type = F_INT, .max = 9 } };
static const struct form_def toy_kind_form = { toy_kind, 1 };
static const struct field toy_err[] = { { .name = "e", .type = F_INT, .required = true, .max = 11 } };
static const struct form_def toy_err_form = { toy_err, 1 };

static const struct route toy_routes[] = {
	{ METHOD_GET, "/", toy_hello, POLICY_any_page, .flags = 0 },
	{ METHOD_GET, "/ten", toy_ten, POLICY_any_page, .flags = 0 },
	{ METHOD_GET, "/teachers", toy_hello, POLICY_teacher_page, .flags = 0 },
	{ METHOD_GET, "/guardians", toy_hello, POLICY_guardian_page, .flags = 0 },
	{ METHOD_GET, "/children/:child", toy_child, POLICY_child_record, .flags = 0 },
	{ METHOD_POST, "/children/:child", toy_write, POLICY_teacher_write, &toy_note_form,
	  .again = toy_again },
	{ METHOD_POST, "/strict", toy_write, POLICY_teacher_write, &toy_note_form, .flags = 0 },
	{ METHOD_POST, "/done", toy_done, POLICY_any_write, &(const struct form_def){ NULL, 0 },
	  .flags = 0 },
	{ METHOD_POST, "/upload", toy_upload, POLICY_teacher_write, &toy_kind_form,
	  .flags = ROUTE_UPLOAD },
	{ METHOD_GET, "/slow", toy_slow, POLICY_any_page, .flags = 0 },
	{ METHOD_GET, "/later", toy_write_later, POLICY_any_page, .query = &toy_err_form },
	{ METHOD_GET, "/job", toy_write_on_job, POLICY_any_page, .query = &toy_err_form },
	{ METHOD_GET, "/silent", toy_silent, POLICY_any_page, .flags = 0 },
	{ METHOD_GET, "/error", toy_error, POLICY_any_page, .query = &toy_err_form },
	{ METHOD_GET, "/platform", toy_form_action, POLICY_any_page, .flags = 0 },
	{ METHOD_GET, "/top", toy_hello, POLICY_public_page, .flags = ROUTE_TOP | ROUTE_FRAMED },
	{ METHOD_GET, "/plain", toy_hello, POLICY_public_page, .flags = ROUTE_TOP },
	{ METHOD_GET, "/a/*", toy_rest, POLICY_public_page, .flags = ROUTE_TOP },
	{ METHOD_GET, "/lti/login", toy_echo, POLICY_public_page,
	  .flags = ROUTE_TOP | ROUTE_FOREIGN_POST },
	{ METHOD_POST, "/lti/login", toy_echo, POLICY_public_write,
	  .flags = ROUTE_TOP | ROUTE_FOREIGN_POST },
	{ METHOD_POST, "/lti/launch", toy_echo, POLICY_public_write,
	  .flags = ROUTE_TOP | ROUTE_FOREIGN_POST | ROUTE_BIG_FORM },
	{ .path = NULL },
};
static const struct feature toy_feature = { .name = "toy", .routes = toy_routes };
/* Rows a program may try, read anew by every routes_check(). */
KIT struct route kit_extra_rows[2];
static const struct feature kit_extra = { .name = "extra", .routes = kit_extra_rows };
const struct feature *const all_features[] = { &toy_feature, &kit_extra, NULL };

/* ---- the server ---- */

static struct conf kit_conf;
static struct gw kit_gw;
static char kit_dir[64], kit_listen[128];

KIT enum err kit_start(struct server **out, const char *listen, struct fault *f)
{
	if (kit_dir[0] == '\0') {
		snprintf(kit_dir, sizeof(kit_dir), "/tmp/lintel-http-XXXXXX");
		if (mkdtemp(kit_dir) == NULL)
			return E_IO;
	}
	log_set_level(LOG_ERROR);
	snprintf(kit_listen, sizeof(kit_listen), "%s", listen);
	kit_conf.listen = kit_listen;
	kit_conf.public_url = "https://lintel.example";
	kit_conf.data_dir = kit_dir;
	kit_conf.timezone = "UTC";
	kit_conf.trusted_proxies = "";
	kit_conf.roster_max_mb = 1;
	kit_gw.conf = &kit_conf;
	kit_gw.public_origin = kit_conf.public_url;
	return server_start(&kit_gw, out, f);
}

/* ---- a raw client ---- */

struct answer {
	int status, count;		/* of the first answer; how many answers came */
	bool closed;
	size_t n;
	char text[80 << 10];		/* everything that came, NUL behind */
	const char *body;		/* of the first answer */
};

KIT int kit_connect(int port)
{
	struct sockaddr_in a = { .sin_family = AF_INET, .sin_port = htons((uint16_t)port),
				 .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd >= 0 && connect(fd, (struct sockaddr *)&a, sizeof(a)) != 0) {
		close(fd);
		return -1;
	}
	return fd;
}

KIT bool kit_send(int fd, const void *p, size_t n)
{
	return send(fd, p, n, MSG_NOSIGNAL) == (ssize_t)n;
}

KIT void kit_parse(struct answer *a)
{
	const char *p = a->text, *end, *cl;

	a->count = 0;
	a->status = strncmp(p, "HTTP/1.1 ", 9) == 0 ? atoi(p + 9) : 0;
	a->body = "";
	while (strncmp(p, "HTTP/1.1 ", 9) == 0 && (end = strstr(p, "\r\n\r\n")) != NULL) {
		a->count++;
		if (a->count == 1)
			a->body = end + 4;
		cl = strstr(p, "\r\nContent-Length: ");
		p = end + 4 + (cl != NULL && cl < end ? atoi(cl + 18) : 0);
		if (p >= a->text + a->n)
			break;
	}
}

/* Reads until the peer closes, `ms` pass in silence, or one whole answer is there. */
KIT void kit_read(int fd, struct answer *a, int ms, bool one)
{
	a->n = 0;
	a->closed = false;
	while (a->n < sizeof(a->text) - 1) {
		struct pollfd p = { .fd = fd, .events = POLLIN };
		const char *end, *cl;
		ssize_t k;

		if (poll(&p, 1, ms) <= 0)
			break;
		k = read(fd, a->text + a->n, sizeof(a->text) - 1 - a->n);
		if (k <= 0) {
			a->closed = true;
			break;
		}
		a->n += (size_t)k;
		a->text[a->n] = '\0';
		end = strstr(a->text, "\r\n\r\n");
		cl = strstr(a->text, "Content-Length: ");
		if (one && end != NULL && cl != NULL &&
		    a->n >= (size_t)(end + 4 - a->text) + (size_t)atoi(cl + 16))
			break;
	}
	a->text[a->n] = '\0';
	kit_parse(a);
}

KIT void kit_ask_n(int port, const void *p, size_t n, struct answer *a, int ms)
{
	int fd = kit_connect(port);

	memset(a, 0, offsetof(struct answer, text));
	a->text[0] = '\0';
	a->body = "";
	if (fd < 0)
		return;
	kit_send(fd, p, n);
	kit_read(fd, a, ms, false);
	close(fd);
}

/* One request with "Connection: close"; `head` holds further header lines. */
KIT void kit_ask(int port, const char *method, const char *target, const char *head,
		 const char *body, struct answer *a)
{
	static _Thread_local char req[512 << 10];
	int n = snprintf(req, sizeof(req), "%s %s HTTP/1.1\r\nHost: lintel.example\r\n"
			 "Connection: close\r\n%s", method, target, head);

	if (body != NULL)
		n += snprintf(req + n, sizeof(req) - (size_t)n, "Content-Length: %zu\r\n\r\n%s",
			      strlen(body), body);
	else
		n += snprintf(req + n, sizeof(req) - (size_t)n, "\r\n");
	kit_ask_n(port, req, (size_t)n, a, 3000);
}

#define TEACHER "Cookie: __Host-s-T1=ok\r\n"
#define PARENT "Cookie: __Host-s-T1=parent\r\n"
#define OWN "Origin: https://lintel.example\r\nSec-Fetch-Site: same-origin\r\n"
#define FORM "Content-Type: application/x-www-form-urlencoded\r\n"

KIT bool kit_refused(const struct answer *a, const char *code)
{
	char want[80];

	snprintf(want, sizeof(want), "data-refused=\"%s\"", code);
	return strstr(a->text, want) != NULL;
}

#endif
