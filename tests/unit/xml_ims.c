/* The IMS Enterprise reader over sound and broken files, at every chunk size. */
#include "t.h"
#include "kit/journal.h"

#define DIR "tests/data/roster/"

struct want {
	const char *file;
	unsigned persons, groups, members, links;
	enum xml_code code;	/* of the first finding */
	unsigned line;
	enum xml_level level;
};

/* What the reader itself can see; dangling and double records are the import's part. */
static const struct want taken[] = {
	{ "ims-01-full.xml", 20, 3, 21, 10, XC_NONE, 0, 0 },
	{ "ims-02-full-namespaced.xml", 20, 3, 21, 10, XC_NONE, 0, 0 },
	{ "ims-04-delta.xml", 3, 0, 3, 2, XC_NONE, 0, 0 },
	{ "ims-05-pifu-1.3.xml", 20, 5, 30, 10, XC_NONE, 0, 0 },
	{ "ims-06-inverse-relationship.xml", 20, 3, 21, 10, XC_NONE, 0, 0 },
	{ "ims-07-blackboard-snapshot.xml", 4, 1, 3, 0, XC_NONE, 0, 0 },
	{ "ims-08-banner-luminis.xml", 1, 0, 0, 0, XC_PASSWORD_DROPPED, 9, XL_WARN },
	{ "ims-09-doctype-external.xml", 20, 3, 21, 10, XC_NONE, 0, 0 },
	{ "ims-10-utf8-bom.xml", 20, 3, 21, 10, XC_NONE, 0, 0 },
	{ "ims-11-latin1-declared.xml", 4, 0, 0, 2, XC_NONE, 0, 0 },
	{ "ims-16-oneline.xml", 20, 3, 21, 10, XC_NONE, 0, 0 },
	{ "ims-17-household-group.xml", 5, 2, 5, 0, XC_NONE, 0, 0 },
	{ "ims-18-empty-roster.xml", 0, 0, 0, 0, XC_NONE, 0, 0 },
	{ "bad-10-unknown-roletype.xml", 20, 3, 21, 10, XC_UNKNOWN_ROLETYPE, 395, XL_REJECT },
	{ "bad-11-missing-sourcedid.xml", 19, 3, 21, 9, XC_MISSING_SOURCEDID, 185, XL_REJECT },
	{ "bad-12-empty-id.xml", 19, 3, 21, 9, XC_EMPTY_ID, 186, XL_REJECT },
	{ "bad-13-duplicate-same.xml", 21, 3, 21, 11, XC_NONE, 0, 0 },
	{ "bad-15-dangling-member.xml", 20, 3, 22, 10, XC_NONE, 0, 0 },
	{ "bad-20-recstatus-7.xml", 19, 3, 21, 10, XC_BAD_RECSTATUS, 9, XL_REJECT },
	{ "bad-21-bad-date.xml", 19, 3, 21, 9, XC_BAD_DATE, 192, XL_REJECT },
	{ "bad-22-overlong-field.xml", 19, 3, 21, 10, XC_FIELD_TOO_LONG, 69, XL_REJECT },
	{ "bad-23-unknown-relation.xml", 20, 3, 21, 10, XC_UNKNOWN_RELATION, 252, XL_WARN },
	{ "bad-24-whitespace-id.xml", 20, 3, 21, 10, XC_NONE, 0, 0 },
	{ "bad-48-xinclude.xml", 20, 0, 0, 10, XC_NONE, 0, 0 },
	{ "bad-49-xslt-pi.xml", 20, 3, 21, 10, XC_NONE, 0, 0 },
	{ "bad-73-xml-1.1.xml", 20, 3, 21, 10, XC_NONE, 0, 0 },
	{ "bad-74-standalone-yes-doctype.xml", 20, 3, 21, 10, XC_NONE, 0, 0 },
};

static const struct {
	const char *file;
	enum xml_code code;
	unsigned line;		/* 0: any */
} refused[] = {
	{ "bad-01-invalid-utf8.xml", XC_BAD_ENCODING, 145 },
	{ "bad-02-latin1-undeclared.xml", XC_BAD_ENCODING, 0 },
	{ "bad-04-unknown-encoding.xml", XC_UNSUPPORTED_ENCODING, 1 },
	{ "bad-30-control-char-ref.xml", XC_NOT_WELL_FORMED, 0 },
	{ "bad-31-nul-byte.xml", XC_NOT_WELL_FORMED, 0 },
	{ "bad-40-billion-laughs.xml", XC_DTD_NOT_ALLOWED, 0 },
	{ "bad-42-xxe-file.xml", XC_DTD_NOT_ALLOWED, 0 },
	{ "bad-43-xxe-http.xml", XC_DTD_NOT_ALLOWED, 0 },
	{ "bad-45-entity-in-attribute.xml", XC_DTD_NOT_ALLOWED, 0 },
	{ "bad-47-undeclared-entity.xml", XC_NOT_WELL_FORMED, 189 },
	{ "bad-51-deep-nesting.xml", XC_TOO_DEEP, 0 },
	{ "bad-53-long-name.xml", XC_TOKEN_TOO_LARGE, 0 },
	{ "bad-54-many-namespaces.xml", XC_TOKEN_TOO_LARGE, 0 },
	{ "bad-60-truncated-tag.xml", XC_TRUNCATED, 0 },
	{ "bad-62-empty.xml", XC_EMPTY, 0 },
	{ "bad-63-csv.xml", XC_NOT_XML, 1 },
	{ "bad-64-login-page.xml", XC_HTML_NOT_XML, 0 },
	{ "bad-65-trailing-garbage.xml", XC_NOT_WELL_FORMED, 392 },
	{ "bad-67-wrong-root.xml", XC_UNKNOWN_FORMAT, 2 },
	{ "bad-68-mismatched-tag.xml", XC_NOT_WELL_FORMED, 15 },
	{ "bad-69-declaration-not-first.xml", XC_NOT_WELL_FORMED, 2 },
	{ "bad-70-foreign-namespace.xml", XC_UNKNOWN_FORMAT, 2 },
	{ "bad-72-duplicate-attribute.xml", XC_NOT_WELL_FORMED, 152 },
	{ "bad-75-truncated-in-cdata.xml", XC_TRUNCATED, 0 },
	{ "bad-77-only-declaration.xml", XC_EMPTY, 0 },
	{ "edfi-01-contact-5.2.xml", XC_UNKNOWN_FORMAT, 0 },
	{ "xpress-01-xstudents.xml", XC_UNKNOWN_FORMAT, 0 },
	{ "sifau-01-studentcontactrelationships.xml", XC_UNKNOWN_FORMAT, 0 },
	{ "moodle-01-rest-enrolled-users.xml", XC_UNKNOWN_FORMAT, 0 },
	{ "moodle-02-rest-exception.xml", XC_UNKNOWN_FORMAT, 0 },
	{ "lti11-01-memberships.xml", XC_UNKNOWN_FORMAT, 0 },
};

static char *sample(const char *file, size_t *n)
{
	char path[200];

	snprintf(path, sizeof(path), DIR "%s", file);
	return slurp(path, n);
}

static bool read_sample(struct journal *j, const char *file)
{
	size_t n;
	char *p = sample(file, &n);
	enum err e;

	if (!CHECK(p != NULL))
		return false;
	e = journal_read(j, p, n, 16384);
	free(p);
	return CHECK_INT(e, E_OK);
}

TEST(xml_ims_takes_what_is_sound)
{
	struct journal j;

	for (size_t i = 0; i < sizeof(taken) / sizeof(taken[0]); i++) {
		const struct want *w = &taken[i];
		unsigned bad = t_bad;

		NEED(read_sample(&j, w->file));
		CHECK_STR(xml_code_name(j.end.fault.code), "");
		CHECK_INT(j.persons, w->persons);
		CHECK_INT(j.groups, w->groups);
		CHECK_INT(j.members, w->members);
		CHECK_INT(j.links, w->links);
		CHECK_STR(xml_code_name(j.first.code), xml_code_name(w->code));
		CHECK_INT(j.first.line, w->line);
		CHECK_INT(j.first.level, w->level);
		if (t_bad != bad)
			printf("# in %s:\n%s", w->file, j.log.p);
		journal_free(&j);
	}
}

TEST(xml_ims_refuses_what_is_broken)
{
	struct journal j;

	for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
		unsigned bad = t_bad;

		NEED(read_sample(&j, refused[i].file));
		CHECK_STR(xml_code_name(j.end.fault.code), xml_code_name(refused[i].code));
		if (refused[i].line != 0)
			CHECK_INT(j.end.fault.line, refused[i].line);
		if (t_bad != bad)
			printf("# in %s, line %u: %s\n", refused[i].file, j.end.fault.line,
			       j.end.fault.detail);
		journal_free(&j);
	}
}

/* Sizes that cut everywhere; the small files take every size there is. */
static size_t next_chunk(size_t c, size_t n)
{
	if (n < 4100 || c < 40)
		return c + 1;
	return c + c / 3;
}

TEST(xml_ims_chunk_size_changes_nothing)
{
	const char *file;
	size_t n, total = sizeof(taken) / sizeof(taken[0]) + sizeof(refused) / sizeof(refused[0]);
	unsigned readings = 0;

	for (size_t i = 0; i < total; i++) {
		struct journal whole, cut;
		char *p;

		file = i < sizeof(taken) / sizeof(taken[0]) ? taken[i].file :
			refused[i - sizeof(taken) / sizeof(taken[0])].file;
		p = sample(file, &n);
		NEED(p != NULL);
		NEED(journal_read(&whole, p, n, n + 1) == E_OK);
		for (size_t c = 1; c < n && c < 65536; c = next_chunk(c, n)) {
			NEED(journal_read(&cut, p, n, c) == E_OK);
			readings++;
			if (strcmp(whole.log.p, cut.log.p) != 0) {
				CHECK_STR(cut.log.p, whole.log.p);
				printf("# %s at chunk %zu\n", file, c);
				c = n;
			}
			journal_free(&cut);
		}
		journal_free(&whole);
		free(p);
	}
	printf("# %u readings\n", readings);
	CHECK(readings > 4000);
}

TEST(xml_ims_one_line_or_many_same_records)
{
	struct journal a, b;

	NEED(read_sample(&a, "ims-01-full.xml"));
	NEED(read_sample(&b, "ims-16-oneline.xml"));
	CHECK(strstr(a.log.p, "Siân O'Brien & Vine") != NULL);
	CHECK(strstr(b.log.p, "Siân O'Brien & Vine") != NULL);
	CHECK(strstr(a.log.p, "|S003 -> sis.maneby.example|G005 Mother 0000 2 acc=2") != NULL);
	CHECK(strstr(a.log.p, "Mother 1110 1 acc=1") != NULL);
	journal_free(&a);
	journal_free(&b);
}

TEST(xml_ims_latin1_reads_as_utf8)
{
	struct journal a;

	NEED(read_sample(&a, "ims-11-latin1-declared.xml"));
	CHECK(strstr(a.log.p, "Sølvi") != NULL);
	CHECK_STR(a.end.encoding, "ISO-8859-1");
	journal_free(&a);
}

TEST(xml_ims_passwords_are_counted_and_gone)
{
	struct journal a;

	NEED(read_sample(&a, "ims-08-banner-luminis.xml"));
	CHECK_INT(a.end.passwords, 2);
	CHECK(strstr(a.log.p, "not-a-password") == NULL);
	CHECK(strstr(a.log.p, "|aino|") != NULL);	/* "Logon ID", not "SCTID" */
	journal_free(&a);
}

TEST(xml_ims_pifu_next_of_kin_is_no_legal_guardian)
{
	struct journal a;

	NEED(read_sample(&a, "ims-05-pifu-1.3.xml"));
	CHECK(strstr(a.log.p, "|S001 -> sis.maneby.example|G001 Guardian 1000") != NULL);
	CHECK(strstr(a.log.p, "|S003 -> sis.maneby.example|G005 Other 0000") != NULL);
	journal_free(&a);
}

TEST(xml_ims_refusal_names_what_it_saw)
{
	struct journal a;

	NEED(read_sample(&a, "bad-70-foreign-namespace.xml"));
	CHECK(strstr(a.end.fault.detail, "urn:something-else") != NULL);
	journal_free(&a);
	NEED(read_sample(&a, "edfi-01-contact-5.2.xml"));
	CHECK(strstr(a.end.fault.detail, "Ed-Fi") != NULL);
	journal_free(&a);
}

/* ---- small documents made here ---- */

#define HEAD "<enterprise xmlns:p='urn:lintel:guardian:1'>"
#define SID(id) "<sourcedid><source>s</source><id>" id "</id></sourcedid>"

static void read_text(struct journal *j, const char *s)
{
	CHECK_INT(journal_read(j, s, strlen(s), 7), E_OK);
}

static void expect(const char *xml, const char *has, const char *has_not)
{
	struct journal j;
	unsigned bad = t_bad;

	read_text(&j, xml);
	if (has != NULL)
		CHECK(strstr(j.log.p, has) != NULL);
	if (has_not != NULL)
		CHECK(strstr(j.log.p, has_not) == NULL);
	if (t_bad != bad)
		printf("# %s\n# gave\n%s", xml, j.log.p);
	journal_free(&j);
}

TEST(xml_ims_old_and_new_sourcedid_is_a_rename)
{
	expect("<enterprise><person><sourcedid sourcedidtype='Old'><source>s</source><id>A</id>"
	       "</sourcedid><sourcedid sourcedidtype='New'><source>s</source><id>B</id></sourcedid>"
	       "<name><fn>X</fn></name></person></enterprise>", "s|B was A: ", "finding");
}

TEST(xml_ims_shouted_names_are_names)
{
	expect("<ENTERPRISE><PERSON RECSTATUS='3'><SOURCEDID><SOURCE>s</SOURCE><ID>A</ID></SOURCEDID>"
	       "</PERSON></ENTERPRISE>", "op=1 rej=0 s|A", "finding");
}

TEST(xml_ims_role_06_never_makes_a_guardian)
{
	expect("<enterprise><membership>" SID("C") "<member>" SID("G") "<idtype>1</idtype>"
	       "<role roletype='06'><status>1</status></role></member></membership></enterprise>",
	       "role=6", "link");
}

TEST(xml_ims_restricted_dates_of_a_role_are_kept)
{
	expect("<enterprise><membership>" SID("C") "<member>" SID("T") "<role roletype='Instructor'>"
	       "<timeframe><begin restrict='1'>2026-01-07</begin><end>2026-03-01</end></timeframe>"
	       "</role></member></membership></enterprise>", "2026-01-07..\n", "finding");
}

TEST(xml_ims_household_label_and_ampersand)
{
	expect(HEAD "<person>" SID("A&amp;B") "<extension><p:guardian id='G&amp;1' relation='mother,step'"
	       " legal='true' household='H &amp; 1' access='full'/></extension></person></enterprise>",
	       "link 1 op=0 orphan=0 s|A&B -> s|G&1 Mother, step 1000 0 acc=1 [H & 1]", "finding");
}

TEST(xml_ims_unknown_access_word_is_no_permission)
{
	expect(HEAD "<person>" SID("A") "<extension><p:guardian id='G' access='ful'/></extension>"
	       "</person></enterprise>", "finding bad-access level=1 link", "link 1");
}

TEST(xml_ims_prohibition_survives_a_bad_record)
{
	expect(HEAD "<person recstatus='9'>" SID("A") "<extension><p:guardian id='G' access='none'/>"
	       "<p:guardian id='H' access='full'/></extension></person></enterprise>",
	       "orphan=1 s|A -> s|G", "s|H");
}

TEST(xml_ims_guardian_in_no_namespace_is_nothing)
{
	expect("<enterprise><person>" SID("A") "<extension><guardian id='G' access='full'/>"
	       "<ptp:guardian id='G' access='full'/></extension></person></enterprise>",
	       "person 1", "link");
}

TEST(xml_ims_entity_hole_rejects_the_record)
{
	expect("<!DOCTYPE enterprise SYSTEM 'x.dtd'><enterprise><person>" SID("A")
	       "<name><fn>Łuk&aacute;sz</fn></name></person><person>" SID("B")
	       "<name><fn>Bo</fn></name></person></enterprise>",
	       "finding undeclared-entity level=1 person line=1 record=1 s|A", "rej=0 s|A");
	expect("<!DOCTYPE enterprise SYSTEM 'x.dtd'><enterprise xmlns:p='urn:lintel:guardian:1'><person>"
	       SID("A") "<extension><p:guardian id='G&aacute;'/></extension></person></enterprise>",
	       "finding undeclared-entity level=1", "link");
}

TEST(xml_ims_attlist_cannot_delete_a_school)
{
	expect("<!DOCTYPE enterprise [<!ATTLIST person recstatus CDATA '3'>]><enterprise><person>"
	       SID("A") "</person></enterprise>", "end dtd-not-allowed", "person");
}

TEST(xml_ims_bidi_override_in_name_is_dropped_in_id_refused)
{
	expect("<enterprise><person>" SID("A") "<name><fn>An\xe2\x80\xaena</fn></name></person></enterprise>",
	       "finding suspect-characters level=0 person", NULL);
	expect("<enterprise><person>" SID("A\xe2\x80\xae") "</person></enterprise>",
	       "finding suspect-characters level=1 person", "rej=0");
}

TEST(xml_ims_blanks_in_names_are_joined)
{
	expect("<enterprise><person>" SID(" A\n ") "<name><fn>\n  An  na\t Bo\n</fn></name></person></enterprise>",
	       "s|A was : ||An na Bo|", "finding");
}

TEST(xml_ims_national_id_is_not_a_login_name)
{
	expect("<enterprise><person>" SID("A") "<userid useridtype='personNIN'>01010112345</userid>"
	       "</person></enterprise>", "person", "01010112345");
}

TEST(xml_ims_findings_hold_no_values)
{
	expect("<enterprise><person>" SID("A") "<name><fn>Canary</fn></name><demographics>"
	       "<bday>canary-day</bday></demographics><email>canary@x.example</email></person></enterprise>",
	       "finding bad-date level=1 person line=1 record=1 s|A bday", "anary");
}
