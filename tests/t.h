/*
 * The test harness: one program a file, tests find themselves.
 *
 *   #include "t.h"
 *   TEST(b64_refuses_padding) { CHECK(!decode("YQ==")); }
 *
 * Every program prints "ok NAME" or "not ok NAME", and as its last line
 * "# N passed, N failed", which tests/check.sh adds up. A program with no TEST
 * fails; so does a test that ran no CHECK.
 */
#ifndef LINTEL_TESTS_T_H
#define LINTEL_TESTS_T_H

#include "t_check.h"

struct t_test {
	const char *name;
	void (*fn)(void);
	struct t_test *next;
};

static struct t_test *t_first, **t_last = &t_first;

#define TEST(id)                                                               \
	static void t_fn_##id(void);                                           \
	__attribute__((constructor)) static void t_add_##id(void)              \
	{                                                                      \
		static struct t_test t = { .name = #id, .fn = t_fn_##id };     \
		*t_last = &t;                                                  \
		t_last = &t.next;                                              \
	}                                                                      \
	static void t_fn_##id(void)

int main(int argc, char **argv)
{
	unsigned passed = 0, failed = 0;

	setvbuf(stdout, NULL, _IOLBF, 0);
	for (struct t_test *t = t_first; t != NULL; t = t->next) {
		if (argc > 1 && strstr(t->name, argv[1]) == NULL)
			continue;
		t_checks = t_bad = 0;
		t->fn();
		if (t_checks == 0)
			printf("# %s checked nothing\n", t->name);
		if (t_bad == 0 && t_checks > 0)
			passed++;
		else
			failed++;
		printf("%s %s\n", t_bad == 0 && t_checks > 0 ? "ok" : "not ok", t->name);
	}
	printf("# %u passed, %u failed\n", passed, failed);
	return failed == 0 && passed > 0 ? 0 : 1;
}

#endif
