/*
 * JSON writer on a struct buf (RFC 8259). Reading is jansson's work.
 *
 * The writer keeps a small stack and puts the commas; keys are our own ASCII
 * literals. Text must be valid UTF-8 (checked: invalid text sets the buffer's
 * error), so what is written always parses. '<' and '&' are escaped, so a value
 * may stand in HTML. Depth is at most JSON_DEPTH.
 */
#ifndef LINTEL_BASE_JSON_H
#define LINTEL_BASE_JSON_H

#include <inttypes.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/str.h"

#define JSON_DEPTH 16

struct json {
	struct buf *b;
	unsigned depth;
	bool some[JSON_DEPTH];	/* this level already holds a member */
};

static inline void json_init(struct json *j, struct buf *b)
{
	*j = (struct json){ .b = b };
}

static inline void json_text(struct buf *b, struct span s)
{
	if (!utf8_valid(s)) {
		buf_fail(b, E_INPUT);
		return;
	}
	buf_addc(b, '"');
	for (size_t i = 0; i < s.n; i++) {
		unsigned char c = (unsigned char)s.p[i];

		if (c == '"' || c == '\\') {
			buf_addc(b, '\\');
			buf_addc(b, (char)c);
		} else if (c < 0x20 || c == '<' || c == '&' || c == 0x7f) {
			buf_printf(b, "\\u%04x", c);
		} else {
			buf_addc(b, (char)c);
		}
	}
	buf_addc(b, '"');
}

static inline void json_sep(struct json *j, const char *key)
{
	assert(j->depth < JSON_DEPTH);
	if (j->some[j->depth])
		buf_addc(j->b, ',');
	j->some[j->depth] = true;
	if (key != NULL) {
		json_text(j->b, span_of(key));
		buf_addc(j->b, ':');
	}
}

/* key is NULL at the top and inside arrays. open is '{' or '['. */
static inline void json_open(struct json *j, const char *key, char open)
{
	assert(open == '{' || open == '[');
	json_sep(j, key);
	buf_addc(j->b, open);
	assert(j->depth + 1 < JSON_DEPTH);
	j->some[++j->depth] = false;
}

static inline void json_close(struct json *j, char close)
{
	assert(close == '}' || close == ']');
	assert(j->depth > 0);
	j->depth--;
	buf_addc(j->b, close);
}

static inline void json_span(struct json *j, const char *key, struct span v)
{
	json_sep(j, key);
	json_text(j->b, v);
}

/* NULL becomes null. */
static inline void json_str(struct json *j, const char *key, const char *v)
{
	if (v != NULL) {
		json_span(j, key, span_of(v));
		return;
	}
	json_sep(j, key);
	buf_addz(j->b, "null");
}

static inline void json_int(struct json *j, const char *key, int64_t v)
{
	json_sep(j, key);
	buf_printf(j->b, "%" PRId64, v);
}

/* 64-bit ids lose digits in JavaScript: as text. */
static inline void json_id(struct json *j, const char *key, int64_t v)
{
	json_sep(j, key);
	buf_printf(j->b, "\"%" PRId64 "\"", v);
}

static inline void json_bool(struct json *j, const char *key, bool v)
{
	json_sep(j, key);
	buf_addz(j->b, v ? "true" : "false");
}

#endif
