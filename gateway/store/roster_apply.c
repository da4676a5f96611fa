/*
 * From the staging tables to the rows everybody reads. What takes away goes
 * first, so that a reader between two slices never sees more than is due. Every
 * statement may run again on the same slice: a run that died here is completed
 * by doing it all once more.
 */
#include "base/magic.h"
#include "each.h"
#include "roster_private.h"
#include "store/booking.h"
#include "store/journal.h"

#define NOTES_ARENA (8u << 20)
#define ONE_GO 5000		/* changes that fit into a single short transaction */

struct slice {
	struct roster *r;
	int64_t first, last, now;
	unsigned has;		/* of the whole run: nothing to do is not even looked for */
};

static enum err run(struct db *db, const struct slice *s, const char *sql)
{
	assert(s->first >= 1 && s->first <= s->last);
	return db_run(db, NULL, sql, "iiii", s->r->o.tenant, s->r->run, s->first, s->last);
}

static enum err run_now(struct db *db, const struct slice *s, const char *sql)
{
	assert(s->now > 0 && s->first >= 1 && s->first <= s->last);
	return db_run(db, NULL, sql, "iiiii", s->r->o.tenant, s->r->run, s->first, s->last, s->now);
}

#define RANGE "s.tenant_id = $1 AND s.run_id = $2 AND s.n BETWEEN $3 AND $4 "

/* ---- taking away ---- */

/* So that a copy of the database that is put back knows them again (store/journal.h). */
static enum err note_all(struct db *db, const struct slice *s, const char *sql,
			 enum journal_kind kind, bool by_time)
{
	struct journal_entry *v = NULL, *to;
	unsigned n = 0;
	struct arena a;
	enum err e;

	arena_init(&a, NOTES_ARENA);
	{
		struct db_each q = DB_LIST(db, &a, &v, &n);

		if (by_time)
			db_select(&q, sql, "iiiii", s->r->o.tenant, s->r->run, s->first, s->last,
				  s->now);
		else
			db_select(&q, sql, "iiii", s->r->o.tenant, s->r->run, s->first, s->last);
		while ((to = db_each(&q)) != NULL)
			*to = (struct journal_entry){ .kind = kind, .tenant = s->r->o.tenant,
						      .child = db_int(q.rows, 0),
						      .person = db_int(q.rows, 1),
						      .id = db_int(q.rows, 2), .source = "roster",
						      .from = by_time ? s->now : 0 };
		e = db_end(&q);
	}
	if (e == E_OK)
		e = journal_add_all(db, v, n);
	arena_release(&a);
	return e;
}

static enum err note_bans(struct db *db, const struct slice *s)
{
	return note_all(db, s,
			"SELECT p.child_id, p.person_id, p.id FROM roster_stage_link s "
			"JOIN prohibition p ON p.tenant_id = s.tenant_id AND p.child_id = s.child_id "
			"AND p.person_id = s.guardian_id AND p.id = s.prohibition_id WHERE " RANGE
			"AND s.access = 2 AND s.op <> 3", JOURNAL_FORBID, false);
}

static enum err note_lifts(struct db *db, const struct slice *s)
{
	return note_all(db, s,
			"SELECT p.child_id, p.person_id, p.id FROM roster_stage_link s "
			"JOIN prohibition p ON p.tenant_id = s.tenant_id AND p.child_id = s.child_id "
			"AND p.person_id = s.guardian_id AND p.lifted_at = $5 WHERE " RANGE
			"AND s.op IN (1, 2) AND s.access = 1 AND p.source = 'roster'", JOURNAL_LIFT,
			true);
}

static enum err take_links(struct db *db, const struct slice *s)
{
	unsigned freed;
	enum err e = E_OK;

	assert((s->has & (SH_REMOVE | SH_UPDATE | SH_BAN)) != 0);
	if ((s->has & SH_BAN) != 0)
		e = run(db, s,
		"INSERT INTO prohibition (tenant_id, child_id, person_id, id, source, from_at, "
		"until_at, entered_by, lifted_at, lifted_by) "
		"SELECT s.tenant_id, s.child_id, s.guardian_id, s.prohibition_id, 'roster', "
		"0, 0, 0, 0, 0 FROM roster_stage_link s WHERE " RANGE
		"AND s.access = 2 AND s.op <> 3 AND NOT EXISTS (SELECT 1 FROM prohibition p "
		"WHERE p.tenant_id = s.tenant_id AND p.child_id = s.child_id "
		"AND p.person_id = s.guardian_id AND p.source = 'roster' AND p.lifted_at = 0) "
		"ON CONFLICT DO NOTHING");
	if (e == E_OK && (s->has & SH_BAN) != 0)
		e = booking_end_forbidden(db, s->r->o.tenant, s->now, &freed);
	if (e == E_OK && (s->has & SH_BAN) != 0)
		e = note_bans(db, s);
	if (e == E_OK && (s->has & SH_REMOVE) != 0)
		e = run_now(db, s,
			    "UPDATE family_link SET state = 'ended', ended_at = $5, roster_hash = 0, "
			    "roster_run = s.run_id FROM roster_stage_link s WHERE " RANGE
			    "AND s.op = 3 AND family_link.tenant_id = s.tenant_id "
			    "AND family_link.child_id = s.child_id "
			    "AND family_link.guardian_id = s.guardian_id "
			    "AND family_link.source = 'roster' AND family_link.scope = 0 "
			    "AND family_link.roster_hash <> 0");
	if (e == E_OK && (s->has & (SH_REMOVE | SH_UPDATE)) != 0)
		e = run(db, s,
			"DELETE FROM household_member WHERE tenant_id = $1 "
			"AND (child_id, person_id) IN (SELECT s.child_id, s.guardian_id "
			"FROM roster_stage_link s WHERE " RANGE "AND s.op IN (2, 3))");
	return e;
}

static enum err take_members(struct db *db, const struct slice *s)
{
	return run_now(db, s,
		       "UPDATE roster_member SET gone_at = $5, roster_run = s.run_id "
		       "FROM roster_stage_member s WHERE " RANGE
		       "AND s.op = 3 AND roster_member.tenant_id = s.tenant_id "
		       "AND roster_member.class_id = s.class_id "
		       "AND roster_member.person_id = s.person_id AND roster_member.role = s.role "
		       "AND roster_member.gone_at = 0");
}

/* The person's own links end with the person; prohibitions and other sources stay. */
static enum err take_links_of(struct db *db, const struct slice *s)
{
	enum err e;

	e = run(db, s,
		"DELETE FROM household_member WHERE tenant_id = $1 AND child_id IN "
		"(SELECT s.person_id FROM roster_stage_person s WHERE " RANGE "AND s.op = 3)");
	if (e == E_OK)
		e = run_now(db, s,
			    "UPDATE family_link SET state = 'ended', ended_at = $5, roster_hash = 0, "
			    "roster_run = s.run_id FROM roster_stage_person s WHERE " RANGE
			    "AND s.op = 3 AND family_link.tenant_id = s.tenant_id "
			    "AND family_link.child_id = s.person_id "
			    "AND family_link.source = 'roster' AND family_link.roster_hash <> 0");
	if (e == E_OK)
		e = run_now(db, s,
			    "UPDATE family_link SET state = 'ended', ended_at = $5, roster_hash = 0, "
			    "roster_run = s.run_id FROM roster_stage_person s WHERE " RANGE
			    "AND s.op = 3 AND family_link.tenant_id = s.tenant_id "
			    "AND family_link.guardian_id = s.person_id "
			    "AND family_link.source = 'roster' AND family_link.roster_hash <> 0");
	/* l.state keeps SQLite from reading the whole of a covering index */
	if (e == E_OK)
		e = run(db, s,
			"DELETE FROM household_member WHERE tenant_id = $1 "
			"AND (child_id, person_id) IN (SELECT l.child_id, l.guardian_id "
			"FROM roster_stage_person s JOIN family_link l "
			"ON l.tenant_id = s.tenant_id AND l.guardian_id = s.person_id WHERE " RANGE
			"AND s.op = 3 AND l.source = 'roster' AND l.state = 'ended')");
	return e;
}

static enum err take_persons(struct db *db, const struct slice *s)
{
	enum err e;

	e = run_now(db, s,
		    "UPDATE person SET gone_at = $5, roster_run = s.run_id "
		    "FROM roster_stage_person s WHERE " RANGE
		    "AND s.op = 3 AND person.tenant_id = s.tenant_id AND person.id = s.person_id "
		    "AND person.origin = 'roster' AND person.gone_at = 0");
	if (e == E_OK)
		e = run_now(db, s,
			    "UPDATE roster_member SET gone_at = $5, roster_run = s.run_id "
			    "FROM roster_stage_person s WHERE " RANGE
			    "AND s.op = 3 AND roster_member.tenant_id = s.tenant_id "
			    "AND roster_member.person_id = s.person_id "
			    "AND roster_member.gone_at = 0");
	return e == E_OK ? take_links_of(db, s) : e;
}

static enum err take_classes(struct db *db, const struct slice *s)
{
	enum err e;

	e = run_now(db, s,
		    "UPDATE roster_class SET gone_at = $5, roster_run = s.run_id "
		    "FROM roster_stage_class s WHERE " RANGE
		    "AND s.op = 3 AND roster_class.tenant_id = s.tenant_id "
		    "AND roster_class.id = s.class_id AND roster_class.gone_at = 0");
	if (e == E_OK)
		e = run_now(db, s,
			    "UPDATE roster_member SET gone_at = $5, roster_run = s.run_id "
			    "FROM roster_stage_class s WHERE " RANGE
			    "AND s.op = 3 AND roster_member.tenant_id = s.tenant_id "
			    "AND roster_member.class_id = s.class_id AND roster_member.gone_at = 0");
	return e;
}

/* ---- giving ---- */

/* The midnight (UTC) after a day in text; 0 for ''. Civil calendar, years begin in March. */
#define YEAR(day)                                                                 \
	"(CAST(substr(" day ", 1, 4) AS BIGINT) - CASE WHEN substr(" day                \
	", 6, 2) <= '02' THEN 1 ELSE 0 END)"
#define DAY_OVER(day)                                                             \
	"CASE WHEN " day " = '' THEN 0 ELSE (365 * " YEAR(day) " + " YEAR(day) " / 4 - " \
	YEAR(day) " / 100 + " YEAR(day) " / 400 + (153 * ((CAST(substr(" day             \
	", 6, 2) AS BIGINT) + 9) % 12) + 2) / 5 + CAST(substr(" day                     \
	", 9, 2) AS BIGINT) - 719468) * 86400000 END"

static enum err give_classes(struct db *db, const struct slice *s)
{
	enum err e;

	e = run(db, s,
		"INSERT INTO roster_class (tenant_id, id, source, sourcedid, title, kind, begin_day, "
		"end_day, end_at, roster_hash, roster_run, gone_at) "
		"SELECT s.tenant_id, s.class_id, s.source, s.sourcedid, s.title, s.kind, "
		"s.begin_day, s.end_day, " DAY_OVER("s.end_day") ", s.hash, s.run_id, 0 "
		"FROM roster_stage_class s WHERE " RANGE
		"AND s.op = 1 ON CONFLICT DO NOTHING");
	if (e == E_OK && (s->has & SH_UPDATE) != 0)
		e = run(db, s,
			"UPDATE roster_class SET title = s.title, kind = s.kind, "
			"begin_day = s.begin_day, end_day = s.end_day, "
			"end_at = " DAY_OVER("s.end_day") ", roster_hash = s.hash, "
			"roster_run = s.run_id, gone_at = 0 FROM roster_stage_class s WHERE " RANGE
			"AND s.op = 2 AND roster_class.tenant_id = s.tenant_id "
			"AND roster_class.id = s.class_id");
	return e;
}

static enum err give_keys(struct db *db, const struct slice *s)
{
	enum err e = E_OK;

	if ((s->has & SH_RENAME) != 0)
		e = run(db, s,
		"DELETE FROM person_key WHERE tenant_id = $1 AND (source, sourcedid) IN "
		"(SELECT s.old_source, s.old_sourcedid FROM roster_stage_person s WHERE " RANGE
		"AND s.old_sourcedid <> '')");
	if (e == E_OK && (s->has & (SH_CREATE | SH_RENAME)) != 0)
		e = run(db, s,
			"INSERT INTO person_key (tenant_id, source, sourcedid, person_id) "
			"SELECT s.tenant_id, s.source, s.sourcedid, s.person_id "
			"FROM roster_stage_person s WHERE " RANGE
			"AND s.op IN (1, 2) AND (s.op = 1 OR s.old_sourcedid <> '') "
			"ON CONFLICT (tenant_id, source, sourcedid) "
			"DO UPDATE SET person_id = excluded.person_id");
	return e;
}

static enum err give_persons(struct db *db, const struct slice *s)
{
	enum err e;

	e = run_now(db, s,
		    "INSERT INTO person (tenant_id, id, origin, source, sourcedid, given, family, "
		    "full_name, email, username, birth_day, rights_day, roster_hash, roster_run, "
		    "created_at, gone_at) "
		    "SELECT s.tenant_id, s.person_id, 'roster', s.source, s.sourcedid, s.given, "
		    "s.family, s.full_name, s.email, s.username, s.birth_day, '', s.hash, s.run_id, "
		    "$5, 0 FROM roster_stage_person s WHERE " RANGE
		    "AND s.op = 1 ON CONFLICT DO NOTHING");
	/* the id must still be the one this row was found by, unless this renames it */
	if (e == E_OK && (s->has & SH_UPDATE) != 0)
		e = run(db, s,
			"UPDATE person SET source = s.source, sourcedid = s.sourcedid, "
			"given = s.given, family = s.family, full_name = s.full_name, "
			"email = s.email, username = s.username, birth_day = s.birth_day, "
			"roster_hash = s.hash, roster_run = s.run_id, gone_at = 0 "
			"FROM roster_stage_person s WHERE " RANGE
			"AND s.op = 2 AND person.tenant_id = s.tenant_id "
			"AND person.id = s.person_id AND person.origin = 'roster' "
			"AND (s.old_sourcedid <> '' OR (person.source = s.source "
			"AND person.sourcedid = s.sourcedid))");
	return e == E_OK ? give_keys(db, s) : e;
}

static enum err give_members(struct db *db, const struct slice *s)
{
	enum err e = run(
		db, s,
		   "INSERT INTO roster_member (tenant_id, class_id, person_id, role, roster_hash, "
		   "roster_run, gone_at) "
		   "SELECT s.tenant_id, s.class_id, s.person_id, s.role, 1, s.run_id, 0 "
		   "FROM roster_stage_member s WHERE " RANGE
		   "AND s.op = 1 ON CONFLICT (tenant_id, class_id, person_id, role) "
		   "DO UPDATE SET gone_at = 0, roster_run = excluded.roster_run");

	/* Who is an aide now was perhaps launched as a teacher: Moodle knows no difference. */
	return e != E_OK ? e :
	       run_now(db, s,
		       "UPDATE member SET gone_at = $5 WHERE tenant_id = $1 AND role = 'teacher' "
		       "AND source = 'launch' AND gone_at = 0 AND person_id IN "
		       "(SELECT s.person_id FROM roster_stage_member s WHERE " RANGE
		       "AND s.op = 1 AND s.role = 'aide') AND EXISTS (SELECT 1 "
		       "FROM roster_stage_member s JOIN context c ON c.tenant_id = $1 "
		       "AND c.class_id = s.class_id WHERE " RANGE "AND s.op = 1 "
		       "AND s.role = 'aide' AND s.person_id = member.person_id "
		       "AND c.id = member.context_id AND NOT EXISTS (SELECT 1 "
		       "FROM roster_member r WHERE r.tenant_id = $1 AND r.class_id = s.class_id "
		       "AND r.person_id = s.person_id AND r.role = 'teacher' AND r.gone_at = 0))");
}

/* access="none" is kept as data, but never as an open link. */
static enum err give_links(struct db *db, const struct slice *s)
{
	enum err e = E_OK;

	if ((s->has & SH_LIFT) != 0)
		e = run_now(db, s,
		    "UPDATE prohibition SET lifted_at = $5, lifted_by = 0 "
		    "FROM roster_stage_link s WHERE " RANGE
		    "AND s.op IN (1, 2) AND s.access = 1 AND prohibition.tenant_id = s.tenant_id "
		    "AND prohibition.child_id = s.child_id AND prohibition.person_id = s.guardian_id "
		    "AND prohibition.source = 'roster' AND prohibition.lifted_at = 0");
	if (e == E_OK && (s->has & SH_LIFT) != 0)
		e = note_lifts(db, s);
	if (e == E_OK)
		e = run_now(db, s,
			    "INSERT INTO family_link (tenant_id, child_id, guardian_id, source, scope, "
			    "relation, legal, lives_with, is_primary, emergency, priority, state, "
			    "asserted_at, expires_at, ended_at, roster_hash, roster_run) "
			    "SELECT s.tenant_id, s.child_id, s.guardian_id, 'roster', 0, s.relation, "
			    "s.legal, s.lives_with, s.is_primary, s.emergency, s.priority, "
			    "CASE s.access WHEN 2 THEN 'ended' ELSE 'active' END, $5, 0, "
			    "CASE s.access WHEN 2 THEN $5 ELSE 0 END, s.hash, s.run_id "
			    "FROM roster_stage_link s WHERE " RANGE "AND s.op IN (1, 2) "
			    "ON CONFLICT (tenant_id, child_id, guardian_id, source, scope) DO UPDATE "
			    "SET relation = excluded.relation, legal = excluded.legal, "
			    "lives_with = excluded.lives_with, is_primary = excluded.is_primary, "
			    "emergency = excluded.emergency, priority = excluded.priority, "
			    "state = excluded.state, asserted_at = excluded.asserted_at, "
			    "expires_at = 0, ended_at = excluded.ended_at, "
			    "roster_hash = excluded.roster_hash, roster_run = excluded.roster_run");
	if (e == E_OK && (s->has & SH_HOUSE) != 0)
		e = run(db, s,
			"INSERT INTO household_member (tenant_id, child_id, person_id, household_id) "
			"SELECT s.tenant_id, s.child_id, s.guardian_id, s.household_id "
			"FROM roster_stage_link s WHERE " RANGE
			"AND s.op IN (1, 2) AND s.household_id <> 0 AND s.access <> 2 "
			"ON CONFLICT (tenant_id, child_id, person_id) "
			"DO UPDATE SET household_id = excluded.household_id");
	return e;
}

/* ---- in slices ---- */

static const struct step {
	enum stage_kind kind;
	unsigned when;
	enum err (*fn)(struct db *db, const struct slice *s);
} step[] = {
	{ SK_LINK, SH_REMOVE | SH_UPDATE | SH_BAN, take_links },
	{ SK_MEMBER, SH_REMOVE, take_members },
	{ SK_PERSON, SH_REMOVE, take_persons },
	{ SK_CLASS, SH_REMOVE, take_classes },
	{ SK_CLASS, SH_CREATE | SH_UPDATE, give_classes },
	{ SK_PERSON, SH_CREATE | SH_UPDATE, give_persons },
	{ SK_MEMBER, SH_CREATE, give_members },
	{ SK_LINK, SH_CREATE | SH_UPDATE, give_links },
};

struct doing {
	const struct step *step;
	struct slice slice;
};

static enum err do_slice(struct db *db, struct roster *r, void *arg)
{
	struct doing *d = arg;

	(void)r;
	return d->step->fn(db, &d->slice);
}

static bool needed(const struct step *st, const struct stage_sum *sum)
{
	assert((unsigned)st->kind < SK_COUNT && st->fn != NULL);
	return (sum->has[st->kind] & st->when) != 0 && sum->total[st->kind] > 0;
}

static enum err all_steps(struct db *db, struct roster *r, void *arg)
{
	const struct stage_sum *sum = arg;
	enum err e = E_OK;

	for (unsigned i = 0; i < ARRAY_LEN(step) && e == E_OK; i++) {
		struct slice s = {
			.r = r, .first = 1, .last = sum->total[step[i].kind],
			.now = r->o.now_ms, .has = sum->has[step[i].kind],
		};

		if (needed(&step[i], sum))
			e = step[i].fn(db, &s);
	}
	return e;
}

enum err roster_apply(struct roster *r, const struct stage_sum *sum)
{
	int64_t all = 0, done = 0;
	enum err e = E_OK;

	assert(r->run > 0 && r->o.tenant > 0);
	for (unsigned i = 0; i < ARRAY_LEN(step); i++)
		all += needed(&step[i], sum) ? sum->total[step[i].kind] : 0;
	if (all <= ONE_GO)
		return roster_write(r, all_steps, (void *)(uintptr_t)sum);
	for (unsigned i = 0; i < ARRAY_LEN(step); i++) {
		struct doing d = {
			.step = &step[i],
			.slice = { .r = r, .now = r->o.now_ms, .has = sum->has[step[i].kind] },
		};
		int64_t total = needed(&step[i], sum) ? sum->total[step[i].kind] : 0;

		for (int64_t n = 1; n <= total && e == E_OK; n += ROSTER_SLICE) {
			d.slice.first = n;
			d.slice.last = n + ROSTER_SLICE - 1;
			e = roster_write(r, do_slice, &d);
			done += ROSTER_SLICE;
			if (r->o.progress != NULL)
				r->o.progress(r->o.progress_arg, done < all ? done : all, all);
		}
	}
	return e;
}

/* ---- and away with the staged rows: they name people ---- */

struct dropping {
	int64_t tenant, run, first;
	bool more;
};

static enum err drop_some(struct db *db, void *arg)
{
	static const char *const sql[] = {
		"DELETE FROM roster_stage_person WHERE tenant_id = $1 AND run_id = $2 "
		"AND n BETWEEN $3 AND $4",
		"DELETE FROM roster_stage_class WHERE tenant_id = $1 AND run_id = $2 "
		"AND n BETWEEN $3 AND $4",
		"DELETE FROM roster_stage_member WHERE tenant_id = $1 AND run_id = $2 "
		"AND n BETWEEN $3 AND $4",
		"DELETE FROM roster_stage_link WHERE tenant_id = $1 AND run_id = $2 "
		"AND n BETWEEN $3 AND $4",
	};
	struct dropping *d = arg;
	int64_t changed = 0;
	enum err e = E_OK;

	d->more = false;
	for (unsigned i = 0; i < ARRAY_LEN(sql) && e == E_OK; i++) {
		e = db_run(db, &changed, sql[i], "iiii", d->tenant, d->run, d->first,
			   d->first + ROSTER_SLICE - 1);
		d->more = d->more || changed > 0;
	}
	return e;
}

enum err roster_stage_drop(struct store *st, int64_t tenant, int64_t run_id, struct fault *f)
{
	struct dropping d = { .tenant = tenant, .run = run_id, .first = 1 };
	enum err e;

	assert(tenant > 0 && run_id > 0);
	do {
		e = store_load(st, drop_some, &d, f);
		d.first += ROSTER_SLICE;
	} while (e == E_OK && d.more);
	return e;
}
