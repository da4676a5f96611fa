/*
 * Key sets (RFC 7517): parsed once into ready keys, shared by reference.
 */
#include "lti/jwks.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "base/b64.h"
#include "base/magic.h"
#include "priv.h"
#include "text.h"

#define KEYSET_MAGIC 0x6a3b5e70u
#define JWKS_DEPTH 8u
#define SAME_NAME_MAX 4u

struct lti_keyset {
	unsigned magic;
	atomic_uint refs;
	uint64_t serial;
	unsigned n, usable;
	struct lti_key key[];
};

static atomic_uint_least64_t last_serial;

static struct span member(const json_t *o, const char *name)
{
	return lti_json_span(json_object_get(o, name));
}

static bool has_verify(const json_t *ops)
{
	size_t i;
	const json_t *v;

	json_array_foreach(ops, i, v)
		if (span_eqz(lti_json_span(v), "verify"))
			return true;
	return false;
}

/* RFC 7517 4.2, 4.3, 4.5; RFC 7518 6.2.2, 6.3.2. NULL: nothing speaks against it. */
static const char *flaw_of(const json_t *jwk)
{
	static const char *const secret[] = { "d", "p", "q", "dp", "dq", "qi", "oth", "k" };
	const json_t *v = json_object_get(jwk, "kid");

	if (!json_is_string(v) || json_string_length(v) == 0 || json_string_length(v) > LTI_KID_MAX)
		return "no kid of 1 to 255 bytes";
	if (span_eqz(member(jwk, "kty"), "oct"))
		return "a shared secret (oct) in a public set";
	for (size_t i = 0; i < ARRAY_LEN(secret); i++)
		if (json_object_get(jwk, secret[i]) != NULL)
			return "the private key is published with it";
	v = json_object_get(jwk, "use");
	if (v != NULL && !span_eqz(lti_json_span(v), "sig"))
		return "not for signatures (use)";
	v = json_object_get(jwk, "key_ops");
	if (v != NULL && !has_verify(v))
		return "not for verification (key_ops)";
	return NULL;
}

static const char *build(const json_t *jwk, struct lti_key *k)
{
	struct span kty = member(jwk, "kty");
	const json_t *alg = json_object_get(jwk, "alg");
	const char *why;

	if (span_eqz(kty, "RSA")) {
		k->alg = LTI_ALG_RS256;
	} else if (span_eqz(kty, "EC")) {
		k->alg = LTI_ALG_ES256;
		if (!span_eqz(member(jwk, "crv"), "P-256"))
			return "another curve than P-256";
	} else {
		return "a key type that we do not use (kty)";
	}
	if (alg != NULL && !span_eqz(lti_json_span(alg), lti_alg_name(k->alg)))
		return "for another algorithm (alg)";
	why = k->alg == LTI_ALG_RS256 ?
		jose_key_rsa(member(jwk, "n"), member(jwk, "e"), &k->pkey) :
		jose_key_ec(member(jwk, "x"), member(jwk, "y"), &k->pkey);
	if (why == NULL && !jose_key_thumb(k->pkey, k->thumb))
		why = "it has no thumbprint";
	return why;
}

static bool is_repeated(const struct lti_keyset *ks, const struct lti_key *k)
{
	for (unsigned i = 0; i < ks->n; i++)
		if (ks->key[i].pkey != NULL && span_eq(ks->key[i].kid, k->kid) &&
		    memcmp(ks->key[i].thumb, k->thumb, sizeof(k->thumb)) == 0)
			return true;
	return false;
}

static bool add(struct lti_keyset *ks, const json_t *jwk)
{
	struct lti_key *k = &ks->key[ks->n];
	struct span kid = member(jwk, "kid");
	size_t n = kid.n > LTI_KID_MAX ? 0 : kid.n;
	char *name = malloc(n + 1);

	if (name == NULL)
		return false;
	memcpy(name, kid.p, n);
	name[n] = '\0';
	*k = (struct lti_key){ .kid = span_mk(name, n) };
	k->why = flaw_of(jwk);
	if (k->why == NULL)
		k->why = build(jwk, k);
	if (k->why != NULL) {
		jose_key_free(k->pkey);
		k->pkey = NULL;
		k->alg = 0;
	} else if (is_repeated(ks, k)) {
		jose_key_free(k->pkey);
		free(name);
		*k = (struct lti_key){ .alg = 0 };
		return true;
	} else {
		ks->usable++;
	}
	ks->n++;
	return true;
}

enum err lti_keyset_parse(struct span doc, struct lti_keyset **out, struct fault *f)
{
	struct lti_keyset *ks = NULL;
	enum err e = E_NOMEM;
	json_t *root, *keys;
	size_t n;

	*out = NULL;
	if (doc.n > LTI_JWKS_MAX_BYTES)
		return FAULT(f, E_LIMIT, "a key set of %zu bytes", doc.n);
	root = lti_json_object(doc, JWKS_DEPTH);
	keys = json_object_get(root, "keys");
	n = json_array_size(keys);
	if (!json_is_array(keys)) {
		e = FAULT(f, E_INPUT, "not a JSON object with a list of keys (RFC 7517 5)");
		goto out;
	}
	if (n > LTI_JWKS_MAX_KEYS) {
		e = FAULT(f, E_LIMIT, "a key set of %zu keys", n);
		goto out;
	}
	ks = calloc(1, sizeof(*ks) + n * sizeof(ks->key[0]));
	if (ks == NULL)
		goto out;
	ks->magic = KEYSET_MAGIC;
	atomic_init(&ks->refs, 1);
	ks->serial = atomic_fetch_add(&last_serial, 1) + 1;
	for (size_t i = 0; i < n; i++)
		if (!add(ks, json_array_get(keys, i)))
			goto out;
	*out = ks;
	ks = NULL;
	e = E_OK;
out:
	lti_keyset_free(ks);
	json_decref(root);
	return e;
}

struct lti_keyset *lti_keyset_ref(struct lti_keyset *ks)
{
	CHECK_MAGIC(ks, KEYSET_MAGIC);
	atomic_fetch_add(&ks->refs, 1);
	return ks;
}

void lti_keyset_free(struct lti_keyset *ks)
{
	unsigned before;

	if (ks == NULL)
		return;
	CHECK_MAGIC(ks, KEYSET_MAGIC);
	before = atomic_fetch_sub(&ks->refs, 1);
	assert(before > 0);
	if (before > 1)
		return;
	for (unsigned i = 0; i < ks->n; i++) {
		jose_key_free(ks->key[i].pkey);
		free((char *)(uintptr_t)ks->key[i].kid.p);
	}
	ks->magic = 0;
	free(ks);
}

unsigned lti_keyset_usable(const struct lti_keyset *ks)
{
	CHECK_MAGIC(ks, KEYSET_MAGIC);
	return ks->usable;
}

unsigned lti_keyset_unusable(const struct lti_keyset *ks)
{
	CHECK_MAGIC(ks, KEYSET_MAGIC);
	return ks->n - ks->usable;
}

uint64_t lti_keyset_serial(const struct lti_keyset *ks)
{
	CHECK_MAGIC(ks, KEYSET_MAGIC);
	return ks->serial;
}

const struct lti_key *lti_keyset_find(const struct lti_keyset *ks, struct span kid,
				      enum lti_alg alg, unsigned nth)
{
	CHECK_MAGIC(ks, KEYSET_MAGIC);
	if (nth >= SAME_NAME_MAX)
		return NULL;
	for (unsigned i = 0; i < ks->n; i++)
		if (ks->key[i].pkey != NULL && ks->key[i].alg == alg &&
		    span_eq(ks->key[i].kid, kid) && nth-- == 0)
			return &ks->key[i];
	return NULL;
}

const char *lti_keyset_why_not(const struct lti_keyset *ks, struct span kid, enum lti_alg alg)
{
	const char *why = NULL;

	CHECK_MAGIC(ks, KEYSET_MAGIC);
	for (unsigned i = 0; i < ks->n; i++) {
		if (!span_eq(ks->key[i].kid, kid))
			continue;
		if (ks->key[i].why != NULL)
			return ks->key[i].why;
		if (ks->key[i].alg != alg)
			why = "a key of another type than the agreed algorithm";
	}
	return why;
}

unsigned lti_keyset_count(const struct lti_keyset *ks)
{
	CHECK_MAGIC(ks, KEYSET_MAGIC);
	return ks->n;
}

struct span lti_keyset_kid(const struct lti_keyset *ks, unsigned i, const char **why_out)
{
	CHECK_MAGIC(ks, KEYSET_MAGIC);
	assert(i < ks->n);
	*why_out = ks->key[i].why;
	return ks->key[i].kid;
}

void lti_key_thumbprint(const struct lti_key *k, char out[LTI_THUMBPRINT_LEN + 1])
{
	size_t n;

	assert(k != NULL && k->pkey != NULL);
	n = b64url_encode(k->thumb, sizeof(k->thumb), out);
	assert(n == LTI_THUMBPRINT_LEN);
}

static int by_thumb(const void *a, const void *b)
{
	return memcmp(a, b, 32);
}

/* Same keys in any order, same thumbprint; empty if memory fails. */
void lti_keyset_thumbprint(const struct lti_keyset *ks, char out[LTI_THUMBPRINT_LEN + 1])
{
	uint8_t (*t)[32], sum[32];
	unsigned n = 0;

	CHECK_MAGIC(ks, KEYSET_MAGIC);
	out[0] = '\0';
	t = calloc(ks->usable + 1u, sizeof(*t));
	if (t == NULL)
		return;
	for (unsigned i = 0; i < ks->n; i++)
		if (ks->key[i].pkey != NULL)
			memcpy(t[n++], ks->key[i].thumb, sizeof(*t));
	assert(n == ks->usable);
	qsort(t, n, sizeof(*t), by_thumb);
	if (jose_sha256(span_mk(t, n * sizeof(*t)), sum))
		b64url_encode(sum, sizeof(sum), out);
	free(t);
}
