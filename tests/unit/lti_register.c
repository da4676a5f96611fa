/* Dynamic registration: what a platform may say, what we send, what it may answer. */
#include <jansson.h>

#include "lti/register.h"
#include "t.h"

#define CONFIG "https://moodle.example/mod/lti/openid-configuration.php"
#define TOOL_CONFIGURATION "https://purl.imsglobal.org/spec/lti-tool-configuration"

static struct arena mem;

static json_t *good(void)
{
	return json_pack("{s:s, s:s, s:s, s:s, s:s, s:[s], s:[s, s], s:{s:s, s:s}}", "issuer",
			 "https://moodle.example", "authorization_endpoint",
			 "https://moodle.example/auth", "token_endpoint",
			 "https://moodle.example/token", "jwks_uri", "https://moodle.example/certs",
			 "registration_endpoint", "https://moodle.example/register",
			 "id_token_signing_alg_values_supported", "RS256", "scopes_supported",
			 "openid", LTI_SCOPE_NRPS,
			 "https://purl.imsglobal.org/spec/lti-platform-configuration",
			 "product_family_code", "moodle", "version", "4.5.5+");
}

struct asked {
	const char *at, *invited;
	bool http;
	struct lti_openid o;
	struct lti_unregistered why;
};

/* The document is given back to nobody: freed here. */
static bool reads(struct asked *a, json_t *doc)
{
	char *text = json_dumps(doc, JSON_COMPACT);
	bool ok;

	if (a->at == NULL)
		a->at = CONFIG;
	if (a->invited == NULL)
		a->invited = "";
	if (mem.magic == 0)
		arena_init(&mem, 64u << 20);
	ok = lti_openid_read(&mem, span_of(text), a->at, a->invited, a->http, &a->o, &a->why);
	free(text);
	json_decref(doc);
	return ok;
}

static enum lti_register refuses(const char *member, json_t *value)
{
	struct asked a = { .at = NULL };
	json_t *doc = good();

	if (value == NULL)
		json_object_del(doc, member);
	else
		json_object_set_new(doc, member, value);
	return reads(&a, doc) ? LTI_REGISTER_OK : a.why.why;
}

TEST(a_configuration_of_moodle_is_read)
{
	struct asked a = { .at = NULL };

	CHECK(reads(&a, good()));
	CHECK_STR(a.o.issuer, "https://moodle.example");
	CHECK_STR(a.o.register_url, "https://moodle.example/register");
	CHECK_INT(a.o.family, LTI_FAMILY_MOODLE);
	CHECK_INT(a.o.alg, LTI_ALG_RS256);
	CHECK_STR(a.o.version, "4.5.5+");
	CHECK_STR(a.o.guid, "");
	CHECK(a.o.offers_nrps);
	CHECK_STR(lti_openid_domains(&mem, &a.o), "moodle.example");
}

TEST(every_address_is_needed_and_https)
{
	static const char *const member[] = { "issuer", "authorization_endpoint", "token_endpoint",
					      "jwks_uri", "registration_endpoint" };

	for (size_t i = 0; i < ARRAY_LEN(member); i++) {
		CHECK_INT(refuses(member[i], NULL), LTI_REGISTER_MEMBER);
		CHECK_INT(refuses(member[i], json_null()), LTI_REGISTER_MEMBER);
		CHECK_INT(refuses(member[i], json_integer(7)), LTI_REGISTER_MEMBER);
		CHECK_INT(refuses(member[i], json_string("")), LTI_REGISTER_MEMBER);
		CHECK_INT(refuses(member[i], json_string("ftp://moodle.example/")), LTI_REGISTER_MEMBER);
		CHECK_INT(refuses(member[i], json_string("//moodle.example/")), LTI_REGISTER_MEMBER);
		CHECK_INT(refuses(member[i], json_string("https://moodle.example/#a")),
			  LTI_REGISTER_MEMBER);
		CHECK_INT(refuses(member[i], json_string("https://u@moodle.example/")),
			  LTI_REGISTER_MEMBER);
		CHECK_INT(refuses(member[i], json_string("http://moodle.example/")),
			  LTI_REGISTER_HTTPS);
	}
	CHECK_INT(refuses("id_token_signing_alg_values_supported", NULL), LTI_REGISTER_ALG);
	CHECK_INT(refuses("id_token_signing_alg_values_supported", json_pack("[s]", "none")),
		  LTI_REGISTER_ALG);
	CHECK_INT(refuses("id_token_signing_alg_values_supported", json_string("RS256")),
		  LTI_REGISTER_ALG);
}

TEST(the_issuer_is_on_the_host_of_its_configuration)
{
	struct asked a = { .at = NULL };

	CHECK_INT(refuses("issuer", json_string("https://other.example")), LTI_REGISTER_ISSUER);
	CHECK_INT(refuses("issuer", json_string("https://moodle.example.evil.example")),
		  LTI_REGISTER_ISSUER);
	CHECK_INT(refuses("issuer", json_string("https://moodle.example:8443")), LTI_REGISTER_ISSUER);
	CHECK_INT(refuses("issuer", json_string("https://moodle.example:443")), LTI_REGISTER_OK);
	CHECK_INT(refuses("issuer", json_string("https://MOODLE.example/lms")), LTI_REGISTER_OK);
	a.http = true;
	a.at = "http://localhost:8700/c";
	CHECK(!reads(&a, good()));
	CHECK_INT(a.why.why, LTI_REGISTER_ISSUER);
	CHECK_STR(a.why.what, "moodle.example");
}

TEST(hosted_canvas_may_keep_its_hosts_apart)
{
	static const struct { const char *issuer, *at; bool ok; } pair[] = {
		{ "https://canvas.instructure.com", "https://sso.canvaslms.com/c", true },
		{ "https://canvas.beta.instructure.com", "https://sso.beta.canvaslms.com/c", true },
		{ "https://canvas.test.instructure.com", "https://sso.canvaslms.com/c", true },
		{ "https://canvas.instructure.com", "https://evil.instructure.com/c", false },
		{ "https://canvas.instructure.com", "https://canvas.instructure.com.evil.example/c", false },
		{ "https://canvas.instructure.com", "https://moodle.example/c", false },
		{ "https://moodle.example", "https://sso.canvaslms.com/c", false },
	};

	for (size_t i = 0; i < ARRAY_LEN(pair); i++) {
		struct asked a = { .at = pair[i].at };
		json_t *doc = good();

		json_object_set_new(doc, "issuer", json_string(pair[i].issuer));
		CHECK_INT(reads(&a, doc), pair[i].ok);
	}
}

TEST(an_invitation_may_name_the_host_and_then_only_that_one)
{
	struct asked a = { .at = "https://sso.example/c", .invited = "sso.example" };

	CHECK(reads(&a, good()));
	CHECK_STR(lti_openid_domains(&mem, &a.o), "moodle.example");
	a = (struct asked){ .at = NULL, .invited = "sso.example" };
	CHECK(!reads(&a, good()));
	CHECK_INT(a.why.why, LTI_REGISTER_HOST);
	CHECK_STR(lti_plain_host(&mem, "SSO.example:443"), "sso.example");
	CHECK_STR(lti_plain_host(&mem, "sso.example:8443"), "sso.example:8443");
	CHECK_STR(lti_plain_host(&mem, ""), "");
	CHECK(lti_plain_host(&mem, "https://sso.example") == NULL);
	CHECK(lti_plain_host(&mem, "sso.example/x") == NULL);
	CHECK(lti_plain_host(&mem, "u@sso.example") == NULL);
}

TEST(addresses_that_may_not_be_asked)
{
	static const char *const bad[] = {
		"", "moodle.example", "http://moodle.example/c", "file:///etc/passwd",
		"https://moodle.example/c#x", "https://u:p@moodle.example/", "https:// moodle.example/",
		"https://moodle.example\\@evil.example/", "https://m\xc3\xb6 " "dle.example/", "javascript:1",
	};

	NEED(mem.magic != 0 || (arena_init(&mem, 64u << 20), true));
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		struct lti_unregistered why;
		const char *host;

		CHECK(!lti_openid_address(&mem, bad[i], "", false, &host, &why));
		CHECK_INT(why.why, LTI_REGISTER_ADDRESS);
	}
}

TEST(documents_that_are_none)
{
	static const char *const bad[] = { "", "{", "[]", "null", "{\"issuer\":\"a\",\"issuer\":\"b\"}",
					   "<html>", "\xff\xfe{}" };

	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		struct lti_unregistered why;
		struct lti_openid o;

		CHECK(!lti_openid_read(&mem, span_of(bad[i]), CONFIG, "", false, &o, &why));
		CHECK_INT(why.why, LTI_REGISTER_JSON);
	}
}

/* ---- what we send ---- */

static const struct lti_tool us = { "https://lintel.example", "Lintel", "Home \"and\" <school>",
				    "Home & school" };

static json_t *written(enum err (*write)(struct buf *, const struct lti_tool *, enum lti_family),
		       enum lti_family family)
{
	struct buf b = BUF_INIT(64u << 10);
	json_t *o = NULL;

	if (write(&b, &us, family) == E_OK)
		o = json_loadb(b.p, b.len, JSON_REJECT_DUPLICATES, NULL);
	buf_release(&b);
	return o;
}

TEST(moodle_is_sent_tool_level_parameters_only)
{
	json_t *o = written(lti_register_write, LTI_FAMILY_MOODLE), *t, *m;
	size_t i;

	NEED(o != NULL);
	t = json_object_get(o, TOOL_CONFIGURATION);
	CHECK_STR(json_string_value(json_object_get(o, "scope")), LTI_SCOPE_NRPS);
	CHECK_STR(json_string_value(json_object_get(t, "domain")), "lintel.example");
	CHECK_STR(json_string_value(json_object_get(t, "description")), us.description);
	CHECK_INT(json_object_size(json_object_get(t, "custom_parameters")), 1);
	CHECK(json_object_get(t, "https://canvas.instructure.com/lti/privacy_level") == NULL);
	json_array_foreach(json_object_get(t, "messages"), i, m)
		CHECK(json_object_get(m, "custom_parameters") == NULL);
	CHECK_INT(i, 2);
	CHECK_STR(lti_custom_lines(&mem, LTI_FAMILY_MOODLE), "user_tz=$Person.address.timezone");
	json_decref(o);
}

TEST(canvas_is_sent_its_placements_and_a_name_only_level)
{
	json_t *o = written(lti_register_write, LTI_FAMILY_CANVAS), *t, *c;

	NEED(o != NULL);
	t = json_object_get(o, TOOL_CONFIGURATION);
	c = json_object_get(t, "custom_parameters");
	CHECK_STR(json_string_value(json_object_get(t, "https://canvas.instructure.com/lti/"
							 "privacy_level")), "name_only");
	CHECK_INT(json_array_size(json_object_get(t, "messages")), 3);
	CHECK_INT(json_object_size(c), 12);
	CHECK_STR(json_string_value(json_object_get(c, LTI_CUSTOM_OBSERVEES)),
		  "$com.instructure.User.observees");
	CHECK_STR(json_string_value(json_object_get(c, "course_sis_id")), "$CourseOffering.sourcedId");
	json_decref(o);
}

/* ---- what it answers ---- */

static struct lti_registered got;
static struct lti_unregistered why_not;

static bool answers(int status, const char *body)
{
	if (mem.magic == 0)
		arena_init(&mem, 64u << 20);
	return lti_registered_read(&mem, status, span_of(body), &got, &why_not);
}

TEST(answers_of_moodle_and_canvas_are_read)
{
	CHECK(answers(200, "{\"client_id\":\"EuDSMcOu9MxFglo\",\"scope\":\"" LTI_SCOPE_NRPS "\",\""
			   TOOL_CONFIGURATION "\":{\"deployment_id\":\"2\"}}"));
	CHECK_STR(got.client_id, "EuDSMcOu9MxFglo");
	CHECK_STR(got.deployment, "2");
	CHECK(got.grants_nrps);
	CHECK(answers(201, "{\"client_id\":\"170000000000123\",\"scope\":\"\",\"" TOOL_CONFIGURATION
			   "\":{}}"));
	CHECK(got.deployment == NULL);
	CHECK(!got.grants_nrps);
	CHECK(answers(200, "{\"client_id\":\"a\",\"scope\":\"x" LTI_SCOPE_NRPS " " LTI_SCOPE_NRPS "y\"}"));
	CHECK(!got.grants_nrps);
}

TEST(answers_that_are_no_registration)
{
	CHECK(!answers(400, "missing required attribute client_name"));
	CHECK_INT(why_not.why, LTI_REGISTER_REFUSED);
	CHECK_STR(why_not.what, "missing required attribute client_name");
	CHECK(!answers(401, "{\"error\":\"invalid_token\",\"error_description\":\"old\"}"));
	CHECK_STR(why_not.what, "old");
	CHECK(!answers(422, "{\"errors\":[\"redirect_uris is required\"]}"));
	CHECK_STR(why_not.what, "redirect_uris is required");
	CHECK(!answers(404, "<!DOCTYPE html><html><title>Error</title></html>"));
	CHECK_STR(why_not.what, "HTTP 404");
	CHECK(!answers(500, ""));
	CHECK_STR(why_not.what, "HTTP 500");
	CHECK(!answers(400, "a\x1b[31mb"));
	CHECK_STR(why_not.what, "a?[31mb");
	CHECK(!answers(200, "token_already_used"));
	CHECK_INT(why_not.why, LTI_REGISTER_ANSWER);
	CHECK(!answers(200, "{}"));
	CHECK(!answers(200, "{\"client_id\":7}"));
	CHECK(!answers(200, "{\"client_id\":\"\"}"));
	CHECK(!answers(200, "{\"client_id\":\"a\",\"client_id\":\"b\"}"));
	CHECK(!answers(200, "{\"client_id\":\"a\",\"" TOOL_CONFIGURATION "\":{\"deployment_id\":2}}"));
	CHECK(!answers(200, "{\"client_id\":\"a\",\"" TOOL_CONFIGURATION "\":[]}"));
	CHECK(!answers(302, "{\"client_id\":\"a\"}"));
}

/* ---- by hand ---- */

static struct lti_endpoints ends;

static bool ends_of(enum lti_family family, const char *address, const char *issuer)
{
	if (mem.magic == 0)
		arena_init(&mem, 64u << 20);
	return lti_endpoints_of(&mem, family, address, issuer, false, &ends);
}

TEST(endpoints_of_moodle_follow_its_address)
{
	static const char *const same[] = { "moodle.example/lms", "https://moodle.example/lms/",
					    "https://moodle.example/lms//" };
	static const char *const bad[] = { "", "http://moodle.example", "ftp://moodle.example",
					   "moodle example", "moodle.example?x", "u@moodle.example" };

	for (size_t i = 0; i < ARRAY_LEN(same); i++) {
		CHECK(ends_of(LTI_FAMILY_MOODLE, same[i], ""));
		CHECK_STR(ends.issuer, "https://moodle.example/lms");
		CHECK_STR(ends.auth_url, "https://moodle.example/lms/mod/lti/auth.php");
		CHECK_STR(ends.token_url, "https://moodle.example/lms/mod/lti/token.php");
		CHECK_STR(ends.jwks_url, "https://moodle.example/lms/mod/lti/certs.php");
	}
	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		CHECK(!ends_of(LTI_FAMILY_MOODLE, bad[i], ""));
}

TEST(endpoints_of_canvas_are_instructures_or_its_own)
{
	static const struct { const char *address, *issuer, *jwks; } hosted[] = {
		{ "", "https://canvas.instructure.com", "https://sso.canvaslms.com/api/lti/security/jwks" },
		{ "lakeside.instructure.com", "https://canvas.instructure.com",
		  "https://sso.canvaslms.com/api/lti/security/jwks" },
		{ "https://lakeside.beta.instructure.com/", "https://canvas.beta.instructure.com",
		  "https://sso.beta.canvaslms.com/api/lti/security/jwks" },
		{ "canvas.test.instructure.com", "https://canvas.test.instructure.com",
		  "https://sso.test.canvaslms.com/api/lti/security/jwks" },
		{ "canvas.example", "https://canvas.instructure.com",
		  "https://canvas.example/api/lti/security/jwks" },
	};

	for (size_t i = 0; i < ARRAY_LEN(hosted); i++) {
		CHECK(ends_of(LTI_FAMILY_CANVAS, hosted[i].address, ""));
		CHECK_STR(ends.issuer, hosted[i].issuer);
		CHECK_STR(ends.jwks_url, hosted[i].jwks);
	}
	CHECK(ends_of(LTI_FAMILY_CANVAS, "canvas.example", "canvas.example"));
	CHECK_STR(ends.issuer, "https://canvas.example");
	CHECK_STR(ends.auth_url, "https://canvas.example/api/lti/authorize_redirect");
	CHECK(!ends_of(LTI_FAMILY_CANVAS, "canvas.example", "http://canvas.example"));
	CHECK(!ends_of(LTI_FAMILY_CANVAS, "http://canvas.example", ""));
}
