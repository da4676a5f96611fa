/* All agreements about one child that this reader may know. */
#include <inttypes.h>

#include "agreement_app.h"
#include "base/vec.h"
#include "gw/view.h"
#include "store/people.h"

struct list_view {
	const struct agreement_row *v;
	unsigned n;
	const char *make;		/* NULL: may not */
	struct empty empty;
};

#include "tpl/agreement/list.h"

struct list_read {
	struct req *r;
	const char *name;
	struct agreement_copy *v;
	unsigned n;
	struct agreement_homes_read homes;
};

static enum err read_list(struct db *db, void *arg)
{
	struct list_read *m = arg;
	struct agreement_by by = agreement_by_here(m->r);
	enum err err = person_name(db, &m->r->a, m->r->who.tenant, m->r->obj[0].child, &m->name);

	if (err == E_OK)
		err = agreement_homes_here(db, m->r, m->r->obj[0].child, &m->homes);
	return err == E_OK ? agreement_of_child(db, &m->r->a, &by, &m->v, &m->n) : err;
}

static enum err fill_list(struct req *r, const struct list_read *in, struct list_view *m)
{
	struct agreement_row *row = arena_array(&r->a, (size_t)in->n + 1, sizeof(*row));
	bool may = !r->obj[0].read_only && r->who.door != DOOR_STUDENT;

	if (row == NULL)
		return E_NOMEM;
	for (unsigned i = 0; i < in->n; i++)
		agreement_row_fill(r, &in->v[i], agreement_with(r, &in->v[i], &in->homes), &row[i]);
	*m = (struct list_view){
		.v = row,
		.n = in->n,
		.make = may ? req_path(r, "/child/%" PRId64 "/agreements/new", r->obj[0].child) : NULL,
		.empty = { .title = loc_str(r->loc, MSG_agreement_none),
			   .text = loc_str(r->loc, MSG_agreement_none_text) },
	};
	return E_OK;
}

enum err agreement_list(struct req *r)
{
	struct list_read in = { .r = r };
	struct list_view m = { .n = 0 };
	struct msg_arg who = { "who", NULL, 0 };
	struct page p;
	struct out o;
	enum err err = store_read(r->gw->store, read_list, &in, &r->fault);

	if (err == E_OK)
		err = fill_list(r, &in, &m);
	if (err != E_OK)
		return err;
	who.text = view_name(r, in.name);
	p = agreement_page_of(r, view_say(r, MSG_agreement_title_child, &who, 1), NULL,
			      r->obj[0].child);
	p.seen = loc_str(r->loc, r->who.door == DOOR_CLASS ? MSG_agreement_seen_list_school :
							     MSG_agreement_seen_list_home);
	o = out_page(r);
	page_begin(&o, &p);
	view_list(&o, &m);
	page_end(&o, &p);
	return E_OK;
}
