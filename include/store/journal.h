/*
 * The journal beside the database (DESIGN 3, "Erasure and restore"): prohibitions and
 * revocations are appended to data_dir/journal, one line each, synced, in the same
 * closure as the row. A copy of the database that is put back is older than its
 * journal: journal_open() does once more what the copy does not know. Without the
 * journal nobody can say what is missing, so guardians wait until an admin confirms.
 *
 * A line is there before its transaction is: after a crash between the two the next
 * start completes the act. Lines hold numbers and code words only.
 *
 * Threads: journal_place() and journal_open() before there are threads; journal_add()
 * inside a store_write() closure, as its last step.
 */
#ifndef LINTEL_STORE_JOURNAL_H
#define LINTEL_STORE_JOURNAL_H

#include "store/store.h"

enum journal_kind {
	JOURNAL_FORBID = 'P',	/* child, person, id, source, from, until */
	JOURNAL_LIFT = 'L',	/* child, person, id, at in from */
	JOURNAL_UNLINK = 'U',	/* child, person: the office ended their links, at in from */
	JOURNAL_REVOKE = 'G',	/* id: a grant, at in from */
};

struct journal_entry {
	enum journal_kind kind;
	int64_t tenant, child, person, id, from, until;
	const char *source;	/* a code word without spaces; NULL: none */
};

struct journal_report {
	unsigned replayed;
	bool closed;		/* guardians of every district wait now */
};

/* Where lines go; NULL: nowhere (tests). store_open() calls it, except for STORE_TEST. */
void journal_place(const char *data_dir);

/* Compares database and journal, replays or closes. E_IO: it cannot be read or written. */
enum err journal_open(struct store *st, int64_t now_ms, struct journal_report *out,
		      struct fault *f);

enum err journal_add(struct db *db, const struct journal_entry *e);
/* Many at once, one sync. */
enum err journal_add_all(struct db *db, const struct journal_entry *v, unsigned n);

/* ---- guardians wait ---- */

enum err guardians_closed(struct db *db, int64_t tenant, bool *out);
/* The admin's word. E_MISSING: guardians were not waiting. */
enum err guardians_confirm(struct db *db, int64_t tenant);

/* The SQL rule for joins. */
#define GUARDIANS_OPEN(tenant) \
	"NOT EXISTS (SELECT 1 FROM guardian_closed gc WHERE gc.tenant_id = " tenant ")"

#endif
