/* Assignment and Grade Services: what is asked, what is read. */
#include "lti/ags.h"

#include <math.h>
#include <string.h>

#include "base/magic.h"
#include "lti/service.h"
#include "t.h"

static struct arena a;

static void fresh(void)
{
	if (a.magic == 0)
		arena_init(&a, 16u << 20);
	else
		arena_clear(&a);
}

TEST(scores_and_results_go_before_the_query)
{
	fresh();
	CHECK_STR(lti_ags_part_url(&a, "https://m.example/2/lineitems/7/lineitem?type_id=1", "scores"),
		  "https://m.example/2/lineitems/7/lineitem/scores?type_id=1");
	CHECK_STR(lti_ags_part_url(&a, "https://c.example/line_items/7", "results"),
		  "https://c.example/line_items/7/results");
	CHECK_STR(lti_ags_part_url(&a, "https://c.example/7/#x", "scores"), "https://c.example/7/scores");
	CHECK_STR(lti_ags_url(&a, "https://m.example/2/lineitems?type_id=1",
			      &(struct lti_ags_ask){ .tag = "a&b", .limit = 10 }),
		  "https://m.example/2/lineitems?type_id=1&tag=a%26b&limit=10");
	CHECK_STR(lti_ags_url(&a, "https://c.example/r", &(struct lti_ags_ask){ .user = "u 1" }),
		  "https://c.example/r?user_id=u%201");
}

TEST(a_line_item_there_and_back)
{
	struct lti_lineitem l = { .label = "Reading <1> \"x\"", .score_max = 2.5, .tag = "t",
				  .resource_link = "rl", .end = "2026-11-24T18:00:00Z" }, got;
	struct buf b = BUF_INIT(4096);
	struct fault f = { 0 };

	fresh();
	NEED(lti_ags_item_write(&l, &b) == E_OK);
	CHECK(strstr(b.p, "\"scoreMaximum\":2.5") != NULL && strstr(b.p, "\"id\"") == NULL);
	l.id = "https://c.example/7";
	buf_reset(&b);
	NEED(lti_ags_item_write(&l, &b) == E_OK);
	NEED(lti_ags_item_read(&a, span_mk(b.p, b.len), &got, &f) == E_OK);
	CHECK_STR(got.label, l.label);
	CHECK_STR(got.id, l.id);
	CHECK_STR(got.end, l.end);
	CHECK(got.score_max == 2.5 && got.start == NULL && got.resource_id == NULL);
	buf_reset(&b);
	l.label = "";
	CHECK_INT(lti_ags_item_write(&l, &b), E_INPUT);
	l.label = "x";
	l.score_max = 0;
	CHECK_INT(lti_ags_item_write(&l, &b), E_INPUT);
	l.score_max = NAN;
	CHECK_INT(lti_ags_item_write(&l, &b), E_INPUT);
	CHECK_INT(b.len, 0);
	buf_release(&b);
}

TEST(a_score_says_when_to_the_millisecond)
{
	struct lti_score s = { .user = "u1", .at_ms = 1795546232007LL, .given = true, .score = 0.1,
			       .score_max = 1, .activity = LTI_COMPLETED, .grading = LTI_FULLY_GRADED };
	struct buf b = BUF_INIT(4096);
	char t[32];

	NEED(lti_ags_score_write(&s, &b) == E_OK);
	CHECK_STR(b.p, "{\"userId\":\"u1\",\"timestamp\":\"2026-11-24T18:50:32.007Z\",\"scoreGiven\":0.1,"
		       "\"scoreMaximum\":1,\"activityProgress\":\"Completed\",\"gradingProgress\":\"FullyGraded\"}");
	buf_reset(&b);
	s.given = false;
	s.activity = LTI_IN_PROGRESS;
	s.grading = LTI_NOT_READY;
	s.comment = "so far";
	NEED(lti_ags_score_write(&s, &b) == E_OK);
	CHECK(strstr(b.p, "scoreGiven") == NULL && strstr(b.p, "\"InProgress\"") != NULL);
	buf_reset(&b);
	s.given = true;
	s.score = -1;
	CHECK_INT(lti_ags_score_write(&s, &b), E_INPUT);
	s.score = INFINITY;
	CHECK_INT(lti_ags_score_write(&s, &b), E_INPUT);
	s = (struct lti_score){ .user = "" };
	CHECK_INT(lti_ags_score_write(&s, &b), E_INPUT);
	buf_release(&b);
	lti_ags_time(-1, t);
	CHECK_STR(t, "1969-12-31T23:59:59.999Z");
	CHECK_INT(lti_ags_after(5, 3), 5);
	CHECK_INT(lti_ags_after(5, 5), 6);
	CHECK_INT(lti_ags_after(5, 9), 10);
}

TEST(lists_of_line_items_and_results)
{
	static const char *const bad[] = { "", "{}", "[", "null", "[],\"x\":1", "[]},{\"v\":[]", "[]]", "<html>",
					   "[{\"a\":1,\"a\":2}]" };
	struct lti_lineitem *l;
	struct lti_score_result *r;
	struct fault f = { 0 };
	unsigned n;

	fresh();
	CHECK_INT(lti_ags_items_read(&a, SPAN("[{\"id\":\"https://c.example/1\",\"label\":\"One\",\"scoreMaximum\":10},"
					      "{\"label\":\"no id\",\"scoreMaximum\":1},7,null,"
					      "{\"id\":\"https://c.example/2\",\"label\":\"Two\",\"scoreMaximum\":\"10\"}]"),
				     &l, &n, &f), E_OK);
	NEED(n == 1);
	CHECK_STR(l[0].label, "One");
	CHECK_INT(lti_ags_results_read(&a, SPAN("[{\"userId\":\"u\",\"resultScore\":0.5,\"resultMaximum\":2,"
						"\"id\":\"https://c.example/r/1\",\"comment\":\"ok\"},"
						"{\"userId\":\"v\"},{\"resultScore\":1}]"), &r, &n, &f), E_OK);
	NEED(n == 2);
	CHECK(r[0].given && r[0].score == 0.5 && r[0].score_max == 2 && !r[1].given && r[1].score_max == 1);
	CHECK_INT(lti_ags_results_read(&a, SPAN("[]"), &r, &n, &f), E_OK);
	CHECK_INT(n, 0);
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		fault_clear(&f);
		if (!CHECK_INT(lti_ags_items_read(&a, span_of(bad[i]), &l, &n, &f), E_INPUT) || !CHECK(n == 0))
			printf("#   %s\n", bad[i]);
	}
}

/* ---- the certification's own cases, run by name from tests/http/lti_services.mjs ---- */

TEST(cert_ags_01)
{
	fresh();
	CHECK_STR(LTI_AGS_ITEMS_MEDIA, "application/vnd.ims.lis.v2.lineitemcontainer+json");
	CHECK_STR(LTI_SCOPE_LINEITEM, "https://purl.imsglobal.org/spec/lti-ags/scope/lineitem");
	CHECK_STR(LTI_SCOPE_LINEITEM_READ, "https://purl.imsglobal.org/spec/lti-ags/scope/lineitem.readonly");
	CHECK_STR(lti_ags_url(&a, "https://m.example/lineitems?type_id=1", &(struct lti_ags_ask){ .resource_link = "r" }),
		  "https://m.example/lineitems?type_id=1&resource_link_id=r");
}

TEST(cert_ags_02)
{
	struct buf b = BUF_INIT(4096);

	CHECK_STR(LTI_AGS_ITEM_MEDIA, "application/vnd.ims.lis.v2.lineitem+json");
	CHECK_INT(lti_ags_item_write(&(struct lti_lineitem){ .label = "Chapter 5", .score_max = 60,
							     .resource_id = "quiz-231", .tag = "grade" }, &b), E_OK);
	CHECK_STR(b.p, "{\"scoreMaximum\":60,\"label\":\"Chapter 5\",\"resourceId\":\"quiz-231\",\"tag\":\"grade\"}");
	buf_release(&b);
}

TEST(cert_ags_03)
{
	struct lti_score s = { .user = "u", .given = true, .score = 1, .score_max = 2 };
	struct buf b = BUF_INIT(4096);
	char first[32], then[32];

	fresh();
	CHECK_STR(LTI_AGS_SCORE_MEDIA, "application/vnd.ims.lis.v1.score+json");
	CHECK_STR(lti_ags_part_url(&a, "https://m.example/7/lineitem?type_id=1", "scores"),
		  "https://m.example/7/lineitem/scores?type_id=1");
	/* two scores of one user in one millisecond: sub-seconds, a zone, and later all the same */
	s.at_ms = lti_ags_after(1795546232007LL, 0);
	lti_ags_time(s.at_ms, first);
	s.at_ms = lti_ags_after(1795546232007LL, s.at_ms);
	lti_ags_time(s.at_ms, then);
	CHECK_STR(first, "2026-11-24T18:50:32.007Z");
	CHECK(strcmp(then, first) > 0);
	CHECK_INT(lti_ags_score_write(&s, &b), E_OK);
	CHECK(strstr(b.p, then) != NULL);
	buf_release(&b);
}

TEST(cert_ags_04)
{
	fresh();
	CHECK_STR(LTI_AGS_RESULTS_MEDIA, "application/vnd.ims.lis.v2.resultcontainer+json");
	CHECK_STR(LTI_SCOPE_RESULT_READ, "https://purl.imsglobal.org/spec/lti-ags/scope/result.readonly");
	CHECK_STR(lti_ags_part_url(&a, "https://m.example/7/lineitem?type_id=1", "results"),
		  "https://m.example/7/lineitem/results?type_id=1");
}
