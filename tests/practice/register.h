/* Dynamic registration of a tool (register.c). Threads: any. */
#ifndef PRACTICE_REGISTER_H
#define PRACTICE_REGISTER_H

#include "practice/lms.h"

/* The tool's address as the platform opens it, with a fresh token; to free(). */
char *register_start(enum plat plat, const char *url, bool update);
void register_page(enum plat plat, struct req *q, struct reply *r);
void register_configuration(enum plat plat, struct req *q, struct reply *r);
void register_request(enum plat plat, struct req *q, struct reply *r);

/* False: no such way to misbehave; "" behaves. */
bool register_mode(enum plat plat, const char *mode);
bool register_activate(enum plat plat);
json_t *register_last(enum plat plat);
void register_forget(void);

#endif
