/*
 * kill -9 in the middle of the work: what was acknowledged is there, what was not
 * is there whole or not at all. The ledger is a pipe to this process.
 */
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/magic.h"
#include "kit/db.h"
#include "t.h"

#define ROUNDS 100
#define WRITERS 4

static int ledger;
static struct store *st;
static int64_t base;

struct note {
	int64_t id;
};

/* Two rows that belong together. */
static enum err put_pair(struct db *db, void *arg)
{
	struct note *n = arg;
	enum err e;

	e = db_run(db, NULL, "INSERT INTO half_a (id) VALUES ($1)", "i", n->id);
	return e != E_OK ? e : db_run(db, NULL, "INSERT INTO half_b (id) VALUES ($1)", "i", n->id);
}

static void *writer_main(void *arg)
{
	int64_t lane = (int64_t)(intptr_t)arg;

	for (int64_t i = 0;; i++) {
		struct note n = { base + i * WRITERS + lane };

		if (store_write(st, put_pair, &n, NULL) == E_OK &&
		    write(ledger, &n.id, sizeof(n.id)) != sizeof(n.id))
			_exit(4);
	}
	return NULL;
}

static void child(void)
{
	pthread_t t;

	st = test_store();
	for (intptr_t i = 0; i < WRITERS; i++)
		pthread_create(&t, NULL, writer_main, (void *)i);
	for (;;)
		pause();
}

/* Lets a child write for a while, kills it, and returns how many it was promised. */
static unsigned one_kill(int64_t *acked, unsigned room, int run_ms)
{
	struct pollfd p;
	int fd[2], left = run_ms;
	unsigned n = 0;
	pid_t pid;
	int rc = pipe(fd);

	CHECK(rc == 0);
	fflush(stdout);
	pid = fork();
	if (pid == 0) {
		close(fd[0]);
		ledger = fd[1];
		child();
	}
	close(fd[1]);
	p = (struct pollfd){ .fd = fd[0], .events = POLLIN };
	/* The clock starts with the first promise. */
	if (poll(&p, 1, 10000) > 0) {
		struct timespec ts = { .tv_nsec = (long)left * 1000000 };

		nanosleep(&ts, NULL);
	}
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	while (n < room && read(fd[0], &acked[n], sizeof(*acked)) == sizeof(*acked))
		n++;
	close(fd[0]);
	return n;
}

static enum err both_there(struct db *db, void *arg)
{
	int64_t id = *(int64_t *)arg;
	int64_t one;
	enum err e;

	e = db_one(db, NULL, "i", (void *[]){ &one }, "SELECT id FROM half_a WHERE id = $1", "i", id);
	return e != E_OK ? e : db_one(db, NULL, "i", (void *[]){ &one },
				      "SELECT id FROM half_b WHERE id = $1", "i", id);
}

TEST(nothing_acknowledged_is_lost)
{
	static int64_t acked[200000];
	unsigned total = 0, lost = 0, halves = 0, seed = (unsigned)time(NULL) ^ (unsigned)getpid();
	struct store *mine = test_store();
	struct fault f = { 0 };

	CHECK(test_sql(mine, "CREATE TABLE half_a (id BIGINT PRIMARY KEY)"));
	CHECK(test_sql(mine, "CREATE TABLE half_b (id BIGINT PRIMARY KEY)"));
	store_close(mine);
	printf("# seed %u\n", seed);
	srandom(seed);
	for (int round = 0; round < ROUNDS; round++) {
		unsigned n;

		base = (int64_t)round * 1000000;
		n = one_kill(acked, ARRAY_LEN(acked), 1 + (int)(random() % 40));
		mine = test_store();
		for (unsigned i = 0; i < n; i++)
			lost += store_read(mine, both_there, &acked[i], &f) != E_OK;
		halves += test_count(mine, "SELECT count(*) FROM half_a a LEFT JOIN half_b b ON "
				     "b.id = a.id WHERE b.id IS NULL") != 0;
		store_close(mine);
		total += n;
	}
	printf("# %d kills, %u acknowledged writes\n", ROUNDS, total);
	CHECK(total > ROUNDS);
	CHECK_INT(lost, 0);
	CHECK_INT(halves, 0);
	mine = test_store();
	CHECK_INT(store_check(mine, &f), E_OK);
	store_close(mine);
}
