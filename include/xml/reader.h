/*
 * XML as it arrives: a SAX2 push reader with every guard a hostile sender calls
 * for. libxml2 stands behind it and nowhere else (facts about 2.9.14 in
 * docs/threat-model.md, T18):
 *   - one option, NONET; no DTD is loaded, no entity replaced, no file opened;
 *   - any declaration in an internal subset refuses the file: one ATTLIST line
 *     could give every person recstatus 3;
 *   - what the parser holds unfinished never passes XML_BACKLOG, so a tag with
 *     100,000 attributes ends before it costs time;
 *   - depth, attributes and namespaces per element, and names per file are capped.
 * Memory does not grow with the file. Lines are exact.
 *
 * Ownership: what a callback gets lives until it returns.
 * Threads: one reader, one thread; call xml_init() once before threads start.
 */
#ifndef LINTEL_XML_READER_H
#define LINTEL_XML_READER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "xml/code.h"

#define XML_BACKLOG 65536u
#define XML_DEPTH 32u
#define XML_ATTRS 64
#define XML_NAMES 4096u		/* different names in one file */

struct xml_reader;

/* The names a format knows. Ids are index + 1; 0 is every other name or namespace. */
struct xml_vocab {
	const char *const *name;
	unsigned names;
	const char *const *uri;		/* ids likewise; 0: no namespace */
	unsigned uris;
};

#define XML_NS_NONE 0u
#define XML_NS_FOREIGN 255u

struct xml_start {
	unsigned name;		/* id of the vocabulary; upper case counts as lower */
	unsigned ns;		/* id, XML_NS_NONE or XML_NS_FOREIGN */
	uint32_t line;
	const char *local;	/* as written, for reports only */
	const char *uri;	/* NULL: none */
	const void *attrs;	/* for xml_attr() */
	int nattrs;
};

struct xml_handler {
	void (*start)(void *arg, const struct xml_start *e);
	void (*end)(void *arg);
	/* Comes in pieces. */
	void (*text)(void *arg, const char *p, size_t n);
	/* A named entity was left out here: the text around it is not whole. */
	void (*entity)(void *arg, uint32_t line);
};

void xml_init(void);

enum err xml_reader_new(const struct xml_handler *h, void *arg, const struct xml_vocab *v,
			struct xml_reader **out);
void xml_reader_free(struct xml_reader *r);	/* NULL allowed */

/* E_INPUT once the file is refused; then xml_reader_fault() says why. */
enum err xml_reader_feed(struct xml_reader *r, const void *p, size_t n);
enum err xml_reader_end(struct xml_reader *r);

/* From a callback: refuse the file here. detail (may be NULL) is made printable. */
void xml_reader_refuse(struct xml_reader *r, enum xml_code c, uint32_t line, const char *detail);
const struct xml_fault *xml_reader_fault(const struct xml_reader *r);
const char *xml_reader_encoding(const struct xml_reader *r);	/* as declared, "UTF-8" else */

/*
 * The attribute without a namespace of that name, as UTF-8 text in out (NUL not
 * counted in the result). Returns -1: not there; more than max: too long, cut.
 */
long xml_attr(const struct xml_start *e, const char *name, char *out, size_t max);

#endif
