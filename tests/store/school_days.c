/* School days: weekends and the days the office entered stand still. */
#include "kit/round_world.h"
#include "store/admin.h"
#include "store/note.h"
#include "store/school_days.h"
#include "t.h"

static int64_t school, other;

static enum err close_one(struct db *db, int64_t id, const char *first, const char *last)
{
	return school_holiday_add(db, w.tenant, id,
				  &(struct school_holiday){ .first_day = first, .last_day = last,
							    .label = "Free" });
}

static enum err close_school(struct db *db, void *arg)
{
	struct school s = { .name = "Harbour Lane", .phase = "primary", .zone = "Europe/Oslo",
			    .office_contact = "", .safeguarding_lead = "", .emergency_number = "" };
	enum err err = school_put(db, w.tenant, &s, NOW, &school);

	(void)arg;
	s.name = "Northgate";
	if (err == E_OK)
		err = school_put(db, w.tenant, &s, NOW, &other);
	if (err == E_OK)
		err = close_one(db, school, "2026-12-21", "2027-01-03");
	if (err == E_OK)
		err = close_one(db, school, "2026-11-26", "2026-11-26");
	return err == E_OK ? close_one(db, other, "2026-11-25", "2026-11-25") : err;
}

static struct school_days *days;

static enum err read_days(struct db *db, void *arg)
{
	(void)arg;
	return school_days_read(db, &mem, w.tenant, &days);
}

#define DAY(n) (20781 + (n))	/* 2026-11-24, a Tuesday, and n more */

TEST(weekends_and_closed_days_do_not_count)
{
	NEED(round_world());
	CHECK_INT(store_write(st, close_school, NULL, NULL), E_OK);
	CHECK_INT(store_read(st, read_days, NULL, NULL), E_OK);
	NEED(days != NULL && days->n == 3);
	/* Wednesday, then not Thursday the 26th: Friday */
	CHECK_INT(school_day_after(days, school, DAY(0), 1), DAY(1));
	CHECK_INT(school_day_after(days, school, DAY(0), 2), DAY(3));
	CHECK_INT(school_day_after(days, school, DAY(0), 3), DAY(6));
	/* from Friday 18 December over the winter holidays to Monday and Tuesday */
	CHECK_INT(school_day_after(days, school, DAY(24), 2), DAY(42));
	/* another school keeps its own days, and no school none */
	CHECK_INT(school_day_after(days, other, DAY(0), 1), DAY(2));
	CHECK_INT(school_day_after(days, 0, DAY(0), 2), DAY(2));
	CHECK_INT(school_day_after(NULL, school, DAY(0), 2), DAY(2));
	CHECK_INT(school_day_after(days, school, DAY(0), 0), DAY(0));
}

TEST(a_school_that_is_always_closed_does_not_hang)
{
	struct school_closed ever = { .school = 1, .first = 0, .last = 1000000 };
	struct school_days all = { &ever, 1 };

	CHECK_INT(school_day_after(&all, 1, DAY(0), 2), DAY(SCHOOL_DAYS_FAR));
}

/* ---- a note from home that waits --------------------------------------------------- */

static struct note *notes;
static unsigned n_notes;

static enum err write_note(struct db *db, void *arg)
{
	struct actor who = { .tenant = w.tenant, .person = w.mother.person, .door = DOOR_FAMILY };
	struct access acc = { 0 };
	struct note_by by = { &who, &acc, NOW };
	struct note_to to = { .context = w.course };
	int64_t id;
	enum err err = access_child(db, &who, NOW, w.lina.person, &acc);

	(void)arg;
	if (err == E_OK)
		err = note_write(db, &by, &to, false, "Lina sleeps badly", &id);
	return err == E_OK ? db_run(db, NULL,
				    "UPDATE context SET school_id = $3 WHERE tenant_id = $1 AND id = $2",
				    "iii", w.tenant, w.course, school) : err;
}

static enum err read_notes(struct db *db, void *arg)
{
	struct actor who = { .tenant = w.tenant, .person = w.teacher.person, .door = DOOR_CLASS,
			     .context = w.course };

	(void)arg;
	return note_of_class(db, &mem, &who, NOW, &notes, &n_notes);
}

TEST(a_note_that_waits_knows_its_schools_days)
{
	NEED(round_world());
	CHECK_INT(store_write(st, close_school, NULL, NULL), E_OK);
	CHECK_INT(store_write(st, write_note, NULL, NULL), E_OK);
	CHECK_INT(store_read(st, read_notes, NULL, NULL), E_OK);
	NEED(n_notes == 1 && notes[0].days != NULL);
	CHECK_INT(notes[0].school, school);
	CHECK_INT(school_day_after(notes[0].days, notes[0].school, DAY(0), 2), DAY(3));
}
