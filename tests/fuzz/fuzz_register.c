/*
 * Dynamic registration: the first byte chooses between a platform's configuration and
 * its answer. Whatever comes, the result is whole or a reason that may be shown.
 */
#include <stdint.h>
#include <string.h>

#include "base/magic.h"
#include "lti/register.h"
#include "lti/util.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static void check_why(const struct lti_unregistered *why)
{
	assert(why->why > LTI_REGISTER_OK && why->why < LTI_REGISTER_COUNT);
	for (const char *p = why->what; *p != '\0'; p++)
		assert(*p >= 0x20 && *p < 0x7f);
}

static void configuration(struct arena *a, struct span doc)
{
	static const char at[] = "https://lms.example/c";
	struct lti_unregistered why;
	struct lti_openid o;

	if (!lti_openid_read(a, doc, at, "", false, &o, &why)) {
		check_why(&why);
		return;
	}
	assert(lti_same_origin(span_of(o.issuer), span_of(at)));
	assert(str_starts(o.auth_url, "https://") || o.auth_url[0] == 'H' || o.auth_url[0] == 'h');
	assert(o.alg == LTI_ALG_RS256 || o.alg == LTI_ALG_ES256);
	assert(lti_openid_domains(a, &o) != NULL);
}

static void answer(struct arena *a, int status, struct span body)
{
	struct lti_unregistered why;
	struct lti_registered r;

	if (!lti_registered_read(a, status, body, &r, &why)) {
		check_why(&why);
		return;
	}
	assert(status == 200 && r.client_id != NULL && r.client_id[0] != '\0');
	assert(r.grants_nrps == lti_scope_has(r.scopes, LTI_SCOPE_NRPS));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct arena a;

	if (n == 0)
		return 0;
	arena_init(&a, 4u << 20);
	if (data[0] == 'c')
		configuration(&a, span_mk(data + 1, n - 1));
	else
		answer(&a, data[0] == 'a' ? 200 : 400, span_mk(data + 1, n - 1));
	arena_release(&a);
	return 0;
}
