/* Today: what needs the teacher, and how much of the class is in touch. */
#include <inttypes.h>

#include "base/magic.h"
#include "class.h"
#include "gw/pictures.h"
#include "gw/pieces.h"
#include "gw/session.h"
#include "gw/view.h"

struct today_page {
	struct need_list needs;
	bool held, nowhere;
	const char *class_path;
	const char *invite;		/* for an administrator of the LMS; else NULL */
};

struct more_page {
	const char *sort;		/* NULL: not for who only reads */
	const char *language, *leave;
};

#include "tpl/class/today.h"

enum err class_today(struct req *r)
{
	struct today_page m = { .held = r->who.held, .nowhere = r->who.context == 0,
				.class_path = req_path(r, "/class"),
				.invite = r->s->flags & SESSION_ADMIN_CLAIM ?
						  req_path(r, "/waiting") : NULL };
	struct page p = { .room = "class", .heading = r->s->context_title, .active = "/today" };
	enum err err = m.held || m.nowhere ? E_OK : needs_gather(r, &m.needs);
	struct out o;

	assert(r->who.door == DOOR_CLASS);
	if (err != E_OK)
		return err;
	p.title = m.held || m.nowhere || m.needs.n == 0 ?
			  loc_str(r->loc, MSG_class_today_title) :
			  view_say(r, MSG_class_today_needs, &(struct msg_arg){ "n", NULL, m.needs.n }, 1);
	o = out_page(r);
	page_begin(&o, &p);
	view_today(&o, &m);
	page_end(&o, &p);
	return E_OK;
}

enum err class_more(struct req *r)
{
	struct more_page m = { .sort = r->who.read_only ? NULL : req_path(r, "/sort"),
			       .language = req_path(r, "/language"),
			       .leave = req_path(r, "/leave") };
	struct page p = { .title = loc_str(r->loc, MSG_class_more_title), .room = "class",
			  .heading = r->s->context_title, .active = "/more" };
	struct out o = out_page(r);

	assert(r->who.door == DOOR_CLASS);
	page_begin(&o, &p);
	view_more(&o, &m);
	page_end(&o, &p);
	return E_OK;
}
