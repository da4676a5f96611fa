/*
 * How a guardian is related to a child: a closed list after the Ed-Fi
 * RelationDescriptor, which covers xPress and SIF as well.
 */
#ifndef LINTEL_XML_RELATION_H
#define LINTEL_XML_RELATION_H

#include <stdint.h>

#include "base/str.h"

enum relation_code {
#define RELATION(NAME, name) RELATION_##NAME,
#include "xml/relation.def"
#undef RELATION
	RELATION_COUNT,
};

/* RELATION_UNSAID for nothing but blanks, RELATION_COUNT for a word not in the list. */
uint8_t relation_parse(struct span s);
const char *relation_name(uint8_t code);	/* "Mother, step"; "" for UNSAID */

#endif
