/*
 * Pictures of numbers, drawn on the server as plain HTML and SVG, each with its
 * words or its table beside it. Models stay the caller's; see gw/pieces.h.
 */
#ifndef LINTEL_GW_PICTURES_H
#define LINTEL_GW_PICTURES_H

#include "gw/pieces.h"

#define PROGRESS_WEEKS_MAX 60

/* Two lines over the weeks; values 0 not yet, 1 sometimes, 2 often, -1 nothing said. */
struct progress {
	unsigned weeks;			/* 1..PROGRESS_WEEKS_MAX */
	const int64_t *day;		/* of each week's Monday, days since 1970 */
	const signed char *school, *home;
};

void view_progress(struct out *o, const struct progress *m);

#endif
