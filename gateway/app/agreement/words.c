/* Words, days and small facts that the pages of agreements share. */
#include <inttypes.h>

#include "agreement_app.h"
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

const char *agreement_child_name(struct req *r, const char *name)
{
	return name == NULL || name[0] == '\0' ? loc_str(r->loc, MSG_child_no_name) : name;
}

/* ---- days ----------------------------------------------------------------- */

static bool leap(int64_t y)
{
	return y % 4 == 0 && (y % 100 != 0 || y % 400 == 0);
}

static int64_t month_days(int64_t y, int64_t m)
{
	static const int8_t days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };

	assert(m >= 1 && m <= 12);
	return m == 2 && leap(y) ? 29 : days[m - 1];
}

/* Days of all years before y, counted from 1970. */
static int64_t year_start(int64_t y)
{
	int64_t b = y - 1;

	return 365 * (y - 1970) + (b / 4 - b / 100 + b / 400) - (1969 / 4 - 1969 / 100 + 1969 / 400);
}

static int64_t digits(const char *s, unsigned n)
{
	int64_t v = 0;

	for (unsigned i = 0; i < n; i++) {
		if (s[i] < '0' || s[i] > '9')
			return -1;
		v = v * 10 + (s[i] - '0');
	}
	return v;
}

int64_t agreement_day(const char *text)
{
	int64_t y, m, d, day;

	if (text == NULL || strlen(text) != 10 || text[4] != '-' || text[7] != '-')
		return -1;
	y = digits(text, 4);
	m = digits(text + 5, 2);
	d = digits(text + 8, 2);
	if (y < 1970 || m < 1 || m > 12 || d < 1 || d > month_days(y, m))
		return -1;
	day = year_start(y) + d - 1;
	for (int64_t k = 1; k < m; k++)
		day += month_days(y, k);
	return day;
}

const char *agreement_day_text(struct arena *a, int64_t day)
{
	int64_t y, m = 1;

	assert(day >= 0 && day < 2932897);	/* before the year 10000 */
	y = 1970 + day / 366;
	while (year_start(y + 1) <= day)
		y++;
	day -= year_start(y);
	while (day >= month_days(y, m))
		day -= month_days(y, m++);
	return arena_printf(a, "%04d-%02d-%02d", (int)y, (int)m, (int)day + 1);
}

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
	const char *today = agreement_day_text(&r->a, agreement_today(r));

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

	if (r->who.door == DOOR_STUDENT)
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
