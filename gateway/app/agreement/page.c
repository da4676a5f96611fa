/* One agreement: what is in effect, what is proposed, and saying yes. */
#include <inttypes.h>

#include "agreement_app.h"
#include "base/day.h"
#include "base/magic.h"
#include "base/vec.h"
#include "gw/view.h"

struct wording_view {
	const char *title, *expectation, *routine, *by;
	struct agreement cols;
	int64_t day;			/* < 0: none yet */
};

struct agreement_view {
	struct wording_view v[2];
	unsigned n;
	struct tag tag;
	const char *problem, *self, *list, *hint;
	int64_t rev;
	bool may_agree, may_change, may_keep, may_end, may_renew, draft;
	struct field_view day;
	struct form_errors errors;
	const struct entry *event;
	unsigned n_event;
	struct said_view said;
};

struct end_view {
	const char *action, *back, *text;
	int64_t rev;
};

#include "tpl/agreement/page.h"

#define RENEW_DAYS 56

struct page_read {
	struct req *r;
	struct agreement_copy g;
	struct agreement_event *event;
	unsigned n_event;
	const char *problem;
	struct agreement_homes_read homes;
	struct said_read said;
};

static enum err read_page(struct db *db, void *arg)
{
	struct page_read *m = arg;
	struct req *r = m->r;
	struct agreement_by by = agreement_by_here(r);
	enum err err = agreement_load(db, &r->a, &by, r->obj[0].id, &m->g);

	m->n_event = 0;
	if (err == E_OK)
		err = agreement_homes_here(db, r, r->obj[0].child, &m->homes);
	if (err == E_OK && r->who.door != DOOR_STUDENT)
		err = agreement_history(db, &r->a, &by, r->obj[0].id, &m->event, &m->n_event);
	return err == E_OK ? agreement_said_read(db, r, &m->said) : err;
}

static const char *or_null(const char *s)
{
	return s != NULL && s[0] != '\0' ? s : NULL;
}

static void fill_wording(struct req *r, const struct agreement_version *in, const char *title,
			 struct wording_view *out)
{
	struct msg_arg who = { "who", in->author_name, 0 };

	*out = (struct wording_view){
		.title = title,
		.expectation = in->w.expectation,
		.routine = or_null(in->w.routine),
		.by = in->author_name[0] != '\0' ? view_say(r, MSG_agreement_by, &who, 1) : NULL,
		.cols = { .school = or_null(in->w.school), .home = or_null(in->w.home) },
		.day = day_read(span_of(in->w.review_day)),
	};
}

static void fill_wordings(struct req *r, const struct agreement_copy *g, struct agreement_view *m)
{
	bool open = g->state == AGREEMENT_OFFERED || g->state == AGREEMENT_COUNTERED;
	bool both = open && g->held.version > 0 && r->who.door != DOOR_STUDENT;

	fill_wording(r, &g->now, both ? loc_str(r->loc, MSG_agreement_proposed) : NULL,
		     &m->v[m->n++]);
	if (both)
		fill_wording(r, &g->held, loc_str(r->loc, MSG_agreement_in_effect), &m->v[m->n++]);
}

static enum err fill_events(struct req *r, const struct page_read *in, struct agreement_view *m)
{
	static const struct { const char *what; enum msg word; } word[] = {
		{ "offered", MSG_agreement_did_offer }, { "changed", MSG_agreement_did_change },
		{ "agreed", MSG_agreement_did_agree },	{ "kept", MSG_agreement_did_keep },
		{ "renewed", MSG_agreement_did_renew }, { "ended", MSG_agreement_did_end },
		{ "commented", MSG_agreement_did_comment },
		{ "uncommented", MSG_agreement_did_uncomment },
	};
	struct entry *e = arena_array(&r->a, (size_t)in->n_event + 1, sizeof(*e));

	if (e == NULL)
		return E_NOMEM;
	for (unsigned i = 0; i < in->n_event; i++) {
		const struct agreement_event *v = &in->event[i];

		e[i] = (struct entry){ .ms = v->at, .who = or_null(v->who_name),
				       .side = v->side == AGREEMENT_HOME ? SIDE_HOME :
					       v->side == AGREEMENT_STUDENT ? SIDE_NONE : SIDE_SCHOOL };
		for (unsigned k = 0; k < ARRAY_LEN(word); k++)
			if (str_eq(v->what, word[k].what))
				e[i].text = loc_str(r->loc, word[k].word);
	}
	m->event = e;
	m->n_event = in->n_event;
	return E_OK;
}

static const char *hint(struct req *r, const struct agreement_copy *g, bool may)
{
	if (!may)
		return NULL;
	if (g->state == AGREEMENT_DRAFT)
		return loc_str(r->loc, MSG_agreement_hint_draft);
	if (agreement_waits(g, agreement_me(r)))
		return loc_str(r->loc, MSG_agreement_hint_yours);
	if (g->state == AGREEMENT_OFFERED || g->state == AGREEMENT_COUNTERED)
		return loc_str(r->loc, MSG_agreement_hint_theirs);
	return NULL;
}

static enum err fill_page(struct req *r, const struct page_read *in, struct agreement_view *m)
{
	const struct agreement_copy *g = &in->g;
	const char *today = day_text(&r->a, agreement_today(r));
	bool may = r->who.door != DOOR_STUDENT && !r->obj[0].read_only &&
		   g->state != AGREEMENT_ENDED;
	bool open = g->state == AGREEMENT_OFFERED || g->state == AGREEMENT_COUNTERED;

	if (today == NULL)
		return E_NOMEM;
	*m = (struct agreement_view){
		.tag = agreement_tag(r, g),
		.problem = in->problem,
		.self = req_path(r, "/agreement/%" PRId64, g->id),
		.list = req_path(r, "/child/%" PRId64 "/agreements", g->child),
		.hint = hint(r, g, may),
		.rev = g->rev,
		.may_agree = may && agreement_waits(g, agreement_me(r)),
		.may_change = may,
		.may_keep = may && open && g->held.version > 0,
		.may_end = may,
		.may_renew = may && agreement_review_due(g, today),
		.draft = g->state == AGREEMENT_DRAFT,
		.day = field_of(r, &agreement_renew_form, NF_DAY, MSG_agreement_renew_day,
				MSG_NONE),
	};
	m->day.start = day_text(&r->a, agreement_today(r) + RENEW_DAYS);
	m->day.error = loc_str(r->loc, MSG_agreement_day_past);
	m->errors = (struct form_errors){ &m->day, m->may_renew ? 1 : 0 };
	fill_wordings(r, g, m);
	if (agreement_said_fill(r, g, &in->said, &m->said) != E_OK)
		return E_NOMEM;
	return fill_events(r, in, m);
}

static enum err draw(struct req *r, const struct page_read *in)
{
	struct msg_arg who = { "who", view_name(r, in->g.child_name), 0 };
	struct agreement_view m;
	struct page p;
	struct out o;
	enum err err = fill_page(r, in, &m);

	if (err != E_OK)
		return err;
	p = agreement_page_of(r, view_say(r, MSG_agreement_title_one, &who, 1),
			      agreement_with(r, &in->g, &in->homes), r->obj[0].child);
	p.seen = agreement_seen(r, &in->g);
	o = out_page(r);
	page_begin(&o, &p);
	view_page(&o, &m);
	page_end(&o, &p);
	if (in->problem != NULL)
		reply_conflict(r);
	return E_OK;
}

static enum err show(struct req *r, const char *problem)
{
	struct page_read in = { .r = r, .problem = problem };
	enum err err;

	fault_clear(&r->fault);
	err = store_read(r->gw->store, read_page, &in, &r->fault);
	if (err == E_OK)
		err = draw(r, &in);
	if (err == E_OK && r->method == METHOD_GET)
		agreement_said_seen(r, &in.g);
	return err;
}

enum err agreement_page(struct req *r)
{
	assert(r->obj[0].kind == OBJ_AGREEMENT);
	return show(r, NULL);
}

enum err agreement_page_but(struct req *r, enum msg problem)
{
	return show(r, loc_str(r->loc, problem));
}

/* ---- yes, keep, enough ---------------------------------------------------- */

static enum err write_do(struct db *db, void *arg)
{
	struct req *r = arg;
	struct agreement_by by = agreement_by_here(r);
	int64_t id = r->obj[0].id, rev = r->form.v[DF_REV].num;

	switch (r->form.v[DF_DO].num) {
	case DO_AGREE:
		return agreement_agree(db, &by, id, rev);
	case DO_KEEP:
		return agreement_keep(db, &by, id, rev);
	default:
		return agreement_end(db, &by, id, rev);
	}
}

enum err agreement_do_post(struct req *r)
{
	static const enum msg done[] = { MSG_done_agreement_agreed, MSG_done_agreement_kept,
					 MSG_done_agreement_ended };
	enum err err = store_write(r->gw->store, write_do, r, &r->fault);

	if (err == E_CONFLICT)
		return show(r, loc_str(r->loc, MSG_agreement_conflict));
	assert(r->form.v[DF_DO].num < (int64_t)ARRAY_LEN(done));
	return err == E_OK ? reply_done(r, done[r->form.v[DF_DO].num], "/agreement/%" PRId64,
					r->obj[0].id) : err;
}

/* ---- once more ------------------------------------------------------------ */

static enum err write_renew(struct db *db, void *arg)
{
	struct req *r = arg;
	struct agreement_by by = agreement_by_here(r);

	return agreement_renew(db, &by, r->obj[0].id, r->form.v[NF_REV].num,
			       r->form.v[NF_DAY].text);
}

enum err agreement_renew_post(struct req *r)
{
	enum err err;

	assert(r->form.def == &agreement_renew_form && r->form.bad == 0);
	assert(r->obj[0].kind == OBJ_AGREEMENT);
	if (r->form.v[NF_DAY].num <= agreement_today(r)) {
		form_mark(&r->form, NF_DAY, FORM_CLASH);
		return show(r, NULL);
	}
	err = store_write(r->gw->store, write_renew, r, &r->fault);
	if (err == E_CONFLICT)
		return show(r, loc_str(r->loc, MSG_agreement_conflict));
	return err == E_OK ? reply_done(r, MSG_done_agreement_renewed, "/agreement/%" PRId64,
					r->obj[0].id) : err;
}

enum err agreement_end_page(struct req *r)
{
	struct page_read in = { .r = r };
	struct end_view m = { .action = req_path(r, "/agreement/%" PRId64 "/do", r->obj[0].id),
			      .back = req_path(r, "/agreement/%" PRId64, r->obj[0].id) };
	struct page p = agreement_page_of(r, loc_str(r->loc, MSG_agreement_end_title), NULL,
					  r->obj[0].child);
	struct out o;
	enum err err = store_read(r->gw->store, read_page, &in, &r->fault);

	if (err != E_OK)
		return err;
	if (in.g.state == AGREEMENT_ENDED)
		return reply_see(r, "/agreement/%" PRId64, r->obj[0].id);
	m.rev = in.g.rev;
	m.text = in.g.now.w.expectation;
	o = out_page(r);
	page_begin(&o, &p);
	view_end(&o, &m);
	page_end(&o, &p);
	return E_OK;
}
