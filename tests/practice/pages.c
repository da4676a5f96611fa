/* What a person sees: the picker, the course with the tool in it, small notices. */
#include <stdlib.h>
#include <string.h>

#include "base/magic.h"
#include "base/str.h"
#include "practice/lms.h"
#include "practice/oidc.h"
#include "practice/pages.h"

/* ---- frame of a page -------------------------------------------------------------------- */

static void page_head(struct reply *r, const char *title)
{
	reply_header(r, "X-Frame-Options", "sameorigin");
	buf_addz(&r->body, "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
			   "<meta name=\"viewport\" content=\"width=device-width, "
			   "initial-scale=1\">\n<title>");
	add_html(&r->body, title);
	buf_addz(&r->body, "</title>\n<link rel=\"stylesheet\" href=\"/style.css\">\n"
			   "<link rel=\"icon\" href=\"data:,\">\n</head>\n");
}

static void top_bar(struct reply *r, const char *where)
{
	buf_addz(&r->body, "<header class=\"top\"><a class=\"brand\" href=\"/\">Practice LMS</a>"
			   "<span>");
	add_html(&r->body, where);
	buf_addz(&r->body, "</span></header>\n");
}

void page_message(struct reply *r, int status, const char *title, const char *text)
{
	r->status = status;
	page_head(r, title);
	buf_addz(&r->body, "<body class=\"plain\"><main><h1>");
	add_html(&r->body, title);
	buf_addz(&r->body, "</h1>\n<p class=\"errormessage\">");
	add_html(&r->body, text);
	buf_addz(&r->body, "</p>\n</main></body>\n</html>\n");
}

/* ---- people in words ----------------------------------------------------------------------- */

static void add_name(struct buf *b, const struct person *p)
{
	struct person_id id;

	school_id(p, &id);
	buf_addz(b, "<bdi>");
	if (p->kind == STAFF || p->kind == ADMIN) {
		add_html(b, p->title);
		buf_addc(b, ' ');
		add_html(b, p->family);
	} else {
		if (p->title[0] != '\0') {
			add_html(b, p->title);
			buf_addc(b, ' ');
		}
		add_html(b, id.name);
	}
	buf_addz(b, "</bdi>");
}

static const char *kin_word(const struct care *c)
{
	static const struct {
		const char *relation, *word;
	} words[] = {
		{ "Mother", "mother" },	       { "Father", "father" },
		{ "Father, step", "stepfather" }, { "Grandmother", "grandmother" },
		{ "CourtAppointedGuardian", "foster parent" },
	};

	for (size_t i = 0; i < ARRAY_LEN(words); i++)
		if (str_eq(words[i].relation, c->relation))
			return words[i].word;
	return "guardian";
}

static const struct care *next_care(const struct person *adult, size_t *at)
{
	const struct care *c;

	while ((c = school_care_at(*at)) != NULL) {
		++*at;
		if (c->adult == adult)
			return c;
	}
	return NULL;
}

static bool describe_family(struct buf *b, const struct person *p)
{
	const struct care *c = NULL, *next;
	size_t at = 0, n = 0;
	bool barred = false;

	next = next_care(p, &at);
	if (next == NULL)
		return false;
	buf_printf(b, "%s of ", kin_word(next));
	while ((c = next) != NULL) {
		next = next_care(p, &at);
		buf_printf(b, "%s<bdi>", n++ == 0 ? "" : next == NULL ? " and " : ", ");
		add_html(b, c->child->given);
		buf_addz(b, "</bdi>");
		barred |= !c->full;
	}
	if (barred)
		buf_addz(b, "; a court order bars him");
	return true;
}

static bool describe_work(struct buf *b, const struct person *p)
{
	static const struct {
		unsigned role;
		const char *word;
	} jobs[] = { { R_TEACHER, "teacher of " }, { R_ASSISTANT, "teaching assistant in " },
		     { R_DESIGNER, "course designer in " } };
	const struct course *c;
	size_t n = 0;

	for (size_t j = 0; j < ARRAY_LEN(jobs); j++)
		for (size_t i = 0; (c = school_course_at(i)) != NULL; i++)
			if (school_roles(p, c) & jobs[j].role) {
				buf_addz(b, n++ == 0 ? jobs[j].word : " and ");
				add_html(b, c->title);
			}
	return n > 0;
}

/* "teacher of Grade 3", "father of Lina and Sami": what a newcomer needs to know. */
static void describe(struct buf *b, const struct person *p)
{
	bool some = describe_work(b, p);

	if (some && p->kind == STAFF) {
		size_t at = 0;

		if (next_care(p, &at) == NULL)
			return;
		buf_addz(b, "; also ");
	}
	if (describe_family(b, p))
		return;
	switch (p->kind) {
	case ADMIN:
		buf_addz(b, "runs the LMS of the district");
		break;
	case STAFF:
		buf_addz(b, "head of Harbour Lane School, teaches no class");
		break;
	case PUPIL:
		buf_addz(b, "pupil in ");
		add_html(b, p->course->title);
		break;
	case STRANGER:
		buf_addz(b, "enrolled as a learner, but in no roster");
		break;
	case TESTER:
		buf_addz(b, "what a teacher sees in Student View");
		break;
	case GUARDIAN:
		buf_addz(b, "guardian");
		break;
	}
}

/* ---- the picker -------------------------------------------------------------------------------- */

static void tool_link(struct buf *b, enum plat plat, const struct person *p, const struct course *c)
{
	if (plat == MOODLE)
		buf_printf(b, "/moodle/mod/lti/view.php?id=%d&amp;as=%s", c->moodle + 10, p->key);
	else if (c == NULL)
		buf_printf(b, "/canvas/accounts/1/external_tools/4?as=%s", p->key);
	else
		buf_printf(b, "/canvas/courses/%d/external_tools/4?as=%s", c->canvas, p->key);
}

static bool opens(enum plat plat, const struct person *p, const struct course *c)
{
	unsigned r = school_roles(p, c);

	if (p->kind == STRANGER || p->kind == TESTER || p->kind == ADMIN)
		return c == school_first_course(p, plat == CANVAS);
	if (r == 0 || (plat == CANVAS && c->canvas == 0))
		return false;
	if (plat == CANVAS || c->kind == DOOR)
		return c->kind != DOOR || (r & R_GUARDIAN) != 0;
	return r != R_GUARDIAN;
}

static void person_row(struct buf *b, enum plat plat, const struct person *p)
{
	const struct course *c;
	bool first = true;

	buf_addz(b, "<li>");
	for (size_t i = 0; (c = school_course_at(i)) != NULL; i++) {
		if (!opens(plat, p, c))
			continue;
		if (first)
			buf_addz(b, "<a class=\"who\" href=\"");
		else
			buf_addz(b, "<span class=\"more\">or in <a href=\"");
		tool_link(b, plat, p, c);
		buf_addz(b, "\">");
		if (first) {
			buf_addz(b, "<span>Open as ");
			add_name(b, p);
			buf_addz(b, "</span> <small>");
			describe(b, p);
			buf_addz(b, "</small></a>");
		} else {
			add_html(b, c->title);
			buf_addz(b, "</a></span>");
		}
		first = false;
	}
	if (plat == CANVAS && p->kind == ADMIN)
		buf_printf(b, "<span class=\"more\">or from <a href=\"/canvas/accounts/1/"
			      "external_tools/4?as=%s\">the account menu</a></span>", p->key);
	buf_addz(b, "</li>\n");
}

static void featured(struct buf *b, enum plat plat, const char *title, const char *const *keys)
{
	buf_addz(b, "<h3>");
	add_html(b, title);
	buf_addz(b, "</h3>\n<ul>\n");
	for (; *keys != NULL; keys++) {
		const struct person *p = school_person(*keys);

		assert(p != NULL);
		if (!(plat == MOODLE && p->kind == TESTER))
			person_row(b, plat, p);
	}
	buf_addz(b, "</ul>\n");
}

static void everybody(struct buf *b, enum plat plat)
{
	const struct person *p;

	buf_addz(b, "<details><summary>Everybody else</summary>\n<ul class=\"all\">\n");
	for (size_t i = 0; (p = school_person_at(i)) != NULL; i++)
		if (p->kind <= GUARDIAN)
			person_row(b, plat, p);
	buf_addz(b, "</ul>\n</details>\n");
}

static void picker_section(struct buf *b, enum plat plat)
{
	static const char *const school[] = { "okafor", "haile", "dahl", "rossi", NULL };
	static const char *const family[] = { "rima", "karim", "hodan", "sigridur", "lars",
					      "marisol", NULL };
	static const char *const pupil[] = { "lina", "tomas", "minhanh", NULL };
	static const char *const office[] = { "castellanos", "fraser", NULL };
	static const char *const traps[] = { "demir", "dale", "stranger", "teststudent", NULL };

	buf_printf(b, "<section id=\"%s\" class=\"lms\">\n<h2>%s</h2>\n<p class=\"soft\">%s</p>\n",
		   plat_key(plat), lms.plat[plat].name,
		   plat == MOODLE ? "Parents come through a “Family door” course. Moodle does not say "
				    "who is a parent; the roster does." :
				    "Parents are observers of their children’s courses.");
	featured(b, plat, "At school", school);
	featured(b, plat, "Families", family);
	featured(b, plat, "Children", pupil);
	featured(b, plat, "Office", office);
	featured(b, plat, "Special cases", traps);
	everybody(b, plat);
	buf_addz(b, "</section>\n");
}

/* Two people whose day is prepared: tests/practice/story.mjs. */
static void start_here(struct buf *b)
{
	static const struct {
		const char *key, *course, *who;
	} first[] = { { "okafor", "grade3", ", a teacher, and " },
		      { "rima", "door1", ", a mother. Each opens in a tab of its own." } };

	buf_addz(b, "<p class=\"lead\">New here? Open ");
	for (size_t i = 0; i < ARRAY_LEN(first); i++) {
		const struct person *p = school_person(first[i].key);

		assert(p != NULL);
		buf_addz(b, "<a target=\"_blank\" href=\"");
		tool_link(b, MOODLE, p, school_course(first[i].course));
		buf_addz(b, "\">");
		add_name(b, p);
		buf_printf(b, "</a>%s", first[i].who);
	}
	buf_addz(b, "</p>\n");
}

void page_picker(struct req *q, struct reply *r)
{
	struct buf *b = &r->body;

	(void)q;
	page_head(r, "Practice LMS");
	buf_addz(b, "<body>\n");
	top_bar(r, SCHOOL_DISTRICT);
	buf_addz(b, "<main>\n<h1>Who would you like to be?</h1>\n"
		    "<p class=\"lead\">Everybody here is invented. Choose a person: you land in "
		    "their course, with Lintel inside it, as they would.</p>\n");
	start_here(b);
	buf_addz(b, "<div class=\"two\">\n");
	picker_section(b, MOODLE);
	picker_section(b, CANVAS);
	buf_addz(b, "</div>\n</main>\n</body>\n</html>\n");
}

/* ---- the course with the tool ------------------------------------------------------------------ */

static void here_as(struct buf *b, const struct person *p, const char *title)
{
	buf_addz(b, "<main class=\"wide\">\n<p class=\"crumb\">");
	add_html(b, title);
	buf_addz(b, "</p>\n<div class=\"here\"><p>You are here as <strong>");
	add_name(b, p);
	buf_addz(b, "</strong>, ");
	describe(b, p);
	buf_addz(b, ".</p>\n<p><a href=\"/\">Be somebody else</a> · <a target=\"_blank\" href=\"");
}

static void add_query(struct buf *b, struct req *q)
{
	add_html(b, q->query);
}

void page_moodle_course(struct req *q, struct reply *r)
{
	const struct person *p = school_person(arg_get(q->get, "as"));
	const char *id = arg_str(q->get, "id");
	char number[12];
	const struct course *c;
	struct buf *b = &r->body;

	snprintf(number, sizeof(number), "%d", atoi(id) - 10);
	c = school_course(number);
	if (p == NULL || c == NULL) {
		page_message(r, 404, "Not found", "Choose a person on the first page.");
		return;
	}
	session_sign_in(q, r, MOODLE, p);
	page_head(r, c->title);
	buf_addz(b, "<body class=\"moodle\">\n");
	top_bar(r, "Practice Moodle");
	here_as(b, p, c->title);
	buf_addz(b, "/moodle/mod/lti/launch.php?");
	add_query(b, q);
	buf_addz(b, "&amp;container=window\">Open in a new window</a></p></div>\n"
		    "<iframe id=\"contentframe\" title=\"Home and school\" src=\""
		    "/moodle/mod/lti/launch.php?");
	add_query(b, q);
	buf_addz(b, "\" allow=\"microphone; camera; geolocation; midi; encrypted-media; "
		    "autoplay\"></iframe>\n</main>\n</body>\n</html>\n");
}

static void hidden_fields(struct buf *b, json_t *fields)
{
	const char *name;
	json_t *v;

	json_object_foreach(fields, name, v) {
		buf_printf(b, "<input type=\"hidden\" name=\"%s\" value=\"", name);
		add_html(b, json_string_value(v));
		buf_addz(b, "\">\n");
	}
}

/* Canvas puts the login form into the page itself and aims it at the frame. */
void page_canvas_tool(struct req *q, struct reply *r, const struct course *c)
{
	struct arg pick = { .name = "course", .value = c != NULL ? c->key : "account",
			    .next = q->get };
	const char *why = NULL;
	struct launch *l = launch_from(&pick, CANVAS, &why);
	bool alone = str_eq(arg_get(q->get, "display"), "borderless");
	struct buf *b = &r->body;
	json_t *fields;

	if (l == NULL || l->person == NULL) {
		page_message(r, 404, "Not found", why != NULL ? why : "Choose a person first.");
		launch_free(l);
		return;
	}
	l->window = alone;
	session_sign_in(q, r, CANVAS, l->person);
	page_head(r, c != NULL ? c->title : SCHOOL_DISTRICT);
	buf_printf(b, "<body class=\"canvas\">\n");
	if (!alone) {
		top_bar(r, "Practice Canvas");
		here_as(b, l->person, c != NULL ? c->title : SCHOOL_DISTRICT);
		add_html(b, q->path);
		buf_addc(b, '?');
		add_query(b, q);
		buf_addz(b, "&amp;display=borderless\">Open in a new window</a></p></div>\n"
			    "<iframe name=\"post_message_forwarding\" title=\"Storage\" hidden src=\""
			    "/canvas/post_message_forwarding\"></iframe>\n"
			    "<iframe name=\"tool_content\" title=\"Home and school\"></iframe>\n");
	}
	fields = login_params(l);
	buf_printf(b, "<form id=\"tool_form\" action=\"%s\" method=\"%s\" target=\"%s\">\n",
		   lms.login_url, l->mis & MIS_BIT(login_get) ? "get" : "post",
		   alone ? "_self" : "tool_content");
	hidden_fields(b, fields);
	json_decref(fields);
	launch_park(l);
	buf_addz(b, "<noscript><button>Open the tool</button></noscript>\n</form>\n"
		    "<script>addEventListener('load',function(){document.getElementById("
		    "'tool_form').submit()})</script>\n");
	buf_addz(b, alone ? "</body>\n</html>\n" : "</main>\n</body>\n</html>\n");
}

/* ---- forms that send themselves ------------------------------------------------------------------ */

static void self_sending(struct buf *b, const char *id, const char *action, const char *method,
			 const char *target, json_t *fields)
{
	buf_printf(b, "<form id=\"%s\" name=\"%s\" action=\"", id, id);
	add_html(b, action);
	buf_printf(b, "\" method=\"%s\" enctype=\"application/x-www-form-urlencoded\"%s%s%s>\n",
		   method, target != NULL ? " target=\"" : "", target != NULL ? target : "",
		   target != NULL ? "\"" : "");
	hidden_fields(b, fields);
	buf_addz(b, "<noscript><button>Continue</button></noscript>\n</form>\n");
	buf_printf(b, "<script>document.getElementById('%s').submit()</script>\n", id);
}

static void form_head(struct reply *r)
{
	buf_addz(&r->body, "<!DOCTYPE html>\n<html lang=\"en\">\n<head><meta charset=\"utf-8\">"
			   "<title>One moment</title>"
			   "<link rel=\"icon\" href=\"data:,\"></head>\n<body>\n");
}

void page_post_form(struct reply *r, const char *action, json_t *fields, uint64_t mis)
{
	form_head(r);
	if (mis & MIS_BIT(duplicate_post)) {
		buf_addz(&r->body, "<iframe name=\"twin\" hidden></iframe>\n");
		self_sending(&r->body, "ltiAuthForm2", action, "post", "twin", fields);
	}
	self_sending(&r->body, "ltiAuthForm", action, "post", NULL, fields);
	buf_addz(&r->body, "</body>\n</html>\n");
}

void page_login_form(struct reply *r, json_t *fields, uint64_t mis)
{
	form_head(r);
	self_sending(&r->body, "ltiInitiateLoginForm", lms.login_url,
		     mis & MIS_BIT(login_get) ? "get" : "post", NULL, fields);
	buf_addz(&r->body, "</body>\n</html>\n");
}

/* Moodle got no session cookie and tries again from its own page. */
void page_repost(struct req *q, struct reply *r)
{
	bool post = str_eq(q->method, "POST");
	struct buf action = BUF_INIT(65536);
	json_t *fields = json_object();

	buf_addz(&action, q->path);
	if (q->query[0] != '\0')
		buf_printf(&action, "?%s", q->query);
	for (struct arg *a = post ? q->form : NULL; a != NULL; a = a->next)
		json_object_set_new(fields, a->name, json_string(a->value));
	json_object_set_new(fields, "repost", json_string("true"));
	form_head(r);
	self_sending(&r->body, "repostForm", action.p, "post", NULL, fields);
	buf_addz(&r->body, "</body>\n</html>\n");
	json_decref(fields);
	buf_release(&action);
}

/* Where a tool sends people when it is done. */
void page_returned(struct req *q, struct reply *r)
{
	const char *msg = arg_get(q->get, "lti_msg"), *err = arg_get(q->get, "lti_errormsg");

	page_message(r, 200, err != NULL ? "The tool reports a problem" : "Back in the course",
		     err != NULL ? err : msg != NULL ? msg : "You have left the tool.");
}

/* lti.put_data and lti.get_data (LTI Platform Storage 1): 500 keys of 4,096 characters. */
void page_storage_frame(struct reply *r)
{
	form_head(r);
	buf_addz(&r->body,
		 "<script>\n"
		 "const kept = new Map();\n"
		 "function answer(to, origin, m, more) {\n"
		 "  to.postMessage({ subject: m.subject + '.response', message_id: m.message_id,\n"
		 "    ...more }, origin);\n"
		 "}\n"
		 "addEventListener('message', function (e) {\n"
		 "  const m = e.data || {}, id = e.origin + '\\n' + m.key;\n"
		 "  const bad = code => answer(e.source, e.origin, m, { key: m.key,\n"
		 "    error: { code, message: code } });\n"
		 "  if (m.subject === 'lti.capabilities')\n"
		 "    return answer(e.source, e.origin, m, { supported_messages: [\n"
		 "      { subject: 'lti.capabilities' },\n"
		 "      { subject: 'lti.put_data', frame: 'post_message_forwarding' },\n"
		 "      { subject: 'lti.get_data', frame: 'post_message_forwarding' }] });\n"
		 "  if (m.subject !== 'lti.put_data' && m.subject !== 'lti.get_data') return;\n"
		 "  if (!m.message_id || typeof m.key !== 'string') return bad('bad_request');\n"
		 "  if (m.subject === 'lti.get_data')\n"
		 "    return answer(e.source, e.origin, m, { key: m.key, value: kept.get(id) ?? null });\n"
		 "  if (m.value === undefined || m.value === null) kept.delete(id);\n"
		 "  else if (m.key.length + String(m.value).length > 4096 || kept.size >= 500)\n"
		 "    return bad('storage_exhaustion');\n"
		 "  else kept.set(id, String(m.value));\n"
		 "  answer(e.source, e.origin, m, { key: m.key, value: m.value });\n"
		 "});\n"
		 "</script>\n</body>\n</html>\n");
}
