/*
 * T18, what a hostile sender tries on the parser: one endless token of each kind,
 * declarations, depth. Every attack must end early, in little memory, and open
 * neither a file nor a connection.
 */
#include <sys/resource.h>
#include <time.h>

#include "t.h"
#include "kit/journal.h"

#define MEGABYTES 4u

/* A sanitizer multiplies time and memory: bounds are for the release build. */
#if defined(__SANITIZE_ADDRESS__)
#define TIMED 0
#else
#define TIMED 1
#endif

static double cpu_seconds(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static long rss_kib(void)
{
	struct rusage u;

	getrusage(RUSAGE_SELF, &u);
	return u.ru_maxrss;
}

/* Feeds head, then `unit` again and again up to the size, then tail; nothing is kept. */
struct feed {
	const char *name, *head, *unit, *tail;
	enum xml_code code;
};

static void run(const struct feed *a, struct roster_end *end, size_t *fed)
{
	struct journal j = { .log = BUF_INIT(64u << 20) };
	struct roster_reader *r;
	struct buf part = BUF_INIT(1u << 20);
	unsigned k = 0;
	enum err e;

	NEED(roster_reader_new(&journal_sink, &j, &r) == E_OK);
	e = roster_reader_feed(r, a->head, strlen(a->head));
	*fed = 0;
	while (e == E_OK && *fed < MEGABYTES << 20) {
		buf_reset(&part);
		while (part.len < 16000)
			if (strchr(a->unit, '%') != NULL)
				buf_printf(&part, "%.*s%u%s", (int)(strchr(a->unit, '%') - a->unit),
					   a->unit, k++, strchr(a->unit, '%') + 1);
			else
				buf_addz(&part, a->unit);
		e = roster_reader_feed(r, part.p, part.len);
		*fed += part.len;
	}
	if (e == E_OK)
		roster_reader_feed(r, a->tail, strlen(a->tail));
	CHECK_INT(roster_reader_end(r, end), E_OK);
	roster_reader_free(r);
	buf_release(&part);
	journal_free(&j);
}

#define TOP "<enterprise><person><sourcedid><source>s</source><id>1</id></sourcedid>"
#define BOTTOM "</person></enterprise>"

static const struct feed attack[] = {
	{ "attribute", TOP "<x a=\"", "AAAAAAAA", "\"/>" BOTTOM, XC_TOKEN_TOO_LARGE },
	{ "attribute with >", TOP "<x a=\"", "A>AAAAAA", "\"/>" BOTTOM, XC_TOKEN_TOO_LARGE },
	{ "attributes", TOP "<x", " a%=\"1\"", "/>" BOTTOM, XC_TOKEN_TOO_LARGE },
	{ "namespaces", TOP "<x", " xmlns:a%=\"u\"", "/>" BOTTOM, XC_TOKEN_TOO_LARGE },
	{ "comment", TOP "<!--", "AAAA>AAA", "-->" BOTTOM, XC_TOKEN_TOO_LARGE },
	{ "instruction", TOP "<?x ", "AAAA>AAA", "?>" BOTTOM, XC_TOKEN_TOO_LARGE },
	{ "unclosed tag", TOP "<", "AAAAAAAA", BOTTOM, XC_TOKEN_TOO_LARGE },
	{ "blanks in a tag", TOP "<x", "        ", "/>" BOTTOM, XC_TOKEN_TOO_LARGE },
	{ "end tag", TOP "</", "AAAAAAAA", ">", XC_TOKEN_TOO_LARGE },
	{ "entity name", TOP "<name><fn>&", "AAAAAAAA", ";</fn></name>" BOTTOM, XC_TOKEN_TOO_LARGE },
	{ "subset filler", "<!DOCTYPE enterprise [", "<!-- filler -->\n", "]><enterprise/>",
	  XC_TOKEN_TOO_LARGE },
	{ "entity declarations", "<!DOCTYPE enterprise [", "<!ENTITY e% 'v'>", "]><enterprise/>",
	  XC_TOKEN_TOO_LARGE },
	{ "depth", TOP, "<x>", "", XC_TOO_DEEP },
	/* these are long, not large: they cost their bytes and nothing more */
	{ "text", TOP "<name><fn>", "AAAAAAAA", "</fn></name>" BOTTOM, XC_NONE },
	{ "cdata", TOP "<name><fn><![CDATA[", "AAAAAAAA", "]]></fn></name>" BOTTOM, XC_TOKEN_TOO_LARGE },
	{ "character references", TOP "<name><fn>", "&#65;", "</fn></name>" BOTTOM, XC_NONE },
	{ "empty elements", TOP, "<x/>", BOTTOM, XC_NONE },
	{ "many names", TOP, "<x%/>", BOTTOM, XC_TOKEN_TOO_LARGE },
	{ "blanks", TOP, "        ", BOTTOM, XC_NONE },
	{ "guardians", "<enterprise xmlns:p='urn:lintel:guardian:1'><person><extension>",
	  "<p:guardian id='G%'/>", "</extension>" BOTTOM, XC_NONE },
	{ "userids", TOP, "<userid password='x'/>", BOTTOM, XC_NONE },
};

TEST(xml_hostile_tokens_end_early_and_stay_small)
{
	struct roster_end end = { .bytes = 0 };
	size_t fed = 0;

	xml_init();
	for (size_t i = 0; i < sizeof(attack) / sizeof(attack[0]); i++) {
		double t0 = cpu_seconds();
		long rss0 = rss_kib();
		unsigned bad = t_bad;
		double t;
		long grown;

		run(&attack[i], &end, &fed);
		t = cpu_seconds() - t0;
		grown = rss_kib() - rss0;
		CHECK_STR(xml_code_name(end.fault.code), xml_code_name(attack[i].code));
		if (attack[i].code == XC_TOKEN_TOO_LARGE)
			CHECK(fed <= XML_BACKLOG + 2 * 16384);
		CHECK(!TIMED || t < 1.0);
		CHECK(!TIMED || grown < 16 * 1024);
		if (t_bad != bad)
			printf("# %s: %.3f s, +%ld KiB, %zu bytes fed\n", attack[i].name, t, grown, fed);
	}
}

TEST(xml_hostile_many_attributes_within_the_backlog_cost_little)
{
	struct buf b = BUF_INIT(1u << 20);
	struct journal j;
	double t0;

	buf_addz(&b, TOP "<x");
	for (unsigned i = 0; b.len < 60000; i++)
		buf_printf(&b, " a%u=''", i);
	buf_addz(&b, "/>" BOTTOM);
	t0 = cpu_seconds();
	CHECK_INT(journal_read(&j, b.p, b.len, 65536), E_OK);
	CHECK_STR(xml_code_name(j.end.fault.code), "token-too-large");
	CHECK(!TIMED || cpu_seconds() - t0 < 1.0);
	journal_free(&j);
	buf_release(&b);
}

/* The names of unknown elements go into the report: ASCII, short, and only some of them. */
TEST(xml_hostile_unknown_names_are_made_harmless)
{
	static const char doc[] = TOP "<x\xc3\xa9" "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa/>"
		"<\xd9\x81/>" BOTTOM;
	struct journal j;

	CHECK_INT(journal_read(&j, doc, sizeof(doc) - 1, 9), E_OK);
	CHECK_STR(xml_code_name(j.end.fault.code), "");
	CHECK(strncmp(j.end.ignored[0].name, "x??aaa", 6) == 0);
	CHECK_INT(strlen(j.end.ignored[0].name), 39);
	CHECK_STR(j.end.ignored[1].name, "??");
	journal_free(&j);
}

TEST(xml_hostile_every_cut_of_a_file_is_truncated_or_empty)
{
	size_t n, wrong = 0;
	char *p = slurp("tests/data/roster/ims-04-delta.xml", &n);
	struct journal j;

	NEED(p != NULL);
	while (n > 0 && p[n - 1] != '>')
		n--;
	for (size_t cut = 0; cut < n; cut++) {
		NEED(journal_read(&j, p, cut, 16384) == E_OK);
		if (j.end.fault.code != XC_TRUNCATED && j.end.fault.code != XC_EMPTY && wrong++ < 5)
			printf("# cut at %zu: %s\n", cut, xml_code_name(j.end.fault.code));
		journal_free(&j);
	}
	CHECK_INT(wrong, 0);
	free(p);
}

TEST(xml_hostile_every_flipped_byte_is_survived)
{
	size_t n;
	char *p = slurp("tests/data/roster/ims-04-delta.xml", &n);
	struct journal j;
	unsigned seed = 1;

	NEED(p != NULL);
	for (unsigned round = 0; round < 4000; round++) {
		size_t at;
		char old;

		seed = seed * 1103515245u + 12345u;
		at = (seed >> 8) % n;
		old = p[at];
		seed = seed * 1103515245u + 12345u;
		p[at] = (char)(seed >> 16);
		NEED(journal_read(&j, p, n, 64) == E_OK);
		CHECK(utf8_valid(span_mk(j.log.p, j.log.len)));
		journal_free(&j);
		p[at] = old;
	}
	free(p);
}
