/*
 * Growing byte buffer with a sticky error.
 *
 * Invariants: p is NULL or holds len bytes and an uncounted NUL; len never passes max;
 * once err is set every further add does nothing: a page is checked once, at its end.
 *
 * Ownership: the buffer owns p until buf_release() or buf_take(). One thread at a time.
 */
#ifndef LINTEL_BASE_BUF_H
#define LINTEL_BASE_BUF_H

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/magic.h"

struct buf {
	char *p;
	size_t len, cap, max;
	enum err err;
};
#define BUF_ABSOLUTE_MAX ((size_t)1 << 40)	/* so that sums below cannot wrap */
#define BUF_INIT(limit) ((struct buf){ .max = (limit) })

static inline enum err buf_fail(struct buf *b, enum err e)
{
	assert(e != E_OK);
	if (b->err == E_OK)
		b->err = e;
	return b->err;
}

/* Room for n more bytes and the NUL. */
static inline enum err buf_room(struct buf *b, size_t n)
{
	size_t want, cap;
	char *p;

	assert(b->len <= b->max && (b->cap == 0 || b->len < b->cap));
	if (b->err != E_OK)
		return b->err;
	if (n > b->max || b->len > b->max - n || n > BUF_ABSOLUTE_MAX)
		return buf_fail(b, E_LIMIT);
	want = b->len + n + 1;
	if (want <= b->cap)
		return E_OK;
	cap = b->cap == 0 ? 256 : b->cap;
	while (cap < want)
		cap *= 2;
	p = realloc(b->p, cap);
	if (p == NULL)
		return buf_fail(b, E_NOMEM);
	b->p = p;
	b->cap = cap;
	return E_OK;
}

static inline void buf_add(struct buf *b, const void *p, size_t n)
{
	if (buf_room(b, n) != E_OK)
		return;
	if (n > 0)
		memcpy(b->p + b->len, p, n);
	b->len += n;
	b->p[b->len] = '\0';
}

static inline void buf_addz(struct buf *b, const char *s)
{
	buf_add(b, s, strlen(s));
}

static inline void buf_addc(struct buf *b, char c)
{
	buf_add(b, &c, 1);
}

/* Forgets the content and the error, keeps the memory. */
static inline void buf_reset(struct buf *b)
{
	b->len = 0;
	b->err = E_OK;
	if (b->p != NULL)
		b->p[0] = '\0';
}

/* The caller frees the result with free(); never NULL unless memory failed. */
static inline char *buf_take(struct buf *b, size_t *len_out)
{
	char *p;

	if (b->p == NULL)
		buf_add(b, "", 0);
	p = b->p;
	if (len_out != NULL)
		*len_out = b->len;
	b->p = NULL;
	b->len = b->cap = 0;
	return p;
}

static inline void buf_release(struct buf *b)
{
	free(b->p);
	*b = (struct buf){ .max = b->max };
}

/* For secrets. */
static inline void buf_wipe(struct buf *b)
{
	if (b->p != NULL)
		explicit_bzero(b->p, b->cap);
	buf_release(b);
}

#include "base/buf_text.h"

#endif
