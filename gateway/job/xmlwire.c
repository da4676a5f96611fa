/* Records as frames, and frames as records, trusting nothing on the way back. */
#include "xmlwire.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/magic.h"

#define FLUSH_AT 65536u

enum frame { FR_MODE = 1, FR_PERSON, FR_GROUP, FR_MEMBER, FR_LINK, FR_FINDING, FR_END };

/* ---- writing ---- */

static void put(struct wire *w, const void *p, size_t n)
{
	buf_add(&w->b, p, n);
}

static void put_int(struct wire *w, uint64_t v)
{
	put(w, &v, sizeof(v));
}

static void put_u32(struct wire *w, uint32_t v)
{
	put(w, &v, sizeof(v));
}

static void put_u8(struct wire *w, unsigned v)
{
	uint8_t b = (uint8_t)v;

	assert(v < 256);
	put(w, &b, 1);
}

static void put_text(struct wire *w, struct span s)
{
	uint16_t n = (uint16_t)s.n;

	assert(s.n <= ROSTER_FIELD);
	put(w, &n, sizeof(n));
	if (n > 0)
		put(w, s.p, n);
}

static void put_id(struct wire *w, const struct roster_id *id)
{
	put_text(w, id->source);
	put_text(w, id->id);
}

static size_t open_frame(struct wire *w, enum frame type)
{
	size_t at = w->b.len;

	put_u32(w, 0);
	put_u8(w, type);
	return at;
}

enum err wire_flush(struct wire *w)
{
	size_t done = 0;

	if (w->b.err != E_OK)
		return w->b.err;
	while (done < w->b.len) {
		ssize_t n = write(w->fd, w->b.p + done, w->b.len - done);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return E_IO;
		done += (size_t)n;
	}
	buf_reset(&w->b);
	return E_OK;
}

static enum err close_frame(struct wire *w, size_t at)
{
	uint32_t n;

	if (w->b.err != E_OK)
		return w->b.err;
	n = (uint32_t)(w->b.len - at - sizeof(n));
	assert(n <= WIRE_FRAME_MAX);
	memcpy(w->b.p + at, &n, sizeof(n));
	return w->b.len >= FLUSH_AT ? wire_flush(w) : E_OK;
}

static enum err wire_mode(void *arg, enum roster_mode mode)
{
	struct wire *w = arg;
	size_t at = open_frame(w, FR_MODE);

	put_u8(w, mode);
	return close_frame(w, at);
}

static enum err wire_person(void *arg, const struct roster_person *p)
{
	struct wire *w = arg;
	size_t at = open_frame(w, FR_PERSON);

	put_u32(w, p->line);
	put_u32(w, p->id_line);
	put_u8(w, p->op);
	put_u8(w, p->rejected);
	put_id(w, &p->id);
	put_id(w, &p->old);
	put_text(w, p->given);
	put_text(w, p->family);
	put_text(w, p->full);
	put_text(w, p->email);
	put_text(w, p->username);
	put_text(w, p->birth_day);
	return close_frame(w, at);
}

static enum err wire_group(void *arg, const struct roster_group *g)
{
	struct wire *w = arg;
	size_t at = open_frame(w, FR_GROUP);

	put_u32(w, g->line);
	put_u32(w, g->id_line);
	put_u8(w, g->op);
	put_u8(w, g->rejected);
	put_u8(w, g->household);
	put_id(w, &g->id);
	put_text(w, g->title);
	put_text(w, g->kind);
	put_text(w, g->begin_day);
	put_text(w, g->end_day);
	return close_frame(w, at);
}

static enum err wire_member(void *arg, const struct roster_member *m)
{
	struct wire *w = arg;
	size_t at = open_frame(w, FR_MEMBER);

	put_u32(w, m->line);
	put_u32(w, m->id_line);
	put_u32(w, m->group_line);
	put_u8(w, m->op);
	put_u8(w, m->role);
	put_u8(w, m->active);
	put_u8(w, m->relation);
	put_id(w, &m->group);
	put_id(w, &m->person);
	put_text(w, m->begin_day);
	put_text(w, m->end_day);
	return close_frame(w, at);
}

static enum err wire_link(void *arg, const struct roster_link *l)
{
	struct wire *w = arg;
	size_t at = open_frame(w, FR_LINK);

	put_u32(w, l->line);
	put_u8(w, l->op);
	put_u8(w, l->orphan);
	put_u8(w, l->by_guardian);
	put_u8(w, l->legal);
	put_u8(w, l->lives_with);
	put_u8(w, l->primary);
	put_u8(w, l->emergency);
	put_u8(w, l->priority);
	put_u8(w, l->relation);
	put_u8(w, l->access);
	put_id(w, &l->child);
	put_id(w, &l->guardian);
	put_text(w, l->household);
	return close_frame(w, at);
}

static enum err wire_finding(void *arg, const struct xml_finding *f)
{
	struct wire *w = arg;
	size_t at = open_frame(w, FR_FINDING);

	put_u8(w, f->code);
	put_u8(w, f->level);
	put_u8(w, f->kind);
	put_u32(w, f->line);
	put_u32(w, f->record);
	put_u32(w, f->other);
	put_id(w, &f->id);
	put_text(w, f->field == NULL ? span_mk("", 0) : span_of(f->field));
	return close_frame(w, at);
}

const struct roster_sink wire_sink = {
	.mode = wire_mode, .person = wire_person, .group = wire_group, .member = wire_member,
	.link = wire_link, .finding = wire_finding,
};

enum err wire_end(struct wire *w, const struct roster_end *end)
{
	size_t at = open_frame(w, FR_END);

	put_u8(w, end->fault.code);
	put_u32(w, end->fault.line);
	put_text(w, span_of(end->fault.detail));
	put_text(w, span_of(end->format));
	put_text(w, span_of(end->root));
	put_text(w, span_of(end->ns));
	put_text(w, span_of(end->encoding));
	put_int(w, end->bytes);
	put_int(w, end->passwords);
	for (unsigned i = 0; i < ROSTER_IGNORED; i++) {
		put_text(w, span_of(end->ignored[i].count == 0 ? "" : end->ignored[i].name));
		put_int(w, end->ignored[i].count);
	}
	return close_frame(w, at);
}

/* ---- reading ---- */

struct in {
	const char *p, *end;
	bool bad;
};

static void get(struct in *in, void *out, size_t n)
{
	if ((size_t)(in->end - in->p) < n) {
		in->bad = true;
		memset(out, 0, n);
		return;
	}
	memcpy(out, in->p, n);
	in->p += n;
}

static uint64_t get_int(struct in *in)
{
	uint64_t v;

	get(in, &v, sizeof(v));
	return v;
}

static uint32_t get_u32(struct in *in)
{
	uint32_t v;

	get(in, &v, sizeof(v));
	return v;
}

/* A number below `limit`; everything else is no word of ours. */
static unsigned get_u8(struct in *in, unsigned limit)
{
	uint8_t v;

	get(in, &v, 1);
	in->bad = in->bad || v >= limit;
	return in->bad ? 0 : v;
}

static struct span get_text(struct in *in)
{
	struct span s = { "", 0 };
	uint16_t n;

	get(in, &n, sizeof(n));
	if (in->bad || n > ROSTER_FIELD || (size_t)(in->end - in->p) < n) {
		in->bad = true;
		return s;
	}
	s = span_mk(in->p, n);
	in->p += n;
	in->bad = in->bad || span_has_nul(s) || !utf8_valid(s);
	return s;
}

static struct span get_day(struct in *in)
{
	struct span s = get_text(in);

	in->bad = in->bad || (s.n != 0 && s.n != 10);
	return s;
}

static struct roster_id get_id(struct in *in)
{
	struct roster_id id;

	id.source = get_text(in);
	id.id = get_text(in);
	return id;
}

static enum err take_person(struct in *in, const struct roster_sink *sink, void *arg)
{
	struct roster_person p;

	p.line = get_u32(in);
	p.id_line = get_u32(in);
	p.op = get_u8(in, 2);
	p.rejected = get_u8(in, 2);
	p.id = get_id(in);
	p.old = get_id(in);
	p.given = get_text(in);
	p.family = get_text(in);
	p.full = get_text(in);
	p.email = get_text(in);
	p.username = get_text(in);
	p.birth_day = get_day(in);
	return in->bad || in->p != in->end ? E_INPUT : sink->person(arg, &p);
}

static enum err take_group(struct in *in, const struct roster_sink *sink, void *arg)
{
	struct roster_group g;

	g.line = get_u32(in);
	g.id_line = get_u32(in);
	g.op = get_u8(in, 2);
	g.rejected = get_u8(in, 2);
	g.household = get_u8(in, 2);
	g.id = get_id(in);
	g.title = get_text(in);
	g.kind = get_text(in);
	g.begin_day = get_day(in);
	g.end_day = get_day(in);
	return in->bad || in->p != in->end ? E_INPUT : sink->group(arg, &g);
}

static enum err take_member(struct in *in, const struct roster_sink *sink, void *arg)
{
	struct roster_member m;

	m.line = get_u32(in);
	m.id_line = get_u32(in);
	m.group_line = get_u32(in);
	m.op = get_u8(in, 2);
	m.role = get_u8(in, ROSTER_ROLES);
	m.active = get_u8(in, 2);
	m.relation = (uint8_t)get_u8(in, RELATION_COUNT + 1);
	m.group = get_id(in);
	m.person = get_id(in);
	m.begin_day = get_day(in);
	m.end_day = get_day(in);
	if (m.group.id.n == 0 || m.person.id.n == 0)
		return E_INPUT;
	return in->bad || in->p != in->end ? E_INPUT : sink->member(arg, &m);
}

static enum err take_link(struct in *in, const struct roster_sink *sink, void *arg)
{
	struct roster_link l;

	l.line = get_u32(in);
	l.op = get_u8(in, 2);
	l.orphan = get_u8(in, 2);
	l.by_guardian = get_u8(in, 2);
	l.legal = get_u8(in, 2);
	l.lives_with = get_u8(in, 2);
	l.primary = get_u8(in, 2);
	l.emergency = get_u8(in, 2);
	l.priority = (uint8_t)get_u8(in, 100);
	l.relation = (uint8_t)get_u8(in, RELATION_COUNT);
	l.access = get_u8(in, 3);
	l.child = get_id(in);
	l.guardian = get_id(in);
	l.household = get_text(in);
	if (l.child.id.n == 0 || l.guardian.id.n == 0)
		return E_INPUT;
	return in->bad || in->p != in->end ? E_INPUT : sink->link(arg, &l);
}

/* Field names are literals on our side: what the child calls one must be one of them. */
static const char *field_name(struct in *in)
{
	static const char *const known[] = {
		"type", "datetime", "source", "id", "userid", "fn", "family", "given", "bday",
		"email", "relation", "scheme", "typevalue", "short", "long", "begin", "end",
		"idtype", "status", "subrole", "recstatus", "access", "guardian", "password",
		"sourcedid", "roletype", "role",
	};
	struct span s = get_text(in);

	if (s.n == 0)
		return NULL;
	for (size_t i = 0; i < ARRAY_LEN(known); i++)
		if (span_eqz(s, known[i]))
			return known[i];
	in->bad = true;
	return NULL;
}

static enum err take_finding(struct in *in, const struct roster_sink *sink, void *arg)
{
	struct xml_finding f;

	f.code = get_u8(in, XC_COUNT);
	f.level = get_u8(in, XL_FATAL + 1);
	f.kind = get_u8(in, RK_COUNT);
	f.line = get_u32(in);
	f.record = get_u32(in);
	f.other = get_u32(in);
	f.id = get_id(in);
	f.field = field_name(in);
	if (f.code == XC_NONE)
		return E_INPUT;
	return in->bad || in->p != in->end ? E_INPUT : sink->finding(arg, &f);
}

static void get_ascii(struct in *in, char *out, size_t max)
{
	struct span s = get_text(in);

	if (s.n >= max)
		in->bad = true;
	for (size_t i = 0; i < s.n && !in->bad; i++)
		in->bad = s.p[i] < ' ' || s.p[i] > '~';
	snprintf(out, max, "%.*s", in->bad ? 0 : (int)s.n, s.p);
}

static enum err take_end(struct in *in, struct roster_end *end)
{
	*end = (struct roster_end){ .bytes = 0 };
	end->fault.code = get_u8(in, XC_COUNT);
	end->fault.line = get_u32(in);
	get_ascii(in, end->fault.detail, sizeof(end->fault.detail));
	get_ascii(in, end->format, sizeof(end->format));
	get_ascii(in, end->root, sizeof(end->root));
	get_ascii(in, end->ns, sizeof(end->ns));
	get_ascii(in, end->encoding, sizeof(end->encoding));
	end->bytes = get_int(in);
	end->passwords = get_int(in);
	for (unsigned i = 0; i < ROSTER_IGNORED; i++) {
		get_ascii(in, end->ignored[i].name, sizeof(end->ignored[i].name));
		end->ignored[i].count = get_int(in) & INT64_MAX;
	}
	return in->bad || in->p != in->end ? E_INPUT : E_OK;
}

enum err wire_take(struct span frame, const struct roster_sink *sink, void *arg,
		   struct roster_end *end_out, bool *ended_out)
{
	struct in in = { .p = frame.p, .end = frame.p + frame.n };
	unsigned type = get_u8(&in, FR_END + 1), mode;
	enum err e = E_INPUT;

	if (*ended_out)
		return E_INPUT;
	switch (type) {
	case FR_MODE:
		mode = get_u8(&in, ROSTER_DELTA + 1);
		return in.bad || in.p != in.end ? E_INPUT : sink->mode(arg, mode);
	case FR_PERSON: return take_person(&in, sink, arg);
	case FR_GROUP: return take_group(&in, sink, arg);
	case FR_MEMBER: return take_member(&in, sink, arg);
	case FR_LINK: return take_link(&in, sink, arg);
	case FR_FINDING: return take_finding(&in, sink, arg);
	case FR_END:
		e = take_end(&in, end_out);
		*ended_out = e == E_OK;
		return e;
	default: return E_INPUT;
	}
}
