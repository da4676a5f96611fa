/*
 * What the files of gateway/http share: one exchange (a request with the
 * connection under it), the server, and who may call what.
 *
 * Threads: an exchange belongs to the microhttpd thread of its connection, and
 * to one job thread while it is suspended. Counters of the server are atomic.
 */
#ifndef LINTEL_HTTP_HTTP_H
#define LINTEL_HTTP_HTTP_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "gw/refusal.h"
#include "gw/req.h"
#include "gw/route.h"
#include "gw/server.h"
#include "listen.h"
#include "match.h"
#include "parse.h"

struct MHD_Connection;
struct MHD_Daemon;
struct conn;
struct deadlines;
struct job_pool;

/* ---- the reply under construction (reply.c) ---- */

#define REPLY_HEADERS 24
#define REPLY_MAX (8u << 20)

struct reply {
	bool set;
	int status;
	enum refusal refused;
	struct buf body;
	struct span fixed;		/* instead of body: bytes that live for ever */
	const char *type, *download;
	bool page, immutable;
	const char *name[REPLY_HEADERS], *value[REPLY_HEADERS];
	unsigned n;
	const char *form_action;
};

void reply_release(struct reply *p);
/* Queues what stands in the reply; the only caller of MHD_queue_response(). */
struct exchange;
bool reply_send(struct exchange *x);
enum refusal refusal_of(enum err e);

/* ---- one exchange ---- */

enum step { STEP_HEAD, STEP_BODY, STEP_DEFERRED, STEP_WROTE, STEP_ANSWER, STEP_SENT };

#define EXCHANGE_MAGIC 0x3c4a119eu

struct exchange {
	unsigned magic;
	enum step step;
	struct req r;
	struct reply reply;
	struct server *srv;
	struct MHD_Connection *con;
	struct conn *conn;
	char *target;
	size_t target_n;
	bool head, close, refused_body, csrf_ok;
	struct gate gate;
	struct route_hit hit;
	struct pairs pairs;		/* query of foreign routes, body */
	struct buf body;
	struct multipart *mp;
	int upload_fd;
	int64_t upload_n, upload_max, t0_ms;
	char upload_path[512];
	struct wait {			/* for what, see defer.c */
		handler_fn work;
		store_fn write;
		void *arg;
		wrote_fn then;
		enum err wrote;
	} wait;
};

#define EXCHANGE_OF(req) \
	((struct exchange *)((char *)(req) - offsetof(struct exchange, r)))

/* defer.c: did the handler ask to wait; then begin; then answer after a write. */
bool exchange_waits(const struct exchange *x);
void exchange_wait(struct exchange *x);
void exchange_wrote(struct exchange *x);

/* pipeline.c: before the body, when it is complete, and after deferred work. */
enum refusal pipeline_head(struct exchange *x);
void pipeline_run(struct exchange *x);
void pipeline_settle(struct exchange *x, enum err e);

bool peer_is_local(struct exchange *x);		/* server.c */

#endif
