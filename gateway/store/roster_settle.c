/*
 * What only the whole file can decide: ends that dangle, groups that are really
 * one child's guardians, records that contradict each other, and what is missing.
 */
#include <stdlib.h>

#include "base/magic.h"
#include "roster_private.h"

static uint32_t canon(const struct emap *m, uint32_t i)
{
	assert(i < m->n);
	while ((emap_at(m, i)->flags & EF_ALIAS) != 0)
		i = emap_at(m, i)->stage;
	return i;
}

/* ---- ends that were not known ---- */

static bool rejected(const struct entry *e)
{
	return (e->flags & EF_REJECTED) != 0;
}

static void reject(struct roster *r, const struct pending *p, enum xml_code code, uint32_t line)
{
	struct roster_counts *c = &r->rep.count[p->kind];

	assert(p->kind == RK_MEMBER || p->kind == RK_LINK);
	if (p->orphan)
		return;
	c->seen++;
	c->rejected++;
	c->dangling += code != XC_HANGS_ON_REJECTED;
	roster_found(r, code, XL_REJECT, p->kind, line, p->record, 0, NULL);
}

static enum err settle_one(struct roster *r, struct pending *p, uint32_t *said)
{
	const struct emap *left = p->kind == RK_MEMBER ? &r->class : &r->person;
	const struct entry *a, *b;

	assert(p->kind == RK_MEMBER || p->kind == RK_LINK);
	p->a = canon(left, p->a);
	p->b = canon(&r->person, p->b);
	a = emap_at(left, p->a);
	b = emap_at(&r->person, p->b);
	if (roster_known(a) && roster_known(b))
		return roster_tie(r, p);
	/* removing what is not there is done already */
	if (p->op == ROSTER_REMOVE) {
		r->rep.count[p->kind].seen++;
		r->rep.count[p->kind].unchanged++;
		return E_OK;
	}
	if (rejected(a) || rejected(b)) {
		reject(r, p, XC_HANGS_ON_REJECTED, p->line);
	} else if (p->kind == RK_LINK) {
		reject(r, p, XC_DANGLING_GUARDIAN, p->line);
	} else if (!roster_known(a)) {
		/* one line for all members of a group nobody knows */
		if (*said == p->other_line) {
			r->rep.count[RK_MEMBER].seen++;
			r->rep.count[RK_MEMBER].rejected++;
			r->rep.count[RK_MEMBER].dangling++;
			return E_OK;
		}
		*said = p->other_line;
		reject(r, p, XC_DANGLING_GROUP, p->other_line);
	} else {
		reject(r, p, XC_DANGLING_MEMBER, p->line);
	}
	return E_OK;
}

static enum err settle_pending(struct roster *r)
{
	uint32_t said = 0;
	enum err e = E_OK;

	assert(r->pends <= r->pends_cap);
	for (size_t i = 0; i < r->pends && e == E_OK; i++)
		e = settle_one(r, &r->pend[i], &said);
	r->pends = 0;
	return e;
}

/* ---- one learner and that learner's guardians, written as a group ---- */

static int by_group(const void *x, const void *y)
{
	const struct pending *a = x, *b = y;

	if (a->a != b->a)
		return a->a < b->a ? -1 : 1;
	return a->line < b->line ? -1 : a->line > b->line;
}

static enum err guardian_of(struct roster *r, const struct pending *child,
			    const struct pending *g)
{
	struct pending l = {
		.kind = RK_LINK, .line = g->line, .record = g->record, .a = child->b, .b = g->b,
		.relation = g->relation, .op = g->active ? g->op : ROSTER_REMOVE,
	};

	assert(child->role == DR_PUPIL && g->mentor && child->a == g->a);
	if (child->op == ROSTER_REMOVE || !child->active)
		l.op = ROSTER_REMOVE;
	if (l.relation == RELATION_COUNT) {
		roster_found(r, XC_UNKNOWN_RELATION, XL_WARN, RK_LINK, g->line, g->record, 0, NULL);
		l.relation = RELATION_OTHER;
	}
	return roster_tie(r, &l);
}

static enum err settle_households(struct roster *r)
{
	size_t from = 0, to;
	enum err e = E_OK;

	if (r->houses > 0)
		qsort(r->house, r->houses, sizeof(*r->house), by_group);
	for (; from < r->houses && e == E_OK; from = to) {
		for (to = from; to < r->houses && r->house[to].a == r->house[from].a; to++)
			;
		assert(to > from);
		for (size_t c = from; c < to; c++)
			for (size_t g = from; g < to && e == E_OK; g++)
				if (r->house[c].role == DR_PUPIL && r->house[g].mentor)
					e = guardian_of(r, &r->house[c], &r->house[g]);
	}
	r->houses = 0;
	return e;
}

/* ---- records that contradict each other ---- */

/* Takes back how the first of two was counted. */
static void uncount(struct roster_counts *c, const struct entry *e)
{
	c->rejected++;
	if ((e->flags & EF_REMOVED) != 0 && e->stage != 0)
		c->removed--;
	else if (e->stage == 0)
		c->unchanged--;
	else if ((e->flags & EF_DB) == 0)
		c->created--;
	else
		c->updated--;
	if (e->stage != 0 && (e->flags & (EF_DB | EF_GONE | EF_REMOVED)) == (EF_DB | EF_GONE))
		c->restored--;
}

struct cancel {
	int64_t id, n;
	bool person, fresh;
	int64_t created, updated, removed;	/* of memberships */
	int64_t links_created, links_updated, links_removed;
};

static enum err count_ops(struct db *db, const struct roster *r, const char *sql, int64_t id,
			  int64_t op, int64_t *n_out)
{
	assert(id > 0 && op >= OP_CREATE && op <= OP_REMOVE);
	return db_one(db, NULL, "i", (void *[]){ n_out }, sql, "iiii", r->o.tenant, r->run, id, op);
}

static const char member_ops[] =
	"SELECT COUNT(*) FROM roster_stage_member WHERE tenant_id = $1 AND run_id = $2 "
	"AND (person_id = $3 OR class_id = $3) AND op = $4";
static const char link_ops[] =
	"SELECT COUNT(*) FROM roster_stage_link WHERE tenant_id = $1 AND run_id = $2 "
	"AND (child_id = $3 OR guardian_id = $3) AND op = $4";

static enum err cancel_members(struct db *db, struct roster *r, struct cancel *c)
{
	enum err e = count_ops(db, r, member_ops, c->id, OP_CREATE, &c->created);

	if (e == E_OK)
		e = count_ops(db, r, member_ops, c->id, OP_UPDATE, &c->updated);
	if (e == E_OK)
		e = count_ops(db, r, member_ops, c->id, OP_REMOVE, &c->removed);
	if (e == E_OK)
		e = db_run(db, NULL, "DELETE FROM roster_stage_member WHERE tenant_id = $1 "
			   "AND run_id = $2 AND (person_id = $3 OR class_id = $3)",
			   "iii", r->o.tenant, r->run, c->id);
	return e;
}

static enum err cancel_links(struct db *db, struct roster *r, struct cancel *c)
{
	enum err e = count_ops(db, r, link_ops, c->id, OP_CREATE, &c->links_created);

	if (e == E_OK)
		e = count_ops(db, r, link_ops, c->id, OP_UPDATE, &c->links_updated);
	if (e == E_OK)
		e = count_ops(db, r, link_ops, c->id, OP_REMOVE, &c->links_removed);
	/* what forbids stays, as long as both ends will be there */
	if (e == E_OK)
		e = db_run(db, NULL, "UPDATE roster_stage_link SET op = 4 WHERE tenant_id = $1 "
			   "AND run_id = $2 AND (child_id = $3 OR guardian_id = $3) AND access = 2",
			   "iii", r->o.tenant, r->run, c->id);
	if (e == E_OK)
		e = db_run(db, NULL, "DELETE FROM roster_stage_link WHERE tenant_id = $1 "
			   "AND run_id = $2 AND (child_id = $3 OR guardian_id = $3) "
			   "AND (op <> 4 OR $4 = 1)",
			   "iiii", r->o.tenant, r->run, c->id, (int64_t)(c->person && c->fresh));
	return e;
}

static enum err cancel_rows(struct db *db, struct roster *r, void *arg)
{
	struct cancel *c = arg;
	enum err e;

	e = db_run(db, NULL, c->person ?
		   "DELETE FROM roster_stage_person WHERE tenant_id = $1 AND run_id = $2 AND n = $3" :
		   "DELETE FROM roster_stage_class WHERE tenant_id = $1 AND run_id = $2 AND n = $3",
		   "iii", r->o.tenant, r->run, c->n);
	if (e == E_OK && c->person)
		e = cancel_links(db, r, c);
	/* memberships of somebody who will not be there; a known person keeps them */
	if (e == E_OK && c->fresh)
		e = cancel_members(db, r, c);
	return e;
}

static void uncount_ties(struct roster *r, const struct cancel *c)
{
	struct roster_counts *m = &r->rep.count[RK_MEMBER], *l = &r->rep.count[RK_LINK];

	m->created -= c->created;
	m->updated -= c->updated;
	m->removed -= c->removed;
	m->rejected += c->created + c->updated + c->removed;
	l->created -= c->links_created;
	l->updated -= c->links_updated;
	l->removed -= c->links_removed;
	l->rejected += c->links_created + c->links_updated + c->links_removed;
	if (c->created + c->updated + c->removed + c->links_created + c->links_updated > 0)
		roster_found(r, XC_HANGS_ON_REJECTED, XL_REJECT, RK_MEMBER, 0, 0, 0, NULL);
}

static enum err settle_conflicts(struct roster *r, struct emap *m, enum roster_kind k)
{
	enum err e = E_OK;

	assert(k == RK_PERSON || k == RK_GROUP);
	for (uint32_t i = 0; i < m->n && e == E_OK; i++) {
		struct entry *x = emap_at(m, i);
		struct cancel c = { .id = x->id, .n = x->stage, .person = k == RK_PERSON };

		if ((x->flags & EF_CONFLICT) == 0)
			continue;
		uncount(&r->rep.count[k], x);
		c.fresh = (x->flags & EF_DB) == 0;
		e = roster_write(r, cancel_rows, &c);
		uncount_ties(r, &c);
	}
	return e;
}

struct pair {
	int64_t child, guardian, op;
};

static enum err cancel_pair(struct db *db, struct roster *r, void *arg)
{
	struct pair *p = arg;
	enum err e;

	assert(p->child > 0 && p->guardian > 0);
	p->op = 0;
	e = db_one(db, NULL, "i", (void *[]){ &p->op },
		   "SELECT COALESCE(MIN(op), 0) FROM roster_stage_link WHERE tenant_id = $1 "
		   "AND run_id = $2 AND child_id = $3 AND guardian_id = $4 AND op < 4",
		   "iiii", r->o.tenant, r->run, p->child, p->guardian);
	if (e == E_OK)
		e = db_run(db, NULL, "UPDATE roster_stage_link SET op = 4 WHERE tenant_id = $1 "
			   "AND run_id = $2 AND child_id = $3 AND guardian_id = $4 AND access = 2",
			   "iiii", r->o.tenant, r->run, p->child, p->guardian);
	if (e == E_OK)
		e = db_run(db, NULL, "DELETE FROM roster_stage_link WHERE tenant_id = $1 "
			   "AND run_id = $2 AND child_id = $3 AND guardian_id = $4 AND op < 4",
			   "iiii", r->o.tenant, r->run, p->child, p->guardian);
	return e;
}

static enum err settle_link_conflicts(struct roster *r)
{
	struct roster_counts *c = &r->rep.count[RK_LINK];
	enum err e = E_OK;

	for (uint64_t i = 0; i < r->link.cap && e == E_OK; i++) {
		uint64_t k = r->link.key[i];
		struct pair p;

		if (k == 0 || (k & TF_CONFLICT) == 0)
			continue;
		p.child = emap_at(&r->person, LINK_CHILD(k))->id;
		p.guardian = emap_at(&r->person, LINK_GUARDIAN(k))->id;
		p.op = (k & TF_STAGED) == 0 ? 0 : (k & TF_REMOVED) != 0 ? OP_REMOVE :
			(k & TF_DB) != 0 ? OP_UPDATE : OP_CREATE;
		e = roster_write(r, cancel_pair, &p);
		c->rejected++;
		*(p.op == OP_CREATE ? &c->created : p.op == OP_UPDATE ? &c->updated :
		  p.op == OP_REMOVE ? &c->removed : &c->unchanged) -= 1;
	}
	return e;
}

/* ---- what is missing from a full file ---- */

/* In the database, from this platform, and this file says nothing of it. */
static bool missing(const struct entry *e)
{
	const unsigned told = EF_SEEN | EF_REJECTED | EF_CONFLICT | EF_ALIAS;

	return (e->flags & (EF_DB | EF_GONE | EF_SCOPE | told)) == (EF_DB | EF_SCOPE);
}

static bool faulty(const struct entry *e)
{
	return (e->flags & (EF_REJECTED | EF_CONFLICT)) != 0;
}

static bool leaves(const struct entry *e, bool full)
{
	return (e->flags & (EF_REMOVED | EF_CONFLICT)) == EF_REMOVED || (full && missing(e));
}

static enum err missing_entries(struct roster *r, struct emap *m, enum roster_kind k,
				enum stage_kind sk, bool full)
{
	enum err e = E_OK;

	assert((k == RK_PERSON) == (sk == SK_PERSON));
	for (uint32_t i = 0; i < m->n && e == E_OK; i++) {
		struct entry *x = emap_at(m, i);

		if ((x->flags & (EF_DB | EF_GONE | EF_SCOPE)) == (EF_DB | EF_SCOPE))
			r->live[k]++;
		if (leaves(x, full))
			r->going[k]++;
		if (!full || !missing(x))
			continue;
		r->rep.count[k].missing++;
		e = stage_add(r, sk, &(struct stage_row){ .op = OP_REMOVE, .a = x->id }, NULL);
	}
	return e;
}

static enum err missing_members(struct roster *r, bool full)
{
	enum err e = E_OK;

	for (uint64_t i = 0; i < r->member.cap && e == E_OK; i++) {
		uint64_t k = r->member.key[i];
		const struct entry *c, *p;
		struct stage_row row = { .op = OP_REMOVE };
		static const char *const role[] = { "teacher", "aide", "pupil", "other" };

		if (k == 0 || (k & TF_DB) == 0)
			continue;
		c = emap_at(&r->class, MEMBER_CLASS(k));
		p = emap_at(&r->person, MEMBER_PERSON(k));
		if ((c->flags & EF_SCOPE) != 0)
			r->live[RK_MEMBER]++;
		if ((k & TF_REMOVED) != 0 || leaves(c, full) || leaves(p, full)) {
			r->going[RK_MEMBER] += (c->flags & EF_SCOPE) != 0;
			continue;
		}
		if (!full || (k & TF_SEEN) != 0 || (c->flags & EF_SEEN) == 0 || faulty(c) || faulty(p))
			continue;
		r->going[RK_MEMBER] += (c->flags & EF_SCOPE) != 0;
		r->rep.count[RK_MEMBER].missing++;
		row.a = c->id;
		row.b = p->id;
		row.text[0] = span_of(role[MEMBER_ROLE(k) & 3]);
		e = stage_add(r, SK_MEMBER, &row, NULL);
	}
	return e;
}

static enum err missing_links(struct roster *r, bool full)
{
	enum err e = E_OK;

	for (uint64_t i = 0; i < r->link.cap && e == E_OK; i++) {
		uint64_t k = r->link.key[i];
		const struct entry *c, *g;

		if (k == 0 || (k & (TF_DB | TF_GONE)) != TF_DB)
			continue;
		c = emap_at(&r->person, LINK_CHILD(k));
		g = emap_at(&r->person, LINK_GUARDIAN(k));
		if ((c->flags & EF_SCOPE) != 0)
			r->live[RK_LINK]++;
		if ((k & TF_REMOVED) != 0 || leaves(c, full) || leaves(g, full)) {
			r->going[RK_LINK] += (c->flags & EF_SCOPE) != 0;
			continue;
		}
		/* the links present replace those of each learner in a full file */
		if (!full || (k & TF_SEEN) != 0 || (c->flags & EF_SEEN) == 0 || faulty(c) || faulty(g))
			continue;
		r->going[RK_LINK] += (c->flags & EF_SCOPE) != 0;
		r->rep.count[RK_LINK].missing++;
		e = stage_add(r, SK_LINK, &(struct stage_row){
			.op = OP_REMOVE, .a = c->id, .b = g->id, .text = { SPAN("") } }, NULL);
	}
	return e;
}

/* A file cut short in the source system looks sound: it would remove half a school. */
static void threshold(struct roster *r)
{
	static const enum roster_kind kind[] = { RK_PERSON, RK_MEMBER, RK_LINK };

	if (r->o.threshold >= 100)
		return;
	for (unsigned i = 0; i < ARRAY_LEN(kind); i++) {
		enum roster_kind k = kind[i];

		if (r->going[k] * 100 <= r->live[k] * (int64_t)r->o.threshold)
			continue;
		r->rep.state = ROSTER_HELD;
		roster_found(r, XC_REMOVAL_THRESHOLD, XL_FATAL, k, 0, 0, 0, NULL);
	}
}

enum err roster_settle(struct roster *r)
{
	bool full = r->rep.mode == ROSTER_FULL;
	enum err e = settle_pending(r);

	if (e == E_OK)
		e = settle_households(r);
	if (e == E_OK)
		e = stage_flush(r);
	if (e == E_OK)
		e = settle_link_conflicts(r);
	if (e == E_OK)
		e = settle_conflicts(r, &r->person, RK_PERSON);
	if (e == E_OK)
		e = settle_conflicts(r, &r->class, RK_GROUP);
	if (e == E_OK)
		e = missing_entries(r, &r->person, RK_PERSON, SK_PERSON, full);
	if (e == E_OK)
		e = missing_entries(r, &r->class, RK_GROUP, SK_CLASS, full);
	if (e == E_OK)
		e = missing_members(r, full);
	if (e == E_OK)
		e = missing_links(r, full);
	if (e == E_OK && full)
		threshold(r);
	return e == E_OK ? stage_flush(r) : e;
}
