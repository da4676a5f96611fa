/* The teacher's room: today, the class at a glance, sorting people. */
#ifndef LINTEL_APP_CLASS_H
#define LINTEL_APP_CLASS_H

#include "gw/route.h"

enum err class_today(struct req *r);
enum err class_glance(struct req *r);
enum err class_more(struct req *r);
enum err class_sort_page(struct req *r);
enum err class_sort(struct req *r);

extern const struct form_def class_sort_form;

/* A row of "needs you" while people of this course wait to be sorted. */
enum err class_needs(struct req *r, struct need_list *list);

#endif
