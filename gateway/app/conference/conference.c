/* Conferences: routes and forms. The teacher offers times, families choose. */
#include "conference.h"

#include "base/magic.h"

#define MINUTES_OF(name, max) { name, F_INT, false, 0, max, NULL }

/* needs_day: a new round comes with its first day. */
#define ROUND_FIELDS(needs_day)                                                         \
	[RF_TITLE] = { "title", F_LINE, true, 1, 100, NULL },                           \
	[RF_NOTE] = { "note", F_TEXT, false, 0, ROUND_TEXT_MAX, NULL },                 \
	[RF_LENGTH] = { "length", F_INT, needs_day, 5, 120, NULL },                     \
	[RF_GAP] = MINUTES_OF("gap", 60),                                               \
	[RF_EVERY] = MINUTES_OF("every", 50),                                           \
	[RF_PAUSE] = MINUTES_OF("pause", 120),                                          \
	[RF_PLACE] = { "place", F_LINE, false, 0, ROUND_LINE_MAX, NULL },               \
	[RF_PHONE] = { "phone", F_CHECK, false, 0, 0, NULL },                           \
	[RF_VIDEO] = { "video", F_LINE, false, 0, ROUND_LINE_MAX, NULL },               \
	[RF_OPENS] = { "opens", F_DATE, false, 0, 0, NULL },                            \
	[RF_CLOSES] = { "closes", F_DATE, false, 0, 0, NULL },                          \
	[RF_NOTICE] = { "notice", F_INT, false, 0, ROUND_NOTICE_MAX, NULL },            \
	[RF_DAY] = { "day", F_DATE, needs_day, 0, 0, NULL },                            \
	[RF_FROM] = { "from", F_TIME, needs_day, 0, 0, NULL },                          \
	[RF_TO] = { "to", F_TIME, needs_day, 0, 0, NULL },                              \
	[RF_BREAK_FROM] = { "break_from", F_TIME, false, 0, 0, NULL },                  \
	[RF_BREAK_TO] = { "break_to", F_TIME, false, 0, 0, NULL },                      \
	[RF_REV] = { "rev", F_ID, false, 0, 0, NULL },

static const struct field new_fields[RF_N] = { ROUND_FIELDS(true) };
static const struct field edit_fields[RF_N] = { ROUND_FIELDS(false) };
const struct form_def round_new_form = { new_fields, RF_N };
const struct form_def round_edit_form = { edit_fields, RF_N };

#define FORM(name, ...)                                                                 \
	static const struct field name##_fields[] = { __VA_ARGS__ };                    \
	static const struct form_def name = { name##_fields, ARRAY_LEN(name##_fields) }

static const char *const mode_names[] = { "place", "phone", "video", NULL };
static const char *const turn_names[] = { "lock", "unlock", NULL };
static const char *const end_names[] = { "close", "cancel", NULL };
static const char *const channel_names[] = { "phone", "paper", NULL };

FORM(day_form,
     [DF_DAY] = { "day", F_DATE, true, 0, 0, NULL },
     [DF_FROM] = { "from", F_TIME, true, 0, 0, NULL },
     [DF_TO] = { "to", F_TIME, true, 0, 0, NULL },
     [DF_BREAK_FROM] = { "break_from", F_TIME, false, 0, 0, NULL },
     [DF_BREAK_TO] = { "break_to", F_TIME, false, 0, 0, NULL },
     [DF_REV] = { "rev", F_ID, true, 0, 0, NULL });
FORM(drop_form, { "rev", F_ID, true, 0, 0, NULL }, { "day", F_DATE, true, 0, 0, NULL });
FORM(rev_form, { "rev", F_ID, true, 0, 0, NULL });
FORM(turn_form, { "rev", F_ID, true, 0, 0, NULL }, { "to", F_CHOICE, true, 0, 0, turn_names });
FORM(block_form, { "block", F_ID, false, 0, 0, NULL }, { "free", F_ID, false, 0, 0, NULL });
FORM(end_query, { "what", F_CHOICE, true, 0, 0, end_names });
FORM(end_form, { "rev", F_ID, true, 0, 0, NULL }, { "what", F_CHOICE, true, 0, 0, end_names },
     { "seen", F_INT, true, 0, ROUND_SLOTS_MAX, NULL },
     { "reason", F_LINE, false, 0, ROUND_LINE_MAX, NULL });
FORM(day_query, { "day", F_DATE, false, 0, 0, NULL });
FORM(book_form,
     [BF_SLOT] = { "slot", F_ID, true, 0, 0, NULL },
     [BF_MODE] = { "mode", F_CHOICE, true, 0, 0, mode_names },
     [BF_PHONE] = { "phone", F_LINE, false, 0, BOOKING_PHONE_MAX, NULL },
     [BF_TOPIC] = { "topic", F_TEXT, false, 0, BOOKING_TOPIC_MAX, NULL });
FORM(phone_query, { "child", F_ID, false, 0, 0, NULL });
FORM(phone_form,
     [PF_SLOT] = { "slot", F_ID, true, 0, 0, NULL },
     [PF_MODE] = { "mode", F_CHOICE, true, 0, 0, mode_names },
     [PF_PHONE] = { "phone", F_LINE, false, 0, BOOKING_PHONE_MAX, NULL },
     [PF_TOPIC] = { "topic", F_TEXT, false, 0, BOOKING_TOPIC_MAX, NULL },
     [PF_CHILD] = { "child", F_ID, true, 0, 0, NULL },
     [PF_GUARDIAN] = { "guardian", F_ID, true, 0, 0, NULL },
     [PF_CHANNEL] = { "channel", F_CHOICE, true, 0, 0, channel_names });
FORM(slot_form, { "slot", F_ID, true, 0, 0, NULL });
FORM(cancel_form, { "reason", F_LINE, false, 0, ROUND_LINE_MAX, NULL });
FORM(words_form,
     [BF_SLOT] = { "slot", F_ID, false, 0, 0, NULL },
     [BF_MODE] = { "mode", F_CHOICE, true, 0, 0, mode_names },
     [BF_PHONE] = { "phone", F_LINE, false, 0, BOOKING_PHONE_MAX, NULL },
     [BF_TOPIC] = { "topic", F_TEXT, false, 0, BOOKING_TOPIC_MAX, NULL });
static const struct form_def no_form = { NULL, 0 };

static enum err list_page(struct req *r)
{
	return r->who.door == DOOR_CLASS ? teacher_list(r) : family_list(r);
}

#define ROUND "/conferences/round/:round"
#define BOOKING "/conferences/booking/:booking"
#define FOR_CHILD "/conferences/for/:child/:round"

static const struct route routes[] = {
	{ METHOD_GET, "/conferences", list_page, POLICY_conference_page, NULL, NULL, 0, NULL },
	{ METHOD_GET, "/conferences/new", round_new_page, POLICY_teacher_form, NULL, NULL, 0, NULL },
	{ METHOD_POST, "/conferences/new", round_new_post, POLICY_teacher_write, &round_new_form,
	  NULL, 0, round_new_page },
	{ METHOD_GET, ROUND, round_page, POLICY_teacher_page, NULL, NULL, 0, NULL },
	{ METHOD_GET, ROUND "/edit", round_edit_page, POLICY_teacher_form, NULL, NULL, 0, NULL },
	{ METHOD_POST, ROUND "/edit", round_edit_post, POLICY_teacher_write, &round_edit_form, NULL,
	  0, round_edit_page },
	{ METHOD_POST, ROUND "/day", round_day_post, POLICY_teacher_write, &day_form, NULL, 0,
	  round_page },
	{ METHOD_POST, ROUND "/drop", round_drop_post, POLICY_teacher_write, &drop_form, NULL, 0,
	  NULL },
	{ METHOD_POST, ROUND "/open", round_open_post, POLICY_teacher_write, &rev_form, NULL, 0,
	  NULL },
	{ METHOD_POST, ROUND "/turn", round_turn_post, POLICY_teacher_write, &turn_form, NULL, 0,
	  NULL },
	{ METHOD_POST, ROUND "/block", round_block_post, POLICY_teacher_write, &block_form, NULL, 0,
	  NULL },
	{ METHOD_GET, ROUND "/end", round_end_page, POLICY_teacher_form, NULL, &end_query, 0, NULL },
	{ METHOD_POST, ROUND "/end", round_end_post, POLICY_teacher_write, &end_form, NULL, 0,
	  round_end_page },
	{ METHOD_GET, ROUND "/ics", round_ics, POLICY_teacher_page, NULL, &day_query, 0, NULL },
	{ METHOD_GET, ROUND "/phone", phone_page, POLICY_teacher_form, NULL, &phone_query, 0, NULL },
	{ METHOD_POST, ROUND "/phone", phone_post, POLICY_teacher_write, &phone_form, NULL, 0,
	  phone_page },
	{ METHOD_GET, FOR_CHILD, times_page, POLICY_guardian_form, NULL, NULL, 0, NULL },
	{ METHOD_POST, FOR_CHILD "/book", book_post, POLICY_guardian_write, &book_form, NULL, 0,
	  times_page },
	{ METHOD_GET, BOOKING, booking_page, POLICY_conference_record, NULL, NULL, 0, NULL },
	{ METHOD_GET, BOOKING "/move", move_page, POLICY_conference_form, NULL, NULL, 0, NULL },
	{ METHOD_POST, BOOKING "/move", move_post, POLICY_conference_write, &slot_form, NULL, 0,
	  move_page },
	{ METHOD_GET, BOOKING "/cancel", cancel_page, POLICY_conference_form, NULL, NULL, 0, NULL },
	{ METHOD_POST, BOOKING "/cancel", cancel_post, POLICY_conference_write, &cancel_form, NULL, 0,
	  cancel_page },
	{ METHOD_POST, BOOKING "/words", words_post, POLICY_guardian_write, &words_form, NULL, 0,
	  booking_page },
	{ METHOD_POST, BOOKING "/seen", seen_post, POLICY_guardian_write, &no_form, NULL, 0, NULL },
	{ METHOD_GET, BOOKING "/ics", booking_ics, POLICY_conference_record, NULL, NULL, 0, NULL },
	{ .path = NULL },
};

static enum err export_child(struct db *db, const struct actor *who, int64_t child,
			     struct buf *json)
{
	return export_rows(db, who, child, "conferences", booking_export, json);
}

const struct feature conference_feature;
const struct feature conference_feature = {
	.name = "conference",
	.routes = routes,
	.needs_you = conference_needs,
	.child_card = conference_card,
	.export_child = export_child,
	.erase_child = booking_erase,
};
