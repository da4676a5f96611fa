/* Writing an agreement: a new one, going on with a draft, changing the words. */
#include <inttypes.h>

#include "agreement_app.h"
#include "base/day.h"
#include "base/magic.h"
#include "base/vec.h"
#include "gw/view.h"
#include "store/people.h"

#define REVIEW_DAYS 56		/* the eight weeks of a usual cycle */

struct write_read {
	struct req *r;
	const char *child;
	struct option *option;		/* with whom, for a new one */
	unsigned n;
	struct agreement_copy g;
	bool known;
	const char *problem;
};

/* ---- with whom ------------------------------------------------------------ */

static enum err read_homes(struct db *db, struct write_read *m)
{
	struct req *r = m->r;
	struct agreement_home *v = NULL;
	unsigned n = 0;
	enum err err = agreement_homes(db, &r->a, r->who.tenant, r->obj[0].child, r->now_ms, &v, &n);

	m->option = arena_array(&r->a, (size_t)n + 1, sizeof(*m->option));
	if (err == E_OK && m->option == NULL)
		err = E_NOMEM;
	for (unsigned i = 0; err == E_OK && i < n; i++)
		m->option[m->n++] = (struct option){
			v[i].household, v[i].names[0] != '\0' ? v[i].names :
				loc_str(r->loc, MSG_agreement_a_home) };
	return err;
}

static enum err read_classes(struct db *db, struct write_read *m)
{
	struct req *r = m->r;
	struct agreement_class *v = NULL;
	unsigned n = 0;
	enum err err = agreement_classes(db, &r->a, r->who.tenant, r->obj[0].child, &v, &n);

	m->option = arena_array(&r->a, (size_t)n + 1, sizeof(*m->option));
	if (err == E_OK && m->option == NULL)
		err = E_NOMEM;
	for (unsigned i = 0; err == E_OK && i < n; i++)
		m->option[m->n++] = (struct option){ v[i].context, v[i].title };
	return err;
}

static enum err read_new(struct db *db, void *arg)
{
	struct write_read *m = arg;
	struct req *r = m->r;
	enum err err = person_name(db, &r->a, r->who.tenant, r->obj[0].child, &m->child);

	m->n = 0;
	if (err != E_OK)
		return err;
	return agreement_me(r) == AGREEMENT_HOME ? read_classes(db, m) : read_homes(db, m);
}

static enum err read_old(struct db *db, void *arg)
{
	struct write_read *m = arg;
	struct agreement_by by = agreement_by_here(m->r);
	enum err err = agreement_load(db, &m->r->a, &by, m->r->obj[0].id, &m->g);

	m->known = err == E_OK;
	m->child = m->known ? m->g.child_name : "";
	return err;
}

/* ---- the form ------------------------------------------------------------- */

struct write_fields {
	struct field_view v[WF_REVIEW + 1];
	unsigned n;
};

static struct field_view *add(struct req *r, struct write_fields *m, unsigned i, enum msg label,
			      enum msg help, const char *start)
{
	struct field_view *f = &m->v[m->n++];

	assert(m->n <= ARRAY_LEN(m->v));
	*f = field_of(r, &agreement_write_form, i, label, help);
	f->start = start;
	return f;
}

static void fill_fields(struct req *r, const struct write_read *in, struct write_fields *m)
{
	static const struct agreement_words none = { "", "", "", "", "" };
	const struct agreement_words *w = in->known ? &in->g.now.w : &none;
	const char *day = w->review_day[0] != '\0' && day_read(span_of(w->review_day)) >
			  agreement_today(r) ? w->review_day :
			  day_text(&r->a, agreement_today(r) + REVIEW_DAYS);
	struct field_view *f;

	if (!in->known && in->n > 1) {
		bool home = agreement_me(r) == AGREEMENT_HOME;

		f = add(r, m, WF_WITH, home ? MSG_agreement_with_class : MSG_agreement_with_home,
			home ? MSG_NONE : MSG_agreement_with_help, NULL);
		f->option = in->option;
		f->n_option = in->n;
		f->error = loc_str(r->loc, MSG_agreement_with_wrong);
	}
	add(r, m, WF_EXPECTATION, MSG_agreement_expectation, MSG_agreement_expectation_help,
	    w->expectation);
	add(r, m, WF_SCHOOL, MSG_piece_at_school, MSG_agreement_school_help, w->school);
	add(r, m, WF_HOME, MSG_piece_at_home, MSG_agreement_home_help, w->home);
	f = add(r, m, WF_ROUTINE, MSG_agreement_routine, MSG_agreement_routine_help, w->routine);
	f->rows = 3;
	f = add(r, m, WF_REVIEW, MSG_agreement_review_day, MSG_agreement_review_help, day);
	f->error = loc_str(r->loc, MSG_agreement_day_past);
}

static enum err draw(struct req *r, const struct write_read *in)
{
	struct msg_arg who = { "who", view_name(r, in->child), 0 };
	bool draft = !in->known || in->g.state == AGREEMENT_DRAFT;
	struct button send[] = {
		{ .text = loc_str(r->loc, draft ? MSG_agreement_offer :
				  MSG_agreement_offer_change),
		  .name = "do", .value = "offer", .first = true },
		{ .text = loc_str(r->loc, MSG_agreement_save_draft), .name = "do", .value = "draft" },
	};
	struct write_fields f = { .n = 0 };
	struct ask m = {
		.action = in->known ? req_path(r, "/agreement/%" PRId64 "/edit", in->g.id) :
				      req_path(r, "/child/%" PRId64 "/agreements/new", r->obj[0].child),
		.back = in->known ? req_path(r, "/agreement/%" PRId64, in->g.id) :
				    req_path(r, "/child/%" PRId64 "/agreements", r->obj[0].child),
		.problem = in->problem,
		.none = !in->known && in->n == 0 ? loc_str(r->loc, MSG_agreement_nobody) : NULL,
		.rev = in->known ? in->g.rev : 0,
		.send = { send, draft ? 2 : 1 },
	};
	struct page p = agreement_page_of(r, view_say(r, MSG_agreement_title_write, &who, 1),
					  loc_str(r->loc, draft ? MSG_agreement_sub_new :
							  MSG_agreement_sub_change), r->obj[0].child);
	struct out o;

	if (in->known)
		p.seen = agreement_seen(r, &in->g);
	fill_fields(r, in, &f);
	m.fields = (struct form_errors){ f.v, f.n };
	o = out_page(r);
	page_begin(&o, &p);
	view_ask(&o, &m);
	page_end(&o, &p);
	if (in->problem != NULL)
		reply_conflict(r);
	return E_OK;
}

static enum err again(struct req *r, store_fn read, const char *problem)
{
	struct write_read in = { .r = r, .problem = problem };
	enum err err;

	fault_clear(&r->fault);
	err = store_read(r->gw->store, read, &in, &r->fault);
	if (err == E_OK && in.known && in.g.state == AGREEMENT_ENDED && problem == NULL)
		return reply_see(r, "/agreement/%" PRId64, in.g.id);
	return err == E_OK ? draw(r, &in) : err;
}

enum err agreement_new_page(struct req *r)
{
	assert(r->obj[0].kind == OBJ_CHILD);
	return again(r, read_new, NULL);
}

enum err agreement_edit_page(struct req *r)
{
	assert(r->obj[0].kind == OBJ_AGREEMENT);
	return again(r, read_old, NULL);
}

/* ---- keeping it ----------------------------------------------------------- */

static struct agreement_words typed(const struct req *r)
{
	const struct form_val *f = r->form.v;

	return (struct agreement_words){ f[WF_EXPECTATION].text, f[WF_SCHOOL].text,
					 f[WF_HOME].text, f[WF_ROUTINE].text, f[WF_REVIEW].text };
}

static bool offering(const struct req *r)
{
	return r->form.v[WF_DO].num == WRITE_OFFER;
}

/* What only an offer needs: both columns; and a day to come. */
static bool complete(struct req *r)
{
	struct form *f = &r->form;

	if (offering(r) && f->v[WF_SCHOOL].text[0] == '\0')
		form_mark(f, WF_SCHOOL, FORM_MISSING);
	if (offering(r) && f->v[WF_HOME].text[0] == '\0')
		form_mark(f, WF_HOME, FORM_MISSING);
	if (f->v[WF_REVIEW].num <= agreement_today(r))
		form_mark(f, WF_REVIEW, FORM_CLASH);
	return f->bad == 0;
}

struct kept {
	struct req *r;
	int64_t id;
};

/* The only household or class there is need not be chosen. */
static enum err write_new(struct db *db, void *arg)
{
	struct kept *k = arg;
	struct req *r = k->r;
	struct write_read in = { .r = r };
	struct agreement_by by = agreement_by_here(r);
	struct agreement_words w = typed(r);
	int64_t with = r->form.v[WF_WITH].num;
	enum err err = read_new(db, &in);

	if (err != E_OK)
		return err;
	if (with == 0 && in.n == 1)
		with = in.option[0].id;
	return agreement_create(db, &by, with, &w, offering(r), &k->id);
}

static enum err done(struct req *r, int64_t id)
{
	return reply_done(r, offering(r) ? MSG_done_agreement_offered : MSG_done_saved,
			  "/agreement/%" PRId64, id);
}

enum err agreement_new_post(struct req *r)
{
	struct kept k = { .r = r };
	enum err err;

	assert(r->form.def == &agreement_write_form && r->form.bad == 0);
	assert(r->obj[0].kind == OBJ_CHILD);
	if (!complete(r))
		return again(r, read_new, NULL);
	err = store_write(r->gw->store, write_new, &k, &r->fault);
	if (err == E_INPUT) {
		form_mark(&r->form, WF_WITH, FORM_CLASH);
		return again(r, read_new, NULL);
	}
	if (err == E_LIMIT)
		return again(r, read_new, loc_str(r->loc, MSG_agreement_too_many));
	return err == E_OK ? done(r, k.id) : err;
}

static enum err write_old(struct db *db, void *arg)
{
	struct kept *k = arg;
	struct req *r = k->r;
	struct write_read in = { .r = r };
	struct agreement_by by = agreement_by_here(r);
	struct agreement_words w = typed(r);
	int64_t id = r->obj[0].id, rev = r->form.v[WF_REV].num;
	enum err err = read_old(db, &in);

	if (err != E_OK)
		return err;
	if (in.g.state == AGREEMENT_DRAFT)
		return agreement_draft(db, &by, id, rev, &w, offering(r));
	return offering(r) ? agreement_change(db, &by, id, rev, &w) : E_CONFLICT;
}

enum err agreement_edit_post(struct req *r)
{
	struct kept k = { .r = r, .id = r->obj[0].id };
	enum err err;

	assert(r->form.def == &agreement_write_form && r->form.bad == 0);
	assert(r->obj[0].kind == OBJ_AGREEMENT);
	if (!complete(r))
		return again(r, read_old, NULL);
	err = store_write(r->gw->store, write_old, &k, &r->fault);
	if (err == E_CONFLICT)
		return again(r, read_old, loc_str(r->loc, MSG_agreement_conflict_write));
	return err == E_OK ? done(r, k.id) : err;
}
