/*
 * The launch feature's own face: login, settling, launch. See docs/tour.md.
 */
#ifndef LINTEL_APP_LAUNCH_H
#define LINTEL_APP_LAUNCH_H

#include "gw/req.h"
#include "lti/login.h"
#include "lti/verify.h"
#include "store/platform.h"

#define LOGIN_COOKIE "__Host-l-"

enum err launch_login(struct req *r);	/* GET and POST /lti/login */
enum err launch_post(struct req *r);	/* POST /lti/launch */
enum err launch_keys(struct req *r);	/* GET /lti/keys.json */

/* The library's view of a registration; strings stay the row's. */
struct lti_platform launch_platform(const struct req *r, const struct platform *p);
struct lti_env launch_env(struct req *r);

/* The address of the course's list (Names and Roles) if it is the platform's own, or NULL. */
const char *launch_list_url(const struct platform *p, const struct lti_launch *l);

/* Approved? REFUSE_NONE, or why not. */
enum refusal launch_platform_state(const struct platform *p);

/*
 * Answers a refusal page and remembers the refusal for the admin: the code, what
 * was expected, what came. p may be NULL (unknown platform), why may be NULL.
 */
enum err launch_refuse(struct req *r, const struct platform *p, enum refusal code,
		       const struct lti_refusal *why);
/* The refusal of the library as ours. */
enum refusal launch_reason(enum lti_reason reason);

/* Every parameter of LTI that was sent, for lti_login_read() and lti_answer_read(). */
unsigned launch_params(struct req *r, struct lti_param *v, unsigned max);

#endif
