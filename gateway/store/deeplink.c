#include "store/deeplink.h"

#include "base/magic.h"
#include "each.h"
#include "store/session.h"

const char *const start_words[START_COUNT + 1] = {
	[START_FAMILY] = "family", [START_CLASS] = "class",
	[START_CONFERENCES] = "conferences", [START_PLAN] = "plan",
};

const char *start_word(const char *said)
{
	for (unsigned i = 0; said != NULL && i < START_COUNT; i++)
		if (str_eq(said, start_words[i]))
			return start_words[i];
	return NULL;
}

enum err deep_link_add(struct db *db, const struct deep_link *d)
{
	assert(d->tenant > 0 && strlen(d->session) == SESSION_HASH_LEN - 1);
	assert(d->return_url != NULL && d->return_origin != NULL && d->data != NULL);
	return db_run(db, NULL,
		      "INSERT INTO deep_link (tenant_id, session_hash, deployment_id, return_url, "
		      "return_origin, data, flags, expires_at) "
		      "VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
		      "isssssii", d->tenant, d->session, d->deployment, d->return_url,
		      d->return_origin, d->data, (int64_t)d->flags, d->expires_at);
}

enum err deep_link_get(struct db *db, struct arena *a, int64_t tenant, const char *session,
		       int64_t now_ms, struct deep_link *out)
{
	int64_t flags = 0;
	enum err err;

	*out = (struct deep_link){ .tenant = tenant, .session = session };
	err = db_one(db, a, "ssssii",
		     (void *[]){ &out->deployment, &out->return_url, &out->return_origin,
				 &out->data, &flags, &out->expires_at },
		     "SELECT deployment_id, return_url, return_origin, data, flags, expires_at "
		     "FROM deep_link WHERE tenant_id = $1 AND session_hash = $2 "
		     "AND expires_at > $3",
		     "isi", tenant, session, now_ms);
	out->flags = (unsigned)flags;
	return err;
}

enum err deep_link_use(struct db *db, int64_t tenant, const char *session, int64_t now_ms)
{
	assert(tenant > 0 && session != NULL);
	return db_run_or(db, E_CONFLICT,
			 "DELETE FROM deep_link WHERE tenant_id = $1 AND session_hash = $2 "
			 "AND expires_at > $3",
			 "isi", tenant, session, now_ms);
}
