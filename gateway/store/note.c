/*
 * Writing notes. Every act stands on what the writer saw: the statement that adds
 * a word also looks at the note's `rev` and at the words of its thread.
 */
#include "note_private.h"
#include "base/magic.h"
#include "store/audit.h"
#include "store/links.h"
#include "store/store.h"

#define DAY_MS (24 * 3600 * 1000LL)

static enum err event_add(struct db *db, const struct note_by *by, int64_t note, const char *what)
{
	return db_run(db, NULL,
		      "INSERT INTO note_event (tenant_id, id, note_id, at, who, what) "
		      "VALUES ($1, $2, $3, $4, $5, $6)",
		      "iiiiis", by->who->tenant, store_new_id(by->now_ms), note, by->now_ms,
		      by->who->person, what);
}

static enum err kept(struct db *db, const struct note_by *by, int64_t note, const char *action)
{
	return audit_by(db, by->who, by->now_ms, action, by->acc->child, note);
}

/* ---- a new note ----------------------------------------------------------- */

static enum err check_day(struct db *db, const struct note_by *by)
{
	int64_t n = 0;
	enum err err = db_one(db, NULL, "i", (void *[]){ &n },
			      "SELECT COUNT(*) FROM note WHERE tenant_id = $1 AND child_id = $2 "
			      "AND author_id = $3 AND created_at > $4",
			      "iiii", by->who->tenant, by->acc->child, by->who->person,
			      by->now_ms - DAY_MS);

	return err == E_OK && n >= NOTE_A_DAY ? E_LIMIT : err;
}

/* A family writes to staff who teach the child now, and to nobody else. */
static enum err check_to(struct db *db, const struct note_by *by, const struct note_to *to)
{
	int64_t n = 0;
	enum err err = db_one(db, NULL, "i", (void *[]){ &n },
			      "SELECT COUNT(*) FROM class_member p "
			      "JOIN class_member t ON t.tenant_id = $1 AND t.context_id = $3 "
			      "AND t.role = 'teacher' AND ($4 = 0 OR t.person_id = $4) "
			      "WHERE p.tenant_id = $1 AND p.context_id = $3 AND p.person_id = $2 "
			      "AND p.role = 'pupil' AND NOT EXISTS (SELECT 1 FROM prohibition x "
			      "WHERE x.tenant_id = $1 AND x.child_id = $2 "
			      "AND x.person_id = t.person_id AND " PROHIBITION_IN_FORCE("x", "$5") ")",
			      "iiiii", by->who->tenant, by->acc->child, to->context, to->staff,
			      by->now_ms);

	return err == E_OK && n == 0 ? E_INPUT : err;
}

enum err note_write(struct db *db, const struct note_by *by, const struct note_to *to, bool alone,
		    const char *body, int64_t *id_out)
{
	enum note_side side = note_side_of(by->acc);
	int64_t context = side == NOTE_HOME ? to->context : by->who->context;
	int64_t staff = side == NOTE_HOME ? to->staff : alone ? by->who->person : 0;
	int64_t household = side == NOTE_HOME ? by->acc->household : 0;
	enum err err = check_day(db, by);

	assert(by->acc->child > 0 && (side == NOTE_SCHOOL || household > 0));
	if (body[0] == '\0')
		return E_INPUT;
	if (err == E_OK && side == NOTE_HOME)
		err = check_to(db, by, to);
	*id_out = store_new_id(by->now_ms);
	if (err == E_OK)
		err = db_run(db, NULL,
			     "INSERT INTO note (tenant_id, id, child_id, context_id, side, author_id, "
			     "household_id, staff_id, body, rev, created_at, edited_at, gone_at) "
			     "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, 1, $10, 0, 0)",
			     "iiiisiiisi", by->who->tenant, *id_out, by->acc->child, context,
			     note_side_word(side), by->who->person, household, staff, body,
			     by->now_ms);
	if (err == E_OK)
		err = event_add(db, by, *id_out, "written");
	return err == E_OK ? kept(db, by, *id_out, "note.write") : err;
}

/* ---- the author thinks again ---------------------------------------------- */

/* gone_at, body: what the note becomes. */
static enum err rewrite(struct db *db, const struct note_by *by, int64_t note, int64_t rev,
			const char *body, int64_t gone_at)
{
	int64_t changed = 0;
	enum err err = db_run(
		db, &changed,
		"UPDATE note SET body = $5, rev = rev + 1, edited_at = $6, gone_at = $7 "
		"WHERE tenant_id = $1 AND id = $2 AND author_id = $3 AND rev = $4 AND gone_at = 0 "
		"AND created_at > $8 AND NOT EXISTS (SELECT 1 FROM note_word w "
		"WHERE w.tenant_id = $1 AND w.note_id = $2)",
		"iiiisiii", by->who->tenant, note, by->who->person, rev, body, by->now_ms, gone_at,
		by->now_ms - NOTE_EDIT_MS);

	return err == E_OK && changed == 0 ? E_CONFLICT : err;
}

enum err note_edit(struct db *db, const struct note_by *by, int64_t note, int64_t rev,
		   const char *body)
{
	enum err err = body[0] == '\0' ? E_INPUT : rewrite(db, by, note, rev, body, 0);

	if (err == E_OK)
		err = event_add(db, by, note, "edited");
	return err == E_OK ? kept(db, by, note, "note.edit") : err;
}

enum err note_take_back(struct db *db, const struct note_by *by, int64_t note, int64_t rev)
{
	enum err err = rewrite(db, by, note, rev, "", by->now_ms);

	if (err == E_OK)
		err = event_add(db, by, note, "taken back");
	return err == E_OK ? kept(db, by, note, "note.take_back") : err;
}

/* ---- answers -------------------------------------------------------------- */

static enum err check_room(struct db *db, const struct note_by *by, int64_t note,
			   int64_t household)
{
	int64_t n = 0;
	enum err err = db_one(db, NULL, "i", (void *[]){ &n },
			      "SELECT COUNT(*) FROM note_word WHERE tenant_id = $1 "
			      "AND note_id = $2 AND household_id = $3",
			      "iii", by->who->tenant, note, household);

	return err == E_OK && n >= NOTE_WORDS_MAX ? E_LIMIT : err;
}

/*
 * One statement looks and adds: the note stands, the thread is as it was seen and
 * not closed; the school speaks in a thread only where the family opened it; an
 * unanswered note is not closed.
 */
static enum err add_word(struct db *db, const struct note_by *by, int64_t note, int64_t household,
			 int64_t rev, enum note_kind kind, const char *body)
{
	const char *side = note_side_word(note_side_of(by->acc));
	int64_t changed = 0;
	enum err err = db_run(
		db, &changed,
		"INSERT INTO note_word (tenant_id, id, note_id, child_id, context_id, household_id, "
		"side, author_id, kind, body, created_at) "
		"SELECT n.tenant_id, CAST($3 AS BIGINT), n.id, n.child_id, n.context_id, "
		"CAST($4 AS BIGINT), CAST($5 AS TEXT), CAST($6 AS BIGINT), CAST($7 AS TEXT), "
		"CAST($8 AS TEXT), CAST($9 AS BIGINT) FROM note n "
		"WHERE n.tenant_id = $1 AND n.id = $2 AND n.gone_at = 0 "
		"AND n.household_id IN (0, $4) AND n.rev + (SELECT COUNT(*) FROM note_word w "
		"WHERE w.tenant_id = $1 AND w.note_id = $2 AND w.household_id = $4) = $10 "
		"AND NOT EXISTS (SELECT 1 FROM note_word c WHERE c.tenant_id = $1 "
		"AND c.note_id = $2 AND c.household_id = $4 AND c.kind = 'close') "
		"AND (n.side = 'home' OR $5 = 'home' OR EXISTS (SELECT 1 FROM note_word h "
		"WHERE h.tenant_id = $1 AND h.note_id = $2 AND h.household_id = $4 "
		"AND h.side = 'home')) "
		"AND ($7 <> 'close' OR EXISTS (SELECT 1 FROM note_word o WHERE o.tenant_id = $1 "
		"AND o.note_id = $2 AND o.household_id = $4 AND o.side <> n.side))",
		"iiiisissii", by->who->tenant, note, store_new_id(by->now_ms), household, side,
		by->who->person, note_kind_word(kind), body, by->now_ms, rev);

	return err == E_OK && changed == 0 ? E_CONFLICT : err;
}

enum err note_answer(struct db *db, const struct note_by *by, int64_t note, int64_t household,
		     int64_t rev, enum note_kind kind, const char *body)
{
	static const char *const action[] = { "note.answer", "note.thank", "note.close" };
	enum err err;

	if (note_side_of(by->acc) == NOTE_HOME)
		household = by->acc->household;
	if (household == 0 || (kind == NOTE_TEXT) != (body[0] != '\0'))
		return E_INPUT;
	err = check_room(db, by, note, household);
	if (err == E_OK)
		err = add_word(db, by, note, household, rev, kind, body);
	return err == E_OK ? kept(db, by, note, action[kind]) : err;
}

/* ---- reading leaves a mark ------------------------------------------------ */

/* A row only when the other side has said something since the last one. */
enum err note_see(struct db *db, const struct note_by *by, int64_t note)
{
	enum note_side side = note_side_of(by->acc);
	int64_t household = side == NOTE_HOME ? by->acc->household : 0;

	if (by->acc->read_only)
		return E_OK;
	return db_run(
		db, NULL,
		"INSERT INTO note_seen (tenant_id, id, note_id, child_id, context_id, household_id, "
		"side, seen_at) SELECT n.tenant_id, CAST($3 AS BIGINT), n.id, n.child_id, "
		"n.context_id, CAST($4 AS BIGINT), CAST($5 AS TEXT), CAST($6 AS BIGINT) "
		"FROM note n WHERE n.tenant_id = $1 AND n.id = $2 AND n.gone_at = 0 "
		"AND ((n.side <> $5 AND NOT EXISTS (SELECT 1 FROM note_seen s "
		"WHERE s.tenant_id = $1 AND s.note_id = $2 AND s.side = $5 "
		"AND s.household_id = $4 AND s.seen_at >= n.created_at AND s.seen_at >= n.edited_at)) "
		"OR EXISTS (SELECT 1 FROM note_word w WHERE w.tenant_id = $1 AND w.note_id = $2 "
		"AND w.side <> $5 AND ($4 = 0 OR w.household_id = $4) "
		"AND NOT EXISTS (SELECT 1 FROM note_seen s WHERE s.tenant_id = $1 "
		"AND s.note_id = $2 AND s.side = $5 AND s.household_id = $4 "
		"AND s.seen_at >= w.created_at)))",
		"iiiisi", by->who->tenant, note, store_new_id(by->now_ms), household,
		note_side_word(side), by->now_ms);
}

/* ---- who may know of it --------------------------------------------------- */

struct note_facts {
	int64_t child, context, household, staff, author, home;
};

static enum err read_facts(struct db *db, const struct actor *who, int64_t id,
			   struct note_facts *f)
{
	return db_one(db, NULL, "iiiiii",
		      (void *[]){ &f->child, &f->context, &f->household, &f->staff, &f->author,
				  &f->home },
		      "SELECT child_id, context_id, household_id, staff_id, author_id, "
		      "CASE WHEN side = 'home' THEN 1 ELSE 0 END FROM note "
		      "WHERE tenant_id = $1 AND id = $2",
		      "ii", who->tenant, id);
}

/*
 * PRODUCT 0.5: a note is for those it is addressed to, and for the child's households.
 * "To the teachers" is what the family read: an aide is none (5.4, other staff: -).
 */
enum err access_note(struct db *db, const struct actor *who, int64_t now_ms, int64_t id,
		     struct access *out)
{
	struct note_facts f = { 0 };
	enum err err = read_facts(db, who, id, &f);

	assert(who->tenant > 0);
	if (err != E_OK)
		return err;
	if (who->door != DOOR_CLASS && who->door != DOOR_FAMILY)
		return E_MISSING;
	err = access_child(db, who, now_ms, f.child, out);
	if (err != E_OK)
		return err;
	if (who->door == DOOR_CLASS) {
		bool mine = f.staff == 0 || f.staff == who->person || f.author == who->person;

		return f.context == who->context && mine && !out->aide ? E_OK : E_MISSING;
	}
	out->context = f.context;
	return f.home == 0 || f.household == out->household ? E_OK : E_MISSING;
}

enum err note_erase(struct db *db, int64_t tenant, int64_t child)
{
	static const char *const step[] = {
		"DELETE FROM note_event WHERE tenant_id = $1 AND note_id IN "
		"(SELECT id FROM note WHERE tenant_id = $1 AND child_id = $2)",
		"DELETE FROM note_seen WHERE tenant_id = $1 AND child_id = $2",
		"DELETE FROM note_word WHERE tenant_id = $1 AND child_id = $2",
		"DELETE FROM note WHERE tenant_id = $1 AND child_id = $2",
	};
	enum err err = E_OK;

	assert(tenant > 0 && child > 0);
	for (unsigned i = 0; err == E_OK && i < ARRAY_LEN(step); i++)
		err = db_run(db, NULL, step[i], "ii", tenant, child);
	return err;
}
