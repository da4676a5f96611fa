/*
 * Key sets: any bytes give a set, a refusal, and never a key we would not use.
 */
#include <stdint.h>
#include <string.h>

#include "base/magic.h"
#include "lti/jwks.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	char thumb[LTI_THUMBPRINT_LEN + 1];
	struct lti_keyset *ks = NULL;
	struct fault f = { .err = E_OK };
	enum err e = lti_keyset_parse(span_mk(data, n), &ks, &f);
	const char *why;

	assert((e == E_OK) == (ks != NULL));
	if (ks == NULL) {
		assert(e == E_INPUT || e == E_LIMIT || e == E_NOMEM);
		return 0;
	}
	assert(lti_keyset_usable(ks) + lti_keyset_unusable(ks) == lti_keyset_count(ks));
	for (unsigned i = 0; i < lti_keyset_count(ks); i++) {
		struct span kid = lti_keyset_kid(ks, i, &why);
		const struct lti_key *rs = lti_keyset_find(ks, kid, LTI_ALG_RS256, 0);
		const struct lti_key *es = lti_keyset_find(ks, kid, LTI_ALG_ES256, 0);

		assert(why != NULL || rs != NULL || es != NULL);
		if (rs != NULL) {
			lti_key_thumbprint(rs, thumb);
			assert(strlen(thumb) == LTI_THUMBPRINT_LEN);
		}
	}
	lti_keyset_thumbprint(ks, thumb);
	lti_keyset_free(ks);
	return 0;
}
