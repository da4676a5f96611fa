/*
 * Wall time and UTC. A slot is kept as a local date and minute with its zone;
 * UTC is derived here, always the same way:
 *   - a minute that the clocks skip in spring means the same time after the jump
 *     (02:30 becomes 03:30);
 *   - a minute that comes twice in autumn means the first of the two.
 */
#include <string.h>

#include "base/day.h"
#include "base/str.h"
#include "loc_private.h"

#define DAY_MS INT64_C(86400000)

enum err zone_check(const char *zone)
{
	UChar z[ZONE_NAME_MAX], canonical[ZONE_NAME_MAX * 2];
	UErrorCode e = U_ZERO_ERROR;
	UBool system = 0;
	int32_t n;

	if (zone == NULL || strlen(zone) >= ZONE_NAME_MAX)
		return E_INPUT;
	if (str_eq(zone, "UTC"))
		return E_OK;
	/* ICU also knows "GMT+3", "EST" and "SystemV/…": none is a place with rules. */
	if (strchr(zone, '/') == NULL || str_starts(zone, "SystemV/") ||
	    str_eq(zone, "Etc/Unknown"))
		return E_INPUT;
	for (const char *p = zone; *p != '\0'; p++)
		if ((unsigned char)*p <= ' ' || (unsigned char)*p >= 0x7f)
			return E_INPUT;
	n = icu_zone_name(zone, z);
	ucal_getCanonicalTimeZoneID(z, n, canonical, ZONE_NAME_MAX * 2, &system, &e);
	return U_SUCCESS(e) && system ? E_OK : E_INPUT;
}

static UCalendar *calendar(const char *zone)
{
	struct icu_thread *t = icu_thread();
	struct zone_slot *old = &t->zone[0];
	UErrorCode e = U_ZERO_ERROR;
	UChar z[ZONE_NAME_MAX];
	int32_t n;

	for (unsigned i = 0; i < ZONE_SLOTS; i++) {
		struct zone_slot *s = &t->zone[i];

		if (s->cal != NULL && str_eq(s->zone, zone)) {
			s->used = ++t->tick;
			return s->cal;
		}
		if (s->used < old->used)
			old = s;
	}
	if (old->cal != NULL)
		ucal_close(old->cal);
	n = icu_zone_name(zone, z);
	old->cal = ucal_open(z, n, "en_US@calendar=gregorian", UCAL_GREGORIAN, &e);
	assert(U_SUCCESS(e));
	ucal_setAttribute(old->cal, UCAL_REPEATED_WALL_TIME, UCAL_WALLTIME_FIRST);
	ucal_setAttribute(old->cal, UCAL_SKIPPED_WALL_TIME, UCAL_WALLTIME_LAST);
	snprintf(old->zone, sizeof(old->zone), "%s", zone);
	old->used = ++t->tick;
	return old->cal;
}

int64_t zone_to_utc(const char *zone, int64_t day, int minute)
{
	UCalendar *cal = calendar(zone);
	UErrorCode e = U_ZERO_ERROR;
	struct date d = day_date(day);
	UDate ms;

	assert(day > -1000000 && day < 10000000);
	ucal_clear(cal);
	ucal_setDateTime(cal, (int32_t)d.year, d.month - 1, d.day, minute / 60, minute % 60, 0, &e);
	ucal_set(cal, UCAL_MILLISECOND, 0);
	ms = ucal_getMillis(cal, &e);
	assert(U_SUCCESS(e));
	return (int64_t)ms;
}

void zone_from_utc(const char *zone, int64_t ms, int64_t *day_out, int *minute_out)
{
	UCalendar *cal = calendar(zone);
	UErrorCode e = U_ZERO_ERROR;
	int64_t local, day;

	ucal_setMillis(cal, (UDate)ms, &e);
	local = ms + ucal_get(cal, UCAL_ZONE_OFFSET, &e) + ucal_get(cal, UCAL_DST_OFFSET, &e);
	assert(U_SUCCESS(e));
	day = local / DAY_MS - (local % DAY_MS < 0);
	*day_out = day;
	*minute_out = (int)((local - day * DAY_MS) / 60000);
}
