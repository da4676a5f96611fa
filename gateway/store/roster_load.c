/*
 * What the database holds, into memory: page by page along the primary keys, so
 * that no read is long and no engine has to keep a large answer.
 */
#include <string.h>

#include "base/magic.h"
#include "each.h"
#include "roster_private.h"

#define PAGE 5000
#define PLATFORM_RUNS 4096

/* Which runs were this platform's: a full file removes only what came from it. */
struct loading {
	struct roster *r;
	int64_t run[PLATFORM_RUNS];
	unsigned runs;
	bool more;
	int64_t id, id2;
	char role[16];
};

static enum err read_runs(struct db *db, void *arg)
{
	struct loading *l = arg;
	struct db_each q = DB_ARRAY(db, l->run, &l->runs);
	int64_t *run;

	db_select(&q,
		  "SELECT id FROM roster_run WHERE tenant_id = $1 AND platform_id = $2 "
		  "ORDER BY id DESC LIMIT 4096",
		  "ii", l->r->o.tenant, l->r->o.platform);
	while ((run = db_each(&q)) != NULL)
		*run = db_int(q.rows, 0);
	return db_end(&q);
}

/* Sorted downwards, and mostly one run: look at the neighbours of the last hit first. */
static bool ours(const struct loading *l, int64_t run)
{
	uint32_t lo = 0, hi = l->runs;

	while (lo < hi) {
		uint32_t mid = lo + (hi - lo) / 2;

		if (l->run[mid] == run)
			return true;
		if (l->run[mid] > run)
			lo = mid + 1;
		else
			hi = mid;
	}
	return false;
}

static enum err add(struct loading *l, struct emap *m, char domain, struct db_rows *rows,
		    uint32_t *i_out)
{
	struct roster_id id = { db_span(rows, 1), db_span(rows, 2) };
	struct entry *e;
	uint32_t i;

	i = emap_add(m, roster_id_key(l->r, domain, &id), db_int(rows, 0), true);
	if (i == NO_ENTRY)
		return E_NOMEM;
	e = emap_at(m, i);
	e->hash = (uint64_t)db_int(rows, 3);
	if (ours(l, db_int(rows, 4)))
		e->flags |= EF_SCOPE;
	if (db_int(rows, 5) != 0)
		e->flags |= EF_GONE;
	*i_out = i;
	return E_OK;
}

static enum err page_persons(struct db *db, void *arg)
{
	struct loading *l = arg;
	struct db_each q = DB_ROWS(db);
	unsigned n = 0;
	uint32_t i;

	db_select(&q,
		  "SELECT id, source, sourcedid, roster_hash, roster_run, gone_at FROM person "
		  "WHERE tenant_id = $1 AND id > $2 AND origin = 'roster' ORDER BY id LIMIT 5000",
		  "ii", l->r->o.tenant, l->id);
	for (; db_step(&q); n++) {
		l->id = db_int(q.rows, 0);
		if (emap_find_id(&l->r->person, l->id) != NO_ENTRY)
			continue;		/* the closure runs again */
		q.err = add(l, &l->r->person, 'p', q.rows, &i);
	}
	l->more = n == PAGE;
	return db_end(&q);
}

static enum err page_classes(struct db *db, void *arg)
{
	struct loading *l = arg;
	struct db_each q = DB_ROWS(db);
	unsigned n = 0;
	uint32_t i;

	db_select(&q,
		  "SELECT id, source, sourcedid, roster_hash, roster_run, gone_at, kind "
		  "FROM roster_class WHERE tenant_id = $1 AND id > $2 ORDER BY id LIMIT 5000",
		  "ii", l->r->o.tenant, l->id);
	for (; db_step(&q); n++) {
		l->id = db_int(q.rows, 0);
		if (emap_find_id(&l->r->class, l->id) != NO_ENTRY)
			continue;
		q.err = add(l, &l->r->class, 'g', q.rows, &i);
		if (q.err == E_OK && span_eqz(db_span(q.rows, 6), "household"))
			emap_at(&l->r->class, i)->flags |= EF_HOUSEHOLD;
	}
	l->more = n == PAGE;
	return db_end(&q);
}

static int role_code(struct span s)
{
	static const char *const name[] = { "teacher", "aide", "pupil", "other" };

	for (int i = 0; i < (int)ARRAY_LEN(name); i++)
		if (span_eqz(s, name[i]))
			return i;
	return -1;
}

static enum err keep_member(struct roster *r, struct db_rows *rows)
{
	uint32_t c = emap_find_id(&r->class, db_int(rows, 0));
	uint32_t p = emap_find_id(&r->person, db_int(rows, 1));
	int role = role_code(db_span(rows, 2));
	uint64_t key, at;

	if (c == NO_ENTRY || p == NO_ENTRY || role < 0)
		return E_OK;
	key = MEMBER_KEY(c, p, role);
	at = tieset_place(&r->member, key, MEMBER_MASK);
	if (at == UINT64_MAX)
		return E_NOMEM;
	if (r->member.key[at] == 0)
		r->member.n++;
	r->member.key[at] = key | TF_DB;
	return E_OK;
}

static enum err page_members(struct db *db, void *arg)
{
	struct loading *l = arg;
	struct db_each q = DB_ROWS(db);
	unsigned n = 0;

	db_select(&q,
		  "SELECT class_id, person_id, role FROM roster_member WHERE tenant_id = $1 "
		  "AND (class_id, person_id, role) > ($2, $3, $4) AND gone_at = 0 "
		  "ORDER BY class_id, person_id, role LIMIT 5000",
		  "iiis", l->r->o.tenant, l->id, l->id2, l->role);
	for (; db_step(&q); n++) {
		struct span role = db_span(q.rows, 2);

		l->id = db_int(q.rows, 0);
		l->id2 = db_int(q.rows, 1);
		snprintf(l->role, sizeof(l->role), "%.*s", (int)role.n, role.p);
		q.err = keep_member(l->r, q.rows);
	}
	l->more = n == PAGE;
	return db_end(&q);
}

static enum err keep_link(struct roster *r, struct db_rows *rows)
{
	uint32_t c = emap_find_id(&r->person, db_int(rows, 0));
	uint32_t g = emap_find_id(&r->person, db_int(rows, 1));
	uint64_t key, at, hash = (uint64_t)db_int(rows, 2);

	if (c == NO_ENTRY || g == NO_ENTRY)
		return E_OK;
	key = LINK_KEY(c, g);
	at = tieset_place(&r->link, key, LINK_MASK);
	if (at == UINT64_MAX)
		return E_NOMEM;
	if (r->link.key[at] == 0)
		r->link.n++;
	r->link.key[at] = key | TF_DB | (hash == 0 ? TF_GONE : 0);
	r->link.value[at] = hash;
	return E_OK;
}

static enum err page_links(struct db *db, void *arg)
{
	struct loading *l = arg;
	struct db_each q = DB_ROWS(db);
	unsigned n = 0;

	db_select(&q,
		  "SELECT child_id, guardian_id, roster_hash FROM family_link "
		  "WHERE tenant_id = $1 AND (child_id, guardian_id) > ($2, $3) "
		  "AND source = 'roster' AND scope = 0 "
		  "ORDER BY child_id, guardian_id LIMIT 5000",
		  "iii", l->r->o.tenant, l->id, l->id2);
	for (; db_step(&q); n++) {
		l->id = db_int(q.rows, 0);
		l->id2 = db_int(q.rows, 1);
		q.err = keep_link(l->r, q.rows);
	}
	l->more = n == PAGE;
	return db_end(&q);
}

static enum err pages(struct loading *l, store_fn fn)
{
	enum err e = E_OK;

	l->id = l->id2 = 0;
	l->role[0] = '\0';
	do {
		l->more = false;
		e = store_read(l->r->st, fn, l, &l->r->fault);
	} while (e == E_OK && l->more);
	return e;
}

enum err roster_load(struct roster *r)
{
	struct loading l = { .r = r };
	enum err e = store_read(r->st, read_runs, &l, &r->fault);

	CHECK_MAGIC(r, ROSTER_MAGIC);
	if (e == E_OK)
		e = pages(&l, page_persons);
	if (e == E_OK)
		e = pages(&l, page_classes);
	if (e == E_OK)
		e = pages(&l, page_members);
	if (e == E_OK)
		e = pages(&l, page_links);
	return e;
}
