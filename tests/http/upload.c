/*
 * Uploads: no byte of a file is stored before role and CSRF are proved, order
 * violations are refused, caps hold, and nothing is left on the disk.
 */
#include <dirent.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include "kit/http.h"
#include "t.h"

#define PORT 21313
#define B "--xYz"
#define TYPE "Content-Type: multipart/form-data; boundary=xYz\r\n"
#define PART(name, value) B "\r\nContent-Disposition: form-data; name=\"" name "\"\r\n\r\n" value "\r\n"
#define FILE1(content) B "\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a\"\r\n\r\n" \
	content "\r\n"
#define END B "--\r\n"

static struct server *srv;
static struct answer a;

static int spooled(void)
{
	char path[100];
	struct dirent *d;
	int n = 0;
	DIR *dir;

	snprintf(path, sizeof(path), "%s/spool", kit_dir);
	dir = opendir(path);
	while (dir != NULL && (d = readdir(dir)) != NULL)
		n += d->d_name[0] != '.';
	if (dir != NULL)
		closedir(dir);
	return n;
}

static void post(const char *head, const char *body)
{
	kit_upload_bytes = -1;
	kit_ask(PORT, "POST", "/app/T1/upload", head, body, &a);
}

TEST(starts)
{
	struct fault f = { .err = E_OK };

	CHECK_INT(kit_start(&srv, "127.0.0.1:21313", &f), E_OK);
}

TEST(a_proper_upload)
{
	NEED(srv != NULL);
	post(TEACHER OWN TYPE, PART("csrf", "token") PART("kind", "3") FILE1("<enterprise/>") END);
	CHECK_INT(a.status, 200);
	CHECK_STR(a.body, "upload 13 kind=3");
	CHECK_INT(kit_upload_bytes, 13);
	post(TEACHER OWN TYPE, PART("csrf", "token") FILE1("x") PART("kind", "4") END);
	CHECK_STR(a.body, "upload 1 kind=4");
	CHECK_INT(spooled(), 0);
}

TEST(order_and_role_are_proved_first)
{
	static const struct {
		const char *what, *head, *body, *code;
		int status;
	} row[] = {
		{ "file first", TEACHER OWN TYPE, FILE1("x") PART("csrf", "token") END, "csrf", 403 },
		{ "kind first", TEACHER OWN TYPE, PART("kind", "3") PART("csrf", "token") FILE1("x") END,
		  "csrf", 403 },
		{ "wrong csrf", TEACHER OWN TYPE, PART("csrf", "other") FILE1("x") END, "csrf", 403 },
		{ "csrf as a file", TEACHER OWN TYPE, B "\r\nContent-Disposition: form-data; "
		  "name=\"csrf\"; filename=\"a\"\r\n\r\ntoken\r\n" END, "csrf", 403 },
		{ "csrf twice", TEACHER OWN TYPE, PART("csrf", "token") PART("csrf", "token")
		  FILE1("x") END, "bad-request", 400 },
		{ "kind twice", TEACHER OWN TYPE, PART("csrf", "token") PART("kind", "1")
		  PART("kind", "1") FILE1("x") END, "bad-request", 400 },
		{ "unknown field", TEACHER OWN TYPE, PART("csrf", "token") PART("x", "1") FILE1("x") END,
		  "bad-request", 400 },
		{ "no file", TEACHER OWN TYPE, PART("csrf", "token") END, "bad-request", 400 },
		{ "two files", TEACHER OWN TYPE, PART("csrf", "token") FILE1("x") FILE1("y") END,
		  "bad-request", 400 },
		{ "file of another name", TEACHER OWN TYPE, PART("csrf", "token") B
		  "\r\nContent-Disposition: form-data; name=\"f\"; filename=\"a\"\r\n\r\nx\r\n" END,
		  "bad-request", 400 },
		{ "never closed", TEACHER OWN TYPE, PART("csrf", "token") FILE1("x"), "bad-request", 400 },
		{ "wrong kind", TEACHER OWN TYPE, PART("csrf", "token") PART("kind", "z") FILE1("x") END,
		  "form", 422 },
		{ "a parent", PARENT OWN TYPE, PART("csrf", "token") FILE1("x") END, "not-yours", 403 },
		{ "nobody", OWN TYPE, PART("csrf", "token") FILE1("x") END, "no-session", 401 },
		{ "foreign origin", TEACHER TYPE "Origin: https://evil.example\r\n",
		  PART("csrf", "token") FILE1("x") END, "foreign-origin", 403 },
		{ "urlencoded", TEACHER OWN FORM, "csrf=token&file=x", "bad-type", 415 },
		{ "masked", "Cookie: __Host-s-T1=masked\r\n" OWN TYPE, PART("csrf", "token") FILE1("x")
		  END, "read-only", 403 },
	};

	NEED(srv != NULL);
	for (size_t i = 0; i < ARRAY_LEN(row); i++) {
		post(row[i].head, row[i].body);
		if (!CHECK_INT(a.status, row[i].status) || !CHECK(kit_refused(&a, row[i].code)) ||
		    !CHECK_INT(kit_upload_bytes, -1))
			printf("#   %s\n", row[i].what);
		CHECK_INT(spooled(), 0);
	}
}

/* A client that stops in the middle: what is on the disk while it waits, and after. */
static void half_sent(const char *parts, int want_spooled)
{
	char req[1000];
	int fd = kit_connect(PORT), n;

	NEED(fd >= 0);
	n = snprintf(req, sizeof(req), "POST /app/T1/upload HTTP/1.1\r\nHost: lintel.example\r\n"
		     TEACHER OWN TYPE "Content-Length: 5000\r\n\r\n%s", parts);
	kit_send(fd, req, (size_t)n);
	for (int i = 0; i < 100 && spooled() != want_spooled; i++)
		poll(NULL, 0, 5);
	if (want_spooled == 0)
		poll(NULL, 0, 50);
	CHECK_INT(spooled(), want_spooled);
	close(fd);
	for (int i = 0; i < 200 && spooled() > 0; i++)
		poll(NULL, 0, 5);
	CHECK_INT(spooled(), 0);
}

TEST(nothing_is_stored_before_csrf_and_nothing_stays_after_a_cut)
{
	NEED(srv != NULL);
	half_sent(PART("csrf", "other") FILE1("secret"), 0);
	half_sent(FILE1("secret"), 0);
	half_sent(PART("csrf", "token") B "\r\nContent-Disposition: form-data; name=\"file\"; "
		  "filename=\"a\"\r\n\r\nsecret", 1);
}

TEST(a_client_that_asks_before_sending)
{
	static const char head[] = "POST /app/T1/upload HTTP/1.1\r\nHost: lintel.example\r\n"
		"Expect: 100-continue\r\nConnection: close\r\n" OWN TYPE;
	static const char body[] = PART("csrf", "token") FILE1("x") END;
	char req[600];
	int fd = kit_connect(PORT), n;

	NEED(srv != NULL && fd >= 0);
	n = snprintf(req, sizeof(req), "%s" TEACHER "Content-Length: %zu\r\n\r\n", head,
		     sizeof(body) - 1);
	kit_send(fd, req, (size_t)n);
	kit_read(fd, &a, 300, false);
	CHECK_INT(a.status, 100);
	kit_send(fd, body, sizeof(body) - 1);
	kit_read(fd, &a, 2000, false);
	CHECK_INT(a.status, 200);
	close(fd);
	/* Nobody without a session is asked to go on. */
	fd = kit_connect(PORT);
	n = snprintf(req, sizeof(req), "%sContent-Length: %zu\r\n\r\n", head, sizeof(body) - 1);
	kit_send(fd, req, (size_t)n);
	kit_read(fd, &a, 2000, false);
	CHECK_INT(a.status, 401);
	CHECK(a.closed);
	close(fd);
}

TEST(size_caps)
{
	static char body[(1 << 20) + (80 << 10)];
	static char req[sizeof(body) + 1000];
	int n = snprintf(body, sizeof(body), PART("csrf", "token") B "\r\nContent-Disposition: "
			 "form-data; name=\"file\"; filename=\"a\"\r\n\r\n"), k;

	NEED(srv != NULL);
	for (int over = 0; over < 2; over++) {
		int size = (1 << 20) + over;

		memset(body + n, 'x', (size_t)size);
		k = n + size;
		k += snprintf(body + k, sizeof(body) - (size_t)k, "\r\n" END);
		k = snprintf(req, sizeof(req), "POST /app/T1/upload HTTP/1.1\r\nHost: lintel.example\r\n"
			     "Connection: close\r\n" TEACHER OWN TYPE "Content-Length: %d\r\n\r\n%s", k,
			     body);
		kit_ask_n(PORT, req, (size_t)k, &a, 3000);
		CHECK_INT(a.status, over ? 413 : 200);
	}
	CHECK_INT(kit_upload_bytes, 1 << 20);
	kit_ask_n(PORT, req, (size_t)snprintf(req, sizeof(req), "POST /app/T1/upload HTTP/1.1\r\n"
		  "Host: lintel.example\r\n" TEACHER OWN TYPE "Content-Length: 2000000\r\n\r\n"), &a,
		  2000);
	CHECK_INT(a.status, 413);
	CHECK(a.closed);
	CHECK_INT(spooled(), 0);
}

TEST(a_crash_leaves_nothing_for_long)
{
	struct fault f = { .err = E_OK };
	char path[100];
	FILE *fp;

	NEED(srv != NULL);
	server_stop(srv, 1000);
	srv = NULL;
	snprintf(path, sizeof(path), "%s/spool/left-over", kit_dir);
	fp = fopen(path, "w");
	NEED(fp != NULL);
	fclose(fp);
	CHECK_INT(spooled(), 1);
	CHECK_INT(kit_start(&srv, "127.0.0.1:21313", &f), E_OK);
	CHECK_INT(spooled(), 0);
	server_stop(srv, 1000);
}
