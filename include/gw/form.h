/*
 * Forms are tables. Values arrive typed or not at all: the pipeline parses the
 * body by the route's table before the handler runs; with a wrong field it runs
 * the route's `again` handler instead (status 422), which draws the same page
 * with what was typed and the error beside it.
 *
 * Every form has the hidden CSRF field `csrf`; it is not in the table.
 * Unknown names are refused, a name that comes twice is refused.
 */
#ifndef LINTEL_GW_FORM_H
#define LINTEL_GW_FORM_H

#include <stdbool.h>
#include <stdint.h>

#include "base/str.h"

#define FORM_MAX 40

enum field_type {
	F_TEXT,		/* several lines; CRLF becomes LF; trimmed */
	F_LINE,		/* one line, no control characters; trimmed */
	F_INT,		/* min..max */
	F_ID,		/* a 64-bit id */
	F_CHOICE,	/* one of choices[], value = its index */
	F_DATE,		/* YYYY-MM-DD, value = days since 1970-01-01 */
	F_TIME,		/* HH:MM, value = minutes since midnight */
	F_CHECK,	/* a checkbox: absent = 0, "1" = 1 */
};

struct field {
	const char *name;
	enum field_type type;
	bool required;
	int64_t min, max;		/* F_TEXT, F_LINE: code points; F_INT: value */
	const char *const *choices;	/* F_CHOICE, NULL-terminated */
};

struct form_def {
	const struct field *field;
	unsigned n;
};

enum form_error {
	FORM_OK = 0,
	FORM_MISSING,	/* required, but empty */
	FORM_TOO_LONG,
	FORM_TOO_SHORT,
	FORM_NOT_A_NUMBER,
	FORM_OUT_OF_RANGE,
	FORM_NOT_A_CHOICE,
	FORM_NOT_A_DATE,
	FORM_NOT_A_TIME,
	FORM_BAD_TEXT,	/* not UTF-8, or control characters */
	FORM_CLASH,	/* set by a handler: fine alone, wrong with another field or in the store */
};

struct form_val {
	const char *text;	/* as typed (trimmed), never NULL; arena */
	int64_t num;
	bool present;		/* something was typed */
	enum form_error error;
};

struct form {
	const struct form_def *def;
	struct form_val v[FORM_MAX];	/* by position in the table */
	unsigned bad;			/* how many errors */
};

/* For handlers: marks a field wrong after looking into the store. */
void form_mark(struct form *f, unsigned field, enum form_error e);

#endif
