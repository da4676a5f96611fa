/*
 * The id_token as Canvas sends it: claims, guards and noise as in its source and
 * in captured launches (tests/data/practice/canvas-*.json).
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/magic.h"
#include "base/str.h"
#include "practice/claims.h"
#include "practice/lms.h"

#define CHILDREN_MAX 16

static bool include_name(const struct launch *l)
{
	return l->privacy == PRIV_PUBLIC || l->privacy == PRIV_NAME_ONLY;
}

static bool include_mail(const struct launch *l)
{
	return l->privacy == PRIV_PUBLIC || l->privacy == PRIV_EMAIL_ONLY;
}

static bool visitor(const struct launch *l)
{
	return (l->mis & MIS_BIT(anonymous_visitor)) != 0;
}

/* Validation leftovers that a 2019 capture shows inside most claims. */
static json_t *noisy(const struct launch *l, json_t *o)
{
	if ((l->mis & MIS_BIT(no_junk)) == 0) {
		json_object_set_new(o, "validation_context", json_null());
		json_object_set_new(o, "errors", json_pack("{s:{}}", "errors"));
	}
	return o;
}

static unsigned roles_here(const struct launch *l)
{
	if (l->course != NULL)
		return school_roles(l->person, l->course);
	return l->person->kind == ADMIN ? R_ADMIN : l->person->kind == STAFF &&
			!school_teaches_anywhere(l->person) ? R_MANAGER : 0;
}

/* ---- roles ------------------------------------------------------------------------ */

static int by_text(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Course enrolments, institution roles from anywhere, system roles; sorted. */
static json_t *roles(const struct launch *l, unsigned r)
{
	const struct {
		bool is;
		const char *uri;
	} all[] = {
		{ r & R_TEACHER || r & R_ASSISTANT, LIS "membership#Instructor" },
		{ r & R_ASSISTANT, LIS "membership/Instructor#TeachingAssistant" },
		{ r & R_DESIGNER, LIS "membership#ContentDeveloper" },
		{ r & (R_PUPIL | R_TESTER | R_STRANGER), LIS "membership#Learner" },
		{ r & R_GUARDIAN, LIS "membership#Mentor" },
		{ school_teaches_anywhere(l->person), LIS "institution/person#Instructor" },
		{ school_studies_anywhere(l->person) || r & R_STRANGER,
		  LIS "institution/person#Student" },
		{ r & (R_ADMIN | R_MANAGER), LIS "institution/person#Administrator" },
		{ true, LIS "system/person#User" },
		{ r & R_TESTER, "http://purl.imsglobal.org/vocab/lti/system/person#TestUser" },
	};
	const char *uri[ARRAY_LEN(all)];
	size_t n = 0;
	json_t *a = json_array();

	if (visitor(l)) {
		json_array_append_new(a, json_string(LIS "system/person#None"));
		return a;
	}
	for (size_t i = 0; i < ARRAY_LEN(all); i++)
		if (all[i].is)
			uri[n++] = all[i].uri;
	qsort(uri, n, sizeof(uri[0]), by_text);
	for (size_t i = 0; i < n; i++)
		json_array_append_new(a, json_string(uri[i]));
	return a;
}

/* Canvas's own names of the enrolments. */
static json_t *enrolments(unsigned r)
{
	static const struct {
		unsigned role;
		const char *name;
	} all[] = {
		{ R_TEACHER, "TeacherEnrollment" }, { R_ASSISTANT, "TaEnrollment" },
		{ R_DESIGNER, "DesignerEnrollment" }, { R_PUPIL, "StudentEnrollment" },
		{ R_STRANGER, "StudentEnrollment" }, { R_GUARDIAN, "ObserverEnrollment" },
		{ R_TESTER, "StudentViewEnrollment" }, { R_ADMIN, "Account Admin" },
		{ R_MANAGER, "Account Admin" },
	};
	struct buf b = BUF_INIT(512);
	json_t *v;

	buf_addz(&b, "");
	for (size_t i = 0; i < ARRAY_LEN(all); i++)
		if (r & all[i].role)
			buf_printf(&b, "%s%s", b.len > 0 ? "," : "", all[i].name);
	v = json_string(b.p);
	buf_release(&b);
	return v;
}

/* ---- children -------------------------------------------------------------------------- */

static size_t observees(const struct launch *l, const struct person **child)
{
	if (l->course == NULL || (l->mis & MIS_BIT(unpaired)) != 0)
		return 0;
	return school_children(l->person, l->course, child, CHILDREN_MAX);
}

static json_t *child_list(const struct launch *l, bool sis)
{
	const struct person *child[CHILDREN_MAX];
	size_t n = observees(l, child);
	struct buf b = BUF_INIT(2048);
	struct person_id id;
	json_t *v;

	if (l->course == NULL)
		return json_string(sis ? "$com.instructure.Observee.sisIds" :
					 "$com.instructure.User.observees");
	buf_addz(&b, "");
	for (size_t i = 0; i < n; i++) {
		school_id(child[i], &id);
		buf_printf(&b, "%s%s", i > 0 ? "," : "", sis ? id.sis : id.uuid);
	}
	v = json_string(b.p);
	buf_release(&b);
	return v;
}

/* Only with privacy "public", in a course, and never empty. */
static void add_mentor(json_t *o, const struct launch *l)
{
	const struct person *child[CHILDREN_MAX];
	size_t n = observees(l, child);
	struct person_id id;
	json_t *a;

	if (l->privacy != PRIV_PUBLIC || n == 0 || visitor(l))
		return;
	a = json_array();
	for (size_t i = 0; i < n; i++) {
		school_id(child[i], &id);
		/* After a user merge the claim keeps the id of the account that went. */
		if ((l->mis & MIS_BIT(merged_child)) != 0 && i == 0)
			id.uuid[0] = id.uuid[0] == 'f' ? '0' : 'f';
		json_array_append_new(a, json_string(id.uuid));
	}
	json_object_set_new(o, CLAIM "role_scope_mentor", a);
}

/* ---- the rest ---------------------------------------------------------------------------- */

static int account_number(const struct launch *l)
{
	return l->course != NULL ? 10 + l->course->school->n :
	       l->person->kind == ADMIN ? 1 : 11;
}

static void context_id(const struct launch *l, char out[41])
{
	char key[32];

	snprintf(key, sizeof(key), "%d", account_number(l));
	if (l->course != NULL)
		school_hex40("course", l->course->key, out);
	else
		school_hex40("account", key, out);
}

static json_t *course_value(const struct launch *l, json_t *value, const char *variable)
{
	if (l->course != NULL)
		return value;
	json_decref(value);
	return json_string(variable);
}

static json_t *sis_or_null(const struct person_id *id)
{
	return id->sis[0] != '\0' ? json_string(id->sis) : json_null();
}

static json_t *masquerader(const struct launch *l)
{
	struct person_id id;

	if ((l->mis & MIS_BIT(masquerade)) == 0)
		return json_string("$Canvas.masqueradingUser.id");
	school_id(school_person("castellanos"), &id);
	return json_string(id.canvas);
}

static const char *locale_of(const struct launch *l)
{
	return l->locale[0] != '\0' ? l->locale : school_locale(l->person, true);
}

static json_t *custom(const struct launch *l, const struct person_id *id, unsigned r)
{
	const struct course *c = l->course;
	json_t *o = json_object();

	claim_str(o, "user_id", id->canvas);
	json_object_set_new(o, "user_sis_id", sis_or_null(id));
	claim_str(o, "user_tz", school_zone(l->person));
	claim_str(o, "user_locale", locale_of(l));
	json_object_set_new(o, "observees", child_list(l, false));
	json_object_set_new(o, "observee_sis_ids", child_list(l, true));
	json_object_set_new(o, "course_id",
			    course_value(l, json_sprintf("%d", c != NULL ? c->canvas : 0),
					 "$Canvas.course.id"));
	json_object_set_new(o, "course_sis_id",
			    course_value(l, json_string(c != NULL ? c->sis : ""),
					 "$Canvas.course.sisSourceId"));
	json_object_set_new(o, "section_sis_ids",
			    course_value(l, json_sprintf("%s-A", c != NULL ? c->sis : ""),
					 "$Canvas.course.sectionSisSourceIds"));
	json_object_set_new(o, "enrollment_state",
			    course_value(l, json_string("active"),
					 "$Canvas.enrollment.enrollmentState"));
	json_object_set_new(o, "canvas_roles", visitor(l) ? json_string("") : enrolments(r));
	claim_str(o, "api_base", lms.base);
	json_object_set_new(o, "account_id", json_sprintf("%d", account_number(l)));
	claim_str(o, "root_account_id", "1");
	json_object_set_new(o, "is_root_admin", json_boolean(r & R_ADMIN));
	json_object_set_new(o, "student_view", json_boolean(r & R_TESTER));
	json_object_set_new(o, "masquerading_user_id", masquerader(l));
	claim_str(o, "pm_token", l->id);
	return o;
}

static json_t *context(const struct launch *l)
{
	char id[41];

	context_id(l, id);
	if (l->course == NULL)
		return noisy(l, json_pack("{s:s, s:n, s:s, s:[s]}", "id", id, "label", "title",
					  account_number(l) == 1 ? SCHOOL_DISTRICT :
								   school_place_at(0)->name,
					  "type", "Account"));
	return noisy(l, json_pack("{s:s, s:s, s:s, s:[s]}", "id", id, "label", l->course->label,
				  "title", l->course->title, "type",
				  "http://purl.imsglobal.org/vocab/lis/v2/course#CourseOffering"));
}

static json_t *presentation(const struct launch *l)
{
	json_t *url = l->course != NULL ?
			      json_sprintf("%s/courses/%d/external_content/success/"
					   "external_tool_redirect",
					   lms.plat[CANVAS].issuer, l->course->canvas) :
			      json_sprintf("%s/accounts/%d/external_content/success/"
					   "external_tool_redirect",
					   lms.plat[CANVAS].issuer, account_number(l));

	return noisy(l, json_pack("{s:s, s:o, s:s, s:i, s:i}", "document_target",
				  l->window ? "window" : "iframe", "return_url", url, "locale",
				  locale_of(l), "height", 400, "width", 800));
}

static json_t *platform_facts(const struct launch *l)
{
	char guid[41];

	school_hex40("guid", "canvas", guid);
	return noisy(l, json_pack("{s:o, s:s, s:s, s:s}", "guid",
				  json_sprintf("%s:canvas-lms", guid), "name", SCHOOL_DISTRICT,
				  "version", "cloud", "product_family_code", "canvas"));
}

static void add_person(json_t *o, const struct launch *l, const struct person_id *id)
{
	bool tester = l->person->kind == TESTER;

	if (l->privacy == PRIV_PUBLIC && !visitor(l))
		json_object_set_new(o, "picture",
				    json_sprintf("%s/images/messages/avatar-50.png",
						 lms.plat[CANVAS].issuer));
	add_mentor(o, l);
	if (include_mail(l) && !visitor(l) && !tester)
		claim_str(o, "email", id->email);
	if (include_name(l) && !visitor(l)) {
		claim_str(o, "name", id->name);
		claim_str(o, "given_name", l->person->given);
		claim_str(o, "family_name", l->person->family);
	}
	if (include_name(l))
		json_object_set_new(
			o, CLAIM "lis",
			noisy(l, json_pack("{s:o, s:s}", "person_sourcedid", sis_or_null(id),
					   "course_offering_sourcedid",
					   l->course != NULL ? l->course->sis :
							       "$CourseSection.sourcedId")));
}

static void add_tail(json_t *o, const struct launch *l, const struct person_id *id)
{
	struct person_id about;

	if (l->course != NULL)
		json_object_set_new(
			o, CLAIM_NRPS,
			noisy(l, json_pack("{s:o, s:[s]}", "context_memberships_url",
					   json_sprintf("%s/api/lti/courses/%d/names_and_roles",
							lms.plat[CANVAS].issuer,
							l->course->canvas),
					   "service_versions", "2.0")));
	claim_str(o, CLAIM "lti11_legacy_user_id", visitor(l) ? "" : id->legacy);
	if (!visitor(l))
		json_object_set_new(o, CLAIM "lti1p1",
				    noisy(l, json_pack("{s:s}", "user_id", id->legacy)));
	claim_str(o, "https://www.instructure.com/placement", l->placement);
	if (l->about != NULL) {
		school_id(l->about, &about);
		json_object_set_new(o, "https://www.instructure.com/lti_student_id",
				    json_sprintf("1000000000%s", about.canvas));
	}
	if ((l->mis & MIS_BIT(no_junk)) == 0)
		json_object_set_new(o, "errors", json_pack("{s:{}}", "errors"));
}

json_t *canvas_claims(const struct launch *l, const char *nonce, time_t now)
{
	const struct platform *p = &lms.plat[CANVAS];
	unsigned r = roles_here(l);
	struct person_id id;
	json_t *o = json_object();
	char ctx[41];

	school_id(l->person, &id);
	context_id(l, ctx);
	claim_str(o, CLAIM "message_type", "LtiResourceLinkRequest");
	claim_str(o, CLAIM "version", "1.3.0");
	json_object_set_new(o, CLAIM "resource_link",
			    noisy(l, json_pack("{s:s, s:n, s:n}", "id", ctx, "description",
					       "title")));
	claim_str(o, "aud", p->client_id);
	claim_str(o, "azp", p->client_id);
	claim_str(o, CLAIM "deployment_id", p->deployment);
	json_object_set_new(o, "exp", json_integer(now + 3600));
	json_object_set_new(o, "iat", json_integer(now));
	claim_str(o, "iss", p->issuer);
	claim_str(o, "nonce", nonce);
	if (!visitor(l))
		claim_str(o, "sub", id.uuid);
	claim_str(o, CLAIM "target_link_uri", lms.launch_url);
	add_person(o, l, &id);
	json_object_set_new(o, CLAIM "context", context(l));
	json_object_set_new(o, CLAIM "tool_platform", platform_facts(l));
	json_object_set_new(o, CLAIM "launch_presentation", presentation(l));
	claim_str(o, "locale", locale_of(l));
	json_object_set_new(o, CLAIM "roles", roles(l, r));
	json_object_set_new(o, CLAIM "custom", custom(l, &id, r));
	add_tail(o, l, &id);
	return o;
}
