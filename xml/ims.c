/* IMS Enterprise 1.1: from place to place. IMS Enterprise Information Model 1.1, 3. */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/magic.h"
#include "ims.h"
#include "text.h"

/* ---- format ---- */

struct known_root {
	const char *root, *format;
};

/* Formats told apart today, so that a refusal can name what it saw. */
static const struct known_root known[] = {
	{ "InterchangeParent", "Ed-Fi" },
	{ "InterchangeContact", "Ed-Fi" },
	{ "InterchangeStudent", "Ed-Fi" },
	{ "InterchangeStudentParent", "Ed-Fi" },
	{ "xStudents", "A4L xPress" },
	{ "xContacts", "A4L xPress" },
	{ "xRosters", "A4L xPress" },
	{ "xStaffs", "A4L xPress" },
	{ "StudentContactRelationships", "SIF" },
	{ "RESPONSE", "Moodle web service" },
	{ "EXCEPTION", "Moodle web service error" },
	{ "message_response", "LTI 1.x memberships" },
};

static void refuse_root(struct ims *m, const struct xml_start *e)
{
	const char *what = "unknown";
	char text[160];

	if (strcasecmp(e->local, "html") == 0) {
		xml_reader_refuse(m->xr, XC_HTML_NOT_XML, e->line, NULL);
		return;
	}
	for (size_t i = 0; i < ARRAY_LEN(known); i++)
		if (strcmp(known[i].root, e->local) == 0)
			what = known[i].format;
	snprintf(text, sizeof(text), "%s:root=%.40s,namespace=%.60s", what, e->local,
		 e->uri == NULL ? "none" : e->uri);
	xml_reader_refuse(m->xr, XC_UNKNOWN_FORMAT, e->line, text);
}

static void open_root(struct ims *m, const struct xml_start *e)
{
	snprintf(m->end.root, sizeof(m->end.root), "enterprise");
	snprintf(m->end.format, sizeof(m->end.format), "imsent");
	if (e->ns != XML_NS_NONE)
		snprintf(m->end.ns, sizeof(m->end.ns), "%s", ims_vocab.uri[e->ns - 1]);
	m->pifu = e->ns == NS_PIFU || e->ns == NS_PIFU11;
}

/* ---- findings ---- */

static struct roster_id id_of(const struct ims *m, const struct sid *s)
{
	if (!s->set)
		return (struct roster_id){ { NULL, 0 }, { NULL, 0 } };
	return (struct roster_id){
		{ m->text.p + s->source, s->source_n }, { m->text.p + s->id, s->id_n },
	};
}

static enum roster_kind kind_now(const struct ims *m)
{
	switch (m->at[1]) {
	case W_PERSON: return RK_PERSON;
	case W_GROUP: return RK_GROUP;
	case W_SHIP: return RK_MEMBER;
	default: return RK_FILE;
	}
}

void ims_find(struct ims *m, enum xml_code c, enum xml_level lv, enum roster_kind k,
	      uint32_t line, const char *field)
{
	const struct record *rec = m->mem.open ? &m->mem : &m->rec;
	struct xml_finding f = {
		.code = c, .level = lv, .kind = k, .line = line,
		.record = rec->open ? rec->line : line, .field = field,
		.id = id_of(m, &rec->id),
	};

	if (m->err == E_OK)
		m->err = m->sink->finding(m->arg, &f);
}

/* The first fault of a record is the one reported, at the record's end. */
void ims_bad(struct ims *m, struct record *rec, enum xml_code c, uint32_t line, const char *field)
{
	(void)m;
	if (!rec->open || rec->bad)
		return;
	rec->bad = true;
	rec->first = (struct xml_finding){
		.code = c, .level = XL_REJECT, .line = line, .record = rec->line, .field = field,
	};
}

bool ims_recstatus(const struct xml_start *e, enum roster_op *op_out)
{
	char s[4];
	long n = xml_attr(e, "recstatus", s, sizeof(s));

	*op_out = ROSTER_PUT;
	if (n <= 0)
		return true;
	if (n == 1 && s[0] == '3')
		*op_out = ROSTER_REMOVE;
	return n == 1 && s[0] >= '0' && s[0] <= '3';
}

/* ---- starts ---- */

static void record_open(struct ims *m, struct record *rec, const struct xml_start *e)
{
	*rec = (struct record){ .line = e->line, .open = true };
	if (!ims_recstatus(e, &rec->op))
		ims_bad(m, rec, XC_BAD_RECSTATUS, e->line, "recstatus");
}

static void clear(struct ims *m, enum field first, enum field last)
{
	for (unsigned f = first; f <= (unsigned)last; f++) {
		m->v[f].n = 0;
		m->v[f].over = m->v[f].done = m->v[f].hole = false;
		m->v[f].line = 0;
	}
}

static void person_open(struct ims *m, const struct xml_start *e)
{
	record_open(m, &m->rec, e);
	clear(m, F_FN, F_EMAIL);
	buf_reset(&m->text);
	m->username.n = 0;
	m->username_exact = false;
	m->links = 0;
}

static void userid_open(struct ims *m, const struct xml_start *e)
{
	char s[4];

	clear(m, F_USERID, F_USERID);
	/* a password is counted and forgotten; its bytes are never looked at */
	if (xml_attr(e, "password", s, 0) > 0) {
		m->end.passwords++;
		ims_find(m, XC_PASSWORD_DROPPED, XL_WARN, RK_PERSON, e->line, "password");
	}
}

/* 1: this element's text is a login name; 2: it says so itself. */
static void userid_type(struct ims *m, const struct xml_start *e)
{
	static const char *const login[] = { "username", "logon id", "logonid", "login", "loginid" };
	char s[24];
	long n = xml_attr(e, "useridtype", s, sizeof(s));

	m->v[F_USERID].done = true;		/* numbers of the state and the like: not kept */
	if (n <= 0)
		m->v[F_USERID].done = m->username.n > 0;
	for (size_t i = 0; n > 0 && n <= (long)sizeof(s) && i < ARRAY_LEN(login); i++)
		if (span_is(span_mk(s, (size_t)n), login[i]))
			m->v[F_USERID].done = m->username_exact;
	if (!m->v[F_USERID].done && n > 0)
		m->username_exact = true;
}

static void sid_open(struct ims *m, const struct xml_start *e)
{
	char s[12];
	long n = xml_attr(e, "sourcedidtype", s, sizeof(s));

	clear(m, F_SOURCE, F_ID);
	m->sid = (struct sid){ .line = e->line };
	m->sid_type = SID_PLAIN;
	if (n > 0 && n <= (long)sizeof(s)) {
		if (span_is(span_mk(s, (size_t)n), "old"))
			m->sid_type = SID_OLD;
		else if (span_is(span_mk(s, (size_t)n), "duplicate"))
			m->sid_type = SID_ALIAS;
	}
}

static void contact_open(struct ims *m, const struct xml_start *e, bool contact)
{
	char s[12];
	long n = xml_attr(e, "type", s, sizeof(s));

	m->part_line = e->line;
	m->target = (struct sid){ .set = false };
	m->part_contact = contact;
	m->part_legal = n > 0 && n <= (long)sizeof(s) && span_is(span_mk(s, (size_t)n), "guardian");
	clear(m, F_RELATION, F_RELATION);
}

static void group_open(struct ims *m, const struct xml_start *e)
{
	record_open(m, &m->rec, e);
	clear(m, F_SCHEME, F_GEND);
	buf_reset(&m->text);
}

static void member_open(struct ims *m, const struct xml_start *e)
{
	m->mem = (struct record){ .line = e->line, .open = true };
	m->roles = 0;
	clear(m, F_IDTYPE, F_IDTYPE);
	/* the ids of earlier members are gone, the group's stays */
	if (m->text.p != NULL && m->rec.id.set)
		m->text.len = m->rec.id.id + m->rec.id.id_n;
}

static enum roster_role role_of(const struct ims *m, const struct xml_start *e)
{
	static const char *const word[] = {
		"", "learner", "instructor", "content developer", "member", "manager", "mentor",
		"administrator", "teachingassistant",
	};
	char s[20];
	long n = xml_attr(e, "roletype", s, sizeof(s));
	struct span v = span_mk(s, n < 0 ? 0 : (size_t)n);
	enum roster_role r = ROSTER_ROLE_NONE;

	if (n <= 0 || n > (long)sizeof(s))
		return r;
	if (v.n == 2 && v.p[0] == '0')
		v = span_mk(s + 1, 1);
	if (v.n == 1 && v.p[0] >= '1' && v.p[0] <= '8')
		r = (enum roster_role)(v.p[0] - '0');
	for (unsigned i = 1; i < ARRAY_LEN(word); i++)
		if (span_is(v, word[i]))
			r = (enum roster_role)i;
	if (span_is(v, "contentdeveloper"))
		r = ROSTER_DEVELOPER;
	if (span_is(v, "teaching assistant"))
		r = ROSTER_ASSISTANT;
	/* PIFU reads 06 as the class's contact teacher, never as a parent */
	return r == ROSTER_MENTOR && m->pifu ? ROSTER_CONTACT_TEACHER : r;
}

static void role_open(struct ims *m, const struct xml_start *e)
{
	m->cur = (struct part_role){ .line = e->line, .active = true };
	clear(m, F_STATUS, F_REND);
	m->begin_restrict = m->end_restrict = false;
	if (!ims_recstatus(e, &m->cur.op)) {
		m->cur.bad = true;
		ims_bad(m, &m->mem, XC_BAD_RECSTATUS, e->line, "recstatus");
	}
	m->cur.role = role_of(m, e);
	if (m->cur.role == ROSTER_ROLE_NONE) {
		m->cur.bad = true;
		ims_bad(m, &m->mem, XC_UNKNOWN_ROLETYPE, e->line, "roletype");
	}
}

static bool restricted(const struct xml_start *e)
{
	char s[4];

	return xml_attr(e, "restrict", s, sizeof(s)) == 1 && s[0] == '1';
}

static void enter(struct ims *m, enum where to, const struct xml_start *e)
{
	struct value *v = &m->v[ims_place[to].field];

	switch (to) {
	case W_ROOT: open_root(m, e); break;
	case W_PROPS: clear(m, F_TYPE, F_TIME); break;
	case W_PERSON: person_open(m, e); break;
	case W_GROUP: group_open(m, e); break;
	case W_SHIP:
		m->rec = (struct record){ .line = e->line, .open = true };
		buf_reset(&m->text);
		break;
	case W_MEMBER: member_open(m, e); break;
	case W_ROLE: role_open(m, e); break;
	case W_SID: sid_open(m, e); break;
	case W_USERID: userid_open(m, e); userid_type(m, e); break;
	case W_PIFU: contact_open(m, e, true); break;
	case W_REL: contact_open(m, e, false); break;
	case W_GUARDIAN: ims_guardian(m, e); break;
	case W_RBEGIN: m->begin_restrict = restricted(e); break;
	case W_REND: m->end_restrict = restricted(e); break;
	default: break;
	}
	if (v->line == 0 || !v->done)
		v->line = e->line;
}

static void count_ignored(struct ims *m, const struct xml_start *e)
{
	char name[sizeof(m->end.ignored[0].name)];
	size_t n = 0;

	for (const char *s = e->local; *s != '\0' && n + 1 < sizeof(name); s++)
		name[n++] = *s > ' ' && *s < 0x7f && *s != '<' && *s != '&' ? *s : '?';
	name[n] = '\0';
	for (size_t i = 0; i < ROSTER_IGNORED; i++) {
		if (m->end.ignored[i].count == 0)
			memcpy(m->end.ignored[i].name, name, n + 1);
		else if (strcmp(m->end.ignored[i].name, name) != 0)
			continue;
		m->end.ignored[i].count++;
		return;
	}
}

static void on_start(void *arg, const struct xml_start *e)
{
	struct ims *m = arg;
	enum where from = m->depth == 0 ? W_DOC : (enum where)m->at[m->depth - 1], to;
	bool ours = e->ns == NS_OURS, ims_ns = e->ns < NS_OURS;

	to = ims_next(from, e->name);
	if (to == W_GUARDIAN ? !ours : !ims_ns)
		to = W_SKIP;
	if (m->depth == 0 && to != W_ROOT) {
		refuse_root(m, e);
		return;
	}
	if (to == W_SKIP && from != W_SKIP && (!ims_known(e->name) || !ims_ns))
		count_ignored(m, e);
	assert(m->depth < XML_DEPTH);
	m->at[m->depth++] = (uint8_t)to;
	enter(m, to, e);
	if (m->err != E_OK)
		xml_reader_refuse(m->xr, XC_PARSER_DIED, e->line, NULL);
}

/* ---- ends ---- */

static void value_end(struct ims *m, enum where w)
{
	struct value *v = &m->v[ims_place[w].field];
	struct record *rec = m->mem.open ? &m->mem : &m->rec;
	enum text_state st;

	if (v->done)
		return;
	if (v->over)
		ims_bad(m, rec, XC_FIELD_TOO_LONG, v->line, ims_place[w].label);
	if (v->hole)
		ims_bad(m, rec, XC_UNDECLARED_ENTITY, v->line, ims_place[w].label);
	st = text_tidy(v->s, &v->n);
	v->done = v->n > 0;
	if (st != TEXT_SUSPECT || v->over)
		return;
	if (w == W_ID || w == W_SOURCE)		/* two ids that look the same: no guessing */
		ims_bad(m, rec, XC_SUSPECT_CHARACTERS, v->line, ims_place[w].label);
	else
		ims_find(m, XC_SUSPECT_CHARACTERS, XL_WARN, kind_now(m), v->line,
			 ims_place[w].label);
}

static void leave(struct ims *m, enum where w)
{
	switch (w) {
	case W_PROPS: ims_props_end(m); break;
	case W_PERSON: ims_person_end(m); break;
	case W_GROUP: ims_group_end(m); break;
	case W_SHIP: m->rec.open = false; break;
	case W_MEMBER: ims_member_end(m); break;
	case W_ROLE: ims_role_end(m); break;
	case W_SID: ims_sid_end(m); break;
	case W_PIFU:
	case W_REL: ims_contact_end(m); break;
	case W_USERID:
		if (m->v[F_USERID].n > 0 && m->v[F_USERID].done)
			m->username = m->v[F_USERID];
		m->v[F_USERID].n = 0;
		break;
	default: break;
	}
}

static void on_end(void *arg)
{
	struct ims *m = arg;
	enum where w;

	assert(m->depth > 0);
	w = (enum where)m->at[--m->depth];
	if (w == W_SKIP)
		return;
	if (ims_place[w].field != F_NONE)
		value_end(m, w);
	leave(m, w);
	if (m->err != E_OK)
		xml_reader_refuse(m->xr, XC_PARSER_DIED, 0, NULL);
}

static void on_text(void *arg, const char *p, size_t n)
{
	struct ims *m = arg;
	struct value *v;
	size_t room;
	uint8_t f;

	if (m->depth == 0)
		return;
	f = ims_place[m->at[m->depth - 1]].field;
	if (f == F_NONE)
		return;
	v = &m->v[f];
	if (v->done)			/* the first value counts */
		return;
	room = sizeof(v->s) - v->n;
	if (n > room) {
		v->over = true;
		n = room;
	}
	memcpy(v->s + v->n, p, n);
	v->n = (uint16_t)(v->n + n);
}

static void on_entity(void *arg, uint32_t line)
{
	struct ims *m = arg;

	if (m->mem.open)
		ims_bad(m, &m->mem, XC_UNDECLARED_ENTITY, line, NULL);
	else
		ims_bad(m, &m->rec, XC_UNDECLARED_ENTITY, line, NULL);
}

/* ---- the public face ---- */

struct roster_reader {
	struct ims m;
};

static const struct xml_handler handler = {
	.start = on_start, .end = on_end, .text = on_text, .entity = on_entity,
};

enum err roster_reader_new(const struct roster_sink *sink, void *arg, struct roster_reader **out)
{
	struct roster_reader *r = calloc(1, sizeof(*r));
	enum err e;

	*out = NULL;
	if (r == NULL)
		return E_NOMEM;
	r->m.sink = sink;
	r->m.arg = arg;
	r->m.text = BUF_INIT(16u << 20);
	e = xml_reader_new(&handler, &r->m, &ims_vocab, &r->m.xr);
	if (e != E_OK) {
		free(r);
		return e;
	}
	*out = r;
	return E_OK;
}

enum err roster_reader_feed(struct roster_reader *r, const void *p, size_t n)
{
	enum err e;

	r->m.end.bytes += n;
	e = xml_reader_feed(r->m.xr, p, n);
	return r->m.err != E_OK ? r->m.err : e;
}

enum err roster_reader_end(struct roster_reader *r, struct roster_end *end_out)
{
	struct ims *m = &r->m;
	const char *enc = xml_reader_encoding(m->xr);

	snprintf(m->end.encoding, sizeof(m->end.encoding), "%.39s", enc);
	xml_reader_end(m->xr);
	if (m->text.err != E_OK && m->err == E_OK)
		m->err = m->text.err;
	m->end.fault = *xml_reader_fault(m->xr);
	*end_out = m->end;
	return m->err;
}

void roster_reader_free(struct roster_reader *r)
{
	if (r == NULL)
		return;
	xml_reader_free(r->m.xr);
	buf_release(&r->m.text);
	free(r->m.link);
	free(r);
}
