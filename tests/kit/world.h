/*
 * What every world of the store tests stands on: one database a program, one arena, a
 * fresh tenant with a platform, courses and people of the names a test gives them.
 */
#ifndef LINTEL_TESTS_KIT_WORLD_H
#define LINTEL_TESTS_KIT_WORLD_H

#include "base/magic.h"
#include "store/people.h"
#include "store/store.h"

extern struct store *st;
extern struct arena mem;

/* Opens and migrates the database once, then writes what `make` makes; says what failed. */
bool world_make(store_fn make, void *arg);

/* Inside the closure. A new tenant; (issuer, client) is unique, so its platform is the only one. */
enum err world_platform(struct db *db, int64_t now_ms, int64_t *tenant_out, int64_t *platform_out);
enum err world_course(struct db *db, int64_t tenant, int64_t platform, const char *ext_id,
		      int64_t now_ms, int64_t *course_out);

#endif
