/* Words and small models that the pages of conferences share. */
#include <stdlib.h>

#include "base/magic.h"
#include "conference.h"
#include "store/session.h"
#include "words.h"
#include "tpl/conference/pieces.h"

const char *say_span(struct req *r, const char *zone, int64_t from, int64_t to)
{
	struct msg_arg arg[] = { { "day", view_date(r, zone, from, DATE_FULL), 0 },
				 { "from", view_date(r, zone, from, DATE_TIME), 0 },
				 { "to", view_date(r, zone, to, DATE_TIME), 0 } };

	return view_say(r, MSG_conference_span, arg, 3);
}

static const char *say_mode(struct req *r, enum round_mode mode)
{
	return loc_str(r->loc, mode == ROUND_PHONE ? MSG_conference_mode_phone :
			       mode == ROUND_VIDEO ? MSG_conference_mode_video :
						     MSG_conference_mode_place);
}

const char *say_where(struct req *r, const struct booking *b)
{
	const char *at = b->mode == ROUND_PHONE ? b->phone :
			 b->mode == ROUND_VIDEO ? b->video : b->place;
	struct msg_arg arg[] = { { "how", say_mode(r, b->mode), 0 }, { "where", at, 0 } };

	return at[0] == '\0' ? say_mode(r, b->mode) : view_say(r, MSG_conference_where, arg, 2);
}

struct tag say_state(struct req *r, enum round_state s)
{
	static const struct { enum side side; enum msg text; } word[] = {
		[ROUND_DRAFT] = { SIDE_NONE, MSG_conference_state_draft },
		[ROUND_OPEN] = { SIDE_BOTH, MSG_conference_state_open },
		[ROUND_LOCKED] = { SIDE_SCHOOL, MSG_conference_state_locked },
		[ROUND_CLOSED] = { SIDE_NONE, MSG_conference_state_closed },
		[ROUND_CANCELLED] = { SIDE_ALERT, MSG_conference_state_cancelled },
	};

	assert((unsigned)s < ARRAY_LEN(word));
	return (struct tag){ word[s].side, loc_str(r->loc, word[s].text) };
}

/* "Europe/Oslo" reads as "Europe/Oslo", "America/New_York" without the line. */
static const char *zone_word(struct req *r, const char *zone)
{
	char *s = arena_strdup(&r->a, zone);

	for (char *p = s; p != NULL && *p != '\0'; p++)
		if (*p == '_')
			*p = ' ';
	return s != NULL ? s : zone;
}

const char *say_zone(struct req *r, const char *zone)
{
	struct msg_arg arg[] = { { "yours", zone_word(r, r->zone), 0 },
				 { "school", zone_word(r, zone), 0 } };

	return str_eq(zone, r->zone) ? NULL : view_say(r, MSG_conference_zones, arg, 2);
}

/* ---- choosing a time ------------------------------------------------------ */

static struct choice choice_of(struct req *r, const char *zone, const struct slot_view *s,
			       int64_t checked)
{
	return (struct choice){ s->slot, view_date(r, zone, s->starts_at, DATE_TIME),
				s->slot == checked };
}

#define NEAR_MAX 3

/* Up to three free times around the lost one, in time order. */
static void near_first(struct req *r, const char *zone, const struct slot_view *v, unsigned n,
		       int64_t near_ms, struct choice_day *d)
{
	unsigned lo = 0, hi;

	*d = (struct choice_day){ .title = loc_str(r->loc, MSG_conference_nearest), .near = true,
				  .v = arena_array(&r->a, NEAR_MAX, sizeof(struct choice)) };
	while (lo < n && v[lo].starts_at < near_ms)
		lo++;
	hi = lo;
	while (hi - lo < NEAR_MAX && (lo > 0 || hi < n)) {
		if (lo == 0 || (hi < n && v[hi].starts_at - near_ms < near_ms - v[lo - 1].starts_at))
			hi++;
		else
			lo--;
	}
	for (unsigned i = lo; d->v != NULL && i < hi; i++) {
		struct choice c = choice_of(r, zone, &v[i], 0);

		c.time = view_date(r, zone, v[i].starts_at, DATE_DAY_TIME);
		d->v[d->n++] = c;
	}
}

void chooser_fill(struct req *r, const char *zone, const struct slot_view *v, unsigned n,
		  int64_t checked, int64_t near_ms, struct chooser *out)
{
	struct choice *all = arena_array(&r->a, n, sizeof(*all));
	struct choice_day *d = NULL;
	int64_t last = -1, day;
	int minute;

	*out = (struct chooser){ .n = n, .day = arena_array(&r->a, n + 1, sizeof(*out->day)) };
	if (all == NULL || out->day == NULL) {
		out->n = 0;
		return;
	}
	if (near_ms > 0 && n > 0)
		near_first(r, zone, v, n, near_ms, &out->day[out->n_day++]);
	for (unsigned i = 0; i < n; i++) {
		zone_from_utc(zone, v[i].starts_at, &day, &minute);
		if (day != last) {
			d = &out->day[out->n_day++];
			*d = (struct choice_day){ .title = view_date(r, zone, v[i].starts_at, DATE_FULL),
						  .v = &all[i] };
			last = day;
		}
		all[i] = choice_of(r, zone, &v[i], checked);
		d->n++;
	}
	if (r->form.def != NULL && r->form.v[BF_SLOT].error != FORM_OK)
		out->wrong = loc_str(r->loc, MSG_conference_choose_first);
}

static const struct { enum round_mode mode; const char *value; } mode_value[] = {
	{ ROUND_PLACE, "place" }, { ROUND_PHONE, "phone" }, { ROUND_VIDEO, "video" },
};

enum round_mode mode_of_choice(int64_t choice)
{
	assert(choice >= 0 && choice < (int64_t)ARRAY_LEN(mode_value));
	return mode_value[choice].mode;
}

/* Without a choice made before, the first that is offered. */
void modes_fill(struct req *r, const struct round *round, enum round_mode checked,
		struct modes *out)
{
	bool any = (round->modes & (unsigned)checked) != 0;

	*out = (struct modes){ .n = 0 };
	for (unsigned i = 0; i < ARRAY_LEN(mode_value); i++) {
		if ((round->modes & (unsigned)mode_value[i].mode) == 0)
			continue;
		out->v[out->n] = (struct mode_choice){
			mode_value[i].value, say_mode(r, mode_value[i].mode),
			any ? mode_value[i].mode == checked : out->n == 0 };
		out->n++;
	}
	if (r->form.def != NULL && r->form.bad > 0 && r->form.def->n > BF_MODE &&
	    r->form.v[BF_MODE].error != FORM_OK)
		out->wrong = loc_str(r->loc, MSG_conference_choose_mode);
}

const char *why_words(struct req *r, enum booking_why why)
{
	static const enum msg word[] = {
		[BOOKING_FINE] = MSG_conference_why_changed,
		[BOOKING_TAKEN] = MSG_conference_why_taken,
		[BOOKING_HAVE_ONE] = MSG_conference_why_have_one,
		[BOOKING_YOU_BUSY] = MSG_conference_why_busy,
		[BOOKING_NOT_OPEN] = MSG_conference_why_not_open,
		[BOOKING_TOO_LATE] = MSG_conference_why_too_late,
		[BOOKING_CHANGED] = MSG_conference_why_changed,
	};

	assert((unsigned)why < ARRAY_LEN(word));
	return loc_str(r->loc, word[why]);
}

/* ---- pages ---------------------------------------------------------------- */

struct page page_here(struct req *r, const char *title, const char *sub)
{
	bool family = r->who.door == DOOR_FAMILY;

	return (struct page){
		.title = title,
		.sub = sub,
		.room = family ? "family" : "class",
		.heading = family ? loc_str(r->loc, MSG_page_conferences) : NULL,
		.active = "/conferences",
	};
}
