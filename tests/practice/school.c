/* The practice school: the tables of school/ and what follows from them. */
#include "practice/school.h"

#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/magic.h"
#include "base/str.h"

enum { TEACHER = R_TEACHER, ASSISTANT = R_ASSISTANT, DESIGNER = R_DESIGNER };
enum { NONE, FULL };

/* ---- the tables ----------------------------------------------------------- */

enum place_index {
#define SCHOOL(k, n, name) AT_##k,
#define COURSE(...)
#include "practice/school/courses.def"
#undef SCHOOL
#undef COURSE
	PLACE_COUNT
};

enum course_index {
#define SCHOOL(...)
#define COURSE(k, ...) IN_##k,
#include "practice/school/courses.def"
#undef SCHOOL
#undef COURSE
	COURSE_COUNT
};

static const struct place places[] = {
#define SCHOOL(k, num, nm) { .key = #k, .name = nm, .n = num },
#define COURSE(...)
#include "practice/school/courses.def"
#undef SCHOOL
#undef COURSE
};

static const struct course courses[] = {
#define SCHOOL(...)
#define COURSE(k, m, c, s, sch, kd, lb, tt)                                    \
	{ .key = #k, .moodle = m, .canvas = c, .sis = s, .school = &places[AT_##sch], \
	  .kind = kd, .label = lb, .title = tt },
#include "practice/school/courses.def"
#undef SCHOOL
#undef COURSE
};

#define STAFF(k, num, t, g, f, l, sex) PERSON(k, STAFF, num, t, g, f, l, sex, "", "", NULL)
#define ADMIN(k, num, t, g, f, l, sex) PERSON(k, ADMIN, num, t, g, f, l, sex, "", "", NULL)
#define PUPIL(k, num, g, f, l, sex, b, c)                                      \
	PERSON(k, PUPIL, num, "", g, f, l, sex, b, "", &courses[IN_##c])
#define GUARDIAN(k, num, t, g, f, l, sex, h)                                   \
	PERSON(k, GUARDIAN, num, t, g, f, l, sex, "", h, NULL)
#define STRANGER(k, num, g, f) PERSON(k, STRANGER, num, "", g, f, en, 0, "", "", NULL)
#define TESTER(k, num, g, f) PERSON(k, TESTER, num, "", g, f, en, 0, "", "", NULL)

enum person_index {
#define PERSON(k, ...) WHO_##k,
#include "practice/school/people.def"
#undef PERSON
	PERSON_COUNT
};

static const struct person people[] = {
#define PERSON(k, kd, num, t, g, f, l, sex, b, h, c)                           \
	{ .key = #k, .kind = kd, .n = num, .title = t, .given = g, .family = f, \
	  .lang = #l, .gender = sex, .birth = b, .household = h, .course = c },
#include "practice/school/people.def"
#undef PERSON
};

static const struct care cares[] = {
#define WORKS(...)
#define ABROAD(...)
#define CARES(c, a, r, le, li, pr, ac)                                         \
	{ .child = &people[WHO_##c], .adult = &people[WHO_##a], .relation = r, \
	  .legal = le, .lives_with = li, .primary = pr, .full = ac },
#include "practice/school/links.def"
#undef WORKS
#undef ABROAD
#undef CARES
};

static const struct {
	const struct person *person;
	const struct course *course;
	unsigned role;
} works[] = {
#define WORKS(p, c, r) { &people[WHO_##p], &courses[IN_##c], r },
#define ABROAD(...)
#define CARES(...)
#include "practice/school/links.def"
#undef WORKS
#undef ABROAD
#undef CARES
};

static const struct {
	const struct person *person;
	const char *zone;
} abroad[] = {
#define WORKS(...)
#define ABROAD(p, z) { &people[WHO_##p], z },
#define CARES(...)
#include "practice/school/links.def"
#undef WORKS
#undef ABROAD
#undef CARES
};

/* Moodle names language packs with '_', Canvas uses its own list: facts of both. */
static const struct {
	const char *lang, *moodle, *canvas;
} locales[] = {
	{ "ar", "ar", "ar" },	   { "es", "es", "es" },     { "pt", "pt_br", "pt-BR" },
	{ "zh", "zh_cn", "zh-Hans" }, { "nb", "nb", "nb-x-k12" }, { "da", "da", "da-x-k12" },
	{ "sv", "sv", "sv-x-k12" }, { "pl", "pl", "pl" },    { "vi", "vi", "vi" },
	{ "ja", "ja", "ja" },	   { "fr", "fr", "fr" },     { "is", "is", "is" },
	{ "uk", "uk", "uk" },	   { "he", "he", "he" },     { "fa", "fa", "fa-IR" },
	{ "tr", "tr", "tr" },	   { "el", "el", "el" },     { "so", "so", "en" },
	{ "hi", "hi", "hi" },	   { "ta", "ta", "en" },     { "ko", "ko", "ko" },
};

/* ---- walking --------------------------------------------------------------- */

const struct person *school_person_at(size_t i)
{
	return i < ARRAY_LEN(people) ? &people[i] : NULL;
}

const struct course *school_course_at(size_t i)
{
	return i < ARRAY_LEN(courses) ? &courses[i] : NULL;
}

const struct place *school_place_at(size_t i)
{
	return i < ARRAY_LEN(places) ? &places[i] : NULL;
}

const struct care *school_care_at(size_t i)
{
	return i < ARRAY_LEN(cares) ? &cares[i] : NULL;
}

/* ---- ids ------------------------------------------------------------------- */

static void digest(const char *kind, const char *key, unsigned char md[32])
{
	char text[256];
	unsigned n = 0;
	int len = snprintf(text, sizeof(text), "practice school:%s:%s", kind, key);

	assert(len > 0 && (size_t)len < sizeof(text));
	if (EVP_Digest(text, (size_t)len, md, &n, EVP_sha256(), NULL) != 1 || n != 32)
		WRONG("SHA-256 failed");
}

void school_hex40(const char *kind, const char *key, char out[41])
{
	unsigned char md[32];

	digest(kind, key, md);
	hex_encode(md, 20, out);
}

static void uuid4(const char *key, char out[37])
{
	unsigned char md[32];
	char h[33];

	digest("sub", key, md);
	md[6] = (unsigned char)((md[6] & 0x0f) | 0x40);
	md[8] = (unsigned char)((md[8] & 0x3f) | 0x80);
	hex_encode(md, 16, h);
	snprintf(out, 37, "%.8s-%.4s-%.4s-%.4s-%.12s", h, h + 8, h + 12, h + 16, h + 20);
}

static int moodle_number(const struct person *p)
{
	static const int base[] = {
		[ADMIN] = 1, [STAFF] = 10, [PUPIL] = 100, [GUARDIAN] = 200, [STRANGER] = 900,
		[TESTER] = 950,
	};

	assert((size_t)p->kind < ARRAY_LEN(base));
	return base[p->kind] + p->n;
}

static const char *mail_host(const struct person *p)
{
	switch (p->kind) {
	case STAFF:
	case ADMIN:
		return SCHOOL_DOMAIN;
	case PUPIL:
	case TESTER:
		return "students." SCHOOL_DOMAIN;
	case GUARDIAN:
	case STRANGER:
		return "home.example";
	}
	WRONG("a kind of person without a mail host");
}

void school_id(const struct person *p, struct person_id *id_out)
{
	static const char letter[] = { [STAFF] = 'T', [ADMIN] = 'A', [PUPIL] = 'S',
				       [GUARDIAN] = 'P' };

	assert(p != NULL);
	*id_out = (struct person_id){ 0 };
	if (p->kind <= GUARDIAN)
		snprintf(id_out->sis, sizeof(id_out->sis), SCHOOL_SIS "-%c-%03d",
			 letter[p->kind], p->n);
	snprintf(id_out->moodle, sizeof(id_out->moodle), "%d", moodle_number(p));
	snprintf(id_out->canvas, sizeof(id_out->canvas), "%d", 9000 + moodle_number(p));
	uuid4(p->key, id_out->uuid);
	school_hex40("lti11", p->key, id_out->legacy);
	snprintf(id_out->name, sizeof(id_out->name), "%s%s%s", p->given,
		 p->family[0] != '\0' ? " " : "", p->family);
	snprintf(id_out->email, sizeof(id_out->email), "%s@%s", p->key, mail_host(p));
}

const struct person *school_person(const char *any)
{
	struct person_id id;

	for (size_t i = 0; any != NULL && any[0] != '\0' && i < ARRAY_LEN(people); i++) {
		school_id(&people[i], &id);
		if (str_eq(any, people[i].key) || str_eq(any, id.sis) ||
		    str_eq(any, id.moodle) || str_eq(any, id.uuid))
			return &people[i];
	}
	return NULL;
}

const struct person *school_person_by_hint(const char *hint)
{
	struct person_id id;

	for (size_t i = 0; i < ARRAY_LEN(people); i++) {
		school_id(&people[i], &id);
		if (str_eq(hint, id.moodle) || str_eq(hint, id.legacy))
			return &people[i];
	}
	return NULL;
}

const struct course *school_course(const char *any)
{
	char m[12], c[12];

	for (size_t i = 0; any != NULL && i < ARRAY_LEN(courses); i++) {
		snprintf(m, sizeof(m), "%d", courses[i].moodle);
		snprintf(c, sizeof(c), "%d", courses[i].canvas);
		if (str_eq(any, courses[i].key) || str_eq(any, courses[i].sis) ||
		    str_eq(any, m) || (courses[i].canvas != 0 && str_eq(any, c)))
			return &courses[i];
	}
	return NULL;
}

/* ---- who is what where ------------------------------------------------------ */

size_t school_children(const struct person *adult, const struct course *c,
		       const struct person **out, size_t max)
{
	size_t n = 0;

	for (size_t i = 0; i < ARRAY_LEN(cares); i++) {
		const struct course *at = cares[i].child->course;

		if (cares[i].adult != adult)
			continue;
		if (c != NULL && (c->kind == DOOR ? at->school != c->school : at != c))
			continue;
		if (n < max)
			out[n++] = cares[i].child;
	}
	return n;
}

static unsigned work_roles(const struct person *p, const struct course *c)
{
	unsigned r = 0;

	for (size_t i = 0; i < ARRAY_LEN(works); i++)
		if (works[i].person == p && (c == NULL || works[i].course == c))
			r |= works[i].role;
	return r;
}

unsigned school_roles(const struct person *p, const struct course *c)
{
	const struct person *child[1];
	unsigned r = p->kind == STAFF ? work_roles(p, c) : 0;

	/* The head: a Moodle manager, a Canvas sub-account admin; enrolled nowhere. */
	if (p->kind == STAFF && work_roles(p, NULL) == 0 && c->school == &places[AT_harbour])
		r |= R_MANAGER;
	if (p->kind == ADMIN)
		r |= R_ADMIN;
	if (p->kind == TESTER)
		r |= R_TESTER;
	if (p->kind == STRANGER)
		r |= R_STRANGER;
	if (p->kind == PUPIL && p->course == c)
		r |= R_PUPIL;
	if (school_children(p, c, child, 1) > 0)
		r |= R_GUARDIAN;
	return r;
}

bool school_teaches_anywhere(const struct person *p)
{
	return p->kind == STAFF &&
	       (work_roles(p, NULL) & (R_TEACHER | R_ASSISTANT | R_DESIGNER)) != 0;
}

bool school_studies_anywhere(const struct person *p)
{
	return p->kind == PUPIL;
}

const char *school_zone(const struct person *p)
{
	for (size_t i = 0; i < ARRAY_LEN(abroad); i++)
		if (abroad[i].person == p)
			return abroad[i].zone;
	return SCHOOL_ZONE;
}

const char *school_locale(const struct person *p, bool canvas)
{
	/* Children use the school's language; so does everybody who works there. */
	if (p->kind != GUARDIAN)
		return "en";
	for (size_t i = 0; i < ARRAY_LEN(locales); i++)
		if (str_eq(locales[i].lang, p->lang))
			return canvas ? locales[i].canvas : locales[i].moodle;
	return "en";
}

const struct course *school_first_course(const struct person *p, bool canvas)
{
	if (p->kind == STRANGER)
		return &courses[IN_grade3];
	for (size_t i = 0; i < ARRAY_LEN(courses); i++) {
		unsigned r = school_roles(p, &courses[i]);

		if (canvas && courses[i].canvas == 0)
			continue;
		/* On Moodle parents are enrolled in the family door, not in classes. */
		if (!canvas && r == R_GUARDIAN && courses[i].kind != DOOR)
			continue;
		if (r != 0)
			return &courses[i];
	}
	return NULL;
}
