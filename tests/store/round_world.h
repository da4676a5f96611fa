/*
 * The little school of the conference tests: one teacher, a second teacher, a
 * class, siblings Lina and Sami (two households: mother and father), a classmate
 * with a mother of his own. Every world is a fresh tenant.
 */
#ifndef LINTEL_TESTS_ROUND_WORLD_H
#define LINTEL_TESTS_ROUND_WORLD_H

#include "base/magic.h"
#include "db.h"
#include "gw/crypt.h"
#include "store/audit.h"
#include "store/booking.h"
#include "store/booking_read.h"
#include "store/links.h"
#include "store/people.h"
#include "store/platform.h"
#include "t.h"

#define NOW 1764000000000LL
#define HOUR (3600 * 1000LL)
#define MINUTE 60000LL
#define EVENING (NOW / HOUR * HOUR + 240 * HOUR)	/* ten days on */
#define SLOTS 6

static struct store *st;
static struct arena mem;

static struct {
	int64_t tenant, platform, course, course2;
	struct account teacher, teacher2, lina, sami, tomas, mother, father, other;
	int64_t round, round2;
	int64_t slot[SLOTS], slot2[SLOTS];
} w;

static enum err read_slots(struct db *db, int64_t round, int64_t *slot)
{
	struct db_rows *rows = NULL;
	unsigned n = 0;
	enum err err = db_query(db, &rows,
				"SELECT id FROM conf_slot WHERE tenant_id = $1 AND round_id = $2 "
				"ORDER BY starts_at",
				"ii", w.tenant, round);

	while (err == E_OK && (err = db_next(rows)) == E_OK && n < SLOTS)
		slot[n++] = db_int(rows, 0);
	db_close(rows);
	return n == SLOTS ? E_OK : E_DB;
}

/* Six conferences of 15 + 5 minutes, opened; `late` minutes after EVENING. */
static enum err make_round(struct db *db, int64_t context, int64_t teacher, int late,
			   int64_t *round_out, int64_t *slot)
{
	struct round r = { .tenant = w.tenant, .context = context, .teacher = teacher,
			   .title = "Autumn talks", .note = "Come as you are", .zone = "Europe/Oslo",
			   .place = "Room 12", .video = "", .modes = ROUND_PLACE | ROUND_PHONE,
			   .length = 15, .gap = 5, .notice_hours = 12, .opens_at = NOW - HOUR,
			   .closes_at = EVENING };
	struct round_day d = { "2025-12-04", 960, 1080, 0, 0 };
	struct round_act act = { .tenant = w.tenant, .who = teacher, .now_ms = NOW, .rev = 1 };
	struct round_time t[SLOTS];
	enum err err = round_create(db, &r, NOW, round_out);

	act.round = *round_out;
	for (int i = 0; i < SLOTS; i++)
		t[i] = (struct round_time){ d.day, 960 + 20 * i, EVENING + (20 * i + late) * MINUTE,
					    EVENING + (20 * i + late + 15) * MINUTE };
	if (err == E_OK)
		err = round_add_day(db, &act, &d, NULL, 0);
	act.rev = 2;
	if (err == E_OK)
		err = round_open(db, &act, t, SLOTS);
	return err == E_OK ? read_slots(db, *round_out, slot) : err;
}

static enum err make_people(struct db *db)
{
	const struct { const char *sub, *name; struct account *out; } people[] = {
		{ "t", "Mr Haile", &w.teacher },   { "t2", "Ms Okafor", &w.teacher2 },
		{ "l", "Lina Haddad", &w.lina },   { "s", "Sami Haddad", &w.sami },
		{ "n", "Tomás Núñez", &w.tomas },  { "m", "Rima Haddad", &w.mother },
		{ "f", "Karim Haddad", &w.father }, { "o", "Ana Núñez", &w.other },
	};
	const struct { struct account *who; int64_t *course; const char *role; } in[] = {
		{ &w.teacher, &w.course, "teacher" }, { &w.teacher2, &w.course2, "teacher" },
		{ &w.lina, &w.course, "pupil" },      { &w.tomas, &w.course, "pupil" },
		{ &w.sami, &w.course2, "pupil" },     { &w.lina, &w.course2, "pupil" },
	};
	enum err err = E_OK;

	for (unsigned i = 0; err == E_OK && i < ARRAY_LEN(people); i++) {
		struct account_facts f = { .tenant = w.tenant, .platform = w.platform,
					   .sub = people[i].sub, .full_name = people[i].name,
					   .now_ms = NOW };

		err = account_upsert(db, &mem, &f, people[i].out);
	}
	for (unsigned i = 0; err == E_OK && i < ARRAY_LEN(in); i++)
		err = member_seen(db, w.tenant, *in[i].course, in[i].who->person, in[i].role,
				  "launch", NOW);
	if (err == E_OK)
		err = link_replace(db, w.tenant, w.mother.person, "mentor", 0,
				   (int64_t[]){ w.lina.person, w.sami.person }, 2, NOW);
	if (err == E_OK)
		err = link_replace(db, w.tenant, w.father.person, "mentor", 0,
				   (int64_t[]){ w.lina.person, w.sami.person }, 2, NOW);
	if (err == E_OK)
		err = link_replace(db, w.tenant, w.other.person, "mentor", 0, &w.tomas.person, 1,
				   NOW);
	return err;
}

static enum err make_world(struct db *db, void *arg)
{
	struct platform p = { .name = "Practice", .family = "moodle", .issuer = "https://a.example",
			      .client_id = "c1", .auth_url = "u", .token_url = "u", .jwks_url = "u",
			      .alg = "RS256", .match_by = "none", .state = "approved",
			      .accept_deployments = "approve", .guid = "", .created_at = NOW };
	struct context_facts cf = { .ext_id = "2", .title = "Grade 3", .now_ms = NOW };
	struct context c;
	enum err err;

	(void)arg;
	err = db_run(db, NULL, "DELETE FROM platform", "");
	if (err == E_OK)
		err = tenant_add(db, "District", NOW, &w.tenant);
	p.id = w.platform = store_new_id(NOW);
	p.tenant = cf.tenant = w.tenant;
	cf.platform = p.id;
	if (err == E_OK)
		err = platform_add(db, &p);
	if (err == E_OK)
		err = context_upsert(db, &mem, &cf, &c);
	w.course = c.id;
	cf.ext_id = "3";
	if (err == E_OK)
		err = context_upsert(db, &mem, &cf, &c);
	w.course2 = c.id;
	if (err == E_OK)
		err = make_people(db);
	if (err == E_OK)
		err = make_round(db, w.course, w.teacher.person, 0, &w.round, w.slot);
	if (err == E_OK)
		err = make_round(db, w.course2, w.teacher2.person, 7, &w.round2, w.slot2);
	return err;
}

static bool world(void)
{
	struct fault f = { 0 };
	uint8_t root[32] = { 7 };

	if (st == NULL) {
		st = test_store();
		audit_setup(root, 0);
		arena_init(&mem, 64 << 20);
		if (!CHECK_INT(store_migrate(st, &f), E_OK)) {
			printf("# %s\n", f.text);
			return false;
		}
	}
	fault_clear(&f);
	if (!CHECK_INT(store_write(st, make_world, NULL, &f), E_OK)) {
		printf("# %s\n", f.text);
		return false;
	}
	return true;
}

/* One thing a person does, in a transaction of its own, from any thread. */
struct deed {
	enum { BOOK, MOVE, CANCEL, BLOCK, UNBLOCK, LOCK, CANCEL_ROUND } what;
	struct booking_ask ask;
	int64_t booking, rev, seen;
	bool again;
	enum err err;
	struct fault fault;
};

static enum err deed_fn(struct db *db, void *arg)
{
	struct deed *d = arg;
	struct round_act act = { .tenant = w.tenant, .round = d->ask.round, .who = d->ask.by,
				 .now_ms = d->ask.now_ms, .rev = d->rev };

	switch (d->what) {
	case BOOK:
		return booking_make(db, &d->ask, &d->booking, &d->again);
	case MOVE:
		return booking_move(db, d->booking, &d->ask);
	case CANCEL:
		return booking_cancel(db, d->booking, &d->ask, "because");
	case BLOCK:
	case UNBLOCK:
		return round_block(db, &act, d->ask.slot, d->what == BLOCK);
	case LOCK:
		return round_turn(db, &act, ROUND_LOCKED);
	case CANCEL_ROUND:
		return round_cancel(db, &act, d->seen, "ill");
	}
	return E_INTERNAL;
}

__attribute__((unused))
static enum err run_deed(struct deed *d)
{
	fault_clear(&d->fault);
	d->err = store_write(st, deed_fn, d, &d->fault);
	return d->err;
}

__attribute__((unused))
static struct booking_ask ask_for(struct account *child, struct account *guardian, int64_t round,
				  int64_t slot)
{
	return (struct booking_ask){ .tenant = w.tenant, .round = round, .slot = slot,
				     .child = child->person, .household = guardian->person,
				     .guardian = guardian->person, .by = guardian->person,
				     .now_ms = NOW, .channel = "self", .mode = ROUND_PLACE,
				     .phone = "", .topic = "" };
}

__attribute__((unused))
static struct deed book(struct account *child, struct account *guardian, int64_t slot)
{
	struct deed d = { .what = BOOK, .ask = ask_for(child, guardian, w.round, slot) };

	run_deed(&d);
	return d;
}

/*
 * What must hold whatever happened: a held slot has one living booking that points
 * back at it; each living booking holds its slot and its minutes; nothing else does.
 */
__attribute__((unused))
static bool books_balance(void)
{
	bool ok = CHECK_INT(test_count(st, "SELECT COUNT(*) FROM conf_booking b "
		"LEFT JOIN conf_hold h ON h.tenant_id = b.tenant_id AND h.slot_id = b.slot_id "
		"AND h.booking_id = b.id WHERE b.state = 'confirmed' AND h.slot_id IS NULL"), 0);

	ok &= CHECK_INT(test_count(st, "SELECT COUNT(*) FROM conf_hold h "
		"LEFT JOIN conf_booking b ON b.tenant_id = h.tenant_id AND b.id = h.booking_id "
		"AND b.slot_id = h.slot_id AND b.state = 'confirmed' "
		"WHERE h.booking_id <> 0 AND b.id IS NULL"), 0);
	ok &= CHECK_INT(test_count(st, "SELECT (SELECT COUNT(*) FROM conf_minute) - "
		"(SELECT COUNT(*) FROM conf_booking WHERE state = 'confirmed') * 30"), 0);
	return ok & CHECK_INT(test_count(st, "SELECT COUNT(*) FROM conf_minute m "
		"LEFT JOIN conf_booking b ON b.tenant_id = m.tenant_id AND b.id = m.booking_id "
		"LEFT JOIN conf_slot s ON s.tenant_id = b.tenant_id AND s.id = b.slot_id "
		"WHERE b.id IS NULL OR b.state <> 'confirmed' OR m.minute * 60000 < s.starts_at "
		"OR m.minute * 60000 >= s.ends_at"), 0);
}

#endif
