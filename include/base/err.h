/*
 * What can go wrong, and one small place to say why.
 *
 * Every function that can fail returns enum err. The code says what the caller
 * may do about it; the words for the log go into a struct fault, written once at
 * the lowest level that knows and logged once at the top. A fault never holds
 * personal data: opaque ids, code words and numbers only.
 *
 * Threads: a fault belongs to one thread (one request, one job) at a time.
 */
#ifndef LINTEL_BASE_ERR_H
#define LINTEL_BASE_ERR_H

#include <stdarg.h>
#include <stdio.h>

enum err {
	E_OK = 0,
	E_INPUT,	/* the sender's bytes are wrong */
	E_MISSING,	/* no such thing, or none that this reader may know of */
	E_DENIED,	/* the thing is known, the act is not allowed */
	E_CONFLICT,	/* somebody was first: a unique constraint or a state */
	E_BUSY,		/* nothing is wrong; later it will work */
	E_LIMIT,	/* over a size, count or rate that docs/limits.md lists */
	E_TIMEOUT,
	E_IO,		/* a file, a socket, a disk */
	E_DB,		/* the database failed; never lets anyone in */
	E_NOMEM,
	E_INTERNAL,	/* our bug */
};

struct fault {
	enum err err;
	const char *where;	/* static string: "file.c:123" */
	char text[200];		/* one line, no personal data */
};

static inline const char *err_name(enum err e)
{
	static const char *const name[] = {
		"ok", "input", "missing", "denied", "conflict", "busy", "limit",
		"timeout", "io", "database", "memory", "internal",
	};
	return (unsigned)e < sizeof(name) / sizeof(name[0]) ? name[e] : "?";
}

/* Keeps the first fault: the lowest level knows best. `f` may be NULL. */
__attribute__((format(printf, 4, 5)))
static inline enum err fault_at(struct fault *f, enum err e, const char *where,
				const char *fmt, ...)
{
	va_list ap;

	if (f == NULL || f->err != E_OK)
		return e;
	f->err = e;
	f->where = where;
	va_start(ap, fmt);
	vsnprintf(f->text, sizeof(f->text), fmt, ap);
	va_end(ap);
	return e;
}

static inline void fault_clear(struct fault *f)
{
	f->err = E_OK;
	f->where = "";
	f->text[0] = '\0';
}

#define FAULT_STR2(x) #x
#define FAULT_STR(x) FAULT_STR2(x)
/* return FAULT(f, E_INPUT, "kid %u bytes long", n); */
#define FAULT(f, e, ...) fault_at((f), (e), __FILE__ ":" FAULT_STR(__LINE__), __VA_ARGS__)

#endif
