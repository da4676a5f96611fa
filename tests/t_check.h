/*
 * What a test says of what it saw. Also for the helpers of tests/kit: whatever file
 * a CHECK stands in, it counts for the test that runs.
 */
#ifndef LINTEL_TESTS_T_CHECK_H
#define LINTEL_TESTS_T_CHECK_H

#include <inttypes.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* One of each in a program, whoever includes this. */
__attribute__((weak)) unsigned t_checks, t_bad;

__attribute__((unused))
static bool t_check(bool ok, const char *what, const char *file, int line)
{
	t_checks++;
	if (!ok) {
		t_bad++;
		printf("# %s:%d: %s\n", file, line, what);
	}
	return ok;
}

__attribute__((unused))
static bool t_check_int(int64_t a, int64_t b, const char *what, const char *file, int line)
{
	bool ok = t_check(a == b, what, file, line);

	if (!ok)
		printf("#   %" PRId64 " is not %" PRId64 "\n", a, b);
	return ok;
}

__attribute__((unused))
static bool t_check_str(const char *a, const char *b, const char *what, const char *file, int line)
{
	bool ok = t_check(a != NULL && b != NULL ? strcmp(a, b) == 0 : a == b, what, file, line);

	if (!ok)
		printf("#   \"%s\" is not \"%s\"\n", a ? a : "(null)", b ? b : "(null)");
	return ok;
}

#define CHECK(e) t_check((e), #e, __FILE__, __LINE__)
#define CHECK_INT(a, b) t_check_int((int64_t)(a), (int64_t)(b), #a " == " #b, __FILE__, __LINE__)
#define CHECK_STR(a, b) t_check_str((a), (b), #a " == " #b, __FILE__, __LINE__)
/* Leaves the test when something it builds on is missing. */
#define NEED(e)                                                                \
	do {                                                                   \
		if (!CHECK(e))                                                 \
			return;                                                \
	} while (0)

#endif
