#include "ics.h"

#include <inttypes.h>
#include <time.h>

#include "base/magic.h"
#include "base/str.h"

#define LINE_OCTETS 75		/* RFC 5545 3.1, without the line break */

/* One content line, folded; a fold never falls into a character (RFC 5545 3.1). */
static void line(struct buf *b, struct span s)
{
	size_t room = LINE_OCTETS, k;

	for (size_t i = 0; i < s.n; i += k) {
		k = utf8_len((const unsigned char *)s.p + i, s.n - i);
		if (k == 0) {
			buf_fail(b, E_INPUT);
			return;
		}
		if (k > room) {
			buf_addz(b, "\r\n ");
			room = LINE_OCTETS - 1;
		}
		buf_add(b, s.p + i, k);
		room -= k;
	}
	buf_addz(b, "\r\n");
}

/* RFC 5545 3.3.11: backslash, semicolon and comma are escaped, a line end is \n. */
static void add_text(struct buf *b, const char *s)
{
	for (; *s != '\0'; s++) {
		if (*s == '\\' || *s == ';' || *s == ',')
			buf_addc(b, '\\');
		if (*s == '\n')
			buf_addz(b, "\\n");
		else if ((unsigned char)*s >= 0x20 || *s == '\t')
			buf_addc(b, *s);
	}
}

static void text_line(struct buf *b, const char *name, const char *s)
{
	struct buf one = BUF_INIT(65536);

	if (s == NULL || *s == '\0')
		return;
	buf_printf(&one, "%s:", name);
	add_text(&one, s);
	if (one.err != E_OK)
		buf_fail(b, one.err);
	else
		line(b, span_mk(one.p, one.len));
	buf_release(&one);
}

/* 20261203T152000Z */
static void time_line(struct buf *b, const char *name, int64_t ms)
{
	time_t s = (time_t)(ms / 1000);
	struct tm tm;
	char text[32];

	assert(ms > 0);
	if (gmtime_r(&s, &tm) == NULL || strftime(text, sizeof(text), "%Y%m%dT%H%M%SZ", &tm) == 0) {
		buf_fail(b, E_INPUT);
		return;
	}
	buf_printf(b, "%s:%s\r\n", name, text);
}

void ics_begin(struct buf *b)
{
	buf_addz(b, "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//Lintel//Conferences//EN\r\n"
		 "CALSCALE:GREGORIAN\r\nMETHOD:PUBLISH\r\n");
}

void ics_add(struct buf *b, const struct ics_event *e)
{
	char uid[160];
	int n = snprintf(uid, sizeof(uid), "UID:conference-%" PRId64 "@%s", e->id, e->host);

	assert(e->starts_ms < e->ends_ms && e->seq >= 0);
	if (n < 0 || (size_t)n >= sizeof(uid)) {
		buf_fail(b, E_LIMIT);
		return;
	}
	buf_addz(b, "BEGIN:VEVENT\r\n");
	line(b, span_of(uid));
	time_line(b, "DTSTAMP", e->stamp_ms);
	time_line(b, "CREATED", e->created_ms);
	time_line(b, "LAST-MODIFIED", e->changed_ms);
	buf_printf(b, "SEQUENCE:%" PRId64 "\r\n", e->seq);
	time_line(b, "DTSTART", e->starts_ms);
	time_line(b, "DTEND", e->ends_ms);
	text_line(b, "SUMMARY", e->summary);
	text_line(b, "LOCATION", e->location);
	text_line(b, "DESCRIPTION", e->description);
	buf_printf(b, "STATUS:%s\r\n", e->cancelled ? "CANCELLED" : "CONFIRMED");
	buf_addz(b, "CLASS:PRIVATE\r\nEND:VEVENT\r\n");
}

void ics_end(struct buf *b)
{
	buf_addz(b, "END:VCALENDAR\r\n");
}
