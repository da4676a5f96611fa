/*
 * Link headers: what is found is an address, byte for byte from the header, and the
 * walk along it never leaves the first page's server.
 */
#include <stdint.h>
#include <string.h>

#include "base/magic.h"
#include "lti/pages.h"
#include "lti/util.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct span header = span_mk(data, n);
	struct lti_walk w;
	struct lti_url u;
	struct arena a;
	const char *url;
	enum err e;

	arena_init(&a, 1u << 20);
	e = lti_link_find(&a, header, "next", &url);
	assert(e == E_OK || e == E_MISSING || e == E_INPUT || e == E_NOMEM);
	assert((e == E_OK) == (url != NULL));
	if (e == E_OK) {
		assert(lti_url_parse(span_of(url), &u));
		assert(memmem(data, n, url, strlen(url)) != NULL);
	}
	if (lti_walk_begin(&w, &a, "https://lms.example/api") == E_OK &&
	    lti_walk_next(&w, header, &url, NULL) == E_OK && url != NULL) {
		assert(lti_same_origin(span_of(url), SPAN("https://lms.example/")));
		/* the same answer again is a circle */
		assert(lti_walk_next(&w, header, &url, NULL) == E_CONFLICT && url == NULL);
	}
	arena_release(&a);
	return 0;
}
