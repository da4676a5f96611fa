/*
 * The server's end of data_dir/control: one thread that lends the right to write
 * to one command at a time. Others wait in the socket's backlog. On PostgreSQL there
 * is nothing to lend (w is NULL), only to be told.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/magic.h"
#include "permit.h"

#define CONTROL_MAGIC 0xc047401eu
#define LINE_MS 1000
#define LAST_LEASE_MS 5000	/* how long a stopping server waits */

struct control {
	unsigned magic;
	int fd, stop_fd, dir_fd;
	struct sockaddr_un sa;
	struct writer *w;
	pthread_t thread;
	pthread_mutex_t look_lock;	/* held during a call of look() */
	void (*look)(void *arg);
	void *look_arg;
};

enum err control_address(const char *data_dir, struct sockaddr_un *sa_out, int *dir_fd_out,
			 struct fault *f)
{
	int n;

	*dir_fd_out = -1;
	*sa_out = (struct sockaddr_un){ .sun_family = AF_UNIX };
	n = snprintf(sa_out->sun_path, sizeof(sa_out->sun_path), "%s/control", data_dir);
	if (n > 0 && (size_t)n < sizeof(sa_out->sun_path))
		return E_OK;
	*dir_fd_out = open(data_dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (*dir_fd_out < 0)
		return FAULT(f, E_IO, "data_dir: %s", strerror(errno));
	snprintf(sa_out->sun_path, sizeof(sa_out->sun_path), "/proc/self/fd/%d/control",
		 *dir_fd_out);
	return E_OK;
}

/* The group may reach the folder, but only this user or root may ask. */
static bool peer_is_mine(int fd)
{
	struct ucred who;
	socklen_t n = sizeof(who);

	return getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &who, &n) == 0 &&
	       (who.uid == geteuid() || who.uid == 0);
}

/* Waits for the client or the end of the server. True: the client has something. */
static bool wait_for(struct control *c, int fd, int64_t until, bool heed_stop)
{
	struct pollfd p[2] = { { .fd = fd, .events = POLLIN },
			       { .fd = heed_stop ? c->stop_fd : -1, .events = POLLIN } };
	int64_t left = until - store_ticks_ms();
	int rc;

	do
		rc = poll(p, 2, left < 0 ? 0 : (int)left);
	while (rc < 0 && errno == EINTR);
	return rc > 0 && p[0].revents != 0;
}

/* The line without its end; an empty span: none came. */
static struct span read_line(struct control *c, int fd, char *line, size_t max)
{
	ssize_t n;

	if (!wait_for(c, fd, store_ticks_ms() + LINE_MS, true))
		return (struct span){ 0 };
	n = recv(fd, line, max, MSG_DONTWAIT);
	return n < 1 || line[n - 1] != '\n' ? (struct span){ 0 } :
					      span_mk(line, (size_t)n - 1);
}

static bool lease_of(struct span line, int64_t *ms_out)
{
	return span_starts(line, SPAN("lease ")) &&
	       span_int64(span_mk(line.p + 6, line.n - 6), ms_out) && *ms_out > 0 &&
	       *ms_out <= LEASE_MAX_MS;
}

static bool stopping(struct control *c)
{
	struct pollfd p = { .fd = c->stop_fd, .events = POLLIN };

	return poll(&p, 1, 0) > 0;
}

/* True when the client said done, or is gone; false when its time ran out. */
static bool lease_ends(struct control *c, int fd, int64_t until)
{
	int64_t last = store_ticks_ms() + LAST_LEASE_MS;

	if (wait_for(c, fd, until, true))
		return true;
	if (!stopping(c))
		return false;
	return wait_for(c, fd, until < last ? until : last, false);
}

static void look(struct control *c, int fd)
{
	pthread_mutex_lock(&c->look_lock);
	if (c->look != NULL)
		c->look(c->look_arg);
	pthread_mutex_unlock(&c->look_lock);
	/* A client that is gone needs no answer. */
	if (send(fd, "ok\n", 3, MSG_NOSIGNAL) != 3)
		return;
}

static void lend(struct control *c, int fd, int64_t ms)
{
	int64_t day = 86400000;

	writer_hold(c->w);
	if (send(fd, "ok\n", 3, MSG_NOSIGNAL) == 3 &&
	    !lease_ends(c, fd, store_ticks_ms() + ms)) {
		writer_guest(c->w, true);
		writer_resume(c->w);
		/* The late one may still be in its transaction. */
		while (!wait_for(c, fd, store_ticks_ms() + day, true) && !stopping(c))
			;
		writer_guest(c->w, false);
		return;
	}
	writer_resume(c->w);
}

static void serve_one(struct control *c, int fd)
{
	char text[32];
	struct span line;
	int64_t ms = 0;

	if (!peer_is_mine(fd))
		return;
	line = read_line(c, fd, text, sizeof(text));
	if (span_eqz(line, "look"))
		look(c, fd);
	else if (c->w != NULL && lease_of(line, &ms))
		lend(c, fd, ms);
}

static void *control_main(void *arg)
{
	struct control *c = CAST_MAGIC(struct control, arg, CONTROL_MAGIC);
	struct pollfd p[2] = { { .fd = c->fd, .events = POLLIN },
			       { .fd = c->stop_fd, .events = POLLIN } };
	int fd;

	for (;;) {
		if (poll(p, 2, -1) < 0 && errno != EINTR)
			break;
		if (p[1].revents != 0)
			break;
		fd = accept4(c->fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
		if (fd < 0)
			continue;
		serve_one(c, fd);
		close(fd);
	}
	return NULL;
}

/* The mode is set before bind(2): nobody gets in between. */
static bool listen_on(struct control *c)
{
	c->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (c->fd < 0 || fchmod(c->fd, 0600) != 0)
		return false;
	/* We hold the lock: what lies there belongs to a dead server. */
	unlink(c->sa.sun_path);
	return bind(c->fd, (struct sockaddr *)&c->sa, sizeof(c->sa)) == 0 &&
	       chmod(c->sa.sun_path, 0600) == 0 && listen(c->fd, 64) == 0;
}

static void control_release(struct control *c)
{
	if (c->fd >= 0)
		close(c->fd);
	if (c->stop_fd >= 0)
		close(c->stop_fd);
	if (c->dir_fd >= 0)
		close(c->dir_fd);
	pthread_mutex_destroy(&c->look_lock);
	c->magic = 0;
	free(c);
}

enum err control_start(struct control **out, const char *data_dir, struct writer *w,
		       struct fault *f)
{
	struct control *c = calloc(1, sizeof(*c));
	enum err e;

	if (c == NULL)
		return FAULT(f, E_NOMEM, "no memory for the control socket");
	c->magic = CONTROL_MAGIC;
	c->w = w;
	c->fd = -1;
	pthread_mutex_init(&c->look_lock, NULL);
	c->stop_fd = eventfd(0, EFD_CLOEXEC);
	e = control_address(data_dir, &c->sa, &c->dir_fd, f);
	if (e == E_OK && (c->stop_fd < 0 || !listen_on(c)))
		e = FAULT(f, E_IO, "data_dir/control: %s", strerror(errno));
	if (e == E_OK && pthread_create(&c->thread, NULL, control_main, c) != 0)
		e = FAULT(f, E_NOMEM, "cannot start the control thread");
	if (e != E_OK) {
		control_release(c);
		return e;
	}
	*out = c;
	return E_OK;
}

void control_on_look(struct control *c, void (*fn)(void *arg), void *arg)
{
	CHECK_MAGIC(c, CONTROL_MAGIC);
	pthread_mutex_lock(&c->look_lock);
	c->look = fn;
	c->look_arg = arg;
	pthread_mutex_unlock(&c->look_lock);
}

void control_stop(struct control *c)
{
	int rc;

	if (c == NULL)
		return;
	CHECK_MAGIC(c, CONTROL_MAGIC);
	rc = eventfd_write(c->stop_fd, 1);
	assert(rc == 0);
	pthread_join(c->thread, NULL);
	unlink(c->sa.sun_path);
	control_release(c);
}
