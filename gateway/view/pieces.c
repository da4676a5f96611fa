/*
 * Pieces of pages, gw/pieces.h. The templates draw; what they cannot compute
 * (initials, days, which button is dark) stands here.
 */
#include <string.h>

#include "base/str.h"
#include "frame.h"
#include "gw/fields.h"
#include "gw/pieces.h"
#include "gw/route.h"

struct initials {
	char text[12];
};

struct side_card {
	enum side side;
	enum msg heading, nothing;
	const char *text, *by;
};

const char *side_class(enum side s)
{
	static const char *const name[] = { "none", "home", "school", "both", "alert" };

	assert((unsigned)s < sizeof(name) / sizeof(name[0]));
	return name[s];
}

static enum msg side_word(enum side s)
{
	static const enum msg word[] = {
		MSG_piece_dot_none, MSG_piece_dot_home, MSG_piece_dot_school, MSG_piece_dot_both,
		MSG_piece_dot_none,
	};

	assert((unsigned)s < sizeof(word) / sizeof(word[0]));
	return word[s];
}

static bool cell_void(const struct cell *c)
{
	return (c->text == NULL || c->text[0] == '\0') && c->dots.n == 0 && c->tag.text == NULL;
}

#include "tpl/view/pieces.h"

/* Letters of these scripts join or read alone badly in twos: one is enough. */
static bool one_letter_is_enough(const char *s)
{
	unsigned char a = (unsigned char)s[0];

	/* Hebrew and Arabic, U+0590..U+08FF; everything from U+0900 up */
	return (a >= 0xd6 && a <= 0xdf) || a >= 0xe0;
}

static size_t first_letter(const char *s, char *out)
{
	size_t n = utf8_len((const unsigned char *)s, strlen(s));

	memcpy(out, s, n);
	return n;
}

/* "Lina Haddad" → "LH"; "Misaki" → "M". */
static void initials_of(const char *name, struct initials *out)
{
	const char *last = strrchr(name, ' ');
	size_t n;

	*out = (struct initials){ "" };
	while (*name == ' ')
		name++;
	n = first_letter(name, out->text);
	if (n > 0 && last != NULL && last > name && !one_letter_is_enough(name) &&
	    !one_letter_is_enough(last + 1))
		first_letter(last + 1, out->text + n);
}

void view_avatar(struct out *o, const char *name)
{
	struct initials m;

	initials_of(name, &m);
	view_initials(o, &m);
}

#define SOON_MS (INT64_C(48) * 3600 * 1000)

void view_needs(struct out *o, const struct need_list *m)
{
	if (m->n == 0)
		return;
	buf_addz(o->b, "<ul class=\"list\">");
	for (unsigned i = 0; i < m->n; i++) {
		const struct need *need = &m->v[i];
		int64_t now = o->r != NULL ? o->r->now_ms : 0;
		struct button button = {
			.text = loc_str(o->loc, need->button), .path = need->path,
			.first = i == 0 || (need->due_ms != 0 && need->due_ms - now < SOON_MS),
		};
		struct need_row row = {
			.name = need->child_name, .what = need->what, .detail = need->detail,
			.buttons = { &button, 1 },
		};

		view_need_row(o, &row);
	}
	buf_addz(o->b, "</ul>");
}
