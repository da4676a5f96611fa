/*
 * Dynamic registration as Moodle and Canvas do it: the frame in their admin pages, the
 * configuration, the one-use token, what they demand, keep, drop and answer.
 */
#include "practice/register.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/magic.h"
#include "base/str.h"
#include "practice/keys.h"
#include "practice/pages.h"
#include "practice/services.h"

#define TOKENS 256u
#define TOKEN_LIFE 3600
#define TOOL_CONFIGURATION "https://purl.imsglobal.org/spec/lti-tool-configuration"
#define CANVAS_KEY(name) "https://canvas.instructure.com/lti/" name

/* What a platform may do wrong while a tool registers; one at a time. */
static const char *const modes[] = {
	"",
	"wrong_issuer",		/* the issuer on another host */
	"redirect",		/* the configuration is elsewhere: 302 */
	"huge",			/* 4 MB of configuration */
	"slow",			/* the configuration after 8 seconds */
	"http",			/* an endpoint without https */
	"ftp",			/* an endpoint that is no web address */
	"no_client",		/* an answer without client_id */
	"html",			/* 404 and a page for every registration */
	"no_scope",		/* the administrator grants no scope */
	"private",		/* a key set at a link-local address */
};

struct token {
	char *text;
	char client[24];
	enum plat plat;
	bool update, used;
	time_t ends;
};

/* A client that launches go by, or went by: those under way read it, so it stays. */
struct client {
	struct client *before;
	char id[24];
};

static struct {
	pthread_mutex_t lock;
	struct client *active;
	struct token token[TOKENS];
	unsigned next, types;
	unsigned mode[PLAT_COUNT];
	json_t *kept[PLAT_COUNT];	/* the newest registration, as answered */
	char *asked[PLAT_COUNT];	/* and as the tool sent it */
	char client[PLAT_COUNT][24];	/* registered, not activated */
	char deployment[PLAT_COUNT][64];
} desk = { .lock = PTHREAD_MUTEX_INITIALIZER, .types = 1 };

bool register_mode(enum plat plat, const char *mode)
{
	for (unsigned i = 0; i < ARRAY_LEN(modes); i++)
		if (str_eq(modes[i], mode)) {
			__atomic_store_n(&desk.mode[plat], i, __ATOMIC_RELAXED);
			return true;
		}
	return false;
}

static bool doing(enum plat plat, const char *mode)
{
	return str_eq(modes[__atomic_load_n(&desk.mode[plat], __ATOMIC_RELAXED)], mode);
}

/* ---- the token --------------------------------------------------------------------------- */

/* sub is the client to be; Canvas's token names no client. */
static char *make_token(enum plat plat, bool update, char client[24])
{
	time_t now = time(NULL);
	char hex[33], *text, *payload;
	json_t *o;

	random_hex(hex, 32);
	if (plat == MOODLE && update)
		snprintf(client, 24, "%s", lms.plat[MOODLE].client_id);
	else if (plat == MOODLE)
		snprintf(client, 24, "%.15s", hex);
	else
		snprintf(client, 24, "1000000000%05lu", strtoul((hex[8] = '\0', hex), NULL, 16) % 100000);
	o = plat == MOODLE ?
		json_pack("{s:s, s:s, s:I, s:I}", "sub", client, "scope",
			  update ? "reg-update" : "reg", "iat", (json_int_t)now, "exp",
			  (json_int_t)now + TOKEN_LIFE) :
		json_pack("{s:s, s:i, s:I, s:I}", "uuid", hex, "user_id", 1,
			  "root_account_global_id", (json_int_t)1, "exp",
			  (json_int_t)now + TOKEN_LIFE);
	payload = json_dumps(o, JSON_COMPACT);
	text = payload == NULL ? NULL :
	       plat == MOODLE ? keys_sign(MOODLE, payload, 0) : hint_sign(payload);
	free(payload);
	json_decref(o);
	return text;
}

/* The address to open, with a token of its own; to free(). */
char *register_start(enum plat plat, const char *url, bool update)
{
	struct buf b = BUF_INIT(16384);
	struct token *t;
	char client[24];
	char *text = make_token(plat, update, client);

	if (text == NULL)
		return NULL;
	pthread_mutex_lock(&desk.lock);
	t = &desk.token[desk.next++ % TOKENS];
	free(t->text);
	*t = (struct token){ .text = strdup(text), .plat = plat, .update = update,
			     .ends = time(NULL) + TOKEN_LIFE };
	memcpy(t->client, client, sizeof(t->client));
	pthread_mutex_unlock(&desk.lock);
	buf_addz(&b, url);
	buf_addz(&b, strchr(url, '?') != NULL ? "&openid_configuration=" : "?openid_configuration=");
	add_url(&b, lms.plat[plat].issuer);
	add_url(&b, plat == MOODLE ? "/mod/lti/openid-configuration.php" :
				     "/api/lti/security/openid-configuration");
	buf_addz(&b, "&registration_token=");
	add_url(&b, text);
	free(text);
	return buf_take(&b, NULL);
}

enum use { U_OK, U_MISSING, U_UNKNOWN, U_OLD, U_USED };

/* take: uses it up. */
static enum use use_token(enum plat plat, struct req *q, bool take, char client[24])
{
	const char *h = q->authorization;
	enum use u = U_UNKNOWN;

	if (h == NULL || !str_starts(h, "Bearer "))
		return U_MISSING;
	pthread_mutex_lock(&desk.lock);
	for (unsigned i = 0; i < TOKENS; i++) {
		struct token *t = &desk.token[i];

		if (t->plat != plat || !str_eq(t->text, h + strlen("Bearer ")))
			continue;
		u = t->ends <= time(NULL) ? U_OLD : t->used && !t->update ? U_USED : U_OK;
		if (u == U_OK && take)
			t->used = true;
		memcpy(client, t->client, 24);
	}
	pthread_mutex_unlock(&desk.lock);
	return u;
}

/* ---- the configuration ------------------------------------------------------------------- */

static void add_json(struct reply *r, int status, json_t *o)
{
	char *text = json_dumps(o, JSON_COMPACT);

	r->status = status;
	r->type = "application/json; charset=utf-8";
	buf_addz(&r->body, text != NULL ? text : "null");
	free(text);
	json_decref(o);
}

static json_t *platform_configuration(enum plat plat)
{
	char hex[41];

	if (plat == MOODLE)
		return json_pack("{s:s, s:s, s:[{s:s}, {s:s, s:[s]}], s:[s, s]}",
				 "product_family_code", "moodle", "version",
				 "4.5.5+ (Build: 20250613)", "messages_supported", "type",
				 "LtiResourceLinkRequest", "type", "LtiDeepLinkingRequest",
				 "placements", "ContentArea", "variables", "User.id",
				 "Person.address.timezone");
	school_hex40("guid", "canvas", hex);
	return json_pack("{s:s, s:s, s:[{s:s, s:[s, s]}, {s:s, s:[s]}], s:s, s:s+}",
			 "product_family_code", "canvas", "version", "vCloud",
			 "messages_supported", "type", "LtiResourceLinkRequest", "placements",
			 "course_navigation", "account_navigation", "type",
			 "LtiDeepLinkingRequest", "placements", "link_selection",
			 CANVAS_KEY("account_name"), SCHOOL_DISTRICT,
			 CANVAS_KEY("account_lti_guid"), hex, ":canvas-lms");
}

static json_t *configuration(enum plat plat)
{
	const struct platform *p = &lms.plat[plat];
	const char *issuer = doing(plat, "wrong_issuer") ? "https://elsewhere.example" : p->issuer;
	const char *token = doing(plat, "ftp")	? "ftp://localhost/token" :
			    doing(plat, "http") ? "http://localhost/token" : p->token_url;
	const char *keys = doing(plat, "private") ? "http://169.254.169.254/keys" : p->jwks_url;
	const char *reg = plat == MOODLE ? "/mod/lti/openid-registration.php" :
					   "/api/lti/registrations";
	json_t *o = json_pack("{s:s, s:s, s:[s], s:[s], s:s, s:s, s:s+, s:[s, s, s], s:[s], s:[s], "
			      "s:[s], s:[s, s, s, s, s], s:o}",
			      "issuer", issuer, "token_endpoint", token,
			      "token_endpoint_auth_methods_supported", "private_key_jwt",
			      "token_endpoint_auth_signing_alg_values_supported", "RS256",
			      "jwks_uri", keys, "authorization_endpoint", p->auth_url,
			      "registration_endpoint", p->issuer, reg, "scopes_supported",
			      "https://purl.imsglobal.org/spec/lti-ags/scope/score", SCOPE_NRPS,
			      "openid", "response_types_supported", "id_token",
			      "subject_types_supported", "public",
			      "id_token_signing_alg_values_supported", "RS256", "claims_supported",
			      "sub", "iss", "name", "given_name", "family_name",
			      "https://purl.imsglobal.org/spec/lti-platform-configuration",
			      platform_configuration(plat));

	assert(o != NULL);
	return o;
}

void register_configuration(enum plat plat, struct req *q, struct reply *r)
{
	char client[24];

	if (doing(plat, "slow"))
		r->delay_ms = 8000;
	if (doing(plat, "redirect")) {
		r->status = 302;
		reply_header(r, "Location", "%s/%s/elsewhere", lms.base, plat_key(plat));
		return;
	}
	/* Canvas asks for the token here, too; Moodle's configuration is for everybody. */
	if (plat == CANVAS && use_token(plat, q, false, client) != U_OK) {
		add_json(r, 401, json_pack("{s:s}", "errorMessage", "JWT::DecodeError"));
		return;
	}
	if (doing(plat, "huge"))
		for (int i = 0; i < 64 * 1024; i++)
			buf_addz(&r->body, "                                                                ");
	add_json(r, 200, configuration(plat));
}

/* ---- what is demanded ---------------------------------------------------------------------- */

static bool lists(const json_t *list, const char *word)
{
	json_t *v;
	size_t i;

	json_array_foreach(list, i, v)
		if (str_eq(json_string_value(v), word))
			return true;
	return false;
}

static const char *text_of(const json_t *o, const char *name)
{
	const char *s = json_string_value(json_object_get(o, name));

	return s != NULL ? s : "";
}

/* registration_helper.php: the order and the words of Moodle 4.5. */
static const char *moodle_wrong(const json_t *o, char text[128])
{
	static const char *const must[] = { "response_types", "initiate_login_uri", "redirect_uris",
					    "client_name", "jwks_uri",
					    "token_endpoint_auth_method" };
	const json_t *tool = json_object_get(o, TOOL_CONFIGURATION);
	const char *target = text_of(tool, "target_link_uri"), *domain = text_of(tool, "domain");
	const char *host = strstr(target, "://");
	size_t n = strlen(domain);

	for (size_t i = 0; i < ARRAY_LEN(must); i++)
		if (json_object_get(o, must[i]) == NULL) {
			snprintf(text, 128, "missing required attribute %s", must[i]);
			return text;
		}
	if (json_object_get(o, "application_type") != NULL &&
	    !str_eq(text_of(o, "application_type"), "web"))
		return "invalid_application_type";
	if (!lists(json_object_get(o, "response_types"), "id_token"))
		return "invalid_response_types";
	if (!str_eq(text_of(o, "token_endpoint_auth_method"), "private_key_jwt"))
		return "invalid_token_endpoint_auth_method";
	if (!json_is_array(json_object_get(o, "redirect_uris")))
		return "invalid_redirect_uris";
	if (n == 0)
		return "missing_domain";
	if (target[0] != '\0' &&
	    (host == NULL || strncmp(host + 3, domain, n) != 0 ||
	     (host[3 + n] != '\0' && host[3 + n] != '/')))
		return "domain_targetlinkuri_mismatch";
	return NULL;
}

/* dynamic_registration_controller.rb */
static const char *canvas_wrong(const json_t *o, char text[128])
{
	static const char *const must[] = { "redirect_uris", "initiate_login_uri", "client_name",
					    "jwks_uri", TOOL_CONFIGURATION };

	for (size_t i = 0; i < ARRAY_LEN(must); i++)
		if (json_object_get(o, must[i]) == NULL) {
			snprintf(text, 128, "%s is required", must[i]);
			return text;
		}
	if (!str_eq(text_of(o, "application_type"), "web"))
		return "application_type must be web";
	if (!lists(json_object_get(o, "grant_types"), "client_credentials") ||
	    !lists(json_object_get(o, "grant_types"), "implicit"))
		return "grant_types must include client_credentials, implicit";
	if (!lists(json_object_get(o, "response_types"), "id_token"))
		return "response_types must include id_token";
	if (!str_eq(text_of(o, "token_endpoint_auth_method"), "private_key_jwt"))
		return "token_endpoint_auth_method must be private_key_jwt";
	if (text_of(o, "scope")[0] != '\0' && !str_eq(text_of(o, "scope"), SCOPE_NRPS))
		return "unknown scopes";
	return NULL;
}

/* ---- what is kept -------------------------------------------------------------------------- */

static void copy(json_t *to, const json_t *from, const char *name)
{
	json_t *v = json_object_get(from, name);

	if (v != NULL)
		json_object_set(to, name, v);
}

/* Moodle: tool-level things only; of the messages, that there is deep linking. */
static json_t *moodle_answer(const json_t *asked, const char *client, const char *deployment)
{
	static const char *const top[] = { "response_types", "jwks_uri", "initiate_login_uri",
					   "redirect_uris", "client_name" };
	static const char *const kept[] = { "target_link_uri", "domain", "description",
					    "custom_parameters" };
	static const char *const claims[] = { "name", "given_name", "family_name", "email" };
	const json_t *from = json_object_get(asked, TOOL_CONFIGURATION);
	json_t *o = json_pack("{s:s, s:[s, s], s:s, s:s, s:s}", "client_id", client, "grant_types",
			      "client_credentials", "implicit", "application_type", "web",
			      "token_endpoint_auth_method", "private_key_jwt", "logo_uri", "");
	json_t *tool = json_pack("{s:s, s:s}", "version", "1.3.0", "deployment_id", deployment);
	json_t *c = json_pack("[s, s]", "sub", "iss"), *messages = json_array(), *m;
	size_t i;

	for (i = 0; i < ARRAY_LEN(top); i++)
		copy(o, asked, top[i]);
	for (i = 0; i < ARRAY_LEN(kept); i++)
		copy(tool, from, kept[i]);
	for (i = 0; i < ARRAY_LEN(claims); i++)
		if (lists(json_object_get(from, "claims"), claims[i]))
			json_array_append_new(c, json_string(claims[i]));
	json_array_foreach(json_object_get(from, "messages"), i, m)
		if (str_eq(text_of(m, "type"), "LtiDeepLinkingRequest"))
			json_array_append_new(messages,
					      json_pack("{s:s}", "type", "LtiDeepLinkingRequest"));
	json_object_set_new(tool, "claims", c);
	json_object_set_new(tool, "messages", messages);
	json_object_set_new(o, TOOL_CONFIGURATION, tool);
	json_object_set_new(o, "scope",
			    json_string(strstr(text_of(asked, "scope"), SCOPE_NRPS) != NULL ?
						SCOPE_NRPS : ""));
	return o;
}

/* Canvas gives back what it got, with the client and the overlay's address. */
static json_t *canvas_answer(const json_t *asked, const char *client)
{
	json_t *o = json_deep_copy(asked);

	json_object_set_new(o, "client_id", json_string(client));
	json_object_set_new(json_object_get(o, TOOL_CONFIGURATION), CANVAS_KEY("registration_config_url"),
			    json_sprintf("%s/api/lti/registrations/1/view", lms.plat[CANVAS].issuer));
	return o;
}

static void keep(enum plat plat, struct req *q, json_t *answer, const char *client,
		 const char *deployment)
{
	pthread_mutex_lock(&desk.lock);
	json_decref(desk.kept[plat]);
	desk.kept[plat] = json_incref(answer);
	free(desk.asked[plat]);
	desk.asked[plat] = strndup(q->body.p != NULL ? q->body.p : "", q->body.len);
	snprintf(desk.client[plat], sizeof(desk.client[plat]), "%s", client);
	snprintf(desk.deployment[plat], sizeof(desk.deployment[plat]), "%s", deployment);
	pthread_mutex_unlock(&desk.lock);
}

/* ---- registering ------------------------------------------------------------------------------ */

static void refuse(enum plat plat, struct reply *r, int status, const char *word)
{
	if (plat == CANVAS) {
		add_json(r, status, json_pack("{s:[s]}", "errors", word));
		return;
	}
	/* Moodle: the bare word, as HTML. */
	r->status = status;
	r->type = "text/html; charset=utf-8";
	buf_addz(&r->body, word);
}

static bool token_ok(enum plat plat, struct req *q, struct reply *r, char client[24])
{
	switch (use_token(plat, q, true, client)) {
	case U_OK:
		return true;
	case U_MISSING:
		refuse(plat, r, 401, "missing_registration_token");
		return false;
	case U_USED:
		if (plat == MOODLE) {
			refuse(plat, r, 401, "token_already_used");
			return false;
		}
		break;
	case U_UNKNOWN:
	case U_OLD:
		break;
	}
	if (plat == MOODLE)
		page_message(r, 404, "Error", "An error occurred.");
	else
		add_json(r, 401, json_pack("{s:s}", "errorMessage", "JWT::DecodeError"));
	return false;
}

void register_request(enum plat plat, struct req *q, struct reply *r)
{
	char client[24], deployment[64], text[128];
	const char *wrong;
	json_t *asked, *answer;

	if (doing(plat, "html")) {
		page_message(r, 404, "Error", "An error occurred.");
		return;
	}
	if (!str_eq(q->method, "POST")) {
		page_message(r, 404, "Error", "An error occurred.");
		return;
	}
	if (!token_ok(plat, q, r, client))
		return;
	asked = json_loadb(q->body.p != NULL ? q->body.p : "", q->body.len, JSON_REJECT_DUPLICATES,
			   NULL);
	if (!json_is_object(asked)) {
		page_message(r, plat == MOODLE ? 404 : 400, "Error", "An error occurred.");
		json_decref(asked);
		return;
	}
	wrong = plat == MOODLE ? moodle_wrong(asked, text) : canvas_wrong(asked, text);
	if (wrong != NULL) {
		refuse(plat, r, plat == MOODLE ? 400 : 422, wrong);
		json_decref(asked);
		return;
	}
	if (str_eq(client, lms.plat[plat].client_id) || plat == CANVAS)
		snprintf(deployment, sizeof(deployment), "%s", lms.plat[plat].deployment);
	else
		snprintf(deployment, sizeof(deployment), "%u", ++desk.types);
	answer = plat == MOODLE ? moodle_answer(asked, client, deployment) :
				  canvas_answer(asked, client);
	if (doing(plat, "no_scope"))
		json_object_set_new(answer, "scope", json_string(""));
	keep(plat, q, answer, client, deployment);
	if (doing(plat, "no_client"))
		json_object_del(answer, "client_id");
	add_json(r, 200, answer);
	json_decref(asked);
}

/* ---- the administrator ---------------------------------------------------------------------- */

/* "Activate", or "On": from now on the platform launches by the new client. */
bool register_activate(enum plat plat)
{
	struct client *c = calloc(1, sizeof(*c));
	bool any;

	pthread_mutex_lock(&desk.lock);
	any = c != NULL && desk.client[plat][0] != '\0';
	if (any) {
		snprintf(c->id, sizeof(c->id), "%s", desk.client[plat]);
		c->before = desk.active;
		desk.active = c;
		lms.plat[plat].client_id = c->id;
		snprintf(lms.plat[plat].deployment, sizeof(lms.plat[plat].deployment), "%s",
			 desk.deployment[plat]);
	} else {
		free(c);
	}
	pthread_mutex_unlock(&desk.lock);
	return any;
}

/* What came last; a new reference, or NULL. */
json_t *register_last(enum plat plat)
{
	json_t *o = NULL;

	pthread_mutex_lock(&desk.lock);
	if (desk.kept[plat] != NULL)
		o = json_pack("{s:s, s:O}", "asked", desk.asked[plat], "answered", desk.kept[plat]);
	pthread_mutex_unlock(&desk.lock);
	return o;
}

void register_forget(void)
{
	for (int p = 0; p < PLAT_COUNT; p++)
		__atomic_store_n(&desk.mode[p], 0, __ATOMIC_RELAXED);
}

/* The admin's page: the tool in a frame. Real ones take it away; here it can still be looked at. */
void register_page(enum plat plat, struct req *q, struct reply *r)
{
	const char *url = arg_get(q->get, "url");
	char *to = url != NULL ? register_start(plat, url, arg_get(q->get, "update") != NULL) : NULL;

	if (to == NULL) {
		page_message(r, 404, "Not found", "Which tool?");
		return;
	}
	r->status = 200;
	r->type = "text/html; charset=utf-8";
	buf_printf(&r->body,
		   "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>%s</title>"
		   "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">"
		   "<link rel=\"icon\" href=\"data:,\"></head>\n<body><h1>%s</h1>\n"
		   "<iframe name=\"tool\" title=\"Registration\" width=\"100%%\" height=\"700\" src=\"",
		   plat == MOODLE ? "Manage tools" : "Developer Keys", lms.plat[plat].name);
	add_html(&r->body, to);
	buf_addz(&r->body, "\"></iframe>\n<script>window.addEventListener('message', function (e) {\n"
			   "if (e.data && e.data.subject === 'org.imsglobal.lti.close') {\n"
			   "document.body.setAttribute('data-closed', e.origin); }\n});</script>\n"
			   "</body></html>\n");
	free(to);
}
