/*
 * What PostgreSQL puts on its wire, without libpq: pure functions.
 */
#ifndef LINTEL_STORE_DB_PGWIRE_H
#define LINTEL_STORE_DB_PGWIRE_H

#include "base/buf.h"
#include "db_driver.h"

int pgwire_int16(const char *p);
/* A binary numeric without fraction. */
int64_t pgwire_numeric(const char *p);
/* One line of COPY in text format. */
void pgwire_copy_row(struct buf *b, const struct db_val *v, unsigned n);

#endif
