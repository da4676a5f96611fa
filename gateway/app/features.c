/* The list of features that the pipeline, the jobs and the export walk. */
#include <stdlib.h>

#include "base/magic.h"
#include "gw/clock.h"
#include "gw/route.h"

#define FEATURE(name) extern const struct feature name##_feature;
#include "features.def"
#undef FEATURE

const struct feature *const all_features[] = {
#define FEATURE(name) &name##_feature,
#include "features.def"
#undef FEATURE
	NULL,
};

void need_add(struct req *r, struct need_list *list, struct need n)
{
	struct need *v = arena_grow(&r->a, list->v, list->n, &list->cap, sizeof(*v));

	if (v == NULL)
		return;		/* the arena remembers that it failed */
	list->v = v;
	v[list->n++] = n;
}

/* Due things by time, then the rest as the features gave them. */
static int by_due(const void *a, const void *b)
{
	const struct need *x = a, *y = b;
	int64_t dx = x->due_ms == 0 ? INT64_MAX : x->due_ms;
	int64_t dy = y->due_ms == 0 ? INT64_MAX : y->due_ms;

	return dx < dy ? -1 : dx > dy ? 1 : 0;
}

enum err needs_gather(struct req *r, struct need_list *list)
{
	enum err err = E_OK;

	*list = (struct need_list){ 0 };
	/* Nothing waits for who only reads along. */
	if (r->who.aide)
		return E_OK;
	for (const struct feature *const *f = all_features; err == E_OK && *f != NULL; f++)
		if ((*f)->needs_you != NULL)
			err = (*f)->needs_you(r, list);
	if (err == E_OK && r->a.failed)
		err = E_NOMEM;
	if (err == E_OK && list->n > 1)
		qsort(list->v, list->n, sizeof(*list->v), by_due);
	return err;
}

enum err export_rows(struct db *db, const struct actor *who, int64_t child, const char *name,
		     export_fn write, struct buf *json)
{
	struct access acc = { .kind = OBJ_NONE };
	bool all = who->door == DOOR_ADMIN;
	enum err err = all ? E_OK : access_child(db, who, clock_now_ms(), child, &acc);

	if (err != E_OK)
		return err;
	buf_addc(json, '"');
	buf_addz(json, name);
	buf_addz(json, "\":");
	if (!all && acc.rel != REL_GUARDIAN) {
		buf_addz(json, "[]");
		return json->err;
	}
	assert(all || acc.household > 0);
	return write(db, who->tenant, child, acc.household, json);
}
