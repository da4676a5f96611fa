/*
 * Inside the conference feature: words and small models that its pages share.
 * Texts are localized and live in the request's arena.
 */
#ifndef LINTEL_APP_CONFERENCE_WORDS_H
#define LINTEL_APP_CONFERENCE_WORDS_H

#include "gw/fields.h"
#include "store/booking.h"
#include "store/booking_read.h"

/* "Thursday, 3 December, 16:20 to 16:35" */
const char *say_span(struct req *r, const char *zone, int64_t from, int64_t to);
/* "At school: Room 12", with the number or the link that belongs to it. */
const char *say_where(struct req *r, const struct booking *b);
struct tag say_state(struct req *r, enum round_state s);
/* Says the school's zone when it is not the reader's; else NULL. */
const char *say_zone(struct req *r, const char *zone);

struct choice {
	int64_t slot;
	const char *time;
	bool checked;
};

struct choice_day {
	const char *title;
	struct choice *v;
	unsigned n;
	bool near;			/* the closest ones: day and time */
};

struct chooser {
	struct choice_day *day;
	unsigned n_day, n;
	const char *wrong;		/* nothing was chosen */
};

struct mode_choice {
	const char *value, *text;
	bool checked;
};

struct modes {
	struct mode_choice v[3];
	unsigned n;
	const char *wrong;		/* not among what is offered */
};

/* near_ms > 0: the closest times first, under a title of their own. */
void chooser_fill(struct req *r, const char *zone, const struct slot_view *v, unsigned n,
		  int64_t checked, int64_t near_ms, struct chooser *out);
void modes_fill(struct req *r, const struct round *round, enum round_mode checked,
		struct modes *out);
enum round_mode mode_of_choice(int64_t choice);
const char *why_words(struct req *r, enum booking_why why);

void view_conference_chooser(struct out *o, const struct chooser *m);
void view_conference_modes(struct out *o, const struct modes *m);

struct page page_here(struct req *r, const char *title, const char *sub);

#endif
