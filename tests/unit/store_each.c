/* Walking over rows (gateway/store/each.h), also when the database or the memory fails. */
#include "../kit/db_fake.h"
#include "../../gateway/store/each.h"
#include "../../gateway/store/store_private.h"
#include "t.h"

struct pair {
	int64_t id;
	const char *name;
};

struct want {
	struct arena a;
	struct pair *v, only;
	int64_t ids[2];
	unsigned n, steps;
	enum err row_err;	/* what the body of the loop says of row 2 */
};

static enum err list(struct db *db, void *arg)
{
	struct want *w = arg;
	struct db_each q = DB_LIST(db, &w->a, &w->v, &w->n);
	struct pair *p;

	w->steps = 0;
	db_select(&q, "SELECT id, name FROM pair WHERE id > $1", "i", (int64_t)0);
	while ((p = db_each(&q)) != NULL) {
		*p = (struct pair){ db_int(q.rows, 0), db_str(q.rows, 1, &w->a) };
		if (++w->steps == 2)
			q.err = w->row_err;
	}
	return db_end(&q);
}

static enum err odd_ids(struct db *db, void *arg)
{
	struct want *w = arg;
	struct db_each q = DB_ARRAY(db, w->ids, &w->n);
	int64_t *id;

	db_select(&q, "SELECT id FROM pair", "");
	while (db_step(&q))
		if (db_int(q.rows, 0) % 2 == 1 && (id = db_add(&q)) != NULL)
			*id = db_int(q.rows, 0);
	return db_end(&q);
}

/* Rows of one id belong together: their names are counted at the last one kept. */
static enum err runs(struct db *db, void *arg)
{
	struct want *w = arg;
	struct db_each q = DB_LIST(db, &w->a, &w->v, &w->n);

	db_select(&q, "SELECT id FROM pair", "");
	while (db_step(&q)) {
		struct pair *p = db_last(&q);

		if ((p == NULL || p->id != db_int(q.rows, 0)) && (p = db_add(&q)) != NULL)
			p->id = db_int(q.rows, 0);
	}
	return db_end(&q);
}

static enum err one(struct db *db, void *arg)
{
	struct want *w = arg;
	struct db_rows *rows;
	enum err err = db_first(db, &rows, "SELECT id, name FROM pair WHERE id = $1", "i",
				(int64_t)1);

	if (err != E_OK)
		return err;
	w->only = (struct pair){ db_int(rows, 0), db_str(rows, 1, &w->a) };
	return db_only(rows);
}

/* Runs fn on what the script says; an open cursor would stop the program in db_leave(). */
static enum err with_fake(store_fn fn, struct want *w)
{
	struct store *st = NULL;
	struct fault f = { 0 };
	enum err err;

	if (!CHECK(store_open_with(&st, &db_fake, "x", NULL, STORE_TEST, &f) == E_OK))
		return E_INTERNAL;
	err = store_read(st, fn, w, &f);
	CHECK_INT(fake_left(), 0);
	CHECK_INT(fake_wrong(), 0);
	store_close(st);
	return err;
}

TEST(a_list_holds_every_row_in_order)
{
	struct want w = { 0 };

	arena_init(&w.a, 1 << 16);
	fake_reset();
	fake_expect("SELECT id, name", E_OK);
	for (int64_t i = 1; i <= 20; i++)
		fake_row("is", i, i == 20 ? "last" : "some");
	CHECK_INT(with_fake(list, &w), E_OK);
	CHECK_INT(w.n, 20);
	for (unsigned i = 0; i < w.n; i++)
		CHECK_INT(w.v[i].id, i + 1);
	CHECK_STR(w.v[19].name, "last");
	arena_release(&w.a);
}

TEST(a_list_without_rows_is_none)
{
	struct want w = { .n = 7 };

	arena_init(&w.a, 1 << 16);
	fake_reset();
	fake_expect("SELECT id, name", E_OK);
	CHECK_INT(with_fake(list, &w), E_OK);
	CHECK(w.n == 0 && w.v == NULL);
	arena_release(&w.a);
}

TEST(a_query_that_fails_leaves_no_list)
{
	struct pair old = { .id = 9 };
	struct want w = { .v = &old, .n = 1 };

	arena_init(&w.a, 1 << 16);
	fake_reset();
	fake_expect("SELECT id, name", E_DB);
	CHECK_INT(with_fake(list, &w), E_DB);
	CHECK(w.n == 0 && w.v == NULL && w.steps == 0);
	arena_release(&w.a);
}

TEST(a_query_that_breaks_half_way_leaves_no_list)
{
	struct want w = { 0 };

	arena_init(&w.a, 1 << 16);
	fake_reset();
	fake_expect("SELECT id, name", E_OK);
	for (int64_t i = 1; i <= 3; i++)
		fake_row("is", i, "x");
	fake_breaks(E_BUSY);
	CHECK_INT(with_fake(list, &w), E_BUSY);
	CHECK(w.steps == 3 && w.n == 0 && w.v == NULL);
	fake_reset();
	fake_expect("SELECT id, name", E_OK);
	fake_row("is", (int64_t)1, "x");
	fake_breaks(E_DB);
	CHECK_INT(with_fake(one, &w), E_DB);
	arena_release(&w.a);
}

TEST(a_row_that_the_caller_refuses_ends_the_walk)
{
	struct want w = { .row_err = E_DENIED };

	arena_init(&w.a, 1 << 16);
	fake_reset();
	fake_expect("SELECT id, name", E_OK);
	for (int64_t i = 1; i <= 5; i++)
		fake_row("is", i, "x");
	CHECK_INT(with_fake(list, &w), E_DENIED);
	CHECK(w.steps == 2 && w.n == 0 && w.v == NULL);
	arena_release(&w.a);
}

/* Every place where the memory may end: the list, a column of it, between the two. */
TEST(a_list_that_does_not_fit_is_no_list)
{
	unsigned refused = 0;

	for (size_t cap = 16; cap <= 1024; cap += 16) {
		struct want w = { 0 };

		arena_init(&w.a, cap);
		fake_reset();
		fake_expect("SELECT id, name", E_OK);
		for (int64_t i = 1; i <= 12; i++)
			fake_row("is", i, "a name of some length");
		if (with_fake(list, &w) == E_NOMEM) {
			refused++;
			CHECK(w.n == 0 && w.v == NULL);
		} else {
			CHECK_INT(w.n, 12);
		}
		arena_release(&w.a);
	}
	CHECK(refused > 20 && refused < 64);
}

TEST(an_array_ends_where_it_is_full)
{
	struct want w = { 0 };

	fake_reset();
	fake_expect("SELECT id", E_OK);
	for (int64_t i = 1; i <= 9; i++)
		fake_row("i", i);
	CHECK_INT(with_fake(odd_ids, &w), E_OK);
	CHECK(w.n == 2 && w.ids[0] == 1 && w.ids[1] == 3);
	fake_reset();
	fake_expect("SELECT id", E_BUSY);
	CHECK_INT(with_fake(odd_ids, &w), E_BUSY);
	CHECK_INT(w.n, 0);
}

TEST(neighbouring_rows_may_share_an_element)
{
	static const int64_t id[] = { 4, 4, 4, 6, 7, 7 };
	struct want w = { 0 };

	arena_init(&w.a, 1 << 16);
	fake_reset();
	fake_expect("SELECT id", E_OK);
	for (unsigned i = 0; i < ARRAY_LEN(id); i++)
		fake_row("i", id[i]);
	CHECK_INT(with_fake(runs, &w), E_OK);
	CHECK(w.n == 3 && w.v[0].id == 4 && w.v[1].id == 6 && w.v[2].id == 7);
	arena_release(&w.a);
}

TEST(one_row_is_one_row)
{
	struct want w = { 0 };

	arena_init(&w.a, 1 << 16);
	fake_reset();
	fake_expect("SELECT id, name", E_OK);
	CHECK_INT(with_fake(one, &w), E_MISSING);
	fake_reset();
	fake_expect("SELECT id, name", E_DB);
	CHECK_INT(with_fake(one, &w), E_DB);
	fake_reset();
	fake_expect("SELECT id, name", E_OK);
	fake_row("is", (int64_t)1, "Lina");
	CHECK_INT(with_fake(one, &w), E_OK);
	CHECK_STR(w.only.name, "Lina");
	fake_reset();
	fake_expect("SELECT id, name", E_OK);
	fake_row("is", (int64_t)1, "Lina");
	fake_row("is", (int64_t)1, "Sami");
	CHECK_INT(with_fake(one, &w), E_CONFLICT);
	arena_release(&w.a);
}

TEST(a_column_that_does_not_fit_is_no_row)
{
	struct want w = { 0 };

	arena_init(&w.a, 8);
	fake_reset();
	fake_expect("SELECT id, name", E_OK);
	fake_row("is", (int64_t)1, "a name of some length");
	CHECK_INT(with_fake(one, &w), E_NOMEM);
	arena_release(&w.a);
}
