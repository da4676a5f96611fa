/*
 * Inside the conference feature: its handlers, and the models and words its
 * files share (words.h: what they say). Everything comes from the request's arena.
 */
#ifndef LINTEL_APP_CONFERENCE_H
#define LINTEL_APP_CONFERENCE_H

#include "gw/fields.h"
#include "gw/route.h"
#include "store/booking.h"
#include "store/booking_read.h"

/* ---- forms, by position in conference.c ---- */

enum { RF_TITLE, RF_NOTE, RF_LENGTH, RF_GAP, RF_EVERY, RF_PAUSE, RF_PLACE, RF_PHONE, RF_VIDEO,
	RF_OPENS, RF_CLOSES, RF_NOTICE, RF_DAY, RF_FROM, RF_TO, RF_BREAK_FROM, RF_BREAK_TO,
	RF_REV, RF_N };
enum { DF_DAY, DF_FROM, DF_TO, DF_BREAK_FROM, DF_BREAK_TO, DF_REV };
enum { BF_SLOT, BF_MODE, BF_PHONE, BF_TOPIC };
enum { PF_SLOT, PF_MODE, PF_PHONE, PF_TOPIC, PF_CHILD, PF_GUARDIAN, PF_CHANNEL };

extern const struct form_def round_new_form, round_edit_form;

/* ---- times.c ---- */

/*
 * The slots of these days: wall minutes by gw/plan.h, instants by the zone. A
 * time that the clocks skip, or that straddles their change, is not offered.
 */
enum err times_make(struct arena *a, const struct round *r, const struct round_day *d, unsigned n,
		    struct round_time **t_out, unsigned *n_out);

/* ---- round.c: a round with all a teacher's page shows of it ---- */

struct round_read {
	struct req *r;
	struct round v;
	struct round_day *day;
	unsigned n_day;
	struct slot_view *slot;		/* none while a draft */
	unsigned n_slot;
	struct round_child *missing;	/* pupils without a booking */
	unsigned n_missing;
};

/* For store_read(); reads the round of the path. */
enum err round_read_all(struct db *db, void *arg);
/* The page; `changed` says what somebody else did meanwhile, status 409. */
enum err round_draw(struct req *r, const char *changed);

/* ---- handlers ---- */

enum err teacher_list(struct req *r);
enum err family_list(struct req *r);
enum err round_new_page(struct req *r);
enum err round_new_post(struct req *r);
enum err round_edit_page(struct req *r);
enum err round_edit_post(struct req *r);
enum err round_page(struct req *r);
enum err round_day_post(struct req *r);
enum err round_drop_post(struct req *r);
enum err round_open_post(struct req *r);
enum err round_turn_post(struct req *r);
enum err round_block_post(struct req *r);
enum err round_end_page(struct req *r);
enum err round_end_post(struct req *r);
enum err round_ics(struct req *r);
enum err phone_page(struct req *r);
enum err phone_post(struct req *r);
enum err times_page(struct req *r);
enum err book_post(struct req *r);
enum err booking_page(struct req *r);
enum err move_page(struct req *r);
enum err move_post(struct req *r);
enum err cancel_page(struct req *r);
enum err cancel_post(struct req *r);
enum err words_post(struct req *r);
enum err seen_post(struct req *r);
enum err booking_ics(struct req *r);

/* ---- hooks.c ---- */

enum err conference_needs(struct req *r, struct need_list *list);
enum err conference_card(struct req *r, const struct access *child, struct out *o);

#endif
