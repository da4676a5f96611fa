/* Who may know of a round, a slot, a booking (PRODUCT 5.4, row "Booking"). */
#include "base/magic.h"
#include "each.h"
#include "in_class.h"
#include "round_private.h"

struct round_facts {
	int64_t context, teacher, open, own;
};

/* own: bookings of this guardian's households in it, whatever their state. */
static enum err read_round_facts(struct db *db, const struct actor *who, int64_t id,
				 struct round_facts *f)
{
	return db_one(db, NULL, "iiii",
		      (void *[]){ &f->context, &f->teacher, &f->open, &f->own },
		      "SELECT r.context_id, r.teacher_id, "
		      "CASE WHEN r.state = 'open' THEN 1 ELSE 0 END, "
		      "(SELECT COUNT(*) FROM conf_booking b "
		      "LEFT JOIN household_member h ON h.tenant_id = $1 AND h.child_id = b.child_id "
		      "AND h.person_id = $2 WHERE b.tenant_id = $1 AND b.round_id = r.id "
		      "AND b.household_id = COALESCE(h.household_id, $2)) "
		      "FROM conf_round r WHERE r.tenant_id = $1 AND r.id = $3",
		      "iii", who->tenant, who->person, id);
}

#define FAMILY_CHILDREN_MAX 64

/* E_OK when one of the guardian's children that access_child() lets through is a pupil there. */
static enum err any_child_in(struct db *db, const struct actor *who, int64_t now_ms,
			     int64_t context)
{
	int64_t child[FAMILY_CHILDREN_MAX], *id;
	struct access acc = { 0 };
	unsigned n = 0;
	struct db_each q = DB_ARRAY(db, child, &n);
	enum err err;

	db_select(&q,
		  "SELECT p.id FROM context x CROSS JOIN person p "
		  "WHERE x.tenant_id = $1 AND x.id = $3 AND p.tenant_id = $1 "
		  "AND p.id IN (SELECT l.child_id FROM family_link l WHERE l.tenant_id = $1 "
		  "AND l.guardian_id = $2 AND l.ended_at = 0 "
		  "UNION ALL SELECT CAST($2 AS BIGINT)) AND " IS_PUPIL("x", "p.id"),
		  "iii", who->tenant, who->person, context);
	while ((id = db_each(&q)) != NULL)
		*id = db_int(q.rows, 0);
	err = db_end(&q);
	if (err != E_OK)
		return err;
	err = E_MISSING;
	for (unsigned i = 0; err == E_MISSING && i < n; i++)
		err = access_child(db, who, now_ms, child[i], &acc);
	return err;
}

enum err access_round(struct db *db, const struct actor *who, int64_t now_ms, int64_t id,
		      struct access *out)
{
	struct round_facts f = { 0 };
	enum err err = read_round_facts(db, who, id, &f);

	assert(who->tenant > 0);
	if (err != E_OK)
		return err;
	if (who->sample_only)
		return E_MISSING;
	out->context = f.context;
	if (who->door == DOOR_CLASS) {
		if (who->held || f.teacher != who->person || f.context != who->context)
			return E_MISSING;
		out->rel = REL_TEACHES;
		return E_OK;
	}
	if (who->door != DOOR_FAMILY || f.open + f.own == 0)
		return E_MISSING;
	out->rel = REL_GUARDIAN;
	return any_child_in(db, who, now_ms, f.context);
}

enum err access_slot(struct db *db, const struct actor *who, int64_t now_ms, int64_t id,
		     struct access *out)
{
	int64_t round = 0, starts_at = 0;
	enum err err = round_of_slot(db, who->tenant, id, &round, &starts_at);

	assert(who->tenant > 0);
	return err == E_OK ? access_round(db, who, now_ms, round, out) : err;
}

/*
 * Staff reach it through their round and the child, while it is in their class; a
 * guardian through the child and the household.
 */
enum err access_booking(struct db *db, const struct actor *who, int64_t now_ms, int64_t id,
			struct access *out)
{
	int64_t round = 0, child = 0, household = 0;
	enum err err = db_one(db, NULL, "iii", (void *[]){ &round, &child, &household },
			      "SELECT round_id, child_id, household_id FROM conf_booking "
			      "WHERE tenant_id = $1 AND id = $2",
			      "ii", who->tenant, id);

	assert(who->tenant > 0);
	if (err != E_OK)
		return err;
	if (who->door == DOOR_CLASS) {
		err = access_round(db, who, now_ms, round, out);
		return err == E_OK ? access_child(db, who, now_ms, child, out) : err;
	}
	if (who->door != DOOR_FAMILY)
		return E_MISSING;
	err = access_child(db, who, now_ms, child, out);
	if (err == E_OK && out->household != household)
		return E_MISSING;
	return err;
}
