/*
 * Calendar files (RFC 5545): METHOD PUBLISH, UTC times, lines of at most 75
 * octets folded between characters. Pure text on a struct buf; its sticky error
 * is checked once at the end. Texts must be valid UTF-8.
 */
#ifndef LINTEL_APP_CONFERENCE_ICS_H
#define LINTEL_APP_CONFERENCE_ICS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"

struct ics_event {
	int64_t id;			/* with the host it makes the UID: never changes */
	const char *host;
	int64_t seq;			/* rises whenever the event changes */
	int64_t stamp_ms, created_ms, changed_ms;
	int64_t starts_ms, ends_ms;
	const char *summary;
	const char *location, *description;	/* "" or NULL: left out */
	bool cancelled;
};

void ics_begin(struct buf *b);
void ics_add(struct buf *b, const struct ics_event *e);
void ics_end(struct buf *b);

#endif
