/*
 * A valid token of each message with one thing changed, thousands of times: bytes of
 * every region, claims under an old or a stranger's signature, members of the header.
 * Every change is refused and leaves nothing of the launch behind; the untouched token
 * opens before and after. MUTATE_SEED and MUTATE_ROUNDS run another or a longer one.
 */
#include "kit/mint.h"
#include "t.h"

#define DL "https://purl.imsglobal.org/spec/lti-dl/claim/deep_linking_settings"
#define AGS "https://purl.imsglobal.org/spec/lti-ags/claim/endpoint"

static struct mint_world w;
static uint64_t seed = 20261124;

static unsigned rnd(size_t n)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return (unsigned)(seed % n);
}

static unsigned number_of(const char *name, unsigned otherwise)
{
	const char *s = getenv(name);

	return s != NULL ? (unsigned)strtoul(s, NULL, 10) : otherwise;
}

enum kind { LINK, DEEP, REVIEW, KINDS };
static const char *const kind_name[KINDS] = { "link", "deep linking", "review" };

static json_t *claims_of(enum kind k)
{
	json_t *c = mint_claims(w.nonce);

	if (k == DEEP) {
		json_object_set_new(c, MINT_CLAIM("message_type"),
				    json_string("LtiDeepLinkingRequest"));
		json_object_del(c, MINT_CLAIM("resource_link"));
		json_object_set_new(c, DL, json_pack("{s:s, s:[s], s:s}", "deep_link_return_url",
						     "https://a.lti.test/dl", "accept_types",
						     "ltiResourceLink", "data", "d"));
	} else if (k == REVIEW) {
		json_object_set_new(c, MINT_CLAIM("message_type"),
				    json_string("LtiSubmissionReviewRequest"));
		json_object_set_new(c, MINT_CLAIM("for_user"), json_pack("{s:s}", "user_id", "user-1"));
		json_object_set_new(c, AGS, json_pack("{s:s}", "lineitem", "https://a.lti.test/li"));
	}
	return c;
}

static char *signed_by(enum mint_key key, json_t *header, json_t *claims)
{
	const struct mint_sign s = { .alg = "RS256", .key = key };
	char *t = mint_token(header, claims, &s);

	json_decref(header);
	json_decref(claims);
	return t;
}

static char *good_token(enum kind k)
{
	return signed_by(KEY_GOOD, mint_header("RS256", "k1"), claims_of(k));
}

/* Refused, with a reason, and nothing of the token has come out. */
static bool nothing_came_of(const char *t, size_t n)
{
	static const struct lti_launch none;

	return mint_verify(&w, t, n) == LTI_REFUSED && w.why.reason != LTI_REASON_NONE &&
	       w.l.sub == NULL && w.l.deep_link == NULL && w.l.for_user == NULL &&
	       w.l.platform == 0 &&
	       memcmp(w.l.nonce_hash, none.nonce_hash, sizeof(none.nonce_hash)) == 0;
}

#define ROOM 200	/* four changes of at most 32 bytes more */

/* One change at a place of [from, to); the new length. */
static size_t damage(char *t, size_t n, size_t from, size_t to)
{
	static const char abc[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
	size_t i, k = 1 + rnd(32);

	if (to > n)
		to = n;
	if (from >= to)		/* an earlier change cut it off */
		return n;
	i = from + rnd(to - from);
	if (k > n - i)
		k = n - i;
	switch (rnd(7)) {
	case 0:
		t[i] ^= (char)(1u << rnd(8));
		return n;
	case 1:
		t[i] = abc[rnd(64)];
		return n;
	case 2:
		t[i] = (char)rnd(256);
		return n;
	case 3:
		memmove(t + i, t + i + k, n - i - k);
		return n - k;
	case 4:
		memmove(t + i + k, t + i, n - i);
		return n + k;
	case 5:
		memmove(t + i + 1, t + i, n - i);
		t[i] = abc[rnd(64)];
		return n + 1;
	default:
		return i;
	}
}

static unsigned regions(enum kind k, unsigned rounds)
{
	char *good = good_token(k), *t = malloc(strlen(good) + ROOM);
	size_t n = strlen(good), dot1 = (size_t)(strchr(good, '.') - good);
	size_t dot2 = (size_t)(strrchr(good, '.') - good);
	const size_t at[][2] = { { 0, dot1 }, { dot1, dot1 + 1 }, { dot1 + 1, dot2 },
				 { dot2, dot2 + 1 }, { dot2 + 1, n }, { 0, n } };
	unsigned done = 0;

	CHECK(mint_verify(&w, good, n) == LTI_OK);
	for (size_t r = 0; r < ARRAY_LEN(at); r++)
		for (unsigned i = 0; i < rounds; i++) {
			uint64_t was = seed;
			size_t m = n;

			memcpy(t, good, n);
			for (unsigned c = 0; c <= rnd(3); c++)
				m = damage(t, m, at[r][0], at[r][1]);
			if (m == n && memcmp(t, good, n) == 0)
				continue;
			done++;
			if (!CHECK(nothing_came_of(t, m)))
				printf("#   %s, region %zu, seed %llu\n", kind_name[k], r,
				       (unsigned long long)was);
		}
	CHECK(mint_verify(&w, good, n) == LTI_OK);
	free(t);
	free(good);
	return done;
}

TEST(no_damaged_byte_region_survives)
{
	unsigned rounds = number_of("MUTATE_ROUNDS", 400), n = 0;

	seed = number_of("MUTATE_SEED", 20261124) | 1;
	mint_open(&w);
	for (unsigned k = 0; k < KINDS; k++)
		n += regions((enum kind)k, rounds);
	printf("# slice: %u damaged tokens\n", n);
	CHECK(n > KINDS * 6 * rounds * 9 / 10);
	mint_close(&w);
}

static json_t *strange(unsigned i)
{
	static const char *const json[] = { "null", "\"x\"", "7", "[]", "{}", "true", "[\"x\"]",
					    "{\"id\":\"x\"}", "\"\"", "-1.5", "\"user-2\"" };

	return i < ARRAY_LEN(json) ? json_loads(json[i], JSON_DECODE_ANY, NULL) : NULL;
}
#define STRANGE 12u		/* the last one: left out */

/* Takes over the claims: signed by a stranger, and under the old signature. */
static unsigned unproved(const char *good, json_t *claims, const char *name)
{
	static const enum mint_key other[] = { KEY_EVIL, KEY_B };
	const char *dot1 = strchr(good, '.'), *dot2 = strrchr(good, '.');
	char *text = json_dumps(claims, JSON_COMPACT), *mid, *t;
	size_t size;

	for (size_t i = 0; i < ARRAY_LEN(other); i++) {
		t = signed_by(other[i], mint_header("RS256", "k1"), json_incref(claims));
		if (!CHECK(nothing_came_of(t, strlen(t))))
			printf("#   %s by another key\n", name);
		free(t);
	}
	mid = mint_b64(text, strlen(text));
	size = strlen(good) + strlen(mid) + 8;
	t = malloc(size);
	snprintf(t, size, "%.*s.%s%s", (int)(dot1 - good), good, mid, dot2);
	if (!CHECK(nothing_came_of(t, strlen(t))))
		printf("#   %s under the old signature\n", name);
	free(t);
	free(mid);
	free(text);
	json_decref(claims);
	return 3;
}

TEST(no_claim_changes_without_the_platforms_key)
{
	unsigned n = 0;

	mint_open(&w);
	for (unsigned k = 0; k < KINDS; k++) {
		json_t *all = claims_of((enum kind)k), *v;
		char *good = good_token((enum kind)k);
		const char *name;

		json_object_foreach(all, name, v) {
			for (unsigned i = 0; i < STRANGE; i++) {
				json_t *c = json_deep_copy(all), *s = strange(i);

				if (s == NULL)
					json_object_del(c, name);
				else
					json_object_set_new(c, name, s);
				if (json_equal(c, all)) {
					json_decref(c);
					continue;
				}
				n += unproved(good, c, name);
			}
		}
		free(good);
		json_decref(all);
	}
	printf("# slice: %u tokens\n", n);
	CHECK(n > 2000);
	mint_close(&w);
}

/* Signed by the platform itself: what each message cannot do without. */
TEST(what_a_message_needs_is_refused_when_it_is_wrong)
{
	static const char *const need[KINDS][16] = {
		[LINK] = { MINT_CLAIM("resource_link") },
		[DEEP] = { DL },
		[REVIEW] = { MINT_CLAIM("for_user"), AGS },
	};
	static const char *const always[] = { "iss", "aud", "exp", "iat", "nonce",
					      MINT_CLAIM("message_type"), MINT_CLAIM("version"),
					      MINT_CLAIM("roles") };
	unsigned n = 0;

	mint_open(&w);
	for (unsigned k = 0; k < KINDS; k++)
		for (unsigned j = 0; j < ARRAY_LEN(always) + 2; j++) {
			const char *name = j < ARRAY_LEN(always) ? always[j] :
								   need[k][j - ARRAY_LEN(always)];

			for (unsigned i = 0; name != NULL && i < STRANGE; i++) {
				json_t *c = claims_of((enum kind)k), *s = strange(i);
				bool fine = (strcmp(name, MINT_CLAIM("roles")) == 0 ||
					     strcmp(name, MINT_CLAIM("resource_link")) == 0) &&
					    (json_is_array(s) || json_is_object(s));
				char *t;

				if (s == NULL)
					json_object_del(c, name);
				else
					json_object_set_new(c, name, s);
				if (fine) {	/* an empty list of roles, another link: valid */
					json_decref(c);
					continue;
				}
				t = signed_by(KEY_GOOD, mint_header("RS256", "k1"), c);
				if (!CHECK(nothing_came_of(t, strlen(t))))
					printf("#   %s: %s, value %u\n", kind_name[k], name, i);
				free(t);
				n++;
			}
		}
	printf("# slice: %u tokens\n", n);
	CHECK(n > 250);
	mint_close(&w);
}

TEST(no_header_member_changes)
{
	static const char *const name[] = { "alg", "kid", "typ", "crit", "jku", "jwk", "x5u", "zip" };
	unsigned n = 0;

	mint_open(&w);
	for (unsigned k = 0; k < KINDS; k++)
		for (size_t j = 0; j < ARRAY_LEN(name); j++)
			for (unsigned i = 0; i < STRANGE; i++) {
				json_t *h = mint_header("RS256", "k1"), *s = strange(i);
				char *t;

				/* typ may be missing (RFC 7519 5.1); what is left out changes nothing */
				if (s == NULL && j >= 2) {
					json_decref(h);
					continue;
				}
				if (s == NULL)
					json_object_del(h, name[j]);
				else
					json_object_set_new(h, name[j], s);
				t = signed_by(KEY_GOOD, h, claims_of((enum kind)k));
				if (!CHECK(nothing_came_of(t, strlen(t))))
					printf("#   %s, value %u\n", name[j], i);
				free(t);
				n++;
			}
	printf("# slice: %u headers\n", n);
	CHECK(n > 250);
	mint_close(&w);
}
