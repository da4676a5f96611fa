/*
 * What a tool may ask a platform for by itself: an access token for a signed
 * assertion, and with it the members of a course (NRPS 2.0). Threads: any.
 */
#ifndef PRACTICE_SERVICES_H
#define PRACTICE_SERVICES_H

#include "practice/lms.h"

#define SCOPE_NRPS "https://purl.imsglobal.org/spec/lti-nrps/scope/contextmembership.readonly"

/* Why an assertion does not hold; A_OK and the claims (a new reference) if it does. */
enum assertion {
	A_OK, A_MALFORMED, A_NO_KID, A_NO_KEYS, A_WRONG_KID, A_BAD_SIGNATURE,
};
/* Fetches the tool's key set each time, as Canvas does. */
enum assertion assertion_read(const char *jwt, json_t **claims_out);

void token_request(enum plat plat, struct req *q, struct reply *r);
/* Is there a living access token of that platform in the Authorization header? */
enum bearer { B_OK, B_MISSING, B_WRONG, B_EXPIRED } bearer_check(enum plat plat, struct req *q);

/* Who is enrolled, with the crowd; managers, admins and the test student are not. */
#define MEMBERS_MAX 20000u
struct member {
	const struct person *p;	/* NULL: one of the crowd */
	unsigned n;		/* number in the crowd */
	struct person_id id;
	unsigned roles;
};
/* `out` has room for MEMBERS_MAX. */
size_t course_members(const struct course *c, struct member *out);
const char *member_given(const struct member *m);
const char *member_family(const struct member *m);
const char *member_username(const struct member *m);

/* Moodle's REST server (XML unless moodlewsrestformat=json); the token is fixed. */
#define REST_TOKEN "5ca1ab1e5ca1ab1e5ca1ab1e5ca1ab1e"
void rest_request(struct req *q, struct reply *r);

/* path: what follows /mod/lti/services.php, or the course's number on Canvas. */
void nrps_moodle(struct req *q, struct reply *r, const char *path);
void nrps_canvas(struct req *q, struct reply *r, const struct course *c);
/* So many more pupils in every class, for long walks. */
void nrps_set_crowd(unsigned n);

#endif
