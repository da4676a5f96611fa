/* The engine behind the store, for `lintel doctor`. */
#include "store/doctor.h"

#include "base/magic.h"

enum err doctor_engine(struct db *db, struct arena *a, struct doctor_engine *out)
{
	assert(a != NULL);
	*out = (struct doctor_engine){ .pg = db_is_pg(db) };
	if (!out->pg)
		return db_one(db, a, "s", (void *[]){ &out->version }, "SELECT sqlite_version()", "");
	return db_one(db, a, "si", (void *[]){ &out->version, &out->now_ms },
		      "SELECT version(), CAST(EXTRACT(EPOCH FROM clock_timestamp()) * 1000 AS BIGINT)",
		      "");
}
