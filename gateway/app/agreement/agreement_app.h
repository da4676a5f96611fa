/*
 * Inside the agreement feature: its handlers, and the words its files share. All
 * models are allocated from the request's arena.
 */
#ifndef LINTEL_APP_AGREEMENT_H
#define LINTEL_APP_AGREEMENT_H

#include "gw/fields.h"
#include "gw/route.h"
#include "store/agreement_comment.h"

enum { WF_WITH, WF_EXPECTATION, WF_SCHOOL, WF_HOME, WF_ROUTINE, WF_REVIEW, WF_REV, WF_DO, WF_N };
enum { DF_REV, DF_DO };
enum { NF_REV, NF_DAY };

enum { WRITE_OFFER, WRITE_DRAFT };
enum { DO_AGREE, DO_KEEP, DO_END };

enum { SF_WORDS };
enum { UF_COMMENT };

extern const struct form_def agreement_write_form, agreement_renew_form, agreement_say_form;

struct agreement_row {
	const char *path, *text, *detail;
	struct tag tag;
};

/* ---- words.c ---- */

enum agreement_side agreement_me(const struct req *r);
struct agreement_by agreement_by_here(struct req *r);
/* Today in the school's zone. */
int64_t agreement_today(struct req *r);
/* Draft, waits for you, waits for home, agreed, time to look again, ended. */
struct tag agreement_tag(struct req *r, const struct agreement_copy *g);
void agreement_row_fill(struct req *r, const struct agreement_copy *g, const char *with,
			struct agreement_row *out);
/* The households of this child, for staff who read several copies; nothing for others. */
struct agreement_homes_read { struct agreement_home *v; unsigned n; };
enum err agreement_homes_here(struct db *db, struct req *r, int64_t child,
			      struct agreement_homes_read *out);
/* "With Rima Haddad" for staff, the class for others. */
const char *agreement_with(struct req *r, const struct agreement_copy *g,
			   const struct agreement_homes_read *homes);
/* "Who can see this", true for this very agreement and this reader. */
const char *agreement_seen(struct req *r, const struct agreement_copy *g);
struct page agreement_page_of(struct req *r, const char *title, const char *sub, int64_t child);

void view_agreement_row(struct out *o, const struct agreement_row *m);

/* ---- handlers ---- */

enum err agreement_list(struct req *r);
enum err agreement_new_page(struct req *r);
enum err agreement_new_post(struct req *r);
enum err agreement_page(struct req *r);
enum err agreement_edit_page(struct req *r);
enum err agreement_edit_post(struct req *r);
enum err agreement_do_post(struct req *r);
enum err agreement_renew_post(struct req *r);
enum err agreement_end_page(struct req *r);
/* The page as it stands now, under a line that says what is in the way: 409. */
enum err agreement_page_but(struct req *r, enum msg problem);
enum err agreement_say_post(struct req *r);
enum err agreement_say_again(struct req *r);
enum err agreement_unsay_post(struct req *r);

/* ---- say.c: what the student says ---- */

struct said_entry {
	struct entry e;
	int64_t undo;			/* 0: not now, or not theirs */
};

struct said_view {
	const char *title, *self;
	const struct said_entry *v;
	unsigned n;
	bool may, none;			/* none: nothing to show and nothing to say */
	struct field_view words;
	struct form_errors errors;	/* over words */
};

struct said_read {
	struct agreement_comment *v;
	unsigned n;
	bool older;			/* the student is old enough to comment */
};

enum err agreement_said_read(struct db *db, struct req *r, struct said_read *out);
/* m stays where it is: its list of errors points into it. */
enum err agreement_said_fill(struct req *r, const struct agreement_copy *g,
			     const struct said_read *in, struct said_view *m);
/* Opened by who may answer: the side has read it. */
void agreement_said_seen(struct req *r, const struct agreement_copy *g);

/* ---- hooks.c ---- */

enum err agreement_needs(struct req *r, struct need_list *list);
enum err agreement_card(struct req *r, const struct access *child, struct out *o);

#endif
