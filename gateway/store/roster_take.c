/* Persons and groups: new, changed, the same, gone; two records of one id. */
#include <string.h>

#include "base/magic.h"
#include "roster_private.h"

#define BEAT_EVERY 500000

/* ---- hashes ---- */

void hash_begin(struct roster *r, char domain)
{
	buf_reset(&r->scratch);
	buf_addc(&r->scratch, domain);
}

void hash_int(struct roster *r, uint64_t v)
{
	buf_add(&r->scratch, &v, sizeof(v));
}

/* The length first: "ab" + "c" and "a" + "bc" are two contents. */
void hash_text(struct roster *r, struct span s)
{
	uint32_t n = (uint32_t)s.n;

	buf_add(&r->scratch, &n, sizeof(n));
	buf_add(&r->scratch, s.p == NULL ? "" : s.p, s.n);
}

uint64_t hash_end(struct roster *r)
{
	uint64_t h = sip_hash(r->key, r->scratch.p, r->scratch.len);

	return h == 0 ? 1 : h;		/* 0 means "ended" in family_link */
}

uint64_t roster_id_key(struct roster *r, char domain, const struct roster_id *id)
{
	hash_begin(r, domain);
	hash_text(r, id->source);
	hash_text(r, id->id);
	return hash_end(r);
}

/*
 * Ids of a run are given out before its transactions, so they must not meet those
 * that launches make meanwhile: they count milliseconds from twenty years ago, one
 * each, and are checked against all persons and groups of earlier rosters.
 */
#define YEARS_AGO_MS INT64_C(631152000000)

int64_t roster_new_id(struct roster *r)
{
	int64_t id;

	assert(r->o.now_ms > YEARS_AGO_MS);
	do {
		id = store_id_at(r->o.now_ms - YEARS_AGO_MS + r->ids++);
	} while (emap_find_id(&r->person, id) != NO_ENTRY ||
		 emap_find_id(&r->class, id) != NO_ENTRY);
	return id;
}

static enum err known_or_new(struct roster *r, struct emap *m, uint64_t key, uint32_t *out)
{
	uint32_t i = emap_find(m, key);

	if (i == NO_ENTRY) {
		if (m->n >= (m == &r->person ? PERSONS_MAX : CLASSES_MAX))
			return E_LIMIT;
		i = emap_add(m, key, roster_new_id(r), false);
		if (i == NO_ENTRY)
			return E_NOMEM;
	}
	while ((emap_at(m, i)->flags & EF_ALIAS) != 0)
		i = emap_at(m, i)->stage;
	*out = i;
	return E_OK;
}

static enum err beat(struct db *db, struct roster *r, void *arg)
{
	(void)db;
	(void)r;
	(void)arg;
	return E_OK;		/* roster_write() itself says that we live */
}

enum err roster_ref(struct roster *r, struct emap *m, char domain, const struct roster_id *id,
		    uint32_t *out)
{
	enum err e = E_OK;

	if (++r->records > ROSTER_RECORDS_MAX)
		return E_LIMIT;
	if (r->records % BEAT_EVERY == 0)
		e = roster_write(r, beat, NULL);
	return e != E_OK ? e : known_or_new(r, m, roster_id_key(r, domain, id), out);
}

/* ---- the same for persons and groups ---- */

static enum stage_op compare(struct roster *r, struct entry *e, enum roster_kind k,
			     enum roster_op op, uint64_t hash)
{
	struct roster_counts *c = &r->rep.count[k];
	enum stage_op todo = 0;

	c->seen++;
	if (op == ROSTER_REMOVE) {
		e->flags |= EF_SEEN | EF_REMOVED;
		if ((e->flags & EF_DB) != 0 && (e->flags & EF_GONE) == 0) {
			c->removed++;
			todo = OP_REMOVE;
		} else {
			c->unchanged++;
		}
	} else if ((e->flags & EF_DB) == 0) {
		c->created++;
		todo = OP_CREATE;
	} else if (e->hash == hash && (e->flags & EF_GONE) == 0) {
		c->unchanged++;
	} else {
		c->updated++;
		c->restored += (e->flags & EF_GONE) != 0;
		todo = OP_UPDATE;
	}
	e->flags |= EF_SEEN;
	e->hash = hash;
	return todo;
}

/*
 * The same id again. The same words: the second is dropped. Other words: nobody
 * can tell which is right, so neither is taken and both lines are named.
 */
static void count_double(struct roster *r, struct entry *e, enum roster_kind k, uint64_t hash,
			 bool same_op, uint32_t line, uint32_t record, const struct roster_id *id)
{
	struct roster_counts *c = &r->rep.count[k];
	enum xml_code code = k == RK_PERSON ? XC_DUPLICATE_PERSON : XC_DUPLICATE_GROUP;

	c->seen++;
	c->rejected++;
	roster_found(r, code, XL_REJECT, k, line, record, e->line, id);
	if (e->hash == hash && same_op)
		return;
	if ((e->flags & EF_CONFLICT) == 0)
		roster_found(r, code, XL_REJECT, k, e->line, 0, line, id);
	e->flags |= EF_CONFLICT;
}

/* ---- persons ---- */

/* IMS Enterprise 1.1, sourcedidtype: Old and New in one record rename the person. */
static enum err rename_person(struct roster *r, const struct roster_person *p, uint64_t old_key,
			      uint32_t *i, bool *renamed_out)
{
	uint32_t old = emap_find(&r->person, old_key);
	struct entry *now = emap_at(&r->person, *i), *was;

	*renamed_out = false;
	if (old == NO_ENTRY || old == *i)
		return E_OK;
	was = emap_at(&r->person, old);
	if ((was->flags & EF_DB) == 0 || (was->flags & (EF_GONE | EF_SEEN)) != 0)
		return E_OK;
	if ((now->flags & (EF_DB | EF_SEEN)) != 0) {
		roster_found(r, XC_RENAME_CONFLICT, XL_WARN, RK_PERSON, p->id_line, p->line, 0,
			     &p->id);
		return E_OK;
	}
	/* what pointed at the new id meanwhile follows */
	now->flags = EF_ALIAS;
	now->stage = old;
	now->key = ~now->key;
	was->hash = 0;
	*i = old;
	*renamed_out = true;
	return emap_rekey(&r->person, old, roster_id_key(r, 'p', &p->id));
}

static uint64_t person_hash(struct roster *r, const struct roster_person *p)
{
	hash_begin(r, 'P');
	hash_text(r, p->given);
	hash_text(r, p->family);
	hash_text(r, p->full);
	hash_text(r, p->email);
	hash_text(r, p->username);
	hash_text(r, p->birth_day);
	return hash_end(r);
}

static enum err stage_person(struct roster *r, struct entry *e, const struct roster_person *p,
			     enum stage_op op, bool renamed)
{
	struct stage_row row = {
		.op = op, .a = e->id, .hash = e->hash,
		.text = { p->id.source, p->id.id, { "", 0 }, { "", 0 }, p->given, p->family,
			  p->full, p->email, p->username, p->birth_day },
	};

	if (p->full.n == 0) {
		buf_reset(&r->scratch);
		buf_add(&r->scratch, p->given.p, p->given.n);
		if (p->given.n > 0 && p->family.n > 0)
			buf_addc(&r->scratch, ' ');
		buf_add(&r->scratch, p->family.p, p->family.n);
		row.text[6] = span_mk(r->scratch.p, r->scratch.len);
	}
	if (renamed) {
		row.text[2] = p->old.source;
		row.text[3] = p->old.id;
	}
	return stage_add(r, SK_PERSON, &row, &e->stage);
}

static bool same_op(const struct entry *e, enum roster_op op)
{
	return ((e->flags & EF_REMOVED) != 0) == (op == ROSTER_REMOVE);
}

static enum err take_person(void *arg, const struct roster_person *p)
{
	struct roster *r = CAST_MAGIC(struct roster, arg, ROSTER_MAGIC);
	enum stage_op op;
	bool renamed = false;
	uint64_t hash, old;
	struct entry *e;
	uint32_t i;
	enum err err;

	r->owner_skip = true;
	if (p->id.id.n == 0)
		return E_OK;		/* its finding was counted */
	err = roster_ref(r, &r->person, 'p', &p->id, &i);
	if (err == E_OK && p->old.id.n > 0 && !p->rejected) {
		old = roster_id_key(r, 'p', &p->old);
		err = rename_person(r, p, old, &i, &renamed);
	}
	if (err != E_OK)
		return err;
	e = emap_at(&r->person, i);
	r->owner = i;
	if (p->rejected) {
		e->flags |= EF_REJECTED;
		return E_OK;
	}
	hash = person_hash(r, p);
	if ((e->flags & EF_SEEN) != 0) {
		count_double(r, e, RK_PERSON, hash, same_op(e, p->op), p->id_line, p->line, &p->id);
		return E_OK;
	}
	e->line = p->id_line;
	r->owner_skip = false;
	op = compare(r, e, RK_PERSON, p->op, hash);
	return op != 0 ? stage_person(r, e, p, op, renamed) : E_OK;
}

/* ---- groups ---- */

static struct span group_kind(const struct roster_group *g)
{
	if (g->household)
		return SPAN("household");
	/* the word is ours: no file may use it for a class */
	return span_eqz(g->kind, "household") ? SPAN("group") : g->kind;
}

static uint64_t group_hash(struct roster *r, const struct roster_group *g)
{
	hash_begin(r, 'G');
	hash_text(r, g->title);
	hash_text(r, group_kind(g));
	hash_text(r, g->begin_day);
	hash_text(r, g->end_day);
	return hash_end(r);
}

static enum err take_group(void *arg, const struct roster_group *g)
{
	struct roster *r = CAST_MAGIC(struct roster, arg, ROSTER_MAGIC);
	enum stage_op op;
	uint64_t hash;
	struct entry *e;
	uint32_t i;
	enum err err;

	if (g->id.id.n == 0)
		return E_OK;
	err = roster_ref(r, &r->class, 'g', &g->id, &i);
	if (err != E_OK)
		return err;
	e = emap_at(&r->class, i);
	if (g->rejected) {
		e->flags |= EF_REJECTED;
		return E_OK;
	}
	hash = group_hash(r, g);
	if ((e->flags & EF_SEEN) != 0) {
		count_double(r, e, RK_GROUP, hash, same_op(e, g->op), g->id_line, g->line, &g->id);
		return E_OK;
	}
	e->line = g->id_line;
	if (g->op == ROSTER_PUT)
		e->flags = (uint16_t)(g->household ? e->flags | EF_HOUSEHOLD : e->flags & ~EF_HOUSEHOLD);
	op = compare(r, e, RK_GROUP, g->op, hash);
	if (op == 0)
		return E_OK;
	return stage_add(r, SK_CLASS, &(struct stage_row){
		.op = op, .a = e->id, .hash = hash,
		.text = { g->id.source, g->id.id, g->title, group_kind(g), g->begin_day, g->end_day },
	}, &e->stage);
}

static enum err take_mode(void *arg, enum roster_mode mode)
{
	struct roster *r = CAST_MAGIC(struct roster, arg, ROSTER_MAGIC);

	r->file_mode = mode;
	return E_OK;
}

const struct roster_sink roster_sink = {
	.mode = take_mode, .person = take_person, .group = take_group,
	.member = roster_take_member, .link = roster_take_link, .finding = roster_take_finding,
};
