/* Who may know of a child: the rule of access_child(), case by case, on both engines. */
#include "kit/db.h"
#include "kit/world.h"
#include "store/access.h"
#include "store/audit.h"
#include "store/grant.h"
#include "store/links.h"
#include "store/people.h"
#include "store/platform.h"
#include "store/session.h"
#include "t.h"

#define NOW 1700000000000LL
#define DAY (24 * 3600 * 1000LL)

/* Ids of the little world every test starts from. */
static struct {
	int64_t tenant, platform, course, other_course;
	struct account teacher, aide, pupil, classmate, mother, father, stranger;
} w;

struct who_made {
	const char *sub, *name;
	struct account *out;
};

static enum err make_world(struct db *db, void *arg)
{
	const struct who_made people[] = {
		{ "t", "Ms Okafor", &w.teacher },  { "a", "Mr Lund", &w.aide },
		{ "p", "Lina Haddad", &w.pupil },  { "c", "Tomás Núñez", &w.classmate },
		{ "m", "Rima Haddad", &w.mother }, { "f", "Karim Haddad", &w.father },
		{ "s", "Unknown", &w.stranger },
	};
	enum err err = world_platform(db, NOW, &w.tenant, &w.platform);

	(void)arg;
	if (err == E_OK)
		err = world_course(db, w.tenant, w.platform, "2", NOW, &w.course);
	if (err == E_OK)
		err = world_course(db, w.tenant, w.platform, "3", NOW, &w.other_course);
	for (unsigned i = 0; err == E_OK && i < ARRAY_LEN(people); i++) {
		struct account_facts f = { .tenant = w.tenant, .platform = w.platform,
					   .sub = people[i].sub, .full_name = people[i].name,
					   .now_ms = NOW };

		err = account_upsert(db, &mem, &f, people[i].out);
	}
	if (err == E_OK)
		err = member_seen(db, w.tenant, w.course, w.teacher.person, "teacher", "launch", NOW);
	if (err == E_OK)
		err = member_seen(db, w.tenant, w.course, w.aide.person, "aide", "launch", NOW);
	if (err == E_OK)
		err = member_seen(db, w.tenant, w.course, w.pupil.person, "pupil", "launch", NOW);
	if (err == E_OK)
		err = member_seen(db, w.tenant, w.course, w.classmate.person, "pupil", "launch", NOW);
	if (err == E_OK)
		err = link_replace(db, w.tenant, w.mother.person, "mentor", w.course, &w.pupil.person, 1,
				   NOW);
	return err;
}

static bool world(void)
{
	return world_make(make_world, NULL);
}

struct ask {
	struct actor who;
	int64_t child, now;
	struct access got;
};

static enum err ask_child(struct db *db, void *arg)
{
	struct ask *a = arg;

	return access_check(db, &a->who, a->now, OBJ_CHILD, a->child, &a->got);
}

static enum err may(int64_t person, enum door door, int64_t context, int64_t child, int64_t now,
		    struct access *got)
{
	struct ask a = { .who = { .tenant = w.tenant, .person = person, .door = door,
				  .context = context },
			 .child = child, .now = now };
	struct fault f = { 0 };
	enum err err = store_read(st, ask_child, &a, &f);

	if (got != NULL)
		*got = a.got;
	return err;
}

TEST(staff_of_the_class_read_its_pupils_and_nobody_else)
{
	struct access got;

	NEED(world());
	CHECK_INT(may(w.teacher.person, DOOR_CLASS, w.course, w.pupil.person, NOW, &got), E_OK);
	CHECK(got.rel == REL_TEACHES && !got.read_only && got.child == w.pupil.person);
	CHECK_INT(may(w.aide.person, DOOR_CLASS, w.course, w.pupil.person, NOW, &got), E_OK);
	CHECK(got.rel == REL_TEACHES && got.read_only);
	CHECK_INT(may(w.teacher.person, DOOR_CLASS, w.other_course, w.pupil.person, NOW, NULL),
		  E_MISSING);
	CHECK_INT(may(w.teacher.person, DOOR_CLASS, w.course, w.mother.person, NOW, NULL), E_MISSING);
	CHECK_INT(may(w.teacher.person, DOOR_CLASS, w.course, 12345, NOW, NULL), E_MISSING);
	CHECK_INT(may(w.teacher.person, DOOR_FAMILY, w.course, w.pupil.person, NOW, NULL), E_MISSING);
	CHECK_INT(may(w.teacher.person, DOOR_ADMIN, w.course, w.pupil.person, NOW, NULL), E_MISSING);
	CHECK_INT(may(w.stranger.person, DOOR_CLASS, w.course, w.pupil.person, NOW, NULL), E_MISSING);
}

TEST(a_guardian_reads_the_own_child_while_the_link_lives)
{
	struct access got;

	NEED(world());
	CHECK_INT(may(w.mother.person, DOOR_FAMILY, w.course, w.pupil.person, NOW, &got), E_OK);
	CHECK(got.rel == REL_GUARDIAN && got.household == w.mother.person);
	CHECK_INT(may(w.mother.person, DOOR_FAMILY, w.course, w.classmate.person, NOW, NULL), E_MISSING);
	CHECK_INT(may(w.father.person, DOOR_FAMILY, w.course, w.pupil.person, NOW, NULL), E_MISSING);
	CHECK_INT(may(w.mother.person, DOOR_CLASS, w.course, w.pupil.person, NOW, NULL), E_MISSING);
	CHECK_INT(may(w.mother.person, DOOR_FAMILY, w.course, w.pupil.person, NOW + 31 * DAY, NULL),
		  E_MISSING);
}

static enum err forbid(struct db *db, void *arg)
{
	return prohibition_add(db, w.tenant, w.pupil.person, *(int64_t *)arg, "office", 1, NOW);
}

/* ---- a course ends -------------------------------------------------------- */

#define END (NOW + 10 * DAY)

static enum err end_course(struct db *db, void *arg)
{
	return db_run(db, NULL, "UPDATE context SET ended_at = $2 WHERE tenant_id = $1 AND id = $3",
		      "iii", w.tenant, END, *(int64_t *)arg);
}

struct listed {
	int64_t guardian, now;
	struct family_child *v;
	unsigned n;
};

static enum err list_children(struct db *db, void *arg)
{
	struct listed *l = arg;

	return family_children(db, &mem, w.tenant, l->guardian, l->now, &l->v, &l->n);
}

/* 'w' may write, 'r' may read, '-' nothing: by the object policy, and the same by the list. */
static char tie(int64_t guardian, int64_t now)
{
	struct listed l = { .guardian = guardian, .now = now };
	struct fault f = { 0 };
	struct access got;
	enum err err = may(guardian, DOOR_FAMILY, w.course, w.pupil.person, now, &got);

	CHECK_INT(store_read(st, list_children, &l, &f), E_OK);
	CHECK_INT(l.n, err == E_OK ? 1 : 0);
	if (err != E_OK || l.n != 1)
		return err == E_MISSING ? '-' : '?';
	CHECK(got.rel == REL_GUARDIAN && got.read_only == l.v[0].read_only && got.until == l.v[0].until);
	CHECK_INT(got.until, got.read_only ? END + 60 * DAY : 0);
	return got.read_only ? 'r' : 'w';
}

TEST(a_link_of_an_ended_course_reads_for_60_days_and_then_no_more)
{
	struct fault f = { 0 };

	NEED(world());
	CHECK_INT(store_write(st, end_course, &w.course, &f), E_OK);
	CHECK_INT(tie(w.mother.person, END - 1), 'w');
	CHECK_INT(tie(w.mother.person, END), 'r');
	/* nobody launches an ended course, so the 30 days of the link do not count there */
	CHECK_INT(tie(w.mother.person, END + 59 * DAY), 'r');
	CHECK_INT(tie(w.mother.person, END + 60 * DAY - 1), 'r');
	CHECK_INT(tie(w.mother.person, END + 60 * DAY), '-');
	CHECK_INT(tie(w.father.person, END), '-');
	/* the end of another course says nothing about this one */
	NEED(world());
	CHECK_INT(store_write(st, end_course, &w.other_course, &f), E_OK);
	CHECK_INT(tie(w.mother.person, END), 'w');
}

static enum err run_out(struct db *db, void *arg)
{
	(void)arg;
	return db_run(db, NULL, "UPDATE family_link SET expires_at = $2 WHERE tenant_id = $1", "ii",
		      w.tenant, END - DAY);
}

static enum err revoke(struct db *db, void *arg)
{
	return link_replace(db, w.tenant, w.mother.person, "mentor", w.course, arg, 0, NOW + DAY);
}

TEST(what_ended_before_the_course_does_not_come_back)
{
	struct fault f = { 0 };

	NEED(world());
	CHECK_INT(store_write(st, end_course, &w.course, &f), E_OK);
	CHECK_INT(store_write(st, run_out, NULL, &f), E_OK);
	CHECK_INT(tie(w.mother.person, END - DAY - 1), 'w');
	CHECK_INT(tie(w.mother.person, END - DAY), '-');
	CHECK_INT(tie(w.mother.person, END), '-');
	NEED(world());
	CHECK_INT(store_write(st, end_course, &w.course, &f), E_OK);
	CHECK_INT(store_write(st, revoke, &w.pupil.person, &f), E_OK);
	CHECK_INT(tie(w.mother.person, END), '-');
}

/* The roster's word is for everywhere: it lasts with the last of the child's courses. */
static enum err everywhere(struct db *db, void *arg)
{
	(void)arg;
	return db_run(db, NULL,
		      "UPDATE family_link SET scope = 0, source = 'roster', expires_at = 0 "
		      "WHERE tenant_id = $1", "i", w.tenant);
}

static enum err sits_elsewhere(struct db *db, void *arg)
{
	return member_seen(db, w.tenant, w.other_course, *(int64_t *)arg, "pupil", "launch", NOW);
}

TEST(the_roster_s_link_lasts_with_the_last_of_the_child_s_courses)
{
	struct fault f = { 0 };

	NEED(world());
	CHECK_INT(store_write(st, everywhere, NULL, &f), E_OK);
	CHECK_INT(tie(w.mother.person, NOW + 300 * DAY), 'w');
	CHECK_INT(store_write(st, end_course, &w.course, &f), E_OK);
	CHECK_INT(tie(w.mother.person, END - 1), 'w');
	CHECK_INT(tie(w.mother.person, END + 59 * DAY), 'r');
	CHECK_INT(tie(w.mother.person, END + 60 * DAY), '-');
	CHECK_INT(store_write(st, sits_elsewhere, &w.pupil.person, &f), E_OK);
	CHECK_INT(tie(w.mother.person, END + 60 * DAY), 'w');
}

TEST(a_prohibition_wins_over_the_60_days_too)
{
	struct fault f = { 0 };

	NEED(world());
	CHECK_INT(store_write(st, end_course, &w.course, &f), E_OK);
	CHECK_INT(store_write(st, forbid, &w.mother.person, &f), E_OK);
	CHECK_INT(tie(w.mother.person, END + DAY), '-');
}

TEST(a_student_reads_only_themselves)
{
	NEED(world());
	CHECK_INT(may(w.pupil.person, DOOR_STUDENT, w.course, w.pupil.person, NOW, NULL), E_OK);
	CHECK_INT(may(w.pupil.person, DOOR_STUDENT, w.course, w.classmate.person, NOW, NULL), E_MISSING);
	CHECK_INT(may(w.mother.person, DOOR_STUDENT, w.course, w.mother.person, NOW, NULL), E_MISSING);
	CHECK_INT(may(w.pupil.person, DOOR_STRANGER, w.course, w.pupil.person, NOW, NULL), E_MISSING);
}

static enum err lift(struct db *db, void *arg)
{
	return prohibition_lift(db, w.tenant, w.pupil.person, *(int64_t *)arg, "office", 2, NOW + 1);
}

TEST(a_prohibition_wins_over_every_door)
{
	struct fault f = { 0 };

	NEED(world());
	CHECK_INT(store_write(st, forbid, &w.teacher.person, &f), E_OK);
	CHECK_INT(may(w.teacher.person, DOOR_CLASS, w.course, w.pupil.person, NOW, NULL), E_MISSING);
	CHECK_INT(may(w.teacher.person, DOOR_CLASS, w.course, w.classmate.person, NOW, NULL), E_OK);
	CHECK_INT(store_write(st, lift, &w.teacher.person, &f), E_OK);
	CHECK_INT(may(w.teacher.person, DOOR_CLASS, w.course, w.pupil.person, NOW + 2, NULL), E_OK);
}

static enum err confirm(struct db *db, void *arg)
{
	(void)arg;
	return db_run(db, NULL, "UPDATE family_link SET state = 'confirmed' WHERE tenant_id = $1", "i",
		      w.tenant);
}

TEST(while_a_child_has_a_prohibition_unjoined_accounts_wait)
{
	struct fault f = { 0 };

	NEED(world());
	CHECK_INT(store_write(st, forbid, &w.father.person, &f), E_OK);
	/* The mother is no roster person: she could be the father under another account. */
	CHECK_INT(may(w.mother.person, DOOR_FAMILY, w.course, w.pupil.person, NOW, NULL), E_MISSING);
	CHECK_INT(store_write(st, confirm, NULL, &f), E_OK);
	CHECK_INT(may(w.mother.person, DOOR_FAMILY, w.course, w.pupil.person, NOW, NULL), E_OK);
	CHECK_INT(may(w.father.person, DOOR_FAMILY, w.course, w.pupil.person, NOW, NULL), E_MISSING);
}

static enum err no_children(struct db *db, void *arg)
{
	(void)arg;
	return link_replace(db, w.tenant, w.mother.person, "mentor", w.course, NULL, 0, NOW + 5);
}

TEST(an_empty_word_of_the_platform_ends_the_links_of_that_course)
{
	struct fault f = { 0 };

	NEED(world());
	CHECK_INT(store_write(st, no_children, NULL, &f), E_OK);
	CHECK_INT(may(w.mother.person, DOOR_FAMILY, w.course, w.pupil.person, NOW + 6, NULL), E_MISSING);
}

static enum err join_roster_person(struct db *db, void *arg)
{
	int64_t person = store_new_id(NOW);
	bool joined = false;
	enum err err = db_run(db, NULL,
			      "INSERT INTO person (tenant_id, id, origin, source, sourcedid, given, "
			      "family, full_name, email, username, birth_day, rights_day, roster_hash, "
			      "roster_run, created_at, gone_at) VALUES ($1, $2, 'roster', 'SIS', 'P-1', "
			      "'Rima', 'Haddad', 'Rima Haddad', '', 'rima', '', '', 0, 0, $3, 0)",
			      "iii", w.tenant, person, NOW);

	w.mother.username = "rima";
	if (err == E_OK)
		err = account_match(db, &mem, w.tenant, &w.mother, "username", &joined);
	*(bool *)arg = joined;
	if (err == E_OK && w.mother.person != person)
		err = E_INTERNAL;
	return err;
}

TEST(matching_moves_what_the_account_held_to_the_roster_person)
{
	struct fault f = { 0 };
	bool joined = false;

	NEED(world());
	w.mother.fresh = false;		/* she launched before */
	CHECK_INT(store_write(st, join_roster_person, &joined, &f), E_OK);
	CHECK(joined);
	CHECK_STR(w.mother.joined_by, "match");
	CHECK_INT(may(w.mother.person, DOOR_FAMILY, w.course, w.pupil.person, NOW, NULL), E_OK);
	/* Now she is known as somebody: the hold for unjoined accounts no longer applies. */
	CHECK_INT(store_write(st, forbid, &w.father.person, &f), E_OK);
	CHECK_INT(may(w.mother.person, DOOR_FAMILY, w.course, w.pupil.person, NOW, NULL), E_OK);
}

struct chain {
	struct audit_report report;
	struct audit_row *rows;
	unsigned n;
};

static enum err write_audit(struct db *db, void *arg)
{
	const struct actor who = { .tenant = w.tenant, .person = w.teacher.person,
				   .door = DOOR_CLASS };

	(void)arg;
	return audit_by(db, &who, NOW, "goal.propose", w.pupil.person, 77);
}

static enum err read_audit(struct db *db, void *arg)
{
	struct chain *c = arg;
	enum err err = audit_of_child(db, &mem, w.tenant, w.pupil.person, 100, &c->rows, &c->n);

	return err == E_OK ? audit_verify(db, &c->report) : err;
}

TEST(audit_chains_verify_and_break_where_a_row_was_touched)
{
	struct fault f = { 0 };
	struct chain c = { 0 };

	NEED(world());
	for (int i = 0; i < 3; i++)
		CHECK_INT(store_write(st, write_audit, NULL, &f), E_OK);
	CHECK_INT(store_read(st, read_audit, &c, &f), E_OK);
	NEED(c.n == 3);
	CHECK(c.rows[0].readable && c.rows[0].actor == w.teacher.person && c.rows[0].object == 77);
	CHECK_INT(c.report.bad_seq, 0);
	CHECK(c.report.rows >= 3);
	CHECK(test_sql(st, "UPDATE audit SET action = 'goal.read' WHERE seq = 2"));
	CHECK_INT(store_read(st, read_audit, &c, &f), E_OK);
	CHECK_INT(c.report.bad_seq, 2);
	CHECK(test_sql(st, "DELETE FROM audit"));
	/* Erasing the child's key leaves the chain whole and the rows unreadable. */
	CHECK_INT(store_write(st, write_audit, NULL, &f), E_OK);
	CHECK(test_sql(st, "DELETE FROM audit_key"));
	CHECK_INT(store_read(st, read_audit, &c, &f), E_OK);
	CHECK(c.n == 0 && c.report.bad_seq == 0 && c.report.rows == 1);
	CHECK(test_sql(st, "DELETE FROM audit"));
}


static enum err use_nonce(struct db *db, void *arg)
{
	(void)arg;
	return nonce_consume(db, w.tenant, w.platform, "n-1", NOW + 1000);
}

TEST(a_nonce_is_good_once)
{
	struct fault f = { 0 };

	NEED(world());
	CHECK_INT(store_write(st, use_nonce, NULL, &f), E_OK);
	fault_clear(&f);
	CHECK_INT(store_write(st, use_nonce, NULL, &f), E_CONFLICT);
}

static enum err make_invite(struct db *db, void *arg)
{
	return invite_add(db, w.tenant, arg, NOW);
}

static enum err redeem(struct db *db, void *arg)
{
	return invite_redeem(db, w.tenant, arg, w.teacher.person, NOW + 10);
}

TEST(an_invite_is_good_once_and_gives_the_district_grant)
{
	char code[] = "abcdefghijklmnopqrstuvwxyz012345", wrong[] = "Abcdefghijklmnopqrstuvwxyz012345";
	struct fault f = { 0 };

	NEED(world());
	CHECK_INT(store_write(st, make_invite, code, &f), E_OK);
	CHECK_INT(store_write(st, redeem, wrong, &f), E_MISSING);
	CHECK_INT(store_write(st, redeem, code, &f), E_OK);
	CHECK_INT(store_write(st, redeem, code, &f), E_MISSING);
}
