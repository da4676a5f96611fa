/* The log stays one line an event; the clock shifts only when a test says so. */
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "gw/clock.h"
#include "gw/log.h"
#include "t.h"

static char text[4096];
static int saved = -1, pipe_fd[2];

static void capture(void)
{
	int rc = pipe(pipe_fd);

	saved = dup(2);
	rc = rc == 0 ? dup2(pipe_fd[1], 2) : rc;
	CHECK(rc == 2);
}

static const char *captured(void)
{
	ssize_t n;

	dup2(saved, 2);
	close(saved);
	close(pipe_fd[1]);
	n = read(pipe_fd[0], text, sizeof(text) - 1);
	close(pipe_fd[0]);
	text[n > 0 ? n : 0] = '\0';
	return text;
}

TEST(an_event_is_one_line)
{
	const char *s;

	capture();
	log_event(LOG_INFO, "launch", "req=%s platform=%d", "a\nb\x1b[1m", 7);
	s = captured();
	CHECK(strlen(s) > 25 && s[4] == '-' && s[10] == 'T' && s[23] == 'Z');
	CHECK_STR(s + 24, " info launch req=a?b?[1m platform=7\n");
}

TEST(quiet_levels_stay_quiet)
{
	const char *s;

	capture();
	log_event(LOG_DEBUG, "chatter", "n=1");
	log_set_level(LOG_ERROR);
	log_event(LOG_WARN, "warning", "n=1");
	log_event(LOG_ERROR, "error", "n=1");
	log_set_level(LOG_INFO);
	s = captured();
	CHECK(strstr(s, "chatter") == NULL && strstr(s, "warning") == NULL);
	CHECK(strstr(s, " error error n=1\n") != NULL);
}

TEST(a_long_line_is_cut_and_ends)
{
	char big[3000];
	const char *s;

	memset(big, 'x', sizeof(big) - 1);
	big[sizeof(big) - 1] = '\0';
	capture();
	log_event(LOG_INFO, "big", "v=%s", big);
	s = captured();
	CHECK(strlen(s) <= 1024 && s[strlen(s) - 1] == '\n' && strchr(s, '\n') == s + strlen(s) - 1);
}

TEST(faults_are_counted_apart)
{
	uint64_t bugs = counted_bugs(), peers = counted_peer_faults();

	capture();
	count_bug("here.c:1");
	count_peer_fault("there.c:2");
	count_peer_fault("there.c:3");
	captured();
	CHECK_INT(counted_bugs(), bugs + 1);
	CHECK_INT(counted_peer_faults(), peers + 2);
}

TEST(the_clock_shifts_for_tests_only)
{
	int64_t before = clock_now_ms(), mono = clock_monotonic_ms();

	CHECK(before > INT64_C(1700000000000));
	clock_shift_for_tests(3600000);
	CHECK(clock_now_ms() - before >= 3600000 && clock_now_ms() - before < 3700000);
	CHECK(clock_monotonic_ms() - mono < 100000);
	clock_shift_for_tests(0);
	CHECK(clock_now_ms() - before < 100000);
}
