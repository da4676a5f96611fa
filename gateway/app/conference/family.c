/* What a family sees: its conferences, free times, and the two taps of a booking. */
#include <inttypes.h>

#include "base/magic.h"
#include "conference.h"
#include "store/audit.h"
#include "store/links.h"
#include "store/people.h"
#include "words.h"

struct family_row {
	const char *title, *line, *more;
	struct tag tag;
	const char *path;
	const char *button;
	bool first;
};

struct family_child_view {
	const char *name;
	struct family_row *v;
	unsigned n;
};

struct family_view {
	struct family_child_view *v;
	unsigned n;
	struct empty empty;
	bool some;
};

struct times_view {
	const struct round *v;
	const char *child, *zone_line, *action, *back, *problem;
	struct chooser chooser;
	struct modes modes;
	struct field_view phone, topic;
	bool asks_phone, wrong;
	const char *none;
};

#include "tpl/conference/family.h"

/* ---- the list ------------------------------------------------------------- */

struct offer {
	struct round round;
	struct booking own;
	bool has_own;
};

struct family_read {
	struct req *r;
	struct family_child *child;
	unsigned n;
	struct offer **offer;		/* a list for each child */
	unsigned *n_offer;
};

static enum err read_child(struct db *db, struct family_read *m, unsigned k)
{
	struct req *r = m->r;
	const struct family_child *c = &m->child[k];
	struct round *v = NULL;
	unsigned n = 0;
	enum err err = booking_rounds(db, &r->a, r->who.tenant, c->child, c->household, r->now_ms, &v,
				      &n);

	m->offer[k] = arena_array(&r->a, n, sizeof(**m->offer));
	if (err == E_OK && m->offer[k] == NULL)
		err = E_NOMEM;
	for (unsigned i = 0; err == E_OK && i < n; i++) {
		struct offer *o = &m->offer[k][i];

		o->round = v[i];
		err = booking_of(db, &r->a, r->who.tenant, v[i].id, c->child, c->household, r->now_ms,
				 &o->own);
		o->has_own = err == E_OK;
		err = err == E_MISSING ? E_OK : err;
	}
	m->n_offer[k] = n;
	return err;
}

static enum err read_family(struct db *db, void *arg)
{
	struct family_read *m = arg;
	struct req *r = m->r;
	enum err err = family_children(db, &r->a, r->who.tenant, r->who.person, r->now_ms, &m->child,
				       &m->n);

	m->offer = arena_array(&r->a, m->n, sizeof(*m->offer));
	m->n_offer = arena_array(&r->a, m->n, sizeof(*m->n_offer));
	if (err == E_OK && (m->offer == NULL || m->n_offer == NULL))
		err = E_NOMEM;
	for (unsigned k = 0; err == E_OK && k < m->n; k++)
		err = read_child(db, m, k);
	return err;
}

static bool bookable(const struct req *r, const struct round *v)
{
	return v->state == ROUND_OPEN && v->opens_at <= r->now_ms &&
	       (v->closes_at == 0 || r->now_ms < v->closes_at);
}

static void row_of_booking(struct req *r, const struct offer *o, struct family_row *row)
{
	const struct booking *b = &o->own;
	bool past = b->ends_at <= r->now_ms;

	row->line = say_span(r, r->zone, b->starts_at, b->ends_at);
	row->more = b->cancelled && b->reason[0] != '\0' ? b->reason : say_where(r, b);
	row->path = req_path(r, "/conferences/booking/%" PRId64, b->id);
	row->button = loc_str(r->loc, MSG_conference_see);
	if (b->cancelled)
		row->tag = (struct tag){ SIDE_ALERT, loc_str(r->loc, b->by_school ?
						MSG_conference_school_cancelled :
						MSG_conference_you_cancelled) };
	else
		row->tag = (struct tag){ past ? SIDE_NONE : SIDE_BOTH,
					 loc_str(r->loc, past ? MSG_conference_past :
							 MSG_conference_booked) };
}

static bool row_of(struct req *r, const struct offer *o, const struct family_child *child,
		   struct family_row *row)
{
	struct msg_arg when = { "from", view_date(r, r->zone, o->round.opens_at, DATE_DAY_TIME), 0 };
	struct msg_arg days[] = {
		{ "first", view_date(r, r->zone, o->round.first_at, DATE_DAY), 0 },
		{ "last", view_date(r, r->zone, o->round.last_at, DATE_DAY), 0 },
	};

	*row = (struct family_row){ .title = o->round.teacher_name, .more = o->round.title };
	if (o->has_own)
		row_of_booking(r, o, row);
	if ((!o->has_own || o->own.cancelled) && !child->read_only && bookable(r, &o->round)) {
		row->path = req_path(r, "/conferences/for/%" PRId64 "/%" PRId64, child->child,
				     o->round.id);
		row->button = loc_str(r->loc, MSG_conference_choose_time);
		row->first = true;
	}
	if (o->has_own)
		return true;
	row->line = str_eq(days[0].text, days[1].text) ? days[0].text :
		    view_say(r, MSG_conference_days_from_to, days, 2);
	if (!row->first && o->round.opens_at > r->now_ms)
		row->tag = (struct tag){ SIDE_SCHOOL, view_say(r, MSG_conference_book_from, &when, 1) };
	return row->first || row->tag.text != NULL;
}

static enum err fill_family(struct req *r, const struct family_read *in, struct family_view *m)
{
	m->v = arena_array(&r->a, in->n, sizeof(*m->v));
	if (m->v == NULL)
		return E_NOMEM;
	for (unsigned k = 0; k < in->n; k++) {
		struct family_child_view *c = &m->v[m->n++];

		c->name = in->child[k].name;
		c->v = arena_array(&r->a, in->n_offer[k], sizeof(*c->v));
		if (c->v == NULL)
			return E_NOMEM;
		for (unsigned i = 0; i < in->n_offer[k]; i++)
			c->n += row_of(r, &in->offer[k][i], &in->child[k], &c->v[c->n]);
		m->some |= c->n > 0;
	}
	m->empty = (struct empty){ .title = loc_str(r->loc, MSG_conference_family_none_title),
				   .text = loc_str(r->loc, MSG_conference_family_none_text) };
	return E_OK;
}

enum err family_list(struct req *r)
{
	struct page p = page_here(r, loc_str(r->loc, MSG_page_conferences), NULL);
	struct family_read in = { .r = r };
	struct family_view m = { .n = 0 };
	struct out o;
	enum err err = store_read(r->gw->store, read_family, &in, &r->fault);

	if (err == E_OK)
		err = fill_family(r, &in, &m);
	if (err != E_OK)
		return err;
	o = out_page(r);
	page_begin(&o, &p);
	view_family(&o, &m);
	page_end(&o, &p);
	return E_OK;
}

/* ---- choosing a time ------------------------------------------------------ */

struct times_read {
	struct req *r;
	struct round v;
	struct booking own;
	bool has_own;
	struct slot_view *free;
	unsigned n;
	const char *child;
	struct booking_ask ask;
	enum booking_why why;
	int64_t lost_at;
	bool conflict, again;
	int64_t id;
};

static struct booking_ask ask_here(struct req *r)
{
	return (struct booking_ask){
		.tenant = r->who.tenant, .child = r->obj[0].child, .round = r->obj[1].id,
		.household = r->obj[0].household, .guardian = r->who.person, .by = r->who.person,
		.now_ms = r->now_ms, .channel = "self", .phone = "", .topic = "" };
}

/* What stood in the way, read anew: the closure that met it is rolled back. */
static enum err read_conflict(struct db *db, struct times_read *m)
{
	int64_t round = 0;
	enum err err = booking_why(db, &m->ask, 0, &m->why);

	if (err == E_OK)
		err = round_of_slot(db, m->ask.tenant, m->ask.slot, &round, &m->lost_at);
	return err;
}

static enum err read_times(struct db *db, void *arg)
{
	struct times_read *m = arg;
	struct req *r = m->r;
	struct round *v = NULL;
	unsigned n = 0, i = 0;
	enum err err = booking_rounds(db, &r->a, r->who.tenant, r->obj[0].child, r->obj[0].household,
				      r->now_ms, &v, &n);

	/* The round must be this child's, not only some child's of this guardian. */
	while (err == E_OK && i < n && v[i].id != r->obj[1].id)
		i++;
	if (err == E_OK && i == n)
		return E_MISSING;
	if (err != E_OK)
		return err;
	m->v = v[i];
	err = booking_of(db, &r->a, r->who.tenant, m->v.id, r->obj[0].child, r->obj[0].household,
			 r->now_ms, &m->own);
	m->has_own = err == E_OK && !m->own.cancelled;
	if (err == E_OK || err == E_MISSING)
		err = booking_free(db, &r->a, &m->v, r->who.person, r->now_ms, &m->free, &m->n);
	if (err == E_OK && m->conflict)
		err = read_conflict(db, m);
	if (err == E_OK)
		err = person_name(db, &r->a, r->who.tenant, r->obj[0].child, &m->child);
	return err;
}

static void fill_times(struct req *r, struct times_read *in, struct times_view *m)
{
	const struct form *f = &r->form;
	bool typed = f->def != NULL && f->v[BF_MODE].error == FORM_OK;
	int64_t near_ms = in->conflict && in->why == BOOKING_TAKEN ? in->lost_at : 0;

	*m = (struct times_view){
		.v = &in->v, .child = in->child, .zone_line = say_zone(r, in->v.zone),
		.action = req_path(r, "/conferences/for/%" PRId64 "/%" PRId64 "/book",
				   r->obj[0].child, in->v.id),
		.back = req_path(r, "/conferences"),
		.problem = in->conflict ? why_words(r, in->why) : NULL,
		.asks_phone = (in->v.modes & ROUND_PHONE) != 0,
		.wrong = f->bad > 0,
	};
	if (bookable(r, &in->v))
		chooser_fill(r, r->zone, in->free, in->n,
			     f->def != NULL ? f->v[BF_SLOT].num : 0, near_ms, &m->chooser);
	if (m->chooser.n == 0)
		m->none = loc_str(r->loc, bookable(r, &in->v) ? MSG_conference_all_taken :
						 MSG_conference_why_not_open);
	modes_fill(r, &in->v, typed ? mode_of_choice(f->v[BF_MODE].num) : (enum round_mode)0,
		   &m->modes);
	if (f->def != NULL) {
		m->phone = field_of(r, f->def, BF_PHONE, MSG_conference_phone, MSG_conference_phone_help);
		m->topic = field_of(r, f->def, BF_TOPIC, MSG_conference_topic, MSG_conference_topic_help);
	}
}

static const struct field plain_book[] = {
	[BF_PHONE] = { "phone", F_LINE, false, 0, BOOKING_PHONE_MAX, NULL },
	[BF_TOPIC] = { "topic", F_TEXT, false, 0, BOOKING_TOPIC_MAX, NULL },
};
static const struct form_def plain_book_form = { plain_book, ARRAY_LEN(plain_book) };

static enum err draw_times(struct req *r, struct times_read *in)
{
	struct msg_arg who[] = { { "child", in->child, 0 }, { "teacher", in->v.teacher_name, 0 } };
	struct times_view m;
	struct page p;
	struct out o;

	fill_times(r, in, &m);
	if (r->form.def == NULL) {
		m.phone = field_of(r, &plain_book_form, BF_PHONE, MSG_conference_phone,
				   MSG_conference_phone_help);
		m.topic = field_of(r, &plain_book_form, BF_TOPIC, MSG_conference_topic,
				   MSG_conference_topic_help);
	}
	m.phone.autocomplete = "tel";
	m.topic.rows = 3;
	p = page_here(r, view_say(r, MSG_conference_times_title, who, 2), in->v.title);
	o = out_page(r);
	page_begin(&o, &p);
	view_times(&o, &m);
	page_end(&o, &p);
	if (in->conflict)
		reply_conflict(r);
	return E_OK;
}

enum err times_page(struct req *r)
{
	struct times_read in = { .r = r };
	enum err err = store_read(r->gw->store, read_times, &in, &r->fault);

	if (err != E_OK)
		return err;
	if (in.has_own && r->form.def == NULL)
		return reply_see(r, "/conferences/booking/%" PRId64, in.own.id);
	return draw_times(r, &in);
}

/* ---- booking -------------------------------------------------------------- */

static enum err book_fn(struct db *db, void *arg)
{
	struct times_read *m = arg;
	struct req *r = m->r;
	enum err err = booking_make(db, &m->ask, &m->id, &m->again);

	if (err == E_OK && !m->again)
		err = audit_by(db, &r->who, r->now_ms, "conference.book", m->ask.child, m->id);
	return err;
}

enum err book_post(struct req *r)
{
	const struct form_val *f = r->form.v;
	struct times_read m = { .r = r, .ask = ask_here(r) };
	enum err err;

	assert(r->obj[0].kind == OBJ_CHILD && r->obj[1].kind == OBJ_ROUND);
	assert(r->who.door == DOOR_FAMILY);
	m.ask.slot = f[BF_SLOT].num;
	m.ask.mode = mode_of_choice(f[BF_MODE].num);
	m.ask.phone = f[BF_PHONE].text;
	m.ask.topic = f[BF_TOPIC].text;
	err = store_write(r->gw->store, book_fn, &m, &r->fault);
	if (err == E_CONFLICT) {
		/* A second tap may have met its own first one: asked again, it finds it. */
		fault_clear(&r->fault);
		err = store_write(r->gw->store, book_fn, &m, &r->fault);
	}
	if (err == E_OK)
		return reply_done(r, MSG_done_conference_booked, "/conferences/booking/%" PRId64, m.id);
	if (err == E_INPUT) {
		form_mark(&r->form, BF_MODE, FORM_NOT_A_CHOICE);
		return times_page(r);
	}
	if (err != E_CONFLICT)
		return err;
	fault_clear(&r->fault);
	m.conflict = true;
	err = store_read(r->gw->store, read_times, &m, &r->fault);
	return err == E_OK ? draw_times(r, &m) : err;
}
