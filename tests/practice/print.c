/* The school for others: roster XML, people as JSON, the command lines to register. */
#include <stdlib.h>
#include <string.h>

#include "base/magic.h"
#include "base/str.h"
#include "practice/lms.h"
#include "practice/pages.h"

#define TERM_BEGIN "2026-08-24"
#define TERM_END "2027-06-18"

/* ---- IMS Enterprise 1.1 ------------------------------------------------------------------ */

static void element(struct buf *b, const char *name, const char *text)
{
	buf_printf(b, "<%s>", name);
	add_html(b, text);
	buf_printf(b, "</%s>", name);
}

static void sourced(struct buf *b, const char *indent, const char *id)
{
	buf_printf(b, "%s<sourcedid><source>" SCHOOL_SIS "</source><id>%s</id></sourcedid>\n",
		   indent, id);
}

static void roster_name(struct buf *b, const struct person *p, const struct person_id *id)
{
	buf_addz(b, "  <name>\n   ");
	element(b, "fn", id->name);
	buf_addz(b, "\n   <n>");
	/* Some people have one name; it is a given name then, and no family is said. */
	if (p->family[0] != '\0')
		element(b, "family", p->family);
	element(b, "given", p->given);
	if (p->title[0] != '\0')
		element(b, "prefix", p->title);
	buf_addz(b, "</n>\n  </name>\n");
}

/* urn:lintel:guardian:1, attributes only, in the learner's own record. */
static void roster_guardians(struct buf *b, const struct person *child)
{
	const struct care *c;
	struct person_id id;
	unsigned n = 0;

	for (size_t i = 0; (c = school_care_at(i)) != NULL; i++) {
		if (c->child != child)
			continue;
		if (n++ == 0)
			buf_addz(b, "  <extension>\n");
		school_id(c->adult, &id);
		buf_printf(b, "   <ptp:guardian source=\"" SCHOOL_SIS "\" id=\"%s\" relation=\"",
			   id.sis);
		add_html(b, c->relation);
		buf_printf(b, "\" legal=\"%d\" livesWith=\"%d\" primary=\"%d\" priority=\"%u\" "
			      "access=\"%s\"",
			   c->legal, c->lives_with, c->primary, n, c->full ? "full" : "none");
		if (c->adult->household[0] != '\0')
			buf_printf(b, " household=\"%s\"", c->adult->household);
		buf_addz(b, "/>\n");
	}
	if (n > 0)
		buf_addz(b, "  </extension>\n");
}

static const char *institution_role(const struct person *p)
{
	return p->kind == PUPIL ? "Student" : p->kind == STAFF ? "Faculty" :
	       p->kind == ADMIN ? "Administrator" : "Other";
}

static void roster_person(struct buf *b, const struct person *p)
{
	struct person_id id;

	school_id(p, &id);
	buf_addz(b, " <person>\n");
	sourced(b, "  ", id.sis);
	buf_printf(b, "  <userid useridtype=\"username\">%s</userid>\n", p->key);
	roster_name(b, p, &id);
	buf_printf(b, "  <demographics><gender>%d</gender>", p->gender);
	if (p->birth[0] != '\0')
		element(b, "bday", p->birth);
	buf_addz(b, "</demographics>\n");
	buf_printf(b, "  <email>%s</email>\n", id.email);
	buf_printf(b, "  <institutionrole primaryrole=\"Yes\" institutionroletype=\"%s\"/>\n",
		   institution_role(p));
	if (p->kind == PUPIL)
		roster_guardians(b, p);
	buf_addz(b, " </person>\n");
}

static void roster_group(struct buf *b, const struct course *c)
{
	buf_addz(b, " <group>\n");
	sourced(b, "  ", c->sis);
	buf_addz(b, "  <grouptype><scheme>sis</scheme><typevalue level=\"1\">Class</typevalue>"
		    "</grouptype>\n  <description>");
	element(b, "short", c->label);
	element(b, "long", c->title);
	buf_addz(b, "</description>\n  <org>");
	element(b, "orgname", c->school->name);
	buf_addz(b, "</org>\n  <timeframe><begin restrict=\"1\">" TERM_BEGIN
		    "</begin><end restrict=\"1\">" TERM_END "</end></timeframe>\n </group>\n");
}

/* roletype first in its element: Moodle's pattern demands it. */
static void roster_member(struct buf *b, const struct person *p, const char *roletype)
{
	struct person_id id;

	school_id(p, &id);
	buf_addz(b, "  <member>\n");
	sourced(b, "   ", id.sis);
	buf_printf(b, "   <idtype>1</idtype>\n   <role roletype=\"%s\"><status>1</status></role>\n"
		      "  </member>\n",
		   roletype);
}

static const char *roletype_of(const struct person *p, const struct course *c)
{
	unsigned r = school_roles(p, c);

	return r & R_TEACHER ? "02" : r & R_ASSISTANT ? "08" : r & R_DESIGNER ? "03" :
	       r & R_PUPIL ? "01" : NULL;
}

static void roster_membership(struct buf *b, const struct course *c)
{
	const struct person *p;

	buf_addz(b, " <membership>\n");
	sourced(b, "  ", c->sis);
	for (size_t i = 0; (p = school_person_at(i)) != NULL; i++)
		if (roletype_of(p, c) != NULL)
			roster_member(b, p, roletype_of(p, c));
	buf_addz(b, " </membership>\n");
}

void print_roster(struct buf *b)
{
	const struct person *p;
	const struct course *c;

	buf_addz(b, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
		    "<enterprise xmlns:ptp=\"urn:lintel:guardian:1\">\n"
		    " <properties lang=\"en\">\n"
		    "  <datasource>" SCHOOL_SIS "</datasource>\n"
		    "  <target>lintel</target>\n"
		    "  <type>full</type>\n"
		    "  <datetime>2026-11-23T04:00:00</datetime>\n"
		    " </properties>\n");
	for (size_t i = 0; (p = school_person_at(i)) != NULL; i++)
		if (p->kind <= GUARDIAN)
			roster_person(b, p);
	for (size_t i = 0; (c = school_course_at(i)) != NULL; i++)
		if (c->kind == CLASS)
			roster_group(b, c);
	for (size_t i = 0; (c = school_course_at(i)) != NULL; i++)
		if (c->kind == CLASS)
			roster_membership(b, c);
	buf_addz(b, "</enterprise>\n");
}

/* ---- JSON ----------------------------------------------------------------------------------- */

static json_t *person_courses(const struct person *p)
{
	static const char *const word[] = { "teacher", "assistant", "designer", "pupil", "guardian",
					    "tester", "manager", "admin", "stranger" };
	const struct course *c;
	json_t *o = json_object(), *a;
	unsigned r;

	for (size_t i = 0; (c = school_course_at(i)) != NULL; i++) {
		r = school_roles(p, c);
		if (r == 0)
			continue;
		a = json_array();
		for (unsigned k = 0; k < ARRAY_LEN(word); k++)
			if (r >> k & 1)
				json_array_append_new(a, json_string(word[k]));
		json_object_set_new(o, c->key, a);
	}
	return o;
}

static json_t *person_children(const struct person *p)
{
	const struct care *c;
	json_t *a = json_array();

	for (size_t i = 0; (c = school_care_at(i)) != NULL; i++)
		if (c->adult == p)
			json_array_append_new(
				a, json_pack("{s:s, s:s, s:b, s:b, s:b, s:s}", "child",
					     c->child->key, "relation", c->relation, "legal",
					     c->legal, "livesWith", c->lives_with, "primary",
					     c->primary, "access", c->full ? "full" : "none"));
	return a;
}

static json_t *person_json(const struct person *p)
{
	static const char *const kind[] = { "staff", "admin", "pupil", "guardian", "stranger",
					    "tester" };
	struct person_id id;

	school_id(p, &id);
	return json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, "
			 "s:s, s:o, s:o}",
			 "key", p->key, "kind", kind[p->kind], "title", p->title, "given",
			 p->given, "family", p->family, "name", id.name, "sis", id.sis, "moodle",
			 id.moodle, "canvas", id.uuid, "canvasId", id.canvas, "email", id.email,
			 "language", p->lang, "birth", p->birth, "household", p->household,
			 "timezone", school_zone(p), "courses", person_courses(p), "children",
			 person_children(p));
}

void print_people(struct buf *b)
{
	const struct person *p;
	const struct course *c;
	json_t *people = json_array(), *courses = json_array(), *o;
	char *text;

	for (size_t i = 0; (p = school_person_at(i)) != NULL; i++)
		json_array_append_new(people, person_json(p));
	for (size_t i = 0; (c = school_course_at(i)) != NULL; i++)
		json_array_append_new(
			courses, json_pack("{s:s, s:s, s:i, s:i, s:s, s:s, s:s, s:s}", "key",
					   c->key, "sis", c->sis, "moodle", c->moodle, "canvas",
					   c->canvas, "school", c->school->name, "kind",
					   c->kind == CLASS ? "class" : "door", "label", c->label,
					   "title", c->title));
	o = json_pack("{s:s, s:s, s:o, s:o}", "district", SCHOOL_DISTRICT, "source", SCHOOL_SIS,
		      "courses", courses, "people", people);
	text = json_dumps(o, JSON_INDENT(1));
	buf_addz(b, text != NULL ? text : "null");
	buf_addc(b, '\n');
	free(text);
	json_decref(o);
}

/* ---- command lines -------------------------------------------------------------------------- */

void print_config(struct buf *b, const char *tenant)
{
	for (int i = 0; i < PLAT_COUNT; i++) {
		const struct platform *p = &lms.plat[i];

		buf_printf(b, "lintel platform add --name '%s' --family %s --issuer %s "
			      "--client-id %s --deployment %s --auth-url %s --token-url %s "
			      "--jwks-url %s --match sourcedid",
			   p->name, p->family, p->issuer, p->client_id, p->deployment, p->auth_url,
			   p->token_url, p->jwks_url);
		if (tenant != NULL)
			buf_printf(b, " --tenant '%s'", tenant);
		buf_addc(b, '\n');
	}
}
