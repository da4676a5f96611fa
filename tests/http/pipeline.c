/*
 * The pipeline from outside: session, roles, Origin, CSRF, objects, forms,
 * refusals, headers, cookies, health. Each check is one request on the wire.
 */
#include <unistd.h>

#include "gw/log.h"
#include "kit/http.h"
#include "t.h"

#define PORT 21312

static struct server *srv;
static struct answer a;

static void get(const char *target, const char *head)
{
	kit_ask(PORT, "GET", target, head, NULL, &a);
}

static void post(const char *target, const char *head, const char *body)
{
	kit_ask(PORT, "POST", target, head, body, &a);
}

TEST(starts)
{
	struct fault f = { .err = E_OK };

	CHECK_INT(kit_start(&srv, "127.0.0.1:21312", &f), E_OK);
	CHECK_STR(f.text, "");
}

TEST(sessions_open_pages_and_nothing_else_does)
{
	NEED(srv != NULL);
	get("/app/T1/", TEACHER);
	CHECK_INT(a.status, 200);
	CHECK_STR(a.body, "<p>hello</p>");
	get("/app/T1/", "");
	CHECK_INT(a.status, 401);
	CHECK(kit_refused(&a, "no-session"));
	get("/app/T2/", TEACHER);
	CHECK_INT(a.status, 401);
	get("/app/T1/", "Cookie: __Host-s-T1=ok; __Host-s-T1=parent\r\n");
	CHECK_INT(a.status, 401);
	get("/app/T1/", "Cookie: __Host-s-T1=broken\r\n");
	CHECK_INT(a.status, 503);
	CHECK(kit_refused(&a, "database"));
	CHECK(strstr(a.text, "Retry-After: ") != NULL);
	get("/app/T1/teachers", PARENT);
	CHECK_INT(a.status, 403);
	CHECK(kit_refused(&a, "not-yours"));
	get("/app/T1/guardians", PARENT);
	CHECK_INT(a.status, 200);
	get("/app/T1/guardians", TEACHER);
	CHECK_INT(a.status, 403);
	get("/app/", "Cookie: x=1; __Host-s-T9=ok\r\n");
	CHECK_INT(a.status, 303);
	CHECK(strstr(a.text, "Location: /app/T9/\r\n") != NULL);
	get("/app/", "");
	CHECK_INT(a.status, 401);
}

TEST(unknown_paths_and_methods)
{
	static const char *const missing[] = {
		"/nowhere", "/app/T1", "/app/T1/nowhere", "/app/T1/children/", "/app/T1/children/x",
		"/app/T1/children/-7", "/app/T1/children/007", "/app/T1/children/0", "/plain/",
		"/app/T1/children/99999999999999999999", "/app/T!/", "/static/x", "/a",
		"/app/T123456789012345678901234567890123/", "/1/2/3/4/5/6/7/8/9/10/11/12/13",
	};

	NEED(srv != NULL);
	for (size_t i = 0; i < ARRAY_LEN(missing); i++) {
		get(missing[i], TEACHER);
		if (!CHECK(a.status == 404 || a.status == 400))
			printf("#   %s: %d\n", missing[i], a.status);
	}
	post("/plain", OWN FORM, "");
	CHECK_INT(a.status, 405);
	CHECK(strstr(a.text, "Allow: GET, HEAD\r\n") != NULL);
	get("/app/T1/done", TEACHER);
	CHECK_INT(a.status, 405);
	CHECK(strstr(a.text, "Allow: POST\r\n") != NULL);
	get("/a/b/c.ics", "");
	CHECK_STR(a.body, "rest=b/c.ics");
}

TEST(head_is_get_without_its_body)
{
	NEED(srv != NULL);
	kit_ask(PORT, "HEAD", "/plain", "", NULL, &a);
	CHECK_INT(a.status, 200);
	CHECK(strstr(a.text, "Content-Length: 12\r\n") != NULL);
	CHECK_STR(a.body, "");
	kit_ask(PORT, "HEAD", "/nowhere", "", NULL, &a);
	CHECK_INT(a.status, 404);
	CHECK_STR(a.body, "");
}

TEST(foreign_and_missing_objects_are_the_same_bytes)
{
	static char first[4096];
	char *id;

	NEED(srv != NULL);
	kit_audits = 0;
	get("/app/T1/children/7", TEACHER);
	CHECK_STR(a.body, "child 7");
	CHECK_INT(kit_audits, 1);
	get("/app/T1/children/9", TEACHER);
	CHECK_INT(a.status, 404);
	snprintf(first, sizeof(first), "%s", a.body);
	get("/app/T1/children/10", TEACHER);
	id = strstr(first, " (");
	NEED(id != NULL);
	CHECK(strncmp(first, a.body, (size_t)(id - first)) == 0);
	CHECK_INT(strlen(first), strlen(a.body));
	get("/app/T1/children/13", TEACHER);
	CHECK_INT(a.status, 503);
	CHECK_INT(kit_audits, 1);
}

TEST(origin_and_fetch_metadata_matrix)
{
	static const struct {
		const char *head;
		int status;
	} row[] = {
		{ "Origin: https://lintel.example\r\nSec-Fetch-Site: same-origin\r\n", 303 },
		{ "Origin: https://lintel.example\r\n", 303 },
		{ "Sec-Fetch-Site: same-origin\r\n", 303 },
		{ "", 403 },
		{ "Origin: null\r\nSec-Fetch-Site: same-origin\r\n", 403 },
		{ "Origin: https://evil.example\r\n", 403 },
		{ "Origin: https://evil.example\r\nSec-Fetch-Site: same-origin\r\n", 403 },
		{ "Origin: http://lintel.example\r\n", 403 },
		{ "Origin: https://lintel.example.evil.example\r\n", 403 },
		{ "Origin: https://lintel.example\r\nSec-Fetch-Site: cross-site\r\n", 403 },
		{ "Origin: https://lintel.example\r\nSec-Fetch-Site: same-site\r\n", 403 },
		{ "Origin: https://lintel.example\r\nSec-Fetch-Site: none\r\n", 403 },
		{ "Sec-Fetch-Site: cross-site\r\n", 403 },
	};
	char head[300];

	NEED(srv != NULL);
	for (size_t i = 0; i < ARRAY_LEN(row); i++) {
		int before = kit_writes;

		snprintf(head, sizeof(head), TEACHER FORM "%s", row[i].head);
		post("/app/T1/strict", head, "csrf=token&note=well+done");
		if (!CHECK_INT(a.status, row[i].status))
			printf("#   row %zu: %s", i, row[i].head);
		CHECK_INT(kit_writes - before, row[i].status == 303);
	}
}

TEST(csrf_matrix)
{
	static const struct {
		const char *body, *code;
		int status;
	} row[] = {
		{ "csrf=token&note=abc", NULL, 303 },
		{ "note=abc&csrf=token", NULL, 303 },
		{ "note=abc", "csrf", 403 },
		{ "csrf=&note=abc", "csrf", 403 },
		{ "csrf=other&note=abc", "csrf", 403 },
		{ "csrf=token&csrf=token&note=abc", "bad-request", 400 },
		{ "csrf=token&note=abc&note=def", "bad-request", 400 },
		{ "csrf=token&note=abc&extra=1", "bad-request", 400 },
		{ "csrf=token&note=a%00c", "bad-request", 400 },
		{ "csrf=token&note=a%zzc", "bad-request", 400 },
		{ "csrf=token&note=", "form", 422 },
		{ "csrf=token", "form", 422 },
		{ "", "csrf", 403 },
	};

	NEED(srv != NULL);
	for (size_t i = 0; i < ARRAY_LEN(row); i++) {
		int before = kit_writes;

		post("/app/T1/strict", TEACHER OWN FORM, row[i].body);
		if (!CHECK_INT(a.status, row[i].status) ||
		    !CHECK(row[i].code == NULL || kit_refused(&a, row[i].code)))
			printf("#   row %zu: %s\n", i, row[i].body);
		CHECK_INT(kit_writes - before, row[i].status == 303);
	}
	post("/app/T1/strict", PARENT OWN FORM, "csrf=token&note=abc");
	CHECK_INT(a.status, 403);
	CHECK(kit_refused(&a, "not-yours"));
	post("/app/T1/strict", OWN FORM, "csrf=token&note=abc");
	CHECK_INT(a.status, 401);
	post("/app/T1/strict", TEACHER OWN "Content-Type: text/plain\r\n", "csrf=token&note=abc");
	CHECK_INT(a.status, 415);
	post("/app/T1/strict", TEACHER OWN, "csrf=token&note=abc");
	CHECK_INT(a.status, 415);
}

TEST(a_wrong_form_is_drawn_again)
{
	int before = kit_writes;

	NEED(srv != NULL);
	post("/app/T1/children/7", TEACHER OWN FORM, "csrf=token&note=x");
	CHECK_INT(a.status, 422);
	CHECK_STR(a.body, "again bad=1 note=x");
	post("/app/T1/children/9", TEACHER OWN FORM, "csrf=token&note=x");
	CHECK_INT(a.status, 404);
	CHECK_INT(kit_writes, before);
	post("/app/T1/children/7", TEACHER OWN FORM, "csrf=token&note=fine");
	CHECK_INT(a.status, 303);
	CHECK(strstr(a.text, "Location: /app/T1/children/7\r\n") != NULL);
}

TEST(read_only_sessions_and_objects_write_nothing)
{
	int before = kit_writes;

	NEED(srv != NULL);
	post("/app/T1/children/8", TEACHER OWN FORM, "csrf=token&note=fine");
	CHECK_INT(a.status, 403);
	CHECK(kit_refused(&a, "read-only"));
	post("/app/T1/children/7", "Cookie: __Host-s-T1=masked\r\n" OWN FORM, "csrf=token&note=fine");
	CHECK_INT(a.status, 403);
	CHECK(kit_refused(&a, "read-only"));
	get("/app/T1/children/7", "Cookie: __Host-s-T1=masked\r\n");
	CHECK_INT(a.status, 200);
	CHECK_INT(kit_writes, before);
}

TEST(cookies_and_done_messages)
{
	NEED(srv != NULL);
	post("/app/T1/done", TEACHER OWN FORM, "csrf=token");
	CHECK_INT(a.status, 303);
	CHECK(strstr(a.text, "Location: /app/T1/children/7?ok=3\r\n") != NULL);
	CHECK(strstr(a.text, "Set-Cookie: __Host-s-one=v1; Path=/; Secure; HttpOnly; "
		     "SameSite=None; Partitioned; Max-Age=60\r\n") != NULL);
	CHECK(strstr(a.text, "Set-Cookie: __Host-s-two=v2; Path=/; Secure; HttpOnly; "
		     "SameSite=None; Partitioned; Max-Age=0\r\n") != NULL);
	get("/app/T1/?ok=3", TEACHER);
	CHECK_INT(a.status, 200);
	get("/app/T1/?ok=x", TEACHER);
	CHECK_INT(a.status, 400);
	get("/app/T1/?ok=1&ok=1", TEACHER);
	CHECK_INT(a.status, 400);
	get("/app/T1/?other=1", TEACHER);
	CHECK_INT(a.status, 400);
}

TEST(foreign_parameters_come_raw_but_once)
{
	NEED(srv != NULL);
	get("/lti/login?a=1&b=%C3%A9+x&anything%5B0%5D=2", "");
	CHECK_STR(a.body, "a=1 b=\xc3\xa9 x");
	post("/lti/login?b=q", FORM "Origin: https://moodle.example\r\nSec-Fetch-Site: cross-site\r\n",
	     "a=xyz");
	CHECK_STR(a.body, "a=3 b=q");
	get("/lti/login?state=1&state=1", "");
	CHECK_INT(a.status, 400);
	post("/lti/login?state=1", FORM, "state=1");
	CHECK_INT(a.status, 400);
	post("/lti/login", FORM, "id_token=1&id_token=2");
	CHECK_INT(a.status, 400);
	post("/lti/login", FORM, "a=%ff");
	CHECK_INT(a.status, 400);
	get("/lti/login?a=%", "");
	CHECK_INT(a.status, 400);
}

TEST(body_caps)
{
	static char body[200 << 10];

	NEED(srv != NULL);
	memset(body, 'x', sizeof(body));
	memcpy(body, "a=", 2);
	body[64 << 10] = '\0';
	post("/lti/login", FORM, body);
	CHECK_INT(a.status, 200);
	CHECK_STR(a.body, "a=65534 b=-");
	body[64 << 10] = 'x';
	body[(64 << 10) + 1] = '\0';
	post("/lti/login", FORM, body);
	CHECK_INT(a.status, 413);
	CHECK(kit_refused(&a, "too-large"));
	body[(64 << 10) + 1] = 'x';
	body[192 << 10] = '\0';
	post("/lti/launch", FORM, body);
	CHECK_STR(a.body, "a=196606 b=-");
	body[192 << 10] = 'x';
	body[(192 << 10) + 1] = '\0';
	post("/lti/launch", FORM, body);
	CHECK_INT(a.status, 413);
}

TEST(errors_become_pages_without_the_half_written_one)
{
	static const int status[] = { 200, 400, 404, 403, 409, 503, 413, 503, 500, 503, 500, 500 };
	char target[40];

	NEED(srv != NULL);
	for (size_t i = 0; i < ARRAY_LEN(status); i++) {
		snprintf(target, sizeof(target), "/app/T1/error?e=%zu", i);
		get(target, TEACHER);
		CHECK_INT(a.status, status[i]);
		CHECK((strstr(a.text, "half a page") != NULL) == (i == 0));
	}
	get("/app/T1/silent", TEACHER);
	CHECK_INT(a.status, 500);
	CHECK(counted_bugs() > 0);
}

static void check_headers(const char *target, const char *head, const char *frame, bool page)
{
	get(target, head);
	CHECK(strstr(a.text, "X-Content-Type-Options: nosniff\r\n") != NULL);
	CHECK(strstr(a.text, "Referrer-Policy: same-origin\r\n") != NULL);
	CHECK(strstr(a.text, "Cache-Control: no-store\r\n") != NULL);
	CHECK(strstr(a.text, "Strict-Transport-Security: max-age=31536000\r\n") != NULL);
	CHECK(strstr(a.text, "X-Frame-Options") == NULL);
	CHECK(strstr(a.text, "Cross-Origin-Opener-Policy") == NULL);
	CHECK(strstr(a.text, "default-src 'none'; ") != NULL);
	CHECK(!page || strstr(a.text, "; base-uri 'none'\r\n") != NULL);
	CHECK(!page || strstr(a.text, "Permissions-Policy: ") != NULL);
	if (!CHECK(strstr(a.text, frame) != NULL))
		printf("#   %s lacks %s\n", target, frame);
}

TEST(security_headers_on_every_answer)
{
	NEED(srv != NULL);
	check_headers("/app/T1/", TEACHER, "frame-ancestors https://moodle.example;", true);
	check_headers("/app/T1/", "", "frame-ancestors https:;", true);
	check_headers("/app/T1/nowhere", TEACHER, "frame-ancestors https:;", true);
	check_headers("/app/T1/children/9", TEACHER, "frame-ancestors https://moodle.example;", true);
	check_headers("/top", "", "frame-ancestors https:;", true);
	check_headers("/plain", "", "frame-ancestors 'none';", true);
	check_headers("/nowhere", "", "frame-ancestors 'none';", true);
	check_headers("/%00", "", "frame-ancestors 'none';", true);
	check_headers("/healthz", "", "frame-ancestors 'none'\r\n", false);
	check_headers("/app/T1/platform", TEACHER,
		      "form-action 'self' https://lms.example; frame-ancestors", true);
	kit_conf.lab_mode = true;
	check_headers("/top", "", "frame-ancestors https: http://localhost:* http://127.0.0.1:*;", true);
	kit_conf.lab_mode = false;
	get("/app/T1/", TEACHER);
	CHECK(strstr(a.text, "style-src 'self'; script-src 'self'; img-src 'self'; "
		     "form-action 'self'; frame-ancestors") != NULL);
}

TEST(static_files_are_kept_for_ever)
{
	NEED(srv != NULL);
	get("/static/0123456789abcdef/a.css", "");
	CHECK_STR(a.body, "p{}");
	CHECK(strstr(a.text, "Cache-Control: public, max-age=31536000, immutable\r\n") != NULL);
	CHECK(strstr(a.text, "Content-Type: text/css; charset=utf-8\r\n") != NULL);
	get("/static/1123456789abcdef/a.css", "");
	CHECK_INT(a.status, 404);
	get("/static/0123456789abcdef/b.css", "");
	CHECK_INT(a.status, 404);
	get("/static/0/a.css", "");
	CHECK_INT(a.status, 404);
}

static void local(const char *path, const char *head)
{
	char req[400];
	int n = snprintf(req, sizeof(req), "GET %s HTTP/1.1\r\nHost: 127.0.0.1:21312\r\n"
			 "Connection: close\r\n%s\r\n", path, head);

	kit_ask_n(PORT, req, (size_t)n, &a, 2000);
}

TEST(health_and_metrics)
{
	NEED(srv != NULL);
	local("/healthz", "");
	CHECK_INT(a.status, 200);
	local("/readyz", "");
	CHECK_INT(a.status, 200);
	kit_ping_fails = 1;
	local("/readyz", "");
	CHECK_INT(a.status, 503);
	get("/readyz", "");
	CHECK_INT(a.status, 503);
	kit_ping_fails = 0;
	local("/metrics", "");
	CHECK_INT(a.status, 200);
	CHECK(strstr(a.body, "lintel_requests_total{class=\"2xx\"} ") != NULL);
	CHECK(strstr(a.body, "lintel_refusals_total{code=\"csrf\"} 4\n") != NULL);
	CHECK(strstr(a.body, "lintel_launches_total 1\n") != NULL);
	CHECK(strstr(a.body, "process_resident_memory_bytes ") != NULL);
	CHECK(strstr(a.body, "lintel_connections ") != NULL);
	local("/metrics", "X-Forwarded-For: 203.0.113.9\r\n");
	CHECK_INT(a.status, 404);
	get("/metrics", "");
	CHECK_INT(a.status, 404);
}

TEST(stops)
{
	server_stop(srv, 1000);
	CHECK(kit_connect(PORT) < 0);
}
