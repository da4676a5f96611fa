/* Counts of a tenant, its schools, holidays and courses. */
#include "store/admin.h"

#include "base/magic.h"
#include "each.h"
#include "store/links.h"
#include "store/store.h"

/* A link that a launch asserted while a prohibition makes it wait for the office. */
#define LINK_HELD(l, now) \
	"(" l ".source <> 'roster' AND " l ".state <> 'confirmed' AND EXISTS " \
	"(SELECT 1 FROM person g WHERE g.tenant_id = " l ".tenant_id AND g.id = " l ".guardian_id " \
	"AND g.origin <> 'roster') AND EXISTS (SELECT 1 FROM prohibition y " \
	"WHERE y.tenant_id = " l ".tenant_id AND y.child_id = " l ".child_id AND " \
	PROHIBITION_IN_FORCE("y", now) "))"

/* Everybody of a role, in a course that opened Lintel or in a roster class that did not yet. */
#define PEOPLE_OF(roles) \
	"(SELECT person_id FROM member WHERE tenant_id = $1 AND gone_at = 0 AND role IN " roles \
	" UNION SELECT person_id FROM roster_member WHERE tenant_id = $1 AND gone_at = 0 " \
	"AND role IN " roles ")"

static enum err count_people(struct db *db, int64_t tenant, int64_t now_ms,
			     struct admin_counts *c)
{
	return db_one(db, NULL, "iiiiiiii",
		      (void *[]){ &c->pupils, &c->staff, &c->guardians, &c->unsorted,
				  &c->links_active, &c->links_held, &c->links_expired,
				  &c->pupils_alone },
		      "SELECT "
		      "(SELECT COUNT(*) FROM " PEOPLE_OF("('pupil')") " m), "
		      "(SELECT COUNT(*) FROM " PEOPLE_OF("('teacher', 'aide')") " m), "
		      "(SELECT COUNT(DISTINCT l.guardian_id) FROM family_link l "
		      "WHERE l.tenant_id = $1 AND " LINK_OPEN("l", "$2") "), "
		      "(SELECT COUNT(DISTINCT person_id) FROM class_member "
		      "WHERE tenant_id = $1 AND role = 'unsorted'), "
		      "(SELECT COUNT(*) FROM family_link l WHERE l.tenant_id = $1 AND "
		      LINK_OPEN("l", "$2") " AND NOT " LINK_HELD("l", "$2") "), "
		      "(SELECT COUNT(*) FROM family_link l WHERE l.tenant_id = $1 AND "
		      LINK_OPEN("l", "$2") " AND " LINK_HELD("l", "$2") "), "
		      "(SELECT COUNT(*) FROM family_link l WHERE l.tenant_id = $1 "
		      "AND l.state = 'active' AND l.expires_at <> 0 AND l.expires_at <= $2), "
		      "(SELECT COUNT(*) FROM " PEOPLE_OF("('pupil')") " m WHERE NOT EXISTS "
		      "(SELECT 1 FROM family_link l WHERE l.tenant_id = $1 "
		      "AND l.child_id = m.person_id AND " LINK_OPEN("l", "$2") "))",
		      "ii", tenant, now_ms);
}

static enum err count_work(struct db *db, int64_t tenant, int64_t now_ms, int64_t day_start,
			   const char *born_before, struct admin_counts *c)
{
	return db_one(db, NULL, "iiiiiiiii",
		      (void *[]){ &c->courses, &c->courses_unassigned, &c->launches_today,
				  &c->refused_today, &c->to_confirm, &c->parents_waiting,
				  &c->deployments_waiting, &c->rights_missing,
				  &c->platforms_waiting },
		      "SELECT "
		      "(SELECT COUNT(*) FROM context WHERE tenant_id = $1), "
		      "(SELECT COUNT(*) FROM context WHERE tenant_id = $1 AND school_id = 0), "
		      "(SELECT COUNT(*) FROM audit WHERE tenant_id = $1 AND subject = '' "
		      "AND action = 'session.open' AND at >= $3), "
		      "(SELECT COUNT(*) FROM refused_launch WHERE tenant_id = $1 AND at >= $3), "
		      "(SELECT COUNT(*) FROM account a WHERE a.tenant_id = $1 AND a.joined_by = '' "
		      "AND EXISTS (SELECT 1 FROM person p WHERE p.tenant_id = $1 "
		      "AND p.origin = 'roster' AND p.gone_at = 0 AND p.id <> a.person_id "
		      "AND ((a.sourcedid <> '' AND p.sourcedid = a.sourcedid) "
		      "OR (a.username <> '' AND p.username = a.username)))), "
		      "(SELECT COUNT(*) FROM account a WHERE a.tenant_id = $1 AND a.sorted = 'parent' "
		      "AND NOT EXISTS (SELECT 1 FROM family_link l WHERE l.tenant_id = $1 "
		      "AND l.guardian_id = a.person_id AND " LINK_OPEN("l", "$2") ")), "
		      "(SELECT COUNT(*) FROM deployment d JOIN platform p ON p.id = d.platform_id "
		      "WHERE p.tenant_id = $1 AND d.state = 'pending'), "
		      "(SELECT COUNT(*) FROM person p WHERE p.tenant_id = $1 AND p.gone_at = 0 "
		      "AND p.birth_day <> '' AND p.birth_day <= $4 AND p.rights_day = '' "
		      "AND p.id IN " PEOPLE_OF("('pupil')") "), "
		      "(SELECT COUNT(*) FROM platform_registration WHERE tenant_id = $1 "
		      "AND state = 'waiting')",
		      "iiis", tenant, now_ms, day_start, born_before);
}

enum err admin_count(struct db *db, int64_t tenant, int64_t now_ms, int64_t day_start,
		     const char *born_before, struct admin_counts *out)
{
	enum err err;

	assert(tenant > 0 && strlen(born_before) == 10);
	*out = (struct admin_counts){ 0 };
	err = count_people(db, tenant, now_ms, out);
	return err == E_OK ? count_work(db, tenant, now_ms, day_start, born_before, out) : err;
}

/* ---- schools ---- */

#define SCHOOL_SELECT \
	"SELECT s.id, (SELECT COUNT(*) FROM context c WHERE c.tenant_id = s.tenant_id " \
	"AND c.school_id = s.id), s.name, s.phase, s.zone, s.office_contact, s.safeguarding_lead, " \
	"s.emergency_number FROM school s "

static void read_school(struct db_rows *rows, struct arena *a, struct school *s)
{
	*s = (struct school){
		.id = db_int(rows, 0),
		.courses = db_int(rows, 1),
		.name = db_str(rows, 2, a),
		.phase = db_str(rows, 3, a),
		.zone = db_str(rows, 4, a),
		.office_contact = db_str(rows, 5, a),
		.safeguarding_lead = db_str(rows, 6, a),
		.emergency_number = db_str(rows, 7, a),
	};
}

enum err school_list(struct db *db, struct arena *a, int64_t tenant, struct school **v_out,
		     unsigned *n_out)
{
	struct db_each q = DB_LIST(db, a, v_out, n_out);
	struct school *to;

	assert(tenant > 0);
	db_select(&q, SCHOOL_SELECT "WHERE s.tenant_id = $1 ORDER BY s.name, s.id LIMIT 200",
		  "i", tenant);
	while ((to = db_each(&q)) != NULL)
		read_school(q.rows, a, to);
	return db_end(&q);
}

enum err school_get(struct db *db, struct arena *a, int64_t tenant, int64_t id,
		    struct school *out)
{
	struct db_rows *rows;
	enum err err = db_first(db, &rows, SCHOOL_SELECT "WHERE s.tenant_id = $1 AND s.id = $2", "ii",
				tenant, id);

	if (err != E_OK)
		return err;
	read_school(rows, a, out);
	return db_only(rows);
}

enum err school_put(struct db *db, int64_t tenant, const struct school *s, int64_t now_ms,
		    int64_t *id_out)
{
	assert(s->name != NULL && s->name[0] != '\0');
	*id_out = s->id != 0 ? s->id : store_new_id(now_ms);
	if (s->id == 0)
		return db_run(db, NULL,
			      "INSERT INTO school (tenant_id, id, name, phase, zone, office_contact, "
			      "safeguarding_lead, emergency_number, created_at) "
			      "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
			      "iissssssi", tenant, *id_out, s->name, s->phase, s->zone,
			      s->office_contact, s->safeguarding_lead, s->emergency_number, now_ms);
	return db_run_or(db, E_MISSING,
			 "UPDATE school SET name = $3, phase = $4, zone = $5, office_contact = $6, "
			 "safeguarding_lead = $7, emergency_number = $8 WHERE tenant_id = $1 AND id = $2",
			 "iissssss", tenant, s->id, s->name, s->phase, s->zone, s->office_contact,
			 s->safeguarding_lead, s->emergency_number);
}

enum err school_holidays(struct db *db, struct arena *a, int64_t tenant, int64_t school,
			 struct school_holiday **v_out, unsigned *n_out)
{
	struct db_each q = DB_LIST(db, a, v_out, n_out);
	struct school_holiday *h;

	assert(tenant > 0);
	db_select(&q,
		  "SELECT first_day, last_day, label FROM school_closed "
		  "WHERE tenant_id = $1 AND school_id = $2 ORDER BY first_day DESC LIMIT 200",
		  "ii", tenant, school);
	while ((h = db_each(&q)) != NULL)
		*h = (struct school_holiday){ db_str(q.rows, 0, a), db_str(q.rows, 1, a),
					      db_str(q.rows, 2, a) };
	return db_end(&q);
}

static enum err school_exists(struct db *db, int64_t tenant, int64_t school)
{
	int64_t id = 0;

	return db_one(db, NULL, "i", (void *[]){ &id },
		      "SELECT id FROM school WHERE tenant_id = $1 AND id = $2", "ii", tenant, school);
}

enum err school_holiday_add(struct db *db, int64_t tenant, int64_t school,
			    const struct school_holiday *h)
{
	enum err err = school_exists(db, tenant, school);

	assert(strlen(h->first_day) == 10 && strcmp(h->first_day, h->last_day) <= 0);
	if (err == E_OK)
		err = db_run_or(db, E_CONFLICT,
				"INSERT INTO school_closed (tenant_id, school_id, first_day, "
				"last_day, label) VALUES ($1, $2, $3, $4, $5) "
				"ON CONFLICT (tenant_id, school_id, first_day) DO NOTHING",
				"iisss", tenant, school, h->first_day, h->last_day, h->label);
	return err;
}

enum err school_holiday_drop(struct db *db, int64_t tenant, int64_t school, const char *first_day)
{
	assert(tenant > 0 && first_day != NULL);
	return db_run_or(db, E_MISSING,
			 "DELETE FROM school_closed WHERE tenant_id = $1 AND school_id = $2 "
			 "AND first_day = $3",
			 "iis", tenant, school, first_day);
}

/* ---- courses ---- */

#define COURSE_SELECT \
	"SELECT c.id, c.school_id, c.last_launch_at, c.title, c.label, c.phase, " \
	"COALESCE(s.name, ''), COALESCE(p.name, '') FROM context c " \
	"LEFT JOIN school s ON s.tenant_id = c.tenant_id AND s.id = c.school_id " \
	"LEFT JOIN platform p ON p.id = c.platform_id "

static void read_course(struct db_rows *rows, struct arena *a, struct admin_course *c)
{
	*c = (struct admin_course){
		.id = db_int(rows, 0),
		.school = db_int(rows, 1),
		.last_launch_at = db_int(rows, 2),
		.title = db_str(rows, 3, a),
		.label = db_str(rows, 4, a),
		.phase = db_str(rows, 5, a),
		.school_name = db_str(rows, 6, a),
		.platform_name = db_str(rows, 7, a),
	};
}

enum err course_list(struct db *db, struct arena *a, int64_t tenant, struct admin_course **v_out,
		     unsigned *n_out)
{
	struct db_each q = DB_LIST(db, a, v_out, n_out);
	struct admin_course *to;

	assert(tenant > 0);
	db_select(&q,
		  COURSE_SELECT "WHERE c.tenant_id = $1 "
		  "ORDER BY CASE WHEN c.school_id = 0 THEN 0 ELSE 1 END, s.name, c.title, c.id "
		  "LIMIT 200",
		  "i", tenant);
	while ((to = db_each(&q)) != NULL)
		read_course(q.rows, a, to);
	return db_end(&q);
}

enum err course_get(struct db *db, struct arena *a, int64_t tenant, int64_t id,
		    struct admin_course *out)
{
	struct db_rows *rows;
	enum err err = db_first(db, &rows, COURSE_SELECT "WHERE c.tenant_id = $1 AND c.id = $2", "ii",
				tenant, id);

	if (err != E_OK)
		return err;
	read_course(rows, a, out);
	return db_only(rows);
}

enum err course_assign(struct db *db, int64_t tenant, int64_t course, int64_t school,
		       const char *phase)
{
	enum err err = school == 0 ? E_OK : school_exists(db, tenant, school);

	assert(tenant > 0 && phase != NULL);
	if (err == E_OK)
		err = db_run_or(db, E_MISSING,
				"UPDATE context SET school_id = $3, phase = $4 "
				"WHERE tenant_id = $1 AND id = $2",
				"iiis", tenant, course, school, phase);
	return err;
}
