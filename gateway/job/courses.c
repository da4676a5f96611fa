/*
 * One course's list from the platform into the database: read it to its end, and only
 * then take it, slice by slice, so that a list that breaks off changes nothing.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/magic.h"
#include "gw/clock.h"
#include "gw/conf.h"
#include "gw/log.h"
#include "lti/nrps.h"
#include "lti/pages.h"
#include "lti/roles.h"
#include "lti/service.h"
#include "services_private.h"
#include "store/members.h"

#define LIST_ARENA (256u << 20)
#define SLICE_ARENA (8u << 20)
#define PAGE_MS 20000		/* for one page, with its token */
#define PEOPLE_OF_A_COURSE 50000u
/*
 * Moodle reads everybody for each page and may skip somebody between two: few large
 * ones. Canvas gives 50 at most, whatever it is asked for.
 */
#define PAGE_MEMBERS 500u
#define PAGE_MEMBERS_CANVAS 50u

struct pull {
	struct services *s;
	const struct sync_job *j;
	struct platform p;
	enum lti_family family;
	struct arena a, slice_a;	/* of the whole list; of one transaction */
	struct listed *v;
	unsigned n, cap, odd;
	int64_t *person;		/* n of them, once taken */
	unsigned slice, slice_n;
	int64_t now_ms, wait_ms;
	struct sync_report *rep;
	int64_t changed;		/* by the transaction at hand */
};

static enum err say(struct pull *m, enum sync_why why, const char *words)
{
	m->rep->why = why;
	snprintf(m->rep->detail, sizeof(m->rep->detail), "%s", words);
	return E_INPUT;
}

/* ---- reading ---- */

static enum err read_platform(struct db *db, void *arg)
{
	struct pull *m = arg;

	return platform_get(db, &m->a, m->j->platform, &m->p);
}

static enum err write_progress(struct db *db, void *arg)
{
	const struct pull *m = arg;

	return sync_progress(db, m->j, &m->rep->count, clock_now_ms());
}

static unsigned roles_of(uint32_t bits)
{
	static const struct {
		uint32_t lti;
		unsigned launch;
	} row[] = {
		{ LTI_ROLE_INSTRUCTOR, LAUNCH_INSTRUCTOR }, { LTI_ROLE_TA, LAUNCH_TA },
		{ LTI_ROLE_LEARNER, LAUNCH_LEARNER }, { LTI_ROLE_MENTOR, LAUNCH_MENTOR },
		{ LTI_ROLE_ADMIN_CLAIM, LAUNCH_ADMIN_CLAIM }, { LTI_ROLE_TEST_USER, LAUNCH_TEST_USER },
	};
	unsigned roles = 0;

	for (unsigned i = 0; i < ARRAY_LEN(row); i++)
		if (bits & row[i].lti)
			roles |= row[i].launch;
	return roles;
}

static enum err add_member(struct pull *m, const struct lti_member *one)
{
	if (one->status != LTI_MEMBER_ACTIVE)
		return E_OK;
	if (m->n == PEOPLE_OF_A_COURSE)
		return say(m, SYNC_PAGES, "more people than a course may have here");
	m->v = arena_grow(&m->a, m->v, m->n, &m->cap, sizeof(*m->v));
	if (m->v == NULL)
		return E_NOMEM;
	m->v[m->n++] = (struct listed){
		.user = { .tenant = m->j->tenant, .platform = m->j->platform, .sub = one->user_id,
			  .alias = one->legacy_user_id, .given = one->given_name,
			  .family = one->family_name, .full_name = one->name,
			  .username = one->username, .sourcedid = one->person_sourcedid,
			  .now_ms = m->now_ms },
		.roles = roles_of(one->roles),
	};
	return E_OK;
}

/* 404 and the like in words that lead somewhere. */
static enum err bad_status(struct pull *m, const struct fetch_answer *x)
{
	bool busy = x->status == 429 || x->status >= 500 ||
		    (x->status == 403 && x->body.p != NULL &&
		     memmem(x->body.p, x->body.len, "Rate Limit", 10) != NULL);
	char words[60];

	snprintf(words, sizeof(words), "the list of people: answered %d", x->status);
	if (x->retry_after_s > 0 && x->retry_after_s < 86400)
		m->wait_ms = x->retry_after_s * 1000;
	return say(m, busy ? SYNC_DOWN : x->status == 401 || x->status == 403 ? SYNC_DENIED :
		   x->status == 404 || x->status == 410 ? SYNC_GONE : SYNC_ANSWER, words);
}

static enum err read_page(struct pull *m, const struct fetch_answer *x)
{
	struct lti_membership page;
	struct fault f = { 0 };
	enum err err;

	if (x->status != 200)
		return bad_status(m, x);
	err = lti_nrps_read(&m->a, span_mk(x->body.p, x->body.len), m->family, &page, &f);
	if (err != E_OK)
		return err == E_NOMEM ? err : say(m, SYNC_ANSWER, f.text);
	if (page.context != NULL && !str_eq(page.context, m->j->ext_id))
		return say(m, SYNC_ANSWER, "the list is about another course");
	for (unsigned i = 0; err == E_OK && i < page.n; i++)
		err = add_member(m, &page.v[i]);
	m->odd += page.odd;
	m->rep->count.pages++;
	m->rep->count.seen = m->n;
	return err;
}

static enum err read_next(struct pull *m, struct lti_walk *w, const struct fetch_answer *x,
			  const char **url)
{
	struct fault f = { 0 };
	enum err err;

	if (x->link_cut)
		return say(m, SYNC_PAGES, "the Link header is longer than we read");
	err = lti_walk_next(w, span_of(x->link), url, &f);
	return err == E_OK || err == E_NOMEM ? err : say(m, SYNC_PAGES, f.text);
}

/* One page: asked, read, written down as progress; url becomes the next one's, or NULL. */
static enum err one_page(struct pull *m, struct lti_walk *w, const char **url, struct fault *f)
{
	const struct fetch_req q = { .url = *url, .accept = LTI_NRPS_MEDIA,
				     .max_bytes = LTI_NRPS_BODY_MAX,
				     .deadline_ms = clock_monotonic_ms() + PAGE_MS };
	struct fetch_answer x;
	struct fault asked = { 0 };
	enum sync_why why;
	enum err err = services_get(m->s, &m->p, LTI_SCOPE_NRPS, &q, &x, &why, &asked);

	if (err != E_OK && why != SYNC_OURS)
		err = say(m, why, asked.text);
	else if (err != E_OK)
		err = FAULT(f, err, "%s", asked.text);
	if (err == E_OK)
		err = read_page(m, &x);
	if (err == E_OK)
		err = read_next(m, w, &x, url);
	buf_release(&x.body);
	return err == E_OK ? store_write(m->s->st, write_progress, m, f) : err;
}

static enum err read_list(struct pull *m, sync_progress_fn told, void *arg, struct fault *f)
{
	const struct lti_nrps_ask ask = { .limit = m->family == LTI_FAMILY_CANVAS ?
							   PAGE_MEMBERS_CANVAS : PAGE_MEMBERS };
	const char *url = lti_nrps_url(&m->a, m->j->url, &ask);
	struct lti_walk w;
	enum err err;

	if (url == NULL)
		return E_NOMEM;
	if (lti_walk_begin(&w, &m->a, url) != E_OK)
		return say(m, SYNC_PAGES, "the address of the list is none");
	for (err = E_OK; err == E_OK && url != NULL;) {
		if (atomic_load(&m->s->stop))
			return say(m, SYNC_OURS, "Lintel was stopping");
		err = one_page(m, &w, &url, f);
		if (err == E_OK && told != NULL)
			told(arg, "read", &m->rep->count);
	}
	return err;
}

/* ---- taking ---- */

static enum err take_slice(struct db *db, void *arg)
{
	struct pull *m = arg;
	enum err err;

	arena_clear(&m->slice_a);
	err = sync_progress(db, m->j, &m->rep->count, clock_now_ms());
	if (err == E_OK)
		err = members_take(db, &m->slice_a, m->j, &m->p, m->v + m->slice, m->slice_n, m->now_ms,
				   m->person + m->slice, &m->changed);
	return err;
}

static enum err take_all(struct pull *m, sync_progress_fn told, void *arg, struct fault *f)
{
	enum err err = E_OK;

	m->person = arena_array(&m->a, m->n + 1, sizeof(*m->person));
	if (m->person == NULL)
		return E_NOMEM;
	for (m->slice = 0; err == E_OK && m->slice < m->n; m->slice += m->slice_n) {
		m->slice_n = m->n - m->slice < MEMBERS_SLICE ? m->n - m->slice : MEMBERS_SLICE;
		err = store_write(m->s->st, take_slice, m, f);
		if (err == E_OK)
			m->rep->count.added += m->changed;
		if (err == E_OK && told != NULL)
			told(arg, "take", &m->rep->count);
	}
	return err;
}

static int by_number(const void *x, const void *y)
{
	int64_t a = *(const int64_t *)x, b = *(const int64_t *)y;

	return (a > b) - (a < b);
}

/* Two logins may be one person: each once. */
static unsigned people(struct pull *m)
{
	unsigned n = 0;

	if (m->n > 0)
		qsort(m->person, m->n, sizeof(*m->person), by_number);
	for (unsigned i = 0; i < m->n; i++)
		if (n == 0 || m->person[n - 1] != m->person[i])
			m->person[n++] = m->person[i];
	return n;
}

static enum err settle(struct db *db, void *arg)
{
	struct pull *m = arg;

	arena_clear(&m->slice_a);
	return members_settle(db, &m->slice_a, m->j, &m->p, m->person, m->slice_n, m->now_ms,
			      &m->changed);
}

static enum err settle_all(struct pull *m, struct fault *f)
{
	char words[100];
	enum err err;

	m->slice_n = people(m);
	m->rep->count.seen = m->slice_n;
	if (m->odd > 0) {
		snprintf(words, sizeof(words), "%u entries of the list could not be read", m->odd);
		say(m, SYNC_SHORT, words);
		return E_OK;
	}
	if (members_short(m->j, m->slice_n)) {
		snprintf(words, sizeof(words), "%u people, %" PRId64 " were known", m->slice_n, m->j->known);
		say(m, SYNC_SHORT, words);
		return E_OK;
	}
	err = store_write(m->s->st, settle, m, f);
	if (err == E_OK)
		m->rep->count.gone = m->changed;
	return err;
}

/* ---- a course ---- */

static enum err end_run(struct db *db, void *arg)
{
	const struct pull *m = arg;

	return sync_end(db, m->j, &m->rep->count, m->rep->why, m->rep->detail, m->wait_ms,
			clock_now_ms());
}

static enum err pull_list(struct pull *m, sync_progress_fn told, void *arg, struct fault *f)
{
	enum err err = store_read(m->s->st, read_platform, m, f);

	if (err != E_OK)
		return err;
	m->family = str_eq(m->p.family, "moodle") ? LTI_FAMILY_MOODLE :
		    str_eq(m->p.family, "canvas") ? LTI_FAMILY_CANVAS : LTI_FAMILY_OTHER;
	err = read_list(m, told, arg, f);
	if (err == E_OK)
		err = take_all(m, told, arg, f);
	return err == E_OK ? settle_all(m, f) : err;
}

enum err sync_course(struct services *s, const struct sync_job *j, sync_progress_fn told, void *arg,
		     struct sync_report *out, struct fault *f)
{
	struct pull m = { .s = s, .j = j, .now_ms = clock_now_ms(), .rep = out };
	struct fault first = { 0 };
	enum err err;

	CHECK_MAGIC(s, SERVICES_MAGIC);
	assert(j->run > 0 && j->url != NULL && j->ext_id != NULL);
	*out = (struct sync_report){ .why = SYNC_FINE };
	arena_init(&m.a, LIST_ARENA);
	arena_init(&m.slice_a, SLICE_ARENA);
	err = pull_list(&m, told, arg, &first);
	if (err != E_OK && out->why == SYNC_FINE)
		say(&m, SYNC_OURS, first.text[0] != '\0' ? first.text : err_name(err));
	/* whoever took over this course ends it, too */
	err = err == E_CONFLICT && out->why == SYNC_OURS ? E_CONFLICT :
							   store_write(s->st, end_run, &m, f);
	log_event(out->why == SYNC_FINE ? LOG_INFO : LOG_WARN, "course-list",
		  "course=%" PRId64 " pages=%" PRId64 " people=%" PRId64 " new=%" PRId64
		  " gone=%" PRId64 " why=%s", j->context, out->count.pages, out->count.seen,
		  out->count.added, out->count.gone, sync_why_word(out->why));
	arena_release(&m.slice_a);
	arena_release(&m.a);
	return err;
}

struct turn {
	struct arena a;
	struct sync_job j;
	bool due;
};

static enum err look(struct db *db, void *arg)
{
	struct turn *t = arg;

	return sync_due(db, clock_now_ms(), &t->due);
}

static enum err claim(struct db *db, void *arg)
{
	struct turn *t = arg;

	return sync_claim(db, &t->a, clock_now_ms(), &t->j);
}

void sync_tick(struct services *s, int64_t deadline_ms)
{
	struct sync_report rep;
	struct fault f = { 0 };
	struct turn t = { .due = true };
	enum err err = E_OK;

	CHECK_MAGIC(s, SERVICES_MAGIC);
	arena_init(&t.a, SLICE_ARENA);
	while (err == E_OK && !atomic_load(&s->stop) && clock_monotonic_ms() < deadline_ms) {
		arena_clear(&t.a);
		t.j = (struct sync_job){ 0 };
		err = store_read(s->st, look, &t, &f);
		if (err != E_OK || !t.due)
			break;
		err = store_write(s->st, claim, &t, &f);
		if (err != E_OK || t.j.run == 0)
			break;
		err = sync_course(s, &t.j, NULL, NULL, &rep, &f);
	}
	if (err != E_OK)
		log_event(LOG_WARN, "course-list-failed", "why=%s", f.text);
	arena_release(&t.a);
}
