/*
 * Login, state and answer: T1, T3, T5 of the threat model on the library's side.
 */
#include "kit/mint.h"
#include "t.h"

static struct mint_world w;
static struct lti_login login;
#define SECRET "c2VjcmV0LW9mLXRoaXMtYnJvd3Nlcg"

static struct lti_param pair(const char *n, const char *v)
{
	return (struct lti_param){ span_of(n), span_of(v) };
}

static struct lti_param good[] = {
	{ SPAN("iss"), SPAN("https://a.lti.test") },
	{ SPAN("login_hint"), SPAN("hint/1 +&=") },
	{ SPAN("target_link_uri"), SPAN(MINT_ORIGIN "/lti/launch") },
	{ SPAN("lti_message_hint"), SPAN("{\"cmid\":2,\"launchid\":\"\xc3\xa9>\"}") },
	{ SPAN("client_id"), SPAN("client-a") },
	{ SPAN("lti_deployment_id"), SPAN("dep-a1") },
	{ SPAN("canvas_region"), SPAN("not_configured") },
};
#define N ARRAY_LEN(good)

static enum lti_result read_login(const struct lti_param *v, unsigned n)
{
	arena_clear(&w.a);
	return lti_login_read(&w.a, v, n, mint_origins, &login, &w.why);
}

/* The good login with one value changed (NULL: left out). */
static enum lti_result with(const char *name, struct span value, bool drop)
{
	struct lti_param v[N + 1];
	unsigned n = 0;

	for (unsigned i = 0; i < N; i++) {
		v[n] = good[i];
		if (span_eqz(good[i].name, name)) {
			if (drop)
				continue;
			v[n].value = value;
		}
		n++;
	}
	return read_login(v, n);
}

static bool refused_as(const char *code)
{
	return CHECK_STR(lti_reason_code(w.why.reason), code);
}

TEST(a_login_is_read)
{
	mint_open(&w);
	NEED(read_login(good, N) == LTI_OK);
	CHECK_STR(login.iss, "https://a.lti.test");
	CHECK_STR(login.client_id, "client-a");
	CHECK_STR(login.deployment, "dep-a1");
	CHECK(login.storage_target == NULL && span_eqz(login.login_hint, "hint/1 +&="));
	CHECK(with("client_id", SPAN(""), true) == LTI_OK && login.client_id == NULL);
	CHECK(with("lti_message_hint", SPAN(""), true) == LTI_OK && login.message_hint.p == NULL);
	CHECK(with("lti_message_hint", SPAN(""), false) == LTI_OK && login.message_hint.p != NULL);
	mint_close(&w);
}

TEST(canvas_calls_the_deployment_by_another_name)
{
	struct lti_param v[N];

	mint_open(&w);
	memcpy(v, good, sizeof(v));
	v[5].name = SPAN("deployment_id");
	CHECK(read_login(v, N) == LTI_OK);
	CHECK_STR(login.deployment, "dep-a1");
	mint_close(&w);
}

TEST(a_login_lacks_something)
{
	mint_open(&w);
	CHECK(with("iss", SPAN(""), true) == LTI_REFUSED && refused_as("login-iss"));
	CHECK(with("iss", SPAN(""), false) == LTI_REFUSED && refused_as("login-iss"));
	CHECK(with("login_hint", SPAN(""), true) == LTI_REFUSED && refused_as("login-hint"));
	CHECK(with("target_link_uri", SPAN(""), true) == LTI_REFUSED &&
	      refused_as("login-target"));
	CHECK(with("iss", SPAN("https://a\r\nX: y"), false) == LTI_REFUSED &&
	      refused_as("login-text"));
	CHECK(with("client_id", span_mk("a\0b", 3), false) == LTI_REFUSED &&
	      refused_as("login-text"));
	CHECK(with("client_id", SPAN("\xff"), false) == LTI_REFUSED && refused_as("login-text"));
	mint_close(&w);
}

TEST(a_login_parameter_comes_twice)
{
	struct lti_param v[N + 1];

	mint_open(&w);
	for (unsigned i = 0; i < 6; i++) {
		memcpy(v, good, sizeof(good));
		v[N] = good[i];
		CHECK(read_login(v, N + 1) == LTI_REFUSED && refused_as("login-twice"));
	}
	memcpy(v, good, sizeof(good));
	v[N] = good[6];
	CHECK(read_login(v, N + 1) == LTI_OK);
	mint_close(&w);
}

TEST(hints_have_a_limit)
{
	static char big[LTI_HINT_MAX + 1];

	mint_open(&w);
	memset(big, 'h', sizeof(big));
	CHECK(with("login_hint", span_mk(big, LTI_HINT_MAX), false) == LTI_OK);
	CHECK(with("login_hint", span_mk(big, sizeof(big)), false) == LTI_REFUSED &&
	      refused_as("login-long"));
	mint_close(&w);
}

TEST(target_link_uri_stays_on_our_origin)
{
	static const char *const bad[] = {
		"https://evil.example/", "//tool.example/", "/lti/launch", "javascript:alert(1)",
		"https://tool.example.evil.example/", "https://tool.example@evil.example/",
		"https://evil.example\\@tool.example/", "https://tool.example:8443/",
		"http://tool.example/", "https://tool.example\r\nSet-Cookie: x=y",
		"https://tool.example%2eevil.example/", "https://tool.example%00.evil.example/",
		"https:tool.example", "https:///tool.example", " https://tool.example/",
		"https://tool.example /", "data:text/html,x", "https://", "https://:443/",
		"https://tool.example:0443443/", "https://tool.exampl\xd0\xb5/",
		"https://tool.example:443:1/", "https://[::1]tool.example/",
	};

	mint_open(&w);
	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		if (!CHECK(with("target_link_uri", span_of(bad[i]), false) == LTI_REFUSED))
			printf("#   %s\n", bad[i]);
	CHECK(with("target_link_uri", SPAN("HTTPS://Tool.Example:443/x?y#z"), false) == LTI_OK);
	CHECK(with("target_link_uri", SPAN(MINT_ORIGIN), false) == LTI_OK);
	mint_close(&w);
}

/* ---- the way there ---- */

static struct lti_begin begin = {
	.key = "0123456789abcdef0123456789abcdef", .redirect_uri = MINT_ORIGIN "/lti/launch",
	.tag = "Tag_-4567890ab12", .secret = SPAN(SECRET), .flags = 5,
};

/* Decoded value of a query parameter, "" if it is not there. */
static const char *query(const char *url, const char *name, char out[9000])
{
	char key[64];
	const char *p;
	size_t n = 0;

	snprintf(key, sizeof(key), "%s=", name);
	out[0] = '\0';
	for (p = strchr(url, '?'); p != NULL; p = strchr(p, '&')) {
		p++;
		if (strncmp(p, key, strlen(key)) != 0)
			continue;
		for (p += strlen(key); *p != '\0' && *p != '&'; p++) {
			unsigned c = (unsigned char)*p;

			if (c == '%') {
				sscanf(p + 1, "%2x", &c);
				p += 2;
			}
			out[n++] = (char)c;
		}
		out[n] = '\0';
		break;
	}
	return out;
}

static const char *url_of(void)
{
	const char *url = NULL;

	CHECK(read_login(good, N) == LTI_OK);
	CHECK(lti_login_begin(&w.a, &w.env, &w.p, &login, &begin, &url) == E_OK);
	return url;
}

TEST(the_authorization_request)
{
	static const char *const want[][2] = {
		{ "scope", "openid" }, { "response_type", "id_token" },
		{ "response_mode", "form_post" }, { "prompt", "none" },
		{ "client_id", "client-a" }, { "redirect_uri", MINT_ORIGIN "/lti/launch" },
		{ "login_hint", "hint/1 +&=" },
		{ "lti_message_hint", "{\"cmid\":2,\"launchid\":\"\xc3\xa9>\"}" },
	};
	char v[9000];
	const char *url;

	mint_open(&w);
	url = url_of();
	NEED(url != NULL);
	CHECK(strncmp(url, "https://a.lti.test/auth?scope=", 30) == 0);
	CHECK(strpbrk(url, " \"<>\r\n{}") == NULL);
	for (size_t i = 0; i < ARRAY_LEN(want); i++)
		CHECK_STR(query(url, want[i][0], v), want[i][1]);
	CHECK(strlen(query(url, "nonce", v)) == 43);
	CHECK(strlen(query(url, "state", v)) == LTI_STATE_LEN);
	CHECK(with("lti_message_hint", SPAN(""), true) == LTI_OK);
	CHECK(lti_login_begin(&w.a, &w.env, &w.p, &login, &begin, &url) == E_OK);
	CHECK(strstr(url, "lti_message_hint") == NULL);
	w.p.auth_url = "https://a.lti.test/auth?x=1";
	CHECK(strstr(url_of(), "auth?x=1&scope=") != NULL);
	mint_close(&w);
}

TEST(an_authorization_url_must_be_one)
{
	static const char *const bad[] = {
		"", "javascript:x", "http://a.lti.test/auth", "https://a.lti.test/a b",
		"https://a.lti.test/auth#f", "https://a.lti.test/\r\nX: y",
	};
	const char *url;

	mint_open(&w);
	CHECK(read_login(good, N) == LTI_OK);
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		w.p.auth_url = bad[i];
		CHECK(lti_login_begin(&w.a, &w.env, &w.p, &login, &begin, &url) == E_INPUT);
	}
	w.p.allow_http = true;
	w.p.auth_url = "http://localhost:9100/auth";
	CHECK(lti_login_begin(&w.a, &w.env, &w.p, &login, &begin, &url) == E_OK);
	mint_close(&w);
}

TEST(no_two_logins_are_alike)
{
	static char seen[400][LTI_STATE_LEN + 50];
	char v[9000];

	mint_open(&w);
	for (int i = 0; i < 200; i++) {
		const char *url = url_of();

		snprintf(seen[2 * i], sizeof(seen[0]), "%s", query(url, "nonce", v));
		snprintf(seen[2 * i + 1], sizeof(seen[0]), "%s", query(url, "state", v));
		CHECK(strstr(seen[2 * i + 1], seen[2 * i]) == NULL);
		for (int k = 0; k < 2 * i; k++)
			CHECK(strcmp(seen[k], seen[2 * i + (k & 1)]) != 0);
	}
	mint_close(&w);
}

/* ---- the way back ---- */

static enum lti_result open_state(const char *text, int64_t later_ms, struct lti_state *st)
{
	return lti_state_open(span_of(text), begin.key, MINT_NOW + later_ms, 600, st, &w.why);
}

static char *state_text(void)
{
	static char v[9000];

	query(url_of(), "state", v);
	return v;
}

TEST(a_state_comes_back)
{
	struct lti_state st;
	char nonce[9000];
	const char *url;
	uint8_t hash[32];
	char v[9000];

	mint_open(&w);
	url = url_of();
	query(url, "state", v);
	query(url, "nonce", nonce);
	NEED(open_state(v, 1000, &st) == LTI_OK);
	CHECK(st.platform == 7 && st.flags == 5 && !st.bound && st.issued_ms == MINT_NOW);
	CHECK_STR(st.tag, "Tag_-4567890ab12");
	EVP_Digest(nonce, strlen(nonce), hash, NULL, EVP_sha256(), NULL);
	CHECK(memcmp(hash, st.nonce_hash, 32) == 0 && st.has_deployment);
	CHECK(lti_state_bind(&st, SPAN("another-browser-secret"), &w.why) == LTI_REFUSED);
	CHECK(refused_as("state-browser") && !st.bound);
	CHECK(lti_state_bind(&st, SPAN(""), &w.why) == LTI_REFUSED);
	CHECK(lti_state_bind(&st, SPAN(SECRET), &w.why) == LTI_OK && st.bound);
	CHECK(lti_state_bind(&st, SPAN("c2VjcmV0LW9mLXRoaXMtYnJvd3Nlch"), &w.why) == LTI_REFUSED &&
	      !st.bound);
	mint_close(&w);
}

TEST(a_state_grows_old)
{
	struct lti_state st;

	mint_open(&w);
	CHECK(open_state(state_text(), 600 * 1000, &st) == LTI_OK);
	CHECK(open_state(state_text(), 600 * 1000 + 1, &st) == LTI_REFUSED);
	CHECK(refused_as("state-old") && st.platform == 0);
	CHECK(open_state(state_text(), -170 * 1000, &st) == LTI_OK);
	CHECK(open_state(state_text(), -190 * 1000, &st) == LTI_REFUSED);
	mint_close(&w);
}

TEST(every_changed_letter_of_a_state_is_noticed)
{
	static const char other[] = "Az09-_.=";
	struct lti_state st;
	char v[LTI_STATE_LEN + 8];

	mint_open(&w);
	for (size_t i = 0; i < LTI_STATE_LEN; i++) {
		for (const char *o = other; *o != '\0'; o++) {
			snprintf(v, sizeof(v), "%.163s", state_text());
			if (v[i] == *o)
				continue;
			v[i] = *o;
			CHECK(open_state(v, 0, &st) == LTI_REFUSED);
		}
		if (i % 40 == 0)
			refused_as("state-forged");
	}
	snprintf(v, sizeof(v), "%.163sA", state_text());
	CHECK(open_state(v, 0, &st) == LTI_REFUSED);
	v[LTI_STATE_LEN - 1] = '\0';
	CHECK(open_state(v, 0, &st) == LTI_REFUSED);
	CHECK(open_state("", 0, &st) == LTI_REFUSED && refused_as("state-missing"));
	CHECK(open_state("a\r\nSet-Cookie: x=y", 0, &st) == LTI_REFUSED);
	mint_close(&w);
}

TEST(a_state_of_another_key_is_foreign)
{
	struct lti_state st;
	uint8_t key[LTI_STATE_KEY_LEN] = "another key of thirty-two bytes";

	mint_open(&w);
	CHECK(lti_state_open(span_of(state_text()), key, MINT_NOW, 600, &st, &w.why) ==
	      LTI_REFUSED);
	refused_as("state-forged");
	mint_close(&w);
}

static enum lti_result answer(const struct lti_param *v, unsigned n, struct lti_answer *out)
{
	arena_clear(&w.a);
	return lti_answer_read(&w.a, v, n, out, &w.why);
}

TEST(an_answer_is_a_token_or_an_error)
{
	struct lti_param v[4] = { pair("state", "s"), pair("id_token", "t"), pair("utf8", "x") };
	struct lti_answer a;

	mint_open(&w);
	CHECK(answer(v, 3, &a) == LTI_OK && span_eqz(a.state, "s") && span_eqz(a.id_token, "t"));
	v[3] = pair("error", "server_error");
	CHECK(answer(v, 4, &a) == LTI_REFUSED && refused_as("platform-error"));
	CHECK_STR(a.error, "server_error");
	CHECK(span_eqz(a.state, "s"));
	v[3] = pair("error", "<script>alert(1)</script>");
	CHECK(answer(v, 4, &a) == LTI_REFUSED);
	CHECK_STR(a.error, "unreadable");
	v[3] = pair("id_token", "t2");
	CHECK(answer(v, 4, &a) == LTI_REFUSED && refused_as("answer-twice"));
	v[3] = pair("state", "s");
	CHECK(answer(v, 4, &a) == LTI_REFUSED && refused_as("answer-twice"));
	CHECK(answer(v, 1, &a) == LTI_REFUSED && refused_as("token-missing"));
	CHECK(answer(v + 1, 1, &a) == LTI_REFUSED && refused_as("state-missing"));
	CHECK(answer(v, 0, &a) == LTI_REFUSED);
	mint_close(&w);
}

TEST(every_reason_has_words_and_a_status)
{
	for (unsigned r = 0; r < LTI_REASON_COUNT; r++) {
		CHECK(strlen(lti_reason_code((enum lti_reason)r)) > 2);
		CHECK(strlen(lti_reason_words((enum lti_reason)r)) > 10);
		CHECK(r == 0 || lti_reason_status((enum lti_reason)r) >= 400);
		for (unsigned k = 0; k < r; k++)
			CHECK(strcmp(lti_reason_code((enum lti_reason)r),
				     lti_reason_code((enum lti_reason)k)) != 0);
	}
}
