/* Shared by the files of conference rounds and bookings; nobody else includes it. */
#ifndef LINTEL_STORE_ROUND_PRIVATE_H
#define LINTEL_STORE_ROUND_PRIVATE_H

#include "store/round.h"

/* conf_slot.open_to */
enum { SLOT_SHUT = 0, SLOT_STAFF = 1, SLOT_FAMILIES = 2 };

struct conf_event {
	int64_t tenant, round, booking, slot, who, now_ms;
	const char *what;		/* a literal */
};

enum err conf_event_add(struct db *db, const struct conf_event *e);
enum round_state round_state_of(const char *name);

#endif
