/*
 * Which page comes next: the Link header (RFC 8288 3) and the walk along it.
 */
#include <string.h>
#include <strings.h>

#include "base/magic.h"
#include "lti/pages.h"
#include "lti/util.h"

#define URL_MAX 4096u

struct lti_walk_page {
	const char *url;
	struct lti_walk_page *next;
};

/* ---- the header ---- */

static void skip_blanks(struct span *s)
{
	while (s->n > 0 && (s->p[0] == ' ' || s->p[0] == '\t')) {
		s->p++;
		s->n--;
	}
}

static bool take(struct span *s, char c)
{
	skip_blanks(s);
	if (s->n == 0 || s->p[0] != c)
		return false;
	s->p++;
	s->n--;
	return true;
}

/* Characters of a token (RFC 9110 5.6.2), and those that careless servers leave unquoted. */
static struct span take_token(struct span *s)
{
	struct span t = { s->p, 0 };

	while (t.n < s->n && (unsigned char)t.p[t.n] > ' ' && strchr(",;=\"<>", t.p[t.n]) == NULL)
		t.n++;
	s->p += t.n;
	s->n -= t.n;
	return t;
}

/* `"…"` with backslashes, or a token. The value still holds its backslashes. */
static bool take_value(struct span *s, struct span *out)
{
	size_t i = 0;

	skip_blanks(s);
	if (s->n == 0 || s->p[0] != '"') {
		*out = take_token(s);
		return true;
	}
	for (i = 1; i < s->n && s->p[i] != '"'; i++)
		if (s->p[i] == '\\')
			i++;
	if (i >= s->n)
		return false;
	*out = span_mk(s->p + 1, i - 1);
	s->p += i + 1;
	s->n -= i + 1;
	return true;
}

static bool name_is(struct span s, const char *name)
{
	return s.n == strlen(name) && strncasecmp(s.p, name, s.n) == 0;
}

/* Relations are words with blanks between, without case (RFC 8288 2.1.1, 3.3). */
static bool has_word(struct span list, const char *word)
{
	size_t i = 0, k;

	while (i < list.n) {
		for (k = i; k < list.n && list.p[k] != ' ' && list.p[k] != '\t'; k++)
			;
		if (name_is(span_mk(list.p + i, k - i), word))
			return true;
		i = k + 1;
	}
	return false;
}

struct link {
	struct span target, rel;
	bool has_rel, elsewhere;	/* anchor: about another page than this one */
};

/* `; name=value` as often as it comes; of several rel the first counts (RFC 8288 3.3). */
static bool take_params(struct span *s, struct link *l)
{
	struct span name, value;

	while (take(s, ';')) {
		skip_blanks(s);
		name = take_token(s);
		value = span_mk("", 0);
		if (take(s, '=') && !take_value(s, &value))
			return false;
		if (name_is(name, "anchor"))
			l->elsewhere = true;
		if (!name_is(name, "rel") || l->has_rel)
			continue;
		l->rel = value;
		l->has_rel = true;
	}
	return true;
}

static bool take_link(struct span *s, struct link *l)
{
	size_t n = 0;

	*l = (struct link){ .has_rel = false };
	if (!take(s, '<'))
		return false;
	while (n < s->n && s->p[n] != '>')
		n++;
	if (n == s->n)
		return false;
	l->target = span_mk(s->p, n);
	s->p += n + 1;
	s->n -= n + 1;
	return take_params(s, l);
}

enum err lti_link_find(struct arena *a, struct span header, const char *rel, const char **url_out)
{
	struct link l = { .has_rel = false };
	struct lti_url u;

	assert(rel != NULL && rel[0] != '\0');
	*url_out = NULL;
	for (;;) {
		while (take(&header, ','))	/* empty elements (RFC 9110 5.6.1) */
			;
		skip_blanks(&header);
		if (header.n == 0)
			return E_MISSING;
		if (!take_link(&header, &l))
			return E_INPUT;
		skip_blanks(&header);
		if (header.n > 0 && header.p[0] != ',')
			return E_INPUT;
		if (l.has_rel && !l.elsewhere && has_word(l.rel, rel))
			break;
	}
	if (l.target.n > URL_MAX || !lti_url_parse(l.target, &u))
		return E_INPUT;
	*url_out = arena_strndup(a, l.target.p, l.target.n);
	return *url_out == NULL ? E_NOMEM : E_OK;
}

/* ---- the walk ---- */

static enum err remember(struct lti_walk *w, const char *url)
{
	struct lti_walk_page *p = arena_new(w->a, struct lti_walk_page);

	assert(w->pages < LTI_PAGES_MAX);
	if (p == NULL || url == NULL)
		return E_NOMEM;
	p->url = url;
	p->next = w->seen;
	w->seen = p;
	w->pages++;
	return E_OK;
}

enum err lti_walk_begin(struct lti_walk *w, struct arena *a, const char *url)
{
	struct lti_url u;

	*w = (struct lti_walk){ .a = a };
	if (!lti_url_parse(span_of(url), &u))
		return E_INPUT;
	return remember(w, arena_strdup(a, url));
}

enum err lti_walk_next(struct lti_walk *w, struct span link, const char **next_out,
		       struct fault *f)
{
	const char *next;
	enum err e = lti_link_find(w->a, link, "next", &next);

	assert(w->seen != NULL);
	*next_out = NULL;
	if (e == E_MISSING)
		return E_OK;
	if (e != E_OK)
		return FAULT(f, e, "the Link header does not say where the next page is");
	/* whoever leads us elsewhere gets neither the token nor the names */
	if (!lti_same_origin(span_of(w->seen->url), span_of(next)))
		return FAULT(f, E_DENIED, "the next page lies on another server");
	for (const struct lti_walk_page *p = w->seen; p != NULL; p = p->next)
		if (str_eq(p->url, next))
			return FAULT(f, E_CONFLICT, "the pages lead in a circle");
	if (w->pages >= LTI_PAGES_MAX)
		return FAULT(f, E_LIMIT, "more than %u pages", LTI_PAGES_MAX);
	e = remember(w, next);
	if (e == E_OK)
		*next_out = next;
	return e;
}
