/*
 * Forms and queries. Beyond not crashing: what was accepted holds no name twice
 * and no NUL, what a page would show again is clean UTF-8, and the path rules of
 * the gate never let a dot segment or an escape through.
 */
#include <stdlib.h>

#include "../../gateway/http/parse.h"
#include "base/magic.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static const char *const words[] = { "a", "b", NULL };
static const struct field fields[] = {
	{ .name = "text", .type = F_TEXT, .max = 50 },
	{ .name = "line", .type = F_LINE, .min = 2, .max = 20, .required = true },
	{ .name = "int", .type = F_INT, .min = -9, .max = 99 },
	{ .name = "id", .type = F_ID },
	{ .name = "choice", .type = F_CHOICE, .choices = words },
	{ .name = "date", .type = F_DATE },
	{ .name = "time", .type = F_TIME },
	{ .name = "check", .type = F_CHECK },
};
static const struct form_def def = { fields, ARRAY_LEN(fields) };

static void check_value(const struct field *f, const struct form_val *v)
{
	struct span s = span_of(v->text);

	assert(utf8_valid(s));
	for (size_t i = 0; i < s.n; i++)
		assert((unsigned char)s.p[i] >= 0x20 || (f->type == F_TEXT &&
		       (s.p[i] == '\n' || s.p[i] == '\t')));
	assert(s.n == 0 || (s.p[0] != ' ' && s.p[s.n - 1] != ' ') || v->error != FORM_OK);
	if (v->error != FORM_OK || !v->present)
		return;
	assert(f->type != F_INT || (v->num >= f->min && v->num <= f->max));
	assert(f->type != F_ID || v->num > 0);
	assert(f->type != F_CHOICE || v->num < 2);
	assert(f->type != F_TIME || (v->num >= 0 && v->num < 1440));
	assert(f->type != F_DATE || (v->num >= -25567 && v->num < 84006));
}

static void check_target(struct span t)
{
	size_t path_n = 0;

	if (gate_target(t, &path_n) != REFUSE_NONE)
		return;
	assert(path_n > 0 && path_n <= t.n && t.p[0] == '/');
	assert(memmem(t.p, path_n, "//", 2) == NULL && memmem(t.p, path_n, "/../", 4) == NULL);
	assert(memchr(t.p, '%', path_n) == NULL && memchr(t.p, '\\', t.n) == NULL);
	assert(memchr(t.p, '\0', t.n) == NULL && memchr(t.p, '\r', t.n) == NULL);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct span raw = span_mk(data, n);
	struct form form = { .bad = 0 };
	struct pairs p = { .n = 0 };
	struct arena a;
	unsigned bad = 0;

	check_target(raw);
	arena_init(&a, 8u << 20);
	if (pairs_add(&a, raw, &p) == E_OK) {
		for (unsigned i = 0; i < p.n; i++) {
			assert(!span_has_nul(p.v[i].name) && !span_has_nul(p.v[i].value));
			assert(pairs_find(&p, p.v[i].name.p) == &p.v[i]);
		}
		if (form_read(&a, &def, &p, "csrf", &form) == E_OK) {
			for (unsigned i = 0; i < def.n; i++) {
				check_value(&fields[i], &form.v[i]);
				bad += form.v[i].error != FORM_OK;
			}
			assert(bad == form.bad);
		}
	}
	arena_release(&a);
	return 0;
}
