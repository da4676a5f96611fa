/* A roster sink that writes down all it hears, for tests that compare readings. */
#ifndef LINTEL_TESTS_KIT_JOURNAL_H
#define LINTEL_TESTS_KIT_JOURNAL_H

#include "base/buf.h"
#include "xml/roster.h"

struct journal {
	struct buf log;
	unsigned persons, groups, members, links, findings, rejects;
	enum roster_mode mode;
	struct xml_finding first;	/* spans unset */
	struct roster_end end;
};

extern const struct roster_sink journal_sink;

/* Reads p in pieces of `chunk`; the caller frees the journal. */
enum err journal_read(struct journal *j, const char *p, size_t n, size_t chunk);
void journal_free(struct journal *j);

/* A whole file; NULL when it is not there. */
char *slurp(const char *path, size_t *n_out);

#endif
