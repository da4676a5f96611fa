/*
 * Draws every piece once, in every language, on one page, and checks what any
 * page must hold. With SHEET=DIR in the environment the pages are also written
 * there as files, for tests/look/sheet.sh to photograph.
 */
#include "base/str.h"
#include "gw/conf.h"
#include "gw/fields.h"
#include "gw/pictures.h"
#include "gw/route.h"
#include "store/session.h"
#include "t.h"

#define DAY INT64_C(86400000)
#define NOW (20781 * DAY + INT64_C(16) * 3600000)	/* 2026-11-24 16:00 UTC */

enum { EN, AR };

static int lang;

/* Sample words: people of the practice school, invented. */
static const char *w(const char *en, const char *ar)
{
	return lang == AR ? ar : en;
}

static void open_card(struct out *o, const char *title)
{
	buf_addz(o->b, "<section class=\"card\">");
	if (title != NULL)
		buf_printf(o->b, "<h2>%s</h2>", title);
}

static void close_card(struct out *o)
{
	buf_addz(o->b, "</section>\n");
}

static void draw_needs(struct out *o)
{
	struct button b1 = { .text = w("Answer", "أجب"), .path = "/a", .first = true };
	struct button b2[] = {
		{ .text = w("Take this plan", "احجز هذه الخطة"), .path = "/b", .first = true },
		{ .text = w("Choose times", "اختر الأوقات"), .path = "/c" },
	};
	struct button b3[] = {
		{ .text = w("Yes, mostly", "نعم، غالبًا"), .path = "/d" },
		{ .text = w("Some days", "بعض الأيام"), .path = "/d" },
		{ .text = w("Not yet", "ليس بعد"), .path = "/d" },
	};
	struct need_row rows[] = {
		{ "美咲 高橋", w("Small worry from Misaki’s mother", "قلق صغير من والدة ميساكي"),
		  w("“She cries before swimming.” · answer due today", "«تبكي قبل السباحة.» · الرد مطلوب اليوم"),
		  { &b1, 1 } },
		{ w("Lina Haddad", "لينا حداد"), w("Conferences, 3 December", "اللقاءات، ٣ ديسمبر"),
		  w("See all 4 teachers of both children in 52 minutes.", "كل المعلمين الأربعة في ٥٢ دقيقة."),
		  { b2, 2 } },
		{ "Sami", w("Reading together, 10 minutes", "القراءة معًا، ١٠ دقائق"),
		  w("Did it happen at home this week?", "هل حدث ذلك في البيت هذا الأسبوع؟"), { b3, 3 } },
	};

	open_card(o, w("Needs you", "بانتظارك"));
	buf_addz(o->b, "<ul class=\"list\">");
	for (int i = 0; i < 3; i++)
		view_need_row(o, &rows[i]);
	buf_addz(o->b, "</ul>");
	close_card(o);
}

static void draw_table(struct out *o)
{
	static const enum side a[] = { SIDE_BOTH, SIDE_BOTH, SIDE_BOTH, SIDE_BOTH };
	static const enum side b[] = { SIDE_SCHOOL, SIDE_BOTH, SIDE_HOME, SIDE_NONE };
	static const enum side c[] = { SIDE_NONE, SIDE_NONE, SIDE_NONE, SIDE_NONE };
	const char *weeks = w("Last 4 weeks", "آخر ٤ أسابيع");
	const char *head[] = {
		w("Child", "الطفل"), weeks, w("Goals", "الأهداف"),
		w("Home and school", "البيت والمدرسة"), w("Conference", "اللقاء"), "",
	};
	struct cell cell[] = {
		{ .text = "Amina Yusuf", .path = "/x" }, { .dots = { weeks, a, 4 } },
		{ .text = w("2 goals", "هدفان") }, { .text = w("Home note yesterday", "ملاحظة أمس") },
		{ .text = w("4 Dec, 16:20", "٤ ديسمبر ٤:٢٠ م") }, { .tag = { SIDE_BOTH, w("In touch", "على تواصل") } },
		{ .text = "لينا حداد", .path = "/x" }, { .dots = { weeks, b, 4 } },
		{ .text = w("1 goal, waits for home", "هدف واحد، بانتظار البيت") }, { .text = w("Insight new", "جديد") },
		{ .text = w("3 Dec, 17:05", "٣ ديسمبر ٥:٠٥ م") }, { .tag = { SIDE_SCHOOL, w("Needs you", "بانتظارك") } },
		{ .text = "Þórdís Ødegård", .path = "/x" }, { .dots = { weeks, a, 4 } },
		{ .text = w("Plan agreed", "اتفقنا على الخطة") }, { .text = w("Two homes", "بيتان") },
		{ .text = "" }, { .tag = { SIDE_HOME, w("New from home", "جديد من البيت") } },
		{ .text = "Ravi पाटील", .path = "/x" }, { .dots = { weeks, c, 4 } },
		{ .text = w("none yet", "لا يوجد بعد") }, { .text = w("Never reached: paper slip?", "لم نصل إليه: ورقة؟") },
		{ .text = w("not booked", "لم يُحجز") }, { .tag = { SIDE_ALERT, w("Not reached", "لم نصل إليه") } },
	};
	struct table t = { .head = head, .cols = 6, .rows = 4, .cell = cell, .people = true, .legend = true };

	open_card(o, NULL);
	view_table(o, &t);
	close_card(o);
}

static void draw_plan(struct out *o)
{
	static const signed char school[] = { 0, 0, 1, 1, -1, 1, 1, 1 }, home[] = { 0, 1, 1, 1, 2, 1, 2, 2 };
	int64_t day[8];
	struct progress p = { .weeks = 8, .day = day, .school = school, .home = home };
	struct agreement a = {
		.school = w("pair Lina with Maja on Mondays and Wednesdays", "نجمع لينا ومايا يومي الاثنين والأربعاء"),
		.school_by = w("Mr Haile · this week: sometimes", "السيد هايلي · هذا الأسبوع: أحيانًا"),
		.home = w("invite one friend on Saturday; ask “who did you play with?”", "ندعو صديقة يوم السبت ونسأل: مع من لعبتِ؟"),
		.home_by = w("Rima · this week: often", "ريما · هذا الأسبوع: كثيرًا"),
	};
	struct button b[] = {
		{ .text = w("Add how this week went", "أضف كيف كان هذا الأسبوع"), .path = "/x", .first = true },
		{ .text = w("Change the goal", "غيّر الهدف"), .path = "/x" },
	};

	for (int i = 0; i < 8; i++)
		day[i] = 20728 + 7 * i;
	open_card(o, NULL);
	buf_addz(o->b, "<div>");
	view_tag(o, &(struct tag){ SIDE_BOTH, w("Social", "اجتماعي") });
	buf_printf(o->b, " <b>%s</b></div>", w("“I want to join in at break”", "«أريد أن ألعب معهم في الاستراحة»"));
	view_agreement(o, &a);
	view_progress(o, &p);
	view_buttons(o, &(struct buttons){ b, 2 });
	close_card(o);
	open_card(o, w("Half an agreement", "نصف اتفاق"));
	a.home = a.home_by = NULL;
	view_agreement(o, &a);
	close_card(o);
}

static void draw_history(struct out *o)
{
	struct entry e[] = {
		{ NOW - DAY, SIDE_HOME, "Rima Haddad", w("What helps her learn", "ما يساعدها على التعلم"),
		  w("She listens better when she draws.\nEven five minutes help.", "تسمع أفضل عندما ترسم.\nحتى خمس دقائق تفيد."), "/e", w("Answer", "أجب") },
		{ NOW - 3 * DAY, SIDE_SCHOOL, "Mr Haile", NULL, w("Lina sketched during story time.", "رسمت لينا وقت القصة."), NULL, NULL },
		{ NOW - 9 * DAY, SIDE_BOTH, NULL, w("Plan agreed", "اتفقنا على الخطة"), NULL, NULL, NULL },
	};

	open_card(o, w("What happened", "ما حدث"));
	buf_addz(o->b, "<ul class=\"stack\">");
	for (int i = 0; i < 3; i++)
		view_entry(o, &e[i]);
	buf_addz(o->b, "</ul>");
	close_card(o);
}

static void draw_words(struct out *o)
{
	struct empty e = {
		w("Nothing here yet", "لا شيء هنا بعد"),
		w("When something is hard, or going well, either of you can start.", "عندما يصعب شيء أو يسير جيدًا، يمكن لأي منكما أن يبدأ."),
		{ .text = w("Add a goal", "أضف هدفًا"), .path = "/x", .first = true },
	};
	struct notice n[] = {
		{ SIDE_BOTH, NULL, w("Kept. Mr Haile will see it today.", "تم الحفظ. سيراه السيد هايلي اليوم."), NULL, NULL },
		{ SIDE_HOME, w("From home", "من البيت"), w("Rima wrote something new.", "كتبت ريما شيئًا جديدًا."), "/x", w("Read it", "اقرأه") },
		{ SIDE_ALERT, w("Not reached", "لم نصل"), w("Two letters came back. A phone call may work better.", "عادت رسالتان. قد تكون المكالمة أفضل."), "/x", w("Who", "من") },
	};
	struct confirm c = {
		w("The 16:20 conference with Mr Haile will be free for another family.", "سيصبح لقاء الساعة ٤:٢٠ مع السيد هايلي متاحًا لعائلة أخرى."),
		"/x", w("Give it back", "ألغِ الحجز"), "/y",
	};

	buf_addz(o->b, "<div class=\"cols\">");
	open_card(o, NULL);
	view_empty(o, &e);
	close_card(o);
	buf_addz(o->b, "<div class=\"stack\">");
	for (int i = 0; i < 3; i++)
		view_notice(o, &n[i]);
	buf_addz(o->b, "</div></div>");
	view_confirm(o, &c);
}

static const char *const choice_names[] = { "often", "sometimes", "not-yet", NULL };
static const struct field fields[] = {
	{ .name = "title", .type = F_LINE, .required = true, .min = 1, .max = 80 },
	{ .name = "words", .type = F_TEXT, .max = 600 },
	{ .name = "went", .type = F_CHOICE, .required = true, .choices = choice_names },
	{ .name = "minutes", .type = F_INT, .min = 5, .max = 30 },
	{ .name = "day", .type = F_DATE, .required = true },
	{ .name = "time", .type = F_TIME },
	{ .name = "teacher", .type = F_ID, .required = true },
	{ .name = "share", .type = F_CHECK },
};
enum { N_FIELDS = sizeof(fields) / sizeof(fields[0]) };

/* As a form comes back: what was typed, and what needs another look. */
static const struct form_val vals[N_FIELDS] = {
	{ .text = "", .error = FORM_MISSING },
	{ .text = "She <listens> & draws.\nEvery \"day\".", .present = true },
	{ .text = "sometimes", .num = 1, .present = true },
	{ .text = "70", .num = 70, .present = true, .error = FORM_OUT_OF_RANGE },
	{ .text = "2026-12-03", .present = true },
	{ .text = "25:10", .present = true, .error = FORM_NOT_A_TIME },
	{ .text = "12", .num = 12, .present = true },
	{ .text = "1", .num = 1, .present = true },
};

static void draw_form(struct out *o, bool again)
{
	const char *label[N_FIELDS] = {
		w("Goal in your words", "الهدف بكلماتك"), w("What helps", "ما الذي يساعد"),
		w("How did this week go?", "كيف كان هذا الأسبوع؟"), w("Minutes a day", "دقائق في اليوم"),
		w("First day", "أول يوم"), w("At", "الساعة"), w("Teacher", "المعلم"),
		w("The other teachers may read this", "يمكن للمعلمين الآخرين قراءة هذا"),
	};
	struct option went[] = {
		{ 0, loc_str(o->loc, MSG_piece_often) }, { 0, loc_str(o->loc, MSG_piece_sometimes) },
		{ 0, loc_str(o->loc, MSG_piece_not_yet) },
	};
	struct option who[] = { { 11, "Mr Haile" }, { 12, "أ. أوكافور" } };
	struct button b[] = {
		{ .text = loc_str(o->loc, MSG_common_save), .first = true },
		{ .text = loc_str(o->loc, MSG_common_back), .path = "/x" },
	};
	/* two forms on one page need two sets of names */
	static const char *const other_names[N_FIELDS] = {
		"title2", "words2", "went2", "minutes2", "day2", "time2", "teacher2", "share2",
	};
	struct field_view v[N_FIELDS];
	struct field def[N_FIELDS];

	memcpy(def, fields, sizeof(def));
	for (unsigned i = 0; again && i < N_FIELDS; i++)
		def[i].name = other_names[i];
	for (unsigned i = 0; i < N_FIELDS; i++)
		v[i] = (struct field_view){
			.def = &def[i], .label = label[i], .val = again ? &vals[i] : NULL,
		};
	v[0].help = w("One thing, small enough for four weeks.", "شيء واحد يكفي لأربعة أسابيع.");
	v[1].start = "\nkept line end";
	v[2].option = went;
	v[2].n_option = 3;
	v[6].option = who;
	v[6].n_option = 2;
	open_card(o, again ? w("The form came back", "عاد النموذج") : w("A form", "نموذج"));
	view_form_errors(o, &(struct form_errors){ v, N_FIELDS });
	buf_addz(o->b, "<form method=\"post\" action=\"/x\">");
	view_csrf(o);
	for (unsigned i = 0; i < N_FIELDS; i++)
		view_field(o, &v[i]);
	view_buttons(o, &(struct buttons){ b, 2 });
	buf_addz(o->b, "</form>");
	close_card(o);
}

/* A session page without a server: just what the views read. */
struct stage {
	struct conf conf;
	struct gw gw;
	struct session s;
	struct req r;
	struct buf b;
	struct out o;
};

static void stage_open(struct stage *st, const char *tag)
{
	*st = (struct stage){ .b = BUF_INIT(4u << 20) };
	st->gw = (struct gw){ .conf = &st->conf, .public_origin = "https://lintel.example" };
	st->s = (struct session){ .person_name = "Rima Haddad", .context_title = "Grade 3 · Room 12" };
	st->r = (struct req){
		.magic = REQ_MAGIC, .gw = &st->gw, .now_ms = NOW, .zone = "Europe/Berlin",
		.loc = loc_find(tag), .s = &st->s, .tag = "t3st", .path = "/sheet", .id = "0123456789abcdef",
	};
	st->r.who.door = DOOR_CLASS;
	arena_init(&st->r.a, REQ_ARENA_CAP);
	st->o = (struct out){ .b = &st->b, .loc = st->r.loc, .r = &st->r };
	lang = str_eq(loc_tag(st->r.loc), "ar") ? AR : EN;
}

static void stage_close(struct stage *st)
{
	arena_release(&st->r.a);
	buf_release(&st->b);
}

static void draw_sheet(struct stage *st)
{
	const char *seen[] = { "Rima Haddad", "Mr Haile", "أ. أوكافور" };
	struct page p = {
		.title = w("Three things need you", "ثلاثة أمور بانتظارك"), .room = "class",
		.active = "/today",
		.sub = w("All pieces on one page, with invented people", "كل القطع في صفحة واحدة، بأشخاص من الخيال"),
		.heading = w("Grade 3 · Room 12", "الصف الثالث · الغرفة ١٢"), .child = 1,
		.seen_by = seen, .n_seen_by = 3,
	};
	struct out *o = &st->o;

	st->r.ok = MSG_done_saved;
	st->conf.lab_mode = true;
	page_begin(o, &p);
	draw_needs(o);
	draw_table(o);
	draw_plan(o);
	draw_history(o);
	draw_words(o);
	draw_form(o, false);
	draw_form(o, true);
	page_end(o, &p);
}

static void keep(const struct stage *st, const char *name)
{
	const char *dir = getenv("SHEET");
	char path[256];
	FILE *f;

	if (dir == NULL)
		return;
	snprintf(path, sizeof(path), "%s/%s.html", dir, name);
	f = fopen(path, "wb");
	NEED(f != NULL);
	fwrite(st->b.p, 1, st->b.len, f);
	fclose(f);
}

static unsigned count(const struct stage *st, const char *what)
{
	unsigned n = 0;

	for (const char *p = st->b.p; (p = strstr(p, what)) != NULL; p++)
		n++;
	return n;
}

TEST(every_piece_in_every_language)
{
	for (const struct loc *const *l = loc_all(); *l != NULL; l++) {
		struct stage st;

		stage_open(&st, loc_tag(*l));
		draw_sheet(&st);
		CHECK_INT(st.b.err, E_OK);
		CHECK(utf8_valid(span_mk(st.b.p, st.b.len)));
		CHECK_INT(count(&st, "<h1>"), 1);
		CHECK_INT(count(&st, "<body data-room=\"class\">"), 1);
		CHECK_INT(count(&st, lang == AR ? "dir=\"rtl\"" : "dir=\"ltr\""), 1);
		CHECK_INT(count(&st, " style="), 0);
		CHECK_INT(count(&st, "<a href=\"/app/t3st/today\" aria-current=\"page\">"), 1);
		CHECK_INT(count(&st, "<a href=\"/app/t3st/leave\">"), 1);
		CHECK_INT(count(&st, "=\"/static/"), 3);
		CHECK_INT(count(&st, "role=\"status\""), 1);
		keep(&st, loc_tag(*l));
		stage_close(&st);
	}
}

TEST(a_form_that_came_back_keeps_what_was_typed)
{
	struct stage st;

	stage_open(&st, "en");
	draw_form(&st.o, true);
	CHECK_INT(count(&st, "She &lt;listens&gt; &amp; draws.\nEvery \"day\".</textarea>"), 1);
	CHECK_INT(count(&st, "value=\"70\""), 1);
	CHECK_INT(count(&st, "value=\"25:10\""), 1);
	CHECK_INT(count(&st, "value=\"sometimes\" checked"), 1);
	CHECK_INT(count(&st, "<option value=\"12\" selected>"), 1);
	CHECK_INT(count(&st, "value=\"1\" checked"), 1);
	CHECK_INT(count(&st, "aria-invalid=\"true\""), 3);
	CHECK_INT(count(&st, "3 answers need another look"), 1);
	CHECK_INT(count(&st, "Please choose a number from 5 to 30."), 2);
	CHECK_INT(count(&st, "aria-describedby=\"h-title2 e-title2\""), 1);
	CHECK_INT(count(&st, "name=\"csrf\""), 1);
	stage_close(&st);
}

TEST(a_fresh_form_shows_no_error_and_keeps_a_first_line_end)
{
	struct stage st;

	stage_open(&st, "en");
	draw_form(&st.o, false);
	CHECK_INT(count(&st, "aria-invalid"), 0);
	CHECK_INT(count(&st, "role=\"alert\""), 0);
	CHECK_INT(count(&st, ">\n\nkept line end</textarea>"), 1);
	CHECK_INT(count(&st, "(needed)"), 4);
	stage_close(&st);
}

TEST(banners_say_whose_eyes_these_are)
{
	struct page p = { .title = "T", .room = "family" };
	struct stage st;

	stage_open(&st, "en");
	page_begin(&st.o, &p);
	CHECK_INT(count(&st, "class=\"banner\""), 0);
	buf_reset(&st.b);
	st.s.flags = SESSION_READ_ONLY | SESSION_SAMPLE;
	page_begin(&st.o, &p);
	CHECK_INT(count(&st, "as Rima Haddad would"), 1);
	CHECK_INT(count(&st, "test student"), 1);
	stage_close(&st);
}

TEST(only_done_words_come_from_an_address)
{
	struct page p = { .title = "T", .room = "family" };
	struct stage st;

	stage_open(&st, "en");
	for (int64_t ok = -1; ok <= MSG_COUNT; ok++) {
		buf_reset(&st.b);
		st.r.ok = ok;
		page_begin(&st.o, &p);
		if (count(&st, "role=\"status\"") !=
		    (ok > 0 && ok < MSG_COUNT && str_starts(msg_key[ok], "done.")))
			CHECK(false);
	}
	CHECK(st.b.err == E_OK);
	stage_close(&st);
}

static void has_words(const char *code)
{
	static const char *const part[] = { "title", "text", "do" };

	for (size_t i = 0; i < ARRAY_LEN(part); i++) {
		char key[96];
		bool there = false;

		snprintf(key, sizeof(key), "refusal.%s.%s", code, part[i]);
		for (unsigned m = 1; m < MSG_COUNT; m++)
			there = there || str_eq(msg_key[m], key);
		if (!CHECK(there))
			printf("# missing: %s\n", key);
	}
}

TEST(every_refusal_has_its_words)
{
	/* The checks of a registration and of a launch share theirs. */
	static const char *const shared[] = { "register", "launch", "browser" };

	for (unsigned r = REFUSE_NONE + 1; r < REFUSE_REGISTER_ADDRESS; r++)
		has_words(refusal_code((enum refusal)r));
	for (size_t i = 0; i < ARRAY_LEN(shared); i++)
		has_words(shared[i]);
}

TEST(the_first_view_stays_small)
{
	struct stage st;
	size_t n = 0;
	const struct static_file { const char *path; } files[] = {
		{ "gateway/static/lintel.css" }, { "gateway/static/lintel.js" }, { "gateway/static/mark.svg" },
	};

	for (size_t i = 0; i < 3; i++) {
		FILE *f = fopen(files[i].path, "rb");

		NEED(f != NULL);
		fseek(f, 0, SEEK_END);
		n += (size_t)ftell(f);
		fclose(f);
	}
	stage_open(&st, "ar");
	draw_sheet(&st);
	printf("# statics %zu bytes, the page with every piece %zu\n", n, st.b.len);
	CHECK(n + st.b.len <= 50 * 1024);
	stage_close(&st);
}
