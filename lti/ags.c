/*
 * Assignment and Grade Services: line items, scores and results as JSON.
 */
#include "lti/ags.h"

#include <math.h>

#include "base/day.h"
#include "base/json.h"
#include "base/magic.h"
#include "lti/util.h"
#include "priv.h"
#include "text.h"

#define DEPTH 16u
#define LIST_MAX 20000u
#define DAY_MS (24 * 3600 * 1000LL)

/* ---- addresses ---- */

static void add(struct buf *b, const char *name, const char *value)
{
	bool query = b->p != NULL && strchr(b->p, '?') != NULL;

	if (value == NULL)
		return;
	buf_printf(b, "%c%s=", query ? '&' : '?', name);
	lti_url_escape(b, span_of(value));
}

static const char *taken(struct arena *a, struct buf *b)
{
	const char *s = b->err == E_OK && b->p != NULL ? arena_strndup(a, b->p, b->len) : NULL;

	buf_release(b);
	return s;
}

const char *lti_ags_url(struct arena *a, const char *url, const struct lti_ags_ask *q)
{
	struct buf b = BUF_INIT(16384);
	char number[12];

	assert(url != NULL && q != NULL);
	snprintf(number, sizeof(number), "%u", q->limit);
	buf_add(&b, url, strcspn(url, "#"));
	add(&b, "resource_link_id", q->resource_link);
	add(&b, "resource_id", q->resource_id);
	add(&b, "tag", q->tag);
	add(&b, "user_id", q->user);
	add(&b, "limit", q->limit > 0 ? number : NULL);
	return taken(a, &b);
}

const char *lti_ags_part_url(struct arena *a, const char *lineitem, const char *part)
{
	struct buf b = BUF_INIT(16384);
	size_t path = strcspn(lineitem, "?#"), query = strcspn(lineitem, "#");

	assert(part != NULL && part[0] != '\0' && path <= query);
	buf_add(&b, lineitem, path);
	if (b.len == 0 || b.p[b.len - 1] != '/')
		buf_addc(&b, '/');
	buf_addz(&b, part);
	buf_add(&b, lineitem + path, query - path);
	return taken(a, &b);
}

/* ---- writing ---- */

/* JSON knows no comma in numbers, whatever the locale of the process says. */
static void write_number(struct json *j, const char *key, double v)
{
	char text[40];

	assert(isfinite(v));
	snprintf(text, sizeof(text), "%.15g", v);
	for (char *p = text; *p != '\0'; p++)
		if (*p == ',')
			*p = '.';
	json_sep(j, key);
	buf_addz(j->b, text);
}

static void write_text(struct json *j, const char *key, const char *v)
{
	if (v != NULL)
		json_str(j, key, v);
}

enum err lti_ags_item_write(const struct lti_lineitem *l, struct buf *out)
{
	struct json j;

	if (l->label == NULL || l->label[0] == '\0' || !isfinite(l->score_max) || l->score_max <= 0)
		return E_INPUT;
	json_init(&j, out);
	json_open(&j, NULL, '{');
	write_text(&j, "id", l->id);
	write_number(&j, "scoreMaximum", l->score_max);
	json_str(&j, "label", l->label);
	write_text(&j, "resourceLinkId", l->resource_link);
	write_text(&j, "resourceId", l->resource_id);
	write_text(&j, "tag", l->tag);
	write_text(&j, "startDateTime", l->start);
	write_text(&j, "endDateTime", l->end);
	json_close(&j, '}');
	return out->err;
}

void lti_ags_time(int64_t ms, char out[32])
{
	int64_t day = ms / DAY_MS - (ms % DAY_MS < 0), in = ms - day * DAY_MS;
	struct date d = day_date(day);

	assert(in >= 0 && in < DAY_MS);
	snprintf(out, 32, "%04d-%02d-%02dT%02d:%02d:%02d.%03dZ", (int)(d.year % 10000), d.month,
		 d.day, (int)(in / 3600000), (int)(in / 60000 % 60), (int)(in / 1000 % 60),
		 (int)(in % 1000));
}

int64_t lti_ags_after(int64_t now_ms, int64_t last_ms)
{
	return now_ms > last_ms ? now_ms : last_ms + 1;
}

enum err lti_ags_score_write(const struct lti_score *s, struct buf *out)
{
	static const char *const activity[] = { "Initialized", "Started", "InProgress", "Submitted",
						"Completed" };
	static const char *const grading[] = { "FullyGraded", "Pending", "PendingManual", "Failed",
					       "NotReady" };
	struct json j;
	char at[32];

	assert((size_t)s->activity < ARRAY_LEN(activity) && (size_t)s->grading < ARRAY_LEN(grading));
	if (s->user == NULL || s->user[0] == '\0' ||
	    (s->given && (!isfinite(s->score) || !isfinite(s->score_max) || s->score < 0 ||
			  s->score_max <= 0)))
		return E_INPUT;
	lti_ags_time(s->at_ms, at);
	json_init(&j, out);
	json_open(&j, NULL, '{');
	json_str(&j, "userId", s->user);
	json_str(&j, "timestamp", at);
	if (s->given) {
		write_number(&j, "scoreGiven", s->score);
		write_number(&j, "scoreMaximum", s->score_max);
	}
	write_text(&j, "comment", s->comment);
	json_str(&j, "activityProgress", activity[s->activity]);
	json_str(&j, "gradingProgress", grading[s->grading]);
	json_close(&j, '}');
	return out->err;
}

/* ---- reading ---- */

static const char *id_or_null(struct arena *a, const json_t *o, const char *name)
{
	const char *id = NULL;

	return lti_text_id(a, json_object_get(o, name), &id) == TEXT_OK ? id : NULL;
}

static bool finite_number(const json_t *v, double *out)
{
	if (!json_is_number(v) || !isfinite(json_number_value(v)))
		return false;
	*out = json_number_value(v);
	return true;
}

static bool read_item(struct arena *a, const json_t *o, struct lti_lineitem *l)
{
	*l = (struct lti_lineitem){
		.id = lti_text_url(a, json_object_get(o, "id"), true),
		.label = lti_text_line(a, json_object_get(o, "label")),
		.resource_link = id_or_null(a, o, "resourceLinkId"),
		.resource_id = id_or_null(a, o, "resourceId"),
		.tag = id_or_null(a, o, "tag"),
		.start = lti_text_word(a, json_object_get(o, "startDateTime"), "-:.+", 40),
		.end = lti_text_word(a, json_object_get(o, "endDateTime"), "-:.+", 40),
	};
	return finite_number(json_object_get(o, "scoreMaximum"), &l->score_max) &&
	       l->id != NULL && l->label != NULL;
}

static bool read_result(struct arena *a, const json_t *o, struct lti_score_result *r)
{
	*r = (struct lti_score_result){
		.id = lti_text_url(a, json_object_get(o, "id"), true),
		.user = id_or_null(a, o, "userId"),
		.item = lti_text_url(a, json_object_get(o, "scoreOf"), true),
		.comment = lti_text_line(a, json_object_get(o, "comment")),
		.score_max = 1,
	};
	r->given = finite_number(json_object_get(o, "resultScore"), &r->score);
	finite_number(json_object_get(o, "resultMaximum"), &r->score_max);
	return r->user != NULL;
}

enum err lti_ags_item_read(struct arena *a, struct span body, struct lti_lineitem *out,
			   struct fault *f)
{
	json_t *o = body.n > LTI_AGS_BODY_MAX ? NULL : lti_json_object(body, DEPTH);
	bool ok = o != NULL && read_item(a, o, out);

	json_decref(o);
	if (a->failed)
		return E_NOMEM;
	return ok ? E_OK : FAULT(f, E_INPUT, "the answer is no line item");
}

/* The outermost is an array here, so it is read as the one member of an object. */
static json_t *read_list(struct span body)
{
	struct buf b = BUF_INIT(LTI_AGS_BODY_MAX + 16);
	json_t *o = NULL, *v = NULL;

	buf_addz(&b, "{\"v\":");
	buf_add(&b, body.p, body.n);
	buf_addc(&b, '}');
	if (b.err == E_OK)
		o = lti_json_object(span_mk(b.p, b.len), DEPTH);
	buf_release(&b);
	/* a body that closes our object and opens another would have two names */
	if (json_object_size(o) == 1 && json_is_array(json_object_get(o, "v")))
		v = json_incref(json_object_get(o, "v"));
	json_decref(o);
	return v;
}

typedef bool (*entry_fn)(struct arena *a, const json_t *o, void *out);

static enum err read_entries(struct arena *a, struct span body, size_t size, entry_fn read,
			     void **v_out, unsigned *n_out, struct fault *f)
{
	json_t *list = read_list(body);
	size_t n = json_array_size(list);
	unsigned kept = 0;
	char *v = NULL;

	*v_out = NULL;
	*n_out = 0;
	if (list == NULL || n > LIST_MAX) {
		json_decref(list);
		return FAULT(f, E_INPUT, "the answer is no list, or too long");
	}
	v = arena_array(a, n + 1, size);
	for (size_t i = 0; v != NULL && i < n; i++)
		if (json_is_object(json_array_get(list, i)) &&
		    read(a, json_array_get(list, i), v + kept * size))
			kept++;
	json_decref(list);
	if (a->failed)
		return E_NOMEM;
	*v_out = v;
	*n_out = kept;
	return E_OK;
}

static bool item_entry(struct arena *a, const json_t *o, void *out)
{
	return read_item(a, o, out);
}

static bool result_entry(struct arena *a, const json_t *o, void *out)
{
	return read_result(a, o, out);
}

enum err lti_ags_items_read(struct arena *a, struct span body, struct lti_lineitem **v_out,
			    unsigned *n_out, struct fault *f)
{
	void *v;
	enum err e = read_entries(a, body, sizeof(**v_out), item_entry, &v, n_out, f);

	*v_out = v;
	return e;
}

enum err lti_ags_results_read(struct arena *a, struct span body, struct lti_score_result **v_out,
			      unsigned *n_out, struct fault *f)
{
	void *v;
	enum err e = read_entries(a, body, sizeof(**v_out), result_entry, &v, n_out, f);

	*v_out = v;
	return e;
}
