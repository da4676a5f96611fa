/*
 * One person as the office sees them: whose child, whose guardian, what stands
 * between whom, tasks. A pupil's page is a record read (policy office_record).
 */
#include <inttypes.h>

#include "admin.h"
#include "base/day.h"
#include "base/magic.h"
#include "pages.h"
#include "gw/conf.h"
#include "store/admin_people.h"
#include "store/audit.h"
#include "store/grant.h"

#define FIND_LEN 100

struct person {
	struct req *r;
	const char *find;
	struct office_person p;
	struct office_link *link;
	struct office_person *found;
	struct office_prohibition *ban;
	unsigned n_link, n_found, n_ban;
};

static enum err read_person(struct db *db, void *arg)
{
	struct person *m = arg;
	struct req *r = m->r;
	struct arena *a = &r->a;
	int64_t id = r->obj[0].id;
	enum err err = person_get(db, a, &r->who, r->now_ms, id, &m->p);

	if (err == E_OK)
		err = links_of(db, a, &r->who, r->now_ms, id, &m->link, &m->n_link);
	if (err == E_OK && m->p.pupil)
		err = prohibitions(db, a, &r->who, r->now_ms, id, &m->ban, &m->n_ban);
	if (err == E_OK && m->find[0] != '\0')
		err = person_find(db, a, &r->who, r->now_ms, m->find, &m->found, &m->n_found);
	return err;
}

static struct push act_on(struct req *r, const char *what, int64_t other, enum msg button)
{
	struct push act = { .action = req_path(r, "/admin/person/%" PRId64 "/%s", r->obj[0].id, what),
			    .button = loc_str(r->loc, button) };

	act_field(&act, "other", say_id(r, other));
	return act;
}

static enum msg source_word(const char *source)
{
	if (str_eq(source, "roster"))
		return MSG_admin_by_roster;
	return str_eq(source, "office") ? MSG_admin_by_office : MSG_admin_by_platform;
}

static enum err draw_links(struct req *r, struct out *o, const struct person *m)
{
	struct item *v = items_new(r, m->n_link);

	if (v == NULL)
		return E_NOMEM;
	for (unsigned i = 0; i < m->n_link; i++) {
		const struct office_link *l = &m->link[i];
		bool child = l->guardian == m->p.id;
		int64_t other = child ? l->child : l->guardian;

		v[i].name = v[i].what = view_name(r, child ? l->child_name : l->guardian_name);
		item_line(&v[i], loc_str(r->loc, child ? MSG_admin_is_child : MSG_admin_is_guardian));
		item_line(&v[i], loc_str(r->loc, source_word(l->source)));
		v[i].tag = l->open ? (struct tag){ SIDE_BOTH, loc_str(r->loc, MSG_admin_link_open) } :
				     (struct tag){ SIDE_NONE, loc_str(r->loc, MSG_admin_link_over) };
		v[i].path = req_path(r, "/admin/person/%" PRId64, other);
		v[i].link = loc_str(r->loc, MSG_admin_person_open);
		if (!str_eq(l->source, "roster"))
			v[i].act[v[i].n_act++] = act_on(r, "unlink", other, MSG_admin_link_end);
		saw_child(r, l->child);
	}
	view_items(o, &(struct items){ .title = loc_str(r->loc, MSG_admin_person_links), .v = v,
				       .n = m->n_link,
				       .none = loc_str(r->loc, MSG_admin_person_links_none) });
	return E_OK;
}

static enum err draw_bans(struct req *r, struct out *o, const struct person *m)
{
	struct item *v = items_new(r, m->n_ban);

	if (v == NULL)
		return E_NOMEM;
	for (unsigned i = 0; i < m->n_ban; i++) {
		v[i].name = v[i].what = view_name(r, m->ban[i].person_name);
		item_line(&v[i], loc_str(r->loc, source_word(m->ban[i].source)));
		v[i].path = req_path(r, "/admin/people/lift?id=%" PRId64, m->ban[i].id);
		v[i].link = loc_str(r->loc, MSG_admin_ban_lift);
	}
	if (m->n_ban > 0)
		view_items(o, &(struct items){ .title = loc_str(r->loc, MSG_admin_person_bans), .v = v,
					       .n = m->n_ban });
	return E_OK;
}

static const struct field find_field = { .name = "find", .type = F_LINE, .max = FIND_LEN };

/* Only pairs of a pupil and somebody else make sense. */
static enum err draw_found(struct req *r, struct out *o, const struct person *m)
{
	struct item *v = items_new(r, m->n_found);

	if (v == NULL)
		return E_NOMEM;
	for (unsigned i = 0; i < m->n_found; i++) {
		const struct office_person *f = &m->found[i];

		v[i].name = v[i].what = view_name(r, f->name);
		item_line(&v[i], f->sourcedid);
		item_line(&v[i], loc_str(r->loc, f->pupil ? MSG_admin_is_pupil :
						 f->guardian ? MSG_admin_is_guardian :
						 f->staff ? MSG_admin_is_staff : MSG_admin_is_nobody));
		saw_child(r, f->pupil ? f->id : 0);
		if (f->pupil == m->p.pupil || f->id == m->p.id)
			continue;
		v[i].act[0] = act_on(r, "link", f->id, m->p.pupil ? MSG_admin_link_guardian :
								   MSG_admin_link_child);
		v[i].n_act = 1;
		v[i].path = req_path(r, "/admin/person/%" PRId64 "/forbid?other=%" PRId64, m->p.id, f->id);
		v[i].link = loc_str(r->loc, MSG_admin_ban_add);
	}
	view_items(o, &(struct items){ .title = loc_str(r->loc, MSG_admin_found), .v = v,
				       .n = m->n_found,
				       .none = loc_str(r->loc, MSG_admin_found_none) });
	return E_OK;
}

static enum err draw_search(struct req *r, struct out *o, const struct person *m)
{
	struct sheet s = { .title = loc_str(r->loc, m->p.pupil ? MSG_admin_find_guardian :
							      MSG_admin_find_child),
			   .get = true, .n = 1,
			   .action = req_path(r, "/admin/person/%" PRId64, m->p.id),
			   .button = loc_str(r->loc, MSG_admin_find_go) };

	s.field[0] = (struct field_view){ .def = &find_field, .start = m->find, .autocomplete = "off",
					  .label = loc_str(r->loc, MSG_admin_find_label),
					  .help = loc_str(r->loc, MSG_admin_find_help) };
	view_sheet(o, &s);
	return m->find[0] != '\0' ? draw_found(r, o, m) : E_OK;
}

/* ---- the day rights pass; tasks ---- */

static const struct field rights_fields[] = {
	{ .name = "day", .type = F_DATE, .required = true },
};
const struct form_def rights_form = { rights_fields, ARRAY_LEN(rights_fields) };

static void draw_rights(struct req *r, struct out *o, const struct office_person *p)
{
	struct sheet s = { .title = loc_str(r->loc, MSG_admin_rights),
			   .text = loc_str(r->loc, MSG_admin_rights_text), .n = 1,
			   .action = req_path(r, "/admin/person/%" PRId64 "/rights", p->id),
			   .button = loc_str(r->loc, MSG_common_save) };

	s.field[0] = (struct field_view){ .def = &rights_fields[0], .start = p->rights_day,
					  .val = r->form.def == &rights_form ? &r->form.v[0] : NULL,
					  .label = loc_str(r->loc, MSG_admin_rights_day) };
	view_sheet(o, &s);
}

enum { F_GRANT, F_UNTIL_DAY };

static const char *const grants[] = { "district", "leader", "office", "safeguarding", "interpreter",
				      "teach", NULL };
static const struct field grant_fields[] = {
	[F_GRANT] = { .name = "grant", .type = F_CHOICE, .required = true, .choices = grants },
	[F_UNTIL_DAY] = { .name = "until", .type = F_DATE },
};
const struct form_def grant_form = { grant_fields, ARRAY_LEN(grant_fields) };

static enum err draw_grant(struct req *r, struct out *o, const struct office_person *p)
{
	static const enum msg word[] = { MSG_admin_grant_district, MSG_admin_grant_leader,
					 MSG_admin_grant_office, MSG_admin_grant_safeguarding,
					 MSG_admin_grant_interpreter, MSG_admin_grant_teach };
	struct option *v = arena_array(&r->a, ARRAY_LEN(word), sizeof(*v));
	bool posted = r->form.def == &grant_form;
	struct sheet s = { .title = loc_str(r->loc, MSG_admin_grant_new), .n = 2,
			   .action = req_path(r, "/admin/person/%" PRId64 "/grant", p->id),
			   .button = loc_str(r->loc, MSG_admin_grant_add) };

	if (v == NULL)
		return E_NOMEM;
	for (unsigned i = 0; i < ARRAY_LEN(word); i++)
		v[i].text = loc_str(r->loc, word[i]);
	s.field[F_GRANT] = (struct field_view){ .def = &grant_fields[F_GRANT], .option = v,
						.n_option = ARRAY_LEN(word), .list = true,
						.val = posted ? &r->form.v[F_GRANT] : NULL,
						.label = loc_str(r->loc, MSG_admin_grant_what) };
	s.field[F_UNTIL_DAY] = (struct field_view){ .def = &grant_fields[F_UNTIL_DAY],
						    .val = posted ? &r->form.v[F_UNTIL_DAY] : NULL,
						    .label = loc_str(r->loc, MSG_admin_last_day),
						    .help = loc_str(r->loc, MSG_admin_last_day_help) };
	view_sheet(o, &s);
	return E_OK;
}

static enum err draw_person(struct req *r, struct out *o, const struct person *m)
{
	enum err err = draw_links(r, o, m);

	if (err == E_OK)
		err = draw_bans(r, o, m);
	if (err == E_OK)
		err = draw_search(r, o, m);
	if (err == E_OK && m->p.pupil)
		draw_rights(r, o, &m->p);
	if (err == E_OK && !m->p.pupil && (r->who.grants & GRANT_DISTRICT))
		err = draw_grant(r, o, &m->p);
	return err;
}

enum err person_page(struct req *r)
{
	bool asked = r->query.def == &people_query && r->query.v[0].present;
	struct person m = { .r = r, .find = asked ? r->query.v[0].text : "" };
	enum err err = store_read(r->gw->store, read_person, &m, &r->fault);
	struct page p = { .room = "admin", .active = "/admin/people",
			  .heading = loc_str(r->loc, MSG_admin_room) };
	struct out o;

	if (err != E_OK)
		return err;
	p.title = view_name(r, m.p.name);
	p.sub = loc_str(r->loc, m.p.pupil ? MSG_admin_is_pupil : m.p.staff ? MSG_admin_is_staff :
				m.p.guardian ? MSG_admin_is_guardian : MSG_admin_is_nobody);
	o = out_page(r);
	page_begin(&o, &p);
	err = draw_person(r, &o, &m);
	page_end(&o, &p);
	return err;
}

/* ---- acts ---- */

static enum err done(struct req *r, enum err err)
{
	return err == E_OK ? reply_done(r, MSG_done_saved, "/admin/person/%" PRId64, r->obj[0].id) : err;
}

static const struct field other_fields[] = {
	{ .name = "other", .type = F_ID, .required = true },
};
const struct form_def other_form = { other_fields, ARRAY_LEN(other_fields) };

/* Which of the two is the pupil; the store checks the pair again. */
static void pair_of(const struct req *r, int64_t other, int64_t *child, int64_t *adult)
{
	bool pupil = r->obj[0].child != 0;

	*child = pupil ? r->obj[0].id : other;
	*adult = pupil ? other : r->obj[0].id;
}

static enum err write_link(struct db *db, void *arg)
{
	struct req *r = arg;
	int64_t child, adult;
	enum err err;

	pair_of(r, r->form.v[0].num, &child, &adult);
	err = link_confirm(db, &r->who, r->now_ms, child, adult);
	return err == E_OK ? audit_by(db, &r->who, r->now_ms, "link.confirm", child, adult) : err;
}

/* A pair that must not be: the page, with the prohibition on it, says why. */
enum err link_post(struct req *r)
{
	enum err err = store_write(r->gw->store, write_link, r, &r->fault);

	return done(r, err == E_DENIED ? E_CONFLICT : err);
}

static enum err write_unlink(struct db *db, void *arg)
{
	struct req *r = arg;
	int64_t child, adult;
	enum err err;

	pair_of(r, r->form.v[0].num, &child, &adult);
	err = link_end(db, &r->who, r->now_ms, child, adult);
	return err == E_OK ? audit_by(db, &r->who, r->now_ms, "link.end", child, adult) : err;
}

enum err unlink_post(struct req *r)
{
	assert(r->form.def == &other_form && r->form.bad == 0);
	assert(r->who.door == DOOR_ADMIN && r->obj[0].kind == OBJ_PERSON);
	return done(r, store_write(r->gw->store, write_unlink, r, &r->fault));
}

static enum err write_rights(struct db *db, void *arg)
{
	struct req *r = arg;
	const char *day = day_text(&r->a, r->form.v[0].num), *zone = "";
	enum err err = day == NULL ? E_NOMEM :
		       pupil_zone(db, &r->a, r->who.tenant, r->obj[0].id, &zone);

	if (err == E_OK && (zone[0] == '\0' || zone_check(zone) != E_OK))
		zone = r->gw->conf->timezone;
	if (err == E_OK)
		err = person_set_rights(db, &r->who, r->now_ms, r->obj[0].id, day,
					zone_to_utc(zone, r->form.v[0].num, 0));
	return err == E_OK ? audit_by(db, &r->who, r->now_ms, "person.rights", r->obj[0].child,
				      r->obj[0].id) : err;
}

enum err rights_post(struct req *r)
{
	assert(r->form.def == &rights_form && r->form.bad == 0);
	assert(r->who.door == DOOR_ADMIN && r->obj[0].kind == OBJ_PERSON);
	if (r->obj[0].child == 0)
		return E_MISSING;
	return done(r, store_write(r->gw->store, write_rights, r, &r->fault));
}

static enum err write_grant(struct db *db, void *arg)
{
	struct req *r = arg;
	const struct form_val *v = r->form.v;
	struct staff_grant g = { .person = r->obj[0].id, .bits = grant_by_name(grants[v[F_GRANT].num]) };
	int64_t id = 0;
	enum err err;

	if (v[F_UNTIL_DAY].present)
		g.until_at = day_begins(r, v[F_UNTIL_DAY].num + 1);
	err = grant_add(db, r->who.tenant, &g, r->who.person, r->now_ms, &id);
	return err == E_OK ? audit_by(db, &r->who, r->now_ms, "staff.grant", 0, id) : err;
}

enum err grant_post(struct req *r)
{
	const struct form_val *until = &r->form.v[F_UNTIL_DAY];

	assert(r->form.def == &grant_form && r->form.bad == 0);
	assert(r->who.door == DOOR_ADMIN && r->obj[0].kind == OBJ_PERSON);
	if (r->obj[0].child != 0)
		return E_MISSING;	/* pupils hold no office */
	if (until->present && day_begins(r, until->num + 1) <= r->now_ms) {
		form_mark(&r->form, F_UNTIL_DAY, FORM_CLASH);
		return person_page(r);
	}
	return done(r, store_write(r->gw->store, write_grant, r, &r->fault));
}

/* ---- a prohibition: first a page with its days, then the act ---- */

enum { F_OTHER, F_FROM, F_UNTIL };

static const struct field forbid_asked[] = {
	[F_OTHER] = { .name = "other", .type = F_ID, .required = true },
};
static const struct field forbid_fields[] = {
	[F_OTHER] = { .name = "other", .type = F_ID, .required = true },
	[F_FROM] = { .name = "from", .type = F_DATE },
	[F_UNTIL] = { .name = "until", .type = F_DATE },
};
const struct form_def forbid_query = { forbid_asked, ARRAY_LEN(forbid_asked) };
const struct form_def forbid_form = { forbid_fields, ARRAY_LEN(forbid_fields) };

struct forbid {
	struct req *r;
	int64_t other;
	struct office_person p, q;
};

static enum err read_pair(struct db *db, void *arg)
{
	struct forbid *m = arg;
	struct req *r = m->r;
	enum err err = person_get(db, &r->a, &r->who, r->now_ms, r->obj[0].id, &m->p);

	return err == E_OK ? person_get(db, &r->a, &r->who, r->now_ms, m->other, &m->q) : err;
}

static void forbid_field(struct req *r, struct sheet *s, unsigned i, enum msg label, enum msg help)
{
	s->field[i] = (struct field_view){ .def = &forbid_fields[i],
					   .val = r->form.def == &forbid_form ? &r->form.v[i] : NULL,
					   .label = loc_str(r->loc, label),
					   .help = loc_str(r->loc, help) };
}

enum err forbid_page(struct req *r)
{
	bool posted = r->form.def == &forbid_form;
	struct forbid m = { .r = r, .other = posted ? r->form.v[F_OTHER].num : r->query.v[F_OTHER].num };
	enum err err = store_read(r->gw->store, read_pair, &m, &r->fault);
	struct sheet s = { .n = ARRAY_LEN(forbid_fields), .text = loc_str(r->loc, MSG_admin_ban_new_text),
			   .action = req_path(r, "/admin/person/%" PRId64 "/forbid", r->obj[0].id),
			   .back = req_path(r, "/admin/person/%" PRId64, r->obj[0].id),
			   .button = loc_str(r->loc, MSG_admin_ban_add) };
	struct page p;
	struct out o;

	if (err != E_OK || m.p.pupil == m.q.pupil)
		return err != E_OK ? err : E_MISSING;
	saw_child(r, m.q.pupil ? m.q.id : 0);
	s.title = view_say(r, MSG_admin_ban_new_who,
			   (struct msg_arg[]){
				   { "who", view_name(r, m.p.pupil ? m.q.name : m.p.name), 0 },
				   { "child", view_name(r, m.p.pupil ? m.p.name : m.q.name), 0 } }, 2);
	s.field[F_OTHER] = (struct field_view){ .def = &forbid_fields[F_OTHER], .hidden = true,
						.start_num = m.other, .has_start_num = true, .label = "" };
	forbid_field(r, &s, F_FROM, MSG_admin_ban_first, MSG_admin_ban_first_help);
	forbid_field(r, &s, F_UNTIL, MSG_admin_last_day, MSG_admin_last_day_help);
	o = admin_begin(r, &p, MSG_admin_ban_new, "/admin/people");
	view_sheet(&o, &s);
	page_end(&o, &p);
	return E_OK;
}

static enum err write_ban(struct db *db, void *arg)
{
	struct req *r = arg;
	const struct form_val *v = r->form.v;
	int64_t child, adult, from = r->now_ms, until = 0;
	enum err err;

	pair_of(r, v[F_OTHER].num, &child, &adult);
	if (v[F_FROM].present)
		from = day_begins(r, v[F_FROM].num);
	if (v[F_UNTIL].present)
		until = day_begins(r, v[F_UNTIL].num + 1);
	err = prohibit(db, &r->who, r->now_ms, child, adult, from, until);
	return err == E_OK ? audit_by(db, &r->who, r->now_ms, "prohibition.add", child, adult) : err;
}

enum err forbid_post(struct req *r)
{
	const struct form_val *v = r->form.v;
	int64_t from = v[F_FROM].present ? day_begins(r, v[F_FROM].num) : r->now_ms;
	enum err err;

	assert(r->form.def == &forbid_form && r->form.bad == 0);
	assert(r->who.door == DOOR_ADMIN && r->obj[0].kind == OBJ_PERSON);
	if (from < 0)
		form_mark(&r->form, F_FROM, FORM_OUT_OF_RANGE);
	if (v[F_UNTIL].present && (day_begins(r, v[F_UNTIL].num + 1) <= from ||
				   day_begins(r, v[F_UNTIL].num + 1) <= r->now_ms))
		form_mark(&r->form, F_UNTIL, FORM_CLASH);
	if (r->form.bad > 0)
		return forbid_page(r);
	err = store_write(r->gw->store, write_ban, r, &r->fault);
	return done(r, err == E_DENIED ? E_CONFLICT : err);
}
