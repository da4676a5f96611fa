#include "gw/route.h"
#include "register_app.h"

/* Asked with whatever else a platform adds; the form that is sent is our own. */
static const struct route routes[] = {
	{ METHOD_GET, "/lti/register", register_page, POLICY_public_page, NULL, NULL,
	  ROUTE_TOP | ROUTE_FRAMED | ROUTE_FOREIGN_POST, NULL },
	{ METHOD_POST, "/lti/register", register_post, POLICY_public_write, &register_form, NULL,
	  ROUTE_TOP | ROUTE_FRAMED, NULL },
	{ METHOD_GET, "/lti/canvas.json", register_canvas, POLICY_public_page, NULL, NULL, ROUTE_TOP,
	  NULL },
	{ METHOD_GET, "/lti/cartridge.xml", register_cartridge, POLICY_public_page, NULL,
	  &register_cartridge_query, ROUTE_TOP, NULL },
	{ 0 },
};

const struct feature register_feature = { .name = "register", .routes = routes };
