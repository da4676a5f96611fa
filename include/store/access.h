/*
 * Object policy: may this reader know of this object, and as what?
 *
 * Every path parameter (":child", ":goal") names a kind of object.def; the
 * pipeline resolves it here before any handler runs. A foreign object, a
 * prohibited child and an id that never existed all answer E_MISSING, at the
 * same cost, so nothing tells them apart (PRODUCT matrix; DESIGN 3).
 *
 * The rule for a child, in this order:
 *   1. same tenant; 2. no prohibition in force between this human and the child,
 *   whatever the door; 3. by door: teaches a context where the child is a pupil /
 *   active family link / is the child / grant that reads this kind. A link whose
 *   course has ended reads for 60 days (store/links.h).
 */
#ifndef LINTEL_STORE_ACCESS_H
#define LINTEL_STORE_ACCESS_H

#include "store/actor.h"
#include "store/db.h"

enum obj {
	OBJ_NONE = 0,
#define OBJECT(NAME, name, fn) OBJ_##NAME,
#include "store/object.def"
#undef OBJECT
	OBJ_KINDS,
};

enum relation {
	REL_NONE = 0,
	REL_TEACHES,
	REL_GUARDIAN,
	REL_SELF,
	REL_STAFF,	/* by grant: office, leader, district */
};

struct access {
	enum obj kind;
	int64_t id;
	int64_t child;		/* the child the object is about; 0 if none */
	int64_t context;	/* where the object lives; 0 if none */
	int64_t household;	/* the reader's household for this child; guardians only */
	enum relation rel;
	bool read_only;		/* aide, ended course, masquerade */
	int64_t until;		/* ended course: when reading ends, too; else 0 */
	bool aide;		/* staff of the class, but not its teacher */
};

/* now_ms decides on expiry of links, courses and prohibitions. */
typedef enum err (*access_fn)(struct db *db, const struct actor *who, int64_t now_ms,
			      int64_t id, struct access *out);

enum err access_check(struct db *db, const struct actor *who, int64_t now_ms, enum obj kind,
		      int64_t id, struct access *out);

/* "child" → OBJ_CHILD; OBJ_NONE for a name object.def does not hold. */
enum obj obj_by_name(struct span name);

/* The rule above, for the functions of object.def to build on. */
enum err access_child(struct db *db, const struct actor *who, int64_t now_ms, int64_t child,
		      struct access *out);

#endif
