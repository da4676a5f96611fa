/*
 * Formatted text into a buffer. No "%n", and every format is a literal.
 */
#ifndef LINTEL_BASE_BUF_TEXT_H
#define LINTEL_BASE_BUF_TEXT_H

#include <stdarg.h>
#include <stdio.h>

#include "base/buf.h"

__attribute__((format(printf, 2, 0)))
static inline void buf_vprintf(struct buf *b, const char *fmt, va_list ap)
{
	va_list again;
	int n;

	va_copy(again, ap);
	n = vsnprintf(NULL, 0, fmt, again);
	va_end(again);
	if (n < 0) {
		buf_fail(b, E_INTERNAL);
		return;
	}
	if (buf_room(b, (size_t)n) != E_OK)
		return;
	vsnprintf(b->p + b->len, (size_t)n + 1, fmt, ap);
	b->len += (size_t)n;
}

__attribute__((format(printf, 2, 3)))
static inline void buf_printf(struct buf *b, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	buf_vprintf(b, fmt, ap);
	va_end(ap);
}

#endif
