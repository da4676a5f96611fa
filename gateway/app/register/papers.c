/*
 * What a platform may fetch for itself, or an admin hands it: Canvas's configuration
 * of a developer key, and the cartridge of a link. Public: nothing but our address.
 */
#include "base/magic.h"
#include "gw/i18n.h"
#include "register_app.h"
#include "xml/cartridge.h"

#define PAPER_MAX (64u << 10)
#define KEEP "public, max-age=3600"	/* a new release may say more */

enum { F_FORM };

static const char *const form_choices[] = { "moodle", "canvas", NULL };
static const struct field cartridge_fields[] = {
	[F_FORM] = { .name = "form", .type = F_CHOICE, .choices = form_choices },
};
const struct form_def register_cartridge_query = { cartridge_fields,
						   ARRAY_LEN(cartridge_fields) };

/* Whoever asks, it is kept for others: in this Lintel's own language. */
static struct lti_tool tool_of(struct req *r)
{
	const struct loc *asked = r->loc;
	struct lti_tool t;

	r->loc = loc_default();
	t = register_tool(r);
	r->loc = asked;
	return t;
}

enum err register_canvas(struct req *r)
{
	const struct lti_tool tool = tool_of(r);
	struct buf b = BUF_INIT(PAPER_MAX);
	enum err err = lti_canvas_write(&b, &tool);

	if (err != E_OK) {
		buf_release(&b);
		return err;
	}
	reply_header(r, "Cache-Control", KEEP);
	return reply_body(r, 200, "application/json; charset=utf-8", &b, NULL);
}

enum err register_cartridge(struct req *r)
{
	const struct lti_tool tool = tool_of(r);
	bool canvas = r->query.def == &register_cartridge_query && r->query.v[F_FORM].present &&
		      r->query.v[F_FORM].num == 1;
	const struct xml_cartridge c = {
		.title = tool.menu, .description = tool.description,
		.url = arena_printf(&r->a, "%s/", tool.origin), .vendor_code = "lintel",
		.vendor_name = tool.name,
	};
	struct buf b = BUF_INIT(PAPER_MAX);
	enum err err = c.url == NULL ? E_NOMEM :
				       xml_cartridge_write(&b, canvas ? XML_CARTRIDGE_1P3 :
									XML_CARTRIDGE_1P1, &c);

	if (err != E_OK) {
		buf_release(&b);
		return err;
	}
	reply_header(r, "Cache-Control", KEEP);
	return reply_body(r, 200, "application/xml; charset=utf-8", &b, NULL);
}
