/*
 * Notes between home and school, about one child, with answers.
 *
 * A note of the school reaches every household that may see the child, each with
 * a thread of its own that no other household sees, counts or notices; a note from
 * home belongs to the household that wrote it. `staff` is the one teacher who
 * holds the conversation, or 0 for the team of the class.
 *
 * A thread is open → answered → closed. Whoever writes names the `rev` it saw:
 * E_CONFLICT when somebody was faster or the state does not allow the act. The
 * author may edit or take back a note for NOTE_EDIT_MS while nobody answered it.
 *
 * Each write leaves its audit row in the same transaction.
 * Ownership: strings live in the arena passed. Threads: inside a closure.
 */
#ifndef LINTEL_STORE_NOTE_H
#define LINTEL_STORE_NOTE_H

#include "base/buf.h"
#include "store/access.h"
#include "store/db.h"

#define NOTE_TEXT_MAX 2000	/* code points */
#define NOTE_LIST_MAX 100
#define NOTE_WORDS_MAX 200	/* in one thread */
#define NOTE_A_DAY 20		/* new ones by one author about one child */
#define NOTE_EDIT_MS (15 * 60 * 1000LL)

enum note_side { NOTE_SCHOOL, NOTE_HOME };
enum note_state { NOTE_OPEN, NOTE_ANSWERED, NOTE_CLOSED, NOTE_TAKEN_BACK };
enum note_kind { NOTE_TEXT, NOTE_THANKS, NOTE_CLOSE };

/* Who acts or reads: `acc` is what the object policy answered for child or note. */
struct note_by {
	const struct actor *who;
	const struct access *acc;
	int64_t now_ms;
};

/* One note in one thread. household 0: a note of the school nobody answered yet. */
struct note {
	int64_t id, child, context, author, household, staff, school;
	enum note_side side;
	enum note_state state;
	const char *child_name, *author_name, *staff_name, *class_title;
	const char *body;		/* '' when taken back */
	const char *said, *said_by;	/* the last word of the thread; NULL: none yet */
	enum note_kind said_kind;
	int64_t rev;			/* for the next act in this thread */
	int64_t created_at, edited_at;
	int64_t home_at, school_at, last_at;	/* when each side last said something; 0: never */
	const struct school_days *days;		/* for what is due; NULL: nothing is */
	enum note_side last_side;
	bool home_seen, school_seen;	/* what the other side said last */
	bool answered_ever;		/* in any thread: by then nobody edits */
};

/* For whom something is to do: the other side spoke last and was not read, or asks. */
bool note_unread(const struct note *n, enum note_side reader);
/* A note from home that the school has not answered, or an answer it has not read. */
bool note_due(const struct note *n);
bool note_may_edit(const struct note *n, const struct actor *who, int64_t now_ms);

struct note_word {
	int64_t id, author, household, created_at;
	enum note_side side;
	enum note_kind kind;
	const char *author_name, *body;
};

/* Whom a family may write to: staff 0 is the class team of `context`. */
struct note_to {
	int64_t context, staff;
	const char *class_title, *staff_name, *phase;
};

/* Best first: in secondary the teachers, elsewhere the class teams. */
enum err note_recipients(struct db *db, struct arena *a, int64_t tenant, int64_t child,
			 int64_t now_ms, struct note_to **v_out, unsigned *n_out);

/* to: home only; the school writes from its own context. alone: not for the team. */
enum err note_write(struct db *db, const struct note_by *by, const struct note_to *to, bool alone,
		    const char *body, int64_t *id_out);
enum err note_edit(struct db *db, const struct note_by *by, int64_t note, int64_t rev,
		   const char *body);
enum err note_take_back(struct db *db, const struct note_by *by, int64_t note, int64_t rev);
/* household: the thread, where the school answers; a guardian's is acc's own. */
enum err note_answer(struct db *db, const struct note_by *by, int64_t note, int64_t household,
		     int64_t rev, enum note_kind kind, const char *body);
/* Remembers that this side has read the note as it stands; nothing for read-only readers. */
enum err note_see(struct db *db, const struct note_by *by, int64_t note);

/* The threads of one note that this reader may know; a guardian's is exactly one. */
enum err note_threads(struct db *db, struct arena *a, const struct note_by *by, int64_t note,
		      struct note **v_out, unsigned *n_out);
/* Oldest first, of those threads, at most NOTE_WORDS_MAX each. */
enum err note_words(struct db *db, struct arena *a, const struct note_by *by, int64_t note,
		    struct note_word **v_out, unsigned *n_out);
/* Threads about one child, what moved last first, at most NOTE_LIST_MAX. */
enum err note_of_child(struct db *db, struct arena *a, const struct note_by *by,
		       struct note **v_out, unsigned *n_out);
/* The same of every child of the teacher's class. */
enum err note_of_class(struct db *db, struct arena *a, const struct actor *who, int64_t now_ms,
		       struct note **v_out, unsigned *n_out);

/* For the class at a glance, one query: one row per pupil with any note this teacher may read. */
struct note_glance { int64_t child, last_at, home_at /* 0: never */; enum note_side last_side; bool due; };
enum err note_glance(struct db *db, struct arena *a, const struct actor *who, int64_t now_ms,
		     struct note_glance **v_out, unsigned *n_out);

/* household 0: everything (an admin's export). */
enum err note_export(struct db *db, int64_t tenant, int64_t child, int64_t household,
		     struct buf *json);
enum err note_erase(struct db *db, int64_t tenant, int64_t child);

/* For object.def. */
enum err access_note(struct db *db, const struct actor *who, int64_t now_ms, int64_t id,
		     struct access *out);

#endif
