/* SipHash-2-4 (Aumasson and Bernstein, 2012): short keyed hashes nobody can aim at. */
#include <string.h>

#include "roster_private.h"

static inline uint64_t rotl(uint64_t x, unsigned b)
{
	return x << b | x >> (64 - b);
}

static inline uint64_t load64(const uint8_t *p)
{
	uint64_t v;

	memcpy(&v, p, sizeof(v));
	return v;
}

static inline void round1(uint64_t v[4])
{
	v[0] += v[1];
	v[1] = rotl(v[1], 13) ^ v[0];
	v[0] = rotl(v[0], 32);
	v[2] += v[3];
	v[3] = rotl(v[3], 16) ^ v[2];
	v[0] += v[3];
	v[3] = rotl(v[3], 21) ^ v[0];
	v[2] += v[1];
	v[1] = rotl(v[1], 17) ^ v[2];
	v[2] = rotl(v[2], 32);
}

uint64_t sip_hash(const uint8_t key[ROSTER_KEY_LEN], const void *p, size_t n)
{
	const uint8_t *s = p;
	uint64_t k0 = load64(key), k1 = load64(key + 8), m;
	uint64_t v[4] = {
		k0 ^ UINT64_C(0x736f6d6570736575), k1 ^ UINT64_C(0x646f72616e646f6d),
		k0 ^ UINT64_C(0x6c7967656e657261), k1 ^ UINT64_C(0x7465646279746573),
	};
	uint8_t tail[8] = { 0 };
	size_t left = n & 7;

	for (const uint8_t *end = s + (n - left); s < end; s += 8) {
		m = load64(s);
		v[3] ^= m;
		round1(v);
		round1(v);
		v[0] ^= m;
	}
	if (left > 0)
		memcpy(tail, s, left);
	m = load64(tail) | (uint64_t)n << 56;
	v[3] ^= m;
	round1(v);
	round1(v);
	v[0] ^= m;
	v[2] ^= 0xff;
	for (int i = 0; i < 4; i++)
		round1(v);
	return v[0] ^ v[1] ^ v[2] ^ v[3];
}
