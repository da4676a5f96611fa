#include "store/course_list.h"

#include "base/magic.h"
#include "each.h"
#include "store/store.h"

#define DAY_MS (24 * 3600 * 1000LL)
#define CLAIM_TRIES 20

static const char *const words[SYNC_WHYS] = {
	[SYNC_FINE] = "",
#define SYNC_WHY(NAME, word) [SYNC_##NAME] = word,
#include "store/course_sync.def"
#undef SYNC_WHY
};

const char *sync_why_word(enum sync_why why)
{
	assert((unsigned)why < SYNC_WHYS);
	return words[why];
}

enum sync_why sync_why_of(const char *word)
{
	for (unsigned i = 0; i < SYNC_WHYS; i++)
		if (str_eq(words[i], word))
			return (enum sync_why)i;
	return SYNC_OURS;
}

/* ---- whose turn ---- */

enum err sync_due(struct db *db, int64_t now_ms, bool *out)
{
	int64_t context;
	enum err err = db_one(db, NULL, "i", (void *[]){ &context },
			      "SELECT context_id FROM course_sync "
			      "WHERE due_at <= $1 AND lease_until <= $1 ORDER BY due_at LIMIT 1",
			      "i", now_ms);

	assert(now_ms > 0);
	*out = err == E_OK;
	return err == E_MISSING ? E_OK : err;
}

static enum err put_off(struct db *db, int64_t tenant, int64_t context, int64_t due_at)
{
	return db_run(db, NULL,
		      "UPDATE course_sync SET due_at = $3 WHERE tenant_id = $1 AND context_id = $2",
		      "iii", tenant, context, due_at);
}

/* The run begins: its row, the lease, and a run that a dead process left is ended. */
static enum err begin(struct db *db, struct sync_job *j, int64_t now_ms)
{
	enum err err;

	j->run = store_new_id(now_ms);
	err = db_run_or(db, E_BUSY,
			"UPDATE course_sync SET run_id = $3, lease_until = $5 "
			"WHERE tenant_id = $1 AND context_id = $2 AND lease_until <= $4",
			"iiiii", j->tenant, j->context, j->run, now_ms, now_ms + SYNC_LEASE_MS);
	if (err == E_OK)
		err = db_run(db, NULL,
			     "UPDATE course_sync_run SET state = 'failed', why = 'ours', ended_at = $3 "
			     "WHERE tenant_id = $1 AND context_id = $2 AND state = 'running'",
			     "iii", j->tenant, j->context, now_ms);
	if (err == E_OK)
		err = db_run(db, NULL,
			     "INSERT INTO course_sync_run (tenant_id, context_id, id, state, why, detail, "
			     "started_at, ended_at, pages, seen, added, gone) "
			     "VALUES ($1, $2, $3, 'running', '', '', $4, 0, 0, 0, 0, 0)",
			     "iiii", j->tenant, j->context, j->run, now_ms);
	if (err == E_OK)
		err = db_one(db, NULL, "i", (void *[]){ &j->known },
			     "SELECT COUNT(DISTINCT person_id) FROM member WHERE tenant_id = $1 "
			     "AND context_id = $2 AND source = 'nrps' AND gone_at = 0",
			     "ii", j->tenant, j->context);
	return err;
}

static enum err read_job(struct db *db, struct arena *a, int64_t tenant, int64_t context,
			 struct sync_job *out, int64_t *launched_out, bool *open_out)
{
	int64_t take_short = 0, open = 0;
	enum err err;

	*out = (struct sync_job){ .tenant = tenant, .context = context };
	err = db_one(db, a, "issiii",
		     (void *[]){ &out->platform, &out->ext_id, &out->url, &take_short, launched_out,
				 &open },
		     "SELECT c.platform_id, c.ext_id, c.nrps_url, s.take_short, c.last_launch_at, "
		     "CASE WHEN p.state = 'approved' AND c.nrps_url <> '' THEN 1 ELSE 0 END "
		     "FROM course_sync s JOIN context c ON c.tenant_id = $1 AND c.id = s.context_id "
		     "JOIN platform p ON p.id = c.platform_id "
		     "WHERE s.tenant_id = $1 AND s.context_id = $2",
		     "ii", tenant, context);
	out->take_short = take_short != 0;
	*open_out = open != 0;
	return err;
}

/* E_MISSING: none; E_BUSY: this one sleeps now, look again. */
static enum err claim_next(struct db *db, struct arena *a, int64_t now_ms, struct sync_job *out)
{
	int64_t tenant, context, launched = 0;
	bool open = false;
	enum err err = db_one(db, NULL, "ii", (void *[]){ &tenant, &context },
			      "SELECT tenant_id, context_id FROM course_sync "
			      "WHERE due_at <= $1 AND lease_until <= $1 ORDER BY due_at LIMIT 1",
			      "i", now_ms);

	if (err == E_OK)
		err = read_job(db, a, tenant, context, out, &launched, &open);
	if (err != E_OK)
		return err;
	if (open && launched > now_ms - SYNC_ACTIVE_MS)
		return begin(db, out, now_ms);
	err = put_off(db, tenant, context, now_ms + (open ? 7 : 1) * DAY_MS);
	return err == E_OK ? E_BUSY : err;
}

enum err sync_claim(struct db *db, struct arena *a, int64_t now_ms, struct sync_job *out)
{
	enum err err = E_BUSY;

	assert(now_ms > 0);
	for (unsigned i = 0; err == E_BUSY && i < CLAIM_TRIES; i++)
		err = claim_next(db, a, now_ms, out);
	/* courses that sleep now are committed with the answer "nothing to do" */
	if (err == E_MISSING || err == E_BUSY) {
		out->run = 0;
		err = E_OK;
	}
	return err;
}

enum err sync_claim_course(struct db *db, struct arena *a, int64_t tenant, int64_t context,
			   int64_t now_ms, struct sync_job *out)
{
	int64_t launched;
	bool open = false;
	enum err err = read_job(db, a, tenant, context, out, &launched, &open);

	assert(tenant > 0 && now_ms > 0);
	if (err == E_OK && !open)
		err = E_MISSING;
	return err == E_OK ? begin(db, out, now_ms) : err;
}

/* ---- how it goes ---- */

static enum err count(struct db *db, const struct sync_job *j, const struct sync_count *c)
{
	return db_run(db, NULL,
		      "UPDATE course_sync_run SET pages = $4, seen = $5, added = $6, gone = $7 "
		      "WHERE tenant_id = $1 AND context_id = $2 AND id = $3",
		      "iiiiiii", j->tenant, j->context, j->run, c->pages, c->seen, c->added, c->gone);
}

enum err sync_progress(struct db *db, const struct sync_job *j, const struct sync_count *c,
		       int64_t now_ms)
{
	enum err err = db_run_or(db, E_CONFLICT,
				 "UPDATE course_sync SET lease_until = $4 WHERE tenant_id = $1 "
				 "AND context_id = $2 AND run_id = $3",
				 "iiii", j->tenant, j->context, j->run, now_ms + SYNC_LEASE_MS);

	assert(j->run > 0);
	return err == E_OK ? count(db, j, c) : err;
}

/* The same course at about the same time of day, courses apart from one another. */
static int64_t spread(int64_t context)
{
	return (int64_t)((uint64_t)context * UINT64_C(0x9e3779b97f4a7c15) >> 44) % SYNC_RETRY_MS;
}

static int64_t next_due(const struct sync_job *j, int64_t fails, int64_t wait_ms, int64_t now_ms)
{
	int64_t wait = SYNC_EVERY_MS - SYNC_RETRY_MS / 2;

	if (fails > 0) {
		wait = SYNC_RETRY_MS;
		for (int64_t i = 1; i < fails && wait < SYNC_EVERY_MS; i++)
			wait *= 2;
	}
	if (wait > SYNC_EVERY_MS)
		wait = SYNC_EVERY_MS;
	if (wait_ms > wait)
		wait = wait_ms < SYNC_EVERY_MS ? wait_ms : SYNC_EVERY_MS;
	return now_ms + wait + spread(j->context);
}

static enum err forget_old(struct db *db, const struct sync_job *j)
{
	return db_run(db, NULL,
		      "DELETE FROM course_sync_run WHERE tenant_id = $1 AND context_id = $2 AND id NOT IN "
		      "(SELECT r.id FROM course_sync_run r WHERE r.tenant_id = $1 AND r.context_id = $2 "
		      "ORDER BY r.id DESC LIMIT 10)",
		      "ii", j->tenant, j->context);
}

enum err sync_end(struct db *db, const struct sync_job *j, const struct sync_count *c,
		  enum sync_why why, const char *detail, int64_t wait_ms, int64_t now_ms)
{
	/* a short list is an answer: asked again tomorrow, unless an admin says what it is */
	bool bad = why != SYNC_FINE && why != SYNC_SHORT;
	const char *state = why == SYNC_FINE ? "done" : why == SYNC_SHORT ? "short" : "failed";
	int64_t fails = 0;
	enum err err = db_one(db, NULL, "i", (void *[]){ &fails },
			      "SELECT fails FROM course_sync WHERE tenant_id = $1 AND context_id = $2 "
			      "AND run_id = $3",
			      "iii", j->tenant, j->context, j->run);

	assert(j->run > 0 && detail != NULL && SYNC_RUNS_KEPT == 10);
	if (err != E_OK)
		return err == E_MISSING ? E_CONFLICT : err;
	fails = bad ? fails + 1 : 0;
	err = db_run(db, NULL,
		     "UPDATE course_sync SET run_id = 0, lease_until = 0, fails = $3, due_at = $4, "
		     "take_short = CASE WHEN $5 = 1 THEN take_short ELSE 0 END, "
		     "ok_at = CASE WHEN $6 = 1 THEN $7 ELSE ok_at END "
		     "WHERE tenant_id = $1 AND context_id = $2",
		     "iiiiiii", j->tenant, j->context, fails, next_due(j, fails, wait_ms, now_ms),
		     (int64_t)bad, (int64_t)(why == SYNC_FINE), now_ms);
	if (err == E_OK)
		err = count(db, j, c);
	if (err == E_OK)
		err = db_run(db, NULL,
			     "UPDATE course_sync_run SET state = $4, why = $5, detail = $6, ended_at = $7 "
			     "WHERE tenant_id = $1 AND context_id = $2 AND id = $3",
			     "iiisssi", j->tenant, j->context, j->run, state, words[why], detail,
			     now_ms);
	return err == E_OK ? forget_old(db, j) : err;
}

enum err sync_ask(struct db *db, int64_t tenant, int64_t context, bool take_short, int64_t now_ms)
{
	assert(tenant > 0 && now_ms > 0);
	return db_run_or(db, E_MISSING,
			 "UPDATE course_sync SET due_at = $3, "
			 "take_short = CASE WHEN $4 = 1 THEN 1 ELSE take_short END "
			 "WHERE tenant_id = $1 AND context_id = $2",
			 "iiii", tenant, context, now_ms, (int64_t)take_short);
}

/* ---- looking at it ---- */

enum err sync_list(struct db *db, struct arena *a, int64_t tenant, int64_t platform,
		   struct sync_course **v_out, unsigned *n_out)
{
	struct db_each q = DB_LIST(db, a, v_out, n_out);
	struct sync_course *c;

	assert(tenant > 0);
	db_select(&q,
		  "SELECT c.id, c.platform_id, c.title, p.name, s.due_at, s.ok_at, "
		  "COALESCE(r.started_at, 0), COALESCE(r.ended_at, 0), COALESCE(r.state, ''), "
		  "COALESCE(r.why, ''), COALESCE(r.detail, ''), COALESCE(r.pages, 0), "
		  "COALESCE(r.seen, 0), COALESCE(r.added, 0), COALESCE(r.gone, 0), c.ext_id "
		  "FROM course_sync s JOIN context c ON c.tenant_id = $1 AND c.id = s.context_id "
		  "JOIN platform p ON p.id = c.platform_id "
		  "LEFT JOIN course_sync_run r ON r.tenant_id = $1 AND r.context_id = s.context_id "
		  "AND r.id = (SELECT MAX(x.id) FROM course_sync_run x WHERE x.tenant_id = $1 "
		  "AND x.context_id = s.context_id) "
		  "WHERE s.tenant_id = $1 AND ($2 = 0 OR s.platform_id = $2) "
		  "ORDER BY CASE WHEN r.state = 'failed' OR r.state = 'short' THEN 0 ELSE 1 END, "
		  "c.title, c.id LIMIT 100",
		  "ii", tenant, platform);
	while ((c = db_each(&q)) != NULL)
		*c = (struct sync_course){
			.context = db_int(q.rows, 0), .platform = db_int(q.rows, 1),
			.ext_id = db_str(q.rows, 15, a), .title = db_str(q.rows, 2, a),
			.platform_name = db_str(q.rows, 3, a),
			.due_at = db_int(q.rows, 4), .ok_at = db_int(q.rows, 5),
			.started_at = db_int(q.rows, 6), .ended_at = db_int(q.rows, 7),
			.state = db_str(q.rows, 8, a), .why = sync_why_of(db_str(q.rows, 9, a)),
			.detail = db_str(q.rows, 10, a),
			.count = { db_int(q.rows, 11), db_int(q.rows, 12), db_int(q.rows, 13),
				   db_int(q.rows, 14) },
		};
	return db_end(&q);
}
