/* A guardian's home: what needs you, first; then every child. */
#include <inttypes.h>

#include "base/magic.h"
#include "gw/pieces.h"
#include "gw/route.h"
#include "gw/view.h"
#include "store/goal_read.h"
#include "store/journal.h"
#include "store/links.h"

struct family_page {
	struct req *r;
	struct family_child *child;
	unsigned n;
	bool closed;			/* the school looks through its lists first */
	struct need_list needs;
	const char **path, **line;	/* line: what ends, or when rights pass; or NULL */
	const char *name, *given;	/* the reader's own */
};

#include "tpl/family/home.h"

static enum err read_children(struct db *db, void *arg)
{
	struct family_page *m = arg;

	struct req *r = m->r;
	enum err err = family_children(db, &r->a, r->who.tenant, r->who.person, r->now_ms, &m->child,
				       &m->n);

	if (err == E_OK && m->n == 0)
		err = guardians_closed(db, r->who.tenant, &m->closed);
	if (err == E_OK && r->who.person > 0)
		err = goal_child(db, &r->a, r->who.tenant, r->who.person, &m->name, &m->given);
	return err;
}

/* PRODUCT 0.8: family and student are told 60 days before. */
#define TELL_MS (60LL * 24 * 3600 * 1000)

static const char *line_of(struct req *r, const struct family_child *c)
{
	struct msg_arg arg[2] = { { "day", NULL, 0 }, { "who", c->name, 0 } };

	if (c->own)
		return loc_str(r->loc, MSG_family_own);
	if (c->rights_at > 0 && c->rights_at - r->now_ms <= TELL_MS) {
		arg[0].text = view_date(r, r->zone, c->rights_at, DATE_DAY);
		return view_say(r, MSG_family_rights, arg, 2);
	}
	if (!c->read_only)
		return NULL;
	arg[0].text = view_date(r, r->zone, c->until - 1, DATE_DAY);
	return view_say(r, MSG_page_banner_ended, arg, 1);
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
	m.line = arena_array(&r->a, m.n + 1, sizeof(*m.line));
	if (err == E_OK && (m.path == NULL || m.line == NULL))
		err = E_NOMEM;
	if (err != E_OK)
		return err;
	for (unsigned i = 0; i < m.n; i++) {
		m.path[i] = req_path(r, "/child/%" PRId64, m.child[i].child);
		m.child[i].name = view_name(r, m.child[i].name);
		m.line[i] = line_of(r, &m.child[i]);
	}
	if (m.given != NULL && m.given[0] != '\0')
		p.title = view_say(r, MSG_common_hello, &(struct msg_arg){ "who", m.given, 0 }, 1);
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
