/* What an office may name in a path: schools, courses and platforms of its own tenant. */
#include "base/magic.h"
#include "store/access.h"

enum err access_school(struct db *db, const struct actor *who, int64_t now_ms, int64_t id,
		       struct access *out);
enum err access_course(struct db *db, const struct actor *who, int64_t now_ms, int64_t id,
		       struct access *out);
enum err access_platform(struct db *db, const struct actor *who, int64_t now_ms, int64_t id,
			 struct access *out);

/* The row's grants stand in the policy of the route; here: the right door and tenant. */
static enum err staff_of(const struct actor *who, enum err found, int64_t n, struct access *out)
{
	if (found != E_OK)
		return found;
	if (n == 0 || who->door != DOOR_ADMIN || who->sample_only ||
	    (who->grants & (GRANT_DISTRICT | GRANT_OFFICE)) == 0)
		return E_MISSING;
	out->rel = REL_STAFF;
	return E_OK;
}

enum err access_school(struct db *db, const struct actor *who, int64_t now_ms, int64_t id,
		       struct access *out)
{
	int64_t n = 0;
	enum err err = db_one(db, NULL, "i", (void *[]){ &n },
			      "SELECT COUNT(*) FROM school WHERE tenant_id = $1 AND id = $2", "ii",
			      who->tenant, id);

	(void)now_ms;
	return staff_of(who, err, n, out);
}

enum err access_course(struct db *db, const struct actor *who, int64_t now_ms, int64_t id,
		       struct access *out)
{
	int64_t n = 0;
	enum err err = db_one(db, NULL, "i", (void *[]){ &n },
			      "SELECT COUNT(*) FROM context WHERE tenant_id = $1 AND id = $2", "ii",
			      who->tenant, id);

	(void)now_ms;
	return staff_of(who, err, n, out);
}

enum err access_platform(struct db *db, const struct actor *who, int64_t now_ms, int64_t id,
			 struct access *out)
{
	int64_t n = 0;
	enum err err = db_one(db, NULL, "i", (void *[]){ &n },
			      "SELECT COUNT(*) FROM platform WHERE tenant_id = $1 AND id = $2", "ii",
			      who->tenant, id);

	(void)now_ms;
	return staff_of(who, err, n, out);
}
