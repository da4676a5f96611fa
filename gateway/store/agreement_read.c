/* Reading agreements, and whom one can be made with. */
#include "agreement_private.h"
#include "base/magic.h"
#include "each.h"
#include "in_class.h"
#include "store/links.h"

/* Students' comments that this side has not read. */
#define SAID(side)                                                                      \
	"(SELECT COUNT(*) FROM agreement_comment k WHERE k.tenant_id = $1 "             \
	"AND k.agreement_id = g.id AND k.gone_at = 0 AND k." side "_seen_at = 0)"
#define COLUMNS                                                                         \
	"SELECT g.id, g.child_id, g.context_id, g.household_id, g.state, g.rev, g.changed_at, " \
	"g.agreed_at, COALESCE(c.full_name, ''), COALESCE(x.title, ''), "               \
	"v.version, v.created_at, v.side, COALESCE(p.full_name, ''), v.expectation, "   \
	"v.school_text, v.home_text, v.routine, v.review_day, "                         \
	"COALESCE(h.version, 0), COALESCE(h.created_at, 0), COALESCE(h.side, ''), "     \
	"COALESCE(q.full_name, ''), COALESCE(h.expectation, ''), "                      \
	"COALESCE(h.school_text, ''), COALESCE(h.home_text, ''), COALESCE(h.routine, ''), " \
	"COALESCE(h.review_day, ''), " SAID("school") ", " SAID("home") " FROM agreement g " \
	"JOIN agreement_version v ON v.tenant_id = $1 AND v.agreement_id = g.id "       \
	"AND v.version = CASE WHEN g.state = 'agreed' OR $2 = 1 THEN g.agreed_version " \
	"ELSE g.version END "                                                           \
	"LEFT JOIN agreement_version h ON h.tenant_id = $1 AND h.agreement_id = g.id "  \
	"AND h.version = g.agreed_version "                                             \
	"LEFT JOIN person p ON p.tenant_id = $1 AND p.id = v.author_id "                \
	"LEFT JOIN person q ON q.tenant_id = $1 AND q.id = h.author_id "                \
	"LEFT JOIN person c ON c.tenant_id = $1 AND c.id = g.child_id "                 \
	"LEFT JOIN context x ON x.tenant_id = $1 AND x.id = g.context_id "              \
	"WHERE g.tenant_id = $1 "

#define NEWEST "ORDER BY CASE WHEN g.state = 'ended' THEN 1 ELSE 0 END, g.changed_at DESC, " \
	"g.id LIMIT 100"
/* $3 context. What was never offered is its own side's. */
#define STAFF "AND g.context_id = $3 AND (g.offered_at > 0 OR g.draft_side = 'school') "
/* The same, and what the child's other classes offered. */
#define STAFF_CHILD \
	"AND (g.offered_at > 0 OR (g.context_id = $3 AND g.draft_side = 'school')) "
/* $3 household. */
#define FAMILY "AND g.household_id = $3 AND (g.offered_at > 0 OR g.draft_side = 'home') "
/* A student reads what is in effect; $2 = 1. */
#define STUDENT "AND $3 = 0 AND g.agreed_version > 0 AND g.state <> 'ended' "

static enum agreement_state state_of(struct span s)
{
	static const char *const word[] = { "draft", "offered", "countered", "agreed", "ended" };

	for (unsigned i = 0; i < ARRAY_LEN(word); i++)
		if (span_eqz(s, word[i]))
			return (enum agreement_state)i;
	return AGREEMENT_ENDED;
}

static void read_version(struct db_rows *rows, struct arena *a, int at,
			 struct agreement_version *v)
{
	*v = (struct agreement_version){
		.version = db_int(rows, at),
		.at = db_int(rows, at + 1),
		.side = agreement_side_of(db_span(rows, at + 2)),
		.author_name = db_str(rows, at + 3, a),
		.w = { .expectation = db_str(rows, at + 4, a), .school = db_str(rows, at + 5, a),
		       .home = db_str(rows, at + 6, a), .routine = db_str(rows, at + 7, a),
		       .review_day = db_str(rows, at + 8, a) },
	};
}

static void read_agreement(struct db_rows *rows, struct arena *a, struct agreement_copy *g)
{
	*g = (struct agreement_copy){
		.id = db_int(rows, 0),
		.child = db_int(rows, 1),
		.context = db_int(rows, 2),
		.household = db_int(rows, 3),
		.state = state_of(db_span(rows, 4)),
		.rev = db_int(rows, 5),
		.changed_at = db_int(rows, 6),
		.agreed_at = db_int(rows, 7),
		.child_name = db_str(rows, 8, a),
		.class_title = db_str(rows, 9, a),
	};
	read_version(rows, a, 10, &g->now);
	read_version(rows, a, 19, &g->held);
	g->said_school = db_int(rows, 28);
	g->said_home = db_int(rows, 29);
}

/* Ends q. */
static enum err take(struct db_each *q, struct arena *a)
{
	struct agreement_copy *c;

	while ((c = db_each(q)) != NULL)
		read_agreement(q->rows, a, c);
	return db_end(q);
}

/* $2: 1 for a student, $3: context or household, $4: child, $5: one agreement or 0. */
static enum err select_for(struct db *db, struct arena *a, const struct agreement_by *by,
			   int64_t id, struct agreement_copy **v_out, unsigned *n_out)
{
	static const char staff[] =
		COLUMNS STAFF_CHILD "AND g.child_id = $4 AND ($5 = 0 OR g.id = $5) " NEWEST;
	static const char family[] =
		COLUMNS FAMILY "AND g.child_id = $4 AND ($5 = 0 OR g.id = $5) " NEWEST;
	static const char student[] =
		COLUMNS STUDENT "AND g.child_id = $4 AND ($5 = 0 OR g.id = $5) " NEWEST;
	const struct access *acc = by->acc;
	bool home = acc->rel == REL_GUARDIAN, self = acc->rel == REL_SELF;
	int64_t scope = home ? acc->household : self ? 0 : by->who->context;
	struct db_each q = DB_LIST(db, a, v_out, n_out);

	assert(home || self || acc->rel == REL_TEACHES);
	db_select(&q, home ? family : self ? student : staff, "iiiii",
		  by->who->tenant, (int64_t)self, scope, acc->child, id);
	return take(&q, a);
}

enum err agreement_load(struct db *db, struct arena *a, const struct agreement_by *by, int64_t id,
			struct agreement_copy *out)
{
	struct agreement_copy *v = NULL;
	unsigned n = 0;
	enum err err = id == 0 ? E_MISSING : select_for(db, a, by, id, &v, &n);

	if (err == E_OK && n == 0)
		return E_MISSING;
	if (err == E_OK)
		*out = v[0];
	return err;
}

enum err agreement_of_child(struct db *db, struct arena *a, const struct agreement_by *by,
			    struct agreement_copy **v_out, unsigned *n_out)
{
	return select_for(db, a, by, 0, v_out, n_out);
}

enum err agreement_of_class(struct db *db, struct arena *a, const struct actor *who,
			    int64_t now_ms, struct agreement_copy **v_out, unsigned *n_out)
{
	static const char sql[] =
		COLUMNS STAFF
		"AND " IS_PUPIL("x", "g.child_id") " "
		"AND NOT EXISTS (SELECT 1 FROM prohibition b WHERE b.tenant_id = $1 "
		"AND b.person_id = $4 AND b.child_id = g.child_id "
		"AND " PROHIBITION_IN_FORCE("b", "$5") ") " NEWEST;
	struct db_each q = DB_LIST(db, a, v_out, n_out);

	*v_out = NULL;
	*n_out = 0;
	if (who->door != DOOR_CLASS || who->held || who->context == 0)
		return E_OK;
	db_select(&q, sql, "iiiii", who->tenant, (int64_t)0, who->context, who->person,
		  now_ms);
	return take(&q, a);
}

bool agreement_waits(const struct agreement_copy *a, enum agreement_side side)
{
	return (a->state == AGREEMENT_OFFERED || a->state == AGREEMENT_COUNTERED) &&
	       a->now.side != side;
}

bool agreement_review_due(const struct agreement_copy *a, const char *today)
{
	assert(today != NULL);
	return a->state == AGREEMENT_AGREED && strcmp(a->held.w.review_day, today) <= 0;
}

enum err agreement_history(struct db *db, struct arena *a, const struct agreement_by *by,
			   int64_t id, struct agreement_event **v_out, unsigned *n_out)
{
	struct db_each q = DB_LIST(db, a, v_out, n_out);
	struct agreement_event *to;

	assert(by->who->tenant > 0);
	db_select(&q,
		  "SELECT e.at, e.version, e.side, COALESCE(p.full_name, ''), e.what "
		  "FROM agreement_event e LEFT JOIN person p ON p.tenant_id = $1 "
		  "AND p.id = e.who WHERE e.tenant_id = $1 AND e.agreement_id = $2 "
		  "AND e.what <> 'drafted' ORDER BY e.at, e.id LIMIT 200",
		  "ii", by->who->tenant, id);
	while ((to = db_each(&q)) != NULL)
		*to = (struct agreement_event){ db_int(q.rows, 0), db_int(q.rows, 1),
						agreement_side_of(db_span(q.rows, 2)),
						db_str(q.rows, 3, a), db_str(q.rows, 4, a) };
	return db_end(&q);
}

/* ---- with whom ------------------------------------------------------------ */

/* One home for all who share it, which stand in neighbouring rows. */
static void add_home(struct db_each *q, struct arena *a)
{
	struct agreement_home *h = db_last(q);
	int64_t household = db_int(q->rows, 0);
	const char *name = db_str(q->rows, 1, a);

	if (h == NULL || h->household != household) {
		if ((h = db_add(q)) != NULL)
			*h = (struct agreement_home){ household, name };
	} else if (name != NULL && name[0] != '\0') {
		h->names = h->names[0] == '\0' ? name : arena_printf(a, "%s, %s", h->names, name);
	}
}

enum err agreement_homes(struct db *db, struct arena *a, int64_t tenant, int64_t child,
			 int64_t now_ms, struct agreement_home **v_out, unsigned *n_out)
{
	struct db_each q = DB_LIST(db, a, v_out, n_out);

	assert(tenant > 0 && child > 0 && now_ms > 0);
	db_select(&q,
		  "SELECT DISTINCT COALESCE(h.household_id, l.guardian_id), p.full_name, p.id "
		  "FROM family_tie l JOIN person p ON p.tenant_id = $1 AND p.id = l.guardian_id "
		  "LEFT JOIN household_member h ON h.tenant_id = $1 AND h.child_id = l.child_id "
		  "AND h.person_id = l.guardian_id WHERE l.tenant_id = $1 AND l.child_id = $2 "
		  "AND " TIE_WRITES("l", "$3") " AND NOT EXISTS (SELECT 1 FROM prohibition x "
		  "WHERE x.tenant_id = $1 AND x.child_id = $2 AND x.person_id = l.guardian_id "
		  "AND " PROHIBITION_IN_FORCE("x", "$3") ") ORDER BY 1, 2, 3 LIMIT 60",
		  "iii", tenant, child, now_ms);
	while (db_step(&q))
		add_home(&q, a);
	return db_end(&q);
}

enum err agreement_classes(struct db *db, struct arena *a, int64_t tenant, int64_t child,
			   struct agreement_class **v_out, unsigned *n_out)
{
	struct db_each q = DB_LIST(db, a, v_out, n_out);
	struct agreement_class *c;

	assert(tenant > 0 && child > 0);
	db_select(&q,
		  "SELECT x.id, x.title FROM context x WHERE x.tenant_id = $1 AND x.ended_at = 0 "
		  "AND x.id IN " CLASSES_OF_CHILD " AND " CLASS_HAS("x", "t.role = 'teacher'")
		  " ORDER BY x.title, x.id LIMIT 60",
		  "ii", tenant, child);
	while ((c = db_each(&q)) != NULL)
		*c = (struct agreement_class){ db_int(q.rows, 0), db_str(q.rows, 1, a) };
	return db_end(&q);
}

/* ---- export --------------------------------------------------------------- */

enum err agreement_export(struct db *db, int64_t tenant, int64_t child, int64_t household,
			  struct buf *json)
{
	static const char *const key[] = { "id", "version", "at", "agreed_version", "household",
					   "side", "by", "expectation", "at_school", "at_home",
					   "routine", "review_day", "state" };
	struct db_each q = DB_ROWS(db);
	struct json j;

	assert(tenant > 0 && child > 0);
	db_select(&q,
		  "SELECT g.id, v.version, v.created_at, g.agreed_version, g.household_id, v.side, "
		  "COALESCE(p.full_name, ''), v.expectation, v.school_text, v.home_text, v.routine, "
		  "v.review_day, g.state FROM agreement g JOIN agreement_version v "
		  "ON v.tenant_id = $1 AND v.agreement_id = g.id "
		  "LEFT JOIN person p ON p.tenant_id = $1 AND p.id = v.author_id "
		  "WHERE g.tenant_id = $1 AND g.child_id = $2 AND ($3 = 0 OR (g.household_id = $3 "
		  "AND (g.offered_at > 0 OR g.draft_side = 'home'))) ORDER BY g.id, v.version",
		  "iii", tenant, child, household);
	json_init(&j, json);
	return db_json(&q, &j, NULL, household == 0 ? "diiidssssssss" : "diii-ssssssss", key);
}
