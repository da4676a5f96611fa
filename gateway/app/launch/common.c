#include "launch.h"

#include <stdatomic.h>

#include "base/magic.h"
#include "gw/conf.h"
#include "gw/keys.h"
#include "gw/log.h"
#include "gw/session.h"
#include "store/launch.h"

#define REFUSALS_PER_SECOND 5	/* written to the database; all are counted and logged */

struct lti_platform launch_platform(const struct req *r, const struct platform *p)
{
	return (struct lti_platform){
		.id = p->id,
		.issuer = p->issuer,
		.client_id = p->client_id,
		.auth_url = p->auth_url,
		.jwks_url = p->jwks_url,
		.alg = str_eq(p->alg, "ES256") ? LTI_ALG_ES256 : LTI_ALG_RS256,
		.family = str_eq(p->family, "moodle") ? LTI_FAMILY_MOODLE :
			  str_eq(p->family, "canvas") ? LTI_FAMILY_CANVAS :
							LTI_FAMILY_OTHER,
		.allow_http = r->gw->conf->lab_mode,
	};
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

static struct lti_keyset *env_keys(void *cls, const struct lti_platform *p)
{
	const struct req *r = cls;

	return keys_get(r->gw->keys, p);
}

struct lti_env launch_env(struct req *r)
{
	return (struct lti_env){ .cls = r, .keys_cached = env_keys, .random = env_random,
				 .now_ms = env_now };
}

enum refusal launch_platform_state(const struct platform *p)
{
	if (str_eq(p->state, "approved"))
		return REFUSE_NONE;
	return str_eq(p->state, "pending") ? REFUSE_PLATFORM_PENDING : REFUSE_PLATFORM_DISABLED;
}

enum refusal launch_reason(enum lti_reason reason)
{
	static const enum refusal code[LTI_REASON_COUNT] = {
#define LTI_REASON(NAME, word, status, words) [LTI_REASON_##NAME] = REFUSE_LTI_##NAME,
#include "lti/reason.def"
#undef LTI_REASON
	};

	assert(reason > LTI_REASON_NONE && reason < LTI_REASON_COUNT);
	return code[reason];
}

/* An unauthenticated flood must not fill the table. */
static bool may_record(int64_t now_ms)
{
	static atomic_llong second;
	static atomic_int used;
	long long now = now_ms / 1000;

	if (atomic_exchange(&second, now) != now)
		atomic_store(&used, 0);
	return atomic_fetch_add(&used, 1) < REFUSALS_PER_SECOND;
}

struct record {
	struct req *r;
	const struct platform *p;
	const char *code, *expected, *got;
};

static enum err record_refusal(struct db *db, void *arg)
{
	const struct record *c = arg;

	return refusal_record(db, c->p != NULL ? c->p->tenant : 0, c->p != NULL ? c->p->id : 0,
			      c->code, c->expected, c->got, c->r->now_ms);
}

enum err launch_refuse(struct req *r, const struct platform *p, enum refusal code,
		       const struct lti_refusal *why)
{
	struct record c = { .r = r, .p = p, .code = refusal_code(code),
			    .expected = why != NULL ? why->expected : "",
			    .got = why != NULL ? why->got : "" };
	struct fault ignored = { 0 };

	count_peer_fault("launch");
	/* `platform disable` runs in another process; this one hears of it here. */
	if (code == REFUSE_PLATFORM_DISABLED && p != NULL)
		keys_forget(r->gw->keys, p->id);
	log_event(LOG_INFO, "launch-refused", "req=%s platform=%lld code=%s", r->id,
		  p != NULL ? (long long)p->id : 0LL, c.code);
	if (may_record(r->now_ms) &&
	    store_write(r->gw->store, record_refusal, &c, &ignored) != E_OK)
		log_event(LOG_WARN, "refusal-not-kept", "req=%s why=%s", r->id, ignored.text);
	return reply_refuse(r, code);
}

unsigned launch_params(struct req *r, struct lti_param *v, unsigned max)
{
	static const char *const names[] = {
		"iss", "login_hint", "target_link_uri", "lti_message_hint", "client_id",
		"lti_deployment_id", "deployment_id", "lti_storage_target", "state", "id_token",
		"error", "error_description",
	};
	unsigned n = 0;

	assert(max >= ARRAY_LEN(names));
	for (unsigned i = 0; i < ARRAY_LEN(names); i++) {
		const char *value = req_param(r, names[i]);

		if (value != NULL)
			v[n++] = (struct lti_param){ span_of(names[i]), span_of(value) };
	}
	return n;
}
