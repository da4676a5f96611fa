/* Words the files of agreements share with their tables. */
#ifndef LINTEL_STORE_AGREEMENT_PRIVATE_H
#define LINTEL_STORE_AGREEMENT_PRIVATE_H

#include "base/magic.h"
#include "store/agreement.h"

static inline const char *agreement_side_word(enum agreement_side s)
{
	assert(s == AGREEMENT_SCHOOL || s == AGREEMENT_HOME);
	return s == AGREEMENT_HOME ? "home" : "school";
}

static inline enum agreement_side agreement_side_of(struct span s)
{
	return span_eqz(s, "home") ? AGREEMENT_HOME :
	       span_eqz(s, "student") ? AGREEMENT_STUDENT : AGREEMENT_SCHOOL;
}

/* Only school and home act; a student reads. */
static inline enum agreement_side agreement_actor(const struct access *acc)
{
	assert(acc->rel == REL_TEACHES || acc->rel == REL_GUARDIAN);
	return acc->rel == REL_GUARDIAN ? AGREEMENT_HOME : AGREEMENT_SCHOOL;
}

#endif
