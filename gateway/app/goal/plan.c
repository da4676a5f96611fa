/* A child's plan: three kinds of goals, each with what home and school do. */
#include <inttypes.h>

#include "base/magic.h"
#include "goal.h"
#include "gw/view.h"

struct goal_row_view {
	const char *heading, *grown_ups, *path, *sentence;
	bool differ;
	struct tag tag, only;
	bool open;
	struct agreement columns;
	struct dots dots;
	struct buttons buttons;
};

struct domain_view {
	enum msg name;
	struct goal_row_view *v;
	unsigned n;
	bool may;
	const char *add;
};

struct plan_view {
	struct domain_view domain[GOAL_DOMAINS];
	struct goal_row_view *done;
	unsigned n_done;
	bool dots;
};

struct card_view {
	const struct goal_row_view *v;
	unsigned n;
	bool ended;
	const char *path;
};

#include "tpl/goal/plan.h"

struct plan_read {
	struct req *r;
	const struct access *acc;
	struct goal_who by;
	struct goal *g;
	struct goal_mark *m;
	unsigned n, nm;
	int64_t week;
	const char *name, *given;
	bool closed;
	struct page *page;
};

static enum err read_plan(struct db *db, void *arg)
{
	struct plan_read *in = arg;
	struct req *r = in->r;
	enum err err = goal_list(db, &r->a, &in->by, in->acc->child, in->closed, &in->g, &in->n);

	if (err == E_OK)
		err = goal_marks(db, &r->a, &in->by, in->acc->child, 0,
				 in->week - 7 * (PLAN_WEEKS - 1), &in->m, &in->nm);
	if (err == E_OK)
		err = goal_child(db, &r->a, r->who.tenant, in->acc->child, &in->name, &in->given);
	if (err == E_OK && in->page != NULL)
		err = goal_seen_by(db, r, in->acc->child, in->page);
	return err;
}

/* Dots and the sentence: the weeks in which this reader's home, or any, and school spoke. */
static void fill_weeks(struct plan_read *in, const struct goal *g, struct goal_row_view *row)
{
	struct req *r = in->r;
	signed char home[PLAN_WEEKS], school[PLAN_WEEKS];
	enum side *dot = arena_array(&r->a, PLAN_WEEKS, sizeof(*dot));
	int64_t first = in->week - 7 * (PLAN_WEEKS - 1), start = goal_monday(g->start_day);
	unsigned skip = start <= first ? 0 : (unsigned)((start - first) / 7);
	struct goal_congruence c;
	struct msg_arg arg[2];

	assert(goal_monday(in->week) == in->week);
	if (dot == NULL || skip >= PLAN_WEEKS || g->active_at == 0)
		return;
	memset(home, -1, sizeof(home));
	memset(school, -1, sizeof(school));
	for (unsigned i = 0; i < in->nm; i++) {
		int64_t at = (in->m[i].week - first) / 7;

		if (in->m[i].goal != g->id || at < 0 || at >= PLAN_WEEKS)
			continue;
		if (in->m[i].side == GOAL_HOME)
			home[at] = (signed char)in->m[i].value;
		if (in->m[i].side == GOAL_SCHOOL)
			school[at] = (signed char)in->m[i].value;
	}
	for (unsigned i = 0; i < PLAN_WEEKS; i++)
		dot[i] = home[i] >= 0 && school[i] >= 0 ? SIDE_BOTH : home[i] >= 0 ? SIDE_HOME :
			 school[i] >= 0 ? SIDE_SCHOOL : SIDE_NONE;
	row->dots = (struct dots){ .v = dot + skip, .n = PLAN_WEEKS - skip };
	row->dots.label = view_say(r, MSG_goal_last_weeks,
				   &(struct msg_arg){ "n", NULL, row->dots.n }, 1);
	goal_congruence(home, school, PLAN_WEEKS, &c);
	arg[0] = (struct msg_arg){ "same", NULL, c.same };
	arg[1] = (struct msg_arg){ "n", NULL, c.both };
	if (c.both > 0)
		row->sentence = view_say(r, MSG_piece_same_weeks, arg, 2);
	row->differ = c.both > 0 && home[PLAN_WEEKS - 1] >= 0 && school[PLAN_WEEKS - 1] >= 0 &&
		      c.differ_last;
}

static enum err fill_buttons(struct plan_read *in, const struct goal *g, struct goal_row_view *row)
{
	struct req *r = in->r;
	struct button *b = arena_array(&r->a, 2, sizeof(*b));
	bool given = goal_own_mark(&in->by, in->m, in->nm, g->id, in->week) != NULL;

	if (b == NULL)
		return E_NOMEM;
	if (in->by.side != GOAL_STUDENT && goal_may_write(r) && !g->mine_signed &&
	    (g->state == GOAL_PROPOSED || g->state == GOAL_ADJUSTED)) {
		b[row->buttons.n++] = (struct button){ .text = loc_str(r->loc, MSG_goal_need_sign_go),
						       .path = row->path, .first = true };
		row->buttons.v = b;
		return E_OK;
	}
	if (goal_may_write(r) && goal_going(g) && goal_monday(g->start_day) <= in->week)
		b[row->buttons.n++] = (struct button){
			.text = loc_str(r->loc, given ? MSG_goal_week_change : MSG_goal_week_open),
			.path = req_path(r, "/goals/%" PRId64 "/week", g->id), .first = !given };
	b[row->buttons.n++] = (struct button){ .text = loc_str(r->loc, MSG_goal_open),
					       .path = row->path };
	row->buttons.v = b;
	return E_OK;
}

static enum err fill_row(struct plan_read *in, const struct goal *g, struct goal_row_view *row)
{
	struct req *r = in->r;

	*row = (struct goal_row_view){
		.heading = goal_heading(r, g), .grown_ups = goal_grown_ups(r, g),
		.path = req_path(r, "/goals/%" PRId64, g->id), .tag = goal_tag(r, g),
		.open = goal_open(g),
	};
	if (g->only_household)
		row->only = (struct tag){ SIDE_HOME, loc_str(r->loc, MSG_goal_tag_only) };
	row->columns = goal_columns(r, g, in->m, in->nm);
	fill_weeks(in, g, row);
	return fill_buttons(in, g, row);
}

static enum err fill_plan(struct plan_read *in, struct plan_view *m)
{
	static const char *const name[] = { "academic", "social", "emotional" };
	struct req *r = in->r;
	enum err err = E_OK;

	m->done = arena_array(&r->a, in->n, sizeof(*m->done));
	for (unsigned d = 0; d < GOAL_DOMAINS; d++) {
		m->domain[d] = (struct domain_view){
			.name = goal_domain_word((enum goal_domain)d),
			.v = arena_array(&r->a, in->n, sizeof(struct goal_row_view)),
			.may = goal_may_write(r) && r->who.door != DOOR_STUDENT,
			.add = req_path(r, "/child/%" PRId64 "/goals/new?domain=%s", in->acc->child,
					name[d]),
		};
		if (m->domain[d].v == NULL || m->done == NULL)
			return E_NOMEM;
	}
	for (unsigned i = 0; err == E_OK && i < in->n; i++) {
		struct domain_view *d = &m->domain[in->g[i].domain];

		if (goal_open(&in->g[i]))
			err = fill_row(in, &in->g[i], &d->v[d->n++]);
		else
			err = fill_row(in, &in->g[i], &m->done[m->n_done++]);
	}
	return err;
}

enum err goal_plan(struct req *r)
{
	struct page p = goal_frame(r, NULL, loc_str(r->loc, MSG_goal_plan_sub), r->obj[0].child);
	struct plan_read in = { .r = r, .acc = &r->obj[0], .closed = true, .page = &p,
				.by = goal_who(&r->who, &r->obj[0], r->now_ms),
				.week = goal_monday(goal_today(r)) };
	struct plan_view m = { .n_done = 0 };
	enum err err = store_read(r->gw->store, read_plan, &in, &r->fault);
	struct out o;

	if (err == E_OK)
		err = fill_plan(&in, &m);
	if (err != E_OK)
		return err;
	p.title = view_say(r, MSG_goal_plan_title,
			   &(struct msg_arg){ "name", msg_text(in.given), 0 }, 1);
	p.heading = in.name;
	p.others = MSG_goal_seen_plan;
	o = out_page(r);
	page_begin(&o, &p);
	view_plan(&o, &m);
	page_end(&o, &p);
	return E_OK;
}

/* On the child's page: the open goals, one line each. */
enum err goal_card(struct req *r, const struct access *child, struct out *o)
{
	struct plan_read in = { .r = r, .acc = child, .by = goal_who(&r->who, child, r->now_ms),
				.week = goal_monday(goal_today(r)) };
	struct card_view m = { .ended = child->read_only,
			       .path = req_path(r, "/child/%" PRId64 "/goals", child->child) };
	struct goal_row_view *v;
	enum err err = store_read(r->gw->store, read_plan, &in, &r->fault);

	v = arena_array(&r->a, in.n + 1, sizeof(*v));
	if (err == E_OK && v == NULL)
		err = E_NOMEM;
	for (unsigned i = 0; err == E_OK && i < in.n; i++)
		err = fill_row(&in, &in.g[i], &v[m.n++]);
	if (err != E_OK)
		return err;
	m.v = v;
	view_card(o, &m);
	return E_OK;
}
