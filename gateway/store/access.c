#include "store/access.h"

#include "base/magic.h"
#include "in_class.h"
#include "store/journal.h"
#include "store/links.h"

struct kind {
	const char *name;
	access_fn fn;
};

/* Each kind's function lives with its feature. */
#define OBJECT(NAME, name, fn)                                                          \
	enum err fn(struct db *db, const struct actor *who, int64_t now_ms, int64_t id, \
		    struct access *out);
#include "store/object.def"
#undef OBJECT

static const struct kind kinds[OBJ_KINDS] = {
#define OBJECT(NAME, name, fn) [OBJ_##NAME] = { #name, fn },
#include "store/object.def"
#undef OBJECT
};

enum obj obj_by_name(struct span name)
{
	for (unsigned k = 1; k < OBJ_KINDS; k++)
		if (span_eqz(name, kinds[k].name))
			return (enum obj)k;
	return OBJ_NONE;
}

enum err access_check(struct db *db, const struct actor *who, int64_t now_ms, enum obj kind,
		      int64_t id, struct access *out)
{
	enum err err;

	assert(kind > OBJ_NONE && kind < OBJ_KINDS);
	*out = (struct access){ 0 };
	if (who->tenant == 0 || who->person == 0)
		return E_MISSING;
	err = kinds[kind].fn(db, who, now_ms, id, out);
	if (err != E_OK) {
		*out = (struct access){ 0 };
		return err;
	}
	out->kind = kind;
	out->id = id;
	out->read_only |= who->read_only;
	return E_OK;
}

/*
 * Every fact about (reader, child) in one statement, so that a foreign child, a
 * prohibited one and one that never was cost the same.
 */
struct child_facts {
	int64_t exists, prohibited, pupil_here, teacher_here, aide_here, tie, household;
};

#define HERE(which)                                                       \
	"(SELECT COUNT(*) FROM context c WHERE c.tenant_id = $1 AND c.id = $4 " \
	"AND " CLASS_HAS("c", which) ")"

static enum err read_child_facts(struct db *db, const struct actor *who, int64_t now_ms,
				 int64_t child, struct child_facts *f)
{
	return db_one(db, NULL, "iiiiiii",
		      (void *[]){ &f->exists, &f->prohibited, &f->pupil_here, &f->teacher_here,
				  &f->aide_here, &f->tie, &f->household },
		      "SELECT "
		      "(SELECT COUNT(*) FROM person WHERE tenant_id = $1 AND id = $3), "
		      "(SELECT COUNT(*) FROM prohibition x WHERE x.tenant_id = $1 AND x.child_id = $3 "
		      "AND x.person_id = $2 AND " PROHIBITION_IN_FORCE("x", "$5") "), "
		      HERE("t.person_id = $3 AND t.role = 'pupil'") ", "
		      HERE("t.person_id = $2 AND t.role = 'teacher'") ", "
		      HERE("t.person_id = $2 AND t.role = 'aide'") ", "
		      "COALESCE((SELECT " TIE_BEST("l", "$5") " FROM family_tie l "
		      "JOIN person g ON g.tenant_id = $1 AND g.id = $2 "
		      "WHERE l.tenant_id = $1 AND l.child_id = $3 AND l.guardian_id = $2 "
		      "AND " GUARDIANS_OPEN("$1") " AND (l.source = 'roster' "
		      "OR l.state = 'confirmed' OR g.origin = 'roster' "
		      "OR NOT EXISTS (SELECT 1 FROM prohibition y WHERE y.tenant_id = $1 "
		      "AND y.child_id = $3 AND " PROHIBITION_IN_FORCE("y", "$5") "))), 0), "
		      "COALESCE((SELECT household_id FROM household_member h "
		      "WHERE h.tenant_id = $1 AND h.child_id = $3 AND h.person_id = $2), $2)",
		      "iiiii", who->tenant, who->person, child, who->context, now_ms);
}

enum err access_child(struct db *db, const struct actor *who, int64_t now_ms, int64_t child,
		      struct access *out)
{
	struct child_facts f = { 0 };
	enum err err = read_child_facts(db, who, now_ms, child, &f);

	assert(who->tenant > 0 && now_ms > 0);
	if (err != E_OK)
		return err;
	if (f.exists == 0 || f.prohibited > 0 || who->sample_only)
		return E_MISSING;
	out->child = child;
	out->context = who->context;
	switch (who->door) {
	case DOOR_CLASS:
		if (who->held || f.pupil_here == 0 || f.teacher_here + f.aide_here == 0)
			return E_MISSING;
		out->rel = REL_TEACHES;
		out->read_only = out->aide = f.teacher_here == 0;
		return E_OK;
	case DOOR_FAMILY:
		if (f.tie == 0)
			return E_MISSING;
		out->rel = REL_GUARDIAN;
		out->read_only = f.tie != TIE_FULL;
		out->until = out->read_only ? f.tie + COURSE_READ_MS : 0;
		/* An adult student shares no household with who was their guardian. */
		out->household = child == who->person ? child : f.household;
		return E_OK;
	case DOOR_STUDENT:
		if (child != who->person || f.pupil_here == 0)
			return E_MISSING;
		out->rel = REL_SELF;
		return E_OK;
	default:
		return E_MISSING;
	}
}
