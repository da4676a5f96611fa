/*
 * What the button does. The invitation is used up first; then a job thread asks the
 * platform who it is, checks it, sends our registration with the platform's own token,
 * and keeps the answer, waiting for somebody to approve it.
 */
#include "register_app.h"

#include "base/magic.h"
#include "gw/conf.h"
#include "gw/log.h"
#include "gw/register.h"
#include "store/audit.h"

static const struct field fields[] = {
	[REGISTER_INVITE] = { .name = "invite", .type = F_LINE, .required = true,
			      .max = REGISTER_INVITE_LEN },
	[REGISTER_CONFIGURATION] = { .name = "openid_configuration", .type = F_LINE,
				     .required = true, .max = REGISTER_URL_MAX },
	[REGISTER_TOKEN] = { .name = "registration_token", .type = F_LINE,
			     .max = REGISTER_TOKEN_MAX },
};
const struct form_def register_form = { fields, ARRAY_LEN(fields) };

struct work {
	struct req *r;
	const char *word, *url, *token, *host;
	struct platform_invite invite;
	struct register_told told;
	struct lti_unregistered why;
	struct registration g;
	bool fresh;
};

static bool ask(struct work *w)
{
	const struct register_ask q = {
		.url = w->url, .token = w->token, .invited_host = w->invite.discovery_host,
		.tool = register_tool(w->r), .deadline_ms = w->r->deadline_ms,
	};

	return register_ask(&w->r->a, w->r->gw->conf, &q, &w->told, &w->why);
}

/* ---- keeping ---- */

static const char *family_word(enum lti_family f)
{
	return f == LTI_FAMILY_MOODLE ? "moodle" : f == LTI_FAMILY_CANVAS ? "canvas" : "other";
}

static void fill_registration(struct work *w)
{
	const struct lti_openid *o = &w->told.openid;

	w->g = (struct registration){
		.tenant = w->invite.tenant, .invite = w->invite.id, .issuer = o->issuer,
		.client_id = w->told.answer.client_id, .auth_url = o->auth_url,
		.token_url = o->token_url, .jwks_url = o->jwks_url, .alg = lti_alg_name(o->alg),
		.deployment = w->told.answer.deployment != NULL ? w->told.answer.deployment : "",
		.guid = o->guid, .account = o->account, .product = o->product,
		.version = o->version, .key_thumb = w->told.key_thumb,
		.domains = lti_openid_domains(&w->r->a, o), .scopes_asked = LTI_SCOPE_NRPS,
		.scopes_granted = w->told.answer.scopes,
	};
}

static enum err keep(struct db *db, void *arg)
{
	struct work *w = arg;
	const char *name = w->told.openid.account[0] != '\0' ? w->told.openid.account : w->host;
	enum err err = registration_put(db, &w->r->a, &w->g, name, family_word(w->told.openid.family),
					w->r->now_ms, &w->fresh);

	if (err == E_OK)
		err = register_invite_done(db, w->invite.tenant, w->invite.id, w->g.platform);
	if (err == E_OK)
		err = audit_write(db, &(struct audit_event){ .tenant = w->invite.tenant,
							     .now_ms = w->r->now_ms,
							     .action = w->fresh ? "platform.register" :
										  "platform.reregister",
							     .object = w->g.platform });
	return err;
}

static enum err keep_failure(struct db *db, void *arg)
{
	const struct work *w = arg;

	return register_invite_failed(db, w->invite.tenant, w->invite.id,
				      lti_register_code(w->why.why), w->why.what);
}

static enum err end(struct work *w, bool ok)
{
	const struct register_end e = { .invite = &w->invite, .why = ok ? NULL : &w->why,
					.host = w->host != NULL ? w->host : "",
					.family = w->told.openid.family, .again = !w->fresh };
	enum err err = ok ? E_OK : store_write(w->r->gw->store, keep_failure, w, &w->r->fault);

	log_event(LOG_INFO, "register", "req=%s outcome=%s platform=%lld", w->r->id,
		  ok ? "registered" : lti_register_code(w->why.why), (long long)w->g.platform);
	return err == E_OK ? register_end(w->r, &e) : err;
}

/* On a job thread. */
static enum err register_later(struct req *r)
{
	struct work *w = r->carry;
	enum err err;

	if (!ask(w))
		return end(w, false);
	fill_registration(w);
	if (w->g.domains == NULL)
		return E_NOMEM;
	err = store_write(r->gw->store, keep, w, &r->fault);
	if (err == E_CONFLICT) {
		fault_clear(&r->fault);
		w->why = (struct lti_unregistered){ .why = LTI_REGISTER_TAKEN };
		return end(w, false);
	}
	return err == E_OK ? end(w, true) : err;
}

static enum err use_invite(struct db *db, void *arg)
{
	struct work *w = arg;

	return register_invite_use(db, &w->r->a, w->word, w->r->now_ms, &w->invite);
}

enum err register_post(struct req *r)
{
	struct work *w = arena_new(&r->a, struct work);
	enum err err;

	if (w == NULL)
		return E_NOMEM;
	w->r = r;
	w->word = r->form.v[REGISTER_INVITE].text;
	w->url = r->form.v[REGISTER_CONFIGURATION].text;
	w->token = r->form.v[REGISTER_TOKEN].text;
	err = store_write(r->gw->store, use_invite, w, &r->fault);
	if (err == E_MISSING) {
		fault_clear(&r->fault);
		return reply_refuse(r, REFUSE_REGISTER_INVITE);
	}
	if (err != E_OK)
		return err;
	if (!lti_openid_address(&r->a, w->url, w->invite.discovery_host, r->gw->conf->lab_mode,
				&w->host, &w->why))
		return end(w, false);
	r->carry = w;
	return req_defer(r, register_later);
}
