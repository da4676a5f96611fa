/*
 * Membership containers: any bytes give a list or a refusal, and no text in the list
 * could end a line or spoil a page that shows it as text.
 */
#include <stdint.h>
#include <string.h>

#include "base/magic.h"
#include "lti/nrps.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static void plain(const char *s, size_t max)
{
	if (s == NULL)
		return;
	assert(s[0] != '\0' && strlen(s) <= max && utf8_valid(span_of(s)));
	for (; *s != '\0'; s++)
		assert((unsigned char)*s >= 0x20 && *s != 0x7f);
}

static void one(const uint8_t *data, size_t n, enum lti_family family)
{
	struct lti_membership m;
	struct fault f = { .err = E_OK };
	struct arena a;
	enum err e;

	arena_init(&a, 64u << 20);
	e = lti_nrps_read(&a, span_mk(data, n), family, &m, &f);
	assert(e == E_OK || e == E_INPUT || e == E_LIMIT || e == E_NOMEM);
	assert(e == E_OK || (m.n == 0 && m.v == NULL));
	for (unsigned i = 0; i < m.n; i++) {
		const struct lti_member *p = &m.v[i];

		assert(p->user_id != NULL);
		plain(p->user_id, 1020);
		plain(p->legacy_user_id, 1020);
		plain(p->person_sourcedid, 1020);
		plain(p->username, 1020);
		plain(p->name, 1000);
		plain(p->given_name, 1000);
		plain(p->family_name, 1000);
		plain(p->locale, 35);
		for (unsigned k = 0; k < p->custom_n; k++)
			assert(p->custom[k].name != NULL && p->custom[k].value != NULL);
	}
	arena_release(&a);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	one(data, n, LTI_FAMILY_MOODLE);
	one(data, n, LTI_FAMILY_CANVAS);
	return 0;
}
