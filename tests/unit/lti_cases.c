/*
 * The token cases of tests/data/lti_cases.json against lti_verify(): each signed
 * here as the file says, each judged by the file's own expectation. Cases about
 * the browser, the login or a fetch have their tests elsewhere.
 */
#include "base/b64.h"
#include "kit/mint.h"
#include "t.h"

static json_t *cases;

static const char *text_of(const json_t *o, const char *name)
{
	return json_string_value(json_object_get(o, name));
}

static json_t *load(void)
{
	if (cases == NULL)
		cases = json_load_file("tests/data/lti_cases.json", JSON_ALLOW_NUL, NULL);
	return cases;
}

/* "lti:x" is short for the claim's URL. */
static void claim_name(const char *k, char out[200])
{
	snprintf(out, 200, "%s%s", strncmp(k, "lti:", 4) == 0 ? MINT_CLAIM("") : "",
		 strncmp(k, "lti:", 4) == 0 ? k + 4 : k);
}

static json_t *fill_text(const char *s)
{
	static const char *const pair[][2] = {
		{ "{client}", "client-a" }, { "{iss}", "https://a.lti.test" },
		{ "{origin}", MINT_ORIGIN }, { "{canary}", "https://canary.test" },
		{ "{rand}", "4711" },
	};
	char out[4096] = "";
	size_t n = 0;

	if (strcmp(s, "{evil-jwk}") == 0)
		return mint_jwk(KEY_EVIL, "evil");
	while (*s != '\0' && n + 100 < sizeof(out)) {
		size_t i;

		for (i = 0; i < 5; i++)
			if (strncmp(s, pair[i][0], strlen(pair[i][0])) == 0)
				break;
		if (i < 5) {
			n += (size_t)snprintf(out + n, sizeof(out) - n, "%s", pair[i][1]);
			s += strlen(pair[i][0]);
		} else {
			out[n++] = *s++;
		}
	}
	return json_stringn(out, n);
}

static json_t *fill(json_t *v)
{
	json_t *out, *e;
	const char *k;
	size_t i;

	/* no placeholder holds a NUL, and cutting there would miss the point */
	if (json_is_string(v) && strlen(json_string_value(v)) == json_string_length(v))
		return fill_text(json_string_value(v));
	if (json_is_object(v) && json_object_get(v, "$now") != NULL) {
		json_t *d = json_object_get(v, "$now");

		return json_is_integer(d) ? json_integer(MINT_NOW / 1000 + json_integer_value(d)) :
			json_real((double)(MINT_NOW / 1000) + json_real_value(d));
	}
	if (json_is_object(v)) {
		out = json_object();
		json_object_foreach(v, k, e)
			json_object_set_new(out, k, fill(e));
		return out;
	}
	if (json_is_array(v)) {
		out = json_array();
		json_array_foreach(v, i, e)
			json_array_append_new(out, fill(e));
		return out;
	}
	return json_deep_copy(v);
}

static void named_fn(json_t *o, const char *fn, const char *nonce)
{
	if (strcmp(fn, "nonce-array") == 0) {
		json_object_set_new(o, "nonce", json_pack("[s]", nonce));
	} else if (strcmp(fn, "roles60") == 0) {
		json_t *r = json_object_get(o, MINT_CLAIM("roles"));

		for (int i = 0; i < 60; i++)
			json_array_append_new(r, json_sprintf("https://x.test/role#%d", i));
	} else if (strcmp(fn, "extra") == 0) {
		for (int i = 0; i < 30; i++) {
			char k[60];

			snprintf(k, sizeof(k), "https://vendor.test/claim/%d", i);
			json_object_set_new(o, k, json_pack("{s:[i,n,{s:b}]}", "a", i, "b", 1));
		}
	} else if (strcmp(fn, "kid1m") == 0) {
		char *k = malloc(1000001);

		memset(k, 'k', 1000000);
		k[1000000] = '\0';
		json_object_set_new(o, "kid", json_string(k));
		free(k);
	} else {
		printf("# unknown function %s\n", fn);
		CHECK(false);
	}
}

static void mutate(json_t **o, json_t *m, const char *nonce, bool claims)
{
	json_t *v;
	const char *k;
	char name[200];
	size_t i;

	if (json_object_get(m, "only") != NULL) {
		json_decref(*o);
		*o = json_deep_copy(json_object_get(m, "only"));
	}
	json_array_foreach(json_object_get(m, "del"), i, v) {
		claim_name(json_string_value(v), name);
		json_object_del(*o, name);
	}
	json_object_foreach(json_object_get(m, "set"), k, v) {
		claim_name(k, name);
		json_object_set_new(*o, claims ? name : k, fill(v));
	}
	if (text_of(m, "fn") != NULL)
		named_fn(*o, text_of(m, "fn"), nonce);
}

/* ---- named changes of the text ---- */

/* Puts `extra` in front of the object's first member, so that it comes twice. */
static char *dup_member(const char *json, const char *extra)
{
	size_t n = strlen(json) + strlen(extra) + 3;
	char *out = malloc(n);

	snprintf(out, n, "{%s,%s", extra, json + 1);
	return out;
}

/* {"x":[[[...]]], and the rest. */
static char *deep(const char *json, size_t depth)
{
	char *extra = malloc(2 * depth + 8), *out;
	size_t n = (size_t)snprintf(extra, 8, "\"x\":");

	memset(extra + n, '[', depth);
	memset(extra + n + depth, ']', depth);
	extra[n + 2 * depth] = '\0';
	out = dup_member(json, extra);
	free(extra);
	return out;
}

static char *without(json_t *claims, const char *name, const char *instead)
{
	char *j, *out;

	json_object_del(claims, name);
	j = json_dumps(claims, JSON_COMPACT);
	out = dup_member(j, instead);
	free(j);
	return out;
}

/* Changes that are signed by the right key; NULL: not one of them. */
static char *payload_text(const char *change, json_t *claims)
{
	char *j = json_dumps(claims, JSON_COMPACT), *out = NULL;

	if (strcmp(change, "payload-array") == 0)
		out = strdup("[]");
	else if (strcmp(change, "payload-deep") == 0)
		out = deep(j, 100000);
	else if (strcmp(change, "payload-dup-exp") == 0)
		out = dup_member(j, "\"exp\":1");
	else if (strcmp(change, "payload-dup-sub") == 0)
		out = dup_member(j, "\"sub\":\"victim\"");
	else if (strcmp(change, "payload-dup-dep") == 0)
		out = dup_member(j, "\"" MINT_CLAIM("deployment_id") "\":\"dep-b1\"");
	else if (strcmp(change, "payload-exp-inf") == 0)
		out = without(claims, "exp", "\"exp\":1e400");
	else if (strcmp(change, "payload-exp-2e63") == 0)
		out = without(claims, "exp", "\"exp\":9223372036854775808");
	else if (strcmp(change, "custom-proto") == 0)
		out = without(claims, MINT_CLAIM("custom"), "\"" MINT_CLAIM("custom") "\":"
			      "{\"__proto__\":{\"admin\":true},\"constructor\":\"x\"}");
	free(j);
	return out;
}

static char *padded(json_t *header, json_t *claims)
{
	char *h = json_dumps(header, 0), *c = json_dumps(claims, 0);
	char *part[3] = { mint_b64(h, strlen(h)), mint_b64(c, strlen(c)) };
	char in[16384], *out;
	const struct mint_sign s = { .alg = "RS256" };
	unsigned char raw[1100];
	size_t n = 0;

	for (int i = 0; i < 2; i++)
		n += (size_t)snprintf(in + n, sizeof(in) - n, "%s%s%s", i == 0 ? "" : ".", part[i],
				      &"==="[3 - (4 - strlen(part[i]) % 4) % 4]);
	part[2] = mint_b64(raw, mint_signature(&s, in, raw));
	out = malloc(n + strlen(part[2]) + 4);
	snprintf(out, n + strlen(part[2]) + 4, "%s.%s==", in, part[2]);
	for (int i = 0; i < 3; i++)
		free(part[i]);
	free(h);
	free(c);
	return out;
}

static char *swap_payload(const char *token, json_t *claims)
{
	const char *a = strchr(token, '.'), *b = strrchr(token, '.');
	char *j, *p, *out;
	size_t n;

	json_object_set_new(claims, MINT_CLAIM("roles"), json_pack("[s]", MINT_MEMBER
								     "Administrator"));
	j = json_dumps(claims, JSON_COMPACT);
	p = mint_b64(j, strlen(j));
	n = strlen(token) + strlen(p) + 4;
	out = malloc(n);
	snprintf(out, n, "%.*s.%s%s", (int)(a - token), token, p, b);
	free(j);
	free(p);
	return out;
}

static void next_letter(char *c)
{
	static const char abc[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

	*c = abc[b64url_value(*c) + 1];
}

/* Changes of a finished token; takes and returns malloc'ed text. */
static char *change_text(char *t, const char *change, json_t *header, json_t *claims)
{
	size_t n = strlen(t), room = n + 64;
	char *out = malloc(room), *dot = strrchr(t, '.');

	memcpy(out, t, n + 1);
	if (strcmp(change, "sig-flip") == 0)
		next_letter(out + (dot - t) + 13);
	else if (strcmp(change, "sig-empty") == 0)
		out[dot - t + 1] = '\0';
	else if (strcmp(change, "two-parts") == 0)
		out[dot - t] = '\0';
	else if (strcmp(change, "four-parts") == 0)
		snprintf(out, room, "%s.x", t);
	else if (strcmp(change, "five-parts") == 0)
		snprintf(out, room, "%s.aaaa.bbbb", t);
	else if (strcmp(change, "empty") == 0)
		out[0] = '\0';
	else if (strcmp(change, "newline") == 0)
		snprintf(out, room, "%.*s\n%s", (int)(strchr(t, '.') - t), t, strchr(t, '.'));
	else if (strcmp(change, "noncanonical-sig") == 0)
		next_letter(out + n - 1);
	else if (strcmp(change, "std-alphabet") == 0)
		for (char *p = out + (dot - t); *p != '\0'; p++)
			*p = *p == '-' ? '+' : *p == '_' ? '/' : *p;
	else if (strcmp(change, "padded") == 0 || strcmp(change, "payload-swap") == 0) {
		free(out);
		out = change[1] == 'a' && change[2] == 'd' ? padded(header, claims) :
							      swap_payload(t, claims);
	} else {
		printf("# unknown change %s\n", change);
		CHECK(false);
	}
	free(t);
	return out;
}

static struct mint_sign signer(json_t *m, json_t *header)
{
	const char *key = text_of(m, "key");
	struct mint_sign s = {
		.alg = text_of(m, "alg") != NULL ? text_of(m, "alg") : "RS256",
		.hash = text_of(m, "hash") != NULL ? "SHA1" : NULL,
		.secret = text_of(m, "secret"),
		.graft = json_is_true(json_object_get(m, "graft")),
		.key = key == NULL ? KEY_GOOD : strcmp(key, "B") == 0 ? KEY_B : KEY_EVIL,
	};

	if (text_of(m, "alg") != NULL && !json_is_true(json_object_get(m, "keepAlg")))
		json_object_set_new(header, "alg", json_string(s.alg));
	return s;
}

static char *token_of(struct mint_world *w, json_t *m)
{
	json_t *header = mint_header("RS256", "k1"), *claims = mint_claims(w->nonce), *v;
	const char *change = NULL;
	struct mint_sign s;
	char *h, *p = NULL, *t;

	mutate(&header, json_object_get(m, "header"), w->nonce, false);
	mutate(&claims, json_object_get(m, "claims"), w->nonce, true);
	if (json_object_get(m, "launchAs") != NULL)
		json_object_set_new(claims, "aud", json_string("client-a2"));
	s = signer(json_object_get(m, "sign"), header);
	v = json_array_get(json_object_get(m, "token"), 0);
	if (v != NULL) {
		change = json_string_value(v);
		p = payload_text(change, claims);
	}
	h = json_dumps(header, JSON_COMPACT);
	if (change != NULL && strcmp(change, "header-dup-alg") == 0) {
		char *again = dup_member(h, "\"alg\":\"none\"");

		free(h);
		h = again;
		change = NULL;
	}
	if (p == NULL)
		p = json_dumps(claims, JSON_COMPACT);
	else
		change = NULL;
	t = mint_raw(h, p, strlen(p), &s);
	if (change != NULL)
		t = change_text(t, change, header, claims);
	free(h);
	free(p);
	json_decref(header);
	json_decref(claims);
	return t;
}

/* The library sees a login only through its state. */
static void login_hint(struct mint_world *w, json_t *login)
{
	const char *d = text_of(json_object_get(login, "set"), "lti_deployment_id");
	uint8_t hash[32];
	json_t *v;
	size_t i;

	d = d == NULL ? "dep-a1" : d;
	w->st.has_deployment = true;
	json_array_foreach(json_object_get(login, "del"), i, v)
		if (strcmp(json_string_value(v), "lti_deployment_id") == 0)
			w->st.has_deployment = false;
	EVP_Digest(d, strlen(d), hash, NULL, EVP_sha256(), NULL);
	memcpy(w->st.deployment_hash, hash, sizeof(w->st.deployment_hash));
}

static bool applies(json_t *c)
{
	static const char *const group[] = {
		"cert-bad", "cert-teacher", "cert-student", "valid", "signature", "header",
		"format", "time", "tenant", "replay", "claims", "anonymous", "messages",
	};
	static const char *const need[] = { "flow", "post", "runner", "tenant" };
	json_t *m = json_object_get(c, "mutate");
	bool ours = false;

	for (size_t i = 0; i < ARRAY_LEN(group); i++)
		ours = ours || strcmp(text_of(c, "group"), group[i]) == 0;
	for (size_t i = 0; i < ARRAY_LEN(need); i++)
		ours = ours && json_object_get(m, need[i]) == NULL &&
		       json_object_get(c, need[i]) == NULL;
	return ours && strcmp(text_of(json_object_get(c, "expect"), "at"), "launch") == 0;
}

static void one(json_t *c)
{
	const char *want = text_of(json_object_get(c, "expect"), "status");
	json_t *m = json_object_get(c, "mutate");
	struct mint_world w;
	enum lti_result rc;
	char *t;

	mint_open(&w);
	login_hint(&w, json_object_get(m, "login"));
	t = token_of(&w, m);
	rc = mint_verify(&w, t, strlen(t));
	if (strcmp(want, "4xx") == 0) {
		if (!CHECK(rc == LTI_REFUSED && w.why.reason != LTI_REASON_NONE && w.l.sub == NULL))
			printf("#   %s was let in: %d\n", text_of(c, "id"), rc);
	} else if (strncmp(want, "200", 3) == 0) {
		if (!CHECK(rc == LTI_OK))
			printf("#   %s was refused: %s, expected %s, got %s\n", text_of(c, "id"),
			       lti_reason_code(w.why.reason), w.why.expected, w.why.got);
	} else {
		CHECK(rc == LTI_OK || rc == LTI_REFUSED);
	}
	printf("# %s: %s\n", text_of(c, "id"), lti_reason_code(w.why.reason));
	free(t);
	mint_close(&w);
}

TEST(every_token_case_of_the_list)
{
	unsigned n = 0;
	json_t *c;
	size_t i;

	NEED(json_is_array(load()));
	json_array_foreach(load(), i, c) {
		if (!applies(c))
			continue;
		one(c);
		n++;
	}
	printf("# %u of %zu cases are about a token\n", n, json_array_size(load()));
	CHECK(n >= 110);
}

static void check_roles(const char *id, uint32_t want)
{
	struct mint_world w;
	json_t *c;
	size_t i;

	json_array_foreach(load(), i, c) {
		char *t;

		if (strcmp(text_of(c, "id"), id) != 0)
			continue;
		mint_open(&w);
		t = token_of(&w, json_object_get(c, "mutate"));
		CHECK(mint_verify(&w, t, strlen(t)) == LTI_OK);
		CHECK_INT(w.l.roles & LTI_ROLE_MEMBERSHIP, want);
		free(t);
		mint_close(&w);
	}
}

TEST(roles_of_the_certification_cases)
{
	check_roles("CERT-TEACHER-01", LTI_ROLE_INSTRUCTOR);
	check_roles("CERT-TEACHER-02", LTI_ROLE_INSTRUCTOR);
	check_roles("CERT-TEACHER-03", LTI_ROLE_INSTRUCTOR);
	check_roles("CERT-TEACHER-04", 0);
	check_roles("CERT-TEACHER-05", 0);
	check_roles("CLM-33", 0);
	check_roles("CLM-34", 0);
	check_roles("OK-23", LTI_ROLE_MENTOR);
}
