/* The one way the store walks over rows; see each.h. */
#include "each.h"

#include <stdarg.h>
#include <string.h>

#include "db_driver.h"

void db_select(struct db_each *q, const char *sql, const char *fmt, ...)
{
	va_list ap;

	assert(q->rows == NULL && q->err == E_OK && q->n == 0);
	va_start(ap, fmt);
	q->err = db_vquery(q->db, &q->rows, sql, fmt, ap);
	va_end(ap);
}

static bool full(const struct db_each *q)
{
	return q->a == NULL && q->size > 0 && q->n == q->cap;
}

bool db_step(struct db_each *q)
{
	assert(q->rows != NULL || q->err != E_OK);	/* a db_select() is missing */
	if (q->err != E_OK || full(q))
		return false;
	q->err = db_next(q->rows);
	return q->err == E_OK;
}

void *db_add(struct db_each *q)
{
	void *v = q->v;

	assert(q->size > 0);
	if (q->err != E_OK || full(q))
		return NULL;
	if (q->a != NULL)
		v = arena_grow(q->a, v, q->n, &q->cap, q->size);
	if (v == NULL) {
		q->err = E_NOMEM;
		return NULL;
	}
	q->v = v;
	v = (char *)v + q->size * q->n++;
	return memset(v, 0, q->size);
}

void *db_last(const struct db_each *q)
{
	return q->n == 0 ? NULL : (char *)q->v + q->size * (q->n - 1);
}

void *db_each(struct db_each *q)
{
	return db_step(q) ? db_add(q) : NULL;
}

enum err db_end(struct db_each *q)
{
	enum err err = q->err == E_MISSING ? E_OK : q->err;

	if (err == E_OK && q->a != NULL && q->a->failed)
		err = E_NOMEM;
	db_close(q->rows);
	q->rows = NULL;
	if (err != E_OK)
		q->n = 0;
	if (err != E_OK || q->n == 0)
		q->v = NULL;
	if (q->v_out != NULL)	/* a pointer to some struct's pointer: copied as bytes */
		memcpy(q->v_out, &q->v, sizeof(q->v));
	if (q->n_out != NULL)
		*q->n_out = q->n;
	return err;
}

enum err db_json(struct db_each *q, struct json *j, const char *list, const char *cols,
		 const char *const *key)
{
	enum err err;

	json_open(j, list, '[');
	while (db_step(q)) {
		json_open(j, NULL, '{');
		for (int i = 0; cols[i] != '\0'; i++) {
			if (cols[i] == 's')
				json_span(j, key[i], db_span(q->rows, i));
			else if (cols[i] == 'd')
				json_id(j, key[i], db_int(q->rows, i));
			else if (cols[i] == 'i')
				json_int(j, key[i], db_int(q->rows, i));
			else
				assert(cols[i] == '-');
		}
		json_close(j, '}');
	}
	json_close(j, ']');
	err = db_end(q);
	return err == E_OK ? j->b->err : err;
}

enum err db_first(struct db *db, struct db_rows **rows_out, const char *sql, const char *fmt, ...)
{
	va_list ap;
	enum err err;

	va_start(ap, fmt);
	err = db_vquery(db, rows_out, sql, fmt, ap);
	va_end(ap);
	if (err != E_OK)
		return err;
	err = db_next(*rows_out);
	if (err != E_OK) {
		db_close(*rows_out);
		*rows_out = NULL;
	}
	return err;
}

enum err db_only(struct db_rows *rows)
{
	enum err err = db_next(rows);

	db_close(rows);
	return err == E_OK ? E_CONFLICT : err == E_MISSING ? E_OK : err;
}
