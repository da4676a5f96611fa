/*
 * The database goes away in the middle: on PostgreSQL backends are killed, stopped
 * and cut off around COMMIT; on SQLite the disk fills up. Never a silent success.
 */
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <poll.h>
#include <time.h>
#include <unistd.h>

#include "base/magic.h"
#include "kit/db.h"
#include "t.h"

static struct store *st;

static bool is_pg(void)
{
	return !str_starts(test_url(), "sqlite:");
}

static int64_t ticks(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

static bool open_store(void)
{
	if (st != NULL)
		return true;
	st = test_store();
	return test_sql(st, "CREATE TABLE mark (id BIGINT PRIMARY KEY, pad TEXT)");
}

/* ---- PostgreSQL: kill, stop ---- */

static enum err terminate_fn(struct db *db, void *arg)
{
	int64_t done;

	return db_one(db, NULL, "i", (void *[]){ &done },
		      "SELECT pg_terminate_backend(CAST($1 AS INTEGER))", "i", *(int64_t *)arg);
}

static void *terminate_main(void *arg)
{
	struct store *own = test_store();

	CHECK_INT(store_read(own, terminate_fn, arg, NULL), E_OK);
	store_close(own);
	return NULL;
}

/* From another thread: a closure may not use the store itself. */
static void terminate(int64_t pid)
{
	pthread_t t;

	pthread_create(&t, NULL, terminate_main, &pid);
	pthread_join(t, NULL);
}

static enum err my_pid(struct db *db, int64_t *pid)
{
	return db_one(db, NULL, "i", (void *[]){ pid }, "SELECT pg_backend_pid()", "");
}

struct plan {
	int64_t id;
	unsigned runs;
	unsigned kills;		/* in how many of the first runs the backend dies */
	bool stop;		/* … or only stops */
	int64_t pid;
};

static enum err killed(struct db *db, void *arg)
{
	struct plan *p = arg;
	enum err e = my_pid(db, &p->pid);

	p->runs++;
	if (e == E_OK)
		e = db_run(db, NULL, "INSERT INTO mark (id) VALUES ($1)", "i", p->id);
	if (e == E_OK && p->runs <= p->kills) {
		if (p->stop)
			kill((pid_t)p->pid, SIGSTOP);
		else
			terminate(p->pid);
	}
	return e == E_OK ? db_run(db, NULL, "UPDATE mark SET pad = $1 WHERE id = $2", "si", "x", p->id) : e;
}

static enum err marks_fn(struct db *db, void *arg)
{
	int64_t *v = arg;

	return db_one(db, NULL, "i", (void *[]){ &v[1] }, "SELECT count(*) FROM mark WHERE id = $1",
		      "i", v[0]);
}

static int64_t marks(int64_t id)
{
	int64_t v[2] = { id, -1 };

	return store_read(st, marks_fn, v, NULL) == E_OK ? v[1] : -1;
}

TEST(a_killed_backend_before_commit_is_survived)
{
	struct plan once = { .id = 1, .kills = 1 }, always = { .id = 2, .kills = 99 };
	struct fault f = { 0 };

	NEED(open_store());
	if (!is_pg())
		return;
	CHECK_INT(store_write(st, killed, &once, &f), E_OK);
	CHECK_INT(once.runs, 2);
	CHECK_INT(marks(1), 1);
	CHECK_INT(store_write(st, killed, &always, &f), E_BUSY);
	CHECK(always.runs > 2);
	CHECK_INT(marks(2), 0);
	CHECK_INT(store_ping(st, NULL), E_OK);
}

static enum err only_pid(struct db *db, void *arg)
{
	return my_pid(db, arg);
}

TEST(dead_idle_connections_are_not_noticed_by_callers)
{
	int64_t pid = 0;

	NEED(open_store());
	if (!is_pg())
		return;
	for (int i = 0; i < 5; i++) {
		CHECK_INT(store_read(st, only_pid, &pid, NULL), E_OK);
		terminate(pid);
		CHECK_INT(store_ping(st, NULL), E_OK);
	}
}

TEST(a_stopped_backend_costs_three_seconds_at_most)
{
	struct plan p = { .id = 3, .kills = 1, .stop = true };
	int64_t t0 = ticks();
	struct fault f = { 0 };

	NEED(open_store());
	if (!is_pg())
		return;
	CHECK_INT(store_write(st, killed, &p, &f), E_BUSY);
	CHECK(ticks() - t0 < 8000);
	kill((pid_t)p.pid, SIGCONT);
	CHECK_INT(store_ping(st, NULL), E_OK);
}

static enum err sleepy(struct db *db, void *arg)
{
	int64_t one;

	(void)arg;
	return db_one(db, NULL, "i", (void *[]){ &one }, "SELECT 1 FROM pg_sleep(10)", "");
}

TEST(a_slow_statement_ends)
{
	int64_t t0 = ticks();

	NEED(open_store());
	if (!is_pg())
		return;
	CHECK_INT(store_read(st, sleepy, NULL, NULL), E_TIMEOUT);
	CHECK(ticks() - t0 < 8000);
}

/* ---- PostgreSQL: a proxy that cuts the wire around COMMIT ---- */

enum cut { CUT_NOTHING, CUT_BEFORE, CUT_AFTER };

struct proxy {
	int listen_fd, end[2];
	enum cut cut;
	struct sockaddr_un server;
	pthread_t t;
};

static bool send_all(int fd, const char *p, ssize_t n)
{
	return send(fd, p, (size_t)n, MSG_NOSIGNAL) == n;
}

/* Until one side ends, or the COMMIT that the test waits for comes by. */
static void relay(struct proxy *x, int client, int server)
{
	struct pollfd p[3] = { { client, POLLIN, 0 }, { server, POLLIN, 0 }, { x->end[0], POLLIN, 0 } };
	char b[8192];
	bool last = false;
	ssize_t n;

	while (poll(p, 3, 20000) > 0 && p[2].revents == 0) {
		if (p[0].revents != 0) {
			n = recv(client, b, sizeof(b), 0);
			last = n > 0 && x->cut != CUT_NOTHING && memmem(b, (size_t)n, "COMMIT", 6) != NULL;
			if (n <= 0 || (last && x->cut == CUT_BEFORE) || !send_all(server, b, n))
				return;
		}
		if (p[1].revents != 0) {
			n = recv(server, b, sizeof(b), 0);
			if (n <= 0 || last || !send_all(client, b, n))
				return;
		}
	}
}

static void *proxy_main(void *arg)
{
	struct proxy *x = arg;
	struct pollfd p[2] = { { x->listen_fd, POLLIN, 0 }, { x->end[0], POLLIN, 0 } };

	while (poll(p, 2, 20000) > 0 && p[1].revents == 0) {
		int client = accept(x->listen_fd, NULL, NULL);
		int server = socket(AF_UNIX, SOCK_STREAM, 0);

		if (connect(server, (struct sockaddr *)&x->server, sizeof(x->server)) == 0)
			relay(x, client, server);
		close(client);
		close(server);
	}
	return NULL;
}

/* The test address ends with &host=DIR&port=PORT. */
static struct store *through_proxy(struct proxy *x)
{
	const char *url = test_url(), *host = strstr(url, "&host="), *port = strstr(url, "&port=");
	struct sockaddr_un sa = { .sun_family = AF_UNIX };
	struct store *out = NULL;
	char own[400];

	assert(host != NULL && port != NULL);
	*x = (struct proxy){ .server = { .sun_family = AF_UNIX } };
	snprintf(x->server.sun_path, sizeof(x->server.sun_path), "%.*s/.s.PGSQL.%s",
		 (int)(port - host - 6), host + 6, port + 6);
	snprintf(sa.sun_path, sizeof(sa.sun_path), "%s/.s.PGSQL.5999", getenv("LINTEL_TEST_DIR"));
	snprintf(own, sizeof(own), "%.*s&host=%s&port=5999", (int)(host - url), url,
		 getenv("LINTEL_TEST_DIR"));
	unlink(sa.sun_path);
	x->listen_fd = socket(AF_UNIX, SOCK_STREAM, 0);
	if (bind(x->listen_fd, (struct sockaddr *)&sa, sizeof(sa)) != 0 || listen(x->listen_fd, 8) != 0 ||
	    pipe(x->end) != 0)
		return NULL;
	pthread_create(&x->t, NULL, proxy_main, x);
	return store_open(&out, own, NULL, STORE_TEST, NULL) == E_OK ? out : NULL;
}

static void proxy_end(struct proxy *x)
{
	close(x->end[1]);
	pthread_join(x->t, NULL);
	close(x->end[0]);
	close(x->listen_fd);
}

TEST(a_cut_commit_is_reported_and_not_repeated)
{
	static const enum cut cuts[] = { CUT_BEFORE, CUT_AFTER };

	NEED(open_store());
	for (int i = 0; is_pg() && i < 2; i++) {
		struct plan p = { .id = 4 + i };
		struct fault f = { 0 };
		struct proxy x;
		struct store *far = through_proxy(&x);

		NEED(far != NULL);
		CHECK_INT(store_ping(far, &f), E_OK);
		x.cut = cuts[i];
		CHECK_INT(store_write(far, killed, &p, &f), E_DB);
		CHECK(strstr(f.text, "outcome unknown") != NULL);
		CHECK_INT(p.runs, 1);
		/* Both happened: that is why nobody may guess. */
		CHECK_INT(marks(p.id), i);
		x.cut = CUT_NOTHING;
		CHECK_INT(store_ping(far, NULL), E_OK);
		store_close(far);
		proxy_end(&x);
	}
}

/* ---- SQLite: a full disk ---- */

static enum err fill(struct db *db, void *arg)
{
	static char pad[50000];
	int64_t *id = arg;

	memset(pad, 'p', sizeof(pad) - 1);
	return db_run(db, NULL, "INSERT INTO mark (id, pad) VALUES ($1, $2)", "is", *id, pad);
}

/* In a child, because the limit on file size is the process's. */
static int fill_up(void)
{
	struct rlimit small = { 2 << 20, RLIM_INFINITY }, wide = { RLIM_INFINITY, RLIM_INFINITY };
	struct store *own = test_store();
	int64_t id = 1000, good = 0, bad = 0;

	signal(SIGXFSZ, SIG_IGN);
	setrlimit(RLIMIT_FSIZE, &small);
	for (; id < 1100; id++) {
		enum err e = store_write(own, fill, &id, NULL);

		good += e == E_OK;
		bad += e == E_DB;
	}
	/* Reads go on while writes fail, and nothing was promised that is not there. */
	if (good == 0 || bad == 0 || good + bad != 100 ||
	    test_count(own, "SELECT count(*) FROM mark WHERE id >= 1000") != good)
		return 1;
	setrlimit(RLIMIT_FSIZE, &wide);
	if (store_write(own, fill, &id, NULL) != E_OK)
		return 2;
	store_close(own);
	return 0;
}

TEST(a_full_disk_is_an_error_and_passes)
{
	int status = 0;
	pid_t pid;

	NEED(open_store());
	store_close(st);
	st = NULL;
	if (is_pg())
		return;
	fflush(stdout);
	pid = fork();
	if (pid == 0)
		_exit(fill_up());
	waitpid(pid, &status, 0);
	CHECK(WIFEXITED(status));
	CHECK_INT(WEXITSTATUS(status), 0);
	st = test_store();
	CHECK_INT(store_check(st, NULL), E_OK);
	CHECK(test_count(st, "SELECT count(*) FROM mark WHERE id >= 1000") > 10);
	store_close(st);
}
