/* One booking: what both sides see, and how it is moved, changed, cancelled, kept. */
#include <inttypes.h>

#include "base/magic.h"
#include "conference.h"
#include "ics.h"
#include "store/audit.h"
#include "store/session.h"
#include "words.h"

struct booking_view {
	const struct booking *b;
	bool family, living, future, may_move, may_pick, may_ack, has_link;
	const char *when, *school_time, *where, *with, *channel, *self;
	const char *pick_path, *office;
	struct tag state;
	struct modes modes;
	struct field_view phone, topic;
	bool open_words, asks_phone;
};

struct move_view {
	const char *now, *zone_line, *action, *back, *problem, *none;
	struct chooser chooser;
};

struct cancel_view {
	const char *text, *action, *back, *wrong, *problem;
	struct field_view reason;
	bool asks_reason;
};

#include "tpl/conference/booking.h"

struct booking_read {
	struct req *r;
	struct booking b;
	struct round round;
	struct slot_view *free;
	unsigned n;
	struct booking_ask ask;
	const char *reason, *audit;
	enum booking_why why;
	bool conflict;
	int64_t lost_at;
	enum err (*fn)(struct db *db, struct booking_read *m);
};

static enum err read_booking(struct db *db, void *arg)
{
	struct booking_read *m = arg;
	struct req *r = m->r;
	bool staff = r->who.door == DOOR_CLASS;
	int64_t round = 0;
	enum err err = booking_load(db, &r->a, r->who.tenant, r->obj[0].id, r->now_ms, &m->b);

	if (err == E_OK)
		err = round_load(db, &r->a, r->who.tenant, m->b.round, &m->round);
	if (err == E_OK)
		err = booking_free(db, &r->a, &m->round, staff ? 0 : m->b.guardian, r->now_ms, &m->free,
				   &m->n);
	if (err == E_OK && m->conflict)
		err = booking_why(db, &m->ask, m->b.id, &m->why);
	if (err == E_OK && m->conflict && m->ask.slot != 0)
		err = round_of_slot(db, r->who.tenant, m->ask.slot, &round, &m->lost_at);
	return err;
}

static struct booking_ask ask_here(struct req *r)
{
	return (struct booking_ask){ .tenant = r->who.tenant, .by = r->who.person,
				     .now_ms = r->now_ms, .staff = r->who.door == DOOR_CLASS,
				     .phone = "", .topic = "", .mode = ROUND_PLACE };
}

/* Until when this reader may still change it. */
static bool in_time(const struct req *r, const struct booking *b)
{
	int64_t notice = r->who.door == DOOR_CLASS ? 0 : b->notice_hours * 3600000LL;

	return b->starts_at - notice > r->now_ms;
}

static bool families_may(const struct req *r, const struct round *v)
{
	return r->who.door == DOOR_CLASS ||
	       (v->state == ROUND_OPEN && v->opens_at <= r->now_ms &&
		(v->closes_at == 0 || r->now_ms < v->closes_at));
}

/* The zone this reader's clock shows: the school's for staff. */
static const char *zone_for(const struct req *r, const struct booking *b)
{
	return r->who.door == DOOR_CLASS ? b->zone : r->zone;
}

/* ---- the page ------------------------------------------------------------- */

static struct tag state_tag(struct req *r, const struct booking *b)
{
	if (b->cancelled && b->by_school)
		return (struct tag){ SIDE_ALERT, loc_str(r->loc, MSG_conference_school_cancelled) };
	if (b->cancelled)
		return (struct tag){ SIDE_NONE, loc_str(r->loc, r->who.door == DOOR_CLASS ?
						MSG_conference_home_cancelled :
						MSG_conference_you_cancelled) };
	return b->ends_at <= r->now_ms ?
	       (struct tag){ SIDE_NONE, loc_str(r->loc, MSG_conference_past) } :
	       (struct tag){ SIDE_BOTH, loc_str(r->loc, MSG_conference_booked) };
}

static const struct field plain_words[] = {
	[BF_PHONE] = { "phone", F_LINE, false, 0, BOOKING_PHONE_MAX, NULL },
	[BF_TOPIC] = { "topic", F_TEXT, false, 0, BOOKING_TOPIC_MAX, NULL },
};
static const struct form_def plain_words_form = { plain_words, ARRAY_LEN(plain_words) };

static void fill_words(struct req *r, const struct booking_read *in, struct booking_view *m)
{
	const struct form_def *def = r->form.def != NULL ? r->form.def : &plain_words_form;

	modes_fill(r, &in->round, in->b.mode, &m->modes);
	m->asks_phone = (in->round.modes & ROUND_PHONE) != 0;
	m->phone = field_of(r, def, BF_PHONE, MSG_conference_phone, MSG_conference_phone_help);
	m->topic = field_of(r, def, BF_TOPIC, MSG_conference_topic, MSG_conference_topic_help);
	m->phone.start = in->b.phone;
	m->topic.start = in->b.topic;
	m->topic.rows = 3;
	m->open_words = r->form.bad > 0;
}

static void fill_booking(struct req *r, const struct booking_read *in, struct booking_view *m)
{
	const struct booking *b = &in->b;
	bool family = r->who.door == DOOR_FAMILY;
	struct msg_arg at = { "when", view_date(r, b->zone, b->starts_at, DATE_DAY_TIME), 0 };
	bool future = b->ends_at > r->now_ms, may = !r->obj[0].read_only;

	*m = (struct booking_view){
		.b = b, .family = family, .living = !b->cancelled, .future = future,
		.may_move = !b->cancelled && in_time(r, b) && in->round.state <= ROUND_LOCKED &&
			    may,
		.may_pick = may && family && b->cancelled && families_may(r, &in->round),
		.may_ack = may && family && b->cancelled && b->by_school && !b->seen,
		.has_link = b->mode == ROUND_VIDEO && !b->cancelled &&
			    str_starts(b->video, "https://"),
		.when = say_span(r, zone_for(r, b), b->starts_at, b->ends_at),
		.where = say_where(r, b),
		.with = family ? b->teacher_name : b->guardian_name,
		.channel = str_eq(b->channel, "phone") ? loc_str(r->loc, MSG_conference_by_phone) :
			   str_eq(b->channel, "paper") ? loc_str(r->loc, MSG_conference_by_paper) : NULL,
		.self = req_path(r, "/conferences/booking/%" PRId64, b->id),
		.pick_path = req_path(r, "/conferences/for/%" PRId64 "/%" PRId64, b->child, b->round),
		.state = state_tag(r, b),
		.office = !family && b->office_first ?
			  loc_str(r->loc, MSG_conference_office_first) : NULL,
	};
	if (family && !str_eq(b->zone, r->zone))
		m->school_time = view_say(r, MSG_conference_school_time, &at, 1);
	if (family)
		fill_words(r, in, m);
}

static enum err draw_booking(struct req *r, struct booking_read *in)
{
	const char *seen_by[2];
	struct booking_view m;
	struct page p;
	struct out o;
	struct msg_arg who = { "who", "", 0 };

	fill_booking(r, in, &m);
	who.text = m.family ? in->b.teacher_name : in->b.child_name;
	p = page_here(r, view_say(r, MSG_conference_with, &who, 1),
		      m.family ? in->b.child_name : in->b.round_title);
	seen_by[0] = in->b.teacher_name;
	seen_by[1] = loc_str(r->loc, m.family ? MSG_conference_your_household :
					 MSG_conference_this_household);
	p.child = in->b.child;
	p.seen_by = seen_by;
	p.n_seen_by = 2;
	p.others = MSG_conference_seen;
	o = out_page(r);
	page_begin(&o, &p);
	view_booking(&o, &m);
	page_end(&o, &p);
	return E_OK;
}

enum err booking_page(struct req *r)
{
	struct booking_read in = { .r = r };
	enum err err = store_read(r->gw->store, read_booking, &in, &r->fault);

	return err == E_OK ? draw_booking(r, &in) : err;
}

/* ---- moving --------------------------------------------------------------- */

static enum err draw_move(struct req *r, struct booking_read *in)
{
	const struct booking *b = &in->b;
	const char *zone = zone_for(r, b);
	struct move_view m = {
		.now = say_span(r, zone, b->starts_at, b->ends_at),
		.zone_line = r->who.door == DOOR_CLASS ? NULL : say_zone(r, b->zone),
		.action = req_path(r, "/conferences/booking/%" PRId64 "/move", b->id),
		.back = req_path(r, "/conferences/booking/%" PRId64, b->id),
		.problem = in->conflict ? why_words(r, in->why) : NULL,
	};
	bool may = !b->cancelled && in_time(r, b) && families_may(r, &in->round);
	struct page p = page_here(r, loc_str(r->loc, MSG_conference_move_title), b->child_name);
	struct out o;

	if (may)
		chooser_fill(r, zone, in->free, in->n, r->form.def != NULL ? r->form.v[BF_SLOT].num : 0,
			     in->conflict && in->why == BOOKING_TAKEN ? in->lost_at : 0, &m.chooser);
	if (m.chooser.n == 0)
		m.none = loc_str(r->loc, may ? MSG_conference_all_taken : MSG_conference_why_too_late);
	o = out_page(r);
	page_begin(&o, &p);
	view_move(&o, &m);
	page_end(&o, &p);
	if (in->conflict)
		reply_conflict(r);
	return E_OK;
}

enum err move_page(struct req *r)
{
	struct booking_read in = { .r = r };
	enum err err = store_read(r->gw->store, read_booking, &in, &r->fault);

	return err == E_OK ? draw_move(r, &in) : err;
}

static enum err write_fn(struct db *db, void *arg)
{
	struct booking_read *m = arg;
	struct req *r = m->r;
	enum err err = m->fn(db, m);

	if (err == E_OK)
		err = audit_by(db, &r->who, r->now_ms, m->audit, r->obj[0].child, r->obj[0].id);
	return err;
}

/* E_CONFLICT: what is known now, read in a closure of its own, for drawing. */
static enum err write_or_reread(struct booking_read *m)
{
	struct req *r = m->r;
	enum err err = store_write(r->gw->store, write_fn, m, &r->fault);
	enum err again;

	if (err != E_CONFLICT)
		return err;
	fault_clear(&r->fault);
	m->conflict = true;
	again = store_read(r->gw->store, read_booking, m, &r->fault);
	return again == E_OK ? E_CONFLICT : again;
}

static enum err do_move(struct db *db, struct booking_read *m)
{
	return booking_move(db, m->r->obj[0].id, &m->ask);
}

enum err move_post(struct req *r)
{
	struct booking_read m = { .r = r, .fn = do_move, .audit = "conference.move",
				  .ask = ask_here(r) };
	enum err err;

	assert(r->obj[0].kind == OBJ_BOOKING);
	m.ask.slot = r->form.v[BF_SLOT].num;
	err = write_or_reread(&m);
	if (err == E_CONFLICT)
		return draw_move(r, &m);
	return err == E_OK ? reply_done(r, MSG_done_conference_moved,
					"/conferences/booking/%" PRId64, r->obj[0].id) : err;
}

/* ---- cancelling ----------------------------------------------------------- */

static const struct field plain_cancel[] = {
	{ "reason", F_LINE, false, 0, ROUND_LINE_MAX, NULL },
};
static const struct form_def plain_cancel_form = { plain_cancel, 1 };

static enum err draw_cancel(struct req *r, struct booking_read *in)
{
	const struct booking *b = &in->b;
	bool staff = r->who.door == DOOR_CLASS;
	struct msg_arg arg[] = { { "who", staff ? b->guardian_name : b->teacher_name, 0 },
				 { "when", say_span(r, zone_for(r, b), b->starts_at, b->ends_at), 0 } };
	const struct form_def *def = r->form.def != NULL ? r->form.def : &plain_cancel_form;
	struct cancel_view m = {
		.text = view_say(r, staff ? MSG_conference_cancel_one : MSG_conference_cancel_own, arg, 2),
		.action = req_path(r, "/conferences/booking/%" PRId64 "/cancel", b->id),
		.back = req_path(r, "/conferences/booking/%" PRId64, b->id),
		.asks_reason = staff,
		.problem = in->conflict ? why_words(r, in->why) : NULL,
		.reason = field_of(r, def, 0, MSG_conference_reason, MSG_conference_reason_help),
	};
	struct page p = page_here(r, loc_str(r->loc, MSG_conference_cancel_title), b->child_name);
	struct out o;

	if (m.problem == NULL && !b->cancelled && !in_time(r, b))
		m.problem = loc_str(r->loc, MSG_conference_why_too_late);
	m.reason.error = loc_str(r->loc, MSG_conference_reason_needed);
	o = out_page(r);
	page_begin(&o, &p);
	view_cancel(&o, &m);
	page_end(&o, &p);
	if (in->conflict)
		reply_conflict(r);
	return E_OK;
}

enum err cancel_page(struct req *r)
{
	struct booking_read in = { .r = r };
	enum err err = store_read(r->gw->store, read_booking, &in, &r->fault);

	return err == E_OK ? draw_cancel(r, &in) : err;
}

static enum err do_cancel(struct db *db, struct booking_read *m)
{
	return booking_cancel(db, m->r->obj[0].id, &m->ask, m->reason);
}

enum err cancel_post(struct req *r)
{
	struct booking_read m = { .r = r, .fn = do_cancel, .audit = "conference.cancel",
				  .ask = ask_here(r), .reason = r->form.v[0].text };
	enum err err;

	assert(r->obj[0].kind == OBJ_BOOKING);
	/* A family need not say why; the school owes a reason. */
	if (m.ask.staff && m.reason[0] == '\0') {
		form_mark(&r->form, 0, FORM_MISSING);
		return cancel_page(r);
	}
	err = write_or_reread(&m);
	if (err == E_CONFLICT && m.b.cancelled)		/* a second tap: it is done already */
		err = E_OK;
	if (err == E_CONFLICT)
		return draw_cancel(r, &m);
	return err == E_OK ? reply_done(r, MSG_done_conference_cancelled, "/conferences") : err;
}

/* ---- words, and having read ----------------------------------------------- */

static enum err do_words(struct db *db, struct booking_read *m)
{
	return booking_words(db, m->r->obj[0].id, &m->ask);
}

enum err words_post(struct req *r)
{
	const struct form_val *f = r->form.v;
	struct booking_read m = { .r = r, .fn = do_words, .audit = "conference.words",
				  .ask = ask_here(r) };
	enum err err;

	assert(r->obj[0].kind == OBJ_BOOKING);
	assert(r->who.door == DOOR_FAMILY);
	m.ask.mode = mode_of_choice(f[BF_MODE].num);
	m.ask.phone = f[BF_PHONE].text;
	m.ask.topic = f[BF_TOPIC].text;
	err = write_or_reread(&m);
	if (err == E_CONFLICT) {
		err = draw_booking(r, &m);
		if (err == E_OK)
			reply_conflict(r);
		return err;
	}
	return err == E_OK ? reply_done(r, MSG_done_saved, "/conferences/booking/%" PRId64,
					r->obj[0].id) : err;
}

static enum err do_seen(struct db *db, struct booking_read *m)
{
	return booking_seen(db, m->ask.tenant, m->r->obj[0].id, m->ask.now_ms);
}

enum err seen_post(struct req *r)
{
	struct booking_read m = { .r = r, .fn = do_seen, .audit = "conference.seen",
				  .ask = ask_here(r) };
	enum err err = store_write(r->gw->store, write_fn, &m, &r->fault);

	return err == E_OK ? reply_done(r, MSG_done_conference_seen, "/conferences") : err;
}

/* ---- into a calendar ------------------------------------------------------ */

enum err booking_ics(struct req *r)
{
	struct booking_read in = { .r = r };
	struct buf b = BUF_INIT(1 << 16);
	const char *host = strstr(r->gw->public_origin, "://");
	struct msg_arg who = { "who", "", 0 };
	enum err err = store_read(r->gw->store, read_booking, &in, &r->fault);

	if (err != E_OK)
		return err;
	/* No child's name: calendars are shared further than we can see. */
	who.text = r->who.door == DOOR_CLASS ? in.b.guardian_name : in.b.teacher_name;
	ics_begin(&b);
	ics_add(&b, &(struct ics_event){
		.id = in.b.id, .host = host != NULL ? host + 3 : r->gw->public_origin,
		.seq = in.b.seq, .stamp_ms = r->now_ms, .created_ms = in.b.created_at,
		.changed_ms = in.b.changed_at, .starts_ms = in.b.starts_at, .ends_ms = in.b.ends_at,
		.summary = view_say(r, MSG_conference_with, &who, 1), .location = say_where(r, &in.b),
		.cancelled = in.b.cancelled });
	ics_end(&b);
	err = reply_body(r, 200, "text/calendar; charset=utf-8", &b, "conference.ics");
	buf_release(&b);
	return err;
}
