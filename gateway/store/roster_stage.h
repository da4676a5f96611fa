/*
 * Changes that wait for the staging tables, and what there is to apply of them.
 * roster_stage.c writes them in bulk, roster_apply.c carries them out.
 */
#ifndef LINTEL_STORE_ROSTER_STAGE_H
#define LINTEL_STORE_ROSTER_STAGE_H

#include "base/buf.h"
#include "base/str.h"

enum stage_op { OP_CREATE = 1, OP_UPDATE, OP_REMOVE, OP_FORBID };
enum stage_kind { SK_PERSON, SK_CLASS, SK_MEMBER, SK_LINK, SK_COUNT };

#define STAGE_TEXTS 10

struct stage_row {
	enum stage_op op;
	int64_t a, b;			/* person; class; class, person; child, guardian */
	struct span text[STAGE_TEXTS];
	uint64_t hash;
	uint8_t bit[4], priority, access;
	int64_t household, prohibition;
	/* while waiting in memory: text is offsets into stage.text */
};

struct stage {
	struct stage_row *row;
	unsigned n, cap;
	struct buf text;
	uint32_t total;			/* staged so far: the last n given out */
	unsigned has;			/* SH_ bits: what there is to do at all */
};

enum {
	SH_CREATE = 1 << 0, SH_UPDATE = 1 << 1, SH_REMOVE = 1 << 2, SH_RENAME = 1 << 3,
	SH_BAN = 1 << 4, SH_LIFT = 1 << 5, SH_HOUSE = 1 << 6, SH_ALL = 0x7f,
};

struct stage_sum {
	uint32_t total[SK_COUNT];
	unsigned has[SK_COUNT];
};

#endif
