/*
 * Inside of the IMS Enterprise reader: what has been collected so far. ims.c moves
 * between places (ims_places.h), ims_emit.c turns a finished element into a record.
 */
#ifndef LINTEL_XML_IMS_H
#define LINTEL_XML_IMS_H

#include "base/buf.h"
#include "ims_places.h"
#include "xml/roster.h"

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

#endif
