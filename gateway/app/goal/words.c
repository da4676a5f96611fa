/* What several pages about goals say, and the frame around them. */
#include "base/magic.h"
#include "goal.h"
#include "gw/conf.h"
#include "gw/session.h"
#include "gw/view.h"
#include "store/roll.h"

enum msg goal_domain_word(enum goal_domain d)
{
	static const enum msg word[GOAL_DOMAINS] = {
		[GOAL_ACADEMIC] = MSG_goal_domain_academic, [GOAL_SOCIAL] = MSG_goal_domain_social,
		[GOAL_EMOTIONAL] = MSG_goal_domain_emotional,
	};

	assert((unsigned)d < GOAL_DOMAINS);
	return word[d];
}

enum msg goal_value_word(int value)
{
	static const enum msg word[] = { MSG_piece_not_yet, MSG_piece_sometimes, MSG_piece_often };

	assert(value >= 0 && value <= 2);
	return word[value];
}

bool goal_going(const struct goal *g)
{
	return g->state == GOAL_ACTIVE || g->state == GOAL_ADJUSTED;
}

bool goal_open(const struct goal *g)
{
	return goal_going(g) || g->state == GOAL_PROPOSED || g->state == GOAL_PAUSED;
}

static struct tag waiting_tag(struct req *r, const struct goal *g)
{
	if (!g->home_signed && !g->school_signed)
		return (struct tag){ SIDE_NONE, loc_str(r->loc, MSG_goal_tag_both) };
	if (!g->home_signed)
		return (struct tag){ SIDE_HOME, loc_str(r->loc, MSG_goal_tag_home) };
	return (struct tag){ SIDE_SCHOOL, loc_str(r->loc, MSG_goal_tag_school) };
}

struct tag goal_tag(struct req *r, const struct goal *g)
{
	switch (g->state) {
	case GOAL_PROPOSED:
		return waiting_tag(r, g);
	case GOAL_ACTIVE:
		return (struct tag){ SIDE_BOTH, loc_str(r->loc, MSG_goal_tag_active) };
	case GOAL_ADJUSTED:
		return (struct tag){ SIDE_BOTH, loc_str(r->loc, MSG_goal_tag_adjusted) };
	case GOAL_PAUSED:
		return (struct tag){ SIDE_NONE, loc_str(r->loc, MSG_goal_tag_paused) };
	case GOAL_MET:
		return (struct tag){ SIDE_BOTH, loc_str(r->loc, MSG_goal_tag_met) };
	case GOAL_UNMET:
		return (struct tag){ SIDE_NONE, loc_str(r->loc, MSG_goal_tag_unmet) };
	case GOAL_ARCHIVED:
	case GOAL_STATES:
		break;
	}
	return (struct tag){ SIDE_NONE, loc_str(r->loc, MSG_goal_tag_archived) };
}

const char *goal_given(const struct goal *g)
{
	return g->child_given[0] != '\0' ? g->child_given : g->child_name;
}

const char *goal_heading(struct req *r, const struct goal *g)
{
	if (g->student_words[0] == '\0')
		return g->words;
	return view_say(r, MSG_goal_quoted, &(struct msg_arg){ "words", g->student_words, 0 }, 1);
}

const char *goal_grown_ups(struct req *r, const struct goal *g)
{
	struct msg_arg arg[] = { { "name", goal_given(g), 0 }, { "words", g->words, 0 } };

	if (g->student_words[0] == '\0')
		return NULL;
	if (g->words[0] == '\0')
		return view_say(r, MSG_goal_students_words_only, arg, 1);
	return view_say(r, MSG_goal_students_words, arg, 2);
}

int64_t goal_today(struct req *r)
{
	const char *zone = r->s->context_zone;
	int64_t day;
	int minute;

	if (zone == NULL || zone[0] == '\0' || zone_check(zone) != E_OK)
		zone = r->gw->conf->timezone;
	zone_from_utc(zone, r->now_ms, &day, &minute);
	return day;
}

bool goal_may_write(const struct req *r)
{
	return !r->who.read_only && !r->obj[0].read_only;
}

/* ---- who does what -------------------------------------------------------- */

const struct goal_mark *goal_own_mark(const struct goal_who *by, const struct goal_mark *m,
				      unsigned n, int64_t goal, int64_t week)
{
	for (unsigned i = 0; i < n; i++)
		if (m[i].goal == goal && m[i].week == week && m[i].side == by->side &&
		    (by->side != GOAL_HOME || m[i].household == by->household))
			return &m[i];
	return NULL;
}

/* The only home, or NULL: with two homes no single word stands for "home". */
static const struct goal_mark *side_mark(const struct goal_mark *m, unsigned n, int64_t goal,
					 int64_t week, enum goal_side side)
{
	const struct goal_mark *found = NULL;

	for (unsigned i = 0; i < n; i++) {
		if (m[i].goal != goal || m[i].week != week || m[i].side != side)
			continue;
		if (found != NULL)
			return NULL;
		found = &m[i];
	}
	return found;
}

static const char *by_line(struct req *r, const char *who, enum msg nobody,
			   const struct goal_mark *m)
{
	struct msg_arg arg[2];

	if (who[0] == '\0')
		who = loc_str(r->loc, nobody);
	if (m == NULL)
		return who;
	arg[0] = (struct msg_arg){ "who", who, 0 };
	arg[1] = (struct msg_arg){ "how", loc_str(r->loc, goal_value_word(m->value)), 0 };
	return view_say(r, MSG_goal_by_week, arg, 2);
}

struct agreement goal_columns(struct req *r, const struct goal *g, const struct goal_mark *m,
			      unsigned n)
{
	int64_t week = goal_monday(goal_today(r));
	const struct goal_mark *home = side_mark(m, n, g->id, week, GOAL_HOME);
	const struct goal_mark *school = side_mark(m, n, g->id, week, GOAL_SCHOOL);
	struct agreement a = { 0 };

	if (g->school_step[0] != '\0') {
		a.school = g->school_step;
		a.school_by = g->school_suggested ? loc_str(r->loc, MSG_goal_idea_school) :
			      by_line(r, g->school_name, MSG_goal_by_school, school);
	}
	if (g->home_step[0] != '\0') {
		a.home = g->home_step;
		a.home_by = g->home_suggested ? loc_str(r->loc, MSG_goal_idea_home) :
			    by_line(r, g->home_name, MSG_goal_by_home, home);
	} else if (g->school_only) {
		a.home = loc_str(r->loc, MSG_goal_school_only);
	}
	return a;
}

/* ---- the frame ------------------------------------------------------------ */

/* Staff, the reader's own household, the child from primary on; nobody else is named. */
enum err goal_seen_by(struct db *db, struct req *r, int64_t child, struct page *p)
{
	const struct access *acc = &r->obj[0];
	const char **staff = NULL, **home = NULL, **all, *name = "", *given = "";
	unsigned ns = 0, nh = 0;
	bool own = r->s->context_phase == NULL || !str_eq(r->s->context_phase, "early");
	enum err err = roll_staff_of(db, &r->a, r->who.tenant, child, r->now_ms, &staff,
				     &ns);

	assert(child > 0);
	if (err == E_OK && acc->rel == REL_GUARDIAN)
		err = roll_household(db, &r->a, r->who.tenant, child, acc->household, r->now_ms, &home,
				     &nh);
	if (err == E_OK)
		err = goal_child(db, &r->a, r->who.tenant, child, &name, &given);
	all = arena_array(&r->a, ns + nh + 1, sizeof(*all));
	if (err == E_OK && all == NULL)
		err = E_NOMEM;
	if (err != E_OK)
		return err;
	for (unsigned i = 0; i < ns; i++)
		all[i] = staff[i];
	for (unsigned i = 0; i < nh; i++)
		all[ns + i] = home[i];
	p->seen_by = all;
	p->n_seen_by = ns + nh;
	if (own && p->n_seen_by > 0)
		all[p->n_seen_by++] = name;
	return E_OK;
}

struct page goal_frame(struct req *r, const char *title, const char *sub, int64_t child)
{
	bool student = r->who.door == DOOR_STUDENT;

	return (struct page){ .title = title, .sub = sub, .room = student ? "student" : "child",
			      .active = student ? "/me" : NULL, .child = child };
}
