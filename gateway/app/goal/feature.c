/* Shared goals: routes, forms, hooks. */
#include "base/magic.h"
#include "goal.h"
#include "gw/clock.h"

static const char *const domains[] = { "academic", "social", "emotional", NULL };
static const char *const values[] = { "0", "1", "2", NULL };
static const char *const places[] = { "goal", "home", NULL };
static const char *const turns[] = { "active", "paused", "met", "unmet", "archived", NULL };
static const char *const phrases[] = { "0", "1", "2", "3", "4", "5", "6", NULL };

#define VERSION_FIELD { .name = "version", .type = F_INT, .min = 0, .max = 1000000 }

static const struct field goal_fields[GF_FIELDS] = {
	[GF_DOMAIN] = { .name = "domain", .type = F_CHOICE, .choices = domains },
	[GF_WORDS] = { .name = "words", .type = F_TEXT, .required = true, .max = GOAL_TEXT_MAX },
	[GF_MEASURE] = { .name = "measure", .type = F_TEXT, .max = GOAL_TEXT_MAX },
	[GF_HOME] = { .name = "home", .type = F_TEXT, .max = GOAL_TEXT_MAX },
	[GF_HOME_ONLY] = { .name = "home_only", .type = F_CHECK },
	[GF_SCHOOL] = { .name = "school", .type = F_TEXT, .max = GOAL_TEXT_MAX },
	[GF_SCHOOL_ONLY] = { .name = "school_only", .type = F_CHECK },
	[GF_START] = { .name = "start", .type = F_DATE, .required = true },
	[GF_REVIEW] = { .name = "review", .type = F_DATE, .required = true },
	[GF_ONLY_HOUSEHOLD] = { .name = "only_household", .type = F_CHECK },
	[GF_VERSION] = VERSION_FIELD,
};
const struct form_def goal_form = { goal_fields, ARRAY_LEN(goal_fields) };

static const struct field sign_fields[] = {
	[SF_VERSION] = VERSION_FIELD,
	[SF_STEP] = { .name = "step", .type = F_TEXT, .max = GOAL_TEXT_MAX },
	[SF_ONLY] = { .name = "only_ours", .type = F_CHECK },
};
const struct form_def goal_sign_form = { sign_fields, ARRAY_LEN(sign_fields) };

static const struct field week_fields[] = {
	[WF_VALUE] = { .name = "value", .type = F_CHOICE, .required = true, .choices = values },
	[WF_NOTE] = { .name = "note", .type = F_TEXT, .max = GOAL_LINE_MAX },
	[WF_FROM] = { .name = "from", .type = F_CHOICE, .choices = places },
};
const struct form_def goal_week_form = { week_fields, ARRAY_LEN(week_fields) };

static const struct field turn_fields[] = {
	{ .name = "to", .type = F_CHOICE, .required = true, .choices = turns },
};
static const struct form_def turn_form = { turn_fields, ARRAY_LEN(turn_fields) };

static const struct field cheer_fields[] = {
	[CF_PHRASE] = { .name = "phrase", .type = F_CHOICE, .choices = phrases },
	[CF_WORDS] = { .name = "words", .type = F_TEXT, .max = GOAL_LINE_MAX },
};
const struct form_def goal_cheer_form = { cheer_fields, ARRAY_LEN(cheer_fields) };

static const struct field own_fields[] = {
	{ .name = "words", .type = F_TEXT, .required = true, .max = GOAL_LINE_MAX },
};
const struct form_def goal_own_form = { own_fields, ARRAY_LEN(own_fields) };

static const struct field own_new_fields[] = {
	{ .name = "words", .type = F_TEXT, .required = true, .max = GOAL_LINE_MAX },
	{ .name = "domain", .type = F_CHOICE, .required = true, .choices = domains },
};
const struct form_def goal_own_new_form = { own_new_fields, ARRAY_LEN(own_new_fields) };

static const struct field query_fields[] = {
	{ .name = "domain", .type = F_CHOICE, .choices = domains },
};
static const struct form_def new_query = { query_fields, ARRAY_LEN(query_fields) };

static const struct form_def no_fields = { NULL, 0 };

static const struct route routes[] = {
	{ METHOD_GET, "/child/:child/goals", goal_plan, POLICY_child_record, NULL, NULL, 0, NULL },
	{ METHOD_GET, "/child/:child/goals/new", goal_new, POLICY_goal_form, NULL, &new_query,
	  0, NULL },
	{ METHOD_POST, "/child/:child/goals/new", goal_new_post, POLICY_goal_write, &goal_form, NULL,
	  0, goal_new },
	{ METHOD_GET, "/goals/:goal", goal_page, POLICY_child_record, NULL, NULL, 0, NULL },
	{ METHOD_GET, "/goals/:goal/change", goal_edit, POLICY_goal_form, NULL, NULL, 0, NULL },
	{ METHOD_POST, "/goals/:goal/change", goal_edit_post, POLICY_goal_write, &goal_form, NULL, 0,
	  goal_edit },
	{ METHOD_POST, "/goals/:goal/sign", goal_sign_post, POLICY_goal_all_write, &goal_sign_form,
	  NULL, 0, goal_sign_again },
	{ METHOD_GET, "/goals/:goal/week", goal_week, POLICY_goal_all_form, NULL, NULL, 0, NULL },
	{ METHOD_POST, "/goals/:goal/week", goal_week_post, POLICY_goal_all_write, &goal_week_form,
	  NULL, 0, goal_week },
	{ METHOD_GET, "/goals/:goal/close", goal_close, POLICY_goal_form, NULL, NULL, 0, NULL },
	{ METHOD_POST, "/goals/:goal/turn", goal_turn_post, POLICY_goal_write, &turn_form, NULL,
	  0, goal_close },
	{ METHOD_GET, "/goals/:goal/cheer", goal_cheer_page, POLICY_guardian_form, NULL, NULL, 0,
	  NULL },
	{ METHOD_POST, "/goals/:goal/cheer", goal_cheer_post, POLICY_guardian_write,
	  &goal_cheer_form, NULL, 0, goal_cheer_page },
	{ METHOD_GET, "/goals/:goal/words", goal_me_words, POLICY_student_form, NULL, NULL, 0, NULL },
	{ METHOD_POST, "/goals/:goal/words", goal_me_words_post, POLICY_student_write,
	  &goal_own_form, NULL, 0, goal_me_words },
	{ METHOD_GET, "/me", goal_me, POLICY_student_page, NULL, NULL, 0, NULL },
	{ METHOD_GET, "/me/new", goal_me_new, POLICY_student_form, NULL, NULL, 0, NULL },
	{ METHOD_POST, "/me/new", goal_me_new_post, POLICY_student_write, &goal_own_new_form, NULL,
	  0, goal_me_new },
	{ METHOD_POST, "/me/thanks", goal_me_thanks, POLICY_student_write, &no_fields, NULL, 0, NULL },
	{ 0 },
};

/* A guardian takes what a guardian sees, an admin everything, the student the own view. */
static enum err export_child(struct db *db, const struct actor *who, int64_t child,
			     struct buf *json)
{
	struct access acc = { 0 };
	int64_t household = -1;
	enum err err;

	if (who->door != DOOR_ADMIN) {
		err = access_child(db, who, clock_now_ms(), child, &acc);
		if (err != E_OK)
			return err;
		household = acc.rel == REL_TEACHES ? -1 : acc.household;
	}
	buf_addz(json, "\"goals\":");
	return goal_export(db, who->tenant, child, household, json);
}

const struct feature goal_feature = {
	.name = "goal", .routes = routes, .needs_you = goal_needs, .child_card = goal_card,
	.export_child = export_child, .erase_child = goal_erase,
};
