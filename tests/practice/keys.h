/*
 * The platforms' signing keys. Moodle has one, made once, with a kid of 20 hex
 * digits. Canvas publishes three (past, present, future) with ISO instants as
 * kids, and turns them once a month. Threads: any.
 */
#ifndef PRACTICE_KEYS_H
#define PRACTICE_KEYS_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "practice/lms.h"

bool keys_start(void);
void keys_stop(void);
/* Canvas: present becomes past, future becomes present. Moodle: a new key. */
void keys_rotate(enum plat plat);
json_t *keys_jwks(enum plat plat);
/* The token as a string to free(); NULL if signing failed. */
char *keys_sign(enum plat plat, const char *payload, uint64_t mis);
/* HS256 with the secret of this process: Canvas's lti_message_hint. */
char *hint_sign(const char *payload);
/* The payload, to free(); NULL if it is not ours. */
char *hint_read(const char *token);

#endif
