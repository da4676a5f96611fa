/*
 * Numbers, plurals, dates and the order of names, by ICU. Every object is opened
 * once a thread and kept (see loc_private.h).
 */
#include <inttypes.h>
#include <pthread.h>
#include <string.h>
#include <unicode/udatpg.h>
#include <unicode/ustring.h>

#include "base/str.h"
#include "loc_private.h"

static pthread_key_t key;
static pthread_once_t once = PTHREAD_ONCE_INIT;
static _Thread_local struct icu_thread *mine;

static void thread_ends(void *vp)
{
	struct icu_thread *t = vp;

	for (unsigned i = 0; i < LOC_MAX; i++) {
		if (t->plural[i] != NULL)
			uplrules_close(t->plural[i]);
		if (t->number[i] != NULL)
			unum_close(t->number[i]);
		if (t->order[i] != NULL)
			ucol_close(t->order[i]);
	}
	for (unsigned i = 0; i < DATE_SLOTS; i++)
		if (t->date[i].fmt != NULL)
			udat_close(t->date[i].fmt);
	for (unsigned i = 0; i < ZONE_SLOTS; i++)
		if (t->zone[i].cal != NULL)
			ucal_close(t->zone[i].cal);
	free(t);
	mine = NULL;
}

static void make_key(void)
{
	int e = pthread_key_create(&key, thread_ends);

	assert(e == 0);
}

struct icu_thread *icu_thread(void)
{
	if (mine != NULL)
		return mine;
	pthread_once(&once, make_key);
	mine = calloc(1, sizeof(*mine));
	assert(mine != NULL);
	pthread_setspecific(key, mine);
	return mine;
}

int32_t icu_zone_name(const char *zone, UChar out[ZONE_NAME_MAX])
{
	int32_t n = 0;

	while (n < ZONE_NAME_MAX - 1 && zone[n] != '\0') {
		out[n] = (unsigned char)zone[n];
		n++;
	}
	out[n] = 0;
	return n;
}

void icu_append(struct buf *out, const UChar *s, int32_t n)
{
	UErrorCode e = U_ZERO_ERROR;
	char utf8[512];
	int32_t len = 0;

	assert(n >= 0 && n <= 128);
	u_strToUTF8(utf8, sizeof(utf8), &len, s, n, &e);
	if (U_FAILURE(e))
		buf_fail(out, E_INTERNAL);
	else
		buf_add(out, utf8, (size_t)len);
}

unsigned loc_plural(const struct loc *l, int64_t n)
{
	static const char first[PLURAL_FORMS][6] = { "zero", "one", "two", "few", "many", "other" };
	struct icu_thread *t = icu_thread();
	UErrorCode e = U_ZERO_ERROR;
	UChar word[16];
	char ascii[16] = "";
	int32_t len;

	if (t->plural[l->at] == NULL)
		t->plural[l->at] = uplrules_open(l->icu, &e);
	/* Beyond 2^53 the last digits no longer choose the form; nobody counts so far. */
	len = U_FAILURE(e) ? 0 : uplrules_select(t->plural[l->at], (double)n, word, 16, &e);
	if (U_SUCCESS(e) && len < 16)
		u_UCharsToChars(word, ascii, len);
	for (unsigned i = 0; i < PLURAL_FORMS; i++)
		if (str_eq(ascii, first[i]))
			return i;
	return PLURAL_FORMS - 1;
}

void loc_number(const struct loc *l, int64_t n, struct buf *out)
{
	struct icu_thread *t = icu_thread();
	UErrorCode e = U_ZERO_ERROR;
	UChar u[64];
	int32_t len;

	if (t->number[l->at] == NULL)
		t->number[l->at] = unum_open(UNUM_DECIMAL, NULL, 0, l->icu, NULL, &e);
	len = U_FAILURE(e) ? 0 : unum_formatInt64(t->number[l->at], n, u, 64, NULL, &e);
	if (U_FAILURE(e) || len >= 64)
		buf_printf(out, "%" PRId64, n);
	else
		icu_append(out, u, len);
}

int loc_compare(const struct loc *l, const char *a, const char *b)
{
	struct icu_thread *t = icu_thread();
	UErrorCode e = U_ZERO_ERROR;
	UCollationResult r = UCOL_EQUAL;

	if (t->order[l->at] == NULL)
		t->order[l->at] = ucol_open(l->icu, &e);
	if (U_SUCCESS(e))
		r = ucol_strcollUTF8(t->order[l->at], a, -1, b, -1, &e);
	if (U_FAILURE(e))
		return strcmp(a, b);
	return r == UCOL_LESS ? -1 : r == UCOL_GREATER ? 1 : 0;
}

/* ---- dates ---------------------------------------------------------------- */

/* What to show, as CLDR skeletons; the language says in which order. */
static const UChar *skeleton(enum date_style s)
{
	switch (s) {
	case DATE_DAY:
		return u"dMMMM";
	case DATE_FULL:
		return u"yMMMMEEEEd";
	case DATE_SHORT:
		return u"yMMMd";
	case DATE_TIME:
		return u"jmm";
	case DATE_DAY_TIME:
		return u"EEEdMMMjmm";
	case DATE_BRIEF:
		return u"MMMd";
	}
	WRONG("a date style out of range");
}

static const UChar *pattern_of(struct icu_thread *t, const struct loc *l, enum date_style s)
{
	UChar *p = t->pattern[l->at][s];
	UErrorCode e = U_ZERO_ERROR;
	UDateTimePatternGenerator *g;

	if (p[0] != 0)
		return p;
	g = udatpg_open(l->icu, &e);
	if (U_SUCCESS(e))
		udatpg_getBestPattern(g, skeleton(s), -1, p, 64, &e);
	if (U_FAILURE(e))
		u_strcpy(p, u"y-MM-dd HH:mm");
	udatpg_close(g);
	return p;
}

static UDateFormat *date_format(const struct loc *l, const char *zone, enum date_style style)
{
	struct icu_thread *t = icu_thread();
	struct date_slot *old = &t->date[0];
	UErrorCode e = U_ZERO_ERROR;
	UChar z[ZONE_NAME_MAX];
	int32_t zn;

	for (unsigned i = 0; i < DATE_SLOTS; i++) {
		struct date_slot *d = &t->date[i];

		if (d->fmt != NULL && d->l == l && d->style == style && str_eq(d->zone, zone)) {
			d->used = ++t->tick;
			return d->fmt;
		}
		if (d->used < old->used)
			old = d;
	}
	if (old->fmt != NULL)
		udat_close(old->fmt);
	zn = icu_zone_name(zone, z);
	old->fmt = udat_open(UDAT_PATTERN, UDAT_PATTERN, l->icu, z, zn, pattern_of(t, l, style),
			     -1, &e);
	if (U_FAILURE(e)) {
		old->fmt = NULL;
		return NULL;
	}
	old->l = l;
	old->style = style;
	old->used = ++t->tick;
	snprintf(old->zone, sizeof(old->zone), "%s", zone);
	return old->fmt;
}

void loc_date(const struct loc *l, const char *zone, int64_t ms, enum date_style style,
	      struct buf *out)
{
	UDateFormat *fmt;
	UErrorCode e = U_ZERO_ERROR;
	UChar u[128];
	int32_t n;

	assert(l != NULL && zone != NULL);
	assert((unsigned)style < DATE_STYLES);
	fmt = date_format(l, zone, style);
	if (fmt == NULL) {
		buf_fail(out, E_NOMEM);
		return;
	}
	n = udat_format(fmt, (UDate)ms, u, 128, NULL, &e);
	if (U_FAILURE(e) || n > 128)
		buf_fail(out, E_INTERNAL);
	else
		icu_append(out, u, n);
}
