/* Words and small models that the office's pages share. */
#include <inttypes.h>

#include "admin.h"
#include "base/day.h"
#include "base/magic.h"
#include "gw/auth.h"
#include "store/admin.h"

#include "tpl/admin/words.h"

const char *say_when(struct req *r, int64_t ms)
{
	return ms == 0 ? loc_str(r->loc, MSG_admin_never) : view_date(r, r->zone, ms, DATE_DAY_TIME);
}

const char *say_day(struct req *r, const char *day)
{
	int64_t n = day_read(span_of(day));

	return n != DAY_NONE ? view_day(r, n, DATE_SHORT) : day;
}

const char *say_id(struct req *r, int64_t id)
{
	return msg_text(arena_printf(&r->a, "%" PRId64, id));
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

void saw_child(struct req *r, int64_t child)
{
	if (child != 0)
		auth_read_audit(r, &(struct access){ .child = child });
}

int64_t day_begins(struct req *r, int64_t day)
{
	return zone_to_utc(r->zone, day, 0);
}

const char *rights_born(struct req *r, int64_t *day_start_out)
{
	int64_t day;
	int minute;

	zone_from_utc(r->zone, r->now_ms, &day, &minute);
	*day_start_out = day_begins(r, day);
	return day_text(&r->a, day - RIGHTS_AGE * 36525 / 100);
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
