/*
 * Deep Linking 2.0: the page that a teacher's "add a link" opens, and the answer that
 * goes back to the course system. Items are generic: each leads whoever opens it to a
 * page of their own room, so nothing of a child is ever in a link.
 */
#include "base/magic.h"
#include "gw/pieces.h"
#include "gw/route.h"
#include "gw/session.h"
#include "gw/toolkeys.h"
#include "gw/view.h"
#include "lti/deeplink.h"
#include "store/audit.h"
#include "store/deeplink.h"
#include "store/platform.h"

#define FRAME_WIDTH 800		/* Canvas: of an item that stands in a page */
#define FRAME_HEIGHT 640
#define ANSWER_MAX (128u << 10)

struct offer {
	const char *name;
	enum msg title, text;
};

struct picker_page {
	const char *action;
	const struct offer *v;
	unsigned n;
	bool multiple, none_ticked;
	enum msg why_not;	/* MSG_NONE: choose */
};

struct answer_page {
	const char *action, *token;
};

#include "tpl/deeplink/pages.h"

static const struct offer offers[START_COUNT] = {
	[START_FAMILY] = { "family", MSG_deeplink_family, MSG_deeplink_family_text },
	[START_CLASS] = { "class", MSG_deeplink_class, MSG_deeplink_class_text },
	[START_CONFERENCES] = { "conferences", MSG_deeplink_conferences,
				MSG_deeplink_conferences_text },
	[START_PLAN] = { "plan", MSG_deeplink_plan, MSG_deeplink_plan_text },
};

/* By the numbers of enum start. */
static const struct field fields[START_COUNT + 1] = {
	[START_FAMILY] = { .name = "family", .type = F_CHECK },
	[START_CLASS] = { .name = "class", .type = F_CHECK },
	[START_CONFERENCES] = { .name = "conferences", .type = F_CHECK },
	[START_PLAN] = { .name = "plan", .type = F_CHECK },
	[START_COUNT] = { .name = "back", .type = F_CHECK },
};
static const struct form_def form = { fields, ARRAY_LEN(fields) };

struct asked {
	struct req *r;
	struct deep_link d;
	struct platform p;
};

static enum err read_asked(struct db *db, void *arg)
{
	struct asked *m = arg;
	struct req *r = m->r;
	enum err err = deep_link_get(db, &r->a, r->s->tenant, r->s->hash, r->now_ms, &m->d);

	assert(r->s != NULL);
	return err == E_OK ? platform_get(db, &r->a, r->s->platform, &m->p) : err;
}

static bool may_add(const struct asked *m)
{
	return (m->d.flags & DEEP_LINK_MAY) && (m->d.flags & DEEP_LINK_LINKS);
}

/* ---- the picker ---- */

static void draw(struct req *r, enum msg title, const struct picker_page *m)
{
	struct page p = { .title = loc_str(r->loc, title), .room = "picker" };
	struct out o = out_page(r);

	page_begin(&o, &p);
	view_picker(&o, m);
	page_end(&o, &p);
}

/* Answered already, or an hour ago: the course system has to ask again. */
static enum err draw_over(struct req *r)
{
	struct picker_page m = { .why_not = MSG_deeplink_over_text };

	fault_clear(&r->fault);
	draw(r, MSG_deeplink_over, &m);
	return E_OK;
}

static enum err picker(struct req *r)
{
	struct asked q = { .r = r };
	struct picker_page m = { .action = req_path(r, "/deeplink"), .v = offers,
				 .n = ARRAY_LEN(offers), .none_ticked = r->form.bad > 0 };
	enum err err = store_read(r->gw->store, read_asked, &q, &r->fault);

	if (err == E_MISSING)
		return draw_over(r);
	if (err != E_OK)
		return err;
	m.multiple = (q.d.flags & DEEP_LINK_MULTIPLE) != 0;
	m.why_not = !(q.d.flags & DEEP_LINK_MAY)   ? MSG_deeplink_not_you :
		    !(q.d.flags & DEEP_LINK_LINKS) ? MSG_deeplink_no_links :
						     MSG_NONE;
	draw(r, m.why_not == MSG_NONE ? MSG_deeplink_title : MSG_deeplink_nothing, &m);
	return E_OK;
}

/* ---- the answer ---- */

/*
 * Moodle matches an item with a url to a tool by its domain and loses ours: there the
 * custom parameter alone leads. Canvas shows the title as the link's words.
 */
static void fill_item(const struct asked *m, enum start s, struct lti_item *it,
		      struct lti_custom *custom)
{
	struct req *r = m->r;
	bool moodle = str_eq(m->p.family, "moodle"), canvas = str_eq(m->p.family, "canvas");

	assert(s < START_COUNT);
	*custom = (struct lti_custom){ START_PARAM, start_words[s] };
	*it = (struct lti_item){
		.title = loc_str(r->loc, offers[s].title),
		.text = canvas ? NULL : loc_str(r->loc, offers[s].text),
		.url = moodle ? NULL :
				arena_printf(&r->a, "%s/lti/launch?" START_PARAM "=%s",
					     r->gw->public_origin, start_words[s]),
		.custom = custom, .custom_n = 1,
	};
	if (!moodle && (m->d.flags & DEEP_LINK_FRAME)) {
		it->frame_width = FRAME_WIDTH;
		it->frame_height = FRAME_HEIGHT;
	} else if (!moodle && (m->d.flags & DEEP_LINK_WINDOW)) {
		it->window = true;
	}
}

static void env_random(void *cls, void *out, size_t n)
{
	(void)cls;
	auth_random(out, n);
}

static int64_t env_now(void *cls)
{
	const struct req *r = cls;

	return r->now_ms;
}

static enum err sign_answer(const struct asked *m, struct buf *token)
{
	struct req *r = m->r;
	const struct lti_env env = { .cls = r, .random = env_random, .now_ms = env_now };
	struct lti_custom custom[START_COUNT];
	struct lti_item item[START_COUNT];
	struct lti_deep_link_answer a = {
		.issuer = m->p.issuer, .client_id = m->p.client_id, .deployment = m->d.deployment,
		.data = m->d.flags & DEEP_LINK_DATA ? span_of(m->d.data) : (struct span){ 0 },
		.items = item,
	};
	struct buf claims = BUF_INIT(ANSWER_MAX);
	enum err err;

	for (unsigned i = 0; i < START_COUNT; i++)
		if (r->form.v[i].num != 0 && r->form.v[START_COUNT].num == 0) {
			fill_item(m, (enum start)i, &item[a.n], &custom[a.n]);
			a.n++;
		}
	err = lti_deep_link_claims(&env, &a, &claims);
	if (err == E_OK)
		err = toolkeys_sign(r->gw, r->now_ms, span_mk(claims.p, claims.len), token,
				    &r->fault);
	buf_release(&claims);
	return err;
}

static enum err take_away(struct db *db, void *arg)
{
	struct asked *m = arg;
	struct req *r = m->r;
	enum err err = deep_link_use(db, r->s->tenant, r->s->hash, r->now_ms);

	if (err == E_OK)
		err = audit_by(db, &r->who, r->now_ms, "deeplink.answer", r->who.context, 0);
	return err;
}

/* A browser follows a form to where the page says it may; nobody else learns the address. */
static enum err draw_answer(const struct asked *m, const struct buf *token)
{
	struct req *r = m->r;
	struct answer_page a = { .action = m->d.return_url,
				 .token = arena_strndup(&r->a, token->p, token->len) };
	struct page p = { .title = loc_str(r->loc, MSG_deeplink_sending), .room = "picker" };
	struct out o = out_page(r);

	if (a.token == NULL)
		return E_NOMEM;
	reply_form_action(r, m->d.return_origin);
	page_begin(&o, &p);
	view_answer(&o, &a);
	page_end(&o, &p);
	return E_OK;
}

static enum err gone(struct req *r)
{
	enum err err = draw_over(r);

	reply_conflict(r);
	return err;
}

/* On a job thread: opening the key and signing takes its time. */
static enum err answer(struct req *r)
{
	struct asked *m = r->carry;
	struct buf token = BUF_INIT(ANSWER_MAX);
	enum err err;

	assert(m != NULL && m->r == r);
	err = sign_answer(m, &token);
	if (err == E_OK)
		err = store_write(r->gw->store, take_away, m, &r->fault);
	if (err == E_OK)
		err = draw_answer(m, &token);
	else if (err == E_CONFLICT)
		err = gone(r);
	buf_wipe(&token);
	return err;
}

static unsigned ticked(const struct req *r)
{
	unsigned n = 0;

	for (unsigned i = 0; i < START_COUNT; i++)
		n += r->form.v[i].num != 0;
	return n;
}

static enum err choose(struct req *r)
{
	struct asked *m = arena_new(&r->a, struct asked);
	unsigned n = ticked(r);
	enum err err;

	assert(r->s != NULL && r->form.def == &form);
	if (m == NULL)
		return E_NOMEM;
	m->r = r;
	err = store_read(r->gw->store, read_asked, m, &r->fault);
	if (err == E_MISSING)
		return gone(r);
	if (err != E_OK)
		return err;
	if (r->form.v[START_COUNT].num == 0) {
		if (!may_add(m))
			return reply_refuse(r, REFUSE_NOT_YOURS);
		if (n == 0 || (n > 1 && !(m->d.flags & DEEP_LINK_MULTIPLE))) {
			form_mark(&r->form, START_FAMILY, FORM_CLASH);
			return picker(r);
		}
	}
	r->carry = m;
	return req_defer(r, answer);
}

static const struct route routes[] = {
	{ METHOD_GET, "/deeplink", picker, POLICY_any_page, NULL, NULL, 0, NULL },
	{ METHOD_POST, "/deeplink", choose, POLICY_any_door, &form, NULL, 0, picker },
	{ 0 },
};

const struct feature deeplink_feature = { .name = "deeplink", .routes = routes };
