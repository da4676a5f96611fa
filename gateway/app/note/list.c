/* Lists of notes: the teacher's sheet, a family's, one child's. */
#include <inttypes.h>

#include "base/magic.h"
#include "base/vec.h"
#include "gw/view.h"
#include "note_app.h"
#include "store/links.h"
#include "store/people.h"
#include "store/roll.h"

#define ROWS_A_CHILD 20		/* on the family's page; the child's own has all */

struct child_notes {
	int64_t id;
	const char *name;
	const struct note_row *v;
	unsigned n;
	const char *all, *write;	/* NULL: may not write */
	bool more;
};

struct sheet_view {
	const struct note_row *wait;
	unsigned n_wait;
	struct child_notes *v;
	unsigned n;
	struct empty empty;
	struct tag none;
};

#include "tpl/note/list.h"

static enum err child_links(struct req *r, struct child_notes *c, bool may_write)
{
	assert(c->id > 0);
	c->all = req_path(r, "/child/%" PRId64 "/notes", c->id);
	c->write = may_write ? req_path(r, "/child/%" PRId64 "/notes/new", c->id) : NULL;
	return c->all == NULL ? E_NOMEM : E_OK;
}

/* ---- the teacher's sheet -------------------------------------------------- */

struct class_read {
	struct req *r;
	struct note *v;
	struct roll_child *child;
	unsigned n, n_child;
};

static enum err read_class(struct db *db, void *arg)
{
	struct class_read *m = arg;
	struct req *r = m->r;
	enum err err = roll_class(db, &r->a, &r->who, r->now_ms, &m->child, &m->n_child);

	return err == E_OK ? note_of_class(db, &r->a, &r->who, r->now_ms, &m->v, &m->n) : err;
}

static bool waits(const struct note *n)
{
	return note_due(n) || note_unread(n, NOTE_SCHOOL);
}

/* What waits, oldest first: that family has waited longest. */
static enum err fill_waiting(struct req *r, const struct class_read *in, struct sheet_view *m)
{
	struct note_row *row = arena_array(&r->a, (size_t)in->n + 1, sizeof(*row));

	if (row == NULL)
		return E_NOMEM;
	for (unsigned i = in->n; i > 0; i--)
		if (waits(&in->v[i - 1]))
			note_row_fill(r, &in->v[i - 1], true, &row[m->n_wait++]);
	m->wait = row;
	return E_OK;
}

/* Each pupil with the thread that moved last; the list is in that order already. */
static enum err fill_pupil(struct req *r, const struct class_read *in, unsigned k,
			   struct child_notes *c)
{
	struct note_row *row = arena_array(&r->a, 1, sizeof(*row));

	if (row == NULL)
		return E_NOMEM;
	*c = (struct child_notes){ .id = in->child[k].child, .v = row,
				   .name = view_name(r, in->child[k].name) };
	for (unsigned i = 0; i < in->n && c->n == 0; i++)
		if (in->v[i].child == c->id)
			note_row_fill(r, &in->v[i], false, &row[c->n++]);
	return child_links(r, c, !r->who.read_only);
}

static enum err fill_class(struct req *r, const struct class_read *in, struct sheet_view *m)
{
	enum err err = fill_waiting(r, in, m);

	m->v = arena_array(&r->a, (size_t)in->n_child + 1, sizeof(*m->v));
	if (err == E_OK && m->v == NULL)
		err = E_NOMEM;
	for (unsigned k = 0; err == E_OK && k < in->n_child; k++)
		err = fill_pupil(r, in, k, &m->v[m->n++]);
	m->empty = (struct empty){ .title = loc_str(r->loc, MSG_note_class_empty),
				   .text = loc_str(r->loc, MSG_note_class_empty_text) };
	return err;
}

static enum err class_list(struct req *r)
{
	struct page p = note_page_of(r, loc_str(r->loc, MSG_note_title), NULL, 0);
	struct class_read in = { .r = r };
	struct sheet_view m = { .n = 0 };
	struct out o;
	enum err err = store_read(r->gw->store, read_class, &in, &r->fault);

	if (err == E_OK)
		err = fill_class(r, &in, &m);
	if (err != E_OK)
		return err;
	o = out_page(r);
	page_begin(&o, &p);
	view_class_sheet(&o, &m);
	page_end(&o, &p);
	return E_OK;
}

/* ---- a family's ----------------------------------------------------------- */

struct family_read {
	struct req *r;
	struct family_child *child;
	struct note **v;
	unsigned *n_v, n;
};

static enum err read_family(struct db *db, void *arg)
{
	struct family_read *m = arg;
	struct req *r = m->r;
	enum err err = family_children(db, &r->a, r->who.tenant, r->who.person, r->now_ms, &m->child,
				       &m->n);

	m->v = arena_array(&r->a, (size_t)m->n + 1, sizeof(struct note *));
	m->n_v = arena_array(&r->a, (size_t)m->n + 1, sizeof(*m->n_v));
	if (m->v == NULL || m->n_v == NULL)
		return E_NOMEM;
	for (unsigned i = 0; err == E_OK && i < m->n; i++) {
		struct access acc = { .kind = OBJ_CHILD, .id = m->child[i].child,
				      .child = m->child[i].child, .rel = REL_GUARDIAN,
				      .household = m->child[i].household };
		struct note_by by = { &r->who, &acc, r->now_ms };

		err = note_of_child(db, &r->a, &by, &m->v[i], &m->n_v[i]);
	}
	return err;
}

static enum err rows_of(struct req *r, const struct note *v, unsigned n, unsigned max,
			struct child_notes *c)
{
	struct note_row *row = arena_array(&r->a, (size_t)n + 1, sizeof(*row));

	if (row == NULL)
		return E_NOMEM;
	c->more = n > max;
	for (unsigned i = 0; i < n && i < max; i++)
		note_row_fill(r, &v[i], false, &row[c->n++]);
	c->v = row;
	return E_OK;
}

static enum err family_list(struct req *r)
{
	struct page p = note_page_of(r, loc_str(r->loc, MSG_page_messages),
				     loc_str(r->loc, MSG_note_messages_sub), 0);
	struct family_read in = { .r = r };
	struct sheet_view m = { .n = 0 };
	struct out o;
	enum err err = store_read(r->gw->store, read_family, &in, &r->fault);

	if (err != E_OK)
		return err;
	m.v = arena_array(&r->a, (size_t)in.n + 1, sizeof(*m.v));
	if (m.v == NULL)
		return E_NOMEM;
	for (unsigned i = 0; err == E_OK && i < in.n; i++) {
		struct child_notes *c = &m.v[m.n++];

		*c = (struct child_notes){ .id = in.child[i].child,
					   .name = view_name(r, in.child[i].name) };
		err = rows_of(r, in.v[i], in.n_v[i], ROWS_A_CHILD, c);
		if (err == E_OK)
			err = child_links(r, c, !r->who.read_only && !in.child[i].read_only);
	}
	if (err != E_OK)
		return err;
	m.empty = (struct empty){ .title = loc_str(r->loc, MSG_note_family_empty),
				  .text = loc_str(r->loc, MSG_note_family_empty_text) };
	o = out_page(r);
	page_begin(&o, &p);
	view_family_sheet(&o, &m);
	page_end(&o, &p);
	return E_OK;
}

enum err note_list(struct req *r)
{
	return r->who.door == DOOR_FAMILY ? family_list(r) : class_list(r);
}

/* ---- one child's ---------------------------------------------------------- */

struct child_read {
	struct req *r;
	const char *name;
	struct note *v;
	unsigned n;
};

static enum err read_child(struct db *db, void *arg)
{
	struct child_read *m = arg;
	struct note_by by = note_by_here(m->r);
	enum err err = person_name(db, &m->r->a, m->r->who.tenant, m->r->obj[0].child, &m->name);

	return err == E_OK ? note_of_child(db, &m->r->a, &by, &m->v, &m->n) : err;
}

enum err note_child_list(struct req *r)
{
	struct child_read in = { .r = r };
	struct child_notes m = { .id = r->obj[0].child };
	struct page p;
	struct out o;
	enum err err = store_read(r->gw->store, read_child, &in, &r->fault);

	if (err == E_OK)
		err = rows_of(r, in.v, in.n, NOTE_LIST_MAX, &m);
	if (err == E_OK)
		err = child_links(r, &m, !r->obj[0].read_only);
	if (err != E_OK)
		return err;
	m.name = view_name(r, in.name);
	p = note_page_of(r, view_say(r, MSG_note_title_child, &(struct msg_arg){ "who", m.name, 0 },
				     1), NULL, m.id);
	p.seen = loc_str(r->loc, note_reader(r) == NOTE_HOME ? MSG_note_seen_list_home :
							       MSG_note_seen_list_school);
	o = out_page(r);
	page_begin(&o, &p);
	view_child_sheet(&o, &m);
	page_end(&o, &p);
	return E_OK;
}
