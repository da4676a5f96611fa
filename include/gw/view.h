/*
 * What compiled templates write to. Templates (*.html beside their feature) are
 * compiled by gateway/tools/tplc into functions view_NAME(struct out *, model);
 * every value is escaped for the place it stands in, and there is no raw output.
 */
#ifndef LINTEL_GW_VIEW_H
#define LINTEL_GW_VIEW_H

#include "gw/req.h"

struct out {
	struct buf *b;
	const struct loc *loc;
	struct req *r;		/* NULL for pages outside a request (mail) */
};

/* The frame around every page: head, header with room name and links, footer. */
struct page {
	const char *title;	/* localized */
	const char *room;	/* data-room: class child family student admin … */
	const char *refused;	/* data-refused, or NULL */
	const char *heading;	/* room name in the header: the course, the child, "Home" */
	const char *active;	/* path of the current link in the header, or NULL */
	int64_t child;		/* >0: "who can see this" footer for this child */
};

void page_begin(struct out *o, const struct page *p);
void page_end(struct out *o, const struct page *p);

/* Escapers; the compiler chooses, nobody calls them by hand. */
void out_text(struct out *o, const char *s);		/* element content */
void out_attr(struct out *o, const char *s);		/* quoted attribute */
void out_url(struct out *o, const char *s);		/* href, src, action: http(s), / or # only */
void out_int(struct out *o, int64_t n);			/* ids and numbers in attributes */
void out_num(struct out *o, int64_t n);			/* for people, in their digits */
void out_date(struct out *o, int64_t ms, enum date_style style);	/* in the reader's zone */
void out_msg(struct out *o, enum msg m, const struct msg_arg *arg, unsigned n);

#endif
