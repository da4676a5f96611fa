/*
 * The little HTTP the practice LMS needs: libmicrohttpd below, requests with
 * decoded arguments above. Forms up to 256 KiB.
 *
 * A request and everything in it live until its reply is sent (its arena).
 */
#ifndef PRACTICE_HTTP_H
#define PRACTICE_HTTP_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/buf.h"

struct arg {
	const char *name, *value;
	struct arg *next;
};

struct req {
	struct arena mem;
	const char *method, *path, *query;	/* query: as it came, no '?' */
	struct arg *get, *form, *cookie;
	const char *authorization, *accept;	/* NULL if not there */
	bool loopback;
	struct buf body;
	void *conn;
};

struct reply {
	int status;
	const char *type;
	struct buf body;
	struct {
		const char *name;
		char *value;	/* freed when sent */
	} headers[6];
	unsigned n_headers;
	unsigned delay_ms;
};

struct http_conf {
	uint16_t port;
	const char *cert_pem, *key_pem;	/* both or none */
};

/* The first value of that name, NULL if there is none. */
const char *arg_get(const struct arg *a, const char *name);
/* "" instead of NULL. */
const char *arg_str(const struct arg *a, const char *name);
struct arg *arg_parse(struct arena *mem, const char *urlencoded);
/* GET or POST alike: the form for POST, else the query. */
struct arg *req_args(struct req *q);
/* Query first, then the form. */
const char *req_arg(struct req *q, const char *name);

__attribute__((format(printf, 3, 4)))
void reply_header(struct reply *r, const char *name, const char *fmt, ...);
void add_html(struct buf *b, const char *text);
void add_url(struct buf *b, const char *text);

/* Listens on 127.0.0.1 and, where there is one, on ::1. False: says why on stderr. */
bool http_start(const struct http_conf *conf, void (*handle)(struct req *, struct reply *));
void http_stop(void);

#endif
