/*
 * What must hold between the tables whatever happened: what is kept twice is kept
 * alike, and what points at something finds it. Nothing else in the store looks
 * here; `lintel db check` and the store tests do.
 *
 * Threads: inside a closure. Reads the tables of every tenant.
 */
#ifndef LINTEL_STORE_CHECK_H
#define LINTEL_STORE_CHECK_H

#include "store/db.h"

struct check_broken {
	const char *rule;	/* static words, NULL: every rule holds */
	int64_t n;		/* how often the first broken rule is broken */
};

enum err check_rules(struct db *db, struct check_broken *out);

#endif
