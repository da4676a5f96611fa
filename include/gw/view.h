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
	const char *title;	/* localized; the page's <title> and its <h1> */
	const char *sub;	/* one line under the heading, or NULL */
	const char *room;	/* data-room: class child family student admin …, or NULL */
	const char *refused;	/* data-refused, or NULL */
	const char *heading;	/* room name in the header: the course, the child, "Home" */
	const char *active;	/* path of the current link in the header, or NULL */
	int64_t child;		/* >0: "who can see this" footer for this child */
	const char *const *seen_by;	/* staff and the reader's own household, nobody else */
	unsigned n_seen_by;
	enum msg others;	/* the sentence after those names; MSG_NONE: the general one */
	const char *seen;	/* or the whole of it, where an object says it better */
};

void page_begin(struct out *o, const struct page *p);
void page_end(struct out *o, const struct page *p);

/* An out for the reply of this request: language, buffer, request. */
struct out out_page(struct req *r);

/* A message for a model; lives as long as the request. "" when memory failed. */
const char *view_say(struct req *r, enum msg m, const struct msg_arg *arg, unsigned n);

/* An instant in a zone, a date without a time ("" for DAY_NONE), likewise. */
const char *view_date(struct req *r, const char *zone, int64_t ms, enum date_style style);
const char *view_day(struct req *r, int64_t day, enum date_style style);

/* Of a child or another person: "no name yet" for "" and NULL. */
const char *view_name(struct req *r, const char *name);

/* The page of a refusal; for server_set_error_page(). */
void view_refusal(struct req *r, enum refusal code);

/* Escapers; the compiler chooses, nobody calls them by hand. */
void out_text(struct out *o, const char *s);		/* element content */
void out_attr(struct out *o, const char *s);		/* quoted attribute */
void out_url(struct out *o, const char *s);		/* href, src, action: http(s), / or # only */
void out_int(struct out *o, int64_t n);			/* ids and numbers in attributes */
void out_num(struct out *o, int64_t n);			/* for people, in their digits */
void out_date(struct out *o, int64_t ms, enum date_style style);	/* in the reader's zone */
void out_day(struct out *o, int64_t day, enum date_style style);	/* a date without a time */
void out_msg(struct out *o, enum msg m, const struct msg_arg *arg, unsigned n);
void out_static(struct out *o, const char *name);	/* address of a file of gateway/static */

/* An address that goes on with '/' in the template: without its own last '/'. */
void out_url_base(struct out *o, const char *s);
/* A later part of an address: everything but letters and digits becomes %XX. */
void out_url_part(struct out *o, const char *s);

/* The same for text that carries its length. */
void out_text_span(struct out *o, struct span s);
void out_attr_span(struct out *o, struct span s);
void out_url_span(struct out *o, struct span s);
void out_url_base_span(struct out *o, struct span s);
void out_url_part_span(struct out *o, struct span s);

/* Takes const char *, char * or struct span; anything else does not compile. */
#define OUT_ANY(fn, o, e) \
	_Generic((e), struct span: fn##_span, char *: fn, const char *: fn)((o), (e))

/* The text of a message argument: never NULL, so that it is not read as a number. */
static inline const char *msg_text(const char *s)
{
	return s == NULL ? "" : s;
}

#endif
