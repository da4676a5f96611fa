/*
 * Read connections of SQLite: one per thread and store, so that a read takes no
 * lock. A thread-specific key gives them back when the thread ends; the store
 * closes what is left. One process-wide mutex guards both ends meeting; a read
 * that finds its connection does not touch it.
 */
#include <pthread.h>
#include <stdlib.h>

#include "base/magic.h"
#include "store_private.h"

#define READERS_MAGIC 0x4eade450u

struct slot {
	struct readers *rs;	/* NULL once the store is closed */
	struct db *db;
	struct slot *next;	/* of this thread */
	struct slot *next_rs;	/* of this store */
};

struct readers {
	unsigned magic;
	const struct db_driver *drv;
	char *where;
	struct slot *slots;
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_once_t once = PTHREAD_ONCE_INIT;
static pthread_key_t key;
static _Thread_local struct slot *mine;

/* Under lock. */
static void slot_detach(struct slot *s)
{
	struct slot **at = &s->rs->slots;

	CHECK_MAGIC(s->rs, READERS_MAGIC);
	while (*at != s) {
		assert(*at != NULL);
		at = &(*at)->next_rs;
	}
	*at = s->next_rs;
	db_free(s->db);
	s->rs = NULL;
	s->db = NULL;
}

static void thread_ends(void *arg)
{
	struct slot *s;

	(void)arg;
	pthread_mutex_lock(&lock);
	while ((s = mine) != NULL) {
		mine = s->next;
		if (s->rs != NULL)
			slot_detach(s);
		free(s);
	}
	pthread_mutex_unlock(&lock);
}

static void make_key(void)
{
	int rc = pthread_key_create(&key, thread_ends);

	assert(rc == 0);
}

enum err readers_new(struct readers **out, const struct db_driver *drv, const char *where,
		     struct fault *f)
{
	struct readers *rs = calloc(1, sizeof(*rs));

	if (rs == NULL || (rs->where = strdup(where)) == NULL) {
		free(rs);
		return FAULT(f, E_NOMEM, "no memory for the store");
	}
	rs->magic = READERS_MAGIC;
	rs->drv = drv;
	*out = rs;
	return E_OK;
}

/* Slots of closed stores are kept for reuse by their thread, or freed with it. */
static struct slot *slot_free_or_new(void)
{
	struct slot *s;

	for (s = mine; s != NULL; s = s->next)
		if (s->rs == NULL)
			return s;
	s = calloc(1, sizeof(*s));
	if (s == NULL)
		return NULL;
	s->next = mine;
	mine = s;
	return s;
}

enum err readers_get(struct readers *rs, struct db **out, struct fault *f)
{
	struct slot *s;
	enum err e;

	CHECK_MAGIC(rs, READERS_MAGIC);
	for (s = mine; s != NULL; s = s->next) {
		if (s->rs == rs) {
			*out = s->db;
			return E_OK;
		}
	}
	pthread_once(&once, make_key);
	pthread_mutex_lock(&lock);
	s = slot_free_or_new();
	if (s == NULL || pthread_setspecific(key, s) != 0) {
		e = FAULT(f, E_NOMEM, "no memory for a read connection");
	} else {
		e = db_open(&s->db, rs->drv, rs->where, DB_READER, f);
		if (e == E_OK) {
			s->rs = rs;
			s->next_rs = rs->slots;
			rs->slots = s;
			*out = s->db;
		}
	}
	pthread_mutex_unlock(&lock);
	return e;
}

void readers_free(struct readers *rs)
{
	if (rs == NULL)
		return;
	CHECK_MAGIC(rs, READERS_MAGIC);
	pthread_mutex_lock(&lock);
	while (rs->slots != NULL)
		slot_detach(rs->slots);
	pthread_mutex_unlock(&lock);
	rs->magic = 0;
	free(rs->where);
	free(rs);
}
