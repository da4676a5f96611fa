/* The district's office: counts, connections, schools, people to confirm. */
#include "admin.h"

static const struct route routes[] = {
	{ METHOD_GET, "/admin", admin_overview, POLICY_admin_home, NULL, NULL, 0, NULL },
	{ METHOD_GET, "/admin/platforms", platforms_page, POLICY_admin_page, NULL, NULL, 0, NULL },
	{ METHOD_GET, "/admin/platform/:platform/match", match_page, POLICY_admin_page, NULL,
	  &match_query, 0, NULL },
	{ METHOD_POST, "/admin/platform/:platform/match", match_post, POLICY_admin_write,
	  &match_form, NULL, 0, match_page },
	{ METHOD_POST, "/admin/platform/:platform/deployment", deployment_post, POLICY_admin_write,
	  &deployment_form, NULL, 0, platforms_page },
	{ METHOD_GET, "/admin/refused", refused_page, POLICY_admin_page, NULL, NULL, 0, NULL },
	{ METHOD_GET, "/admin/schools", schools_page, POLICY_admin_page, NULL, NULL, 0, NULL },
	{ METHOD_GET, "/admin/schools/new", school_new_page, POLICY_admin_page, NULL, NULL, 0, NULL },
	{ METHOD_POST, "/admin/schools/new", school_new_post, POLICY_admin_write, &school_form, NULL,
	  0, school_new_page },
	{ METHOD_GET, "/admin/school/:school", school_page, POLICY_admin_page, NULL, NULL, 0, NULL },
	{ METHOD_POST, "/admin/school/:school", school_post, POLICY_admin_write, &school_form, NULL,
	  0, school_page },
	{ METHOD_POST, "/admin/school/:school/closed", holiday_post, POLICY_admin_write,
	  &holiday_form, NULL, 0, school_page },
	{ METHOD_POST, "/admin/school/:school/open", holiday_drop_post, POLICY_admin_write,
	  &holiday_drop_form, NULL, 0, school_page },
	{ METHOD_GET, "/admin/course/:course", course_page, POLICY_admin_page, NULL, NULL, 0, NULL },
	{ METHOD_POST, "/admin/course/:course", course_post, POLICY_admin_write, &course_form, NULL,
	  0, course_page },
	{ 0 },
};

const struct feature admin_feature = { .name = "admin", .routes = routes };
