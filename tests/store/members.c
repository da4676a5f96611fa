/* What a course's list makes of its people, on both engines: DESIGN 3, Identity. */
#include "store/members.h"

#include "kit/db.h"
#include "kit/world.h"
#include "store/audit.h"
#include "store/course_list.h"
#include "store/links.h"
#include "store/roll.h"
#include "t.h"

#define NOW 1764000000000LL
#define HOUR (3600 * 1000LL)
#define PEOPLE 40

/* One course and the list that its platform would give now. */
static struct {
	int64_t tenant, platform, course, now;
	struct platform p;
	struct listed v[PEOPLE];
	unsigned n;
	int64_t person[PEOPLE], added, gone;
	bool take_short, is_short;
	struct sync_job job;
} w;

static enum err make_course(struct db *db, void *arg)
{
	const char *family = arg;
	enum err err = world_platform(db, NOW, &w.tenant, &w.platform);

	if (err == E_OK)
		err = platform_get(db, &mem, w.platform, &w.p);
	w.p.family = family;
	if (err == E_OK) {
		struct context c;

		err = context_upsert(db, &mem,
				     &(struct context_facts){ .tenant = w.tenant, .platform = w.platform,
							      .ext_id = "c1", .kind = "course", .title = "Course",
							      .nrps_url = "https://lms.example/c1/members",
							      .now_ms = NOW }, &c);
		w.course = c.id;
	}
	if (err == E_OK)
		err = platform_set_state(db, w.platform, "approved");
	return err;
}

static bool course(const char *family)
{
	uint8_t root[32] = { 9 };

	audit_setup(root, 0);
	memset(&w, 0, sizeof(w));
	w.now = NOW;
	return world_make(make_course, (void *)(uintptr_t)family);
}

static void lists(const char *sub, unsigned roles)
{
	w.v[w.n++] = (struct listed){ .user = { .tenant = w.tenant, .platform = w.platform, .sub = sub,
						.full_name = sub, .now_ms = w.now }, .roles = roles };
}

static int by_number(const void *x, const void *y)
{
	int64_t a = *(const int64_t *)x, b = *(const int64_t *)y;

	return (a > b) - (a < b);
}

static enum err walk(struct db *db, void *arg)
{
	struct sync_count c = { 1, w.n, 0, 0 };
	enum err err = sync_claim_course(db, &mem, w.tenant, w.course, w.now, &w.job);

	(void)arg;
	w.job.take_short = w.take_short;
	w.gone = 0;
	if (err == E_OK)
		err = members_take(db, &mem, &w.job, &w.p, w.v, w.n, w.now, w.person, &w.added);
	qsort(w.person, w.n, sizeof(*w.person), by_number);
	w.is_short = members_short(&w.job, w.n);
	if (err == E_OK && !w.is_short)
		err = members_settle(db, &mem, &w.job, &w.p, w.person, w.n, w.now, &w.gone);
	return err == E_OK ? sync_end(db, &w.job, &c, w.is_short ? SYNC_SHORT : SYNC_FINE, "", 0, w.now) : err;
}

/* A day later the platform is asked again and answers with what was listed since. */
static bool asked(void)
{
	struct fault f = { 0 };
	bool ok;

	w.now += 24 * HOUR;
	ok = CHECK_INT(store_write(st, walk, NULL, &f), E_OK);
	if (!ok)
		printf("#   %s\n", f.text);
	w.n = 0;
	return ok;
}

struct words {
	const char *sub;
	char text[200];
};

/* "role/source role/source" of the open rows, in order. */
static enum err read_rows(struct db *db, void *arg)
{
	struct words *q = arg;
	struct db_rows *rows;
	enum err err = db_query(db, &rows,
				"SELECT m.role, m.source FROM member m JOIN account a ON a.tenant_id = $1 "
				"AND a.person_id = m.person_id WHERE m.tenant_id = $1 AND m.context_id = $2 "
				"AND a.sub = $3 AND m.gone_at = 0 ORDER BY m.role, m.source",
				"iis", w.tenant, w.course, q->sub);

	q->text[0] = '\0';
	while (err == E_OK && (err = db_next(rows)) == E_OK) {
		struct span r = db_span(rows, 0), s = db_span(rows, 1);
		size_t n = strlen(q->text);

		snprintf(q->text + n, sizeof(q->text) - n, "%s%.*s/%.*s", n > 0 ? " " : "", (int)r.n, r.p,
			 (int)s.n, s.p);
	}
	db_close(rows);
	return err == E_MISSING ? E_OK : err;
}

static const char *rows_of(const char *sub)
{
	static struct words q;

	q.sub = sub;
	return store_read(st, read_rows, &q, NULL) == E_OK ? q.text : "?";
}

struct put {
	const char *sub, *role, *source, *sorted;
	int64_t person;
};

static enum err put_member(struct db *db, void *arg)
{
	struct put *p = arg;
	struct account acc;
	enum err err = account_upsert(db, &mem, &(struct account_facts){ .tenant = w.tenant,
			.platform = w.platform, .sub = p->sub, .full_name = p->sub, .now_ms = w.now }, &acc);

	if (err == E_OK && p->sorted != NULL)
		err = account_sort(db, w.tenant, acc.id, p->sorted);
	if (err == E_OK && p->role != NULL)
		err = member_seen(db, w.tenant, w.course, acc.person, p->role, p->source, w.now);
	p->person = acc.person;
	return err;
}

static int64_t put(const char *sub, const char *role, const char *source, const char *sorted)
{
	struct put p = { sub, role, source, sorted, 0 };

	CHECK_INT(store_write(st, put_member, &p, NULL), E_OK);
	return p.person;
}

TEST(what_a_list_makes_of_a_role)
{
	static const struct {
		const char *family, *sub;
		unsigned roles;
		const char *rows;
	} row[] = {
		{ "moodle", "t", LAUNCH_INSTRUCTOR, "teacher/nrps" },
		{ "moodle", "l", LAUNCH_LEARNER, "unsorted/nrps" },
		{ "moodle", "admin", LAUNCH_INSTRUCTOR | LAUNCH_ADMIN_CLAIM, "listed/nrps" },
		{ "moodle", "none", 0, "listed/nrps" },
		{ "canvas", "t", LAUNCH_INSTRUCTOR, "teacher/nrps" },
		{ "canvas", "ta", LAUNCH_INSTRUCTOR | LAUNCH_TA, "aide/nrps" },
		{ "canvas", "l", LAUNCH_LEARNER, "pupil/nrps" },
		{ "canvas", "m", LAUNCH_MENTOR, "parent/nrps" },
		{ "canvas", "tm", LAUNCH_INSTRUCTOR | LAUNCH_MENTOR, "parent/nrps teacher/nrps" },
		{ "canvas", "test", LAUNCH_LEARNER | LAUNCH_TEST_USER, "" },
		{ "other", "l", LAUNCH_LEARNER, "unsorted/nrps" },
	};

	for (size_t i = 0; i < ARRAY_LEN(row); i++) {
		NEED(course(row[i].family));
		lists(row[i].sub, row[i].roles);
		NEED(asked());
		if (!CHECK_STR(rows_of(row[i].sub), row[i].rows))
			printf("#   %s %s\n", row[i].family, row[i].sub);
		CHECK_INT(w.added, 1);
		lists(row[i].sub, row[i].roles);
		NEED(asked());
		CHECK_STR(rows_of(row[i].sub), row[i].rows);
		CHECK_INT(w.gone, 0);
	}
}

TEST(a_list_never_lowers_what_a_launch_proved)
{
	NEED(course("moodle"));
	put("editor", "teacher", "launch", NULL);
	put("helper", "aide", "launch", NULL);
	for (unsigned i = 0; i < 3; i++) {
		lists("editor", LAUNCH_LEARNER);
		lists("helper", LAUNCH_LEARNER);
		NEED(asked());
		CHECK_STR(rows_of("editor"), "listed/nrps teacher/launch");
		CHECK_STR(rows_of("helper"), "aide/launch listed/nrps");
	}
}

TEST(what_the_teacher_sorted_is_kept)
{
	NEED(course("moodle"));
	put("child", NULL, NULL, "pupil");
	put("mother", NULL, NULL, "parent");
	lists("child", LAUNCH_LEARNER);
	lists("mother", LAUNCH_LEARNER);
	NEED(asked());
	CHECK_STR(rows_of("child"), "pupil/nrps");
	CHECK_STR(rows_of("mother"), "parent/nrps");
}

struct sorting {
	const char *sub, *word;
	struct roll_person *v;
	unsigned n;
};

static enum err sort_one(struct db *db, void *arg)
{
	struct sorting *s = arg;
	struct account acc;
	enum err err = account_find(db, &mem, w.tenant, w.platform, s->sub, &acc);

	if (err == E_OK && s->word != NULL)
		err = roll_sort(db, w.tenant, w.course, acc.id, s->word, w.now);
	return err == E_OK ? roll_unsorted(db, &mem, w.tenant, w.course, &s->v, &s->n) : err;
}

TEST(people_of_a_list_can_be_sorted_and_sorted_again)
{
	struct sorting s = { .sub = "x", .word = "pupil" };

	NEED(course("moodle"));
	lists("x", LAUNCH_LEARNER);
	NEED(asked());
	put("x", "unsorted", "launch", NULL);	/* and launched: still one person to sort */
	s.word = NULL;
	CHECK_INT(store_write(st, sort_one, &s, NULL), E_OK);
	CHECK_INT(s.n, 1);
	s.word = "pupil";
	CHECK_INT(store_write(st, sort_one, &s, NULL), E_OK);
	CHECK_STR(rows_of("x"), "pupil/sorted");
	CHECK_INT(s.n, 1);
	lists("x", LAUNCH_LEARNER);
	NEED(asked());
	CHECK_STR(rows_of("x"), "pupil/nrps pupil/sorted");
	s.word = "parent";
	CHECK_INT(store_write(st, sort_one, &s, NULL), E_OK);
	CHECK_STR(rows_of("x"), "parent/sorted");	/* no pupil is left behind */
	put("x", "teacher", "launch", NULL);
	s.word = NULL;
	CHECK_INT(store_write(st, sort_one, &s, NULL), E_OK);
	CHECK_INT(s.n, 0);				/* staff is nobody to sort */
}

static enum err name_child(struct db *db, void *arg)
{
	struct account acc;
	enum err err = account_find(db, &mem, w.tenant, w.platform, arg, &acc);

	return err == E_OK ? roll_named(db, w.tenant, &acc, w.now) : err;
}

/* Unsorted by a launch and by a list at once: one pupil, on PostgreSQL, too. */
TEST(a_child_whom_a_mentor_claim_names_is_sorted_once)
{
	struct sorting s = { .sub = "mother" };
	char child[] = "child";

	NEED(course("moodle"));
	lists("child", LAUNCH_LEARNER);
	lists("mother", LAUNCH_LEARNER);
	NEED(asked());
	put("child", "unsorted", "launch", NULL);
	CHECK_STR(rows_of("child"), "unsorted/launch unsorted/nrps");
	CHECK_INT(store_write(st, name_child, child, NULL), E_OK);
	CHECK_STR(rows_of("child"), "pupil/sorted");
	put("mother", "parent", "launch", NULL);
	CHECK_INT(store_write(st, sort_one, &s, NULL), E_OK);
	CHECK_INT(s.n, 1);		/* the child, who may be sorted anew; nobody else */
	lists("child", LAUNCH_LEARNER);
	lists("mother", LAUNCH_LEARNER);
	NEED(asked());
	CHECK_STR(rows_of("child"), "pupil/nrps pupil/sorted");
	CHECK_STR(rows_of("mother"), "listed/nrps parent/launch");
}

static void many(unsigned n, unsigned roles)
{
	static char name[PEOPLE][16];

	for (unsigned i = 0; i < n; i++) {
		snprintf(name[i], sizeof(name[i]), "p%u", i);
		lists(name[i], roles);
	}
}

TEST(two_complete_lists_end_a_membership_and_nothing_less)
{
	NEED(course("canvas"));
	many(20, LAUNCH_LEARNER);
	lists("leaver", LAUNCH_LEARNER);
	NEED(asked());
	many(20, LAUNCH_LEARNER);
	NEED(asked());
	CHECK_STR(rows_of("leaver"), "pupil/nrps");	/* once */
	many(20, LAUNCH_LEARNER);
	lists("leaver", LAUNCH_LEARNER);
	NEED(asked());					/* there again: from the beginning */
	many(20, LAUNCH_LEARNER);
	NEED(asked());
	CHECK_STR(rows_of("leaver"), "pupil/nrps");
	many(5, LAUNCH_LEARNER);
	NEED(asked());					/* short: counts for nothing */
	CHECK(w.is_short);
	CHECK_STR(rows_of("leaver"), "pupil/nrps");
	CHECK_STR(rows_of("p19"), "pupil/nrps");
	many(20, LAUNCH_LEARNER);
	NEED(asked());
	CHECK(!w.is_short && w.gone == 1);
	CHECK_STR(rows_of("leaver"), "");
	CHECK_STR(rows_of("p19"), "pupil/nrps");
	lists("leaver", LAUNCH_LEARNER);
	many(20, LAUNCH_LEARNER);
	NEED(asked());
	CHECK_STR(rows_of("leaver"), "pupil/nrps");	/* and back */
	CHECK_INT(w.added, 1);
}

TEST(an_empty_list_is_short_even_of_a_small_class)
{
	NEED(course("canvas"));
	lists("a", LAUNCH_LEARNER);
	NEED(asked());
	for (unsigned i = 0; i < 3; i++)
		NEED(asked());
	CHECK(w.is_short);
	CHECK_STR(rows_of("a"), "pupil/nrps");
	w.take_short = true;
	NEED(asked());
	NEED(asked());
	CHECK_STR(rows_of("a"), "");
}

TEST(a_launch_between_two_lists_proves_more)
{
	NEED(course("canvas"));
	put("t", "teacher", "launch", NULL);
	many(12, LAUNCH_LEARNER);
	NEED(asked());				/* missing once */
	w.now += HOUR;
	put("t", "teacher", "launch", NULL);	/* but launched after that */
	many(12, LAUNCH_LEARNER);
	NEED(asked());
	CHECK_STR(rows_of("t"), "teacher/launch");
	many(12, LAUNCH_LEARNER);
	NEED(asked());
	CHECK_STR(rows_of("t"), "");
}

TEST(moodle_lists_no_managers_so_a_launch_alone_does_not_end)
{
	NEED(course("moodle"));
	put("manager", "teacher", "launch", NULL);
	put("left", "teacher", "launch", NULL);
	lists("left", LAUNCH_INSTRUCTOR);
	many(12, LAUNCH_LEARNER);
	NEED(asked());
	for (unsigned i = 0; i < 4; i++) {
		many(12, LAUNCH_LEARNER);
		NEED(asked());
	}
	CHECK_STR(rows_of("manager"), "teacher/launch");
	CHECK_STR(rows_of("left"), "");
}

TEST(another_role_in_the_list_counts_at_once)
{
	NEED(course("canvas"));
	lists("x", LAUNCH_LEARNER);
	NEED(asked());
	lists("x", LAUNCH_INSTRUCTOR | LAUNCH_TA);
	NEED(asked());
	CHECK_STR(rows_of("x"), "aide/nrps");
	CHECK_INT(w.gone, 0);
}

struct tie {
	int64_t guardian, child;
};

static enum err tie(struct db *db, void *arg)
{
	const struct tie *t = arg;

	return link_replace(db, w.tenant, t->guardian, "observees", w.course, &t->child, 1, w.now);
}

static enum err read_link(struct db *db, void *arg)
{
	int64_t *guardian = arg, n = 0;
	enum err err = db_one(db, NULL, "i", (void *[]){ &n },
			      "SELECT COUNT(*) FROM family_link WHERE tenant_id = $1 AND guardian_id = $2 "
			      "AND state = 'active'", "ii", w.tenant, *guardian);

	*guardian = n;
	return err;
}

static const char *link_state(int64_t guardian)
{
	return store_read(st, read_link, &guardian, NULL) == E_OK && guardian == 1 ? "active" : "ended";
}

TEST(an_observer_missing_twice_loses_what_the_course_said)
{
	struct tie gone, stays, later;

	NEED(course("canvas"));
	gone.child = stays.child = later.child = put("p0", "pupil", "launch", NULL);
	gone.guardian = put("gone", "parent", "launch", NULL);
	stays.guardian = put("stays", "parent", "launch", NULL);
	later.guardian = put("later", "parent", "launch", NULL);
	NEED(store_write(st, tie, &gone, NULL) == E_OK && store_write(st, tie, &stays, NULL) == E_OK &&
	     store_write(st, tie, &later, NULL) == E_OK);
	many(12, LAUNCH_LEARNER);
	lists("stays", LAUNCH_MENTOR);
	NEED(asked());
	CHECK_STR(link_state(gone.guardian), "active");
	w.now += HOUR;
	put("later", "parent", "launch", NULL);		/* a launch says it again */
	NEED(store_write(st, tie, &later, NULL) == E_OK);
	many(12, LAUNCH_LEARNER);
	lists("stays", LAUNCH_MENTOR);
	NEED(asked());
	CHECK_STR(link_state(gone.guardian), "ended");
	CHECK_STR(link_state(stays.guardian), "active");
	CHECK_STR(link_state(later.guardian), "active");
	CHECK_STR(rows_of("gone"), "");
}

/* ---- whose turn ---- */

static enum err see_due(struct db *db, void *arg)
{
	return sync_due(db, w.now, arg);
}

static enum err claim_any(struct db *db, void *arg)
{
	return sync_claim(db, &mem, w.now, arg);
}

static enum err claim_this(struct db *db, void *arg)
{
	return sync_claim_course(db, &mem, w.tenant, w.course, w.now, arg);
}

struct end {
	struct sync_job j;
	enum sync_why why;
	int64_t wait;
};

static enum err end_it(struct db *db, void *arg)
{
	const struct end *e = arg;

	return sync_end(db, &e->j, &(struct sync_count){ 1, 2, 3, 4 }, e->why, "words", e->wait, w.now);
}

static enum err see_list(struct db *db, void *arg)
{
	struct sync_course **v = arg;
	unsigned n = 0;
	enum err err = sync_list(db, &mem, w.tenant, 0, v, &n);

	return err == E_OK && n != 1 ? E_CONFLICT : err;
}

static int64_t wait_after(enum sync_why why, int64_t retry)
{
	struct sync_course *c;
	struct end e = { .why = why, .wait = retry };

	CHECK_INT(store_write(st, claim_this, &e.j, NULL), E_OK);
	CHECK_INT(store_write(st, end_it, &e, NULL), E_OK);
	CHECK_INT(store_read(st, see_list, &c, NULL), E_OK);
	CHECK(c->why == why && c->count.seen == 2 && c->count.gone == 4);
	return (c->due_at - w.now) / 60000;
}

TEST(a_course_is_asked_daily_and_later_after_failures)
{
	struct sync_job j, other;
	int64_t first, second;
	bool due = true;
	struct end lost = { .why = SYNC_FINE };

	NEED(course("canvas"));
	test_sql(st, "UPDATE course_sync SET due_at = 9000000000000000000 WHERE tenant_id <> (SELECT MAX(tenant_id) FROM course_sync)");
	w.now = NOW;
	CHECK(store_read(st, see_due, &due, NULL) == E_OK && !due);
	CHECK(store_write(st, claim_any, &j, NULL) == E_OK && j.run == 0);
	w.now += 11 * 60000;			/* minutes after the first launch */
	CHECK(store_read(st, see_due, &due, NULL) == E_OK && due);
	NEED(store_write(st, claim_any, &j, NULL) == E_OK && j.context == w.course);
	CHECK_STR(j.url, "https://lms.example/c1/members");
	CHECK(store_read(st, see_due, &due, NULL) == E_OK && !due);
	CHECK_INT(store_write(st, claim_this, &other, NULL), E_BUSY);
	w.now += SYNC_LEASE_MS + 1;		/* that process died */
	NEED(store_write(st, claim_any, &other, NULL) == E_OK && other.context == w.course);
	lost.j = j;
	CHECK_INT(store_write(st, end_it, &lost, NULL), E_CONFLICT);
	lost.j = other;
	CHECK_INT(store_write(st, end_it, &lost, NULL), E_OK);
	first = wait_after(SYNC_DOWN, 0);
	second = wait_after(SYNC_DOWN, 0);
	CHECK(first >= 15 && first < 31 && second >= 30 && second < 46);
	for (unsigned i = 0; i < 10; i++)
		second = wait_after(SYNC_SLOW, 0);
	CHECK(second >= 24 * 60 && second < 25 * 60);
	first = wait_after(SYNC_FINE, 0);
	CHECK(first > 23 * 60 && first < 25 * 60);
	first = wait_after(SYNC_DOWN, 2 * HOUR);	/* Retry-After */
	CHECK(first >= 120 && first < 136);
	w.now += 40 * 24 * HOUR;		/* nobody opens the course any more */
	CHECK(store_write(st, claim_any, &j, NULL) == E_OK && j.run == 0);
	CHECK_INT(test_count(st, "SELECT COUNT(*) FROM course_sync_run r WHERE r.tenant_id = "
			     "(SELECT MAX(tenant_id) FROM course_sync)"), 10);
}
