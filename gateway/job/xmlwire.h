/*
 * The language between the XML child and its parent: frames of a 32-bit length,
 * a type, and a payload of numbers and texts. Both ends are this program, on one
 * machine, so numbers are as the machine has them.
 */
#ifndef LINTEL_JOB_XMLWIRE_H
#define LINTEL_JOB_XMLWIRE_H

#include "base/buf.h"
#include "xml/roster.h"

#define WIRE_FRAME_MAX 32768u

struct wire {
	struct buf b;
	int fd;			/* full buffers go here */
};

/* arg: struct wire *. Flush at the end. */
extern const struct roster_sink wire_sink;
enum err wire_end(struct wire *w, const struct roster_end *end);
enum err wire_flush(struct wire *w);

/*
 * One frame from p: hands it to the sink. E_INPUT: no word of ours; the sender is
 * no longer to be trusted. *end_out is filled and *ended_out set by the last one.
 */
enum err wire_take(struct span frame, const struct roster_sink *sink, void *arg,
		   struct roster_end *end_out, bool *ended_out);

#endif
