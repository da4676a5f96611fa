/*
 * Two-column agreements: "at school we… / at home we…" about one expectation, one
 * copy for each household. A household never meets another household's copy.
 *
 * draft → offered ⇄ countered → agreed → ended. A draft is seen by its own side
 * only. Every change of the words is a new version that the other side must agree
 * to; the version agreed before stays in effect meanwhile. After the review day
 * either side renews (a new day), changes or ends it.
 *
 * Every act names the `rev` it saw: E_CONFLICT when somebody was faster, or when
 * the state does not allow it. E_INPUT: a column is empty where both are needed.
 * Each write leaves its event and its audit row in the same transaction.
 * Ownership: strings live in the arena passed. Threads: inside a closure.
 */
#ifndef LINTEL_STORE_AGREEMENT_H
#define LINTEL_STORE_AGREEMENT_H

#include "base/buf.h"
#include "store/access.h"
#include "store/db.h"

/* Code points. */
#define AGREEMENT_LINE_MAX 200	/* expectation */
#define AGREEMENT_TEXT_MAX 1000	/* each column, routine */
#define AGREEMENT_OPEN_MAX 12	/* not ended, of one household about one child */
#define AGREEMENT_LIST_MAX 100

enum agreement_side { AGREEMENT_SCHOOL, AGREEMENT_HOME, AGREEMENT_STUDENT /* speaks only */ };
enum agreement_state {
	AGREEMENT_DRAFT, AGREEMENT_OFFERED, AGREEMENT_COUNTERED, AGREEMENT_AGREED, AGREEMENT_ENDED,
};

/* Who acts or reads: `acc` is what the object policy answered for child or agreement. */
struct agreement_by {
	const struct actor *who;
	const struct access *acc;
	int64_t now_ms;
};

struct agreement_words {
	const char *expectation, *school, *home, *routine;
	const char *review_day;		/* YYYY-MM-DD */
};

/* One wording. side: who wrote it. */
struct agreement_version {
	int64_t version, at;
	enum agreement_side side;
	const char *author_name;
	struct agreement_words w;
};

struct agreement_copy {
	int64_t id, child, context, household, rev;
	enum agreement_state state;
	const char *child_name, *class_title;
	struct agreement_version now;	/* the newest wording */
	struct agreement_version held;	/* the one in effect; version 0: none */
	int64_t changed_at, agreed_at, said_school, said_home;	/* said: not read yet by that side */
};

/* The newest wording waits for this side's word. */
bool agreement_waits(const struct agreement_copy *a, enum agreement_side side);
/* In effect, nothing proposed, and its review day has come. today: YYYY-MM-DD. */
bool agreement_review_due(const struct agreement_copy *a, const char *today);

/* The households a teacher may make one with; the names are for staff only. */
struct agreement_home { int64_t household; const char *names; };
enum err agreement_homes(struct db *db, struct arena *a, int64_t tenant, int64_t child,
			 int64_t now_ms, struct agreement_home **v_out, unsigned *n_out);
/* The classes a family may make one with. */
struct agreement_class { int64_t context; const char *title; };
enum err agreement_classes(struct db *db, struct arena *a, int64_t tenant, int64_t child,
			   struct agreement_class **v_out, unsigned *n_out);

/*
 * with: the household (by the school) or the class's context (by home). offer: both
 * columns are there and the other side sees it; else a draft. E_LIMIT: too many.
 */
enum err agreement_create(struct db *db, const struct agreement_by *by, int64_t with,
			  const struct agreement_words *w, bool offer, int64_t *id_out);
enum err agreement_draft(struct db *db, const struct agreement_by *by, int64_t id, int64_t rev,
			 const struct agreement_words *w, bool offer);
/* Nothing changed: E_OK, no new version. */
enum err agreement_change(struct db *db, const struct agreement_by *by, int64_t id, int64_t rev,
			  const struct agreement_words *w);
enum err agreement_agree(struct db *db, const struct agreement_by *by, int64_t id, int64_t rev);
/* Drops what was proposed: the version in effect stays as it is. */
enum err agreement_keep(struct db *db, const struct agreement_by *by, int64_t id, int64_t rev);
enum err agreement_renew(struct db *db, const struct agreement_by *by, int64_t id, int64_t rev,
			 const char *review_day);
enum err agreement_end(struct db *db, const struct agreement_by *by, int64_t id, int64_t rev);

enum err agreement_load(struct db *db, struct arena *a, const struct agreement_by *by, int64_t id,
			struct agreement_copy *out);
/* What this reader may know, newest act first, at most AGREEMENT_LIST_MAX. */
enum err agreement_of_child(struct db *db, struct arena *a, const struct agreement_by *by,
			    struct agreement_copy **v_out, unsigned *n_out);
enum err agreement_of_class(struct db *db, struct arena *a, const struct actor *who,
			    int64_t now_ms, struct agreement_copy **v_out, unsigned *n_out);

struct agreement_event {
	int64_t at, version;
	enum agreement_side side;
	const char *who_name, *what;
};

/* Oldest first; drafting is nobody else's business and left out. */
enum err agreement_history(struct db *db, struct arena *a, const struct agreement_by *by,
			   int64_t id, struct agreement_event **v_out, unsigned *n_out);

/* household 0: all of them (an admin's export). */
enum err agreement_export(struct db *db, int64_t tenant, int64_t child, int64_t household,
			  struct buf *json);
enum err agreement_erase(struct db *db, int64_t tenant, int64_t child);
enum err access_agreement(struct db *db, const struct actor *who, int64_t now_ms, int64_t id,
			  struct access *out);

#endif
