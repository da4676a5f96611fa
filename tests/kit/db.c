#include "kit/db.h"

#include <stdio.h>
#include <stdlib.h>

const char *test_url(void)
{
	const char *url = getenv("LINTEL_TEST_DB");

	if (url == NULL) {
		puts("# LINTEL_TEST_DB names no database: run tests/store/with-sqlite.sh PROGRAM");
		exit(1);
	}
	return url;
}

struct store *test_store(void)
{
	struct fault f = { 0 };
	struct store *st = NULL;

	if (store_open(&st, test_url(), NULL, STORE_TEST, &f) != E_OK) {
		printf("# cannot open the test database: %s\n", f.text);
		exit(1);
	}
	return st;
}

/* One statement in a transaction of its own; for setting up. */
static enum err test_sql_fn(struct db *db, void *arg)
{
	return db_run(db, NULL, arg, "");
}

bool test_sql(struct store *st, const char *sql)
{
	struct fault f = { 0 };

	if (store_write(st, test_sql_fn, (void *)(uintptr_t)sql, &f) == E_OK)
		return true;
	printf("# %s: %s\n", sql, f.text);
	return false;
}

static enum err test_count_fn(struct db *db, void *arg)
{
	void **p = arg;

	return db_one(db, NULL, "i", (void *[]){ p[1] }, p[0], "");
}

/* The one integer a query answers; -1 on error. */
int64_t test_count(struct store *st, const char *sql)
{
	struct fault f = { 0 };
	int64_t n = -1;
	void *arg[] = { (void *)(uintptr_t)sql, &n };

	if (store_read(st, test_count_fn, arg, &f) == E_OK)
		return n;
	printf("# %s: %s\n", sql, f.text);
	return -1;
}
