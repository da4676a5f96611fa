/*
 * The log: one write(2) a line, so that lines of several threads never mix.
 * Whatever a value holds, the line stays one line: control characters become '?'.
 */
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/magic.h"
#include "gw/clock.h"
#include "gw/log.h"

#define LINE_MAX_BYTES 1024

static _Atomic int level_now = LOG_INFO;
static _Atomic uint64_t bugs, peer_faults;

void log_set_level(enum log_level level)
{
	assert(level >= LOG_DEBUG && level <= LOG_ERROR);
	atomic_store(&level_now, (int)level);
}

/* "2026-03-01T08:00:00.123Z warn event"; the time is ISO 8601 in UTC. */
static size_t head(char *line, size_t room, enum log_level level, const char *event)
{
	static const char *const name[] = { "debug", "info", "warn", "error" };
	int64_t now = clock_now_ms();
	time_t sec = (time_t)(now / 1000);
	char when[32];
	struct tm tm;
	int n;

	assert((unsigned)level < ARRAY_LEN(name));
	gmtime_r(&sec, &tm);
	strftime(when, sizeof(when), "%Y-%m-%dT%H:%M:%S", &tm);
	n = snprintf(line, room, "%s.%03dZ %s %s", when, (int)(now % 1000), name[level], event);
	assert(n > 0 && (size_t)n < room);
	return (size_t)n;
}

void log_event(enum log_level level, const char *event, const char *fmt, ...)
{
	char line[LINE_MAX_BYTES];
	ssize_t done;
	va_list ap;
	size_t n;
	int more;

	assert(event != NULL && strlen(event) < 200);
	if ((int)level < atomic_load_explicit(&level_now, memory_order_relaxed))
		return;
	n = head(line, sizeof(line) - 1, level, event);
	if (fmt[0] != '\0') {
		line[n++] = ' ';
		va_start(ap, fmt);
		more = vsnprintf(line + n, sizeof(line) - 1 - n, fmt, ap);
		va_end(ap);
		if (more > 0)
			n += (size_t)more < sizeof(line) - 2 - n ? (size_t)more
								 : sizeof(line) - 2 - n;
	}
	for (size_t i = 0; i < n; i++)
		if ((unsigned char)line[i] < 0x20 || line[i] == 0x7f)
			line[i] = '?';
	line[n++] = '\n';
	/* A log that cannot be written is no reason to stop serving. */
	done = write(STDERR_FILENO, line, n);
	(void)done;
}

void count_bug(const char *where)
{
	atomic_fetch_add(&bugs, 1);
	log_event(LOG_ERROR, "bug", "where=%s", where);
}

void count_peer_fault(const char *where)
{
	atomic_fetch_add(&peer_faults, 1);
	log_event(LOG_DEBUG, "peer-fault", "where=%s", where);
}

uint64_t counted_bugs(void)
{
	return atomic_load(&bugs);
}

uint64_t counted_peer_faults(void)
{
	return atomic_load(&peer_faults);
}
