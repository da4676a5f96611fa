/*
 * A scripted driver, for unit tests of what the store does when a database fails.
 * A test says what it expects, in order, and what shall be answered:
 *
 *   fake_reset();
 *   fake_expect("INSERT INTO slot", E_CONFLICT);
 *   fake_expect("SELECT id", E_OK);
 *   fake_row("is", (int64_t)7, "Lina");
 *
 * BEGIN, COMMIT, ROLLBACK, SAVE, RELEASE and UNDO succeed unless the next
 * expectation names them. Whatever else is not expected answers E_INTERNAL and
 * counts as wrong. Threads: any; one script for the process.
 */
#ifndef LINTEL_STORE_DB_FAKE_H
#define LINTEL_STORE_DB_FAKE_H

#include "../../gateway/store/db_driver.h"

/* db_fake has one writer as SQLite, this one many as PostgreSQL. */
extern const struct db_driver db_fake, db_fake_pg;

void fake_reset(void);
void fake_expect(const char *fragment, enum err answer);

/* All of these add to the last expectation. */
void fake_row(const char *fmt, ...);	/* i int64_t, s const char *, n nothing (NULL) */
void fake_breaks(enum err after_its_rows);
void fake_again(void);			/* the failure is one that a new run may heal */
void fake_lost(void);			/* … and the connection is gone */
void fake_tx_gone(void);		/* … and the engine rolled back by itself */

unsigned fake_left(void);		/* expectations that nothing met */
unsigned fake_wrong(void);		/* statements that nothing expected */
unsigned fake_opened(void);		/* connections made */
/* What was done so far, a word each: "BEGIN INSERT SAVE …". */
const char *fake_trace(void);

#endif
