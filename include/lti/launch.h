/*
 * A verified launch: what the platform said, as plain C values.
 *
 * Made by lti_verify() only. Every pointer lies in the arena given there. Texts
 * are valid UTF-8 without NUL; NULL means absent, null, withheld, or a variable
 * the platform did not expand (a literal "$Name"). Identifiers hold no control
 * characters and at most 255 characters; texts for people are one line, cut at
 * 1,000 bytes, and still have to be escaped wherever they are shown.
 */
#ifndef LINTEL_LTI_LAUNCH_H
#define LINTEL_LTI_LAUNCH_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/str.h"
#include "lti/platform.h"
#include "lti/roles.h"

enum lti_message {
	LTI_MESSAGE_RESOURCE_LINK = 1,	/* LTI Core 5.3, 5.4 */
	LTI_MESSAGE_DEEP_LINKING,	/* Deep Linking 4.4 */
	LTI_MESSAGE_SUBMISSION_REVIEW,	/* Submission Review 3 */
};

/* `given` with n == 0 says "none"; not given says nothing at all. */
struct lti_list {
	bool given;
	unsigned n;
	const char **v;
};

struct lti_custom {
	const char *name, *value;	/* numbers and booleans as text */
};

/* Custom parameter names that our Canvas and Moodle set-up asks the platform to fill. */
#define LTI_CUSTOM_OBSERVEES "observees"		/* $com.instructure.User.observees */
#define LTI_CUSTOM_OBSERVEE_SIS_IDS "observee_sis_ids"	/* $com.instructure.Observee.sisIds */
#define LTI_CUSTOM_MASQUERADING "masquerading_user_id"	/* $Canvas.masqueradingUser.id */
#define LTI_CUSTOM_API_BASE "api_base"			/* $Canvas.api.baseUrl */
#define LTI_CUSTOM_STUDENT_VIEW "student_view"		/* $com.instructure.User.student_view */
#define LTI_CUSTOM_ROOT_ADMIN "is_root_admin"		/* $Canvas.user.isRootAccountAdmin */
#define LTI_CUSTOM_TIMEZONE "user_tz"			/* $Person.address.timezone */
#define LTI_CUSTOM_LOCALE "user_locale"			/* $Message.locale */

struct lti_launch {
	/* proof: consume the nonce in the transaction that opens the session */
	int64_t platform;		/* lti_platform.id */
	uint8_t nonce_hash[32];		/* SHA-256 of the nonce; unique per platform */
	int64_t nonce_until_ms;		/* no token with this nonce passes after it */
	bool bound;			/* false: browser not proved yet; open no session */
	char tag[17];			/* of the login, see login.h */
	int64_t issued_ms, expires_ms;	/* iat, exp */

	enum lti_message message;
	const char *deployment;
	const char *target_link_uri;	/* on our origin; NULL only in deep linking */

	/* who */
	const char *sub;
	const char *legacy_user_id;	/* lti1p1.user_id; Canvas mentors may be named by it */
	const char *legacy_key, *legacy_sign, *legacy_signed;	/* for lti/migrate.h */
	const char *name, *given_name, *family_name, *middle_name;
	const char *email;
	const char *person_sourcedid;	/* lis; the user can edit it on a stock Moodle */
	const char *username;		/* Moodle: ext.user_username */
	const char *locale;		/* "pt_br", "da-x-k12": not always BCP 47 */
	const char *timezone;		/* IANA name */
	uint32_t roles;			/* LTI_ROLE_*; decide by LTI_ROLE_MEMBERSHIP only */
	struct lti_list role_uris;	/* as sent */
	struct lti_list mentees;	/* role_scope_mentor: user ids */

	/* where */
	const char *resource_link, *resource_title;
	const char *context, *context_label, *context_title;
	struct lti_list context_types;
	bool is_course;			/* CourseOffering, CourseSection or CourseTemplate */
	const char *course_offering_sourcedid, *course_section_sourcedid;
	const struct lti_custom *custom; /* those with a value */
	unsigned custom_n;
	const char *return_url;		/* never log: Moodle puts a secret of the user there */
	const char *document_target;	/* iframe, window, frame, or what came */
	const char *embed_origin;	/* may frame our pages; NULL if unknown */
	const char *nrps_url;		/* Names and Roles: context_memberships_url */
	const char *platform_guid, *platform_family, *platform_version, *platform_name;

	/* Canvas only: custom values there are set by the tool, elsewhere by any teacher */
	struct lti_list observees;	/* ids as in `sub` */
	struct lti_list observee_sis_ids; /* not aligned with observees */
	const char *masquerading;	/* id of the real user: the session is read-only */
	bool student_view;		/* also with LTI_ROLE_TEST_USER: sample data only */
	bool root_admin;
	const char *placement;		/* https://www.instructure.com/placement */

	const struct lti_deep_link *deep_link;	/* deep linking only; lti/deeplink.h */
	const char *for_user;		/* submission review only: whose work; an id as in sub */
};

/* NULL if absent or unexpanded. */
const char *lti_launch_custom(const struct lti_launch *l, const char *name);
bool lti_list_has(const struct lti_list *l, const char *s);
/* "$Canvas.user.id": a variable nobody expanded (LTI Core 6.1). */
bool lti_is_variable(struct span s);

#endif
