/*
 * Names and Role Provisioning Services 2.0: who is in a course.
 *
 * lti_nrps_url() and LTI_NRPS_MEDIA make the request (2.4); service.h gives the token,
 * pages.h the next page; lti_nrps_read() reads one page of the membership
 * container (2.2). Members are read as suspiciously as a launch: see lti/launch.h for
 * what texts may hold. E-mail addresses and pictures are not read at all.
 *
 * A list says who is in a course, not what they may do: Moodle lists parents and
 * non-editing teachers as Learner, Canvas lists observers without their children.
 *
 * Ownership: everything lies in the arena passed. Threads: any.
 */
#ifndef LINTEL_LTI_NRPS_H
#define LINTEL_LTI_NRPS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"
#include "lti/launch.h"
#include "lti/platform.h"

/* Accept, alone: Moodle knows no list and no application/json (2.4.1). */
#define LTI_NRPS_MEDIA "application/vnd.ims.lti-nrps.v2.membershipcontainer+json"
#define LTI_NRPS_BODY_MAX (8u << 20)
#define LTI_NRPS_MEMBERS_MAX 50000u	/* of one page */

enum lti_member_status {
	LTI_MEMBER_ACTIVE = 0,		/* also where nothing is said (2.2) */
	LTI_MEMBER_INACTIVE,
	LTI_MEMBER_DELETED,		/* in an answer about differences (2.5) */
};

struct lti_member {
	const char *user_id;		/* the `sub` of that person's launches */
	const char *legacy_user_id;	/* Canvas: lti11_legacy_user_id */
	enum lti_member_status status;
	uint32_t roles;			/* LTI_ROLE_*, from URIs or short words */
	const char *name, *given_name, *family_name;	/* Moodle's HTML is decoded */
	const char *person_sourcedid;	/* the user can edit it on a stock Moodle */
	const char *username;		/* Moodle: ext_user_username */
	/* of message[0], only where the request named a resource link (3.1) */
	const char *locale;
	const struct lti_custom *custom;	/* those with a value */
	unsigned custom_n;
};

struct lti_membership {
	const char *context;		/* context.id; NULL: not told */
	struct lti_member *v;
	unsigned n;
	unsigned odd;			/* entries left out: no object, no usable user_id or roles */
};

/* E_INPUT: no membership container. E_LIMIT: too large. The fault names no person. */
enum err lti_nrps_read(struct arena *a, struct span body, enum lti_family family,
		       struct lti_membership *out, struct fault *f);

struct lti_nrps_ask {
	const char *role;	/* a full role URI; NULL: everybody (2.4.1) */
	const char *rlid;	/* a resource link: with messages (3) */
	unsigned limit;		/* members a page; 0: as the platform likes (2.4.2) */
};

/* context_memberships_url with these parameters added to those it has; NULL: no memory. */
const char *lti_nrps_url(struct arena *a, const char *memberships_url,
			 const struct lti_nrps_ask *q);

/*
 * Text out of HTML: the five names that every escaper writes, &nbsp;, and numbers, each
 * once: "&amp;lt;" becomes "&lt;". What is no character reference stays as it is.
 */
const char *lti_html_text(struct arena *a, const char *html);

#endif
