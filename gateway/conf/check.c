#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/b64.h"
#include "base/magic.h"
#include "gw/conf.h"
#include "gw/crypt.h"

/* The host of scheme://host[:port], brackets kept; n = 0 if it is no such URL. */
static struct span host_of(const char *url)
{
	const char *p = strstr(url, "://"), *end;

	if (p == NULL)
		return (struct span){ "", 0 };
	p += 3;
	end = *p == '[' ? strchr(p, ']') : NULL;
	if (end != NULL)
		return span_mk(p, (size_t)(end - p + 1));
	return span_mk(p, strcspn(p, ":/?#"));
}

bool conf_is_loopback(const char *url)
{
	struct span h = host_of(url);

	return span_eqz(h, "localhost") || span_eqz(h, "[::1]") ||
	       (span_starts(h, SPAN("127.")) && strspn(h.p, "0123456789.") >= h.n);
}

static enum err check_url(const struct conf *c, struct fault *f)
{
	const char *rest;
	bool https = str_starts(c->public_url, "https://");

	if (c->public_url[0] == '\0')
		return FAULT(f, E_INPUT, "public_url is not set: the https:// address people reach "
					 "Lintel at");
	if (!https && !str_starts(c->public_url, "http://"))
		return FAULT(f, E_INPUT, "public_url must start with https://");
	if (!https && !c->lab_mode)
		return FAULT(f, E_INPUT, "public_url must be https (plain http only with lab_mode = 1 "
					 "on this machine)");
	if (c->lab_mode && !conf_is_loopback(c->public_url))
		return FAULT(f, E_INPUT, "lab_mode is for trying Lintel on one machine: public_url must "
					 "be a loopback address");
	rest = strstr(c->public_url, "://") + 3;
	if (host_of(c->public_url).n == 0 || strpbrk(rest, "/?#@ \t\\") != NULL)
		return FAULT(f, E_INPUT, "public_url must be scheme://host[:port] without a path");
	return E_OK;
}

enum err conf_check(const struct conf *c, struct fault *f)
{
	static const char *const levels[] = { "debug", "info", "warn", "error" };
	enum err err = check_url(c, f);

	if (err != E_OK)
		return err;
	if (!str_starts(c->database, "sqlite:") && !str_starts(c->database, "postgresql://"))
		return FAULT(f, E_INPUT, "database must start with sqlite: or postgresql://");
	for (unsigned i = 0; i < ARRAY_LEN(levels); i++)
		if (str_eq(c->log_level, levels[i]))
			return E_OK;
	return FAULT(f, E_INPUT, "log_level must be debug, info, warn or error");
}

static enum err key_decode(const char *text, size_t n, uint8_t out[32])
{
	uint8_t raw[64];
	size_t got = 0;

	while (n > 0 && (text[n - 1] == '\n' || text[n - 1] == '\r'))
		n--;
	if (n != b64url_encoded_len(32) || !b64url_decode(span_mk(text, n), raw, &got) || got != 32)
		return E_INPUT;
	memcpy(out, raw, 32);
	explicit_bzero(raw, sizeof(raw));
	return E_OK;
}

static enum err key_create(const char *path, uint8_t out[32], struct fault *f)
{
	char text[64];
	size_t n;
	int fd;

	crypt_random(out, 32);
	n = b64url_encode(out, 32, text);
	text[n++] = '\n';
	fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd < 0)
		return FAULT(f, E_IO, "cannot create key_file %s: %s", path, strerror(errno));
	if (write(fd, text, n) != (ssize_t)n || fsync(fd) != 0) {
		close(fd);
		unlink(path);
		return FAULT(f, E_IO, "cannot write key_file %s: %s", path, strerror(errno));
	}
	close(fd);
	explicit_bzero(text, sizeof(text));
	return E_OK;
}

enum err key_file_load(const struct conf *c, bool may_create, uint8_t out[32], struct fault *f)
{
	char text[128];
	struct stat st;
	ssize_t n;
	int fd = open(c->key_file, O_RDONLY | O_CLOEXEC);

	if (fd < 0 && errno == ENOENT && may_create)
		return key_create(c->key_file, out, f);
	if (fd < 0)
		return FAULT(f, E_IO, "cannot read key_file %s: %s", c->key_file, strerror(errno));
	if (fstat(fd, &st) == 0 && (st.st_mode & 077) != 0) {
		close(fd);
		return FAULT(f, E_DENIED, "key_file %s is readable by others: chmod 600 it", c->key_file);
	}
	n = read(fd, text, sizeof(text));
	close(fd);
	if (n < 0 || key_decode(text, (size_t)n, out) != E_OK)
		return FAULT(f, E_INPUT, "key_file %s does not hold 32 bytes as base64url", c->key_file);
	explicit_bzero(text, sizeof(text));
	return E_OK;
}
