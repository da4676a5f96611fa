/* From a teacher's hours to instants, on the days when the clocks change too. */
#include "../../gateway/app/conference/conference.h"
#include "t.h"

static struct arena a;
static struct round_time *made;
static unsigned n;

static enum err make(const char *zone, const char *day, int from, int to, int length)
{
	struct round r = { .zone = zone, .length = length };
	struct round_day d = { day, from, to, 0, 0 };

	arena_init(&a, 1 << 20);
	return times_make(&a, &r, &d, 1, &made, &n);
}

TEST(an_afternoon_in_oslo)
{
	NEED(make("Europe/Oslo", "2026-12-03", 960, 1080, 20) == E_OK);
	CHECK_INT(n, 6);
	/* 16:00 in winter is 15:00 UTC: 2026-12-03T15:00Z */
	CHECK_INT(made[0].starts_at, 1796310000000);
	CHECK_INT(made[0].ends_at - made[0].starts_at, 20 * 60000);
	CHECK_INT(made[5].start_min, 1060);
	arena_release(&a);
}

TEST(the_afternoon_of_a_changing_day_has_the_new_clock)
{
	/* 2026-03-29: Oslo goes from UTC+1 to UTC+2 in the night before */
	NEED(make("Europe/Oslo", "2026-03-29", 960, 1080, 60) == E_OK);
	CHECK_INT(n, 2);
	CHECK_INT(made[0].starts_at, 1774792800000);	/* 14:00Z */
	arena_release(&a);
}

TEST(a_time_the_clocks_skip_is_not_offered)
{
	/* 02:00 to 03:00 does not exist that night */
	NEED(make("Europe/Oslo", "2026-03-29", 60, 240, 30) == E_OK);
	CHECK_INT(n, 3);	/* 01:00, 03:00, 03:30; the one that ends at 02:00 ends at 03:00 */
	CHECK_INT(made[0].start_min, 60);
	CHECK_INT(made[1].start_min, 180);
	for (unsigned i = 1; i < n; i++)
		CHECK(made[i].starts_at >= made[i - 1].ends_at);
	arena_release(&a);
}

TEST(the_hour_that_comes_twice_is_offered_once)
{
	/* 2026-10-25: 03:00 becomes 02:00 */
	NEED(make("Europe/Oslo", "2026-10-25", 60, 240, 30) == E_OK);
	for (unsigned i = 1; i < n; i++) {
		CHECK(made[i].starts_at >= made[i - 1].ends_at);
		CHECK(made[i].start_min > made[i - 1].start_min);
	}
	CHECK(n >= 5);
	arena_release(&a);
}

TEST(more_than_a_round_holds_is_refused)
{
	struct round r = { .zone = "UTC", .length = 5 };
	struct round_day d[] = { { "2026-12-03", 0, 1440, 0, 0 } };

	arena_init(&a, 1 << 20);
	CHECK_INT(times_make(&a, &r, d, 1, &made, &n), E_LIMIT);
	CHECK_INT(n, 0);
	arena_release(&a);
}
