/*
 * Our registration, written: what each make honours and nothing it would drop
 * (Moodle keeps tool-level custom parameters only; Canvas wants its own keys).
 */
#include "lti/register.h"

#include <string.h>

#include "base/json.h"
#include "base/magic.h"
#include "lti/util.h"

#define CANVAS(name) "https://canvas.instructure.com/lti/" name

struct custom {
	const char *name, *variable;
};

/* What Canvas adds to a launch; works at the privacy level name_only (Canvas, variable expansion). */
static const struct custom canvas_custom[] = {
	{ LTI_CUSTOM_OBSERVEES, "$com.instructure.User.observees" },
	{ LTI_CUSTOM_OBSERVEE_SIS_IDS, "$com.instructure.Observee.sisIds" },
	{ "course_sis_id", "$CourseOffering.sourcedId" },
	{ LTI_CUSTOM_TIMEZONE, "$Person.address.timezone" },
	{ LTI_CUSTOM_LOCALE, "$Message.locale" },
	{ LTI_CUSTOM_API_BASE, "$Canvas.api.baseUrl" },
	{ LTI_CUSTOM_MASQUERADING, "$Canvas.masqueradingUser.id" },
	{ "course_roles", "$com.Instructure.membership.roles" },
	{ LTI_CUSTOM_ROOT_ADMIN, "$Canvas.user.isRootAccountAdmin" },
	{ "account_id", "$Canvas.account.id" },
	{ "account_name", "$Canvas.account.name" },
	{ LTI_CUSTOM_STUDENT_VIEW, "$com.instructure.User.student_view" },
};

/* Moodle's launch holds the rest without asking. */
static const struct custom plain_custom[] = {
	{ LTI_CUSTOM_TIMEZONE, "$Person.address.timezone" },
};

static const struct custom *custom_of(enum lti_family family, size_t *n_out)
{
	bool canvas = family == LTI_FAMILY_CANVAS;

	*n_out = canvas ? ARRAY_LEN(canvas_custom) : ARRAY_LEN(plain_custom);
	return canvas ? canvas_custom : plain_custom;
}

const char *lti_custom_lines(struct arena *a, enum lti_family family)
{
	const char *all = "";
	size_t n;
	const struct custom *c = custom_of(family, &n);

	for (size_t i = 0; i < n && all != NULL; i++)
		all = arena_printf(a, "%s%s%s=%s", all, i > 0 ? "\n" : "", c[i].name, c[i].variable);
	return all;
}

static void write_custom(struct json *j, const char *key, enum lti_family family)
{
	size_t n;
	const struct custom *c = custom_of(family, &n);

	json_open(j, key, '{');
	for (size_t i = 0; i < n; i++)
		json_str(j, c[i].name, c[i].variable);
	json_close(j, '}');
}

static void write_list(struct json *j, const char *key, const char *const *v, size_t n)
{
	json_open(j, key, '[');
	for (size_t i = 0; i < n; i++)
		json_str(j, NULL, v[i]);
	json_close(j, ']');
}

/* host[:port]: what Moodle compares target_link_uri with (Dynamic Registration 3.6). */
static struct span domain_of(const struct lti_tool *t)
{
	const char *at = strstr(t->origin, "://");

	assert(at != NULL);
	return span_of(at + 3);
}

static void address(struct buf *b, const struct lti_tool *t, const char *path)
{
	buf_reset(b);
	buf_addz(b, t->origin);
	buf_addz(b, path);
}

static void write_address(struct json *j, const char *key, const struct lti_tool *t,
			  const char *path)
{
	struct buf b = BUF_INIT(4096);

	address(&b, t, path);
	if (b.err != E_OK)
		buf_fail(j->b, b.err);
	else
		json_span(j, key, span_mk(b.p, b.len));
	buf_release(&b);
}

/* ---- messages ---- */

static const char *const menus[] = { "course_navigation", "account_navigation" };
static const char *const pickers[] = { "link_selection", "editor_button" };

static void open_message(struct json *j, const struct lti_tool *t, const char *type,
			 const char *label)
{
	json_open(j, NULL, '{');
	json_str(j, "type", type);
	write_address(j, "target_link_uri", t, "/");
	json_str(j, "label", label);
}

/* Visibility "members" would hide the course's link from observers, who are the parents. */
static void canvas_messages(struct json *j, const struct lti_tool *t)
{
	for (size_t i = 0; i < ARRAY_LEN(menus); i++) {
		open_message(j, t, "LtiResourceLinkRequest", t->menu);
		write_list(j, "placements", &menus[i], 1);
		json_str(j, CANVAS("visibility"), i == 0 ? "public" : "admins");
		if (i == 0)
			json_bool(j, CANVAS("course_navigation/default_enabled"), true);
		json_close(j, '}');
	}
	open_message(j, t, "LtiDeepLinkingRequest", t->name);
	write_list(j, "placements", pickers, ARRAY_LEN(pickers));
	json_close(j, '}');
}

static void plain_messages(struct json *j, const struct lti_tool *t)
{
	static const char *const content[] = { "ContentArea" };

	open_message(j, t, "LtiResourceLinkRequest", t->name);
	json_close(j, '}');
	open_message(j, t, "LtiDeepLinkingRequest", t->name);
	write_list(j, "placements", content, ARRAY_LEN(content));
	json_close(j, '}');
}

/* ---- the registration ---- */

static void tool_configuration(struct json *j, const struct lti_tool *t, enum lti_family family)
{
	static const char *const claims[] = { "iss", "sub", "name", "given_name", "family_name" };

	json_open(j, "https://purl.imsglobal.org/spec/lti-tool-configuration", '{');
	json_span(j, "domain", domain_of(t));
	json_str(j, "description", t->description);
	write_address(j, "target_link_uri", t, "/");
	write_custom(j, "custom_parameters", family);
	write_list(j, "claims", claims, ARRAY_LEN(claims));
	if (family == LTI_FAMILY_CANVAS)
		json_str(j, CANVAS("privacy_level"), "name_only");
	json_open(j, "messages", '[');
	if (family == LTI_FAMILY_CANVAS)
		canvas_messages(j, t);
	else
		plain_messages(j, t);
	json_close(j, ']');
	json_close(j, '}');
}

enum err lti_register_write(struct buf *out, const struct lti_tool *t, enum lti_family family)
{
	static const char *const response[] = { "id_token" };
	static const char *const grant[] = { "implicit", "client_credentials" };
	struct json j;

	assert(t->origin != NULL && t->name != NULL && t->menu != NULL);
	json_init(&j, out);
	json_open(&j, NULL, '{');
	json_str(&j, "application_type", "web");
	write_list(&j, "response_types", response, ARRAY_LEN(response));
	write_list(&j, "grant_types", grant, ARRAY_LEN(grant));
	write_address(&j, "initiate_login_uri", t, "/lti/login");
	json_open(&j, "redirect_uris", '[');
	write_address(&j, NULL, t, "/lti/launch");
	json_close(&j, ']');
	json_str(&j, "client_name", t->name);
	write_address(&j, "client_uri", t, "/");
	write_address(&j, "jwks_uri", t, "/lti/keys.json");
	json_str(&j, "token_endpoint_auth_method", "private_key_jwt");
	json_str(&j, "scope", LTI_SCOPE_NRPS);
	tool_configuration(&j, t, family);
	json_close(&j, '}');
	return out->err;
}

/* ---- for Canvas by hand ---- */

static void canvas_placement(struct json *j, const struct lti_tool *t, const char *placement,
			     bool menu)
{
	json_open(j, NULL, '{');
	json_str(j, "placement", placement);
	json_str(j, "text", menu ? t->menu : t->name);
	json_bool(j, "enabled", true);
	json_str(j, "message_type", menu ? "LtiResourceLinkRequest" : "LtiDeepLinkingRequest");
	write_address(j, "target_link_uri", t, "/");
	if (str_eq(placement, "course_navigation")) {
		json_str(j, "visibility", "public");
		json_str(j, "default", "enabled");
		json_str(j, "windowTarget", "_self");
	} else if (menu) {
		json_str(j, "visibility", "admins");
	} else {
		json_int(j, "selection_width", 800);
		json_int(j, "selection_height", 600);
	}
	json_close(j, '}');
}

static void canvas_extension(struct json *j, const struct lti_tool *t)
{
	json_open(j, NULL, '{');
	json_str(j, "platform", "canvas.instructure.com");
	json_span(j, "domain", domain_of(t));
	json_str(j, "tool_id", "lintel");
	json_str(j, "privacy_level", "name_only");
	json_open(j, "settings", '{');
	json_str(j, "text", t->name);
	json_open(j, "placements", '[');
	for (size_t i = 0; i < ARRAY_LEN(menus); i++)
		canvas_placement(j, t, menus[i], true);
	for (size_t i = 0; i < ARRAY_LEN(pickers); i++)
		canvas_placement(j, t, pickers[i], false);
	json_close(j, ']');
	json_close(j, '}');
	json_close(j, '}');
}

enum err lti_canvas_write(struct buf *out, const struct lti_tool *t)
{
	struct json j;

	assert(t->origin != NULL && t->name != NULL && t->menu != NULL);
	json_init(&j, out);
	json_open(&j, NULL, '{');
	json_str(&j, "title", t->name);
	json_str(&j, "description", t->description);
	write_address(&j, "target_link_uri", t, "/");
	write_address(&j, "oidc_initiation_url", t, "/lti/login");
	write_address(&j, "public_jwk_url", t, "/lti/keys.json");
	json_open(&j, "scopes", '[');
	json_str(&j, NULL, LTI_SCOPE_NRPS);
	json_close(&j, ']');
	write_custom(&j, "custom_fields", LTI_FAMILY_CANVAS);
	json_open(&j, "extensions", '[');
	canvas_extension(&j, t);
	json_close(&j, ']');
	json_close(&j, '}');
	return out->err;
}
