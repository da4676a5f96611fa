/*
 * Tokens and course lists against a platform that is a script: what is asked for, how
 * often, and what each answer comes to. On both engines, because the key is in there.
 */
#include "gw/services.h"

#include "gw/conf.h"
#include "gw/toolkeys.h"
#include "kit/db.h"
#include "kit/world.h"
#include "lti/service.h"
#include "store/audit.h"
#include "t.h"

#define NOW 1764000000000LL
#define LIST "https://lms.example/api/members"

/* One answer to what is asked next; url NULL: whatever it is. */
struct answer {
	const char *url;		/* the asked one must begin so */
	enum err err;
	int status;
	const char *link, *body;
	bool cut;
	int64_t retry;
};

static struct {
	struct services *s;
	struct platform p;
	int64_t tenant, course;
	const struct answer *v;
	unsigned n, asked, tokens;
	char last[300], bearer[64];
	bool wrong;
} w;

/* Tokens are given by themselves, a new one each time, unless the script says otherwise. */
static enum err platform(void *cls, const struct fetch_req *q, struct fetch_answer *out, struct fault *f)
{
	const struct answer *a = w.asked < w.n ? &w.v[w.asked] : NULL;
	bool token = str_eq(q->url, "https://lms.example/token");

	(void)cls;
	*out = (struct fetch_answer){ .status = 200, .body = BUF_INIT(q->max_bytes) };
	w.wrong |= token != (q->body.p != NULL) || token == (q->bearer != NULL);
	if (token && (a == NULL || a->url == NULL || !str_ends(a->url, "/token"))) {
		w.tokens++;
		buf_printf(&out->body, "{\"access_token\":\"T%u\",\"token_type\":\"Bearer\",\"expires_in\":3600}",
			   w.tokens);
		return E_OK;
	}
	w.asked++;
	snprintf(w.last, sizeof(w.last), "%s", q->url);
	snprintf(w.bearer, sizeof(w.bearer), "%s", q->bearer != NULL ? q->bearer : "");
	if (a == NULL || (a->url != NULL && !str_starts(q->url, a->url)))
		return FAULT(f, E_IO, "the script does not go on");
	out->status = a->status != 0 ? a->status : 200;
	out->link_cut = a->cut;
	out->retry_after_s = a->retry;
	snprintf(out->link, sizeof(out->link), "%s", a->link != NULL ? a->link : "");
	buf_addz(&out->body, a->body != NULL ? a->body : "");
	return a->err != E_OK ? FAULT(f, a->err, "as written") : E_OK;
}

static enum err make(struct db *db, void *arg)
{
	struct platform *p = &w.p;
	struct context c = { 0 };
	enum err err = world_platform(db, NOW, &w.tenant, &p->id);

	(void)arg;
	if (err == E_OK)
		err = platform_get(db, &mem, p->id, p);
	if (err == E_OK)
		err = db_run(db, NULL, "UPDATE platform SET token_url = 'https://lms.example/token', "
			     "state = 'approved', family = 'canvas' WHERE id = $1", "i", p->id);
	if (err == E_OK)
		err = platform_get(db, &mem, p->id, p);
	if (err == E_OK)
		err = context_upsert(db, &mem,
				     &(struct context_facts){ .tenant = w.tenant, .platform = p->id,
							      .ext_id = "c1", .kind = "course",
							      .title = "C", .nrps_url = LIST, .now_ms = NOW }, &c);
	w.course = c.id;
	return err;
}

static bool world(const struct answer *v, unsigned n)
{
	static struct conf conf;
	const uint8_t root[32] = { 7 };
	struct fault f = { 0 };

	audit_setup(root, 0);
	services_free(w.s);
	memset(&w, 0, sizeof(w));
	w.v = v;
	w.n = n;
	return world_make(make, NULL) && CHECK_INT(toolkeys_ensure(st, root, NOW, &f), E_OK) &&
	       CHECK_INT(services_new(&w.s, st, &conf, root, platform, NULL), E_OK);
}

#define PAGE(list) "{\"context\":{\"id\":\"c1\"},\"members\":[" list "]}"
#define ONE(id) "{\"user_id\":\"" id "\",\"roles\":[\"Learner\"]}"
#define NEXT(url) "<" url ">; rel=\"next\""

static enum err get(const char *scope, int *status, enum sync_why *why)
{
	const struct fetch_req q = { .url = LIST, .max_bytes = 1000, .deadline_ms = INT64_MAX };
	struct fetch_answer out;
	struct fault f = { 0 };
	enum err err = services_get(w.s, &w.p, scope, &q, &out, why, &f);

	*status = out.status;
	buf_release(&out.body);
	return err;
}

TEST(a_token_is_kept_for_its_platform_and_scope)
{
	static const struct answer v[8] = { { 0 } };
	enum sync_why why;
	int status;

	NEED(world(v, ARRAY_LEN(v)));
	for (unsigned i = 0; i < 3; i++)
		CHECK(get(LTI_SCOPE_NRPS, &status, &why) == E_OK && status == 200 && why == SYNC_FINE);
	CHECK_INT(w.tokens, 1);
	CHECK_STR(w.bearer, "T1");
	CHECK_INT(get(LTI_SCOPE_SCORE, &status, &why), E_OK);
	CHECK_INT(w.tokens, 2);
	CHECK_INT(get(LTI_SCOPE_NRPS, &status, &why), E_OK);
	CHECK_STR(w.bearer, "T1");
	w.p.client_id = "registered anew";	/* another registration has another token */
	CHECK_INT(get(LTI_SCOPE_NRPS, &status, &why), E_OK);
	CHECK_INT(w.tokens, 3);
	CHECK(!w.wrong);
}

TEST(on_401_once_more_with_a_new_token_and_only_once)
{
	static const struct answer v[] = { { 0 }, { .status = 401 }, { 0 }, { .status = 401 }, { .status = 401 } };
	enum sync_why why;
	int status;

	NEED(world(v, ARRAY_LEN(v)));
	CHECK_INT(get(LTI_SCOPE_NRPS, &status, &why), E_OK);
	CHECK(get(LTI_SCOPE_NRPS, &status, &why) == E_OK && status == 200);
	CHECK_STR(w.bearer, "T2");
	CHECK(get(LTI_SCOPE_NRPS, &status, &why) == E_OK && status == 401);
	CHECK_INT(w.asked, 5);
	CHECK_INT(w.tokens, 3);
}

static enum err claim(struct db *db, void *arg)
{
	return sync_claim_course(db, &mem, w.tenant, w.course, NOW, arg);
}

static struct sync_report pull(void)
{
	struct sync_report rep = { .why = SYNC_OURS };
	struct sync_job j;
	struct fault f = { 0 };

	CHECK_INT(store_write(st, claim, &j, &f), E_OK);
	CHECK_INT(sync_course(w.s, &j, NULL, NULL, &rep, &f), E_OK);
	return rep;
}

TEST(pages_are_read_to_the_end_and_asked_for_as_they_were_named)
{
	static const struct answer v[] = {
		{ .url = LIST "?limit=50", .link = NEXT("https://lms.example/api/Members?Page=aB%2F1"), .body = PAGE(ONE("1") "," ONE("2")) },
		{ .url = "https://lms.example/api/Members?Page=aB%2F1", .link = "<https://lms.example/1>; rel=first, "
		  NEXT("https://lms.example/api/Members?Page=aB%2F2"), .body = PAGE("") },
		{ .url = "https://lms.example/api/Members?Page=aB%2F2", .body = PAGE(ONE("2") "," ONE("3")) },
	};
	struct sync_report r;

	NEED(world(v, ARRAY_LEN(v)));
	r = pull();
	CHECK_INT(r.why, SYNC_FINE);
	CHECK(r.count.pages == 3 && r.count.seen == 3 && r.count.added == 3 && r.count.gone == 0);
	CHECK_INT(w.tokens, 1);
	CHECK_STR(r.detail, "");
}

TEST(what_each_answer_comes_to)
{
	static const struct {
		struct answer a[2];
		enum sync_why why;
	} row[] = {
		{ { { .status = 401 }, { .status = 401 } }, SYNC_DENIED }, { { { .status = 403 } }, SYNC_DENIED },
		{ { { .status = 403, .body = "403 Forbidden (Rate Limit Exceeded)" } }, SYNC_DOWN },
		{ { { .status = 404 } }, SYNC_GONE }, { { { .status = 429 } }, SYNC_DOWN },
		{ { { .status = 500, .body = "<html>" } }, SYNC_DOWN }, { { { .status = 400 } }, SYNC_ANSWER },
		{ { { .status = 204 } }, SYNC_ANSWER },
		{ { { .err = E_TIMEOUT } }, SYNC_SLOW }, { { { .err = E_IO } }, SYNC_DOWN },
		{ { { .err = E_LIMIT } }, SYNC_ANSWER },
		{ { { .body = "<!DOCTYPE html>" } }, SYNC_ANSWER }, { { { .body = "{\"members\":[" } }, SYNC_ANSWER },
		{ { { .body = "" } }, SYNC_ANSWER }, { { { .body = "{\"errors\":{}}" } }, SYNC_ANSWER },
		{ { { .body = "{\"context\":{\"id\":\"c2\"},\"members\":[]}" } }, SYNC_ANSWER },
		{ { { .body = PAGE(ONE("1")), .link = NEXT("https://evil.example/x") } }, SYNC_PAGES },
		{ { { .body = PAGE(ONE("1")), .link = "garbage" } }, SYNC_PAGES },
		{ { { .body = PAGE(ONE("1")), .cut = true } }, SYNC_PAGES },
		{ { { .body = PAGE(ONE("1")), .link = NEXT(LIST "?limit=50") } }, SYNC_PAGES },
		{ { { .body = PAGE(ONE("1")), .link = NEXT(LIST "?p=2") }, { .status = 500 } }, SYNC_DOWN },
		{ { { .body = PAGE(ONE("1")), .link = NEXT(LIST "?p=2") }, { .body = "{" } }, SYNC_ANSWER },
		{ { { .body = PAGE(ONE("1") ",{\"roles\":[]}") } }, SYNC_SHORT }, { { { .body = PAGE("") } }, SYNC_SHORT },
		{ { { .url = "/token", .status = 400, .body = "{\"error\":\"invalid_scope\"}" } }, SYNC_TOKEN },
		{ { { .url = "https://lms.example/token", .status = 404, .body = "<html>" } }, SYNC_TOKEN },
		{ { { .url = "https://lms.example/token", .status = 503 } }, SYNC_DOWN },
		{ { { .url = "https://lms.example/token", .err = E_TIMEOUT } }, SYNC_SLOW },
		{ { { .url = "https://lms.example/token", .body = "{\"access_token\":" } }, SYNC_TOKEN },
	};

	for (size_t i = 0; i < ARRAY_LEN(row); i++) {
		struct answer v[2] = { row[i].a[0], row[i].a[1] };
		int64_t before;
		struct sync_report r;

		if (str_eq(v[0].url, "/token"))
			v[0].url = "https://lms.example/token";
		NEED(world(v, ARRAY_LEN(v)));
		before = test_count(st, "SELECT COUNT(*) FROM account");
		r = pull();
		if (!CHECK_INT(r.why, row[i].why))
			printf("#   row %zu: %s\n", i, r.detail);
		CHECK(r.detail[0] != '\0' && r.count.gone == 0);
		/* a list that broke off changes nothing; a short one adds whom it names */
		if (r.why != SYNC_SHORT)
			CHECK_INT(test_count(st, "SELECT COUNT(*) FROM account"), before);
		CHECK(!w.wrong);
	}
}

TEST(when_the_gateway_stops_a_list_is_left_for_later)
{
	static const struct answer v[] = { { .body = PAGE(ONE("1")) } };
	struct sync_report r;

	NEED(world(v, ARRAY_LEN(v)));
	services_stop(w.s);
	r = pull();
	CHECK(r.why == SYNC_OURS && w.asked == 0);
}

TEST(the_ticker_asks_what_is_due_and_nothing_else)
{
	static const struct answer v[] = { { .body = PAGE(ONE("1")) }, { .body = PAGE(ONE("1")) } };

	NEED(world(v, ARRAY_LEN(v)));
	test_sql(st, "UPDATE course_sync SET due_at = 9000000000000000000");
	sync_tick(w.s, INT64_MAX);
	CHECK_INT(w.asked, 0);
	test_sql(st, "UPDATE context SET last_launch_at = 8000000000000000000");
	test_sql(st, "UPDATE course_sync SET due_at = 1 WHERE tenant_id = (SELECT MAX(tenant_id) FROM course_sync)");
	sync_tick(w.s, INT64_MAX);
	CHECK_INT(w.asked, 1);
	sync_tick(w.s, INT64_MAX);
	CHECK_INT(w.asked, 1);
	services_free(w.s);
	w.s = NULL;
}
