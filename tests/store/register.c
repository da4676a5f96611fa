/* Invitations and registrations: once, in their own district, nothing orphaned; both engines. */
#include "kit/db.h"
#include "kit/world.h"
#include "store/register.h"
#include "t.h"

#define NOW 1700000000000LL
#define KEYS "https://lms.example/keys"

static struct {
	int64_t tenant, other, platform, other_platform;
} w;

static enum err make_world(struct db *db, void *arg)
{
	enum err err = world_platform(db, NOW, &w.tenant, &w.platform);

	(void)arg;
	return err == E_OK ? world_platform(db, NOW, &w.other, &w.other_platform) : err;
}

/* One call of the store in a transaction of its own. */
struct call {
	enum { ADD, GET, USE, REVOKE, DONE, FAILED, LIST, PUT, WAITING, CURRENT, BY_CLIENT, APPROVE, REFUSE,
	       PLATFORM, DEPLOYMENT } what;
	int64_t tenant, id, now;
	const char *text, *text2;
	char word[REGISTER_INVITE_LEN];
	struct platform_invite invite, *list;
	struct registration g;
	struct platform p;
	struct deployment d;
	unsigned n;
	bool flag;
};

static enum err run(struct db *db, void *arg)
{
	struct call *c = arg;

	switch (c->what) {
	case ADD:
		return register_invite_add(db, c->tenant, c->text, 7, c->now, c->word, &c->id);
	case GET:
		return register_invite_get(db, &mem, c->text, c->now, &c->invite);
	case USE:
		return register_invite_use(db, &mem, c->text, c->now, &c->invite);
	case REVOKE:
		return register_invite_revoke(db, c->tenant, c->id, c->now);
	case DONE:
		return register_invite_done(db, c->tenant, c->id, c->g.platform);
	case FAILED:
		return register_invite_failed(db, c->tenant, c->id, c->text, c->text2);
	case LIST:
		return register_invite_list(db, &mem, c->tenant, &c->list, &c->n);
	case PUT:
		return registration_put(db, &mem, &c->g, c->text, "moodle", c->now, &c->flag);
	case WAITING:
		return registration_get(db, &mem, c->id, "waiting", &c->g);
	case CURRENT:
		return registration_get(db, &mem, c->id, "current", &c->g);
	case BY_CLIENT:
		return registration_by_client(db, &mem, c->text, c->text2, &c->p);
	case APPROVE:
		return registration_approve(db, &mem, c->id, c->text, c->now, &c->flag);
	case REFUSE:
		return registration_refuse(db, &mem, c->id, c->text);
	case PLATFORM:
		return platform_get(db, &mem, c->id, &c->p);
	case DEPLOYMENT:
		return deployment_get(db, &mem, c->id, c->text, &c->d);
	}
	return E_INTERNAL;
}

static enum err call(struct call *c)
{
	struct fault f = { .err = E_OK };

	if (c->now == 0)
		c->now = NOW;
	return store_write(st, run, c, &f);
}

static enum err on_word(int what, const char *word, int64_t now)
{
	struct call c = { .what = what, .text = word, .now = now };

	return call(&c);
}

TEST(an_invitation_is_used_once_in_time_and_by_nobody_else)
{
	struct call c = { .what = ADD, .text = "" };

	NEED(world_make(make_world, NULL));
	c.tenant = w.tenant;
	CHECK_INT(call(&c), E_OK);
	CHECK_INT(on_word(GET, c.word, NOW), E_OK);
	CHECK_INT(on_word(GET, c.word, NOW + REGISTER_INVITE_LIFE_MS - 1), E_OK);
	CHECK_INT(on_word(GET, c.word, NOW + REGISTER_INVITE_LIFE_MS), E_MISSING);
	CHECK_INT(on_word(USE, c.word, NOW + REGISTER_INVITE_LIFE_MS), E_MISSING);
	CHECK_INT(on_word(USE, "x", NOW), E_MISSING);
	CHECK_INT(on_word(USE, "", NOW), E_MISSING);
	c.word[strlen(c.word) - 1] ^= 1;
	CHECK_INT(on_word(USE, c.word, NOW), E_MISSING);
	c.word[strlen(c.word) - 1] ^= 1;
	c.word[15] = c.word[15] == '1' ? '2' : '1';	/* another district's number */
	CHECK_INT(on_word(USE, c.word, NOW), E_MISSING);
	NEED(world_make(make_world, NULL));
	c = (struct call){ .what = ADD, .text = "", .tenant = w.tenant };
	CHECK_INT(call(&c), E_OK);
	CHECK_INT(on_word(USE, c.word, NOW), E_OK);
	CHECK_INT(on_word(USE, c.word, NOW), E_MISSING);
	CHECK_INT(on_word(GET, c.word, NOW), E_MISSING);
}

TEST(only_a_hash_of_the_word_is_kept)
{
	struct call c = { .what = ADD, .text = "sso.example" };
	char sql[256];

	NEED(world_make(make_world, NULL));
	c.tenant = w.tenant;
	CHECK_INT(call(&c), E_OK);
	snprintf(sql, sizeof(sql), "SELECT COUNT(*) FROM platform_invite WHERE secret_hash = '%s'",
		 c.word);
	CHECK_INT(test_count(st, sql), 0);
	c.what = GET;
	c.text = c.word;
	CHECK_INT(call(&c), E_OK);
	CHECK_STR(c.invite.discovery_host, "sso.example");
	CHECK_INT(c.invite.created_by, 7);
}

TEST(an_invitation_is_taken_back_by_its_own_district_while_it_is_open)
{
	struct call c = { .what = ADD, .text = "" }, r = { .what = REVOKE };

	NEED(world_make(make_world, NULL));
	c.tenant = w.tenant;
	CHECK_INT(call(&c), E_OK);
	r.id = c.id;
	r.tenant = w.other;
	CHECK_INT(call(&r), E_MISSING);
	CHECK_INT(on_word(GET, c.word, NOW), E_OK);
	r.tenant = w.tenant;
	CHECK_INT(call(&r), E_OK);
	CHECK_INT(call(&r), E_MISSING);
	CHECK_INT(on_word(USE, c.word, NOW), E_MISSING);
}

/* ---- registrations ---- */

static struct registration said(const char *issuer, const char *client, const char *guid)
{
	return (struct registration){
		.tenant = w.tenant, .issuer = issuer, .client_id = client,
		.auth_url = "https://lms.example/auth", .token_url = "https://lms.example/token",
		.jwks_url = KEYS, .alg = "RS256", .deployment = "", .guid = guid, .account = "",
		.product = "moodle", .version = "4.5", .key_thumb = "thumb",
		.domains = "lms.example", .scopes_asked = "a", .scopes_granted = "a", .invite = 1,
	};
}

static struct call put(struct registration g, enum err want, bool fresh)
{
	struct call c = { .what = PUT, .g = g, .text = "lms.example" };

	CHECK_INT(call(&c), want);
	if (want == E_OK)
		CHECK_INT(c.flag, fresh);
	return c;
}

static struct platform platform(int64_t id)
{
	struct call c = { .what = PLATFORM, .id = id };

	CHECK_INT(call(&c), E_OK);
	return c.p;
}

static const char *issuer_of_this_world(void)
{
	return arena_printf(&mem, "https://lms.example/%lld", (long long)w.tenant);
}

TEST(a_new_platform_waits_and_is_approved_with_its_deployment)
{
	struct call c, a = { .what = APPROVE }, d = { .what = DEPLOYMENT, .text = "3" };
	struct registration g;

	NEED(world_make(make_world, NULL));
	g = said(issuer_of_this_world(), "one", "");
	g.deployment = "3";
	c = put(g, E_OK, true);
	CHECK_STR(platform(c.g.platform).state, "pending");
	d.id = a.id = c.g.platform;
	CHECK_INT(call(&d), E_MISSING);
	a.text = "another";
	CHECK_INT(call(&a), E_CONFLICT);
	CHECK_STR(platform(c.g.platform).state, "pending");
	a.text = "one";
	CHECK_INT(call(&a), E_OK);
	CHECK(!a.flag);
	CHECK_STR(platform(c.g.platform).state, "approved");
	CHECK_INT(call(&d), E_OK);
	CHECK_STR(d.d.state, "approved");
	a.what = WAITING;
	CHECK_INT(call(&a), E_MISSING);
	a.what = CURRENT;
	CHECK_INT(call(&a), E_OK);
	CHECK_STR(a.g.client_id, "one");
	CHECK_INT(a.g.decided_at, NOW);
}

TEST(another_client_takes_the_place_of_the_first_only_once_approved)
{
	struct call c, a = { .what = APPROVE, .text = "one" }, b = { .what = BY_CLIENT, .text2 = "two" };
	const char *issuer;
	int64_t id;

	NEED(world_make(make_world, NULL));
	b.text = issuer = issuer_of_this_world();
	a.id = id = put(said(issuer, "one", ""), E_OK, true).g.platform;
	CHECK_INT(call(&a), E_OK);
	c = put(said(issuer, "two", ""), E_OK, false);
	CHECK_INT(c.g.platform, id);
	CHECK_STR(platform(id).client_id, "one");
	CHECK_INT(call(&b), E_OK);
	CHECK_INT(b.p.id, id);
	CHECK_STR(b.p.state, "pending");
	CHECK_STR(b.p.client_id, "two");
	/* and a third before anybody said a word: it takes the second's place */
	put(said(issuer, "three", ""), E_OK, false);
	CHECK_INT(call(&b), E_MISSING);
	a.text = "two";
	CHECK_INT(call(&a), E_CONFLICT);
	a.text = NULL;
	CHECK_INT(call(&a), E_OK);
	CHECK(a.flag);
	CHECK_STR(platform(id).client_id, "three");
	CHECK_STR(platform(id).state, "approved");
}

TEST(no_drops_what_waits_and_closes_only_what_was_never_open)
{
	struct call a = { .what = APPROVE, .text = "one" }, r = { .what = REFUSE, .text = "one" };
	const char *issuer;

	NEED(world_make(make_world, NULL));
	issuer = issuer_of_this_world();
	a.id = r.id = put(said(issuer, "one", ""), E_OK, true).g.platform;
	CHECK_INT(call(&r), E_OK);
	CHECK_STR(platform(a.id).state, "disabled");
	CHECK_INT(call(&r), E_CONFLICT);
	put(said(issuer, "one", ""), E_OK, false);
	CHECK_STR(platform(a.id).state, "disabled");
	CHECK_INT(call(&a), E_OK);
	put(said(issuer, "two", ""), E_OK, false);
	CHECK_INT(call(&r), E_CONFLICT);
	r.text = "two";
	CHECK_INT(call(&r), E_OK);
	CHECK_STR(platform(a.id).state, "approved");
	CHECK_STR(platform(a.id).client_id, "one");
}

TEST(a_client_of_another_district_is_not_taken_over)
{
	struct registration g;
	const char *issuer;

	NEED(world_make(make_world, NULL));
	issuer = issuer_of_this_world();
	put(said(issuer, "one", ""), E_OK, true);
	g = said(issuer, "one", "");
	g.tenant = w.other;
	put(g, E_CONFLICT, false);
	g.client_id = "two";			/* the same LMS may serve two districts */
	put(g, E_OK, true);
	put(said(issuer, "two", ""), E_CONFLICT, false);
}

static enum err give_guid(struct db *db, void *arg)
{
	const struct call *c = arg;

	return platform_learn_guid(db, c->id, c->text);
}

TEST(two_accounts_of_one_issuer_are_two_platforms)
{
	struct call c = { .text = "guid-a" };
	struct fault f = { .err = E_OK };
	const char *issuer;
	int64_t a, b;

	NEED(world_make(make_world, NULL));
	issuer = issuer_of_this_world();
	a = c.id = put(said(issuer, "one", "guid-a"), E_OK, true).g.platform;
	CHECK_INT(store_write(st, give_guid, &c, &f), E_OK);
	CHECK_INT(put(said(issuer, "two", "guid-a"), E_OK, false).g.platform, a);
	b = put(said(issuer, "three", "guid-b"), E_OK, true).g.platform;
	CHECK(b != a);
	CHECK_INT(put(said(issuer, "four", "guid-a"), E_OK, false).g.platform, a);
}

TEST(the_list_tells_what_became_of_each_and_nothing_of_other_districts)
{
	struct call c = { .what = ADD, .text = "" }, l = { .what = LIST };

	NEED(world_make(make_world, NULL));
	c.tenant = w.tenant;
	CHECK_INT(call(&c), E_OK);
	c.what = FAILED;
	c.text = "register-fetch";
	c.text2 = "too large";
	CHECK_INT(call(&c), E_MISSING);		/* not used yet */
	CHECK_INT(on_word(USE, c.word, NOW), E_OK);
	CHECK_INT(call(&c), E_OK);
	c = (struct call){ .what = ADD, .text = "", .tenant = w.tenant, .now = NOW + 1 };
	CHECK_INT(call(&c), E_OK);
	CHECK_INT(on_word(USE, c.word, NOW + 1), E_OK);
	c.what = DONE;
	c.g.platform = put(said(issuer_of_this_world(), "one", ""), E_OK, true).g.platform;
	CHECK_INT(call(&c), E_OK);
	l.tenant = w.tenant;
	CHECK_INT(call(&l), E_OK);
	NEED(l.n == 2);
	CHECK_STR(l.list[0].outcome, "registered");
	CHECK_STR(l.list[0].platform_name, platform(c.g.platform).name);
	CHECK_STR(l.list[1].outcome, "register-fetch");
	CHECK_STR(l.list[1].detail, "too large");
	l.tenant = w.other;
	CHECK_INT(call(&l), E_OK);
	CHECK_INT(l.n, 0);
}
