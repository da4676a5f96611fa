/* The class at a glance: who is in touch, who waits, who was never reached. */
#include <inttypes.h>

#include "base/magic.h"
#include "class.h"
#include "gw/pieces.h"
#include "gw/session.h"
#include "gw/view.h"
#include "store/agreement.h"
#include "store/goal.h"
#include "store/goal_class.h"
#include "store/note.h"
#include "store/roll.h"

struct glance_page {
	struct req *r;
	struct roll_child *v;
	unsigned n;
	struct goal_count *goal;
	struct note_glance *note;
	struct agreement_copy *agreement;
	unsigned n_goal, n_note, n_agreement;
	struct table table;
	const char *sort;
};

#include "tpl/class/glance.h"

enum { COL_CHILD, COL_DOTS, COL_GOALS, COL_NOTES, COL_CONFERENCE, COL_STATE, COLUMNS };

static int64_t monday(const struct req *r)
{
	int64_t day = 0;
	int minute = 0;

	zone_from_utc(r->zone, r->now_ms, &day, &minute);
	return goal_monday(day);
}

static enum err read_class(struct db *db, void *arg)
{
	struct glance_page *m = arg;
	struct req *r = m->r;
	enum err err = roll_class(db, &r->a, &r->who, r->now_ms, &m->v, &m->n);

	if (err == E_OK && m->n > 0)
		err = goal_counts(db, &r->a, &r->who, r->now_ms, monday(r), &m->goal, &m->n_goal);
	if (err == E_OK && m->n > 0)
		err = note_glance(db, &r->a, &r->who, r->now_ms, &m->note, &m->n_note);
	if (err == E_OK && m->n > 0)
		err = agreement_of_class(db, &r->a, &r->who, r->now_ms, &m->agreement,
					 &m->n_agreement);
	return err;
}

static const struct goal_count *goals_of(const struct glance_page *m, int64_t child)
{
	static const struct goal_count none;

	for (unsigned i = 0; i < m->n_goal; i++)
		if (m->goal[i].child == child)
			return &m->goal[i];
	return &none;
}

static const struct note_glance *notes_of(const struct glance_page *m, int64_t child)
{
	static const struct note_glance none;

	for (unsigned i = 0; i < m->n_note; i++)
		if (m->note[i].child == child)
			return &m->note[i];
	return &none;
}

/* Whether home had its word in an agreement, and whether one waits for school. */
static void agreements_of(const struct glance_page *m, int64_t child, bool *by_home, bool *waits)
{
	for (unsigned i = 0; i < m->n_agreement; i++) {
		const struct agreement_copy *a = &m->agreement[i];

		if (a->child != child)
			continue;
		*by_home |= a->now.side == AGREEMENT_HOME || a->held.version > 0;
		*waits |= agreement_waits(a, AGREEMENT_SCHOOL);
	}
}

static enum side side_of(unsigned char bits)
{
	return bits == 3 ? SIDE_BOTH : bits == 1 ? SIDE_HOME : bits == 2 ? SIDE_SCHOOL : SIDE_NONE;
}

static void fill_goals(struct req *r, const struct goal_count *g, struct cell *c)
{
	enum side *dot = arena_array(&r->a, GOAL_DOTS, sizeof(*dot));
	enum msg what = g->active + g->wait_school + g->wait_home == 0 ? MSG_class_goals_none :
			g->wait_school > 0			       ? MSG_class_goals_wait_school :
			g->wait_home > 0			       ? MSG_class_goals_wait_home :
									 MSG_class_goals;
	unsigned n = g->active > 0 ? g->active : g->wait_school + g->wait_home;

	c[COL_DOTS].quiet = true;
	for (unsigned i = 0; dot != NULL && i < GOAL_DOTS; i++) {
		dot[i] = side_of(g->dots[i]);
		c[COL_DOTS].quiet &= dot[i] == SIDE_NONE;
	}
	c[COL_DOTS].dots = (struct dots){ loc_str(r->loc, MSG_class_col_weeks), dot,
					  dot != NULL ? GOAL_DOTS : 0 };
	c[COL_GOALS].text = view_say(r, what, &(struct msg_arg){ "n", NULL, n }, 1);
	c[COL_GOALS].quiet = n == 0;
}

static const char *note_text(struct req *r, const struct note_glance *n)
{
	struct msg_arg day = { "day", NULL, 0 };

	if (n->last_at == 0)
		return loc_str(r->loc, MSG_class_notes_none);
	day.text = view_date(r, r->zone, n->last_at, DATE_BRIEF);
	return view_say(r, n->last_side == NOTE_HOME ? MSG_class_notes_home : MSG_class_notes_school,
			&day, 1);
}

static void fill_row(struct glance_page *m, const struct roll_child *child, struct cell *c)
{
	struct req *r = m->r;
	const struct goal_count *g = goals_of(m, child->child);
	const struct note_glance *n = notes_of(m, child->child);
	bool reached = g->home_at != 0 || g->by_home || n->home_at != 0 || child->conference_at != 0;
	bool waits = g->wait_school > 0 || n->due;

	agreements_of(m, child->child, &reached, &waits);
	c[COL_CHILD].text = view_name(r, child->name);
	c[COL_CHILD].path = req_path(r, "/child/%" PRId64, child->child);
	fill_goals(r, g, c);
	c[COL_NOTES].text = note_text(r, n);
	c[COL_NOTES].quiet = n->last_at == 0;
	c[COL_CONFERENCE].text = child->conference_at == 0 ?
					 loc_str(r->loc, MSG_class_conference_none) :
					 view_date(r, r->zone, child->conference_at, DATE_DAY_TIME);
	c[COL_CONFERENCE].quiet = child->conference_at == 0;
	if (waits)
		c[COL_STATE].tag = (struct tag){ SIDE_SCHOOL, loc_str(r->loc, MSG_class_needs_you) };
	else if (reached)
		c[COL_STATE].tag = (struct tag){ SIDE_BOTH, loc_str(r->loc, MSG_class_in_touch) };
	else if (n->last_at != 0 || g->active + g->wait_home > 0)
		c[COL_STATE].tag = (struct tag){ SIDE_ALERT, loc_str(r->loc, MSG_class_not_reached) };
	else
		c[COL_STATE].tag = (struct tag){ SIDE_NONE, loc_str(r->loc, MSG_class_no_contact) };
}

static enum err fill_table(struct glance_page *m)
{
	static const enum msg heads[COLUMNS] = {
		[COL_CHILD] = MSG_class_col_child, [COL_DOTS] = MSG_class_col_weeks,
		[COL_GOALS] = MSG_class_col_goals, [COL_NOTES] = MSG_class_col_notes,
		[COL_CONFERENCE] = MSG_class_col_conference, [COL_STATE] = MSG_class_col_state,
	};
	struct req *r = m->r;
	const char **head = arena_array(&r->a, COLUMNS, sizeof(*head));
	struct cell *cell = arena_array(&r->a, (size_t)(m->n + 1) * COLUMNS, sizeof(*cell));

	if (head == NULL || cell == NULL)
		return E_NOMEM;
	for (unsigned i = 0; i < COLUMNS; i++)
		head[i] = loc_str(r->loc, heads[i]);
	for (unsigned i = 0; i < m->n; i++)
		fill_row(m, &m->v[i], &cell[i * COLUMNS]);
	m->table = (struct table){ .head = head, .cols = COLUMNS, .rows = m->n, .cell = cell,
				   .people = true, .legend = true,
				   .caption = loc_str(r->loc, MSG_class_title) };
	return E_OK;
}

enum err class_glance(struct req *r)
{
	struct glance_page m = { .r = r,
				 .sort = r->who.read_only ? NULL : req_path(r, "/sort") };
	struct page p = { .title = loc_str(r->loc, MSG_class_title), .room = "class",
			  .heading = r->s->context_title, .active = "/class" };
	enum err err = store_read(r->gw->store, read_class, &m, &r->fault);
	struct out o;

	if (err == E_OK)
		err = fill_table(&m);
	if (err != E_OK)
		return err;
	o = out_page(r);
	page_begin(&o, &p);
	view_glance(&o, &m);
	page_end(&o, &p);
	return E_OK;
}
