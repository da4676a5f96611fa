/* Imports a text or a sample file into the test database, without a child process. */
#ifndef LINTEL_TESTS_KIT_ROSTER_H
#define LINTEL_TESTS_KIT_ROSTER_H

#include "base/buf.h"
#include "kit/journal.h"
#include "store/roster.h"
#include "store/store.h"

#define T_NOW INT64_C(1790000000000)

extern int64_t t_tenant, t_platform, t_time;
extern unsigned t_threshold;
extern bool t_dry;
extern enum roster_mode t_mode;
extern char t_code[64];		/* of the refusal, or of the last error */
extern struct buf t_json;

/* A new district, so that tests do not meet. */
void new_district(void);
/* What an import of these tests is given. */
struct roster_opts t_opts(const char *sha);
enum err import_bytes(struct store *st, const char *p, size_t n, struct roster_report *rep);
enum err import_text(struct store *st, const char *xml, struct roster_report *rep);
enum err import_sample(struct store *st, const char *file, struct roster_report *rep);

/* "seen created updated unchanged removed rejected" of one kind, for comparing. */
const char *counts(const struct roster_report *rep, enum roster_kind k);
/* The one integer a literal query over the current district ($1) answers; -1 on error. */
int64_t here(struct store *st, const char *sql);
bool change_here(struct store *st, const char *sql);

#endif
