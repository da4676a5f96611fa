/* Family links that wait, the office's own word, and prohibitions. */
#include "store/admin_people.h"

#include "admin_scope.h"
#include "base/magic.h"
#include "each.h"
#include "store/booking.h"
#include "store/journal.h"
#include "store/store.h"

/* As access.c decides: asserted by a login that is no roster person, child protected. */
#define WAITS(l) \
	"(" l ".source <> 'roster' AND " l ".state <> 'confirmed' AND " l ".ended_at = 0 AND " \
	LINK_OPEN(l, "$3") " AND EXISTS (SELECT 1 FROM person g WHERE g.tenant_id = $1 " \
	"AND g.id = " l ".guardian_id AND g.origin <> 'roster') AND EXISTS " \
	"(SELECT 1 FROM prohibition y WHERE y.tenant_id = $1 AND y.child_id = " l ".child_id AND " \
	PROHIBITION_IN_FORCE("y", "$3") "))"

#define LINK_SELECT \
	"SELECT DISTINCT l.child_id, l.guardian_id, c.full_name, g.full_name, l.source, l.state, " \
	"CASE WHEN " LINK_OPEN("l", "$3") " THEN 1 ELSE 0 END FROM family_link l " \
	"JOIN person c ON c.tenant_id = $1 AND c.id = l.child_id " \
	"JOIN person g ON g.tenant_id = $1 AND g.id = l.guardian_id " \
	"WHERE l.tenant_id = $1 AND l.ended_at = 0 AND " MAY_KNOW("l.child_id") " "

static enum err all_links(struct db_each *q, struct arena *a)
{
	struct office_link *to;

	while ((to = db_each(q)) != NULL)
		*to = (struct office_link){
			.child = db_int(q->rows, 0),
			.guardian = db_int(q->rows, 1),
			.child_name = db_str(q->rows, 2, a),
			.guardian_name = db_str(q->rows, 3, a),
			.source = db_str(q->rows, 4, a),
			.state = db_str(q->rows, 5, a),
			.open = db_int(q->rows, 6) != 0,
		};
	return db_end(q);
}

enum err links_waiting(struct db *db, struct arena *a, const struct actor *who, int64_t now_ms,
		       struct office_link **v_out, unsigned *n_out)
{
	struct db_each q = DB_LIST(db, a, v_out, n_out);

	assert(who->tenant > 0 && who->person > 0);
	db_select(&q,
		  LINK_SELECT "AND " WAITS("l") " ORDER BY 3, 1, 4, 2 LIMIT 100", "iii",
		  who->tenant, who->person, now_ms);
	return all_links(&q, a);
}

enum err links_of(struct db *db, struct arena *a, const struct actor *who, int64_t now_ms,
		  int64_t person, struct office_link **v_out, unsigned *n_out)
{
	struct db_each q = DB_LIST(db, a, v_out, n_out);

	assert(who->tenant > 0 && who->person > 0);
	db_select(&q,
		  LINK_SELECT "AND (l.child_id = $4 OR l.guardian_id = $4) "
		  "ORDER BY 3, 1, 4, 2, 5 LIMIT 100",
		  "iiii", who->tenant, who->person, now_ms, person);
	return all_links(&q, a);
}

/* Both ends are people this officer may know of, and not the same. */
static enum err check_pair(struct db *db, const struct actor *who, int64_t now_ms, int64_t child,
			   int64_t adult)
{
	int64_t n = 0;
	enum err err = db_one(db, NULL, "i", (void *[]){ &n },
			      "SELECT COUNT(*) FROM person p WHERE p.tenant_id = $1 AND p.gone_at = 0 "
			      "AND ((p.id = $4 AND p.id IN " PUPILS " AND " MAY_KNOW("p.id") ") "
			      "OR p.id = $5)",
			      "iiiii", who->tenant, who->person, now_ms, child, adult);

	if (err != E_OK)
		return err;
	return n == 2 && child != adult ? E_OK : E_MISSING;
}

static enum err note_unlink(struct db *db, int64_t tenant, int64_t now_ms, int64_t child,
			    int64_t guardian)
{
	return journal_add(db, &(struct journal_entry){ .kind = JOURNAL_UNLINK, .tenant = tenant,
							.child = child, .person = guardian,
							.from = now_ms });
}

enum err link_decide(struct db *db, const struct actor *who, int64_t now_ms, int64_t child,
		     int64_t guardian, bool yes)
{
	static const char confirm[] =
		"UPDATE family_link SET state = 'confirmed' WHERE tenant_id = $1 "
		"AND child_id = $4 AND guardian_id = $5 AND " WAITS("family_link")
		" AND $2 <> $5";
	static const char end[] =
		"UPDATE family_link SET state = 'ended', ended_at = $3 WHERE tenant_id = $1 "
		"AND child_id = $4 AND guardian_id = $5 AND " WAITS("family_link")
		" AND $2 <> $5";
	int64_t changed = 0;
	enum err err = check_pair(db, who, now_ms, child, guardian);

	assert(who->tenant > 0 && who->person > 0);
	if (err == E_OK)
		err = db_run(db, &changed, yes ? confirm : end, "iiiii", who->tenant, who->person,
			     now_ms, child, guardian);
	if (err == E_OK && changed == 0)
		return E_CONFLICT;
	return err == E_OK && !yes ? note_unlink(db, who->tenant, now_ms, child, guardian) : err;
}

static enum err forbidden(struct db *db, int64_t tenant, int64_t now_ms, int64_t child,
			  int64_t person, int64_t *n_out)
{
	return db_one(db, NULL, "i", (void *[]){ n_out },
		      "SELECT COUNT(*) FROM prohibition x WHERE x.tenant_id = $1 AND x.child_id = $2 "
		      "AND x.person_id = $3 AND " PROHIBITION_IN_FORCE("x", "$4"),
		      "iiii", tenant, child, person, now_ms);
}

enum err link_confirm(struct db *db, const struct actor *who, int64_t now_ms, int64_t child,
		      int64_t guardian)
{
	int64_t n = 0;
	enum err err = check_pair(db, who, now_ms, child, guardian);

	assert(who->tenant > 0 && who->person > 0);
	if (err == E_OK)
		err = forbidden(db, who->tenant, now_ms, child, guardian, &n);
	if (err != E_OK)
		return err;
	/* Nobody says of themselves whose guardian they are. */
	if (n > 0 || guardian == who->person)
		return E_DENIED;
	return db_run(db, NULL,
		      "INSERT INTO family_link (tenant_id, child_id, guardian_id, source, scope, "
		      "relation, legal, lives_with, is_primary, emergency, priority, state, "
		      "asserted_at, expires_at, ended_at, roster_hash, roster_run) "
		      "VALUES ($1, $2, $3, 'office', 0, '', 0, 0, 0, 0, 0, 'confirmed', $4, 0, 0, 0, 0) "
		      "ON CONFLICT (tenant_id, child_id, guardian_id, source, scope) DO UPDATE "
		      "SET state = 'confirmed', asserted_at = $4, expires_at = 0, ended_at = 0",
		      "iiii", who->tenant, child, guardian, now_ms);
}

enum err link_end(struct db *db, const struct actor *who, int64_t now_ms, int64_t child,
		  int64_t guardian)
{
	int64_t changed = 0;
	enum err err = check_pair(db, who, now_ms, child, guardian);

	assert(who->tenant > 0 && who->person > 0);
	if (err == E_OK)
		err = db_run(db, &changed,
			     "UPDATE family_link SET state = 'ended', ended_at = $4 "
			     "WHERE tenant_id = $1 AND child_id = $2 AND guardian_id = $3 "
			     "AND source <> 'roster' AND ended_at = 0",
			     "iiii", who->tenant, child, guardian, now_ms);
	if (err == E_OK && changed == 0)
		return E_CONFLICT;
	return err == E_OK ? note_unlink(db, who->tenant, now_ms, child, guardian) : err;
}

/* ---- prohibitions: never of the officer who looks ---- */

enum err prohibitions(struct db *db, struct arena *a, const struct actor *who, int64_t now_ms,
		      int64_t child, struct office_prohibition **v_out, unsigned *n_out)
{
	struct db_each q = DB_LIST(db, a, v_out, n_out);
	struct office_prohibition *to;

	assert(who->tenant > 0);
	db_select(&q,
		  "SELECT x.id, x.child_id, x.person_id, x.from_at, x.until_at, c.full_name, "
		  "p.full_name, x.source FROM prohibition x "
		  "JOIN person c ON c.tenant_id = $1 AND c.id = x.child_id "
		  "JOIN person p ON p.tenant_id = $1 AND p.id = x.person_id "
		  "WHERE x.tenant_id = $1 AND x.lifted_at = 0 AND x.person_id <> $2 "
		  "AND (x.until_at = 0 OR x.until_at > $3) AND ($4 = 0 OR x.child_id = $4) "
		  "AND " MAY_KNOW("x.child_id") " ORDER BY x.id DESC LIMIT 100",
		  "iiii", who->tenant, who->person, now_ms, child);
	while ((to = db_each(&q)) != NULL)
		*to = (struct office_prohibition){
			.id = db_int(q.rows, 0),
			.child = db_int(q.rows, 1),
			.person = db_int(q.rows, 2),
			.from_at = db_int(q.rows, 3),
			.until_at = db_int(q.rows, 4),
			.child_name = db_str(q.rows, 5, a),
			.person_name = db_str(q.rows, 6, a),
			.source = db_str(q.rows, 7, a),
		};
	return db_end(&q);
}

enum err prohibit(struct db *db, const struct actor *who, int64_t now_ms, int64_t child,
		  int64_t person, int64_t from_at, int64_t until_at)
{
	int64_t n = 0, id = store_new_id(now_ms);
	unsigned freed;
	enum err err = check_pair(db, who, now_ms, child, person);

	assert(from_at >= 0 && (until_at == 0 || until_at > from_at));
	if (err == E_OK && person == who->person)
		err = E_DENIED;
	if (err == E_OK)
		err = db_one(db, NULL, "i", (void *[]){ &n },
			     "SELECT COUNT(*) FROM prohibition WHERE tenant_id = $1 AND child_id = $2 "
			     "AND person_id = $3 AND source = 'office' AND lifted_at = 0 "
			     "AND (until_at = 0 OR until_at > $4)",
			     "iiii", who->tenant, child, person, now_ms);
	if (err != E_OK)
		return err;
	if (n > 0)
		return E_CONFLICT;
	err = db_run(db, NULL,
		      "INSERT INTO prohibition (tenant_id, child_id, person_id, id, source, from_at, "
		      "until_at, entered_by, lifted_at, lifted_by) "
		      "VALUES ($1, $2, $3, $4, 'office', $5, $6, $7, 0, 0)",
		      "iiiiiii", who->tenant, child, person, id, from_at, until_at, who->person);
	if (err == E_OK)
		err = booking_end_forbidden(db, who->tenant, now_ms, &freed);
	if (err != E_OK)
		return err;
	return journal_add(db, &(struct journal_entry){
		.kind = JOURNAL_FORBID, .tenant = who->tenant, .child = child, .person = person,
		.id = id, .from = from_at, .until = until_at, .source = "office" });
}

enum err prohibition_end(struct db *db, const struct actor *who, int64_t now_ms, int64_t id,
			 int64_t *child_out)
{
	int64_t changed = 0, person = 0;
	enum err err = db_one(db, NULL, "ii", (void *[]){ child_out, &person },
			      "SELECT x.child_id, x.person_id FROM prohibition x "
			      "WHERE x.tenant_id = $1 AND x.id = $4 "
			      "AND x.person_id <> $2 AND x.lifted_at = 0 AND " MAY_KNOW("x.child_id"),
			      "iiii", who->tenant, who->person, now_ms, id);

	assert(who->tenant > 0 && who->person > 0);
	if (err == E_OK)
		err = db_run(db, &changed,
			     "UPDATE prohibition SET lifted_at = $3, lifted_by = $4 "
			     "WHERE tenant_id = $1 AND id = $2 AND child_id = $5 AND lifted_at = 0",
			     "iiiii", who->tenant, id, now_ms, who->person, *child_out);
	if (err == E_OK && changed == 0)
		return E_CONFLICT;
	if (err != E_OK)
		return err;
	return journal_add(db, &(struct journal_entry){
		.kind = JOURNAL_LIFT, .tenant = who->tenant, .child = *child_out,
		.person = person, .id = id, .from = now_ms });
}
