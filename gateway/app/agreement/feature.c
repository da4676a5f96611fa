/* Two-column agreements: routes and forms. */
#include "agreement_app.h"
#include "base/magic.h"

static const char *const write_names[] = { "offer", "draft", NULL };
static const char *const do_names[] = { "agree", "keep", "end", NULL };

static const struct field write_fields[WF_N] = {
	[WF_WITH] = { "with", F_ID, false, 0, 0, NULL },
	[WF_EXPECTATION] = { "expectation", F_LINE, true, 1, AGREEMENT_LINE_MAX, NULL },
	[WF_SCHOOL] = { "school", F_TEXT, false, 0, AGREEMENT_TEXT_MAX, NULL },
	[WF_HOME] = { "home", F_TEXT, false, 0, AGREEMENT_TEXT_MAX, NULL },
	[WF_ROUTINE] = { "routine", F_TEXT, false, 0, AGREEMENT_TEXT_MAX, NULL },
	[WF_REVIEW] = { "review", F_DATE, true, 0, 0, NULL },
	[WF_REV] = { "rev", F_ID, false, 0, 0, NULL },
	[WF_DO] = { "do", F_CHOICE, true, 0, 0, write_names },
};
static const struct field do_fields[] = {
	[DF_REV] = { "rev", F_ID, true, 0, 0, NULL },
	[DF_DO] = { "do", F_CHOICE, true, 0, 0, do_names },
};
static const struct field renew_fields[] = {
	[NF_REV] = { "rev", F_ID, true, 0, 0, NULL },
	[NF_DAY] = { "day", F_DATE, true, 0, 0, NULL },
};

const struct form_def agreement_write_form = { write_fields, WF_N };
static const struct form_def do_form = { do_fields, ARRAY_LEN(do_fields) };
const struct form_def agreement_renew_form = { renew_fields, ARRAY_LEN(renew_fields) };

static const struct field say_fields[] = {
	[SF_WORDS] = { "words", F_TEXT, true, 1, AGREEMENT_COMMENT_MAX, NULL },
};
static const struct field unsay_fields[] = {
	[UF_COMMENT] = { "comment", F_ID, true, 0, 0, NULL },
};
const struct form_def agreement_say_form = { say_fields, ARRAY_LEN(say_fields) };
static const struct form_def unsay_form = { unsay_fields, ARRAY_LEN(unsay_fields) };

#define ONE "/agreement/:agreement"

static const struct route routes[] = {
	{ METHOD_GET, "/child/:child/agreements", agreement_list, POLICY_child_record, NULL, NULL, 0,
	  NULL },
	{ METHOD_GET, "/child/:child/agreements/new", agreement_new_page, POLICY_agreement_form,
	  NULL, NULL, 0, NULL },
	{ METHOD_POST, "/child/:child/agreements/new", agreement_new_post, POLICY_agreement_write,
	  &agreement_write_form, NULL, 0, agreement_new_page },
	{ METHOD_GET, ONE, agreement_page, POLICY_child_record, NULL, NULL, 0, NULL },
	{ METHOD_GET, ONE "/edit", agreement_edit_page, POLICY_agreement_form, NULL, NULL, 0, NULL },
	{ METHOD_POST, ONE "/edit", agreement_edit_post, POLICY_agreement_write,
	  &agreement_write_form, NULL, 0, agreement_edit_page },
	{ METHOD_POST, ONE "/do", agreement_do_post, POLICY_agreement_write, &do_form, NULL,
	  0, NULL },
	{ METHOD_POST, ONE "/renew", agreement_renew_post, POLICY_agreement_write,
	  &agreement_renew_form, NULL, 0, agreement_page },
	{ METHOD_GET, ONE "/end", agreement_end_page, POLICY_agreement_form, NULL, NULL, 0, NULL },
	{ METHOD_POST, ONE "/say", agreement_say_post, POLICY_student_write, &agreement_say_form, NULL,
	  0, agreement_say_again },
	{ METHOD_POST, ONE "/unsay", agreement_unsay_post, POLICY_student_write, &unsay_form, NULL, 0,
	  agreement_say_again },
	{ .path = NULL },
};

static enum err export_child(struct db *db, const struct actor *who, int64_t child,
			     struct buf *json)
{
	enum err err = export_rows(db, who, child, "agreements", agreement_export, json);

	buf_addc(json, ',');
	return err == E_OK ? export_rows(db, who, child, "agreement_comments",
					 agreement_comment_export, json) : err;
}

const struct feature agreement_feature;
const struct feature agreement_feature = {
	.name = "agreement",
	.routes = routes,
	.needs_you = agreement_needs,
	.child_card = agreement_card,
	.export_child = export_child,
	.erase_child = agreement_erase,
};
