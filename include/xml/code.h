/*
 * Findings: what was wrong, where, in which record. A finding names a sourcedid
 * and a line of the uploaded file; it never holds a name, a mail address, a
 * password or any other value of the record.
 */
#ifndef LINTEL_XML_CODE_H
#define LINTEL_XML_CODE_H

#include <stdint.h>

#include "base/str.h"

enum xml_code {
#define CODE(NAME, name, words) XC_##NAME,
#include "xml/code.def"
#undef CODE
	XC_COUNT,
};

enum xml_level {
	XL_WARN,	/* the record was taken */
	XL_REJECT,	/* the record was not taken */
	XL_FATAL,	/* the whole file was not taken */
};

enum roster_kind { RK_FILE, RK_PERSON, RK_GROUP, RK_MEMBER, RK_LINK, RK_COUNT };

/* The pair is the key (IMS Enterprise 1.1, sourcedid); id.n == 0: none. */
struct roster_id {
	struct span source, id;
};

struct xml_finding {
	enum xml_code code;
	enum xml_level level;
	enum roster_kind kind;
	uint32_t line;		/* of the faulty element */
	uint32_t record;	/* of the record's start tag */
	uint32_t other;		/* of the record it collides with; 0: none */
	struct roster_id id;
	const char *field;	/* a literal; NULL: the record as a whole */
};

/* Why a file was refused. detail: a root or namespace as seen, ASCII, may be "". */
struct xml_fault {
	enum xml_code code;
	uint32_t line;
	char detail[120];
};

const char *xml_code_name(enum xml_code c);	/* "dangling-member" */
const char *xml_code_words(enum xml_code c);
const char *roster_kind_name(enum roster_kind k);

#endif
