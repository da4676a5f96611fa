/*
 * Deadlines of connections. The library only knows inactivity: a client that
 * drips a byte now and then stays for ever. Here a thread looks at every
 * connection four times a second and shuts the socket of those that are late;
 * the library then sees the end of the stream and cleans up.
 *
 * Between requests the library does not say when a first byte arrives, so the
 * kernel is asked (TCP_INFO, bytes received). A Unix socket's peer is the proxy,
 * which holds dripping clients itself.
 *
 * An entry leaves the list before the library closes its descriptor, and
 * shutdown() happens under the same lock, so it never hits a reused number.
 */
#include <errno.h>
#include <linux/tcp.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/socket.h>

#include "base/magic.h"
#include "gw/clock.h"
#include "gw/log.h"
#include "server.h"

#define CONN_MAGIC 0xc0443c71u
#define DEADLINES_MAGIC 0xdead11e5u
#define SEND_MS 60000
#define SHED_IDLE_MS 1000

struct conn {
	unsigned magic;
	int fd;
	struct conn *prev, *next;
	_Atomic int phase;
	_Atomic int64_t since_ms, bytes;
	/* the thread's own */
	int64_t base, first_ms;		/* idle: bytes received so far, when more came */
	int64_t seen_since;
	bool cut;
};

struct deadlines {
	unsigned magic;
	pthread_mutex_t lock;
	pthread_cond_t wake;
	pthread_t thread;
	struct server_limits lim;
	struct conn *first;
	int n;
	bool stopping;
};

static const char too_slow[] =
	"HTTP/1.1 408 Request Timeout\r\nContent-Length: 0\r\nConnection: close\r\n"
	"Cache-Control: no-store\r\nX-Content-Type-Options: nosniff\r\n"
	"Content-Security-Policy: default-src 'none'; frame-ancestors 'none'\r\n\r\n";

/* -1: not TCP, nobody knows. */
static int64_t bytes_received(int fd)
{
	struct tcp_info ti;
	socklen_t len = sizeof(ti);

	if (getsockopt(fd, IPPROTO_TCP, TCP_INFO, &ti, &len) != 0 ||
	    len < offsetof(struct tcp_info, tcpi_bytes_received) + sizeof(ti.tcpi_bytes_received))
		return -1;
	return (int64_t)ti.tcpi_bytes_received;
}

/* Kept alive between two requests: has the next header begun? */
static bool idle_late(struct deadlines *d, struct conn *c, int64_t now, int64_t since)
{
	int64_t got = bytes_received(c->fd);

	if (c->seen_since != since) {
		c->seen_since = since;
		c->base = got;
		c->first_ms = 0;
	}
	if (got > c->base && c->first_ms == 0)
		c->first_ms = now;
	if (c->first_ms != 0)
		return now - c->first_ms > d->lim.header_ms;
	if (d->n > d->lim.connections / 10 * 9 && now - since > SHED_IDLE_MS)
		return true;
	return now - since > d->lim.idle_ms;
}

static bool late(struct deadlines *d, struct conn *c, int64_t now)
{
	int64_t since = atomic_load(&c->since_ms), bytes = atomic_load(&c->bytes);
	int64_t age = now - since;

	switch ((enum phase)atomic_load(&c->phase)) {
	case PHASE_FRESH:
	case PHASE_HEADER:
		return age > d->lim.header_ms;
	case PHASE_IDLE:
		return idle_late(d, c, now, since);
	case PHASE_BODY:
		return age > d->lim.body_ms && bytes < age * d->lim.body_rate / 1000;
	case PHASE_SEND:
		return age > SEND_MS + bytes * 1000 / d->lim.body_rate;
	case PHASE_WORK:
		break;
	}
	return false;
}

static void cut(struct conn *c)
{
	int phase = atomic_load(&c->phase);

	/* Nothing was answered yet in these; afterwards the answer is under way. */
	if (phase == PHASE_HEADER || phase == PHASE_BODY || c->first_ms != 0 ||
	    (phase == PHASE_FRESH && bytes_received(c->fd) > 0))
		(void)!send(c->fd, too_slow, sizeof(too_slow) - 1, MSG_DONTWAIT | MSG_NOSIGNAL);
	shutdown(c->fd, SHUT_RDWR);
	c->cut = true;
	metric_cut();
	if (phase != PHASE_IDLE || c->first_ms != 0)
		count_peer_fault("too-slow");
}

static void *deadlines_thread(void *arg)
{
	struct deadlines *d = CAST_MAGIC(struct deadlines, arg, DEADLINES_MAGIC);
	int tick = d->lim.header_ms < 2000 ? 50 : 250;

	pthread_mutex_lock(&d->lock);
	while (!d->stopping) {
		struct timespec ts;
		int64_t now = clock_monotonic_ms();

		for (struct conn *c = d->first; c != NULL; c = c->next)
			if (!c->cut && late(d, c, now))
				cut(c);
		clock_gettime(CLOCK_MONOTONIC, &ts);
		ts.tv_nsec += tick * 1000000L;
		ts.tv_sec += ts.tv_nsec / 1000000000L;
		ts.tv_nsec %= 1000000000L;
		pthread_cond_timedwait(&d->wake, &d->lock, &ts);
	}
	pthread_mutex_unlock(&d->lock);
	return NULL;
}

enum err deadlines_start(struct deadlines **out, const struct server_limits *l, struct fault *f)
{
	struct deadlines *d = calloc(1, sizeof(*d));
	pthread_condattr_t attr;

	assert(l->header_ms > 0 && l->body_ms > 0 && l->body_rate > 0 && l->idle_ms > 0);
	if (d == NULL)
		return FAULT(f, E_NOMEM, "no memory for deadlines");
	d->magic = DEADLINES_MAGIC;
	d->lim = *l;
	pthread_mutex_init(&d->lock, NULL);
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&d->wake, &attr);
	pthread_condattr_destroy(&attr);
	if (pthread_create(&d->thread, NULL, deadlines_thread, d) != 0) {
		free(d);
		return FAULT(f, E_LIMIT, "cannot start the deadline thread");
	}
	*out = d;
	return E_OK;
}

void deadlines_stop(struct deadlines *d)
{
	if (d == NULL)
		return;
	CHECK_MAGIC(d, DEADLINES_MAGIC);
	pthread_mutex_lock(&d->lock);
	d->stopping = true;
	pthread_cond_signal(&d->wake);
	pthread_mutex_unlock(&d->lock);
	pthread_join(d->thread, NULL);
	assert(d->first == NULL && d->n == 0);
	pthread_cond_destroy(&d->wake);
	pthread_mutex_destroy(&d->lock);
	d->magic = 0;
	free(d);
}

int deadlines_open(struct deadlines *d)
{
	int n;

	CHECK_MAGIC(d, DEADLINES_MAGIC);
	pthread_mutex_lock(&d->lock);
	n = d->n;
	pthread_mutex_unlock(&d->lock);
	return n;
}

struct conn *conn_open(struct deadlines *d, int fd)
{
	struct conn *c = calloc(1, sizeof(*c));

	if (c == NULL)
		return NULL;
	c->magic = CONN_MAGIC;
	c->fd = fd;
	conn_phase(c, PHASE_FRESH, 0);
	pthread_mutex_lock(&d->lock);
	c->next = d->first;
	if (d->first != NULL)
		d->first->prev = c;
	d->first = c;
	d->n++;
	pthread_mutex_unlock(&d->lock);
	return c;
}

void conn_close(struct deadlines *d, struct conn *c)
{
	CHECK_MAGIC(c, CONN_MAGIC);
	pthread_mutex_lock(&d->lock);
	if (c->next != NULL)
		c->next->prev = c->prev;
	if (c->prev != NULL)
		c->prev->next = c->next;
	else
		d->first = c->next;
	d->n--;
	assert(d->n >= 0);
	pthread_mutex_unlock(&d->lock);
	c->magic = 0;
	free(c);
}

void conn_phase(struct conn *c, enum phase p, int64_t bytes)
{
	if (c == NULL)
		return;
	CHECK_MAGIC(c, CONN_MAGIC);
	/* A header that began with the connection or out of idleness keeps its start. */
	if (p != PHASE_HEADER || atomic_load(&c->phase) != PHASE_FRESH)
		atomic_store(&c->since_ms, clock_monotonic_ms());
	atomic_store(&c->bytes, bytes);
	atomic_store(&c->phase, p);
}

void conn_got(struct conn *c, size_t n)
{
	if (c != NULL)
		atomic_fetch_add(&c->bytes, (int64_t)n);
}
