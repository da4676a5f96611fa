/* A run from its lock to its report, and what becomes of one that died. */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/magic.h"
#include "each.h"
#include "roster_private.h"

#define DEAD_AFTER_MS 120000
#define SCRATCH_MAX (64u << 10)
#define TEXTS_MAX (8u << 20)

const char *roster_state_name(enum roster_state s)
{
	static const char *const name[] = {
		"running", "applying", "refused", "failed", "held", "unchanged", "dry-run",
		"applied", "applied-with-rejects",
	};

	assert((unsigned)s < ARRAY_LEN(name));
	return name[s];
}

static const char *mode_name(enum roster_mode m)
{
	return m == ROSTER_FULL ? "full" : m == ROSTER_DELTA ? "delta" : "";
}

static int64_t ticks_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* ---- every write of a run ---- */

static enum err fenced(struct db *db, void *arg)
{
	struct roster_write *w = arg;
	int64_t mine = 0;
	enum err e;

	e = db_run(db, &mine, "UPDATE roster_lock SET beat_at = $3 WHERE tenant_id = $1 "
		   "AND run_id = $2", "iii", w->r->o.tenant, w->r->run,
		   w->r->o.now_ms + ticks_ms() - w->r->started);
	if (e == E_OK && mine != 1)
		return FAULT(db_fault(db), E_CONFLICT, "another process took this import over");
	return e == E_OK ? w->fn(db, w->r, w->arg) : e;
}

enum err roster_write(struct roster *r, enum err (*fn)(struct db *, struct roster *, void *),
		      void *arg)
{
	struct roster_write w = { .r = r, .fn = fn, .arg = arg };
	int64_t t0 = ticks_ms(), took;
	enum err e = store_load(r->st, fenced, &w, &r->fault);

	took = ticks_ms() - t0;
	if (took > r->rep.longest_write_ms)
		r->rep.longest_write_ms = took;
	return e;
}

/* ---- beginning ---- */

struct begin {
	struct roster *r;
	bool same;
};

static enum err insert_run(struct db *db, const struct roster *r, const char *state,
			   const char *format, int64_t ended)
{
	return db_run(db, NULL,
		      "INSERT INTO roster_run (tenant_id, id, platform_id, file_name, file_sha256, "
		      "file_bytes, format, mode, state, report, started_at, ended_at) "
		      "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)",
		      "iiississssii", r->o.tenant, r->run, r->o.platform, r->o.file_name,
		      r->o.sha256, r->o.bytes, format, mode_name(r->o.mode), state, "{}",
		      r->o.now_ms, ended);
}

static enum err same_as_last(struct db *db, const struct roster *r, bool *same_out)
{
	struct db_rows *rows;
	enum err e;

	*same_out = false;
	e = db_first(db, &rows,
		     "SELECT file_sha256 FROM roster_run WHERE tenant_id = $1 AND platform_id = $2 "
		     "AND state IN ('applied', 'applied-with-rejects', 'unchanged') "
		     "ORDER BY id DESC LIMIT 1", "ii", r->o.tenant, r->o.platform);
	if (e != E_OK)
		return e == E_MISSING ? E_OK : e;
	*same_out = span_eqz(db_span(rows, 0), r->o.sha256);
	return db_only(rows);
}

static enum err begin(struct db *db, void *arg)
{
	struct begin *b = arg;
	struct roster *r = b->r;
	int64_t other = 0;
	enum err e = E_OK;

	b->same = false;
	if (!r->o.dry_run)
		e = same_as_last(db, r, &b->same);
	if (e == E_OK && b->same)
		return insert_run(db, r, "unchanged", "", r->o.now_ms);
	if (e == E_OK)
		e = db_one(db, NULL, "i", (void *[]){ &other },
			   "SELECT COUNT(*) FROM roster_lock WHERE tenant_id = $1", "i",
			   r->o.tenant);
	if (e == E_OK && other > 0)
		return FAULT(db_fault(db), E_BUSY, "another import of this district is under way");
	if (e == E_OK)
		e = db_run(db, NULL, "INSERT INTO roster_lock (tenant_id, run_id, owner, beat_at) "
			   "VALUES ($1, $2, $3, $4)", "iisi", r->o.tenant, r->run, r->o.owner,
			   r->o.now_ms);
	if (e == E_OK && !r->o.dry_run)
		e = insert_run(db, r, "running", "", 0);
	return e;
}

static struct roster *make(struct store *st, const struct roster_opts *o)
{
	struct roster *r = calloc(1, sizeof(*r));

	if (r == NULL)
		return NULL;
	r->magic = ROSTER_MAGIC;
	r->st = st;
	r->o = *o;
	r->o.progress = o->progress;
	if (o->key != NULL)
		memcpy(r->key, o->key, sizeof(r->key));
	r->run = store_new_id(o->now_ms);
	r->started = ticks_ms();
	r->link.valued = true;
	r->scratch = BUF_INIT(SCRATCH_MAX);
	arena_init(&r->texts, TEXTS_MAX);
	return r;
}

enum err roster_open(struct store *st, const struct roster_opts *o, struct roster **out,
		     struct roster_report *report_out, struct fault *f)
{
	struct roster *r;
	struct begin b;
	enum err e;

	*out = NULL;
	assert(o->key != NULL && o->today != NULL && strlen(o->today) == 10);
	assert(o->tenant > 0 && o->now_ms > 0 && o->sha256 != NULL && o->owner != NULL);
	r = make(st, o);
	if (r == NULL)
		return FAULT(f, E_NOMEM, "no memory for an import");
	b.r = r;
	e = store_write(st, begin, &b, &r->fault);
	*report_out = (struct roster_report){ .run = r->run, .state = ROSTER_FAILED };
	if (e == E_OK && b.same) {
		report_out->state = ROSTER_UNCHANGED;
		roster_free(r);
		return E_CONFLICT;
	}
	r->locked = e == E_OK;
	if (e == E_CONFLICT)		/* two began at the same moment */
		e = E_BUSY;
	if (e == E_OK)
		e = roster_load(r);
	if (e != E_OK) {
		fault_at(f, e, r->fault.where, "%s", r->fault.text);
		roster_free(r);
		return e;
	}
	*out = r;
	return E_OK;
}

/* ---- ending ---- */

struct ending {
	const char *state, *report, *format, *mode;
	bool unlock;
};

static enum err write_end(struct db *db, struct roster *r, void *arg)
{
	const struct ending *x = arg;
	enum err e = E_OK;

	if (!r->o.dry_run)
		e = db_run(db, NULL, "UPDATE roster_run SET state = $3, report = $4, ended_at = $5, "
			   "format = $6, mode = $7 WHERE tenant_id = $1 AND id = $2",
			   "iississ", r->o.tenant, r->run, x->state, x->report,
			   r->o.now_ms + ticks_ms() - r->started, x->format, x->mode);
	if (e == E_OK && x->unlock)
		e = db_run(db, NULL, "DELETE FROM roster_lock WHERE tenant_id = $1 AND run_id = $2",
			   "ii", r->o.tenant, r->run);
	return e;
}

static enum err finish_write(struct roster *r, const struct roster_end *end, const char *json,
			     bool unlock)
{
	struct ending x = {
		.state = unlock ? roster_state_name(r->rep.state) : "applying", .report = json,
		.format = end->format, .mode = mode_name(r->rep.mode), .unlock = unlock,
	};
	enum err e = roster_write(r, write_end, &x);

	if (e == E_OK && unlock) {
		r->locked = false;
		r->finished = true;
	}
	return e;
}

static void conclude(struct roster *r)
{
	int64_t rejected = 0;

	if (r->rep.state == ROSTER_HELD)
		return;
	for (unsigned k = 0; k < RK_COUNT; k++)
		rejected += r->rep.count[k].rejected;
	r->rep.state = r->o.dry_run ? ROSTER_DRY : rejected > 0 ? ROSTER_APPLIED_WITH_REJECTS :
		ROSTER_APPLIED;
}

static enum err decide(struct roster *r, const struct roster_end *end)
{
	enum err e;

	r->rep.mode = r->o.mode != ROSTER_MODE_UNKNOWN ? r->o.mode :
		r->file_mode == ROSTER_FULL ? ROSTER_FULL : ROSTER_DELTA;
	if (end->fault.code != XC_NONE) {
		r->rep.state = ROSTER_REFUSED;
		r->rep.fault = end->fault;
		return E_OK;
	}
	e = roster_settle(r);
	if (e == E_OK)
		conclude(r);
	return e;
}

static enum err apply(struct roster *r, const struct roster_end *end, const char *json)
{
	struct stage_sum sum;
	int64_t all = 0, t0 = ticks_ms();
	enum err e;

	for (unsigned k = 0; k < SK_COUNT; k++) {
		sum.has[k] = r->stage[k].has;
		all += sum.total[k] = r->stage[k].total;
	}
	/* from here on the run is certain: after a crash it is completed, not dropped */
	e = all > 0 ? finish_write(r, end, json, false) : E_OK;
	if (e == E_OK && all > 0)
		e = roster_apply(r, &sum);
	r->rep.apply_ms = ticks_ms() - t0;
	return e;
}

static void check_sums(const struct roster *r)
{
	for (unsigned k = 0; k < RK_COUNT; k++) {
		const struct roster_counts *c = &r->rep.count[k];

		assert(k == RK_FILE || c->seen == c->created + c->updated + c->unchanged +
		       c->removed + c->rejected);
	}
}

enum err roster_finish(struct roster *r, const struct roster_end *end,
		       struct roster_report *report_out, struct buf *json, struct fault *f)
{
	struct buf own = BUF_INIT(16u << 20), *b = json != NULL ? json : &own;
	enum err e = decide(r, end);

	CHECK_MAGIC(r, ROSTER_MAGIC);
	if (e == E_OK) {
		check_sums(r);
		r->rep.run = r->run;
		roster_json(r, end, b);
		e = b->err;
	}
	if (e == E_OK && r->rep.state >= ROSTER_APPLIED)
		e = apply(r, end, b->p);
	if (e == E_OK)
		e = finish_write(r, end, b->p, true);
	if (e == E_OK)
		e = roster_stage_drop(r->st, r->o.tenant, r->run, &r->fault);
	if (e != E_OK) {
		r->rep.state = ROSTER_FAILED;
		fault_at(f, e, r->fault.where, "%s", r->fault.text);
	}
	*report_out = r->rep;
	buf_release(&own);
	return e;
}

const struct fault *roster_fault(const struct roster *r)
{
	CHECK_MAGIC(r, ROSTER_MAGIC);
	return &r->fault;
}

/* ---- giving up, and finding what was given up ---- */

static enum err abandon(struct db *db, void *arg)
{
	struct roster *r = arg;
	enum err e;

	e = db_run(db, NULL, "UPDATE roster_run SET state = 'failed', ended_at = $3 "
		   "WHERE tenant_id = $1 AND id = $2 AND state = 'running'",
		   "iii", r->o.tenant, r->run, r->o.now_ms);
	if (e == E_OK)
		e = db_run(db, NULL, "DELETE FROM roster_lock WHERE tenant_id = $1 AND run_id = $2 "
			   "AND NOT EXISTS (SELECT 1 FROM roster_run x WHERE x.tenant_id = $1 "
			   "AND x.id = $2 AND x.state = 'applying')", "ii", r->o.tenant, r->run);
	return e;
}

static void give_up(struct roster *r)
{
	struct fault f = { 0 };

	/* an import that fails while applying keeps its lock: roster_recover() ends it */
	if (store_write(r->st, abandon, r, &f) == E_OK && r->rep.apply_ms == 0)
		roster_stage_drop(r->st, r->o.tenant, r->run, &f);
}

void roster_free(struct roster *r)
{
	if (r == NULL)
		return;
	CHECK_MAGIC(r, ROSTER_MAGIC);
	if (r->locked && !r->finished)
		give_up(r);
	emap_free(&r->person);
	emap_free(&r->class);
	tieset_free(&r->member);
	tieset_free(&r->link);
	stage_free(r);
	free(r->pend);
	free(r->house);
	free(r->found);
	buf_release(&r->scratch);
	arena_release(&r->texts);
	explicit_bzero(r->key, sizeof(r->key));
	r->magic = 0;
	free(r);
}

struct left {
	int64_t tenant, now, run, beat;
	int64_t after;			/* tenants looked at so far */
	char owner[128], state[24];
	bool found, rejects;
	struct stage_sum sum;
	const char *report;
	struct arena a;
};

static enum err find_left(struct db *db, void *arg)
{
	struct left *l = arg;
	struct span o, s;
	struct db_rows *rows;
	enum err e;

	l->found = false;
	e = db_first(db, &rows,
		     "SELECT k.tenant_id, k.run_id, k.owner, k.beat_at, COALESCE(r.state, '') "
		     "FROM roster_lock k LEFT JOIN roster_run r ON r.tenant_id = k.tenant_id "
		     "AND r.id = k.run_id WHERE k.tenant_id > $1 AND ($2 = 0 OR k.tenant_id = $2) "
		     "ORDER BY k.tenant_id LIMIT 1", "ii", l->after, l->tenant);
	if (e != E_OK)
		return e == E_MISSING ? E_OK : e;
	o = db_span(rows, 2);
	s = db_span(rows, 4);
	l->found = true;
	l->after = db_int(rows, 0);
	l->run = db_int(rows, 1);
	l->beat = db_int(rows, 3);
	snprintf(l->owner, sizeof(l->owner), "%.*s", (int)o.n, o.p);
	snprintf(l->state, sizeof(l->state), "%.*s", (int)s.n, s.p);
	return db_only(rows);
}

static enum err read_totals(struct db *db, void *arg)
{
	static const char *const sql[SK_COUNT] = {
		[SK_PERSON] = "SELECT COALESCE(MAX(n), 0) FROM roster_stage_person "
			      "WHERE tenant_id = $1 AND run_id = $2",
		[SK_CLASS] = "SELECT COALESCE(MAX(n), 0) FROM roster_stage_class "
			     "WHERE tenant_id = $1 AND run_id = $2",
		[SK_MEMBER] = "SELECT COALESCE(MAX(n), 0) FROM roster_stage_member "
			      "WHERE tenant_id = $1 AND run_id = $2",
		[SK_LINK] = "SELECT COALESCE(MAX(n), 0) FROM roster_stage_link "
			    "WHERE tenant_id = $1 AND run_id = $2",
	};
	struct left *l = arg;
	const char *report = NULL;
	enum err e = E_OK;

	for (unsigned k = 0; k < SK_COUNT && e == E_OK; k++) {
		int64_t n = 0;

		e = db_one(db, NULL, "i", (void *[]){ &n }, sql[k], "ii", l->after, l->run);
		l->sum.total[k] = (uint32_t)n;
		l->sum.has[k] = SH_ALL;
	}
	if (e == E_OK)
		e = db_one(db, &l->a, "s", (void *[]){ &report },
			   "SELECT report FROM roster_run WHERE tenant_id = $1 AND id = $2",
			   "ii", l->after, l->run);
	l->rejects = e == E_OK && strstr(report, "\"state\":\"applied-with-rejects\"") != NULL;
	l->report = report;
	return e;
}

static enum err complete(struct store *st, struct left *l, struct fault *f)
{
	struct roster_opts o = { .tenant = l->after, .now_ms = l->now, .today = "" };
	struct roster *r = make(st, &o);
	struct roster_end end = { .format = "imsent" };
	enum err e;

	if (r == NULL)
		return FAULT(f, E_NOMEM, "no memory to complete an import");
	r->run = l->run;
	arena_init(&l->a, 32u << 20);
	e = store_read(st, read_totals, l, &r->fault);
	if (e == E_OK)
		e = roster_apply(r, &l->sum);
	r->rep.state = l->rejects ? ROSTER_APPLIED_WITH_REJECTS : ROSTER_APPLIED;
	if (e == E_OK)
		e = finish_write(r, &end, l->report, true);
	if (e == E_OK)
		e = roster_stage_drop(st, o.tenant, l->run, &r->fault);
	if (e != E_OK)
		fault_at(f, e, r->fault.where, "%s", r->fault.text);
	r->finished = true;
	roster_free(r);
	arena_release(&l->a);
	return e;
}

static enum err discard(struct store *st, const struct left *l, struct fault *f)
{
	struct roster r = { .magic = ROSTER_MAGIC, .st = st, .run = l->run };
	enum err e;

	r.o.tenant = l->after;
	r.o.now_ms = l->now;
	e = store_write(st, abandon, &r, f);
	return e == E_OK ? roster_stage_drop(st, l->after, l->run, f) : e;
}

enum err roster_recover(struct store *st, int64_t tenant, int64_t now_ms,
			bool (*alive)(const char *owner), struct fault *f)
{
	struct left l = { .tenant = tenant, .now = now_ms };
	enum err e = E_OK;

	for (;;) {
		e = store_read(st, find_left, &l, f);
		if (e != E_OK || !l.found)
			return e;
		if (alive(l.owner) && now_ms - l.beat < DEAD_AFTER_MS)
			continue;
		if (strcmp(l.state, "applying") == 0)
			e = complete(st, &l, f);
		else
			e = discard(st, &l, f);
		if (e != E_OK)
			return e;
	}
}

/* ---- for people ---- */

enum err roster_runs(struct db *db, struct arena *a, int64_t tenant, unsigned limit,
		     bool with_report, struct roster_run_row **v_out, unsigned *n_out)
{
	struct db_each q = DB_LIST(db, a, v_out, n_out);
	struct roster_run_row *row;

	db_select(&q,
		  "SELECT id, platform_id, file_bytes, started_at, ended_at, file_name, format, "
		  "mode, state, CASE $3 WHEN 1 THEN report ELSE '' END FROM roster_run "
		  "WHERE tenant_id = $1 ORDER BY id DESC LIMIT $2",
		  "iii", tenant, (int64_t)limit, (int64_t)with_report);
	while ((row = db_each(&q)) != NULL)
		*row = (struct roster_run_row){
			.id = db_int(q.rows, 0), .platform = db_int(q.rows, 1),
			.bytes = db_int(q.rows, 2), .started_at = db_int(q.rows, 3),
			.ended_at = db_int(q.rows, 4), .file_name = db_str(q.rows, 5, a),
			.format = db_str(q.rows, 6, a), .mode = db_str(q.rows, 7, a),
			.state = db_str(q.rows, 8, a), .report = db_str(q.rows, 9, a),
		};
	return db_end(&q);
}
