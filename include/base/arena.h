/*
 * Arena: memory that lives as long as one request (or one job, one test).
 *
 * Invariants: memory comes zeroed; nothing is freed singly; the sum of all
 * allocations never passes the cap given at init. When the cap or the system
 * says no, the allocation returns NULL and `failed` stays set, so a long chain
 * of arena_printf() may be checked once at its end.
 *
 * Ownership: the arena owns every pointer it gave out until arena_release() or
 * arena_clear(). Threads: one at a time.
 *
 * Under AddressSanitizer each allocation is a malloc of its own, so that an
 * overrun or a use after arena_clear() is found at the byte.
 */
#ifndef LINTEL_BASE_ARENA_H
#define LINTEL_BASE_ARENA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/magic.h"

#if defined(__SANITIZE_ADDRESS__)
#define ARENA_ONE_MALLOC_EACH 1
#else
#define ARENA_ONE_MALLOC_EACH 0

#endif

#define ARENA_MAGIC 0xa7e4a001u
#define ARENA_CHUNK 8160u

struct arena_chunk {
	struct arena_chunk *next;
	size_t used, size;
	_Alignas(16) unsigned char mem[];
};

struct arena {
	unsigned magic;
	bool failed;
	size_t total, cap;
	struct arena_chunk *head;
};

static inline void arena_init(struct arena *a, size_t cap)
{
	assert(cap > 0);
	*a = (struct arena){ .magic = ARENA_MAGIC, .cap = cap };
}

static inline void *arena_fail(struct arena *a)
{
	a->failed = true;
	return NULL;
}

static inline void *arena_alloc(struct arena *a, size_t n)
{
	struct arena_chunk *c;
	size_t size;
	void *p;

	CHECK_MAGIC(a, ARENA_MAGIC);
	if (n > a->cap || a->total > a->cap - n)
		return arena_fail(a);
	n = n == 0 ? 16 : (n + 15) & ~(size_t)15;
	c = a->head;
	if (ARENA_ONE_MALLOC_EACH || c == NULL || c->size - c->used < n) {
		size = ARENA_ONE_MALLOC_EACH || n > ARENA_CHUNK ? n : ARENA_CHUNK;
		c = malloc(sizeof(*c) + size);
		if (c == NULL)
			return arena_fail(a);
		c->used = 0;
		c->size = size;
		c->next = a->head;
		a->head = c;
	}
	p = c->mem + c->used;
	c->used += n;
	a->total += n;
	assert(c->used <= c->size);
	return memset(p, 0, n);
}

#define arena_new(a, type) ((type *)arena_alloc((a), sizeof(type)))

/* Frees everything and keeps the arena usable with the same cap. */
static inline void arena_clear(struct arena *a)
{
	struct arena_chunk *c;

	CHECK_MAGIC(a, ARENA_MAGIC);
	while ((c = a->head) != NULL) {
		a->head = c->next;
		free(c);
	}
	a->total = 0;
	a->failed = false;
}

static inline void arena_release(struct arena *a)
{
	arena_clear(a);
	a->magic = 0;
}

#include "base/arena_text.h"
#include "base/vec.h"

#endif
