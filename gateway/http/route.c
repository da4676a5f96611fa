/*
 * Routes as data: start-up compiles and checks every row, a request walks them.
 * A parameter stands for a positive id and nothing else, so "/goals/new" and
 * "/goals/:goal" never compete.
 */
#include "gw/route.h"

#include "base/magic.h"
#include "http.h"

#define ROUTE_ROWS 600

static const struct {
	unsigned who;
	enum act act;
	const char *name;
} policies[POLICY_COUNT] = {
#define POLICY(NAME, who_bits, act_kind) [POLICY_##NAME] = { who_bits, act_kind, #NAME },
#include "../app/policy.def"
#undef POLICY
};

static struct route_row rows[ROUTE_ROWS];
static unsigned n_rows;

unsigned route_policy_who(enum policy p)
{
	assert(p > POLICY_NONE && p < POLICY_COUNT);
	return policies[p].who;
}

enum act route_policy_act(enum policy p)
{
	assert(p > POLICY_NONE && p < POLICY_COUNT);
	return policies[p].act;
}

static enum err wrong(struct fault *f, const struct feature *ft, const struct route *r,
		      const char *why)
{
	return FAULT(f, E_INTERNAL, "feature %s, route %s: %s", ft->name, r->path, why);
}

/* Splits the path of a row; NULL, or what is wrong with it. */
static const char *row_compile(const struct route *r, struct route_row *row)
{
	const char *p = r->path;
	unsigned params = 0;

	*row = (struct route_row){ .route = r };
	if (*p != '/')
		return "the path does not start with /";
	if (p[1] == '\0')
		return NULL;
	while (*p == '/') {
		struct span s = { p + 1, strcspn(p + 1, "/") };

		p = s.p + s.n;
		if (span_eqz(s, "*") && *p == '\0') {
			if (!(r->flags & ROUTE_TOP))
				return "only a ROUTE_TOP path may end in *";
			row->wild = true;
			return NULL;
		}
		if (row->n == ROUTE_SEGS)
			return "the path is too long";
		if (s.n > 0 && s.p[0] == ':') {
			s = span_mk(s.p + 1, s.n - 1);
			row->kind[row->n] = obj_by_name(s);
			if (row->kind[row->n] == OBJ_NONE)
				return "a parameter is no kind of object.def";
			if (++params > REQ_OBJECTS)
				return "too many parameters";
			if (r->flags & ROUTE_TOP)
				return "a ROUTE_TOP path has no reader to check a parameter for";
		}
		row->seg[row->n++] = s;
	}
	return NULL;
}

static const char *form_wrong(const struct form_def *d)
{
	if (d->n > FORM_MAX)
		return "a form is larger than FORM_MAX";
	for (unsigned i = 0; i < d->n; i++) {
		const struct field *fl = &d->field[i];
		bool text = fl->type == F_TEXT || fl->type == F_LINE;

		if (fl->name == NULL || fl->name[0] == '\0' || str_eq(fl->name, "csrf") ||
		    str_eq(fl->name, "ok"))
			return "a field has no name, or one of ours (csrf, ok)";
		if ((text && fl->max <= 0) || fl->min > fl->max)
			return "a field has no proper limits";
		if (fl->type == F_CHOICE && fl->choices == NULL)
			return "a field has no choices";
		for (unsigned k = 0; k < i; k++)
			if (str_eq(d->field[k].name, fl->name))
				return "a form names a field twice";
	}
	return NULL;
}

static const char *row_wrong(const struct route *r)
{
	const char *why = NULL;
	unsigned who;

	if (r->policy <= POLICY_NONE || r->policy >= POLICY_COUNT)
		return "no policy";
	if (r->handler == NULL)
		return "no handler";
	who = policies[r->policy].who;
	if (((who & WHO_PUBLIC) != 0) != ((r->flags & ROUTE_TOP) != 0) || who == 0)
		return "WHO_PUBLIC and ROUTE_TOP go together";
	if (r->method == METHOD_POST && r->form == NULL && !(r->flags & ROUTE_FOREIGN_POST))
		return "a POST without a form";
	if (r->method == METHOD_GET && (r->form != NULL || (r->flags & ROUTE_UPLOAD) != 0))
		return "a GET with a body";
	if (r->method == METHOD_POST && policies[r->policy].act < ACT_SESSION &&
	    !(r->flags & ROUTE_FOREIGN_POST))
		return "a POST without an ACT_WRITE policy";
	if (r->method == METHOD_GET && policies[r->policy].act >= ACT_SESSION)
		return "a GET must not write";
	if (r->form != NULL)
		why = form_wrong(r->form);
	if (why == NULL && r->query != NULL)
		why = form_wrong(r->query);
	return why;
}

static bool same_path(const struct route_row *a, const struct route_row *b)
{
	if (a->n != b->n || a->wild != b->wild || a->route->method != b->route->method ||
	    ((a->route->flags ^ b->route->flags) & ROUTE_TOP) != 0)
		return false;
	for (unsigned i = 0; i < a->n; i++) {
		if ((a->kind[i] == OBJ_NONE) != (b->kind[i] == OBJ_NONE))
			return false;
		if (a->kind[i] == OBJ_NONE && !span_eq(a->seg[i], b->seg[i]))
			return false;
	}
	return true;
}

static enum err add_feature(const struct feature *ft, struct fault *f)
{
	for (const struct route *r = ft->routes; r != NULL && r->path != NULL; r++) {
		const char *why;

		if (n_rows == ROUTE_ROWS)
			return FAULT(f, E_INTERNAL, "more than %d routes", ROUTE_ROWS);
		why = row_compile(r, &rows[n_rows]);
		if (why == NULL)
			why = row_wrong(r);
		for (unsigned i = 0; why == NULL && i < n_rows; i++)
			if (same_path(&rows[i], &rows[n_rows]))
				why = "this path and method stand there twice";
		if (why != NULL)
			return wrong(f, ft, r, why);
		n_rows++;
	}
	return E_OK;
}

enum err routes_check(struct fault *f)
{
	enum err e;

	n_rows = 0;
	e = add_feature(&http_feature, f);
	for (unsigned i = 0; e == E_OK && all_features[i] != NULL; i++) {
		assert(all_features[i]->name != NULL);
		e = add_feature(all_features[i], f);
	}
	if (e != E_OK)
		n_rows = 0;
	return e;
}

static bool row_fits(const struct route_row *row, const struct span *seg, unsigned n,
		     struct route_hit *hit)
{
	if (row->wild ? n <= row->n : n != row->n)
		return false;
	hit->n_id = 0;
	for (unsigned i = 0; i < row->n; i++) {
		if (row->kind[i] == OBJ_NONE) {
			if (!span_eq(row->seg[i], seg[i]))
				return false;
		} else if (!span_int64(seg[i], &hit->id[hit->n_id]) || hit->id[hit->n_id++] <= 0) {
			return false;
		}
	}
	return true;
}

void route_match(struct span path, bool top, enum method method, struct route_hit *hit)
{
	struct span seg[ROUTE_SEGS + 1];
	const char *end = path.p + path.n, *p = path.p;
	unsigned n = 0;

	*hit = (struct route_hit){ .row = NULL };
	assert(path.n > 0 && path.p[0] == '/');
	while (path.n > 1 && p < end) {
		const char *q = memchr(p + 1, '/', (size_t)(end - p - 1));

		if (n == ROUTE_SEGS + 1)
			return;
		q = q != NULL ? q : end;
		seg[n++] = span_mk(p + 1, (size_t)(q - p - 1));
		p = q;
	}
	for (unsigned i = 0; i < n_rows; i++) {
		const struct route *r = rows[i].route;

		if (((r->flags & ROUTE_TOP) != 0) != top || !row_fits(&rows[i], seg, n, hit))
			continue;
		if (r->method != method) {
			hit->wrong_method = true;
			continue;
		}
		hit->row = &rows[i];
		hit->wrong_method = false;
		if (rows[i].wild)
			hit->rest = span_mk(seg[rows[i].n].p, (size_t)(end - seg[rows[i].n].p));
		return;
	}
}
