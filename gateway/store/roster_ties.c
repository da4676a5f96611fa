/*
 * Memberships and guardian links. One whose ends are both known is settled at
 * once; the others wait for the end of the file, because their persons may still
 * come: the order of a file must not matter.
 */
#include <stdlib.h>
#include <string.h>

#include "base/magic.h"
#include "roster_private.h"

enum { BIT_LEGAL = 1, BIT_LIVES = 2, BIT_PRIMARY = 4, BIT_EMERGENCY = 8 };

/* In the file and staying, or in the database and not gone. */
bool roster_known(const struct entry *e)
{
	if ((e->flags & (EF_REMOVED | EF_ALIAS)) != 0)
		return false;
	return (e->flags & EF_SEEN) != 0 || (e->flags & (EF_DB | EF_GONE)) == EF_DB;
}

static enum err postpone(struct pending **list, size_t *n, size_t *cap, const struct pending *p)
{
	if (*n >= ROSTER_PENDING_MAX)
		return E_LIMIT;
	if (*n == *cap) {
		size_t more = *cap == 0 ? 256 : *cap * 2;
		struct pending *v = realloc(*list, more * sizeof(*v));

		if (v == NULL)
			return E_NOMEM;
		*list = v;
		*cap = more;
	}
	(*list)[(*n)++] = *p;
	return E_OK;
}

/* ---- memberships ---- */

/* What a role of the file means here. 06 in a class is never a guardian. */
static uint8_t role_here(enum roster_role role)
{
	switch (role) {
	case ROSTER_LEARNER: return DR_PUPIL;
	case ROSTER_INSTRUCTOR:
	case ROSTER_CONTACT_TEACHER: return DR_TEACHER;
	case ROSTER_ASSISTANT: return DR_AIDE;
	default: return DR_OTHER;
	}
}

static struct span role_text(unsigned role)
{
	static const char *const name[] = { "teacher", "aide", "pupil", "other" };

	assert(role < ARRAY_LEN(name));
	return span_of(name[role]);
}

/* ISO days compare as text. */
static bool acts_today(const struct roster *r, const struct roster_member *m)
{
	size_t n = strlen(r->o.today);

	assert(n == 10);
	if (m->begin_day.n == n && memcmp(r->o.today, m->begin_day.p, n) < 0)
		return false;
	return m->end_day.n != n || memcmp(r->o.today, m->end_day.p, n) <= 0;
}

static enum err stage_member(struct roster *r, const struct pending *p, enum stage_op op)
{
	return stage_add(r, SK_MEMBER, &(struct stage_row){
		.op = op, .a = emap_at(&r->class, p->a)->id, .b = emap_at(&r->person, p->b)->id,
		.text = { role_text(p->role) },
	}, NULL);
}

static enum err tie_member(struct roster *r, const struct pending *p)
{
	struct roster_counts *c = &r->rep.count[RK_MEMBER];
	uint64_t key = MEMBER_KEY(p->a, p->b, p->role), at, *k;
	bool put = p->op == ROSTER_PUT && p->active, live;

	at = tieset_place(&r->member, key, MEMBER_MASK);
	if (at == UINT64_MAX)
		return E_NOMEM;
	k = &r->member.key[at];
	c->seen++;
	if (*k != 0 && (*k & TF_SEEN) != 0) {
		roster_found(r, XC_DUPLICATE_MEMBER, XL_WARN, RK_MEMBER, p->line, p->record, 0, NULL);
		c->unchanged++;
		return E_OK;
	}
	live = *k != 0;
	/* not there, or there but not acting, is the same to us: no row */
	if (put == live || !(put || live)) {
		c->unchanged++;
		if (live)
			*k |= TF_SEEN;
		return E_OK;
	}
	if (!live) {
		r->member.n++;
		*k = key | TF_SEEN | TF_STAGED;
		c->created++;
		return stage_member(r, p, OP_CREATE);
	}
	*k |= TF_SEEN | TF_REMOVED;
	if (p->op == ROSTER_REMOVE)
		c->removed++;
	else
		c->updated++;
	return stage_member(r, p, OP_REMOVE);
}

enum err roster_take_member(void *arg, const struct roster_member *m)
{
	struct roster *r = CAST_MAGIC(struct roster, arg, ROSTER_MAGIC);
	struct pending p = {
		.kind = RK_MEMBER, .op = m->op, .line = m->id_line, .other_line = m->group_line,
		.record = m->line, .role = role_here(m->role), .relation = m->relation,
		.mentor = m->role == ROSTER_MENTOR || m->role == ROSTER_CONTACT_TEACHER,
		.active = m->active && acts_today(r, m),
	};
	enum err e = roster_ref(r, &r->class, 'g', &m->group, &p.a);

	if (e == E_OK)
		e = roster_ref(r, &r->person, 'p', &m->person, &p.b);
	if (e != E_OK)
		return e;
	if (!roster_known(emap_at(&r->class, p.a)) || !roster_known(emap_at(&r->person, p.b)))
		return postpone(&r->pend, &r->pends, &r->pends_cap, &p);
	return roster_tie(r, &p);
}

/* ---- links ---- */

static uint64_t link_hash(struct roster *r, const struct pending *p)
{
	hash_begin(r, 'L');
	hash_int(r, (uint64_t)p->bits << 24 | (uint64_t)p->priority << 16 |
		 (uint64_t)p->access << 8 | p->relation);
	hash_int(r, p->label);
	return hash_end(r);
}

static int64_t household_of(struct roster *r, int64_t child, uint64_t label)
{
	if (label == 0)
		return 0;
	hash_begin(r, 'H');
	hash_int(r, (uint64_t)child);
	hash_int(r, label);
	return (int64_t)(hash_end(r) >> 1 | 1);
}

static enum err stage_link(struct roster *r, const struct pending *p, enum stage_op op,
			   uint64_t hash)
{
	int64_t child = emap_at(&r->person, p->a)->id;
	struct stage_row row = {
		.op = op, .a = child, .b = emap_at(&r->person, p->b)->id, .hash = hash,
		.text = { span_of(relation_name(p->relation)) },
		.priority = p->priority, .access = p->access,
		.household = household_of(r, child, p->label),
		.prohibition = p->access == ROSTER_ACCESS_NONE ? roster_new_id(r) : 0,
	};

	for (unsigned i = 0; i < ARRAY_LEN(row.bit); i++)
		row.bit[i] = p->bits >> i & 1;
	return stage_add(r, SK_LINK, &row, NULL);
}

/* Its record was rejected, but what forbids must not get lost with it. */
static enum err forbid(struct roster *r, const struct pending *p)
{
	if (p->access != ROSTER_ACCESS_NONE || p->op != ROSTER_PUT)
		return E_OK;
	r->rep.prohibitions++;
	return stage_link(r, p, OP_FORBID, 0);
}

static enum err double_link(struct roster *r, const struct pending *p, uint64_t at, uint64_t hash)
{
	struct roster_counts *c = &r->rep.count[RK_LINK];

	c->seen++;
	c->rejected++;
	roster_found(r, XC_DUPLICATE_LINK, XL_REJECT, RK_LINK, p->line, p->record, 0, NULL);
	if (hash != r->link.value[at] ||
	    ((r->link.key[at] & TF_REMOVED) != 0) != (p->op == ROSTER_REMOVE))
		r->link.key[at] |= TF_CONFLICT;
	return forbid(r, p);
}

static enum err remove_link(struct roster *r, const struct pending *p, uint64_t at, bool live)
{
	struct roster_counts *c = &r->rep.count[RK_LINK];

	c->seen++;
	if (!live) {
		c->unchanged++;
		return E_OK;
	}
	r->link.key[at] |= TF_SEEN | TF_REMOVED | TF_STAGED;
	c->removed++;
	return stage_link(r, p, OP_REMOVE, 0);
}

static enum err put_link(struct roster *r, const struct pending *p, uint64_t at, uint64_t key,
			 uint64_t hash)
{
	struct roster_counts *c = &r->rep.count[RK_LINK];
	uint64_t *k = &r->link.key[at], was = r->link.value[at], back, mirror;
	enum stage_op op;

	c->seen++;
	if (*k == 0) {
		r->link.n++;
		c->created++;
		op = OP_CREATE;
	} else if (was == hash) {
		*k |= TF_SEEN;
		c->unchanged++;
		return E_OK;
	} else {
		c->updated++;
		c->restored += (*k & TF_GONE) != 0;
		op = OP_UPDATE;
	}
	*k = key | (*k & ~LINK_MASK) | TF_SEEN | TF_STAGED;
	r->link.value[at] = hash;
	mirror = LINK_KEY(p->b, p->a);
	back = tieset_place(&r->link, mirror, LINK_MASK);
	if (back == UINT64_MAX)
		return E_NOMEM;
	if (r->link.key[back] != 0 && (r->link.key[back] & TF_SEEN) != 0)
		roster_found(r, XC_GUARDIAN_CYCLE, XL_WARN, RK_LINK, p->line, p->record, 0, NULL);
	return stage_link(r, p, op, hash);
}

static enum err tie_link(struct roster *r, const struct pending *p)
{
	uint64_t key = LINK_KEY(p->a, p->b), at, hash = link_hash(r, p);

	if (p->orphan)
		return forbid(r, p);
	if (p->a == p->b) {
		r->rep.count[RK_LINK].seen++;
		r->rep.count[RK_LINK].rejected++;
		roster_found(r, XC_SELF_GUARDIAN, XL_REJECT, RK_LINK, p->line, p->record, 0, NULL);
		return E_OK;
	}
	at = tieset_place(&r->link, key, LINK_MASK);
	if (at == UINT64_MAX)
		return E_NOMEM;
	if (r->link.key[at] != 0 && (r->link.key[at] & TF_SEEN) != 0)
		return double_link(r, p, at, hash);
	if (p->op == ROSTER_REMOVE)
		return remove_link(r, p, at, (r->link.key[at] & (TF_DB | TF_GONE)) == TF_DB);
	r->rep.prohibitions += p->access == ROSTER_ACCESS_NONE;
	return put_link(r, p, at, key, hash);
}

static uint64_t label_key(struct roster *r, struct span label)
{
	if (label.n == 0)
		return 0;
	hash_begin(r, 'h');
	hash_text(r, label);
	return hash_end(r);
}

enum err roster_take_link(void *arg, const struct roster_link *l)
{
	struct roster *r = CAST_MAGIC(struct roster, arg, ROSTER_MAGIC);
	const struct roster_id *other = l->by_guardian ? &l->child : &l->guardian;
	struct pending p = {
		.kind = RK_LINK, .op = l->op, .line = l->line, .relation = l->relation,
		.priority = l->priority, .access = l->access,
		.orphan = l->orphan || r->owner_skip,
		.bits = (uint8_t)(l->legal * BIT_LEGAL | l->lives_with * BIT_LIVES |
				  l->primary * BIT_PRIMARY | l->emergency * BIT_EMERGENCY),
	};
	uint32_t i;
	enum err e;

	/* a record told twice: its links were heard the first time */
	if (p.orphan && p.access != ROSTER_ACCESS_NONE)
		return E_OK;
	e = roster_ref(r, &r->person, 'p', other, &i);
	if (e != E_OK)
		return e;
	p.label = label_key(r, l->household);
	p.a = l->by_guardian ? i : r->owner;
	p.b = l->by_guardian ? r->owner : i;
	p.record = emap_at(&r->person, r->owner)->line;
	if (!roster_known(emap_at(&r->person, p.a)) || !roster_known(emap_at(&r->person, p.b)))
		return postpone(&r->pend, &r->pends, &r->pends_cap, &p);
	return roster_tie(r, &p);
}

/* ---- both ---- */

enum err roster_tie(struct roster *r, const struct pending *p)
{
	if (p->kind == RK_LINK)
		return tie_link(r, p);
	if ((emap_at(&r->class, p->a)->flags & EF_HOUSEHOLD) != 0)
		return postpone(&r->house, &r->houses, &r->houses_cap, p);
	return tie_member(r, p);
}
