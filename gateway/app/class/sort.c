/*
 * Sort people: on Moodle a Learner may be a pupil or a parent, and only the
 * teacher knows. Until sorted, a person is in no list and sees no child.
 */
#include <inttypes.h>

#include "base/magic.h"
#include "class.h"
#include "gw/pieces.h"
#include "gw/view.h"
#include "store/audit.h"
#include "store/roll.h"

struct sort_page {
	struct req *r;
	const char *action;
	struct roll_person *v;
	unsigned n;
};

#include "tpl/class/sort.h"

static enum err read_people(struct db *db, void *arg)
{
	struct sort_page *m = arg;

	if (m->r->who.held || m->r->who.context == 0) {
		m->n = 0;
		return E_OK;
	}
	return roll_unsorted(db, &m->r->a, m->r->who.tenant, m->r->who.context, &m->v, &m->n);
}

enum err class_sort_page(struct req *r)
{
	struct sort_page m = { .r = r, .action = req_path(r, "/sort") };
	struct page p = { .title = loc_str(r->loc, MSG_class_sort_title), .room = "class",
			  .active = "/more" };
	enum err err = store_read(r->gw->store, read_people, &m, &r->fault);
	struct out o;

	if (err != E_OK)
		return err;
	for (unsigned i = 0; i < m.n; i++)
		m.v[i].name = view_name(r, m.v[i].name);
	o = out_page(r);
	page_begin(&o, &p);
	view_sort(&o, &m);
	page_end(&o, &p);
	return E_OK;
}

enum { F_ACCOUNT, F_AS };

static const char *const as_choices[] = { "pupil", "parent", "none", NULL };
static const struct field sort_fields[] = {
	[F_ACCOUNT] = { .name = "account", .type = F_ID, .required = true },
	[F_AS] = { .name = "as", .type = F_CHOICE, .required = true, .choices = as_choices },
};
const struct form_def class_sort_form = { sort_fields, ARRAY_LEN(sort_fields) };

static enum err write_sort(struct db *db, void *arg)
{
	struct req *r = arg;
	const char *as = as_choices[r->form.v[F_AS].num];
	enum err err = roll_sort(db, r->who.tenant, r->who.context, r->form.v[F_ACCOUNT].num,
				 str_eq(as, "none") ? "" : as, r->now_ms);

	if (err == E_OK)
		err = audit_by(db, &r->who, r->now_ms, "people.sort", 0,
			       r->form.v[F_ACCOUNT].num);
	return err;
}

enum err class_sort(struct req *r)
{
	enum err err;

	assert(r->form.def == &class_sort_form && r->form.bad == 0);
	assert(r->who.door == DOOR_CLASS);
	if (r->who.held || r->who.context == 0)
		return E_MISSING;
	err = store_write(r->gw->store, write_sort, r, &r->fault);
	return err == E_OK ? reply_done(r, MSG_done_sorted, "/sort") : err;
}

enum err class_needs(struct req *r, struct need_list *list)
{
	struct sort_page m = { .r = r };
	unsigned wait = 0;
	enum err err;

	if (r->who.door != DOOR_CLASS)
		return E_OK;
	err = store_read(r->gw->store, read_people, &m, &r->fault);
	if (err != E_OK)
		return err;
	for (unsigned i = 0; i < m.n; i++)
		wait += m.v[i].sorted[0] == '\0';
	if (wait > 0)
		need_add(r, list, (struct need){
			.what = view_say(r, MSG_class_need_sort, &(struct msg_arg){ "n", NULL, wait }, 1),
			.detail = loc_str(r->loc, MSG_class_need_sort_why),
			.path = req_path(r, "/sort"), .button = MSG_class_need_sort_button });
	return E_OK;
}
