/*
 * The XML child: `lintel --xml-child`, the same program started again, which
 * parses one roster from standard input and writes records to standard output.
 * It can do nothing else: no file, no network, an allow-list of system calls,
 * limits on processor time and memory. What it says is checked as if it came
 * from the sender of the file, because a broken parser is in his hands.
 *
 * Threads: xmlchild_run() may be called from any thread, once a call.
 */
#ifndef LINTEL_GW_XMLCHILD_H
#define LINTEL_GW_XMLCHILD_H

#include <stdint.h>

#include "base/err.h"
#include "xml/roster.h"

/* main() calls it when argv[1] is "--xml-child"; the result is the exit status. */
int xmlchild_main(void);

struct xmlchild_opts {
	int in;				/* read from here to its end: a file, a pipe */
	int64_t bytes;			/* its size, for the limit of processor time */
	int64_t idle_ms;		/* no word for so long ends it; 0: a minute */
	/* called now and then; may be NULL */
	void (*tick)(void *arg);
	void *tick_arg;
};

/*
 * Starts a child, hands its records to the sink, waits for it. E_OK also for a
 * file that was refused or a child that died: end->fault says so. An error of the
 * sink ends the child and is returned.
 */
enum err xmlchild_run(const struct xmlchild_opts *o, const struct roster_sink *sink, void *arg,
		      struct roster_end *end_out, struct fault *f);

#endif
