/* Whole files through the XML child, and runs that did not end well. */
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../child.h"
#include "gw/roster_import.h"
#include "store/roster_runs.h"
#include "kit/db.h"
#include "kit/roster.h"
#include "t.h"
#include "../../gateway/store/roster_private.h"

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

static const uint8_t root[32] = "a root for tests";

static enum err import(const char *path, struct roster_report *rep, struct fault *f)
{
	struct roster_import_opts o = {
		.tenant = t_tenant, .platform = t_platform, .now_ms = t_time += 1000, .path = path,
		.threshold = -1, .dry_run = t_dry, .mode = t_mode,
	};

	fault_clear(f);
	buf_release(&t_json);
	t_json = BUF_INIT(16u << 20);
	return roster_import(db(), root, &o, rep, &t_json, f);
}

TEST(roster_file_same_bytes_are_unchanged)
{
	struct roster_report rep;
	struct fault f;

	new_district();
	NEED(import("tests/data/roster/ims-01-full.xml", &rep, &f) == E_OK);
	CHECK_STR(roster_state_name(rep.state), "applied");
	CHECK_STR(counts(&rep, RK_PERSON), "20: +20 ~0 =0 -0 !0");
	NEED(import("tests/data/roster/ims-01-full.xml", &rep, &f) == E_OK);
	CHECK_STR(roster_state_name(rep.state), "unchanged");
	CHECK(strstr(t_json.p, "\"state\":\"unchanged\"") != NULL);
	/* after another file the same bytes are news again */
	NEED(import("tests/data/roster/ims-04-delta.xml", &rep, &f) == E_OK);
	NEED(import("tests/data/roster/ims-01-full.xml", &rep, &f) == E_OK);
	CHECK(rep.state != ROSTER_UNCHANGED);
	CHECK_INT(here(db(), "SELECT COUNT(*) FROM roster_run WHERE tenant_id = $1"), 4);
	CHECK_INT(here(db(), "SELECT COUNT(*) FROM roster_lock WHERE tenant_id = $1"), 0);
}

TEST(roster_file_refusals_are_reports_too)
{
	struct roster_report rep;
	struct fault f;

	new_district();
	NEED(import("tests/data/roster/bad-42-xxe-file.xml", &rep, &f) == E_OK);
	CHECK_STR(roster_state_name(rep.state), "refused");
	CHECK_STR(xml_code_name(rep.fault.code), "dtd-not-allowed");
	CHECK_INT(here(db(), "SELECT COUNT(*) FROM person WHERE tenant_id = $1"), 0);
	CHECK_INT(import("tests/data/roster/no-such-file.xml", &rep, &f), E_MISSING);
	CHECK_INT(import("tests/data/roster", &rep, &f), E_INPUT);
	CHECK_INT(here(db(), "SELECT COUNT(*) FROM roster_lock WHERE tenant_id = $1"), 0);
}

TEST(roster_file_one_import_at_a_time)
{
	struct roster_report rep;
	struct fault f;

	new_district();
	NEED(change_here(db(), "INSERT INTO roster_lock (tenant_id, run_id, owner, beat_at) "
			 "VALUES ($1, 5, 'elsewhere/1', 9000000000000)"));
	CHECK_INT(import("tests/data/roster/ims-01-full.xml", &rep, &f), E_BUSY);
	CHECK_INT(here(db(), "SELECT COUNT(*) FROM person WHERE tenant_id = $1"), 0);
	/* its beat stopped long ago: its machine is gone */
	NEED(change_here(db(), "UPDATE roster_lock SET beat_at = 1 WHERE tenant_id = $1"));
	CHECK_INT(import("tests/data/roster/ims-01-full.xml", &rep, &f), E_OK);
	CHECK_INT(here(db(), "SELECT COUNT(*) FROM person WHERE tenant_id = $1"), 20);
}

/* Feeds a sample and stages it; then this process "dies": lock, run and rows stay. */
static int64_t die_staging(const char *file)
{
	struct roster_opts o;
	struct roster_reader *rd;
	struct roster_report rep;
	struct roster_end end;
	struct fault f = { 0 };
	struct roster *r;
	char path[200];
	int64_t run;
	size_t n;
	char *p;

	snprintf(path, sizeof(path), "tests/data/roster/%s", file);
	p = slurp(path, &n);
	t_time += 1000;
	o = t_opts("dead");
	if (p == NULL || roster_open(db(), &o, &r, &rep, &f) != E_OK ||
	    roster_reader_new(&roster_sink, r, &rd) != E_OK)
		return 0;
	roster_reader_feed(rd, p, n);
	roster_reader_end(rd, &end);
	roster_reader_free(rd);
	r->rep.mode = r->file_mode;
	if (roster_settle(r) != E_OK)
		return 0;
	run = r->run;
	r->locked = false;
	roster_free(r);
	free(p);
	return run;
}

static bool dead(const char *owner)
{
	(void)owner;
	return false;
}

#define LEFT \
	"SELECT (SELECT COUNT(*) FROM roster_stage_person WHERE tenant_id = $1) + (SELECT COUNT(*) " \
	"FROM roster_stage_class WHERE tenant_id = $1) + (SELECT COUNT(*) FROM roster_stage_member " \
	"WHERE tenant_id = $1) + (SELECT COUNT(*) FROM roster_stage_link WHERE tenant_id = $1) + " \
	"(SELECT COUNT(*) FROM roster_lock WHERE tenant_id = $1)"

TEST(roster_file_died_before_certain_is_discarded)
{
	struct fault f = { 0 };
	struct roster_report rep;

	new_district();
	NEED(die_staging("ims-01-full.xml") > 0);
	CHECK(here(db(), LEFT) > 50);
	NEED(roster_recover(db(), t_tenant, t_time, dead, &f) == E_OK);
	CHECK_INT(here(db(), LEFT), 0);
	CHECK_INT(here(db(), "SELECT COUNT(*) FROM person WHERE tenant_id = $1"), 0);
	CHECK_INT(here(db(), "SELECT COUNT(*) FROM roster_run WHERE state = 'failed' AND tenant_id = $1"), 1);
	NEED(import_sample(db(), "ims-01-full.xml", &rep) == E_OK);
	CHECK_INT(rep.count[RK_PERSON].created, 20);
}

TEST(roster_file_died_while_applying_is_completed)
{
	struct fault f = { 0 };
	struct roster_report rep;

	new_district();
	NEED(import_sample(db(), "ims-01-full.xml", &rep) == E_OK);
	NEED(die_staging("ims-04-delta.xml") > 0);
	NEED(change_here(db(), "UPDATE roster_run SET state = 'applying', report = '{}' "
			 "WHERE state = 'running' AND tenant_id = $1"));
	/* somewhere in the middle: one of its persons is there already */
	NEED(change_here(db(), "INSERT INTO person (tenant_id, id, origin, source, sourcedid, given, family, "
			 "full_name, email, username, birth_day, rights_day, roster_hash, roster_run, "
			 "created_at, gone_at) SELECT tenant_id, person_id, 'roster', source, sourcedid, given, "
			 "family, full_name, email, username, birth_day, '', hash, run_id, 1, 0 "
			 "FROM roster_stage_person WHERE op = 1 AND tenant_id = $1"));
	NEED(roster_recover(db(), 0, t_time, dead, &f) == E_OK);
	CHECK_INT(here(db(), LEFT), 0);
	CHECK_INT(here(db(), "SELECT COUNT(*) FROM person WHERE gone_at = 0 AND tenant_id = $1"), 20);
	CHECK_INT(here(db(), "SELECT COUNT(*) FROM roster_member WHERE gone_at = 0 AND tenant_id = $1"), 20);
	CHECK_INT(here(db(), "SELECT COUNT(*) FROM roster_run WHERE state = 'applied' AND tenant_id = $1"), 2);
	NEED(import_sample(db(), "ims-04-delta.xml", &rep) == E_OK);
	CHECK_STR(counts(&rep, RK_PERSON), "3: +0 ~0 =3 -0 !0");
	CHECK_STR(counts(&rep, RK_LINK), "2: +0 ~0 =2 -0 !0");
}

TEST(roster_file_taken_over_run_writes_no_more)
{
	struct roster_opts o;
	struct roster_report rep;
	struct roster_end end = { .format = "imsent" };
	struct fault f = { 0 };
	struct roster *r;

	new_district();
	t_time += 1000;
	o = t_opts("fenced");
	NEED(roster_open(db(), &o, &r, &rep, &f) == E_OK);
	NEED(roster_sink.person(r, &(struct roster_person){
		.line = 1, .id_line = 1, .id = { SPAN("s"), SPAN("1") }, .full = SPAN("X"),
		.given = SPAN(""), .family = SPAN(""), .email = SPAN(""), .username = SPAN(""),
		.birth_day = SPAN("") }) == E_OK);
	NEED(change_here(db(), "UPDATE roster_lock SET run_id = 1 WHERE tenant_id = $1"));
	CHECK_INT(roster_finish(r, &end, &rep, NULL, &f), E_CONFLICT);
	CHECK_STR(roster_state_name(rep.state), "failed");
	roster_free(r);
	CHECK_INT(here(db(), "SELECT COUNT(*) FROM person WHERE tenant_id = $1"), 0);
	CHECK_INT(here(db(), "SELECT COUNT(*) FROM roster_lock WHERE tenant_id = $1"), 1);
}

/* More rows than one transaction takes: the sliced way must end in the same place. */
static char *school(unsigned persons, unsigned changed, size_t *n_out)
{
	struct buf b = BUF_INIT(64u << 20);

	buf_addz(&b, "<enterprise xmlns:p='urn:lintel:guardian:1'><properties><type>full</type></properties>");
	for (unsigned i = 0; i < persons; i++) {
		buf_printf(&b, "<person><sourcedid><source>s</source><id>P%u</id></sourcedid><name><fn>N%u%s</fn>"
			   "</name>", i, i, i < changed ? "x" : "");
		if (i % 2 == 1)
			buf_printf(&b, "<extension><p:guardian id='P%u' household='h'/></extension>", i - 1);
		buf_addz(&b, "</person>");
	}
	for (unsigned c = 0; c < persons / 20; c++) {
		buf_printf(&b, "<group><sourcedid><source>s</source><id>C%u</id></sourcedid></group><membership>"
			   "<sourcedid><source>s</source><id>C%u</id></sourcedid>", c, c);
		for (unsigned k = 0; k < 20; k++)
			buf_printf(&b, "<member><sourcedid><source>s</source><id>P%u</id></sourcedid>"
				   "<role roletype='01'/></member>", c * 20 + k);
		buf_addz(&b, "</membership>");
	}
	buf_addz(&b, "</enterprise>");
	return buf_take(&b, n_out);
}

TEST(roster_file_large_runs_go_in_slices)
{
	struct roster_report rep;
	size_t n;
	char *p = school(12000, 0, &n);

	new_district();
	NEED(p != NULL && import_bytes(db(), p, n, &rep) == E_OK);
	free(p);
	CHECK_STR(counts(&rep, RK_PERSON), "12000: +12000 ~0 =0 -0 !0");
	CHECK_STR(counts(&rep, RK_MEMBER), "12000: +12000 ~0 =0 -0 !0");
	CHECK_STR(counts(&rep, RK_LINK), "6000: +6000 ~0 =0 -0 !0");
	CHECK_INT(here(db(), "SELECT COUNT(*) FROM person WHERE gone_at = 0 AND tenant_id = $1"), 12000);
	CHECK_INT(here(db(), "SELECT COUNT(*) FROM person_key WHERE tenant_id = $1"), 12000);
	CHECK_INT(here(db(), "SELECT COUNT(*) FROM roster_member WHERE gone_at = 0 AND tenant_id = $1"), 12000);
	CHECK_INT(here(db(), "SELECT COUNT(*) FROM family_link WHERE state = 'active' AND tenant_id = $1"), 6000);
	CHECK_INT(here(db(), "SELECT COUNT(*) FROM household_member WHERE tenant_id = $1"), 6000);
	CHECK_INT(here(db(), LEFT), 0);
	p = school(12000, 500, &n);
	NEED(p != NULL && import_bytes(db(), p, n, &rep) == E_OK);
	free(p);
	CHECK_STR(counts(&rep, RK_PERSON), "12000: +0 ~500 =11500 -0 !0");
	CHECK_STR(counts(&rep, RK_MEMBER), "12000: +0 ~0 =12000 -0 !0");
	CHECK_STR(counts(&rep, RK_LINK), "6000: +0 ~0 =6000 -0 !0");
	/* a tenth and a bit less */
	p = school(10000, 500, &n);
	NEED(p != NULL && import_bytes(db(), p, n, &rep) == E_OK);
	CHECK_STR(roster_state_name(rep.state), "held");
	t_threshold = 17;
	NEED(import_bytes(db(), p, n, &rep) == E_OK);
	free(p);
	CHECK_STR(roster_state_name(rep.state), "applied");
	CHECK_INT(rep.count[RK_PERSON].missing, 2000);
	CHECK_INT(here(db(), "SELECT COUNT(*) FROM person WHERE gone_at = 0 AND tenant_id = $1"), 10000);
	CHECK_INT(here(db(), "SELECT COUNT(*) FROM roster_member WHERE gone_at = 0 AND tenant_id = $1"), 10000);
	CHECK_INT(here(db(), "SELECT COUNT(*) FROM family_link WHERE state = 'active' AND tenant_id = $1"), 5000);
}
