/* Connected course systems: their state, their deployments, how accounts are matched. */
#include <inttypes.h>

#include "admin.h"
#include "base/magic.h"
#include "pages.h"
#include "store/audit.h"
#include "store/platform.h"
#include "store/register.h"

#define DEPLOYMENT_MAX 255

struct one_platform {
	struct platform p;
	struct deployment *dep;
	unsigned n;
	struct registration waits;	/* state NULL: nothing does */
};

struct platforms {
	struct req *r;
	struct platform_invite *invite;
	unsigned n_invite;
	struct platform *v;
	struct one_platform *one;
	unsigned n;
};

static enum err read_platforms(struct db *db, void *arg)
{
	struct platforms *m = arg;
	struct arena *a = &m->r->a;
	enum err err = platform_list(db, a, m->r->who.tenant, &m->v, &m->n);

	if (err == E_OK)
		err = register_invite_list(db, a, m->r->who.tenant, &m->invite, &m->n_invite);
	if (err == E_OK) {
		m->one = arena_array(a, m->n + 1, sizeof(*m->one));
		err = m->one == NULL ? E_NOMEM : E_OK;
	}
	for (unsigned i = 0; err == E_OK && i < m->n; i++) {
		m->one[i].p = m->v[i];
		m->one[i].waits.state = NULL;
		err = deployment_list(db, a, m->v[i].id, &m->one[i].dep, &m->one[i].n);
		if (err == E_OK)
			err = registration_get(db, a, m->v[i].id, "waiting", &m->one[i].waits);
		if (err == E_MISSING)
			err = E_OK;
	}
	return err;
}

static enum msg family_word(const char *family)
{
	return str_eq(family, "moodle") ? MSG_admin_family_moodle :
	       str_eq(family, "canvas") ? MSG_admin_family_canvas : MSG_admin_family_other;
}

static enum msg match_word(const char *match)
{
	return str_eq(match, "username") ? MSG_admin_match_username :
	       str_eq(match, "sourcedid") ? MSG_admin_match_sourcedid : MSG_admin_match_none;
}

static struct tag state_tag(struct req *r, const char *state)
{
	if (str_eq(state, "approved"))
		return (struct tag){ SIDE_BOTH, loc_str(r->loc, MSG_admin_state_approved) };
	if (str_eq(state, "pending"))
		return (struct tag){ SIDE_HOME, loc_str(r->loc, MSG_admin_state_pending) };
	return (struct tag){ SIDE_ALERT, str_eq(state, "refused") ?
					 loc_str(r->loc, MSG_admin_state_refused) :
					 loc_str(r->loc, MSG_admin_state_disabled) };
}

static struct push deployment_act(struct req *r, const struct deployment *d, const char *as,
				 enum msg button)
{
	struct push act = { .action = req_path(r, "/admin/platform/%" PRId64 "/deployment", d->platform),
			   .button = loc_str(r->loc, button) };

	act_field(&act, "deployment", d->id);
	act_field(&act, "as", as);
	return act;
}

static void fill_deployment(struct req *r, const struct deployment *d, struct item *it)
{
	it->what = view_say(r, MSG_admin_deployment, &(struct msg_arg){ "id", msg_text(d->id), 0 }, 1);
	it->tag = state_tag(r, d->state);
	item_line(it, view_say(r, MSG_admin_last_launch,
			       &(struct msg_arg){ "when", say_when(r, d->last_launch_at), 0 }, 1));
	if (!str_eq(d->state, "approved"))
		it->act[it->n_act++] = deployment_act(r, d, "approved", MSG_admin_approve);
	if (!str_eq(d->state, "refused"))
		it->act[it->n_act++] = deployment_act(r, d, "refused", MSG_admin_refuse);
}

static void fill_waiting(struct req *r, const struct registration *g, struct item *it)
{
	it->what = loc_str(r->loc, MSG_admin_register_waits);
	it->tag = state_tag(r, "pending");
	item_line(it, view_say(r, MSG_admin_register_when,
			       &(struct msg_arg){ "when", say_when(r, g->created_at), 0 }, 1));
	item_line(it, g->domains);
	it->path = req_path(r, "/admin/platform/%" PRId64 "/approve", g->platform);
	it->link = loc_str(r->loc, MSG_admin_register_look);
}

/* ---- invitations: what became of each ---- */

static struct tag invite_tag(struct req *r, const struct platform_invite *i)
{
	if (str_eq(i->outcome, "registered"))
		return (struct tag){ SIDE_BOTH, loc_str(r->loc, MSG_admin_invite_used) };
	if (i->used_at != 0)
		return (struct tag){ SIDE_ALERT, loc_str(r->loc, MSG_admin_invite_failed) };
	if (i->revoked_at != 0)
		return (struct tag){ SIDE_NONE, loc_str(r->loc, MSG_admin_invite_revoked) };
	if (i->expires_at <= r->now_ms)
		return (struct tag){ SIDE_NONE, loc_str(r->loc, MSG_admin_invite_over) };
	return (struct tag){ SIDE_HOME, loc_str(r->loc, MSG_admin_invite_open) };
}

static void fill_invite(struct req *r, const struct platform_invite *i, struct item *it)
{
	bool open = i->used_at == 0 && i->revoked_at == 0 && i->expires_at > r->now_ms;
	const struct msg_arg when = { "when", say_when(r, i->created_at), 0 };
	const struct msg_arg until = { "when", say_when(r, i->expires_at), 0 };

	it->what = view_say(r, MSG_admin_invite_made, &when, 1);
	it->tag = invite_tag(r, i);
	item_line(it, i->discovery_host);
	item_line(it, i->platform_name);
	if (i->used_at != 0 && !str_eq(i->outcome, "registered"))
		it->english = arena_printf(&r->a, "%s%s%s", i->outcome,
					   i->detail[0] != '\0' ? ": " : "", i->detail);
	if (!open)
		return;
	item_line(it, view_say(r, MSG_admin_until, &until, 1));
	it->act[0] = (struct push){ .action = req_path(r, "/admin/platforms/revoke"),
				    .button = loc_str(r->loc, MSG_admin_invite_revoke) };
	act_field(&it->act[0], "invite", say_id(r, i->id));
	it->n_act = 1;
}

static enum err draw_invites(struct req *r, struct out *o, const struct platforms *m)
{
	struct item *v = items_new(r, m->n_invite);

	if (v == NULL)
		return E_NOMEM;
	for (unsigned i = 0; i < m->n_invite; i++)
		fill_invite(r, &m->invite[i], &v[i]);
	view_items(o, &(struct items){ .title = loc_str(r->loc, MSG_admin_invite_title),
				       .text = loc_str(r->loc, MSG_admin_invite_text), .v = v,
				       .n = m->n_invite,
				       .path = req_path(r, "/admin/platforms/invite"),
				       .link = loc_str(r->loc, MSG_admin_invite_go) });
	view_items(o, &(struct items){ .text = loc_str(r->loc, MSG_admin_connect_text),
				       .path = req_path(r, "/admin/platforms/add"),
				       .link = loc_str(r->loc, MSG_admin_connect_by_hand) });
	return E_OK;
}

static enum err draw_platform(struct req *r, struct out *o, const struct one_platform *one)
{
	const struct platform *p = &one->p;
	bool waits = one->waits.state != NULL;
	struct item *v = items_new(r, one->n + 2);
	const struct msg_arg client = { "id", msg_text(p->client_id), 0 };
	struct items list = { .title = p->name, .v = v, .n = one->n + 1 + (waits ? 1 : 0) };

	if (v == NULL)
		return E_NOMEM;
	v[0].what = loc_str(r->loc, family_word(p->family));
	v[0].tag = state_tag(r, p->state);
	item_line(&v[0], p->issuer);
	item_line(&v[0], view_say(r, MSG_admin_client, &client, 1));
	item_line(&v[0], loc_str(r->loc, match_word(p->match_by)));
	v[0].path = req_path(r, "/admin/platform/%" PRId64 "/match", p->id);
	v[0].link = loc_str(r->loc, MSG_admin_match_go);
	for (unsigned i = 0; i < one->n; i++)
		fill_deployment(r, &one->dep[i], &v[i + 1]);
	if (waits)
		fill_waiting(r, &one->waits, &v[one->n + 1]);
	view_items(o, &list);
	return E_OK;
}

enum err platforms_page(struct req *r)
{
	struct platforms m = { .r = r };
	enum err err = store_read(r->gw->store, read_platforms, &m, &r->fault);
	struct page p;
	struct out o;

	if (err != E_OK)
		return err;
	o = admin_begin(r, &p, MSG_admin_platforms_title, "/admin/platforms");
	if (m.n == 0)
		view_items(&o, &(struct items){ .none = loc_str(r->loc, MSG_admin_platforms_none) });
	for (unsigned i = 0; err == E_OK && i < m.n; i++)
		err = draw_platform(r, &o, &m.one[i]);
	if (err == E_OK)
		err = draw_invites(r, &o, &m);
	view_items(&o, &(struct items){ .text = loc_str(r->loc, MSG_admin_platforms_text),
					.path = req_path(r, "/admin/refused"),
					.link = loc_str(r->loc, MSG_admin_refused_go) });
	page_end(&o, &p);
	return err;
}

/* ---- deployments ---- */

enum { F_DEPLOYMENT, F_AS };

static const char *const as_choices[] = { "approved", "refused", NULL };
static const struct field deployment_fields[] = {
	[F_DEPLOYMENT] = { .name = "deployment", .type = F_LINE, .required = true, .min = 1,
			   .max = DEPLOYMENT_MAX },
	[F_AS] = { .name = "as", .type = F_CHOICE, .required = true, .choices = as_choices },
};
const struct form_def deployment_form = { deployment_fields, ARRAY_LEN(deployment_fields) };

static enum err write_deployment(struct db *db, void *arg)
{
	struct req *r = arg;
	bool yes = r->form.v[F_AS].num == 0;
	enum err err = deployment_set_state(db, r->obj[0].id, r->form.v[F_DEPLOYMENT].text,
					    as_choices[r->form.v[F_AS].num]);

	return err == E_OK ? audit_by(db, &r->who, r->now_ms,
				      yes ? "deployment.approve" : "deployment.refuse", 0,
				      r->obj[0].id) : err;
}

enum err deployment_post(struct req *r)
{
	enum err err = store_write(r->gw->store, write_deployment, r, &r->fault);

	return err == E_OK ? reply_done(r, MSG_done_saved, "/admin/platforms") : err;
}

/* ---- matching: first what it needs, then the button ---- */

enum { F_MATCH };

static const char *const match_choices[] = { "none", "username", "sourcedid", NULL };
static const struct field match_fields[] = {
	[F_MATCH] = { .name = "match", .type = F_CHOICE, .required = true, .choices = match_choices },
};
static const struct field match_asked[] = {
	[F_MATCH] = { .name = "match", .type = F_CHOICE, .choices = match_choices },
};
const struct form_def match_form = { match_fields, ARRAY_LEN(match_fields) };
const struct form_def match_query = { match_asked, ARRAY_LEN(match_asked) };

struct match {
	struct req *r;
	struct platform p;
};

static enum err read_match(struct db *db, void *arg)
{
	struct match *m = arg;

	return platform_get(db, &m->r->a, m->r->obj[0].id, &m->p);
}

/* What must stand still in the course system before a match can be trusted. */
static enum msg lock_words(const struct platform *p, const char *match)
{
	if (str_eq(match, "none"))
		return MSG_admin_lock_none;
	if (str_eq(p->family, "canvas"))
		return MSG_admin_lock_canvas;
	if (!str_eq(p->family, "moodle"))
		return MSG_admin_lock_other;
	return str_eq(match, "username") ? MSG_admin_lock_moodle_username :
					   MSG_admin_lock_moodle_sourcedid;
}

static void draw_choices(struct req *r, struct out *o, const struct platform *p)
{
	struct item v[3] = { 0 };
	struct items list = { .text = loc_str(r->loc, MSG_admin_match_text), .v = v, .n = 3 };

	for (unsigned i = 0; i < 3; i++) {
		v[i].what = loc_str(r->loc, match_word(match_choices[i]));
		if (str_eq(match_choices[i], p->match_by)) {
			v[i].tag = (struct tag){ SIDE_BOTH, loc_str(r->loc, MSG_admin_match_now) };
			continue;
		}
		v[i].path = req_path(r, "/admin/platform/%" PRId64 "/match?match=%s", p->id,
				     match_choices[i]);
		v[i].link = loc_str(r->loc, MSG_admin_match_choose);
	}
	view_items(o, &list);
}

static void draw_confirm(struct req *r, struct out *o, const struct platform *p, const char *match)
{
	struct item it = { .what = loc_str(r->loc, match_word(match)), .n_act = 1,
			   .path = req_path(r, "/admin/platforms"),
			   .link = loc_str(r->loc, MSG_common_back) };

	item_line(&it, loc_str(r->loc, lock_words(p, match)));
	it.act[0] = (struct push){ .action = req_path(r, "/admin/platform/%" PRId64 "/match", p->id),
				  .button = loc_str(r->loc, MSG_admin_match_set) };
	act_field(&it.act[0], "match", match);
	view_items(o, &(struct items){ .title = p->name, .v = &it, .n = 1 });
}

enum err match_page(struct req *r)
{
	struct match m = { .r = r };
	bool asked = r->query.def == &match_query && r->query.v[F_MATCH].present;
	enum err err = store_read(r->gw->store, read_match, &m, &r->fault);
	struct page p;
	struct out o;

	if (err != E_OK)
		return err;
	o = admin_begin(r, &p, MSG_admin_match_title, "/admin/platforms");
	if (asked)
		draw_confirm(r, &o, &m.p, match_choices[r->query.v[F_MATCH].num]);
	else
		draw_choices(r, &o, &m.p);
	page_end(&o, &p);
	return E_OK;
}

static enum err write_match(struct db *db, void *arg)
{
	struct req *r = arg;
	enum err err = platform_set_match(db, r->obj[0].id, match_choices[r->form.v[F_MATCH].num]);

	return err == E_OK ? audit_by(db, &r->who, r->now_ms, "platform.match", 0, r->obj[0].id) : err;
}

enum err match_post(struct req *r)
{
	enum err err = store_write(r->gw->store, write_match, r, &r->fault);

	return err == E_OK ? reply_done(r, MSG_done_saved, "/admin/platforms") : err;
}
