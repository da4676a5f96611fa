#include "base/day.h"
#include "t.h"

static int64_t read_day(const char *s)
{
	return day_read(span_of(s));
}

TEST(days_are_counted_both_ways)
{
	struct arena a;

	arena_init(&a, 1 << 20);
	CHECK_INT(read_day("1970-01-01"), 0);
	CHECK_INT(read_day("1969-12-31"), -1);
	CHECK_INT(read_day("2026-12-03"), 20790);
	CHECK_INT(read_day("0000-02-29"), -719469);
	CHECK_STR(day_text(&a, 20790), "2026-12-03");
	CHECK_STR(day_text(&a, -719469), "0000-02-29");
	CHECK_STR(day_text(&a, read_day("9999-12-31")), "9999-12-31");
	arena_release(&a);
}

TEST(every_day_of_five_centuries_comes_back)
{
	int64_t n = day_number(1800, 1, 1);
	struct date before = day_date(n - 1);

	for (; n < day_number(2300, 1, 1); n++) {
		struct date d = day_date(n);

		if (day_number(d.year, d.month, d.day) != n)
			CHECK_INT(n, day_number(d.year, d.month, d.day));
		if (d.day != before.day + 1 && d.day != 1)
			CHECK_INT(d.day, before.day + 1);
		before = d;
	}
	CHECK_INT(before.year, 2299);
	CHECK_INT(before.month, 12);
	CHECK_INT(before.day, 31);
}

TEST(what_the_calendar_lacks_is_no_day)
{
	static const char *const none[] = {
		"", "2026", "2026-02-29", "1900-02-29", "2026-04-31", "2026-13-01", "2026-00-10",
		"2026-01-00", "2026-01-32", "2026-1-1", "2026/01/01", "2026-01-0x", "-026-01-01",
		"2026-01-011",
	};

	for (unsigned i = 0; i < sizeof(none) / sizeof(none[0]); i++)
		if (read_day(none[i]) != DAY_NONE)
			CHECK_STR("no day", none[i]);
	CHECK_INT(read_day("2000-02-29"), 11016);
	CHECK_INT(read_day("2024-02-29"), 19782);
}
