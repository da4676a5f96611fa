#include "gw/fetch.h"

#include <arpa/inet.h>
#include <curl/curl.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/magic.h"
#include "base/str.h"
#include "gw/clock.h"

#define CONNECT_MS 3000L

enum err fetch_init(struct fault *f)
{
	if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
		return FAULT(f, E_INTERNAL, "curl does not start");
	return E_OK;
}

struct fetch {
	enum fetch_reach reach;
	struct buf *body;
	bool denied, too_large;
};

struct block {
	uint32_t net;
	unsigned bits;
	bool loopback;
};

/* RFC 6890: every block that is not the public Internet. */
static const struct block v4_blocks[] = {
	{ 0x00000000u, 8, false },  { 0x0a000000u, 8, false },	{ 0x64400000u, 10, false },
	{ 0x7f000000u, 8, true },   { 0xa9fe0000u, 16, false }, { 0xac100000u, 12, false },
	{ 0xc0000000u, 24, false }, { 0xc0000200u, 24, false }, { 0xc0586300u, 24, false },
	{ 0xc0a80000u, 16, false }, { 0xc6120000u, 15, false }, { 0xc6336400u, 24, false },
	{ 0xcb007100u, 24, false }, { 0xe0000000u, 4, false },	{ 0xf0000000u, 4, false },
};

static bool v4_private_ok(uint32_t ip)
{
	return ip >> 24 == 10 || ip >> 20 == 0xac1 || ip >> 16 == 0xc0a8 || ip >> 22 == 0x191;
}

static bool v4_allowed(enum fetch_reach reach, uint32_t ip)
{
	for (unsigned i = 0; i < ARRAY_LEN(v4_blocks); i++) {
		const struct block *b = &v4_blocks[i];

		if ((ip ^ b->net) >> (32 - b->bits) != 0)
			continue;
		if (b->loopback)
			return reach == FETCH_LAB;
		return reach != FETCH_PUBLIC && v4_private_ok(ip);
	}
	return true;
}

static bool v6_allowed(enum fetch_reach reach, const unsigned char a[16])
{
	static const unsigned char mapped[12] = { [10] = 0xff, [11] = 0xff };
	static const unsigned char loopback[16] = { [15] = 1 };
	static const unsigned char teredo[4] = { 0x20, 0x01, 0, 0 };
	static const unsigned char docs[4] = { 0x20, 0x01, 0x0d, 0xb8 };

	if (memcmp(a, mapped, sizeof(mapped)) == 0)
		return v4_allowed(reach, (uint32_t)a[12] << 24 | (uint32_t)a[13] << 16 |
						 (uint32_t)a[14] << 8 | a[15]);
	if (memcmp(a, loopback, 16) == 0)
		return reach == FETCH_LAB;
	if ((a[0] & 0xfe) == 0xfc)
		return reach != FETCH_PUBLIC;	/* unique local, RFC 4193 */
	return (a[0] & 0xe0) == 0x20 && memcmp(a, teredo, 4) != 0 && memcmp(a, docs, 4) != 0 &&
	       !(a[0] == 0x20 && a[1] == 0x02);
}

static bool address_allowed(enum fetch_reach reach, const struct sockaddr *sa)
{
	if (sa->sa_family == AF_INET) {
		const struct sockaddr_in *in = (const void *)sa;

		return v4_allowed(reach, ntohl(in->sin_addr.s_addr));
	}
	if (sa->sa_family == AF_INET6) {
		const struct sockaddr_in6 *in6 = (const void *)sa;

		return v6_allowed(reach, in6->sin6_addr.s6_addr);
	}
	return false;
}

/* libcurl asks with the address it is about to use: the place where rebinding ends. */
static curl_socket_t open_socket(void *cls, curlsocktype purpose, struct curl_sockaddr *to)
{
	struct fetch *ft = cls;

	(void)purpose;
	if (!address_allowed(ft->reach, &to->addr)) {
		ft->denied = true;
		return CURL_SOCKET_BAD;
	}
	return socket(to->family, to->socktype | SOCK_CLOEXEC, to->protocol);
}

static size_t take_body(char *p, size_t size, size_t n, void *cls)
{
	struct fetch *ft = cls;

	buf_add(ft->body, p, size * n);
	if (ft->body->err == E_OK)
		return size * n;
	ft->too_large = ft->body->err == E_LIMIT;
	return 0;
}

static void set_options(CURL *c, struct fetch *ft, const char *url, struct curl_slist *head,
			int64_t left_ms)
{
	curl_easy_setopt(c, CURLOPT_URL, url);
	curl_easy_setopt(c, CURLOPT_HTTPHEADER, head);
	curl_easy_setopt(c, CURLOPT_PROTOCOLS_STR, ft->reach == FETCH_LAB ? "https,http" : "https");
	curl_easy_setopt(c, CURLOPT_FOLLOWLOCATION, 0L);
	curl_easy_setopt(c, CURLOPT_PROXY, "");
	curl_easy_setopt(c, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(c, CURLOPT_USERAGENT, "lintel/" LINTEL_VERSION);
	curl_easy_setopt(c, CURLOPT_OPENSOCKETFUNCTION, open_socket);
	curl_easy_setopt(c, CURLOPT_OPENSOCKETDATA, ft);
	curl_easy_setopt(c, CURLOPT_WRITEFUNCTION, take_body);
	curl_easy_setopt(c, CURLOPT_WRITEDATA, ft);
	curl_easy_setopt(c, CURLOPT_CONNECTTIMEOUT_MS, left_ms < CONNECT_MS ? (long)left_ms : CONNECT_MS);
	curl_easy_setopt(c, CURLOPT_TIMEOUT_MS, (long)left_ms);
	curl_easy_setopt(c, CURLOPT_FRESH_CONNECT, 1L);
	curl_easy_setopt(c, CURLOPT_FORBID_REUSE, 1L);
	curl_easy_setopt(c, CURLOPT_SSL_VERIFYPEER, 1L);
	curl_easy_setopt(c, CURLOPT_SSL_VERIFYHOST, 2L);
}

static enum err outcome(const struct fetch *ft, CURLcode rc, long status, struct fault *f)
{
	if (ft->denied)
		return FAULT(f, E_DENIED, "the address is not one we may ask");
	if (ft->too_large)
		return FAULT(f, E_LIMIT, "the answer is larger than %zu bytes", ft->body->max);
	if (rc == CURLE_UNSUPPORTED_PROTOCOL || rc == CURLE_URL_MALFORMAT)
		return FAULT(f, E_DENIED, "not an https address");
	if (rc == CURLE_OPERATION_TIMEDOUT)
		return FAULT(f, E_TIMEOUT, "no answer in time");
	if (rc != CURLE_OK)
		return FAULT(f, E_IO, "%s", curl_easy_strerror(rc));
	if (status != 200)
		return FAULT(f, E_INPUT, "answered %ld", status);
	return E_OK;
}

enum err fetch_get(enum fetch_reach reach, const char *url, const char *accept, struct buf *body,
		   int64_t deadline_ms, struct fault *f)
{
	struct fetch ft = { .reach = reach, .body = body };
	int64_t left = deadline_ms - clock_monotonic_ms();
	struct curl_slist *head = NULL, *more;
	char line[200];
	long status = 0;
	enum err err;
	CURLcode rc;
	CURL *c;

	if (left <= 0)
		return FAULT(f, E_TIMEOUT, "no time left");
	snprintf(line, sizeof(line), "Accept: %s", accept);
	c = curl_easy_init();
	more = curl_slist_append(head, line);
	if (c == NULL || more == NULL) {
		curl_easy_cleanup(c);
		curl_slist_free_all(more);
		return E_NOMEM;
	}
	head = more;
	set_options(c, &ft, url, head, left);
	rc = curl_easy_perform(c);
	curl_easy_getinfo(c, CURLINFO_RESPONSE_CODE, &status);
	err = outcome(&ft, rc, status, f);
	curl_easy_cleanup(c);
	curl_slist_free_all(head);
	return err;
}
