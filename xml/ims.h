/*
 * Inside of the IMS Enterprise reader: where we are, what we have collected.
 * ims.c moves between places, ims_emit.c turns a finished element into a record,
 * ims_names.c holds the tables, text.c cleans values.
 */
#ifndef LINTEL_XML_IMS_H
#define LINTEL_XML_IMS_H

#include "base/buf.h"
#include "xml/roster.h"

enum name {
	N_OTHER,
#define NAME(ID, text) N_##ID,
#include "ims_names.def"
#undef NAME
	N_COUNT,
};

enum ns { NS_PIFU = 3, NS_PIFU11 = 4, NS_OURS = 5 };	/* order of ims_names.c */

enum where {
	W_DOC, W_SKIP, W_ROOT,
	W_PROPS, W_TYPE, W_TIME,
	W_PERSON, W_GROUP, W_SHIP, W_MEMBER, W_ROLE,
	W_SID, W_SOURCE, W_ID,
	W_USERID, W_NAME, W_FN, W_N, W_FAMILY, W_GIVEN, W_DEMO, W_BDAY, W_EMAIL,
	W_PEXT, W_GUARDIAN, W_PIFU, W_REL, W_RELATION,
	W_GTYPE, W_SCHEME, W_KIND, W_DESC, W_SHORT, W_LONG, W_GFRAME, W_GBEGIN, W_GEND,
	W_IDTYPE, W_STATUS, W_SUBROLE, W_RFRAME, W_RBEGIN, W_REND,
	W_COUNT,
};

enum field {
	F_NONE, F_TYPE, F_TIME, F_SOURCE, F_ID, F_USERID, F_FN, F_FAMILY, F_GIVEN, F_BDAY,
	F_EMAIL, F_RELATION, F_SCHEME, F_KIND, F_SHORT, F_LONG, F_GBEGIN, F_GEND, F_IDTYPE,
	F_STATUS, F_SUBROLE, F_RBEGIN, F_REND,
	F_COUNT,
};

struct place {
	uint8_t field;		/* text goes here */
	const char *label;	/* of the field, for findings */
};

extern const struct xml_vocab ims_vocab;
extern const struct place ims_place[W_COUNT];
enum where ims_next(enum where from, unsigned name);
bool ims_known(unsigned name);		/* ignored on purpose, not worth a line in the report */

struct value {
	uint32_t line;
	uint16_t n;
	bool over, done, hole;
	char s[ROSTER_FIELD];
};

/* A sourcedid while it is read, and after. */
struct sid {
	bool set;
	uint32_t line;
	size_t source, id;	/* offsets into ims.text */
	size_t source_n, id_n;
};

struct part_link {
	struct roster_link link;	/* spans unset */
	struct sid other;
	size_t label;
	size_t label_n;
};

struct part_role {
	uint32_t line;
	enum roster_op op;
	enum roster_role role;
	bool active, bad;
	uint8_t relation;
	char begin[11], end[11];
};

#define IMS_ROLES 16u

/* The record being read. */
struct record {
	uint32_t line;
	bool open, bad;
	enum roster_op op;
	struct xml_finding first;	/* why it is bad */
	struct sid id, old;
};

struct ims {
	struct xml_reader *xr;
	const struct roster_sink *sink;
	void *arg;
	enum err err;			/* of the sink */
	struct roster_end end;
	unsigned depth;
	uint8_t at[XML_DEPTH + 1];
	struct value v[F_COUNT];
	struct value username;
	bool username_exact, pifu;
	enum roster_mode mode;
	struct record rec;		/* person, group, or membership */
	struct record mem;		/* member of a membership */
	struct sid sid;			/* the one open now */
	enum { SID_PLAIN, SID_OLD, SID_ALIAS } sid_type;
	struct sid target;		/* of a relationship or contact person */
	uint32_t part_line;
	bool part_legal, part_contact;
	struct buf text;		/* the record's ids and labels */
	struct part_link *link;
	unsigned links, links_cap;
	struct part_role role[IMS_ROLES], cur;
	unsigned roles;
	bool begin_restrict, end_restrict;
};

/* ims_emit.c */
void ims_props_end(struct ims *m);
void ims_person_end(struct ims *m);
void ims_group_end(struct ims *m);
void ims_member_end(struct ims *m);
void ims_role_end(struct ims *m);
void ims_sid_end(struct ims *m);
void ims_contact_end(struct ims *m);		/* pifu_hasContactPerson, relationship */
void ims_guardian(struct ims *m, const struct xml_start *e);
void ims_bad(struct ims *m, struct record *rec, enum xml_code c, uint32_t line, const char *field);
void ims_find(struct ims *m, enum xml_code c, enum xml_level lv, enum roster_kind k,
	      uint32_t line, const char *field);
bool ims_recstatus(const struct xml_start *e, enum roster_op *op_out);

/* text.c */
enum text_state { TEXT_CLEAN, TEXT_SUSPECT };
/* Trims, joins blanks, drops invisible controls; in place. */
enum text_state text_tidy(char *s, uint16_t *n);
bool text_day(struct span s, char out[11]);	/* YYYY-MM-DD of a date or date and time */
bool span_is(struct span s, const char *word);	/* without regard to ASCII case */

#endif
