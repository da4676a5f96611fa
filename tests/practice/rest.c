/*
 * Moodle's REST web service: always HTTP 200, XML of RESPONSE, MULTIPLE, SINGLE,
 * KEY and VALUE, null as an attribute, names of courses as HTML inside, and
 * exceptions as another root. What is answered is what was recorded.
 */
#include <stdlib.h>
#include <string.h>

#include "base/magic.h"
#include "base/str.h"
#include "practice/pages.h"
#include "practice/services.h"

#define LINKED "Monday, 23 November 2026, 4:08 PM"

/* ---- writing: json_t as Moodle's XML -------------------------------------------------------- */

static void xml_text(struct buf *b, const char *s)
{
	for (; *s != '\0'; s++) {
		const char *e = *s == '&' ? "&amp;" : *s == '<' ? "&lt;" : *s == '>' ? "&gt;" :
				*s == '"' ? "&quot;" : NULL;

		if (e != NULL)
			buf_addz(b, e);
		else
			buf_addc(b, *s);
	}
}

static void xml_value(struct buf *b, const json_t *v)
{
	const char *name;
	json_t *x;
	size_t i;

	if (json_is_object(v)) {
		buf_addz(b, "<SINGLE>\n");
		json_object_foreach((json_t *)(uintptr_t)v, name, x) {
			buf_printf(b, "<KEY name=\"%s\">", name);
			xml_value(b, x);
			buf_addz(b, "</KEY>\n");
		}
		buf_addz(b, "</SINGLE>\n");
	} else if (json_is_array(v)) {
		buf_addz(b, "<MULTIPLE>\n");
		json_array_foreach(v, i, x)
			xml_value(b, x);
		buf_addz(b, "</MULTIPLE>\n");
	} else if (json_is_integer(v)) {
		buf_printf(b, "<VALUE>%lld</VALUE>\n", (long long)json_integer_value(v));
	} else if (json_is_string(v)) {
		buf_addz(b, "<VALUE>");
		xml_text(b, json_string_value(v));
		buf_addz(b, "</VALUE>\n");
	} else {
		buf_addz(b, "<VALUE null=\"null\"/>\n");
	}
}

static bool as_json(struct req *q)
{
	return str_eq(req_arg(q, "moodlewsrestformat"), "json");
}

static void add_json(struct reply *r, json_t *o)
{
	char *text = json_dumps(o, JSON_COMPACT | JSON_ENSURE_ASCII | JSON_ENCODE_ANY);

	r->type = "application/json; charset=utf-8";
	buf_addz(&r->body, text != NULL ? text : "null");
	free(text);
}

static void answer(struct req *q, struct reply *r, json_t *o)
{
	if (as_json(q)) {
		add_json(r, o);
	} else {
		r->type = "application/xml; charset=utf-8";
		buf_addz(&r->body, "<?xml version=\"1.0\" encoding=\"UTF-8\" ?>\n<RESPONSE>\n");
		xml_value(&r->body, o);
		buf_addz(&r->body, "</RESPONSE>\n");
	}
	json_decref(o);
}

static void except(struct req *q, struct reply *r, const char *class, const char *code,
		   const char *message)
{
	if (as_json(q)) {
		json_t *o = json_pack("{s:s, s:s, s:s}", "exception", class, "errorcode", code,
				      "message", message);

		add_json(r, o);
		json_decref(o);
		return;
	}
	r->type = "application/xml; charset=utf-8";
	buf_printf(&r->body,
		   "<?xml version=\"1.0\" encoding=\"UTF-8\" ?>\n<EXCEPTION class=\"%s\">\n"
		   "<ERRORCODE>%s</ERRORCODE>\n<MESSAGE>",
		   class, code);
	xml_text(&r->body, message);
	buf_addz(&r->body, "</MESSAGE>\n</EXCEPTION>\n");
}

static void bad_param(struct req *q, struct reply *r)
{
	except(q, r, "core\\exception\\invalid_parameter_exception", "invalidparameter",
	       "Invalid parameter value detected");
}

/* ---- pieces ------------------------------------------------------------------------------------ */

static void nulls(json_t *o, const char *const *names)
{
	for (; *names != NULL; names++)
		json_object_set_new(o, *names, json_null());
}

static void put(json_t *o, const char *name, const char *value)
{
	json_object_set_new(o, name, json_string(value));
}

static json_t *avatar(int size)
{
	return json_sprintf("%s/theme/image.php/boost/core/1795449917/u/f%d",
			    lms.plat[MOODLE].issuer, size);
}

/* format_string makes HTML of course names unless moodlewssettingraw=1. */
static json_t *course_name(struct req *q, const char *s)
{
	struct buf b = BUF_INIT(1024);
	json_t *v;

	if (str_eq(req_arg(q, "moodlewssettingraw"), "1"))
		return json_string(s);
	buf_addz(&b, "");
	xml_text(&b, s);
	v = json_string(b.p);
	buf_release(&b);
	return v;
}

static json_t *user_head(const struct member *m)
{
	static const char *const empty[] = { "address", "phone1", "phone2", NULL };
	json_t *o = json_object();

	put(o, "id", m->id.moodle);
	put(o, "username", member_username(m));
	put(o, "firstname", member_given(m));
	put(o, "lastname", member_family(m));
	put(o, "fullname", m->id.name);
	put(o, "email", m->id.email);
	nulls(o, empty);
	put(o, "department", mis_standing(MOODLE) & MIS_BIT(rest_control_char) ? "A\vB" : "");
	json_object_set_new(o, "institution", json_null());
	put(o, "idnumber", m->id.sis);
	json_object_set_new(o, "interests", json_null());
	put(o, "firstaccess", "0");
	put(o, "lastaccess", "0");
	return o;
}

static void user_tail(json_t *o)
{
	static const char *const empty[] = { "description", "descriptionformat", NULL };

	nulls(o, empty);
	put(o, "city", "");
	put(o, "country", "GB");
	json_object_set_new(o, "profileimageurlsmall", avatar(2));
	json_object_set_new(o, "profileimageurl", avatar(1));
	json_object_set_new(o, "customfields", json_array());
}

static json_t *user_roles(const struct member *m)
{
	static const struct {
		unsigned role;
		const char *id, *shortname;
	} all[] = {
		{ R_TEACHER | R_DESIGNER, "3", "editingteacher" },
		{ R_ASSISTANT, "4", "teacher" },
		{ R_PUPIL | R_STRANGER, "5", "student" },
		{ R_GUARDIAN, "10", "parentobserver" },
	};
	json_t *a = json_array();

	for (size_t i = 0; i < ARRAY_LEN(all); i++)
		if (m->roles & all[i].role)
			json_array_append_new(
				a, json_pack("{s:s, s:s, s:s, s:s}", "roleid", all[i].id, "name",
					     "", "shortname", all[i].shortname, "sortorder", "0"));
	return a;
}

/* options[N][name]=userfields & options[N][value]=… */
static const char *option(struct req *q, const char *name)
{
	char key[40];

	for (int i = 0; i < 16; i++) {
		snprintf(key, sizeof(key), "options[%d][name]", i);
		if (!str_eq(req_arg(q, key), name))
			continue;
		snprintf(key, sizeof(key), "options[%d][value]", i);
		return req_arg(q, key);
	}
	return NULL;
}

static bool word_in(const char *list, const char *word)
{
	size_t n = strlen(word);

	for (const char *p = list; (p = strstr(p, word)) != NULL; p += n)
		if ((p == list || p[-1] == ',') && (p[n] == '\0' || p[n] == ','))
			return true;
	return false;
}

/* Fields not asked for stay, as null or as an empty list. */
static void only_fields(json_t *o, const char *list)
{
	const char *name;
	json_t *v;
	void *tmp;

	if (list == NULL)
		return;
	json_object_foreach_safe(o, tmp, name, v) {
		if (str_eq(name, "id") || str_eq(name, "username") || str_eq(name, "fullname") ||
		    word_in(list, name))
			continue;
		json_object_set_new(o, name, json_is_array(v) ? json_array() : json_null());
	}
}

/* ---- functions ---------------------------------------------------------------------------------- */

static void enrolled_users(struct req *q, struct reply *r)
{
	const struct course *c = school_course(req_arg(q, "courseid"));
	const char *from = option(q, "limitfrom"), *count = option(q, "limitnumber");
	struct member *all;
	json_t *list, *o;
	size_t n, end;

	if (req_arg(q, "courseid") == NULL) {
		bad_param(q, r);
		return;
	}
	all = calloc(MEMBERS_MAX, sizeof(*all));
	if (c == NULL || c->moodle != atoi(req_arg(q, "courseid")) || all == NULL) {
		free(all);
		except(q, r, "dml_missing_record_exception", "invalidrecord",
		       "Can't find data record in database table course.");
		return;
	}
	n = course_members(c, all);
	end = count != NULL && atoi(count) > 0 ? (size_t)(from != NULL ? atoi(from) : 0) +
							 (size_t)atoi(count) : n;
	list = json_array();
	for (size_t i = from != NULL ? (size_t)atoi(from) : 0; i < n && i < end; i++) {
		o = user_head(&all[i]);
		put(o, "lastcourseaccess", "0");
		user_tail(o);
		json_object_set_new(o, "groups",
				    all[i].roles & R_PUPIL ? json_pack("[{s:s, s:s, s:s, s:s}]", "id",
								       "1", "name", "Pupils",
								       "description", "",
								       "descriptionformat", "1") :
							     json_array());
		json_object_set_new(o, "roles", user_roles(&all[i]));
		json_object_set_new(o, "preferences", json_array());
		json_object_set_new(o, "enrolledcourses",
				    json_pack("[{s:o, s:o, s:s}]", "id",
					      json_sprintf("%d", c->moodle), "fullname",
					      course_name(q, c->title), "shortname", c->label));
		only_fields(o, option(q, "userfields"));
		json_array_append_new(list, o);
	}
	free(all);
	answer(q, r, list);
}

static void users_by_field(struct req *q, struct reply *r)
{
	static const char *const rest[][2] = { { "auth", "manual" }, { "suspended", "0" },
					       { "confirmed", "1" }, { "lang", "en" },
					       { "calendartype", NULL }, { "theme", "" },
					       { "timezone", "99" }, { "mailformat", "1" },
					       { "trackforums", "0" } };
	const char *field = req_arg(q, "field"), *value;
	json_t *list, *o;
	char key[24];

	if (!str_eq(field, "idnumber") && !str_eq(field, "username") && !str_eq(field, "id")) {
		bad_param(q, r);
		return;
	}
	list = json_array();
	for (int i = 0; snprintf(key, sizeof(key), "values[%d]", i) > 0 &&
			(value = req_arg(q, key)) != NULL; i++) {
		struct member m = { .p = school_person(value) };

		if (m.p == NULL)
			continue;
		school_id(m.p, &m.id);
		if (!str_eq(value, str_eq(field, "id") ? m.id.moodle :
				   str_eq(field, "username") ? m.p->key : m.id.sis))
			continue;
		o = user_head(&m);
		for (size_t k = 0; k < ARRAY_LEN(rest); k++)
			json_object_set_new(o, rest[k][0],
					    rest[k][1] != NULL ? json_string(rest[k][1]) :
								 json_null());
		user_tail(o);
		json_object_set_new(o, "preferences", json_array());
		json_array_append_new(list, o);
	}
	answer(q, r, list);
}

static void courses(struct req *q, struct reply *r)
{
	const struct course *c;
	json_t *list = json_array();

	for (size_t i = 0; (c = school_course_at(i)) != NULL; i++)
		json_array_append_new(
			list, json_pack("{s:o, s:s, s:s, s:o, s:o, s:s, s:s, s:s}", "id",
					json_sprintf("%d", c->moodle), "shortname", c->label,
					"categoryid", "1", "fullname", course_name(q, c->title),
					"displayname", course_name(q, c->title), "idnumber", c->sis,
					"summary", "", "format", "topics"));
	answer(q, r, list);
}

static json_t *profile_link(const struct person_id *id, const char *before)
{
	return json_sprintf("<a href=\"%s/user/profile.php?id=%s\">%s%s</a>",
			    lms.plat[MOODLE].issuer, id->moodle, before, id->name);
}

/* One row of the custom report "Parent links": a role in the child's own context. */
static json_t *report_row(const struct care *c)
{
	struct person_id child, adult;

	school_id(c->child, &child);
	school_id(c->adult, &adult);
	return json_pack("{s:[o, s, o, s, s, s, s, o, s, s, s]}", "columns",
			 profile_link(&child, "User: "), "Parent", profile_link(&adult, ""),
			 "parent", adult.sis, c->adult->key, adult.name,
			 profile_link(&child, "User: "), "User", "", LINKED);
}

static json_t *report_details(void)
{
	return json_pack("{s:s, s:s, s:s, s:s, s:s, s:n, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, "
			 "s:s, s:[], s:{s:s, s:s, s:s}}",
			 "name", "Parent links", "source", "core_role\\reportbuilder\\datasource\\roles",
			 "type", "0", "uniquerows", "0", "conditiondata",
			 "{\"context:level_operator\":1,\"context:level_value\":30}", "settingsdata",
			 "contextid", "1", "component", "", "area", "", "itemid", "0", "usercreated",
			 "2", "id", "1", "timecreated", "1795450571", "timemodified", "1795450571",
			 "usermodified", "2", "sourcename", "Roles", "tags", "modifiedby", "id", "2",
			 "email", "castellanos@" SCHOOL_DOMAIN, "fullname", "Ruth Castellanos");
}

static void retrieve_report(struct req *q, struct reply *r)
{
	const char *page = req_arg(q, "page"), *per = req_arg(q, "perpage");
	size_t size = per != NULL && atoi(per) > 0 ? (size_t)atoi(per) : 10;
	size_t from = page != NULL && atoi(page) > 0 ? (size_t)atoi(page) * size : 0, n = 0;
	const struct care *c;
	json_t *rows;

	if (!str_eq(req_arg(q, "reportid"), "1")) {
		except(q, r, "dml_missing_record_exception", "invalidrecord",
		       "Can't find data record in database table reportbuilder_report.");
		return;
	}
	rows = json_array();
	for (; (c = school_care_at(n)) != NULL; n++)
		if (n >= from && n < from + size)
			json_array_append_new(rows, report_row(c));
	answer(q, r,
	       json_pack("{s:o, s:{s:[s,s,s,s,s,s,s,s,s,s,s], s:o, s:o}, s:[]}", "details",
			 report_details(), "data", "headers", "Context URL", "Original name",
			 "Full name with link", "Short name", "ID number", "Username", "Full name",
			 "Context URL", "Context level", "Plugin", "Time modified", "rows", rows,
			 "totalrowcount", json_sprintf("%zu", n), "warnings"));
}

static void list_reports(struct req *q, struct reply *r)
{
	answer(q, r, json_pack("{s:[o], s:[]}", "reports", report_details(), "warnings"));
}

static void site_info(struct req *q, struct reply *r);

static const struct {
	const char *name;
	void (*fn)(struct req *, struct reply *);
} functions[] = {
	{ "core_webservice_get_site_info", site_info },
	{ "core_course_get_courses", courses },
	{ "core_enrol_get_enrolled_users", enrolled_users },
	{ "core_user_get_users_by_field", users_by_field },
	{ "core_reportbuilder_list_reports", list_reports },
	{ "core_reportbuilder_retrieve_report", retrieve_report },
};

static void site_info(struct req *q, struct reply *r)
{
	json_t *list = json_array();

	for (size_t i = 0; i < ARRAY_LEN(functions); i++)
		json_array_append_new(list, json_pack("{s:s, s:s}", "name", functions[i].name,
						      "version", "2024100705.01"));
	answer(q, r,
	       json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:i, s:s, s:o, s:i, s:i, s:s, s:s}",
			 "sitename", SCHOOL_DISTRICT, "username", "wsgateway", "firstname", "WS",
			 "lastname", "Gateway", "fullname", "WS Gateway", "lang", "en", "userid", 990,
			 "siteurl", lms.plat[MOODLE].issuer, "functions", list, "downloadfiles", 0,
			 "uploadfiles", 0, "release", "4.5.5+ (Build: 20250613)", "version",
			 "2024100705.01"));
}

void rest_request(struct req *q, struct reply *r)
{
	const char *name = req_arg(q, "wsfunction");

	if (mis_standing(MOODLE) & MIS_BIT(rest_down)) {
		page_message(r, 503, "Under maintenance", "Please come back later.");
		return;
	}
	if (!str_eq(req_arg(q, "wstoken"), REST_TOKEN)) {
		except(q, r, "core\\exception\\moodle_exception", "invalidtoken",
		       "Invalid token - token not found");
		return;
	}
	for (size_t i = 0; i < ARRAY_LEN(functions); i++)
		if (str_eq(name, functions[i].name)) {
			functions[i].fn(q, r);
			return;
		}
	except(q, r, "dml_missing_record_exception", "invalidrecord",
	       "Can't find data record in database table external_functions.");
}
