/*
 * Answers of token endpoints: first byte a status, the rest the body. Any of them
 * gives a token that may stand in a header line, or words that may stand in a log.
 */
#include <stdint.h>
#include <string.h>

#include "base/magic.h"
#include "lti/service.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	static const int status[] = { 200, 201, 302, 400, 401, 404, 429, 500, 503 };
	struct lti_access got;
	struct fault f = { .err = E_OK };
	struct arena a;
	enum err e;

	if (n == 0)
		return 0;
	arena_init(&a, 1u << 20);
	e = lti_token_answer(&a, status[data[0] % ARRAY_LEN(status)], span_mk(data + 1, n - 1),
			     LTI_SCOPE_NRPS, &got, &f);
	assert((e == E_OK) == (got.token != NULL));
	if (e == E_OK) {
		assert(got.token[0] != '\0' && got.lives_s >= 0 && got.lives_s <= 86400);
		for (const char *p = got.token; *p != '\0'; p++)
			assert(*p > 0x20 && *p < 0x7f);
		assert(lti_scope_has(got.scope, LTI_SCOPE_NRPS));
	} else {
		for (const char *p = f.text; *p != '\0'; p++)
			assert(*p >= 0x20 && *p < 0x7f);
	}
	arena_release(&a);
	return 0;
}
