/* What other pages ask of notes: what waits, a card on the child's page, the export. */
#include <inttypes.h>

#include "base/magic.h"
#include "base/vec.h"
#include "gw/view.h"
#include "note_app.h"
#include "store/links.h"

#define NEEDS_MAX 20

struct needs_read {
	struct req *r;
	struct note *v;
	unsigned n;
};

static enum err read_class(struct db *db, void *arg)
{
	struct needs_read *m = arg;

	return note_of_class(db, &m->r->a, &m->r->who, m->r->now_ms, &m->v, &m->n);
}

/* All that is unread of every child, into one array. */
static enum err read_family(struct db *db, void *arg)
{
	struct needs_read *m = arg;
	struct req *r = m->r;
	struct family_child *c = NULL;
	unsigned n_child = 0;
	enum err err = family_children(db, &r->a, r->who.tenant, r->who.person, r->now_ms, &c,
				       &n_child);

	m->n = 0;
	m->v = arena_array(&r->a, NEEDS_MAX, sizeof(*m->v));
	if (m->v == NULL)
		return E_NOMEM;
	for (unsigned i = 0; err == E_OK && i < n_child; i++) {
		if (c[i].read_only)	/* nothing waits for who may only read */
			continue;
		struct access acc = { .kind = OBJ_CHILD, .id = c[i].child, .child = c[i].child,
				      .rel = REL_GUARDIAN, .household = c[i].household };
		struct note_by by = { &r->who, &acc, r->now_ms };
		struct note *v = NULL;
		unsigned n = 0;

		err = note_of_child(db, &r->a, &by, &v, &n);
		for (unsigned k = 0; err == E_OK && k < n && m->n < NEEDS_MAX; k++)
			if (note_unread(&v[k], NOTE_HOME))
				m->v[m->n++] = v[k];
	}
	return err;
}

/* What was said last. */
static const char *detail_of(struct req *r, const struct note *n)
{
	const char *said = note_said(r, n);

	return said != NULL ? said : note_start(r, n);
}

static void need_school(struct req *r, struct need_list *list, const struct note *n)
{
	bool answer_due = note_asks(n);
	struct msg_arg arg[] = { { "who", view_name(r, n->child_name), 0 },
				 { "when", note_due_day(r, n), 0 } };

	need_add(r, list, (struct need){
		.child = n->child,
		.child_name = view_name(r, n->child_name),
		.what = view_say(r, answer_due ? MSG_note_need_due : MSG_note_need_home, arg,
				 answer_due ? 2 : 1),
		.detail = detail_of(r, n),
		.path = req_path(r, "/note/%" PRId64, n->id),
		.button = answer_due ? MSG_note_need_answer : MSG_note_need_read,
		.due_ms = answer_due ? note_due_at(r, n) : 0,
	});
}

static void need_home(struct req *r, struct need_list *list, const struct note *n)
{
	bool fresh = n->side == NOTE_SCHOOL && n->last_at == n->created_at;
	struct msg_arg who = { "who", view_name(r, n->child_name), 0 };

	need_add(r, list, (struct need){
		.child = n->child,
		.child_name = view_name(r, n->child_name),
		.what = view_say(r, fresh ? MSG_note_need_school : MSG_note_need_answered, &who, 1),
		.detail = detail_of(r, n),
		.path = req_path(r, "/note/%" PRId64, n->id),
		.button = MSG_note_need_read,
	});
}

enum err note_needs(struct req *r, struct need_list *list)
{
	bool family = r->who.door == DOOR_FAMILY;
	struct needs_read m = { .r = r };
	unsigned told = 0;
	enum err err;

	if (!family && r->who.door != DOOR_CLASS)
		return E_OK;
	err = store_read(r->gw->store, family ? read_family : read_class, &m, &r->fault);
	for (unsigned i = m.n; err == E_OK && i > 0 && told < NEEDS_MAX; i--) {
		const struct note *n = &m.v[i - 1];

		if (family)
			need_home(r, list, n);
		else if (note_due(n))
			need_school(r, list, n);
		else
			continue;
		told++;
	}
	return err;
}

/* ---- a card on the child's page ------------------------------------------- */

struct card_view {
	struct note_row row;
	bool any;
	const char *all, *write;
};

#include "tpl/note/card.h"

struct card_read {
	struct req *r;
	const struct access *acc;
	struct note *v;
	unsigned n;
};

static enum err read_card(struct db *db, void *arg)
{
	struct card_read *m = arg;
	struct note_by by = { &m->r->who, m->acc, m->r->now_ms };

	return note_of_child(db, &m->r->a, &by, &m->v, &m->n);
}

enum err note_card(struct req *r, const struct access *child, struct out *o)
{
	struct card_read in = { .r = r, .acc = child };
	struct card_view m = { .any = false };
	enum err err;

	if ((child->rel != REL_TEACHES && child->rel != REL_GUARDIAN) || child->aide)
		return E_OK;
	err = store_read(r->gw->store, read_card, &in, &r->fault);
	if (err != E_OK)
		return err;
	assert(child->child > 0);
	m.any = in.n > 0;
	if (m.any) {
		note_row_fill(r, &in.v[0], false, &m.row);
		m.all = req_path(r, "/child/%" PRId64 "/notes", child->child);
	}
	if (!child->read_only)
		m.write = req_path(r, "/child/%" PRId64 "/notes/new", child->child);
	view_card(o, &m);
	return E_OK;
}
