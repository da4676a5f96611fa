/*
 * The server's own state and its connections. Private to gateway/http.
 */
#ifndef LINTEL_HTTP_SERVER_H
#define LINTEL_HTTP_SERVER_H

#include <pthread.h>

#include "http.h"

#define SERVER_MAGIC 0x5e47e401u

#define WORKERS_MAX 32u

/* One microhttpd daemon with one thread. */
struct worker {
	struct server *srv;
	struct MHD_Daemon *daemon;
	atomic_int open;		/* connections */
};

struct server {
	unsigned magic;
	struct gw *gw;
	struct listener listener;
	struct worker worker[WORKERS_MAX];
	unsigned n_workers;
	pthread_t acceptor;
	int wake_fd;
	struct server_limits lim;
	struct deadlines *deadlines;
	struct job_pool *defer;
	struct span host, host_port;	/* of public_url */
	char host_buf[300];
	atomic_int in_flight;
	atomic_int writing;		/* of them, suspended until a write is done */
	atomic_bool stopping;
};

/* accept.c; stopping closes the listening socket. */
enum err accept_start(struct server *s, struct fault *f);
void accept_stop(struct server *s);

/* ---- counters for /metrics (metrics.c), process-wide ---- */

void metric_answer(int status, enum refusal refused);
void metric_launch(void);
void metric_cut(void);
void metrics_write(struct buf *b, struct server *s);

/* ---- deadlines.c: one entry a connection; conn_* are cheap and thread-safe ---- */

enum phase { PHASE_FRESH, PHASE_IDLE, PHASE_HEADER, PHASE_BODY, PHASE_WORK, PHASE_SEND };

enum err deadlines_start(struct deadlines **out, const struct server_limits *l, struct fault *f);
void deadlines_stop(struct deadlines *d);
int deadlines_open(struct deadlines *d);		/* connections */
struct conn *conn_open(struct deadlines *d, int fd);	/* NULL: no memory */
void conn_close(struct deadlines *d, struct conn *c);
/* `bytes`: of the answer, for PHASE_SEND. */
void conn_phase(struct conn *c, enum phase p, int64_t bytes);
void conn_got(struct conn *c, size_t n);

#endif
