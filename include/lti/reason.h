/*
 * Why a login or a launch was refused: one code per check, in reason.def, and
 * one small record that says what was expected and what came.
 *
 * The texts are for an admin's page and for logs: printable ASCII, cut to fit,
 * and never a name, an address, a user id, a nonce, a state, a token or a URL
 * with a query. What came is shown only for opaque identifiers and code words.
 */
#ifndef LINTEL_LTI_REASON_H
#define LINTEL_LTI_REASON_H

#include <stdint.h>

enum lti_reason {
	LTI_REASON_NONE = 0,
#define LTI_REASON(NAME, code, status, words) LTI_REASON_##NAME,
#include "lti/reason.def"
#undef LTI_REASON
	LTI_REASON_COUNT,
};

struct lti_refusal {
	enum lti_reason reason;		/* LTI_REASON_NONE: not refused */
	char expected[96];		/* "" if there is nothing to say */
	char got[96];
};

const char *lti_reason_code(enum lti_reason r);		/* "token-expired"; "none" for 0 */
int lti_reason_status(enum lti_reason r);		/* HTTP status */
const char *lti_reason_words(enum lti_reason r);	/* one English sentence for an admin */

#endif
