/*
 * The frame around every page: header with the room's name and its links, what
 * was just done, banners, footer.
 *
 * A link stands in the header once the feature behind it exists and the reader may
 * open it: the list below is asked against the routes of features.def.
 */
#include "frame.h"

#include <pthread.h>
#include <string.h>

#include "base/day.h"
#include "base/str.h"
#include "gw/auth.h"
#include "gw/conf.h"
#include "gw/route.h"
#include "store/session.h"
#include "tpl/view/page.h"

/* At most five a room (docs/look.md), in this order. */
static const struct room_link {
	enum door door;
	enum msg word;
	const char *path;
} room_links[] = {
	{ DOOR_CLASS, MSG_page_today, "/today" },
	{ DOOR_CLASS, MSG_page_class, "/class" },
	{ DOOR_CLASS, MSG_page_notes, "/notes" },
	{ DOOR_CLASS, MSG_page_conferences, "/conferences" },
	{ DOOR_CLASS, MSG_page_more, "/more" },
	{ DOOR_FAMILY, MSG_page_home, "/home" },
	{ DOOR_FAMILY, MSG_page_conferences, "/conferences" },
	{ DOOR_FAMILY, MSG_page_messages, "/messages" },
	{ DOOR_FAMILY, MSG_page_language, "/language" },
	{ DOOR_FAMILY, MSG_page_leave, "/leave" },
	{ DOOR_STUDENT, MSG_page_my_goals, "/me" },
	{ DOOR_STUDENT, MSG_page_checkin, "/checkin" },
	{ DOOR_STUDENT, MSG_page_talk, "/talk" },
	{ DOOR_STUDENT, MSG_page_circle, "/circle" },
	{ DOOR_STUDENT, MSG_page_leave, "/leave" },
	{ DOOR_ADMIN, MSG_page_overview, "/admin" },
	{ DOOR_ADMIN, MSG_page_platforms, "/admin/platforms" },
	{ DOOR_ADMIN, MSG_page_schools, "/admin/schools" },
	{ DOOR_ADMIN, MSG_page_people, "/admin/people" },
	{ DOOR_ADMIN, MSG_page_rosters, "/admin/rosters" },
};
#define N_ROOM_LINKS (sizeof(room_links) / sizeof(room_links[0]))

/* In the footer of every session page, unless the header has them. */
static const struct room_link all_rooms[] = {
	{ DOOR_NONE, MSG_page_language, "/language" },
	{ DOOR_NONE, MSG_page_leave, "/leave" },
};
#define N_ALL_ROOMS (sizeof(all_rooms) / sizeof(all_rooms[0]))

/* Who may follow each link, WHO_ bits; 0: no such page. */
static unsigned open_to[N_ROOM_LINKS], open_to_all[N_ALL_ROOMS];
static pthread_once_t once = PTHREAD_ONCE_INIT;

static unsigned who_opens(const char *path)
{
	for (const struct feature *const *f = all_features; *f != NULL; f++)
		for (const struct route *r = (*f)->routes; r != NULL && r->path != NULL; r++)
			if (r->method == METHOD_GET && (r->flags & ROUTE_TOP) == 0 &&
			    str_eq(r->path, path))
				return route_policy_who(r->policy);
	return 0;
}

static void look_up(void)
{
	for (size_t i = 0; i < N_ROOM_LINKS; i++)
		open_to[i] = who_opens(room_links[i].path);
	for (size_t i = 0; i < N_ALL_ROOMS; i++)
		open_to_all[i] = who_opens(all_rooms[i].path);
}

static void add_link(struct links *l, struct req *r, const struct room_link *from,
		     const char *active)
{
	assert(l->n < LINKS_MAX);
	l->v[l->n++] = (struct link){
		.path = req_path(r, "%s", from->path), .word = from->word,
		.here = str_eq(active, from->path),
	};
}

static bool has_word(const struct links *l, enum msg word)
{
	for (unsigned i = 0; i < l->n; i++)
		if (l->v[i].word == word)
			return true;
	return false;
}

/* Staff, the family and the child each read of themselves. */
static void seen_part(struct frame *f, const struct req *r)
{
	enum door door = r != NULL ? r->who.door : DOOR_NONE;
	bool alone;

	/* An adult student in the family's room reads of themselves, too. */
	if (door == DOOR_FAMILY && f->p->child == r->who.person)
		door = DOOR_STUDENT;
	alone = door == DOOR_STUDENT && r->who.own_rights;
	f->seen_by = door == DOOR_FAMILY ? MSG_page_seen_by_staff :
		     alone ? MSG_page_seen_by_me_alone :
		     door == DOOR_STUDENT ? MSG_page_seen_by_me : MSG_page_seen_by_team;
	f->others = f->p->others != MSG_NONE ? f->p->others :
		    door == DOOR_FAMILY ? MSG_page_seen_by_others :
		    alone ? MSG_page_seen_by_mine_alone :
		    door == DOOR_STUDENT ? MSG_page_seen_by_mine : MSG_page_seen_by_homes;
}

/* What a family may only read, and until when. */
static const char *ended_part(struct req *r)
{
	struct msg_arg day = { "day", NULL, 0 };
	int64_t until = 0;

	for (unsigned i = 0; i < REQ_OBJECTS; i++)
		if (r->obj[i].until > until)
			until = r->obj[i].until;
	if (until == 0)
		return NULL;
	day.text = view_date(r, r->zone, until - 1, DATE_DAY);
	return view_say(r, MSG_page_banner_ended, &day, 1);
}

static void session_part(struct frame *f, struct req *r)
{
	const struct session *s = r->s;
	unsigned me = auth_who(r) | WHO_ANYONE;

	pthread_once(&once, look_up);
	for (size_t i = 0; i < N_ROOM_LINKS; i++)
		if (room_links[i].door == r->who.door && (open_to[i] & me) != 0)
			add_link(&f->top, r, &room_links[i], f->p->active);
	for (size_t i = 0; i < N_ALL_ROOMS; i++)
		if ((open_to_all[i] & me) != 0 && !has_word(&f->top, all_rooms[i].word))
			add_link(&f->bottom, r, &all_rooms[i], f->p->active);
	f->masquerade = (s->flags & SESSION_READ_ONLY) != 0;
	f->ended = ended_part(r);
	f->sample = (s->flags & SESSION_SAMPLE) != 0 || r->who.sample_only;
	f->who = s->person_name != NULL ? s->person_name : "";
	if (f->heading == NULL && r->who.door == DOOR_CLASS)
		f->heading = s->context_title;
	if (f->heading == NULL && r->who.door == DOOR_FAMILY)
		f->heading = loc_str(r->loc, MSG_page_home);
}

/* Only words that say something is done may be asked for by an address. */
static enum msg done_word(const struct req *r)
{
	if (r->ok <= MSG_NONE || r->ok >= MSG_COUNT || !str_starts(msg_key[r->ok], "done."))
		return MSG_NONE;
	return (enum msg)r->ok;
}

static struct frame frame_of(const struct out *o, const struct page *p)
{
	struct req *r = o->r;
	struct frame f = {
		.p = p, .lang = loc_tag(o->loc), .dir = loc_dir(o->loc),
		.heading = p->heading, .who = "", .address = "",
	};

	assert(p->title != NULL);
	seen_part(&f, r);
	if (r == NULL)
		return f;
	f.now_ms = r->now_ms;
	f.done = done_word(r);
	if (r->gw != NULL) {
		f.lab = r->gw->conf != NULL && r->gw->conf->lab_mode;
		f.address = r->gw->public_origin != NULL ? r->gw->public_origin : "";
	}
	if (r->s != NULL)
		session_part(&f, r);
	return f;
}

void page_begin(struct out *o, const struct page *p)
{
	struct frame f = frame_of(o, p);

	view_page_open(o, &f);
}

void page_end(struct out *o, const struct page *p)
{
	struct frame f = frame_of(o, p);

	view_page_close(o, &f);
}

struct out out_page(struct req *r)
{
	CHECK_MAGIC(r, REQ_MAGIC);
	assert(r->loc != NULL);
	return (struct out){ .b = reply_html(r), .loc = r->loc, .r = r };
}

/* Into the arena; releases b. */
static const char *keep(struct req *r, struct buf *b)
{
	const char *s = b->err == E_OK ? arena_strndup(&r->a, b->p, b->len) : NULL;

	buf_release(b);
	return s != NULL ? s : "";
}

const char *view_say(struct req *r, enum msg m, const struct msg_arg *arg, unsigned n)
{
	struct buf b = BUF_INIT(65536);

	if (n == 0)
		return loc_str(r->loc, m);
	loc_msg(r->loc, &b, m, arg, n);
	return keep(r, &b);
}

const char *view_date(struct req *r, const char *zone, int64_t ms, enum date_style style)
{
	struct buf b = BUF_INIT(512);

	loc_date(r->loc, zone, ms, style, &b);
	return keep(r, &b);
}

const char *view_day(struct req *r, int64_t day, enum date_style style)
{
	return day == DAY_NONE ? "" : view_date(r, "UTC", day * INT64_C(86400000), style);
}

const char *view_name(struct req *r, const char *name)
{
	return name == NULL || name[0] == '\0' ? loc_str(r->loc, MSG_child_no_name) : name;
}

/* ---- refusals ------------------------------------------------------------- */

static enum msg msg_of_key(const char *key)
{
	for (unsigned m = MSG_NONE + 1; m < MSG_COUNT; m++)
		if (str_eq(msg_key[m], key))
			return (enum msg)m;
	return MSG_NONE;
}

/* The many checks of a registration or a launch share a few words for people; the code tells them apart. */
static enum msg launch_msg(enum refusal code, const char *part)
{
	char key[40];

	if (code < REFUSE_REGISTER_ADDRESS)
		return MSG_NONE;
	snprintf(key, sizeof(key), "refusal.%s.%s",
		 code < REFUSE_PLATFORM_UNKNOWN ? "register" :
		 code >= REFUSE_LTI_STATE_MISSING && code <= REFUSE_LTI_STATE_BROWSER ? "browser" :
											"launch",
		 part);
	return msg_of_key(key);
}

/* Where refusal.<code>.title stands; .text and .do follow by their own keys. */
static enum msg refusal_msg(enum refusal r, const char *part)
{
	enum msg own;
	char key[96];

	snprintf(key, sizeof(key), "refusal.%s.%s", refusal_code(r), part);
	own = msg_of_key(key);
	return own != MSG_NONE ? own : launch_msg(r, part);
}

void view_refusal(struct req *r, enum refusal code)
{
	struct out o = out_page(r);
	enum msg title = refusal_msg(code, "title");
	struct page p = { .refused = refusal_code(code) };
	struct refused m = {
		.text = refusal_msg(code, "text"), .todo = refusal_msg(code, "do"),
		.code = p.refused,
		/* Two pages about a foreign and a missing thing are the same, byte for byte. */
		.id = code == REFUSE_NOT_FOUND || code == REFUSE_NOT_YOURS ? "" : r->id,
		.back = r->s != NULL ? req_path(r, "/") : NULL,
		/* Clicked twice: the first click may have let them in (DESIGN 4, GET /app/). */
		.on = code == REFUSE_REPLAY ? "/app/" : NULL,
	};

	assert(code > REFUSE_NONE && code < REFUSE_COUNT);
	/* A test holds that every code has its words; a page must come out even so. */
	if (title == MSG_NONE || m.text == MSG_NONE || m.todo == MSG_NONE) {
		title = MSG_refusal_our_fault_title;
		m.text = MSG_refusal_our_fault_text;
		m.todo = MSG_refusal_our_fault_do;
	}
	p.title = loc_str(r->loc, title);
	page_begin(&o, &p);
	view_refused(&o, &m);
	page_end(&o, &p);
}
