/* Logins that look like people of the roster; finding people; the day rights pass. */
#include "store/admin_people.h"

#include "admin_scope.h"
#include "base/magic.h"
#include "each.h"
#include "store/people.h"

/* ---- confirming ---- */

#define CANDIDATE_SELECT \
	"SELECT a.id, p.id, CASE WHEN p.id IN " PUPILS " THEN p.id ELSE 0 END, a.full_name, " \
	"p.full_name, f.name, CASE WHEN a.sourcedid <> '' AND p.sourcedid = a.sourcedid " \
	"THEN 'sourcedid' ELSE 'username' END, " \
	"CASE WHEN a.sourcedid <> '' AND p.sourcedid = a.sourcedid THEN a.sourcedid " \
	"ELSE a.username END FROM account a " \
	"JOIN person p ON p.tenant_id = $1 AND p.origin = 'roster' AND p.gone_at = 0 " \
	"AND p.id <> a.person_id AND ((a.sourcedid <> '' AND p.sourcedid = a.sourcedid) " \
	"OR (a.username <> '' AND p.username = a.username)) " \
	"JOIN platform f ON f.id = a.platform_id " \
	"WHERE a.tenant_id = $1 AND a.joined_by = '' AND " MAY_KNOW("p.id") " "

enum err people_to_confirm(struct db *db, struct arena *a, const struct actor *who, int64_t now_ms,
			   struct candidate **v_out, unsigned *n_out)
{
	struct db_each q = DB_LIST(db, a, v_out, n_out);
	struct candidate *c;

	assert(who->tenant > 0);
	db_select(&q, CANDIDATE_SELECT "ORDER BY a.full_name, a.id, p.id LIMIT 100", "iii",
		  who->tenant, who->person, now_ms);
	while ((c = db_each(&q)) != NULL)
		*c = (struct candidate){
			.account = db_int(q.rows, 0),
			.person = db_int(q.rows, 1),
			.child = db_int(q.rows, 2),
			.account_name = db_str(q.rows, 3, a),
			.person_name = db_str(q.rows, 4, a),
			.platform_name = db_str(q.rows, 5, a),
			.by = db_str(q.rows, 6, a),
			.value = db_str(q.rows, 7, a),
		};
	return db_end(&q);
}

enum err people_join(struct db *db, const struct actor *who, int64_t now_ms, int64_t account,
		     int64_t person)
{
	struct db_rows *rows;
	enum err err = db_first(db, &rows, CANDIDATE_SELECT "AND a.id = $4 AND p.id = $5", "iiiii",
				who->tenant, who->person, now_ms, account, person);

	assert(who->tenant > 0 && who->person > 0);
	if (err == E_OK)
		err = db_only(rows);
	return err == E_OK ? account_join(db, who->tenant, account, person, "office") : err;
}

/* ---- people ---- */

#define PERSON_SELECT \
	"SELECT p.id, p.full_name, p.sourcedid, p.birth_day, p.rights_day, " \
	"CASE WHEN p.id IN " PUPILS " THEN 1 ELSE 0 END, CASE WHEN EXISTS " \
	"(SELECT 1 FROM class_member m WHERE m.tenant_id = $1 AND m.person_id = p.id " \
	"AND m.role IN ('teacher', 'aide')) THEN 1 ELSE 0 END, CASE WHEN EXISTS " \
	"(SELECT 1 FROM family_link l WHERE l.tenant_id = $1 AND l.guardian_id = p.id " \
	"AND l.ended_at = 0) THEN 1 ELSE 0 END FROM person p " \
	"WHERE p.tenant_id = $1 AND p.gone_at = 0 AND " MAY_KNOW("p.id") " "

static void read_person(struct db_rows *rows, struct arena *a, struct office_person *p)
{
	*p = (struct office_person){
		.id = db_int(rows, 0),
		.name = db_str(rows, 1, a),
		.sourcedid = db_str(rows, 2, a),
		.birth_day = db_str(rows, 3, a),
		.rights_day = db_str(rows, 4, a),
		.pupil = db_int(rows, 5) != 0,
		.staff = db_int(rows, 6) != 0,
		.guardian = db_int(rows, 7) != 0,
	};
}

static enum err all_people(struct db_each *q, struct arena *a)
{
	struct office_person *p;

	while ((p = db_each(q)) != NULL)
		read_person(q->rows, a, p);
	return db_end(q);
}

enum err person_get(struct db *db, struct arena *a, const struct actor *who, int64_t now_ms,
		    int64_t id, struct office_person *out)
{
	struct db_rows *rows;
	enum err err = db_first(db, &rows, PERSON_SELECT "AND p.id = $4", "iiii", who->tenant,
				who->person, now_ms, id);

	if (err != E_OK)
		return err;
	read_person(rows, a, out);
	return db_only(rows);
}

enum err parents_waiting(struct db *db, struct arena *a, const struct actor *who, int64_t now_ms,
			 struct office_person **v_out, unsigned *n_out)
{
	struct db_each q = DB_LIST(db, a, v_out, n_out);

	assert(who->tenant > 0);
	db_select(&q,
		  PERSON_SELECT "AND p.id IN (SELECT a.person_id FROM account a "
		  "WHERE a.tenant_id = $1 AND a.sorted = 'parent') "
		  "AND NOT EXISTS (SELECT 1 FROM family_link l WHERE l.tenant_id = $1 "
		  "AND l.guardian_id = p.id AND " LINK_OPEN("l", "$3") ") "
		  "ORDER BY p.full_name, p.id LIMIT 100",
		  "iii", who->tenant, who->person, now_ms);
	return all_people(&q, a);
}

enum err rights_missing(struct db *db, struct arena *a, const struct actor *who, int64_t now_ms,
			const char *born_before, struct office_person **v_out, unsigned *n_out)
{
	struct db_each q = DB_LIST(db, a, v_out, n_out);

	assert(who->tenant > 0 && strlen(born_before) == 10);
	db_select(&q,
		  PERSON_SELECT "AND p.birth_day <> '' AND p.birth_day <= $4 "
		  "AND p.rights_day = '' AND p.id IN " PUPILS
		  " ORDER BY p.full_name, p.id LIMIT 100",
		  "iiis", who->tenant, who->person, now_ms, born_before);
	return all_people(&q, a);
}

enum err person_set_rights(struct db *db, const struct actor *who, int64_t now_ms, int64_t id,
			   const char *day, int64_t at)
{
	assert(who->tenant > 0 && day != NULL);
	return db_run_or(db, E_MISSING,
			 "UPDATE person SET rights_day = $4, rights_at = $6 "
			 "WHERE tenant_id = $1 AND id = $5 "
			 "AND gone_at = 0 AND " MAY_KNOW("person.id"),
			 "iiisii", who->tenant, who->person, now_ms, day, id, at);
}

enum err pupil_zone(struct db *db, struct arena *a, int64_t tenant, int64_t id,
		    const char **zone_out)
{
	return db_one(db, a, "s", (void *[]){ zone_out },
		      "SELECT COALESCE(MIN(s.zone), '') FROM person_class m "
		      "JOIN context c ON c.tenant_id = $1 AND c.id = m.context_id "
		      "JOIN school s ON s.tenant_id = $1 AND s.id = c.school_id "
		      "WHERE m.tenant_id = $1 AND m.person_id = $2 AND m.role = 'pupil' "
		      "AND s.zone <> ''",
		      "ii", tenant, id);
}

/* ---- finding ---- */

static char lowered(char ch)
{
	return ch >= 'A' && ch <= 'Z' ? (char)(ch + ('a' - 'A')) : ch;
}

static bool holds(struct span name, const char *text)
{
	size_t len = strlen(text);

	for (size_t at = 0; len > 0 && at + len <= name.n; at++) {
		size_t i = 0;

		while (i < len && lowered(name.p[at + i]) == lowered(text[i]))
			i++;
		if (i == len)
			return true;
	}
	return false;
}

/* Names are compared here: LIKE and lower() differ from engine to engine. */
static enum err find_ids(struct db *db, struct arena *a, const struct actor *who, int64_t now_ms,
			 const char *text, int64_t **v_out, unsigned *n_out)
{
	struct db_each q = DB_LIST(db, a, v_out, n_out);
	int64_t *id;

	db_select(&q,
		  "SELECT p.id, p.full_name, p.sourcedid, p.username FROM person p "
		  "WHERE p.tenant_id = $1 AND p.gone_at = 0 AND " MAY_KNOW("p.id")
		  " ORDER BY p.full_name, p.id",
		  "iii", who->tenant, who->person, now_ms);
	while (q.n < FIND_MAX && db_step(&q))
		if ((holds(db_span(q.rows, 1), text) || span_eqz(db_span(q.rows, 2), text) ||
		     span_eqz(db_span(q.rows, 3), text)) && (id = db_add(&q)) != NULL)
			*id = db_int(q.rows, 0);
	return db_end(&q);
}

enum err person_find(struct db *db, struct arena *a, const struct actor *who, int64_t now_ms,
		     const char *text, struct office_person **v_out, unsigned *n_out)
{
	struct office_person *v = arena_array(a, FIND_MAX, sizeof(*v));
	int64_t *id = NULL;
	unsigned n = 0;
	enum err err;

	*v_out = v;
	*n_out = 0;
	if (v == NULL)
		return E_NOMEM;
	err = text[0] == '\0' ? E_OK : find_ids(db, a, who, now_ms, text, &id, &n);
	for (unsigned i = 0; err == E_OK && i < n; i++)
		err = person_get(db, a, who, now_ms, id[i], &v[i]);
	*n_out = n;
	return err;
}
