/* How far home and school agree: the sentence under the picture of progress. */
#include "store/goal_read.h"
#include "t.h"

static struct goal_congruence of(const signed char *home, const signed char *school, unsigned n)
{
	struct goal_congruence c;

	goal_congruence(home, school, n, &c);
	return c;
}

TEST(weeks_with_both_are_compared)
{
	static const signed char home[] = { 0, 1, 1, 2, 2, 1, 2, 2 };
	static const signed char school[] = { 0, 0, 1, 1, 2, 1, 2, 0 };
	struct goal_congruence c = of(home, school, 8);

	CHECK_INT(c.both, 8);
	CHECK_INT(c.same, 5);
	CHECK_INT(c.far, 1);
	CHECK(c.differ_last);
	CHECK(!of(home, school, 7).differ_last);
}

TEST(weeks_with_one_or_none_do_not_count)
{
	static const signed char home[] = { -1, 2, -1, 1 };
	static const signed char school[] = { 1, -1, -1, 1 };
	struct goal_congruence c = of(home, school, 4);

	CHECK(c.both == 1 && c.same == 1 && c.far == 0 && !c.differ_last);
	c = of(home, school, 3);
	CHECK(c.both == 0 && c.same == 0 && !c.differ_last);
	CHECK_INT(of(home, school, 0).both, 0);
}

TEST(one_step_apart_is_different_but_not_far)
{
	static const signed char home[] = { 1, 0, 2 }, school[] = { 2, 2, 0 };
	struct goal_congruence c = of(home, school, 3);

	CHECK(c.both == 3 && c.same == 0 && c.far == 2 && c.differ_last);
}
