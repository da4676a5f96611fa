#include "kit/round_world.h"

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

static enum err more(struct db *db, void *arg)
{
	const int64_t child[] = { w.lina.person, w.sami.person };
	struct account *const guardian[] = { &w.mother, &w.father };
	enum err err = E_OK;

	(void)arg;
	for (unsigned i = 0; err == E_OK && i < ARRAY_LEN(child); i++)
		err = member_seen(db, w.tenant, w.course2, child[i], "pupil", "launch", NOW);
	for (unsigned i = 0; err == E_OK && i < ARRAY_LEN(guardian); i++)
		err = link_replace(db, w.tenant, guardian[i]->person, "mentor", 0, child, 2, NOW);
	if (err == E_OK)
		err = make_round(db, w.course, w.teacher.person, 0, &w.round, w.slot);
	if (err == E_OK)
		err = make_round(db, w.course2, w.teacher2.person, 7, &w.round2, w.slot2);
	return err;
}

bool round_world(void)
{
	return school_open(more);
}

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

enum err run_deed(struct deed *d)
{
	fault_clear(&d->fault);
	d->err = store_write(st, deed_fn, d, &d->fault);
	return d->err;
}

struct booking_ask ask_for(struct account *child, struct account *guardian, int64_t round,
			   int64_t slot)
{
	return (struct booking_ask){ .tenant = w.tenant, .round = round, .slot = slot,
				     .child = child->person, .household = guardian->person,
				     .guardian = guardian->person, .by = guardian->person,
				     .now_ms = NOW, .channel = "self", .mode = ROUND_PLACE,
				     .phone = "", .topic = "" };
}

struct deed book(struct account *child, struct account *guardian, int64_t slot)
{
	struct deed d = { .what = BOOK, .ask = ask_for(child, guardian, w.round, slot) };

	run_deed(&d);
	return d;
}

bool books_balance(void)
{
	bool ok = CHECK_STR(broken_rule(), "");

	/* two people, fifteen minutes each */
	return ok & CHECK_INT(test_count(st, "SELECT (SELECT COUNT(*) FROM conf_minute) - "
		"(SELECT COUNT(*) FROM conf_booking WHERE state = 'confirmed') * 30"), 0);
}
