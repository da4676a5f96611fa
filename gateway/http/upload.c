/*
 * One file by multipart/form-data. Role and Origin are proved before the body;
 * the first part must be the CSRF field, and until it is proved no byte of a
 * file is parsed or stored. The file goes to a random name under data_dir and is
 * removed with the request unless the handler renamed it away.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/magic.h"
#include "gw/auth.h"
#include "gw/conf.h"
#include "gw/crypt.h"
#include "http.h"
#include "upload.h"

#define SPOOL "spool"
#define FORM_BYTES (64u << 10)		/* all small fields and part headers together */

static enum err spool_open(struct exchange *x)
{
	const char *dir = x->r.gw->conf->data_dir;
	char name[33];
	int n;

	crypt_token(name, 18);
	n = snprintf(x->upload_path, sizeof(x->upload_path), "%s/" SPOOL, dir);
	if (n < 0 || (size_t)n + 2 + strlen(name) >= sizeof(x->upload_path))
		return FAULT(&x->r.fault, E_IO, "the path of data_dir is too long");
	if (mkdir(x->upload_path, 0700) != 0 && errno != EEXIST)
		goto failed;
	snprintf(x->upload_path + n, sizeof(x->upload_path) - (size_t)n, "/%s", name);
	x->upload_fd = open(x->upload_path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
			    0600);
	if (x->upload_fd >= 0)
		return E_OK;
failed:
	x->upload_path[0] = '\0';
	return FAULT(&x->r.fault, E_IO, "cannot spool an upload: errno %d", errno);
}

static enum err on_field(void *arg, struct span name, struct span value)
{
	struct exchange *x = CAST_MAGIC(struct exchange, arg, EXCHANGE_MAGIC);
	struct pairs *p = &x->pairs;
	char *v;

	if (!x->csrf_ok) {
		if (!span_eqz(name, "csrf") || span_has_nul(value) ||
		    !auth_csrf_ok(&x->r, value.p))
			return E_DENIED;
		x->csrf_ok = true;
		return E_OK;
	}
	if (p->n == PAIRS_MAX)
		return E_LIMIT;
	if (span_has_nul(value) || span_eqz(name, "csrf") || pairs_find(p, name.p) != NULL)
		return E_INPUT;
	v = arena_strndup(&x->r.a, value.p, value.n);
	if (v == NULL)
		return E_NOMEM;
	p->v[p->n++] = (struct pair){ name, span_mk(v, value.n) };
	return E_OK;
}

static enum err on_file_begin(void *arg, struct span name)
{
	struct exchange *x = CAST_MAGIC(struct exchange, arg, EXCHANGE_MAGIC);

	if (!x->csrf_ok)
		return E_DENIED;
	return span_eqz(name, "file") ? spool_open(x) : E_INPUT;
}

static enum err on_file_data(void *arg, const void *p, size_t n)
{
	struct exchange *x = CAST_MAGIC(struct exchange, arg, EXCHANGE_MAGIC);
	const char *s = p;

	assert(x->upload_fd >= 0);
	x->upload_n += (int64_t)n;
	if (x->upload_n > x->upload_max)
		return E_LIMIT;
	while (n > 0) {
		ssize_t k = write(x->upload_fd, s, n);

		if (k < 0 && errno == EINTR)
			continue;
		if (k <= 0)
			return FAULT(&x->r.fault, E_IO, "writing an upload: errno %d", errno);
		s += k;
		n -= (size_t)k;
	}
	return E_OK;
}

static enum err on_file_end(void *arg)
{
	struct exchange *x = CAST_MAGIC(struct exchange, arg, EXCHANGE_MAGIC);
	int fd = x->upload_fd;

	x->upload_fd = -1;
	if (close(fd) != 0)
		return FAULT(&x->r.fault, E_IO, "closing an upload: errno %d", errno);
	x->r.upload = span_of(x->upload_path);
	return E_OK;
}

enum refusal upload_begin(struct exchange *x)
{
	const struct multipart_sink sink = {
		.arg = x, .field = on_field, .file_begin = on_file_begin,
		.file_data = on_file_data, .file_end = on_file_end,
	};
	struct span boundary;

	x->upload_max = x->r.gw->conf->roster_max_mb << 20;
	if (x->gate.content_length > x->upload_max + FORM_BYTES)
		return REFUSE_TOO_LARGE;
	if (multipart_boundary(req_header(&x->r, "Content-Type"), &boundary) != E_OK)
		return REFUSE_BAD_TYPE;
	x->mp = multipart_new(&x->r.a, boundary, &sink);
	return x->mp != NULL ? REFUSE_NONE : REFUSE_OUR_FAULT;
}

/* After a refusal the rest is read and dropped: the browser then sees the answer. */
void upload_data(struct exchange *x, const char *p, size_t n)
{
	if (!x->refused_body && multipart_feed(x->mp, p, n) != E_OK)
		x->refused_body = true;
}

enum refusal upload_finish(struct exchange *x)
{
	enum err e = multipart_end(x->mp);

	switch (e) {
	case E_OK:
		if (!x->csrf_ok)
			return REFUSE_CSRF;
		return x->r.upload.n > 0 ? REFUSE_NONE : REFUSE_BAD_REQUEST;
	case E_DENIED:
		return REFUSE_CSRF;
	default:
		return refusal_of(e);
	}
}

void upload_release(struct exchange *x)
{
	if (x->upload_fd >= 0)
		close(x->upload_fd);
	x->upload_fd = -1;
	if (x->upload_path[0] != '\0')
		unlink(x->upload_path);
	x->upload_path[0] = '\0';
}

/* What a killed server left behind. */
void upload_sweep(const char *data_dir)
{
	char path[512];
	struct dirent *d;
	DIR *dir;
	int n = snprintf(path, sizeof(path), "%s/" SPOOL, data_dir);

	if (n < 0 || (size_t)n >= sizeof(path))
		return;
	dir = opendir(path);
	if (dir == NULL)
		return;
	while ((d = readdir(dir)) != NULL)
		if (d->d_name[0] != '.')
			unlinkat(dirfd(dir), d->d_name, 0);
	closedir(dir);
}
