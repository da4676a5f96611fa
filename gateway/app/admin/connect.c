/*
 * Connecting a course system by hand: the values to copy into it, one a line, then a
 * short form for what it answers. Moodle and Canvas keep their endpoints in known
 * places, so only an address and the client id are typed.
 */
#include "admin.h"
#include "base/magic.h"
#include "gw/conf.h"
#include "lti/register.h"
#include "lti/util.h"
#include "pages.h"
#include "store/audit.h"
#include "store/platform.h"
#include "store/register.h"
#include "store/store.h"

#define COPIES_MAX 8
#define URL_LEN 2048

struct copy {
	const char *id;
	enum msg label;
	const char *value;
};

struct copies {
	enum msg where, then;
	struct copy v[COPIES_MAX];
	unsigned n;
};

struct makes {
	struct { const char *path; enum msg name; } v[3];
};

#include "tpl/admin/connect.h"

enum make { MAKE_MOODLE, MAKE_CANVAS, MAKE_OTHER, MAKES };

static const char *const make_choices[] = { "moodle", "canvas", "other", NULL };
static const struct field query_fields[] = {
	{ .name = "make", .type = F_CHOICE, .choices = make_choices },
};
const struct form_def connect_query = { query_fields, ARRAY_LEN(query_fields) };

enum { F_NAME, F_ADDRESS, F_ISSUER, F_AUTH, F_TOKEN, F_KEYS, F_CLIENT, F_DEPLOYMENT };

static const struct field connect_fields[] = {
	[F_NAME] = { .name = "name", .type = F_LINE, .max = 100 },
	[F_ADDRESS] = { .name = "address", .type = F_LINE, .max = URL_LEN },
	[F_ISSUER] = { .name = "issuer", .type = F_LINE, .max = URL_LEN },
	[F_AUTH] = { .name = "auth", .type = F_LINE, .max = URL_LEN },
	[F_TOKEN] = { .name = "token", .type = F_LINE, .max = URL_LEN },
	[F_KEYS] = { .name = "keys", .type = F_LINE, .max = URL_LEN },
	[F_CLIENT] = { .name = "client", .type = F_LINE, .required = true, .min = 1, .max = 255 },
	[F_DEPLOYMENT] = { .name = "deployment", .type = F_LINE, .max = 255 },
};
const struct form_def connect_form = { connect_fields, ARRAY_LEN(connect_fields) };

static enum make make_of(const struct req *r)
{
	const struct form *q = &r->query;

	return q->def == &connect_query && q->v[0].present ? (enum make)q->v[0].num : MAKES;
}

/* ---- what to copy ---- */

static void add(struct req *r, struct copies *c, enum msg label, const char *path)
{
	assert(c->n < COPIES_MAX);
	c->v[c->n] = (struct copy){ .id = say_id(r, c->n + 1), .label = label,
				    .value = arena_printf(&r->a, "%s%s", r->gw->public_origin, path) };
	c->n++;
}

static void fill_copies(struct req *r, enum make make, struct copies *c)
{
	*c = (struct copies){ .n = 0 };
	if (make == MAKE_CANVAS) {
		c->where = MSG_admin_connect_canvas_where;
		c->then = MSG_admin_connect_canvas_then;
		add(r, c, MSG_admin_connect_redirect, "/lti/launch");
		add(r, c, MSG_admin_connect_canvas_json, "/lti/canvas.json");
		return;
	}
	c->where = make == MAKE_MOODLE ? MSG_admin_connect_moodle_where :
					 MSG_admin_connect_other_where;
	c->then = make == MAKE_MOODLE ? MSG_admin_connect_moodle_then : MSG_admin_connect_other_then;
	add(r, c, MSG_admin_connect_tool, "/");
	add(r, c, MSG_admin_connect_keyset, "/lti/keys.json");
	add(r, c, MSG_admin_connect_login, "/lti/login");
	add(r, c, MSG_admin_connect_redirect, "/lti/launch");
	add(r, c, MSG_admin_connect_custom, "");
	c->v[c->n - 1].value = lti_custom_lines(&r->a, make == MAKE_MOODLE ? LTI_FAMILY_MOODLE :
									     LTI_FAMILY_OTHER);
}

/* ---- what to type ---- */

static void ask(struct req *r, struct sheet *s, unsigned field, enum msg label, enum msg help)
{
	assert(s->n < SHEET_FIELDS);
	s->field[s->n] = field_of(r, &connect_form, field, label, help);
	if (field == F_CLIENT)
		s->field[s->n].error = loc_str(r->loc, MSG_admin_connect_client_taken);
	else if (field >= F_ADDRESS && field <= F_KEYS)
		s->field[s->n].error = loc_str(r->loc, MSG_admin_connect_address_wrong);
	s->n++;
}

static void fill_sheet(struct req *r, enum make make, struct sheet *s)
{
	*s = (struct sheet){
		.title = loc_str(r->loc, MSG_admin_connect_answers),
		.action = req_path(r, "/admin/platforms/add?make=%s", make_choices[make]),
		.button = loc_str(r->loc, MSG_admin_connect_go),
		.back = req_path(r, "/admin/platforms/add"),
	};
	if (make == MAKE_MOODLE)
		ask(r, s, F_ADDRESS, MSG_admin_connect_moodle_address,
		    MSG_admin_connect_moodle_address_help);
	if (make == MAKE_CANVAS) {
		ask(r, s, F_ADDRESS, MSG_admin_connect_canvas_address,
		    MSG_admin_connect_canvas_address_help);
		ask(r, s, F_ISSUER, MSG_admin_connect_canvas_issuer,
		    MSG_admin_connect_canvas_issuer_help);
	}
	if (make == MAKE_OTHER) {
		ask(r, s, F_ISSUER, MSG_admin_connect_issuer, MSG_NONE);
		ask(r, s, F_AUTH, MSG_admin_connect_auth, MSG_NONE);
		ask(r, s, F_TOKEN, MSG_admin_connect_token, MSG_NONE);
		ask(r, s, F_KEYS, MSG_admin_connect_keys, MSG_NONE);
	}
	ask(r, s, F_CLIENT, MSG_admin_connect_client, MSG_NONE);
	ask(r, s, F_DEPLOYMENT, MSG_admin_connect_deployment, MSG_admin_connect_deployment_help);
	ask(r, s, F_NAME, MSG_admin_connect_name, MSG_admin_connect_name_help);
}

static enum err choose(struct req *r)
{
	static const enum msg name[MAKES] = { MSG_admin_family_moodle, MSG_admin_family_canvas,
					      MSG_admin_family_other };
	struct makes m;
	struct page p;
	struct out o = admin_begin(r, &p, MSG_admin_connect_title, "/admin/platforms");

	for (unsigned i = 0; i < MAKES; i++) {
		m.v[i].path = req_path(r, "/admin/platforms/add?make=%s", make_choices[i]);
		m.v[i].name = name[i];
	}
	view_makes(&o, &m);
	page_end(&o, &p);
	return E_OK;
}

enum err connect_page(struct req *r)
{
	enum make make = make_of(r);
	struct copies c;
	struct sheet s;
	struct page p;
	struct out o;

	if (make == MAKES)
		return choose(r);
	fill_copies(r, make, &c);
	fill_sheet(r, make, &s);
	if (r->a.failed)
		return E_NOMEM;
	o = admin_begin(r, &p, MSG_admin_connect_title, "/admin/platforms");
	view_copies(&o, &c);
	view_sheet(&o, &s);
	page_end(&o, &p);
	return E_OK;
}

/* ---- keeping it ---- */

struct connect {
	struct req *r;
	struct platform p;
	const char *wanted;
};

static const char *typed(const struct req *r, unsigned field)
{
	return r->form.v[field].text;
}

static bool url_ok(const struct req *r, const char *s)
{
	struct lti_url u;

	return lti_url_parse(span_of(s), &u) && !u.fragment && (u.https || r->gw->conf->lab_mode);
}

/* Issuer and endpoints of any other make: each as typed. */
static bool read_typed(struct req *r, struct lti_endpoints *e)
{
	static const unsigned field[] = { F_ISSUER, F_AUTH, F_TOKEN, F_KEYS };

	for (unsigned i = 0; i < ARRAY_LEN(field); i++)
		if (!url_ok(r, typed(r, field[i])))
			form_mark(&r->form, field[i], FORM_CLASH);
	*e = (struct lti_endpoints){ typed(r, F_ISSUER), typed(r, F_AUTH), typed(r, F_TOKEN),
				     typed(r, F_KEYS) };
	return r->form.bad == 0;
}

static bool read_endpoints(struct req *r, enum make make, struct lti_endpoints *e)
{
	if (make == MAKE_OTHER)
		return read_typed(r, e);
	if (lti_endpoints_of(&r->a, make == MAKE_MOODLE ? LTI_FAMILY_MOODLE : LTI_FAMILY_CANVAS,
			     typed(r, F_ADDRESS), typed(r, F_ISSUER), r->gw->conf->lab_mode, e))
		return true;
	form_mark(&r->form, F_ADDRESS, FORM_CLASH);
	return false;
}

static enum err write_connect(struct db *db, void *arg)
{
	struct connect *m = arg;
	struct req *r = m->r;
	enum err err = platform_free_name(db, &r->a, m->wanted, &m->p.name);

	m->p.id = store_new_id(r->now_ms);
	if (err == E_OK)
		err = platform_add(db, &m->p);
	if (err == E_OK && typed(r, F_DEPLOYMENT)[0] != '\0')
		err = deployment_put(db, m->p.id, m->p.tenant, typed(r, F_DEPLOYMENT), "approved",
				     r->now_ms);
	return err == E_OK ? audit_by(db, &r->who, r->now_ms, "platform.add", 0, m->p.id) : err;
}

enum err connect_post(struct req *r)
{
	enum make make = make_of(r);
	struct connect m = { .r = r };
	struct lti_endpoints e;
	enum err err;

	if (make == MAKES)
		return E_INPUT;
	if (!read_endpoints(r, make, &e))
		return r->a.failed ? E_NOMEM : connect_page(r);
	m.wanted = typed(r, F_NAME)[0] != '\0' ? typed(r, F_NAME) : e.issuer;
	m.p = (struct platform){
		.tenant = r->who.tenant, .family = make_choices[make], .issuer = e.issuer,
		.client_id = typed(r, F_CLIENT), .auth_url = e.auth_url, .token_url = e.token_url,
		.jwks_url = e.jwks_url, .alg = "RS256", .match_by = "none", .state = "approved",
		.accept_deployments = "approve", .guid = "", .created_at = r->now_ms,
	};
	err = store_write(r->gw->store, write_connect, &m, &r->fault);
	if (err == E_CONFLICT) {
		fault_clear(&r->fault);
		form_mark(&r->form, F_CLIENT, FORM_CLASH);
		return connect_page(r);
	}
	return err == E_OK ? reply_done(r, MSG_done_saved, "/admin/platforms") : err;
}
