/*
 * The platform's answer: state, browser, token, then one transaction that lets
 * the person in. A key set that is missing or old is fetched on a job thread
 * while the connection waits.
 */
#include "launch.h"

#include <string.h>

#include "base/magic.h"
#include "gw/clock.h"
#include "gw/conf.h"
#include "gw/keys.h"
#include "gw/log.h"
#include "gw/session.h"
#include "lti/deeplink.h"
#include "lti/util.h"
#include "store/launch.h"

#define PARAMS_MAX 16
#define KEYS_WAIT_MS 5000

struct arrival {
	struct lti_answer answer;
	struct lti_state state;
	struct platform row;
	struct lti_platform p;
	struct deployment dep;
	struct lti_launch l;
	struct lti_refusal why;
	uint64_t keys_seen;
	struct req *r;
};

static enum err find_platform(struct db *db, void *arg)
{
	struct arrival *a = arg;

	return platform_get(db, &a->r->a, a->state.platform, &a->row);
}

static enum err find_deployment(struct db *db, void *arg)
{
	struct arrival *a = arg;

	return deployment_get(db, &a->r->a, a->row.id, a->l.deployment, &a->dep);
}

static enum err meet_deployment(struct db *db, void *arg)
{
	struct arrival *a = arg;

	return deployment_meet(db, &a->r->a, &a->row, a->l.deployment, a->l.platform_guid,
			       a->r->now_ms, &a->dep);
}

static enum err learn_guid(struct db *db, void *arg)
{
	struct arrival *a = arg;

	return platform_learn_guid(db, a->row.id, a->l.platform_guid);
}

static const char *cookie_name(struct arrival *a)
{
	return arena_printf(&a->r->a, LOGIN_COOKIE "%s", a->state.tag);
}

/* Used or refused, this login is over. */
static void forget_login(struct arrival *a)
{
	const char *name = cookie_name(a);

	if (name != NULL && req_cookie(a->r, name) != NULL)
		reply_cookie(a->r, name, "", 0);
}

static enum err refuse(struct arrival *a, enum refusal code, const struct lti_refusal *why)
{
	assert(code != REFUSE_NONE);
	forget_login(a);
	return launch_refuse(a->r, a->row.id != 0 ? &a->row : NULL, code, why);
}

static enum err refuse_lti(struct arrival *a, const struct lti_refusal *why)
{
	return refuse(a, launch_reason(why->reason), why);
}

/*
 * auto: while a platform's guid is that of its first approved deployment, new
 * ones come in by themselves; Canvas makes one per course.
 */
static enum err check_deployment(struct arrival *a, enum refusal *code_out)
{
	struct req *r = a->r;
	enum err err = store_read(r->gw->store, find_deployment, a, &r->fault);

	*code_out = REFUSE_NONE;
	if (err == E_MISSING)
		err = store_write(r->gw->store, meet_deployment, a, &r->fault);
	if (err != E_OK)
		return err;
	if (str_eq(a->dep.state, "pending"))
		*code_out = REFUSE_DEPLOYMENT_PENDING;
	else if (!str_eq(a->dep.state, "approved"))
		*code_out = REFUSE_DEPLOYMENT_REFUSED;
	else if (a->row.guid[0] == '\0' && a->l.platform_guid != NULL &&
		 a->l.platform_guid[0] != '\0')
		err = store_write(r->gw->store, learn_guid, a, &r->fault);
	return err;
}

static unsigned roles_of(const struct lti_launch *l)
{
	unsigned roles = 0;

	if (l->roles & LTI_ROLE_INSTRUCTOR)
		roles |= LAUNCH_INSTRUCTOR;
	if (l->roles & LTI_ROLE_TA)
		roles |= LAUNCH_TA;
	if (l->roles & LTI_ROLE_LEARNER)
		roles |= LAUNCH_LEARNER;
	if (l->roles & LTI_ROLE_MENTOR)
		roles |= LAUNCH_MENTOR;
	if (l->roles & LTI_ROLE_ADMIN_CLAIM)
		roles |= LAUNCH_ADMIN_CLAIM;
	if ((l->roles & LTI_ROLE_TEST_USER) || l->student_view)
		roles |= LAUNCH_TEST_USER;
	return roles;
}

/* Canvas's own expansion knows merged accounts; the claim is the fallback. */
static void children_of(const struct lti_launch *l, struct launch_facts *f)
{
	static const char *const none[1];
	const struct lti_list *list = l->observees.given ? &l->observees :
				      l->mentees.given	 ? &l->mentees :
							   NULL;

	if (list == NULL)
		return;
	f->children = list->n > 0 ? list->v : none;
	f->nchildren = list->n;
	f->children_source = l->observees.given ? "observees" : "mentor";
}

static const char *context_kind(const struct lti_launch *l)
{
	return l->is_course || l->context_types.n == 0 ? "course" :
	       lti_list_has(&l->context_types, "Account") ? "account" : "group";
}

static const char *or_empty(const char *s)
{
	return s != NULL ? s : "";
}

#define ADDS_LINKS (LTI_ROLE_INSTRUCTOR | LTI_ROLE_TA | LTI_ROLE_DEVELOPER | LTI_ROLE_ADMIN_CLAIM)

/* The platform lets its staff ask; who looks through another's eyes adds nothing. */
static unsigned link_flags(const struct lti_launch *l)
{
	const struct lti_deep_link *d = l->deep_link;
	bool may = (l->roles & ADDS_LINKS) && l->masquerading == NULL && !l->student_view;

	return (may ? DEEP_LINK_MAY : 0) | (d->links ? DEEP_LINK_LINKS : 0) |
	       (d->multiple ? DEEP_LINK_MULTIPLE : 0) | (d->frame ? DEEP_LINK_FRAME : 0) |
	       (d->window ? DEEP_LINK_WINDOW : 0) | (d->data.p != NULL ? DEEP_LINK_DATA : 0);
}

/* What goes into the transaction, and its result. */
struct commit {
	struct launch_facts f;
	struct session s;
	struct arrival *of;
	struct session_key others[SESSION_COOKIES_MAX * 2];
	struct session_ref refs[SESSION_COOKIES_MAX * 2];
	char nonce[2 * 32 + 1];
	struct session_ticket ticket;
	struct deep_link link;
};

static enum err commit_launch(struct db *db, void *arg)
{
	struct commit *c = arg;

	return launch_commit(db, &c->of->r->a, &c->f, &c->s);
}

static void fill_link(const struct arrival *a, struct commit *c)
{
	const struct lti_deep_link *d = a->l.deep_link;

	if (d == NULL)
		return;
	c->link = (struct deep_link){ .deployment = a->l.deployment, .return_url = d->return_url,
				      .return_origin = d->return_origin,
				      .data = d->data.p != NULL ? d->data.p : "",
				      .flags = link_flags(&a->l),
				      .expires_at = a->r->now_ms + DEEP_LINK_LIFE_MS };
	c->f.deep_link = &c->link;
}

static void fill_facts(struct arrival *a, struct commit *c)
{
	const struct lti_launch *l = &a->l;
	int64_t tenant = a->dep.tenant;

	hex_encode(l->nonce_hash, sizeof(l->nonce_hash), c->nonce);
	session_ticket_make(tenant, &c->ticket);
	c->f = (struct launch_facts){
		.platform = &a->row, .tenant = tenant, .deployment = l->deployment,
		.nonce_hash = c->nonce, .nonce_expires_at = l->nonce_until_ms,
		.user = { .tenant = tenant, .platform = a->row.id, .sub = l->sub,
			  .alias = l->legacy_user_id, .given = l->given_name,
			  .family = l->family_name, .full_name = l->name, .username = l->username,
			  .sourcedid = l->person_sourcedid, .now_ms = a->r->now_ms },
		.context = { .tenant = tenant, .platform = a->row.id, .ext_id = l->context,
			     .kind = context_kind(l), .label = l->context_label,
			     .title = l->context_title != NULL ? l->context_title :
								 l->context_label,
			     .sourcedid = l->course_section_sourcedid != NULL ?
						  l->course_section_sourcedid :
						  l->course_offering_sourcedid,
			     .nrps_url = launch_list_url(&a->row, l), .now_ms = a->r->now_ms },
		.roles = roles_of(l), .masquerade = l->masquerading != NULL,
		.real_user = l->masquerading, .locale = or_empty(l->locale),
		.zone = or_empty(l->timezone), .embed_origin = or_empty(l->embed_origin),
		.return_url = or_empty(l->return_url), .session_hash = c->ticket.hash,
		.others = c->others, .for_user = l->for_user, .now_ms = a->r->now_ms,
	};
	children_of(l, &c->f);
	fill_link(a, c);
	c->f.nothers = session_refs(a->r, c->refs, ARRAY_LEN(c->refs));
	for (unsigned i = 0; i < c->f.nothers; i++)
		c->others[i] = (struct session_key){ c->refs[i].tenant, c->refs[i].hash };
}

/* The oldest cookie goes when the browser holds too many; rows die of age. */
static void drop_spare_cookies(const struct commit *c)
{
	for (unsigned i = SESSION_COOKIES_MAX - 1; i < c->f.nothers; i++)
		reply_cookie(c->of->r, c->refs[i].name, "", 0);
}

/* The word of a link that a deep linking answer made; anything else leads home. */
static const char *word_of(struct arrival *a)
{
	const char *q = a->l.target_link_uri == NULL ? NULL : strchr(a->l.target_link_uri, '?');
	const char *word = start_word(lti_launch_custom(&a->l, START_PARAM));

	if (word == NULL && q != NULL && str_starts(q + 1, START_PARAM "="))
		word = start_word(q + 1 + strlen(START_PARAM "="));
	return word;
}

/* The first page, inside the new session. */
static const char *first_page(const struct commit *c)
{
	struct arrival *a = c->of;
	const char *word;

	if (a->l.message == LTI_MESSAGE_DEEP_LINKING)
		return "deeplink";
	if (a->l.message == LTI_MESSAGE_SUBMISSION_REVIEW && c->s.door == DOOR_CLASS)
		return c->s.child == 0 ? "review" :
					 arena_printf(&a->r->a, "child/%lld", (long long)c->s.child);
	word = word_of(a);
	return word == NULL ? "" : arena_printf(&a->r->a, "?" START_PARAM "=%s", word);
}

static enum err committed(struct req *r, void *arg, enum err err)
{
	struct commit *c = arg;
	struct arrival *a = c->of;

	if (err == E_CONFLICT) {
		fault_clear(&r->fault);
		return refuse(a, REFUSE_REPLAY, NULL);
	}
	if (err != E_OK)
		return err;
	forget_login(a);
	drop_spare_cookies(c);
	session_ticket_give(r, &c->ticket);
	log_event(LOG_INFO, "launch", "req=%s platform=%lld door=%d", r->id, (long long)a->row.id,
		  (int)c->s.door);
	return reply_redirect(r, 303, arena_printf(&r->a, "/app/%s/%s", c->ticket.tag,
						   first_page(c)));
}

static enum err let_in(struct arrival *a)
{
	struct commit *c = arena_new(&a->r->a, struct commit);

	if (c == NULL)
		return E_NOMEM;
	c->of = a;
	fill_facts(a, c);
	return req_write(a->r, commit_launch, c, committed);
}

static enum err verified(struct arrival *a)
{
	enum refusal code;
	enum err err;

	if (!a->l.bound)
		return E_INTERNAL;
	err = check_deployment(a, &code);
	if (err != E_OK)
		return err;
	if (code != REFUSE_NONE)
		return refuse(a, code, NULL);
	return let_in(a);
}

static enum lti_result verify(struct arrival *a, bool final)
{
	const char *const origins[] = { a->r->gw->public_origin, NULL };
	const struct lti_env env = launch_env(a->r);
	const struct lti_expect x = { .state = &a->state, .origins = origins,
				      .leeway_s = a->r->gw->conf->clock_leeway,
				      .max_age_s = a->r->gw->conf->state_ttl, .keys_final = final };

	a->why = (struct lti_refusal){ 0 };
	return lti_verify(&a->r->a, &env, &a->p, &x, a->answer.id_token, &a->l, &a->why,
			  &a->keys_seen);
}

static enum err settle_result(struct arrival *a, enum lti_result got)
{
	if (got == LTI_OK)
		return verified(a);
	return got == LTI_INTERNAL ? E_INTERNAL : refuse_lti(a, &a->why);
}

/* On a job thread: fetch, then verify for good. */
static enum err launch_later(struct req *r)
{
	struct arrival *a = r->carry;
	int64_t deadline = clock_monotonic_ms() + KEYS_WAIT_MS;
	struct fault f = { 0 };
	enum lti_result got = LTI_REFUSED;	/* a->why is filled as if refused */

	if (r->deadline_ms != 0 && r->deadline_ms < deadline)
		deadline = r->deadline_ms;
	if (keys_fetch(r->gw->keys, &a->p, a->keys_seen, deadline, &f) == E_OK)
		got = verify(a, true);
	return settle_result(a, got);
}

/*
 * Everything before the token. E_OK with row.id == 0: a refusal was answered.
 */
static enum err arrive(struct req *r, struct arrival *a)
{
	struct lti_param v[PARAMS_MAX];
	struct lti_refusal why = { 0 };
	unsigned n = launch_params(r, v, PARAMS_MAX);
	const char *secret;
	enum lti_result got, state;
	enum refusal code;
	enum err err;

	*a = (struct arrival){ .r = r };
	got = lti_answer_read(&r->a, v, n, &a->answer, &why);
	if (got == LTI_INTERNAL)
		return E_INTERNAL;
	if (got != LTI_OK && why.reason != LTI_REASON_PLATFORM_ERROR)
		return refuse_lti(a, &why);
	state = lti_state_open(a->answer.state, r->gw->state_key, r->now_ms, r->gw->conf->state_ttl,
			       &a->state, got == LTI_OK ? &why : &(struct lti_refusal){ 0 });
	if (got != LTI_OK || state != LTI_OK)
		return state == LTI_INTERNAL ? E_INTERNAL : refuse_lti(a, &why);
	secret = req_cookie(r, cookie_name(a));
	if (lti_state_bind(&a->state, span_of(secret), &why) != LTI_OK)
		return refuse_lti(a, &why);
	err = store_read(r->gw->store, find_platform, a, &r->fault);
	if (err == E_MISSING)
		return launch_refuse(r, NULL, REFUSE_PLATFORM_UNKNOWN, NULL);
	if (err != E_OK)
		return err;
	code = launch_platform_state(&a->row);
	if (code != REFUSE_NONE) {
		err = refuse(a, code, NULL);
		a->row.id = 0;
		return err;
	}
	a->p = launch_platform(r, &a->row);
	return E_OK;
}

enum err launch_post(struct req *r)
{
	struct arrival *a = arena_new(&r->a, struct arrival);
	enum lti_result got;
	enum err err;

	if (a == NULL)
		return E_NOMEM;
	err = arrive(r, a);
	if (err != E_OK || a->row.id == 0)
		return err;
	got = verify(a, false);
	if (got == LTI_NEED_KEYS) {
		r->carry = a;
		return req_defer(r, launch_later);
	}
	return settle_result(a, got);
}
