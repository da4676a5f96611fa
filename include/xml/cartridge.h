/*
 * A link to a tool as XML, for importing into a course: IMS LTI Link of Common
 * Cartridge. It cannot register an LTI 1.3 tool; it adds a link to one that is.
 *
 * Two forms, because each host reads another: Moodle 4.5 and 5.1 Common Cartridge
 * 1.1, of which they take launch_url alone; Canvas 1.3, secure_launch_url first.
 *
 * Threads: any. Values are escaped here; they must be valid UTF-8 without controls.
 */
#ifndef LINTEL_XML_CARTRIDGE_H
#define LINTEL_XML_CARTRIDGE_H

#include "base/buf.h"
#include "base/err.h"

enum xml_cartridge_form {
	XML_CARTRIDGE_1P1,	/* imslticc_v1p0 */
	XML_CARTRIDGE_1P3,	/* imslticc_v1p3 */
};

struct xml_cartridge {
	const char *title, *description;
	const char *url;		/* http or https */
	const char *vendor_code, *vendor_name;
};

/* E_INPUT: a value that XML cannot hold. */
enum err xml_cartridge_write(struct buf *out, enum xml_cartridge_form form,
			     const struct xml_cartridge *c);

#endif
