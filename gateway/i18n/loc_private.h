/*
 * Inside gateway/i18n: what a language is, and one thread's ICU objects. They
 * are costly to open (a date format takes 77 us) and not to be shared while in
 * use, so each thread keeps its own and frees them when it ends.
 */
#ifndef LINTEL_I18N_LOC_PRIVATE_H
#define LINTEL_I18N_LOC_PRIVATE_H

#include <unicode/ucal.h>
#include <unicode/ucol.h>
#include <unicode/udat.h>
#include <unicode/unum.h>
#include <unicode/upluralrules.h>

#include "gw/i18n.h"

#define LOC_MAX 12		/* catalogue languages and their regions */
#define ZONE_NAME_MAX 48
#define DATE_STYLES (DATE_BRIEF + 1)

struct loc {
	const char *tag;	/* BCP 47 */
	const char *icu;	/* formats; the calendar is always the Gregorian one */
	unsigned at;		/* position in the table of languages */
	unsigned lang;		/* position in msg_lang[] */
};

#define PLURAL_FORMS 6		/* zero one two few many other, as catc counts them */

bool loc_rtl(const struct loc *l);

/* Position of the plural form that `n` takes. */
unsigned loc_plural(const struct loc *l, int64_t n);

struct date_slot {
	UDateFormat *fmt;
	const struct loc *l;
	enum date_style style;
	char zone[ZONE_NAME_MAX];
	uint64_t used;
};

struct zone_slot {
	UCalendar *cal;
	char zone[ZONE_NAME_MAX];
	uint64_t used;
};

#define DATE_SLOTS 32
#define ZONE_SLOTS 8

struct icu_thread {
	uint64_t tick;
	UPluralRules *plural[LOC_MAX];
	UNumberFormat *number[LOC_MAX];
	UCollator *order[LOC_MAX];
	UChar pattern[LOC_MAX][DATE_STYLES][64];
	struct date_slot date[DATE_SLOTS];
	struct zone_slot zone[ZONE_SLOTS];
};

/* This thread's objects; never NULL (without memory the process ends). */
struct icu_thread *icu_thread(void);

/* Converts for ICU; returns the length. The zone is cut at ZONE_NAME_MAX. */
int32_t icu_zone_name(const char *zone, UChar out[ZONE_NAME_MAX]);
void icu_append(struct buf *out, const UChar *s, int32_t n);

#endif
