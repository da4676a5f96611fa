/* Membership lists, as Moodle and Canvas send them and as nobody should. */
#include <jansson.h>
#include <string.h>

#include "base/buf.h"
#include "base/magic.h"
#include "lti/nrps.h"
#include "t.h"

static struct arena a;
static struct fault f;

static struct lti_membership read_as(const char *text, enum lti_family family, enum err want)
{
	struct lti_membership m;

	if (a.magic == 0)
		arena_init(&a, 64u << 20);
	else
		arena_clear(&a);
	fault_clear(&f);
	if (!CHECK_INT(lti_nrps_read(&a, span_of(text), family, &m, &f), want))
		printf("#   %.300s: %s\n", text, f.text);
	return m;
}

#define ONE(member) "{\"members\":[{" member "}]}"

TEST(html_is_decoded_once)
{
	static const struct {
		const char *html, *text;
	} row[] = {
		{ "O'Parent &amp; Sons", "O'Parent & Sons" }, { "a &lt;b&gt; &quot;c&quot;", "a <b> \"c\"" },
		{ "&#039;&#39;&#x27;&apos;", "''''" }, { "&amp;lt;script&amp;gt;", "&lt;script&gt;" },
		{ "&amp;amp;", "&amp;" }, { "&#xe9;l&#232;ve &#x1F600;", "élève 😀" }, { "a&nbsp;b", "a b" },
		{ "AT&T &c; R&D;", "AT&T &c; R&D;" }, { "&", "&" }, { "&amp", "&amp" }, { "&;", "&;" },
		{ "&#0;&#;&#x;", "&#0;&#;&#x;" }, { "&#xd800;", "&#xd800;" }, { "&#1114112;", "&#1114112;" },
		{ "&#99999999999999;", "&#99999999999999;" }, { "&#10;x&#13;", " x " }, { "", "" },
		{ "&#x10ffff;", "\xf4\x8f\xbf\xbf" }, { "&eacute;", "&eacute;" },
	};

	read_as("{\"members\":[]}", LTI_FAMILY_MOODLE, E_OK);
	for (size_t i = 0; i < ARRAY_LEN(row); i++)
		CHECK_STR(lti_html_text(&a, row[i].html), row[i].text);
}

TEST(names_are_html_on_moodle_only)
{
	const char *text = ONE("\"user_id\":\"8\",\"roles\":[\"Learner\"],\"name\":\" Per O'Parent &amp; Sons \","
			       "\"given_name\":\"Per\",\"ext_user_username\":\"parent2\"");
	struct lti_membership m = read_as(text, LTI_FAMILY_MOODLE, E_OK);

	NEED(m.n == 1);
	CHECK_STR(m.v[0].name, "Per O'Parent & Sons");
	CHECK_STR(m.v[0].username, "parent2");
	m = read_as(text, LTI_FAMILY_CANVAS, E_OK);
	CHECK_STR(m.v[0].name, "Per O'Parent &amp; Sons");
	CHECK(m.v[0].username == NULL);
}

TEST(roles_by_uri_and_by_short_word)
{
#define M "\"http://purl.imsglobal.org/vocab/lis/v2/membership"
	static const struct {
		const char *roles;
		uint32_t bits;
	} row[] = {
		{ "[\"Learner\"]", LTI_ROLE_LEARNER }, { "[" M "#Mentor\"]", LTI_ROLE_MENTOR },
		{ "[" M "#Instructor\"," M "/Instructor#TeachingAssistant\"]", LTI_ROLE_INSTRUCTOR | LTI_ROLE_TA },
		{ "[" M "#Instructor\"," M "#Mentor\"]", LTI_ROLE_INSTRUCTOR | LTI_ROLE_MENTOR },
		{ "[]", 0 }, { "[\"\"]", 0 }, { "[\"instructor\"]", 0 },
		{ "[\"http://purl.imsglobal.org/vocab/lis/v2/person#Administrator\"]", LTI_ROLE_ADMIN_CLAIM },
	};
	char text[400];

	for (size_t i = 0; i < ARRAY_LEN(row); i++) {
		struct lti_membership m;

		snprintf(text, sizeof(text), ONE("\"user_id\":\"1\",\"roles\":%s"), row[i].roles);
		m = read_as(text, LTI_FAMILY_OTHER, E_OK);
		NEED(m.n == 1);
		CHECK_INT(m.v[0].roles, row[i].bits);
	}
}

TEST(entries_that_are_left_out)
{
	static const char *const odd[] = {
		"7", "null", "\"x\"", "[]", "{}", "{\"user_id\":\"1\"}", "{\"roles\":[]}",
		"{\"user_id\":1,\"roles\":[]}", "{\"user_id\":\"\",\"roles\":[]}",
		"{\"user_id\":\"$User.id\",\"roles\":[]}", "{\"user_id\":\"a\\u0001\",\"roles\":[]}",
		"{\"user_id\":\"1\",\"roles\":\"Learner\"}", "{\"user_id\":\"1\",\"roles\":[1]}",
		"{\"user_id\":\"1\",\"roles\":null}",
	};
	char text[300];

	for (size_t i = 0; i < ARRAY_LEN(odd); i++) {
		struct lti_membership m;

		snprintf(text, sizeof(text), "{\"members\":[%s,{\"user_id\":\"2\",\"roles\":[]}]}", odd[i]);
		m = read_as(text, LTI_FAMILY_OTHER, E_OK);
		if (!CHECK(m.odd == 1 && m.n == 1 && str_eq(m.v[0].user_id, "2")))
			printf("#   %s\n", odd[i]);
	}
}

TEST(what_is_no_list)
{
	static const char *const bad[] = {
		"", "null", "[]", "{}", "{\"members\":null}", "{\"members\":{}}", "{\"members\":[}",
		"{\"members\":[{\"user_id\":\"1\",\"roles\":[]}", "<html>Log in</html>",
		"{\"members\":[],\"members\":[]}", "{\"members\":[]} x", "{\"errors\":{\"type\":\"unauthorized\"}}",
		"{\"members\":[{\"user_id\":\"1\\u0000\",\"roles\":[]}]}", "{\"members\":[\"\xff\"]}",
		"{\"members\":[[[[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]]]}",
	};

	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		struct lti_membership m = read_as(bad[i], LTI_FAMILY_OTHER, E_INPUT);

		CHECK(m.n == 0 && m.v == NULL && f.text[0] != '\0');
	}
}

TEST(status_and_absent_keys)
{
	struct lti_membership m = read_as(
		"{\"context\":{\"id\":\"c1\"},\"members\":["
		"{\"user_id\":\"1\",\"roles\":[],\"status\":\"Inactive\"},"
		"{\"user_id\":\"2\",\"roles\":[],\"status\":\"Deleted\"},"
		"{\"user_id\":\"3\",\"roles\":[],\"lis_person_sourcedid\":\"$Person.sourcedId\",\"name\":null},"
		"{\"user_id\":\"4\",\"roles\":[],\"lis_person_sourcedid\":\"\",\"lti11_legacy_user_id\":\"old\"}]}",
		LTI_FAMILY_CANVAS, E_OK);

	NEED(m.n == 4);
	CHECK_STR(m.context, "c1");
	CHECK(m.v[0].status == LTI_MEMBER_INACTIVE && m.v[1].status == LTI_MEMBER_DELETED);
	CHECK(m.v[2].status == LTI_MEMBER_ACTIVE && m.v[2].person_sourcedid == NULL && m.v[2].name == NULL);
	CHECK(m.v[3].person_sourcedid == NULL);
	CHECK_STR(m.v[3].legacy_user_id, "old");
}

TEST(messages_of_a_resource_link)
{
	struct lti_membership m = read_as(
		ONE("\"user_id\":\"1\",\"roles\":[],\"message\":[{\"locale\":\"da-x-k12\","
		    "\"https://purl.imsglobal.org/spec/lti/claim/custom\":{\"user_tz\":\"Asia/Tokyo\","
		    "\"observees\":\"$com.instructure.User.observees\",\"n\":7}}]"),
		LTI_FAMILY_CANVAS, E_OK);

	NEED(m.n == 1 && m.v[0].custom_n == 1);
	CHECK_STR(m.v[0].locale, "da-x-k12");
	CHECK_STR(m.v[0].custom[0].name, "user_tz");
	CHECK_STR(m.v[0].custom[0].value, "Asia/Tokyo");
	for (unsigned i = 0; i < 3; i++) {
		static const char *const odd[] = { "\"message\":[]", "\"message\":{}", "\"message\":[7]" };
		char text[200];

		snprintf(text, sizeof(text), ONE("\"user_id\":\"1\",\"roles\":[],%s"), odd[i]);
		m = read_as(text, LTI_FAMILY_CANVAS, E_OK);
		CHECK(m.n == 1 && m.v[0].custom_n == 0);
	}
}

TEST(the_lists_that_were_recorded)
{
	json_t *all = json_load_file("tests/data/practice/moodle-nrps-cases.json", 0, NULL), *c;
	unsigned lists = 0, parents = 0;
	size_t i;

	NEED(json_array_size(all) > 5);
	json_array_foreach(all, i, c) {
		const json_t *body = json_object_get(c, "body");
		char *text = json_dumps(body, 0);
		bool good = json_integer_value(json_object_get(c, "status")) == 200;
		struct lti_membership m;

		if (text == NULL)	/* recorded without its body */
			continue;
		m = read_as(text, LTI_FAMILY_MOODLE, good ? E_OK : E_INPUT);
		lists += good;
		for (unsigned k = 0; k < m.n; k++) {
			CHECK(m.v[k].name == NULL || strstr(m.v[k].name, "&amp;") == NULL);
			/* a parent is a Learner there, like a pupil */
			if (m.v[k].username != NULL && str_starts(m.v[k].username, "parent"))
				parents += m.v[k].roles == LTI_ROLE_LEARNER;
		}
		free(text);
	}
	CHECK(lists >= 2 && parents == 2);
	json_decref(all);
}

TEST(a_class_of_two_thousand)
{
	struct buf b = BUF_INIT(4u << 20);
	struct lti_membership m;

	buf_addz(&b, "{\"members\":[");
	for (unsigned i = 0; i < 2000; i++)
		buf_printf(&b, "%s{\"user_id\":\"%u\",\"roles\":[\"Learner\"],\"name\":\"Pupil %u\"}",
			   i > 0 ? "," : "", i, i);
	buf_addz(&b, "]}");
	m = read_as(b.p, LTI_FAMILY_MOODLE, E_OK);
	CHECK(m.n == 2000 && m.odd == 0);
	CHECK_STR(m.v[1999].name, "Pupil 1999");
	buf_release(&b);
}

TEST(the_address_of_a_list)
{
	const struct lti_nrps_ask role = { .role = "http://purl.imsglobal.org/vocab/lis/v2/membership#Learner" };

	read_as("{\"members\":[]}", LTI_FAMILY_OTHER, E_OK);
	CHECK_STR(lti_nrps_url(&a, "https://m.example/x", &(struct lti_nrps_ask){ .limit = 50 }),
		  "https://m.example/x?limit=50");
	CHECK_STR(lti_nrps_url(&a, "https://m.example/x?Type=1", &(struct lti_nrps_ask){ .rlid = "a b", .limit = 2 }),
		  "https://m.example/x?Type=1&rlid=a%20b&limit=2");
	CHECK_STR(lti_nrps_url(&a, "https://m.example/x#f", &role),
		  "https://m.example/x?role=http%3A%2F%2Fpurl.imsglobal.org%2Fvocab%2Flis%2Fv2%2Fmembership%23Learner");
	CHECK_STR(lti_nrps_url(&a, "https://m.example/x", &(struct lti_nrps_ask){ 0 }), "https://m.example/x");
}
