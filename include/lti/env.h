/*
 * What the library asks of the world. It opens no file or socket, starts no
 * thread and reads no clock; these three answers are all it needs, so a test can
 * give any answer it likes.
 *
 * Threads: the callbacks may be called from any thread that calls the library,
 * only during that call, and must not block.
 */
#ifndef LINTEL_LTI_ENV_H
#define LINTEL_LTI_ENV_H

#include <stddef.h>
#include <stdint.h>

struct lti_keyset;
struct lti_platform;

struct lti_env {
	void *cls;			/* handed to each callback */

	/*
	 * The key set known for this platform now, with a reference that the
	 * library gives back; NULL if none is known. Never fetches: the library
	 * answers LTI_NEED_KEYS instead, and the caller fetches on another thread.
	 */
	struct lti_keyset *(*keys_cached)(void *cls, const struct lti_platform *p);

	/* n bytes of a cryptographic generator; must not return without them. */
	void (*random)(void *cls, void *out, size_t n);

	/* UTC, milliseconds since 1970. */
	int64_t (*now_ms)(void *cls);
};

#endif
