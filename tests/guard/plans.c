/*
 * Loaded into the gateway by plans.sh: writes down how SQLite means to answer each
 * statement that the gateway prepares, one line each: the statement, a tab, the steps.
 */
#include <dlfcn.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef int prepare_fn(sqlite3 *, const char *, int, unsigned, sqlite3_stmt **, const char **);

static void explain(prepare_fn *prepare, sqlite3 *db, const char *sql, const char *file)
{
	char *text = NULL, *question = sqlite3_mprintf("EXPLAIN QUERY PLAN %s", sql), *more;
	sqlite3_stmt *s = NULL;
	FILE *out;

	if (question != NULL && prepare(db, question, -1, 0, &s, NULL) == SQLITE_OK) {
		text = sqlite3_mprintf("%s\t", sql);
		while (text != NULL && sqlite3_step(s) == SQLITE_ROW) {
			more = sqlite3_mprintf("%s%s | ", text, sqlite3_column_text(s, 3));
			sqlite3_free(text);
			text = more;
		}
	}
	sqlite3_finalize(s);
	sqlite3_free(question);
	out = text == NULL ? NULL : fopen(file, "a");
	if (out != NULL) {
		fprintf(out, "%s\n", text);
		fclose(out);
	}
	sqlite3_free(text);
}

int sqlite3_prepare_v3(sqlite3 *db, const char *sql, int n, unsigned flags, sqlite3_stmt **s_out,
		       const char **tail_out)
{
	prepare_fn *real = (prepare_fn *)dlsym(RTLD_NEXT, "sqlite3_prepare_v3");
	int rc = real(db, sql, n, flags, s_out, tail_out);
	const char *file = getenv("LINTEL_PLANS");

	if (rc == SQLITE_OK && file != NULL && (flags & SQLITE_PREPARE_PERSISTENT) != 0)
		explain(real, db, sql, file);
	return rc;
}
