/*
 * Refusals: one code per check, with its HTTP status and the words for a person
 * (catalogue key refusal.<code>.*). refusal.def is the only list; the codes are
 * a contract (data-refused on the page, `lintel doctor`, the admin's page).
 */
#ifndef LINTEL_GW_REFUSAL_H
#define LINTEL_GW_REFUSAL_H

enum refusal {
	REFUSE_NONE = 0,
#define REFUSAL(NAME, code, status) REFUSE_##NAME,
#include "gw/refusal.def"
#undef REFUSAL
	REFUSE_COUNT,
};

const char *refusal_code(enum refusal r);	/* "platform-pending" */
int refusal_status(enum refusal r);

#endif
