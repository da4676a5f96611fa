/*
 * How long a roster takes, as a ratio to a raw SAX2 push walk of the same file in
 * the same run (DESIGN 7). Usage: bench_roster [PERSONS | FILE [NEXT_FILE]].
 * The database is the one LINTEL_BENCH_DB names, else a fresh SQLite file.
 */
#include <fcntl.h>
#include <libxml/parser.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "../child.h"
#include "base/buf.h"
#include "gw/roster_import.h"

#define RUNS 3

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* Of this process, all its threads, and the children that ended. */
static double cpu(void)
{
	struct rusage a, b;

	getrusage(RUSAGE_SELF, &a);
	getrusage(RUSAGE_CHILDREN, &b);
	return (double)(a.ru_utime.tv_sec + a.ru_stime.tv_sec + b.ru_utime.tv_sec + b.ru_stime.tv_sec) +
	       (double)(a.ru_utime.tv_usec + a.ru_stime.tv_usec + b.ru_utime.tv_usec +
			b.ru_stime.tv_usec) / 1e6;
}

/* Time by the clock, and by the processors: a busy machine stretches the first only. */
struct cost {
	double wall, cpu;
};

static long rss_kib(int who)
{
	struct rusage u;

	getrusage(who, &u);
	return u.ru_maxrss;
}

static void die(const char *what, const char *why)
{
	fprintf(stderr, "bench_roster: %s: %s\n", what, why);
	exit(1);
}

/* ---- a school of our own, when no file is given ---- */

struct school {
	FILE *f;
	uint64_t seed;
};

static unsigned draw(struct school *s, unsigned n)
{
	s->seed = s->seed * UINT64_C(6364136223846793005) + 1442695040888963407u;
	return (unsigned)(s->seed >> 33) % n;
}

static void person(struct school *s, char kind, unsigned i, bool changed, unsigned guardians)
{
	fprintf(s->f, " <person>\n  <sourcedid><source>sis.school.example</source><id>%c%07u</id></sourcedid>\n"
		"  <userid useridtype=\"username\">%c%07u</userid>\n  <name>\n   <fn>Given%u Family%u</fn>\n"
		"   <n><family>Family%u</family><given>Given%u</given></n>\n  </name>\n"
		"  <demographics><gender>1</gender><bday>2012-03-%02u</bday></demographics>\n"
		"  <email>%s%c%u@school.example</email>\n  <tel teltype=\"3\">555-0100</tel>\n"
		"  <adr><street>Storgata 1</street><locality>Town</locality></adr>\n"
		"  <institutionrole primaryrole=\"Yes\" institutionroletype=\"Student\"/>\n",
		kind, i, kind, i, i % 977, i % 1009, i % 1009, i % 977, 1 + i % 28,
		changed ? "new" : "", kind, i);
	for (unsigned g = 0; g < guardians; g++)
		fprintf(s->f, "%s   <ptp:guardian source=\"sis.school.example\" id=\"G%07u\" relation=\"%s\" "
			"legal=\"1\" livesWith=\"1\" primary=\"%d\" priority=\"%u\"/>\n%s",
			g == 0 ? "  <extension>\n" : "", 1 + (i * 137 / 100 + g), g == 0 ? "Mother" : "Father",
			g == 0, g + 1, g + 1 == guardians ? "  </extension>\n" : "");
	fputs(" </person>\n", s->f);
}

static void generate(const char *path, unsigned persons, bool churned)
{
	struct school s = { .f = fopen(path, "w"), .seed = 1 }, churn = { .seed = 99 };
	unsigned learners = persons * 40 / 100, adults = persons * 55 / 100, staff = persons - learners - adults;
	unsigned classes = 1 + persons * 35 / 1000;

	if (s.f == NULL)
		die("cannot write", path);
	fputs("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<enterprise xmlns:ptp=\"urn:lintel:guardian:1\">\n"
	      " <properties lang=\"en\">\n  <datasource>sis</datasource>\n  <type>full</type>\n </properties>\n", s.f);
	for (unsigned i = 1; i <= staff; i++)
		person(&s, 'T', i, churned && draw(&churn, 50) == 0, 0);
	for (unsigned i = 1; i <= adults; i++)
		person(&s, 'G', i, churned && draw(&churn, 50) == 0, 0);
	for (unsigned i = 1; i <= learners; i++)
		person(&s, 'S', i, churned && draw(&churn, 50) == 0, 1 + (draw(&s, 100) < 60));
	for (unsigned c = 1; c <= classes; c++)
		fprintf(s.f, " <group>\n  <sourcedid><source>sis.school.example</source><id>C%06u</id></sourcedid>\n"
			"  <description><short>C%u</short><long>Class %u</long></description>\n </group>\n", c, c, c);
	for (unsigned c = 1; c <= classes; c++) {
		fprintf(s.f, " <membership>\n  <sourcedid><source>sis.school.example</source><id>C%06u</id></sourcedid>\n", c);
		for (unsigned k = 0; k < learners * 6 / classes; k++) {
			unsigned i = 1 + (c * 97 + k * 13) % learners;

			if (churned && draw(&churn, 50) == 0)
				continue;
			fprintf(s.f, "  <member>\n   <sourcedid><source>sis.school.example</source><id>S%07u</id></sourcedid>\n"
				"   <idtype>1</idtype>\n   <role roletype=\"01\"><status>1</status></role>\n  </member>\n", i);
		}
		fputs(" </membership>\n", s.f);
	}
	fputs("</enterprise>\n", s.f);
	if (fclose(s.f) != 0)
		die("cannot write", path);
}

/* ---- what everything is measured against ---- */

static unsigned long walked;

static void walk_start(void *ctx, const xmlChar *n, const xmlChar *p, const xmlChar *u, int nn,
		       const xmlChar **ns, int na, int nd, const xmlChar **a)
{
	(void)ctx; (void)n; (void)p; (void)u; (void)nn; (void)ns; (void)na; (void)nd; (void)a;
	walked++;
}

static void walk_end(void *ctx, const xmlChar *n, const xmlChar *p, const xmlChar *u)
{
	(void)ctx; (void)n; (void)p; (void)u;
}

static void walk_text(void *ctx, const xmlChar *p, int n)
{
	(void)ctx; (void)p;
	walked += (unsigned)n == 0;
}

static double raw_walk(const char *path)
{
	static char chunk[65536];
	xmlSAXHandler sax = {
		.initialized = XML_SAX2_MAGIC, .startElementNs = walk_start, .endElementNs = walk_end,
		.characters = walk_text, .ignorableWhitespace = walk_text,
	};
	double t0 = now();
	xmlParserCtxtPtr c = xmlCreatePushParserCtxt(&sax, NULL, NULL, 0, NULL);
	int fd = open(path, O_RDONLY);
	ssize_t n;

	if (c == NULL || fd < 0)
		die("cannot read", path);
	xmlCtxtUseOptions(c, XML_PARSE_NONET);
	while ((n = read(fd, chunk, sizeof(chunk))) > 0)
		xmlParseChunk(c, chunk, (int)n, 0);
	xmlParseChunk(c, NULL, 0, 1);
	xmlFreeParserCtxt(c);
	close(fd);
	return now() - t0;
}

static unsigned long records;

static enum err n_mode(void *a, enum roster_mode m) { (void)a; (void)m; return E_OK; }
static enum err n_person(void *a, const struct roster_person *p) { (void)a; (void)p; records++; return E_OK; }
static enum err n_group(void *a, const struct roster_group *p) { (void)a; (void)p; records++; return E_OK; }
static enum err n_member(void *a, const struct roster_member *p) { (void)a; (void)p; records++; return E_OK; }
static enum err n_link(void *a, const struct roster_link *p) { (void)a; (void)p; records++; return E_OK; }
static enum err n_finding(void *a, const struct xml_finding *f) { (void)a; (void)f; return E_OK; }

static const struct roster_sink null_sink = { n_mode, n_person, n_group, n_member, n_link, n_finding };

static double extraction(const char *path)
{
	static char chunk[65536];
	double t0 = now();
	struct roster_reader *r;
	struct roster_end end;
	int fd = open(path, O_RDONLY);
	ssize_t n;

	records = 0;
	if (fd < 0 || roster_reader_new(&null_sink, NULL, &r) != E_OK)
		die("cannot read", path);
	while ((n = read(fd, chunk, sizeof(chunk))) > 0)
		if (roster_reader_feed(r, chunk, (size_t)n) != E_OK)
			break;
	roster_reader_end(r, &end);
	if (end.fault.code != XC_NONE)
		die(path, xml_code_name(end.fault.code));
	roster_reader_free(r);
	close(fd);
	return now() - t0;
}

static double through_child(const char *path)
{
	double t0 = now();
	struct roster_end end;
	struct fault f = { 0 };
	struct xmlchild_opts o = { .in = open(path, O_RDONLY | O_CLOEXEC), .bytes = 1 << 30 };

	if (xmlchild_run(&o, &null_sink, NULL, &end, &f) != E_OK || end.fault.code != XC_NONE)
		die("child", xml_code_name(end.fault.code));
	close(o.in);
	return now() - t0;
}

/* ---- the import ---- */

static struct cost import(struct store *st, const char *path, int64_t at, struct roster_report *rep)
{
	static const uint8_t root[32] = "a root for the bench";
	struct roster_import_opts o = {
		.tenant = 1, .platform = 1, .now_ms = at, .path = path, .threshold = 100,
	};
	struct fault f = { 0 };
	double t0 = now(), c0 = cpu();
	struct cost took;

	if (roster_import(st, root, &o, rep, NULL, &f) != E_OK)
		die("import", f.text);
	took = (struct cost){ now() - t0, cpu() - c0 };
	printf("  %-9s apply %5.2f s  longest write %4d ms  persons +%d ~%d -%d  members +%d -%d  %s\n",
	       strrchr(path, '/') + 1, (double)rep->apply_ms / 1000, (int)rep->longest_write_ms,
	       (int)rep->count[RK_PERSON].created, (int)rep->count[RK_PERSON].updated,
	       (int)(rep->count[RK_PERSON].removed + rep->count[RK_PERSON].missing),
	       (int)rep->count[RK_MEMBER].created,
	       (int)(rep->count[RK_MEMBER].removed + rep->count[RK_MEMBER].missing),
	       roster_state_name(rep->state));
	return took;
}

/* The same file with a comment at its end: another hash, the same content. */
static void copy_with_tail(const char *from, const char *to)
{
	static char chunk[65536];
	FILE *in = fopen(from, "r"), *out = fopen(to, "w");
	size_t n;

	if (in == NULL || out == NULL)
		die("cannot copy", from);
	while ((n = fread(chunk, 1, sizeof(chunk), in)) > 0)
		fwrite(chunk, 1, n, out);
	fputs("<!-- again -->\n", out);
	fclose(in);
	if (fclose(out) != 0)
		die("cannot copy", to);
}

static struct cost least(double (*fn)(const char *), const char *path)
{
	struct cost best = { 1e9, 1e9 };

	for (int i = 0; i < RUNS; i++) {
		double c0 = cpu(), t = fn(path), c = cpu() - c0;

		best.wall = t < best.wall ? t : best.wall;
		best.cpu = c < best.cpu ? c : best.cpu;
	}
	return best;
}

static void say(const char *what, struct cost t, struct cost raw)
{
	printf("%-18s %6.2f s  ratio %4.1f  cpu %6.2f s  ratio %4.1f\n", what, t.wall,
	       t.wall / raw.wall, t.cpu, t.cpu / raw.cpu);
}

static void imports(const char *url, const char *first, const char *again, const char *next,
		    struct cost raw)
{
	const int64_t at = INT64_C(1790000000000);
	struct roster_report rep;
	struct fault f = { 0 };
	struct store *st;

	if (store_open(&st, url, NULL, STORE_TEST, &f) != E_OK || store_migrate(st, &f) != E_OK)
		die(url, f.text);
	say("first", import(st, first, at, &rep), raw);
	say("again", import(st, again, at + 3600000, &rep), raw);
	if (next != NULL)
		say("2 % churn", import(st, next, at + 7200000, &rep), raw);
	store_close(st);
}

int main(int argc, char **argv)
{
	char dir[] = "/tmp/lintel-bench-XXXXXX", first[300], next[300], again[300], url[300];
	const char *given = argc > 1 && strchr(argv[1], '/') != NULL ? argv[1] : NULL;
	unsigned persons = argc > 1 && given == NULL ? (unsigned)strtoul(argv[1], NULL, 10) : 20000;
	struct cost raw;
	struct stat s;

	if (mkdtemp(dir) == NULL)
		die("no folder", dir);
	snprintf(first, sizeof(first), "%s/first.xml", dir);
	snprintf(next, sizeof(next), "%s/next.xml", dir);
	snprintf(again, sizeof(again), "%s/again.xml", dir);
	snprintf(url, sizeof(url), "sqlite:%s/bench.db", dir);
	if (given == NULL) {
		generate(first, persons, false);
		generate(next, persons, true);
	} else {
		snprintf(first, sizeof(first), "%s", argv[1]);
		snprintf(next, sizeof(next), "%s", argc > 2 ? argv[2] : "");
	}
	copy_with_tail(first, again);
	xml_init();
	stat(first, &s);
	raw = least(raw_walk, first);
	printf("roster of %.1f MB, walked at %.0f MB a CPU-second\n", (double)s.st_size / 1e6,
	       (double)s.st_size / 1e6 / raw.cpu);
	say("raw walk", raw, raw);
	say("extraction", least(extraction, first), raw);
	say("through the child", least(through_child, first), raw);
	printf("%lu records\n", records);
	imports(getenv("LINTEL_BENCH_DB") != NULL ? getenv("LINTEL_BENCH_DB") : url, first, again,
		next[0] != '\0' ? next : NULL, raw);
	printf("resident at most: %ld KiB, child %ld KiB\n", rss_kib(RUSAGE_SELF), rss_kib(RUSAGE_CHILDREN));
	if (given == NULL) {
		unlink(first);
		unlink(next);
	}
	unlink(again);
	unlink(url + 7);
	return rmdir(dir) == 0 ? 0 : 0;
}
