/* What an office may name in a path: schools, courses, platforms and people of its own. */
#include "admin_scope.h"
#include "base/magic.h"
#include "store/access.h"

enum err access_school(struct db *db, const struct actor *who, int64_t now_ms, int64_t id,
		       struct access *out);
enum err access_course(struct db *db, const struct actor *who, int64_t now_ms, int64_t id,
		       struct access *out);
enum err access_platform(struct db *db, const struct actor *who, int64_t now_ms, int64_t id,
			 struct access *out);
enum err access_person(struct db *db, const struct actor *who, int64_t now_ms, int64_t id,
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

	assert(who->tenant > 0);
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

	assert(who->tenant > 0);
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

	assert(who->tenant > 0);
	(void)now_ms;
	return staff_of(who, err, n, out);
}

/* A pupil's page is a child's record, so reading it is audited as one. */
enum err access_person(struct db *db, const struct actor *who, int64_t now_ms, int64_t id,
		       struct access *out)
{
	int64_t n = 0, pupil = 0;
	enum err err = db_one(db, NULL, "ii", (void *[]){ &n, &pupil },
			      "SELECT COUNT(*), COALESCE(SUM(CASE WHEN p.id IN " PUPILS
			      " THEN 1 ELSE 0 END), 0) FROM person p WHERE p.tenant_id = $1 "
			      "AND p.id = $4 AND p.gone_at = 0 AND " MAY_KNOW("p.id"),
			      "iiii", who->tenant, who->person, now_ms, id);

	assert(who->tenant > 0);
	err = staff_of(who, err, n, out);
	if (err == E_OK && pupil > 0)
		out->child = id;
	return err;
}
