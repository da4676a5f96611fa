/*
 * Numbered migrations, compiled in from gateway/store/migrations/NNNN-name.sql
 * by gateway/tools/embedc. A file is a list of statements, each ending with ';'
 * at the end of a line; lines starting with "--" are comments. Each migration is
 * one transaction on both engines. What was applied stands in the table
 *
 *   lintel_schema(number, name, checksum, applied_at)
 *
 * A number this binary does not know, or a checksum that differs, refuses.
 */
#ifndef LINTEL_STORE_MIGRATE_H
#define LINTEL_STORE_MIGRATE_H

#include "store/store.h"

struct migration {
	int number;		/* 1, 2, 3 … without gaps */
	const char *name;
	const char *sql;
	const char *sha256;	/* of the file's text, 64 hex digits */
};

/* Ends with name == NULL. */
extern const struct migration migrations[];

enum err migrate_run(struct store *st, const struct migration *m, struct fault *f);
enum err migrate_version(struct store *st, const struct migration *m, int *have_out,
			 int *want_out, struct fault *f);

#endif
