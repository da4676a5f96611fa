/*
 * The id_token as Moodle 4.5 sends it: names, order, types and oddities as
 * recorded from a running one (tests/data/practice/moodle-*.json).
 */
#include <stdio.h>
#include <string.h>

#include "base/magic.h"
#include "base/str.h"
#include "practice/claims.h"
#include "practice/lms.h"

#define STAFF_ROLES (R_TEACHER | R_ASSISTANT | R_DESIGNER | R_MANAGER | R_ADMIN)
#define TYPE_ID "1"

static bool names_shared(const struct launch *l)
{
	return l->privacy == PRIV_PUBLIC || l->privacy == PRIV_NAME_ONLY;
}

static bool mail_shared(const struct launch *l)
{
	return l->privacy == PRIV_PUBLIC || l->privacy == PRIV_EMAIL_ONLY;
}

/* deploy/moodle/ltisource_lintel, for somebody with a child: it adds to what is there. */
static bool plugin_speaks(const struct launch *l, unsigned r)
{
	return (l->mis & MIS_BIT(lintel_plugin)) != 0 && (r & R_GUARDIAN) != 0;
}

/* mod/lti:manage makes an Instructor, everybody else is a Learner. */
static json_t *roles(const struct launch *l, unsigned r)
{
	json_t *a = json_array();

	if (r & R_ADMIN)
		json_array_append_new(a, json_string(LIS "institution/person#Administrator"));
	if ((l->mis & MIS_BIT(ltisource)) != 0 && (r & R_GUARDIAN) != 0 && (r & STAFF_ROLES) == 0) {
		json_array_append_new(a, json_string(LIS "institution/person#Observer"));
		json_array_append_new(a, json_string(LIS "membership#Mentor"));
		return a;
	}
	if (plugin_speaks(l, r))
		json_array_append_new(a, json_string(LIS "institution/person#Observer"));
	json_array_append_new(a, json_string(r & STAFF_ROLES ? LIS "membership#Instructor" :
							       LIS "membership#Learner"));
	if (plugin_speaks(l, r))
		json_array_append_new(a, json_string(LIS "membership#Mentor"));
	if (r & R_ADMIN)
		json_array_append_new(a, json_string(LIS "system/person#Administrator"));
	return a;
}

static const char *role_words(unsigned r)
{
	if (r & R_ADMIN)
		return "Instructor,urn:lti:sysrole:ims/lis/Administrator,"
		       "urn:lti:instrole:ims/lis/Administrator";
	return r & STAFF_ROLES ? "Instructor" : "Learner";
}

/* Only the sub-plugin fills it, with Moodle user ids of the children. */
static json_t *mentees(const struct launch *l)
{
	const struct person *child[16];
	size_t n = school_children(l->person, l->course, child, ARRAY_LEN(child));
	struct person_id id;
	json_t *a = json_array();

	for (size_t i = 0; i < n; i++) {
		school_id(child[i], &id);
		json_array_append_new(a, json_string(id.moodle));
	}
	return a;
}

static void urls(const struct launch *l, char memberships[256], char lineitems[256])
{
	const char *iss = lms.plat[MOODLE].issuer;

	snprintf(memberships, 256,
		 "%s/mod/lti/services.php/CourseSection/%d/bindings/" TYPE_ID "/memberships", iss,
		 l->course->moodle);
	snprintf(lineitems, 256, "%s/mod/lti/services.php/%d/lineitems?type_id=" TYPE_ID, iss,
		 l->course->moodle);
}

static json_t *text_or_null(bool shared, const char *s)
{
	return shared ? json_string(s) : json_null();
}

static json_t *custom(const struct launch *l, const struct person_id *id, unsigned r)
{
	const char *iss = lms.plat[MOODLE].issuer;
	char memb[256], line[256];
	json_t *c = json_object();

	urls(l, memb, line);
	claim_str(c, "teacher_param", "x");
	json_object_set_new(c, "user_full", text_or_null(names_shared(l), id->name));
	claim_str(c, "context_history", "");
	claim_str(c, "sis", id->sis);
	json_object_set_new(c, "email2", text_or_null(mail_shared(l), id->email));
	json_object_set_new(c, "uname", text_or_null(names_shared(l), l->person->key));
	claim_str(c, "tz", "99");
	claim_str(c, "groups", r & R_PUPIL ? "1" : "");
	claim_str(c, "course_sis", l->course->sis);
	claim_str(c, "memb", memb);
	claim_str(c, "role_raw", role_words(r));
	/* What Moodle does not know it passes on as it stands. */
	claim_str(c, "mentor", "$Membership.role_scope_mentor");
	claim_str(c, "relinst", "$RelationshipInstance");
	claim_str(c, "static_eq", "a=b=c");
	claim_str(c, "expr_end", "2027-06-18T16:00:00+00:00");
	claim_str(c, "res", "Home and school");
	claim_str(c, "phone", "");
	claim_str(c, "org", "$ToolPlatformInstance.guid");
	claim_str(c, "locale", "$Message.locale");
	claim_str(c, "mixed_case_key", "v");
	claim_str(c, "mixed.Case-Key", "v");
	claim_str(c, "context_memberships_url", memb);
	if ((l->mis & MIS_BIT(lintel_plugin)) != 0 && (l->mis & MIS_BIT(masquerade)) != 0) {
		struct person_id real;

		school_id(school_person("castellanos"), &real);
		claim_str(c, "masquerading_user_id", real.moodle);
	}
	json_object_set_new(c, "system_setting_url",
			    json_sprintf("%s/mod/lti/services.php/tool/" TYPE_ID "/custom", iss));
	json_object_set_new(
		c, "context_setting_url",
		json_sprintf("%s/mod/lti/services.php/CourseSection/%d/bindings/tool/" TYPE_ID
			     "/custom",
			     iss, l->course->moodle));
	json_object_set_new(
		c, "link_setting_url",
		json_sprintf("%s/mod/lti/services.php/links/{link_id}/custom", iss));
	return c;
}

static json_t *presentation(const struct launch *l)
{
	bool win = l->window;

	return json_pack(
		"{s:s, s:s, s:o}", "locale",
		l->locale[0] != '\0' ? l->locale : school_locale(l->person, false),
		"document_target", win ? "window" : "iframe", "return_url",
		json_sprintf("%s/mod/lti/return.php?course=%d&launch_container=%d&instanceid=%d"
			     "&sesskey=%s",
			     lms.plat[MOODLE].issuer, l->course->moodle, win ? 4 : 3,
			     l->course->moodle - 1, l->sesskey));
}

/* The contact facts, each only if the tool was granted them. */
static void add_person(json_t *o, const struct launch *l, const struct person_id *id)
{
	if (names_shared(l)) {
		claim_str(o, "given_name", l->person->given);
		claim_str(o, "family_name", l->person->family);
		claim_str(o, "name", id->name);
	}
	json_object_set_new(o, CLAIM "ext",
			    names_shared(l) ? json_pack("{s:s, s:s}", "user_username",
							l->person->key, "lms", "moodle-2") :
					      json_pack("{s:s}", "lms", "moodle-2"));
	if (mail_shared(l))
		claim_str(o, "email", id->email);
}

static void add_services(json_t *o, const struct launch *l)
{
	char memb[256], line[256];

	urls(l, memb, line);
	json_object_set_new(o, CLAIM_AGS,
			    json_pack("{s:[s,s,s,s], s:s}", "scope",
				      "https://purl.imsglobal.org/spec/lti-ags/scope/lineitem",
				      "https://purl.imsglobal.org/spec/lti-ags/scope/lineitem.readonly",
				      "https://purl.imsglobal.org/spec/lti-ags/scope/result.readonly",
				      "https://purl.imsglobal.org/spec/lti-ags/scope/score",
				      "lineitems", line));
	json_object_set_new(o, CLAIM_NRPS,
			    json_pack("{s:s, s:[s,s]}", "context_memberships_url", memb,
				      "service_versions", "1.0", "2.0"));
}

static json_t *platform_facts(void)
{
	char guid[41];

	school_hex40("guid", "moodle", guid);
	guid[32] = '\0';
	return json_pack("{s:s, s:s, s:s, s:s, s:s}", "product_family_code", "moodle", "version",
			 "2024100705.01", "guid", guid, "name", SCHOOL_SHORT, "description",
			 SCHOOL_DISTRICT);
}

json_t *moodle_claims(const struct launch *l, const char *nonce, time_t now)
{
	const struct platform *p = &lms.plat[MOODLE];
	unsigned r = school_roles(l->person, l->course);
	struct person_id id;
	json_t *o = json_object();

	assert(l->course != NULL);
	school_id(l->person, &id);
	claim_str(o, "nonce", nonce);
	json_object_set_new(o, "iat", json_integer(now));
	json_object_set_new(o, "exp", json_integer(now + 60));
	claim_str(o, "iss", p->issuer);
	claim_str(o, "aud", p->client_id);
	claim_str(o, CLAIM "deployment_id", p->deployment);
	claim_str(o, CLAIM "target_link_uri", lms.launch_url);
	claim_str(o, "sub", id.moodle);
	json_object_set_new(o, CLAIM "lis",
			    json_pack("{s:s, s:s}", "person_sourcedid",
				      r & R_ADMIN ? "" : id.sis, "course_section_sourcedid",
				      l->course->sis));
	json_object_set_new(o, CLAIM "roles", roles(l, r));
	if (((l->mis & MIS_BIT(ltisource)) != 0 && (r & R_GUARDIAN) != 0) ||
	    (l->mis & MIS_BIT(lintel_plugin)) != 0)
		json_object_set_new(o, CLAIM "role_scope_mentor", mentees(l));
	json_object_set_new(o, CLAIM "context",
			    json_pack("{s:o, s:s, s:s, s:[s]}", "id",
				      json_sprintf("%d", l->course->moodle), "label",
				      l->course->label, "title", l->course->title, "type",
				      "CourseSection"));
	claim_str(o, CLAIM "message_type", "LtiResourceLinkRequest");
	json_object_set_new(o, CLAIM "resource_link",
			    json_pack("{s:s, s:s, s:o}", "title", "Home and school", "description",
				      "Goals, notes & conferences.\r\nParents are welcome.", "id",
				      json_sprintf("%d", l->course->moodle - 1)));
	add_person(o, l, &id);
	json_object_set_new(o, CLAIM "launch_presentation", presentation(l));
	json_object_set_new(o, CLAIM "tool_platform", platform_facts());
	claim_str(o, CLAIM "version", "1.3.0");
	json_object_set_new(o, CLAIM "custom", custom(l, &id, r));
	add_services(o, l);
	return o;
}
