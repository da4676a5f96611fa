/*
 * Cartridges: the elements, names and order that the schemas of the two forms demand
 * (imslticc_v1p0, imslticc_v1p3, imsbasiclti_v1p0), and nothing that breaks out of them.
 */
#include <libxml/parser.h>
#include <libxml/tree.h>

#include "base/str.h"
#include "t.h"
#include "xml/cartridge.h"

#define XSD "http://www.imsglobal.org/xsd/"
#define BLTI XSD "imsbasiclti_v1p0"
#define LTICP XSD "imslticp_v1p0"

static const struct xml_cartridge plain = {
	"Home and school", "Side by side", "https://lintel.example/", "lintel", "Lintel",
};

static xmlDocPtr written(enum xml_cartridge_form form, const struct xml_cartridge *c)
{
	struct buf b = BUF_INIT(64u << 10);
	xmlDocPtr doc = NULL;

	if (xml_cartridge_write(&b, form, c) == E_OK)
		doc = xmlReadMemory(b.p, (int)b.len, NULL, NULL, XML_PARSE_NONET | XML_PARSE_NOBLANKS);
	buf_release(&b);
	return doc;
}

/* "blti:title blti:…": the children in their order, by namespace, not by prefix. */
static const char *children(const xmlNode *n)
{
	static char out[400];

	out[0] = '\0';
	for (n = n->children; n != NULL; n = n->next) {
		const char *ns = n->ns != NULL ? (const char *)n->ns->href : "";
		size_t at = strlen(out);

		snprintf(out + at, sizeof(out) - at, "%s%s%s", at > 0 ? " " : "",
			 str_eq(ns, BLTI) ? "b:" : str_eq(ns, LTICP) ? "p:" : "?:",
			 (const char *)n->name);
	}
	return out;
}

static const char *text_of(xmlDocPtr doc, const char *name)
{
	static char out[400];
	xmlNodePtr n = xmlDocGetRootElement(doc)->children;

	while (n != NULL && !str_eq((const char *)n->name, name))
		n = n->next;
	xmlChar *s = n != NULL ? xmlNodeGetContent(n) : NULL;

	snprintf(out, sizeof(out), "%s", s != NULL ? (const char *)s : "(none)");
	xmlFree(s);
	return out;
}

static void root_is(xmlDocPtr doc, const char *ns)
{
	xmlNodePtr root = xmlDocGetRootElement(doc);

	CHECK_STR((const char *)root->name, "cartridge_basiclti_link");
	CHECK_STR((const char *)root->ns->href, ns);
}

TEST(moodle_reads_both_addresses_of_the_first_form)
{
	xmlDocPtr doc = written(XML_CARTRIDGE_1P1, &plain);

	NEED(doc != NULL);
	root_is(doc, XSD "imslticc_v1p0");
	CHECK_STR(children(xmlDocGetRootElement(doc)),
		  "b:title b:description b:launch_url b:secure_launch_url b:vendor");
	CHECK_STR(text_of(doc, "launch_url"), plain.url);
	CHECK_STR(text_of(doc, "secure_launch_url"), plain.url);
	CHECK_STR(children(xmlDocGetRootElement(doc)->last), "p:code p:name");
	xmlFreeDoc(doc);
}

TEST(canvas_reads_the_secure_address_of_the_third_form)
{
	xmlDocPtr doc = written(XML_CARTRIDGE_1P3, &plain);

	NEED(doc != NULL);
	root_is(doc, XSD "imslticc_v1p3");
	CHECK_STR(children(xmlDocGetRootElement(doc)),
		  "b:title b:description b:secure_launch_url b:vendor");
	xmlFreeDoc(doc);
}

TEST(an_address_without_https_is_never_called_secure)
{
	struct xml_cartridge c = plain;

	c.url = "http://127.0.0.1:8700/";
	for (int form = XML_CARTRIDGE_1P1; form <= XML_CARTRIDGE_1P3; form++) {
		xmlDocPtr doc = written((enum xml_cartridge_form)form, &c);

		NEED(doc != NULL);
		CHECK_STR(children(xmlDocGetRootElement(doc)),
			  "b:title b:description b:launch_url b:vendor");
		CHECK_STR(text_of(doc, "launch_url"), c.url);
		xmlFreeDoc(doc);
	}
}

TEST(values_stay_values)
{
	struct xml_cartridge c = plain;
	xmlDocPtr doc;

	c.title = "A & B <blti:vendor/> ]]> \"q\" 'z'";
	c.description = "\xd8\xa7\xd9\x84\xd8\xa8\xd9\x8a\xd8\xaa";
	c.url = "https://lintel.example/?a=1&b=2";
	doc = written(XML_CARTRIDGE_1P1, &c);
	NEED(doc != NULL);
	CHECK_STR(text_of(doc, "title"), c.title);
	CHECK_STR(text_of(doc, "description"), c.description);
	CHECK_STR(text_of(doc, "launch_url"), c.url);
	CHECK_STR(children(xmlDocGetRootElement(doc)),
		  "b:title b:description b:launch_url b:secure_launch_url b:vendor");
	xmlFreeDoc(doc);
}

TEST(what_xml_cannot_hold_is_refused)
{
	static const char *const bad[] = { "a\x01z", "a\xffz", "a\nz", "a\x7fz" };

	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		struct xml_cartridge c = plain;

		c.title = bad[i];
		CHECK(written(XML_CARTRIDGE_1P1, &c) == NULL);
		c = plain;
		c.vendor_name = bad[i];
		CHECK(written(XML_CARTRIDGE_1P3, &c) == NULL);
	}
}
