/* Toy routes: one for each thing the pipeline can do. */
#include "kit/http.h"

#include <sys/stat.h>
#include <time.h>

enum err toy_hello(struct req *r)
{
	buf_addz(reply_html(r), "<p>hello</p>");
	return E_OK;
}

static enum err toy_ten(struct req *r)
{
	struct buf *b = reply_html(r);

	for (int i = 0; i < 160; i++)
		buf_printf(b, "<tr><td>%04d</td><td>the row of a page that is ten kB</td></tr>\n", i);
	return E_OK;
}

static enum err toy_child(struct req *r)
{
	buf_printf(reply_html(r), "child %d", (int)r->obj[0].id);
	return E_OK;
}

static enum err toy_write(struct req *r)
{
	kit_writes++;
	return reply_see(r, "/children/%d", 7);
}

static enum err toy_again(struct req *r)
{
	buf_printf(reply_html(r), "again bad=%u note=%s", r->form.bad, r->form.v[0].text);
	return E_OK;
}

static enum err toy_done(struct req *r)
{
	reply_cookie(r, "__Host-s-one", "v1", 60);
	reply_cookie(r, "__Host-s-two", "v2", 0);
	return reply_done(r, (enum msg)3, "/children/%d", 7);
}

static enum err toy_echo(struct req *r)
{
	const char *a = req_param(r, "a"), *b = req_param(r, "b");

	buf_printf(reply_html(r), "a=%zu b=%s", a != NULL ? strlen(a) : 0, b != NULL ? b : "-");
	return E_OK;
}

static enum err toy_upload(struct req *r)
{
	struct stat st;

	if (stat(r->upload.p, &st) != 0)
		return E_IO;
	kit_upload_bytes = (int)st.st_size;
	buf_printf(reply_html(r), "upload %d kind=%d", (int)st.st_size, (int)r->form.v[0].num);
	return E_OK;
}

static enum err toy_slow_work(struct req *r)
{
	struct timespec ts = { 0, 400 * 1000000L };

	nanosleep(&ts, NULL);
	buf_addz(reply_html(r), "slow done");
	return r->deadline_ms > 0 ? E_OK : E_INTERNAL;
}

static enum err toy_slow(struct req *r)
{
	return req_defer(r, toy_slow_work);
}

static enum err toy_writes(struct db *db, void *arg)
{
	struct req *r = arg;

	(void)db;
	kit_writes++;
	return (enum err)r->query.v[0].num;
}

static enum err toy_wrote(struct req *r, void *arg, enum err wrote)
{
	if (arg != r || (wrote != E_OK && wrote != E_CONFLICT))
		return wrote;
	buf_addz(reply_html(r), wrote == E_OK ? "written" : "somebody was faster");
	return E_OK;
}

/* With ?e=: what the write comes to. On a job thread, too. */
static enum err toy_write_later(struct req *r)
{
	return req_write(r, toy_writes, r, toy_wrote);
}

static enum err toy_write_on_job(struct req *r)
{
	return req_defer(r, toy_write_later);
}

static enum err toy_silent(struct req *r)
{
	(void)r;
	return E_OK;
}

static enum err toy_error(struct req *r)
{
	buf_addz(reply_html(r), "half a page about somebody");
	return (enum err)r->query.v[0].num;
}

static enum err toy_rest(struct req *r)
{
	buf_printf(reply_html(r), "rest=%s", r->rest);
	return E_OK;
}

static enum err toy_form_action(struct req *r)
{
	reply_form_action(r, "https://lms.example");
	return toy_hello(r);
}

static const struct field toy_note[] = {
	{ .name = "note", .type = F_LINE, .required = true, .min = 2, .max = 20 },
};
static const struct form_def toy_note_form = { toy_note, 1 };
static const struct field toy_kind[] = { { .name = "kind", .type = F_INT, .max = 9 } };
static const struct form_def toy_kind_form = { toy_kind, 1 };
static const struct field toy_err[] = { { .name = "e", .type = F_INT, .required = true, .max = 11 } };
static const struct form_def toy_err_form = { toy_err, 1 };

static const struct route toy_routes[] = {
	{ METHOD_GET, "/", toy_hello, POLICY_any_page, .flags = 0 },
	{ METHOD_GET, "/ten", toy_ten, POLICY_any_page, .flags = 0 },
	{ METHOD_GET, "/teachers", toy_hello, POLICY_teacher_page, .flags = 0 },
	{ METHOD_GET, "/guardians", toy_hello, POLICY_guardian_page, .flags = 0 },
	{ METHOD_GET, "/children/:child", toy_child, POLICY_child_record, .flags = 0 },
	{ METHOD_POST, "/children/:child", toy_write, POLICY_teacher_write, &toy_note_form,
	  .again = toy_again },
	{ METHOD_POST, "/strict", toy_write, POLICY_teacher_write, &toy_note_form, .flags = 0 },
	{ METHOD_POST, "/done", toy_done, POLICY_any_write, &(const struct form_def){ NULL, 0 },
	  .flags = 0 },
	{ METHOD_POST, "/upload", toy_upload, POLICY_teacher_write, &toy_kind_form,
	  .flags = ROUTE_UPLOAD },
	{ METHOD_GET, "/slow", toy_slow, POLICY_any_page, .flags = 0 },
	{ METHOD_GET, "/later", toy_write_later, POLICY_any_page, .query = &toy_err_form },
	{ METHOD_GET, "/job", toy_write_on_job, POLICY_any_page, .query = &toy_err_form },
	{ METHOD_GET, "/silent", toy_silent, POLICY_any_page, .flags = 0 },
	{ METHOD_GET, "/error", toy_error, POLICY_any_page, .query = &toy_err_form },
	{ METHOD_GET, "/platform", toy_form_action, POLICY_any_page, .flags = 0 },
	{ METHOD_GET, "/top", toy_hello, POLICY_public_page, .flags = ROUTE_TOP | ROUTE_FRAMED },
	{ METHOD_GET, "/plain", toy_hello, POLICY_public_page, .flags = ROUTE_TOP },
	{ METHOD_GET, "/a/*", toy_rest, POLICY_public_page, .flags = ROUTE_TOP },
	{ METHOD_GET, "/lti/login", toy_echo, POLICY_public_page,
	  .flags = ROUTE_TOP | ROUTE_FOREIGN_POST },
	{ METHOD_POST, "/lti/login", toy_echo, POLICY_public_write,
	  .flags = ROUTE_TOP | ROUTE_FOREIGN_POST },
	{ METHOD_POST, "/lti/launch", toy_echo, POLICY_public_write,
	  .flags = ROUTE_TOP | ROUTE_FOREIGN_POST | ROUTE_BIG_FORM },
	{ .path = NULL },
};
const struct feature toy_feature = { .name = "toy", .routes = toy_routes };
struct route kit_extra_rows[2];
const struct feature kit_extra = { .name = "extra", .routes = kit_extra_rows };
