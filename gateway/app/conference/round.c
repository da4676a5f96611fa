/* The teacher's page of one round: preview while a draft, running order after. */
#include <inttypes.h>

#include "base/day.h"
#include "base/magic.h"
#include "conference.h"
#include "words.h"

struct order_row {
	const char *time;
	const char *who, *by, *topic;	/* who NULL: free or blocked */
	const char *where, *path;
	int64_t slot;
	bool free, blocked, busy, office_first, paper;
};

struct order_day {
	const char *title, *ics_path;
	const char *day_text;
	struct order_row *v;
	unsigned n, booked;
};

struct missing_row {
	const char *name, *path;
};

struct round_view {
	const struct round *v;
	struct tag state;
	const char *count, *how, *window, *notice, *zone_line;
	struct order_day *day;
	unsigned n_day;
	unsigned total;			/* times in the preview */
	struct missing_row *missing;
	unsigned n_missing;
	struct field_view f[DF_REV];	/* another day */
	struct form_errors errors;
	bool draft, living, open, too_many;
	const char *self;		/* path of the round */
	const char *changed;		/* somebody was faster */
};

#include "tpl/conference/round.h"

enum err round_read_all(struct db *db, void *arg)
{
	struct round_read *m = arg;
	struct req *r = m->r;
	enum err err = round_load(db, &r->a, r->who.tenant, r->obj[0].id, &m->v);

	if (err == E_OK)
		err = round_days(db, &r->a, r->who.tenant, m->v.id, &m->day, &m->n_day);
	if (err == E_OK && m->v.state != ROUND_DRAFT)
		err = booking_order(db, &r->a, &m->v, r->now_ms, &m->slot, &m->n_slot);
	if (err == E_OK && (m->v.state == ROUND_OPEN || m->v.state == ROUND_LOCKED))
		err = round_not_booked(db, &r->a, &m->v, &m->missing, &m->n_missing);
	return err;
}

/* ---- the page ------------------------------------------------------------- */

static void fill_booking(struct req *r, const struct booking *b, struct order_row *row)
{
	row->who = b->left_class ? loc_str(r->loc, MSG_conference_left_class) : b->child_name;
	if (b->left_class)
		return;
	row->by = b->guardian_name;
	row->topic = b->topic[0] != '\0' ? b->topic : NULL;
	row->where = say_where(r, b);
	row->path = req_path(r, "/conferences/booking/%" PRId64, b->id);
	row->office_first = b->office_first;
	row->paper = !str_eq(b->channel, "self");
}

static struct order_day *day_begin(struct round_view *m, struct req *r, const char *day)
{
	struct order_day *d = m->n_day > 0 ? &m->day[m->n_day - 1] : NULL;

	if (d != NULL && str_eq(d->day_text, day))
		return d;
	assert(m->n_day < ROUND_DAYS_MAX);
	d = &m->day[m->n_day++];
	*d = (struct order_day){
		.day_text = day,
		.ics_path = req_path(r, "/conferences/round/%" PRId64 "/ics?day=%s", m->v->id, day),
		.title = view_day(r, day_read(span_of(day)), DATE_FULL),
	};
	return d;
}

static enum err fill_order(struct req *r, const struct round_read *in, struct round_view *m)
{
	struct order_row *all = arena_array(&r->a, in->n_slot, sizeof(*all));

	if (all == NULL)
		return E_NOMEM;
	for (unsigned i = 0; i < in->n_slot; i++) {
		const struct slot_view *s = &in->slot[i];
		struct order_day *d = day_begin(m, r, s->day);
		struct order_row *row = &all[i];

		if (d->n == 0)
			d->v = row;
		d->n++;
		*row = (struct order_row){
			.time = view_date(r, in->v.zone, s->starts_at, DATE_TIME),
			.slot = s->slot, .blocked = s->blocked, .busy = s->busy,
			.free = s->booking == NULL && !s->blocked && !s->busy && m->living &&
				s->starts_at > r->now_ms,
		};
		if (s->booking != NULL) {
			fill_booking(r, s->booking, row);
			d->booked++;
		}
	}
	return E_OK;
}

static enum err fill_preview(struct req *r, const struct round_read *in, struct round_view *m)
{
	struct round_time *t = NULL;
	struct order_row *all;
	unsigned n = 0;
	enum err err = times_make(&r->a, &in->v, in->day, in->n_day, &t, &n);

	m->too_many = err == E_LIMIT;
	if (err != E_OK && err != E_LIMIT && err != E_INPUT)
		return err;
	all = arena_array(&r->a, n, sizeof(*all));
	if (all == NULL)
		return E_NOMEM;
	for (unsigned i = 0; i < in->n_day; i++)
		day_begin(m, r, in->day[i].day);
	for (unsigned i = 0, d = 0; i < n; i++) {
		while (!str_eq(m->day[d].day_text, t[i].day))
			d++;
		if (m->day[d].n++ == 0)
			m->day[d].v = &all[i];
		all[i].time = view_date(r, in->v.zone, t[i].starts_at, DATE_TIME);
	}
	m->total = n;
	return E_OK;
}

static const char *say_how(struct req *r, const struct round *v)
{
	struct booking b = { .place = v->place, .video = v->video, .phone = "" };
	const char *all = "";

	for (unsigned bit = ROUND_PLACE; bit <= ROUND_VIDEO; bit <<= 1) {
		if ((v->modes & bit) == 0)
			continue;
		b.mode = (enum round_mode)bit;
		all = all[0] == '\0' ? say_where(r, &b) :
		      arena_printf(&r->a, "%s · %s", all, say_where(r, &b));
		if (all == NULL)
			return "";
	}
	return all;
}

static const char *say_window(struct req *r, const struct round *v)
{
	struct msg_arg arg[] = {
		{ "from", v->opens_at ? view_date(r, v->zone, v->opens_at, DATE_DAY) : "", 0 },
		{ "to", v->closes_at ? view_date(r, v->zone, v->closes_at - 1, DATE_DAY) : "", 0 },
	};

	if (v->opens_at != 0 && v->closes_at != 0)
		return view_say(r, MSG_conference_book_between, arg, 2);
	if (v->opens_at != 0)
		return view_say(r, MSG_conference_book_from, arg, 1);
	return v->closes_at != 0 ? view_say(r, MSG_conference_book_until, &arg[1], 1) : NULL;
}

static void fill_missing(struct req *r, const struct round_read *in, struct round_view *m)
{
	m->missing = arena_array(&r->a, in->n_missing, sizeof(*m->missing));
	for (unsigned i = 0; m->missing != NULL && i < in->n_missing; i++)
		m->missing[m->n_missing++] = (struct missing_row){
			in->missing[i].name,
			req_path(r, "/conferences/round/%" PRId64 "/phone?child=%" PRId64, in->v.id,
				 in->missing[i].child) };
}

static void fill_day_form(struct req *r, struct round_view *m)
{
	static const enum msg label[DF_REV] = { MSG_conference_f_day, MSG_conference_f_from,
						MSG_conference_f_to, MSG_conference_f_break_from,
						MSG_conference_f_break_to };
	static const struct field plain[DF_REV] = {
		{ "day", F_DATE, true, 0, 0, NULL },	    { "from", F_TIME, true, 0, 0, NULL },
		{ "to", F_TIME, true, 0, 0, NULL },	    { "break_from", F_TIME, false, 0, 0, NULL },
		{ "break_to", F_TIME, false, 0, 0, NULL },
	};

	for (unsigned i = 0; i < DF_REV; i++)
		m->f[i] = (struct field_view){ .def = &plain[i], .label = loc_str(r->loc, label[i]),
					       .val = r->form.def != NULL ? &r->form.v[i] : NULL };
	m->f[DF_FROM].start = "16:00";
	m->f[DF_TO].start = "18:00";
	m->errors = (struct form_errors){ m->f, r->form.def != NULL ? DF_REV : 0 };
}

static enum err fill_view(struct req *r, const struct round_read *in, struct round_view *m)
{
	const struct round *v = &in->v;
	struct msg_arg count[] = { { "n", NULL, v->booked }, { "all", NULL, v->slots } };
	struct msg_arg notice = { "n", NULL, v->notice_hours };
	struct msg_arg zone = { "zone", v->zone, 0 };

	*m = (struct round_view){
		.v = v, .state = say_state(r, v->state), .how = say_how(r, v),
		.window = say_window(r, v), .zone_line = view_say(r, MSG_conference_zone_line, &zone, 1),
		.count = view_say(r, MSG_conference_booked_of, count, 2),
		.notice = v->notice_hours > 0 ?
			  view_say(r, MSG_conference_notice_line, &notice, 1) : NULL,
		.draft = v->state == ROUND_DRAFT, .open = v->state == ROUND_OPEN,
		.living = v->state == ROUND_OPEN || v->state == ROUND_LOCKED,
		.self = req_path(r, "/conferences/round/%" PRId64, v->id),
		.day = arena_array(&r->a, ROUND_DAYS_MAX, sizeof(*m->day)),
	};
	if (m->day == NULL)
		return E_NOMEM;
	fill_missing(r, in, m);
	fill_day_form(r, m);
	return m->draft ? fill_preview(r, in, m) : fill_order(r, in, m);
}

enum err round_draw(struct req *r, const char *changed)
{
	struct round_read in = { .r = r };
	struct round_view m;
	struct page p;
	struct out o;
	enum err err = store_read(r->gw->store, round_read_all, &in, &r->fault);

	if (err == E_OK)
		err = fill_view(r, &in, &m);
	if (err != E_OK)
		return err;
	m.changed = changed;
	p = page_here(r, in.v.title, in.v.slots > 0 ? m.count : NULL);
	o = out_page(r);
	page_begin(&o, &p);
	view_round(&o, &m);
	page_end(&o, &p);
	if (changed != NULL)
		reply_conflict(r);
	return E_OK;
}

enum err round_page(struct req *r)
{
	assert(r->obj[0].kind == OBJ_ROUND);
	assert(r->who.door == DOOR_CLASS);
	return round_draw(r, NULL);
}
