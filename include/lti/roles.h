/*
 * Role URIs to a bit set, by an explicit table (LTI Core A.2). Exact spelling:
 * a look-alike is no role. Short names ("Instructor") are membership roles, as
 * LTI Core 5.3.7.1 allows for those only.
 *
 * Only the first group of bits may open a door. Institution and system roles say
 * what a person is elsewhere (a parent who teaches in another school carries
 * institution/person#Instructor), so they are told apart and grant nothing.
 */
#ifndef LINTEL_LTI_ROLES_H
#define LINTEL_LTI_ROLES_H

#include <stdint.h>

#include "base/str.h"

enum {
	/* membership# in this context */
	LTI_ROLE_INSTRUCTOR = 1 << 0,
	LTI_ROLE_TA = 1 << 1,		/* membership/Instructor#TeachingAssistant and kin */
	LTI_ROLE_LEARNER = 1 << 2,
	LTI_ROLE_MENTOR = 1 << 3,
	LTI_ROLE_DEVELOPER = 1 << 4,	/* ContentDeveloper */
	LTI_ROLE_MEMBERSHIP = (1 << 5) - 1,	/* mask of the group above */

	/* known, but without rights of their own */
	LTI_ROLE_ADMIN_CLAIM = 1 << 8,	/* Administrator or SysAdmin, of any vocabulary */
	LTI_ROLE_TEST_USER = 1 << 9,	/* Canvas student view: sample data only */
	LTI_ROLE_MANAGER = 1 << 10,	/* membership#Manager, #Officer, #Member */
	LTI_ROLE_INST_STAFF = 1 << 11,	/* institution: Instructor, Faculty, Staff */
	LTI_ROLE_INST_STUDENT = 1 << 12, /* institution: Student, Learner */
	LTI_ROLE_INST_GUARDIAN = 1 << 13, /* institution: Observer, Mentor, Guest, ... */
	LTI_ROLE_NO_PERSON = 1 << 14,	/* system/person#None: anonymous */
};

/* 0 for an unknown role. A sub-role without its principal role gives only its own bit. */
uint32_t lti_role_bits(struct span uri);

#endif
