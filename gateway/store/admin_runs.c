/* A roster run in four numbers, for the office's list; the report itself is for machines. */
#include "store/admin.h"

#include <stdio.h>

#include "base/magic.h"

#define KINDS 4

/* The counts stand near the front of our own report (roster_json()). */
static void read_counts(const char *json, struct admin_run *out)
{
	const char *p = strstr(json, "\"counts\":{");
	long long seen, made, changed, same, removed, rejected;
	char kind[16];

	if (p == NULL)
		return;
	p += strlen("\"counts\":");
	for (unsigned i = 0; i < KINDS; i++) {
		if (sscanf(p + 1, "\"%15[a-z]\":{\"seen\":%lld,\"created\":%lld,\"updated\":%lld,"
			   "\"unchanged\":%lld,\"removed\":%lld,\"rejected\":%lld", kind, &seen, &made,
			   &changed, &same, &removed, &rejected) != 7)
			return;
		out->created += made;
		out->updated += changed;
		out->removed += removed;
		out->rejected += rejected;
		p = strchr(p, '}');
		if (p == NULL || *++p != ',')
			return;
	}
}

enum err admin_run_read(struct db *db, struct arena *a, int64_t tenant, int64_t run,
			struct admin_run *out)
{
	const char *json = NULL;
	enum err err = db_one(db, a, "s", (void *[]){ &json },
			      "SELECT SUBSTR(report, 1, 6000) FROM roster_run "
			      "WHERE tenant_id = $1 AND id = $2",
			      "ii", tenant, run);

	assert(run > 0);
	*out = (struct admin_run){ 0 };
	if (err == E_OK && json != NULL)
		read_counts(json, out);
	return err;
}
