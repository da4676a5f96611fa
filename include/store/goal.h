/*
 * Shared goals: what a child works towards, in the child's own words first.
 *
 * proposed → active ⇄ adjusted → paused | met | unmet → archived. A goal is agreed
 * (active) when home and school have signed the current version. Every change of
 * wording, steps or days makes a new version that both sign again; a goal that was
 * agreed goes on meanwhile (adjusted). A side that fills in its own empty step
 * while signing changes nothing the other side agreed to: no new version.
 *
 * What the acting person saw is named by `version`: E_CONFLICT when it moved on, or
 * when the goal's state does not allow the act.
 * E_INPUT: a step or words are missing. E_DENIED: another household's wording.
 *
 * Each write leaves its event and its audit row in the same transaction.
 * Threads: inside a closure.
 */
#ifndef LINTEL_STORE_GOAL_H
#define LINTEL_STORE_GOAL_H

#include "store/access.h"
#include "store/db.h"

/* Code points. */
#define GOAL_LINE_MAX 200	/* note of a check-in, words of a cheer, the child's own words */
#define GOAL_TEXT_MAX 1000	/* words, measure, steps */
#define GOAL_OPEN_MAX 24	/* open goals of one child */
#define GOAL_LIST_MAX 100
#define GOAL_WEEKS_MAX 60
#define GOAL_CHEERS_A_DAY 12	/* of one guardian */
#define GOAL_PHRASES 6		/* ready cheers, 1..6 */

enum goal_domain { GOAL_ACADEMIC, GOAL_SOCIAL, GOAL_EMOTIONAL, GOAL_DOMAINS };
enum goal_side { GOAL_SCHOOL, GOAL_HOME, GOAL_STUDENT };
enum goal_state {
	GOAL_PROPOSED, GOAL_ACTIVE, GOAL_ADJUSTED, GOAL_PAUSED, GOAL_MET, GOAL_UNMET,
	GOAL_ARCHIVED, GOAL_STATES,
};

/* Who acts or reads, and for which side; household: of guardians, else 0. */
struct goal_who {
	const struct actor *who;
	enum goal_side side;
	int64_t household, now_ms;
};

/* access: the child's or the goal's, as the object policy answered it. */
struct goal_who goal_who(const struct actor *who, const struct access *acc, int64_t now_ms);

struct goal_words {
	enum goal_domain domain;	/* goal_propose() only */
	bool only_household;		/* goal_propose() by home only */
	const char *student_words;	/* goal_propose() by the student only */
	const char *words, *measure, *home_step, *school_step;
	bool home_only;			/* by home: other households do not see home_step */
	bool school_only;		/* "school only, agreed" */
	int64_t start_day, review_day;	/* days since 1970 */
};

/* E_LIMIT: GOAL_OPEN_MAX. The proposing side has signed. */
enum err goal_propose(struct db *db, const struct goal_who *by, int64_t child,
		      const struct goal_words *w, int64_t *id_out);
/* Nothing changed: E_OK, no new version. The changing side has signed. */
enum err goal_change(struct db *db, const struct goal_who *by, int64_t goal, int64_t version,
		     const struct goal_words *w);
/*
 * step: fills the own side's step if it is empty; a second household's is kept as
 * its own. agreed_out: this signature made the goal active.
 */
enum err goal_sign(struct db *db, const struct goal_who *by, int64_t goal, int64_t version,
		   const char *step, bool only_ours, bool *agreed_out);
/* What a second household does at home; "" takes it away. Needs nobody's signature. */
enum err goal_home_step(struct db *db, const struct goal_who *by, int64_t goal, const char *step,
			bool only_ours);
/* The student's own words; they need nobody's signature. */
enum err goal_own_words(struct db *db, const struct goal_who *by, int64_t goal, const char *words);
/*
 * active, adjusted → paused, met, unmet; paused → active (adjusted while a
 * signature is missing); proposed, met, unmet → archived. Not by students.
 */
enum err goal_turn(struct db *db, const struct goal_who *by, int64_t goal, enum goal_state to);

/*
 * How it went in the week of this Monday: 0 not yet, 1 sometimes, 2 often. Once a
 * week for school, student and each household; a second time in `this_week` changes
 * it. E_CONFLICT: the goal is not agreed, or the week is not this one.
 */
enum err goal_checkin(struct db *db, const struct goal_who *by, int64_t goal, int64_t week,
		      int64_t this_week, int value, const char *note);
/* phrase 1..GOAL_PHRASES, or 0 with words. E_LIMIT: GOAL_CHEERS_A_DAY. Home only. */
enum err goal_cheer(struct db *db, const struct goal_who *by, int64_t goal, int phrase,
		    const char *words);

/* Monday of the week a day lies in. */
int64_t goal_monday(int64_t day);

/* For object.def. */
enum err access_goal(struct db *db, const struct actor *who, int64_t now_ms, int64_t id,
		     struct access *out);

#endif
