/*
 * Audit. A write's row stands in the write's own transaction; reads of a child's
 * record are gathered (one row per person, child and 15 minutes). Rows hold no
 * names: the subject is a pseudonym, the body is sealed under the child's own
 * key, and each node chains its rows by SHA-256, so that erasing a child destroys
 * a key and the chain still verifies.
 *
 * audit_setup() once at start; then any thread, inside a write closure.
 */
#ifndef LINTEL_STORE_AUDIT_H
#define LINTEL_STORE_AUDIT_H

#include "store/actor.h"
#include "store/db.h"

struct audit_event {
	int64_t tenant, now_ms;
	int64_t child;		/* 0: not about a child */
	int64_t actor;		/* person */
	enum door door;
	const char *action;	/* "goal.propose": a literal */
	int64_t object;		/* 0: none */
	const char *real_user;	/* masquerade, or NULL */
	const char *note;		/* a reason in words, sealed with the row; or NULL */
};

/* root: 32 bytes from key_file. node: this process; 0 = draw one. */
void audit_setup(const uint8_t root[32], int64_t node);

enum err audit_write(struct db *db, const struct audit_event *e);
/* The usual case: actor, door and tenant from `who`. */
enum err audit_by(struct db *db, const struct actor *who, int64_t now_ms, const char *action,
		  int64_t child, int64_t object);

struct audit_row {
	int64_t at;
	const char *action;
	int64_t actor, object;
	enum door door;
	bool readable;		/* false: the key is gone */
};

/* Newest first. */
enum err audit_of_child(struct db *db, struct arena *a, int64_t tenant, int64_t child,
			unsigned limit, struct audit_row **v_out, unsigned *n_out);

struct audit_report {
	int64_t rows, nodes;
	int64_t bad_node, bad_seq;	/* first break, 0: none */
};

enum err audit_verify(struct db *db, struct audit_report *out);

#endif
