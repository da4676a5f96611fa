-- Shared goals: what a child works towards, and what home and school do for it.
--
-- goal_version holds every wording there was; goal.version points at the current
-- one. A goal is agreed when goal_sign has one row of home and one of school for
-- that version. goal_checkin lets each side say once a week how it goes.
--
-- A household_id says whose home wrote a row; 0: school or student.

-- state: proposed, active, adjusted (active, and a change waits), paused, met,
-- unmet, archived. only_household: nobody but household_id and school may know.
-- home_signed, school_signed: goal_sign for the current version, kept here so
-- that a class of 30 is one cheap query; mark_week, home_marks and school_marks
-- likewise: bit n set = somebody of that side checked in n weeks before mark_week.
CREATE TABLE goal (
	tenant_id BIGINT NOT NULL,
	id BIGINT NOT NULL,
	child_id BIGINT NOT NULL,
	context_id BIGINT NOT NULL,
	domain TEXT NOT NULL,
	state TEXT NOT NULL,
	version BIGINT NOT NULL,
	proposed_side TEXT NOT NULL,
	proposed_by BIGINT NOT NULL,
	household_id BIGINT NOT NULL,
	only_household INTEGER NOT NULL,
	student_words TEXT NOT NULL,
	student_at BIGINT NOT NULL,
	home_signed INTEGER NOT NULL,
	school_signed INTEGER NOT NULL,
	mark_week BIGINT NOT NULL,
	home_marks BIGINT NOT NULL,
	school_marks BIGINT NOT NULL,
	home_at BIGINT NOT NULL,
	school_at BIGINT NOT NULL,
	created_at BIGINT NOT NULL,
	active_at BIGINT NOT NULL,
	changed_at BIGINT NOT NULL,
	closed_at BIGINT NOT NULL,
	PRIMARY KEY (tenant_id, id)
);

CREATE INDEX goal_child ON goal (tenant_id, child_id);

-- home_step: of home_household, or a suggestion by school (0). home_only: another
-- household does not see it. hush: nothing but that step changed, so another
-- household does not hear of the version either. Days count from 1970-01-01.
CREATE TABLE goal_version (
	tenant_id BIGINT NOT NULL,
	goal_id BIGINT NOT NULL,
	version BIGINT NOT NULL,
	words TEXT NOT NULL,
	measure TEXT NOT NULL,
	home_step TEXT NOT NULL,
	home_household BIGINT NOT NULL,
	home_by BIGINT NOT NULL,
	home_only INTEGER NOT NULL,
	school_step TEXT NOT NULL,
	school_by BIGINT NOT NULL,
	school_only INTEGER NOT NULL,
	start_day BIGINT NOT NULL,
	review_day BIGINT NOT NULL,
	hush INTEGER NOT NULL,
	by_person BIGINT NOT NULL,
	at BIGINT NOT NULL,
	PRIMARY KEY (tenant_id, goal_id, version)
);

-- side: home, school, student.
CREATE TABLE goal_sign (
	tenant_id BIGINT NOT NULL,
	goal_id BIGINT NOT NULL,
	version BIGINT NOT NULL,
	side TEXT NOT NULL,
	household_id BIGINT NOT NULL,
	by_person BIGINT NOT NULL,
	at BIGINT NOT NULL,
	PRIMARY KEY (tenant_id, goal_id, version, side, household_id)
);

-- What a second home does, beside the home step of the version.
CREATE TABLE goal_home (
	tenant_id BIGINT NOT NULL,
	goal_id BIGINT NOT NULL,
	household_id BIGINT NOT NULL,
	step TEXT NOT NULL,
	only_ours INTEGER NOT NULL,
	by_person BIGINT NOT NULL,
	at BIGINT NOT NULL,
	PRIMARY KEY (tenant_id, goal_id, household_id)
);

-- week: its Monday at school. value: 0 not yet, 1 sometimes, 2 often.
CREATE TABLE goal_checkin (
	tenant_id BIGINT NOT NULL,
	goal_id BIGINT NOT NULL,
	week BIGINT NOT NULL,
	side TEXT NOT NULL,
	household_id BIGINT NOT NULL,
	value INTEGER NOT NULL,
	note TEXT NOT NULL,
	by_person BIGINT NOT NULL,
	at BIGINT NOT NULL,
	PRIMARY KEY (tenant_id, goal_id, week, side, household_id)
);

-- Append-only. what: proposed, changed, signed, agreed, step, words, paused,
-- resumed, met, unmet, archived. hush: household_id and school only.
CREATE TABLE goal_event (
	tenant_id BIGINT NOT NULL,
	goal_id BIGINT NOT NULL,
	id BIGINT NOT NULL,
	version BIGINT NOT NULL,
	side TEXT NOT NULL,
	household_id BIGINT NOT NULL,
	hush INTEGER NOT NULL,
	who BIGINT NOT NULL,
	what TEXT NOT NULL,
	at BIGINT NOT NULL,
	PRIMARY KEY (tenant_id, goal_id, id)
);

-- A kind word from a guardian to the child. phrase: number of a ready one, 0: words.
CREATE TABLE goal_cheer (
	tenant_id BIGINT NOT NULL,
	goal_id BIGINT NOT NULL,
	id BIGINT NOT NULL,
	household_id BIGINT NOT NULL,
	by_person BIGINT NOT NULL,
	phrase INTEGER NOT NULL,
	words TEXT NOT NULL,
	at BIGINT NOT NULL,
	seen_at BIGINT NOT NULL,
	PRIMARY KEY (tenant_id, goal_id, id)
);
