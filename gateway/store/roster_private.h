/*
 * Inside of a roster import.
 *   roster_hash.c   keyed hash         roster_map.c     who is who, in memory
 *   roster_load.c   what is there      roster_take.c    persons and groups
 *   roster_ties.c   memberships, links roster_settle.c  what the whole file decides
 *   roster_stage.c  changes to tables  roster_apply.c   changes to rows
 *   roster_find.c   findings, report   roster_run.c     begin, end, recover
 */
#ifndef LINTEL_STORE_ROSTER_PRIVATE_H
#define LINTEL_STORE_ROSTER_PRIVATE_H

#include "store/roster.h"
#include "store/roster_runs.h"

#define ROSTER_MAGIC 0x4057e401u
#define ROSTER_SLICE 5000
#define ROSTER_RECORDS_MAX 10000000	/* docs/limits.md */
#define ROSTER_PENDING_MAX 2000000
#define ROSTER_FINDINGS 1000		/* kept of one code */

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

enum db_role_name { DR_TEACHER, DR_AIDE, DR_PUPIL, DR_OTHER };

/* ---- staging ---- */

enum stage_op { OP_CREATE = 1, OP_UPDATE, OP_REMOVE, OP_FORBID };
enum stage_kind { SK_PERSON, SK_CLASS, SK_MEMBER, SK_LINK, SK_COUNT };

#define STAGE_TEXTS 10

struct stage_row {
	enum stage_op op;
	int64_t a, b;			/* person; class; class, person; child, guardian */
	struct span text[STAGE_TEXTS];
	uint64_t hash;
	uint8_t bit[4], priority, access;
	int64_t household, prohibition;
	/* while waiting in memory: text is offsets into stage.text */
};

struct stage {
	struct stage_row *row;
	unsigned n, cap;
	struct buf text;
	uint32_t total;			/* staged so far: the last n given out */
	unsigned has;			/* SH_ bits: what there is to do at all */
};

enum {
	SH_CREATE = 1 << 0, SH_UPDATE = 1 << 1, SH_REMOVE = 1 << 2, SH_RENAME = 1 << 3,
	SH_BAN = 1 << 4, SH_LIFT = 1 << 5, SH_HOUSE = 1 << 6, SH_ALL = 0x7f,
};

struct stage_sum {
	uint32_t total[SK_COUNT];
	unsigned has[SK_COUNT];
};

/* A membership or link whose ends were not both known when it came. */
struct pending {
	enum roster_kind kind;
	enum roster_op op;
	uint32_t a, b;			/* class, person; or child, guardian */
	uint32_t line, other_line, record;
	uint8_t role, relation, bits, priority, access;
	bool active, orphan, mentor;
	uint64_t label;			/* keyed hash of the household label; 0: none */
};

struct found {
	struct xml_finding f;		/* spans in roster.texts */
};

struct roster {
	unsigned magic;
	struct store *st;
	struct roster_opts o;
	uint8_t key[ROSTER_KEY_LEN];
	int64_t run;
	int64_t started;		/* monotonic */
	bool locked, finished;
	enum roster_mode file_mode;
	struct emap person, class;
	struct tieset member, link;
	struct stage stage[SK_COUNT];
	struct pending *pend, *house;	/* house: members of household groups */
	size_t pends, pends_cap, houses, houses_cap;
	struct buf scratch;		/* what a hash is taken of */
	uint32_t owner;			/* the person record the next links belong to */
	bool owner_skip;
	int64_t records, ids;
	int64_t live[RK_COUNT], going[RK_COUNT];	/* for the removal threshold */
	struct roster_report rep;
	struct found *found;
	size_t founds, founds_cap;
	uint64_t code_count[XC_COUNT];
	struct arena texts;
	struct fault fault;
};

/* roster_load.c */
enum err roster_load(struct roster *r);
/* roster_take.c */
uint64_t roster_id_key(struct roster *r, char domain, const struct roster_id *id);
enum err roster_ref(struct roster *r, struct emap *m, char domain, const struct roster_id *id,
		    uint32_t *out);
int64_t roster_new_id(struct roster *r);
void hash_begin(struct roster *r, char domain);
void hash_text(struct roster *r, struct span s);
void hash_int(struct roster *r, uint64_t v);
uint64_t hash_end(struct roster *r);	/* never 0 */
enum err roster_take_mode(void *arg, enum roster_mode mode);
enum err roster_take_person(void *arg, const struct roster_person *p);
enum err roster_take_group(void *arg, const struct roster_group *g);
/* roster_ties.c */
enum err roster_take_member(void *arg, const struct roster_member *m);
enum err roster_take_link(void *arg, const struct roster_link *l);
enum err roster_tie(struct roster *r, const struct pending *p);	/* both ends are known */
bool roster_known(const struct entry *e);
/* roster_settle.c */
enum err roster_settle(struct roster *r);
/* roster_stage.c */
enum err stage_add(struct roster *r, enum stage_kind k, const struct stage_row *row,
		   uint32_t *n_out);
enum err stage_flush(struct roster *r);
void stage_free(struct roster *r);
/* roster_apply.c */
enum err roster_apply(struct roster *r, const struct stage_sum *sum);
enum err roster_stage_drop(struct store *st, int64_t tenant, int64_t run, struct fault *f);
/* roster_find.c */
enum err roster_take_finding(void *arg, const struct xml_finding *f);
void roster_found(struct roster *r, enum xml_code c, enum xml_level lv, enum roster_kind k,
		  uint32_t line, uint32_t record, uint32_t other, const struct roster_id *id);
void roster_json(struct roster *r, const struct roster_end *end, struct buf *out);
/* roster_run.c */
struct roster_write {
	struct roster *r;
	enum err (*fn)(struct db *db, struct roster *r, void *arg);
	void *arg;
};
/* A closure of this run: refuses to write once another process took the lock over. */
enum err roster_write(struct roster *r, enum err (*fn)(struct db *, struct roster *, void *),
		      void *arg);

#endif
