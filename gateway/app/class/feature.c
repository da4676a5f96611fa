#include "class.h"

static const struct route routes[] = {
	{ METHOD_GET, "/today", class_today, POLICY_teacher_page, NULL, NULL, 0, NULL },
	{ METHOD_GET, "/class", class_glance, POLICY_teacher_page, NULL, NULL, 0, NULL },
	{ METHOD_GET, "/more", class_more, POLICY_teacher_page, NULL, NULL, 0, NULL },
	{ METHOD_GET, "/sort", class_sort_page, POLICY_teacher_form, NULL, NULL, 0, NULL },
	{ METHOD_POST, "/sort", class_sort, POLICY_teacher_write, &class_sort_form, NULL, 0,
	  class_sort_page },
	{ 0 },
};

const struct feature class_feature = { .name = "class", .routes = routes,
				       .needs_you = class_needs };
