/* Roster imports against a real database: counts, keys, links, prohibitions. */
#include "kit/db.h"
#include "kit/roster.h"
#include "t.h"

static struct store *db(void)
{
	static struct store *st;
	struct fault f = { 0 };

	if (st == NULL) {
		st = test_store();
		if (store_migrate(st, &f) != E_OK) {
			printf("# migrate: %s\n", f.text);
			exit(1);
		}
	}
	return st;
}

#define LIVE_PERSONS "SELECT COUNT(*) FROM person WHERE gone_at = 0 AND tenant_id = $1"
#define LIVE_MEMBERS "SELECT COUNT(*) FROM roster_member WHERE gone_at = 0 AND tenant_id = $1"
#define OPEN_LINKS \
	"SELECT COUNT(*) FROM family_link WHERE state = 'active' AND tenant_id = $1"
#define BANS "SELECT COUNT(*) FROM prohibition WHERE lifted_at = 0 AND tenant_id = $1"
#define STAGED \
	"SELECT (SELECT COUNT(*) FROM roster_stage_person) + (SELECT COUNT(*) FROM " \
	"roster_stage_class) + (SELECT COUNT(*) FROM roster_stage_member) + (SELECT COUNT(*) " \
	"FROM roster_stage_link) + (SELECT COUNT(*) FROM roster_lock WHERE tenant_id = $1)"

TEST(roster_full_then_again_then_delta)
{
	struct roster_report rep;

	new_district();
	NEED(import_sample(db(), "ims-01-full.xml", &rep) == E_OK);
	CHECK_STR(roster_state_name(rep.state), "applied");
	CHECK_STR(counts(&rep, RK_PERSON), "20: +20 ~0 =0 -0 !0");
	CHECK_STR(counts(&rep, RK_GROUP), "3: +3 ~0 =0 -0 !0");
	CHECK_STR(counts(&rep, RK_MEMBER), "21: +21 ~0 =0 -0 !0");
	CHECK_STR(counts(&rep, RK_LINK), "10: +10 ~0 =0 -0 !0");
	CHECK_INT(here(db(), LIVE_PERSONS), 20);
	CHECK_INT(here(db(), LIVE_MEMBERS), 21);
	CHECK_INT(here(db(), OPEN_LINKS), 9);		/* the tenth is access="none" */
	CHECK_INT(here(db(), BANS), 1);
	CHECK_INT(here(db(), STAGED), 0);

	/* another file with the same content: the test gives it another SHA-256 */
	NEED(import_sample(db(), "ims-16-oneline.xml", &rep) == E_OK);
	CHECK_STR(counts(&rep, RK_PERSON), "20: +0 ~0 =20 -0 !0");
	CHECK_STR(counts(&rep, RK_MEMBER), "21: +0 ~0 =21 -0 !0");
	CHECK_STR(counts(&rep, RK_LINK), "10: +0 ~0 =10 -0 !0");

	NEED(import_sample(db(), "ims-04-delta.xml", &rep) == E_OK);
	CHECK_INT(rep.mode, ROSTER_DELTA);
	CHECK_STR(counts(&rep, RK_PERSON), "3: +1 ~1 =0 -1 !0");
	CHECK_STR(counts(&rep, RK_MEMBER), "3: +1 ~1 =0 -1 !0");
	CHECK_STR(counts(&rep, RK_LINK), "2: +1 ~0 =0 -1 !0");
	CHECK_INT(here(db(), LIVE_PERSONS), 20);
	CHECK_INT(here(db(), LIVE_MEMBERS), 20);
	CHECK_INT(here(db(), OPEN_LINKS), 9);
	CHECK_INT(here(db(), BANS), 1);			/* G005 is gone, what binds G005 is not */
	CHECK_INT(here(db(), "SELECT COUNT(*) FROM person WHERE full_name = 'Aino Sølvi Nordbø' "
			     "AND roster_run <> 0 AND tenant_id = $1"), 1);

	/* a delta may come twice */
	NEED(import_sample(db(), "ims-04-delta.xml", &rep) == E_OK);
	CHECK_STR(counts(&rep, RK_PERSON), "3: +0 ~0 =3 -0 !0");
	CHECK_STR(counts(&rep, RK_MEMBER), "3: +0 ~0 =3 -0 !0");
	CHECK_STR(counts(&rep, RK_LINK), "2: +0 ~0 =2 -0 !0");
}

TEST(roster_every_dialect_gives_the_same_links)
{
	static const struct {
		const char *file, *person, *member, *link;
	} want[] = {
		{ "ims-02-full-namespaced.xml", "20: +20", "21: +21", "10: +10" },
		{ "ims-05-pifu-1.3.xml", "20: +20", "30: +30", "10: +10" },
		{ "ims-06-inverse-relationship.xml", "20: +20", "21: +21", "10: +10" },
		{ "ims-07-blackboard-snapshot.xml", "4: +4", "3: +3", "0: +0" },
		{ "ims-08-banner-luminis.xml", "1: +1", "0: +0", "0: +0" },
		{ "ims-09-doctype-external.xml", "20: +20", "21: +21", "10: +10" },
		{ "ims-10-utf8-bom.xml", "20: +20", "21: +21", "10: +10" },
		{ "ims-11-latin1-declared.xml", "4: +4", "0: +0", "2: +2" },
		{ "ims-17-household-group.xml", "5: +5", "0: +0", "3: +3" },
	};
	struct roster_report rep;

	for (size_t i = 0; i < sizeof(want) / sizeof(want[0]); i++) {
		unsigned bad = t_bad;

		new_district();
		NEED(import_sample(db(), want[i].file, &rep) == E_OK);
		CHECK(strncmp(counts(&rep, RK_PERSON), want[i].person, strlen(want[i].person)) == 0);
		CHECK(strncmp(counts(&rep, RK_MEMBER), want[i].member, strlen(want[i].member)) == 0);
		CHECK(strncmp(counts(&rep, RK_LINK), want[i].link, strlen(want[i].link)) == 0);
		if (t_bad != bad)
			printf("# %s: %s / %s / %s\n", want[i].file, counts(&rep, RK_PERSON),
			       counts(&rep, RK_MEMBER), counts(&rep, RK_LINK));
	}
}

/* Each broken sample: how many of which kind were rejected, and the finding in the report. */
TEST(roster_broken_records_are_rejected_alone)
{
	static const struct {
		const char *file;
		enum roster_kind kind;
		int rejected;
		const char *finding;
	} want[] = {
		{ "bad-10-unknown-roletype.xml", RK_MEMBER, 1, "\"code\":\"unknown-roletype\",\"kind\":\"member\",\"line\":395" },
		{ "bad-11-missing-sourcedid.xml", RK_PERSON, 1, "\"code\":\"missing-sourcedid\",\"kind\":\"person\",\"line\":185" },
		{ "bad-12-empty-id.xml", RK_PERSON, 1, "\"code\":\"empty-id\",\"kind\":\"person\",\"line\":186" },
		{ "bad-13-duplicate-same.xml", RK_PERSON, 1, "\"code\":\"duplicate-person\",\"kind\":\"person\",\"line\":256" },
		{ "bad-15-dangling-member.xml", RK_MEMBER, 1, "\"code\":\"dangling-member\",\"kind\":\"member\",\"line\":390" },
		{ "bad-16-dangling-group.xml", RK_MEMBER, 1, "\"code\":\"dangling-group\",\"kind\":\"member\",\"line\":391" },
		{ "bad-17-dangling-guardian.xml", RK_LINK, 1, "\"code\":\"dangling-guardian\",\"kind\":\"link\",\"line\":167" },
		{ "bad-18-own-guardian.xml", RK_LINK, 1, "\"code\":\"self-guardian\",\"kind\":\"link\",\"line\":167" },
		{ "bad-20-recstatus-7.xml", RK_PERSON, 1, "\"code\":\"bad-recstatus\",\"kind\":\"person\",\"line\":9" },
		{ "bad-21-bad-date.xml", RK_PERSON, 1, "\"code\":\"bad-date\",\"kind\":\"person\",\"line\":192" },
		{ "bad-22-overlong-field.xml", RK_PERSON, 1, "\"code\":\"field-too-long\",\"kind\":\"person\",\"line\":69" },
		{ "bad-23-unknown-relation.xml", RK_PERSON, 0, "\"code\":\"unknown-relation\",\"kind\":\"link\",\"line\":252" },
		{ "bad-24-whitespace-id.xml", RK_PERSON, 0, "\"findings\":[]" },
	};
	struct roster_report rep;

	for (size_t i = 0; i < sizeof(want) / sizeof(want[0]); i++) {
		unsigned bad = t_bad;

		new_district();
		NEED(import_sample(db(), want[i].file, &rep) == E_OK);
		CHECK_INT(rep.count[want[i].kind].rejected, want[i].rejected);
		CHECK(strstr(t_json.p, want[i].finding) != NULL);
		CHECK_STR(roster_state_name(rep.state),
			  want[i].rejected > 0 ? "applied-with-rejects" : "applied");
		if (t_bad != bad)
			printf("# %s: %s\n", want[i].file, t_json.p);
	}
}

TEST(roster_refused_file_changes_nothing)
{
	static const char *const file[] = {
		"bad-60-truncated-tag.xml", "bad-65-trailing-garbage.xml", "bad-40-billion-laughs.xml",
		"bad-68-mismatched-tag.xml", "bad-01-invalid-utf8.xml", "edfi-01-contact-5.2.xml",
	};
	struct roster_report rep;

	new_district();
	for (size_t i = 0; i < sizeof(file) / sizeof(file[0]); i++) {
		NEED(import_sample(db(), file[i], &rep) == E_OK);
		CHECK_STR(roster_state_name(rep.state), "refused");
		CHECK(t_code[0] != '\0');
		CHECK_INT(here(db(), LIVE_PERSONS), 0);
		CHECK_INT(here(db(), STAGED), 0);
	}
	CHECK_INT(here(db(), "SELECT COUNT(*) FROM roster_run WHERE state = 'refused' "
			     "AND tenant_id = $1"), 6);
}

TEST(roster_empty_full_file_is_held)
{
	struct roster_report rep;

	new_district();
	NEED(import_sample(db(), "ims-01-full.xml", &rep) == E_OK);
	NEED(import_sample(db(), "ims-18-empty-roster.xml", &rep) == E_OK);
	CHECK_STR(roster_state_name(rep.state), "held");
	CHECK(strstr(t_json.p, "removal-threshold") != NULL);
	CHECK_INT(here(db(), LIVE_PERSONS), 20);
	CHECK_INT(here(db(), STAGED), 0);
	t_threshold = 100;
	NEED(import_sample(db(), "ims-18-empty-roster.xml", &rep) == E_OK);
	CHECK_STR(roster_state_name(rep.state), "applied");
	CHECK_INT(rep.count[RK_PERSON].missing, 20);
	CHECK_INT(here(db(), LIVE_PERSONS), 0);
	CHECK_INT(here(db(), LIVE_MEMBERS), 0);
	CHECK_INT(here(db(), OPEN_LINKS), 0);
	CHECK_INT(here(db(), BANS), 1);
	/* and back again */
	NEED(import_sample(db(), "ims-01-full.xml", &rep) == E_OK);
	CHECK_INT(rep.count[RK_PERSON].restored, 20);
	CHECK_INT(rep.count[RK_LINK].restored, 10);
	CHECK_INT(here(db(), LIVE_PERSONS), 20);
	CHECK_INT(here(db(), LIVE_MEMBERS), 21);
	CHECK_INT(here(db(), OPEN_LINKS), 9);
	CHECK_INT(here(db(), BANS), 1);
}

TEST(roster_full_file_of_one_platform_leaves_the_other_alone)
{
	struct roster_report rep;

	new_district();
	NEED(import_sample(db(), "ims-01-full.xml", &rep) == E_OK);
	t_platform = 2;
	NEED(import_sample(db(), "ims-18-empty-roster.xml", &rep) == E_OK);
	CHECK_STR(roster_state_name(rep.state), "applied");
	CHECK_INT(here(db(), LIVE_PERSONS), 20);
}

TEST(roster_dry_run_counts_and_changes_nothing)
{
	struct roster_report rep;

	new_district();
	t_dry = true;
	NEED(import_sample(db(), "ims-01-full.xml", &rep) == E_OK);
	CHECK_STR(roster_state_name(rep.state), "dry-run");
	CHECK_STR(counts(&rep, RK_PERSON), "20: +20 ~0 =0 -0 !0");
	CHECK_INT(here(db(), LIVE_PERSONS), 0);
	CHECK_INT(here(db(), STAGED), 0);
	CHECK_INT(here(db(), "SELECT COUNT(*) FROM roster_run WHERE tenant_id = $1"), 0);
}

/* ---- small files ---- */

#define HEAD(type) "<enterprise xmlns:p='urn:lintel:guardian:1'><properties><type>" type "</type></properties>"
#define TAIL "</enterprise>"
#define SID(id) "<sourcedid><source>s</source><id>" id "</id></sourcedid>"
#define PERSON(id, rest) "<person>" SID(id) "<name><fn>P " id "</fn></name>" rest "</person>"
#define GUARD(id, rest) "<extension><p:guardian id='" id "' " rest "/></extension>"
#define GROUP(id) "<group>" SID(id) "<description><short>" id "</short></description></group>"
#define MEMBER(id, role) "<member>" SID(id) "<idtype>1</idtype><role roletype='" role "'><status>1</status></role></member>"
#define SHIP(id, members) "<membership>" SID(id) members "</membership>"

TEST(roster_order_does_not_matter)
{
	struct roster_report rep;

	new_district();
	NEED(import_text(db(), HEAD("full") SHIP("C", MEMBER("S", "01") MEMBER("T", "02"))
			 PERSON("S", GUARD("G", "relation='Mother'")) GROUP("C") PERSON("G", "")
			 PERSON("T", "") TAIL, &rep) == E_OK);
	CHECK_STR(counts(&rep, RK_MEMBER), "2: +2 ~0 =0 -0 !0");
	CHECK_STR(counts(&rep, RK_LINK), "1: +1 ~0 =0 -0 !0");
	CHECK_INT(here(db(), "SELECT COUNT(*) FROM roster_member m JOIN person p ON p.tenant_id = "
			     "m.tenant_id AND p.id = m.person_id WHERE m.role = 'teacher' "
			     "AND p.sourcedid = 'T' AND m.tenant_id = $1"), 1);
	NEED(import_text(db(), HEAD("full") PERSON("T", "") PERSON("G", "")
			 PERSON("S", GUARD("G", "relation='mother'")) GROUP("C")
			 SHIP("C", MEMBER("T", "02") MEMBER("S", "01")) TAIL, &rep) == E_OK);
	CHECK_STR(counts(&rep, RK_PERSON), "3: +0 ~0 =3 -0 !0");
	CHECK_STR(counts(&rep, RK_MEMBER), "2: +0 ~0 =2 -0 !0");
	CHECK_STR(counts(&rep, RK_LINK), "1: +0 ~0 =1 -0 !0");
}

TEST(roster_rename_keeps_the_person)
{
	struct roster_report rep;

	new_district();
	NEED(import_text(db(), HEAD("full") PERSON("A", "") PERSON("G", "") PERSON("K", GUARD("A", ""))
			 GROUP("C") SHIP("C", MEMBER("A", "02")) TAIL, &rep) == E_OK);
	NEED(import_text(db(), HEAD("delta") SHIP("C", MEMBER("B", "08"))
			 "<person><sourcedid sourcedidtype='Old'><source>s</source><id>A</id></sourcedid>"
			 "<sourcedid sourcedidtype='New'><source>s</source><id>B</id></sourcedid>"
			 "<name><fn>P A</fn></name></person>" TAIL, &rep) == E_OK);
	CHECK_STR(counts(&rep, RK_PERSON), "1: +0 ~1 =0 -0 !0");
	CHECK_STR(counts(&rep, RK_MEMBER), "1: +1 ~0 =0 -0 !0");
	CHECK_INT(here(db(), LIVE_PERSONS), 3);
	CHECK_INT(here(db(), "SELECT COUNT(*) FROM person_key WHERE sourcedid = 'A' AND tenant_id = $1"), 0);
	CHECK_INT(here(db(), "SELECT COUNT(*) FROM person_key k JOIN person p ON p.tenant_id = "
			     "k.tenant_id AND p.id = k.person_id WHERE k.sourcedid = 'B' "
			     "AND p.sourcedid = 'B' AND k.tenant_id = $1"), 1);
	CHECK_INT(here(db(), "SELECT COUNT(*) FROM family_link l JOIN person p ON p.tenant_id = "
			     "l.tenant_id AND p.id = l.guardian_id WHERE p.sourcedid = 'B' "
			     "AND l.state = 'active' AND l.tenant_id = $1"), 1);
	CHECK_INT(here(db(), "SELECT COUNT(DISTINCT person_id) FROM roster_member WHERE tenant_id = $1"), 1);
	/* the old id given to somebody else is somebody else */
	NEED(import_text(db(), HEAD("delta") PERSON("A", "") TAIL, &rep) == E_OK);
	CHECK_STR(counts(&rep, RK_PERSON), "1: +1 ~0 =0 -0 !0");
	/* a full file under the new id changes nothing more */
	NEED(import_text(db(), HEAD("full") PERSON("A", "") PERSON("G", "") PERSON("K", GUARD("B", ""))
			 "<person>" SID("B") "<name><fn>P A</fn></name></person>" GROUP("C")
			 SHIP("C", MEMBER("B", "02") MEMBER("B", "08")) TAIL, &rep) == E_OK);
	CHECK_STR(counts(&rep, RK_PERSON), "4: +0 ~0 =4 -0 !0");
	CHECK_STR(counts(&rep, RK_MEMBER), "2: +0 ~0 =2 -0 !0");
}

TEST(roster_rename_onto_another_person_is_no_merge)
{
	struct roster_report rep;

	new_district();
	NEED(import_text(db(), HEAD("full") PERSON("A", "") PERSON("B", "") TAIL, &rep) == E_OK);
	NEED(import_text(db(), HEAD("delta") "<person><sourcedid sourcedidtype='Old'><source>s</source>"
			 "<id>A</id></sourcedid>" SID("B") "<name><fn>New</fn></name></person>" TAIL,
			 &rep) == E_OK);
	CHECK(strstr(t_json.p, "rename-conflict") != NULL);
	CHECK_INT(here(db(), LIVE_PERSONS), 2);
	CHECK_INT(here(db(), "SELECT COUNT(*) FROM person_key WHERE tenant_id = $1"), 2);
}

TEST(roster_prohibition_is_lifted_by_word_never_by_silence)
{
	struct roster_report rep;

	new_district();
	t_threshold = 100;
	NEED(import_text(db(), HEAD("full") PERSON("G", "") PERSON("S", GUARD("G", "access='none'")) TAIL,
			 &rep) == E_OK);
	CHECK_INT(here(db(), BANS), 1);
	CHECK_INT(here(db(), OPEN_LINKS), 0);
	/* the link is left out */
	NEED(import_text(db(), HEAD("full") PERSON("G", "") PERSON("S", "") TAIL, &rep) == E_OK);
	CHECK_INT(rep.count[RK_LINK].missing, 1);
	CHECK_INT(here(db(), BANS), 1);
	/* the link comes back without a word about access */
	NEED(import_text(db(), HEAD("full") PERSON("G", "") PERSON("S", GUARD("G", "legal='1'")) TAIL,
			 &rep) == E_OK);
	CHECK_INT(here(db(), BANS), 1);
	/* recstatus 3 on the pair */
	NEED(import_text(db(), HEAD("delta") PERSON("S", GUARD("G", "recstatus='3'")) TAIL, &rep) == E_OK);
	CHECK_INT(here(db(), BANS), 1);
	/* full for another pair */
	NEED(import_text(db(), HEAD("delta") PERSON("H", "") PERSON("S", GUARD("H", "access='full'")) TAIL,
			 &rep) == E_OK);
	CHECK_INT(here(db(), BANS), 1);
	/* both people gone and back */
	NEED(import_text(db(), HEAD("full") TAIL, &rep) == E_OK);
	NEED(import_text(db(), HEAD("full") PERSON("G", "") PERSON("S", "") TAIL, &rep) == E_OK);
	CHECK_INT(here(db(), BANS), 1);
	/* a word that is none of ours */
	NEED(import_text(db(), HEAD("delta") PERSON("S", GUARD("G", "access='Fully'")) TAIL, &rep) == E_OK);
	CHECK_INT(here(db(), BANS), 1);
	/* the word */
	NEED(import_text(db(), HEAD("delta") PERSON("S", GUARD("G", "access='full'")) TAIL, &rep) == E_OK);
	CHECK_INT(here(db(), BANS), 0);
	CHECK_INT(here(db(), OPEN_LINKS), 1);
	/* and again */
	NEED(import_text(db(), HEAD("delta") PERSON("S", GUARD("G", "access='none'")) TAIL, &rep) == E_OK);
	CHECK_INT(here(db(), BANS), 1);
	CHECK_INT(here(db(), OPEN_LINKS), 0);
	CHECK_INT(here(db(), "SELECT COUNT(*) FROM prohibition WHERE tenant_id = $1"), 2);
}

TEST(roster_prohibition_of_the_office_is_not_lifted_by_a_file)
{
	struct roster_report rep;

	new_district();
	NEED(import_text(db(), HEAD("full") PERSON("G", "") PERSON("S", "") TAIL, &rep) == E_OK);
	NEED(change_here(db(), "INSERT INTO prohibition (tenant_id, child_id, person_id, id, source, "
			 "from_at, until_at, entered_by, lifted_at, lifted_by) SELECT c.tenant_id, c.id, "
			 "g.id, 7, 'office', 0, 0, 1, 0, 0 FROM person c JOIN person g ON g.tenant_id = "
			 "c.tenant_id WHERE c.sourcedid = 'S' AND g.sourcedid = 'G' AND c.tenant_id = $1"));
	NEED(import_text(db(), HEAD("full") PERSON("G", "") PERSON("S", GUARD("G", "access='full'")) TAIL,
			 &rep) == E_OK);
	CHECK_INT(here(db(), BANS), 1);
	CHECK_INT(here(db(), OPEN_LINKS), 1);
}

/* An officer lifted it; the file that said "none" all along must not put it back. */
TEST(roster_unchanged_row_does_not_undo_the_officer)
{
	struct roster_report rep;
	static const char *const file =
		HEAD("full") PERSON("G", "") PERSON("S", GUARD("G", "access='none'")) TAIL;

	new_district();
	NEED(import_text(db(), file, &rep) == E_OK);
	NEED(change_here(db(), "UPDATE prohibition SET lifted_at = 5, lifted_by = 9 WHERE tenant_id = $1"));
	NEED(import_text(db(), file, &rep) == E_OK);
	CHECK_INT(here(db(), BANS), 0);
}

TEST(roster_prohibition_in_a_rejected_record_still_binds)
{
	struct roster_report rep;

	new_district();
	NEED(import_text(db(), HEAD("full") PERSON("G", "") PERSON("S", GUARD("G", "")) TAIL, &rep) == E_OK);
	CHECK_INT(here(db(), OPEN_LINKS), 1);
	NEED(import_text(db(), HEAD("full") PERSON("G", "") "<person>" SID("S")
			 "<demographics><bday>never</bday></demographics>" GUARD("G", "access='none'")
			 "</person>" TAIL, &rep) == E_OK);
	CHECK_INT(here(db(), BANS), 1);
	CHECK_INT(here(db(), LIVE_PERSONS), 2);		/* rejected is not missing */
}

TEST(roster_two_words_on_one_pair_none_wins)
{
	struct roster_report rep;

	new_district();
	NEED(import_text(db(), HEAD("full") PERSON("G", "") PERSON("S", "<extension>"
			 "<p:guardian id='G' access='full'/><p:guardian id='G' access='none'/></extension>")
			 TAIL, &rep) == E_OK);
	CHECK_INT(here(db(), BANS), 1);
	CHECK_INT(here(db(), OPEN_LINKS), 0);
	CHECK_STR(counts(&rep, RK_LINK), "2: +0 ~0 =0 -0 !2");
	new_district();
	NEED(import_text(db(), HEAD("full") PERSON("G", "") PERSON("S", "<extension>"
			 "<p:guardian id='G' access='none'/><p:guardian id='G' access='full'/></extension>")
			 TAIL, &rep) == E_OK);
	CHECK_INT(here(db(), BANS), 1);
	CHECK_INT(here(db(), OPEN_LINKS), 0);
}

TEST(roster_doubles_that_differ_are_both_rejected)
{
	struct roster_report rep;
	static const char *const file = HEAD("full") PERSON("G", "") PERSON("S", GUARD("G", ""))
		GROUP("C") SHIP("C", MEMBER("S", "01"))
		"<person>" SID("S") "<name><fn>Other</fn></name></person>" TAIL;

	new_district();
	NEED(import_text(db(), file, &rep) == E_OK);
	CHECK_STR(counts(&rep, RK_PERSON), "3: +1 ~0 =0 -0 !2");
	CHECK_STR(counts(&rep, RK_MEMBER), "1: +0 ~0 =0 -0 !1");
	CHECK_STR(counts(&rep, RK_LINK), "1: +0 ~0 =0 -0 !1");
	CHECK_INT(here(db(), LIVE_PERSONS), 1);
	CHECK_INT(here(db(), "SELECT COUNT(*) FROM roster_member WHERE tenant_id = $1"), 0);
	CHECK_INT(here(db(), "SELECT COUNT(*) FROM family_link WHERE tenant_id = $1"), 0);
	/* somebody known already stays as they were */
	NEED(import_text(db(), HEAD("full") PERSON("G", "") PERSON("S", GUARD("G", "")) GROUP("C")
			 SHIP("C", MEMBER("S", "01")) TAIL, &rep) == E_OK);
	NEED(import_text(db(), file, &rep) == E_OK);
	CHECK_INT(here(db(), LIVE_PERSONS), 2);
	CHECK_INT(here(db(), LIVE_MEMBERS), 1);
	CHECK_INT(here(db(), OPEN_LINKS), 1);
	CHECK_INT(here(db(), "SELECT COUNT(*) FROM person WHERE full_name = 'P S' AND tenant_id = $1"), 1);
}

TEST(roster_households_share_by_label_only)
{
	struct roster_report rep;
	static const char *const file = HEAD("full") PERSON("A", "") PERSON("B", "") PERSON("C", "")
		PERSON("S", "<extension><p:guardian id='A' household='H1'/><p:guardian id='B' household='H1'/>"
		       "<p:guardian id='C'/></extension>")
		PERSON("U", "<extension><p:guardian id='A' household='H1'/><p:guardian id='C' household='H2'/>"
		       "</extension>") TAIL;

	new_district();
	NEED(import_text(db(), file, &rep) == E_OK);
	CHECK_INT(here(db(), "SELECT COUNT(*) FROM household_member WHERE tenant_id = $1"), 4);
	CHECK_INT(here(db(), "SELECT COUNT(DISTINCT h.household_id) FROM household_member h JOIN person c "
			     "ON c.tenant_id = h.tenant_id AND c.id = h.child_id WHERE c.sourcedid = 'S' "
			     "AND h.tenant_id = $1"), 1);
	CHECK_INT(here(db(), "SELECT COUNT(DISTINCT h.household_id) FROM household_member h JOIN person c "
			     "ON c.tenant_id = h.tenant_id AND c.id = h.child_id WHERE c.sourcedid = 'U' "
			     "AND h.tenant_id = $1"), 2);
	NEED(import_text(db(), file, &rep) == E_OK);
	CHECK_STR(counts(&rep, RK_LINK), "5: +0 ~0 =5 -0 !0");
	/* they part */
	NEED(import_text(db(), HEAD("delta") PERSON("S", GUARD("B", "household='H3'")) TAIL, &rep) == E_OK);
	CHECK_INT(here(db(), "SELECT COUNT(DISTINCT h.household_id) FROM household_member h JOIN person c "
			     "ON c.tenant_id = h.tenant_id AND c.id = h.child_id WHERE c.sourcedid = 'S' "
			     "AND h.tenant_id = $1"), 2);
	NEED(import_text(db(), HEAD("delta") PERSON("S", GUARD("B", "")) TAIL, &rep) == E_OK);
	CHECK_INT(here(db(), "SELECT COUNT(*) FROM household_member WHERE tenant_id = $1"), 3);
}

TEST(roster_household_groups_are_links_not_classes)
{
	struct roster_report rep;

	new_district();
	NEED(import_sample(db(), "ims-17-household-group.xml", &rep) == E_OK);
	CHECK_INT(here(db(), "SELECT COUNT(*) FROM roster_member WHERE tenant_id = $1"), 0);
	CHECK_INT(here(db(), "SELECT COUNT(*) FROM roster_class WHERE kind = 'household' AND tenant_id = $1"), 2);
	CHECK_INT(here(db(), "SELECT COUNT(*) FROM family_link WHERE relation = 'Mother' AND state = 'active' "
			     "AND tenant_id = $1"), 2);
}

TEST(roster_mentor_in_a_class_is_nobodys_guardian)
{
	struct roster_report rep;

	new_district();
	NEED(import_text(db(), HEAD("full") PERSON("S", "") PERSON("G", "") GROUP("C")
			 SHIP("C", MEMBER("S", "01") MEMBER("G", "06")) TAIL, &rep) == E_OK);
	CHECK_INT(here(db(), "SELECT COUNT(*) FROM family_link WHERE tenant_id = $1"), 0);
	CHECK_INT(here(db(), "SELECT COUNT(*) FROM roster_member WHERE role = 'other' AND tenant_id = $1"), 1);
}

TEST(roster_dates_of_a_role_decide_today)
{
	struct roster_report rep;
	static const char *const file = HEAD("full") PERSON("T", "") PERSON("U", "") GROUP("C")
		"<membership>" SID("C") "<member>" SID("T") "<role roletype='02'><timeframe>"
		"<end restrict='1'>2026-02-07</end></timeframe></role></member>"
		"<member>" SID("U") "<role roletype='02'><timeframe><begin restrict='1'>2026-02-08</begin>"
		"<end restrict='0'>2020-01-01</end></timeframe></role></member></membership>" TAIL;

	new_district();
	NEED(import_text(db(), file, &rep) == E_OK);
	CHECK_INT(here(db(), LIVE_MEMBERS), 1);
}

#define ENDING(id, day) "<group>" SID(id) "<description><short>" id "</short></description><timeframe>" \
	"<end restrict='1'>" day "</end></timeframe></group>"

/* A link ends with the child's courses (store/links.h): the file says when they do. */
TEST(roster_end_of_a_class_is_the_midnight_after_its_last_day)
{
	static const struct { const char *file; int64_t end; } day[] = {
		{ HEAD("full") ENDING("C", "2026-06-18") TAIL, 1781827200000 },
		{ HEAD("full") ENDING("C", "2024-02-28") TAIL, 1709164800000 },	/* a leap year */
		{ HEAD("full") ENDING("C", "2023-12-31") TAIL, 1704067200000 },
		{ HEAD("full") ENDING("C", "2100-03-01") TAIL, 4107628800000 },	/* none */
		{ HEAD("full") GROUP("C") TAIL, 0 },
	};
	struct roster_report rep;

	new_district();
	for (unsigned i = 0; i < sizeof(day) / sizeof(day[0]); i++) {
		NEED(import_text(db(), day[i].file, &rep) == E_OK);
		CHECK_INT(here(db(), "SELECT end_at FROM roster_class WHERE tenant_id = $1"), day[i].end);
	}
}

TEST(roster_launch_persons_and_other_sources_stay_untouched)
{
	struct roster_report rep;

	new_district();
	t_threshold = 100;
	NEED(import_text(db(), HEAD("full") PERSON("G", "") PERSON("S", GUARD("G", "")) TAIL, &rep) == E_OK);
	NEED(change_here(db(), "INSERT INTO person (tenant_id, id, origin, source, sourcedid, given, family, "
			 "full_name, email, username, birth_day, rights_day, roster_hash, roster_run, "
			 "created_at, gone_at) VALUES ($1, 77, 'launch', '', '', 'L', '', 'L', '', '', '', "
			 "'', 0, 0, 1, 0)"));
	NEED(change_here(db(), "INSERT INTO family_link (tenant_id, child_id, guardian_id, source, scope, "
			 "relation, legal, lives_with, is_primary, emergency, priority, state, asserted_at, "
			 "expires_at, ended_at, roster_hash, roster_run) SELECT tenant_id, id, 77, 'mentor', 5, "
			 "'', 0, 0, 0, 0, 0, 'active', 1, 0, 0, 0, 0 FROM person WHERE sourcedid = 'S' "
			 "AND tenant_id = $1"));
	NEED(import_text(db(), HEAD("full") TAIL, &rep) == E_OK);
	CHECK_INT(here(db(), LIVE_PERSONS), 1);
	CHECK_INT(here(db(), OPEN_LINKS), 1);
	CHECK_INT(here(db(), "SELECT COUNT(*) FROM family_link WHERE state = 'ended' AND source = 'roster' "
			     "AND tenant_id = $1"), 1);
}

TEST(roster_full_file_replaces_the_links_of_its_children)
{
	struct roster_report rep;

	new_district();
	t_threshold = 100;
	NEED(import_text(db(), HEAD("full") PERSON("G", "") PERSON("H", "") PERSON("S", GUARD("G", ""))
			 PERSON("U", GUARD("G", "")) TAIL, &rep) == E_OK);
	NEED(import_text(db(), HEAD("full") PERSON("G", "") PERSON("H", "") PERSON("S", GUARD("H", ""))
			 PERSON("U", GUARD("G", "")) TAIL, &rep) == E_OK);
	CHECK_STR(counts(&rep, RK_LINK), "2: +1 ~0 =1 -0 !0");
	CHECK_INT(rep.count[RK_LINK].missing, 1);
	CHECK_INT(here(db(), OPEN_LINKS), 2);
	/* a delta says nothing about what it leaves out */
	NEED(import_text(db(), HEAD("delta") PERSON("S", "") TAIL, &rep) == E_OK);
	CHECK_INT(here(db(), OPEN_LINKS), 2);
	/* a full file without the child: the child is gone, and what hung on it */
	NEED(import_text(db(), HEAD("full") PERSON("G", "") PERSON("H", "") PERSON("U", GUARD("G", ""))
			 TAIL, &rep) == E_OK);
	CHECK_INT(rep.count[RK_PERSON].missing, 1);
	CHECK_INT(here(db(), OPEN_LINKS), 1);
}

TEST(roster_removed_class_ends_its_memberships)
{
	struct roster_report rep;

	new_district();
	t_threshold = 100;
	NEED(import_text(db(), HEAD("full") PERSON("S", "") GROUP("C") GROUP("D") SHIP("C", MEMBER("S", "01"))
			 SHIP("D", MEMBER("S", "01")) TAIL, &rep) == E_OK);
	NEED(import_text(db(), HEAD("full") PERSON("S", "") GROUP("D") SHIP("D", MEMBER("S", "01")) TAIL,
			 &rep) == E_OK);
	CHECK_INT(here(db(), LIVE_MEMBERS), 1);
	CHECK_INT(here(db(), "SELECT COUNT(*) FROM roster_class WHERE gone_at = 0 AND tenant_id = $1"), 1);
	NEED(import_text(db(), HEAD("delta") "<group recstatus='3'>" SID("D") "</group>" TAIL, &rep) == E_OK);
	CHECK_INT(here(db(), LIVE_MEMBERS), 0);
}

TEST(roster_silence_about_the_type_is_a_delta)
{
	struct roster_report rep;

	new_district();
	t_threshold = 100;
	NEED(import_text(db(), HEAD("full") PERSON("S", "") PERSON("T", "") TAIL, &rep) == E_OK);
	NEED(import_text(db(), "<enterprise>" PERSON("S", "") TAIL, &rep) == E_OK);
	CHECK_INT(rep.mode, ROSTER_DELTA);
	CHECK_INT(here(db(), LIVE_PERSONS), 2);
	t_mode = ROSTER_FULL;
	NEED(import_text(db(), "<enterprise>" PERSON("S", "") TAIL, &rep) == E_OK);
	CHECK_INT(here(db(), LIVE_PERSONS), 1);
}

TEST(roster_report_holds_no_personal_data)
{
	struct roster_report rep;

	new_district();
	NEED(import_text(db(), HEAD("full") "<person recstatus='8'>" SID("A") "<userid password='canary'>canary"
			 "</userid><name><fn>Canary</fn><n><family>Canary</family></n></name><demographics>"
			 "<bday>canary</bday></demographics><email>canary@x.example</email></person>"
			 PERSON("B", GUARD("Z", "relation='canary'")) TAIL, &rep) == E_OK);
	CHECK(strstr(t_json.p, "anary") == NULL);
	CHECK(strstr(t_json.p, "\"passwords_dropped\":1") != NULL);
	CHECK_INT(here(db(), "SELECT COUNT(*) FROM roster_run WHERE report LIKE '%anary%' AND tenant_id = $1"), 0);
}
