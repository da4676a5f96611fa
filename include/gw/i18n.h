/*
 * Languages. Catalogues are compiled in (gateway/i18n/cat/LANG/AREA.cat); a key
 * that a language lacks fails the build. Keys become enum msg: "goal.new.title"
 * is MSG_goal_new_title. ICU stands behind dates, numbers, plurals, collation.
 *
 * Threads: a struct loc is shared and read-only; formatters are cached per
 * thread inside.
 */
#ifndef LINTEL_GW_I18N_H
#define LINTEL_GW_I18N_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "gen/msg.h"		/* enum msg, made by gateway/tools/catc */

struct loc;

/*
 * Best match for a platform's or browser's tag: "pt_br", "da-x-k12", "ar-EG",
 * "es_mx". Never NULL; unknown and literal "$Message.locale" give the default.
 */
const struct loc *loc_find(const char *tag);
const struct loc *loc_default(void);
void loc_set_default(const char *tag);
const struct loc *const *loc_all(void);		/* NULL-terminated */

const char *loc_tag(const struct loc *l);	/* BCP 47: "ar" */
const char *loc_dir(const struct loc *l);	/* "ltr" or "rtl" */
const char *loc_own_name(const struct loc *l);	/* "العربية" */

struct msg_arg {
	const char *name;	/* as in the catalogue: {who} */
	const char *text;	/* NULL: num is the value */
	int64_t num;
};

/* Plain text; escaping is the template's work. */
void loc_msg(const struct loc *l, struct buf *out, enum msg m, const struct msg_arg *arg,
	     unsigned n);
/* A message without arguments; static storage. */
const char *loc_str(const struct loc *l, enum msg m);

enum date_style {
	DATE_DAY,	/* 3 December */
	DATE_FULL,	/* Thursday, 3 December 2026 */
	DATE_SHORT,	/* 3 Dec 2026 */
	DATE_TIME,	/* 16:20 */
	DATE_DAY_TIME,	/* Thu 3 Dec, 16:20 */
	DATE_BRIEF,	/* 3 Dec */
};

void loc_date(const struct loc *l, const char *zone, int64_t ms, enum date_style style,
	      struct buf *out);
void loc_number(const struct loc *l, int64_t n, struct buf *out);
int loc_compare(const struct loc *l, const char *a, const char *b);	/* names, UTF-8 */

/* Wall time in an IANA zone. E_INPUT: no such zone. */
enum err zone_check(const char *zone);
int64_t zone_to_utc(const char *zone, int64_t day, int minute);	/* day = days since 1970 */
void zone_from_utc(const char *zone, int64_t ms, int64_t *day_out, int *minute_out);

#endif
