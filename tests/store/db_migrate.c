/* Migrations: order, one transaction each, and what is refused. */
#include <pthread.h>
#include <string.h>

#include "../../gateway/store/migrate.h"
#include "base/magic.h"
#include "kit/db.h"
#include "t.h"

#define SUM_A "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define SUM_B "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"

static const struct migration one[] = {
	{ 1, "first", "-- a comment; with a semicolon\n\nCREATE TABLE mig_a (\n\tid BIGINT PRIMARY KEY,\n"
	  "\tname TEXT\n);\n\nINSERT INTO mig_a (id, name) VALUES (1, 'semi;colon');\n", SUM_A },
	{ 0, NULL, NULL, NULL },
};
static const struct migration two[] = {
	{ 1, "first", "unused", SUM_A },
	{ 2, "second", "CREATE TABLE mig_b (id BIGINT PRIMARY KEY);\nINSERT INTO mig_b (id) VALUES (7);\n",
	  SUM_B },
	{ 0, NULL, NULL, NULL },
};
static const struct migration broken[] = {
	{ 1, "first", "unused", SUM_A },
	{ 2, "second", "unused", SUM_B },
	{ 3, "third", "CREATE TABLE mig_c (id BIGINT PRIMARY KEY);\nINSERT INTO nowhere (x) VALUES (1);\n",
	  SUM_A },
	{ 0, NULL, NULL, NULL },
};
static const struct migration cut[] = {
	{ 1, "first", "unused", SUM_A },
	{ 2, "second", "unused", SUM_B },
	{ 3, "third", "CREATE TABLE mig_c (id BIGINT PRIMARY KEY);\nCREATE TABLE mig_d (id BIGINT)\n", SUM_A },
	{ 0, NULL, NULL, NULL },
};
static const struct migration changed[] = {
	{ 1, "first", "unused", SUM_B },
	{ 2, "second", "unused", SUM_B },
	{ 0, NULL, NULL, NULL },
};
static const struct migration none[] = { { 0, NULL, NULL, NULL } };

TEST(migrations_are_applied_once_and_in_order)
{
	struct store *st = test_store();
	struct fault f = { 0 };
	int have = -1, want = -1;

	CHECK_INT(migrate_version(st, one, &have, &want, &f), E_OK);
	CHECK(have == 0 && want == 1);
	CHECK_INT(migrate_run(st, none, &f), E_OK);
	CHECK_INT(migrate_run(st, one, &f), E_OK);
	CHECK_INT(migrate_run(st, one, &f), E_OK);
	CHECK_INT(migrate_version(st, two, &have, &want, &f), E_OK);
	CHECK(have == 1 && want == 2);
	CHECK_INT(migrate_run(st, two, &f), E_OK);
	CHECK_INT(test_count(st, "SELECT id FROM mig_b"), 7);
	CHECK_INT(test_count(st, "SELECT count(*) FROM mig_a WHERE name = 'semi;colon'"), 1);
	CHECK_INT(test_count(st, "SELECT count(*) FROM lintel_schema WHERE applied_at > 1700000000000"), 2);
	if (f.err != E_OK)
		printf("# %s\n", f.text);
	store_close(st);
}

TEST(a_failing_migration_leaves_nothing_behind)
{
	struct store *st = test_store();
	struct fault f = { 0 };
	int have, want;

	CHECK_INT(migrate_run(st, broken, &f), E_DB);
	CHECK(f.text[0] != '\0');
	fault_clear(&f);
	CHECK_INT(migrate_run(st, cut, &f), E_INTERNAL);
	fault_clear(&f);
	CHECK_INT(migrate_version(st, two, &have, &want, &f), E_OK);
	CHECK_INT(have, 2);
	CHECK(test_sql(st, "CREATE TABLE mig_c (id BIGINT)"));	/* it is not there */
	store_close(st);
}

TEST(a_newer_or_changed_schema_is_refused)
{
	struct store *st = test_store();
	struct fault f = { 0 };
	int have, want;

	CHECK_INT(migrate_run(st, one, &f), E_DENIED);
	CHECK(strstr(f.text, "newer") != NULL);
	fault_clear(&f);
	CHECK_INT(migrate_run(st, changed, &f), E_DENIED);
	CHECK(strstr(f.text, "differs") != NULL);
	fault_clear(&f);
	CHECK_INT(migrate_version(st, none, &have, &want, &f), E_DENIED);
	store_close(st);
}

static void *migrate_thread(void *arg)
{
	struct store *st = test_store();
	struct fault f = { 0 };
	enum err e = migrate_run(st, migrations, &f);

	(void)arg;
	if (e != E_OK)
		printf("# %s\n", f.text);
	store_close(st);
	return e == E_OK ? NULL : (void *)1;
}

/* The real ones, by several processes starting at once. */
TEST(racing_starts_migrate_once)
{
	struct store *st = test_store();
	pthread_t t[4];
	void *bad;
	int have, want;
	struct fault f = { 0 };

	CHECK(test_sql(st, "DROP TABLE lintel_schema"));
	for (unsigned i = 0; i < ARRAY_LEN(t); i++)
		pthread_create(&t[i], NULL, migrate_thread, NULL);
	for (unsigned i = 0; i < ARRAY_LEN(t); i++) {
		pthread_join(t[i], &bad);
		CHECK(bad == NULL);
	}
	CHECK_INT(store_schema_version(st, &have, &want, &f), E_OK);
	CHECK(have == want);
	CHECK_INT(store_migrate(st, &f), E_OK);
	store_close(st);
}
