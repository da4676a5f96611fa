/* Signing keys of the practice platforms and the tokens made with them. */
#include "practice/keys.h"

#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/rsa.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/b64.h"
#include "base/buf.h"
#include "base/magic.h"

#define KEYS_MAX 3

struct key {
	EVP_PKEY *pkey;
	char kid[32];
	time_t born;
};

static struct {
	pthread_mutex_t lock;
	struct key key[PLAT_COUNT][KEYS_MAX];	/* Canvas: past, present, future */
	EVP_PKEY *stray;			/* published nowhere */
	unsigned char secret[32];
} keys = { .lock = PTHREAD_MUTEX_INITIALIZER };

static unsigned signing_slot(enum plat plat)
{
	return plat == CANVAS ? 1 : 0;
}

/* ---- making and turning -------------------------------------------------------- */

/* Making a key takes a while on a busy machine: names now, numbers when needed. */
static void name_key(struct key *k, enum plat plat, time_t born)
{
	struct tm tm;

	*k = (struct key){ .born = born };
	if (plat == CANVAS && gmtime_r(&born, &tm) != NULL)
		strftime(k->kid, sizeof(k->kid), "%Y-%m-%dT%H:%M:%SZ", &tm);
	else
		random_hex(k->kid, 20);
}

/* Under the lock. */
static EVP_PKEY *made(EVP_PKEY **pkey)
{
	if (*pkey == NULL)
		*pkey = EVP_RSA_gen(2048);
	if (*pkey == NULL)
		WRONG("no RSA key");
	return *pkey;
}

bool keys_start(void)
{
	const time_t month = 30 * 86400, now = time(NULL);

	name_key(&keys.key[MOODLE][0], MOODLE, now);
	for (int i = 0; i < KEYS_MAX; i++)
		name_key(&keys.key[CANVAS][i], CANVAS, now + (i - 1) * month);
	return RAND_bytes(keys.secret, sizeof(keys.secret)) == 1;
}

void keys_stop(void)
{
	for (int p = 0; p < PLAT_COUNT; p++)
		for (int i = 0; i < KEYS_MAX; i++)
			EVP_PKEY_free(keys.key[p][i].pkey);
	EVP_PKEY_free(keys.stray);
}

void keys_rotate(enum plat plat)
{
	struct key *k = keys.key[plat];

	pthread_mutex_lock(&keys.lock);
	EVP_PKEY_free(k[0].pkey);
	if (plat == CANVAS) {
		k[0] = k[1];
		k[1] = k[2];
		name_key(&k[2], plat, k[1].born + 30 * 86400);
	} else {
		name_key(&k[0], plat, time(NULL));
	}
	pthread_mutex_unlock(&keys.lock);
}

/* ---- publishing ------------------------------------------------------------------ */

static json_t *number_b64(EVP_PKEY *pkey, const char *name)
{
	unsigned char bin[512];
	char text[700];
	BIGNUM *bn = NULL;
	int n;

	if (EVP_PKEY_get_bn_param(pkey, name, &bn) != 1)
		return NULL;
	n = BN_bn2bin(bn, bin);
	BN_free(bn);
	assert(n > 0 && (size_t)n <= sizeof(bin));
	b64url_encode(bin, (size_t)n, text);
	return json_string(text);
}

static json_t *one_jwk(const struct key *k)
{
	return json_pack("{s:s, s:s, s:s, s:o, s:o, s:s}", "kty", "RSA", "alg", "RS256", "kid",
			 k->kid, "e", number_b64(k->pkey, OSSL_PKEY_PARAM_RSA_E), "n",
			 number_b64(k->pkey, OSSL_PKEY_PARAM_RSA_N), "use", "sig");
}

json_t *keys_jwks(enum plat plat)
{
	json_t *list = json_array();

	pthread_mutex_lock(&keys.lock);
	for (int i = 0; i < (plat == CANVAS ? KEYS_MAX : 1); i++) {
		made(&keys.key[plat][i].pkey);
		json_array_append_new(list, one_jwk(&keys.key[plat][i]));
	}
	pthread_mutex_unlock(&keys.lock);
	return json_pack("{s:o}", "keys", list);
}

/* ---- signing ----------------------------------------------------------------------- */

static void add_b64(struct buf *b, const void *p, size_t n)
{
	char *text = malloc(b64url_encoded_len(n) + 1);

	if (text == NULL) {
		buf_fail(b, E_NOMEM);
		return;
	}
	buf_add(b, text, b64url_encode(p, n, text));
	free(text);
}

static bool sign_rs256(struct buf *b, EVP_PKEY *pkey, bool flip)
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	unsigned char sig[512];
	size_t n = sizeof(sig);
	bool ok = ctx != NULL &&
		  EVP_DigestSignInit(ctx, NULL, EVP_sha256(), NULL, pkey) == 1 &&
		  EVP_DigestSign(ctx, sig, &n, (const unsigned char *)b->p, b->len) == 1;

	EVP_MD_CTX_free(ctx);
	if (!ok)
		return false;
	if (flip)
		sig[n / 2] ^= 1;
	buf_addc(b, '.');
	add_b64(b, sig, n);
	return true;
}

static void sign_hs256(struct buf *b, const void *secret, size_t secret_len)
{
	unsigned char mac[32];
	unsigned n = sizeof(mac);

	if (HMAC(EVP_sha256(), secret, (int)secret_len, (const unsigned char *)b->p, b->len, mac,
		 &n) == NULL)
		WRONG("HMAC failed");
	buf_addc(b, '.');
	add_b64(b, mac, n);
}

/* Key confusion: everybody can rebuild this PEM from the key set. */
static bool sign_with_pem(struct buf *b, EVP_PKEY *pkey)
{
	BIO *bio = BIO_new(BIO_s_mem());
	char *pem;
	long n;
	bool ok = bio != NULL && PEM_write_bio_PUBKEY(bio, pkey) == 1 &&
		  (n = BIO_get_mem_data(bio, &pem)) > 0;

	if (ok)
		sign_hs256(b, pem, (size_t)n);
	BIO_free(bio);
	return ok;
}

static char *header_text(const char *kid, uint64_t mis)
{
	const char *alg = mis & MIS_BIT(alg_none) ? "none" :
			  mis & MIS_BIT(hs256)	  ? "HS256" :
						    "RS256";
	json_t *h = json_pack("{s:s, s:s}", "typ", "JWT", "alg", alg);
	char *text;

	if (mis & MIS_BIT(unknown_kid))
		kid = "00000000000000000000";
	if (!(mis & MIS_BIT(no_kid)))
		json_object_set_new(h, "kid", json_string(kid));
	text = json_dumps(h, JSON_COMPACT);
	json_decref(h);
	return text;
}

char *keys_sign(enum plat plat, const char *payload, uint64_t mis)
{
	struct buf b = BUF_INIT(4u * 1024 * 1024);
	struct key *k = &keys.key[plat][signing_slot(plat)];
	EVP_PKEY *pkey;
	char kid[32], *head;
	bool ok = true;

	pthread_mutex_lock(&keys.lock);
	pkey = made(mis & MIS_BIT(wrong_key) ? &keys.stray : &k->pkey);
	EVP_PKEY_up_ref(pkey);
	memcpy(kid, k->kid, sizeof(kid));
	pthread_mutex_unlock(&keys.lock);

	head = header_text(kid, mis);
	if (head != NULL)
		add_b64(&b, head, strlen(head));
	free(head);
	buf_addc(&b, '.');
	add_b64(&b, payload, strlen(payload));
	if (mis & MIS_BIT(alg_none))
		buf_addc(&b, '.');
	else if (mis & MIS_BIT(hs256))
		ok = sign_with_pem(&b, pkey);
	else
		ok = sign_rs256(&b, pkey, (mis & MIS_BIT(bad_signature)) != 0);
	EVP_PKEY_free(pkey);
	if (!ok || b.err != E_OK) {
		buf_release(&b);
		return NULL;
	}
	return buf_take(&b, NULL);
}

/* ---- Canvas's hint -------------------------------------------------------------------- */

char *hint_sign(const char *payload)
{
	static const char head[] = "{\"typ\":\"JWT\",\"alg\":\"HS256\"}";
	struct buf b = BUF_INIT(65536);

	add_b64(&b, head, sizeof(head) - 1);
	buf_addc(&b, '.');
	add_b64(&b, payload, strlen(payload));
	sign_hs256(&b, keys.secret, sizeof(keys.secret));
	return buf_take(&b, NULL);
}

char *hint_read(const char *token)
{
	const char *dot = strchr(token, '.'), *dot2 = dot == NULL ? NULL : strchr(dot + 1, '.');
	struct buf b = BUF_INIT(65536);
	char *payload = NULL;
	size_t n = 0;
	bool ok;

	if (dot2 == NULL)
		return NULL;
	buf_add(&b, token, (size_t)(dot2 - token));
	sign_hs256(&b, keys.secret, sizeof(keys.secret));
	ok = b.err == E_OK && b.len == strlen(token) && CRYPTO_memcmp(b.p, token, b.len) == 0;
	if (ok)
		payload = calloc(1, b64url_decoded_max((size_t)(dot2 - dot)) + 1);
	if (payload != NULL &&
	    !b64url_decode(span_mk(dot + 1, (size_t)(dot2 - dot - 1)), payload, &n)) {
		free(payload);
		payload = NULL;
	}
	buf_release(&b);
	return payload;
}
