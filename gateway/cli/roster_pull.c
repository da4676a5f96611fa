/* lintel roster pull: asks a platform for the people of its courses, now. */
#include <inttypes.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/magic.h"
#include "gw/cli.h"
#include "gw/clock.h"
#include "gw/services.h"
#include "roster.h"
#include "store/course_list.h"
#include "store/platform.h"

struct puller {
	struct cli *c;
	const char *platform, *issuer, *client_id, *context;
	bool take_short;
	struct platform p;
	struct sync_course *v;
	unsigned n;
	struct sync_job job;
	int64_t course;
};

static enum err find(struct db *db, void *arg)
{
	struct puller *m = arg;
	enum err err = m->platform != NULL ?
			       platform_find(db, &m->c->a, m->platform, &m->p) :
			       platform_by_client(db, &m->c->a, m->issuer, m->client_id, &m->p);

	return err == E_OK ? sync_list(db, &m->c->a, m->p.tenant, m->p.id, &m->v, &m->n) : err;
}

static enum err claim(struct db *db, void *arg)
{
	struct puller *m = arg;
	enum err err = E_OK;

	if (m->take_short)
		err = sync_ask(db, m->p.tenant, m->course, true, m->c->now_ms);
	return err == E_OK ? sync_claim_course(db, &m->c->a, m->p.tenant, m->course, m->c->now_ms,
					       &m->job) : err;
}

/* What to do about it, where a person can do something. */
static const char *advice(enum sync_why why)
{
	switch (why) {
	case SYNC_TOKEN:
		return "the platform gives no token: is the Names and Roles service switched on for "
		       "Lintel, and can the platform read our keys at /lti/keys.json?";
	case SYNC_DENIED:
		return "the platform gives a token, but not this course: is Lintel still installed there?";
	case SYNC_GONE:
		return "the course or its link is gone; open Lintel once from the course";
	case SYNC_DOWN:
	case SYNC_SLOW:
		return "the platform does not answer well now; Lintel will ask again by itself";
	case SYNC_ANSWER:
	case SYNC_PAGES:
		return "what came is no list that can be read to its end, so nothing was taken";
	case SYNC_SHORT:
		return "nobody was taken out: look whether the list is right, then pull it again "
		       "with --take-short";
	default:
		return "see the server's log";
	}
}

static void progress(void *arg, const char *phase, const struct sync_count *c)
{
	const struct sync_course *course = arg;
	bool tty = isatty(STDERR_FILENO) != 0;

	fprintf(stderr, "%s%s: %s, %" PRId64 " pages, %" PRId64 " people, %" PRId64 " new%s",
		tty ? "\r\033[K" : "", course->title, phase, c->pages, c->seen, c->added,
		tty ? "" : "\n");
}

static int outcome(const struct sync_course *course, const struct sync_report *r)
{
	if (isatty(STDERR_FILENO))
		fputs("\r\033[K", stderr);
	if (r->why == SYNC_FINE) {
		printf("%s: %" PRId64 " people, %" PRId64 " new, %" PRId64 " gone\n", course->title,
		       r->count.seen, r->count.added, r->count.gone);
		return 0;
	}
	return cli_fail("%s: %s (%s): %s", course->title, sync_why_word(r->why), r->detail,
			advice(r->why));
}

static int pull_one(struct puller *m, struct services *s, struct sync_course *course)
{
	struct sync_report rep;
	enum err err;

	m->course = course->context;
	m->c->now_ms = clock_now_ms();
	fault_clear(&m->c->fault);
	err = store_write(m->c->store, claim, m, &m->c->fault);
	if (err == E_BUSY)
		return cli_fail("%s: somebody is asking for this list already", course->title);
	if (err == E_MISSING)
		return cli_fail("%s: there is no list to ask for, or the platform is not approved",
				course->title);
	if (err == E_OK)
		err = sync_course(s, &m->job, progress, course, &rep, &m->c->fault);
	return err == E_OK ? outcome(course, &rep) : cli_fail_err(m->c, err, "roster pull");
}

/* The course's id here, or its id or title on the platform. */
static bool meant(const struct puller *m, const struct sync_course *c)
{
	char id[24];

	snprintf(id, sizeof(id), "%" PRId64, c->context);
	return m->context == NULL || str_eq(m->context, id) || str_eq(m->context, c->ext_id) ||
	       str_eq(m->context, c->title);
}

static int pull_all(struct puller *m)
{
	struct services *s = NULL;
	unsigned asked = 0;
	uint8_t root[32];
	int rc = 0;
	enum err err = key_file_load(&m->c->conf, false, root, &m->c->fault);

	if (err == E_OK)
		err = services_new(&s, m->c->store, &m->c->conf, root, NULL, NULL);
	explicit_bzero(root, sizeof(root));
	if (err != E_OK)
		return cli_fail_err(m->c, err, "key");
	for (unsigned i = 0; i < m->n; i++)
		if (meant(m, &m->v[i])) {
			asked++;
			rc |= pull_one(m, s, &m->v[i]);
		}
	services_free(s);
	if (asked == 0)
		return cli_fail("no such course has told us where its list is: open Lintel once from "
				"the course, with the Names and Roles service switched on");
	return rc;
}

int cli_roster_pull(int argc, char **argv)
{
	struct cli c;
	struct puller m = { .c = &c };
	const struct cli_opt opt[] = {
		{ "platform", CLI_STR, &m.platform, "P", "whose courses: a name or an id" },
		{ "issuer", CLI_STR, &m.issuer, "URL", "the platform by its registration" },
		{ "client-id", CLI_STR, &m.client_id, "ID", "the platform by its registration" },
		{ "context", CLI_STR, &m.context, "ID", "one course: its id or title; else all" },
		{ "take-short", CLI_FLAG, &m.take_short, NULL, "take a list that is much shorter than "
		  "the last one" },
		{ 0 },
	};
	const struct cli_usage u = { "lintel roster pull --platform P [--context ID]",
				     "Asks the platform who is in its courses, and takes the answer.", opt,
				     0, 0 };
	struct cli_list pos;
	enum err err;
	int rc = cli_parse(argc, argv, &u, &pos);

	if (rc >= 0)
		return rc;
	if (m.platform == NULL && (m.issuer == NULL || m.client_id == NULL)) {
		fputs("lintel: which platform? --platform P, or --issuer URL --client-id ID\n", stderr);
		return 2;
	}
	rc = cli_open(&c, STORE_CLI);
	if (rc < 0) {
		err = store_read(c.store, find, &m, &c.fault);
		rc = err == E_OK ? pull_all(&m) : err == E_MISSING ?
			     cli_fail("there is no such platform: `lintel platform list` names them") :
			     cli_fail_err(&c, err, "platform");
	}
	cli_close(&c);
	return rc;
}
