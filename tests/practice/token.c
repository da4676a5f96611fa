/*
 * The token endpoints. Moodle: text/html bodies, few checks, errors that may be
 * no JSON. Canvas: exact audience, a narrow window of iat, jti demanded.
 */
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/magic.h"
#include "base/str.h"
#include "practice/keys.h"
#include "practice/pages.h"
#include "practice/services.h"

#define TOKENS 1024u
#define TOKEN_LIFE 3600

static struct {
	pthread_mutex_t lock;
	unsigned next;
	struct {
		char text[33];
		time_t ends;
	} moodle[TOKENS];
} vault = { .lock = PTHREAD_MUTEX_INITIALIZER };

/* ---- giving ------------------------------------------------------------------------------ */

static void moodle_error(struct reply *r, const char *error)
{
	r->status = 400;
	/* Moodle pastes the text in: with a quote in it this is no JSON. */
	buf_printf(&r->body, "{\n  \"error\" : \"%s\"\n}", error);
}

static void moodle_grant(struct reply *r)
{
	char text[33];

	random_hex(text, 32);
	pthread_mutex_lock(&vault.lock);
	memcpy(vault.moodle[vault.next % TOKENS].text, text, sizeof(text));
	vault.moodle[vault.next++ % TOKENS].ends = time(NULL) + TOKEN_LIFE;
	pthread_mutex_unlock(&vault.lock);
	buf_printf(&r->body,
		   "{\n  \"access_token\" : \"%s\",\n  \"token_type\" : \"Bearer\",\n"
		   "  \"expires_in\" : 3600,\n  \"scope\" : \"" SCOPE_NRPS "\"\n}",
		   text);
}

static bool has_scope(const char *scopes)
{
	const char *at = strstr(scopes, SCOPE_NRPS);

	return at != NULL && (at == scopes || at[-1] == ' ') &&
	       (at[strlen(SCOPE_NRPS)] == '\0' || at[strlen(SCOPE_NRPS)] == ' ');
}

static const char *moodle_times(const json_t *claims, char text[96])
{
	json_int_t exp = json_integer_value(json_object_get(claims, "exp"));
	json_int_t iat = json_integer_value(json_object_get(claims, "iat"));
	time_t now = time(NULL), at = (time_t)iat;
	struct tm tm;

	if (exp != 0 && exp <= now)
		return "Expired token";
	/* No leeway at all. */
	if (iat <= now || gmtime_r(&at, &tm) == NULL)
		return NULL;
	strftime(text, 96, "Cannot handle token with iat prior to %Y-%m-%dT%H:%M:%S+0000", &tm);
	return text;
}

static void moodle_token(struct req *q, struct reply *r)
{
	static const char *const say[] = {
		[A_MALFORMED] = "invalid_request",
		[A_NO_KID] = "error/Error: kid must be provided in JWT header.",
		[A_WRONG_KID] = "\"kid\" invalid, unable to lookup correct key",
		[A_BAD_SIGNATURE] = "Signature verification failed",
	};
	const char *scope = arg_get(q->form, "scope"), *late;
	json_t *claims = NULL;
	enum assertion a;
	char text[96];

	if (!str_eq(q->method, "POST") || scope == NULL ||
	    arg_get(q->form, "client_assertion") == NULL) {
		moodle_error(r, "invalid_request");
		return;
	}
	if (!str_eq(arg_get(q->form, "grant_type"), "client_credentials") ||
	    !str_eq(arg_get(q->form, "client_assertion_type"),
		    "urn:ietf:params:oauth:client-assertion-type:jwt-bearer")) {
		moodle_error(r, "unsupported_grant_type");
		return;
	}
	a = assertion_read(arg_get(q->form, "client_assertion"), &claims);
	if (a == A_NO_KEYS)
		page_message(r, 404, "Error", "An error occurred.");
	else if (a != A_OK)
		moodle_error(r, say[a]);
	else if (!str_eq(json_string_value(json_object_get(claims, "sub")),
			 lms.plat[MOODLE].client_id))
		moodle_error(r, "invalid_client");
	else if ((late = moodle_times(claims, text)) != NULL)
		moodle_error(r, late);
	else if (!has_scope(scope))
		moodle_error(r, "invalid_scope");
	else
		moodle_grant(r);
	json_decref(claims);
}

static void canvas_error(struct reply *r, const char *what)
{
	json_t *o = json_pack("{s:s, s:s}", "error", "invalid_request", "error_description", what);
	char *text = json_dumps(o, JSON_COMPACT);

	r->status = 400;
	r->type = "application/json; charset=utf-8";
	buf_addz(&r->body, text != NULL ? text : "{}");
	free(text);
	json_decref(o);
}

static bool audience_is(const json_t *aud, const char *url)
{
	json_t *v;
	size_t i;

	json_array_foreach(aud, i, v)
		if (str_eq(json_string_value(v), url))
			return true;
	return str_eq(json_string_value(aud), url);
}

static const char *canvas_claims_wrong(const json_t *claims, char text[160])
{
	static const char *const must[] = { "aud", "exp", "iat", "iss", "jti", "sub" };
	json_int_t iat = json_integer_value(json_object_get(claims, "iat"));
	time_t now = time(NULL);

	for (size_t i = 0; i < ARRAY_LEN(must); i++)
		if (json_object_get(claims, must[i]) == NULL) {
			snprintf(text, 160, "the following assertions are missing: %s", must[i]);
			return text;
		}
	if (!str_eq(json_string_value(json_object_get(claims, "sub")), lms.plat[CANVAS].client_id))
		return "the 'sub' is invalid";
	if (!audience_is(json_object_get(claims, "aud"), lms.plat[CANVAS].token_url))
		return "the 'aud' is invalid";
	if (iat < now - 300)
		return "the 'iat' must be less than 300 seconds old";
	if (iat > now + 30)
		return "the 'iat' must not be in the future";
	if (json_integer_value(json_object_get(claims, "exp")) <= now)
		return "the JWT has expired";
	return NULL;
}

static void canvas_grant(struct reply *r)
{
	json_t *o = json_pack("{s:s, s:s, s:s, s:I, s:s}", "iss", lms.plat[CANVAS].issuer, "sub",
			      lms.plat[CANVAS].client_id, "aud", lms.plat[CANVAS].token_url, "exp",
			      (json_int_t)time(NULL) + TOKEN_LIFE, "scopes", SCOPE_NRPS);
	char *text = json_dumps(o, JSON_COMPACT), *jwt = text == NULL ? NULL : hint_sign(text);

	r->type = "application/json; charset=utf-8";
	buf_printf(&r->body,
		   "{\"access_token\":\"%s\",\"token_type\":\"Bearer\",\"expires_in\":3600,"
		   "\"scope\":\"" SCOPE_NRPS "\"}",
		   jwt != NULL ? jwt : "");
	free(jwt);
	free(text);
	json_decref(o);
}

static void canvas_token(struct req *q, struct reply *r)
{
	json_t *claims = NULL;
	const char *wrong;
	char text[160];

	if (!str_eq(arg_get(q->form, "grant_type"), "client_credentials"))
		canvas_error(r, "unsupported grant_type");
	else if (assertion_read(arg_str(q->form, "client_assertion"), &claims) != A_OK)
		canvas_error(r, "JWS signature invalid.");
	else if ((wrong = canvas_claims_wrong(claims, text)) != NULL)
		canvas_error(r, wrong);
	else if (!has_scope(arg_str(q->form, "scope")))
		canvas_error(r, "invalid scope");
	else
		canvas_grant(r);
	json_decref(claims);
}

void token_request(enum plat plat, struct req *q, struct reply *r)
{
	uint64_t mis = mis_standing(plat);

	if (mis & MIS_BIT(token_down))
		page_message(r, plat == MOODLE ? 404 : 503, "Error", "An error occurred.");
	else if (plat == MOODLE)
		moodle_token(q, r);
	else
		canvas_token(q, r);
}

/* ---- checking ------------------------------------------------------------------------------- */

static enum bearer moodle_bearer(const char *text)
{
	enum bearer b = B_WRONG;

	pthread_mutex_lock(&vault.lock);
	for (unsigned i = 0; i < TOKENS; i++)
		if (str_eq(vault.moodle[i].text, text))
			b = vault.moodle[i].ends > time(NULL) ? B_OK : B_EXPIRED;
	pthread_mutex_unlock(&vault.lock);
	return b;
}

static enum bearer canvas_bearer(const char *text)
{
	char *payload = hint_read(text);
	json_t *o = payload == NULL ? NULL : json_loads(payload, 0, NULL);
	enum bearer b = json_object_get(o, "scopes") == NULL ? B_WRONG :
			json_integer_value(json_object_get(o, "exp")) > time(NULL) ? B_OK :
										     B_EXPIRED;

	json_decref(o);
	free(payload);
	return b;
}

static unsigned requests;	/* counted while token_once stands */

enum bearer bearer_check(enum plat plat, struct req *q)
{
	const char *h = q->authorization;

	if (h == NULL || !str_starts(h, "Bearer "))
		return B_MISSING;
	if (mis_standing(plat) & MIS_BIT(token_expired))
		return B_EXPIRED;
	if (mis_standing(plat) & MIS_BIT(token_once) &&
	    __atomic_fetch_add(&requests, 1, __ATOMIC_RELAXED) % 2 == 0)
		return B_EXPIRED;
	h += strlen("Bearer ");
	return plat == MOODLE ? moodle_bearer(h) : canvas_bearer(h);
}
