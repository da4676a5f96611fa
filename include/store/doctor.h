/*
 * What `lintel doctor` asks of the database. Threads: inside a closure; strings
 * live in the arena passed.
 */
#ifndef LINTEL_STORE_DOCTOR_H
#define LINTEL_STORE_DOCTOR_H

#include "store/db.h"

struct doctor_engine {
	bool pg;
	const char *version;		/* "3.40.1", "PostgreSQL 15.6 …" */
	int64_t now_ms;			/* the server's clock; 0: the engine is part of us */
};

enum err doctor_engine(struct db *db, struct arena *a, struct doctor_engine *out);

#endif
