/*
 * Charts: geometry here, drawing in pictures.html. A chart is stretched to its
 * place (preserveAspectRatio="none") while its lines keep their width; words
 * stand beside it as text, so they never shrink.
 */
#include <string.h>

#include "base/str.h"
#include "frame.h"
#include "gw/pictures.h"

struct week {
	int64_t day;
	enum msg school, home;
};

struct picture {
	const struct progress *p;
	const char *school, *school_points, *home, *home_points;
	unsigned n_both, n_same;
	bool differ_now;
	struct week week[PROGRESS_WEEKS_MAX];
};

#include "tpl/view/pictures.h"

static enum msg value_word(signed char v)
{
	static const enum msg word[] = {
		MSG_piece_nothing_said, MSG_piece_not_yet, MSG_piece_sometimes, MSG_piece_often,
	};

	assert(v >= -1 && v <= 2);
	return word[v + 1];
}

/* Weeks run in the reader's direction. The two lines stand 3 apart, so that both show. */
static int x_of(unsigned i, unsigned weeks, bool rtl)
{
	unsigned at = (2 * i + 1) * 1000 / (2 * weeks);

	return (int)(rtl ? 1000 - at : at);
}

static int y_of(signed char v, int shift)
{
	return 132 - 60 * v + shift;
}

/* A line from week to week, broken where nothing was said; and a point each week. */
static void draw(const struct progress *p, const signed char *v, int shift, bool rtl,
		 struct buf *line, struct buf *points)
{
	bool pen = false;

	for (unsigned i = 0; i < p->weeks; i++) {
		int x = x_of(i, p->weeks, rtl);

		if (v[i] < 0) {
			pen = false;
			continue;
		}
		buf_printf(line, "%c%d %d", pen ? 'L' : 'M', x, y_of(v[i], shift));
		buf_printf(points, "M%d %dh.01", x, y_of(v[i], shift));
		pen = true;
	}
	buf_addz(line, "");
	buf_addz(points, "");
}

static void compare(struct picture *m)
{
	const struct progress *p = m->p;

	for (unsigned i = 0; i < p->weeks; i++) {
		bool both = p->school[i] >= 0 && p->home[i] >= 0;

		m->week[i] = (struct week){
			p->day[i], value_word(p->school[i]), value_word(p->home[i]),
		};
		m->n_both += both;
		m->n_same += both && p->school[i] == p->home[i];
		m->differ_now = both && p->school[i] != p->home[i];
	}
}

void view_progress(struct out *o, const struct progress *p)
{
	struct buf b[4] = { BUF_INIT(4096), BUF_INIT(4096), BUF_INIT(4096), BUF_INIT(4096) };
	struct picture m = { .p = p };
	bool rtl = str_eq(loc_dir(o->loc), "rtl");

	assert(p->weeks >= 1 && p->weeks <= PROGRESS_WEEKS_MAX);
	compare(&m);
	draw(p, p->school, -2, rtl, &b[0], &b[1]);
	draw(p, p->home, 2, rtl, &b[2], &b[3]);
	m.school = b[0].p;
	m.school_points = b[1].p;
	m.home = b[2].p;
	m.home_points = b[3].p;
	view_picture(o, &m);
	for (unsigned i = 0; i < 4; i++)
		buf_release(&b[i]);
}
