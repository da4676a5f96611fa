/*
 * Deep Linking 2.0: the settings of the request, the claims of the answer.
 */
#include "lti/deeplink.h"

#include <string.h>

#include "base/b64.h"
#include "base/json.h"
#include "base/magic.h"
#include "lti/util.h"
#include "priv.h"
#include "text.h"

#define DL_CLAIM(name) "https://purl.imsglobal.org/spec/lti-dl/claim/" name
#define TYPES_MAX 50u
#define NONCE_BYTES 24u

static enum lti_result refuse(struct lti_reading *r, const char *expected, struct span got)
{
	return lti_refuse(r->why, LTI_REASON_DEEP_LINK, expected, got);
}

/*
 * The answer is signed by us and carries what the platform trusts: it goes to the
 * platform only, or to the place that the same token names as the page around us.
 */
static bool is_platforms(const struct lti_reading *r, const char *origin)
{
	const char *const own[] = { r->l->embed_origin,
				    lti_url_origin(r->a, span_of(r->p->issuer), r->p->allow_http),
				    lti_url_origin(r->a, span_of(r->p->auth_url),
						   r->p->allow_http) };

	for (size_t i = 0; i < ARRAY_LEN(own); i++)
		if (own[i] != NULL && strcmp(own[i], origin) == 0)
			return true;
	return false;
}

static enum lti_result read_return(struct lti_reading *r, const json_t *o,
				   struct lti_deep_link *d)
{
	bool http = r->p->allow_http;

	d->return_url = lti_text_url(r->a, json_object_get(o, "deep_link_return_url"), http);
	if (d->return_url == NULL)
		return refuse(r, "an https deep_link_return_url",
			      SPAN("(nothing, or something else)"));
	d->return_origin = lti_url_origin(r->a, span_of(d->return_url), http);
	if (d->return_origin == NULL)
		return LTI_INTERNAL;
	if (!is_platforms(r, d->return_origin))
		return refuse(r, "a deep_link_return_url of the platform", SPAN("another place"));
	return LTI_OK;
}

/* Opaque: text of any kind, kept to the byte. Anything else could not be echoed for sure. */
static enum lti_result read_data(struct lti_reading *r, const json_t *o, struct lti_deep_link *d)
{
	const json_t *v = json_object_get(o, "data");
	char *copy;

	if (v == NULL || json_is_null(v))
		return LTI_OK;
	if (!json_is_string(v) || json_string_length(v) > LTI_DEEP_LINK_DATA_MAX)
		return refuse(r, "data: text of at most 32 KiB", SPAN("something else"));
	copy = arena_strndup(r->a, json_string_value(v), json_string_length(v));
	if (copy == NULL)
		return LTI_INTERNAL;
	d->data = span_mk(copy, json_string_length(v));
	return LTI_OK;
}

static enum lti_result read_accepted(struct lti_reading *r, const json_t *o,
				     struct lti_deep_link *d)
{
	struct lti_list targets;

	if (!lti_text_list(r->a, json_object_get(o, "accept_types"), TYPES_MAX,
			   &d->accept_types) || !d->accept_types.given)
		return refuse(r, "accept_types: a list of texts", SPAN("something else"));
	if (!lti_text_list(r->a, json_object_get(o, "accept_presentation_document_targets"),
			   TYPES_MAX, &targets))
		return refuse(r, "accept_presentation_document_targets: a list of texts",
			      SPAN("something else"));
	d->links = lti_list_has(&d->accept_types, "ltiResourceLink");
	d->multiple = json_is_true(json_object_get(o, "accept_multiple"));
	d->frame = lti_list_has(&targets, "iframe");
	d->window = lti_list_has(&targets, "window");
	return LTI_OK;
}

/* Last of all: where the answer may go depends on what the rest of the message says. */
enum lti_result lti_read_deep_link(struct lti_reading *r)
{
	struct lti_deep_link *d;
	enum lti_result rc;
	const json_t *o;

	if (r->l->message != LTI_MESSAGE_DEEP_LINKING)
		return LTI_OK;
	if (lti_member(r->claims, DL_CLAIM("deep_linking_settings"), &o) != TEXT_OK)
		return refuse(r, "deep_linking_settings", SPAN("(nothing, or no object)"));
	d = arena_new(r->a, struct lti_deep_link);
	if (d == NULL)
		return LTI_INTERNAL;
	rc = read_return(r, o, d);
	if (rc == LTI_OK)
		rc = read_accepted(r, o, d);
	if (rc == LTI_OK)
		rc = read_data(r, o, d);
	r->l->deep_link = d;
	return rc;
}

/* ---- the answer ---- */

static void add_some(struct json *j, const char *key, const char *v)
{
	if (v != NULL)
		json_str(j, key, v);
}

static void add_item(struct json *j, const struct lti_item *it)
{
	json_open(j, NULL, '{');
	json_str(j, "type", "ltiResourceLink");
	add_some(j, "title", it->title);
	add_some(j, "text", it->text);
	add_some(j, "url", it->url);
	if (it->custom_n > 0) {
		json_open(j, "custom", '{');
		for (unsigned i = 0; i < it->custom_n; i++)
			json_str(j, it->custom[i].name, it->custom[i].value);
		json_close(j, '}');
	}
	if (it->frame_height > 0) {
		json_open(j, "iframe", '{');
		json_int(j, "width", it->frame_width);
		json_int(j, "height", it->frame_height);
		json_close(j, '}');
	}
	if (it->window) {
		json_open(j, "window", '{');
		json_str(j, "targetName", "_blank");
		json_close(j, '}');
	}
	json_close(j, '}');
}

/* Deep Linking 4.4.2.1: what every answer has to say. */
static void add_registered(struct json *j, const struct lti_env *env,
			   const struct lti_deep_link_answer *a)
{
	int64_t now = env->now_ms(env->cls) / 1000;
	uint8_t raw[NONCE_BYTES];
	char nonce[2 * NONCE_BYTES];

	env->random(env->cls, raw, sizeof(raw));
	b64url_encode(raw, sizeof(raw), nonce);
	json_str(j, "iss", a->client_id);
	json_str(j, "aud", a->issuer);
	json_int(j, "iat", now);
	json_int(j, "exp", now + LTI_DEEP_LINK_LIFE_S);
	json_str(j, "nonce", nonce);
	json_str(j, LTI_CLAIM("message_type"), "LtiDeepLinkingResponse");
	json_str(j, LTI_CLAIM("version"), "1.3.0");
	json_str(j, LTI_CLAIM("deployment_id"), a->deployment);
}

enum err lti_deep_link_claims(const struct lti_env *env, const struct lti_deep_link_answer *a,
			      struct buf *json_out)
{
	struct json j;

	assert(a->issuer != NULL && a->client_id != NULL && a->deployment != NULL);
	assert(a->n == 0 || a->items != NULL);
	json_init(&j, json_out);
	json_open(&j, NULL, '{');
	add_registered(&j, env, a);
	/* 4.4.2.3: the very text, if there was one */
	if (a->data.p != NULL)
		json_span(&j, DL_CLAIM("data"), a->data);
	json_open(&j, DL_CLAIM("content_items"), '[');
	for (unsigned i = 0; i < a->n; i++)
		add_item(&j, &a->items[i]);
	json_close(&j, ']');
	json_close(&j, '}');
	return json_out->err;
}
