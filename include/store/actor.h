/*
 * Who acts: the one description of the reader that the object policy, the store
 * and the views share. Made from the session once per request; plain data.
 */
#ifndef LINTEL_STORE_ACTOR_H
#define LINTEL_STORE_ACTOR_H

#include <stdbool.h>
#include <stdint.h>

/* The room a session was opened for. A person with two roles chooses one door. */
enum door {
	DOOR_NONE = 0,
	DOOR_CLASS,	/* staff of this context */
	DOOR_FAMILY,	/* guardian */
	DOOR_STUDENT,
	DOOR_ADMIN,	/* district staff by grant */
	DOOR_WAITING,	/* known role, nothing to show yet: asks for people to be confirmed */
	DOOR_STRANGER,	/* unknown Learner or unknown role: no child's data */
	DOOR_PICKER,	/* several doors are open: the person has not chosen */
};

/* Grants by `lintel admin invite` or `lintel staff grant`; a bit set. */
enum grant {
	GRANT_DISTRICT = 1 << 0,
	GRANT_LEADER = 1 << 1,
	GRANT_OFFICE = 1 << 2,
	GRANT_SAFEGUARDING = 1 << 3,
	GRANT_INTERPRETER = 1 << 4,
	GRANT_TEACH = 1 << 5,	/* an Instructor with an administrator claim may teach here */
};

struct actor {
	int64_t tenant;
	int64_t person;
	int64_t account;
	int64_t platform;
	int64_t deployment;
	int64_t context;	/* 0: none */
	int64_t school;		/* of the context, or of the grant; 0: none */
	enum door door;
	unsigned grants;
	bool read_only;		/* masquerade, "logged in as", test student, every aide */
	bool aide;		/* in a class without a teacher's seat: never what is addressed to teachers */
	bool sample_only;	/* test student */
	bool own_rights;	/* a student who decides alone: no guardian reads with them */
	bool held;		/* Instructor not yet proved as this course's staff: no child content */
};

#endif
