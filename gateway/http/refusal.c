/* The table of refusals, and which of them an error of ours becomes. */
#include "gw/refusal.h"

#include "base/magic.h"
#include "http.h"

static const struct {
	const char *code;
	int status;
} refusals[REFUSE_COUNT] = {
	[REFUSE_NONE] = { "none", 200 },
#define REFUSAL(NAME, word, number) [REFUSE_##NAME] = { word, number },
#include "gw/refusal.def"
#undef REFUSAL
};

const char *refusal_code(enum refusal r)
{
	assert((unsigned)r < REFUSE_COUNT);
	return refusals[r].code;
}

int refusal_status(enum refusal r)
{
	assert((unsigned)r < REFUSE_COUNT);
	return refusals[r].status;
}

enum refusal refusal_of(enum err e)
{
	switch (e) {
	case E_OK:
		return REFUSE_NONE;
	case E_INPUT:
		return REFUSE_BAD_REQUEST;
	case E_MISSING:
		return REFUSE_NOT_FOUND;
	case E_DENIED:
		return REFUSE_NOT_YOURS;
	case E_CONFLICT:
		return REFUSE_CONFLICT;
	case E_BUSY:
	case E_TIMEOUT:
		return REFUSE_BUSY;
	case E_LIMIT:
		return REFUSE_TOO_LARGE;
	case E_DB:
		return REFUSE_DATABASE;
	case E_IO:
	case E_NOMEM:
	case E_INTERNAL:
		break;
	}
	return REFUSE_OUR_FAULT;
}
