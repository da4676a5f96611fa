/* The teacher's list of rounds, and the form that makes or changes one. */
#include <inttypes.h>

#include "base/day.h"
#include "base/magic.h"
#include "conference.h"
#include "gw/conf.h"
#include "gw/plan.h"
#include "store/audit.h"
#include "store/session.h"
#include "words.h"

struct round_card {
	const char *title, *days, *count, *path;
	struct tag state;
};

struct rounds_view {
	struct round_card *v;
	unsigned n;
	const char *new_path;
	struct empty empty;
};

struct round_form_view {
	struct field_view f[RF_N];
	struct form_errors errors;
	const char *action, *back;
	int64_t rev;
	bool first, geometry;		/* a new round; hours and lengths may still change */
	const char *zone_line;
};

#include "tpl/conference/rounds.h"

/* ---- the list ------------------------------------------------------------- */

struct list_read {
	struct req *r;
	struct round *v;
	unsigned n;
};

static enum err read_list(struct db *db, void *arg)
{
	struct list_read *l = arg;
	struct req *r = l->r;

	return round_list(db, &r->a, r->who.tenant, r->who.context, r->who.person, &l->v, &l->n);
}

static struct round_card card_of(struct req *r, const struct round *v)
{
	struct msg_arg count[] = { { "n", NULL, v->booked }, { "all", NULL, v->slots } };
	struct msg_arg days[] = { { "first", view_date(r, v->zone, v->first_at, DATE_DAY), 0 },
				  { "last", view_date(r, v->zone, v->last_at, DATE_DAY), 0 } };
	struct round_card c = { .title = v->title, .state = say_state(r, v->state),
				.path = req_path(r, "/conferences/round/%" PRId64, v->id) };

	if (v->slots == 0)
		return c;
	c.count = view_say(r, MSG_conference_booked_of, count, 2);
	c.days = str_eq(days[0].text, days[1].text) ? days[0].text :
		 view_say(r, MSG_conference_days_from_to, days, 2);
	return c;
}

enum err teacher_list(struct req *r)
{
	struct list_read l = { .r = r };
	struct page p = page_here(r, loc_str(r->loc, MSG_page_conferences), NULL);
	struct rounds_view m = { .new_path = r->who.read_only ? NULL :
						     req_path(r, "/conferences/new") };
	struct out o;
	enum err err = store_read(r->gw->store, read_list, &l, &r->fault);

	if (err != E_OK)
		return err;
	m.v = arena_array(&r->a, l.n, sizeof(*m.v));
	if (m.v == NULL)
		return E_NOMEM;
	for (; m.n < l.n; m.n++)
		m.v[m.n] = card_of(r, &l.v[m.n]);
	m.empty = (struct empty){ .title = loc_str(r->loc, MSG_conference_none_title),
				  .text = loc_str(r->loc, MSG_conference_none_text),
				  .button = { .path = m.new_path, .first = true } };
	if (m.new_path != NULL)
		m.empty.button.text = loc_str(r->loc, MSG_conference_plan);
	o = out_page(r);
	page_begin(&o, &p);
	view_rounds(&o, &m);
	page_end(&o, &p);
	return E_OK;
}

/* ---- the form ------------------------------------------------------------- */

static const struct { enum msg label, help; } words[RF_REV] = {
	[RF_TITLE] = { MSG_conference_f_title, MSG_conference_f_title_help },
	[RF_NOTE] = { MSG_conference_f_note, MSG_conference_f_note_help },
	[RF_LENGTH] = { MSG_conference_f_length, MSG_NONE },
	[RF_GAP] = { MSG_conference_f_gap, MSG_NONE },
	[RF_EVERY] = { MSG_conference_f_every, MSG_conference_f_every_help },
	[RF_PAUSE] = { MSG_conference_f_pause, MSG_NONE },
	[RF_PLACE] = { MSG_conference_f_place, MSG_conference_f_place_help },
	[RF_PHONE] = { MSG_conference_f_phone, MSG_NONE },
	[RF_VIDEO] = { MSG_conference_f_video, MSG_conference_f_video_help },
	[RF_OPENS] = { MSG_conference_f_opens, MSG_conference_f_opens_help },
	[RF_CLOSES] = { MSG_conference_f_closes, MSG_conference_f_closes_help },
	[RF_NOTICE] = { MSG_conference_f_notice, MSG_conference_f_notice_help },
	[RF_DAY] = { MSG_conference_f_day, MSG_NONE },
	[RF_FROM] = { MSG_conference_f_from, MSG_NONE },
	[RF_TO] = { MSG_conference_f_to, MSG_NONE },
	[RF_BREAK_FROM] = { MSG_conference_f_break_from, MSG_conference_f_break_help },
	[RF_BREAK_TO] = { MSG_conference_f_break_to, MSG_NONE },
};

static const char *own_zone(struct req *r)
{
	const char *z = r->s->context_zone;

	return z != NULL && z[0] != '\0' && zone_check(z) == E_OK ? z : r->gw->conf->timezone;
}

static const char *day_of(struct req *r, const char *zone, int64_t ms)
{
	int64_t day;
	int minute;

	if (ms == 0)
		return "";
	zone_from_utc(zone, ms, &day, &minute);
	return day_text(&r->a, day);
}

static void start_num(struct field_view *f, int64_t n)
{
	f->start_num = n;
	f->has_start_num = true;
}

/* What the fields begin with: the round as it is, or what most teachers want. */
static void fill_starts(struct req *r, const struct round *v, struct field_view *f)
{
	f[RF_TITLE].start = v->title;
	f[RF_NOTE].start = v->note;
	start_num(&f[RF_LENGTH], v->length);
	start_num(&f[RF_GAP], v->gap);
	start_num(&f[RF_EVERY], v->pause_every);
	start_num(&f[RF_PAUSE], v->pause);
	f[RF_PLACE].start = v->place;
	start_num(&f[RF_PHONE], (v->modes & ROUND_PHONE) != 0);
	f[RF_VIDEO].start = v->video;
	f[RF_OPENS].start = day_of(r, v->zone, v->opens_at);
	/* the last day on which a family may book: the round ends at the next midnight */
	f[RF_CLOSES].start = day_of(r, v->zone, v->closes_at == 0 ? 0 : v->closes_at - 1);
	start_num(&f[RF_NOTICE], v->notice_hours);
	f[RF_FROM].start = "16:00";
	f[RF_TO].start = "18:00";
}

static enum err draw_form(struct req *r, const struct form_def *def, const struct round *v,
			  enum msg title)
{
	struct round_form_view m = { .first = v->id == 0, .rev = v->rev,
				     .geometry = v->state == ROUND_DRAFT };
	struct msg_arg zone = { "zone", v->zone, 0 };
	struct page p = page_here(r, loc_str(r->loc, title), NULL);
	struct out o;

	for (unsigned i = 0; i < RF_REV; i++)
		m.f[i] = field_of(r, def, i, words[i].label, words[i].help);
	fill_starts(r, v, m.f);
	m.f[RF_NOTE].rows = 3;
	m.errors = (struct form_errors){ m.f, r->form.def == def ? RF_REV : 0 };
	m.zone_line = view_say(r, MSG_conference_zone_line, &zone, 1);
	m.action = m.first ? req_path(r, "/conferences/new") :
		   req_path(r, "/conferences/round/%" PRId64 "/edit", v->id);
	m.back = m.first ? req_path(r, "/conferences") :
		 req_path(r, "/conferences/round/%" PRId64, v->id);
	o = out_page(r);
	page_begin(&o, &p);
	view_round_form(&o, &m);
	page_end(&o, &p);
	return E_OK;
}

enum err round_new_page(struct req *r)
{
	struct round v = { .title = "", .note = "", .place = "", .video = "", .zone = own_zone(r),
			   .length = 15, .gap = 5, .notice_hours = 12, .state = ROUND_DRAFT };

	assert(r->who.door == DOOR_CLASS);
	return draw_form(r, &round_new_form, &v, MSG_conference_plan_title);
}

/* Midnight at the start of a day in the school's zone; 0 when none was typed. */
static int64_t day_start(const struct form_val *v, const char *zone, int more)
{
	return v->present ? zone_to_utc(zone, v->num + more, 0) : 0;
}

static void take_form(const struct form *f, struct round *v)
{
	v->title = f->v[RF_TITLE].text;
	v->note = f->v[RF_NOTE].text;
	v->length = (int)f->v[RF_LENGTH].num;
	v->gap = (int)f->v[RF_GAP].num;
	v->pause_every = (int)f->v[RF_EVERY].num;
	v->pause = (int)f->v[RF_PAUSE].num;
	v->place = f->v[RF_PLACE].text;
	v->video = f->v[RF_VIDEO].text;
	v->modes = (v->place[0] != '\0' ? ROUND_PLACE : 0u) | (v->video[0] != '\0' ? ROUND_VIDEO : 0u) |
		   (f->v[RF_PHONE].num != 0 ? ROUND_PHONE : 0u);
	v->opens_at = day_start(&f->v[RF_OPENS], v->zone, 0);
	v->closes_at = day_start(&f->v[RF_CLOSES], v->zone, 1);
	v->notice_hours = (int)f->v[RF_NOTICE].num;
}

/* What is wrong only together: shown at the field a teacher would change. */
static void check_form(struct form *f, const struct round *v)
{
	if (v->modes == 0)
		form_mark(f, RF_PLACE, FORM_MISSING);
	if (v->opens_at != 0 && v->closes_at != 0 && v->opens_at >= v->closes_at)
		form_mark(f, RF_CLOSES, FORM_CLASH);
	if (v->state == ROUND_DRAFT && v->length == 0)
		form_mark(f, RF_LENGTH, FORM_MISSING);
}

static void check_day(struct form *f, const struct round *v, const struct round_day *d)
{
	struct plan_window w = { d->from, d->to, d->break_from, d->break_to };
	struct plan_rule rule = { v->length, v->gap, v->pause_every, v->pause };
	int start[1];
	unsigned n = 0;

	if (d->from >= d->to)
		form_mark(f, RF_TO, FORM_CLASH);
	else if (f->v[RF_BREAK_FROM].present != f->v[RF_BREAK_TO].present ||
		 plan_slots(&w, &rule, start, 1, &n) == E_INPUT)
		form_mark(f, RF_BREAK_TO, FORM_CLASH);
	else if (n == 0)
		form_mark(f, RF_TO, FORM_CLASH);
}

struct make {
	struct req *r;
	struct round v;
	struct round_day day;
	struct round_act act;
};

static enum err make_fn(struct db *db, void *arg)
{
	struct make *m = arg;
	struct req *r = m->r;
	enum err err = round_create(db, &m->v, r->now_ms, &m->v.id);

	m->act = (struct round_act){ .tenant = r->who.tenant, .round = m->v.id,
				     .who = r->who.person, .now_ms = r->now_ms, .rev = 1 };
	if (err == E_OK)
		err = round_add_day(db, &m->act, &m->day, NULL, 0);
	if (err == E_OK)
		err = audit_by(db, &r->who, r->now_ms, "conference.plan", 0, m->v.id);
	return err;
}

enum err round_new_post(struct req *r)
{
	const struct form_val *f = r->form.v;
	struct make m = { .r = r, .v = { .tenant = r->who.tenant, .context = r->who.context,
					 .teacher = r->who.person, .zone = own_zone(r) } };
	enum err err;

	assert(r->form.def == &round_new_form && r->form.bad == 0);
	assert(r->who.door == DOOR_CLASS);
	take_form(&r->form, &m.v);
	m.day = (struct round_day){ f[RF_DAY].text, (int)f[RF_FROM].num, (int)f[RF_TO].num,
				    (int)f[RF_BREAK_FROM].num, (int)f[RF_BREAK_TO].num };
	check_form(&r->form, &m.v);
	check_day(&r->form, &m.v, &m.day);
	if (r->form.bad > 0)
		return round_new_page(r);
	err = store_write(r->gw->store, make_fn, &m, &r->fault);
	return err == E_OK ? reply_done(r, MSG_done_conference_planned,
					"/conferences/round/%" PRId64, m.v.id) : err;
}

static enum err load_fn(struct db *db, void *arg)
{
	struct make *m = arg;

	return round_load(db, &m->r->a, m->r->who.tenant, m->r->obj[0].id, &m->v);
}

enum err round_edit_page(struct req *r)
{
	struct make m = { .r = r };
	enum err err = store_read(r->gw->store, load_fn, &m, &r->fault);

	return err == E_OK ? draw_form(r, &round_edit_form, &m.v, MSG_conference_edit_title) : err;
}

static enum err edit_fn(struct db *db, void *arg)
{
	struct make *m = arg;
	struct req *r = m->r;
	enum err err = round_edit(db, &m->act, &m->v);

	return err == E_OK ? audit_by(db, &r->who, r->now_ms, "conference.change", 0, m->v.id) : err;
}

enum err round_edit_post(struct req *r)
{
	struct make m = { .r = r };
	enum err err = store_read(r->gw->store, load_fn, &m, &r->fault);

	if (err != E_OK)
		return err;
	take_form(&r->form, &m.v);
	check_form(&r->form, &m.v);
	if (r->form.bad > 0)
		return round_edit_page(r);
	m.act = (struct round_act){ .tenant = r->who.tenant, .round = m.v.id, .who = r->who.person,
				    .now_ms = r->now_ms, .rev = r->form.v[RF_REV].num };
	err = store_write(r->gw->store, edit_fn, &m, &r->fault);
	if (err == E_CONFLICT) {
		fault_clear(&r->fault);
		err = round_edit_page(r);
		if (err == E_OK)
			reply_conflict(r);
		return err;
	}
	return err == E_OK ? reply_done(r, MSG_done_conference_changed,
					"/conferences/round/%" PRId64, m.v.id) : err;
}
