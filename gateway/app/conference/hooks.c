/* What other pages ask of conferences: what waits for this reader, and a child's export. */
#include <inttypes.h>

#include "conference.h"
#include "store/links.h"
#include "words.h"

/* ---- families ------------------------------------------------------------- */

struct waiting {
	struct family_child child;
	struct round round;
	struct booking own;
	bool has_own;
};

#define WAITING_MAX 20

struct needs_read {
	struct req *r;
	struct waiting v[WAITING_MAX];
	unsigned n;
	struct round *round;
	unsigned n_round;
};

static bool bookable(const struct req *r, const struct round *v)
{
	return v->state == ROUND_OPEN && v->opens_at <= r->now_ms &&
	       (v->closes_at == 0 || r->now_ms < v->closes_at);
}

static enum err read_child(struct db *db, struct needs_read *m, const struct family_child *c)
{
	struct req *r = m->r;
	struct round *v = NULL;
	unsigned n = 0;
	enum err err = booking_rounds(db, &r->a, r->who.tenant, c->child, c->household, r->now_ms, &v,
				      &n);

	for (unsigned i = 0; err == E_OK && i < n && m->n < WAITING_MAX; i++) {
		struct waiting *w = &m->v[m->n];

		*w = (struct waiting){ .child = *c, .round = v[i] };
		err = booking_of(db, &r->a, r->who.tenant, v[i].id, c->child, c->household, r->now_ms,
				 &w->own);
		w->has_own = err == E_OK;
		err = err == E_MISSING ? E_OK : err;
		if (w->has_own ? w->own.cancelled && w->own.by_school && !w->own.seen :
				 bookable(r, &v[i]))
			m->n++;
	}
	return err;
}

static enum err read_family(struct db *db, void *arg)
{
	struct needs_read *m = arg;
	struct req *r = m->r;
	struct family_child *c = NULL;
	unsigned n = 0;
	enum err err = family_children(db, &r->a, r->who.tenant, r->who.person, r->now_ms, &c, &n);

	m->n = 0;
	for (unsigned i = 0; err == E_OK && i < n; i++)
		if (!c[i].read_only)	/* else nothing waits for them */
			err = read_child(db, m, &c[i]);
	return err;
}

static void need_family(struct req *r, struct need_list *list, const struct waiting *w)
{
	bool gone = w->has_own;
	struct msg_arg who = { "who", w->round.teacher_name, 0 };
	struct msg_arg why[] = {
		{ "when", gone ? view_date(r, r->zone, w->own.starts_at, DATE_DAY_TIME) : "", 0 },
		{ "reason", gone ? w->own.reason : "", 0 },
	};
	struct msg_arg days[] = { { "first", view_date(r, r->zone, w->round.first_at, DATE_DAY), 0 },
				  { "last", view_date(r, r->zone, w->round.last_at, DATE_DAY), 0 } };

	need_add(r, list, (struct need){
		.child = w->child.child, .child_name = w->child.name,
		.what = view_say(r, gone ? MSG_conference_need_cancelled : MSG_conference_need_book,
				 &who, 1),
		.detail = gone ? view_say(r, MSG_conference_need_cancelled_why, why, 2) :
			  str_eq(days[0].text, days[1].text) ? days[0].text :
			  view_say(r, MSG_conference_days_from_to, days, 2),
		.path = gone ? req_path(r, "/conferences/booking/%" PRId64, w->own.id) :
			req_path(r, "/conferences/for/%" PRId64 "/%" PRId64, w->child.child, w->round.id),
		.button = gone ? MSG_conference_see : MSG_conference_choose_time,
		.due_ms = gone ? w->own.starts_at :
			  w->round.closes_at != 0 ? w->round.closes_at : w->round.first_at,
	});
}

/* ---- teachers ------------------------------------------------------------- */

static enum err read_rounds(struct db *db, void *arg)
{
	struct needs_read *m = arg;
	struct req *r = m->r;

	return round_list(db, &r->a, r->who.tenant, r->who.context, r->who.person, &m->round,
			  &m->n_round);
}

static void need_teacher(struct req *r, struct need_list *list, const struct round *v)
{
	bool draft = v->state == ROUND_DRAFT;
	bool over = (v->state == ROUND_OPEN || v->state == ROUND_LOCKED) && v->last_at <= r->now_ms;

	if (!draft && !over)
		return;
	need_add(r, list, (struct need){
		.what = v->title,
		.detail = loc_str(r->loc, draft ? MSG_conference_need_open : MSG_conference_need_close),
		.path = draft ? req_path(r, "/conferences/round/%" PRId64, v->id) :
			req_path(r, "/conferences/round/%" PRId64 "/end?what=close", v->id),
		.button = draft ? MSG_conference_need_open_button : MSG_conference_close,
	});
}

enum err conference_needs(struct req *r, struct need_list *list)
{
	struct needs_read m = { .r = r };
	enum err err = E_OK;

	if (r->who.door == DOOR_FAMILY)
		err = store_read(r->gw->store, read_family, &m, &r->fault);
	else if (r->who.door == DOOR_CLASS && !r->who.held)
		err = store_read(r->gw->store, read_rounds, &m, &r->fault);
	for (unsigned i = 0; err == E_OK && i < m.n; i++)
		need_family(r, list, &m.v[i]);
	for (unsigned i = 0; err == E_OK && i < m.n_round; i++)
		need_teacher(r, list, &m.round[i]);
	return err;
}
