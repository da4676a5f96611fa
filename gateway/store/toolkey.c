#include "store/toolkey.h"

enum err tool_key_add(struct db *db, const struct tool_key *k)
{
	return db_run(db, NULL,
		      "INSERT INTO tool_key (kid, alg, public_jwk, private_sealed, created_at, "
		      "sign_from, retire_at) VALUES ($1, $2, $3, $4, $5, $6, $7)",
		      "sssbiii", k->kid, k->alg, k->public_jwk, k->private_sealed, k->created_at,
		      k->sign_from, k->retire_at);
}

enum err tool_key_list(struct db *db, struct arena *a, int64_t now_ms, struct tool_key **v_out,
		       unsigned *n_out)
{
	struct tool_key *v = NULL;
	struct db_rows *rows = NULL;
	unsigned n = 0, cap = 0;
	enum err err;

	err = db_query(db, &rows,
		       "SELECT kid, alg, public_jwk, private_sealed, created_at, sign_from, retire_at "
		       "FROM tool_key WHERE retire_at = 0 OR retire_at > $1 "
		       "ORDER BY created_at, kid LIMIT 100",
		       "i", now_ms);
	while (err == E_OK && (err = db_next(rows)) == E_OK) {
		v = arena_grow(a, v, n, &cap, sizeof(*v));
		if (v == NULL) {
			err = E_NOMEM;
			break;
		}
		v[n++] = (struct tool_key){
			.kid = db_str(rows, 0, a),
			.alg = db_str(rows, 1, a),
			.public_jwk = db_str(rows, 2, a),
			.private_sealed = db_bytes(rows, 3, a),
			.created_at = db_int(rows, 4),
			.sign_from = db_int(rows, 5),
			.retire_at = db_int(rows, 6),
		};
	}
	db_close(rows);
	*v_out = v;
	*n_out = n;
	return err == E_MISSING ? E_OK : err;
}
