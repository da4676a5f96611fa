/*
 * multipart/form-data, each body fed whole, byte by byte and in pieces of every
 * small size: the outcome must not depend on where the network cuts.
 */
#include "t.h"

#include "../../gateway/http/parse.h"

#define B "--xYz"
#define CSRF B "\r\nContent-Disposition: form-data; name=\"csrf\"\r\n\r\ntoken\r\n"
#define FILE1(content) B "\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.xml\"\r\n" \
	"Content-Type: text/xml\r\n\r\n" content "\r\n"
#define END B "--\r\n"

static char got[8192];

static void note(const char *tag, const char *p, size_t n)
{
	size_t at = strlen(got);

	snprintf(got + at, sizeof(got) - at, "%s", tag);
	at = strlen(got);
	for (size_t i = 0; i < n && at + 1 < sizeof(got); i++)
		got[at++] = p[i] == '\0' ? '0' : p[i];
	got[at] = '\0';
}

static enum err field(void *arg, struct span name, struct span value)
{
	(void)arg;
	note("[", name.p, name.n);
	note("=", value.p, value.n);
	note("]", "", 0);
	return span_eqz(value, "stop") ? E_DENIED : E_OK;
}

static enum err file_begin(void *arg, struct span name)
{
	(void)arg;
	note("<", name.p, name.n);
	note(":", "", 0);
	return E_OK;
}

static enum err file_data(void *arg, const void *p, size_t n)
{
	(void)arg;
	note("", p, n);
	return E_OK;
}

static enum err file_end(void *arg)
{
	(void)arg;
	note(">", "", 0);
	return E_OK;
}

static enum err feed(const char *body, size_t n, size_t piece)
{
	const struct multipart_sink sink = { NULL, field, file_begin, file_data, file_end };
	struct multipart *m;
	struct arena a;
	enum err e = E_OK;

	arena_init(&a, 1 << 20);
	m = multipart_new(&a, SPAN("xYz"), &sink);
	got[0] = '\0';
	for (size_t at = 0; m != NULL && at < n && e == E_OK; at += piece)
		e = multipart_feed(m, body + at, piece < n - at ? piece : n - at);
	if (m != NULL && e == E_OK)
		e = multipart_end(m);
	arena_release(&a);
	return e;
}

static void expect(const char *name, const char *body, size_t n, enum err e, const char *want)
{
	for (size_t piece = 1; piece <= n; piece = piece < 12 ? piece + 1 : piece * 3) {
		enum err have = feed(body, n, piece);

		if (!CHECK_INT(have, e) || (want != NULL && !CHECK_STR(got, want)))
			printf("#   %s, pieces of %zu\n", name, piece);
	}
	CHECK_INT(feed(body, n, n + 1), e);
}

#define GOOD(name, body, want) expect(name, body, sizeof(body) - 1, E_OK, want)
#define BAD(name, body) expect(name, body, sizeof(body) - 1, E_INPUT, NULL)

TEST(good_bodies)
{
	GOOD("one file", CSRF FILE1("<a/>") END, "[csrf=token]<file:<a/>>");
	GOOD("no last line end", CSRF FILE1("<a/>") B "--", "[csrf=token]<file:<a/>>");
	GOOD("field after the file", CSRF FILE1("x") B
	     "\r\ncontent-disposition: form-data; name=\"kind\"\r\n\r\n5\r\n" END,
	     "[csrf=token]<file:x>[kind=5]");
	GOOD("empty values", B "\r\nContent-Disposition: form-data; name=\"csrf\"\r\n\r\n\r\n"
	     FILE1("") END, "[csrf=]<file:>");
	GOOD("almost a boundary", CSRF FILE1("a\r\n--xY\r\n-\r\r\n--xyz\r\n") END,
	     "[csrf=token]<file:a\r\n--xY\r\n-\r\r\n--xyz\r\n>");
	GOOD("bytes of any kind", CSRF FILE1("\0\xff\r\n\n\r--") END,
	     "[csrf=token]<file:0\xff\r\n\n\r-->");
	GOOD("filename escaped as browsers do", CSRF B "\r\nContent-Disposition: form-data; "
	     "name=\"file\"; filename=\"a%22b.xml\"\r\n\r\nx\r\n" END, "[csrf=token]<file:x>");
}

TEST(bad_bodies)
{
	BAD("nothing", "\r\n");
	BAD("a preamble", "hello\r\n" CSRF END);
	BAD("no parts", END);
	BAD("never closed", CSRF FILE1("x"));
	BAD("cut in the file", CSRF B "\r\nContent-Disposition: form-data; name=\"file\"; "
	    "filename=\"a\"\r\n\r\nx");
	BAD("an epilogue", CSRF END "more");
	BAD("half a last line end", CSRF B "--\r");
	BAD("two files", CSRF FILE1("x") FILE1("y") END);
	BAD("no disposition", B "\r\nContent-Type: text/plain\r\n\r\nx\r\n" END);
	BAD("no headers", B "\r\n\r\nx\r\n" END);
	BAD("two dispositions", B "\r\nContent-Disposition: form-data; name=\"a\"\r\n"
	    "Content-Disposition: form-data; name=\"b\"\r\n\r\nx\r\n" END);
	BAD("two names", B "\r\nContent-Disposition: form-data; name=\"a\"; name=\"b\"\r\n\r\nx\r\n" END);
	BAD("no name", B "\r\nContent-Disposition: form-data\r\n\r\nx\r\n" END);
	BAD("empty name", B "\r\nContent-Disposition: form-data; name=\"\"\r\n\r\nx\r\n" END);
	BAD("name without quotes", B "\r\nContent-Disposition: form-data; name=a\r\n\r\nx\r\n" END);
	BAD("filename*", B "\r\nContent-Disposition: form-data; name=\"a\"; filename*=\"b\"\r\n\r\nx\r\n"
	    END);
	BAD("attachment", B "\r\nContent-Disposition: attachment; name=\"a\"\r\n\r\nx\r\n" END);
	BAD("folded header", B "\r\nContent-Disposition: form-data;\r\n name=\"a\"\r\n\r\nx\r\n" END);
	BAD("transfer encoding", B "\r\nContent-Disposition: form-data; name=\"a\"\r\n"
	    "Content-Transfer-Encoding: base64\r\n\r\nx\r\n" END);
	BAD("bare LF", "--xYz\nContent-Disposition: form-data; name=\"a\"\n\nx\n--xYz--\n");
	BAD("bare LF in a header", B "\r\nContent-Disposition: form-data; name=\"a\"\n\r\n\r\nx\r\n" END);
	BAD("NUL in a header", B "\r\nContent-Disposition: form-data; name=\"a\0b\"\r\n\r\nx\r\n" END);
	BAD("text behind the boundary", B " \r\nContent-Disposition: form-data; name=\"a\"\r\n\r\nx\r\n"
	    END);
	BAD("longer boundary", B "Q\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\nx\r\n" END);
}

TEST(a_sink_that_refuses_ends_it)
{
	static const char body[] = B "\r\nContent-Disposition: form-data; name=\"csrf\"\r\n\r\nstop\r\n"
		FILE1("secret") END;

	expect("refused", body, sizeof(body) - 1, E_DENIED, "[csrf=stop]");
}

TEST(fields_and_headers_are_bounded)
{
	static char body[20000];
	int n = snprintf(body, sizeof(body), B "\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n");

	memset(body + n, 'x', MULTIPART_FIELD_MAX + 1);
	n += (int)MULTIPART_FIELD_MAX + 1;
	n += snprintf(body + n, sizeof(body) - (size_t)n, "\r\n" END);
	CHECK_INT(feed(body, (size_t)n, 100), E_LIMIT);
	n = snprintf(body, sizeof(body), B "\r\nContent-Type: ");
	memset(body + n, 'x', 2000);
	CHECK_INT(feed(body, (size_t)n + 2000, 100), E_LIMIT);
}

TEST(boundaries)
{
	static const char *const good[] = {
		"multipart/form-data; boundary=xYz", "Multipart/Form-Data;boundary=xYz",
		"multipart/form-data; boundary=\"xYz\"", "multipart/form-data; Boundary=xYz",
	};
	static const char *const bad[] = {
		"multipart/form-data", "multipart/form-data; boundary=", "multipart/mixed; boundary=xYz",
		"multipart/form-data; boundary=\"\"", "multipart/form-data; boundary=\"xYz",
		"multipart/form-data; boundary=x z", "multipart/form-data; boundary=x;y",
		"multipart/form-data; charset=utf-8; boundary=xYz", "",
		"multipart/form-data; boundary=0123456789012345678901234567890123456789012345678901234"
		"5678901234567890",
	};
	struct span s;

	for (size_t i = 0; i < ARRAY_LEN(good); i++) {
		CHECK_INT(multipart_boundary(good[i], &s), E_OK);
		CHECK(span_eqz(s, "xYz"));
	}
	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		if (!CHECK_INT(multipart_boundary(bad[i], &s), E_INPUT))
			printf("#   %s\n", bad[i]);
	CHECK_INT(multipart_boundary(NULL, &s), E_INPUT);
}
