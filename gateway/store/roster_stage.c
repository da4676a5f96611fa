/* Changes on their way into the staging tables: collected here, written in slices. */
#include <stdlib.h>

#include "base/magic.h"
#include "roster_private.h"

#define WAIT_MAX 4096
#define TEXT_MAX (4u << 20)

static const unsigned texts[SK_COUNT] = {
	[SK_PERSON] = 10, [SK_CLASS] = 6, [SK_MEMBER] = 1, [SK_LINK] = 1,
};

/* ---- one kind into its table ---- */

static enum err row_person(struct db *db, const struct roster *r, const struct stage_row *s,
			   int64_t n)
{
	const struct span *t = s->text;

	return db_bulk_row(db, "iiiiitttttttttti", r->o.tenant, r->run, n, (int64_t)s->op, s->a,
			   t[0], t[1], t[2], t[3], t[4], t[5], t[6], t[7], t[8], t[9],
			   (int64_t)s->hash);
}

static enum err row_class(struct db *db, const struct roster *r, const struct stage_row *s,
			  int64_t n)
{
	const struct span *t = s->text;

	return db_bulk_row(db, "iiiiitttttti", r->o.tenant, r->run, n, (int64_t)s->op, s->a,
			   t[0], t[1], t[2], t[3], t[4], t[5], (int64_t)s->hash);
}

static enum err row_member(struct db *db, const struct roster *r, const struct stage_row *s,
			   int64_t n)
{
	return db_bulk_row(db, "iiiiiit", r->o.tenant, r->run, n, (int64_t)s->op, s->a, s->b,
			   s->text[0]);
}

static enum err row_link(struct db *db, const struct roster *r, const struct stage_row *s,
			 int64_t n)
{
	return db_bulk_row(db, "iiiiiitiiiiiiiii", r->o.tenant, r->run, n, (int64_t)s->op, s->a,
			   s->b, s->text[0], (int64_t)s->bit[0], (int64_t)s->bit[1],
			   (int64_t)s->bit[2], (int64_t)s->bit[3], (int64_t)s->priority,
			   (int64_t)s->access, s->household, s->prohibition, (int64_t)s->hash);
}

static const struct {
	const char *table, *columns;
	int ncols;
	enum err (*row)(struct db *, const struct roster *, const struct stage_row *, int64_t);
} into[SK_COUNT] = {
	[SK_PERSON] = { "roster_stage_person",
			"tenant_id, run_id, n, op, person_id, source, sourcedid, old_source, "
			"old_sourcedid, given, family, full_name, email, username, birth_day, hash",
			16, row_person },
	[SK_CLASS] = { "roster_stage_class",
		       "tenant_id, run_id, n, op, class_id, source, sourcedid, title, kind, "
		       "begin_day, end_day, hash", 12, row_class },
	[SK_MEMBER] = { "roster_stage_member",
			"tenant_id, run_id, n, op, class_id, person_id, role", 7, row_member },
	[SK_LINK] = { "roster_stage_link",
		      "tenant_id, run_id, n, op, child_id, guardian_id, relation, legal, "
		      "lives_with, is_primary, emergency, priority, access, household_id, "
		      "prohibition_id, hash", 16, row_link },
};

static enum err write_kind(struct db *db, struct roster *r, void *arg)
{
	enum stage_kind k = *(enum stage_kind *)arg;
	const struct stage *s = &r->stage[k];
	int64_t n = (int64_t)s->total - s->n;
	enum err e = db_bulk_begin(db, into[k].table, into[k].columns, into[k].ncols);

	for (unsigned i = 0; i < s->n && e == E_OK; i++) {
		struct stage_row row = s->row[i];

		for (unsigned t = 0; t < texts[k]; t++)
			row.text[t].p = s->text.p + (uintptr_t)row.text[t].p;
		e = into[k].row(db, r, &row, ++n);
	}
	if (e == E_OK)
		e = db_bulk_end(db);
	return e;
}

static enum err flush_kind(struct roster *r, enum stage_kind k)
{
	struct stage *s = &r->stage[k];
	enum err e = E_OK;

	if (s->n == 0)
		return E_OK;
	if (s->text.err != E_OK)
		return s->text.err;
	e = roster_write(r, write_kind, &k);
	s->n = 0;
	buf_reset(&s->text);
	return e;
}

enum err stage_flush(struct roster *r)
{
	enum err e = E_OK;

	for (unsigned k = 0; k < SK_COUNT && e == E_OK; k++)
		e = flush_kind(r, k);
	return e;
}

/* ---- collecting ---- */

static enum err room(struct stage *s)
{
	unsigned cap = s->cap == 0 ? 256 : s->cap * 2;
	struct stage_row *v;

	if (s->n < s->cap)
		return E_OK;
	v = realloc(s->row, cap * sizeof(*v));
	if (v == NULL)
		return E_NOMEM;
	s->row = v;
	s->cap = cap;
	return E_OK;
}

static unsigned bits(enum stage_kind k, const struct stage_row *row)
{
	unsigned b = row->op == OP_CREATE ? SH_CREATE : row->op == OP_UPDATE ? SH_UPDATE :
		row->op == OP_REMOVE ? SH_REMOVE : 0;

	if (k == SK_PERSON && row->text[3].n > 0)
		b |= SH_RENAME;
	if (k != SK_LINK)
		return b;
	if (row->access == ROSTER_ACCESS_NONE)
		b |= SH_BAN;
	if (row->access == ROSTER_ACCESS_FULL)
		b |= SH_LIFT;
	return row->household != 0 ? b | SH_HOUSE : b;
}

enum err stage_add(struct roster *r, enum stage_kind k, const struct stage_row *row,
		   uint32_t *n_out)
{
	struct stage *s = &r->stage[k];
	struct stage_row *to;
	enum err e = E_OK;

	assert((unsigned)k < SK_COUNT);
	if (s->text.max == 0)
		s->text = BUF_INIT(64u << 20);
	if (s->n == WAIT_MAX || s->text.len > TEXT_MAX)
		e = flush_kind(r, k);
	if (e == E_OK)
		e = room(s);
	if (e != E_OK)
		return e;
	to = &s->row[s->n++];
	*to = *row;
	for (unsigned t = 0; t < texts[k]; t++) {
		to->text[t].p = (const char *)(uintptr_t)s->text.len;
		buf_add(&s->text, row->text[t].p == NULL ? "" : row->text[t].p, row->text[t].n);
	}
	s->total++;
	s->has |= bits(k, row);
	if (n_out != NULL)
		*n_out = s->total;
	return s->text.err;
}

void stage_free(struct roster *r)
{
	for (unsigned k = 0; k < SK_COUNT; k++) {
		free(r->stage[k].row);
		buf_release(&r->stage[k].text);
	}
}
