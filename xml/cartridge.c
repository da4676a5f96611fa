/* The IMS LTI Link of Common Cartridge, in the order its schema demands. */
#include "xml/cartridge.h"

#include <libxml/xmlwriter.h>

#include "base/magic.h"
#include "base/str.h"

#define XSD "http://www.imsglobal.org/xsd/"

static const struct {
	const char *root;
	bool both;		/* also launch_url beside an https address */
} forms[] = {
	[XML_CARTRIDGE_1P1] = { XSD "imslticc_v1p0", true },
	[XML_CARTRIDGE_1P3] = { XSD "imslticc_v1p3", false },
};

struct writing {
	xmlTextWriterPtr w;
	bool bad;
};

static void element(struct writing *x, const char *name, const char *text)
{
	if (xmlTextWriterWriteElement(x->w, BAD_CAST name, BAD_CAST text) < 0)
		x->bad = true;
}

static void attribute(struct writing *x, const char *name, const char *text)
{
	if (xmlTextWriterWriteAttribute(x->w, BAD_CAST name, BAD_CAST text) < 0)
		x->bad = true;
}

static void open_element(struct writing *x, const char *name)
{
	if (xmlTextWriterStartElement(x->w, BAD_CAST name) < 0)
		x->bad = true;
}

static void close_element(struct writing *x)
{
	if (xmlTextWriterEndElement(x->w) < 0)
		x->bad = true;
}

/* XML 1.0, 2.2: most controls have no spelling at all. */
static bool text_ok(const char *s)
{
	if (!utf8_valid(span_of(s)))
		return false;
	for (; *s != '\0'; s++)
		if ((unsigned char)*s < 0x20 || *s == 0x7f)
			return false;
	return true;
}

static void vendor(struct writing *x, const struct xml_cartridge *c)
{
	open_element(x, "blti:vendor");
	element(x, "lticp:code", c->vendor_code);
	element(x, "lticp:name", c->vendor_name);
	close_element(x);
}

static void link_of(struct writing *x, enum xml_cartridge_form form, const struct xml_cartridge *c)
{
	bool https = str_starts(c->url, "https:");

	open_element(x, "cartridge_basiclti_link");
	attribute(x, "xmlns", forms[form].root);
	attribute(x, "xmlns:blti", XSD "imsbasiclti_v1p0");
	attribute(x, "xmlns:lticm", XSD "imslticm_v1p0");
	attribute(x, "xmlns:lticp", XSD "imslticp_v1p0");
	element(x, "blti:title", c->title);
	element(x, "blti:description", c->description);
	if (!https || forms[form].both)
		element(x, "blti:launch_url", c->url);
	if (https)
		element(x, "blti:secure_launch_url", c->url);
	vendor(x, c);
	close_element(x);
}

enum err xml_cartridge_write(struct buf *out, enum xml_cartridge_form form,
			     const struct xml_cartridge *c)
{
	struct writing x = { .bad = false };
	xmlBufferPtr b = NULL;
	enum err err = E_NOMEM;

	assert((unsigned)form < ARRAY_LEN(forms) && c->vendor_code != NULL);
	if (!text_ok(c->title) || !text_ok(c->description) || !text_ok(c->url) ||
	    !text_ok(c->vendor_code) || !text_ok(c->vendor_name))
		return buf_fail(out, E_INPUT);
	b = xmlBufferCreate();
	x.w = b != NULL ? xmlNewTextWriterMemory(b, 0) : NULL;
	if (x.w == NULL)
		goto out;
	xmlTextWriterSetIndent(x.w, 1);
	if (xmlTextWriterStartDocument(x.w, "1.0", "UTF-8", NULL) < 0)
		goto out;
	link_of(&x, form, c);
	if (xmlTextWriterEndDocument(x.w) < 0 || x.bad)
		goto out;
	xmlFreeTextWriter(x.w);		/* writes what it still holds */
	x.w = NULL;
	buf_add(out, xmlBufferContent(b), (size_t)xmlBufferLength(b));
	err = out->err;
out:
	xmlFreeTextWriter(x.w);
	xmlBufferFree(b);
	return err;
}
