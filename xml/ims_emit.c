/* From a finished element to a record. */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/magic.h"
#include "ims.h"
#include "text.h"

static struct span value(const struct ims *m, enum field f)
{
	return span_mk(m->v[f].s, m->v[f].n);
}

static struct roster_id id_of(const struct ims *m, const struct sid *s)
{
	if (!s->set)
		return (struct roster_id){ { "", 0 }, { "", 0 } };
	return (struct roster_id){
		{ m->text.p + s->source, s->source_n }, { m->text.p + s->id, s->id_n },
	};
}

static void take_err(struct ims *m, enum err e)
{
	if (m->err == E_OK)
		m->err = e;
}

static void emit_bad(struct ims *m, const struct record *rec, enum roster_kind k)
{
	struct xml_finding f = rec->first;

	assert(rec->bad);
	f.kind = k;
	f.id = id_of(m, &rec->id);
	take_err(m, m->sink->finding(m->arg, &f));
}

/* ---- properties ---- */

void ims_props_end(struct ims *m)
{
	struct span t = value(m, F_TYPE);
	char day[11];

	if (span_is(t, "full") || span_is(t, "snapshot"))
		m->mode = ROSTER_FULL;
	else if (span_is(t, "delta") || span_is(t, "event") || span_is(t, "update") ||
		 span_is(t, "incremental"))
		m->mode = ROSTER_DELTA;
	/* real files say 28/Oct/2005 here: worth a word, never a refusal */
	if (m->v[F_TIME].n > 0 && !text_day(value(m, F_TIME), day))
		ims_find(m, XC_BAD_DATE, XL_WARN, RK_FILE, m->v[F_TIME].line, "datetime");
	take_err(m, m->sink->mode(m->arg, m->mode));
}

/* ---- sourcedid ---- */

static struct record *owner(struct ims *m)
{
	return m->mem.open ? &m->mem : &m->rec;
}

void ims_sid_end(struct ims *m)
{
	enum where parent = (enum where)m->at[m->depth - 1];
	struct record *rec = owner(m);
	struct sid s = m->sid;

	if (parent == W_REL || parent == W_PIFU)
		m->part_line = s.line;
	s.source = m->text.len;
	s.source_n = m->v[F_SOURCE].n;
	buf_add(&m->text, m->v[F_SOURCE].s, s.source_n);
	s.id = m->text.len;
	s.id_n = m->v[F_ID].n;
	buf_add(&m->text, m->v[F_ID].s, s.id_n);
	s.set = s.id_n > 0 && m->text.err == E_OK;
	if (parent == W_REL || parent == W_PIFU) {
		m->target = s;
		return;
	}
	if (m->sid_type == SID_ALIAS)
		return;
	if (!s.set) {
		ims_bad(m, rec, XC_EMPTY_ID, s.line, "id");
		return;
	}
	if (m->sid_type == SID_OLD && !rec->old.set)
		rec->old = s;
	else if (m->sid_type == SID_PLAIN && !rec->id.set)
		rec->id = s;
}

/* ---- links inside a person ---- */

static struct part_link *link_add(struct ims *m, uint32_t line)
{
	unsigned cap;
	struct part_link *p;

	if (m->links >= ROSTER_PARTS) {
		ims_bad(m, &m->rec, XC_TOO_MANY_PARTS, line, "guardian");
		return NULL;
	}
	if (m->links == m->links_cap) {
		cap = m->links_cap == 0 ? 8 : m->links_cap * 2;
		p = realloc(m->link, cap * sizeof(*p));
		if (p == NULL) {
			take_err(m, E_NOMEM);
			return NULL;
		}
		m->link = p;
		m->links_cap = cap;
	}
	p = &m->link[m->links++];
	*p = (struct part_link){ .link = { .line = line } };
	return p;
}

static void link_bad(struct ims *m, enum xml_code c, uint32_t line, const char *field)
{
	ims_find(m, c, XL_REJECT, RK_LINK, line, field);
}

/* PIFU: type guardian | nextOfKin on the learner. Else: relation Child on the guardian. */
void ims_contact_end(struct ims *m)
{
	struct part_link *p;

	if (!m->part_contact && !span_is(value(m, F_RELATION), "child"))
		return;				/* other relations say nothing about access */
	if (!m->target.set) {
		link_bad(m, XC_EMPTY_ID, m->part_line, "id");
		return;
	}
	p = link_add(m, m->part_line);
	if (p == NULL)
		return;
	p->other = m->target;
	p->link.by_guardian = !m->part_contact;
	p->link.legal = m->part_contact && m->part_legal;
	p->link.relation = !m->part_contact ? RELATION_UNSAID :
		m->part_legal ? RELATION_GUARDIAN : RELATION_OTHER;
}

static struct span attr(const struct xml_start *e, const char *name, char *s, size_t max)
{
	long n = xml_attr(e, name, s, max);
	uint16_t k;

	if (n <= 0)
		return span_mk("", 0);
	if (n > (long)max)
		return span_mk(s, max + 1);		/* the caller sees that it is too long */
	k = (uint16_t)n;
	text_tidy(s, &k);
	return span_mk(s, k);
}

static bool flag(const struct xml_start *e, const char *name)
{
	char s[8];
	struct span v = attr(e, name, s, sizeof(s));

	return v.n <= sizeof(s) && (span_is(v, "1") || span_is(v, "true") || span_is(v, "yes"));
}

/* Adds an attribute to the record's text; false when it is too long. */
static bool keep(struct ims *m, const struct xml_start *e, const char *name, size_t *off, size_t *n)
{
	char s[ROSTER_FIELD];
	struct span v = attr(e, name, s, sizeof(s));

	*off = m->text.len;
	*n = v.n;
	if (v.n > sizeof(s))
		return false;
	buf_add(&m->text, v.p, v.n);
	return true;
}

static bool access_of(const struct xml_start *e, enum roster_access *out)
{
	char s[8];
	struct span v = attr(e, "access", s, sizeof(s));

	*out = ROSTER_ACCESS_UNSAID;
	if (v.n > sizeof(s))
		return false;
	if (span_is(v, "full"))
		*out = ROSTER_ACCESS_FULL;
	else if (span_is(v, "none"))
		*out = ROSTER_ACCESS_NONE;
	return v.n == 0 || *out != ROSTER_ACCESS_UNSAID;
}

static uint8_t relation_of(struct ims *m, const struct xml_start *e)
{
	char s[64];
	struct span v = attr(e, "relation", s, sizeof(s));
	uint8_t r = v.n > sizeof(s) ? RELATION_COUNT : relation_parse(v);

	if (r != RELATION_COUNT)
		return r;
	ims_find(m, XC_UNKNOWN_RELATION, XL_WARN, RK_LINK, e->line, "relation");
	return RELATION_OTHER;
}

static uint8_t priority_of(const struct xml_start *e)
{
	char s[8];
	struct span v = attr(e, "priority", s, sizeof(s));
	int64_t n;

	return v.n <= sizeof(s) && span_int64(v, &n) && n > 0 && n < 100 ? (uint8_t)n : 0;
}

/* Our own element: attributes only, so that no regular-expression reader picks an id out of it. */
void ims_guardian(struct ims *m, const struct xml_start *e)
{
	struct part_link *p = link_add(m, e->line);
	struct roster_link *l;

	if (p == NULL)
		return;
	l = &p->link;
	if (!keep(m, e, "source", &p->other.source, &p->other.source_n) ||
	    !keep(m, e, "id", &p->other.id, &p->other.id_n) ||
	    !keep(m, e, "household", &p->label, &p->label_n)) {
		link_bad(m, XC_FIELD_TOO_LONG, e->line, "guardian");
		goto drop;
	}
	p->other.set = p->other.id_n > 0;
	if (!p->other.set) {
		link_bad(m, XC_EMPTY_ID, e->line, "id");
		goto drop;
	}
	if (!ims_recstatus(e, &l->op)) {
		link_bad(m, XC_BAD_RECSTATUS, e->line, "recstatus");
		goto drop;
	}
	/* a word we do not know must not be read as permission */
	if (!access_of(e, &l->access)) {
		link_bad(m, XC_BAD_ACCESS, e->line, "access");
		goto drop;
	}
	l->legal = flag(e, "legal");
	l->lives_with = flag(e, "livesWith");
	l->primary = flag(e, "primary");
	l->emergency = flag(e, "emergency");
	l->priority = priority_of(e);
	l->relation = l->op == ROSTER_REMOVE ? RELATION_UNSAID : relation_of(m, e);
	return;
drop:
	m->links--;
}

static void emit_links(struct ims *m)
{
	struct roster_id self = id_of(m, &m->rec.id);

	for (unsigned i = 0; i < m->links && m->err == E_OK; i++) {
		struct part_link *p = &m->link[i];
		struct roster_link l = p->link;
		struct roster_id other = id_of(m, &p->other);

		/* itslearning writes the bare identifier: the record's own source is meant */
		if (other.source.n == 0)
			other.source = self.source;
		l.child = l.by_guardian ? other : self;
		l.guardian = l.by_guardian ? self : other;
		l.household = span_mk(m->text.p + p->label, p->label_n);
		l.orphan = m->rec.bad;
		if (l.orphan && l.access != ROSTER_ACCESS_NONE)
			continue;
		take_err(m, m->sink->link(m->arg, &l));
	}
}

/* ---- person ---- */

static bool record_id(struct ims *m, struct record *rec)
{
	if (!rec->id.set)
		ims_bad(m, rec, XC_MISSING_SOURCEDID, rec->line, "sourcedid");
	return rec->id.set;
}

void ims_person_end(struct ims *m)
{
	struct record *rec = &m->rec;
	struct roster_person p;
	char day[11] = "";
	bool known = record_id(m, rec);

	if (m->v[F_BDAY].n > 0 && !text_day(value(m, F_BDAY), day))
		ims_bad(m, rec, XC_BAD_DATE, m->v[F_BDAY].line, "bday");
	if (rec->bad)
		emit_bad(m, rec, RK_PERSON);
	p = (struct roster_person){
		.line = rec->line, .id_line = rec->id.line, .op = rec->op, .rejected = rec->bad,
		.id = id_of(m, &rec->id), .old = id_of(m, &rec->old),
	};
	if (known && !rec->bad) {
		p.given = value(m, F_GIVEN);
		p.family = value(m, F_FAMILY);
		p.full = value(m, F_FN);
		p.email = value(m, F_EMAIL);
		p.username = span_mk(m->username.s, m->username.n);
		p.birth_day = span_of(day);
	}
	take_err(m, m->sink->person(m->arg, &p));
	if (known && m->err == E_OK)
		emit_links(m);
	rec->open = false;
}

/* ---- group ---- */

static struct span day_field(struct ims *m, enum field f, char day[11], const char *label)
{
	if (m->v[f].n > 0 && !text_day(value(m, f), day))
		ims_bad(m, &m->rec, XC_BAD_DATE, m->v[f].line, label);
	return span_of(day);
}

void ims_group_end(struct ims *m)
{
	struct record *rec = &m->rec;
	char begin[11] = "", end[11] = "";
	struct roster_group g = {
		.line = rec->line, .op = rec->op,
		.begin_day = day_field(m, F_GBEGIN, begin, "begin"),
		.end_day = day_field(m, F_GEND, end, "end"),
	};

	record_id(m, rec);
	if (rec->bad)
		emit_bad(m, rec, RK_GROUP);
	g.rejected = rec->bad;
	g.id_line = rec->id.line;
	g.id = id_of(m, &rec->id);
	g.household = span_is(value(m, F_SCHEME), "urn:lintel:guardian:1");
	g.title = m->v[F_LONG].n > 0 ? value(m, F_LONG) : value(m, F_SHORT);
	g.kind = value(m, F_KIND);
	take_err(m, m->sink->group(m->arg, &g));
	rec->open = false;
}

/* ---- membership ---- */

static void role_day(struct ims *m, enum field f, bool binding, char day[11], const char *label)
{
	if (!binding || m->v[f].n == 0)
		return;
	if (!text_day(value(m, f), day)) {
		m->cur.bad = true;
		ims_bad(m, &m->mem, XC_BAD_DATE, m->v[f].line, label);
	}
}

void ims_role_end(struct ims *m)
{
	struct part_role *r = &m->cur;
	struct span st = value(m, F_STATUS);

	r->active = !(span_is(st, "0") || span_is(st, "inactive"));
	r->relation = relation_parse(value(m, F_SUBROLE));
	role_day(m, F_RBEGIN, m->begin_restrict, r->begin, "begin");
	role_day(m, F_REND, m->end_restrict, r->end, "end");
	if (m->roles == IMS_ROLES) {
		ims_bad(m, &m->mem, XC_TOO_MANY_PARTS, r->line, "role");
		return;
	}
	m->role[m->roles++] = *r;
}

static void emit_roles(struct ims *m)
{
	struct roster_member mb = {
		.line = m->mem.line, .id_line = m->mem.id.line, .group_line = m->rec.id.line,
		.group = id_of(m, &m->rec.id), .person = id_of(m, &m->mem.id),
	};

	for (unsigned i = 0; i < m->roles && m->err == E_OK; i++) {
		const struct part_role *r = &m->role[i];

		if (r->bad)
			continue;
		mb.op = r->op;
		mb.role = r->role;
		mb.active = r->active;
		mb.relation = r->relation;
		mb.begin_day = span_of(r->begin);
		mb.end_day = span_of(r->end);
		take_err(m, m->sink->member(m->arg, &mb));
	}
}

void ims_member_end(struct ims *m)
{
	struct record *rec = &m->mem;
	struct span type = value(m, F_IDTYPE);

	if (span_is(type, "2") || span_is(type, "group")) {
		ims_find(m, XC_GROUP_MEMBER, XL_WARN, RK_MEMBER, rec->line, "idtype");
		rec->open = false;
		return;
	}
	record_id(m, rec);
	if (!m->rec.id.set)
		ims_bad(m, rec, XC_MISSING_SOURCEDID, m->rec.line, "sourcedid");
	if (rec->bad)
		emit_bad(m, rec, RK_MEMBER);
	if (rec->id.set && m->rec.id.set)
		emit_roles(m);
	rec->open = false;
}
