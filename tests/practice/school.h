/*
 * The practice school: one district, its people and how they belong together.
 * The tables under school/ are the only source; the LMS, the roster, the demo,
 * the tests and the screenshots all read them through here.
 *
 * Everything is constant: no ownership, any thread.
 */
#ifndef PRACTICE_SCHOOL_H
#define PRACTICE_SCHOOL_H

#include <stdbool.h>
#include <stddef.h>

#define SCHOOL_DISTRICT "Harbour School District"
#define SCHOOL_SHORT "HARBOUR"
#define SCHOOL_DOMAIN "harbour.example"
#define SCHOOL_ZONE "Europe/London"
#define SCHOOL_SIS "SIS"

enum person_kind { STAFF, ADMIN, PUPIL, GUARDIAN, STRANGER, TESTER };
enum course_kind { CLASS, DOOR };

/* What a person is in one course, as the school sees it; several at once. */
enum {
	R_TEACHER = 1, R_ASSISTANT = 2, R_DESIGNER = 4, R_PUPIL = 8, R_GUARDIAN = 16,
	R_TESTER = 32, R_MANAGER = 64, R_ADMIN = 128, R_STRANGER = 256,
};

struct place {
	const char *key, *name;
	int n;
};

struct course {
	const char *key, *sis, *label, *title;
	int moodle, canvas;
	const struct place *school;
	enum course_kind kind;
};

struct person {
	const char *key, *title, *given, *family, *lang, *birth, *household;
	const struct course *course;	/* pupils only */
	enum person_kind kind;
	int n, gender;
};

struct care {
	const struct person *child, *adult;
	const char *relation;
	bool legal, lives_with, primary, full;
};

struct person_id {
	char sis[16];		/* "" for who is in no roster */
	char moodle[12];	/* numeric, the Moodle sub */
	char canvas[12];	/* numeric Canvas id */
	char uuid[37];		/* the Canvas sub */
	char legacy[41];	/* Canvas lti11 id, also its login_hint */
	char name[256];
	char email[96];
};

/* Each walks its table; NULL past the end. */
const struct person *school_person_at(size_t i);
const struct course *school_course_at(size_t i);
const struct place *school_place_at(size_t i);
const struct care *school_care_at(size_t i);

/* By key, Moodle id, Canvas uuid or SIS id; NULL if there is none. */
const struct person *school_person(const char *any);
const struct course *school_course(const char *any);
const struct person *school_person_by_hint(const char *hint);

void school_id(const struct person *p, struct person_id *id_out);
unsigned school_roles(const struct person *p, const struct course *c);
bool school_teaches_anywhere(const struct person *p);
bool school_studies_anywhere(const struct person *p);
/* Children of an adult who study in the course (in its school for a DOOR). */
size_t school_children(const struct person *adult, const struct course *c,
		       const struct person **out, size_t max);
const char *school_zone(const struct person *p);
/* Language of the LMS pages for this person: Moodle's and Canvas's own codes. */
const char *school_locale(const struct person *p, bool canvas);
/* A course this person opens first on that platform. */
const struct course *school_first_course(const struct person *p, bool canvas);
/* 40 hex digits that only depend on the two words. */
void school_hex40(const char *kind, const char *key, char out[41]);

#endif
