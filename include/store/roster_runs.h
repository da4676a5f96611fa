/*
 * Imports after the fact: the list of runs with their reports, and what becomes
 * of a run whose process died.
 *
 * Ownership: strings live in the arena passed. Threads: roster_runs() inside a
 * closure, roster_recover() outside.
 */
#ifndef LINTEL_STORE_ROSTER_RUNS_H
#define LINTEL_STORE_ROSTER_RUNS_H

#include "store/store.h"

/*
 * Ends what a dead process left: tenant 0 = all. `alive` answers whether an owner
 * still runs; a lock whose owner is elsewhere counts as dead after two minutes.
 */
enum err roster_recover(struct store *st, int64_t tenant, int64_t now_ms,
			bool (*alive)(const char *owner), struct fault *f);

struct roster_run_row {
	int64_t id, platform, bytes, started_at, ended_at;
	const char *file_name, *format, *mode, *state, *report;
};

/* The newest first; report only when with_report. */
enum err roster_runs(struct db *db, struct arena *a, int64_t tenant, unsigned limit,
		     bool with_report, struct roster_run_row **v_out, unsigned *n_out);

#endif
