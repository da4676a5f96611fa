/*
 * Accepts connections itself and deals them out to daemons of one thread each.
 * Not microhttpd's own pool: its MHD_quiesce_daemon() races with its workers
 * (0.9.75 daemon.c:5527 panics on an ENOENT that MHD_epoll() makes possible),
 * which aborted one graceful stop in a few dozen under a sanitizer; and it spins
 * when descriptors run out.
 */
#include <errno.h>
#include <microhttpd.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include "base/magic.h"
#include "gw/conf.h"
#include "gw/log.h"
#include "server.h"

#define BURST 64

static void pause_ms(long ms)
{
	struct timespec ts = { 0, ms * 1000000L };

	nanosleep(&ts, NULL);
}

/* Beyond loopback only the proxies named in the configuration are heard. */
static bool heard(struct server *s, const struct sockaddr *sa, socklen_t len)
{
	if (len == 0 || s->listener.loopback || addr_is_local(sa))
		return true;
	return addr_in_list(sa, s->gw->conf->trusted_proxies);
}

/* The thread with the fewest connections; one that waits for the database fills up last. */
static struct worker *least_loaded(struct server *s)
{
	struct worker *best = &s->worker[0];

	for (unsigned i = 1; i < s->n_workers; i++)
		if (atomic_load(&s->worker[i].open) < atomic_load(&best->open))
			best = &s->worker[i];
	return best;
}

/* False: nothing more waits, or nothing can be taken now. */
static bool accept_one(struct server *s)
{
	union {
		struct sockaddr sa;
		struct sockaddr_storage any;
	} a;
	socklen_t len = sizeof(a);
	struct worker *w;
	int fd;

	if (deadlines_open(s->deadlines) >= s->lim.connections) {
		pause_ms(10);
		return false;
	}
	fd = accept4(s->listener.fd, &a.sa, &len, SOCK_NONBLOCK | SOCK_CLOEXEC);
	if (fd < 0) {
		if (errno == EMFILE || errno == ENFILE || errno == ENOMEM || errno == ENOBUFS)
			pause_ms(50);
		return errno == ECONNABORTED || errno == EINTR;
	}
	if (!heard(s, &a.sa, len)) {
		count_peer_fault("not-a-proxy");
		close(fd);
		return true;
	}
	w = least_loaded(s);
	atomic_fetch_add(&w->open, 1);
	/* The library closes the socket when it cannot take it. */
	if (MHD_add_connection(w->daemon, fd, &a.sa, len) != MHD_YES)
		atomic_fetch_sub(&w->open, 1);
	return true;
}

static void *accept_thread(void *arg)
{
	struct server *s = CAST_MAGIC(struct server, arg, SERVER_MAGIC);
	struct pollfd p[2] = {
		{ .fd = s->listener.fd, .events = POLLIN }, { .fd = s->wake_fd, .events = POLLIN },
	};

	for (;;) {
		if (poll(p, ARRAY_LEN(p), -1) < 0 && errno != EINTR)
			pause_ms(50);
		if (p[1].revents != 0)
			break;
		for (int i = 0; i < BURST && accept_one(s); i++)
			;
	}
	/* Those the kernel has let in already are served, unless the next server
	 * inherits them with the socket. */
	while (!s->listener.passed && accept_one(s))
		;
	/* At once: who connects between the last accept and this is never heard. */
	listen_close(&s->listener, s->listener.fd);
	return NULL;
}

enum err accept_start(struct server *s, struct fault *f)
{
	assert(s->listener.fd >= 0 && s->n_workers > 0);
	s->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (s->wake_fd < 0)
		return FAULT(f, E_IO, "no event descriptor: errno %d", errno);
	if (pthread_create(&s->acceptor, NULL, accept_thread, s) != 0) {
		close(s->wake_fd);
		return FAULT(f, E_LIMIT, "cannot start the accept thread");
	}
	return E_OK;
}

void accept_stop(struct server *s)
{
	uint64_t one = 1;

	if (write(s->wake_fd, &one, sizeof(one)) != (ssize_t)sizeof(one))
		WRONG("an event descriptor that cannot be written");
	pthread_join(s->acceptor, NULL);
	close(s->wake_fd);
}
