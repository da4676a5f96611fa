/* The student's own page: my goals, in my words. A test student sees a made-up one. */
#include <inttypes.h>

#include "base/magic.h"
#include "goal.h"
#include "gw/fields.h"
#include "gw/session.h"
#include "gw/view.h"
#include "store/people.h"

#define CYCLE_DAYS 56

struct my_goal {
	const char *title, *grown_ups, *waits, *said;
	struct agreement columns;
	bool has_columns, may_week, may_agree;
	const char *agree;
	int64_t version;
	const char *action, *words_path, *words_word;
	struct button value[3];
	struct buttons buttons;
	struct tag tag;
};

struct me_view {
	struct my_goal *v;
	unsigned n;
	struct entry *cheer;
	unsigned n_cheer;
	bool fresh, may;
	const char *thanks, *add;
	struct notice sample;
	struct empty none;
};

struct own_view {
	const char *action, *back, *go, *context;
	struct field_view words, domain;
	bool asks_domain;
	struct form_errors errors;
	struct field_view listed[2];
};

#include "tpl/goal/me.h"

struct me_read {
	struct req *r;
	struct goal_who by;
	struct goal *g;
	struct goal_mark *m;
	struct goal_cheer *c;
	unsigned n, nm, nc;
	int64_t week;
	bool old_enough;
};

enum err goal_old_enough(struct db *db, struct req *r, bool *out)
{
	return student_is_older(db, r->who.tenant, r->who.person, goal_today(r),
				r->s->context_phase, out);
}

static enum err read_me(struct db *db, void *arg)
{
	struct me_read *in = arg;
	struct req *r = in->r;
	struct access acc = { 0 };
	enum err err = access_child(db, &r->who, r->now_ms, r->who.person, &acc);

	if (err != E_OK)
		return err;
	in->by = goal_who(&r->who, &acc, r->now_ms);
	err = goal_list(db, &r->a, &in->by, acc.child, false, &in->g, &in->n);
	if (err == E_OK)
		err = goal_marks(db, &r->a, &in->by, acc.child, 0, in->week, &in->m, &in->nm);
	if (err == E_OK)
		err = goal_cheers(db, &r->a, &in->by, acc.child, 0, &in->c, &in->nc);
	if (err == E_OK)
		err = goal_old_enough(db, r, &in->old_enough);
	return err;
}

static void fill_taps(struct me_read *in, const struct goal *g, struct my_goal *m)
{
	static const enum msg word[] = { MSG_goal_not_yet, MSG_goal_sometimes, MSG_goal_often };
	static const char *const value[] = { "0", "1", "2" };
	struct req *r = in->r;
	const struct goal_mark *own = goal_own_mark(&in->by, in->m, in->nm, g->id, in->week);
	struct msg_arg how;

	m->may_week = goal_going(g) && !r->who.read_only && goal_monday(g->start_day) <= in->week;
	m->action = req_path(r, "/goals/%" PRId64 "/week", g->id);
	if (own != NULL) {
		how = (struct msg_arg){ "how", loc_str(r->loc, goal_value_word(own->value)), 0 };
		m->said = view_say(r, MSG_goal_week_said, &how, 1);
	}
	for (int i = 0; i < 3; i++)
		m->value[i] = (struct button){
			.text = loc_str(r->loc, word[2 - i]), .name = "value", .value = value[2 - i],
			.first = own != NULL && own->value == 2 - i };
	m->buttons = (struct buttons){ m->value, 3 };
}

static void fill_mine(struct me_read *in, const struct goal *g, struct my_goal *m)
{
	struct req *r = in->r;
	struct msg_arg words = { "words", g->words, 0 };

	m->title = goal_heading(r, g);
	m->tag = (struct tag){ SIDE_NONE, loc_str(r->loc, goal_domain_word(g->domain)) };
	if (g->student_words[0] != '\0' && g->words[0] != '\0')
		m->grown_ups = view_say(r, MSG_goal_me_grown_ups, &words, 1);
	if (g->state == GOAL_PROPOSED)
		m->waits = loc_str(r->loc, MSG_goal_me_waits);
	if (g->state == GOAL_PAUSED)
		m->waits = loc_str(r->loc, MSG_goal_me_paused);
	m->columns = goal_columns(r, g, NULL, 0);
	m->has_columns = g->words[0] != '\0';
	m->words_path = r->who.read_only ? NULL : req_path(r, "/goals/%" PRId64 "/words", g->id);
	m->words_word = loc_str(r->loc, g->student_words[0] == '\0' ? MSG_goal_me_words_open :
				MSG_goal_me_words_change);
	m->may_agree = in->old_enough && m->has_columns && goal_open(g) && !g->mine_signed &&
		       !r->who.read_only;
	m->agree = req_path(r, "/goals/%" PRId64 "/sign", g->id);
	m->version = g->version;
	fill_taps(in, g, m);
}

static enum err fill_me(struct me_read *in, struct me_view *m)
{
	struct req *r = in->r;

	m->v = arena_array(&r->a, in->n, sizeof(*m->v));
	m->cheer = arena_array(&r->a, in->nc, sizeof(*m->cheer));
	if (m->v == NULL || m->cheer == NULL)
		return E_NOMEM;
	for (unsigned i = 0; i < in->n; i++)
		fill_mine(in, &in->g[i], &m->v[m->n++]);
	for (unsigned i = 0; i < in->nc; i++) {
		const struct goal_cheer *c = &in->c[i];

		m->cheer[m->n_cheer++] = (struct entry){
			.ms = c->at, .side = SIDE_HOME, .who = c->name,
			.text = c->phrase == 0 ? c->words :
				loc_str(r->loc, (enum msg)(MSG_goal_cheer_0 + c->phrase)) };
		m->fresh |= c->fresh;
	}
	m->may = !r->who.read_only;
	m->thanks = req_path(r, "/me/thanks");
	m->add = req_path(r, "/me/new");
	m->none = (struct empty){ loc_str(r->loc, MSG_goal_me_none_title),
				  loc_str(r->loc, MSG_goal_me_none_text), { 0 } };
	return E_OK;
}

/* Nothing of anybody: the words stand in the catalogue. */
static enum err fill_sample(struct req *r, struct me_view *m)
{
	struct my_goal *g = arena_new(&r->a, struct my_goal);
	struct msg_arg own = { "words", loc_str(r->loc, MSG_goal_me_sample_words), 0 };
	struct msg_arg adult = { "words", loc_str(r->loc, MSG_goal_me_sample_adults), 0 };

	if (g == NULL)
		return E_NOMEM;
	g->title = view_say(r, MSG_goal_quoted, &own, 1);
	g->grown_ups = view_say(r, MSG_goal_me_grown_ups, &adult, 1);
	g->columns = (struct agreement){ .school = loc_str(r->loc, MSG_goal_me_sample_school),
					 .home = loc_str(r->loc, MSG_goal_me_sample_home) };
	g->has_columns = true;
	g->tag = (struct tag){ SIDE_NONE, loc_str(r->loc, MSG_goal_domain_social) };
	m->v = g;
	m->n = 1;
	m->sample = (struct notice){ .side = SIDE_SCHOOL,
				     .title = loc_str(r->loc, MSG_goal_me_sample_title),
				     .text = loc_str(r->loc, MSG_goal_me_sample_text) };
	return E_OK;
}

enum err goal_me(struct req *r)
{
	struct page p = { .title = loc_str(r->loc, MSG_goal_me_title), .room = "student",
			  .active = "/me" };
	struct me_read in = { .r = r, .week = goal_monday(goal_today(r)) };
	struct me_view m = { .n = 0 };
	enum err err;
	struct out o;

	assert(r->who.door == DOOR_STUDENT);
	if (r->who.sample_only) {
		err = fill_sample(r, &m);
	} else {
		err = store_read(r->gw->store, read_me, &in, &r->fault);
		if (err == E_OK)
			err = fill_me(&in, &m);
		p.child = r->who.person;
	}
	if (err != E_OK)
		return err;
	o = out_page(r);
	page_begin(&o, &p);
	view_me(&o, &m);
	page_end(&o, &p);
	return E_OK;
}

/* ---- own words ------------------------------------------------------------ */

struct own {
	struct req *r;
	struct goal g;
	int64_t id;
};

static enum err as_student(struct db *db, struct req *r, struct goal_who *by)
{
	struct access acc = { 0 };
	enum err err = access_child(db, &r->who, r->now_ms, r->who.person, &acc);

	if (err == E_OK)
		*by = goal_who(&r->who, &acc, r->now_ms);
	return err;
}

static enum err draw_own(struct req *r, struct own_view *m, const char *title)
{
	struct page p = { .title = title, .room = "student", .active = "/me",
			  .child = r->who.person };
	unsigned n = 0;
	struct out o;

	m->back = req_path(r, "/me");
	if (m->asks_domain)
		m->listed[n++] = m->domain;
	m->listed[n++] = m->words;
	m->errors = (struct form_errors){ m->listed, n };
	o = out_page(r);
	page_begin(&o, &p);
	view_own(&o, m);
	page_end(&o, &p);
	return E_OK;
}

enum err goal_me_new(struct req *r)
{
	static const enum msg word[] = { MSG_goal_domain_academic_choice,
					 MSG_goal_domain_social_choice,
					 MSG_goal_domain_emotional_choice };
	bool again = r->form.def == &goal_own_new_form;
	struct option *o = arena_array(&r->a, GOAL_DOMAINS, sizeof(*o));
	struct own_view m = { .action = req_path(r, "/me/new"), .asks_domain = true,
			      .go = loc_str(r->loc, MSG_goal_me_new_go) };

	assert(r->who.door == DOOR_STUDENT);
	if (o == NULL)
		return E_NOMEM;
	for (unsigned i = 0; i < GOAL_DOMAINS; i++)
		o[i].text = loc_str(r->loc, word[i]);
	m.words = (struct field_view){ .def = &goal_own_new_form.field[0],
				       .val = again ? &r->form.v[0] : NULL, .rows = 3,
				       .label = loc_str(r->loc, MSG_goal_me_new_label),
				       .help = loc_str(r->loc, MSG_goal_me_new_help) };
	m.domain = (struct field_view){ .def = &goal_own_new_form.field[1],
					.val = again ? &r->form.v[1] : NULL, .option = o,
					.n_option = GOAL_DOMAINS,
					.label = loc_str(r->loc, MSG_goal_field_domain) };
	return draw_own(r, &m, loc_str(r->loc, MSG_goal_me_new_title));
}

static enum err write_new(struct db *db, void *arg)
{
	struct own *w = arg;
	struct req *r = w->r;
	int64_t today = goal_today(r);
	struct goal_words words = { .student_words = r->form.v[0].text,
				    .domain = (enum goal_domain)r->form.v[1].num,
				    .start_day = today, .review_day = today + CYCLE_DAYS };
	struct goal_who by;
	enum err err = as_student(db, r, &by);

	return err == E_OK ? goal_propose(db, &by, r->who.person, &words, &w->id) : err;
}

enum err goal_me_new_post(struct req *r)
{
	struct own w = { .r = r };
	enum err err = store_write(r->gw->store, write_new, &w, &r->fault);

	return err == E_OK ? reply_done(r, MSG_done_goal_mine, "/me") : err;
}

static enum err read_own(struct db *db, void *arg)
{
	struct own *w = arg;
	struct goal_who by = goal_who(&w->r->who, &w->r->obj[0], w->r->now_ms);

	return goal_load(db, &w->r->a, &by, w->r->obj[0].id, &w->g);
}

enum err goal_me_words(struct req *r)
{
	struct own w = { .r = r };
	enum err err = store_read(r->gw->store, read_own, &w, &r->fault);
	struct own_view m = { .action = req_path(r, "/goals/%" PRId64 "/words", r->obj[0].id),
			      .go = loc_str(r->loc, MSG_goal_me_words_go) };
	struct msg_arg words;

	if (err != E_OK)
		return err;
	words = (struct msg_arg){ "words", w.g.words, 0 };
	if (w.g.words[0] != '\0')
		m.context = view_say(r, MSG_goal_me_grown_ups, &words, 1);
	m.words = (struct field_view){ .def = &goal_own_form.field[0],
				       .val = r->form.def == &goal_own_form ? &r->form.v[0] : NULL,
				       .start = w.g.student_words, .rows = 3,
				       .label = loc_str(r->loc, MSG_goal_me_new_label),
				       .help = loc_str(r->loc, MSG_goal_me_new_help) };
	return draw_own(r, &m, loc_str(r->loc, MSG_goal_me_words_title));
}

static enum err write_words(struct db *db, void *arg)
{
	struct own *w = arg;
	struct goal_who by = goal_who(&w->r->who, &w->r->obj[0], w->r->now_ms);

	return goal_own_words(db, &by, w->r->obj[0].id, w->r->form.v[0].text);
}

enum err goal_me_words_post(struct req *r)
{
	struct own w = { .r = r };
	enum err err = store_write(r->gw->store, write_words, &w, &r->fault);

	if (err == E_CONFLICT)
		return goal_page_moved(r);
	return err == E_OK ? reply_done(r, MSG_done_goal_words, "/me") : err;
}

static enum err write_thanks(struct db *db, void *arg)
{
	struct req *r = arg;
	struct goal_who by;
	enum err err = as_student(db, r, &by);

	return err == E_OK ? goal_cheers_seen(db, &by) : err;
}

enum err goal_me_thanks(struct req *r)
{
	enum err err = store_write(r->gw->store, write_thanks, r, &r->fault);

	return err == E_OK ? reply_done(r, MSG_done_goal_thanks, "/me") : err;
}
