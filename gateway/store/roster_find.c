/* Findings and the report. A report names lines and sourcedids, never values. */
#include <inttypes.h>
#include <stdlib.h>

#include "base/json.h"
#include "base/magic.h"
#include "roster_private.h"

#define TEXTS_MAX (8u << 20)
#define REPORT_MAX (16u << 20)

static struct span kept(struct roster *r, struct span s)
{
	char *p;

	if (s.n == 0)
		return span_mk("", 0);
	p = arena_strndup(&r->texts, s.p, s.n);
	return p == NULL ? span_mk("", 0) : span_mk(p, s.n);
}

/* Counts always; keeps the first thousand of each code, so a report stays readable. */
static void keep(struct roster *r, const struct xml_finding *f)
{
	struct found *v;
	size_t cap;

	assert((unsigned)f->code < XC_COUNT && f->code != XC_NONE);
	if (f->level == XL_WARN)
		r->rep.count[f->kind].warned++;
	if (r->code_count[f->code]++ >= ROSTER_FINDINGS)
		return;
	if (r->founds == r->founds_cap) {
		cap = r->founds_cap == 0 ? 64 : r->founds_cap * 2;
		v = realloc(r->found, cap * sizeof(*v));
		if (v == NULL)
			return;		/* the count above still tells the truth */
		r->found = v;
		r->founds_cap = cap;
	}
	v = &r->found[r->founds++];
	v->f = *f;
	v->f.id.source = kept(r, f->id.source);
	v->f.id.id = kept(r, f->id.id);
}

enum err roster_take_finding(void *arg, const struct xml_finding *f)
{
	struct roster *r = CAST_MAGIC(struct roster, arg, ROSTER_MAGIC);

	if ((unsigned)f->kind >= RK_COUNT)
		return E_INPUT;
	/* the reader's rejects never come as records of their own */
	if (f->level == XL_REJECT) {
		r->rep.count[f->kind].seen++;
		r->rep.count[f->kind].rejected++;
	}
	keep(r, f);
	return E_OK;
}

void roster_found(struct roster *r, enum xml_code c, enum xml_level lv, enum roster_kind k,
		  uint32_t line, uint32_t record, uint32_t other, const struct roster_id *id)
{
	struct xml_finding f = {
		.code = c, .level = lv, .kind = k, .line = line, .record = record, .other = other,
	};

	if (id != NULL)
		f.id = *id;
	else
		f.id = (struct roster_id){ { "", 0 }, { "", 0 } };
	keep(r, &f);
}

static void json_counts(struct json *j, const struct roster_counts *c, const char *name)
{
	json_open(j, name, '{');
	json_int(j, "seen", c->seen);
	json_int(j, "created", c->created);
	json_int(j, "updated", c->updated);
	json_int(j, "unchanged", c->unchanged);
	json_int(j, "removed", c->removed);
	json_int(j, "rejected", c->rejected);
	json_int(j, "restored", c->restored);
	json_int(j, "warned", c->warned);
	json_int(j, "missing", c->missing);
	json_int(j, "dangling", c->dangling);
	json_close(j, '}');
}

static void json_finding(struct json *j, const struct xml_finding *f)
{
	static const char *const level[] = { "warning", "rejected", "refused" };

	assert((unsigned)f->level < ARRAY_LEN(level));
	json_open(j, NULL, '{');
	json_str(j, "level", level[f->level]);
	json_str(j, "code", xml_code_name(f->code));
	json_str(j, "kind", roster_kind_name(f->kind));
	json_int(j, "line", f->line);
	if (f->record != 0)
		json_int(j, "record", f->record);
	if (f->other != 0)
		json_int(j, "other_line", f->other);
	if (f->id.id.n > 0) {
		json_span(j, "source", f->id.source);
		json_span(j, "id", f->id.id);
	}
	if (f->field != NULL)
		json_str(j, "field", f->field);
	json_str(j, "words", xml_code_words(f->code));
	json_close(j, '}');
}

static void json_file(struct json *j, const struct roster *r, const struct roster_end *end)
{
	json_open(j, "file", '{');
	json_str(j, "name", r->o.file_name);
	json_str(j, "sha256", r->o.sha256);
	json_int(j, "bytes", r->o.bytes);
	json_str(j, "format", end->format[0] == '\0' ? NULL : end->format);
	json_str(j, "root", end->root);
	json_str(j, "namespace", end->ns);
	json_str(j, "encoding", end->encoding);
	json_close(j, '}');
}

static void json_ignored(struct json *j, const struct roster_end *end)
{
	json_int(j, "passwords_dropped", (int64_t)end->passwords);
	json_open(j, "ignored_elements", '[');
	for (unsigned i = 0; i < ROSTER_IGNORED && end->ignored[i].count > 0; i++) {
		json_open(j, NULL, '{');
		json_str(j, "name", end->ignored[i].name);
		json_int(j, "count", (int64_t)end->ignored[i].count);
		json_close(j, '}');
	}
	json_close(j, ']');
}

static void json_fault(struct json *j, const struct xml_fault *f)
{
	if (f->code == XC_NONE)
		return;
	json_open(j, "fault", '{');
	json_str(j, "code", xml_code_name(f->code));
	json_int(j, "line", f->line);
	json_str(j, "detail", f->detail);
	json_str(j, "words", xml_code_words(f->code));
	json_close(j, '}');
}

void roster_json(struct roster *r, const struct roster_end *end, struct buf *out)
{
	static const char *const mode[] = { "unknown", "full", "delta" };
	struct json j;

	CHECK_MAGIC(r, ROSTER_MAGIC);
	json_init(&j, out);
	json_open(&j, NULL, '{');
	json_id(&j, "run", r->run);
	json_str(&j, "state", roster_state_name(r->rep.state));
	json_str(&j, "mode", mode[r->rep.mode]);
	json_bool(&j, "dry_run", r->o.dry_run);
	json_int(&j, "started_at", r->o.now_ms);
	json_file(&j, r, end);
	json_fault(&j, &r->rep.fault);
	json_open(&j, "counts", '{');
	for (unsigned k = RK_PERSON; k < RK_COUNT; k++)
		json_counts(&j, &r->rep.count[k], roster_kind_name(k));
	json_close(&j, '}');
	json_int(&j, "prohibited_pairs", r->rep.prohibitions);
	json_open(&j, "codes", '{');
	for (unsigned c = 1; c < XC_COUNT; c++)
		if (r->code_count[c] > 0)
			json_int(&j, xml_code_name(c), (int64_t)r->code_count[c]);
	json_close(&j, '}');
	json_open(&j, "findings", '[');
	for (size_t i = 0; i < r->founds; i++)
		json_finding(&j, &r->found[i].f);
	json_close(&j, ']');
	json_ignored(&j, end);
	json_close(&j, '}');
}
