/* The tool's own keys: made once, sealed in the database, opened to sign. */
#include "gw/toolkeys.h"

#include "base/buf.h"
#include "gw/conf.h"
#include "kit/db.h"
#include "lti/ownkeys.h"
#include "store/toolkey.h"
#include "t.h"

#define NOW 1700000000000LL

static enum err drop_keys(struct db *db, void *arg)
{
	(void)arg;
	return db_run(db, NULL, "DELETE FROM tool_key", "");
}

/* No key yet. */
static struct store *keyless(void)
{
	struct store *st = test_store();
	struct fault f = { 0 };

	if (store_migrate(st, &f) != E_OK || store_write(st, drop_keys, NULL, &f) != E_OK) {
		store_close(st);
		return NULL;
	}
	return st;
}

TEST(the_key_that_was_made_is_the_key_that_signs)
{
	struct store *st = keyless();
	const uint8_t root[32] = { 7 }, other[32] = { 8 };
	struct lti_ownkey *k = NULL, *again = NULL;
	struct buf jws = BUF_INIT(4096);
	struct fault f = { 0 };

	NEED(st != NULL);
	CHECK_INT(toolkeys_signer(st, root, NOW, &k, &f), E_MISSING);
	fault_clear(&f);
	NEED(toolkeys_ensure(st, root, NOW, &f) == E_OK);
	CHECK_INT(toolkeys_ensure(st, root, NOW + 1, &f), E_OK);
	CHECK_INT(test_count(st, "SELECT COUNT(*) FROM tool_key"), 1);
	/* its time has not come */
	CHECK_INT(toolkeys_signer(st, root, NOW - 1, &k, &f), E_MISSING);
	fault_clear(&f);
	NEED(toolkeys_signer(st, root, NOW, &k, &f) == E_OK);
	NEED(toolkeys_signer(st, root, NOW + 5, &again, &f) == E_OK);
	CHECK_STR(lti_ownkey_kid(k), lti_ownkey_kid(again));
	CHECK_INT(lti_ownkey_alg(k), LTI_ALG_RS256);
	CHECK_INT(lti_sign(k, SPAN("{\"iss\":\"a\"}"), &jws), E_OK);
	lti_ownkey_free(again);
	/* another key file opens nothing */
	CHECK(toolkeys_signer(st, other, NOW, &again, &f) != E_OK && again == NULL);
	lti_ownkey_free(k);
	buf_release(&jws);
	store_close(st);
}

/* What a platform finds at that time, and what signs. */
static const char *signs(struct store *st, const uint8_t root[32], int64_t now)
{
	static char kid[100];
	struct lti_ownkey *k = NULL;
	struct fault f = { 0 };

	kid[0] = '\0';
	if (toolkeys_signer(st, root, now, &k, &f) == E_OK)
		snprintf(kid, sizeof(kid), "%s", lti_ownkey_kid(k));
	lti_ownkey_free(k);
	return kid;
}

struct published {
	struct arena a;
	int64_t now;
	struct tool_key *v;
	unsigned n;
};

static enum err read_published(struct db *db, void *arg)
{
	struct published *p = arg;

	return tool_key_list(db, &p->a, p->now, &p->v, &p->n);
}

/* How many are published then, and is the one that signs among them? */
static int published(struct store *st, const uint8_t root[32], int64_t now)
{
	struct published p = { .now = now };
	const char *kid = signs(st, root, now);
	struct fault f = { 0 };
	bool there = false;
	int n;

	arena_init(&p.a, 1 << 20);
	CHECK_INT(store_read(st, read_published, &p, &f), E_OK);
	for (unsigned i = 0; i < p.n; i++)
		there |= str_eq(p.v[i].kid, kid);
	n = (int)p.n;
	arena_release(&p.a);
	return there ? n : -n;
}

TEST(a_rotated_key_is_published_before_it_signs_and_the_old_one_after)
{
	struct store *st = keyless();
	const uint8_t root[32] = { 7 };
	const int64_t signs_at = NOW + 1000 + TOOLKEY_LEAD_MS, gone_at = signs_at + TOOLKEY_STAY_MS;
	struct fault f = { 0 };
	char first[100];

	NEED(st != NULL);
	NEED(toolkeys_ensure(st, root, NOW, &f) == E_OK);
	snprintf(first, sizeof(first), "%s", signs(st, root, NOW));
	NEED(toolkeys_rotate(st, root, false, NOW + 1000, &f) == E_OK);
	CHECK_INT(published(st, root, NOW + 1000), 2);
	CHECK_STR(signs(st, root, NOW + 1000), first);
	CHECK_STR(signs(st, root, signs_at - 1), first);
	CHECK(strcmp(signs(st, root, signs_at), first) != 0);
	CHECK_INT(published(st, root, signs_at), 2);
	CHECK_INT(published(st, root, gone_at - 1), 2);
	CHECK_INT(published(st, root, gone_at), 1);
	/* one waits already */
	CHECK_INT(toolkeys_rotate(st, root, false, NOW + 2000, &f), E_CONFLICT);
	fault_clear(&f);
	CHECK_INT(test_count(st, "SELECT COUNT(*) FROM tool_key"), 2);
	CHECK_INT(toolkeys_rotate(st, root, false, signs_at + 1, &f), E_OK);
	CHECK_INT(published(st, root, signs_at + 1), 3);
	store_close(st);
}

TEST(in_an_emergency_only_the_new_key_is_left)
{
	struct store *st = keyless();
	const uint8_t root[32] = { 7 };
	struct fault f = { 0 };
	char first[100];

	NEED(st != NULL);
	NEED(toolkeys_ensure(st, root, NOW, &f) == E_OK);
	snprintf(first, sizeof(first), "%s", signs(st, root, NOW));
	NEED(toolkeys_rotate(st, root, false, NOW + 1, &f) == E_OK);
	NEED(toolkeys_rotate(st, root, true, NOW + 2, &f) == E_OK);
	CHECK_INT(published(st, root, NOW + 2), 1);
	CHECK(strcmp(signs(st, root, NOW + 2), first) != 0);
	/* the key that waited may be lost with the file, too: it never signs */
	CHECK_INT(published(st, root, NOW + 2 * TOOLKEY_LEAD_MS), 1);
	store_close(st);
}

TEST(keys_are_renewed_by_themselves_and_forgotten_when_long_gone)
{
	struct store *st = keyless();
	struct conf c = { .data_dir = getenv("LINTEL_TEST_DIR") };
	const int64_t old = NOW + TOOLKEY_LIFE_MS;
	const int64_t gone = old + TOOLKEY_LEAD_MS + TOOLKEY_STAY_MS + TOOLKEY_KEEP_MS;
	struct fault f = { 0 };
	uint8_t root[32];
	char file[300];

	NEED(st != NULL);
	snprintf(file, sizeof(file), "%s/tend.key", c.data_dir);
	c.key_file = file;
	NEED(key_file_load(&c, true, root, &f) == E_OK);
	NEED(toolkeys_ensure(st, root, NOW, &f) == E_OK);
	CHECK_INT(toolkeys_tend(st, &c, old - 1, &f), E_OK);
	CHECK_INT(test_count(st, "SELECT COUNT(*) FROM tool_key"), 1);
	CHECK_INT(toolkeys_tend(st, &c, old, &f), E_OK);
	CHECK_INT(toolkeys_tend(st, &c, old + 60000, &f), E_OK);
	CHECK_INT(test_count(st, "SELECT COUNT(*) FROM tool_key"), 2);
	CHECK_INT(published(st, root, old + TOOLKEY_LEAD_MS), 2);
	CHECK_INT(toolkeys_tend(st, &c, gone, &f), E_OK);
	CHECK_INT(test_count(st, "SELECT COUNT(*) FROM tool_key"), 2);
	CHECK_INT(toolkeys_tend(st, &c, gone + 1, &f), E_OK);
	CHECK_INT(test_count(st, "SELECT COUNT(*) FROM tool_key"), 1);
	store_close(st);
}
