/*
 * What came of a check. Callers treat everything but LTI_OK as "no".
 */
#ifndef LINTEL_LTI_RESULT_H
#define LINTEL_LTI_RESULT_H

enum lti_result {
	LTI_OK = 0,
	LTI_REFUSED,		/* the sender's fault; the refusal says which check */
	LTI_NEED_KEYS,		/* fetch the platform's key set, then ask again */
	LTI_INTERNAL,		/* memory, or a bug of ours */
};

#endif
