/* Shared goals: the child's plan, one goal, its forms, and the student's own page. */
#ifndef LINTEL_APP_GOAL_H
#define LINTEL_APP_GOAL_H

#include "gw/pieces.h"
#include "gw/route.h"
#include "store/goal_read.h"

#define PLAN_WEEKS 8

/* Fields of the goal form, in their order on the page. */
enum {
	GF_DOMAIN, GF_WORDS, GF_MEASURE, GF_HOME, GF_HOME_ONLY, GF_SCHOOL, GF_SCHOOL_ONLY,
	GF_START, GF_REVIEW, GF_ONLY_HOUSEHOLD, GF_VERSION, GF_FIELDS,
};
enum { SF_VERSION, SF_STEP, SF_ONLY };
enum { WF_VALUE, WF_NOTE, WF_FROM };
enum { CF_PHRASE, CF_WORDS };

extern const struct form_def goal_form, goal_sign_form, goal_week_form, goal_cheer_form,
	goal_own_form, goal_own_new_form;

/* ---- words.c: what several pages say ---- */

enum msg goal_domain_word(enum goal_domain d);
enum msg goal_value_word(int value);		/* "often", in a sentence */
struct tag goal_tag(struct req *r, const struct goal *g);
/* The heading: the student's words in quotation marks, else the adults'. */
const char *goal_heading(struct req *r, const struct goal *g);
/* Below it: what the adults call it; NULL: the heading says it. */
const char *goal_grown_ups(struct req *r, const struct goal *g);
const char *goal_given(const struct goal *g);
/* Today where the school stands; its Monday is the week of a check-in. */
int64_t goal_today(struct req *r);
bool goal_going(const struct goal *g);
bool goal_open(const struct goal *g);
/* The two columns; marks of this week, if any, say how it goes. */
struct agreement goal_columns(struct req *r, const struct goal *g, const struct goal_mark *m,
			      unsigned n);
/* This side's own word on this week; NULL: not given yet. */
const struct goal_mark *goal_own_mark(const struct goal_who *by, const struct goal_mark *m,
				      unsigned n, int64_t goal, int64_t week);
/* Fills page.seen_by; inside a closure. */
enum err goal_seen_by(struct db *db, struct req *r, int64_t child, struct page *p);
struct page goal_frame(struct req *r, const char *title, const char *sub, int64_t child);
/* May this reader write here at all? */
bool goal_may_write(const struct req *r);

/* ---- handlers ---- */

enum err goal_plan(struct req *r);
enum err goal_card(struct req *r, const struct access *child, struct out *o);
enum err goal_page(struct req *r);
/* The page of one goal again after a refused act: 409, with what happened. */
enum err goal_page_moved(struct req *r);
enum err goal_page_denied(struct req *r);
enum err goal_new(struct req *r);
enum err goal_new_post(struct req *r);
enum err goal_edit(struct req *r);
enum err goal_edit_post(struct req *r);
enum err goal_sign_post(struct req *r);
enum err goal_sign_again(struct req *r);
/* A student of eleven and more agrees, too (PRODUCT 5.4); inside a closure. */
enum err goal_old_enough(struct db *db, struct req *r, bool *out);
enum err goal_week(struct req *r);
enum err goal_week_post(struct req *r);
enum err goal_close(struct req *r);
enum err goal_turn_post(struct req *r);
enum err goal_cheer_page(struct req *r);
enum err goal_cheer_post(struct req *r);
enum err goal_me(struct req *r);
enum err goal_me_new(struct req *r);
enum err goal_me_new_post(struct req *r);
enum err goal_me_words(struct req *r);
enum err goal_me_words_post(struct req *r);
enum err goal_me_thanks(struct req *r);

enum err goal_needs(struct req *r, struct need_list *list);

#endif
