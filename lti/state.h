/* Writing a state; reading one is public (lti/login.h). */
#ifndef LINTEL_LTI_STATE_H
#define LINTEL_LTI_STATE_H

#include "base/err.h"
#include "lti/login.h"

enum err lti_state_make(int64_t platform, const char *deployment, struct span nonce,
			const struct lti_begin *b, int64_t now_ms, char out[LTI_STATE_LEN + 1]);

#endif
