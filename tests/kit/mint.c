/* The good launch, and the world of one test: its clock, dice, keys and expectations. */
#include "kit/mint.h"

json_t *mint_header(const char *alg, const char *kid)
{
	return json_pack("{s:s,s:s,s:s}", "alg", alg, "typ", "JWT", "kid", kid);
}

json_t *mint_claims(const char *nonce)
{
	json_int_t now = MINT_NOW / 1000;

	return json_pack(
		"{s:s,s:s,s:s,s:I,s:I,s:s, s:s,s:s,s:s,s:s,s:s,"
		" s:s,s:s,s:s,s:s, s:{s:s,s:s}, s:[s], s:{s:s,s:s,s:s,s:[s]},"
		" s:{s:s,s:s}, s:{s:s,s:s,s:s}, s:{s:s}}",
		"iss", "https://a.lti.test", "aud", "client-a", "sub", "user-1",
		"exp", now + 300, "iat", now, "nonce", nonce,
		"name", "Ada Learner", "given_name", "Ada", "family_name", "Learner",
		"email", "ada@example.org", "locale", "en",
		MINT_CLAIM("message_type"), "LtiResourceLinkRequest",
		MINT_CLAIM("version"), "1.3.0", MINT_CLAIM("deployment_id"), "dep-a1",
		MINT_CLAIM("target_link_uri"), MINT_ORIGIN "/lti/launch",
		MINT_CLAIM("resource_link"), "id", "link-1", "title", "Partners",
		MINT_CLAIM("roles"), MINT_MEMBER "Learner",
		MINT_CLAIM("context"), "id", "ctx-1", "label", "M7", "title", "Mathematics 7",
		"type", "CourseSection",
		MINT_CLAIM("tool_platform"), "guid", "g-1", "product_family_code", "other",
		MINT_CLAIM("launch_presentation"), "document_target", "iframe",
		"return_url", "https://a.lti.test/back", "locale", "en-GB",
		MINT_CLAIM("custom"), "colour", "blue");
}


static struct lti_keyset *mint_cached(void *cls, const struct lti_platform *p)
{
	struct mint_world *w = cls;

	(void)p;
	return w->keys == NULL ? NULL : lti_keyset_ref(w->keys);
}

static void mint_random(void *cls, void *out, size_t n)
{
	struct mint_world *w = cls;
	unsigned char *p = out;

	for (size_t i = 0; i < n; i++) {
		w->dice = w->dice * 6364136223846793005u + 1442695040888963407u;
		p[i] = (unsigned char)(w->dice >> 56);
	}
}

static int64_t mint_now(void *cls)
{
	return ((struct mint_world *)cls)->now_ms;
}

const char *const mint_origins[] = { MINT_ORIGIN, NULL };

void mint_open(struct mint_world *w)
{
	*w = (struct mint_world){ .now_ms = MINT_NOW, .dice = 1 };
	arena_init(&w->a, 4u << 20);
	w->env = (struct lti_env){ w, mint_cached, mint_random, mint_now };
	w->p = (struct lti_platform){
		.id = 7, .issuer = "https://a.lti.test", .client_id = "client-a",
		.auth_url = "https://a.lti.test/auth", .jwks_url = "https://a.lti.test/keys",
		.alg = LTI_ALG_RS256,
	};
	w->keys = mint_keyset(json_pack("[o]", mint_jwk(KEY_GOOD, "k1")));
	snprintf(w->nonce, sizeof(w->nonce), "nonce-of-this-login");
	w->st = (struct lti_state){ .platform = 7, .tag = "tag", .bound = true,
				    .issued_ms = MINT_NOW };
	EVP_Digest(w->nonce, strlen(w->nonce), w->st.nonce_hash, NULL, EVP_sha256(), NULL);
	w->x = (struct lti_expect){ .state = &w->st, .origins = mint_origins, .leeway_s = 60,
				    .max_age_s = 600, .keys_final = true };
}

void mint_close(struct mint_world *w)
{
	lti_keyset_free(w->keys);
	arena_release(&w->a);
}

enum lti_result mint_verify(struct mint_world *w, const char *token, size_t n)
{
	arena_clear(&w->a);
	return lti_verify(&w->a, &w->env, &w->p, &w->x, span_mk(token, n), &w->l, &w->why,
			  &w->seen);
}

/* Signs with the good key and reads back; takes over the claims. */
enum lti_result mint_try(struct mint_world *w, json_t *claims)
{
	const struct mint_sign s = { .alg = "RS256" };
	json_t *h = mint_header("RS256", "k1");
	char *t = mint_token(h, claims, &s);
	enum lti_result rc = mint_verify(w, t, strlen(t));

	free(t);
	json_decref(h);
	json_decref(claims);
	return rc;
}
