/*
 * Form fields: label above, help, error beside, what was typed kept. One model
 * for every type of gw/form.h.
 *
 *   <form method="post" action="{{= m->action}}">
 *   {{call csrf()}}
 *   {{call field(&m->field[0])}}
 *   {{call buttons(&m->buttons)}}
 *   </form>
 *
 * Above the form, view_form_errors() says that something is missing and links
 * to it. Models stay the caller's; text is localized already.
 */
#ifndef LINTEL_GW_FIELDS_H
#define LINTEL_GW_FIELDS_H

#include "gw/form.h"
#include "gw/pieces.h"

struct option {
	int64_t id;		/* F_ID: the value */
	const char *text;	/* F_CHOICE: in the order of field.choices */
};

struct field_view {
	const struct field *def;
	const struct form_val *val;	/* NULL: nothing was posted, `start` counts */
	const char *start;		/* first text; F_DATE YYYY-MM-DD, F_TIME HH:MM */
	int64_t start_num;		/* first F_INT, F_ID, F_CHOICE (index), F_CHECK */
	bool has_start_num;
	const char *label, *help;
	const char *error;		/* better words than the general ones; shown if val is wrong */
	const struct option *option;	/* F_CHOICE and F_ID */
	unsigned n_option;
	bool list;			/* F_CHOICE: a drop-down list instead of radio buttons */
	bool hidden;			/* F_ID that the page knows */
	unsigned rows;			/* F_TEXT, 0 = 4 */
	const char *autocomplete;	/* "email", "off", NULL */
	bool name_dir;			/* holds a name: dir=auto */
};

/* Instead of a dialog: says what will happen, one form, one way back. */
struct confirm {
	const char *text;
	const char *action, *button;
	const char *back;
};

/* The fields of one form. */
struct form_errors {
	const struct field_view *field;
	unsigned n;
};

/* Instead of a form that would ask in vain. */
struct no_form {
	const char *why;
	enum msg then;			/* what can be done, or MSG_NONE */
	const char *back;
};

/* A page's one form: the fields one under the other, the buttons, the way back. */
struct ask {
	const char *problem;		/* why it is here again, or NULL */
	const char *none;		/* why there is nothing to ask, or NULL */
	const char *action, *back;
	int64_t rev;			/* of what it changes; 0: it makes something */
	struct form_errors fields;
	struct buttons send;
};

/* A field of a form: what was typed, else the start that the caller sets. */
struct field_view field_of(struct req *r, const struct form_def *def, unsigned i, enum msg label,
			   enum msg help);

void view_csrf(struct out *o);
void view_field(struct out *o, const struct field_view *m);

/* Nothing, unless one of the fields is wrong. */
void view_form_errors(struct out *o, const struct form_errors *m);
void view_confirm(struct out *o, const struct confirm *m);
/* Above a form that could not be carried out; nothing for NULL. */
void view_problem(struct out *o, const char *why);
void view_no_form(struct out *o, const struct no_form *m);
void view_ask(struct out *o, const struct ask *m);

#endif
