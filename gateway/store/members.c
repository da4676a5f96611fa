#include "store/members.h"

#include "base/magic.h"
#include "each.h"
#include "store/audit.h"

#define ROLE_TEACHER 1u
#define ROLE_AIDE 2u
#define ROLE_PUPIL 4u
#define ROLE_PARENT 8u
#define ROLE_UNSORTED 16u
#define ROLE_LISTED 32u		/* in the course; what as, somebody else knows better */
#define ROLE_STAFF (ROLE_TEACHER | ROLE_AIDE)

static const char *const role_names[] = { "teacher", "aide", "pupil", "parent", "unsorted",
					  "listed" };

static unsigned role_bit(struct span role)
{
	for (unsigned i = 0; i < ARRAY_LEN(role_names); i++)
		if (span_eqz(role, role_names[i]))
			return 1u << i;
	return 0;
}

static bool is_canvas(const struct platform *p)
{
	return str_eq(p->family, "canvas");
}

bool members_short(const struct sync_job *j, unsigned n)
{
	return !j->take_short && (n == 0 || (j->known >= 10 && n < j->known / 2));
}

/* ---- taking ---- */

/* What is known of one person of the list, here. */
struct place {
	unsigned listed, others;	/* ROLE_*, of open rows: of the list, of anybody else */
};

static enum err read_place(struct db *db, const struct sync_job *j, int64_t person,
			   struct place *out)
{
	struct db_each q = DB_ROWS(db);

	*out = (struct place){ 0 };
	db_select(&q,
		  "SELECT role, source FROM member WHERE tenant_id = $1 AND context_id = $2 "
		  "AND person_id = $3 AND gone_at = 0",
		  "iii", j->tenant, j->context, person);
	while (db_step(&q)) {
		unsigned r = role_bit(db_span(q.rows, 0));

		if (span_eqz(db_span(q.rows, 1), "nrps"))
			out->listed |= r;
		else
			out->others |= r;
	}
	return db_end(&q);
}

/* A Learner of Moodle: a pupil, a parent, or a teacher who may not edit. */
static unsigned learner(const struct account *acc, unsigned others)
{
	if (others & ROLE_STAFF)
		return 0;
	if (str_eq(acc->sorted, "pupil"))
		return ROLE_PUPIL;
	if (str_eq(acc->sorted, "parent"))
		return ROLE_PARENT;
	if (others & (ROLE_PARENT | ROLE_PUPIL))	/* a mentor claim has said which */
		return 0;
	return acc->sorted[0] == '\0' && acc->joined_by[0] == '\0' ? ROLE_UNSORTED : 0;
}

static unsigned wanted(const struct platform *p, const struct listed *l, const struct account *acc,
		       unsigned others, bool roster_staff)
{
	unsigned want = 0;

	if (l->roles & LAUNCH_TEST_USER)
		return 0;
	/* who administers elsewhere, or is not among the staff the roster names, waits for a grant */
	if (!roster_staff && !(l->roles & LAUNCH_ADMIN_CLAIM)) {
		if (l->roles & LAUNCH_TA)
			want |= ROLE_AIDE;
		else if (l->roles & LAUNCH_INSTRUCTOR)
			want |= ROLE_TEACHER;
	}
	if (l->roles & LAUNCH_MENTOR)
		want |= ROLE_PARENT;
	if (l->roles & LAUNCH_LEARNER)
		want |= is_canvas(p) ? ROLE_PUPIL : learner(acc, others);
	return want != 0 ? want : ROLE_LISTED;
}

static enum err bring(struct db *db, const struct sync_job *j, int64_t person, unsigned want,
		      unsigned have, int64_t now_ms)
{
	enum err err = E_OK;

	for (unsigned i = 0; err == E_OK && i < ARRAY_LEN(role_names); i++) {
		unsigned r = 1u << i;

		if ((want & r) && !(have & r))
			err = member_seen(db, j->tenant, j->context, person, role_names[i], "nrps",
					  now_ms);
		else if (!(want & r) && (have & r))
			err = member_gone(db, j->tenant, j->context, person, role_names[i], "nrps",
					  now_ms);
	}
	return err;
}

static enum err take_one(struct db *db, struct arena *a, const struct sync_job *j,
			 const struct platform *p, const struct listed *l, bool roster_staff,
			 int64_t now_ms, int64_t *person_out, bool *added_out)
{
	struct account acc;
	struct place at;
	bool joined = false;
	enum err err = account_upsert(db, a, &l->user, &acc);

	if (err == E_OK)
		err = account_match(db, a, j->tenant, &acc, p->match_by, &joined);
	if (err == E_OK)
		err = read_place(db, j, acc.person, &at);
	if (err != E_OK)
		return err;
	*person_out = acc.person;
	*added_out = (at.listed | at.others) == 0;
	return bring(db, j, acc.person, wanted(p, l, &acc, at.others, roster_staff), at.listed, now_ms);
}

static enum err has_roster_staff(struct db *db, const struct sync_job *j, bool *out)
{
	int64_t n = 0;
	enum err err = db_one(db, NULL, "i", (void *[]){ &n },
			      "SELECT COUNT(*) FROM context c JOIN roster_member m ON m.tenant_id = $1 "
			      "AND m.class_id = c.class_id WHERE c.tenant_id = $1 AND c.id = $2 "
			      "AND c.class_id <> 0 AND m.role = 'teacher' AND m.gone_at = 0",
			      "ii", j->tenant, j->context);

	*out = n > 0;
	return err;
}

enum err members_take(struct db *db, struct arena *a, const struct sync_job *j,
		      const struct platform *p, const struct listed *v, unsigned n, int64_t now_ms,
		      int64_t *person_out, int64_t *added_out)
{
	bool staff = false, added;
	enum err err = has_roster_staff(db, j, &staff);

	assert(j->run > 0 && n <= MEMBERS_SLICE && p->id == j->platform);
	*added_out = 0;
	for (unsigned i = 0; err == E_OK && i < n; i++) {
		err = take_one(db, a, j, p, &v[i], staff, now_ms, &person_out[i], &added);
		if (err == E_OK)
			*added_out += added;
	}
	return err;
}

/* ---- settling ---- */

/* All that a platform says about one person in this course. */
struct absent {
	int64_t person;
	int64_t missed_at;		/* the latest of its rows */
	bool listed, launched_since;
};

struct settling {
	const struct sync_job *j;
	const struct platform *p;
	int64_t now_ms, gone;
};

#define OF_PLATFORM "source IN ('launch', 'observees', 'nrps', 'sorted') "

static enum err set_missed(struct db *db, const struct sync_job *j, int64_t person, int64_t at)
{
	return db_run(db, NULL,
		      "UPDATE member SET missed_at = $4 WHERE tenant_id = $1 AND context_id = $2 "
		      "AND person_id = $3 AND gone_at = 0 AND " OF_PLATFORM "AND missed_at <> $4",
		      "iiii", j->tenant, j->context, person, at);
}

/* An observer who is gone from the course takes along what the course said (DESIGN 3). */
static enum err end_links(struct db *db, const struct settling *s, const struct absent *who)
{
	return db_run(db, NULL,
		      "UPDATE family_link SET state = 'ended', ended_at = $4 WHERE tenant_id = $1 "
		      "AND guardian_id = $2 AND scope = $3 AND source IN ('observees', 'mentor') "
		      "AND ended_at = 0 AND state <> 'confirmed' AND asserted_at <= $5",
		      "iiiii", s->j->tenant, who->person, s->j->context, s->now_ms, who->missed_at);
}

static enum err end_member(struct db *db, struct settling *s, const struct absent *who)
{
	enum err err = db_run(db, NULL,
			      "UPDATE member SET gone_at = $4 WHERE tenant_id = $1 AND context_id = $2 "
			      "AND person_id = $3 AND gone_at = 0 AND " OF_PLATFORM,
			      "iiii", s->j->tenant, s->j->context, who->person, s->now_ms);

	s->gone++;
	return err == E_OK && is_canvas(s->p) ? end_links(db, s, who) : err;
}

/*
 * Moodle lists neither managers nor parents by category, who may launch all the same:
 * only who was in a list once can be missing from it. Canvas lists everybody.
 */
static enum err settle_absent(struct db *db, struct settling *s, const struct absent *who)
{
	if (!who->listed && !is_canvas(s->p))
		return E_OK;
	if (who->missed_at == 0 || who->launched_since)
		return set_missed(db, s->j, who->person, s->now_ms);
	return end_member(db, s, who);
}

static bool among(int64_t person, const int64_t *v, unsigned n)
{
	unsigned low = 0, high = n;

	while (low < high) {
		unsigned mid = low + (high - low) / 2;

		if (v[mid] == person)
			return true;
		if (v[mid] < person)
			low = mid + 1;
		else
			high = mid;
	}
	return false;
}

/* One entry a person, with what their rows say together. */
static enum err read_members(struct db *db, struct arena *a, const struct sync_job *j,
			     struct absent **v_out, unsigned *n_out)
{
	struct db_each q = DB_LIST(db, a, v_out, n_out);
	struct absent *w;

	db_select(&q,
		  "SELECT person_id, source, missed_at FROM member WHERE tenant_id = $1 "
		  "AND context_id = $2 AND gone_at = 0 AND " OF_PLATFORM "ORDER BY person_id",
		  "ii", j->tenant, j->context);
	while (db_step(&q)) {
		int64_t person = db_int(q.rows, 0), missed = db_int(q.rows, 2);

		w = db_last(&q);
		if ((w == NULL || w->person != person) && (w = db_add(&q)) == NULL)
			break;
		w->person = person;
		w->listed |= span_eqz(db_span(q.rows, 1), "nrps");
		w->launched_since |= span_eqz(db_span(q.rows, 1), "launch") && missed == 0;
		if (missed > w->missed_at)
			w->missed_at = missed;
	}
	return db_end(&q);
}

enum err members_settle(struct db *db, struct arena *a, const struct sync_job *j,
			const struct platform *p, const int64_t *person, unsigned n, int64_t now_ms,
			int64_t *gone_out)
{
	struct settling s = { .j = j, .p = p, .now_ms = now_ms };
	struct absent *v = NULL;
	unsigned have = 0;
	enum err err = read_members(db, a, j, &v, &have);

	assert(j->run > 0 && p->id == j->platform);
	for (unsigned i = 1; i < n; i++)
		assert(person[i - 1] <= person[i]);
	for (unsigned i = 0; err == E_OK && i < have; i++) {
		if (!among(v[i].person, person, n))
			err = settle_absent(db, &s, &v[i]);
		else if (v[i].missed_at != 0)
			err = set_missed(db, j, v[i].person, 0);
	}
	*gone_out = s.gone;
	if (err == E_OK && s.gone > 0)
		err = audit_write(db, &(struct audit_event){ .tenant = j->tenant, .now_ms = now_ms,
							     .action = "roster.course",
							     .object = j->context });
	return err;
}
