/* What other pages ask of agreements: what waits, a card, the export. */
#include <inttypes.h>

#include "agreement_app.h"
#include "base/day.h"
#include "base/vec.h"
#include "gw/view.h"
#include "store/links.h"

#define NEEDS_MAX 20
#define CARD_ROWS 3

struct needs_read {
	struct req *r;
	struct agreement_copy *v;
	unsigned n;
};

static enum err read_class(struct db *db, void *arg)
{
	struct needs_read *m = arg;

	return agreement_of_class(db, &m->r->a, &m->r->who, m->r->now_ms, &m->v, &m->n);
}

static enum err read_family(struct db *db, void *arg)
{
	struct needs_read *m = arg;
	struct req *r = m->r;
	struct family_child *c = NULL;
	unsigned n_child = 0, cap = 0;
	enum err err = family_children(db, &r->a, r->who.tenant, r->who.person, r->now_ms, &c,
				       &n_child);

	m->n = 0;
	for (unsigned i = 0; err == E_OK && i < n_child; i++) {
		if (c[i].read_only)	/* nothing waits for who may only read */
			continue;
		struct access acc = { .kind = OBJ_CHILD, .id = c[i].child, .child = c[i].child,
				      .rel = REL_GUARDIAN, .household = c[i].household };
		struct agreement_by by = { &r->who, &acc, r->now_ms };
		struct agreement_copy *v = NULL;
		unsigned n = 0;

		err = agreement_of_child(db, &r->a, &by, &v, &n);
		for (unsigned k = 0; err == E_OK && k < n; k++) {
			m->v = arena_grow(&r->a, m->v, m->n, &cap, sizeof(*m->v));
			if (m->v == NULL)
				return E_NOMEM;
			m->v[m->n++] = v[k];
		}
	}
	return err;
}

/* What this side has not read of the student's words. */
static bool student_said(struct req *r, const struct agreement_copy *g)
{
	return (r->who.door == DOOR_FAMILY ? g->said_home : g->said_school) > 0;
}

static void need_one(struct req *r, struct need_list *list, const struct agreement_copy *g,
		     enum msg what)
{
	struct msg_arg who = { "who", view_name(r, g->child_name), 0 };

	need_add(r, list, (struct need){
		.child = g->child,
		.child_name = view_name(r, g->child_name),
		.what = view_say(r, what, &who, 1),
		.detail = g->now.w.expectation,
		.path = req_path(r, "/agreement/%" PRId64, g->id),
		.button = what == MSG_agreement_need_review ? MSG_agreement_need_look :
							      MSG_agreement_need_read,
	});
}

enum err agreement_needs(struct req *r, struct need_list *list)
{
	bool family = r->who.door == DOOR_FAMILY;
	struct needs_read m = { .r = r };
	const char *today;
	unsigned told = 0;
	enum err err;

	if (!family && r->who.door != DOOR_CLASS)
		return E_OK;
	today = day_text(&r->a, agreement_today(r));
	if (today == NULL)
		return E_NOMEM;
	err = store_read(r->gw->store, family ? read_family : read_class, &m, &r->fault);
	for (unsigned i = 0; err == E_OK && i < m.n && told < NEEDS_MAX; i++) {
		const struct agreement_copy *g = &m.v[i];
		enum msg what = agreement_waits(g, agreement_me(r)) ? MSG_agreement_need_yours :
				student_said(r, g) && !r->who.read_only ? MSG_agreement_need_said :
				agreement_review_due(g, today) ? MSG_agreement_need_review : MSG_NONE;

		if (what == MSG_NONE)
			continue;
		need_one(r, list, g, what);
		told++;
	}
	return err;
}

/* ---- a card on the child's page ------------------------------------------- */

struct card_view {
	struct agreement_row v[CARD_ROWS];
	unsigned n;
	const char *all, *make;
};

#include "tpl/agreement/card.h"

struct card_read {
	struct req *r;
	const struct access *acc;
	struct agreement_copy *v;
	unsigned n;
	struct agreement_homes_read homes;
};

static enum err read_card(struct db *db, void *arg)
{
	struct card_read *m = arg;
	struct agreement_by by = { &m->r->who, m->acc, m->r->now_ms };
	enum err err = agreement_homes_here(db, m->r, m->acc->child, &m->homes);

	return err != E_OK ? err : agreement_of_child(db, &m->r->a, &by, &m->v, &m->n);
}

enum err agreement_card(struct req *r, const struct access *child, struct out *o)
{
	struct card_read in = { .r = r, .acc = child };
	struct card_view m = { .n = 0 };
	enum err err;

	if (child->rel != REL_TEACHES && child->rel != REL_GUARDIAN && child->rel != REL_SELF)
		return E_OK;
	err = store_read(r->gw->store, read_card, &in, &r->fault);
	if (err != E_OK || (child->rel == REL_SELF && in.n == 0))
		return err;
	for (unsigned i = 0; i < in.n && m.n < CARD_ROWS; i++)
		if (in.v[i].state != AGREEMENT_ENDED)
			agreement_row_fill(r, &in.v[i], agreement_with(r, &in.v[i], &in.homes),
					   &m.v[m.n++]);
	if (in.n > 0)
		m.all = req_path(r, "/child/%" PRId64 "/agreements", child->child);
	if (!child->read_only && child->rel != REL_SELF)
		m.make = req_path(r, "/child/%" PRId64 "/agreements/new", child->child);
	view_card(o, &m);
	return E_OK;
}
