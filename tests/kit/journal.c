#include "kit/journal.h"

#include <stdio.h>
#include <stdlib.h>

#define SP(s) (int)(s).n, (s).p

static enum err j_mode(void *arg, enum roster_mode mode)
{
	struct journal *j = arg;

	j->mode = mode;
	buf_printf(&j->log, "mode %d\n", mode);
	return E_OK;
}

static enum err j_person(void *arg, const struct roster_person *p)
{
	struct journal *j = arg;

	j->persons += !p->rejected;
	buf_printf(&j->log, "person %u op=%d rej=%d %.*s|%.*s was %.*s: %.*s|%.*s|%.*s|%.*s|%.*s|%.*s\n",
		   p->line, p->op, p->rejected, SP(p->id.source), SP(p->id.id), SP(p->old.id),
		   SP(p->given), SP(p->family), SP(p->full), SP(p->email), SP(p->username),
		   SP(p->birth_day));
	return E_OK;
}

static enum err j_group(void *arg, const struct roster_group *g)
{
	struct journal *j = arg;

	j->groups += !g->rejected;
	buf_printf(&j->log, "group %u op=%d rej=%d hh=%d %.*s|%.*s: %.*s|%.*s|%.*s|%.*s\n", g->line,
		   g->op, g->rejected, g->household, SP(g->id.source), SP(g->id.id), SP(g->title),
		   SP(g->kind), SP(g->begin_day), SP(g->end_day));
	return E_OK;
}

static enum err j_member(void *arg, const struct roster_member *m)
{
	struct journal *j = arg;

	j->members++;
	buf_printf(&j->log, "member %u op=%d role=%d active=%d rel=%u %.*s|%.*s in %.*s|%.*s %.*s..%.*s\n",
		   m->id_line, m->op, m->role, m->active, m->relation, SP(m->person.source),
		   SP(m->person.id), SP(m->group.source), SP(m->group.id), SP(m->begin_day),
		   SP(m->end_day));
	return E_OK;
}

static enum err j_link(void *arg, const struct roster_link *l)
{
	struct journal *j = arg;

	j->links++;
	buf_printf(&j->log, "link %u op=%d orphan=%d %.*s|%.*s -> %.*s|%.*s %s %d%d%d%d %u acc=%d [%.*s]\n",
		   l->line, l->op, l->orphan, SP(l->child.source), SP(l->child.id),
		   SP(l->guardian.source), SP(l->guardian.id), relation_name(l->relation), l->legal,
		   l->lives_with, l->primary, l->emergency, l->priority, l->access, SP(l->household));
	return E_OK;
}

static enum err j_finding(void *arg, const struct xml_finding *f)
{
	struct journal *j = arg;

	if (j->findings++ == 0)
		j->first = *f;
	j->rejects += f->level == XL_REJECT;
	buf_printf(&j->log, "finding %s level=%d %s line=%u record=%u %.*s|%.*s %s\n",
		   xml_code_name(f->code), f->level, roster_kind_name(f->kind), f->line, f->record,
		   SP(f->id.source), SP(f->id.id), f->field == NULL ? "" : f->field);
	return E_OK;
}

const struct roster_sink journal_sink = {
	.mode = j_mode, .person = j_person, .group = j_group, .member = j_member, .link = j_link,
	.finding = j_finding,
};

void journal_free(struct journal *j)
{
	buf_release(&j->log);
}

/* Reads p in pieces of `chunk`; the caller frees the journal. */
enum err journal_read(struct journal *j, const char *p, size_t n, size_t chunk)
{
	struct roster_reader *r;
	enum err e;

	*j = (struct journal){ .log = BUF_INIT(64u << 20) };
	xml_init();
	e = roster_reader_new(&journal_sink, j, &r);
	if (e != E_OK)
		return e;
	for (size_t i = 0; i < n; i += chunk)
		if (roster_reader_feed(r, p + i, n - i < chunk ? n - i : chunk) != E_OK)
			break;
	e = roster_reader_end(r, &j->end);
	buf_printf(&j->log, "end %s line=%u %s enc=%s ns=%s pw=%u\n",
		   xml_code_name(j->end.fault.code), j->end.fault.line, j->end.fault.detail,
		   j->end.encoding, j->end.ns, (unsigned)j->end.passwords);
	roster_reader_free(r);
	return e;
}

/* A whole file; NULL when it is not there. */
char *slurp(const char *path, size_t *n_out)
{
	struct buf b = BUF_INIT(64u << 20);
	char part[65536];
	size_t n;
	FILE *f = fopen(path, "rb");

	if (f == NULL)
		return NULL;
	while ((n = fread(part, 1, sizeof(part), f)) > 0)
		buf_add(&b, part, n);
	fclose(f);
	return buf_take(&b, n_out);
}
