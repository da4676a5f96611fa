#include "store/people.h"

#include <string.h>

#include "base/day.h"
#include "base/magic.h"
#include "each.h"
#include "store/grant.h"
#include "store/links.h"
#include "store/store.h"

#define HOUR_MS (3600 * 1000LL)

static const char *or_empty(const char *s)
{
	return s == NULL ? "" : s;
}

/* The name as people write it, when the platform sent only its parts. */
static const char *whole_name(struct arena *a, const char *full, const char *given,
			      const char *family)
{
	if (full != NULL && full[0] != '\0')
		return full;
	given = or_empty(given);
	family = or_empty(family);
	if (given[0] == '\0' || family[0] == '\0')
		return given[0] == '\0' ? family : given;
	return arena_printf(a, "%s %s", given, family);
}

#define ACCOUNT_COLUMNS                                                        \
	"id, person_id, platform_id, sub, username, sourcedid, given, family, full_name, sorted, " \
	"joined_by"

static void read_account(struct db_rows *rows, struct arena *a, struct account *out)
{
	*out = (struct account){
		.id = db_int(rows, 0),
		.person = db_int(rows, 1),
		.platform = db_int(rows, 2),
		.sub = db_str(rows, 3, a),
		.username = db_str(rows, 4, a),
		.sourcedid = db_str(rows, 5, a),
		.given = db_str(rows, 6, a),
		.family = db_str(rows, 7, a),
		.full_name = db_str(rows, 8, a),
		.sorted = db_str(rows, 9, a),
		.joined_by = db_str(rows, 10, a),
	};
}

static enum err account_by_sub(struct db *db, struct arena *a, int64_t tenant, int64_t platform,
			       const char *sub, struct account *out)
{
	struct db_rows *rows;
	enum err err = db_first(db, &rows,
				"SELECT " ACCOUNT_COLUMNS " FROM account "
				"WHERE tenant_id = $1 AND platform_id = $2 AND sub = $3",
				"iis", tenant, platform, sub);

	if (err != E_OK)
		return err;
	read_account(rows, a, out);
	return db_only(rows);
}

enum err account_find(struct db *db, struct arena *a, int64_t tenant, int64_t platform,
		      const char *sub, struct account *out)
{
	struct db_rows *rows;
	enum err err = account_by_sub(db, a, tenant, platform, sub, out);

	if (err != E_MISSING || sub[0] == '\0')
		return err;
	err = db_first(db, &rows,
		       "SELECT " ACCOUNT_COLUMNS " FROM account "
		       "WHERE tenant_id = $1 AND platform_id = $2 AND alias = $3 LIMIT 1",
		       "iis", tenant, platform, sub);
	if (err != E_OK)
		return err;
	read_account(rows, a, out);
	return db_only(rows);
}

static enum err account_make(struct db *db, struct arena *a, const struct account_facts *f,
			     const char *name)
{
	int64_t person = store_new_id(f->now_ms), id = store_new_id(f->now_ms);
	enum err err;

	if (name == NULL || a->failed)
		return E_NOMEM;
	err = db_run(db, NULL,
		     "INSERT INTO person (tenant_id, id, origin, source, sourcedid, given, family, "
		     "full_name, email, username, birth_day, rights_day, roster_hash, roster_run, "
		     "created_at, gone_at) "
		     "VALUES ($1, $2, 'launch', '', '', $3, $4, $5, '', '', '', '', 0, 0, $6, 0)",
		     "iisssi", f->tenant, person, or_empty(f->given), or_empty(f->family), name,
		     f->now_ms);
	if (err != E_OK)
		return err;
	return db_run(db, NULL,
		      "INSERT INTO account (tenant_id, id, platform_id, sub, alias, person_id, "
		      "username, sourcedid, given, family, full_name, sorted, joined_by, created_at, "
		      "last_seen_at) "
		      "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, '', '', $12, $12)",
		      "iiississsssi", f->tenant, id, f->platform, f->sub, or_empty(f->alias), person,
		      or_empty(f->username), or_empty(f->sourcedid), or_empty(f->given),
		      or_empty(f->family), name, f->now_ms);
}

/* A platform that stops sending a value does not erase what it told before. */
static const char *newer(const char *told, const char *had)
{
	return told == NULL || told[0] == '\0' ? had : told;
}

static enum err account_refresh(struct db *db, struct arena *a, const struct account_facts *f,
				struct account *acc)
{
	const char *given = newer(f->given, acc->given), *family = newer(f->family, acc->family);
	const char *told = whole_name(a, f->full_name, f->given, f->family);
	const char *full = newer(told, acc->full_name);
	const char *username = newer(f->username, acc->username);
	const char *sourcedid = newer(f->sourcedid, acc->sourcedid);
	enum err err;

	if (a->failed)
		return E_NOMEM;
	if (str_eq(given, acc->given) && str_eq(family, acc->family) &&
	    str_eq(full, acc->full_name) && str_eq(username, acc->username) &&
	    str_eq(sourcedid, acc->sourcedid))
		return E_OK;
	err = db_run(db, NULL,
		     "UPDATE account SET given = $3, family = $4, full_name = $5, username = $6, "
		     "sourcedid = $7 WHERE tenant_id = $1 AND id = $2",
		     "iisssss", f->tenant, acc->id, given, family, full, username, sourcedid);
	if (err == E_OK)
		err = db_run(db, NULL,
			     "UPDATE person SET given = $3, family = $4, full_name = $5 "
			     "WHERE tenant_id = $1 AND id = $2 AND origin = 'launch'",
			     "iisss", f->tenant, acc->person, given, family, full);
	acc->given = given;
	acc->family = family;
	acc->full_name = full;
	acc->username = username;
	acc->sourcedid = sourcedid;
	return err;
}

enum err account_upsert(struct db *db, struct arena *a, const struct account_facts *f,
			struct account *out)
{
	enum err err;

	assert(f->tenant > 0 && f->platform > 0);
	assert(f->sub != NULL && f->sub[0] != '\0');
	err = account_by_sub(db, a, f->tenant, f->platform, f->sub, out);
	if (err == E_MISSING) {
		err = account_make(db, a, f, whole_name(a, f->full_name, f->given, f->family));
		if (err == E_OK)
			err = account_by_sub(db, a, f->tenant, f->platform, f->sub, out);
		out->fresh = true;
	} else if (err == E_OK) {
		err = account_refresh(db, a, f, out);
	}
	return err;
}

static enum err point_account(struct db *db, int64_t tenant, int64_t account, int64_t person,
			      const char *joined_by)
{
	return db_run(db, NULL,
		      "UPDATE account SET person_id = $3, joined_by = $4 "
		      "WHERE tenant_id = $1 AND id = $2",
		      "iiis", tenant, account, person, joined_by);
}

static enum err drop_launch_person(struct db *db, int64_t tenant, int64_t person)
{
	return db_run(db, NULL,
		      "DELETE FROM person WHERE tenant_id = $1 AND id = $2 AND origin = 'launch'",
		      "ii", tenant, person);
}

/* An account of this very transaction: nothing hangs on its own person yet. */
static enum err adopt(struct db *db, int64_t tenant, const struct account *acc, int64_t person)
{
	enum err err = point_account(db, tenant, acc->id, person, "match");

	assert(acc->fresh && acc->person != person);
	return err == E_OK ? drop_launch_person(db, tenant, acc->person) : err;
}

enum err account_match(struct db *db, struct arena *a, int64_t tenant, struct account *acc,
		       const char *match_by, bool *joined_out)
{
	static const char by_name[] =
		"SELECT id FROM person WHERE tenant_id = $1 AND username = $2 "
		"AND origin = 'roster' AND gone_at = 0 LIMIT 2";
	static const char by_id[] =
		"SELECT id FROM person WHERE tenant_id = $1 AND sourcedid = $2 "
		"AND origin = 'roster' AND gone_at = 0 LIMIT 2";
	bool username = str_eq(match_by, "username");
	const char *value = username ? acc->username : acc->sourcedid;
	struct db_rows *rows;
	int64_t person;
	enum err err;

	assert(tenant > 0 && acc->id > 0 && match_by != NULL);
	*joined_out = false;
	if (acc->joined_by[0] != '\0' || value[0] == '\0' ||
	    (!username && !str_eq(match_by, "sourcedid")))
		return E_OK;
	err = db_first(db, &rows, username ? by_name : by_id, "is", tenant, value);
	if (err != E_OK)
		return err == E_MISSING ? E_OK : err;
	person = db_int(rows, 0);
	err = db_only(rows);
	if (err != E_OK)	/* two of that name: the office decides */
		return err == E_CONFLICT ? E_OK : err;
	err = acc->fresh ? adopt(db, tenant, acc, person) :
			   account_join(db, tenant, acc->id, person, "match");
	if (err == E_OK)
		err = account_by_sub(db, a, tenant, acc->platform, acc->sub, acc);
	*joined_out = err == E_OK;
	return err;
}

static enum err account_person(struct db *db, int64_t tenant, int64_t account, int64_t *person_out)
{
	return db_one(db, NULL, "i", (void *[]){ person_out },
		      "SELECT person_id FROM account WHERE tenant_id = $1 AND id = $2", "ii", tenant,
		      account);
}

/* Rows with the person in their key: what the new person has already stays. */
/*
 * A prohibition binds the human: it goes along whether the other person stays or not,
 * and so does one that protects this child.
 */
static enum err copy_prohibitions(struct db *db, int64_t tenant, int64_t from, int64_t to)
{
	static const char *const step[] = {
		"INSERT INTO prohibition (tenant_id, child_id, person_id, id, source, from_at, until_at, "
		"entered_by, lifted_at, lifted_by) "
		"SELECT tenant_id, child_id, $3, id, source, from_at, until_at, entered_by, lifted_at, "
		"lifted_by FROM prohibition WHERE tenant_id = $1 AND person_id = $2 "
		"ON CONFLICT (tenant_id, child_id, person_id, id) DO NOTHING",
		"INSERT INTO prohibition (tenant_id, child_id, person_id, id, source, from_at, until_at, "
		"entered_by, lifted_at, lifted_by) "
		"SELECT tenant_id, $3, person_id, id, source, from_at, until_at, entered_by, lifted_at, "
		"lifted_by FROM prohibition WHERE tenant_id = $1 AND child_id = $2 "
		"ON CONFLICT (tenant_id, child_id, person_id, id) DO NOTHING",
	};
	enum err err = E_OK;

	for (unsigned i = 0; err == E_OK && i < ARRAY_LEN(step); i++)
		err = db_run(db, NULL, step[i], "iii", tenant, from, to);
	return err;
}

static enum err move_keyed(struct db *db, int64_t tenant, int64_t from, int64_t to)
{
	static const char *const step[] = {
		"INSERT INTO member (tenant_id, context_id, person_id, role, source, seen_at, gone_at, "
		"missed_at) SELECT tenant_id, context_id, $3, role, source, seen_at, gone_at, missed_at "
		"FROM member "
		"WHERE tenant_id = $1 AND person_id = $2 "
		"ON CONFLICT (tenant_id, context_id, person_id, role, source) DO NOTHING",
		"INSERT INTO family_link (tenant_id, child_id, guardian_id, source, scope, relation, "
		"legal, lives_with, is_primary, emergency, priority, state, asserted_at, expires_at, "
		"ended_at, roster_hash, roster_run) "
		"SELECT tenant_id, child_id, $3, source, scope, relation, legal, lives_with, is_primary, "
		"emergency, priority, state, asserted_at, expires_at, ended_at, roster_hash, roster_run "
		"FROM family_link WHERE tenant_id = $1 AND guardian_id = $2 "
		"ON CONFLICT (tenant_id, child_id, guardian_id, source, scope) DO NOTHING",
		"INSERT INTO family_link (tenant_id, child_id, guardian_id, source, scope, relation, "
		"legal, lives_with, is_primary, emergency, priority, state, asserted_at, expires_at, "
		"ended_at, roster_hash, roster_run) "
		"SELECT tenant_id, $3, guardian_id, source, scope, relation, legal, lives_with, "
		"is_primary, emergency, priority, state, asserted_at, expires_at, ended_at, roster_hash, "
		"roster_run FROM family_link WHERE tenant_id = $1 AND child_id = $2 "
		"ON CONFLICT (tenant_id, child_id, guardian_id, source, scope) DO NOTHING",
		"INSERT INTO person_pref (tenant_id, person_id, locale, zone) "
		"SELECT tenant_id, $3, locale, zone FROM person_pref "
		"WHERE tenant_id = $1 AND person_id = $2 "
		"ON CONFLICT (tenant_id, person_id) DO NOTHING",
	};
	static const char *const sweep[] = {
		"DELETE FROM member WHERE tenant_id = $1 AND person_id = $2",
		"DELETE FROM family_link WHERE tenant_id = $1 AND (guardian_id = $2 OR child_id = $2)",
		"DELETE FROM household_member WHERE tenant_id = $1 AND (person_id = $2 OR child_id = $2)",
		"DELETE FROM prohibition WHERE tenant_id = $1 AND (person_id = $2 OR child_id = $2)",
		"DELETE FROM person_pref WHERE tenant_id = $1 AND person_id = $2",
	};
	enum err err = E_OK;

	for (unsigned i = 0; err == E_OK && i < ARRAY_LEN(step); i++)
		err = db_run(db, NULL, step[i], "iii", tenant, from, to);
	for (unsigned i = 0; err == E_OK && i < ARRAY_LEN(sweep); i++)
		err = db_run(db, NULL, sweep[i], "ii", tenant, from);
	return err;
}

static enum err move_plain(struct db *db, int64_t tenant, int64_t from, int64_t to)
{
	static const char *const step[] = {
#define PERSON_REF(table, column)                                              \
	"UPDATE " #table " SET " #column " = $3 WHERE tenant_id = $1 AND " #column " = $2",
#define PERSON_KEY(table, column, same)                                        \
	"UPDATE " #table " SET " #column " = $3 WHERE tenant_id = $1 AND " #column " = $2 " \
	"AND NOT EXISTS (SELECT 1 FROM " #table " o WHERE o.tenant_id = $1 "                \
	"AND o." #column " = $3 AND " same ")",                                             \
	"DELETE FROM " #table " WHERE tenant_id = $1 AND " #column " = $2 AND " #column " <> $3",
#include "person_ref.def"
#undef PERSON_KEY
#undef PERSON_REF
	};
	enum err err = E_OK;

	for (unsigned i = 0; err == E_OK && i < ARRAY_LEN(step); i++)
		err = db_run(db, NULL, step[i], "iii", tenant, from, to);
	return err;
}

enum err account_join(struct db *db, int64_t tenant, int64_t account, int64_t person,
		      const char *joined_by)
{
	int64_t from = 0, others = 0;
	enum err err;

	assert(tenant > 0 && joined_by != NULL);
	err = account_person(db, tenant, account, &from);
	if (err != E_OK || from == person)
		return err;
	err = point_account(db, tenant, account, person, joined_by);
	if (err == E_OK)
		err = copy_prohibitions(db, tenant, from, person);
	if (err == E_OK)
		err = db_one(db, NULL, "i", (void *[]){ &others },
			     "SELECT COUNT(*) FROM account WHERE tenant_id = $1 AND person_id = $2",
			     "ii", tenant, from);
	if (err != E_OK || others > 0)
		return err;
	err = move_keyed(db, tenant, from, person);
	if (err == E_OK)
		err = move_plain(db, tenant, from, person);
	return err == E_OK ? drop_launch_person(db, tenant, from) : err;
}

enum err account_sort(struct db *db, int64_t tenant, int64_t account, const char *sorted)
{
	assert(tenant > 0 && sorted != NULL);
	return db_run_or(db, E_MISSING,
			 "UPDATE account SET sorted = $3 WHERE tenant_id = $1 AND id = $2", "iis",
			 tenant, account, sorted);
}

enum err member_seen(struct db *db, int64_t tenant, int64_t context, int64_t person,
		     const char *role, const char *source, int64_t now_ms)
{
	assert(tenant > 0 && role != NULL && source != NULL);
	return db_run(db, NULL,
		      "INSERT INTO member (tenant_id, context_id, person_id, role, source, seen_at, "
		      "gone_at) VALUES ($1, $2, $3, $4, $5, $6, 0) "
		      "ON CONFLICT (tenant_id, context_id, person_id, role, source) DO UPDATE "
		      "SET seen_at = $6, gone_at = 0, missed_at = 0 "
		      "WHERE member.gone_at <> 0 OR member.seen_at < $7",
		      "iiissii", tenant, context, person, role, source, now_ms, now_ms - HOUR_MS);
}

enum err member_gone(struct db *db, int64_t tenant, int64_t context, int64_t person,
		     const char *role, const char *source, int64_t now_ms)
{
	assert(tenant > 0 && role != NULL && source != NULL);
	return db_run(db, NULL,
		      "UPDATE member SET gone_at = $6 WHERE tenant_id = $1 AND context_id = $2 "
		      "AND person_id = $3 AND role = $4 AND source = $5 AND gone_at = 0",
		      "iiissi", tenant, context, person, role, source, now_ms);
}

static enum err standing_roles(struct db *db, int64_t tenant, int64_t context, int64_t person,
			       struct standing *out)
{
	struct db_each q = DB_ROWS(db);

	db_select(&q,
		  "SELECT role FROM class_member "
		  "WHERE tenant_id = $1 AND context_id = $2 AND person_id = $3",
		  "iii", tenant, context, person);
	while (db_step(&q)) {
		struct span role = db_span(q.rows, 0);

		out->teacher |= span_eqz(role, "teacher");
		out->aide |= span_eqz(role, "aide");
		out->pupil |= span_eqz(role, "pupil");
	}
	return db_end(&q);
}

enum err standing_read(struct db *db, int64_t tenant, int64_t context, int64_t person,
		       int64_t now_ms, struct standing *out)
{
	int64_t guardian = 0, staff = 0, teaches = 0, aides = 0, roster = 0, own = 0;
	enum err err;

	assert(tenant > 0);
	*out = (struct standing){ 0 };
	err = standing_roles(db, tenant, context, person, out);
	if (err == E_OK)
		err = grants_in(db, tenant, person, context, now_ms, &out->grants,
				&out->grant_school);
	if (err != E_OK)
		return err;
	err = db_one(db, NULL, "iiiiii",
		     (void *[]){ &guardian, &staff, &teaches, &aides, &roster, &own },
		     "SELECT "
		     "(SELECT COUNT(*) FROM family_tie l WHERE l.tenant_id = $1 "
		     "AND l.guardian_id = $3 AND (" TIE_WRITES("l", "$4") " OR " TIE_READS("l", "$4")
		     ")), "
		     "(SELECT COUNT(*) FROM roster_member m JOIN context c ON c.tenant_id = $1 "
		     "AND c.id = $2 AND m.class_id = c.class_id WHERE m.tenant_id = $1 "
		     "AND m.role = 'teacher' AND m.gone_at = 0 AND c.class_id <> 0), "
		     "(SELECT COUNT(*) FROM roster_member m JOIN context c ON c.tenant_id = $1 "
		     "AND c.id = $2 AND m.class_id = c.class_id WHERE m.tenant_id = $1 "
		     "AND m.person_id = $3 AND m.role = 'teacher' AND m.gone_at = 0 "
		     "AND c.class_id <> 0), "
		     "(SELECT COUNT(*) FROM roster_member m JOIN context c ON c.tenant_id = $1 "
		     "AND c.id = $2 AND m.class_id = c.class_id WHERE m.tenant_id = $1 "
		     "AND m.person_id = $3 AND m.role = 'aide' AND m.gone_at = 0 "
		     "AND c.class_id <> 0), "
		     "(SELECT COUNT(*) FROM person WHERE tenant_id = $1 AND id = $3 "
		     "AND origin = 'roster'), "
		     "(SELECT COUNT(*) FROM person WHERE tenant_id = $1 AND id = $3 "
		     "AND rights_at > 0 AND rights_at <= $4)",
		     "iiii", tenant, context, person, now_ms);
	out->guardian = guardian > 0;
	out->own_rights = own > 0;
	out->known_staff = staff > 0;
	out->roster_staff = teaches + aides > 0;
	out->roster_aide = aides > 0 && teaches == 0;
	out->roster = roster > 0;
	return err;
}

enum err student_is_older(struct db *db, int64_t tenant, int64_t person, int64_t today,
			  const char *phase, bool *out)
{
	struct date d = day_date(today);
	struct db_rows *rows;
	struct span born;
	char limit[32];
	enum err err = db_first(db, &rows,
				"SELECT birth_day FROM person WHERE tenant_id = $1 AND id = $2", "ii",
				tenant, person);

	*out = false;
	if (err != E_OK)
		return err;
	born = db_span(rows, 0);
	snprintf(limit, sizeof(limit), "%04d-%02d-%02d", (int)d.year - STUDENT_OLDER_AGE, d.month,
		 d.day);
	*out = born.n == 0 ? str_eq(phase, "secondary") :
			     born.n == 10 && memcmp(born.p, limit, 10) <= 0;
	return db_only(rows);
}

enum err person_name(struct db *db, struct arena *a, int64_t tenant, int64_t person,
		     const char **name_out)
{
	assert(tenant > 0);
	return db_one(db, a, "s", (void *[]){ name_out },
		      "SELECT full_name FROM person WHERE tenant_id = $1 AND id = $2", "ii", tenant,
		      person);
}
