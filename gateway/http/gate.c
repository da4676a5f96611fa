/*
 * The gate refuses what microhttpd 0.9.75 lets through (facts: it takes the first
 * of two Content-Length, lets Transfer-Encoding win silently, cuts targets and
 * values at a NUL, accepts bare LF, folded lines, two Hosts, and passes any path
 * on decoded). After it, every other part may trust path, host and body length.
 *
 * Two parsers in a row must agree on where a request ends (RFC 9112 11.2), so a
 * refusal here also closes the connection.
 */
#include "parse.h"

#include <strings.h>

#include "base/magic.h"

#define TARGET_MAX 2048
/*
 * A platform that starts a login by GET puts its hints there, and after our own
 * detour (app/launch, once_more()) they stand there again, escaped. Moodle's hint is
 * 60 bytes of JSON, Canvas's a signed token of 600 to 900; both post. Room for one
 * hint of LTI_HINT_MAX, and less than what is left of HEADER_BYTES_MAX.
 */
#define LOGIN_TARGET_MAX (12u << 10)
#define LOGIN_PATH "/lti/login"
#define HEADER_BYTES_MAX (24u << 10)

static bool name_is(struct span s, const char *name)
{
	return s.n == strlen(name) && strncasecmp(s.p, name, s.n) == 0;
}

static bool path_char(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       c == '-' || c == '.' || c == '_' || c == '~' || c == '/';
}

/*
 * Our own paths are unreserved characters (RFC 3986 2.3), so no escape is ever
 * needed: with '%' go %00, %2f, %2e and %5c. No empty and no dot segment.
 */
static bool path_ok(struct span p)
{
	size_t seg = 1;

	if (p.n == 0 || p.p[0] != '/')
		return false;
	for (size_t i = 1; i <= p.n; i++) {
		size_t len = i - seg;

		if (i < p.n && p.p[i] != '/') {
			if (!path_char(p.p[i]))
				return false;
			continue;
		}
		if (len == 0 && i < p.n)
			return false;
		if ((len == 1 && p.p[seg] == '.') ||
		    (len == 2 && p.p[seg] == '.' && p.p[seg + 1] == '.'))
			return false;
		seg = i + 1;
	}
	return true;
}

enum refusal gate_target(struct span t, size_t *path_n_out)
{
	const char *q = t.n > 0 ? memchr(t.p, '?', t.n) : NULL;
	size_t path_n = q != NULL ? (size_t)(q - t.p) : t.n;
	size_t max = span_eqz(span_mk(t.p, path_n), LOGIN_PATH) ? LOGIN_TARGET_MAX : TARGET_MAX;

	if (t.n == 0 || t.n > max || !path_ok(span_mk(t.p, path_n)))
		return REFUSE_BAD_TARGET;
	for (size_t i = path_n; i < t.n; i++)
		if (t.p[i] <= 0x20 || t.p[i] >= 0x7f || t.p[i] == '#' || t.p[i] == '\\')
			return REFUSE_BAD_TARGET;
	*path_n_out = path_n;
	return REFUSE_NONE;
}

/*
 * What we see must be all that came. The library reports how many bytes request
 * line and headers had; "name: value CRLF" for what it shows must add up to that.
 * A value or target cut at a NUL, a folded line, a bare LF all leave a difference.
 */
static bool bytes_agree(const struct gate *g)
{
	size_t sum = strlen(g->method) + g->target.n + strlen(g->version) + 6, loose = 0;

	for (unsigned i = 0; i < g->n; i++) {
		sum += g->v[i].name.n + g->v[i].value.n + 4;
		loose += g->v[i].value.n == 0;	/* "name:" without its blank */
	}
	return g->header_size <= sum && g->header_size >= sum - loose;
}

/* Headers that must not come twice: each has one reader who would pick one. */
static bool single(struct span name)
{
	static const char *const list[] = {
		"host", "content-length", "content-type", "origin", "sec-fetch-site",
		"authorization", "expect",
	};

	for (size_t i = 0; i < ARRAY_LEN(list); i++)
		if (name_is(name, list[i]))
			return true;
	return false;
}

static bool value_ok(struct span v)
{
	for (size_t i = 0; i < v.n; i++)
		if (((unsigned char)v.p[i] < 0x20 && v.p[i] != '\t') || v.p[i] == 0x7f)
			return false;
	return true;
}

static bool token_ok(struct span s)
{
	for (size_t i = 0; i < s.n; i++)
		if (!path_char(s.p[i]) && strchr("!#$%&'*+^`|", s.p[i]) == NULL)
			return false;
	return s.n > 0 && memchr(s.p, '/', s.n) == NULL;
}

static const struct gate_header *find(const struct gate *g, const char *name)
{
	for (unsigned i = 0; i < g->n; i++)
		if (name_is(g->v[i].name, name))
			return &g->v[i];
	return NULL;
}

static bool headers_ok(const struct gate *g)
{
	for (unsigned i = 0; i < g->n; i++) {
		if (!token_ok(g->v[i].name) || !value_ok(g->v[i].value))
			return false;
		if (!single(g->v[i].name))
			continue;
		for (unsigned k = i + 1; k < g->n; k++)
			if (g->v[k].name.n == g->v[i].name.n &&
			    strncasecmp(g->v[k].name.p, g->v[i].name.p, g->v[i].name.n) == 0)
				return false;
	}
	return true;
}

static bool host_equal(struct span a, struct span b)
{
	return a.n == b.n && a.n > 0 && strncasecmp(a.p, b.p, a.n) == 0;
}

/* RFC 9112 3.2: exactly one Host; ours, or the listener's own loopback name. */
static enum refusal check_host(struct gate *g)
{
	static const char *const local[] = { "127.0.0.1", "localhost", "[::1]" };
	const struct gate_header *h = find(g, "host");
	struct span v;

	if (h == NULL)
		return REFUSE_BAD_REQUEST;
	v = h->value;
	for (size_t i = 0; i < ARRAY_LEN(local) && g->own_port != NULL; i++) {
		size_t n = strlen(local[i]);

		if (v.n >= n && strncasecmp(v.p, local[i], n) == 0 &&
		    (v.n == n ? g->own_port[0] == '\0' :
		     v.p[n] == ':' && span_eqz(span_mk(v.p + n + 1, v.n - n - 1), g->own_port)))
			g->local_host = true;
	}
	g->public_host = host_equal(v, g->host) || host_equal(v, g->host_port);
	return g->local_host || g->public_host ? REFUSE_NONE : REFUSE_BAD_REQUEST;
}

/* RFC 9112 6: we know no transfer coding, and a body only ever follows a POST. */
static enum refusal check_body(struct gate *g)
{
	const struct gate_header *cl = find(g, "content-length");
	const struct gate_header *ex = find(g, "expect");

	g->content_length = 0;
	if (find(g, "transfer-encoding") != NULL)
		return REFUSE_BAD_REQUEST;
	if (ex != NULL && !name_is(ex->value, "100-continue"))
		return REFUSE_BAD_REQUEST;
	if (cl == NULL)
		return REFUSE_NONE;
	if (strcmp(g->method, "POST") != 0 || !span_int64(cl->value, &g->content_length) ||
	    g->content_length < 0 || cl->value.p[0] == '-')
		return REFUSE_BAD_REQUEST;
	return REFUSE_NONE;
}

enum refusal gate_check(struct gate *g)
{
	enum refusal code;

	assert(g->method != NULL && g->version != NULL);
	assert(g->n <= GATE_HEADERS_MAX);
	if (strcmp(g->method, "GET") != 0 && strcmp(g->method, "HEAD") != 0 &&
	    strcmp(g->method, "POST") != 0)
		return REFUSE_METHOD;
	if (strcmp(g->version, "HTTP/1.1") != 0 && strcmp(g->version, "HTTP/1.0") != 0)
		return REFUSE_BAD_REQUEST;
	if (g->too_many || g->header_size > HEADER_BYTES_MAX)
		return REFUSE_TOO_LARGE;
	code = gate_target(g->target, &g->path_n);
	if (code != REFUSE_NONE)
		return code;
	g->query = g->path_n < g->target.n ?
		span_mk(g->target.p + g->path_n + 1, g->target.n - g->path_n - 1) : SPAN("");
	if (!headers_ok(g) || !bytes_agree(g))
		return REFUSE_BAD_REQUEST;
	code = check_host(g);
	return code != REFUSE_NONE ? code : check_body(g);
}
