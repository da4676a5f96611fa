/*
 * One line an event, key=value, on standard error. Opaque ids only: no name, no
 * address, no token, no body, no query string. `event` is a literal.
 * Threads: any.
 */
#ifndef LINTEL_GW_LOG_H
#define LINTEL_GW_LOG_H

#include <stdint.h>

enum log_level { LOG_DEBUG, LOG_INFO, LOG_WARN, LOG_ERROR };

void log_set_level(enum log_level level);

/* log_event(LOG_INFO, "launch", "req=%s platform=%" PRId64, id, p); */
__attribute__((format(printf, 3, 4)))
void log_event(enum log_level level, const char *event, const char *fmt, ...);

/* Two kinds of fault, counted apart: ours, and the peer's. */
void count_bug(const char *where);
void count_peer_fault(const char *where);
uint64_t counted_bugs(void);
uint64_t counted_peer_faults(void);

#endif
