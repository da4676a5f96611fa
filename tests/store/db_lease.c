/*
 * Several processes on one database: the lock, the control socket, and commands
 * that write beside a running server. The lease is SQLite's; on PostgreSQL the
 * same programs must simply work.
 */
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "kit/db.h"
#include "t.h"

static char dir[300];

static void nap(int ms)
{
	struct timespec ts = { ms / 1000, (long)(ms % 1000) * 1000000 };

	nanosleep(&ts, NULL);
}

static int64_t ticks(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

static bool is_sqlite(void)
{
	return str_starts(test_url(), "sqlite:");
}

/* A data_dir of this test's own. */
static const char *data_dir(const char *name)
{
	const char *base = getenv("LINTEL_TEST_DIR");

	snprintf(dir, sizeof(dir), "%s/%s", base != NULL ? base : "/tmp", name);
	return dir;
}

static enum err add(struct db *db, void *arg)
{
	return db_run(db, NULL, "INSERT INTO visit (who) VALUES ($1)", "s", arg);
}

static int writes(struct store *st, const char *who, int n, int pause_ms)
{
	int ok = 0;

	for (int i = 0; i < n; i++) {
		struct fault f = { 0 };

		if (store_write(st, add, (void *)(uintptr_t)who, &f) == E_OK)
			ok++;
		else
			printf("# %s: %s\n", who, f.text);
		nap(pause_ms);
	}
	return ok;
}

struct server {
	pid_t pid;
	int go, ready;
};

/* A server in its own process: says "r" when open, writes, ends when told. */
static void server_main(const char *d, int ready, int go, int n)
{
	struct fault f = { 0 };
	struct store *st = NULL;
	char c;
	int ok = -1;

	if (store_open(&st, test_url(), d, STORE_SERVE, &f) != E_OK)
		printf("# server: %s\n", f.text);
	if (write(ready, st != NULL ? "r" : "x", 1) != 1)
		_exit(3);
	if (st != NULL)
		ok = writes(st, "server", n, 1);
	if (read(go, &c, 1) < 0)
		_exit(3);
	store_close(st);
	_exit(ok == n ? 0 : 1);
}

static bool server_start(struct server *s, const char *d, int n)
{
	int up[2], down[2];
	char c = 0;

	if (pipe(up) != 0 || pipe(down) != 0)
		return false;
	fflush(stdout);
	s->pid = fork();
	if (s->pid == 0) {
		close(up[0]);
		close(down[1]);
		server_main(d, up[1], down[0], n);
	}
	close(up[1]);
	close(down[0]);
	s->ready = up[0];
	s->go = down[1];
	return read(up[0], &c, 1) == 1 && c == 'r';
}

static int server_end(struct server *s)
{
	int status = -1;

	close(s->go);
	close(s->ready);
	waitpid(s->pid, &status, 0);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

TEST(a_command_makes_the_database_when_no_server_runs)
{
	struct store *a = NULL, *b = NULL;
	struct fault f = { 0 };
	struct stat sb;

	CHECK_INT(store_open(&a, test_url(), data_dir("cli"), STORE_CLI, &f), E_OK);
	NEED(a != NULL);
	CHECK(test_sql(a, "CREATE TABLE visit (who TEXT NOT NULL)"));
	/* Between writes a second command gets its turn. */
	CHECK_INT(store_open(&b, test_url(), dir, STORE_CLI, &f), E_OK);
	CHECK_INT(writes(b, "b", 3, 0) + writes(a, "a", 3, 0), 6);
	CHECK_INT(test_count(a, "SELECT count(*) FROM visit"), 6);
	store_close(a);
	store_close(b);
	if (is_sqlite())
		CHECK(stat(test_url() + 7, &sb) == 0 && (sb.st_mode & 0777) == 0600);
}

TEST(a_data_dir_has_one_server)
{
	struct server s;
	struct store *st = NULL;
	struct fault f = { 0 };
	char pid[32];

	NEED(server_start(&s, data_dir("one"), 0));
	CHECK_INT(store_open(&st, test_url(), dir, STORE_SERVE, &f), E_BUSY);
	snprintf(pid, sizeof(pid), "process %ld ", (long)s.pid);
	CHECK(st == NULL && strstr(f.text, pid) != NULL);
	CHECK_INT(server_end(&s), 0);
	fault_clear(&f);
	CHECK_INT(store_open(&st, test_url(), dir, STORE_SERVE, &f), E_OK);
	store_close(st);
}

TEST(commands_write_beside_a_server)
{
	struct server s;
	struct store *st = NULL;
	struct fault f = { 0 };
	struct stat sb;
	char path[400];
	int64_t before, t0;

	NEED(server_start(&s, data_dir("beside"), 300));
	if (is_sqlite()) {
		snprintf(path, sizeof(path), "%s/control", dir);
		CHECK(stat(path, &sb) == 0 && S_ISSOCK(sb.st_mode) && (sb.st_mode & 0777) == 0600);
	}
	CHECK_INT(store_open(&st, test_url(), dir, STORE_CLI, &f), E_OK);
	NEED(st != NULL);
	before = test_count(st, "SELECT count(*) FROM visit WHERE who = 'command'");
	t0 = ticks();
	CHECK_INT(writes(st, "command", 200, 0), 200);
	printf("# 200 writes of a command beside a writing server: %d ms\n", (int)(ticks() - t0));
	CHECK_INT(test_count(st, "SELECT count(*) FROM visit WHERE who = 'command'"), before + 200);
	CHECK_INT(server_end(&s), 0);
	CHECK_INT(test_count(st, "SELECT count(*) FROM visit WHERE who = 'server'"), 300);
	store_close(st);
}

TEST(a_command_goes_on_when_the_server_was_killed)
{
	struct server s;
	struct store *st = NULL;
	struct fault f = { 0 };

	NEED(server_start(&s, data_dir("killed"), 0));
	CHECK_INT(store_open(&st, test_url(), dir, STORE_CLI, &f), E_OK);
	NEED(st != NULL);
	CHECK_INT(writes(st, "c1", 2, 0), 2);
	kill(s.pid, SIGKILL);
	server_end(&s);
	CHECK_INT(writes(st, "c2", 2, 0), 2);	/* a dead socket lies there */
	store_close(st);
	NEED(server_start(&s, dir, 5));
	CHECK_INT(server_end(&s), 0);
}

static int talk(const char *d, const char *words)
{
	struct sockaddr_un sa = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	if ((size_t)snprintf(sa.sun_path, sizeof(sa.sun_path), "%s/control", d) >= sizeof(sa.sun_path))
		return -1;
	if (connect(fd, (struct sockaddr *)&sa, sizeof(sa)) != 0 ||
	    send(fd, words, strlen(words), MSG_NOSIGNAL) != (ssize_t)strlen(words)) {
		close(fd);
		return -1;
	}
	return fd;
}

static bool said_ok(int fd)
{
	char answer[4] = "";

	return recv(fd, answer, 3, MSG_WAITALL) == 3 && memcmp(answer, "ok\n", 3) == 0;
}

TEST(a_lease_holds_the_server_and_ends)
{
	struct store *st = NULL;
	struct fault f = { 0 };
	int64_t t0;
	int fd;

	if (!CHECK(store_open(&st, test_url(), data_dir("lease"), STORE_SERVE, &f) == E_OK))
		return;
	if (!is_sqlite())
		goto out;
	/* It runs out while its holder sleeps. */
	fd = talk(dir, "lease 300\n");
	CHECK(fd >= 0 && said_ok(fd));
	t0 = ticks();
	CHECK_INT(writes(st, "server2", 1, 0), 1);
	CHECK(ticks() - t0 >= 250 && ticks() - t0 < 1500);
	/* The sleeper is still connected: the server writes, but does not checkpoint. */
	CHECK_INT(writes(st, "server2", 3, 0), 3);
	close(fd);
	/* It ends at once when its holder dies. */
	fd = talk(dir, "lease 20000\n");
	CHECK(fd >= 0 && said_ok(fd));
	close(fd);
	t0 = ticks();
	CHECK_INT(writes(st, "server2", 1, 0), 1);
	CHECK(ticks() - t0 < 1500);
out:
	store_close(st);
}

TEST(nonsense_on_the_control_socket_changes_nothing)
{
	static const char *const words[] = { "lease 0\n", "lease -1\n", "lease 60001\n", "lease x\n",
					     "lease 99999999999999999999\n", "hello\n", "\n", "lease 5" };
	struct store *st = NULL;
	struct fault f = { 0 };
	int64_t t0;
	char c;

	if (!CHECK(store_open(&st, test_url(), data_dir("nonsense"), STORE_SERVE, &f) == E_OK))
		return;
	for (size_t i = 0; is_sqlite() && i < sizeof(words) / sizeof(words[0]); i++) {
		int fd = talk(dir, words[i]);

		CHECK(fd >= 0 && recv(fd, &c, 1, 0) <= 0);
		close(fd);
		t0 = ticks();
		CHECK_INT(writes(st, "server3", 1, 0), 1);
		CHECK(ticks() - t0 < 1000);
	}
	store_close(st);
}

static enum err slow(struct db *db, void *arg)
{
	enum err e = add(db, arg);

	nap(5200);
	return e;
}

TEST(what_outlives_its_lease_is_rolled_back)
{
	struct server s;
	struct store *st = NULL;
	struct fault f = { 0 };

	if (!is_sqlite()) {
		CHECK(!is_sqlite());	/* no lease there */
		return;
	}
	NEED(server_start(&s, data_dir("late"), 0));
	CHECK_INT(store_open(&st, test_url(), dir, STORE_CLI, &f), E_OK);
	CHECK_INT(store_write(st, slow, (void *)(uintptr_t)"late", &f), E_BUSY);
	CHECK(strstr(f.text, "longer") != NULL);
	CHECK_INT(test_count(st, "SELECT count(*) FROM visit WHERE who = 'late'"), 0);
	CHECK_INT(writes(st, "again", 1, 0), 1);
	CHECK_INT(server_end(&s), 0);
	store_close(st);
}

TEST(a_path_longer_than_a_socket_address_works)
{
	char name[180];
	struct server s;
	struct store *st = NULL;
	struct fault f = { 0 };

	memset(name, 'd', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	NEED(server_start(&s, data_dir(name), 0));
	CHECK_INT(store_open(&st, test_url(), dir, STORE_CLI, &f), E_OK);
	CHECK_INT(writes(st, "long", 2, 0), 2);
	CHECK_INT(server_end(&s), 0);
	CHECK_INT(store_check(st, &f), E_OK);
	store_close(st);
}
