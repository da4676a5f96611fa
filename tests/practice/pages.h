/* What the practice LMS shows in a browser (pages.c), and prints on a terminal (print.c). */
#ifndef PRACTICE_PAGES_H
#define PRACTICE_PAGES_H

#include <jansson.h>
#include <stdint.h>

#include "practice/http.h"
#include "practice/school.h"

/* ---- pages.c ---- */

void page_picker(struct req *q, struct reply *r);
void page_moodle_course(struct req *q, struct reply *r);
void page_canvas_tool(struct req *q, struct reply *r, const struct course *c);
void page_message(struct reply *r, int status, const char *title, const char *text);
void page_returned(struct req *q, struct reply *r);
void page_post_form(struct reply *r, const char *action, json_t *fields, uint64_t mis);
void page_login_form(struct reply *r, json_t *fields, uint64_t mis);
void page_repost(struct req *q, struct reply *r);
void page_storage_frame(struct reply *r);
void page_css(struct reply *r);

/* ---- print.c ---- */

void print_roster(struct buf *b);
void print_people(struct buf *b);
void print_config(struct buf *b, const char *tenant);

#endif
