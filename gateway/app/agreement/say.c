/* What an older student says about an agreement, and taking it back. */
#include <inttypes.h>

#include "agreement_app.h"
#include "base/magic.h"
#include "base/vec.h"
#include "gw/session.h"
#include "gw/view.h"
#include "store/people.h"

static enum err read_older(struct db *db, struct req *r, bool *out)
{
	*out = false;
	if (r->who.door != DOOR_STUDENT)
		return E_OK;
	return student_is_older(db, r->who.tenant, r->who.person, agreement_today(r),
				r->s->context_phase, out);
}

enum err agreement_said_read(struct db *db, struct req *r, struct said_read *out)
{
	struct agreement_by by = agreement_by_here(r);
	enum err err = agreement_comments(db, &r->a, &by, r->obj[0].id, &out->v, &out->n);

	return err == E_OK ? read_older(db, r, &out->older) : err;
}

static void fill_form(struct req *r, struct said_view *m)
{
	m->words = field_of(r, &agreement_say_form, SF_WORDS, MSG_agreement_say_label,
			    MSG_agreement_say_help);
	m->words.rows = 3;
	m->errors = (struct form_errors){ &m->words, 1 };
}

enum err agreement_said_fill(struct req *r, const struct agreement_copy *g,
			     const struct said_read *in, struct said_view *m)
{
	struct said_entry *v = arena_array(&r->a, (size_t)in->n + 1, sizeof(*v));
	struct msg_arg who = { "who", view_name(r, g->child_name), 0 };
	bool student = r->who.door == DOOR_STUDENT;

	if (v == NULL)
		return E_NOMEM;
	*m = (struct said_view){
		.title = student ? loc_str(r->loc, MSG_agreement_say_title) :
				   view_say(r, MSG_agreement_said_title, &who, 1),
		.self = req_path(r, "/agreement/%" PRId64, g->id),
		.v = v,
		.may = in->older && !r->obj[0].read_only && g->held.version > 0 &&
		       g->state != AGREEMENT_ENDED,
	};
	for (unsigned i = 0; i < in->n; i++) {
		const struct agreement_comment *k = &in->v[i];

		v[m->n++] = (struct said_entry){
			.e = { .ms = k->at, .side = SIDE_NONE, .who = k->author_name,
			       .text = k->body },
			.undo = k->may_undo && !r->obj[0].read_only ? k->id : 0 };
	}
	if (m->may)
		fill_form(r, m);
	m->none = m->n == 0 && !m->may;
	return E_OK;
}

static enum err write_seen(struct db *db, void *arg)
{
	struct req *r = arg;
	struct agreement_by by = agreement_by_here(r);

	return agreement_comments_seen(db, &by, r->obj[0].id);
}

/* A mark that cannot be kept keeps nobody from reading. */
void agreement_said_seen(struct req *r, const struct agreement_copy *g)
{
	struct fault f = { 0 };
	int64_t fresh = r->who.door == DOOR_FAMILY ? g->said_home :
			r->who.door == DOOR_CLASS ? g->said_school : 0;

	if (fresh > 0 && !r->obj[0].read_only &&
	    store_write(r->gw->store, write_seen, r, &f) != E_OK)
		fault_clear(&f);
}

/* ---- saying it ------------------------------------------------------------ */

struct say {
	struct req *r;
	bool older;
};

static enum err ask_older(struct db *db, void *arg)
{
	struct say *s = arg;

	return read_older(db, s->r, &s->older);
}

static enum err write_words(struct db *db, void *arg)
{
	struct say *s = arg;
	struct req *r = s->r;
	struct agreement_by by = agreement_by_here(r);
	enum err err = ask_older(db, s);

	if (err == E_OK && !s->older)
		return E_DENIED;
	return err == E_OK ? agreement_comment_add(db, &by, r->obj[0].id,
						   r->form.v[SF_WORDS].text) : err;
}

/* A younger child reads; the form is not theirs, whatever is in it. */
enum err agreement_say_again(struct req *r)
{
	struct say s = { .r = r };
	enum err err = store_read(r->gw->store, ask_older, &s, &r->fault);

	if (err != E_OK)
		return err;
	return s.older ? agreement_page(r) : reply_refuse(r, REFUSE_NOT_YOURS);
}

enum err agreement_say_post(struct req *r)
{
	struct say s = { .r = r };
	enum err err = store_write(r->gw->store, write_words, &s, &r->fault);

	if (err == E_CONFLICT)
		return agreement_page_but(r, MSG_agreement_conflict);
	if (err == E_LIMIT)
		return agreement_page_but(r, MSG_agreement_say_full);
	return err == E_OK ? reply_done(r, MSG_done_agreement_said, "/agreement/%" PRId64,
					r->obj[0].id) : err;
}

static enum err write_undo(struct db *db, void *arg)
{
	struct req *r = arg;
	struct agreement_by by = agreement_by_here(r);

	return agreement_comment_undo(db, &by, r->obj[0].id, r->form.v[UF_COMMENT].num);
}

enum err agreement_unsay_post(struct req *r)
{
	enum err err = store_write(r->gw->store, write_undo, r, &r->fault);

	if (err == E_CONFLICT)
		return agreement_page_but(r, MSG_agreement_unsay_late);
	return err == E_OK ? reply_done(r, MSG_done_agreement_unsaid, "/agreement/%" PRId64,
					r->obj[0].id) : err;
}
