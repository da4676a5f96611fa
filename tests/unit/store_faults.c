/* What the store does when the database fails, told by a scripted driver. */
#include <errno.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <string.h>
#include <time.h>

#include "../kit/db_fake.h"
#include "../../gateway/store/store_private.h"
#include "base/magic.h"
#include "t.h"

static struct store *open_fake(const struct db_driver *drv, const char *where)
{
	struct store *st = NULL;
	struct fault f = { 0 };

	CHECK_INT(store_open_with(&st, drv, where, NULL, STORE_TEST, &f), E_OK);
	return st;
}

struct call {
	unsigned runs;
	enum err ignore;	/* what the closure forgives */
};

static enum err insert(struct db *db, void *arg)
{
	struct call *c = arg;
	enum err e = db_run(db, NULL, "INSERT INTO slot (id) VALUES ($1)", "i", (int64_t)1);

	c->runs++;
	return e != E_OK && e == c->ignore ? E_OK : e;
}

static enum err insert_then_update(struct db *db, void *arg)
{
	enum err e = insert(db, arg);

	return e == E_OK ? db_run(db, NULL, "UPDATE slot SET id = 2", "") : e;
}

TEST(a_failed_statement_dooms_the_transaction)
{
	struct call c = { .ignore = E_CONFLICT };
	struct fault f = { 0 };
	struct store *st;

	fake_reset();
	st = open_fake(&db_fake, "x");
	fake_expect("INSERT INTO slot", E_CONFLICT);
	/* The closure goes on; its UPDATE does not even reach the engine. */
	CHECK_INT(store_write(st, insert_then_update, &c, &f), E_CONFLICT);
	CHECK_STR(fake_trace(), "BEGIN INSERT ROLLBACK");
	CHECK(f.err == E_CONFLICT && strstr(f.text, "INSERT INTO slot") != NULL);
	store_close(st);
}

TEST(a_commit_that_fails_is_no_success)
{
	struct call c = { 0 };
	struct fault f = { 0 };
	struct store *st;

	fake_reset();
	st = open_fake(&db_fake, "x");
	fake_expect("INSERT", E_OK);
	fake_expect("COMMIT", E_DB);
	CHECK_INT(store_write(st, insert, &c, &f), E_DB);
	CHECK_STR(fake_trace(), "BEGIN INSERT COMMIT ROLLBACK");
	CHECK_INT(c.runs, 1);
	store_close(st);
}

TEST(a_begin_that_fails_runs_nothing)
{
	struct call c = { 0 };
	struct fault f = { 0 };
	struct store *st;

	fake_reset();
	st = open_fake(&db_fake, "x");
	fake_expect("BEGIN", E_BUSY);
	CHECK_INT(store_write(st, insert, &c, &f), E_BUSY);
	CHECK_INT(c.runs, 0);
	store_close(st);
}

TEST(a_serialization_failure_runs_the_closure_again)
{
	struct call c = { 0 };
	struct fault f = { 0 };
	struct store *st;

	fake_reset();
	st = open_fake(&db_fake_pg, "x");
	fake_expect("INSERT", E_BUSY);
	fake_again();
	fake_expect("INSERT", E_OK);
	fake_expect("COMMIT", E_BUSY);
	fake_again();
	fake_expect("INSERT", E_OK);
	CHECK_INT(store_write(st, insert, &c, &f), E_OK);
	CHECK_INT(c.runs, 3);
	CHECK_INT(f.err, E_OK);		/* healed: nothing to report */
	CHECK_STR(fake_trace(), "BEGIN INSERT ROLLBACK BEGIN INSERT COMMIT ROLLBACK BEGIN INSERT COMMIT");
	CHECK_INT(fake_opened(), 1);
	store_close(st);
}

/* The closure forgave what it must not judge: it runs again all the same. */
TEST(a_closure_cannot_swallow_a_serialization_failure)
{
	struct call c = { .ignore = E_BUSY };
	struct fault f = { 0 };
	struct store *st;

	fake_reset();
	st = open_fake(&db_fake_pg, "x");
	fake_expect("INSERT", E_BUSY);
	fake_again();
	fake_expect("INSERT", E_OK);
	CHECK_INT(store_write(st, insert, &c, &f), E_OK);
	CHECK_INT(c.runs, 2);
	store_close(st);
}

/* By the clock: two seconds, with longer and longer pauses. */
TEST(retries_have_an_end)
{
	struct call c = { 0 };
	struct fault f = { 0 };
	struct store *st;
	int64_t t0 = store_ticks_ms();

	fake_reset();
	st = open_fake(&db_fake_pg, "x");
	for (int i = 0; i < 60; i++) {
		fake_expect("INSERT", E_BUSY);
		fake_again();
	}
	CHECK_INT(store_write(st, insert, &c, &f), E_BUSY);
	CHECK(c.runs > 5 && c.runs < 60);
	CHECK(store_ticks_ms() - t0 >= 2000);
	CHECK_INT(f.err, E_BUSY);
	store_close(st);
}

TEST(a_lost_connection_is_replaced_before_commit)
{
	struct call c = { 0 };
	struct fault f = { 0 };
	struct store *st;

	fake_reset();
	st = open_fake(&db_fake_pg, "x");
	fake_expect("INSERT", E_BUSY);
	fake_lost();
	fake_expect("INSERT", E_OK);
	CHECK_INT(store_write(st, insert, &c, &f), E_OK);
	CHECK_INT(c.runs, 2);
	CHECK_INT(fake_opened(), 2);
	store_close(st);
}

TEST(a_commit_of_unknown_outcome_is_not_repeated)
{
	struct call c = { 0 };
	struct fault f = { 0 };
	struct store *st;

	fake_reset();
	st = open_fake(&db_fake_pg, "x");
	fake_expect("INSERT", E_OK);
	fake_expect("COMMIT", E_DB);	/* as db_pg.c reports it: lost, but not again */
	CHECK_INT(store_write(st, insert, &c, &f), E_DB);
	CHECK_INT(c.runs, 1);
	store_close(st);
}

TEST(a_database_that_is_down_is_busy_at_once)
{
	struct call c = { 0 };
	struct fault f = { 0 };
	struct store *st;
	int64_t t0;

	fake_reset();
	st = open_fake(&db_fake_pg, "down");
	t0 = store_ticks_ms();
	for (int i = 0; i < 20; i++)
		CHECK_INT(store_read(st, insert, &c, &f), E_BUSY);
	CHECK(store_ticks_ms() - t0 < 1000);
	CHECK(fake_opened() < 20);	/* not every request knocks */
	CHECK_INT(c.runs, 0);
	store_close(st);
}

#define POOL 16			/* as many connections as pool.c keeps */

struct holder {
	struct store *st;
	enum err err;
	pthread_t t;
};

static atomic_uint inside;
static atomic_bool let_go, all_gone, late, waits;

static void until(const atomic_bool *b)
{
	struct timespec nap = { .tv_nsec = 1000000 };

	while (!atomic_load(b))
		nanosleep(&nap, NULL);
}

/*
 * In place of the C library's: when `late`, patience ends just after a connection
 * came back, which no test could bring about by waiting.
 */
int pthread_cond_timedwait(pthread_cond_t *c, pthread_mutex_t *m, const struct timespec *t)
{
	if (!late)
		return pthread_cond_clockwait(c, m, CLOCK_MONOTONIC, t);
	pthread_mutex_unlock(m);
	waits = true;
	until(&all_gone);
	pthread_mutex_lock(m);
	return ETIMEDOUT;
}

static enum err hold(struct db *db, void *arg)
{
	(void)db;
	(void)arg;
	atomic_fetch_add(&inside, 1);
	until(&let_go);
	return E_OK;
}

static void *holder_main(void *arg)
{
	struct holder *h = arg;
	struct fault f = { 0 };

	h->err = store_write(h->st, hold, h, &f);
	return NULL;
}

/* It said "busy" and kept the connection for ever: store_close() found one too many. */
TEST(a_connection_that_comes_late_is_not_lost)
{
	struct timespec nap = { .tv_nsec = 1000000 };
	struct holder h[POOL + 1] = { 0 };

	fake_reset();
	h[0].st = open_fake(&db_fake_pg, "x");
	late = true;
	for (unsigned i = 0; i < POOL + 1; i++) {
		h[i].st = h[0].st;
		pthread_create(&h[i].t, NULL, holder_main, &h[i]);
		while (i == POOL - 1 && inside < POOL)
			nanosleep(&nap, NULL);
	}
	until(&waits);
	let_go = true;
	for (unsigned i = 0; i < POOL; i++)
		pthread_join(h[i].t, NULL);
	all_gone = true;
	pthread_join(h[POOL].t, NULL);
	for (unsigned i = 0; i < POOL + 1; i++)
		CHECK_INT(h[i].err, E_OK);
	CHECK(fake_opened() <= POOL);
	late = false;
	store_close(h[0].st);
}

struct two {
	int64_t id;
	const char *name;
	struct arena *a;
};

static enum err one_row(struct db *db, void *arg)
{
	struct two *t = arg;

	return db_one(db, t->a, "is", (void *[]){ &t->id, &t->name },
		      "SELECT id, name FROM person WHERE id = $1", "i", (int64_t)7);
}

TEST(one_row_means_one_row)
{
	struct two t = { 0 };
	struct fault f = { 0 };
	struct arena a;
	struct store *st;

	arena_init(&a, 100);
	t.a = &a;
	fake_reset();
	st = open_fake(&db_fake, "x");
	fake_expect("SELECT id, name", E_OK);
	CHECK_INT(store_read(st, one_row, &t, &f), E_MISSING);
	fake_expect("SELECT id, name", E_OK);
	fake_row("is", (int64_t)7, "Lina");
	CHECK_INT(store_read(st, one_row, &t, &f), E_OK);
	CHECK(t.id == 7 && str_eq(t.name, "Lina"));
	fake_expect("SELECT id, name", E_OK);
	fake_row("in", (int64_t)7);
	CHECK_INT(store_read(st, one_row, &t, &f), E_OK);
	CHECK(t.name == NULL);
	fake_expect("SELECT id, name", E_OK);
	fake_row("is", (int64_t)7, "Lina");
	fake_row("is", (int64_t)7, "Sami");
	CHECK_INT(store_read(st, one_row, &t, &f), E_INTERNAL);
	fake_expect("SELECT id, name", E_OK);
	fake_row("is", (int64_t)7, "a name that is longer than this arena is wide, which is one hundred bytes, "
		 "so that it cannot be copied into it");
	CHECK_INT(store_read(st, one_row, &t, &f), E_NOMEM);
	CHECK_INT(fake_left(), 0);
	CHECK_INT(fake_wrong(), 0);
	store_close(st);
	arena_release(&a);
}

/* ---- the group ---- */

struct member {
	struct writer *w;
	const char *sql;
	enum err err;
	unsigned runs;
	struct fault f;
	sem_t done;
};

static enum err run_sql(struct db *db, void *arg)
{
	struct member *m = arg;

	m->runs++;
	return db_run(db, NULL, m->sql, "");
}

static void member_done(void *cls, enum err e)
{
	struct member *m = cls;

	m->err = e;
	sem_post(&m->done);
}

/* Lets n closures gather in their order, then runs them as one group. */
static void run_group(struct member *m, unsigned n)
{
	struct writer *w = NULL;

	CHECK_INT(writer_start(&w, &db_fake, "x", NULL), E_OK);
	writer_hold(w);
	for (unsigned i = 0; i < n; i++) {
		sem_init(&m[i].done, 0, 0);
		writer_later(w, run_sql, &m[i], &m[i].f, member_done, &m[i]);
	}
	writer_resume(w);
	for (unsigned i = 0; i < n; i++) {
		while (sem_wait(&m[i].done) != 0)
			;
		sem_destroy(&m[i].done);
	}
	writer_stop(w);
}

TEST(one_failing_closure_fails_alone)
{
	struct member m[3] = { { .sql = "X1" }, { .sql = "X2" }, { .sql = "X3" } };

	fake_reset();
	fake_expect("X1", E_OK);
	fake_expect("X2", E_CONFLICT);
	fake_expect("X3", E_OK);
	run_group(m, 3);
	CHECK(m[0].err == E_OK && m[1].err == E_CONFLICT && m[2].err == E_OK);
	CHECK_STR(fake_trace(), "BEGIN SAVE X1 RELEASE SAVE X2 UNDO SAVE X3 RELEASE COMMIT");
	CHECK(m[1].f.err == E_CONFLICT && m[0].f.err == E_OK && m[2].f.err == E_OK);
}

TEST(a_group_whose_commit_fails_fails_for_all)
{
	struct member m[3] = { { .sql = "X1" }, { .sql = "X2" }, { .sql = "X3" } };

	fake_reset();
	fake_expect("X1", E_OK);
	fake_expect("X2", E_CONFLICT);
	fake_expect("X3", E_OK);
	fake_expect("COMMIT", E_DB);
	run_group(m, 3);
	CHECK(m[0].err == E_DB && m[1].err == E_CONFLICT && m[2].err == E_DB);
	CHECK(m[0].f.err == E_DB && m[0].f.text[0] != '\0');
}

/* Disk full inside X2: SQLite rolled everything back; X1 and X3 run again, alone. */
TEST(a_transaction_that_vanished_is_run_again_without_the_culprit)
{
	struct member m[3] = { { .sql = "X1" }, { .sql = "X2" }, { .sql = "X3" } };

	fake_reset();
	fake_expect("X1", E_OK);
	fake_expect("X2", E_DB);
	fake_tx_gone();
	fake_expect("X1", E_OK);
	fake_expect("X3", E_OK);
	run_group(m, 3);
	CHECK(m[0].err == E_OK && m[1].err == E_DB && m[2].err == E_OK);
	CHECK(m[0].runs == 2 && m[1].runs == 1 && m[2].runs == 1);
	CHECK_STR(fake_trace(), "BEGIN SAVE X1 RELEASE SAVE X2 BEGIN X1 COMMIT BEGIN X3 COMMIT");
	CHECK_INT(fake_wrong(), 0);
}

TEST(a_savepoint_that_cannot_be_undone_takes_the_group_down)
{
	struct member m[2] = { { .sql = "X1" }, { .sql = "X2" } };

	fake_reset();
	fake_expect("X1", E_OK);
	fake_expect("X2", E_CONFLICT);
	fake_expect("UNDO", E_DB);
	fake_expect("X1", E_OK);
	run_group(m, 2);
	CHECK(m[0].err == E_OK && m[1].err == E_CONFLICT);
	CHECK_STR(fake_trace(), "BEGIN SAVE X1 RELEASE SAVE X2 UNDO ROLLBACK BEGIN X1 COMMIT");
}

TEST(a_group_that_cannot_begin_fails_for_all)
{
	struct member m[2] = { { .sql = "X1" }, { .sql = "X2" } };

	fake_reset();
	fake_expect("BEGIN", E_BUSY);
	run_group(m, 2);
	CHECK(m[0].err == E_BUSY && m[1].err == E_BUSY && m[0].runs + m[1].runs == 0);
}

static enum err bulk(struct db *db, void *arg)
{
	enum err e = db_bulk_begin(db, "stage", "a, b", 2);

	(void)arg;
	for (int i = 0; i < 3 && e == E_OK; i++)
		e = db_bulk_row(db, "ii", (int64_t)i, (int64_t)i);
	return e == E_OK ? db_bulk_end(db) : e;
}

TEST(a_bulk_load_that_breaks_is_ended_and_rolled_back)
{
	struct fault f = { 0 };
	struct store *st;

	fake_reset();
	st = open_fake(&db_fake_pg, "x");
	fake_expect("stage", E_OK);
	fake_expect("ROW", E_DB);
	CHECK_INT(store_load(st, bulk, NULL, &f), E_DB);
	CHECK_STR(fake_trace(), "BEGIN stage ROW END ROLLBACK");
	fake_expect("stage", E_OK);
	fake_expect("END", E_CONFLICT);	/* COPY tells late */
	CHECK_INT(store_load(st, bulk, NULL, &f), E_CONFLICT);
	CHECK_INT(fake_wrong(), 0);
	store_close(st);
}
