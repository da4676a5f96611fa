/*
 * Where in a page are we? The part of the HTML tokenizer that a template may
 * use, and nothing else: what this machine does not understand it refuses
 * (HTML Living Standard 13.2.5).
 */
#include <ctype.h>
#include <string.h>

#include "base/magic.h"
#include "base/str.h"
#include "tplc.h"

bool is_blank(char ch)
{
	return ch == ' ' || ch == '\t' || ch == '\n';
}

static bool one_of(const char *s, const char *list)
{
	size_t n = strlen(s);

	for (const char *p = list; (p = strstr(p, s)) != NULL; p += n)
		if ((p == list || p[-1] == ' ') && (p[n] == ' ' || p[n] == '\0'))
			return n > 0;
	return false;
}

static void name_add(char *name, char ch)
{
	size_t n = strlen(name);

	if (n + 1 >= HTML_NAME)
		refuse("a name of more than %d characters", HTML_NAME - 1);
	assert(n < HTML_NAME - 1);
	name[n] = (char)tolower((unsigned char)ch);
	name[n + 1] = '\0';
}

static bool name_letter(char ch)
{
	return isalnum((unsigned char)ch) || ch == '-' || ch == ':' || ch == '_';
}

static bool is_url_attr(const struct html *h)
{
	return one_of(h->attr, "href src action formaction poster cite data background ping "
			       "manifest longdesc xlink:href");
}

bool html_static_only(const struct html *h)
{
	return one_of(h->tag, "script link use image");
}

/* The literal start of an address: only schemes a person can follow safely. */
static void url_char(struct html *h, char ch)
{
	assert(is_url_attr(h));
	if (h->bare && (ch == '/' || ch == '\\'))
		refuse("'/' after a block: write it right after the value, as {{= path}}/x");
	h->bare = false;
	if (strchr(h->head, '/') != NULL || strchr(h->head, '?') != NULL ||
	    strchr(h->head, '#') != NULL || strchr(h->head, ':') != NULL) {
		if (str_eq(h->head, "/") && (ch == '/' || ch == '\\'))
			refuse("an address that starts with // leaves this site");
		if (str_eq(h->head, "/"))
			name_add(h->head, '.');
		return;
	}
	if (ch == '&' || ch == '\\' || (unsigned char)ch <= ' ')
		refuse("'%c' at the start of an address", ch);
	if (h->some)
		return;
	name_add(h->head, ch);
	if (ch == ':' && !one_of(h->head, "http: https: mailto: tel:"))
		refuse("an address of scheme %s", h->head);
}

static void tag_begun(const struct html *h)
{
	if (one_of(h->tag, "style base object embed applet iframe frame frameset animate set "
			   "animatemotion animatetransform foreignobject noscript template"))
		refuse("<%s> has no place in a template", h->tag);
}

static void attr_named(const struct html *h)
{
	if (h->attr[0] == 'o' && h->attr[1] == 'n')
		refuse("event handlers (%s) are not allowed", h->attr);
	if (one_of(h->attr, "style srcdoc"))
		refuse("attribute %s is not allowed", h->attr);
}

static void tag_done(struct html *h)
{
	static const char void_tags[] = "area br col hr img input link meta source track wbr";

	h->s = S_TEXT;
	if (!h->void_tag && !one_of(h->tag, void_tags)) {
		if (h->n_open == HTML_OPEN)
			refuse("elements nest more than %d deep in one view", HTML_OPEN);
		assert(h->n_open < HTML_OPEN);
		memcpy(h->open[h->n_open++], h->tag, HTML_NAME);
	}
	h->raw = str_eq(h->tag, "script");
	h->keep = h->keep || one_of(h->tag, "pre textarea");
}

static void close_done(struct html *h)
{
	assert(h->s == S_CLOSE && h->n_open <= HTML_OPEN);
	h->s = S_TEXT;
	h->raw = false;
	if (one_of(h->tag, "pre textarea"))
		h->keep = false;
	/* A view marked `open` may close what another one opened. */
	if (h->n_open == 0 && h->half)
		return;
	if (h->n_open == 0 || !str_eq(h->open[h->n_open - 1], h->tag))
		refuse("</%s> closes nothing; open is <%s>", h->tag,
		       h->n_open > 0 ? h->open[h->n_open - 1] : "nothing");
	h->n_open--;
}

static void in_tag(struct html *h, char ch)
{
	if (is_blank(ch)) {
		h->s = S_TAG;
	} else if (ch == '>') {
		tag_done(h);
	} else if (ch == '/') {
		h->void_tag = true;
	} else if (h->s == S_TAG && !h->void_tag && name_letter(ch)) {
		h->s = S_ATTR_NAME;
		h->attr[0] = '\0';
		name_add(h->attr, ch);
	} else {
		refuse("'%c' in <%s> (a blank between attributes?)", ch, h->tag);
	}
}

static void attr_begin(struct html *h, enum state s)
{
	h->s = s;
	h->some = h->bare = false;
	h->head[0] = '\0';
}

static void attr_value(struct html *h, char ch)
{
	char end = h->s == S_DQ ? '"' : '\'';

	assert(h->s == S_DQ || h->s == S_SQ || h->s == S_UNQ);
	if (h->s == S_UNQ ? is_blank(ch) || ch == '>' : ch == end) {
		if (h->s == S_UNQ)
			in_tag(h, ch);
		else
			h->s = S_GLUE;
		return;
	}
	if (ch == '<' || (h->s == S_UNQ && strchr("\"'=`", ch) != NULL))
		refuse("'%c' in the value of %s", ch, h->attr);
	if (is_url_attr(h))
		url_char(h, ch);
	else if (!is_blank(ch))
		h->some = true;
}

static void after_lt(struct html *h, char ch)
{
	assert(h->s == S_LT);
	h->tag[0] = '\0';
	h->void_tag = false;
	if (ch == '!') {
		h->s = S_BANG;
		h->dashes = 0;
	} else if (ch == '/') {
		h->s = S_CLOSE;
	} else if (isalpha((unsigned char)ch)) {
		h->s = S_TAG_NAME;
		name_add(h->tag, ch);
	} else {
		refuse("write &lt; for '<' in text");
	}
	if (h->raw && ch != '/')
		refuse("a script inside a page; put it into gateway/static");
}

static void after_bang(struct html *h, char ch)
{
	assert(h->s == S_BANG && h->dashes < 2);
	if (ch == '-') {
		if (++h->dashes == 2) {
			h->s = S_COMMENT;
			h->dashes = 0;
		}
	} else if (h->dashes == 0 && (ch == 'd' || ch == 'D')) {
		h->s = S_DOCTYPE;
	} else {
		refuse("<! starts a comment or the doctype only");
	}
}

static void in_tag_name(struct html *h, char ch)
{
	assert(h->s == S_TAG_NAME && h->tag[0] != '\0');
	if (name_letter(ch)) {
		name_add(h->tag, ch);
		return;
	}
	tag_begun(h);
	h->s = S_GLUE;
	in_tag(h, ch);
}

static void in_attr_name(struct html *h, char ch)
{
	assert(h->s == S_ATTR_NAME && h->attr[0] != '\0');
	if (name_letter(ch)) {
		name_add(h->attr, ch);
		return;
	}
	attr_named(h);
	if (ch == '=') {
		attr_begin(h, S_EQ);
		return;
	}
	h->s = S_GLUE;
	in_tag(h, ch);
}

void html_char(struct html *h, char ch)
{
	switch (h->s) {
	case S_TEXT:
		if (ch == '<')
			h->s = S_LT;
		else if (h->raw && !is_blank(ch))
			refuse("a script inside a page; put it into gateway/static");
		break;
	case S_LT:
		after_lt(h, ch);
		break;
	case S_BANG:
		after_bang(h, ch);
		break;
	case S_COMMENT:
		if (ch == '>' && h->dashes >= 2)
			h->s = S_TEXT;
		h->dashes = ch == '-' ? h->dashes + 1 : 0;
		break;
	case S_DOCTYPE:
		if (ch == '>')
			h->s = S_TEXT;
		break;
	case S_TAG_NAME:
		in_tag_name(h, ch);
		break;
	case S_CLOSE:
		if (ch == '>')
			close_done(h);
		else if (name_letter(ch))
			name_add(h->tag, ch);
		else
			refuse("'%c' in </%s", ch, h->tag);
		break;
	case S_TAG:
	case S_GLUE:
		in_tag(h, ch);
		break;
	case S_ATTR_NAME:
		in_attr_name(h, ch);
		break;
	case S_EQ:
		if (is_blank(ch) || ch == '>')
			refuse("attribute %s has '=' and no value", h->attr);
		h->s = ch == '"' ? S_DQ : ch == '\'' ? S_SQ : S_UNQ;
		if (h->s == S_UNQ)
			attr_value(h, ch);
		break;
	case S_DQ:
	case S_SQ:
	case S_UNQ:
		attr_value(h, ch);
		break;
	}
}

void html_settle(struct html *h)
{
	if (h->s == S_TAG_NAME) {
		tag_begun(h);
		h->s = S_GLUE;
	} else if (h->s == S_ATTR_NAME) {
		attr_named(h);
		h->s = S_GLUE;
	}
	if (h->raw || (h->s != S_TEXT && h->s != S_TAG && h->s != S_GLUE && h->s != S_DQ))
		refuse("a block cannot begin or end here");
}

bool html_same(const struct html *a, const struct html *b)
{
	assert(a->n_open <= HTML_OPEN && b->n_open <= HTML_OPEN);
	if (a->s != b->s || a->raw != b->raw || a->keep != b->keep || a->n_open != b->n_open)
		return false;
	for (unsigned i = 0; i < a->n_open; i++)
		if (!str_eq(a->open[i], b->open[i]))
			return false;
	if (a->s == S_TEXT)
		return true;
	if (!str_eq(a->tag, b->tag))
		return false;
	if (a->s != S_DQ)
		return true;
	if (!str_eq(a->attr, b->attr))
		return false;
	return !is_url_attr(a) || (a->some == b->some && str_eq(a->head, b->head)) ||
	       ((a->some || a->head[0] != '\0') && (b->some || b->head[0] != '\0'));
}

bool html_merge(struct html *a, const struct html *b)
{
	struct html x = *a, y = *b;

	if (x.s == S_TAG)
		x.s = S_GLUE;
	if (y.s == S_TAG)
		y.s = S_GLUE;
	if (!html_same(&x, &y))
		return false;
	a->s = a->s == b->s ? a->s : x.s;
	a->bare = a->bare || b->bare;
	a->some = a->some || b->some || !str_eq(a->head, b->head);
	return true;
}

enum place html_place(const struct html *h)
{
	if (h->raw)
		refuse("a value inside <script>");
	switch (h->s) {
	case S_TEXT:
		return AT_TEXT;
	case S_DQ:
		if (one_of(h->attr, "srcset http-equiv attributename") ||
		    (str_eq(h->tag, "meta") && str_eq(h->attr, "content")))
			refuse("a value in attribute %s", h->attr);
		if (!is_url_attr(h))
			return AT_ATTR;
		return h->some || h->head[0] != '\0' ? AT_URL_REST : AT_URL;
	case S_SQ:
	case S_UNQ:
	case S_EQ:
		refuse("a value needs double quotes around it: %s=\"…\"", h->attr);
	case S_LT:
	case S_TAG_NAME:
	case S_CLOSE:
		refuse("a value in the name of a tag");
	case S_TAG:
	case S_GLUE:
	case S_ATTR_NAME:
		refuse("a value in the name of an attribute");
	case S_BANG:
	case S_COMMENT:
	case S_DOCTYPE:
		break;
	}
	refuse("a value inside a comment");
}
