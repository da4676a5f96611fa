/* Cleaning values of a roster, before anything is made of them (text.c). */
#ifndef LINTEL_XML_TEXT_H
#define LINTEL_XML_TEXT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/str.h"

enum text_state { TEXT_CLEAN, TEXT_SUSPECT };
/* Trims, joins blanks, drops invisible controls; in place. */
enum text_state text_tidy(char *s, uint16_t *n);
bool text_day(struct span s, char out[11]);	/* YYYY-MM-DD of a date or date and time */
bool span_is(struct span s, const char *word);	/* without regard to ASCII case */

#endif
