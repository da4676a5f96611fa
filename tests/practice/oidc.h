/* The two ends of a login: what the tool is told, and what it is answered (oidc.c). */
#ifndef PRACTICE_OIDC_H
#define PRACTICE_OIDC_H

#include "practice/lms.h"

/* Parameters of the login initiation; a new reference, in the platform's order. */
json_t *login_params(const struct launch *l);
/* What the authorization endpoint decided. */
struct verdict {
	enum verdict_kind { V_FORM, V_PAGE, V_REDIRECT, V_REPOST } kind;
	int status;			/* of the page */
	const char *text;		/* of the page */
	char *location;			/* owned */
	const char *action;		/* of the form: a registered redirect_uri */
	json_t *fields;			/* of the form; owned */
	uint64_t mis;
};
/* `q` NULL: no browser session is asked for (the machine's entrance). */
void oidc_authorize(enum plat plat, struct req *q, struct arg *args, struct verdict *v_out);

#endif
