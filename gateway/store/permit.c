/*
 * A command that writes: by leave of the running server, else under the lock of
 * the data folder. permit.h tells the rules.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/magic.h"
#include "permit.h"

#define GUEST_MAGIC 0x60e57001u
#define PERMIT_WAIT_MS 30000
#define WRITE_MS 5000
#define TELL_MS 3000		/* a server that lends to another command answers later */

struct permit {
	int lock_fd;		/* no server: the lock is ours */
	int lease_fd;		/* else: the server's word */
	int64_t until;		/* of the lease */
};

struct guest {
	unsigned magic;
	const struct db_driver *drv;
	char *where, *data_dir;
	struct db *db;		/* opened by the first write */
	pthread_mutex_t lock;	/* threads of this process take turns */
};

struct guest_call {
	store_fn fn;
	void *arg;
	const struct permit *p;
};

static void nap(long ms)
{
	struct timespec ts = { .tv_nsec = ms * 1000000 };

	nanosleep(&ts, NULL);
}

/* ---- the lock file ---- */

static void write_pid(int fd)
{
	char text[24];
	int n = snprintf(text, sizeof(text), "%ld\n", (long)getpid());

	/* For people who look; nothing depends on it. */
	if (ftruncate(fd, 0) != 0 || pwrite(fd, text, (size_t)n, 0) != n)
		return;
}

static long read_pid(int fd)
{
	char text[24] = "";

	return pread(fd, text, sizeof(text) - 1, 0) > 0 ? strtol(text, NULL, 10) : 0;
}

enum err lock_take(const char *data_dir, int64_t wait_ms, int *fd_out, struct fault *f)
{
	int64_t until = store_ticks_ms() + wait_ms;
	int dir = -1, fd = -1;
	enum err e = E_OK;

	if (mkdir(data_dir, 0700) != 0 && errno != EEXIST)
		return FAULT(f, E_IO, "cannot make data_dir: %s", strerror(errno));
	dir = open(data_dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (dir >= 0)
		fd = openat(dir, "lock", O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (fd < 0) {
		e = FAULT(f, E_IO, "data_dir/lock: %s", strerror(errno));
		goto out;
	}
	while (flock(fd, LOCK_EX | LOCK_NB) != 0) {
		if (store_ticks_ms() >= until) {
			e = FAULT(f, E_BUSY, "process %ld uses this data_dir", read_pid(fd));
			goto out;
		}
		nap(20);
	}
	write_pid(fd);
	*fd_out = fd;
	fd = -1;
out:
	if (fd >= 0)
		close(fd);
	if (dir >= 0)
		close(dir);
	return e;
}

/* ---- the permit ---- */

static int connect_control(const char *data_dir)
{
	struct sockaddr_un sa;
	int dir, fd = -1;

	if (control_address(data_dir, &sa, &dir, NULL) != E_OK)
		return -1;
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd >= 0 && connect(fd, (struct sockaddr *)&sa, sizeof(sa)) != 0) {
		close(fd);
		fd = -1;
	}
	if (dir >= 0)
		close(dir);
	return fd;
}

/* Counts from before the question: our end of the lease is never the later one. */
static bool ask_server(const char *data_dir, int64_t ms, int64_t patience, struct permit *p)
{
	struct pollfd pf = { .fd = connect_control(data_dir), .events = POLLIN };
	char line[32], answer[4] = "";
	int n;

	if (pf.fd < 0)
		return false;
	n = snprintf(line, sizeof(line), "lease %d\n", (int)ms);
	p->until = store_ticks_ms() + ms;
	if (send(pf.fd, line, (size_t)n, MSG_NOSIGNAL) == n && poll(&pf, 1, (int)patience) > 0 &&
	    recv(pf.fd, answer, 3, MSG_WAITALL) == 3 && memcmp(answer, "ok\n", 3) == 0) {
		p->lease_fd = pf.fd;
		return true;
	}
	close(pf.fd);
	return false;
}

bool control_tell(const char *data_dir)
{
	struct pollfd pf = { .fd = connect_control(data_dir), .events = POLLIN };
	char answer[4] = "";
	bool told;

	if (pf.fd < 0)
		return false;
	told = send(pf.fd, "look\n", 5, MSG_NOSIGNAL) == 5 && poll(&pf, 1, TELL_MS) > 0 &&
	       recv(pf.fd, answer, 3, MSG_WAITALL) == 3 && memcmp(answer, "ok\n", 3) == 0;
	close(pf.fd);
	return told;
}

static enum err permit_get(struct guest *g, int64_t ms, struct permit *p, struct fault *f)
{
	int64_t until = store_ticks_ms() + PERMIT_WAIT_MS, left;
	struct fault one;
	enum err e;

	*p = (struct permit){ .lock_fd = -1, .lease_fd = -1 };
	for (;;) {
		fault_clear(&one);
		e = lock_take(g->data_dir, 0, &p->lock_fd, &one);
		if (e == E_OK)
			return E_OK;
		left = until - store_ticks_ms();
		if (e != E_BUSY || left <= 0)
			return fault_at(f, e, one.where, "%s", one.text);
		/* A server that is starting, or another command, has no socket: wait. */
		if (ask_server(g->data_dir, ms, left, p))
			return E_OK;
		nap(20);
	}
}

static void permit_drop(struct permit *p)
{
	if (p->lease_fd >= 0) {
		/* Closing says the same, should this fail. */
		if (send(p->lease_fd, "done\n", 5, MSG_NOSIGNAL) != 5)
			shutdown(p->lease_fd, SHUT_RDWR);
		close(p->lease_fd);
	}
	if (p->lock_fd >= 0)
		close(p->lock_fd);
}

/* ---- writing as a guest ---- */

static enum err within_lease(struct db *db, void *arg)
{
	struct guest_call *call = arg;
	enum err e = call->fn(db, call->arg);

	if (e == E_OK && call->p->lease_fd >= 0 && store_ticks_ms() >= call->p->until)
		e = DB_FAIL(db, E_BUSY, "the write took longer than the server lends");
	return e;
}

enum err guest_run(struct guest *g, enum db_tx tx, store_fn fn, void *arg, struct fault *f)
{
	struct permit p;
	struct guest_call call = { fn, arg, &p };
	enum err e;

	CHECK_MAGIC(g, GUEST_MAGIC);
	pthread_mutex_lock(&g->lock);
	e = permit_get(g, tx == DB_TX_LOAD ? LEASE_MAX_MS : WRITE_MS, &p, f);
	if (e != E_OK)
		goto out;
	if (g->db == NULL)
		e = db_open(&g->db, g->drv, g->where, DB_GUEST, f);
	if (e == E_OK)
		e = store_tx(g->db, tx, within_lease, &call, f);
	if (p.lock_fd >= 0 && g->db != NULL && g->drv->tidy != NULL)
		g->drv->tidy(g->db, false);
	permit_drop(&p);
out:
	pthread_mutex_unlock(&g->lock);
	return e;
}

static enum err nothing(struct db *db, void *arg)
{
	(void)db;
	(void)arg;
	return E_OK;
}

enum err guest_new(struct guest **out, const struct db_driver *drv, const char *where,
		   const char *data_dir, struct fault *f)
{
	struct guest *g = calloc(1, sizeof(*g));
	struct stat sb;
	enum err e = E_OK;

	if (g == NULL)
		return FAULT(f, E_NOMEM, "no memory for the store");
	g->magic = GUEST_MAGIC;
	g->drv = drv;
	g->where = strdup(where);
	g->data_dir = strdup(data_dir);
	pthread_mutex_init(&g->lock, NULL);
	if (g->where == NULL || g->data_dir == NULL)
		e = FAULT(f, E_NOMEM, "no memory for the store");
	/* Readers do not make the file: the first command ever does. */
	else if (stat(where, &sb) != 0 || sb.st_size == 0)
		e = guest_run(g, DB_TX_WRITE, nothing, NULL, f);
	if (e != E_OK) {
		guest_free(g);
		return e;
	}
	*out = g;
	return E_OK;
}

void guest_free(struct guest *g)
{
	int fd = -1;

	if (g == NULL)
		return;
	CHECK_MAGIC(g, GUEST_MAGIC);
	/* Nobody else is there: leave the WAL empty. */
	if (g->db != NULL && lock_take(g->data_dir, 0, &fd, NULL) == E_OK && g->drv->tidy != NULL)
		g->drv->tidy(g->db, true);
	db_free(g->db);
	if (fd >= 0)
		close(fd);
	pthread_mutex_destroy(&g->lock);
	free(g->where);
	free(g->data_dir);
	g->magic = 0;
	free(g);
}
