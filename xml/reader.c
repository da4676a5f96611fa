/*
 * The SAX2 push reader and its guards. What each guard stops was measured on
 * libxml2 2.9.14; the samples are replayed by tests/unit/xml_ims.c.
 */
#include "xml/reader.h"

#include <libxml/parser.h>
#include <libxml/parserInternals.h>
#include <libxml/SAX2.h>
#include <libxml/xmlerror.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/magic.h"

#define READER_MAGIC 0x58e4d001u
#define NAME_SLOTS 512u
#define CHUNK 16384u
#define SNIFF 24u

struct xml_reader {
	unsigned magic;
	const struct xml_handler *h;
	void *arg;
	xmlSAXHandler sax;
	xmlParserCtxtPtr ctxt;
	/* libxml2 hands out names from its dictionary: equal names, equal pointers */
	struct {
		const xmlChar *p;
		unsigned id;
	} name[NAME_SLOTS];
	const xmlChar *uri[16];
	unsigned uris;
	const xmlChar *last_uri;
	unsigned last_ns;
	unsigned depth;
	bool root, ending, seen;
	char sniff[SNIFF];
	unsigned sniffed;
	struct xml_fault fault;
};

/* ---- once a process ---- */

static xmlParserInputPtr refuse_entity(const char *url, const char *id, xmlParserCtxtPtr ctxt)
{
	(void)url;
	(void)id;
	(void)ctxt;
	return NULL;
}

__attribute__((format(printf, 2, 3)))
static void be_quiet(void *ctx, const char *fmt, ...)
{
	(void)ctx;
	(void)fmt;
}

void xml_init(void)
{
	xmlInitParser();
	xmlSetExternalEntityLoader(refuse_entity);
}

/* ---- faults ---- */

/* Names of a hostile file go into reports: printable ASCII only, cut. */
static void printable(char *out, size_t max, const char *s)
{
	size_t n = 0;

	assert(max > 0);
	for (; s != NULL && *s != '\0' && n + 1 < max; s++)
		out[n++] = *s > ' ' && *s < 0x7f && *s != '<' && *s != '&' ? *s : '?';
	out[n] = '\0';
}

static uint32_t line_of(const struct xml_reader *r)
{
	const xmlParserInput *in = r->ctxt->input;

	return in == NULL || in->line < 0 ? 0 : (uint32_t)in->line;
}

static void fault(struct xml_reader *r, enum xml_code c, uint32_t line, const char *detail)
{
	if (r->fault.code != XC_NONE)
		return;
	r->fault.code = c;
	r->fault.line = line;
	printable(r->fault.detail, sizeof(r->fault.detail), detail);
}

void xml_reader_refuse(struct xml_reader *r, enum xml_code c, uint32_t line, const char *detail)
{
	CHECK_MAGIC(r, READER_MAGIC);
	assert(c != XC_NONE);
	fault(r, c, line, detail);
	xmlStopParser(r->ctxt);
}

/* A file that was never XML deserves better words than the parser's. */
static enum xml_code not_xml(const struct xml_reader *r)
{
	const char *s = r->sniff;

	if (r->root || r->sniffed == 0)
		return XC_NONE;
	if (s[0] != '<')
		return XC_NOT_XML;
	if (strncasecmp(s, "<!doctype html", 14) == 0 || strncasecmp(s, "<html", 5) == 0)
		return XC_HTML_NOT_XML;
	return XC_NONE;
}

static enum xml_code code_of(const struct xml_reader *r, const xmlError *e)
{
	const xmlParserInput *in = r->ctxt->input;

	switch (e->code) {
	case XML_ERR_UNKNOWN_ENCODING:
	case XML_ERR_UNSUPPORTED_ENCODING:
		return XC_UNSUPPORTED_ENCODING;
	case XML_ERR_INVALID_ENCODING:
	case XML_I18N_CONV_FAILED:
	case XML_IO_ENCODER:
		return XC_BAD_ENCODING;
	case XML_ERR_NAME_TOO_LONG:
		return XC_TOKEN_TOO_LARGE;
	case XML_ERR_INVALID_CHAR:
		/* also what it says about a byte that is no UTF-8 */
		if (in != NULL && in->cur < in->end && *in->cur >= 0x80)
			return XC_BAD_ENCODING;
		return XC_NOT_WELL_FORMED;
	default:
		return XC_NOT_WELL_FORMED;
	}
}

/*
 * Did the end of the input cause this error? As a rule; but text waits in the
 * parser until more comes, so a wrong byte in it may be found only now.
 */
static bool cut_off(const struct xml_reader *r, const xmlError *e)
{
	const xmlParserInput *in = r->ctxt->input;
	size_t left, need;

	if (in == NULL || in->cur >= in->end)
		return true;
	if (e->code != XML_ERR_INVALID_CHAR && e->code != XML_ERR_INVALID_ENCODING)
		return true;
	left = (size_t)(in->end - in->cur);
	need = *in->cur >= 0xf0 ? 4 : *in->cur >= 0xe0 ? 3 : *in->cur >= 0xc2 ? 2 : 1;
	return need > left;		/* cut inside a character */
}

static void on_error(void *ctx, xmlErrorPtr e)
{
	xmlParserCtxtPtr ctxt = ctx;
	struct xml_reader *r = CAST_MAGIC(struct xml_reader, ctxt->_private, READER_MAGIC);
	uint32_t line = e->line > 0 ? (uint32_t)e->line : line_of(r);
	enum xml_code c;

	if (e->code == XML_ERR_UNSUPPORTED_ENCODING || e->code == XML_ERR_UNKNOWN_ENCODING) {
		fault(r, XC_UNSUPPORTED_ENCODING, line, NULL);
		return;
	}
	/* XML 1.0 4.1: behind a DOCTYPE an undeclared entity is no fatal error, the text
	 * just loses it; a name with a hole must not be stored. */
	if (e->level != XML_ERR_FATAL) {
		if (e->code == XML_ERR_UNDECLARED_ENTITY || e->code == XML_WAR_UNDECLARED_ENTITY)
			r->h->entity(r->arg, line);
		return;
	}
	c = not_xml(r);
	if (c == XC_NONE)
		c = r->ending && r->depth > 0 && cut_off(r, e) ? XC_TRUNCATED : code_of(r, e);
	if (r->ending && !r->root && c == XC_NOT_WELL_FORMED)
		c = XC_EMPTY;
	fault(r, c, c == XC_TRUNCATED ? line_of(r) : line, NULL);
}

/* ---- what libxml2 calls ---- */

static unsigned slot_of(const xmlChar *p)
{
	return (unsigned)(((uintptr_t)p * 0x9e3779b97f4a7c15ull) >> 40) % NAME_SLOTS;
}

static unsigned name_id(const struct xml_reader *r, const xmlChar *p)
{
	for (unsigned i = slot_of(p); r->name[i].p != NULL; i = (i + 1) % NAME_SLOTS)
		if (r->name[i].p == p)
			return r->name[i].id;
	return 0;
}

static unsigned ns_id(struct xml_reader *r, const xmlChar *prefix, const xmlChar *uri)
{
	if (uri == NULL)	/* an unbound prefix is no namespace, and not ours */
		return prefix == NULL ? XML_NS_NONE : XML_NS_FOREIGN;
	if (uri == r->last_uri)
		return r->last_ns;
	r->last_uri = uri;
	r->last_ns = XML_NS_FOREIGN;
	for (unsigned i = 0; i < r->uris; i++)
		if (r->uri[i] == uri)
			r->last_ns = i + 1;
	return r->last_ns;
}

static void on_start(void *ctx, const xmlChar *local, const xmlChar *prefix, const xmlChar *uri,
		     int nns, const xmlChar **ns, int nattrs, int ndefaulted,
		     const xmlChar **attrs)
{
	xmlParserCtxtPtr ctxt = ctx;
	struct xml_reader *r = CAST_MAGIC(struct xml_reader, ctxt->_private, READER_MAGIC);
	struct xml_start e;

	(void)ns;
	(void)ndefaulted;
	if (r->fault.code != XC_NONE)
		return;
	/* a whole tag was read when its last byte came; this one never ended */
	if (r->ending) {
		xml_reader_refuse(r, XC_TRUNCATED, line_of(r), NULL);
		return;
	}
	r->root = true;
	if (++r->depth > XML_DEPTH) {
		xml_reader_refuse(r, XC_TOO_DEEP, line_of(r), NULL);
		return;
	}
	if (nattrs > XML_ATTRS || nns > XML_ATTRS) {
		xml_reader_refuse(r, XC_TOKEN_TOO_LARGE, line_of(r), NULL);
		return;
	}
	e = (struct xml_start){
		.name = name_id(r, local), .ns = ns_id(r, prefix, uri), .line = line_of(r),
		.local = (const char *)local, .uri = (const char *)uri,
		.attrs = attrs, .nattrs = nattrs,
	};
	r->h->start(r->arg, &e);
}

static void on_end(void *ctx, const xmlChar *local, const xmlChar *prefix, const xmlChar *uri)
{
	xmlParserCtxtPtr ctxt = ctx;
	struct xml_reader *r = CAST_MAGIC(struct xml_reader, ctxt->_private, READER_MAGIC);

	(void)local;
	(void)prefix;
	(void)uri;
	if (r->fault.code != XC_NONE)
		return;
	assert(r->depth > 0);
	r->h->end(r->arg);
	r->depth--;
}

static void on_text(void *ctx, const xmlChar *p, int n)
{
	xmlParserCtxtPtr ctxt = ctx;
	struct xml_reader *r = CAST_MAGIC(struct xml_reader, ctxt->_private, READER_MAGIC);

	if (r->fault.code == XC_NONE && n > 0)
		r->h->text(r->arg, (const char *)p, (size_t)n);
}

static void on_reference(void *ctx, const xmlChar *name)
{
	xmlParserCtxtPtr ctxt = ctx;
	struct xml_reader *r = CAST_MAGIC(struct xml_reader, ctxt->_private, READER_MAGIC);

	(void)name;
	if (r->fault.code == XC_NONE)
		r->h->entity(r->arg, line_of(r));
}

static void refuse_dtd(void *ctx)
{
	xmlParserCtxtPtr ctxt = ctx;
	struct xml_reader *r = CAST_MAGIC(struct xml_reader, ctxt->_private, READER_MAGIC);

	xml_reader_refuse(r, XC_DTD_NOT_ALLOWED, line_of(r), NULL);
}

static void on_entity_decl(void *ctx, const xmlChar *name, int type, const xmlChar *public_id,
			   const xmlChar *system_id, xmlChar *content)
{
	(void)name;
	(void)type;
	(void)public_id;
	(void)system_id;
	(void)content;
	refuse_dtd(ctx);
}

static void on_unparsed_decl(void *ctx, const xmlChar *name, const xmlChar *public_id,
			     const xmlChar *system_id, const xmlChar *notation)
{
	(void)name;
	(void)public_id;
	(void)system_id;
	(void)notation;
	refuse_dtd(ctx);
}

static void on_attribute_decl(void *ctx, const xmlChar *elem, const xmlChar *full, int type,
			      int def, const xmlChar *value, xmlEnumerationPtr tree)
{
	(void)elem;
	(void)full;
	(void)type;
	(void)def;
	(void)value;
	xmlFreeEnumeration(tree);	/* this callback owns it */
	refuse_dtd(ctx);
}

static void on_element_decl(void *ctx, const xmlChar *name, int type, xmlElementContentPtr content)
{
	(void)name;
	(void)type;
	(void)content;			/* the parser keeps it */
	refuse_dtd(ctx);
}

static void on_notation_decl(void *ctx, const xmlChar *name, const xmlChar *public_id,
			     const xmlChar *system_id)
{
	(void)name;
	(void)public_id;
	(void)system_id;
	refuse_dtd(ctx);
}

static void on_subset(void *ctx, const xmlChar *name, const xmlChar *external_id,
		      const xmlChar *system_id)
{
	(void)ctx;			/* real files carry a DOCTYPE; nothing is loaded */
	(void)name;
	(void)external_id;
	(void)system_id;
}

/* ---- make and feed ---- */

static void add_name(struct xml_reader *r, const char *s, unsigned id)
{
	const xmlChar *p = xmlDictLookup(r->ctxt->dict, (const xmlChar *)s, -1);
	unsigned i;

	assert(p != NULL);
	for (i = slot_of(p); r->name[i].p != NULL; i = (i + 1) % NAME_SLOTS)
		if (r->name[i].p == p)
			return;
	r->name[i].p = p;
	r->name[i].id = id;
}

/* Old exports shout: ENTERPRISE, PERSON. Both spellings get one id. */
static void add_names(struct xml_reader *r, const struct xml_vocab *v)
{
	char up[64];

	assert(v->names * 2 < NAME_SLOTS && v->uris <= ARRAY_LEN(r->uri));
	for (unsigned i = 0; i < v->names; i++) {
		size_t n = strlen(v->name[i]);

		assert(n < sizeof(up));
		add_name(r, v->name[i], i + 1);
		for (size_t k = 0; k <= n; k++) {
			char c = v->name[i][k];

			up[k] = c >= 'a' && c <= 'z' ? (char)(c - 'a' + 'A') : c;
		}
		add_name(r, up, i + 1);
	}
	for (unsigned i = 0; i < v->uris; i++)
		r->uri[i] = xmlDictLookup(r->ctxt->dict, (const xmlChar *)v->uri[i], -1);
	r->uris = v->uris;
}

enum err xml_reader_new(const struct xml_handler *h, void *arg, const struct xml_vocab *v,
			struct xml_reader **out)
{
	struct xml_reader *r = calloc(1, sizeof(*r));

	*out = NULL;
	if (r == NULL)
		return E_NOMEM;
	r->magic = READER_MAGIC;
	r->h = h;
	r->arg = arg;
	r->sax = (xmlSAXHandler){
		.initialized = XML_SAX2_MAGIC,
		.startElementNs = on_start, .endElementNs = on_end, .characters = on_text,
		.cdataBlock = on_text, .ignorableWhitespace = on_text,
		.internalSubset = on_subset, .entityDecl = on_entity_decl,
		.attributeDecl = on_attribute_decl, .elementDecl = on_element_decl,
		.notationDecl = on_notation_decl, .unparsedEntityDecl = on_unparsed_decl,
		.reference = on_reference, .serror = on_error,
	};
	xmlSetGenericErrorFunc(NULL, be_quiet);
	r->ctxt = xmlCreatePushParserCtxt(&r->sax, NULL, NULL, 0, NULL);
	if (r->ctxt == NULL) {
		free(r);
		return E_NOMEM;
	}
	r->ctxt->_private = r;
	xmlCtxtUseOptions(r->ctxt, XML_PARSE_NONET);
	add_names(r, v);
	*out = r;
	return E_OK;
}

void xml_reader_free(struct xml_reader *r)
{
	if (r == NULL)
		return;
	CHECK_MAGIC(r, READER_MAGIC);
	if (r->ctxt->myDoc != NULL)
		xmlFreeDoc(r->ctxt->myDoc);
	xmlFreeParserCtxt(r->ctxt);
	r->magic = 0;
	free(r);
}

/* Keeps the first visible bytes, without marks, blanks and the zeros of UTF-16. */
static void sniff(struct xml_reader *r, const unsigned char *p, size_t n)
{
	for (size_t i = 0; i < n && r->sniffed < SNIFF - 1; i++) {
		bool mark = p[i] == 0xef || p[i] == 0xbb || p[i] == 0xbf || p[i] >= 0xfe;

		if (p[i] == 0 || (r->sniffed == 0 && (mark || p[i] <= ' ')))
			continue;
		r->sniff[r->sniffed++] = (char)p[i];
	}
	r->seen = r->seen || n > 0;
}

static enum err push(struct xml_reader *r, const char *p, int n, int last)
{
	int rc = xmlParseChunk(r->ctxt, p, n, last);
	const xmlParserInput *in = r->ctxt->input;

	if (r->fault.code == XC_NONE && rc != 0 && r->ctxt->disableSAX)
		fault(r, rc == XML_ERR_INVALID_ENCODING ? XC_BAD_ENCODING : XC_NOT_WELL_FORMED,
		      line_of(r), NULL);
	/* The one guard the library lacks: a sound roster never leaves more than some
	 * hundred bytes unread between two chunks. */
	if (r->fault.code == XC_NONE && in != NULL && in->end - in->cur > (long)XML_BACKLOG)
		xml_reader_refuse(r, XC_TOKEN_TOO_LARGE, line_of(r), NULL);
	/* every new name stays in the parser's dictionary until the end */
	if (r->fault.code == XC_NONE && xmlDictSize(r->ctxt->dict) > (int)XML_NAMES)
		xml_reader_refuse(r, XC_TOKEN_TOO_LARGE, line_of(r), NULL);
	return r->fault.code == XC_NONE ? E_OK : E_INPUT;
}

enum err xml_reader_feed(struct xml_reader *r, const void *p, size_t n)
{
	const char *s = p;
	enum err e = r->fault.code == XC_NONE ? E_OK : E_INPUT;

	CHECK_MAGIC(r, READER_MAGIC);
	assert(!r->ending);
	sniff(r, p, n);
	while (e == E_OK && n > 0) {
		size_t k = n < CHUNK ? n : CHUNK;

		e = push(r, s, (int)k, 0);
		s += k;
		n -= k;
	}
	return e;
}

enum err xml_reader_end(struct xml_reader *r)
{
	CHECK_MAGIC(r, READER_MAGIC);
	if (r->fault.code != XC_NONE)
		return E_INPUT;
	r->ending = true;
	if (!r->seen || r->sniffed == 0) {
		fault(r, XC_EMPTY, 1, NULL);
		return E_INPUT;
	}
	if (push(r, NULL, 0, 1) != E_OK)
		return E_INPUT;
	if (!r->root || r->depth > 0 || !r->ctxt->wellFormed)
		fault(r, r->depth > 0 ? XC_TRUNCATED : not_xml(r) != XC_NONE ? not_xml(r) :
		      r->root ? XC_NOT_WELL_FORMED : XC_EMPTY, line_of(r), NULL);
	return r->fault.code == XC_NONE ? E_OK : E_INPUT;
}

const struct xml_fault *xml_reader_fault(const struct xml_reader *r)
{
	CHECK_MAGIC(r, READER_MAGIC);
	return &r->fault;
}

const char *xml_reader_encoding(const struct xml_reader *r)
{
	const xmlChar *e = r->ctxt->encoding != NULL ? r->ctxt->encoding :
		r->ctxt->input != NULL ? r->ctxt->input->encoding : NULL;

	return e == NULL ? "UTF-8" : (const char *)e;
}

/*
 * Without NOENT libxml2 hands '&' in attribute values out as "&#38;", and only
 * so; every other reference is resolved already.
 */
static long copy_value(const char *p, const char *end, char *out, size_t max)
{
	size_t n = 0;

	while (p < end) {
		if (n < max)
			out[n] = *p;
		n++;
		p += end - p >= 5 && memcmp(p, "&#38;", 5) == 0 ? 5 : 1;
	}
	return (long)n;
}

long xml_attr(const struct xml_start *e, const char *name, char *out, size_t max)
{
	const xmlChar *const *a = e->attrs;

	for (int i = 0; i < e->nattrs; i++, a += 5) {
		if (a[2] != NULL || a[1] != NULL || strcasecmp((const char *)a[0], name) != 0)
			continue;
		return copy_value((const char *)a[3], (const char *)a[4], out, max);
	}
	return -1;
}
