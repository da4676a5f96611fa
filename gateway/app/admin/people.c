/*
 * People to confirm: logins that look like somebody of the roster, links that
 * wait, parents without a child; prohibitions and staff grants. Names stand here,
 * and each child whose name was shown is in the read audit.
 */
#include <inttypes.h>

#include "admin.h"
#include "base/magic.h"
#include "gw/auth.h"
#include "pages.h"
#include "store/admin.h"
#include "store/admin_people.h"
#include "store/audit.h"
#include "store/grant.h"

#define FIND_LEN 100
#define REASON_MIN 5
#define REASON_MAX 200

struct people {
	struct req *r;
	const char *find, *born_before;
	struct candidate *cand;
	struct office_link *link;
	struct office_person *parent, *rights, *found;
	struct office_prohibition *ban;
	struct staff_grant *grant;
	unsigned n_cand, n_link, n_parent, n_rights, n_found, n_ban, n_grant;
};

static enum err read_waiting(struct db *db, struct people *m)
{
	struct req *r = m->r;
	struct arena *a = &r->a;
	enum err err = people_to_confirm(db, a, &r->who, r->now_ms, &m->cand, &m->n_cand);

	if (err == E_OK)
		err = links_waiting(db, a, &r->who, r->now_ms, &m->link, &m->n_link);
	if (err == E_OK)
		err = parents_waiting(db, a, &r->who, r->now_ms, &m->parent, &m->n_parent);
	if (err == E_OK)
		err = rights_missing(db, a, &r->who, r->now_ms, m->born_before, &m->rights,
				     &m->n_rights);
	return err;
}

static enum err read_people(struct db *db, void *arg)
{
	struct people *m = arg;
	struct req *r = m->r;
	enum err err = E_OK;

	if (m->find[0] != '\0')
		return person_find(db, &r->a, &r->who, r->now_ms, m->find, &m->found, &m->n_found);
	err = read_waiting(db, m);
	if (err == E_OK)
		err = prohibitions(db, &r->a, &r->who, r->now_ms, 0, &m->ban, &m->n_ban);
	if (err == E_OK && (r->who.grants & GRANT_DISTRICT))
		err = grant_list(db, &r->a, r->who.tenant, r->now_ms, &m->grant, &m->n_grant);
	return err;
}

/* ---- drawing ---- */

static enum err draw_candidates(struct req *r, struct out *o, const struct people *m)
{
	struct item *v = items_new(r, m->n_cand);

	if (v == NULL)
		return E_NOMEM;
	for (unsigned i = 0; i < m->n_cand; i++) {
		const struct candidate *c = &m->cand[i];
		const struct msg_arg whom = { "who", view_name(r, c->person_name), 0 };
		const struct msg_arg same = { "value", c->value, 0 };
		struct push *join = &v[i].act[0];

		v[i].what = v[i].name = view_name(r, c->account_name);
		item_line(&v[i], c->platform_name);
		item_line(&v[i], view_say(r, MSG_admin_people_perhaps, &whom, 1));
		item_line(&v[i], view_say(r, str_eq(c->by, "sourcedid") ? MSG_admin_people_same_number :
									  MSG_admin_people_same_login,
					  &same, 1));
		*join = (struct push){ .action = req_path(r, "/admin/people/join"),
				       .button = loc_str(r->loc, MSG_admin_people_join) };
		act_field(join, "account", say_id(r, c->account));
		act_field(join, "person", say_id(r, c->person));
		v[i].n_act = 1;
		saw_child(r, c->child);
	}
	view_items(o, &(struct items){ .title = loc_str(r->loc, MSG_admin_people_confirm),
				       .text = loc_str(r->loc, MSG_admin_people_confirm_text), .v = v,
				       .n = m->n_cand,
				       .none = loc_str(r->loc, MSG_admin_people_confirm_none) });
	return E_OK;
}

static struct push decide(struct req *r, const struct office_link *l, const char *as, enum msg button)
{
	struct push act = { .action = req_path(r, "/admin/people/decide"),
			    .button = loc_str(r->loc, button) };

	act_field(&act, "child", say_id(r, l->child));
	act_field(&act, "guardian", say_id(r, l->guardian));
	act_field(&act, "as", as);
	return act;
}

static enum err draw_links(struct req *r, struct out *o, const struct people *m)
{
	struct item *v = items_new(r, m->n_link);

	if (v == NULL)
		return E_NOMEM;
	for (unsigned i = 0; i < m->n_link; i++) {
		const struct office_link *l = &m->link[i];

		v[i].name = v[i].what = view_name(r, l->guardian_name);
		item_line(&v[i], view_say(r, MSG_admin_people_says,
					  &(struct msg_arg){ "who", view_name(r, l->child_name), 0 }, 1));
		v[i].act[0] = decide(r, l, "confirm", MSG_admin_people_yes);
		v[i].act[1] = decide(r, l, "end", MSG_admin_people_no);
		v[i].n_act = 2;
		saw_child(r, l->child);
	}
	if (m->n_link > 0)
		view_items(o, &(struct items){ .title = loc_str(r->loc, MSG_admin_people_held),
					       .text = loc_str(r->loc, MSG_admin_people_held_text),
					       .v = v, .n = m->n_link });
	return E_OK;
}

static enum err draw_some(struct req *r, struct out *o, const struct office_person *p, unsigned n,
			  struct items list, enum msg link)
{
	struct item *v = items_new(r, n);

	if (v == NULL)
		return E_NOMEM;
	for (unsigned i = 0; i < n; i++) {
		v[i].name = v[i].what = view_name(r, p[i].name);
		item_line(&v[i], loc_str(r->loc, p[i].pupil ? MSG_admin_is_pupil :
						 p[i].staff ? MSG_admin_is_staff :
						 p[i].guardian ? MSG_admin_is_guardian :
								 MSG_admin_is_nobody));
		item_line(&v[i], p[i].sourcedid);
		v[i].path = req_path(r, "/admin/person/%" PRId64, p[i].id);
		v[i].link = loc_str(r->loc, link);
		saw_child(r, p[i].pupil ? p[i].id : 0);
	}
	list.v = v;
	list.n = n;
	if (n > 0 || list.none != NULL)
		view_items(o, &list);
	return E_OK;
}

static enum err draw_bans(struct req *r, struct out *o, const struct people *m)
{
	struct item *v = items_new(r, m->n_ban);

	if (v == NULL)
		return E_NOMEM;
	for (unsigned i = 0; i < m->n_ban; i++) {
		const struct office_prohibition *b = &m->ban[i];

		v[i].name = v[i].what = view_name(r, b->person_name);
		item_line(&v[i], view_say(r, MSG_admin_ban_not,
					  &(struct msg_arg){ "who", view_name(r, b->child_name), 0 }, 1));
		if (b->from_at != 0)
			item_line(&v[i], view_say(r, MSG_admin_ban_from,
						  &(struct msg_arg){ "when", say_when(r, b->from_at), 0 },
						  1));
		if (b->until_at != 0)
			item_line(&v[i], view_say(r, MSG_admin_until,
						  &(struct msg_arg){ "when", say_when(r, b->until_at), 0 },
						  1));
		item_line(&v[i], loc_str(r->loc, str_eq(b->source, "roster") ? MSG_admin_by_roster :
									       MSG_admin_by_office));
		v[i].path = req_path(r, "/admin/people/lift?id=%" PRId64, b->id);
		v[i].link = loc_str(r->loc, MSG_admin_ban_lift);
		saw_child(r, b->child);
	}
	view_items(o, &(struct items){ .title = loc_str(r->loc, MSG_admin_bans),
				       .text = loc_str(r->loc, MSG_admin_bans_text), .v = v,
				       .n = m->n_ban, .none = loc_str(r->loc, MSG_admin_bans_none) });
	return E_OK;
}

static enum msg grant_word(unsigned bits)
{
	switch (bits) {
	case GRANT_DISTRICT:
		return MSG_admin_grant_district;
	case GRANT_LEADER:
		return MSG_admin_grant_leader;
	case GRANT_OFFICE:
		return MSG_admin_grant_office;
	case GRANT_SAFEGUARDING:
		return MSG_admin_grant_safeguarding;
	case GRANT_INTERPRETER:
		return MSG_admin_grant_interpreter;
	default:
		return MSG_admin_grant_teach;
	}
}

static enum err draw_grants(struct req *r, struct out *o, const struct people *m)
{
	struct item *v = items_new(r, m->n_grant);

	if (v == NULL)
		return E_NOMEM;
	for (unsigned i = 0; i < m->n_grant; i++) {
		const struct staff_grant *g = &m->grant[i];

		v[i].name = v[i].what = view_name(r, g->person_name);
		item_line(&v[i], loc_str(r->loc, grant_word(g->bits)));
		if (g->until_at != 0)
			item_line(&v[i], view_say(r, MSG_admin_until,
						  &(struct msg_arg){ "when", say_when(r, g->until_at), 0 },
						  1));
		if (g->person == r->who.person)
			continue;	/* nobody locks themselves out */
		v[i].act[0] = (struct push){ .action = req_path(r, "/admin/people/revoke"),
					     .button = loc_str(r->loc, MSG_admin_grant_revoke) };
		act_field(&v[i].act[0], "id", say_id(r, g->id));
		v[i].n_act = 1;
	}
	view_items(o, &(struct items){ .title = loc_str(r->loc, MSG_admin_grants),
				       .text = loc_str(r->loc, MSG_admin_grants_text), .v = v,
				       .n = m->n_grant });
	return E_OK;
}

static const struct field find_fields[] = {
	{ .name = "find", .type = F_LINE, .max = FIND_LEN },
};
const struct form_def people_query = { find_fields, ARRAY_LEN(find_fields) };

static void draw_search(struct req *r, struct out *o, const char *find)
{
	struct sheet s = { .title = loc_str(r->loc, MSG_admin_find), .get = true, .n = 1,
			   .action = req_path(r, "/admin/people"),
			   .button = loc_str(r->loc, MSG_admin_find_go) };

	s.field[0] = (struct field_view){ .def = &find_fields[0], .start = find, .autocomplete = "off",
					  .label = loc_str(r->loc, MSG_admin_find_label),
					  .help = loc_str(r->loc, MSG_admin_find_help) };
	view_sheet(o, &s);
}

static enum err draw_all(struct req *r, struct out *o, const struct people *m)
{
	const struct items parents = { .title = loc_str(r->loc, MSG_admin_people_parents),
				       .text = loc_str(r->loc, MSG_admin_people_parents_text) };
	const struct items rights = { .title = loc_str(r->loc, MSG_admin_people_rights),
				      .text = loc_str(r->loc, MSG_admin_people_rights_text) };
	enum err err = draw_candidates(r, o, m);

	if (err == E_OK)
		err = draw_links(r, o, m);
	if (err == E_OK)
		err = draw_some(r, o, m->parent, m->n_parent, parents, MSG_admin_people_choose);
	if (err == E_OK)
		err = draw_some(r, o, m->rights, m->n_rights, rights, MSG_admin_person_open);
	if (err == E_OK)
		draw_search(r, o, m->find);
	if (err == E_OK)
		err = draw_bans(r, o, m);
	if (err == E_OK && (r->who.grants & GRANT_DISTRICT))
		err = draw_grants(r, o, m);
	return err;
}

enum err people_page(struct req *r)
{
	bool asked = r->query.def == &people_query && r->query.v[0].present;
	struct people m = { .r = r, .find = asked ? r->query.v[0].text : "" };
	struct page p;
	struct out o;
	int64_t today;
	enum err err;

	assert(r->who.door == DOOR_ADMIN);
	m.born_before = rights_born(r, &today);
	err = r->a.failed ? E_NOMEM : store_read(r->gw->store, read_people, &m, &r->fault);
	if (err != E_OK)
		return err;
	o = admin_begin(r, &p, MSG_admin_people_heading, "/admin/people");
	if (!asked) {
		err = draw_all(r, &o, &m);
	} else {
		const struct items list = { .title = loc_str(r->loc, MSG_admin_found),
					    .none = loc_str(r->loc, MSG_admin_found_none) };

		draw_search(r, &o, m.find);
		err = draw_some(r, &o, m.found, m.n_found, list, MSG_admin_person_open);
	}
	page_end(&o, &p);
	return err;
}

/* ---- acts ---- */

static enum err done(struct req *r, enum err err)
{
	return err == E_OK ? reply_done(r, MSG_done_saved, "/admin/people") : err;
}

enum { F_ACCOUNT, F_PERSON };

static const struct field join_fields[] = {
	[F_ACCOUNT] = { .name = "account", .type = F_ID, .required = true },
	[F_PERSON] = { .name = "person", .type = F_ID, .required = true },
};
const struct form_def join_form = { join_fields, ARRAY_LEN(join_fields) };

static enum err write_join(struct db *db, void *arg)
{
	struct req *r = arg;
	int64_t account = r->form.v[F_ACCOUNT].num;
	enum err err = people_join(db, &r->who, r->now_ms, account, r->form.v[F_PERSON].num);

	return err == E_OK ? audit_by(db, &r->who, r->now_ms, "people.join", 0, account) : err;
}

enum err join_post(struct req *r)
{
	assert(r->form.def == &join_form && r->form.bad == 0);
	assert(r->who.door == DOOR_ADMIN);
	return done(r, store_write(r->gw->store, write_join, r, &r->fault));
}

enum { F_CHILD, F_GUARDIAN, F_AS };

static const char *const as_choices[] = { "confirm", "end", NULL };
static const struct field decide_fields[] = {
	[F_CHILD] = { .name = "child", .type = F_ID, .required = true },
	[F_GUARDIAN] = { .name = "guardian", .type = F_ID, .required = true },
	[F_AS] = { .name = "as", .type = F_CHOICE, .required = true, .choices = as_choices },
};
const struct form_def decide_form = { decide_fields, ARRAY_LEN(decide_fields) };

static enum err write_decision(struct db *db, void *arg)
{
	struct req *r = arg;
	const struct form_val *v = r->form.v;
	bool yes = v[F_AS].num == 0;
	enum err err = link_decide(db, &r->who, r->now_ms, v[F_CHILD].num, v[F_GUARDIAN].num, yes);

	return err == E_OK ? audit_by(db, &r->who, r->now_ms, yes ? "link.confirm" : "link.end",
				      v[F_CHILD].num, v[F_GUARDIAN].num) : err;
}

enum err decide_post(struct req *r)
{
	assert(r->form.def == &decide_form && r->form.bad == 0);
	assert(r->who.door == DOOR_ADMIN);
	return done(r, store_write(r->gw->store, write_decision, r, &r->fault));
}

enum { F_ID_OF, F_REASON };

static const struct field lift_asked[] = {
	[F_ID_OF] = { .name = "id", .type = F_ID, .required = true },
};
static const struct field lift_fields[] = {
	[F_ID_OF] = { .name = "id", .type = F_ID, .required = true },
	[F_REASON] = { .name = "reason", .type = F_LINE, .required = true, .min = REASON_MIN,
		       .max = REASON_MAX },
};
const struct form_def lift_query = { lift_asked, ARRAY_LEN(lift_asked) };
const struct form_def lift_form = { lift_fields, ARRAY_LEN(lift_fields) };

static enum err read_bans(struct db *db, void *arg)
{
	struct people *m = arg;

	return prohibitions(db, &m->r->a, &m->r->who, m->r->now_ms, 0, &m->ban, &m->n_ban);
}

enum err lift_page(struct req *r)
{
	bool posted = r->form.def == &lift_form;
	int64_t id = posted ? r->form.v[F_ID_OF].num : r->query.v[F_ID_OF].num;
	struct people m = { .r = r };
	const struct office_prohibition *b = NULL;
	enum err err = store_read(r->gw->store, read_bans, &m, &r->fault);
	struct sheet s = { .action = req_path(r, "/admin/people/lift"), .n = 2,
			   .text = loc_str(r->loc, MSG_admin_lift_text),
			   .button = loc_str(r->loc, MSG_admin_ban_lift),
			   .back = req_path(r, "/admin/people") };
	struct page p;
	struct out o;

	for (unsigned i = 0; err == E_OK && i < m.n_ban; i++)
		if (m.ban[i].id == id)
			b = &m.ban[i];
	if (err != E_OK || b == NULL)
		return err != E_OK ? err : E_MISSING;
	saw_child(r, b->child);
	s.title = view_say(r, MSG_admin_lift_who,
			   (struct msg_arg[]){ { "who", view_name(r, b->person_name), 0 },
					       { "child", view_name(r, b->child_name), 0 } }, 2);
	s.field[F_ID_OF] = (struct field_view){ .def = &lift_fields[F_ID_OF], .hidden = true,
						.start_num = id, .has_start_num = true, .label = "" };
	s.field[F_REASON] = (struct field_view){ .def = &lift_fields[F_REASON],
						 .val = posted ? &r->form.v[F_REASON] : NULL,
						 .label = loc_str(r->loc, MSG_admin_lift_reason),
						 .help = loc_str(r->loc, MSG_admin_lift_reason_help) };
	o = admin_begin(r, &p, MSG_admin_lift_title, "/admin/people");
	view_sheet(&o, &s);
	page_end(&o, &p);
	return E_OK;
}

static enum err write_lift(struct db *db, void *arg)
{
	struct req *r = arg;
	int64_t child = 0, id = r->form.v[F_ID_OF].num;
	enum err err = prohibition_end(db, &r->who, r->now_ms, id, &child);

	return err == E_OK ? audit_write(db, &(struct audit_event){
					.tenant = r->who.tenant, .now_ms = r->now_ms, .child = child,
					.actor = r->who.person, .door = r->who.door,
					.action = "prohibition.lift", .object = id,
					.note = r->form.v[F_REASON].text }) : err;
}

enum err lift_post(struct req *r)
{
	assert(r->form.def == &lift_form && r->form.bad == 0);
	assert(r->who.door == DOOR_ADMIN);
	return done(r, store_write(r->gw->store, write_lift, r, &r->fault));
}

static const struct field revoke_fields[] = {
	[F_ID_OF] = { .name = "id", .type = F_ID, .required = true },
};
const struct form_def revoke_form = { revoke_fields, ARRAY_LEN(revoke_fields) };

static enum err write_revoke(struct db *db, void *arg)
{
	struct req *r = arg;
	int64_t id = r->form.v[F_ID_OF].num;
	struct staff_grant *v;
	unsigned n;
	enum err err = grant_list(db, &r->a, r->who.tenant, r->now_ms, &v, &n);

	for (unsigned i = 0; err == E_OK && i < n; i++)
		if (v[i].id == id && v[i].person == r->who.person)
			return E_CONFLICT;
	if (err == E_OK)
		err = grant_revoke(db, r->who.tenant, id, r->now_ms);
	return err == E_OK ? audit_by(db, &r->who, r->now_ms, "staff.revoke", 0, id) : err;
}

enum err revoke_post(struct req *r)
{
	assert(r->form.def == &revoke_form && r->form.bad == 0);
	assert(r->who.door == DOOR_ADMIN);
	return done(r, store_write(r->gw->store, write_revoke, r, &r->fault));
}
