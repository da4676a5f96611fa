#include "store/roll.h"

#include "base/magic.h"
#include "each.h"
#include "in_class.h"
#include "store/links.h"
#include "store/people.h"

enum err roll_class(struct db *db, struct arena *a, const struct actor *who, int64_t now_ms,
		    struct roll_child **v_out, unsigned *n_out)
{
	struct db_each q = DB_LIST(db, a, v_out, n_out);
	struct roll_child *c;

	assert(who->tenant > 0);
	*v_out = NULL;
	*n_out = 0;
	if (who->held || who->context == 0)
		return E_OK;
	db_select(&q,
		  "SELECT p.id, p.full_name, p.given, "
		  "COALESCE((SELECT MIN(s.starts_at) FROM conf_booking b "
		  "JOIN conf_hold h ON h.tenant_id = $1 AND h.slot_id = b.slot_id "
		  "AND h.booking_id = b.id "
		  "JOIN conf_slot s ON s.tenant_id = $1 AND s.id = b.slot_id "
		  "WHERE b.tenant_id = $1 AND b.child_id = p.id AND s.teacher_id = $3 "
		  "AND s.ends_at > $4), 0) "
		  "FROM person p WHERE p.tenant_id = $1 AND p.id IN "
		  "(SELECT m.person_id FROM class_member m WHERE m.tenant_id = $1 "
		  "AND m.context_id = $2 AND m.role = 'pupil') "
		  "AND NOT EXISTS (SELECT 1 FROM prohibition x WHERE x.tenant_id = $1 "
		  "AND x.person_id = $3 AND x.child_id = p.id AND " PROHIBITION_IN_FORCE("x", "$4")
		  ") ORDER BY p.full_name, p.id LIMIT 500",
		  "iiii", who->tenant, who->context, who->person, now_ms);
	while ((c = db_each(&q)) != NULL)
		*c = (struct roll_child){ .child = db_int(q.rows, 0), .name = db_str(q.rows, 1, a),
					  .given = db_str(q.rows, 2, a),
					  .conference_at = db_int(q.rows, 3) };
	return db_end(&q);
}

enum err roll_unsorted(struct db *db, struct arena *a, int64_t tenant, int64_t context,
		       struct roll_person **v_out, unsigned *n_out)
{
	struct db_each q = DB_LIST(db, a, v_out, n_out);
	struct roll_person *p;

	assert(tenant > 0);
	db_select(&q,
		  "SELECT DISTINCT a.id, a.person_id, a.full_name, a.sorted FROM member m "
		  "JOIN account a ON a.tenant_id = m.tenant_id AND a.person_id = m.person_id "
		  "WHERE m.tenant_id = $1 AND m.context_id = $2 AND m.gone_at = 0 "
		  "AND (m.role = 'unsorted' OR m.source = 'sorted') "
		  "AND a.joined_by = '' AND NOT EXISTS (SELECT 1 FROM member s WHERE s.tenant_id = $1 "
		  "AND s.context_id = $2 AND s.person_id = m.person_id AND s.gone_at = 0 "
		  "AND (s.role IN ('teacher', 'aide') OR (s.role = 'parent' AND s.source = 'launch'))) "
		  "ORDER BY a.sorted, a.full_name, a.id LIMIT 500",
		  "ii", tenant, context);
	while ((p = db_each(&q)) != NULL)
		*p = (struct roll_person){ .account = db_int(q.rows, 0), .person = db_int(q.rows, 1),
					   .name = db_str(q.rows, 2, a),
					   .sorted = db_str(q.rows, 3, a) };
	return db_end(&q);
}

/* What the platform's lists made of the old sorting; the next ones follow the new. */
static enum err unlist(struct db *db, int64_t tenant, int64_t person, int64_t now_ms)
{
	return db_run(db, NULL,
		      "UPDATE member SET gone_at = $3 WHERE tenant_id = $1 AND person_id = $2 "
		      "AND source = 'nrps' AND gone_at = 0 AND role IN ('unsorted', 'pupil', 'parent')",
		      "iii", tenant, person, now_ms);
}

enum err roll_sort(struct db *db, int64_t tenant, int64_t context, int64_t account,
		   const char *sorted, int64_t now_ms)
{
	int64_t person = 0;
	enum err err;

	assert(tenant > 0 && sorted != NULL);
	err = db_one(db, NULL, "i", (void *[]){ &person },
		     "SELECT a.person_id FROM account a WHERE a.tenant_id = $1 AND a.id = $3 "
		     "AND a.joined_by = '' AND EXISTS (SELECT 1 FROM member m "
		     "WHERE m.tenant_id = $1 AND m.context_id = $2 AND m.person_id = a.person_id "
		     "AND m.gone_at = 0 AND (m.role = 'unsorted' OR m.source = 'sorted'))",
		     "iii", tenant, context, account);
	if (err == E_OK)
		err = account_sort(db, tenant, account, sorted);
	if (err == E_OK)
		err = member_gone(db, tenant, context, person, "unsorted", "launch", now_ms);
	if (err == E_OK)
		err = unlist(db, tenant, person, now_ms);
	if (err == E_OK)
		err = member_gone(db, tenant, context, person,
				  str_eq(sorted, "pupil") ? "parent" : "pupil", "sorted", now_ms);
	if (err == E_OK && sorted[0] != '\0')
		return member_seen(db, tenant, context, person, sorted, "sorted", now_ms);
	if (err == E_OK)
		err = member_gone(db, tenant, context, person, "parent", "sorted", now_ms);
	return err == E_OK ? member_seen(db, tenant, context, person, "unsorted", "launch", now_ms) :
			     err;
}

enum err roll_named(struct db *db, int64_t tenant, const struct account *a, int64_t now_ms)
{
	enum err err = account_sort(db, tenant, a->id, "pupil");

	assert(a->person > 0);
	if (err == E_OK)
		err = db_run(db, NULL,
			     "INSERT INTO member (tenant_id, context_id, person_id, role, source, seen_at, "
			     "gone_at) SELECT DISTINCT tenant_id, context_id, person_id, 'pupil', 'sorted', "
			     "CAST($3 AS BIGINT), 0 FROM member WHERE tenant_id = $1 AND person_id = $2 "
			     "AND role = 'unsorted' AND gone_at = 0 "
			     "ON CONFLICT (tenant_id, context_id, person_id, role, source) DO UPDATE "
			     "SET seen_at = $3, gone_at = 0, missed_at = 0",
			     "iii", tenant, a->person, now_ms);
	if (err == E_OK)
		err = db_run(db, NULL,
			     "UPDATE member SET gone_at = $3 WHERE tenant_id = $1 AND person_id = $2 "
			     "AND role = 'unsorted' AND gone_at = 0",
			     "iii", tenant, a->person, now_ms);
	return err;
}

static enum err names(struct db_each *q, struct arena *a)
{
	const char **name;

	while ((name = db_each(q)) != NULL)
		*name = db_str(q->rows, 0, a);
	return db_end(q);
}

/* Who must not see this child is no reader, whatever else says so. $1 tenant, $2 child. */
#define MAY_SEE(p, now) \
	"NOT EXISTS (SELECT 1 FROM prohibition y WHERE y.tenant_id = $1 AND y.child_id = $2 " \
	"AND y.person_id = " p " AND " PROHIBITION_IN_FORCE("y", now) ")"

/* The staff of the child's classes, whoever said that they work there. */
#define STAFF(table, there)                                                              \
	"SELECT p.full_name FROM context x CROSS JOIN " table " t "                      \
	"JOIN person p ON p.tenant_id = $1 AND p.id = t.person_id "                      \
	"WHERE x.tenant_id = $1 AND x.id IN " CLASSES_OF_CHILD " AND " there             \
	"AND t.role IN ('teacher', 'aide') "                                             \
	"AND p.full_name <> '' AND " MAY_SEE("p.id", "$3") " "

enum err roll_staff_of(struct db *db, struct arena *a, int64_t tenant, int64_t child,
		       int64_t now_ms, const char ***v_out, unsigned *n_out)
{
	struct db_each q = DB_LIST(db, a, v_out, n_out);

	assert(tenant > 0 && child > 0);
	db_select(&q,
		  STAFF("member", MEMBER_OF("x")) "UNION "
		  STAFF("roster_member", ROSTER_MEMBER_OF("x")) "ORDER BY 1 LIMIT 30",
		  "iii", tenant, child, now_ms);
	return names(&q, a);
}

enum err roll_household(struct db *db, struct arena *a, int64_t tenant, int64_t child,
			int64_t household, int64_t now_ms, const char ***v_out, unsigned *n_out)
{
	struct db_each q = DB_LIST(db, a, v_out, n_out);

	assert(tenant > 0 && child > 0);
	db_select(&q,
		  "SELECT DISTINCT p.full_name FROM family_tie l "
		  "JOIN person p ON p.tenant_id = $1 AND p.id = l.guardian_id "
		  "LEFT JOIN household_member h ON h.tenant_id = $1 "
		  "AND h.child_id = l.child_id AND h.person_id = l.guardian_id "
		  "WHERE l.tenant_id = $1 AND l.child_id = $2 AND (" TIE_WRITES("l", "$4")
		  " OR " TIE_READS("l", "$4") ") AND COALESCE(h.household_id, l.guardian_id) = $3 "
		  "AND p.full_name <> '' AND " MAY_SEE("l.guardian_id", "$4")
		  " ORDER BY p.full_name LIMIT 10",
		  "iiii", tenant, child, household, now_ms);
	return names(&q, a);
}
