/* Languages: tags, messages, plurals, digits, dates, zones, the order of names. */
#include <pthread.h>

#include "base/str.h"
#include "gw/i18n.h"
#include "t.h"

#define DAY INT64_C(86400000)

static const char *tag_of(const char *tag)
{
	return loc_tag(loc_find(tag));
}

static const char *said(const char *tag, enum msg m, const struct msg_arg *arg, unsigned n)
{
	static char text[4][512];
	static unsigned turn;
	struct buf b = BUF_INIT(500);
	char *s = text[turn++ % 4];

	loc_msg(loc_find(tag), &b, m, arg, n);
	snprintf(s, 512, "%s", b.err == E_OK && b.p != NULL ? b.p : "(error)");
	buf_release(&b);
	return s;
}

static const char *counted(const char *tag, enum msg m, int64_t n)
{
	return said(tag, m, (struct msg_arg[]){ { "n", NULL, n } }, 1);
}

static const char *dated(const char *tag, const char *zone, int64_t ms, enum date_style s)
{
	static char text[4][128];
	static unsigned turn;
	struct buf b = BUF_INIT(127);
	char *p = text[turn++ % 4];

	loc_date(loc_find(tag), zone, ms, s, &b);
	snprintf(p, 128, "%s", b.err == E_OK && b.p != NULL ? b.p : "(error)");
	buf_release(&b);
	return p;
}

TEST(platform_tags_find_their_language)
{
	CHECK_STR(tag_of("es"), "es");
	CHECK_STR(tag_of("es_mx"), "es-MX");
	CHECK_STR(tag_of("es-AR"), "es");
	CHECK_STR(tag_of("ar-EG"), "ar");
	CHECK_STR(tag_of("ar_EG.UTF-8"), "ar");
	CHECK_STR(tag_of("EN-us"), "en-US");
	CHECK_STR(tag_of("es-x-k12"), "es");
	CHECK_STR(tag_of("en-US-x-k12"), "en-US");
}

TEST(unknown_tags_give_the_default)
{
	static const char *const odd[] = {
		"pt_br", "da-x-k12", "$Message.locale", "", "xx", "e", "enx", "-", "_", "x-es",
		"../es", "es<script>", "español",
	};

	for (size_t i = 0; i < sizeof(odd) / sizeof(odd[0]); i++)
		CHECK_STR(tag_of(odd[i]), "en");
	CHECK(loc_find(NULL) == loc_default());
	loc_set_default("ar");
	CHECK_STR(tag_of("$Message.locale"), "ar");
	CHECK_STR(tag_of("pt_br"), "ar");
	loc_set_default("en");
	CHECK_STR(tag_of("pt_br"), "en");
}

TEST(every_language_names_itself_and_its_direction)
{
	unsigned n = 0;

	for (const struct loc *const *l = loc_all(); *l != NULL; l++)
		n++;
	CHECK_INT(n, MSG_LANGS);
	CHECK_STR(loc_dir(loc_find("ar")), "rtl");
	CHECK_STR(loc_dir(loc_find("es")), "ltr");
	CHECK_STR(loc_own_name(loc_find("ar")), "العربية");
	CHECK_STR(loc_own_name(loc_find("es")), "español");
}

TEST(arabic_has_six_plural_forms_and_its_own_digits)
{
	CHECK_STR(counted("ar", MSG_common_children, 0), "لا أطفال");
	CHECK_STR(counted("ar", MSG_common_children, 1), "طفل واحد");
	CHECK_STR(counted("ar", MSG_common_children, 2), "طفلان");
	CHECK_STR(counted("ar", MSG_common_children, 3), "٣ أطفال");
	CHECK_STR(counted("ar", MSG_common_children, 10), "١٠ أطفال");
	CHECK_STR(counted("ar", MSG_common_children, 11), "١١ طفلًا");
	CHECK_STR(counted("ar", MSG_common_children, 100), "١٠٠ طفل");
	CHECK_STR(counted("ar", MSG_common_children, 103), "١٠٣ أطفال");
}

TEST(english_and_spanish_count_as_people_do)
{
	CHECK_STR(counted("en", MSG_common_children, 0), "0 children");
	CHECK_STR(counted("en", MSG_common_children, 1), "1 child");
	CHECK_STR(counted("en", MSG_common_children, 1204), "1,204 children");
	CHECK_STR(counted("es", MSG_common_children, 1), "1 niño");
	/* Spanish has a form for millions; the catalogue leaves it to `other` */
	CHECK_STR(counted("es", MSG_common_children, 1000000), "1.000.000 niños");
	CHECK_STR(counted("en", MSG_common_children, INT64_MIN), "-9,223,372,036,854,775,808 children");
}

TEST(names_of_another_direction_stand_alone)
{
	struct msg_arg rima = { "who", "Rima", 0 }, lina = { "who", "لينا", 0 };

	CHECK_STR(said("en", MSG_common_hello, &rima, 1), "Hello, Rima");
	CHECK_STR(said("en", MSG_common_hello, &lina, 1), "Hello, \u2068لينا\u2069");
	CHECK_STR(said("ar", MSG_common_hello, &lina, 1), "مرحبًا لينا");
	CHECK_STR(said("ar", MSG_common_hello, &rima, 1), "مرحبًا \u2068Rima\u2069");
}

TEST(every_message_of_every_language_reads)
{
	struct buf b = BUF_INIT(1u << 20);
	unsigned n = 0;

	for (const struct loc *const *l = loc_all(); *l != NULL; l++) {
		for (unsigned m = MSG_NONE + 1; m < MSG_COUNT; m++) {
			struct msg_arg arg[256];
			unsigned k = 0;

			buf_reset(&b);
			/* all names there are, as numbers: each text takes what it needs */
			for (const char *const *name = msg_arg_name; *name != NULL; name++)
				if (k < 256)
					arg[k++] = (struct msg_arg){ *name, NULL, 3 };
			loc_msg(*l, &b, (enum msg)m, arg, k);
			if (b.err != E_OK || b.len == 0 || !utf8_valid(span_mk(b.p, b.len))) {
				printf("# %s in %s\n", msg_key[m], loc_tag(*l));
				CHECK(false);
			}
			n++;
		}
	}
	CHECK_INT(n, MSG_LANGS * (MSG_COUNT - 1));
	buf_release(&b);
}

TEST(dates_speak_the_language_in_the_zone)
{
	/* 2026-12-03 15:20 UTC is 16:20 in Berlin */
	int64_t ms = 20790 * DAY + (15 * 60 + 20) * 60000;

	CHECK_STR(dated("en", "Europe/Berlin", ms, DATE_DAY), "3 December");
	CHECK_STR(dated("en", "Europe/Berlin", ms, DATE_SHORT), "3 Dec 2026");
	CHECK_STR(dated("en", "Europe/Berlin", ms, DATE_TIME), "16:20");
	CHECK_STR(dated("en", "Europe/Berlin", ms, DATE_DAY_TIME), "Thu, 3 Dec, 16:20");
	CHECK_STR(dated("en", "Europe/Berlin", ms, DATE_BRIEF), "3 Dec");
	CHECK_STR(dated("en", "Europe/Berlin", ms, DATE_FULL), "Thursday, 3 December 2026");
	CHECK_STR(dated("en", "Asia/Tokyo", ms, DATE_DAY_TIME), "Fri, 4 Dec, 00:20");
	CHECK_STR(dated("en-US", "America/New_York", ms, DATE_DAY), "December 3");
	CHECK_STR(dated("es", "Europe/Madrid", ms, DATE_FULL), "jueves, 3 de diciembre de 2026");
	CHECK_STR(dated("ar", "Africa/Cairo", ms, DATE_DAY), "٣ ديسمبر");
	CHECK(strstr(dated("ar", "Africa/Cairo", ms, DATE_TIME), "٥:٢٠") != NULL);
}

TEST(zones_are_places_with_rules)
{
	static const char *const good[] = {
		"Europe/Berlin", "America/Argentina/Buenos_Aires", "UTC", "Asia/Kathmandu",
	};
	static const char *const bad[] = {
		"", "Berlin", "europe/berlin", "Europe/Berlin ", "EST", "GMT+3", "SystemV/EST5",
		"Etc/Unknown", "Europe/Atlantis", "../../etc/passwd", "Europe/Berlin\n",
		"America/Argentina/Buenos_Aires_And_Some_More_That_Is_Cut",
	};

	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		CHECK(zone_check(good[i]) == E_OK);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		if (!CHECK(zone_check(bad[i]) == E_INPUT))
			printf("# %s\n", bad[i]);
	CHECK(zone_check(NULL) == E_INPUT);
}

TEST(days_of_clock_changes_have_one_answer)
{
	int64_t spring = 20541;	/* 2026-03-29, Berlin: 02:00 becomes 03:00 */
	int64_t autumn = 20751;	/* 2026-10-25, Berlin: 03:00 becomes 02:00 */
	int64_t day;
	int minute;

	CHECK_INT(zone_to_utc("Europe/Berlin", spring, 119), spring * DAY + 59 * 60000);
	/* 02:30 does not exist: the clock reads 03:30, 01:30 UTC */
	CHECK_INT(zone_to_utc("Europe/Berlin", spring, 150), spring * DAY + 90 * 60000);
	CHECK_INT(zone_to_utc("Europe/Berlin", spring, 210), spring * DAY + 90 * 60000);
	/* 02:30 comes twice: the first, still summer time, is 00:30 UTC */
	CHECK_INT(zone_to_utc("Europe/Berlin", autumn, 150), autumn * DAY + 30 * 60000);
	CHECK_INT(zone_to_utc("Europe/Berlin", autumn, 180), autumn * DAY + 120 * 60000);

	zone_from_utc("Europe/Berlin", autumn * DAY + 30 * 60000, &day, &minute);
	CHECK(day == autumn && minute == 150);
	zone_from_utc("Europe/Berlin", autumn * DAY + 90 * 60000, &day, &minute);
	CHECK(day == autumn && minute == 150);
	zone_from_utc("America/Los_Angeles", 0, &day, &minute);
	CHECK(day == -1 && minute == 16 * 60);
	zone_from_utc("Asia/Kathmandu", 20000 * DAY, &day, &minute);
	CHECK(day == 20000 && minute == 5 * 60 + 45);
}

TEST(wall_time_round_trips_all_year)
{
	static const char *const zone[] = {
		"Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Tehran",
		"Pacific/Apia", "Africa/Casablanca", "UTC", "America/St_Johns", "Asia/Tokyo",
		"Pacific/Chatham",
	};
	unsigned bad = 0;

	for (size_t z = 0; z < sizeof(zone) / sizeof(zone[0]); z++) {
		for (int64_t d = 20454; d < 20454 + 365; d++) {
			int64_t day, ms = zone_to_utc(zone[z], d, 16 * 60 + 20);
			int minute;

			zone_from_utc(zone[z], ms, &day, &minute);
			bad += day != d || minute != 16 * 60 + 20;
		}
	}
	CHECK_INT(bad, 0);
}

TEST(names_sort_as_their_readers_expect)
{
	const struct loc *en = loc_find("en"), *es = loc_find("es");

	CHECK(loc_compare(en, "Ångström", "Berg") < 0);
	CHECK(loc_compare(en, "Zoë", "ábaco") > 0);
	CHECK(loc_compare(es, "Nuñez", "Nunez") > 0);
	CHECK(loc_compare(es, "Nuñez", "Nuoz") < 0);
	CHECK(loc_compare(en, "Lina", "Lina") == 0);
	CHECK(loc_compare(loc_find("ar"), "أمينة", "لينا") < 0);
}

static void *in_a_thread(void *arg)
{
	unsigned *bad = arg;

	for (int i = 0; i < 200; i++) {
		static const char *const zone[] = { "Europe/Berlin", "Asia/Tokyo", "UTC" };
		struct buf b = BUF_INIT(500);

		loc_date(loc_find(i % 2 ? "ar" : "es"), zone[i % 3], i * DAY,
			 (enum date_style)(i % 5), &b);
		loc_number(loc_find("ar"), i, &b);
		*bad += b.err != E_OK;
		buf_release(&b);
	}
	return NULL;
}

TEST(threads_keep_their_formatters_apart)
{
	pthread_t t[4];
	unsigned bad[4] = { 0 };

	for (int i = 0; i < 4; i++)
		NEED(pthread_create(&t[i], NULL, in_a_thread, &bad[i]) == 0);
	for (int i = 0; i < 4; i++)
		pthread_join(t[i], NULL);
	CHECK(bad[0] + bad[1] + bad[2] + bad[3] == 0);
}
