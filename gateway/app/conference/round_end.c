/*
 * Closing or calling off a round, never without a page that says what happens to
 * whom; and a teacher's day as a calendar file.
 */
#include <inttypes.h>

#include "base/magic.h"
#include "conference.h"
#include "ics.h"
#include "store/audit.h"
#include "words.h"

struct end_view {
	const char *text, *action, *button, *back, *what;
	const char *const *names;
	unsigned n_names;
	int64_t rev, seen;
	bool reason;
	const char *reason_text, *wrong, *changed;
};

#include "tpl/conference/end.h"

static void fill_end(struct req *r, const struct round_read *in, bool close, struct end_view *m)
{
	struct msg_arg n = { "n", NULL, in->v.booked };
	const char **names = arena_array(&r->a, ROUND_SLOTS_MAX, sizeof(*names));

	*m = (struct end_view){
		.text = close ? view_say(r, MSG_conference_close_text, &n, 1) :
			in->v.state == ROUND_DRAFT ? loc_str(r->loc, MSG_conference_discard_text) :
						     view_say(r, MSG_conference_cancel_text, &n, 1),
		.action = req_path(r, "/conferences/round/%" PRId64 "/end", in->v.id),
		.button = loc_str(r->loc, close ? MSG_conference_close :
				  in->v.state == ROUND_DRAFT ? MSG_conference_discard :
							       MSG_conference_cancel_round),
		.back = req_path(r, "/conferences/round/%" PRId64, in->v.id),
		.what = close ? "close" : "cancel",
		.rev = in->v.rev, .seen = in->v.booked,
		.reason = !close && in->v.booked > 0,
		.names = names,
	};
	for (unsigned i = 0; names != NULL && m->reason && i < in->n_slot; i++)
		if (in->slot[i].booking != NULL && !in->slot[i].booking->left_class)
			names[m->n_names++] = in->slot[i].booking->child_name;
}

static enum err draw_end(struct req *r, bool close, const char *changed)
{
	struct round_read in = { .r = r };
	struct end_view m;
	struct page p;
	struct out o;
	enum err err = store_read(r->gw->store, round_read_all, &in, &r->fault);

	if (err != E_OK)
		return err;
	fill_end(r, &in, close, &m);
	m.changed = changed;
	if (r->form.def != NULL) {
		m.reason_text = r->form.v[3].text;
		if (r->form.v[3].error != FORM_OK)
			m.wrong = loc_str(r->loc, MSG_conference_reason_needed);
	}
	p = page_here(r, m.button, in.v.title);
	o = out_page(r);
	page_begin(&o, &p);
	view_end_round(&o, &m);
	page_end(&o, &p);
	if (changed != NULL)
		reply_conflict(r);
	return E_OK;
}

enum err round_end_page(struct req *r)
{
	const struct form_val *what = r->form.def != NULL ? &r->form.v[1] : &r->query.v[0];

	assert(r->obj[0].kind == OBJ_ROUND);
	assert(r->who.door == DOOR_CLASS);
	return draw_end(r, what->num == 0, NULL);
}

struct ending {
	struct req *r;
	struct round_act act;
	bool close;
	int64_t seen;
	const char *reason;
};

static enum err end_fn(struct db *db, void *arg)
{
	struct ending *e = arg;
	struct req *r = e->r;
	enum err err = e->close ? round_turn(db, &e->act, ROUND_CLOSED) :
				  round_cancel(db, &e->act, e->seen, e->reason);

	return err == E_OK ? audit_by(db, &r->who, r->now_ms, e->close ? "conference.close" :
				      "conference.cancel_round", 0, r->obj[0].id) : err;
}

enum err round_end_post(struct req *r)
{
	const struct form_val *f = r->form.v;
	bool close = f[1].num == 0;
	struct ending e = {
		.r = r, .close = close, .seen = f[2].num, .reason = f[3].text,
		.act = { .tenant = r->who.tenant, .round = r->obj[0].id, .who = r->who.person,
			 .now_ms = r->now_ms, .rev = f[0].num },
	};
	enum err err;

	assert(r->obj[0].kind == OBJ_ROUND);
	assert(r->who.door == DOOR_CLASS);
	if (!close && f[2].num > 0 && f[3].text[0] == '\0') {
		form_mark(&r->form, 3, FORM_MISSING);
		return draw_end(r, close, NULL);
	}
	err = store_write(r->gw->store, end_fn, &e, &r->fault);
	if (err == E_CONFLICT) {
		fault_clear(&r->fault);
		return draw_end(r, close, loc_str(r->loc, MSG_conference_round_changed));
	}
	return err == E_OK ? reply_done(r, close ? MSG_done_conference_closed :
					MSG_done_conference_round_cancelled, "/conferences") : err;
}

/* ---- the day as a calendar file ------------------------------------------- */

static const char *initials(struct req *r, const char *name)
{
	char *s = arena_alloc(&r->a, strlen(name) * 2 + 8), *p = s;
	bool start = true;
	size_t k;

	if (s == NULL)
		return "";
	for (size_t i = 0; name[i] != '\0'; i += k) {
		k = utf8_len((const unsigned char *)name + i, strlen(name + i));
		if (k == 0)
			break;
		if (start && name[i] != ' ') {
			memcpy(p, name + i, k);
			p += k;
			*p++ = '.';
		}
		start = name[i] == ' ';
	}
	*p = '\0';
	return s;
}

static const char *host_of(struct req *r)
{
	const char *p = strstr(r->gw->public_origin, "://");

	return p != NULL ? p + 3 : r->gw->public_origin;
}

enum err round_ics(struct req *r)
{
	const char *day = r->query.v[0].present ? r->query.v[0].text : NULL;
	struct round_read in = { .r = r };
	struct buf b = BUF_INIT(1 << 20);
	enum err err = store_read(r->gw->store, round_read_all, &in, &r->fault);

	if (err != E_OK)
		return err;
	ics_begin(&b);
	for (unsigned i = 0; i < in.n_slot; i++) {
		const struct booking *k = in.slot[i].booking;
		struct msg_arg who = { "who", "", 0 };

		if (k == NULL || k->left_class || (day != NULL && !str_eq(day, in.slot[i].day)))
			continue;
		/* calendars travel: initials are enough for the teacher */
		who.text = initials(r, k->child_name);
		ics_add(&b, &(struct ics_event){
			.id = k->id, .host = host_of(r), .seq = k->seq, .stamp_ms = r->now_ms,
			.created_ms = k->created_at, .changed_ms = k->changed_at,
			.starts_ms = k->starts_at, .ends_ms = k->ends_at, .location = say_where(r, k),
			.summary = view_say(r, MSG_conference_ics_teacher, &who, 1) });
	}
	ics_end(&b);
	err = reply_body(r, 200, "text/calendar; charset=utf-8", &b, "conferences.ics");
	buf_release(&b);
	return err;
}
