/*
 * Where the server listens. Private to gateway/http.
 */
#ifndef LINTEL_HTTP_LISTEN_H
#define LINTEL_HTTP_LISTEN_H

#include <stdbool.h>
#include <sys/socket.h>

#include "base/err.h"
#include "gw/conf.h"

struct listener {
	int fd;
	bool loopback;		/* TCP on a loopback address, or a Unix socket */
	bool passed;		/* by systemd, which keeps it open for the next server */
	char own_port[8];	/* "8700"; "" for a Unix socket */
	char unix_path[108];	/* ours to remove at the end; "" otherwise */
};

enum err listen_open(const struct conf *c, struct listener *out, struct fault *f);
void listen_close(struct listener *l, int fd);

bool addr_is_local(const struct sockaddr *sa);
/* `list`: addresses or address/prefix, separated by commas. */
bool addr_in_list(const struct sockaddr *sa, const char *list);

#endif
