#include "store/launch.h"
#include "base/magic.h"
#include "each.h"
#include "store/store.h"


enum err refusal_record(struct db *db, int64_t tenant, int64_t platform, const char *code,
			const char *expected, const char *got, int64_t now_ms)
{
	int64_t oldest = 0;
	enum err err;

	assert(code != NULL && expected != NULL && got != NULL);
	err = db_run(db, NULL,
		     "INSERT INTO refused_launch (tenant_id, id, at, platform_id, code, expected, got) "
		     "VALUES ($1, $2, $3, $4, $5, $6, $7)",
		     "iiiisss", tenant, store_new_id(now_ms), now_ms, platform, code, expected, got);
	if (err != E_OK)
		return err;
	/* Ids grow with time: the 200th newest is the first to stay. */
	err = db_one(db, NULL, "i", (void *[]){ &oldest },
		     "SELECT id FROM refused_launch WHERE tenant_id = $1 "
		     "ORDER BY id DESC LIMIT 1 OFFSET 200",
		     "i", tenant);
	if (err == E_OK)
		err = db_run(db, NULL, "DELETE FROM refused_launch WHERE tenant_id = $1 AND id <= $2",
			     "ii", tenant, oldest);
	return err == E_MISSING ? E_OK : err;
}

enum err refusal_list(struct db *db, struct arena *a, int64_t tenant, unsigned limit,
		      struct refused_launch **v_out, unsigned *n_out)
{
	struct db_each q = DB_LIST(db, a, v_out, n_out);
	struct refused_launch *l;

	assert(limit > 0);
	db_select(&q,
		  "SELECT r.at, r.platform_id, r.code, r.expected, r.got, COALESCE(p.name, '') "
		  "FROM refused_launch r LEFT JOIN platform p ON p.id = r.platform_id "
		  "WHERE r.tenant_id = $1 ORDER BY r.id DESC LIMIT $2",
		  "ii", tenant, (int64_t)limit);
	while ((l = db_each(&q)) != NULL)
		*l = (struct refused_launch){
			.at = db_int(q.rows, 0),
			.platform = db_int(q.rows, 1),
			.code = db_str(q.rows, 2, a),
			.expected = db_str(q.rows, 3, a),
			.got = db_str(q.rows, 4, a),
			.platform_name = db_str(q.rows, 5, a),
		};
	return db_end(&q);
}
