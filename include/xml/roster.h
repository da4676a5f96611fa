/*
 * Rosters: from bytes to records, whatever the format. Today: IMS Enterprise 1.1
 * with our guardian elements, PIFU's contact persons, guardian-side relationship
 * elements and one-learner guardian groups.
 *
 * The reader keeps nothing between records; what refers to what is for the sink
 * to find out, because the order of a file must not matter. A person is followed
 * at once by the links found inside it.
 *
 * Ownership: spans live until the callback returns. Text is valid UTF-8, trimmed,
 * free of control characters, at most ROSTER_FIELD bytes. Threads: one.
 */
#ifndef LINTEL_XML_ROSTER_H
#define LINTEL_XML_ROSTER_H

#include "xml/code.h"
#include "xml/reader.h"
#include "xml/relation.h"

#define ROSTER_FIELD 1024u
#define ROSTER_PARTS 1000u	/* links of one person */

enum roster_mode { ROSTER_MODE_UNKNOWN, ROSTER_FULL, ROSTER_DELTA };
enum roster_op { ROSTER_PUT, ROSTER_REMOVE };	/* recstatus 3 removes */
enum roster_access { ROSTER_ACCESS_UNSAID, ROSTER_ACCESS_FULL, ROSTER_ACCESS_NONE };

enum roster_role {
	ROSTER_ROLE_NONE, ROSTER_LEARNER, ROSTER_INSTRUCTOR, ROSTER_DEVELOPER, ROSTER_MEMBER,
	ROSTER_MANAGER, ROSTER_MENTOR, ROSTER_ADMINISTRATOR, ROSTER_ASSISTANT,
	ROSTER_CONTACT_TEACHER,		/* roletype 06 in a PIFU file */
	ROSTER_ROLES,
};

struct roster_person {
	uint32_t line, id_line;
	enum roster_op op;
	bool rejected;		/* known by its id, but not to be taken */
	struct roster_id id, old;
	struct span given, family, full, email, username;
	struct span birth_day;	/* YYYY-MM-DD or empty */
};

struct roster_group {
	uint32_t line, id_line;
	enum roster_op op;
	bool rejected;
	bool household;		/* its members are one learner and that learner's guardians */
	struct roster_id id;
	struct span title, kind;
	struct span begin_day, end_day;
};

struct roster_member {
	uint32_t line, id_line, group_line;
	enum roster_op op;
	enum roster_role role;
	bool active;
	uint8_t relation;	/* of subrole; matters in a household group only */
	struct roster_id group, person;
	struct span begin_day, end_day;	/* outside them the role does not act; may be empty */
};

struct roster_link {
	uint32_t line;
	enum roster_op op;
	bool orphan;		/* its person record was rejected: only access="none" counts */
	bool by_guardian;	/* written in the guardian's record */
	bool legal, lives_with, primary, emergency;
	uint8_t priority, relation;
	enum roster_access access;
	struct roster_id child, guardian;
	struct span household;	/* label; guardians of a child with one label share a household */
};

/* A callback that answers anything but E_OK ends the reading with that error. */
struct roster_sink {
	enum err (*mode)(void *arg, enum roster_mode mode);
	enum err (*person)(void *arg, const struct roster_person *p);
	enum err (*group)(void *arg, const struct roster_group *g);
	enum err (*member)(void *arg, const struct roster_member *m);
	enum err (*link)(void *arg, const struct roster_link *l);
	enum err (*finding)(void *arg, const struct xml_finding *f);
};

#define ROSTER_IGNORED 16

struct roster_end {
	struct xml_fault fault;		/* code XC_NONE: the file was read to its end */
	char format[16];		/* "imsent", "" when unknown */
	char root[40], ns[120], encoding[40];
	uint64_t bytes, passwords;
	struct { char name[40]; uint64_t count; } ignored[ROSTER_IGNORED];
};

struct roster_reader;

enum err roster_reader_new(const struct roster_sink *sink, void *arg, struct roster_reader **out);
enum err roster_reader_feed(struct roster_reader *r, const void *p, size_t n);
/* Once, also after an error of feed. E_OK also for a refused file: look at end->fault. */
enum err roster_reader_end(struct roster_reader *r, struct roster_end *end_out);
void roster_reader_free(struct roster_reader *r);	/* NULL allowed */

#endif
