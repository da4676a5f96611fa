#include "gw/conf.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/magic.h"
#include "base/str.h"

#define CONF_FILE_MAX (64 * 1024)

enum kind { KIND_STR, KIND_INT, KIND_BOOL };

struct row {
	const char *key;
	enum kind kind;
	size_t offset;
	const char *def, *help;
	int64_t min, max;
};

static const struct row rows[] = {
#define CONF_STR(key, def, help) { #key, KIND_STR, offsetof(struct conf, key), def, help, 0, 0 },
#define CONF_INT(key, def, min, max, help)                                     \
	{ #key, KIND_INT, offsetof(struct conf, key), #def, help, min, max },
#define CONF_BOOL(key, def, help)                                              \
	{ #key, KIND_BOOL, offsetof(struct conf, key), (def) ? "1" : "0", help, 0, 1 },
#include "conf.def"
#undef CONF_STR
#undef CONF_INT
#undef CONF_BOOL
};

static enum err set_value(struct conf *c, const struct row *r, const char *text, const char *where,
			  struct fault *f)
{
	void *at = (char *)c + r->offset;
	int64_t n = 0;

	if (!utf8_valid(span_of(text)))
		return FAULT(f, E_INPUT, "%s: %s is not valid UTF-8", where, r->key);
	if (r->kind == KIND_STR) {
		*(const char **)at = arena_strdup(&c->a, text);
		return c->a.failed ? FAULT(f, E_NOMEM, "%s: no memory", where) : E_OK;
	}
	if (!span_int64(span_of(text), &n) || n < r->min || n > r->max)
		return FAULT(f, E_INPUT, "%s: %s must be a number from %lld to %lld", where, r->key,
			     (long long)r->min, (long long)r->max);
	if (r->kind == KIND_BOOL)
		*(bool *)at = n == 1;
	else
		*(int64_t *)at = n;
	return E_OK;
}

static const struct row *row_of(struct span key)
{
	for (unsigned i = 0; i < ARRAY_LEN(rows); i++)
		if (span_eqz(key, rows[i].key))
			return &rows[i];
	return NULL;
}

static struct span trim(struct span s)
{
	while (s.n > 0 && isspace((unsigned char)s.p[0])) {
		s.p++;
		s.n--;
	}
	while (s.n > 0 && isspace((unsigned char)s.p[s.n - 1]))
		s.n--;
	return s;
}

static enum err read_line(struct conf *c, struct span line, const char *where, struct fault *f)
{
	const char *eq;
	const struct row *r;
	struct span key;

	line = trim(line);
	if (line.n == 0 || line.p[0] == '#')
		return E_OK;
	eq = memchr(line.p, '=', line.n);
	if (eq == NULL)
		return FAULT(f, E_INPUT, "%s: expected \"key = value\"", where);
	key = trim(span_mk(line.p, (size_t)(eq - line.p)));
	r = row_of(key);
	if (r == NULL)
		return FAULT(f, E_INPUT, "%s: there is no key \"%.*s\"; `lintel config` lists them",
			     where, key.n < 40 ? (int)key.n : 40, key.p);
	line = trim(span_mk(eq + 1, (size_t)(line.p + line.n - eq - 1)));
	return set_value(c, r, arena_strndup(&c->a, line.p, line.n), where, f);
}

static enum err read_whole(const char *path, struct buf *b, struct fault *f)
{
	char chunk[4096];
	FILE *in = fopen(path, "re");
	size_t n;

	if (in == NULL)
		return FAULT(f, errno == ENOENT ? E_MISSING : E_IO, "cannot read %s: %s", path,
			     strerror(errno));
	while ((n = fread(chunk, 1, sizeof(chunk), in)) > 0)
		buf_add(b, chunk, n);
	if (ferror(in))
		buf_fail(b, E_IO);
	fclose(in);
	return b->err == E_OK ? E_OK : FAULT(f, b->err, "cannot read %s", path);
}

static enum err read_file(struct conf *c, const char *path, struct fault *f)
{
	struct buf b = BUF_INIT(CONF_FILE_MAX);
	enum err err = read_whole(path, &b, f);
	const char *p = b.p, *end = b.p == NULL ? NULL : b.p + b.len;
	char where[300];

	for (unsigned line = 1; err == E_OK && p != NULL && p < end; line++) {
		const char *nl = memchr(p, '\n', (size_t)(end - p));
		size_t n = (size_t)((nl == NULL ? end : nl) - p);

		snprintf(where, sizeof(where), "%s line %u", path, line);
		err = read_line(c, span_mk(p, n), where, f);
		p = nl == NULL ? end : nl + 1;
	}
	buf_release(&b);
	if (err == E_OK)
		c->path = arena_strdup(&c->a, path);
	return err;
}

static enum err read_environment(struct conf *c, struct fault *f)
{
	char name[64] = "LINTEL_";
	enum err err = E_OK;

	for (unsigned i = 0; err == E_OK && i < ARRAY_LEN(rows); i++) {
		const char *v;
		size_t k = strlen("LINTEL_");

		for (const char *p = rows[i].key; *p != '\0' && k < sizeof(name) - 1; p++)
			name[k++] = (char)toupper((unsigned char)*p);
		name[k] = '\0';
		v = getenv(name);
		if (v != NULL)
			err = set_value(c, &rows[i], v, name, f);
	}
	return err;
}

static enum err find_file(struct conf *c, struct fault *f)
{
	static const char *const places[] = { "lintel.conf", "/etc/lintel/lintel.conf" };
	const char *named = getenv("LINTEL_CONF");
	enum err err;

	if (named != NULL)
		return read_file(c, named, f);
	for (unsigned i = 0; i < ARRAY_LEN(places); i++) {
		err = read_file(c, places[i], f);
		if (err != E_MISSING)
			return err;
		fault_clear(f);
	}
	return E_OK;
}

enum err conf_load(struct conf *c, const char *path, struct fault *f)
{
	struct fault mine = { 0 };
	enum err err = E_OK;

	if (f == NULL)
		f = &mine;
	*c = (struct conf){ 0 };
	arena_init(&c->a, 1 << 20);
	for (unsigned i = 0; err == E_OK && i < ARRAY_LEN(rows); i++)
		err = set_value(c, &rows[i], rows[i].def, "default", f);
	if (err == E_OK)
		err = path != NULL ? read_file(c, path, f) : find_file(c, f);
	if (err == E_OK)
		err = read_environment(c, f);
	if (err != E_OK)
		return err;
	if (c->database[0] == '\0')
		c->database = arena_printf(&c->a, "sqlite:%s/lintel.db", c->data_dir);
	if (c->key_file[0] == '\0')
		c->key_file = arena_printf(&c->a, "%s/key", c->data_dir);
	return c->a.failed ? FAULT(f, E_NOMEM, "no memory") : E_OK;
}

void conf_release(struct conf *c)
{
	arena_release(&c->a);
}

const struct conf_key *conf_keys(unsigned *n_out)
{
	static struct conf_key keys[ARRAY_LEN(rows)];

	for (unsigned i = 0; i < ARRAY_LEN(rows); i++)
		keys[i] = (struct conf_key){ rows[i].key, rows[i].def, rows[i].help };
	*n_out = ARRAY_LEN(rows);
	return keys;
}

/* user:password@ becomes user:***@ */
static void add_masked(struct buf *b, const char *url)
{
	const char *at = strrchr(url, '@'), *scheme = strstr(url, "://"), *colon = NULL;

	if (at != NULL && scheme != NULL && at > scheme)
		colon = memchr(scheme + 3, ':', (size_t)(at - scheme - 3));
	if (colon == NULL) {
		buf_addz(b, url);
		return;
	}
	buf_add(b, url, (size_t)(colon - url));
	buf_addz(b, ":***");
	buf_addz(b, at);
}

void conf_value(const struct conf *c, unsigned key, char *out, size_t n)
{
	const void *at;

	assert(key < ARRAY_LEN(rows) && n > 8);
	at = (const char *)c + rows[key].offset;
	if (rows[key].kind == KIND_STR) {
		struct buf b = BUF_INIT(n);

		add_masked(&b, *(const char *const *)at);
		snprintf(out, n, "%s", b.err == E_OK && b.p != NULL ? b.p : "");
		buf_release(&b);
	} else if (rows[key].kind == KIND_BOOL) {
		snprintf(out, n, "%d", *(const bool *)at);
	} else {
		snprintf(out, n, "%lld", (long long)*(const int64_t *)at);
	}
}
