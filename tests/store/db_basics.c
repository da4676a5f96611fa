/* What every caller of the store relies on, on both engines alike. */
#include <string.h>

#include "base/magic.h"
#include "kit/db.h"
#include "t.h"

static struct store *st;

static bool open_store(void)
{
	if (st == NULL) {
		st = test_store();
		return test_sql(st, "CREATE TABLE thing (tenant_id BIGINT NOT NULL, id BIGINT NOT NULL,"
				" name TEXT, small INTEGER, raw BYTEA, PRIMARY KEY (tenant_id, id))");
	}
	return true;
}

struct thing {
	int64_t id, small;
	const char *name;
	struct span raw;
	bool small_null;
	struct arena *a;
};

static enum err put(struct db *db, void *arg)
{
	struct thing *t = arg;

	return db_run(db, NULL, "INSERT INTO thing (tenant_id, id, name, small, raw) "
		      "VALUES (1, $1, $2, $3, $4)", "isib", t->id, t->name, t->small, t->raw);
}

static enum err get(struct db *db, void *arg)
{
	struct thing *t = arg;

	return db_one(db, t->a, "sib", (void *[]){ &t->name, &t->small, &t->raw },
		      "SELECT name, small, raw FROM thing WHERE tenant_id = 1 AND id = $1", "i", t->id);
}

static bool round_trip(struct thing in)
{
	struct thing back = { .id = in.id };
	struct fault f = { 0 };
	struct arena a;
	bool ok;

	arena_init(&a, 1 << 20);
	back.a = &a;
	ok = CHECK_INT(store_write(st, put, &in, &f), E_OK) &&
	     CHECK_INT(store_read(st, get, &back, &f), E_OK) &&
	     CHECK_INT(back.small, in.small) && CHECK_STR(back.name, in.name) &&
	     CHECK((back.raw.p == NULL) == (in.raw.p == NULL)) && CHECK(span_eq(back.raw, in.raw));
	if (!ok)
		printf("# %s\n", f.text);
	arena_release(&a);
	return ok;
}

TEST(values_come_back_as_they_went)
{
	char every[256];

	NEED(open_store());
	for (unsigned i = 0; i < sizeof(every); i++)
		every[i] = (char)i;
	round_trip((struct thing){ .id = INT64_MAX, .name = "Łukasz 𠮷 لينا", .small = INT32_MAX,
				   .raw = span_mk(every, sizeof(every)) });
	round_trip((struct thing){ .id = INT64_MIN, .name = "", .small = INT32_MIN, .raw = SPAN("") });
	round_trip((struct thing){ .id = 0, .name = NULL, .small = -1, .raw = span_mk(NULL, 0) });
	round_trip((struct thing){ .id = -1, .name = "a'b\"c\\d\n\t;--", .small = 0,
				   .raw = SPAN("\0\0") });
}

TEST(text_that_one_engine_would_refuse_is_refused_by_both)
{
	struct fault f = { 0 };
	struct thing t = { .id = 77, .name = "\xff" };

	NEED(open_store());
	CHECK_INT(store_write(st, put, &t, &f), E_INPUT);
	CHECK_INT(test_count(st, "SELECT count(*) FROM thing WHERE tenant_id = 1 AND id = 77"), 0);
}

static enum err out_of_order(struct db *db, void *arg)
{
	int64_t *v = arg;

	return db_one(db, NULL, "iiii", (void *[]){ &v[0], &v[1], &v[2], &v[3] },
		      "SELECT $3 - 0, $1 - 0, $3 + $1, $2 - 0", "iii", (int64_t)100, (int64_t)20,
		      (int64_t)3);
}

TEST(parameters_go_by_number)
{
	struct fault f = { 0 };
	int64_t v[4] = { 0 };

	NEED(open_store());
	CHECK_INT(store_read(st, out_of_order, v, &f), E_OK);
	CHECK_INT(v[0], 3);
	CHECK_INT(v[1], 100);
	CHECK_INT(v[2], 103);
	CHECK_INT(v[3], 20);
}

TEST(a_unique_constraint_answers_conflict)
{
	struct fault f = { 0 };
	struct thing t = { .id = 500, .name = "first" };

	NEED(open_store());
	CHECK_INT(store_write(st, put, &t, &f), E_OK);
	CHECK_INT(store_write(st, put, &t, &f), E_CONFLICT);
	CHECK(f.err == E_CONFLICT && f.text[0] != '\0');
}

static enum err missing(struct db *db, void *arg)
{
	struct thing t = { .id = 123456 };

	(void)arg;
	return get(db, &t);
}

static enum err nonsense(struct db *db, void *arg)
{
	(void)arg;
	return db_run(db, NULL, "INSERT INTO no_such_table (a) VALUES (1)", "");
}

TEST(missing_and_broken_are_told_apart)
{
	struct fault f = { 0 };

	NEED(open_store());
	CHECK_INT(store_read(st, missing, NULL, &f), E_MISSING);
	CHECK_INT(f.err, E_OK);
	CHECK_INT(store_read(st, nonsense, NULL, &f), E_DB);
}

static enum err write_in_read(struct db *db, void *arg)
{
	(void)arg;
	return db_run(db, NULL, "UPDATE thing SET small = 99 WHERE tenant_id = 1", "");
}

TEST(a_read_cannot_write)
{
	struct fault f = { 0 };

	NEED(open_store());
	CHECK_INT(store_read(st, write_in_read, NULL, &f), E_DB);
	CHECK_INT(test_count(st, "SELECT count(*) FROM thing WHERE small = 99"), 0);
}

/* The closure forgives a failed statement; the transaction does not. */
static enum err forgiving(struct db *db, void *arg)
{
	struct thing t = { .id = 601, .name = "x" }, twice = t;

	(void)arg;
	put(db, &t);
	put(db, &twice);
	return E_OK;
}

static enum err changes_its_mind(struct db *db, void *arg)
{
	struct thing t = { .id = 602, .name = "x" };
	enum err e = put(db, &t);

	(void)arg;
	return e == E_OK ? E_DENIED : e;
}

TEST(all_or_nothing)
{
	struct fault f = { 0 };

	NEED(open_store());
	CHECK_INT(store_write(st, forgiving, NULL, &f), E_CONFLICT);
	fault_clear(&f);
	CHECK_INT(store_write(st, changes_its_mind, NULL, &f), E_DENIED);
	CHECK_INT(test_count(st, "SELECT count(*) FROM thing WHERE id IN (601, 602)"), 0);
}

static enum err count_changes(struct db *db, void *arg)
{
	int64_t *n = arg;
	enum err e;

	e = db_run(db, &n[0], "INSERT INTO thing (tenant_id, id, small) VALUES (2, 1, 0), (2, 2, 0)", "");
	if (e == E_OK)
		e = db_run(db, &n[1], "INSERT INTO thing (tenant_id, id, small) VALUES (2, 1, 0) "
			   "ON CONFLICT (tenant_id, id) DO NOTHING", "");
	if (e == E_OK)
		e = db_run(db, &n[2], "UPDATE thing SET small = $1 WHERE tenant_id = $2", "ii",
			   (int64_t)5, (int64_t)2);
	if (e == E_OK)
		e = db_run(db, &n[3], "DELETE FROM thing WHERE tenant_id = 3", "");
	return e;
}

TEST(changed_rows_are_counted)
{
	struct fault f = { 0 };
	int64_t n[4] = { -1, -1, -1, -1 };

	NEED(open_store());
	CHECK_INT(store_write(st, count_changes, n, &f), E_OK);
	CHECK_INT(n[0], 2);
	CHECK_INT(n[1], 0);
	CHECK_INT(n[2], 2);
	CHECK_INT(n[3], 0);
}

/* The same literal runs again while its own rows are still being read. */
static enum err walk(struct db *db, int depth, int64_t *sum)
{
	struct db_rows *rows;
	enum err e;

	e = db_query(db, &rows, "SELECT id FROM thing WHERE tenant_id = 2 AND id >= $1 ORDER BY id",
		     "i", (int64_t)1);
	if (e != E_OK)
		return e;
	while ((e = db_next(rows)) == E_OK) {
		*sum += db_int(rows, 0);
		if (depth > 0 && (e = walk(db, depth - 1, sum)) != E_OK)
			break;
	}
	db_close(rows);
	return e == E_MISSING ? E_OK : e;
}

static enum err nested(struct db *db, void *arg)
{
	return walk(db, 2, arg);
}

TEST(one_statement_may_be_open_several_times)
{
	struct fault f = { 0 };

	NEED(open_store());
	for (int i = 0; i < 3; i++) {
		int64_t sum = 0;

		CHECK_INT(store_read(st, nested, &sum, &f), E_OK);
		CHECK_INT(sum, 3 + 2 * 3 + 4 * 3);
	}
}

static enum err sums(struct db *db, void *arg)
{
	int64_t *v = arg;

	return db_one(db, NULL, "iiii", (void *[]){ &v[0], &v[1], &v[2], &v[3] },
		      "SELECT sum(id), count(*), max(id) > 1, coalesce(sum(small), 0) "
		      "FROM thing WHERE tenant_id = 2", "");
}

TEST(aggregates_and_truth_read_as_integers)
{
	struct fault f = { 0 };
	int64_t v[4] = { 0 };

	NEED(open_store());
	CHECK_INT(store_read(st, sums, v, &f), E_OK);
	CHECK_INT(v[0], 3);
	CHECK_INT(v[1], 2);
	CHECK_INT(v[2], 1);
	CHECK_INT(v[3], 10);
}

static enum err load(struct db *db, void *arg)
{
	enum err e = db_bulk_begin(db, "thing", "tenant_id, id, name, raw", 4);
	int64_t n = *(int64_t *)arg;

	for (int64_t i = 0; i < n && e == E_OK; i++)
		e = db_bulk_row(db, "iisb", (int64_t)9, i, i % 3 == 0 ? NULL : "tab\t\\N \\. é\r\n",
				SPAN("\x00\xff\\"));
	return e == E_OK ? db_bulk_end(db) : e;
}

static enum err load_twice_the_same(struct db *db, void *arg)
{
	enum err e = db_bulk_begin(db, "thing", "tenant_id, id", 2);

	(void)arg;
	for (int i = 0; i < 2 && e == E_OK; i++)
		e = db_bulk_row(db, "ii", (int64_t)10, (int64_t)1);
	return e == E_OK ? db_bulk_end(db) : e;
}

TEST(bulk_rows_arrive_unchanged)
{
	struct fault f = { 0 };
	int64_t n = 3000;
	struct thing t = { 0 };
	struct arena a;

	NEED(open_store());
	CHECK_INT(store_load(st, load, &n, &f), E_OK);
	CHECK_INT(test_count(st, "SELECT count(*) FROM thing WHERE tenant_id = 9"), 3000);
	CHECK_INT(test_count(st, "SELECT count(*) FROM thing WHERE tenant_id = 9 AND name IS NULL"), 1000);
	CHECK_INT(test_count(st, "SELECT count(DISTINCT name) FROM thing WHERE tenant_id = 9"), 1);
	CHECK(test_sql(st, "UPDATE thing SET tenant_id = 1 WHERE tenant_id = 9 AND id = 2998"));
	arena_init(&a, 10000);
	t.a = &a;
	t.id = 2998;
	CHECK_INT(store_read(st, get, &t, &f), E_OK);
	CHECK_STR(t.name, "tab\t\\N \\. é\r\n");
	CHECK(span_eq(t.raw, SPAN("\x00\xff\\")));
	arena_release(&a);
	CHECK_INT(store_load(st, load_twice_the_same, NULL, &f), E_CONFLICT);
	CHECK_INT(test_count(st, "SELECT count(*) FROM thing WHERE tenant_id = 10"), 0);
}

TEST(ids_are_positive_and_grow_with_time)
{
	int64_t early = store_new_id(INT64_C(1767225600000)), late = store_new_id(INT64_C(1767225600001));
	bool distinct = true;

	CHECK(early > 0 && late > early);
	/* A bulk load makes many in one millisecond. */
	for (int i = 0; i < 20000; i++) {
		int64_t id = store_new_id(INT64_C(1767225600002));

		distinct = distinct && id > late;
		late = id;
	}
	/* callers of one moment read clocks that differ */
	for (int i = 0; i < 20000; i++) {
		int64_t id = store_new_id(INT64_C(1767225600002) - i % 3);

		distinct = distinct && id > late;
		late = id;
	}
	CHECK(distinct);
}

TEST(a_backup_is_a_database_and_overwrites_nothing)
{
	const char *dir = getenv("LINTEL_TEST_DIR");
	struct fault f = { 0 };
	char path[300], url[320];
	struct store *copy = NULL;

	NEED(open_store());
	snprintf(path, sizeof(path), "%s/copy.db", dir != NULL ? dir : "/tmp");
	if (!str_starts(test_url(), "sqlite:")) {
		CHECK_INT(store_backup(st, path, &f), E_DENIED);
		CHECK(strstr(f.text, "pg_dump") != NULL);
		return;
	}
	CHECK_INT(store_backup(st, path, &f), E_OK);
	snprintf(url, sizeof(url), "sqlite:%s", path);
	CHECK_INT(store_open(&copy, url, NULL, STORE_TEST, &f), E_OK);
	NEED(copy != NULL);
	CHECK_INT(test_count(copy, "SELECT count(*) FROM thing"), test_count(st, "SELECT count(*) FROM thing"));
	CHECK_INT(store_check(copy, &f), E_OK);
	store_close(copy);
	CHECK_INT(store_backup(st, path, &f), E_CONFLICT);
	CHECK(strstr(f.text, "exists") != NULL);
}

#define LATER 100

static struct told {
	struct fault f;
	struct thing in;
	enum err err;
	_Atomic int times;
} told[LATER];

static void tell(void *cls, enum err e)
{
	struct told *t = cls;

	t->err = e;
	t->times++;
}

/* Every second one collides with its neighbour: undone alone, and told so. */
TEST(a_write_later_tells_each_caller_its_own_end)
{
	struct store_stats before, after;

	NEED(open_store());
	CHECK(test_sql(st, "DELETE FROM thing"));
	store_stats(st, &before);
	for (int i = 0; i < LATER; i++) {
		told[i].in = (struct thing){ .id = 1000 + i / 2, .name = "later" };
		store_write_later(st, put, &told[i].in, &told[i].f, tell, &told[i]);
	}
	/* writes keep their order, so this one comes after all */
	CHECK(test_sql(st, "DELETE FROM thing WHERE id = 1"));
	store_stats(st, &after);
	for (int i = 0; i < LATER; i++) {
		CHECK_INT(told[i].times, 1);
		CHECK_INT(told[i].err, i % 2 == 0 ? E_OK : E_CONFLICT);
		CHECK_INT(told[i].f.err, told[i].err);
	}
	CHECK_INT(test_count(st, "SELECT count(*) FROM thing"), LATER / 2);
	CHECK_INT((int64_t)(after.writes - before.writes), LATER + 1);
	if (str_starts(test_url(), "sqlite:"))
		CHECK(after.groups - before.groups < LATER / 2);
}

TEST(closing_waits_for_the_writes_of_later)
{
	NEED(open_store());
	CHECK(test_sql(st, "DELETE FROM thing"));
	for (int i = 0; i < LATER; i++) {
		told[i] = (struct told){ .in = { .id = i, .name = "last" } };
		store_write_later(st, put, &told[i].in, &told[i].f, tell, &told[i]);
	}
	store_close(st);
	for (int i = 0; i < LATER; i++)
		CHECK(told[i].times == 1 && told[i].err == E_OK);
	st = test_store();
	CHECK_INT(test_count(st, "SELECT count(*) FROM thing"), LATER);
}

TEST(an_address_that_names_no_engine_is_refused)
{
	static const char *const bad[] = { "", "sqlite:", "mysql://x", "/tmp/x.db", "postgresql:x" };

	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		struct fault f = { 0 };
		struct store *no = NULL;

		CHECK_INT(store_open(&no, bad[i], NULL, STORE_TEST, &f), E_INPUT);
		CHECK(no == NULL && f.text[0] != '\0');
	}
}

TEST(the_engine_says_it_is_well)
{
	struct fault f = { 0 };

	NEED(open_store());
	CHECK_INT(store_ping(st, &f), E_OK);
	CHECK_INT(store_check(st, &f), E_OK);
	store_close(st);
	st = NULL;
}
