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

#include "roster_map.h"
#include "roster_stage.h"
#include "store/roster.h"
#include "store/roster_runs.h"

#define ROSTER_MAGIC 0x4057e401u
#define ROSTER_SLICE 5000
#define ROSTER_RECORDS_MAX 10000000	/* docs/limits.md */
#define ROSTER_PENDING_MAX 2000000
#define ROSTER_FINDINGS 1000		/* kept of one code */

enum db_role_name { DR_TEACHER, DR_AIDE, DR_PUPIL, DR_OTHER };

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
