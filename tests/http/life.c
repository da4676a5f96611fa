/*
 * Birth and death of a server: addresses it takes and refuses, sockets of every
 * kind, rows that stop start-up, and an end that loses no answer.
 */
#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "gw/clock.h"
#include "kit/http.h"
#include "t.h"

#define PORT 21315
#define LISTEN "127.0.0.1:21315"
#define H "Host: lintel.example\r\n"
#define GET1 "GET /plain HTTP/1.1\r\n" H "\r\n"

static struct answer a;

static void refuses(const char *listen, const char *proxies, enum err e, const char *says)
{
	struct server *srv = NULL;
	struct fault f = { .err = E_OK };

	kit_conf.trusted_proxies = proxies;
	CHECK_INT(kit_start(&srv, listen, &f), e);
	if (!CHECK(strstr(f.text, says) != NULL))
		printf("#   %s: \"%s\"\n", listen, f.text);
	CHECK(srv == NULL);
}

TEST(bad_addresses_are_one_clear_fault)
{
	refuses("", "", E_INPUT, "want 127.0.0.1:PORT");
	refuses("8700", "", E_INPUT, "want 127.0.0.1:PORT");
	refuses("127.0.0.1:0", "", E_INPUT, "want 127.0.0.1:PORT");
	refuses("127.0.0.1:99999", "", E_INPUT, "want 127.0.0.1:PORT");
	refuses("localhost:21315", "", E_INPUT, "want 127.0.0.1:PORT");
	refuses("[::1:21315", "", E_INPUT, "want 127.0.0.1:PORT");
	refuses("unix:", "", E_INPUT, "empty or too long");
	refuses("unix:/tmp", "", E_INPUT, "no socket");
	refuses("unix:/nonexistent/x", "", E_IO, "unix:/nonexistent/x");
	refuses("systemd", "", E_INPUT, "LISTEN_FDS");
}

TEST(beyond_loopback_only_behind_a_proxy)
{
	refuses("0.0.0.0:21315", "", E_DENIED, "trusted_proxies");
	refuses("[::]:21315", "", E_DENIED, "trusted_proxies");
}

TEST(a_taken_port_is_named)
{
	struct server *srv = NULL;
	struct fault f = { .err = E_OK };

	CHECK_INT(kit_start(&srv, LISTEN, &f), E_OK);
	refuses(LISTEN, "", E_BUSY, "another program listens there");
	server_stop(srv, 500);
}

TEST(ipv6_and_restart_on_the_same_port)
{
	struct server *srv = NULL;
	struct fault f = { .err = E_OK };

	for (int i = 0; i < 3; i++) {
		CHECK_INT(kit_start(&srv, LISTEN, &f), E_OK);
		kit_ask(PORT, "GET", "/plain", "", NULL, &a);
		CHECK_INT(a.status, 200);
		server_stop(srv, 500);
	}
	if (kit_start(&srv, "[::1]:21315", &f) == E_OK)
		server_stop(srv, 500);
	else
		CHECK(strstr(f.text, "[::1]") != NULL);	/* no IPv6 on this machine */
	server_stop(NULL, 0);
}

static int unix_connect(const char *path)
{
	struct sockaddr_un un = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	snprintf(un.sun_path, sizeof(un.sun_path), "%s", path);
	if (connect(fd, (struct sockaddr *)&un, sizeof(un)) != 0) {
		close(fd);
		return -1;
	}
	return fd;
}

TEST(a_unix_socket)
{
	struct server *srv = NULL;
	struct fault f = { .err = E_OK };
	char listen[100], path[90];
	struct stat st;
	int fd;

	snprintf(path, sizeof(path), "%s/sock", kit_dir);
	snprintf(listen, sizeof(listen), "unix:%s", path);
	CHECK_INT(kit_start(&srv, listen, &f), E_OK);
	CHECK(stat(path, &st) == 0 && (st.st_mode & 0777) == 0660);
	refuses(listen, "", E_BUSY, "another program listens there");
	fd = unix_connect(path);
	NEED(fd >= 0);
	for (int i = 0; i < 3; i++) {
		kit_send(fd, GET1, sizeof(GET1) - 1);
		kit_read(fd, &a, 1000, true);
		CHECK_INT(a.status, 200);
	}
	kit_send(fd, "GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n", 42);
	kit_read(fd, &a, 1000, true);
	CHECK_INT(a.status, 200);
	close(fd);
	server_stop(srv, 500);
	CHECK(stat(path, &st) != 0);
	/* What a crash leaves is taken over. */
	fd = socket(AF_UNIX, SOCK_STREAM, 0);
	struct sockaddr_un un = { .sun_family = AF_UNIX };
	snprintf(un.sun_path, sizeof(un.sun_path), "%s", path);
	CHECK(bind(fd, (struct sockaddr *)&un, sizeof(un)) == 0);
	close(fd);
	CHECK_INT(kit_start(&srv, listen, &f), E_OK);
	server_stop(srv, 500);
}

/* In a child, because the passed socket is descriptor 3. */
static int passed_child(int lfd)
{
	struct server *srv = NULL;
	struct fault f = { .err = E_OK };
	char pid[20];

	if (lfd != 3 && dup2(lfd, 3) != 3)
		return 10;
	snprintf(pid, sizeof(pid), "%d", (int)getpid());
	setenv("LISTEN_PID", pid, 1);
	setenv("LISTEN_FDS", "1", 1);
	if (kit_start(&srv, "systemd", &f) != E_OK)
		return 11;
	if (getenv("LISTEN_FDS") != NULL)
		return 12;
	kit_ask(PORT, "GET", "/plain", "", NULL, &a);
	server_stop(srv, 500);
	return a.status == 200 ? 0 : 13;
}

TEST(a_socket_passed_by_systemd_outlives_the_server)
{
	struct sockaddr_in sin = { .sin_family = AF_INET, .sin_port = htons(PORT),
				   .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int fd = socket(AF_INET, SOCK_STREAM, 0), one = 1, status = 0;

	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	NEED(bind(fd, (struct sockaddr *)&sin, sizeof(sin)) == 0 && listen(fd, 16) == 0);
	fflush(stdout);
	for (int i = 0; i < 2; i++) {
		pid_t pid = fork();

		if (pid == 0)
			_exit(passed_child(fd));
		CHECK(waitpid(pid, &status, 0) == pid);
		CHECK_INT(WIFEXITED(status) ? WEXITSTATUS(status) : -1, 0);
	}
	close(fd);
}

/* ---- rows that must not start ---- */

#define bad_row kit_extra_rows

static void row_refused(struct route r, const char *says)
{
	struct fault f = { .err = E_OK };

	bad_row[0] = r;
	CHECK_INT(routes_check(&f), E_INTERNAL);
	if (!CHECK(strstr(f.text, says) != NULL))
		printf("#   \"%s\" should say \"%s\"\n", f.text, says);
}

TEST(rows_that_stop_start_up)
{
	static const struct field nameless[] = { { .type = F_INT } };
	static const struct field twice[] = {
		{ .name = "a", .type = F_INT }, { .name = "a", .type = F_INT },
	};
	static const struct field endless[] = { { .name = "a", .type = F_LINE } };
	static const struct field csrf[] = { { .name = "csrf", .type = F_INT } };
	static const struct form_def f1 = { nameless, 1 }, f2 = { twice, 2 }, f3 = { endless, 1 },
		f4 = { csrf, 1 }, f5 = { NULL, FORM_MAX + 1 }, ok = { NULL, 0 };
	struct fault f = { .err = E_OK };

#define ROW(m, p, pol, fm, fl) ((struct route){ m, p, toy_hello, pol, fm, .flags = fl })
	row_refused(ROW(METHOD_GET, "/x", POLICY_NONE, NULL, 0), "no policy");
	row_refused(ROW(METHOD_GET, "x", POLICY_any_page, NULL, 0), "does not start");
	row_refused(ROW(METHOD_GET, "/x/:ghost", POLICY_any_page, NULL, 0), "object.def");
	row_refused(ROW(METHOD_GET, "/:child/:child/:child", POLICY_any_page, NULL, 0), "too many");
	row_refused(ROW(METHOD_GET, "/ten", POLICY_any_page, NULL, 0), "twice");
	row_refused(ROW(METHOD_GET, "/children/:child", POLICY_any_page, NULL, 0), "twice");
	row_refused(ROW(METHOD_GET, "/x", POLICY_any_page, NULL, ROUTE_TOP), "go together");
	row_refused(ROW(METHOD_GET, "/x", POLICY_public_page, NULL, 0), "go together");
	row_refused(ROW(METHOD_GET, "/x/:child", POLICY_public_page, NULL, ROUTE_TOP), "no reader");
	row_refused(ROW(METHOD_GET, "/x/*", POLICY_any_page, NULL, 0), "end in *");
	row_refused(ROW(METHOD_POST, "/x", POLICY_any_write, NULL, 0), "without a form");
	row_refused(ROW(METHOD_POST, "/x", POLICY_any_page, &ok, 0), "ACT_WRITE");
	row_refused(ROW(METHOD_GET, "/x", POLICY_any_write, NULL, 0), "must not write");
	row_refused(ROW(METHOD_GET, "/x", POLICY_any_page, &ok, 0), "with a body");
	row_refused(ROW(METHOD_POST, "/x", POLICY_any_write, &f1, 0), "no name");
	row_refused(ROW(METHOD_POST, "/x", POLICY_any_write, &f2, 0), "twice");
	row_refused(ROW(METHOD_POST, "/x", POLICY_any_write, &f3, 0), "limits");
	row_refused(ROW(METHOD_POST, "/x", POLICY_any_write, &f4, 0), "ours");
	row_refused(ROW(METHOD_POST, "/x", POLICY_any_write, &f5, 0), "FORM_MAX");
	bad_row[0] = (struct route){ METHOD_GET, "/x", NULL, POLICY_any_page, .flags = 0 };
	CHECK_INT(routes_check(&f), E_INTERNAL);
	bad_row[0] = (struct route){ .path = NULL };
	fault_clear(&f);
	CHECK_INT(routes_check(&f), E_OK);
}

/* ---- the end ---- */

static atomic_int answered, lost, refused, unheard, stop_clients;

static void *client(void *arg)
{
	struct answer *mine = malloc(sizeof(*mine));
	const char *req = arg;
	int fd = -1, on_this = 0;

	while (mine != NULL && stop_clients == 0) {
		if (fd < 0) {
			on_this = 0;
			fd = kit_connect(PORT);
		}
		if (fd < 0) {
			refused++;
			break;
		}
		kit_send(fd, req, strlen(req));
		kit_read(fd, mine, 3000, true);
		if (mine->status == 200) {
			answered++;
			on_this++;
		} else if (on_this > 0) {
			lost++;
		} else {
			unheard++;	/* between the last accept and the close */
		}
		if (mine->status != 200 || strstr(mine->text, "Connection: close") != NULL ||
		    mine->closed) {
			close(fd);
			fd = -1;
		}
	}
	if (fd >= 0)
		close(fd);
	free(mine);
	return NULL;
}

TEST(a_graceful_stop_loses_no_answer)
{
	static char fast[] = GET1, slow[] = "GET /app/T1/slow HTTP/1.1\r\n" H TEACHER "\r\n",
		    later[] = "GET /app/T1/later?e=0 HTTP/1.1\r\n" H TEACHER "\r\n";

	for (int round = 0; round < 5; round++) {
		struct server *srv = NULL;
		struct fault f = { .err = E_OK };
		pthread_t t[16];
		int64_t t0;

		stop_clients = 0;
		CHECK_INT(kit_start(&srv, LISTEN, &f), E_OK);
		for (int i = 0; i < 16; i++)
			pthread_create(&t[i], NULL, client, i < 3 ? slow : i < 6 ? later : fast);
		poll(NULL, 0, 150);
		t0 = clock_monotonic_ms();
		server_stop(srv, 3000);
		CHECK(clock_monotonic_ms() - t0 < 2500);
		stop_clients = 1;
		for (int i = 0; i < 16; i++)
			pthread_join(t[i], NULL);
	}
	CHECK(answered > 200);
	CHECK_INT(lost, 0);
	CHECK(unheard <= 5);
	CHECK(refused > 0);
	printf("# %d answers, %d lost, %d connections never accepted, over 5 stops\n",
	       (int)answered, (int)lost, (int)unheard);
}

TEST(cleans_up)
{
	char path[100];

	snprintf(path, sizeof(path), "%s/spool", kit_dir);
	rmdir(path);
	CHECK(rmdir(kit_dir) == 0);
}
