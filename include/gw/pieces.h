/*
 * The pieces pages are built of, each one partial: a small model, one function.
 * From a template: {{include "gw/pieces.h"}} and {{call needs(&m->needs)}}.
 *
 * All text is localized already (view_say(), the arena) and is escaped by the
 * piece; NULL leaves an optional part out. Models stay the caller's.
 * Form fields: gw/fields.h; charts: gw/pictures.h.
 */
#ifndef LINTEL_GW_PIECES_H
#define LINTEL_GW_PIECES_H

#include "gw/view.h"

struct need_list;	/* gw/route.h */

enum side { SIDE_NONE, SIDE_HOME, SIDE_SCHOOL, SIDE_BOTH, SIDE_ALERT };

/* A small word in a tinted box. The colour never stands without the word. */
struct tag {
	enum side side;
	const char *text;
};

/* A link that looks like a button, or a button of the form around it. */
struct button {
	const char *text;		/* a verb: finishes "I want to…" */
	const char *path;		/* a link; NULL: submits the form */
	const char *name, *value;	/* submit buttons that say which one it was */
	bool first;			/* the one dark button of its row */
};

struct buttons {
	const struct button *v;
	unsigned n;
};

/* "Needs you": who, what, one line, one or two buttons. */
struct need_row {
	const char *name;		/* of the child: initials beside the row */
	const char *what, *detail;
	struct buttons buttons;
};

struct agreement {
	const char *school, *school_by;	/* "At school we…", who and since when */
	const char *home, *home_by;
};

/* Small marks, one a week, oldest first; `label` says what: "Last 4 weeks". */
struct dots {
	const char *label;
	const enum side *v;
	unsigned n;
};

/* A table that becomes cards on small screens; the first column is the heading. */
struct cell {
	const char *text, *path;
	struct tag tag;
	struct dots dots;
	bool quiet;			/* says that there is nothing; left out of cards */
};

struct table {
	const char *caption;
	const char *const *head;
	unsigned cols, rows;
	const struct cell *cell;	/* rows * cols */
	bool people;			/* first column: names, with initials */
	bool legend;			/* says what the dots mean */
};

struct entry {
	int64_t ms;
	enum side side;
	const char *who, *title, *text;
	const char *path, *link;
};

struct empty {
	const char *title, *text;
	struct button button;		/* the first step */
};

struct notice {
	enum side side;
	const char *title, *text;
	const char *path, *link;
};

void view_avatar(struct out *o, const char *name);
void view_tag(struct out *o, const struct tag *m);
void view_button(struct out *o, const struct button *m);
void view_buttons(struct out *o, const struct buttons *m);
void view_need_row(struct out *o, const struct need_row *m);
void view_needs(struct out *o, const struct need_list *m);
void view_agreement(struct out *o, const struct agreement *m);
void view_dots(struct out *o, const struct dots *m);
void view_dots_legend(struct out *o);
void view_table(struct out *o, const struct table *m);
void view_entry(struct out *o, const struct entry *m);
void view_empty(struct out *o, const struct empty *m);
void view_notice(struct out *o, const struct notice *m);

#endif
