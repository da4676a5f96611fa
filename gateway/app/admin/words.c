/* Words and small models that the office's pages share. */
#include <inttypes.h>
#include <time.h>

#include "admin.h"
#include "base/magic.h"
#include "gw/auth.h"

#include "tpl/admin/words.h"

#define DAY_S (24 * 3600)

static const char *kept(struct req *r, struct buf *b)
{
	const char *s = b->err == E_OK ? arena_strndup(&r->a, b->p, b->len) : NULL;

	buf_release(b);
	return msg_text(s);
}

const char *say_when(struct req *r, int64_t ms)
{
	struct buf b = BUF_INIT(400);

	if (ms == 0)
		return loc_str(r->loc, MSG_admin_never);
	loc_date(r->loc, r->zone, ms, DATE_DAY_TIME, &b);
	return kept(r, &b);
}

const char *say_day(struct req *r, const char *day)
{
	struct buf b = BUF_INIT(400);

	if (day[0] == '\0')
		return "";
	loc_date(r->loc, "UTC", day_number(day) * DAY_S * 1000, DATE_SHORT, &b);
	return kept(r, &b);
}

const char *say_id(struct req *r, int64_t id)
{
	return msg_text(arena_printf(&r->a, "%" PRId64, id));
}

const char *say_name(struct req *r, const char *name)
{
	return name[0] != '\0' ? name : loc_str(r->loc, MSG_child_no_name);
}

const char *say_phase(struct req *r, const char *phase)
{
	if (str_eq(phase, "early"))
		return loc_str(r->loc, MSG_admin_phase_early);
	if (str_eq(phase, "primary"))
		return loc_str(r->loc, MSG_admin_phase_primary);
	if (str_eq(phase, "secondary"))
		return loc_str(r->loc, MSG_admin_phase_secondary);
	return "";
}

const char *day_text(struct arena *a, int64_t day)
{
	time_t t = (time_t)(day * DAY_S);
	struct tm tm;
	char s[40];

	if (gmtime_r(&t, &tm) == NULL)
		return "";
	snprintf(s, sizeof(s), "%04d-%02d-%02d", tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday);
	return msg_text(arena_strdup(a, s));
}

/* Only of days that came out of a date field, so the shape is known. */
int64_t day_number(const char *day)
{
	struct tm tm = { 0 };

	if (strlen(day) != 10 || sscanf(day, "%4d-%2d-%2d", &tm.tm_year, &tm.tm_mon, &tm.tm_mday) != 3)
		return 0;
	tm.tm_year -= 1900;
	tm.tm_mon -= 1;
	return (int64_t)timegm(&tm) / DAY_S;
}

void saw_child(struct req *r, int64_t child)
{
	if (child != 0)
		auth_read_audit(r, &(struct access){ .child = child });
}

int64_t day_begins(struct req *r, int64_t day)
{
	return zone_to_utc(r->zone, day, 0);
}

void item_line(struct item *it, const char *text)
{
	if (text == NULL || text[0] == '\0')
		return;
	assert(it->n_line < ITEM_LINES);
	it->line[it->n_line++] = text;
}

void act_field(struct push *a, const char *name, const char *value)
{
	assert(a->n < ACT_FIELDS && name != NULL);
	a->field[a->n].name = name;
	a->field[a->n++].value = value;
}

struct item *items_new(struct req *r, unsigned n)
{
	return arena_array(&r->a, n + 1, sizeof(struct item));
}

struct out admin_begin(struct req *r, struct page *p, enum msg title, const char *active)
{
	struct out o = out_page(r);

	assert(r->who.door == DOOR_ADMIN);
	*p = (struct page){ .title = loc_str(r->loc, title), .room = "admin", .active = active,
			    .heading = loc_str(r->loc, MSG_admin_room) };
	page_begin(&o, p);
	return o;
}
