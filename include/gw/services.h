/*
 * The platforms' services: access tokens, kept per platform and scope, and course lists
 * (Names and Roles) read from page to page into the database.
 *
 * Waits for the network: job threads and commands only. What is passed to services_new()
 * outlives it. Threads: all functions, any job thread; services_stop() from any.
 */
#ifndef LINTEL_GW_SERVICES_H
#define LINTEL_GW_SERVICES_H

#include "gw/fetch.h"
#include "store/course_sync.h"
#include "store/platform.h"
#include "store/store.h"

struct conf;
struct services;

/* fetch() of gw/fetch.h, or a test's own. */
typedef enum err (*services_fetch_fn)(void *cls, const struct fetch_req *q,
				      struct fetch_answer *out, struct fault *f);

/* root: the 32 bytes of key_file, copied. fetch NULL: the network, as far as conf lets it. */
enum err services_new(struct services **out, struct store *st, const struct conf *conf,
		      const uint8_t root[32], services_fetch_fn fetch, void *cls);
void services_free(struct services *s);		/* NULL allowed */
void services_stop(struct services *s);		/* a list under way ends at its next page */

/*
 * GET with a token of this platform and scope: one that is kept, else a new one; on 401
 * once more with a new one. E_OK: an answer came, look at .status. The fault tells apart
 * what went wrong with the token and with the service; why_out: for a sync run.
 */
enum err services_get(struct services *s, const struct platform *p, const char *scope,
		      const struct fetch_req *q, struct fetch_answer *out, enum sync_why *why_out,
		      struct fault *f);

struct sync_report {
	enum sync_why why;		/* SYNC_FINE: all of it was taken */
	char detail[200];		/* for admins, without names */
	struct sync_count count;
};

/* Told after each page and each slice; may be NULL. */
typedef void (*sync_progress_fn)(void *arg, const char *phase, const struct sync_count *c);

/*
 * Reads the list of one course, which the caller has claimed, takes it, and ends the
 * run. E_OK also when the platform said no: look at the report.
 */
enum err sync_course(struct services *s, const struct sync_job *j, sync_progress_fn told, void *arg,
		     struct sync_report *out, struct fault *f);

/* What is due, one course after the other, until `deadline_ms` (monotonic); for a ticker. */
void sync_tick(struct services *s, int64_t deadline_ms);

#endif
