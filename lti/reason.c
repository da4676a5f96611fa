/*
 * The table of reasons, and how a refusal is written down.
 */
#include "lti/reason.h"

#include "base/magic.h"
#include "lti/util.h"
#include "priv.h"
#include "text.h"

static const struct {
	const char *code, *words;
	int status;
} reasons[] = {
	{ "none", "Nothing was refused.", 200 },
#define LTI_REASON(NAME, code_, status_, words_) { code_, words_, status_ },
#include "lti/reason.def"
#undef LTI_REASON
};

_Static_assert(ARRAY_LEN(reasons) == LTI_REASON_COUNT, "one row per reason");

const char *lti_reason_code(enum lti_reason r)
{
	assert(r < LTI_REASON_COUNT);
	return reasons[r].code;
}

int lti_reason_status(enum lti_reason r)
{
	assert(r < LTI_REASON_COUNT);
	return reasons[r].status;
}

const char *lti_reason_words(enum lti_reason r)
{
	assert(r < LTI_REASON_COUNT);
	return reasons[r].words;
}

enum lti_result lti_refuse(struct lti_refusal *why, enum lti_reason r, const char *expected,
			   struct span got)
{
	assert(r != LTI_REASON_NONE && r < LTI_REASON_COUNT);
	why->reason = r;
	lti_safe_text(why->expected, sizeof(why->expected), span_of(expected));
	lti_safe_text(why->got, sizeof(why->got), got);
	return LTI_REFUSED;
}

enum lti_result lti_refuse_json(struct lti_refusal *why, enum lti_reason r,
				const char *expected, const json_t *got)
{
	static const char *const kind[] = {
		[JSON_OBJECT] = "(an object)", [JSON_ARRAY] = "(a list)",
		[JSON_INTEGER] = "(a number)", [JSON_REAL] = "(a number)",
		[JSON_TRUE] = "(true)", [JSON_FALSE] = "(false)", [JSON_NULL] = "(null)",
	};

	if (got == NULL)
		return lti_refuse(why, r, expected, SPAN("(nothing)"));
	if (json_is_string(got))
		return lti_refuse(why, r, expected, lti_json_span(got));
	return lti_refuse(why, r, expected, span_of(kind[json_typeof(got)]));
}
