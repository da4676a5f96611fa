/*
 * The body of an upload, written to a file of data_dir as it comes (upload.c): its
 * first part is the CSRF field, and no byte of the file is taken before it is proved.
 */
#ifndef LINTEL_HTTP_UPLOAD_H
#define LINTEL_HTTP_UPLOAD_H

#include <stddef.h>

#include "gw/refusal.h"

struct exchange;

enum refusal upload_begin(struct exchange *x);
void upload_data(struct exchange *x, const char *p, size_t n);
enum refusal upload_finish(struct exchange *x);
void upload_release(struct exchange *x);
void upload_sweep(const char *data_dir);

#endif
