#include "kit/world.h"

#include "gw/crypt.h"
#include "kit/db.h"
#include "store/audit.h"
#include "store/platform.h"
#include "t_check.h"

struct store *st;
struct arena mem;

bool world_make(store_fn make, void *arg)
{
	struct fault f = { 0 };
	uint8_t root[32] = { 7 };
	enum err err = E_OK;

	if (st == NULL) {
		st = test_store();
		audit_setup(root, 0);
		arena_init(&mem, 64 << 20);
		err = store_migrate(st, &f);
	}
	if (err == E_OK)
		err = store_write(st, make, arg, &f);
	if (CHECK_INT(err, E_OK))
		return true;
	printf("# %s\n", f.text);
	return false;
}

enum err world_platform(struct db *db, int64_t now_ms, int64_t *tenant_out, int64_t *platform_out)
{
	struct platform p = { .name = "Practice", .family = "moodle", .issuer = "https://a.example",
			      .client_id = "c1", .auth_url = "u", .token_url = "u", .jwks_url = "u",
			      .alg = "RS256", .match_by = "none", .state = "approved",
			      .accept_deployments = "approve", .guid = "", .created_at = now_ms };
	enum err err = db_run(db, NULL, "DELETE FROM platform", "");

	if (err == E_OK)
		err = tenant_add(db, "District", now_ms, &p.tenant);
	p.id = store_new_id(now_ms);
	if (err == E_OK)
		err = platform_add(db, &p);
	*tenant_out = p.tenant;
	*platform_out = p.id;
	return err;
}

enum err world_course(struct db *db, int64_t tenant, int64_t platform, const char *ext_id,
		      int64_t now_ms, int64_t *course_out)
{
	struct context_facts f = { .tenant = tenant, .platform = platform, .ext_id = ext_id,
				   .title = "Grade 3", .now_ms = now_ms };
	struct context c = { 0 };
	enum err err = context_upsert(db, &mem, &f, &c);

	*course_out = c.id;
	return err;
}
