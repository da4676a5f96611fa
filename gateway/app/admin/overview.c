/* The office's first page: what waits, then the district in numbers. No names. */
#include <inttypes.h>

#include "admin.h"
#include "base/magic.h"
#include "gw/pieces.h"
#include "pages.h"
#include "store/admin.h"
#include "store/audit.h"
#include "store/journal.h"

struct overview {
	struct req *r;
	struct admin_counts c;
	int64_t day_start;
	const char *born_before;
	bool closed;			/* guardians wait for this district's word */
};

static enum err read_counts(struct db *db, void *arg)
{
	struct overview *m = arg;

	enum err err = guardians_closed(db, m->r->who.tenant, &m->closed);

	return err == E_OK ? admin_count(db, m->r->who.tenant, m->r->now_ms, m->day_start,
					 m->born_before, &m->c) : err;
}

static void need_row(struct req *r, struct need_list *list, int64_t n, enum msg what, enum msg why,
		     const char *path, enum msg button)
{
	if (n > 0)
		need_add(r, list, (struct need){
			.what = view_say(r, what, &(struct msg_arg){ "n", NULL, n }, 1),
			.detail = loc_str(r->loc, why), .path = req_path(r, "%s", path),
			.button = button });
}

/* Each row only for those whose page it leads to. */
static void fill_needs(struct req *r, const struct admin_counts *c, struct need_list *list)
{
	if (r->who.grants & GRANT_DISTRICT) {
		need_row(r, list, c->platforms_waiting, MSG_admin_need_platform,
			 MSG_admin_need_platform_why, "/admin/platforms", MSG_admin_need_look);
		need_row(r, list, c->deployments_waiting, MSG_admin_need_deployment,
			 MSG_admin_need_deployment_why, "/admin/platforms", MSG_admin_need_look);
		need_row(r, list, c->courses_unassigned, MSG_admin_need_course,
			 MSG_admin_need_course_why, "/admin/schools", MSG_admin_need_assign);
	}
	if (r->who.grants & (GRANT_DISTRICT | GRANT_OFFICE)) {
		need_row(r, list, c->to_confirm, MSG_admin_need_confirm, MSG_admin_need_confirm_why,
			 "/admin/people", MSG_admin_need_people);
		need_row(r, list, c->links_held, MSG_admin_need_held, MSG_admin_need_held_why,
			 "/admin/people", MSG_admin_need_people);
		need_row(r, list, c->parents_waiting, MSG_admin_need_parent,
			 MSG_admin_need_parent_why, "/admin/people", MSG_admin_need_people);
		need_row(r, list, c->rights_missing, MSG_admin_need_rights,
			 MSG_admin_need_rights_why, "/admin/people", MSG_admin_need_people);
	}
}

static void draw_counts(struct req *r, struct out *o, const struct admin_counts *c)
{
	const struct figure people[] = {
		{ loc_str(r->loc, MSG_admin_count_pupils), c->pupils },
		{ loc_str(r->loc, MSG_admin_count_staff), c->staff },
		{ loc_str(r->loc, MSG_admin_count_guardians), c->guardians },
		{ loc_str(r->loc, MSG_admin_count_unsorted), c->unsorted },
		{ loc_str(r->loc, MSG_admin_count_alone), c->pupils_alone },
	};
	const struct figure links[] = {
		{ loc_str(r->loc, MSG_admin_count_active), c->links_active },
		{ loc_str(r->loc, MSG_admin_count_held), c->links_held },
		{ loc_str(r->loc, MSG_admin_count_expired), c->links_expired },
	};
	const struct figure work[] = {
		{ loc_str(r->loc, MSG_admin_count_courses), c->courses },
		{ loc_str(r->loc, MSG_admin_count_unassigned), c->courses_unassigned },
		{ loc_str(r->loc, MSG_admin_count_launches), c->launches_today },
		{ loc_str(r->loc, MSG_admin_count_refused), c->refused_today },
	};

	view_figures_open(o);
	view_figures(o, &(struct figures){ loc_str(r->loc, MSG_admin_people_title), people,
					   ARRAY_LEN(people) });
	view_figures(o, &(struct figures){ loc_str(r->loc, MSG_admin_links_title), links,
					   ARRAY_LEN(links) });
	view_figures(o, &(struct figures){ loc_str(r->loc, MSG_admin_work_title), work,
					   ARRAY_LEN(work) });
	view_figures_close(o);
}

/* After a restore without its journal (store/journal.h): the district says when. */
static void draw_closed(struct req *r, struct out *o)
{
	struct item it = { .what = loc_str(r->loc, MSG_admin_closed_what) };

	it.tag = (struct tag){ SIDE_ALERT, loc_str(r->loc, MSG_admin_closed_tag) };
	item_line(&it, loc_str(r->loc, MSG_admin_closed_todo));
	if (r->who.grants & GRANT_DISTRICT)
		it.act[it.n_act++] = (struct push){ .action = req_path(r, "/admin/guardians"),
						    .button = loc_str(r->loc, MSG_admin_closed_go) };
	view_items(o, &(struct items){ .title = loc_str(r->loc, MSG_admin_closed_title), .v = &it,
				       .n = 1 });
}

static enum err write_confirm(struct db *db, void *arg)
{
	struct req *r = arg;
	enum err err = guardians_confirm(db, r->who.tenant);

	if (err == E_MISSING)	/* somebody else was first */
		return E_OK;
	return err == E_OK ? audit_by(db, &r->who, r->now_ms, "guardians.confirm", 0, 0) : err;
}

enum err guardians_post(struct req *r)
{
	enum err err = store_write(r->gw->store, write_confirm, r, &r->fault);

	return err == E_OK ? reply_done(r, MSG_done_saved, "/admin") : err;
}

enum err admin_overview(struct req *r)
{
	struct overview m = { .r = r };
	struct need_list needs = { 0 };
	struct items quiet = { .none = loc_str(r->loc, MSG_admin_nothing) };
	struct page p;
	struct out o;
	enum err err;

	assert(r->who.door == DOOR_ADMIN);
	m.born_before = rights_born(r, &m.day_start);
	err = r->a.failed ? E_NOMEM : store_read(r->gw->store, read_counts, &m, &r->fault);
	if (err != E_OK)
		return err;
	fill_needs(r, &m.c, &needs);
	o = admin_begin(r, &p, MSG_admin_title, "/admin");
	if (m.closed)
		draw_closed(r, &o);
	if (needs.n > 0)
		view_waiting(&o, &needs);
	else
		view_items(&o, &quiet);
	if (r->who.grants & GRANT_DISTRICT)
		view_items(&o, &(struct items){ .text = loc_str(r->loc, MSG_admin_refused_more),
						.path = req_path(r, "/admin/refused"),
						.link = loc_str(r->loc, MSG_admin_refused_go) });
	draw_counts(r, &o, &m.c);
	page_end(&o, &p);
	return E_OK;
}
