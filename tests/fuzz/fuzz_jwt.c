/*
 * Tokens. The input is either a token as it came (no key of ours signed it, so it
 * must never pass), or "J" HEADER "\n" PAYLOAD, which this target signs with a key
 * it knows, so that the claims behind the signature are reached as well.
 */
#include <stdint.h>

#include "kit/mint.h"
#include "base/magic.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static struct mint_world w;

/* Whatever was let in holds what was promised in lti/launch.h. */
static void check_launch(void)
{
	const struct lti_launch *l = &w.l;

	assert(l->platform == 7 && l->sub != NULL && l->sub[0] != '\0' && l->deployment != NULL);
	assert(strlen(l->sub) <= 4 * 255 && utf8_valid(span_of(l->sub)));
	assert(memcmp(l->nonce_hash, w.st.nonce_hash, 32) == 0);
	assert(l->nonce_until_ms > w.now_ms && l->role_uris.given);
	assert((l->message == LTI_MESSAGE_DEEP_LINKING) == (l->deep_link != NULL));
	assert((l->message == LTI_MESSAGE_SUBMISSION_REVIEW) == (l->for_user != NULL));
	assert(l->message != LTI_MESSAGE_RESOURCE_LINK || l->resource_link != NULL);
	assert(l->target_link_uri == NULL ||
	       strncasecmp(l->target_link_uri, MINT_ORIGIN, strlen(MINT_ORIGIN)) == 0);
	assert(l->return_url == NULL || strncasecmp(l->return_url, "https://", 8) == 0);
	for (unsigned i = 0; i < l->custom_n; i++)
		assert(l->custom[i].name != NULL && l->custom[i].value != NULL);
	assert(l->name == NULL || strpbrk(l->name, "\r\n") == NULL);
	assert(l->email == NULL || strpbrk(l->email, " \r\n,;<>") == NULL);
}

static enum lti_result signed_input(const uint8_t *data, size_t n)
{
	const struct mint_sign s = { .alg = "ES256" };
	const uint8_t *nl = memchr(data, '\n', n);
	size_t h = nl == NULL ? n : (size_t)(nl - data);
	char *header = strndup((const char *)data, h), *token;
	enum lti_result rc;

	token = mint_raw(header, nl == NULL ? "" : (const char *)nl + 1,
			 nl == NULL ? 0 : n - h - 1, &s);
	rc = mint_verify(&w, token, strlen(token));
	free(header);
	free(token);
	return rc;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	enum lti_result rc;

	if (w.p.id == 0) {
		mint_open(&w);
		/* ES256: signing thousands of inputs by RSA would take minutes */
		lti_keyset_free(w.keys);
		w.keys = mint_keyset(json_pack("[o]", mint_jwk(KEY_EC, "k1")));
		w.p.alg = LTI_ALG_ES256;
		w.p.family = LTI_FAMILY_CANVAS;
	}
	if (n > 0 && data[0] == 'J') {
		rc = signed_input(data + 1, n - 1);
		assert(rc == LTI_OK || rc == LTI_REFUSED);
		if (rc == LTI_OK)
			check_launch();
	} else {
		rc = mint_verify(&w, (const char *)data, n);
		assert(rc == LTI_REFUSED);
	}
	assert((rc == LTI_OK) == (w.why.reason == LTI_REASON_NONE));
	assert((rc == LTI_OK) == (w.l.sub != NULL));
	arena_clear(&w.a);
	return 0;
}
