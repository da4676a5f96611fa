/*
 * The HTTP side of `lintel serve`: listens, runs the pipeline of gw/req.h over
 * the routes of features.def, and stops without losing an answer.
 *
 * It listens on 127.0.0.1:PORT, [::1]:PORT, unix:PATH, or the socket systemd
 * passed ("systemd"). Beyond loopback it listens only when conf->trusted_proxies
 * is set, and then hears only those peers: what microhttpd hides from us is the
 * proxy's work.
 *
 * Ownership: `gw` outlives the server. Threads: start and stop from one thread.
 */
#ifndef LINTEL_GW_SERVER_H
#define LINTEL_GW_SERVER_H

#include "gw/req.h"

struct server;

/* One sentence in the fault: a taken port, a bad address, a route without policy. */
enum err server_start(struct gw *gw, struct server **out, struct fault *f);

/* No new connections; waits for requests under way and deferred work. NULL allowed. */
void server_stop(struct server *s, int grace_ms);

/* Limits, for tests that cannot wait; zero keeps the default. Before server_start(). */
struct server_limits {
	int header_ms;		/* 10,000: from the first byte to the last header */
	int body_ms;		/* 30,000, after that at least body_rate bytes/s */
	int body_rate;		/* 1,024 */
	int idle_ms;		/* 75,000: kept alive without a request */
	int connections;	/* 12,000, or what RLIMIT_NOFILE allows */
	int threads;		/* 8 */
	int defer_ms;		/* 15,000: deadline of deferred work */
	int defer_threads;	/* 8 */
};
void server_set_limits(const struct server_limits *l);

/*
 * Draws refusal pages: writes reply_html() and returns; status and Retry-After
 * are set. Without one a plain page with data-refused is drawn.
 */
void server_set_error_page(void (*draw)(struct req *r, enum refusal code));

#endif
