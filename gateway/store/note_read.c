/*
 * Reading notes. One shape for every list: a note and one of its threads. The
 * scope decides which words are joined at all, so that a guardian's query never
 * meets another household's rows.
 */
#include "base/magic.h"
#include "each.h"
#include "in_class.h"
#include "note_private.h"
#include "store/links.h"
#include "store/school_days.h"

/* The word said last in the thread of this row; that it was finished is no word. */
#define LAST(what)                                                                      \
	"(SELECT " what " FROM note_word y WHERE y.tenant_id = $1 AND y.note_id = n.id "  \
	"AND y.household_id = t.household_id AND y.kind <> 'close' "                     \
	"ORDER BY y.created_at DESC, y.id DESC LIMIT 1)"

/*
 * $1 tenant, $2 reader, $3 the reader's household (0: staff), $4 child or context.
 * `words` narrows the words of the threads, `count` the answers its reader may know of.
 */
#define THREADS(words, count)                                                           \
	"SELECT n.id, n.child_id, n.context_id, n.author_id, n.staff_id, n.side, n.body, " \
	"n.rev, n.created_at, n.edited_at, n.gone_at, n.household_id, "                 \
	"COALESCE(c.full_name, ''), COALESCE(a.full_name, ''), "                        \
	"COALESCE(s.full_name, ''), COALESCE(x.title, ''), COALESCE(t.household_id, 0), " \
	"COALESCE(t.n, 0), COALESCE(t.home_at, 0), COALESCE(t.school_at, 0), "          \
	"COALESCE(t.closed, 0), "                                                       \
	"COALESCE((SELECT MAX(v.seen_at) FROM note_seen v WHERE v.tenant_id = $1 "      \
	"AND v.note_id = n.id AND v.side = 'school'), 0), "                             \
	"COALESCE((SELECT MAX(v.seen_at) FROM note_seen v WHERE v.tenant_id = $1 "      \
	"AND v.note_id = n.id AND v.side = 'home' AND v.household_id = "                \
	"CASE WHEN $3 <> 0 THEN $3 WHEN t.household_id IS NOT NULL THEN t.household_id " \
	"ELSE v.household_id END), 0), " count ", " LAST("y.body") ", "                  \
	LAST("y.kind") ", "                                                              \
	LAST("(SELECT p.full_name FROM person p WHERE p.tenant_id = $1 "                 \
	     "AND p.id = y.author_id)") ", COALESCE(x.school_id, 0) "		\
	"FROM note n "									\
	"LEFT JOIN person c ON c.tenant_id = $1 AND c.id = n.child_id "                 \
	"LEFT JOIN person a ON a.tenant_id = $1 AND a.id = n.author_id "                \
	"LEFT JOIN person s ON s.tenant_id = $1 AND s.id = n.staff_id "                 \
	"LEFT JOIN context x ON x.tenant_id = $1 AND x.id = n.context_id "              \
	"LEFT JOIN (SELECT w.note_id, w.household_id, COUNT(*) AS n, "                  \
	"MAX(CASE WHEN w.side = 'home' AND w.kind <> 'close' THEN w.created_at ELSE 0 END) " \
	"AS home_at, "                                                                  \
	"MAX(CASE WHEN w.side = 'school' AND w.kind <> 'close' THEN w.created_at ELSE 0 END) " \
	"AS school_at, "                                                                \
	"MAX(CASE WHEN w.kind = 'close' THEN 1 ELSE 0 END) AS closed "                  \
	"FROM note_word w WHERE w.tenant_id = $1 AND " words                            \
	" GROUP BY w.note_id, w.household_id) t ON t.note_id = n.id "                   \
	"WHERE n.tenant_id = $1 "

#define ALL_WORDS                                                                       \
	"(SELECT COUNT(*) FROM note_word k WHERE k.tenant_id = $1 AND k.note_id = n.id)"
#define OWN_WORDS "COALESCE(t.n, 0)"
#define STAFF_MAY "AND n.context_id = $5 AND (n.staff_id IN (0, $2) OR n.author_id = $2) "
#define FAMILY_MAY "AND (n.side = 'school' OR n.household_id = $3) "
/* Taken back ones sink with the rest; what moved last comes first. */
#define NEWEST                                                                          \
	"ORDER BY CASE WHEN COALESCE(t.home_at, 0) > n.created_at AND "                 \
	"COALESCE(t.home_at, 0) >= COALESCE(t.school_at, 0) THEN t.home_at "            \
	"WHEN COALESCE(t.school_at, 0) > n.created_at THEN t.school_at "                \
	"ELSE n.created_at END DESC, n.id, t.household_id LIMIT 100"

static enum note_side side_of(struct span s)
{
	return span_eqz(s, "home") ? NOTE_HOME : NOTE_SCHOOL;
}

static enum note_kind kind_of(struct span s)
{
	return span_eqz(s, "thanks") ? NOTE_THANKS : span_eqz(s, "close") ? NOTE_CLOSE : NOTE_TEXT;
}

/* What each side said last, the note itself included. */
static void read_times(struct db_rows *rows, struct note *n)
{
	n->home_at = db_int(rows, 18);
	n->school_at = db_int(rows, 19);
	if (n->side == NOTE_HOME && n->created_at > n->home_at)
		n->home_at = n->created_at;
	if (n->side == NOTE_SCHOOL && n->created_at > n->school_at)
		n->school_at = n->created_at;
	n->last_side = n->home_at > n->school_at ? NOTE_HOME : NOTE_SCHOOL;
	n->last_at = n->home_at > n->school_at ? n->home_at : n->school_at;
	n->school_seen = n->home_at > 0 && db_int(rows, 21) >= n->home_at;
	n->home_seen = n->school_at > 0 && db_int(rows, 22) >= n->school_at;
	if (n->edited_at > n->last_at && db_int(rows, 21) < n->edited_at)
		n->school_seen = false;
	if (n->edited_at > n->last_at && db_int(rows, 22) < n->edited_at)
		n->home_seen = false;
}

static void read_note(struct db_rows *rows, struct arena *a, struct note *n)
{
	bool answered;

	*n = (struct note){
		.id = db_int(rows, 0),
		.child = db_int(rows, 1),
		.context = db_int(rows, 2),
		.author = db_int(rows, 3),
		.staff = db_int(rows, 4),
		.side = side_of(db_span(rows, 5)),
		.body = db_str(rows, 6, a),
		.rev = db_int(rows, 7) + db_int(rows, 17),
		.created_at = db_int(rows, 8),
		.edited_at = db_int(rows, 9),
		.household = db_int(rows, 11) != 0 ? db_int(rows, 11) : db_int(rows, 16),
		.child_name = db_str(rows, 12, a),
		.author_name = db_str(rows, 13, a),
		.staff_name = db_str(rows, 14, a),
		.class_title = db_str(rows, 15, a),
		.answered_ever = db_int(rows, 23) > 0,
		.said = db_str(rows, 24, a),
		.said_kind = kind_of(db_span(rows, 25)),
		.said_by = db_str(rows, 26, a),
		.school = db_int(rows, 27),
	};
	answered = db_int(rows, n->side == NOTE_HOME ? 19 : 18) > 0;
	read_times(rows, n);
	n->state = answered ? NOTE_ANSWERED : NOTE_OPEN;
	if (db_int(rows, 20) > 0)
		n->state = NOTE_CLOSED;
	if (db_int(rows, 10) > 0)
		n->state = NOTE_TAKEN_BACK;
}

/* Ends q. */
/* The days on which a school is closed are read only when something is due. */
static enum err take_notes(struct db_each *q, struct arena *a, int64_t tenant)
{
	struct school_days *days = NULL;
	struct note *to;
	bool due = false;
	enum err err;

	while ((to = db_each(q)) != NULL) {
		read_note(q->rows, a, to);
		due |= note_due(to);
	}
	err = db_end(q);
	if (err != E_OK || !due)
		return err;
	err = school_days_read(q->db, a, tenant, &days);
	for (unsigned i = 0; err == E_OK && i < *q->n_out; i++)
		(*(struct note **)q->v_out)[i].days = days;
	return err;
}

enum err note_threads(struct db *db, struct arena *a, const struct note_by *by, int64_t note,
		      struct note **v_out, unsigned *n_out)
{
	static const char staff[] =
		THREADS("w.note_id = $6", ALL_WORDS) STAFF_MAY
		"AND n.child_id = $4 AND n.id = $6 ORDER BY t.household_id";
	static const char family[] =
		THREADS("w.note_id = $5 AND w.household_id = $3", OWN_WORDS) FAMILY_MAY
		"AND n.child_id = $4 AND n.id = $5 AND $2 <> 0";
	const struct actor *who = by->who;
	struct db_each q = DB_LIST(db, a, v_out, n_out);
	enum err err;

	assert(by->who->tenant > 0);
	if (note_side_of(by->acc) == NOTE_HOME)
		db_select(&q, family, "iiiii", who->tenant, who->person, by->acc->household,
			  by->acc->child, note);
	else
		db_select(&q, staff, "iiiiii", who->tenant, who->person, (int64_t)0,
			  by->acc->child, who->context, note);
	err = take_notes(&q, a, who->tenant);
	return err == E_OK && *n_out == 0 ? E_MISSING : err;
}

enum err note_of_child(struct db *db, struct arena *a, const struct note_by *by,
		       struct note **v_out, unsigned *n_out)
{
	static const char staff[] =
		THREADS("w.child_id = $4 AND w.context_id = $5", ALL_WORDS) STAFF_MAY
		"AND n.child_id = $4 " NEWEST;
	static const char family[] =
		THREADS("w.child_id = $4 AND w.household_id = $3", OWN_WORDS) FAMILY_MAY
		"AND n.child_id = $4 AND $2 <> 0 " NEWEST;
	const struct actor *who = by->who;
	struct db_each q = DB_LIST(db, a, v_out, n_out);

	assert(by->who->tenant > 0 && by->acc->child > 0);
	*v_out = NULL;
	*n_out = 0;
	if (by->acc->aide)
		return E_OK;
	if (note_side_of(by->acc) == NOTE_HOME)
		db_select(&q, family, "iiii", who->tenant, who->person, by->acc->household,
			  by->acc->child);
	else
		db_select(&q, staff, "iiiii", who->tenant, who->person, (int64_t)0,
			  by->acc->child, who->context);
	return take_notes(&q, a, who->tenant);
}

/* The class's pupils whom this teacher may read: no prohibition between the two. */
#define PUPILS                                                                          \
	"AND " IS_PUPIL("x", "n.child_id") " "                                          \
	"AND NOT EXISTS (SELECT 1 FROM prohibition p WHERE p.tenant_id = $1 "           \
	"AND p.person_id = $2 AND p.child_id = n.child_id "                             \
	"AND " PROHIBITION_IN_FORCE("p", "$6") ") "

enum err note_of_class(struct db *db, struct arena *a, const struct actor *who, int64_t now_ms,
		       struct note **v_out, unsigned *n_out)
{
	static const char staff[] =
		THREADS("w.context_id = $4", ALL_WORDS) STAFF_MAY PUPILS NEWEST;
	struct db_each q = DB_LIST(db, a, v_out, n_out);

	assert(who->tenant > 0);
	*v_out = NULL;
	*n_out = 0;
	if (who->door != DOOR_CLASS || who->held || who->aide || who->context == 0)
		return E_OK;
	db_select(&q, staff, "iiiiii", who->tenant, who->person, (int64_t)0,
		  who->context, who->context, now_ms);
	return take_notes(&q, a, who->tenant);
}

/* ---- what a thread asks --------------------------------------------------- */

bool note_unread(const struct note *n, enum note_side reader)
{
	if (n->state == NOTE_TAKEN_BACK || n->last_side == reader)
		return false;
	return reader == NOTE_HOME ? !n->home_seen : !n->school_seen;
}

bool note_due(const struct note *n)
{
	if (n->state == NOTE_TAKEN_BACK || n->state == NOTE_CLOSED || n->last_side != NOTE_HOME)
		return false;
	return !n->school_seen || (n->side == NOTE_HOME && n->state == NOTE_OPEN);
}

bool note_may_edit(const struct note *n, const struct actor *who, int64_t now_ms)
{
	return n->author == who->person && n->state == NOTE_OPEN && !n->answered_ever &&
	       n->created_at > now_ms - NOTE_EDIT_MS && !who->read_only;
}

/* ---- the words of threads ------------------------------------------------- */

enum err note_words(struct db *db, struct arena *a, const struct note_by *by, int64_t note,
		    struct note_word **v_out, unsigned *n_out)
{
	int64_t household = note_side_of(by->acc) == NOTE_HOME ? by->acc->household : 0;
	struct db_each q = DB_LIST(db, a, v_out, n_out);
	struct note_word *to;

	assert(by->who->tenant > 0);
	db_select(&q,
		  "SELECT w.id, w.author_id, w.household_id, w.created_at, w.side, w.kind, "
		  "COALESCE(p.full_name, ''), w.body FROM note_word w "
		  "LEFT JOIN person p ON p.tenant_id = $1 AND p.id = w.author_id "
		  "WHERE w.tenant_id = $1 AND w.note_id = $2 AND w.child_id = $3 "
		  "AND ($4 = 0 OR w.household_id = $4) ORDER BY w.household_id, w.created_at, w.id",
		  "iiii", by->who->tenant, note, by->acc->child, household);
	while ((to = db_each(&q)) != NULL)
		*to = (struct note_word){
			.id = db_int(q.rows, 0),
			.author = db_int(q.rows, 1),
			.household = db_int(q.rows, 2),
			.created_at = db_int(q.rows, 3),
			.side = side_of(db_span(q.rows, 4)),
			.kind = kind_of(db_span(q.rows, 5)),
			.author_name = db_str(q.rows, 6, a),
			.body = db_str(q.rows, 7, a),
		};
	return db_end(&q);
}
