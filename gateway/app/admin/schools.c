/* The schools of a district: what each is called and when, whom to call, its free days. */
#include <inttypes.h>

#include "admin.h"
#include "base/day.h"
#include "base/magic.h"
#include "pages.h"
#include "store/admin.h"
#include "store/audit.h"

#define LINE_MAX 200
#define ZONE_MAX 64

struct schools {
	struct req *r;
	struct school *v;
	struct admin_course *course;
	unsigned n, n_course;
};

static enum err read_schools(struct db *db, void *arg)
{
	struct schools *m = arg;
	enum err err = school_list(db, &m->r->a, m->r->who.tenant, &m->v, &m->n);

	return err == E_OK ? course_list(db, &m->r->a, m->r->who.tenant, &m->course, &m->n_course) :
			     err;
}

static void fill_school(struct req *r, const struct school *s, struct item *it)
{
	it->what = s->name;
	item_line(it, say_phase(r, s->phase));
	item_line(it, view_say(r, MSG_admin_school_courses,
			       &(struct msg_arg){ "n", NULL, s->courses }, 1));
	item_line(it, s->zone);
	if (s->safeguarding_lead[0] == '\0')
		it->tag = (struct tag){ SIDE_ALERT, loc_str(r->loc, MSG_admin_school_no_lead) };
	it->path = req_path(r, "/admin/school/%" PRId64, s->id);
	it->link = loc_str(r->loc, MSG_admin_school_open);
}

static void fill_course(struct req *r, const struct admin_course *c, struct item *it)
{
	it->what = c->title[0] != '\0' ? c->title :
		   c->label[0] != '\0' ? c->label : loc_str(r->loc, MSG_admin_course_unnamed);
	item_line(it, c->platform_name);
	item_line(it, say_phase(r, c->phase));
	if (c->school == 0)
		it->tag = (struct tag){ SIDE_ALERT, loc_str(r->loc, MSG_admin_course_alone) };
	else
		item_line(it, c->school_name);
	it->path = req_path(r, "/admin/course/%" PRId64, c->id);
	it->link = loc_str(r->loc, c->school == 0 ? MSG_admin_course_assign :
						    MSG_admin_course_change);
}

enum err schools_page(struct req *r)
{
	struct schools m = { .r = r };
	enum err err = store_read(r->gw->store, read_schools, &m, &r->fault);
	struct item *v = items_new(r, m.n), *c = items_new(r, m.n_course);
	struct page p;
	struct out o;

	if (err == E_OK && (v == NULL || c == NULL))
		err = E_NOMEM;
	if (err != E_OK)
		return err;
	for (unsigned i = 0; i < m.n; i++)
		fill_school(r, &m.v[i], &v[i]);
	for (unsigned i = 0; i < m.n_course; i++)
		fill_course(r, &m.course[i], &c[i]);
	o = admin_begin(r, &p, MSG_admin_schools_title, "/admin/schools");
	view_items(&o, &(struct items){ .v = v, .n = m.n,
					.none = loc_str(r->loc, MSG_admin_schools_none),
					.path = req_path(r, "/admin/schools/new"),
					.link = loc_str(r->loc, MSG_admin_school_add) });
	view_items(&o, &(struct items){ .title = loc_str(r->loc, MSG_admin_courses_title), .v = c,
					.n = m.n_course,
					.none = loc_str(r->loc, MSG_admin_courses_none) });
	page_end(&o, &p);
	return E_OK;
}

/* ---- one school ---- */

enum { F_NAME, F_PHASE, F_ZONE, F_OFFICE, F_LEAD, F_EMERGENCY };

static const char *const phases[] = { "none", "early", "primary", "secondary", NULL };
static const struct field school_fields[] = {
	[F_NAME] = { .name = "name", .type = F_LINE, .required = true, .min = 1, .max = LINE_MAX },
	[F_PHASE] = { .name = "phase", .type = F_CHOICE, .required = true, .choices = phases },
	[F_ZONE] = { .name = "zone", .type = F_LINE, .max = ZONE_MAX },
	[F_OFFICE] = { .name = "office", .type = F_LINE, .max = LINE_MAX },
	[F_LEAD] = { .name = "lead", .type = F_LINE, .max = LINE_MAX },
	[F_EMERGENCY] = { .name = "emergency", .type = F_LINE, .max = LINE_MAX },
};
const struct form_def school_form = { school_fields, ARRAY_LEN(school_fields) };

static int64_t phase_index(const char *phase)
{
	for (unsigned i = 1; phases[i] != NULL; i++)
		if (str_eq(phase, phases[i]))
			return i;
	return 0;
}

static const char *phase_of(int64_t i)
{
	assert(i >= 0 && i < 4);
	return i == 0 ? "" : phases[i];
}

static const struct option *phase_options(struct req *r, enum msg none)
{
	struct option *v = arena_array(&r->a, 4, sizeof(*v));

	if (v == NULL)
		return NULL;
	v[0].text = loc_str(r->loc, none);
	for (unsigned i = 1; i < 4; i++)
		v[i].text = say_phase(r, phases[i]);
	return v;
}

struct one_school {
	struct req *r;
	struct school s;
	struct school_holiday *day;
	unsigned n_day;
};

static enum err read_school(struct db *db, void *arg)
{
	struct one_school *m = arg;
	struct req *r = m->r;
	enum err err = school_get(db, &r->a, r->who.tenant, r->obj[0].id, &m->s);

	return err == E_OK ? school_holidays(db, &r->a, r->who.tenant, m->s.id, &m->day, &m->n_day) :
			     err;
}

static void school_field(struct req *r, struct sheet *m, unsigned i, const char *start, enum msg label,
			 enum msg help)
{
	m->field[i] = (struct field_view){
		.def = &school_fields[i], .start = start, .label = loc_str(r->loc, label),
		.val = r->form.def == &school_form ? &r->form.v[i] : NULL,
		.help = help != MSG_NONE ? loc_str(r->loc, help) : NULL,
	};
}

static enum err draw_school_form(struct req *r, struct out *o, const struct school *s,
				 const char *action)
{
	struct sheet m = { .action = action, .button = loc_str(r->loc, MSG_common_save),
			   .back = req_path(r, "/admin/schools"), .n = ARRAY_LEN(school_fields) };

	school_field(r, &m, F_NAME, s->name, MSG_admin_school_name, MSG_NONE);
	school_field(r, &m, F_PHASE, NULL, MSG_admin_phase, MSG_admin_phase_help);
	school_field(r, &m, F_ZONE, s->zone, MSG_admin_school_zone, MSG_admin_school_zone_help);
	school_field(r, &m, F_OFFICE, s->office_contact, MSG_admin_school_office,
		     MSG_admin_school_office_help);
	school_field(r, &m, F_LEAD, s->safeguarding_lead, MSG_admin_school_lead,
		     MSG_admin_school_lead_help);
	school_field(r, &m, F_EMERGENCY, s->emergency_number, MSG_admin_school_emergency,
		     MSG_admin_school_emergency_help);
	m.field[F_ZONE].error = loc_str(r->loc, MSG_admin_school_zone_wrong);
	m.field[F_PHASE].start_num = phase_index(s->phase);
	m.field[F_PHASE].has_start_num = true;
	m.field[F_PHASE].n_option = 4;
	m.field[F_PHASE].option = phase_options(r, MSG_admin_phase_mixed);
	if (m.field[F_PHASE].option == NULL)
		return E_NOMEM;
	view_sheet(o, &m);
	return E_OK;
}

static const struct school nothing = { .name = "", .phase = "", .zone = "", .office_contact = "",
				       .safeguarding_lead = "", .emergency_number = "" };

enum err school_new_page(struct req *r)
{
	struct page p;
	struct out o = admin_begin(r, &p, MSG_admin_school_new, "/admin/schools");
	enum err err = draw_school_form(r, &o, &nothing, req_path(r, "/admin/schools/new"));

	assert(r->who.door == DOOR_ADMIN);
	page_end(&o, &p);
	return err;
}

/* ---- free days ---- */

enum { F_FIRST, F_LAST, F_LABEL };

static const struct field holiday_fields[] = {
	[F_FIRST] = { .name = "first", .type = F_DATE, .required = true },
	[F_LAST] = { .name = "last", .type = F_DATE },
	[F_LABEL] = { .name = "label", .type = F_LINE, .max = LINE_MAX },
};
const struct form_def holiday_form = { holiday_fields, ARRAY_LEN(holiday_fields) };

static const struct field drop_fields[] = {
	[F_FIRST] = { .name = "first", .type = F_DATE, .required = true },
};
const struct form_def holiday_drop_form = { drop_fields, ARRAY_LEN(drop_fields) };

static void draw_holiday_form(struct req *r, struct out *o)
{
	struct sheet m = { .title = loc_str(r->loc, MSG_admin_holiday_new),
			   .action = req_path(r, "/admin/school/%" PRId64 "/closed", r->obj[0].id),
			   .button = loc_str(r->loc, MSG_admin_holiday_add),
			   .n = ARRAY_LEN(holiday_fields) };
	const enum msg label[] = { MSG_admin_holiday_first, MSG_admin_holiday_last,
				   MSG_admin_holiday_label };

	for (unsigned i = 0; i < m.n; i++)
		m.field[i] = (struct field_view){
			.def = &holiday_fields[i], .label = loc_str(r->loc, label[i]),
			.val = r->form.def == &holiday_form ? &r->form.v[i] : NULL,
		};
	m.field[F_FIRST].error = loc_str(r->loc, MSG_admin_holiday_clash);
	m.field[F_LAST].help = loc_str(r->loc, MSG_admin_holiday_last_help);
	view_sheet(o, &m);
}

static enum err draw_holidays(struct req *r, struct out *o, const struct one_school *m)
{
	struct item *v = items_new(r, m->n_day);

	if (v == NULL)
		return E_NOMEM;
	for (unsigned i = 0; i < m->n_day; i++) {
		const struct school_holiday *h = &m->day[i];
		const struct msg_arg arg[] = { { "first", say_day(r, h->first_day), 0 },
					       { "last", say_day(r, h->last_day), 0 } };
		bool one = str_eq(h->first_day, h->last_day);

		v[i].what = h->label[0] != '\0' ? h->label : loc_str(r->loc, MSG_admin_holiday_plain);
		item_line(&v[i], one ? arg[0].text : view_say(r, MSG_admin_holiday_span, arg, 2));
		v[i].act[0] = (struct push){
			.action = req_path(r, "/admin/school/%" PRId64 "/open", r->obj[0].id),
			.button = loc_str(r->loc, MSG_admin_holiday_drop),
		};
		act_field(&v[i].act[0], "first", h->first_day);
		v[i].n_act = 1;
	}
	view_items(o, &(struct items){ .title = loc_str(r->loc, MSG_admin_holidays),
				       .text = loc_str(r->loc, MSG_admin_holidays_text), .v = v,
				       .n = m->n_day,
				       .none = loc_str(r->loc, MSG_admin_holidays_none) });
	draw_holiday_form(r, o);
	return E_OK;
}

enum err school_page(struct req *r)
{
	struct one_school m = { .r = r };
	enum err err = store_read(r->gw->store, read_school, &m, &r->fault);
	struct page p;
	struct out o;

	if (err != E_OK)
		return err;
	o = admin_begin(r, &p, MSG_admin_school_edit, "/admin/schools");
	err = draw_school_form(r, &o, &m.s, req_path(r, "/admin/school/%" PRId64, m.s.id));
	if (err == E_OK)
		err = draw_holidays(r, &o, &m);
	page_end(&o, &p);
	return err;
}

static enum err write_school(struct db *db, void *arg)
{
	struct req *r = arg;
	const struct form_val *v = r->form.v;
	struct school s = { .id = r->obj[0].id, .name = v[F_NAME].text,
			    .phase = phase_of(v[F_PHASE].num), .zone = v[F_ZONE].text,
			    .office_contact = v[F_OFFICE].text, .safeguarding_lead = v[F_LEAD].text,
			    .emergency_number = v[F_EMERGENCY].text };
	int64_t id = 0;
	enum err err = school_put(db, r->who.tenant, &s, r->now_ms, &id);

	return err == E_OK ? audit_by(db, &r->who, r->now_ms,
				      s.id == 0 ? "school.add" : "school.change", 0, id) : err;
}

static enum err save_school(struct req *r, handler_fn again)
{
	const char *zone = r->form.v[F_ZONE].text;
	enum err err;

	if (zone[0] != '\0' && zone_check(zone) != E_OK) {
		form_mark(&r->form, F_ZONE, FORM_CLASH);
		return again(r);
	}
	err = store_write(r->gw->store, write_school, r, &r->fault);
	return err == E_OK ? reply_done(r, MSG_done_saved, "/admin/schools") : err;
}

enum err school_new_post(struct req *r)
{
	assert(r->form.def == &school_form && r->form.bad == 0);
	assert(r->who.door == DOOR_ADMIN);
	return save_school(r, school_new_page);
}

enum err school_post(struct req *r)
{
	assert(r->form.def == &school_form && r->form.bad == 0);
	assert(r->who.door == DOOR_ADMIN && r->obj[0].kind == OBJ_SCHOOL);
	return save_school(r, school_page);
}

static enum err write_holiday(struct db *db, void *arg)
{
	struct req *r = arg;
	const struct form_val *v = r->form.v;
	int64_t last = v[F_LAST].present ? v[F_LAST].num : v[F_FIRST].num;
	const struct school_holiday h = { day_text(&r->a, v[F_FIRST].num), day_text(&r->a, last),
					  v[F_LABEL].text };
	enum err err = r->a.failed ? E_NOMEM :
		       school_holiday_add(db, r->who.tenant, r->obj[0].id, &h);

	return err == E_OK ? audit_by(db, &r->who, r->now_ms, "school.close", 0, r->obj[0].id) : err;
}

enum err holiday_post(struct req *r)
{
	const struct form_val *v = r->form.v;
	enum err err;

	assert(r->form.def == &holiday_form && r->form.bad == 0);
	assert(r->who.door == DOOR_ADMIN && r->obj[0].kind == OBJ_SCHOOL);
	if (v[F_LAST].present && v[F_LAST].num < v[F_FIRST].num) {
		form_mark(&r->form, F_LAST, FORM_CLASH);
		return school_page(r);
	}
	err = store_write(r->gw->store, write_holiday, r, &r->fault);
	if (err == E_CONFLICT) {
		form_mark(&r->form, F_FIRST, FORM_CLASH);
		return school_page(r);
	}
	return err == E_OK ? reply_done(r, MSG_done_saved, "/admin/school/%" PRId64, r->obj[0].id) :
			     err;
}

static enum err write_drop(struct db *db, void *arg)
{
	struct req *r = arg;
	const char *day = day_text(&r->a, r->form.v[F_FIRST].num);
	enum err err = day == NULL ? E_NOMEM :
		       school_holiday_drop(db, r->who.tenant, r->obj[0].id, day);

	return err == E_OK ? audit_by(db, &r->who, r->now_ms, "school.reopen", 0, r->obj[0].id) : err;
}

enum err holiday_drop_post(struct req *r)
{
	enum err err = store_write(r->gw->store, write_drop, r, &r->fault);

	return err == E_OK ? reply_done(r, MSG_done_saved, "/admin/school/%" PRId64, r->obj[0].id) :
			     err;
}

/* ---- one course ---- */

enum { F_SCHOOL, F_OWN_PHASE };

static const struct field course_fields[] = {
	[F_SCHOOL] = { .name = "school", .type = F_ID },
	[F_OWN_PHASE] = { .name = "phase", .type = F_CHOICE, .required = true, .choices = phases },
};
const struct form_def course_form = { course_fields, ARRAY_LEN(course_fields) };

struct one_course {
	struct req *r;
	struct admin_course c;
	struct school *school;
	unsigned n;
};

static enum err read_course(struct db *db, void *arg)
{
	struct one_course *m = arg;
	struct req *r = m->r;
	enum err err = course_get(db, &r->a, r->who.tenant, r->obj[0].id, &m->c);

	return err == E_OK ? school_list(db, &r->a, r->who.tenant, &m->school, &m->n) : err;
}

static enum err draw_course(struct req *r, struct out *o, const struct one_course *m)
{
	bool posted = r->form.def == &course_form;
	struct option *v = arena_array(&r->a, m->n + 1, sizeof(*v));
	const struct option *phase = phase_options(r, MSG_admin_phase_school);
	struct sheet s = { .title = m->c.title[0] != '\0' ? m->c.title : m->c.label,
			   .action = req_path(r, "/admin/course/%" PRId64, m->c.id),
			   .button = loc_str(r->loc, MSG_common_save),
			   .back = req_path(r, "/admin/schools"), .n = ARRAY_LEN(course_fields) };

	if (v == NULL || phase == NULL)
		return E_NOMEM;
	for (unsigned i = 0; i < m->n; i++)
		v[i] = (struct option){ m->school[i].id, m->school[i].name };
	s.field[F_SCHOOL] = (struct field_view){
		.def = &course_fields[F_SCHOOL], .label = loc_str(r->loc, MSG_admin_course_school),
		.val = posted ? &r->form.v[F_SCHOOL] : NULL, .start_num = m->c.school,
		.has_start_num = m->c.school != 0, .option = v, .n_option = m->n, .list = true,
	};
	s.field[F_OWN_PHASE] = (struct field_view){
		.def = &course_fields[F_OWN_PHASE], .label = loc_str(r->loc, MSG_admin_phase),
		.val = posted ? &r->form.v[F_OWN_PHASE] : NULL,
		.start_num = phase_index(m->c.phase), .has_start_num = true, .option = phase,
		.n_option = 4,
	};
	view_sheet(o, &s);
	return E_OK;
}

enum err course_page(struct req *r)
{
	struct one_course m = { .r = r };
	enum err err = store_read(r->gw->store, read_course, &m, &r->fault);
	struct page p;
	struct out o;

	if (err != E_OK)
		return err;
	o = admin_begin(r, &p, MSG_admin_course_title, "/admin/schools");
	err = draw_course(r, &o, &m);
	page_end(&o, &p);
	return err;
}

static enum err write_course(struct db *db, void *arg)
{
	struct req *r = arg;
	const struct form_val *v = r->form.v;
	enum err err = course_assign(db, r->who.tenant, r->obj[0].id,
				     v[F_SCHOOL].present ? v[F_SCHOOL].num : 0,
				     phase_of(v[F_OWN_PHASE].num));

	return err == E_OK ? audit_by(db, &r->who, r->now_ms, "course.assign", 0, r->obj[0].id) : err;
}

enum err course_post(struct req *r)
{
	enum err err = store_write(r->gw->store, write_course, r, &r->fault);

	return err == E_OK ? reply_done(r, MSG_done_saved, "/admin/schools") : err;
}
