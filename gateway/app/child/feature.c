/*
 * A child's page: one card from each feature, for the teacher, the guardian and
 * the child. "Who can see this" names staff and the reader's own household.
 */
#include "gw/pieces.h"
#include "gw/route.h"
#include "gw/view.h"
#include "store/people.h"
#include "store/roll.h"

struct child_page {
	struct req *r;
	const char *name;
	const char **seen_by;
	unsigned n_seen_by;
};

/* Staff first, then the reader's own household; nobody else is ever named. */
static enum err read_seen_by(struct db *db, struct child_page *m)
{
	const struct access *acc = &m->r->obj[0];
	struct arena *a = &m->r->a;
	const char **home = NULL, **all;
	unsigned n_home = 0;
	enum err err = roll_staff_of(db, a, m->r->who.tenant, acc->child, m->r->now_ms,
				     &m->seen_by, &m->n_seen_by);

	if (err != E_OK || acc->rel != REL_GUARDIAN)
		return err;
	err = roll_household(db, a, m->r->who.tenant, acc->child, acc->household, m->r->now_ms, &home,
			     &n_home);
	if (err != E_OK || n_home == 0)
		return err;
	all = arena_array(a, m->n_seen_by + n_home, sizeof(*all));
	if (all == NULL)
		return E_NOMEM;
	if (m->n_seen_by > 0)
		memcpy(all, m->seen_by, m->n_seen_by * sizeof(*all));
	memcpy(all + m->n_seen_by, home, n_home * sizeof(*all));
	m->seen_by = all;
	m->n_seen_by += n_home;
	return E_OK;
}

static enum err read_page(struct db *db, void *arg)
{
	struct child_page *m = arg;
	enum err err = person_name(db, &m->r->a, m->r->who.tenant, m->r->obj[0].child, &m->name);

	return err == E_OK ? read_seen_by(db, m) : err;
}

#include "tpl/child/page.h"

static const char *room_of(const struct req *r)
{
	return r->who.door == DOOR_STUDENT ? "student" : "child";
}

static enum err child_page(struct req *r)
{
	struct child_page m = { .r = r };
	enum err err = store_read(r->gw->store, read_page, &m, &r->fault);
	struct page p;
	struct out o;

	if (err != E_OK)
		return err;
	m.name = view_name(r, m.name);
	p = (struct page){ .title = m.name, .room = room_of(r), .heading = m.name,
			   .child = r->obj[0].child, .seen_by = m.seen_by,
			   .n_seen_by = m.n_seen_by };
	o = out_page(r);
	page_begin(&o, &p);
	view_cards_open(&o);
	for (const struct feature *const *f = all_features; err == E_OK && *f != NULL; f++)
		if ((*f)->child_card != NULL)
			err = (*f)->child_card(r, &r->obj[0], &o);
	view_cards_close(&o);
	page_end(&o, &p);
	return err;
}

static const struct route routes[] = {
	{ METHOD_GET, "/child/:child", child_page, POLICY_child_record, NULL, NULL, 0, NULL },
	{ 0 },
};

const struct feature child_feature = { .name = "child", .routes = routes };
