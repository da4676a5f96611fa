/*
 * What microhttpd lets through and the gate refuses (facts: its leniency table):
 * each row is sent raw, followed by a second request. No row may get two
 * answers, and no refused row may keep its connection.
 */
#include <sys/socket.h>
#include <unistd.h>

#include "kit/http.h"
#include "t.h"

#define PORT 21311
#define H "Host: lintel.example\r\n"
#define NEXT "GET /plain HTTP/1.1\r\n" H "\r\n"
#define ROW(name, text, status) { name, text, sizeof(text) - 1, status }

static const struct row {
	const char *name, *text;
	size_t n;
	int status;
} rows[] = {
	ROW("two content lengths", "POST /lti/login HTTP/1.1\r\n" H FORM
	    "Content-Length: 3\r\nContent-Length: 30\r\n\r\na=b" NEXT, 400),
	ROW("two equal content lengths", "POST /lti/login HTTP/1.1\r\n" H FORM
	    "Content-Length: 3\r\nContent-Length: 3\r\n\r\na=b" NEXT, 400),
	ROW("length and chunked", "POST /lti/login HTTP/1.1\r\n" H FORM
	    "Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" NEXT, 400),
	ROW("chunked", "POST /lti/login HTTP/1.1\r\n" H FORM
	    "Transfer-Encoding: chunked\r\n\r\n3\r\na=b\r\n0\r\n\r\n" NEXT, 400),
	ROW("xchunked", "POST /lti/login HTTP/1.1\r\n" H FORM
	    "Transfer-Encoding: xchunked\r\n\r\n" NEXT, 400),
	ROW("coding with a blank", "POST /lti/login HTTP/1.1\r\n" H FORM
	    "Content-Length: 3\r\nTransfer-Encoding : chunked\r\n\r\na=b" NEXT, 400),
	ROW("coding after a tab", "POST /lti/login HTTP/1.1\r\n" H FORM
	    "Content-Length: 3\r\nTransfer-Encoding:\tchunked\r\n\r\na=b" NEXT, 400),
	ROW("length with a plus", "POST /lti/login HTTP/1.1\r\n" H FORM
	    "Content-Length: +3\r\n\r\na=b" NEXT, 400),
	ROW("negative length", "POST /lti/login HTTP/1.1\r\n" H FORM
	    "Content-Length: -3\r\n\r\na=b" NEXT, 400),
	ROW("length with zeros", "POST /lti/login HTTP/1.1\r\n" H FORM
	    "Content-Length: 03\r\n\r\na=b" NEXT, 400),
	ROW("length list", "POST /lti/login HTTP/1.1\r\n" H FORM
	    "Content-Length: 3, 3\r\n\r\na=b" NEXT, 400),
	ROW("length in hex", "POST /lti/login HTTP/1.1\r\n" H FORM
	    "Content-Length: 0x3\r\n\r\na=b" NEXT, 400),
	ROW("length with a blank", "POST /lti/login HTTP/1.1\r\n" H FORM
	    "Content-Length : 3\r\n\r\na=b" NEXT, 400),
	ROW("body on a GET", "GET /plain HTTP/1.1\r\n" H
	    "Content-Length: 44\r\n\r\n" NEXT, 400),
	ROW("length 0 on a GET", "GET /plain HTTP/1.1\r\n" H "Content-Length: 0\r\n\r\n" NEXT, 400),
	ROW("body on a HEAD", "HEAD /plain HTTP/1.1\r\n" H "Content-Length: 3\r\n\r\nabc" NEXT, 400),
	ROW("no host", "GET /plain HTTP/1.1\r\n\r\n" NEXT, 400),
	ROW("two hosts", "GET /plain HTTP/1.1\r\n" H H "\r\n" NEXT, 400),
	ROW("two hosts, one foreign", "GET /plain HTTP/1.1\r\n" H "Host: evil.example\r\n\r\n" NEXT,
	    400),
	ROW("foreign host", "GET /plain HTTP/1.1\r\nHost: evil.example\r\n\r\n" NEXT, 400),
	ROW("host with a blank", "GET /plain HTTP/1.1\r\nHost : lintel.example\r\n\r\n" NEXT, 400),
	ROW("host with another port", "GET /plain HTTP/1.1\r\nHost: lintel.example:99\r\n\r\n" NEXT,
	    400),
	ROW("loopback name on a page", "GET /plain HTTP/1.1\r\nHost: 127.0.0.1:21311\r\n\r\n" NEXT,
	    400),
	ROW("escaped NUL in the path", "GET /plain%00b HTTP/1.1\r\n" H "\r\n" NEXT, 400),
	ROW("NUL in the target", "GET /plain\0b HTTP/1.1\r\n" H "\r\n" NEXT, 400),
	ROW("NUL in a header", "GET /plain HTTP/1.1\r\n" H "X-A: b\0c\r\n\r\n" NEXT, 400),
	ROW("NUL in the host", "GET /plain HTTP/1.1\r\nHost: lintel.example\0.evil\r\n\r\n" NEXT, 400),
	ROW("NUL in a header name", "GET /plain HTTP/1.1\r\n" H "X\0A: b\r\n\r\n" NEXT, 400),
	ROW("escaped slash", "GET /a%2fplain HTTP/1.1\r\n" H "\r\n" NEXT, 400),
	ROW("escaped dots", "GET /a/%2e%2e/plain HTTP/1.1\r\n" H "\r\n" NEXT, 400),
	ROW("escaped backslash", "GET /a%5cb HTTP/1.1\r\n" H "\r\n" NEXT, 400),
	ROW("backslash", "GET /a\\plain HTTP/1.1\r\n" H "\r\n" NEXT, 400),
	ROW("dot segments", "GET /a/../plain HTTP/1.1\r\n" H "\r\n" NEXT, 400),
	ROW("dot segment", "GET /./plain HTTP/1.1\r\n" H "\r\n" NEXT, 400),
	ROW("dots at the end", "GET /a/.. HTTP/1.1\r\n" H "\r\n" NEXT, 400),
	ROW("empty segment", "GET //plain HTTP/1.1\r\n" H "\r\n" NEXT, 400),
	ROW("absolute form", "GET http://lintel.example/plain HTTP/1.1\r\n" H "\r\n" NEXT, 400),
	ROW("absolute form, foreign", "GET http://evil/plain HTTP/1.1\r\n" H "\r\n" NEXT, 400),
	ROW("asterisk", "OPTIONS * HTTP/1.1\r\n" H "\r\n" NEXT, 405),
	ROW("fragment", "GET /plain#a HTTP/1.1\r\n" H "\r\n" NEXT, 400),
	ROW("raw 8-bit byte", "GET /pl\xc3\xa9 HTTP/1.1\r\n" H "\r\n" NEXT, 400),
	ROW("unknown method", "BREW /plain HTTP/1.1\r\n" H "\r\n" NEXT, 405),
	ROW("PUT with a body", "PUT /plain HTTP/1.1\r\n" H "Content-Length: 3\r\n\r\nabc" NEXT, 405),
	ROW("lower-case method", "get /plain HTTP/1.1\r\n" H "\r\n" NEXT, 405),
	ROW("control byte in the method", "G\x01T /plain HTTP/1.1\r\n" H "\r\n" NEXT, 405),
	ROW("bare LF everywhere", "GET /plain HTTP/1.1\nHost: lintel.example\n\n" NEXT, 400),
	ROW("one bare LF", "GET /plain HTTP/1.1\r\n" H "X-A: b\n\r\n" NEXT, 400),
	ROW("bare CR in a value", "GET /plain HTTP/1.1\r\n" H "X-A: b\rc\r\n\r\n" NEXT, 400),
	ROW("folded line", "GET /plain HTTP/1.1\r\n" H "X-A: b\r\n c\r\n\r\n" NEXT, 400),
	ROW("folded into a length", "POST /lti/login HTTP/1.1\r\n" H FORM
	    "Content-Length: 3\r\n 0\r\n\r\na=b" NEXT, 400),
	ROW("odd header name", "GET /plain HTTP/1.1\r\n" H "X(A): b\r\n\r\n" NEXT, 400),
	ROW("HTTP 2.0 by hand", "GET /plain HTTP/2.0\r\n" H "\r\n" NEXT, 505),
	ROW("two origins", "POST /lti/login HTTP/1.1\r\n" H FORM OWN OWN
	    "Content-Length: 3\r\n\r\na=b" NEXT, 400),
	ROW("unknown expectation", "POST /lti/login HTTP/1.1\r\n" H FORM "Expect: miracles\r\n"
	    "Content-Length: 3\r\n\r\na=b" NEXT, 400),
};

static struct server *srv;

TEST(starts)
{
	struct fault f = { .err = E_OK };

	CHECK_INT(kit_start(&srv, "127.0.0.1:21311", &f), E_OK);
	CHECK_STR(f.text, "");
}

TEST(every_row_gets_one_refusal_and_a_closed_connection)
{
	static struct answer a;

	NEED(srv != NULL);
	CHECK(ARRAY_LEN(rows) >= 25);
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		kit_ask_n(PORT, rows[i].text, rows[i].n, &a, 1000);
		/* The library itself refuses some, by an answer or by hanging up. */
		if (!CHECK(a.count <= 1) || !CHECK(a.closed) ||
		    !CHECK(a.status == rows[i].status || a.status == 0 || a.status == 400))
			printf("#   %s: %d answers, status %d\n", rows[i].name, a.count, a.status);
	}
	printf("# %zu rows, 0 second answers\n", ARRAY_LEN(rows));
}

TEST(proper_requests_share_a_connection)
{
	static struct answer a;
	int fd;

	NEED(srv != NULL);
	fd = kit_connect(PORT);
	NEED(fd >= 0);
	for (int i = 0; i < 3; i++) {
		kit_send(fd, NEXT, sizeof(NEXT) - 1);
		kit_read(fd, &a, 2000, true);
		CHECK_INT(a.status, 200);
		kit_send(fd, "POST /lti/login HTTP/1.1\r\n" H FORM "Content-Length: 3\r\n\r\na=b",
			 sizeof("POST /lti/login HTTP/1.1\r\n" H FORM "Content-Length: 3\r\n\r\na=b") - 1);
		kit_read(fd, &a, 2000, true);
		CHECK_INT(a.status, 200);
	}
	close(fd);
	kit_ask_n(PORT, NEXT NEXT, sizeof(NEXT NEXT) - 1, &a, 500);
	CHECK_INT(a.count, 2);
}

TEST(a_long_target_and_many_headers_are_refused)
{
	static struct answer a;
	static char text[64 << 10];
	size_t n;

	NEED(srv != NULL);
	n = (size_t)snprintf(text, sizeof(text), "/plain?ok=");
	memset(text + n, '1', 2048 - n);
	text[2049] = '\0';
	kit_ask(PORT, "GET", text, "", NULL, &a);
	CHECK_INT(a.status, 400);
	n = 0;
	for (int i = 0; i < 70; i++)
		n += (size_t)snprintf(text + n, sizeof(text) - n, "X-%d: a\r\n", i);
	kit_ask(PORT, "GET", "/plain", text, NULL, &a);
	CHECK_INT(a.status, 413);
	memset(text, 'a', sizeof(text));
	memcpy(text, "X: ", 3);
	memcpy(text + (28 << 10), "\r\n", 3);
	kit_ask(PORT, "GET", "/plain", text, NULL, &a);
	CHECK_INT(a.status, 413);
}

TEST(stops)
{
	server_stop(srv, 1000);
	CHECK(kit_connect(PORT) < 0);
}
