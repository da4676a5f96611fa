/*
 * What a platform says of itself, and what it answers: read with suspicion, since
 * whoever holds an invitation may name any address.
 */
#include "lti/register.h"

#include <stdio.h>
#include <string.h>

#include "base/magic.h"
#include "lti/util.h"
#include "priv.h"
#include "text.h"

#define DOC_DEPTH 16u
#define URL_MAX_LEN 2048u
#define WORD_MAX 255u
#define SCOPES_MAX 2000u
#define LISTED_MAX 200u

#define PLATFORM_CONFIGURATION "https://purl.imsglobal.org/spec/lti-platform-configuration"
#define TOOL_CONFIGURATION "https://purl.imsglobal.org/spec/lti-tool-configuration"

static const struct {
	const char *code, *words;
} reasons[] = {
	{ "none", "Nothing was wrong." },
#define LTI_REGISTER(NAME, code_, words_) { code_, words_ },
#include "lti/register.def"
#undef LTI_REGISTER
};

_Static_assert(ARRAY_LEN(reasons) == LTI_REGISTER_COUNT, "one row per reason");

const char *lti_register_code(enum lti_register r)
{
	assert(r < LTI_REGISTER_COUNT);
	return reasons[r].code;
}

const char *lti_register_words(enum lti_register r)
{
	assert(r < LTI_REGISTER_COUNT);
	return reasons[r].words;
}

static bool no(struct lti_unregistered *why, enum lti_register r, struct span what)
{
	assert(r != LTI_REGISTER_OK);
	why->why = r;
	lti_safe_text(why->what, sizeof(why->what), what);
	return false;
}

/* ---- hosts ---- */

/* "host[:port]" in lower case; NULL if it is no address that we may use. */
static const char *host_of(struct arena *a, const char *url, bool allow_http)
{
	const char *origin = lti_url_origin(a, span_of(url), allow_http), *at;

	if (origin == NULL)
		return NULL;
	at = strstr(origin, "://");
	assert(at != NULL);
	return at + 3;
}

/* Hosted Canvas: one issuer for all, endpoints on a host of their own (Canvas, LTI launch overview). */
static bool is_instructure(const char *host)
{
	static const char *const listed[] = {
		"canvas.instructure.com", "canvas.beta.instructure.com",
		"canvas.test.instructure.com", "sso.canvaslms.com", "sso.beta.canvaslms.com",
		"sso.test.canvaslms.com",
	};

	for (size_t i = 0; i < ARRAY_LEN(listed); i++)
		if (str_eq(host, listed[i]))
			return true;
	return false;
}

bool lti_openid_address(struct arena *a, const char *config_url, const char *invited_host,
			bool allow_http, const char **host_out, struct lti_unregistered *why)
{
	struct lti_url u;

	assert(config_url != NULL && invited_host != NULL);
	*why = (struct lti_unregistered){ .why = LTI_REGISTER_OK };
	*host_out = NULL;
	if (strlen(config_url) > URL_MAX_LEN || !lti_url_parse(span_of(config_url), &u) || u.fragment)
		return no(why, LTI_REGISTER_ADDRESS, SPAN(""));
	*host_out = host_of(a, config_url, allow_http);
	if (*host_out == NULL)
		return no(why, LTI_REGISTER_ADDRESS, u.host);
	if (invited_host[0] != '\0' && !str_eq(*host_out, invited_host))
		return no(why, LTI_REGISTER_HOST, span_of(*host_out));
	return true;
}

const char *lti_plain_host(struct arena *a, const char *host)
{
	const char *url = arena_printf(a, "https://%s", host);

	assert(host != NULL);
	if (host[0] == '\0')
		return "";
	if (url == NULL || strpbrk(host, "/?#@") != NULL)
		return NULL;
	return host_of(a, url, false);
}

/* ---- the configuration ---- */

struct reading {
	struct arena *a;
	const json_t *doc;
	bool allow_http;
	struct lti_unregistered *why;
};

static bool address(struct reading *r, const char *name, const char **out)
{
	struct span s = lti_json_span(json_object_get(r->doc, name));
	struct lti_url u;

	if (s.n == 0 || s.n > URL_MAX_LEN || !lti_url_parse(s, &u) || u.fragment)
		return no(r->why, LTI_REGISTER_MEMBER, span_of(name));
	if (!u.https && !r->allow_http)
		return no(r->why, LTI_REGISTER_HTTPS, span_of(name));
	*out = arena_strndup(r->a, s.p, s.n);
	return *out != NULL;
}

static bool lists(const json_t *list, const char *word)
{
	size_t n = json_array_size(list);

	for (size_t i = 0; i < n && i < LISTED_MAX; i++)
		if (span_eqz(lti_json_span(json_array_get(list, i)), word))
			return true;
	return false;
}

static const char *line_or_empty(struct arena *a, const json_t *v)
{
	const char *s = lti_text_line(a, v);

	return s != NULL ? s : "";
}

static void read_product(struct reading *r, struct lti_openid *o)
{
	const json_t *p = json_object_get(r->doc, PLATFORM_CONFIGURATION);
	const char *guid = NULL;

	o->product = line_or_empty(r->a, json_object_get(p, "product_family_code"));
	o->version = line_or_empty(r->a, json_object_get(p, "version"));
	o->account = line_or_empty(r->a, json_object_get(p, "https://canvas.instructure.com/lti/"
								 "account_name"));
	lti_text_id(r->a, json_object_get(p, "https://canvas.instructure.com/lti/account_lti_guid"),
		    &guid);
	o->guid = guid != NULL ? guid : "";
	o->family = str_eq(o->product, "moodle") ? LTI_FAMILY_MOODLE :
		    str_eq(o->product, "canvas") ? LTI_FAMILY_CANVAS :
						   LTI_FAMILY_OTHER;
}

static bool read_addresses(struct reading *r, struct lti_openid *o)
{
	return address(r, "issuer", &o->issuer) &&
	       address(r, "authorization_endpoint", &o->auth_url) &&
	       address(r, "token_endpoint", &o->token_url) &&
	       address(r, "jwks_uri", &o->jwks_url) &&
	       address(r, "registration_endpoint", &o->register_url);
}

/* OpenID Connect Discovery 3: it must be listed; Moodle and Canvas say RS256. */
static bool read_alg(struct reading *r, struct lti_openid *o)
{
	const json_t *algs = json_object_get(r->doc, "id_token_signing_alg_values_supported");

	if (lists(algs, "RS256"))
		o->alg = LTI_ALG_RS256;
	else if (lists(algs, "ES256"))
		o->alg = LTI_ALG_ES256;
	else
		return no(r->why, LTI_REGISTER_ALG, SPAN("id_token_signing_alg_values_supported"));
	return true;
}

static bool check_issuer(struct reading *r, const struct lti_openid *o, const char *host,
			 const char *invited_host)
{
	const char *issuer = host_of(r->a, o->issuer, r->allow_http);

	if (issuer == NULL)
		return no(r->why, LTI_REGISTER_HTTPS, SPAN("issuer"));
	if (str_eq(issuer, host) || (is_instructure(issuer) && is_instructure(host)) ||
	    (invited_host[0] != '\0' && str_eq(host, invited_host)))
		return true;
	return no(r->why, LTI_REGISTER_ISSUER, span_of(issuer));
}

bool lti_openid_read(struct arena *a, struct span doc, const char *config_url,
		     const char *invited_host, bool allow_http, struct lti_openid *out,
		     struct lti_unregistered *why)
{
	struct reading r = { .a = a, .allow_http = allow_http, .why = why };
	json_t *root = NULL;
	const char *host;
	bool ok;

	*out = (struct lti_openid){ .alg = LTI_ALG_RS256 };
	if (!lti_openid_address(a, config_url, invited_host, allow_http, &host, why))
		return false;
	if (doc.n <= LTI_CONFIGURATION_MAX)
		root = lti_json_object(doc, DOC_DEPTH);
	if (root == NULL)
		return no(why, LTI_REGISTER_JSON, SPAN(""));
	r.doc = root;
	ok = read_addresses(&r, out) && check_issuer(&r, out, host, invited_host) &&
	     read_alg(&r, out);
	if (ok) {
		read_product(&r, out);
		out->offers_nrps = lists(json_object_get(root, "scopes_supported"), LTI_SCOPE_NRPS);
	}
	json_decref(root);
	if ((!ok && why->why == LTI_REGISTER_OK) || a->failed)	/* memory */
		return no(why, LTI_REGISTER_JSON, SPAN(""));
	return ok;
}

const char *lti_openid_domains(struct arena *a, const struct lti_openid *o)
{
	const char *const url[] = { o->issuer, o->auth_url, o->token_url, o->jwks_url,
				    o->register_url };
	const char *host[ARRAY_LEN(url)], *all = "";
	unsigned n = 0;

	for (size_t i = 0; i < ARRAY_LEN(url) && all != NULL; i++) {
		bool had = false;

		assert(url[i] != NULL);
		host[n] = host_of(a, url[i], true);
		if (host[n] == NULL)
			return NULL;
		for (unsigned k = 0; k < n; k++)
			had = had || str_eq(host[k], host[n]);
		if (!had) {
			all = arena_printf(a, "%s%s%s", all, n > 0 ? ", " : "", host[n]);
			n++;
		}
	}
	return all;
}

/* ---- the answer ---- */

/* {"error": …, "error_description": …}, or Canvas's {"errors": …}; else a bare word. */
static struct span complaint(const json_t *o, struct span body)
{
	static const char *const name[] = { "error_description", "error", "errorMessage",
					    "message" };
	struct span first = lti_json_span(json_array_get(json_object_get(o, "errors"), 0));

	if (first.n > 0)
		return first;

	for (size_t i = 0; i < ARRAY_LEN(name); i++) {
		struct span s = lti_json_span(json_object_get(o, name[i]));

		if (s.n > 0)
			return s;
	}
	while (body.n > 0 && (unsigned char)body.p[0] <= ' ') {
		body.p++;
		body.n--;
	}
	/* A page of Moodle's says nothing that helps; one of its bare words does. */
	if (body.n == 0 || body.n > 300 || body.p[0] == '<')
		return SPAN("");
	return body;
}

/* Members we keep: printable words, no more of them than anybody needs. */
static const char *scopes_of(struct arena *a, const json_t *o)
{
	const json_t *v = json_object_get(o, "scope");
	struct span s = lti_json_span(v);
	char *p;

	if (s.n > SCOPES_MAX)
		s.n = 0;
	for (size_t i = 0; i < s.n; i++)
		if (s.p[i] < 0x20 || s.p[i] == 0x7f)
			s.n = 0;
	p = arena_strndup(a, s.p, s.n);
	return p;
}

/* An identifier that LTI shows as it is: printable, no blanks at its ends. */
static bool client_ok(const char *s)
{
	size_t n = strlen(s);

	return n > 0 && n <= WORD_MAX && s[0] != ' ' && s[n - 1] != ' ';
}

bool lti_registered_read(struct arena *a, int status, struct span body,
			 struct lti_registered *out, struct lti_unregistered *why)
{
	const json_t *tool = NULL;
	json_t *o = body.n <= LTI_CONFIGURATION_MAX ? lti_json_object(body, DOC_DEPTH) : NULL;
	enum lti_text client;
	bool ok = false;
	char told[24];

	*out = (struct lti_registered){ .scopes = "" };
	*why = (struct lti_unregistered){ .why = LTI_REGISTER_OK };
	if (status != 200 && status != 201) {
		struct span said = complaint(o, body);

		snprintf(told, sizeof(told), "HTTP %d", status);
		no(why, LTI_REGISTER_REFUSED, said.n > 0 ? said : span_of(told));
		goto out;
	}
	if (o == NULL) {
		no(why, LTI_REGISTER_ANSWER, complaint(NULL, body));
		goto out;
	}
	client = lti_text_id(a, json_object_get(o, "client_id"), &out->client_id);
	if (client != TEXT_OK || out->client_id == NULL || !client_ok(out->client_id)) {
		no(why, LTI_REGISTER_ANSWER, SPAN("client_id"));
		goto out;
	}
	if (lti_member(o, TOOL_CONFIGURATION, &tool) == TEXT_BAD ||
	    lti_text_id(a, json_object_get(tool, "deployment_id"), &out->deployment) == TEXT_BAD) {
		no(why, LTI_REGISTER_ANSWER, SPAN("deployment_id"));
		goto out;
	}
	out->scopes = scopes_of(a, o);
	ok = out->scopes != NULL && !a->failed;
	if (ok)
		out->grants_nrps = lti_scope_has(out->scopes, LTI_SCOPE_NRPS);
	else
		no(why, LTI_REGISTER_ANSWER, SPAN(""));
out:
	json_decref(o);
	return ok;
}
