/*
 * multipart/form-data as it streams in (RFC 7578, RFC 2046 5.1.1), strict: no
 * preamble, no folded or unknown part header, quoted names, one file. Bytes of
 * the file go straight to the sink; only a small field is ever held.
 *
 * The delimiter is CRLF "--" boundary. CR occurs in it at its start alone, so a
 * failed match gives back exactly the matched prefix and can only restart at the
 * present byte.
 */
#include "parse.h"

#include <strings.h>

#include "base/magic.h"

#define MULTIPART_MAGIC 0x3a11b0d7u
#define BOUNDARY_MAX 70			/* RFC 2046 5.1.1 */
#define PART_HEADER_MAX 1024
#define PARTS_MAX 64

enum mp_state {
	MP_FIRST,	/* the first delimiter, without its CRLF */
	MP_AFTER,	/* behind a delimiter: CRLF or "--" */
	MP_HEADER,
	MP_DATA,
	MP_EPILOGUE,	/* nothing, or one CRLF */
	MP_FAILED,
};

struct multipart {
	unsigned magic;
	enum mp_state state;
	enum err err;
	struct arena *a;
	struct multipart_sink sink;
	char delim[BOUNDARY_MAX + 5];
	size_t delim_n, matched;
	char after[2];
	unsigned after_n, parts, epilogue;
	char header[PART_HEADER_MAX];
	size_t header_n;
	struct span name;
	bool is_file, had_file;
	char value[MULTIPART_FIELD_MAX + 1];
	size_t value_n;
};

struct multipart *multipart_new(struct arena *a, struct span boundary,
				const struct multipart_sink *sink)
{
	struct multipart *m = arena_new(a, struct multipart);

	if (m == NULL)
		return NULL;
	assert(boundary.n > 0 && boundary.n <= BOUNDARY_MAX);
	assert(sink->field != NULL && sink->file_data != NULL);
	m->magic = MULTIPART_MAGIC;
	m->a = a;
	m->sink = *sink;
	memcpy(m->delim, "\r\n--", 4);
	memcpy(m->delim + 4, boundary.p, boundary.n);
	m->delim_n = boundary.n + 4;
	m->matched = 2;
	return m;
}

static bool boundary_char(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	       (c != '\0' && strchr("'()+_,-./:=?", c) != NULL);
}

enum err multipart_boundary(const char *type, struct span *out)
{
	static const char want[] = "multipart/form-data";
	const char *p;
	size_t n = 0;

	if (type == NULL || strncasecmp(type, want, sizeof(want) - 1) != 0)
		return E_INPUT;
	p = type + sizeof(want) - 1;
	while (*p == ' ')
		p++;
	if (*p++ != ';')
		return E_INPUT;
	while (*p == ' ')
		p++;
	if (strncasecmp(p, "boundary=", 9) != 0)
		return E_INPUT;
	p += 9;
	if (*p == '"') {
		const char *end = strchr(++p, '"');

		if (end == NULL || end[1] != '\0')
			return E_INPUT;
		n = (size_t)(end - p);
	} else {
		n = strlen(p);
	}
	if (n == 0 || n > BOUNDARY_MAX)
		return E_INPUT;
	for (size_t i = 0; i < n; i++)
		if (!boundary_char(p[i]))
			return E_INPUT;
	*out = span_mk(p, n);
	return E_OK;
}

/* ;name="value" pairs behind "form-data"; anything else is refused. */
static enum err disposition(struct multipart *m, struct span s)
{
	bool name = false, file = false;

	if (s.n < 9 || strncasecmp(s.p, "form-data", 9) != 0)
		return E_INPUT;
	s = span_mk(s.p + 9, s.n - 9);
	while (s.n > 0) {
		struct span key, val;
		const char *q;

		if (s.n < 2 || s.p[0] != ';' || s.p[1] != ' ')
			return E_INPUT;
		s = span_mk(s.p + 2, s.n - 2);
		q = memchr(s.p, '=', s.n);
		if (q == NULL)
			return E_INPUT;
		key = span_mk(s.p, (size_t)(q - s.p));
		s = span_mk(q + 1, s.n - key.n - 1);
		if (s.n < 2 || s.p[0] != '"' || (q = memchr(s.p + 1, '"', s.n - 1)) == NULL)
			return E_INPUT;
		val = span_mk(s.p + 1, (size_t)(q - s.p - 1));
		s = span_mk(q + 1, s.n - val.n - 2);
		if (span_eqz(key, "name") && !name && val.n > 0 && val.n <= 64) {
			m->name = span_mk(arena_strndup(m->a, val.p, val.n), val.n);
			if (m->name.p == NULL)
				return E_NOMEM;
			name = true;
		} else if (span_eqz(key, "filename") && !file) {
			file = true;	/* the name of the file is nobody's business */
		} else {
			return E_INPUT;
		}
	}
	m->is_file = file;
	return name ? E_OK : E_INPUT;
}

static enum err part_headers(struct multipart *m)
{
	struct span rest = span_mk(m->header, m->header_n);
	bool have = false;

	while (rest.n > 0) {
		const char *end = memmem(rest.p, rest.n, "\r\n", 2);
		struct span line = span_mk(rest.p, (size_t)(end - rest.p));
		const char *colon = line.n > 0 ? memchr(line.p, ':', line.n) : NULL;
		struct span value;
		enum err e;

		rest = span_mk(end + 2, rest.n - line.n - 2);
		if (colon == NULL || line.p[0] == ' ' || line.p[0] == '\t')
			return E_INPUT;
		value = span_mk(colon + 1, line.n - (size_t)(colon - line.p) - 1);
		while (value.n > 0 && value.p[0] == ' ')
			value = span_mk(value.p + 1, value.n - 1);
		if (colon - line.p == 19 && strncasecmp(line.p, "content-disposition", 19) == 0) {
			if (have)
				return E_INPUT;
			have = true;
			e = disposition(m, value);
			if (e != E_OK)
				return e;
		} else if (colon - line.p != 12 || strncasecmp(line.p, "content-type", 12) != 0) {
			return E_INPUT;
		}
	}
	return have ? E_OK : E_INPUT;
}

static enum err part_begin(struct multipart *m)
{
	enum err e = part_headers(m);

	if (e != E_OK)
		return e;
	if (++m->parts > PARTS_MAX)
		return E_LIMIT;
	m->value_n = 0;
	m->matched = 0;
	m->state = MP_DATA;
	if (!m->is_file)
		return E_OK;
	if (m->had_file)
		return E_INPUT;
	m->had_file = true;
	return m->sink.file_begin(m->sink.arg, m->name);
}

static enum err part_data(struct multipart *m, const char *p, size_t n)
{
	if (n == 0)
		return E_OK;
	if (m->is_file)
		return m->sink.file_data(m->sink.arg, p, n);
	if (n > MULTIPART_FIELD_MAX - m->value_n)
		return E_LIMIT;
	memcpy(m->value + m->value_n, p, n);
	m->value_n += n;
	return E_OK;
}

static enum err part_end(struct multipart *m)
{
	m->state = MP_AFTER;
	m->after_n = 0;
	if (m->parts == 0)
		return E_OK;
	if (m->is_file)
		return m->sink.file_end(m->sink.arg);
	m->value[m->value_n] = '\0';
	return m->sink.field(m->sink.arg, m->name, span_mk(m->value, m->value_n));
}

static enum err on_data(struct multipart *m, const char *p, size_t n, size_t *used)
{
	size_t i = 0, from = 0;
	enum err e;

	while (i < n) {
		if (m->matched == 0) {
			const char *cr = memchr(p + i, '\r', n - i);

			if (cr == NULL) {
				*used = n;
				return part_data(m, p + from, n - from);
			}
			i = (size_t)(cr - p);
			e = part_data(m, p + from, i - from);
			if (e != E_OK)
				return e;
			from = i;
		}
		if (p[i] != m->delim[m->matched]) {
			/* The matched bytes were data; they may lie in an earlier chunk. */
			e = part_data(m, m->delim, m->matched);
			if (e != E_OK)
				return e;
			from = i;
			m->matched = 0;
			continue;
		}
		i++;
		from = i;
		if (++m->matched == m->delim_n) {
			*used = i;
			return part_end(m);
		}
	}
	*used = n;
	return E_OK;
}

static enum err on_first(struct multipart *m, char c)
{
	if (c != m->delim[m->matched])
		return E_INPUT;
	return ++m->matched == m->delim_n ? part_end(m) : E_OK;
}

static enum err on_after(struct multipart *m, char c)
{
	m->after[m->after_n++] = c;
	if (m->after_n < 2)
		return E_OK;
	m->header_n = 0;
	if (memcmp(m->after, "\r\n", 2) == 0)
		m->state = MP_HEADER;
	else if (memcmp(m->after, "--", 2) == 0 && m->parts > 0)
		m->state = MP_EPILOGUE;
	else
		return E_INPUT;
	return E_OK;
}

static enum err on_header(struct multipart *m, char c)
{
	if (m->header_n == PART_HEADER_MAX)
		return E_LIMIT;
	if (c == '\0' || (c == '\n' && (m->header_n == 0 || m->header[m->header_n - 1] != '\r')))
		return E_INPUT;
	if (m->header_n > 0 && m->header[m->header_n - 1] == '\r' && c != '\n')
		return E_INPUT;
	m->header[m->header_n++] = c;
	if (m->header_n < 4 || memcmp(m->header + m->header_n - 4, "\r\n\r\n", 4) != 0)
		return m->header_n == 2 && memcmp(m->header, "\r\n", 2) == 0 ? E_INPUT : E_OK;
	m->header_n -= 2;
	return part_begin(m);
}

static enum err on_epilogue(struct multipart *m, char c)
{
	if (m->epilogue >= 2 || c != "\r\n"[m->epilogue])
		return E_INPUT;
	m->epilogue++;
	return E_OK;
}

static enum err step(struct multipart *m, const char *p, size_t n, size_t *used)
{
	*used = 1;
	switch (m->state) {
	case MP_FIRST:
		return on_first(m, *p);
	case MP_AFTER:
		return on_after(m, *p);
	case MP_HEADER:
		return on_header(m, *p);
	case MP_DATA:
		return on_data(m, p, n, used);
	case MP_EPILOGUE:
		return on_epilogue(m, *p);
	case MP_FAILED:
		break;
	}
	return m->err;
}

enum err multipart_feed(struct multipart *m, const void *p, size_t n)
{
	const char *s = p;
	size_t at = 0, used = 0;

	CHECK_MAGIC(m, MULTIPART_MAGIC);
	while (at < n) {
		enum err e = step(m, s + at, n - at, &used);

		if (e != E_OK) {
			m->err = e;
			m->state = MP_FAILED;
			return e;
		}
		assert(used > 0 && used <= n - at);
		at += used;
	}
	return E_OK;
}

enum err multipart_end(struct multipart *m)
{
	CHECK_MAGIC(m, MULTIPART_MAGIC);
	if (m->state == MP_FAILED)
		return m->err;
	return m->state == MP_EPILOGUE && m->epilogue != 1 ? E_OK : E_INPUT;
}
