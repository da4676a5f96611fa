/*
 * The rows of one query, one after the other: to look at, or to collect into an
 * array. Every list of the store is read so:
 *
 *	struct db_each q = DB_LIST(db, a, v_out, n_out);
 *	struct tenant *t;
 *
 *	db_select(&q, "SELECT id, name FROM tenant WHERE id > $1 ORDER BY name", "i", from);
 *	while ((t = db_each(&q)) != NULL)
 *		*t = (struct tenant){ db_int(q.rows, 0), db_str(q.rows, 1, a) };
 *	return db_end(&q);
 *
 * The first failure stays in q.err (a row callback may put its own there), ends the
 * loop and comes back from db_end(), which must be reached whatever happened.
 *
 * Ownership: a list belongs to the arena; after a failure there is none.
 * Threads: those of the struct db.
 */
#ifndef LINTEL_STORE_EACH_H
#define LINTEL_STORE_EACH_H

#include "base/json.h"
#include "base/magic.h"
#include "store/db.h"

struct db_each {
	struct db *db;
	struct db_rows *rows;	/* inside the loop: the row to read */
	enum err err;
	struct arena *a;	/* NULL: an array that does not grow */
	unsigned n, cap;
	size_t size;
	void *v;		/* what was collected so far */
	void *v_out;		/* where db_end() puts it; may be NULL */
	unsigned *n_out;	/* may be NULL */
};

/* Rows only to look at, with db_step(). */
#define DB_ROWS(conn) { .db = (conn) }

/* A list that grows in an arena. */
#define DB_LIST(conn, arena, list, count)                                      \
	{ .db = (conn), .a = (arena), .size = sizeof(**(list)), .v_out = (list), .n_out = (count) }

/* An array of the caller's; once it is full the loop ends and nothing is wrong. */
#define DB_ARRAY(conn, array, count)                                           \
	{ .db = (conn), .v = (array), .cap = ARRAY_LEN(array), .size = sizeof(*(array)),     \
	  .n_out = (count) }

/* Starts the query; parameters as for db_query(). */
void db_select(struct db_each *q, const char *sql, const char *fmt, ...);

/* True: a row stands ready in q->rows. */
bool db_step(struct db_each *q);

/* Room for the row at hand at the end of the list, zeroed; NULL when there is none. */
void *db_add(struct db_each *q);

/* What the list ends with so far, or NULL: for rows that belong to the one before. */
void *db_last(const struct db_each *q);

/* db_step() and db_add(), for a query whose every row is kept. */
void *db_each(struct db_each *q);

enum err db_end(struct db_each *q);

/*
 * All rows as a JSON list of objects, and db_end(). `cols` has a letter for each column
 * from the left: i number, d id (as text), s text, - none; key[] names all of them.
 */
enum err db_json(struct db_each *q, struct json *j, const char *list, const char *cols,
		 const char *const *key);

/*
 * A query that names one thing: E_MISSING when there is none. On E_OK the caller
 * reads the row and must then call db_only(), which closes it and answers
 * E_CONFLICT when a second row came. After an error nothing is open.
 */
enum err db_first(struct db *db, struct db_rows **rows_out, const char *sql, const char *fmt, ...);
enum err db_only(struct db_rows *rows);

#endif
