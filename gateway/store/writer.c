/*
 * The one writer of SQLite: a thread that takes everything waiting, runs each
 * closure in a savepoint of one transaction, commits once, and wakes all. One
 * fsync then serves as many writers as were waiting.
 */
#include <pthread.h>
#include <semaphore.h>
#include <stdlib.h>

#include "base/magic.h"
#include "store_private.h"

#define WRITER_MAGIC 0x3417e400u
#define GROUP_MAX 256
#define GROUP_MS 50

struct job {
	struct job *next;
	store_fn fn;
	void *arg;
	struct fault *f;
	enum err err;
	store_done_fn done;	/* NULL: somebody waits at the gate */
	void *cls;
	sem_t gate;
};

struct writer {
	unsigned magic;
	struct db *db;
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t work, idle;
	struct job *head, **tail;
	unsigned holds;
	uint64_t groups;
	bool running, stop;
	bool turn;		/* what waited during a hold comes before the next hold */
	bool visited;		/* a guest wrote: its frames want a checkpoint */
	bool guest;		/* one may still be writing: no checkpoint */
};

static void wake(struct job *list)
{
	struct job *j, *next;

	for (j = list; j != NULL; j = next) {
		next = j->next;
		if (j->done != NULL) {
			j->done(j->cls, j->err);
			free(j);
		} else {
			/* after this the job is gone: it lives on its caller's stack */
			sem_post(&j->gate);
		}
	}
}

static void fail_all(struct job *list, enum err e, const struct fault *why)
{
	for (struct job *j = list; j != NULL; j = j->next) {
		if (j->err != E_OK)
			continue;
		j->err = e;
		fault_at(j->f, e, why->where, "%s", why->text);
	}
}

static void run_alone(struct writer *w, struct job *j)
{
	j->err = store_tx(w->db, DB_TX_WRITE, j->fn, j->arg, j->f);
}

/* One closure in its savepoint: alone undone when it fails. */
static void run_saved(struct writer *w, struct job *j)
{
	const struct db_driver *drv = w->db->drv;
	enum err e;

	db_enter(w->db, j->f);
	e = drv->save(w->db);
	if (e == E_OK) {
		store_closure_begins();
		e = j->fn(w->db, j->arg);
		store_closure_ends();
	}
	e = db_leave(w->db, e);
	if (e == E_OK)
		e = drv->save_release(w->db);
	/* What cannot be undone alone takes the whole transaction with it. */
	if (e != E_OK && drv->in_tx(w->db) && drv->save_undo(w->db) != E_OK)
		drv->rollback(w->db);
	w->db->fault = &w->db->own;
	j->err = e;
}

/*
 * The transaction went away under the group (disk full, I/O): nothing of it was
 * committed, so every other closure runs again, each in a transaction of its own.
 */
static void run_each(struct writer *w, struct job *list, const struct job *culprit)
{
	for (struct job *j = list; j != NULL; j = j->next) {
		if (j == culprit)
			continue;
		if (j->f != NULL)
			fault_clear(j->f);
		run_alone(w, j);
	}
}

/* Cuts the list after the job that used up the group's time; the rest waits. */
static struct job *run_all(struct writer *w, struct job *list, bool *lost_out)
{
	int64_t until = store_ticks_ms() + GROUP_MS;

	*lost_out = false;
	for (struct job *j = list; j != NULL; j = j->next) {
		run_saved(w, j);
		if (!w->db->drv->in_tx(w->db)) {
			*lost_out = true;
			return j;
		}
		if (store_ticks_ms() > until)
			return j;
	}
	return NULL;
}

static void put_back(struct writer *w, struct job *rest)
{
	struct job **end = &rest;

	if (rest == NULL)
		return;
	pthread_mutex_lock(&w->lock);
	while (*end != NULL)
		end = &(*end)->next;
	*end = w->head;
	if (w->head == NULL)
		w->tail = end;
	w->head = rest;
	pthread_mutex_unlock(&w->lock);
}

static void run_group(struct writer *w, struct job *list)
{
	const struct db_driver *drv = w->db->drv;
	struct job *last;
	struct fault why = { 0 };
	bool lost;
	enum err e;

	db_enter(w->db, &why);
	e = db_leave(w->db, drv->begin(w->db, DB_TX_WRITE));
	if (e != E_OK) {
		w->db->fault = &w->db->own;
		fail_all(list, e, &why);
		return;
	}
	last = run_all(w, list, &lost);
	if (last != NULL) {
		put_back(w, last->next);
		last->next = NULL;
	}
	if (lost) {
		run_each(w, list, last);
		return;
	}
	db_enter(w->db, &why);
	e = db_leave(w->db, drv->commit(w->db));
	if (e != E_OK) {
		drv->rollback(w->db);
		fail_all(list, e, &why);
	}
	w->db->fault = &w->db->own;
}

/* Under lock: up to GROUP_MAX jobs in the order they came. */
static struct job *take(struct writer *w)
{
	struct job *list = w->head, *j = list;

	if (list == NULL)
		return NULL;
	for (unsigned n = 1; n < GROUP_MAX && j->next != NULL; n++)
		j = j->next;
	w->head = j->next;
	if (w->head == NULL)
		w->tail = &w->head;
	j->next = NULL;
	return list;
}

static void run_list(struct writer *w, struct job *list)
{
	if (list == NULL)
		return;
	if (list->next == NULL)
		run_alone(w, list);
	else
		run_group(w, list);
	wake(list);
}

static void *writer_main(void *arg)
{
	struct writer *w = CAST_MAGIC(struct writer, arg, WRITER_MAGIC);
	struct job *list;
	bool visited;

	pthread_mutex_lock(&w->lock);
	for (;;) {
		while (w->holds > 0 || (w->head == NULL && !w->stop && !w->visited))
			pthread_cond_wait(&w->work, &w->lock);
		if (w->head == NULL && w->stop)
			break;
		list = take(w);
		visited = w->visited;
		w->visited = false;
		w->running = true;
		pthread_mutex_unlock(&w->lock);
		run_list(w, list);
		if (w->db->drv->tidy != NULL && !w->guest)
			w->db->drv->tidy(w->db, visited);
		pthread_mutex_lock(&w->lock);
		w->groups += list != NULL;
		w->running = w->turn = false;
		pthread_cond_broadcast(&w->idle);
	}
	pthread_mutex_unlock(&w->lock);
	return NULL;
}

static void queue(struct writer *w, struct job *j)
{
	CHECK_MAGIC(w, WRITER_MAGIC);
	pthread_mutex_lock(&w->lock);
	assert(!w->stop);
	*w->tail = j;
	w->tail = &j->next;
	if (w->head == j)
		pthread_cond_signal(&w->work);
	pthread_mutex_unlock(&w->lock);
}

enum err writer_run(struct writer *w, store_fn fn, void *arg, struct fault *f)
{
	struct job j = { .fn = fn, .arg = arg, .f = f };

	sem_init(&j.gate, 0, 0);
	queue(w, &j);
	while (sem_wait(&j.gate) != 0)
		;
	sem_destroy(&j.gate);
	return j.err;
}

void writer_later(struct writer *w, store_fn fn, void *arg, struct fault *f, store_done_fn done,
		  void *cls)
{
	struct job *j = calloc(1, sizeof(*j));

	assert(done != NULL);
	if (j == NULL) {
		done(cls, FAULT(f, E_NOMEM, "no memory for a write"));
		return;
	}
	*j = (struct job){ .fn = fn, .arg = arg, .f = f, .done = done, .cls = cls };
	queue(w, j);
}

void writer_hold(struct writer *w)
{
	CHECK_MAGIC(w, WRITER_MAGIC);
	pthread_mutex_lock(&w->lock);
	while (w->turn)
		pthread_cond_wait(&w->idle, &w->lock);
	w->holds++;
	while (w->running)
		pthread_cond_wait(&w->idle, &w->lock);
	pthread_mutex_unlock(&w->lock);
}

void writer_resume(struct writer *w)
{
	CHECK_MAGIC(w, WRITER_MAGIC);
	pthread_mutex_lock(&w->lock);
	assert(w->holds > 0);
	w->holds--;
	w->visited = true;
	w->turn = w->head != NULL;
	pthread_cond_signal(&w->work);
	pthread_mutex_unlock(&w->lock);
}

void writer_guest(struct writer *w, bool present)
{
	CHECK_MAGIC(w, WRITER_MAGIC);
	pthread_mutex_lock(&w->lock);
	while (w->running)
		pthread_cond_wait(&w->idle, &w->lock);
	w->guest = present;
	pthread_mutex_unlock(&w->lock);
}

uint64_t writer_groups(struct writer *w)
{
	uint64_t n;

	CHECK_MAGIC(w, WRITER_MAGIC);
	pthread_mutex_lock(&w->lock);
	n = w->groups;
	pthread_mutex_unlock(&w->lock);
	return n;
}

enum err writer_start(struct writer **out, const struct db_driver *drv, const char *where,
		      struct fault *f)
{
	struct writer *w = calloc(1, sizeof(*w));
	enum err e;

	if (w == NULL)
		return FAULT(f, E_NOMEM, "no memory for the writer");
	e = db_open(&w->db, drv, where, DB_WRITER, f);
	if (e != E_OK) {
		free(w);
		return e;
	}
	w->magic = WRITER_MAGIC;
	w->tail = &w->head;
	pthread_mutex_init(&w->lock, NULL);
	pthread_cond_init(&w->work, NULL);
	pthread_cond_init(&w->idle, NULL);
	if (pthread_create(&w->thread, NULL, writer_main, w) != 0) {
		db_free(w->db);
		free(w);
		return FAULT(f, E_NOMEM, "cannot start the writer thread");
	}
	*out = w;
	return E_OK;
}

void writer_stop(struct writer *w)
{
	if (w == NULL)
		return;
	CHECK_MAGIC(w, WRITER_MAGIC);
	pthread_mutex_lock(&w->lock);
	assert(w->holds == 0);
	w->stop = true;
	pthread_cond_signal(&w->work);
	pthread_mutex_unlock(&w->lock);
	pthread_join(w->thread, NULL);
	db_free(w->db);
	pthread_mutex_destroy(&w->lock);
	pthread_cond_destroy(&w->work);
	pthread_cond_destroy(&w->idle);
	w->magic = 0;
	free(w);
}
