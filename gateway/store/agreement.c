/*
 * Writing agreements. Each act is one UPDATE that names the state and the rev it
 * came from; no row changed means somebody was faster.
 */
#include "agreement_private.h"
#include "base/magic.h"
#include "in_class.h"
#include "store/audit.h"
#include "store/links.h"
#include "store/store.h"

static enum err event_add(struct db *db, const struct agreement_by *by, int64_t id,
			  const char *what)
{
	return db_run(db, NULL,
		      "INSERT INTO agreement_event (tenant_id, id, agreement_id, version, side, who, "
		      "what, at) SELECT g.tenant_id, CAST($3 AS BIGINT), g.id, g.version, "
		      "CAST($4 AS TEXT), CAST($5 AS BIGINT), CAST($6 AS TEXT), CAST($7 AS BIGINT) "
		      "FROM agreement g WHERE g.tenant_id = $1 AND g.id = $2",
		      "iiisisi", by->who->tenant, id, store_new_id(by->now_ms),
		      agreement_side_word(agreement_actor(by->acc)), by->who->person, what,
		      by->now_ms);
}

static enum err kept(struct db *db, const struct agreement_by *by, int64_t id, const char *what,
		     const char *action)
{
	enum err err = event_add(db, by, id, what);

	return err == E_OK ? audit_by(db, by->who, by->now_ms, action, by->acc->child, id) : err;
}

static enum err one_row(enum err err, int64_t changed)
{
	assert(changed <= 1);
	return err == E_OK && changed == 0 ? E_CONFLICT : err;
}

static bool whole(const struct agreement_words *w)
{
	return w->expectation[0] != '\0' && w->school[0] != '\0' && w->home[0] != '\0' &&
	       w->review_day[0] != '\0';
}

static enum err version_add(struct db *db, const struct agreement_by *by, int64_t id,
			    int64_t version, const struct agreement_words *w)
{
	return db_run(db, NULL,
		      "INSERT INTO agreement_version (tenant_id, agreement_id, version, side, "
		      "author_id, expectation, school_text, home_text, routine, review_day, "
		      "created_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
		      "iiisisssssi", by->who->tenant, id, version,
		      agreement_side_word(agreement_actor(by->acc)), by->who->person,
		      w->expectation, w->school, w->home, w->routine, w->review_day, by->now_ms);
}

/* ---- a new one ------------------------------------------------------------ */

static enum err check_room(struct db *db, const struct agreement_by *by, int64_t household)
{
	int64_t n = 0;
	enum err err = db_one(db, NULL, "i", (void *[]){ &n },
			      "SELECT COUNT(*) FROM agreement WHERE tenant_id = $1 "
			      "AND child_id = $2 AND household_id = $3 AND state <> 'ended'",
			      "iii", by->who->tenant, by->acc->child, household);

	return err == E_OK && n >= AGREEMENT_OPEN_MAX ? E_LIMIT : err;
}

/* A household with a guardian the object policy lets in today. */
static enum err check_home(struct db *db, const struct agreement_by *by, int64_t household)
{
	int64_t n = 0;
	enum err err = db_one(
		db, NULL, "i", (void *[]){ &n },
		"SELECT COUNT(*) FROM family_tie l LEFT JOIN household_member h "
		"ON h.tenant_id = $1 AND h.child_id = l.child_id AND h.person_id = l.guardian_id "
		"WHERE l.tenant_id = $1 AND l.child_id = $2 AND " TIE_WRITES("l", "$4")
		" AND COALESCE(h.household_id, l.guardian_id) = $3 "
		"AND NOT EXISTS (SELECT 1 FROM prohibition x WHERE x.tenant_id = $1 "
		"AND x.child_id = $2 AND x.person_id = l.guardian_id "
		"AND " PROHIBITION_IN_FORCE("x", "$4") ")",
		"iiii", by->who->tenant, by->acc->child, household, by->now_ms);

	return err == E_OK && n == 0 ? E_INPUT : err;
}

static enum err check_class(struct db *db, const struct agreement_by *by, int64_t context)
{
	int64_t n = 0;
	enum err err = db_one(db, NULL, "i", (void *[]){ &n },
			      "SELECT COUNT(*) FROM context x WHERE x.tenant_id = $1 AND x.id = $3 "
			      "AND " IS_PUPIL("x", "$2"),
			      "iii", by->who->tenant, by->acc->child, context);

	return err == E_OK && n == 0 ? E_INPUT : err;
}

enum err agreement_create(struct db *db, const struct agreement_by *by, int64_t with,
			  const struct agreement_words *w, bool offer, int64_t *id_out)
{
	enum agreement_side side = agreement_actor(by->acc);
	int64_t household = side == AGREEMENT_HOME ? by->acc->household : with;
	int64_t context = side == AGREEMENT_HOME ? with : by->who->context;
	int64_t id = store_new_id(by->now_ms);
	enum err err;

	if (w->expectation[0] == '\0' || (offer && !whole(w)))
		return E_INPUT;
	err = side == AGREEMENT_HOME ? check_class(db, by, with) : check_home(db, by, with);
	if (err == E_OK)
		err = check_room(db, by, household);
	if (err == E_OK)
		err = db_run(db, NULL,
			     "INSERT INTO agreement (tenant_id, id, child_id, context_id, "
			     "household_id, draft_side, state, version, agreed_version, rev, "
			     "created_at, changed_at, offered_at, agreed_at) VALUES ($1, $2, $3, $4, "
			     "$5, $6, $7, 1, 0, 1, $8, $9, $10, 0)",
			     "iiiiissiii", by->who->tenant, id, by->acc->child, context, household,
			     agreement_side_word(side), offer ? "offered" : "draft", by->now_ms,
			     by->now_ms, offer ? by->now_ms : (int64_t)0);
	if (err == E_OK)
		err = version_add(db, by, id, 1, w);
	if (err != E_OK)
		return err;
	*id_out = id;
	return offer ? kept(db, by, id, "offered", "agreement.offer") :
		       kept(db, by, id, "drafted", "agreement.draft");
}

enum err agreement_draft(struct db *db, const struct agreement_by *by, int64_t id, int64_t rev,
			 const struct agreement_words *w, bool offer)
{
	int64_t changed = 0;
	enum err err;

	assert(w->expectation != NULL && w->review_day != NULL);
	if (w->expectation[0] == '\0' || (offer && !whole(w)))
		return E_INPUT;
	err = db_run(db, &changed,
		     "UPDATE agreement SET state = $5, rev = rev + 1, changed_at = $6, "
		     "offered_at = $7 WHERE tenant_id = $1 AND id = $2 AND rev = $3 AND state = 'draft' "
		     "AND draft_side = $4",
		     "iiissii", by->who->tenant, id, rev,
		     agreement_side_word(agreement_actor(by->acc)), offer ? "offered" : "draft",
		     by->now_ms, offer ? by->now_ms : (int64_t)0);
	err = one_row(err, changed);
	if (err == E_OK)
		err = db_run(db, NULL,
			     "UPDATE agreement_version SET author_id = $3, expectation = $4, "
			     "school_text = $5, home_text = $6, routine = $7, review_day = $8, "
			     "created_at = $9 WHERE tenant_id = $1 AND agreement_id = $2 "
			     "AND version = 1",
			     "iiisssssi", by->who->tenant, id, by->who->person, w->expectation,
			     w->school, w->home, w->routine, w->review_day, by->now_ms);
	if (err != E_OK)
		return err;
	return offer ? kept(db, by, id, "offered", "agreement.offer") :
		       kept(db, by, id, "drafted", "agreement.draft");
}

/* ---- a new wording -------------------------------------------------------- */

static enum err same_words(struct db *db, const struct agreement_by *by, int64_t id,
			   const struct agreement_words *w, bool *same_out)
{
	int64_t n = 0;
	enum err err = db_one(db, NULL, "i", (void *[]){ &n },
			      "SELECT COUNT(*) FROM agreement g JOIN agreement_version v "
			      "ON v.tenant_id = $1 AND v.agreement_id = g.id "
			      "AND v.version = CASE WHEN g.state = 'agreed' THEN g.agreed_version "
			      "ELSE g.version END "
			      "WHERE g.tenant_id = $1 AND g.id = $2 AND v.expectation = $3 "
			      "AND v.school_text = $4 AND v.home_text = $5 AND v.routine = $6 "
			      "AND v.review_day = $7",
			      "iisssss", by->who->tenant, id, w->expectation, w->school, w->home,
			      w->routine, w->review_day);

	*same_out = n > 0;
	return err;
}

/* An answer to the other side's offer is a counter-offer; else it is an offer. */
static enum err turn_version(struct db *db, const struct agreement_by *by, int64_t id, int64_t rev)
{
	int64_t changed = 0;
	enum err err = db_run(
		db, &changed,
		"UPDATE agreement SET version = version + 1, rev = rev + 1, changed_at = $5, "
		"state = CASE WHEN state <> 'agreed' AND EXISTS (SELECT 1 FROM agreement_version v "
		"WHERE v.tenant_id = $1 AND v.agreement_id = $2 AND v.version = agreement.version "
		"AND v.side <> $4) THEN 'countered' ELSE CASE WHEN state = 'agreed' THEN 'offered' "
		"ELSE state END END WHERE tenant_id = $1 AND id = $2 AND rev = $3 "
		"AND state IN ('offered', 'countered', 'agreed')",
		"iiisi", by->who->tenant, id, rev, agreement_side_word(agreement_actor(by->acc)),
		by->now_ms);

	return one_row(err, changed);
}

enum err agreement_change(struct db *db, const struct agreement_by *by, int64_t id, int64_t rev,
			  const struct agreement_words *w)
{
	int64_t version = 0;
	bool same = false;
	enum err err;

	assert(w->expectation != NULL && w->review_day != NULL);
	if (!whole(w))
		return E_INPUT;
	err = same_words(db, by, id, w, &same);
	if (err != E_OK || same)
		return err;
	err = turn_version(db, by, id, rev);
	if (err == E_OK)
		err = db_one(db, NULL, "i", (void *[]){ &version },
			     "SELECT version FROM agreement WHERE tenant_id = $1 AND id = $2", "ii",
			     by->who->tenant, id);
	if (err == E_OK)
		err = version_add(db, by, id, version, w);
	return err == E_OK ? kept(db, by, id, "changed", "agreement.change") : err;
}

/* ---- yes, keep, again, enough --------------------------------------------- */

enum err agreement_agree(struct db *db, const struct agreement_by *by, int64_t id, int64_t rev)
{
	int64_t changed = 0;
	enum err err = db_run(
		db, &changed,
		"UPDATE agreement SET state = 'agreed', agreed_version = version, rev = rev + 1, "
		"changed_at = $5, agreed_at = $6 WHERE tenant_id = $1 AND id = $2 AND rev = $3 "
		"AND state IN ('offered', 'countered') AND EXISTS (SELECT 1 "
		"FROM agreement_version v WHERE v.tenant_id = $1 AND v.agreement_id = $2 "
		"AND v.version = agreement.version AND v.side <> $4)",
		"iiisii", by->who->tenant, id, rev, agreement_side_word(agreement_actor(by->acc)),
		by->now_ms, by->now_ms);

	err = one_row(err, changed);
	return err == E_OK ? kept(db, by, id, "agreed", "agreement.agree") : err;
}

enum err agreement_keep(struct db *db, const struct agreement_by *by, int64_t id, int64_t rev)
{
	int64_t changed = 0;
	enum err err = db_run(db, &changed,
			      "UPDATE agreement SET state = 'agreed', rev = rev + 1, "
			      "changed_at = $4 WHERE tenant_id = $1 AND id = $2 AND rev = $3 "
			      "AND state IN ('offered', 'countered') AND agreed_version > 0",
			      "iiii", by->who->tenant, id, rev, by->now_ms);

	err = one_row(err, changed);
	return err == E_OK ? kept(db, by, id, "kept", "agreement.keep") : err;
}

/* The words stay, so nobody has to agree again: a copy of them with a later day. */
enum err agreement_renew(struct db *db, const struct agreement_by *by, int64_t id, int64_t rev,
			 const char *review_day)
{
	int64_t changed = 0;
	enum err err = db_run(
		db, &changed,
		"INSERT INTO agreement_version (tenant_id, agreement_id, version, side, author_id, "
		"expectation, school_text, home_text, routine, review_day, created_at) "
		"SELECT v.tenant_id, v.agreement_id, g.version + 1, CAST($4 AS TEXT), "
		"CAST($5 AS BIGINT), v.expectation, v.school_text, v.home_text, v.routine, "
		"CAST($6 AS TEXT), CAST($7 AS BIGINT) FROM agreement g JOIN agreement_version v "
		"ON v.tenant_id = $1 AND v.agreement_id = g.id AND v.version = g.agreed_version "
		"WHERE g.tenant_id = $1 AND g.id = $2 AND g.rev = $3 AND g.state = 'agreed' "
		"AND v.review_day < $6",
		"iiisisi", by->who->tenant, id, rev, agreement_side_word(agreement_actor(by->acc)),
		by->who->person, review_day, by->now_ms);

	assert(review_day != NULL);
	err = one_row(err, changed);
	if (err == E_OK)
		err = db_run(db, &changed,
			     "UPDATE agreement SET version = version + 1, "
			     "agreed_version = version + 1, rev = rev + 1, changed_at = $4 "
			     "WHERE tenant_id = $1 AND id = $2 AND rev = $3 AND state = 'agreed'",
			     "iiii", by->who->tenant, id, rev, by->now_ms);
	err = one_row(err, changed);
	return err == E_OK ? kept(db, by, id, "renewed", "agreement.renew") : err;
}

enum err agreement_end(struct db *db, const struct agreement_by *by, int64_t id, int64_t rev)
{
	int64_t changed = 0;
	enum err err = db_run(db, &changed,
			      "UPDATE agreement SET state = 'ended', rev = rev + 1, "
			      "changed_at = $4 WHERE tenant_id = $1 AND id = $2 AND rev = $3 "
			      "AND state <> 'ended'",
			      "iiii", by->who->tenant, id, rev, by->now_ms);

	err = one_row(err, changed);
	return err == E_OK ? kept(db, by, id, "ended", "agreement.end") : err;
}

/* ---- who may know of it --------------------------------------------------- */

struct facts {
	int64_t child, context, household, draft_home, draft, agreed;
};

static enum err read_facts(struct db *db, const struct actor *who, int64_t id, struct facts *f)
{
	return db_one(db, NULL, "iiiiii",
		      (void *[]){ &f->child, &f->context, &f->household, &f->draft_home, &f->draft,
				  &f->agreed },
		      "SELECT child_id, context_id, household_id, "
		      "CASE WHEN draft_side = 'home' THEN 1 ELSE 0 END, "
		      "CASE WHEN offered_at = 0 THEN 1 ELSE 0 END, agreed_version "
		      "FROM agreement WHERE tenant_id = $1 AND id = $2",
		      "ii", who->tenant, id);
}

/* What was never offered belongs to its own side, also after it ended. */
enum err access_agreement(struct db *db, const struct actor *who, int64_t now_ms, int64_t id,
			  struct access *out)
{
	struct facts f = { 0 };
	enum err err = read_facts(db, who, id, &f);

	assert(who->tenant > 0);
	if (err == E_OK)
		err = access_child(db, who, now_ms, f.child, out);
	if (err != E_OK)
		return err;
	/* The child's other classes read what was offered; they promise nothing in this one. */
	if (who->door == DOOR_CLASS && f.context != who->context) {
		out->read_only = true;
		return f.draft ? E_MISSING : E_OK;
	}
	if (who->door == DOOR_CLASS)
		return !(f.draft && f.draft_home) ? E_OK : E_MISSING;
	out->context = f.context;
	if (who->door == DOOR_FAMILY)
		return f.household == out->household && !(f.draft && !f.draft_home) ? E_OK :
										       E_MISSING;
	return who->door == DOOR_STUDENT && f.agreed > 0 ? E_OK : E_MISSING;
}

enum err agreement_erase(struct db *db, int64_t tenant, int64_t child)
{
	static const char *const step[] = {
		"DELETE FROM agreement_comment WHERE tenant_id = $1 AND agreement_id IN "
		"(SELECT id FROM agreement WHERE tenant_id = $1 AND child_id = $2)",
		"DELETE FROM agreement_event WHERE tenant_id = $1 AND agreement_id IN "
		"(SELECT id FROM agreement WHERE tenant_id = $1 AND child_id = $2)",
		"DELETE FROM agreement_version WHERE tenant_id = $1 AND agreement_id IN "
		"(SELECT id FROM agreement WHERE tenant_id = $1 AND child_id = $2)",
		"DELETE FROM agreement WHERE tenant_id = $1 AND child_id = $2",
	};
	enum err err = E_OK;

	assert(tenant > 0 && child > 0);
	for (unsigned i = 0; err == E_OK && i < ARRAY_LEN(step); i++)
		err = db_run(db, NULL, step[i], "ii", tenant, child);
	return err;
}
