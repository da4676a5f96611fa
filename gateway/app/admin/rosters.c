/* Class lists: what was brought in, and bringing one in from the browser. */
#include <inttypes.h>

#include "admin.h"
#include "base/magic.h"
#include "gw/conf.h"
#include "gw/roster_import.h"
#include "pages.h"
#include "store/admin.h"
#include "store/audit.h"
#include "store/platform.h"
#include "store/roster_runs.h"
#include "xml/code.h"

#define SHOWN 20
#define FILE_NAME "browser.xml"
#define MB (1024 * 1024LL)

struct roster_upload {
	const char *action;
	struct field_view platform, mode;
};

#include "tpl/admin/rosters.h"

struct rosters {
	struct req *r;
	struct roster_run_row *v;
	struct admin_run *run;
	struct platform *platform;
	unsigned n, n_platform;
};

static enum err read_rosters(struct db *db, void *arg)
{
	struct rosters *m = arg;
	struct arena *a = &m->r->a;
	int64_t tenant = m->r->who.tenant;
	enum err err = roster_runs(db, a, tenant, SHOWN, false, &m->v, &m->n);

	if (err == E_OK)
		err = platform_list(db, a, tenant, &m->platform, &m->n_platform);
	m->run = arena_array(a, m->n + 1, sizeof(*m->run));
	if (err == E_OK && m->run == NULL)
		err = E_NOMEM;
	for (unsigned i = 0; err == E_OK && i < m->n; i++)
		err = admin_run_read(db, a, tenant, m->v[i].id, &m->run[i]);
	return err;
}

static const struct state_word {
	const char *state;
	enum side side;
	enum msg word;
} state_words[] = {
	{ "applied", SIDE_BOTH, MSG_admin_run_applied },
	{ "applied-with-rejects", SIDE_HOME, MSG_admin_run_rejects },
	{ "dry-run", SIDE_SCHOOL, MSG_admin_run_dry },
	{ "unchanged", SIDE_NONE, MSG_admin_run_unchanged },
	{ "held", SIDE_ALERT, MSG_admin_run_held },
	{ "refused", SIDE_ALERT, MSG_admin_run_refused },
	{ "failed", SIDE_ALERT, MSG_admin_run_failed },
};

static struct tag state_tag(struct req *r, const char *state)
{
	for (unsigned i = 0; i < ARRAY_LEN(state_words); i++)
		if (str_eq(state, state_words[i].state))
			return (struct tag){ state_words[i].side, loc_str(r->loc, state_words[i].word) };
	return (struct tag){ SIDE_NONE, loc_str(r->loc, MSG_admin_run_running) };
}

static void fill_run(struct req *r, struct item *it, const char *file, const char *state,
		     const struct admin_run *c)
{
	const struct msg_arg count[] = { { "made", NULL, c->created }, { "changed", NULL, c->updated },
					 { "gone", NULL, c->removed }, { "aside", NULL, c->rejected } };

	it->what = file;
	it->tag = state_tag(r, state);
	if (!str_eq(state, "unchanged") && !str_eq(state, "refused"))
		item_line(it, view_say(r, MSG_admin_run_counts, count, 4));
}

static enum err draw_runs(struct req *r, struct out *o, const struct rosters *m)
{
	struct item *v = items_new(r, m->n);

	if (v == NULL)
		return E_NOMEM;
	for (unsigned i = 0; i < m->n; i++) {
		item_line(&v[i], say_when(r, m->v[i].started_at));
		fill_run(r, &v[i], m->v[i].file_name, m->v[i].state, &m->run[i]);
	}
	view_items(o, &(struct items){ .v = v, .n = m->n,
				       .none = loc_str(r->loc, MSG_admin_runs_none) });
	return E_OK;
}

/* ---- bringing one in ---- */

enum { F_PLATFORM, F_MODE };

static const char *const modes[] = { "look", "apply", NULL };
static const struct field roster_fields[] = {
	[F_PLATFORM] = { .name = "platform", .type = F_ID, .required = true },
	[F_MODE] = { .name = "mode", .type = F_CHOICE, .required = true, .choices = modes },
};
const struct form_def roster_form = { roster_fields, ARRAY_LEN(roster_fields) };

static enum err draw_upload(struct req *r, struct out *o, const struct rosters *m)
{
	bool posted = r->form.def == &roster_form;
	struct option *platform = arena_array(&r->a, m->n_platform + 1, sizeof(*platform));
	struct option *mode = arena_array(&r->a, 2, sizeof(*mode));
	struct roster_upload u = { .action = req_path(r, "/admin/rosters") };

	if (platform == NULL || mode == NULL)
		return E_NOMEM;
	for (unsigned i = 0; i < m->n_platform; i++)
		platform[i] = (struct option){ m->platform[i].id, m->platform[i].name };
	mode[0].text = loc_str(r->loc, MSG_admin_roster_look);
	mode[1].text = loc_str(r->loc, MSG_admin_roster_apply);
	u.platform = (struct field_view){ .def = &roster_fields[F_PLATFORM], .option = platform,
					  .n_option = m->n_platform, .list = true,
					  .val = posted ? &r->form.v[F_PLATFORM] : NULL,
					  .label = loc_str(r->loc, MSG_admin_roster_platform) };
	u.mode = (struct field_view){ .def = &roster_fields[F_MODE], .option = mode, .n_option = 2,
				      .val = posted ? &r->form.v[F_MODE] : NULL, .has_start_num = true,
				      .label = loc_str(r->loc, MSG_admin_roster_mode),
				      .help = loc_str(r->loc, MSG_admin_roster_mode_help) };
	view_roster_upload(o, &u);
	return E_OK;
}

enum err rosters_page(struct req *r)
{
	struct rosters m = { .r = r };
	enum err err = store_read(r->gw->store, read_rosters, &m, &r->fault);
	struct page p;
	struct out o;

	if (err != E_OK)
		return err;
	o = admin_begin(r, &p, MSG_admin_rosters_title, "/admin/rosters");
	err = draw_runs(r, &o, &m);
	if (err == E_OK && m.n_platform > 0)
		err = draw_upload(r, &o, &m);
	if (err == E_OK)
		err = draw_course_lists(r, &o);
	page_end(&o, &p);
	return err;
}

static enum err note_import(struct db *db, void *arg)
{
	struct req *r = arg;

	return audit_by(db, &r->who, r->now_ms, r->form.v[F_MODE].num == 0 ? "roster.look" :
									    "roster.import",
			0, r->form.v[F_PLATFORM].num);
}

/* Looking leaves nothing behind, so its answer is this page. */
static enum err draw_look(struct req *r, const struct roster_report *rep)
{
	struct admin_run c = { 0 };
	struct item it = { .path = req_path(r, "/admin/rosters"),
			   .link = loc_str(r->loc, MSG_common_back) };
	struct page p;
	struct out o;

	for (unsigned k = RK_PERSON; k < RK_COUNT; k++) {
		c.created += rep->count[k].created;
		c.updated += rep->count[k].updated;
		c.removed += rep->count[k].removed + rep->count[k].missing;
		c.rejected += rep->count[k].rejected;
	}
	fill_run(r, &it, FILE_NAME, roster_state_name(rep->state), &c);
	if (rep->state == ROSTER_REFUSED)
		it.english = xml_code_words(rep->fault.code);
	o = admin_begin(r, &p, MSG_admin_rosters_title, "/admin/rosters");
	view_items(&o, &(struct items){ .v = &it, .n = 1 });
	page_end(&o, &p);
	return E_OK;
}

/* On a job thread: the file is parsed in a child without files or network. */
static enum err import_file(struct req *r)
{
	struct roster_report rep;
	uint8_t root[32];
	struct roster_import_opts o = {
		.tenant = r->who.tenant, .platform = r->form.v[F_PLATFORM].num, .now_ms = r->now_ms,
		.path = r->upload.p, .file_name = FILE_NAME,
		.max_bytes = r->gw->conf->roster_max_mb * MB,
		.dry_run = r->form.v[F_MODE].num == 0, .threshold = -1,
	};
	enum err err = key_file_load(r->gw->conf, false, root, &r->fault);

	if (err == E_OK)
		err = store_write(r->gw->store, note_import, r, &r->fault);
	if (err == E_OK)
		err = roster_import(r->gw->store, root, &o, &rep, NULL, &r->fault);
	explicit_bzero(root, sizeof(root));
	if (err == E_OK && (o.dry_run || rep.state == ROSTER_REFUSED))
		return draw_look(r, &rep);
	return err == E_OK ? reply_done(r, MSG_done_roster, "/admin/rosters") : err;
}

static enum err check_platform(struct db *db, void *arg)
{
	struct req *r = arg;
	struct platform p;
	enum err err = platform_get(db, &r->a, r->form.v[F_PLATFORM].num, &p);

	return err == E_OK && p.tenant != r->who.tenant ? E_MISSING : err;
}

enum err rosters_post(struct req *r)
{
	enum err err = store_read(r->gw->store, check_platform, r, &r->fault);
	return err == E_OK ? req_defer(r, import_file) : err;
}
