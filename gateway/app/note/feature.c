/* Notes between home and school: routes and forms. */
#include "base/magic.h"
#include "note_app.h"

static const char *const do_names[] = { "send", "thank", NULL };

static const struct field new_fields[] = {
	[NF_TO] = { "to", F_ID, false, 0, 0, NULL },
	[NF_ALONE] = { "alone", F_CHECK, false, 0, 0, NULL },
	[NF_BODY] = { "body", F_TEXT, true, 1, NOTE_TEXT_MAX, NULL },
};
static const struct field answer_fields[] = {
	[AF_HOME] = { "home", F_ID, false, 0, 0, NULL },
	[AF_REV] = { "rev", F_ID, true, 0, 0, NULL },
	[AF_DO] = { "do", F_CHOICE, true, 0, 0, do_names },
	[AF_BODY] = { "body", F_TEXT, false, 0, NOTE_TEXT_MAX, NULL },
};
static const struct field edit_fields[] = {
	[EF_REV] = { "rev", F_ID, true, 0, 0, NULL },
	[EF_BODY] = { "body", F_TEXT, true, 1, NOTE_TEXT_MAX, NULL },
};
static const struct field close_fields[] = {
	[CF_HOME] = { "home", F_ID, false, 0, 0, NULL },
	[CF_REV] = { "rev", F_ID, true, 0, 0, NULL },
};
static const struct field home_fields[] = {
	[QF_HOME] = { "home", F_ID, false, 0, 0, NULL },
};

const struct form_def note_new_form = { new_fields, ARRAY_LEN(new_fields) };
const struct form_def note_answer_form = { answer_fields, ARRAY_LEN(answer_fields) };
const struct form_def note_edit_form = { edit_fields, ARRAY_LEN(edit_fields) };
static const struct form_def close_form = { close_fields, ARRAY_LEN(close_fields) };
static const struct form_def home_query = { home_fields, ARRAY_LEN(home_fields) };

static const struct route routes[] = {
	{ METHOD_GET, "/notes", note_list, POLICY_note_page, NULL, NULL, 0, NULL },
	{ METHOD_GET, "/messages", note_list, POLICY_guardian_page, NULL, NULL, 0, NULL },
	{ METHOD_GET, "/child/:child/notes", note_child_list, POLICY_note_record, NULL, NULL, 0,
	  NULL },
	{ METHOD_GET, "/child/:child/notes/new", note_new_page, POLICY_note_form, NULL, NULL, 0,
	  NULL },
	{ METHOD_POST, "/child/:child/notes/new", note_new_post, POLICY_note_write, &note_new_form,
	  NULL, 0, note_new_page },
	{ METHOD_GET, "/note/:note", note_page, POLICY_note_record, NULL, &home_query, 0, NULL },
	{ METHOD_POST, "/note/:note/answer", note_answer_post, POLICY_note_write,
	  &note_answer_form, NULL, 0, note_page },
	{ METHOD_POST, "/note/:note/close", note_close_post, POLICY_note_write, &close_form,
	  NULL, 0, NULL },
	{ METHOD_GET, "/note/:note/edit", note_edit_page, POLICY_note_form, NULL, NULL, 0, NULL },
	{ METHOD_POST, "/note/:note/edit", note_edit_post, POLICY_note_write, &note_edit_form, NULL,
	  0, note_edit_page },
	{ METHOD_GET, "/note/:note/back", note_back_page, POLICY_note_form, NULL, NULL, 0, NULL },
	{ METHOD_POST, "/note/:note/back", note_back_post, POLICY_note_write, &close_form, NULL,
	  0, NULL },
	{ .path = NULL },
};

static enum err export_child(struct db *db, const struct actor *who, int64_t child,
			     struct buf *json)
{
	return export_rows(db, who, child, "notes", note_export, json);
}

const struct feature note_feature;
const struct feature note_feature = {
	.name = "note",
	.routes = routes,
	.needs_you = note_needs,
	.child_card = note_card,
	.export_child = export_child,
	.erase_child = note_erase,
};
