/* lintel serve: everything in one process, until a signal says stop. */
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/magic.h"
#include "gw/cli.h"
#include "gw/clock.h"
#include "gw/crypt.h"
#include "gw/fetch.h"
#include "gw/i18n.h"
#include "gw/keys.h"
#include "gw/log.h"
#include "gw/req.h"
#include "gw/roster_import.h"
#include "gw/server.h"
#include "gw/services.h"
#include "gw/session.h"
#include "gw/ticker.h"
#include "gw/toolkeys.h"
#include "gw/view.h"
#include "store/audit.h"
#include "store/journal.h"
#include "store/platform.h"

#define STOP_GRACE_MS 10000
#define KEYS_REFRESH_MS 60000
#define LISTS_MS 10000		/* how long "now" on the office's page may take to begin */
#define CLOSED_ARENA (4u << 20)

static enum err make_data_dir(const struct conf *c, struct fault *f)
{
	if (mkdir(c->data_dir, 0700) != 0 && errno != EEXIST)
		return FAULT(f, E_IO, "cannot create data_dir %s: %s", c->data_dir, strerror(errno));
	if (access(c->data_dir, R_OK | W_OK | X_OK) != 0)
		return FAULT(f, E_IO, "cannot write to data_dir %s: %s", c->data_dir, strerror(errno));
	return E_OK;
}

static enum log_level level_of(const char *name)
{
	return str_eq(name, "debug") ? LOG_DEBUG :
	       str_eq(name, "warn")  ? LOG_WARN :
	       str_eq(name, "error") ? LOG_ERROR :
				       LOG_INFO;
}

static enum err check_places(const struct conf *c, struct fault *f)
{
	if (zone_check(c->timezone) != E_OK)
		return FAULT(f, E_INPUT, "timezone %s is not an IANA zone", c->timezone);
	if (!str_eq(loc_tag(loc_find(c->locale)), c->locale))
		return FAULT(f, E_INPUT, "locale %s is not a language Lintel speaks", c->locale);
	loc_set_default(c->locale);
	return E_OK;
}

/* Is this database as young as what was forbidden? See store/journal.h. */
static enum err open_journal(struct store *st, struct fault *f)
{
	struct journal_report r;
	enum err err = journal_open(st, clock_now_ms(), &r, f);

	if (err == E_OK && r.replayed > 0)
		log_event(LOG_WARN, "journal-replayed", "lines=%u", r.replayed);
	if (err == E_OK && r.closed) {
		log_event(LOG_ERROR, "journal-lost", "guardians=closed");
		fprintf(stderr, "lintel: this database is not the one the journal belongs to, or the "
				"journal is lost: guardians wait until an admin confirms on the office's "
				"page, or `lintel db confirm` does\n");
	}
	return err;
}

/* The key is made with a new database and must exist with an old one. */
static enum err open_store_and_key(struct gw *gw, const struct conf *c, struct services **services,
				   struct fault *f)
{
	int have = 0, want = 0;
	uint8_t root[32];
	enum err err;

	err = store_open(&gw->store, c->database, c->data_dir, STORE_SERVE, f);
	if (err == E_OK)
		err = store_schema_version(gw->store, &have, &want, f);
	if (err == E_OK && have > want)
		err = FAULT(f, E_DENIED, "the database has schema %d, this program knows %d: use a newer "
					 "lintel",
			    have, want);
	if (err == E_OK)
		err = key_file_load(c, have == 0, root, f);
	if (err == E_OK)
		err = store_migrate(gw->store, f);
	if (err != E_OK)
		return err;
	audit_setup(root, 0);
	crypt_derive(span_mk(root, sizeof(root)), "login state", gw->state_key);
	err = toolkeys_ensure(gw->store, root, clock_now_ms(), f);
	if (err == E_OK)
		err = services_new(services, gw->store, c, root, NULL, NULL);
	explicit_bzero(root, sizeof(root));
	if (err == E_OK)
		err = open_journal(gw->store, f);
	if (err == E_OK)	/* what an import left half done when the machine stopped */
		err = roster_import_recover(gw->store, clock_now_ms(), f);
	return err;
}

/* How the key cache reaches platforms: as far as the configuration lets it. */
static enum err fetch_keys(void *cls, const char *url, struct buf *body, int64_t deadline_ms,
			   struct fault *f)
{
	const struct conf *c = cls;
	enum fetch_reach reach = c->lab_mode		    ? FETCH_LAB :
				 c->allow_private_platforms ? FETCH_PRIVATE :
							      FETCH_PUBLIC;

	return fetch_get(reach, url, "application/json, application/jwk-set+json", body, deadline_ms,
			 f);
}

struct closed {
	struct gw *gw;
	struct arena a;
};

/* `platform disable` writes from another process: here its keys are dropped. */
static enum err forget_closed(struct db *db, void *arg)
{
	struct closed *c = arg;
	struct platform *v = NULL;
	unsigned n = 0;
	enum err err = platform_list(db, &c->a, 0, &v, &n);

	for (unsigned i = 0; err == E_OK && i < n; i++)
		if (!str_eq(v[i].state, "approved"))
			keys_forget(c->gw->keys, v[i].id);
	return err;
}

/* At once when `platform disable` says so (store_tell()), else every minute. */
static void look_again(void *arg)
{
	struct closed c = { .gw = arg };
	struct fault ignored = { 0 };

	arena_init(&c.a, CLOSED_ARENA);
	if (store_read(c.gw->store, forget_closed, &c, &ignored) != E_OK)
		log_event(LOG_WARN, "keys-not-checked", "why=%s", ignored.text);
	arena_release(&c.a);
}

/* So that a key a platform took back is not believed for long, and ours does not grow old. */
static void refresh_keys(void *arg, int64_t deadline_ms)
{
	const struct gw *gw = arg;
	struct fault f = { 0 };

	look_again(arg);
	keys_refresh(gw->keys, deadline_ms);
	if (toolkeys_tend(gw->store, gw->conf, clock_now_ms(), &f) != E_OK)
		log_event(LOG_WARN, "own-keys-not-tended", "why=%s", f.text);
}

static void ask_lists(void *arg, int64_t deadline_ms)
{
	sync_tick(arg, deadline_ms);
}

/* gw/clock.h: a test may be days later, but only in lab mode. */
static enum err shift_clock(const struct conf *c, struct fault *f)
{
	const char *text = getenv("LINTEL_TEST_CLOCK_OFFSET_MS");
	char *end = NULL;
	long long ms;

	if (text == NULL || text[0] == '\0')
		return E_OK;
	errno = 0;
	ms = strtoll(text, &end, 10);
	if (!c->lab_mode || errno != 0 || *end != '\0')
		return FAULT(f, E_INPUT, "LINTEL_TEST_CLOCK_OFFSET_MS is for lab_mode, in milliseconds");
	clock_shift_for_tests(ms);
	log_event(LOG_WARN, "clock-shifted", "ms=%lld", ms);
	return E_OK;
}

static int wait_for_signal(sigset_t *set)
{
	int sig = 0;

	while (sigwait(set, &sig) != 0)
		;
	return sig;
}

static int serve(struct conf *conf)
{
	struct gw gw = { .conf = conf, .public_origin = conf->public_url };
	struct server *server = NULL;
	struct ticker *refresh = NULL, *lists = NULL;
	struct services *services = NULL;
	struct fault f = { 0 };
	sigset_t set;
	enum err err;
	int rc = 0;

	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	pthread_sigmask(SIG_BLOCK, &set, NULL);
	signal(SIGPIPE, SIG_IGN);
	err = conf_check(conf, &f);
	if (err == E_OK)
		err = shift_clock(conf, &f);
	if (err == E_OK)
		err = check_places(conf, &f);
	if (err == E_OK)
		err = make_data_dir(conf, &f);
	if (err == E_OK)
		err = open_store_and_key(&gw, conf, &services, &f);
	if (err == E_OK)
		err = keys_new(&gw.keys, fetch_keys, conf);
	if (err == E_OK)
		err = auth_start(&gw, &f);
	server_set_error_page(view_refusal);
	if (err == E_OK)
		store_on_tell(gw.store, look_again, &gw);
	if (err == E_OK)
		err = ticker_start(&refresh, refresh_keys, &gw, KEYS_REFRESH_MS, &f);
	if (err == E_OK)
		err = ticker_start(&lists, ask_lists, services, LISTS_MS, &f);
	if (err == E_OK)
		err = server_start(&gw, &server, &f);
	if (err != E_OK) {
		rc = cli_fail("%s", f.text[0] != '\0' ? f.text : err_name(err));
	} else {
		log_event(LOG_INFO, "started", "listen=%s lab=%d", conf->listen, conf->lab_mode);
		if (conf->lab_mode)
			fprintf(stderr, "lintel: lab_mode is on: for trying out on this machine only\n");
		wait_for_signal(&set);
		log_event(LOG_INFO, "stopping", "grace_ms=%d", STOP_GRACE_MS);
	}
	server_stop(server, STOP_GRACE_MS);
	if (gw.store != NULL)
		store_on_tell(gw.store, NULL, NULL);
	if (services != NULL)
		services_stop(services);
	ticker_stop(lists);
	services_free(services);
	ticker_stop(refresh);
	auth_stop();
	keys_free(gw.keys);
	store_close(gw.store);
	return rc;
}

int cli_serve(int argc, char **argv)
{
	const struct cli_usage u = { "lintel [--config FILE] serve",
				     "Runs the gateway until SIGTERM. On the first start it makes its key "
				     "file and its database.",
				     NULL, 0, 0 };
	struct fault f = { 0 };
	struct cli_list pos;
	struct conf conf;
	int rc = cli_parse(argc, argv, &u, &pos);

	if (rc >= 0)
		return rc;
	if (conf_load(&conf, cli_conf_path, &f) != E_OK) {
		rc = cli_fail("configuration: %s", f.text);
	} else {
		log_set_level(level_of(conf.log_level));
		rc = serve(&conf);
	}
	conf_release(&conf);
	return rc;
}
