/*
 * What a connection waits for while its thread serves others: work on a job thread,
 * or a write in the store's next group.
 */
#include <microhttpd.h>

#include "base/magic.h"
#include "gw/clock.h"
#include "gw/job.h"
#include "gw/log.h"
#include "server.h"

enum err req_defer(struct req *r, handler_fn work)
{
	struct exchange *x = EXCHANGE_OF(r);

	CHECK_MAGIC(x, EXCHANGE_MAGIC);
	assert(work != NULL && !exchange_waits(x));
	x->wait.work = work;
	return E_OK;
}

enum err req_write(struct req *r, store_fn fn, void *arg, wrote_fn then)
{
	struct exchange *x = EXCHANGE_OF(r);

	CHECK_MAGIC(x, EXCHANGE_MAGIC);
	assert(fn != NULL && then != NULL && !exchange_waits(x));
	/* a job thread has nobody else to serve */
	if (x->step == STEP_DEFERRED)
		return then(r, arg, store_write(r->gw->store, fn, arg, &r->fault));
	x->wait = (struct wait){ .write = fn, .arg = arg, .then = then };
	return E_OK;
}

bool exchange_waits(const struct exchange *x)
{
	return x->wait.work != NULL || x->wait.write != NULL;
}

static void settle(struct exchange *x, enum err e)
{
	if (exchange_waits(x)) {
		count_bug("defer: deferred work deferred again");
		x->wait = (struct wait){ 0 };
		e = E_INTERNAL;
	}
	pipeline_settle(x, e);
}

static void resume(struct exchange *x, enum step step)
{
	x->step = step;
	MHD_resume_connection(x->con);	/* from here on it is its own thread's again */
}

static void on_job(void *arg, int64_t deadline_ms)
{
	struct exchange *x = CAST_MAGIC(struct exchange, arg, EXCHANGE_MAGIC);
	handler_fn work = x->wait.work;
	enum err e = E_TIMEOUT;

	assert(x->step == STEP_DEFERRED);
	x->wait.work = NULL;
	x->r.deadline_ms = deadline_ms;
	if (job_left_ms(deadline_ms) > 0)
		e = work(&x->r);
	settle(x, e);
	resume(x, STEP_ANSWER);
}

/* On the writer's thread: the answer is made where the request came in. */
static void on_written(void *arg, enum err e)
{
	struct exchange *x = CAST_MAGIC(struct exchange, arg, EXCHANGE_MAGIC);
	struct server *s = x->srv;

	assert(x->step == STEP_DEFERRED);
	x->wait.wrote = e;
	resume(x, STEP_WROTE);
	atomic_fetch_sub(&s->writing, 1);
}

void exchange_wrote(struct exchange *x)
{
	struct wait w = x->wait;

	assert(x->step == STEP_WROTE && w.then != NULL);
	x->wait = (struct wait){ 0 };
	settle(x, w.then(&x->r, w.arg, w.wrote));
}

void exchange_wait(struct exchange *x)
{
	struct server *s = x->srv;

	assert(exchange_waits(x));
	x->step = STEP_DEFERRED;
	conn_phase(x->conn, PHASE_WORK, 0);
	MHD_suspend_connection(x->con);
	if (x->wait.write != NULL) {
		atomic_fetch_add(&s->writing, 1);
		store_write_later(s->gw->store, x->wait.write, x->wait.arg, &x->r.fault,
				  on_written, x);
		return;
	}
	if (job_submit(s->defer, on_job, x, s->lim.defer_ms) == E_OK)
		return;
	x->wait.work = NULL;
	pipeline_settle(x, E_BUSY);
	resume(x, STEP_ANSWER);
}
