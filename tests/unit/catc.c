/* The catalogue compiler: one good catalogue, and one for each way to be wrong. */
#include <libgen.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "t.h"

static char dir[64], tool[512], said[4096];

/* The host tool stands beside the tests: build/tests/unit/catc → build/host/catc. */
static void find_tool(void)
{
	char self[400];
	ssize_t n = readlink("/proc/self/exe", self, sizeof(self) - 1);

	self[n < 0 ? 0 : n] = '\0';
	snprintf(tool, sizeof(tool), "%s/../../host/catc", dirname(self));
}

static void put(const char *lang, const char *area, const char *text)
{
	char path[200];
	FILE *f;

	snprintf(path, sizeof(path), "%s/cat/%s", dir, lang);
	mkdir(path, 0700);
	snprintf(path, sizeof(path), "%s/cat/%s/%s.cat", dir, lang, area);
	f = fopen(path, "wb");
	if (f == NULL)
		return;
	fputs(text, f);
	fclose(f);
}

static void fresh(void)
{
	char cmd[200];

	if (dir[0] == '\0') {
		snprintf(dir, sizeof(dir), "/tmp/lintel-catc-XXXXXX");
		if (mkdtemp(dir) == NULL)
			exit(1);
		find_tool();
	}
	snprintf(cmd, sizeof(cmd), "rm -rf %s/* && mkdir -p %s/cat", dir, dir);
	if (system(cmd) != 0)
		exit(1);
}

/* Exit status; what it said goes to said[]. */
static int compile(void)
{
	char cmd[900];
	size_t n;
	FILE *p;
	int rc;

	snprintf(cmd, sizeof(cmd), "cd %s && %s msg.h msg.c cat 2>&1", dir, tool);
	p = popen(cmd, "r");
	if (p == NULL)
		return -1;
	n = fread(said, 1, sizeof(said) - 1, p);
	said[n] = '\0';
	rc = pclose(p);
	return WIFEXITED(rc) ? WEXITSTATUS(rc) : -1;
}

static bool has(const char *file, const char *what)
{
	char path[200], text[32768];
	size_t n;
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", dir, file);
	f = fopen(path, "rb");
	if (f == NULL)
		return false;
	n = fread(text, 1, sizeof(text) - 1, f);
	text[n] = '\0';
	fclose(f);
	return strstr(text, what) != NULL;
}

#define GOOD_EN "# A word.\na.word = Word\n# {n} goals of {who}.\na.count = {who}: {n, plural, one {{n} goal} other {{n} goals}}\n"
#define GOOD_AR "a.word = كلمة\na.count = {who}: {n, plural, zero {٠} one {١} two {٢} few {{n} a} many {{n} b} other {{n} c}}\n"

TEST(a_good_catalogue_becomes_c)
{
	char cmd[300];

	fresh();
	put("en", "a", GOOD_EN);
	put("ar", "a", GOOD_AR);
	CHECK_INT(compile(), 0);
	CHECK_STR(said, "");
	CHECK(has("msg.h", "MSG_a_word,"));
	CHECK(has("msg.h", "MSGARGS_a_count = 2"));
	CHECK(has("msg.h", "MSGARG_a_count__n = 1"));
	CHECK(has("msg.h", "MSGARG_a_count__who = 0"));
	snprintf(cmd, sizeof(cmd), "cd %s && mkdir gen && cp msg.h gen && gcc -std=c17 -Wall -Wextra "
		 "-Werror -I. -c msg.c -o msg.o", dir);
	CHECK_INT(system(cmd), 0);
}

TEST(an_unchanged_header_is_left_alone)
{
	struct stat one, two;
	char path[200];

	fresh();
	put("en", "a", "# N.\na.word = Word\n");
	NEED(compile() == 0);
	snprintf(path, sizeof(path), "%s/msg.h", dir);
	NEED(stat(path, &one) == 0);
	put("en", "a", "# N.\na.word = Other word\n");
	NEED(compile() == 0);
	NEED(stat(path, &two) == 0);
	CHECK(one.st_mtim.tv_nsec == two.st_mtim.tv_nsec && one.st_mtime == two.st_mtime);
	CHECK(has("msg.c", "Other word"));
}

TEST(long_texts_continue_and_escapes_work)
{
	fresh();
	put("en", "a", "# N.\na.long = One\n\ttwo \\{three\\}\n\tfour\\nfive ???\n");
	CHECK_INT(compile(), 0);
	CHECK(has("msg.c", "One two {three} four\\nfive \\077\\077\\077"));
}

/* One wrong catalogue each: English, another language, and what must be said where. */
static const struct wrong {
	const char *name, *en, *es, *want;
} wrong[] = {
	{ "missing", "# N.\na.b = B\n# N.\na.c = C\n", "a.b = B\n", "cat/en/a.cat:4: key 'a.c' is missing in es" },
	{ "unknown", "# N.\na.b = B\n", "a.b = B\na.x = X\n", "cat/es/a.cat:2: key 'a.x' does not exist in en" },
	{ "twice", "# N.\na.b = B\n# N.\na.b = C\n", "a.b = B\n", "cat/en/a.cat:4: key 'a.b' stands already at cat/en/a.cat:2" },
	{ "same name in C", "# N.\na.b = B\n# N.\na-b = C\n", "a.b = B\na-b = B\n", "becomes MSG_a_b" },
	{ "no note", "a.b = B\n", "a.b = B\n", "cat/en/a.cat:1: key 'a.b' has no note" },
	{ "note apart", "# N.\n\na.b = B\n", "a.b = B\n", "has no note" },
	{ "argument lost", "# N.\na.b = B {who}\n", "a.b = B\n", "cat/es/a.cat:1: argument {who} of 'a.b' is missing" },
	{ "argument new", "# N.\na.b = B\n", "a.b = B {who}\n", "cat/es/a.cat:1: {who} is not an argument" },
	{ "plural form missing", "# N.\na.b = {n, plural, other {x}}\n", "a.b = {n, plural, one {x} other {x}}\n", "cat/en/a.cat:2: plural form 'one' is missing" },
	{ "plural form foreign", "# N.\na.b = {n, plural, one {x} few {y} other {x}}\n", "a.b = {n}\n", "'few' is not a plural form" },
	{ "plural form twice", "# N.\na.b = {n, plural, one {x} one {y} other {x}}\n", "a.b = {n}\n", "stands twice" },
	{ "plural in plural", "# N.\na.b = {n, plural, one {{k, plural, one {x} other {y}}} other {x}}\n", "a.b = {n}{k}\n", "inside a plural" },
	{ "plural open", "# N.\na.b = {n, plural, one {x} other {x}\n", "a.b = {n}\n", "is not closed" },
	{ "brace open", "# N.\na.b = x {who\n", "a.b = {who}\n", "expected after {who" },
	{ "brace closed", "# N.\na.b = x }\n", "a.b = x\n", "'}' without '{'" },
	{ "brace empty", "# N.\na.b = x {}\n", "a.b = x\n", "needs a name" },
	{ "select", "# N.\na.b = {g, select, m {x} other {y}}\n", "a.b = {g}\n", "', plural, ' expected" },
	{ "backslash", "# N.\na.b = x \\t\n", "a.b = x\n", "may follow a backslash" },
	{ "not UTF-8", "# N.\na.b = x \xc3\n", "a.b = x\n", "cat/en/a.cat:2: not UTF-8" },
	{ "empty", "# N.\na.b =\n", "a.b = x\n", "the text is empty" },
	{ "no equals", "# N.\nhello\n", "a.b = x\n", "'key = text' expected" },
	{ "capital key", "# N.\nA.b = x\n", "", "is not a key" },
	{ "key with blank", "# N.\na b = x\n", "", "is not a key" },
	{ "tab first", "\thello\n", "", "continues nothing" },
	{ "control", "# N.\na.b = x\x01y\n", "a.b = x\n", "control character" },
	{ "done with argument", "# N.\ndone.b = x {who}\n", "done.b = x {who}\n", "take none" },
};

TEST(each_hole_stops_the_build)
{
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		int rc;

		fresh();
		put("en", "a", wrong[i].en);
		put("es", "a", wrong[i].es);
		rc = compile();
		if (!CHECK_INT(rc, 1) || !CHECK(strstr(said, wrong[i].want) != NULL))
			printf("# %s: it said: %s", wrong[i].name, said);
		CHECK(!has("msg.h", "enum msg"));
	}
}

TEST(arabic_needs_all_six_forms)
{
	static const char *const form[] = { "zero", "one", "two", "few", "many", "other" };

	for (int skip = 0; skip < 6; skip++) {
		char text[400] = "a.b = {n, plural,", want[80];

		for (int i = 0; i < 6; i++)
			if (i != skip)
				snprintf(text + strlen(text), 40, " %s {x}", form[i]);
		fresh();
		put("en", "a", "# N.\na.b = {n}\n");
		snprintf(text + strlen(text), 10, "}\n");
		put("ar", "a", text);
		snprintf(want, sizeof(want), "plural form '%s' is missing", form[skip]);
		CHECK_INT(compile(), 1);
		CHECK(strstr(said, want) != NULL);
	}
}

TEST(a_language_without_plural_rules_is_refused)
{
	char cmd[100];

	fresh();
	put("en", "a", "# N.\na.b = B\n");
	put("tlh", "a", "a.b = B\n");
	CHECK_INT(compile(), 1);
	CHECK(strstr(said, "tlh: no plural rules") != NULL);
	snprintf(cmd, sizeof(cmd), "rm -rf %s", dir);
	CHECK(system(cmd) == 0);
	dir[0] = '\0';
}
