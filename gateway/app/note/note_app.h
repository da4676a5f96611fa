/*
 * Inside the note feature: its handlers, and the words its files share. All
 * models are allocated from the request's arena.
 */
#ifndef LINTEL_APP_NOTE_H
#define LINTEL_APP_NOTE_H

#include "gw/fields.h"
#include "gw/route.h"
#include "store/note.h"

enum { NF_TO, NF_ALONE, NF_BODY };
enum { AF_HOME, AF_REV, AF_DO, AF_BODY };
enum { EF_REV, EF_BODY };
enum { CF_HOME, CF_REV };
enum { QF_HOME };

enum { DO_SEND, DO_THANK };

extern const struct form_def note_new_form, note_answer_form, note_edit_form;

/* One thread in a list: who, how it begins, where it stands. */
struct note_row {
	const char *name;		/* of the child, for its initials; NULL: the list says it */
	const char *path, *text, *detail;
	const char *said;		/* how the last answer begins, or NULL */
	struct tag tag;
};

/* ---- words.c ---- */

/* The first words of a note, on one line; of the last answer, NULL: none. */
const char *note_start(struct req *r, const struct note *n);
const char *note_said(struct req *r, const struct note *n);
/* What this reader should know first: new, answer due, seen by the other side. */
struct tag note_tag(struct req *r, const struct note *n);
void note_row_fill(struct req *r, const struct note *n, bool named, struct note_row *out);
/* "To the class team of Grade 3", "To Ms Okafor", "To Lina Haddad's family". */
const char *note_address(struct req *r, const struct note *n);
/* "Who can see this", true for this very note and this reader. */
const char *note_seen(struct req *r, const struct note *n);
/* A note from home that nobody has answered, and until which day the school should. */
bool note_asks(const struct note *n);
const char *note_due_day(struct req *r, const struct note *n);
/* The end of the second school day after this instant, in the school's zone. */
int64_t note_due_at(struct req *r, const struct note *n);
enum note_side note_reader(const struct req *r);
struct note_by note_by_here(struct req *r);
struct page note_page_of(struct req *r, const char *title, const char *sub, int64_t child);

void view_note_row(struct out *o, const struct note_row *m);

/* ---- handlers ---- */

enum err note_list(struct req *r);
enum err note_child_list(struct req *r);
enum err note_new_page(struct req *r);
enum err note_new_post(struct req *r);
enum err note_page(struct req *r);
enum err note_answer_post(struct req *r);
enum err note_close_post(struct req *r);
enum err note_edit_page(struct req *r);
enum err note_edit_post(struct req *r);
enum err note_back_page(struct req *r);
enum err note_back_post(struct req *r);

/* ---- hooks.c ---- */

enum err note_needs(struct req *r, struct need_list *list);
enum err note_card(struct req *r, const struct access *child, struct out *o);

#endif
