/* "Needs you": goals that wait for this reader. */
#include <inttypes.h>

#include "base/magic.h"
#include "goal.h"
#include "gw/view.h"
#include "store/goal_class.h"
#include "store/links.h"

#define DAY_MS (24 * 3600 * 1000LL)

struct needs_read {
	struct req *r;
	struct goal_need *v;
	unsigned n, cap;
	int64_t today;
};

static enum err take(struct needs_read *in, const struct goal_need *v, unsigned n)
{
	for (unsigned i = 0; i < n; i++) {
		in->v = arena_grow(&in->r->a, in->v, in->n, &in->cap, sizeof(*in->v));
		if (in->v == NULL)
			return E_NOMEM;
		in->v[in->n++] = v[i];
	}
	return E_OK;
}

static enum err read_class(struct db *db, void *arg)
{
	struct needs_read *in = arg;
	struct req *r = in->r;

	return goal_class_needs(db, &r->a, &r->who, r->now_ms, in->today, &in->v, &in->n);
}

static enum err read_child(struct db *db, struct needs_read *in, int64_t child)
{
	struct req *r = in->r;
	struct access acc = { 0 };
	struct goal_need *v = NULL;
	struct goal_who by;
	unsigned n = 0;
	enum err err = access_child(db, &r->who, r->now_ms, child, &acc);

	if (err != E_OK)
		return err == E_MISSING ? E_OK : err;
	by = goal_who(&r->who, &acc, r->now_ms);
	err = goal_child_needs(db, &r->a, &by, child, in->today, &v, &n);
	return err == E_OK ? take(in, v, n) : err;
}

static enum err read_family(struct db *db, void *arg)
{
	struct needs_read *in = arg;
	struct req *r = in->r;
	struct family_child *c = NULL;
	unsigned n = 0;
	enum err err = family_children(db, &r->a, r->who.tenant, r->who.person, r->now_ms, &c, &n);

	in->v = NULL;
	in->n = in->cap = 0;
	for (unsigned i = 0; err == E_OK && i < n; i++)
		if (!c[i].read_only)	/* else nothing waits for them */
			err = read_child(db, in, c[i].child);
	return err;
}

static void say_need(struct req *r, const struct goal_need *n, struct need *out)
{
	bool home = r->who.door == DOOR_FAMILY;
	struct msg_arg title = { "title", n->title, 0 };
	struct msg_arg day = { "day", view_day(r, n->day, DATE_DAY), 0 };

	*out = (struct need){ .child = n->child, .child_name = n->child_name, .what = n->title,
			      .path = req_path(r, "/goals/%" PRId64, n->goal),
			      .button = MSG_goal_open };
	switch (n->kind) {
	case GOAL_NEED_SIGN:
		out->what = view_say(r, MSG_goal_need_sign, &title, 1);
		out->detail = loc_str(r->loc, !n->other_signed ? MSG_goal_need_sign_first :
				      home ? MSG_goal_need_sign_home : MSG_goal_need_sign_school);
		out->button = MSG_goal_need_sign_go;
		break;
	case GOAL_NEED_DIFFER:
		out->detail = loc_str(r->loc, MSG_goal_need_differ);
		break;
	case GOAL_NEED_REVIEW:
		out->detail = view_say(r, MSG_goal_need_review, &day, 1);
		out->button = MSG_goal_need_review_go;
		out->due_ms = n->day * DAY_MS;
		break;
	case GOAL_NEED_CHECKIN:
		out->detail = loc_str(r->loc, home ? MSG_goal_need_week : MSG_goal_need_week_student);
		out->path = req_path(r, "/goals/%" PRId64 "/week", n->goal);
		out->button = MSG_goal_week_open;
		break;
	}
}

enum err goal_needs(struct req *r, struct need_list *list)
{
	struct needs_read in = { .r = r, .today = goal_today(r) };
	enum err err = E_OK;

	if (r->who.sample_only)
		return E_OK;
	if (r->who.door == DOOR_CLASS)
		err = store_read(r->gw->store, read_class, &in, &r->fault);
	else if (r->who.door == DOOR_FAMILY)
		err = store_read(r->gw->store, read_family, &in, &r->fault);
	for (unsigned i = 0; err == E_OK && i < in.n; i++) {
		struct need need;

		say_need(r, &in.v[i], &need);
		need_add(r, list, need);
	}
	return err;
}
