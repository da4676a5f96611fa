/* Course systems that register themselves: the invitation, and the word about what came. */
#include <inttypes.h>

#include "admin.h"
#include "base/magic.h"
#include "gw/keys.h"
#include "lti/register.h"
#include "pages.h"
#include "store/audit.h"
#include "store/register.h"

struct told {
	const char *address, *back;
};

#include "tpl/admin/register.h"

/* ---- the invitation ---- */

enum { F_HOST };

static const struct field invite_fields[] = {
	[F_HOST] = { .name = "host", .type = F_LINE, .max = 200 },
};
const struct form_def invite_platform_form = { invite_fields, ARRAY_LEN(invite_fields) };

enum err invite_platform_page(struct req *r)
{
	struct sheet s = { .text = loc_str(r->loc, MSG_admin_invite_new_text),
			   .action = req_path(r, "/admin/platforms/invite"),
			   .button = loc_str(r->loc, MSG_admin_invite_make),
			   .back = req_path(r, "/admin/platforms"), .n = 1 };
	struct page p;
	struct out o = admin_begin(r, &p, MSG_admin_invite_new, "/admin/platforms");

	s.field[0] = field_of(r, &invite_platform_form, F_HOST, MSG_admin_invite_host,
			      MSG_admin_invite_host_help);
	s.field[0].error = loc_str(r->loc, MSG_admin_invite_host_wrong);
	view_sheet(&o, &s);
	page_end(&o, &p);
	return E_OK;
}

struct invite {
	struct req *r;
	const char *host;
	char word[REGISTER_INVITE_LEN];
};

static enum err write_invite(struct db *db, void *arg)
{
	struct invite *m = arg;
	struct req *r = m->r;
	int64_t id = 0;
	enum err err = register_invite_add(db, r->who.tenant, m->host, r->who.person, r->now_ms,
					   m->word, &id);

	return err == E_OK ? audit_by(db, &r->who, r->now_ms, "platform.invite", 0, id) : err;
}

/* Told once, on the answer to the POST: it stands nowhere else. */
enum err invite_platform_post(struct req *r)
{
	struct invite m = { .r = r, .host = lti_plain_host(&r->a, r->form.v[F_HOST].text) };
	struct told told;
	struct page p;
	struct out o;
	enum err err;

	if (m.host == NULL) {
		form_mark(&r->form, F_HOST, FORM_CLASH);
		return invite_platform_page(r);
	}
	err = store_write(r->gw->store, write_invite, &m, &r->fault);
	if (err != E_OK)
		return err;
	told.address = arena_printf(&r->a, "%s/lti/register?invite=%s", r->gw->public_origin, m.word);
	told.back = req_path(r, "/admin/platforms");
	if (told.address == NULL)
		return E_NOMEM;
	o = admin_begin(r, &p, MSG_admin_invite_made_title, "/admin/platforms");
	view_told(&o, &told);
	page_end(&o, &p);
	return E_OK;
}

enum { F_INVITE };

static const struct field revoke_fields[] = {
	[F_INVITE] = { .name = "invite", .type = F_ID, .required = true },
};
const struct form_def invite_revoke_form = { revoke_fields, ARRAY_LEN(revoke_fields) };

static enum err write_revoke(struct db *db, void *arg)
{
	struct req *r = arg;
	int64_t id = r->form.v[F_INVITE].num;
	enum err err = register_invite_revoke(db, r->who.tenant, id, r->now_ms);

	return err == E_OK ? audit_by(db, &r->who, r->now_ms, "platform.uninvite", 0, id) : err;
}

enum err invite_revoke_post(struct req *r)
{
	enum err err = store_write(r->gw->store, write_revoke, r, &r->fault);

	return err == E_OK ? reply_done(r, MSG_done_saved, "/admin/platforms") : err;
}

/* ---- approving what came ---- */

enum { F_CLIENT };

static const struct field approve_fields[] = {
	[F_CLIENT] = { .name = "client", .type = F_LINE, .required = true, .min = 1, .max = 255 },
};
const struct form_def approve_form = { approve_fields, ARRAY_LEN(approve_fields) };

struct approve {
	struct req *r;
	struct platform p;
	struct registration g;
	bool changed;
};

static enum err read_waiting(struct db *db, void *arg)
{
	struct approve *m = arg;
	int64_t id = m->r->obj[0].id;
	enum err err = platform_get(db, &m->r->a, id, &m->p);

	return err == E_OK ? registration_get(db, &m->r->a, id, "waiting", &m->g) : err;
}

static void say_line(struct req *r, struct item *it, enum msg m, const char *what)
{
	if (what != NULL && what[0] != '\0')
		item_line(it, view_say(r, m, &(struct msg_arg){ "what", what, 0 }, 1));
}

/* What it is: to be compared with what one knows of the course system. */
static void fill_identity(struct req *r, const struct approve *m, struct item *it)
{
	const struct registration *g = &m->g;

	it->what = g->issuer;
	say_line(r, it, MSG_admin_register_domains, g->domains);
	say_line(r, it, MSG_admin_register_keys, g->key_thumb);
	say_line(r, it, MSG_admin_register_product,
		 arena_printf(&r->a, "%s %s", g->product, g->version));
	say_line(r, it, MSG_admin_register_account, g->account);
	item_line(it, view_say(r, MSG_admin_client,
			       &(struct msg_arg){ "id", msg_text(g->client_id), 0 }, 1));
	if (!str_eq(m->p.state, "pending") && !str_eq(m->p.client_id, g->client_id))
		say_line(r, it, MSG_admin_register_old, m->p.client_id);
}

static void fill_scopes(struct req *r, const struct registration *g, struct item *it)
{
	bool granted = lti_scope_has(g->scopes_granted, LTI_SCOPE_NRPS);

	it->what = loc_str(r->loc, MSG_admin_scope_nrps);
	it->tag = granted ? (struct tag){ SIDE_BOTH, loc_str(r->loc, MSG_admin_scope_granted) } :
			    (struct tag){ SIDE_HOME, loc_str(r->loc, MSG_admin_scope_missing) };
	item_line(it, loc_str(r->loc, granted ? MSG_admin_scope_nrps_for : MSG_admin_scope_nrps_cost));
}

static struct push word(struct req *r, const struct approve *m, const char *verb, enum msg button)
{
	struct push act = { .action = req_path(r, "/admin/platform/%" PRId64 "/%s", m->p.id, verb),
			    .button = loc_str(r->loc, button) };

	act_field(&act, "client", m->g.client_id);
	return act;
}

enum err approve_page(struct req *r)
{
	struct approve m = { .r = r };
	struct item v[3] = { { .n_line = 0 } };
	enum err err = store_read(r->gw->store, read_waiting, &m, &r->fault);
	struct page p;
	struct out o;

	if (err == E_MISSING)	/* decided meanwhile, or withdrawn by another */
		return reply_see(r, "/admin/platforms");
	if (err != E_OK)
		return err;
	fill_identity(r, &m, &v[0]);
	fill_scopes(r, &m.g, &v[1]);
	v[2].what = loc_str(r->loc, str_eq(m.p.state, "pending") ? MSG_admin_register_ask :
								   MSG_admin_register_ask_again);
	v[2].act[0] = word(r, &m, "approve", MSG_admin_approve);
	v[2].act[1] = word(r, &m, "decline", MSG_admin_refuse);
	v[2].n_act = 2;
	o = admin_begin(r, &p, MSG_admin_register_title, "/admin/platforms");
	view_items(&o, &(struct items){ .title = m.p.name,
					.text = loc_str(r->loc, MSG_admin_register_compare), .v = v,
					.n = ARRAY_LEN(v) });
	page_end(&o, &p);
	return E_OK;
}

static enum err write_approve(struct db *db, void *arg)
{
	struct approve *m = arg;
	struct req *r = m->r;
	enum err err = registration_approve(db, &r->a, r->obj[0].id, r->form.v[F_CLIENT].text,
					    r->now_ms, &m->changed);

	return err == E_OK ? audit_by(db, &r->who, r->now_ms, "platform.approve", 0, r->obj[0].id) :
			     err;
}

enum err approve_post(struct req *r)
{
	struct approve m = { .r = r };
	enum err err = store_write(r->gw->store, write_approve, &m, &r->fault);

	if (err != E_OK)
		return err;
	if (m.changed)
		keys_forget(r->gw->keys, r->obj[0].id);
	return reply_done(r, MSG_done_saved, "/admin/platforms");
}

static enum err write_decline(struct db *db, void *arg)
{
	struct req *r = arg;
	enum err err = registration_refuse(db, &r->a, r->obj[0].id, r->form.v[F_CLIENT].text);

	return err == E_OK ? audit_by(db, &r->who, r->now_ms, "platform.decline", 0, r->obj[0].id) :
			     err;
}

enum err decline_post(struct req *r)
{
	enum err err = store_write(r->gw->store, write_decline, r, &r->fault);

	return err == E_OK ? reply_done(r, MSG_done_saved, "/admin/platforms") : err;
}
