#include "gw/plan.h"
#include "t.h"

#define AT(h, m) ((h) * 60 + (m))

static int got[300];
static unsigned n;

static enum err run(struct plan_window w, struct plan_rule r)
{
	return plan_slots(&w, &r, got, 300, &n);
}

TEST(two_hours_of_fifteen_and_five_hold_six)
{
	static const int want[] = { AT(16, 0), AT(16, 20), AT(16, 40), AT(17, 0), AT(17, 20),
				    AT(17, 40) };

	CHECK(run((struct plan_window){ AT(16, 0), AT(18, 0), 0, 0 },
		  (struct plan_rule){ 15, 5, 0, 0 }) == E_OK);
	CHECK_INT(n, 6);
	for (unsigned i = 0; i < 6; i++)
		CHECK_INT(got[i], want[i]);
}

TEST(gap_shows_in_the_offered_starts)
{
	CHECK(run((struct plan_window){ AT(9, 0), AT(12, 0), 0, 0 },
		  (struct plan_rule){ 20, 5, 0, 0 }) == E_OK);
	for (unsigned i = 1; i < n; i++)
		CHECK_INT(got[i] - got[i - 1], 25);
	CHECK_INT(n, 7);
}

TEST(trailing_gap_is_not_required)
{
	CHECK(run((struct plan_window){ AT(16, 0), AT(16, 35), 0, 0 },
		  (struct plan_rule){ 15, 5, 0, 0 }) == E_OK);
	CHECK_INT(n, 2);
	CHECK(run((struct plan_window){ AT(16, 0), AT(16, 34), 0, 0 },
		  (struct plan_rule){ 15, 5, 0, 0 }) == E_OK);
	CHECK_INT(n, 1);
}

TEST(fixed_break_is_never_touched_and_the_row_starts_behind_it)
{
	CHECK(run((struct plan_window){ AT(16, 0), AT(19, 0), AT(17, 10), AT(17, 30) },
		  (struct plan_rule){ 15, 0, 0, 0 }) == E_OK);
	for (unsigned i = 0; i < n; i++)
		CHECK(got[i] + 15 <= AT(17, 10) || got[i] >= AT(17, 30));
	CHECK_INT(n, 4 + 6);
	CHECK_INT(got[3], AT(16, 45));
	CHECK_INT(got[4], AT(17, 30));
}

TEST(pause_after_every_third_replaces_the_gap)
{
	CHECK(run((struct plan_window){ AT(8, 0), AT(10, 0), 0, 0 },
		  (struct plan_rule){ 10, 2, 3, 10 }) == E_OK);
	CHECK_INT(got[1], AT(8, 12));
	CHECK_INT(got[2], AT(8, 24));
	CHECK_INT(got[3], AT(8, 44));
	CHECK_INT(got[4], AT(8, 56));
	CHECK_INT(got[6], AT(9, 28));
}

TEST(the_count_to_a_pause_starts_anew_after_the_break)
{
	CHECK(run((struct plan_window){ AT(8, 0), AT(10, 0), AT(8, 20), AT(8, 30) },
		  (struct plan_rule){ 10, 0, 3, 15 }) == E_OK);
	/* two before the break, then three in a row before the pause */
	CHECK_INT(got[2], AT(8, 30));
	CHECK_INT(got[4], AT(8, 50));
	CHECK_INT(got[5], AT(9, 15));
}

TEST(nonsense_is_refused)
{
	struct plan_rule r = { 15, 5, 0, 0 };

	CHECK(run((struct plan_window){ 600, 600, 0, 0 }, r) == E_INPUT);
	CHECK(run((struct plan_window){ 700, 600, 0, 0 }, r) == E_INPUT);
	CHECK(run((struct plan_window){ -1, 600, 0, 0 }, r) == E_INPUT);
	CHECK(run((struct plan_window){ 600, 1441, 0, 0 }, r) == E_INPUT);
	CHECK(run((struct plan_window){ 600, 700, 650, 640 }, r) == E_INPUT);
	CHECK(run((struct plan_window){ 600, 700, 590, 640 }, r) == E_INPUT);
	CHECK(run((struct plan_window){ 600, 700, 0, 0 }, (struct plan_rule){ 4, 0, 0, 0 }) == E_INPUT);
	CHECK(run((struct plan_window){ 600, 700, 0, 0 }, (struct plan_rule){ 15, -1, 0, 0 }) == E_INPUT);
	CHECK(run((struct plan_window){ 600, 700, 0, 0 }, (struct plan_rule){ 15, 0, -1, 0 }) == E_INPUT);
	CHECK_INT(n, 0);
}

TEST(a_window_up_to_midnight_and_a_cap)
{
	struct plan_window w = { 0, 1440, 0, 0 };
	struct plan_rule r = { 5, 0, 0, 0 };

	CHECK(run(w, r) == E_OK);
	CHECK_INT(n, 288);
	CHECK_INT(got[287], 1435);
	CHECK(plan_slots(&w, &r, got, 100, &n) == E_LIMIT);
	CHECK_INT(n, 100);
}

/* Random windows: the rules hold, and nothing more would have fitted. */
TEST(whatever_the_numbers_the_rules_hold)
{
	uint32_t x = 20261203;

	for (int round = 0; round < 5000; round++) {
		int v[7];
		struct plan_window w;
		struct plan_rule r;

		for (int i = 0; i < 7; i++)
			v[i] = (int)((x = x * 1664525u + 1013904223u) >> 8 & 0xffff);
		w.from = v[0] % 1200;
		w.to = w.from + 1 + v[1] % (1440 - w.from);
		w.break_from = w.from + v[2] % (w.to - w.from);
		w.break_to = w.break_from + v[3] % (w.to - w.break_from + 1);
		r = (struct plan_rule){ 5 + v[4] % 40, v[5] % 15, v[6] % 5, v[3] % 30 };
		if (!CHECK(run(w, r) == E_OK))
			return;
		for (unsigned i = 0; i < n; i++) {
			int end = got[i] + r.length;
			bool clear = w.break_from == w.break_to || end <= w.break_from ||
				     got[i] >= w.break_to;

			if (!CHECK(got[i] >= w.from && end <= w.to && clear))
				return;
			if (i > 0 && !CHECK(got[i] - got[i - 1] >= r.length + r.gap ||
					    got[i] == w.break_to))
				return;
		}
		CHECK(n > 0 || w.to - w.from < r.length ||
		      (w.break_from - w.from < r.length && w.to - w.break_to < r.length));
	}
}
