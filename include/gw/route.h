/*
 * Routes are data. A feature exports one `struct feature`; features.def lists
 * them; start-up refuses a route without a policy row or with a path parameter
 * that object.def does not know.
 *
 * Paths: "/goals/:goal/sign". Inside a session (most routes) the path stands
 * after /app/TAG; ROUTE_TOP routes stand at the root and have no session. The
 * path of a ROUTE_TOP route may end in "*": r->rest is what stood there.
 */
#ifndef LINTEL_GW_ROUTE_H
#define LINTEL_GW_ROUTE_H

#include "gw/req.h"

struct out;	/* gw/view.h */

enum who {
	WHO_PUBLIC = 1 << 0,	/* no session needed (ROUTE_TOP only) */
	WHO_TEACHER = 1 << 1,	/* DOOR_CLASS */
	WHO_GUARDIAN = 1 << 2,	/* DOOR_FAMILY */
	WHO_STUDENT = 1 << 3,	/* DOOR_STUDENT */
	WHO_DISTRICT = 1 << 4,	/* DOOR_ADMIN with the grant; the next four likewise */
	WHO_LEADER = 1 << 5,
	WHO_OFFICE = 1 << 6,
	WHO_SAFEGUARDING = 1 << 7,
	WHO_ANYONE = 1 << 8,	/* any session, whatever its door: leave, language */
	WHO_UNSETTLED = 1 << 9,	/* picker, waiting, stranger */
};

enum act {
	ACT_READ = 1,	/* a child's record: writes the read audit */
	ACT_LIST,	/* lists: not a record read */
	ACT_FORM,	/* a page that only leads to a write: refused where the write is */
	ACT_SESSION,	/* writes only the reader's own session: door, language, leaving */
	ACT_WRITE,	/* refused for read-only sessions and read-only access */
};

enum policy {
	POLICY_NONE = 0,	/* a row that forgot: start-up fails */
#define POLICY(NAME, who, act) POLICY_##NAME,
#include "../../gateway/app/policy.def"
#undef POLICY
	POLICY_COUNT,
};

enum {
	ROUTE_TOP = 1 << 0,	/* not under /app/TAG */
	ROUTE_UPLOAD = 1 << 1,	/* multipart, CSRF as the first part */
	ROUTE_BIG_FORM = 1 << 2,/* 192 KiB, /lti/launch only */
	ROUTE_FRAMED = 1 << 3,	/* no personal data: may be framed by any https origin */
	ROUTE_FOREIGN_POST = 1 << 4, /* asked by the platform: no CSRF field, no Origin
				      * check, any parameter names: req_param(). GET too. */
};

/* The WHO_ bits of a policy's row. */
unsigned route_policy_who(enum policy p);

struct route {
	enum method method;
	const char *path;
	handler_fn handler;
	enum policy policy;
	const struct form_def *form;	/* POST: the body */
	const struct form_def *query;	/* NULL: only "ok" (a done message) is known */
	unsigned flags;
	handler_fn again;		/* POST: draws the page again when the form is bad */
};

/* One row of "needs you": who, what, one line, one or two buttons. */
struct need {
	int64_t child;
	const char *child_name;
	const char *what;	/* localized line, arena */
	const char *detail;	/* may be NULL */
	const char *path;	/* where the button leads, req_path() */
	enum msg button;
	int64_t due_ms;		/* 0: no due time; earlier first */
};

struct need_list {
	struct need *v;
	unsigned n, cap;
};

struct feature {
	const char *name;
	const struct route *routes;	/* ends with path == NULL */
	/* Adds what waits for this reader; NULL if the feature never asks. */
	enum err (*needs_you)(struct req *r, struct need_list *list);
	/*
	 * A short card on the child's page: what stands, and where to read on. Reads
	 * what it needs itself; writes one <section class="card"> or nothing.
	 */
	enum err (*child_card)(struct req *r, const struct access *child, struct out *o);
	/* What a guardian, or an admin, may take away; writes JSON members: export_rows(). */
	enum err (*export_child)(struct db *db, const struct actor *who, int64_t child,
				 struct buf *json);
	/* Deletes the child's rows; the caller holds the transaction. */
	enum err (*erase_child)(struct db *db, int64_t tenant, int64_t child);
};

extern const struct feature *const all_features[];	/* NULL-terminated, from features.def */

/* Start-up: every row has a policy, known parameters, a form that fits. E_INTERNAL says which. */
enum err routes_check(struct fault *f);

/*
 * For export_child: `name` and the rows that `write` writes of a household, of all (0)
 * for an admin. Who is neither guardian nor admin takes an empty list.
 */
typedef enum err (*export_fn)(struct db *db, int64_t tenant, int64_t child, int64_t household,
			      struct buf *json);
enum err export_rows(struct db *db, const struct actor *who, int64_t child, const char *name,
		     export_fn write, struct buf *json);

void need_add(struct req *r, struct need_list *list, struct need n);
/* What waits for this reader, from every feature; what is due first comes first. */
enum err needs_gather(struct req *r, struct need_list *list);

#endif
