/*
 * base/lazy.h: what is there is called, what is missing is said and never called.
 */
#include <math.h>

#include "base/lazy.h"
#include "base/magic.h"
#include "t.h"

#define MATHS(X) X(, cos) X(, floor)
#define MATHS_ROW(prefix, f) LAZY_ROW(maths, prefix, f)

static struct { MATHS(LAZY_MEMBER) } maths;
static const struct lazy_fn fn[] = { MATHS(MATHS_ROW) };

TEST(a_library_that_is_here_is_called)
{
	NEED(lazy_load("libm.so.6", fn, ARRAY_LEN(fn)));
	CHECK_INT((int)maths.floor(2.5), 2);
	CHECK_INT((int)maths.cos(0), 1);
}

TEST(a_library_that_is_not_here_is_said)
{
	CHECK(!lazy_load("libnobody-has-this.so.1", fn, ARRAY_LEN(fn)));
}

TEST(a_function_that_is_not_in_it_is_said)
{
	void *p = NULL;
	const struct lazy_fn odd[] = { { "lintel_is_not_maths", &p } };

	CHECK(!lazy_load("libm.so.6", odd, ARRAY_LEN(odd)));
	CHECK(p == NULL);
}
