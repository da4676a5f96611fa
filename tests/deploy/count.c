/* Somebody else's program: counts the people of a roster on standard input. */
#include <lintel/xml/roster.h>
#include <stdio.h>

static enum err mode(void *arg, enum roster_mode m) { (void)arg; (void)m; return E_OK; }
static enum err person(void *arg, const struct roster_person *p) { (void)p; ++*(int *)arg; return E_OK; }
static enum err group(void *arg, const struct roster_group *g) { (void)arg; (void)g; return E_OK; }
static enum err member(void *arg, const struct roster_member *m) { (void)arg; (void)m; return E_OK; }
static enum err link(void *arg, const struct roster_link *l) { (void)arg; (void)l; return E_OK; }
static enum err finding(void *arg, const struct xml_finding *f) { (void)arg; (void)f; return E_OK; }

int main(void)
{
	const struct roster_sink sink = { mode, person, group, member, link, finding };
	struct roster_reader *r = NULL;
	struct roster_end end;
	char chunk[4096];
	int people = 0;
	size_t n;

	xml_init();
	if (roster_reader_new(&sink, &people, &r) != E_OK)
		return 1;
	while ((n = fread(chunk, 1, sizeof(chunk), stdin)) > 0)
		if (roster_reader_feed(r, chunk, n) != E_OK)
			break;
	if (roster_reader_end(r, &end) != E_OK || end.fault.code != XC_NONE)
		return 1;
	roster_reader_free(r);
	printf("%s %d\n", end.format, people);
	return 0;
}
