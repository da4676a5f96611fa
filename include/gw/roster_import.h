/*
 * One roster file into the database: hash, sandboxed parser, diff, apply, report.
 * Used by `lintel roster import` and by the upload page; blocks for seconds, so
 * it belongs on a job thread.
 */
#ifndef LINTEL_GW_ROSTER_IMPORT_H
#define LINTEL_GW_ROSTER_IMPORT_H

#include "store/roster.h"

struct roster_import_opts {
	int64_t tenant, platform, now_ms;
	const char *path;
	const char *file_name;		/* for the report; NULL: the last part of path */
	int64_t max_bytes;		/* 0: 2 GB */
	enum roster_mode mode;		/* UNKNOWN: as the file says */
	bool dry_run;
	int64_t threshold;		/* percent; negative: the default */
	/* "read" bytes, then "apply" rows; may be NULL */
	void (*progress)(void *arg, const char *phase, int64_t done, int64_t total);
	void *progress_arg;
};

/*
 * root: the 32 bytes of key_file. json (may be NULL) gets the report. E_OK when a
 * report was made, whatever it says: look at report_out->state. E_BUSY: another
 * import of this district is under way. E_MISSING, E_IO: the file.
 */
enum err roster_import(struct store *st, const uint8_t root[32],
		       const struct roster_import_opts *o, struct roster_report *report_out,
		       struct buf *json, struct fault *f);

/* Completes or discards what a dead process left; `serve` calls it at start. */
enum err roster_import_recover(struct store *st, int64_t now_ms, struct fault *f);

#endif
