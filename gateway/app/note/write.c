/* Writing a note, changing it while it is fresh, taking it back. */
#include <inttypes.h>

#include "base/magic.h"
#include "base/vec.h"
#include "gw/session.h"
#include "gw/view.h"
#include "note_app.h"
#include "store/people.h"

struct back_view {
	const char *action, *back, *problem;
	struct entry first;
	int64_t rev;
};

#include "tpl/note/write.h"

/* ---- a new note ----------------------------------------------------------- */

struct new_read {
	struct req *r;
	const char *child;
	struct note_to *to;
	unsigned n;
	const char *problem;
};

static enum err read_new(struct db *db, void *arg)
{
	struct new_read *m = arg;
	struct req *r = m->r;
	enum err err = person_name(db, &r->a, r->who.tenant, r->obj[0].child, &m->child);

	m->n = 0;
	if (err == E_OK && note_reader(r) == NOTE_HOME)
		err = note_recipients(db, &r->a, r->who.tenant, r->obj[0].child, r->now_ms, &m->to,
				      &m->n);
	return err;
}

/* A teacher is chosen by the person's id, a team by its class's. */
static int64_t to_id(const struct note_to *to)
{
	assert(to->context > 0);
	return to->staff != 0 ? to->staff : to->context;
}

/* Who teaches a child in two courses, or a course on two platforms, is one choice. */
static bool offered(const struct option *v, unsigned n)
{
	for (unsigned i = 0; v[n].text != NULL && i < n; i++)
		if (v[i].id == v[n].id || str_eq(v[i].text, v[n].text))
			return true;
	return false;
}

static enum err fill_to(struct req *r, const struct new_read *in, struct field_view *f)
{
	struct option *v = arena_array(&r->a, (size_t)in->n + 1, sizeof(*v));
	unsigned n = 0;

	assert(note_reader(r) == NOTE_HOME);
	if (v == NULL)
		return E_NOMEM;
	for (unsigned i = 0; i < in->n; i++) {
		struct msg_arg arg[] = { { "class", in->to[i].class_title, 0 },
					 { "who", in->to[i].staff_name, 0 } };

		v[n].id = to_id(&in->to[i]);
		v[n].text = in->to[i].staff != 0 ? view_say(r, MSG_note_option_one, arg, 2) :
						   view_say(r, MSG_note_option_team, arg, 1);
		n += !offered(v, n);
	}
	*f = field_of(r, &note_new_form, NF_TO, MSG_note_to, MSG_NONE);
	f->option = v;
	f->n_option = n;
	f->start_num = n > 0 ? v[0].id : 0;
	f->has_start_num = n > 0;
	f->error = loc_str(r->loc, MSG_note_to_gone);
	return E_OK;
}

static struct field_view body_field(struct req *r, const struct form_def *def, unsigned i)
{
	struct field_view f = field_of(r, def, i, MSG_note_body, MSG_note_body_help);

	f.rows = 6;
	return f;
}

/* Who reads it, and the note. */
static enum err fill_new(struct req *r, const struct new_read *in, struct field_view f[2])
{
	const char *phase = r->s->context_phase;

	f[1] = body_field(r, &note_new_form, NF_BODY);
	if (note_reader(r) == NOTE_HOME)
		return fill_to(r, in, &f[0]);
	f[0] = field_of(r, &note_new_form, NF_ALONE, MSG_note_alone, MSG_note_alone_help);
	f[0].start_num = phase != NULL && str_eq(phase, "secondary");
	f[0].has_start_num = true;
	return E_OK;
}

static enum err draw_new(struct req *r, const struct new_read *in)
{
	struct msg_arg who = { "who", view_name(r, in->child), 0 };
	bool home = note_reader(r) == NOTE_HOME;
	struct button send = { .text = loc_str(r->loc, MSG_note_send), .first = true };
	struct field_view field[2];
	struct ask m = {
		.problem = in->problem,
		.none = home && in->n == 0 ? loc_str(r->loc, MSG_note_no_staff) : NULL,
		.action = req_path(r, "/child/%" PRId64 "/notes/new", r->obj[0].child),
		.back = req_path(r, "/child/%" PRId64 "/notes", r->obj[0].child),
		.fields = { field, ARRAY_LEN(field) },
		.send = { &send, 1 },
	};
	struct page p;
	struct out o;
	enum err err = fill_new(r, in, field);

	if (err != E_OK)
		return err;
	p = note_page_of(r, view_say(r, MSG_note_title_new, &who, 1),
			 loc_str(r->loc, home ? MSG_note_new_home : MSG_note_new_school),
			 r->obj[0].child);
	p.seen = home ? loc_str(r->loc, MSG_note_seen_new_home) :
			view_say(r, MSG_note_seen_new_school,
				 &(struct msg_arg){ "class", msg_text(r->s->context_title), 0 }, 1);
	o = out_page(r);
	page_begin(&o, &p);
	view_ask(&o, &m);
	page_end(&o, &p);
	return E_OK;
}

static enum err new_again(struct req *r, const char *problem)
{
	struct new_read in = { .r = r, .problem = problem };
	enum err err;

	fault_clear(&r->fault);
	err = store_read(r->gw->store, read_new, &in, &r->fault);
	return err == E_OK ? draw_new(r, &in) : err;
}

enum err note_new_page(struct req *r)
{
	assert(r->obj[0].kind == OBJ_CHILD);
	return new_again(r, NULL);
}

struct new_write {
	struct req *r;
	int64_t id;
};

static enum err write_new(struct db *db, void *arg)
{
	struct new_write *w = arg;
	struct req *r = w->r;
	const struct form_val *f = r->form.v;
	struct new_read in = { .r = r };
	struct note_by by = note_by_here(r);
	struct note_to to = { .context = 0 };
	enum err err = read_new(db, &in);

	for (unsigned i = 0; i < in.n && to.context == 0; i++)
		if (to_id(&in.to[i]) == f[NF_TO].num)
			to = in.to[i];
	if (err == E_OK && note_reader(r) == NOTE_HOME && to.context == 0)
		err = E_INPUT;
	return err == E_OK ? note_write(db, &by, &to, f[NF_ALONE].num == 1, f[NF_BODY].text, &w->id) :
			     err;
}

enum err note_new_post(struct req *r)
{
	struct new_write w = { .r = r };
	enum err err = store_write(r->gw->store, write_new, &w, &r->fault);

	if (err == E_INPUT) {
		form_mark(&r->form, NF_TO, FORM_CLASH);
		return new_again(r, NULL);
	}
	if (err == E_LIMIT) {
		err = new_again(r, loc_str(r->loc, MSG_note_limit));
		if (err == E_OK)
			reply_conflict(r);
		return err;
	}
	return err == E_OK ? reply_done(r, MSG_done_note_sent, "/note/%" PRId64, w.id) : err;
}

/* ---- while it is fresh ---------------------------------------------------- */

struct fresh_read {
	struct req *r;
	struct note *v;
	unsigned n;
	const char *problem;
};

static enum err read_fresh(struct db *db, void *arg)
{
	struct fresh_read *m = arg;
	struct note_by by = note_by_here(m->r);
	enum err err = note_threads(db, &m->r->a, &by, m->r->obj[0].id, &m->v, &m->n);

	assert(m->r->obj[0].kind == OBJ_NOTE);
	return err == E_OK && m->n == 0 ? E_MISSING : err;
}

static enum err draw_edit(struct req *r, const struct fresh_read *in)
{
	const struct note *n = &in->v[0];
	struct msg_arg who = { "who", view_name(r, n->child_name), 0 };
	struct button send = { .text = loc_str(r->loc, MSG_common_save), .first = true };
	struct field_view body = body_field(r, &note_edit_form, EF_BODY);
	struct ask m = {
		.problem = in->problem,
		.action = req_path(r, "/note/%" PRId64 "/edit", n->id),
		.back = req_path(r, "/note/%" PRId64, n->id),
		.rev = n->rev,
		.fields = { &body, 1 },
		.send = { &send, 1 },
	};
	struct page p = note_page_of(r, view_say(r, MSG_note_title_one, &who, 1),
				     loc_str(r->loc, MSG_note_edit_while), n->child);
	struct out o = out_page(r);

	assert(in->n > 0 && in->v[0].id == r->obj[0].id);
	p.seen = note_seen(r, n);
	body.start = n->body;
	page_begin(&o, &p);
	view_ask(&o, &m);
	page_end(&o, &p);
	if (in->problem != NULL)
		reply_conflict(r);
	return E_OK;
}

enum err note_edit_page(struct req *r)
{
	struct fresh_read in = { .r = r };
	enum err err = store_read(r->gw->store, read_fresh, &in, &r->fault);

	if (err != E_OK)
		return err;
	if (r->form.def == NULL && !note_may_edit(&in.v[0], &r->who, r->now_ms))
		return reply_see(r, "/note/%" PRId64, r->obj[0].id);
	return draw_edit(r, &in);
}

static enum err write_edit(struct db *db, void *arg)
{
	struct req *r = arg;
	struct note_by by = note_by_here(r);

	return note_edit(db, &by, r->obj[0].id, r->form.v[EF_REV].num, r->form.v[EF_BODY].text);
}

enum err note_edit_post(struct req *r)
{
	struct fresh_read in = { .r = r, .problem = loc_str(r->loc, MSG_note_too_late) };
	enum err err = store_write(r->gw->store, write_edit, r, &r->fault);

	if (err == E_OK)
		return reply_done(r, MSG_done_note_changed, "/note/%" PRId64, r->obj[0].id);
	if (err != E_CONFLICT)
		return err;
	fault_clear(&r->fault);
	err = store_read(r->gw->store, read_fresh, &in, &r->fault);
	return err == E_OK ? draw_edit(r, &in) : err;
}

/* ---- taking it back ------------------------------------------------------- */

static enum err draw_back(struct req *r, const struct fresh_read *in)
{
	const struct note *n = &in->v[0];
	struct back_view m = {
		.action = req_path(r, "/note/%" PRId64 "/back", n->id),
		.back = req_path(r, "/note/%" PRId64, n->id),
		.problem = in->problem,
		.first = { .ms = n->created_at,
			   .side = n->side == NOTE_HOME ? SIDE_HOME : SIDE_SCHOOL,
			   .who = n->author_name, .text = n->body },
		.rev = n->rev,
	};
	struct page p = note_page_of(r, loc_str(r->loc, MSG_note_back_title), NULL, n->child);
	struct out o = out_page(r);

	assert(in->n > 0 && in->v[0].id == r->obj[0].id);
	p.seen = note_seen(r, n);
	page_begin(&o, &p);
	view_take_back(&o, &m);
	page_end(&o, &p);
	if (in->problem != NULL)
		reply_conflict(r);
	return E_OK;
}

enum err note_back_page(struct req *r)
{
	struct fresh_read in = { .r = r };
	enum err err = store_read(r->gw->store, read_fresh, &in, &r->fault);

	if (err != E_OK)
		return err;
	if (!note_may_edit(&in.v[0], &r->who, r->now_ms))
		return reply_see(r, "/note/%" PRId64, r->obj[0].id);
	return draw_back(r, &in);
}

static enum err write_back(struct db *db, void *arg)
{
	struct req *r = arg;
	struct note_by by = note_by_here(r);

	return note_take_back(db, &by, r->obj[0].id, r->form.v[CF_REV].num);
}

enum err note_back_post(struct req *r)
{
	struct fresh_read in = { .r = r, .problem = loc_str(r->loc, MSG_note_too_late) };
	enum err err = store_write(r->gw->store, write_back, r, &r->fault);

	if (err == E_OK)
		return reply_done(r, MSG_done_note_back, "/note/%" PRId64, r->obj[0].id);
	if (err != E_CONFLICT)
		return err;
	fault_clear(&r->fault);
	err = store_read(r->gw->store, read_fresh, &in, &r->fault);
	return err == E_OK ? draw_back(r, &in) : err;
}
