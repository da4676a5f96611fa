/*
 * Refusals as a person sees them: every code in every language, with its status,
 * its words and its mark; and nothing that tells a missing page from a foreign one.
 */
#include "base/str.h"
#include "gw/view.h"
#include "kit/http.h"
#include "t.h"

#define PORT 21421

static struct server *srv;
static struct answer a;

static const struct field code_field[] = {
	{ .name = "code", .type = F_INT, .required = true, .min = 1, .max = REFUSE_COUNT - 1 },
};
static const struct form_def code_form = { code_field, 1 };

static enum err refuse(struct req *r)
{
	return reply_refuse(r, (enum refusal)r->query.v[0].num);
}

static void ask(const char *target, const char *language)
{
	char head[120];

	snprintf(head, sizeof(head), "Accept-Language: %s\r\n", language);
	kit_ask(PORT, "GET", target, head, NULL, &a);
}

static bool body_has(const char *what)
{
	return a.body != NULL && strstr(a.body, what) != NULL;
}

TEST(starts)
{
	struct fault f = { .err = E_OK };

	kit_extra_rows[0] = (struct route){
		METHOD_GET, "/refuse", refuse, POLICY_public_page, .query = &code_form,
		.flags = ROUTE_TOP,
	};
	server_set_error_page(view_refusal);
	CHECK_INT(kit_start(&srv, "127.0.0.1:21421", &f), E_OK);
	CHECK_STR(f.text, "");
}

/* The page shows the words of this key; no such key: no. */
static bool titled(const struct loc *l, const char *key)
{
	for (unsigned m = 1; m < MSG_COUNT; m++)
		if (str_eq(msg_key[m], key))
			return body_has(loc_str(l, (enum msg)m));
	return false;
}

/* The many checks of a launch share two sets of words. */
TEST(every_code_speaks_every_language)
{
	NEED(srv != NULL);
	for (int code = REFUSE_NONE + 1; code < REFUSE_COUNT; code++) {
		for (const struct loc *const *l = loc_all(); *l != NULL; l++) {
			char target[60], mark[120], key[100], lang[60];

			snprintf(target, sizeof(target), "/refuse?code=%d", code);
			snprintf(mark, sizeof(mark), "<body data-refused=\"%s\">",
				 refusal_code((enum refusal)code));
			snprintf(key, sizeof(key), "refusal.%s.title", refusal_code((enum refusal)code));
			snprintf(lang, sizeof(lang), "<html lang=\"%s\" dir=\"%s\">", loc_tag(*l), loc_dir(*l));
			ask(target, loc_tag(*l));
			CHECK_INT(a.status, refusal_status((enum refusal)code));
			CHECK(body_has(mark) && body_has(lang));
			CHECK(titled(*l, key) ||
			      (code >= REFUSE_REGISTER_ADDRESS && code < REFUSE_PLATFORM_UNKNOWN &&
			       titled(*l, "refusal.register.title")) ||
			      (code >= REFUSE_PLATFORM_UNKNOWN &&
			       (titled(*l, "refusal.launch.title") ||
				titled(*l, "refusal.browser.title"))));
		}
	}
}

TEST(a_missing_page_says_nothing_that_changes)
{
	static char first[65536];

	NEED(srv != NULL);
	ask("/nothing-here", "en");
	CHECK_INT(a.status, 404);
	CHECK(body_has("This page is not here"));
	snprintf(first, sizeof(first), "%s", a.body);
	ask("/nothing/else?x=1", "en");
	CHECK_STR(a.body, first);
	CHECK(!body_has("nothing"));
}

/* A launch sent twice may have opened a session; the others opened nothing. */
TEST(only_a_second_launch_leads_on)
{
	NEED(srv != NULL);
	for (int code = REFUSE_NONE + 1; code < REFUSE_COUNT; code++) {
		char target[60];

		snprintf(target, sizeof(target), "/refuse?code=%d", code);
		ask(target, "en");
		CHECK_INT(body_has("href=\"/app/\"") && body_has("Go on to Lintel"), code == REFUSE_REPLAY);
	}
}

TEST(our_own_fault_carries_the_number_of_the_log_line)
{
	char target[40];

	NEED(srv != NULL);
	snprintf(target, sizeof(target), "/refuse?code=%d", REFUSE_OUR_FAULT);
	ask(target, "en");
	CHECK_INT(a.status, 500);
	CHECK(body_has("our-fault · "));
}

TEST(stops)
{
	NEED(srv != NULL);
	server_stop(srv, 1000);
	CHECK(true);
}
