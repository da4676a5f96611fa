/* Words and small facts that the pages of notes share. */
#include <inttypes.h>

#include "base/magic.h"
#include "base/utf8.h"
#include "gw/session.h"
#include "note_app.h"
#include "store/school_days.h"

#define START_MAX 90		/* code points of the first words */
#define DUE_DAYS 2
#define DUE_MINUTE (16 * 60)

enum note_side note_reader(const struct req *r)
{
	return r->who.door == DOOR_FAMILY ? NOTE_HOME : NOTE_SCHOOL;
}

struct note_by note_by_here(struct req *r)
{
	return (struct note_by){ .who = &r->who, .acc = &r->obj[0], .now_ms = r->now_ms };
}

/* On one line, cut between letters. */
static const char *first_words(struct req *r, const char *text)
{
	const unsigned char *p = (const unsigned char *)text;
	size_t len = strlen(text), at = 0, k;
	char *s;

	for (unsigned i = 0; i < START_MAX && at < len; i++, at += k) {
		k = utf8_len(p + at, len - at);
		if (k == 0)
			break;
	}
	s = arena_printf(&r->a, "%.*s%s", (int)at, text, at < len ? "…" : "");
	for (char *c = s; c != NULL && *c != '\0'; c++)
		if (*c == '\n')
			*c = ' ';
	return s == NULL ? "" : s;
}

const char *note_start(struct req *r, const struct note *n)
{
	return n->state == NOTE_TAKEN_BACK ? loc_str(r->loc, MSG_note_gone) :
					     first_words(r, n->body);
}

const char *note_said(struct req *r, const struct note *n)
{
	if (n->said == NULL)
		return NULL;
	return n->said_kind == NOTE_THANKS ? loc_str(r->loc, MSG_note_thanked) :
					     first_words(r, n->said);
}

bool note_asks(const struct note *n)
{
	return note_due(n) && n->side == NOTE_HOME && n->state == NOTE_OPEN;
}

const char *note_due_day(struct req *r, const struct note *n)
{
	assert(n->home_at > 0);
	return view_date(r, r->zone, note_due_at(r, n), DATE_DAY);
}

static const char *due_words(struct req *r, const struct note *n)
{
	struct msg_arg when = { "when", note_due_day(r, n), 0 };

	return view_say(r, MSG_note_tag_due, &when, 1);
}

/* Only that it was seen, never that it was not. */
struct tag note_tag(struct req *r, const struct note *n)
{
	enum note_side me = note_reader(r);

	if (me == NOTE_SCHOOL && note_asks(n))
		return (struct tag){ SIDE_HOME, due_words(r, n) };
	if (n->state == NOTE_TAKEN_BACK)
		return (struct tag){ SIDE_NONE, loc_str(r->loc, MSG_note_tag_back) };
	if (note_unread(n, me))
		return (struct tag){ me == NOTE_HOME ? SIDE_SCHOOL : SIDE_HOME,
				     loc_str(r->loc, MSG_note_tag_new) };
	if (n->state == NOTE_CLOSED)
		return (struct tag){ SIDE_BOTH, loc_str(r->loc, MSG_note_tag_closed) };
	if (n->last_side == me && me == NOTE_HOME && n->school_seen)
		return (struct tag){ SIDE_SCHOOL, loc_str(r->loc, MSG_note_tag_school_saw) };
	if (n->last_side == me && me == NOTE_SCHOOL && n->home_seen)
		return (struct tag){ SIDE_HOME, loc_str(r->loc, MSG_note_tag_home_saw) };
	return (struct tag){ SIDE_NONE, NULL };
}

void note_row_fill(struct req *r, const struct note *n, bool named, struct note_row *out)
{
	enum msg from = n->last_side == NOTE_HOME ? MSG_note_from_home : MSG_note_from_school;
	const char *by = n->said_by != NULL ? n->said_by : n->author_name;
	struct msg_arg arg[] = { { "who", by, 0 },
				 { "when", view_date(r, r->zone, n->last_at, DATE_DAY_TIME), 0 } };

	*out = (struct note_row){
		.name = named ? view_name(r, n->child_name) : NULL,
		.path = req_path(r, "/note/%" PRId64, n->id),
		.text = note_start(r, n),
		.said = note_said(r, n),
		.detail = view_say(r, from, arg, 2),
		.tag = note_tag(r, n),
	};
}

const char *note_address(struct req *r, const struct note *n)
{
	struct msg_arg who = { "who", view_name(r, n->child_name), 0 };

	if (n->side == NOTE_SCHOOL && note_reader(r) == NOTE_SCHOOL)
		return view_say(r, MSG_note_to_family, &who, 1);
	if (n->side == NOTE_SCHOOL) {
		who = (struct msg_arg){ "who", n->author_name, 0 };
		return view_say(r, MSG_note_by, &who, 1);
	}
	if (n->staff != 0) {
		who = (struct msg_arg){ "who", n->staff_name, 0 };
		return view_say(r, MSG_note_to_one, &who, 1);
	}
	who = (struct msg_arg){ "class", n->class_title, 0 };
	return view_say(r, MSG_note_to_team, &who, 1);
}

/* PRODUCT 0.3: staff by name or class and the reader's own home; a fixed word about others. */
const char *note_seen(struct req *r, const struct note *n)
{
	bool home = note_reader(r) == NOTE_HOME, alone = n->staff != 0;
	struct msg_arg who = { "who", alone ? n->staff_name : NULL, 0 };
	struct msg_arg class = { "class", n->class_title, 0 };

	if (alone && n->staff == r->who.person)
		who.text = loc_str(r->loc, MSG_note_seen_you);
	else if (!alone || n->staff_name[0] == '\0')
		who.text = view_say(r, MSG_note_seen_class, &class, 1);
	if (n->side == NOTE_HOME)
		return view_say(r, home ? MSG_note_seen_home_home : MSG_note_seen_home_school, &who, 1);
	return view_say(r, home ? MSG_note_seen_school_home : MSG_note_seen_school_school, &who, 1);
}

int64_t note_due_at(struct req *r, const struct note *n)
{
	const char *zone = r->s->context_zone;
	int64_t day = 0;
	int minute = 0;

	if (zone == NULL || zone[0] == '\0')
		zone = r->zone;
	zone_from_utc(zone, n->home_at, &day, &minute);
	return zone_to_utc(zone, school_day_after(n->days, n->school, day, DUE_DAYS), DUE_MINUTE);
}

struct page note_page_of(struct req *r, const char *title, const char *sub, int64_t child)
{
	bool family = r->who.door == DOOR_FAMILY;

	return (struct page){
		.title = title,
		.sub = sub,
		.room = child != 0 ? "child" : family ? "family" : "class",
		.heading = family ? NULL : r->s->context_title,
		.active = family ? "/messages" : "/notes",
		.child = child,
	};
}
