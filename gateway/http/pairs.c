/*
 * Strict application/x-www-form-urlencoded (URL Standard 5.1): what a browser
 * never writes is refused, and so is a name that comes twice. Two readers of one
 * parameter must never see two values (HTTP parameter pollution, ASVS 15.3.7).
 */
#include "parse.h"

#include "base/magic.h"

#define NAME_MAX_LEN 128

/* Decodes one side of a pair; NULL p: refused or no memory (a->failed tells). */
static struct span decode(struct arena *a, struct span raw)
{
	char *d = arena_alloc(a, raw.n + 1);
	size_t o = 0;

	if (d == NULL)
		return (struct span){ NULL, 0 };
	for (size_t i = 0; i < raw.n; i++) {
		unsigned char c = (unsigned char)raw.p[i];

		if (c == '+') {
			c = ' ';
		} else if (c == '%') {
			int hi = raw.n - i > 2 ? hex_digit(raw.p[i + 1]) : -1;
			int lo = raw.n - i > 2 ? hex_digit(raw.p[i + 2]) : -1;

			if (hi < 0 || lo < 0)
				return (struct span){ NULL, 0 };
			c = (unsigned char)(hi << 4 | lo);
			i += 2;
			if (c == 0)
				return (struct span){ NULL, 0 };
		} else if (c <= 0x20 || c >= 0x7f) {
			return (struct span){ NULL, 0 };
		}
		d[o++] = (char)c;
	}
	d[o] = '\0';
	return (struct span){ d, o };
}

static bool name_ok(struct span s)
{
	if (s.n == 0 || s.n > NAME_MAX_LEN || !utf8_valid(s))
		return false;
	for (size_t i = 0; i < s.n; i++)
		if ((unsigned char)s.p[i] < 0x20 || s.p[i] == 0x7f)
			return false;
	return true;
}

const struct pair *pairs_find(const struct pairs *p, const char *name)
{
	assert(p->n <= PAIRS_MAX);
	for (unsigned i = 0; i < p->n; i++)
		if (span_eqz(p->v[i].name, name))
			return &p->v[i];
	return NULL;
}

static enum err add_one(struct arena *a, struct span raw, struct pairs *out)
{
	const char *eq = raw.n > 0 ? memchr(raw.p, '=', raw.n) : NULL;
	size_t name_n = eq != NULL ? (size_t)(eq - raw.p) : raw.n;
	struct pair *p;

	if (out->n == PAIRS_MAX)
		return E_LIMIT;
	p = &out->v[out->n];
	p->name = decode(a, span_mk(raw.p, name_n));
	p->value = eq == NULL ? SPAN("") : decode(a, span_mk(eq + 1, raw.n - name_n - 1));
	if (p->name.p == NULL || p->value.p == NULL)
		return a->failed ? E_NOMEM : E_INPUT;
	if (!name_ok(p->name) || pairs_find(out, p->name.p) != NULL)
		return E_INPUT;
	out->n++;
	return E_OK;
}

enum err pairs_add(struct arena *a, struct span raw, struct pairs *out)
{
	size_t at = 0;

	if (raw.n == 0)
		return E_OK;
	while (at <= raw.n) {
		const char *amp = at < raw.n ? memchr(raw.p + at, '&', raw.n - at) : NULL;
		size_t end = amp != NULL ? (size_t)(amp - raw.p) : raw.n;
		enum err e = add_one(a, span_mk(raw.p + at, end - at), out);

		if (e != E_OK)
			return e;
		at = end + 1;
	}
	return E_OK;
}
