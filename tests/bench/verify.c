/*
 * What reading one token costs, and what of it nobody can take away: the signature by
 * OpenSSL, one reading by jansson, one by libjwt (docs/decisions.md says why there are
 * two readers). With three requests of tests/bench/http.c it is the floor under the
 * figure of a full launch.
 *
 * The token is a launch that a real Moodle sent, signed here again. Each figure is the
 * least of nine rounds of 500, thread CPU time: another program's noise only adds.
 */
#include <jwt.h>
#include <openssl/evp.h>
#include <time.h>

#include "base/b64.h"
#include "kit/mint.h"
#include "t.h"

#define ROUNDS 9
#define TIMES 500

static struct {
	struct mint_world w;
	char *token;
	size_t signed_n, sig_n;
	unsigned char sig[512];
	char payload[16384];
	size_t payload_n;
	EVP_PKEY *key;
} b;

static double thread_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
	return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

static double cost(bool (*one)(void))
{
	double best = 1e9, us;
	int right = 0;

	for (int round = 0; round < ROUNDS; round++) {
		double t0 = thread_us();

		for (int i = 0; i < TIMES; i++)
			right += one();
		us = (thread_us() - t0) / TIMES;
		best = us < best ? us : best;
	}
	CHECK_INT(right, ROUNDS * TIMES);
	return best;
}

static bool signature(void)
{
	EVP_MD_CTX *c = EVP_MD_CTX_new();
	bool ok = c != NULL && EVP_DigestVerifyInit(c, NULL, EVP_sha256(), NULL, b.key) == 1 &&
		  EVP_DigestVerify(c, b.sig, b.sig_n, (const unsigned char *)b.token, b.signed_n) == 1;

	EVP_MD_CTX_free(c);
	return ok;
}

static bool jansson_reads(void)
{
	json_t *v = json_loadb(b.payload, b.payload_n, JSON_REJECT_DUPLICATES, NULL);

	json_decref(v);
	return v != NULL;
}

/* Only what its interface asks for: a token in, all claims out as text. */
static bool libjwt_reads(void)
{
	jwt_t *j = NULL;
	char *text = jwt_decode(&j, b.token, NULL, 0) == 0 ? jwt_get_grants_json(j, NULL) : NULL;

	free(text);
	jwt_free(j);
	return text != NULL;
}

static bool whole(void)
{
	return mint_verify(&b.w, b.token, strlen(b.token)) == LTI_OK;
}

/* The recorded launch with nonce and times of this login. */
static bool make_token(void)
{
	static char iss[200], client[200];
	static const char *const origins[] = { "https://tool.example", NULL };
	struct mint_sign sign = { .alg = "RS256", .key = KEY_GOOD };
	json_t *all = json_load_file("tests/data/practice/moodle-id-tokens.json", 0, NULL);
	json_t *c = json_object_get(json_object_get(all, "teacher1"), "claims");
	char *dot;

	mint_open(&b.w);
	snprintf(iss, sizeof(iss), "%s", json_string_value(json_object_get(c, "iss")));
	snprintf(client, sizeof(client), "%s", json_string_value(json_object_get(c, "aud")));
	b.w.p.issuer = iss;
	b.w.p.client_id = client;
	b.w.p.family = LTI_FAMILY_MOODLE;
	b.w.x.origins = origins;
	json_object_set_new(c, "nonce", json_string(b.w.nonce));
	json_object_set_new(c, "iat", json_integer(MINT_NOW / 1000));
	json_object_set_new(c, "exp", json_integer(MINT_NOW / 1000 + 60));
	b.payload_n = json_dumpb(c, b.payload, sizeof(b.payload), JSON_COMPACT);
	b.token = mint_token(mint_header("RS256", "k1"), json_incref(c), &sign);
	json_decref(all);
	if (b.token == NULL || b.payload_n == 0 || b.payload_n > sizeof(b.payload))
		return false;
	dot = strrchr(b.token, '.');
	b.signed_n = (size_t)(dot - b.token);
	b.key = mint_key(KEY_GOOD);
	return b64url_decode(span_of(dot + 1), b.sig, &b.sig_n);
}

TEST(a_token)
{
	double all, rsa, ours, theirs;

	NEED(make_token());
	all = cost(whole);
	rsa = cost(signature);
	ours = cost(jansson_reads);
	theirs = cost(libjwt_reads);
	CHECK(rsa > 0 && ours > 0 && theirs > 0 && all > rsa + ours);
	printf("# token of %zu bytes: verified in %.0f us CPU\n", strlen(b.token), all);
	printf("# of that: RSA-2048 signature %.0f, jansson %.0f, libjwt in and out %.0f; "
	       "together %.0f us\n", rsa, ours, theirs, rsa + ours + theirs);
	free(b.token);
	mint_close(&b.w);
}
