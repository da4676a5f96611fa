/* The lists of people that the platforms keep of their courses: how it went, and asking now. */
#include "admin.h"
#include "base/magic.h"
#include "pages.h"
#include "store/audit.h"
#include "store/course_list.h"

enum { F_COURSE, F_SHORT };

static const struct field ask_fields[] = {
	[F_COURSE] = { .name = "course", .type = F_ID, .required = true },
	[F_SHORT] = { .name = "short", .type = F_CHECK },
};
const struct form_def ask_form = { ask_fields, ARRAY_LEN(ask_fields) };

/* What happened, and what helps. */
static const struct why_words {
	enum msg why, todo;
} why_words[SYNC_WHYS] = {
	[SYNC_TOKEN] = { MSG_list_why_token, MSG_list_todo_token },
	[SYNC_DENIED] = { MSG_list_why_denied, MSG_list_todo_open },
	[SYNC_GONE] = { MSG_list_why_gone, MSG_list_todo_open },
	[SYNC_DOWN] = { MSG_list_why_down, MSG_list_todo_wait },
	[SYNC_SLOW] = { MSG_list_why_slow, MSG_list_todo_wait },
	[SYNC_ANSWER] = { MSG_list_why_answer, MSG_list_todo_tell },
	[SYNC_PAGES] = { MSG_list_why_pages, MSG_list_todo_tell },
	[SYNC_SHORT] = { MSG_list_why_short, MSG_list_todo_short },
	[SYNC_OURS] = { MSG_list_why_ours, MSG_list_todo_ours },
};

static struct tag state_of(struct req *r, const struct sync_course *c)
{
	static const struct {
		const char *state;
		enum side side;
		enum msg word;
	} row[] = {
		{ "running", SIDE_SCHOOL, MSG_list_state_running },
		{ "done", SIDE_BOTH, MSG_list_state_done },
		{ "short", SIDE_ALERT, MSG_list_state_short },
		{ "failed", SIDE_ALERT, MSG_list_state_failed },
	};

	for (unsigned i = 0; i < ARRAY_LEN(row); i++)
		if (str_eq(c->state, row[i].state))
			return (struct tag){ row[i].side, loc_str(r->loc, row[i].word) };
	return (struct tag){ SIDE_NONE, loc_str(r->loc, MSG_list_state_new) };
}

static void say_run(struct req *r, struct item *it, const struct sync_course *c)
{
	const struct msg_arg arg[] = {
		{ "when", say_when(r, c->ended_at != 0 ? c->ended_at : c->started_at), 0 },
		{ "people", NULL, c->count.seen }, { "made", NULL, c->count.added },
		{ "gone", NULL, c->count.gone }, { "pages", NULL, c->count.pages },
	};

	if (c->started_at == 0)
		return;
	item_line(it, view_say(r, str_eq(c->state, "running") ? MSG_list_progress : MSG_list_counts, arg,
			       ARRAY_LEN(arg)));
	if (c->why == SYNC_FINE)
		return;
	item_line(it, loc_str(r->loc, why_words[c->why].why));
	item_line(it, loc_str(r->loc, why_words[c->why].todo));
	if (c->detail[0] != '\0')
		it->english = c->detail;
}

static void say_next(struct req *r, struct item *it, const struct sync_course *c)
{
	const struct msg_arg when = { "when", say_when(r, c->due_at), 0 };

	if (str_eq(c->state, "running"))
		return;
	item_line(it, c->due_at <= r->now_ms ? loc_str(r->loc, MSG_list_soon) :
					       view_say(r, MSG_list_next, &when, 1));
}

static void add_act(struct req *r, struct item *it, const struct sync_course *c, bool take_short)
{
	struct push *a = &it->act[it->n_act++];

	assert(it->n_act <= ITEM_ACTS);
	a->action = req_path(r, "/admin/rosters/ask");
	a->button = loc_str(r->loc, take_short ? MSG_list_take_short : MSG_list_ask);
	act_field(a, "course", say_id(r, c->context));
	if (take_short)
		act_field(a, "short", "1");
}

struct lists {
	struct req *r;
	struct sync_course *v;
	unsigned n;
};

static enum err read_lists(struct db *db, void *arg)
{
	struct lists *m = arg;

	return sync_list(db, &m->r->a, m->r->who.tenant, 0, &m->v, &m->n);
}

enum err draw_course_lists(struct req *r, struct out *o)
{
	struct lists m = { .r = r };
	enum err err = store_read(r->gw->store, read_lists, &m, &r->fault);
	struct item *v = err == E_OK ? items_new(r, m.n) : NULL;

	if (err != E_OK)
		return err;
	if (v == NULL)
		return E_NOMEM;
	for (unsigned i = 0; i < m.n; i++) {
		const struct sync_course *c = &m.v[i];

		v[i].what = c->title[0] != '\0' ? c->title : c->ext_id;
		v[i].tag = state_of(r, c);
		item_line(&v[i], c->platform_name);
		say_run(r, &v[i], c);
		say_next(r, &v[i], c);
		if (c->due_at > r->now_ms)
			add_act(r, &v[i], c, false);
		if (c->why == SYNC_SHORT && c->due_at > r->now_ms)
			add_act(r, &v[i], c, true);
	}
	view_items(o, &(struct items){ .title = loc_str(r->loc, MSG_list_title),
				       .text = loc_str(r->loc, MSG_list_text),
				       .none = loc_str(r->loc, MSG_list_none), .v = v, .n = m.n });
	return E_OK;
}

static enum err ask(struct db *db, void *arg)
{
	struct req *r = arg;
	enum err err = sync_ask(db, r->who.tenant, r->form.v[F_COURSE].num, r->form.v[F_SHORT].num == 1,
				r->now_ms);

	return err == E_OK ? audit_by(db, &r->who, r->now_ms, "roster.ask", 0,
				      r->form.v[F_COURSE].num) : err;
}

enum err ask_post(struct req *r)
{
	enum err err = store_write(r->gw->store, ask, r, &r->fault);

	return err == E_OK ? reply_done(r, MSG_done_list, "/admin/rosters") : err;
}
