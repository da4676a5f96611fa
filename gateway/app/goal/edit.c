/* Proposing and changing a goal: one form for home and school. */
#include <inttypes.h>

#include "base/day.h"
#include "base/magic.h"
#include "goal.h"
#include "gw/fields.h"
#include "gw/view.h"

#define CYCLE_DAYS 56	/* eight weeks, as the plans that worked in studies */

struct edit_view {
	const char *action, *back, *help, *go;
	struct notice moved;
	int64_t version;
	struct field_view field[GF_FIELDS];
	bool show[GF_FIELDS];
	struct form_errors errors;
	struct field_view listed[GF_FIELDS];
};

#include "tpl/goal/edit.h"

struct edit_read {
	struct req *r;
	struct goal_who by;
	struct goal g;
	bool change;
	const char *name, *given;
};

static enum err read_edit(struct db *db, void *arg)
{
	struct edit_read *in = arg;
	struct req *r = in->r;

	if (in->change)
		return goal_load(db, &r->a, &in->by, r->obj[0].id, &in->g);
	return goal_child(db, &r->a, r->who.tenant, r->obj[0].child, &in->name, &in->given);
}

/* ---- the form ------------------------------------------------------------- */

static const struct option *domain_options(struct req *r)
{
	static const enum msg word[] = { MSG_goal_domain_academic_choice,
					 MSG_goal_domain_social_choice,
					 MSG_goal_domain_emotional_choice };
	struct option *o = arena_array(&r->a, GOAL_DOMAINS, sizeof(*o));

	for (unsigned i = 0; o != NULL && i < GOAL_DOMAINS; i++)
		o[i].text = loc_str(r->loc, word[i]);
	return o;
}

static void label_fields(struct req *r, struct edit_view *m, bool home)
{
	static const enum msg label[GF_FIELDS] = {
		[GF_DOMAIN] = MSG_goal_field_domain, [GF_WORDS] = MSG_goal_field_words,
		[GF_MEASURE] = MSG_goal_field_measure, [GF_HOME] = MSG_goal_sign_home,
		[GF_HOME_ONLY] = MSG_goal_only_ours, [GF_SCHOOL] = MSG_goal_sign_school,
		[GF_SCHOOL_ONLY] = MSG_goal_field_school_only, [GF_START] = MSG_goal_field_start,
		[GF_REVIEW] = MSG_goal_field_review,
		[GF_ONLY_HOUSEHOLD] = MSG_goal_field_only_household,
		[GF_VERSION] = MSG_goal_field_words,
	};
	bool posted = r->form.def == &goal_form;

	for (unsigned i = 0; i < GF_FIELDS; i++) {
		m->field[i] = (struct field_view){
			.def = &goal_form.field[i], .val = posted ? &r->form.v[i] : NULL,
			.label = loc_str(r->loc, label[i]), .rows = i == GF_WORDS ? 3 : 2 };
		m->show[i] = i != GF_VERSION;
	}
	m->field[GF_WORDS].help = loc_str(r->loc, MSG_goal_field_words_help);
	m->field[GF_MEASURE].help = loc_str(r->loc, MSG_goal_field_measure_help);
	m->field[GF_HOME].help = loc_str(r->loc, home ? MSG_goal_field_step_help :
					 MSG_goal_field_home_idea);
	m->field[GF_SCHOOL].help = loc_str(r->loc, home ? MSG_goal_field_school_idea :
					   MSG_goal_field_step_help);
	m->field[GF_HOME].error = loc_str(r->loc, MSG_goal_error_home);
	m->field[GF_SCHOOL].error = loc_str(r->loc, MSG_goal_error_school);
	if (posted && r->form.v[GF_REVIEW].error == FORM_CLASH)
		m->field[GF_REVIEW].error = loc_str(r->loc, MSG_goal_error_review);
}

/* Long texts get the general words: "a little long". */
static void general_errors(struct req *r, struct edit_view *m)
{
	for (unsigned i = 0; i < GF_FIELDS; i++)
		if (r->form.def == &goal_form && r->form.v[i].error != FORM_MISSING &&
		    r->form.v[i].error != FORM_CLASH)
			m->field[i].error = NULL;
}

static void start_fields(const struct edit_read *in, struct edit_view *m)
{
	struct req *r = in->r;
	const struct goal *g = &in->g;
	int64_t today = goal_today(r);
	bool foreign = in->change && in->by.side == GOAL_HOME && !g->home_mine && !g->home_suggested;

	m->field[GF_START].start = day_text(&r->a, in->change ? g->start_day : today);
	m->field[GF_REVIEW].start = day_text(&r->a, in->change ? g->review_day : today + CYCLE_DAYS);
	m->field[GF_DOMAIN].option = domain_options(r);
	m->field[GF_DOMAIN].n_option = GOAL_DOMAINS;
	if (!in->change) {
		m->field[GF_DOMAIN].start_num = r->query.def != NULL ? r->query.v[0].num : 0;
		m->field[GF_DOMAIN].has_start_num = r->query.def != NULL && r->query.v[0].present;
		return;
	}
	m->field[GF_WORDS].start = g->words[0] != '\0' ? g->words : g->student_words;
	m->field[GF_MEASURE].start = g->measure;
	m->field[GF_HOME].start = foreign ? g->own_step : g->home_step;
	m->field[GF_SCHOOL].start = g->school_step;
	m->field[GF_HOME_ONLY].start_num = foreign ? g->own_only : g->home_only;
	m->field[GF_HOME_ONLY].has_start_num = true;
	m->field[GF_SCHOOL_ONLY].start_num = g->school_only;
	m->field[GF_SCHOOL_ONLY].has_start_num = true;
}

static void fill_edit(const struct edit_read *in, struct edit_view *m)
{
	struct req *r = in->r;
	bool home = in->by.side == GOAL_HOME;
	unsigned n = 0;

	label_fields(r, m, home);
	general_errors(r, m);
	start_fields(in, m);
	m->show[GF_DOMAIN] = !in->change;
	m->show[GF_ONLY_HOUSEHOLD] = !in->change && home;
	m->show[GF_HOME_ONLY] = home && !in->g.only_household;
	if (m->show[GF_ONLY_HOUSEHOLD])
		m->field[GF_ONLY_HOUSEHOLD].help =
			view_say(r, MSG_goal_field_only_household_help,
				 &(struct msg_arg){ "name", msg_text(in->given), 0 }, 1);
	m->go = loc_str(r->loc, in->change ? MSG_goal_edit_go : MSG_goal_new_go);
	m->action = in->change ? req_path(r, "/goals/%" PRId64 "/change", in->g.id) :
		    req_path(r, "/child/%" PRId64 "/goals/new", r->obj[0].child);
	m->back = in->change ? req_path(r, "/goals/%" PRId64, in->g.id) :
		  req_path(r, "/child/%" PRId64 "/goals", r->obj[0].child);
	m->version = in->g.version;
	if (in->change)
		m->help = loc_str(r->loc, MSG_goal_edit_help);
	for (unsigned i = 0; i < GF_FIELDS; i++)
		if (m->show[i])
			m->listed[n++] = m->field[i];
	m->errors = (struct form_errors){ m->listed, n };
}

static enum err draw_edit(struct req *r, bool change, struct notice moved, bool conflict)
{
	struct edit_read in = { .r = r, .by = goal_who(&r->who, &r->obj[0], r->now_ms),
				.change = change };
	struct edit_view *m = arena_new(&r->a, struct edit_view);
	struct page p = goal_frame(r, NULL, NULL, r->obj[0].child);
	enum err err = store_read(r->gw->store, read_edit, &in, &r->fault);
	struct out o;

	if (err == E_OK && m == NULL)
		err = E_NOMEM;
	if (err != E_OK)
		return err;
	if (change && (!in.g.may_edit || !goal_open(&in.g)))
		return reply_see(r, "/goals/%" PRId64, in.g.id);
	fill_edit(&in, m);
	m->moved = moved;
	p.heading = change ? in.g.child_name : in.name;
	p.title = change ? loc_str(r->loc, MSG_goal_edit_title) :
		  view_say(r, MSG_goal_new_title, &(struct msg_arg){ "name", msg_text(in.given), 0 }, 1);
	o = out_page(r);
	page_begin(&o, &p);
	view_edit(&o, m);
	page_end(&o, &p);
	if (conflict)
		reply_conflict(r);
	return E_OK;
}

enum err goal_new(struct req *r)
{
	assert(r->obj[0].kind == OBJ_CHILD);
	return draw_edit(r, false, (struct notice){ .side = SIDE_NONE }, false);
}

enum err goal_edit(struct req *r)
{
	assert(r->obj[0].kind == OBJ_GOAL);
	return draw_edit(r, true, (struct notice){ .side = SIDE_NONE }, false);
}

/* ---- keeping it ----------------------------------------------------------- */

struct edit_write {
	struct req *r;
	struct goal_who by;
	struct goal_words w;
	int64_t id;
};

static enum err write_new(struct db *db, void *arg)
{
	struct edit_write *out = arg;

	return goal_propose(db, &out->by, out->r->obj[0].child, &out->w, &out->id);
}

static enum err write_change(struct db *db, void *arg)
{
	struct edit_write *out = arg;

	return goal_change(db, &out->by, out->r->obj[0].id, out->r->form.v[GF_VERSION].num, &out->w);
}

static struct edit_write edit_of(struct req *r)
{
	const struct form_val *v = r->form.v;

	return (struct edit_write){
		.r = r, .by = goal_who(&r->who, &r->obj[0], r->now_ms), .id = r->obj[0].id,
		.w = { .domain = (enum goal_domain)v[GF_DOMAIN].num, .words = v[GF_WORDS].text,
		       .measure = v[GF_MEASURE].text, .home_step = v[GF_HOME].text,
		       .school_step = v[GF_SCHOOL].text, .home_only = v[GF_HOME_ONLY].num == 1,
		       .school_only = v[GF_SCHOOL_ONLY].num == 1,
		       .only_household = v[GF_ONLY_HOUSEHOLD].num == 1,
		       .start_day = v[GF_START].num, .review_day = v[GF_REVIEW].num },
	};
}

/* What the table cannot know: the own side's step, and days in order. */
static void check_words(struct req *r, enum goal_side side)
{
	struct form *f = &r->form;

	if (side == GOAL_SCHOOL && !f->v[GF_SCHOOL].present)
		form_mark(f, GF_SCHOOL, FORM_MISSING);
	if (side == GOAL_HOME && !f->v[GF_HOME].present && f->v[GF_SCHOOL_ONLY].num != 1)
		form_mark(f, GF_HOME, FORM_MISSING);
	if (f->v[GF_REVIEW].num <= f->v[GF_START].num)
		form_mark(f, GF_REVIEW, FORM_CLASH);
}

enum err goal_new_post(struct req *r)
{
	struct edit_write w = edit_of(r);
	enum err err;

	assert(r->form.def == &goal_form && r->form.bad == 0);
	assert(r->obj[0].kind == OBJ_CHILD);
	check_words(r, w.by.side);
	if (!r->form.v[GF_DOMAIN].present)
		form_mark(&r->form, GF_DOMAIN, FORM_MISSING);
	if (r->form.bad > 0)
		return goal_new(r);
	err = store_write(r->gw->store, write_new, &w, &r->fault);
	if (err == E_LIMIT)
		return draw_edit(r, false, (struct notice){
			.side = SIDE_ALERT, .title = loc_str(r->loc, MSG_goal_error_limit_title),
			.text = loc_str(r->loc, MSG_goal_error_limit) }, true);
	return err == E_OK ? reply_done(r, MSG_done_goal_proposed, "/goals/%" PRId64, w.id) : err;
}

enum err goal_edit_post(struct req *r)
{
	struct edit_write w = edit_of(r);
	enum err err;

	assert(r->form.def == &goal_form && r->form.bad == 0);
	assert(r->obj[0].kind == OBJ_GOAL);
	check_words(r, w.by.side);
	if (r->form.bad > 0)
		return goal_edit(r);
	err = store_write(r->gw->store, write_change, &w, &r->fault);
	if (err == E_DENIED)
		return goal_page_denied(r);
	if (err == E_CONFLICT)
		return draw_edit(r, true, (struct notice){
			.side = SIDE_ALERT, .title = loc_str(r->loc, MSG_goal_moved_title),
			.text = loc_str(r->loc, MSG_goal_moved_text),
			.path = req_path(r, "/goals/%" PRId64, w.id),
			.link = loc_str(r->loc, MSG_goal_open) }, true);
	return err == E_OK ? reply_done(r, MSG_done_goal_changed, "/goals/%" PRId64, w.id) : err;
}
