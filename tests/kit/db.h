/*
 * For the store tests: opens the database that the environment names, which the
 * wrappers with-sqlite.sh and with-pg.sh have made fresh for this program.
 */
#ifndef LINTEL_TESTS_KIT_DB_H
#define LINTEL_TESTS_KIT_DB_H

#include "store/store.h"

/* Both end the program when there is no such database. */
const char *test_url(void);
struct store *test_store(void);

/* One statement in a transaction of its own; for setting up. */
bool test_sql(struct store *st, const char *sql);
/* The one integer a query answers; -1 on error. */
int64_t test_count(struct store *st, const char *sql);

#endif
