/*
 * The template compiler's two halves: tplc.c reads directives and writes C,
 * tplc_html.c knows where in a page a character or a value stands.
 */
#ifndef LINTEL_TOOLS_TPLC_H
#define LINTEL_TOOLS_TPLC_H

#include <stdbool.h>

#define HTML_OPEN 24
#define HTML_NAME 24

enum state {
	S_TEXT,		/* element content */
	S_LT,		/* after '<' */
	S_BANG,		/* after "<!": a comment or the doctype */
	S_COMMENT,
	S_DOCTYPE,
	S_TAG_NAME,
	S_CLOSE,	/* inside "</name" */
	S_TAG,		/* between attributes, after a blank */
	S_GLUE,		/* between attributes, a blank must come first */
	S_ATTR_NAME,
	S_EQ,		/* after '=' */
	S_DQ, S_SQ, S_UNQ,
};

enum place { AT_TEXT, AT_ATTR, AT_URL, AT_URL_REST };

struct html {
	enum state s;
	char tag[HTML_NAME], attr[HTML_NAME], head[HTML_NAME];
	bool some;		/* the attribute's value has begun */
	bool bare;		/* an address ends in a value, which may be "/" */
	bool raw;		/* inside <script>: must stay empty */
	bool keep;		/* inside <pre>, <textarea>: blanks count */
	bool void_tag;		/* "/>" */
	bool half;		/* a view that may leave elements open, or close another's */
	unsigned dashes, n_open;
	char open[HTML_OPEN][HTML_NAME];
};

/* Ends the compiler with "file:line: " and the words. */
__attribute__((format(printf, 1, 2), noreturn))
void refuse(const char *fmt, ...);

bool is_blank(char ch);

/* The next literal character. */
void html_char(struct html *h, char ch);

/* Before a block begins or ends: a name may end here, a value may not. */
void html_settle(struct html *h);

/* The same place, for a loop's two ends. */
bool html_same(const struct html *a, const struct html *b);

/* Joins two ways to the same place; false when they are two places. */
bool html_merge(struct html *a, const struct html *b);

/* Which escaper a value here needs; refuses where none is safe. */
enum place html_place(const struct html *h);

/* The address loads code or styles: no value may choose it. */
bool html_static_only(const struct html *h);

#endif
