/* Words, days and small facts that the pages of agreements share. */
#include <inttypes.h>

#include "agreement_app.h"
#include "base/day.h"
#include "base/magic.h"
#include "gw/session.h"

enum agreement_side agreement_me(const struct req *r)
{
	return r->who.door == DOOR_FAMILY ? AGREEMENT_HOME : AGREEMENT_SCHOOL;
}

struct agreement_by agreement_by_here(struct req *r)
{
	return (struct agreement_by){ .who = &r->who, .acc = &r->obj[0], .now_ms = r->now_ms };
}

/* ---- days ----------------------------------------------------------------- */

int64_t agreement_today(struct req *r)
{
	const char *zone = r->s->context_zone;
	int64_t day = 0;
	int minute;

	zone_from_utc(zone != NULL && zone[0] != '\0' ? zone : r->zone, r->now_ms, &day, &minute);
	return day;
}

/* ---- where it stands ------------------------------------------------------ */

static enum msg state_word(struct req *r, const struct agreement_copy *g, enum side *side_out)
{
	enum agreement_side me = agreement_me(r);
	const char *today = day_text(&r->a, agreement_today(r));

	*side_out = SIDE_NONE;
	if (g->state == AGREEMENT_ENDED)
		return MSG_agreement_tag_ended;
	if (r->who.door == DOOR_STUDENT) {
		*side_out = SIDE_BOTH;
		return MSG_agreement_tag_agreed;
	}
	if (g->state == AGREEMENT_DRAFT)
		return MSG_agreement_tag_draft;
	if (g->state == AGREEMENT_AGREED) {
		bool due = today != NULL && agreement_review_due(g, today);

		*side_out = due ? SIDE_NONE : SIDE_BOTH;
		return due ? MSG_agreement_tag_review : MSG_agreement_tag_agreed;
	}
	*side_out = me == AGREEMENT_HOME ? SIDE_SCHOOL : SIDE_HOME;
	if (agreement_waits(g, me))
		return MSG_agreement_tag_yours;
	return me == AGREEMENT_HOME ? MSG_agreement_tag_school : MSG_agreement_tag_home;
}

struct tag agreement_tag(struct req *r, const struct agreement_copy *g)
{
	enum side side;
	enum msg word = state_word(r, g, &side);

	return (struct tag){ side, loc_str(r->loc, word) };
}

enum err agreement_homes_here(struct db *db, struct req *r, int64_t child,
			      struct agreement_homes_read *out)
{
	*out = (struct agreement_homes_read){ .n = 0 };
	if (r->who.door != DOOR_CLASS)
		return E_OK;
	return agreement_homes(db, &r->a, r->who.tenant, child, r->now_ms, &out->v, &out->n);
}

const char *agreement_with(struct req *r, const struct agreement_copy *g,
			   const struct agreement_homes_read *homes)
{
	struct msg_arg who = { "who", loc_str(r->loc, MSG_agreement_a_home), 0 };

	if (r->who.door != DOOR_CLASS)
		return g->class_title;
	for (unsigned i = 0; i < homes->n; i++)
		if (homes->v[i].household == g->household && homes->v[i].names[0] != '\0')
			who.text = homes->v[i].names;
	return view_say(r, MSG_agreement_with, &who, 1);
}

void agreement_row_fill(struct req *r, const struct agreement_copy *g, const char *with,
			struct agreement_row *out)
{
	*out = (struct agreement_row){
		.path = req_path(r, "/agreement/%" PRId64, g->id),
		.text = g->now.w.expectation,
		.detail = with,
		.tag = agreement_tag(r, g),
	};
}

/* ---- pages ---------------------------------------------------------------- */

/* One copy a household; drafts are not offered yet, the child reads what was agreed. */
const char *agreement_seen(struct req *r, const struct agreement_copy *g)
{
	struct msg_arg class = { "class", g->class_title, 0 };
	bool draft = g->state == AGREEMENT_DRAFT;

	if (r->who.door == DOOR_STUDENT || (r->who.person == g->child && !draft))
		return loc_str(r->loc, MSG_agreement_seen_me);
	if (r->who.door == DOOR_CLASS)
		return draft ? view_say(r, MSG_agreement_seen_draft_school, &class, 1) :
			       loc_str(r->loc, MSG_agreement_seen_school);
	return loc_str(r->loc, draft ? MSG_agreement_seen_draft_home : MSG_agreement_seen_home);
}

struct page agreement_page_of(struct req *r, const char *title, const char *sub, int64_t child)
{
	return (struct page){
		.title = title,
		.sub = sub,
		.room = r->who.door == DOOR_STUDENT ? "student" : "child",
		.heading = r->who.door == DOOR_CLASS ? r->s->context_title : NULL,
		.child = child,
	};
}
