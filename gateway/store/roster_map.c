/* Who is who while a file is read: entries by keyed hash and by id, ties by pair. */
#include <stdlib.h>
#include <string.h>

#include "base/magic.h"
#include "roster_private.h"

#define BLOCK 4096u

struct entry *emap_at(const struct emap *m, uint32_t i)
{
	assert(i < m->n);
	return &m->block[i / BLOCK][i % BLOCK];
}

static uint64_t mix(uint64_t x)
{
	x ^= x >> 32;
	x *= UINT64_C(0xd6e8feb86659fd93);
	x ^= x >> 32;
	x *= UINT64_C(0xd6e8feb86659fd93);
	return x ^ x >> 32;
}

static uint32_t start(uint64_t h, uint32_t slots)
{
	return (uint32_t)((unsigned __int128)h * slots >> 64);
}

static void put_slot(uint32_t *slot, uint32_t slots, uint64_t h, uint32_t i)
{
	uint32_t at = start(h, slots);

	while (slot[at] != 0)
		at = at + 1 == slots ? 0 : at + 1;
	slot[at] = i + 1;
}

uint32_t emap_find(const struct emap *m, uint64_t key)
{
	uint32_t at;

	if (m->slots == 0)
		return NO_ENTRY;
	for (at = start(mix(key), m->slots); m->slot[at] != 0; at = at + 1 == m->slots ? 0 : at + 1)
		if (emap_at(m, m->slot[at] - 1)->key == key)
			return m->slot[at] - 1;
	return NO_ENTRY;
}

uint32_t emap_find_id(const struct emap *m, int64_t id)
{
	uint32_t at;

	if (m->ids == 0)
		return NO_ENTRY;
	at = start(mix((uint64_t)id), m->ids);
	for (; m->by_id[at] != 0; at = at + 1 == m->ids ? 0 : at + 1)
		if (emap_at(m, m->by_id[at] - 1)->id == id)
			return m->by_id[at] - 1;
	return NO_ENTRY;
}

/* The old table goes first: both at once would be the peak of the whole import. */
static bool grow(struct emap *m, uint32_t **table, uint32_t *size, bool ids)
{
	uint32_t want = m->n + m->n / 2 + 1024, used = m->n + (ids ? 0 : m->dead);

	if (*size != 0 && (uint64_t)used * 10 < (uint64_t)*size * 8)
		return true;
	if (!ids)
		m->dead = 0;
	free(*table);
	*table = calloc(want, sizeof(**table));
	if (*table == NULL) {
		*size = 0;
		return false;
	}
	*size = want;
	for (uint32_t i = 0; i < m->n; i++) {
		const struct entry *e = emap_at(m, i);

		if (!ids)
			put_slot(*table, want, mix(e->key), i);
		else if ((e->flags & EF_DB) != 0)
			put_slot(*table, want, mix((uint64_t)e->id), i);
	}
	return true;
}

uint32_t emap_add(struct emap *m, uint64_t key, int64_t id, bool by_id)
{
	uint32_t i = m->n;
	struct entry *e;

	if (!grow(m, &m->slot, &m->slots, false) || (by_id && !grow(m, &m->by_id, &m->ids, true)))
		return NO_ENTRY;
	if (i % BLOCK == 0) {
		if (i / BLOCK == m->blocks_cap) {
			uint32_t cap = m->blocks_cap == 0 ? 64 : m->blocks_cap * 2;
			struct entry **b = realloc(m->block, cap * sizeof(struct entry *));

			if (b == NULL)
				return NO_ENTRY;
			m->block = b;
			m->blocks_cap = cap;
		}
		m->block[i / BLOCK] = calloc(BLOCK, sizeof(struct entry));
		if (m->block[i / BLOCK] == NULL)
			return NO_ENTRY;
	}
	m->n++;
	e = emap_at(m, i);
	*e = (struct entry){ .key = key, .id = id, .flags = by_id ? EF_DB : 0 };
	put_slot(m->slot, m->slots, mix(key), i);
	if (by_id)
		put_slot(m->by_id, m->ids, mix((uint64_t)id), i);
	return i;
}

/* The slot of the old key stays and finds nothing any more: its entry has another key. */
enum err emap_rekey(struct emap *m, uint32_t i, uint64_t key)
{
	emap_at(m, i)->key = key;
	m->dead++;
	if (!grow(m, &m->slot, &m->slots, false))
		return E_NOMEM;
	if (emap_find(m, key) == NO_ENTRY)
		put_slot(m->slot, m->slots, mix(key), i);
	return E_OK;
}

void emap_free(struct emap *m)
{
	for (uint32_t i = 0; i < m->n; i += BLOCK)
		free(m->block[i / BLOCK]);
	free(m->block);
	free(m->slot);
	free(m->by_id);
	*m = (struct emap){ .n = 0 };
}

/* ---- ties ---- */

static uint64_t tie_start(uint64_t key, uint64_t cap)
{
	return (uint64_t)((unsigned __int128)mix(key) * cap >> 64);
}

static uint64_t walk(const struct tieset *s, uint64_t key, uint64_t mask)
{
	uint64_t at = tie_start(key, s->cap);

	while (s->key[at] != 0 && (s->key[at] & mask) != key)
		at = at + 1 == s->cap ? 0 : at + 1;
	return at;
}

static bool tie_grow(struct tieset *s, uint64_t mask)
{
	struct tieset big = { .cap = s->n + s->n / 2 + 1024, .n = s->n, .valued = s->valued };

	big.key = calloc(big.cap, sizeof(uint64_t));
	if (s->valued)
		big.value = calloc(big.cap, sizeof(uint64_t));
	if (big.key == NULL || (s->valued && big.value == NULL)) {
		free(big.key);
		free(big.value);
		return false;
	}
	for (uint64_t i = 0; i < s->cap; i++) {
		uint64_t at;

		if (s->key[i] == 0)
			continue;
		at = walk(&big, s->key[i] & mask, mask);
		big.key[at] = s->key[i];
		if (s->valued)
			big.value[at] = s->value[i];
	}
	free(s->key);
	free(s->value);
	*s = big;
	return true;
}

uint64_t tieset_place(struct tieset *s, uint64_t key, uint64_t mask)
{
	assert(key != 0 && (key & ~mask) == 0);
	if (s->cap == 0 || s->n * 10 >= s->cap * 8)
		if (!tie_grow(s, mask))
			return UINT64_MAX;
	return walk(s, key, mask);
}

void tieset_free(struct tieset *s)
{
	free(s->key);
	free(s->value);
	*s = (struct tieset){ .cap = 0 };
}
