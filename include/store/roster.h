/*
 * A roster import: the diff between a file and what the database holds.
 *
 *   roster_open()    takes the tenant's import lock and reads what is there
 *   roster_sink      gets the file's records, in any order; only what differs is
 *                    staged, in slices of short transactions
 *   roster_finish()  settles what the whole file decides (dangling ends, doubles,
 *                    what is missing), then applies, holds, or drops the run
 *   roster_free()    always; a run not finished leaves nothing behind
 *
 * A file that cannot be read to its end changes nothing. Once all is staged the
 * run is certain: if the process dies while applying, roster_recover() completes
 * it; before that point it discards it.
 *
 * A run touches rows of origin and source 'roster' only; links of other sources
 * stay. A prohibition is entered by access="none" and lifted by access="full" for
 * the same pair, never by absence.
 *
 * Memory: about 40 bytes a person, 10 a membership, 20 a link.
 * Threads: one run, one thread; not inside a closure.
 */
#ifndef LINTEL_STORE_ROSTER_H
#define LINTEL_STORE_ROSTER_H

#include "base/buf.h"
#include "store/store.h"
#include "xml/roster.h"

#define ROSTER_KEY_LEN 16
#define ROSTER_THRESHOLD 10	/* percent */

struct roster_opts {
	int64_t tenant, platform, now_ms;
	const char *today;		/* YYYY-MM-DD, decides on roles with dates */
	const char *file_name;		/* no folder */
	const char *sha256;		/* hexadecimal */
	int64_t bytes;
	const uint8_t *key;		/* ROSTER_KEY_LEN, secret: nobody aims collisions */
	enum roster_mode mode;		/* UNKNOWN: as the file says, delta if it is silent */
	bool dry_run;
	unsigned threshold;		/* percent; 100: no limit */
	const char *owner;		/* "host/pid", for the lock */
	/* rows done and to do; may be NULL */
	void (*progress)(void *arg, int64_t done, int64_t total);
	void *progress_arg;
};

enum roster_state {
	ROSTER_RUNNING, ROSTER_APPLYING,
	ROSTER_REFUSED,			/* the file could not be read: nothing changed */
	ROSTER_FAILED,			/* our fault: nothing changed */
	ROSTER_HELD,			/* over the removal threshold: nothing changed */
	ROSTER_UNCHANGED,		/* the same bytes as last time */
	ROSTER_DRY,
	ROSTER_APPLIED,
	ROSTER_APPLIED_WITH_REJECTS,
};

/* seen = created + updated + unchanged + removed + rejected; restored is part of
 * updated, dangling of rejected; missing: not in a full file, so removed unseen. */
struct roster_counts {
	int64_t seen, created, updated, unchanged, removed, rejected;
	int64_t restored, warned, missing, dangling;
};

struct roster_report {
	enum roster_state state;
	enum roster_mode mode;
	int64_t run;
	struct xml_fault fault;
	struct roster_counts count[RK_COUNT];
	int64_t prohibitions;		/* pairs the file forbids */
	int64_t longest_write_ms, apply_ms;
};

struct roster;

/*
 * E_BUSY: another import of this tenant is under way. E_CONFLICT: the same bytes
 * were the last to be applied for this platform; *out is then NULL, the run is
 * written as 'unchanged', and report_out says so.
 */
enum err roster_open(struct store *st, const struct roster_opts *o, struct roster **out,
		     struct roster_report *report_out, struct fault *f);

extern const struct roster_sink roster_sink;	/* arg: struct roster * */

/* json (may be NULL) gets the report; end->fault may be a refusal of the whole file. */
enum err roster_finish(struct roster *r, const struct roster_end *end,
		       struct roster_report *report_out, struct buf *json, struct fault *f);
void roster_free(struct roster *r);	/* NULL allowed */

/* Why the sink said no: the store's own words. */
const struct fault *roster_fault(const struct roster *r);

const char *roster_state_name(enum roster_state s);	/* "applied-with-rejects" */

#endif
