/*
 * The registration's pages: who asks, and what came of it. Looking changes nothing, so
 * a preview of the link, or the platform's own check of it, uses no invitation up.
 */
#include "register_app.h"

#include "base/magic.h"
#include "gw/conf.h"
#include "gw/view.h"

struct fact {
	const char *what, *value;
};

struct facts {
	const struct fact *v;
	unsigned n;
};

struct ask_page {
	const char *invite, *configuration, *token;
	struct facts facts;
};

struct end_page {
	struct facts facts;
	enum msg text, then;
	const char *code, *what;	/* of a refusal; else NULL */
	bool done;
};

#include "tpl/register/page.h"

struct look {
	struct req *r;
	const char *word;
	struct platform_invite invite;
};

static enum err read_invite(struct db *db, void *arg)
{
	struct look *l = arg;

	return register_invite_get(db, &l->r->a, l->word, l->r->now_ms, &l->invite);
}

struct lti_tool register_tool(struct req *r)
{
	return (struct lti_tool){
		.origin = r->gw->public_origin,
		.name = loc_str(r->loc, MSG_common_lintel),
		.description = loc_str(r->loc, MSG_register_tool_about),
		.menu = loc_str(r->loc, MSG_register_tool_menu),
	};
}

static struct out begin(struct req *r, struct page *p, enum msg title)
{
	struct out o = out_page(r);

	*p = (struct page){ .title = loc_str(r->loc, title), .room = "action" };
	page_begin(&o, p);
	return o;
}

/* Opened in a browser instead of being given to the platform: says where it belongs. */
static enum err where_it_belongs(struct req *r)
{
	struct page p;
	struct out o = begin(r, &p, MSG_register_where_title);

	view_where(&o);
	page_end(&o, &p);
	return E_OK;
}

static enum err ask(struct req *r, const struct look *l, const char *configuration,
		    const char *host)
{
	const struct fact facts[] = {
		{ loc_str(r->loc, MSG_register_fact_who), host },
		{ loc_str(r->loc, MSG_register_fact_district), l->invite.tenant_name },
		{ loc_str(r->loc, MSG_register_fact_asks), loc_str(r->loc, MSG_register_asks) },
	};
	const char *token = req_param(r, "registration_token");
	struct ask_page m = { .invite = l->word, .configuration = configuration,
			      .token = token != NULL ? token : "",
			      .facts = { facts, ARRAY_LEN(facts) } };
	struct page p;
	struct out o = begin(r, &p, MSG_register_title);

	view_ask_to_register(&o, &m);
	page_end(&o, &p);
	return E_OK;
}

enum err register_page(struct req *r)
{
	const char *configuration = req_param(r, "openid_configuration"), *host = NULL;
	struct look l = { .r = r, .word = req_param(r, "invite") };
	struct lti_unregistered why;
	enum err err;

	err = l.word != NULL ? store_read(r->gw->store, read_invite, &l, &r->fault) : E_MISSING;
	if (err == E_MISSING)
		return reply_refuse(r, REFUSE_REGISTER_INVITE);
	if (err != E_OK)
		return err;
	if (configuration == NULL)
		return where_it_belongs(r);
	if (!lti_openid_address(&r->a, configuration, l.invite.discovery_host,
				r->gw->conf->lab_mode, &host, &why))
		return register_end(r, &(struct register_end){ .invite = &l.invite, .why = &why,
							       .host = host != NULL ? host : "" });
	return ask(r, &l, configuration, host);
}

/* ---- the last page ---- */

static enum msg why_text(enum lti_register why)
{
	static const enum msg text[LTI_REGISTER_COUNT] = {
		[LTI_REGISTER_ADDRESS] = MSG_register_why_address,
		[LTI_REGISTER_HOST] = MSG_register_why_host,
		[LTI_REGISTER_FETCH] = MSG_register_why_fetch,
		[LTI_REGISTER_JSON] = MSG_register_why_json,
		[LTI_REGISTER_MEMBER] = MSG_register_why_json,
		[LTI_REGISTER_HTTPS] = MSG_register_why_https,
		[LTI_REGISTER_ISSUER] = MSG_register_why_issuer,
		[LTI_REGISTER_ALG] = MSG_register_why_alg,
		[LTI_REGISTER_KEYS] = MSG_register_why_keys,
		[LTI_REGISTER_SEND] = MSG_register_why_send,
		[LTI_REGISTER_REFUSED] = MSG_register_why_refused,
		[LTI_REGISTER_ANSWER] = MSG_register_why_answer,
		[LTI_REGISTER_TAKEN] = MSG_register_why_taken,
	};

	assert(why > LTI_REGISTER_OK && why < LTI_REGISTER_COUNT);
	return text[why];
}

static enum refusal why_refusal(enum lti_register why)
{
	static const enum refusal code[LTI_REGISTER_COUNT] = {
#define LTI_REGISTER(NAME, word, words) [LTI_REGISTER_##NAME] = REFUSE_REGISTER_##NAME,
#include "lti/register.def"
#undef LTI_REGISTER
	};

	assert(why > LTI_REGISTER_OK && why < LTI_REGISTER_COUNT);
	return code[why];
}

static enum msg then_text(const struct register_end *e)
{
	if (e->why != NULL)
		return MSG_register_again;
	return e->family == LTI_FAMILY_MOODLE ? MSG_register_then_moodle :
	       e->family == LTI_FAMILY_CANVAS ? MSG_register_then_canvas :
						MSG_register_then_other;
}

enum err register_end(struct req *r, const struct register_end *e)
{
	const struct fact facts[] = {
		{ loc_str(r->loc, MSG_register_fact_who), e->host },
		{ loc_str(r->loc, MSG_register_fact_district), e->invite->tenant_name },
	};
	bool done = e->why == NULL;
	struct end_page m = { .facts = { facts, ARRAY_LEN(facts) }, .then = then_text(e),
			      .done = done };
	struct page p = { .title = loc_str(r->loc, done ? MSG_register_done_title :
							  MSG_refusal_register_title),
			  .room = done ? "waiting" : NULL };
	struct out o = out_page(r);
	enum refusal code = REFUSE_NONE;

	if (done) {
		m.text = e->again ? MSG_register_done_again : MSG_register_done_text;
	} else {
		code = why_refusal(e->why->why);
		m.text = why_text(e->why->why);
		m.what = e->why->what;
		m.code = p.refused = refusal_code(code);
	}
	page_begin(&o, &p);
	view_end(&o, &m);
	page_end(&o, &p);
	if (!done)
		reply_refused(r, code);
	return E_OK;
}
