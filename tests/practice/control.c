/* The machine's entrance: JSON for tests, benchmarks and the demo; loopback only. */
#include <stdlib.h>
#include <string.h>

#include "base/magic.h"
#include "base/str.h"
#include "practice/deeplink.h"
#include "practice/keys.h"
#include "practice/lms.h"
#include "practice/oidc.h"
#include "practice/pages.h"
#include "practice/register.h"
#include "practice/services.h"

static unsigned long jwks_served[PLAT_COUNT];

/* ---- key sets ------------------------------------------------------------------------ */

static void add_json(struct reply *r, json_t *o)
{
	char *text = json_dumps(o, JSON_COMPACT);

	r->type = "application/json; charset=utf-8";
	buf_addz(&r->body, text != NULL ? text : "null");
	free(text);
	json_decref(o);
}

void jwks_request(enum plat plat, struct reply *r)
{
	uint64_t mis = mis_standing(plat);

	__atomic_add_fetch(&jwks_served[plat], 1, __ATOMIC_RELAXED);
	if (mis & MIS_BIT(jwks_slow))
		r->delay_ms = 8000;
	if (mis & MIS_BIT(jwks_down)) {
		page_message(r, 503, "Under maintenance", "Please come back later.");
		return;
	}
	if (mis & MIS_BIT(jwks_redirect)) {
		r->status = 302;
		reply_header(r, "Location", "%s/%s/elsewhere/jwks", lms.base, plat_key(plat));
		return;
	}
	if (mis & MIS_BIT(jwks_html)) {
		page_message(r, 200, "Welcome", "This is no key set.");
		return;
	}
	if (plat == CANVAS)
		reply_header(r, "Cache-Control", "max-age=864000, public");
	if (mis & MIS_BIT(jwks_huge))
		for (int i = 0; i < 64 * 1024; i++)
			buf_addz(&r->body, "                                                                ");
	add_json(r, mis & MIS_BIT(jwks_empty) ? json_pack("{s:[]}", "keys") : keys_jwks(plat));
	r->type = "application/json";
}

/* ---- answers -------------------------------------------------------------------------- */

static void fail(struct reply *r, int status, const char *why)
{
	r->status = status;
	add_json(r, json_pack("{s:s}", "error", why));
}

static bool want_plat(struct req *q, struct reply *r, enum plat *plat_out)
{
	if (plat_parse(req_arg(q, "platform"), plat_out))
		return true;
	fail(r, 400, "platform must be moodle or canvas");
	return false;
}

/* ---- a launch ---------------------------------------------------------------------------- */

static void control_launch(struct req *q, struct reply *r)
{
	const char *why = NULL;
	enum plat plat;
	struct launch *l;
	struct person_id id = { .sis = "" };
	char cookie[96] = "";
	json_t *o;

	if (!want_plat(q, r, &plat))
		return;
	l = launch_from(q->get, plat, &why);
	if (l == NULL) {
		fail(r, 400, why != NULL ? why : "out of memory");
		return;
	}
	if (l->person != NULL) {
		session_open(plat, l->person, cookie, sizeof(cookie));
		school_id(l->person, &id);
	}
	o = json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s}", "platform", plat_key(plat),
		      "issuer", lms.plat[plat].issuer, "client_id", lms.plat[plat].client_id,
		      "deployment_id", lms.plat[plat].deployment, "auth_url",
		      lms.plat[plat].auth_url, "login_url", lms.login_url, "launch_url",
		      lms.launch_url, "cookie", cookie);
	json_object_set_new(o, "login_method",
			    json_string(l->mis & MIS_BIT(login_get) ? "GET" : "POST"));
	json_object_set_new(o, "person", l->person != NULL ? json_string(l->person->key) :
							     json_null());
	json_object_set_new(o, "sub", json_string(plat == MOODLE ? id.moodle : id.uuid));
	json_object_set_new(o, "course", l->course != NULL ? json_string(l->course->key) :
							     json_string("account"));
	json_object_set_new(o, "login_params", login_params(l));
	launch_park(l);
	add_json(r, o);
}

static void control_token(struct req *q, struct reply *r)
{
	struct arg *args = req_args(q);
	struct verdict v;
	enum plat plat;
	json_t *o;

	if (!plat_parse(arg_get(args, "platform"), &plat))
		plat = str_eq(arg_get(args, "client_id"), lms.plat[CANVAS].client_id) ? CANVAS :
											MOODLE;
	oidc_authorize(plat, NULL, args, &v);
	if (v.kind == V_FORM) {
		o = json_incref(v.fields);
		json_object_set_new(o, "redirect_uri", json_string(v.action));
	} else {
		r->status = v.kind == V_PAGE ? v.status : 409;
		o = json_pack("{s:s, s:i, s:s}", "page",
			      v.kind == V_PAGE ? v.text : "redirected", "status", v.status,
			      "location", v.location != NULL ? v.location : "");
	}
	add_json(r, o);
	free(v.location);
	json_decref(v.fields);
}

/* ---- switches ------------------------------------------------------------------------------ */

static void control_rotate(struct req *q, struct reply *r)
{
	enum plat plat;

	if (!want_plat(q, r, &plat))
		return;
	keys_rotate(plat);
	add_json(r, keys_jwks(plat));
}

/* set=a,b replaces what stands; set= (empty) clears it. */
static void control_misbehave(struct req *q, struct reply *r)
{
	const char *bad;
	enum plat plat;
	uint64_t bits;
	json_t *o;

	if (!want_plat(q, r, &plat))
		return;
	bits = mis_parse(req_arg(q, "set"), &bad);
	if (bad != NULL) {
		fail(r, 400, "unknown misbehaviour");
		return;
	}
	mis_set_standing(plat, bits);
	o = json_array();
	for (unsigned i = 0; i < MIS_COUNT; i++)
		if (bits >> i & 1)
			json_array_append_new(o, json_string(mis_name(i)));
	add_json(r, json_pack("{s:o}", "standing", o));
}

/* url=: the address the platform would open; activate=1, mode=: what its administrator, or it, does. */
static void control_register(struct req *q, struct reply *r)
{
	const char *url = req_arg(q, "url"), *mode = req_arg(q, "mode");
	enum plat plat;
	char *to;

	if (!want_plat(q, r, &plat))
		return;
	if (mode != NULL && !register_mode(plat, mode)) {
		fail(r, 400, "unknown way to misbehave");
		return;
	}
	if (req_arg(q, "activate") != NULL && !register_activate(plat)) {
		fail(r, 400, "nothing has registered");
		return;
	}
	to = url != NULL ? register_start(plat, url, req_arg(q, "update") != NULL) : NULL;
	add_json(r, json_pack("{s:s, s:s}", "url", to != NULL ? to : "", "client_id",
			      lms.plat[plat].client_id));
	free(to);
}

static void control_registered(struct req *q, struct reply *r)
{
	enum plat plat;
	json_t *o;

	if (!want_plat(q, r, &plat))
		return;
	o = register_last(plat);
	if (o == NULL)
		fail(r, 404, "nothing has registered");
	else
		add_json(r, o);
}

static void control_reset(struct reply *r)
{
	for (int p = 0; p < PLAT_COUNT; p++) {
		mis_set_standing(p, 0);
		__atomic_store_n(&jwks_served[p], 0, __ATOMIC_RELAXED);
	}
	nrps_set_crowd(0);
	deeplink_forget();
	register_forget();
	add_json(r, json_pack("{s:I}", "forgotten", (json_int_t)launch_forget_all()));
}

static void control_stats(struct reply *r)
{
	add_json(r, json_pack("{s:{s:I, s:I}}", "jwks", "moodle",
			      (json_int_t)__atomic_load_n(&jwks_served[MOODLE], __ATOMIC_RELAXED),
			      "canvas",
			      (json_int_t)__atomic_load_n(&jwks_served[CANVAS], __ATOMIC_RELAXED)));
}

static void control_switches(struct reply *r)
{
	json_t *o = json_object();

	for (unsigned i = 0; i < MIS_COUNT; i++)
		json_object_set_new(o, mis_name(i), json_string(mis_text(i)));
	add_json(r, o);
}

void control_request(struct req *q, struct reply *r)
{
	const char *what = q->path + strlen("/control/");
	bool post = str_eq(q->method, "POST");

	if (!q->loopback)
		fail(r, 403, "from this machine only");
	else if (str_eq(what, "launch"))
		control_launch(q, r);
	else if (str_eq(what, "token"))
		control_token(q, r);
	else if (str_eq(what, "items")) {
		enum plat plat;

		if (want_plat(q, r, &plat))
			add_json(r, json_pack("{s:o}", "items", deeplink_items(plat)));
	} else if (str_eq(what, "stats"))
		control_stats(r);
	else if (str_eq(what, "switches"))
		control_switches(r);
	else if (str_eq(what, "registered"))
		control_registered(q, r);
	else if (str_eq(what, "people")) {
		r->type = "application/json; charset=utf-8";
		print_people(&r->body);
	} else if (str_eq(what, "roster")) {
		r->type = "application/xml; charset=utf-8";
		print_roster(&r->body);
	} else if (!post)
		fail(r, 405, "no such thing to read; changes need POST");
	else if (str_eq(what, "rotate"))
		control_rotate(q, r);
	else if (str_eq(what, "misbehave"))
		control_misbehave(q, r);
	else if (str_eq(what, "register"))
		control_register(q, r);
	else if (str_eq(what, "crowd")) {
		nrps_set_crowd((unsigned)strtoul(req_arg(q, "n") != NULL ? req_arg(q, "n") : "0",
						 NULL, 10));
		add_json(r, json_object());
	} else if (str_eq(what, "reset"))
		control_reset(r);
	else
		fail(r, 404, "no such switch");
}
