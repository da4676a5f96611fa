/*
 * fetch() against a server that misbehaves in every way a key-set address can,
 * and against addresses it must not touch (T7).
 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "base/magic.h"
#include "gw/clock.h"
#include "gw/fetch.h"
#include "t.h"

static int listener = -1;
static unsigned port;
static atomic_int connections, stopping;
static char last_request[4096];

static void put(int fd, const char *s, size_t n)
{
	while (n > 0) {
		ssize_t k = send(fd, s, n, MSG_NOSIGNAL);

		if (k <= 0)
			return;
		s += k;
		n -= (size_t)k;
	}
}

static void puts_to(int fd, const char *s)
{
	put(fd, s, strlen(s));
}

static void flood(int fd)
{
	static char blank[65536];

	memset(blank, ' ', sizeof(blank));
	for (int i = 0; i < 800; i++)
		put(fd, blank, sizeof(blank));
}

static void serve(int fd, const char *path)
{
	static const char ok[] = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n";

	if (strncmp(path, "/redirect", 9) == 0) {
		char h[200];

		snprintf(h, sizeof(h), "HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:%u/canary\r\n"
			 "Content-Length: 0\r\n\r\n", port);
		puts_to(fd, h);
	} else if (strncmp(path, "/gzip", 5) == 0) {
		puts_to(fd, ok);
		puts_to(fd, "Content-Encoding: gzip\r\nContent-Length: 10\r\n\r\n\x1f\x8b\x08xxxxxxx");
	} else if (strncmp(path, "/huge-told", 10) == 0) {
		puts_to(fd, ok);
		puts_to(fd, "Content-Length: 52428800\r\n\r\n");
		flood(fd);
	} else if (strncmp(path, "/huge", 5) == 0) {
		puts_to(fd, ok);
		puts_to(fd, "Connection: close\r\n\r\n");
		flood(fd);
	} else if (strncmp(path, "/silent", 7) == 0) {
		for (int i = 0; i < 100 && !stopping; i++)
			usleep(20000);
	} else if (strncmp(path, "/drip", 5) == 0) {
		puts_to(fd, ok);
		puts_to(fd, "Content-Length: 1000\r\n\r\n");
		for (int i = 0; i < 100 && !stopping; i++) {
			puts_to(fd, " ");
			usleep(20000);
		}
	} else if (strncmp(path, "/headers", 8) == 0) {
		puts_to(fd, "HTTP/1.1 200 OK\r\n");
		for (int i = 0; i < 20000; i++)
			puts_to(fd, "X-Pad: 0123456789012345678901234567890123456789012345\r\n");
	} else if (strncmp(path, "/missing", 8) == 0) {
		puts_to(fd, "HTTP/1.1 404 Not Found\r\nRetry-After: 7\r\nContent-Length: 2\r\n\r\nno");
	} else if (strncmp(path, "/short", 6) == 0) {
		puts_to(fd, ok);
		puts_to(fd, "Content-Length: 50\r\n\r\n{}");
	} else if (strncmp(path, "/old", 4) == 0) {
		puts_to(fd, "just a body");
	} else {
		puts_to(fd, ok);
		puts_to(fd, "Link: <https://x.test/?page=A>; rel=first\r\nlink: <https://x.test/?page=B>; rel=\"next\"\r\n"
			"Content-Length: 11\r\n\r\n{\"keys\":[]}");
	}
}

static void *one_client(void *arg)
{
	int fd = (int)(intptr_t)arg;
	char req[4096];
	ssize_t n = recv(fd, req, sizeof(req) - 1, 0);
	const char *path;

	if (n > 0) {
		req[n] = '\0';
		memcpy(last_request, req, (size_t)n + 1);
		path = strchr(req, ' ');
		serve(fd, path == NULL ? "/" : path + 1);
	}
	close(fd);
	return NULL;
}

static void *server(void *arg)
{
	(void)arg;
	for (;;) {
		int fd = accept(listener, NULL, NULL);
		pthread_t t;

		if (fd < 0)
			return NULL;
		atomic_fetch_add(&connections, 1);
		if (pthread_create(&t, NULL, one_client, (void *)(intptr_t)fd) == 0)
			pthread_detach(t);
	}
}

static void start(void)
{
	struct sockaddr_in a = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t n = sizeof(a);
	pthread_t t;

	if (listener >= 0)
		return;
	listener = socket(AF_INET, SOCK_STREAM, 0);
	CHECK(bind(listener, (struct sockaddr *)&a, sizeof(a)) == 0);
	CHECK(listen(listener, 64) == 0);
	CHECK(getsockname(listener, (struct sockaddr *)&a, &n) == 0);
	port = ntohs(a.sin_port);
	CHECK(pthread_create(&t, NULL, server, NULL) == 0);
	pthread_detach(t);
}

static struct fetch_answer ans;
static struct fault why;

static enum err get(enum fetch_reach p, const char *path, int64_t timeout_ms)
{
	char url[300];
	struct fetch_req q = { .url = url, .accept = "application/json", .max_bytes = 1u << 20,
			       .deadline_ms = clock_monotonic_ms() +
					      (timeout_ms > 0 ? timeout_ms : 9000) };

	start();
	buf_release(&ans.body);
	fault_clear(&why);
	if (strstr(path, "://") != NULL)
		snprintf(url, sizeof(url), "%s", path);
	else
		snprintf(url, sizeof(url), "http://127.0.0.1:%u%s", port, path);
	return fetch(p, &q, &ans, &why);
}

TEST(a_good_answer)
{
	CHECK(get(FETCH_LAB, "/keys", 0) == E_OK && ans.status == 200);
	CHECK_STR(ans.body.p, "{\"keys\":[]}");
	CHECK_STR(ans.type, "application/json");
	CHECK_STR(ans.link, "<https://x.test/?page=A>; rel=first, <https://x.test/?page=B>; rel=\"next\"");
	CHECK(!ans.link_cut);
	CHECK(strstr(last_request, "Accept-Encoding") == NULL);
	CHECK(strstr(last_request, "Accept: application/json") != NULL);
	CHECK(get(FETCH_LAB, "/missing", 0) == E_OK && ans.status == 404 && ans.retry_after_s == 7);
}

TEST(a_redirect_is_not_followed)
{
	int before;

	start();
	before = connections;
	CHECK(get(FETCH_LAB, "/redirect", 0) == E_IO && ans.status == 302);
	CHECK_INT(connections, before + 1);
	CHECK(strstr(why.text, "redirect") != NULL);
}

TEST(compression_is_refused) { CHECK(get(FETCH_LAB, "/gzip", 0) == E_IO && ans.body.len == 0); }

TEST(a_large_body_is_cut_off)
{
	struct rusage a, b;

	start();
	getrusage(RUSAGE_SELF, &a);
	CHECK(get(FETCH_LAB, "/huge", 0) == E_LIMIT);
	CHECK(get(FETCH_LAB, "/huge-told", 0) == E_LIMIT);
	getrusage(RUSAGE_SELF, &b);
	printf("# peak memory grew by %ld KiB\n", b.ru_maxrss - a.ru_maxrss);
	CHECK(b.ru_maxrss - a.ru_maxrss < 16 * 1024);
	CHECK(get(FETCH_LAB, "/headers", 0) != E_OK);
}

static int64_t ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

TEST(a_get_wants_status_200)
{
	struct buf b = BUF_INIT(5);
	char url[100];
	int64_t soon = clock_monotonic_ms() + 5000;

	start();
	snprintf(url, sizeof(url), "http://127.0.0.1:%u/missing", port);
	CHECK(fetch_get(FETCH_LAB, url, "application/json", &b, soon, NULL) == E_INPUT);
	CHECK(b.len == 0);
	snprintf(url, sizeof(url), "http://127.0.0.1:%u/keys", port);
	CHECK(fetch_get(FETCH_LAB, url, "application/json", &b, soon, NULL) == E_LIMIT);
	CHECK(fetch_get(FETCH_LAB, url, "application/json", &b, soon - 6000, NULL) == E_TIMEOUT);
	buf_release(&b);
}

TEST(a_slow_server_is_left)
{
	int64_t t0 = ms();

	CHECK(get(FETCH_LAB, "/silent", 300) == E_TIMEOUT);
	CHECK(get(FETCH_LAB, "/drip", 300) == E_TIMEOUT);
	CHECK(ms() - t0 < 3000);
	_Static_assert(FETCH_TIMEOUT_MS == 5000, "five seconds by default");
}

TEST(broken_answers)
{
	CHECK(get(FETCH_LAB, "/short", 0) == E_IO);
	CHECK(get(FETCH_LAB, "/old", 0) == E_IO);
	CHECK(get(FETCH_LAB, "http://127.0.0.1:1/", 0) == E_IO);
}

TEST(a_header_cannot_be_smuggled)
{
	char url[100];
	struct fetch_req q = { .url = url, .max_bytes = 1000, .bearer = "x\r\nX-Evil: 1",
			       .deadline_ms = clock_monotonic_ms() + 5000 };

	start();
	snprintf(url, sizeof(url), "http://127.0.0.1:%u/", port);
	CHECK(fetch(FETCH_LAB, &q, &ans, NULL) == E_INTERNAL);
	q.bearer = "token-1";
	q.body = SPAN("a=b");
	q.body_type = "application/x-www-form-urlencoded";
	CHECK(fetch(FETCH_LAB, &q, &ans, NULL) == E_OK);
	CHECK(strncmp(last_request, "POST / ", 7) == 0);
	CHECK(strstr(last_request, "Authorization: Bearer token-1\r\n") != NULL);
	CHECK(strstr(last_request, "\r\n\r\na=b") != NULL);
	buf_release(&ans.body);
}

/* T7: every spelling of our own network, over https and http; nobody is connected. */
TEST(t7_no_way_into_our_network)
{
	static const char *const host[] = {
		"127.0.0.1", "127.1", "2130706433", "0x7f000001", "017700000001", "127.0.0.2",
		"localhost", "[::1]", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "0.0.0.0", "0",
		"[::]", "[64:ff9b::7f00:1]", "[fe80::1]", "[fc00::1]", "10.0.0.1", "172.16.0.1",
		"192.168.1.1", "100.64.0.1", "169.254.169.254", "[::ffff:169.254.169.254]",
		"192.0.2.1", "198.18.0.1", "224.0.0.1", "255.255.255.255", "[2002:7f00:1::1]",
		"[2001:db8::1]", "[2001::1]", "[ff02::1]",
	};
	static const char *const odd[] = {
		"file:///etc/passwd", "gopher://127.0.0.1:70/", "ftp://127.0.0.1/", "dict://127.0.0.1/",
		"ldap://127.0.0.1/", "scp://127.0.0.1/", "https://user@127.0.0.1/", "//127.0.0.1/",
		"https://127.0.0.1 /", "https://127.0.0.1\\@a.test/", "", "https://",
		"unix:///var/run/x", "http://example.org/",
	};
	char url[200];
	int before;

	start();
	before = connections;
	for (size_t i = 0; i < ARRAY_LEN(host); i++) {
		enum err e;

		snprintf(url, sizeof(url), "https://%s:%u/keys", host[i], port);
		e = get(FETCH_PUBLIC, url, 2000);
		if (!CHECK(e == E_DENIED || e == E_IO))
			printf("#   %s: %s\n", url, err_name(e));
		CHECK(ans.body.len == 0);
	}
	for (size_t i = 0; i < ARRAY_LEN(odd); i++)
		CHECK(get(FETCH_PUBLIC, odd[i], 2000) == E_DENIED);
	for (size_t i = 0; i < 9; i++) {
		snprintf(url, sizeof(url), "https://%s:%u/keys", host[i], port);
		CHECK(get(FETCH_PRIVATE, url, 2000) != E_OK);
	}
	CHECK_INT(connections, before);
	snprintf(url, sizeof(url), "http://127.0.0.1:%u/keys", port);
	CHECK(get(FETCH_PRIVATE, url, 2000) == E_DENIED);
	CHECK(get(FETCH_LAB, url, 2000) == E_OK);
}

static bool ok4(enum fetch_reach p, const char *ip)
{
	struct sockaddr_in a = { .sin_family = AF_INET };

	CHECK(inet_pton(AF_INET, ip, &a.sin_addr) == 1);
	return fetch_address_ok(p, (struct sockaddr *)&a);
}

static bool ok6(enum fetch_reach p, const char *ip)
{
	struct sockaddr_in6 a = { .sin6_family = AF_INET6 };

	CHECK(inet_pton(AF_INET6, ip, &a.sin6_addr) == 1);
	return fetch_address_ok(p, (struct sockaddr *)&a);
}

TEST(which_addresses_are_the_internet)
{
	static const char *const in[] = { "8.8.8.8", "1.1.1.1", "11.0.0.1", "172.15.255.255",
		"172.32.0.1", "192.167.1.1", "100.63.255.255", "100.128.0.1", "223.255.255.255",
		"126.255.255.255", "128.0.0.1", "169.253.0.1", "198.17.255.255", "198.20.0.1" };
	static const char *const out[] = { "0.1.2.3", "127.0.0.1", "127.255.255.255", "10.1.2.3",
		"172.31.255.255", "192.168.0.1", "100.64.0.1", "100.127.255.255", "169.254.0.1",
		"192.0.0.1", "192.0.2.9", "192.88.99.1", "198.18.0.1", "198.19.255.255",
		"198.51.100.1", "203.0.113.1", "224.0.0.1", "239.1.1.1", "240.0.0.1",
		"255.255.255.255" };
	struct sockaddr un = { .sa_family = AF_UNIX };

	for (size_t i = 0; i < ARRAY_LEN(in); i++)
		CHECK(ok4(FETCH_PUBLIC, in[i]));
	for (size_t i = 0; i < ARRAY_LEN(out); i++)
		CHECK(!ok4(FETCH_PUBLIC, out[i]));
	CHECK(ok6(FETCH_PUBLIC, "2606:4700::1111") && ok6(FETCH_PUBLIC, "::ffff:8.8.8.8"));
	CHECK(ok6(FETCH_PUBLIC, "64:ff9b::808:808") && !ok6(FETCH_PUBLIC, "64:ff9b::a00:1"));
	CHECK(!ok6(FETCH_PUBLIC, "::1") && !ok6(FETCH_PUBLIC, "::") && !ok6(FETCH_PUBLIC, "::ffff:10.0.0.1"));
	CHECK(!ok6(FETCH_PUBLIC, "fe80::1") && !ok6(FETCH_PUBLIC, "fd00::1") && !ok6(FETCH_PUBLIC, "ff02::1"));
	CHECK(!ok6(FETCH_PUBLIC, "2001:db8::1") && !ok6(FETCH_PUBLIC, "2001::1") && !ok6(FETCH_PUBLIC, "2002::1"));
	CHECK(!ok6(FETCH_PUBLIC, "3fff::1") && ok6(FETCH_PUBLIC, "2001:4860::1") && !ok6(FETCH_PUBLIC, "::7f00:1"));
	CHECK(ok4(FETCH_PRIVATE, "10.0.0.1") && ok6(FETCH_PRIVATE, "fd00::1") && ok4(FETCH_PRIVATE, "192.168.1.1"));
	CHECK(!ok4(FETCH_PRIVATE, "127.0.0.1") && !ok4(FETCH_PRIVATE, "169.254.169.254"));
	CHECK(ok4(FETCH_LAB, "127.0.0.1") && ok6(FETCH_LAB, "::1") && !ok4(FETCH_LAB, "169.254.169.254"));
	CHECK(ok4(FETCH_LAB, "10.0.0.1") && !fetch_address_ok(FETCH_LAB, &un));
	atomic_store(&stopping, 1);
	buf_release(&ans.body);
}
