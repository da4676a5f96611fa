/*
 * Who is who in a roster import, in memory: persons and classes by the keyed hash of
 * their id, memberships and links as 64-bit keys, so that a million of them fit.
 * Threads: those of the import. The maps own what they hold.
 */
#ifndef LINTEL_STORE_ROSTER_MAP_H
#define LINTEL_STORE_ROSTER_MAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "store/roster.h"

/* ---- roster_hash.c ---- */

uint64_t sip_hash(const uint8_t key[ROSTER_KEY_LEN], const void *p, size_t n);

/* ---- roster_map.c ---- */

enum {
	EF_DB = 1 << 0,		/* the database holds it */
	EF_GONE = 1 << 1,	/* as gone */
	EF_SCOPE = 1 << 2,	/* it came from this platform: a full file may remove it */
	EF_SEEN = 1 << 3,	/* a sound record of this file */
	EF_REJECTED = 1 << 4,	/* a record of this file that was not taken */
	EF_CONFLICT = 1 << 5,	/* two records that differ: neither is taken */
	EF_REMOVED = 1 << 6,	/* this file removes it */
	EF_ALIAS = 1 << 7,	/* stands for the entry at index `stage` */
	EF_HOUSEHOLD = 1 << 8,	/* groups only */
};

struct entry {
	uint64_t key;		/* keyed hash of (source, id) */
	int64_t id;
	uint64_t hash;		/* of the content */
	uint32_t line;
	uint32_t stage;		/* its n in the staging table; 0: not staged */
	uint16_t flags;
};

/* Entries never move; index from 0. */
struct emap {
	struct entry **block;
	uint32_t n, blocks_cap;
	uint32_t *slot, *by_id;	/* index + 1 */
	uint32_t slots, ids, dead;
};

#define NO_ENTRY UINT32_MAX

struct entry *emap_at(const struct emap *m, uint32_t i);
uint32_t emap_find(const struct emap *m, uint64_t key);
uint32_t emap_find_id(const struct emap *m, int64_t id);
/* NO_ENTRY: no memory. The key must be new; by_id only for entries of the database. */
uint32_t emap_add(struct emap *m, uint64_t key, int64_t id, bool by_id);
enum err emap_rekey(struct emap *m, uint32_t i, uint64_t key);
void emap_free(struct emap *m);

/* Memberships and links: a set of 64-bit keys with a value each. Key 0 is no key. */
struct tie {
	uint64_t key, value;
};

struct tieset {
	uint64_t *key, *value;	/* value NULL: keys only */
	uint64_t cap, n;
	bool valued;
};

/* Index of the key, or of its free place (key[i] == 0). UINT64_MAX: no memory. */
uint64_t tieset_place(struct tieset *s, uint64_t key, uint64_t mask);
void tieset_free(struct tieset *s);

/* Membership key: class 22 bits, person 26, role 3; then flags below. */
#define MEMBER_KEY(class, person, role) \
	((((uint64_t)(class) + 1) << 41 | ((uint64_t)(person) + 1) << 15 | (uint64_t)(role) << 12))
#define MEMBER_MASK (~(uint64_t)0xfff)
#define MEMBER_CLASS(k) ((uint32_t)((k) >> 41) - 1)
#define MEMBER_PERSON(k) ((uint32_t)((k) >> 15 & 0x3ffffff) - 1)
#define MEMBER_ROLE(k) ((unsigned)((k) >> 12 & 7))
#define CLASSES_MAX ((1u << 22) - 2)
#define PERSONS_MAX ((1u << 26) - 2)
/* Link key: child 28 bits, guardian 28 bits, flags 8. */
#define LINK_KEY(child, guardian) (((uint64_t)(child) + 1) << 36 | ((uint64_t)(guardian) + 1) << 8)
#define LINK_MASK (~(uint64_t)0xff)
#define LINK_CHILD(k) ((uint32_t)((k) >> 36) - 1)
#define LINK_GUARDIAN(k) ((uint32_t)((k) >> 8 & 0xfffffff) - 1)
enum {
	TF_DB = 1 << 0, TF_SEEN = 1 << 1, TF_REMOVED = 1 << 2, TF_CONFLICT = 1 << 3,
	TF_GONE = 1 << 4, TF_STAGED = 1 << 5,
};

#endif
