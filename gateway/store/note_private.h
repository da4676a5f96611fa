/* Words the files of notes share with their tables. */
#ifndef LINTEL_STORE_NOTE_PRIVATE_H
#define LINTEL_STORE_NOTE_PRIVATE_H

#include "base/magic.h"
#include "store/note.h"

static inline const char *note_side_word(enum note_side s)
{
	assert(s == NOTE_SCHOOL || s == NOTE_HOME);
	return s == NOTE_HOME ? "home" : "school";
}

static inline enum note_side note_side_of(const struct access *acc)
{
	assert(acc->rel == REL_TEACHES || acc->rel == REL_GUARDIAN);
	return acc->rel == REL_GUARDIAN ? NOTE_HOME : NOTE_SCHOOL;
}

static inline const char *note_kind_word(enum note_kind k)
{
	static const char *const word[] = { "text", "thanks", "close" };

	assert((unsigned)k < 3);
	return word[k];
}

#endif
