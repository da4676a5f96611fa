/*
 * The parsers of what a client sends: pure functions over bytes, no sockets, so
 * that tests and fuzz targets reach them. Private to gateway/http.
 *
 * Ownership: results live in the arena given. Threads: any.
 */
#ifndef LINTEL_HTTP_PARSE_H
#define LINTEL_HTTP_PARSE_H

#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"
#include "gw/form.h"
#include "gw/refusal.h"

/* ---- application/x-www-form-urlencoded, for bodies and queries ---- */

#define PAIRS_MAX 64

struct pair {
	struct span name, value;	/* decoded, no NUL inside, NUL behind */
};

struct pairs {
	struct pair v[PAIRS_MAX];
	unsigned n;
};

/*
 * Adds the pairs of `raw`. E_INPUT: not this encoding, a NUL, or a name that was
 * there before (also from an earlier call). E_LIMIT: more than PAIRS_MAX.
 */
enum err pairs_add(struct arena *a, struct span raw, struct pairs *out);
const struct pair *pairs_find(const struct pairs *p, const char *name);

/*
 * Reads pairs by a table; `also` (may be NULL) names one more pair that is
 * allowed and skipped. E_INPUT: an unknown name. Wrong values are no error here:
 * they are marked and counted in out->bad.
 */
enum err form_read(struct arena *a, const struct form_def *def, const struct pairs *p,
		   const char *also, struct form *out);

/* ---- multipart/form-data (RFC 7578), as it streams in ---- */

struct multipart;

struct multipart_sink {
	void *arg;
	/* A small field, complete. Anything but E_OK ends the parse with that code. */
	enum err (*field)(void *arg, struct span name, struct span value);
	/* The one file: begin, any number of data, end. */
	enum err (*file_begin)(void *arg, struct span name);
	enum err (*file_data)(void *arg, const void *p, size_t n);
	enum err (*file_end)(void *arg);
};

#define MULTIPART_FIELD_MAX (8u << 10)

/* NULL: no memory. `boundary` is copied. */
struct multipart *multipart_new(struct arena *a, struct span boundary,
				const struct multipart_sink *sink);
enum err multipart_feed(struct multipart *m, const void *p, size_t n);
/* E_INPUT: the closing boundary never came. */
enum err multipart_end(struct multipart *m);
/* From a Content-Type. E_INPUT: not multipart/form-data, or no proper boundary. */
enum err multipart_boundary(const char *content_type, struct span *out);

/* ---- the gate: request line and headers ---- */

struct gate_header {
	struct span name, value;
};

#define GATE_HEADERS_MAX 64

struct gate {
	const char *method, *version;
	struct span target;		/* as sent: path and query */
	struct gate_header v[GATE_HEADERS_MAX];
	unsigned n;
	bool too_many;
	size_t header_size;		/* bytes of request line and headers as they came */
	struct span host, host_port;	/* ours: "host" and "host:port" */
	const char *own_port;		/* of a loopback listener, else NULL */
	/* out */
	size_t path_n;			/* bytes of target before '?' */
	struct span query;
	int64_t content_length;		/* 0 if not sent */
	bool public_host;		/* Host was ours */
	bool local_host;		/* Host was a name of the loopback listener */
};

/* REFUSE_NONE, or why this request is not answered any further. */
enum refusal gate_check(struct gate *g);
/* Just the target: what a path and a query may be made of. */
enum refusal gate_target(struct span target, size_t *path_n_out);

#endif
