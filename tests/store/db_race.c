/* Many threads, one row: exactly one wins, and no two disturb each other's truth. */
#include <pthread.h>
#include <stdatomic.h>
#include <string.h>
#include <time.h>

#include "kit/db.h"
#include "t.h"

#define THREADS 64
#define ROUNDS 100

static struct store *st;

struct racer {
	store_fn fn;
	int64_t id, who;
	int rounds;
	enum err last;
	unsigned ok, conflict, busy, other;
	int64_t worst_us;
	pthread_t t;
};

static pthread_barrier_t start;

static int64_t now_us(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000000 + ts.tv_nsec / 1000;
}

static void *racer_main(void *arg)
{
	struct racer *r = arg;

	pthread_barrier_wait(&start);
	for (int i = 0; i < r->rounds; i++) {
		struct fault f = { 0 };
		int64_t t0 = now_us();

		r->last = store_write(st, r->fn, r, &f);
		if (now_us() - t0 > r->worst_us)
			r->worst_us = now_us() - t0;
		r->ok += r->last == E_OK;
		r->conflict += r->last == E_CONFLICT;
		r->busy += r->last == E_BUSY;
		if (r->last != E_OK && r->last != E_CONFLICT && r->last != E_BUSY) {
			r->other++;
			printf("# %s\n", f.text);
		}
	}
	return NULL;
}

struct tally {
	unsigned ok, conflict, busy, other;
	int64_t worst_us, took_us;
};

/* n threads run fn at once; id 0 gives each its own. */
static struct tally race(unsigned n, store_fn fn, int64_t id, int rounds)
{
	struct racer r[THREADS];
	struct tally sum = { 0 };
	int64_t t0;

	memset(r, 0, sizeof(r));
	pthread_barrier_init(&start, NULL, n);
	t0 = now_us();
	for (unsigned i = 0; i < n; i++) {
		r[i].fn = fn;
		r[i].who = i + 1;
		r[i].id = id != 0 ? id : i + 1;
		r[i].rounds = rounds;
		pthread_create(&r[i].t, NULL, racer_main, &r[i]);
	}
	for (unsigned i = 0; i < n; i++) {
		pthread_join(r[i].t, NULL);
		sum.ok += r[i].ok;
		sum.conflict += r[i].conflict;
		sum.busy += r[i].busy;
		sum.other += r[i].other;
		if (r[i].worst_us > sum.worst_us)
			sum.worst_us = r[i].worst_us;
	}
	sum.took_us = now_us() - t0;
	pthread_barrier_destroy(&start);
	return sum;
}

static bool open_store(void)
{
	if (st != NULL)
		return true;
	st = test_store();
	return test_sql(st, "CREATE TABLE nonce (tenant_id BIGINT NOT NULL, id BIGINT NOT NULL, "
			"who BIGINT NOT NULL, PRIMARY KEY (tenant_id, id))") &&
	       test_sql(st, "CREATE TABLE slot (tenant_id BIGINT NOT NULL, id BIGINT NOT NULL, "
			"booking BIGINT NOT NULL, PRIMARY KEY (tenant_id, id))") &&
	       test_sql(st, "CREATE TABLE pair (id BIGINT PRIMARY KEY, v BIGINT NOT NULL)") &&
	       test_sql(st, "CREATE TABLE account (tenant_id BIGINT NOT NULL, id BIGINT NOT NULL, "
			"seen BIGINT NOT NULL, PRIMARY KEY (tenant_id, id))") &&
	       test_sql(st, "CREATE TABLE session (tenant_id BIGINT NOT NULL, id BIGINT NOT NULL, "
			"account_id BIGINT NOT NULL, PRIMARY KEY (tenant_id, id))");
}

static enum err take_nonce(struct db *db, void *arg)
{
	struct racer *r = arg;

	return db_run(db, NULL, "INSERT INTO nonce (tenant_id, id, who) VALUES (1, $1, $2)", "ii",
		      r->id, r->who);
}

TEST(one_nonce_has_one_taker)
{
	unsigned wrong = 0;

	NEED(open_store());
	for (int64_t id = 1; id <= ROUNDS; id++) {
		struct tally t = race(THREADS, take_nonce, id, 1);

		if (t.ok != 1 || t.conflict != THREADS - 1)
			wrong++;
	}
	printf("# %d races of %d threads for one row\n", ROUNDS, THREADS);
	CHECK_INT(wrong, 0);
	CHECK_INT(test_count(st, "SELECT count(*) FROM nonce"), ROUNDS);
}

static enum err book(struct db *db, void *arg)
{
	struct racer *r = arg;
	int64_t changed;
	enum err e;

	e = db_run(db, &changed, "UPDATE slot SET booking = $1 WHERE tenant_id = 1 AND id = $2 AND "
		   "booking = 0", "ii", r->who, r->id);
	return e == E_OK && changed == 0 ? E_CONFLICT : e;
}

TEST(one_slot_has_one_family)
{
	unsigned wrong = 0;

	NEED(open_store());
	CHECK(test_sql(st, "INSERT INTO slot (tenant_id, id, booking) VALUES (1, 1, 0), (1, 2, 0), "
		       "(1, 3, 0), (1, 4, 0), (1, 5, 0), (1, 6, 0), (1, 7, 0), (1, 8, 0)"));
	for (int64_t id = 1; id <= 8; id++) {
		struct tally t = race(THREADS, book, id, 1);

		if (t.ok != 1 || t.conflict != THREADS - 1)
			wrong++;
	}
	CHECK_INT(wrong, 0);
	CHECK_INT(test_count(st, "SELECT count(*) FROM slot WHERE booking > 0"), 8);
}

/* Each may leave only while the other stays: both read before either writes. */
static enum err leave(struct db *db, void *arg)
{
	struct racer *r = arg;
	int64_t left = 0;
	enum err e;

	e = db_one(db, NULL, "i", (void *[]){ &left }, "SELECT count(*) FROM pair WHERE v = 1", "");
	if (e == E_OK && left < 2)
		return E_CONFLICT;
	return e != E_OK ? e : db_run(db, NULL, "UPDATE pair SET v = 0 WHERE id = $1", "i", r->id);
}

TEST(what_two_decide_together_is_decided_one_after_the_other)
{
	int64_t never = 2;

	NEED(open_store());
	CHECK(test_sql(st, "INSERT INTO pair (id, v) VALUES (1, 1), (2, 1)"));
	for (int i = 0; i < ROUNDS; i++) {
		int64_t left;

		race(2, leave, 0, 1);
		left = test_count(st, "SELECT count(*) FROM pair WHERE v = 1");
		never = left < never ? left : never;
		NEED(test_sql(st, "UPDATE pair SET v = 1"));
	}
	CHECK_INT(never, 1);
}

static enum err count_up(struct db *db, void *arg)
{
	struct racer *r = arg;
	int64_t n = 0;
	enum err e;

	(void)r;
	e = db_one(db, NULL, "i", (void *[]){ &n }, "SELECT booking FROM slot WHERE tenant_id = 2 "
		   "AND id = 1", "");
	return e != E_OK ? e : db_run(db, NULL, "UPDATE slot SET booking = $1 WHERE tenant_id = 2 "
				      "AND id = 1", "i", n + 1);
}

TEST(no_increment_is_lost)
{
	struct tally t;

	NEED(open_store());
	CHECK(test_sql(st, "INSERT INTO slot (tenant_id, id, booking) VALUES (2, 1, 0)"));
	t = race(16, count_up, 1, 10);
	printf("# 16 threads, 10 increments each of one row: %u done, %u gave up busy\n", t.ok, t.busy);
	CHECK(t.ok > 0 && t.other == 0 && t.conflict == 0);
	CHECK_INT(t.ok + t.busy, 160);
	CHECK_INT(test_count(st, "SELECT booking FROM slot WHERE tenant_id = 2 AND id = 1"), t.ok);
}

static _Atomic int64_t next_session = 1;

/* As a launch does: reads its account, opens its session, marks the account seen. */
static enum err launch(struct db *db, void *arg)
{
	struct racer *r = arg;
	int64_t seen = 0;
	enum err e;

	e = db_one(db, NULL, "i", (void *[]){ &seen }, "SELECT seen FROM account WHERE tenant_id = 1 "
		   "AND id = $1", "i", r->id);
	if (e == E_MISSING)
		e = db_run(db, NULL, "INSERT INTO account (tenant_id, id, seen) VALUES (1, $1, 0)",
			   "i", r->id);
	if (e == E_OK)
		e = db_run(db, NULL, "INSERT INTO session (tenant_id, id, account_id) VALUES (1, $1, $2)",
			   "ii", atomic_fetch_add(&next_session, 1), r->id);
	if (e == E_OK)
		e = db_run(db, NULL, "UPDATE account SET seen = $1 WHERE tenant_id = 1 AND id = $2",
			   "ii", seen + 1, r->id);
	return e;
}

TEST(strangers_do_not_fail_each_other)
{
	struct store_stats s0, s1;
	struct tally t;

	NEED(open_store());
	store_stats(st, &s0);
	t = race(THREADS, launch, 0, 20);
	store_stats(st, &s1);
	printf("# writes %d, groups %d, retries %d\n", (int)(s1.writes - s0.writes),
	       (int)(s1.groups - s0.groups), (int)(s1.retries - s0.retries));
	CHECK_INT(s1.writes - s0.writes, THREADS * 20);
	printf("# %d threads, 20 launches each: %.1f s, slowest %d ms, %u gave up busy\n", THREADS,
	       (double)t.took_us / 1e6, (int)(t.worst_us / 1000), t.busy);
	CHECK_INT(t.ok, THREADS * 20);
	CHECK_INT(test_count(st, "SELECT sum(seen) FROM account"), THREADS * 20);
	CHECK_INT(test_count(st, "SELECT count(*) FROM session"), THREADS * 20);
	CHECK(t.worst_us < 5000000);
}

/* What another server of this database drew at the same moment. */
static enum err draw(struct db *db, void *arg)
{
	int *runs = arg;

	return db_run(db, NULL, "INSERT INTO nonce (tenant_id, id, who) VALUES (4, $1, 0)", "i",
		      (int64_t)(++*runs < 3 ? 1 : 2));
}

TEST(an_id_drawn_by_two_servers_is_drawn_again_once)
{
	bool pg = !str_starts(test_url(), "sqlite:");
	int runs = 0;

	NEED(open_store());
	CHECK_INT(store_write(st, draw, &runs, NULL), E_OK);
	CHECK_INT(runs, 1);
	CHECK_INT(store_write(st, draw, &runs, NULL), pg ? E_OK : E_CONFLICT);
	CHECK_INT(runs, pg ? 3 : 2);
	runs = 0;
	CHECK_INT(store_write(st, draw, &runs, NULL), E_CONFLICT);
	CHECK_INT(runs, pg ? 2 : 1);
}

/* Every third closure fails after it wrote; what it wrote must not stay. */
static enum err sometimes(struct db *db, void *arg)
{
	struct racer *r = arg;
	enum err e = db_run(db, NULL, "INSERT INTO nonce (tenant_id, id, who) VALUES (3, $1, $2)", "ii",
			    atomic_fetch_add(&next_session, 1), r->who);

	return e == E_OK && r->who % 3 == 0 ? E_CONFLICT : e;
}

TEST(closures_fail_alone)
{
	struct tally t;

	NEED(open_store());
	t = race(THREADS, sometimes, 0, 20);
	CHECK_INT(t.ok, (THREADS - THREADS / 3) * 20);
	CHECK_INT(t.conflict, THREADS / 3 * 20);
	CHECK_INT(test_count(st, "SELECT count(*) FROM nonce WHERE tenant_id = 3"), t.ok);
	CHECK_INT(test_count(st, "SELECT count(*) FROM nonce WHERE tenant_id = 3 AND who - (who / 3) * 3 = 0"), 0);
	store_close(st);
	st = NULL;
}
