/* What a launch was told to do to its claims, and the token made of them. */
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/magic.h"
#include "base/str.h"
#include "practice/claims.h"
#include "practice/deeplink.h"
#include "practice/keys.h"
#include "practice/lms.h"

/* ---- set.PATH and unset=PATH --------------------------------------------------------- */

/* "roles" means the LTI claim of that name; "sub" and full URIs mean themselves. */
static char *full_name(const char *path, const char **rest_out)
{
	static const char *const lti[] = {
		"deployment_id", "target_link_uri", "lis", "roles", "context", "message_type",
		"resource_link", "ext", "launch_presentation", "tool_platform", "version",
		"custom", "role_scope_mentor", "lti1p1", "lti11_legacy_user_id",
	};
	bool uri = str_starts(path, "http");
	size_t n = uri ? strlen(path) : strcspn(path, ".");
	struct buf b = BUF_INIT(1024);

	for (size_t i = 0; !uri && i < ARRAY_LEN(lti); i++)
		if (span_eqz(span_mk(path, n), lti[i]))
			buf_addz(&b, CLAIM);
	buf_add(&b, path, n);
	*rest_out = path[n] == '.' ? path + n + 1 : NULL;
	return buf_take(&b, NULL);
}

static void set_path(json_t *claims, const char *path, json_t *value)
{
	const char *rest;
	char *name = full_name(path, &rest);
	json_t *at = json_object_get(claims, name);

	if (rest != NULL && !json_is_object(at)) {
		at = json_object();
		json_object_set_new(claims, name, at);
	}
	json_object_set(rest != NULL ? at : claims, rest != NULL ? rest : name, value);
	free(name);
}

static void unset_path(json_t *claims, const char *path)
{
	const char *rest;
	char *name = full_name(path, &rest);

	if (rest != NULL)
		json_object_del(json_object_get(claims, name), rest);
	else
		json_object_del(claims, name);
	free(name);
}

/* ---- misbehaviour in claims ------------------------------------------------------------ */

static void twist_time(json_t *o, uint64_t mis, time_t now)
{
	if (mis & MIS_BIT(expired)) {
		json_object_set_new(o, "iat", json_integer(now - 7200));
		json_object_set_new(o, "exp", json_integer(now - 3600));
	}
	if (mis & MIS_BIT(future)) {
		json_object_set_new(o, "iat", json_integer(now + 7200));
		json_object_set_new(o, "exp", json_integer(now + 10800));
	}
	if (mis & MIS_BIT(float_time)) {
		json_object_set_new(o, "iat", json_real((double)now - 0.25));
		json_object_set_new(o, "exp", json_real((double)now + 60.5));
	}
	if (mis & MIS_BIT(no_exp))
		json_object_del(o, "exp");
	if (mis & MIS_BIT(no_iat))
		json_object_del(o, "iat");
}

static void twist_addressee(json_t *o, uint64_t mis)
{
	const char *mine = json_string_value(json_object_get(o, "aud"));
	json_t *both = json_pack("[s,s]", "another-client", mine);

	if (mis & (MIS_BIT(aud_array) | MIS_BIT(wrong_azp))) {
		json_object_set_new(o, "azp", json_string(mis & MIS_BIT(wrong_azp) ?
								  "another-client" : mine));
		json_object_set(o, "aud", both);
	}
	if (mis & MIS_BIT(wrong_aud)) {
		json_object_set_new(o, "aud", json_string("another-client"));
		json_object_del(o, "azp");
	}
	if (mis & MIS_BIT(wrong_iss))
		json_object_set_new(o, "iss", json_string("https://lms.elsewhere.example"));
	if (mis & MIS_BIT(wrong_nonce))
		json_object_set_new(o, "nonce", json_string("0123456789abcdef0123456789abcdef"));
	if (mis & MIS_BIT(no_nonce))
		json_object_del(o, "nonce");
	if (mis & MIS_BIT(unknown_deployment))
		json_object_set_new(o, CLAIM "deployment_id", json_string("99"));
	if (mis & MIS_BIT(no_deployment))
		json_object_del(o, CLAIM "deployment_id");
	json_decref(both);
}

static void twist_content(json_t *o, uint64_t mis)
{
	static const char *const names[] = { "name", "given_name", "family_name" };

	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		if (mis & MIS_BIT(no_names))
			json_object_del(o, names[i]);
		if (mis & MIS_BIT(null_names))
			json_object_set_new(o, names[i], json_null());
	}
	if (mis & MIS_BIT(no_sub))
		json_object_del(o, "sub");
	if (mis & MIS_BIT(no_roles))
		json_object_del(o, CLAIM "roles");
	if (mis & MIS_BIT(empty_roles))
		json_object_set_new(o, CLAIM "roles", json_array());
	if (mis & MIS_BIT(bad_version))
		claim_str(o, CLAIM "version", "1.1");
	if (mis & MIS_BIT(bad_message_type))
		claim_str(o, CLAIM "message_type", "LtiStartProctoring");
	if (mis & MIS_BIT(foreign_target))
		claim_str(o, CLAIM "target_link_uri", "https://tool.elsewhere.example/lti/launch");
}

json_t *launch_claims(const struct launch *l, const char *nonce, time_t now)
{
	json_t *o = l->plat == MOODLE ? moodle_claims(l, nonce, now) :
					canvas_claims(l, nonce, now);
	const char *path;
	json_t *v;
	size_t i;

	assert(l->person != NULL);
	deeplink_claims(l, o);
	twist_time(o, l->mis, now);
	twist_addressee(o, l->mis);
	twist_content(o, l->mis);
	json_object_foreach(l->set, path, v)
		set_path(o, path, v);
	json_array_foreach(l->unset, i, v)
		unset_path(o, json_string_value(v));
	return o;
}

/* PHP escapes everything outside ASCII, Ruby sends UTF-8. */
char *launch_token(const struct launch *l, json_t *claims)
{
	struct buf b = BUF_INIT(2u * 1024 * 1024);
	char *text = json_dumps(claims, JSON_COMPACT | (l->plat == MOODLE ? JSON_ENSURE_ASCII : 0));
	char *token;

	assert(json_is_object(claims));
	if (text == NULL)
		return NULL;
	buf_addc(&b, '{');
	if (l->mis & MIS_BIT(duplicate_claim))
		buf_addz(&b, "\"sub\":\"someone-else\",");
	if (l->mis & MIS_BIT(huge_token)) {
		buf_addz(&b, "\"padding\":\"");
		for (int i = 0; i < 200 * 1024; i++)
			buf_addc(&b, 'x');
		buf_addz(&b, "\",");
	}
	buf_addz(&b, text + 1);
	free(text);
	token = b.err == E_OK ? keys_sign(l->plat, b.p, l->mis) : NULL;
	buf_release(&b);
	return token;
}
