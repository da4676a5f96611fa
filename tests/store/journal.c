/*
 * A database put back from a copy, its journal, and a kill between the two. The copy
 * is played by rolling rows and mark back to what they were.
 */
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "kit/round_world.h"
#include "store/admin_people.h"
#include "store/grant.h"
#include "store/journal.h"
#include "store/session.h"
#include "t.h"

static char dir[] = "/tmp/lintel-journal-XXXXXX", file[64];

static bool fresh_place(void)
{
	static bool made;	/* the name itself does not tell: it may end in an X by chance */

	if (!made && mkdtemp(dir) == NULL)
		return false;
	made = true;
	snprintf(file, sizeof(file), "%s/journal", dir);
	unlink(file);
	journal_place(dir);
	return test_sql(st, "DELETE FROM journal_state") && test_sql(st, "DELETE FROM guardian_closed");
}

static struct journal_report report;

static enum err start(void)
{
	struct fault f = { 0 };

	return journal_open(st, NOW, &report, &f);
}

struct office {
	enum { FORBID, LIFT, UNLINK, REVOKE } what;
	int64_t person, id, child;
	bool die;		/* after the line, before the commit */
};

static struct actor officer(void)
{
	return (struct actor){ .tenant = w.tenant, .person = w.teacher2.person, .door = DOOR_ADMIN,
			       .grants = GRANT_DISTRICT };
}

static enum err office_fn(struct db *db, void *arg)
{
	struct office *o = arg;
	struct actor who = officer();
	struct staff_grant g = { .person = who.person, .bits = GRANT_DISTRICT };
	int64_t id;
	enum err err = grant_add(db, w.tenant, &g, 0, NOW, &id);

	if (err == E_OK && o->what == FORBID)
		err = prohibit(db, &who, NOW, w.lina.person, o->person, 0, 0);
	if (err == E_OK && o->what == LIFT)
		err = prohibition_end(db, &who, NOW, o->id, &o->child);
	if (err == E_OK && o->what == UNLINK)
		err = link_end(db, &who, NOW, w.lina.person, o->person);
	if (err == E_OK && o->what == REVOKE)
		err = grant_revoke(db, w.tenant, o->id, NOW);
	return err == E_OK && o->die ? E_INTERNAL : err;
}

static enum err office(struct office o)
{
	struct fault f = { 0 };

	return store_write(st, office_fn, &o, &f);
}

static enum err see_fn(struct db *db, void *arg)
{
	struct actor *who = arg;
	struct access acc;

	return access_child(db, who, NOW, w.lina.person, &acc);
}

static enum err sees(struct account *who)
{
	struct actor a = { .tenant = w.tenant, .person = who->person, .door = DOOR_FAMILY };

	return store_read(st, see_fn, &a, NULL);
}

struct mine_arg {
	const char *sql;
	int64_t n;
};

static enum err mine_fn(struct db *db, void *arg)
{
	struct mine_arg *m = arg;

	return db_one(db, NULL, "i", (void *[]){ &m->n }, m->sql, "i", w.tenant);
}

/* The one number a literal with $1 for the tenant answers. */
static int64_t mine(const char *sql)
{
	struct mine_arg m = { sql, -1 };

	CHECK_INT(store_read(st, mine_fn, &m, NULL), E_OK);
	return m.n;
}

static int64_t lines(void)
{
	FILE *f = fopen(file, "r");
	int64_t n = 0;
	int c;

	while (f != NULL && (c = getc(f)) != EOF)
		n += c == '\n';
	if (f != NULL)
		fclose(f);
	return n;
}

TEST(a_journal_is_made_with_the_database_and_only_its_owner_reads_it)
{
	struct stat sb = { 0 };

	NEED(round_world() && fresh_place());
	CHECK_INT(start(), E_OK);
	CHECK(!report.closed && report.replayed == 0);
	CHECK_INT(stat(file, &sb), 0);
	CHECK_INT(sb.st_mode & 0777, 0600);
	CHECK_INT(lines(), 1);
	CHECK_INT(start(), E_OK);
	CHECK(!report.closed && report.replayed == 0);
}

TEST(each_act_is_a_line_of_numbers_and_a_start_without_a_restore_does_nothing)
{
	NEED(round_world() && fresh_place() && start() == E_OK);
	CHECK_INT(office((struct office){ .what = FORBID, .person = w.father.person }), E_OK);
	CHECK_INT(lines(), 2);
	CHECK_INT(office((struct office){ .what = UNLINK, .person = w.mother.person }), E_OK);
	CHECK_INT(lines(), 3);
	CHECK_INT(start(), E_OK);
	CHECK(!report.closed && report.replayed == 0);
}

TEST(what_a_copy_does_not_know_is_done_again)
{
	int64_t id;

	NEED(round_world() && fresh_place() && start() == E_OK);
	CHECK_INT(sees(&w.father), E_OK);
	CHECK_INT(office((struct office){ .what = FORBID, .person = w.father.person }), E_OK);
	CHECK_INT(office((struct office){ .what = UNLINK, .person = w.mother.person }), E_OK);
	id = mine("SELECT MIN(id) FROM staff_grant WHERE tenant_id = $1");
	CHECK_INT(office((struct office){ .what = REVOKE, .id = id }), E_OK);
	/* the copy of before */
	CHECK(test_sql(st, "DELETE FROM prohibition"));
	CHECK(test_sql(st, "UPDATE family_link SET state = 'active', ended_at = 0"));
	CHECK(test_sql(st, "UPDATE staff_grant SET revoked_at = 0"));
	CHECK(test_sql(st, "UPDATE journal_state SET mark = 0"));
	CHECK_INT(sees(&w.father), E_OK);
	CHECK_INT(start(), E_OK);
	CHECK(report.replayed == 3 && !report.closed);
	CHECK_INT(sees(&w.father), E_MISSING);
	CHECK_INT(sees(&w.mother), E_MISSING);
	CHECK_INT(mine("SELECT COUNT(*) FROM staff_grant WHERE revoked_at > 0 AND tenant_id = $1"), 1);
	CHECK_INT(test_count(st, "SELECT COUNT(*) FROM session"), 0);
	CHECK_INT(start(), E_OK);
	CHECK_INT(report.replayed, 0);
}

TEST(what_was_lifted_stays_lifted)
{
	NEED(round_world() && fresh_place() && start() == E_OK);
	CHECK_INT(office((struct office){ .what = FORBID, .person = w.father.person }), E_OK);
	CHECK_INT(office((struct office){ .what = LIFT,
		.id = mine("SELECT MAX(id) FROM prohibition WHERE tenant_id = $1") }), E_OK);
	CHECK(test_sql(st, "DELETE FROM prohibition"));
	CHECK(test_sql(st, "UPDATE journal_state SET mark = 0"));
	CHECK_INT(start(), E_OK);
	CHECK_INT(report.replayed, 2);
	CHECK_INT(sees(&w.father), E_OK);
}

TEST(killed_between_the_line_and_the_commit_the_next_start_completes_it)
{
	NEED(round_world() && fresh_place() && start() == E_OK);
	CHECK_INT(office((struct office){ .what = FORBID, .person = w.father.person, .die = true }),
		  E_INTERNAL);
	CHECK_INT(mine("SELECT COUNT(*) FROM prohibition WHERE tenant_id = $1"), 0);
	CHECK_INT(lines(), 2);
	CHECK_INT(start(), E_OK);
	CHECK_INT(report.replayed, 1);
	CHECK_INT(mine("SELECT COUNT(*) FROM prohibition WHERE tenant_id = $1"), 1);
	CHECK_INT(sees(&w.father), E_MISSING);
	/* twice the same line is one prohibition */
	CHECK(test_sql(st, "UPDATE journal_state SET mark = 0"));
	CHECK_INT(start(), E_OK);
	CHECK_INT(mine("SELECT COUNT(*) FROM prohibition WHERE tenant_id = $1"), 1);
}

TEST(killed_in_the_middle_of_a_line_it_is_cut_and_the_next_one_is_whole)
{
	int fd;

	NEED(round_world() && fresh_place() && start() == E_OK);
	CHECK_INT(office((struct office){ .what = FORBID, .person = w.father.person }), E_OK);
	fd = open(file, O_WRONLY | O_APPEND);
	NEED(fd >= 0);
	CHECK(write(fd, "2 P 17 ", 7) == 7);
	close(fd);
	CHECK_INT(start(), E_OK);
	CHECK(!report.closed && report.replayed == 0);
	CHECK_INT(office((struct office){ .what = UNLINK, .person = w.mother.person }), E_OK);
	CHECK_INT(start(), E_OK);
	CHECK(!report.closed && report.replayed == 0);
	CHECK_INT(lines(), 3);
}

static enum err confirm_fn(struct db *db, void *arg)
{
	(void)arg;
	return guardians_confirm(db, w.tenant);
}

static void closed_until_confirmed(void)
{
	struct actor t = { .tenant = w.tenant, .person = w.teacher.person, .door = DOOR_CLASS,
			   .context = w.course };

	CHECK(report.closed);
	CHECK_INT(sees(&w.mother), E_MISSING);
	CHECK_INT(store_read(st, see_fn, &t, NULL), E_OK);
	/* a second start opens nothing */
	CHECK_INT(start(), E_OK);
	CHECK(!report.closed);
	CHECK_INT(sees(&w.mother), E_MISSING);
	CHECK_INT(store_write(st, confirm_fn, NULL, NULL), E_OK);
	CHECK_INT(sees(&w.mother), E_OK);
	CHECK_INT(store_write(st, confirm_fn, NULL, NULL), E_MISSING);
}

TEST(without_the_journal_guardians_wait)
{
	NEED(round_world() && fresh_place() && start() == E_OK);
	CHECK_INT(unlink(file), 0);
	CHECK_INT(start(), E_OK);
	closed_until_confirmed();
}

TEST(a_journal_that_is_not_whole_or_anothers_or_too_old_is_none)
{
	static const char *const other = "lintel-journal 1 AAAAAAAAAAAAAAAA\n";
	int fd;

	NEED(round_world() && fresh_place() && start() == E_OK);
	fd = open(file, O_WRONLY | O_TRUNC);
	NEED(fd >= 0);
	CHECK(write(fd, other, strlen(other)) == (ssize_t)strlen(other));
	close(fd);
	CHECK_INT(start(), E_OK);
	closed_until_confirmed();
	/* a flipped byte */
	CHECK_INT(office((struct office){ .what = UNLINK, .person = w.father.person }), E_OK);
	fd = open(file, O_WRONLY);
	NEED(fd >= 0);
	CHECK(pwrite(fd, "9", 1, 34 + 4) == 1);
	close(fd);
	CHECK_INT(start(), E_OK);
	closed_until_confirmed();
	/* lines the database knows are not there any more */
	CHECK(test_sql(st, "UPDATE journal_state SET mark = 7"));
	CHECK_INT(start(), E_OK);
	closed_until_confirmed();
}

TEST(an_act_that_cannot_be_written_down_is_not_done)
{
	NEED(round_world() && fresh_place() && start() == E_OK);
	CHECK_INT(unlink(file), 0);
	CHECK_INT(office((struct office){ .what = FORBID, .person = w.father.person }), E_IO);
	CHECK_INT(mine("SELECT COUNT(*) FROM prohibition WHERE tenant_id = $1"), 0);
	fresh_place();
	rmdir(dir);
	journal_place(NULL);
}
