/*
 * oauth_consumer_key_sign: base64(HMAC-SHA256(secret, key & deployment & issuer &
 * client & exp & nonce)), each as the token writes it.
 */
#include "lti/migrate.h"

#include <string.h>

#include "base/b64.h"
#include "base/magic.h"
#include "priv.h"
#include "text.h"

#define MAC_LEN 32u
#define SIGN_LEN 44u		/* of base64 with its one '=' */
#define SECRET_MAX 1024u

/* What the signature covers; NULL where exp is no whole number and so has no one spelling. */
static const char *signed_text(struct lti_reading *r)
{
	const json_t *exp = json_object_get(r->claims, "exp");
	const json_t *nonce = json_object_get(r->claims, "nonce");

	if (!json_is_integer(exp))
		return NULL;
	assert(json_is_string(nonce));
	return arena_printf(r->a, "%s&%s&%s&%s&%" JSON_INTEGER_FORMAT "&%s", r->l->legacy_key,
			    r->l->deployment, r->p->issuer, r->p->client_id,
			    json_integer_value(exp), json_string_value(nonce));
}

void lti_read_legacy(struct lti_reading *r)
{
	struct lti_launch *l = r->l;
	const json_t *o;

	if (lti_member(r->claims, LTI_CLAIM("lti1p1"), &o) != TEXT_OK)
		return;
	if (lti_text_id(r->a, json_object_get(o, "user_id"), &l->legacy_user_id) != TEXT_OK)
		l->legacy_user_id = NULL;
	if (lti_text_id(r->a, json_object_get(o, "oauth_consumer_key"), &l->legacy_key) != TEXT_OK)
		return;
	l->legacy_sign = lti_text_word(r->a, json_object_get(o, "oauth_consumer_key_sign"), "+/=",
				       SIGN_LEN);
	if (l->legacy_sign != NULL)
		l->legacy_signed = signed_text(r);
}

/* Strict: one spelling a signature. */
static bool decode(const char *sign, uint8_t mac[MAC_LEN])
{
	char url[SIGN_LEN];
	uint8_t raw[MAC_LEN + 3];
	size_t n = 0;

	if (strlen(sign) != SIGN_LEN || sign[SIGN_LEN - 1] != '=' || strpbrk(sign, "-_") != NULL)
		return false;
	for (size_t i = 0; i + 1 < SIGN_LEN; i++)
		url[i] = sign[i] == '+' ? '-' : sign[i] == '/' ? '_' : sign[i];
	if (!b64url_decode(span_mk(url, SIGN_LEN - 1), raw, &n) || n != MAC_LEN)
		return false;
	memcpy(mac, raw, MAC_LEN);
	return true;
}

enum lti_migration lti_migration_check(const struct lti_launch *l, struct span secret)
{
	uint8_t want[MAC_LEN], got[MAC_LEN];

	assert(l->platform != 0);
	if (l->legacy_key == NULL)
		return LTI_MIGRATION_NONE;
	if (l->legacy_sign == NULL)
		return LTI_MIGRATION_UNSIGNED;
	if (secret.n == 0 || secret.n > SECRET_MAX || l->legacy_signed == NULL ||
	    !decode(l->legacy_sign, got) ||
	    !jose_hmac(secret, span_of(l->legacy_signed), want) ||
	    !jose_equal(want, got, sizeof(want)))
		return LTI_MIGRATION_WRONG;
	return LTI_MIGRATION_PROVED;
}
