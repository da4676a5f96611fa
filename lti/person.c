/*
 * Who it is, and what the custom parameters add: roles, names, mentees, and the
 * variables that Canvas expands.
 */
#include <string.h>

#include "base/magic.h"
#include "lti/util.h"
#include "priv.h"
#include "text.h"

#define ROLES_MAX 500u
#define MENTEES_MAX 1000u
#define CUSTOM_MAX 200u
#define CUSTOM_VALUE_MAX 8192u
#define EMAIL_MAX 254u

static enum lti_result read_roles(struct lti_reading *r)
{
	struct lti_launch *l = r->l;
	const json_t *v = json_object_get(r->claims, LTI_CLAIM("roles"));

	/* REQUIRED, may be empty (LTI Core 5.3.7) */
	if (!lti_text_list(r->a, v, ROLES_MAX, &l->role_uris) || !l->role_uris.given)
		return lti_refuse(r->why, LTI_REASON_ROLES, "a list of at most 500 texts",
				  v == NULL ? SPAN("(nothing)") : SPAN("something else"));
	for (unsigned i = 0; i < l->role_uris.n; i++)
		l->roles |= lti_role_bits(span_of(l->role_uris.v[i]));
	return LTI_OK;
}

static enum lti_result read_mentees(struct lti_reading *r)
{
	const json_t *v = json_object_get(r->claims, LTI_CLAIM("role_scope_mentor"));
	const char *id;

	/* Moodle passes the claim's variable on when nobody fills it */
	if (json_is_string(v) && lti_is_variable(lti_json_span(v)))
		return LTI_OK;
	if (!lti_text_list(r->a, v, MENTEES_MAX, &r->l->mentees))
		return lti_refuse(r->why, LTI_REASON_MENTOR, "a list of at most 1,000 user ids",
				  SPAN("something else"));
	for (unsigned i = 0; i < r->l->mentees.n; i++)
		if (lti_text_id(r->a, json_array_get(v, i), &id) != TEXT_OK)
			return lti_refuse(r->why, LTI_REASON_MENTOR, "user ids",
					  SPAN("something else"));
	return LTI_OK;
}

/* One '@', nothing a mail header could trip over; else nobody's address. */
static const char *read_email(struct lti_reading *r)
{
	struct span s = lti_json_span(json_object_get(r->claims, "email"));
	unsigned at = 0;

	if (s.n < 3 || s.n > EMAIL_MAX || s.p[0] == '@' || s.p[s.n - 1] == '@')
		return NULL;
	for (size_t i = 0; i < s.n; i++) {
		if ((unsigned char)s.p[i] <= 0x20 || s.p[i] == 0x7f ||
		    strchr("<>()[]\\,;:\"", s.p[i]) != NULL)
			return NULL;
		at += s.p[i] == '@';
	}
	return at == 1 ? arena_strndup(r->a, s.p, s.n) : NULL;
}

static const char *id_or_null(struct lti_reading *r, const json_t *o, const char *name)
{
	const char *id = NULL;

	return lti_text_id(r->a, json_object_get(o, name), &id) == TEXT_OK ? id : NULL;
}

static void read_names(struct lti_reading *r)
{
	struct lti_launch *l = r->l;

	l->name = lti_text_line(r->a, json_object_get(r->claims, "name"));
	l->given_name = lti_text_line(r->a, json_object_get(r->claims, "given_name"));
	l->family_name = lti_text_line(r->a, json_object_get(r->claims, "family_name"));
	l->middle_name = lti_text_line(r->a, json_object_get(r->claims, "middle_name"));
	l->email = read_email(r);
}

enum lti_result lti_read_person(struct lti_reading *r)
{
	struct lti_launch *l = r->l;
	const json_t *lis, *o;
	enum lti_result rc = read_roles(r);

	if (rc == LTI_OK)
		rc = read_mentees(r);
	if (rc != LTI_OK)
		return rc;
	read_names(r);
	if (lti_member(r->claims, LTI_CLAIM("lis"), &lis) == TEXT_BAD)
		return lti_refuse(r->why, LTI_REASON_CLAIM_TYPE, "an object", SPAN("lis"));
	/* Canvas sends the literal "$Person.sourcedId" for people without one */
	l->person_sourcedid = id_or_null(r, lis, "person_sourcedid");
	l->course_offering_sourcedid = id_or_null(r, lis, "course_offering_sourcedid");
	l->course_section_sourcedid = id_or_null(r, lis, "course_section_sourcedid");
	lti_read_legacy(r);
	if (r->p->family == LTI_FAMILY_MOODLE) {
		lti_member(r->claims, LTI_CLAIM("ext"), &o);
		l->username = id_or_null(r, o, "user_username");
	}
	return LTI_OK;
}

/* ---- custom ---- */

/* LTI Core 5.4.6 says texts; platforms send numbers, booleans and null as well. */
static const char *custom_value(struct lti_reading *r, const json_t *v)
{
	switch (json_typeof(v)) {
	case JSON_STRING:
		if (lti_is_variable(lti_json_span(v)) || json_string_length(v) > CUSTOM_VALUE_MAX)
			return NULL;
		return arena_strndup(r->a, json_string_value(v), json_string_length(v));
	case JSON_INTEGER:
		return arena_printf(r->a, "%" JSON_INTEGER_FORMAT, json_integer_value(v));
	case JSON_REAL:
		return arena_printf(r->a, "%.17g", json_real_value(v));
	case JSON_TRUE:
		return "true";
	case JSON_FALSE:
		return "false";
	default:
		return NULL;
	}
}

static bool read_values(struct lti_reading *r, const json_t *o)
{
	struct lti_custom *c = arena_array(r->a, json_object_size(o), sizeof(*c));
	const char *name, *value;
	json_t *v;
	unsigned n = 0;

	if (c == NULL)
		return false;
	/* jansson's iterators want a pointer it may write through; nothing is written */
	json_object_foreach((json_t *)(uintptr_t)o, name, v) {
		value = custom_value(r, v);
		if (value == NULL)
			continue;
		c[n].name = arena_strdup(r->a, name);
		c[n].value = value;
		if (c[n].name == NULL)
			return false;
		n++;
	}
	r->l->custom = c;
	r->l->custom_n = n;
	return true;
}

/* "a,b": an expanded value, also an empty one, says all there is; anything odd says nothing. */
static void read_comma_list(struct lti_reading *r, const char *name, struct lti_list *out)
{
	const char *s = lti_launch_custom(r->l, name), *end;
	unsigned max = 1, n = 0;

	if (s == NULL)
		return;
	for (const char *p = s; *p != '\0'; p++) {
		if ((unsigned char)*p < 0x20)
			return;
		max += *p == ',';
	}
	out->v = arena_array(r->a, max, sizeof(out->v[0]));
	if (out->v == NULL)
		return;
	for (; *s != '\0'; s = *end == '\0' ? end : end + 1) {
		size_t len;

		end = strchrnul(s, ',');
		while (*s == ' ')
			s++;
		for (len = (size_t)(end - s); len > 0 && s[len - 1] == ' '; len--)
			;
		if (len > 255 || lti_is_variable(span_mk(s, len)))
			return;
		if (len > 0)
			out->v[n++] = arena_strndup(r->a, s, len);
	}
	assert(n <= max);
	out->n = n;
	out->given = true;
}

static bool is_true(const char *s)
{
	return s != NULL && (strcmp(s, "true") == 0 || strcmp(s, "1") == 0);
}

static void read_canvas(struct lti_reading *r)
{
	struct lti_launch *l = r->l;

	read_comma_list(r, LTI_CUSTOM_OBSERVEES, &l->observees);
	read_comma_list(r, LTI_CUSTOM_OBSERVEE_SIS_IDS, &l->observee_sis_ids);
	l->student_view = is_true(lti_launch_custom(l, LTI_CUSTOM_STUDENT_VIEW));
	l->root_admin = is_true(lti_launch_custom(l, LTI_CUSTOM_ROOT_ADMIN));
	l->placement = lti_text_word(r->a, json_object_get(r->claims,
				     "https://www.instructure.com/placement"), "_-", 80);
}

/*
 * Canvas fills it where our set-up asks; on Moodle the sub-plugin does under "log in as".
 * Whoever else writes it into a link makes their own visit read-only, no more.
 */
static void read_masquerade(struct lti_reading *r)
{
	const char *real = lti_launch_custom(r->l, LTI_CUSTOM_MASQUERADING);

	r->l->masquerading = real != NULL && real[0] != '\0' ? real : NULL;
}

/* DESIGN: $Canvas.api.baseUrl, else where the platform wants people back; Moodle: its issuer. */
static void read_origin(struct lti_reading *r)
{
	struct lti_launch *l = r->l;
	const char *api = lti_launch_custom(l, LTI_CUSTOM_API_BASE);
	bool http = r->p->allow_http;

	if (r->p->family == LTI_FAMILY_MOODLE)
		l->embed_origin = lti_url_origin(r->a, span_of(r->p->issuer), http);
	else if (r->p->family == LTI_FAMILY_CANVAS && api != NULL)
		l->embed_origin = lti_url_origin(r->a, span_of(api), http);
	if (l->embed_origin == NULL && l->return_url != NULL)
		l->embed_origin = lti_url_origin(r->a, span_of(l->return_url), http);
}

static void read_zone(struct lti_reading *r, const json_t *o)
{
	static const char *const name[] = { LTI_CUSTOM_TIMEZONE, "tz" };
	const char *z;

	/* Moodle says "99" for "the server's own": no zone at all */
	for (size_t i = 0; i < ARRAY_LEN(name) && r->l->timezone == NULL; i++) {
		z = lti_text_word(r->a, json_object_get(o, name[i]), "_-+/", 64);
		if (z != NULL && (strchr(z, '/') != NULL || strcmp(z, "UTC") == 0))
			r->l->timezone = z;
	}
}

enum lti_result lti_read_custom(struct lti_reading *r)
{
	const json_t *o;
	enum lti_text t = lti_member(r->claims, LTI_CLAIM("custom"), &o);

	if (t == TEXT_BAD || json_object_size(o) > CUSTOM_MAX)
		return lti_refuse(r->why, LTI_REASON_CUSTOM, "an object of at most 200 values",
				  SPAN("something else"));
	if (t == TEXT_OK && !read_values(r, o))
		return LTI_INTERNAL;
	if (r->p->family == LTI_FAMILY_CANVAS)
		read_canvas(r);
	read_masquerade(r);
	if ((r->l->roles & LTI_ROLE_TEST_USER) != 0)
		r->l->student_view = true;
	if (r->l->locale == NULL)
		r->l->locale = lti_text_word(r->a, json_object_get(o, LTI_CUSTOM_LOCALE),
					     "_-@.", 35);
	read_zone(r, o);
	read_origin(r);
	return LTI_OK;
}
