/* Known answers: FIPS 180-4, RFC 4231, RFC 5869, the GCM test vectors of McGrew and Viega. */
#include <string.h>

#include "base/b64.h"
#include "gw/crypt.h"
#include "t.h"

static size_t unhex(const char *hex, uint8_t *out)
{
	size_t n = strlen(hex) / 2;

	for (size_t i = 0; i < n; i++)
		out[i] = (uint8_t)(hex_digit(hex[2 * i]) << 4 | hex_digit(hex[2 * i + 1]));
	return n;
}

static const char *hex(const uint8_t *p, size_t n)
{
	static char out[400];

	hex_encode(p, n, out);
	return out;
}

TEST(sha256_of_known_texts)
{
	uint8_t h[SHA256_LEN];

	crypt_sha256(SPAN("abc"), h);
	CHECK_STR(hex(h, 32), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
	crypt_sha256(span_mk(NULL, 0), h);
	CHECK_STR(hex(h, 32), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}

TEST(hmac_of_rfc_4231)
{
	uint8_t key[131], h[SHA256_LEN];

	memset(key, 0x0b, 20);
	crypt_hmac(span_mk(key, 20), SPAN("Hi There"), h);
	CHECK_STR(hex(h, 32), "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7");
	crypt_hmac(SPAN("Jefe"), SPAN("what do ya want for nothing?"), h);
	CHECK_STR(hex(h, 32), "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
	memset(key, 0xaa, sizeof(key));
	crypt_hmac(span_mk(key, sizeof(key)),
		   SPAN("Test Using Larger Than Block-Size Key - Hash Key First"), h);
	CHECK_STR(hex(h, 32), "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
	crypt_hmac(SPAN(""), SPAN(""), h);
	CHECK_STR(hex(h, 32), "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad");
}

TEST(derive_is_hkdf_of_rfc_5869)
{
	uint8_t ikm[22], k[SEAL_KEY_LEN], k2[SEAL_KEY_LEN];

	memset(ikm, 0x0b, sizeof(ikm));
	crypt_derive(span_mk(ikm, sizeof(ikm)), "", k);	/* A.3, first block */
	CHECK_STR(hex(k, 32), "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d");
	crypt_derive(span_mk(ikm, sizeof(ikm)), "state", k);	/* as Python computes it */
	CHECK_STR(hex(k, 32), "407eac161153a2d46b70d141e277a492b6a1e9f296cda0d12be2f26ee20ec94d");
	crypt_derive(span_mk(ikm, sizeof(ikm)), "state2", k2);
	CHECK(!crypt_equal(k, k2, 32));
}

/* Test case 16 of the GCM specification: key, nonce, aad and text all there. */
TEST(open_reads_a_foreign_seal)
{
	uint8_t key[32], aad[20], sealed[200], out[200], plain[60];
	size_t n = 0, sn;

	unhex("feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308", key);
	unhex("feedfacedeadbeeffeedfacedeadbeefabaddad2", aad);
	sn = unhex("cafebabefacedbaddecaf888"
		   "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa"
		   "8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662"
		   "76fc6ece0f4e1768cddf8853bb2d551b", sealed);
	unhex("d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72"
	      "1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39", plain);
	CHECK_INT(crypt_open(key, span_mk(aad, 20), span_mk(sealed, sn), out, &n), E_OK);
	CHECK(n == 60 && memcmp(out, plain, 60) == 0);
	for (size_t i = 0; i < sn; i++) {
		sealed[i] ^= 1;
		CHECK_INT(crypt_open(key, span_mk(aad, 20), span_mk(sealed, sn), out, &n), E_INPUT);
		sealed[i] ^= 1;
	}
	aad[3] ^= 1;
	CHECK_INT(crypt_open(key, span_mk(aad, 20), span_mk(sealed, sn), out, &n), E_INPUT);
	CHECK(out[0] == 0 && out[59] == 0);	/* nothing unproved is handed out */
}

TEST(seal_and_open_every_length)
{
	uint8_t key[32], plain[100], sealed[100 + SEAL_OVERHEAD], back[100];
	size_t n, m;

	crypt_random(key, sizeof(key));
	crypt_random(plain, sizeof(plain));
	for (size_t len = 0; len <= sizeof(plain); len++) {
		CHECK_INT(crypt_seal(key, SPAN("row 7"), span_mk(plain, len), sealed, &n), E_OK);
		CHECK_INT(n, len + SEAL_OVERHEAD);
		CHECK_INT(crypt_open(key, SPAN("row 7"), span_mk(sealed, n), back, &m), E_OK);
		CHECK(m == len && memcmp(plain, back, len) == 0);
		CHECK_INT(crypt_open(key, SPAN("row 8"), span_mk(sealed, n), back, &m), E_INPUT);
		CHECK_INT(crypt_open(key, SPAN("row 7"), span_mk(sealed, n - 1), back, &m), E_INPUT);
	}
	CHECK_INT(crypt_open(key, SPAN(""), span_mk(sealed, SEAL_OVERHEAD - 1), back, &m), E_INPUT);
}

TEST(two_seals_of_one_text_differ)
{
	uint8_t key[32] = { 1 }, a[4 + SEAL_OVERHEAD], b[4 + SEAL_OVERHEAD];
	size_t n;

	CHECK_INT(crypt_seal(key, SPAN(""), SPAN("text"), a, &n), E_OK);
	CHECK_INT(crypt_seal(key, SPAN(""), SPAN("text"), b, &n), E_OK);
	CHECK(memcmp(a, b, sizeof(a)) != 0);
}

TEST(tokens_are_long_and_new)
{
	char a[44], b[44];
	uint8_t raw[33];
	size_t n;

	crypt_token(a, 32);
	crypt_token(b, 32);
	CHECK_INT(strlen(a), 43);
	CHECK(strcmp(a, b) != 0);
	CHECK(b64url_decode(span_of(a), raw, &n) && n == 32);
	CHECK(crypt_equal("same", "same", 4) && !crypt_equal("same", "samf", 4));
}
