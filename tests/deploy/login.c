/* A tool of somebody else's: reads a login and sends the browser on to the platform. */
#include <lintel/lti/login.h>
#include <stdio.h>
#include <string.h>

static void noise(void *cls, void *out, size_t n) { (void)cls; memset(out, 7, n); }
static int64_t now(void *cls) { (void)cls; return 1800000000000; }

#define PARAM(k, v) { { k, sizeof(k) - 1 }, { v, sizeof(v) - 1 } }

int main(void)
{
	static const char *const origins[] = { "https://tool.example", NULL };
	const struct lti_env env = { .random = noise, .now_ms = now };
	const struct lti_platform p = { .id = 1, .issuer = "https://lms.example", .client_id = "c",
		.auth_url = "https://lms.example/auth", .alg = LTI_ALG_RS256 };
	const struct lti_param v[] = { PARAM("iss", "https://lms.example"), PARAM("login_hint", "7"),
		PARAM("target_link_uri", "https://tool.example/") };
	const struct lti_begin b = { .key = { 1 }, .redirect_uri = "https://tool.example/lti/launch",
		.tag = "tag", .secret = { "0123456789abcdef0123456789abcdef", 32 } };
	struct lti_refusal why = { 0 };
	struct lti_login l;
	const char *url = NULL;
	struct arena a;

	arena_init(&a, 1 << 20);
	if (lti_login_read(&a, v, 1, origins, &l, &why) != LTI_REFUSED)
		return 1;
	printf("%s\n", lti_reason_code(why.reason));
	if (lti_login_read(&a, v, 3, origins, &l, &why) != LTI_OK ||
	    lti_login_begin(&a, &env, &p, &l, &b, &url) != E_OK)
		return 1;
	printf("%s\n", url);
	arena_clear(&a);
	return 0;
}
