-- Conferences: a teacher's round, its days and slots, and what families booked.
--
-- Nothing about double booking is left to code:
--   conf_hold    one row per occupied slot (a booking, or 0 when the teacher
--                blocked it): its key lets one party have a slot;
--   conf_minute  one row per person and minute of a conference: its key keeps a
--                teacher and a guardian from being in two places;
--   conf_booking one row per round, child and household, reused when a family
--                cancels and books again, so that its .ics keeps one UID.

-- state: draft, open, locked, closed, cancelled. modes: 1 place, 2 phone, 4 video.
-- rev rises with every change a calendar should hear of.
CREATE TABLE conf_round (
	tenant_id BIGINT NOT NULL,
	id BIGINT NOT NULL,
	context_id BIGINT NOT NULL,
	teacher_id BIGINT NOT NULL,
	state TEXT NOT NULL,
	title TEXT NOT NULL,
	note TEXT NOT NULL,
	zone TEXT NOT NULL,
	length_min INTEGER NOT NULL,
	gap_min INTEGER NOT NULL,
	pause_every INTEGER NOT NULL,
	pause_min INTEGER NOT NULL,
	modes INTEGER NOT NULL,
	place TEXT NOT NULL,
	video TEXT NOT NULL,
	opens_at BIGINT NOT NULL,
	closes_at BIGINT NOT NULL,
	notice_hours INTEGER NOT NULL,
	rev BIGINT NOT NULL,
	created_at BIGINT NOT NULL,
	PRIMARY KEY (tenant_id, id)
);

CREATE INDEX conf_round_context ON conf_round (tenant_id, context_id, teacher_id);
CREATE INDEX conf_round_teacher ON conf_round (tenant_id, teacher_id);

-- A day as the teacher typed it: wall minutes in the round's zone.
CREATE TABLE conf_day (
	tenant_id BIGINT NOT NULL,
	round_id BIGINT NOT NULL,
	day TEXT NOT NULL,
	from_min INTEGER NOT NULL,
	to_min INTEGER NOT NULL,
	break_from INTEGER NOT NULL,
	break_to INTEGER NOT NULL,
	PRIMARY KEY (tenant_id, round_id, day)
);

-- Wall time is the promise; starts_at and ends_at are derived from it.
-- open_to: 0 nobody, 1 the teacher only, 2 families too; follows the round's
-- state row by row, so that a booking under way meets a closing round here.
CREATE TABLE conf_slot (
	tenant_id BIGINT NOT NULL,
	id BIGINT NOT NULL,
	round_id BIGINT NOT NULL,
	teacher_id BIGINT NOT NULL,
	day TEXT NOT NULL,
	start_min INTEGER NOT NULL,
	starts_at BIGINT NOT NULL,
	ends_at BIGINT NOT NULL,
	open_to INTEGER NOT NULL,
	touched BIGINT NOT NULL,
	PRIMARY KEY (tenant_id, id),
	UNIQUE (tenant_id, round_id, starts_at)
);

CREATE TABLE conf_hold (
	tenant_id BIGINT NOT NULL,
	slot_id BIGINT NOT NULL,
	booking_id BIGINT NOT NULL,
	PRIMARY KEY (tenant_id, slot_id)
);

CREATE TABLE conf_minute (
	tenant_id BIGINT NOT NULL,
	person_id BIGINT NOT NULL,
	minute BIGINT NOT NULL,
	booking_id BIGINT NOT NULL,
	PRIMARY KEY (tenant_id, person_id, minute)
);

CREATE INDEX conf_minute_booking ON conf_minute (tenant_id, booking_id);

-- state: confirmed, cancelled. channel: self, phone, paper. cancelled_by: '',
-- home, school. seq: SEQUENCE of RFC 5545, rises with every change.
-- seen_at: when the family said it has read a cancellation by the school.
CREATE TABLE conf_booking (
	tenant_id BIGINT NOT NULL,
	id BIGINT NOT NULL,
	round_id BIGINT NOT NULL,
	slot_id BIGINT NOT NULL,
	child_id BIGINT NOT NULL,
	household_id BIGINT NOT NULL,
	guardian_id BIGINT NOT NULL,
	mode INTEGER NOT NULL,
	phone TEXT NOT NULL,
	topic TEXT NOT NULL,
	state TEXT NOT NULL,
	channel TEXT NOT NULL,
	seq BIGINT NOT NULL,
	cancelled_by TEXT NOT NULL,
	reason TEXT NOT NULL,
	seen_at BIGINT NOT NULL,
	created_at BIGINT NOT NULL,
	changed_at BIGINT NOT NULL,
	PRIMARY KEY (tenant_id, id),
	UNIQUE (tenant_id, round_id, child_id, household_id)
);

CREATE INDEX conf_booking_child ON conf_booking (tenant_id, child_id);

-- Append-only. what: created, changed, day, opened, locked, unlocked, closed,
-- cancelled, blocked, unblocked, booked, moved, words. booking_id 0: the round.
CREATE TABLE conf_event (
	tenant_id BIGINT NOT NULL,
	id BIGINT NOT NULL,
	round_id BIGINT NOT NULL,
	booking_id BIGINT NOT NULL,
	at BIGINT NOT NULL,
	who BIGINT NOT NULL,
	what TEXT NOT NULL,
	slot_id BIGINT NOT NULL,
	PRIMARY KEY (tenant_id, round_id, id)
);

CREATE INDEX conf_event_booking ON conf_event (tenant_id, booking_id);
