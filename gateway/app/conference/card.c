/* The card on a child's page: the conferences to come, and the way to choose one. */
#include <inttypes.h>

#include "base/magic.h"
#include "conference.h"
#include "words.h"

#define CARD_MAX 3

struct card_row {
	const char *who, *when, *where, *path;
};

struct card_view {
	struct card_row v[CARD_MAX];
	unsigned n;
	const char *all_path;
	bool family, ended;
};

#include "tpl/conference/card.h"

struct card_read {
	struct req *r;
	const struct access *child;
	struct booking *v;
	unsigned n;
};

/* A guardian reads the own household's, a teacher those of the own rounds. */
static enum err read_card(struct db *db, void *arg)
{
	struct card_read *m = arg;
	struct req *r = m->r;

	if (m->child->rel == REL_GUARDIAN)
		return booking_of_child(db, &r->a, r->who.tenant, m->child->child, m->child->household,
					r->now_ms, &m->v, &m->n);
	return booking_of_pupil(db, &r->a, r->who.tenant, r->who.context, r->who.person,
				m->child->child, r->now_ms, &m->v, &m->n);
}

static struct card_row row_of(struct req *r, const struct booking *b, bool family)
{
	return (struct card_row){
		.who = family ? b->teacher_name : b->guardian_name,
		.when = say_span(r, family ? r->zone : b->zone, b->starts_at, b->ends_at),
		.where = say_where(r, b),
		.path = req_path(r, "/conferences/booking/%" PRId64, b->id),
	};
}

enum err conference_card(struct req *r, const struct access *child, struct out *o)
{
	struct card_read in = { .r = r, .child = child };
	struct card_view m = { .family = child->rel == REL_GUARDIAN,
			       .ended = child->read_only,
			       .all_path = req_path(r, "/conferences") };
	enum err err;

	if (child->rel != REL_GUARDIAN && child->rel != REL_TEACHES)
		return E_OK;
	assert(child->child > 0);
	err = store_read(r->gw->store, read_card, &in, &r->fault);
	if (err != E_OK)
		return err;
	/* newest first in the list; the next conference comes first here */
	for (unsigned i = in.n; i > 0 && m.n < CARD_MAX; i--)
		if (!in.v[i - 1].cancelled && in.v[i - 1].ends_at > r->now_ms)
			m.v[m.n++] = row_of(r, &in.v[i - 1], m.family);
	view_card(o, &m);
	return E_OK;
}
