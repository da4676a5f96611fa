#include "store/toolkey.h"

#include "base/magic.h"
#include "each.h"

enum err tool_key_add(struct db *db, const struct tool_key *k)
{
	return db_run(db, NULL,
		      "INSERT INTO tool_key (kid, alg, public_jwk, private_sealed, created_at, "
		      "sign_from, retire_at) VALUES ($1, $2, $3, $4, $5, $6, $7)",
		      "sssbiii", k->kid, k->alg, k->public_jwk, k->private_sealed, k->created_at,
		      k->sign_from, k->retire_at);
}

enum err tool_key_retire_others(struct db *db, const char *kid, int64_t at)
{
	assert(kid != NULL && at > 0);
	return db_run(db, NULL,
		      "UPDATE tool_key SET retire_at = $2 "
		      "WHERE kid <> $1 AND (retire_at = 0 OR retire_at > $2)", "si", kid, at);
}

enum err tool_key_purge(struct db *db, int64_t retired_before)
{
	return db_run(db, NULL, "DELETE FROM tool_key WHERE retire_at > 0 AND retire_at < $1", "i",
		      retired_before);
}

enum err tool_key_list(struct db *db, struct arena *a, int64_t now_ms, struct tool_key **v_out,
		       unsigned *n_out)
{
	struct db_each q = DB_LIST(db, a, v_out, n_out);
	struct tool_key *k;

	assert(now_ms > 0);
	db_select(&q,
		  "SELECT kid, alg, public_jwk, private_sealed, created_at, sign_from, retire_at "
		  "FROM tool_key WHERE retire_at = 0 OR retire_at > $1 "
		  "ORDER BY created_at, kid LIMIT 100",
		  "i", now_ms);
	while ((k = db_each(&q)) != NULL)
		*k = (struct tool_key){
			.kid = db_str(q.rows, 0, a),
			.alg = db_str(q.rows, 1, a),
			.public_jwk = db_str(q.rows, 2, a),
			.private_sealed = db_bytes(q.rows, 3, a),
			.created_at = db_int(q.rows, 4),
			.sign_from = db_int(q.rows, 5),
			.retire_at = db_int(q.rows, 6),
		};
	return db_end(&q);
}
