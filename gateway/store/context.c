#include "base/magic.h"
#include "each.h"
#include "store/people.h"
#include "store/store.h"

#define MINUTE_MS (60 * 1000LL)

#define CONTEXT_SELECT                                                         \
	"SELECT c.id, c.platform_id, c.school_id, c.class_id, c.ext_id, c.kind, c.label, c.title, " \
	"c.sourcedid, CASE WHEN c.phase <> '' THEN c.phase ELSE COALESCE(s.phase, '') END, " \
	"COALESCE(s.zone, ''), c.ended_at, c.last_launch_at, c.nrps_url " \
	"FROM context c LEFT JOIN school s ON s.tenant_id = c.tenant_id AND s.id = c.school_id "

/* What only the launch of the context looks at. */
struct context_more {
	int64_t last_launch;
	const char *nrps_url;
};

/* Takes over what db_first() answered. */
static enum err read_context(struct db_rows *rows, enum err err, struct arena *a,
			     struct context *out, struct context_more *more)
{
	if (err != E_OK)
		return err;
	*out = (struct context){
		.id = db_int(rows, 0),
		.platform = db_int(rows, 1),
		.school = db_int(rows, 2),
		.class_id = db_int(rows, 3),
		.ext_id = db_str(rows, 4, a),
		.kind = db_str(rows, 5, a),
		.label = db_str(rows, 6, a),
		.title = db_str(rows, 7, a),
		.sourcedid = db_str(rows, 8, a),
		.phase = db_str(rows, 9, a),
		.zone = db_str(rows, 10, a),
		.ended_at = db_int(rows, 11),
	};
	*more = (struct context_more){ db_int(rows, 12), db_str(rows, 13, a) };
	return db_only(rows);
}

static enum err context_by_ext(struct db *db, struct arena *a, const struct context_facts *f,
			       struct context *out, struct context_more *more)
{
	struct db_rows *rows;
	enum err err = db_first(db, &rows,
				CONTEXT_SELECT "WHERE c.tenant_id = $1 AND c.platform_id = $2 "
					       "AND c.ext_id = $3",
				"iis", f->tenant, f->platform, f->ext_id);

	return read_context(rows, err, a, out, more);
}

static const char *told(const char *s, const char *had)
{
	return s == NULL || s[0] == '\0' ? had : s;
}

#define FIRST_LIST_MS (10 * MINUTE_MS)	/* after the first launch, which has enough to do */

/* The course has a list from now on, or elsewhere. */
static enum err keep_list(struct db *db, const struct context_facts *f, const struct context *c)
{
	if (!str_eq(c->kind, "course"))
		return E_OK;
	return db_run(db, NULL,
		      "INSERT INTO course_sync (tenant_id, context_id, platform_id, due_at, run_id, "
		      "lease_until, fails, take_short, ok_at) VALUES ($1, $2, $3, $4, 0, 0, 0, 0, 0) "
		      "ON CONFLICT (tenant_id, context_id) DO UPDATE SET due_at = $4, fails = 0",
		      "iiii", f->tenant, c->id, f->platform, f->now_ms + FIRST_LIST_MS);
}

static enum err context_make(struct db *db, struct arena *a, const struct context_facts *f,
			     struct context *out)
{
	struct context_more more;
	enum err err = db_run(db, NULL,
			      "INSERT INTO context (tenant_id, id, platform_id, ext_id, kind, label, "
			      "title, sourcedid, school_id, phase, class_id, created_at, "
			      "last_launch_at, ended_at, nrps_url) "
			      "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 0, '', 0, $9, $9, 0, $10)",
			      "iiisssssis", f->tenant, store_new_id(f->now_ms), f->platform, f->ext_id,
			      told(f->kind, "course"), told(f->label, ""), told(f->title, ""),
			      told(f->sourcedid, ""), f->now_ms, told(f->nrps_url, ""));

	if (err == E_OK)
		err = context_by_ext(db, a, f, out, &more);
	if (err == E_OK && told(f->nrps_url, "")[0] != '\0')
		err = keep_list(db, f, out);
	return err;
}

enum err context_upsert(struct db *db, struct arena *a, const struct context_facts *f,
			struct context *out)
{
	struct context_more more = { 0 };
	bool list;
	enum err err;

	assert(f->tenant > 0 && f->platform > 0 && f->ext_id != NULL);
	err = context_by_ext(db, a, f, out, &more);
	if (err == E_MISSING)
		return context_make(db, a, f, out);
	if (err != E_OK)
		return err;
	list = !str_eq(told(f->nrps_url, more.nrps_url), more.nrps_url);
	if (!list && str_eq(told(f->title, out->title), out->title) &&
	    str_eq(told(f->label, out->label), out->label) &&
	    str_eq(told(f->sourcedid, out->sourcedid), out->sourcedid) &&
	    f->now_ms - more.last_launch < MINUTE_MS)
		return E_OK;
	out->title = told(f->title, out->title);
	out->label = told(f->label, out->label);
	out->sourcedid = told(f->sourcedid, out->sourcedid);
	err = db_run(db, NULL,
		     "UPDATE context SET title = $3, label = $4, sourcedid = $5, "
		     "last_launch_at = $6, nrps_url = $7 WHERE tenant_id = $1 AND id = $2",
		     "iisssis", f->tenant, out->id, out->title, out->label, out->sourcedid, f->now_ms,
		     told(f->nrps_url, more.nrps_url));
	return err == E_OK && list ? keep_list(db, f, out) : err;
}

enum err context_join_class(struct db *db, int64_t tenant, struct context *c, int64_t instructor,
			    bool *joined_out)
{
	struct db_rows *rows;
	int64_t class_id;
	enum err err;

	*joined_out = false;
	if (c->class_id != 0 || c->sourcedid[0] == '\0')
		return E_OK;
	err = db_first(db, &rows,
		       "SELECT k.id FROM roster_class k JOIN roster_member m "
		       "ON m.tenant_id = k.tenant_id AND m.class_id = k.id "
		       "WHERE k.tenant_id = $1 AND k.sourcedid = $2 AND k.gone_at = 0 "
		       "AND k.kind <> 'household' "
		       "AND m.person_id = $3 AND m.role = 'teacher' AND m.gone_at = 0 LIMIT 2",
		       "isi", tenant, c->sourcedid, instructor);
	if (err != E_OK)
		return err == E_MISSING ? E_OK : err;
	class_id = db_int(rows, 0);
	err = db_only(rows);
	if (err != E_OK)	/* the same id under two sources: an admin decides */
		return err == E_CONFLICT ? E_OK : err;
	c->class_id = class_id;
	*joined_out = true;
	err = db_run(db, NULL,
		     "UPDATE context SET class_id = $3 WHERE tenant_id = $1 AND id = $2 "
		     "AND class_id = 0",
		     "iii", tenant, c->id, class_id);
	if (err != E_OK)
		return err;
	/* Launches before this one could not tell an aide from a teacher; the roster can. */
	return db_run(db, NULL,
		      "UPDATE member SET gone_at = seen_at + 1 WHERE tenant_id = $1 "
		      "AND context_id = $2 AND role = 'teacher' AND source = 'launch' "
		      "AND gone_at = 0 AND person_id IN (SELECT m.person_id FROM roster_member m "
		      "WHERE m.tenant_id = $1 AND m.class_id = $3 AND m.role = 'aide' "
		      "AND m.gone_at = 0) AND person_id NOT IN (SELECT m.person_id "
		      "FROM roster_member m WHERE m.tenant_id = $1 AND m.class_id = $3 "
		      "AND m.role = 'teacher' AND m.gone_at = 0)",
		      "iii", tenant, c->id, class_id);
}
