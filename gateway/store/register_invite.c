/*
 * One-time invitations to register. The word in the address is "TENANT.SECRET": the
 * tenant in hexadecimal leads to the row, the hash of the whole word finds it.
 */
#include "store/register.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/magic.h"
#include "each.h"
#include "gw/crypt.h"
#include "store/store.h"

#define INVITE_COLUMNS                                                         \
	"i.id, i.tenant_id, i.created_by, i.created_at, i.expires_at, i.used_at, i.revoked_at, " \
	"i.platform_id, i.discovery_host, i.outcome, i.detail"
#define OPEN "i.used_at = 0 AND i.revoked_at = 0 AND i.expires_at > $3"

static void word_hash(const char *word, char hex[2 * SHA256_LEN + 1])
{
	uint8_t hash[SHA256_LEN];

	crypt_sha256(span_of(word), hash);
	hex_encode(hash, sizeof(hash), hex);
}

/* Of a word as we make them; 0 for any other. */
static int64_t word_tenant(const char *word)
{
	int64_t tenant = 0;
	size_t n = 0;

	while (n < 16 && hex_digit(word[n]) >= 0)
		tenant = (int64_t)((uint64_t)tenant << 4 | (unsigned)hex_digit(word[n++]));
	return n == 16 && word[n] == '.' && strlen(word) < REGISTER_INVITE_LEN && tenant > 0 ? tenant : 0;
}

enum err register_invite_add(struct db *db, int64_t tenant, const char *discovery_host, int64_t by,
			     int64_t now_ms, char word_out[REGISTER_INVITE_LEN], int64_t *id_out)
{
	char secret[2 * REGISTER_INVITE_BYTES], hex[2 * SHA256_LEN + 1];
	int n;

	assert(tenant > 0 && discovery_host != NULL && now_ms > 0);
	crypt_token(secret, REGISTER_INVITE_BYTES);
	n = snprintf(word_out, REGISTER_INVITE_LEN, "%016" PRIx64 ".%s", (uint64_t)tenant, secret);
	assert(n > 0 && n < REGISTER_INVITE_LEN);
	word_hash(word_out, hex);
	*id_out = store_new_id(now_ms);
	return db_run(db, NULL,
		      "INSERT INTO platform_invite (tenant_id, id, secret_hash, discovery_host, "
		      "created_by, created_at, expires_at, used_at, revoked_at, platform_id, outcome, "
		      "detail) VALUES ($1, $2, $3, $4, $5, $6, $7, 0, 0, 0, '', '')",
		      "iissiii", tenant, *id_out, hex, discovery_host, by, now_ms,
		      now_ms + REGISTER_INVITE_LIFE_MS);
}

static void read_invite(struct db_rows *rows, struct arena *a, struct platform_invite *i)
{
	*i = (struct platform_invite){
		.id = db_int(rows, 0),
		.tenant = db_int(rows, 1),
		.created_by = db_int(rows, 2),
		.created_at = db_int(rows, 3),
		.expires_at = db_int(rows, 4),
		.used_at = db_int(rows, 5),
		.revoked_at = db_int(rows, 6),
		.platform = db_int(rows, 7),
		.discovery_host = db_str(rows, 8, a),
		.outcome = db_str(rows, 9, a),
		.detail = db_str(rows, 10, a),
		.tenant_name = db_str(rows, 11, a),
		.platform_name = db_str(rows, 12, a),
	};
}

enum err register_invite_get(struct db *db, struct arena *a, const char *word, int64_t now_ms,
			     struct platform_invite *out)
{
	int64_t tenant = word_tenant(word);
	char hex[2 * SHA256_LEN + 1];
	struct db_rows *rows;
	enum err err;

	if (tenant == 0)
		return E_MISSING;
	word_hash(word, hex);
	err = db_first(db, &rows,
		       "SELECT " INVITE_COLUMNS ", t.name, NULL FROM platform_invite i "
		       "JOIN tenant t ON t.id = i.tenant_id "
		       "WHERE i.tenant_id = $1 AND i.secret_hash = $2 AND " OPEN,
		       "isi", tenant, hex, now_ms);
	if (err != E_OK)
		return err;
	read_invite(rows, a, out);
	return db_only(rows);
}

enum err register_invite_use(struct db *db, struct arena *a, const char *word, int64_t now_ms,
			     struct platform_invite *out)
{
	enum err err = register_invite_get(db, a, word, now_ms, out);

	/* Two at once: the second finds it used. */
	if (err == E_OK)
		err = db_run_or(db, E_MISSING,
				"UPDATE platform_invite SET used_at = $3 WHERE tenant_id = $1 "
				"AND id = $2 AND used_at = 0 AND revoked_at = 0 AND expires_at > $3",
				"iii", out->tenant, out->id, now_ms);
	return err;
}

enum err register_invite_done(struct db *db, int64_t tenant, int64_t id, int64_t platform)
{
	assert(tenant > 0 && platform > 0);
	return db_run_or(db, E_MISSING,
			 "UPDATE platform_invite SET outcome = 'registered', platform_id = $3 "
			 "WHERE tenant_id = $1 AND id = $2 AND used_at > 0",
			 "iii", tenant, id, platform);
}

enum err register_invite_failed(struct db *db, int64_t tenant, int64_t id, const char *code,
				const char *what)
{
	assert(tenant > 0 && code != NULL && what != NULL);
	return db_run_or(db, E_MISSING,
			 "UPDATE platform_invite SET outcome = $3, detail = $4 WHERE tenant_id = $1 "
			 "AND id = $2 AND used_at > 0",
			 "iiss", tenant, id, code, what);
}

enum err register_invite_revoke(struct db *db, int64_t tenant, int64_t id, int64_t now_ms)
{
	assert(tenant > 0 && now_ms > 0);
	return db_run_or(db, E_MISSING,
			 "UPDATE platform_invite SET revoked_at = $3 WHERE tenant_id = $1 "
			 "AND id = $2 AND used_at = 0 AND revoked_at = 0",
			 "iii", tenant, id, now_ms);
}

enum err register_invite_list(struct db *db, struct arena *a, int64_t tenant,
			      struct platform_invite **v_out, unsigned *n_out)
{
	struct db_each q = DB_LIST(db, a, v_out, n_out);
	struct platform_invite *i;

	assert(tenant > 0);
	db_select(&q,
		  "SELECT " INVITE_COLUMNS ", t.name, p.name FROM platform_invite i "
		  "JOIN tenant t ON t.id = i.tenant_id "
		  "LEFT JOIN platform p ON p.id = i.platform_id AND p.tenant_id = i.tenant_id "
		  "WHERE i.tenant_id = $1 ORDER BY i.created_at DESC, i.id DESC LIMIT $2",
		  "ii", tenant, (int64_t)REGISTER_INVITES_MAX);
	while ((i = db_each(&q)) != NULL)
		read_invite(q.rows, a, i);
	return db_end(&q);
}
