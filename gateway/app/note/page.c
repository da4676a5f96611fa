/* One note with its threads, and answering. Opening it is what "seen" means. */
#include <inttypes.h>

#include "base/magic.h"
#include "base/vec.h"
#include "gw/view.h"
#include "note_app.h"

struct thread_view {
	const char *title;		/* "With Rima Haddad"; NULL: the only one */
	struct entry *v;
	unsigned n;
	struct tag tag;
	bool box, may_close, closed;
	const char *pick;		/* leads to this thread's box; NULL: none */
	int64_t home, rev;
	struct field_view field;
	struct form_errors errors;
};

struct note_view {
	struct entry first;
	struct tag tag;
	const char *address, *problem, *gone, *self, *list, *edited;
	bool may_edit, quiet;		/* quiet: nobody answered yet */
	int64_t rev;
	struct thread_view *v;
	unsigned n;
};

#include "tpl/note/page.h"

struct note_read {
	struct req *r;
	struct note *v;
	struct note_word *word;
	unsigned n, n_word;
	const char *problem;
	enum err lost;
};

static enum err read_note(struct db *db, void *arg)
{
	struct note_read *m = arg;
	struct note_by by = note_by_here(m->r);
	enum err err = note_threads(db, &m->r->a, &by, m->r->obj[0].id, &m->v, &m->n);

	assert(m->r->obj[0].child > 0);
	/* What went away since the policy looked is missing. */
	if (err == E_OK && m->n == 0)
		return E_MISSING;
	return err == E_OK ? note_words(db, &m->r->a, &by, m->r->obj[0].id, &m->word, &m->n_word) :
			     err;
}

static enum err see(struct db *db, void *arg)
{
	struct req *r = arg;
	struct note_by by = note_by_here(r);

	return note_see(db, &by, r->obj[0].id);
}

/* A mark that cannot be kept keeps nobody from reading. */
static void mark_seen(struct req *r, const struct note_read *m)
{
	struct fault f = { 0 };
	bool fresh = false;

	for (unsigned i = 0; i < m->n; i++)
		fresh |= note_unread(&m->v[i], note_reader(r));
	if (fresh && !r->obj[0].read_only && r->form.def == NULL &&
	    store_write(r->gw->store, see, r, &f) != E_OK)
		fault_clear(&f);
}

static const char *or_null(const char *s)
{
	return s != NULL && s[0] != '\0' ? s : NULL;
}

static enum side side_of(enum note_side s)
{
	return s == NOTE_HOME ? SIDE_HOME : SIDE_SCHOOL;
}

static struct entry word_entry(struct req *r, const struct note_word *w)
{
	struct entry e = { .ms = w->created_at, .side = side_of(w->side),
			   .who = or_null(w->author_name), .text = w->body };

	if (w->kind == NOTE_THANKS)
		e.text = loc_str(r->loc, MSG_note_thanked);
	if (w->kind == NOTE_CLOSE)
		e.text = loc_str(r->loc, MSG_note_finished);
	return e;
}

/* Whose box is open: what was typed into, what was asked for, what waits, the first. */
static int64_t open_home(struct req *r, const struct note_read *in)
{
	if (r->form.def == &note_answer_form && r->form.v[AF_HOME].num != 0)
		return r->form.v[AF_HOME].num;
	if (r->query.def != NULL && r->query.v[QF_HOME].num != 0)
		return r->query.v[QF_HOME].num;
	for (unsigned i = 0; i < in->n; i++)
		if (note_due(&in->v[i]))
			return in->v[i].household;
	return in->v[0].household;
}

static enum err fill_words(struct req *r, const struct note_read *in, const struct note *n,
			   struct thread_view *t)
{
	const char *home = NULL;

	t->v = arena_array(&r->a, (size_t)in->n_word + 1, sizeof(*t->v));
	if (t->v == NULL)
		return E_NOMEM;
	for (unsigned i = 0; i < in->n_word; i++) {
		const struct note_word *w = &in->word[i];

		if (w->household != n->household)
			continue;
		if (w->side == NOTE_HOME && home == NULL)
			home = or_null(w->author_name);
		t->v[t->n++] = word_entry(r, w);
	}
	if (in->n > 1 && home != NULL)
		t->title = view_say(r, MSG_note_with, &(struct msg_arg){ "who", home, 0 }, 1);
	return E_OK;
}

static enum err fill_thread(struct req *r, const struct note_read *in, const struct note *n,
			    int64_t open, struct thread_view *t)
{
	enum note_side me = note_reader(r);
	bool live = n->state == NOTE_OPEN || n->state == NOTE_ANSWERED;
	/* The school waits until a family has spoken; a guardian may always answer. */
	bool may = live && !r->obj[0].read_only && (me == NOTE_HOME || n->household != 0);

	*t = (struct thread_view){
		.home = me == NOTE_SCHOOL ? n->household : 0,
		.rev = n->rev,
		.box = may && (in->n == 1 || n->household == open),
		.may_close = may && n->state == NOTE_ANSWERED,
		.closed = n->state == NOTE_CLOSED,
		.field = field_of(r, &note_answer_form, AF_BODY, MSG_note_answer_label, MSG_NONE),
	};
	if (may && !t->box)
		t->pick = req_path(r, "/note/%" PRId64 "?home=%" PRId64, n->id, n->household);
	t->field.rows = 4;
	return fill_words(r, in, n, t);
}

/* It speaks of what was said last, so it stands there. */
static void place_tag(struct req *r, const struct note_read *in, struct note_view *m)
{
	for (unsigned i = 0; i < in->n; i++) {
		struct tag tag = note_tag(r, &in->v[i]);

		if (m->v[i].n > 0)
			m->v[i].tag = tag;
		else if (in->n == 1 && m->gone == NULL)
			m->tag = tag;
	}
}

static enum err fill_note(struct req *r, const struct note_read *in, struct note_view *m)
{
	const struct note *n = &in->v[0];
	int64_t open = open_home(r, in);
	enum err err = E_OK;

	assert(in->n > 0);
	*m = (struct note_view){
		.first = { .ms = n->created_at, .side = side_of(n->side),
			   .who = or_null(n->author_name), .text = n->body },
		.address = note_address(r, n),
		.problem = in->problem,
		.gone = n->state == NOTE_TAKEN_BACK ? loc_str(r->loc, MSG_note_gone) : NULL,
		.edited = n->edited_at > 0 && n->state != NOTE_TAKEN_BACK ?
				  loc_str(r->loc, MSG_note_edited) : NULL,
		.self = req_path(r, "/note/%" PRId64, n->id),
		.list = req_path(r, "/child/%" PRId64 "/notes", n->child),
		.may_edit = note_may_edit(n, &r->who, r->now_ms) && !r->obj[0].read_only,
		.quiet = in->n_word == 0 && n->state == NOTE_OPEN,
		.v = arena_array(&r->a, in->n, sizeof(*m->v)),
	};
	if (m->v == NULL)
		return E_NOMEM;
	for (unsigned i = 0; err == E_OK && i < in->n; i++) {
		err = fill_thread(r, in, &in->v[i], open, &m->v[m->n]);
		m->v[m->n].errors = (struct form_errors){ &m->v[m->n].field, 1 };
		m->n++;
	}
	if (err == E_OK)
		place_tag(r, in, m);
	return err;
}

static enum err draw(struct req *r, const struct note_read *in)
{
	struct msg_arg who = { "who", view_name(r, in->v[0].child_name), 0 };
	struct note_view m;
	struct page p;
	struct out o;
	enum err err = fill_note(r, in, &m);

	if (err != E_OK)
		return err;
	p = note_page_of(r, view_say(r, MSG_note_title_one, &who, 1), m.address, r->obj[0].child);
	p.seen = note_seen(r, &in->v[0]);
	o = out_page(r);
	page_begin(&o, &p);
	view_note(&o, &m);
	page_end(&o, &p);
	if (in->problem != NULL)
		reply_conflict(r);
	return E_OK;
}

enum err note_page(struct req *r)
{
	struct note_read in = { .r = r };
	enum err err = store_read(r->gw->store, read_note, &in, &r->fault);

	if (err != E_OK)
		return err;
	mark_seen(r, &in);
	return draw(r, &in);
}

/* ---- answering ------------------------------------------------------------ */

struct answer_write {
	struct req *r;
	int64_t home, rev;
	enum note_kind kind;
	const char *body;
};

static enum err write_answer(struct db *db, void *arg)
{
	struct answer_write *w = arg;
	struct note_by by = note_by_here(w->r);

	return note_answer(db, &by, w->r->obj[0].id, w->home, w->rev, w->kind, w->body);
}

/* The page as it is now, with what was typed. */
static enum err answer_lost(struct req *r, enum msg why)
{
	struct note_read in = { .r = r, .problem = loc_str(r->loc, why) };
	enum err err;

	fault_clear(&r->fault);
	err = store_read(r->gw->store, read_note, &in, &r->fault);
	return err == E_OK ? draw(r, &in) : err;
}

static enum err answer(struct req *r, const struct answer_write *in, enum msg done)
{
	struct answer_write w = *in;
	enum err err = store_write(r->gw->store, write_answer, &w, &r->fault);

	if (err == E_CONFLICT)
		return answer_lost(r, MSG_note_conflict);
	if (err == E_LIMIT)
		return answer_lost(r, MSG_note_thread_full);
	return err == E_OK ? reply_done(r, done, "/note/%" PRId64, r->obj[0].id) : err;
}

enum err note_answer_post(struct req *r)
{
	const struct form_val *f = r->form.v;
	bool thanks = f[AF_DO].num == DO_THANK;
	struct answer_write w = { .r = r, .home = f[AF_HOME].num, .rev = f[AF_REV].num,
				  .kind = thanks ? NOTE_THANKS : NOTE_TEXT,
				  .body = thanks ? "" : f[AF_BODY].text };

	assert(r->form.def == &note_answer_form && r->form.bad == 0);
	assert(r->obj[0].kind == OBJ_NOTE);
	if (!thanks && f[AF_BODY].text[0] == '\0') {
		form_mark(&r->form, AF_BODY, FORM_MISSING);
		return note_page(r);
	}
	/* Words that were typed are not thrown away by the quick answer. */
	if (thanks && f[AF_BODY].text[0] != '\0') {
		w.kind = NOTE_TEXT;
		w.body = f[AF_BODY].text;
	}
	return answer(r, &w, MSG_done_note_answered);
}

enum err note_close_post(struct req *r)
{
	struct answer_write w = { .r = r, .home = r->form.v[CF_HOME].num,
				  .rev = r->form.v[CF_REV].num, .kind = NOTE_CLOSE, .body = "" };

	assert(r->obj[0].kind == OBJ_NOTE);
	return answer(r, &w, MSG_done_note_closed);
}
