/* lintel doctor --platform: what its launches need, looked at from here. */
#include <string.h>
#include <time.h>

#include "base/magic.h"
#include "doctor.h"
#include "gw/clock.h"
#include "gw/fetch.h"
#include "lti/jwks.h"
#include "lti/reason.h"
#include "store/launch.h"
#include "store/platform.h"

#define FETCH_MS 10000
#define REFUSALS_READ 200
#define REFUSALS_SHOWN 5
#define DISCOVERY "/.well-known/openid-configuration"

struct patient {
	struct doctor *d;
	struct platform p;
	struct deployment *dep;
	struct refused_launch *no;
	unsigned n_dep, n_no;
};

static enum err read_patient(struct db *db, void *arg)
{
	struct patient *m = arg;
	struct arena *a = &m->d->c.a;
	enum err err = platform_find(db, a, m->d->platform, &m->p);

	if (err == E_OK)
		err = deployment_list(db, a, m->p.id, &m->dep, &m->n_dep);
	if (err == E_OK)
		err = refusal_list(db, a, m->p.tenant, REFUSALS_READ, &m->no, &m->n_no);
	return err;
}

static void when(int64_t ms, char out[32])
{
	time_t t = (time_t)(ms / 1000);
	struct tm tm;

	if (ms == 0 || gmtime_r(&t, &tm) == NULL)
		snprintf(out, 32, "never");
	else
		strftime(out, 32, "%Y-%m-%d %H:%M UTC", &tm);
}

static void say_registration(struct doctor *d, const struct patient *m)
{
	bool open = str_eq(m->p.state, "approved");
	char last[32];

	doctor_say(d, open ? V_OK : V_BROKEN, "platform", "%s (%s), %s, match %s", m->p.name, m->p.family,
		   m->p.state, m->p.match_by);
	if (m->n_dep == 0)
		doctor_say(d, V_WARN, "deployment", "none yet: it appears with the first launch");
	for (unsigned i = 0; i < m->n_dep; i++) {
		when(m->dep[i].last_launch_at, last);
		doctor_say(d, str_eq(m->dep[i].state, "approved") ? V_OK : V_WARN, "deployment",
			   "%s, %s, last launch %s", m->dep[i].id, m->dep[i].state, last);
	}
}

static const char *words_of(const char *code)
{
	for (unsigned i = 1; i < LTI_REASON_COUNT; i++)
		if (str_eq(code, lti_reason_code((enum lti_reason)i)))
			return lti_reason_words((enum lti_reason)i);
	if (str_eq(code, "deployment-pending"))
		return "The deployment waits for the office: `lintel platform deployment add`.";
	if (str_eq(code, "platform-pending") || str_eq(code, "platform-disabled"))
		return "The platform is not open: `lintel platform approve`.";
	return str_eq(code, "replay") ? "The same launch came a second time." :
					"See the page of refused launches.";
}

static void say_refusals(struct doctor *d, const struct patient *m)
{
	unsigned shown = 0;
	char at[32];

	for (unsigned i = 0; i < m->n_no && shown < REFUSALS_SHOWN; i++) {
		const struct refused_launch *r = &m->no[i];

		if (r->platform != m->p.id)
			continue;
		when(r->at, at);
		doctor_say(d, V_NOTE, "refused", "%s %s: %s%s%s%s%s", at, r->code, words_of(r->code),
			   r->expected[0] != '\0' ? " expected " : "", r->expected,
			   r->got[0] != '\0' ? " got " : "", r->got);
		shown++;
	}
	if (shown == 0)
		doctor_say(d, V_OK, "refused", "no launch lately");
}

static enum err look_up(struct doctor *d, const char *url, struct buf *body)
{
	const struct conf *c = &d->c.conf;
	enum fetch_reach reach = c->lab_mode ? FETCH_LAB :
				 c->allow_private_platforms ? FETCH_PRIVATE : FETCH_PUBLIC;

	fault_clear(&d->c.fault);
	return fetch_get(reach, url, "application/json, application/jwk-set+json", body,
			 clock_monotonic_ms() + FETCH_MS, &d->c.fault);
}

static void say_key_names(struct doctor *d, const struct lti_keyset *ks)
{
	for (unsigned i = 0; i < lti_keyset_count(ks) && i < 20; i++) {
		const char *why = NULL;
		struct span kid = lti_keyset_kid(ks, i, &why);

		doctor_say(d, why == NULL ? V_OK : V_WARN, "key", "%.*s: %s", (int)kid.n,
			   kid.n > 0 ? kid.p : "", why == NULL ? "usable" : why);
	}
}

static void say_keyset(struct doctor *d, const struct platform *p)
{
	struct buf body = BUF_INIT(LTI_JWKS_MAX_BYTES);
	char print[LTI_THUMBPRINT_LEN + 1];
	struct lti_keyset *ks = NULL;
	enum err err = look_up(d, p->jwks_url, &body);

	if (err == E_OK)
		err = lti_keyset_parse(span_mk(body.p, body.len), &ks, &d->c.fault);
	if (err != E_OK) {
		doctor_say(d, V_BROKEN, "key set", "%s: %s", p->jwks_url,
			   d->c.fault.text[0] != '\0' ? d->c.fault.text : err_name(err));
	} else {
		lti_keyset_thumbprint(ks, print);
		doctor_say(d, lti_keyset_usable(ks) > 0 ? V_OK : V_BROKEN, "key set",
			   "%u usable, %u not, thumbprint %s", lti_keyset_usable(ks),
			   lti_keyset_unusable(ks), print);
		say_key_names(d, ks);
	}
	lti_keyset_free(ks);
	buf_release(&body);
}

/* Moodle and Canvas have their own places for it, so its absence breaks nothing. */
static void say_discovery(struct doctor *d, const struct platform *p)
{
	struct buf body = BUF_INIT(1 << 20);
	const char *url = arena_printf(&d->c.a, "%s" DISCOVERY, p->issuer);
	enum err err = url == NULL ? E_NOMEM : look_up(d, url, &body);

	if (err == E_OK)
		doctor_say(d, V_OK, "issuer", "%s answers, with its configuration", p->issuer);
	else if (err == E_INPUT || err == E_LIMIT)
		doctor_say(d, V_NOTE, "issuer", "%s answers; no configuration at " DISCOVERY, p->issuer);
	else
		doctor_say(d, V_WARN, "issuer", "%s: %s", p->issuer,
			   d->c.fault.text[0] != '\0' ? d->c.fault.text : err_name(err));
	buf_release(&body);
}

void doctor_platform(struct doctor *d)
{
	struct patient m = { .d = d };
	enum err err = store_read(d->c.store, read_patient, &m, &d->c.fault);

	if (err == E_MISSING) {
		doctor_say(d, V_BROKEN, "platform", "there is none called so: `lintel platform list`");
		return;
	}
	if (err != E_OK) {
		doctor_say(d, V_BROKEN, "platform", "%s", err == E_CONFLICT ?
			   "two have this name: use the id" :
			   d->c.fault.text[0] != '\0' ? d->c.fault.text : err_name(err));
		return;
	}
	say_registration(d, &m);
	say_refusals(d, &m);
	say_keyset(d, &m.p);
	say_discovery(d, &m.p);
}
