/* The office's handlers and forms, for its table of routes (admin.c). */
#ifndef LINTEL_APP_ADMIN_PAGES_H
#define LINTEL_APP_ADMIN_PAGES_H

#include "gw/route.h"

enum err admin_overview(struct req *r);

enum err platforms_page(struct req *r);
enum err match_page(struct req *r);
enum err match_post(struct req *r);
enum err deployment_post(struct req *r);
enum err refused_page(struct req *r);
extern const struct form_def match_query, match_form, deployment_form;

enum err invite_platform_page(struct req *r);
enum err invite_platform_post(struct req *r);
enum err invite_revoke_post(struct req *r);
enum err approve_page(struct req *r);
enum err approve_post(struct req *r);
enum err decline_post(struct req *r);
enum err connect_page(struct req *r);
enum err connect_post(struct req *r);
extern const struct form_def connect_query, connect_form;
extern const struct form_def invite_platform_form, invite_revoke_form, approve_form;

enum err schools_page(struct req *r);
enum err school_new_page(struct req *r);
enum err school_new_post(struct req *r);
enum err school_page(struct req *r);
enum err school_post(struct req *r);
enum err guardians_post(struct req *r);
enum err holiday_post(struct req *r);
enum err holiday_drop_post(struct req *r);
enum err course_page(struct req *r);
enum err course_post(struct req *r);
extern const struct form_def school_form, holiday_form, holiday_drop_form, course_form;

enum err rosters_page(struct req *r);
enum err rosters_post(struct req *r);
extern const struct form_def roster_form;

struct out;
enum err draw_course_lists(struct req *r, struct out *o);
enum err ask_post(struct req *r);
extern const struct form_def ask_form;

enum err people_page(struct req *r);
enum err join_post(struct req *r);
enum err decide_post(struct req *r);
enum err lift_page(struct req *r);
enum err lift_post(struct req *r);
enum err revoke_post(struct req *r);
extern const struct form_def people_query, join_form, decide_form, lift_query, lift_form, revoke_form;

enum err person_page(struct req *r);
enum err link_post(struct req *r);
enum err unlink_post(struct req *r);
enum err rights_post(struct req *r);
enum err grant_post(struct req *r);
enum err forbid_page(struct req *r);
enum err forbid_post(struct req *r);
extern const struct form_def other_form, rights_form, grant_form, forbid_query, forbid_form;

#endif
