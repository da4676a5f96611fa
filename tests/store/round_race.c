/*
 * Races for conference times: whatever meets, one wins, the others hear
 * E_CONFLICT, nobody hears a database error, and the books balance.
 */
#include <pthread.h>
#include <unistd.h>

#include "kit/round_world.h"
#include "t.h"

#define CLIENTS 64

/* A crowd of families of one class, each with a child of its own. */
static struct account kid[CLIENTS], parent[CLIENTS];

static enum err crowd_fn(struct db *db, void *arg)
{
	enum err err = E_OK;

	(void)arg;
	for (int i = 0; err == E_OK && i < CLIENTS; i++) {
		char sub[2][16];
		struct account_facts f = { .tenant = w.tenant, .platform = w.platform,
					   .full_name = "Somebody", .now_ms = NOW };

		snprintf(sub[0], sizeof(sub[0]), "k%d", i);
		snprintf(sub[1], sizeof(sub[1]), "p%d", i);
		f.sub = sub[0];
		err = account_upsert(db, &mem, &f, &kid[i]);
		f.sub = sub[1];
		if (err == E_OK)
			err = account_upsert(db, &mem, &f, &parent[i]);
		if (err == E_OK)
			err = member_seen(db, w.tenant, w.course, kid[i].person, "pupil", "launch", NOW);
	}
	return err;
}

static bool crowd(void)
{
	struct fault f = { 0 };

	if (!round_world())
		return false;
	if (CHECK_INT(store_write(st, crowd_fn, NULL, &f), E_OK))
		return true;
	printf("# %s: %s\n", f.where, f.text);
	return false;
}

static pthread_barrier_t gate;

static void *runner(void *arg)
{
	struct deed *d = arg;

	pthread_barrier_wait(&gate);
	run_deed(d);
	return NULL;
}

/* All deeds at the same moment, a thread each. */
static bool together(struct deed *d, unsigned n)
{
	pthread_t t[CLIENTS];
	unsigned i;

	pthread_barrier_init(&gate, NULL, n);
	for (i = 0; i < n; i++)
		if (!CHECK(pthread_create(&t[i], NULL, runner, &d[i]) == 0))
			exit(1);
	for (i = 0; i < n; i++)
		pthread_join(t[i], NULL);
	pthread_barrier_destroy(&gate);
	for (i = 0; i < n; i++)
		if (d[i].err != E_OK && d[i].err != E_CONFLICT) {
			printf("# deed %u: %s: %s\n", i, err_name(d[i].err), d[i].fault.text);
			return CHECK(!"an error that is no conflict");
		}
	return CHECK(i == n);
}

static unsigned winners(const struct deed *d, unsigned n)
{
	unsigned k = 0;

	for (unsigned i = 0; i < n; i++)
		k += d[i].err == E_OK;
	return k;
}

TEST(sixty_four_families_want_one_time)
{
	static struct deed d[CLIENTS];
	static struct deed none;

	NEED(crowd());
	for (int s = 0; s < SLOTS; s++) {
		for (int i = 0; i < CLIENTS; i++) {
			d[i] = none;
			d[i].what = BOOK;
			d[i].ask = ask_for(&kid[i], &parent[i], w.round, w.slot[s]);
		}
		NEED(together(d, CLIENTS));
		/* a family that won an earlier time already has its one */
		CHECK_INT(winners(d, CLIENTS), 1);
		books_balance();
	}
	CHECK_INT(test_count(st, "SELECT COUNT(*) FROM conf_booking"), SLOTS);
}

TEST(a_crowd_over_all_times_fills_each_once)
{
	static struct deed d[CLIENTS];
	static struct deed none;

	NEED(crowd());
	int64_t before = test_count(st, "SELECT COUNT(*) FROM conf_booking");

	for (int i = 0; i < CLIENTS; i++) {
		d[i] = none;
		d[i].what = BOOK;
		d[i].ask = ask_for(&kid[i], &parent[i], w.round, w.slot[i % SLOTS]);
	}
	NEED(together(d, CLIENTS));
	CHECK_INT(winners(d, CLIENTS), SLOTS);
	CHECK_INT(test_count(st, "SELECT COUNT(*) FROM conf_booking"), before + SLOTS);
	books_balance();
}

TEST(a_double_tap_from_many_windows_is_one_booking)
{
	static struct deed d[16];
	static struct deed none;
	int64_t id = 0;

	NEED(crowd());
	for (int i = 0; i < 16; i++) {
		d[i] = none;
		d[i].what = BOOK;
		d[i].ask = ask_for(&kid[0], &parent[0], w.round, w.slot[0]);
	}
	NEED(together(d, 16));
	for (int i = 0; i < 16; i++) {
		if (d[i].err == E_CONFLICT)	/* asks once more, as the page does */
			CHECK_INT(run_deed(&d[i]), E_OK);
		id = id ? id : d[i].booking;
		CHECK_INT(d[i].booking, id);
	}
	books_balance();
}

TEST(one_household_two_times_at_once_gets_one)
{
	for (int k = 0; k < 20; k++) {
		struct deed d[2] = { { .what = BOOK }, { .what = BOOK } };

		NEED(k > 0 || crowd());
		d[0].ask = ask_for(&kid[k], &parent[k], w.round, w.slot[0]);
		d[1].ask = ask_for(&kid[k], &parent[k], w.round, w.slot[1]);
		NEED(together(d, 2));
		CHECK_INT(winners(d, 2), 1);
		for (int i = 0; i < 2; i++) {
			d[i].what = CANCEL;
			if (d[i].err == E_OK)
				CHECK_INT(run_deed(&d[i]), E_OK);
		}
	}
	books_balance();
}

TEST(a_guardian_in_two_places_at_once_gets_one)
{
	for (int k = 0; k < 20; k++) {
		struct deed d[2] = { { .what = BOOK }, { .what = BOOK } };

		NEED(k > 0 || round_world());
		d[0].ask = ask_for(&w.lina, &w.mother, w.round, w.slot[1]);
		d[1].ask = ask_for(&w.sami, &w.mother, w.round2, w.slot2[1]);
		NEED(together(d, 2));
		CHECK_INT(winners(d, 2), 1);
		for (int i = 0; i < 2; i++) {
			d[i].what = CANCEL;
			if (d[i].err == E_OK)
				CHECK_INT(run_deed(&d[i]), E_OK);
		}
	}
	books_balance();
}

TEST(a_move_meets_a_booking_of_its_new_time)
{
	for (int k = 0; k < 30; k++) {
		struct deed d[2] = { { .what = MOVE }, { .what = BOOK } };

		NEED(k > 0 || round_world());
		d[0] = book(&w.lina, &w.mother, w.slot[0]);
		NEED(d[0].err == E_OK);
		d[0].what = MOVE;
		d[0].ask.slot = w.slot[1];
		d[1].ask = ask_for(&w.tomas, &w.other, w.round, w.slot[1]);
		NEED(together(d, 2));
		CHECK_INT(winners(d, 2), 1);
		books_balance();
		d[0].what = CANCEL;
		CHECK_INT(run_deed(&d[0]), E_OK);
		d[1].what = CANCEL;
		if (d[1].err == E_OK)
			CHECK_INT(run_deed(&d[1]), E_OK);
	}
}

/* Two families swap by moving into each other's time: both lose, nothing breaks. */
TEST(crossing_moves_never_deadlock_into_an_error)
{
	for (int k = 0; k < 30; k++) {
		struct deed d[2];

		NEED(k > 0 || round_world());
		d[0] = book(&w.lina, &w.mother, w.slot[0]);
		d[1] = book(&w.tomas, &w.other, w.slot[1]);
		NEED(d[0].err == E_OK && d[1].err == E_OK);
		d[0].what = d[1].what = MOVE;
		d[0].ask.slot = w.slot[1];
		d[1].ask.slot = w.slot[0];
		NEED(together(d, 2));
		CHECK(winners(d, 2) <= 1);
		books_balance();
		for (int i = 0; i < 2; i++) {
			d[i].what = CANCEL;
			CHECK_INT(run_deed(&d[i]), E_OK);
		}
	}
}

TEST(a_move_meets_its_own_cancellation)
{
	for (int k = 0; k < 30; k++) {
		struct deed d[2];

		NEED(k > 0 || round_world());
		d[0] = book(&w.lina, &w.mother, w.slot[0]);
		NEED(d[0].err == E_OK);
		d[1] = d[0];
		d[0].what = MOVE;
		d[0].ask.slot = w.slot[1];
		d[1].what = CANCEL;
		NEED(together(d, 2));
		CHECK_INT(d[1].err, E_OK);	/* moved or not, it is cancelled */
		books_balance();
	}
}

TEST(a_cancellation_meets_the_next_family)
{
	for (int k = 0; k < 30; k++) {
		struct deed d[2];

		NEED(k > 0 || round_world());
		d[0] = book(&w.lina, &w.mother, w.slot[0]);
		NEED(d[0].err == E_OK);
		d[0].what = CANCEL;
		d[1] = (struct deed){ .what = BOOK };
		d[1].ask = ask_for(&w.tomas, &w.other, w.round, w.slot[0]);
		NEED(together(d, 2));
		CHECK_INT(d[0].err, E_OK);
		books_balance();
		d[1].what = CANCEL;
		if (d[1].err == E_OK)
			CHECK_INT(run_deed(&d[1]), E_OK);
	}
}

/* Nobody may be left with a time in a round that is over. */
TEST(a_booking_meets_the_end_of_its_round)
{
	for (int k = 0; k < 6; k++) {
		struct deed d[9] = { { .what = CANCEL_ROUND, .rev = 3, .seen = 99 } };

		NEED(crowd());
		d[0].ask = (struct booking_ask){ .round = w.round, .by = w.teacher.person,
						 .now_ms = NOW };
		for (int i = 1; i < 9; i++) {
			d[i] = (struct deed){ .what = BOOK };
			d[i].ask = ask_for(&kid[i], &parent[i], w.round, w.slot[i % SLOTS]);
		}
		NEED(together(d, 9));
		CHECK_INT(d[0].err, E_OK);
		CHECK_INT(test_count(st, "SELECT COUNT(*) FROM conf_booking b JOIN conf_round r "
				     "ON r.tenant_id = b.tenant_id AND r.id = b.round_id "
				     "WHERE r.state = 'cancelled' AND b.state = 'confirmed'"), 0);
		books_balance();
	}
}

TEST(a_block_meets_a_booking)
{
	for (int k = 0; k < 30; k++) {
		struct deed d[2] = { { .what = BLOCK }, { .what = BOOK } };

		NEED(k > 0 || round_world());
		d[0].ask = (struct booking_ask){ .round = w.round, .slot = w.slot[0],
						 .by = w.teacher.person, .now_ms = NOW };
		d[1].ask = ask_for(&w.lina, &w.mother, w.round, w.slot[0]);
		NEED(together(d, 2));
		CHECK_INT(winners(d, 2), 1);
		d[0].what = UNBLOCK;
		d[1].what = CANCEL;
		for (int i = 0; i < 2; i++)
			if (d[i].err == E_OK)
				CHECK_INT(run_deed(&d[i]), E_OK);
		books_balance();
	}
}
