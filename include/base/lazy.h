/*
 * Libraries that a process loads with their first use. What the whole program links
 * costs every process of it memory and time to start, also the school on SQLite that
 * never speaks to PostgreSQL and the gateway whose platforms are quiet: libpq and
 * libcurl bring twenty-two further libraries along.
 *
 * The file that is a library's home lists the functions it calls, once:
 *
 *	#define PQ_FUNCTIONS(X) X(PQ, clear) X(PQ, status)
 *	#define PQ_ROW(prefix, f) LAZY_ROW(pq, prefix, f)
 *	static struct { PQ_FUNCTIONS(LAZY_MEMBER) } pq;
 *	static const struct lazy_fn fn[] = { PQ_FUNCTIONS(PQ_ROW) };
 *
 * and calls pq.clear(). Types come from the library's own header, so a wrong call is
 * still a compiler's error. Any thread; let pthread_once do the first use.
 */
#ifndef LINTEL_BASE_LAZY_H
#define LINTEL_BASE_LAZY_H

#include <dlfcn.h>
#include <stdbool.h>
#include <string.h>

struct lazy_fn {
	const char *name;
	void *at;		/* the pointer to set */
};

#define LAZY_MEMBER(prefix, f) __typeof__(&prefix##f) f;
#define LAZY_ROW(table, prefix, f) { #prefix #f, &(table).f },

/*
 * `so` with its version, as a program linked with it would name it. False: the
 * library, or one of the functions, is not on this machine; nothing may be called.
 * It stays loaded until the process ends.
 */
static inline bool lazy_load(const char *so, const struct lazy_fn *fn, size_t n)
{
	void *lib = dlopen(so, RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);

	for (size_t i = 0; lib != NULL && i < n; i++) {
		void *p = dlsym(lib, fn[i].name);

		if (p == NULL)
			return false;
		memcpy(fn[i].at, &p, sizeof(p));
	}
	return lib != NULL;
}

#endif
