/* One goal: what stands, what waits for whom, how it goes, what happened. */
#include <inttypes.h>

#include "base/magic.h"
#include "goal.h"
#include "gw/fields.h"
#include "gw/pictures.h"
#include "gw/view.h"

#define PICTURE_WEEKS 12
#define NOTES_MAX 12
#define HOMES_MAX 4

struct sign_view {
	const char *action;
	int64_t version;
	struct field_view step, only;
	bool asks_step, asks_only;
	struct form_errors errors;
	const char *change;	/* NULL: may not */
};

struct week_view {
	const char *action, *said, *later, *from;
	struct button value[3];
	struct buttons buttons;
	struct field_view note;
};

struct chart_view {
	const char *title;	/* NULL: the only one */
	struct progress p;
};

struct goal_view {
	struct tag tag, only;
	const char *grown_ups, *measure, *own_step, *student, *review, *plan;
	bool own_only;
	struct notice moved, missing, asks;
	const char *asks_path;
	struct agreement columns;
	bool has_columns, may_sign, may_week;
	struct sign_view sign;
	struct week_view week;
	struct chart_view chart[HOMES_MAX];
	unsigned n_chart;
	bool soon;
	struct entry *note, *event, *cheer;
	unsigned n_note, n_event, n_cheer;
	const char *cheer_path, *resume_path, *turn_path;
	struct button more[3];
	struct buttons buttons;
	bool may_resume, may_archive;
};

#include "tpl/goal/page.h"

struct goal_read {
	struct req *r;
	struct goal_who by;
	struct goal g;
	struct goal_mark *m;
	struct goal_event *e;
	struct goal_household *h;
	struct goal_cheer *c;
	unsigned nm, ne, nh, nc;
	int64_t week, since;
	struct page *page;
};

static enum err read_goal(struct db *db, void *arg)
{
	struct goal_read *in = arg;
	struct arena *a = &in->r->a;
	int64_t id = in->r->obj[0].id;
	enum err err = goal_load(db, a, &in->by, id, &in->g);

	assert(in->since <= in->week && in->page != NULL);
	if (err == E_OK)
		err = goal_marks(db, a, &in->by, in->g.child, id, in->since, &in->m, &in->nm);
	if (err == E_OK)
		err = goal_history(db, a, &in->by, id, &in->e, &in->ne);
	if (err == E_OK)
		err = goal_households(db, a, &in->by, id, &in->h, &in->nh);
	if (err == E_OK)
		err = goal_cheers(db, a, &in->by, in->g.child, id, &in->c, &in->nc);
	if (err == E_OK)
		err = goal_seen_by(db, in->r, in->g.child, in->page);
	return err;
}

/* ---- agreeing ------------------------------------------------------------- */

static enum msg missing_word(const struct goal *g)
{
	if (!g->home_signed && !g->school_signed)
		return MSG_goal_missing_both;
	return g->home_signed ? MSG_goal_missing_school : MSG_goal_missing_home;
}

static void fill_sign(struct goal_read *in, struct goal_view *m)
{
	struct req *r = in->r;
	const struct goal *g = &in->g;
	bool home = in->by.side == GOAL_HOME, again = r->form.def == &goal_sign_form;
	struct sign_view *s = &m->sign;

	assert(in->by.side != GOAL_STUDENT);
	s->action = req_path(r, "/goals/%" PRId64 "/sign", g->id);
	s->version = g->version;
	/* A second home may add what it does; a side without a step must. */
	s->asks_step = home ? g->home_step[0] == '\0' || (!g->home_suggested && !g->home_mine) :
			      g->school_step[0] == '\0';
	s->asks_only = s->asks_step && home && !g->only_household;
	s->step = (struct field_view){
		.def = &goal_sign_form.field[SF_STEP], .val = again ? &r->form.v[SF_STEP] : NULL,
		.label = loc_str(r->loc, home ? MSG_goal_sign_home : MSG_goal_sign_school),
		.help = loc_str(r->loc, home && !g->home_suggested && !g->home_mine ?
				MSG_goal_sign_own_help : MSG_goal_field_step_help),
		.error = again && r->form.v[SF_STEP].error == FORM_MISSING ?
			 loc_str(r->loc, home ? MSG_goal_error_home : MSG_goal_error_school) : NULL,
		.start = home ? g->own_step : NULL, .rows = 2,
	};
	s->only = (struct field_view){
		.def = &goal_sign_form.field[SF_ONLY], .val = again ? &r->form.v[SF_ONLY] : NULL,
		.label = loc_str(r->loc, MSG_goal_only_ours), .start_num = g->own_only,
		.has_start_num = true,
	};
	s->errors = (struct form_errors){ &s->step, s->asks_step ? 1 : 0 };
	s->change = g->may_edit ? req_path(r, "/goals/%" PRId64 "/change", g->id) : NULL;
}

static void fill_agreement(struct goal_read *in, struct goal_view *m)
{
	struct req *r = in->r;
	const struct goal *g = &in->g;
	bool waits = g->state == GOAL_PROPOSED || g->state == GOAL_ADJUSTED;
	bool student = in->by.side == GOAL_STUDENT;

	if (waits && g->words[0] == '\0' && !student) {
		m->asks = (struct notice){
			.side = SIDE_BOTH, .text = loc_str(r->loc, MSG_goal_student_asks_text),
			.title = view_say(r, MSG_goal_student_asks_title,
					  &(struct msg_arg){ "name", goal_given(g), 0 }, 1) };
		m->asks_path = goal_may_write(r) ? req_path(r, "/goals/%" PRId64 "/change", g->id) :
						   NULL;
		return;
	}
	if (waits)
		m->missing = (struct notice){
			.side = !g->home_signed ? SIDE_HOME : SIDE_SCHOOL,
			.title = loc_str(r->loc, g->state == GOAL_PROPOSED ? MSG_goal_missing_title :
					 MSG_goal_missing_change),
			.text = loc_str(r->loc, missing_word(g)) };
	m->may_sign = goal_open(g) && !g->mine_signed && !student && goal_may_write(r) &&
		      g->words[0] != '\0';
	if (m->may_sign)
		fill_sign(in, m);
}

/* ---- this week ------------------------------------------------------------ */

static const char *say_how(struct req *r, enum msg key, const char *name, int value)
{
	struct msg_arg arg[] = { { "how", loc_str(r->loc, goal_value_word(value)), 0 },
				 { "name", name, 0 } };

	return view_say(r, key, arg, name == NULL ? 1 : 2);
}

static void fill_week(struct goal_read *in, struct goal_view *m, const char *from)
{
	static const enum msg word[] = { MSG_goal_not_yet, MSG_goal_sometimes, MSG_goal_often };
	static const char *const value[] = { "0", "1", "2" };
	struct req *r = in->r;
	const struct goal *g = &in->g;
	const struct goal_mark *own = goal_own_mark(&in->by, in->m, in->nm, g->id, in->week);
	struct week_view *w = &m->week;

	assert(goal_monday(in->week) == in->week);
	m->may_week = goal_going(g) && goal_may_write(r);
	if (m->may_week && goal_monday(g->start_day) > in->week) {
		w->later = view_say(r, MSG_goal_week_later,
				    &(struct msg_arg){ "day", view_day(r, g->start_day, DATE_DAY), 0 }, 1);
		return;
	}
	w->action = req_path(r, "/goals/%" PRId64 "/week", g->id);
	w->from = from;
	if (own != NULL)
		w->said = say_how(r, MSG_goal_week_said, NULL, own->value);
	/* often first: the row reads from well to not yet */
	for (int i = 0; i < 3; i++)
		w->value[i] = (struct button){
			.text = loc_str(r->loc, word[2 - i]), .name = "value", .value = value[2 - i],
			.first = own != NULL && own->value == 2 - i };
	w->buttons = (struct buttons){ w->value, 3 };
	w->note = (struct field_view){
		.def = &goal_week_form.field[WF_NOTE],
		.val = r->form.def == &goal_week_form ? &r->form.v[WF_NOTE] : NULL,
		.label = loc_str(r->loc, MSG_goal_week_note), .rows = 2,
		.start = own != NULL ? own->note : NULL };
}

static void fill_student(struct goal_read *in, struct goal_view *m)
{
	for (unsigned i = 0; i < in->nm; i++)
		if (in->m[i].side == GOAL_STUDENT && in->m[i].week == in->week &&
		    in->by.side != GOAL_STUDENT)
			m->student = say_how(in->r, MSG_goal_week_student, goal_given(&in->g),
					     in->m[i].value);
}

/* ---- pictures ------------------------------------------------------------- */

static enum err fill_chart(struct goal_read *in, int64_t household, struct chart_view *c)
{
	int64_t start = goal_monday(in->g.start_day);
	int64_t first = start > in->since ? start : in->since;
	unsigned n = (unsigned)((in->week - first) / 7) + 1;
	int64_t *day = arena_array(&in->r->a, n, sizeof(*day));
	signed char *home = arena_array(&in->r->a, n, 1), *school = arena_array(&in->r->a, n, 1);

	assert(first <= in->week && n <= PROGRESS_WEEKS_MAX);
	if (day == NULL || home == NULL || school == NULL)
		return E_NOMEM;
	memset(home, -1, n);
	memset(school, -1, n);
	for (unsigned i = 0; i < n; i++)
		day[i] = first + 7 * (int64_t)i;
	for (unsigned i = 0; i < in->nm; i++) {
		const struct goal_mark *k = &in->m[i];

		if (k->week < first || k->week > in->week)
			continue;
		if (k->side == GOAL_SCHOOL)
			school[(k->week - first) / 7] = (signed char)k->value;
		if (k->side == GOAL_HOME && (household == 0 || k->household == household))
			home[(k->week - first) / 7] = (signed char)k->value;
	}
	c->p = (struct progress){ .weeks = n, .day = day, .school = school, .home = home };
	return E_OK;
}

static enum err fill_charts(struct goal_read *in, struct goal_view *m)
{
	unsigned homes = in->nh < HOMES_MAX ? in->nh : HOMES_MAX;
	enum err err = E_OK;

	if (in->g.active_at == 0 || goal_monday(in->g.start_day) > in->week)
		return E_OK;
	if (in->nm == 0) {
		m->soon = true;
		return E_OK;
	}
	m->n_chart = homes == 0 ? 1 : homes;
	for (unsigned i = 0; err == E_OK && i < m->n_chart; i++) {
		struct msg_arg who = { "who", homes == 0 ? "" : msg_text(in->h[i].names), 0 };

		err = fill_chart(in, homes == 0 ? 0 : in->h[i].id, &m->chart[i]);
		if (homes > 1 && in->by.side == GOAL_SCHOOL)
			m->chart[i].title = view_say(in->r, MSG_goal_progress_of, &who, 1);
	}
	return err;
}

/* ---- what was written and done -------------------------------------------- */

static enum side side_of(enum goal_side s)
{
	return s == GOAL_HOME ? SIDE_HOME : s == GOAL_SCHOOL ? SIDE_SCHOOL : SIDE_NONE;
}

static const char *who_of(struct req *r, const char *name, enum goal_side side)
{
	if (name[0] != '\0')
		return name;
	return side == GOAL_STUDENT ? loc_str(r->loc, MSG_goal_who_student) : NULL;
}

static enum msg what_word(const char *what)
{
	static const struct { const char *name; enum msg word; } v[] = {
		{ "proposed", MSG_goal_what_proposed }, { "changed", MSG_goal_what_changed },
		{ "signed", MSG_goal_what_signed },	{ "agreed", MSG_goal_what_agreed },
		{ "step", MSG_goal_what_step },		{ "words", MSG_goal_what_words },
		{ "paused", MSG_goal_what_paused },	{ "resumed", MSG_goal_what_resumed },
		{ "met", MSG_goal_what_met },		{ "unmet", MSG_goal_what_unmet },
		{ "archived", MSG_goal_what_archived },
	};

	for (unsigned i = 0; i < ARRAY_LEN(v); i++)
		if (str_eq(v[i].name, what))
			return v[i].word;
	WRONG("an event without words");
}

static enum err fill_lists(struct goal_read *in, struct goal_view *m)
{
	struct req *r = in->r;

	m->note = arena_array(&r->a, in->nm, sizeof(*m->note));
	m->event = arena_array(&r->a, in->ne, sizeof(*m->event));
	m->cheer = arena_array(&r->a, in->nc, sizeof(*m->cheer));
	if (m->note == NULL || m->event == NULL || m->cheer == NULL)
		return E_NOMEM;
	for (unsigned i = in->nm; i > 0 && m->n_note < NOTES_MAX; i--) {
		const struct goal_mark *k = &in->m[i - 1];

		if (k->note[0] != '\0')
			m->note[m->n_note++] = (struct entry){
				.ms = k->at, .side = side_of(k->side), .who = who_of(r, k->name, k->side),
				.text = k->note };
	}
	for (unsigned i = 0; i < in->ne; i++) {
		bool both = str_eq(in->e[i].what, "agreed");

		m->event[m->n_event++] = (struct entry){
			.ms = in->e[i].at, .side = both ? SIDE_BOTH : side_of(in->e[i].side),
			.who = both ? NULL : who_of(r, in->e[i].name, in->e[i].side),
			.title = loc_str(r->loc, what_word(in->e[i].what)) };
	}
	for (unsigned i = 0; i < in->nc && in->by.side == GOAL_HOME; i++)
		m->cheer[m->n_cheer++] = (struct entry){
			.ms = in->c[i].at, .side = SIDE_HOME, .who = in->c[i].name,
			.text = in->c[i].phrase == 0 ? in->c[i].words :
				loc_str(r->loc, (enum msg)(MSG_goal_cheer_0 + in->c[i].phrase)) };
	return E_OK;
}

static void fill_buttons(struct goal_read *in, struct goal_view *m)
{
	struct req *r = in->r;
	const struct goal *g = &in->g;
	bool may = goal_may_write(r) && in->by.side != GOAL_STUDENT;
	struct button *b = m->more;

	m->turn_path = req_path(r, "/goals/%" PRId64 "/turn", g->id);
	m->plan = req_path(r, "/child/%" PRId64 "/goals", g->child);
	if (may && in->by.side == GOAL_HOME && !g->only_household && g->state != GOAL_PROPOSED &&
	    g->state < GOAL_UNMET)
		b[m->buttons.n++] = (struct button){
			.text = loc_str(r->loc, MSG_goal_cheer_open),
			.path = req_path(r, "/goals/%" PRId64 "/cheer", g->id) };
	/* The card that asks for agreement has this button itself. */
	if (may && g->may_edit && goal_open(g) && g->words[0] != '\0' && !m->may_sign)
		b[m->buttons.n++] = (struct button){
			.text = loc_str(r->loc, MSG_goal_change_open),
			.path = req_path(r, "/goals/%" PRId64 "/change", g->id) };
	if (may && g->may_edit && goal_going(g))
		b[m->buttons.n++] = (struct button){
			.text = loc_str(r->loc, MSG_goal_close_open),
			.path = req_path(r, "/goals/%" PRId64 "/close", g->id) };
	m->buttons.v = b;
	m->may_resume = may && g->may_edit && g->state == GOAL_PAUSED;
	m->may_archive = may && g->may_edit && (g->state == GOAL_PROPOSED ||
			 g->state == GOAL_MET || g->state == GOAL_UNMET);
}

static const char *sub_line(struct goal_read *in)
{
	struct req *r = in->r;
	const struct goal *g = &in->g;
	int64_t day;
	int minute;
	struct msg_arg arg[3] = { { "kind", loc_str(r->loc, goal_domain_word(g->domain)), 0 } };

	zone_from_utc(r->zone, g->active_at != 0 ? g->active_at : g->created_at, &day, &minute);
	arg[1] = (struct msg_arg){ "day", view_day(r, day, DATE_DAY), 0 };
	if (g->active_at != 0) {
		arg[2] = (struct msg_arg){ "review", view_day(r, g->review_day, DATE_DAY), 0 };
		return view_say(r, MSG_goal_sub_agreed, arg, 3);
	}
	if (g->proposed_name[0] == '\0')
		return view_say(r, MSG_goal_sub_proposed_home, arg, 2);
	arg[2] = (struct msg_arg){ "who", g->proposed_name, 0 };
	return view_say(r, MSG_goal_sub_proposed, arg, 3);
}

static enum err fill_goal(struct goal_read *in, struct goal_view *m)
{
	struct req *r = in->r;
	const struct goal *g = &in->g;
	enum err err;

	m->tag = goal_tag(r, g);
	if (g->only_household)
		m->only = (struct tag){ SIDE_HOME, loc_str(r->loc, MSG_goal_tag_only) };
	m->grown_ups = goal_grown_ups(r, g);
	m->measure = g->measure[0] != '\0' ? g->measure : NULL;
	m->own_step = g->own_step[0] != '\0' ? g->own_step : NULL;
	m->own_only = g->own_only;
	m->columns = goal_columns(r, g, in->m, in->nm);
	m->has_columns = g->words[0] != '\0';
	if (goal_going(g) && g->review_day <= goal_today(r))
		m->review = loc_str(r->loc, MSG_goal_review_due);
	fill_agreement(in, m);
	fill_week(in, m, "goal");
	fill_student(in, m);
	fill_buttons(in, m);
	err = fill_charts(in, m);
	return err == E_OK ? fill_lists(in, m) : err;
}

static enum err draw(struct req *r, struct notice moved)
{
	int64_t week = goal_monday(goal_today(r));
	struct page p = goal_frame(r, NULL, NULL, r->obj[0].child);
	struct goal_read in = { .r = r, .week = week, .since = week - 7 * (PICTURE_WEEKS - 1),
				.page = &p, .by = goal_who(&r->who, &r->obj[0], r->now_ms) };
	struct goal_view *m = arena_new(&r->a, struct goal_view);
	enum err err = store_read(r->gw->store, read_goal, &in, &r->fault);
	struct out o;

	if (err == E_OK && m == NULL)
		err = E_NOMEM;
	if (err == E_OK)
		err = fill_goal(&in, m);
	if (err != E_OK)
		return err;
	m->moved = moved;
	/* What one home shares with school only stays off the child's own page. */
	if (in.g.only_household && p.n_seen_by > 0 &&
	    str_eq(p.seen_by[p.n_seen_by - 1], in.g.child_name))
		p.n_seen_by--;
	p.others = in.g.only_household ? MSG_goal_seen_only : MSG_goal_seen_all;
	p.title = goal_heading(r, &in.g);
	p.heading = in.g.child_name;
	p.sub = sub_line(&in);
	o = out_page(r);
	page_begin(&o, &p);
	view_goal(&o, m);
	page_end(&o, &p);
	return E_OK;
}

enum err goal_page(struct req *r)
{
	assert(r->obj[0].kind == OBJ_GOAL);
	return draw(r, (struct notice){ .side = SIDE_NONE });
}

static enum err draw_conflict(struct req *r, enum msg title, enum msg text)
{
	enum err err = draw(r, (struct notice){ .side = SIDE_ALERT, .title = loc_str(r->loc, title),
						.text = loc_str(r->loc, text) });

	if (err == E_OK)
		reply_conflict(r);
	return err;
}

enum err goal_page_moved(struct req *r)
{
	return draw_conflict(r, MSG_goal_moved_title, MSG_goal_moved_page);
}

enum err goal_page_denied(struct req *r)
{
	return draw_conflict(r, MSG_goal_denied_title, MSG_goal_denied_text);
}

/* ---- the three buttons alone, where "needs you" leads ---------------------- */

enum err goal_week(struct req *r)
{
	int64_t week = goal_monday(goal_today(r));
	struct page p = goal_frame(r, NULL, NULL, r->obj[0].child);
	struct goal_read in = { .r = r, .week = week, .since = week, .page = &p,
				.by = goal_who(&r->who, &r->obj[0], r->now_ms) };
	struct goal_view m = { .n_note = 0 };
	enum err err = store_read(r->gw->store, read_goal, &in, &r->fault);
	struct out o;

	if (err != E_OK)
		return err;
	fill_week(&in, &m, in.by.side == GOAL_SCHOOL ? "goal" : "home");
	if (!m.may_week)
		return reply_see(r, "/goals/%" PRId64, in.g.id);
	m.columns = goal_columns(r, &in.g, in.m, in.nm);
	p.title = goal_heading(r, &in.g);
	p.heading = in.g.child_name;
	p.sub = goal_grown_ups(r, &in.g);
	o = out_page(r);
	page_begin(&o, &p);
	view_week_page(&o, &m);
	page_end(&o, &p);
	return E_OK;
}
