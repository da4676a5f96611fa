/*
 * Who may write a SQLite database, between processes.
 *
 *   data_dir/lock      flock(2), the holder's pid inside. A server holds it as
 *                      long as it lives; a command without a server only during
 *                      one write transaction.
 *   data_dir/control   socket of a running server (0600, same user or root):
 *
 *       command: "lease 5000\n"     may I write, for at most 5,000 ms?
 *       server:  "ok\n"             its writer has finished its group and waits
 *       command: "done\n"           or it closes, or dies: the writer goes on
 *
 *       command: "look\n"           what you keep in memory may be old
 *       server:  "ok\n"             it has looked (store_on_tell())
 *
 * A command writes by its own connection, one short transaction a lease. It never
 * checkpoints while a server runs, and rolls back what outlived its lease. When a
 * lease runs out the server goes on writing (SQLite's lock keeps the two apart)
 * but does not checkpoint until that connection is closed.
 */
#ifndef LINTEL_STORE_PERMIT_H
#define LINTEL_STORE_PERMIT_H

#include <sys/un.h>

#include "store_private.h"

#define LEASE_MAX_MS 60000

/* The address of data_dir/control, also when the path is longer than sun_path. */
enum err control_address(const char *data_dir, struct sockaddr_un *sa_out, int *dir_fd_out,
			 struct fault *f);

/* E_BUSY when somebody else holds it after wait_ms. The lock ends with close(). */
enum err lock_take(const char *data_dir, int64_t wait_ms, int *fd_out, struct fault *f);

/* ---- control.c: the server's end ---- */

struct control;

enum err control_start(struct control **out, const char *data_dir, struct writer *w,
		       struct fault *f);
/* Lets a lease under way end first; NULL allowed. */
void control_stop(struct control *c);
/* What "look" calls, on the control thread; NULL: nothing, and no call is under way. */
void control_on_look(struct control *c, void (*fn)(void *arg), void *arg);

/* ---- permit.c: the command's end ---- */

/* Says "look" to the server of this folder; true: it answered. */
bool control_tell(const char *data_dir);

struct guest;

enum err guest_new(struct guest **out, const struct db_driver *drv, const char *where,
		   const char *data_dir, struct fault *f);
enum err guest_run(struct guest *g, enum db_tx tx, store_fn fn, void *arg, struct fault *f);
void guest_free(struct guest *g);	/* NULL allowed */

#endif
