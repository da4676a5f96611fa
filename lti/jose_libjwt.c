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

/* What is left of a text that ours has to repeat, byte for byte. */
struct echo {
	const char *p;
	size_t n;
};

static int repeats(const char *part, size_t n, void *arg)
{
	struct echo *e = arg;

	if (n > e->n || memcmp(part, e->p, n) != 0)
		return -1;
	e->p += n;
	e->n -= n;
	return 0;
}

/*
 * Both readings are jansson values; written in one manner (libjwt's own, names in
 * order) equal ones give equal texts. Half the price of reading theirs again.
 */
static bool written_alike(const json_t *claims, const char *text)
{
	struct echo left = { text, strlen(text) };

	return json_dump_callback(claims, repeats, &left, JSON_SORT_KEYS | JSON_COMPACT) == 0 &&
	       left.n == 0;
}

static bool read_alike(const json_t *claims, const char *text)
{
	json_t *again = json_loads(text, JSON_REJECT_DUPLICATES, NULL);
	bool same = again != NULL && json_equal(claims, again) == 1;

	json_decref(again);
	return same;
}

bool jose_second_reading(const char *token, enum lti_alg alg, const json_t *claims)
{
	jwt_t *jwt = NULL;
	char *text = NULL;
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
	/* another libjwt may write in another manner: then the slow way decides */
	same = text != NULL && (written_alike(claims, text) || read_alike(claims, text));
out:
	free(text);
	jwt_free(jwt);
	return same;
}
