/*
 * HTTP as a client, by libcurl. See gw/fetch.h for what is refused.
 */
#include "gw/fetch.h"

#include <arpa/inet.h>
#include <curl/curl.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/lazy.h"
#include "base/magic.h"
#include "gw/clock.h"
#include "lti/util.h"

#define EXCHANGE_MAGIC 0xfe7c4e01u

/* ---- which addresses ---- */

struct net4 {
	uint32_t net;
	unsigned bits;
};

/* RFC 6890 and its registry: what is not the public Internet. */
static const struct net4 never4[] = {
	{ 0x00000000, 8 }, { 0xa9fe0000, 16 }, { 0xc0000000, 24 }, { 0xc0000200, 24 },
	{ 0xc0586300, 24 }, { 0xc6120000, 15 }, { 0xc6336400, 24 }, { 0xcb007100, 24 },
	{ 0xe0000000, 3 },
};
static const struct net4 private4[] = {
	{ 0x0a000000, 8 }, { 0xac100000, 12 }, { 0xc0a80000, 16 }, { 0x64400000, 10 },
};
static const struct net4 loopback4[] = { { 0x7f000000, 8 } };

static bool in4(uint32_t ip, const struct net4 *t, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if ((ip ^ t[i].net) >> (32 - t[i].bits) == 0)
			return true;
	return false;
}

static bool ok4(enum fetch_reach r, uint32_t ip)
{
	if (in4(ip, never4, ARRAY_LEN(never4)))
		return false;
	if (in4(ip, private4, ARRAY_LEN(private4)))
		return r != FETCH_PUBLIC;
	if (in4(ip, loopback4, ARRAY_LEN(loopback4)))
		return r == FETCH_LAB;
	return true;
}

static uint32_t read4(const uint8_t *b)
{
	return (uint32_t)b[0] << 24 | (uint32_t)b[1] << 16 | (uint32_t)b[2] << 8 | b[3];
}

/* Only 2000::/3 is given out; inside it some blocks lead elsewhere. */
static bool ok6(enum fetch_reach r, const uint8_t b[16])
{
	static const uint8_t mapped[12] = { 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff };
	static const uint8_t nat64[12] = { 0, 0x64, 0xff, 0x9b };
	static const uint8_t loopback[16] = { [15] = 1 };

	if (memcmp(b, mapped, 12) == 0 || memcmp(b, nat64, 12) == 0)
		return ok4(r, read4(b + 12));
	if (memcmp(b, loopback, 16) == 0)
		return r == FETCH_LAB;
	if ((b[0] & 0xfe) == 0xfc)			/* fc00::/7, unique local */
		return r != FETCH_PUBLIC;
	if ((b[0] & 0xe0) != 0x20)
		return false;
	if (b[0] == 0x20 && b[1] == 0x01 && b[2] < 2)	/* 2001::/23: Teredo, ORCHID, ... */
		return false;
	if (b[0] == 0x20 && b[1] == 0x01 && b[2] == 0x0d && b[3] == 0xb8)
		return false;				/* documentation */
	if (b[0] == 0x20 && b[1] == 0x02)		/* 6to4: an IPv4 address inside */
		return false;
	return !(b[0] == 0x3f && b[1] == 0xff && (b[2] & 0xf0) == 0);
}

bool fetch_address_ok(enum fetch_reach r, const struct sockaddr *a)
{
	if (a->sa_family == AF_INET) {
		struct sockaddr_in in;

		memcpy(&in, a, sizeof(in));
		return ok4(r, ntohl(in.sin_addr.s_addr));
	}
	if (a->sa_family == AF_INET6) {
		struct sockaddr_in6 in6;

		memcpy(&in6, a, sizeof(in6));
		return ok6(r, in6.sin6_addr.s6_addr);
	}
	return false;
}

/* ---- one exchange ---- */

struct exchange {
	unsigned magic;
	enum fetch_reach reach;
	struct fetch_answer *out;
	bool denied, encoded, too_large;
};

static curl_socket_t open_socket(void *cls, curlsocktype purpose, struct curl_sockaddr *a)
{
	struct exchange *x = CAST_MAGIC(struct exchange, cls, EXCHANGE_MAGIC);

	if (purpose != CURLSOCKTYPE_IPCXN || !fetch_address_ok(x->reach, &a->addr)) {
		x->denied = true;
		return CURL_SOCKET_BAD;
	}
	return socket(a->family, a->socktype | SOCK_CLOEXEC, a->protocol);
}

/* The length is often unknown beforehand: the limit is kept here. */
static size_t on_body(char *p, size_t size, size_t n, void *cls)
{
	struct exchange *x = CAST_MAGIC(struct exchange, cls, EXCHANGE_MAGIC);

	assert(size == 1);
	buf_add(&x->out->body, p, n);
	if (x->out->body.err == E_LIMIT)
		x->too_large = true;
	return x->out->body.err == E_OK ? n : 0;
}

/* The value of a header line of that name, blanks around it cut; false: another name. */
static bool header(struct span line, const char *name, struct span *out)
{
	size_t n = strlen(name);

	if (line.n <= n || line.p[n] != ':' || strncasecmp(line.p, name, n) != 0)
		return false;
	line.p += n + 1;
	line.n -= n + 1;
	while (line.n > 0 && (line.p[0] == ' ' || line.p[0] == '\t')) {
		line.p++;
		line.n--;
	}
	while (line.n > 0 && (unsigned char)line.p[line.n - 1] <= ' ')
		line.n--;
	*out = line;
	return true;
}

static void keep(char *out, size_t size, struct span v)
{
	if (v.n >= size)
		v.n = 0;
	memcpy(out, v.p, v.n);
	out[v.n] = '\0';
}

/* A header that comes again adds to its list (RFC 9110 5.3). */
static void keep_link(struct fetch_answer *out, struct span v)
{
	size_t have = strlen(out->link), comma = have > 0 ? 2 : 0;

	if (have + comma + v.n >= sizeof(out->link)) {
		out->link_cut = true;
		return;
	}
	memcpy(out->link + have, ", ", comma);
	memcpy(out->link + have + comma, v.p, v.n);
	out->link[have + comma + v.n] = '\0';
}

static size_t on_header(char *p, size_t size, size_t n, void *cls)
{
	struct exchange *x = CAST_MAGIC(struct exchange, cls, EXCHANGE_MAGIC);
	struct span line = span_mk(p, n), v;

	assert(size == 1);
	if (header(line, "Content-Type", &v))
		keep(x->out->type, sizeof(x->out->type), v);
	else if (header(line, "Link", &v))
		keep_link(x->out, v);
	else if (header(line, "Retry-After", &v) && !span_int64(v, &x->out->retry_after_s))
		x->out->retry_after_s = 0;
	/* nobody asked for compression: a body that says so is a bomb or a mistake */
	else if (header(line, "Content-Encoding", &v) && !span_eqz(v, "identity"))
		x->encoded = true;
	return x->encoded ? 0 : n;
}

/*
 * With the first question, not at the start: curl, what it is linked with and its TLS
 * touch four megabytes that a gateway whose platforms are quiet does not need.
 */
#define CURL_FUNCTIONS(X) \
	X(curl_, easy_cleanup) X(curl_, easy_getinfo) X(curl_, easy_init) X(curl_, easy_perform) \
	X(curl_, easy_setopt) X(curl_, easy_strerror) X(curl_, global_init) \
	X(curl_, slist_append) X(curl_, slist_free_all)
#define CURL_ROW(prefix, f) LAZY_ROW(curl, prefix, f)

static struct { CURL_FUNCTIONS(LAZY_MEMBER) } curl;
static pthread_once_t begun = PTHREAD_ONCE_INIT;
static bool curl_here;

static void begin(void)
{
	static const struct lazy_fn fn[] = { CURL_FUNCTIONS(CURL_ROW) };

	curl_here = lazy_load("libcurl.so.4", fn, ARRAY_LEN(fn)) &&
		    curl.global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK;
}

static bool set_guards(CURL *c, struct exchange *x, const struct fetch_req *q, long left_ms)
{
	long connect = left_ms < FETCH_CONNECT_MS ? left_ms : FETCH_CONNECT_MS;
	bool bad = false;

	bad |= curl.easy_setopt(c, CURLOPT_URL, q->url) != CURLE_OK;
	bad |= curl.easy_setopt(c, CURLOPT_PROTOCOLS_STR,
				x->reach == FETCH_LAB ? "http,https" : "https") != CURLE_OK;
	bad |= curl.easy_setopt(c, CURLOPT_FOLLOWLOCATION, 0L) != CURLE_OK;
	bad |= curl.easy_setopt(c, CURLOPT_PROXY, "") != CURLE_OK;
	bad |= curl.easy_setopt(c, CURLOPT_NOPROXY, "*") != CURLE_OK;
	bad |= curl.easy_setopt(c, CURLOPT_NETRC, (long)CURL_NETRC_IGNORED) != CURLE_OK;
	bad |= curl.easy_setopt(c, CURLOPT_OPENSOCKETFUNCTION, open_socket) != CURLE_OK;
	bad |= curl.easy_setopt(c, CURLOPT_OPENSOCKETDATA, x) != CURLE_OK;
	bad |= curl.easy_setopt(c, CURLOPT_FRESH_CONNECT, 1L) != CURLE_OK;
	bad |= curl.easy_setopt(c, CURLOPT_FORBID_REUSE, 1L) != CURLE_OK;
	bad |= curl.easy_setopt(c, CURLOPT_SSL_VERIFYPEER, 1L) != CURLE_OK;
	bad |= curl.easy_setopt(c, CURLOPT_SSL_VERIFYHOST, 2L) != CURLE_OK;
	bad |= curl.easy_setopt(c, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2) != CURLE_OK;
	bad |= curl.easy_setopt(c, CURLOPT_HTTP_CONTENT_DECODING, 0L) != CURLE_OK;
	bad |= curl.easy_setopt(c, CURLOPT_HTTP09_ALLOWED, 0L) != CURLE_OK;
	bad |= curl.easy_setopt(c, CURLOPT_NOSIGNAL, 1L) != CURLE_OK;
	bad |= curl.easy_setopt(c, CURLOPT_TIMEOUT_MS, left_ms) != CURLE_OK;
	bad |= curl.easy_setopt(c, CURLOPT_CONNECTTIMEOUT_MS, connect) != CURLE_OK;
	bad |= curl.easy_setopt(c, CURLOPT_MAXFILESIZE_LARGE, (curl_off_t)q->max_bytes) != CURLE_OK;
	bad |= curl.easy_setopt(c, CURLOPT_WRITEFUNCTION, on_body) != CURLE_OK;
	bad |= curl.easy_setopt(c, CURLOPT_WRITEDATA, x) != CURLE_OK;
	bad |= curl.easy_setopt(c, CURLOPT_HEADERFUNCTION, on_header) != CURLE_OK;
	bad |= curl.easy_setopt(c, CURLOPT_HEADERDATA, x) != CURLE_OK;
	bad |= curl.easy_setopt(c, CURLOPT_USERAGENT, "Lintel/" LINTEL_VERSION) != CURLE_OK;
	return !bad;
}

static bool add_header(struct curl_slist **list, const char *name, const char *value)
{
	struct buf b = BUF_INIT(16384);
	struct curl_slist *more = NULL;

	buf_printf(&b, "%s: %s", name, value);
	/* a value that ends the line would add a header of its own */
	if (b.err == E_OK && strpbrk(value, "\r\n") == NULL)
		more = curl.slist_append(*list, b.p);
	buf_wipe(&b);
	if (more == NULL)
		return false;
	*list = more;
	return true;
}

static bool set_message(CURL *c, const struct fetch_req *q, struct curl_slist **list)
{
	struct buf auth = BUF_INIT(12288);
	bool ok = true;

	if (q->accept != NULL)
		ok = add_header(list, "Accept", q->accept);
	if (ok && q->bearer != NULL) {
		buf_printf(&auth, "Bearer %s", q->bearer);
		ok = auth.err == E_OK && add_header(list, "Authorization", auth.p);
	}
	buf_wipe(&auth);
	if (ok && q->body.p != NULL) {
		assert(q->body_type != NULL);
		ok = add_header(list, "Content-Type", q->body_type) &&
		     add_header(list, "Expect", "") &&
		     curl.easy_setopt(c, CURLOPT_POST, 1L) == CURLE_OK &&
		     curl.easy_setopt(c, CURLOPT_POSTFIELDSIZE_LARGE,
				      (curl_off_t)q->body.n) == CURLE_OK &&
		     curl.easy_setopt(c, CURLOPT_POSTFIELDS, q->body.p) == CURLE_OK;
	}
	return ok && curl.easy_setopt(c, CURLOPT_HTTPHEADER, *list) == CURLE_OK;
}

static enum err judge(CURLcode rc, const struct exchange *x, struct fault *f)
{
	if (x->denied)
		return FAULT(f, E_DENIED, "the address leads into a network we do not enter");
	if (x->too_large || rc == CURLE_FILESIZE_EXCEEDED)
		return FAULT(f, E_LIMIT, "the answer is larger than we read");
	if (x->encoded)
		return FAULT(f, E_IO, "the answer is compressed, which nobody asked for");
	if (rc == CURLE_OPERATION_TIMEDOUT)
		return FAULT(f, E_TIMEOUT, "no answer in time");
	if (rc == CURLE_OUT_OF_MEMORY || x->out->body.err == E_NOMEM)
		return FAULT(f, E_NOMEM, "no memory for the answer");
	if (rc != CURLE_OK)
		return FAULT(f, E_IO, "%s", curl.easy_strerror(rc));
	if (x->out->status >= 300 && x->out->status < 400)
		return FAULT(f, E_IO, "a redirect (%d), which we do not follow", x->out->status);
	return E_OK;
}

enum err fetch(enum fetch_reach reach, const struct fetch_req *q, struct fetch_answer *out,
	       struct fault *f)
{
	struct exchange x = { .magic = EXCHANGE_MAGIC, .reach = reach, .out = out };
	int64_t left = q->deadline_ms - clock_monotonic_ms();
	struct curl_slist *list = NULL;
	struct lti_url url;
	long status = 0;
	enum err e;
	CURLcode rc;
	CURL *c;

	assert(q->max_bytes > 0 && q->url != NULL);
	*out = (struct fetch_answer){ .body = BUF_INIT(q->max_bytes) };
	if (!lti_url_parse(span_of(q->url), &url) || (!url.https && reach != FETCH_LAB))
		return FAULT(f, E_DENIED, "not an https address");
	if (left <= 0)
		return FAULT(f, E_TIMEOUT, "no time left");
	left = left < FETCH_TIMEOUT_MS ? left : FETCH_TIMEOUT_MS;
	pthread_once(&begun, begin);
	if (!curl_here)
		return FAULT(f, E_IO, "libcurl.so.4 is not installed here, or does not start");
	c = curl.easy_init();
	if (c == NULL || !set_guards(c, &x, q, (long)left) || !set_message(c, q, &list)) {
		e = FAULT(f, c == NULL ? E_NOMEM : E_INTERNAL, "the request could not be set up");
		goto out;
	}
	rc = curl.easy_perform(c);
	curl.easy_getinfo(c, CURLINFO_RESPONSE_CODE, &status);
	out->status = (int)status;
	e = judge(rc, &x, f);
out:
	curl.slist_free_all(list);
	curl.easy_cleanup(c);
	return e;
}

enum err fetch_get(enum fetch_reach reach, const char *url, const char *accept, struct buf *body,
		   int64_t deadline_ms, struct fault *f)
{
	struct fetch_req q = { .url = url, .accept = accept, .max_bytes = body->max,
			       .deadline_ms = deadline_ms };
	struct fetch_answer a;
	enum err e = fetch(reach, &q, &a, f);

	if (e == E_OK && a.status != 200)
		e = FAULT(f, E_INPUT, "answered %d", a.status);
	if (e == E_OK) {
		buf_add(body, a.body.p, a.body.len);
		e = body->err;
	}
	buf_release(&a.body);
	return e;
}
