/* Which address leads where. */
#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "practice/deeplink.h"
#include "practice/lms.h"
#include "practice/oidc.h"
#include "practice/pages.h"
#include "practice/register.h"
#include "practice/services.h"

/* launch.php: the auto-submitted login initiation; it asks nobody to sign in first. */
static void moodle_launch(struct req *q, struct reply *r)
{
	const char *why = NULL;
	char number[12];
	struct arg course = { .name = "course", .value = number, .next = q->get };
	struct launch *l;
	json_t *fields;

	snprintf(number, sizeof(number), "%d", atoi(arg_str(q->get, "id")) - 10);
	l = launch_from(&course, MOODLE, &why);
	if (l == NULL) {
		page_message(r, 404, "Invalid course module ID", why != NULL ? why : "");
		return;
	}
	if (l->person != NULL)
		session_sign_in(q, r, MOODLE, l->person);
	fields = login_params(l);
	page_login_form(r, fields, l->mis);
	json_decref(fields);
	launch_park(l);
}

static bool moodle_path(struct req *q, struct reply *r, const char *path)
{
	if (str_eq(path, "/mod/lti/view.php"))
		page_moodle_course(q, r);
	else if (str_eq(path, "/mod/lti/launch.php"))
		moodle_launch(q, r);
	else if (str_eq(path, "/mod/lti/auth.php"))
		oidc_request_moodle(q, r);
	else if (str_eq(path, "/mod/lti/certs.php"))
		jwks_request(MOODLE, r);
	else if (str_eq(path, "/mod/lti/token.php"))
		token_request(MOODLE, q, r);
	else if (str_eq(path, "/mod/lti/toolconfigure.php"))
		register_page(MOODLE, q, r);
	else if (str_eq(path, "/mod/lti/openid-configuration.php"))
		register_configuration(MOODLE, q, r);
	else if (str_eq(path, "/mod/lti/openid-registration.php"))
		register_request(MOODLE, q, r);
	else if (str_starts(path, "/mod/lti/services.php/"))
		nrps_moodle(q, r, path + strlen("/mod/lti/services.php"));
	else if (str_eq(path, "/webservice/rest/server.php"))
		rest_request(q, r);
	else if (str_eq(path, "/mod/lti/contentitem_return.php"))
		deeplink_return(MOODLE, q, r, school_course(arg_str(q->get, "course")));
	else if (str_eq(path, "/mod/lti/return.php"))
		page_returned(q, r);
	else if (str_eq(path, "/enrol/index.php"))
		page_message(r, 200, "Enrolment options",
			     "You cannot enrol yourself in this course.");
	else
		return false;
	return true;
}

static bool canvas_course_path(struct req *q, struct reply *r, const char *path)
{
	const struct course *c = NULL;
	bool account = str_starts(path, "/accounts/");
	char number[12] = "";
	const char *rest;
	size_t n;

	if (!account && !str_starts(path, "/courses/"))
		return false;
	path += account ? strlen("/accounts/") : strlen("/courses/");
	n = strspn(path, "0123456789");
	if (n == 0 || n >= sizeof(number))
		return false;
	memcpy(number, path, n);
	rest = path + n;
	if (!account) {
		c = school_course(number);
		if (c == NULL || c->canvas != atoi(number))
			return false;
	}
	if (str_eq(rest, "/external_content/success/external_tool_redirect"))
		page_returned(q, r);
	else if (str_eq(rest, "/deep_linking_response"))
		deeplink_return(CANVAS, q, r, c);
	else if (str_starts(rest, "/external_tools/"))
		page_canvas_tool(q, r, c);
	else
		return false;
	return true;
}

static bool canvas_api(struct req *q, struct reply *r, const char *path)
{
	char number[12];
	int id = 0, used = 0;
	const struct course *c;

	if (sscanf(path, "/api/lti/courses/%9d/names_and_roles%n", &id, &used) != 1 ||
	    used == 0 || path[used] != '\0')
		return false;
	snprintf(number, sizeof(number), "%d", id);
	c = school_course(number);
	nrps_canvas(q, r, c != NULL && c->canvas == id ? c : NULL);
	return true;
}

static bool canvas_path(struct req *q, struct reply *r, const char *path)
{
	if (str_eq(path, "/api/lti/authorize_redirect") ||
	    str_eq(path, "/district/api/lti/authorize"))
		oidc_request_canvas(q, r);
	else if (str_eq(path, "/api/lti/security/jwks"))
		jwks_request(CANVAS, r);
	else if (str_eq(path, "/post_message_forwarding"))
		page_storage_frame(r);
	else if (str_eq(path, "/login/oauth2/token"))
		token_request(CANVAS, q, r);
	else if (str_eq(path, "/accounts/1/developer_keys"))
		register_page(CANVAS, q, r);
	else if (str_eq(path, "/api/lti/security/openid-configuration"))
		register_configuration(CANVAS, q, r);
	else if (str_eq(path, "/api/lti/registrations"))
		register_request(CANVAS, q, r);
	else if (str_starts(path, "/api/lti/courses/"))
		return canvas_api(q, r, path);
	else
		return canvas_course_path(q, r, path);
	return true;
}

void serve_request(struct req *q, struct reply *r)
{
	bool known = true;

	if (str_starts(q->path, "/control/"))
		control_request(q, r);
	else if (str_eq(q->path, "/"))
		page_picker(q, r);
	else if (str_eq(q->path, "/style.css"))
		page_css(r);
	else if (str_starts(q->path, "/moodle/"))
		known = moodle_path(q, r, q->path + strlen("/moodle"));
	else if (str_starts(q->path, "/canvas/"))
		known = canvas_path(q, r, q->path + strlen("/canvas"));
	else
		known = false;
	if (!known)
		page_message(r, 404, "Not found", "There is nothing here. Start at the first page.");
}
