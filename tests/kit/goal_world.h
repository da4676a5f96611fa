/* Goals in the little school of school.h: acting by one closure, and looking. */
#ifndef LINTEL_TESTS_KIT_GOAL_WORLD_H
#define LINTEL_TESTS_KIT_GOAL_WORLD_H

#include "kit/db.h"
#include "kit/school.h"
#include "store/goal_class.h"
#include "t_check.h"

#define TODAY (NOW / (24 * 3600 * 1000LL))
#define WEEK (goal_monday(TODAY))

/* The school with the aide in class, and the partner in the mother's household. */
bool goal_world(void);

/* ---- acting: one closure for every verb ---- */

enum verb { PROPOSE, CHANGE, SIGN, STEP, OWN_WORDS, TURN, CHECKIN, CHEER };

struct deed {
	enum verb verb;
	const struct account *person;
	enum door door;
	int64_t goal, version, week, now, child;
	struct goal_words words;
	const char *text;
	bool only;
	enum goal_state to;
	int value;
	bool agreed;
};

enum err act(struct deed *d);

#define DO(...) act(&(struct deed){ __VA_ARGS__ })
#define TEACHER .person = &w.teacher, .door = DOOR_CLASS
#define MOTHER .person = &w.mother, .door = DOOR_FAMILY
#define PARTNER .person = &w.partner, .door = DOOR_FAMILY
#define FATHER .person = &w.father, .door = DOOR_FAMILY
#define LINA .person = &w.lina, .door = DOOR_STUDENT

extern const struct goal_words reading;

/* Proposed by the teacher, with both steps; id 0 on failure. */
int64_t proposed(void);
/* Proposed and signed by the mother: active. */
int64_t agreed(void);

/* ---- looking ---- */

struct view {
	const struct account *person;
	enum door door;
	int64_t goal, child;
	struct goal g, *list;
	struct goal_event *event;
	struct goal_mark *mark;
	struct goal_household *home;
	struct goal_cheer *cheer;
	struct goal_need *need;
	struct goal_count count;
	unsigned n, nevent, nmark, nhome, ncheer, nneed;
};

struct view see_err(const struct account *person, enum door door, int64_t goal,
		    enum err *err_out);
struct view see(const struct account *person, enum door door, int64_t goal);
bool has_need(const struct view *v, enum goal_need_kind kind);

#define AS_TEACHER(goal) see(&w.teacher, DOOR_CLASS, goal)
#define AS_MOTHER(goal) see(&w.mother, DOOR_FAMILY, goal)
#define AS_FATHER(goal) see(&w.father, DOOR_FAMILY, goal)
#define AS_LINA(goal) see(&w.lina, DOOR_STUDENT, goal)

#endif
