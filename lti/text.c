/*
 * One JSON value as one C value. Platforms send null for "withheld", the name of
 * a variable for "unknown", and members nobody defined; none of that is an error
 * where a text is only for people.
 */
#include "text.h"

#include <string.h>

#include "base/magic.h"
#include "lti/util.h"
#include "priv.h"

#define ID_MAX 255u
#define LINE_MAX_BYTES 1000u
#define URL_MAX 2048u

struct span lti_json_span(const json_t *v)
{
	return json_is_string(v) ? span_mk(json_string_value(v), json_string_length(v)) :
				   span_mk("", 0);
}

bool lti_is_variable(struct span s)
{
	return s.n >= 2 && s.p[0] == '$' && ((s.p[1] >= 'A' && s.p[1] <= 'Z') ||
					     (s.p[1] >= 'a' && s.p[1] <= 'z'));
}

static bool is_control(char c)
{
	return (unsigned char)c < 0x20 || c == 0x7f;
}

enum lti_text lti_text_id(struct arena *a, const json_t *v, const char **out)
{
	struct span s = lti_json_span(v);

	*out = NULL;
	if (v == NULL || json_is_null(v))
		return TEXT_ABSENT;
	if (!json_is_string(v))
		return TEXT_BAD;
	if (s.n == 0 || lti_is_variable(s))
		return TEXT_ABSENT;
	if (s.n > 4 * ID_MAX || utf8_count(s) > ID_MAX)
		return TEXT_BAD;
	for (size_t i = 0; i < s.n; i++)
		if (is_control(s.p[i]))
			return TEXT_BAD;
	*out = arena_strndup(a, s.p, s.n);
	return TEXT_OK;
}

const char *lti_text_line(struct arena *a, const json_t *v)
{
	struct span s = lti_json_span(v);
	char *p;

	if (lti_is_variable(s))
		return NULL;
	while (s.n > 0 && (is_control(s.p[0]) || s.p[0] == ' ')) {
		s.p++;
		s.n--;
	}
	if (s.n > LINE_MAX_BYTES) {
		s.n = LINE_MAX_BYTES;
		while (s.n > 0 && ((unsigned char)s.p[s.n] & 0xc0) == 0x80)
			s.n--;		/* never through a character */
	}
	while (s.n > 0 && (is_control(s.p[s.n - 1]) || s.p[s.n - 1] == ' '))
		s.n--;
	if (s.n == 0)
		return NULL;
	p = arena_strndup(a, s.p, s.n);
	for (size_t i = 0; p != NULL && i < s.n; i++)
		if (is_control(p[i]))
			p[i] = ' ';
	return p;
}

const char *lti_text_url(struct arena *a, const json_t *v, bool allow_http)
{
	struct span s = lti_json_span(v);
	struct lti_url u;

	if (s.n == 0 || s.n > URL_MAX || !lti_url_parse(s, &u) || (!u.https && !allow_http))
		return NULL;
	return arena_strndup(a, s.p, s.n);
}

const char *lti_text_word(struct arena *a, const json_t *v, const char *more, size_t max)
{
	struct span s = lti_json_span(v);

	if (s.n == 0 || s.n > max)
		return NULL;
	for (size_t i = 0; i < s.n; i++) {
		char c = s.p[i];

		if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
		      (c >= '0' && c <= '9') || strchr(more, c) != NULL))
			return NULL;
	}
	return arena_strndup(a, s.p, s.n);
}

bool lti_text_list(struct arena *a, const json_t *v, unsigned max, struct lti_list *out)
{
	size_t n = json_array_size(v);

	*out = (struct lti_list){ .given = false };
	if (v == NULL || json_is_null(v))
		return true;
	if (!json_is_array(v) || n > max)
		return false;
	out->v = arena_array(a, n, sizeof(out->v[0]));
	if (out->v == NULL)
		return false;
	for (size_t i = 0; i < n; i++) {
		const json_t *e = json_array_get(v, i);

		if (!json_is_string(e))
			return false;
		out->v[i] = arena_strndup(a, json_string_value(e), json_string_length(e));
		if (out->v[i] == NULL)
			return false;
	}
	out->given = true;
	out->n = (unsigned)n;
	return true;
}

enum lti_text lti_member(const json_t *o, const char *name, const json_t **out)
{
	const json_t *v = json_object_get(o, name);

	*out = NULL;
	if (v == NULL || json_is_null(v))
		return TEXT_ABSENT;
	if (!json_is_object(v))
		return TEXT_BAD;
	*out = v;
	return TEXT_OK;
}

const char *lti_launch_custom(const struct lti_launch *l, const char *name)
{
	assert(name != NULL);
	for (unsigned i = 0; i < l->custom_n; i++)
		if (strcmp(l->custom[i].name, name) == 0)
			return l->custom[i].value;
	return NULL;
}

bool lti_list_has(const struct lti_list *l, const char *s)
{
	assert(s != NULL);
	for (unsigned i = 0; i < l->n; i++)
		if (strcmp(l->v[i], s) == 0)
			return true;
	return false;
}

/* jansson seeds its tables at the first object otherwise, whichever thread that is. */
void lti_start(void)
{
	json_object_seed(0);
}
