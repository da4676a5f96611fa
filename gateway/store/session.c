#include "store/session.h"

#include "base/magic.h"
#include "each.h"
#include "in_class.h"
#include "store/grant.h"

enum err session_add(struct db *db, const struct session *s)
{
	assert(s->tenant > 0 && s->account > 0 && s->person > 0);
	assert(strlen(s->hash) == SESSION_HASH_LEN - 1);
	return db_run(db, NULL,
		      "INSERT INTO session (tenant_id, id_hash, account_id, person_id, platform_id, "
		      "deployment_id, context_id, door, doors, flags, real_user, locale, zone, "
		      "embed_origin, return_url, created_at, seen_at, expires_at) "
		      "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, "
		      "$16, $17)",
		      "isiiisiiiisssssii", s->tenant, s->hash, s->account, s->person, s->platform,
		      s->deployment, s->context, (int64_t)s->door, (int64_t)s->doors,
		      (int64_t)s->flags, s->real_user, s->locale, s->zone, s->embed_origin,
		      s->return_url, s->created_at, s->expires_at);
}

enum err session_get(struct db *db, struct arena *a, int64_t tenant, const char *hash,
		     int64_t now_ms, struct session *out)
{
	struct db_rows *rows;
	int64_t school = 0;
	enum err err;

	*out = (struct session){ .tenant = tenant };
	err = db_first(db, &rows,
		       "SELECT s.account_id, s.person_id, s.platform_id, s.context_id, s.door, s.doors, "
		       "s.flags, s.created_at, s.seen_at, s.expires_at, s.deployment_id, s.real_user, "
		       "s.locale, s.zone, s.embed_origin, s.return_url, COALESCE(c.title, ''), "
		       "p.full_name, "
		       "CASE WHEN COALESCE(c.phase, '') <> '' THEN c.phase ELSE COALESCE(k.phase, '') END, "
		       "COALESCE(k.zone, ''), COALESCE(c.school_id, 0), "
		       AS_NUMBER("s.door = $5 AND " IS_TEACHER("c", "s.person_id")) ", "
		       AS_NUMBER("p.rights_at > 0 AND p.rights_at <= $3") " "
		       "FROM session s "
		       "JOIN platform f ON f.id = s.platform_id AND f.state = 'approved' "
		       "JOIN person p ON p.tenant_id = s.tenant_id AND p.id = s.person_id "
		       "LEFT JOIN context c ON c.tenant_id = s.tenant_id AND c.id = s.context_id "
		       "LEFT JOIN school k ON k.tenant_id = s.tenant_id AND k.id = c.school_id "
		       "WHERE s.tenant_id = $1 AND s.id_hash = $2 AND s.expires_at > $3 "
		       "AND s.seen_at > $4",
		       "isiii", tenant, hash, now_ms, now_ms - SESSION_IDLE_MS, (int64_t)DOOR_CLASS);
	if (err != E_OK)
		return err;
	out->account = db_int(rows, 0);
	out->person = db_int(rows, 1);
	out->platform = db_int(rows, 2);
	out->context = db_int(rows, 3);
	out->door = (enum door)db_int(rows, 4);
	out->doors = (unsigned)db_int(rows, 5);
	out->flags = (unsigned)db_int(rows, 6);
	out->created_at = db_int(rows, 7);
	out->seen_at = db_int(rows, 8);
	out->expires_at = db_int(rows, 9);
	out->deployment = db_str(rows, 10, a);
	out->real_user = db_str(rows, 11, a);
	out->locale = db_str(rows, 12, a);
	out->zone = db_str(rows, 13, a);
	out->embed_origin = db_str(rows, 14, a);
	out->return_url = db_str(rows, 15, a);
	out->context_title = db_str(rows, 16, a);
	out->person_name = db_str(rows, 17, a);
	out->context_phase = db_str(rows, 18, a);
	out->context_zone = db_str(rows, 19, a);
	out->school = db_int(rows, 20);
	out->teaches = db_int(rows, 21) > 0;
	out->own_rights = db_int(rows, 22) > 0;
	snprintf(out->hash, sizeof(out->hash), "%s", hash);
	err = db_only(rows);
	if (err == E_OK)
		err = grants_in(db, tenant, out->person, out->context, now_ms, &out->grants, &school);
	if (err == E_OK && out->school == 0)
		out->school = school;
	return err;
}

enum err session_touch(struct db *db, int64_t tenant, const char *hash, int64_t now_ms)
{
	assert(hash != NULL && now_ms > 0);
	return db_run(db, NULL,
		      "UPDATE session SET seen_at = $3 "
		      "WHERE tenant_id = $1 AND id_hash = $2 AND seen_at < $3",
		      "isi", tenant, hash, now_ms);
}

enum err session_set_door(struct db *db, int64_t tenant, const char *hash, enum door door)
{
	assert(tenant > 0 && hash != NULL);
	return db_run_or(db, E_MISSING,
			 "UPDATE session SET door = $3 WHERE tenant_id = $1 AND id_hash = $2",
			 "isi", tenant, hash, (int64_t)door);
}

enum err session_set_doors(struct db *db, int64_t tenant, const char *hash, unsigned doors,
			   enum door door)
{
	assert(tenant > 0 && hash != NULL);
	return db_run(db, NULL,
		      "UPDATE session SET doors = $3, door = $4 WHERE tenant_id = $1 AND id_hash = $2",
		      "isii", tenant, hash, (int64_t)doors, (int64_t)door);
}

enum err session_set_locale(struct db *db, const struct session *s, const char *locale)
{
	enum err err = db_run(db, NULL,
			      "UPDATE session SET locale = $3 WHERE tenant_id = $1 AND id_hash = $2",
			      "iss", s->tenant, s->hash, locale);

	if (err != E_OK)
		return err;
	return db_run(db, NULL,
		      "INSERT INTO person_pref (tenant_id, person_id, locale, zone) "
		      "VALUES ($1, $2, $3, '') "
		      "ON CONFLICT (tenant_id, person_id) DO UPDATE SET locale = $3",
		      "iis", s->tenant, s->person, locale);
}

enum err session_end(struct db *db, int64_t tenant, const char *hash)
{
	assert(hash != NULL);
	return db_run(db, NULL, "DELETE FROM session WHERE tenant_id = $1 AND id_hash = $2", "is",
		      tenant, hash);
}

enum err session_end_platform(struct db *db, int64_t platform)
{
	assert(platform > 0);
	return db_run(db, NULL, "DELETE FROM session WHERE platform_id = $1", "i", platform);
}

enum err session_end_other(struct db *db, int64_t tenant, const char *hash, int64_t account)
{
	assert(tenant > 0 && account > 0);
	return db_run(db, NULL,
		      "DELETE FROM session WHERE tenant_id = $1 AND id_hash = $2 "
		      "AND account_id <> $3",
		      "isi", tenant, hash, account);
}

enum err nonce_consume(struct db *db, int64_t tenant, int64_t platform, const char *nonce_hash,
		       int64_t expires_at)
{
	assert(nonce_hash != NULL && nonce_hash[0] != '\0');
	return db_run(db, NULL,
		      "INSERT INTO nonce (tenant_id, platform_id, nonce_hash, expires_at) "
		      "VALUES ($1, $2, $3, $4)",
		      "iisi", tenant, platform, nonce_hash, expires_at);
}

enum err session_purge(struct db *db, int64_t now_ms, int64_t *removed_out)
{
	int64_t nonces = 0, sessions = 0, links = 0;
	enum err err;

	err = db_run(db, &nonces, "DELETE FROM nonce WHERE expires_at < $1", "i", now_ms);
	if (err == E_OK)
		err = db_run(db, &sessions, "DELETE FROM session WHERE expires_at < $1", "i",
			     now_ms);
	if (err == E_OK)
		err = db_run(db, &links, "DELETE FROM deep_link WHERE expires_at < $1", "i",
			     now_ms);
	*removed_out = nonces + sessions + links;
	return err;
}
