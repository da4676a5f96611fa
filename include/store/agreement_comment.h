/*
 * A student's word on an agreement (PRODUCT 5.4: from eleven years on "R, comment";
 * younger children read). It belongs to one copy that is in effect, and whoever reads
 * that copy reads it: the staff who teach the child and the household it is with. The
 * author may take it back for fifteen minutes; there is no other way to change it.
 *
 * Ownership: strings live in the arena passed. Threads: inside a closure.
 */
#ifndef LINTEL_STORE_AGREEMENT_COMMENT_H
#define LINTEL_STORE_AGREEMENT_COMMENT_H

#include "store/agreement.h"

#define AGREEMENT_COMMENT_MAX 500	/* code points */
#define AGREEMENT_COMMENTS_MAX 40	/* of one agreement */
#define AGREEMENT_COMMENT_UNDO_MS (15 * 60 * 1000LL)

struct agreement_comment {
	int64_t id, at, version;
	const char *author_name, *body;
	bool mine, may_undo;		/* of this reader */
};

/*
 * by->acc: the student's own (REL_SELF). The same words once more are the same word.
 * E_LIMIT: enough said; E_CONFLICT: nothing of it is in effect any more.
 */
enum err agreement_comment_add(struct db *db, const struct agreement_by *by, int64_t id,
			       const char *body);
/* E_CONFLICT: not theirs, gone already, or too late. */
enum err agreement_comment_undo(struct db *db, const struct agreement_by *by, int64_t id,
				int64_t comment);
/* Oldest first. */
enum err agreement_comments(struct db *db, struct arena *a, const struct agreement_by *by,
			    int64_t id, struct agreement_comment **v_out, unsigned *n_out);
/* The reader's side has read them: agreement_copy.said_* is 0 from now on. */
enum err agreement_comments_seen(struct db *db, const struct agreement_by *by, int64_t id);
/* household 0: all (an admin's, or the student's own). */
enum err agreement_comment_export(struct db *db, int64_t tenant, int64_t child,
				  int64_t household, struct buf *json);

#endif
