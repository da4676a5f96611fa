/*
 * Inside the office's feature: the models its pages are made of, and their words.
 * Text is localized already and comes from the request's arena.
 */
#ifndef LINTEL_APP_ADMIN_H
#define LINTEL_APP_ADMIN_H

#include "gw/fields.h"
#include "gw/route.h"
#include "gw/view.h"

#define ACT_FIELDS 4
#define ITEM_LINES 6
#define ITEM_ACTS 3
#define SHEET_FIELDS 8

/* A small form of one button. */
struct push {
	const char *action, *button;
	struct { const char *name, *value; } field[ACT_FIELDS];
	unsigned n;
};

struct item {
	const char *name;		/* of a person: initials beside it; NULL: none */
	const char *what;
	const char *line[ITEM_LINES];
	unsigned n_line;
	const char *english;		/* a sentence that exists in English only */
	struct tag tag;
	const char *path, *link;
	struct push act[ITEM_ACTS];
	unsigned n_act;
};

struct items {
	const char *title, *text;
	const char *none;		/* what stands there when nothing does */
	const struct item *v;
	unsigned n;
	const char *path, *link;	/* one button under the list */
};

struct figure {
	const char *what;
	int64_t n;
};

struct figures {
	const char *title;
	const struct figure *v;
	unsigned n;
};

/* A form of fields; `get`: a search. */
struct sheet {
	const char *title, *text, *action, *button, *back;
	struct field_view field[SHEET_FIELDS];
	unsigned n;
	bool get;
};

void view_items(struct out *o, const struct items *m);
void view_figures_open(struct out *o);
void view_figures_close(struct out *o);
void view_figures(struct out *o, const struct figures *m);
void view_waiting(struct out *o, const struct need_list *m);
void view_sheet(struct out *o, const struct sheet *m);

/* ---- words.c ---- */

const char *say_when(struct req *r, int64_t ms);	/* "not yet" for 0 */
const char *say_day(struct req *r, const char *day);	/* of "YYYY-MM-DD" */
const char *say_id(struct req *r, int64_t id);		/* for hidden fields */
/* The birthday of who turns RIGHTS_AGE today, NULL when memory failed; when today began. */
const char *rights_born(struct req *r, int64_t *day_start_out);
const char *say_phase(struct req *r, const char *phase);
void item_line(struct item *it, const char *text);	/* NULL and "" are left out */
void act_field(struct push *a, const char *name, const char *value);

/* An item list of n zeroed rows; NULL when memory failed. */
struct item *items_new(struct req *r, unsigned n);
struct out admin_begin(struct req *r, struct page *p, enum msg title, const char *active);

/* A child's name was shown: the read audit of one record. */
void saw_child(struct req *r, int64_t child);
/* Midnight of a day in the reader's zone. */
int64_t day_begins(struct req *r, int64_t day);

#endif
