/* The class at a glance: who is in touch, who waits, who was never reached. */
#include <inttypes.h>

#include "base/magic.h"
#include "class.h"
#include "gw/pieces.h"
#include "gw/session.h"
#include "gw/view.h"
#include "store/roll.h"

struct glance_page {
	struct req *r;
	struct roll_child *v;
	unsigned n;
	struct table table;
	const char *sort;
};

#include "tpl/class/glance.h"

#define COLUMNS 2

static enum err read_class(struct db *db, void *arg)
{
	struct glance_page *m = arg;

	return roll_class(db, &m->r->a, &m->r->who, m->r->now_ms, &m->v, &m->n);
}

static enum err fill_table(struct glance_page *m)
{
	struct req *r = m->r;
	const char **head = arena_array(&r->a, COLUMNS, sizeof(*head));
	struct cell *cell = arena_array(&r->a, (size_t)(m->n + 1) * COLUMNS, sizeof(*cell));

	if (head == NULL || cell == NULL)
		return E_NOMEM;
	head[0] = loc_str(r->loc, MSG_class_col_child);
	head[1] = loc_str(r->loc, MSG_class_col_family);
	for (unsigned i = 0; i < m->n; i++) {
		struct cell *c = &cell[i * COLUMNS];
		const char *name = m->v[i].name;

		c[0].text = name[0] != '\0' ? name : loc_str(r->loc, MSG_child_no_name);
		c[0].path = req_path(r, "/child/%" PRId64, m->v[i].child);
		c[1].text = view_say(r, MSG_class_guardians,
				     &(struct msg_arg){ "n", NULL, m->v[i].guardians }, 1);
	}
	m->table = (struct table){ .caption = loc_str(r->loc, MSG_class_title), .head = head,
				   .cols = COLUMNS, .rows = m->n, .cell = cell, .people = true };
	return E_OK;
}

enum err class_glance(struct req *r)
{
	struct glance_page m = { .r = r, .sort = req_path(r, "/sort") };
	struct page p = { .title = loc_str(r->loc, MSG_class_title), .room = "class",
			  .heading = r->s->context_title, .active = "/class" };
	enum err err = store_read(r->gw->store, read_class, &m, &r->fault);
	struct out o;

	if (err == E_OK)
		err = fill_table(&m);
	if (err != E_OK)
		return err;
	o = out_page(r);
	page_begin(&o, &p);
	view_glance(&o, &m);
	page_end(&o, &p);
	return E_OK;
}
