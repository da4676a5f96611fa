/*
 * Opens the listening socket: loopback TCP, a Unix socket, or the one systemd
 * passed (sd_listen_fds(3): LISTEN_PID, LISTEN_FDS, first descriptor 3).
 */
#include "listen.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/magic.h"
#include "base/str.h"

#define BACKLOG 1024
#define FIRST_PASSED_FD 3

union addr {
	struct sockaddr sa;
	struct sockaddr_in v4;
	struct sockaddr_in6 v6;
	struct sockaddr_un un;
	struct sockaddr_storage any;
};

/* The address as bytes; a mapped IPv4 address counts as IPv4. */
static unsigned addr_bytes(const struct sockaddr *sa, unsigned char out[16])
{
	static const unsigned char mapped[12] = { [10] = 0xff, [11] = 0xff };
	union addr a;

	memset(&a, 0, sizeof(a));
	if (sa->sa_family == AF_INET) {
		memcpy(&a.v4, sa, sizeof(a.v4));
		memcpy(out, &a.v4.sin_addr, 4);
		return 4;
	}
	if (sa->sa_family != AF_INET6)
		return 0;
	memcpy(&a.v6, sa, sizeof(a.v6));
	if (memcmp(&a.v6.sin6_addr, mapped, 12) == 0) {
		memcpy(out, a.v6.sin6_addr.s6_addr + 12, 4);
		return 4;
	}
	memcpy(out, &a.v6.sin6_addr, 16);
	return 16;
}

bool addr_is_local(const struct sockaddr *sa)
{
	unsigned char b[16];
	unsigned n;

	if (sa->sa_family == AF_UNIX)
		return true;
	n = addr_bytes(sa, b);
	return (n == 4 && b[0] == 127) ||
	       (n == 16 && memcmp(b, &in6addr_loopback, 16) == 0);
}

static bool one_matches(const unsigned char *b, unsigned n, struct span one)
{
	const char *slash = memchr(one.p, '/', one.n);
	size_t len = slash != NULL ? (size_t)(slash - one.p) : one.n;
	unsigned char w[16];
	char text[64];
	int64_t bits = (int64_t)n * 8;

	if (len == 0 || len >= sizeof(text))
		return false;
	memcpy(text, one.p, len);
	text[len] = '\0';
	if (inet_pton(n == 4 ? AF_INET : AF_INET6, text, w) != 1)
		return false;
	if (slash != NULL && (!span_int64(span_mk(slash + 1, one.n - len - 1), &bits) ||
			      bits < 0 || bits > (int64_t)n * 8))
		return false;
	for (unsigned i = 0; i < n && bits > 0; i++, bits -= 8) {
		unsigned char mask = bits >= 8 ? 0xff : (unsigned char)(0xff00 >> bits);

		if (((b[i] ^ w[i]) & mask) != 0)
			return false;
	}
	return true;
}

bool addr_in_list(const struct sockaddr *sa, const char *list)
{
	unsigned char b[16];
	unsigned n = addr_bytes(sa, b);

	while (n > 0 && *list != '\0') {
		size_t len;

		list += strspn(list, ", \t");
		len = strcspn(list, ", \t");
		if (len > 0 && one_matches(b, n, span_mk(list, len)))
			return true;
		list += len;
	}
	return false;
}

static bool trusts_proxies(const struct conf *c)
{
	return c->trusted_proxies != NULL && c->trusted_proxies[0] != '\0';
}

/* What the library hides from us is a proxy's work; without one, loopback only. */
static enum err check_reach(const struct conf *c, const struct sockaddr *sa, struct listener *l,
			    struct fault *f)
{
	l->loopback = addr_is_local(sa);
	if (!l->loopback && !trusts_proxies(c))
		return FAULT(f, E_DENIED, "listen = %.80s is reachable from outside: put a proxy "
			     "in front and name it in trusted_proxies", c->listen);
	return E_OK;
}

static enum err bind_tcp(const struct conf *c, const union addr *a, socklen_t len,
			 struct listener *l, struct fault *f)
{
	int one = 1;
	enum err e = check_reach(c, &a->sa, l, f);

	if (e != E_OK)
		return e;
	l->fd = socket(a->sa.sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (l->fd < 0)
		return FAULT(f, E_IO, "no socket: %s", strerror(errno));
	setsockopt(l->fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (bind(l->fd, &a->sa, len) == 0 && listen(l->fd, BACKLOG) == 0)
		return E_OK;
	if (errno == EADDRINUSE)
		return FAULT(f, E_BUSY, "listen = %.80s: another program listens there already",
			     c->listen);
	return FAULT(f, E_IO, "listen = %.80s: %s", c->listen, strerror(errno));
}

static enum err open_tcp(const struct conf *c, struct listener *l, struct fault *f)
{
	const char *colon = strrchr(c->listen, ':');
	struct span host = { c->listen, colon != NULL ? (size_t)(colon - c->listen) : 0 };
	char text[64];
	union addr a;
	int64_t port;

	memset(&a, 0, sizeof(a));
	if (colon == NULL || !span_int64(span_of(colon + 1), &port) || port < 1 || port > 65535)
		goto bad;
	snprintf(l->own_port, sizeof(l->own_port), "%d", (int)port);
	if (host.n > 2 && host.p[0] == '[' && host.p[host.n - 1] == ']') {
		if (host.n - 2 >= sizeof(text))
			goto bad;
		memcpy(text, host.p + 1, host.n - 2);
		text[host.n - 2] = '\0';
		a.v6.sin6_family = AF_INET6;
		a.v6.sin6_port = htons((uint16_t)port);
		if (inet_pton(AF_INET6, text, &a.v6.sin6_addr) != 1)
			goto bad;
		return bind_tcp(c, &a, sizeof(a.v6), l, f);
	}
	if (host.n == 0 || host.n >= sizeof(text))
		goto bad;
	memcpy(text, host.p, host.n);
	text[host.n] = '\0';
	a.v4.sin_family = AF_INET;
	a.v4.sin_port = htons((uint16_t)port);
	if (inet_pton(AF_INET, text, &a.v4.sin_addr) != 1)
		goto bad;
	return bind_tcp(c, &a, sizeof(a.v4), l, f);
bad:
	return FAULT(f, E_INPUT, "listen = %.80s: want 127.0.0.1:PORT, [::1]:PORT, unix:PATH "
		     "or systemd", c->listen);
}

/* A socket file nobody answers on was left by a crash. */
static bool unix_is_stale(const union addr *a)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	bool stale;

	if (fd < 0)
		return false;
	stale = connect(fd, &a->sa, sizeof(a->un)) != 0 && errno == ECONNREFUSED;
	close(fd);
	return stale;
}

static enum err open_unix(const struct conf *c, const char *path, struct listener *l,
			  struct fault *f)
{
	struct stat st;
	union addr a;

	memset(&a, 0, sizeof(a));
	a.un.sun_family = AF_UNIX;
	if (path[0] == '\0' || strlen(path) >= sizeof(a.un.sun_path))
		return FAULT(f, E_INPUT, "listen = %.80s: the path is empty or too long", c->listen);
	memcpy(a.un.sun_path, path, strlen(path) + 1);
	if (lstat(path, &st) == 0) {
		if (!S_ISSOCK(st.st_mode))
			return FAULT(f, E_INPUT, "listen = %.80s: there is a file, and it is no "
				     "socket", c->listen);
		if (!unix_is_stale(&a))
			return FAULT(f, E_BUSY, "listen = %.80s: another program listens there "
				     "already", c->listen);
		unlink(path);
	}
	l->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (l->fd < 0)
		return FAULT(f, E_IO, "no socket: %s", strerror(errno));
	if (bind(l->fd, &a.sa, sizeof(a.un)) != 0 || chmod(path, 0660) != 0 ||
	    listen(l->fd, BACKLOG) != 0)
		return FAULT(f, E_IO, "listen = %.80s: %s", c->listen, strerror(errno));
	memcpy(l->unix_path, a.un.sun_path, sizeof(l->unix_path));
	l->loopback = true;
	return E_OK;
}

static enum err open_passed(const struct conf *c, struct listener *l, struct fault *f)
{
	const char *pid = getenv("LISTEN_PID"), *n = getenv("LISTEN_FDS");
	int64_t pid_n = 0, count = 0;
	int on = 0, fd = FIRST_PASSED_FD;
	socklen_t len = sizeof(on);
	union addr a;

	if (pid == NULL || n == NULL || !span_int64(span_of(pid), &pid_n) ||
	    !span_int64(span_of(n), &count) || pid_n != getpid() || count != 1)
		return FAULT(f, E_INPUT, "listen = systemd: exactly one socket must be passed "
			     "(LISTEN_PID, LISTEN_FDS)");
	unsetenv("LISTEN_PID");
	unsetenv("LISTEN_FDS");
	unsetenv("LISTEN_FDNAMES");
	if (getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &on, &len) != 0 || !on)
		return FAULT(f, E_INPUT, "listen = systemd: descriptor 3 is not listening");
	memset(&a, 0, sizeof(a));
	len = sizeof(a);
	if (getsockname(fd, &a.sa, &len) != 0)
		return FAULT(f, E_IO, "listen = systemd: %s", strerror(errno));
	if (fcntl(fd, F_SETFD, FD_CLOEXEC) != 0 ||
	    fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK) != 0)
		return FAULT(f, E_IO, "listen = systemd: %s", strerror(errno));
	if (a.sa.sa_family == AF_INET)
		snprintf(l->own_port, sizeof(l->own_port), "%d", ntohs(a.v4.sin_port));
	else if (a.sa.sa_family == AF_INET6)
		snprintf(l->own_port, sizeof(l->own_port), "%d", ntohs(a.v6.sin6_port));
	l->fd = fd;
	l->passed = true;
	return check_reach(c, &a.sa, l, f);
}

enum err listen_open(const struct conf *c, struct listener *out, struct fault *f)
{
	enum err e;

	assert(c->listen != NULL);
	*out = (struct listener){ .fd = -1 };
	if (str_eq(c->listen, "systemd"))
		e = open_passed(c, out, f);
	else if (str_starts(c->listen, "unix:"))
		e = open_unix(c, c->listen + 5, out, f);
	else
		e = open_tcp(c, out, f);
	if (e != E_OK)
		listen_close(out, out->fd);
	return e;
}

void listen_close(struct listener *l, int fd)
{
	if (fd >= 0)
		close(fd);
	if (l->unix_path[0] != '\0')
		unlink(l->unix_path);
	l->unix_path[0] = '\0';
	l->fd = -1;
}
