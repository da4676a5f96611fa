/* Inside `lintel doctor`: the checks' common ground. */
#ifndef LINTEL_CLI_DOCTOR_H
#define LINTEL_CLI_DOCTOR_H

#include "gw/cli.h"

enum verdict { V_OK, V_NOTE, V_WARN, V_BROKEN };

struct doctor {
	struct cli c;
	const char *platform;
	unsigned broken;
};

/* "ok      schema         3": one line on stdout. */
__attribute__((format(printf, 4, 5)))
void doctor_say(struct doctor *d, enum verdict v, const char *what, const char *fmt, ...);

/* State, deployments, refusals, key set and discovery of d->platform. */
void doctor_platform(struct doctor *d);

#endif
