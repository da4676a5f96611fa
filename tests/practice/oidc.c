/*
 * Login initiation and the authorization endpoints, each platform with its own
 * rules and errors (OpenID Connect third-party login as LTI Security 5.1.1 uses it).
 */
#include <stdlib.h>
#include <string.h>

#include "base/magic.h"
#include "base/str.h"
#include "practice/keys.h"
#include "practice/lms.h"
#include "practice/oidc.h"
#include "practice/pages.h"

#define CANVAS_HINT_LIFE 300

/* ---- login initiation ---------------------------------------------------------------- */

static void add(json_t *o, const char *name, const char *value)
{
	json_object_set_new(o, name, json_string(value));
}

static void moodle_login(json_t *o, const struct launch *l)
{
	const struct platform *p = &lms.plat[MOODLE];
	struct person_id id = { .moodle = "0" };

	if (l->person != NULL)
		school_id(l->person, &id);
	add(o, "iss", p->issuer);
	add(o, "target_link_uri", lms.launch_url);
	add(o, "login_hint", id.moodle);
	json_object_set_new(o, "lti_message_hint",
			    json_sprintf("{\"cmid\":%d,\"launchid\":\"%s\"}",
					 l->course->moodle + 10, l->id));
	add(o, "client_id", p->client_id);
	add(o, "lti_deployment_id", p->deployment);
}

static char *canvas_hint(const struct launch *l)
{
	json_t *h = json_pack("{s:s, s:s, s:s, s:s, s:s, s:n, s:b, s:I}", "verifier", l->id,
			      "canvas_domain", lms.base, "context_type",
			      l->course != NULL ? "Course" : "Account", "context_id",
			      l->course != NULL ? l->course->sis : "1", "canvas_locale",
			      l->person != NULL ? school_locale(l->person, true) : "en",
			      "parent_frame_context", "include_storage_target",
			      (l->mis & MIS_BIT(no_storage)) == 0, "exp",
			      (json_int_t)time(NULL) + CANVAS_HINT_LIFE);
	char *text = json_dumps(h, JSON_COMPACT), *token = text == NULL ? NULL : hint_sign(text);

	json_decref(h);
	free(text);
	return token;
}

static void canvas_login(json_t *o, const struct launch *l)
{
	const struct platform *p = &lms.plat[CANVAS];
	struct person_id id = { .legacy = "" };
	char *hint = canvas_hint(l);

	if (l->person != NULL)
		school_id(l->person, &id);
	add(o, "iss", p->issuer);
	add(o, "login_hint", id.legacy);
	add(o, "client_id", p->client_id);
	add(o, "deployment_id", p->deployment);
	add(o, "target_link_uri", lms.launch_url);
	add(o, "lti_message_hint", hint != NULL ? hint : "");
	add(o, "canvas_environment", "prod");
	add(o, "canvas_region", "not_configured");
	if ((l->mis & MIS_BIT(no_storage)) == 0)
		add(o, "lti_storage_target", "post_message_forwarding");
	free(hint);
}

json_t *login_params(const struct launch *l)
{
	json_t *o = json_object();

	assert(l->id[0] != '\0');
	if (l->plat == MOODLE)
		moodle_login(o, l);
	else
		canvas_login(o, l);
	return o;
}

/* ---- verdicts ------------------------------------------------------------------------- */

static void say_page(struct verdict *v, int status, const char *text)
{
	v->kind = V_PAGE;
	v->status = status;
	v->text = text;
}

static void say_form(struct verdict *v, const struct arg *args, uint64_t mis)
{
	const char *state = arg_str(args, "state");

	v->kind = V_FORM;
	v->status = 200;
	v->action = lms.launch_url;
	v->mis = mis;
	if (v->fields == NULL)
		v->fields = json_object();
	if (mis & MIS_BIT(wrong_state))
		state = "0123456789abcdef0123456789abcdef";
	if (!(mis & MIS_BIT(no_state)))
		add(v->fields, "state", state);
}

static void say_error(struct verdict *v, const struct arg *args, const char *error,
		      const char *description)
{
	v->fields = json_object();
	add(v->fields, "error", error);
	if (description != NULL)
		add(v->fields, "error_description", description);
	say_form(v, args, 0);
}

static void say_token(struct verdict *v, const struct arg *args, const struct launch *l)
{
	json_t *claims = launch_claims(l, arg_str(args, "nonce"), time(NULL));
	char *token = launch_token(l, claims);

	json_decref(claims);
	if (token == NULL) {
		say_page(v, 500, "The practice LMS could not sign the token.");
		return;
	}
	v->fields = json_object();
	if (l->plat == CANVAS) {
		add(v->fields, "utf8", "✓");
		add(v->fields, "authenticity_token", l->sesskey);
	}
	add(v->fields, "id_token", token);
	say_form(v, args, l->mis);
	if (l->plat == CANVAS && (l->mis & MIS_BIT(no_storage)) == 0)
		add(v->fields, "lti_storage_target", "post_message_forwarding");
	free(token);
}

/* ---- Moodle ------------------------------------------------------------------------------ */

static bool given(const struct arg *args, const char *name)
{
	const char *v = arg_get(args, name);

	return v != NULL && v[0] != '\0' && !str_eq(v, "0");
}

/* The hint is JSON; what is not, or names no launch, is no hint. */
static struct launch *moodle_take(const struct arg *args)
{
	json_t *hint = json_loads(arg_str(args, "lti_message_hint"), 0, NULL);
	const char *id = json_string_value(json_object_get(hint, "launchid"));
	struct launch *l = id == NULL ? NULL : launch_take(MOODLE, id);

	json_decref(hint);
	if (l != NULL && (l->mis & MIS_BIT(stale_hint)) != 0) {
		launch_free(l);
		l = NULL;
	}
	return l;
}

static bool moodle_identity(struct verdict *v, struct req *q, const struct arg *args,
			    const struct launch *l)
{
	struct person_id id = { .moodle = "" };

	if (!str_eq(arg_get(args, "client_id"), lms.plat[MOODLE].client_id)) {
		say_error(v, args, "unauthorized_client", NULL);
		return false;
	}
	if (l->person != NULL)
		school_id(l->person, &id);
	if (l->person == NULL || !str_eq(arg_get(args, "login_hint"), id.moodle) ||
	    (q != NULL && !session_has(q, MOODLE, l->person))) {
		say_error(v, args, "access_denied", NULL);
		return false;
	}
	return true;
}

static bool moodle_form(struct verdict *v, const struct arg *args)
{
	if (!str_eq(arg_get(args, "response_mode"), "form_post")) {
		say_error(v, args, "invalid_request", "Invalid response_mode");
		return false;
	}
	if (given(args, "prompt") && !str_eq(arg_get(args, "prompt"), "none")) {
		say_error(v, args, "invalid_request", "Invalid prompt");
		return false;
	}
	return true;
}

static void moodle_answer(struct verdict *v, struct req *q, const struct arg *args,
			  const struct launch *l)
{
	bool known = moodle_identity(v, q, args, l);

	/* Wrong client or user are told by form, but only to a listed address. */
	if (!str_eq(arg_get(args, "redirect_uri"), lms.launch_url)) {
		json_decref(v->fields);
		v->fields = NULL;
		say_page(v, 404, "Invalid request");
		return;
	}
	if (!known || !moodle_form(v, args))
		return;
	if (school_roles(l->person, l->course) == 0) {
		v->kind = V_REDIRECT;
		v->status = 303;
		if (asprintf(&v->location, "%s/enrol/index.php?id=%d", lms.plat[MOODLE].issuer,
			     l->course->moodle) < 0)
			v->location = NULL;
		return;
	}
	say_token(v, args, l);
}

static void moodle_authorize(struct req *q, struct arg *args, struct verdict *v)
{
	static const char *const must[] = { "scope", "response_type", "client_id", "redirect_uri",
					    "login_hint", "nonce" };
	struct launch *l;
	bool ok = true;

	if (q != NULL && !session_any(q, MOODLE) && arg_get(args, "repost") == NULL) {
		v->kind = V_REPOST;
		v->status = 200;
		return;
	}
	for (size_t i = 0; i < ARRAY_LEN(must); i++)
		ok = ok && given(args, must[i]);
	ok = ok && str_eq(arg_get(args, "scope"), "openid") &&
	     str_eq(arg_get(args, "response_type"), "id_token");
	l = ok ? moodle_take(args) : NULL;
	if (l == NULL || (q != NULL && !session_any(q, MOODLE)))
		say_page(v, 404, "Invalid request");
	else
		moodle_answer(v, q, args, l);
	launch_free(l);
}

/* ---- Canvas -------------------------------------------------------------------------------- */

/* The registered address, with or without more behind a '?'. */
static bool canvas_redirect_ok(const char *uri)
{
	size_t n = strlen(lms.launch_url);

	return uri != NULL && strncmp(uri, lms.launch_url, n) == 0 &&
	       (uri[n] == '\0' || uri[n] == '?');
}

static bool canvas_missing(struct verdict *v, const struct arg *args)
{
	static const char *const must[] = { "client_id", "login_hint", "lti_message_hint", "nonce",
					    "prompt", "redirect_uri", "response_mode",
					    "response_type", "scope" };
	struct buf b = BUF_INIT(1024);
	bool some = false;

	buf_addz(&b, "The following parameters are missing: ");
	for (size_t i = 0; i < ARRAY_LEN(must); i++)
		if (arg_str(args, must[i])[0] == '\0') {
			buf_printf(&b, "%s%s", some ? ", " : "", must[i]);
			some = true;
		}
	if (some)
		say_error(v, args, "invalid_request_object", b.p);
	buf_release(&b);
	return some;
}

static bool canvas_wrong_value(struct verdict *v, const struct arg *args)
{
	static const char *const rule[][2] = { { "scope", "openid" },
					       { "response_type", "id_token" },
					       { "response_mode", "form_post" },
					       { "prompt", "none" } };
	char text[96];

	for (size_t i = 0; i < ARRAY_LEN(rule); i++)
		if (!str_eq(arg_get(args, rule[i][0]), rule[i][1])) {
			snprintf(text, sizeof(text), "The '%s' must be '%s'", rule[i][0],
				 rule[i][1]);
			say_error(v, args, "invalid_request_object", text);
			return true;
		}
	return false;
}

static bool canvas_signed_in(struct req *q, const struct arg *args, const struct launch *l)
{
	struct person_id id;

	if (l->mis & MIS_BIT(anonymous_visitor))
		return true;
	if (l->person == NULL)
		return false;
	school_id(l->person, &id);
	return str_eq(arg_get(args, "login_hint"), id.legacy) &&
	       (q == NULL || session_has(q, CANVAS, l->person));
}

static void canvas_answer(struct verdict *v, struct req *q, const struct arg *args,
			  const char *verifier, bool late)
{
	static const char gone[] = "The launch has either expired or already been consumed";
	struct launch peek = { 0 }, *l;

	if (late || !launch_peek(CANVAS, verifier, &peek)) {
		say_error(v, args, "launch_no_longer_valid", gone);
		return;
	}
	if (!canvas_signed_in(q, args, &peek)) {
		say_error(v, args, "login_required", "Must have an active user session");
		return;
	}
	if (!str_eq(arg_get(args, "client_id"), lms.plat[CANVAS].client_id)) {
		say_error(v, args, "unauthorized_client",
			  "Client not authorized in requested context");
		return;
	}
	l = launch_take(CANVAS, verifier);
	if (l == NULL || (l->mis & MIS_BIT(stale_hint)) != 0 ||
	    (l->course != NULL && school_roles(l->person, l->course) == 0))
		say_error(v, args, "launch_no_longer_valid", gone);
	else
		say_token(v, args, l);
	launch_free(l);
}

static void canvas_authorize(struct req *q, struct arg *args, struct verdict *v)
{
	char *text = hint_read(arg_str(args, "lti_message_hint"));
	json_t *hint = text == NULL ? NULL : json_loads(text, 0, NULL);
	const char *verifier = json_string_value(json_object_get(hint, "verifier"));
	bool late = json_integer_value(json_object_get(hint, "exp")) < time(NULL);

	/* These two cannot be told to the tool: its address is not trusted yet. */
	if (arg_str(args, "redirect_uri")[0] != '\0' &&
	    !canvas_redirect_ok(arg_get(args, "redirect_uri")))
		say_page(v, 400, "Invalid redirect_uri");
	else if (arg_str(args, "lti_message_hint")[0] != '\0' && verifier == NULL)
		say_page(v, 400, "Invalid lti_message_hint");
	else if (!canvas_missing(v, args) && !canvas_wrong_value(v, args))
		canvas_answer(v, q, args, verifier, late);
	json_decref(hint);
	free(text);
}

/* ---- requests --------------------------------------------------------------------------------- */

void oidc_authorize(enum plat plat, struct req *q, struct arg *args, struct verdict *v_out)
{
	*v_out = (struct verdict){ .kind = V_PAGE, .status = 500, .text = "?" };
	if (plat == MOODLE)
		moodle_authorize(q, args, v_out);
	else
		canvas_authorize(q, args, v_out);
}

static void render(struct req *q, struct reply *r, enum plat plat, struct arg *args)
{
	struct verdict v;

	oidc_authorize(plat, q, args, &v);
	reply_header(r, "Cache-Control", "no-store");
	switch (v.kind) {
	case V_FORM:
		page_post_form(r, v.action, v.fields, v.mis);
		break;
	case V_PAGE:
		page_message(r, v.status, v.text, "Go back to the course and open the activity "
						  "again.");
		break;
	case V_REDIRECT:
		r->status = v.status;
		reply_header(r, "Location", "%s", v.location != NULL ? v.location : lms.base);
		break;
	case V_REPOST:
		page_repost(q, r);
		break;
	}
	free(v.location);
	json_decref(v.fields);
}

void oidc_request_moodle(struct req *q, struct reply *r)
{
	/* auth.php reads GET and POST alike; the repost carries its fields either way. */
	struct arg *all = str_eq(q->method, "POST") ? q->form : q->get, *a;

	if (str_eq(q->method, "POST") && q->get != NULL) {
		for (a = q->get; a->next != NULL; a = a->next)
			;
		a->next = q->form;
		all = q->get;
	}
	render(q, r, MOODLE, all);
}

/* The central host only knows which institution to send the browser to. */
static void canvas_bounce(struct req *q, struct reply *r)
{
	struct arg *args = req_args(q);
	struct buf b = BUF_INIT(65536);

	for (struct arg *a = args; a != NULL; a = a->next) {
		buf_addc(&b, a == args ? '?' : '&');
		add_url(&b, a->name);
		buf_addc(&b, '=');
		add_url(&b, a->value);
	}
	r->status = 302;
	reply_header(r, "Location", "%s/canvas/district/api/lti/authorize%s", lms.base,
		     b.p != NULL ? b.p : "");
	buf_release(&b);
}

void oidc_request_canvas(struct req *q, struct reply *r)
{
	if (str_starts(q->path, "/canvas/district/"))
		render(q, r, CANVAS, req_args(q));
	else
		canvas_bounce(q, r);
}
