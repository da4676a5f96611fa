/*
 * What a real Moodle sent and what Canvas sends, signed here again and read back.
 */
#include "kit/mint.h"
#include "t.h"

static struct mint_world w;

/* Launches the recorded claims as they are; only nonce and times are of this login. */
static bool launch(const char *file, const char *name, enum lti_family family)
{
	json_t *all = json_load_file(file, 0, NULL), *c = json_object_get(all, name);
	static char iss[200], client[200];
	static const char *const origins[] = {
		"https://tool.example", "https://tool.example.org", NULL,
	};
	enum lti_result rc;

	if (json_object_get(c, "claims") != NULL)
		c = json_object_get(c, "claims");
	if (!CHECK(json_is_object(c)))
		return false;
	snprintf(iss, sizeof(iss), "%s", json_string_value(json_object_get(c, "iss")));
	snprintf(client, sizeof(client), "%s", json_string_value(json_object_get(c, "aud")));
	w.p.issuer = iss;
	w.p.client_id = client;
	w.p.family = family;
	w.x.origins = origins;
	json_object_set_new(c, "nonce", json_string(w.nonce));
	json_object_set_new(c, "iat", json_integer(MINT_NOW / 1000));
	json_object_set_new(c, "exp", json_integer(MINT_NOW / 1000 + 60));
	rc = mint_try(&w, json_incref(c));
	json_decref(all);
	if (rc != LTI_OK)
		printf("# %s: %s, expected %s, got %s\n", name, lti_reason_code(w.why.reason),
		       w.why.expected, w.why.got);
	return rc == LTI_OK;
}

static bool moodle(const char *name)
{
	return launch("tests/data/practice/moodle-id-tokens.json", name, LTI_FAMILY_MOODLE);
}

static bool canvas(const char *name)
{
	return launch("tests/data/practice/canvas-id-tokens.json", name, LTI_FAMILY_CANVAS);
}

TEST(moodle_parent_is_a_plain_learner)
{
	mint_open(&w);
	NEED(moodle("parent1"));
	CHECK_STR(w.l.sub, "7");
	CHECK_INT(w.l.roles, LTI_ROLE_LEARNER);
	CHECK_STR(w.l.name, "Pia Parent");
	CHECK_STR(w.l.username, "parent1");
	CHECK_STR(w.l.person_sourcedid, "SIS-P-1");
	CHECK_STR(w.l.course_section_sourcedid, "SIS-CRS-001");
	CHECK_STR(w.l.context, "2");
	CHECK(w.l.is_course && !w.l.mentees.given && !w.l.observees.given);
	CHECK_STR(w.l.embed_origin, "https://moodle.example");
	CHECK_STR(w.l.locale, "en");
	CHECK(w.l.timezone == NULL);
	CHECK_STR(w.l.platform_family, "moodle");
	CHECK(w.l.nrps_url != NULL && w.l.return_url != NULL);
	CHECK(lti_launch_custom(&w.l, "org") == NULL);
	CHECK_STR(lti_launch_custom(&w.l, "phone"), "");
	CHECK_STR(lti_launch_custom(&w.l, "static_eq"), "a=b=c");
	mint_close(&w);
}

TEST(moodle_with_the_sub_plugin_names_the_children)
{
	mint_open(&w);
	NEED(moodle("parent1-with-ltisource-plugin"));
	CHECK_INT(w.l.roles & LTI_ROLE_MEMBERSHIP, LTI_ROLE_MENTOR);
	CHECK(w.l.mentees.given && w.l.mentees.n == 2);
	CHECK_STR(w.l.mentees.v[0], "4");
	CHECK_STR(w.l.mentees.v[1], "5");
	mint_close(&w);
}

/* Our own sub-plugin on a real 5.1: it adds, so the Learner is still there. */
static bool plugin(const char *name)
{
	return launch("tests/data/practice/moodle-plugin-id-tokens.json", name, LTI_FAMILY_MOODLE);
}

TEST(moodle_with_our_sub_plugin)
{
	mint_open(&w);
	NEED(plugin("parent1-with-lintel-plugin"));
	CHECK_INT(w.l.roles & LTI_ROLE_MEMBERSHIP, LTI_ROLE_MENTOR | LTI_ROLE_LEARNER);
	CHECK(w.l.mentees.given && w.l.mentees.n == 1 && w.l.masquerading == NULL);
	CHECK_STR(w.l.mentees.v[0], "4");
	mint_close(&w);
}

TEST(moodle_logged_in_as_a_parent_names_who_really_looks)
{
	mint_open(&w);
	NEED(plugin("admin-as-parent1"));
	CHECK_STR(w.l.sub, "6");
	CHECK_STR(w.l.masquerading, "2");
	CHECK_INT(w.l.mentees.n, 1);
	mint_close(&w);
}

TEST(moodle_with_a_switched_role_is_that_role)
{
	mint_open(&w);
	NEED(plugin("teacher1-switched-to-student"));
	CHECK_INT(w.l.roles, LTI_ROLE_LEARNER);
	CHECK(!w.l.mentees.given && w.l.masquerading == NULL);
	mint_close(&w);
}

TEST(moodle_with_little_privacy_still_has_a_person)
{
	mint_open(&w);
	NEED(moodle("parent1-minimal-privacy-tool"));
	CHECK(w.l.sub != NULL && w.l.name == NULL && w.l.email == NULL);
	mint_close(&w);
}

TEST(moodle_admin_claim_is_only_a_claim)
{
	mint_open(&w);
	NEED(moodle("admin"));
	CHECK_INT(w.l.roles, LTI_ROLE_INSTRUCTOR | LTI_ROLE_ADMIN_CLAIM);
	CHECK(w.l.person_sourcedid == NULL);
	mint_close(&w);
}

TEST(every_recorded_moodle_token)
{
	static const char *const name[] = {
		"admin", "mgr1", "parent1", "student1", "ta1", "teacher1",
	};

	for (size_t i = 0; i < ARRAY_LEN(name); i++) {
		mint_open(&w);
		CHECK(moodle(name[i]));
		CHECK(w.l.is_course && (w.l.roles & LTI_ROLE_MEMBERSHIP) != 0);
		mint_close(&w);
	}
}

TEST(canvas_observer_with_two_children)
{
	mint_open(&w);
	NEED(canvas("observer_two_children"));
	CHECK_INT(w.l.roles & LTI_ROLE_MEMBERSHIP, LTI_ROLE_MENTOR);
	CHECK(w.l.observees.given && w.l.observees.n == 2 && w.l.mentees.n == 2);
	CHECK_STR(w.l.observees.v[1], "d3b5ef22-8c2e-4c2b-8b1b-5b5fa07e2d44");
	CHECK(w.l.observee_sis_ids.n == 2 && w.l.masquerading == NULL && !w.l.student_view);
	CHECK_STR(w.l.embed_origin, "https://lakeside.instructure.com");
	CHECK_STR(w.l.timezone, "America/Chicago");
	CHECK_STR(w.l.legacy_user_id, "20c9c1f0e77b6f0e9f1f7f0b3b2c4d5e6f708192");
	CHECK_STR(w.l.placement, "course_navigation");
	CHECK(w.l.is_course && w.l.resource_title == NULL);
	CHECK_STR(lti_launch_custom(&w.l, "is_root_admin"), "false");
	mint_close(&w);
}

TEST(canvas_says_none_or_nothing_about_observees)
{
	mint_open(&w);
	NEED(canvas("observer_unpaired"));
	CHECK(w.l.observees.given && w.l.observees.n == 0 && !w.l.mentees.given);
	NEED(canvas("observer_account_level_global_nav"));
	CHECK(!w.l.observees.given && !w.l.is_course);
	NEED(canvas("observer_name_only_privacy"));
	CHECK(!w.l.mentees.given && w.l.observees.given && w.l.observees.n > 0);
	mint_close(&w);
}

TEST(canvas_masquerade_and_test_student_are_told)
{
	mint_open(&w);
	NEED(canvas("admin_masquerading_as_parent"));
	CHECK_STR(w.l.masquerading, "9200");
	NEED(canvas("test_student_view"));
	CHECK(w.l.student_view && (w.l.roles & LTI_ROLE_TEST_USER) != 0);
	CHECK(w.l.person_sourcedid == NULL);
	mint_close(&w);
}

TEST(canvas_roles_come_from_the_membership)
{
	mint_open(&w);
	NEED(canvas("observer_who_teaches_elsewhere"));
	CHECK_INT(w.l.roles & LTI_ROLE_MEMBERSHIP, LTI_ROLE_MENTOR);
	CHECK((w.l.roles & LTI_ROLE_INST_STAFF) != 0);
	NEED(canvas("teacher_and_parent_same_course"));
	CHECK_INT(w.l.roles & LTI_ROLE_MEMBERSHIP, LTI_ROLE_INSTRUCTOR | LTI_ROLE_MENTOR);
	NEED(canvas("ta"));
	CHECK_INT(w.l.roles & LTI_ROLE_MEMBERSHIP, LTI_ROLE_INSTRUCTOR | LTI_ROLE_TA);
	NEED(canvas("account_admin_not_enrolled"));
	CHECK_INT(w.l.roles & LTI_ROLE_MEMBERSHIP, 0);
	CHECK((w.l.roles & LTI_ROLE_ADMIN_CLAIM) != 0);
	NEED(canvas("designer"));
	CHECK_INT(w.l.roles & LTI_ROLE_MEMBERSHIP, LTI_ROLE_DEVELOPER);
	mint_close(&w);
}

TEST(canvas_visitor_without_sub_is_refused)
{
	mint_open(&w);
	CHECK(!canvas("anonymous_public_course"));
	CHECK_STR(lti_reason_code(w.why.reason), "sub-missing");
	CHECK(w.l.name == NULL);
	mint_close(&w);
}

TEST(every_recorded_canvas_token)
{
	json_t *all = json_load_file("tests/data/practice/canvas-id-tokens.json", 0, NULL), *v;
	const char *name;
	unsigned n = 0;

	json_object_foreach(all, name, v) {
		mint_open(&w);
		CHECK(canvas(name) == (json_object_get(v, "sub") != NULL));
		mint_close(&w);
		n++;
	}
	CHECK_INT(n, 16);
	json_decref(all);
}

TEST(observees_count_on_canvas_only)
{
	mint_open(&w);
	NEED(launch("tests/data/practice/canvas-id-tokens.json", "observer_two_children",
		    LTI_FAMILY_OTHER));
	CHECK(!w.l.observees.given && w.l.placement == NULL);
	CHECK(w.l.masquerading == NULL);	/* "$Canvas.masqueradingUser.id", as it stands */
	CHECK_STR(lti_launch_custom(&w.l, "user_id"), "8811");
	mint_close(&w);
}
