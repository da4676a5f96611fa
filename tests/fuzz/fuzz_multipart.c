/*
 * multipart/form-data with the boundary "xYz". Beyond not crashing: the outcome,
 * and every byte handed on, are the same however the network cuts the body, and
 * no file begins twice.
 */
#include <stdlib.h>

#include "../../gateway/http/parse.h"
#include "base/magic.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

struct seen {
	uint64_t hash;
	unsigned files;
	bool in_file;
};

static void mix(struct seen *s, const void *p, size_t n)
{
	const unsigned char *b = p;

	for (size_t i = 0; i < n; i++)
		s->hash = (s->hash ^ b[i]) * 0x100000001b3u;
}

static enum err field(void *arg, struct span name, struct span value)
{
	struct seen *s = arg;

	assert(!s->in_file && value.n <= MULTIPART_FIELD_MAX);
	mix(s, "F", 1);
	mix(s, name.p, name.n);
	mix(s, "=", 1);
	mix(s, value.p, value.n);
	return E_OK;
}

static enum err file_begin(void *arg, struct span name)
{
	struct seen *s = arg;

	assert(++s->files == 1 && !s->in_file);
	s->in_file = true;
	mix(s, "B", 1);
	mix(s, name.p, name.n);
	return E_OK;
}

static enum err file_data(void *arg, const void *p, size_t n)
{
	struct seen *s = arg;

	assert(s->in_file && n > 0);
	mix(s, p, n);
	return E_OK;
}

static enum err file_end(void *arg)
{
	struct seen *s = arg;

	assert(s->in_file);
	s->in_file = false;
	mix(s, "E", 1);
	return E_OK;
}

static enum err feed(const uint8_t *data, size_t n, size_t piece, struct seen *s)
{
	const struct multipart_sink sink = { s, field, file_begin, file_data, file_end };
	struct multipart *m;
	struct arena a;
	enum err e = E_OK;

	arena_init(&a, 8u << 20);
	m = multipart_new(&a, SPAN("xYz"), &sink);
	assert(m != NULL);
	for (size_t at = 0; at < n && e == E_OK; at += piece)
		e = multipart_feed(m, data + at, piece < n - at ? piece : n - at);
	if (e == E_OK)
		e = multipart_end(m);
	arena_release(&a);
	return e;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	static const size_t pieces[] = { 1, 3, 7 };
	struct seen whole = { .hash = 1 };
	enum err e = feed(data, n, n + 1, &whole);

	for (size_t i = 0; i < ARRAY_LEN(pieces); i++) {
		struct seen cut = { .hash = 1 };

		assert(feed(data, n, pieces[i], &cut) == e);
		assert(cut.hash == whole.hash && cut.files == whole.files);
	}
	return 0;
}
