/*
 * Deep linking settings: the input is their JSON, inside a launch that is otherwise
 * good. Whatever is let in leads to the platform only, and its answer is a JSON object
 * that gives data back as it came.
 */
#include <stdint.h>

#include "base/magic.h"
#include "kit/mint.h"
#include "lti/deeplink.h"
#include "lti/util.h"

#define DL "https://purl.imsglobal.org/spec/lti-dl/claim/"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static struct mint_world w;

static void check_answer(const struct lti_deep_link *d)
{
	const struct lti_deep_link_answer a = { .issuer = w.p.issuer, .client_id = w.p.client_id,
						.deployment = w.l.deployment, .data = d->data };
	struct buf b = BUF_INIT(1u << 19);
	const json_t *back;
	json_t *o;

	assert(lti_deep_link_claims(&w.env, &a, &b) == E_OK);
	o = json_loadb(b.p, b.len, JSON_REJECT_DUPLICATES, NULL);
	assert(json_is_object(o));
	back = json_object_get(o, DL "data");
	assert((back == NULL) == (d->data.p == NULL));
	assert(back == NULL || (json_string_length(back) == d->data.n &&
				memcmp(json_string_value(back), d->data.p, d->data.n) == 0));
	json_decref(o);
	buf_release(&b);
}

static void check_settings(const struct lti_deep_link *d)
{
	struct lti_url u;

	assert(d != NULL && lti_url_parse(span_of(d->return_url), &u) && u.https);
	assert(strcmp(d->return_origin, "https://a.lti.test") == 0);
	assert(lti_same_origin(span_of(d->return_url), SPAN("https://a.lti.test/")));
	assert(d->accept_types.given && d->data.n <= LTI_DEEP_LINK_DATA_MAX);
	assert(d->links == lti_list_has(&d->accept_types, "ltiResourceLink"));
	check_answer(d);
}

/* The claims of a good request, with the input where the settings stand. */
static char *payload_of(const uint8_t *data, size_t n)
{
	json_t *c = mint_claims(w.nonce);
	size_t head, size;
	char *text, *out;

	json_object_set_new(c, MINT_CLAIM("message_type"), json_string("LtiDeepLinkingRequest"));
	text = json_dumps(c, JSON_COMPACT);
	size = strlen(text) + n + 200;
	out = malloc(size);
	assert(out != NULL);
	head = (size_t)snprintf(out, size, "{\"" DL "deep_linking_settings\":");
	memcpy(out + head, data, n);
	snprintf(out + head + n, size - head - n, ",%s", text + 1);
	free(text);
	json_decref(c);
	return out;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	const struct mint_sign s = { .alg = "ES256", .key = KEY_EC };
	char *payload, *token;
	enum lti_result rc;

	if (n > 65536)
		return 0;
	if (w.p.id == 0) {
		mint_open(&w);
		lti_keyset_free(w.keys);
		w.keys = mint_keyset(json_pack("[o]", mint_jwk(KEY_EC, "k1")));
		w.p.alg = LTI_ALG_ES256;
	}
	payload = payload_of(data, n);
	token = mint_raw("{\"alg\":\"ES256\",\"kid\":\"k1\"}", payload, strlen(payload), &s);
	rc = mint_verify(&w, token, strlen(token));
	assert(rc == LTI_OK || rc == LTI_REFUSED);
	/* a quote may end the settings early and say something else: then it is another launch */
	if (rc == LTI_OK && w.l.message == LTI_MESSAGE_DEEP_LINKING)
		check_settings(w.l.deep_link);
	else
		assert(w.l.deep_link == NULL);
	free(payload);
	free(token);
	arena_clear(&w.a);
	return 0;
}
