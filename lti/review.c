/*
 * LtiSubmissionReviewRequest (LTI Submission Review 1.0, 3): somebody opens the work
 * of one person from the platform's gradebook.
 */
#include <string.h>

#include "priv.h"
#include "text.h"

#define AGS_ENDPOINT "https://purl.imsglobal.org/spec/lti-ags/claim/endpoint"
#define STAFF (LTI_ROLE_INSTRUCTOR | LTI_ROLE_TA | LTI_ROLE_DEVELOPER | LTI_ROLE_ADMIN_CLAIM)

enum lti_result lti_read_review(struct lti_reading *r)
{
	struct lti_launch *l = r->l;
	const json_t *o;

	if (l->message != LTI_MESSAGE_SUBMISSION_REVIEW)
		return LTI_OK;
	if (lti_member(r->claims, LTI_CLAIM("for_user"), &o) != TEXT_OK ||
	    lti_text_id(r->a, json_object_get(o, "user_id"), &l->for_user) != TEXT_OK)
		return lti_refuse(r->why, LTI_REASON_REVIEW, "for_user with a user_id",
				  SPAN("something else"));
	if (lti_member(r->claims, AGS_ENDPOINT, &o) != TEXT_OK ||
	    lti_text_url(r->a, json_object_get(o, "lineitem"), r->p->allow_http) == NULL)
		return lti_refuse(r->why, LTI_REASON_REVIEW, "an endpoint with a lineitem",
				  SPAN("something else"));
	/* 3.1: a learner reviews their own submission only; what came is a person's id */
	if ((l->roles & STAFF) == 0 && strcmp(l->for_user, l->sub) != 0)
		return lti_refuse(r->why, LTI_REASON_REVIEW_OTHER, "the person themselves",
				  SPAN("somebody else"));
	return LTI_OK;
}
