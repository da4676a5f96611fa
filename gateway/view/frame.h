/*
 * Inside gateway/view: models of the frame, made in page.c and refusal_page.c.
 */
#ifndef LINTEL_VIEW_FRAME_H
#define LINTEL_VIEW_FRAME_H

#include "gw/pieces.h"

#define LINKS_MAX 6

struct link {
	const char *path;
	enum msg word;
	bool here;
};

struct links {
	struct link v[LINKS_MAX];
	unsigned n;
};

struct frame {
	const struct page *p;
	const char *lang, *dir;
	const char *heading;		/* NULL: our own name stands in the header */
	const char *who;
	const char *address;		/* on paper, where links cannot be followed */
	struct links top, bottom;
	enum msg done;
	enum msg seen_by, others;	/* who can see this: nobody named; the last sentence */
	bool lab, masquerade, sample;
	const char *ended;		/* banner: the child's course is over; or NULL */
	int64_t now_ms;
};

struct refused {
	enum msg text, todo;
	const char *code, *id;
	const char *back;		/* NULL: outside a session */
	const char *on;			/* where a session may stand open already, or NULL */
};

/* "home", "school"…: the class of a side in the style sheet. */
const char *side_class(enum side s);

#endif
