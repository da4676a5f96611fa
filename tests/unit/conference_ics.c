/*
 * Calendar files, read back by a reader that shares nothing with the writer:
 * unfolds, splits and unescapes as RFC 5545 3.1 and 3.3.11 say.
 */
#include "../../gateway/app/conference/ics.h"
#include "base/str.h"
#include "t.h"

struct got {
	char uid[200], summary[8000], location[8000], description[8000], status[20];
	char start[20], end[20], stamp[20], method[20];
	long seq;
	unsigned events, lines;
	bool ok;
};

/* Takes the folds out; false when a line breaks the rules of 3.1. */
static bool unfold(const char *p, size_t n, char *out, size_t cap)
{
	size_t o = 0, len = 0;

	for (size_t i = 0; i < n; i++) {
		if (p[i] == '\r') {
			if (i + 1 >= n || p[i + 1] != '\n' || len > 75)
				return false;
			i++;
			if (i + 1 < n && p[i + 1] == ' ') {
				i++;
				len = 1;
				/* a fold inside a character would start with a tail byte */
				if (i + 1 < n && ((unsigned char)p[i + 1] & 0xc0) == 0x80)
					return false;
				continue;
			}
			len = 0;
			out[o++] = '\n';
			continue;
		}
		if (p[i] == '\n' || (unsigned char)p[i] < 0x20 || o + 2 > cap)
			return false;
		out[o++] = p[i];
		len++;
	}
	out[o] = '\0';
	return n > 0 && p[n - 1] == '\n';
}

static void unescape(const char *s, char *out, size_t cap)
{
	size_t o = 0;

	for (; *s != '\0' && o + 1 < cap; s++) {
		if (*s == '\\' && s[1] != '\0') {
			s++;
			out[o++] = *s == 'n' || *s == 'N' ? '\n' : *s;
		} else {
			out[o++] = *s;
		}
	}
	out[o] = '\0';
}

static void take(struct got *g, char *l)
{
	char *v = strchr(l, ':');

	g->lines++;
	if (v == NULL) {
		g->ok = false;
		return;
	}
	*v++ = '\0';
	if (strcmp(l, "UID") == 0)
		snprintf(g->uid, sizeof(g->uid), "%s", v);
	else if (strcmp(l, "SUMMARY") == 0)
		unescape(v, g->summary, sizeof(g->summary));
	else if (strcmp(l, "LOCATION") == 0)
		unescape(v, g->location, sizeof(g->location));
	else if (strcmp(l, "DESCRIPTION") == 0)
		unescape(v, g->description, sizeof(g->description));
	else if (strcmp(l, "STATUS") == 0)
		snprintf(g->status, sizeof(g->status), "%s", v);
	else if (strcmp(l, "DTSTART") == 0)
		snprintf(g->start, sizeof(g->start), "%s", v);
	else if (strcmp(l, "DTEND") == 0)
		snprintf(g->end, sizeof(g->end), "%s", v);
	else if (strcmp(l, "DTSTAMP") == 0)
		snprintf(g->stamp, sizeof(g->stamp), "%s", v);
	else if (strcmp(l, "METHOD") == 0)
		snprintf(g->method, sizeof(g->method), "%s", v);
	else if (strcmp(l, "SEQUENCE") == 0)
		g->seq = strtol(v, NULL, 10);
	else if (strcmp(l, "BEGIN") == 0 && strcmp(v, "VEVENT") == 0)
		g->events++;
}

static struct got *read_back(const struct buf *b)
{
	static struct got g;
	static char flat[65536];
	char *save = NULL;

	memset(&g, 0, sizeof(g));
	g.ok = b->err == E_OK && b->p != NULL && unfold(b->p, b->len, flat, sizeof(flat));
	if (!g.ok)
		return &g;
	for (char *l = strtok_r(flat, "\n", &save); l != NULL; l = strtok_r(NULL, "\n", &save))
		take(&g, l);
	return &g;
}

static struct ics_event sample(void)
{
	return (struct ics_event){
		.id = 4711, .host = "school.example", .seq = 3, .stamp_ms = 1764000000000,
		.created_ms = 1763000000000, .changed_ms = 1763500000000,
		.starts_ms = 1764861600000, .ends_ms = 1764862500000,
		.summary = "Conference with Mr Haile", .location = "Room 12, first floor; left",
		.description = "One line\nand \\ another",
	};
}

static struct got *round_trip(struct ics_event e, struct buf *b)
{
	buf_reset(b);
	ics_begin(b);
	ics_add(b, &e);
	ics_end(b);
	return read_back(b);
}

TEST(an_event_comes_back_as_it_was)
{
	struct buf b = BUF_INIT(1 << 20);
	struct got *g = round_trip(sample(), &b);

	CHECK(g->ok);
	CHECK_STR(g->uid, "conference-4711@school.example");
	CHECK_STR(g->summary, "Conference with Mr Haile");
	CHECK_STR(g->location, "Room 12, first floor; left");
	CHECK_STR(g->description, "One line\nand \\ another");
	CHECK_STR(g->start, "20251204T152000Z");
	CHECK_STR(g->end, "20251204T153500Z");
	CHECK_STR(g->stamp, "20251124T160000Z");
	CHECK_STR(g->status, "CONFIRMED");
	CHECK_STR(g->method, "PUBLISH");
	CHECK_INT(g->seq, 3);
	CHECK_INT(g->events, 1);
	CHECK(strncmp(b.p, "BEGIN:VCALENDAR\r\nVERSION:2.0\r\n", 30) == 0);
	buf_release(&b);
}

TEST(a_move_keeps_the_uid_and_raises_the_sequence)
{
	struct buf b = BUF_INIT(1 << 20);
	struct ics_event e = sample();
	struct got *g;

	e.seq = 4;
	e.starts_ms += 1200000;
	e.ends_ms += 1200000;
	e.cancelled = true;
	g = round_trip(e, &b);
	CHECK_STR(g->uid, "conference-4711@school.example");
	CHECK_INT(g->seq, 4);
	CHECK_STR(g->status, "CANCELLED");
	CHECK_STR(g->start, "20251204T154000Z");
	buf_release(&b);
}

TEST(nothing_typed_can_add_a_line_or_a_property)
{
	struct buf b = BUF_INIT(1 << 20);
	struct ics_event e = sample();
	struct got *g;
	unsigned lines;

	lines = round_trip(e, &b)->lines;
	e.summary = "x\r\nATTACH:http://evil.example\r\nBEGIN:VEVENT";
	g = round_trip(e, &b);
	CHECK(g->ok);
	CHECK_INT(g->lines, lines);
	CHECK_INT(g->events, 1);
	CHECK_STR(g->summary, "x\nATTACH:http://evil.example\nBEGIN:VEVENT");
	buf_release(&b);
}

TEST(text_that_is_not_utf8_is_refused)
{
	struct buf b = BUF_INIT(1 << 20);
	struct ics_event e = sample();

	e.location = "a\xff";
	CHECK(!round_trip(e, &b)->ok);
	CHECK_INT(b.err, E_INPUT);
	buf_release(&b);
}

/* Random texts of one to four bytes a character, and every sign that is escaped. */
TEST(whatever_the_text_it_comes_back)
{
	static const char *const bit[] = { "a", "é", "ل", "字", "𠮷", "\\", ";", ",", "\n", ":", " ",
					   "\"", "n", "\\n" };
	struct buf b = BUF_INIT(1 << 20);
	uint32_t x = 5545;

	for (int round = 0; round < 3000; round++) {
		struct ics_event e = sample();
		char text[3][700];

		for (int k = 0; k < 3; k++) {
			size_t o = 0, want = (x = x * 1664525u + 1013904223u) >> 8 & 0x1ff;

			while (o < want) {
				const char *s;

				x = x * 1664525u + 1013904223u;
				s = bit[(x >> 8) % (sizeof(bit) / sizeof(bit[0]))];
				memcpy(text[k] + o, s, strlen(s));
				o += strlen(s);
			}
			text[k][o] = '\0';
		}
		e.summary = text[0];
		e.location = text[1];
		e.description = text[2];
		struct got *g = round_trip(e, &b);

		if (!CHECK(g->ok) || !CHECK_STR(g->summary, text[0]) ||
		    !CHECK_STR(g->location, text[1]) || !CHECK_STR(g->description, text[2]))
			break;
	}
	buf_release(&b);
}
