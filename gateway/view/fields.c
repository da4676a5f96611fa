/*
 * Form fields, gw/fields.h: which control, which value, which words.
 *
 * What was typed wins over what the page began with, also when it was wrong:
 * nobody types a long answer twice.
 */
#include <inttypes.h>
#include <string.h>

#include "base/str.h"
#include "frame.h"
#include "gw/auth.h"
#include "gw/fields.h"

struct drawn {
	const struct field_view *f;
	const char *name, *value, *type, *error;
	bool numeric, auto_dir, ids, has_num;
	int64_t num, rows;
	char described[160];	/* ids for aria-describedby */
	char start[24];
	char error_text[300];
};

struct csrf {
	const char *value;
};

struct wrong_fields {
	const struct drawn *v;
	unsigned n;
};

struct problem {
	const char *why;
};

#include "tpl/view/fields.h"

struct field_view field_of(struct req *r, const struct form_def *def, unsigned i, enum msg label,
			   enum msg help)
{
	assert(i < def->n);
	return (struct field_view){
		.def = &def->field[i],
		.val = r->form.def == def ? &r->form.v[i] : NULL,
		.label = loc_str(r->loc, label),
		.help = help != MSG_NONE ? loc_str(r->loc, help) : NULL,
	};
}

static enum msg error_word(enum form_error e)
{
	switch (e) {
	case FORM_OK:
		break;
	case FORM_MISSING:
		return MSG_piece_error_missing;
	case FORM_TOO_LONG:
		return MSG_piece_error_too_long;
	case FORM_TOO_SHORT:
		return MSG_piece_error_too_short;
	case FORM_NOT_A_NUMBER:
		return MSG_piece_error_not_a_number;
	case FORM_OUT_OF_RANGE:
		return MSG_piece_error_out_of_range;
	case FORM_NOT_A_CHOICE:
		return MSG_piece_error_not_a_choice;
	case FORM_NOT_A_DATE:
		return MSG_piece_error_not_a_date;
	case FORM_NOT_A_TIME:
		return MSG_piece_error_not_a_time;
	case FORM_BAD_TEXT:
		return MSG_piece_error_bad_text;
	case FORM_CLASH:
		return MSG_piece_error_clash;
	}
	WRONG("a form error without words");
}

/* Fills error_text; `n` of a text is a count of letters, of a number its border. */
static void say_error(const struct out *o, struct drawn *d)
{
	const struct field *def = d->f->def;
	enum form_error e = d->f->val->error;
	struct msg_arg one = { "n", NULL, e == FORM_TOO_SHORT ? def->min : def->max };
	struct msg_arg two[] = { { "min", NULL, def->min }, { "max", NULL, def->max } };
	struct buf b = BUF_INIT(sizeof(d->error_text) - 1);

	if (d->f->error != NULL) {
		d->error = d->f->error;
		return;
	}
	if (e == FORM_TOO_LONG || e == FORM_TOO_SHORT)
		loc_msg(o->loc, &b, error_word(e), &one, 1);
	else if (e == FORM_OUT_OF_RANGE)
		loc_msg(o->loc, &b, error_word(e), two, 2);
	else
		buf_addz(&b, loc_str(o->loc, error_word(e)));
	snprintf(d->error_text, sizeof(d->error_text), "%s", b.p != NULL ? b.p : "");
	buf_release(&b);
	d->error = d->error_text;
}

static bool posted(const struct field_view *f)
{
	return f->val != NULL && f->val->text != NULL;
}

static void take_value(struct drawn *d)
{
	const struct field_view *f = d->f;

	if (posted(f)) {
		d->value = f->val->text;
		d->num = f->val->num;
		d->has_num = f->val->present && f->val->error == FORM_OK;
		return;
	}
	d->num = f->start_num;
	d->has_num = f->has_start_num;
	d->value = f->start != NULL ? f->start : "";
	if (f->start == NULL && f->has_start_num && f->def->type == F_INT) {
		snprintf(d->start, sizeof(d->start), "%" PRId64, f->start_num);
		d->value = d->start;
	}
}

static void prepare(const struct out *o, const struct field_view *f, struct drawn *d)
{
	assert(f->def != NULL && f->def->name != NULL);
	assert(strlen(f->def->name) < 64);
	*d = (struct drawn){
		.f = f, .name = f->def->name, .type = "text", .rows = f->rows > 0 ? f->rows : 4,
		.auto_dir = f->name_dir || f->def->type == F_LINE,
		.numeric = f->def->type == F_INT, .ids = f->def->type == F_ID,
	};
	if (f->def->type == F_DATE)
		d->type = "date";
	else if (f->def->type == F_TIME)
		d->type = "time";
	take_value(d);
	if (posted(f) && f->val->error != FORM_OK)
		say_error(o, d);
	snprintf(d->described, sizeof(d->described), "%s%s%s%s%s", f->help != NULL ? "h-" : "",
		 f->help != NULL ? d->name : "",
		 f->help != NULL && d->error != NULL ? " " : "", d->error != NULL ? "e-" : "",
		 d->error != NULL ? d->name : "");
}

static unsigned count_choices(const struct field *def)
{
	unsigned n = 0;

	while (def->choices != NULL && def->choices[n] != NULL)
		n++;
	return n;
}

void view_field(struct out *o, const struct field_view *f)
{
	struct drawn d;

	prepare(o, f, &d);
	assert(f->hidden || f->label != NULL);
	switch (f->def->type) {
	case F_TEXT:
		view_field_text(o, &d);
		break;
	case F_LINE:
	case F_INT:
	case F_DATE:
	case F_TIME:
		view_field_input(o, &d);
		break;
	case F_ID:
		if (f->hidden)
			view_field_hidden(o, &d);
		else
			view_field_list(o, &d);
		break;
	case F_CHOICE:
		assert(f->n_option == count_choices(f->def));
		if (f->list)
			view_field_list(o, &d);
		else
			view_field_radio(o, &d);
		break;
	case F_CHECK:
		view_field_check(o, &d);
		break;
	}
}

void view_form_errors(struct out *o, const struct form_errors *m)
{
	struct drawn wrong[FORM_MAX];
	unsigned n = 0;

	assert(m->n <= FORM_MAX);
	for (unsigned i = 0; i < m->n; i++) {
		if (!posted(&m->field[i]) || m->field[i].val->error == FORM_OK)
			continue;
		prepare(o, &m->field[i], &wrong[n]);
		n++;
	}
	if (n > 0)
		view_errors(o, &(struct wrong_fields){ wrong, n });
}

void view_csrf(struct out *o)
{
	struct csrf m;

	/* A form outside a request could not be sent. */
	assert(o->r != NULL);
	m.value = auth_csrf_field(o->r);
	view_csrf_input(o, &m);
}

void view_problem(struct out *o, const char *why)
{
	if (why != NULL)
		view_problem_side(o, &(struct problem){ why });
}
