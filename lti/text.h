/*
 * Reading one JSON value of a peer: what is absent, what is bad, and what is kept
 * (text.c). Everything kept is a copy in the arena.
 */
#ifndef LINTEL_LTI_TEXT_H
#define LINTEL_LTI_TEXT_H

#include <jansson.h>
#include <stdbool.h>

#include "base/arena.h"
#include "base/str.h"
#include "lti/launch.h"

enum lti_text { TEXT_ABSENT, TEXT_OK, TEXT_BAD };

/* An identifier: absent if missing, null, empty or an unexpanded variable; bad if not text,
 * over 255 characters, or with control characters. */
enum lti_text lti_text_id(struct arena *a, const json_t *v, const char **out);
/* Words for people: one line, at most 1,000 bytes; NULL if there are none. */
const char *lti_text_line(struct arena *a, const json_t *v);
/* An address that a browser and we read alike, https unless allowed; else NULL. */
const char *lti_text_url(struct arena *a, const json_t *v, bool allow_http);
/* Every character is a letter, a digit, or one of `more`; else NULL. */
const char *lti_text_word(struct arena *a, const json_t *v, const char *more, size_t max);
/* A list of texts; false if it is not one. null and missing: not given. */
bool lti_text_list(struct arena *a, const json_t *v, unsigned max, struct lti_list *out);
/* TEXT_ABSENT for null and missing, TEXT_OK for an object, TEXT_BAD for anything else. */
enum lti_text lti_member(const json_t *o, const char *name, const json_t **out);
struct span lti_json_span(const json_t *v);	/* of a string; n = 0 otherwise */

#endif
