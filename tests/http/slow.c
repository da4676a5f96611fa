/*
 * Slow clients, with the deadlines shortened to 400 ms and 1 KB/s: a header or a
 * body that drips is cut in time, an honest one is served, idle ones end, and
 * deferred work stalls nobody.
 */
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include "gw/clock.h"
#include "kit/http.h"
#include "t.h"

#define PORT 21314
#define H "Host: lintel.example\r\n"
#define GET1 "GET /plain HTTP/1.1\r\n" H "\r\n"

static struct server *srv;
static struct answer a;

static bool poll_closed(int fd, int ms)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };
	char buf[2000];

	return poll(&p, 1, ms) > 0 && read(fd, buf, sizeof(buf)) == 0;
}

/* Sends a byte every `gap` ms; the time after which the server hung up, or -1. */
static int64_t drip(int fd, const char *text, int gap, int64_t give_up)
{
	int64_t t0 = clock_monotonic_ms();
	size_t n = strlen(text), i = 0;

	while (clock_monotonic_ms() - t0 < give_up) {
		struct pollfd p = { .fd = fd, .events = POLLIN };

		if (!kit_send(fd, text + i % n, 1))
			return clock_monotonic_ms() - t0;
		i++;
		if (poll(&p, 1, gap) > 0)
			return clock_monotonic_ms() - t0;
	}
	return -1;
}

TEST(starts)
{
	struct server_limits l = { .header_ms = 400, .body_ms = 400, .body_rate = 1024,
				   .idle_ms = 2500, .threads = 4, .defer_threads = 2 };
	struct fault f = { .err = E_OK };

	server_set_limits(&l);
	CHECK_INT(kit_start(&srv, "127.0.0.1:21314", &f), E_OK);
}

TEST(a_dripping_header_is_cut)
{
	int fd = kit_connect(PORT);
	int64_t t;

	NEED(srv != NULL && fd >= 0);
	t = drip(fd, "GET /plain HTTP/1.1\r\nX-A: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", 40, 5000);
	CHECK(t >= 300 && t < 2500);
	kit_read(fd, &a, 300, false);
	CHECK_INT(a.status, 408);
	CHECK(a.closed);
	close(fd);
	fd = kit_connect(PORT);
	t = drip(fd, "GET /plainnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnn", 40, 5000);
	CHECK(t >= 300 && t < 2500);
	close(fd);
}

TEST(a_dripping_header_on_a_kept_connection_is_cut)
{
	int fd = kit_connect(PORT);
	int64_t t;

	NEED(srv != NULL && fd >= 0);
	kit_send(fd, GET1, sizeof(GET1) - 1);
	kit_read(fd, &a, 1000, true);
	CHECK_INT(a.status, 200);
	poll(NULL, 0, 120);
	t = drip(fd, "GET /plainnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnn", 40, 5000);
	CHECK(t >= 300 && t < 2000);
	close(fd);
}

TEST(silence_is_cut)
{
	int fd = kit_connect(PORT);
	int64_t t0 = clock_monotonic_ms();

	NEED(srv != NULL && fd >= 0);
	CHECK(poll_closed(fd, 3000));
	CHECK(clock_monotonic_ms() - t0 < 2500);
	close(fd);
	fd = kit_connect(PORT);
	kit_send(fd, GET1, sizeof(GET1) - 1);
	kit_read(fd, &a, 1000, true);
	t0 = clock_monotonic_ms();
	CHECK(poll_closed(fd, 8000));
	CHECK(clock_monotonic_ms() - t0 > 2000 && clock_monotonic_ms() - t0 < 6000);
	close(fd);
}

TEST(a_dripping_body_is_cut_and_a_steady_one_is_not)
{
	static const char head[] = "POST /lti/login HTTP/1.1\r\n" H FORM "Content-Length: 2000\r\n\r\na=";
	static char piece[200];
	int fd = kit_connect(PORT), sent = 2;
	int64_t t, t0;

	NEED(srv != NULL && fd >= 0);
	kit_send(fd, head, sizeof(head) - 1);
	t = drip(fd, "x", 40, 5000);
	CHECK(t >= 300 && t < 2500);
	kit_read(fd, &a, 300, false);
	CHECK_INT(a.status, 408);
	close(fd);
	/* 200 bytes every 80 ms are 2.5 KB/s: above the rate, beyond the 400 ms. */
	memset(piece, 'x', sizeof(piece));
	fd = kit_connect(PORT);
	t0 = clock_monotonic_ms();
	kit_send(fd, head, sizeof(head) - 1);
	while (sent < 2000) {
		int n = 2000 - sent < 200 ? 2000 - sent : 200;

		poll(NULL, 0, 80);
		if (!CHECK(kit_send(fd, piece, (size_t)n)))
			break;
		sent += n;
	}
	kit_read(fd, &a, 1000, true);
	CHECK_INT(a.status, 200);
	CHECK(clock_monotonic_ms() - t0 > 600);
	close(fd);
}

TEST(two_hundred_drips_do_not_keep_others_out)
{
	int fd[200];
	int64_t t0;

	NEED(srv != NULL);
	for (int i = 0; i < 200; i++) {
		fd[i] = kit_connect(PORT);
		kit_send(fd[i], "GET /pl", 7);
	}
	t0 = clock_monotonic_ms();
	kit_ask(PORT, "GET", "/plain", "", NULL, &a);
	CHECK_INT(a.status, 200);
	CHECK(clock_monotonic_ms() - t0 < 2000);
	for (int i = 0; i < 200; i++) {
		kit_read(fd[i], &a, 3000, false);
		CHECK(a.closed);
		close(fd[i]);
	}
}

/* ---- deferred work: two jobs of 400 ms in two threads, 64 other clients ---- */

static atomic_int stalled, served;

static void *other_client(void *arg)
{
	struct answer *mine = malloc(sizeof(*mine));
	int fd = kit_connect(PORT);

	for (int i = 0; mine != NULL && i < 20; i++) {
		int64_t t0 = clock_monotonic_ms();

		kit_send(fd, GET1, sizeof(GET1) - 1);
		kit_read(fd, mine, 3000, true);
		served += mine->status == 200;
		stalled += clock_monotonic_ms() - t0 > 250;
		poll(NULL, 0, 15);
	}
	close(fd);
	free(mine);
	return arg;
}

static void *slow_client(void *arg)
{
	struct answer *mine = malloc(sizeof(*mine));

	for (int i = 0; mine != NULL && i < 2; i++) {
		kit_ask(PORT, "GET", "/app/T1/slow", TEACHER, NULL, mine);
		*(int *)arg += mine->status == 200 && strcmp(mine->body, "slow done") == 0;
	}
	free(mine);
	return NULL;
}

TEST(deferred_work_stalls_nobody)
{
	pthread_t other[64], slow[2];
	int done[2] = { 0, 0 };

	NEED(srv != NULL);
	for (int i = 0; i < 2; i++)
		pthread_create(&slow[i], NULL, slow_client, &done[i]);
	for (int i = 0; i < 64; i++)
		pthread_create(&other[i], NULL, other_client, NULL);
	for (int i = 0; i < 64; i++)
		pthread_join(other[i], NULL);
	for (int i = 0; i < 2; i++)
		pthread_join(slow[i], NULL);
	CHECK_INT(served, 64 * 20);
	CHECK_INT(done[0] + done[1], 4);
	CHECK(stalled <= 32);	/* a blocking pool stalls every one of the 64 */
	printf("# %d of %d requests waited more than 250 ms\n", (int)stalled, 64 * 20);
}

/* Eight threads serve; more writes than that wait for the database at one moment. */
static void *writing_client(void *arg)
{
	struct answer *mine = malloc(sizeof(*mine));

	if (mine != NULL) {
		kit_ask(PORT, "GET", "/app/T1/later?e=0", TEACHER, NULL, mine);
		*(int *)arg = mine->status == 200 && strcmp(mine->body, "written") == 0;
	}
	free(mine);
	return NULL;
}

TEST(a_write_later_holds_no_thread)
{
	pthread_t t[40];
	int done[40] = { 0 }, sum = 0;

	NEED(srv != NULL);
	kit_waited_most = 0;
	for (int i = 0; i < 40; i++)
		pthread_create(&t[i], NULL, writing_client, &done[i]);
	for (int i = 0; i < 40; i++)
		pthread_join(t[i], NULL);
	for (int i = 0; i < 40; i++)
		sum += done[i];
	CHECK_INT(sum, 40);
	CHECK(kit_waited_most > 8);
	printf("# %d writes at one moment\n", (int)kit_waited_most);
}

static void later(const char *path, enum err e, int status, const char *says)
{
	char target[100];

	snprintf(target, sizeof(target), "/app/T1/%s?e=%d", path, (int)e);
	kit_ask(PORT, "GET", target, TEACHER, NULL, &a);
	CHECK_INT(a.status, status);
	CHECK(strstr(a.body, says) != NULL);
}

TEST(a_write_later_answers_with_what_became_of_it)
{
	static const char *const path[] = { "later", "job" };

	NEED(srv != NULL);
	for (int i = 0; i < 2; i++) {
		later(path[i], E_OK, 200, "written");
		later(path[i], E_CONFLICT, 200, "somebody was faster");
		later(path[i], E_MISSING, 404, "data-refused=\"not-found\"");
		later(path[i], E_DB, 503, "data-refused=");
	}
}

TEST(deferred_work_past_its_deadline_is_a_503)
{
	struct server_limits l = { .defer_ms = 100, .defer_threads = 1, .threads = 2 };
	struct fault f = { .err = E_OK };
	pthread_t slow[2];
	int done[2] = { 0, 0 };

	NEED(srv != NULL);
	server_stop(srv, 1000);
	server_set_limits(&l);
	CHECK_INT(kit_start(&srv, "127.0.0.1:21314", &f), E_OK);
	pthread_create(&slow[0], NULL, slow_client, &done[0]);
	poll(NULL, 0, 50);
	kit_ask(PORT, "GET", "/app/T1/slow", TEACHER, NULL, &a);
	CHECK_INT(a.status, 503);
	CHECK(kit_refused(&a, "busy"));
	pthread_join(slow[0], NULL);
	server_stop(srv, 1000);
}
