/* The teacher books for a family that called or sent a paper slip. */
#include <inttypes.h>

#include "base/magic.h"
#include "conference.h"
#include "store/audit.h"
#include "store/people.h"
#include "words.h"

struct phone_view {
	const char *child_name, *action, *back, *problem, *none, *guardian_wrong;
	int64_t child;
	struct round_child *pupil;	/* first step: whose family? */
	unsigned n_pupil;
	const char **pupil_path;
	struct round_child *kin;
	unsigned n_kin;
	int64_t guardian;		/* chosen */
	bool paper;
	struct chooser chooser;
	struct modes modes;
	struct field_view phone, topic;
	bool asks_phone;
};

#include "tpl/conference/phone.h"

struct phone_read {
	struct req *r;
	struct round v;
	int64_t child;
	const char *name;
	struct round_child *pupil, *kin;
	unsigned n_pupil, n_kin;
	struct slot_view *free;
	unsigned n;
	struct booking_ask ask;
	enum booking_why why;
	bool conflict, again;
	int64_t lost_at, id;
};

static enum err read_phone(struct db *db, void *arg)
{
	struct phone_read *m = arg;
	struct req *r = m->r;
	struct access acc;
	int64_t round = 0;
	enum err err = round_load(db, &r->a, r->who.tenant, r->obj[0].id, &m->v);

	if (err == E_OK && m->child == 0)
		return round_not_booked(db, &r->a, &m->v, &m->pupil, &m->n_pupil);
	/* A child that came as a value meets the same rule as one in the path. */
	if (err == E_OK)
		err = access_check(db, &r->who, r->now_ms, OBJ_CHILD, m->child, &acc);
	if (err == E_OK)
		err = person_name(db, &r->a, r->who.tenant, m->child, &m->name);
	if (err == E_OK)
		err = round_families(db, &r->a, &m->v, m->child, r->now_ms, &m->kin, &m->n_kin);
	if (err == E_OK)
		err = booking_free(db, &r->a, &m->v, 0, r->now_ms, &m->free, &m->n);
	if (err == E_OK && m->conflict)
		err = booking_why(db, &m->ask, 0, &m->why);
	if (err == E_OK && m->conflict)
		err = round_of_slot(db, r->who.tenant, m->ask.slot, &round, &m->lost_at);
	return err;
}

static const struct field plain[] = {
	[PF_PHONE] = { "phone", F_LINE, false, 0, BOOKING_PHONE_MAX, NULL },
	[PF_TOPIC] = { "topic", F_TEXT, false, 0, BOOKING_TOPIC_MAX, NULL },
};
static const struct form_def plain_form = { plain, ARRAY_LEN(plain) };

static void fill_pupils(struct req *r, const struct phone_read *in, struct phone_view *m)
{
	m->pupil_path = arena_array(&r->a, in->n_pupil, sizeof(*m->pupil_path));
	m->pupil = in->pupil;
	for (unsigned i = 0; m->pupil_path != NULL && i < in->n_pupil; i++) {
		m->pupil_path[i] = req_path(r, "/conferences/round/%" PRId64 "/phone?child=%" PRId64,
					    in->v.id, in->pupil[i].child);
		m->n_pupil++;
	}
	if (m->n_pupil == 0)
		m->none = loc_str(r->loc, MSG_conference_everyone_booked);
}

static const char *problem_of(struct req *r, const struct phone_read *in)
{
	if (!in->conflict)
		return NULL;
	if (in->why == BOOKING_HAVE_ONE)
		return loc_str(r->loc, MSG_conference_why_family_has_one);
	if (in->why == BOOKING_YOU_BUSY)
		return loc_str(r->loc, MSG_conference_why_family_busy);
	return why_words(r, in->why);
}

static void fill_form(struct req *r, const struct phone_read *in, struct phone_view *m)
{
	const struct form *f = &r->form;
	const struct form_def *def = f->def != NULL ? f->def : &plain_form;
	bool typed = f->def != NULL && f->v[PF_MODE].error == FORM_OK;

	m->child_name = in->name;
	m->kin = in->kin;
	m->n_kin = in->n_kin;
	m->guardian = f->def != NULL ? f->v[PF_GUARDIAN].num : in->n_kin == 1 ? in->kin[0].guardian : 0;
	m->paper = f->def != NULL && f->v[PF_CHANNEL].num == 1;
	m->guardian_wrong = f->def != NULL && f->v[PF_GUARDIAN].error != FORM_OK ?
			    loc_str(r->loc, MSG_conference_choose_guardian) : NULL;
	m->problem = problem_of(r, in);
	chooser_fill(r, in->v.zone, in->free, in->n, f->def != NULL ? f->v[PF_SLOT].num : 0,
		     in->conflict && in->why == BOOKING_TAKEN ? in->lost_at : 0, &m->chooser);
	modes_fill(r, &in->v, typed ? mode_of_choice(f->v[PF_MODE].num) : (enum round_mode)0,
		   &m->modes);
	m->asks_phone = (in->v.modes & ROUND_PHONE) != 0;
	m->phone = field_of(r, def, PF_PHONE, MSG_conference_phone, MSG_NONE);
	m->topic = field_of(r, def, PF_TOPIC, MSG_conference_topic_for, MSG_NONE);
	m->topic.rows = 3;
	if (in->n_kin == 0)
		m->none = loc_str(r->loc, MSG_conference_no_guardian);
	else if (m->chooser.n == 0)
		m->none = loc_str(r->loc, MSG_conference_all_taken);
}

static enum err draw_phone(struct req *r, const struct phone_read *in)
{
	struct phone_view m = {
		.child = in->child,
		.action = req_path(r, "/conferences/round/%" PRId64 "/phone", in->v.id),
		.back = req_path(r, "/conferences/round/%" PRId64, in->v.id),
	};
	struct page p = page_here(r, loc_str(r->loc, MSG_conference_phone_title), in->v.title);
	struct out o;

	if (in->child == 0)
		fill_pupils(r, in, &m);
	else
		fill_form(r, in, &m);
	o = out_page(r);
	page_begin(&o, &p);
	view_phone(&o, &m);
	page_end(&o, &p);
	if (in->conflict)
		reply_conflict(r);
	return E_OK;
}

enum err phone_page(struct req *r)
{
	struct phone_read in = { .r = r };
	enum err err;

	assert(r->obj[0].kind == OBJ_ROUND);
	assert(r->who.door == DOOR_CLASS);
	if (r->form.def != NULL)
		in.child = r->form.v[PF_CHILD].num;
	else if (r->query.def != NULL)
		in.child = r->query.v[0].num;
	err = store_read(r->gw->store, read_phone, &in, &r->fault);
	return err == E_OK ? draw_phone(r, &in) : err;
}

/* The guardian must be one of those the object policy lets in for this child. */
static enum err phone_fn(struct db *db, void *arg)
{
	struct phone_read *m = arg;
	struct req *r = m->r;
	struct access acc;
	enum err err = access_check(db, &r->who, r->now_ms, OBJ_CHILD, m->child, &acc);

	if (err == E_OK)
		err = round_load(db, &r->a, r->who.tenant, r->obj[0].id, &m->v);
	if (err == E_OK)
		err = round_families(db, &r->a, &m->v, m->child, r->now_ms, &m->kin, &m->n_kin);
	m->ask.household = 0;
	for (unsigned i = 0; err == E_OK && i < m->n_kin; i++)
		if (m->kin[i].guardian == m->ask.guardian)
			m->ask.household = m->kin[i].household;
	if (err == E_OK && m->ask.household == 0)
		return E_MISSING;
	if (err == E_OK)
		err = booking_make(db, &m->ask, &m->id, &m->again);
	if (err == E_OK && !m->again)
		err = audit_by(db, &r->who, r->now_ms, "conference.book_for", m->child, m->id);
	return err;
}

enum err phone_post(struct req *r)
{
	const struct form_val *f = r->form.v;
	struct phone_read m = { .r = r, .child = f[PF_CHILD].num };
	enum err err;

	assert(r->obj[0].kind == OBJ_ROUND);
	assert(r->who.door == DOOR_CLASS);
	m.ask = (struct booking_ask){
		.tenant = r->who.tenant, .round = r->obj[0].id, .slot = f[PF_SLOT].num,
		.child = m.child, .guardian = f[PF_GUARDIAN].num, .by = r->who.person,
		.now_ms = r->now_ms, .staff = true, .mode = mode_of_choice(f[PF_MODE].num),
		.channel = f[PF_CHANNEL].num == 1 ? "paper" : "phone",
		.phone = f[PF_PHONE].text, .topic = f[PF_TOPIC].text };
	err = store_write(r->gw->store, phone_fn, &m, &r->fault);
	if (err == E_OK)
		return reply_done(r, MSG_done_conference_booked_for, "/conferences/round/%" PRId64,
				  r->obj[0].id);
	if (err == E_INPUT) {
		form_mark(&r->form, PF_MODE, FORM_NOT_A_CHOICE);
		return phone_page(r);
	}
	if (err != E_CONFLICT)
		return err;
	fault_clear(&r->fault);
	m.conflict = true;
	err = store_read(r->gw->store, read_phone, &m, &r->fault);
	return err == E_OK ? draw_phone(r, &m) : err;
}
