/* The server under test, and what it meets instead of sessions and a database. */
#include "kit/http.h"

#include <pthread.h>
#include <stdlib.h>
#include <time.h>

#include "gw/auth.h"
#include "gw/log.h"
#include "gw/static.h"

struct session {
	int n;
};

static struct session kit_session;
atomic_int kit_audits, kit_writes, kit_upload_bytes, kit_ping_fails;
atomic_int kit_waiting, kit_waited_most;

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

static void *kit_writer(void *arg)
{
	struct kit_write w = *(struct kit_write *)arg;
	struct timespec ts = { 0, 300 * 1000000L };
	int now = atomic_fetch_add(&kit_waiting, 1) + 1, most = kit_waited_most;

	free(arg);
	while (now > most && !atomic_compare_exchange_weak(&kit_waited_most, &most, now))
		;
	nanosleep(&ts, NULL);
	atomic_fetch_sub(&kit_waiting, 1);
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

const struct feature *const all_features[] = { &toy_feature, &kit_extra, NULL };

struct conf kit_conf;
static struct gw kit_gw;
char kit_dir[64];
static char kit_listen[128];

enum err kit_start(struct server **out, const char *listen, struct fault *f)
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
