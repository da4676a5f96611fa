/* A client that sends exactly the bytes it is told to. */
#include "kit/http.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

int kit_connect(int port)
{
	struct sockaddr_in a = { .sin_family = AF_INET, .sin_port = htons((uint16_t)port),
				 .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd >= 0 && connect(fd, (struct sockaddr *)&a, sizeof(a)) != 0) {
		close(fd);
		return -1;
	}
	return fd;
}

bool kit_send(int fd, const void *p, size_t n)
{
	return send(fd, p, n, MSG_NOSIGNAL) == (ssize_t)n;
}

static void kit_parse(struct answer *a)
{
	const char *p = a->text, *end, *cl;

	a->count = 0;
	a->status = strncmp(p, "HTTP/1.1 ", 9) == 0 ? atoi(p + 9) : 0;
	a->body = "";
	while (strncmp(p, "HTTP/1.1 ", 9) == 0 && (end = strstr(p, "\r\n\r\n")) != NULL) {
		a->count++;
		if (a->count == 1)
			a->body = end + 4;
		cl = strstr(p, "\r\nContent-Length: ");
		p = end + 4 + (cl != NULL && cl < end ? atoi(cl + 18) : 0);
		if (p >= a->text + a->n)
			break;
	}
}

/* Reads until the peer closes, `ms` pass in silence, or one whole answer is there. */
void kit_read(int fd, struct answer *a, int ms, bool one)
{
	a->n = 0;
	a->closed = false;
	while (a->n < sizeof(a->text) - 1) {
		struct pollfd p = { .fd = fd, .events = POLLIN };
		const char *end, *cl;
		ssize_t k;

		if (poll(&p, 1, ms) <= 0)
			break;
		k = read(fd, a->text + a->n, sizeof(a->text) - 1 - a->n);
		if (k <= 0) {
			a->closed = true;
			break;
		}
		a->n += (size_t)k;
		a->text[a->n] = '\0';
		end = strstr(a->text, "\r\n\r\n");
		cl = strstr(a->text, "Content-Length: ");
		if (one && end != NULL && cl != NULL &&
		    a->n >= (size_t)(end + 4 - a->text) + (size_t)atoi(cl + 16))
			break;
	}
	a->text[a->n] = '\0';
	kit_parse(a);
}

void kit_ask_n(int port, const void *p, size_t n, struct answer *a, int ms)
{
	int fd = kit_connect(port);

	memset(a, 0, offsetof(struct answer, text));
	a->text[0] = '\0';
	a->body = "";
	if (fd < 0)
		return;
	kit_send(fd, p, n);
	kit_read(fd, a, ms, false);
	close(fd);
}

/* One request with "Connection: close"; `head` holds further header lines. */
void kit_ask(int port, const char *method, const char *target, const char *head,
	     const char *body, struct answer *a)
{
	static _Thread_local char req[512 << 10];
	int n = snprintf(req, sizeof(req), "%s %s HTTP/1.1\r\nHost: lintel.example\r\n"
			 "Connection: close\r\n%s", method, target, head);

	if (body != NULL)
		n += snprintf(req + n, sizeof(req) - (size_t)n, "Content-Length: %zu\r\n\r\n%s",
			      strlen(body), body);
	else
		n += snprintf(req + n, sizeof(req) - (size_t)n, "\r\n");
	kit_ask_n(port, req, (size_t)n, a, 3000);
}

bool kit_refused(const struct answer *a, const char *code)
{
	char want[80];

	snprintf(want, sizeof(want), "data-refused=\"%s\"", code);
	return strstr(a->text, want) != NULL;
}
