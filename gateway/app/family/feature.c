/* A guardian's home: what needs you, first; then every child. */
#include <inttypes.h>

#include "base/magic.h"
#include "gw/pieces.h"
#include "gw/route.h"
#include "gw/view.h"
#include "store/links.h"

struct family_page {
	struct req *r;
	struct family_child *child;
	unsigned n;
	struct need_list needs;
	const char **path;
};

#include "tpl/family/home.h"

static enum err read_children(struct db *db, void *arg)
{
	struct family_page *m = arg;

	return family_children(db, &m->r->a, m->r->who.tenant, m->r->who.person, m->r->now_ms,
			       &m->child, &m->n);
}

static enum err home(struct req *r)
{
	struct family_page m = { .r = r };
	struct page p = { .title = loc_str(r->loc, MSG_family_title), .room = "family",
			  .active = "/home" };
	enum err err = store_read(r->gw->store, read_children, &m, &r->fault);
	struct out o;

	if (err == E_OK)
		err = needs_gather(r, &m.needs);
	m.path = arena_array(&r->a, m.n + 1, sizeof(*m.path));
	if (err == E_OK && m.path == NULL)
		err = E_NOMEM;
	if (err != E_OK)
		return err;
	for (unsigned i = 0; i < m.n; i++) {
		m.path[i] = req_path(r, "/child/%" PRId64, m.child[i].child);
		if (m.child[i].name[0] == '\0')
			m.child[i].name = loc_str(r->loc, MSG_child_no_name);
	}
	o = out_page(r);
	page_begin(&o, &p);
	view_family_home(&o, &m);
	page_end(&o, &p);
	return E_OK;
}

static const struct route routes[] = {
	{ METHOD_GET, "/home", home, POLICY_guardian_page, NULL, NULL, 0, NULL },
	{ 0 },
};

const struct feature family_feature = { .name = "family", .routes = routes };
