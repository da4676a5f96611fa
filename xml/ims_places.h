/*
 * Where the IMS Enterprise reader can be in a document, which names lead from
 * there to where, and which field of the record the text of a place is. The
 * tables stand in ims_names.c.
 */
#ifndef LINTEL_XML_IMS_PLACES_H
#define LINTEL_XML_IMS_PLACES_H

#include <stdbool.h>
#include <stdint.h>

#include "xml/reader.h"

enum name {
	N_OTHER,
#define NAME(ID, text) N_##ID,
#include "ims_names.def"
#undef NAME
	N_COUNT,
};

enum ns { NS_PIFU = 3, NS_PIFU11 = 4, NS_OURS = 5 };	/* order of ims_names.c */

enum where {
	W_DOC, W_SKIP, W_ROOT,
	W_PROPS, W_TYPE, W_TIME,
	W_PERSON, W_GROUP, W_SHIP, W_MEMBER, W_ROLE,
	W_SID, W_SOURCE, W_ID,
	W_USERID, W_NAME, W_FN, W_N, W_FAMILY, W_GIVEN, W_DEMO, W_BDAY, W_EMAIL,
	W_PEXT, W_GUARDIAN, W_PIFU, W_REL, W_RELATION,
	W_GTYPE, W_SCHEME, W_KIND, W_DESC, W_SHORT, W_LONG, W_GFRAME, W_GBEGIN, W_GEND,
	W_IDTYPE, W_STATUS, W_SUBROLE, W_RFRAME, W_RBEGIN, W_REND,
	W_COUNT,
};

enum field {
	F_NONE, F_TYPE, F_TIME, F_SOURCE, F_ID, F_USERID, F_FN, F_FAMILY, F_GIVEN, F_BDAY,
	F_EMAIL, F_RELATION, F_SCHEME, F_KIND, F_SHORT, F_LONG, F_GBEGIN, F_GEND, F_IDTYPE,
	F_STATUS, F_SUBROLE, F_RBEGIN, F_REND,
	F_COUNT,
};

struct place {
	uint8_t field;		/* text goes here */
	const char *label;	/* of the field, for findings */
};

extern const struct xml_vocab ims_vocab;
extern const struct place ims_place[W_COUNT];
enum where ims_next(enum where from, unsigned name);
bool ims_known(unsigned name);		/* ignored on purpose, not worth a line in the report */

#endif
