#include "gw/route.h"
#include "launch.h"

static const struct route routes[] = {
	{ METHOD_GET, "/lti/login", launch_login, POLICY_public_page, NULL, NULL,
	  ROUTE_TOP | ROUTE_FRAMED | ROUTE_FOREIGN_POST, NULL },
	{ METHOD_POST, "/lti/login", launch_login, POLICY_public_page, NULL, NULL,
	  ROUTE_TOP | ROUTE_FRAMED | ROUTE_FOREIGN_POST, NULL },
	{ METHOD_POST, "/lti/launch", launch_post, POLICY_public_write, NULL, NULL,
	  ROUTE_TOP | ROUTE_FRAMED | ROUTE_FOREIGN_POST | ROUTE_BIG_FORM, NULL },
	{ METHOD_GET, "/lti/keys.json", launch_keys, POLICY_public_page, NULL, NULL, ROUTE_TOP,
	  NULL },
	{ 0 },
};

const struct feature launch_feature = { .name = "launch", .routes = routes };
