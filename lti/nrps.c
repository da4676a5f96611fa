/*
 * One page of a membership container (NRPS 2.2), as Moodle and Canvas write it.
 */
#include "lti/nrps.h"

#include "base/magic.h"
#include "lti/roles.h"
#include "lti/util.h"
#include "priv.h"
#include "text.h"

#define DEPTH 16u
#define ROLES_MAX 500u
#define CUSTOM_MAX 200u
#define CUSTOM_VALUE_MAX 8192u

static const char *id_or_null(struct arena *a, const json_t *o, const char *name)
{
	const char *id = NULL;

	return lti_text_id(a, json_object_get(o, name), &id) == TEXT_OK ? id : NULL;
}

static const char *read_name(struct arena *a, const json_t *o, const char *name, bool html)
{
	const char *s = lti_text_line(a, json_object_get(o, name));

	if (s == NULL || !html)
		return s;
	s = lti_html_text(a, s);
	return s != NULL && s[0] != '\0' ? s : NULL;
}

/* URIs or short words (LTI Core 5.3.7.1); a list of something else is no list. */
static bool read_roles(const json_t *v, uint32_t *out)
{
	size_t n = json_array_size(v);

	*out = 0;
	if (!json_is_array(v) || n > ROLES_MAX)
		return false;
	for (size_t i = 0; i < n; i++) {
		const json_t *role = json_array_get(v, i);

		if (!json_is_string(role))
			return false;
		*out |= lti_role_bits(lti_json_span(role));
	}
	return true;
}

static enum lti_member_status read_status(const json_t *v)
{
	struct span s = lti_json_span(v);

	return span_eqz(s, "Inactive") ? LTI_MEMBER_INACTIVE :
	       span_eqz(s, "Deleted")  ? LTI_MEMBER_DELETED :
					 LTI_MEMBER_ACTIVE;
}

/* Only what is text and was filled in; Canvas leaves "$…" where it may not tell. */
static bool read_custom(struct arena *a, const json_t *o, struct lti_member *m)
{
	struct lti_custom *c;
	const char *name;
	json_t *v;

	if (!json_is_object(o) || json_object_size(o) > CUSTOM_MAX)
		return true;
	c = arena_array(a, json_object_size(o) + 1, sizeof(*c));
	m->custom = c;
	if (c == NULL)
		return false;
	/* jansson's iterators want a pointer it may write through; nothing is written */
	json_object_foreach((json_t *)(uintptr_t)o, name, v) {
		struct span s = lti_json_span(v);

		if (!json_is_string(v) || lti_is_variable(s) || s.n > CUSTOM_VALUE_MAX)
			continue;
		c[m->custom_n++] = (struct lti_custom){ arena_strdup(a, name),
							arena_strndup(a, s.p, s.n) };
	}
	return !a->failed;
}

/* message[] (NRPS 3.1): a list with one object for each message type. */
static bool read_message(struct arena *a, const json_t *v, struct lti_member *m)
{
	const json_t *o = json_is_array(v) ? json_array_get(v, 0) : NULL;

	if (!json_is_object(o))
		return true;
	m->locale = lti_text_word(a, json_object_get(o, "locale"), "_-@.", 35);
	return read_custom(a, json_object_get(o, LTI_CLAIM("custom")), m);
}

/* False: left out. */
static bool read_member(struct arena *a, const json_t *o, bool moodle, struct lti_member *m)
{
	*m = (struct lti_member){ 0 };
	if (!json_is_object(o) ||
	    lti_text_id(a, json_object_get(o, "user_id"), &m->user_id) != TEXT_OK ||
	    !read_roles(json_object_get(o, "roles"), &m->roles))
		return false;
	m->status = read_status(json_object_get(o, "status"));
	m->legacy_user_id = id_or_null(a, o, "lti11_legacy_user_id");
	m->name = read_name(a, o, "name", moodle);
	m->given_name = read_name(a, o, "given_name", moodle);
	m->family_name = read_name(a, o, "family_name", moodle);
	m->person_sourcedid = id_or_null(a, o, "lis_person_sourcedid");
	if (moodle)
		m->username = id_or_null(a, o, "ext_user_username");
	return read_message(a, json_object_get(o, "message"), m);
}

static enum err read_page(struct arena *a, const json_t *doc, enum lti_family family,
			  struct lti_membership *out, struct fault *f)
{
	const json_t *list = json_object_get(doc, "members"), *context;
	size_t n = json_array_size(list);

	if (!json_is_array(list))
		return FAULT(f, E_INPUT, "the answer is no list of members");
	if (n > LTI_NRPS_MEMBERS_MAX)
		return FAULT(f, E_LIMIT, "more than %u members on one page", LTI_NRPS_MEMBERS_MAX);
	lti_member(doc, "context", &context);
	out->context = id_or_null(a, context, "id");
	out->v = arena_array(a, n + 1, sizeof(*out->v));
	for (size_t i = 0; out->v != NULL && i < n; i++)
		if (read_member(a, json_array_get(list, i), family == LTI_FAMILY_MOODLE,
				&out->v[out->n]))
			out->n++;
		else
			out->odd++;
	return a->failed ? E_NOMEM : E_OK;
}

enum err lti_nrps_read(struct arena *a, struct span body, enum lti_family family,
		       struct lti_membership *out, struct fault *f)
{
	json_t *doc;
	enum err e;

	*out = (struct lti_membership){ 0 };
	if (body.n > LTI_NRPS_BODY_MAX)
		return FAULT(f, E_LIMIT, "a page of members of more than %u bytes", LTI_NRPS_BODY_MAX);
	doc = lti_json_object(body, DEPTH);
	if (doc == NULL)
		return FAULT(f, E_INPUT, "the answer is not JSON, or was cut");
	e = read_page(a, doc, family, out, f);
	if (e != E_OK)
		*out = (struct lti_membership){ 0 };
	assert(e != E_OK || out->n + out->odd == json_array_size(json_object_get(doc, "members")));
	json_decref(doc);
	return e;
}

static void add(struct buf *b, const char *name, const char *value)
{
	bool query = b->p != NULL && strchr(b->p, '?') != NULL;

	buf_printf(b, "%c%s=", query ? '&' : '?', name);
	lti_url_escape(b, span_of(value));
}

const char *lti_nrps_url(struct arena *a, const char *memberships_url,
			 const struct lti_nrps_ask *q)
{
	struct buf b = BUF_INIT(16384);
	const char *url = NULL;
	char number[12];

	assert(memberships_url != NULL && q != NULL);
	buf_add(&b, memberships_url, strcspn(memberships_url, "#"));
	if (q->role != NULL)
		add(&b, "role", q->role);
	if (q->rlid != NULL)
		add(&b, "rlid", q->rlid);
	snprintf(number, sizeof(number), "%u", q->limit);
	if (q->limit > 0)
		add(&b, "limit", number);
	if (b.err == E_OK && b.p != NULL)
		url = arena_strndup(a, b.p, b.len);
	buf_release(&b);
	return url;
}
