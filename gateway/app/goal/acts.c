/* Agreeing, saying how the week went, finishing, kind words: one tap each. */
#include <inttypes.h>

#include "base/magic.h"
#include "goal.h"
#include "gw/fields.h"
#include "gw/view.h"

struct close_view {
	const char *action, *back;
};

struct cheer_view {
	const char *action, *back;
	struct field_view phrase, words;
	const char *problem;
};

#include "tpl/goal/acts.h"

struct deed {
	struct req *r;
	struct goal_who by;
	int64_t week;
	bool agreed;
	enum goal_state to;
};

static struct deed act_of(struct req *r)
{
	return (struct deed){ .r = r, .by = goal_who(&r->who, &r->obj[0], r->now_ms),
			     .week = goal_monday(goal_today(r)) };
}

/* ---- agreeing ------------------------------------------------------------- */

static enum err write_sign(struct db *db, void *arg)
{
	struct deed *a = arg;
	const struct form_val *v = a->r->form.v;

	return goal_sign(db, &a->by, a->r->obj[0].id, v[SF_VERSION].num, v[SF_STEP].text,
			 v[SF_ONLY].num == 1, &a->agreed);
}

static enum err read_age(struct db *db, void *arg)
{
	struct deed *a = arg;

	return goal_old_enough(db, a->r, &a->agreed);
}

/* A younger child reads and tries; agreeing is for the grown-ups. */
static enum err may_agree(struct req *r, bool *out)
{
	struct deed a = act_of(r);
	enum err err = E_OK;

	*out = a.by.side != GOAL_STUDENT;
	if (!*out) {
		err = store_read(r->gw->store, read_age, &a, &r->fault);
		*out = err == E_OK && a.agreed;
	}
	return err;
}

enum err goal_sign_again(struct req *r)
{
	bool may = false;
	enum err err = may_agree(r, &may);

	if (err != E_OK)
		return err;
	return may ? goal_page(r) : reply_refuse(r, REFUSE_NOT_YOURS);
}

enum err goal_sign_post(struct req *r)
{
	struct deed a = act_of(r);
	bool may = false;
	enum err err = may_agree(r, &may);

	assert(r->form.def == &goal_sign_form && r->form.bad == 0);
	assert(r->obj[0].kind == OBJ_GOAL);
	if (err != E_OK)
		return err;
	if (!may)
		return reply_refuse(r, REFUSE_NOT_YOURS);
	err = store_write(r->gw->store, write_sign, &a, &r->fault);
	if (err == E_INPUT) {
		form_mark(&r->form, SF_STEP, FORM_MISSING);
		return goal_page(r);
	}
	if (err == E_CONFLICT)
		return goal_page_moved(r);
	if (err == E_OK && a.by.side == GOAL_STUDENT)
		return reply_done(r, MSG_done_goal_student_signed, "/me");
	return err != E_OK ? err :
	       reply_done(r, a.agreed ? MSG_done_goal_agreed : MSG_done_goal_signed,
			  "/goals/%" PRId64, r->obj[0].id);
}

/* ---- this week ------------------------------------------------------------ */

static enum err write_week(struct db *db, void *arg)
{
	struct deed *a = arg;
	const struct form_val *v = a->r->form.v;

	return goal_checkin(db, &a->by, a->r->obj[0].id, a->week, a->week, (int)v[WF_VALUE].num,
			    v[WF_NOTE].text);
}

enum err goal_week_post(struct req *r)
{
	struct deed a = act_of(r);
	enum err err = store_write(r->gw->store, write_week, &a, &r->fault);

	if (err == E_CONFLICT)
		return goal_page_moved(r);
	if (err != E_OK)
		return err;
	if (r->form.v[WF_FROM].num == 1)
		return reply_done(r, MSG_done_goal_week, "%s",
				  a.by.side == GOAL_STUDENT ? "/me" : "/home");
	return reply_done(r, MSG_done_goal_week, "/goals/%" PRId64, r->obj[0].id);
}

/* ---- finishing ------------------------------------------------------------ */

static enum err write_turn(struct db *db, void *arg)
{
	struct deed *a = arg;

	return goal_turn(db, &a->by, a->r->obj[0].id, a->to);
}

enum err goal_turn_post(struct req *r)
{
	static const enum goal_state to[] = { GOAL_ACTIVE, GOAL_PAUSED, GOAL_MET, GOAL_UNMET,
					      GOAL_ARCHIVED };
	struct deed a = act_of(r);
	enum err err;

	assert(r->form.v[0].num >= 0 && r->form.v[0].num < (int64_t)ARRAY_LEN(to));
	a.to = to[r->form.v[0].num];
	err = store_write(r->gw->store, write_turn, &a, &r->fault);
	if (err == E_DENIED)
		return goal_page_denied(r);
	if (err == E_CONFLICT)
		return goal_page_moved(r);
	return err == E_OK ? reply_done(r, MSG_done_goal_turned, "/goals/%" PRId64, r->obj[0].id) :
			     err;
}

struct look {
	struct req *r;
	struct goal_who by;
	struct goal g;
};

static enum err read_one(struct db *db, void *arg)
{
	struct look *l = arg;

	return goal_load(db, &l->r->a, &l->by, l->r->obj[0].id, &l->g);
}

enum err goal_close(struct req *r)
{
	struct look l = { .r = r, .by = goal_who(&r->who, &r->obj[0], r->now_ms) };
	struct page p = goal_frame(r, loc_str(r->loc, MSG_goal_close_title), NULL, r->obj[0].child);
	enum err err = store_read(r->gw->store, read_one, &l, &r->fault);
	struct close_view m;
	struct out o;

	if (err != E_OK)
		return err;
	if (!goal_going(&l.g) || !l.g.may_edit)
		return reply_see(r, "/goals/%" PRId64, l.g.id);
	p.heading = l.g.child_name;
	p.sub = goal_heading(r, &l.g);
	m = (struct close_view){ req_path(r, "/goals/%" PRId64 "/turn", l.g.id),
				 req_path(r, "/goals/%" PRId64, l.g.id) };
	o = out_page(r);
	page_begin(&o, &p);
	view_close(&o, &m);
	page_end(&o, &p);
	return E_OK;
}

/* ---- kind words ----------------------------------------------------------- */

static const struct option *phrase_options(struct req *r)
{
	struct option *o = arena_array(&r->a, GOAL_PHRASES + 1, sizeof(*o));

	for (int i = 0; o != NULL && i <= GOAL_PHRASES; i++)
		o[i].text = loc_str(r->loc, (enum msg)(MSG_goal_cheer_0 + i));
	return o;
}

static enum err draw_cheer(struct req *r, const char *problem)
{
	struct look l = { .r = r, .by = goal_who(&r->who, &r->obj[0], r->now_ms) };
	struct page p = goal_frame(r, NULL, NULL, r->obj[0].child);
	enum err err = store_read(r->gw->store, read_one, &l, &r->fault);
	bool again = r->form.def == &goal_cheer_form;
	struct msg_arg name;
	struct cheer_view m = { .problem = problem };
	struct out o;

	if (err != E_OK)
		return err;
	name = (struct msg_arg){ "name", goal_given(&l.g), 0 };
	p.heading = l.g.child_name;
	p.title = view_say(r, MSG_goal_cheer_title, &name, 1);
	p.sub = view_say(r, MSG_goal_cheer_help, &name, 1);
	p.child = 0;	/* the line above says who sees it */
	m.action = req_path(r, "/goals/%" PRId64 "/cheer", l.g.id);
	m.back = req_path(r, "/goals/%" PRId64, l.g.id);
	m.phrase = (struct field_view){ .def = &goal_cheer_form.field[CF_PHRASE],
					.val = again ? &r->form.v[CF_PHRASE] : NULL,
					.label = loc_str(r->loc, MSG_goal_cheer_pick),
					.option = phrase_options(r), .n_option = GOAL_PHRASES + 1 };
	m.words = (struct field_view){ .def = &goal_cheer_form.field[CF_WORDS],
				       .val = again ? &r->form.v[CF_WORDS] : NULL, .rows = 2,
				       .label = loc_str(r->loc, MSG_goal_cheer_own) };
	if (m.phrase.option == NULL)
		return E_NOMEM;
	o = out_page(r);
	page_begin(&o, &p);
	view_cheer(&o, &m);
	page_end(&o, &p);
	return E_OK;
}

enum err goal_cheer_page(struct req *r)
{
	assert(r->obj[0].kind == OBJ_GOAL);
	assert(r->who.door == DOOR_FAMILY);
	return draw_cheer(r, NULL);
}

/* Words that were typed win over a sentence that was chosen before. */
static enum err write_cheer(struct db *db, void *arg)
{
	struct deed *a = arg;
	const struct form_val *v = a->r->form.v;

	return goal_cheer(db, &a->by, a->r->obj[0].id,
			  v[CF_WORDS].present ? 0 : (int)v[CF_PHRASE].num, v[CF_WORDS].text);
}

enum err goal_cheer_post(struct req *r)
{
	struct deed a = act_of(r);
	enum err err = store_write(r->gw->store, write_cheer, &a, &r->fault);

	if (err == E_INPUT) {
		form_mark(&r->form, CF_WORDS, FORM_MISSING);
		return draw_cheer(r, loc_str(r->loc, MSG_goal_cheer_empty));
	}
	if (err == E_LIMIT) {
		err = draw_cheer(r, loc_str(r->loc, MSG_goal_cheer_limit));
		if (err == E_OK)
			reply_conflict(r);
		return err;
	}
	if (err == E_CONFLICT)
		return goal_page_moved(r);
	return err == E_OK ? reply_done(r, MSG_done_goal_cheer, "/goals/%" PRId64, r->obj[0].id) :
			     err;
}
