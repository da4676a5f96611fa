/*
 * The state of a pending login, carried by the browser and stored nowhere.
 *
 *   version 1 | flags 1 | time 8 | platform 8 | tag 16 | nonce hash 32 |
 *   binding hash 16 | deployment hash 16 or zeros | HMAC-SHA-256, 24 of 32
 *
 * as base64url. Numbers are big endian. The nonce and the browser's secret stand
 * in it as hashes only, so the state of another person gives away neither.
 */
#include "state.h"

#include <string.h>

#include "base/b64.h"
#include "base/magic.h"
#include "priv.h"

#define VERSION 1
#define F_HAS_DEPLOYMENT 0x80	/* the highest bit of the caller's flags is ours */

enum {
	AT_FLAGS = 1, AT_TIME = 2, AT_PLATFORM = 10, AT_TAG = 18, AT_NONCE = 34,
	AT_BINDING = 66, AT_DEPLOYMENT = 82, AT_MAC = 98, MAC_LEN = 24,
	STATE_BYTES = AT_MAC + MAC_LEN,
};

_Static_assert((STATE_BYTES * 8 + 5) / 6 == LTI_STATE_LEN, "the length is public");
_Static_assert(LTI_TAG_MAX == AT_NONCE - AT_TAG, "a tag fits");

static void put64(uint8_t *p, uint64_t v)
{
	for (int i = 7; i >= 0; i--, v >>= 8)
		p[i] = (uint8_t)(v & 255);
}

static uint64_t get64(const uint8_t *p)
{
	uint64_t v = 0;

	for (int i = 0; i < 8; i++)
		v = v << 8 | p[i];
	return v;
}

/* The purpose stands in front, so that the key may sign other things as well. */
static bool mac_of(const uint8_t key[LTI_STATE_KEY_LEN], const uint8_t raw[STATE_BYTES],
		   uint8_t out[32])
{
	static const char purpose[] = "lintel lti state 1";
	uint8_t text[sizeof(purpose) + AT_MAC];

	memcpy(text, purpose, sizeof(purpose));
	memcpy(text + sizeof(purpose), raw, AT_MAC);
	return jose_hmac(span_mk(key, LTI_STATE_KEY_LEN), span_mk(text, sizeof(text)), out);
}

static bool tag_ok(struct span t)
{
	if (t.n == 0 || t.n > LTI_TAG_MAX)
		return false;
	for (size_t i = 0; i < t.n; i++)
		if (b64url_value(t.p[i]) < 0)
			return false;
	return true;
}

enum err lti_state_make(int64_t platform, const char *deployment, struct span nonce,
			const struct lti_begin *b, int64_t now_ms, char out[LTI_STATE_LEN + 1])
{
	uint8_t raw[STATE_BYTES] = { VERSION }, hash[32];
	struct span tag = span_of(b->tag);

	assert(tag_ok(tag) && (b->flags & F_HAS_DEPLOYMENT) == 0 && now_ms >= 0);
	raw[AT_FLAGS] = b->flags;
	put64(raw + AT_TIME, (uint64_t)now_ms);
	put64(raw + AT_PLATFORM, (uint64_t)platform);
	memcpy(raw + AT_TAG, tag.p, tag.n);
	if (!jose_sha256(nonce, raw + AT_NONCE) || !jose_sha256(b->secret, hash))
		return E_INTERNAL;
	memcpy(raw + AT_BINDING, hash, AT_DEPLOYMENT - AT_BINDING);
	if (deployment != NULL) {
		raw[AT_FLAGS] |= F_HAS_DEPLOYMENT;
		if (!jose_sha256(span_of(deployment), hash))
			return E_INTERNAL;
		memcpy(raw + AT_DEPLOYMENT, hash, AT_MAC - AT_DEPLOYMENT);
	}
	if (!mac_of(b->key, raw, hash))
		return E_INTERNAL;
	memcpy(raw + AT_MAC, hash, MAC_LEN);
	b64url_encode(raw, sizeof(raw), out);
	return E_OK;
}

static enum lti_result forged(struct lti_refusal *why)
{
	return lti_refuse(why, LTI_REASON_STATE_FORGED, "a state made here", SPAN("another"));
}

enum lti_result lti_state_open(struct span text, const uint8_t key[LTI_STATE_KEY_LEN],
			       int64_t now_ms, int64_t ttl_s, struct lti_state *out,
			       struct lti_refusal *why)
{
	uint8_t raw[STATE_BYTES + 3], mac[32];
	struct lti_state st = { .platform = 0 };
	size_t n;

	*out = st;
	*why = (struct lti_refusal){ .reason = LTI_REASON_NONE };
	assert(ttl_s > 0);
	if (text.n == 0)
		return lti_refuse(why, LTI_REASON_STATE_MISSING, "our state", SPAN("(nothing)"));
	if (text.n != LTI_STATE_LEN || !b64url_decode(text, raw, &n) || n != STATE_BYTES)
		return forged(why);
	if (!mac_of(key, raw, mac))
		return LTI_INTERNAL;
	if (!jose_equal(mac, raw + AT_MAC, MAC_LEN) || raw[0] != VERSION)
		return forged(why);
	st.issued_ms = (int64_t)get64(raw + AT_TIME);
	st.platform = (int64_t)get64(raw + AT_PLATFORM);
	st.flags = raw[AT_FLAGS] & (uint8_t)~F_HAS_DEPLOYMENT;
	st.has_deployment = (raw[AT_FLAGS] & F_HAS_DEPLOYMENT) != 0;
	memcpy(st.tag, raw + AT_TAG, LTI_TAG_MAX);
	memcpy(st.nonce_hash, raw + AT_NONCE, sizeof(st.nonce_hash));
	memcpy(st.binding, raw + AT_BINDING, sizeof(st.binding));
	memcpy(st.deployment_hash, raw + AT_DEPLOYMENT, sizeof(st.deployment_hash));
	/* another node's clock may be a little ahead of ours */
	if (st.issued_ms > now_ms + LTI_LEEWAY_MAX * 1000 ||
	    now_ms - st.issued_ms > ttl_s * 1000)
		return lti_refuse(why, LTI_REASON_STATE_OLD, "a login that is not over",
				  SPAN("an old one"));
	*out = st;
	return LTI_OK;
}

enum lti_result lti_state_bind(struct lti_state *st, struct span secret, struct lti_refusal *why)
{
	uint8_t hash[32];

	assert(st->platform != 0);
	*why = (struct lti_refusal){ .reason = LTI_REASON_NONE };
	st->bound = false;
	if (!jose_sha256(secret, hash))
		return LTI_INTERNAL;
	if (secret.n < 16 || !jose_equal(hash, st->binding, sizeof(st->binding)))
		return lti_refuse(why, LTI_REASON_STATE_BROWSER, "the browser of the login",
				  SPAN("another, or one without the cookie"));
	st->bound = true;
	return LTI_OK;
}
