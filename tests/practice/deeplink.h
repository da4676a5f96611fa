/*
 * Deep linking and submission review on the platform's side: the requests, the address
 * that takes the answer, and the links made of it, which can be launched. Threads: any.
 */
#ifndef PRACTICE_DEEPLINK_H
#define PRACTICE_DEEPLINK_H

#include "practice/lms.h"

/* message=deeplink|review, types=, one=1, back=URL, item=N of a launch; what is wrong, or NULL. */
const char *deeplink_wish(struct launch *l, const struct arg *a);
/* Turns the claims of a resource link into those of the message that was wished for. */
void deeplink_claims(const struct launch *l, json_t *claims);
/* POST of the tool's answer; c NULL: Canvas account level. */
void deeplink_return(enum plat plat, struct req *q, struct reply *r, const struct course *c);
/* What was added on that platform so far: [{item, title, course, custom, url, frame}]. */
json_t *deeplink_items(enum plat plat);
void deeplink_forget(void);

#endif
