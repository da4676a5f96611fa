/*
 * The pipeline alone: a small page and a page of 10 kB per second of server CPU,
 * with gate, route, session, role and headers, but fake sessions and no database.
 * The server runs in a child; keep-alive clients here.  BENCH_SECONDS=2
 */
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "kit/http.h"
#include "t.h"

#define PORT 21320
#define CLIENTS 8

static atomic_int stop;
static atomic_llong answers;

static void *client(void *arg)
{
	struct answer *mine = malloc(sizeof(*mine));
	const char *req = arg;
	int fd = kit_connect(PORT);

	while (mine != NULL && fd >= 0 && !stop) {
		kit_send(fd, req, strlen(req));
		kit_read(fd, mine, 3000, true);
		if (mine->status != 200)
			break;
		answers++;
	}
	if (fd >= 0)
		close(fd);
	free(mine);
	return NULL;
}

/* The server's life; its CPU time goes up the pipe. */
static void serve(int go, int out)
{
	struct server *srv = NULL;
	struct fault f = { .err = E_OK };
	struct rusage ru;
	char c;
	int64_t us;

	c = kit_start(&srv, "127.0.0.1:21320", &f) == E_OK ? 'y' : 'n';
	if (write(out, &c, 1) != 1 || read(go, &c, 1) != 1)
		_exit(1);
	getrusage(RUSAGE_SELF, &ru);
	us = ru.ru_utime.tv_sec * 1000000LL + ru.ru_utime.tv_usec +
	     ru.ru_stime.tv_sec * 1000000LL + ru.ru_stime.tv_usec;
	if (write(out, &us, sizeof(us)) != (ssize_t)sizeof(us))
		_exit(1);
	server_stop(srv, 500);
	_exit(0);
}

static void measure(const char *name, const char *path)
{
	const char *sec = getenv("BENCH_SECONDS");
	int go[2], out[2], ms = (sec != NULL ? atoi(sec) : 2) * 1000;
	pthread_t t[CLIENTS];
	char req[200], c = 'n';
	int64_t us = 0;
	pid_t pid;

	NEED(pipe(go) == 0 && pipe(out) == 0);
	fflush(stdout);
	pid = fork();
	if (pid == 0)
		serve(go[0], out[1]);
	NEED(pid > 0 && read(out[0], &c, 1) == 1 && c == 'y');
	snprintf(req, sizeof(req), "GET %s HTTP/1.1\r\nHost: lintel.example\r\n" TEACHER "\r\n", path);
	stop = 0;
	answers = 0;
	for (int i = 0; i < CLIENTS; i++)
		pthread_create(&t[i], NULL, client, req);
	poll(NULL, 0, ms);
	stop = 1;
	for (int i = 0; i < CLIENTS; i++)
		pthread_join(t[i], NULL);
	CHECK(write(go[1], "x", 1) == 1);
	CHECK(read(out[0], &us, sizeof(us)) == (ssize_t)sizeof(us));
	waitpid(pid, NULL, 0);
	CHECK(answers > 0 && us > 0);
	printf("# %s: %lld answers, %.1f us CPU each, %.0f per CPU-second\n", name,
	       (long long)answers, (double)us / (double)answers,
	       (double)answers * 1e6 / (double)us);
	close(go[0]);
	close(go[1]);
	close(out[0]);
	close(out[1]);
}

TEST(hello_page)
{
	measure("hello page", "/app/T1/");
}

TEST(ten_kb_page)
{
	measure("10 kB page", "/app/T1/ten");
}
