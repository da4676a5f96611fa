/*
 * libjwt as a second pair of eyes. It is never given a key to choose and never
 * sees a token that our shape gate or signature check did not pass: version
 * 1.10.2 accepts an HS256 token signed with the public PEM, trailing garbage, and
 * anything at all without a key.
 */
#include <errno.h>
#include <jwt.h>
#include <stdlib.h>
#include <string.h>

#include "base/magic.h"
#include "priv.h"

bool jose_second_reading(const char *token, enum lti_alg alg, const json_t *claims)
{
	jwt_t *jwt = NULL;
	char *text = NULL;
	json_t *again = NULL;
	const char *theirs;
	bool same = false;

	assert(token != NULL && claims != NULL);
	if (jwt_decode(&jwt, token, NULL, 0) != 0 || jwt == NULL)
		goto out;
	/* jwt_get_alg() says "none" when no key was given: ask the header itself */
	theirs = jwt_get_header(jwt, "alg");
	if (theirs == NULL || strcmp(theirs, lti_alg_name(alg)) != 0)
		goto out;
	/* its single getters lie about lists and fractions: compare the whole */
	text = jwt_get_grants_json(jwt, NULL);
	if (text == NULL)
		goto out;
	again = json_loads(text, JSON_REJECT_DUPLICATES, NULL);
	same = again != NULL && json_equal(claims, again) == 1;
out:
	json_decref(again);
	free(text);
	jwt_free(jwt);
	return same;
}
