/* The last launches that were refused: which check, what it means, what helps. */
#include "admin.h"
#include "base/magic.h"
#include "lti/reason.h"
#include "pages.h"
#include "store/launch.h"

#define SHOWN 50

/* Which advice belongs to a code; the first row whose prefix fits. */
static const struct advice {
	const char *prefix;
	enum msg text, todo;
} advice[] = {
	{ "platform-error", MSG_admin_why_message, MSG_admin_todo_message },
	{ "platform-", MSG_admin_why_platform, MSG_admin_todo_platform },
	{ "client-needed", MSG_admin_why_platform, MSG_admin_todo_platform },
	{ "issuer", MSG_admin_why_platform, MSG_admin_todo_platform },
	{ "audience", MSG_admin_why_platform, MSG_admin_todo_platform },
	{ "azp", MSG_admin_why_platform, MSG_admin_todo_platform },
	{ "login-iss", MSG_admin_why_platform, MSG_admin_todo_platform },
	{ "deployment-missing", MSG_admin_why_message, MSG_admin_todo_message },
	{ "deployment", MSG_admin_why_deployment, MSG_admin_todo_deployment },
	{ "key", MSG_admin_why_keys, MSG_admin_todo_keys },
	{ "kid", MSG_admin_why_keys, MSG_admin_todo_keys },
	{ "signature", MSG_admin_why_keys, MSG_admin_todo_keys },
	{ "header-alg", MSG_admin_why_keys, MSG_admin_todo_keys },
	{ "token-expired", MSG_admin_why_clock, MSG_admin_todo_clock },
	{ "token-future", MSG_admin_why_clock, MSG_admin_todo_clock },
	{ "token-old", MSG_admin_why_clock, MSG_admin_todo_clock },
	{ "state-", MSG_admin_why_browser, MSG_admin_todo_browser },
	{ "replay", MSG_admin_why_replay, MSG_admin_todo_replay },
	{ "nonce", MSG_admin_why_replay, MSG_admin_todo_replay },
	{ "sub-missing", MSG_admin_why_privacy, MSG_admin_todo_privacy },
	{ "roles", MSG_admin_why_privacy, MSG_admin_todo_privacy },
	{ "login-target", MSG_admin_why_target, MSG_admin_todo_target },
	{ "target", MSG_admin_why_target, MSG_admin_todo_target },
	{ "message-type", MSG_admin_why_later, MSG_admin_todo_later },
	{ "", MSG_admin_why_message, MSG_admin_todo_message },
};

static const struct advice *advice_of(const char *code)
{
	for (unsigned i = 0; i < ARRAY_LEN(advice); i++)
		if (str_starts(code, advice[i].prefix))
			return &advice[i];
	WRONG("the last row fits every code");
}

/* The library's own sentence, for whoever mends the course system. */
static const char *exact_words(const char *code)
{
	for (unsigned i = 1; i < LTI_REASON_COUNT; i++)
		if (str_eq(code, lti_reason_code((enum lti_reason)i)))
			return lti_reason_words((enum lti_reason)i);
	return NULL;
}

struct refusals {
	struct req *r;
	struct refused_launch *v;
	unsigned n;
};

static enum err read_refusals(struct db *db, void *arg)
{
	struct refusals *m = arg;

	return refusal_list(db, &m->r->a, m->r->who.tenant, SHOWN, &m->v, &m->n);
}

static void fill_row(struct req *r, const struct refused_launch *f, struct item *it)
{
	const struct advice *a = advice_of(f->code);

	it->what = loc_str(r->loc, a->text);
	it->tag = (struct tag){ SIDE_ALERT, f->code };
	item_line(it, view_say(r, MSG_admin_refused_when,
			       (struct msg_arg[]){ { "when", say_when(r, f->at), 0 },
						   { "platform", f->platform_name[0] != '\0' ?
								 f->platform_name :
								 loc_str(r->loc, MSG_admin_unknown), 0 } },
			       2));
	if (f->expected[0] != '\0')
		item_line(it, view_say(r, MSG_admin_expected,
				       &(struct msg_arg){ "what", f->expected, 0 }, 1));
	if (f->got[0] != '\0')
		item_line(it, view_say(r, MSG_admin_got, &(struct msg_arg){ "what", f->got, 0 }, 1));
	item_line(it, loc_str(r->loc, a->todo));
	it->english = exact_words(f->code);
}

enum err refused_page(struct req *r)
{
	struct refusals m = { .r = r };
	struct items list = { .none = loc_str(r->loc, MSG_admin_refused_none),
			      .text = loc_str(r->loc, MSG_admin_refused_text) };
	enum err err = store_read(r->gw->store, read_refusals, &m, &r->fault);
	struct item *v = items_new(r, m.n);
	struct page p;
	struct out o;

	if (err == E_OK && v == NULL)
		err = E_NOMEM;
	if (err != E_OK)
		return err;
	for (unsigned i = 0; i < m.n; i++)
		fill_row(r, &m.v[i], &v[i]);
	list.v = v;
	list.n = m.n;
	o = admin_begin(r, &p, MSG_admin_refused_title, "/admin/platforms");
	view_items(&o, &list);
	page_end(&o, &p);
	return E_OK;
}
