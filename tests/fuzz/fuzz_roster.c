/*
 * Roster files. Beyond not crashing: cut in two places the file reads the same,
 * every text that comes out is clean UTF-8 within its cap, ids are never empty,
 * and a refusal says why.
 */
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/magic.h"
#include "xml/roster.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

struct seen {
	struct buf log;
	enum xml_code code;
};

static void text(struct seen *s, struct span v)
{
	assert(v.n <= ROSTER_FIELD);
	assert(!span_has_nul(v) && utf8_valid(v));
	for (size_t i = 0; i < v.n; i++)
		assert((unsigned char)v.p[i] >= ' ' && v.p[i] != 0x7f);
	buf_add(&s->log, v.n == 0 ? "" : v.p, v.n);
	buf_addc(&s->log, '|');
}

static void id(struct seen *s, const struct roster_id *v, bool needed)
{
	assert(!needed || v->id.n > 0);
	text(s, v->source);
	text(s, v->id);
}

static void day(struct seen *s, struct span v)
{
	assert(v.n == 0 || v.n == 10);
	text(s, v);
}

static enum err on_mode(void *arg, enum roster_mode mode)
{
	struct seen *s = arg;

	buf_printf(&s->log, "M%d\n", mode);
	return E_OK;
}

static enum err on_person(void *arg, const struct roster_person *p)
{
	struct seen *s = arg;

	buf_printf(&s->log, "P%u %d %d ", p->line, p->op, p->rejected);
	id(s, &p->id, !p->rejected);
	id(s, &p->old, false);
	text(s, p->given);
	text(s, p->family);
	text(s, p->full);
	text(s, p->email);
	text(s, p->username);
	day(s, p->birth_day);
	return E_OK;
}

static enum err on_group(void *arg, const struct roster_group *g)
{
	struct seen *s = arg;

	buf_printf(&s->log, "G%u %d %d %d ", g->line, g->op, g->rejected, g->household);
	id(s, &g->id, !g->rejected);
	text(s, g->title);
	text(s, g->kind);
	day(s, g->begin_day);
	day(s, g->end_day);
	return E_OK;
}

static enum err on_member(void *arg, const struct roster_member *m)
{
	struct seen *s = arg;

	assert(m->role > ROSTER_ROLE_NONE && m->role < ROSTER_ROLES);
	buf_printf(&s->log, "m%u %d %d %d ", m->id_line, m->op, m->role, m->active);
	id(s, &m->group, true);
	id(s, &m->person, true);
	day(s, m->begin_day);
	day(s, m->end_day);
	return E_OK;
}

static enum err on_link(void *arg, const struct roster_link *l)
{
	struct seen *s = arg;

	assert(l->relation < RELATION_COUNT && l->priority < 100);
	assert(!l->orphan || l->access == ROSTER_ACCESS_NONE);
	buf_printf(&s->log, "L%u %d %d %d ", l->line, l->op, l->access, l->relation);
	id(s, &l->child, true);
	id(s, &l->guardian, true);
	text(s, l->household);
	return E_OK;
}

static enum err on_finding(void *arg, const struct xml_finding *f)
{
	struct seen *s = arg;

	assert(f->code != XC_NONE && f->code < XC_COUNT);
	buf_printf(&s->log, "F%d %d %u ", f->code, f->level, f->line);
	id(s, &f->id, false);
	return E_OK;
}

static const struct roster_sink sink = {
	.mode = on_mode, .person = on_person, .group = on_group, .member = on_member,
	.link = on_link, .finding = on_finding,
};

static void read_in(struct seen *s, const uint8_t *data, size_t n, size_t cut)
{
	struct roster_reader *r;
	struct roster_end end;

	s->log = BUF_INIT(64u << 20);
	if (roster_reader_new(&sink, s, &r) != E_OK)
		abort();
	if (roster_reader_feed(r, data, cut) == E_OK)
		roster_reader_feed(r, data + cut, n - cut);
	assert(roster_reader_end(r, &end) == E_OK);
	assert(end.fault.code == XC_NONE || end.format[0] == '\0' || end.root[0] != '\0');
	for (const char *p = end.fault.detail; *p != '\0'; p++)
		assert(*p >= ' ' && *p <= '~');
	buf_printf(&s->log, "E%d %u\n", end.fault.code, end.fault.line);
	s->code = end.fault.code;
	roster_reader_free(r);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	static bool ready;
	struct seen whole, cut;

	if (!ready)
		xml_init();
	ready = true;
	read_in(&whole, data, n, 0);
	read_in(&cut, data, n, n > 0 ? (data[n / 2] * 7919u + n / 3) % n : 0);
	assert(whole.log.err == E_OK && cut.log.err == E_OK);
	/* what was handed out before a fault depends on where the cut fell, and of two
	 * faults either may be found first; but no cut turns a refusal into a yes, as
	 * long as no single token comes near the backlog's limit */
	assert(n > XML_BACKLOG / 2 || (whole.code == XC_NONE) == (cut.code == XC_NONE));
	assert(whole.code != XC_NONE || cut.code != XC_NONE || strcmp(whole.log.p, cut.log.p) == 0);
	buf_release(&whole.log);
	buf_release(&cut.log);
	return 0;
}
