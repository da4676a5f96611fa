/*
 * What the template and the catalogue compiler share: a file read whole, and text as a
 * C string.
 */
#ifndef LINTEL_TOOLS_TEXT_H
#define LINTEL_TOOLS_TEXT_H

#include <stdio.h>

#include "base/buf.h"

/* NULL: it cannot be read whole. Freed by the caller. */
static inline char *slurp(const char *path, size_t *n_out)
{
	struct buf b = BUF_INIT(4u << 20);
	char chunk[4096];
	FILE *f = fopen(path, "rb");
	size_t n;

	if (f == NULL)
		return NULL;
	while ((n = fread(chunk, 1, sizeof(chunk), f)) > 0)
		buf_add(&b, chunk, n);
	if (ferror(f) != 0)
		buf_fail(&b, E_INTERNAL);
	fclose(f);
	if (b.err != E_OK) {
		buf_release(&b);
		return NULL;
	}
	return buf_take(&b, n_out);
}

/* Octal always has three digits, so the next character cannot join. */
static inline void c_string(struct buf *o, const char *s, size_t n)
{
	buf_addc(o, '"');
	for (size_t i = 0; i < n; i++) {
		unsigned char c = (unsigned char)s[i];

		if (c == '\n')
			buf_addz(o, "\\n");
		else if (c < 0x20 || c == 0x7f || c == '"' || c == '\\' || c == '?')
			buf_printf(o, "\\%03o", c);
		else
			buf_addc(o, (char)c);
	}
	buf_addc(o, '"');
}

#endif
