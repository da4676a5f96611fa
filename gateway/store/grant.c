#include "store/grant.h"

#include "base/magic.h"
#include "each.h"
#include "gw/crypt.h"
#include "store/journal.h"
#include "store/store.h"

static const struct {
	const char *name;
	unsigned bit;
} grants[] = {
	{ "district", GRANT_DISTRICT },		{ "leader", GRANT_LEADER },
	{ "office", GRANT_OFFICE },		{ "safeguarding", GRANT_SAFEGUARDING },
	{ "interpreter", GRANT_INTERPRETER },	{ "teach", GRANT_TEACH },
};

unsigned grant_by_name(const char *name)
{
	for (unsigned i = 0; i < ARRAY_LEN(grants); i++)
		if (str_eq(name, grants[i].name))
			return grants[i].bit;
	return 0;
}

const char *grant_name(unsigned bit)
{
	for (unsigned i = 0; i < ARRAY_LEN(grants); i++)
		if (bit == grants[i].bit)
			return grants[i].name;
	return "";
}

enum err grant_add(struct db *db, int64_t tenant, const struct staff_grant *g, int64_t by,
		   int64_t now_ms, int64_t *id_out)
{
	assert(g->bits != 0 && g->person > 0);
	*id_out = store_new_id(now_ms);
	return db_run(db, NULL,
		      "INSERT INTO staff_grant (tenant_id, id, person_id, grant_bits, school_id, "
		      "context_id, until_at, granted_by, created_at, revoked_at) "
		      "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, 0)",
		      "iiiiiiiii", tenant, *id_out, g->person, (int64_t)g->bits, g->school, g->context,
		      g->until_at, by, now_ms);
}

enum err grant_revoke(struct db *db, int64_t tenant, int64_t id, int64_t now_ms)
{
	int64_t changed = 0;
	enum err err = db_run(db, &changed,
			      "UPDATE staff_grant SET revoked_at = $3 "
			      "WHERE tenant_id = $1 AND id = $2 AND revoked_at = 0",
			      "iii", tenant, id, now_ms);

	if (err != E_OK || changed == 0)
		return err != E_OK ? err : E_MISSING;
	return journal_add(db, &(struct journal_entry){ .kind = JOURNAL_REVOKE, .tenant = tenant,
							.id = id, .from = now_ms });
}

enum err grant_list(struct db *db, struct arena *a, int64_t tenant, int64_t now_ms,
		    struct staff_grant **v_out, unsigned *n_out)
{
	struct db_each q = DB_LIST(db, a, v_out, n_out);
	struct staff_grant *to;

	assert(tenant > 0);
	db_select(&q,
		  "SELECT g.id, g.person_id, g.school_id, g.context_id, g.until_at, g.created_at, "
		  "g.grant_bits, p.full_name FROM staff_grant g "
		  "JOIN person p ON p.tenant_id = g.tenant_id AND p.id = g.person_id "
		  "WHERE g.tenant_id = $1 AND g.revoked_at = 0 "
		  "AND (g.until_at = 0 OR g.until_at > $2) ORDER BY p.full_name, g.id LIMIT 1000",
		  "ii", tenant, now_ms);
	while ((to = db_each(&q)) != NULL)
		*to = (struct staff_grant){
			.id = db_int(q.rows, 0),
			.person = db_int(q.rows, 1),
			.school = db_int(q.rows, 2),
			.context = db_int(q.rows, 3),
			.until_at = db_int(q.rows, 4),
			.created_at = db_int(q.rows, 5),
			.bits = (unsigned)db_int(q.rows, 6),
			.person_name = db_str(q.rows, 7, a),
		};
	return db_end(&q);
}

static void code_hash(const char *code, char hex[2 * SHA256_LEN + 1])
{
	uint8_t hash[SHA256_LEN];

	crypt_sha256(span_of(code), hash);
	hex_encode(hash, sizeof(hash), hex);
}

enum err invite_add(struct db *db, int64_t tenant, const char *code, int64_t now_ms)
{
	char hex[2 * SHA256_LEN + 1];

	assert(strlen(code) >= 22);	/* 128 bits of randomness at least */
	code_hash(code, hex);
	return db_run(db, NULL,
		      "INSERT INTO admin_invite (tenant_id, code_hash, created_at, expires_at, "
		      "used_at, used_by) VALUES ($1, $2, $3, $4, 0, 0)",
		      "isii", tenant, hex, now_ms, now_ms + INVITE_LIFE_MS);
}

enum err invite_redeem(struct db *db, int64_t tenant, const char *code, int64_t person,
		       int64_t now_ms)
{
	const struct staff_grant g = { .person = person, .bits = GRANT_DISTRICT };
	char hex[2 * SHA256_LEN + 1];
	int64_t changed = 0, id;
	enum err err;

	assert(tenant > 0 && code != NULL);
	code_hash(code, hex);
	err = db_run(db, &changed,
		     "UPDATE admin_invite SET used_at = $3, used_by = $4 WHERE tenant_id = $1 "
		     "AND code_hash = $2 AND used_at = 0 AND expires_at > $3",
		     "isii", tenant, hex, now_ms, person);
	if (err != E_OK)
		return err;
	return changed == 0 ? E_MISSING : grant_add(db, tenant, &g, person, now_ms, &id);
}

enum err grants_in(struct db *db, int64_t tenant, int64_t person, int64_t context, int64_t now_ms,
		   unsigned *bits_out, int64_t *school_out)
{
	struct db_each q = DB_ROWS(db);

	assert(tenant > 0);
	*bits_out = 0;
	*school_out = 0;
	db_select(&q,
		  "SELECT grant_bits, school_id FROM staff_grant WHERE tenant_id = $1 "
		  "AND person_id = $2 AND context_id IN (0, $3) AND revoked_at = 0 "
		  "AND (until_at = 0 OR until_at > $4) ORDER BY id",
		  "iiii", tenant, person, context, now_ms);
	while (db_step(&q)) {
		*bits_out |= (unsigned)db_int(q.rows, 0);
		if (*school_out == 0)
			*school_out = db_int(q.rows, 1);
	}
	return db_end(&q);
}
