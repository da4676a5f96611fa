/*
 * A server in this process with toy routes, a fake session and raw sockets, for the
 * programs of tests/http.
 *   http/server.c   the server, and the fakes it stands on instead of a database
 *   http/toys.c     its routes              http/client.c   asking it, byte by byte
 *
 * Sessions: the cookie __Host-s-TAG=ok is a teacher's, =parent a guardian's,
 * =masked a read-only teacher's. The CSRF field is "token".
 * Objects: child 7 may be read and written, 8 is read-only, all others are missing.
 */
#ifndef LINTEL_TESTS_KIT_HTTP_H
#define LINTEL_TESTS_KIT_HTTP_H

#include <stdatomic.h>

#include "gw/conf.h"
#include "gw/route.h"
#include "gw/server.h"

/* ---- http/server.c ---- */

extern atomic_int kit_audits, kit_writes, kit_upload_bytes, kit_ping_fails;
extern atomic_int kit_waiting, kit_waited_most;	/* writes later, under way */
extern struct conf kit_conf;
extern char kit_dir[64];		/* data_dir; made by the first kit_start() */

enum err kit_start(struct server **out, const char *listen, struct fault *f);

/* ---- http/toys.c ---- */

extern const struct feature toy_feature, kit_extra;
/* Rows a program may try, read anew by every routes_check(). */
extern struct route kit_extra_rows[2];
enum err toy_hello(struct req *r);

/* ---- http/client.c ---- */

struct answer {
	int status, count;		/* of the first answer; how many answers came */
	bool closed;
	size_t n;
	char text[80 << 10];		/* everything that came, NUL behind */
	const char *body;		/* of the first answer */
};

int kit_connect(int port);
bool kit_send(int fd, const void *p, size_t n);
/* Reads until the peer closes, `ms` pass in silence, or one whole answer is there. */
void kit_read(int fd, struct answer *a, int ms, bool one);
void kit_ask_n(int port, const void *p, size_t n, struct answer *a, int ms);
/* One request with "Connection: close"; `head` holds further header lines. */
void kit_ask(int port, const char *method, const char *target, const char *head,
	     const char *body, struct answer *a);
bool kit_refused(const struct answer *a, const char *code);

#define TEACHER "Cookie: __Host-s-T1=ok\r\n"
#define PARENT "Cookie: __Host-s-T1=parent\r\n"
#define OWN "Origin: https://lintel.example\r\nSec-Fetch-Site: same-origin\r\n"
#define FORM "Content-Type: application/x-www-form-urlencoded\r\n"

#endif
