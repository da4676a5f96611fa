/* What a launch makes of its user: doors, memberships, links, sessions; on both engines. */
#include "kit/db.h"
#include "store/audit.h"
#include "store/grant.h"
#include "store/launch.h"
#include "store/links.h"
#include "t.h"

#define NOW 1700000000000LL

static struct store *st;
static struct arena mem;
static int64_t tenant;
static struct platform moodle, canvas;
static unsigned serial;

static enum err make_platforms(struct db *db, void *arg)
{
	enum err err = tenant_add(db, "District", NOW, &tenant);

	(void)arg;
	moodle = (struct platform){ .tenant = tenant, .name = "M", .family = "moodle",
				    .issuer = "https://m.example", .client_id = "m", .auth_url = "u",
				    .token_url = "u", .jwks_url = "u", .alg = "RS256",
				    .match_by = "sourcedid", .state = "approved",
				    .accept_deployments = "approve", .guid = "", .created_at = NOW };
	canvas = moodle;
	canvas.name = "C";
	canvas.family = "canvas";
	canvas.issuer = "https://c.example";
	canvas.match_by = "none";
	moodle.id = store_new_id(NOW);
	canvas.id = store_new_id(NOW);
	if (err == E_OK)
		err = platform_add(db, &moodle);
	if (err == E_OK)
		err = platform_add(db, &canvas);
	if (err == E_OK)
		err = deployment_put(db, moodle.id, tenant, "1", "approved", NOW);
	return err;
}

static bool world(void)
{
	struct fault f = { 0 };
	uint8_t root[32] = { 9 };

	if (st != NULL)
		return true;
	st = test_store();
	audit_setup(root, 0);
	arena_init(&mem, 64 << 20);
	return CHECK_INT(store_migrate(st, &f), E_OK) &&
	       CHECK_INT(store_write(st, make_platforms, NULL, &f), E_OK);
}

struct go {
	struct launch_facts f;
	struct session s;
	char nonce[32], hash[SESSION_HASH_LEN];
};

static void prepare(struct go *g, const struct platform *p, const char *sub, unsigned roles)
{
	*g = (struct go){ 0 };
	serial++;
	snprintf(g->nonce, sizeof(g->nonce), "nonce-%u", serial);
	snprintf(g->hash, sizeof(g->hash), "%064u", serial);
	g->f = (struct launch_facts){
		.platform = p, .tenant = tenant, .deployment = "1", .roles = roles,
		.nonce_hash = g->nonce, .nonce_expires_at = NOW + 60000,
		.user = { .tenant = tenant, .platform = p->id, .sub = sub, .full_name = sub,
			  .now_ms = NOW },
		.context = { .tenant = tenant, .platform = p->id, .ext_id = "2", .kind = "course",
			     .title = "Grade 3", .now_ms = NOW },
		.children_source = str_eq(p->family, "canvas") ? "observees" : "mentor",
		.locale = "en", .zone = "", .embed_origin = "", .return_url = "",
		.session_hash = g->hash, .now_ms = NOW,
	};
}

static enum err run_launch(struct db *db, void *arg)
{
	struct go *g = arg;

	return launch_commit(db, &mem, &g->f, &g->s);
}

static enum err launch(struct go *g)
{
	struct fault f = { 0 };
	enum err err = store_write(st, run_launch, g, &f);

	if (err != E_OK && err != E_CONFLICT)
		printf("# %s: %s\n", err_name(err), f.text);
	return err;
}

static int64_t count(const char *sql)
{
	return test_count(st, sql);
}

static int64_t found_sessions;

static enum err count_sessions(struct db *db, void *arg)
{
	return db_one(db, NULL, "i", (void *[]){ &found_sessions },
		      "SELECT COUNT(*) FROM session WHERE id_hash = $1", "s", (const char *)arg);
}

static int64_t sessions_of(char *hash)
{
	struct fault f = { 0 };

	return store_read(st, count_sessions, hash, &f) == E_OK ? found_sessions : -1;
}

TEST(a_moodle_learner_nobody_knows_is_a_stranger)
{
	struct go g;

	NEED(world());
	prepare(&g, &moodle, "u-unknown", LAUNCH_LEARNER);
	NEED(CHECK_INT(launch(&g), E_OK));
	CHECK_INT(g.s.door, DOOR_STRANGER);
	CHECK_INT(count("SELECT COUNT(*) FROM member WHERE role = 'unsorted' AND gone_at = 0"), 1);
	CHECK_INT(count("SELECT COUNT(*) FROM member WHERE role = 'pupil'"), 0);
}

TEST(the_same_launch_twice_lets_in_once_and_writes_once)
{
	struct go g;
	int64_t before;

	NEED(world());
	prepare(&g, &moodle, "u-twice", LAUNCH_LEARNER);
	NEED(CHECK_INT(launch(&g), E_OK));
	before = count("SELECT COUNT(*) FROM session");
	CHECK_INT(launch(&g), E_CONFLICT);
	CHECK_INT(count("SELECT COUNT(*) FROM session"), before);
}

static enum err sort_pupil(struct db *db, void *arg)
{
	return account_sort(db, tenant, *(int64_t *)arg, "pupil");
}

static enum err sort_parent(struct db *db, void *arg)
{
	return account_sort(db, tenant, *(int64_t *)arg, "parent");
}

TEST(a_learner_sorted_as_pupil_is_a_student)
{
	struct fault f = { 0 };
	int64_t account;
	struct go g;

	NEED(world());
	prepare(&g, &moodle, "u-sorted", LAUNCH_LEARNER);
	NEED(CHECK_INT(launch(&g), E_OK));
	account = g.s.account;
	CHECK_INT(store_write(st, sort_pupil, &account, &f), E_OK);
	prepare(&g, &moodle, "u-sorted", LAUNCH_LEARNER);
	NEED(CHECK_INT(launch(&g), E_OK));
	CHECK_INT(g.s.door, DOOR_STUDENT);
}

static enum err roster_family(struct db *db, void *arg)
{
	int64_t parent = store_new_id(NOW), child = store_new_id(NOW);
	enum err err;

	(void)arg;
	err = db_run(db, NULL,
		     "INSERT INTO person (tenant_id, id, origin, source, sourcedid, given, family, "
		     "full_name, email, username, birth_day, rights_day, roster_hash, roster_run, "
		     "created_at, gone_at) VALUES "
		     "($1, $2, 'roster', 'SIS', 'SIS-P-1', '', '', 'Rima', '', '', '', '', 0, 0, 1, 0), "
		     "($1, $3, 'roster', 'SIS', 'SIS-S-1', '', '', 'Lina', '', '', '', '', 0, 0, 1, 0)",
		     "iii", tenant, parent, child);
	if (err == E_OK)
		err = db_run(db, NULL,
			     "INSERT INTO family_link (tenant_id, child_id, guardian_id, source, scope, "
			     "relation, legal, lives_with, is_primary, emergency, priority, state, "
			     "asserted_at, expires_at, ended_at, roster_hash, roster_run) VALUES "
			     "($1, $2, $3, 'roster', 0, 'Mother', 1, 1, 1, 1, 1, 'active', 1, 0, 0, 0, 0)",
			     "iii", tenant, child, parent);
	return err;
}

TEST(a_moodle_learner_whom_the_roster_calls_a_guardian_enters_the_family_door)
{
	struct fault f = { 0 };
	struct go g;

	NEED(world());
	NEED(CHECK_INT(store_write(st, roster_family, NULL, &f), E_OK));
	prepare(&g, &moodle, "u-rima", LAUNCH_LEARNER);
	g.f.user.sourcedid = "SIS-P-1";
	NEED(CHECK_INT(launch(&g), E_OK));
	CHECK_INT(g.s.door, DOOR_FAMILY);
	/* Without the admin's match the same claim is only a claim. */
	prepare(&g, &canvas, "u-rima-canvas", LAUNCH_LEARNER);
	g.f.user.sourcedid = "SIS-P-1";
	NEED(CHECK_INT(launch(&g), E_OK));
	CHECK_INT(g.s.door, DOOR_STUDENT);
}

struct sub_count {
	const char *sql, *sub;
	int64_t n;
};

static enum err count_sub(struct db *db, void *arg)
{
	struct sub_count *c = arg;

	return db_one(db, NULL, "i", (void *[]){ &c->n }, c->sql, "s", c->sub);
}

/* Rows that speak of the account with this sub. */
static int64_t of_sub(const char *sub, const char *sql)
{
	struct sub_count c = { sql, sub, -1 };
	struct fault f = { 0 };

	CHECK_INT(store_read(st, count_sub, &c, &f), E_OK);
	return c.n;
}

#define IN_COURSES(role) "SELECT COUNT(*) FROM account a JOIN member m ON m.tenant_id = a.tenant_id " \
	"AND m.person_id = a.person_id AND m.gone_at = 0 WHERE a.sub = $1 AND m.role = '" role "'"
#define SORTED_AS(as) "SELECT COUNT(*) FROM account WHERE sub = $1 AND sorted = '" as "'"

static int64_t links(void)
{
	return count("SELECT COUNT(*) FROM family_link WHERE source = 'mentor' AND ended_at = 0");
}

/* Both call a parent Learner: the children's side is known by who names them. */
TEST(a_moodle_mentor_claim_says_who_is_a_pupil)
{
	static const char *const child[] = { "n-child", "n-later" };
	struct go g;

	NEED(world());
	prepare(&g, &moodle, "n-child", LAUNCH_LEARNER);
	NEED(CHECK_INT(launch(&g), E_OK));
	CHECK_INT(g.s.door, DOOR_STRANGER);
	prepare(&g, &moodle, "n-mother", LAUNCH_LEARNER | LAUNCH_MENTOR);
	g.f.children = child;
	g.f.nchildren = 2;
	NEED(CHECK_INT(launch(&g), E_OK));
	CHECK_INT(g.s.door, DOOR_FAMILY);
	CHECK_INT(of_sub("n-child", IN_COURSES("pupil")), 1);
	CHECK_INT(of_sub("n-child", IN_COURSES("unsorted")), 0);
	for (size_t i = 0; i < ARRAY_LEN(child); i++) {
		CHECK_INT(of_sub(child[i], SORTED_AS("pupil")), 1);
		prepare(&g, &moodle, child[i], LAUNCH_LEARNER);
		NEED(CHECK_INT(launch(&g), E_OK));
		CHECK_INT(g.s.door, DOOR_STUDENT);
		CHECK(of_sub(child[i], IN_COURSES("pupil")) > 0);
		CHECK_INT(of_sub(child[i], IN_COURSES("unsorted")), 0);
	}
	CHECK_INT(of_sub("n-mother", IN_COURSES("pupil")), 0);
	CHECK_INT(of_sub("n-mother", IN_COURSES("unsorted")), 0);	/* no question for the teacher */
	CHECK_INT(of_sub("n-mother", IN_COURSES("parent")), 1);
}

TEST(what_a_teacher_sorted_a_claim_does_not_sort_again)
{
	static const char *const child[] = { "n-aunt" };
	struct fault f = { 0 };
	struct go g;

	NEED(world());
	prepare(&g, &moodle, "n-aunt", LAUNCH_LEARNER);
	NEED(CHECK_INT(launch(&g), E_OK));
	CHECK_INT(store_write(st, sort_parent, &g.s.account, &f), E_OK);
	prepare(&g, &moodle, "n-mother", LAUNCH_MENTOR);
	g.f.children = child;
	g.f.nchildren = 1;
	NEED(CHECK_INT(launch(&g), E_OK));
	CHECK_INT(of_sub("n-aunt", SORTED_AS("parent")), 1);
}

/* The role was taken away in the LMS: said in another course, and without the Mentor role. */
TEST(a_moodle_mentor_claim_that_names_nobody_ends_the_links)
{
	static const char *const child[] = { "n-child" }, *const none[] = { NULL };
	int64_t before;
	struct go g;

	NEED(world());
	prepare(&g, &moodle, "n-father", LAUNCH_LEARNER | LAUNCH_MENTOR);
	before = links();
	g.f.children = child;
	g.f.nchildren = 1;
	NEED(CHECK_INT(launch(&g), E_OK));
	CHECK_INT(links(), before + 1);
	prepare(&g, &moodle, "n-father", LAUNCH_LEARNER);
	NEED(CHECK_INT(launch(&g), E_OK));
	CHECK_INT(links(), before + 1);		/* nothing said, nothing changed */
	CHECK_INT(g.s.door, DOOR_FAMILY);
	prepare(&g, &moodle, "n-father", LAUNCH_LEARNER);
	g.f.context.ext_id = "another";
	g.f.children = none;
	NEED(CHECK_INT(launch(&g), E_OK));
	CHECK_INT(links(), before);
	/* a list without the role names nobody */
	prepare(&g, &moodle, "n-father", LAUNCH_LEARNER);
	g.f.children = child;
	g.f.nchildren = 1;
	NEED(CHECK_INT(launch(&g), E_OK));
	CHECK_INT(links(), before);
	CHECK_INT(g.s.door, DOOR_STRANGER);
}

TEST(a_canvas_observer_brings_the_children_and_takes_them_away)
{
	const char *two[] = { "kid-1", "kid-2" }, *one[] = { "kid-2" };
	struct go g;

	NEED(world());
	prepare(&g, &canvas, "observer", LAUNCH_MENTOR);
	g.f.children = two;
	g.f.nchildren = 2;
	NEED(CHECK_INT(launch(&g), E_OK));
	CHECK_INT(g.s.door, DOOR_FAMILY);
	CHECK_INT(count("SELECT COUNT(*) FROM family_link WHERE source = 'observees' "
			"AND state = 'active'"), 2);
	CHECK_INT(count("SELECT COUNT(*) FROM member WHERE source = 'observees' "
			"AND role = 'pupil'"), 2);
	prepare(&g, &canvas, "observer", LAUNCH_MENTOR);
	g.f.children = one;
	g.f.nchildren = 1;
	NEED(CHECK_INT(launch(&g), E_OK));
	CHECK_INT(count("SELECT COUNT(*) FROM family_link WHERE source = 'observees' "
			"AND state = 'active'"), 1);
	/* Silence is no word at all. */
	prepare(&g, &canvas, "observer", LAUNCH_MENTOR);
	NEED(CHECK_INT(launch(&g), E_OK));
	CHECK_INT(count("SELECT COUNT(*) FROM family_link WHERE source = 'observees' "
			"AND state = 'active'"), 1);
}

/* Canvas calls every Learner a pupil: the family's room opens there, too, on that day. */
static enum err come_of_age(struct db *db, void *arg)
{
	const struct go *g = arg;

	return db_run(db, NULL, "UPDATE person SET rights_at = $3 WHERE tenant_id = $1 AND id = $2",
		      "iii", tenant, g->s.person, NOW);
}

TEST(a_student_whose_rights_have_passed_has_a_room_for_them)
{
	struct go g;
	struct fault f = { 0 };

	NEED(world());
	prepare(&g, &canvas, "u-of-age", LAUNCH_LEARNER);
	CHECK_INT(launch(&g), E_OK);
	CHECK_INT(g.s.doors, 1u << DOOR_STUDENT);
	CHECK_INT(store_write(st, come_of_age, &g, &f), E_OK);
	prepare(&g, &canvas, "u-of-age", LAUNCH_LEARNER);
	CHECK_INT(launch(&g), E_OK);
	CHECK_INT(g.s.doors, 1u << DOOR_STUDENT | 1u << DOOR_FAMILY);
	CHECK_INT(g.s.door, DOOR_PICKER);
	/* and nobody else of that class */
	prepare(&g, &canvas, "u-younger", LAUNCH_LEARNER);
	CHECK_INT(launch(&g), E_OK);
	CHECK_INT(g.s.doors, 1u << DOOR_STUDENT);
}

TEST(two_roles_here_mean_a_choice_of_doors)
{
	struct go g;

	NEED(world());
	prepare(&g, &canvas, "both", LAUNCH_INSTRUCTOR | LAUNCH_MENTOR);
	NEED(CHECK_INT(launch(&g), E_OK));
	CHECK_INT(g.s.door, DOOR_PICKER);
	CHECK_INT(g.s.doors, 1u << DOOR_CLASS | 1u << DOOR_FAMILY);
}

TEST(the_administrator_claim_alone_opens_only_the_request_page)
{
	struct go g;

	NEED(world());
	prepare(&g, &moodle, "admin", LAUNCH_ADMIN_CLAIM);
	NEED(CHECK_INT(launch(&g), E_OK));
	CHECK_INT(g.s.door, DOOR_WAITING);
	CHECK(g.s.flags & SESSION_ADMIN_CLAIM);
}

TEST(an_instructor_with_an_administrator_claim_is_held_and_joins_no_staff)
{
	struct go g;

	NEED(world());
	prepare(&g, &moodle, "site-admin", LAUNCH_ADMIN_CLAIM | LAUNCH_INSTRUCTOR);
	NEED(CHECK_INT(launch(&g), E_OK));
	CHECK_INT(g.s.door, DOOR_CLASS);
	CHECK(g.s.flags & SESSION_HELD);
	prepare(&g, &moodle, "teacher", LAUNCH_INSTRUCTOR);
	NEED(CHECK_INT(launch(&g), E_OK));
	CHECK(!(g.s.flags & SESSION_HELD));
	CHECK_INT(count("SELECT COUNT(*) FROM member WHERE role = 'teacher' AND gone_at = 0 "
			"AND source = 'launch' AND context_id = "
			"(SELECT MAX(id) FROM context WHERE ext_id = '2' AND platform_id = "
			"(SELECT id FROM platform WHERE family = 'moodle'))"), 1);
}

TEST(a_masquerade_reads_only_and_leaves_no_trace_but_audit)
{
	int64_t members;
	struct go g;

	NEED(world());
	members = count("SELECT COUNT(*) FROM member");
	prepare(&g, &canvas, "acted-as", LAUNCH_INSTRUCTOR);
	g.f.masquerade = true;
	g.f.real_user = "10";
	NEED(CHECK_INT(launch(&g), E_OK));
	CHECK(g.s.flags & SESSION_READ_ONLY);
	CHECK_INT(count("SELECT COUNT(*) FROM member"), members);
}

TEST(another_account_in_this_browser_ends_the_sessions_before_it)
{
	struct session_key other;
	struct go a, b, c;

	NEED(world());
	prepare(&a, &canvas, "first", LAUNCH_INSTRUCTOR);
	NEED(CHECK_INT(launch(&a), E_OK));
	other = (struct session_key){ tenant, a.hash };
	prepare(&b, &canvas, "first", LAUNCH_INSTRUCTOR);
	b.f.others = &other;
	b.f.nothers = 1;
	NEED(CHECK_INT(launch(&b), E_OK));
	CHECK_INT(sessions_of(a.hash), 1);
	prepare(&c, &canvas, "second", LAUNCH_INSTRUCTOR);
	c.f.others = &other;
	c.f.nothers = 1;
	NEED(CHECK_INT(launch(&c), E_OK));
	CHECK_INT(sessions_of(a.hash), 0);
	CHECK_INT(sessions_of(b.hash), 1);
}

TEST(a_teacher_who_comes_back_as_less_is_no_longer_staff)
{
	struct go g;

	NEED(world());
	prepare(&g, &canvas, "demoted", LAUNCH_INSTRUCTOR);
	NEED(CHECK_INT(launch(&g), E_OK));
	prepare(&g, &canvas, "demoted", LAUNCH_LEARNER);
	NEED(CHECK_INT(launch(&g), E_OK));
	CHECK_INT(g.s.door, DOOR_STUDENT);
	CHECK_INT(count("SELECT COUNT(*) FROM member m JOIN account a ON a.person_id = m.person_id "
			"WHERE a.sub = 'demoted' AND m.role = 'teacher' AND m.gone_at = 0"), 0);
}

TEST(a_canvas_learner_outside_a_course_has_no_page_of_their_own)
{
	struct go g;

	NEED(world());
	prepare(&g, &canvas, "nowhere", LAUNCH_LEARNER);
	g.f.context.ext_id = NULL;
	NEED(CHECK_INT(launch(&g), E_OK));
	CHECK_INT(g.s.door, DOOR_STRANGER);
	prepare(&g, &canvas, "nowhere", LAUNCH_LEARNER);
	NEED(CHECK_INT(launch(&g), E_OK));
	CHECK_INT(g.s.door, DOOR_STUDENT);
}

/* ---- deep linking and submission review ---- */

struct link_try {
	struct go *g;
	int64_t now_ms;
	struct deep_link got;
	enum err err;
};

static enum err read_link(struct db *db, void *arg)
{
	struct link_try *t = arg;

	t->err = deep_link_get(db, &mem, tenant, t->g->hash, t->now_ms, &t->got);
	return t->err == E_MISSING ? E_OK : t->err;
}

static enum err use_link(struct db *db, void *arg)
{
	struct link_try *t = arg;

	t->err = deep_link_use(db, tenant, t->g->hash, t->now_ms);
	return t->err == E_CONFLICT ? E_OK : t->err;
}

static enum err purge(struct db *db, void *arg)
{
	int64_t removed;

	return session_purge(db, *(int64_t *)arg, &removed);
}

TEST(a_deep_linking_request_waits_for_one_answer)
{
	const struct deep_link d = { .deployment = "1", .return_url = "https://m.example/dl?sesskey=s",
				     .return_origin = "https://m.example", .data = "d\"\xc3\xa9",
				     .flags = DEEP_LINK_MAY | DEEP_LINK_DATA, .expires_at = NOW + 1000 };
	struct link_try t = { .now_ms = NOW };
	struct fault f = { 0 };
	struct go g, twin;
	int64_t late = NOW + 1001;

	NEED(world());
	prepare(&g, &moodle, "linker", LAUNCH_INSTRUCTOR);
	g.f.deep_link = &d;
	t.g = &g;
	NEED(CHECK_INT(launch(&g), E_OK));
	NEED(CHECK_INT(store_read(st, read_link, &t, &f), E_OK));
	NEED(CHECK_INT(t.err, E_OK));
	CHECK_STR(t.got.return_url, d.return_url);
	CHECK_STR(t.got.return_origin, d.return_origin);
	CHECK_STR(t.got.data, d.data);
	CHECK_STR(t.got.deployment, "1");
	CHECK_INT(t.got.flags, d.flags);
	/* another session's hash finds nothing; nor does this one's once it is too old */
	prepare(&twin, &moodle, "linker", LAUNCH_INSTRUCTOR);
	t.g = &twin;
	NEED(CHECK_INT(store_read(st, read_link, &t, &f), E_OK));
	CHECK_INT(t.err, E_MISSING);
	t = (struct link_try){ .g = &g, .now_ms = late };
	NEED(CHECK_INT(store_read(st, read_link, &t, &f), E_OK));
	CHECK_INT(t.err, E_MISSING);
	NEED(CHECK_INT(store_write(st, use_link, &t, &f), E_OK));
	CHECK_INT(t.err, E_CONFLICT);
	t.now_ms = NOW;
	NEED(CHECK_INT(store_write(st, use_link, &t, &f), E_OK));
	CHECK_INT(t.err, E_OK);
	NEED(CHECK_INT(store_write(st, use_link, &t, &f), E_OK));
	CHECK_INT(t.err, E_CONFLICT);
	/* a launch that is refused as a replay asks for nothing */
	g.f.session_hash = twin.hash;
	CHECK_INT(launch(&g), E_CONFLICT);
	CHECK_INT(count("SELECT COUNT(*) FROM deep_link"), 0);
	g = twin;
	g.f.nonce_hash = g.nonce;
	g.f.session_hash = g.hash;
	g.f.deep_link = &d;
	NEED(CHECK_INT(launch(&g), E_OK));
	NEED(CHECK_INT(store_write(st, purge, &late, &f), E_OK));
	CHECK_INT(count("SELECT COUNT(*) FROM deep_link"), 0);
}

TEST(words_of_links_are_a_closed_list)
{
	CHECK_STR(start_word("plan"), "plan");
	CHECK(start_word("Plan") == NULL && start_word("") == NULL && start_word(NULL) == NULL);
	CHECK(start_words[START_COUNT] == NULL);
}

/* A review names a pupil of this class, of another one, and nobody. */
TEST(a_submission_review_finds_the_child_of_this_class_only)
{
	struct go g;

	NEED(world());
	prepare(&g, &canvas, "rev-pupil", LAUNCH_LEARNER);
	g.f.context.ext_id = "rev-1";
	NEED(CHECK_INT(launch(&g), E_OK));
	for (unsigned i = 0; i < 4; i++) {
		static const char *const ctx[] = { "rev-1", "rev-2", "rev-1", "rev-1" };

		prepare(&g, &canvas, i == 3 ? "rev-other-pupil" : "rev-teacher",
			i == 3 ? LAUNCH_LEARNER : LAUNCH_INSTRUCTOR);
		g.f.context.ext_id = ctx[i];
		g.f.for_user = i == 2 ? "nobody" : "rev-pupil";
		NEED(CHECK_INT(launch(&g), E_OK));
		CHECK((g.s.child != 0) == (i == 0));
	}
	/* an administrator's claim holds the Instructor back: no child before a grant */
	prepare(&g, &canvas, "rev-admin", LAUNCH_INSTRUCTOR | LAUNCH_ADMIN_CLAIM);
	g.f.context.ext_id = "rev-1";
	g.f.for_user = "rev-pupil";
	NEED(CHECK_INT(launch(&g), E_OK));
	CHECK_INT(g.s.child, 0);
}

/* LTI 1.1: the old id is another name for role_scope_mentor, never a way into the account. */
TEST(an_old_id_resolves_a_mentor_claim_and_joins_no_account)
{
	static const char *const child[] = { "old-pupil" };
	struct go owner, a, b;

	NEED(world());
	prepare(&owner, &canvas, "old-teacher", LAUNCH_INSTRUCTOR);
	NEED(CHECK_INT(launch(&owner), E_OK));
	prepare(&a, &canvas, "new-teacher", LAUNCH_LEARNER);
	a.f.user.alias = "old-teacher";
	NEED(CHECK_INT(launch(&a), E_OK));
	CHECK(a.s.account != owner.s.account && a.s.person != owner.s.person);
	CHECK_INT(a.s.door, DOOR_STUDENT);
	/* the sub goes before the alias */
	prepare(&b, &canvas, "old-teacher", LAUNCH_INSTRUCTOR);
	NEED(CHECK_INT(launch(&b), E_OK));
	CHECK(b.s.account == owner.s.account && b.s.person == owner.s.person);
	prepare(&a, &canvas, "new-pupil", LAUNCH_LEARNER);
	a.f.user.alias = "old-pupil";
	NEED(CHECK_INT(launch(&a), E_OK));
	prepare(&b, &canvas, "old-mother", LAUNCH_MENTOR);
	b.f.children = child;
	b.f.nchildren = 1;
	NEED(CHECK_INT(launch(&b), E_OK));
	CHECK_INT(count("SELECT COUNT(*) FROM account WHERE sub = 'old-pupil'"), 0);
	CHECK_INT(count("SELECT COUNT(*) FROM family_link l JOIN account c ON c.person_id = l.child_id "
			"JOIN account g ON g.person_id = l.guardian_id "
			"WHERE c.sub = 'new-pupil' AND g.sub = 'old-mother'"), 1);
}
