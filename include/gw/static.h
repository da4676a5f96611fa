/*
 * The files of gateway/static, compiled in by gateway/tools/embedc. Read-only;
 * any thread. The table ends with name == NULL and is sorted by name.
 */
#ifndef LINTEL_GW_STATIC_H
#define LINTEL_GW_STATIC_H

#include <stddef.h>

struct static_file {
	const char *name;		/* file name without folder */
	const char *type;		/* Content-Type */
	const unsigned char *bytes;
	size_t n;
	const char *hash;		/* SHA-256 of the content, 64 hex digits */
};

extern const struct static_file static_files[];

#endif
