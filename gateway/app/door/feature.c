/*
 * The hall of the house: which room a session opens into, choosing between two
 * doors, the kind pages for people we cannot place yet, language, and leaving.
 */
#include "base/magic.h"
#include "gw/fields.h"
#include "gw/pieces.h"
#include "gw/route.h"
#include "gw/session.h"
#include "gw/view.h"
#include "store/audit.h"
#include "store/deeplink.h"
#include "store/grant.h"
#include "store/links.h"

#define INVITE_MAX 64

struct door_row {
	const char *action;
	enum msg title, text, button;
	int door;
};

struct door_page {
	struct door_row v[4];
	unsigned n;
};

struct language_row {
	const char *tag, *name;
	bool here;
};

struct language_page {
	const char *action;
	const struct language_row *v;
	unsigned n;
};

struct text_page {
	enum msg text, todo;
	const char *action;		/* invite form; NULL: none */
	struct field_view field;
	struct form_errors errors;
};

#include "tpl/door/pages.h"

static const char *room_path(enum door d)
{
	switch (d) {
	case DOOR_CLASS:
		return "/today";
	case DOOR_FAMILY:
		return "/home";
	case DOOR_STUDENT:
		return "/me";
	case DOOR_ADMIN:
		return "/admin";
	case DOOR_PICKER:
		return "/doors";
	case DOOR_WAITING:
		return "/waiting";
	default:
		return "/hello";
	}
}

/* The family's room holds nobody but the reader, whose rights have passed to them. */
struct own {
	struct req *r;
	bool only;
	int64_t child;		/* the one child there is, or 0 */
};

static enum err read_own(struct db *db, void *arg)
{
	struct own *m = arg;
	struct req *r = m->r;
	struct family_child *v = NULL;
	unsigned n = 0;
	enum err err = family_children(db, &r->a, r->who.tenant, r->who.person, r->now_ms, &v, &n);

	m->only = err == E_OK && n == 1 && v[0].own;
	m->child = err == E_OK && n == 1 ? v[0].child : 0;
	return err;
}

/* ---- the first page: the room's, or the one that a link in the course names ---- */

enum { Q_START };

static const struct field start_fields[] = {
	[Q_START] = { .name = START_PARAM, .type = F_CHOICE, .choices = start_words },
};
static const struct form_def start_query = { start_fields, ARRAY_LEN(start_fields) };

/* "My child's plan": the launcher's own child, or the choice between several. */
static enum err own_plan(struct req *r)
{
	struct own own = { .r = r };
	enum err err = store_read(r->gw->store, read_own, &own, &r->fault);

	if (err != E_OK)
		return err;
	return own.child != 0 ? reply_see(r, "/child/%lld", (long long)own.child) :
				reply_see(r, "%s", room_path(r->who.door));
}

static enum err home(struct req *r)
{
	const struct form_val *v = &r->query.v[Q_START];
	enum door d = r->who.door;

	if (!v->present || (d != DOOR_CLASS && d != DOOR_FAMILY))
		return reply_see(r, "%s", room_path(d));
	switch ((enum start)v->num) {
	case START_CONFERENCES:
		return reply_see(r, "/conferences");
	case START_CLASS:
		return reply_see(r, "%s", d == DOOR_CLASS ? "/class" : room_path(d));
	case START_PLAN:
		return d == DOOR_CLASS ? reply_see(r, "/class") : own_plan(r);
	default:
		return reply_see(r, "%s", room_path(d));
	}
}

static enum err doors_page(struct req *r)
{
	static const struct door_row rows[] = {
		{ NULL, MSG_door_class, MSG_door_class_text, MSG_door_class_go, DOOR_CLASS },
		{ NULL, MSG_door_family, MSG_door_family_text, MSG_door_family_go, DOOR_FAMILY },
		{ NULL, MSG_door_student, MSG_door_student_text, MSG_door_student_go, DOOR_STUDENT },
		{ NULL, MSG_door_admin, MSG_door_admin_text, MSG_door_admin_go, DOOR_ADMIN },
	};
	struct page p = { .title = loc_str(r->loc, MSG_door_title), .room = "picker" };
	struct door_page m = { .n = 0 };
	struct own own = { .r = r };
	enum err err = store_read(r->gw->store, read_own, &own, &r->fault);
	struct out o;

	if (err != E_OK)
		return err;
	for (unsigned i = 0; i < ARRAY_LEN(rows); i++) {
		if (!(r->s->doors & 1u << rows[i].door))
			continue;
		assert(m.n < ARRAY_LEN(m.v));
		m.v[m.n] = rows[i];
		if (rows[i].door == DOOR_FAMILY && own.only)
			m.v[m.n] = (struct door_row){ NULL, MSG_door_own, MSG_door_own_text,
						      MSG_door_own_go, DOOR_FAMILY };
		m.v[m.n++].action = req_path(r, "/doors");
	}
	if (m.n == 0)
		return reply_see(r, "/hello");
	o = out_page(r);
	page_begin(&o, &p);
	view_doors(&o, &m);
	page_end(&o, &p);
	return E_OK;
}

enum { F_DOOR };

static const struct field door_fields[] = {
	[F_DOOR] = { .name = "door", .type = F_INT, .required = true, .min = 1, .max = 7 },
};
static const struct form_def door_form = { door_fields, ARRAY_LEN(door_fields) };

static enum err set_door(struct db *db, void *arg)
{
	struct req *r = arg;
	enum door d = (enum door)r->form.v[F_DOOR].num;
	enum err err = session_set_door(db, r->s->tenant, r->s->hash, d);

	if (err == E_OK)
		err = audit_by(db, &r->who, r->now_ms, "session.door", 0, d);
	return err;
}

static enum err choose_door(struct req *r)
{
	enum door d = (enum door)r->form.v[F_DOOR].num;
	enum err err;

	assert(r->s != NULL && r->form.def == &door_form);
	if (!(r->s->doors & 1u << d))
		return E_MISSING;
	err = store_write(r->gw->store, set_door, r, &r->fault);
	return err == E_OK ? reply_see(r, "%s", room_path(d)) : err;
}

/* ---- people we cannot place yet ---- */

static enum err text_page(struct req *r, const char *room, enum msg title, struct text_page *m)
{
	struct page p = { .title = loc_str(r->loc, title), .room = room };
	struct out o = out_page(r);

	page_begin(&o, &p);
	view_text_page(&o, m);
	page_end(&o, &p);
	return E_OK;
}

static enum err hello(struct req *r)
{
	struct text_page m = { .text = MSG_door_stranger_text, .todo = MSG_door_stranger_do };

	return text_page(r, "stranger", MSG_door_stranger_title, &m);
}

/* A submission review about somebody this teacher's class does not hold. */
static enum err review(struct req *r)
{
	struct text_page m = { .text = MSG_deeplink_review_text, .todo = MSG_deeplink_review_do };

	return text_page(r, "class", MSG_deeplink_review, &m);
}

enum { F_CODE };

static const struct field invite_fields[] = {
	[F_CODE] = { .name = "code", .type = F_LINE, .required = true, .min = 1, .max = INVITE_MAX },
};
static const struct form_def invite_form = { invite_fields, ARRAY_LEN(invite_fields) };

static enum err waiting(struct req *r)
{
	bool admin = (r->s->flags & SESSION_ADMIN_CLAIM) != 0;
	struct text_page m = {
		.text = admin ? MSG_door_admin_wait_text : MSG_door_waiting_text,
		.todo = admin ? MSG_door_admin_wait_do : MSG_door_waiting_do,
		.action = admin ? req_path(r, "/invite") : NULL,
		.field = { .def = &invite_fields[F_CODE],
			   .val = r->form.def == &invite_form ? &r->form.v[F_CODE] : NULL,
			   .label = loc_str(r->loc, MSG_door_invite_label),
			   .help = loc_str(r->loc, MSG_door_invite_help),
			   .error = loc_str(r->loc, MSG_door_invite_wrong) },
	};

	m.errors = (struct form_errors){ &m.field, 1 };
	return text_page(r, "waiting", admin ? MSG_door_admin_wait_title : MSG_door_waiting_title, &m);
}

static enum err redeem(struct db *db, void *arg)
{
	struct req *r = arg;
	enum err err = invite_redeem(db, r->who.tenant, r->form.v[F_CODE].text, r->who.person,
				     r->now_ms);

	if (err == E_OK)
		err = session_set_doors(db, r->s->tenant, r->s->hash,
					r->s->doors | 1u << DOOR_ADMIN, DOOR_ADMIN);
	if (err == E_OK)
		err = audit_by(db, &r->who, r->now_ms, "admin.accept", 0, 0);
	return err;
}

static enum err invite(struct req *r)
{
	enum err err;

	assert(r->s != NULL && r->form.def == &invite_form);
	if (!(r->s->flags & SESSION_ADMIN_CLAIM))
		return E_MISSING;
	/* Who may not write in a class may still open the office. */
	if (r->s->flags & SESSION_READ_ONLY)
		return reply_refuse(r, REFUSE_READ_ONLY);
	err = store_write(r->gw->store, redeem, r, &r->fault);
	if (err == E_MISSING) {
		form_mark(&r->form, F_CODE, FORM_CLASH);
		return waiting(r);
	}
	return err == E_OK ? reply_done(r, MSG_done_admin_accepted, "/admin") : err;
}

/* ---- language and leaving ---- */

static enum err language_page(struct req *r)
{
	struct page p = { .title = loc_str(r->loc, MSG_door_language_title), .active = "/language" };
	const struct loc *const *all = loc_all();
	struct language_row *v = arena_array(&r->a, 64, sizeof(*v));
	struct language_page m = { .action = req_path(r, "/language"), .v = v };
	struct out o;

	if (v == NULL)
		return E_NOMEM;
	for (; all[m.n] != NULL && m.n < 64; m.n++)
		v[m.n] = (struct language_row){ loc_tag(all[m.n]), loc_own_name(all[m.n]),
						all[m.n] == r->loc };
	o = out_page(r);
	page_begin(&o, &p);
	view_languages(&o, &m);
	page_end(&o, &p);
	return E_OK;
}

enum { F_TAG };

static const struct field language_fields[] = {
	[F_TAG] = { .name = "tag", .type = F_LINE, .required = true, .min = 2, .max = 20 },
};
static const struct form_def language_form = { language_fields, ARRAY_LEN(language_fields) };

static enum err set_language(struct db *db, void *arg)
{
	struct req *r = arg;

	assert(r->form.def == &language_form);
	return session_set_locale(db, r->s, loc_tag(loc_find(r->form.v[F_TAG].text)));
}

static enum err choose_language(struct req *r)
{
	enum err err = store_write(r->gw->store, set_language, r, &r->fault);

	return err == E_OK ? reply_done(r, MSG_done_language, "%s", room_path(r->who.door)) : err;
}

static enum err leave_page(struct req *r)
{
	struct confirm m = { .text = loc_str(r->loc, MSG_door_leave_text),
			     .action = req_path(r, "/leave"),
			     .button = loc_str(r->loc, MSG_door_leave_go),
			     .back = req_path(r, "%s", room_path(r->who.door)) };
	struct page p = { .title = loc_str(r->loc, MSG_door_leave_title), .active = "/leave" };
	struct out o = out_page(r);

	page_begin(&o, &p);
	view_confirm(&o, &m);
	page_end(&o, &p);
	return E_OK;
}

static const struct form_def empty_form = { NULL, 0 };

static enum err end_session(struct db *db, void *arg)
{
	struct req *r = arg;
	enum err err = session_end(db, r->s->tenant, r->s->hash);

	assert(r->s->tag != NULL);
	if (err == E_OK)
		err = audit_by(db, &r->who, r->now_ms, "session.leave", 0, 0);
	return err;
}

static enum err leave(struct req *r)
{
	enum err err = store_write(r->gw->store, end_session, r, &r->fault);

	if (err != E_OK)
		return err;
	reply_cookie(r, arena_printf(&r->a, SESSION_COOKIE "%s", r->s->tag), "", 0);
	return reply_redirect(r, 303, "/goodbye");
}

static enum err goodbye(struct req *r)
{
	struct text_page m = { .text = MSG_door_goodbye_text, .todo = MSG_door_goodbye_do };

	return text_page(r, NULL, MSG_door_goodbye_title, &m);
}

static const struct route routes[] = {
	{ METHOD_GET, "/", home, POLICY_any_page, NULL, &start_query, 0, NULL },
	{ METHOD_GET, "/review", review, POLICY_teacher_page, NULL, NULL, 0, NULL },
	{ METHOD_GET, "/doors", doors_page, POLICY_any_page, NULL, NULL, 0, NULL },
	{ METHOD_POST, "/doors", choose_door, POLICY_any_door, &door_form, NULL, 0, doors_page },
	{ METHOD_GET, "/hello", hello, POLICY_unsettled_page, NULL, NULL, 0, NULL },
	{ METHOD_GET, "/waiting", waiting, POLICY_any_page, NULL, NULL, 0, NULL },
	{ METHOD_POST, "/invite", invite, POLICY_any_write, &invite_form, NULL, 0, waiting },
	{ METHOD_GET, "/language", language_page, POLICY_any_page, NULL, NULL, 0, NULL },
	{ METHOD_POST, "/language", choose_language, POLICY_any_door, &language_form, NULL, 0,
	  language_page },
	{ METHOD_GET, "/leave", leave_page, POLICY_any_page, NULL, NULL, 0, NULL },
	{ METHOD_POST, "/leave", leave, POLICY_any_door, &empty_form, NULL, 0, leave_page },
	{ METHOD_GET, "/goodbye", goodbye, POLICY_public_page, NULL, NULL, ROUTE_TOP | ROUTE_FRAMED,
	  NULL },
	{ 0 },
};

const struct feature door_feature = { .name = "door", .routes = routes };
