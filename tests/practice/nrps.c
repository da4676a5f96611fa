/*
 * Names and Role Provisioning Services 2.0 as the two platforms do it: Moodle's
 * short roles, HTML in names and `from` paging; Canvas's pages of at most 50 with
 * a Link header of five relations.
 */
#include <stdlib.h>
#include <string.h>

#include "base/magic.h"
#include "base/str.h"
#include "practice/claims.h"
#include "practice/services.h"

#define MEDIA "application/vnd.ims.lti-nrps.v2.membershipcontainer+json"

static unsigned crowd;

void nrps_set_crowd(unsigned n)
{
	__atomic_store_n(&crowd, n < MEMBERS_MAX - 200 ? n : MEMBERS_MAX - 200, __ATOMIC_RELAXED);
}

/* ---- who is in ------------------------------------------------------------------------------ */

static void crowd_member(struct member *m, unsigned n)
{
	char key[32];

	*m = (struct member){ .n = n, .roles = R_PUPIL };
	snprintf(key, sizeof(key), "crowd-%05u", n);
	school_hex40("lti11", key, m->id.legacy);
	snprintf(m->id.uuid, sizeof(m->id.uuid), "c0000000-0000-4000-8000-%012u", n);
	snprintf(m->id.moodle, sizeof(m->id.moodle), "%u", 10000 + n);
	snprintf(m->id.canvas, sizeof(m->id.canvas), "%u", 20000 + n);
	snprintf(m->id.sis, sizeof(m->id.sis), "SIS-X-%05u", n);
	snprintf(m->id.name, sizeof(m->id.name), "Pupil Number %05u", n);
	snprintf(m->id.email, sizeof(m->id.email), "x%05u@students." SCHOOL_DOMAIN, n);
}

static int by_user(const void *a, const void *b)
{
	const struct member *x = a, *y = b;
	int i = atoi(x->id.moodle), j = atoi(y->id.moodle);

	return (i > j) - (i < j);
}

const char *member_family(const struct member *m)
{
	return m->p != NULL ? m->p->family : m->id.name + strlen("Pupil ");
}

static int by_family(const void *a, const void *b)
{
	int d = strcmp(member_family(a), member_family(b));

	return d != 0 ? d : by_user(a, b);
}

size_t course_members(const struct course *c, struct member *out)
{
	const struct person *p;
	unsigned extra = __atomic_load_n(&crowd, __ATOMIC_RELAXED);
	size_t n = 0;

	for (size_t i = 0; (p = school_person_at(i)) != NULL; i++) {
		unsigned r = school_roles(p, c);

		if (p->kind == STRANGER && c != school_first_course(p, false))
			r = 0;
		if ((r & ~(unsigned)(R_MANAGER | R_ADMIN | R_TESTER)) == 0)
			continue;
		out[n] = (struct member){ .p = p, .roles = r };
		school_id(p, &out[n++].id);
	}
	for (unsigned i = 1; c->kind == CLASS && i <= extra; i++)
		crowd_member(&out[n++], i);
	assert(n <= MEMBERS_MAX);
	return n;
}

static void send_json(struct reply *r, json_t *o, const char *type)
{
	char *text = json_dumps(o, JSON_COMPACT);

	r->type = type;
	buf_addz(&r->body, text != NULL ? text : "{}");
	free(text);
	json_decref(o);
}

const char *member_given(const struct member *m)
{
	return m->p != NULL ? m->p->given : "Pupil";
}

const char *member_username(const struct member *m)
{
	return m->p != NULL ? m->p->key : m->id.sis;
}

static unsigned long number_arg(struct req *q, const char *name, unsigned long otherwise)
{
	const char *v = arg_get(q->get, name);
	char *end;
	unsigned long n;

	if (v == NULL || v[0] < '0' || v[0] > '9')
		return otherwise;
	n = strtoul(v, &end, 10);
	return *end == '\0' ? n : otherwise;
}

/* What comes instead of the list that was made. */
static void spoil(enum plat plat, struct reply *r)
{
	uint64_t mis = mis_standing(plat);

	if (mis & MIS_BIT(nrps_html)) {
		buf_reset(&r->body);
		buf_addz(&r->body, "<!DOCTYPE html><title>Log in</title><p>Please log in.</p>");
		r->type = "text/html; charset=utf-8";
	} else if (mis & MIS_BIT(nrps_cut)) {
		r->body.len /= 2;
	}
}

/* ---- Moodle ------------------------------------------------------------------------------------ */

static void moodle_error(struct req *q, struct reply *r, int status, const char *reason)
{
	r->status = status;
	send_json(r,
		  json_pack("{s:i, s:s, s:{s:s, s:s, s:s, s:s}}", "status", status, "reason",
			    reason, "request", "method", q->method, "url", q->path, "accept",
			    q->accept != NULL ? q->accept : "", "contentType", ""),
		  "application/json; charset=utf-8");
}

/* format_string: names are HTML here, raw text in the id_token. */
static json_t *html_name(const char *s)
{
	struct buf b = BUF_INIT(4096);
	json_t *v;

	buf_addz(&b, "");
	for (; *s != '\0'; s++)
		if (*s == '&')
			buf_addz(&b, "&amp;");
		else if (*s != '<' && *s != '>')
			buf_addc(&b, *s);
	v = json_string(b.p);
	buf_release(&b);
	return v;
}

static bool moodle_teacher(const struct member *m)
{
	/* moodle/course:manageactivities: a non-editing teacher has it not. */
	return (m->roles & (R_TEACHER | R_DESIGNER)) != 0;
}

static json_t *moodle_member(const struct member *m, bool with_message)
{
	json_t *o = json_pack("{s:s, s:[s], s:s, s:s, s:o, s:o, s:o, s:s, s:s}", "status", "Active",
			      "roles", moodle_teacher(m) ? "Instructor" : "Learner", "user_id",
			      m->id.moodle, "lis_person_sourcedid", m->id.sis, "name",
			      html_name(m->id.name), "given_name", html_name(member_given(m)),
			      "family_name", html_name(member_family(m)), "email", m->id.email,
			      "ext_user_username", member_username(m));

	if (with_message)
		json_object_set_new(o, "message",
				    json_pack("[{s:s}]", CLAIM "message_type",
					      "LtiResourceLinkRequest"));
	return o;
}

/* 0: everybody; an unknown word is no filter. */
static int moodle_filter(const char *role)
{
	if (str_eq(role, "Instructor") || str_eq(role, LIS "membership#Instructor"))
		return 1;
	return str_eq(role, "Learner") || str_eq(role, LIS "membership#Learner") ? 2 : 0;
}

static void moodle_page(struct req *q, struct reply *r, const struct course *c, const char *url)
{
	struct member *all = calloc(MEMBERS_MAX, sizeof(*all));
	unsigned long limit = number_arg(q, "limit", 0), from = number_arg(q, "from", 0), seen = 0;
	size_t n = all == NULL ? 0 : course_members(c, all);
	int filter = moodle_filter(arg_get(q->get, "role"));
	json_t *list = json_array();
	bool more = false;

	if (mis_standing(MOODLE) & MIS_BIT(nrps_shrink) && from > 0 && n > 5)
		n -= 5;
	qsort(all, n, sizeof(*all), by_family);
	for (size_t i = 0; i < n; i++) {
		if (filter != 0 && moodle_teacher(&all[i]) != (filter == 1))
			continue;
		if (seen++ < from)
			continue;
		if (limit > 0 && json_array_size(list) == limit) {
			more = true;
			break;
		}
		json_array_append_new(list, moodle_member(&all[i], arg_get(q->get, "rlid") != NULL));
	}
	free(all);
	/* The next link loses role=. */
	if (mis_standing(MOODLE) & MIS_BIT(nrps_elsewhere))
		reply_header(r, "Link", "<https://elsewhere.example/next?from=2>; rel=\"next\"");
	else if (more)
		reply_header(r, "Link", "<%s?limit=%lu&from=%lu>; rel=\"next\"", url, limit,
			     from + limit);
	send_json(r,
		  json_pack("{s:s, s:{s:o, s:s, s:s}, s:o}", "id", url, "context", "id",
			    json_sprintf("%d", c->moodle), "label", c->label, "title", c->title,
			    "members", list),
		  MEDIA "; charset=utf-8");
	spoil(MOODLE, r);
}

static bool accept_ok(const char *accept)
{
	return accept == NULL || strstr(accept, "*/*") != NULL || str_eq(accept, MEDIA);
}

void nrps_moodle(struct req *q, struct reply *r, const char *path)
{
	char number[12] = "", url[256], text[160];
	const struct course *c;
	int id = 0, type = 0, used = 0;

	if (sscanf(path, "/CourseSection/%9d/bindings/%9d/memberships%n", &id, &type, &used) != 2 ||
	    path[used] != '\0' || !accept_ok(q->accept)) {
		snprintf(text, sizeof(text), "No handler found for %.60s %.60s ", path,
			 q->accept != NULL ? q->accept : "");
		moodle_error(q, r, 400, text);
		return;
	}
	snprintf(number, sizeof(number), "%d", id);
	snprintf(url, sizeof(url), "%s/mod/lti/services.php%s", lms.plat[MOODLE].issuer, path);
	c = school_course(number);
	if (mis_standing(MOODLE) & MIS_BIT(nrps_down))
		moodle_error(q, r, 503, "Service Unavailable");
	else if (bearer_check(MOODLE, q) != B_OK || type != 1)
		moodle_error(q, r, 401, "Unauthorized");
	else if (c == NULL || c->moodle != id) {
		snprintf(text, sizeof(text), "Not Found: Course %d doesn't exist", id);
		moodle_error(q, r, 404, text);
	} else if (number_arg(q, "rlid", (unsigned long)c->moodle - 1) !=
		   (unsigned long)c->moodle - 1) {
		snprintf(text, sizeof(text), "Not Found: LTI link %.20s doesn't exist",
			 arg_str(q->get, "rlid"));
		moodle_error(q, r, 404, text);
	} else {
		moodle_page(q, r, c, url);
	}
}

/* ---- Canvas ------------------------------------------------------------------------------------- */

static void canvas_error(struct reply *r, int status, const char *type, const char *message)
{
	r->status = status;
	send_json(r, json_pack("{s:{s:s, s:s}}", "errors", "type", type, "message", message),
		  "application/json; charset=utf-8");
}

static json_t *canvas_roles(const struct member *m)
{
	static const struct {
		unsigned role;
		const char *uri;
	} all[] = {
		{ R_TEACHER | R_ASSISTANT, LIS "membership#Instructor" },
		{ R_ASSISTANT, LIS "membership/Instructor#TeachingAssistant" },
		{ R_DESIGNER, LIS "membership#ContentDeveloper" },
		{ R_PUPIL | R_STRANGER, LIS "membership#Learner" },
		{ R_GUARDIAN, LIS "membership#Mentor" },
	};
	json_t *a = json_array();

	for (size_t i = 0; i < ARRAY_LEN(all); i++)
		if (m->roles & all[i].role)
			json_array_append_new(a, json_string(all[i].uri));
	return a;
}

/* With rlid each member comes with a message; what ties families stays unexpanded. */
static json_t *canvas_message(const struct member *m, const struct course *c)
{
	const char *locale = m->p != NULL ? school_locale(m->p, true) : "en";

	return json_pack(
		"[{s:s, s:s, s:{s:s, s:s, s:s, s:s, s:s, s:s, s:o, s:s}, s:{s:{}}}]",
		CLAIM "message_type", "LtiResourceLinkRequest", "locale", locale, CLAIM "custom",
		"user_id", m->id.canvas, "user_sis_id", m->id.sis, "user_tz",
		m->p != NULL ? school_zone(m->p) : SCHOOL_ZONE, "user_locale", locale, "observees",
		"$com.instructure.User.observees", "observee_sis_ids",
		"$com.instructure.Observee.sisIds", "course_id", json_sprintf("%d", c->canvas),
		"course_sis_id", c->sis, "errors", "errors");
}

static json_t *canvas_member(const struct member *m, const struct course *c, bool with_message)
{
	json_t *o = json_pack("{s:s, s:s, s:o, s:s, s:s, s:s}", "status", "Active", "name",
			      m->id.name, "picture",
			      json_sprintf("%s/images/messages/avatar-50.png",
					   lms.plat[CANVAS].issuer),
			      "given_name", member_given(m), "family_name", member_family(m), "email",
			      m->id.email);

	/* Without a value there is no key. */
	if (m->id.sis[0] != '\0')
		json_object_set_new(o, "lis_person_sourcedid", json_string(m->id.sis));
	json_object_set_new(o, "user_id", json_string(m->id.uuid));
	json_object_set_new(o, "lti11_legacy_user_id", json_string(m->id.legacy));
	json_object_set_new(o, "roles", canvas_roles(m));
	if (with_message)
		json_object_set_new(o, "message", canvas_message(m, c));
	return o;
}

static bool canvas_has_role(const struct member *m, const char *uri)
{
	json_t *a = canvas_roles(m), *v;
	bool has = uri == NULL;
	size_t i;

	json_array_foreach(a, i, v)
		has |= str_eq(json_string_value(v), uri);
	json_decref(a);
	return has;
}

static void link_header(struct req *q, struct reply *r, const char *url, unsigned long page,
			unsigned long last, unsigned long limit)
{
	const struct {
		const char *rel;
		unsigned long page;
		bool is;
	} rels[] = { { "current", page, true }, { "next", page + 1, page < last },
		     { "prev", page - 1, page > 1 }, { "first", 1, true },
		     { "last", last, (mis_standing(CANVAS) & MIS_BIT(nrps_no_last)) == 0 } };
	const char *role = arg_get(q->get, "role"), *rlid = arg_get(q->get, "rlid");
	struct buf b = BUF_INIT(8192);

	for (size_t i = 0; i < ARRAY_LEN(rels); i++) {
		if (!rels[i].is)
			continue;
		buf_printf(&b, "%s<%s?", b.len > 0 ? "," : "", url);
		if (role != NULL) {
			buf_addz(&b, "role=");
			add_url(&b, role);
			buf_addc(&b, '&');
		}
		if (rlid != NULL) {
			buf_addz(&b, "rlid=");
			add_url(&b, rlid);
			buf_addc(&b, '&');
		}
		buf_printf(&b, "page=%lu&per_page=%lu>; rel=\"%s\"", rels[i].page, limit,
			   rels[i].rel);
	}
	reply_header(r, "link", "%s", b.p);
	buf_release(&b);
}

static void canvas_page(struct req *q, struct reply *r, const struct course *c)
{
	struct member *all = calloc(MEMBERS_MAX, sizeof(*all));
	unsigned long limit = number_arg(q, "limit", number_arg(q, "per_page", 50));
	unsigned long page = number_arg(q, "page", 1), last;
	size_t n = all == NULL ? 0 : course_members(c, all), kept = 0;
	json_t *list = json_array();
	char url[256], ctx[41];

	limit = limit == 0 || limit > 50 ? 50 : limit;
	page = page == 0 ? 1 : page;
	for (size_t i = 0; i < n; i++)
		if (canvas_has_role(&all[i], arg_get(q->get, "role")))
			all[kept++] = all[i];
	if (mis_standing(CANVAS) & MIS_BIT(nrps_shrink) && page > 1 && kept > 5)
		kept -= 5;
	qsort(all, kept, sizeof(*all), by_user);
	last = kept == 0 ? 1 : (kept + limit - 1) / limit;
	for (size_t i = (page - 1) * limit; i < kept && i < page * limit; i++)
		json_array_append_new(list,
				      canvas_member(&all[i], c, arg_get(q->get, "rlid") != NULL));
	free(all);
	snprintf(url, sizeof(url), "%s/api/lti/courses/%d/names_and_roles",
		 lms.plat[CANVAS].issuer, c->canvas);
	if (mis_standing(CANVAS) & MIS_BIT(nrps_elsewhere))
		reply_header(r, "link", "<https://elsewhere.example/next?page=2>; rel=\"next\"");
	else
		link_header(q, r, url, page, last, limit);
	school_hex40("course", c->key, ctx);
	send_json(r,
		  json_pack("{s:o, s:{s:s, s:s, s:s}, s:o}", "id",
			    q->query[0] != '\0' ? json_sprintf("%s?%s", url, q->query) :
						  json_string(url),
			    "context", "id", ctx, "label", c->label, "title", c->title, "members",
			    list),
		  MEDIA "; charset=utf-8");
	spoil(CANVAS, r);
}

void nrps_canvas(struct req *q, struct reply *r, const struct course *c)
{
	uint64_t mis = mis_standing(CANVAS);
	const char *rlid = arg_get(q->get, "rlid");
	enum bearer b = bearer_check(CANVAS, q);
	char ctx[41] = "";

	if (c != NULL)
		school_hex40("course", c->key, ctx);
	if (mis & MIS_BIT(nrps_down))
		canvas_error(r, 503, "unavailable", "Service unavailable");
	else if (mis & MIS_BIT(nrps_throttled))
		canvas_error(r, 403, "throttled", "403 Forbidden (Rate Limit Exceeded)");
	else if (b == B_MISSING)
		canvas_error(r, 401, "unauthorized", "Missing access token");
	else if (b == B_EXPIRED)
		canvas_error(r, 401, "unauthorized", "Access token expired");
	else if (b == B_WRONG)
		canvas_error(r, 401, "unauthorized", "Invalid Developer Key");
	else if (c == NULL)
		canvas_error(r, 404, "not_found", "Context not found");
	else if (rlid != NULL && !str_eq(rlid, ctx))
		canvas_error(r, 404, "not_found",
			     "Tool does not have access to rlid or rlid does not exist");
	else
		canvas_page(q, r, c);
}
