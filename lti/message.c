/*
 * LTI claims of the message and the place (LTI Core 5.3, 5.4).
 */
#include "base/magic.h"
#include "lti/util.h"
#include "priv.h"
#include "text.h"

#define TYPES_MAX 50u

static enum lti_result bad_claim(struct lti_reading *r, const char *name)
{
	return lti_refuse(r->why, LTI_REASON_CLAIM_TYPE, "an object", span_of(name));
}

static enum lti_result read_deployment(struct lti_reading *r)
{
	const struct lti_state *st = r->x->state;
	const json_t *v = json_object_get(r->claims, LTI_CLAIM("deployment_id"));
	uint8_t hash[32];

	if (lti_text_id(r->a, v, &r->l->deployment) != TEXT_OK)
		return lti_refuse_json(r->why, LTI_REASON_DEPLOYMENT_MISSING,
				       "text of 1 to 255 characters", v);
	if (!st->has_deployment)
		return LTI_OK;
	if (!jose_sha256(lti_json_span(v), hash))
		return LTI_INTERNAL;
	if (!jose_equal(hash, st->deployment_hash, sizeof(st->deployment_hash)))
		return lti_refuse_json(r->why, LTI_REASON_DEPLOYMENT,
				       "the lti_deployment_id of the login", v);
	return LTI_OK;
}

static bool is_ours(const char *const *origins, struct span url)
{
	for (; *origins != NULL; origins++)
		if (lti_same_origin(span_of(*origins), url))
			return true;
	return false;
}

static enum lti_result read_target(struct lti_reading *r)
{
	const json_t *v = json_object_get(r->claims, LTI_CLAIM("target_link_uri"));

	if ((v == NULL || json_is_null(v)) && r->l->message == LTI_MESSAGE_DEEP_LINKING)
		return LTI_OK;
	if (!json_is_string(v))
		return lti_refuse(r->why, LTI_REASON_TARGET, "an address of this tool",
				  v == NULL ? SPAN("(nothing)") : SPAN("(no text)"));
	r->l->target_link_uri = lti_text_url(r->a, v, true);
	if (r->l->target_link_uri == NULL || !is_ours(r->x->origins, lti_json_span(v)))
		return lti_refuse(r->why, LTI_REASON_TARGET, r->x->origins[0],
				  SPAN("another place"));
	return LTI_OK;
}

enum lti_result lti_read_message(struct lti_reading *r)
{
	const json_t *type = json_object_get(r->claims, LTI_CLAIM("message_type"));
	const json_t *version = json_object_get(r->claims, LTI_CLAIM("version"));
	struct span t = lti_json_span(type);
	enum lti_result rc;

	if (span_eqz(t, "LtiResourceLinkRequest"))
		r->l->message = LTI_MESSAGE_RESOURCE_LINK;
	else if (span_eqz(t, "LtiDeepLinkingRequest"))
		r->l->message = LTI_MESSAGE_DEEP_LINKING;
	else if (span_eqz(t, "LtiSubmissionReviewRequest"))
		r->l->message = LTI_MESSAGE_SUBMISSION_REVIEW;
	else
		return lti_refuse_json(r->why, LTI_REASON_MESSAGE_TYPE,
				       "resource link, deep linking or submission review", type);
	if (!span_eqz(lti_json_span(version), "1.3.0"))
		return lti_refuse_json(r->why, LTI_REASON_VERSION, "1.3.0", version);
	rc = read_deployment(r);
	return rc == LTI_OK ? read_target(r) : rc;
}

static enum lti_result read_link(struct lti_reading *r)
{
	struct lti_launch *l = r->l;
	const json_t *o;
	enum lti_text t = lti_member(r->claims, LTI_CLAIM("resource_link"), &o);

	if (t == TEXT_ABSENT && l->message != LTI_MESSAGE_RESOURCE_LINK)
		return LTI_OK;
	if (t != TEXT_OK ||
	    lti_text_id(r->a, json_object_get(o, "id"), &l->resource_link) != TEXT_OK)
		return lti_refuse(r->why, LTI_REASON_RESOURCE_LINK,
				  "an object with an id of 1 to 255 characters",
				  SPAN("something else"));
	l->resource_title = lti_text_line(r->a, json_object_get(o, "title"));
	return LTI_OK;
}

/* Short words (Moodle) and URIs (Canvas) of LTI Core A.1; "Account" is Canvas's own. */
static bool is_course(const struct lti_list *types)
{
	static const char *const course[] = {
		"CourseSection", "CourseOffering", "CourseTemplate",
		"http://purl.imsglobal.org/vocab/lis/v2/course#CourseSection",
		"http://purl.imsglobal.org/vocab/lis/v2/course#CourseOffering",
		"http://purl.imsglobal.org/vocab/lis/v2/course#CourseTemplate",
	};

	for (size_t i = 0; i < ARRAY_LEN(course); i++)
		if (lti_list_has(types, course[i]))
			return true;
	return false;
}

static enum lti_result read_context(struct lti_reading *r)
{
	struct lti_launch *l = r->l;
	const json_t *o;
	enum lti_text t = lti_member(r->claims, LTI_CLAIM("context"), &o);

	if (t == TEXT_ABSENT)
		return LTI_OK;
	if (t != TEXT_OK || lti_text_id(r->a, json_object_get(o, "id"), &l->context) != TEXT_OK ||
	    !lti_text_list(r->a, json_object_get(o, "type"), TYPES_MAX, &l->context_types))
		return lti_refuse(r->why, LTI_REASON_CONTEXT,
				  "an object with an id and a list of types",
				  SPAN("something else"));
	l->context_label = lti_text_line(r->a, json_object_get(o, "label"));
	l->context_title = lti_text_line(r->a, json_object_get(o, "title"));
	l->is_course = is_course(&l->context_types);
	return LTI_OK;
}

static enum lti_result read_presentation(struct lti_reading *r)
{
	struct lti_launch *l = r->l;
	const json_t *o;
	enum lti_text t = lti_member(r->claims, LTI_CLAIM("launch_presentation"), &o);

	if (t == TEXT_BAD)
		return bad_claim(r, "launch_presentation");
	l->document_target = lti_text_word(r->a, json_object_get(o, "document_target"), "_-", 40);
	l->return_url = lti_text_url(r->a, json_object_get(o, "return_url"), r->p->allow_http);
	l->locale = lti_text_word(r->a, json_object_get(o, "locale"), "_-@.", 35);
	if (l->locale == NULL)
		l->locale = lti_text_word(r->a, json_object_get(r->claims, "locale"), "_-@.", 35);
	return LTI_OK;
}

static enum lti_result read_platform(struct lti_reading *r)
{
	struct lti_launch *l = r->l;
	const json_t *o;

	if (lti_member(r->claims, LTI_CLAIM("tool_platform"), &o) == TEXT_BAD)
		return bad_claim(r, "tool_platform");
	l->platform_guid = lti_text_line(r->a, json_object_get(o, "guid"));
	l->platform_name = lti_text_line(r->a, json_object_get(o, "name"));
	l->platform_version = lti_text_line(r->a, json_object_get(o, "version"));
	l->platform_family = lti_text_word(r->a, json_object_get(o, "product_family_code"),
					   "_-.", 80);
	if (lti_member(r->claims, "https://purl.imsglobal.org/spec/lti-nrps/claim/"
		       "namesroleservice", &o) == TEXT_BAD)
		return bad_claim(r, "namesroleservice");
	l->nrps_url = lti_text_url(r->a, json_object_get(o, "context_memberships_url"),
				   r->p->allow_http);
	return LTI_OK;
}

enum lti_result lti_read_place(struct lti_reading *r)
{
	enum lti_result rc = read_link(r);

	if (rc == LTI_OK)
		rc = read_context(r);
	if (rc == LTI_OK)
		rc = read_presentation(r);
	if (rc == LTI_OK)
		rc = read_platform(r);
	return rc;
}
