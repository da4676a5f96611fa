/* Where Moodle and Canvas keep what a registration by hand asks for. */
#include <string.h>

#include "base/magic.h"
#include "lti/register.h"
#include "lti/util.h"

/* An address of a person's typing as an address: with a scheme, without a last '/'. */
static const char *plain_address(struct arena *a, const char *typed, bool allow_http)
{
	const char *url = strstr(typed, "://") != NULL ? typed : arena_printf(a, "https://%s", typed);
	struct lti_url u;
	size_t n;

	if (url == NULL || !lti_url_parse(span_of(url), &u) || (!u.https && !allow_http) ||
	    u.query || u.fragment)
		return NULL;
	n = strlen(url);
	while (n > 0 && url[n - 1] == '/')
		n--;
	return arena_strndup(a, url, n);
}

static bool all_there(const struct lti_endpoints *e)
{
	return e->issuer != NULL && e->auth_url != NULL && e->token_url != NULL &&
	       e->jwks_url != NULL;
}

static bool moodle(struct arena *a, const char *address, struct lti_endpoints *out)
{
	*out = (struct lti_endpoints){
		.issuer = address,
		.auth_url = arena_printf(a, "%s/mod/lti/auth.php", address),
		.token_url = arena_printf(a, "%s/mod/lti/token.php", address),
		.jwks_url = arena_printf(a, "%s/mod/lti/certs.php", address),
	};
	return all_there(out);
}

static bool canvas(struct arena *a, const char *issuer, const char *host, struct lti_endpoints *out)
{
	*out = (struct lti_endpoints){
		.issuer = issuer,
		.auth_url = arena_printf(a, "%s/api/lti/authorize_redirect", host),
		.token_url = arena_printf(a, "%s/login/oauth2/token", host),
		.jwks_url = arena_printf(a, "%s/api/lti/security/jwks", host),
	};
	return all_there(out);
}

/* Canvas, LTI launch overview: the environments of the one that Instructure hosts. */
static const struct {
	const char *issuer, *host;
} hosted[] = {
	{ "https://canvas.instructure.com", "https://sso.canvaslms.com" },
	{ "https://canvas.beta.instructure.com", "https://sso.beta.canvaslms.com" },
	{ "https://canvas.test.instructure.com", "https://sso.test.canvaslms.com" },
};

/* A school's own name at Instructure's is the same Canvas. */
static bool is_hosted(const char *address)
{
	return str_ends(address, ".instructure.com") && strchr(address + strlen("https://"), '/') == NULL;
}

static bool canvas_of(struct arena *a, const char *address, const char *issuer, bool allow_http,
		      struct lti_endpoints *out)
{
	size_t which = 0;

	if (address != NULL && !is_hosted(address)) {
		issuer = issuer[0] != '\0' ? plain_address(a, issuer, allow_http) : hosted[0].issuer;
		return issuer != NULL && canvas(a, issuer, address, out);
	}
	if (address != NULL && str_ends(address, ".beta.instructure.com"))
		which = 1;
	if (address != NULL && str_ends(address, ".test.instructure.com"))
		which = 2;
	return canvas(a, hosted[which].issuer, hosted[which].host, out);
}

bool lti_endpoints_of(struct arena *a, enum lti_family family, const char *address,
		      const char *issuer, bool allow_http, struct lti_endpoints *out)
{
	const char *at = NULL;

	assert(address != NULL && issuer != NULL);
	assert(family == LTI_FAMILY_MOODLE || family == LTI_FAMILY_CANVAS);
	*out = (struct lti_endpoints){ .issuer = NULL };
	if (address[0] != '\0') {
		at = plain_address(a, address, allow_http);
		if (at == NULL)
			return false;
	}
	if (family == LTI_FAMILY_CANVAS)
		return canvas_of(a, at, issuer, allow_http, out);
	return at != NULL && moodle(a, at, out);
}
